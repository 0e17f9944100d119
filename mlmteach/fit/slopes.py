"""What an interaction says: simple slopes, and where a slope differs from zero.

Bauer & Curran (2005), Multivariate Behavioral Research 40(3), for multilevel models; the region
of significance is Johnson and Neyman's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from mlmteach.errors import OptionError
from mlmteach.fit.contrasts import gammas_of, slope_weights, test_rows, tests_of
from mlmteach.fit.variances import require_level
from mlmteach.model.levels import first_rows, first_varying_row

if TYPE_CHECKING:
    from mlmteach.fit.intervals import Df
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.results import Fit

__all__ = ["JohnsonNeyman", "johnson_neyman", "observed_values", "simple_slopes"]


@dataclass(frozen=True)
class JohnsonNeyman:
    """For which values of a moderator a slope differs significantly from zero.

    Attributes
    ----------
    predictor, moderator : str
    level : float
        The confidence level, such as 0.95.
    bounds : tuple of float
        The values at which the slope turns significant, in order; none, one or two.
    inside : bool
        Whether the slope is significant between the bounds (or, without bounds, everywhere),
        rather than outside them.
    least, greatest : float
        The range of the moderator in the data.
    share : float
        The share of the data in which the slope is significant: of the groups when the moderator
        is a level-2 variable, of the rows otherwise.
    """

    predictor: str
    moderator: str
    level: float
    bounds: tuple[float, ...]
    inside: bool
    least: float
    greatest: float
    share: float

    def __str__(self) -> str:
        slope, alpha = f"The slope of {self.predictor}", f"{1.0 - self.level:.3g}"
        if not self.bounds:
            word = "every" if self.inside else "no"
            return (
                f"{slope} differs from 0 (at the {alpha} level) at {word} value of "
                f"{self.moderator}."
            )
        low, high = self.bounds
        where = (
            f"between {low:.4g} and {high:.4g}"
            if self.inside
            else f"below {low:.4g} and above {high:.4g}"
        )
        return (
            f"{slope} differs from 0 (at the {alpha} level) where {self.moderator} is {where}. "
            f"In the data, {self.moderator} goes from {self.least:.4g} to {self.greatest:.4g}; "
            f"this holds for {100.0 * self.share:.0f} % of its values."
        )


def simple_slopes(
    fit: Fit,
    predictor: str,
    moderator: str,
    values: Sequence[float] | None = None,
    *,
    at: Mapping[str, float] | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> pd.DataFrame:
    """Compute the slope of a predictor at values of a moderator.

    Parameters
    ----------
    fit : Fit
    predictor, moderator : str
        Variables, or contrasts such as ``"sex[T.F]"``.
    values : sequence of float, optional
        Of the moderator.  When left out: the two values of a 0/1 variable, and otherwise the mean
        and one standard deviation to each side, over groups for a level-2 variable.
    at : mapping of str to float, optional
        Values of other moderators; they are 0 where nothing is said.
    level : float
        Of the intervals.
    df : {"satterthwaite", "kenward-roger"}

    Returns
    -------
    pandas.DataFrame
        One row a value; columns as from ``combinations``.

    Raises
    ------
    OptionError
        When one of them is not in the model, or they do not interact.
    """
    weights = _weights(fit, predictor, moderator, at or {})
    if values is None:
        observed = observed_values(fit, moderator)
        if len(np.unique(observed)) <= 2:
            points = np.unique(observed)
        else:
            points = observed.mean() + observed.std(ddof=1) * np.array([-1.0, 0.0, 1.0])
    else:
        points = np.asarray(values, dtype=float)
    rows = np.array([weights[0] + value * weights[1] for value in points])
    return test_rows(fit, rows, pd.Index(points, name=moderator), level, df)


def johnson_neyman(
    fit: Fit,
    predictor: str,
    moderator: str,
    *,
    at: Mapping[str, float] | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> JohnsonNeyman:
    """Find for which values of a moderator a slope differs significantly from zero.

    Parameters
    ----------
    fit : Fit
    predictor, moderator : str
    at : mapping of str to float, optional
        Values of other moderators; they are 0 where nothing is said.
    level : float
    df : {"satterthwaite", "kenward-roger"}
        The degrees of freedom change with the value of the moderator, and are followed.

    Returns
    -------
    JohnsonNeyman
    """
    require_level(level)
    base, change = _weights(fit, predictor, moderator, at or {})
    by = tests_of(fit, df)
    vcov = by.cov_params().to_numpy()
    estimate = fit.params.to_numpy()

    def quadratic(degrees: float) -> tuple[float, float, float]:
        """(estimate)² minus the squared quantile times the variance, in powers of the moderator."""
        square = float(stdtrit(degrees, 0.5 + level / 2.0)) ** 2
        a, b = float(base @ estimate), float(change @ estimate)
        va, vb = float(base @ vcov @ base), float(change @ vcov @ change)
        vab = float(base @ vcov @ change)
        return b**2 - square * vb, 2.0 * (a * b - square * vab), a**2 - square * va

    def roots(degrees: float) -> FloatArray:
        two, one, none = quadratic(degrees)
        inner = one**2 - 4.0 * two * none
        if inner <= 0.0 or two == 0.0:
            return np.empty(0)
        return np.sort((-one + np.array([-1.0, 1.0]) * np.sqrt(inner)) / (2.0 * two))

    observed = observed_values(fit, moderator)
    centre = float(observed.mean())
    typical = float(by.contrast_df(base + centre * change)[0])
    bounds = []
    for side, start in enumerate(roots(typical)):
        value = float(start)
        for _ in range(50):
            found = roots(float(by.contrast_df(base + value * change)[0]))
            if not len(found) or abs(found[side] - value) <= 1e-10 * max(1.0, abs(value)):
                break
            value = float(found[side])
        bounds.append(value)
    two, one, none = quadratic(typical)
    if bounds:
        inside = two < 0.0
        between = (observed > bounds[0]) & (observed < bounds[1])
        share = float(np.mean(between if inside else ~between))
    else:
        inside = two * centre**2 + one * centre + none > 0.0
        share = float(inside)
    return JohnsonNeyman(
        predictor,
        moderator,
        level,
        tuple(bounds),
        inside,
        float(observed.min()),
        float(observed.max()),
        share,
    )


def observed_values(fit: Fit, name: str) -> FloatArray:
    """Return the values of a variable, one a group when it is constant within groups.

    Raises
    ------
    OptionError
        When it is neither a column of numbers nor a contrast of the model.
    """
    codes = fit.design.codes
    if name in fit.frame and pd.api.types.is_numeric_dtype(fit.frame[name]):
        values = fit.frame[name].to_numpy(dtype=float)
    elif name in fit.design.x_names:
        values = fit.design.X[:, fit.design.x_names.index(name)]
    else:
        raise OptionError(
            f"The values of '{name}' are not known.", "Name a variable or a contrast of the model."
        )
    if first_varying_row(values, first_rows(codes)) is not None:
        return values
    first = np.unique(codes, return_index=True)[1]
    groups: FloatArray = values[first]
    return groups


def _weights(
    fit: Fit, predictor: str, moderator: str, at: Mapping[str, float]
) -> tuple[FloatArray, FloatArray]:
    """Weights of the slope where the moderator is 0, and what one unit of it adds."""
    terms = [{f.name for f in (g.level2 * g.level1).factors} for g in gammas_of(fit)]
    for name in (predictor, moderator):
        if not any(name in names for names in terms):
            raise OptionError(
                f"There is no predictor '{name}' in the model.",
                f"Use {', '.join(sorted(set().union(*terms)))}.",
            )
    if not any({predictor, moderator} <= names for names in terms):
        raise OptionError(
            f"The slope of '{predictor}' does not depend on '{moderator}' in this model.",
            f"Add the interaction '{moderator}:{predictor}' to the model.",
        )
    base = slope_weights(fit, predictor, {**at, moderator: 0.0})
    return base, slope_weights(fit, predictor, {**at, moderator: 1.0}) - base
