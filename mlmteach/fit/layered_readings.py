"""What is read off the numbers of a model with two groupings: shares of variance, reliability.

With three levels the variance that predictors leave is σ² + τ² + φ²: within classes, between the
classes of a school, and between schools.  With crossed groupings τ² and φ² are those of the two.

Snijders & Bosker (2012), *Multilevel Analysis*, section 4.9 and chapter 13; Raudenbush & Bryk
(2002), *Hierarchical Linear Models*, chapters 8 and 12; Hox, Moerbeek & van de Schoot (2018),
*Multilevel Analysis*, sections 2.4 and 9.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmteach.fit.combinations import PlacedTable, sums_of
from mlmteach.fit.layered_fit import in_common
from mlmteach.fit.readings import At, random_row, sampling_variances
from mlmteach.model.places import NOWHERE, Place, Placed

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.layered_fit import Layered

__all__ = [
    "layered_design_effect",
    "layered_icc",
    "layered_reliability",
    "variance_shares",
]


# --- shares of variance -------------------------------------------------------------------------


def variance_shares(fit: Layered, *, at: At | None = None) -> PlacedTable:
    """Divide the variance that X leaves between the groupings and the level-1 residual.

    Parameters
    ----------
    fit : Layered
    at : mapping of str to float or str, optional
        With random slopes, where the predictors are that have them; what is not named is where it
        is when nobody says otherwise.  When left out, the average over the rows.

    Returns
    -------
    PlacedTable
        One row a grouping, and ``residual``; columns ``variance`` and ``share``.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> variance_shares(fit).round(3)
              variance  share
    cask         8.434  0.783
    batch        1.657  0.154
    residual     0.678  0.063
    """
    slopes = any(name != "Intercept" for effects in fit.effects for name in effects.names)
    if at is None:
        parts, place = fit.variance_parts, Place(averaged="rows") if slopes else NOWHERE
    else:
        parts, place = _parts_at(fit, at)
    table = pd.DataFrame({"variance": parts, "share": parts / parts.sum()})
    return PlacedTable.of(table, place)


def _parts_at(fit: Layered, at: At) -> tuple[pd.Series[float], Place]:
    sums = sums_of(fit)
    varying = [v for level in (2, 3) for v in fit.model.varying(level)]
    factors = list(dict.fromkeys(pair for v in varying for pair in v.factors))
    place = sums.places.typical(factors, at, "The intraclass correlation")
    parts = {}
    for effects in fit.effects:
        z = random_row(sums, (), place, 2 + effects.position)
        parts[effects.name] = float(z @ effects.cov_re.to_numpy() @ z)
    return pd.Series({**parts, "residual": fit.scale}, name="variance"), place


def layered_icc(fit: Layered, *, at: At | None = None) -> PlacedTable:
    """Compute the intraclass correlations: of two rows that share a group, given X.

    Parameters
    ----------
    fit : Layered
    at : mapping of str to float or str, optional
        As for :func:`variance_shares`: both rows are there.

    Returns
    -------
    PlacedTable
        Columns ``icc`` and ``rows``, which says of which two rows it is the correlation.  With
        three levels two rows of one group of level 2 share that of level 3 too.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> layered_icc(fit).round(3)
             icc                                         rows
    batch  0.154  of the same batch, and not of the same cask
    cask   0.937                             of the same cask
    """
    shares, grouping = variance_shares(fit, at=at), fit.model.grouping
    one, other = grouping.names
    rows = [f"of the same {other}, and not of the same {one}"]
    if grouping.is_nested:
        rows.append(f"of the same {one}")
    else:
        rows.insert(0, f"of the same {one}, and not of the same {other}")
        rows.append(f"of the same {one} and the same {other}")
    table = pd.DataFrame({"icc": in_common(shares["share"], grouping), "rows": rows})
    return PlacedTable.of(table, shares.place)


def layered_design_effect(fit: Layered) -> Placed:
    """How much larger both groupings make the variance of a mean.

    Parameters
    ----------
    fit : Layered

    Returns
    -------
    Placed
        ``1 + (m - 1) ρ`` of each grouping summed up, with ρ the share of its variance and m the
        average size of the group that a row is in, ``Σ n_j² / n``: the variance of the mean of all
        rows, over that in a simple random sample of as many rows (Kish 1965, *Survey Sampling*,
        chapter 5).
    """
    shares = variance_shares(fit)
    effect = 1.0
    for effects in fit.effects:
        sizes = np.bincount(effects.layer.codes)
        effect += (float(sizes @ sizes) / fit.nobs - 1.0) * float(shares["share"][effects.name])
    return Placed(effect, shares.place)


# --- how reliable the groups' own coefficients are ------------------------------------------------


def layered_reliability(fit: Layered, grouping: str | None = None) -> pd.DataFrame:
    """How reliably the coefficients of the groups of one grouping are measured.

    Parameters
    ----------
    fit : Layered
    grouping : str, optional
        That of level 2 when left out.

    Returns
    -------
    pandas.DataFrame
        One row a group, one column a coefficient: the share of the true variance in that of the
        group's own generalised least-squares estimate.  With random intercepts only it is
        ``τ² / (τ² + σ² / n_jk)`` for a class and ``φ² / (φ² + (Σ (τ² + σ² / n_jk)^-1)^-1)`` for a
        school (Raudenbush & Bryk 2002, chapter 8).  Of crossed groupings, a group's rows are also
        in groups of the other one, and what is taken off is the conditional variance:
        ``1 - Var(U | y) / τ²``.  NaN where a group cannot tell its coefficients apart, or its
        effects do not vary.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> [round(float(layered_reliability(fit, name).iloc[0, 0]), 3) for name in ("cask", "batch")]
    [0.961, 0.362]
    """
    effects = fit.effects_of(grouping)
    variance = np.diag(effects.cov_re)
    if not fit.model.grouping.is_nested:
        left = effects.random_effects_se.to_numpy() ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(variance > 0.0, 1.0 - left / variance, np.nan)
    else:
        layer = fit.moments.layers[effects.position]
        products = layer.zz if effects.position == fit.moments.inner else _given_lower(fit)
        noise = sampling_variances(products, layer.scaling.z_inverse, fit.scale)
        with np.errstate(invalid="ignore"):
            shares = np.where(variance > 0.0, variance / (variance + noise), np.nan)
    return pd.DataFrame(shares, index=effects.layer.groups, columns=list(effects.names))


def _given_lower(fit: Layered) -> FloatArray:
    """``Z_b'V_a^-1 Z_b`` of the upper groups, (J, q, q): what their rows say, over σ²."""
    moments, solution = fit.moments, fit.optimum.solution
    lower = moments.places[moments.inner]
    psi, c = solution.psi[lower, lower], moments.cells.products
    taken = np.einsum("abm,ac,cdm->bdm", c, psi, solution.f, optimize=True)
    found: FloatArray = moments.last.zz - moments.cells.to_last(taken).transpose(2, 0, 1)
    return found
