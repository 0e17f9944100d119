"""From a fit to the facts on one named group: its line, its departures, and their shrinkage."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mlmteach.errors import OptionError, did_you_mean
from mlmteach.interpret.interpretation import Told, told
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.odds import ratio_of
from mlmteach.interpret.predictors import Meaning, meanings
from mlmteach.numbers import rounded

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Coefficient

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
    """The predicted U of a group.

    Attributes
    ----------
    coefficient : Coefficient
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

    coefficient: Coefficient
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
    """

    label: str
    size: int
    median_size: float
    groups: int
    line: tuple[LinePart, ...]
    departures: tuple[Departure, ...]

    @property
    def numbers(self) -> dict[str, float]:
        """Every number that a sentence on the group may hold, by name."""
        found: dict[str, float] = {
            "size": self.size,
            "median size": self.median_size,
            "groups": self.groups,
        }
        found |= {f"line {part.coefficient.term.name}": part.value for part in self.line}
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
    labels = [str(label) for label in fit.random_effects.index]
    if str(group) not in labels:
        raise OptionError(
            f"There is no {source.model.group} '{group}' in this fit.",
            did_you_mean(group, labels)
            + f"Its groups are {', '.join(labels[:4])} and so on to {labels[-1]}.",
        )
    at = labels.index(str(group))
    sizes = fit.design.sizes
    return GroupFacts(
        label=str(group),
        size=int(sizes[at]),
        median_size=float(np.median(sizes)),
        groups=len(labels),
        line=_line(source, at),
        departures=tuple(_departure(source, c, at) for c in source.model.random),
    )


def _departure(source: Source, c: Coefficient, at: int) -> Departure:
    fit = source.fit
    assert fit is not None
    name = c.term.name
    column = fit.random_effects[name].to_numpy()
    value, se = float(column[at]), float(fit.random_effects_se[name].to_numpy()[at])
    variance = float(fit.cov_re[name][name])
    errors = fit.random_effects_se[name].to_numpy()
    known = 1.0 - errors**2 / variance if variance > 0 else np.zeros(len(errors))
    reliability = float(known[at])
    factors = meanings(source, c.term, 1)
    spreads = _spreads(source, name, factors)
    width = NormalDist().inv_cdf(0.5 + source.level / 2) * se
    alone = len(source.model.random) == 1 and not c.term and reliability > 0
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


def _spreads(source: Source, name: str, factors: tuple[Meaning, ...]) -> FloatArray | None:
    """Standard deviations of a predictor within the groups, (J,); NaN where there is one unit."""
    if len(factors) != 1 or not factors[0].is_numeric:
        return None
    fit, normal = source.fit, source.normal
    assert fit is not None
    if normal is not None and normal.design.census is not None:
        spreads = _spreads_of_sums(normal, fit.design.z_names.index(name)) * factors[0].step
        return spreads if np.isfinite(spreads).any() else None
    column = fit.design.Z[:, fit.design.z_names.index(name)]
    by_group = pd.Series(column).groupby(fit.design.codes)
    spreads = by_group.std().to_numpy(dtype=np.float64) * np.float64(factors[0].step)
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


def _line(source: Source, at: int) -> tuple[LinePart, ...]:
    """Add up the level-2 equations for the group: β_qj = Σ γ_qs z_sj + U_qj."""
    fit, places = source.fit, source.places
    assert fit is not None
    columns = {(2, f.name): places.column((2, f.name)) for level, f in places.factors if level == 2}
    values = {key: float(column[at]) for key, column in columns.items() if column is not None}
    parts = []
    for c in source.model.coefficients:
        row = source.sums.rows([(1, factor) for factor in c.term.factors], values)
        value = source.sums.value(row)[0]
        se = float(fit.bse[c.gammas[0].name]) if c.gammas else 0.0
        if c.random:
            value += float(fit.random_effects[c.term.name].to_numpy()[at])
            se = float(fit.random_effects_se[c.term.name].to_numpy()[at]) or se
        parts.append(LinePart(c, meanings(source, c.term, 1), value, se))
    return tuple(parts)


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
        return told(
            words.sentence(
                "line",
                label=self.facts.label,
                group_label=self._here,
                size=words.value(self.facts.size),
                outcome=self._outcome,
                line=words.grammar.number(text),
            ),
            cautions=[self.nouns.outcome_note],
            more=[self._scale],
        )

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
                more.insert(0, words.sentence("odds_departure_ratio", **own))
        return told(words.sentence(lead, **gaps), more=more)

    def _pull(self, facts: Departure, gaps: dict[str, str]) -> str:
        """Say whether the group is drawn more than most, and what its reliability hangs on."""
        words = self.nouns.words
        unit = words.book.level1
        gaps = gaps | {"units": unit.singular if self.facts.size == 1 else unit.plural}
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
        return words.grammar.at_group(words.book.level2, self.facts.label)

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
