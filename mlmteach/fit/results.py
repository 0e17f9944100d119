"""What a fit gives: estimates, their precision, predictions of the group effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from mlmteach.errors import DataError, FitError, OptionError
from mlmteach.fit.satterthwaite import satterthwaite
from mlmteach.fit.theta import canonical, places, theta_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.design import Design
    from mlmteach.fit.moments import FloatArray, Moments
    from mlmteach.fit.optimum import Optimum
    from mlmteach.fit.summary import Summary
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.spec import Model

__all__ = ["Fit", "RSquared"]


class RSquared(NamedTuple):
    """Explained shares of the variance of the outcome (Nakagawa & Schielzeth; Johnson 2014)."""

    marginal: float
    conditional: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted two-level model.

    Made by :meth:`mlmteach.Model.fit`.  All estimates are in the units of the data and are
    computed from the optimum when they are first asked for.

    Attributes
    ----------
    model : Model
        Bound to the data.
    design : Design
    frame : pandas.DataFrame
        The rows that were used.
    moments : Moments
    optimum : Optimum
    reml : bool
    engine : str
    messages : tuple of str
        What the fit has to say: zeros in T, a search that fell short, units to be changed.
    """

    model: Model
    design: Design
    frame: pd.DataFrame
    moments: Moments
    optimum: Optimum
    reml: bool
    engine: str
    messages: tuple[str, ...] = ()

    def __repr__(self) -> str:
        kind = "REML" if self.reml else "ML"
        return (
            f"<Fit by {kind}: {self.nobs} rows in {self.ngroups} groups, criterion "
            f"{self.criterion:.4f}; see .summary()>"
        )

    # gamma and its precision

    @cached_property
    def params(self) -> pd.Series[float]:
        """gamma, the fixed coefficients, (p,)."""
        scaling = self.moments.scaling
        gamma = scaling.y_scale * (scaling.x @ self.optimum.solution.gamma) + scaling.shift
        return self._by_term(gamma, "params")

    @cached_property
    def _vcov(self) -> FloatArray:
        scaling, solution = self.moments.scaling, self.optimum.solution
        root = scaling.x @ solution.root  # (p, p) @ (p, p)
        return self.scale * (root @ root.T)

    def cov_params(self) -> pd.DataFrame:
        """The covariance matrix of the estimated gamma, (p, p), by generalised least squares."""
        names = list(self.design.x_names)
        return pd.DataFrame(self._vcov, index=names, columns=names)

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard errors of gamma (GLS, as in lme4, nlme and HLM), (p,)."""
        return self._by_term(np.sqrt(np.diag(self._vcov)), "bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Satterthwaite's degrees of freedom of gamma, (p,)."""
        return self._by_term(self.contrast_df(np.eye(len(self.params))), "df")

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Satterthwaite's df of linear combinations of gamma.

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
        """gamma divided by its standard error, (p,)."""
        return (self.params / self.bse).rename("tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of gamma = 0, by the t distribution with :attr:`df`, (p,)."""
        return self._by_term(2.0 * stdtr(self.df, -np.abs(self.tvalues)), "pvalues")

    def conf_int(self, level: float = 0.95, *, method: str = "wald") -> pd.DataFrame:
        """Confidence intervals of gamma.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        method : {"wald"}
            ``"wald"``: estimate plus and minus its standard error times the quantile of t with
            Satterthwaite's df.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower`` and ``upper``, one row a term.

        Raises
        ------
        OptionError
            When the level or the method cannot be used.
        """
        if not 0.0 < level < 1.0:
            raise OptionError(
                f"A confidence level of {level} is not between 0 and 1.", "Use 0.95 for 95 %."
            )
        if method != "wald":
            raise OptionError(f"There is no method '{method}' for intervals.", "Use 'wald'.")
        half = self.bse * stdtrit(self.df, 0.5 + level / 2.0)
        return pd.DataFrame({"lower": self.params - half, "upper": self.params + half})

    # the variances

    @property
    def scale(self) -> float:
        """sigma2, the variance of the level-1 residual."""
        return self.optimum.solution.sigma2 * self.moments.scaling.y_scale**2

    @cached_property
    def relative_factor(self) -> FloatArray:
        """Lambda, lower triangular, (q, q), with T = sigma2 Lambda Lambda'."""
        return canonical(self.moments.scaling.z @ self.optimum.factor, self.moments.blocks)

    @cached_property
    def theta(self) -> FloatArray:
        """The free elements of Lambda column by column, as lme4's theta, (k,)."""
        return theta_of(self.relative_factor, self.moments.blocks)

    @cached_property
    def cov_re(self) -> pd.DataFrame:
        """T, the covariance matrix of the U, (q, q)."""
        names = list(self.design.z_names)
        t = self.scale * (self.relative_factor @ self.relative_factor.T)
        return pd.DataFrame(t, index=names, columns=names)

    @property
    def estimates(self) -> Estimates:
        """gamma, its standard errors, T and sigma2, for what is shown."""
        from mlmteach.model.estimates import Estimates

        return Estimates(params=self.params, bse=self.bse, cov_re=self.cov_re, scale=self.scale)

    # the group effects

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        """The predicted U (empirical Bayes), one row a group, one column a U, (J, q)."""
        scaling, solution = self.moments.scaling, self.optimum.solution
        star = solution.u @ solution.psi  # (J, q) @ (q, q)
        return self._by_group(scaling.y_scale * star @ scaling.z.T)

    @cached_property
    def random_effects_cov(self) -> FloatArray:
        """Covariance of U given the data, at the estimated gamma and T, (J, q, q)."""
        z, solution = self.moments.scaling.z, self.optimum.solution
        inner = np.eye(self.moments.q) + solution.psi @ self.moments.zz
        star = np.linalg.solve(inner, np.broadcast_to(solution.psi, inner.shape))
        covariance: FloatArray = self.scale * (z @ star @ z.T)
        return covariance

    @cached_property
    def random_effects_se(self) -> pd.DataFrame:
        """Conditional standard deviations of the U, (J, q); lme4's ``condVar``."""
        diagonal = np.einsum("jaa->ja", self.random_effects_cov)
        return self._by_group(np.sqrt(np.clip(diagonal, 0.0, None)))

    # the fit as a whole

    @property
    def criterion(self) -> float:
        """-2 log-likelihood, or the REML criterion."""
        return self.optimum.solution.criterion

    @property
    def llf(self) -> float:
        """The log-likelihood, restricted under REML."""
        return -self.criterion / 2.0

    @property
    def n_parameters(self) -> int:
        """The number of gamma, free elements of T, and sigma2."""
        free = len(places(self.moments.blocks))
        return self.moments.p + free + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion, from :attr:`llf`."""
        return self.criterion + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, from :attr:`llf` with n the number of rows (as lme4)."""
        return self.criterion + float(np.log(self.nobs)) * self.n_parameters

    @property
    def converged(self) -> bool:
        """Whether the second look confirmed the optimum."""
        return self.optimum.converged

    @property
    def singular(self) -> bool:
        """Whether T is singular: a variance of zero or a correlation of one."""
        return self.optimum.singular

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return self.moments.n

    @property
    def ngroups(self) -> int:
        """The number of groups."""
        return self.moments.groups

    @property
    def dropped(self) -> int:
        """The number of rows left out because of missing values."""
        return self.design.dropped

    @cached_property
    def _random_variance(self) -> float:
        """The variance that the U give to an outcome, averaged over the rows (Johnson 2014)."""
        solution = self.optimum.solution
        star = float(np.sum(solution.psi * self.moments.zz.sum(axis=0))) / self.nobs
        return self.scale * star

    @property
    def icc(self) -> float:
        """The intraclass correlation: the share of level 2 in the variance not explained by X.

        With random slopes, the level-2 variance is the average over the rows.
        """
        return self._random_variance / (self._random_variance + self.scale)

    @cached_property
    def r2(self) -> RSquared:
        """The share of variance that X explains, and that X and the U explain together."""
        fixed = float(np.var(self._fixed_part, ddof=1))
        total = fixed + self._random_variance + self.scale
        return RSquared(fixed / total, (fixed + self._random_variance) / total)

    # rows

    @cached_property
    def _fixed_part(self) -> FloatArray:
        part: FloatArray = self.design.X @ self.params.to_numpy()
        return part

    @cached_property
    def fittedvalues(self) -> pd.Series[float]:
        """Fitted values with the group effects, one a row used."""
        effects = self.random_effects.to_numpy()[self.design.codes]  # (n, q)
        values = self._fixed_part + np.einsum("nq,nq->n", self.design.Z, effects)
        return pd.Series(values, index=self.frame.index, name="fittedvalues")

    @cached_property
    def resid(self) -> pd.Series[float]:
        """Outcome minus fitted value, one a row used."""
        return (self.design.y - self.fittedvalues).rename("resid")

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
        if groups not in ("known", "average"):
            raise OptionError(
                f"Predictions for groups='{groups}' do not exist.", "Use 'known' or 'average'."
            )
        if new is None:
            if groups == "known":
                return self.fittedvalues.rename("predicted")
            return pd.Series(self._fixed_part, index=self.frame.index, name="predicted")
        from mlmteach.fit.design import design_for_new

        if self.design.encoding is None:
            raise FitError(
                "This fit was made from bare arrays, so that new rows cannot be turned into columns.",
                "Fit a Model to a DataFrame.",
            )
        rows = design_for_new(self.model, self.design.encoding, new)
        values = rows.X @ self.params.to_numpy()
        if groups == "known":
            where = self.design.groups.get_indexer(pd.Index(rows.labels))
            if np.any(where < 0):
                unknown = pd.Index(rows.labels)[where < 0][0]
                raise DataError(
                    f"The group '{unknown}' was not in the data of this fit.",
                    "Use groups='average' to predict for a group that is not known.",
                )
            values = values + np.einsum("nq,nq->n", rows.Z, self.random_effects.to_numpy()[where])
        return pd.Series(values, index=new.index, name="predicted")

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
        y : (n,) array
            In the order of :attr:`frame`.

        Returns
        -------
        Fit
            By the profiled engine, without warnings; look at ``messages``.
        """
        from mlmteach.fit.simulate import refit

        return refit(self, y)

    def with_changes(self, **changes: Any) -> Fit:
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    # what is shown

    def summary(self) -> Summary:
        """Return the fit as readable text."""
        from mlmteach.fit.summary import Summary

        return Summary(self)

    def equations(self, **options: Any) -> Any:
        """Return the model's equations with the estimates in them."""
        options.setdefault("show", "estimates")
        return self.model.equations(fit=self, **options)

    def interpret(self, **options: Any) -> Any:
        """Return a sentence for each symbol of the model, with its estimate."""
        return self.model.interpret(fit=self, **options)

    def _by_term(self, values: FloatArray, name: str) -> pd.Series[float]:
        return pd.Series(values, index=list(self.design.x_names), name=name)

    def _by_group(self, values: FloatArray) -> pd.DataFrame:
        index = self.design.groups.rename(self.model.group)
        return pd.DataFrame(values, index=index, columns=list(self.design.z_names))
