"""Likelihood-ratio tests of nested fits, and what chi-square they are held against.

A variance that is zero under the null hypothesis lies at the edge of what is possible.  Half of
the time its estimate is zero and the test has one df less, so that the reference is an equal
mixture of two chi-squares (Self & Liang 1987, Journal of the American Statistical Association
82(398); Stram & Lee 1994, Biometrics 50(4), for the tests of multilevel models).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import chdtrc

from mlmteach.fit.nesting import nested
from mlmteach.fit.optimum import minimise

if TYPE_CHECKING:
    from mlmteach.fit.results import Fit

__all__ = ["LikelihoodRatio", "by_ml", "likelihood_ratio"]


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


def by_ml(fit: Fit) -> Fit:
    """Return the fit by maximum likelihood, with the same moments."""
    if not fit.reml:
        return fit
    optimum = minimise(fit.moments, False, fit.optimum.factor)
    return fit.with_changes(reml=False, optimum=optimum, engine="profiled")


def likelihood_ratio(small: Fit, large: Fit) -> LikelihoodRatio | None:
    """Test a model against one that it is nested in.

    Parameters
    ----------
    small, large : Fit
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
    variances = large.moments.q - small.moments.q
    if variances == 0:
        return LikelihoodRatio(statistic, df, plain, plain, f"χ²({df})", "")
    if variances == 1:
        mixed = 0.5 * _tail(statistic, df - 1) + 0.5 * plain
        covariances = df - 1 - (large.moments.p - small.moments.p)
        return LikelihoodRatio(
            statistic,
            df,
            mixed,
            plain,
            f"0.5 χ²({df - 1}) + 0.5 χ²({df})",
            _mixture_in_words(df, covariances),
        )
    return LikelihoodRatio(
        statistic,
        df,
        plain,
        plain,
        f"χ²({df})",
        f"The null hypothesis sets {variances} variances to 0, the edge of what is possible. The "
        f"chi-square with {df} df is then too cautious: the true p-value is smaller. Add the "
        "random coefficients one at a time for a sharper test.",
    )


def _mixture_in_words(df: int, covariances: int) -> str:
    what = "a variance to 0" if covariances == 0 else "a variance and its covariances to 0"
    less = "is 0" if df == 1 else f"has {df - 1} df"
    return (
        f"The null hypothesis sets {what}. A variance cannot be negative, so that 0 is the edge of "
        "what is possible, and chance would push the estimate over it half of the time. Then the "
        f"statistic {less}, else it has {df} df: the p-value is the mean of the two."
    )


def _tail(statistic: float, df: int) -> float:
    """Return the probability of a chi-square of at least this; with 0 df it is always 0."""
    if df == 0:
        return float(statistic <= 0.0)
    return float(chdtrc(df, statistic))
