"""The diagram of a model: what each level brings, and the coefficients that join them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlmteach.model.structure import Structure
from mlmteach.model.symbols import Coefficient
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import house_style
from mlmteach.plot.words import letter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from mlmteach.fit.fitted import Fitted

__all__ = ["diagram"]

LEVEL2, BETAS, LEVEL1 = 3.1, 1.75, 0.0  # heights of the rows


def diagram(subject: Structure | Fitted) -> Figure:
    """Draw a model as two levels: β's between them, γ's and U's that make up each β.

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
    model = subject if isinstance(subject, Structure) else subject.model
    coefficients = model.coefficients
    count = len(coefficients)
    upper = list(dict.fromkeys(t for c in coefficients for t in c.predictors if t))
    width = max(6.0, 1.9 * max(count, len(upper)) + 1.5)
    centres = (np.arange(count) + 0.5) * width / count
    places = dict(
        zip(upper, (np.arange(len(upper)) + 0.5) * width / max(len(upper), 1), strict=True)
    )
    with house_style():
        from matplotlib.figure import Figure as MatplotlibFigure

        figure = MatplotlibFigure(figsize=(width, 4.6), layout="constrained")
        axes = figure.add_subplot(xlim=(-0.2, width), ylim=(-0.55, 3.75))
        axes.set_axis_off()
        _bands(axes, model)
        outcome = (width / 2, LEVEL1)
        shown = f"{_shown(model, model.outcome.name)}$_{{ij}}$"
        target = _box(axes, outcome, shown, "outcome", "round")
        if model.family.is_normal:
            _arrow(axes, (width / 2 + 1.5, LEVEL1), outcome, "residual", target)
            _box(axes, (width / 2 + 1.5, LEVEL1), letter("residual"), "residual", "circle")
        for term, x in places.items():
            _box(axes, (x, LEVEL2), f"{_shown(model, term.name)}$_j$", "level2", "square")
        for c, x in zip(coefficients, centres, strict=True):
            beta = (float(x), BETAS)
            node = _box(axes, beta, letter("beta", q=c.index), "level1", "circle", filled=True)
            _arrow(axes, beta, outcome, "level1", target)
            if c.term:
                middle = (float(x) + (outcome[0] - float(x)) * 0.42, BETAS - BETAS * 0.42)
                shown = f"{_shown(model, c.term.name)}$_{{ij}}$"
                _box(axes, middle, shown, "level1", "square")
            for gamma in c.gammas:
                if not gamma.level2:
                    mean = (float(x) - 0.68, BETAS)  # it belongs to no predictor
                    _arrow(axes, mean, beta, "fixed", node)
                    _note(axes, mean, letter("gamma", q=gamma.q, s=gamma.s))
                    continue
                start = (places[gamma.level2], LEVEL2)
                _arrow(axes, start, beta, "fixed", node)
                near = 0.42 if len(upper) > 1 else 0.5
                at = (
                    start[0] + near * (beta[0] - start[0]),
                    LEVEL2 + near * (BETAS - LEVEL2),
                )
                _note(axes, at, letter("gamma", q=gamma.q, s=gamma.s))
            if c.random:
                effect = (float(x) + 0.72, BETAS)
                _arrow(axes, effect, beta, "random", node)
                _box(axes, effect, letter("effect", q=c.index), "random", "circle")
    random = [letter("effect", q=c.index) for c in coefficients if c.random]
    caption = (
        "Each unit's outcome is made of the β of its group. Each β is made of γ's, the same for "
        "all groups, and of a U where it is random. Squares are predictors, circles are what "
        "no one observes."
    )
    if not model.family.is_normal:
        link = {"log": "logarithm"}.get(model.family.link, model.family.link)
        expected = "expected count" if model.family.is_count else "probability"
        caption = (
            f"The β of a group make up the {link} of each unit's {expected}, and the outcome is "
            "drawn with it: there is no ε. Each β is made of γ's, the same for all groups, and of "
            "a U where it is random. Squares are predictors, circles are what no one observes."
        )
    slopes = " and ".join(
        f"on {_shown(model, c.term.name)} through {letter('beta', q=c.index)}"
        for c in coefficients
        if c.term
    )
    has_intercept = any(not c.term for c in coefficients)
    first = f"on {letter('beta', q=0)}" if has_intercept else ""
    made = "; ".join(
        f"{letter('beta', q=c.index)} is made of {', '.join(_parts(model, c))}"
        for c in coefficients
    )
    alt = (
        f"Diagram of a two-level model. Level 1: {_shown(model, model.outcome.name)} depends "
        f"{', and '.join(part for part in (first, slopes) if part)}. Level 2: {made}. "
        f"{len(random)} of {count} coefficients are random."
        + ("" if model.family.is_normal else " There is no ε.")
    )
    return Figure(figure, caption, alt)


def _parts(model: Structure, coefficient: Coefficient) -> list[str]:
    """Name what a β is made of."""
    parts = [
        letter("gamma", q=g.q, s=g.s)
        + (f" times {_shown(model, g.level2.name)}" if g.level2 else "")
        for g in coefficient.gammas
    ]
    return parts + ([letter("effect", q=coefficient.index)] if coefficient.random else [])


def _shown(model: Structure, name: str) -> str:
    book = model.codebook
    return book[name].symbol if book is not None and name in book else name


def _bands(axes: Axes, model: Structure) -> None:
    """The ground of the two levels, with their names."""
    named = model.codebook
    names = ("groups", "units") if named is None else (named.level2.plural, named.level1.plural)
    axes.axhspan(1.35, 3.75, color=ROLES["level2"], alpha=0.07)
    axes.axhspan(-0.55, 1.35, color=ROLES["level1"], alpha=0.07)
    for y, text, role in (
        (3.6, f"Level 2: {names[0]}", "level2"),
        (1.2, f"Level 1: {names[1]}", "level1"),
    ):
        axes.text(
            -0.1, y, text, color=ROLES[role], fontweight="bold", va="center", fontsize="medium"
        )


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
