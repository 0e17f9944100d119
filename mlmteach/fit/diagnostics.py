"""Whether a fit can be trusted, under one name: ``fit.diagnostics``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.fit.assumptions import (
    distances,
    equal_variance,
    group_dispersion,
    level1_residuals,
    level2_residuals,
    normality,
)
from mlmteach.fit.influence import Influence, influence

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.fit.results import Fit

__all__ = ["Diagnostics"]


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """Residuals, tests of assumptions, and influence of groups.

    Parameters
    ----------
    fit : Fit

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> int(fit.diagnostics.influence().cook.idxmax())
    335
    """

    fit: Fit

    def __repr__(self) -> str:
        names = [name for name in dir(type(self)) if not name.startswith("_")]
        return f"<Diagnostics of a fit: {', '.join(names)}>"

    def level1(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.level1_residuals`."""
        return level1_residuals(self.fit)

    def level2(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.level2_residuals`."""
        return level2_residuals(self.fit)

    def distances(self) -> pd.Series[float]:
        """See :func:`mlmteach.fit.assumptions.distances`."""
        return distances(self.fit)

    def normality(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.normality`."""
        return normality(self.fit)

    def equal_variance(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.equal_variance`."""
        return equal_variance(self.fit)

    def group_dispersion(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.group_dispersion`."""
        return group_dispersion(self.fit)

    def influence(self, *, progress: bool = True) -> Influence:
        """See :func:`mlmteach.fit.influence.influence`."""
        return influence(self.fit, progress=progress)
