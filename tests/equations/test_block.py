"""Equations to look at and to copy: what a front end gets, MathML, the legend, parts."""

from dataclasses import FrozenInstanceError
from xml.etree import ElementTree

import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS


@pytest.mark.parametrize("notation", PRESETS)
def test_mathml_is_well_formed_and_complete(full: mlm.Model, notation: str) -> None:
    equations = full.equations(notation=notation, distributions=True, braces=True, colour="role")
    rows = equations.mathml.split("\n")
    assert len(rows) == 4
    words = ["".join(ElementTree.fromstring(row).itertext()) for row in rows]
    assert "\\" not in "".join(words)
    assert "minority" in words[0]
    assert "fixed\xa0part" in words[2]


@pytest.fixture
def model() -> mlm.Model:
    return mlm.Model("y ~ x", group="g")


def test_what_a_front_end_gets(model: mlm.Model) -> None:
    equations = model.equations()
    bundle = equations._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/markdown", "text/latex"}
    assert bundle["text/plain"] == str(equations) == repr(equations) == equations.text
    assert bundle["text/markdown"].count("$$") == 6
    assert model._repr_mimebundle_() == bundle


def test_equations_are_frozen_and_come_apart(model: mlm.Model) -> None:
    equations = model.equations()
    with pytest.raises(FrozenInstanceError):
        equations.blocks = ()  # type: ignore[misc]
    assert len(equations) == 3
    assert [str(part) for part in equations] == [
        str(model.level1), str(model.level2), str(model.full)
    ]  # fmt: skip
    assert str(equations[-1]) == str(model.full)
    assert len(equations[:2]) == 2


def test_the_legend_says_what_letters_stand_for(full: mlm.Model) -> None:
    legend = full.equations(show="symbols").legend
    assert [(e.text, e.name) for e in legend] == [
        ("yᵢⱼ", "mathach"), ("x₁ᵢⱼ", "ses"), ("x₂ᵢⱼ", "minority"), ("x₃ᵢⱼ", "female"),
        ("z₁ⱼ", "size"), ("z₂ⱼ", "sector"),
    ]  # fmt: skip
    assert legend[1].latex == "x_{1ij}"
    assert legend[1].label == "socioeconomic status (SES)"
