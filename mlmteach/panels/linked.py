"""A fit in one view: equation, picture and words, in which the same symbols light up together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtr

from mlmteach.equations.lines import tag_of
from mlmteach.equations.mathml import MathWriter
from mlmteach.equations.nodes import tag
from mlmteach.model.places import factors_of
from mlmteach.numbers import rounded
from mlmteach.panels.along import PLACES, Along, Display, DrawnGroups, Sweep
from mlmteach.panels.controls import Control, Select
from mlmteach.panels.live import taken
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import (
    Area,
    Axis,
    Element,
    Inscription,
    Lines,
    Part,
    Points,
    Raw,
    Role,
    Rule,
    Scene,
    Segments,
    Tagged,
    Trace,
    View,
    Words,
    number,
    pick,
    text,
)
from mlmteach.plot.words import (
    expected_outcome,
    group_label,
    label,
    letter_of,
    words,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted
    from mlmteach.interpret.interpretation import Row
    from mlmteach.model.places import Key
    from mlmteach.model.symbols import Gamma, UpperEffect

__all__ = ["linked"]

ROLES: dict[str, Role] = {
    "γ": "fixed",
    "U": "random",
    "V": "random",
    "τ": "random",
    "φ": "random",
    "σ²": "residual",
}


# --- the picture --------------------------------------------------------------------------


def picture(state: Along, sweep: Sweep) -> View:
    """Draw the general line, what each γ adds to it, and the picked group among the others."""
    display, fit = sweep.display, sweep.display.fit
    key, x, general = sweep.key, sweep.x, sweep.general
    sigma = float(np.sqrt(np.mean(fit.residual_variances))) if fit.model.family.is_normal else 0.0
    marks: list[Trace] = []
    if sigma:
        marks.append(
            Area(
                x=x,
                low=general - sigma,
                high=general + sigma,
                role="residual",
                opacity=0.5,
                tags=("sigma2",),
                label="general line ± σ",
            )
        )
    for place, groups in reversed(list(enumerate(display.chain))):
        marks.append(_around(sweep, groups, place))
    # it is the sum of all γ: with their tags, it would be lit with each of them
    marks.append(Lines(x=x, y=general, role="fixed", width=3, label="general line"))
    above = [*_variances(sweep), *_gammas(sweep)]
    picked = [mark for one in sweep.extremes() for mark in _picked(sweep, one)]
    ends = (getattr(m, end, None) for m in (*marks, *picked, *above) for end in ("y", "y0", "y1"))
    heights = [y for y in (*ends, *map(sweep.lines, display.groups)) if y is not None]
    heights += [general - sigma, general + sigma, *sweep.units[1:]] if sigma else []
    bottom, top = (float(end([end(y) for y in heights])) for end in (np.nanmin, np.nanmax))
    marks += [*_picked(sweep, state), *(_units(sweep, state) if sigma else ()), *above]
    room = 0.08 * (top - bottom) or 1.0
    points = any(sweep.at(groups) is not None for groups in display.groups)
    beside = 0.04 * float(x[-1] - x[0]) if points else 0.0  # so that none is cut in two
    return View(
        title="What each γ adds, and a group",
        share=1.9,
        x=Axis(
            label="" if key is None else label(fit, key[1]),
            low=float(x[0]) - beside,
            high=float(x[-1]) + beside,
            ticks=_names_of_strips(sweep) if key is None else None,
        ),
        y=Axis(label=words(fit).outcome, low=bottom - room, high=top + room),
        marks=tuple(marks),
    )


def _names_of_strips(sweep: Sweep) -> dict[float, str]:
    """Name the strips: by their groups, and the last one by its units."""
    names = [groups.plural for groups in sweep.display.chain]
    names += ["ε"] if sweep.display.fit.model.family.is_normal else []
    return {(low + high) / 2: name for (low, high), name in zip(sweep.strips, names, strict=False)}


def _around(sweep: Sweep, groups: DrawnGroups, place: int) -> Lines | Points:
    """Draw the groups of a grouping around the general line: lines, or points where they lie."""
    at, lines = sweep.at(groups), sweep.lines(groups)
    # the ellipse shows the covariance of two effects; those of others are in the lines
    rest = list(combinations(range(len(groups.tags)), 2))[1:]
    tags = (*groups.tags, *(name for i, j in rest for name in groups.variance(i, j)))
    upper = groups.position > 0
    look: dict[str, Any] = {"role": "level3" if upper else "level2", "tags": tags}
    if at is None:
        low, high = sweep.width(place)
        return Lines(
            x=np.linspace(low, high, PLACES),
            y=lines,
            width=1.1 if upper else 0.8,
            dash="dotted" if upper else "",
            opacity=0.6 if upper else 0.4,
            label=groups.plural,
            **look,
        )
    heights = np.array([np.interp(a, sweep.x, row) for a, row in zip(at, lines, strict=True)])
    chooses = _control_of(groups)
    return Points(
        x=at,
        y=heights,
        hollow=True,
        size=6 if upper else 5,
        shape="diamond" if upper else "circle",
        chooses=chooses,
        label=f"{groups.plural}: press one" if chooses else groups.plural,
        **look,
    )


def _control_of(groups: DrawnGroups) -> str:
    """The control that picks one of them; with three levels, that of level 2 picks both."""
    if not groups.position:
        return "group"
    return "second" if groups.display.fit.model.grouping.crossed else ""


def _gammas(sweep: Sweep) -> list[Trace]:
    """Draw a mark for each γ: an arrow for what it adds, or a triangle along the predictor."""
    display, key, x, general = sweep.display, sweep.key, sweep.x, sweep.general
    model, params = display.fit.model, display.fit.params.to_numpy()
    marks: list[Trace] = []
    others = [g for g in model.gammas if g.term]
    spots = np.linspace(0.16, 0.9, max(len(others), 1))  # side by side, so that none is hidden
    order = 0
    for place, gamma in enumerate(model.gammas):
        look: dict[str, Any] = {"role": "fixed", "tags": (tag_of(gamma),)}
        name = letter_of(model, gamma)
        if not gamma.term:
            at = float(np.clip(0.0, x[0], x[-1])) if key is not None else sweep.share(0.02)
            marks += [
                Rule(y=params[place], dash="dotted", width=1.2, **look),
                Points(x=at, y=params[place], shape="square", size=10, **look),
            ]
            continue
        here = spots[order]
        order += 1
        keys = display.keys(factors_of(gamma))
        if key is not None and keys == {key}:
            start, corner = sweep.share(here - 0.08), sweep.share(here + 0.08)
            base = float(np.interp(start, x, general))
            own = sweep.gammas[:, place] * params[place]
            rise = float(np.interp(corner, x, own) - np.interp(start, x, own))
            marks += [
                Segments(
                    x0=np.array([start, corner, start]),
                    y0=np.array([base, base, base]),
                    x1=np.array([corner, corner, corner]),
                    y1=np.array([base, base + rise, base + rise]),
                    width=2,
                    **look,
                ),
                Inscription(x=corner, y=base + rise / 2, words=(f"\u2009{name}",), **look),
            ]
            continue
        step = params[place] * _added(sweep, place, keys)
        if key in keys:
            marks.append(Lines(x=x, y=general + step, dash="dashed", width=1.4, **look))
            here = 0.97 if abs(step[-1]) >= abs(step[0]) else 0.03
        at = sweep.share(here)
        base, up = float(np.interp(at, x, general)), float(np.interp(at, x, step))
        marks += [
            Segments(x0=at, x1=at, y0=base, y1=base + up, arrow=True, width=2.2, **look),
            Inscription(
                x=at,
                y=base + up,
                words=(f"{name}\u2009" if here > 0.5 else f"\u2009{name}",),
                anchor="end" if here > 0.5 else "start",
                **look,
            ),
        ]
    return marks


def _added(sweep: Sweep, place: int, keys: set[Key]) -> FloatArray:
    """What one unit of a γ adds where the predictors that rest go one step up, (m,)."""

    def column(values: dict[Key, Any]) -> FloatArray:
        return sweep.display.weights(values, PLACES)[:, place]

    return sweep.display.step(column, keys - {sweep.key}, sweep.values)


def _variances(sweep: Sweep) -> list[Trace]:
    """Draw ± 1 SD of what each U, and each V, does to the line."""
    marks: list[Trace] = []
    for groups in sweep.display.chain:
        upper = groups.position > 0
        for place, varying in enumerate(groups.varying):
            here = sweep.spots[groups.tags[place]]
            if sweep.key is not None and varying.term:
                here = sweep.share(0.08) + here
            rise = float(np.interp(here, sweep.x, sweep.rise(varying)))
            sd = float(np.sqrt(groups.covariances[place, place])) * abs(rise)
            middle = float(np.interp(here, sweep.x, sweep.general))
            marks.append(
                Segments(
                    x0=here,
                    x1=here,
                    y0=middle - sd,
                    y1=middle + sd,
                    role="random",
                    width=10 if upper else 6,
                    opacity=0.4 if upper else 0.55,
                    tags=groups.variance(place, place),
                    label="" if place else f"± SD of a {groups.effects.letter}",
                )
            )
    return marks


def _picked(sweep: Sweep, state: Along) -> list[Trace]:
    """Draw the picked groups: their lines, each of their effects as an arrow, and the units."""
    marks: list[Trace] = []
    line: Any = sweep.general
    anchor = sweep.anchor(state)
    arrows = 0
    for place, groups in enumerate(sweep.display.chain):
        effects, z, upper = sweep.picked(groups, state), sweep.z(groups), groups.position > 0
        dash: Any = "dotted" if upper else "dashed"
        look: dict[str, Any] = {"role": "random", "dash": dash}
        before, line = line, line + (effects * z).sum(axis=1)
        if anchor is None:
            low, high = sweep.width(place)
            marks.append(
                Lines(
                    x=np.linspace(low, high, PLACES),
                    y=line,
                    width=2.4,
                    tags=groups.tags,
                    label=f"picked {groups.singular}",
                    **look,
                )
            )
        for order, (one, varying) in enumerate(zip(groups.tags, groups.varying, strict=True)):
            spot, here = sweep.spots[one], sweep.spots[one]
            if anchor is not None:
                here = taken(*anchor) + 0.02 * arrows * (sweep.x[-1] - sweep.x[0])
            weights = sweep.weights_at(spot, state)
            earlier = np.where(np.arange(len(groups.tags)) < order, 1.0, 0.0)
            start = ((before + (effects * z * earlier).sum(axis=1)) * weights).sum()
            rise = effects[order] * (sweep.rise(varying) * weights).sum()
            marks.append(
                Segments(
                    x0=here,
                    x1=here,
                    y0=start,
                    y1=start + rise,
                    arrow=True,
                    role="random",
                    width=2.6,
                    tags=(one,),
                    label="" if order else f"its {groups.effects.letter}",
                )
            )
            arrows += 1
    return marks


def _units(sweep: Sweep, state: Along) -> list[Trace]:
    """Draw the units of the picked group, by how far each lies from its own line."""
    at, own, y = (taken(one, state.group) for one in sweep.units)
    return [
        Segments(x0=at, x1=at, y0=own, y1=y, role="residual", width=0.9, tags=("epsilon",)),
        Points(
            x=at,
            y=y,
            role="level1",
            hollow=True,
            size=5,
            tags=("epsilon",),
            label="its units, each with its ε",
        ),
    ]


def effects_view(state: Along, groups: DrawnGroups, sweep: Sweep) -> View:
    """Draw two effects of all groups against each other, with the ellipse of T or Φ."""
    covariances, effects = groups.covariances[:2, :2], groups.values[:, :2]
    scale = np.sqrt(np.maximum(np.diag(covariances), 1e-300))
    reach = 1.1 * np.maximum(2.2 * scale, np.abs(effects).max(axis=0))
    reach = np.where(reach > 1e-100, reach, 1.0)  # where all effects are 0, any axis shows that
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    rho = float(np.clip(covariances[0, 1] / scale.prod(), -1.0, 1.0))
    circle = np.stack([np.cos(turn), rho * np.cos(turn) + np.sqrt(1 - rho**2) * np.sin(turn)])
    picked = sweep.picked(groups, state)
    first, second = groups.tags[:2]
    return View(
        title=f"{groups.effects.letter} of the {groups.plural}",
        x=Axis(label=groups.letters[0], low=-float(reach[0]), high=float(reach[0])),
        y=Axis(label=groups.letters[1], low=-float(reach[1]), high=float(reach[1])),
        marks=(
            Lines(
                x=2.0 * scale[0] * circle[0],
                y=2.0 * scale[1] * circle[1],
                closed=True,
                filled=True,
                role="random",
                tags=groups.variance(0, 1),
            ),
            Segments(
                x0=-2.0 * scale[0], x1=2.0 * scale[0], y0=0.0, y1=0.0, role="random", width=3,
                tags=groups.variance(0, 0),
            ),
            Segments(
                x0=0.0, x1=0.0, y0=-2.0 * scale[1], y1=2.0 * scale[1], role="random", width=3,
                tags=groups.variance(1, 1),
            ),
            Points(
                x=effects[:, 0],
                y=effects[:, 1],
                role="level3" if groups.position else "level2",
                hollow=True,
                size=5,
                chooses=_control_of(groups),
                tags=groups.tags[:2],
            ),
            Segments(
                x0=0.0, x1=picked[0], y0=picked[1], y1=picked[1], role="random", dash="dotted",
                tags=(first,), width=2,
            ),
            Segments(
                x0=picked[0], x1=picked[0], y0=0.0, y1=picked[1], role="random", dash="dotted",
                tags=(second,), width=2,
            ),
            Points(x=picked[0], y=picked[1], role="random", shape="diamond", size=10),
        ),
    )  # fmt: skip


_INVERSE: dict[str, Any] = {
    "logit": expit,
    "probit": ndtr,
    "cloglog": lambda eta: -np.expm1(-np.exp(eta)),
    "log": np.exp,
}


def outcome_view(state: Along, sweep: Sweep, line: View) -> View:
    """Draw the expected outcome of the typical group and of the picked one, on its own scale."""
    fit = sweep.display.fit
    inverse = _INVERSE[fit.model.family.link]
    marks: list[Trace] = [Lines(x=sweep.x, y=inverse(sweep.general), role="fixed", width=3)]
    own: Any = sweep.general
    for groups in sweep.display.chain:
        own = own + (sweep.picked(groups, state) * sweep.z(groups)).sum(axis=1)
        marks.append(
            Lines(
                x=sweep.x,
                y=inverse(own),
                role="random",
                width=2.4,
                dash="dotted" if groups.position else "dashed",
                tags=groups.tags,
            )
        )
    most = max(float(inverse(sweep.lines(groups)).max()) for groups in sweep.display.groups)
    binomial = fit.model.family.is_binomial
    return View(
        title="The outcome itself",
        x=Axis(label=line.x.label, low=line.x.low, high=line.x.high, ticks=line.x.ticks and {}),
        y=Axis(label=expected_outcome(fit), low=0.0, high=1.0 if binomial else 1.1 * most),
        marks=tuple(marks),
    )


# --- equation and words -------------------------------------------------------------------


def equation(display: Display) -> tuple[Words, ...]:
    """Write the levels and the distributions, with the estimates beneath the symbols."""
    fit, model = display.fit, display.fit.model
    beneath = {
        tag_of(g): f"{rounded(v, se=se)} ({rounded(se, se=se)})"
        for g, v, se in zip(model.gammas, fit.params, fit.bse, strict=True)
    }
    for groups in display.groups:
        for i, row in enumerate(groups.covariances):
            for j, value in enumerate(row):
                beneath |= dict.fromkeys(groups.variance(i, j), str(rounded(value)))
    if model.family.is_normal and len(fit.residual_variances) == 1:
        beneath["sigma2"] = str(rounded(fit.residual_variances.iloc[0]))
    math = MathWriter(wrap=3, beneath=beneath)
    lines = [math.line(line) for block in display.written.blocks for line in block.lines]
    for name, parts in _consists_of(display):
        old, new = (f'data-symbol="{t}"' for t in (name, " ".join(parts)))
        lines = [line.replace(old, new) for line in lines]
    return tuple((Raw(line),) for line in lines)


def _consists_of(display: Display) -> Iterator[tuple[str, list[str]]]:
    """Give each β, and each δ, with the γ, U and V with which it is lit."""
    for c in display.fit.model.coefficients:
        upper: list[Gamma | UpperEffect] = [*c.gammas, *c.upper_effects]
        lower = [tag("U", c.index)] if c.random else []
        yield tag("beta", c.index), [*map(tag_of, upper), *lower]
        for u in c.upper:
            yield tag("delta", c.index, u.index), [tag_of(p) for p in upper if p.s == u.index]


def in_words(display: Display, *, full: bool) -> tuple[Words, ...]:
    """Say what each symbol is, in a line or in full; side by side, where there is room."""
    rows = [
        Element("p", _line(display, row, row.told.first if full else row.short))
        for row in display.interpretation.rows
    ]
    columns = Element("div", tuple(rows), attributes={"class": "mlm-columns"})
    return ((columns if full else Element("div", (columns,), attributes={"class": "mlm-scroll"}),),)


def _line(display: Display, row: Row, said: str) -> Words:
    tags, role = display.tags_of(row), ROLES.get(row.role, "ink")
    if not tags:
        return (f"{row.symbol}: {said}",)
    return (Tagged((Tagged((row.symbol,), (), role), f": {said}"), tags),)


def _sentence(state: Along, display: Display) -> Words:
    """Say which group is picked, and what its effects are; of both groupings, where there are."""
    said: list[Words] = []
    for groups in display.groups:
        effects = Sweep(display, None).picked(groups, state)
        values = [
            part
            for place, one in enumerate(groups.tags)
            for part in (
                ", " * bool(place),
                Tagged(
                    (f"{groups.letters[place]} = ", number(effects[place], groups.digits[place])),
                    (one,),
                    "random",
                ),
            )
        ]
        above = groups.position > 0 and display.fit.model.grouping.is_nested
        said.append(
            text(
                "{which} {what} is {name}: {values}.",
                which="Its" if above else "The picked",
                what=groups.singular,
                name=_name(state, display, groups),
                values=tuple(values),
            )
        )
    return said[0] if len(said) == 1 else (*said[0], " ", *said[1])


def _name(state: Along, display: Display, groups: DrawnGroups) -> Part:
    """The name of the picked group of a grouping."""
    names = [group_label(one) for one in groups.effects.labels[display.picks(groups)]]
    return pick(names, display.place(groups, state))


SHORT, FULL = "Each symbol in a line", "Each symbol in full"


def scene(state: Along, display: Display) -> Scene:
    """Show the fit along a predictor."""
    fit = display.fit
    sweep = Sweep(display, display.over.get(state.over))
    line = picture(state, sweep)
    views = [line]
    if not fit.model.family.is_normal:
        views.append(outcome_view(state, sweep, line))
    views += [effects_view(state, g, sweep) for g in display.groups if len(g.tags) > 1]
    around = " and ".join(f"{len(groups.kept)} {groups.plural}" for groups in display.groups)
    return Scene(
        views=tuple(views),
        equation=equation(display),
        sentence=(_sentence(state, display),),
        alt=text(
            "The general line{over}, with an arrow or a triangle for each of {count} γ, {around} "
            "around it, and the picked {what}, {name}.",
            over=f" along {state.over}" if display.over else "",
            count=str(len(fit.params)),
            around=around,
            what=display.groups[0].singular,
            name=_name(state, display, display.groups[0]),
        ),
        more={SHORT: in_words(display, full=False), FULL: in_words(display, full=True)},
        opened=(SHORT,),
        notes=tuple(fit.messages),
    )


def linked(fit: Fitted) -> Panel[Along]:
    """Open a fit's equation, picture and words in one view.

    Pointing at a symbol, or reaching it with Tab, lights up its mark in the picture and its words;
    so do a mark and words.

    Parameters
    ----------
    fit : Fitted
        With one grouping, three levels, or crossed groupings.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there are no sentences on the fit.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
    >>> panel = linked(fit)
    >>> print(panel.sentence.splitlines()[0])
    The picked group is 3427: U₀ⱼ = 5.78.
    >>> casks = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> print(linked(casks).sentence)
    The picked cask is ...: U₀ⱼₖ = .... Its batch is ...: V₀₀ₖ = ....
    """
    display = Display(fit)
    over = tuple(display.over)
    controls: list[Control] = [
        Select(
            name="over",
            label="along",
            options=over or ("",),
            value=(over or ("",))[0],
            shape="radio" if len(over) > 1 else "hidden",
        )
    ]
    chosen = int(np.argmax(np.abs(display.groups[0].values[:, 0])))
    controls.append(_list_of("group", display.groups[0], chosen))
    if fit.model.grouping.crossed:
        controls.append(_list_of("second", display.groups[1], _met(display, chosen)))
    return Panel(
        "Equation, picture and words",
        controls,
        Along,
        lambda state: scene(state, display),
        caption="The general line, what each γ adds to it, and the groups around it.",
    )


def _list_of(name: str, groups: DrawnGroups, chosen: int) -> Select:
    return Select(
        name=name,
        label=f"picked {groups.singular}",
        options=groups.labels,
        value=groups.labels[chosen],
        shape="list",
        live=True,
    )


def _met(display: Display, chosen: int) -> int:
    """Find the group of the second grouping that the picked one has units with, and lies out most.

    Any, if it has units with none that is drawn.
    """
    one, other = display.groups
    size = np.abs(other.values[:, 0])
    met = np.isin(other.kept, other.codes[one.codes == one.kept[chosen]])
    return int(np.argmax(np.where(met, size, -1.0) if met.any() else size))
