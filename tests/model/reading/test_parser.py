"""From tokens to statements."""

import pytest

from mlmteach.errors import EquationError
from mlmteach.model.reading.parser import parse
from mlmteach.model.reading.statements import Statement
from mlmteach.model.reading.text import EquationText
from mlmteach.model.reading.vocabulary import Letters, Vocabulary
from tests.model.reading.reader import REST, points_at, read


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y = b0 + b1* + r" + REST, "+ r", "Expected a symbol, a predictor or a number"),
        ("y = b0 + b1*x +" + REST, "= g00", "Expected '+', '-', '*' or the end"),
        ("y b0 + r", "b0", "Expected '=' after 'y'"),
        ("y + b0 + r", "+ b0", "Expected '=' after the left side"),
        ("y = b0 + (b1*x + r" + REST, "b0 = g00", "Expected ')', found 'b0'"),
        ("y = b0 + b1*x) + r" + REST, ") + r", "Expected '+', '-', '*' or the end"),
        ("y = b0 + 1/0*x + r", "1/0", "This is no number"),
        ("y = b0 + 0^-1*x + r", "0^-1", "This is no number"),
        ("y = b0 + 9^{9999}*x + r", "9^", "This is no number"),
        ("y = b0 + (-2)^{0.5}*x + r", "2)^", "This is no number"),
        ("y = b0 + b1*|x = r" + REST, "= r", "Expected '|', found '='"),
        ("y = b0 = b1", "= b1", "Expected '+', '-', '*' or the end"),
        (r"y_{ij = b0 + r", "", "never closed"),
        ("y = b0 + log(x + r", "(x", "never closed"),
        ("(U_0j, U_1j) ~ N(0, 1)", "(U_0j", "2 entries"),
        ("U_0j ~ 3", "3", "Expected a distribution"),
        (r"y = \frac{\gamma_{00}}{2} + u_0", r"\gamma", "symbol of the model stands in a fraction"),
        ("y_ij = γ_00^2 + U_0j + e_ij", "γ_00", "raised to a power"),
        ("hello world", "world", "Expected '='"),
    ],
)
def test_the_place_is_pointed_at(text: str, place: str, says: str) -> None:
    points_at(text, place, says)


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot j})", "center_within(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{j})", "center_within(ses)"),
        (r"(ses_{ij} - \bar{ses}_{.j})", "center_within(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot\cdot})", "center(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}})", "center(ses)"),
        (r"\frac{\text{ses}_{ij} - \overline{\text{ses}}}{s_{\text{ses}}}", "scale(ses)"),
        (r"\text{ses}_{ij}^{2}", "I(ses ** 2)"),
        ("ses_ij^2", "I(ses ** 2)"),
        ("ses_ij**2", "I(ses ** 2)"),
        ("sesᵢⱼ²", "I(ses ** 2)"),
        (r"\log(\text{ses}_{ij} + 3)", "log(ses + 3)"),
        (r"\log\left(\text{ses}_{ij}\right)", "log(ses)"),
        (r"\log_{2} (\text{ses}_{ij})", "log2(ses)"),
        (r"\ln(\text{ses}_{ij})", "log(ses)"),
        (r"\lvert \text{ses}_{ij} \rvert", "abs(ses)"),
        ("|ses_ij - 2|", "abs(ses - 2)"),
        ("√ses_ij", "sqrt(ses)"),
        ("(2 - ses_ij)", "I(2 - ses)"),
        ("(-ses_ij)", "I(-ses)"),
        ("(ses_ij * pos_ij)", "I(ses * pos)"),
        ("ses_ij * pos_ij", "ses:pos"),
        ("(ses_ij - mean(ses)_j)", "center_within(ses)"),
        ("ses_ij^-1", "I(ses ** (-1))"),
        ("ses_ij^{1/2}", "I(ses ** 0.5)"),
        ("2^{ses_ij}", "I(2 ** ses)"),
        ("`my ses`_ij", "`my ses`"),
        ("log(`50 %`_ij)", "log(`50 %`)"),
        ("`β`_ij", "β"),
        ("scale(ses, center=False)_ij", "scale(ses, center=False)"),
        ("log2(ses_ij)", "log2(ses)"),
        (r"\sqrt{\text{ses}_{ij}}", "sqrt(ses)"),
        ("√(sesᵢⱼ)", "sqrt(ses)"),
        (r"\frac{\text{ses}_{ij}}{10}", "I(ses / 10)"),
        ("(ses_ij / 10)", "I(ses / 10)"),
        ("(ses_ij - 1.5)", "I(ses - 1.5)"),
        ("poly(ses, 2)_ij", "poly(ses, 2)"),
        (r"\text{poly(ses, 2)}_{ij}", "poly(ses, 2)"),
        ("C(ses, Treatment('a'))_ij", "C(ses, Treatment('a'))"),
        ("center_within(ses)_ij", "center_within(ses)"),
        (r"\text{my\_ses}_{ij}", "my_ses"),
        (r"\text{my}\_\text{ses}_{ij}", "my_ses"),
        ("my_ses_ij", "my_ses"),
        (r"\text{sex: F}_{ij}", "sex"),
        ("sex[T.F]_ij", "sex"),
        ("sex[F]ᵢⱼ", "sex"),
    ],
)
def test_predictors(written: str, expression: str) -> None:
    model = read(f"y_ij = γ_00 + γ_10 {written} + U_0j + ε_ij")
    assert [c.term.formula for c in model.bare] == ["1", expression]


def parsed(text: str) -> tuple[Statement, ...]:
    return parse(Vocabulary(EquationText(text), Letters()))


def shown(text: str) -> list[str]:
    """Write the products of a right side back: sign, symbols, numbers and predictors."""
    (statement,) = parsed(text)
    return [
        f"{'-' if term.sign < 0 else '+'}"
        + "*".join(
            [letter.shown for letter in term.letters]
            + [f"{number.value:g}" for number in term.numbers]
            + [variable.factor.name for variable in term.variables]
        )
        for term in statement.right[0]
    ]


@pytest.mark.parametrize(
    ("right", "terms"),
    [
        ("b0 + b1*x - r", ["+b0", "+b1*x", "-r"]),
        ("-b1*x", ["-b1*x"]),
        ("(b0 + u0) + (b1 - u1) x_ij", ["+b0", "+u0", "+b1*x", "-u1*x"]),
        ("(g00 + u0)(x_ij)", ["+g00*x", "+u0*x"]),
        ("x_ij (b1 + u1)", ["+b1*x", "+u1*x"]),
        ("-(b0 - b1*x)", ["-b0", "+b1*x"]),
        ("b1 (x_ij - 3)", ["+b1*I(x - 3)"]),  # variables in brackets are one predictor
        ("b1 z_j : x_ij", ["+b1*z*x"]),
        ("2.5*x + 3", ["+2.5*x", "+3"]),
        ("b1 x_ij^2", ["+b1*I(x ** 2)"]),
        (r"b1 \frac{x_{ij}}{10}", ["+b1*I(x / 10)"]),
        (r"\underbrace{b0 + b1 x_{ij}}_{\text{fixed part}} + r", ["+b0", "+b1*x", "+r"]),
    ],
)
def test_sums_of_products(right: str, terms: list[str]) -> None:
    assert shown(f"y = {right}") == terms


def test_a_distribution_has_a_mean_and_a_spread_for_each_of_its_left_side() -> None:
    (one,) = parsed("U_0j ~ N(0, τ_0^2)")
    assert (one.relation, len(one.left), one.spread) == ("~", 1, ((True,),))
    (two,) = parsed("(U_0j, U_1j) ~ N((0, 0), [τ_0^2, 0; 0, τ_1^2])")
    assert [atom.shown for atom in two.left] == ["U_0j", "U_1j"]
    assert two.spread == ((True, False), (False, True))
    assert len(two.right) == 2


def test_statements_end_with_their_lines_unless_these_go_on() -> None:
    assert len(parsed("a = b\nc = d; e = f")) == 3
    assert len(parsed("y = b0\n  + b1*x\n  + r")) == 1
    assert len(parsed("y = b0 +\n  b1*x + r")) == 1


def test_places_are_those_of_the_text() -> None:
    text = "y_ij = γ_00 + γ_10 SES_ij"
    (statement,) = parsed(text)
    second = statement.right[0][1]
    assert text[second.start :] == "γ_10 SES_ij"
    assert [text[v.start :] for v in second.variables] == ["SES_ij"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("y = g00" + "(g10 x + g20 z)" * 12, "more than 500 terms when its brackets"),
        ("y = g00" + " + g10 x" * 600, "more than 500 terms"),
        ("y = g00 + " + "(" * 60 + "x" + ")" * 60, "More than 50 brackets"),
        ("y = " + "log(" * 60 + "x" + ")" * 60, "More than 50 brackets"),
        ("y = g00" + " x" * 60, "More than 50 factors stand in one product"),
        ("y = x" + "/x" * 60, "This predictor has more than 100 parts"),
        ("y = g00 + (" + "x + " * 60 + "x)", "This predictor has more than 100 parts"),
        ("y = " + r"\sqrt" * 2000 + " x", "too many parts within one another"),
        ("y = g00" + " " * 20_000, "more than 20000 characters"),
    ],
)
def test_what_is_too_large_is_refused_at_once(text: str, says: str) -> None:
    with pytest.raises(EquationError, match=says):
        read(text)
