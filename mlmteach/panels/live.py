"""Values that a page can compute again without Python.

A panel is a function from a state to a scene.  It is called with numbers by Python, and once with
:class:`Live` values, which remember how they were computed.  What they remember is a short list of
steps, and a page carries it out for whatever its controls stand at: nothing is written twice, and
no grid of states has to be computed beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from mlmteach.errors import MlmteachError

__all__ = ["UFUNCS", "Graph", "Live", "draws", "is_live", "plain", "taken"]

UFUNCS = frozenset(
    {
        *("add", "subtract", "multiply", "divide", "negative", "power", "square", "sqrt", "matmul"),
        *("exp", "log", "log1p", "expm1", "expit", "ndtr", "sin", "cos"),
        *("absolute", "sign", "floor", "ceil", "rint", "minimum", "maximum", "isnan"),
        *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
        *("logical_and", "logical_or", "logical_not"),
    }
)
"""The element-wise functions that a page knows, by their names in NumPy and SciPy."""

_ALIASES = {
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "invert": "logical_not",
    "float_power": "power",
    "fabs": "absolute",
}
_REDUCTIONS = {"add": "sum", "maximum": "max", "minimum": "min"}


class Live(NDArrayOperatorsMixin):
    """A number or an array that remembers how it was computed.

    Parameters
    ----------
    value : float or array
        What it is where the panel stands now.
    op : str
        The step that made it; ``"input"`` for what a control or the pointer gives.
    inputs : tuple
        What the step was given.
    options : tuple
        What else the step has to know.

    Examples
    --------
    >>> x = Live.input("x", 3.0)
    >>> y = np.sqrt(x + np.array([1.0, 6.0]))
    >>> y.value, y.op
    (array([2., 3.]), 'sqrt')
    """

    __slots__ = ("inputs", "op", "options", "value")

    def __init__(
        self, value: Any, op: str, inputs: tuple[Any, ...] = (), options: tuple[Any, ...] = ()
    ) -> None:
        self.value = np.asarray(value) if np.ndim(value) else value
        self.op, self.inputs, self.options = op, inputs, options

    @classmethod
    def input(cls, name: str, value: Any) -> Live:
        """Make a value that a control or the pointer gives."""
        return cls(value, "input", (), (name,))

    # --- what NumPy asks ------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Live:
        name = _ALIASES.get(ufunc.__name__, ufunc.__name__)
        if method == "outer":
            a, b = (np.asarray(i) if not is_live(i) else i for i in inputs)
            stretched: Live = ufunc(a[(..., *[None] * np.ndim(plain(b)))], b)
            return stretched
        if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
            return _reduced(_REDUCTIONS[ufunc.__name__], inputs[0], options.get("axis", 0))
        if method != "__call__" or name not in UFUNCS or options:
            raise _unknown(f"{ufunc.__name__}.{method}")
        return Live(ufunc(*map(plain, inputs)), name, inputs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Live:
        known = _FUNCTIONS.get(function.__name__)
        if known is None:
            raise _unknown(function.__name__)
        found: Live = known(*args, **kwargs)
        return found

    def __getitem__(self, key: Any) -> Live:
        if is_live(key) or isinstance(key, np.ndarray | list):
            found: Live = taken(self, key)
            return found
        spec: list[Any] = []
        for part in key if isinstance(key, tuple) else (key,):
            match part:
                case None:
                    spec.append("new")
                case int() | np.integer():
                    spec.append(int(part))
                case slice():
                    spec.append([part.start, part.stop, part.step])
                case _ if part is ...:
                    missing = self.ndim - sum(
                        p is not None and p is not ... for p in key if isinstance(key, tuple)
                    )
                    spec += [[None, None, None]] * missing
                case _:
                    raise _unknown("an index of this kind")
        return Live(self.value[key], "index", (self,), (spec,))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        raise MlmteachError(
            "A scene cannot branch on a value that a page computes.",
            "Use numpy.where for numbers and `cases` for words.",
        )

    def __float__(self) -> float:
        raise _unknown("float()")

    def __format__(self, spec: str) -> str:
        raise MlmteachError(
            "A value that a page computes cannot be put into a string.",
            "Use `text` with `number`: text('ρ = {rho}', rho=number(rho)).",
        )

    def sum(self, axis: int | None = None, **_: Any) -> Live:
        """Add up along an axis."""
        return _reduced("sum", self, axis)

    def max(self, axis: int | None = None, **_: Any) -> Live:
        """Find the greatest along an axis."""
        return _reduced("max", self, axis)

    def min(self, axis: int | None = None, **_: Any) -> Live:
        """Find the least along an axis."""
        return _reduced("min", self, axis)

    def mean(self, axis: int | None = None, **_: Any) -> Live:
        """Average along an axis."""
        count = self.value.size if axis is None else self.value.shape[axis]
        return _reduced("sum", self, axis) / float(count)  # type: ignore[no-any-return]

    def reshape(self, *shape: Any) -> Live:
        """Lay the same numbers out in another shape."""
        value = self.value.reshape(*shape)
        return Live(value, "reshape", (self,), (list(value.shape),))

    def ravel(self) -> Live:
        """Lay the numbers out in one row."""
        return self.reshape(-1)

    @property
    def T(self) -> Live:  # NumPy's name
        """Rows as columns."""
        return Live(self.value.T, "transpose", (self,))

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        """As of an array."""
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        """As of an array."""
        return int(np.size(self.value))


def is_live(value: Any) -> bool:
    """Tell whether a page has to compute a value."""
    return isinstance(value, Live)


def plain(value: Any) -> Any:
    """Give the number or array that a value is now."""
    return value.value if isinstance(value, Live) else value


def _unknown(name: str) -> MlmteachError:
    return MlmteachError(
        f"A page cannot compute {name}.",
        "Use the functions in mlmteach.panels.live, or make the control one of few values.",
    )


# --- the functions of NumPy that are no ufuncs --------------------------------------------


def _reduced(op: str, array: Any, axis: int | None) -> Live:
    function: Any = getattr(np, op)
    if axis is not None and axis < 0:
        axis += np.ndim(plain(array))
    return Live(function(plain(array), axis=axis), op, (array,), (axis,))


def _where(condition: Any, yes: Any, no: Any) -> Live:
    parts = (condition, yes, no)
    return Live(np.where(*map(plain, parts)), "where", parts)


def _stack(arrays: Sequence[Any], axis: int = 0) -> Live:
    value = np.stack([plain(a) for a in arrays], axis=axis)
    return Live(value, "stack", tuple(arrays), (axis % value.ndim,))


def _concatenate(arrays: Sequence[Any], axis: int = 0) -> Live:
    value = np.concatenate([np.atleast_1d(plain(a)) for a in arrays], axis=axis)
    if value.ndim > 1 and axis % value.ndim:
        raise _unknown("concatenate along another axis than the first")
    return Live(value, "concatenate", tuple(arrays))


def _sort(array: Any, **_: Any) -> Live:
    if np.ndim(plain(array)) > 1:
        raise _unknown("sort of more than one row")
    return Live(np.sort(plain(array)), "sort", (array,))


def _broadcast(array: Any, shape: Any, **_: Any) -> Live:
    value = np.broadcast_to(plain(array), shape)
    return Live(value, "broadcast", (array,), (list(value.shape),))


def taken(array: Any, places: Any) -> Any:
    """Take entries of the first axis, at one place or several.

    >>> float(taken(np.array([1.0, 3.0]), 1))
    3.0
    """
    value = np.asarray(plain(array))[np.asarray(plain(places)).astype(int)]
    return Live(value, "take", (array, places)) if is_live(array) or is_live(places) else value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda a, axis=None, **_: _reduced("sum", a, axis),
    "max": lambda a, axis=None, **_: _reduced("max", a, axis),
    "amax": lambda a, axis=None, **_: _reduced("max", a, axis),
    "min": lambda a, axis=None, **_: _reduced("min", a, axis),
    "amin": lambda a, axis=None, **_: _reduced("min", a, axis),
    "mean": lambda a, axis=None, **_: a.mean(axis),
    "where": _where,
    "stack": _stack,
    "concatenate": _concatenate,
    "sort": _sort,
    "broadcast_to": _broadcast,
    "ravel": lambda a, **_: a.ravel(),
    "reshape": lambda a, *shape, **_: a.reshape(*shape),
    "transpose": lambda a, **_: a.T,
    "clip": lambda a, low, high, **_: np.minimum(np.maximum(a, low), high),
    "outer": lambda a, b, **_: np.multiply.outer(a, b),
    "take": lambda a, places, **_: taken(a, places),
}


# --- random numbers that Python and a page draw alike -------------------------------------


def _hashed(x: np.ndarray) -> np.ndarray:
    """Mix 32 bits, with the constants of Wellons' `lowbias32`."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return np.asarray(x ^ (x >> np.uint32(16)))


def draws(seed: Any, count: int) -> Any:
    """Draw standard normal numbers that depend on nothing but the seed.

    Parameters
    ----------
    seed : int or Live
    count : int

    Returns
    -------
    (count,) array

    Examples
    --------
    >>> draws(1, 3).round(3)
    array([...])
    >>> bool(abs(draws(7, 10_000).std() - 1) < 0.02)
    True
    """
    start = _hashed(
        np.full(1, int(plain(seed)) & 0xFFFFFFFF, dtype=np.uint32) ^ np.uint32(0xA511E9B3)
    )
    counter = start + np.arange(2 * count, dtype=np.uint32)
    uniform = (_hashed(_hashed(counter)) + 0.5) / 2.0**32
    value = np.sqrt(-2.0 * np.log(uniform[::2])) * np.cos(2.0 * np.pi * uniform[1::2])
    return Live(value, "draws", (seed,), (count,)) if is_live(seed) else value


# --- the steps as a page gets them --------------------------------------------------------


class Graph:
    """Collects the steps of live values, each of them once.

    Attributes
    ----------
    nodes : list
        ``[op, inputs, *options]`` of each step; ``["const", array]`` of what does not change.
    """

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self._places: dict[Any, int] = {}
        self._seen: dict[int, int] = {}
        self._kept: list[Any] = []  # so that no id is used again

    def add(self, value: Any) -> int:
        """Enter a value with all that it was computed from; return its place."""
        if id(value) in self._seen and is_live(value):
            return self._seen[id(value)]
        if not is_live(value):
            return self._enter(["const", numbers(value)])
        places = [self.add(one) for one in value.inputs]
        place = self._enter([value.op, places, *value.options])
        self._seen[id(value)] = place
        self._kept.append(value)
        return place

    def _enter(self, node: list[Any]) -> int:
        key = repr(node)
        if key not in self._places:
            self._places[key] = len(self.nodes)
            self.nodes.append(node)
        return self._places[key]

    def leaf(self, value: Any) -> Any:
        """Write a value into a scene: as it is, or as the place of the step that makes it."""
        return {"$": self.add(value)} if is_live(value) else numbers(value)


FEW = 6


def numbers(value: Any) -> Any:
    """Write numbers, and None where there is none: a few with 15 digits, many with seven each.

    Where many lie far from 0 and close together, as years do, they get seven digits of what they
    differ by.
    """
    held = np.asarray(value)
    digits = 15 if held.size <= FEW else _digits(held)  # what words tell is one of a few
    return _short(held.tolist(), digits)  # Python's numbers: a scene has thousands of them


def _digits(held: np.ndarray) -> int:
    if held.dtype == bool:
        return 7
    finite = held[np.isfinite(held)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    farther = float(np.abs(finite).max()) / spread if spread > 0 else 1.0
    return min(7 + max(int(np.log10(farther)), 0), 15)


def _short(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_short(one, digits) for one in value]
    if isinstance(value, bool):
        return value
    number = float(value)
    if not isfinite(number):
        return None
    short = float(f"{number:.{digits}g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short
