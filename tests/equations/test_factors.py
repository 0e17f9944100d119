"""How predictors stand in equations: indices, centring, functions, categories."""

import pytest

import mlmteach as mlm
from mlmteach.equations import Notation
from mlmteach.errors import OptionError


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


def test_contrasts_are_named() -> None:
    exam = mlm.load("exam")
    model = mlm.Model("normexam ~ standLRT + sex", group="school", data=exam)
    assert str(model.level1) == "normexamᵢⱼ = β₀ⱼ + β₁ⱼ standLRTᵢⱼ + β₂ⱼ sex[F]ᵢⱼ + εᵢⱼ"
    several = mlm.Model(
        "normexam ~ standLRT", group="school", level2={"intercept": "schgend + U"}, data=exam
    )
    level2 = str(several.level2).split("\n")[0]
    _, one, two = exam["schgend"].cat.categories
    assert level2 == f"β₀ⱼ = γ₀₀ + γ₀₁ schgend[{one}]ⱼ + γ₀₂ schgend[{two}]ⱼ + U₀ⱼ"
    legend = several.equations(show="symbols").legend
    assert [e.text for e in legend][-2:] == ["z₁ⱼ", "z₂ⱼ"]
    assert legend[-1].name == f"schgend[T.{two}]"


def test_the_codebook_knows_the_level_inside_an_interaction() -> None:
    model = mlm.Model("mathach ~ ses + ses:size", group="school", data=mlm.load("hsb"))
    assert "β₂ⱼ SESᵢⱼ × sizeⱼ" in str(model.level1)


def test_covariances_as_correlations_need_variances_that_are_squares() -> None:
    own = Notation("own", correlation=r"\rho_{qr}")
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    latex = model.equations(notation=own, distributions=True).latex
    assert r"\tau_{0}^2 & \rho_{01} \tau_{0} \tau_{1}" in latex
    with pytest.raises(OptionError, match="correlation"):
        Notation("own", correlation=r"\rho_{qr}", variance=r"\tau_{qq}")


def test_what_does_not_correlate_is_said() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"}, covariance="diagonal")
    assert [block.heading for block in model.equations().blocks][-2:] == [
        "Full Model",
        "Distribution",
    ]
    assert str(model.full).endswith("⎡τ₀²    0⎤⎞\n  ⎣U₁ⱼ⎦    ⎝⎣0⎦  ⎣  0  τ₁²⎦⎠")
    assert "Distribution" not in str(model.level1)
    assert len(model.equations(distributions=True)) == 4  # once is enough
    free = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    alone = mlm.Model("y ~ x", group="g", covariance="diagonal")
    assert len(free.equations()) == len(alone.equations()) == 3


def test_an_expression_without_a_mathematical_form_has_a_letter_of_its_own() -> None:
    model = mlm.Model(
        "normexam ~ poly(standLRT, 2) + bs(standLRT, df=3) + I(standLRT > 1) + sex",
        group="school",
        data=mlm.load("exam"),
    )
    equations = model.equations(show="symbols", parts="level1", wrap=None)
    assert str(equations).endswith("+ β₆ⱼ x₆ᵢⱼ + β₇ⱼ x₇ᵢⱼ + εᵢⱼ")
    names = [entry.name for entry in equations.legend]
    assert names[1:3] == ["poly(standLRT, 2)[1]", "poly(standLRT, 2)[2]"]
    assert len(set(names)) == len(names) == 8


def test_letters_are_counted_for_what_is_shown() -> None:
    model = mlm.Model("y ~ I(b + (a > 3)) + b", group="g")  # a is inside of what is shown whole
    assert str(model.equations(show="symbols", parts="level1")) == (
        "yᵢⱼ = β₀ⱼ + β₁ⱼ x₁ᵢⱼ + β₂ⱼ x₂ᵢⱼ + εᵢⱼ"
    )
