"""How predictors stand in equations: indices, centring, functions, categories."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import mlmteach as mlm


def slope(expression: str, **options: object) -> tuple[str, str]:
    """β_1j times a level-1 predictor: in LaTeX and as text, without the β."""
    model = mlm.Model(f"y ~ {expression}", group="g")
    equations = model.equations(parts="level1", **options)
    (latex,) = equations.formulas
    latex = latex.partition(r"\beta_{1j}")[2].partition(r" + \varepsilon")[0]
    text = str(equations).partition("β₁ⱼ ")[2].partition(" + εᵢⱼ")[0]
    return latex.removeprefix(r"\,").strip(), text


@pytest.mark.parametrize(
    ("expression", "latex", "text"),
    [
        ("ses", r"\text{ses}_{ij}", "sesᵢⱼ"),
        ("`social status`", r"\text{social status}_{ij}", "`social status`ᵢⱼ"),
        ("Q('ses')", r"\text{ses}_{ij}", "sesᵢⱼ"),
        (
            "center(ses)",
            r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot\cdot})",
            "(sesᵢⱼ − mean(ses))",
        ),
        (
            "center_within(ses)",
            r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot j})",
            "(sesᵢⱼ − mean(ses)ⱼ)",
        ),
        (
            "scale(ses)",
            r"\frac{\text{ses}_{ij} - \overline{\text{ses}}_{\cdot\cdot}}{s_{\text{ses}}}",
            "((sesᵢⱼ − mean(ses)) / sd(ses))",
        ),
        ("log(ses)", r"\log(\text{ses}_{ij})", "log(sesᵢⱼ)"),
        ("np.log(ses)", r"\log(\text{ses}_{ij})", "log(sesᵢⱼ)"),
        ("log10(ses)", r"\log_{10}(\text{ses}_{ij})", "log₁₀(sesᵢⱼ)"),
        ("np.sqrt(ses)", r"\sqrt{\text{ses}_{ij}}", "√(sesᵢⱼ)"),
        ("I(ses ** 2)", r"\text{ses}_{ij}^{2}", "sesᵢⱼ²"),
        ("I(ses ** -1)", r"\text{ses}_{ij}^{-1}", "sesᵢⱼ⁻¹"),
        ("I(ses / 1234567)", r"\frac{\text{ses}_{ij}}{1234567}", "(sesᵢⱼ / 1234567)"),
        ("abs(ses)", r"\left|\text{ses}_{ij}\right|", "|sesᵢⱼ|"),
        ("log1p(ses)", r"\log(\text{ses}_{ij} + 1)", "log(sesᵢⱼ + 1)"),
        ("`50 % free`", r"\text{50 }\%\text{ free}_{ij}", "`50 % free`ᵢⱼ"),
        ("U2", r"\text{U2}_{ij}", "`U2`ᵢⱼ"),
        ("I(ses - 3)", r"(\text{ses}_{ij} - 3)", "(sesᵢⱼ − 3)"),
        ("I(-ses)", r"(-\text{ses}_{ij})", "(−sesᵢⱼ)"),
        ("I(ses / 10)", r"\frac{\text{ses}_{ij}}{10}", "(sesᵢⱼ / 10)"),
        ("I((ses - 3) ** 2)", r"(\text{ses}_{ij} - 3)^{2}", "(sesᵢⱼ − 3)²"),
        ("I(ses ** 2 * age)", r"(\text{ses}_{ij}^{2} \times \text{age}_{ij})", "(sesᵢⱼ² × ageᵢⱼ)"),
        ("I(log(ses) ** 2)", r"(\log(\text{ses}_{ij}))^{2}", "(log(sesᵢⱼ))²"),
        ("I(ses % 2)", r"\text{I(ses }\%\text{ 2)}_{ij}", "I(ses % 2)ᵢⱼ"),
        ("I((ses / 10) ** 2)", r"\left(\frac{\text{ses}_{ij}}{10}\right)^{2}", "(sesᵢⱼ / 10)²"),
        ("I(2 * ses)", r"(2\,\text{ses}_{ij})", "(2 sesᵢⱼ)"),
        ("I(ses * age)", r"(\text{ses}_{ij} \times \text{age}_{ij})", "(sesᵢⱼ × ageᵢⱼ)"),
        (
            "I(ses - (age - 1))",
            r"(\text{ses}_{ij} - (\text{age}_{ij} - 1))",
            "(sesᵢⱼ − (ageᵢⱼ − 1))",
        ),
        (
            "exp(center(ses))",
            r"\exp(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot\cdot})",
            "exp(sesᵢⱼ − mean(ses))",
        ),
        ("I(ses > 3)", r"\text{I(ses }\gt \text{ 3)}_{ij}", "I(ses > 3)ᵢⱼ"),
        ("center(log(ses))", r"\text{center(log(ses))}_{ij}", "center(log(ses))ᵢⱼ"),
        ("poly(ses, 2)", r"\text{poly(ses, 2)}_{ij}", "poly(ses, 2)ᵢⱼ"),
        ("ses:age", r"\text{ses}_{ij} \times \text{age}_{ij}", "sesᵢⱼ × ageᵢⱼ"),
    ],
)  # fmt: skip
def test_predictors_of_level_1(expression: str, latex: str, text: str) -> None:
    assert slope(expression) == (latex, text)


@pytest.mark.parametrize(
    ("expression", "latex", "text"),
    [
        ("ses", "x_{ij}", "xᵢⱼ"),
        ("center_within(ses)", r"(x_{ij} - \overline{x}_{\cdot j})", "(xᵢⱼ − mean(x)ⱼ)"),
        (
            "scale(ses)",
            r"\frac{x_{ij} - \overline{x}_{\cdot\cdot}}{s_{x}}",
            "((xᵢⱼ − mean(x)) / sd(x))",
        ),
        ("ses:age", "x_{1ij} x_{2ij}", "x₁ᵢⱼ x₂ᵢⱼ"),
    ],
)  # fmt: skip
def test_predictors_as_letters(expression: str, latex: str, text: str) -> None:
    assert slope(expression, show="symbols") == (latex, text)


def test_predictors_of_level_2_have_the_index_of_the_group() -> None:
    model = mlm.Model(
        "y ~ x", group="g", level2={"intercept": "log(size) + center(age) + group_mean(x) + U"}
    )
    assert str(model.level2).split("\n")[0] == (
        "β₀ⱼ = γ₀₀ + γ₀₁ log(sizeⱼ) + γ₀₂ (ageⱼ − mean(age)) + γ₀₃ mean(x)ⱼ + U₀ⱼ"
    )
    latex = model.equations(notation="gelman-hill").latex
    assert r"\overline{\text{x}}_{j[i]}" in latex  # in the equation of the units
    assert r"\overline{\text{x}}_{j}" in latex  # in that of the groups


VALUES = {"a": 1.75, "b": -0.625, "c": 3.0}


expressions = st.recursive(
    st.sampled_from([*VALUES, "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"({text} ** 2)"),
    ),
    max_leaves=6,
)


POWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def computed(text: str) -> float:
    """The value of an expression in Unicode, as a reader would compute it."""
    text = text.replace("ᵢⱼ", "").replace("−", "-").replace("×", "*")
    text = re.sub("([⁰¹²³⁴-⁹]+)", lambda match: f"**{match[1].translate(POWER)}", text)
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", text)  # side by side is a product
    return float(eval(text, {}, VALUES))


@given(expressions)
def test_arithmetic_keeps_its_value(expression: str) -> None:
    assume(any(name in expression for name in VALUES))
    try:
        value = eval(expression, {}, VALUES)
    except ZeroDivisionError:
        assume(False)
    model = mlm.Model(f"y ~ I({expression})", group="g")
    text = str(model.equations(parts="level1", wrap=None))
    shown = text.partition("β₁ⱼ ")[2].partition(" + εᵢⱼ")[0]
    assert computed(shown) == pytest.approx(value)
