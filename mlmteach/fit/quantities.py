"""Quantities that are computed from a fit, under one name: ``fit.quantities``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.fit.contrasts import (
    JohnsonNeyman,
    PlausibleRange,
    combinations,
    contextual_effects,
    design_effect,
    johnson_neyman,
    plausible_range,
    reliability,
    share_negative,
    simple_slopes,
)

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.fit.intervals import Df
    from mlmteach.fit.results import Fit

__all__ = ["Quantities"]


@dataclass(frozen=True, eq=False)
class Quantities:
    """Quantities that are computed from a fit.

    Parameters
    ----------
    fit : Fit

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    >>> round(fit.quantities.design_effect, 2)
    8.92
    >>> round(float(fit.quantities.reliability()["Intercept"].mean()), 3)
    0.901
    """

    fit: Fit

    def __repr__(self) -> str:
        names = [name for name in dir(type(self)) if not name.startswith("_")]
        return f"<Quantities of a fit: {', '.join(names)}>"

    @property
    def icc(self) -> float:
        """The intraclass correlation, as :attr:`mlmteach.fit.Fit.icc`."""
        return self.fit.icc

    @property
    def design_effect(self) -> float:
        """See :func:`mlmteach.fit.contrasts.design_effect`."""
        return design_effect(self.fit)

    def reliability(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.contrasts.reliability`; ``.mean()`` gives the averages."""
        return reliability(self.fit)

    def plausible_range(
        self, coefficient: str, *, at: Mapping[str, float] | None = None, level: float = 0.95
    ) -> PlausibleRange:
        """See :func:`mlmteach.fit.contrasts.plausible_range`."""
        return plausible_range(self.fit, coefficient, at=at, level=level)

    def share_negative(self, coefficient: str, *, at: Mapping[str, float] | None = None) -> float:
        """See :func:`mlmteach.fit.contrasts.share_negative`."""
        return share_negative(self.fit, coefficient, at=at)

    def combinations(
        self,
        weights: Mapping[str, Mapping[str, float]],
        *,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> pd.DataFrame:
        """See :func:`mlmteach.fit.contrasts.combinations`."""
        return combinations(self.fit, weights, level, df)

    def simple_slopes(
        self,
        predictor: str,
        moderator: str,
        values: Sequence[float] | None = None,
        *,
        at: Mapping[str, float] | None = None,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> pd.DataFrame:
        """See :func:`mlmteach.fit.contrasts.simple_slopes`."""
        return simple_slopes(self.fit, predictor, moderator, values, at=at, level=level, df=df)

    def johnson_neyman(
        self,
        predictor: str,
        moderator: str,
        *,
        at: Mapping[str, float] | None = None,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> JohnsonNeyman:
        """See :func:`mlmteach.fit.contrasts.johnson_neyman`."""
        return johnson_neyman(self.fit, predictor, moderator, at=at, level=level, df=df)

    def contextual_effects(
        self, within: str, between: str, *, level: float = 0.95, df: Df = "satterthwaite"
    ) -> pd.DataFrame:
        """See :func:`mlmteach.fit.contrasts.contextual_effects`."""
        return contextual_effects(self.fit, within, between, level=level, df=df)
