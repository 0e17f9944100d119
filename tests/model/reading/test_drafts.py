"""Terms of written equations are sorted to coefficients, and what does not fit is pointed at."""

import re

import pandas as pd
import pytest

from mlmteach import Model
from tests.model.reading.reader import LINES, PLAIN, REST, WHOLE, points_at, read
from tests.model.reading.written import BOTH, THREE

ROWS_PLAIN = """attain = b0 + b1*verbal + e
b0 = g00 + g01*churchp + g02*size + u0 + v0
b1 = g10 + g11*size + u1 + v1"""


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


def test_the_numbers_decide_the_order() -> None:
    text = "y = b0 + b2*x + b1*w + r\nb0 = g00 + g02*z + g01*v + u0\nb1 = g10\nb2 = g20"
    assert read(text) == Model("y ~ w + x", group="school", level2={"intercept": "v + z + U"})


def test_indices_from_ten_on_need_a_comma() -> None:
    slopes = " + ".join(f"γ_{{{q},0}} x{q}_ij" for q in range(1, 12))
    model = read(f"y_ij = γ_00 + {slopes} + γ_{{10,1}} z_j x10_ij + U_0j + ε_ij")
    assert [g.name for g in model.gammas if g.q == 10] == ["x10", "z:x10"]


@pytest.mark.parametrize("text", [WHOLE, LINES])
def test_without_indices_the_numbers_tell_the_levels(text: str) -> None:
    bare = re.sub(r"(math|year|female|size)_i?j?k", r"\1", text)
    assert read(bare, group="school/child") == THREE
    assert read(bare, group="school/child", level2=["female"], level3=["size"]) == THREE


def test_crossed_groupings_without_indices_need_to_be_told_the_levels() -> None:
    points_at(ROWS_PLAIN, "churchp", "level of 'churchp' is not known", group="primary * second")
    known = {"level2": ["churchp"], "level3": ["size"]}
    assert read(ROWS_PLAIN, group="primary * second", **known) == BOTH


def test_data_tell_the_levels_of_both_groupings() -> None:
    pairs = [(p, s) for p in range(4) for s in range(3)] * 2
    frame = pd.DataFrame(pairs, columns=["primary", "second"])
    frame = frame.assign(
        attain=range(24), verbal=[k % 5 for k in range(24)],
        churchp=frame["primary"] % 2, size=frame["second"] * 10,
    )  # fmt: skip
    assert read(ROWS_PLAIN, group="primary * second", data=frame) == BOTH
    nested = frame.assign(math=frame["attain"], year=frame["verbal"], school=frame["primary"] // 2)
    nested = nested.rename(columns={"primary": "child", "churchp": "female"})
    nested["size"] = nested["school"]
    assert read(PLAIN, group="school/child", data=nested) == THREE


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
