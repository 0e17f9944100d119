"""The builder: put a model together, and see all that follows from it at once."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets as widgets
import numpy as np
import pandas as pd

from mlmteach.api import Model
from mlmteach.data.centering import center_grand, center_within
from mlmteach.data.datasets import load
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import OptionError, suggest
from mlmteach.explore.widget_controls import checkbox, choice
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.explore.picture import Picture
from mlmteach.model.notation import PRESETS
from mlmteach.model.predictor import Column
from mlmteach.model.terms import Factor
from mlmteach.palette import ROLES
from mlmteach.plot.group_lines import line_of_each_group
from mlmteach.plot.typical import general_line
from mlmteach.plot.words import label, letter, number, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from mlmteach.api import Fit, Model
    from mlmteach.data.codebook import Codebook
    from mlmteach.interpret.interpretation import Row

__all__ = ["Builder", "builder"]


# --- what is shown of a fit: equations, estimates, sentences, code, change ----------------

_MARK = f"background:#fdf3e7;border-left:4px solid {ROLES['fixed']};font-weight:bold"


def equations_html(fit: Fit, state: Built, chosen: Row | None) -> str:
    """Write the three equations, with a box around the chosen symbol.

    Where estimates stand for the γ's, the full equation follows with its symbols, so that the
    chosen one can be seen.
    """
    estimates = fit.estimates if state.show == "estimates" else None
    written = fit.model.equations(
        notation=state.notation, show=state.show, wrap=4, estimates=estimates
    )
    blocks = list(zip(written.blocks, written.formulas, strict=True))
    if chosen is not None and chosen.role == "γ" and state.show == "estimates":
        named = fit.model.equations(notation=state.notation, parts=("full",), wrap=4)
        blocks.append((named.blocks[0], named.formulas[0]))
    parts = []
    for block, formula in blocks:
        if chosen is not None:
            colour = ROLES["fixed"] if chosen.role == "γ" else ROLES["random"]
            boxed = rf"\boxed{{\textcolor{{{colour}}}{{{chosen.latex}}}}}"
            formula = formula.replace(chosen.latex, boxed)
        parts.append(f"<div>{html.escape(block.heading)}</div>$$\n{formula}\n$$")
    return "".join(parts)


def estimates_html(fit: Fit, rows: Iterable[Row], chosen: Row | None) -> str:
    """Tabulate γ with standard errors, T, σ² and the criterion."""
    symbols = {row.name: row for row in rows if row.role == "γ"}
    lines = []
    for name in fit.params.index:
        row = symbols[str(name)]
        cells = (row.symbol, str(name), _short(fit.params[name]), _short(fit.bse[name]))
        lines.append(_line(cells, chosen is not None and chosen.symbol == row.symbol))
    effects = {row.name: row for row in rows if row.role == "U"}
    for name, variance in zip(fit.cov_re.index, np.diag(fit.cov_re), strict=True):
        row = effects[str(name)]
        cells = (f"variance of {row.symbol}", str(name), _short(float(variance)), "")
        lines.append(_line(cells, chosen is not None and chosen.symbol == row.symbol))
    lines.append(_line(("σ²", "residual", _short(fit.scale), ""), False))
    kind = "REML criterion" if fit.reml else "deviance"
    lines.append(_line((kind, "", f"{fit.criterion:.2f}", ""), False))
    head = "".join(
        f'<th scope="col" style="text-align:left;padding:2px 10px">{text}</th>'
        for text in ("symbol", "term", "estimate", "SE")
    )
    return f'<table style="border-collapse:collapse"><tr>{head}</tr>{"".join(lines)}</table>'


def _line(cells: tuple[str, ...], marked: bool) -> str:
    shown = "".join(f'<td style="padding:2px 10px">{html.escape(cell)}</td>' for cell in cells)
    return (
        f'<tr style="{_MARK}" aria-selected="true">{shown}</tr>' if marked else f"<tr>{shown}</tr>"
    )


def sentences_html(rows: Iterable[Row], chosen: Row | None) -> str:
    """List a sentence for each symbol; the chosen one is marked, and has them all."""
    items = []
    for row in rows:
        marked = chosen is not None and chosen.symbol == row.symbol
        style = f' style="{_MARK};padding-left:6px"' if marked else ""
        sign = "▶ " if marked else ""
        text = html.escape(row.full if marked else row.told.first)
        items.append(f"<li{style}>{sign}{html.escape(row.symbol)}: {text}</li>")
    return f'<ul style="line-height:1.4;padding-left:1.2em">{"".join(items)}</ul>'


def code_html(fit: Fit, program: str) -> str:
    """Show the same model as a script for another program."""
    return f'<pre tabindex="0">{html.escape(str(fit.model.code(program, reml=fit.reml)))}</pre>'


def change_text(now: Fit, before: Fit | None) -> str:
    """Say what the last change of the model did to τ, σ² and the deviance.

    Parameters
    ----------
    now : Fit
    before : Fit or None

    Returns
    -------
    str
        Deviances are compared only where that is meaningful: the same rows and outcome, both by ML,
        or both by REML with the same fixed part.
    """
    kind = "REML criterion" if now.reml else "deviance"
    text = f"{kind} {now.criterion:.2f}, σ² = {number(now.scale)}"
    signs = {
        c.term.name: f"{letter('variance', q=c.index)} of {c.term.name}" for c in now.model.random
    }
    for name, variance in zip(now.cov_re.index, np.diag(now.cov_re), strict=True):
        text += f", {signs[str(name)]} = {_short(float(variance))}"
    if before is None:
        return text + "."
    changes = []
    old = dict(zip(before.cov_re.index, np.diag(before.cov_re), strict=True))
    new = dict(zip(now.cov_re.index, np.diag(now.cov_re), strict=True))
    if before.model.outcome == now.model.outcome:
        for label, a, b in [
            *((signs[str(name)], old[name], new[name]) for name in new if name in old),
            ("σ²", before.scale, now.scale),
        ]:
            share = f" ({100 * (b / a - 1):+.0f} %)" if a > 0 else ""
            changes.append(f"{label} {_short(a)} → {_short(b)}{share}".replace("-", "−"))
        same = before.reml == now.reml and before.nobs == now.nobs
        if same and (not now.reml or before.design.x_names == now.design.x_names):
            changes.append(f"{kind} {number(now.criterion - before.criterion)}")
        elif same:
            changes.append(
                "REML criteria of models with other γ's do not compare; choose ML to compare them"
            )
    return f"{text}.\n\nThe last change: {'; '.join(changes) or 'another outcome'}."


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


# --- the model that a builder's controls stand for ----------------------------------------

CENTRING = ("raw", "grand mean", "group mean")
MOST = 6  # predictors of each level that get a control


@dataclass(frozen=True)
class Columns:
    """What data offer to a model: outcomes, and the predictors of each level."""

    group: str
    outcomes: tuple[str, ...]
    level1: tuple[str, ...]
    level2: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """The state of the builder.

    Attributes
    ----------
    outcome : str
    level1 : tuple of str
        The level-1 predictors.
    level2 : tuple of (str, tuple of str)
        The level-2 predictors of each coefficient; ``"intercept"`` is one of them.
    random : tuple of str
        The coefficients with a U.
    centring : {"raw", "grand mean", "group mean"}
        Of the continuous level-1 predictors.
    method : {"REML", "ML"}
    notation, program, symbol : str
    show : {"names", "symbols", "estimates"}
    """

    outcome: str
    level1: tuple[str, ...]
    level2: tuple[tuple[str, tuple[str, ...]], ...]
    random: tuple[str, ...]
    centring: str
    method: Literal["REML", "ML"]
    notation: str
    show: Literal["names", "symbols", "estimates"]
    program: str
    symbol: str


def columns_of(data: pd.DataFrame, book: Codebook) -> Columns:
    """Find the columns that a builder offers.

    Parameters
    ----------
    data : pandas.DataFrame
    book : Codebook

    Returns
    -------
    Columns

    Raises
    ------
    OptionError
        If no column can be an outcome.
    """
    if not book.group:
        raise OptionError(
            "It is not known which column holds the groups.",
            "Name it: builder(data, group='school').",
        )
    known = [book[n] for n in map(str, data.columns) if n in book and n != book.group]
    level1 = [v for v in known if v.level == 1 and v.kind != "identifier"]
    outcomes = [v.name for v in level1 if v.kind in ("continuous", "count")]
    if not outcomes:
        raise OptionError(
            "No column can be an outcome: none is a number that varies within groups.",
            "Give data with one, or name another column of groups.",
        )
    level2 = [v.name for v in known if v.level == 2 and v.kind != "identifier"]
    return Columns(
        book.group,
        tuple(outcomes),
        tuple(v.name for v in level1)[: MOST + 1],
        tuple(level2)[:MOST],
    )


def read_controls(columns: Columns, values: Mapping[str, Any]) -> Built:
    """Read the state off the controls.

    Parameters
    ----------
    columns : Columns
    values : mapping of str to value
        ``"use x"`` (x is in the model), ``"U x"`` (its coefficient is random), ``"x on z"`` (z is
        in the equation of its coefficient), and the fields of :class:`Built` that are no lists.

    Returns
    -------
    Built
    """
    level1 = tuple(x for x in columns.level1 if x != values["outcome"] and values[f"use {x}"])
    keys = ("intercept", *level1)
    names = ("outcome", "centring", "method", "notation", "show", "program", "symbol")
    return Built(
        level1=level1,
        level2=tuple(
            (key, tuple(z for z in columns.level2 if values[f"{key} on {z}"])) for key in keys
        ),
        random=tuple(key for key in keys if values[f"U {key}"]),
        **{name: values[name] for name in names},
    )


def frame_of(data: pd.DataFrame, state: Built, book: Codebook) -> pd.DataFrame:
    """Centre the continuous level-1 predictors as the state says.

    A centred column gets a name of its own, with a ``c`` in front, since its 0 means another thing.
    """
    if state.centring == "raw":
        return data
    frame = data.copy()
    for name in state.level1:
        if book[name].kind in ("continuous", "count"):
            frame[_centred(name)] = (
                center_grand(data, name)
                if state.centring == "grand mean"
                else center_within(data, name, group=book.group)
            )
    return frame


def model_of(state: Built, book: Codebook) -> Model:
    """Write the model that the state stands for.

    Parameters
    ----------
    state : Built
    book : Codebook

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If it is no two-level model, since nothing is random.
    """
    named = {"intercept": "intercept"}
    for x in state.level1:
        moved = state.centring != "raw" and book[x].kind in ("continuous", "count")
        named[x] = _written(_centred(x) if moved else x)
    level2 = {
        named[key]: " + ".join(
            [*(map(_written, names) if names else "1"), *(["U"] if key in state.random else [])]
        )
        for key, names in state.level2
    }
    right = " + ".join(named[x] for x in state.level1) or "1"
    return Model(f"{_written(state.outcome)} ~ {right}", group=book.group, level2=level2)


def _written(name: str) -> str:
    """A column as a formula writes it: one with a space in its name in backticks."""
    return Factor.of(Column(name)).formula


def _centred(name: str) -> str:
    return f"c{name}"


# --- the controls of the builder, and how they are laid out -------------------------------

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


# --- the builder: put a model together, and see all that follows from it at once ----------

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
            general = general_line(fit, {x: ends})[0]["predicted"].to_numpy()
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
