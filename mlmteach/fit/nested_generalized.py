"""Fits of yes/no outcomes and counts at three levels: a random intercept at each of the upper two.

The likelihood is that of :mod:`mlmteach.fit.nested_marginal`, and what holds of a two-level fit of
such outcomes holds here too (:class:`~mlmteach.fit.generalized.NonNormal`), as does what holds of
every fit with two groupings (:class:`~mlmteach.fit.fitted.TwoGroupings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mlmteach.errors import (
    ConvergenceWarning,
    ModelError,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.design import LayeredDesign, build_layered
from mlmteach.fit.engines import collinear_messages, scale_messages, warn
from mlmteach.fit.fitted import TwoGroupings
from mlmteach.fit.generalized import NonNormal, find_optimum, search_messages
from mlmteach.fit.layers import layered_moments
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.data.sources import Data
    from mlmteach.fit.nested_marginal import NestedMarginal, NestedModes
    from mlmteach.model.structure import Structure

__all__ = [
    "NestedGeneralized",
    "fit_nested",
    "median_ratios",
    "predict_nested",
    "require_nested_intercepts",
]


@dataclass(frozen=True, eq=False, repr=False)
class NestedGeneralized(NonNormal, TwoGroupings):
    """The estimates of a three-level model of a yes/no outcome or a count.

    Attributes
    ----------
    model : Structure
        Bound to the data.
    design : LayeredDesign
    frame : pandas.DataFrame
        The rows that were used.
    marginal : NestedMarginal
        The likelihood, in internal units, its rows in the order of the groups.
    scaling : Scaling
        The internal units.
    found : MarginalOptimum
        The optimum.
    points : int
        1: Laplace's approximation.
    messages : tuple of str
        What the fit has to say.
    """

    design: LayeredDesign
    marginal: NestedMarginal

    @property
    def order(self) -> IntArray:
        """The rows in the order of the likelihood, (n,)."""
        lower, upper = self.design.layers
        return np.lexsort((lower.codes, upper.codes))

    # the effects of the groups

    @cached_property
    def modes(self) -> NestedModes:
        """The modes of the integrands at the estimates, in internal units."""
        return self.marginal.modes(self.found.parameters, self.found.b)

    def _of_groups(self, parts: tuple[FloatArray, FloatArray]) -> list[FloatArray]:
        """Bring a number for each group from the order of the likelihood to that of the labels."""
        found = []
        starts = self.marginal.firsts, self.marginal.problem.firsts
        for layer, part, first in zip(self.layers, parts, starts, strict=True):
            values = np.empty(len(layer.groups))
            values[layer.codes[self.order][first]] = part
            found.append(values)
        return found

    @cached_property
    def random_effects(self) -> dict[str, pd.DataFrame]:
        """The predicted effects of each grouping, the modes given the data, (J_k, 1)."""
        lowers = len(self.marginal.firsts)
        lower, upper = self.marginal.sizes_of_effects(self.found.parameters)
        modes = lower * self.modes.b[:lowers], upper * self.modes.b[lowers:]
        return self._by_groups(part[:, None] for part in self._of_groups(modes))

    @cached_property
    def random_effects_cov(self) -> dict[str, FloatArray]:
        """Their variances given the data by the curvature at the mode, (J_k, 1, 1)."""
        variances = self._of_groups(self.marginal.variances(self.found.parameters, self.modes))
        return {
            layer.name: own[:, None, None]
            for layer, own in zip(self.layers, variances, strict=True)
        }

    # shares of variance, on the scale of the link

    @cached_property
    def row_variances(self) -> FloatArray:
        """The variance that both groupings give to η, the same in all rows, (n,)."""
        return np.full(self.nobs, float(np.trace(self.covariance)))

    @property
    def icc(self) -> pd.Series[float]:
        """The intraclass correlations on the scale of the link: of two rows that share a group.

        That of the lower grouping is of two rows that share both groups.
        """
        one, other = self.model.grouping.names
        lower, upper = np.diag(self.covariance)
        whole = lower + upper + self.latent_variance
        shares = {other: upper / whole, one: (upper + lower) / whole}
        return pd.Series(shares, name="icc").astype(float)

    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw one outcome from the fitted model, with new effects of all groups, (n,)."""
        eta = self.offset + self.fixed_part
        for layer, variance in zip(self.layers, np.diag(self.covariance), strict=True):
            effects = np.sqrt(variance) * generator.standard_normal(len(layer.groups))
            eta = eta + effects[layer.codes]
        return self.distribution.draw(eta, generator)

    def __repr__(self) -> str:
        family = self.model.family
        groups = " and ".join(f"{count} {name}" for name, count in self.ngroups.items())
        return (
            f"<{type(self).__name__} ({family.name}, {family.link}) by Laplace's approximation: "
            f"{self.nobs} rows in groups, {groups}, -2 log-likelihood {self.criterion:.4f}; "
            "see .summary()>"
        )


def fit_nested(model: Structure, data: Data, *, points: int = 1) -> NestedGeneralized:
    """Fit a three-level model of a yes/no outcome or a count, with random intercepts.

    Parameters
    ----------
    model : Structure
        Of a family that is not normal, with one grouping within the other.
    data : pandas.DataFrame or another table in memory
        One row a level-1 unit.
    points : int
        1: Laplace's approximation is the only rule.

    Returns
    -------
    NestedGeneralized

    Raises
    ------
    ModelError
        When groups are crossed, or anything but an intercept varies between them.
    DataError, FitError, OptionError
        When the frame, the model, or both together do not allow a fit.

    Warns
    -----
    SingularFitWarning, ConvergenceWarning, ScaleWarning

    References
    ----------
    Bates, Mächler, Bolker & Walker, vignette "Computational methods for mixed models" of lme4,
    section 3.6.
    """
    from mlmteach.fit.nested_marginal import nested_marginal  # late, as it needs SciPy

    if points != 1:
        raise OptionError(
            f"points={points!r} is for models with one grouping: with two there is Laplace's "
            "approximation.",
            "Leave out `points`.",
        )
    bound, design, frame = build_layered(model, data)
    moments = layered_moments(design)
    if moments.nested and bound.grouping.crossed:  # which of them lies in the other
        lower, upper = design.layers[moments.inner].name, design.layers[1 - moments.inner].name
        raise ModelError(
            f"The model has the groups of '{lower}' and '{upper}' crossed, and each of '{lower}' "
            f"lies within one of '{upper}'.",
            f"Write group='{upper}/{lower}'.",
        )
    require_nested_intercepts(bound)
    scaling = moments.scaling
    scales = scale_messages(scaling, design.x_names, design.z_names)
    scales += collinear_messages(moments, design.x_names)
    warn(scales, ScaleWarning)
    marginal = nested_marginal(model.family, design, scaling)
    found = find_optimum(marginal, design.x_names)
    result = NestedGeneralized(bound, design, frame, marginal, scaling, found, 1)
    notes, zeros = search_messages(result)
    warn(notes, ConvergenceWarning)
    warn(zeros, SingularFitWarning)
    return result.with_changes(messages=notes + zeros + scales)


def require_nested_intercepts(model: Structure) -> None:
    """Refuse what a model with two groupings and another than a normal outcome cannot have.

    Parameters
    ----------
    model : Structure
        Of a family that is not normal, with two groupings.

    Raises
    ------
    ModelError
        When groups are crossed, or anything but an intercept varies between them.
    """
    one, other = model.grouping.names
    if model.grouping.crossed:
        raise ModelError(
            f"The groups of '{one}' and '{other}' are crossed, and the outcome is not normal.",
            f"Fit the model with one of them, group='{one}' or group='{other}'.",
        )
    for level, name in enumerate(model.grouping.names, start=2):
        varying = [v.term.name for v in model.varying(level)]
        if varying != [INTERCEPT.name]:
            what = " and ".join(f"'{term}'" for term in varying if term != INTERCEPT.name)
            raise ModelError(
                "With two groupings and an outcome that is not normal, intercepts vary and nothing "
                f"else, and here {f'the slope of {what}' if what else 'no intercept'} varies "
                f"between groups of '{name}'.",
                f"Take the {'UV'[level - 2]} out of its equation, or fit the model with one "
                f"grouping, group='{name}'."
                if what
                else f"Fit the model with one grouping, group='{model.grouping.names[3 - level]}'.",
            )


def median_ratios(fit: NestedGeneralized) -> pd.Series[float]:
    """Compute median odds ratios: how much two groups differ, in the units of an odds ratio.

    Parameters
    ----------
    fit : NestedGeneralized

    Returns
    -------
    pandas.Series
        One of each grouping, the lower one first: of two groups drawn at random that share the
        upper group, and of two upper groups.  Take the same unit in both, and divide the larger
        odds by the smaller: the median of this ratio.  For counts it is the median rate ratio, and
        with the link cloglog the median hazard ratio.

    Raises
    ------
    ModelError
        If the link is the probit.

    References
    ----------
    Larsen & Merlo (2005), *American Journal of Epidemiology* 161(1); Merlo et al. (2006), *Journal
    of Epidemiology and Community Health* 60(4).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("TICKS ~ 1", group="LOCATION/BROOD", family="poisson")
    >>> median_ratios(model.fit(mlm.load("grouseticks"))).round(2).to_dict()
    {'BROOD': 3.26, 'LOCATION': 2.6}
    """
    from mlmteach.fit.averaging import median_ratio_of

    if fit.model.family.link == "probit":
        raise ModelError(
            "With the link probit there are no odds, and no ratios of them.",
            "Use the link logit, or fit.cov_re and fit.icc.",
        )
    ratios = {
        layer.name: median_ratio_of(float(variance))
        for layer, variance in zip(fit.layers, np.diag(fit.covariance), strict=True)
    }
    return pd.Series(ratios, name="median ratio")


def predict_nested(
    fit: NestedGeneralized,
    new: pd.DataFrame | None = None,
    *,
    groups: str = "known",
    scale: Literal["response", "link"] = "response",
) -> pd.Series[float]:
    """Predict the outcome of rows; see :meth:`mlmteach.NestedFit.predict`."""
    from mlmteach.fit.generalized_simulate import amounts, expected, require_predicted
    from mlmteach.fit.simulate import predict as predict_link
    from mlmteach.fit.simulate import require_groups

    require_groups(groups, ("known", "average", "population", *fit.model.grouping.names))
    require_predicted(scale, groups)
    averaged = groups == "population"
    family = fit.model.family
    eta = predict_link(fit, new, groups="average" if averaged else groups)
    trials: FloatArray | None
    if new is None:
        eta, trials = eta + fit.offset, fit.design.trials
    else:
        trials = amounts(family.trials, "trials", new)
        exposure = amounts(family.exposure, "exposure", new)
        eta = eta if exposure is None else eta + np.log(exposure)
    if scale == "link":
        return eta
    variances = np.full(len(eta), float(np.trace(fit.covariance))) if averaged else None
    values = expected(fit, np.asarray(eta, dtype=np.float64), trials, variances)
    return pd.Series(values, index=eta.index, name="predicted")
