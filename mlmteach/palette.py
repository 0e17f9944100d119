"""The colours of the house, safe for colour-blind readers.

They are the qualitative palette of Okabe & Ito (2008), *Color Universal Design*, darkened where
text in them would fall below a contrast of 4.5 to 1 on white.
"""

from __future__ import annotations

__all__ = ["CYCLE", "ROLES"]

ROLES = {
    "outcome": "#000000",
    "level1": "#0063a1",
    "level2": "#00735a",
    "level3": "#5b3fb0",
    "fixed": "#9a4a00",
    "random": "#8f3d72",
    "residual": "#5c5c5c",
}
"""One colour a role in equation, picture and sentence."""

CYCLE = ("#0063a1", "#a34e00", "#00735a", "#8f3d72", "#7a6200", "#33708f")
"""Colours for series and for coefficients, in this order."""
