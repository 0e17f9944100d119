"""What a fit gives: estimates, their precision, predictions of the group effects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr

from mlmteach.fit.estimated import Estimated, RSquared, explained, random_variance
from mlmteach.fit.satterthwaite import satterthwaite

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.equations import Equations
    from mlmteach.fit.bootstrap import Bootstrap
    from mlmteach.fit.diagnostics import Diagnostics
    from mlmteach.fit.intervals import Df, Method, Which
    from mlmteach.fit.kenward_roger import KenwardRoger
    from mlmteach.fit.profile import Profile
    from mlmteach.fit.quantities import Quantities
    from mlmteach.fit.summary import Summary
    from mlmteach.fit.variances import Scale
    from mlmteach.interpret import Interpretation, Report

__all__ = ["Fit"]


@dataclass(frozen=True, eq=False)
class Fit(Estimated):
    """A fitted two-level model.

    Made by :meth:`mlmteach.Model.fit`.  All estimates are in the units of the data and are
    computed from the optimum when they are first asked for.  What follows from the optimum alone is
    described in :class:`~mlmteach.fit.estimated.Estimated`.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    >>> fit
    <Fit by REML: 7185 rows in 160 groups, criterion 47116.7935; see .summary()>
    >>> round(fit.icc, 4)
    0.1804
    """

    def __repr__(self) -> str:
        kind = "REML" if self.reml else "ML"
        return (
            f"<Fit by {kind}: {self.nobs} rows in {self.ngroups} groups, criterion "
            f"{self.criterion:.4f}; see .summary()>"
        )

    @cached_property
    def df(self) -> pd.Series[float]:
        """Satterthwaite's degrees of freedom of γ, (p,)."""
        return self._by_term(self.contrast_df(np.eye(len(self.params))), "df")

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Satterthwaite's df of linear combinations of γ.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination.

        Returns
        -------
        (m,) array
        """
        rows = np.atleast_2d(np.asarray(contrasts, dtype=float))
        return satterthwaite(rows, self.relative_factor, self.moments, self.optimum.solution)

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """γ divided by its standard error, (p,)."""
        return self._by_term(self.params.to_numpy() / self.bse.to_numpy(), "tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of γ = 0, by the t distribution with :attr:`df`, (p,)."""
        tail = stdtr(self.df.to_numpy(), -np.abs(self.tvalues.to_numpy()))
        return self._by_term(np.asarray(2.0 * tail, dtype=np.float64), "pvalues")

    def conf_int(
        self,
        level: float = 0.95,
        *,
        method: Method = "wald",
        which: Which = "fixed",
        scale: Scale = "variance",
        df: Df = "satterthwaite",
        **options: Any,
    ) -> pd.DataFrame:
        """Confidence intervals of γ, and of T and σ² if wanted.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        method : {"wald", "profile", "bootstrap"}
            Estimate plus and minus a multiple of its standard error; the values that a
            likelihood-ratio test does not reject; or percentiles of refits to simulated data.
        which : {"fixed", "random", "all"}
            γ; T and σ²; or both.
        scale : {"variance", "sd"}
            Variances and covariances, or standard deviations and correlations.
        df : {"satterthwaite", "kenward-roger"}
            For Wald intervals of γ.
        **options
            Of :meth:`bootstrap`, for ``method="bootstrap"``.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower`` and ``upper``, one row a parameter.  Where T is singular, T and σ²
            have no Wald intervals and get NaN; ``method="profile"`` has some.

        Raises
        ------
        OptionError
            When an option cannot be used.
        """
        from mlmteach.fit.intervals import conf_int

        return conf_int(self, level, method, which, scale, df, **options)

    @cached_property
    def kenward_roger(self) -> KenwardRoger:
        """Standard errors, df, t and p of γ by Kenward and Roger's method (REML only)."""
        from mlmteach.fit.kenward_roger import kenward_roger

        return kenward_roger(self)

    def bootstrap(
        self,
        n: int = 1000,
        *,
        seed: int | None = None,
        executor: Executor | None = None,
        progress: bool = True,
    ) -> Bootstrap:
        """Refit the model to outcomes simulated from it (parametric bootstrap).

        See :func:`mlmteach.fit.bootstrap.bootstrap`.
        """
        from mlmteach.fit.bootstrap import bootstrap

        return bootstrap(self, n, seed=seed, executor=executor, progress=progress)

    def profile(self, *, scale: Scale = "variance") -> Profile:
        """Return the profile likelihood of γ, T and σ²; it is of ML, whatever the fit."""
        from mlmteach.fit.profile import Profile

        return Profile(self, scale)

    @property
    def quantities(self) -> Quantities:
        """What follows from the estimates: reliability, simple slopes, contextual effects, ..."""
        from mlmteach.fit.quantities import Quantities

        return Quantities(self)

    @property
    def diagnostics(self) -> Diagnostics:
        """Whether the fit can be trusted: residuals, tests of assumptions, influence of groups."""
        from mlmteach.fit.diagnostics import Diagnostics

        return Diagnostics(self)

    @property
    def icc(self) -> float:
        """The intraclass correlation: the share of level 2 in the variance that X leaves.

        With random slopes, the level-2 variance is the average over the rows.
        """
        random = random_variance(self.optimum.solution, self.moments)
        return random / (random + 1.0)

    @property
    def r2(self) -> RSquared:
        """The share of variance that X explains, and that X and the U explain together."""
        random = self.scale * random_variance(self.optimum.solution, self.moments)
        return explained(self.fixed_part, random, self.scale)

    # rows

    @cached_property
    def fittedvalues(self) -> pd.Series[float]:
        """Fitted values with the group effects, one a row used."""
        effects = self.random_effects.to_numpy()[self.design.codes]  # (n, q)
        values = self.fixed_part + np.einsum("nq,nq->n", self.design.Z, effects)
        return pd.Series(values, index=self.frame.index, name="fittedvalues")

    @cached_property
    def resid(self) -> pd.Series[float]:
        """Outcome minus fitted value, one a row used."""
        values = self.design.y - self.fittedvalues.to_numpy()
        return pd.Series(values, index=self.frame.index, name="resid")

    def predict(
        self, new: pd.DataFrame | None = None, *, groups: Literal["known", "average"] = "known"
    ) -> pd.Series[float]:
        """Predict the outcome.

        Parameters
        ----------
        new : pandas.DataFrame, optional
            Rows to predict; the rows used in the fit when left out.
        groups : {"known", "average"}
            ``"known"`` adds the predicted U of each row's group, ``"average"`` sets them to 0.

        Returns
        -------
        pandas.Series

        Raises
        ------
        DataError
            When a group was not in the fit and ``groups="known"``.
        OptionError
            When ``groups`` is neither.
        """
        from mlmteach.fit.simulate import predict

        return predict(self, new, groups)

    def simulate(self, n: int = 1, seed: int | np.random.Generator | None = None) -> pd.DataFrame:
        """Draw new outcomes from the fitted model, U and residuals anew.

        Parameters
        ----------
        n : int
            Number of replicates.
        seed : int or numpy.random.Generator, optional

        Returns
        -------
        pandas.DataFrame
            One row a row used, one column a replicate: ``sim_1``, ``sim_2``, ...
        """
        from mlmteach.fit.simulate import simulate

        return simulate(self, n, seed)

    def refit(self, y: ArrayLike) -> Fit:
        """Fit the same design to another outcome; only the moments of y are computed anew.

        Parameters
        ----------
        y : (n,) array or pandas.Series
            In the order of :attr:`frame`; a Series is brought into it by its index.

        Returns
        -------
        Fit
            By the profiled engine, without warnings; look at ``messages``.
        """
        from mlmteach.fit.simulate import refit

        return refit(self, y)

    # what is shown

    def summary(self, *, df: Df = "satterthwaite") -> Summary:
        """Return the fit as readable text, γ tested by Satterthwaite's df or Kenward-Roger's."""
        from mlmteach.fit.summary import Summary

        return Summary(self, df)

    def equations(self, **options: Any) -> Equations:
        """Write the equations with the estimates; see :func:`mlmteach.equations.write`."""
        from mlmteach.equations import write

        return write(self.model, estimates=self.estimates, **options)

    def interpret(self, which: str | None = None, **options: Any) -> Interpretation:
        """Say in words what each estimate means; see :func:`mlmteach.interpret.interpret`."""
        from mlmteach.interpret import interpret

        return interpret(self, which, **options)

    def report(self, **options: Any) -> Report:
        """Write methods and results as a paper would; see :func:`mlmteach.interpret.report`."""
        from mlmteach.interpret import report

        return report(self, **options)
