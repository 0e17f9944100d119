"""What centring does to the meaning of γ_00, γ_10 and γ_01, in sentences and as an equation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WAYS", "Centering", "equation", "intercept_text", "slope_text"]

WAYS = ("raw", "grand mean", "group mean")


@dataclass(frozen=True)
class Centering:
    """The state: how x is centred, and whether the groups' means of x are in the model."""

    way: str
    with_mean: bool


def slope_text(state: Centering) -> str:
    """Say what γ_10 is."""
    if state.way == "group mean" or state.with_mean:
        return "γ₁₀ is the slope within groups: it compares units of the same group."
    return "γ₁₀ is a blend of the slopes within and between groups, and is neither of them."


def intercept_text(state: Centering, x: str) -> str:
    """Say what γ_00 is, and γ_01 where it is in the model."""
    mean = ""
    if state.with_mean:
        kind = "slope between groups" if state.way == "group mean" else "contextual effect"
        mean = f" γ₀₁ is the {kind}. γ₀₀ holds for a group whose mean of {x} is 0."
    where = {
        "raw": f"γ₀₀ is the general mean of the outcome where {x} is 0.",
        "grand mean": f"γ₀₀ is the general mean of the outcome where {x} is at the mean of all.",
        "group mean": f"γ₀₀ is the general mean of units at their own group's mean of {x}.",
    }[state.way]
    return where + mean


def equation(state: Centering, x: str, y: str) -> str:
    """Write the full equation in LaTeX."""
    name, outcome = (rf"\text{{{text.replace('_', chr(92) + '_')}}}" for text in (x, y))
    centred = {
        "raw": rf"{name}_{{ij}}",
        "grand mean": rf"({name}_{{ij}} - \overline{{{name}}})",
        "group mean": rf"({name}_{{ij}} - \overline{{{name}}}_j)",
    }[state.way]
    mean = rf" + \gamma_{{01}}\,\overline{{{name}}}_j" if state.with_mean else ""
    return (
        rf"$$\begin{{aligned}}{outcome}_{{ij}} &= \gamma_{{00}} + \gamma_{{10}}\,{centred}{mean}"
        r" \\ &\quad {} + U_{0j} + \varepsilon_{ij}\end{aligned}$$"
    )
