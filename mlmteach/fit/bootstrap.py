"""The parametric bootstrap: what the estimates would be if the model were true, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from mlmteach.errors import FitError, OptionError
from mlmteach.fit.estimated import Linear
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.replication import Replicates, replicate
from mlmteach.fit.simulate import law_of
from mlmteach.fit.theta import places
from mlmteach.fit.variances import (
    Scale,
    names_of,
    parameter_values,
    require_level,
    require_scale,
    to_sd_scale,
    variances,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.checkpoint import Identity
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.optimum import Found
    from mlmteach.fit.replication import Work
    from mlmteach.fit.simulate import Law
    from mlmteach.fit.workers import Workers

__all__ = ["Bootstrap", "bootstrap"]

Kind: TypeAlias = Literal["percentile", "basic"]


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Estimates from outcomes that were simulated from a fit.

    Attributes
    ----------
    fit : Fitted
        The fit that was simulated from.
    run : Replicates
        All that was done: a row holds γ, the elements of T, σ² or a shape, and whether T was
        singular.
    """

    fit: Fitted
    run: Replicates

    def __repr__(self) -> str:
        return f"<Bootstrap: {self}>"

    def __str__(self) -> str:
        count = len(self.replicates)
        failed = f", {self.failed} more did not converge" if self.failed else ""
        matrices = " or ".join(effects.matrix for effects in self.fit.effects)
        return f"{count:,} replicates, {self.singular:,} of them with a singular {matrices}{failed}"

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """One row a replicate that converged; γ by term, the elements of T, σ² or a shape."""
        names = names_of(self.fit, "variance")
        return pd.DataFrame(self.run.usable[:, :-1], columns=[*self.fit.params.index, *names])

    @property
    def failed(self) -> int:
        """How many replicates did not converge; they are left out."""
        return len(self.run.values) - len(self.run.usable)

    @property
    def singular(self) -> int:
        """In how many of the replicates T came out singular; they are kept."""
        return int(self.run.usable[:, -1].sum())

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
        blocks, p = self.fit.design.blocks, len(self.fit.params)
        values = self.replicates.to_numpy(dtype=float)
        random = to_sd_scale(values[:, p:], blocks, shape=self.fit.shape is not None)
        changed = np.column_stack([values[:, :p], random])
        names = [*self.fit.params.index, *names_of(self.fit, "sd")]
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

    def more(
        self,
        n: int,
        *,
        executor: Workers | None = None,
        checkpoint: str | Path | None = None,
        progress: bool = True,
    ) -> Bootstrap:
        """Go on: add replicates, as if they had been asked for at once.

        Parameters
        ----------
        n : int
            How many more; those that an interrupt left out come first.
        executor, checkpoint, progress
            As in :func:`bootstrap`.

        Returns
        -------
        Bootstrap
            With the old replicates and the new ones.

        Examples
        --------
        >>> import mlmteach as mlm
        >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
        >>> part = fit.bootstrap(20, seed=1, progress=False)
        >>> whole = fit.bootstrap(50, seed=1, progress=False)
        >>> part.more(30, progress=False).replicates.equals(whole.replicates)
        True
        """
        return _replicated(self.fit, n, None, self.run, executor, checkpoint, progress)


def bootstrap(
    fit: Fitted,
    n: int = 1000,
    *,
    seed: int | None = None,
    executor: Workers | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> Bootstrap:
    """Refit a model to outcomes that are simulated from it.

    Parameters
    ----------
    fit : Fitted
    n : int
        Number of replicates.
    seed : int, optional
        The same seed gives the same replicates whatever the workers, and however often the work
        was interrupted.
    executor : int, concurrent.futures.Executor or dask.distributed.Client, optional
        Where the refits are done: in so many processes of their own, by the workers of an
        executor, or on a Dask cluster; in this process when left out.
    checkpoint : str or path, optional
        A file to which replicates are written as they are done.  After a run that died, the same
        call goes on where it was; with a larger n, it adds to what is there.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Bootstrap
        Ctrl-C, or the end of the workers, ends the work: what is done is returned with a warning,
        and :meth:`Bootstrap.more` goes on.

    Raises
    ------
    OptionError
        When n is less than 1, or another option cannot be used.
    DataError
        When the checkpoint is one of another fit or seed.
    FitError
        When no replicate converged.
    WorkerError
        When the workers failed before anything was done.

    Notes
    -----
    Of a normal outcome, no row is drawn, but the sums of products with it that the likelihood
    needs, which have the same distribution (:class:`~mlmteach.fit.simulate.MomentLaw`).  A
    replicate hence takes as long in 10 rows a group as in 10,000, and what is sent to workers grows
    with the groups alone.  Yes/no outcomes and counts are drawn row by row
    (:class:`~mlmteach.fit.generalized_simulate.OutcomeLaw`), and so are outcomes of models with two
    groupings.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> boot = fit.bootstrap(50, seed=1, progress=False)
    >>> print(boot)
    50 replicates, 0 of them with a singular T

    In two processes, and on a Dask cluster, with a file that outlives the session:

    >>> boot = fit.bootstrap(5000, seed=1, executor=2)  # doctest: +SKIP
    >>> from dask.distributed import Client  # doctest: +SKIP
    >>> with Client("tcp://scheduler:8786") as client:  # doctest: +SKIP
    ...     boot = fit.bootstrap(5000, seed=1, executor=client, checkpoint="boot.jsonl")
    """
    return _replicated(fit, n, seed, None, executor, checkpoint, progress)


def _replicated(
    fit: Fitted,
    n: int,
    seed: int | None,
    after: Replicates | None,
    executor: Workers | None,
    checkpoint: str | Path | None,
    progress: bool,
) -> Bootstrap:
    run = replicate(
        _work(fit),
        n,
        label="Bootstrap",
        identity=_identity(fit),
        seed=seed,
        after=after,
        executor=executor,
        checkpoint=checkpoint,
        progress=progress,
    )
    if not len(run.usable):
        raise FitError(
            "No replicate of the bootstrap converged.", "Simplify the random part of the model."
        )
    return Bootstrap(fit, run)


def _work(fit: Fitted) -> Work:
    """What makes one replicate."""
    if isinstance(fit, NonNormal):
        from mlmteach.fit.generalized_simulate import OutcomeLaw

        return OutcomeLaw.of(fit).replicate
    assert isinstance(fit, Linear)
    return partial(_replicate, law_of(fit), fit.reml)


def _identity(fit: Fitted) -> Identity:
    """What tells this fit from others, in digits that do not depend on the machine."""
    how = "REML" if fit.reml else "ML"
    if isinstance(fit, NonNormal):
        how = f"{fit.model.family.name}, {fit.model.family.link}, {fit.points}"
    return {
        "kind": "bootstrap",
        "criterion": f"{how} {fit.criterion:.6g}",
        "number of rows and groups": " and ".join(
            map(str, (fit.nobs, *(effects.ngroups for effects in fit.effects)))
        ),
        "estimates": [f"{name} {value:.4g}" for name, value in fit.params.items()],
        "variances": [f"{name} {value:.4g}" for name, value in variances(fit).items()],
    }


def _replicate(law: Law, reml: bool, generator: np.random.Generator) -> FloatArray:
    """Estimates of one replicate, and whether T is singular; NaN when it did not converge."""
    moments: Any = law.draw(generator)  # of the kind that this law refits
    try:
        optimum: Found[Any] = law.refit(moments, reml)
        if optimum.converged:
            return np.append(parameter_values(optimum, moments), optimum.singular)
    except FitError:
        pass
    kinds = 1 if moments.strata is None else len(moments.strata.n)
    return np.full(moments.p + len(places(moments.blocks)) + kinds + 1, np.nan)
