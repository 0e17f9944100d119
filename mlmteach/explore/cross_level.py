"""A cross-level interaction: move the moderator, and see the slope with its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.errors import ModelError
from mlmteach.explore.defaults import default_fit
from mlmteach.explore.picture import Picture
from mlmteach.explore.widget_controls import fine_step, slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.fit.readings import johnson_neyman, simple_slopes
from mlmteach.palette import ROLES
from mlmteach.plot.cross_level import cross_level_gamma, interaction_lines
from mlmteach.plot.johnson_neyman import region_told
from mlmteach.plot.typical import general_line
from mlmteach.plot.words import letter, number, symbol, words

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.api import Fit
    from mlmteach.fit.readings import JohnsonNeyman

__all__ = ["CrossLevel", "cross_level", "line_at"]


@dataclass(frozen=True)
class CrossLevel:
    """The state: the value of the moderator."""

    moderator: float


def line_at(fit: Fit, predictor: str, moderator: str, value: float) -> pd.DataFrame:
    """Compute the general line of a predictor at one value of its moderator, with its band.

    Parameters
    ----------
    fit : Fit
    predictor, moderator : str
    value : float

    Returns
    -------
    pandas.DataFrame
        The predictor at both ends and in between, ``predicted``, ``lower`` and ``upper``
        (pointwise, 95 %).
    """
    x = np.linspace(fit.frame[predictor].min(), fit.frame[predictor].max(), 25)
    return general_line(fit, {moderator: np.full(len(x), value), predictor: x})[0]


class LineAndSlope:
    """The line at the moderator's value, and beside it the slope over all its values."""

    def __init__(self, fit: Fit, predictor: str, moderator: str, region: JohnsonNeyman) -> None:
        self.picture = Picture((0.09, 0.15, 0.42, 0.74), (0.61, 0.15, 0.37, 0.74), width=7.2)
        left, right = self.picture.axes
        self._predictor = predictor
        span = np.linspace(region.least, region.greatest, 41)
        table = simple_slopes(fit, predictor, moderator, span.tolist())
        lower, upper = table["lower"].to_numpy(), table["upper"].to_numpy()
        sure = (lower > 0) | (upper < 0)
        ends = [line_at(fit, predictor, moderator, end) for end in span[[0, -1]]]
        named, x = words(fit), ends[0][predictor]
        with self.picture.style():
            left.set_xlim(x.min(), x.max())
            left.set_ylim(min(e["lower"].min() for e in ends), max(e["upper"].max() for e in ends))
            left.set(xlabel=symbol(fit, predictor), ylabel=f"predicted, in {named.outcome}")
            left.set_title(f"Line of {symbol(fit, predictor)}")
            for end, dash in zip(ends, ("dotted", "dashed"), strict=True):
                label = f"{symbol(fit, moderator)} = {end[moderator].iloc[0]:g}"
                left.plot(x, end["predicted"], color="#777777", linestyle=dash, label=label)
            left.legend(loc="upper left", fontsize="small")
            self._band = left.fill_between(x, x * 0, x * 0, color=ROLES["level1"], alpha=0.2)
            (self._line,) = left.plot(x, x * 0, color=ROLES["fixed"], linewidth=2.6)
            right.axhline(0, color=ROLES["residual"], linestyle="dashed", linewidth=1)
            for chosen, colour, hatch, text in (
                (sure, ROLES["level1"], "", "band leaves 0 out"),
                (~sure, ROLES["residual"], "///", "band covers 0"),
            ):
                if chosen.any():
                    right.fill_between(
                        span, lower, upper, where=chosen, interpolate=True, alpha=0.2,
                        color=colour, hatch=hatch, linewidth=0, label=text,
                    )  # fmt: skip
            right.plot(span, table["estimate"], color=ROLES["fixed"], linewidth=2)
            right.set(xlim=(span[0], span[-1]), xlabel=symbol(fit, moderator))
            right.set_title(f"Slope of {symbol(fit, predictor)}")
            right.legend(loc="upper left", fontsize="small")
            (self._stem,) = right.plot([0, 0], [0, 0], color="black", linewidth=1.6)
            (self._dot,) = right.plot([0], [0], "D", markersize=7, color="black")
        for artist in (self._band, self._line, self._stem, self._dot):
            self.picture.moving(artist)

    def move(self, line: pd.DataFrame, value: float, slope: pd.Series[float]) -> None:
        """Move the line with its band, and the marker on the slope."""
        x = line[self._predictor]
        self._line.set_data(x, line["predicted"])
        self._band.set_data(x, line["lower"], line["upper"])
        self._stem.set_data([value, value], [slope["lower"], slope["upper"]])
        self._dot.set_data([value], [slope["estimate"]])


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
        If the model has no cross-level interaction.
    OptionError
        If it has none of that name, or one that is not numeric.

    Examples
    --------
    >>> panel = cross_level()
    >>> panel.controls["moderator"].value = 1000
    >>> print(panel.shown.sentence.split(":")[0])
    Where size is 1000, the slope of SES is 2.03, 95 % interval 1.80 to 2.25
    """
    fit = default_fit("full") if fit is None else fit
    crossing = [gamma.name for gamma in fit.model.gammas if gamma.level1 and gamma.level2]
    if not crossing:
        raise ModelError(
            "The model has no cross-level interaction.",
            "Put a level-2 predictor into the equation of a slope: level2={'ses': 'size + U'}.",
        )
    gamma = cross_level_gamma(fit, interaction or crossing[0])
    predictor, moderator = gamma.level1.name, gamma.level2.name
    interaction_lines(fit, gamma.name)  # refuses what is not numeric
    region = johnson_neyman(fit, predictor, moderator)
    drawing = LineAndSlope(fit, predictor, moderator, region)
    x, z = symbol(fit, predictor), symbol(fit, moderator)
    name = letter("gamma", q=gamma.q, s=gamma.s)
    change = float(fit.params[gamma.name])
    mean = any(g.level1 == gamma.level1 and not g.level2 for g in fit.model.gammas)
    base = rf"\gamma_{{{gamma.q}0}} + " if mean else ""

    def show(state: CrossLevel) -> Shown:
        slope = simple_slopes(fit, predictor, moderator, [state.moderator]).iloc[0]
        drawing.move(line_at(fit, predictor, moderator, state.moderator), state.moderator, slope)
        estimate, lower, upper = (number(float(slope[k])) for k in ("estimate", "lower", "upper"))
        verdict = "covers 0" if slope["lower"] <= 0 <= slope["upper"] else "leaves 0 out"
        sentence = (
            f"Where {z} is {state.moderator:g}, the slope of {x} is {estimate}, 95 % interval "
            f"{lower} to {upper}: it {verdict}. {name} = {change:.3g}".replace("-", "−")
            + f" is what one more unit of {z} adds to the slope.\n\n{region_told(region, x, z)}"
        )
        alt = (
            f"Left, the line of {x} where {z} is {state.moderator:g}, with a slope of {estimate}. "
            f"Right, the slope over {z} from {region.least:g} to {region.greatest:g}, with its "
            "band."
        )
        latex = (
            rf"$$\text{{slope}} = {base}\gamma_{{{gamma.q}{gamma.s}}} \times {state.moderator:g} "
            rf"= {float(slope['estimate']):.2f}$$"
        )
        return Shown(sentence, alt, latex)

    span = region.greatest - region.least
    whole = bool((fit.frame[moderator] % 1 == 0).all())
    step = max(1.0, fine_step(span)) if whole else fine_step(span)
    middle = float(np.median(fit.frame[moderator]))
    control = slider(
        z, middle, region.least, region.greatest, step, format=".0f" if whole else ".2f"
    )
    return Panel(
        f"The slope of {x} as {z} moves",
        {"moderator": control},
        CrossLevel,
        show,
        drawing.picture,
        caption=f"The line of {x} at a value of {z}, and the slope of {x} over {z}.",
    )
