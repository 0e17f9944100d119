"""A fit in one view."""

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit, GeneralizedFit, LayeredFit
from mlmteach.errors import SingularFitWarning
from mlmteach.explore.defaults import default_fit
from mlmteach.interpret.interpretation import Interpretation
from mlmteach.numbers import rounded
from mlmteach.panels.along import Along, Display
from mlmteach.panels.linked import linked
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import Area, Element, Lines, Points, Raw, Scene, Segments, plain_text
from tests.fit.layered_models import layered


@cache
def full() -> Panel[Along]:
    fit: Fit = default_fit("full")
    panel: Panel[Along] = fit.explore()
    return panel


@cache
def yes_or_no() -> GeneralizedFit:
    model = mlm.Model(
        "use ~ age + urban", group="district", level2={"urban": "U"}, family="binomial"
    )
    fit: GeneralizedFit = model.fit(mlm.load("contraception"))
    return fit


def arrow(scene: Scene, tag: str) -> Segments:
    return next(m for m in scene.marks if isinstance(m, Segments) and m.arrow and tag in m.tags)


def test_every_symbol_is_in_equation_picture_and_words() -> None:
    for panel in (full(), yes_or_no().explore()):
        scene = panel.scene
        for where in ("picture", "equation", "sentence"):
            assert scene.tags(where) == scene.tags("equation") != set()
    assert {"gamma_11", "U_1", "tau_01", "sigma2", "epsilon"} <= full().scene.tags("picture")


def test_variances_of_categories_are_linked_too() -> None:
    model = mlm.Model("mathach ~ ses + female", group="school", sigma2=mlm.by("female"))
    scene = model.fit(mlm.load("hsb")).explore().scene
    shown = scene.tags("equation")
    assert "sigma2" in shown
    assert scene.tags("picture") == scene.tags("sentence") == shown


def test_each_gamma_has_a_row_and_a_tag() -> None:
    fit = default_fit("full")
    tags = [Display(fit).tags_of(row)[0] for row in fit.interpret().rows]
    assert tags[:7] == [
        *("gamma_00", "gamma_01", "gamma_02", "gamma_10", "gamma_11", "gamma_20", "gamma_30"),
    ]
    assert tags[7:] == ["U_0", "U_1", "tau_00", "tau_11", "tau_01", "sigma2"]


def test_arrows_are_as_long_as_what_they_stand_for() -> None:
    fit, scene = default_fit("full"), full().move(over="SES", group="1224")
    minority = arrow(scene, "gamma_20")
    assert minority.y1 - minority.y0 == pytest.approx(fit.params["minority"])
    size = arrow(scene, "gamma_01")  # a standard deviation of it
    sd = mlm.load("hsb").groupby("school")["size"].first().std()
    assert size.y1 - size.y0 == pytest.approx(sd * fit.params["size"])
    effects: Any = fit.random_effects.loc[1224]
    intercept, slope = arrow(scene, "U_0"), arrow(scene, "U_1")
    assert intercept.y1 - intercept.y0 == pytest.approx(effects["Intercept"])
    assert slope.y1 - slope.y0 == pytest.approx(effects["ses"] * slope.x0)
    assert "The picked group is 1224" in scene.told


def test_units_lie_around_the_line_of_their_group() -> None:
    fit, scene = default_fit("null"), default_fit("null").explore().move(group="1224")
    line = next(m for m in scene.marks if isinstance(m, Lines) and m.label == "picked group")
    units = next(m for m in scene.marks if isinstance(m, Points) and m.tags == ("epsilon",))
    drawn = np.asarray(units.y)[np.isfinite(units.y)]
    own = fit.resid[fit.frame["school"] == 1224].to_numpy()
    assert np.isin(np.round(drawn - line.y[0], 6), np.round(own, 6)).all()
    assert len(drawn) == min(len(own), 25)


def test_along_a_level_2_predictor_groups_are_points() -> None:
    fit, scene = default_fit("full"), full().move(over="size", group="1224")
    schools = next(m for m in scene.marks if isinstance(m, Points) and m.chooses)
    sizes = fit.frame.groupby("school")["size"].first()
    np.testing.assert_allclose(schools.x, sizes)
    assert arrow(scene, "U_0").x0 == sizes.loc[1224]


def test_a_yes_or_no_outcome_is_drawn_on_both_scales() -> None:
    fit = yes_or_no()
    scene = fit.explore().scene
    assert [view.y.label for view in scene.views[:2]] == [
        "log-odds of use",
        "probability of use",
    ]
    line = next(m for m in scene.views[1].marks if isinstance(m, Lines))
    eta = next(m for m in scene.views[0].marks if isinstance(m, Lines) and "general" in m.label)
    np.testing.assert_allclose(line.y, 1.0 / (1.0 + np.exp(-eta.y)))
    assert "sigma2" not in scene.tags("equation")


@pytest.mark.parametrize("unit", [3e-8, 0.004, 5e4])
def test_effects_and_variances_are_told_whatever_the_unit_of_the_outcome(unit: float) -> None:
    data = mlm.load("pastes").assign(strength=lambda d: d.strength * unit)
    fit = mlm.Model("strength ~ 1", group="batch/cask").fit(data)
    panel = fit.explore()
    told = [float(t.replace("−", "-")) for t in re.findall(r" = (−?[\d.]*\d)", panel.sentence)]
    display = Display(fit)
    groups = display.groups[0]
    place = int(np.argmax(np.abs(groups.values[:, 0])))
    assert told[0] == pytest.approx(groups.values[place, 0], rel=0.01)
    assert len(told) == 2
    assert 0 < abs(told[1]) < abs(told[0])
    equation = "".join(map(plain_text, panel.scene.equation))
    for variance in (fit.scale, *(m.iloc[0, 0] for m in fit.cov_re.values())):
        assert str(rounded(variance)) in equation
    assert "e-" not in equation


def test_a_fit_without_variance_between_groups_is_drawn() -> None:
    """All U are 0; their axes had no width, and a page could not draw the picture."""
    data = pd.DataFrame(
        {"y": [1.0, -1.0, 0.5, -0.5] * 8, "x": range(32), "g": sorted([*range(8)] * 4)}
    )
    with pytest.warns(SingularFitWarning):
        fit = mlm.Model("y ~ x", group="g", level2={"x": "U"}).fit(data)
    for view in fit.explore().scene.views:
        assert view.x.high - view.x.low > 0.1
        assert view.y.high - view.y.low > 0.1


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
def test_counts_at_three_levels_are_drawn_on_both_scales() -> None:
    model = mlm.Model(
        "TICKS ~ 1",
        group="LOCATION/BROOD",
        family="poisson",
        level3={"intercept": "I((HEIGHT - 462) / 10) + V"},
    )
    fit = model.fit(mlm.load("grouseticks"))
    panel = fit.explore()
    for over in panel.controls["over"].values:
        scene = panel.move(over=over)
        shown = scene.tags("equation")
        assert scene.tags("picture") == scene.tags("sentence") == shown
    assert {"U_0", "V_00", "tau_00", "phi_0000"} <= shown
    assert not {"sigma2", "epsilon"} & shown
    link, outcome = panel.scene.views
    eta = next(m for m in link.marks if isinstance(m, Lines) and "general" in m.label)
    mean = next(m for m in outcome.marks if isinstance(m, Lines))
    np.testing.assert_allclose(mean.y, np.exp(eta.y))


# --- two groupings ------------------------------------------------------------------------


def odd() -> pd.DataFrame:
    """Names and labels that mean something elsewhere, and categories at each of three levels."""
    rng = np.random.default_rng(2)
    school, room = rng.integers(20, size=700), rng.integers(4, size=700)
    both = 4 * school + room
    frame = pd.DataFrame({"a b": rng.normal(size=700), "c{d}": rng.normal(size=700)})
    frame["kind"] = rng.choice(["p", "q", "r {z}"], 700)
    frame["type"] = np.array(["t[1]", "u", "v"])[both % 3]
    frame["owner"] = np.array(["A](x", "B"])[school % 2]
    frame["s{k}"], frame["room"] = school, [f"{r}|*" for r in room]
    slope = 1.0 + rng.normal(size=80)[both]
    frame["y"] = rng.normal(size=20)[school] + rng.normal(size=80)[both] + rng.normal(size=700)
    frame["y"] += slope * frame["a b"] + (frame["kind"] == "q") * rng.normal(size=80)[both]
    return frame


def fitted(name: str) -> LayeredFit:
    """Slopes nowhere, at either level and at both; categories; odd names; U's that do not vary."""
    growth = {"formula": "math ~ year", "group": "schoolid/childid"}
    told: dict[str, Any] = {
        "lower": growth | {"level2": {"year": "U"}},
        "upper": growth | {"level3": {"year": "V"}},
        "apart": growth
        | {"level2": {"year": "U"}, "level3": {"year": "V"}, "covariance": "diagonal"},
        "no U": growth | {"level2": {"intercept": "1", "year": "U"}},
        "scots": {"formula": "attain ~ sex", "group": "primary * second", "level2": {"sex": "U"}},
        "oats": {
            "formula": "yield ~ nitro",
            "group": "Block/Variety",
            "level2": {"intercept": "Variety + U", "nitro": "Variety"},
        },
        "odd": {
            "formula": "y ~ `a b` + `c{d}` + kind",
            "group": "s{k}/room",
            "level2": {"intercept": "type + U", "`a b`": "type + U", "kind": "U"},
            "level3": {"intercept": "owner + V", "`a b`": "owner + V"},
        },
    }
    if name not in told:
        return layered(name)
    data = {"scots": "scotssec", "oats": "oats"}.get(name, "egsingle")
    fit = mlm.Model(**told[name]).fit(odd() if name == "odd" else mlm.load(data))
    assert isinstance(fit, LayeredFit)
    return fit


@cache
def opened(name: str) -> tuple[LayeredFit, Panel[Along]]:
    fit = fitted(name)
    return fit, fit.explore()


SHAPES = (
    *("pastes", "penicillin", "machines", "egsingle"),
    *("lower", "upper", "apart", "no U", "scots", "oats", "odd"),
)


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
@pytest.mark.parametrize("name", SHAPES)
def test_every_symbol_of_two_groupings_is_in_all_three_and_in_sight(name: str) -> None:
    fit, panel = opened(name)
    for over in panel.controls["over"].values:
        scene = panel.move(over=over)
        shown = scene.tags("equation")
        assert scene.tags("picture") == shown == scene.tags("sentence")
        for view in scene.views:
            for mark in view.marks:
                ends = [getattr(mark, end, None) for end in ("y", "y0", "y1", "low", "high")]
                heights = np.concatenate([np.ravel(y) for y in ends if y is not None] or [[]])
                heights = heights[np.isfinite(heights)]
                assert ((view.y.low <= heights) & (heights <= view.y.high)).all(), (over, mark)
    letters = {tag.split("_")[0] for tag in shown}
    assert letters >= {"gamma", "U", "V", "tau", "phi", "sigma2", "epsilon"}
    count = sum(len(effects.names) for effects in fit.effects)
    assert len({tag for tag in shown if tag[0] in "UV"}) == count


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
@pytest.mark.parametrize("name", ["egsingle", "scots"])
def test_a_symbol_has_the_sentence_that_interpret_gives_it(name: str) -> None:
    fit, panel = opened(name)
    display, told = Display(fit), {}
    (block,) = (panel.scene.more or {})["Each symbol in full"]
    assert isinstance(block[0], Element)
    for row in block[0].parts:
        assert isinstance(row, Element)
        told[row.parts[0].tags[0]] = plain_text(row.parts)  # type: ignore[union-attr]
    for row in fit.interpret():
        assert told[display.tags_of(row)[0]] == f"{row.symbol}: {row.told.first}"
    assert len(told) == len(fit.interpret())


def test_arrows_lead_from_the_general_line_over_the_school_to_the_child() -> None:
    fit, panel = opened("egsingle")
    scene = panel.move(over="year", group="2020/307407931")
    effects: Any = fit.random_effects
    school, child = effects["schoolid"].loc[2020], effects["childid"].loc[(2020, 307407931)]
    drawn = {name: arrow(scene, name) for name in ("V_00", "V_10", "U_0", "U_1")}
    expected = {
        "V_00": school["Intercept"],
        "V_10": school["year"] * drawn["V_10"].x0,
        "U_0": child["Intercept"],
        "U_1": child["year"] * drawn["U_1"].x0,
    }
    for name, mark in drawn.items():
        assert mark.y1 - mark.y0 == pytest.approx(expected[name]), name
    lines = {m.label: m for m in scene.marks if isinstance(m, Lines)}
    general, own = lines["general line"], lines["picked school"]
    start = np.interp(drawn["V_00"].x0, general.x, general.y)
    assert drawn["V_00"].y0 == pytest.approx(start)
    assert drawn["U_0"].y0 == pytest.approx(np.interp(drawn["U_0"].x0, own.x, own.y))
    assert "The picked child is 2020/307407931: U₀ⱼₖ" in scene.told
    assert "Its school is 2020: V₀₀ₖ" in scene.told


def test_variances_of_both_groupings_are_as_long_as_their_sd() -> None:
    fit, panel = opened("pastes")
    for tag, name in (("tau_00", "cask"), ("phi_0000", "batch")):
        (bar,) = (m for m in panel.scene.marks if m.tags == (tag,))
        sd = float(np.sqrt(fit.cov_re[name].iloc[0, 0]))
        assert isinstance(bar, Segments)
        assert (bar.y1 - bar.y0) / 2 == pytest.approx(sd)
    (band,) = (m for m in panel.scene.marks if isinstance(m, Area))
    assert (band.high - band.low) / 2 == pytest.approx(np.sqrt(fit.scale))


def test_each_grouping_with_two_effects_has_an_ellipse() -> None:
    _, panel = opened("egsingle")
    assert [view.title for view in panel.scene.views] == [
        "What each γ adds, and a group",
        "U of the children",
        "V of the schools",
    ]
    ellipses = [m.tags for m in panel.scene.marks if isinstance(m, Lines) and m.filled]
    assert ellipses == [("tau_01",), ("phi_0010",)]
    _, apart = opened("apart")
    ellipses = [m.tags for m in apart.scene.marks if isinstance(m, Lines) and m.filled]
    assert ellipses == [(), ()]  # they do not correlate: there is no symbol


def test_a_beta_and_a_delta_light_up_what_they_consist_of() -> None:
    _, panel = opened("egsingle")
    parts = [part for (part,) in panel.scene.equation]
    assert all(isinstance(part, Raw) for part in parts)
    first, second = (part.markup for part in parts[:2])  # type: ignore[union-attr]
    everything = "gamma_000 gamma_001 gamma_010 V_00 U_0"
    assert f'data-symbol="{everything}"' in first
    assert f'data-symbol="{everything}"' in second
    assert 'data-symbol="gamma_000 gamma_001 V_00"' in second  # δ₀₀ₖ
    assert 'data-symbol="gamma_010"' in second  # δ₀₁ₖ
    assert "delta_" not in "".join(part.markup for part in parts)  # type: ignore[union-attr]


def test_crossed_groups_are_picked_by_two_lists() -> None:
    fit, panel = opened("penicillin")
    assert list(panel.controls) == ["over", "group", "second"]
    scene = panel.move(group="d", second="F")
    effects: Any = fit.random_effects
    plate, sample = effects["plate"].loc["d", "Intercept"], effects["sample"].loc["F", "Intercept"]
    one, other = arrow(scene, "U_0"), arrow(scene, "V_0")
    assert (one.y1 - one.y0, other.y1 - other.y0) == pytest.approx((plate, sample))
    assert other.y0 == pytest.approx(one.y1)
    assert scene.told.startswith(f"The picked plate is d: U₀ⱼ = {plate:.2f}".replace("-", "−"))
    units = next(m for m in scene.marks if isinstance(m, Points) and m.tags == ("epsilon",))
    drawn = np.asarray(units.y)[np.isfinite(units.y)]
    np.testing.assert_allclose(drawn, fit.frame.loc[fit.frame["plate"] == "d", "diameter"])


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
def test_the_first_two_crossed_groups_have_met() -> None:
    fit, panel = opened("scots")
    picked, other = (
        panel.controls[name].options[panel.controls[name].read(panel.controls[name].value)]
        for name in ("group", "second")
    )
    both = (fit.frame["primary"] == int(picked)) & (fit.frame["second"] == int(other))
    assert both.any()


def test_along_a_predictor_of_schools_both_are_points() -> None:
    _, panel = opened("egsingle")
    scene = panel.move(over="lowinc")
    points = {m.label: m for m in scene.views[0].marks if isinstance(m, Points) and m.label}
    assert {"children: press one", "schools"} <= set(points)
    assert points["schools"].chooses == ""  # a school is picked by one of its children
    panel.move(over="year")


def test_a_singular_fit_of_two_groupings_is_drawn() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(size=160), "x": rng.normal(size=160)})
    frame["k"], frame["j"] = np.repeat(range(8), 20), np.tile(np.repeat(range(4), 5), 8)
    frame["y"] -= frame.groupby("k")["y"].transform("mean")  # schools are all alike
    model = mlm.Model("y ~ x", group="k/j", level2={"x": "U"}, level3={"x": "V"})
    with pytest.warns(SingularFitWarning):
        fit = model.fit(frame)
    panel = fit.explore()
    assert "nan" not in panel.sentence + panel.alt
    assert panel.scene.notes == tuple(fit.messages)
    for view in panel.scene.views:
        assert view.x.high > view.x.low
        assert view.y.high > view.y.low
    assert panel.scene.tags("picture") == panel.scene.tags("equation")


def test_names_that_mean_something_in_templates_are_shown_as_they_are() -> None:
    _, panel = opened("odd")
    assert "along a b" in panel.move(over="a b").described
    assert "along c{d}" in panel.move(over="c{d}").described
    assert "|*" in panel.sentence


def test_picture_and_equation_of_three_levels_of_yes_and_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They need no sentences."""
    monkeypatch.setattr(Display, "interpretation", Interpretation(()))
    frame = odd()
    frame["passed"] = (frame["y"] > 0).astype(int)
    fit = mlm.Model("passed ~ `a b`", group="s{k}/room", family="binomial").fit(frame)
    scene = linked(fit).scene
    shown = {"gamma_000", "gamma_100", "U_0", "V_00", "tau_00", "phi_0000"}
    assert scene.tags("picture") == scene.tags("equation") == shown
    general, school, room = (m for m in scene.views[1].marks if isinstance(m, Lines))
    assert (general.tags, school.tags, room.tags) == ((), ("V_00",), ("U_0",))
