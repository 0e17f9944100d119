"""The controls of panels: labelled, and moved by the keyboard as well as by the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

__all__ = ["checkbox", "choice", "fine_step", "slider", "whole_slider"]

_STYLE = {"description_width": "initial"}


def _wide(width: str) -> widgets.Layout:
    return widgets.Layout(width=width)


def fine_step(span: float) -> float:
    """Choose a round step of which a span holds between 100 and 1,000.

    >>> fine_step(59.0), fine_step(3.0)
    (0.1, 0.01)
    """
    return float(10.0 ** np.floor(np.log10(span / 100.0))) if span > 0 else 0.01


def slider(
    label: str,
    value: float,
    least: float,
    greatest: float,
    step: float,
    *,
    format: str = ".2f",
) -> widgets.FloatSlider:
    """Make a slider for a number; the value is moved onto a step and into the range."""
    steps = round((value - least) / step)
    value = min(max(least + steps * step, least), greatest)
    return widgets.FloatSlider(
        value,
        min=least,
        max=greatest,
        step=step,
        description=label,
        readout_format=format,
        style=_STYLE,
        layout=_wide("330px"),
    )


def whole_slider(label: str, value: int, least: int, greatest: int) -> widgets.IntSlider:
    """Make a slider for a whole number."""
    return widgets.IntSlider(
        value, min=least, max=greatest, description=label, style=_STYLE, layout=_wide("330px")
    )


def choice(
    label: str, options: Sequence[Any], value: Any = None, *, width: str = "330px"
) -> widgets.SelectionSlider:
    """Make a slider over the entries of a list.

    It is no drop-down list, since JupyterLab takes the arrow keys away from those.
    """
    first = options[0][1] if isinstance(options[0], tuple) else options[0]
    return widgets.SelectionSlider(
        options=list(options),
        value=first if value is None else value,
        description=label,
        style=_STYLE,
        layout=_wide(width),
    )


def checkbox(label: str, value: bool = False, *, width: str = "auto") -> widgets.Checkbox:
    """Make a box to tick."""
    return widgets.Checkbox(value, description=label, indent=False, layout=_wide(width))
