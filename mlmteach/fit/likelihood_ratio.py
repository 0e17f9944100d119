"""Likelihood-ratio tests of nested fits, and what chi-square they are held against.

A variance that is zero under the null hypothesis lies at the edge of what is possible.  Half of
the time its estimate is zero and the test has one df less, so that the reference is an equal
mixture of two chi-squares (Self & Liang 1987, Journal of the American Statistical Association
82(398); Stram & Lee 1994, Biometrics 50(4), for the tests of multilevel models).  So it is with the
Poisson distribution, which is a negative binomial at the edge, with 1/shape = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from mlmteach.errors import DataError
from mlmteach.fit.estimated import Estimated, Linear
from mlmteach.fit.fitted import Fitted, TwoLevel
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.kenward_roger import directions_of
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.variances import variances

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design, LayeredDesign
    from mlmteach.fit.fitted import GroupEffects
    from mlmteach.fit.optimum import Found

__all__ = [
    "NEGATIVE",
    "LikelihoodRatio",
    "PredictionError",
    "by_ml",
    "likelihood_ratio",
    "nested",
    "prediction_error_reduction",
    "require_same_rows",
    "same_columns",
    "variance_reduction",
]


F = TypeVar("F", bound=Fitted)


# --- whether two fits are to the same rows, and one model is a case of the other ----------
# Names do not decide: a model is nested in another when each mean ``X gamma`` and each covariance
# matrix ``Z T Z'`` that it allows is allowed by the other.

CLOSE = 1e-7  # what is left of a column, in its own length, when it lies in a span


def require_same_rows(first: Fitted, second: Fitted, names: tuple[str, str]) -> None:
    """Raise a DataError when two fits are not to the same outcome, rows and groups.

    Parameters
    ----------
    first, second : Fitted
    names : tuple of str
        What the fits are called in the message.
    """
    a, b = names
    if isinstance(first, Linear) != isinstance(second, Linear):
        normal, other = (a, b) if isinstance(first, Linear) else (b, a)
        raise DataError(
            f"{normal} has a normal outcome and {other} has not: the one likelihood is a density "
            "in the units of the outcome, the other a probability, so that they cannot be "
            "compared.",
            "Compare fits that are all normal, or fits none of which is; choose between the two by "
            "what the outcome is.",
        )
    if first.nobs != second.nobs:
        raise DataError(
            f"{a} was fitted to {first.nobs} rows and {b} to {second.nobs}, so that they cannot be "
            "compared.",
            "Drop the rows with missing values in any of the variables, and fit both again: data = "
            f"data.dropna(subset={_columns(first, second)}).",
        )
    same = True
    if isinstance(first, TwoLevel) and isinstance(second, TwoLevel):
        same = np.array_equal(first.design.sizes, second.design.sizes)
    if len(first.design.y) != len(second.design.y) or not same:
        raise DataError(
            f"{a} and {b} were fitted to different rows.",
            "Fit both to the same rows of the same data.",
        )
    if not np.allclose(first.design.y, second.design.y, rtol=1e-9, atol=0.0):
        raise DataError(
            f"{a} and {b} were fitted to different outcomes, or to rows in a different order.",
            "Fit both to the same outcome in the same frame.",
        )
    if len(first.effects) == len(second.effects) == 1:
        labels = [layer.groups.take(layer.codes) for layer in (*first.layers, *second.layers)]
        if not labels[0].equals(labels[1]):
            raise DataError(
                f"{a} and {b} have different groups.", "Fit both with the same grouping variable."
            )
    else:
        _require_same_groupings(first, second, names)
    if isinstance(first, NonNormal) and isinstance(second, NonNormal):
        _require_same_likelihood(first, second, names)


def _require_same_groupings(first: Fitted, second: Fitted, names: tuple[str, str]) -> None:
    """Raise a DataError where a grouping of one name divides the rows in two ways.

    That is so when ids are used again: class 1 of one school is class 1 of another where the model
    has classes alone.
    """
    own = {effects.name: effects for effects in first.effects}
    for effects in second.effects:
        if effects.name in own and not same_groups(own[effects.name], effects):
            raise DataError(
                f"The groups of '{effects.name}' are others in {names[1]} than in {names[0]}: a "
                "label stands for several groups in one of them.",
                f"Give each group of '{effects.name}' a label of its own, in a new column, and fit "
                "both again with it.",
            )


def same_groups(one: GroupEffects, other: GroupEffects) -> bool:
    """Whether two groupings divide the rows in the same way, whatever their labels.

    Of rows that came in chunks, those of the sample.
    """
    a, b = one.layer, other.layer
    pairs = len(pd.unique(a.codes.astype(np.int64) * len(b.groups) + b.codes))
    return pairs == len(pd.unique(a.codes)) == len(pd.unique(b.codes))


def _require_same_likelihood(first: NonNormal, second: NonNormal, names: tuple[str, str]) -> None:
    """Raise a DataError when two likelihoods are not approximated alike, or of unlike trials."""
    a, b = names
    if first.points != second.points:
        raise DataError(
            f"{a} was fitted with points={first.points} and {b} with points={second.points}: their "
            "likelihoods are approximated in different ways, so that they cannot be compared.",
            "Fit both with the same number of points.",
        )
    if first.model.family.is_binomial != second.model.family.is_binomial:
        count, other = (a, b) if first.model.family.is_count else (b, a)
        raise DataError(
            f"The outcome of {count} is a count without an upper limit and that of {other} is "
            "none, so that they cannot be compared.",
            "Choose between them by what the outcome is.",
        )
    if not np.array_equal(first.trials, second.trials):
        raise DataError(
            f"{a} and {b} have different numbers of trials.", "Fit both with the same `trials`."
        )


def _columns(first: Fitted, second: Fitted) -> list[str]:
    """The columns that either of two fits needs."""
    models = (first.model, second.model)
    return list(dict.fromkeys(name for model in models for name in model.variables))


def same_columns(first: Fitted, second: Fitted) -> bool:
    """Whether two fits have the same X, in whatever order of columns, so that REML compares.

    The order is that of levels, and a column may stand at another level where a grouping is new.
    """
    a, b = first.design.X, second.design.X
    if a is b or a.shape != b.shape:
        return a is b
    left = list(range(b.shape[1]))
    for column in a.T:
        same = (k for k in left if np.allclose(column, b[:, k], rtol=1e-9, atol=0.0))
        if (twin := next(same, None)) is None:
            return False
        left.remove(twin)
    return True


def mean_is_nested(small: Fitted, large: Fitted) -> bool:
    """Whether the columns of one X lie in the span of the other's."""
    return combination(small.design.X, large.design.X) is not None


def dispersion_is_nested(small: Design | LayeredDesign, large: Design | LayeredDesign) -> bool:
    """Whether each pattern of level-1 variances that one model allows is allowed by the other.

    Their known precisions have to be the same but for a factor, and rows that share a σ² in the
    larger model have to share it in the smaller one.
    """
    ratio = (1.0 if small.precision is None else small.precision) / (
        1.0 if large.precision is None else large.precision
    )
    if not np.allclose(ratio, np.mean(ratio), rtol=1e-9, atol=0.0):
        return False
    if small.strata is None:
        return True
    if large.strata is None:
        return False
    pairs = np.unique(np.column_stack([large.strata, small.strata]), axis=0)
    return len(pairs) == len(np.unique(large.strata))


def family_is_nested(small: Fitted, large: Fitted) -> bool:
    """Whether each distribution of an outcome, given its mean, is one of the other family.

    The mean itself has to hang on η in the same way: the links are the same, and so are exposures,
    but for a factor that an intercept takes up.
    """
    if not isinstance(small, NonNormal) or not isinstance(large, NonNormal):
        return True
    one, other = small.model.family, large.model.family
    if (one.name, other.name) != ("poisson", "negbin") and one.name != other.name:
        return False
    if one.link != other.link:
        return False
    shift = (small.offset - large.offset)[:, None]
    return not shift.any() or combination(shift, large.design.X) is not None


def nested(small: Fitted, large: Fitted) -> bool:
    """Whether each distribution that one model allows is allowed by the other.

    Parameters
    ----------
    small, large : Fitted
        To the same rows.

    Returns
    -------
    bool
    """
    if not mean_is_nested(small, large) or not dispersion_is_nested(small.design, large.design):
        return False
    if not family_is_nested(small, large):
        return False
    return all(
        any(same_groups(own, other) and effects_are_nested(own, other) for other in large.effects)
        for own in small.effects
    )


def effects_are_nested(small: GroupEffects, large: GroupEffects) -> bool:
    """Whether each ``Z T Z'`` that one model allows for a grouping is allowed by the other."""
    change = combination(small.layer.Z, large.layer.Z)  # (q_large, q_small)
    if change is None:
        return False
    allowed = np.abs(directions_of(large.layer.blocks)).sum(axis=0) > 0.0
    spread = np.sqrt(np.einsum("na,na->a", large.layer.Z, large.layer.Z))
    for direction in directions_of(small.layer.blocks):
        wanted = np.abs(change @ direction @ change.T) * np.multiply.outer(spread, spread)
        if np.any(wanted[~allowed] > CLOSE * wanted.max()):
            return False
    return True


def combination(columns: FloatArray, of: FloatArray) -> FloatArray | None:
    """Write columns as linear combinations of others.

    Parameters
    ----------
    columns : (n, a) array
    of : (n, b) array

    Returns
    -------
    (b, a) array or None
        C with ``columns = of @ C``; None when there is no such C.

    Examples
    --------
    >>> combination(np.array([[2.0], [4.0]]), np.array([[1.0], [2.0]])).round(6).tolist()
    [[2.0]]
    """
    if not columns.shape[1]:
        return np.zeros((of.shape[1], 0))
    if not of.shape[1]:
        return None
    unit, length = (np.sqrt(np.einsum("na,na->a", m, m)) for m in (of, columns))
    solved = np.linalg.lstsq(of / unit, columns / length, rcond=None)[0]
    rest = columns / length - (of / unit) @ solved
    if float(np.sqrt(np.einsum("na,na->a", rest, rest)).max()) > CLOSE:
        return None
    weights: FloatArray = solved / unit[:, None] * length
    return weights


# --- likelihood-ratio tests of nested fits, and what chi-square they are held against -----

ROUNDING = 1e-6  # a difference of deviances that is no more than rounding


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test.

    Attributes
    ----------
    statistic : float
        The difference of the deviances.
    df : int
        The difference of the numbers of parameters.
    pvalue : float
        By the reference distribution.
    pvalue_plain : float
        By the chi-square with ``df``, for comparison.
    reference : str
        The reference distribution, such as ``"0.5 χ²(1) + 0.5 χ²(2)"``.
    note : str
        Why it is this one, in words; empty for a plain chi-square.
    """

    statistic: float
    df: int
    pvalue: float
    pvalue_plain: float
    reference: str
    note: str


def by_ml(fit: F) -> F:
    """Return the fit by maximum likelihood, with the same moments."""
    if not isinstance(fit, Linear) or not fit.reml:
        return fit
    optimum: Found[Any] = minimise(fit.moments, False, fit.optimum.factor)
    moments = fit.moments.at(optimum.log_ratios)
    engine = {"engine": "profiled"} if isinstance(fit, Estimated) else {}
    return fit.with_changes(reml=False, moments=moments, optimum=optimum, **engine)


def likelihood_ratio(small: Fitted, large: Fitted) -> LikelihoodRatio | None:
    """Test a model against one that it is nested in.

    Parameters
    ----------
    small, large : Fitted
        To the same rows, both by ML, or both by REML with the same X.

    Returns
    -------
    LikelihoodRatio or None
        None when the first is not nested in the second, or they are equal.
    """
    df = large.n_parameters - small.n_parameters
    if df <= 0 or not nested(small, large):
        return None
    gain = small.criterion - large.criterion
    statistic = gain if gain > ROUNDING else 0.0
    plain = _tail(statistic, df)
    variances = len(large.design.z_names) - len(small.design.z_names)
    shapes = (large.shape is not None) - (small.shape is not None)
    if variances + shapes == 0:
        return LikelihoodRatio(statistic, df, plain, plain, f"χ²({df})", "")
    if variances + shapes == 1:
        mixed = 0.5 * _tail(statistic, df - 1) + 0.5 * plain
        other = len(large.params) - len(small.params)
        other += len(large.residual_variances) - len(small.residual_variances)
        covariances = df - 1 - other
        return LikelihoodRatio(
            statistic,
            df,
            mixed,
            plain,
            f"0.5 χ²({df - 1}) + 0.5 χ²({df})",
            _shape_in_words(df) if shapes else _mixture_in_words(df, covariances),
        )
    what = f"{variances} variances" if not shapes else f"1/shape and {_counted(variances)}"
    return LikelihoodRatio(
        statistic,
        df,
        plain,
        plain,
        f"χ²({df})",
        f"The null hypothesis sets {what} to 0, the edge of what is possible. The "
        f"chi-square with {df} df is then too cautious: the true p-value is smaller. "
        + (
            "Add the random coefficients one at a time for a sharper test."
            if not shapes
            else "Add the random coefficients and the shape one at a time for a sharper test."
        ),
    )


def _counted(variances: int) -> str:
    return "a variance" if variances == 1 else f"{variances} variances"


def _shape_in_words(df: int) -> str:
    return (
        "A Poisson distribution is a negative binomial with 1/shape = 0. That cannot be negative, "
        "so that 0 is the edge of what is possible, and chance would push the estimate over it "
        f"half of the time. {_half_in_words(df)}"
    )


def _mixture_in_words(df: int, covariances: int) -> str:
    what = "a variance to 0" if covariances == 0 else "a variance and its covariances to 0"
    return (
        f"The null hypothesis sets {what}. A variance cannot be negative, so that 0 is the edge of "
        "what is possible, and chance would push the estimate over it half of the time. "
        f"{_half_in_words(df)}"
    )


def _half_in_words(df: int) -> str:
    less = "is 0" if df == 1 else f"has {df - 1} df"
    return f"Then the statistic {less}, else it has {df} df: the p-value is the mean of the two."


def _tail(statistic: float, df: int) -> float:
    """Return the probability of a chi-square of at least this; with 0 df it is always 0."""
    if df == 0:
        return float(statistic <= 0.0)
    return float(chdtrc(df, statistic))


# --- how much variance the predictors of a model explain at each level --------------------
# Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 4: the reduction of a variance
# from one model to another.  Snijders & Bosker (2012), *Multilevel Analysis*, chapter 7: the
# reduction of the error with which a value, or a group's mean, is predicted; for models with random
# slopes it is computed from the same model with a random intercept only, as they advise.

NEGATIVE = (
    "A share of explained variance is negative. That is possible: a predictor that varies within "
    "groups lowers the variance within, so that less of the observed variation between groups is "
    "put down to chance, and the estimated variance between groups rises. It can also be chance, "
    "or a sign that the fixed part of the model is wrong."
)


class PredictionError(NamedTuple):
    """Snijders and Bosker's shares of explained variance.

    ``level1`` is the reduction of the error for a single value, ``level2`` for a group's mean.
    """

    level1: float
    level2: float


def variance_reduction(fit: Linear, fits: Sequence[Linear]) -> pd.Series[float]:
    """Compute the share by which each variance is smaller than in an earlier model.

    Parameters
    ----------
    fit : Linear
    fits : sequence of Linear
        A variance is compared with that of the first of them that has it.  With groupings that
        the fit has not, or without some that it has, variances are of other things.

    Returns
    -------
    pandas.Series
        One entry a variance of the fit, such as ``sigma2`` and ``var(Intercept)``; NaN where the
        earlier one is 0.
    """
    now, shares = variances(fit), {}
    groupings = [effects.name for effects in fit.effects]
    fits = [other for other in fits if [e.name for e in other.effects] == groupings]
    for name in now.index[~now.index.str.startswith("cov(")]:
        before = next((v[name] for v in map(variances, fits) if name in v.index), now[name])
        shares[str(name)] = 1.0 - now[name] / before if before > 0.0 else np.nan
    return pd.Series(shares, dtype=float)


def prediction_error_reduction(fit: Estimated) -> PredictionError:
    """Compute Snijders and Bosker's shares of explained variance, against the empty model.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    PredictionError
        A group's mean is that of a group of representative size, the harmonic mean of the sizes.
        NaN when the fixed part holds no constant, since the empty model is then no case of it.
    """
    sizes = fit.design.sizes
    size = len(sizes) / float(np.sum(1.0 / sizes))
    if fit.design.census is not None:
        return _reduction_by_sums(fit, size)
    one = np.ones((fit.nobs, 1))
    if combination(one, fit.design.X) is None:
        return PredictionError(np.nan, np.nan)
    tau, sigma2 = _random_intercept(fit.design, fit.design.X, fit.design.x_names, fit.reml)
    tau0, sigma20 = _random_intercept(fit.design, one, ("Intercept",), fit.reml)
    return PredictionError(
        1.0 - (sigma2 + tau) / (sigma20 + tau0),
        1.0 - (sigma2 / size + tau) / (sigma20 / size + tau0),
    )


def _reduction_by_sums(fit: Estimated, size: float) -> PredictionError:
    """Compute the same from the sums over rows that are not kept."""
    x_names, z_names, whole = fit.design.x_names, fit.design.z_names, fit.moments
    if "Intercept" not in x_names or "Intercept" not in z_names:
        return PredictionError(np.nan, np.nan)
    own, one = x_names.index("Intercept"), z_names.index("Intercept")
    found = []
    for kept in (np.arange(whole.p), np.array([own])):
        both = np.append(kept, whole.p)
        moments = replace(
            whole,
            zz=whole.zz[:, [one]][:, :, [one]],
            zw=whole.zw[:, [one]][:, :, both],
            ww=whole.ww[np.ix_(both, both)],
            blocks=((0,),),
            scaling=replace(
                whole.scaling,
                x=whole.scaling.x[np.ix_(kept, kept)],
                z=np.ones((1, 1)),
                shift=whole.scaling.shift[kept],
            ),
        )
        solution = minimise(moments, fit.reml).solution
        sigma2 = solution.sigma2 * moments.scaling.y_scale**2
        found.append((sigma2 * float(solution.psi[0, 0]), sigma2))
    (tau, sigma2), (tau0, sigma20) = found
    return PredictionError(
        1.0 - (sigma2 + tau) / (sigma20 + tau0),
        1.0 - (sigma2 / size + tau) / (sigma20 / size + tau0),
    )


def _random_intercept(
    design: Design, x: FloatArray, names: tuple[str, ...], reml: bool
) -> tuple[float, float]:
    """Return tau_00 and sigma2 of the model with these columns of X and a random intercept.

    Where the level-1 variance differs between rows, sigma2 is its average over them.
    """
    one = np.ones((len(design.y), 1))
    simple = replace(design, X=x, Z=one, x_names=names, z_names=("Intercept",), blocks=((0,),))
    moments = cross_products(simple)
    optimum = minimise(moments, reml)
    solution = optimum.solution
    sigma2 = solution.sigma2 * moments.scaling.y_scale**2
    z = float(moments.scaling.z[0, 0])
    spread = np.ones(len(design.y)) if design.precision is None else 1.0 / design.precision
    if optimum.log_ratios is not None:
        spread = spread * np.exp(optimum.log_ratios)[design.strata]
    return sigma2 * z**2 * float(solution.psi[0, 0]), sigma2 * float(spread.mean())
