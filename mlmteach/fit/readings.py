"""What is read off a model's numbers at a place: slopes, effects, ranges over groups, the ICC.

Every number here says where it holds.  Where nobody says otherwise, one rule holds for all (see
:mod:`mlmteach.model.places`): numeric predictors are at their mean over the units of their own
level, categories at their reference.  The sentences of ``interpret()`` take their numbers from
here.

Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapters 3 to 5; Snijders & Bosker (2012),
*Multilevel Analysis*, section 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mlmteach.errors import OptionError
from mlmteach.fit.combinations import Combination, PlacedTable, WeightedSums, sums_of
from mlmteach.fit.kenward_roger import Df
from mlmteach.fit.variances import require_level
from mlmteach.model.places import Key, Place, Placed, Spot, factors_of, require_values
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.combinations import Leveled
    from mlmteach.fit.estimated import Estimated
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.symbols import Varying

__all__ = [
    "At",
    "PlausibleRange",
    "coefficient",
    "combinations",
    "contextual_effects",
    "design_effect",
    "icc",
    "moderated",
    "plausible_range",
    "random_row",
    "reliability",
    "sampling_variances",
    "share_negative",
    "simple_slopes",
]

At = Mapping[str, "float | str"]
"""Where predictors are: numbers, categories, or ``"mean"``, ``"below"`` and ``"above"``."""


class PlausibleRange(NamedTuple):
    """The range in which a coefficient lies in most groups, and for which groups."""

    lower: float
    upper: float
    mean: float
    sd: float
    place: Place

    def __repr__(self) -> str:
        where = f", {self.place}" if self.place else ""
        return (
            f"<from {self.lower:.4g} to {self.upper:.4g}{where}; "
            f"mean {self.mean:.4g}, SD {self.sd:.4g}>"
        )


# --- sums of γ ---------------------------------------------------------------------------------


def combinations(
    fit: Fitted | WeightedSums,
    weights: Mapping[str, Mapping[str, float]],
    *,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> pd.DataFrame:
    """Estimate and test linear combinations of γ.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    weights : mapping of str to mapping of str to float
        For each combination, which is called by its key, the weights of the terms of γ; terms
        that are left out have none.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        One row a combination; columns ``estimate``, ``SE``, ``df``, ``t``, ``p``, ``lower`` and
        ``upper``.  Where tests are z tests, ``z`` is in the place of ``df`` and ``t``.

    Raises
    ------
    OptionError
        When there is no such term.
    """
    require_level(level)
    sums = _sums(fit, df)
    given: object = weights
    if not isinstance(given, Mapping) or not all(isinstance(w, Mapping) for w in given.values()):
        raise OptionError(
            "The weights of a combination are not given by the names of terms.",
            f"Write them as {{'a name': {{{sums.names[-1]!r}: 1.0}}}}.",
        )
    rows = np.zeros((len(weights), len(sums.names)))
    for row, terms in zip(rows, weights.values(), strict=True):
        for term, weight in terms.items():
            if term not in sums.names:
                raise OptionError(f"There is no term '{term}'.", f"Use {', '.join(sums.names)}.")
            row[sums.names.index(term)] = weight
    return sums.table(rows, list(weights), level)


def coefficient(
    fit: Fitted | WeightedSums,
    term: str,
    *,
    at: At | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> Combination:
    """Estimate and test the coefficient of a term at a place.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    term : str
        ``"Intercept"``, a predictor, or a product such as ``"size:ses"``.
    at : mapping of str to float or str, optional
        Values of what it interacts with, which for the intercept are all predictors; where
        nothing is said, numbers are at their mean and categories at their reference.
    level : float
        Of the interval.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    Combination

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"}).fit(
    ...     mlm.load("hsb")
    ... )
    >>> found = coefficient(fit, "ses")
    >>> round(found.value, 2), str(found.place)
    (2.39, 'at size = 1,098 (the mean over groups)')
    """
    require_level(level)
    sums = _sums(fit, df)
    kept = () if term == "Intercept" else tuple(sums.factor(name) for name in term.split(":"))
    place = sums.typical(kept, at)
    return sums.test(sums.coefficient(kept, place), place, level)


def simple_slopes(
    fit: Fitted | WeightedSums,
    predictor: str,
    moderator: str,
    values: Sequence[float | str] | None = None,
    *,
    at: At | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> PlacedTable:
    """Compute the slope of a predictor at values of a moderator.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    predictor : str
        A predictor as the model has it, or a contrast such as ``"sex[T.F]"``.
    moderator : str
        A variable or a predictor that it interacts with; or the predictor itself, for the slope
        along its curve.
    values : sequence, optional
        Of the moderator.  When left out: the categories of a category, and otherwise the mean
        and one standard deviation to each side, over groups for a level-2 variable.
    at : mapping of str to float or str, optional
        Values of other moderators; where nothing is said, numbers are at their mean and
        categories at their reference.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    PlacedTable
        One row a value; columns as from ``combinations``.  Its ``place`` is that of the other
        moderators.

    Raises
    ------
    OptionError
        When one of them is not in the model, or they do not interact.
    """
    require_level(level)
    sums = _sums(fit, df)
    own, key, others = moderated(sums, predictor, moderator, at)
    places = sums.places
    spots = places.around(key) if values is None else [places.given(key, v) for v in values]
    rows = np.array([sums.slope(own, others.moved(spot)) for spot in spots])
    table = sums.table(rows, pd.Index([spot.value for spot in spots], name=moderator), level)
    return PlacedTable.of(table, others)


def contextual_effects(
    fit: Fitted | WeightedSums,
    within: str,
    between: str,
    *,
    at: At | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> PlacedTable:
    """Compute the within, between and contextual effects of a predictor.

    Parameters
    ----------
    fit : Fitted or WeightedSums
        Of a model with both predictors.
    within : str
        The level-1 predictor, raw or centred at the means of the groups.
    between : str
        The groups' mean of it: ``"group_mean(ses)"``, or a column of means.
    at : mapping of str to float or str, optional
        Values of what they interact with; where nothing is said, numbers are at their mean and
        categories at their reference.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    PlacedTable
        Rows ``within``, ``between`` and ``contextual`` (between minus within), all in units of
        `between`; columns as from ``combinations``.  With a raw predictor, γ of the mean is the
        contextual effect; with a centred one it is the effect between.

    Raises
    ------
    OptionError
        When one of them is not in the model, or is at the wrong level.
    """
    require_level(level)
    sums = _sums(fit, df)
    rows, place = contextual_rows(sums, sums.factor(within), sums.factor(between), at)
    table = sums.table(rows, ["within", "between", "contextual"], level)
    return PlacedTable.of(table, place)


def contextual_rows(
    sums: WeightedSums, within: Leveled, between: Leveled, at: At | None = None
) -> tuple[FloatArray, Place]:
    """Weights of γ in the effects within, between and contextual, (3, p), and their place."""
    if within[0] != 1 and not sums.structure.grouping.is_nested:
        raise OptionError(
            f"The predictor '{within[1].name}' does not vary within groups.",
            "Name a level-1 predictor.",
        )
    if between[0] <= within[0]:
        raise OptionError(
            f"The predictor '{between[1].name}' varies within groups.",
            "Name the level-2 predictor that holds the means of the groups.",
        )
    places, pair = sums.places, (within, between)
    centred = within[1].function == "center_within" or places.is_centred(within[1].name)
    partners = [p for own in pair for p in sums.partners([own]) if p not in pair]
    mutual = [own for own in pair if own in sums.partners([w for w in pair if w != own])]
    curved = [own for own in pair if sums.curves(own) and _named(at, own)]
    place = places.typical([*partners, *mutual, *curved], at, "These effects")
    values = place.values
    if within in mutual:  # a group at its mean, with a unit at that mean
        (mine,), (theirs,) = places.keys(*within), places.keys(*between)
        here = 0.0 if centred else values.get(theirs, places.spot(theirs).value)
        place = place.moved(Spot(*mine, here, "within" if centred else "mean"))
    unit = _unit(sums, within, values) / _unit(sums, between, values)
    inner = sums.slope(within, place) * unit
    outer = sums.slope(between, place)
    if centred:
        return np.array([inner, outer, outer - inner]), place
    return np.array([inner, inner + outer, outer]), place


def _unit(sums: WeightedSums, own: Leveled, values: Mapping[Key, float | str]) -> float:
    """How much a predictor changes with one unit of its variable."""
    keys = sums.places.keys(*own)
    return float(sums.places.derivative(*own, keys[0], values)) if len(keys) == 1 else 1.0


def _named(at: At | None, own: Leveled) -> bool:
    require_values(at)
    return bool(at) and bool(set(at or ()) & {own[1].name, *own[1].variables})


# --- what T and σ² add ---------------------------------------------------------------------------


def icc(fit: Estimated | WeightedSums, *, at: At | None = None) -> Placed:
    """Compute the intraclass correlation: the share of level 2 in the variance that X leaves.

    Parameters
    ----------
    fit : Estimated or WeightedSums
    at : mapping of str to float or str, optional
        With random slopes, the share depends on the predictors that have them: at a place it is
        ``z'Tz / (z'Tz + σ²)``.  What is not named is where it is when nobody says otherwise.
        When left out, the level-2 variance is the average over the rows (Johnson 2014, *Methods
        in Ecology and Evolution* 5(9)); without data, it is that where all predictors are 0.
        Where σ² differs between the categories of a variable, a value of that variable chooses
        one; else it is the average over the rows, or without data that of the first category.

    Returns
    -------
    Placed
        A float with its ``place``, which is empty when only the intercept is random.
    """
    if at is None and not isinstance(fit, WeightedSums):
        return fit.icc
    sums = _sums(fit)
    require_values(at)
    at, residual, chosen = _residual(sums, at)
    terms = [c.term for c in sums.structure.random]
    t = sums.estimates.covariances(sums.structure.random)
    factors = [(1, factor) for term in terms for factor in term.factors]
    if at is None and not chosen and factors and sums.places.frame is not None:
        if isinstance(fit, WeightedSums) or fit.relative_precision is not None:
            products = sums.places.mean_products(v.factors for v in sums.structure.varying(2))
        else:
            back = fit.moments.scaling.z_inverse
            products = back.T @ fit.moments.zz.sum(axis=0) @ back / fit.nobs
        random = float(np.sum(t * products))
        place = Place(averaged="rows")
    else:
        place = (
            sums.places.zero(factors)
            if at is None
            else sums.places.typical(factors, at, "The intraclass correlation")
        )
        z = random_row(sums, (), place)
        random = float(z @ t @ z)
    place = Place((*place.spots, *chosen), place.averaged)
    return Placed(random / (random + residual), place)


def _residual(sums: WeightedSums, at: At | None) -> tuple[At | None, float, tuple[Spot, ...]]:
    """Take the category that chooses a σ² out of a place: what is left of it, σ², where it is."""
    by, estimates = sums.structure.sigma2, sums.estimates
    if by is None or estimates.residual is None or by.variable not in (at or {}):
        return at, estimates.level1_variance, ()
    assert at is not None
    given = at[by.variable]
    found = [k for k, value in enumerate(by.categories) if value == given or str(value) == given]
    if not found:
        raise OptionError(
            f"'{by.variable}' has no category {given!r}.", f"Use {', '.join(by.labels)}."
        )
    level = sums.structure.levels.get(by.variable, 1)
    spot = Spot(level, by.variable, given, "given")
    rest = {name: value for name, value in at.items() if name != by.variable}
    slopes = {name for c in sums.structure.random for name in c.term.variables}
    return (
        dict(at) if by.variable in slopes else rest or None,
        float(estimates.residual.iloc[found[0]]),
        () if by.variable in slopes else (spot,),
    )


def random_row(
    sums: WeightedSums, kept: Sequence[Leveled], place: Place, level: int = 2
) -> FloatArray:
    """Weights of the U (or V, at level 3) in the coefficient of a product of factors, (q,).

    Without factors it is all that groups add; what the place says nothing of is 0.
    """
    own, varying = set(kept), sums.structure.varying(level)
    row = np.zeros(len(varying))
    for k, v in enumerate(varying):
        if own <= set(v.factors):
            row[k] = sums.product([pair for pair in v.factors if pair not in own], place)
    return row


def design_effect(fit: Estimated) -> Placed:
    """How much larger clustering makes the variance of a mean: 1 + (n - 1) ICC.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    Placed
        With n the average size of the groups (Kish 1965, *Survey Sampling*), at the place of the
        ICC.
    """
    found = icc(fit)
    return Placed(1.0 + (fit.nobs / fit.ngroups - 1.0) * found, found.place)


def reliability(fit: Estimated) -> pd.DataFrame:
    """How reliably each group's own coefficients are measured.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.DataFrame
        One row a group, one column a U: ``τ_qq / (τ_qq + v_qqj)`` with v the sampling variance of
        the group's own least-squares estimate (Raudenbush & Bryk 2002, chapter 3).  In the model
        with a random intercept only it is the reliability of a group's mean,
        ``τ_00 / (τ_00 + σ² / n_j)``.  NaN where a group cannot tell its coefficients apart.
    """
    noise = sampling_variances(fit.moments.zz, fit.moments.scaling.z_inverse, fit.scale)
    tau = np.diag(fit.cov_re)
    index = fit.design.groups.rename(fit.model.group)
    return pd.DataFrame(tau / (tau + noise), index=index, columns=list(fit.design.z_names))


def sampling_variances(products: FloatArray, back: FloatArray, sigma2: float) -> FloatArray:
    """Sampling variances of the groups' own estimates, (J, q), in the data's units.

    Parameters
    ----------
    products : (J, q, q) array
        ``Z_j'Z_j`` in internal units, or what another grouping leaves of it.
    back : (q, q) array
        From the data's units to the internal ones.
    sigma2 : float
    """
    zz = back.T @ products @ back
    unit = np.sqrt(np.einsum("jaa->a", zz))
    scaled = zz / np.multiply.outer(unit, unit)
    least, most = np.linalg.eigvalsh(scaled)[:, [0, -1]].T
    known = least > 1e-10 * most
    noise = np.full(zz.shape[:2], np.nan)
    noise[known] = sigma2 * np.einsum("jaa->ja", np.linalg.inv(scaled[known])) / unit**2
    return noise


def plausible_range(
    fit: Fitted | WeightedSums,
    coefficient: str,
    *,
    at: At | None = None,
    level: float = 0.95,
    grouping: str | None = None,
) -> PlausibleRange:
    """Compute the range in which a random coefficient lies in most groups.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    coefficient : str
        A random coefficient: ``"Intercept"``, or a level-1 predictor with a U; where there are two
        groupings, also what has a V.
    at : mapping of str to float or str, optional
        Values of the level-2 predictors of this coefficient; where nothing is said, numbers are
        at their mean over groups and categories at their reference.
    level : float
        The share of the groups.
    grouping : str, optional
        Between the groups of which column, where there are two groupings: that of level 2, unless
        something else is said.  With three levels, the groups of level 2 are those of one typical
        group of level 3; with crossed ones, the other group is typical.

    Returns
    -------
    PlausibleRange
        The mean of the coefficient plus and minus a normal quantile times √τ_qq (Raudenbush &
        Bryk 2002, chapter 4), and the place: for which groups.

    Raises
    ------
    OptionError
        When the coefficient is not random, or there is no such grouping.
    """
    require_level(level)
    sums = _sums(fit)
    v = _random(sums, coefficient, grouping)
    place = _groups(sums, v, at)
    row = sums.coefficient(v.factors, place)
    mean, sd = float(row @ sums.gamma), _sd(sums, v)
    half = normal_width(level) * sd
    return PlausibleRange(mean - half, mean + half, mean, sd, place)


def share_negative(
    fit: Fitted | WeightedSums,
    coefficient: str,
    *,
    at: At | Literal["own"] | None = None,
    grouping: str | None = None,
) -> Placed:
    """Estimate in which share of groups a random coefficient is negative.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    coefficient : str
    at : mapping of str to float or str, or "own", optional
        For which groups, as for :func:`plausible_range`.  With ``"own"``, each group of the data
        has its own level-2 predictors, and the shares are averaged.
    grouping : str, optional
        As for :func:`plausible_range`.

    Returns
    -------
    Placed
        By the normal distribution of the U.
    """
    sums = _sums(fit)
    v = _random(sums, coefficient, grouping)
    if at == "own":
        place = Place(averaged="groups")
        upper = dict.fromkeys((v.level, f) for t in v.predictors for f in t.factors)
        columns = {key: sums.places.column(key) for key in ((at, f.name) for at, f in upper)}
        rows = sums.rows(v.factors, {key: x for key, x in columns.items() if x is not None})
    else:
        place = _groups(sums, v, at)
        rows = sums.coefficient(v.factors, place)
    means, sd = np.atleast_2d(rows) @ sums.gamma, _sd(sums, v)
    below = ndtr(-means / sd) if sd > 0.0 else means < 0.0
    return Placed(float(np.mean(below)), place)


def _random(sums: WeightedSums, name: str, grouping: str | None) -> Varying:
    names = sums.structure.grouping.names
    if grouping is not None and grouping not in names:
        raise OptionError(f"There is no grouping '{grouping}'.", f"Use {' or '.join(names)}.")
    level = 2 if grouping is None else 2 + names.index(grouping)
    found = {v.term.name: v for v in sums.structure.varying(level)}
    if name not in found:
        where = f" between the groups of '{names[level - 2]}'" if len(names) > 1 else ""
        raise OptionError(
            f"The coefficient '{name}' is not random in this model{where}.",
            f"Use {' or '.join(found)}.",
        )
    return found[name]


def _groups(sums: WeightedSums, v: Varying, at: At | None) -> Place:
    """For which groups: where the predictors of a coefficient's equations are.

    With two groupings, those of the other one too: its group is a typical one.
    """
    varied = {pair for other in sums.structure.varying(v.level) for pair in other.factors}
    gammas = [g for g in sums.structure.gammas if g.level1 == v.level1]
    if v.level2:  # other predictors of level 2 move the outcome and not this slope
        gammas = [g for g in gammas if set(g.level2.variables) & set(v.level2.variables)]
    own = [pair for g in gammas for pair in factors_of(g) if pair[0] > 1 and pair not in varied]
    return sums.places.typical(own, at, f"The coefficient '{v.term.name}'")


def _sd(sums: WeightedSums, v: Varying) -> float:
    return float(np.sqrt(sums.estimates.of_level(v.level)[v.term.name][v.term.name]))


# --- moderators ---------------------------------------------------------------------------------


def _sums(fit: Fitted | WeightedSums, df: Df = "satterthwaite") -> WeightedSums:
    return fit if isinstance(fit, WeightedSums) else sums_of(fit, df)


def moderated(
    sums: WeightedSums, predictor: str, moderator: str, at: At | None
) -> tuple[Leveled, Key, Place]:
    """Find a predictor, the key of its moderator, and the place of the other moderators.

    Parameters
    ----------
    sums : WeightedSums
    predictor, moderator : str
        As for :func:`simple_slopes`.
    at : mapping of str to float or str, optional
        Values of the other moderators.

    Raises
    ------
    OptionError
        When one of them is not in the model, or they do not interact.
    """
    own = sums.factor(predictor)
    partners = sums.partners([own])
    along = moderator in {own[1].name, *own[1].variables} and sums.curves(own)
    factors = (*partners, own) if along else partners
    names = {name: key for pair in factors for key in sums.places.keys(*pair) for name in key[1:]}
    for level, factor in partners:
        names.setdefault(factor.name, (level, factor.name))
    if moderator not in names:
        if not any(moderator in {f.name, *f.variables} for _, f in sums.places.factors):
            sums.factor(moderator)  # says that there is none
        raise OptionError(
            f"The slope of '{predictor}' does not depend on '{moderator}' in this model.",
            f"Add the interaction '{moderator}:{predictor}' to the model.",
        )
    key = names[moderator]
    curved = bool(sums.curves(own)) and _named(at, own) and not along
    allowed = (*factors, own) if curved else factors
    place = sums.places.typical(allowed, at, f"The slope of '{predictor}'", apart=key)
    return own, key, place
