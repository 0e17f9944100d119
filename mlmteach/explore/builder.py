"""The builder: the equations are the controls, and everything else follows from them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlmteach.api import Model
from mlmteach.data.centering import center_grand, center_within
from mlmteach.data.datasets import load
from mlmteach.data.inspection import codebook_for
from mlmteach.data.plain import plain_frame
from mlmteach.data.sources import in_memory
from mlmteach.equations.mathml import MathWriter
from mlmteach.equations.nodes import Line, Symbol, tag
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import OptionError, suggest
from mlmteach.model.notation import PRESETS
from mlmteach.model.predictor import Column
from mlmteach.model.terms import Factor
from mlmteach.numbers import rounded
from mlmteach.panels.along import Display
from mlmteach.panels.controls import Control, Select, Toggle
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import (
    Area,
    Axis,
    Element,
    Lines,
    Part,
    Points,
    Press,
    Raw,
    Scene,
    Segments,
    Tagged,
    View,
    Words,
    shown,
    text,
)
from mlmteach.plot.typical import weights_along
from mlmteach.plot.words import label, letter, number, significant, words

if TYPE_CHECKING:
    from mlmteach.api import Fit
    from mlmteach.arrays import FloatArray
    from mlmteach.data.codebook import Codebook
    from mlmteach.equations.nodes import Summand

__all__ = ["Builder", "Built", "builder"]


# --- the model that a builder's controls stand for ----------------------------------------

CENTRING = ("raw", "grand mean", "group mean")
MOST = 6  # predictors of each level that get a control


@dataclass(frozen=True)
class Columns:
    """What data offer to a model: outcomes, and the predictors of each level."""

    group: str
    outcomes: tuple[str, ...]
    level1: tuple[str, ...]
    level2: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """The state of the builder.

    Attributes
    ----------
    outcome : str
    level1 : tuple of str
        The level-1 predictors.
    level2 : tuple of (str, tuple of str)
        The level-2 predictors of each coefficient; ``"intercept"`` is one of them.
    random : tuple of str
        The coefficients with a U.
    centring : {"raw", "grand mean", "group mean"}
        Of the continuous level-1 predictors.
    method : {"REML", "ML"}
    notation : str
    changed : str
        The part that was taken in or out last; empty where nothing was.
    without : Built or None
        The state before that.
    """

    outcome: str
    level1: tuple[str, ...]
    level2: tuple[tuple[str, tuple[str, ...]], ...]
    random: tuple[str, ...]
    centring: str
    method: Literal["REML", "ML"]
    notation: str
    changed: str = ""
    without: Built | None = None


def columns_of(data: pd.DataFrame, book: Codebook) -> Columns:
    """Find the columns that a builder offers.

    Parameters
    ----------
    data : pandas.DataFrame
    book : Codebook

    Returns
    -------
    Columns

    Raises
    ------
    OptionError
        If no column can be an outcome.
    """
    if not book.group:
        raise OptionError(
            "It is not known which column holds the groups.",
            "Name it: builder(data, group='school').",
        )
    known = [book[n] for n in map(str, data.columns) if n in book and n != book.group]
    useful = {v.name for v in known if _is_useful(data[v.name])}
    known = [v for v in known if v.name in useful and v.kind != "identifier"]
    level1 = [v for v in known if v.level == 1]
    outcomes = [v.name for v in level1 if v.kind in ("continuous", "count")]
    if not outcomes:
        raise OptionError(
            "No column can be an outcome: none is a number that varies within groups.",
            "Give data with one, or name another column of groups.",
        )
    level2 = [v.name for v in known if v.level == 2]
    return Columns(
        book.group,
        tuple(outcomes),
        tuple(v.name for v in level1)[: MOST + 1],
        tuple(level2)[:MOST],
    )


def _is_useful(column: pd.Series[Any]) -> bool:
    """Tell whether a column can go into an equation: no constant, and no date."""
    dated = pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.PeriodDtype)
    return not dated and column.nunique() > 1


def read_controls(columns: Columns, values: Mapping[str, Any]) -> Built:
    """Read the state off the controls.

    Parameters
    ----------
    columns : Columns
    values : mapping of str to value
        ``"use x"`` (x is in the model), ``"U x"`` (its coefficient is random), ``"x on z"`` (z is
        in the equation of its coefficient), and the fields of :class:`Built` that are no lists.

    Returns
    -------
    Built
    """
    level1 = tuple(x for x in columns.level1 if x != values["outcome"] and values[f"use {x}"])
    keys = ("intercept", *level1)
    changed = values["changed"]
    before = {**values, changed: not values[changed], "changed": ""} if changed else None
    names = ("outcome", "centring", "method", "notation", "changed")
    now = Built(
        level1=level1,
        level2=tuple(
            (key, tuple(z for z in columns.level2 if values[f"{key} on {z}"])) for key in keys
        ),
        random=tuple(key for key in keys if values[f"U {key}"]),
        **{name: values[name] for name in names},
    )
    if before is None:
        return now
    without = read_controls(columns, before)
    if without == replace(now, changed=""):  # what was changed has gone since, with its coefficient
        return without
    return replace(now, without=without)


def frame_of(data: pd.DataFrame, state: Built, book: Codebook) -> pd.DataFrame:
    """Centre the continuous level-1 predictors as the state says.

    A centred column gets a name of its own, with a ``c`` in front, since its 0 means another thing.
    """
    if state.centring == "raw":
        return data
    frame = data.copy()
    for name in state.level1:
        if book[name].kind in ("continuous", "count"):
            frame[_centred(name)] = (
                center_grand(data, name)
                if state.centring == "grand mean"
                else center_within(data, name, group=book.group)
            )
    return frame


def model_of(state: Built, book: Codebook) -> Model:
    """Write the model that the state stands for.

    Parameters
    ----------
    state : Built
    book : Codebook

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If it is no two-level model, since nothing is random.
    """
    named = {"intercept": "intercept"}
    for x in state.level1:
        moved = state.centring != "raw" and book[x].kind in ("continuous", "count")
        named[x] = _written(_centred(x) if moved else x)
    level2 = {
        named[key]: " + ".join(
            [*(map(_written, names) if names else "1"), *(["U"] if key in state.random else [])]
        )
        for key, names in state.level2
    }
    right = " + ".join(named[x] for x in state.level1) or "1"
    return Model(f"{_written(state.outcome)} ~ {right}", group=_written(book.group), level2=level2)


def _written(name: str) -> str:
    """A column as a formula writes it: one with a space in its name in backticks."""
    return Factor.of(Column(name)).formula


def _centred(name: str) -> str:
    return f"c{name}"


# --- what is shown of a fit ---------------------------------------------------------------


def beneath(fit: Fit) -> dict[str, str]:
    """Write what stands beneath each symbol: the estimate and its standard error, by tag."""
    found = {
        tag("gamma", g.q, g.s): _with_error(fit.params[g.name], fit.bse[g.name])
        for g in fit.model.gammas
    }
    variances = np.diag(fit.cov_re)
    for c, variance in zip(fit.model.random, variances, strict=True):
        found[tag("U", c.index)] = (
            f"{letter('variance', q=c.index)} = {significant(float(variance))}"
        )
    return {**found, "epsilon": f"σ² = {significant(fit.scale)}"}


@dataclass(frozen=True)
class Bench:
    """Data, their codebook and columns, and the models that have been fitted to them."""

    data: pd.DataFrame
    book: Codebook
    columns: Columns

    @cached_property
    def fits(self) -> dict[tuple[object, ...], Fit]:
        """The fits so far, by what makes a model."""
        return {}

    @cached_property
    def scenes(self) -> dict[tuple[object, ...], Scene]:
        """The scenes so far, without what is said of the last change."""
        return {}

    def key(self, state: Built) -> tuple[object, ...]:
        """Name the model of a state by what makes it."""
        parts = (state.outcome, state.level1, state.level2, state.random)
        return (*parts, state.centring, state.method)

    def fit(self, state: Built) -> Fit:
        """Fit the model of a state, once.

        Raises
        ------
        MlmteachError
            If that is not possible.
        """
        key = self.key(state)
        if key not in self.fits:
            frame = frame_of(self.data, state, self.book)
            model = model_of(state, self.book)
            self.fits[key] = model.fit(frame, reml=state.method == "REML")
        return self.fits[key]

    def before(self, state: Built) -> Fit | None:
        """Fit the model without the last change, where that is one that can be fitted."""
        other = state.without
        return self.fit(other) if other is not None and other.random else None


class TermWriter:
    """Writes the equations of a model so that their terms are buttons."""

    def __init__(self, bench: Bench, state: Built, fit: Fit) -> None:
        self.bench, self.state, self.fit = bench, state, fit
        self.math = MathWriter(beneath=beneath(fit))
        model = fit.model
        scribe = model.equations(notation=state.notation, parts=("level1",)).scribe
        self.level1, self.level2 = scribe.level1(), scribe.level2()
        # which column stands behind a tag; a factor has several coefficients
        raw = {_centred(x): x for x in state.level1} if state.centring != "raw" else {}
        self.keys = {
            c.index: raw.get(v, v) if (v := _column(c.term.variables)) else "intercept"
            for c in model.coefficients
        }
        self.others = {
            tag("gamma", g.q, g.s): (self.keys[g.q], _column(g.level2.variables))
            for g in model.gammas
            if g.s
        }

    def lines(self) -> tuple[Words, ...]:
        """Write the level-1 equation, and the level-2 equations beneath it."""
        known = {x for x in self.bench.columns.level1 if x != self.state.outcome}
        missing = [x for x in self.bench.columns.level1 if x in known - set(self.state.level1)]
        offered = [self._offer(f"use {x}", x, "the level-1 equation") for x in missing]
        *above, last = self.level1
        found = [*(self._line(line, []) for line in above), self._line(last, offered)]
        inside = dict(self.state.level2)
        done: set[str] = set()
        for line in self.level2:
            key = self.keys[line.q or 0]
            offered = []
            if key not in done:  # the equations of a factor's contrasts are changed together
                done.add(key)
                offered = [
                    self._offer(f"{key} on {z}", z, f"the equation of {key}")
                    for z in self.bench.columns.level2
                    if z not in inside[key]
                ]
                if key not in self.state.random:
                    offered.append(self._offer(f"U {key}", "U", f"the equation of {key}"))
            found.append(self._line(line, offered))
        return tuple(found)

    def _line(self, line: Line, offered: list[Part]) -> Words:
        relation = "=" if line.relation == "=" else "∼"
        parts: list[Part] = [_math(f"{self.math.node(line.left)}<mo>{relation}</mo>")]
        for place, summand in enumerate(line.right):
            parts.append(self._summand(summand, first=not place))
        return (Element("div", (*parts, *offered), attributes={"class": "mlm-row"}),)

    def _summand(self, summand: Summand, *, first: bool) -> Part:
        written = _math(self.math.sum((summand,), first=first))
        lead = summand.factors[0]
        named = lead.tag if isinstance(lead, Symbol) else ""
        kind, _, index = named.partition("_")
        if kind == "beta" and index != "0":
            key = self.keys[int(index)]
            return self._press(f"use {key}", written, f"{key}: in the level-1 equation", named)
        if kind == "U":
            key = self.keys[int(index)]
            return self._press(f"U {key}", written, f"U of {key}: in its equation", named)
        if named in self.others:
            key, z = self.others[named]
            return self._press(f"{key} on {z}", written, f"{z}: in the equation of {key}", named)
        return written

    def _press(self, part: str, inner: Part, said: str, named: str) -> Part:
        sets = {part: 0, "changed": self._place(part)}
        return Press((inner,), sets, f"{said}; take it out", True, (named,))

    def _offer(self, part: str, name: str, where: str) -> Part:
        sets = {part: 1, "changed": self._place(part)}
        return Press((f"+ {name}",), sets, f"{name}: not in {where}; take it in", False)

    def _place(self, part: str) -> int:
        return 1 + parts_of(self.bench.columns).index(part)


def _column(variables: tuple[str, ...]) -> str:
    return variables[0] if variables else ""


def _math(inner: str) -> Raw:
    return Raw(f"<math>{inner}</math>")


def picture(fit: Fit) -> tuple[View, str]:
    """Draw the general line, the lines of the groups around it and the spread of the units."""
    outcome = fit.frame[fit.model.outcome.name].to_numpy(dtype=float)
    low, high = np.quantile(outcome, [0.01, 0.99])
    room = 0.15 * (high - low)
    named = words(fit)
    x = _drawn_along(fit)
    ends, general, heights = _lines(fit, x)
    over = label(fit, x) if x else "no numeric level-1 predictor in the model"
    sigma = float(np.sqrt(fit.scale))
    effects = tuple(tag("U", c.index) for c in fit.model.random)
    variances = tuple(tag("tau", c.index, c.index) for c in fit.model.random)
    view = View(
        title="The general line, and the lines of the groups",
        x=Axis(label=over, low=float(ends[0]), high=float(ends[1]), ticks=None if x else {}),
        y=Axis(label=named.outcome, low=float(low - room), high=float(high + room)),
        marks=(
            Area(
                x=ends,
                low=general - sigma,
                high=general + sigma,
                role="residual",
                opacity=0.5,
                tags=("epsilon", "sigma2"),
                label="general line ± σ",
            ),
            Lines(
                x=ends,
                y=heights,
                role="level2",
                width=0.9,
                opacity=0.55,
                tags=(*effects, *variances),
                label=f"general line + U's of the {named.groups}",
            ),
            Lines(
                x=ends,
                y=general,
                role="fixed",
                width=3,
                tags=tuple(tag("gamma", g.q, g.s) for g in fit.model.gammas),
                label="general line",
            ),
            *_level_and_slope(fit, x, ends, general),
        ),
    )
    if not x:
        return view, f"The levels of {len(heights)} {named.groups} and the general level; {over}."
    return view, (
        f"Lines of {len(heights)} {named.groups} over {over} and the general line, whose slope is "
        f"{number(float(np.diff(general)[0] / np.diff(ends)[0]))}."
    )


def _drawn_along(fit: Fit) -> str:
    """Choose a numeric level-1 predictor, no 0/1 if possible; empty where there is none."""
    variables = [name for c in fit.model.bare for name in c.term.variables]
    numeric = [n for n in variables if pd.api.types.is_numeric_dtype(fit.frame[n].dtype)]
    return max(numeric, key=lambda name: fit.frame[name].nunique() > 2, default="")


def _lines(fit: Fit, x: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute both ends of x, and there the general line, (2,), and those of the groups, (J, 2)."""
    effects = fit.random_effects.to_numpy()  # (J, q)
    if not x:
        general = np.repeat(float(np.mean(fit.fixed_part)), 2)
        return np.array([0.0, 1.0]), general, general + effects @ np.ones((effects.shape[1], 2))
    ends = np.array([fit.frame[x].min(), fit.frame[x].max()], dtype=float)
    gammas, weights, _ = weights_along(fit, {x: ends})  # (2, p), (2, q)
    general = gammas @ fit.params.to_numpy()
    return ends, general, general + effects @ np.broadcast_to(weights, (2, effects.shape[1])).T


def _level_and_slope(
    fit: Fit, x: str, ends: FloatArray, general: FloatArray
) -> tuple[Points] | tuple[Points, Segments]:
    """Mark where the general line is at x = 0, and how far it rises over one unit of x."""
    slope = next((c for c in fit.model.coefficients if x and c.term.variables == (x,)), None)
    at = 0.5 if slope is None else float(np.clip(0.0, *ends))
    rise = np.diff(general)[0] / np.diff(ends)[0]
    start = float(general.mean() if slope is None else general[0] + rise * (at - ends[0]))
    level = Points(x=at, y=start, role="fixed", shape="square", size=9, tags=("gamma_00", "beta_0"))
    if slope is None:
        return (level,)
    run = 1.0 if at + 1.0 <= ends[1] else float(ends[1] - at)
    return level, Segments(
        x0=np.array([at, at + run]),
        y0=np.array([start, start]),
        x1=np.array([at + run, at + run]),
        y1=np.array([start, start + rise * run]),
        role="fixed",
        dash="dashed",
        width=2,
        tags=(tag("gamma", slope.index, 0), tag("beta", slope.index)),
    )


def change_words(now: Fit, before: Fit | None, part: str) -> tuple[Words, ...]:
    """Say what τ, σ² and the deviance are, and what they are without the last change.

    Parameters
    ----------
    now : Fit
    before : Fit or None
        The fit without it.
    part : str
        What was changed.

    Returns
    -------
    tuple of Words
        Deviances are compared only where that is meaningful: both by ML, or both by REML with the
        same fixed part.
    """
    kind = "REML criterion" if now.reml else "deviance"
    listed: list[Part] = [
        f"{kind} {shown(now.criterion, 2)}, ",
        *_tagged("σ²", now.scale, "sigma2 epsilon"),
    ]
    signs = {c.term.name: (letter("variance", q=c.index), c) for c in now.model.random}
    for name, variance in zip(now.cov_re.index, np.diag(now.cov_re), strict=True):
        sign, c = signs[str(name)]
        tags = f"{tag('tau', c.index, c.index)} {tag('U', c.index)}"
        listed += [", ", *_tagged(f"{sign} of {c.term.name}", float(variance), tags)]
    first = (*listed, ".")
    if before is None:
        return (first,)
    changes = []
    old = dict(zip(before.cov_re.index, np.diag(before.cov_re), strict=True))
    new = dict(zip(now.cov_re.index, np.diag(now.cov_re), strict=True))
    for said, a, b in [
        *((signs[str(name)][0], old[name], new[name]) for name in new if name in old),
        ("σ²", before.scale, now.scale),
    ]:
        share = f" ({shown(100 * (b / a - 1), 0, sign=True)} %)" if a > 0 else ""
        changes.append(f"{said} {significant(a)} → {significant(b)}{share}")
    same = before.nobs == now.nobs
    if same and (not now.reml or before.design.x_names == now.design.x_names):
        changes.append(
            f"{kind} {shown(before.criterion, 2)} → {shown(now.criterion, 2)} "
            f"({number(now.criterion - before.criterion)})"
        )
    elif same:
        changes.append(
            "REML criteria of models with other γ's do not compare; choose ML to compare them"
        )
    return (first, (f"The last change, {part}: {'; '.join(changes)}.",))


def _tagged(said: str, value: float, tags: str) -> Words:
    return text(f"[{said} = {significant(value)}]({tags})")


def _with_error(value: float, se: float) -> str:
    return f"{rounded(value, se=se)} ({rounded(se, se=se)})"


def estimates_table(fit: Fit, state: Built) -> Part:
    """Tabulate γ with standard errors, T, σ² and the criterion."""
    plain = TextWriter()
    scribe = fit.model.equations(notation=state.notation, parts=("level1",)).scribe
    rows = [_cells("th", "symbol", "term", "estimate", "SE")]
    for g in fit.model.gammas:
        symbol = plain.node(Symbol(scribe.notation.glyph("gamma", q=g.q, s=g.s), "fixed"))
        cells = (symbol, g.name, significant(fit.params[g.name]), significant(fit.bse[g.name]))
        rows.append(_cells("td", *cells, tags=(tag("gamma", g.q, g.s),)))
    for c, variance in zip(fit.model.random, np.diag(fit.cov_re), strict=True):
        effect = plain.node(Symbol(scribe.notation.glyph("effect", q=c.index), "random"))
        cells = (f"variance of {effect}", c.term.name, significant(float(variance)), "")
        tags = (tag("tau", c.index, c.index), tag("U", c.index))
        rows.append(_cells("td", *cells, tags=tags))
    rows.append(
        _cells("td", "σ²", "residual", significant(fit.scale), "", tags=("sigma2", "epsilon"))
    )
    kind = "REML criterion" if fit.reml else "deviance"
    rows.append(_cells("td", kind, "", shown(fit.criterion, 2), ""))
    return Element("table", (Element("tbody", tuple(rows)),))


def _cells(kind: str, *texts: str, tags: tuple[str, ...] = ()) -> Element:
    scope = {"scope": "col"} if kind == "th" else None
    return Element("tr", tuple(Element(kind, (one,), attributes=scope) for one in texts), tags)


def sentences(fit: Fit, state: Built) -> tuple[Words, ...]:
    """Write a sentence for each symbol."""
    display, found = Display(fit), []
    for row in fit.interpret(notation=state.notation).rows:
        named = display.tags_of(row)
        said = f"{row.symbol}: {row.told.first}"
        found.append((Tagged((said,), named) if named else said,))
    return tuple(found)


# --- the builder --------------------------------------------------------------------------

PROGRAMS = ("lme4", "stata", "nlme", "statsmodels", "spss", "sas", "mixedmodels.jl")


def parts_of(columns: Columns) -> tuple[str, ...]:
    """List all parts that can be taken in or out."""
    keys = ("intercept", *columns.level1)
    return (
        *(f"use {x}" for x in columns.level1),
        *(f"U {key}" for key in keys),
        *(f"{key} on {z}" for key in keys for z in columns.level2),
    )


def controls_of(columns: Columns, outcome: str) -> list[Control]:
    """Make the controls; those of the model's parts are moved by the equations alone."""
    # to begin with, a predictor along which lines can be drawn, where there is one
    first = next((x for x in (*columns.outcomes, *columns.level1) if x != outcome), "")
    parts = parts_of(columns)
    shape: Literal["radio", "list"] = "radio" if len(columns.outcomes) <= 5 else "list"
    return [
        Select(
            name="outcome", label="outcome", options=columns.outcomes, value=outcome, shape=shape
        ),
        Select(name="centring", label="centring", options=CENTRING, value="raw"),
        Select(name="method", label="method", options=("REML", "ML"), value="REML"),
        Select(
            name="notation", label="notation", options=tuple(PRESETS), value="slides", shape="list"
        ),
        Select(name="changed", label="last change", options=("", *parts), value="", shape="hidden"),
        *(
            Toggle(
                name=part, label=part, hidden=True, value=part in (f"use {first}", "U intercept")
            )
            for part in parts
        ),
    ]


class Builder(Panel[Built]):
    """The builder's panel; the model and its fit can be taken out."""

    bench: Bench

    @property
    def fit(self) -> Fit:
        """The fit that is shown."""
        return self.bench.fit(self.state)

    @property
    def model(self) -> Model:
        """The model that is shown."""
        return self.fit.model

    def near(self) -> Iterator[dict[str, Any]]:
        """Give the states that one click leads to."""
        now = self.values
        out = {x for x in self.bench.columns.level1 if x not in self.state.level1}
        for part in parts_of(self.bench.columns):
            kind, _, name = part.partition(" ")
            key = name if kind in ("use", "U") else part.partition(" on ")[0]
            if (kind == "use" and key == self.state.outcome) or (kind != "use" and key in out):
                continue
            moved = {**now, part: not now[part], "changed": part}
            yield moved
            yield {**now, "changed": part}  # and back
        for name in ("centring", "method"):
            for value in self.controls[name].values:
                yield {**now, name: value}


def scene_of(state: Built, bench: Bench) -> Scene:
    """Fit the model of a state, and show it.

    Raises
    ------
    MlmteachError
        If the model cannot be fitted.
    """
    fit = bench.fit(state)
    told = change_words(fit, bench.before(state), _said(state.changed))
    key = (*bench.key(state), state.notation)
    if key not in bench.scenes:
        view, alt = picture(fit)
        bench.scenes[key] = Scene(
            views=(view,),
            equation=TermWriter(bench, state, fit).lines(),
            sentence=told,
            alt=(alt,),
            more={"Estimates": ((estimates_table(fit, state),),)},
            notes=tuple(fit.messages),
        )
    return replace(bench.scenes[key], sentence=told)


def _said(part: str) -> str:
    kind, _, name = part.partition(" ")
    return name if kind == "use" else f"U of {name}" if kind == "U" else part.replace(" on ", " ← ")


def detailed(state: Built, scene: Scene, bench: Bench) -> Scene:
    """Add what takes longer: the sentences of all symbols, and the model in other programs."""
    fit = bench.fit(state)
    code = tuple((Element("strong", (program,)), _code(fit, program)) for program in PROGRAMS)
    return replace(
        scene,
        more={
            "What each symbol means": sentences(fit, state),
            **(scene.more or {}),
            "The same model in other programs": code,
        },
    )


def _code(fit: Fit, program: str) -> Part:
    written = str(fit.model.code(program, reml=fit.reml))
    return Raw(f'<pre tabindex="0">{html.escape(written)}</pre>')


def builder(
    data: pd.DataFrame | None = None, *, group: str | None = None, outcome: str | None = None
) -> Builder:
    """Open the builder: click the terms of the equations, and see all that follows at once.

    A term that is not in the model stands behind its equation with a dashed frame; a click takes it
    in.  A click on one that is in takes it out; so do clicks on the U's.

    Parameters
    ----------
    data : pandas.DataFrame, optional
        High School & Beyond when left out.  The first six predictors of each level are offered: of
        data with more, give the columns that you want.
    group : str, optional
        The column of the groups, where the data's codebook does not say.
    outcome : str, optional
        The outcome to begin with; the first column that can be one when left out.

    Returns
    -------
    Builder
        ``panel.model`` and ``panel.fit`` are what is shown.

    Raises
    ------
    OptionError
        If no column can be an outcome, or the one named cannot.
    DataError
        If the data cannot be used.

    Examples
    --------
    >>> panel = builder()
    >>> scene = panel.move(**{"U ses": True})
    >>> panel.model.formula
    'mathach ~ 1 + ses + (1 + ses | school)'
    """
    frame = load("hsb") if data is None else plain_frame(in_memory(data), group=group)
    book = codebook_for(frame, group=group)
    columns = columns_of(frame, book)
    begin = outcome or ("mathach" if data is None else columns.outcomes[0])
    if begin not in columns.outcomes:
        raise OptionError(f"'{begin}' cannot be the outcome.", suggest(begin, columns.outcomes))
    bench = Bench(frame, book, columns)
    panel = Builder(
        "Build a model",
        controls_of(columns, begin),
        lambda **values: read_controls(columns, values),
        lambda state: scene_of(state, bench),
        caption="The general line, and the lines of the groups around it.",
        detail=lambda state, scene: detailed(state, scene, bench),
    )
    panel.bench = bench
    return panel
