"""Influence of groups: what the estimates would be without each of them.

Leaving out a group takes its cross-products off the moments, so that a refit costs no pass over
the data.  It still costs O(J), which makes O(J^2) of all groups.  Most groups hardly move the
estimates, though: for them, what the other groups say is expanded about the optimum with all, once
for all groups (:class:`Expansion`), and only a group that moves T too far for that gets a search.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from mlmteach.errors import FitError
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.interrupts import Interrupts, warn_incomplete
from mlmteach.fit.kenward_roger import directions_of, information
from mlmteach.fit.moments import parts_of
from mlmteach.fit.optimum import minimise
from mlmteach.fit.profiled import require_told
from mlmteach.fit.theta import off_the_boundary, places, square_basis
from mlmteach.fit.variances import (
    covariance_of,
    names_of,
    parameter_values,
    variance_values,
    variances,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.design import Design
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.moments import Moments, Scaling

__all__ = ["Expansion", "Influence", "influence", "without_each", "without_group"]


@dataclass(frozen=True, eq=False)
class Influence:
    """Estimates without each group, and how far they are from those with all.

    Attributes
    ----------
    fit : Fitted
    params : pandas.DataFrame
        γ without each group, (J, p).
    variances : pandas.DataFrame
        The elements of T, and σ² or a shape, without each group, (J, k + K).
    searched : pandas.Series
        Whether a group got a search of its own, (J,); the changes that the others make are good to
        one part in ten thousand.
    grouping : str
        Whose groups they are, where there are two.
    """

    fit: Fitted
    params: pd.DataFrame
    variances: pd.DataFrame
    searched: pd.Series[bool]
    grouping: str = ""

    def __repr__(self) -> str:
        most = self.cook.idxmax()
        most = "/".join(map(str, most)) if isinstance(most, tuple) else most  # school/class
        return (
            f"<Influence of {len(self.params)} groups: the largest Cook's distance is "
            f"{self.cook.max():.3f}, of {self.grouping or self.fit.model.group} {most}; see .table>"
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
        """Cook's distance of T, and σ² or a shape, (J,).

        By the information about them: the expected one of a normal outcome (Christensen, Pearson &
        Johnson 1992, Technometrics 34(1), for the idea), else the observed one.
        """
        change = (self.variances - variances(self.fit)).to_numpy()
        values = np.einsum("jk,kl,jl->j", change, _precision(self.fit), change)
        return pd.Series(values / change.shape[1], index=self.params.index, name="cook_variances")

    @cached_property
    def table(self) -> pd.DataFrame:
        """Both distances and all estimates, the most influential groups first."""
        whole = pd.concat([self.cook, self.cook_variances, self.params, self.variances], axis=1)
        return whole.sort_values("cook", ascending=False)


def influence(fit: Estimated, *, progress: bool = True) -> Influence:
    """Estimate a model without each of its groups.

    Parameters
    ----------
    fit : Estimated
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    Influence
        NaN for a group without which the model cannot be estimated, for example since it is the
        only one of its kind.  Ctrl-C ends the work: what is done is returned with a warning, and
        the other groups have NaN.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C was pressed before anything was done.

    Notes
    -----
    Exact but for rounding where a group is ``searched``, as all are where σ² differs between
    categories.  The others solve the same equations, in
    which the sums over all groups are expanded to third order in the change of T, and the terms of
    the group itself are exact; Christensen, Pearson & Johnson (1992, Technometrics 34(1)) take one
    step of such a search.
    """
    fit = fit.with_changes(cov_type="model")  # distances are in units of the model's precision
    moments, groups = fit.moments, fit.ngroups
    fit.require_rows()
    if moments.strata is None:
        own, sizes = _products(fit.design, moments.scaling), fit.design.sizes
    else:  # the sums of each category, (K, J, ...)
        parts = list(parts_of(fit.design))
        own = np.stack([_products(part, moments.scaling) for part in parts])
        sizes = np.stack([part.sizes for part in parts])
    start = off_the_boundary(fit.optimum.factor)
    estimates = np.full((groups, fit.n_parameters), np.nan)
    done, searched = np.zeros(groups, dtype=bool), np.zeros(groups, dtype=bool)
    bar = tqdm(
        total=groups, desc="Leaving out groups", delay=1.0, leave=False, disable=not progress
    )
    with bar, Interrupts() as interrupts:
        expansion = None if moments.strata else Expansion.of(fit, own, sizes)
        for chunk in expansion.chunks() if expansion else ():
            if interrupts.asked:
                break
            assert expansion is not None
            found, near = expansion.without(chunk)
            estimates[chunk[near]], done[chunk[near]] = found[near], True
            bar.update(int(near.sum()))
        for j in np.flatnonzero(~done).tolist():
            if interrupts.asked:
                break
            rest = without_group(moments, own, sizes, j)
            with suppress(FitError):  # there may be no fit without it
                require_told(rest)
                estimates[j] = parameter_values(minimise(rest, fit.reml, start), rest)
            done[j] = searched[j] = True
            bar.update()
    _require_all(int(np.count_nonzero(done)), groups)
    index = fit.design.groups.rename(fit.model.group)
    names = names_of(fit, "variance")
    return Influence(
        fit,
        pd.DataFrame(estimates[:, : moments.p], index=index, columns=list(fit.params.index)),
        pd.DataFrame(estimates[:, moments.p :], index=index, columns=names),
        pd.Series(searched.tolist(), index=index, name="searched", dtype=bool),
    )


# --- without one group, by a search -------------------------------------------------------


def without_each(
    groups: int, size: int, without: Callable[[int], FloatArray | None], *, progress: bool
) -> tuple[FloatArray, int]:
    """Estimate a model without each group in turn, until Ctrl-C.

    Parameters
    ----------
    groups : int
    size : int
        The number of parameters.
    without : function
        From a group to the parameters without it, (size,), or to None or a FitError where there
        are none.
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    estimates : (J, size) array
        NaN where there are none.
    done : int
        How many groups were left out.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C was pressed before anything was done.
    """
    estimates, done = np.full((groups, size), np.nan), 0
    bar = tqdm(
        range(groups), desc="Leaving out groups", delay=1.0, leave=False, disable=not progress
    )
    with bar, Interrupts() as interrupts:
        for j in bar:
            if interrupts.asked:
                break
            with suppress(FitError):  # there may be no fit without it
                found = without(j)
                estimates[j] = np.nan if found is None else found
            done += 1
    _require_all(done, groups)
    return estimates, done


def _require_all(done: int, groups: int) -> None:
    """Warn where Ctrl-C ended the work, or end with it where there is nothing to return."""
    if done < groups:
        if not done:
            raise KeyboardInterrupt
        warn_incomplete(
            f"Interrupted: {done} of {groups} groups were left out in turn; the others have NaN."
        )


def without_group(moments: Moments, own: FloatArray, sizes: IntArray, j: int) -> Moments:
    """Return the moments without a group, in the same internal units.

    Parameters
    ----------
    moments : Moments
    own : (J, p + 1, p + 1) array
        ``[X, y]'[X, y]`` of each group, in internal units.
    sizes : (J,) array of int
        The number of rows of each.
    j : int

    Returns
    -------
    Moments

    Notes
    -----
    Where categories have variances of their own, ``own`` and ``sizes`` are (K, J, ...).
    """
    if moments.strata is not None:
        found = moments.changed(
            lambda zz, zw, ww: (
                np.delete(zz, j, axis=-3),
                np.delete(zw, j, axis=-3),
                ww - own[:, j] if ww.ndim == 3 else ww,
            )
        )
        assert found.strata is not None
        left = replace(found.strata, n=found.strata.n - sizes[:, j])
        rows = moments.n - int(sizes[:, j].sum())
        return replace(found, n=rows, strata=left).at(left.log_ratios)
    return replace(
        moments,
        zz=np.delete(moments.zz, j, axis=0),
        zw=np.delete(moments.zw, j, axis=0),
        ww=moments.ww - own[j],
        n=moments.n - int(sizes[j]),
    )


def _products(design: Design, scaling: Scaling) -> FloatArray:
    """(J, p + 1, p + 1): ``[X, y]'[X, y]`` of each group, in internal units."""
    y = (design.y - scaling.y_shift) / scaling.y_scale
    w = np.column_stack([design.X @ scaling.x, y])  # (n, p + 1)
    if design.precision is not None:
        w *= np.sqrt(design.precision)[:, None]
    width, groups = w.shape[1], len(design.groups)
    products = np.empty((groups, width, width))
    for a in range(width):
        for b in range(a + 1):
            sums = np.bincount(design.codes, weights=w[:, a] * w[:, b], minlength=groups)
            products[:, a, b] = products[:, b, a] = sums
    return products


# --- without each group, by expansion -----------------------------------------------------
# With Psi = Psi_0 + D and D = sum of d_m B_m, what the criterion needs of a group are
#
#     log |V|  = log |V_0| + log |I + P D|
#     W'V^-1 W = W'V_0^-1 W - E'D (I + P D)^-1 E          W = [X, y]
#
# with P and E of Psi_0.  In the sum over all groups, log |I + P D| and (I + P D)^-1 are replaced by
# the first terms of their series; the group that is left out is taken off exactly.

FAR = 0.005  # the largest P D, about, for which three terms of the series are enough
HIGH = 0.5  # a group with more than this share of the information on a gamma gets a search
STEPS = 12
SETTLED = 1e-16  # a promised decrease of the criterion below this is none
GROUND = 1e-10  # curvature below this part of the largest counts as none
SADDLE = 1e-4  # negative curvature up to this part of the largest is rounding
DESCENT = 1e-7  # leaving the boundary for less than this decrease of the criterion is not worth it
ROOM = 1 << 22  # numbers in the largest array


class Terms(NamedTuple):
    """A quantity as a function of d, with its first and second derivatives."""

    value: FloatArray
    first: FloatArray
    second: FloatArray

    def less(self, other: Terms) -> Terms:
        """Take another off."""
        return Terms(*(mine - its for mine, its in zip(self, other, strict=True)))


@dataclass(frozen=True, eq=False)
class Expansion:
    """The criterion without any one group, near the optimum with all.

    Attributes
    ----------
    fit : Estimated
    own : (J, p + 1, p + 1) array
        ``W_j'V_0^-1 W_j`` of each group, with W = [X, y], in internal units as all.
    sizes : (J,) array of int
    E : (J, q, p + 1) array
        ``Z_j'V_0^-1 W_j``.
    """

    fit: Estimated
    own: FloatArray
    sizes: IntArray
    E: FloatArray

    @classmethod
    def of(cls, fit: Estimated, own: FloatArray, sizes: IntArray) -> Expansion:
        """Make it from ``[X, y]'[X, y]`` and the number of rows of each group."""
        solution, zw = fit.optimum.solution, fit.moments.zw
        e_y = solution.u + solution.E @ solution.gamma  # (J, q)
        e = np.concatenate([solution.E, e_y[:, :, None]], axis=2)  # (J, q, p + 1)
        return cls(fit, own - zw.swapaxes(1, 2) @ (solution.psi @ e), sizes, e)

    @cached_property
    def directions(self) -> FloatArray:
        """The B_m: symmetric matrices, one a free element of Psi, (k, q, q)."""
        return np.array(directions_of(self.fit.moments.blocks))

    def chunks(self) -> list[IntArray]:
        """The groups, as many at a time as there is room for."""
        size = self.directions.shape[0] ** 2 * self.E.shape[2] ** 2
        count = -(-len(self.sizes) * size // ROOM)
        return np.array_split(np.arange(len(self.sizes)), max(count, 1))

    @cached_property
    def _log_det(self) -> list[FloatArray]:
        """Sums of tr(B P), tr(B P B P), tr(B P B P B P): (k,), (k, k), (k, k, k)."""
        f = self.directions @ self.fit.optimum.solution.P[:, None]  # (J, k, q, q)
        turned = f.swapaxes(2, 3)
        first = np.einsum("jmaa->m", f)
        second = np.tensordot(f, turned, axes=([0, 2, 3], [0, 2, 3]))
        third = [
            np.tensordot(f @ f[:, m, None], turned, axes=([0, 2, 3], [0, 2, 3]))
            for m in range(f.shape[1])
        ]
        return [first, _symmetric(second, 2), _symmetric(np.array(third), 3)]

    @cached_property
    def _products(self) -> list[FloatArray]:
        """Sums of W'V^-1 W, E'B E, E'B P B E, E'B P B P B E; the last two axes are W's."""
        g = self.directions @ self.E[:, None]  # (J, k, q, w): B E
        h = self.fit.optimum.solution.P[:, None] @ g  # P B E

        def total(left: FloatArray, right: FloatArray) -> FloatArray:
            sums = np.tensordot(left, right, axes=([0, 2], [0, 2]))  # (k, w, k, w)
            return sums.transpose(0, 2, 1, 3)

        first = np.tensordot(g, self.E, axes=([0, 2], [0, 1]))  # (k, w, w)
        third = np.array([total(h, one @ h) for one in self.directions])
        whole = self.own.sum(axis=0)
        return [whole, first, _symmetric(total(g, h), 2), _symmetric(third, 3)]

    def _of_all(self, d: FloatArray) -> tuple[Terms, Terms]:
        """Find log |V| and W'V^-1 W of all groups at each d, (c, k), by their series."""
        l1, l2, l3 = self._log_det
        c, k = d.shape
        dd = (d[:, :, None] * d[:, None, :]).reshape(c, k * k)
        l2d, l3d = d @ l2, (d @ l3.reshape(k, k * k)).reshape(c, k, k)
        l3dd = dd @ l3.reshape(k * k, k)
        dot = "cm,cm->c"
        log_det = Terms(
            d @ l1 - np.einsum(dot, l2d, d) / 2.0 + np.einsum(dot, l3dd, d) / 3.0,
            l1 - l2d + l3dd,
            -l2 + 2.0 * l3d,
        )
        a0, a1, a2, a3 = self._products
        w = len(a0)
        a2d = (d @ a2.reshape(k, -1)).reshape(c, k, w, w)
        a3d = (d @ a3.reshape(k, -1)).reshape(c, k, k, w, w)
        a3dd = np.einsum("cm,cmlvw->clvw", d, a3d)
        once = "cm,cmvw->cvw"
        products = Terms(
            a0 - np.tensordot(d, a1, 1) + np.einsum(once, d, a2d) - np.einsum(once, d, a3dd),
            -a1 + 2.0 * a2d - 3.0 * a3dd,
            2.0 * a2 - 6.0 * a3d,
        )
        return log_det, products

    def _of_one(self, d: FloatArray, chunk: IntArray) -> tuple[Terms, Terms]:
        """Find log |V| and W'V^-1 W of the c-th group at the c-th d, exactly."""
        change = np.tensordot(d, self.directions, 1)  # (c, q, q)
        p_old, e_old = self.fit.optimum.solution.P[chunk], self.E[chunk]
        inner = np.eye(change.shape[1]) + p_old @ change
        inverse = np.linalg.inv(inner)
        p_new, e = inverse @ p_old, inverse @ e_old
        f = self.directions @ p_new[:, None]  # (c, k, q, q)
        log_det = Terms(
            np.linalg.slogdet(inner)[1],
            np.einsum("cmaa->cm", f),
            -np.einsum("cmab,clba->cml", f, f),
        )
        g = self.directions @ e[:, None]  # (c, k, q, w)
        bent = g.swapaxes(2, 3)[:, :, None] @ (p_new[:, None] @ g)[:, None]  # (c, k, k, w, w)
        products = Terms(
            self.own[chunk] - e_old.swapaxes(1, 2) @ change @ e,
            -e.swapaxes(1, 2)[:, None] @ g,
            bent + bent.swapaxes(3, 4),
        )
        return log_det, products

    def criterion(self, d: FloatArray, chunk: IntArray) -> tuple[Terms, FloatArray, FloatArray]:
        """The criterion without the c-th group at the c-th d; with it gamma and sigma2.

        Parameters
        ----------
        d : (c, k) array
            The elements of Psi, less those at the optimum with all groups.
        chunk : (c,) array of int
            Which groups are left out.

        Returns
        -------
        criterion : Terms
            (c,), but for a constant, (c, k) and (c, k, k).
        gamma : (c, p) array
        sigma2 : (c,) array
        """
        p = self.fit.moments.p
        all_log, all_products = self._of_all(d)
        own_log, own_products = self._of_one(d, chunk)
        log_det, a = all_log.less(own_log), all_products.less(own_products)
        reml = self.fit.reml
        degrees = self.fit.moments.degrees(reml) - self.sizes[chunk]
        q = np.linalg.inv(a.value[:, :p, :p])
        gamma = (q @ a.value[:, :p, p:])[:, :, 0]  # (c, p)
        rss = a.value[:, p, p] - np.einsum("cp,cp->c", a.value[:, p, :p], gamma)
        v = np.column_stack([-gamma, np.ones(len(d))])  # (c, w)
        av = (a.first @ v[:, None, :, None])[..., 0]  # (c, k, w)
        slope = np.einsum("ckw,cw->ck", av, v)
        bend = (a.second @ v[:, None, None, :, None])[..., 0] @ v[:, None, :, None]
        bend = bend[..., 0] - 2.0 * av[:, :, :p] @ q @ av[:, :, :p].swapaxes(1, 2)
        relative = slope / rss[:, None]
        scale = degrees[:, None, None]
        value = log_det.value + degrees * np.log(rss)
        first = log_det.first + degrees[:, None] * relative
        second = log_det.second + scale * (
            bend / rss[:, None, None] - relative[:, :, None] * relative[:, None, :]
        )
        if reml:
            x = q[:, None] @ a.first[:, :, :p, :p]  # (c, k, p, p)
            value = value - np.linalg.slogdet(q)[1]
            first = first + np.einsum("ckpp->ck", x)
            second = second + np.einsum("cpr,cklrp->ckl", q, a.second[..., :p, :p])
            second = second - np.einsum("ckpr,clrp->ckl", x, x)
        return Terms(value, first, second), gamma, rss / degrees

    @cached_property
    def _yardstick(self) -> tuple[FloatArray, float]:
        """A root C of the mean P, (q, q), and how far large P's, which count most, exceed it."""
        every = self.fit.optimum.solution.P
        values, vectors = np.linalg.eigh(every.mean(axis=0))
        some = values > GROUND * values.max()
        root = vectors[:, some] * np.sqrt(values[some])
        back = vectors[:, some] / np.sqrt(values[some])
        sizes = np.abs(np.linalg.eigvalsh(back.T @ every @ back)).max(axis=1)  # (J,)
        return root, float(np.sqrt((sizes**4).sum() / (sizes**2).sum()))

    def without(self, chunk: IntArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Estimate without each of some groups, by Newton's method in Lambda.

        Parameters
        ----------
        chunk : (c,) array of int

        Returns
        -------
        estimates : (c, p + k + 1) array
            As from :func:`~mlmteach.fit.variances.parameter_values`.
        near : (c,) array of bool
            Whether the expansion holds; the other estimates are of no use.
        """
        moments, optimum = self.fit.moments, self.fit.optimum
        basis = square_basis(moments.blocks)  # (s, q, q)
        where = tuple(np.array(places(moments.blocks)).T)
        products = basis[:, None] @ basis.swapaxes(1, 2)[None]  # (s, s, q, q)
        curved = (products + products.swapaxes(2, 3))[:, :, where[0], where[1]]  # (s, s, k)
        near = self._low(chunk)
        factor = np.repeat(optimum.factor[None], len(chunk), axis=0)  # (c, q, q)
        for step in range(STEPS + 1):
            d = (factor @ factor.swapaxes(1, 2) - optimum.solution.psi)[:, where[0], where[1]]
            near &= self._size(d) < FAR
            factor[~near], d[~near] = optimum.factor, 0.0
            criterion, gamma, sigma2 = self.criterion(d, chunk)
            half = basis @ factor.swapaxes(1, 2)[:, None]  # (c, s, q, q)
            jacobian = (half + half.swapaxes(2, 3))[:, :, where[0], where[1]]  # (c, s, k)
            gradient = (jacobian @ criterion.first[:, :, None])[:, :, 0]
            hessian = jacobian @ criterion.second @ jacobian.swapaxes(1, 2)
            hessian += np.tensordot(criterion.first, curved, ([1], [2]))
            curvature, axes = np.linalg.eigh(hessian)  # (c, s), (c, s, s)
            largest = np.abs(curvature).max(axis=1, keepdims=True)
            size = np.maximum(np.abs(curvature), GROUND * np.maximum(largest, GROUND))
            along = np.einsum("cst,cs->ct", axes, gradient) / size
            promise = np.einsum("ct,ct->c", along**2, size) / 2.0
            if step == STEPS or np.all((promise < SETTLED) | ~near):
                break
            factor -= np.tensordot((axes @ along[:, :, None])[:, :, 0], basis, 1)
        near &= (promise < SETTLED) & (curvature[:, 0] > -SADDLE * largest[:, 0])
        near &= self._descent(criterion) < DESCENT
        scaling = moments.scaling
        params: FloatArray = scaling.y_scale * gamma @ scaling.x.T + scaling.shift
        sigma2 = sigma2 * scaling.y_scale**2
        psi = factor @ factor.swapaxes(1, 2)
        t = sigma2[:, None, None] * (scaling.z @ psi @ scaling.z.T)
        return np.column_stack([params, t[:, where[0], where[1]], sigma2]), near

    def _low(self, chunk: IntArray) -> NDArray[np.bool_]:
        """Whether no gamma depends on a group too much, (c,) of bool."""
        p, root = self.fit.moments.p, self.fit.optimum.solution.root
        if p == 0:
            return np.ones(len(chunk), dtype=bool)
        shares = np.linalg.eigvalsh(root.T @ self.own[chunk, :p, :p] @ root)  # (c, p)
        return np.asarray(shares[:, -1] < HIGH)

    def _size(self, d: FloatArray) -> FloatArray:
        """About the largest eigenvalue of P D at each d, (c,)."""
        root, excess = self._yardstick
        inner = root.T @ np.tensordot(d, self.directions, 1) @ root
        return np.asarray(excess * np.abs(np.linalg.eigvalsh(inner)).max(axis=1))

    def _descent(self, criterion: Terms) -> FloatArray:
        """The decrease of the criterion that leaving the boundary promises, (c,)."""
        blocks = self.fit.moments.blocks
        where = tuple(np.array(places(blocks)).T)
        weights = np.where(where[0] == where[1], 1.0, 0.5)
        gradient = np.tensordot(criterion.first * weights, self.directions, 1)  # (c, q, q)
        best = np.zeros(len(gradient))
        for block in blocks:
            inner = gradient[:, np.array(block)[:, None], np.array(block)]
            slopes, vectors = np.linalg.eigh(inner)
            for k in range(len(block)):
                v = np.zeros(gradient.shape[:2])
                v[:, list(block)] = vectors[:, :, k]
                square = v[:, where[0]] * v[:, where[1]]  # (c, k)
                bend = np.abs(np.einsum("ck,ckl,cl->c", square, criterion.second, square))
                fall = np.minimum(slopes[:, k], 0.0) ** 2 / (2.0 * np.where(bend > 0, bend, 1.0))
                best = np.maximum(best, fall)
        return best


def _symmetric(tensor: FloatArray, axes: int) -> FloatArray:
    """Average over the orders of the first axes."""
    rest = tuple(range(axes, tensor.ndim))
    turned = [tensor.transpose(*order, *rest) for order in permutations(range(axes))]
    return np.asarray(np.mean(turned, axis=0), dtype=np.float64)


def _precision(fit: Fitted) -> FloatArray:
    """(k + K, k + K): the inverse of the covariance of T and σ² or a shape, in the data's units."""
    if not isinstance(fit, Estimated):
        covariance = covariance_of(fit)
        return covariance if fit.singular else np.asarray(np.linalg.inv(covariance))
    to_internal = _to_internal(fit)
    w = information(fit.moments, fit.optimum.solution, fit.reml).W
    unit = 1.0 / np.sqrt(np.diag(w))
    inverse = np.linalg.pinv(w * np.multiply.outer(unit, unit), rcond=1e-10, hermitian=True)
    precision: FloatArray = to_internal.T @ (inverse * np.multiply.outer(unit, unit)) @ to_internal
    return precision


def _to_internal(fit: Estimated) -> FloatArray:
    """(k + K, k + K): from the elements of T and σ² in the data's units to internal ones."""
    blocks, scaling = fit.moments.blocks, fit.moments.scaling
    back = scaling.z_inverse / scaling.y_scale
    kinds = len(fit.residual_variances)
    columns = [
        variance_values(back @ direction @ back.T, np.zeros(kinds), blocks)
        for direction in directions_of(blocks)
    ]
    last = np.eye(len(columns) + kinds)[:, len(columns) :] / scaling.y_scale**2
    return np.column_stack([*columns, last])
