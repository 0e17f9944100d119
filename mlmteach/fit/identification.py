"""Whether data can tell T and sigma2 apart at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import FitError
from mlmteach.fit.profiled import kronecker
from mlmteach.fit.theta import basis_of

if TYPE_CHECKING:
    from mlmteach.fit.moments import Moments

__all__ = ["require_identified"]

NONE = 1e-10  # an eigenvalue of the scaled information below this is zero


def require_identified(moments: Moments) -> None:
    """Raise a FitError when some change of T can be undone by one of sigma2.

    That is so when ``Z_j dT Z_j' + dsigma2 I = 0`` in every group: the Fisher information of
    (T, sigma2) at T = 0 is then singular.

    Parameters
    ----------
    moments : Moments

    Raises
    ------
    FitError
    """
    q = moments.q
    basis = basis_of(moments.blocks)
    symmetric = (basis + basis.swapaxes(1, 2)).reshape(len(basis), q * q)
    products = kronecker(moments.zz, moments.zz)
    information = np.empty((len(basis) + 1, len(basis) + 1))
    information[:-1, :-1] = symmetric @ products @ symmetric.T
    information[-1, :-1] = information[:-1, -1] = symmetric @ moments.zz.sum(axis=0).reshape(-1)
    information[-1, -1] = moments.n
    unit = 1.0 / np.sqrt(np.diag(information))
    if float(np.linalg.eigvalsh(information * np.multiply.outer(unit, unit))[0]) < NONE:
        raise FitError(
            "These data cannot tell the variances of the random coefficients and of the level-1 "
            "residual apart.",
            "Make sure that groups have more than one row, and that a predictor with a random "
            "slope varies within them; else leave its U out.",
        )
