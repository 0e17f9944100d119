"""The diagram of a model: what each level brings, and the coefficients that join them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.data.phrases import indefinite
from mlmteach.fit.fitted import require_fit
from mlmteach.model.lettering import told
from mlmteach.model.notation import PRESETS
from mlmteach.model.structure import Structure
from mlmteach.model.symbols import (
    Beta,
    Delta,
    Epsilon,
    Equation,
    Gamma,
    Predictor,
    Product,
    RandomEffect,
    Symbol,
    UpperEffect,
)
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import house_style
from mlmteach.plot.words import letter_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from mlmteach.fit.fitted import Fitted

__all__ = ["diagram"]

OUTCOME, BETAS, STEP = 0.0, 1.75, 1.35  # heights, and the way from coefficients to predictors
LOWEST, BORDER = -0.55, 1.35  # of level 1, and between levels 1 and 2


def diagram(subject: Structure | Fitted) -> Figure:
    """Draw a model by levels: the coefficients of each, and what they are made of.

    β's stand between level 1 and level 2, and with three levels δ's between level 2 and level 3.
    Predictors of two crossed groupings stand beside each other, with a U and a V at each β.

    Parameters
    ----------
    subject : Structure or Fit
        A model needs no data.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"})
    >>> print(mlm.plot.diagram(model).alt)
    Diagram of a two-level model. Level 1: mathach depends on β₀ⱼ, and on ses through β₁ⱼ. Level ...
    """
    if not isinstance(subject, Structure):
        require_fit(subject, "The figure")
        subject = subject.model
    sketch = _Sketch(subject)
    with house_style():
        from matplotlib.figure import Figure as MatplotlibFigure

        top = sketch.top
        size = (sketch.width, 4.6 * (top - LOWEST) / 4.3)
        figure = MatplotlibFigure(figsize=size, layout="constrained")
        axes = figure.add_subplot(xlim=(-0.2, sketch.width), ylim=(LOWEST, top))
        axes.set_axis_off()
        sketch.draw(axes)
    return Figure(figure, _caption(subject), _alt(subject))


class _Sketch:
    """Where the parts of a model stand.

    Parameters
    ----------
    model : Structure
    """

    def __init__(self, model: Structure) -> None:
        self.model = model
        self.notation = PRESETS["slides"].for_model(model)
        betas, deltas = model.level2_equations, model.level3_equations
        uppermost = deltas or betas  # those that are made of γ's
        self.height = BETAS * (2 if deltas else 1)
        self.top = self.height + STEP + 0.65
        gammas = [p for equation in uppermost for p in equation.right if p.predictors]
        predictors = list(dict.fromkeys(p.predictors[0] for p in gammas))
        self.width = max(6.0, 1.9 * max(len(uppermost), len(predictors)) + 1.5)
        self.predictors = dict(zip(predictors, self._spread(len(predictors)), strict=True))
        self.places: dict[Symbol, tuple[float, float]] = {
            _left(equation): (x, self.height)
            for equation, x in zip(uppermost, self._spread(len(uppermost)), strict=True)
        }
        for equation in betas if deltas else ():  # each β stands beneath its δ's
            above = [self.places[p.symbol][0] for p in equation.right if p.symbol in self.places]
            self.places[_left(equation)] = float(np.mean(above)), BETAS

    def _spread(self, count: int) -> list[float]:
        return [float(x) for x in (np.arange(count) + 0.5) * self.width / max(count, 1)]

    def draw(self, axes: Axes) -> None:
        """Draw the levels, the coefficients and all that leads to them."""
        self._bands(axes)
        for predictor, x in self.predictors.items():
            self._predictor(axes, (x, self.height + STEP), predictor)
        outcome = (self.width / 2, OUTCOME)
        shown = f"{_shown(self.model, self.model.outcome.name)}$_{{{self.notation.unit}}}$"
        self.target = _box(axes, outcome, shown, "outcome", "round")
        if self.model.family.is_normal:
            residual = (outcome[0] + 1.5, OUTCOME)
            _arrow(axes, residual, outcome, "residual", self.target)
            _box(axes, residual, letter_of(self.model, Epsilon()), "residual", "circle")
        self.nodes: dict[Symbol, Annotation] = {}
        for symbol, place in self.places.items():
            role = "level1" if isinstance(symbol, Beta) else "level2"
            text = letter_of(self.model, symbol)
            self.nodes[symbol] = _box(axes, place, text, role, "circle", filled=True)
        for product in self.model.level1_equation.right:
            if isinstance(product.symbol, Beta):
                self._lead(axes, product, outcome, self.target)
        for equation in (*self.model.level2_equations, *self.model.level3_equations):
            self._made_of(axes, equation)

    def _made_of(self, axes: Axes, equation: Equation) -> None:
        """Draw what a coefficient is made of."""
        at, node = self.places[_left(equation)], self.nodes[_left(equation)]
        symbols = [product.symbol for product in equation.right]
        effects = [own for own in symbols if isinstance(own, RandomEffect | UpperEffect)]
        for product in equation.right:
            if isinstance(product.symbol, Delta):
                self._lead(axes, product, at, node)
            elif isinstance(product.symbol, Gamma):
                self._gamma(axes, product, at, node)
        for number, symbol in enumerate(effects):
            lift = 0.26 * (1 - 2 * number) if len(effects) > 1 else 0.0
            place = (at[0] + 0.72, at[1] + lift)
            _arrow(axes, place, at, "random", node)
            _box(axes, place, letter_of(self.model, symbol), "random", "circle")

    def _lead(
        self, axes: Axes, product: Product, end: tuple[float, float], node: Annotation
    ) -> None:
        """Draw an arrow from a β or δ to what it is part of; its predictor stands on the way."""
        start = self.places[product.symbol]
        role = "level1" if isinstance(product.symbol, Beta) else "level2"
        _arrow(axes, start, end, role, node)
        if product.predictors:
            on_the_way = (_between(start[0], end[0], 0.42), _between(start[1], end[1], 0.42))
            self._predictor(axes, on_the_way, product.predictors[0])

    def _gamma(
        self, axes: Axes, product: Product, end: tuple[float, float], node: Annotation
    ) -> None:
        """Draw an arrow that γ stands at: from a predictor, or from the left if it has none."""
        text = letter_of(self.model, product.symbol)
        if not product.predictors:
            mean = (end[0] - 0.68, end[1])
            _arrow(axes, mean, end, "fixed", node)
            _note(axes, mean, text)
            return
        start = (self.predictors[product.predictors[0]], self.height + STEP)
        _arrow(axes, start, end, "fixed", node)
        near = 0.42 if len(self.predictors) > 1 else 0.5
        _note(axes, (_between(start[0], end[0], near), _between(start[1], end[1], near)), text)

    def _predictor(self, axes: Axes, at: tuple[float, float], predictor: Predictor) -> None:
        notation = self.notation
        index = (notation.unit, notation.group, notation.third)[predictor.level - 1]
        shown = f"{_shown(self.model, predictor.term.name)}$_{{{index}}}$"
        _box(axes, at, shown, f"level{predictor.level}", "square")

    def _bands(self, axes: Axes) -> None:
        """The ground of the levels, with their names."""
        borders = [LOWEST, BORDER, self.height - 0.4, self.top]
        if not self.model.level3_equations:
            borders.pop(2)
        names = _names(self.model)
        for number, (low, high) in enumerate(pairwise(borders), 1):
            colour = ROLES[f"level{number}"]
            axes.axhspan(low, high, color=colour, alpha=0.07)
            axes.text(
                -0.1,
                high - 0.15,
                f"Level {number}: {names[number - 1]}",
                color=colour,
                fontweight="bold",
                va="center",
                fontsize="medium",
            )


def _left(equation: Equation) -> Beta | Delta:
    """The coefficient that an equation above level 1 is the equation of."""
    assert isinstance(equation.left, Beta | Delta)
    return equation.left


def _between(start: float, end: float, share: float) -> float:
    return start + share * (end - start)


def _names(model: Structure) -> tuple[str, ...]:
    """What each level consists of."""
    book, groups = model.codebook, model.grouping.names
    described = getattr(book, "level1", None) is not None  # it is no mapping of entries
    units = book.level1.plural if book is not None and described else "units"
    if len(groups) == 1:
        return units, book.level2.plural if book is not None and described else "groups"
    return units, *((" and ".join(groups),) if model.grouping.crossed else groups)


def _caption(model: Structure) -> str:
    """Say how the diagram is read."""
    normal, crossed = model.family.is_normal, model.grouping.crossed
    group = "pair of groups" if crossed else "group"
    if normal:
        start = f"Each unit's outcome is made of the β of its {group}."
    else:
        link = {"log": "logarithm"}.get(model.family.link, model.family.link)
        expected = "expected count" if model.family.is_count else "probability"
        start = (
            f"The β of {indefinite(group)} make up the {link} of each unit's {expected}, and "
            "the outcome is drawn with it: there is no ε."
        )
    gammas = "γ's, the same for all groups, and of a"
    if model.level3_equations:
        middle = (
            f"Each β is made of the δ of the {model.group3} that its {model.group} lies in, and of "
            f"a U where it is random. Each δ is made of {gammas} V where it is random."
        )
    elif crossed:
        middle = (
            f"Each β is made of {gammas} U of its {model.group} and a V of its {model.group3} "
            "where it is random."
        )
    else:
        middle = f"Each β is made of {gammas} U where it is random."
    return f"{start} {middle} Squares are predictors, circles are what no one observes."


def _alt(model: Structure) -> str:
    """Say what the diagram shows."""
    betas, deltas = model.level2_equations, model.level3_equations
    slopes = " and ".join(
        f"on {_shown(model, c.term.name)} through {letter_of(model, _left(equation))}"
        for c, equation in zip(model.coefficients, betas, strict=True)
        if c.term
    )
    has_intercept = any(not c.term for c in model.coefficients)
    first = f"on {letter_of(model, _left(betas[0]))}" if has_intercept else ""
    kind = "three-level" if deltas else "crossed" if model.grouping.crossed else "two-level"
    counted = f"{sum(c.is_random for c in model.coefficients)} of {len(betas)} coefficients"
    if deltas:
        counted = (
            f"{len(model.random)} of {len(betas)} coefficients of level 1 and "
            f"{len(model.upper_random)} of {len(deltas)} of level 2"
        )
    return (
        f"Diagram of a {kind} model. Level 1: {_shown(model, model.outcome.name)} depends "
        f"{', and '.join(part for part in (first, slopes) if part)}. "
        f"Level 2: {_made(model, betas)}. "
        + (f"Level 3: {_made(model, deltas)}. " if deltas else "")
        + f"{counted} are random."
        + ("" if model.family.is_normal else " There is no ε.")
    )


def _made(model: Structure, equations: tuple[Equation, ...]) -> str:
    """Name what coefficients are made of."""
    return "; ".join(
        f"{letter_of(model, _left(equation))} is made of "
        + ", ".join(
            " times ".join(
                [letter_of(model, p.symbol), *(_shown(model, x.term.name) for x in p.predictors)]
            )
            for p in equation.right
        )
        for equation in equations
    )


def _shown(model: Structure, name: str) -> str:
    return str(told(model.codebook, name, "symbol") or name)


def _box(
    axes: Axes,
    at: tuple[float, float],
    text: str,
    role: str,
    shape: str,
    *,
    filled: bool = False,
) -> Annotation:
    return axes.annotate(
        text,
        at,
        ha="center",
        va="center",
        color="white" if filled else ROLES[role],
        zorder=3,
        bbox={
            "boxstyle": f"{shape},pad=0.35",
            "facecolor": ROLES[role] if filled else "white",
            "edgecolor": ROLES[role],
            "linewidth": 1.3,
        },
    )


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    role: str,
    target: Annotation,
) -> None:
    """Draw an arrow that ends at the edge of its target."""
    axes.annotate(
        "",
        end,
        start,
        zorder=1,
        arrowprops={
            "arrowstyle": "-|>",
            "color": ROLES[role],
            "linewidth": 1.3,
            "shrinkA": 0,
            "shrinkB": 2,
            "patchB": target.get_bbox_patch(),
        },
    )


def _note(axes: Axes, at: tuple[float, float], text: str) -> None:
    axes.text(
        *at,
        text,
        color=ROLES["fixed"],
        ha="center",
        va="center",
        bbox={"facecolor": "#f0f6f4", "edgecolor": "none", "pad": 1.0},
        zorder=2,
    )
