"""What the options do that no picture shows, and what they refuse."""

from dataclasses import FrozenInstanceError
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.nodes import broken
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import OptionError
from mlmteach.palette import ROLES
from tests.strategies import models


@pytest.fixture
def model() -> mlm.Model:
    return mlm.Model("y ~ x", group="g")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"color": "role"}, "no option 'color'. Did you mean 'colour'?"),
        ({"html": True}, "no option 'html'. Choose one of: notation, show, parts"),
        ({"notation": "hlm"}, "There is no notation 'hlm'. Choose one of slides"),
        ({"show": "greek"}, "show='greek' is not known. Choose one of 'names', 'symbols'"),
        ({"show": ["names"]}, r"show=\['names'\] is not known"),
        ({"show": "estimates"}, "There are no estimates to show. Fit the model"),
        ({"parts": ("level1", "level3")}, "parts='level3' is not known"),
        ({"parts": "level3"}, "parts='level3' is not known"),
        ({"parts": ()}, "`parts` is empty"),
        ({"parts": 1}, "parts=1 is not known"),
        ({"estimates": {"Intercept": 1.0}}, "`estimates` is dict"),
        ({"colour": "red"}, "colour='red' is not known. Choose one of 'role', 'coefficient'"),
        ({"wrap": 0}, "wrap=0 is not possible. Give a whole number from 1 on, 'auto' or None."),
        ({"wrap": 2.5}, "wrap=2.5 is not possible"),
        ({"digits": -1}, "digits=-1 is not possible"),
        ({"digits": True}, "digits=True is not possible"),
        ({"braces": "yes"}, "braces='yes' is not possible. Use True or False."),
        ({"standard_errors": True}, "There are no standard errors to show."),
    ],
    ids=str,
)
def test_options_that_are_refused(model: mlm.Model, options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        model.equations(**options)


def test_estimates_of_another_model_are_refused(full: mlm.Model, estimates: mlm.Estimates) -> None:
    other = mlm.Model("mathach ~ ses + pracad", group="school")
    with pytest.raises(OptionError, match="no value for 'pracad'"):
        other.equations(estimates=estimates)
    fewer = mlm.Model("mathach ~ ses", group="school")
    with pytest.raises(
        OptionError, match="T is for Intercept, ses; the model has U's for Intercept."
    ):
        fewer.equations(estimates=estimates)


def test_standard_errors_have_to_be_known(full: mlm.Model, estimates: mlm.Estimates) -> None:
    bare = mlm.Estimates(estimates.params, estimates.cov_re, estimates.scale)
    with pytest.raises(OptionError, match="no standard errors"):
        full.equations(estimates=bare, standard_errors=True)


def test_t_is_read_by_name(estimates: mlm.Estimates, full: mlm.Model) -> None:
    names = ["ses", "Intercept"]
    turned = mlm.Estimates(estimates.params, estimates.cov_re.loc[names, names], estimates.scale)
    options = {"distributions": True, "digits": 2}
    assert (
        full.equations(estimates=turned, **options).latex
        == full.equations(estimates=estimates, **options).latex
    )


def test_estimates_are_shown_when_they_are_given(full: mlm.Model, estimates: mlm.Estimates) -> None:
    assert "γ" not in str(full.equations(estimates=estimates))
    assert "γ" in str(full.equations(estimates=estimates, show="names"))


def test_one_part_may_be_named_without_a_tuple(model: mlm.Model) -> None:
    assert str(model.equations(parts="full")) == str(model.full)
    assert str(model.equations(parts=("level1",))) == str(model.level1)


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


def test_wrapping_counts_terms(full: mlm.Model) -> None:
    rows = full.equations(parts="full", wrap=4).formulas[0].split("\\\\\n")
    assert len(rows) == 3
    assert all(row.startswith(r"&\quad {}+") for row in rows[1:])
    assert str(full.equations(parts="full", wrap=4)).count("\n") == 2
    assert full.equations(wrap=99).latex == full.equations(wrap=None).latex


@given(models(), st.sampled_from(list(PRESETS)))
def test_rows_are_as_long_as_a_notebook_is_wide(model: mlm.Model, notation: str) -> None:
    writer = TextWriter()
    for block in model.equations(notation=notation).blocks:
        for line in block.lines:
            rows = broken(line, "auto", writer)
            assert sum(rows, ()) == broken(line, None, writer)[0]
            for row in rows:  # a single term may be longer than any row
                assert len(row) == 1 or len(writer.sum(row)) <= 105
    whole = model.equations(notation=notation, wrap=None)
    assert all(str(part).count("\n") == 0 for part in (whole[0], whole[2]))


def test_braces_mark_both_parts_of_the_full_equation_only(full: mlm.Model) -> None:
    level1, level2, whole = full.equations(braces=True).formulas
    assert "underbrace" not in level1 + level2
    assert whole.count(r"}_{\text{fixed part}}") == whole.count(r"}_{\text{random part}}") == 1


def test_a_minus_stays_inside_its_brace() -> None:
    model = mlm.Model("y ~ a + b", group="g")
    one = pd.DataFrame([[1.0]], index=["Intercept"], columns=["Intercept"])
    known = mlm.Estimates(pd.Series({"Intercept": 1.0, "a": 2.0, "b": -3.0}), one, 1.0)
    (latex,) = model.equations(estimates=known, braces=True, wrap=2, parts="full").formulas
    assert (
        r"&\quad {}\underbrace{{}-3.00\,\text{b}_{ij}}_{\text{fixed part}} + \underbrace{U" in latex
    )


def test_colours_belong_to_roles(full: mlm.Model) -> None:
    latex = full.equations(colour="role", parts="full").latex
    for text, role in [
        (r"\gamma_{10}", "fixed"),
        (r"\text{SES}_{ij}", "level1"),
        (r"\text{size}_{j}", "level2"),
        ("U_{1j}", "random"),
        (r"\varepsilon_{ij}", "residual"),
    ]:
        assert rf"\textcolor{{{ROLES[role]}}}{{{text}}}" in latex
    stripped = latex
    for colour in ROLES.values():
        stripped = stripped.replace(rf"\textcolor{{{colour}}}", "")
    assert "textcolor" not in stripped


def test_the_legend_says_what_letters_stand_for(full: mlm.Model) -> None:
    legend = full.equations(show="symbols").legend
    assert [(e.text, e.name) for e in legend] == [
        ("yᵢⱼ", "mathach"), ("x₁ᵢⱼ", "ses"), ("x₂ᵢⱼ", "minority"), ("x₃ᵢⱼ", "female"),
        ("z₁ⱼ", "size"), ("z₂ⱼ", "sector"),
    ]  # fmt: skip
    assert legend[1].latex == "x_{1ij}"
    assert legend[1].label == "socioeconomic status (SES)"


def test_digits_are_decimals(full: mlm.Model, estimates: mlm.Estimates) -> None:
    text = str(full.equations(estimates=estimates, digits=1, parts="level2"))
    assert text.split("\n")[0] == "β₀ⱼ = 12.4 + 0.00029 sizeⱼ + 2.1 sectorⱼ + U₀ⱼ"
