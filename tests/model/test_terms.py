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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Factor("np.log(x)"), Factor("log(x)")),
        (Factor("standardize(x)"), Factor("scale(x)")),
        (Factor("I(x*z)"), Factor("I(z * x)")),
        (Factor("Q('my x')"), Factor("my x")),
        (Factor("C(sex)", "[T.F]"), Factor("sex", "[T.F]")),
        (Factor("C(sex, contr.treatment(base='M'))", "[T.F]"), Factor("sex", "[T.F]")),
    ],
)
def test_one_predictor_in_two_spellings(one: Factor, other: Factor) -> None:
    assert one == other
    assert hash(one) == hash(other)
    assert Term((one,)).matches(Term((other,)))
    assert one.name != other.name  # a name stays as it was written


def test_two_predictors_are_told_apart() -> None:
    factors = [
        Factor("x"), Factor("log(x)"), Factor("log2(x)"), Factor("C(x)"), Factor("x", "[T.1]"),
        Factor("x", "[T.2]"), Factor("C(x, contr.sum)", "[S.1]"), Factor("I(x > 1)"), Factor("x:1"),
    ]  # fmt: skip
    assert len(set(factors)) == len(factors)


def test_a_factor_of_a_tree() -> None:
    for expression in ("my x", "log(`my x`)", "I(x ** 2)", "poly(x, 2)", "C(x)"):
        factor = Factor(expression)
        assert Factor.of(factor.tree) == factor
        assert Factor.of(factor.tree).expression == expression


def test_a_category_is_named_as_the_data_name_it() -> None:
    names = [Factor("sex").with_category(category).name for category in ("[F]", "[T.F]", "")]
    assert names == ["sex[T.F]", "sex[T.F]", "sex"]


def test_the_empty_term_is_the_intercept() -> None:
    assert INTERCEPT.name == "Intercept"
    assert not INTERCEPT
    assert INTERCEPT * Term.of("ses") == Term.of("ses")


def test_a_product_is_the_same_in_either_order() -> None:
    assert Term.of("ses", "size").matches(Term.of("size", "ses"))
    assert not Term.of("ses").matches(Term.of("ses", "size"))
