"""What follows from the optimum alone: γ, T, σ², the U, and the criteria, in the data's units."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import pandas as pd

from mlmteach.errors import DataError
from mlmteach.fit.fitted import Fitted, TwoLevel
from mlmteach.fit.sandwich import CovType, Sandwich, few_groups_messages, sandwich
from mlmteach.fit.satterthwaite import satterthwaite
from mlmteach.fit.theta import canonical, places
from mlmteach.model.estimates import Estimates
from mlmteach.model.places import NOWHERE, Place, Placed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design, LayeredDesign
    from mlmteach.fit.layers import LayeredMoments
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.optimum import LayeredOptimum, Optimum
    from mlmteach.fit.profiled import Solution
    from mlmteach.model.structure import Structure

__all__ = ["Estimated", "Linear", "RSquared", "explained", "random_variance"]


class Linear(Fitted):
    """What every fit of a normal outcome has: what the optimum of its criterion says of γ and σ².

    Attributes
    ----------
    moments : Moments or LayeredMoments
    optimum : Optimum or LayeredOptimum
    reml : bool
    """

    moments: Moments | LayeredMoments
    optimum: Optimum | LayeredOptimum
    reml: bool

    @cached_property
    def params(self) -> pd.Series[float]:
        """γ, the fixed coefficients, (p,)."""
        scaling = self.moments.scaling
        gamma = scaling.y_scale * (scaling.x @ self.optimum.solution.gamma) + scaling.shift
        return self._by_term(gamma, "params")

    @cached_property
    def _vcov(self) -> FloatArray:
        scaling, solution = self.moments.scaling, self.optimum.solution
        root = scaling.x @ solution.root  # (p, p) @ (p, p)
        return self.scale * (root @ root.T)

    @property
    def scale(self) -> float:
        """σ², the variance of the level-1 residual.

        Where categories have their own, that of the first; with known precisions, that of a row
        whose precision is 1.
        """
        return self.optimum.solution.sigma2 * self.moments.scaling.y_scale**2

    @cached_property
    def relative_factor(self) -> FloatArray:
        """Λ, lower triangular, (q, q), with T = σ² Λ Λ'."""
        return canonical(self.moments.scaling.z @ self.optimum.factor, self.moments.blocks)

    @property
    def criterion(self) -> float:
        """-2 log-likelihood, or the REML criterion."""
        return self.optimum.solution.criterion

    @property
    def n_parameters(self) -> int:
        """The number of γ, free elements of T, and σ²."""
        free = len(places(self.moments.blocks))
        strata = self.moments.strata
        return self.moments.p + free + (1 if strata is None else len(strata.n))

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

    @cached_property
    def fittedvalues(self) -> pd.Series[float]:
        """Fitted values with the effects of the groups, one a row used."""
        values = self.fixed_part + sum(own.per_row() for own in self.effects)
        return pd.Series(values, index=self.frame.index, name="fittedvalues")

    @cached_property
    def resid(self) -> pd.Series[float]:
        """Outcome minus fitted value, one a row used."""
        values = self.design.y - self.fittedvalues.to_numpy()
        return pd.Series(values, index=self.frame.index, name="resid")

    @cached_property
    def resid_pearson(self) -> pd.Series[float]:
        """Residuals in units in which all rows have the variance σ²: :attr:`resid`, unless said."""
        return self.resid.rename("resid_pearson")

    @property
    @abstractmethod
    def even_design(self) -> Design | LayeredDesign:
        """The design in units in which all rows have the level-1 variance σ²."""

    @property
    @abstractmethod
    def mean_residual_variance(self) -> float:
        """``Var(ε)``, averaged over the rows."""

    @property
    @abstractmethod
    def fixed_variance(self) -> float:
        """The variance of X γ over the rows."""


@dataclass(frozen=True, eq=False, repr=False)
class Estimated(Linear, TwoLevel):
    """The estimates of a two-level model with a normal outcome.

    Attributes
    ----------
    model : Structure
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
    cov_type : {"model", "CR0", "CR1", "CR1S", "CR2"}
        What the standard errors of γ rest on: the fitted model, or the residuals of the groups
        ("robust").  Covariances, df, tests and intervals of γ follow it; T, σ², the U's and the
        likelihood do not.
    """

    model: Structure
    design: Design
    frame: pd.DataFrame
    moments: Moments
    optimum: Optimum
    reml: bool
    engine: str
    messages: tuple[str, ...] = ()
    cov_type: CovType = "model"

    # γ

    @property
    def is_robust(self) -> bool:
        """Whether the standard errors of γ are robust ones."""
        return self.cov_type != "model"

    @cached_property
    def sandwich(self) -> Sandwich | None:
        """What robust standard errors are made of; None where they are those of the model."""
        if not self.is_robust:
            return None
        self.require_rows()
        return sandwich(self.even_design, self.moments, self.optimum.solution, self.cov_type)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the fit: its messages, and what its standard errors lack."""
        if self.sandwich is None:
            return self.messages
        names = self.design.x_names
        df = np.asarray(self.df, dtype=np.float64)
        return self.messages + few_groups_messages(self.sandwich, self.cov_type, df, names)

    @cached_property
    def _vcov(self) -> FloatArray:
        if self.sandwich is not None:
            return self.sandwich.vcov
        covariance: FloatArray = super()._vcov
        return covariance

    # T and σ²

    @cached_property
    def residual_variances(self) -> pd.Series[float]:
        """σ² of each category by which it differs, or the one σ² of all rows."""
        strata, by = self.moments.strata, getattr(self.model, "sigma2", None)
        if strata is None:
            return pd.Series([self.scale], index=["all"], name="sigma2")
        categories = by.categories if by is not None else strata.names
        index = pd.Index(list(categories), name=by.variable if by is not None else None)
        return pd.Series(self.scale * np.exp(strata.log_ratios), index=index, name="sigma2")

    @cached_property
    def relative_precision(self) -> FloatArray | None:
        """``σ² / Var(ε_ij)`` of each row, (n,); None where all rows have the variance σ²."""
        strata, design = self.moments.strata, self.design
        if strata is None:
            return design.precision
        assert design.strata is not None
        own: FloatArray = np.exp(-strata.log_ratios)[design.strata]
        return own if design.precision is None else own * design.precision

    @property
    def even_design(self) -> Design:
        """The design with each row times the root of its relative precision.

        In it, all rows have the level-1 variance σ².
        """
        if self.relative_precision is None:
            return self.design
        design, root = self.design, np.sqrt(self.relative_precision)
        return replace(
            design, y=root * design.y, X=root[:, None] * design.X, Z=root[:, None] * design.Z
        )

    @property
    def mean_residual_variance(self) -> float:
        """``Var(ε_ij)``, averaged over the rows; σ² where it is the same in all."""
        precision = self.relative_precision
        return self.scale if precision is None else self.scale * float(np.mean(1.0 / precision))

    @cached_property
    def cov_re(self) -> pd.DataFrame:
        """T, the covariance matrix of the U, (q, q)."""
        names = list(self.design.z_names)
        t = self.scale * (self.relative_factor @ self.relative_factor.T)
        return pd.DataFrame(t, index=names, columns=names)

    @cached_property
    def estimates(self) -> Estimates:
        """γ with its standard errors, covariances and df, T and σ², for what follows from them."""
        return Estimates(
            params=self.params,
            bse=self.bse,
            cov_re=self.cov_re,
            scale=self.scale,
            vcov=self.cov_params(),
            df=self.contrast_df,
            residual=self.residual_variances if self.moments.strata else None,
            average=None if self.relative_precision is None else self.mean_residual_variance,
        )

    # the U

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        """The predicted U (empirical Bayes), one row a group, one column a U, (J, q)."""
        scaling, solution = self.moments.scaling, self.optimum.solution
        star = solution.u @ solution.psi  # (J, q) @ (q, q)
        return self._by_group(scaling.y_scale * star @ scaling.z.T)

    @cached_property
    def random_effects_cov(self) -> FloatArray:
        """Covariance of U given the data, at the estimated γ and T, (J, q, q)."""
        z, solution = self.moments.scaling.z, self.optimum.solution
        inner = np.eye(self.moments.q) + solution.psi @ self.moments.zz
        star = np.linalg.solve(inner, np.broadcast_to(solution.psi, inner.shape))
        covariance: FloatArray = self.scale * (z @ star @ z.T)
        return covariance

    # the fit as a whole

    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw one outcome from the fitted model.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        (n,) array
            ``X γ + Z U + ε`` with new U and new ε.
        """
        sigma = np.sqrt(self.scale)
        effects = sigma * generator.standard_normal((self.ngroups, self.moments.q))
        effects = effects @ self.relative_factor.T  # (J, q) @ (q, q)
        y = self.fixed_part.copy()
        for k in range(self.moments.q):
            y += self.design.Z[:, k] * effects[self.design.codes, k]
        residual: FloatArray = sigma * generator.standard_normal(self.nobs)
        if self.relative_precision is not None:
            residual /= np.sqrt(self.relative_precision)
        y += residual
        return y

    # precision, by Satterthwaite's df

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
        if self.sandwich is not None:
            return self.sandwich.df(rows)
        return satterthwaite(rows, self.relative_factor, self.moments, self.optimum.solution)

    # shares of variance

    @property
    def icc(self) -> Placed:
        """The intraclass correlation: the share of level 2 in the variance that X leaves.

        With random slopes, the level-2 variance is the average over the rows; the number says so
        in its ``place``, and ``quantities.icc(at=...)`` has the share at a place.  So it is with
        a level-1 variance that differs between rows.
        """
        random, residual = self._random_variance, self.mean_residual_variance
        slopes = any(name != "Intercept" for name in self.design.z_names)
        averaged = slopes or self.relative_precision is not None
        return Placed(random / (random + residual), Place(averaged="rows") if averaged else NOWHERE)

    @cached_property
    def _random_variance(self) -> float:
        """The variance that the U give to an outcome, averaged over the rows."""
        if self.relative_precision is None:
            return self.scale * random_variance(self.optimum.solution, self.moments)
        z = self.design.Z  # the moments are of weighted rows
        return float(np.sum(self.cov_re.to_numpy() * (z.T @ z))) / self.nobs

    @property
    def r2(self) -> RSquared:
        """The share of variance that X explains, and that X and the U explain together."""
        return explained(self.fixed_variance, self._random_variance, self.mean_residual_variance)

    @cached_property
    def fixed_variance(self) -> float:
        """The variance of X γ over the rows."""
        design, n = self.design, self.nobs
        if design.census is None and design.source is None:
            return float(np.var(self.fixed_part, ddof=1))
        if design.census is None and "Intercept" not in design.x_names:
            return float(np.var(self.fixed_part, ddof=1))
        star = np.linalg.solve(self.moments.scaling.x, self.params.to_numpy())  # internal units
        products = self.moments.ww[:-1, :-1]
        if "Intercept" in design.x_names:  # all columns but that of the constant have the mean 0
            star[design.x_names.index("Intercept")] = 0.0
            return float(star @ products @ star) / (n - 1)
        assert design.census is not None
        mean = float(design.census.x_mean @ self.params.to_numpy())
        return (float(star @ products @ star) - n * mean**2) / (n - 1)

    # rows

    @cached_property
    def rows(self) -> Self:
        """The fit for whoever needs its rows: itself, or that of the groups whose rows were kept.

        Where the rows came in chunks, these are a sample of whole groups, with γ, T and σ² of all
        rows: it has residuals and predicted U, but no tests of γ of its own.
        """
        design, solution = self.design, self.optimum.solution
        if design.census is None:
            return self
        kept, codes = np.unique(design.codes, return_inverse=True)
        if len(kept) < 2:
            raise DataError(
                "The rows of this fit came in chunks, and no two groups are small enough to keep.",
                "Compute what you need from fit.predict(chunk).",
            )
        own = replace(solution, zvz=solution.zvz[..., kept], zvw=solution.zvw[..., kept])
        moments = replace(
            self.moments, zz=self.moments.zz[kept], zw=self.moments.zw[kept], n=len(codes)
        )
        return self.with_changes(
            design=replace(design, codes=codes, groups=design.groups[kept], census=None),
            moments=moments,
            optimum=replace(self.optimum, solution=own),
        )

    @cached_property
    def resid_pearson(self) -> pd.Series[float]:
        """Residuals times the root of ``σ² / Var(ε_ij)``, so that all rows have the variance σ².

        They are :attr:`resid` where all rows have it anyway.
        """
        precision = self.relative_precision
        scaled = self.resid if precision is None else self.resid * np.sqrt(precision)
        return scaled.rename("resid_pearson")

    def __repr__(self) -> str:
        kind = "REML" if self.reml else "ML"
        errors = f", robust standard errors {self.cov_type}" if self.is_robust else ""
        return (
            f"<{type(self).__name__} by {kind}{errors}: {self.nobs} rows in {self.ngroups} groups, "
            f"criterion {self.criterion:.4f}; see .summary()>"
        )


# --- how the variance of the outcome divides between X, the U, and the level-1 residual ---
# Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4(2), and for random slopes Johnson
# (2014), Methods in Ecology and Evolution 5(9).


class RSquared(NamedTuple):
    """Explained shares of the variance of the outcome."""

    marginal: float
    conditional: float


def random_variance(solution: Solution, moments: Moments) -> float:
    """Compute the variance that the U give to an outcome, averaged over the rows.

    Returns
    -------
    float
        The mean of ``z'Tz`` over rows z of Z, in units of sigma2.
    """
    return float(np.sum(solution.psi * moments.zz.sum(axis=0))) / moments.n


def explained(fixed: float, random: float, residual: float) -> RSquared:
    """Divide the variance.

    Parameters
    ----------
    fixed, random, residual : float
        The variances of ``X gamma``, of the U's part and of the level-1 residual.

    Returns
    -------
    RSquared
        ``marginal``: the share of X; ``conditional``: the share of X and the U together.
    """
    total = fixed + random + residual
    return RSquared(fixed / total, (fixed + random) / total)
