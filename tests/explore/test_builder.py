"""The builder: the equations as controls, model, fit and every view of it."""

from collections.abc import Iterator
from functools import cache

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import MlmteachError, OptionError
from mlmteach.explore.builder import Builder, change_words
from mlmteach.panels.scene import Element, Lines, Press, Words, plain_text


@cache
def opened() -> Builder:
    return mlm.explore.builder()


@pytest.fixture
def panel() -> Builder:
    panel = opened()
    panel.move(**{name: control.read(control.value) for name, control in panel.controls.items()})
    return panel


def presses(words: Words | tuple[Words, ...]) -> Iterator[Press]:
    for part in words:
        if isinstance(part, tuple):
            yield from presses(part)
        elif isinstance(part, Press):
            yield part
        elif isinstance(part, Element):
            yield from presses(part.parts)


def button(panel: Builder, label: str) -> Press:
    found = [one for one in presses(panel.scene.equation) if one.label.startswith(label)]
    assert len(found) == 1, [one.label for one in presses(panel.scene.equation)]
    return found[0]


def click(panel: Builder, label: str) -> None:
    """Press a term of the equations, as a page does."""
    values = {**{n: c.written(panel.values[n]) for n, c in panel.controls.items()}}
    asked = {"values": {**values, **button(panel, label).sets}, "ask": "x"}
    (answer,) = panel.answers(asked)
    assert "error" not in next(iter(answer["part"]["scenes"].values()))


def test_a_model_is_clicked_together_and_can_be_taken_out(panel: Builder) -> None:
    for label in (
        "minority: not in",
        "female: not in",
        "U: not in the equation of ses",
        "size: not in the equation of ses",
        "size: not in the equation of intercept",
        "sector: not in the equation of intercept",
    ):
        click(panel, label)
    full = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    ).fit(mlm.load("hsb"))
    assert set(panel.fit.params.index) == set(full.params.index)
    assert panel.fit.criterion == pytest.approx(full.criterion)
    assert panel.model is panel.fit.model
    click(panel, "U of ses")
    click(panel, "size: in the equation of ses")
    assert panel.model.formula.endswith("(1 | school)")
    assert "size:ses" not in panel.fit.params.index


def test_estimates_with_their_errors_stand_beneath_the_symbols(panel: Builder) -> None:
    text = "".join(map(plain_text, panel.scene.equation))
    assert "2.39 (0.11)" in text
    assert "σ² = 37.03" in text
    assert "τ₀² = 4.768" in text


def test_what_lights_up_in_the_equations_does_so_elsewhere(panel: Builder) -> None:
    scene = panel.move(**{"U ses": True})
    shown = {tag for tag in scene.tags("equation") if not tag.startswith("beta")}
    assert shown == {"gamma_00", "gamma_10", "U_0", "U_1", "epsilon"}
    assert shown <= scene.tags("picture")
    detailed = panel.part([panel.values])["scenes"][panel.key(panel.values)]["more"]
    lines = [line[0] for line in detailed["What each symbol means"]]
    told = {tag for line in lines if isinstance(line, dict) for tag in line["t"]}
    assert {"gamma_00", "gamma_10", "U_0", "U_1"} <= told
    assert "lme4" in str(detailed["The same model in other programs"])


def test_options_change_the_fit_or_the_letters(panel: Builder) -> None:
    reml = panel.fit
    panel.move(method="ML")
    assert not panel.fit.reml
    assert panel.fit.criterion != reml.criterion
    panel.move(method="REML", notation="raudenbush-bryk")
    assert "u" in "".join(map(plain_text, panel.scene.equation))
    panel.move(centring="group mean")
    assert panel.model.formula == "mathach ~ 1 + cses + (1 | school)"
    assert panel.fit.frame.groupby("school")["cses"].mean().abs().max() < 1e-9
    assert button(panel, "ses: in the level-1 equation").sets["use ses"] == 0


def test_what_the_last_change_does_is_told(panel: Builder) -> None:
    panel.move(method="ML")
    before = panel.fit.criterion
    click(panel, "minority: not in")
    after = panel.fit.criterion
    assert f"deviance {before:.2f} → {after:.2f} (−{before - after:.2f})" in panel.sentence
    panel.move(method="REML")
    assert "choose ML to compare" in panel.sentence


def test_a_model_without_u_is_refused_and_the_panel_stays(panel: Builder) -> None:
    before = panel.scene
    with pytest.raises(MlmteachError, match="No coefficient of the model is random"):
        panel.move(**{"U intercept": False})
    assert panel.scene is before


def test_the_null_model_has_a_picture(panel: Builder) -> None:
    click(panel, "ses: in the level-1 equation")
    assert panel.model.formula == "mathach ~ 1 + (1 | school)"
    assert "no numeric level-1 predictor" in panel.alt
    assert any(isinstance(mark, Lines) for mark in panel.scene.marks)


def test_a_page_has_what_one_click_leads_to(panel: Builder) -> None:
    keys = set(panel.program(in_detail=False)["parts"][1]["scenes"])
    values = {n: c.written(panel.values[n]) for n, c in panel.controls.items()}
    discrete = [name for name, control in panel.controls.items() if control.discrete]
    for one in presses(panel.scene.equation):
        moved = {**values, **one.sets}
        assert "|".join(f"{moved[name]:g}" for name in discrete) in keys


def test_columns_that_can_be_no_predictor_are_not_offered() -> None:
    exam = mlm.load("exam")
    own = pd.DataFrame(exam).assign(const=1, when=pd.Timestamp("2024-05-01"))
    own["when"] += pd.to_timedelta(range(len(own)), unit="D")
    own.attrs = exam.attrs
    panel = mlm.explore.builder(own, group="school")
    assert not [name for name in panel.controls if "const" in name or "when" in name]


def test_other_data_and_data_that_do_not_do() -> None:
    exam = mlm.load("exam")
    panel = mlm.explore.builder(exam, outcome="standLRT")
    assert panel.model.formula.startswith("standLRT ~ 1 + normexam")
    panel.move(**{"use sex": True})
    assert any(str(name).startswith("sex[T.") for name in panel.fit.params.index)
    with pytest.raises(MlmteachError, match="Did you mean 'normexam'"):
        mlm.explore.builder(exam, outcome="normexa")
    frame = pd.DataFrame({"g": ["a", "a", "b", "b"], "z": [1, 1, 2, 2]})
    with pytest.raises(OptionError, match="can be an outcome"):
        mlm.explore.builder(frame, group="g")


def test_columns_may_have_spaces_in_their_names() -> None:
    names = {"ses": "social status", "mathach": "maths score", "size": "school size"}
    own = pd.DataFrame(mlm.load("hsb").rename(columns=names))
    own.attrs = {}
    panel = mlm.explore.builder(own, group="school")
    panel.move(**{"centring": "group mean", "intercept on school size": True})
    assert "school size" in panel.fit.params.index
    assert panel.fit.nobs == len(own)


def test_signs_in_names_are_no_signs_of_formulas() -> None:
    names = {"mathach": "a|b ~ c", "ses": "x * y", "school": "<i>a/b</i>"}
    own = pd.DataFrame(mlm.load("hsb").rename(columns=names)[list(names.values())])
    own.attrs = {}
    panel = mlm.explore.builder(own, group="<i>a/b</i>", outcome="a|b ~ c")
    panel.move(**{"use x * y": True})
    assert list(panel.fit.params.index) == ["Intercept", "x * y"]
    assert panel.fit.ngroups == 160


def test_a_change_that_went_with_its_coefficient_is_no_change() -> None:
    panel = mlm.explore.builder()
    told = panel.move(**{"ses on sector": True, "changed": "ses on sector"}).told
    assert "The last change, ses ← sector" in told
    assert "The last change" not in panel.move(outcome="ses").told


def test_a_share_that_rounds_to_nothing_has_no_minus() -> None:
    panel = mlm.explore.builder()
    fit = panel.fit
    (_, (told, *_)) = change_words(fit, fit, "nothing")
    assert "(+0 %)" in told
    smaller = fit.refit(fit.frame["mathach"] * (1 - 1e-6))
    (_, (told, *_)) = change_words(smaller, fit, "next to nothing")
    assert "(−0 %)" not in told
