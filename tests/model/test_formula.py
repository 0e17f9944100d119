"""From formulas to terms."""

import re

import pytest

from mlmteach.errors import FormulaError
from mlmteach.model.formula import join, parse_level2, parse_outcome, parse_terms
from mlmteach.model.terms import INTERCEPT, Term


def names(text: str) -> list[str]:
    return [term.name for term in parse_terms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", ["Intercept"]),
        ("x", ["Intercept", "x"]),
        ("0 + x", ["x"]),
        ("x - 1", ["x"]),
        ("a * b", ["Intercept", "a", "b", "a:b"]),
        ("a:b", ["Intercept", "a:b"]),
        ("a * b - a", ["Intercept", "b", "a:b"]),
        ("a:b + c", ["Intercept", "c", "a:b"]),  # in order of degree, as in R
        ("(a + b + c)^2", ["Intercept", "a", "b", "c", "a:b", "a:c", "b:c"]),
        ("(a + b)**2", ["Intercept", "a", "b", "a:b"]),
        ("a / b", ["Intercept", "a", "a:b"]),
        ("I(x^2)", ["Intercept", "I(x ** 2)"]),  # ^ is a power, not Python's exclusive or
        ("I(x ** 2 + y)", ["Intercept", "I(x ** 2 + y)"]),
        ("log( x )", ["Intercept", "log(x)"]),
        ("C(k, Treatment('a^b'))", ["Intercept", "C(k, Treatment('a^b'))"]),
        ("center_within(x)", ["Intercept", "center_within(x)"]),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_the_outcome_may_be_a_function() -> None:
    outcome, terms = parse_outcome("log(income) ~ age")
    assert outcome.name == "log(income)"
    assert outcome.variables == ("income",)
    assert terms == (INTERCEPT, Term.of("age"))


@pytest.mark.parametrize(
    ("text", "predictors", "random"),
    [
        ("U", ["Intercept"], True),
        ("1", ["Intercept"], False),
        ("size + U", ["Intercept", "size"], True),
        ("0 + U", [], True),
        ("0 + size", ["size"], False),
        ("size * sector", ["Intercept", "size", "sector", "size:sector"], False),
    ],
)
def test_level_2_equations(text: str, predictors: list[str], random: bool) -> None:
    terms, has_u = parse_level2(text)
    assert [term.name for term in terms] == predictors
    assert has_u is random


@pytest.mark.parametrize("text", ["1 + x + U", "0 + x + x:z", "1 + x"])
def test_join_writes_what_is_read(text: str) -> None:
    terms, random = parse_level2(text)
    assert join(terms, "U" * random) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x +", "cannot be read"),
        ("x + (z", "cannot be read"),
        ("maths score + x", "in backticks: `maths score`"),
        ("x + x", "twice"),
        ("2:x", "by the number 2"),
        ("lag(x)", "not supported"),
        ("lgo(x)", "'lgo' in 'lgo\\(x\\)' is no function"),
        ("", "empty"),
        ("x | z", "more than one part"),
    ],
)
def test_terms_that_are_refused(text: str, says: str) -> None:
    with pytest.raises(FormulaError, match=says) as caught:
        parse_terms(text)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ses**2", "'I(ses ** 2)'"),
        ("x + ses^2", "'I(ses ** 2)'"),
        ("(ses)**2", "'I(ses ** 2)'"),
        ("x * ses**3", "'I(ses ** 3)'"),
        ("`my ses`**2", "'I(`my ses` ** 2)'"),
        ("log(ses)**2", "'I(log(ses) ** 2)'"),
        ("(a:b)**2", "'I((a * b) ** 2)'"),
    ],
)
def test_a_power_of_a_predictor_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(FormulaError, match="raised to a power") as caught:
        parse_terms(text)
    assert remedy in caught.value.remedy


def test_an_unknown_function_gets_the_known_ones() -> None:
    with pytest.raises(FormulaError, match="'lgo'") as caught:
        parse_terms("x + lgo(z)")
    assert caught.value.remedy == "Did you mean 'log'? Or compute the column in the data frame."


@pytest.mark.parametrize("text", ["size:U", "log(U)", "y ~ size"])
def test_level_2_equations_that_are_refused(text: str) -> None:
    with pytest.raises(FormulaError, match="U|'~'"):
        parse_level2(text)


def test_x_in_z_is_their_product_alone_as_in_r() -> None:
    assert [term.name for term in parse_terms("x %in% z")] == ["Intercept", "x:z"]
    assert [term.name for term in parse_terms("`a %in% b`")] == ["Intercept", "a %in% b"]
    with pytest.raises(FormulaError, match="has the term 'x:z' twice. Write 'x:z' once"):
        parse_terms("x:z + x %in% z")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("factor(a)", "Write C(x)"),
        ("as.factor(a)", "Write C(x)"),
        ("offset(x)", "There are no offsets"),
        ("ns(x, 3)", "Write cr(x, df=3)"),
        ("relevel(a, 'b')", "Treatment('b')"),
    ],
)
def test_functions_of_r_are_refused_with_what_to_write_instead(text: str, says: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(says)):
        parse_terms(text)


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("poly(x, 2, raw=TRUE)", r"Write x \+ I\(x \*\* 2\)"),
        ("poly(x, degree = 3, raw = TRUE)", r"Write x \+ I\(x \*\* 2\) \+ I\(x \*\* 3\)"),
        ("poly(x, 2, raw=FALSE)", "Write False"),
    ],
)
def test_truth_as_r_writes_it_is_no_column(written: str, remedy: str) -> None:
    with pytest.raises(FormulaError, match=remedy):
        parse_terms(written)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I(__import__('os').system('true'))", "'__import__' in"),
        ("I(open('notes.txt'))", "'open' in 'I(open('notes.txt'))' is no function"),
        ("I(eval('1'))", "'eval' in"),
        ("log(x.__class__)", "has '.__class__', which a formula does not know"),
        ("I(x.to_csv('notes.txt'))", "has '.to_csv'"),
        ("np.load('notes.npy')", "calls 'np.load'"),
        ("np.foo(x)", "calls 'np.foo', which is no function that a formula knows"),
        ("np.ctypeslib.load_library('x', 'y')", "'.load_library'"),
        ("I(np.add.reduce(x))", "has '.reduce'"),
        ("I((lambda: 1)())", "is more than arithmetic"),
        ("I([x for x in (1, 2)])", "is more than arithmetic"),
        ("I(f'{x}')", "is more than arithmetic"),
        ("I(x[0])", "is more than arithmetic"),
        ("I((y := 1))", "is more than arithmetic"),
        ("{open('notes.txt')}", "'open' in"),
        ("C(x, levels=open('notes.txt'))", "'open' in"),
        ("I(x ** 99999999)", "has the power 99999999; the highest is 100"),
        ("I(9 ** 9 ** 9 ** 9)", "has a power that is no plain number"),
        ("I((9 ** 99) ** 99 * x)", "raises a number to a power that makes it too large"),
        ("I(x + (1 << 99999999))", "has an operator that a formula does not know"),
        ("I('x' * 99999999)", "computes with a text"),
        ("I([1] * 99999999)", "computes with a list"),
        (f"I(x + {'9' * 400})", "has a number that is too large"),
        ("poly(x, 10000000)", "asks 'poly' for more than 100 columns"),
        ("bs(x, df=10000000)", "asks 'bs' for more than 100 columns"),
        (f"I({'x + ' * 200}x)", "has more than 500 parts"),
    ],
)
def test_a_formula_is_arithmetic_with_columns(text: str, says: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(says)):
        parse_terms(text)


@pytest.mark.parametrize(
    "text",
    [
        "I(x ** -2)", "I(2 ** x)", "I(x + (-2) ** 2)", "I(((1 + 2) ** 2) ** 3 * x)",
        "np.where(x > 3, 1, 0)", "np.arctan(x)",
        "C(x, Treatment('b'))",
        "C(x, contr.treatment('b'))", "C(x, levels=['a', 'b'])", "I((x > 1) & (z < 2))",
        "min(x, 3)",
        "I(x in [1, 2])", "bs(x, knots=[2000, 3000])", "poly(x, 3)", "I(`a b.c` + 1)", "Q('a.b c')",
    ],
)  # fmt: skip
def test_what_is_arithmetic_is_let_through(text: str) -> None:
    assert len(parse_terms(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "(a + b + c) ** 9999",
        " * ".join("abcdefghijklmnopqrstuvwxyz"),
        " + ".join(f"x{number}" for number in range(1001)),
        f"{'(' * 400}x{')' * 400}",
        f"I({'(' * 60}x{')' * 60})",
        "x" + ":x" * 6_000,
        "x" * 60_000,
    ],
)
def test_what_is_too_large_is_refused_at_once(text: str) -> None:
    says = r"is too large: it may have 1000 terms.*fewer brackets"
    with pytest.raises(FormulaError, match=says):
        parse_terms(text)


def test_large_formulas_are_read() -> None:
    assert len(parse_terms("(a + b + c + d + e) ** 3")) == 26
    assert len(parse_terms(" + ".join(f"x{number}" for number in range(300)))) == 301


def test_signs_within_backticks_belong_to_a_name() -> None:
    outcome, terms = parse_outcome("`a|b` ~ `c ~ d` + x")
    assert (outcome.name, [term.name for term in terms]) == ("a|b", ["Intercept", "c ~ d", "x"])
    with pytest.raises(FormulaError, match="has a random term"):
        parse_outcome("`a|b` ~ x + (1 | g)")
    with pytest.raises(FormulaError, match="has two '~'"):
        parse_outcome("`a~b` ~ x ~ z")
    with pytest.raises(FormulaError, match="has no '~'"):
        parse_outcome("`a ~ b`")
