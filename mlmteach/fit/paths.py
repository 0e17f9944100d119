"""Where the variance parameters may go when one of them is held at a value.

Lambda's coefficients c and v = log(sigma) are written as functions of free numbers x that obey
the constraint whatever x is.  With the coefficient at stake put first in its block,
``T_00 = sigma^2 c_0^2`` and ``T_10 = sigma^2 c_0 c_1``, so that

* an SD held at s means ``c_0 = s exp(-v)``,
* a covariance held at t means ``c_1 = t exp(-2v) / c_0``,
* a correlation held at r means that the two elements of Lambda's second row are r and
  ``sqrt(1 - r^2)`` times a free number,
* and a residual SD held at s means ``v = log(s)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from mlmteach.fit.moments import FloatArray
    from mlmteach.fit.theta import Blocks

__all__ = ["CorrelationPath", "CovariancePath", "Path", "SdPath", "SigmaPath", "in_front"]

Mapped: TypeAlias = "tuple[FloatArray, FloatArray, FloatArray]"


class Path(Protocol):
    """Where the variance parameters may go when one of them is held."""

    @property
    def blocks(self) -> Blocks:
        """Those of T, with the coefficients at stake first in their own."""

    def map(self, x: FloatArray, value: float) -> Mapped:
        """(c, v), (k + 1,), its first derivatives in x, and its second ones."""

    def start(self, point: FloatArray, value: float) -> FloatArray:
        """An x near a point (c, v) off the path."""

    def proper(self, x: FloatArray) -> bool:
        """Whether the SDs have the signs that the held value takes for granted."""


@dataclass(frozen=True)
class SdPath:
    """Hold the SD of the coefficient that comes first in ``blocks``."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first, second = np.zeros((size, size + 1)), np.zeros((size, size, size + 1))
        held = value * float(np.exp(-x[-1]))
        first[:, 1:] = np.eye(size)
        first[-1, 0], second[-1, -1, 0] = -held, held
        return np.append(held, x), first, second

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        return point[1:]

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


@dataclass(frozen=True)
class CorrelationPath:
    """Hold the correlation of the two coefficients that come first in ``blocks``."""

    blocks: Blocks

    @property
    def _own(self) -> int:
        """The place in c of the second coefficient's diagonal element; before it is x's."""
        return len(self.blocks[0])

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first = np.delete(np.eye(size + 1), 1, axis=0)  # (size, size + 1)
        first[self._own - 1, 1] = value
        first[self._own - 1, self._own] = np.sqrt(1.0 - value**2)
        return x @ first, first, np.zeros((size, size, size + 1))

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        x = np.delete(point, 1)
        x[self._own - 1] = np.hypot(point[1], point[self._own])
        return x

    def proper(self, x: FloatArray) -> bool:
        """See :class:`Path`."""
        return bool(x[0] * x[self._own - 1] > 0.0)


@dataclass(frozen=True)
class CovariancePath:
    """Hold the covariance of the two coefficients that come first in ``blocks``."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        first = np.delete(np.eye(size + 1), 1, axis=0)  # (size, size + 1)
        second = np.zeros((size, size, size + 1))
        held = value * float(np.exp(-2.0 * x[-1])) / x[0]
        point = x @ first
        point[1] = held
        first[0, 1], first[-1, 1] = -held / x[0], -2.0 * held
        second[0, 0, 1], second[-1, -1, 1] = 2.0 * held / x[0] ** 2, 4.0 * held
        second[0, -1, 1] = second[-1, 0, 1] = 2.0 * held / x[0]
        return point, first, second

    def start(self, point: FloatArray, value: float) -> FloatArray:
        """See :class:`Path`."""
        x = np.delete(point, 1)
        ratio = point[0] / float(np.hypot(point[1], point[len(self.blocks[0])]))
        needed = np.sqrt(abs(value) * ratio) * float(np.exp(-point[-1]))  # with correlation one
        x[0] = max(x[0], needed)
        return x

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


@dataclass(frozen=True)
class SigmaPath:
    """Hold the residual SD."""

    blocks: Blocks

    def map(self, x: FloatArray, value: float) -> Mapped:
        """See :class:`Path`."""
        size = len(x)
        return np.append(x, np.log(value)), np.eye(size, size + 1), np.zeros((size, size, size + 1))

    def start(self, point: FloatArray, value: float) -> FloatArray:  # noqa: ARG002
        """See :class:`Path`."""
        return point[:-1]

    def proper(self, x: FloatArray) -> bool:  # noqa: ARG002
        """See :class:`Path`."""
        return True


def in_front(blocks: Blocks, *front: int) -> Blocks:
    """Put coefficients first in their block, and their block first.

    Examples
    --------
    >>> in_front(((0,), (1, 2)), 2)
    ((2, 1), (0,))
    """
    own = next(block for block in blocks if front[0] in block)
    rest = tuple(block for block in blocks if block is not own)
    return ((*front, *(k for k in own if k not in front)), *rest)
