"""Shrinkage: from no pooling to complete pooling, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmteach.explore.controls import (
    Hidden,
    Preset,
    Question,
    Select,
    Slider,
    decimals,
    fine_step,
    round_up,
)
from mlmteach.explore.defaults import default_fit, require_one_grouping
from mlmteach.explore.formula import formula, frac, num, spread, sym
from mlmteach.explore.live import taken
from mlmteach.explore.panel import POINTER_X, POINTER_Y, Panel
from mlmteach.explore.scene import (
    Axis,
    Handle,
    Lines,
    Points,
    Rule,
    Scene,
    Segments,
    View,
    Words,
    cases,
    number,
    pick,
    text,
)
from mlmteach.plot.shrinkage import shrinkage_table
from mlmteach.plot.words import words

if TYPE_CHECKING:
    from mlmteach.api import Fit
    from mlmteach.arrays import FloatArray

__all__ = ["Groups", "Shrinkage", "shrinkage", "shrunken"]

MOST = 2.0  # times the rows that there are
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True)
class Shrinkage:
    """The state: the variances, the sizes of groups, the kind of pooling, and a group.

    Attributes
    ----------
    tau2, sigma2 : float
        What partial pooling goes by.
    times : float
        What each n_j is multiplied by.
    pooling : float
        0 is no pooling, 1 partial, 2 complete; between them lies the way from the one to the other.
    group : int
        The place of the group that is picked.
    more, off : float
        How many rows it has more than that, and by how much its mean is moved: it can be dragged.
    """

    tau2: float
    sigma2: float
    times: float
    group: int
    pooling: float = 1.0
    more: float = 0.0
    off: float = 0.0


class Groups(NamedTuple):
    """The groups of a fit: labels, sizes and own mean departures; and their words."""

    labels: tuple[str, ...]
    n: FloatArray
    mean: FloatArray
    one: str
    several: str
    outcome: str


def shrunken(state: Shrinkage, n: Any) -> Any:
    """Compute the share λ_j of their own mean departure that groups of n_j rows keep.

    Parameters
    ----------
    state : Shrinkage
    n : array
        The sizes of the groups, as they are now.

    Returns
    -------
    array
        τ₀² / (τ₀² + σ²/n_j) with partial pooling, 1 without pooling and 0 with complete pooling.

    Examples
    --------
    >>> shrunken(Shrinkage(1.0, 4.0, 1.0, 0), np.array([4.0, 12.0]))
    array([0.5 , 0.75])
    """
    share = state.tau2 / (state.tau2 + state.sigma2 / n)
    towards_none = 1.0 - np.minimum(state.pooling, 1.0) * (1.0 - share)
    return towards_none * (2.0 - np.maximum(state.pooling, 1.0))


def scene(state: Shrinkage, groups: Groups) -> Scene:
    """Draw own means and predicted departures over the size of the groups, and λ over it."""
    picked = state.group
    own = taken(groups.mean, picked) + state.off
    size = np.maximum(state.times * taken(groups.n, picked) + state.more, 1.0)
    n = np.maximum(state.times * groups.n, 1.0)  # (J,)
    share = shrunken(state, n)
    kept = shrunken(state, size)
    predicted = share * groups.mean
    widest = MOST * float(groups.n.max()) * 1.15
    reach = 1.25 * float(np.abs(groups.mean).max()) or 1.0
    digits, squared = decimals(reach), decimals(reach * reach / 10)
    over = np.geomspace(1.0, widest, 81)
    ticks = [k for k in TICKS if k <= widest]
    x = Axis(  # logarithmic, as a group of 5 and one of 10 differ more than those of 50 and 55
        label=f"nⱼ, rows of a {groups.one}",
        low=0.0,
        high=float(np.log(widest)),
        ticks={float(np.log(k)): str(k) for k in ticks},
    )
    at, here = np.log(n), np.log(size)
    moved = Axis(label=f"departure, in {groups.outcome}", low=-reach, high=reach)
    left = View(
        title="From own means to predictions",
        share=2.0,
        x=x,
        y=moved,
        marks=(
            Rule(y=0, role="fixed", width=1.2, tags=("gamma_00",), label="general level"),
            Segments(
                x0=at,
                x1=at,
                y0=groups.mean,
                y1=predicted,
                role="residual",
                width=0.8,
                tags=("lambda",),
            ),
            Points(
                x=at,
                y=groups.mean,
                role="level2",
                hollow=True,
                size=6,
                label="own mean",
                chooses="group",
                tags=("own",),
            ),
            Points(
                x=at,
                y=predicted,
                role="random",
                shape="diamond",
                size=4.5,
                label="prediction U₀ⱼ",
                tags=("U_0",),
            ),
            Segments(
                x0=here, x1=here, y0=own, y1=kept * own, arrow=True, width=2.5, tags=("lambda",)
            ),
            Points(x=here, y=kept * own, role="random", shape="diamond", size=9, tags=("U_0",)),
            Handle(
                x=here,
                y=own,
                sets={
                    "off": POINTER_Y - taken(groups.mean, picked),
                    "more": np.exp(POINTER_X) - state.times * taken(groups.n, picked),
                },
                name=f"Own mean of the picked {groups.one}",
                role="level2",
                label=f"picked {groups.one}: drag it",
                tags=("own",),
            ),
        ),
    )
    curve = shrunken(state, over)
    right = View(
        title="Reliability λⱼ",
        x=x,
        y=Axis(label="", low=0, high=1),
        marks=(
            Lines(
                x=np.log(over),
                y=curve,
                role="random",
                width=2.2,
                tags=("lambda", "tau_00", "sigma2"),
            ),
            Points(x=here, y=kept, shape="diamond", size=10, role="random", tags=("lambda",)),
        ),
    )
    partial = np.abs(state.pooling - 1.0) < 0.005
    kind = cases(
        (
            state.pooling <= 0.0,
            f"No pooling: every {groups.one} keeps its own mean, however few rows it rests on. "
            "τ₀², σ² and nⱼ play no part.",
        ),
        (
            state.pooling >= 2.0,
            f"Complete pooling: every {groups.one} gets the general mean, and no own data count. "
            "τ₀², σ² and nⱼ play no part.",
        ),
        (
            partial,
            text(
                "Partial pooling: with [τ₀² = {t}](tau_00|random) and [σ² = {s}](sigma2|residual), "
                f"the predictions keep {{kept}} of a {groups.one}'s own departure.",
                digits=squared,
                t=state.tau2,
                s=state.sigma2,
                kept=_kept(share, groups),
            ),
        ),
        otherwise="On the way from one kind of pooling to another.",
    )
    name = pick(groups.labels, picked)
    sentence = (
        (kind,),
        text(
            f"{groups.one.capitalize()} {{name}} with n = {{size}}: [its own mean departs by "
            "{own}](own|level2). [λⱼ = {share}](lambda) of this is kept: "
            "[U₀ⱼ = {u}](U_0|random).",
            name=name,
            size=number(size, 1),
            own=number(own, digits),
            share=kept,
            u=number(kept * own, digits),
        ),
    )
    lam = sym("λ", "j", tag="lambda")
    tau = sym("τ", "0", "2", tag="tau_00", role="random")
    sigma = sym("σ", "", "2", tag="sigma2", role="residual")
    t = num(state.tau2, squared, tag="tau_00")
    below = (t, "+", num(state.sigma2, squared, tag="sigma2"), "/", num(size, 1))
    plainly: tuple[Any, ...] = ("=", num(kept, tag="lambda"))
    return Scene(
        views=(left, right),
        equation=(
            formula(lam, "=", frac(tau, (tau, "+", sigma, "/", sym("n", "j")))),
            formula(
                cases(
                    (partial, spread("=", frac(t, below), *plainly)),
                    otherwise=spread("λⱼ", *plainly),
                )
            ),
            formula(
                sym("U", "0j", tag="U_0", role="random"),
                "=",
                num(kept, tag="lambda"),
                "×",
                "(",
                num(own, digits, tag="own"),
                ")",
                "=",
                num(kept * own, digits, tag="U_0"),
            ),
        ),
        sentence=sentence,
        alt=text(
            f"Own means and predicted departures of {len(groups.labels)} {groups.several} over "
            f"their sizes. The means run from {{least}} to {{most}}, "
            "the predictions from {low} to {high}. An arrow leads from the own mean of "
            f"{groups.one} {{name}}, {{own}}, to its prediction, {{u}}. Beside it, λ rises with "
            "the size of a group; at {size} it is {share}.",
            digits=digits,
            least=float(groups.mean.min()),
            most=float(groups.mean.max()),
            low=predicted.min(),
            high=predicted.max(),
            name=name,
            own=own,
            u=kept * own,
            size=number(size, 1),
            share=number(kept),
        ),
    )


def _kept(share: Any, groups: Groups) -> Words:
    """Say which shares are kept: one where all groups have the same size."""
    low, high = number(100 * share.min(), 0), number(100 * share.max(), 0)
    if groups.n.min() == groups.n.max():
        return text("{low} %", low=low)
    return text("between {low} % and {high} %", low=low, high=high)


def shrinkage(fit: Fit | None = None) -> Panel[Shrinkage]:
    """Open the panel on shrinkage.

    Parameters
    ----------
    fit : Fit, optional
        A fit whose only random coefficient is the intercept; the null model of High School & Beyond
        when left out.

    Returns
    -------
    Panel
        It opens on a fifth of the rows, where shrinkage is plain to see.

    Raises
    ------
    ModelError
        If a slope is random.

    Examples
    --------
    >>> panel = shrinkage()
    >>> scene = panel.move(pooling=2)
    >>> print(panel.sentence.split(".")[0])
    Complete pooling: every school gets the general mean, and no own data count
    """
    require_one_grouping(fit, "caterpillar(fit, grouping=...)")
    fit = default_fit("null") if fit is None else fit
    table, named = shrinkage_table(fit), words(fit)
    tau2, sigma2 = float(fit.cov_re.to_numpy()[0, 0]), fit.scale
    means = table["mean"].to_numpy(dtype=float)
    groups = Groups(
        tuple(map(str, table.index)),
        table["n"].to_numpy(dtype=float),
        np.where(
            np.abs(means) > 1e-12 * np.sqrt(sigma2), means, 0.0
        ),  # some cancel but for rounding
        fit.model.codebook.level2.singular if fit.model.codebook else "group",
        named.groups,
        named.outcome,
    )
    # the first pick lies far out in a small group, so that there is something to see
    first = int(np.argmax(np.abs(groups.mean) / np.sqrt(groups.n)))
    top_tau, top_sigma = round_up(4 * max(tau2, 0.05 * sigma2)), round_up(3 * sigma2)
    reach = round_up(2.5 * float(np.abs(groups.mean).max()))  # so that 0 is one of the steps
    most = float(np.ceil(MOST * groups.n.max()))
    steps = fine_step(top_sigma)
    return Panel(
        "Shrinkage",
        [
            Slider(
                name="tau2",
                label="τ₀²",
                value=tau2,
                low=0.0,
                high=top_tau,
                step=fine_step(top_tau),
                digits=decimals(top_tau),
                tags=("tau_00",),
            ),
            Slider(
                name="sigma2",
                label="σ²",
                value=sigma2,
                low=steps,
                high=top_sigma,
                step=steps,
                digits=decimals(top_sigma),
                tags=("sigma2",),
            ),
            Slider(
                name="times", label="nⱼ times", value=0.2, low=0.1, high=MOST, step=0.1, digits=1
            ),
            Hidden(name="pooling", label="pooling", value=1.0, low=0.0, high=2.0, step=0.01),
            Hidden(
                name="off",
                label="departure moved by",
                value=0.0,
                low=-reach,
                high=reach,
                step=fine_step(reach) / 10,
            ),
            Hidden(
                name="more", label="rows more", value=0.0, low=-most, high=most, step=0.5, digits=1
            ),
            Select(
                name="group",
                label=groups.one,
                options=tuple(groups.labels),
                value=first,
                shape="list",
                live=True,
                resets=("off", "more"),
            ),
        ],
        Shrinkage,
        lambda state: scene(state, groups),
        caption="Arrows lead from the groups' own means to their predicted departures.",
        presets=(
            Preset(label="No pooling", values={"pooling": 0.0}),
            Preset(label="Partial pooling", values={"pooling": 1.0}),
            Preset(label="Complete pooling", values={"pooling": 2.0}),
            Preset(label="All rows", values={"times": 1.0}),
        ),
        question=Question(
            text=f"Each {groups.one} gets ten times the rows. What do the predictions do?",
            options=("They move to the general level", "They stay", "They move to the own means"),
            right=2,
            values={"pooling": 1.0, "times": 2.0, "tau2": tau2, "sigma2": sigma2},
            answer="With more rows an own mean is known better, so λⱼ rises towards 1 and more of "
            "the own departure is kept.",
        )
        if tau2 > fine_step(top_tau) / 2  # without it, they stay at the general level
        else None,
    )
