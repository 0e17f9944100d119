"""Factors and terms."""

import pytest

from mlmteach.model.terms import INTERCEPT, Factor, Term


@pytest.mark.parametrize(
    ("expression", "variables"),
    [
        ("ses", ("ses",)),
        ("log(size)", ("size",)),
        ("I(ses ** 2)", ("ses",)),
        ("I(ses - meanses)", ("ses", "meanses")),
        ("np.log(size + 1)", ("size",)),
        ("C(sex, contr.treatment(base='M'))", ("sex",)),
        ("poly(ses, degree=2)", ("ses",)),
        ("my column", ("my column",)),
        ("ses-1", ("ses-1",)),
        ("log(`my column` + ses)", ("my column", "ses")),
        ("größe", ("größe",)),
    ],
)
def test_variables_of_a_factor(expression: str, variables: tuple[str, ...]) -> None:
    assert Factor(expression).variables == variables


def test_odd_names_are_written_in_backticks() -> None:
    names = ["ses", "x.1", "log(ses)", "my column", "ses-1", "1x"]
    formulas = ["ses", "x.1", "log(ses)", "`my column`", "`ses-1`", "`1x`"]
    assert [Factor(name).formula for name in names] == formulas


def test_a_contrast_knows_its_category() -> None:
    factor = Factor("C(sex)", "[T.F]")
    assert (factor.name, factor.level, factor.function) == ("C(sex)[T.F]", "F", "C")
    assert factor.bare == Factor("C(sex)")
    assert Factor("vr", "[mid 50%]").level == "mid 50%"
    assert Factor("ses").level is None


def test_the_empty_term_is_the_intercept() -> None:
    assert INTERCEPT.name == "Intercept"
    assert not INTERCEPT
    assert INTERCEPT * Term.of("ses") == Term.of("ses")


def test_a_product_is_the_same_in_either_order() -> None:
    assert Term.of("ses", "size").matches(Term.of("size", "ses"))
    assert not Term.of("ses").matches(Term.of("ses", "size"))
