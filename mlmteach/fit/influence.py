"""Influence of groups: what the estimates would be without each of them.

Leaving out a group takes its cross-products off the moments, so that each refit is exact and
costs no pass over the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from mlmteach.errors import FitError
from mlmteach.fit.kenward_roger import directions_of, information
from mlmteach.fit.optimum import minimise
from mlmteach.fit.variances import parameter_values, variance_names, variance_values, variances

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated
    from mlmteach.fit.moments import Moments

__all__ = ["Influence", "influence", "without_each_group"]

OFF_THE_BOUNDARY = 0.05


@dataclass(frozen=True, eq=False)
class Influence:
    """Estimates without each group, and how far they are from those with all.

    Attributes
    ----------
    fit : Estimated
    params : pandas.DataFrame
        γ without each group, (J, p).
    variances : pandas.DataFrame
        The elements of T and σ² without each group, (J, k + 1).
    """

    fit: Estimated
    params: pd.DataFrame
    variances: pd.DataFrame

    def __repr__(self) -> str:
        most = self.cook.idxmax()
        return (
            f"<Influence of {len(self.params)} groups: the largest Cook's distance is "
            f"{self.cook.max():.3f}, of {self.fit.model.group} {most}; see .table>"
        )

    @cached_property
    def dfbetas(self) -> pd.DataFrame:
        """How many standard errors each γ changes when a group comes in, (J, p)."""
        return (self.fit.params - self.params) / self.fit.bse

    @cached_property
    def cook(self) -> pd.Series[float]:
        """Cook's distance of γ: the change in all γ, in units of their precision, (J,)."""
        change = (self.params - self.fit.params).to_numpy()  # (J, p)
        values = np.einsum("jp,pj->j", change, np.linalg.solve(self.fit.cov_params(), change.T))
        return pd.Series(values / max(change.shape[1], 1), index=self.params.index, name="cook")

    @cached_property
    def cook_variances(self) -> pd.Series[float]:
        """Cook's distance of T and σ², (J,).

        By the expected information about them (Christensen, Pearson & Johnson 1992,
        Technometrics 34(1), for the idea).
        """
        change = (self.variances - variances(self.fit)).to_numpy()
        change = change @ _to_internal(self.fit).T
        w = information(self.fit.moments, self.fit.optimum.solution, self.fit.reml).W
        unit = 1.0 / np.sqrt(np.diag(w))
        inverse = np.linalg.pinv(w * np.multiply.outer(unit, unit), rcond=1e-10, hermitian=True)
        values = np.einsum("jk,kl,jl->j", change * unit, inverse, change * unit)
        return pd.Series(values / len(unit), index=self.params.index, name="cook_variances")

    @cached_property
    def table(self) -> pd.DataFrame:
        """Both distances and all estimates, the most influential groups first."""
        whole = pd.concat([self.cook, self.cook_variances, self.params, self.variances], axis=1)
        return whole.sort_values("cook", ascending=False)


def influence(fit: Estimated, *, progress: bool = True) -> Influence:
    """Refit a model without each of its groups.

    Parameters
    ----------
    fit : Estimated
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    Influence
        NaN for a group without which the model cannot be estimated, for example since it is the
        only one of its kind.
    """
    fit = fit.with_changes(cov_type="model")  # distances are in units of the model's precision
    start = fit.optimum.factor + OFF_THE_BOUNDARY * np.eye(fit.moments.q)
    rows = []
    bar = tqdm(
        without_each_group(fit),
        desc="Leaving out groups",
        total=fit.ngroups,
        delay=1.0,
        leave=False,
        disable=not progress,
    )
    for moments in bar:
        try:
            optimum = minimise(moments, fit.reml, start)
        except FitError:
            rows.append(np.full(fit.n_parameters, np.nan))
            continue
        rows.append(parameter_values(optimum, moments))
    index = fit.design.groups.rename(fit.model.group)
    names = variance_names(fit.design.z_names, fit.moments.blocks, "variance")
    estimates, p = np.array(rows), fit.moments.p
    return Influence(
        fit,
        pd.DataFrame(estimates[:, :p], index=index, columns=list(fit.params.index)),
        pd.DataFrame(estimates[:, p:], index=index, columns=names),
    )


def without_each_group(fit: Estimated) -> Iterator[Moments]:
    """Yield the moments without group 0, 1, ..., in the internal units of the fit."""
    moments, sizes = fit.moments, np.bincount(fit.design.codes)
    own = _products(fit)
    for j, size in enumerate(sizes):
        yield replace(
            moments,
            zz=np.delete(moments.zz, j, axis=0),
            zw=np.delete(moments.zw, j, axis=0),
            ww=moments.ww - own[j],
            n=moments.n - int(size),
        )


def _products(fit: Estimated) -> FloatArray:
    """(J, p + 1, p + 1): ``[X, y]'[X, y]`` of each group, in internal units."""
    scaling, design = fit.moments.scaling, fit.design
    y = (design.y - scaling.y_shift) / scaling.y_scale
    w = np.column_stack([design.X @ scaling.x, y])  # (n, p + 1)
    width = w.shape[1]
    products = np.empty((fit.ngroups, width, width))
    for a in range(width):
        for b in range(a + 1):
            sums = np.bincount(design.codes, weights=w[:, a] * w[:, b])
            products[:, a, b] = products[:, b, a] = sums
    return products


def _to_internal(fit: Estimated) -> FloatArray:
    """(k + 1, k + 1): from the elements of T and σ² in the data's units to internal ones."""
    blocks, scaling = fit.moments.blocks, fit.moments.scaling
    back = scaling.z_inverse / scaling.y_scale
    columns = [
        variance_values(back @ direction @ back.T, 0.0, blocks)
        for direction in directions_of(blocks)
    ]
    last = np.append(np.zeros(len(columns)), 1.0 / scaling.y_scale**2)
    return np.column_stack([*columns, last])
