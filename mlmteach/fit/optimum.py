"""The search for the optimum: Newton's method in theta, with every optimum looked at twice.

Where the second look (:mod:`mlmteach.fit.optimum`) finds that the criterion still falls into the
interior, the search goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

import numpy as np
from scipy.linalg.lapack import dsyevd  # for small matrices NumPy's checks cost more

from mlmteach.errors import FitError
from mlmteach.fit.layered import LayeredSolution, solve_layered
from mlmteach.fit.layers import LayeredMoments
from mlmteach.fit.profiled import Solution, derivatives, no_residual, solve
from mlmteach.fit.ratios import joint_bends, ratio_gradient, shares
from mlmteach.fit.theta import basis_of, canonical, factor_of, lower_factor, square_basis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.moments import Moments

__all__ = [
    "FEW",
    "AnyMoments",
    "AnySolution",
    "Found",
    "LayeredOptimum",
    "Optimum",
    "aligned_factors",
    "appraise",
    "minimise",
    "require_identified",
    "solution_at",
]

S = TypeVar("S", bound=Solution | LayeredSolution)
AnySolution: TypeAlias = Solution | LayeredSolution
AnyMoments: TypeAlias = "Moments | LayeredMoments"


# --- the second look at an optimum, which decides whether it is one -----------------------
# Theta = 0 is a stationary point whatever the data, since the criterion depends on Lambda through
# ``Lambda Lambda'`` only; so a vanishing gradient in theta proves nothing at the boundary.  The
# verdict is therefore reached in Psi: at a minimum over the positive semi-definite matrices the
# gradient G of the criterion has no direction v, ``Psi + t v v'``, along which it falls (the
# Karush-Kuhn-Tucker conditions of that cone).

ARRIVED = 1e-5  # a point from which the criterion can fall no further than this is an optimum
SADDLE = 1e-4  # negative curvature up to this part of the largest is rounding
GROUND = 1e-10  # curvature below this part of the largest counts as none


@dataclass(frozen=True, eq=False)
class Found(Generic[S]):
    """Where the search ended: an :data:`Optimum`, or :data:`LayeredOptimum` with two groupings.

    Attributes
    ----------
    factor : (q, q) array
        Lambda, lower triangular, in internal units; of two groupings, that of each on the diagonal.
    solution : Solution or LayeredSolution
        gamma, sigma2 and the criterion there.
    decrement : float
        The further decrease of the criterion that a Newton step promises.
    descent : float
        The further decrease that leaving the boundary promises.
    curvature : float
        The least curvature in theta as a part of the largest; negative at a saddle.
    evaluations : int
    log_ratios : (K,) array or None
        Where categories have variances of their own, the ratios to hand to :meth:`Moments.at`.
    """

    factor: FloatArray
    solution: S
    decrement: float
    descent: float
    curvature: float
    evaluations: int
    log_ratios: FloatArray | None = None

    @property
    def converged(self) -> bool:
        """Whether neither a Newton step nor a step off the boundary leads further down."""
        return max(self.decrement, self.descent) < ARRIVED and self.curvature > -SADDLE

    @property
    def singular(self) -> bool:
        """Whether Psi is without full rank, or all but that."""
        return bool(np.any(np.diag(self.factor) < 1e-4))


Optimum = Found[Solution]
LayeredOptimum = Found[LayeredSolution]


def solution_at(psi: FloatArray, moments: AnyMoments, reml: bool) -> AnySolution:
    """Solve for gamma and sigma2 given Psi, (q, q), with one grouping or with two."""
    if isinstance(moments, LayeredMoments):
        return solve_layered(psi, moments, reml)
    return solve(psi, moments, reml)


def appraise(
    factor: FloatArray, solution: S, moments: AnyMoments, evaluations: int = 1
) -> Found[S]:
    """Take the second look at a point that any search, also a foreign one, ended at.

    Parameters
    ----------
    factor : (q, q) array
        Lambda, in internal units.
    solution : Solution
        At that Lambda.
    moments : Moments
    evaluations : int
        How many it took to get there.

    Returns
    -------
    Optimum
    """
    basis = square_basis(moments.blocks)
    theta = np.einsum("kab,ab->k", basis, factor)
    _, decrement, curvature = newton_step(theta, basis, solution)
    descent = way_down(solution, moments)[0]
    return Found(factor, solution, decrement, descent, curvature, evaluations)


def newton_step(
    theta: FloatArray, basis: FloatArray, here: AnySolution
) -> tuple[FloatArray, float, float]:
    """Compute Newton's step in theta, by the absolute curvature, so that it leads down.

    Parameters
    ----------
    theta : (k,) array
    basis : (k, q, q) array
    here : Solution
        At that theta.

    Returns
    -------
    step : (k,) array
    decrement : float
        The decrease of the criterion that the step promises.
    curvature : float
        The least curvature as a part of the largest.
    """
    gradient, hessian = derivatives(theta, basis, here.gradient, here.hessian)
    curvature, axes, _ = dsyevd(hessian)
    largest = float(np.abs(curvature).max(initial=GROUND))
    size = np.maximum(np.abs(curvature), GROUND * largest)
    along = axes.T @ gradient
    decrement = float(along @ (along / size)) / 2.0
    return -axes @ (along / size), decrement, float(curvature[0]) / largest


def way_down(solution: AnySolution, moments: AnyMoments) -> tuple[float, FloatArray, float]:
    """Find the direction v in which adding t v v' to Psi lowers the criterion most.

    Returns
    -------
    descent : float
        The predicted decrease; 0 where there is no such direction.
    direction : (q,) array
    step : float
        The predicted best t.
    """
    gradient, hessian = solution.gradient, solution.hessian
    candidates = np.zeros((moments.q, moments.q))
    for block in moments.blocks:
        candidates[np.ix_(block, block)] = dsyevd(gradient[np.ix_(block, block)])[1]
    best, direction, step = 0.0, np.zeros(moments.q), 0.0
    for v in candidates.T:
        slope = float(v @ gradient @ v)
        square = np.multiply.outer(v, v).reshape(-1)
        bend = abs(float(square @ hessian @ square))
        if slope < 0.0 and bend > 0.0 and slope**2 / (2.0 * bend) > best:
            best, direction, step = slope**2 / (2.0 * bend), v, -slope / bend
    return best, direction, step


# --- whether data can tell T and sigma2 apart at all --------------------------------------

NONE = 1e-10  # an eigenvalue of the scaled information below this is zero


def require_identified(moments: AnyMoments) -> None:
    """Raise a FitError when some change of T can be undone by one of sigma2.

    That is so when ``Z_j dT Z_j' + dsigma2 I = 0`` in every group: the Fisher information of
    (T, sigma2) at T = 0 is then singular.  With two groupings, a change of one T can be undone by
    one of the other too.

    Parameters
    ----------
    moments : Moments or LayeredMoments

    Raises
    ------
    FitError
    """
    if isinstance(moments, LayeredMoments):
        _require_layers_identified(moments)
        return
    _require_enough_groups(moments, "groups")
    if not _is_identified(moments):
        raise FitError(
            "These data cannot tell the variances of the random coefficients and of the level-1 "
            "residual apart.",
            "Make sure that groups have more than one row, and that a predictor with a random "
            "slope varies within them; else leave its U out.",
        )
    inverse = np.linalg.pinv(moments.ww[:-1, :-1], hermitian=True)  # (p, p)
    columns = moments.zw[..., :-1].swapaxes(0, 1)  # (q, J, p)
    fixed = np.array([np.sum(inverse * (one.T @ one)) for one in columns])
    if _gone(fixed, moments.totals).any():
        raise FitError(
            "The fixed part tells all groups apart, so that nothing is left to vary between them.",
            "Leave predictors of the groups out of it, or fit the model to more groups.",
        )


def _require_layers_identified(moments: LayeredMoments) -> None:
    for name, layer in zip(moments.names, moments.layers, strict=True):
        _require_enough_groups(layer, f"groups of {name}")
        if not _is_identified(layer):
            raise FitError(
                f"These data cannot tell the variances of the random coefficients of {name} and "
                "of the level-1 residual apart.",
                f"Make sure that groups of {name} have more than one row, and that a predictor "
                f"with a random slope varies within them; else leave the grouping {name} out.",
            )
    _require_left_to_vary(moments)
    if _is_identified(moments):
        return
    one, other = moments.names
    if moments.nested:
        one, other = moments.names[moments.inner], moments.names[1 - moments.inner]
        problem = (
            f"These data cannot tell the variances between groups of {one} and between groups of "
            f"{other} apart."
        )
        remedy = (
            f"Make sure that groups of {other} hold more than one group of {one}; else leave one "
            "of the two groupings out."
        )
    else:
        problem = (
            f"These data cannot tell the variances of the random coefficients of {one}, of {other} "
            "and of the level-1 residual apart."
        )
        remedy = (
            f"Make sure that there are rows that share a group of {one} but not of {other}, and "
            "the other way round; else leave one of the two groupings out."
        )
    raise FitError(problem, remedy)


def _require_left_to_vary(moments: LayeredMoments) -> None:
    """Refuse a grouping of which every group has a fixed coefficient of its own."""
    fixed = solve_layered(np.zeros((moments.q, moments.q)), moments, reml=True).outer
    gone = _gone(np.einsum("aapp->a", fixed), moments.totals)
    for name, place in zip(moments.names, moments.places, strict=True):
        if gone[place].any():
            raise FitError(
                f"The fixed part tells all groups of {name} apart, so that nothing is left to vary "
                "between them.",
                f"Leave the predictors that do so out of the fixed part, or the grouping {name} "
                "out of the model.",
            )


def _gone(fixed: FloatArray, totals: FloatArray) -> NDArray[np.bool_]:
    """Tell which random coefficients the fixed part accounts for in every group."""
    found: NDArray[np.bool_] = np.diag(totals) - fixed < NONE * np.diag(totals)
    return found


def _require_enough_groups(moments: Moments, groups: str) -> None:
    largest = max(map(len, moments.blocks))
    if largest > moments.groups:
        raise FitError(
            f"{largest} random coefficients that may correlate are too many for {moments.groups} "
            f"{groups}.",
            "Leave out the U's of some, or let them be uncorrelated with covariance='diagonal'.",
        )


def _is_identified(moments: AnyMoments) -> bool:
    information = _information(moments)[0]
    unit = 1.0 / np.sqrt(np.diag(information))
    return float(np.linalg.eigvalsh(information * np.multiply.outer(unit, unit))[0]) >= NONE


def _information(moments: AnyMoments) -> tuple[FloatArray, FloatArray]:
    """Twice the Fisher information about (T, sigma2) at T = 0 and sigma2 = 1, and directions of T.

    Returns
    -------
    information : (k + K, k + K) array
        K = 1, or the number of categories that have a sigma2 of their own.
    directions : (k, q*q) array
        A symmetric matrix a free element of T.
    """
    q = moments.q
    basis, strata = basis_of(moments.blocks), moments.strata
    own, counts = moments.totals[None], np.array([float(moments.n)])
    if strata is not None:
        own = strata.zz.sum(axis=1) * np.exp(-strata.log_ratios)[:, None, None]
        counts = strata.n
    k, kinds = len(basis), len(counts)
    directions = (basis + basis.swapaxes(1, 2)).reshape(k, q * q)
    information = np.empty((k + kinds, k + kinds))
    information[:k, :k] = directions @ moments.pairs @ directions.T
    information[k:, :k] = own.reshape(kinds, q * q) @ directions.T
    information[:k, k:] = information[k:, :k].T
    information[k:, k:] = np.diag(counts)
    return information, directions


# --- the search: Newton's method in theta, with every optimum looked at twice -------------

TOLERANCE = 1e-7  # a promised decrease of the criterion after which one more step is the last
EXACT = 1e-13  # a residual variance below this part of the mean square of y is none
EXACT_LAYERED = 1e-11  # and with two groupings, of which a second one is taken off
ZERO = 1e-8  # an eigenvalue of Psi below this is tried as an exact zero
ROUNDING = 1e-13  # a relative decrease of the criterion that is no more than rounding
STEPS = 200
START = 0.4  # Lambda = START times the identity, in internal units, where there is no better start
LEAST = 0.1  # the least standard deviation, as a part of sigma, at which a search starts
RESIDUAL = 0.05  # the least sigma2 at which it starts, as a part of the variance that X leaves
OTHERS = (0.1, 0.4, 1.5)  # other starts, tried where the optimum is on the boundary
REST = 0.05  # and starts in which one random coefficient has 1, the rest this
FEW = 50  # with fewer groups than this, the criterion may have several minima


@overload
def minimise(moments: Moments, reml: bool, start: FloatArray | None = None) -> Optimum: ...
@overload
def minimise(
    moments: LayeredMoments, reml: bool, start: FloatArray | None = None
) -> LayeredOptimum: ...
def minimise(moments: AnyMoments, reml: bool, start: FloatArray | None = None) -> Found[Any]:
    """Find the relative covariance factor at which the criterion is least.

    Parameters
    ----------
    moments : Moments or LayeredMoments
    reml : bool
    start : (q, q) array, optional
        A first guess of Lambda, in internal units.  Without one, an optimum on the boundary or
        from few groups is checked from several other starts; with one, an optimum on the boundary
        is checked from the usual start only.

    Returns
    -------
    Optimum or LayeredOptimum
        The best of the points found; look at ``converged``.

    Raises
    ------
    FitError
        When the model leaves no residual.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> optimum = minimise(fit.moments, reml=True)
    >>> optimum.converged, round(optimum.solution.criterion, 4)
    (True, 1786.4651)
    """
    if not isinstance(moments, LayeredMoments) and moments.strata is not None:
        return _minimise_ratios(moments, reml, start)
    best = _settle(_usual_start(moments) if start is None else start, moments, reml)
    several = start is None and moments.q > 1 and moments.groups < FEW
    if best.singular or not best.converged or several:
        others = _other_starts(moments) if start is None else [START * np.eye(moments.q)]
        for restart in others:
            best = _better(best, _settle(restart, moments, reml))
    if best.solution.sigma2 < (EXACT_LAYERED if isinstance(moments, LayeredMoments) else EXACT):
        raise no_residual()
    return best


def _better(best: Found[Any], other: Found[Any]) -> Found[Any]:
    """The lower of two optima; of two that are level, the one that converged."""
    gain = best.solution.criterion - other.solution.criterion
    confirmed = other.converged and not best.converged and gain > -1e-7
    return other if gain > 1e-7 or confirmed else best


def _usual_start(moments: AnyMoments) -> FloatArray:
    """Estimate Lambda from the products of residuals, as they would be expected to be.

    With e the residuals of ordinary least squares, ``E[Z_j'e e'Z_j]`` is about
    ``Z_j'Z_j T Z_j'Z_j + sigma2 Z_j'Z_j`` and ``E[e'e]`` the sum of ``tr(Z_j'Z_j T) + sigma2 n_j``
    (minimum-norm quadratic estimation with T = 0 as the first guess: Sahai & Ojeda, *Analysis of
    Variance for Random Models*, vol. II, chapter 10).
    """
    p, q = moments.p, moments.q
    information, directions = _information(moments)
    k = len(directions)
    try:
        gamma = np.linalg.solve(moments.ww[:p, :p], moments.ww[:p, p])
        residual = np.append(-gamma, 1.0)
        left = float(residual @ moments.ww @ residual)
        found = np.linalg.solve(
            information, np.append(directions @ moments.squares(residual).reshape(-1), left)
        )
    except np.linalg.LinAlgError:
        return START * np.eye(q)
    sigma2 = max(float(found[k]), RESIDUAL * left / moments.n)
    if not sigma2 > 0.0:
        return START * np.eye(q)
    values, vectors, _ = dsyevd((found[:k] @ directions).reshape(q, q) / sigma2)
    psi = (vectors * np.maximum(values, LEAST**2)) @ vectors.T
    return lower_factor(psi, moments.blocks)


# Where categories have variances of their own, the search above is one evaluation: of the least
# criterion at given ratios of the variances.  Its gradient in their logarithms is that at fixed T
# (the envelope theorem), its Hessian the Schur complement of the joint one.

FURTHEST = 25.0  # a ratio of variances beyond exp(25) means that one of them is zero
FITTED = 1e-9  # squared residuals below this part of what is expected are none
LONGEST = 3.0  # a step in the logarithm of a ratio


def _minimise_ratios(moments: Moments, reml: bool, start: FloatArray | None) -> Optimum:
    """Find the optimum in T and in the ratios of the variances of categories.

    A fresh search begins at equal variances, and from few groups at those of the categories' own
    residuals too; with a start, it begins at the ratios of the moments.
    """
    strata = moments.strata
    assert strata is not None
    if (strata.n == 0).any():
        name = strata.names[int(strata.n.argmin())]
        raise FitError(f"The category '{name}' has no rows left.", "Leave out its variance.")
    best = _settle_ratios(moments, reml, start)
    if start is None and (moments.groups < FEW or not best.converged):
        equal = minimise(replace(moments, strata=None), reml).solution
        parts = shares(moments, equal)
        own = np.log((parts.squares + equal.sigma2 * parts.traces) / strata.n)
        other = _settle_ratios(moments.at(own - own[0]), reml, None)
        if other.solution.criterion < best.solution.criterion - 1e-7:
            best = other
    found = moments.at(best.log_ratios)
    assert found.strata is not None
    squares = np.exp(-found.strata.log_ratios) * shares(found, best.solution).squares
    exact = squares < FITTED * best.solution.sigma2 * strata.n
    if exact.any():
        raise _no_variance(strata.names[int(exact.argmax())])
    return best


def _no_variance(name: str) -> FitError:
    return FitError(
        f"The variance of category '{name}' is estimated as zero: the model fits its rows without "
        "any residual.",
        "Join it with another category, or let all rows have the same σ².",
    )


def _settle_ratios(moments: Moments, reml: bool, start: FloatArray | None) -> Optimum:
    """Newton's method in the ratios, each step halved until the criterion falls."""
    here = _at_ratios(moments, reml, start)
    evaluations = here.evaluations
    for _ in range(STEPS):
        gradient, hessian = _in_ratios(here, moments.at(here.log_ratios), reml)
        curvature, axes = np.linalg.eigh(hessian)
        largest = float(np.abs(curvature).max(initial=GROUND))
        size = np.maximum(np.abs(curvature), GROUND * largest)
        step = -axes @ ((axes.T @ gradient) / size)
        decrement = -float(gradient @ step) / 2.0
        verdict = replace(
            here,
            decrement=here.decrement + decrement,
            curvature=min(here.curvature, float(curvature[0]) / largest),
            evaluations=evaluations,
        )
        if decrement < TOLERANCE / 100.0:
            break
        step *= min(1.0, LONGEST / float(np.abs(step).max()))
        for _ in range(40):
            assert here.log_ratios is not None
            towards = moments.at(here.log_ratios + np.append(0.0, step))
            there = _at_ratios(towards, reml, here.factor)
            evaluations += there.evaluations
            if there.solution.criterion < here.solution.criterion:
                break
            step = step / 2.0
        else:
            break  # no decrease in any step: rounding
        here = there
    return verdict


def _at_ratios(moments: Moments, reml: bool, start: FloatArray | None) -> Optimum:
    """The optimum in T at given ratios."""
    strata = moments.strata
    assert strata is not None
    variances = strata.log_ratios - strata.log_ratios.min()
    if variances.max() > FURTHEST:
        raise _no_variance(strata.names[int(variances.argmin())])
    found = minimise(replace(moments, strata=None), reml, start)
    return replace(found, log_ratios=strata.log_ratios)


def _in_ratios(here: Optimum, moments: Moments, reml: bool) -> tuple[FloatArray, FloatArray]:
    """Gradient and Hessian of the least criterion in the ratios but the first."""
    basis = square_basis(moments.blocks)
    theta = np.einsum("kab,ab->k", basis, here.factor)
    bends = joint_bends(theta, basis, moments, reml)  # (K - 1, k + 1 + K - 1)
    mixed, own = bends[:, : len(theta)], bends[:, len(theta) + 1 :]
    inner = derivatives(theta, basis, here.solution.gradient, here.solution.hessian)[1]
    hessian = own - mixed @ np.linalg.pinv(inner, rcond=GROUND, hermitian=True) @ mixed.T
    return ratio_gradient(moments, here.solution), (hessian + hessian.T) / 2.0


def _other_starts(moments: AnyMoments) -> list[FloatArray]:
    """Starts from which to look for a lower optimum than the one found.

    Some have more and less of all random coefficients; in others one of them prevails; in the rest
    those of a block all but determine each other, with each sign of their correlations.
    """
    one = np.eye(moments.q)
    if moments.q == 1:
        return [scale * one for scale in OTHERS]
    prevailing = [REST * one + np.diag(row) for row in one]
    return [*(scale * one for scale in OTHERS), *prevailing, *aligned_factors(moments)]


def aligned_factors(moments: AnyMoments) -> list[FloatArray]:
    """Lambdas, (q, q), whose coefficients of a block all but determine each other, by all signs."""
    together = np.zeros((moments.q, moments.q))
    for block in moments.blocks:
        together[np.ix_(block, block)] = 1.0
    if np.array_equal(together, np.eye(moments.q)):  # nothing is correlated
        return []
    signs = [np.array([1.0, *rest]) for rest in product((1.0, -1.0), repeat=moments.q - 1)]
    return [
        lower_factor(np.outer(v, v) * together + REST**2 * np.eye(moments.q), moments.blocks)
        for v in signs
    ]


def _settle(factor: FloatArray, moments: AnyMoments, reml: bool) -> Found[Any]:
    """Newton's search, and again from any direction in which the boundary can be left."""
    evaluations = 0
    for _ in range(10):
        factor, solution, used = _newton(factor, moments, reml)
        factor, solution, more = _with_exact_zeros(factor, solution, moments, reml)
        evaluations += used + more
        verdict = appraise(factor, solution, moments, evaluations)
        if verdict.descent < TOLERANCE:
            break
        factor, used = _leave(solution, moments, reml)
        evaluations += used
    return verdict


def _newton(
    factor: FloatArray, moments: AnyMoments, reml: bool
) -> tuple[FloatArray, AnySolution, int]:
    """Newton's method on theta, with the absolute curvature and a step that is halved."""
    basis = square_basis(moments.blocks)
    theta = np.einsum("kab,ab->k", basis, factor)
    here = _solve(theta, basis, moments, reml)
    evaluations, rounding = 1, ROUNDING * abs(here.criterion)
    for _ in range(STEPS):
        step, decrement, _ = newton_step(theta, basis, here)
        if decrement < TOLERANCE:  # one last step, since it is as good as free
            there = _attempt(factor_of(theta + step, basis), moments, reml)
            evaluations += 1
            if there is not None and there.criterion <= here.criterion + rounding:
                theta, here = theta + step, there
            break
        longest = float(np.abs(step).max())
        step *= min(1.0, (0.5 + float(np.abs(theta).max())) / longest)
        gain = 2.0 * decrement * float(np.abs(step).max()) / longest
        for _ in range(40):
            there = _attempt(factor_of(theta + step, basis), moments, reml)
            evaluations += 1
            if there is not None and there.criterion <= here.criterion - 1e-4 * gain:
                break
            step, gain = step / 2.0, gain / 2.0
        else:
            break  # no decrease in any step: rounding, or not differentiable
        gained = here.criterion - there.criterion
        theta, here = theta + step, there
        if gained <= rounding:
            break
    return canonical(factor_of(theta, basis), moments.blocks), here, evaluations


def _solve(theta: FloatArray, basis: FloatArray, moments: AnyMoments, reml: bool) -> AnySolution:
    factor = factor_of(theta, basis)
    return solution_at(factor @ factor.T, moments, reml)


def _attempt(factor: FloatArray, moments: AnyMoments, reml: bool) -> AnySolution | None:
    """The solution at Lambda, or None where rounding leaves none."""
    try:
        return solution_at(factor @ factor.T, moments, reml)
    except FitError:
        return None


def _with_exact_zeros(
    factor: FloatArray, solution: AnySolution, moments: AnyMoments, reml: bool
) -> tuple[FloatArray, AnySolution, int]:
    """Replace eigenvalues of Psi that are all but zero by zeros, unless the criterion objects."""
    values, vectors, _ = dsyevd(solution.psi)
    small = values < ZERO * max(1.0, float(values[-1]))
    if not small.any() or not np.any(solution.psi):
        return factor, solution, 0
    exact = lower_factor((vectors * np.where(small, 0.0, values)) @ vectors.T, moments.blocks)
    there = solution_at(exact @ exact.T, moments, reml)
    if there.criterion > solution.criterion + 1e-8:
        return factor, solution, 1
    return exact, there, 1


def _leave(solution: AnySolution, moments: AnyMoments, reml: bool) -> tuple[FloatArray, int]:
    """Step off the boundary along the direction in which the criterion falls most."""
    _, direction, step = way_down(solution, moments)
    outward = np.multiply.outer(direction, direction)
    for tries in range(1, 41):
        factor = lower_factor(solution.psi + step * outward, moments.blocks)
        there = _attempt(factor, moments, reml)
        if there is not None and there.criterion < solution.criterion:
            return factor, tries
        step = step / 2.0
    return factor, 40
