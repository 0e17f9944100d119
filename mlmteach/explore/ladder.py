"""The ladder of models: what each step does to the equation and to the variances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.equations.mathml import MathWriter
from mlmteach.equations.nodes import Summand, Symbol, tag
from mlmteach.errors import OptionError
from mlmteach.explore.defaults import LADDER, default_fit, require_one_grouping
from mlmteach.fit.fitted import TwoLevel
from mlmteach.fit.likelihood_ratio import require_same_rows
from mlmteach.panels.controls import Preset, Question, Select, decimals
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import (
    Axis,
    Bars,
    Element,
    Inscription,
    Part,
    Points,
    Press,
    Raw,
    Rule,
    Scene,
    Segments,
    Trace,
    View,
    Words,
    number,
    shown,
    text,
)
from mlmteach.plot.words import words

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["Ladder", "ladder", "ladder_table", "scene"]


@dataclass(frozen=True)
class Ladder:
    """The state: how far up the ladder, from 1."""

    step: int


def ladder_table(fits: Mapping[str, Any]) -> pd.DataFrame:
    """Collect τ₀², σ² and what is explained, one row a fit.

    Parameters
    ----------
    fits : mapping of str to Fit
        By name, the smallest model first.

    Returns
    -------
    pandas.DataFrame
        ``tau2`` (of the intercept), ``sigma2``, and the shares by which they are smaller than in
        the first fit: ``between`` and ``within`` (Raudenbush & Bryk 2002, chapter 4).

    Raises
    ------
    OptionError
        If there are fewer than two fits, or one without a random intercept.
    """
    if not isinstance(fits, Mapping):  # what people give, whatever the types say
        raise OptionError(
            "The fits of a ladder have no names.",
            "Give a dictionary: {'null': first, 'with SES': second}.",
        )
    if len(fits) < 2:
        raise OptionError("A ladder has two fits or more.", "Give them in order, smallest first.")
    given: Mapping[str, Any] = fits
    for name, fit in given.items():
        if not isinstance(fit, TwoLevel) or not fit.model.family.is_normal:
            raise OptionError(
                f"'{name}' is no fit of a normal outcome with one grouping.",
                "Give fits of two-level models: mlm.Model(...).fit(data).",
            )
        require_one_grouping(fit, "variance_partition(...)")
        if "Intercept" not in fit.cov_re:
            raise OptionError(
                f"The intercept of '{name}' is not random.", "Give fits with a random intercept."
            )
    (least, smallest), *others = fits.items()
    for name, fit in others:
        require_same_rows(smallest, fit, (f"'{least}'", f"'{name}'"))
    rows = {name: (_tau2(fit), fit.scale) for name, fit in fits.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["tau2", "sigma2"])
    first = table.iloc[0].where(table.iloc[0] > 0)
    return table.assign(
        between=1 - table["tau2"] / first["tau2"], within=1 - table["sigma2"] / first["sigma2"]
    )


def _tau2(fit: Fit) -> float:
    place = fit.cov_re.index.get_loc("Intercept")
    return float(fit.cov_re.to_numpy()[place, place])


# --- the equation, whose terms are clicked in and out --------------------------------------


def _terms(fit: Fit) -> dict[str, Summand]:
    """Give the terms of the full equation, by what they stand for whatever their indices."""
    names = {tag("gamma", g.q, g.s): g.name for g in fit.model.gammas}
    names |= {tag("U", c.index): f"U of {c.term.name}" for c in fit.model.random}
    found = {}
    for line in fit.model.equations(parts=("full",)).scribe.full():
        for summand in line.right:
            lead = summand.factors[0]
            if isinstance(lead, Symbol):
                found[names.get(lead.tag, lead.tag)] = summand
    return found


def _tag(summand: Summand) -> str:
    lead = summand.factors[0]
    return lead.tag if isinstance(lead, Symbol) else ""


def _equation(fits: Mapping[str, Fit], step: int, shown: set[str]) -> tuple[Words, ...]:
    """Write the full equation of a step; what it adds, and what later steps add, are buttons.

    Only symbols that the picture shows can be lit.
    """
    math, names, every = MathWriter(), list(fits), [_terms(fit) for fit in fits.values()]
    here = every[step - 1]
    before = every[step - 2] if step > 1 else here
    (line, *_) = fits[names[step - 1]].model.equations(parts=("full",)).scribe.full()
    parts: list[Part] = [_math(f"{math.node(line.left)}<mo>=</mo>", shown)]
    for name, summand in here.items():
        written = _math(math.sum((summand,), first=len(parts) == 1), shown)
        if name in before:
            parts.append(written)
            continue
        said = f"{name}: new in step {step}, {names[step - 1]}; go back to {names[step - 2]}"
        parts.append(Press((written,), {"step": step - 2}, said, True, (_tag(summand),)))
    known = set(here)
    for place in range(step, len(names)):
        for name, summand in every[place].items():
            if name in known:
                continue
            known.add(name)
            said = f"{name}: comes in step {place + 1}, {names[place]}; go there"
            written = _math(math.sum((summand,), first=False), set())
            parts.append(Press((written,), {"step": place}, said, False))
    return ((Element("div", tuple(parts), attributes={"class": "mlm-row"}),),)


def _math(inner: str, shown: set[str]) -> Raw:
    def kept(found: re.Match[str]) -> str:
        return found[0] if found[1] in shown else ""

    inner = re.sub(r' data-symbol="([^"]*)"', kept, inner)
    return Raw(f"<math>{inner}</math>")


# --- the scene ----------------------------------------------------------------------------

_COLUMNS: dict[str, dict[str, Any]] = {
    "tau2": {"title": "Between groups: τ₀²", "role": "random", "tags": ("tau_00", "U_0")},
    "sigma2": {"title": "Within groups: σ²", "role": "level1", "tags": ("sigma2", "epsilon")},
}


def _views(
    table: pd.DataFrame, outcome: str, step: int, new: Mapping[int, tuple[str, ...]]
) -> Iterator[View]:
    places = np.arange(len(table))
    reached = places < step
    for column, look in _COLUMNS.items():
        values = table[column].to_numpy(dtype=float)
        role, tags = look["role"], look["tags"]
        marks: list[Trace] = [
            Bars(
                x0=places[reached] - 0.36,
                x1=places[reached] + 0.36,
                y0=0.0,
                y1=values[reached],
                role=role,
                width=2,
                tags=tags,
            ),
            Rule(y=values[0], role="residual", dash="dashed", width=1.2),
            # what a later step does is not shown before one is there; its place can be pressed
            Points(
                x=places,
                y=np.where(reached, values, 0.0),
                role=role,
                shape="bar",
                size=30,
                width=2,
                chooses="step",
            ),
        ]
        marks += [
            Segments(
                x0=place - 0.5,
                x1=place - 0.5,
                y0=values[place - 1],
                y1=values[place],
                arrow=True,
                role="fixed",
                width=3.0 if place == step - 1 else 1.5,
                tags=new[place],
                label="what the step adds" if place == 1 and column == "tau2" else "",
            )
            for place in range(1, step)
        ]
        marks += [
            Inscription(
                x=place,
                y=values[place] + 0.025 * 1.18 * values.max(),
                words=(number(values[place], decimals(values.max())),),
                anchor="middle",
                role=role,
                tags=tags if place == step - 1 else (),
            )
            for place in places[reached]
        ]
        yield View(
            title=look["title"],
            x=Axis(
                label="step",
                low=-0.6,
                high=len(table) - 0.4,
                ticks={float(k): str(k + 1) for k in places},
            ),
            y=Axis(
                label=f"squared {outcome}" if column == "tau2" else "",
                low=0.0,
                high=1.18 * float(values.max()) or 1.0,
            ),
            marks=tuple(marks),
        )


def scene(state: Ladder, fits: Mapping[str, Fit], table: pd.DataFrame, outcome: str) -> Scene:
    """Draw the variances up to a step, and write its equation with what it adds."""
    names, step = list(fits), state.step
    every = [_terms(fit) for fit in fits.values()]
    now = every[step - 1]
    # what a step has added lights up its arrow, by the tags that the terms have now
    new = {
        place: tuple(_tag(now[n]) for n in every[place] if n not in every[place - 1] and n in now)
        for place in range(1, len(names))
    }
    digits = {column: decimals(table[column].max()) for column in _COLUMNS}
    drawn = "; ".join(
        f"{n}: τ₀² {shown(tau2, digits['tau2'])}, σ² {shown(sigma2, digits['sigma2'])}"
        for n, tau2, sigma2 in zip(names[:step], table["tau2"], table["sigma2"], strict=False)
    )
    views = tuple(_views(table, outcome, step, new))
    lit = {tag for view in views for mark in view.marks for tag in mark.tags}
    return Scene(
        views=views,
        equation=_equation(fits, step, lit),
        sentence=_told(state, fits, table, every),
        alt=(f"Bars of the variances up to step {step} of {len(names)}. {drawn}.",),
        notes=tuple(fits[names[step - 1]].messages),
    )


def _told(
    state: Ladder, fits: Mapping[str, Fit], table: pd.DataFrame, every: list[dict[str, Summand]]
) -> tuple[Words, ...]:
    names, step = list(fits), state.step
    name = names[step - 1]
    row = {str(column): float(table[column].to_numpy()[step - 1]) for column in table}
    if step == 1:
        return (
            text(
                f"Step 1, {name}: [τ₀² = {{tau2}} between groups](tau_00 U_0|random) and "
                "[σ² = {sigma2} within groups](sigma2 epsilon|level1). The next steps are held "
                "against these.",
                tau2=number(row["tau2"], decimals(table["tau2"].max())),
                sigma2=number(row["sigma2"], decimals(table["sigma2"].max())),
            ),
        )
    first = text(
        f"Step {step}, {name}: against the {names[0]} model, "
        f"[τ₀² is {_less(row['between'])}](tau_00 U_0|random) and "
        f"[σ² is {_less(row['within'])}](sigma2 epsilon|level1)."
    )
    added = [n for n in every[step - 1] if n not in every[step - 2]]
    gone = [n for n in every[step - 2] if n not in every[step - 1]]
    second: list[Part] = ["New in the equation: "]
    for place, term in enumerate(added):
        second += [
            *([", "] if place else []),
            *text(f"[{term}]({_tag(every[step - 1][term])}|fixed)"),
        ]
    second.append("nothing." if not added else ".")
    if gone:
        second.append(f" No longer in it: {', '.join(gone)}.")
    if row["between"] < 0:
        second.append(
            " A variance may grow: predictors that vary within groups can leave more between them."
        )
    if len(fits[name].cov_re) > 1:
        second.append(" With a random slope, τ₀² is the variance where the predictor is 0.")
    return first, tuple(second)


def ladder(fits: Mapping[str, Fit] | None = None) -> Panel[Ladder]:
    """Open the panel on a ladder of models.

    Parameters
    ----------
    fits : mapping of str to Fit, optional
        By name, the smallest model first; the models of the course when left out.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are fewer than two fits, or one without a random intercept.

    Examples
    --------
    >>> panel = ladder()
    >>> scene = panel.move(step=2)
    >>> print(panel.sentence.split(".")[0])
    Step 2, level 1: against the null model, τ₀² is 57 % smaller and σ² is 8 % smaller
    """
    chosen: Any = {name: default_fit(name) for name in LADDER} if fits is None else fits
    table = ladder_table(chosen)
    chosen = dict(chosen)
    names = list(map(str, table.index))
    outcome = words(chosen[table.index[0]]).outcome
    second = table.iloc[1]
    return Panel(
        "The ladder of models",
        [
            Select(
                name="step",
                label="step",
                options=tuple(range(1, len(names) + 1)),
                labels=tuple(f"{k}: {name}" for k, name in enumerate(names, start=1)),
                value=1,
                shape="radio" if len(names) <= 6 else "list",
            )
        ],
        Ladder,
        lambda state: scene(state, chosen, table, outcome),
        caption="The variances between and within groups, model by model.",
        presets=(Preset(label=f"All of it: {names[-1]}", values={"step": len(names)}),),
        question=Question(
            text=f"Step 2 is {names[1]}. Which variance falls by the larger share?",
            options=("The one between groups, τ₀²", "The one within groups, σ²", "Neither falls"),
            right=_falls_more(float(second["between"]), float(second["within"])),
            values={"step": 2},
            answer=f"τ₀² is {_less(second['between'])}, σ² is {_less(second['within'])}.",
        ),
    )


def _falls_more(between: float, within: float) -> int:
    if not np.nanmax([between, within, 0.0]) > 0:
        return 2
    return 0 if between > within or np.isnan(within) else 1


def _less(share: float) -> str:
    if np.isnan(share):
        return "0 in the first model, of which there is no share"
    if abs(share) < 0.005:
        return "as large"
    return f"{abs(100 * share):.0f} % {'larger' if share < 0 else 'smaller'}"
