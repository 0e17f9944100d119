"""Written equations become a model, or are refused as a whole."""

import pytest

import mlmteach as mlm
from mlmteach import Model
from tests.model.reading import slides
from tests.model.reading.reader import LINES, PLAIN, REST, WHOLE, caught, points_at, read
from tests.model.reading.written import BOTH, THREE

HLM = """math = p0 + p1*year + e
p0 = b00 + b01*female + r0
p1 = b10 + b11*female + r1
b00 = g000 + g001*size + u00
b01 = g010 + u01
b10 = g100 + g101*size + u10
b11 = g110"""
PRINTED = """math_ijk = π_0jk + π_1jk (year_ijk) + e_ijk
π_0jk = β_00k + β_01k (female_jk) + r_0jk
π_1jk = β_10k + β_11k (female_jk) + r_1jk
β_00k = γ_000 + γ_001 (size_k) + u_00k
β_01k = γ_010 + u_01k
β_10k = γ_100 + γ_101 (size_k) + u_10k
β_11k = γ_110"""
ROWS = """attain_i(jk) = b_0jk + b_1jk*verbal_i(jk) + e_i(jk)
b_0jk = g_00 + g_01*churchp_j + g_02*size_k + U_0j + V_0k
b_1jk = g_10 + g_11*size_k + U_1j + V_1k"""


@pytest.mark.parametrize("text", [slides.SLOPE, slides.CROSS])
def test_the_slip_of_the_slides_is_not_read_over(text: str) -> None:
    error = caught(text, data=mlm.load("hsb"))
    assert "'U_{1j}' stands without its predictor" in error.problem


def test_levels_and_full_equation_have_to_agree() -> None:
    text = "y = b0 + b1*x + r" + REST + "\ny_ij = g00 + g10 x_ij + u0 + u1 x_ij + r"
    error = caught(text)
    assert error.problem.startswith("Line 4, column 1: The full equation does not follow")
    assert "check_equations" in error.remedy


def test_a_group_mean_stands_at_level_2() -> None:
    text = r"""y_{ij} = \beta_{0j} + \beta_{1j}(x_{ij} - \overline{x}_{\cdot j}) + e_{ij}
               \beta_{0j} = \gamma_{00} + \gamma_{01}\overline{x}_{\cdot j} + u_{0j}
               \beta_{1j} = \gamma_{10}"""
    level2 = {"intercept": "group_mean(x) + U"}
    assert read(text) == Model("y ~ center_within(x)", group="school", level2=level2)


def test_categories_are_one_term_again() -> None:
    text = "y_ij = γ_00 + γ_10 track[b]_ij + γ_20 track[c]_ij + γ_01 region[n]_j + U_0j + ε_ij"
    level2 = {"intercept": "region + U"}
    assert read(text) == Model("y ~ track", group="school", level2=level2)


@pytest.mark.parametrize(
    ("lines", "covariance"),
    [
        ("", "unstructured"),
        ("\nU_0j ~ N(0, τ_0^2)\nU_1j ~ N(0, τ_1^2)", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [τ_0², 0; 0, τ_1²])", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [τ_0², τ_01; τ_01, τ_1²])", "unstructured"),
        ("\n⎡U_0j⎤ ∼ N⎛⎡0⎤, ⎡τ₀²    0⎤⎞\n⎣U_1j⎦    ⎝⎣0⎦  ⎣  0  τ₁²⎦⎠", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [1.20, -0.50; -0.50, 0.90])", "unstructured"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [1.20, 0; 0, 0.90])", "diagonal"),
        ("\nε_ij ~ N(0, σ^2)", "unstructured"),
    ],
)
def test_zeros_in_the_matrix_part_the_effects(lines: str, covariance: str) -> None:
    full = "y_ij = γ_00 + γ_10 x_ij + U_0j + U_1j x_ij + ε_ij"
    assert read(full + lines).covariance == covariance


def test_blocks() -> None:
    text = """y_ij = γ_00 + γ_10 x_ij + γ_20 w_ij + U_0j + U_1j x_ij + U_2j w_ij + ε_ij
              (U_0j, U_2j) ~ N((0, 0), [τ_0^2, τ_02; τ_02, τ_2^2])
              U_1j ~ N(0, τ_1^2)"""
    assert read(text).covariance == (("Intercept", "w"), ("x",))


@pytest.mark.parametrize("text", [LINES, WHOLE, PLAIN, HLM, PRINTED, f"{LINES}\n{WHOLE}"])
def test_three_levels_are_read(text: str) -> None:
    assert read(text, group="school/child") == THREE


@pytest.mark.parametrize(
    "text", [ROWS, ROWS.replace("i(jk)", "ijk"), r"\begin{align}" + ROWS + r"\end{align}"]
)
def test_crossed_groupings_are_read(text: str) -> None:
    assert read(text, group="primary * second") == BOTH


def test_zeros_part_the_effects_of_each_grouping() -> None:
    told = (
        "\n(U_0jk, U_1jk) ~ N((0, 0), [τ_0², τ_01; τ_01, τ_1²])"
        "\n(V_00k, V_10k) ~ N((0, 0), [φ_0², φ_01; φ_01, φ_1²])\nV_01k ~ N(0, φ_01²)"
    )
    model = read(LINES + told, group="school/child")
    assert model.covariance == "unstructured"
    assert model.covariance3 == (("Intercept", "year"), ("female",))
    apart = ROWS + "\nU_0j ~ N(0, τ_0²)\nU_1j ~ N(0, τ_1²)"
    model = read(apart, group="primary * second")
    assert (model.covariance, model.covariance3) == ("diagonal", "unstructured")


def test_each_grouping_needs_an_effect() -> None:
    text = "y = b0 + e\nb0 = d00 + u0\nd00 = g000"
    points_at(text, "y", "has a V, the effect of each 'school'", group="school/child")
    points_at("y = b0 + e\nb0 = g00 + v0", "y", "has a U, the effect of each 'a'", group="a * b")


def test_the_steps_of_three_levels_have_to_agree() -> None:
    other = WHOLE.replace(" + V_01k*female_jk", "")
    error = caught(f"{LINES}\n{other}", group="school/child")
    assert "The full equation does not follow" in error.problem
