"""Robust covariance matrices of gamma: sandwiches of the residuals, group by group.

``M (sum s_j s_j') M`` with ``M = (X'V^-1 X)^-1`` and ``s_j = X_j'V_j^-1 A_j e_j`` is an estimate of
the covariance matrix of gamma whatever the true V_j, when there are many groups (Liang & Zeger
1986, Biometrika 73(1): ``A_j = I``, called CR0).  With few groups it is too small.  CR2 chooses A_j
so that each term has the expectation that it should when V is right, and Satterthwaite's df
those of the chi-square with the same two moments (Bell & McCaffrey 2002, Survey Methodology 28(2);
Pustejovsky & Tipton 2018, Journal of Business & Economic Statistics 36(4), whose working model is
here the fitted ``V_j = I + Z_j Psi Z_j'``, as in clubSandwich).

Beyond the span of Z_j and X_j, V_j is the identity and all else is zero.  So n_j x n_j matrices are
not made: each group comes down to its q + p products ``[Z_j, X_j]'[Z_j, X_j, e_j]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from scipy.sparse import csc_array

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.profiled import Solution

__all__ = ["CovType", "Robust", "Sandwich", "few_groups_messages", "sandwich"]

Robust: TypeAlias = Literal["CR0", "CR1", "CR1S", "CR2"]
"""The kinds of sandwich."""
CovType: TypeAlias = Literal["model", "CR0", "CR1", "CR1S", "CR2"]
"""What the standard errors of gamma rest on: the fitted V, or a sandwich of the residuals."""

CHUNK = 1 << 17  # rows worked on at a time
GROUPS = 1 << 13  # and groups
SPANNED = 1e-12  # a direction with less of the squared length is none
WHOLE = 1e-9  # a leverage that is 1 but for this leaves no residual
RANK = 1e-10  # a direction without variance


@dataclass(frozen=True, eq=False)
class Sandwich:
    """A robust covariance matrix of gamma, and the df of what is tested with it.

    In coordinates in which ``X'V^-1 X`` is the identity: weights c of gamma are there
    ``c @ change``.

    Attributes
    ----------
    change : (p, p) array
        From weights in the data's units to those coordinates.
    scores : (J, p) array
        The s_j, in the data's units of the outcome.
    weights : (J, p, m) array
        ``X_j'V_j^-1 A_j V_j^1/2``, in m = q + p directions of group j.
    own : (J, p, p) array
        ``X_j'V_j^-1 A_j X_j``.
    factor : float
        What the sum of squares is multiplied by: 1 but for CR1 and CR1S.
    untold : (p,) array
        The share of the variance of each gamma, by the model, of which no residual tells, as one
        group alone has what it is computed from.
    """

    change: FloatArray
    scores: FloatArray
    weights: FloatArray
    own: FloatArray
    factor: float
    untold: FloatArray

    @cached_property
    def vcov(self) -> FloatArray:
        """The covariance matrix of gamma, (p, p), in the data's units."""
        spread = self.scores @ self.change.T  # (J, p)
        vcov: FloatArray = self.factor * (spread.T @ spread)
        return vcov

    def df(self, contrasts: FloatArray) -> FloatArray:
        """Satterthwaite's df of linear combinations of gamma.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination, in the data's units.

        Returns
        -------
        (m,) array
            NaN for a combination without variance.
        """
        found = np.full(len(contrasts), np.nan)
        for k, row in enumerate(contrasts @ self.change):  # one by one: (J, p) numbers each
            length = np.abs(row).max(initial=0.0)
            if length > 0.0:
                mean, variance = (float(part[0, 0]) for part in self._moments(row[None] / length))
                found[k] = 2.0 * mean**2 / variance if variance > 0.0 else np.nan
        return found

    def f_test(self, contrasts: FloatArray, value: FloatArray) -> tuple[float, float]:
        """Test that linear combinations of gamma are all zero.

        By an approximation with Hotelling's T² (Pustejovsky & Tipton 2018; clubSandwich's HTZ).

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination, in the data's units; linearly independent.
        value : (m,) array
            Their estimates.

        Returns
        -------
        tuple of float
            F, with m numerator df, and its denominator df; NaN where there are too few groups.
        """
        m = len(contrasts)
        axes, lengths = np.linalg.qr((contrasts @ self.change).T)  # the same hypothesis, in axes
        rows, value = axes.T, np.linalg.solve(lengths.T, value)
        squares, vectors = np.linalg.eigh(self._moments(rows)[0])
        if squares[0] < RANK:
            return np.nan, np.nan
        root = (vectors / np.sqrt(squares)).T  # so that the sandwich has the mean I
        rows, value = root @ rows, root @ value
        nu = m * (m + 1.0) / float(self._moments(rows)[1].sum())
        _, spread, turned = np.linalg.svd(self.scores @ rows.T, full_matrices=False)
        if nu <= m - 1.0 or len(spread) < m or spread[-1] ** 2 <= RANK * spread[0] ** 2:
            return np.nan, np.nan
        wald = float(np.sum((turned @ value / spread) ** 2)) / self.factor
        return (nu - m + 1.0) / nu * wald / m, nu - m + 1.0

    def _moments(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and total variance of each element of the sandwich of sums, (m, m), if V is right.

        Element (s, t) is a quadratic form in independent normal numbers, one a group, with the
        matrix ``B_st = diag(g_js'g_jt) - H_s H_t'``, in which ``H_s`` has the rows ``h_js``.
        """
        g = np.einsum("mp,jpr->mjr", rows, self.weights)  # (m, J, r)
        h = np.einsum("mp,jpr->mjr", rows, self.own)  # (m, J, p)
        all_of_g = np.einsum("sjr,tjr->stj", g, g)  # (m, m, J)
        all_of_h = np.einsum("sjr,tjr->stj", h, h)
        over_groups = np.einsum("sja,tjb->stab", h, h)  # (m, m, p, p)

        def product(s: int, t: int, u: int, v: int) -> float:
            """Sum the products of the elements of B_st and B_uv."""
            own = all_of_g[s, t] * all_of_g[u, v]
            own -= all_of_g[s, t] * all_of_h[u, v] + all_of_h[s, t] * all_of_g[u, v]
            return float(np.sum(own) + np.sum(over_groups[s, u] * over_groups[t, v]))

        m = len(rows)
        variance = np.empty((m, m))
        for s in range(m):
            for t in range(m):
                variance[s, t] = product(s, t, t, s) + product(s, s, t, t)
        return (all_of_g - all_of_h).sum(axis=2), variance


def sandwich(design: Design, moments: Moments, solution: Solution, kind: str) -> Sandwich:
    """Compute a robust covariance matrix of gamma, clustered by the groups.

    Parameters
    ----------
    design : Design
    moments : Moments
    solution : Solution
        At the estimates.
    kind : {"CR0", "CR1", "CR1S", "CR2"}

    Returns
    -------
    Sandwich

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> found = sandwich(fit.design, fit.moments, fit.optimum.solution, "CR2")
    >>> np.sqrt(np.diag(found.vcov)).round(3), found.df(np.eye(2)).round(1)
    (array([6.825, 1.546]), array([17., 17.]))
    """
    scaling = moments.scaling
    change = scaling.x @ solution.root  # X @ change has the identity for its X'V^-1X
    gamma = scaling.y_scale * (scaling.x @ solution.gamma) + scaling.shift
    products = _products(design, scaling.z, change, gamma)
    unit = np.sqrt(np.einsum("jaa->a", products[:, :, :-1]))  # so that the units do not matter
    unit = np.where(unit > 0.0, unit, 1.0)
    groups, n, p = moments.groups, moments.n, moments.p
    parts = []
    for start in range(0, groups, GROUPS):
        y, e, d = _whitened(products[start : start + GROUPS], unit, solution.psi)
        rest, axes = np.linalg.eigh(np.eye(len(unit)) - y @ y.swapaxes(1, 2))  # 1 - leverages
        rest = np.where(rest < WHOLE, 0.0, rest)  # (J, m)
        left = y.swapaxes(1, 2)  # (J, p, m)
        if kind == "CR2":
            left = left @ _adjustments(rest, axes, d)
        whole = np.einsum("jma,jmp->jap", axes, y)[rest == 0.0]  # (directions, p)
        parts.append((np.einsum("jpm,jm->jp", left, e), left, left @ y, whole))
    scores, weights, own, whole = (np.concatenate(part) for part in zip(*parts, strict=True))
    factor = groups / (groups - 1.0) if kind in ("CR1", "CR1S") else 1.0
    if kind == "CR1S":
        factor *= (n - 1.0) / (n - p)
    return Sandwich(
        change=change,
        scores=scores,
        weights=weights,
        own=own,
        factor=factor,
        untold=np.sum((whole @ change.T) ** 2, axis=0) / np.sum(change**2, axis=1),
    )


def _products(design: Design, z: FloatArray, x: FloatArray, gamma: FloatArray) -> FloatArray:
    """(J, m, m + 1): ``[Z z, X x]'[Z z, X x, y - X gamma]`` of each group, with m = q + p."""
    size, m = len(design.groups), len(z) + len(x)
    products = np.zeros((size, m, m + 1))
    for start in range(0, len(design.y), CHUNK):
        rows = slice(start, start + CHUNK)
        own = design.X[rows]
        v = np.column_stack([design.Z[rows] @ z, own @ x, design.y[rows] - own @ gamma])
        ends = np.arange(len(v) + 1)
        for a in range(m):  # a sparse (J, rows) matrix sums within groups, without sorting
            column = csc_array((v[:, a], design.codes[rows], ends), shape=(size, len(v)))
            products[:, a, a:] += np.asarray(column @ v[:, a:])
    for a in range(m):
        products[:, a + 1 :, a] = products[:, a, a + 1 : m]
    return products


def _whitened(
    products: FloatArray, unit: FloatArray, psi: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Write each group in orthonormal directions of the span of Z_j and X_j, along those of V_j.

    Returns
    -------
    y : (J, m, p) array
        ``V_j^-1/2 X_j``, zero in directions that a group has not.
    e : (J, m) array
        ``V_j^-1/2 e_j``.
    d : (J, m) array
        The eigenvalues of V_j.
    """
    m, q = len(unit), len(psi)
    squares, vectors = np.linalg.eigh(products[:, :, :m] / np.multiply.outer(unit, unit))
    spanned = squares > SPANNED * squares[:, -1:]
    length = np.sqrt(np.where(spanned, squares, 0.0))  # (J, m)
    inverse = np.where(spanned, 1.0 / np.where(spanned, length, 1.0), 0.0)
    columns = length[:, :, None] * vectors.swapaxes(1, 2) * unit  # (J, m, m): Z_j and X_j
    e = inverse * np.einsum("jab,ja->jb", vectors, products[:, :, m] / unit)
    z, x = columns[:, :, :q], columns[:, :, q:]
    d, axes = np.linalg.eigh(np.eye(m) + z @ psi @ z.swapaxes(1, 2))
    d = np.maximum(d, 1.0)
    turned = axes.swapaxes(1, 2) / np.sqrt(d)[:, :, None]  # (J, m, m)
    return turned @ x, np.einsum("jab,jb->ja", turned, e), d


def _adjustments(rest: FloatArray, axes: FloatArray, d: FloatArray) -> FloatArray:
    """CR2's ``V_j^-1/2 A_j V_j^1/2``, which is ``(D (I - H) D)^-1/2 D`` with D = V_j.

    Where a group alone tells a coefficient, its residuals are zero in that direction, and so is
    the generalised inverse.  The singular values of ``(I - H)^1/2 D`` keep the digits that its
    square would lose.

    Parameters
    ----------
    rest : (J, m) array
        The eigenvalues of I - H, with H the group's own part of the hat matrix.
    axes : (J, m, m) array
        Its eigenvectors, in columns.
    d : (J, m) array
        The eigenvalues of V_j.

    Returns
    -------
    (J, m, m) array
    """
    root = np.sqrt(rest)[:, :, None] * axes.swapaxes(1, 2) * d[:, None, :]
    _, values, right = np.linalg.svd(root)
    rank = np.count_nonzero(rest, axis=1)
    kept = np.arange(d.shape[1]) < rank[:, None]  # the singular values fall
    inverse = np.where(kept, 1.0 / np.where(kept, values, 1.0), 0.0)
    adjustments: FloatArray = (right.swapaxes(1, 2) * inverse[:, None, :]) @ right * d[:, None, :]
    return adjustments


ENOUGH_GROUPS = 50
ENOUGH_DF = 4.0
UNTOLD = 1e-3


def few_groups_messages(
    found: Sandwich, kind: str, df: FloatArray, names: Sequence[str]
) -> tuple[str, ...]:
    """Say where there are too few groups for robust standard errors.

    Parameters
    ----------
    found : Sandwich
    kind : str
    df : (p,) array
        Of gamma.
    names : sequence of str, length p

    Returns
    -------
    tuple of str
        None when all is well.

    References
    ----------
    Huang, Wiedermann & Zhang (2022), *Multivariate Behavioral Research*: 50 groups for the
    sandwich as it is.  Tipton (2015), *Psychological Methods* 20(3), whose R package robumeta
    warns below 4 df.
    """
    messages = []
    groups = len(found.scores)
    if kind != "CR2" and groups < ENOUGH_GROUPS:
        messages.append(
            f"There are {groups} groups, and {kind} standard errors need about {ENOUGH_GROUPS}: "
            "with fewer they come out too small. Use fit.robust('CR2')."
        )
    shares = zip(names, found.untold, strict=True)
    hidden = ", ".join(repr(name) for name, share in shares if share > UNTOLD)
    if hidden:
        messages.append(
            f"What a single group has determines {hidden}: no residual tells how much of it is "
            "chance, and the robust standard error is too small. Use that of the fit as it was."
        )
    few = ", ".join(repr(n) for n, value in zip(names, df, strict=True) if value < ENOUGH_DF)
    if few:
        messages.append(
            f"Fewer than {ENOUGH_DF:.0f} df stand behind the robust standard error of {few}: its "
            "interval and p-value cannot be relied on. Use those of the fit as it was, and say "
            "that the groups are few."
        )
    return tuple(messages)
