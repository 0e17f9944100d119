"""What a fit says along a predictor, against predictions and the rows themselves."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import LayeredFit
from mlmteach.panels.along import Along, Display, Sweep
from tests.fit.layered_models import layered


@cache
def plots() -> LayeredFit:
    """One predictor, so that a row's own line goes through its fitted value."""
    fit = mlm.Model("yield ~ nitro", group="Block/Variety").fit(mlm.load("oats"))
    assert isinstance(fit, LayeredFit)
    return fit


@cache
def crossed() -> LayeredFit:
    """A slope that differs between the groups of both groupings, and a predictor of each."""
    rng = np.random.default_rng(8)
    school, area = rng.integers(20, size=800), rng.integers(15, size=800)
    size, income = rng.normal(size=20), rng.normal(size=15)
    x = rng.normal(size=800)
    slope = 1.0 + rng.normal(size=20)[school] + rng.normal(size=15)[area]
    y = size[school] + income[area] + slope * x + rng.normal(size=800)
    y += rng.normal(size=20)[school] + rng.normal(size=15)[area]
    frame = pd.DataFrame(
        {"y": y, "x": x, "s": school, "a": area, "size": size[school], "income": income[area]}
    )
    fit = mlm.Model(
        "y ~ x",
        group="s * a",
        level2={"intercept": "size + U", "x": "U"},
        level3={"intercept": "income + V", "x": "V"},
    ).fit(frame)
    assert isinstance(fit, LayeredFit)
    return fit


def test_lines_of_classes_and_schools_are_predictions() -> None:
    fit = layered("egsingle")
    display = Display(fit)
    children, schools = display.groups
    sweep = Sweep(display, display.over["year"])
    assert sweep.key is not None
    rest = {"female": 0, "lowinc": display.typical[3, "lowinc"]}
    for place in (0, 99, 199):
        school, child = children.effects.labels[children.kept[place]]
        new = pd.DataFrame({"schoolid": school, "childid": child, "year": sweep.x, **rest})
        np.testing.assert_allclose(sweep.lines(children)[place], fit.predict(new), rtol=1e-10)
        own = schools.kept.tolist().index(display.above[place])
        np.testing.assert_allclose(
            sweep.lines(schools)[own], fit.predict(new, groups="schoolid"), rtol=1e-10
        )
    np.testing.assert_allclose(sweep.general, fit.predict(new, groups="average"), rtol=1e-10)


def test_lines_of_crossed_groups_have_the_effects_of_their_own_grouping() -> None:
    fit = crossed()
    display = Display(fit)
    sweep = Sweep(display, display.over["x"])
    rest = {"size": display.typical[2, "size"], "income": display.typical[3, "income"]}
    new = pd.DataFrame({"s": 4, "a": 7, "x": sweep.x, **rest})
    for groups, label in zip(display.groups, (4, 7), strict=True):
        place = groups.labels.index(str(label))
        predicted = fit.predict(new, groups=groups.effects.name)
        np.testing.assert_allclose(sweep.lines(groups)[place], predicted, rtol=1e-10)


@pytest.mark.parametrize("made", [plots, crossed])
def test_units_lie_at_their_outcomes(made: Callable[[], LayeredFit]) -> None:
    """Along the only predictor of the rows, what is drawn of a unit is what was observed."""
    display = Display(made())
    name = next(iter(display.over))
    sweep, lower = Sweep(display, display.over[name]), display.groups[0]
    frame, outcome = display.fit.frame, display.fit.model.outcome.name
    # the predictors that rest are at their means: what they add to a row does not show
    moved = display.fit.fixed_part - np.interp(frame[name], sweep.x, sweep.general)
    for place in (0, len(lower.kept) - 1):
        at, own, y = (one[np.isfinite(one)] for one in sweep.units[:, place])
        rows = np.flatnonzero(lower.codes == lower.kept[place])
        kept = np.unique(np.linspace(0, len(rows) - 1, 25).round().astype(int))
        rows = rows[kept]
        np.testing.assert_allclose(at, frame[name].iloc[rows])
        np.testing.assert_allclose(y, (frame[outcome] - moved).iloc[rows])
        np.testing.assert_allclose(y - own, made().resid.iloc[rows], atol=1e-9)


def test_groups_lie_where_they_have_one_value() -> None:
    """That of a school is that of its children too; crossed groups have none of the other's."""
    display = Display(layered("egsingle"))
    children, schools = display.groups
    sweep = Sweep(display, display.over["lowinc"])
    frame = display.fit.frame
    lowinc = frame.groupby("schoolid")["lowinc"].first()
    for groups in (children, schools):
        at = sweep.at(groups)
        assert at is not None
        labels = groups.effects.labels[groups.kept]
        own = [label[0] if isinstance(label, tuple) else label for label in labels]
        np.testing.assert_allclose(at, lowinc.loc[own])
    sweep = Sweep(display, display.over["female"])
    assert sweep.at(schools) is None
    female = frame.groupby(["schoolid", "childid"])["female"].first()
    np.testing.assert_allclose(
        np.asarray(sweep.at(children)), female.loc[list(children.effects.labels[children.kept])]
    )
    assert sweep.at(children) is not None

    display = Display(crossed())
    one, other = display.groups
    for name, has, lacks in (("size", one, other), ("income", other, one)):
        sweep = Sweep(display, display.over[name])
        assert sweep.at(lacks) is None
        values = display.fit.frame.groupby(has.effects.name)[name].first()
        np.testing.assert_allclose(np.asarray(sweep.at(has)), values)


def test_a_picked_class_brings_its_school() -> None:
    fit = layered("pastes")
    display = Display(fit)
    casks, batches = display.groups
    place = casks.labels.index("C/b")
    state, sweep = Along("", place), Sweep(display, None)
    effects = fit.random_effects
    assert sweep.picked(casks, state) == pytest.approx(effects["cask"].loc[("C", "b")])
    assert sweep.picked(batches, state) == pytest.approx(effects["batch"].loc["C"])
    assert display.chain == (batches, casks)


def test_crossed_groups_are_picked_each_for_itself() -> None:
    fit = layered("penicillin")
    display = Display(fit)
    plates, samples = display.groups
    state, sweep = Along("", group=3, second=5), Sweep(display, None)
    effects = fit.random_effects
    assert sweep.picked(plates, state) == pytest.approx(effects["plate"].loc["d"])
    assert sweep.picked(samples, state) == pytest.approx(effects["sample"].loc["F"])
    assert display.chain == (plates, samples)


def test_without_a_predictor_each_grouping_has_a_strip() -> None:
    sweep = Sweep(Display(layered("pastes")), None)
    ends = [end for strip in sweep.strips for end in strip]
    assert ends == sorted(ends)
    for place, groups in enumerate(sweep.display.chain):
        low, high = sweep.width(place)
        assert all(low < sweep.spots[name] < high for name in groups.tags)
    at = sweep.units[0][np.isfinite(sweep.units[0])]
    assert sweep.strips[-1][0] <= at.min() < at.max() <= sweep.strips[-1][1]


def test_what_rests_goes_one_step_up_where_an_effect_needs_it() -> None:
    """A slope is drawn by what it adds one SD up, along another predictor."""
    fit = crossed()
    display = Display(fit)
    intercept, slope = display.groups[0].varying
    sweep = Sweep(display, display.over["size"])
    np.testing.assert_allclose(sweep.rise(intercept), 1.0)
    np.testing.assert_allclose(sweep.rise(slope), fit.frame["x"].std(), rtol=1e-6)
    along = Sweep(display, display.over["x"])
    np.testing.assert_allclose(along.rise(slope), along.x)


def test_many_groups_are_a_sample_over_their_effects() -> None:
    children = Display(layered("egsingle")).groups[0]
    assert len(children.kept) == 200
    assert len(children.all_values) == 1721
    whole, drawn = children.all_values[:, 0], children.values[:, 0]
    assert (drawn.min(), drawn.max()) == (whole.min(), whole.max())
    assert np.median(drawn) == pytest.approx(np.median(whole), abs=0.02)
