"""Stata's mixed, by its documented syntax."""

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from tests.translate.cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("stata") == snapshot


def test_methods_have_the_degrees_of_freedom_that_they_can() -> None:
    model = CASES["slope"].model
    call = str(model.code("stata", reml=True)).replace(" ///\n   ", "")
    assert call.endswith(" reml dfmethod(satterthwaite)")
    assert str(model.code("stata", reml=False)).endswith(" mle")
    assert "dfmethod" not in str(model.code("stata", reml=False))


@pytest.mark.parametrize(
    ("name", "equations"),
    [
        ("null", "|| school:, "),
        ("slope", "|| school: ses, covariance(unstructured) "),
        ("diagonal", "|| Subject: Days, covariance(independent) "),
        ("slope_only", "|| Subject: Days, noconstant "),
        ("blocks", "|| school: minority, covariance(unstructured) || school: ses, noconstant "),
    ],
)
def test_random_equations(name: str, equations: str) -> None:
    """[ME] mixed: blocks repeat the level, ``noconstant`` leaves the intercept out."""
    source = " ".join(CASES[name].script("stata").replace("///", "").split())
    assert equations in source


def test_a_group_with_names_gets_numbers() -> None:
    source = CASES["text_group"].script("stata")
    assert "egen long Batch_code = group(Batch)" in source
    assert "|| Batch_code:" in source


def test_a_product_with_u_is_a_column() -> None:
    model = mlm.Model("y ~ a * b", group="g", level2={"a:b": "U"})
    source = str(model.code("stata"))
    assert "generate double a_x_b = a * b" in source
    assert "c.a#c.b" in source
    assert "|| g: a_x_b" in source


def test_a_long_call_goes_on_behind_slashes() -> None:
    call = CASES["blocks"].script("stata").split("\n\n")[-1].splitlines()
    assert len(call) > 1
    assert all(line.endswith(" ///") for line in call[:-1])
