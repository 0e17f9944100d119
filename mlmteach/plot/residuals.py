"""Residuals at both levels: against the normal distribution, by group, against predictors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtri, ndtri

from mlmteach.errors import OptionError, suggest
from mlmteach.fit.estimated import Linear
from mlmteach.fit.fitted import require_fit
from mlmteach.model.symbols import Epsilon
from mlmteach.numbers import normal_width
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas, cloud, grid
from mlmteach.plot.words import (
    AxisWords,
    effect_letter,
    groups_of,
    label,
    letter_of,
    number,
    refuse_generalized,
    sampled,
    symbol,
    words,
)

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import GroupEffects

__all__ = ["normal_points", "residual_predictor", "residual_qq", "residual_spread", "spread_table"]

BINS = 12


def normal_points(values: FloatArray) -> FloatArray:
    """Give each value, in order, the normal quantile that would be expected in its place.

    Parameters
    ----------
    values : (n,) array

    Returns
    -------
    (n, 2) array
        The expected standard normal quantile, and the value in units of the SD of all.

    Examples
    --------
    >>> normal_points(np.array([3.0, 1.0, 2.0])).round(2)
    array([[-0.97, -1.22],
           [ 0.  ,  0.  ],
           [ 0.97,  1.22]])
    """
    ordered = np.sort(values)
    expected = ndtri((np.arange(1, len(values) + 1) - 0.5) / len(values))
    deviation = ordered.std()
    standard = (ordered - ordered.mean()) / (deviation if deviation > 0 else 1.0)
    return np.column_stack([expected, standard])


def residual_qq(fit: Linear) -> Figure:
    """Draw the residuals of both levels against normal quantiles.

    Parameters
    ----------
    fit : Estimated
        A fitted model.

    Returns
    -------
    Figure
        One pair of axes for ε and one for each U.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.residual_qq(fit).alt)
    Normal quantile plots. Level-1 residuals εᵢⱼ: 180 points from −3.40 to 4.48 SDs. Predicted ...
    """
    require_fit(fit, "The figure")
    refuse_generalized(
        fit,
        "A yes/no outcome or a count has no level-1 residual ε that would be normal.",
        "binned_residuals(fit)",
    )
    kept = fit.rows
    assert isinstance(kept, Linear)
    series: list[tuple[str, FloatArray, str]] = [
        (
            f"Level 1: {letter_of(fit.model, Epsilon())}",
            np.asarray(kept.resid_pearson, dtype=np.float64),
            ROLES["level1"],
        )
    ]
    for own in fit.effects:
        role, level = ("level3", 3) if own.position else ("level2", 2)
        where = own.name if fit.model.grouping.crossed else f"Level {level}"
        for name in own.names:
            effects = np.asarray(own.random_effects[name], dtype=np.float64)
            series.append((f"{where}: {effect_letter(fit, own, name)}", effects, ROLES[role]))
    told = []
    with grid(1, len(series), width=max(6.0, 3.1 * len(series)), height=3.6) as (figure, axes):
        for pair, (title, values, colour) in zip(axes, series, strict=True):
            points = normal_points(values)
            pair.axline((0, 0), slope=1, color="#444444", linewidth=1)
            pair.plot(*points.T, "o", markersize=3, color=colour, alpha=0.7, rasterized=True)
            pair.set_title(title)
            pair.set_xlabel("normal quantile")
            noun = "Level-1 residuals" if title.startswith("Level 1") else "Predicted departures"
            low, high = points[[0, -1], 1]
            told.append(
                f"{noun} {title.rpartition(': ')[2]}: {len(values)} points from {number(low)} to "
                f"{number(high)} SDs."
            )
        axes[0].set_ylabel("residual, in SDs")
    caption = (
        "Residuals in order against the quantiles of a normal distribution. Normal residuals lie "
        f"on the line. {_points(fit)}"
    )
    note = sampled(fit)
    return Figure(figure, caption + note, f"Normal quantile plots. {' '.join(told)}{note}")


def _points(fit: Linear) -> str:
    """Say how many points of groups there are."""
    counts = [f"{own.ngroups} {groups_of(fit, own)}" for own in fit.effects]
    where = "At level 2" if len(counts) == 1 else "Beyond level 1"
    return f"{where} there is one point for each of the {' and the '.join(counts)}."


def spread_table(fit: Linear, grouping: str | None = None) -> pd.DataFrame:
    """Compute the spread of the level-1 residuals of each group, and what chance would give.

    Parameters
    ----------
    fit : Linear
    grouping : str, optional
        Whose groups, where there are two groupings; that of level 2 when left out.

    Returns
    -------
    pandas.DataFrame, one row a group of two rows or more
        ``n``, ``sd``, and ``lower`` and ``upper``: where the SD lies in 95 % of groups of this size
        when σ² is the same in all.  Residuals of rows that differ in variance are brought to σ²
        first, as ``fit.resid_pearson``.
    """
    own = fit.effects_of(grouping)
    by_group = fit.resid_pearson.groupby(own.layer.codes)
    table = pd.DataFrame({"n": by_group.size(), "sd": by_group.std()})
    table.index = own.labels
    table = table[table["n"] > 1]
    free = table["n"].to_numpy() - 1.0
    for name, tail in (("lower", 0.975), ("upper", 0.025)):
        table[name] = np.sqrt(fit.scale * chdtri(free, tail) / free)
    return table


def residual_spread(fit: Linear, *, grouping: str | None = None) -> Figure:
    """Draw the spread of the level-1 residuals in each group, and what chance would give.

    Parameters
    ----------
    fit : Linear
        A fitted model.
    grouping : str, optional
        Whose groups, where there are two groupings; that of level 2 when left out.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> print(mlm.plot.residual_spread(fit).alt)
    SDs of the level-1 residuals of 18 subjects, from 10.93 to 57.48, around σ = 30.99. 6 lie ...
    """
    require_fit(fit, "The figure")
    refuse_generalized(
        fit,
        "A yes/no outcome or a count has no σ²: its variance follows from its mean.",
        "binned_residuals(fit)",
    )
    kept = fit.rows
    assert isinstance(kept, Linear)
    table = spread_table(kept, grouping).sort_values("sd")
    named = AxisWords(groups_of(fit, fit.effects_of(grouping)), words(fit).outcome)
    sigma = float(np.sqrt(fit.scale))
    apart = ((table["sd"] < table["lower"]) | (table["sd"] > table["upper"])).to_numpy()
    positions = np.arange(1, len(table) + 1)
    with canvas() as (figure, axes):
        axes.axhline(sigma, color=ROLES["fixed"], linewidth=1, label=f"σ = {number(sigma)}")
        axes.vlines(
            positions,
            table["lower"],
            table["upper"],
            color="#bbbbbb",
            linewidth=1,
            label="95 % range if σ is the same in all",
        )
        for chosen, marker, colour, text in (
            (~apart, "o", ROLES["level1"], "SD within its range"),
            (apart, "D", ROLES["random"], "SD outside its range"),
        ):
            if chosen.any():
                axes.plot(
                    positions[chosen],
                    table["sd"][chosen],
                    marker,
                    markersize=4,
                    color=colour,
                    label=text,
                )
        axes.set_title(f"Spread of the residuals within the {named.groups}")
        axes.set_xlabel(f"{named.groups}, in order of the SD")
        axes.set_ylabel(f"SD of the level-1 residuals, in {named.outcome}")
        figure.legend(loc="outside lower center", ncols=2)
    caption = (
        f"The model says that residuals spread equally in all {named.groups}. Then about 5 % of "
        f"the points would lie outside their range.{sampled(fit)}"
    )
    alt = (
        f"SDs of the level-1 residuals of {len(table)} {named.groups}, from "
        f"{number(table['sd'].min())} to {number(table['sd'].max())}, around σ = {number(sigma)}. "
        f"{int(apart.sum())} lie outside the range that 95 % would lie in by chance.{sampled(fit)}"
    )
    return Figure(figure, caption, alt)


def residual_predictor(fit: Linear, predictor: str) -> Figure:
    """Draw residuals against a predictor: ε at level 1, the U of the intercept at level 2.

    Parameters
    ----------
    fit : Linear
        A fitted model.
    predictor : str
        A numeric column of the data that were used.  Where it is constant within groups, the
        predicted U of the first random coefficient are drawn, and where it is so within groups of
        level 3 the V; otherwise the level-1 residuals.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If there is no such numeric column.
    """
    require_fit(fit, "The figure")
    refuse_generalized(
        fit,
        "Single residuals of a yes/no outcome or a count lie on a few curves, and say little.",
        "binned_residuals(fit, by=...)",
    )
    kept, frame = fit.rows, fit.frame
    assert isinstance(kept, Linear)
    groupings = [own.name for own in fit.effects]
    known = [
        str(c)
        for c in frame
        if pd.api.types.is_numeric_dtype(frame[c].dtype) and c not in groupings
    ]
    if predictor not in known:
        raise OptionError(f"'{predictor}' is no numeric predictor.", suggest(predictor, known))
    named = words(fit)
    upper = next(
        (own for own in reversed(kept.effects) if _is_constant(frame, predictor, own)), None
    )
    if upper is not None:
        x = frame.groupby(upper.layer.codes)[predictor].first().to_numpy(dtype=float)
        y = upper.random_effects.to_numpy()[:, 0]
        written, points = effect_letter(fit, upper, upper.names[0]), groups_of(fit, upper)
    else:
        x, y = frame[predictor].to_numpy(dtype=float), kept.resid.to_numpy()
        written, points = letter_of(fit.model, Epsilon()), "rows"
    means = _binned(x, y)
    with canvas() as (figure, axes):
        axes.axhline(0, color=ROLES["fixed"], linewidth=1)
        drawn = cloud(axes, x, y, "level2" if upper else "level1", points)
        axes.errorbar(
            means["x"],
            means["mean"],
            yerr=normal_width() * means["se"],
            fmt="D",
            markersize=5,
            color=ROLES["random"],
            label="mean of neighbours, with 95 % interval",
        )
        axes.set_title(f"Residuals against {symbol(fit, predictor)}")
        axes.set_xlabel(label(fit, predictor))
        axes.set_ylabel(f"{written}, in {named.outcome}")
        figure.legend(loc="outside lower center")
    apart = int((means["mean"].abs() > normal_width() * means["se"]).sum())
    caption = (
        f"Residuals {written} against {symbol(fit, predictor)}. {drawn} Means that bend away from "
        f"0 would say that a straight line does not fit.{sampled(fit)}"
    )
    alt = (
        f"Residuals {written} of {len(x)} {points} against {symbol(fit, predictor)}. The means of "
        f"{len(means)} neighbouring sets run from {number(means['mean'].min())} to "
        f"{number(means['mean'].max())}; the intervals of {apart} leave 0 out.{sampled(fit)}"
    )
    return Figure(figure, caption, alt)


def _is_constant(frame: pd.DataFrame, predictor: str, effects: GroupEffects) -> bool:
    return bool((frame.groupby(effects.layer.codes)[predictor].nunique() <= 1).all())


def _binned(x: FloatArray, y: FloatArray) -> pd.DataFrame:
    """Means of y, with standard errors, in sets of neighbouring x of about equal size."""
    frame = pd.DataFrame({"x": x, "y": y})
    frame["set"] = x
    if frame["set"].nunique() > BINS:
        frame["set"] = pd.qcut(x, min(BINS, max(len(x) // 5, 1)), labels=False, duplicates="drop")
    by = frame.groupby("set")
    table = pd.DataFrame({"x": by["x"].mean(), "mean": by["y"].mean(), "se": by["y"].sem()})
    return table.dropna().reset_index(drop=True)
