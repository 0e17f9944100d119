"""A fit in one view: equation, picture and words, in which the same symbols light up together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtr

from mlmteach.equations.mathml import MathWriter
from mlmteach.equations.nodes import tag
from mlmteach.errors import OptionError
from mlmteach.explore.controls import Control, Select, decimals
from mlmteach.explore.live import taken
from mlmteach.explore.panel import Panel
from mlmteach.explore.scene import (
    Area,
    Axis,
    Element,
    Inscription,
    Lines,
    Points,
    Raw,
    Role,
    Rule,
    Scene,
    Segments,
    Tagged,
    Trace,
    View,
    Words,
    number,
    pick,
    text,
)
from mlmteach.fit.combinations import sums_of
from mlmteach.fit.fitted import TwoLevel
from mlmteach.model.places import factors_of
from mlmteach.numbers import rounded
from mlmteach.plot.words import expected_outcome, letter, symbol, words

if TYPE_CHECKING:
    from mlmteach.api import Fit, GeneralizedFit
    from mlmteach.arrays import FloatArray
    from mlmteach.interpret.interpretation import Interpretation, Row
    from mlmteach.model.places import Key
    from mlmteach.model.symbols import Gamma

__all__ = ["Along", "linked", "tag_of"]

PLACES = 13  # along a predictor
MOST_GROUPS, MOST_UNITS, MOST_PREDICTORS = 200, 25, 6  # that are drawn, or offered
ROLES: dict[str, Role] = {"γ": "fixed", "U": "random", "τ": "random", "σ²": "residual"}


@dataclass(frozen=True)
class Along:
    """The state: the predictor along which the picture lies, and the group that is picked."""

    over: str
    group: int


def tag_of(fit: TwoLevel, row: Row) -> str:
    """Name the symbol that a row of the interpretation is about; empty where it has no mark.

    Parameters
    ----------
    fit : TwoLevel
    row : Row

    Returns
    -------
    str
    """
    model = fit.model
    found = {("γ", gamma.name): tag("gamma", gamma.q, gamma.s) for gamma in model.gammas}
    for c in model.random:
        found["U", c.term.name] = tag("U", c.index)
        found["τ", c.term.name] = tag("tau", c.index, c.index)
    for a, b in combinations(model.random, 2):
        found["τ", f"{a.term.name}, {b.term.name}"] = tag("tau", a.index, b.index)
    if row.role == "σ²":
        return "sigma2"
    return found.get((row.role, row.name), "")


# --- what a fit says along a predictor ----------------------------------------------------


@dataclass(frozen=True)
class Display:
    """A fit, and the rows of it that are drawn: a sample of them, where not all were kept."""

    fit: TwoLevel
    rows: Any

    @classmethod
    def of(cls, fit: Any) -> Display:
        """Lay a fit out."""
        return cls(fit, fit if fit.design.census is None else fit.rows)

    @cached_property
    def interpretation(self) -> Interpretation:
        """The words."""
        from mlmteach.interpret import interpret

        return interpret(self.fit)

    @cached_property
    def codes(self) -> Any:
        """The group of each row, (n,)."""
        return self.rows.design.groups.get_indexer(self.rows.frame[self.fit.model.group])

    @cached_property
    def sums(self) -> Any:
        """The weighted sums of γ."""
        return sums_of(self.fit)

    @cached_property
    def kept(self) -> Any:
        """The places of the groups that can be picked: all, or some evenly spread over U₀."""
        effects = self.rows.random_effects.to_numpy()[:, 0]
        most = np.unique(np.linspace(0, len(effects) - 1, MOST_GROUPS).round().astype(int))
        return np.sort(np.argsort(effects)[most])

    @cached_property
    def effects(self) -> Any:
        """The U of the groups that can be picked, (J, q)."""
        return self.rows.random_effects.to_numpy()[self.kept]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the groups that can be picked."""
        return tuple(map(str, self.rows.design.groups[self.kept]))

    @cached_property
    def typical(self) -> dict[Key, Any]:
        """The value of each predictor when nobody says otherwise."""
        places = self.fit.places
        return {spot.key: spot.value for spot in places.typical(places.factors).spots}

    @cached_property
    def over(self) -> dict[str, Key]:
        """The predictors along which the picture can lie, by their symbols."""
        places = self.fit.places
        keys = [
            key
            for key, value in self.typical.items()
            if not isinstance(value, str) and places.described(key) is not None
        ]
        keys.sort(key=lambda key: (places.is_category(*key), key[0]))  # numbers at level 1 first
        return {symbol(self.fit, key[1]): key for key in keys[:MOST_PREDICTORS]}

    def weights(self, values: dict[Key, Any], count: int) -> tuple[FloatArray, FloatArray]:
        """Make the weights of γ, (count, p), and of the U, (count, q), where predictors are."""
        places = self.fit.places
        known = {**self.typical, **values}
        x = np.broadcast_to(self.sums.rows((), known), (count, len(self.fit.params)))
        z = np.ones((count, len(self.fit.model.random)))
        for column, coefficient in zip(z.T, self.fit.model.random, strict=True):
            for factor in coefficient.term.factors:
                column *= places.value(1, factor, known)
        return np.asarray(x, dtype=float), z

    def keys(self, gamma: Gamma) -> set[Key]:
        """Find the predictors that a γ goes with."""
        places = self.fit.places
        return {key for level, factor in factors_of(gamma) for key in places.keys(level, factor)}

    def step(self, gamma: Gamma, place: int, key: Key | None, values: dict[Key, Any]) -> FloatArray:
        """Compute what a γ adds where its other predictors go one step up, (m,).

        That is one standard deviation of a number, and the next category of a category.
        """
        places = self.fit.places
        moved: list[dict[Key, Any]] = [{}]
        for other in self.keys(gamma) - {key}:
            now = self.typical[other]
            if places.is_category(*other):
                to: list[Any] = [v for v in places.categories(*other) if v != now]
            else:
                to = [places.spot(other, "above").value]
            moved = [{**before, other: value} for before in moved for value in to]
        count = len(next(iter(values.values()))) if values else 1
        start = self.weights(values, count)[0][:, place]
        steps = [self.weights({**values, **one}, count)[0][:, place] - start for one in moved]
        widest = max(steps, key=lambda step: float(np.abs(step).max()))
        return widest * float(self.fit.params.iloc[place])


# --- the picture --------------------------------------------------------------------------


def picture(state: Along, display: Display) -> View:
    """Draw the general line, what each γ adds to it, and the picked group among the others."""
    fit, model = display.fit, display.fit.model
    key = display.over.get(state.over)
    low, high = 0.0, 1.0
    if key is not None:
        described = fit.places.described(key)
        assert described is not None  # else it is not offered
        low, high = described.minimum, described.maximum
    x = np.linspace(low, high, PLACES)
    values: dict[Key, Any] = {} if key is None else {key: x}
    gammas, z = display.weights(values, PLACES)
    general = gammas @ fit.params.to_numpy()  # (PLACES,)
    own = general + display.effects @ z.T  # (J, PLACES)
    at_groups = None
    if key is not None and key[0] == 2:  # a group has one value of it
        at_groups = np.asarray(display.rows.places.column(key))[display.kept]
    sigma = float(np.sqrt(np.mean(fit.residual_variances))) if model.family.is_normal else 0.0
    marks: list[Trace] = []
    if sigma:
        marks.append(
            Area(
                x=x,
                low=general - sigma,
                high=general + sigma,
                role="residual",
                opacity=0.5,
                tags=("sigma2",),
                label="general line ± σ",
            )
        )
    named = words(fit)
    # the ellipse shows the covariance of two U; those of others are in the lines
    rest = list(combinations(model.random, 2))[1:]
    all_effects = (
        *(tag("U", c.index) for c in model.random),
        *(tag("tau", a.index, b.index) for a, b in rest),
    )
    if at_groups is None:
        marks.append(
            Lines(
                x=x,
                y=own,
                role="level2",
                width=0.8,
                opacity=0.4,
                tags=all_effects,
                label=named.groups,
            )
        )
    else:
        heights = np.array([np.interp(a, x, row) for a, row in zip(at_groups, own, strict=True)])
        marks.append(
            Points(
                x=at_groups,
                y=heights,
                role="level2",
                hollow=True,
                size=5,
                chooses="group",
                tags=all_effects,
                label=f"{named.groups}: press one",
            )
        )
    # it is the sum of all γ: with their tags, it would be lit with each of them
    marks.append(Lines(x=x, y=general, role="fixed", width=3, label="general line"))
    marks += _group(state, display, x, general, z, at_groups)
    marks += _variances(display, x, general, z)
    marks += _gammas(display, key, x, gammas, general)
    bottom = float(min(own.min(), (general - 1.5 * sigma).min()))
    top = float(max(own.max(), (general + 1.5 * sigma).max()))
    room = 0.08 * (top - bottom) or 1.0
    return View(
        title="What each γ adds, and a group",
        share=1.9,
        x=Axis(
            label="" if key is None else _labelled(fit, key),
            low=low,
            high=high,
            ticks={} if key is None else None,
        ),
        y=Axis(label=named.outcome, low=bottom - room, high=top + room),
        marks=tuple(marks),
    )


def _labelled(fit: TwoLevel, key: Key) -> str:
    book = fit.model.codebook
    if book is None or key[1] not in book:
        return key[1]
    unit = book[key[1]].unit.plural
    return f"{book[key[1]].symbol} ({unit})" if unit else book[key[1]].symbol


def _gammas(
    display: Display, key: Key | None, x: FloatArray, gammas: FloatArray, general: FloatArray
) -> list[Trace]:
    """Draw a mark for each γ: an arrow for what it adds, or a triangle along the predictor."""
    model, params = display.fit.model, display.fit.params.to_numpy()
    span = x[-1] - x[0]
    marks: list[Trace] = []
    others = [g for g in model.gammas if g.level1 or g.level2]
    spots = np.linspace(0.16, 0.9, max(len(others), 1))  # side by side, so that none is hidden
    order = 0
    for place, gamma in enumerate(model.gammas):
        named = tag("gamma", gamma.q, gamma.s)
        look: dict[str, Any] = {"role": "fixed", "tags": (named,)}
        name = letter("gamma", q=gamma.q, s=gamma.s)
        if not gamma.level1 and not gamma.level2:
            at = float(np.clip(0.0, x[0], x[-1])) if key is not None else float(x[len(x) // 2])
            marks += [
                Rule(y=params[place], dash="dotted", width=1.2, **look),
                Points(x=at, y=params[place], shape="square", size=10, **look),
            ]
            continue
        here = spots[order]
        order += 1
        values = {} if key is None else {key: x}
        keys = display.keys(gamma)
        if key is not None and keys == {key}:
            start, run = float(x[0] + (here - 0.08) * span), 0.16 * span
            base = float(np.interp(start, x, general))
            own = gammas[:, place] * params[place]
            rise = float(np.interp(start + run, x, own) - np.interp(start, x, own))
            corner = start + run
            marks += [
                Segments(
                    x0=np.array([start, corner, start]),
                    y0=np.array([base, base, base]),
                    x1=np.array([corner, corner, corner]),
                    y1=np.array([base, base + rise, base + rise]),
                    width=2,
                    **look,
                ),
                Inscription(x=corner, y=base + rise / 2, words=(f"\u2009{name}",), **look),
            ]
            continue
        step = display.step(gamma, place, key, values)
        step = np.broadcast_to(step, x.shape)
        if key in keys:
            marks.append(Lines(x=x, y=general + step, dash="dashed", width=1.4, **look))
            here = 0.97 if abs(step[-1]) >= abs(step[0]) else 0.03
        at = float(x[0] + here * span)
        base, up = float(np.interp(at, x, general)), float(np.interp(at, x, step))
        marks += [
            Segments(x0=at, x1=at, y0=base, y1=base + up, arrow=True, width=2.2, **look),
            Inscription(
                x=at,
                y=base + up,
                words=(f"{name}\u2009" if here > 0.5 else f"\u2009{name}",),
                anchor="end" if here > 0.5 else "start",
                **look,
            ),
        ]
    return marks


def _at(share: float, x: FloatArray) -> float:
    return float(x[0] + share * (x[-1] - x[0]))


def _variances(display: Display, x: FloatArray, general: FloatArray, z: FloatArray) -> list[Trace]:
    """Draw ± 1 SD of what each U does to the line."""
    marks: list[Trace] = []
    covariances = display.fit.cov_re.to_numpy()
    for place, c in enumerate(display.fit.model.random):
        here = float(np.clip(0.0, x[0], x[-1])) if not c.term else _at(0.94 - 0.12 * place, x)
        sd = float(np.sqrt(covariances[place, place]) * np.abs(np.interp(here, x, z[:, place])))
        middle = float(np.interp(here, x, general))
        marks.append(
            Segments(
                x0=here,
                x1=here,
                y0=middle - sd,
                y1=middle + sd,
                role="random",
                width=6,
                opacity=0.55,
                tags=(tag("tau", c.index, c.index),),
                label="± SD of a U" if not place else "",
            )
        )
    return marks


def _group(
    state: Along,
    display: Display,
    x: FloatArray,
    general: FloatArray,
    z: FloatArray,
    at_groups: FloatArray | None,
) -> list[Trace]:
    """Draw the picked group: its line, each of its U as an arrow, and its units around it."""
    model = display.fit.model
    picked = taken(display.effects, state.group)  # (q,)
    marks: list[Trace] = []
    line = general + (picked * z).sum(axis=1)
    named = tuple(tag("U", c.index) for c in model.random)
    if at_groups is None:
        marks.append(
            Lines(
                x=x,
                y=line,
                role="random",
                width=2.4,
                dash="dashed",
                tags=named,
                label="picked group",
            )
        )
    for place, c in enumerate(model.random):
        if at_groups is None:
            here: Any = _at(0.5, x) if not c.term else _at(0.86 - 0.12 * place, x)
            if not c.term and x[0] < 0 < x[-1]:
                here = 0.0
            base = float(np.interp(here, x, general))
            share = np.array([np.interp(here, x, column) for column in z.T])  # (q,)
        else:
            here = taken(at_groups, state.group)
            base = taken(np.interp(at_groups, x, general), state.group)
            share = np.ones(len(model.random))
        before = np.where(np.arange(len(share)) < place, share, 0.0)
        start = base + (picked * before).sum()
        marks.append(
            Segments(
                x0=here,
                x1=here,
                y0=start,
                y1=start + picked[place] * share[place],
                arrow=True,
                role="random",
                width=2.6,
                tags=(tag("U", c.index),),
                label="a U of the picked group" if not place else "",
            )
        )
    if model.family.is_normal:
        marks += _units(state, display, x, general, z, at_groups)
    return marks


def _units(
    state: Along,
    display: Display,
    x: FloatArray,
    general: FloatArray,
    z: FloatArray,
    at_groups: FloatArray | None,
) -> list[Trace]:
    """Draw the units of the picked group, by how far each lies from the group's line."""
    rows = display.rows
    residuals = np.asarray(rows.resid, dtype=float)
    effects = rows.random_effects.to_numpy()
    key = display.over.get(state.over)
    along = np.full(len(residuals), _at(0.5, x))
    if key is not None and at_groups is None:
        along = np.asarray(rows.places.column(key), dtype=float)
    heights = np.full((3, len(display.kept), MOST_UNITS), np.nan)
    for place, group in enumerate(display.kept):
        units = np.flatnonzero(display.codes == group)
        units = units[np.unique(np.linspace(0, len(units) - 1, MOST_UNITS).round().astype(int))]
        at = along[units] if at_groups is None else np.full(len(units), at_groups[place])
        own = np.interp(at, x, general + z @ effects[group])
        heights[:, place, : len(units)] = at, own, own + residuals[units]
    at, own, y = (taken(one, state.group) for one in heights)
    return [
        Segments(x0=at, x1=at, y0=own, y1=y, role="residual", width=0.9, tags=("epsilon",)),
        Points(
            x=at,
            y=y,
            role="level1",
            hollow=True,
            size=5,
            tags=("epsilon",),
            label="its units, each with its ε",
        ),
    ]


def effects_view(state: Along, display: Display) -> View:
    """Draw two U of all groups against each other, with the ellipse of T."""
    first, second = display.fit.model.random[:2]
    covariances = display.fit.cov_re.to_numpy()[:2, :2]
    effects = display.effects[:, :2]
    scale = np.sqrt(np.maximum(np.diag(covariances), 1e-300))
    reach = 1.1 * np.maximum(2.2 * scale, np.abs(effects).max(axis=0))
    reach = np.where(reach > 1e-100, reach, 1.0)  # where all U are 0, any axis shows that
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    rho = float(np.clip(covariances[0, 1] / scale.prod(), -1.0, 1.0))
    circle = np.stack([np.cos(turn), rho * np.cos(turn) + np.sqrt(1 - rho**2) * np.sin(turn)])
    names = [letter("effect", q=c.index) for c in (first, second)]
    diagonal = [tag("tau", c.index, c.index) for c in (first, second)]
    picked = taken(effects, state.group)
    return View(
        title="U of the groups",
        x=Axis(label=names[0], low=-float(reach[0]), high=float(reach[0])),
        y=Axis(label=names[1], low=-float(reach[1]), high=float(reach[1])),
        marks=(
            Lines(
                x=2.0 * scale[0] * circle[0],
                y=2.0 * scale[1] * circle[1],
                closed=True,
                filled=True,
                role="random",
                tags=(tag("tau", first.index, second.index),),
            ),
            Segments(
                x0=-2.0 * scale[0], x1=2.0 * scale[0], y0=0.0, y1=0.0, role="random", width=3,
                tags=(diagonal[0],),
            ),
            Segments(
                x0=0.0, x1=0.0, y0=-2.0 * scale[1], y1=2.0 * scale[1], role="random", width=3,
                tags=(diagonal[1],),
            ),
            Points(
                x=effects[:, 0],
                y=effects[:, 1],
                role="level2",
                hollow=True,
                size=5,
                chooses="group",
                tags=tuple(tag("U", c.index) for c in (first, second)),
            ),
            Segments(
                x0=0.0, x1=picked[0], y0=picked[1], y1=picked[1], role="random", dash="dotted",
                tags=(tag("U", first.index),), width=2,
            ),
            Segments(
                x0=picked[0], x1=picked[0], y0=0.0, y1=picked[1], role="random", dash="dotted",
                tags=(tag("U", second.index),), width=2,
            ),
            Points(x=picked[0], y=picked[1], role="random", shape="diamond", size=10),
        ),
    )  # fmt: skip


_INVERSE: dict[str, Any] = {
    "logit": expit,
    "probit": ndtr,
    "cloglog": lambda eta: -np.expm1(-np.exp(eta)),
    "log": np.exp,
}


def outcome_view(state: Along, display: Display, line: View) -> View:
    """Draw the expected outcome of the typical group and of the picked one, on its own scale."""
    inverse = _INVERSE[display.fit.model.family.link]
    general = next(m for m in line.marks if isinstance(m, Lines) and m.label == "general line")
    key = display.over.get(state.over)
    x = general.x
    z = display.weights({} if key is None else {key: x}, PLACES)[1]
    picked = taken(display.effects, state.group)
    own = inverse(general.y + (picked * z).sum(axis=1))
    most = float(inverse(general.y + display.effects @ z.T).max())
    binomial = display.fit.model.family.is_binomial
    return View(
        title="The outcome itself",
        x=line.x,
        y=Axis(label=expected_outcome(display.fit), low=0.0, high=1.0 if binomial else 1.1 * most),
        marks=(
            Lines(x=x, y=inverse(general.y), role="fixed", width=3),
            Lines(
                x=x,
                y=own,
                role="random",
                width=2.4,
                dash="dashed",
                tags=tuple(tag("U", c.index) for c in display.fit.model.random),
            ),
        ),
    )


# --- equation and words -------------------------------------------------------------------


def equation(display: Display) -> tuple[Words, ...]:
    """Write both levels and the distributions, with the estimates beneath the symbols."""
    fit = display.fit
    beneath = {
        tag("gamma", g.q, g.s): f"{rounded(v, se=se)} ({rounded(se, se=se)})"
        for g, v, se in zip(fit.model.gammas, fit.params, fit.bse, strict=True)
    }
    covariances = fit.cov_re.to_numpy()
    for a, first in enumerate(fit.model.random):
        for b, second in enumerate(fit.model.random):
            beneath[tag("tau", first.index, second.index)] = str(rounded(covariances[a, b]))
    if fit.model.family.is_normal and len(fit.residual_variances) == 1:
        beneath["sigma2"] = str(rounded(fit.residual_variances.iloc[0]))
    from mlmteach.equations import write

    written = write(fit.model, parts=("level1", "level2"), distributions=True)
    math = MathWriter(wrap=3, beneath=beneath)
    lines = [math.line(line) for block in written.blocks for line in block.lines]
    # a β is lit with the γ and U that it consists of
    for c in fit.model.coefficients:
        parts = [tag("gamma", g.q, g.s) for g in fit.model.gammas if g.q == c.index]
        parts += [tag("U", c.index)] if c in fit.model.random else []
        old, new = (f'data-symbol="{t}"' for t in (tag("beta", c.index), " ".join(parts)))
        lines = [line.replace(old, new) for line in lines]
    return tuple((Raw(line),) for line in lines)


def in_words(display: Display, *, full: bool) -> tuple[Words, ...]:
    """Say what each symbol is, in a line or in full; side by side, where there is room."""
    rows = [
        Element("p", _line(display, row, row.told.first if full else row.short))
        for row in display.interpretation.rows
    ]
    return ((Element("div", tuple(rows), attributes={"class": "mlm-columns"}),),)


def _line(display: Display, row: Row, said: str) -> Words:
    named, role = tag_of(display.fit, row), ROLES.get(row.role, "ink")
    if not named:
        return (f"{row.symbol}: {said}",)
    tags = (named, "epsilon") if named == "sigma2" else (named,)
    return (Tagged((Tagged((row.symbol,), (), role), f": {said}"), tags),)


SHORT, FULL = "Each symbol in a line", "Each symbol in full"


def scene(state: Along, display: Display) -> Scene:
    """Show the fit along a predictor."""
    fit = display.fit
    line = picture(state, display)
    views = [line]
    if not fit.model.family.is_normal:
        views.append(outcome_view(state, display, line))
    if len(fit.model.random) > 1:
        views.append(effects_view(state, display))
    values = [
        part
        for place, c in enumerate(fit.model.random)
        for part in text(
            ("" if not place else ", ") + f"[{letter('effect', q=c.index)} = {{value}}]"
            f"({tag('U', c.index)}|random)",
            value=number(
                taken(display.effects[:, place], state.group),
                decimals(float(np.abs(display.effects[:, place]).max())),
            ),
        )
    ]
    group = text(
        "The picked group is {name}: {values}.",
        name=pick(display.labels, state.group),
        values=tuple(values),
    )
    over = f" along {state.over}" if display.over else ""
    return Scene(
        views=tuple(views),
        equation=equation(display),
        sentence=(group,),
        alt=text(
            f"The general line{over}, with an arrow or a triangle for each of {len(fit.params)} "
            f"γ, {len(display.kept)} {words(fit).groups} around it, and the picked one, {{name}}.",
            name=pick(display.labels, state.group),
        ),
        more={SHORT: in_words(display, full=False), FULL: in_words(display, full=True)},
        opened=(SHORT,),
        notes=tuple(fit.messages),
    )


def linked(fit: Fit | GeneralizedFit) -> Panel[Along]:
    """Open a fit's equation, picture and words in one view.

    Pointing at a symbol, or reaching it with Tab, lights up its mark in the picture and its words;
    so do a mark and words.

    Parameters
    ----------
    fit : Fit or GeneralizedFit

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If it is no fit with one grouping.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    >>> panel = linked(fit)
    >>> print(panel.sentence.splitlines()[0])
    The picked group is 3427: U₀ⱼ = 5.78.
    """
    if not isinstance(fit, TwoLevel):
        raise OptionError(
            f"The linked view shows fits with one grouping, and not a {type(fit).__name__}.",
            "Use fit.equations() and fit.interpret() side by side, or a model of two levels.",
        )
    display = Display.of(fit)
    controls: list[Control] = []
    over = tuple(display.over)
    controls.append(
        Select(
            name="over",
            label="along",
            options=over or ("",),
            value=(over or ("",))[0],
            shape="radio" if len(over) > 1 else "hidden",
        )
    )
    controls.append(
        Select(
            name="group",
            label="picked group",
            options=display.labels,
            value=display.labels[int(np.argmax(np.abs(display.effects[:, 0])))],
            shape="list",
            live=True,
        )
    )
    return Panel(
        "Equation, picture and words",
        controls,
        Along,
        lambda state: scene(state, display),
        caption="The general line, what each γ adds to it, and the groups around it.",
    )
