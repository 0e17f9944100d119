"""Residuals of a model with two groupings at each level, tests of them, and influence of groups.

With C the covariance of all effects given the data, over σ², ``V^-1 = I - Z C Z'``.  Its blocks are
those of the groups themselves, and one for each cell, the pair of groups that rows have in common.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.fit.assumptions import (
    breusch_pagan,
    breusch_pagan_of_groups,
    distances_of,
    normality_of,
    samples_of_groups,
    standardised_effects,
)
from mlmteach.fit.influence import Influence, without_each
from mlmteach.fit.layered import conditional_covariances
from mlmteach.fit.layers import layered_moments
from mlmteach.fit.optimum import minimise, require_identified
from mlmteach.fit.theta import lower_factor
from mlmteach.fit.variances import names_of, parameter_values

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import LayeredDesign
    from mlmteach.fit.fitted import GroupEffects
    from mlmteach.fit.layered_fit import Layered
    from mlmteach.fit.optimum import LayeredOptimum

__all__ = [
    "group_distances",
    "group_residuals",
    "layered_equal_variance",
    "layered_influence",
    "layered_normality",
    "row_residuals",
]


# --- residuals, raw and divided by their own standard deviations ----------------------------------


def row_residuals(fit: Layered) -> pd.DataFrame:
    """Residuals of the rows.

    Parameters
    ----------
    fit : Layered

    Returns
    -------
    pandas.DataFrame
        One row a row of the fit; ``raw`` as ``fit.resid``, and ``standardised``: divided by its
        own standard deviation.
    """
    solution, moments = fit.optimum.solution, fit.moments
    own, z = np.ones(fit.nobs), []
    blocks = conditional_covariances(solution)
    weighted = fit.design.X @ moments.scaling.x  # becomes V^-1 X, (n, p)
    for effects, part, place, block, zvw in zip(
        fit.effects, moments.layers, moments.places, blocks, solution.zvw, strict=True
    ):
        codes, columns = effects.layer.codes, effects.layer.Z @ part.scaling.z
        z.append(columns)
        own -= np.einsum("na,nab,nb->n", columns, block[codes], columns, optimize=True)
        psi = solution.psi[place, place]
        taken = np.einsum("ab,bpj->jap", psi, zvw[:, :-1])  # Psi Z'V^-1 X, (J, q, p)
        weighted = weighted - np.einsum("na,nap->np", columns, taken[codes])
    across = solution.across  # (q_a, q_b, m)
    first, last = moments.inner, 1 - moments.inner
    cells = _cells_of_rows(fit)
    own -= 2.0 * np.einsum("na,abn,nb->n", z[first], across[..., cells], z[last], optimize=True)
    spent = np.einsum("np,np->n", weighted @ solution.root, weighted @ solution.root)
    sd = np.sqrt(fit.scale * np.clip(own - spent, 0.0, None))
    raw = fit.resid.to_numpy()
    standardised = np.divide(raw, sd, out=np.full_like(raw, np.nan), where=sd > 0.0)
    return pd.DataFrame({"raw": raw, "standardised": standardised}, index=fit.frame.index)


def _cells_of_rows(fit: Layered) -> Any:
    """The cell of each row, (n,)."""
    moments = fit.moments
    first, last = (fit.layers[k].codes for k in (moments.inner, 1 - moments.inner))
    size = moments.first.groups
    cells = moments.cells.last.astype(np.int64) * size + moments.cells.first
    return np.searchsorted(cells, last.astype(np.int64) * size + first)


def group_residuals(fit: Layered, grouping: str | None = None) -> pd.DataFrame:
    """Residuals of the groups of one grouping: their predicted effects (empirical Bayes).

    Parameters
    ----------
    fit : Layered
    grouping : str, optional
        That of level 2 when left out.

    Returns
    -------
    pandas.DataFrame
        One row a group; columns (coefficient, ``raw`` or ``standardised``).  NaN where an effect
        does not vary.
    """
    effects = fit.effects_of(grouping)
    least = 1e-9 * np.diag(effects.cov_re)
    return standardised_effects(effects.random_effects, _covariances(fit, effects), least)


def group_distances(fit: Layered, grouping: str | None = None) -> pd.Series[float]:
    """Mahalanobis distances of the groups' residuals from zero, all effects of a group together.

    Parameters
    ----------
    fit : Layered
    grouping : str, optional
        That of level 2 when left out.

    Returns
    -------
    pandas.Series
        Squared distances, (J,); when the model holds, about chi-square with as many df as effects.
    """
    effects = fit.effects_of(grouping)
    return distances_of(effects.random_effects, _covariances(fit, effects), effects.cov_re)


def _covariances(fit: Layered, effects: GroupEffects) -> FloatArray:
    """(J, q, q): covariance matrices of the predicted effects, in the data's units."""
    k, solution = effects.position, fit.optimum.solution
    place, z = fit.moments.places[k], fit.moments.layers[k].scaling.z
    psi = solution.psi[place, place]
    white = np.einsum("ab,bpj->jap", psi, solution.zvw[k][:, :-1]) @ solution.root
    inner = psi - conditional_covariances(solution)[k] - white @ white.swapaxes(1, 2)
    covariances: FloatArray = fit.scale * (z @ inner @ z.T)
    return covariances


# --- tests ----------------------------------------------------------------------------------------


def layered_normality(fit: Layered) -> pd.DataFrame:
    """Test whether residuals are normally distributed, at each level.

    Parameters
    ----------
    fit : Layered

    Returns
    -------
    pandas.DataFrame
        As :func:`mlmteach.fit.assumptions.normality`; level 3 is that of the second grouping.
    """
    samples = [(1, "level-1 residual", row_residuals(fit)["standardised"])]
    for effects in fit.effects:
        samples += samples_of_groups(effects, group_residuals(fit, effects.name))
    return normality_of(samples)


def layered_equal_variance(fit: Layered) -> pd.DataFrame:
    """Test whether the variance of residuals depends on X, at each level.

    Parameters
    ----------
    fit : Layered

    Returns
    -------
    pandas.DataFrame
        Breusch and Pagan's test (Koenker's version), as
        :func:`mlmteach.fit.assumptions.equal_variance` has it; a level without columns of X that
        belong to it has none.
    """
    sample = row_residuals(fit)["standardised"]
    tests = breusch_pagan(1, "level-1 residual", sample, fit.design.X)
    for effects in fit.effects:
        tests += breusch_pagan_of_groups(effects, group_residuals(fit, effects.name))
    columns = ["level", "residual", "test", "statistic", "df", "p"]
    return pd.DataFrame(tests, columns=columns)


# --- influence ------------------------------------------------------------------------------------


def layered_influence(
    fit: Layered, grouping: str | None = None, *, progress: bool = True
) -> Influence:
    """Estimate a model without each of the groups of one grouping.

    Parameters
    ----------
    fit : Layered
    grouping : str, optional
        When left out, that of level 3: its groups are independent of one another.  Of crossed
        groupings, the one with fewer groups.
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    Influence
        Each group is left out by a fit to the other rows.  NaN for a group without which the model
        cannot be estimated.  Ctrl-C ends the work: what is done is returned with a warning, and
        the other groups have NaN.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C was pressed before anything was done.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> layered_influence(fit).cook.idxmax()
    'E'
    """
    if grouping is None:
        few = min(fit.effects, key=lambda effects: effects.ngroups)
        grouping = few.name
    effects = fit.effects_of(grouping)
    codes = effects.layer.codes
    estimates, _ = without_each(
        effects.ngroups, fit.n_parameters, lambda j: _without(fit, codes != j), progress=progress
    )
    index, p = effects.layer.groups, len(fit.params)
    return Influence(
        fit,
        pd.DataFrame(estimates[:, :p], index=index, columns=list(fit.params.index)),
        pd.DataFrame(estimates[:, p:], index=index, columns=names_of(fit, "variance")),
        pd.Series(True, index=index, name="searched", dtype=bool),
        grouping,
    )


def _without(fit: Layered, kept: Any) -> FloatArray:
    """γ, T and σ² from some of the rows, in the order of :func:`parameter_values`."""
    moments = layered_moments(_rows_of(fit.design, kept))
    require_identified(moments)
    back = moments.scaling.z_inverse @ fit.relative_factor
    start = lower_factor(back @ back.T + 0.05**2 * np.eye(len(back)), moments.blocks)
    optimum: LayeredOptimum = minimise(moments, fit.reml, start)
    return parameter_values(optimum, moments)


def _rows_of(design: LayeredDesign, kept: Any) -> LayeredDesign:
    layers = []
    for layer in design.layers:
        left, codes = np.unique(layer.codes[kept], return_inverse=True)
        own = {"Z": layer.Z[kept], "codes": codes, "groups": layer.groups[left]}
        layers.append(replace(layer, **own))
    return replace(design, y=design.y[kept], X=design.X[kept], layers=(layers[0], layers[1]))
