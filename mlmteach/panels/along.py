"""What a fit says along a predictor: the general line, the lines of groups, and what moves them.

Whether a fit has one grouping, three levels or crossed groupings: the groups of each are one
:class:`DrawnGroups`, and a picture goes over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.data.levels import first_rows
from mlmteach.equations.lines import tag_of
from mlmteach.equations.writing import write
from mlmteach.fit.combinations import sums_of
from mlmteach.fit.estimated import Linear
from mlmteach.panels.controls import decimals
from mlmteach.panels.live import taken
from mlmteach.plot.words import effect_letter, group_label, groups_of, symbol

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.equations import Equations
    from mlmteach.equations.lines import Departures
    from mlmteach.fit.fitted import Fitted, GroupEffects
    from mlmteach.interpret.interpretation import Interpretation, Row
    from mlmteach.model.places import Key
    from mlmteach.model.symbols import Varying

__all__ = ["PLACES", "Along", "Display", "DrawnGroups", "Sweep"]

PLACES = 13  # along a predictor
MOST_GROUPS, MOST_UNITS, MOST_PREDICTORS = 200, 25, 6  # that are drawn, or offered


@dataclass(frozen=True)
class Along:
    """The state: the predictor along which the picture lies, and the group that is picked.

    ``second`` is the group of the second of two crossed groupings; with three levels, the group of
    level 3 is that in which the picked one lies.
    """

    over: str
    group: int
    second: int = 0


@dataclass(frozen=True, eq=False)
class DrawnGroups:
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
        """With how many decimals each effect is told."""
        return tuple(decimals(float(size)) for size in np.abs(self.values).max(axis=0))

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
    """A fit, laid out for the picture.

    Attributes
    ----------
    fit : Fitted
        With one grouping or two.
    """

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
    def groups(self) -> tuple[DrawnGroups, ...]:
        """Those of level 2 first."""
        return tuple(DrawnGroups(self, position) for position in range(len(self.fit.effects)))

    @cached_property
    def chain(self) -> tuple[DrawnGroups, ...]:
        """In the order in which their effects lead from the general line to a unit's own."""
        return self.groups[::-1] if self.fit.model.grouping.is_nested else self.groups

    @cached_property
    def above(self) -> IntArray:
        """The group of level 3 in which each that is drawn at level 2 lies, (k,)."""
        lower, upper = self.groups
        return upper.codes[lower.first]

    def picks(self, groups: DrawnGroups) -> IntArray:
        """The groups of a grouping, by the place of the control that picks them."""
        return self.above if self._follows(groups) else groups.kept

    def place(self, groups: DrawnGroups, state: Along) -> Any:
        """The place of the control that picks a group of a grouping."""
        return state.second if groups.position and not self._follows(groups) else state.group

    def _follows(self, groups: DrawnGroups) -> bool:
        """Whether they are picked by a group that lies within them."""
        return groups.position > 0 and self.fit.model.grouping.is_nested

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

    def tags_of(self, row: Row) -> tuple[str, ...]:
        """Name the symbols that a row of the interpretation is about; none that has no mark."""
        if row.role == "σ²":
            return "sigma2", "epsilon"
        named = self.tags.get((row.role, row.name))
        return (named,) if named else ()

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

    def z(self, groups: DrawnGroups) -> FloatArray:
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

    def lines(self, groups: DrawnGroups) -> FloatArray:
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

    def at(self, groups: DrawnGroups) -> FloatArray | None:
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
        slopes, nth = 0, len(self.display.chain) - 1  # two arrows stand beside the mark of γ
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
                    zero = 0.0 if low <= 0 < high else self.share(0.5)
                    found[one] = zero + 0.035 * (place + nth) * (high - low)
        return found

    # the units

    @cached_property
    def units(self) -> FloatArray:
        """Where the units of each group of level 2 lie, where its line is there, and the outcomes.

        (3, k, MOST_UNITS), with NaN where a group has no more units.  Of two crossed groupings it
        is the first one whose units are drawn, each with the V of its own group of the second.
        """
        lower, rows = self.display.groups[0], self.display.fit.rows
        assert isinstance(rows, Linear)  # as their outcome is normal
        residuals = rows.resid.to_numpy()
        drawn = np.full((3, len(lower.kept), MOST_UNITS), np.nan)
        for place, group in enumerate(lower.kept):
            units = np.flatnonzero(lower.codes == group)
            units = units[np.unique(np.linspace(0, len(units) - 1, MOST_UNITS).round().astype(int))]
            at = self._strip_of(len(units)) if self.key is None else self.row_values[units]
            own = np.interp(at, self.x, self.general)
            for groups in self.display.groups:
                effects = groups.all_values[groups.codes[units]]  # (n, q)
                for column, effect in zip(self.z(groups).T, effects.T, strict=True):
                    own = own + effect * np.interp(at, self.x, column)
            drawn[:, place, : len(units)] = at, own, own + residuals[units]
        return drawn

    def _strip_of(self, count: int) -> FloatArray:
        """Lay units side by side in the last strip, (count,)."""
        low, high = self.strips[-1]
        middle, half = (low + high) / 2, (high - low) / 2 * min(1.0, count / 12)
        return np.linspace(middle - half, middle + half, count + 2)[1:-1]

    # the picked group

    def picked(self, groups: DrawnGroups, state: Along) -> Any:
        """The effects of the picked group of a grouping, (q,)."""
        values = groups.all_values[self.display.picks(groups)]
        return taken(values, self.display.place(groups, state))

    def extremes(self) -> Iterator[Along]:
        """Pick the groups of which an effect is least or greatest, one after the other."""
        found: tuple[set[int], set[int]] = set(), set()  # by the control that picks them
        for groups in self.display.groups:
            values = groups.all_values[self.display.picks(groups)]
            places = {*values.argmin(axis=0).tolist(), *values.argmax(axis=0).tolist()}
            own = groups.position > 0 and self.display.fit.model.grouping.crossed
            found[own].update(places)
        for group, second in product(sorted(found[0]), sorted(found[1]) or [0]):
            yield Along("", group, second)

    def anchor(self, state: Along) -> tuple[FloatArray, Any] | None:
        """Where groups lie that are points, and which of them is picked."""
        for groups in self.display.groups:
            at = self.at(groups)
            if at is not None:
                return at, self.display.place(groups, state)
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
