"""Shrinkage: from no pooling to complete pooling, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmteach.data.phrases import indefinite
from mlmteach.explore.defaults import default_fit, require_one_grouping
from mlmteach.panels.controls import (
    Hidden,
    Preset,
    Question,
    Select,
    Slider,
    decimals,
    fine_step,
    round_up,
)
from mlmteach.panels.formula import formula, frac, num, spread, sym
from mlmteach.panels.live import taken
from mlmteach.panels.panel import POINTER_X, POINTER_Y, Panel
from mlmteach.panels.scene import (
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


class Picked(NamedTuple):
    """The picked group: its size and its own mean departure, as moved, and the share λ_j kept."""

    size: Any
    own: Any
    kept: Any


class Groups(NamedTuple):
    """The groups of a fit: labels, sizes and own mean departures; and their words."""

    labels: tuple[str, ...]
    n: FloatArray
    mean: FloatArray
    one: str
    several: str
    outcome: str

    def sizes(self, state: Shrinkage) -> Any:
        """Compute the sizes that a state stands for, (J,)."""
        return np.maximum(state.times * self.n, 1.0)

    def picked(self, state: Shrinkage) -> Picked:
        """Find the group that a state picks."""
        own = taken(self.mean, state.group) + state.off
        size = np.maximum(state.times * taken(self.n, state.group) + state.more, 1.0)
        return Picked(size, own, shrunken(state, size))

    @property
    def reach(self) -> float:
        """How far from 0 departures are drawn."""
        return 1.25 * float(np.abs(self.mean).max()) or 1.0

    @property
    def digits(self) -> int:
        """With how many decimals departures are told."""
        return decimals(self.reach)

    @property
    def variance_digits(self) -> int:
        """With how many decimals variances are told."""
        return decimals(self.reach * self.reach / 10)

    @property
    def widest(self) -> float:
        """The greatest size that is drawn."""
        return MOST * float(self.n.max()) * 1.15

    @property
    def axis(self) -> Axis:
        """That of sizes: logarithmic, as 5 and 10 rows differ more than 50 and 55."""
        return Axis(
            label=f"nⱼ, rows of {indefinite(self.one)}",
            low=0.0,
            high=float(np.log(self.widest)),
            ticks={float(np.log(k)): str(k) for k in TICKS if k <= self.widest},
        )


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
    share = shrunken(state, groups.sizes(state))
    predicted = share * groups.mean
    picked = groups.picked(state)
    return Scene(
        views=(_departures(state, groups, predicted), _reliability(state, groups)),
        equation=_equation(state, groups),
        sentence=_told(state, groups, share),
        alt=text(
            f"Own means and predicted departures of {len(groups.labels)} {groups.several} over "
            f"their sizes. The means run from {{least}} to {{most}}, "
            "the predictions from {low} to {high}. An arrow leads from the own mean of "
            f"{groups.one} {{name}}, {{own}}, to its prediction, {{u}}. Beside it, λ rises with "
            "the size of a group; at {size} it is {share}.",
            digits=groups.digits,
            least=float(groups.mean.min()),
            most=float(groups.mean.max()),
            low=predicted.min(),
            high=predicted.max(),
            name=pick(groups.labels, state.group),
            own=picked.own,
            u=picked.kept * picked.own,
            size=number(picked.size, 1),
            share=number(picked.kept),
        ),
    )


def _departures(state: Shrinkage, groups: Groups, predicted: Any) -> View:
    """Draw an arrow from each own mean to its prediction; that of the picked group is movable."""
    at, picked = np.log(groups.sizes(state)), groups.picked(state)
    here, end = np.log(picked.size), picked.kept * picked.own
    return View(
        title="From own means to predictions",
        share=2.0,
        x=groups.axis,
        y=Axis(label=f"departure, in {groups.outcome}", low=-groups.reach, high=groups.reach),
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
                x0=here, x1=here, y0=picked.own, y1=end, arrow=True, width=2.5, tags=("lambda",)
            ),
            Points(x=here, y=end, role="random", shape="diamond", size=9, tags=("U_0",)),
            Handle(
                x=here,
                y=picked.own,
                sets={
                    "off": POINTER_Y - taken(groups.mean, state.group),
                    "more": np.exp(POINTER_X) - state.times * taken(groups.n, state.group),
                },
                name=f"Own mean of the picked {groups.one}",
                role="level2",
                label=f"picked {groups.one}: drag it",
                tags=("own",),
            ),
        ),
    )


def _reliability(state: Shrinkage, groups: Groups) -> View:
    over, picked = np.geomspace(1.0, groups.widest, 81), groups.picked(state)
    return View(
        title="Reliability λⱼ",
        x=groups.axis,
        y=Axis(label="", low=0, high=1),
        marks=(
            Lines(
                x=np.log(over),
                y=shrunken(state, over),
                role="random",
                width=2.2,
                tags=("lambda", "tau_00", "sigma2"),
            ),
            Points(
                x=np.log(picked.size),
                y=picked.kept,
                shape="diamond",
                size=10,
                role="random",
                tags=("lambda",),
            ),
        ),
    )


def _told(state: Shrinkage, groups: Groups, share: Any) -> tuple[Words, ...]:
    picked = groups.picked(state)
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
            _is_partial(state),
            text(
                "Partial pooling: with [τ₀² = {t}](tau_00|random) and [σ² = {s}](sigma2|residual), "
                f"the predictions keep {{kept}} of {indefinite(groups.one)}'s own departure.",
                digits=groups.variance_digits,
                t=state.tau2,
                s=state.sigma2,
                kept=_kept(share, groups),
            ),
        ),
        otherwise="On the way from one kind of pooling to another.",
    )
    return (
        (kind,),
        text(
            f"{groups.one.capitalize()} {{name}} with n = {{size}}: [its own mean departs by "
            "{own}](own|level2). [λⱼ = {share}](lambda) of this is kept: "
            "[U₀ⱼ = {u}](U_0|random).",
            name=pick(groups.labels, state.group),
            size=number(picked.size, 1),
            own=number(picked.own, groups.digits),
            share=picked.kept,
            u=number(picked.kept * picked.own, groups.digits),
        ),
    )


def _is_partial(state: Shrinkage) -> Any:
    return np.abs(state.pooling - 1.0) < 0.005


def _kept(share: Any, groups: Groups) -> Words:
    """Say which shares are kept: one where all groups have the same size."""
    low, high = number(100 * share.min(), 0), number(100 * share.max(), 0)
    if groups.n.min() == groups.n.max():
        return text("{low} %", low=low)
    return text("between {low} % and {high} %", low=low, high=high)


def _equation(state: Shrinkage, groups: Groups) -> tuple[Words, ...]:
    picked, digits, finer = groups.picked(state), groups.digits, groups.variance_digits
    lam = sym("λ", "j", tag="lambda")
    tau = sym("τ", "0", "2", tag="tau_00", role="random")
    sigma = sym("σ", "", "2", tag="sigma2", role="residual")
    t, kept = num(state.tau2, finer, tag="tau_00"), num(picked.kept, tag="lambda")
    below = (t, "+", num(state.sigma2, finer, tag="sigma2"), "/", num(picked.size, 1))
    return (
        formula(lam, "=", frac(tau, (tau, "+", sigma, "/", sym("n", "j")))),
        formula(
            cases(
                (_is_partial(state), spread("=", frac(t, below), "=", kept)),
                otherwise=spread("λⱼ", "=", kept),
            )
        ),
        formula(
            sym("U", "0j", tag="U_0", role="random"),
            *("=", kept, "×", "(", num(picked.own, digits, tag="own"), ")"),
            *("=", num(picked.kept * picked.own, digits, tag="U_0")),
        ),
    )


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
    means = np.where(np.abs(means) > 1e-12 * np.sqrt(sigma2), means, 0.0)  # some are but rounding
    groups = Groups(
        tuple(map(str, table.index)),
        table["n"].to_numpy(dtype=float),
        means,
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
