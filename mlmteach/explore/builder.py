"""The builder: put a model together, and see all that follows from it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.data.datasets import load
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import OptionError, suggest
from mlmteach.explore.builder_controls import NOTHING, arranged, controls_of
from mlmteach.explore.built import (
    Built,
    Columns,
    columns_of,
    frame_of,
    model_of,
    read_controls,
)
from mlmteach.explore.built_views import (
    change_text,
    code_html,
    equations_html,
    estimates_html,
    sentences_html,
)
from mlmteach.explore.panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.palette import ROLES
from mlmteach.plot.group_lines import line_of_each_group
from mlmteach.plot.typical import resting
from mlmteach.plot.words import label, number, words

if TYPE_CHECKING:
    from mlmteach.data.codebook import Codebook
    from mlmteach.fit import Fit
    from mlmteach.interpret.interpretation import Row
    from mlmteach.model.spec import Model

__all__ = ["Builder", "builder"]

NO_PREDICTOR = "no numeric level-1 predictor in the model"


class Spaghetti:
    """The lines of the groups and the general line, over one predictor."""

    def __init__(self) -> None:
        from matplotlib.collections import LineCollection

        self.picture = Picture()
        (axes,) = self.picture.axes
        self._axes = axes
        with self.picture.style():
            self._lines = LineCollection([], colors=ROLES["level2"], linewidths=0.8)
            axes.add_collection(self._lines, autolim=False)
            (self._general,) = axes.plot([], [], color=ROLES["fixed"], linewidth=3)
            self._note = axes.text(
                0.02, 0.97, "", transform=axes.transAxes, va="top", fontweight="bold",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2},
            )  # fmt: skip
            axes.set_title("Lines of the groups and the general line")
        for artist in (self._lines, self._general, self._note):
            self.picture.moving(artist)

    def move(self, fit: Fit, chosen: Row | None) -> str:
        """Draw the lines of a fit; return what they show."""
        numeric = [
            name
            for c in fit.model.bare
            for name in c.term.variables
            if pd.api.types.is_numeric_dtype(fit.frame[name].dtype)
        ]
        if numeric:
            x = max(numeric, key=lambda name: fit.frame[name].nunique() > 2)  # no 0/1 if possible
            table = line_of_each_group(fit, x, points=2)
            ends = np.array([fit.frame[x].min(), fit.frame[x].max()])
            general = fit.predict(resting(fit, {x: ends}), groups="average").to_numpy()
            points = table[[x, "predicted"]].to_numpy(dtype=float).reshape(-1, 2, 2)
            over = label(fit, x)
        else:
            first = np.unique(fit.design.codes, return_index=True)[1]
            heights = fit.fittedvalues.to_numpy()[first]  # one a group: no level-1 predictor
            ends, over = np.array([0.0, 1.0]), NO_PREDICTOR
            points = np.stack(
                [np.tile(ends, (len(first), 1)), np.repeat(heights, 2).reshape(-1, 2)], 2
            )
            general = np.repeat(float(np.mean(fit.fixed_part)), 2)
        self._frame(ends, points[..., 1], over, f"predicted, in {words(fit).outcome}")
        effects = chosen is not None and chosen.role == "U"
        self._lines.set_segments(list(points))
        self._lines.set_alpha(0.6 if effects else 0.35)
        self._lines.set_linewidth(1.1 if effects else 0.8)
        self._general.set_data(ends, general)
        self._general.set_linewidth(1.2 if effects else 3.0)
        self._note.set_text("" if chosen is None else f"{chosen.symbol}: {chosen.short}")
        self._note.set_color(ROLES["random" if effects else "fixed"])
        if not numeric:
            return f"The levels of {len(points)} {words(fit).groups} and the general level; {over}."
        slope = (general[1] - general[0]) / (ends[1] - ends[0])
        return (
            f"Lines of {len(points)} {words(fit).groups} over {over} and the general line, whose "
            f"slope is {number(float(slope))}."
        )

    def _frame(self, ends: Any, heights: Any, over: str, outcome: str) -> None:
        """Set the axes; draw them anew only where they have to change."""
        low, high = float(heights.min()), float(heights.max())
        have_low, have_high = self._axes.get_ylim()
        fits = have_low <= low and high <= have_high
        tight = high - low > 0.45 * (have_high - have_low)
        same = (self._axes.get_xlabel(), self._axes.get_ylabel()) == (over, outcome)
        if same and fits and tight and self._axes.get_xlim() == (ends[0], ends[1]):
            return
        room = 0.12 * (high - low) + 1e-9
        self._axes.set(xlim=tuple(ends), ylim=(low - room, high + 2 * room))
        self._axes.set(xlabel=over, ylabel=outcome)
        self.picture.renew()


class Builder(Panel[Built]):
    """The builder's panel; the model and its fit can be taken out."""

    bench: Bench

    @property
    def fit(self) -> Fit:
        """The fit that is shown."""
        assert self.bench.fit is not None  # the panel opens on a fit
        return self.bench.fit

    @property
    def model(self) -> Model:
        """The model that is shown."""
        return self.fit.model


class Bench:
    """What lies between the controls and the views: the present fit, and the one before."""

    def __init__(
        self, data: pd.DataFrame, book: Codebook, columns: Columns, controls: dict[str, Any]
    ) -> None:
        self.data, self.book, self.columns, self.controls = data, book, columns, controls
        self.drawing = Spaghetti()
        self.fit: Fit | None = None
        self.before: Fit | None = None
        self._key: tuple[object, ...] = ()
        self._spoken = ""  # the notation of the rows
        self._rows: tuple[Row, ...] = ()

    def show(self, state: Built) -> Shown:
        """Fit where the model has changed, and write every view."""
        self._unfold(state)
        key = (
            *(state.outcome, state.level1, state.level2, state.random),
            *(state.centring, state.method),
        )
        if self.fit is None or key != self._key:
            frame = frame_of(self.data, state, self.book)
            fit = model_of(state, self.book).fit(frame, reml=state.method == "REML")
            self.before, self.fit, self._key = self.fit, fit, key
            self._spoken = ""
        fit = self.fit
        if self._spoken != state.notation:
            self._rows = fit.interpret(notation=state.notation).rows
            self._spoken = state.notation
        shown = [row for row in self._rows if row.role in ("γ", "U")]
        chosen = next((row for row in shown if row.symbol == state.symbol), None)
        self._offer([row.symbol for row in shown], chosen)
        told = change_text(fit, self.before)
        if fit.messages:
            told += "\n\n" + " ".join(fit.messages)
        if chosen is not None:
            told = f"{chosen.symbol}: {chosen.full}\n\n{told}"
        return Shown(
            told,
            self.drawing.move(fit, chosen),
            equations_html(fit, state, chosen),
            {
                "estimates": estimates_html(fit, self._rows, chosen),
                "sentences": sentences_html(self._rows, chosen),
                "code": code_html(fit, state.program),
            },
        )

    def _unfold(self, state: Built) -> None:
        """Show the controls of the coefficients that are in the model, and no others."""
        for x in self.columns.level1:
            self.controls[f"use {x}"].layout.display = "none" if x == state.outcome else ""
            for name in (f"U {x}", *(f"{x} on {z}" for z in self.columns.level2)):
                self.controls[name].layout.display = "" if x in state.level1 else "none"

    def _offer(self, symbols: list[str], chosen: Row | None) -> None:
        """List the symbols of the present model, and keep the choice where it is one of them."""
        control = self.controls["symbol"]
        options = (NOTHING, *symbols)
        if tuple(control.options) != options:
            control.options = options
        control.value = NOTHING if chosen is None else chosen.symbol


def builder(
    data: pd.DataFrame | None = None, *, group: str | None = None, outcome: str | None = None
) -> Builder:
    """Open the builder: choose a model, and see all that follows from it at once.

    Parameters
    ----------
    data : pandas.DataFrame, optional
        High School & Beyond when left out.
    group : str, optional
        The column of the groups, where the data's codebook does not say.
    outcome : str, optional
        The outcome to begin with; the first column that can be one when left out.

    Returns
    -------
    Builder
        ``panel.model`` and ``panel.fit`` are what is shown.

    Raises
    ------
    OptionError
        If no column can be an outcome, or the one named cannot.
    DataError
        If the data cannot be used.

    Examples
    --------
    >>> panel = builder()
    >>> panel.controls["U ses"].value = True
    >>> panel.model.formula
    'mathach ~ 1 + ses + (1 + ses | school)'
    """
    frame = load("hsb") if data is None else data
    book = codebook_for(frame, group=group)
    columns = columns_of(frame, book)
    begin = outcome or ("mathach" if data is None else columns.outcomes[0])
    if begin not in columns.outcomes:
        raise OptionError(f"'{begin}' cannot be the outcome.", suggest(begin, columns.outcomes))
    controls = controls_of(columns, begin)
    bench = Bench(frame, book, columns, controls)
    panel = Builder(
        "Build a model",
        controls,
        lambda **values: read_controls(columns, values),
        bench.show,
        bench.drawing.picture,
        caption="The lines of the groups and the general line.",
        delay=0.015,
        arrangement=arranged(columns, controls),
        views={
            "estimates": "Estimates",
            "sentences": "What each symbol means",
            "code": "The same model in another program",
        },
    )
    panel.bench = bench
    return panel
