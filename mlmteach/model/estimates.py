"""The numbers that go with a model's symbols, with or without a fit behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

__all__ = ["Estimates", "HasEstimates"]


@dataclass(frozen=True, eq=False)
class Estimates:
    """Values of γ, T and σ².

    Parameters
    ----------
    params : pandas.Series
        γ, shape (p,), indexed by the names of the terms.
    cov_re : pandas.DataFrame
        T, the covariance matrix of the U's, shape (q, q), indexed by the names of the random
        coefficients.
    scale : float
        σ², the variance of ε.
    bse : pandas.Series, optional
        Standard errors of γ, shape (p,).
    """

    params: pd.Series[float]
    cov_re: pd.DataFrame
    scale: float
    bse: pd.Series[float] | None = None


class HasEstimates(Protocol):
    """What carries estimates, as a fit does."""

    @property
    def estimates(self) -> Estimates:
        """γ, its standard errors, T and σ²."""
