"""Kenward and Roger's covariance matrix of gamma, and their degrees of freedom.

The usual covariance matrix treats the estimated T and sigma2 as if they were known, and is
therefore too small in small samples.  Kenward & Roger (1997), Biometrics 53(3), 983-997, add what
the estimation of the variances costs, and choose df so that the scaled Wald statistic has the
first two moments of an F.  The arithmetic follows Halekoh & Hojsgaard (2014), Journal of
Statistical Software 59(9) (the R package pbkrtest); no matrix with n rows and columns is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr

from mlmteach.errors import FitError, OptionError
from mlmteach.fit.information import Information, information

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["FTest", "KenwardRoger", "kenward_roger"]


class FTest(NamedTuple):
    """A test that several linear combinations of gamma are all zero."""

    statistic: float
    df: float
    df_residual: float
    pvalue: float


@dataclass(frozen=True, eq=False)
class KenwardRoger:
    """Inference about gamma that accounts for the estimation of the variances.

    Attributes
    ----------
    params : pandas.Series
        Gamma, (p,).
    vcov : pandas.DataFrame
        Its adjusted covariance matrix, (p, p).
    information : Information
    change : (p, p) array
        From internal units of gamma to the data's.
    """

    params: pd.Series[float]
    vcov: pd.DataFrame
    information: Information
    change: FloatArray

    def cov_params(self) -> pd.DataFrame:
        """The adjusted covariance matrix of gamma, (p, p); the same as :attr:`vcov`."""
        return self.vcov

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Adjusted standard errors, (p,)."""
        return pd.Series(np.sqrt(np.diag(self.vcov)), index=self.params.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom, (p,)."""
        values = self.contrast_df(np.eye(len(self.params)))
        return pd.Series(values, index=self.params.index, name="df")

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """Gamma divided by the adjusted standard error, (p,)."""
        return (self.params / self.bse).rename("tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of gamma = 0, (p,)."""
        tail = np.asarray(stdtr(self.df.to_numpy(), -np.abs(self.tvalues.to_numpy())))
        return pd.Series(2.0 * tail, index=self.params.index, name="pvalues")

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Degrees of freedom of linear combinations of gamma, one at a time.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination.

        Returns
        -------
        (m,) array
        """
        rows = np.atleast_2d(np.asarray(contrasts, dtype=float)) @ self.change  # (m, p)
        info = self.information
        half = rows @ info.phi  # (m, p)
        variance = np.einsum("mp,mp->m", half, rows)
        change = np.einsum("mp,rpq,mq->mr", half, info.P, half) / variance[:, None]
        df: FloatArray = 2.0 / np.einsum("mr,rs,ms->m", change, info.W, change)
        return df

    def f_test(self, contrasts: ArrayLike) -> FTest:
        """Test that linear combinations of gamma are all zero.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination; the rows are linearly independent.

        Returns
        -------
        FTest
            The scaled statistic, its two degrees of freedom and its p-value.

        Raises
        ------
        OptionError
            When the rows are linearly dependent.
        """
        given = np.atleast_2d(np.asarray(contrasts, dtype=float))
        if np.linalg.matrix_rank(given) < len(given):
            raise OptionError(
                "The linear combinations depend on one another.",
                "Leave out those that follow from the others.",
            )
        rows = given @ self.change  # (m, p)
        m, info = len(rows), self.information
        theta = rows.T @ np.linalg.solve(rows @ info.phi @ rows.T, rows)  # (p, p)
        part = theta @ info.phi @ info.spent  # (k + 1, p, p)
        single = np.einsum("rpp->r", part)
        a1 = float(single @ info.W @ single)
        a2 = float(np.sum(info.W * np.einsum("rpq,sqp->rs", part, part)))
        scale, df = _moments_of_f(m, a1, a2)
        value = given @ self.params.to_numpy()
        adjusted = given @ self.vcov.to_numpy() @ given.T
        statistic = scale * float(value @ np.linalg.solve(adjusted, value)) / m
        return FTest(statistic, float(m), df, float(fdtrc(m, df, statistic)))


def kenward_roger(fit: Fit) -> KenwardRoger:
    """Compute Kenward and Roger's covariance matrix and degrees of freedom.

    Parameters
    ----------
    fit : Fit
        By REML.

    Returns
    -------
    KenwardRoger

    Raises
    ------
    FitError
        When the fit is by maximum likelihood, for which the method is not made.
    """
    if not fit.reml:
        raise FitError(
            "Kenward and Roger's method is for fits by REML, and this one is by ML.",
            "Fit the model with reml=True.",
        )
    info = information(fit.moments, fit.optimum.solution, reml=True)
    inner = info.Q - np.einsum("rab,bc,scd->rsad", info.P, info.phi, info.P, optimize=True)
    cost = np.einsum("rs,rsab->ab", info.W, inner)
    adjusted = info.phi + 2.0 * info.phi @ cost @ info.phi
    scaling = fit.moments.scaling
    change = scaling.y_scale * scaling.x  # (p, p)
    vcov = change @ ((adjusted + adjusted.T) / 2.0) @ change.T
    names = list(fit.params.index)
    return KenwardRoger(fit.params, pd.DataFrame(vcov, index=names, columns=names), info, change)


def _moments_of_f(m: int, a1: float, a2: float) -> tuple[float, float]:
    """Return the scale of the Wald statistic and its denominator df, from A1 and A2."""
    if m == 1:  # the general formulas in closed form
        return 1.0, 2.0 / a2
    b = (a1 + 6.0 * a2) / (2.0 * m)
    g = ((m + 1.0) * a1 - (m + 4.0) * a2) / ((m + 2.0) * a2)
    common = 3.0 * m + 2.0 * (1.0 - g)
    c1, c2, c3 = g / common, (m - g) / common, (m + 2.0 - g) / common
    mean = 1.0 / (1.0 - a2 / m)
    ratio = ((1.0 - a2 / m) / (1.0 - c2 * b)) ** 2 * (1.0 + c1 * b) / (1.0 - c3 * b) / m
    df = 4.0 + (m + 2.0) / (m * ratio - 1.0)
    return df / (mean * (df - 2.0)), df
