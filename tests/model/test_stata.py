"""Stata's mixed becomes an lme4 formula (StataCorp, ME reference manual, entry `mixed`)."""

import pytest

from mlmteach import Model
from mlmteach.errors import FormulaError, MlmteachError
from mlmteach.model.stata import is_stata, stata_to_lme4


@pytest.mark.parametrize(
    ("command", "formula"),
    [
        ("mixed y || g:", "y ~ 1 + (1 | g)"),
        (". mixed y x, || g:", "y ~ 1 + x + (1 | g)"),
        ("xtmixed y x || g:, mle", "y ~ 1 + x + (1 | g)"),
        ("mixed y x || g: x", "y ~ 1 + x + (1 + x || g)"),  # independent is the default
        ("mixed y x || g: x, cov(un)", "y ~ 1 + x + (1 + x | g)"),
        ("mixed y x || g: x, covariance(unstructured) reml", "y ~ 1 + x + (1 + x | g)"),
        ("mixed y x || g: x, cov(ind) var nolog", "y ~ 1 + x + (1 + x || g)"),
        ("mixed y x || g: x, nocons", "y ~ 1 + x + (0 + x || g)"),
        ("mixed y x, noconstant || g: x w, cov(uns)", "y ~ 0 + x + (1 + x + w | g)"),
        ("mixed y x ///\n    w || g:", "y ~ 1 + x + w + (1 | g)"),
        ("mixed y x || g: x, nocons || g:", "y ~ 1 + x + (0 + x || g) + (1 | g)"),
        ("mixed y i.k || g:", "y ~ 1 + C(k) + (1 | g)"),
        ("mixed y ib3.k || g:", "y ~ 1 + C(k, Treatment(3)) + (1 | g)"),
        ("mixed y c.x#c.w || g:", "y ~ 1 + x:w + (1 | g)"),
        ("mixed y c.x##c.w || g:", "y ~ 1 + x + w + x:w + (1 | g)"),
        ("mixed y k##c.x || g:", "y ~ 1 + C(k) + x + C(k):x + (1 | g)"),  # k alone is i.k
        ("mixed y c.x##c.x || g:", "y ~ 1 + x + I(x ** 2) + (1 | g)"),
        ("mixed y x c.x#c.x#c.x || g:", "y ~ 1 + x + I(x ** 3) + (1 | g)"),
        ("mixed y x c.x##c.w || g:", "y ~ 1 + x + w + x:w + (1 | g)"),  # x counts once
        ("mixed y x || g:, level(90)", "y ~ 1 + x + (1 | g)"),
    ],
)
def test_commands(command: str, formula: str) -> None:
    assert is_stata(command)
    assert stata_to_lme4(command) == formula


def test_the_model_of_the_slides() -> None:
    command = """mixed mathach c.ses##c.size sector minority female ///
        || school: ses, covariance(unstructured) reml"""
    expected = Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    assert Model.from_formula(command, level2=["size", "sector"]) == expected


def test_a_formula_is_no_command() -> None:
    assert not is_stata("mixed ~ x + (1 | g)")
    assert not is_stata("mixedness ~ x")


@pytest.mark.parametrize(
    ("command", "place", "says"),
    [
        ("mixed y x", "", "no group"),
        ("mixed || g:", "|| g:", "outcome is missing"),
        ("mixed y x || g", " g", "one group and a colon"),
        ("mixed y x || _all: R.h", " _all:", "one group and a colon"),
        ("mixed y x if z == 1 || g:", "if z", "selects or weights"),
        ("mixed y x [pw=w] || g:", "[pw=w]", "selects or weights"),
        ("mixed y x1-x5 || g:", "x1-x5", "not the name"),
        ("mixed y L.x || g:", "L.x", "not the name"),
        ("mixed y a##b#c || g:", "a##b#c", "mixes"),
        ("mixed y x || g: i.k", "i.k", "random effect"),
        ("mixed y x || g: x, cov(exchangeable)", "cov(exch", "not a covariance"),
        ("mixed y x || g: x, cov(identity)", "cov(iden", "not a covariance"),
        ("mixed y x || g:, residuals(ar 1)", "residuals", "not supported"),
        ("mixed y x || g:, nocons", " g:, nocons", "is empty"),
    ],
)
def test_commands_that_are_refused(command: str, place: str, says: str) -> None:
    with pytest.raises(FormulaError, match=says) as caught:
        stata_to_lme4(command)
    column = command.index(place) if place else len(command)
    assert f"\n    {command}\n    {' ' * column}^\n" in str(caught.value)
    assert caught.value.remedy.endswith(".")


def test_three_levels_are_refused() -> None:
    with pytest.raises(MlmteachError, match="groups g and h"):
        Model.from_formula("mixed y x || g: || h:")


def test_a_product_of_many_variables_is_refused() -> None:
    many = "##".join(f"c.x{number}" for number in range(30))
    with pytest.raises(FormulaError, match="multiplies more than 9 variables"):
        stata_to_lme4(f"mixed y {many} || g:")
