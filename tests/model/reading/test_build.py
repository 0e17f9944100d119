"""What cannot be read is pointed at."""

import pytest

import mlmteach as mlm
from mlmteach import Model
from tests.model.reading import slides
from tests.model.reading.reader import REST, caught, points_at, read


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y = b0 + b1*x" + REST, "\nb0", "no residual"),
        ("y = b0 + b1*x + r\nb0 = g00 + u0", "b1*x", "no level-2 equation"),
        ("y = b0 + b1*x + r" + REST + "\nb2 = g20", "b2", "not in the level-1 equation"),
        ("y = b0 + b1*x + r" + REST + "\nb1 = g10", "b1 = g10\nb1 ="[9:], "two equations"),
        ("y = b0 + b0*x + r" + REST, "b0*x", "stands twice"),
        ("y = b0 + b1*x + b2*x + r" + REST + "\nb2 = g20", "b2*x", "'x' stands twice"),
        ("y = b0 + b1*x + g10 + r" + REST, "g10 + r", "stands in the level-1 equation"),
        ("y = b0 + r\nb0 = g00 + b1 + u0", "b1 + u0", "stands in a level-2 equation"),
        ("y = b0 + r\nb0 = g00 + g10*z + u0", "g10*z", "stands in the equation of 'b0'"),
        ("y = b0 + r\nb0 = g00 + g01 + u0", "g01 +", "without its predictor"),
        ("y = b0 + r\nb0 = g00*z + u0", "g00*z", "is a mean"),
        ("y = b0 + r\nb0 = g00 + u0*z", "u0*z", "has a predictor"),
        ("y = b0 + r\nb0 = g00 + g01*z + g01*v + u0", "g01*v", "stands twice"),
        ("y = b0 + x + r\nb0 = g00 + u0", "x + r", "no symbol of the model"),
        ("y = b0 + b1*u0 + r\nb0 = g00 + u0", "u0 + r", "multiplies another symbol"),
        ("y = 2*b0 + r\nb0 = g00 + u0", "2*b0", "number before it"),
        ("y = b0 - b1*x + r" + REST, "b1*x", "sign"),
        ("y = b0 + r\nb0 = g00", "y", "No coefficient has a U"),
        ("b0 = g00 + u0", "b0", "no equation of the outcome"),
        ("y = b0 + r\ny = b0 + r", "y = b0 + r\ny"[11:], "two equations of the outcome"),
        ("3 = b0 + r\nb0 = g00 + u0", "3", "cannot be the left side"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j + U_1j + e_ij", "U_1j +", "without its predictor"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j z_j + e_ij", "U_0j", "multiplies the level-2 predictor"),
        ("y_ij = γ_00 + γ_10 x_ij + U_2j x_ij + U_0j + e_ij", "U_2j", "has the number 1"),
        ("y_ij = γ_00 + γ_10 x_ij + γ_10 w_ij + U_0j + e_ij", "γ_10 w_ij", "belongs to 'x'"),
        ("y_ij = γ_00 + γ_10 x_ij + U_0j", "", "no residual"),
        ("y = g00 + g11*x*z + u0 + e", "x*z", "level of 'x' is not known"),
        (r"y_{ij} = \gamma_{00} + \gamma_{01}\overline{x} + U_{0j} + e_{ij}", r"\overline", "mean"),
    ],
)
def test_the_place_is_pointed_at(text: str, place: str, says: str) -> None:
    points_at(text, place, says)


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


def test_the_numbers_decide_the_order() -> None:
    text = "y = b0 + b2*x + b1*w + r\nb0 = g00 + g02*z + g01*v + u0\nb1 = g10\nb2 = g20"
    assert read(text) == Model("y ~ w + x", group="school", level2={"intercept": "v + z + U"})


def test_indices_from_ten_on_need_a_comma() -> None:
    slopes = " + ".join(f"γ_{{{q},0}} x{q}_ij" for q in range(1, 12))
    model = read(f"y_ij = γ_00 + {slopes} + γ_{{10,1}} z_j x10_ij + U_0j + ε_ij")
    assert [g.name for g in model.gammas if g.q == 10] == ["x10", "z:x10"]
