"""What can be moved in a panel, described; the page makes sliders, buttons and lists of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from mlmteach.errors import OptionError

__all__ = [
    "Control",
    "Hidden",
    "Preset",
    "Question",
    "Seed",
    "Select",
    "Slider",
    "Toggle",
    "decimals",
    "fine_step",
    "round_up",
]


def round_up(value: float) -> float:
    """Round up to a whole number, or to one digit below 1: an end of a scale of which 0 is a step.

    >>> round_up(58.7), round_up(0.0213), round_up(0.0)
    (59.0, 0.03, 1.0)
    """
    if not value > 0:
        return 1.0
    unit = 10.0 ** min(np.floor(np.log10(value)), 0.0)
    return float(f"{unit * np.ceil(value / unit):.12g}")


def decimals(size: float) -> int:
    """Choose with how many decimals numbers of a size are told: two, and more where they are small.

    >>> decimals(39.1), decimals(0.0041), decimals(2e6), decimals(0.0)
    (2, 5, 0, 2)
    """
    if not (size > 0 and np.isfinite(size)):
        return 2
    return 0 if size >= 1e5 else int(np.clip(2 - np.floor(np.log10(size)), 2, 24))


def fine_step(span: float) -> float:
    """Choose a round step of which a span holds between 100 and 1,000.

    >>> fine_step(59.0), fine_step(3.0)
    (0.1, 0.01)
    """
    return float(10.0 ** np.floor(np.log10(span / 100.0))) if span > 0 else 0.01


@dataclass(frozen=True, kw_only=True)
class Slider:
    """A number between two ends.

    Attributes
    ----------
    name : str
        The field of the state that it sets.
    label : str
    value, low, high, step : float
        The value is moved onto a step and into the range.
    digits : int
        Of the value that is shown and read out.
    unit : str
        Follows the value.
    tags : tuple of str
        The symbols that it moves, which light up with it.
    discrete : bool
        Whether a scene is computed for each step beforehand: for what a page cannot compute itself.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    step: float
    digits: int = 2
    unit: str = ""
    tags: tuple[str, ...] = ()
    discrete: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.read(self.value))

    def read(self, value: Any) -> float:
        """Move a value onto a step and into the range."""
        try:
            steps = round((float(value) - self.low) / self.step)
        except (TypeError, ValueError):
            raise OptionError(
                f"{self.name}={value!r} is no number.",
                f"Give one from {self.low:g} to {self.high:g}.",
            ) from None
        return float(f"{min(max(self.low + steps * self.step, self.low), self.high):.12g}")

    def written(self, value: Any) -> float:
        """Give a value as a page keeps it."""
        return float(value)

    @property
    def values(self) -> tuple[float, ...]:
        """Every value, in order."""
        count = round((self.high - self.low) / self.step) + 1
        return tuple(self.read(self.low + k * self.step) for k in range(count))

    def to_json(self) -> dict[str, Any]:
        """Describe the control to a page."""
        return {
            "kind": "slider",
            **{k: getattr(self, k) for k in ("name", "label", "value", "low", "high", "step")},
            "digits": self.digits,
            "unit": self.unit,
            "tags": list(self.tags),
            "discrete": self.discrete,
        }


@dataclass(frozen=True, kw_only=True)
class Select:
    """One of several options: buttons side by side, or a list.

    ``live`` says that the state gets the place of the option, which a page computes with; else it
    gets the option itself, and a scene is computed for each of them.
    """

    name: str
    label: str
    options: tuple[Any, ...]
    value: Any
    labels: tuple[str, ...] = ()
    shape: Literal["radio", "list", "hidden"] = "radio"
    live: bool = False
    smooth: bool = False
    """Of a live choice: whether a page passes through the places between two options."""
    resets: tuple[str, ...] = ()
    """Controls that go back to where they started when another option is chosen."""

    @property
    def discrete(self) -> bool:
        """Whether a scene is computed for each option."""
        return not self.live

    @property
    def values(self) -> tuple[Any, ...]:
        """Every value that the state can have."""
        return tuple(range(len(self.options))) if self.live else self.options

    def read(self, value: Any) -> Any:
        """Check a value; of a live choice, an option or its place."""
        if self.live and value in self.options:
            return self.options.index(value)
        if value in self.values:
            return value
        listed = ", ".join(repr(one) for one in self.options[:8])
        raise OptionError(f"{self.name}={value!r} is not there.", f"Choose one of {listed}.")

    def written(self, value: Any) -> int:
        """Give a value as a page keeps it: by its place."""
        return int(value) if self.live else self.options.index(value)

    def to_json(self) -> dict[str, Any]:
        """Describe the control to a page."""
        return {
            "kind": "hidden" if self.shape == "hidden" else "choice",
            "name": self.name,
            "label": self.label,
            "shape": self.shape,
            "tags": [],
            "options": list(self.labels or map(str, self.options)),
            "value": self.written(self.read(self.value)),
            "discrete": self.discrete,
            "low": 0,
            "high": len(self.options) - 1,
            "step": 1,
            "resets": list(self.resets),
            "smooth": self.smooth,
        }


@dataclass(frozen=True, kw_only=True)
class Toggle:
    """Something that is on or off; a scene is computed for both."""

    name: str
    label: str
    value: bool = False
    hidden: bool = False
    discrete = True
    values: ClassVar[tuple[bool, ...]] = (False, True)

    def read(self, value: Any) -> bool:
        """Check a value."""
        if value not in (False, True):
            raise OptionError(f"{self.name}={value!r} is not possible.", "Use True or False.")
        return bool(value)

    def written(self, value: Any) -> int:
        """Give a value as a page keeps it."""
        return int(bool(value))

    def to_json(self) -> dict[str, Any]:
        """Describe the control to a page."""
        kind = "hidden" if self.hidden else "toggle"
        ends = {"low": 0, "high": 1, "step": 1, "tags": [], "discrete": True}
        return {
            "kind": kind,
            "name": self.name,
            "label": self.label,
            "value": int(self.value),
            **ends,
        }


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A button that draws a new sample; the state gets a whole number."""

    name: str
    label: str = "New sample"
    value: int = 1
    discrete = False
    values: ClassVar[tuple[int, ...]] = ()

    def read(self, value: Any) -> int:
        """Check a value."""
        return int(value)

    def written(self, value: Any) -> int:
        """Give a value as a page keeps it."""
        return int(value)

    def to_json(self) -> dict[str, Any]:
        """Describe the control to a page."""
        ends = {"discrete": False, "tags": [], "low": 0, "high": 2**31 - 1, "step": 1}
        return {"kind": "seed", "name": self.name, "label": self.label, "value": self.value, **ends}


@dataclass(frozen=True, kw_only=True)
class Hidden(Slider):
    """A number that only handles in the picture move."""

    def to_json(self) -> dict[str, Any]:
        """Describe the control to a page."""
        return {**super().to_json(), "kind": "hidden"}


Control = Slider | Select | Toggle | Seed


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A button that moves several controls at once."""

    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one predicts before it is revealed.

    Attributes
    ----------
    text : str
    options : sequence of str
    right : int
        The place of the right option.
    values : mapping of str to value
        Where the controls move at the reveal.
    answer : str
        What is said then.
    """

    text: str
    options: Sequence[str]
    right: int
    values: Mapping[str, Any]
    answer: str
