"""From a fit to the facts on one named group: its line, its departures, and their shrinkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError, did_you_mean
from mlmteach.interpret.gamma_facts import factors_of, identity
from mlmteach.interpret.interpretation import Told, told
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.odds import ratio_of
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.interpret.random_facts import group_label
from mlmteach.interpret.random_text import RandomText
from mlmteach.numbers import rounded

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Coefficient, Varying

__all__ = ["Departure", "GroupFacts", "GroupText", "LinePart", "group_facts"]


@dataclass(frozen=True)
class LinePart:
    """One coefficient of a group's own line, with what tells its precision."""

    coefficient: Coefficient
    factors: tuple[Meaning, ...]
    value: float
    se: float


@dataclass(frozen=True)
class Departure:
    """The predicted U or V of a group.

    Attributes
    ----------
    coefficient : Varying
    factors : tuple of Meaning
    value, se : float
        The prediction and its conditional standard deviation.
    median_se : float
        Of all groups, by which predicted values are rounded everywhere.
    lower, upper : float
    rank : int
        1 for the largest.
    reliability, median_reliability : float
        λ_j = 1 - Var(U | y) / τ²; for a random intercept alone τ² / (τ² + σ² / n_j).  The median
        is that of all groups: it says whether the group is drawn more than most.
    balanced : bool
        Whether all groups have the same reliability.
    unshrunk : float or None
        What the group's data alone say; for a random intercept alone.
    spread, median_spread : float or None
        The standard deviation of the predictor within the group, and its median over groups: what
        makes a slope reliable, besides the size.
    """

    coefficient: Varying
    factors: tuple[Meaning, ...]
    value: float
    se: float
    median_se: float
    lower: float
    upper: float
    rank: int
    reliability: float
    median_reliability: float
    balanced: bool
    unshrunk: float | None
    spread: float | None = None
    median_spread: float | None = None

    @property
    def pull(self) -> Literal["more", "less", "alike"]:
        """Whether it is drawn more than most, to the digits that are shown."""
        own, median = round(self.reliability, 2), round(self.median_reliability, 2)
        return "alike" if own == median else "more" if own < median else "less"


@dataclass(frozen=True)
class GroupFacts:
    """A named group.

    Attributes
    ----------
    label : str
    size : int
        How many units it has.
    median_size : float
        Of all groups.
    groups : int
    line : tuple of LinePart
    departures : tuple of Departure
    level : int
        Of the group.
    members : int or None
        How many groups of level 2 a group of level 3 has.
    others : tuple of Meaning
        The predictors of other groupings: the line holds at their means over its own groups of
        level 2, or over the other grouping's.
    above : GroupFacts or None
        The school of a class.
    """

    label: str
    size: int
    median_size: float
    groups: int
    line: tuple[LinePart, ...]
    departures: tuple[Departure, ...]
    level: int = 2
    members: int | None = None
    others: tuple[Meaning, ...] = ()
    above: GroupFacts | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on the group may hold, by name."""
        found: dict[str, float] = {
            "size": self.size,
            "median size": self.median_size,
            "groups": self.groups,
        }
        found |= {f"line {part.coefficient.term.name}": part.value for part in self.line}
        if self.members is not None:
            found["members"] = self.members
        for d in self.departures:
            name = d.coefficient.term.name
            found |= {
                f"U {name}": d.value,
                f"se {name}": d.se,
                f"lower {name}": d.lower,
                f"upper {name}": d.upper,
                f"rank {name}": d.rank,
                f"reliability {name}": d.reliability,
                f"shrinkage {name}": 1.0 - d.reliability,
                f"median reliability {name}": d.median_reliability,
            }
            if d.spread is not None and d.median_spread is not None:
                found |= {f"spread {name}": d.spread, f"median spread {name}": d.median_spread}
            if d.unshrunk is not None:
                found[f"unshrunk {name}"] = d.unshrunk
        return found


def group_facts(source: Source, group: object) -> GroupFacts:
    """Gather the facts on a group.

    Raises
    ------
    OptionError
        If there is no fit, or no such group in it.
    """
    fit = source.fit
    if fit is None:
        raise OptionError(
            "A group can be interpreted only when the model is fitted.",
            "Fit the model and ask the fit: model.fit(data).interpret(group=...).",
        )
    return _facts(source, *_found(source, group))


def _facts(source: Source, level: int, at: int) -> GroupFacts:
    places, nested = source.places, source.model.grouping.is_nested
    labels, sizes = _labels(source, level), source.sizes(level)
    own = np.unique(places.codes(2)[places.codes(3) == at]) if nested and level == 3 else None
    return GroupFacts(
        label=group_label(source, labels[at]),
        size=int(sizes[at]),
        median_size=float(np.median(sizes)),
        groups=len(labels),
        line=_line(source, level, at),
        departures=tuple(_departure(source, v, at) for v in source.model.varying(level)),
        level=level,
        members=None if own is None else len(own),
        others=_others(source, level),
        above=_facts(source, 3, _above(source, at)) if nested and level == 2 else None,
    )


def _found(source: Source, group: object) -> tuple[int, int]:
    """Find a group by what a user calls it: its level and its position.

    With three levels, a pair of labels names a class and its school, the school first, and one
    label a school, or a class whose label no other class has.
    """
    names = source.model.grouping.names
    if isinstance(group, Mapping):
        return _by_columns(source, group)
    found: list[tuple[int, int]] = []
    wanted = tuple(map(str, group)) if isinstance(group, tuple) else str(group)
    for level in range(len(names) + 1, 1, -1):
        labels = source.effects(level)[0].index
        for at, label in enumerate(labels):
            own = tuple(map(str, label)) if isinstance(label, tuple) else str(label)
            if own == wanted or (isinstance(own, tuple) and own[1] == wanted):
                found.append((level, at))
        if found and source.model.grouping.is_nested:
            break  # a school goes before classes of the same label
    if len(found) == 1:
        return found[0]
    columns = " or ".join(names)
    if found:
        if len({level for level, _ in found}) == 1:  # class 1 of several schools
            own, upper = names
            raise OptionError(
                f"There are several '{own}' {group} in this fit.",
                f"Say in which '{upper}': group=({upper}, {own}), such as "
                f"group={source.effects(2)[0].index[found[0][1]]!r}.",
            )
        raise OptionError(
            f"{group!r} is a label of '{names[0]}' and of '{names[1]}' in this fit.",
            f"Say of which: group={{{names[0]!r}: {group!r}}}.",
        )
    every = [str(label) for level in range(2, len(names) + 2) for label in _labels(source, level)]
    raise OptionError(
        f"There is no {columns} '{group}' in this fit.",
        did_you_mean(group, every)
        + f"Its groups are {', '.join(every[:4])} and so on to {every[-1]}.",
    )


def _labels(source: Source, level: int) -> list[object]:
    return list(source.effects(level)[0].index)


def _by_columns(source: Source, group: Mapping[Any, Any]) -> tuple[int, int]:
    """Find a group by the columns of the groups: ``{"school": 7, "class": 2}``."""
    names = source.model.grouping.names
    given = {str(name): str(label) for name, label in group.items()}
    known = set(given) <= set(names) and bool(given)
    if not known or (len(given) > 1 and source.model.grouping.crossed):
        raise OptionError(
            f"group={dict(group)!r} names no group.",
            f"Give the label of one group, under the name of its column: {', '.join(names)}.",
        )
    level = 2 if names[0] in given else 3
    if source.model.grouping.is_nested and level == 2:
        if len(given) == 1:
            return _found(source, given[names[0]])
        return _found(source, (given[names[1]], given[names[0]]))
    labels = [str(label) for label in _labels(source, level)]
    label = given[names[level - 2]]
    if label not in labels:
        raise OptionError(
            f"There is no {names[level - 2]} '{label}' in this fit.",
            did_you_mean(label, labels) + f"Its groups are {', '.join(labels[:4])} and so on.",
        )
    return level, labels.index(label)


def _others(source: Source, level: int) -> tuple[Meaning, ...]:
    """List the predictors that are neither of the units nor of the group, nor of its school."""
    known = {level, 3} if source.model.grouping.is_nested else {level}
    every = [m for gamma in source.model.gammas for m in factors_of(source, gamma)]
    return tuple({identity(m): m for m in every if m.level > 1 and m.level not in known}.values())


def _departure(source: Source, c: Varying, at: int) -> Departure:
    assert source.estimates is not None
    name = c.term.name
    effects, spread = source.effects(c.level)
    column, errors = effects[name].to_numpy(), spread[name].to_numpy()
    value, se = float(column[at]), float(errors[at])
    variance = float(source.estimates.of_level(c.level)[name][name])
    known = 1.0 - errors**2 / variance if variance > 0 else np.zeros(len(errors))
    reliability = float(known[at])
    factors = (*meanings(source, c.level2, 2), *meanings(source, c.level1, 1))
    spreads = _spreads(source, c, factors)
    width = NormalDist().inv_cdf(0.5 + source.level / 2) * se
    alone = not source.model.group3 and len(source.model.random) == 1
    alone = alone and not c.term and reliability > 0
    return Departure(
        c,
        factors,
        value,
        se,
        float(np.median(errors)),
        value - width,
        value + width,
        int((column > value).sum()) + 1,
        reliability,
        float(np.median(known)),
        bool(np.ptp(known) < 1e-6),
        value / reliability if alone else None,
        None if spreads is None or np.isnan(spreads[at]) else float(spreads[at]),
        None if spreads is None else float(np.nanmedian(spreads)),
    )


def _spreads(source: Source, c: Varying, factors: tuple[Meaning, ...]) -> FloatArray | None:
    """Standard deviations of a predictor within the groups, (J,); NaN where there is one unit."""
    if len(factors) != 1 or not factors[0].is_numeric or factors[0].level > 1:
        return None
    fit, normal, name = source.fit, source.normal, c.term.name
    assert fit is not None
    if normal is not None and normal.design.census is not None:
        spreads = _spreads_of_sums(normal, normal.design.z_names.index(name)) * factors[0].step
        return spreads if np.isfinite(spreads).any() else None
    z, codes = source.random_column(c)
    spreads = np.asarray(pd.Series(z).groupby(codes).std(), dtype=np.float64) * factors[0].step
    return spreads if np.isfinite(spreads).any() else None


def _spreads_of_sums(fit: Estimated, k: int) -> FloatArray:
    """Standard deviations of a column of Z within the groups by its sums, (J,)."""
    moments, sizes = fit.moments, fit.design.sizes
    names = (*fit.design.z_names, *fit.design.x_names)
    products = np.concatenate([moments.zz, moments.zw], axis=2)[:, k]  # (J, q + p + 1)
    if "Intercept" not in names:
        return np.full(len(sizes), np.nan)
    sums = products[:, names.index("Intercept")]
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = (products[:, k] - sums**2 / sizes) / (sizes - 1)
    spreads: FloatArray = np.sqrt(np.clip(variances, 0.0, None)) / moments.scaling.z[k, k]
    return spreads


def _line(source: Source, level: int, at: int) -> tuple[LinePart, ...]:
    """Add up the equations for the group: β_qj = Σ γ_qs z_sj + U_qj, with what lies above it.

    Of a group of level 3, the predictors of level 2 are at their means over its own groups, and U
    is 0; of a group of crossed groupings, so are those of all other groups.
    """
    fit, places, model = source.fit, source.places, source.model
    assert fit is not None
    keys = [(at_level, f.name) for at_level, f in places.factors if at_level > 1]
    values = {key: x for key in keys if (x := _there(source, key, level, at)) is not None}
    parts = []
    for c in model.coefficients:
        row = source.sums.rows([(1, factor) for factor in c.term.factors], values)
        value = source.sums.value(row)[0]
        se = float(fit.bse[c.gammas[0].name]) if c.gammas else 0.0
        for effects_level in _levels_above(source, level):
            position = at if effects_level == level else _above(source, at)
            for v in model.varying(effects_level):
                if v.index != c.index:
                    continue
                effects, errors = source.effects(effects_level)
                upper = float(np.prod([values.get((2, f.name), 0.0) for f in v.level2.factors]))
                value += upper * float(effects[v.term.name].to_numpy()[position])
                if effects_level == level:
                    se = float(errors[v.term.name].to_numpy()[position]) or se
        parts.append(LinePart(c, meanings(source, c.term, 1), value, se))
    return tuple(parts)


def _levels_above(source: Source, level: int) -> tuple[int, ...]:
    """List the levels whose effects a group has: its own, and that of the group it lies in."""
    return (2, 3) if source.model.grouping.is_nested and level == 2 else (level,)


def _above(source: Source, at: int) -> int:
    """Find the group of level 3 in which a group of level 2 lies."""
    return int(source.places.codes(3)[source.places.codes(2) == at][0])


def _there(source: Source, key: tuple[int, str], level: int, at: int) -> float | None:
    """Give the value of a predictor in a group, or its mean over other groups."""
    places = source.places
    column = places.column(key)
    if column is None:
        return None
    if key[0] == level:
        return float(column[at])
    if not source.model.grouping.is_nested:
        return float(column.mean())
    if key[0] == 3:
        return float(column[_above(source, at)])
    own = np.unique(places.codes(2)[places.codes(3) == at])
    return float(column[own].mean())


# --- from the facts on a named group to its rows ------------------------------------------


@dataclass(frozen=True)
class GroupText:
    """The sentences on one group.

    Attributes
    ----------
    facts : GroupFacts
    nouns : Nouns
    level : float
        Of the intervals.
    """

    facts: GroupFacts
    nouns: Nouns
    level: float

    def line_short(self) -> str:
        """Say what the line is."""
        return self.nouns.words.brief("short_line", label=self.facts.label, group_label=self._here)

    def line(self) -> Told:
        """Write the group's own line in names and numbers."""
        words = self.nouns.words
        text = ""
        for part in self.facts.line:
            number = rounded(part.value, se=part.se or None)
            name = " × ".join(f.written for f in part.factors)
            term = str(number.absolute) + (f" × {name}" if name else "")
            if not text:
                text = ("−" if number.negative else "") + term
            else:
                text += (" − " if number.negative else " + ") + term
        gaps = {
            "label": self.facts.label,
            "group_label": self._here,
            "size": words.value(self.facts.size),
            "outcome": self._outcome,
            "line": words.grammar.number(text),
        }
        if self.facts.members is not None:
            gaps["members"] = words.value(self.facts.members)
        return told(
            words.sentence("line" if self.facts.members is None else "line_upper", **gaps),
            cautions=[self.nouns.outcome_note],
            more=[self._scale, self._typical],
        )

    @property
    def _typical(self) -> str:
        """Say of which other groups the line is: of a typical class, of a typical sample."""
        words, nouns = self.nouns.words, self.nouns
        if nouns.design != "crossed" and self.facts.members is None:
            return ""
        if not self.facts.others:
            key = "line_crossed" if nouns.design == "crossed" else "line_members"
            return words.sentence(key)
        key = "line_crossed_at" if nouns.design == "crossed" else "line_members_at"
        names = words.list(map(nouns.known, dict.fromkeys(m.root for m in self.facts.others)))
        return words.sentence(key, names=names)

    def departure_short(self, facts: Departure) -> str:
        """Say what the departure is of."""
        words = self.nouns.words
        return words.brief(
            "short_departure",
            label=self.facts.label,
            group_label=self._here,
            topic=self.nouns.change(facts.factors),
        )

    def departure(self, facts: Departure, symbol: str, whom: str, *, conditional: bool) -> Told:
        """Say how far it departs, its rank, its precision, and how much it was shrunk and why."""
        words, nouns = self.nouns.words, self.nouns
        peers = RandomText(nouns, self.level).peers
        if facts.reliability <= 0:
            return told(
                words.sentence(
                    "departure_none", symbol=symbol, label=self.facts.label, group_label=self._here
                )
            )
        lower, upper = words.interval(facts.lower, facts.upper, facts.value, facts.median_se)
        gaps = {
            "label": self.facts.label,
            "group_label": self._here,
            "symbol": symbol,
            "whom": whom,
            "topic": nouns.change(facts.factors),
            "outcome": nouns.outcome.noun,
            "of_outcome": nouns.outcome.of,
            "number": words.estimate(facts.value, facts.median_se),
            "amount": nouns.amount(facts.value, facts.median_se, absolute=True),
            "se": words.estimate(facts.se, facts.median_se),
            "lower": lower,
            "upper": upper,
            "level": words.grammar.number(f"{100 * self.level:g}"),
            "rank": words.value(facts.rank),
            "groups_count": words.value(self.facts.groups),
            "reliability": words.grammar.number(f"{facts.reliability:.2f}"),
            "shrinkage": words.percent(1.0 - facts.reliability),
            "size": words.value(self.facts.size),
            "median": words.value(self.facts.median_size),
            **peers,
        }
        key = "departure" if not facts.factors else "departure_slope"
        side = "up" if facts.value >= 0 else "down"
        expected = "expected" if conditional else "average"
        more = [words.sentence("rank", **gaps)]
        if facts.lower <= 0 <= facts.upper:
            more.append(words.sentence("departure_unclear", **gaps))
        if facts.unshrunk is not None and nouns.scales is None:
            gaps["unshrunk"] = words.estimate(facts.unshrunk, facts.median_se)
            more.append(words.sentence("shrunk_from", **gaps))
        else:
            more.append(words.sentence("shrunk_mode" if nouns.scales else "shrunk", **gaps))
        if not facts.balanced:
            more.append(self._pull(facts, gaps))
        lead = f"{key}_{side}_{expected}"
        if nouns.scales is not None and not facts.factors:
            lead = "odds_departure"
            if nouns.scales.by_ratio:
                ratio = ratio_of(facts.value)
                shown = words.estimate(ratio, min(ratio * facts.median_se, ratio))
                own = {"measure": nouns.scales.measured, "be": nouns.scales.be, "ratio": shown}
                own["at_own_zero"] = words.of_level("at_own_zero", words.level)
                more.insert(0, words.sentence("odds_departure_ratio", **own))
        return told(words.sentence(lead, **gaps), more=more)

    def _pull(self, facts: Departure, gaps: dict[str, str]) -> str:
        """Say whether the group is drawn more than most, and what its reliability hangs on."""
        words = self.nouns.words
        unit = words.book.level1
        gaps = gaps | {"units": unit.singular if self.facts.size == 1 else unit.plural}
        gaps["groups"] = words.unit.plural
        key = "why_size"
        if facts.spread is not None and facts.median_spread is not None:
            key = "why_spread"
            gaps["of"] = self.nouns.of(facts.factors[0])
            gaps["spread"] = words.estimate(facts.spread)
            gaps["median_spread"] = words.estimate(facts.median_spread)
        median = words.grammar.number(f"{facts.median_reliability:.2f}")
        return words.sentence(
            f"shrunk_{facts.pull}", median_reliability=median, why=words.say(key, **gaps)
        )

    @property
    def _here(self) -> str:
        """Say "of school 8367"."""
        words = self.nouns.words
        return words.grammar.at_group(words.unit, self.facts.label)

    @property
    def _outcome(self) -> str:
        """Write what the line gives: the outcome, or the link of what is expected."""
        family = self.nouns.family
        if not family.is_normal:
            return family.linked("π" if family.is_binomial else "λ")
        name, book = self.nouns.factor.expression, self.nouns.words.book
        return book[name].symbol if name in book else name

    @property
    def _scale(self) -> str:
        """Say what the link is of; nothing where there is none."""
        scales = self.nouns.scales
        if scales is None:
            return ""
        key = "line_pi" if self.nouns.family.is_binomial else "line_lambda"
        return self.nouns.words.sentence(key, chance=scales.chance)
