"""Residuals at both levels, raw and divided by their own standard deviations.

The level-1 residual of the fit is ``e = V^-1 (y - X gamma)``, the level-2 residual the predicted
``U_j = Psi u_j``; both are shrunk, and their covariance matrices follow from that of y:
``sigma2 (V^-1 - V^-1 X (X'V^-1X)^-1 X'V^-1)`` and
``sigma2 Psi (P_j - E_j (X'V^-1X)^-1 E_j') Psi``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["distances", "level1_residuals", "level2_residuals"]


def level1_residuals(fit: Fit) -> pd.DataFrame:
    """Residuals of the rows.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    pandas.DataFrame
        One row a row of the fit; ``raw`` as ``fit.resid``, and ``standardised``: divided by its
        own standard deviation.
    """
    scaling, solution, codes = fit.moments.scaling, fit.optimum.solution, fit.design.codes
    x, z = fit.design.X @ scaling.x, fit.design.Z @ scaling.z  # (n, p), (n, q)
    inner = np.eye(fit.moments.q) + solution.psi @ fit.moments.zz
    kernel = np.linalg.solve(inner, np.broadcast_to(solution.psi, inner.shape))  # (J, q, q)
    own = 1.0 - np.einsum("na,nab,nb->n", z, kernel[codes], z)  # the diagonal of V^-1
    weighted = x - np.einsum("nap,na->np", (solution.psi @ solution.E)[codes], z)  # V^-1 X
    spent = np.einsum("np,np->n", weighted @ solution.root, weighted @ solution.root)
    sd = np.sqrt(fit.scale * np.clip(own - spent, 0.0, None))
    raw = fit.resid.to_numpy()
    standardised = np.divide(raw, sd, out=np.full_like(raw, np.nan), where=sd > 0.0)
    return pd.DataFrame({"raw": raw, "standardised": standardised}, index=fit.frame.index)


def level2_residuals(fit: Fit) -> pd.DataFrame:
    """Residuals of the groups: the predicted U (empirical Bayes).

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    pandas.DataFrame
        One row a group; columns (U, ``raw`` or ``standardised``).  NaN where T says that a U does
        not vary.
    """
    variance = np.einsum("jaa->ja", _covariances(fit))
    raw = fit.random_effects
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = raw.to_numpy() / np.sqrt(np.clip(variance, 0.0, None))
    least = 1e-12 * np.diag(fit.cov_re)
    standardised = np.where(variance > least, ratio, np.nan)
    columns = {}
    for k, name in enumerate(raw.columns):
        columns[name, "raw"] = raw[name]
        columns[name, "standardised"] = pd.Series(standardised[:, k], index=raw.index)
    return pd.DataFrame(columns)


def distances(fit: Fit) -> pd.Series[float]:
    """Mahalanobis distances of the groups' residuals from zero, all U of a group together.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    pandas.Series
        Squared distances, (J,); when the model holds, about chi-square with q df, or fewer where T
        is singular.
    """
    covariances, raw = _covariances(fit), fit.random_effects.to_numpy()
    unit = np.sqrt(np.diag(fit.cov_re))
    unit = np.where(unit > 0.0, unit, 1.0)
    inverse = np.linalg.pinv(
        covariances / np.multiply.outer(unit, unit), rcond=1e-10, hermitian=True
    )
    values = np.einsum("ja,jab,jb->j", raw / unit, inverse, raw / unit)
    return pd.Series(values, index=fit.random_effects.index, name="distance")


def _covariances(fit: Fit) -> FloatArray:
    """(J, q, q): covariance matrices of the predicted U, in the data's units."""
    solution, z = fit.optimum.solution, fit.moments.scaling.z
    white = solution.whitened  # (J, q, p)
    inner = solution.P - white @ white.swapaxes(1, 2)
    side = z @ solution.psi
    covariances: FloatArray = fit.scale * (side @ inner @ side.T)
    return covariances
