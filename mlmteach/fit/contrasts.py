"""Linear combinations of γ: their estimates, standard errors, tests and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from mlmteach.data.levels import first_rows, first_varying_row
from mlmteach.errors import FitError, OptionError
from mlmteach.fit.kenward_roger import KenwardRoger, kenward_roger
from mlmteach.fit.variances import require_level

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated
    from mlmteach.fit.kenward_roger import Df
    from mlmteach.model.symbols import Gamma

__all__ = [
    "JohnsonNeyman",
    "PlausibleRange",
    "combinations",
    "contextual_effects",
    "design_effect",
    "gammas_of",
    "is_centred",
    "johnson_neyman",
    "observed_values",
    "plausible_range",
    "reliability",
    "share_negative",
    "simple_slopes",
    "slope_weights",
    "test_rows",
    "tests_of",
]


def combinations(
    fit: Estimated,
    weights: Mapping[str, Mapping[str, float]],
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> pd.DataFrame:
    """Estimate and test linear combinations of γ.

    Parameters
    ----------
    fit : Estimated
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
        ``upper``.

    Raises
    ------
    OptionError
        When there is no such term.
    """
    names = list(fit.params.index)
    rows = np.zeros((len(weights), len(names)))
    for row, (_, terms) in zip(rows, weights.items(), strict=True):
        for term, weight in terms.items():
            if term not in names:
                raise OptionError(f"There is no term '{term}'.", f"Use {', '.join(names)}.")
            row[names.index(term)] = weight
    return test_rows(fit, rows, list(weights), level, df)


def test_rows(
    fit: Estimated, rows: FloatArray, index: list[str] | pd.Index[float], level: float, df: Df
) -> pd.DataFrame:
    """Estimate and test combinations that are given as rows of weights, (m, p)."""
    require_level(level)
    by = tests_of(fit, df)
    vcov = by.cov_params().to_numpy()
    estimate = rows @ fit.params.to_numpy()  # (m, p) @ (p,)
    se = np.sqrt(np.einsum("mp,pq,mq->m", rows, vcov, rows))
    degrees = by.contrast_df(rows)
    t = estimate / se
    half = se * np.asarray(stdtrit(degrees, 0.5 + level / 2.0))
    return pd.DataFrame(
        {
            "estimate": estimate,
            "SE": se,
            "df": degrees,
            "t": t,
            "p": 2.0 * np.asarray(stdtr(degrees, -np.abs(t))),
            "lower": estimate - half,
            "upper": estimate + half,
        },
        index=index,
    )


def tests_of(fit: Estimated, df: Df) -> Estimated | KenwardRoger:
    """Return what has the standard errors, df, t and p of γ by a method.

    Raises
    ------
    OptionError
        When there is no such method.
    """
    if df == "satterthwaite":
        return fit
    if df == "kenward-roger":
        return kenward_roger(fit)
    raise OptionError(f"There are no df '{df}'.", "Use 'satterthwaite' or 'kenward-roger'.")


def gammas_of(fit: Estimated) -> tuple[Gamma, ...]:
    """Return the γ of the fitted model with their terms.

    Raises
    ------
    FitError
        When the fit was made from bare arrays.
    """
    gammas: tuple[Gamma, ...] | None = getattr(fit.model, "gammas", None)
    if gammas is None:
        raise FitError(
            "This fit was made from bare arrays, so that its columns are not terms of a model.",
            "Fit a Model to a DataFrame.",
        )
    return gammas


def slope_weights(fit: Estimated, predictor: str, at: Mapping[str, float]) -> FloatArray:
    """Weights of γ in the slope of a predictor.

    Parameters
    ----------
    fit : Estimated
    predictor : str
        A variable, or a contrast such as ``"sex[T.F]"``.
    at : mapping of str to float
        Values of the variables that it interacts with; 0 where nothing is said.

    Returns
    -------
    (p,) array

    Raises
    ------
    OptionError
        When the predictor, or one that values are given for, is not in the model, or when the
        slope is not the same at all values of the predictor.
    """
    gammas = gammas_of(fit)
    weights = np.zeros(len(gammas))
    partners = set()
    for k, gamma in enumerate(gammas):
        factors = (gamma.level2 * gamma.level1).factors
        names = [factor.name for factor in factors]
        if names.count(predictor) != 1:
            used = any(predictor in factor.variables and not factor.suffix for factor in factors)
            if predictor in names or used:
                raise OptionError(
                    f"The slope of '{predictor}' is not one number, since the model has "
                    f"'{gamma.name}'.",
                    "Ask for it in a model in which the predictor enters linearly.",
                )
            continue
        names.remove(predictor)
        partners.update(names)
        weights[k] = np.prod([at.get(name, 0.0) for name in names])
    if not weights.any() and not partners:
        single = sorted({f.name for gamma in gammas for f in (gamma.level2 * gamma.level1).factors})
        raise OptionError(
            f"There is no predictor '{predictor}' in the model.", f"Use {', '.join(single)}."
        )
    strangers = set(at) - partners
    if strangers:
        choices = ", ".join(sorted(partners)) or "no variable"
        raise OptionError(
            f"The slope of '{predictor}' does not depend on '{sorted(strangers)[0]}'.",
            f"In this model it depends on {choices}.",
        )
    return weights


# --- what an interaction says: simple slopes, and where a slope differs from zero ---------
# Bauer & Curran (2005), Multivariate Behavioral Research 40(3), for multilevel models; the region
# of significance is Johnson and Neyman's.


@dataclass(frozen=True)
class JohnsonNeyman:
    """For which values of a moderator a slope differs significantly from zero.

    Attributes
    ----------
    predictor, moderator : str
    level : float
        The confidence level, such as 0.95.
    bounds : tuple of float
        The values at which the slope turns significant, in order; none, one or two.
    inside : bool
        Whether the slope is significant between the bounds (or, without bounds, everywhere),
        rather than outside them.
    least, greatest : float
        The range of the moderator in the data.
    share : float
        The share of the data in which the slope is significant: of the groups when the moderator
        is a level-2 variable, of the rows otherwise.
    """

    predictor: str
    moderator: str
    level: float
    bounds: tuple[float, ...]
    inside: bool
    least: float
    greatest: float
    share: float

    def __str__(self) -> str:
        slope, alpha = f"The slope of {self.predictor}", f"{1.0 - self.level:.3g}"
        if not self.bounds:
            word = "every" if self.inside else "no"
            return (
                f"{slope} differs from 0 (at the {alpha} level) at {word} value of "
                f"{self.moderator}."
            )
        low, high = self.bounds
        where = (
            f"between {low:.4g} and {high:.4g}"
            if self.inside
            else f"below {low:.4g} and above {high:.4g}"
        )
        return (
            f"{slope} differs from 0 (at the {alpha} level) where {self.moderator} is {where}. "
            f"In the data, {self.moderator} goes from {self.least:.4g} to {self.greatest:.4g}; "
            f"this holds for {100.0 * self.share:.0f} % of its values."
        )


def simple_slopes(
    fit: Estimated,
    predictor: str,
    moderator: str,
    values: Sequence[float] | None = None,
    *,
    at: Mapping[str, float] | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> pd.DataFrame:
    """Compute the slope of a predictor at values of a moderator.

    Parameters
    ----------
    fit : Estimated
    predictor, moderator : str
        Variables, or contrasts such as ``"sex[T.F]"``.
    values : sequence of float, optional
        Of the moderator.  When left out: the two values of a 0/1 variable, and otherwise the mean
        and one standard deviation to each side, over groups for a level-2 variable.
    at : mapping of str to float, optional
        Values of other moderators; they are 0 where nothing is said.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        One row a value; columns as from ``combinations``.

    Raises
    ------
    OptionError
        When one of them is not in the model, or they do not interact.
    """
    weights = _weights(fit, predictor, moderator, at or {})
    if values is None:
        observed = observed_values(fit, moderator)
        if len(np.unique(observed)) <= 2:
            points = np.unique(observed)
        else:
            points = observed.mean() + observed.std(ddof=1) * np.array([-1.0, 0.0, 1.0])
    else:
        points = np.asarray(values, dtype=float)
    rows = np.array([weights[0] + value * weights[1] for value in points])
    return test_rows(fit, rows, pd.Index(points, name=moderator), level, df)


def johnson_neyman(
    fit: Estimated,
    predictor: str,
    moderator: str,
    *,
    at: Mapping[str, float] | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> JohnsonNeyman:
    """Find for which values of a moderator a slope differs significantly from zero.

    Parameters
    ----------
    fit : Estimated
    predictor, moderator : str
    at : mapping of str to float, optional
        Values of other moderators; they are 0 where nothing is said.
    level : float
    df : {"satterthwaite", "kenward-roger"}
        The degrees of freedom change with the value of the moderator, and are followed.

    Returns
    -------
    JohnsonNeyman
    """
    require_level(level)
    base, change = _weights(fit, predictor, moderator, at or {})
    by = tests_of(fit, df)
    vcov = by.cov_params().to_numpy()
    estimate = fit.params.to_numpy()

    def quadratic(degrees: float) -> tuple[float, float, float]:
        """(estimate)² minus the squared quantile times the variance, in powers of the moderator."""
        square = float(stdtrit(degrees, 0.5 + level / 2.0)) ** 2
        a, b = float(base @ estimate), float(change @ estimate)
        va, vb = float(base @ vcov @ base), float(change @ vcov @ change)
        vab = float(base @ vcov @ change)
        return b**2 - square * vb, 2.0 * (a * b - square * vab), a**2 - square * va

    def roots(degrees: float) -> FloatArray:
        two, one, none = quadratic(degrees)
        inner = one**2 - 4.0 * two * none
        if inner <= 0.0 or two == 0.0:
            return np.empty(0)
        return np.sort((-one + np.array([-1.0, 1.0]) * np.sqrt(inner)) / (2.0 * two))

    observed = observed_values(fit, moderator)
    centre = float(observed.mean())
    typical = float(by.contrast_df(base + centre * change)[0])
    bounds = []
    for side, start in enumerate(roots(typical)):
        value = float(start)
        for _ in range(50):
            found = roots(float(by.contrast_df(base + value * change)[0]))
            if not len(found) or abs(found[side] - value) <= 1e-10 * max(1.0, abs(value)):
                break
            value = float(found[side])
        bounds.append(value)
    two, one, none = quadratic(typical)
    if bounds:
        inside = two < 0.0
        between = (observed > bounds[0]) & (observed < bounds[1])
        share = float(np.mean(between if inside else ~between))
    else:
        inside = two * centre**2 + one * centre + none > 0.0
        share = float(inside)
    return JohnsonNeyman(
        predictor,
        moderator,
        level,
        tuple(bounds),
        inside,
        float(observed.min()),
        float(observed.max()),
        share,
    )


def observed_values(fit: Estimated, name: str) -> FloatArray:
    """Return the values of a variable, one a group when it is constant within groups.

    Raises
    ------
    OptionError
        When it is neither a column of numbers nor a contrast of the model.
    """
    codes = fit.design.codes
    if name in fit.frame and pd.api.types.is_numeric_dtype(fit.frame[name]):
        values = fit.frame[name].to_numpy(dtype=float)
    elif name in fit.design.x_names:
        values = fit.design.X[:, fit.design.x_names.index(name)]
    else:
        raise OptionError(
            f"The values of '{name}' are not known.", "Name a variable or a contrast of the model."
        )
    if first_varying_row(values, first_rows(codes)) is not None:
        return values
    first = np.unique(codes, return_index=True)[1]
    groups: FloatArray = values[first]
    return groups


def _weights(
    fit: Estimated, predictor: str, moderator: str, at: Mapping[str, float]
) -> tuple[FloatArray, FloatArray]:
    """Weights of the slope where the moderator is 0, and what one unit of it adds."""
    terms = [{f.name for f in (g.level2 * g.level1).factors} for g in gammas_of(fit)]
    for name in (predictor, moderator):
        if not any(name in names for names in terms):
            raise OptionError(
                f"There is no predictor '{name}' in the model.",
                f"Use {', '.join(sorted(set().union(*terms)))}.",
            )
    if not any({predictor, moderator} <= names for names in terms):
        raise OptionError(
            f"The slope of '{predictor}' does not depend on '{moderator}' in this model.",
            f"Add the interaction '{moderator}:{predictor}' to the model.",
        )
    base = slope_weights(fit, predictor, {**at, moderator: 0.0})
    return base, slope_weights(fit, predictor, {**at, moderator: 1.0}) - base


# --- what T and σ² say about groups: design effect, reliability, the spread of slopes -----


class PlausibleRange(NamedTuple):
    """The range in which a coefficient lies in most groups."""

    lower: float
    upper: float
    mean: float
    sd: float


def design_effect(fit: Estimated) -> float:
    """How much larger clustering makes the variance of a mean: 1 + (n - 1) ICC.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    float
        With n the average size of the groups (Kish 1965, *Survey Sampling*).
    """
    return 1.0 + (fit.nobs / fit.ngroups - 1.0) * fit.icc


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
    back = fit.moments.scaling.z_inverse
    zz = back.T @ fit.moments.zz @ back  # (J, q, q) in the data's units
    unit = np.sqrt(np.einsum("jaa->a", zz))
    scaled = zz / np.multiply.outer(unit, unit)
    least, most = np.linalg.eigvalsh(scaled)[:, [0, -1]].T
    known = least > 1e-10 * most
    noise = np.full((fit.ngroups, fit.moments.q), np.nan)
    inverse = np.linalg.inv(scaled[known])
    noise[known] = fit.scale * np.einsum("jaa->ja", inverse) / unit**2
    tau = np.diag(fit.cov_re)
    index = fit.design.groups.rename(fit.model.group)
    return pd.DataFrame(tau / (tau + noise), index=index, columns=list(fit.design.z_names))


def plausible_range(
    fit: Estimated, coefficient: str, *, at: Mapping[str, float] | None = None, level: float = 0.95
) -> PlausibleRange:
    """Compute the range in which a random coefficient lies in most groups.

    Parameters
    ----------
    fit : Estimated
    coefficient : str
        A random coefficient: ``"Intercept"``, or a level-1 predictor with a U.
    at : mapping of str to float, optional
        Values of the level-2 predictors of this coefficient; their means over groups where
        nothing is said.
    level : float
        The share of the groups.

    Returns
    -------
    PlausibleRange
        The mean of the coefficient plus and minus a normal quantile times √τ_qq (Raudenbush &
        Bryk 2002, chapter 4).
    """
    require_level(level)
    mean, sd = float(_means(fit, coefficient, at or {}).mean()), _sd(fit, coefficient)
    half = float(ndtri(0.5 + level / 2.0)) * sd
    return PlausibleRange(mean - half, mean + half, mean, sd)


def share_negative(
    fit: Estimated, coefficient: str, *, at: Mapping[str, float] | None = None
) -> float:
    """Estimate in which share of groups a random coefficient is negative.

    Parameters
    ----------
    fit : Estimated
    coefficient : str
    at : mapping of str to float, optional
        Values of the level-2 predictors of this coefficient.  Where nothing is said, each group
        has its own, and the shares are averaged.

    Returns
    -------
    float
        By the normal distribution of the U.
    """
    means, sd = _means(fit, coefficient, at or {}), _sd(fit, coefficient)
    if sd == 0.0:
        return float(np.mean(means < 0.0))
    return float(np.mean(ndtr(-means / sd)))


def _position(fit: Estimated, coefficient: str) -> int:
    if coefficient not in fit.design.z_names:
        raise OptionError(
            f"The coefficient '{coefficient}' is not random in this model.",
            f"Use {' or '.join(fit.design.z_names)}.",
        )
    return fit.design.z_names.index(coefficient)


def _sd(fit: Estimated, coefficient: str) -> float:
    k = _position(fit, coefficient)
    return float(np.sqrt(fit.cov_re.to_numpy()[k, k]))


def _means(fit: Estimated, coefficient: str, at: Mapping[str, float]) -> FloatArray:
    """The level-2 equation without U, one value a group, (J,)."""
    z = fit.design.Z[:, _position(fit, coefficient)]
    codes = fit.design.codes
    squares = np.bincount(codes, weights=z**2)
    known = squares > 0.0
    means = np.zeros(int(known.sum()))
    unused = set(at)
    for k, gamma in enumerate(gammas_of(fit)):
        if gamma.level1.name != coefficient:
            continue
        names = [factor.name for factor in gamma.level2.factors]
        unused -= set(names)
        if names and all(name in at for name in names):
            values = np.full(len(means), float(np.prod([at[name] for name in names])))
        else:  # the column of X is the level-2 predictor times z
            products = np.bincount(codes, weights=z * fit.design.X[:, k])
            values = products[known] / squares[known]
        means += float(fit.params.iloc[k]) * values
    if unused:
        raise OptionError(
            f"The coefficient '{coefficient}' does not depend on '{sorted(unused)[0]}'.",
            "Leave it out, or add it to the level-2 equation.",
        )
    return means


# --- within, between and contextual effects of a predictor that varies at both levels -----
# Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 5; Snijders & Bosker (2012),
# *Multilevel Analysis*, section 4.6.

CENTRED = 0.01  # share of the variance between groups below which a predictor counts as centred


def is_centred(fit: Estimated, name: str) -> bool:
    """Whether a predictor's means are the same in all groups, or all but the same."""
    values, codes = observed_values(fit, name), fit.design.codes
    if len(values) != len(codes):
        raise OptionError(
            f"The predictor '{name}' does not vary within groups.", "Name a level-1 predictor."
        )
    means = np.bincount(codes, weights=values) / np.bincount(codes)
    return bool(np.var(means[codes]) < CENTRED * np.var(values))


def contextual_effects(
    fit: Estimated, within: str, between: str, *, level: float = 0.95, df: Df = "satterthwaite"
) -> pd.DataFrame:
    """Compute the within, between and contextual effects of a predictor.

    Parameters
    ----------
    fit : Estimated
        Of a model with both predictors.
    within : str
        The level-1 predictor, raw or centred at the means of the groups.
    between : str
        The groups' mean of it.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        Rows ``within``, ``between`` and ``contextual`` (between minus within); columns as from
        ``combinations``.  With a raw predictor, γ of the mean is the contextual effect; with a
        centred one it is the effect between.  What interacts with them is taken at 0.

    Raises
    ------
    OptionError
        When one of them is not in the model, or is at the wrong level.
    """
    inner, outer = slope_weights(fit, within, {}), slope_weights(fit, between, {})
    if len(observed_values(fit, between)) != fit.ngroups:
        raise OptionError(
            f"The predictor '{between}' varies within groups.",
            "Name the level-2 predictor that holds the means of the groups.",
        )
    if is_centred(fit, within):
        rows = np.array([inner, outer, outer - inner])
    else:
        rows = np.array([inner, inner + outer, outer])
    return test_rows(fit, rows, ["within", "between", "contextual"], level, df)
