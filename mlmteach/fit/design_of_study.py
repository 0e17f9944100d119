"""A planned study: how many groups and rows, what the predictors look like, what is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from mlmteach.errors import ModelError, OptionError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.moments import FloatArray, IntArray
    from mlmteach.model.spec import Model

__all__ = ["Distribution", "Predictor", "Study", "covariance_matrix"]


@runtime_checkable
class Distribution(Protocol):
    """What a frozen distribution of ``scipy.stats`` can do."""

    def rvs(self, size: int, random_state: np.random.Generator) -> Any:
        """Draw values."""


Predictor: TypeAlias = (
    "Distribution | Sequence[Any] | Callable[[pd.DataFrame, np.random.Generator], ArrayLike]"
)


@dataclass(frozen=True, eq=False)
class Study:
    """A planned two-level study.

    Parameters
    ----------
    model : Model
    sizes : (J,) array of int
        How many rows each group has.
    predictors : mapping of str to Predictor
        How each predictor comes about; standard normal where nothing is said.
    """

    model: Model
    sizes: IntArray
    predictors: Mapping[str, Predictor]

    def __post_init__(self) -> None:
        strangers = set(self.predictors) - set(self.variables)
        strangers -= {name for name, how in self.predictors.items() if callable(how)}
        if strangers:
            raise OptionError(
                f"The model has no predictor '{sorted(strangers)[0]}'.",
                f"Describe {', '.join(self.variables) or 'none'}.",
            )

    @property
    def variables(self) -> dict[str, int]:
        """The predictors of the model and the level at which each varies."""
        levels: dict[str, int] = {}
        for coefficient in self.model.bare:
            levels.update(dict.fromkeys(coefficient.term.variables, 1))
        for coefficient in self.model.bare:
            for term in coefficient.predictors:
                levels.update(dict.fromkeys(term.variables, 2))
        return levels

    def frame(self, generator: np.random.Generator) -> pd.DataFrame:
        """Draw the predictors of one study; the outcome is only there to be replaced.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        pandas.DataFrame
            One row a level-1 unit.
        """
        groups = len(self.sizes)
        codes = np.repeat(np.arange(groups), self.sizes)
        frame = pd.DataFrame({self.model.group: codes})
        described = [name for name in self.predictors if name not in self.variables]
        for name in [*described, *self.variables]:
            how = self.predictors.get(name)
            level = self.variables.get(name, 1)
            if how is None:
                drawn = generator.standard_normal(groups if level == 2 else len(codes))
                frame[name] = drawn[codes] if level == 2 else drawn
            elif isinstance(how, Distribution):
                size = groups if level == 2 else len(codes)
                values = np.asarray(how.rvs(size=size, random_state=generator))
                frame[name] = values[codes] if level == 2 else values
            elif callable(how):
                frame[name] = np.asarray(how(frame, generator))
            else:
                frame[name] = self._given(name, list(how), level, codes)
        for name in self.model.outcome.variables:
            frame[name] = 1.0 + generator.random(len(codes))
        return frame

    def _given(self, name: str, values: list[Any], level: int, codes: IntArray) -> Any:
        """Values that are the same in each study: of groups, rows, or each group's rows."""
        whole, groups, size = len(codes), len(self.sizes), int(self.sizes[0])
        if level == 2 and len(values) == groups:
            return np.asarray(values)[codes]
        if level == 1 and len(values) == whole:
            return np.asarray(values)
        if level == 1 and len(values) == size and np.all(self.sizes == size):
            return np.tile(np.asarray(values), groups)
        wanted = f"{groups}" if level == 2 else f"{size} (for each group) or {whole}"
        raise OptionError(
            f"The predictor '{name}' has {len(values)} values.", f"Give {wanted} of them."
        )


def covariance_matrix(tau: ArrayLike, names: Sequence[str]) -> FloatArray:
    """Check T and make a matrix of it.

    Parameters
    ----------
    tau : float or (q, q) array
        A number for a single U.
    names : sequence of str
        The random coefficients, in order.

    Returns
    -------
    (q, q) array

    Raises
    ------
    ModelError
        When it is no covariance matrix of these coefficients.
    """
    matrix: FloatArray = np.atleast_2d(np.asarray(tau, dtype=float))
    q = len(names)
    if matrix.shape != (q, q):
        raise ModelError(
            f"T has shape {matrix.shape}, but the model has {q} random coefficients.",
            f"Give a {q} by {q} matrix for {', '.join(names)}.",
        )
    scale = float(np.abs(matrix).max())
    symmetric = bool(np.allclose(matrix, matrix.T))
    if not symmetric or float(np.linalg.eigvalsh(matrix)[0]) < -1e-9 * scale:
        raise ModelError(
            "T is no covariance matrix.",
            "Make it symmetric, with variances that are not negative and correlations between -1 "
            "and 1.",
        )
    return matrix
