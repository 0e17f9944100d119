"""The builder: controls, model, fit and every view of it."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.explore.builder import Builder


@pytest.fixture
def panel() -> Builder:
    return mlm.explore.builder()


def seen(panel: Builder) -> dict[str, str]:
    views = {name: panel.view(name) for name in ("estimates", "sentences", "code")}
    shown = {"picture": panel.image.value, "text": panel.sentence.value}
    return {**views, **shown, "equation": panel.equation.value}


MOVES = {
    "outcome": ("ses", {"equation", "estimates", "picture", "sentences", "code", "text"}),
    "use female": (True, {"equation", "estimates", "sentences", "code", "text"}),
    "U ses": (True, {"equation", "estimates", "picture", "sentences", "code", "text"}),
    "intercept on sector": (True, {"equation", "estimates", "picture", "sentences", "code"}),
    "ses on size": (True, {"equation", "estimates", "sentences", "code", "text"}),
    "centring": ("group mean", {"equation", "estimates", "picture", "sentences", "code"}),
    "method": ("ML", {"estimates", "code", "text"}),
    "notation": ("raudenbush-bryk", {"equation", "sentences"}),
    "show": ("estimates", {"equation"}),
    "program": ("stata", {"code"}),
    "symbol": ("γ₁₀", {"equation", "estimates", "picture", "sentences", "text"}),
}


@pytest.mark.parametrize("control", MOVES)
def test_every_control_moves_what_it_should(panel: Builder, control: str) -> None:
    before = seen(panel)
    value, expected = MOVES[control]
    panel.controls[control].value = value
    after = seen(panel)
    assert panel.message.value == ""
    changed = {name for name in before if before[name] != after[name]}
    assert expected <= changed


def test_the_model_that_is_built_can_be_taken_out(panel: Builder) -> None:
    for control in ("use minority", "use female", "U ses", "ses on size"):
        panel.controls[control].value = True
    for control in ("intercept on size", "intercept on sector"):
        panel.controls[control].value = True
    full = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    ).fit(mlm.load("hsb"))
    assert set(panel.fit.params.index) == set(full.params.index)
    assert panel.fit.criterion == pytest.approx(full.criterion)
    assert panel.model is panel.fit.model
    for name in full.params.index:
        assert f">{name}</td>" in panel.view("estimates")


def test_a_chosen_symbol_lights_up_everywhere(panel: Builder) -> None:
    panel.controls["U ses"].value = True
    panel.controls["symbol"].value = "U₁ⱼ"
    assert r"\boxed{\textcolor{#8f3d72}{U_{1j}}}" in panel.equation.value
    assert 'aria-selected="true"><td style="padding:2px 10px">variance of U₁ⱼ' in (
        panel.view("estimates")
    )
    assert "▶ U₁ⱼ" in panel.view("sentences")
    assert panel.shown.sentence.startswith("U₁ⱼ: ")


def test_a_gamma_is_boxed_though_estimates_are_shown(panel: Builder) -> None:
    panel.controls["show"].value = "estimates"
    panel.controls["symbol"].value = "γ₁₀"
    assert r"\boxed{\textcolor{#9a4a00}{\gamma_{10}}}" in panel.equation.value
    assert "2.39" in panel.equation.value


def test_symbols_follow_the_model(panel: Builder) -> None:
    assert panel.controls["symbol"].options == ("none", "γ₀₀", "γ₁₀", "U₀ⱼ")
    panel.controls["symbol"].value = "γ₁₀"
    panel.controls["U ses"].value = True
    assert panel.controls["symbol"].options == ("none", "γ₀₀", "γ₁₀", "U₀ⱼ", "U₁ⱼ")
    assert panel.controls["symbol"].value == "γ₁₀"
    panel.controls["use ses"].value = False
    assert panel.controls["symbol"].value == "none"
    assert "γ₁₀" not in panel.controls["symbol"].options


def test_what_a_change_does_is_told(panel: Builder) -> None:
    panel.controls["method"].value = "ML"
    before = panel.fit
    panel.controls["use minority"].value = True
    fall = panel.fit.criterion - before.criterion
    assert f"deviance −{abs(fall):.2f}" in panel.shown.sentence
    panel.controls["method"].value = "REML"
    panel.controls["use female"].value = True
    assert "choose ML to compare" in panel.shown.sentence


def test_a_model_without_u_is_explained_and_can_be_left(panel: Builder) -> None:
    panel.controls["U intercept"].value = False
    assert "No coefficient of the model is random" in panel.message.value
    assert panel.model.random
    panel.controls["U intercept"].value = True
    assert panel.message.value == ""


def test_the_null_model_has_a_picture(panel: Builder) -> None:
    panel.controls["use ses"].value = False
    assert panel.model.formula == "mathach ~ 1 + (1 | school)"
    assert "no numeric level-1 predictor" in panel.shown.alt


def test_centred_columns_have_names_of_their_own(panel: Builder) -> None:
    panel.controls["centring"].value = "group mean"
    assert panel.model.formula == "mathach ~ 1 + cses + (1 | school)"
    assert panel.fit.frame.groupby("school")["cses"].mean().abs().max() < 1e-9


def test_other_data_and_data_that_do_not_do() -> None:
    panel = mlm.explore.builder(mlm.load("exam"))
    assert panel.message.value == ""
    panel.controls["use sex"].value = True
    assert "sex[T." in panel.view("estimates")
    frame = pd.DataFrame({"g": ["a", "a", "b", "b"], "z": [1, 1, 2, 2]})
    with pytest.raises(OptionError, match="can be an outcome"):
        mlm.explore.builder(frame, group="g")


def test_columns_may_have_spaces_in_their_names(panel: Builder) -> None:
    names = {"ses": "social status", "mathach": "maths score", "size": "school size"}
    own = pd.DataFrame(mlm.load("hsb").rename(columns=names))
    own.attrs = {}
    other = mlm.explore.builder(own, group="school")
    other.controls["centring"].value = "group mean"
    other.controls["intercept on school size"].value = True
    assert "school size" in other.fit.params.index
    assert other.fit.nobs == len(own)


def test_only_coefficients_of_the_model_have_their_controls_unfolded(panel: Builder) -> None:
    assert panel.controls["U female"].layout.display == "none"
    assert panel.controls["use mathach"].layout.display == "none"
    panel.controls["use female"].value = True
    assert panel.controls["U female"].layout.display == ""
    assert panel.controls["female on size"].layout.display == ""


def test_it_begins_with_an_outcome_and_a_line() -> None:
    exam = mlm.load("exam")
    assert mlm.explore.builder(exam).model.formula.startswith("normexam ~ 1 + standLRT")
    panel = mlm.explore.builder(exam, outcome="standLRT")
    assert panel.model.formula.startswith("standLRT ~ 1 + normexam")
    with pytest.raises(mlm.MlmteachError, match="Did you mean 'normexam'"):
        mlm.explore.builder(exam, outcome="normexa")
