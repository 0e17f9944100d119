"""Profile plots: how the deviance rises as one parameter moves from its estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

from mlmteach.fit.fitted import require_fit
from mlmteach.fit.intervals import profile_of
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import grid
from mlmteach.plot.words import significant

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.variances import Scale

__all__ = ["profile"]

COLUMNS = 3


def profile(
    fit: Fitted,
    names: Sequence[str] | None = None,
    *,
    scale: Scale = "sd",
    points: int = 21,
) -> Figure:
    """Draw the rise of the deviance as each parameter moves from its estimate.

    Parameters
    ----------
    fit : Fitted
        A fitted model; it is the ML deviance that is profiled.
    names : sequence of str, optional
        Some of ``fit.profile(scale=scale).names``; all when left out.
    scale : {"variance", "sd"}
        Variances and covariances, or standard deviations and correlations.
    points : int
        How many values of each parameter.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If there is no such parameter.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), *Journal of Statistical Software* 67(1), section 5.1.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.profile(fit, ["sigma"]).alt)
    Profiles of the deviance. sigma: least at 30.9, 95 % interval 27.8 to 34.6.
    """
    require_fit(fit, "The figure")
    traced = profile_of(fit, scale)
    chosen = list(traced.names if names is None else names)
    limits = traced.conf_int(names=chosen)
    columns = min(COLUMNS, len(chosen))
    rows = math.ceil(len(chosen) / columns)
    cut = float(chdtri(1, 0.05))
    told = []
    size = {"width": max(4.5, 2.8 * columns), "height": 0.6 + 2.4 * rows}
    with grid(rows, columns, **size) as (figure, axes):
        for spare in axes[len(chosen) :]:
            spare.remove()
        for pair, name in zip(axes, chosen, strict=False):
            curve = traced.curve(name, points=points)
            rise = curve["zeta"] ** 2
            best = float(np.interp(0.0, curve["zeta"], curve["value"]))
            lower, upper = (float(limit) for limit in limits.loc[name].to_numpy())
            pair.plot(curve["value"], rise, color=ROLES["level1"], linewidth=1.8)
            pair.axhline(cut, color=ROLES["fixed"], linestyle="dashed", linewidth=1)
            for limit in (lower, upper):
                pair.plot([limit, limit], [0, cut], color=ROLES["fixed"], linestyle="dotted")
            pair.set_title(name)
            told.append(
                f"{name}: least at {significant(best, 3)}, 95 % interval "
                f"{significant(lower, 3)} to {significant(upper, 3)}."
            )
        for pair in axes[: len(chosen) : columns]:
            pair.set_ylabel("rise of the deviance")
        for pair in axes[: len(chosen)]:
            pair.set_xlabel("value")
    caption = (
        f"How far the deviance rises when a parameter is held at a value. Beneath the dashed line "
        f"({cut:.2f}) lie the values that a likelihood-ratio test does not reject: the 95 % "
        "interval."
    )
    return Figure(figure, caption, f"Profiles of the deviance. {' '.join(told)}")
