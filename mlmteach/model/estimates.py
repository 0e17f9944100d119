"""The numbers that go with a model's symbols, with or without a fit behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mlmteach.model.symbols import Coefficient

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
        σ², the variance of ε; NaN where the outcome has none.
    bse : pandas.Series, optional
        Standard errors of γ, shape (p,).
    vcov : pandas.DataFrame, optional
        The covariance matrix of the estimated γ, shape (p, p); with it, weighted sums of γ have
        standard errors too.
    df : callable, optional
        From weights of γ in the order of the model, shape (m, p), to degrees of freedom, shape
        (m,).
    residual : pandas.Series, optional
        Where σ² differs between categories, that of each, indexed by the category; ``scale`` is
        then that of the first.
    average : float, optional
        Where the variance of ε differs between rows, its average over the rows of the data.
    cov_re3 : pandas.DataFrame, optional
        Where there are two groupings, the covariance matrix of the V's, indexed by the names of
        their products.
    shape : float, optional
        Of a negative binomial outcome, with the variance λ + λ²/shape.
    """

    params: pd.Series[float]
    cov_re: pd.DataFrame
    scale: float
    bse: pd.Series[float] | None = None
    vcov: pd.DataFrame | None = None
    df: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
    residual: pd.Series[float] | None = None
    average: float | None = None
    cov_re3: pd.DataFrame | None = None
    shape: float | None = None

    @property
    def level1_variance(self) -> float:
        """The variance of ε, averaged over the rows where it differs between them."""
        return float(self.scale if self.average is None else self.average)

    def covariances(self, random: Iterable[Coefficient]) -> NDArray[np.float64]:
        """T in the order of random coefficients, shape (q, q)."""
        names = [c.term.name for c in random]
        return self.cov_re.loc[names, names].to_numpy(dtype=np.float64)


class HasEstimates(Protocol):
    """What carries estimates, as a fit does."""

    @property
    def estimates(self) -> Estimates:
        """γ, its standard errors, T and σ²."""
