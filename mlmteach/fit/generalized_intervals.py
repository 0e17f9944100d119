"""Tests and profile likelihoods of fits to yes/no outcomes and counts.

A parameter is held by writing all parameters of the marginal likelihood as a function of free
numbers that obeys the constraint whatever these are: γ on a plane, Λ on the paths of
:mod:`mlmteach.fit.profile` (whose residual SD is 1 here), and a negative binomial by its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from scipy.optimize import minimize
from scipy.special import chdtrc

from mlmteach.fit.generalized import HUGE
from mlmteach.fit.kenward_roger import columns_of
from mlmteach.fit.optimum import FEW
from mlmteach.fit.profile import (
    CorrelationPath,
    CovariancePath,
    LikelihoodProfile,
    Parameter,
    Path,
    SdPath,
    in_front,
)
from mlmteach.fit.search import Evaluations, rough_curvature, search
from mlmteach.fit.theta import canonical, places, theta_of

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.generalized import NonNormal
    from mlmteach.fit.search import Integrated

__all__ = ["GeneralizedProfile", "WaldTest", "wald_test"]


# --- Wald's test of several coefficients --------------------------------------------------


@dataclass(frozen=True)
class WaldTest:
    """A test that several γ are all zero.

    Attributes
    ----------
    statistic : float
        Wald's chi-square.
    df : int
        How many γ are tested.
    pvalue : float
    names : tuple of str
        The γ.
    """

    statistic: float
    df: int
    pvalue: float
    names: tuple[str, ...]

    def __str__(self) -> str:
        p = "p < 0.001" if self.pvalue < 0.001 else f"p = {self.pvalue:.3f}"
        return f"χ²({self.df}) = {self.statistic:.2f}, {p}"

    def __repr__(self) -> str:
        return f"<Wald test of {' = '.join(self.names)} = 0: {self}>"


def wald_test(fit: NonNormal, terms: str | Sequence[str]) -> WaldTest:
    """Test that all coefficients of one term, or of several, are zero.

    Parameters
    ----------
    fit : NonNormal
    terms : str or sequence of str
        As the equations have them: ``"period"`` stands for the contrasts of all its categories,
        ``"period[T.2]"`` for one of them.

    Returns
    -------
    WaldTest

    Raises
    ------
    OptionError
        When there is no such term.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> wald_test(model.fit(mlm.load("cbpp")), "period")
    <Wald test of period[T.2] = period[T.3] = period[T.4] = 0: χ²(3) = 24.95, p < 0.001>
    """
    columns = columns_of(fit, terms)
    values = fit.params.to_numpy()[columns]
    covariance = fit.cov_params().to_numpy()[np.ix_(columns, columns)]
    statistic = float(values @ np.linalg.solve(covariance, values))
    p = float(chdtrc(len(columns), statistic))
    names = tuple(str(fit.params.index[k]) for k in columns)
    return WaldTest(statistic, len(columns), p, names)


# --- the least criterion when one of the parameters is held at a value --------------------

FLAT = 1e-5  # of the gradient, in units in which the curvature is about 1
POISSON = 1e-3  # below this 1/√shape a negative binomial is all but Poisson

Mapped: TypeAlias = "tuple[FloatArray, FloatArray]"


class Constraint(Protocol):
    """Where all parameters of a likelihood may be when one is held."""

    def parameters(self, free: FloatArray, value: float) -> Mapped:
        """All parameters, (size,), and their derivatives in the free numbers, (m, size)."""

    def starts(self, value: float) -> list[FloatArray]:
        """Free numbers from which a search may begin."""

    def proper(self, free: FloatArray) -> bool:
        """Whether the SDs have the signs that the held value takes for granted."""


@dataclass(frozen=True, eq=False)
class HeldGamma:
    """Hold a combination of γ.

    Attributes
    ----------
    contrast : (size,) array
        In internal units; 0 for all but γ.
    estimate : float
    optimum : (size,) array
        All parameters.
    direction : (size,) array
        How all parameters follow the held one, to first order.
    """

    contrast: FloatArray
    estimate: float
    optimum: FloatArray
    direction: FloatArray

    @cached_property
    def _plane(self) -> FloatArray:
        """(size - 1, size): directions in which the combination does not change."""
        complete = np.linalg.qr(self.contrast[:, None], mode="complete")[0]
        free: FloatArray = complete[:, 1:].T
        return free

    def parameters(self, free: FloatArray, value: float) -> Mapped:
        """See :class:`Constraint`."""
        held = self.contrast * (value / float(self.contrast @ self.contrast))
        return held + free @ self._plane, self._plane

    def starts(self, value: float) -> list[FloatArray]:
        """See :class:`Constraint`."""
        near = self.optimum + self.direction * (value - self.estimate)
        return [self._plane @ near]

    def proper(self, free: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Constraint`."""
        return True


@dataclass(frozen=True, eq=False)
class HeldSpread:
    """Hold an SD, correlation or covariance of the U's.

    Attributes
    ----------
    path : Path
        Where Λ may go.
    p : int
        How many γ come before θ.
    points : tuple of (size,) array
        Parameters near the optimum, θ in the order of the path.
    """

    path: Path
    p: int
    points: tuple[FloatArray, ...]

    @property
    def _k(self) -> int:
        return len(places(self.path.blocks))

    def _own(self, free: FloatArray) -> FloatArray:
        """The free numbers of Λ, with a 0 for the logarithm of the residual SD, (k,)."""
        return np.append(free[self.p : self.p + self._k - 1], 0.0)

    def parameters(self, free: FloatArray, value: float) -> Mapped:
        """See :class:`Constraint`."""
        p, k = self.p, self._k
        mapped, first, _ = self.path.map(self._own(free), value)
        parameters = np.concatenate([free[:p], mapped[:-1], free[p + k - 1 :]])
        jacobian = np.zeros((len(free), len(parameters)))
        jacobian[:p, :p] = np.eye(p)
        jacobian[p : p + k - 1, p : p + k] = first[:-1, :-1]
        jacobian[p + k - 1 :, p + k :] = np.eye(len(free) - p - k + 1)
        return parameters, jacobian

    def starts(self, value: float) -> list[FloatArray]:
        """See :class:`Constraint`."""
        p, k = self.p, self._k
        return [
            np.concatenate(
                [
                    point[:p],
                    self.path.start(np.append(point[p : p + k], 0.0), value)[:-1],
                    point[p + k :],
                ]
            )
            for point in self.points
        ]

    def proper(self, free: FloatArray) -> bool:
        """See :class:`Constraint`."""
        return self.path.proper(self._own(free))


@dataclass(frozen=True, eq=False)
class HeldShape:
    """Hold the shape of a negative binomial at ``1 / value²``.

    Attributes
    ----------
    optimum : (size,) array
        All parameters.
    """

    optimum: FloatArray

    def parameters(self, free: FloatArray, value: float) -> Mapped:
        """See :class:`Constraint`."""
        return np.append(free, -2.0 * np.log(value)), np.eye(len(free), len(free) + 1)

    def starts(self, value: float) -> list[FloatArray]:  # noqa: ARG002
        """See :class:`Constraint`."""
        return [self.optimum[:-1]]

    def proper(self, free: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Constraint`."""
        return True


@dataclass(frozen=True, eq=False)
class Held:
    """The least criterion as a function of the value at which a parameter is held.

    Attributes
    ----------
    marginal : Integrated
    constraint : Constraint
    thorough : bool
        Whether there may be several minima, so that each start gets a search.
    """

    marginal: Integrated
    constraint: Constraint
    thorough: bool
    _last: list[FloatArray] = field(default_factory=list)

    def __call__(self, value: float) -> float:
        """Find it; infinite where an SD would have to be negative."""
        starts = self.constraint.starts(value) + self._last
        if not self.thorough:
            starts = [min(starts, key=lambda free: self.criterion(free, value))]
        found = [self.least(free, value) for free in starts]
        proper = [pair for pair in found if self.constraint.proper(pair[1])]
        if not proper:
            return float(np.inf)
        best, free = min(proper, key=lambda pair: pair[0])
        self._last[:] = [free]
        return best

    def criterion(self, free: FloatArray, value: float) -> float:
        """The criterion at free numbers; infinite where it cannot be computed."""
        with np.errstate(all="ignore"):
            try:
                found = self.marginal.criterion(self.constraint.parameters(free, value)[0])[0]
            except np.linalg.LinAlgError:
                return float(np.inf)
        return found if np.isfinite(found) else float(np.inf)

    def least(self, start: FloatArray, value: float) -> tuple[float, FloatArray]:
        """Find the least criterion from a start, and the free numbers there."""
        if not len(start) or not np.isfinite(self.criterion(start, value)):
            return self.criterion(start, value), start
        unit, run = self._unit(start, value), Evaluations(self.marginal)

        def evaluate(step: FloatArray) -> tuple[float, FloatArray]:
            parameters, jacobian = self.constraint.parameters(start + unit @ step, value)
            criterion, gradient = run(parameters)
            return criterion, unit.T @ (jacobian @ gradient)

        found = minimize(
            evaluate,
            np.zeros(len(start)),
            jac=True,
            method="BFGS",
            options={"gtol": FLAT, "maxiter": 300},
        )
        return float(found.fun), start + unit @ found.x

    def _unit(self, free: FloatArray, value: float) -> FloatArray:
        """Steps that change the criterion by about 1/2 each, by the products of groups' scores."""
        parameters, jacobian = self.constraint.parameters(free, value)
        scores = jacobian @ self.marginal.scores(parameters, self.marginal.modes(parameters))[1]
        values, vectors = np.linalg.eigh(rough_curvature(scores))
        unit: FloatArray = vectors / np.sqrt(values)
        return unit


# --- the parameters one at a time ---------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class GeneralizedProfile(LikelihoodProfile):
    """The profile likelihood of a fit to a yes/no outcome or a count.

    It is of the likelihood by which the model was fitted: Laplace's approximation, or quadrature
    with as many points.

    Parameters
    ----------
    fit : NonNormal
    scale : {"variance", "sd"}
        Variances and covariances, or standard deviations and correlations.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> profile = model.fit(mlm.load("cbpp")).profile(scale="sd")
    >>> profile.conf_int(names=["sd(Intercept)"]).round(3)
                   lower  upper
    sd(Intercept)  0.346    1.1
    """

    fit: NonNormal

    @property
    def least(self) -> float:
        """The deviance at the estimates."""
        return self.fit.criterion

    def _parameter_at(self, position: int) -> Parameter:
        fit = self.fit
        p, where = len(fit.params), places(fit.design.blocks)
        if position < p:
            return self._gamma(position)
        if position - p == len(where):
            return self._shape()
        row, column = where[position - p]
        if row == column:
            found = self._sd(row)
            return found if self.scale == "sd" else replace(found, scale="root")
        return self._association(column, row)

    def _gamma(self, k: int) -> Parameter:
        fit = self.fit
        problem, estimate = fit.marginal.problem, float(fit.params.iloc[k])
        contrast = np.zeros(problem.size)
        contrast[: problem.p] = fit.scaling.x[k]
        direction = fit.parameter_cov @ contrast / float(fit.bse.iloc[k]) ** 2
        held = HeldGamma(contrast, estimate, self._near, direction)
        deviance = Held(fit.marginal, held, self._thorough)
        return Parameter(estimate, 0.5 * float(fit.bse.iloc[k]), -np.inf, np.inf, deviance)

    def _sd(self, k: int) -> Parameter:
        estimate = float(np.sqrt(self.fit.covariance[k, k]))
        deviance = self._along(SdPath(in_front(self.fit.design.blocks, k)))
        return Parameter(estimate, self._sd_step(k), 0.0, np.inf, deviance)

    def _association(self, k: int, m: int) -> Parameter:
        """The correlation of two U's, or their covariance."""
        t, blocks = self.fit.covariance, in_front(self.fit.design.blocks, k, m)
        sds = [float(np.sqrt(t[i, i])) + self._sd_step(i) for i in (k, m)]
        if self.scale == "variance":
            along = self._along(CovariancePath(blocks))
            return Parameter(float(t[k, m]), 0.1 * sds[0] * sds[1], -np.inf, np.inf, along)
        along = self._along(CorrelationPath(blocks))
        # where one of the variances is 0, any correlation is as good as another
        gone = min(self._sd(i).deviance(0.0) for i in (k, m))
        product = float(np.sqrt(t[k, k] * t[m, m]))
        estimate = float(np.clip(t[k, m] / product, -1.0, 1.0)) if product > 0.0 else np.nan
        return Parameter(estimate, 0.05, -1.0, 1.0, lambda value: min(along(value), gone))

    def _shape(self) -> Parameter:
        fit = self.fit
        assert fit.shape is not None
        problem, spread = fit.marginal.problem, fit.shape**-0.5
        poisson = replace(problem, family=replace(problem.family, name="poisson"))
        limit = replace(fit.marginal, problem=poisson)
        held = Held(fit.marginal, HeldShape(self._near), self._thorough)

        def deviance(value: float) -> float:
            return held(value) if value >= POISSON else search(limit, self._near[:-1]).criterion

        return Parameter(spread, 0.05 * max(spread, 0.2), 0.0, np.inf, deviance, "shape")

    @property
    def _near(self) -> FloatArray:
        """The optimum, or parameters close by where it lies at the edge of what is possible."""
        shape = self.fit.shape
        at_edge = self.fit.singular or (shape is not None and shape > HUGE)
        return self.fit.warm_start if at_edge else self.fit.found.parameters

    @property
    def _thorough(self) -> bool:
        """Whether the likelihood may have several peaks."""
        fewest = min(effects.ngroups for effects in self.fit.effects)
        return self.fit.singular or fewest < FEW

    def _sd_step(self, k: int) -> float:
        """A step of the SD of a U that can be told from none."""
        squares = np.concatenate([np.mean(layer.Z**2, axis=0) for layer in self.fit.layers])
        own = float(np.sqrt(self.fit.covariance[k, k]))
        return max(0.05 * own, 0.01 / float(np.sqrt(squares[k])))

    def _along(self, path: Path) -> Held:
        """The least criterion on a path."""
        fit, near, blocks = self.fit, self._near, path.blocks
        problem, scaling = fit.marginal.problem, fit.scaling
        moved = replace(problem, blocks=blocks, change=scaling.z_inverse)
        factor = scaling.z @ problem.parted(near)[1]
        apart = np.diag(np.sqrt(np.einsum("ab,ab->a", factor, factor)))  # without correlations
        factors = [factor] if problem.q == 1 else [factor, apart]
        p, k = problem.p, len(problem.basis)
        points = tuple(
            np.concatenate([near[:p], theta_of(canonical(one, blocks), blocks), near[p + k :]])
            for one in factors
        )
        held = HeldSpread(path, p, points)
        return Held(replace(fit.marginal, problem=moved), held, self._thorough)
