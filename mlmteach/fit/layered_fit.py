"""Fits with two groupings, three levels or crossed: what follows from the optimum, and the fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.data.levels import grouping_messages
from mlmteach.errors import (
    ConvergenceWarning,
    DataWarning,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.design import LayeredDesign, build_layered
from mlmteach.fit.engines import (
    collinear_messages,
    convergence_message,
    scale_messages,
    warn,
    zeros_messages,
)
from mlmteach.fit.estimated import Linear, RSquared, explained
from mlmteach.fit.fitted import TwoGroupings
from mlmteach.fit.layered import conditional_covariances
from mlmteach.fit.layers import LayeredMoments, layered_moments
from mlmteach.fit.optimum import LayeredOptimum, minimise, require_identified
from mlmteach.fit.satterthwaite import satterthwaite, variance_parameter_covariance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.data.sources import Data
    from mlmteach.fit.sandwich import CovType
    from mlmteach.model.grouping import Grouping
    from mlmteach.model.structure import Structure

__all__ = ["Layered", "fit_layered", "in_common"]


@dataclass(frozen=True, eq=False, repr=False)
class Layered(Linear, TwoGroupings):
    """The estimates of a model of a normal outcome with two groupings.

    Attributes
    ----------
    model : Structure
        Bound to the data.
    design : LayeredDesign
    frame : pandas.DataFrame
        The rows that were used.
    moments : LayeredMoments
    optimum : LayeredOptimum
    reml : bool
    messages : tuple of str
        What the fit has to say: zeros in a T, a search that fell short, units to be changed.
    """

    model: Structure
    design: LayeredDesign
    frame: pd.DataFrame
    moments: LayeredMoments
    optimum: LayeredOptimum
    reml: bool
    messages: tuple[str, ...] = ()

    @property
    def is_robust(self) -> bool:
        """No: the standard errors of γ are those of the model."""
        return False

    # what fits with one grouping have more of

    @property
    def engine(self) -> str:
        """``"profiled"``: there is no other with two groupings."""
        return "profiled"

    @property
    def cov_type(self) -> CovType:
        """``"model"``: the standard errors are those of the model."""
        return "model"

    @property
    def sandwich(self) -> None:
        """None: there are no robust standard errors."""
        return None

    @property
    def relative_precision(self) -> None:
        """None: all rows have the variance σ²."""
        return None

    @property
    def even_design(self) -> LayeredDesign:
        """The design itself: in it, all rows have the variance σ²."""
        return self.design

    # T and σ²

    @property
    def residual_variances(self) -> pd.Series[float]:
        """The one σ² of all rows."""
        return pd.Series([self.scale], index=["all"], name="sigma2")

    @cached_property
    def covariance(self) -> FloatArray:
        """The covariance matrices of the U's and of the V's on its diagonal, (q, q)."""
        covariance: FloatArray = self.scale * (self.relative_factor @ self.relative_factor.T)
        return covariance

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Satterthwaite's df of linear combinations of γ, (m, p) to (m,)."""
        rows, solution = np.atleast_2d(np.asarray(contrasts, dtype=float)), self.optimum.solution
        known = self._parameter_covariance
        return satterthwaite(rows, self.relative_factor, self.moments, solution, covariance=known)

    @cached_property
    def _parameter_covariance(self) -> FloatArray:
        """Of (theta, sigma): some solutions of the whole model, and every df asks for it."""
        return variance_parameter_covariance(self.theta, self.moments, self.optimum.solution)

    @property
    def rows(self) -> Layered:
        """The fit itself: its rows are in memory."""
        return self

    # the effects of the groups

    @cached_property
    def random_effects(self) -> dict[str, pd.DataFrame]:
        """The predicted effects of each grouping, one row a group, (J_k, q_k)."""
        moments = self.moments
        return self._by_groups(
            moments.scaling.y_scale * mode @ part.scaling.z.T
            for part, mode in zip(moments.layers, self.optimum.solution.modes, strict=True)
        )

    @cached_property
    def random_effects_cov(self) -> dict[str, FloatArray]:
        """Covariance of the effects of each group given the data, (J_k, q_k, q_k)."""
        found = conditional_covariances(self.optimum.solution)
        parts = zip(self.design.layers, self.moments.layers, found, strict=True)
        return {
            layer.name: self.scale * (part.scaling.z @ covariance @ part.scaling.z.T)
            for layer, part, covariance in parts
        }

    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw one outcome: ``X γ + Z_1 U + Z_2 V + ε`` with all effects new, (n,)."""
        sigma = np.sqrt(self.scale)
        y = self.fixed_part.copy()
        for layer, place in zip(self.design.layers, self.moments.places, strict=True):
            shape = (len(layer.groups), len(layer.z_names))
            effects = sigma * generator.standard_normal(shape)
            effects = effects @ self.relative_factor[place, place].T  # (J, q) @ (q, q)
            y += np.einsum("nq,nq->n", layer.Z, effects[layer.codes])
        y += sigma * generator.standard_normal(self.nobs)
        return y

    # shares of variance

    @cached_property
    def variance_parts(self) -> pd.Series[float]:
        """The variance that each grouping and ε give to an outcome, averaged over the rows.

        With random slopes it differs between rows.
        """
        found = {
            layer.name: float(np.einsum("na,ab,nb->", layer.Z, own.to_numpy(), layer.Z)) / self.nobs
            for layer, own in zip(self.design.layers, self.cov_re.values(), strict=True)
        }
        return pd.Series({**found, "residual": self.scale}, name="variance")

    @property
    def icc(self) -> pd.Series[float]:
        """The intraclass correlations: of two rows that share a group, given X.

        With three levels, two pupils of one school, and two of one class, who share the school too;
        with crossed groupings, two that share a group of the one, of the other, or of both.

        References
        ----------
        Snijders & Bosker (2012), section 4.9; Hox, Moerbeek & van de Schoot (2018), section 2.4.
        """
        return in_common(self.variance_parts / self.variance_parts.sum(), self.model.grouping)

    @property
    def mean_residual_variance(self) -> float:
        """``Var(ε)``: σ², the same in all rows."""
        return self.scale

    @cached_property
    def fixed_variance(self) -> float:
        """The variance of X γ over the rows."""
        return float(np.var(self.fixed_part, ddof=1))

    @property
    def r2(self) -> RSquared:
        """The share of variance that X explains, and that X and the effects explain together."""
        parts = self.variance_parts
        return explained(self.fixed_variance, float(parts.iloc[:-1].sum()), self.scale)

    def __repr__(self) -> str:
        kind = "REML" if self.reml else "ML"
        groups = " and ".join(f"{count} {name}" for name, count in self.ngroups.items())
        return (
            f"<{type(self).__name__} by {kind}: {self.nobs} rows in groups, {groups}, "
            f"criterion {self.criterion:.4f}; see .summary()>"
        )


def in_common(shares: pd.Series[float], grouping: Grouping) -> pd.Series[float]:
    """Add up the shares of variance of the groupings that two rows can have in common."""
    one, other = grouping.names
    both = shares[one] + shares[other]
    if grouping.is_nested:  # who shares the lower group shares the upper one too
        found = {other: shares[other], one: both}
    else:
        found = {one: shares[one], other: shares[other], f"{one} and {other}": both}
    return pd.Series(found, name="icc").astype(float)


def fit_layered(
    model: Structure, data: Data, *, reml: bool = True, engine: str = "profiled"
) -> Layered:
    """Fit a model with two groupings to data.

    Parameters
    ----------
    model : Structure
    data : DataFrame, path, dataset or function
        One row a level-1 unit, in memory.
    reml : bool
        Restricted maximum likelihood, or maximum likelihood.
    engine : {"profiled"}

    Returns
    -------
    Layered

    Raises
    ------
    OptionError, DataError, ModelError, FitError
        When an option, the frame, the model, or all together do not allow a fit.

    Warns
    -----
    SingularFitWarning, ConvergenceWarning, ScaleWarning

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), *Journal of Statistical Software* 67(1).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("strength ~ 1", group="batch/cask")
    >>> fit = fit_layered(model, mlm.load("pastes"))
    >>> round(fit.criterion, 3), fit.ngroups
    (246.991, {'cask': 30, 'batch': 10})
    """
    model.family.check_options(reml=reml)
    if engine != "profiled":
        raise OptionError(
            f"engine={engine!r} fits models with one grouping only.", "Leave out `engine`."
        )
    bound, design, frame = build_layered(model, data)
    notes: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    if set(model.grouping.names) == set(model.label_columns):  # what is a predictor too has values
        one, other = (frame[name] for name in model.grouping.names)
        notes, slips = grouping_messages(one, other, crossed=model.grouping.crossed)
    warn(slips, DataWarning, depth=4)
    result = fit_layered_design(bound, design, frame, reml=reml)
    return result.with_changes(messages=result.messages + slips + notes)


def fit_layered_design(
    model: Structure, design: LayeredDesign, frame: pd.DataFrame, *, reml: bool = True
) -> Layered:
    """Fit a model whose design matrices are made already."""
    moments = layered_moments(design)
    scales = scale_messages(moments.scaling, design.x_names, design.z_names)
    scales += collinear_messages(moments, design.x_names)
    warn(scales, ScaleWarning)
    require_identified(moments)
    optimum = minimise(moments, reml)
    short = convergence_message(optimum)
    notes: tuple[str, ...] = () if short is None else (short,)
    warn(notes, ConvergenceWarning)
    result = Layered(model, design, frame, moments, optimum, bool(reml))
    zeros = zeros_messages(result)
    warn(zeros, SingularFitWarning)
    return result.with_changes(messages=notes + zeros + scales)
