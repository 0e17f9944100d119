"""What a fit to a yes/no outcome or a count says of odds, probabilities and rates.

γ are on the scale of the link, and the link is no straight line.  So one place has two expected
outcomes: that of the typical group, in which U is 0, and the average over groups,

    ``E[μ(x'γ + z'U)]``,  ``U ~ N(0, T)``,

which is an integral over the one number ``z'U ~ N(0, z'Tz)``.  Standard errors of averages are
those of the delta method, with the covariance matrix of all parameters: of γ, and of T too.

Snijders & Bosker (2012), *Multilevel Analysis*, chapter 17; Skrondal & Rabe-Hesketh (2009),
*Journal of the Royal Statistical Society A* 172(3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mlmteach.errors import ModelError, OptionError
from mlmteach.fit.averaging import integral, latent_variance, linked, mean_at, median_ratio_of
from mlmteach.fit.combinations import gamma_tests, sums_of
from mlmteach.fit.readings import random_row
from mlmteach.fit.variances import require_level
from mlmteach.model.places import Place, Placed, Spot, factors_of, require_values
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.combinations import Leveled, WeightedSums
    from mlmteach.fit.generalized import Generalized, NonNormal
    from mlmteach.fit.readings import At
    from mlmteach.model.family import Family
    from mlmteach.model.places import Key, Places
    from mlmteach.model.structure import Structure

__all__ = [
    "RATIOS",
    "ExpectedOutcome",
    "average_effects",
    "expected",
    "latent_icc",
    "median_ratio",
    "ratios",
]

RATIOS = {"logit": "odds ratio", "cloglog": "hazard ratio", "log": "rate ratio"}
"""What exp(γ) is, where it is something."""


@dataclass(frozen=True, eq=False)
class _Mean:
    """A weighted sum of averages over groups, with its derivatives in all parameters, (size,)."""

    value: float
    gradient: FloatArray


def _mean(
    fit: NonNormal, x: FloatArray, z: FloatArray, offset: FloatArray, weights: FloatArray
) -> _Mean:
    """Average over groups and rows: x is (m, p), z (m, q), in the data's units."""
    problem = fit.marginal.problem
    _, factor = problem.parted(fit.found.parameters)
    x_star, z_star = x @ fit.scaling.x, z @ fit.scaling.z  # internal units, as the parameters are
    spread = z_star @ factor  # (m, q)
    found = integral(fit.model.family, offset + x @ fit.params.to_numpy(), (spread**2).sum(axis=1))
    gradient = np.zeros(problem.size)
    gradient[: problem.p] = (weights * found.by_eta) @ x_star
    turned = np.einsum("kab,ma->kmb", problem.basis, z_star)  # B'z, (k, m, q)
    by_variance = weights * found.by_variance
    gradient[problem.theta] = 2.0 * np.einsum("kmb,mb,m->k", turned, spread, by_variance)
    return _Mean(float(weights @ found.mean), gradient)


def _se(fit: NonNormal, gradient: FloatArray) -> float:
    return float(np.sqrt(max(float(gradient @ fit.parameter_cov @ gradient), 0.0)))


# --- ratios ---------------------------------------------------------------------------------


def ratios(fit: NonNormal, level: float = 0.95) -> pd.DataFrame:
    """Compute odds ratios, rate ratios or hazard ratios: exp(γ), with Wald intervals.

    Parameters
    ----------
    fit : NonNormal
        With the link logit (odds ratios), log (rate ratios) or cloglog (hazard ratios).
    level : float
        Of the intervals, which are those of γ, exponentiated.

    Returns
    -------
    pandas.DataFrame
        One row a γ; columns ``ratio``, ``lower``, ``upper`` and ``p``.  The columns are called by
        what the ratios are.  Each holds within a group.  The intercept is left out: exp of it is
        no ratio, but the odds or the rate where all predictors are 0.  That of a product is a ratio
        of ratios.

    Raises
    ------
    ModelError
        If the link is the probit, for which exp(γ) means nothing.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> ratios(model.fit(mlm.load("cbpp")))[["ratio", "lower", "upper"]].round(2)
    odds ratio   ratio  lower  upper
    period[T.2]   0.37   0.20   0.68
    period[T.3]   0.32   0.17   0.61
    period[T.4]   0.21   0.09   0.48
    """
    require_level(level)
    kind = _ratio(fit.model.family)
    table = gamma_tests(fit, level).drop(index="Intercept", errors="ignore")
    columns = {"ratio": "estimate", "lower": "lower", "upper": "upper"}
    found = pd.DataFrame({name: np.exp(table[column]) for name, column in columns.items()})
    return found.assign(p=table["p"]).rename_axis(columns=kind)


def _ratio(family: Family) -> str:
    """Name what exp(γ) is.

    Raises
    ------
    ModelError
        If it is nothing.
    """
    if family.link not in RATIOS:
        raise ModelError(
            "With a probit link exp(γ) is no ratio of anything.",
            "Use fit.quantities.average_effects() or expected(at=...), or fit with link='logit' "
            "for odds ratios.",
        )
    return RATIOS[family.link]


def median_ratio(fit: Generalized, *, at: At | None = None) -> Placed:
    """Compute the median odds ratio: how much two groups differ, in the units of an odds ratio.

    Parameters
    ----------
    fit : Generalized
    at : mapping of str to float or str, optional
        With random slopes, the ratio depends on the predictors that have them.  When left out, the
        variance between groups is the average over the rows.

    Returns
    -------
    Placed
        ``exp(√(2 z'Tz) Φ⁻¹(3/4))``.  Take the same unit in two groups drawn at random, and divide
        the larger odds by the smaller: the median of this ratio.  For counts it is the median rate
        ratio, and with the link cloglog the median hazard ratio.

    Raises
    ------
    ModelError
        If the link is the probit.

    References
    ----------
    Larsen & Merlo (2005), *American Journal of Epidemiology* 161(1); Merlo et al. (2006), *Journal
    of Epidemiology and Community Health* 60(4); Austin, Stryhn, Leckie & Merlo (2018), *Statistics
    in Medicine* 37(4), for counts.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> round(median_ratio(model.fit(mlm.load("cbpp"))), 2)
    1.85
    """
    _ratio(fit.model.family)
    random, place = _random(fit, sums_of(fit), at, "The median ratio")
    return Placed(median_ratio_of(random), place)


def _random(fit: Generalized, sums: WeightedSums, at: At | None, what: str) -> tuple[float, Place]:
    """Give the variance that the U give to η at a place, or averaged over the rows."""
    factors = [(1, factor) for c in fit.model.random for factor in c.term.factors]
    if at is None:
        return fit.random_variance, Place(averaged="rows") if factors else Place()
    place = sums.places.typical(factors, at, what)
    return float(fit.variances_at(_z_at(sums, place))), place


def latent_icc(fit: Generalized, *, at: At | None = None) -> Placed:
    """Compute the intraclass correlation on the scale of the link.

    Parameters
    ----------
    fit : Generalized
    at : mapping of str to float or str, optional
        With random slopes, the share depends on the predictors that have them; that of a count
        depends on all predictors, and on the exposure, since a small count tells less.  When left
        out, variances and counts are averages over the rows.

    Returns
    -------
    Placed
        ``z'Tz / (z'Tz + v)`` with the variance v within groups as from
        :func:`~mlmteach.fit.averaging.latent_variance`: π²/3 for the logit, 1 for the probit,
        π²/6 for cloglog, and for counts ``log(1 + 1/λ)`` with the expected count λ averaged over
        groups.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, section 17.3; Nakagawa, Johnson & Schielzeth
    (2017), *Journal of the Royal Society Interface* 14(134).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> round(latent_icc(model.fit(mlm.load("cbpp"))), 3)
    0.111
    """
    if at is None:
        return fit.icc
    sums, family, what = sums_of(fit), fit.model.family, "The intraclass correlation"
    if not family.is_count:
        random, place = _random(fit, sums, at, what)
        return Placed(random / (random + latent_variance(family)), place)
    row = _Row.at(fit, sums, at, what)
    random = float(fit.variances_at(row.z))
    mean = float(np.exp(row.offset + row.x @ sums.gamma + random / 2.0))
    return Placed(random / (random + latent_variance(family, mean, fit.shape)), row.place)


# --- expected outcomes -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of the model at a place: x, (p,), z, (q,), and the logarithm of the exposure."""

    x: FloatArray
    z: FloatArray
    offset: float
    place: Place

    @classmethod
    def at(cls, fit: NonNormal, sums: WeightedSums, at: At | None, what: str) -> _Row:
        """Put all predictors at a place; an exposure of which nothing is said is 1."""
        require_values(at)
        exposure, rest = fit.model.family.exposure, dict(at or {})
        amount = rest.pop(exposure, 1.0) if exposure else 1.0
        if isinstance(amount, str) or not 0.0 < amount < np.inf:
            raise OptionError(
                f"An exposure of {amount!r} is no positive number.",
                f"Give one, as in at={{'{exposure}': 1}}.",
            )
        place = sums.places.typical(sums.places.factors, rest, what)
        x, z = sums.coefficient((), place), _z_at(sums, place)
        if exposure:
            place = place.moved(Spot(1, exposure, float(amount), "given"))
        return cls(x, z, float(np.log(amount)), place)


def _levels(model: Structure) -> range:
    """The levels of the groups."""
    return range(2, len(model.grouping.names) + 2)


def _z_at(sums: WeightedSums, place: Place) -> FloatArray:
    """Give the weights of the effects of all levels in η at a place, (q,)."""
    return np.concatenate([random_row(sums, (), place, level) for level in _levels(sums.structure)])


@dataclass(frozen=True)
class ExpectedOutcome:
    """The expected outcome at a place: in the typical group, and averaged over groups.

    Attributes
    ----------
    what : {"probability", "count"}
        Of the event in one trial; or a count.
    typical : float
        Where U = 0, and with three levels V = 0.
    typical_interval : tuple of float
    average : float
        Integrated over the U, and the V.
    average_interval : tuple of float
    groups : tuple of float
        Between these lie the expected outcomes of most groups, by the normal distribution of the U.
        With three levels they are the groups of level 2 in all groups of level 3.
    by_grouping : mapping of str to tuple of float
        With three levels: the same of the groups of each grouping, where those of the other one are
        typical.  Of level 2 they are the groups of a typical group of level 3.
    level : float
        Of the intervals, and the share of the groups, such as 0.95.
    place : Place
        Where the predictors are.
    """

    what: str
    typical: float
    typical_interval: tuple[float, float]
    average: float
    average_interval: tuple[float, float]
    groups: tuple[float, float]
    level: float
    place: Place
    by_grouping: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self) -> str:
        share = f"{100.0 * self.level:g} %"

        def told(pair: tuple[float, float]) -> str:
            return f"{pair[0]:.4g} to {pair[1]:.4g}"

        where = f", {self.place}" if self.place else ""
        groups = f"{share} of the groups lie between {self.groups[0]:.4g} and {self.groups[1]:.4g}"
        if self.by_grouping:
            lower, upper = self.by_grouping
            ends = [f"between {a:.4g} and {b:.4g}" for a, b in self.by_grouping.values()]
            groups = (
                f"{share} of the groups of '{lower}' lie {ends[0]} within a typical group of "
                f"'{upper}', and between {self.groups[0]:.4g} and {self.groups[1]:.4g} in all of "
                f"them; typical groups of '{lower}' lie {ends[1]} in {share} of the groups of "
                f"'{upper}'"
            )
        return (
            f"The expected {self.what}{where}: {self.typical:.4g} in the typical group "
            f"({share} interval {told(self.typical_interval)}), {self.average:.4g} averaged over "
            f"groups ({told(self.average_interval)}); {groups}."
        )

    def __repr__(self) -> str:
        return f"<{self}>"


def expected(fit: NonNormal, *, at: At | None = None, level: float = 0.95) -> ExpectedOutcome:
    """Compute the expected outcome at a place, for the typical group and averaged over groups.

    Parameters
    ----------
    fit : NonNormal
    at : mapping of str to float or str, optional
        Where the predictors are; where nothing is said, numbers are at their mean and categories
        at their reference.  It may name the exposure, which is 1 otherwise: a rate.
    level : float
        Of the intervals, and the share of the groups in their range.

    Returns
    -------
    ExpectedOutcome
        The probability of the event, or the count.  Both intervals are symmetric on the scale of
        the link.  That of the average is by the delta method with the covariance matrix of all
        parameters, so that it knows that T is estimated too; the range of groups takes the
        estimates as they are.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> found = expected(model.fit(mlm.load("cbpp")), at={"period": "1"})
    >>> round(found.typical, 3), round(found.average, 3)
    (0.198, 0.216)
    """
    require_level(level)
    sums, family, width = sums_of(fit), fit.model.family, normal_width(level)
    row = _Row.at(fit, sums, at, "The expected outcome")
    eta, se = sums.value(row.x)
    eta += row.offset
    assert se is not None  # a fit has covariances
    mean = _mean(fit, row.x[None], row.z[None], np.array([row.offset]), np.ones(1))
    middle = float(linked(family, mean.value))
    steepness = float(integral(family, np.array([middle]), np.zeros(1)).by_eta[0])

    def around(centre: float, half: float) -> tuple[float, float]:
        lower, upper = mean_at(family, centre + half * np.array([-1.0, 1.0]))
        return float(lower), float(upper)

    def among(z: FloatArray) -> tuple[float, float]:
        return around(eta, width * float(np.sqrt(fit.variances_at(z))))

    by_grouping, end = {}, 0
    for own in fit.effects if len(fit.effects) > 1 else ():
        alone = np.zeros_like(row.z)
        alone[end : end + len(own.names)] = row.z[end : end + len(own.names)]
        by_grouping[own.name] = among(alone)
        end += len(own.names)
    return ExpectedOutcome(
        "count" if family.is_count else "probability",
        float(mean_at(family, eta)),
        around(eta, width * se),
        mean.value,
        around(middle, width * _se(fit, mean.gradient) / steepness),
        among(row.z),
        level,
        row.place,
        by_grouping,
    )


# --- average effects of predictors ----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Moving:
    """The columns of X and Z in the rows of the data, where a variable moves in all of them."""

    fit: NonNormal

    @cached_property
    def places(self) -> Places:
        return self.fit.places

    def _by_row(self, key: Key) -> FloatArray | None:
        values = self.places.column(key)
        if values is None or key[0] == 1:
            return values
        return values[self.fit.layers[key[0] - 2].codes]

    @cached_property
    def values(self) -> dict[Key, FloatArray]:
        """The numbers that the factors are made from, row by row."""
        keys = dict.fromkeys(key for pair in self.places.factors for key in self.places.keys(*pair))
        found = {key: self._by_row(key) for key in keys}
        return {key: values for key, values in found.items() if values is not None}

    @cached_property
    def variables(self) -> dict[Key, tuple[float | str, ...]]:
        """What can move: the categories of a variable, the reference first; or () for numbers."""
        found: dict[Key, tuple[float | str, ...]] = {}
        for level, factor in self.places.factors:
            if self._is_contrast(factor):
                name = factor.variables[0]
                found[level, name] = self.places.categories(level, name)
                continue
            for key in self.places.keys(level, factor):
                binary = self.places.is_category(*key)
                found.setdefault(key, self.places.categories(*key) if binary else ())
        return found

    def _is_contrast(self, factor: Any) -> bool:
        return bool(factor.suffix) and factor.function in {None, "C"}

    def _factor(self, pair: Leveled, key: Key, value: float | str | FloatArray) -> FloatArray:
        """The column of a factor, where a variable has a value."""
        level, factor = pair
        own = self._by_row((level, factor.name))
        assert own is not None
        if self._is_contrast(factor):
            coded = self.places.coded(factor)
            if (level, factor.variables[0]) != key or coded is None:
                return own
            categories, column = coded
            at = [str(category) for category in categories].index(str(value))
            return np.full(len(own), column[at])
        if key not in self.places.keys(level, factor):
            return own
        if not np.allclose(self.places.value(level, factor, self.values), own):
            raise OptionError(
                f"The effect of '{key[1]}' through '{factor.name}' cannot be averaged.",
                "Ask for expected(at=...) at places of your choice.",
            )
        moved = self.places.value(level, factor, {**self.values, key: value})
        return np.broadcast_to(np.asarray(moved, dtype=np.float64), own.shape)

    def matrices(self, key: Key, value: float | str | FloatArray) -> tuple[FloatArray, FloatArray]:
        """X, (n, p), and Z, (n, q), where a variable has a value."""
        known = {pair: self._factor(pair, key, value) for pair in self.places.factors}
        n, model = self.fit.nobs, self.fit.model

        def product(pairs: Sequence[Leveled]) -> FloatArray:
            column = np.ones(n)
            for pair in pairs:
                column = column * known[pair]
            return column

        x = [product(factors_of(g)) for g in model.gammas]
        z = [product(v.factors) for level in _levels(model) for v in model.varying(level)]
        return np.column_stack(x), np.column_stack(z)


def average_effects(fit: NonNormal, *, level: float = 0.95) -> pd.DataFrame:
    """Compute average effects of predictors on the probability, or on the count.

    Parameters
    ----------
    fit : NonNormal
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a predictor, or a category that is compared with the reference; columns ``effect``,
        ``SE``, ``z``, ``p``, ``lower`` and ``upper``.  For a number the effect is the slope of the
        expected outcome, per unit; for a category the difference that it makes.  All columns that
        are made from a predictor move with it.  Effects are averaged over groups (integrated over
        the U) and over the rows of the data: over trials, where rows have several, so that
        aggregated and long data give the same.  Counts are those of each row's exposure.

    Notes
    -----
    Standard errors are by the delta method, with the covariance matrix of all parameters; the
    predictors are taken as they are in the data.

    References
    ----------
    Bartus (2005), *The Stata Journal* 5(3); Skrondal & Rabe-Hesketh (2009), *Journal of the Royal
    Statistical Society A* 172(3), for averages over groups.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> average_effects(model.fit(mlm.load("cbpp")))[["effect", "SE"]].round(3)
                            effect     SE
    predictor change
    period    2 instead of 1  -0.119  0.036
              3 instead of 1  -0.130  0.036
              4 instead of 1  -0.159  0.037
    """
    require_level(level)
    moving, weights = _Moving(fit), fit.trials / fit.trials.sum()
    rows, index = [], []

    def at(key: Key, value: float | str | FloatArray, weights: FloatArray = weights) -> _Mean:
        return _mean(fit, *moving.matrices(key, value), fit.offset, weights)

    for key, categories in moving.variables.items():
        if categories:
            base = at(key, categories[0])
            for category in categories[1:]:
                rows.append(_difference(fit, at(key, category), base))
                index.append((key[1], f"{_plain(category)} instead of {_plain(categories[0])}"))
            continue
        spread = fit.places.spread(key)
        if spread is None or key not in moving.values or not spread[1] > 0.0:
            continue
        here, step = moving.values[key], 1e-5 * spread[1]
        up, down = np.minimum(here + step, here.max()), np.maximum(here - step, here.min())
        slopes = weights / (up - down)  # not beyond the data: a spline or a logarithm may end there
        rows.append(_difference(fit, at(key, up, slopes), at(key, down, slopes)))
        index.append((key[1], "per unit"))
    table = pd.DataFrame(
        rows,
        columns=["effect", "SE"],
        index=pd.MultiIndex.from_tuples(index, names=["predictor", "change"]) if index else None,
        dtype=float,
    )
    width = normal_width(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["z"] = table["effect"] / table["SE"]
    table["p"] = 2.0 * ndtr(-table["z"].abs())
    table["lower"] = table["effect"] - width * table["SE"]
    table["upper"] = table["effect"] + width * table["SE"]
    return table


def _difference(fit: NonNormal, one: _Mean, other: _Mean) -> tuple[float, float]:
    """Give the effect and its standard error."""
    return one.value - other.value, _se(fit, one.gradient - other.gradient)


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
