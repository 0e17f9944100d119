"""The second engine: T and sigma2 from statsmodels' MixedLM, judged by our own criterion.

MixedLM gives only the relative covariance matrix; gamma, its standard errors and the criterion are
then computed as for the first engine.  Its searches are run one after another, and the best
point that any of them reached is kept.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.errors import FitError
from mlmteach.fit.optimum import Optimum, appraise, minimise
from mlmteach.fit.profiled import solve
from mlmteach.fit.theta import lower_factor

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["estimate"]

SEARCHES: dict[str, dict[str, float]] = {
    "lbfgs": {"factr": 10.0, "pgtol": 1e-9},
    "bfgs": {"gtol": 1e-9},
    "powell": {"xtol": 1e-8, "ftol": 1e-12},
}
WORSE = 1e-3  # a gap between the criteria that is worth a warning
CLOSE = 1e-7  # a gap that no other search needs to close


def estimate(design: Design, moments: Moments, reml: bool) -> tuple[Optimum, tuple[str, ...]]:
    """Estimate T by MixedLM.

    Parameters
    ----------
    design : Design
    moments : Moments
        Of that design.
    reml : bool

    Returns
    -------
    Optimum
        Where MixedLM ended.
    messages : tuple of str
        Empty, or how far its optimum falls short of the profiled engine's, and what it said.

    Raises
    ------
    FitError
        When MixedLM ends without usable estimates, or cannot be used.
    """
    best: tuple[FloatArray, Solution] | None = None
    complaints: list[str] = []
    target = minimise(moments, reml).solution.criterion
    for search in SEARCHES:
        try:
            psi, said = _mixed_lm(design, moments, reml, search, best and best[1].psi)
            factor = lower_factor(psi, moments.blocks)
            solution = solve(factor @ factor.T, moments, reml)
        except (FitError, ValueError, np.linalg.LinAlgError) as error:
            complaints.append(f"{search}: {error}")
            continue
        complaints += [f"{search}: {text}" for text in said]
        if best is None or solution.criterion < best[1].criterion:
            best = factor, solution
        if best[1].criterion < target + CLOSE:
            break
    if best is None:
        raise FitError(
            f"statsmodels found no estimates ({'; '.join(complaints)}).",
            "Use engine='profiled'.",
        )
    gap = best[1].criterion - target
    optimum = appraise(*best, moments)
    if gap < WORSE:
        return optimum, ()
    said_so = f" statsmodels said: {'; '.join(complaints)}." if complaints else ""
    return optimum, (
        f"The criterion of statsmodels' optimum is {gap:.4g} above that of the profiled engine. "
        f"Use engine='profiled'.{said_so}",
    )


def _mixed_lm(
    design: Design, moments: Moments, reml: bool, search: str, start: FloatArray | None
) -> tuple[FloatArray, list[str]]:
    """Run one search of MixedLM on the scaled design, from a relative covariance matrix.

    Returns
    -------
    psi : (q, q) array
        The relative covariance matrix, in internal units.
    said : list of str
        The warnings of statsmodels.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

    scaling, q = moments.scaling, moments.q
    x, z = design.X @ scaling.x, design.Z @ scaling.z
    y = (design.y - scaling.y_shift) / scaling.y_scale
    free: Any = None
    if len(moments.blocks) > 1:
        pattern = np.zeros((q, q))
        for block in moments.blocks:
            pattern[np.ix_(block, block)] = 1.0
        free = MixedLMParams.from_components(np.ones(moments.p), cov_re=pattern)
    first = None
    if start is not None:
        inside = start + 1e-6 * np.eye(q)  # MixedLM cannot start on the boundary
        first = MixedLMParams.from_components(np.zeros(moments.p), cov_re=inside)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = MixedLM(y, x, groups=design.codes, exog_re=z)
        result = model.fit(
            start_params=first, reml=reml, method=search, free=free, **SEARCHES[search]
        )
    psi = np.asarray(result.cov_re, dtype=float) / float(result.scale)
    if not np.all(np.isfinite(psi)):
        raise FitError("The estimates are not finite.", "Use engine='profiled'.")
    said = dict.fromkeys(str(warning.message).splitlines()[0] for warning in caught)
    return psi, list(said)
