"""Centring: raw, grand mean, group mean; within, between and contextual slopes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlmteach.api import Model
from mlmteach.arrays import FloatArray
from mlmteach.data.centering import center_grand, center_within, grand_mean, group_mean
from mlmteach.data.datasets import load
from mlmteach.data.inspection import codebook_for
from mlmteach.data.plain import is_number, plain_frame
from mlmteach.data.sources import in_memory
from mlmteach.errors import MlmteachWarning, OptionError
from mlmteach.model.rows import refuse_infinities
from mlmteach.panels.controls import Preset, Question, Select, Toggle, decimals
from mlmteach.panels.formula import formula, num, op, spread, sym
from mlmteach.panels.live import taken
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import (
    Axis,
    Element,
    Lines,
    Part,
    Points,
    Rule,
    Scene,
    Trace,
    View,
    Words,
    cases,
    number,
    pick,
    text,
)

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["Centering", "Clouds", "Sliding", "Slopes", "centering", "fit_centred", "slopes_of"]


# --- what centring does to γ_00, γ_10 and γ_01, in words and as an equation ---------------

WAYS = ("raw", "grand mean", "group mean")


@dataclass(frozen=True)
class Centering:
    """The state: how x is centred, and whether the groups' means of x are in the model."""

    way: str
    with_mean: bool


def slope_words(state: Centering, slopes: Slopes) -> Words:
    """Say what γ_10 is."""
    if state.way == "group mean" or state.with_mean:
        return text(
            "[γ₁₀ is the slope within groups](gamma_10|fixed): it compares units of the same group."
        )
    if slopes.agree:
        return text(
            "[γ₁₀ is the slope within groups, and the one between](gamma_10|fixed), which agree."
        )
    return text(
        "[γ₁₀ is a blend of the slopes within and between groups](gamma_10|fixed), and is neither "
        "of them."
    )


def intercept_words(state: Centering, x: str) -> Words:
    """Say what γ_00 is, and γ_01 where it is in the model."""
    where = {
        "raw": f"where {x} is 0",
        "grand mean": f"where {x} is at the mean of all",
        "group mean": f"of units at their own group's mean of {x}",
    }[state.way]
    if not state.with_mean:
        return text(f" [γ₀₀ is the general mean of the outcome {where}](gamma_00|fixed).")
    kind = "slope between groups" if state.way == "group mean" else "contextual effect"
    return text(
        f" [γ₀₁ is the {kind}](gamma_01|random). [γ₀₀ is the general mean of the outcome {where}, "
        f"in a group whose mean of {x} is 0](gamma_00|fixed)."
    )


def equations(
    way: Any, fits: tuple[Fit, ...], *, with_mean: bool, x: str, y: str, digits: int, level: int
) -> tuple[Words, ...]:
    """Write the full equation, and the estimates; ``way`` is a place in WAYS."""
    name = Element("mtext", (x,))
    mean = Element("mover", (name, op("¯")))
    unit = Element("msub", (name, sym("ij")))
    by_way = [
        spread(unit),
        spread("(", unit, "−", mean, ")"),
        spread("(", unit, "−", Element("msub", (mean, sym("j"))), ")"),
    ]
    centred = cases(
        *((np.rint(way) == k, words) for k, words in enumerate(by_way[:2])), otherwise=by_way[2]
    )
    gammas = {
        "Intercept": sym("γ", "00", tag="gamma_00", role="fixed"),
        "x": sym("γ", "10", tag="gamma_10", role="fixed"),
        "mean_x": sym("γ", "01", tag="gamma_01", role="random"),
    }
    thin = Element("mspace", attributes={"width": "0.17em"})
    between = (gammas["mean_x"], thin, Element("msub", (mean, sym("j"))), "+") if with_mean else ()
    values: list[Any] = []
    for key in ("Intercept", "x", *["mean_x"] * with_mean):
        value = taken(np.array([float(fit.params[key]) for fit in fits]), np.rint(way))
        role = gammas[key].role
        comma = spread(",\u00a0\u00a0") if values else ()
        told = num(
            value, level if key == "Intercept" else digits, tag=gammas[key].tags[0], role=role
        )
        values += [*comma, gammas[key], "=", told]
    return (
        formula(
            Element("msub", (Element("mtext", (y,)), sym("ij"))),
            "=",
            gammas["Intercept"],
            "+",
            gammas["x"],
            thin,
            centred,
            "+",
            *between,
            sym("U", "0j", role="random"),
            "+",
            sym("ε", "ij", role="residual"),
        ),
        formula(*values),
    )


# --- centring: raw, grand mean, group mean; within, between and contextual slopes ---------


class Slopes(NamedTuple):
    """The slopes of a predictor within groups, between groups, and the contextual effect."""

    within: float
    between: float
    contextual: float

    @property
    def digits(self) -> int:
        """With how many decimals they are told."""
        return decimals(max(abs(self.within), abs(self.between)))

    @property
    def agree(self) -> bool:
        """Whether the two are the same as they are told."""
        return abs(self.contextual) < 0.5 * 10.0**-self.digits


def fit_centred(
    data: pd.DataFrame, outcome: str, predictor: str, group: str, state: Centering
) -> Fit:
    """Fit ``y ~ x`` with x centred in one of three ways, and its group means at level 2 or not.

    Parameters
    ----------
    data : pandas.DataFrame
    outcome, predictor, group : str
    state : Centering

    Returns
    -------
    Fit
        Of a model with a random intercept; the variables are called ``y``, ``x`` and ``mean_x``,
        and the groups ``group``.
    """
    columns = data[[outcome, predictor, group]].dropna()
    if state.way == "raw":
        x = columns[predictor]
    elif state.way == "grand mean":
        x = center_grand(columns, predictor)
    else:
        x = center_within(columns, predictor, group=group)
    means = group_mean(columns, predictor, group=group)
    named = {"group": columns[group], "y": columns[outcome], "x": x, "mean_x": means}
    frame = pd.DataFrame(named)  # whatever the columns are called
    intercept = "mean_x + U" if state.with_mean else "1 + U"
    model = Model("y ~ x", group="group", level2={"intercept": intercept})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in the texts
        fit: Fit = model.fit(frame)
    return fit


def slopes_of(data: pd.DataFrame, outcome: str, predictor: str, group: str) -> Slopes:
    """Compute the slope within groups, between groups, and the difference of the two.

    Parameters
    ----------
    data : pandas.DataFrame
    outcome, predictor, group : str

    Returns
    -------
    Slopes

    References
    ----------
    Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 5;
    Enders & Tofighi (2007), *Psychological Methods* 12.
    """
    fit = fit_centred(data, outcome, predictor, group, Centering("group mean", True))
    within, between = float(fit.params["x"]), float(fit.params["mean_x"])
    return Slopes(within, between, between - within)


# --- the scene ----------------------------------------------------------------------------

MOST_GROUPS, MOST_UNITS = 200, 60  # that are drawn


@dataclass(frozen=True)
class Sliding:
    """The state of the panel.

    Attributes
    ----------
    way : float
        A place in ``WAYS``; between two of them, the clouds are on their way.
    with_mean : bool
        Whether the groups' means are in the model.
    group : int
        The place of the group that is picked.
    alone : int
        1 where no other group is drawn.
    """

    way: float
    with_mean: bool
    group: int
    alone: int = 0


@dataclass(frozen=True)
class Clouds:
    """Data as they are drawn: groups by their means, and the units of each.

    Attributes
    ----------
    means, heights : (J,) array
        The groups' means of x and y.
    x, y : (J, n) array
        Their units, filled up with NaN.
    overall : float
        The mean of all x.
    """

    names: tuple[str, str]
    labels: tuple[str, ...]
    means: FloatArray
    heights: FloatArray
    x: FloatArray
    y: FloatArray
    overall: float
    ends: tuple[float, float]
    half: float

    @classmethod
    def of(cls, data: pd.DataFrame, y: str, x: str, g: str) -> Clouds:
        """Collect them; of very many groups, some along the whole range of their means."""
        groups = data.groupby(g, observed=True)
        means = groups[[x, y]].mean()
        order = means[x].argsort().to_numpy()
        chosen = order[np.unique(np.linspace(0, len(order) - 1, MOST_GROUPS).round().astype(int))]
        kept = means.iloc[np.sort(chosen)]
        rows = [data.loc[groups.groups[name], [x, y]].to_numpy(float) for name in kept.index]
        most = min(max(map(len, rows)), MOST_UNITS)
        units = np.full((2, len(rows), most), np.nan)
        for place, one in enumerate(rows):
            some = one[np.unique(np.linspace(0, len(one) - 1, most).round().astype(int))]
            units[:, place, : len(some)] = some.T
        raw, overall = data[x].to_numpy(float), float(grand_mean(data[x]))
        within = np.asarray(center_within(data, x, group=g), dtype=np.float64)
        return cls(
            (x, y),
            tuple(map(str, kept.index)),
            kept[x].to_numpy(float),
            kept[y].to_numpy(float),
            units[0],
            units[1],
            overall,
            (
                float(min(raw.min(), raw.min() - overall)),
                float(max(raw.max(), raw.max() - overall)),
            ),
            1.2 * float(within.std()),
        )


def _shares(way: Any) -> Any:
    """Say how much each of WAYS counts, (3,): one of them, or two on the way."""
    return np.maximum(1.0 - np.abs(way - np.arange(3.0)), 0.0)


def picture(state: Sliding, clouds: Clouds, slopes: Slopes, fits: tuple[Fit, ...]) -> View:
    """Draw the groups where they slide to as x is centred."""
    shares = _shares(state.way)

    def moved(x: Any, mean: Any) -> Any:
        return x - shares[1] * clouds.overall - shares[2] * mean

    others = np.where(np.equal(state.alone, 1), np.nan, 0.0)
    at = moved(clouds.means, clouds.means)  # (J,)
    half = np.array([-clouds.half, clouds.half])
    lines_x = at[:, None] + half + others
    lines_y = clouds.heights[:, None] + slopes.within * half
    mean, height = (taken(a, state.group) for a in (clouds.means, clouds.heights))
    low, high = float(clouds.means.min()), float(clouds.means.max())
    ends = np.array([low, high])
    middle = float(clouds.means.mean())
    between = float(clouds.heights.mean()) + slopes.between * (ends - middle)
    params = {k: np.array([float(f.params[k]) for f in fits]) for k in ("Intercept", "x")}
    extra = np.array([float(f.params.get("mean_x", 0.0)) for f in fits]) * middle
    rest = (shares * (params["Intercept"] + extra)).sum()
    slope = (shares * params["x"]).sum()
    span = np.array(clouds.ends)
    tall = float(np.ptp(clouds.heights)) * 0.15 or 1.0
    return View(
        title="Lines within groups, and the line between their means",
        share=2.2,
        x=Axis(label=f"{clouds.names[0]}, centred as chosen", low=span[0], high=span[1]),
        y=Axis(
            label=clouds.names[1],
            low=float(clouds.heights.min()) - tall,
            high=float(clouds.heights.max()) + tall,
        ),
        marks=(
            Rule(x=0, role="residual", width=1.0, dash="dotted"),
            Lines(
                x=lines_x,
                y=lines_y,
                role="level1",
                width=0.9,
                opacity=0.45,
                tags=("within",),
                label="within a group",
            ),
            Points(
                x=at + others,
                y=clouds.heights,
                role="level2",
                shape="diamond",
                size=5,
                chooses="group",
                tags=("between",),
                label="mean of a group: press one",
            ),
            Lines(
                x=moved(ends, ends),
                y=between,
                role="random",
                width=3,
                dash="dashed",
                tags=("between",),
                label="between groups",
            ),
            Points(
                x=moved(taken(clouds.x, state.group), mean),
                y=taken(clouds.y, state.group),
                role="level1",
                hollow=True,
                size=5,
                tags=("picked",),
                label="units of the picked group",
            ),
            Lines(
                x=moved(mean, mean) + half,
                y=height + slopes.within * half,
                role="level1",
                width=3,
                tags=("within",),
            ),
            Points(
                x=moved(mean, mean),
                y=height,
                role="level2",
                shape="diamond",
                size=10,
                tags=("picked",),
            ),
            Lines(
                x=span,
                y=rest + slope * span,
                role="fixed",
                width=3,
                tags=("gamma_10",),
                label="the model, slope γ₁₀",
            ),
            Points(
                x=0.0,
                y=(shares * params["Intercept"]).sum(),
                role="fixed",
                shape="square",
                size=9,
                tags=("gamma_00",),
                label="γ₀₀",
            ),
        ),
    )


SHORT = ("raw", "grand", "group")


def comparison(state: Sliding, slopes: Slopes, fits: tuple[Fit, ...], reach: FloatArray) -> View:
    """Draw γ_10, and γ_01 where it is in the model, as each centring has them."""
    places = np.arange(3.0)
    room = 0.12 * float(np.ptp(reach)) or 1.0
    marks: list[Trace] = [
        Rule(y=slopes.within, role="level1", width=2, tags=("within",)),
        Rule(y=slopes.between, role="random", width=2, dash="dashed", tags=("between",)),
    ]
    for key, role, shape, named in (
        ("x", "fixed", "circle", "gamma_10"),
        *([("mean_x", "random", "square", "gamma_01")] if state.with_mean else []),
    ):
        values = np.array([float(f.params[key]) for f in fits])
        look: dict[str, Any] = {"role": role, "shape": shape, "tags": (named,)}
        here = (_shares(state.way) * values).sum()
        marks += [
            Points(x=places, y=values, size=7, hollow=True, chooses="way", **look),
            Points(x=state.way, y=here, size=11, **look),
        ]
    return View(
        title="Slopes by centring",
        x=Axis(label="", low=-0.4, high=2.4, ticks=dict(enumerate(SHORT))),
        y=Axis(label="", low=float(reach.min()) - room, high=float(reach.max()) + room),
        marks=tuple(marks),
    )


def scene(
    state: Sliding, clouds: Clouds, slopes: Slopes, fitted: Callable[[Centering], Fit]
) -> Scene:
    """Draw the clouds, compare the slopes, and say what each γ is."""
    (x, y), way = clouds.names, np.rint(state.way)
    ways = [Centering(name, state.with_mean) for name in WAYS]
    fits = tuple(map(fitted, ways))
    every = [fitted(Centering(name, on)) for name in WAYS for on in (False, True)]
    reach = np.array(
        [0.0, slopes.within, slopes.between]
        + [float(f.params[k]) for f in every for k in ("x", "mean_x") if k in f.params]
    )

    def by_way(words: Callable[[Centering], Words]) -> Part:
        first, second, third = map(words, ways)
        return cases((way == 0, first), (way == 1, second), otherwise=third)

    def value(key: str) -> Any:
        return taken(np.array([float(fit.params[key]) for fit in fits]), way)

    tall = max(abs(float(f.params["Intercept"])) for f in every)
    level = decimals(max(tall, float(np.ptp(clouds.heights))))
    wide = decimals(max(float(np.ptp(clouds.means)), float(np.abs(clouds.means).max()) / 100))
    contextual = "[γ₀₁ = {mean}](gamma_01|random), " if state.with_mean else ""
    numbers = text(
        "[γ₀₀ = {intercept}](gamma_00|fixed), [γ₁₀ = {slope}](gamma_10|fixed), "
        + contextual
        + "[the slope within groups is {within}](within|level1), [between groups {between}]"
        "(between|random); the contextual effect, their difference, is {contextual}.",
        digits=slopes.digits,
        intercept=number(value("Intercept"), level),
        slope=value("x"),
        mean=value("mean_x") if state.with_mean else "",
        within=slopes.within,
        between=slopes.between,
        contextual=slopes.contextual,
    )
    picked = text(
        f"[The picked group is {{name}}: its units have a mean of {x} of {{mean}}](picked|level2), "
        "and {where} they are at {at}.",
        digits=wide,
        name=pick(clouds.labels, state.group),
        mean=taken(clouds.means, state.group),
        where=by_way(lambda c: text("uncentred" if c.way == "raw" else f"centred on the {c.way}")),
        at=taken(clouds.means, state.group)
        - np.where(way == 1, clouds.overall, 0.0)
        - np.where(way == 2, taken(clouds.means, state.group), 0.0),
    )
    return Scene(
        views=(picture(state, clouds, slopes, fits), comparison(state, slopes, fits, reach)),
        equation=equations(
            state.way,
            fits,
            with_mean=state.with_mean,
            x=x,
            y=y,
            digits=slopes.digits,
            level=level,
        ),
        sentence=(
            (by_way(lambda c: slope_words(c, slopes) + intercept_words(c, x)),),
            numbers,
            picked,
        ),
        alt=text(
            f"Means of {len(clouds.means)} groups over {x}, {{way}}, with lines of slope "
            "{within} within groups and {between} between them; the model's own slope is {slope}.",
            digits=slopes.digits,
            way=pick(["raw", *(f"centred on the {name}" for name in WAYS[1:])], way),
            within=slopes.within,
            between=slopes.between,
            slope=value("x"),
        ),
        notes=tuple(
            f"{name}: {_with_names(message, x, y)}"
            for name, f in zip(WAYS, fits, strict=True)
            for message in f.messages
        ),
    )


def _with_names(message: str, x: str, y: str) -> str:
    """Call the variables of a fit in a message as the data call them."""
    names = {"x": f"'{x}'", "y": f"'{y}'", "mean_x": f"'mean of {x}'", "group": "the groups"}
    return re.sub(r"'(x|y|mean_x|group)'", lambda found: names[found[1]], message)


def centering(
    data: pd.DataFrame | None = None,
    outcome: str | None = None,
    predictor: str | None = None,
    group: str | None = None,
) -> Panel[Sliding]:
    """Open the panel on centring.

    Parameters
    ----------
    data : pandas.DataFrame, optional
        High School & Beyond when left out.
    outcome, predictor, group : str, optional
        Numeric columns, the predictor one that varies within groups, and the groups.  When left
        out, the first that the codebook finds.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are no such columns.
    DataError
        If the data cannot be used.

    Examples
    --------
    >>> panel = centering()
    >>> scene = panel.move(way="group mean")
    >>> print(panel.sentence.split(":")[0])
    γ₁₀ is the slope within groups
    """
    if data is None:
        data = load("hsb")
        outcome, predictor, group = "mathach", "ses", "school"
    data = plain_frame(in_memory(data), group=group)
    y, x, g = _columns(data, outcome, predictor, group)
    columns = data[[y, x, g]].dropna()
    for name in (y, x):
        refuse_infinities(name, columns[name].to_numpy(dtype=float), columns.index)
    means = columns.groupby(g, observed=True)[x].mean()
    if np.ptp(means) <= 1e-9 * np.ptp(columns[x]):
        raise OptionError(
            f"The mean of '{x}' is the same in all groups, so that there is no slope between them.",
            "Choose a predictor whose means differ.",
        )
    slopes, clouds = slopes_of(columns, y, x, g), Clouds.of(columns, y, x, g)

    @cache  # six models at most, kept as long as the panel
    def fitted(state: Centering) -> Fit:
        return fit_centred(columns, y, x, g, state)

    # the first pick lies far out, so that there is a way to go
    first = int(np.argmax(np.abs(clouds.means - clouds.overall)))
    return Panel(
        f"Centring {x}",
        [
            Select(name="way", label="centring", options=WAYS, value="raw", live=True, smooth=True),
            Toggle(name="with_mean", label=f"the groups' means of {x} at level 2"),
            Select(
                name="alone",
                label="show",
                options=("all groups", "one group"),
                value="all groups",
                live=True,
            ),
            Select(
                name="group",
                label="group",
                options=clouds.labels,
                value=clouds.labels[first],
                shape="list",
                live=True,
            ),
        ],
        Sliding,
        lambda state: scene(state, clouds, slopes, fitted),
        caption="Lines within groups, the line between groups, and the line of the model.",
        presets=(
            Preset(label="Within and between", values={"way": "group mean", "with_mean": True}),
            Preset(label="Within and contextual", values={"way": "raw", "with_mean": True}),
        ),
        question=Question(
            text=f"{x} is centred at the means of the groups. What becomes of γ₁₀?",
            options=(
                "It becomes the slope within groups",
                "It stays as it is",
                "It becomes the slope between groups",
            ),
            right=0,
            values={"way": "group mean", "with_mean": False},
            answer=f"All groups now have the same mean of {x}, so that only units of the same "
            "group differ in it.",
        )
        if not slopes.agree  # else it stays as it is
        else None,
    )


def _columns(
    data: pd.DataFrame, outcome: str | None, predictor: str | None, group: str | None
) -> tuple[str, str, str]:
    """Take the columns that are named, and find the others in the codebook."""
    book = codebook_for(data, group=group)
    group = group or book.group
    if not group or group not in data:
        raise OptionError(
            "It is not known which column holds the groups.", "Name it: group='school'."
        )
    numeric = [
        name
        for name in map(str, data.columns)
        if name in book
        and book[name].level == 1
        and book[name].kind in ("continuous", "count")
        and is_number(data[name])  # a date has a distance, but no mean to be centred at
    ]
    outcome = outcome or next((name for name in numeric if name != predictor), None)
    predictor = predictor or next((name for name in numeric if name != outcome), None)
    for role, name in (("outcome", outcome), ("predictor", predictor)):
        if name is None or name not in numeric:
            raise OptionError(
                f"The {role} {'' if name is None else repr(name) + ' '}is no number that varies "
                "within groups.",
                f"Name one of {', '.join(map(str, numeric)) or 'the columns'}.",
            )
    assert outcome is not None  # both were looked up above
    assert predictor is not None
    return outcome, predictor, group
