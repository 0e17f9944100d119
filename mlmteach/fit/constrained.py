"""The least deviance when one of the parameters is held at a value: the points of a profile.

A fixed combination of gamma is held by moving it to the outcome's side; a variance parameter by
searching along a path (see :mod:`mlmteach.fit.paths`), by Newton's method.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import FitError
from mlmteach.fit.moments import Scaling
from mlmteach.fit.optimum import minimise
from mlmteach.fit.profiled import derivatives, solve
from mlmteach.fit.theta import basis_of, factor_of

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.paths import Path

__all__ = [
    "hold_contrast",
    "least_deviance",
    "without",
]


def least_deviance(
    path: Path, value: float, start: FloatArray, moments: Moments
) -> tuple[float, FloatArray]:
    """Find the least deviance (ML) on a path, by Newton's method with the absolute curvature.

    Parameters
    ----------
    path : Path
    value : float
        At which the parameter is held, in the data's units.
    start : (size,) array
    moments : Moments

    Returns
    -------
    deviance : float
    x : (size,) array
    """
    basis = basis_of(path.blocks, moments.scaling.z_inverse)
    x = start
    here, gradient, hessian = _deviance(path, value, x, basis, moments)
    for _ in range(100):
        if not len(x):
            break
        curvature, axes = np.linalg.eigh(hessian)
        size = np.maximum(np.abs(curvature), 1e-12 * np.abs(curvature).max(initial=1e-12))
        step = -axes @ ((axes.T @ gradient) / size)
        promise = -float(gradient @ step)
        if promise < 1e-9:
            break
        step *= min(1.0, (0.5 + float(np.abs(x).max())) / float(np.abs(step).max()))
        for _ in range(30):
            there = _deviance(path, value, x + step, basis, moments)
            if there[0] < here:
                break
            step = step / 2.0
        else:
            break
        x, (here, gradient, hessian) = x + step, there
    return here, x


def _deviance(
    path: Path, value: float, x: FloatArray, basis: FloatArray, moments: Moments
) -> tuple[float, FloatArray, FloatArray]:
    """The deviance at x with its gradient and Hessian; sigma is not profiled out here."""
    point, first, second = path.map(x, value)
    c, v = point[:-1], point[-1]
    factor = factor_of(c, basis)
    try:
        solution = solve(factor @ factor.T, moments, reml=False)
    except (FitError, np.linalg.LinAlgError):  # a step too far: the search takes a shorter one
        return np.inf, np.zeros(len(x)), np.eye(len(x))
    n, rss = moments.n, solution.rss
    sigma2 = float(np.exp(2.0 * v)) / moments.scaling.y_scale**2
    deviance = solution.criterion + n * (np.log(sigma2 * n / rss) - 1.0) + rss / sigma2

    held = replace(solution, rss=sigma2 * n)  # so that its derivatives are those at this sigma2
    k = len(c)
    gradient, hessian = np.empty(k + 1), np.empty((k + 1, k + 1))
    gradient[:k], hessian[:k, :k] = derivatives(c, basis, held.gradient, held.joint_hessian)
    gradient[k], hessian[k, k] = 2.0 * n - 2.0 * rss / sigma2, 4.0 * rss / sigma2
    uu = solution.u.T @ solution.u / sigma2
    hessian[k, :k] = hessian[:k, k] = 4.0 * np.einsum("ab,mbc,ac->m", uu, basis, factor)
    bent = second @ gradient  # (size, size, k + 1) @ (k + 1,)
    return float(deviance), first @ gradient, first @ hessian @ first.T + bent


def hold_contrast(contrast: FloatArray, value: float, moments: Moments) -> Moments:
    """Return the moments of the model in which a combination of gamma has a given value.

    Parameters
    ----------
    contrast : (p,) array
        In the data's units.
    value : float
    moments : Moments

    Returns
    -------
    Moments
        With p - 1 free fixed coefficients and an outcome from which the held part is taken; its
        criterion is comparable under ML.
    """
    scaling = moments.scaling
    inner = scaling.y_scale * (contrast @ scaling.x)  # (p,)
    target = value - float(contrast @ scaling.shift)
    length = float(inner @ inner)
    free = np.linalg.qr(inner[:, None], mode="complete")[0][:, 1:]  # (p, p - 1)
    change = np.zeros((moments.p + 1, moments.p))
    change[:-1, :-1] = free
    change[:-1, -1] = -inner * target / length
    change[-1, -1] = 1.0
    return replace(moments, zw=moments.zw @ change, ww=change.T @ moments.ww @ change)


def without(k: int, moments: Moments) -> float:
    """Return the least deviance (ML) of the model without the random coefficient k."""
    kept = [m for m in range(moments.q) if m != k]
    if not kept:
        return solve(np.zeros((1, 1)), moments, reml=False).criterion
    back = moments.scaling.z_inverse
    zz = (back.T @ moments.zz @ back)[:, kept][:, :, kept]  # in the data's units
    zw = (back.T @ moments.zw)[:, kept]
    unit = 1.0 / np.sqrt(np.einsum("jaa->a", zz) / moments.n)
    rank = {m: position for position, m in enumerate(kept)}
    blocks = (tuple(rank[m] for m in block if m != k) for block in moments.blocks)
    scaling = moments.scaling
    reduced = replace(
        moments,
        zz=zz * np.multiply.outer(unit, unit),
        zw=zw * unit[:, None],
        blocks=tuple(block for block in blocks if block),
        scaling=Scaling(scaling.x, np.diag(unit), scaling.shift, scaling.y_shift, scaling.y_scale),
    )
    return minimise(reduced, reml=False).solution.criterion
