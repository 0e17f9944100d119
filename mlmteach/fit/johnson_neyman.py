"""For which values of a moderator a slope differs significantly from zero: Johnson and Neyman.

Bauer & Curran (2005), *Multivariate Behavioral Research* 40(3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from mlmteach.errors import OptionError
from mlmteach.fit.combinations import WeightedSums, sums_of
from mlmteach.fit.kenward_roger import Df
from mlmteach.fit.readings import At, moderated
from mlmteach.fit.variances import require_level
from mlmteach.model.places import NOWHERE, Place, Spot

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted

__all__ = ["JohnsonNeyman", "johnson_neyman"]


@dataclass(frozen=True)
class JohnsonNeyman:
    """For which values of a moderator a slope differs significantly from zero.

    Attributes
    ----------
    predictor, moderator : str
    level : float
        The confidence level, such as 0.95.
    bounds : tuple of float
        The values at which the slope turns significant, in order; none or two.
    inside : bool
        Whether the slope is significant between the bounds (or, without bounds, everywhere),
        rather than outside them.
    least, greatest : float
        The range of the moderator in the data.
    share : float
        The share of the data in which the slope is significant: of the groups when the moderator
        is a level-2 variable, of the rows otherwise.
    place : Place
        Where the other moderators are.
    """

    predictor: str
    moderator: str
    level: float
    bounds: tuple[float, ...]
    inside: bool
    least: float
    greatest: float
    share: float
    place: Place = NOWHERE

    def __str__(self) -> str:
        slope, alpha = f"The slope of {self.predictor}", f"{1.0 - self.level:.3g}"
        slope += f", {self.place}," if self.place else ""
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


def johnson_neyman(
    fit: Fitted | WeightedSums,
    predictor: str,
    moderator: str,
    *,
    at: At | None = None,
    level: float = 0.95,
    df: Df = "satterthwaite",
) -> JohnsonNeyman:
    """Find for which values of a moderator a slope differs significantly from zero.

    Parameters
    ----------
    fit : Fitted or WeightedSums
    predictor, moderator : str
        As the model has them.
    at : mapping of str to float or str, optional
        Values of other moderators, as for :func:`~mlmteach.fit.readings.simple_slopes`.
    level : float
    df : {"satterthwaite", "kenward-roger"}
        The degrees of freedom change with the value of the moderator, and are followed.

    Returns
    -------
    JohnsonNeyman

    Raises
    ------
    OptionError
        When one of them is not in the model, they do not interact, or the slope is no straight
        line over the moderator.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"})
    >>> found = johnson_neyman(model.fit(mlm.load("hsb")), "ses", "size")
    >>> [round(bound) for bound in found.bounds], found.inside, found.share
    ([-17187, -1634], False, 1.0)
    """
    require_level(level)
    sums = fit if isinstance(fit, WeightedSums) else sums_of(fit, df)
    own, key, others = moderated(sums, predictor, moderator, at)
    observed = sums.places.column(key)
    straight = any((at_level, f.name) == key for at_level, f in sums.places.factors)
    if observed is None or not straight:
        raise OptionError(
            f"The values of '{moderator}' are not known.",
            "Name a predictor as the model has it, and fit the model to data.",
        )
    base, one, two = (
        sums.slope(own, others.moved(Spot(*key, value, "given"))) for value in (0.0, 1.0, 2.0)
    )
    change = one - base
    if not np.allclose(two, base + 2.0 * change):
        raise OptionError(
            f"The slope of '{predictor}' is no straight line over '{moderator}'.",
            "Ask for simple slopes at values of your choice.",
        )
    if sums.vcov is None or sums.estimates.df is None:
        raise OptionError(
            "The covariances of these estimates are not known.", "Fit the model to data."
        )
    line = _SlopeLine(base, change, sums.gamma, sums.vcov, sums.estimates.df, level)
    centre = float(observed.mean())
    bounds = line.bounds(centre)
    second, first, none = line.quadratic(line.degrees_at(centre))
    if bounds:
        inside = second < 0.0
        between = (observed > bounds[0]) & (observed < bounds[1])
        share = float(np.mean(between if inside else ~between))
    else:
        inside = second * centre**2 + first * centre + none > 0.0
        share = float(inside)
    return JohnsonNeyman(
        predictor,
        moderator,
        level,
        bounds,
        inside,
        float(observed.min()),
        float(observed.max()),
        share,
        others,
    )


@dataclass(frozen=True, eq=False)
class _SlopeLine:
    """A slope that is a straight line over its moderator.

    Attributes
    ----------
    base, change : (p,) arrays
        The sum of γ that it is where the moderator is 0, and what one unit adds to it.
    gamma : (p,) array
    vcov : (p, p) array
    df : callable
        The degrees of freedom of sums of γ.
    level : float
    """

    base: FloatArray
    change: FloatArray
    gamma: FloatArray
    vcov: FloatArray
    df: Callable[[FloatArray], FloatArray]
    level: float

    def quadratic(self, degrees: float) -> tuple[float, float, float]:
        """(estimate)² minus the squared quantile times the variance, in powers of the moderator."""
        square = float(stdtrit(degrees, 0.5 + self.level / 2.0)) ** 2
        a, b = float(self.base @ self.gamma), float(self.change @ self.gamma)
        va = float(self.base @ self.vcov @ self.base)
        vb = float(self.change @ self.vcov @ self.change)
        vab = float(self.base @ self.vcov @ self.change)
        return b**2 - square * vb, 2.0 * (a * b - square * vab), a**2 - square * va

    def roots(self, degrees: float) -> FloatArray:
        """Where the slope is just significant, with these degrees of freedom everywhere."""
        terms = np.array(self.quadratic(degrees))
        size = float(np.abs(terms).max())  # of any unit: a square of it may be no number
        if not 0.0 < size < np.inf:
            return np.empty(0)
        two, one, none = map(float, terms / size)
        inner = one**2 - 4.0 * two * none
        if inner <= 0.0 or two == 0.0:
            return np.empty(0)
        return np.sort((-one + np.array([-1.0, 1.0]) * np.sqrt(inner)) / (2.0 * two))

    def degrees_at(self, value: float) -> float:
        """The degrees of freedom at a value of the moderator."""
        return float(self.df((self.base + value * self.change)[None, :])[0])

    def bounds(self, centre: float) -> tuple[float, ...]:
        """Where it is just significant, with the degrees of freedom there; from those at centre."""
        bounds = []
        for side, start in enumerate(self.roots(self.degrees_at(centre))):
            value = float(start)
            for _ in range(50):
                found = self.roots(self.degrees_at(value))
                if not len(found) or abs(found[side] - value) <= 1e-10 * max(1.0, abs(value)):
                    break
                value = float(found[side])
            bounds.append(value)
        return tuple(bounds)
