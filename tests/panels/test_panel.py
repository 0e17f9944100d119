"""What all panels have in common."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError, SingularFitWarning
from mlmteach.palette import ROLES
from mlmteach.panels.controls import Preset, Select, Slider, Toggle
from mlmteach.panels.panel import MOST_SCENES, Panel, static
from mlmteach.panels.scene import Axis, Handle, Points, Scene, View, text

PANELS = sorted(set(mlm.explore.__all__) - {"Panel"})


@cache
def opened(name: str) -> Panel[Any]:
    panel: Panel[Any] = getattr(mlm.explore, name)()
    return panel


@dataclass(frozen=True)
class State:
    x: float
    kind: str
    on: bool = False


def scene(state: State) -> Scene:
    if state.kind == "bad":
        raise ModelError("The kind is bad.", "Choose another.")
    axis = Axis(label="x", low=0, high=10)
    view = View(title="", x=axis, y=axis, marks=(Points(x=state.x, y=1, tags=("x",)),))
    words = text("[x is {x}](x), {kind}{on}.", x=state.x, kind=state.kind, on=" on" * state.on)
    return Scene(views=(view,), sentence=(words,), alt=text("A point at {x}.", x=state.x))


def small(options: tuple[str, ...] = ("a", "b", "bad"), **more: Any) -> Panel[State]:
    controls = [
        Slider(name="x", label="x", value=1.0, low=0.0, high=5.0, step=0.5),
        Select(name="kind", label="kind", options=options, value="a"),
        Toggle(name="on", label="on"),
    ]
    return Panel("Small", controls, State, scene, caption="A point.", **more)


def program_of(html: str) -> dict[str, Any]:
    packed = re.search(r'data-program="([^"]*)"', html)
    assert packed
    return dict(json.loads(zlib.decompress(b64decode(packed[1]))))


def test_moving_gives_the_scene_of_the_state() -> None:
    panel = small()
    assert panel.move(x=2.3, kind="b").told == "x is 2.50, b."
    assert panel.state == State(2.5, "b")
    assert panel.sentence == "x is 2.50, b."
    assert panel.alt == "A point at 2.50."


def test_what_is_not_possible_leaves_the_panel_where_it_was() -> None:
    panel = small()
    with pytest.raises(ModelError, match="kind is bad"):
        panel.move(x=4.0, kind="bad")
    with pytest.raises(OptionError, match="no control 'y'"):
        panel.move(y=1)
    with pytest.raises(OptionError, match="Choose one of"):
        panel.move(kind="c")
    assert panel.state == State(1.0, "a")


def test_a_page_gets_a_scene_for_each_value_of_what_is_discrete() -> None:
    presets = (Preset(label="far", values={"x": 5, "kind": "b"}),)
    program = small(presets=presets).program()
    (part,) = program["parts"]
    assert set(part["scenes"]) == {f"{kind}|{on}" for kind in range(3) for on in range(2)}
    assert part["scenes"]["2|0"] == {"error": "The kind is bad. Choose another."}
    assert part["scenes"]["0|0"]["views"][0]["marks"][0]["x"] == {"$": 0}
    assert part["nodes"] == [["input", [], "x"]]
    assert program["whole"]
    assert program["presets"] == [{"label": "far", "values": {"x": 5.0, "kind": 1}}]


def test_where_states_are_many_a_page_gets_those_one_move_away() -> None:
    options = tuple(f"k{k}" for k in range(MOST_SCENES))
    panel = small(("a", *options))
    program = panel.program()
    assert not program["whole"]
    assert len(program["parts"][0]["scenes"]) == len(options) + 2
    values = {"x": 3.0, "kind": 5, "on": 1}
    (answer,) = panel.answers({"values": values, "ask": "5|1"})
    assert answer["asked"] == "5|1"
    assert list(answer["part"]["scenes"]) == ["5|1"]
    assert panel.state == State(3.0, "k4", True)
    ahead = {key for one in panel.ahead() for key in one["part"]["scenes"]}
    assert {"5|0", "6|1"} <= ahead


def test_a_page_hears_what_is_not_possible() -> None:
    panel = small()
    (answer,) = panel.answers({"values": {"x": 1.0, "kind": 2, "on": 0}, "ask": "2|0"})
    assert answer["part"]["scenes"]["2|0"]["error"].startswith("The kind is bad")
    assert panel.state.kind == "a"
    assert list(panel.answers({"values": {"x": 2.0, "kind": 1, "on": 0}})) == [{}]
    assert panel.state == State(2.0, "b")


def test_what_takes_longer_comes_after() -> None:
    calls = []

    def detail(state: State, scene: Scene) -> Scene:
        calls.append(state)
        return scene

    panel = small(detail=detail)
    assert not calls
    panel.program(in_detail=False)
    assert len(calls) == 1  # of the present state alone
    panel.program()
    assert len(calls) == 6
    (answer,) = panel.answers({"values": {"x": 1.0, "kind": 0, "on": 0}})
    assert answer["detail"]


def test_the_bundle_works_everywhere_and_holds_no_widget() -> None:
    panel = small()
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/png"}
    html = bundle["text/html"]
    assert 'alt="A point at 1.00."' in html  # where no script runs
    assert "<p>x is 1.00, a.</p>" in html
    assert program_of(html) == json.loads(json.dumps(panel.program()))
    assert re.findall(r'(?:src|href)="(?!data:)', html) == []
    assert panel._repr_mimebundle_() == bundle  # nothing changes by chance


def test_a_panel_is_saved_as_a_page(tmp_path: Path) -> None:
    panel = small()
    path = panel.save(tmp_path / "panel.html")
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<h1" in page
    assert program_of(page)["title"] == "Small"
    with pytest.raises(OptionError, match="is there already"):
        panel.save(path)
    with pytest.raises(OptionError, match="End the name in .html"):
        panel.save(tmp_path / "panel.png")


def contrast(one: str, other: str) -> float:
    """By the definition of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_are_those_of_the_palette_and_can_be_read_in_both_themes() -> None:
    light, dark = re.findall(r"\{([^}]*--mlm-ink:[^}]*)\}", static("panel.css"))
    themes = [dict(re.findall(r"--mlm-([\w-]+): (#\w+)", part)) for part in (light, dark)]
    assert {role: themes[0][role] for role in ROLES} == ROLES
    for theme in themes:
        for name in (*ROLES, "ink", "quiet", "warn"):
            assert contrast(theme[name], theme["ground"]) >= 4.5, name
        assert contrast(theme["lit-ink"], theme["lit"]) >= 4.5
        assert contrast(theme["focus"], theme["ground"]) >= 3


@pytest.mark.parametrize("name", PANELS)
def test_what_is_dragged_has_steps_so_fine_that_the_picture_does_not_jump(name: str) -> None:
    panel = opened(name)
    dragged = {n for m in panel.scene.marks if isinstance(m, Handle) for n in m.sets}
    for control in map(panel.controls.__getitem__, dragged):
        assert isinstance(control, Slider)
        assert (control.high - control.low) / control.step >= 99.9, control.name


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_opens_on_a_default_and_links_its_symbols(name: str) -> None:
    panel = opened(name)
    scene = panel.scene
    assert panel.sentence
    assert "nan" not in panel.sentence + panel.alt
    assert "−0.00" not in panel.sentence
    assert panel.figure.alt == panel.alt
    for control in panel.controls.values():
        assert control.label.strip()
    shown = scene.tags("picture") & scene.tags("equation")
    assert shown, "no symbol of the equation is in the picture"
    if name != "builder":  # whose sentences lie in a block of their own
        assert shown & scene.tags("sentence")


@pytest.mark.parametrize("name", PANELS)
def test_the_size_of_a_page_is_far_below_three_megabytes(name: str) -> None:
    panel = opened(name)
    program = json.dumps(panel.program(in_detail=False), ensure_ascii=False)
    assert len(zlib.compress(program.encode(), 9)) < 150_000


def told(words: str, symbol: str) -> float:
    """The number behind a symbol in a sentence."""
    found = re.search(rf"{re.escape(symbol)} = (−?[\d.]+\d)", words)
    assert found, (symbol, words)
    return float(found[1].replace("−", "-"))


@pytest.mark.parametrize("unit", [3e-8, 0.004, 1.0, 5e4])
def test_panels_say_what_a_fit_says_whatever_the_unit_of_its_outcome(unit: float) -> None:
    data = mlm.load("sleepstudy").assign(late=lambda d: (d.Subject % 2).astype(float))
    data["Reaction"] *= unit
    null = mlm.Model("Reaction ~ 1", group="Subject").fit(data)
    slope = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "late + U"}).fit(data)
    tau2, sigma2 = float(null.cov_re.iloc[0, 0]), null.scale
    near = {"rel": 0.02}
    for panel in (mlm.explore.icc(null), mlm.explore.shrinkage(null)):
        assert panel.values["tau2"] == pytest.approx(tau2, **near)
        assert told(panel.sentence, "τ₀²") == pytest.approx(tau2, **near)
        assert told(panel.sentence, "σ²") == pytest.approx(sigma2, **near)
    picked = mlm.explore.shrinkage(null)
    assert abs(told(picked.sentence, "U₀ⱼ")) > 5 * unit
    two = mlm.explore.random_slopes(slope)
    for place, symbol in enumerate(("τ₀²", "τ₁²")):
        expected = float(slope.cov_re.iloc[place, place])
        assert told(two.sentence, symbol) == pytest.approx(expected, **near)
    rho = slope.cov_re.iloc[0, 1] / (slope.cov_re.iloc[0, 0] * slope.cov_re.iloc[1, 1]) ** 0.5
    assert f"correlation {rho:.2f}".replace("-", "−") in two.sentence
    steps = mlm.explore.ladder({"null": null, "slope": slope})
    assert told(steps.move(step=1).told, "τ₀²") == pytest.approx(tau2, **near)
    crossed = mlm.explore.cross_level(slope)
    assert told(crossed.sentence, "γ₁₀") == pytest.approx(float(slope.params["Days"]), **near)


def test_nothing_is_asked_whose_answer_is_another_at_the_edge() -> None:
    """Without a variance between groups, more rows move no prediction and no share rises."""
    hsb = mlm.load("hsb")
    within = hsb.mathach - hsb.groupby("school").mathach.transform("mean")
    with pytest.warns(SingularFitWarning):
        edge = mlm.Model("mathach ~ 1", group="school").fit(hsb.assign(mathach=within))
    inside = mlm.Model("mathach ~ 1", group="school").fit(hsb)
    for panel in (mlm.explore.icc, mlm.explore.shrinkage):
        assert panel(edge).question is None
        assert panel(inside).question is not None
        assert panel(edge).program()["question"] is None
    noise = 0.1 * np.tile([1.0, -1.0], len(hsb))[: len(hsb)]
    same = mlm.explore.centering(hsb.assign(score=hsb.ses + noise), "score", "ses", "school")
    assert "which agree" in same.sentence
    assert same.question is None
