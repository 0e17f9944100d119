"""Profile likelihood: how the deviance rises as one parameter moves from its estimate.

The interval of a parameter holds the values that a likelihood-ratio test does not reject, and the
signed root of the rise, zeta, would be a straight line if the Wald interval were exact (Bates,
Maechler, Bolker & Walker 2015, Journal of Statistical Software 67(1), section 5).  As in lme4,
it is the ML deviance that is profiled, for fits by REML too.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri
from tqdm import tqdm

from mlmteach.errors import ConvergenceWarning, FitError, OptionError
from mlmteach.fit.optimum import minimise
from mlmteach.fit.parameters import Parameter, Parameters
from mlmteach.fit.variances import Scale, require_level, require_scale, variance_names

if TYPE_CHECKING:
    from mlmteach.fit.results import Fit

__all__ = ["Profile"]


@dataclass(frozen=True, eq=False)
class Profile:
    """The profile likelihood of a fit.

    Parameters
    ----------
    fit : Fit
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

    fit: Fit
    scale: Scale = "variance"

    def __post_init__(self) -> None:
        require_scale(self.scale)

    def __repr__(self) -> str:
        return f"<Profile of {', '.join(self.names)}; see .conf_int() and .curve(name)>"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters: γ by term, the elements of T, and σ² or σ."""
        z_names, blocks = self.fit.design.z_names, self.fit.moments.blocks
        return (*self.fit.design.x_names, *variance_names(z_names, blocks, self.scale))

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters at the optimum under ML."""
        moments = self.fit.moments
        found = [minimise(moments, False, start) for start in (self.fit.optimum.factor, None)]
        return Parameters(moments, min(found, key=lambda optimum: optimum.solution.criterion))

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
            correlation is -1 or 1, where the boundary itself is not rejected.

        Raises
        ------
        OptionError
            When the level is not between 0 and 1, or there is no such parameter.
        """
        require_level(level)
        reach = float(ndtri(0.5 + level / 2.0))
        chosen = list(self.names if names is None else names)
        bar = tqdm(chosen, desc="Profile", delay=1.0, leave=False, disable=not progress)
        rows = [self._limits(name, reach) for name in bar]
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
        lower, upper = self._limits(name, float(ndtri(0.5 + level / 2.0)))
        root = self._is_root(name)
        values = np.linspace(lower, upper, points)
        parameter = self._parameter(name)
        inner = np.sqrt(values) if root else values
        zeta = np.array([self._zeta(parameter, float(value)) for value in inner])
        least = self.parameters.optimum.solution.criterion
        return pd.DataFrame({"value": values, "zeta": zeta, "deviance": least + zeta**2})

    def _parameter(self, name: str) -> Parameter:
        """The parameter that is searched; for a variance it is the SD, its root."""
        if name not in self.names:
            raise OptionError(
                f"There is no parameter '{name}'.", f"Use one of {', '.join(self.names)}."
            )
        position = self.names.index(name)
        p = self.fit.moments.p
        if position < p:
            return self.parameters.gamma(position)
        return self.parameters.variance_parameter(position - p, correlations=self.scale == "sd")

    def _is_root(self, name: str) -> bool:
        fixed = name in self.fit.design.x_names
        return not fixed and (name.startswith("var(") or name == "sigma2")

    def _zeta(self, parameter: Parameter, value: float) -> float:
        rise = parameter.deviance(value) - self.parameters.optimum.solution.criterion
        if rise < -1e-4:
            warnings.warn(
                f"The profile found estimates whose deviance is {-rise:.3g} lower than the fit's: "
                "the likelihood has more than one peak. Do not rely on the fit or its intervals; "
                "simplify the random part.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return float(np.copysign(np.sqrt(max(rise, 0.0)), value - parameter.estimate))

    def _limits(self, name: str, reach: float) -> tuple[float, float]:
        parameter = self._parameter(name)
        lower, upper = (self._limit(parameter, side, reach) for side in (-1.0, 1.0))
        return (lower**2, upper**2) if self._is_root(name) else (lower, upper)

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
