"""Kenward and Roger's covariance matrix of gamma, and their degrees of freedom.

The usual covariance matrix treats the estimated T and sigma2 as if they were known, and is
therefore too small in small samples.  Kenward & Roger (1997), Biometrics 53(3), 983-997, add what
the estimation of the variances costs, and choose df so that the scaled Wald statistic has the
first two moments of an F.  The arithmetic follows Halekoh & Hojsgaard (2014), Journal of
Statistical Software 59(9) (the R package pbkrtest); no matrix with n rows and columns is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr

from mlmteach.errors import FitError, OptionError, suggest
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.ratios import shares
from mlmteach.fit.theta import basis_of
from mlmteach.model.terms import Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Linear
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.profiled import Solution
    from mlmteach.fit.theta import Blocks

__all__ = [
    "Df",
    "FTest",
    "Information",
    "KenwardRoger",
    "columns_of",
    "directions_of",
    "f_test",
    "information",
    "kenward_roger",
    "satterthwaite_test",
]

Df: TypeAlias = Literal["satterthwaite", "kenward-roger"]
"""The two ways to degrees of freedom."""


# --- the expected information about the variances -----------------------------------------
# With ``Sigma = sum_r nu_r G_r``, nu the free elements of T and then sigma2, what is needed of the
# n rows follows from the moments of the groups: with ``K_j = (I + Z_j'Z_j Psi)^-1``,
# ``Z_j'V_j^-2 Z_j = K_j P_j`` and ``Z_j'V_j^-2 X_j = K_j E_j``.
#
# With categories, ``G_r`` of σ_k² is ``r_k D_k``, where D_k has a one for each of their rows and
# r_k is the weight of these: what stands between two V^-1 is then the part of a sum that is theirs.
#
# Kenward & Roger (1997), Biometrics 53(3), 983-997, whose P, Q and W these are; Sigma is linear in
# nu, so that their R vanishes.

FLAT = 1e-10  # an eigenvalue of the information below this is no information, as in pbkrtest


@dataclass(frozen=True, eq=False)
class Information:
    """What the data say about the variances; all in internal units.

    The k + K parameters are the free elements of T in the order of theta, and sigma2, or the K of
    the categories that have their own.

    Attributes
    ----------
    phi : (p, p) array
        ``(X'Sigma^-1 X)^-1``, the covariance matrix of gamma.
    P : (k + K, p, p) array
        ``-X'Sigma^-1 G_r Sigma^-1 X``.
    Q : (k + K, k + K, p, p) array
        ``X'Sigma^-1 G_r Sigma^-1 G_s Sigma^-1 X``.
    traces : (k + K, k + K) array
        ``tr(Sigma^-1 G_r Sigma^-1 G_s)``.
    reml : bool
    """

    phi: FloatArray
    P: FloatArray
    Q: FloatArray
    traces: FloatArray
    reml: bool

    @cached_property
    def spent(self) -> FloatArray:
        """(k + K, p, p): ``P_r phi``."""
        spent: FloatArray = self.P @ self.phi
        return spent

    @cached_property
    def W(self) -> FloatArray:
        """(k + K, k + K): the asymptotic covariance matrix of the estimated variances."""
        twice = self.traces.copy()
        if self.reml:
            twice -= 2.0 * np.einsum("rsab,ba->rs", self.Q, self.phi)
            twice += np.einsum("rab,sba->rs", self.spent, self.spent)
        unit = 1.0 / np.sqrt(np.diag(self.traces))
        scaled = np.linalg.pinv(twice * np.multiply.outer(unit, unit), FLAT, hermitian=True)
        return np.asarray(2.0 * scaled * np.multiply.outer(unit, unit), dtype=np.float64)


def directions_of(blocks: Blocks) -> FloatArray:
    """(k, q, q): what each free element of T multiplies, symmetric.

    Examples
    --------
    >>> directions_of(((0, 1),)).astype(int).tolist()
    [[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]]
    """
    basis = basis_of(blocks)
    return np.maximum(basis, basis.swapaxes(1, 2))


def information(moments: Moments, solution: Solution, reml: bool) -> Information:
    """Compute the expected information about the variances, from the moments alone.

    Parameters
    ----------
    moments : Moments
    solution : Solution
        At the estimates.
    reml : bool
        Whether the degrees of freedom that gamma takes are accounted for.

    Returns
    -------
    Information
    """
    groups, q, p = solution.E.shape
    psi, sigma2 = solution.psi, solution.sigma2
    directions = directions_of(moments.blocks)
    k = len(directions)

    kernel = np.linalg.inv(np.eye(q) + moments.zz @ psi)  # (J, q, q)
    a1, b1 = solution.P, solution.E  # Z'V^-1 Z, Z'V^-1 X
    strata = moments.strata
    if strata is None:
        weights, n, zz = np.ones(1), np.array([float(moments.n)]), moments.zz[None]
        left = b1[None]  # Z'V^-1 X, of which Z'D_k V^-1 X is the part of category k
        inverse_root = np.linalg.inv(solution.root) if p else np.zeros((0, 0))
        taken = b1.reshape(groups * q, p).T @ (psi @ b1).reshape(groups * q, p)
        c2 = (inverse_root.T @ inverse_root - taken)[None]  # X'V^-2 X
    else:
        weights, n = np.exp(-strata.log_ratios), strata.n
        parts = weights[:, None, None, None]
        zz = parts * strata.zz
        left = parts * strata.zw[..., :p] - zz @ (psi @ b1)
        c2 = weights[:, None, None] * shares(moments, solution).inner
    kinds = len(n)
    inner = psi @ kernel  # V^-1 = I - Z inner Z'
    a2, b2 = kernel @ zz @ kernel.swapaxes(1, 2), kernel @ left  # Z'V^-1 D_k V^-1 [Z, X]
    spent = inner @ zz  # (K, J, q, q)

    bb = np.einsum("jap,jbs->abps", b1, b1, optimize=True)
    bb2 = np.einsum("kjap,jbs->kabps", b2, b1, optimize=True)
    bab = np.einsum("jap,jbc,jds->abcdps", b1, a1, b1, optimize=True)
    aa = np.einsum("jab,jcd->abcd", a1, a1, optimize=True)

    P = np.empty((k + kinds, p, p))
    P[:k] = -np.einsum("rab,abps->rps", directions, bb)
    P[k:] = -weights[:, None, None] * c2
    Q = np.empty((k + kinds, k + kinds, p, p))
    Q[:k, :k] = np.einsum("rab,abcdps,tcd->rtps", directions, bab, directions, optimize=True)
    Q[k:, :k] = np.einsum("k,rab,kabps->krps", weights, directions, bb2, optimize=True)
    Q[:k, k:] = Q[k:, :k].transpose(1, 0, 3, 2)
    Q[k:, k:] = -np.einsum("kjap,jab,ljbs->klps", left, inner, left, optimize=True)
    Q[range(k, k + kinds), range(k, k + kinds)] += c2
    Q[k:, k:] *= np.multiply.outer(weights, weights)[:, :, None, None]
    traces = np.empty((k + kinds, k + kinds))
    traces[:k, :k] = np.einsum("rab,bcda,tcd->rt", directions, aa, directions, optimize=True)
    traces[k:, :k] = np.einsum("k,rab,kjba->kr", weights, directions, a2, optimize=True)
    traces[:k, k:] = traces[k:, :k].T
    traces[k:, k:] = np.einsum("kjab,ljba->kl", spent, spent, optimize=True)
    traces[k:, k:] += np.diag(n - 2.0 * np.einsum("kjaa->k", spent))
    traces[k:, k:] *= np.multiply.outer(weights, weights)
    return Information(
        phi=sigma2 * solution.root @ solution.root.T,
        P=P / sigma2**2,
        Q=Q / sigma2**3,
        traces=traces / sigma2**2,
        reml=reml,
    )


# --- Kenward and Roger's covariance matrix of gamma, and their df -------------------------


@dataclass(frozen=True)
class FTest:
    """A test that several linear combinations of gamma are all zero.

    Attributes
    ----------
    statistic : float
        F, scaled as Kenward and Roger do.
    df, df_residual : float
        Its degrees of freedom.
    pvalue : float
    names : tuple of str
        The coefficients that are tested, where they are single ones.
    method : str
        What F and its df come from.
    """

    statistic: float
    df: float
    df_residual: float
    pvalue: float
    names: tuple[str, ...] = ()
    method: str = "Kenward-Roger"

    def __str__(self) -> str:
        p = "p < 0.001" if self.pvalue < 0.001 else f"p = {self.pvalue:.3f}"
        return f"F({self.df:.0f}, {self.df_residual:.1f}) = {self.statistic:.2f}, {p}"

    def __repr__(self) -> str:
        what = " = ".join(self.names or ["the combinations"])
        return f"<{self.method} test of {what} = 0: {self}>"


@dataclass(frozen=True, eq=False)
class KenwardRoger:
    """Inference about gamma that accounts for the estimation of the variances.

    Attributes
    ----------
    params : pandas.Series
        Gamma, (p,).
    vcov : pandas.DataFrame
        Its adjusted covariance matrix, (p, p).
    information : Information
    change : (p, p) array
        From internal units of gamma to the data's.
    """

    params: pd.Series[float]
    vcov: pd.DataFrame
    information: Information
    change: FloatArray

    def cov_params(self) -> pd.DataFrame:
        """The adjusted covariance matrix of gamma, (p, p); the same as :attr:`vcov`."""
        return self.vcov

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Adjusted standard errors, (p,)."""
        return pd.Series(np.sqrt(np.diag(self.vcov)), index=self.params.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom, (p,)."""
        values = self.contrast_df(np.eye(len(self.params)))
        return pd.Series(values, index=self.params.index, name="df")

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """Gamma divided by the adjusted standard error, (p,)."""
        return (self.params / self.bse).rename("tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of gamma = 0, (p,)."""
        tail = np.asarray(stdtr(self.df.to_numpy(), -np.abs(self.tvalues.to_numpy())))
        return pd.Series(2.0 * tail, index=self.params.index, name="pvalues")

    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Degrees of freedom of linear combinations of gamma, one at a time.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination.

        Returns
        -------
        (m,) array
        """
        rows = np.atleast_2d(np.asarray(contrasts, dtype=float)) @ self.change  # (m, p)
        info = self.information
        half = rows @ info.phi  # (m, p)
        variance = np.einsum("mp,mp->m", half, rows)
        change = np.einsum("mp,rpq,mq->mr", half, info.P, half) / variance[:, None]
        df: FloatArray = 2.0 / np.einsum("mr,rs,ms->m", change, info.W, change)
        return df

    def f_test(self, contrasts: ArrayLike) -> FTest:
        """Test that linear combinations of gamma are all zero.

        Parameters
        ----------
        contrasts : (m, p) array
            One row a combination; the rows are linearly independent.

        Returns
        -------
        FTest
            The scaled statistic, its two degrees of freedom and its p-value.

        Raises
        ------
        OptionError
            When the rows are linearly dependent.
        """
        given = np.atleast_2d(np.asarray(contrasts, dtype=float))
        if np.linalg.matrix_rank(given) < len(given):
            raise OptionError(
                "The linear combinations depend on one another.",
                "Leave out those that follow from the others.",
            )
        rows = given @ self.change  # (m, p)
        m, info = len(rows), self.information
        theta = rows.T @ np.linalg.solve(rows @ info.phi @ rows.T, rows)  # (p, p)
        part = theta @ info.phi @ info.spent  # (k + 1, p, p)
        single = np.einsum("rpp->r", part)
        a1 = float(single @ info.W @ single)
        a2 = float(np.sum(info.W * np.einsum("rpq,sqp->rs", part, part)))
        scale, df = _moments_of_f(m, a1, a2)
        value = given @ self.params.to_numpy()
        adjusted = given @ self.vcov.to_numpy() @ given.T
        statistic = scale * float(value @ np.linalg.solve(adjusted, value)) / m
        return FTest(statistic, float(m), df, float(fdtrc(m, df, statistic)))


@lru_cache(maxsize=1)  # a summary, its intervals and its tests ask for the same one
def kenward_roger(fit: Estimated) -> KenwardRoger:
    """Compute Kenward and Roger's covariance matrix and degrees of freedom.

    Parameters
    ----------
    fit : Estimated
        By REML.

    Returns
    -------
    KenwardRoger

    Raises
    ------
    FitError
        When the fit is by maximum likelihood, or has robust standard errors: for neither the
        method is made.
    """
    if fit.is_robust:
        raise FitError(
            "Kenward and Roger's method corrects the standard errors of the model, and those of "
            f"this fit are robust ({fit.cov_type}), with df of their own.",
            "Leave it out, or ask the fit as it was before .robust().",
        )
    if not fit.reml:
        raise FitError(
            "Kenward and Roger's method is for fits by REML, and this one is by ML.",
            "Fit the model with reml=True.",
        )
    info = information(fit.moments, fit.optimum.solution, reml=True)
    inner = info.Q - np.einsum("rab,bc,scd->rsad", info.P, info.phi, info.P, optimize=True)
    cost = np.einsum("rs,rsab->ab", info.W, inner)
    adjusted = info.phi + 2.0 * info.phi @ cost @ info.phi
    scaling = fit.moments.scaling
    change = scaling.y_scale * scaling.x  # (p, p)
    vcov = change @ ((adjusted + adjusted.T) / 2.0) @ change.T
    names = list(fit.params.index)
    return KenwardRoger(fit.params, pd.DataFrame(vcov, index=names, columns=names), info, change)


def f_test(fit: Linear, terms: str | Sequence[str]) -> FTest:
    """Test that all coefficients of one term, or of several, are zero.

    Parameters
    ----------
    fit : Linear
        Of a model and not of bare arrays.  By REML, or with robust standard errors: then the test
        is robust too, by Pustejovsky and Tipton's approximation with Hotelling's T².  With two
        groupings, by REML or ML, the df are Satterthwaite's.
    terms : str or sequence of str
        As the equations have them: ``"schgend"`` stands for the contrasts of all its categories,
        ``"schgend[T.boys]"`` for one of them.

    Returns
    -------
    FTest

    Raises
    ------
    OptionError
        When there is no such term.
    FitError
        When the fit is by maximum likelihood with standard errors of the model, or there are too
        few groups for a robust test.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model(
    ...     "normexam ~ standLRT", group="school", level2={"intercept": "schgend + U"}
    ... )
    >>> f_test(model.fit(mlm.load("exam")), "schgend")
    <Kenward-Roger test of schgend[T.mixed] = schgend[T.boys] = 0: F(2, 61.5) = 3.96, p = 0.024>
    """
    names = list(fit.params.index)
    columns = columns_of(fit, terms)
    rows = np.eye(len(names))[columns]
    if not isinstance(fit, Estimated):
        test = satterthwaite_test(fit, rows)
    elif fit.sandwich is None:
        test = kenward_roger(fit).f_test(rows)
    else:
        test = _robust_test(fit, rows)
    return replace(test, names=tuple(names[k] for k in columns))


def columns_of(fit: Fitted, terms: str | Sequence[str]) -> list[int]:
    """Find the γ of terms.

    Parameters
    ----------
    fit : Fitted
        Of a model and not of bare arrays.
    terms : str or sequence of str
        As for :func:`f_test`.

    Returns
    -------
    list of int
        Their positions, in order.

    Raises
    ------
    OptionError
        When there is no such term.
    """
    names = list(fit.params.index)
    products = [gamma.term for gamma in fit.model.gammas]
    chosen: set[int] = set()
    asked_for: object = [terms] if isinstance(terms, str) else terms
    if not isinstance(asked_for, Iterable) or not all(isinstance(t, str) for t in asked_for):
        raise OptionError(
            f"{terms!r} is no name of a term.",
            f"Name one, such as {names[-1]!r}, or a list of them.",
        )
    for term in asked_for:
        asked = Term.of(*term.split(":"))
        found = {
            k
            for k, (name, product) in enumerate(zip(names, products, strict=True))
            if term == name or product.bare.matches(asked)
        }
        if not found:
            known = dict.fromkeys([*(product.bare.name for product in products), *names])
            raise OptionError(f"There is no term '{term}'.", suggest(term, known))
        chosen |= found
    if not chosen:
        raise OptionError("No term is named.", "Name one, or a list of them.")
    return sorted(chosen)


def satterthwaite_test(fit: Linear, contrasts: FloatArray) -> FTest:
    """Test that linear combinations of γ are all zero, by Satterthwaite's df.

    Parameters
    ----------
    fit : Linear
    contrasts : (m, p) array
        One row a combination; the rows are linearly independent.

    Returns
    -------
    FTest
        Wald's statistic over m is the mean of the squares of m independent t.  The df are those of
        the F whose mean is that of these squares, each by its own df (Fai & Cornelius 1996,
        *Journal of Statistical Computation and Simulation* 54(4); as lmerTest's ``contestMD``).
    """
    m = len(contrasts)
    vcov, value = fit.cov_params().to_numpy(), contrasts @ fit.params.to_numpy()
    variances, axes = np.linalg.eigh(contrasts @ vcov @ contrasts.T)
    statistic = float(np.mean((axes.T @ value) ** 2 / variances))
    each = fit.contrast_df(axes.T @ contrasts)
    df = float(each.mean())
    if float(np.ptp(each)) > 1e-8:
        mean = float(np.sum(each / (each - 2.0))) if each.min() > 2.0 else np.inf
        df = 2.0 * mean / (mean - m) if np.isfinite(mean) else 2.0
    return FTest(statistic, float(m), df, float(fdtrc(m, df, statistic)), method="Satterthwaite")


def _robust_test(fit: Estimated, contrasts: FloatArray) -> FTest:
    assert fit.sandwich is not None
    statistic, df = fit.sandwich.f_test(contrasts, contrasts @ fit.params.to_numpy())
    if np.isnan(df):
        raise FitError(
            f"{fit.ngroups} groups are too few for a robust test of {len(contrasts)} coefficients "
            "at once.",
            "Test fewer of them, or use the test of the fit as it was before .robust().",
        )
    m = float(len(contrasts))
    p = float(fdtrc(m, df, statistic))
    return FTest(statistic, m, df, p, method=f"Robust ({fit.cov_type})")


def _moments_of_f(m: int, a1: float, a2: float) -> tuple[float, float]:
    """Return the scale of the Wald statistic and its denominator df, from A1 and A2."""
    if m == 1:  # the general formulas in closed form
        return 1.0, 2.0 / a2
    b = (a1 + 6.0 * a2) / (2.0 * m)
    g = ((m + 1.0) * a1 - (m + 4.0) * a2) / ((m + 2.0) * a2)
    common = 3.0 * m + 2.0 * (1.0 - g)
    c1, c2, c3 = g / common, (m - g) / common, (m + 2.0 - g) / common
    mean = 1.0 / (1.0 - a2 / m)
    ratio = ((1.0 - a2 / m) / (1.0 - c2 * b)) ** 2 * (1.0 + c1 * b) / (1.0 - c3 * b) / m
    df = 4.0 + (m + 2.0) / (m * ratio - 1.0)
    return df / (mean * (df - 2.0)), df
