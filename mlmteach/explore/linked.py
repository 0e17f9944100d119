"""A fit in one view: equation, picture and words, in which the same symbols light up together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtr

from mlmteach.data.levels import first_rows
from mlmteach.equations.lines import tag_of
from mlmteach.equations.mathml import MathWriter
from mlmteach.equations.nodes import tag
from mlmteach.equations.writing import write
from mlmteach.explore.controls import Control, Select
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
from mlmteach.fit.estimated import Linear
from mlmteach.model.places import factors_of
from mlmteach.numbers import rounded
from mlmteach.plot.words import (
    effect_letter,
    expected_outcome,
    group_label,
    groups_of,
    label,
    letter_of,
    symbol,
    words,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.equations import Equations
    from mlmteach.equations.lines import Departures
    from mlmteach.fit.fitted import Fitted, GroupEffects
    from mlmteach.interpret.interpretation import Interpretation, Row
    from mlmteach.model.places import Key
    from mlmteach.model.symbols import Gamma, UpperEffect, Varying

__all__ = ["Along", "Display", "linked"]

PLACES = 13  # along a predictor
MOST_GROUPS, MOST_UNITS, MOST_PREDICTORS = 200, 25, 6  # that are drawn, or offered
ROLES: dict[str, Role] = {
    "γ": "fixed",
    "U": "random",
    "V": "random",
    "τ": "random",
    "φ": "random",
    "σ²": "residual",
}


@dataclass(frozen=True)
class Along:
    """The state: the predictor along which the picture lies, and the group that is picked.

    ``second`` is the group of the second of two crossed groupings; with three levels, the group of
    level 3 is that in which the picked one lies.
    """

    over: str
    group: int
    second: int = 0


# --- what a fit says along a predictor ----------------------------------------------------


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one grouping, as they are drawn, and what varies between them.

    All of them, or some that are evenly spread over the first of their effects.
    """

    display: Display
    position: int

    @cached_property
    def effects(self) -> GroupEffects:
        """What the fit has of them; a sample of them, where not all rows were kept."""
        return self.display.fit.rows.effects[self.position]

    @cached_property
    def varying(self) -> tuple[Varying, ...]:
        """The coefficients that have a U, or a V."""
        return self.display.fit.model.varying(2 + self.position)

    @cached_property
    def covariances(self) -> FloatArray:
        """T, or Φ, (q, q)."""
        return self.display.fit.effects[self.position].cov_re.to_numpy()

    @cached_property
    def departures(self) -> Departures:
        """Their effects as the equations have them."""
        return self.display.written.scribe.effects[self.position]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The symbols of the effects."""
        return tuple(map(tag_of, self.departures.symbols))

    def variance(self, one: int, other: int) -> tuple[str, ...]:
        """Name a variance or a covariance, by the places of its effects; none that is no symbol."""
        known = any({one, other} <= set(block) for block in self.departures.blocks)
        return (self.departures.tag(one, other),) if known else ()

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The effects as they are written."""
        return tuple(effect_letter(self.display.fit, self.effects, n) for n in self.effects.names)

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """So many decimals that the SD of an effect has two digits that count, and at least two."""
        sds = np.sqrt(np.diag(self.covariances))
        return tuple(min(max(2, 1 - floor(log10(sd))), 6) if sd > 0 else 2 for sd in sds)

    @cached_property
    def plural(self) -> str:
        """What they are called."""
        return groups_of(self.display.fit, self.effects)

    @cached_property
    def singular(self) -> str:
        """What one of them is called; "group", where there is one grouping."""
        if len(self.display.fit.effects) == 1:
            return "group"
        from mlmteach.interpret.source import source_of

        return source_of(self.display.fit).codebook.unit(2 + self.position).singular

    @cached_property
    def all_values(self) -> FloatArray:
        """The effects of all groups, (J, q)."""
        return self.effects.random_effects.to_numpy()

    @cached_property
    def kept(self) -> IntArray:
        """The places of those that are drawn, (k,)."""
        first = self.all_values[:, 0]
        most = np.unique(np.linspace(0, len(first) - 1, MOST_GROUPS).round().astype(int))
        return np.sort(np.argsort(first)[most])

    @cached_property
    def values(self) -> FloatArray:
        """The effects of those that are drawn, (k, q)."""
        return self.all_values[self.kept]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of those that are drawn."""
        return tuple(map(group_label, self.effects.labels[self.kept]))

    @cached_property
    def codes(self) -> IntArray:
        """The group of each row, (n,)."""
        return self.effects.layer.codes

    @cached_property
    def first(self) -> IntArray:
        """A row of each group that is drawn, (k,)."""
        return first_rows(self.codes)[self.kept]


@dataclass(frozen=True, eq=False)
class Display:
    """A fit, laid out for the picture."""

    fit: Fitted

    @cached_property
    def written(self) -> Equations:
        """The equations of all levels, and the distributions."""
        nested = self.fit.model.grouping.is_nested
        parts = ("level1", "level2", *(("level3",) if nested else ()))
        return write(self.fit.model, parts=parts, distributions=True)

    @cached_property
    def interpretation(self) -> Interpretation:
        """The words."""
        from mlmteach.interpret import interpret

        return interpret(self.fit)

    @cached_property
    def groups(self) -> tuple[Groups, ...]:
        """Those of level 2 first."""
        return tuple(Groups(self, position) for position in range(len(self.fit.effects)))

    @cached_property
    def chain(self) -> tuple[Groups, ...]:
        """In the order in which their effects lead from the general line to a unit's own."""
        return self.groups[::-1] if self.fit.model.grouping.is_nested else self.groups

    @cached_property
    def above(self) -> IntArray:
        """The group of level 3 in which each that is drawn at level 2 lies, (k,)."""
        lower, upper = self.groups
        return upper.codes[lower.first]

    @cached_property
    def tags(self) -> dict[tuple[str, str], str]:
        """The symbols by the role and the name of their sentence."""
        found = {("γ", gamma.name): tag_of(gamma) for gamma in self.fit.model.gammas}
        for groups in self.groups:
            effect, variance = ("V", "φ") if groups.position else ("U", "τ")
            names = groups.effects.names
            for place, name in enumerate(names):
                found[effect, name] = groups.tags[place]
                found[variance, name] = groups.departures.tag(place, place)
            for i, j in combinations(range(len(names)), 2):
                found[variance, f"{names[i]}, {names[j]}"] = groups.departures.tag(i, j)
        return found

    @cached_property
    def sums(self) -> Any:
        """The weighted sums of γ."""
        return sums_of(self.fit)

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

    def weights(self, values: dict[Key, Any], count: int) -> FloatArray:
        """Make the weights of γ where predictors are, (count, p)."""
        x = np.broadcast_to(
            self.sums.rows((), {**self.typical, **values}), (count, len(self.fit.params))
        )
        return np.asarray(x, dtype=float)

    def tag_of(self, row: Row) -> str:
        """Name the symbol that a row of the interpretation is about; empty where it has no mark."""
        return "sigma2" if row.role == "σ²" else self.tags.get((row.role, row.name), "")

    def column(self, varying: Varying, values: dict[Key, Any], count: int) -> FloatArray:
        """Make what a U, or a V, is multiplied by where predictors are, (count,)."""
        known = {**self.typical, **values}
        column = np.ones(count)
        for level, factor in varying.factors:
            column = column * self.fit.places.value(level, factor, known)
        return column

    def keys(self, factors: Any) -> set[Key]:
        """Find the predictors that factors are made of."""
        places = self.fit.places
        return {key for level, factor in factors for key in places.keys(level, factor)}

    def step(
        self, column: Callable[[dict[Key, Any]], FloatArray], moved: set[Key], values: Any
    ) -> FloatArray:
        """Compute how much a column, (m,), changes where predictors go one step up.

        That is one standard deviation of a number, and the next category of a category.
        """
        places = self.fit.places
        cases: list[dict[Key, Any]] = [{}]
        for key in sorted(moved):
            now = self.typical[key]
            if places.is_category(*key):
                to: list[Any] = [v for v in places.categories(*key) if v != now]
            else:
                above = places.spot(key, "above").value
                to = [above if above != now else now + 1.0]
            cases = [{**before, key: value} for before in cases for value in to]
        start = column(values)
        steps = [column({**values, **one}) - start for one in cases]
        return max(steps, key=lambda step: float(np.abs(step).max()))


@dataclass(frozen=True, eq=False)
class Sweep:
    """A fit along one predictor: where γ and the effects of the groups lead there.

    Without a predictor, the groups of each grouping have a strip of their own, and so have units.
    """

    display: Display
    key: Key | None

    @cached_property
    def x(self) -> FloatArray:
        """Where the picture lies, (m,)."""
        described = None if self.key is None else self.display.fit.places.described(self.key)
        low, high = (0.0, 1.0) if described is None else (described.minimum, described.maximum)
        return np.linspace(low, high, PLACES)

    @cached_property
    def values(self) -> dict[Key, Any]:
        """The value of what moves."""
        return {} if self.key is None else {self.key: self.x}

    @cached_property
    def gammas(self) -> FloatArray:
        """The weights of γ, (m, p)."""
        return self.display.weights(self.values, PLACES)

    @cached_property
    def general(self) -> FloatArray:
        """The general line, (m,)."""
        line: FloatArray = self.gammas @ self.display.fit.params.to_numpy()
        return line

    def z(self, groups: Groups) -> FloatArray:
        """What the effects are multiplied by, (m, q)."""
        columns = [self.display.column(v, self.values, PLACES) for v in groups.varying]
        return np.stack(columns, axis=1)

    def rise(self, varying: Varying) -> FloatArray:
        """What one unit of an effect adds where the predictors that rest go one step up, (m,)."""
        display = self.display
        moved = display.keys(varying.factors) - {self.key}

        def column(values: dict[Key, Any]) -> FloatArray:
            return display.column(varying, values, PLACES)

        return display.step(column, moved, self.values) if moved else column(self.values)

    def lines(self, groups: Groups) -> FloatArray:
        """The lines of the groups that are drawn, (k, m)."""
        own = self.general + groups.values @ self.z(groups).T
        if groups is not self.display.chain[0] and self.display.fit.model.grouping.is_nested:
            upper = self.display.chain[0]
            own = own + upper.all_values[self.display.above] @ self.z(upper).T
        return own

    @cached_property
    def row_values(self) -> FloatArray:
        """The value of the predictor in each row, (n,)."""
        assert self.key is not None
        column = np.asarray(self.display.fit.rows.places.column(self.key), dtype=float)
        level = self.key[0]
        return column if level == 1 else column[self.display.groups[level - 2].codes]

    def at(self, groups: Groups) -> FloatArray | None:
        """Where the groups that are drawn lie, (k,), if each has one value of the predictor."""
        within = self.display.fit.model.grouping.is_nested and not groups.position
        level = 1 if self.key is None else self.key[0]
        if level == 1 or not (level == 2 + groups.position or within):
            return None
        return self.row_values[groups.first]

    # places in the picture

    def share(self, share: float) -> float:
        """A place by its share of the picture's width."""
        return float(self.x[0] + share * (self.x[-1] - self.x[0]))

    @cached_property
    def strips(self) -> tuple[tuple[float, float], ...]:
        """Where the strip of each grouping is, and that of the units."""
        count = len(self.display.chain) + 1
        return tuple(((i + 0.12) / count, (i + 0.88) / count) for i in range(count))

    def width(self, place: int) -> tuple[float, float]:
        """Where the lines of a grouping begin and end."""
        return self.strips[place] if self.key is None else (self.x[0], self.x[-1])

    @cached_property
    def spots(self) -> dict[str, float]:
        """Where each effect has its arrow: intercepts at 0, where it is there, and slopes apart."""
        found: dict[str, float] = {}
        slopes = 0
        count = sum(bool(v.term) for groups in self.display.chain for v in groups.varying)
        apart = min(0.12, 0.64 / max(count - 1, 1))
        for place, groups in enumerate(self.display.chain):
            low, high = self.width(place)
            for order, (one, varying) in enumerate(zip(groups.tags, groups.varying, strict=True)):
                if self.key is None:
                    found[one] = low + (order + 1) / (len(groups.tags) + 1) * (high - low)
                elif varying.term:
                    found[one] = self.share(0.74 - apart * slopes)
                    slopes += 1
                else:
                    zero = 0.0 if low < 0 < high else self.share(0.5)
                    found[one] = zero + 0.035 * place * (high - low)
        return found

    # the picked group

    def picked(self, groups: Groups, state: Along) -> Any:
        """The effects of the picked group of a grouping, (q,)."""
        if groups.position and self.display.fit.model.grouping.is_nested:
            return taken(groups.all_values[self.display.above], state.group)
        return taken(groups.values, self.place_of(groups, state))

    def place_of(self, groups: Groups, state: Along) -> Any:
        """The place of the picked group among those that are drawn."""
        return state.second if groups.position else state.group

    def anchor(self, state: Along) -> tuple[FloatArray, Any] | None:
        """Where groups lie that are points, and which of them is picked."""
        for groups in self.display.groups:
            at = self.at(groups)
            if at is not None:
                return at, self.place_of(groups, state)
        return None

    def weights_at(self, spot: float, state: Along) -> Any:
        """What the values along the picture, (m,), are weighted by to read them off at a spot.

        Where groups are points, that is where the picked one lies.
        """
        anchor, unit = self.anchor(state), np.eye(PLACES)
        if anchor is None:
            return np.array([np.interp(spot, self.x, row) for row in unit])
        at, place = anchor
        return taken(np.array([np.interp(at, self.x, row) for row in unit]).T, place)


# --- the picture --------------------------------------------------------------------------


def picture(state: Along, sweep: Sweep) -> View:
    """Draw the general line, what each γ adds to it, and the picked group among the others."""
    display, fit = sweep.display, sweep.display.fit
    key, x, general = sweep.key, sweep.x, sweep.general
    sigma = float(np.sqrt(np.mean(fit.residual_variances))) if fit.model.family.is_normal else 0.0
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
    heights = [general - 1.5 * sigma, general + 1.5 * sigma]
    for place, groups in reversed(list(enumerate(display.chain))):
        marks.append(_around(sweep, groups, place))
        heights.append(sweep.lines(groups))
    # it is the sum of all γ: with their tags, it would be lit with each of them
    marks.append(Lines(x=x, y=general, role="fixed", width=3, label="general line"))
    marks += _picked(sweep, state)
    marks += _units(sweep, state) if sigma else []
    marks += _variances(sweep)
    marks += _gammas(sweep)
    bottom, top = (float(end([end(y) for y in heights])) for end in (np.min, np.max))
    room = 0.08 * (top - bottom) or 1.0
    return View(
        title="What each γ adds, and a group",
        share=1.9,
        x=Axis(
            label="" if key is None else label(fit, key[1]),
            low=float(x[0]),
            high=float(x[-1]),
            ticks=_names_of_strips(sweep) if key is None else None,
        ),
        y=Axis(label=words(fit).outcome, low=bottom - room, high=top + room),
        marks=tuple(marks),
    )


def _names_of_strips(sweep: Sweep) -> dict[float, str]:
    """Name the strips: by their groups, and the last one by its units."""
    names = [groups.plural for groups in sweep.display.chain]
    names += ["ε"] if sweep.display.fit.model.family.is_normal else []
    return {(low + high) / 2: name for (low, high), name in zip(sweep.strips, names, strict=False)}


def _around(sweep: Sweep, groups: Groups, place: int) -> Lines | Points:
    """Draw the groups of a grouping around the general line: lines, or points where they lie."""
    at, lines = sweep.at(groups), sweep.lines(groups)
    # the ellipse shows the covariance of two effects; those of others are in the lines
    rest = list(combinations(range(len(groups.tags)), 2))[1:]
    tags = (*groups.tags, *(name for i, j in rest for name in groups.variance(i, j)))
    upper = groups.position > 0
    look: dict[str, Any] = {"role": "level3" if upper else "level2", "tags": tags}
    if at is None:
        low, high = sweep.width(place)
        return Lines(
            x=np.linspace(low, high, PLACES),
            y=lines,
            width=1.1 if upper else 0.8,
            dash="dotted" if upper else "",
            opacity=0.6 if upper else 0.4,
            label=groups.plural,
            **look,
        )
    heights = np.array([np.interp(a, sweep.x, row) for a, row in zip(at, lines, strict=True)])
    chooses = _control_of(groups)
    return Points(
        x=at,
        y=heights,
        hollow=True,
        size=6 if upper else 5,
        shape="diamond" if upper else "circle",
        chooses=chooses,
        label=f"{groups.plural}: press one" if chooses else groups.plural,
        **look,
    )


def _control_of(groups: Groups) -> str:
    """The control that picks one of them; with three levels, that of level 2 picks both."""
    if not groups.position:
        return "group"
    return "second" if groups.display.fit.model.grouping.crossed else ""


def _gammas(sweep: Sweep) -> list[Trace]:
    """Draw a mark for each γ: an arrow for what it adds, or a triangle along the predictor."""
    display, key, x, general = sweep.display, sweep.key, sweep.x, sweep.general
    model, params = display.fit.model, display.fit.params.to_numpy()
    marks: list[Trace] = []
    others = [g for g in model.gammas if g.term]
    spots = np.linspace(0.16, 0.9, max(len(others), 1))  # side by side, so that none is hidden
    order = 0
    for place, gamma in enumerate(model.gammas):
        look: dict[str, Any] = {"role": "fixed", "tags": (tag_of(gamma),)}
        name = letter_of(model, gamma)
        if not gamma.term:
            at = float(np.clip(0.0, x[0], x[-1])) if key is not None else sweep.share(0.02)
            marks += [
                Rule(y=params[place], dash="dotted", width=1.2, **look),
                Points(x=at, y=params[place], shape="square", size=10, **look),
            ]
            continue
        here = spots[order]
        order += 1
        keys = display.keys(factors_of(gamma))
        if key is not None and keys == {key}:
            start, corner = sweep.share(here - 0.08), sweep.share(here + 0.08)
            base = float(np.interp(start, x, general))
            own = sweep.gammas[:, place] * params[place]
            rise = float(np.interp(corner, x, own) - np.interp(start, x, own))
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
        step = params[place] * _added(sweep, place, keys)
        if key in keys:
            marks.append(Lines(x=x, y=general + step, dash="dashed", width=1.4, **look))
            here = 0.97 if abs(step[-1]) >= abs(step[0]) else 0.03
        at = sweep.share(here)
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


def _added(sweep: Sweep, place: int, keys: set[Key]) -> FloatArray:
    """What one unit of a γ adds where the predictors that rest go one step up, (m,)."""

    def column(values: dict[Key, Any]) -> FloatArray:
        return sweep.display.weights(values, PLACES)[:, place]

    return sweep.display.step(column, keys - {sweep.key}, sweep.values)


def _variances(sweep: Sweep) -> list[Trace]:
    """Draw ± 1 SD of what each U, and each V, does to the line."""
    marks: list[Trace] = []
    for groups in sweep.display.chain:
        upper = groups.position > 0
        for place, varying in enumerate(groups.varying):
            here = sweep.spots[groups.tags[place]]
            if sweep.key is not None and varying.term:
                here = sweep.share(0.08) + here
            rise = float(np.interp(here, sweep.x, sweep.rise(varying)))
            sd = float(np.sqrt(groups.covariances[place, place])) * abs(rise)
            middle = float(np.interp(here, sweep.x, sweep.general))
            marks.append(
                Segments(
                    x0=here,
                    x1=here,
                    y0=middle - sd,
                    y1=middle + sd,
                    role="random",
                    width=10 if upper else 6,
                    opacity=0.4 if upper else 0.55,
                    tags=groups.variance(place, place),
                    label="" if place else f"± SD of a {groups.effects.letter}",
                )
            )
    return marks


def _picked(sweep: Sweep, state: Along) -> list[Trace]:
    """Draw the picked groups: their lines, each of their effects as an arrow, and the units."""
    marks: list[Trace] = []
    line: Any = sweep.general
    anchor = sweep.anchor(state)
    arrows = 0
    for place, groups in enumerate(sweep.display.chain):
        effects, z, upper = sweep.picked(groups, state), sweep.z(groups), groups.position > 0
        dash: Any = "dotted" if upper else "dashed"
        look: dict[str, Any] = {"role": "random", "dash": dash}
        before, line = line, line + (effects * z).sum(axis=1)
        if anchor is None:
            low, high = sweep.width(place)
            marks.append(
                Lines(
                    x=np.linspace(low, high, PLACES),
                    y=line,
                    width=2.4,
                    tags=groups.tags,
                    label=f"picked {groups.singular}",
                    **look,
                )
            )
        for order, (one, varying) in enumerate(zip(groups.tags, groups.varying, strict=True)):
            spot, here = sweep.spots[one], sweep.spots[one]
            if anchor is not None:
                here = taken(*anchor) + 0.02 * arrows * (sweep.x[-1] - sweep.x[0])
            weights = sweep.weights_at(spot, state)
            earlier = np.where(np.arange(len(groups.tags)) < order, 1.0, 0.0)
            start = ((before + (effects * z * earlier).sum(axis=1)) * weights).sum()
            rise = effects[order] * (sweep.rise(varying) * weights).sum()
            marks.append(
                Segments(
                    x0=here,
                    x1=here,
                    y0=start,
                    y1=start + rise,
                    arrow=True,
                    role="random",
                    width=2.6,
                    tags=(one,),
                    label="" if order else f"a {groups.effects.letter} of it",
                )
            )
            arrows += 1
    return marks


def _units(sweep: Sweep, state: Along) -> list[Trace]:
    """Draw the units of the picked group, by how far each lies from its own line.

    Of two crossed groupings it is the first one whose units are drawn, each with the V of its own
    group of the second one.
    """
    display, lower = sweep.display, sweep.display.groups[0]
    spread = np.linspace(*sweep.strips[-1], MOST_UNITS)
    rows = display.fit.rows
    assert isinstance(rows, Linear)  # as their outcome is normal
    residuals = rows.resid.to_numpy()
    drawn = np.full((3, len(lower.kept), MOST_UNITS), np.nan)
    for place, group in enumerate(lower.kept):
        units = np.flatnonzero(lower.codes == group)
        units = units[np.unique(np.linspace(0, len(units) - 1, MOST_UNITS).round().astype(int))]
        at = spread[: len(units)] if sweep.key is None else sweep.row_values[units]
        own = np.interp(at, sweep.x, sweep.general)
        for groups in display.groups:
            effects = groups.all_values[groups.codes[units]]  # (n, q)
            for column, effect in zip(sweep.z(groups).T, effects.T, strict=True):
                own = own + effect * np.interp(at, sweep.x, column)
        drawn[:, place, : len(units)] = at, own, own + residuals[units]
    at, own, y = (taken(one, state.group) for one in drawn)
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


def effects_view(state: Along, groups: Groups, sweep: Sweep) -> View:
    """Draw two effects of all groups against each other, with the ellipse of T or Φ."""
    covariances, effects = groups.covariances[:2, :2], groups.values[:, :2]
    scale = np.sqrt(np.maximum(np.diag(covariances), 1e-300))
    reach = 1.1 * np.maximum(2.2 * scale, np.abs(effects).max(axis=0))
    reach = np.where(reach > 1e-100, reach, 1.0)  # where all effects are 0, any axis shows that
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    rho = float(np.clip(covariances[0, 1] / scale.prod(), -1.0, 1.0))
    circle = np.stack([np.cos(turn), rho * np.cos(turn) + np.sqrt(1 - rho**2) * np.sin(turn)])
    picked = sweep.picked(groups, state)
    first, second = groups.tags[:2]
    return View(
        title=f"{groups.effects.letter} of the {groups.plural}",
        x=Axis(label=groups.letters[0], low=-float(reach[0]), high=float(reach[0])),
        y=Axis(label=groups.letters[1], low=-float(reach[1]), high=float(reach[1])),
        marks=(
            Lines(
                x=2.0 * scale[0] * circle[0],
                y=2.0 * scale[1] * circle[1],
                closed=True,
                filled=True,
                role="random",
                tags=groups.variance(0, 1),
            ),
            Segments(
                x0=-2.0 * scale[0], x1=2.0 * scale[0], y0=0.0, y1=0.0, role="random", width=3,
                tags=groups.variance(0, 0),
            ),
            Segments(
                x0=0.0, x1=0.0, y0=-2.0 * scale[1], y1=2.0 * scale[1], role="random", width=3,
                tags=groups.variance(1, 1),
            ),
            Points(
                x=effects[:, 0],
                y=effects[:, 1],
                role="level3" if groups.position else "level2",
                hollow=True,
                size=5,
                chooses=_control_of(groups),
                tags=groups.tags[:2],
            ),
            Segments(
                x0=0.0, x1=picked[0], y0=picked[1], y1=picked[1], role="random", dash="dotted",
                tags=(first,), width=2,
            ),
            Segments(
                x0=picked[0], x1=picked[0], y0=0.0, y1=picked[1], role="random", dash="dotted",
                tags=(second,), width=2,
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


def outcome_view(state: Along, sweep: Sweep, line: View) -> View:
    """Draw the expected outcome of the typical group and of the picked one, on its own scale."""
    fit = sweep.display.fit
    inverse = _INVERSE[fit.model.family.link]
    marks: list[Trace] = [Lines(x=sweep.x, y=inverse(sweep.general), role="fixed", width=3)]
    own: Any = sweep.general
    for groups in sweep.display.chain:
        own = own + (sweep.picked(groups, state) * sweep.z(groups)).sum(axis=1)
        marks.append(
            Lines(
                x=sweep.x,
                y=inverse(own),
                role="random",
                width=2.4,
                dash="dotted" if groups.position else "dashed",
                tags=groups.tags,
            )
        )
    most = max(float(inverse(sweep.lines(groups)).max()) for groups in sweep.display.groups)
    binomial = fit.model.family.is_binomial
    return View(
        title="The outcome itself",
        x=Axis(label=line.x.label, low=line.x.low, high=line.x.high, ticks=line.x.ticks and {}),
        y=Axis(label=expected_outcome(fit), low=0.0, high=1.0 if binomial else 1.1 * most),
        marks=tuple(marks),
    )


# --- equation and words -------------------------------------------------------------------


def equation(display: Display) -> tuple[Words, ...]:
    """Write the levels and the distributions, with the estimates beneath the symbols."""
    fit, model = display.fit, display.fit.model
    beneath = {
        tag_of(g): f"{rounded(v, se=se)} ({rounded(se, se=se)})"
        for g, v, se in zip(model.gammas, fit.params, fit.bse, strict=True)
    }
    for groups in display.groups:
        for i, row in enumerate(groups.covariances):
            for j, value in enumerate(row):
                shown = f"{value:.3g}".replace("-", "−")
                beneath |= dict.fromkeys(groups.variance(i, j), shown)
    if model.family.is_normal and len(fit.residual_variances) == 1:
        beneath["sigma2"] = f"{fit.residual_variances.iloc[0]:.4g}"
    math = MathWriter(wrap=3, beneath=beneath)
    lines = [math.line(line) for block in display.written.blocks for line in block.lines]
    for name, parts in _consists_of(display):
        old, new = (f'data-symbol="{t}"' for t in (name, " ".join(parts)))
        lines = [line.replace(old, new) for line in lines]
    return tuple((Raw(line),) for line in lines)


def _consists_of(display: Display) -> Iterator[tuple[str, list[str]]]:
    """Give each β, and each δ, with the γ, U and V with which it is lit."""
    for c in display.fit.model.coefficients:
        upper: list[Gamma | UpperEffect] = [*c.gammas, *c.upper_effects]
        lower = [tag("U", c.index)] if c.random else []
        yield tag("beta", c.index), [*map(tag_of, upper), *lower]
        for u in c.upper:
            yield tag("delta", c.index, u.index), [tag_of(p) for p in upper if p.s == u.index]


def in_words(display: Display, *, full: bool) -> tuple[Words, ...]:
    """Say what each symbol is, in a line or in full; side by side, where there is room."""
    rows = [
        Element("p", _line(display, row, row.told.first if full else row.short))
        for row in display.interpretation.rows
    ]
    return ((Element("div", tuple(rows), attributes={"class": "mlm-columns"}),),)


def _line(display: Display, row: Row, said: str) -> Words:
    named, role = display.tag_of(row), ROLES.get(row.role, "ink")
    if not named:
        return (f"{row.symbol}: {said}",)
    tags = (named, "epsilon") if named == "sigma2" else (named,)
    return (Tagged((Tagged((row.symbol,), (), role), f": {said}"), tags),)


def _sentence(state: Along, display: Display) -> Words:
    """Say which group is picked, and what its effects are; of both groupings, where there are."""
    said: list[Words] = []
    for groups in display.groups:
        effects = Sweep(display, None).picked(groups, state)
        values = [
            part
            for place, one in enumerate(groups.tags)
            for part in (
                ", " * bool(place),
                Tagged(
                    (f"{groups.letters[place]} = ", number(effects[place], groups.digits[place])),
                    (one,),
                    "random",
                ),
            )
        ]
        above = groups.position > 0 and display.fit.model.grouping.is_nested
        said.append(
            text(
                "{which} {what} is {name}: {values}.",
                which="Its" if above else "The picked",
                what=groups.singular,
                name=_name(state, display, groups),
                values=tuple(values),
            )
        )
    return said[0] if len(said) == 1 else (*said[0], " ", *said[1])


def _name(state: Along, display: Display, groups: Groups) -> Any:
    """The name of the picked group of a grouping."""
    if groups.position and display.fit.model.grouping.is_nested:
        labels = [group_label(groups.effects.labels[place]) for place in display.above]
        return pick(labels, state.group)
    return pick(groups.labels, state.second if groups.position else state.group)


SHORT, FULL = "Each symbol in a line", "Each symbol in full"


def scene(state: Along, display: Display) -> Scene:
    """Show the fit along a predictor."""
    fit = display.fit
    sweep = Sweep(display, display.over.get(state.over))
    line = picture(state, sweep)
    views = [line]
    if not fit.model.family.is_normal:
        views.append(outcome_view(state, sweep, line))
    views += [effects_view(state, g, sweep) for g in display.groups if len(g.tags) > 1]
    around = " and ".join(f"{len(groups.kept)} {groups.plural}" for groups in display.groups)
    return Scene(
        views=tuple(views),
        equation=equation(display),
        sentence=(_sentence(state, display),),
        alt=text(
            "The general line{over}, with an arrow or a triangle for each of {count} γ, {around} "
            "around it, and the picked {what}, {name}.",
            over=f" along {state.over}" if display.over else "",
            count=str(len(fit.params)),
            around=around,
            what=display.groups[0].singular,
            name=_name(state, display, display.groups[0]),
        ),
        more={SHORT: in_words(display, full=False), FULL: in_words(display, full=True)},
        opened=(SHORT,),
        notes=tuple(fit.messages),
    )


def linked(fit: Fitted) -> Panel[Along]:
    """Open a fit's equation, picture and words in one view.

    Pointing at a symbol, or reaching it with Tab, lights up its mark in the picture and its words;
    so do a mark and words.

    Parameters
    ----------
    fit : Fitted
        With one grouping, three levels, or crossed groupings.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are no sentences on the fit.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    >>> panel = linked(fit)
    >>> print(panel.sentence.splitlines()[0])
    The picked group is 3427: U₀ⱼ = 5.78.
    >>> casks = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> print(linked(casks).sentence)
    The picked cask is ...: U₀ⱼₖ = .... Its batch is ...: V₀₀ₖ = ....
    """
    display = Display(fit)
    over = tuple(display.over)
    controls: list[Control] = [
        Select(
            name="over",
            label="along",
            options=over or ("",),
            value=(over or ("",))[0],
            shape="radio" if len(over) > 1 else "hidden",
        )
    ]
    chosen = int(np.argmax(np.abs(display.groups[0].values[:, 0])))
    controls.append(_list_of("group", display.groups[0], chosen))
    if fit.model.grouping.crossed:
        controls.append(_list_of("second", display.groups[1], _met(display, chosen)))
    return Panel(
        "Equation, picture and words",
        controls,
        Along,
        lambda state: scene(state, display),
        caption="The general line, what each γ adds to it, and the groups around it.",
    )


def _list_of(name: str, groups: Groups, chosen: int) -> Select:
    return Select(
        name=name,
        label=f"picked {groups.singular}",
        options=groups.labels,
        value=groups.labels[chosen],
        shape="list",
        live=True,
    )


def _met(display: Display, chosen: int) -> int:
    """Find the group of the second grouping that the picked one has units with, and lies out most.

    Any, if it has units with none that is drawn.
    """
    one, other = display.groups
    size = np.abs(other.values[:, 0])
    met = np.isin(other.kept, other.codes[one.codes == one.kept[chosen]])
    return int(np.argmax(np.where(met, size, -1.0) if met.any() else size))
