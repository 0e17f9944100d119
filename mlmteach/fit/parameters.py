"""The parameters of a model one at a time: the estimate, the range, and the profile deviance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.fit.constrained import hold_contrast, least_deviance, without
from mlmteach.fit.optimum import Optimum, minimise
from mlmteach.fit.paths import (
    CorrelationPath,
    CovariancePath,
    Path,
    SdPath,
    SigmaPath,
    in_front,
)
from mlmteach.fit.theta import canonical, places, theta_of

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray, Moments

__all__ = ["Parameter", "Parameters"]

OFF_THE_BOUNDARY = 0.05  # added to Lambda's diagonal where a search starts from the optimum


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
    """

    estimate: float
    step: float
    least: float
    greatest: float
    deviance: Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Parameters:
    """All parameters of a model at its optimum under ML.

    Attributes
    ----------
    moments : Moments
    optimum : Optimum
        Under ML.
    """

    moments: Moments
    optimum: Optimum

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
        start = self.optimum.factor + OFF_THE_BOUNDARY * np.eye(self.moments.q)

        def deviance(value: float) -> float:
            held = hold_contrast(contrast, value, self.moments)
            return min(minimise(held, False, x).solution.criterion for x in (start, None))

        return Parameter(estimate, 0.5 * float(np.sqrt(root @ root)), -np.inf, np.inf, deviance)

    def sigma(self) -> Parameter:
        """The residual SD."""
        estimate = self.sigma_estimate
        path = SigmaPath(self.moments.blocks)
        deviance = self._along(path)
        return Parameter(estimate, 0.5 * estimate / np.sqrt(self.moments.n), 0.0, np.inf, deviance)

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
        if position == len(where):
            return self.sigma()
        row, column = where[position]
        if row == column:
            return self.sd(row)
        return self.correlation(column, row) if correlations else self.covariance(column, row)

    def _sd_step(self, k: int, estimate: float) -> float:
        back = self.moments.scaling.z_inverse[:, k]
        mean_square = float(back @ self.moments.zz.sum(axis=0) @ back) / self.moments.n
        return max(0.05 * estimate, 0.01 * self.sigma_estimate / float(np.sqrt(mean_square)))

    def _along(self, path: Path) -> Callable[[float], float]:
        """The least deviance on a path; infinite where an SD would have to be negative."""
        factor = self.moments.scaling.z @ (
            self.optimum.factor + OFF_THE_BOUNDARY * np.eye(self.moments.q)
        )
        apart = np.diag(np.sqrt(np.einsum("ab,ab->a", factor, factor)))  # without correlations
        sigma = np.log(self.sigma_estimate)
        points = [
            np.append(theta_of(canonical(one, path.blocks), path.blocks), sigma)
            for one in (factor, apart)
        ]
        neighbour: list[FloatArray] = []

        def deviance(value: float) -> float:
            starts = [path.start(point, value) for point in points] + neighbour
            found = [least_deviance(path, value, x, self.moments) for x in starts]
            proper = [pair for pair in found if path.proper(pair[1])]
            if not proper:
                return float(np.inf)
            best, x = min(proper, key=lambda pair: pair[0])
            neighbour[:] = [x]
            return best

        return deviance
