"""The talk for a data set and a model."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.site.deck import Slide, deck
from mlmteach.site.markup import plain_text
from mlmteach.site.talk import ladder_to, talk


@cache
def of_hsb() -> tuple[Slide, ...]:
    hsb = mlm.load("hsb").iloc[:1500]
    formula = "mathach ~ size*ses + sector + minority + (1 + ses | school)"
    return talk(hsb, mlm.Model.from_formula(formula, data=hsb))


def test_the_ladder_leads_to_the_model() -> None:
    hsb = mlm.load("hsb")
    model = mlm.Model.from_formula("mathach ~ size*ses + (1 + ses | school)", data=hsb)
    steps = ladder_to(model)
    assert [step.model.formula for step in steps] == [
        "mathach ~ 1 + (1 | school)",
        "mathach ~ 1 + ses + (1 | school)",
        "mathach ~ 1 + ses + (1 + ses | school)",
        "mathach ~ 1 + size + ses + size:ses + (1 + ses | school)",
    ]
    assert steps[-1].model == model


@pytest.mark.parametrize(
    ("formula", "family", "titles"),
    [
        ("y ~ 1 + (1 | g)", None, ["The null model"]),
        ("y ~ x + (1 | g)", "binomial", ["The null model", "Level-1 predictors"]),
        ("y ~ x + (1 + x || g)", None, ["The null model", "Level-1 predictors", "Random slopes"]),
        ("y ~ 1 + (1 | a/b)", None, ["The null model"]),
        ("y ~ x + (1 | a) + (1 | b)", None, ["The null model", "Level-1 predictors"]),
        (
            "y ~ x + (1 + x | a/b)",
            None,
            ["The null model", "Level-1 predictors", "The upper levels"],
        ),
    ],
)
def test_steps_that_a_model_lacks_are_left_out(
    formula: str, family: str | None, titles: list[str]
) -> None:
    model = mlm.Model.from_formula(formula, family=family)  # type: ignore[arg-type]
    steps = ladder_to(model)
    assert [step.title for step in steps] == titles
    assert {step.model.family.name for step in steps} == {family or "normal"}
    assert steps[-1].model == model


def test_each_step_has_all_that_the_lecture_needs() -> None:
    titles = [slide.title for slide in of_hsb()]
    for step in ("The null model", "Level-1 predictors", "Random slopes", "Level-2 predictors"):
        for part in (
            ", in general",
            ": assumptions",
            ": mathematics achievement",
            ": the symbols",
            ": the fit",
            ": what the numbers say",
            " in R",
            " in Stata",
        ):
            assert f"{step}{part}" in titles, (step, part)
    assert "The models side by side" in titles


def test_a_talk_goes_up_three_levels() -> None:
    pastes = mlm.load("pastes")
    slides = talk(pastes, mlm.Model.from_formula("strength ~ 1 + (1 | batch/cask)", data=pastes))
    assert "grouped by" in slides[0].body
    symbols = [slide for slide in slides if slide.title == "The null model: the symbols"]
    assert "V" in plain_text("".join(slide.body for slide in symbols))
    (code,) = (slide for slide in slides if slide.title == "The null model in R")
    assert "batch/cask" in plain_text(code.body) or "batch:cask" in plain_text(code.body)


def test_every_symbol_has_its_sentence_and_its_number() -> None:
    model = ladder_to(
        mlm.Model("mathach ~ ses", group="school", codebook=mlm.load("hsb").attrs["codebook"])
    )[-1].model
    rows = {row.short for row in model.interpret().rows}
    symbols = [s for s in of_hsb() if s.title == "Level-1 predictors: the symbols"]
    shown = plain_text("".join(slide.body for slide in symbols))
    assert "Overall mean" in shown or any(row in shown for row in rows)
    said = [s for s in of_hsb() if s.title == "Level-2 predictors: what the numbers say"]
    text = plain_text("".join(slide.body for slide in said))
    assert text.count("95 % interval") >= 5
    assert all(slide.notes for slide in said)


def test_names_of_columns_are_shown_as_they_stand() -> None:
    """Neither HTML nor Markdown is read in them, and none in a title."""
    odd = {"strength": "<b>kg</b> $x_1$", "batch": "*los*"}
    data = mlm.load("pastes").rename(columns=odd)[[*odd.values()]]
    data.attrs = {}
    model = mlm.Model.from_formula("`<b>kg</b> $x_1$` ~ 1 + (1 | `*los*`)", data=data)
    slides = talk(data, model, title="On <i>us</i>")
    page = deck("t", slides)
    assert "On &lt;i&gt;us&lt;/i&gt;" in page
    assert "<b>kg" not in page
    assert "<em>los" not in page
    said = plain_text("".join(slide.body + slide.notes for slide in slides))
    assert "<b>kg</b> $x_1$" in said


@pytest.mark.parametrize("slope", ["", "z", "U", "z + U"])
def test_the_general_model_varies_where_the_model_does(slope: str) -> None:
    level2 = {"intercept": "size + U", "ses": slope.replace("z", "size")}
    model = mlm.Model("y ~ ses", group="g", level2={k: v for k, v in level2.items() if v})
    *_, last = ladder_to(model)
    assert last.general is not None
    (_, second) = last.general.level2.text.splitlines()
    assert ("U₁ⱼ" in second, "γ₁₁ zⱼ" in second) == ("U" in slope, "z" in slope)


@pytest.mark.parametrize(
    ("formula", "general"),
    [
        ("y ~ x*z + (0 + x | g)", "y ~ 1 + z + x + z:x + (0 + x | g)"),
        ("y ~ 0 + x + (0 + x | g)", "y ~ 0 + x + (0 + x | g)"),
        ("y ~ x + z + (1 + x | g)", "y ~ 1 + z + x + (1 + x | g)"),
    ],
)
def test_the_ladder_leads_to_the_random_part_of_the_model(formula: str, general: str) -> None:
    frame = {"g": np.repeat(np.arange(5), 4), "x": np.arange(20) % 7, "y": np.arange(20) % 3}
    data = pd.DataFrame(frame).assign(z=lambda d: (d.g % 2 + d.g).astype(float))
    model = mlm.Model.from_formula(formula, data=data)
    steps = {step.title: step for step in ladder_to(model)}
    found = steps["Random slopes"].model.random
    assert [c.term.name for c in found] == [c.term.name for c in model.random]
    last = list(steps.values())[-1]
    assert last.general is not None
    assert last.general.formula == general


@pytest.mark.parametrize(
    ("name", "formula", "family"),
    [
        ("oats", "yield ~ nitro*Variety + (1 | Block/Variety)", None),  # a grouping as predictor
        ("cbpp", "cbind(incidence, size - incidence) ~ period + (1 | herd)", "binomial"),
    ],
)
def test_categories_are_those_of_the_data_in_every_step(
    name: str, formula: str, family: str | None
) -> None:
    data = mlm.load(name)
    model = mlm.Model.from_formula(formula, data=data, family=family)
    titles = {slide.title for slide in talk(data, model)}
    assert any(title.endswith("in R") for title in titles)


def test_a_condition_of_items_comes_with_its_slope_between_subjects() -> None:
    """It has one value for each item, so that it has no place at level 1 without the slope."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"who": np.repeat(np.arange(30), 8), "item": np.tile(np.arange(8), 30)})
    data["hard"] = data["item"] % 2
    effects = rng.normal(size=30)[data["who"]] + rng.normal(size=8)[data["item"]]
    data["y"] = effects + data["hard"] * rng.normal(size=30)[data["who"]] + rng.normal(size=240)
    model = mlm.Model.from_formula("y ~ hard + (hard | who) + (1 | item)", data=data)
    titles = [slide.title for slide in talk(data, model)]
    assert any(title.startswith("The upper levels") for title in titles)
    assert not any(title.startswith("Level-1 predictors") for title in titles)
