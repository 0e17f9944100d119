"""The controls of the builder, and how they are laid out."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from mlmteach.explore.built import CENTRING, Columns
from mlmteach.explore.controls import checkbox, choice
from mlmteach.model.notation import PRESETS

__all__ = ["NOTHING", "arranged", "controls_of"]

NOTHING = "none"
PROGRAMS = ("lme4", "stata", "nlme", "statsmodels", "spss", "sas", "mixedmodels.jl")


def controls_of(columns: Columns, outcome: str) -> dict[str, Any]:
    """Make the controls, by the name of what each sets."""
    # to begin with, a predictor along which lines can be drawn, where there is one
    first = next((x for x in (*columns.outcomes, *columns.level1) if x != outcome), "")
    controls: dict[str, Any] = {"outcome": choice("outcome", columns.outcomes, outcome)}
    for x in columns.level1:
        controls[f"use {x}"] = checkbox(x, x == first, width="150px")
    for key in ("intercept", *columns.level1):
        controls[f"U {key}"] = checkbox(f"U of {key}", key == "intercept", width="150px")
        for z in columns.level2:
            controls[f"{key} on {z}"] = checkbox(f"{z} → {key}", width="170px")
    controls["centring"] = choice("centring", CENTRING)
    controls["method"] = choice("method", ("REML", "ML"), width="220px")
    controls["notation"] = choice("notation", tuple(PRESETS))
    controls["show"] = choice("equations show", ("names", "symbols", "estimates"))
    controls["program"] = choice("code for", PROGRAMS)
    controls["symbol"] = choice("light up", (NOTHING,), NOTHING)
    return controls


def arranged(columns: Columns, controls: dict[str, Any]) -> Any:
    """Lay the controls out: one row a coefficient, then the options."""
    wrap = widgets.Layout(flex_flow="row wrap", grid_gap="0 8px")
    rows = []
    for key in ("intercept", *columns.level1):
        first = (
            widgets.HTML("intercept", layout=widgets.Layout(width="150px"))
            if key == "intercept"
            else controls[f"use {key}"]
        )
        cells = [controls[f"U {key}"], *(controls[f"{key} on {z}"] for z in columns.level2)]
        rows.append(widgets.HBox([first, *cells], layout=wrap))
    options = [controls[n] for n in ("centring", "method", "notation", "show", "program", "symbol")]
    return widgets.VBox([controls["outcome"], *rows, widgets.HBox(options, layout=wrap)])
