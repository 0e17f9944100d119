"""The parametric bootstrap: what the estimates would be if the model were true, again and again."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from mlmteach.errors import FitError, OptionError
from mlmteach.fit.replication import replicate
from mlmteach.fit.simulate import draw, reoptimise
from mlmteach.fit.variances import (
    Scale,
    parameter_values,
    require_level,
    require_scale,
    to_sd_scale,
    variance_names,
    variances,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated

__all__ = ["Bootstrap", "bootstrap"]

Kind: TypeAlias = Literal["percentile", "basic"]


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Estimates from outcomes that were simulated from a fit.

    Attributes
    ----------
    fit : Estimated
        The fit that was simulated from.
    replicates : pandas.DataFrame
        One row a replicate that converged; γ by term, the elements of T, and ``sigma2``.
    failed : int
        How many replicates did not converge; they are left out.
    singular : int
        In how many of the replicates T came out singular; they are kept.
    """

    fit: Estimated
    replicates: pd.DataFrame
    failed: int
    singular: int

    def __repr__(self) -> str:
        return f"<Bootstrap: {self}>"

    def __str__(self) -> str:
        count = len(self.replicates)
        failed = f", {self.failed} more did not converge" if self.failed else ""
        return f"{count:,} replicates, {self.singular:,} of them with a singular T{failed}"

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard deviations of the replicates: bootstrap standard errors."""
        return self.replicates.std(ddof=1).rename("bse")

    def on_scale(self, scale: Scale) -> pd.DataFrame:
        """Return the replicates with T and σ² on a scale.

        Parameters
        ----------
        scale : {"variance", "sd"}

        Returns
        -------
        pandas.DataFrame
        """
        require_scale(scale)
        if scale == "variance":
            return self.replicates
        blocks, p = self.fit.moments.blocks, self.fit.moments.p
        values = self.replicates.to_numpy(dtype=float)
        changed = np.column_stack([values[:, :p], to_sd_scale(values[:, p:], blocks)])
        names = [*self.fit.params.index, *variance_names(self.fit.design.z_names, blocks, "sd")]
        return pd.DataFrame(changed, columns=names)

    def conf_int(
        self, level: float = 0.95, *, kind: Kind = "percentile", scale: Scale = "variance"
    ) -> pd.DataFrame:
        """Bootstrap intervals of γ, T and σ².

        Parameters
        ----------
        level : float
            Between 0 and 1.
        kind : {"percentile", "basic"}
            Percentiles of the replicates, or these percentiles mirrored at the estimate.
        scale : {"variance", "sd"}
            Variances and covariances, or standard deviations and correlations.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower`` and ``upper``, one row a parameter.

        Raises
        ------
        OptionError
            When an option cannot be used.

        References
        ----------
        Davison & Hinkley (1997), *Bootstrap Methods and their Application*, chapter 5.
        """
        require_level(level)
        if kind not in ("percentile", "basic"):
            raise OptionError(
                f"There are no bootstrap intervals of kind '{kind}'.",
                "Use 'percentile' or 'basic'.",
            )
        replicates = self.on_scale(scale)
        tail = (1.0 - level) / 2.0
        lower, upper = np.nanquantile(replicates.to_numpy(), [tail, 1.0 - tail], axis=0)
        if kind == "basic":
            estimate = np.concatenate([self.fit.params, variances(self.fit, scale)])
            lower, upper = 2.0 * estimate - upper, 2.0 * estimate - lower
        return pd.DataFrame({"lower": lower, "upper": upper}, index=replicates.columns)


def bootstrap(
    fit: Estimated,
    n: int = 1000,
    *,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Bootstrap:
    """Refit a model to outcomes that are simulated from it.

    Parameters
    ----------
    fit : Estimated
    n : int
        Number of replicates.
    seed : int, optional
        The same seed gives the same replicates whatever the number of workers.
    executor : concurrent.futures.Executor, optional
        Where the refits are done, for example a ``ProcessPoolExecutor``; in this process when left
        out.
    progress : bool
        Whether to show a bar.  Ctrl-C keeps what is done.

    Returns
    -------
    Bootstrap

    Raises
    ------
    OptionError
        When n is less than 1.
    FitError
        When no replicate converged.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> boot = fit.bootstrap(50, seed=1, progress=False)
    >>> print(boot)
    50 replicates, 0 of them with a singular T
    """
    lean = fit.with_changes(model=None, frame=fit.frame.iloc[:, :0], messages=())
    results = replicate(
        partial(_replicate, lean),
        n,
        seed=seed,
        executor=executor,
        progress=progress,
        label="Bootstrap",
    )
    kept = [result for result in results if result is not None]
    if not kept:
        raise FitError(
            "No replicate of the bootstrap converged.", "Simplify the random part of the model."
        )
    names = variance_names(fit.design.z_names, fit.moments.blocks, "variance")
    frame = pd.DataFrame([row for row, _ in kept], columns=[*fit.params.index, *names])
    return Bootstrap(fit, frame, len(results) - len(kept), sum(singular for _, singular in kept))


def _replicate(fit: Estimated, generator: np.random.Generator) -> tuple[FloatArray, bool] | None:
    """Estimates of one replicate, and whether T is singular; None when it did not converge."""
    try:
        moments, optimum = reoptimise(fit, draw(fit, generator))
    except FitError:
        return None
    if not optimum.converged:
        return None
    return parameter_values(optimum, moments), optimum.singular
