"""Two random coefficients at once: the predicted U of the groups and the ellipses of T."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

from mlmteach.errors import ModelError, OptionError, suggest
from mlmteach.fit.fitted import require_fit
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas
from mlmteach.plot.words import (
    ONE_GROUPING,
    centre_of,
    effect_letter,
    groups_of,
    number,
    only_intercepts,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted

__all__ = ["ellipse", "ellipse_points"]


def ellipse_points(covariance: FloatArray, share: float, *, points: int = 120) -> FloatArray:
    """Compute the ellipse that holds a share of a bivariate normal distribution around 0.

    Parameters
    ----------
    covariance : (2, 2) array
    share : float
        Between 0 and 1.
    points : int

    Returns
    -------
    (points, 2) array

    Examples
    --------
    >>> import numpy as np
    >>> edge = ellipse_points(np.diag([4.0, 1.0]), 0.95)
    >>> (edge.max(axis=0) / np.sqrt([4.0, 1.0])).round(3)  # the root of 5.991
    array([2.448, 2.448])
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))  # (2, 2)
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])  # (points, 2)
    edge: FloatArray = np.sqrt(chdtri(2, 1.0 - share)) * circle @ root.T
    return edge


def ellipse(
    fit: Fitted, x: str | None = None, y: str | None = None, *, grouping: str | None = None
) -> Figure:
    """Draw the predicted U of two coefficients, with the ellipses that T puts around them.

    Parameters
    ----------
    fit : Fitted
        A fitted model with two random coefficients or more.
    x, y : str, optional
        Which of them; the first two when left out, the intercept before slopes.
    grouping : str, optional
        Where there are two, whose effects; when left out, the first with two random coefficients.

    Returns
    -------
    Figure

    Raises
    ------
    ModelError
        If fewer than two coefficients are random.
    OptionError
        If one of the names is no random coefficient, or there is no such grouping.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    >>> print(mlm.plot.ellipse(model.fit(mlm.load("sleepstudy"))).alt)
    Predicted departures of 18 subjects from the general intercept (U₀ⱼ) and slope of Days ...
    """
    require_fit(fit, "The figure")
    several = [effects for effects in fit.effects if len(effects.names) > 1]
    effects = several[0] if grouping is None and several else fit.effects_of(grouping)
    known = list(effects.names)
    if len(known) < 2:
        problem = "An ellipse needs two random coefficients, and this model has one"
        where = f" for the groups of '{effects.name}'" if len(fit.effects) > 1 else ""
        level = 2 + effects.position
        raise ModelError(
            f"{problem}{where}.",
            ONE_GROUPING
            if only_intercepts(fit)
            else f"Put a {effects.letter} into the equation of a slope: "
            f"level{level}={{'ses': '{effects.letter}'}}.",
        )
    x = next(name for name in known if name != y) if x is None else x
    y = next(name for name in known if name != x) if y is None else y
    for name in (x, y):
        if name not in known or x == y:
            raise OptionError(
                f"'{name}' is no second random coefficient of the model.", suggest(name, known)
            )
    covariance = effects.cov_re.loc[[x, y], [x, y]].to_numpy()
    u = effects.random_effects[[x, y]].to_numpy()  # (J, 2)
    signs = {name: effect_letter(fit, effects, name) for name in (x, y)}
    called = {n: "intercept" if n == "Intercept" else f"slope of {n}" for n in (x, y)}
    groups = groups_of(fit, effects)
    with canvas(width=5.6, height=4.8) as (figure, axes):
        axes.axhline(0, color=ROLES["residual"], linewidth=0.8)
        axes.axvline(0, color=ROLES["residual"], linewidth=0.8)
        for share, dash in ((0.5, "dashed"), (0.95, "solid")):
            edge = ellipse_points(covariance, share)
            label = f"holds {100 * share:g} % by {effects.matrix}"
            axes.plot(*edge.T, color=ROLES["random"], linestyle=dash, label=label)
        axes.plot(
            *u.T,
            "o",
            markersize=4,
            alpha=0.7,
            color=ROLES["level2"],
            label=f"predicted {effects.letter}",
        )
        axes.set_title(f"{called[x][:1].upper()}{called[x][1:]} and {called[y]} of the {groups}")
        axes.set_xlabel(f"{signs[x]}, {called[x]}")
        axes.set_ylabel(f"{signs[y]}, {called[y]}")
        figure.legend(loc="outside lower center", ncols=3)
    sd = np.sqrt(np.diag(covariance))
    product = sd[0] * sd[1]
    r = f"{number(covariance[0, 1] / product)}" if product > 0 else "not defined"
    distance = np.einsum("ja,ab,jb->j", u, np.linalg.pinv(covariance), u)
    beyond = int((distance > chdtri(2, 0.05)).sum())
    caption = (
        f"Each point is one of the {groups}: its predicted departure from "
        f"{centre_of(fit, effects, f'{called[x]} and {called[y]}')}. The ellipses hold 50 % and "
        f"95 % of the normal distribution with covariance {effects.matrix}. Predictions are "
        f"shrunken, so that they spread less than {effects.matrix} says."
    )
    signed = f"{called[x]} ({signs[x]}) and {called[y]} ({signs[y]})"
    alt = (
        f"Predicted departures of {len(u)} {groups} from {centre_of(fit, effects, signed)}. By "
        f"{effects.matrix} their SDs are {number(sd[0])} and {number(sd[1])}, their correlation "
        f"is {r}. {beyond} of {len(u)} points lie outside the 95 % ellipse."
    )
    return Figure(figure, caption, alt)
