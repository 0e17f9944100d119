"""Profile likelihood: how the deviance rises as one parameter moves from its estimate.

The interval of a parameter holds the values that a likelihood-ratio test does not reject, and the
signed root of the rise, zeta, would be a straight line if the Wald interval were exact (Bates,
Maechler, Bolker & Walker 2015, Journal of Statistical Software 67(1), section 5).  As in lme4,
it is the ML deviance that is profiled, for fits by REML too.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri
from tqdm import tqdm

from mlmteach.errors import ConvergenceWarning, FitError, OptionError
from mlmteach.fit.interrupts import Interrupts, warn_incomplete
from mlmteach.fit.layers import LayeredMoments
from mlmteach.fit.moments import Scaling
from mlmteach.fit.optimum import FEW, aligned_factors, minimise, solution_at
from mlmteach.fit.profiled import derivatives, solve
from mlmteach.fit.ratios import held, least_over_ratios, ratio_gradient
from mlmteach.fit.theta import (
    basis_of,
    canonical,
    factor_of,
    off_the_boundary,
    places,
    theta_of,
)
from mlmteach.fit.variances import Scale, names_of, require_level, require_scale

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Linear
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.optimum import AnyMoments, Found
    from mlmteach.fit.theta import Blocks

__all__ = [
    "CorrelationPath",
    "CovariancePath",
    "LikelihoodProfile",
    "Parameter",
    "Parameters",
    "Path",
    "Profile",
    "SdPath",
    "SigmaPath",
    "in_front",
]


# --- the least deviance when one of the parameters is held at a value ---------------------
# A fixed combination of gamma is held by moving it to the outcome's side; a variance parameter by
# searching along a path (below), by Newton's method.


NEAR_ZERO = 1e-3
"""An element of Λ's diagonal beneath it may be on its way to zero."""
_NONE = np.zeros(0)  # the gradient in ratios where there are none


def least_deviance(
    path: Path, value: float, start: FloatArray, moments: AnyMoments
) -> tuple[float, FloatArray]:
    """Find the least deviance (ML) on a path, by Newton's method with the absolute curvature.

    Parameters
    ----------
    path : Path
    value : float
        At which the parameter is held, in the data's units.
    start : (size,) array
    moments : Moments or LayeredMoments

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
    path: Path, value: float, x: FloatArray, basis: FloatArray, moments: AnyMoments
) -> tuple[float, FloatArray, FloatArray]:
    """The deviance at x with its gradient and Hessian; sigma is not profiled out here."""
    point, first, second = path.map(x, value)
    c, v = point[:-1], point[-1]
    factor = factor_of(c, basis)
    try:
        solution = solution_at(factor @ factor.T, moments, reml=False)
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
    uu = solution.uu / sigma2
    hessian[k, :k] = hessian[:k, k] = 4.0 * np.einsum("ab,mbc,ac->m", uu, basis, factor)
    bent = second @ gradient  # (size, size, k + 1) @ (k + 1,)
    return float(deviance), first @ gradient, first @ hessian @ first.T + bent


def least_on_path(
    path: Path, value: float, start: FloatArray, moments: AnyMoments
) -> tuple[float, FloatArray]:
    """Find the least deviance (ML) on a path, over the ratios of the categories' variances too."""
    if isinstance(moments, LayeredMoments):
        return least_deviance(path, value, start, moments)
    basis = basis_of(path.blocks, moments.scaling.z_inverse)
    x = start

    def evaluate(there: Moments) -> tuple[float, FloatArray]:
        nonlocal x
        least, x = least_deviance(path, value, x, there)
        if there.strata is None:
            return least, _NONE
        point = path.map(x, value)[0]
        factor = factor_of(point[:-1], basis)
        solution = solve(factor @ factor.T, there, reml=False)
        sigma2 = float(np.exp(2.0 * point[-1])) / there.scaling.y_scale**2
        return least, ratio_gradient(there, held(solution, sigma2))

    return least_over_ratios(evaluate, moments), x


def hold_contrast(contrast: FloatArray, value: float, moments: AnyMoments) -> AnyMoments:
    """Return the moments of the model in which a combination of gamma has a given value.

    Parameters
    ----------
    contrast : (p,) array
        In the data's units.
    value : float
    moments : Moments or LayeredMoments

    Returns
    -------
    Moments or LayeredMoments
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
    return moments.changed(lambda zz, zw, ww: (zz, zw @ change, change.T @ ww @ change))


def without(k: int, moments: AnyMoments) -> float:
    """Return the least deviance (ML) of the model without the random coefficient k."""
    if isinstance(moments, LayeredMoments):
        return _without_layered(k, moments)
    if moments.q == 1:

        def alone(there: Moments) -> tuple[float, FloatArray]:
            solution = solve(np.zeros((1, 1)), there, reml=False)
            return solution.criterion, ratio_gradient(there, solution) if there.strata else _NONE

        return least_over_ratios(alone, moments)
    return minimise(_dropped(k, moments)[0], reml=False).solution.criterion


def _without_layered(k: int, moments: LayeredMoments) -> float:
    """The same with two groupings: a grouping with that coefficient alone goes."""
    own = int(k >= moments.sizes[0])
    layers = list(moments.layers)
    if layers[own].q == 1:
        return minimise(layers[1 - own], reml=False).solution.criterion
    layers[own], change = _dropped(k - moments.places[own].start, layers[own])
    side = "ad,abm->dbm" if own == moments.inner else "bd,abm->adm"
    cells = replace(moments.cells, products=np.einsum(side, change, moments.cells.products))
    reduced = replace(moments, layers=(layers[0], layers[1]), cells=cells)
    return minimise(reduced, reml=False).solution.criterion


def _dropped(k: int, moments: Moments) -> tuple[Moments, FloatArray]:
    """Leave a random coefficient out; the columns of Z as they were times (q, q - 1) are left."""
    kept = [m for m in range(moments.q) if m != k]
    back = moments.scaling.z_inverse[:, kept]
    data = moments.changed(lambda zz, zw, ww: (back.T @ zz @ back, back.T @ zw, ww))
    unit = 1.0 / np.sqrt(np.einsum("jaa->a", data.zz) / moments.n)
    rank = {m: position for position, m in enumerate(kept)}
    blocks = (tuple(rank[m] for m in block if m != k) for block in moments.blocks)
    scaling = moments.scaling
    reduced = replace(
        data.changed(
            lambda zz, zw, ww: (zz * np.multiply.outer(unit, unit), zw * unit[:, None], ww)
        ),
        blocks=tuple(block for block in blocks if block),
        scaling=Scaling(scaling.x, np.diag(unit), scaling.shift, scaling.y_shift, scaling.y_scale),
    )
    return reduced, back * unit


# --- where the variance parameters may go when one of them is held at a value -------------
# Lambda's coefficients c and v = log(sigma) are written as functions of free numbers x that obey
# the constraint whatever x is.  With the coefficient at stake put first in its block,
# ``T_00 = sigma^2 c_0^2`` and ``T_10 = sigma^2 c_0 c_1``, so that
#
# * an SD held at s means ``c_0 = s exp(-v)``,
# * a covariance held at t means ``c_1 = t exp(-2v) / c_0``,
# * a correlation held at r means that the two elements of Lambda's second row are r and
#   ``sqrt(1 - r^2)`` times a free number,
# * and a residual SD held at s means ``v = log(s)``.

Mapped: TypeAlias = "tuple[FloatArray, FloatArray, FloatArray]"


class Path(Protocol):
    """Where the variance parameters may go when one of them is held."""

    @property
    def blocks(self) -> Blocks:
        """Those of T, with the coefficients at stake first in their own."""

    def map(self, x: FloatArray, value: float) -> Mapped:
        """(c, v), (k + 1,), its first derivatives in x, and its second ones."""

    def start(self, point: FloatArray, value: float) -> FloatArray:
        """An x near a point (c, v) off the path."""

    def proper(self, x: FloatArray) -> bool:
        """Whether the SDs have the signs that the held value takes for granted."""


@dataclass(frozen=True)
class SdPath:
    """Hold the SD of the coefficient that comes first in ``blocks``."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first, second = np.zeros((size, size + 1)), np.zeros((size, size, size + 1))
        held = value * float(np.exp(-x[-1]))
        first[:, 1:] = np.eye(size)
        first[-1, 0], second[-1, -1, 0] = -held, held
        return np.append(held, x), first, second

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        return point[1:]

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


@dataclass(frozen=True)
class CorrelationPath:
    """Hold the correlation of the two coefficients that come first in ``blocks``."""

    blocks: Blocks

    @property
    def _own(self) -> int:
        """The place in c of the second coefficient's diagonal element; before it is x's."""
        return len(self.blocks[0])

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first = np.delete(np.eye(size + 1), 1, axis=0)  # (size, size + 1)
        first[self._own - 1, 1] = value
        first[self._own - 1, self._own] = np.sqrt(1.0 - value**2)
        return x @ first, first, np.zeros((size, size, size + 1))

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        x = np.delete(point, 1)
        x[self._own - 1] = np.hypot(point[1], point[self._own])
        return x

    def proper(self, x: FloatArray) -> bool:
        """See :class:`Path`."""
        return bool(x[0] * x[self._own - 1] > 0.0)


@dataclass(frozen=True)
class CovariancePath:
    """Hold the covariance of the two coefficients that come first in ``blocks``."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first = np.delete(np.eye(size + 1), 1, axis=0)  # (size, size + 1)
        second = np.zeros((size, size, size + 1))
        held = value * float(np.exp(-2.0 * x[-1])) / x[0]
        point = x @ first
        point[1] = held
        first[0, 1], first[-1, 1] = -held / x[0], -2.0 * held
        second[0, 0, 1], second[-1, -1, 1] = 2.0 * held / x[0] ** 2, 4.0 * held
        second[0, -1, 1] = second[-1, 0, 1] = 2.0 * held / x[0]
        return point, first, second

    def start(self, point: FloatArray, value: float) -> FloatArray:
        """See :class:`Path`."""
        x = np.delete(point, 1)
        ratio = point[0] / float(np.hypot(point[1], point[len(self.blocks[0])]))
        needed = np.sqrt(abs(value) * ratio) * float(np.exp(-point[-1]))  # with correlation one
        x[0] = max(x[0], needed)
        return x

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


@dataclass(frozen=True)
class SigmaPath:
    """Hold the residual SD."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        return np.append(x, np.log(value)), np.eye(size, size + 1), np.zeros((size, size, size + 1))

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        return point[:-1]

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


def in_front(blocks: Blocks, *front: int) -> Blocks:
    """Put coefficients first in their block, and their block first.

    Examples
    --------
    >>> in_front(((0,), (1, 2)), 2)
    ((2, 1), (0,))
    """
    own = next(block for block in blocks if front[0] in block)
    rest = tuple(block for block in blocks if block is not own)
    return ((*front, *(k for k in own if k not in front)), *rest)


# --- the parameters one at a time: estimate, range, profile deviance ----------------------


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    estimate : float
        NaN for a correlation with a variance of zero.
    step : float
        About half a standard error: a first step away from the estimate.
    least, greatest : float
        The ends of its range.
    deviance : callable
        The least deviance (ML) as a function of the parameter.
    scale : {"own", "root", "shape"}
        What is searched: the parameter itself, the root of a variance, or ``1 / √shape``.
    """

    estimate: float
    step: float
    least: float
    greatest: float
    deviance: Callable[[float], float]
    scale: Literal["own", "root", "shape"] = "own"

    def outward(self, value: float) -> float:
        """From what is searched to what is shown."""
        if self.scale == "shape":
            return 1.0 / value**2 if value > 0.0 else np.inf
        return value**2 if self.scale == "root" else value

    def inward(self, value: float) -> float:
        """From what is shown to what is searched."""
        if self.scale == "shape":
            return float(value**-0.5)
        return float(np.sqrt(value)) if self.scale == "root" else value


@dataclass(frozen=True, eq=False)
class Parameters:
    """All parameters of a model at its optimum under ML.

    Attributes
    ----------
    moments : Moments or LayeredMoments
    optimum : Optimum or LayeredOptimum
        Under ML.
    """

    moments: AnyMoments
    optimum: Found[Any]

    @property
    def sigma_estimate(self) -> float:
        """The residual SD, in the data's units."""
        return float(np.sqrt(self.optimum.solution.sigma2)) * self.moments.scaling.y_scale

    @property
    def covariance_estimate(self) -> FloatArray:
        """T, (q, q), in the data's units."""
        factor = self.moments.scaling.z @ self.optimum.factor
        estimate: FloatArray = self.sigma_estimate**2 * (factor @ factor.T)
        return estimate

    def gamma(self, k: int) -> Parameter:
        """The fixed coefficient k."""
        scaling, solution = self.moments.scaling, self.optimum.solution
        contrast = np.eye(self.moments.p)[k]
        estimate = float(scaling.y_scale * (scaling.x[k] @ solution.gamma) + scaling.shift[k])
        root = self.sigma_estimate * (scaling.x[k] @ solution.root)
        starts: list[FloatArray | None] = [off_the_boundary(self.optimum.factor), None]
        if isinstance(self.moments, LayeredMoments):  # a search from nowhere takes long
            starts.pop()

        def deviance(value: float) -> float:
            held = hold_contrast(contrast, value, self.moments)
            return min(float(minimise(held, False, x).solution.criterion) for x in starts)

        return Parameter(estimate, 0.5 * float(np.sqrt(root @ root)), -np.inf, np.inf, deviance)

    def sigma(self) -> Parameter:
        """The residual SD, or that of the first category."""
        estimate, strata = self.sigma_estimate, self.moments.strata
        rows = self.moments.n if strata is None else strata.n[0]
        deviance = self._along(SigmaPath(self.moments.blocks))
        return Parameter(estimate, 0.5 * estimate / np.sqrt(rows), 0.0, np.inf, deviance)

    def with_first(self, k: int) -> Parameters:
        """The same with the category k first, whose σ² is then the unit."""
        strata = self.moments.strata
        if isinstance(self.moments, LayeredMoments) or strata is None or k == 0:
            return self
        order = [k, *(m for m in range(len(strata.n)) if m != k)]
        own = strata.log_ratios[k]
        turned = replace(
            strata,
            zz=strata.zz[order],
            zw=strata.zw[order],
            ww=strata.ww[order],
            n=strata.n[order],
            log_ratios=strata.log_ratios[order],
            names=tuple(strata.names[m] for m in order),
        )
        moments = replace(self.moments, strata=turned).at(turned.log_ratios - own)
        factor = self.optimum.factor * float(np.exp(-own / 2.0))
        solution = solve(factor @ factor.T, moments, reml=False)
        return Parameters(moments, replace(self.optimum, factor=factor, solution=solution))

    def sd(self, k: int) -> Parameter:
        """The SD of the random coefficient k; at 0 the coefficient is not random."""
        path = SdPath(in_front(self.moments.blocks, k))
        along, gone = self._along(path), without(k, self.moments)

        def deviance(value: float) -> float:
            return along(value) if value > 0.0 else gone

        estimate = float(np.sqrt(self.covariance_estimate[k, k]))
        return Parameter(estimate, self._sd_step(k, estimate), 0.0, np.inf, deviance)

    def covariance(self, k: int, m: int) -> Parameter:
        """The covariance of the random coefficients k and m."""
        path = CovariancePath(in_front(self.moments.blocks, k, m))
        t = self.covariance_estimate
        steps = [self._sd_step(i, float(np.sqrt(t[i, i]))) for i in (k, m)]
        sds = [float(np.sqrt(t[i, i])) + step for i, step in zip((k, m), steps, strict=True)]
        step = 0.1 * sds[0] * sds[1]
        return Parameter(float(t[k, m]), step, -np.inf, np.inf, self._along(path))

    def correlation(self, k: int, m: int) -> Parameter:
        """The correlation of the random coefficients k and m.

        Where one of their variances is 0, any correlation is as good as another.
        """
        path = CorrelationPath(in_front(self.moments.blocks, k, m))
        along = self._along(path)
        gone = min(without(i, self.moments) for i in (k, m))

        def deviance(value: float) -> float:
            return min(along(value), gone)

        t = self.covariance_estimate
        product = float(np.sqrt(t[k, k] * t[m, m]))
        estimate = float(np.clip(t[k, m] / product, -1.0, 1.0)) if product > 0.0 else np.nan
        return Parameter(estimate, 0.05, -1.0, 1.0, deviance)

    def variance_parameter(self, position: int, *, correlations: bool) -> Parameter:
        """The element of theta at a position, as an SD, correlation or covariance; then sigma."""
        where = places(self.moments.blocks)
        if position >= len(where):
            return self.with_first(position - len(where)).sigma()
        row, column = where[position]
        if row == column:
            return self.sd(row)
        return self.correlation(column, row) if correlations else self.covariance(column, row)

    def _sd_step(self, k: int, estimate: float) -> float:
        back = self.moments.scaling.z_inverse[:, k]
        mean_square = float(back @ self.moments.totals @ back) / self.moments.n
        return max(0.05 * estimate, 0.01 * self.sigma_estimate / float(np.sqrt(mean_square)))

    def _along(self, path: Path) -> Callable[[float], float]:
        """The least deviance on a path; infinite where an SD would have to be negative."""
        factor = self.moments.scaling.z @ off_the_boundary(self.optimum.factor)
        apart = np.diag(np.sqrt(np.einsum("ab,ab->a", factor, factor)))  # without correlations
        starts = [factor] if np.array_equal(factor, apart) else [factor, apart]
        if self.moments.groups < FEW or self.optimum.singular:  # there may be several minima
            starts += [apart @ one for one in aligned_factors(self.moments)]
        sigma = np.log(self.sigma_estimate)
        points = [
            np.append(theta_of(canonical(one, path.blocks), path.blocks), sigma) for one in starts
        ]
        neighbour: list[FloatArray] = []
        slow = isinstance(self.moments, LayeredMoments)  # what is near is then the start
        diagonal = [k for k, (row, column) in enumerate(places(path.blocks)) if row == column]
        edge = self.optimum.singular

        def deviance(value: float) -> float:
            nonlocal edge
            near = int(edge) if slow and neighbour else len(points)
            starts = [path.start(point, value) for point in points[:near]] + neighbour
            found = [least_on_path(path, value, x, self.moments) for x in starts]
            proper = [pair for pair in found if path.proper(pair[1])]
            if not proper:
                return float(np.inf)
            best, x = min(proper, key=lambda pair: pair[0])
            neighbour[:] = [x]
            # a zero is a stationary point: a search that begins there does not leave it
            edge = edge or bool(np.abs(path.map(x, value)[0][diagonal]).min() < NEAR_ZERO)
            return best

        return deviance


# --- how the deviance rises as one parameter moves from its estimate ----------------------


@dataclass(frozen=True, eq=False)
class LikelihoodProfile(ABC):
    """The profile likelihood of a fit of any kind: limits and curves of its parameters.

    Parameters
    ----------
    fit : Fitted
    scale : {"variance", "sd"}
        Variances and covariances, or standard deviations and correlations.
    """

    fit: Fitted
    scale: Scale = "variance"

    def __post_init__(self) -> None:
        require_scale(self.scale)

    def __repr__(self) -> str:
        return f"<Profile of {', '.join(self.names)}; see .conf_int() and .curve(name)>"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters: γ by term, the elements of T, and σ² or σ, or a shape."""
        return (*self.fit.design.x_names, *names_of(self.fit, self.scale))

    @property
    @abstractmethod
    def least(self) -> float:
        """The deviance (ML) at the estimates."""

    @abstractmethod
    def _parameter_at(self, position: int) -> Parameter:
        """The parameter at a position among the names."""

    def conf_int(
        self, level: float = 0.95, *, names: Sequence[str] | None = None, progress: bool = True
    ) -> pd.DataFrame:
        """Profile-likelihood intervals.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        names : sequence of str, optional
            All of :attr:`names` when left out.
        progress : bool
            Whether to show a bar when it takes longer than a second.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower`` and ``upper``.  A lower limit of a variance is 0, and a limit of a
            correlation is -1 or 1, where the boundary itself is not rejected.  Ctrl-C ends the
            work: the intervals found are returned with a warning, and the others are NaN.

        Raises
        ------
        OptionError
            When the level is not between 0 and 1, or there is no such parameter.
        """
        require_level(level)
        reach = float(ndtri(0.5 + level / 2.0))
        chosen = list(self.names if names is None else names)
        found: dict[str, tuple[float, float]] = {}
        bar = tqdm(chosen, desc="Profile", delay=1.0, leave=False, disable=not progress)
        with bar, Interrupts() as interrupts:
            for name in bar:
                if interrupts.asked:
                    break
                found[name] = self._limits(self._parameter(name), reach)
        if len(found) < len(set(chosen)):
            if not found:
                raise KeyboardInterrupt
            left = [name for name in chosen if name not in found]
            warn_incomplete(
                f"Interrupted: {len(found)} of {len(chosen)} intervals were found; the others are "
                f"NaN. Ask for them with names={left}."
            )
        rows = [found.get(name, (np.nan, np.nan)) for name in chosen]
        return pd.DataFrame(rows, index=chosen, columns=["lower", "upper"], dtype=float)

    def curve(self, name: str, *, points: int = 21, level: float = 0.99) -> pd.DataFrame:
        """Trace the profile of one parameter, for a figure.

        Parameters
        ----------
        name : str
            One of :attr:`names`.
        points : int
            How many values.
        level : float
            The curve spans the interval of this level.

        Returns
        -------
        pandas.DataFrame
            Columns ``value``, ``zeta`` (the signed root of the rise) and ``deviance``.
        """
        require_level(level)
        parameter = self._parameter(name)
        lower, upper = self._limits(parameter, float(ndtri(0.5 + level / 2.0)))
        if np.isinf(upper):  # a shape: evenly spaced where it is searched, as far as it is finite
            most = parameter.inward(lower)
            inner = np.linspace(most, most / points, points)
            values = np.array([parameter.outward(float(value)) for value in inner])
        else:
            values = np.linspace(lower, upper, points)
            inner = np.array([parameter.inward(float(value)) for value in values])
        zeta = np.array([self._zeta(parameter, float(value)) for value in inner])
        rise = pd.DataFrame({"value": values, "zeta": zeta, "deviance": self.least + zeta**2})
        return rise.assign(zeta=-zeta) if parameter.scale == "shape" else rise

    def _parameter(self, name: str) -> Parameter:
        """The parameter of a name."""
        if name not in self.names:
            raise OptionError(
                f"There is no parameter '{name}'.", f"Use one of {', '.join(self.names)}."
            )
        return self._parameter_at(self.names.index(name))

    def _zeta(self, parameter: Parameter, value: float) -> float:
        rise = parameter.deviance(value) - self.least
        if rise < -1e-4:
            warnings.warn(
                f"The profile found estimates whose deviance is {-rise:.3g} lower than the fit's: "
                "the likelihood has more than one peak. Do not rely on the fit or its intervals; "
                "simplify the random part.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return float(np.copysign(np.sqrt(max(rise, 0.0)), value - parameter.estimate))

    def _limits(self, parameter: Parameter, reach: float) -> tuple[float, float]:
        ends = (self._limit(parameter, side, reach) for side in (-1.0, 1.0))
        lower, upper = sorted(map(parameter.outward, ends))
        return lower, upper

    def _limit(self, parameter: Parameter, side: float, reach: float) -> float:
        """Where zeta reaches the quantile on one side, or the end of the parameter's range."""
        end = parameter.least if side < 0.0 else parameter.greatest
        inner, step = parameter.estimate, 2.0 * reach * parameter.step
        if np.isnan(inner):  # a correlation with a variance of zero
            return end
        for _ in range(60):
            outer = inner + side * step
            if side * outer >= side * end:
                if side * self._zeta(parameter, end) <= reach:
                    return end
                outer = end
                break
            if side * self._zeta(parameter, outer) > reach:
                break
            inner, step = outer, 2.0 * step
        else:
            raise FitError(
                "The deviance does not rise enough for a limit of an interval.",
                "Use a lower confidence level, or a simpler model.",
            )

        def excess(value: float) -> float:
            # an end where the deviance is infinite: far out is enough
            return min(side * self._zeta(parameter, value) - reach, 10.0 * reach)

        return float(brentq(excess, inner, outer, xtol=1e-6 * parameter.step, rtol=1e-9))


@dataclass(frozen=True, eq=False, repr=False)
class Profile(LikelihoodProfile):
    """The profile likelihood of a fit to a normal outcome.

    Parameters
    ----------
    fit : Linear
        By ML or REML; it is the ML deviance that is profiled.
    scale : {"variance", "sd"}
        Variances and covariances, or standard deviations and correlations.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> fit.profile(scale="sd").conf_int(names=["sigma"]).round(1)
           lower  upper
    sigma   27.8   34.6
    """

    fit: Linear

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters at the optimum under ML."""
        moments = self.fit.moments
        starts = (self.fit.optimum.factor, None)
        found: list[Found[Any]] = [minimise(moments, False, start) for start in starts]
        best = min(found, key=lambda optimum: optimum.solution.criterion)
        return Parameters(moments.at(best.log_ratios), best)

    @property
    def least(self) -> float:
        """The deviance (ML) at the estimates."""
        return float(self.parameters.optimum.solution.criterion)

    def _parameter_at(self, position: int) -> Parameter:
        """The parameter that is searched; for a variance it is the SD, its root."""
        p = self.fit.moments.p
        if position < p:
            return self.parameters.gamma(position)
        sds = self.scale == "sd"
        found = self.parameters.variance_parameter(position - p, correlations=sds)
        root = not sds and self.names[position].startswith(("var(", "sigma2"))
        return replace(found, scale="root") if root else found
