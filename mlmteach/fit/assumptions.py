"""Tests of what the model assumes: normal residuals with equal variances, at each level.

With many rows these tests find departures that do not matter, and with few they overlook some
that do; the figures of the residuals come first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.estimated import Estimated, Linear
    from mlmteach.fit.fitted import GroupEffects

__all__ = [
    "breusch_pagan",
    "breusch_pagan_of_groups",
    "distances",
    "distances_of",
    "equal_variance",
    "group_dispersion",
    "level1_residuals",
    "level2_residuals",
    "normality",
    "normality_of",
    "samples_of_groups",
    "standardised_effects",
]


# --- residuals at both levels, raw and divided by their own standard deviations -----------
# The level-1 residual of the fit is ``e = V^-1 (y - X gamma)``, the level-2 residual the predicted
# ``U_j = Psi u_j``; both are shrunk, and their covariance matrices follow from that of y:
# ``sigma2 (V^-1 - V^-1 X (X'V^-1X)^-1 X'V^-1)`` and
# ``sigma2 Psi (P_j - E_j (X'V^-1X)^-1 E_j') Psi``.  Where rows differ in variance, they are
# multiplied first by the root of their precision.


def level1_residuals(fit: Estimated) -> pd.DataFrame:
    """Residuals of the rows.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.DataFrame
        One row a row of the fit; ``raw`` as ``fit.resid``, and ``standardised``: divided by its
        own standard deviation.
    """
    scaling, solution, codes = fit.moments.scaling, fit.optimum.solution, fit.design.codes
    root = _root_precision(fit)
    x, z = root[:, None] * (fit.design.X @ scaling.x), root[:, None] * (fit.design.Z @ scaling.z)
    inner = np.eye(fit.moments.q) + solution.psi @ fit.moments.zz
    kernel = np.linalg.solve(inner, np.broadcast_to(solution.psi, inner.shape))  # (J, q, q)
    own = 1.0 - np.einsum("na,nab,nb->n", z, kernel[codes], z)  # the diagonal of V^-1
    weighted = x - np.einsum("nap,na->np", (solution.psi @ solution.E)[codes], z)  # V^-1 X
    spent = np.einsum("np,np->n", weighted @ solution.root, weighted @ solution.root)
    sd = np.sqrt(fit.scale * np.clip(own - spent, 0.0, None)) / root
    raw = fit.resid.to_numpy()
    standardised = np.divide(raw, sd, out=np.full_like(raw, np.nan), where=sd > 0.0)
    return pd.DataFrame({"raw": raw, "standardised": standardised}, index=fit.frame.index)


def _root_precision(fit: Estimated) -> FloatArray:
    """(n,): what makes the residuals of all rows have the variance σ²."""
    precision = fit.relative_precision
    return np.ones(fit.nobs) if precision is None else np.sqrt(precision)


def level2_residuals(fit: Estimated) -> pd.DataFrame:
    """Residuals of the groups: the predicted U (empirical Bayes).

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.DataFrame
        One row a group; columns (U, ``raw`` or ``standardised``).  NaN where T says that a U does
        not vary.
    """
    return standardised_effects(fit.random_effects, _covariances(fit), 1e-12 * np.diag(fit.cov_re))


def standardised_effects(
    raw: pd.DataFrame, covariances: FloatArray, least: FloatArray
) -> pd.DataFrame:
    """Put predicted effects, (J, q), beside themselves in units of their standard deviations.

    Parameters
    ----------
    raw : pandas.DataFrame
    covariances : (J, q, q) array
    least : (q,) array
        A variance that is not above it is rounding: NaN.
    """
    variance = np.einsum("jaa->ja", covariances)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = raw.to_numpy() / np.sqrt(np.clip(variance, 0.0, None))
    standardised = np.where(variance > least, ratio, np.nan)
    columns = {}
    for k, name in enumerate(raw.columns):
        columns[name, "raw"] = raw[name]
        columns[name, "standardised"] = pd.Series(standardised[:, k], index=raw.index)
    return pd.DataFrame(columns)


def distances(fit: Estimated) -> pd.Series[float]:
    """Mahalanobis distances of the groups' residuals from zero, all U of a group together.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.Series
        Squared distances, (J,); when the model holds, about chi-square with q df, or fewer where T
        is singular.
    """
    return distances_of(fit.random_effects, _covariances(fit), fit.cov_re)


def distances_of(
    effects: pd.DataFrame, covariances: FloatArray, cov_re: pd.DataFrame
) -> pd.Series[float]:
    """Mahalanobis distances of predicted effects, (J, q), from their covariances, (J, q, q)."""
    raw, unit = effects.to_numpy(), np.sqrt(np.diag(cov_re))
    unit = np.where(unit > 0.0, unit, 1.0)
    inverse = np.linalg.pinv(
        covariances / np.multiply.outer(unit, unit), rcond=1e-10, hermitian=True
    )
    values = np.einsum("ja,jab,jb->j", raw / unit, inverse, raw / unit)
    return pd.Series(values, index=effects.index, name="distance")


def _covariances(fit: Estimated) -> FloatArray:
    """(J, q, q): covariance matrices of the predicted U, in the data's units."""
    solution, z = fit.optimum.solution, fit.moments.scaling.z
    white = solution.whitened  # (J, q, p)
    inner = solution.P - white @ white.swapaxes(1, 2)
    side = z @ solution.psi
    covariances: FloatArray = fit.scale * (side @ inner @ side.T)
    return covariances


# --- tests: normal residuals with equal variances, at each level --------------------------

SHAPIRO = 5000  # beyond so many values the p-value of Shapiro and Wilk's test is not accurate
ENOUGH = 10  # df that a group needs for the test of H


class Test(NamedTuple):
    """One test."""

    level: int
    residual: str
    test: str
    statistic: float
    df: float
    p: float


def normality(fit: Estimated) -> pd.DataFrame:
    """Test whether residuals are normally distributed, at each level.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.DataFrame
        One row a residual (the level-1 residual, and each U): ``level``, ``residual``, ``n``,
        ``skewness``, ``kurtosis`` (0 for a normal distribution), ``test``, ``statistic`` and
        ``p``.  The test is Shapiro and Wilk's, or for more than 5,000 values D'Agostino and
        Pearson's.  Residuals are standardised.
    """
    samples = [(1, "level-1 residual", level1_residuals(fit)["standardised"])]
    samples += samples_of_groups(fit.effects[0], level2_residuals(fit))
    return normality_of(samples)


def samples_of_groups(
    effects: GroupEffects, residuals: pd.DataFrame
) -> list[tuple[int, str, pd.Series[float]]]:
    """List the standardised residuals of groups, each with its level and its name."""
    level, letter = 2 + effects.position, effects.letter
    return [
        (level, f"{letter} of {name}", residuals[name, "standardised"]) for name in effects.names
    ]


def normality_of(samples: Iterable[tuple[int, str, pd.Series[float]]]) -> pd.DataFrame:
    """Test samples of standardised residuals, each with its level and its name."""
    from scipy import stats

    rows = []
    for level, name, sample in samples:
        values = sample.dropna().to_numpy()
        row = {"level": level, "residual": name, "n": len(values)}
        if len(values) < 3:
            rows.append(row | dict.fromkeys(("skewness", "kurtosis", "statistic", "p"), np.nan))
            continue
        many = len(values) > SHAPIRO
        statistic, p = stats.normaltest(values) if many else stats.shapiro(values)
        rows.append(
            row
            | {
                "skewness": float(stats.skew(values)),
                "kurtosis": float(stats.kurtosis(values)),
                "test": "D'Agostino–Pearson" if many else "Shapiro–Wilk",
                "statistic": float(statistic),
                "p": float(p),
            }
        )
    columns = ["level", "residual", "n", "skewness", "kurtosis", "test", "statistic", "p"]
    return pd.DataFrame(rows, columns=columns)


def equal_variance(fit: Estimated) -> pd.DataFrame:
    """Test whether residuals have the same variance everywhere, at each level.

    Parameters
    ----------
    fit : Estimated

    Returns
    -------
    pandas.DataFrame
        One row a test: ``level``, ``residual``, ``test``, ``statistic``, ``df``, ``p``.

        * ``H``: the logarithms of the groups' residual variances differ no more than chance
          would make them (Raudenbush & Bryk 2002, chapter 9); groups with 10 df or more.
        * ``Brown–Forsythe``: the same by absolute deviations from the groups' medians, which is
          robust against residuals that are not normal.
        * ``Breusch–Pagan``: squared standardised residuals do not depend on the columns of X
          (Koenker's version); for the U, on those that are constant within groups.
    """
    tests = [_h(fit), _brown_forsythe(fit)]
    x = fit.design.X
    tests += breusch_pagan(1, "level-1 residual", level1_residuals(fit)["standardised"], x)
    tests += breusch_pagan_of_groups(fit.effects[0], level2_residuals(fit))
    return pd.DataFrame(tests)


def breusch_pagan_of_groups(effects: GroupEffects, residuals: pd.DataFrame) -> list[Test]:
    """Test the residuals of groups on the columns of X that are constant within them."""
    x, codes = effects.fit.design.X, effects.layer.codes
    first = np.unique(codes, return_index=True)[1]
    constant = np.all(x == x[first][codes], axis=0)
    tests = []
    for level, name, sample in samples_of_groups(effects, residuals):
        tests += breusch_pagan(level, name, sample, x[first][:, constant])
    return tests


def group_dispersion(fit: Linear, grouping: str | None = None) -> pd.DataFrame:
    """Residual variances of the groups, each from its own least-squares regression.

    Parameters
    ----------
    fit : Linear
    grouping : str, optional
        Whose groups, where there are two groupings; that of level 2 when left out.

    Returns
    -------
    pandas.DataFrame
        One row a group: ``variance`` and ``df``.  Where rows differ in variance, it is in units
        in which they do not, and comparable with σ².
    """
    fit.require_rows()
    own, even = fit.effects_of(grouping), fit.even_design
    codes, x, y = own.layer.codes, even.X, even.y
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))
    rows = np.split(order, ends[:-1])
    found = []
    for rows_of_group in rows:
        xs, ys = x[rows_of_group], y[rows_of_group]
        length = np.sqrt(np.einsum("np,np->p", xs, xs))
        xs = xs[:, length > 0.0] / length[length > 0.0]
        solved, _, rank, _ = np.linalg.lstsq(xs, ys, rcond=1e-9)
        rest, df = ys - xs @ solved, len(ys) - int(rank)
        found.append((float(rest @ rest) / df if df else np.nan, df))
    return pd.DataFrame(found, index=own.labels, columns=["variance", "df"])


def _h(fit: Estimated) -> Test:
    dispersion = group_dispersion(fit)
    usable = (dispersion["df"] >= ENOUGH) & (dispersion["variance"] > 0.0)
    logs = np.log(dispersion["variance"][usable].to_numpy())
    df = dispersion["df"][usable].to_numpy(dtype=float)
    if len(df) < 2:
        return Test(1, "level-1 residual", "H", np.nan, np.nan, np.nan)
    mean = float(np.sum(df * logs) / np.sum(df))
    h = float(np.sum((logs - mean) ** 2 * df / 2.0))
    return Test(1, "level-1 residual", "H", h, len(df) - 1.0, float(chdtrc(len(df) - 1.0, h)))


def _brown_forsythe(fit: Estimated) -> Test:
    from scipy import stats

    by_group = fit.resid_pearson.groupby(fit.design.codes)
    samples = [sample.to_numpy() for _, sample in by_group if len(sample) > 2]
    if len(samples) < 2:
        return Test(1, "level-1 residual", "Brown–Forsythe", np.nan, np.nan, np.nan)
    statistic, p = stats.levene(*samples, center="median")
    df = len(samples) - 1.0
    return Test(1, "level-1 residual", "Brown–Forsythe", float(statistic), df, float(p))


def breusch_pagan(level: int, name: str, sample: pd.Series[float], x: FloatArray) -> list[Test]:
    """Regress squares on columns: n R² is about chi-square; no test without columns."""
    known = sample.notna().to_numpy()
    squares, columns = sample[known].to_numpy() ** 2, x[known]
    columns = columns - columns.mean(axis=0)
    length = np.sqrt(np.einsum("np,np->p", columns, columns))
    usable = length > 1e-9 * np.sqrt(len(columns))
    columns = columns[:, usable] / length[usable]
    df = int(np.linalg.matrix_rank(columns)) if columns.size else 0
    if df == 0 or len(squares) <= df + 1:
        return []
    squares = squares - squares.mean()
    fitted = columns @ np.linalg.lstsq(columns, squares, rcond=None)[0]
    statistic = len(squares) * float(fitted @ fitted) / float(squares @ squares)
    return [Test(level, name, "Breusch–Pagan", statistic, float(df), float(chdtrc(df, statistic)))]
