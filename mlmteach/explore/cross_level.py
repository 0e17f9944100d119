"""A cross-level interaction: drag the moderator along the slope, and see the line with its band."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from mlmteach.equations.nodes import tag
from mlmteach.errors import ModelError
from mlmteach.explore.defaults import default_fit, require_one_grouping
from mlmteach.fit.fitted import TwoLevel
from mlmteach.fit.johnson_neyman import johnson_neyman
from mlmteach.fit.readings import simple_slopes
from mlmteach.panels.controls import Preset, Question, Slider, decimals, fine_step
from mlmteach.panels.formula import formula, num, row, spread, sym
from mlmteach.panels.live import taken
from mlmteach.panels.panel import POINTER_X, Panel
from mlmteach.panels.scene import (
    Amount,
    Area,
    Axis,
    Handle,
    Inscription,
    Lines,
    Points,
    Rule,
    Scene,
    Segments,
    Trace,
    View,
    Words,
    cases,
    number,
    shown,
    text,
)
from mlmteach.plot.cross_level import cross_level_gamma, interaction_lines
from mlmteach.plot.johnson_neyman import region_told
from mlmteach.plot.typical import general_line
from mlmteach.plot.words import label, letter, significant, symbol, words

if TYPE_CHECKING:
    from mlmteach.api import Fit
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.johnson_neyman import JohnsonNeyman
    from mlmteach.model.symbols import Gamma

__all__ = ["CrossLevel", "Interaction", "cross_level", "interaction_of", "own_slopes", "scene"]

PLACES = 41  # along the moderator, of the band of the line; between them it is interpolated
FEWEST = 5  # rows of a group whose own slope is drawn


@dataclass(frozen=True)
class CrossLevel:
    """The state: the value of the moderator."""

    moderator: float


class Interaction(NamedTuple):
    """What a fit says of an interaction, along the values of its moderator.

    Attributes
    ----------
    x, z : str
        The symbols of the predictor and the moderator.
    values : (K,) array
        The moderator's, evenly spread.
    slope, lower, upper : (K,) array
        The slope of the predictor there, with its 95 % interval.
    along : (m,) array
        The predictor's values.
    line, below, above : (PLACES, m) array
        The general line with its band, at evenly spread places of the moderator.
    own : (2, J) array
        The groups' values of the moderator, and their own slopes.
    main, others : bool
        Whether the slope has a mean γ_q0, and whether there are more moderators of it.
    region : JohnsonNeyman
    """

    x: str
    z: str
    labels: tuple[str, str, str]
    groups: str
    gamma: Gamma
    main: bool
    others: bool
    values: FloatArray
    slope: FloatArray
    lower: FloatArray
    upper: FloatArray
    along: FloatArray
    line: FloatArray
    below: FloatArray
    above: FloatArray
    own: FloatArray
    region: JohnsonNeyman

    @property
    def ends(self) -> tuple[str, str]:
        """The least and the greatest value of the moderator, as they are written."""
        return significant(self.values[0], 6), significant(self.values[-1], 6)

    @property
    def digits(self) -> int:
        """The decimals of the moderator's values."""
        if (self.values % 1 == 0).all():
            return 0
        return max(decimals(float(np.ptp(self.values))), decimals(_largest(self.values)))

    @property
    def slope_digits(self) -> int:
        """The decimals of slopes."""
        return decimals(_largest(self.slope))

    @property
    def step(self) -> float:
        """From one value of the moderator to the next."""
        return float(self.values[1] - self.values[0])

    @property
    def rise(self) -> float:
        """What one more unit of the moderator adds to the slope."""
        return float((self.slope[1] - self.slope[0]) / self.step)

    @property
    def base(self) -> float:
        """The slope where the moderator is 0."""
        return float(self.slope[0] - self.rise * self.values[0])

    @property
    def tags(self) -> tuple[str, str]:
        """Those of the slope's γ's: its mean, and what the moderator changes."""
        return tag("gamma", self.gamma.q, 0), tag("gamma", self.gamma.q, self.gamma.s)


def interaction_of(fit: Fit, name: str) -> Interaction:
    """Compute all that the panel shows of an interaction.

    Parameters
    ----------
    fit : Fit
    name : str
        Such as ``"size:ses"``.

    Returns
    -------
    Interaction
    """
    gamma = cross_level_gamma(fit, name)
    predictor, moderator = gamma.level1.name, gamma.level2.name
    interaction_lines(fit, gamma.name)  # refuses what is not numeric
    region = johnson_neyman(fit, predictor, moderator)
    span = region.greatest - region.least
    whole = bool((fit.frame[moderator] % 1 == 0).all())
    step = max(1.0, fine_step(span)) if whole else fine_step(span)
    values = region.least + step * np.arange(np.floor(span / step + 1e-9) + 1)
    table = simple_slopes(fit, predictor, moderator, values.tolist())
    along = np.linspace(fit.frame[predictor].min(), fit.frame[predictor].max(), 13)
    places = np.linspace(values[0], values[-1], PLACES)
    moving = {moderator: np.repeat(places, len(along)), predictor: np.tile(along, PLACES)}
    lines = general_line(fit, moving)[0]
    shape = (PLACES, len(along))
    line, below, above = (lines[k].to_numpy().reshape(shape) for k in _BAND)
    others = [g for g in fit.model.gammas if g.level1 == gamma.level1 and g is not gamma]
    named = words(fit)
    return Interaction(
        symbol(fit, predictor),
        symbol(fit, moderator),
        (label(fit, predictor), label(fit, moderator), f"in {named.outcome}"),
        named.groups,
        gamma,
        any(not g.level2 for g in others),
        any(g.level2 for g in others),
        values,
        table["estimate"].to_numpy(dtype=float),
        table["lower"].to_numpy(dtype=float),
        table["upper"].to_numpy(dtype=float),
        along,
        line,
        below,
        above,
        own_slopes(fit, predictor, moderator),
        region,
    )


_BAND = ("predicted", "lower", "upper")


def own_slopes(fit: Fit, predictor: str, moderator: str) -> FloatArray:
    """Compute each group's own slope of a predictor, the others being as the model has them.

    Parameters
    ----------
    fit : Fit
    predictor, moderator : str

    Returns
    -------
    (2, J) array
        The moderator, and the slope of least squares within the group; of groups with five rows or
        more that differ in the predictor.  None where the outcome is not normal: log-odds of single
        rows have no slope.
    """
    if not fit.model.family.is_normal:
        return np.empty((2, 0))
    frame, codes = fit.frame, np.unique(fit.frame[fit.model.group], return_inverse=True)[1]
    x, z = (frame[name].to_numpy(dtype=float) for name in (predictor, moderator))
    rest = frame[fit.model.outcome.name].to_numpy(dtype=float) - np.asarray(fit.fixed_part)
    n = np.bincount(codes)
    deviations = x - (np.bincount(codes, x) / n)[codes]
    squares = np.bincount(codes, deviations**2)
    kept = (n >= FEWEST) & (squares > 1e-9 * squares.sum() / len(n))
    at = np.bincount(codes, z)[kept] / n[kept]
    beyond = np.bincount(codes, deviations * rest)[kept] / squares[kept]
    ends = np.array([at.min(), at.max()]) if len(at) else np.zeros(2)
    table = simple_slopes(fit, predictor, moderator, ends.tolist())
    general = np.interp(at, ends, table["estimate"].to_numpy(dtype=float))
    return np.stack([at, general + beyond])


def scene(state: CrossLevel, found: Interaction) -> Scene:
    """Draw the line at the moderator's value, and the slope over all its values."""
    place = np.rint((state.moderator - found.values[0]) / found.step)
    slope, lower, upper = (taken(a, place) for a in (found.slope, found.lower, found.upper))
    z = number(state.moderator, found.digits)
    own = f" and the own slopes of {found.own.shape[1]} {found.groups}" if found.own.size else ""
    low, high = found.ends
    return Scene(
        views=(_line(state, found), _slope(state, found, slope, lower, upper)),
        equation=_equations(found, slope, z),
        sentence=_told(found, z, slope, lower, upper),
        alt=text(
            f"Left, the line of {found.x} where {found.z} is {{z}}, with a slope of {{slope}}. "
            f"Right, the slope over {found.z} from {low} to {high}, "
            f"with its band{own}. "
            f"{region_told(found.region, found.x, found.z)}",
            digits=found.slope_digits,
            z=z,
            slope=slope,
        ),
    )


def _line(state: CrossLevel, found: Interaction) -> View:
    far = (state.moderator - found.values[0]) / (found.values[-1] - found.values[0])
    line, below, above = (_between(a, far) for a in (found.line, found.below, found.above))
    ends: tuple[tuple[int, Literal["dotted", "dashed"]], ...] = ((0, "dotted"), (-1, "dashed"))
    return View(
        title=f"Line of {found.x}",
        x=Axis(label=found.labels[0], low=float(found.along[0]), high=float(found.along[-1])),
        y=Axis(
            label=f"predicted, {found.labels[2]}",
            low=float(found.below.min()),
            high=float(found.above.max()),
        ),
        marks=(
            *(
                Lines(
                    x=found.along,
                    y=found.line[k],
                    role="residual",
                    dash=dash,
                    label=f"{found.z} = {shown(found.values[k], found.digits)}",
                )
                for k, dash in ends
            ),
            Area(x=found.along, low=below, high=above, role="level1", tags=("band",)),
            Lines(x=found.along, y=line, role="fixed", width=2.8, tags=("slope", found.tags[0])),
        ),
    )


def _slope(state: CrossLevel, found: Interaction, slope: Any, lower: Any, upper: Any) -> View:
    return View(
        title=f"Slope of {found.x}",
        x=Axis(label=found.labels[1], low=found.region.least, high=found.region.greatest),
        y=_slope_axis(found),
        marks=(
            *_rings(found),
            *_shaded(found),
            Rule(y=0, role="residual", dash="dashed", width=1.2),
            Lines(x=found.values, y=found.slope, role="fixed", width=2.4, tags=(found.tags[0],)),
            _triangle(found),
            Segments(
                x0=state.moderator,
                x1=state.moderator,
                y0=lower,
                y1=upper,
                role="level1",
                width=3,
                tags=("band",),
            ),
            Handle(
                x=state.moderator,
                y=slope,
                sets={"moderator": POINTER_X},
                name=f"Slope of {found.x} at a value of {found.z}",
                role="fixed",
                shape="diamond",
                tags=("slope",),
            ),
        ),
    )


def _told(found: Interaction, z: Amount, slope: Any, lower: Any, upper: Any) -> tuple[Words, ...]:
    q, s = found.gamma.q, found.gamma.s
    rise = found.rise
    return (
        text(
            f"Where {found.z} is {{z}}, [the slope of {found.x} is {{slope}}](slope|fixed), "
            "[95 % interval {lower} to {upper}: it {verdict}](band|level1). "
            f"[{letter('gamma', q=q, s=s)} = {shown(rise, _digits(rise))}]({found.tags[1]}|fixed) "
            f"is what one more unit of {found.z} adds to the slope{{base}}.",
            base=text(
                f", and [{letter('gamma', q=q)} = {{base}}]({found.tags[0]}|fixed) is the slope "
                f"where {found.z} is 0",
                digits=found.slope_digits,
                base=found.base,
            )
            if found.main and not found.others
            else "",
            digits=found.slope_digits,
            z=z,
            slope=slope,
            lower=lower,
            upper=upper,
            verdict=cases(((lower <= 0.0) & (upper >= 0.0), "covers 0"), otherwise="leaves 0 out"),
        ),
        text(
            f"[{region_told(found.region, found.x, found.z)}](region|level1)"
            + (
                f" [Rings are the own slopes of the {found.groups}](own|level2)."
                * bool(found.own.size)
            )
        ),
    )


def _rings(found: Interaction) -> list[Trace]:
    if not found.own.size:
        return []
    return [
        Points(
            x=found.own[0],
            y=found.own[1],
            role="level2",
            hollow=True,
            size=5,
            opacity=0.6,
            tags=("own",),
            label=f"own slopes of {found.groups}",
        )
    ]


def _between(rows: FloatArray, far: Any) -> Any:
    """Interpolate between the rows, of which the first is at 0 and the last at 1."""
    at = np.clip(far, 0.0, 1.0) * (len(rows) - 1)
    low = np.minimum(np.floor(at), len(rows) - 2.0)
    return taken(rows, low) * (1.0 - (at - low)) + taken(rows, low + 1.0) * (at - low)


def _slope_axis(found: Interaction) -> Axis:
    low, high = float(found.lower.min()), float(found.upper.max())
    if found.own.size:
        some = np.quantile(found.own[1], [0.05, 0.95])  # the wildest groups would flatten the rest
        low, high = min(low, float(some[0])), max(high, float(some[1]))
    room = 0.05 * (high - low)
    return Axis(
        label=f"{found.labels[2]} per unit",
        low=min(low - room, 0.0),
        high=max(high + room, 0.0),
    )


def _shaded(found: Interaction) -> list[Trace]:
    """Shade the band where it leaves 0 out, and name the bounds of that region."""
    bounds = [b for b in found.region.bounds if found.values[0] < b < found.values[-1]]
    cuts = np.array([found.values[0], *bounds, found.values[-1]])
    marks: list[Trace] = []
    said = set()
    for low, high in itertools.pairwise(cuts):
        x = np.unique(np.concatenate([[low, high], np.linspace(low, high, 31)]))
        lower, upper = (np.interp(x, found.values, a) for a in (found.lower, found.upper))
        middle = len(x) // 2
        sure = bool(lower[middle] > 0 or upper[middle] < 0)
        marks.append(
            Area(
                x=x,
                low=lower,
                high=upper,
                role="level1" if sure else "residual",
                tags=("region",) if sure else (),
                label="" if sure in said else f"band {'leaves 0 out' if sure else 'covers 0'}",
            )
        )
        said.add(sure)
    axis = _slope_axis(found)
    for bound in bounds:
        left = bound < (found.values[0] + found.values[-1]) / 2
        words = f"{found.z} = {significant(bound)}"
        marks += [
            Rule(x=bound, role="level1", dash="dotted", width=1.6, tags=("region",)),
            Inscription(
                x=bound + (0.01 if left else -0.01) * (found.values[-1] - found.values[0]),
                y=axis.low + 0.03 * (axis.high - axis.low),
                words=(f"← {words}" if left else f"{words} →",),
                anchor="start" if left else "end",
                role="level1",
                tags=("region",),
            ),
        ]
    return marks


def _triangle(found: Interaction) -> Trace:
    """Draw by how much the slope changes over a round stretch of the moderator."""
    span = found.values[-1] - found.values[0]
    run = float(10.0 ** np.floor(np.log10(span))) if span > 0 else 1.0
    run *= 1.0 if run <= 0.6 * span else 0.5
    start = float(found.values[0] + 0.2 * (span - run))
    low, high = np.interp([start, start + run], found.values, found.slope)
    return Segments(
        x0=np.array([start, start + run]),
        x1=np.array([start + run, start + run]),
        y0=np.array([low, low]),
        y1=np.array([low, high]),
        role="fixed",
        dash="dashed",
        width=2,
        tags=(found.tags[1],),
        label=f"change of the slope over {run:g} of {found.z}",
    )


def _digits(value: float) -> int:
    """Decimals for three significant digits."""
    return int(np.clip(2 - np.floor(np.log10(abs(value))), 0, 12)) if value else 2


def _largest(values: FloatArray) -> float:
    return float(np.abs(values).max())


def _equations(found: Interaction, slope: Any, z: Amount) -> tuple[Words, ...]:
    q, s, (main, change) = found.gamma.q, found.gamma.s, found.tags
    between = "," if max(q, s) > 9 else ""
    gamma = sym("γ", f"{q}{between}{s}", tag=change, role="fixed")
    start = sym("γ", f"{q}{between}0", tag=main, role="fixed")
    # what else moderates the slope stands at its place, and is part of the first number
    parts = [start] * found.main + [row("⋯")] * found.others
    sums = [piece for part in parts for piece in (part, "+")]
    amount = num(abs(found.rise), _digits(found.rise), tag=change, role="fixed")
    minus = "−" if found.rise < 0 else ""
    written = num(np.abs(z.value), z.digits)
    factor = cases((z.value < 0, spread("(", "−", written, ")")), otherwise=(written,))
    first = num(found.base, found.slope_digits, tag=main, role="fixed")
    return (
        formula(sym("slope", tag="slope", role="fixed"), "=", *sums, gamma, "×", row(found.z)),
        formula(
            "=",
            *([first, minus or "+"] if parts else minus),
            *(amount, "×", factor, "="),
            num(slope, found.slope_digits, tag="slope", role="fixed"),
        ),
    )


def cross_level(fit: Fit | None = None, interaction: str | None = None) -> Panel[CrossLevel]:
    """Open the panel on a cross-level interaction.

    Parameters
    ----------
    fit : Fit, optional
        A fit with a cross-level interaction of two numeric variables; the full model of High
        School & Beyond when left out.
    interaction : str, optional
        Its name, such as ``"size:ses"``; the first when left out.

    Returns
    -------
    Panel

    Raises
    ------
    ModelError
        If the model has no cross-level interaction, or more than one grouping.
    OptionError
        If it has none of that name, or one that is not numeric.

    Examples
    --------
    >>> panel = cross_level()
    >>> scene = panel.move(moderator=1000)
    >>> print(panel.sentence.split(":")[0])
    Where size is 1000, the slope of SES is 2.03, 95 % interval 1.80 to 2.25
    """
    require_one_grouping(fit, "cross_level(fit, ...)")
    fit = default_fit("full") if fit is None else fit
    if not isinstance(fit, TwoLevel):
        raise ModelError(
            f"The panel shows fits with one grouping, and not a {type(fit).__name__}.",
            "Fit a model of two levels.",
        )
    crossing = [gamma.name for gamma in fit.model.gammas if gamma.level1 and gamma.level2]
    if not crossing:
        raise ModelError(
            "The model has no cross-level interaction.",
            "Put a level-2 predictor into the equation of a slope: level2={'ses': 'size + U'}.",
        )
    found = interaction_of(fit, interaction or crossing[0])
    values = found.values
    middle = float(np.median(fit.frame[found.gamma.level2.name]))
    low, high = found.ends
    rises = bool(found.slope[-1] > found.slope[0])
    return Panel(
        f"The slope of {found.x} as {found.z} moves",
        [
            Slider(
                name="moderator",
                label=found.z,
                value=middle,
                low=float(values[0]),
                high=float(values[-1]),
                step=found.step,
                digits=found.digits,
                tags=("slope",),
            )
        ],
        CrossLevel,
        lambda state: scene(state, found),
        caption=f"The line of {found.x} at a value of {found.z}, and the slope of {found.x} over "
        f"{found.z}.",
        presets=(
            Preset(label=f"{found.z} = {low}", values={"moderator": float(values[0])}),
            Preset(label=f"{found.z} = {high}", values={"moderator": float(values[-1])}),
        ),
        question=Question(
            text=f"{found.z} goes from {low} to {high}. What becomes of the line of {found.x}?",
            options=("It gets steeper", "It only moves up or down", "It gets less steep"),
            right=_steeper(found.slope[0], found.slope[-1]),
            values={"moderator": float(values[-1])},
            answer=f"{letter('gamma', q=found.gamma.q, s=found.gamma.s)} is "
            f"{'above' if rises else 'below'} 0: each unit of {found.z} goes with a slope that is "
            f"{'higher' if rises else 'lower'}.",
        ),
    )


def _steeper(first: float, last: float) -> int:
    return 0 if abs(last) > abs(first) else 2
