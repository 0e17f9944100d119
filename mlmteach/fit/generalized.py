"""Fits to yes/no outcomes and counts: from the data to γ, T and the U's, in the data's units."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from mlmteach.data.sources import stream_of
from mlmteach.errors import (
    ConvergenceWarning,
    FitError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.design import build_design
from mlmteach.fit.engines import collinear_messages, scale_messages, warn, zeros_messages
from mlmteach.fit.estimated import RSquared, explained
from mlmteach.fit.fitted import Fitted, TwoLevel
from mlmteach.fit.moments import cross_products
from mlmteach.fit.theta import canonical, off_the_boundary, theta_of
from mlmteach.model.estimates import Estimates
from mlmteach.model.places import NOWHERE, Place, Placed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.data.sources import Data
    from mlmteach.fit.design import Design, LayeredDesign
    from mlmteach.fit.distributions import Distribution
    from mlmteach.fit.marginal import Marginal, Modes
    from mlmteach.fit.moments import Scaling
    from mlmteach.fit.nested_marginal import NestedMarginal
    from mlmteach.fit.search import Integrated, MarginalOptimum
    from mlmteach.model.structure import Structure

__all__ = [
    "Generalized",
    "NonNormal",
    "estimate_generalized",
    "find_optimum",
    "fit_generalized",
    "is_singular",
    "search_messages",
]

MIDDLING = 4.0  # the largest logarithm of a shape from which a search starts
HUGE = 1e5  # a shape of a negative binomial beyond which it is all but Poisson


@dataclass(frozen=True, eq=False, repr=False)
class NonNormal(Fitted):
    """The estimates of a model of a yes/no outcome or a count, with one grouping or with two.

    Attributes
    ----------
    model : Structure
        Bound to the data.
    design : Design or LayeredDesign
    frame : pandas.DataFrame
        The rows that were used.
    marginal : Marginal or NestedMarginal
        The likelihood, in internal units, its rows in the order of the groups.
    scaling : Scaling
        The internal units.
    found : MarginalOptimum
        The optimum.
    points : int
        Of the quadrature; 1 is Laplace's approximation.
    messages : tuple of str
        What the fit has to say.
    """

    model: Structure
    design: Design | LayeredDesign
    frame: pd.DataFrame
    marginal: Marginal | NestedMarginal
    scaling: Scaling
    found: MarginalOptimum
    points: int
    messages: tuple[str, ...] = ()

    # what one grouping and two compute in their own ways

    @property
    @abstractmethod
    def row_variances(self) -> FloatArray:
        """The variance that the effects of the groups give to η, (n,)."""

    @property
    @abstractmethod
    def order(self) -> IntArray:
        """The rows in the order of the likelihood, (n,)."""

    # γ

    @cached_property
    def params(self) -> pd.Series[float]:
        """γ, the fixed coefficients, on the scale of the link, (p,)."""
        gamma, _ = self.marginal.problem.parted(self.found.parameters)
        return self._by_term(self.scaling.x @ gamma, "params")

    @cached_property
    def parameter_cov(self) -> FloatArray:
        """The covariance of all estimated parameters in internal units, (size, size).

        The inverse of half the Hessian of the criterion, as glmer has it; what does not vary about
        a boundary, such as the elements of a Λ that is zero, has none.
        """
        values, vectors = np.linalg.eigh(self.found.hessian)
        own = values > 1e-8 * values[-1]
        covariance: FloatArray = 2.0 * (vectors[:, own] / values[own]) @ vectors[:, own].T
        return covariance

    @cached_property
    def _vcov(self) -> FloatArray:
        p = self.marginal.problem.p
        covariance: FloatArray = self.scaling.x @ self.parameter_cov[:p, :p] @ self.scaling.x.T
        return covariance

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Infinite: the tests of these models are z tests."""
        return np.full(len(np.atleast_2d(np.asarray(contrasts, dtype=float))), np.inf)

    @property
    def is_robust(self) -> bool:
        """Whether the standard errors of γ are robust ones: they are those of the model."""
        return False

    # T and the shape

    @cached_property
    def relative_factor(self) -> FloatArray:
        """Λ, lower triangular, (q, q), with T = ΛΛ'."""
        return canonical(self._inner_factor, self.design.blocks)

    @cached_property
    def covariance(self) -> FloatArray:
        """ΛΛ', (q, q): T; with two groupings the matrices of both on its diagonal."""
        covariance: FloatArray = self.relative_factor @ self.relative_factor.T
        return covariance

    @property
    def shape(self) -> float | None:
        """Of a negative binomial: the variance is λ + λ²/shape; None for other outcomes."""
        problem = self.marginal.problem
        return float(np.exp(self.found.parameters[-1])) if problem.has_shape else None

    @property
    def residual_variances(self) -> pd.Series[float]:
        """There is no ε, and so no σ²: empty."""
        return pd.Series(np.zeros(0), name="sigma2")

    @cached_property
    def _inner_factor(self) -> FloatArray:
        _, factor = self.marginal.problem.parted(self.found.parameters)
        inner: FloatArray = self.scaling.z @ factor
        return inner

    # the fit as a whole

    @property
    def criterion(self) -> float:
        """-2 log-likelihood, with all constants."""
        return self.found.criterion

    @property
    def n_parameters(self) -> int:
        """The number of γ, of free elements of T, and of a shape."""
        return self.marginal.problem.size

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return len(self.design.y)

    @property
    def converged(self) -> bool:
        """Whether the search ended at an optimum."""
        return self.found.converged

    @property
    def singular(self) -> bool:
        """Whether T is singular: a variance of zero or a correlation of one."""
        return is_singular(self.marginal.problem.parted(self.found.parameters)[1])

    @property
    def reml(self) -> bool:
        """There is no REML for these outcomes: False."""
        return False

    @cached_property
    def warm_start(self) -> FloatArray:
        """Parameters from which a search for another outcome begins, in internal units, (size,).

        The optimum, moved off the edge of what is possible.
        """
        problem, start = self.marginal.problem, self.found.parameters.copy()
        _, factor = problem.parted(start)
        start[problem.theta] = theta_of(off_the_boundary(factor), problem.blocks)
        if problem.has_shape:
            start[-1] = min(start[-1], MIDDLING)
        return start

    # shares of variance, on the scale of the link

    def variances_at(self, z: FloatArray) -> FloatArray:
        """The variance that the effects give to η where rows of Z are these: (..., q) to (...)."""
        variances: FloatArray = np.einsum("...q,qr,...r->...", z, self.covariance, z)
        return variances

    @property
    def r2(self) -> RSquared:
        """The share of variance on the scale of the link that X explains, and that X and U do.

        Nakagawa, Johnson & Schielzeth (2017), *Journal of the Royal Society Interface* 14(134).
        """
        return explained(self.fixed_variance, self.random_variance, self.latent_variance)

    @cached_property
    def fixed_variance(self) -> float:
        """The variance of X γ over the rows."""
        return float(np.var(self.fixed_part, ddof=1))

    @cached_property
    def random_variance(self) -> float:
        """The variance that the U give to η, averaged over the rows."""
        return float(self.row_variances.mean())

    @cached_property
    def mean_count(self) -> float:
        """The expected count, averaged over the rows and over groups."""
        eta = self.offset + self.fixed_part + self.row_variances / 2.0
        return float(np.exp(eta).mean())

    @property
    def latent_variance(self) -> float:
        """That within groups on the scale of the link, of counts at their mean.

        See :func:`mlmteach.fit.averaging.latent_variance`.
        """
        from mlmteach.fit.averaging import latent_variance

        family = self.model.family
        return latent_variance(family, self.mean_count if family.is_count else 1.0, self.shape)

    # rows

    @property
    def rows(self) -> Self:
        """The fit itself, which has all its rows: they never come in chunks."""
        return self

    @property
    def distribution(self) -> Distribution:
        """The distribution of the outcome of the rows, in the order of the frame."""
        from mlmteach.fit.distributions import distribution_of  # late, as it needs SciPy

        design, shape = self.design, self.shape
        return distribution_of(self.model.family, design.y, design.trials, shape=shape or 1.0)

    @property
    def trials(self) -> FloatArray:
        """The numbers of trials, (n,); 1 where a row is a single one, or a count."""
        trials = self.design.trials
        return np.ones(self.nobs) if trials is None else trials

    @property
    def offset(self) -> FloatArray:
        """The logarithm of the exposure, (n,); 0 where there is none."""
        offset = self.design.offset
        return np.zeros(self.nobs) if offset is None else offset

    @cached_property
    def linear_predictor(self) -> pd.Series[float]:
        """η with the effects of the groups, one a row used."""
        values = self.offset + self.fixed_part + sum(own.per_row() for own in self.effects)
        return pd.Series(values, index=self.frame.index, name="linear_predictor")

    @cached_property
    def fittedvalues(self) -> pd.Series[float]:
        """Expected outcomes with the group effects: π, successes of the trials, or counts."""
        mean = self.distribution.mean(np.asarray(self.linear_predictor, dtype=np.float64))
        return pd.Series(mean, index=self.frame.index, name="fittedvalues")

    @cached_property
    def resid(self) -> pd.Series[float]:
        """Outcome minus expected outcome, one a row used."""
        return (self.fittedvalues * -1.0 + self.design.y).rename("resid")

    @cached_property
    def resid_pearson(self) -> pd.Series[float]:
        """Residuals in units of the standard deviation of the outcome."""
        variance = self.distribution.variance(np.asarray(self.linear_predictor, dtype=np.float64))
        return (self.resid / np.sqrt(variance)).rename("resid_pearson")


@dataclass(frozen=True, eq=False, repr=False)
class Generalized(NonNormal, TwoLevel):
    """The estimates of a two-level model with a yes/no outcome or a count.

    Attributes
    ----------
    model : Structure
        Bound to the data.
    design : Design
    frame : pandas.DataFrame
        The rows that were used.
    marginal : Marginal
        The likelihood, in internal units, its rows in the order of the groups.
    scaling : Scaling
        The internal units.
    found : MarginalOptimum
        The optimum.
    points : int
        Of the quadrature; 1 is Laplace's approximation.
    messages : tuple of str
        What the fit has to say.
    """

    design: Design
    marginal: Marginal

    @property
    def order(self) -> IntArray:
        """The rows in the order of the likelihood, (n,)."""
        return np.argsort(self.design.codes, kind="stable")

    @cached_property
    def cov_re(self) -> pd.DataFrame:
        """T, the covariance matrix of the U, on the scale of the link, (q, q)."""
        names = list(self.design.z_names)
        return pd.DataFrame(self.relative_factor @ self.relative_factor.T, names, names)

    @cached_property
    def estimates(self) -> Estimates:
        """γ with its standard errors and covariances, and T; there is no σ²."""
        return Estimates(
            params=self.params,
            bse=self.bse,
            cov_re=self.cov_re,
            scale=np.nan,
            vcov=self.cov_params(),
            df=self.contrast_df,
            shape=self.shape,
        )

    # the U

    @cached_property
    def modes(self) -> Modes:
        """The modes of the groups' integrands at the estimates, in internal units."""
        return self.marginal.modes(self.found.parameters, self.found.b)

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        """The predicted U, the modes of their distribution given the data, (J, q)."""
        return self._by_group((self._inner_factor @ self.modes.b).T)

    @cached_property
    def random_effects_cov(self) -> FloatArray:
        """Covariance of U given the data by the curvature at the mode, (J, q, q)."""
        inner = self.marginal.covariances(self.found.parameters, self.modes)
        covariance: FloatArray = self._inner_factor @ inner @ self._inner_factor.T
        return covariance

    @property
    def icc(self) -> Placed:
        """The intraclass correlation on the scale of the link, with :attr:`latent_variance`.

        Where it differs between rows, variances are averaged over them, and the number says so.
        """
        random, residual = self.random_variance, self.latent_variance
        slopes = any(name != "Intercept" for name in self.design.z_names)
        rates = len(self.params) > 1 or self.design.offset is not None
        averaged = slopes or (self.model.family.is_count and rates)
        return Placed(random / (random + residual), Place(averaged="rows") if averaged else NOWHERE)

    @cached_property
    def row_variances(self) -> FloatArray:
        """The variance that the U give to η, ``z'Tz``, (n,)."""
        return self.variances_at(self.design.Z)

    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw one outcome from the fitted model.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        (n,) array
            Successes or counts, given new U.
        """
        effects = generator.standard_normal((self.ngroups, len(self.design.z_names)))
        effects = (effects @ self.relative_factor.T)[self.design.codes]  # (n, q)
        eta = self.offset + self.fixed_part + np.einsum("nq,nq->n", self.design.Z, effects)
        return self.distribution.draw(eta, generator)

    def __repr__(self) -> str:
        how = "Laplace's approximation" if self.points == 1 else f"{self.points} quadrature points"
        family = self.model.family
        return (
            f"<{type(self).__name__} ({family.name}, {family.link}) by {how}: "
            f"{self.nobs} rows in {self.ngroups} groups, -2 log-likelihood {self.criterion:.4f}; "
            "see .summary()>"
        )


def is_singular(factor: FloatArray) -> bool:
    """Whether a Λ, (q, q), in internal units makes a T that is singular."""
    values = np.linalg.eigvalsh(factor @ factor.T)
    return bool(values[0] <= 1e-9 * max(1.0, float(values[-1])))


# --- from a model and data to the estimates -----------------------------------------------


def fit_generalized(model: Structure, data: Data, *, points: int = 1) -> Generalized:
    """Fit a model of a yes/no outcome or a count.

    Parameters
    ----------
    model : Structure
        Of a family that is not normal.
    data : pandas.DataFrame or another table in memory
        One row a level-1 unit.
    points : int
        Quadrature points in each dimension; 1 is Laplace's approximation.

    Returns
    -------
    Generalized

    Raises
    ------
    DataError, ModelError, FitError
        When the frame, the model, or both together do not allow a fit.
    OptionError
        When there is no such rule.

    Warns
    -----
    SingularFitWarning, ConvergenceWarning, ScaleWarning

    References
    ----------
    Bates, Mächler, Bolker & Walker, vignette "Computational methods for mixed models" of lme4,
    section 3.6; Pinheiro & Bates (1995), *Journal of Computational and Graphical Statistics* 4(1).
    """
    from mlmteach.fit.marginal import grid

    if stream_of(data) is not None:
        model.family.refuse_chunks()
    bound, design, frame = build_design(model, data)
    grid(points, len(design.z_names))  # whether there is such a rule
    moments = cross_products(design)
    scaling = moments.scaling
    scales = scale_messages(scaling, design.x_names, design.z_names)
    scales += collinear_messages(moments, design.x_names)
    warn(scales, ScaleWarning)
    result = estimate_generalized(bound, design, frame, scaling, points)
    notes, zeros = search_messages(result)
    warn(notes, ConvergenceWarning)
    warn(zeros, SingularFitWarning)
    return result.with_changes(messages=notes + zeros + scales)


def estimate_generalized(
    model: Structure, design: Design, frame: pd.DataFrame, scaling: Scaling, points: int
) -> Generalized:
    """Estimate a model whose design matrices are made already, and say nothing.

    Parameters
    ----------
    model : Structure
        Bound to the data.
    design : Design
    frame : pandas.DataFrame
        The rows of the design.
    scaling : Scaling
        The internal units.
    points : int

    Returns
    -------
    Generalized
        Without messages.

    Raises
    ------
    OptionError
        When there is no such rule.
    FitError
        When the outcome does not vary, or a γ has no estimate.
    """
    from mlmteach.fit.marginal import Marginal, Problem, grid

    x, z = design.X @ scaling.x, design.Z @ scaling.z
    order = np.argsort(design.codes, kind="stable")
    problem = Problem.of(model.family, design, x, z, design.codes, design.blocks, order)
    marginal = Marginal(problem, grid(points, len(design.z_names)))
    found = find_optimum(marginal, design.x_names)
    return Generalized(model, design, frame, marginal, scaling, found, points)


def find_optimum(
    marginal: Integrated, x_names: Sequence[str], start: FloatArray | None = None
) -> MarginalOptimum:
    """Find the optimum, if the outcome has one.

    Parameters
    ----------
    marginal : Integrated
    x_names : sequence of str
        What the γ are called.
    start : (size,) array, optional
        Parameters from which the search begins, in internal units.

    Returns
    -------
    MarginalOptimum

    Raises
    ------
    FitError
        When the outcome does not vary, or a γ has no estimate.
    """
    from mlmteach.fit.search import first_guess, refuse_separation, search

    problem = marginal.problem
    if not problem.y.any() or (problem.family.is_binomial and (problem.y == problem.trials).all()):
        raise FitError("The outcome is the same in every row.", "Use an outcome that varies.")
    guess = first_guess(problem)
    refuse_separation(problem, guess[: problem.p], x_names)
    return search(marginal, guess if start is None else start)


def search_messages(result: NonNormal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say where a search ended: short of an optimum or at infinity, and at zeros in T."""
    notes: tuple[str, ...] = ()
    if not result.found.converged:
        notes = (
            "The search did not end at an optimum: the criterion could fall by about "
            f"{result.found.decrement:.2g} more. Do not report these estimates; simplify the "
            "random part, or rescale the predictors that have random slopes.",
        )
    if result.shape is not None and result.shape > HUGE:
        notes += (
            "The shape of the negative binomial is estimated as infinite: the counts vary no more "
            "than Poisson counts. Use family='poisson'.",
        )
    return notes, zeros_messages(result)
