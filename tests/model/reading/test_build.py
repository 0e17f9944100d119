"""What cannot be read is pointed at."""

import re

import pandas as pd
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


# --- three levels, and crossed groupings ----------------------------------------------------

NESTED = Model(
    "math ~ year",
    group="school/child",
    level2={"intercept": "female + U", "year": "female + U"},
    level3={"intercept": "size + V", "year": "size + V", "female": "V"},
)
LINES = """math_ijk = b_0jk + b_1jk*year_ijk + e_ijk
b_0jk = d_00k + d_01k*female_jk + U_0jk
b_1jk = d_10k + d_11k*female_jk + U_1jk
d_00k = g_000 + g_001*size_k + V_00k
d_01k = g_010 + V_01k
d_10k = g_100 + g_101*size_k + V_10k
d_11k = g_110"""
WHOLE = """math_ijk = g_000 + g_001*size_k + g_010*female_jk + g_100*year_ijk
    + g_101*size_k*year_ijk + g_110*female_jk*year_ijk + V_00k + V_01k*female_jk + V_10k*year_ijk
    + U_0jk + U_1jk*year_ijk + e_ijk"""
PLAIN = """math = b0 + b1*year + e
b0 = d00 + d01*female + u0
b1 = d10 + d11*female + u1
d00 = g000 + g001*size + v00
d01 = g010 + v01
d10 = g100 + g101*size + v10
d11 = g110"""
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
CROSSED = Model(
    "attain ~ verbal",
    group="primary * second",
    level2={"intercept": "churchp + U", "verbal": "U"},
    level3={"intercept": "size + V", "verbal": "size + V"},
)
ROWS = """attain_i(jk) = b_0jk + b_1jk*verbal_i(jk) + e_i(jk)
b_0jk = g_00 + g_01*churchp_j + g_02*size_k + U_0j + V_0k
b_1jk = g_10 + g_11*size_k + U_1j + V_1k"""
ROWS_PLAIN = """attain = b0 + b1*verbal + e
b0 = g00 + g01*churchp + g02*size + u0 + v0
b1 = g10 + g11*size + u1 + v1"""


@pytest.mark.parametrize("text", [LINES, WHOLE, PLAIN, HLM, PRINTED, f"{LINES}\n{WHOLE}"])
def test_three_levels_are_read(text: str) -> None:
    assert read(text, group="school/child") == NESTED


@pytest.mark.parametrize("text", [WHOLE, LINES])
def test_without_indices_the_numbers_tell_the_levels(text: str) -> None:
    bare = re.sub(r"(math|year|female|size)_i?j?k", r"\1", text)
    assert read(bare, group="school/child") == NESTED
    assert read(bare, group="school/child", level2=["female"], level3=["size"]) == NESTED


@pytest.mark.parametrize(
    "text", [ROWS, ROWS.replace("i(jk)", "ijk"), r"\begin{align}" + ROWS + r"\end{align}"]
)
def test_crossed_groupings_are_read(text: str) -> None:
    assert read(text, group="primary * second") == CROSSED


def test_crossed_groupings_without_indices_need_to_be_told_the_levels() -> None:
    points_at(ROWS_PLAIN, "churchp", "level of 'churchp' is not known", group="primary * second")
    known = {"level2": ["churchp"], "level3": ["size"]}
    assert read(ROWS_PLAIN, group="primary * second", **known) == CROSSED


def test_data_tell_the_levels_of_both_groupings() -> None:
    pairs = [(p, s) for p in range(4) for s in range(3)] * 2
    frame = pd.DataFrame(pairs, columns=["primary", "second"])
    frame = frame.assign(
        attain=range(24), verbal=[k % 5 for k in range(24)],
        churchp=frame["primary"] % 2, size=frame["second"] * 10,
    )  # fmt: skip
    assert read(ROWS_PLAIN, group="primary * second", data=frame) == CROSSED
    nested = frame.assign(math=frame["attain"], year=frame["verbal"], school=frame["primary"] // 2)
    nested = nested.rename(columns={"primary": "child", "churchp": "female"})
    nested["size"] = nested["school"]
    assert read(PLAIN, group="school/child", data=nested) == NESTED


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


@pytest.mark.parametrize(
    ("right", "wrong", "place", "says"),
    [
        ("V_00k", "U_00k", "U_00k", "stands in a level-3 equation"),
        ("U_0jk", "V_0jk", "V_0jk", "stands in a level-2 equation"),
        ("U_0jk", "e_jk", "e_jk\nb_1jk", "stands in a level-2 equation"),
        ("V_00k", "e_k", "e_k\nd_01k", "stands in a level-3 equation"),
        ("g_001", "g_01", "g_01*", "does not have three numbers"),
        ("g_001*", "g_010*", "g_010*", "stands in the equation of 'd_00k'"),
        ("g_000", "d_000", "d_000", "stands in a level-3 equation"),
        ("d_01k*", "g_010*", "g_010*", "stands in a level-2 equation"),
        ("e_ijk", "V_00k + e_ijk", "V_00k + e", "stands in the level-1 equation"),
        ("\nd_11k = g_110", "", "d_11k*", "There is no level-3 equation"),
        ("d_11k = g_110", "d_12k = g_120", "d_12k", "is not in the level-2 equations"),
        ("d_11k = g_110", "d_10k = g_100", "d_10k = g_100", "has two equations"),
        ("d_01k*female_jk", "d_01k", "d_01k + U", "stands without its predictor"),
        ("d_11k*", "d_10k*", "d_10k*", "is a mean, and stands with 'female'"),
        ("g_001*size_k", "g_001", "g_001", "stands without its predictor"),
        ("V_10k", "V_10k*size_k", "V_10k*", "has a predictor here"),
    ],
)
def test_slips_of_three_levels_are_pointed_at(
    right: str, wrong: str, place: str, says: str
) -> None:
    points_at(LINES.replace(right, wrong, 1), place, says, group="school/child")


@pytest.mark.parametrize(
    ("right", "wrong", "place", "says"),
    [
        ("U_1jk*year_ijk", "U_1jk", "U_1jk", "stands without its predictor"),
        ("V_01k*female_jk", "V_01k", "V_01k", "stands without its predictor"),
        ("V_10k*year_ijk", "V_10k*size_k*year_ijk", "V_10k", "the level-3 predictor 'size'"),
        ("U_1jk*year", "U_1jk*female_jk*year", "U_1jk", "the level-2 predictor 'female'"),
        ("g_110*", "d_11k*", "d_11k", "stands in the full equation"),
        ("g_101*size_k", "g_110*size_k", "g_110*size_k", "without a level-2 predictor"),
    ],
)
def test_slips_of_substitution_are_pointed_at(
    right: str, wrong: str, place: str, says: str
) -> None:
    points_at(WHOLE.replace(right, wrong, 1), place, says, group="school/child")


def test_each_grouping_needs_an_effect() -> None:
    text = "y = b0 + e\nb0 = d00 + u0\nd00 = g000"
    points_at(text, "y", "has a V, the effect of each 'school'", group="school/child")
    points_at("y = b0 + e\nb0 = g00 + v0", "y", "has a U, the effect of each 'a'", group="a * b")


def test_the_steps_of_three_levels_have_to_agree() -> None:
    other = WHOLE.replace(" + V_01k*female_jk", "")
    error = caught(f"{LINES}\n{other}", group="school/child")
    assert "The full equation does not follow" in error.problem
