"""Each slip is named by a sentence that says what is wrong and what is right."""

import pytest

import mlmteach as mlm
from mlmteach import Model
from tests.model.reading.written import (
    BOTH,
    COVARIATES,
    CROSS,
    ESTIMATES,
    FULL,
    FULL3,
    LEVEL2,
    LINE1,
    LINES2,
    LINES3,
    ROWS,
    THREE,
    kinds,
)

NUMBERS = (
    "mathach_ij = 11.43 + 0.0004 size_j + 2.40 sector_j + 2.1 SES_ij - 0.32 size_j*SES_ij "
    "- 2.9 minority_ij - 1.2 female_ij + U_0j + U_1j SES_ij + ε_ij"
)
COUNT3 = (
    " The first number is that of the β, the second counts level-2 predictors, the third those of "
    "level 3."
)


def slips(
    text: str, right: str, wrong: str, model: Model = CROSS, **options: object
) -> list[tuple[str, str]]:
    """What is said where the first of what is right is replaced by what is wrong."""
    changed = text.replace(right, wrong, 1)
    assert changed != text
    found = mlm.check_equations(changed, model, **options)
    return [(difference.kind, difference.message) for difference in found]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        (" + ε_ij", "", "missing", "ε_ij is missing from the equation of mathach_ij: it is what "
         "is left of each student."),
        ("β_2j", "β_2", "index", "β_2 lacks the index j: it differs between the schools, so write "
         "β_2j."),
        ("minority_ij", "minority_j", "index", "minority has the index j: it differs between the "
         "students of a school, so write minority_ij."),
        ("minority_ij", "minority", "index", "minority has no index: it differs between the "
         "students of a school, so write minority_ij."),
        ("mathach_ij", "mathach_j", "index", "mathach has the index j: it differs between the "
         "students of a school, so write mathach_ij."),
        ("mathach_ij", "income_ij", "outcome", "The outcome of the model is mathach, not "
         "income_ij."),
        ("+ ε_ij", "+ ε_j", "index", "ε_j lacks the index i: each student has its own, so write "
         "ε_ij."),
        ("+ ε_ij", "+ β_4j size_j + ε_ij", "level", "size_j has one value in each school, so it "
         "does not belong to level 1: write γ_01 size_j in the equation of β_0j."),
        ("+ ε_ij", "+ U_0j + ε_ij", "level", "U_0j does not belong to level 1: it is a part of a "
         "level-2 equation."),
        ("+ ε_ij", "+ β_4j age_ij + ε_ij", "extra", "The model has no term β_4j age_ij: leave it "
         "out."),
        ("β_3j female_ij + ", "", "missing", "β_3j female_ij is missing from the equation of "
         "mathach_ij."),
        ("β_1j SES_ij", "SES_ij", "missing", "SES_ij has no coefficient: it should be β_1j."),
        ("β_1j SES_ij", "γ_10 SES_ij", "symbol", "γ_10 stands in the level-1 equation, but level "
         "1 has β's and ε: it should be β_1j."),
        ("+ β_1j", "- β_1j", "sign", "There is a minus before β_1j: the terms of a model are "
         "added, and a negative effect is a negative value of the coefficient."),
    ],
)  # fmt: skip
def test_level_1(right: str, wrong: str, kind: str, message: str) -> None:
    assert slips(LINE1, right, wrong) == [(kind, message)]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        (" + U_0j", "", "missing", "U_0j is missing from the equation of β_0j: this coefficient "
         "differs between the schools."),
        ("U_0j", "U_1j", "numbers", "U_1j has the wrong number: standing alone it should be "
         "U_0j."),
        ("U_0j", "U_0", "index", "U_0 lacks the index j: each school has its own, so write U_0j."),
        ("γ_20", "γ_20 + U_2j", "extra", "The model has no term U_2j: leave it out."),
        ("γ_01", "γ_10", "numbers", "γ_10 has its numbers swapped: beside size it should be γ_01. "
         "The first number is that of the β, the second counts level-2 predictors."),
        ("γ_20", "γ_02", "numbers", "γ_02 has its numbers swapped: standing alone it should be "
         "γ_20. The first number is that of the β, the second counts level-2 predictors."),
        ("γ_30", "γ_40", "numbers", "γ_40 has the wrong numbers: standing alone it should be "
         "γ_30. The first number is that of the β, the second counts level-2 predictors."),
        ("γ_01 size_j", "γ_01 size_ij", "index", "size has the index ij: it has one value in each "
         "school, so write size_j."),
        ("γ_20", "γ_20j", "index", "γ_20j has the index j: it is the same in every school, so "
         "write γ_20."),
        ("γ_02 sector_j + ", "", "missing", "γ_02 sector_j is missing from the equation of "
         "β_0j."),
        ("γ_20", "γ_20 + γ_21 SES_ij", "level", "SES_ij differs between the students of a "
         "school, so it does not belong to level 2."),
        ("γ_11 size_j", "γ_11", "predictor", "γ_11 stands without its predictor: it should be "
         "γ_11 size_j."),
        ("+ U_1j", "+ U_1j SES_ij", "predictor", "U_1j is multiplied by SES_ij, but should stand "
         "alone."),
        ("\nβ_3j = γ_30", "", "missing", "The equation of β_3j is missing: β_3j = γ_30."),
        ("β_3j = γ_30", "β_3j = γ_30\nβ_4j = γ_40", "extra", "The model has no β_4j: leave its "
         "equation out."),
    ],
)  # fmt: skip
def test_level_2(right: str, wrong: str, kind: str, message: str) -> None:
    assert slips(LINES2, right, wrong) == [(kind, message)]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        ("U_1j SES_ij", "U_1j", "predictor", "U_1j stands without its predictor: substitution "
         "gives U_1j SES_ij."),
        ("U_1j SES_ij", "U_1j minority_ij", "predictor", "U_1j stands beside the wrong "
         "predictor: it should be U_1j SES_ij."),
        ("U_0j", "U_0j SES_ij", "predictor", "U_0j is multiplied by SES_ij, but should stand "
         "alone."),
        ("size_j*SES_ij", "SES_ij", "predictor", "The product with γ_11 lacks size: it should be "
         "γ_11 size_j × SES_ij."),
        ("γ_10 SES", "γ_01 SES", "numbers", "γ_01 has its numbers swapped: beside SES it should "
         "be γ_10. The first number is that of the β, the second counts level-2 predictors."),
        ("γ_30", "β_3j", "symbol", "β_3j stands in the full equation, but the full equation has "
         "γ's, U's and ε: it should be γ_30."),
        (" + U_0j", "", "missing", "U_0j is missing from the equation of mathach_ij: this "
         "coefficient differs between the schools."),
    ],
)  # fmt: skip
def test_full(right: str, wrong: str, kind: str, message: str) -> None:
    assert (kind, message) in slips(FULL, right, wrong)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [(LINE1, "β_1j SES_ij", "β_1j size_j"), (LINES2, "γ_11 size_j", "γ_11 minority_ij")],
)
def test_a_variable_at_the_wrong_level_in_place_of_another(
    text: str, right: str, wrong: str
) -> None:
    assert sorted(kinds(text.replace(right, wrong))) == ["level", "missing"]


def test_messages_use_the_words_of_the_codebook() -> None:
    book = mlm.load("sleepstudy").attrs["codebook"]
    model = Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}, codebook=book)
    (difference,) = mlm.check_equations("β_0j = γ_00 + U_0j\nβ_1j = γ_10", model)
    assert difference.message.endswith(f"differs between the {book.level2.plural}.")


def test_right_numbers_are_right_to_the_digits_written() -> None:
    assert mlm.check_equations(NUMBERS, CROSS, estimates=ESTIMATES) == ()
    assert (
        mlm.check_equations(NUMBERS.replace("0.0004", "4.1e-4"), CROSS, estimates=ESTIMATES) == ()
    )


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        ("- 0.32", "+ 0.32", "sign", "The sign of 0.32 is wrong: γ_11 is −0.32."),
        ("2.40", "2.41", "value", "2.41 should be 2.40, which is γ_02."),
        ("11.43", "11", "", ""),
        ("11.43", "12", "value", "12 should be 11.43, which is γ_00."),
        ("2.1 SES", "SES", "missing", "SES_ij has no coefficient: it should be γ_10."),
        ("0.0004", "0.0005", "value", "0.0005 should be 0.0004, which is γ_01."),
    ],
)
def test_numbers(right: str, wrong: str, kind: str, message: str) -> None:
    expected = [(kind, message)] if kind else []
    assert slips(NUMBERS, right, wrong, estimates=ESTIMATES) == expected


def test_a_covariance_that_is_not_zero() -> None:
    text = FULL + "\n(U_0j, U_1j) ~ N((0, 0), [τ_0^2, 0; 0, τ_1^2])"
    (difference,) = mlm.check_equations(text, CROSS)
    assert difference.message == "In the model, U_0j and U_1j may correlate."
    diagonal = Model(COVARIATES, group="school", level2=LEVEL2, covariance="diagonal")
    assert kinds(text, diagonal) == []


def test_messages_speak_the_notation_that_is_asked_for() -> None:
    text = "mathach_ij = b_0j + b_1j ses_ij + r_ij\nb_0j = g_00\nb_1j = g_10"
    model = Model("mathach ~ ses", group="school")
    (difference,) = mlm.check_equations(text, model, notation="raudenbush-bryk")
    assert difference.message.startswith("u_0j is missing")


def test_persons_come_first_in_the_letters_of_growth() -> None:
    model = Model("y ~ time", group="person", level2={"intercept": "z + U", "time": "U"})
    right = "Y_ij = π_0i + π_1i time_ij + ε_ij\nπ_0i = γ_00 + γ_01 z_i + ζ_0i\nπ_1i = γ_10 + ζ_1i"
    right = right.replace("Y_ij", "y_ij")
    assert mlm.check_equations(right, model) == ()
    wrong = right.replace("π_1i = γ_10", "π_1j = γ_10").replace("z_i", "z_ij")
    found = mlm.check_equations(wrong, model, notation="singer-willett")
    assert [difference.message for difference in found] == [
        "z has the index ij: it has one value in each person, so write z_i.",
        "π_1j lacks the index i: it differs between the persons, so write π_1i.",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        (" + V_00k", "", "missing", "V_00k is missing from the equation of δ_00k: this coefficient "
         "differs between the schools."),
        (" + U_0jk", "", "missing", "U_0jk is missing from the equation of β_0jk: this coefficient "
         "differs between the children."),
        ("V_00k", "U_00k", "symbol", "U_00k stands in the level-3 equation, but level 3 has γ's "
         "and V's: it should be V_00k."),
        ("U_0jk", "V_0jk", "symbol", "V_0jk stands in the level-2 equation, but level 2 has δ's "
         "and U's: it should be U_0jk."),
        ("U_0jk", "ε_jk", "symbol", "ε_jk stands in the level-2 equation, but level 2 has δ's and "
         "U's: it should be U_0jk."),
        ("V_00k", "ε_k", "symbol", "ε_k stands in the level-3 equation, but level 3 has γ's and "
         "V's: it should be V_00k."),
        ("γ_000", "δ_000", "symbol", "δ_000 stands in the level-3 equation, but level 3 has γ's "
         "and V's: it should be γ_000."),
        ("δ_01k female", "γ_010 female", "symbol", "γ_010 stands in the level-2 equation, but "
         "level 2 has δ's and U's: it should be δ_01k."),
        ("γ_001", "γ_01", "numbers", "γ_01 has two numbers instead of three: beside size it should "
         f"be γ_001.{COUNT3}"),
        ("γ_001", "γ_010", "numbers", "γ_010 has its numbers swapped: beside size it should be "
         f"γ_001.{COUNT3}"),
        ("V_01k", "V_10k", "numbers", "V_10k has its numbers swapped: standing alone it should be "
         "V_01k. The first number is that of the β, the second counts level-2 predictors."),
        ("size_k + V_00k", "size_jk + V_00k", "index", "size has the index jk: it has one value in "
         "each school, so write size_k."),
        ("female_jk + U_0jk", "female_k + U_0jk", "index", "female has the index k: it has one "
         "value in each child, so write female_jk."),
        ("V_00k", "V_00jk", "index", "V_00jk has the index jk: each school has its own, so write "
         "V_00k."),
        ("+ U_0jk", "+ U_0k", "index", "U_0k has the index k: each child has its own, so write "
         "U_0jk."),
        ("β_0jk + β", "β_0j + β", "index", "β_0j has the index j: it differs between the children, "
         "so write β_0jk."),
        ("γ_000", "γ_000k", "index", "γ_000k has the index k: it is the same in every school, so "
         "write γ_000."),
        ("\nδ_11k = γ_110", "", "missing", "The equation of δ_11k is missing: δ_11k = γ_110."),
        ("+ ε_ijk", "+ V_00k + ε_ijk", "level", "V_00k does not belong to level 1: it is a part of "
         "a level-3 equation."),
        ("+ U_0jk", "+ V_00k + U_0jk", "level", "V_00k does not belong to level 2: it is a part of "
         "a level-3 equation."),
        ("+ U_0jk", "+ δ_02k size_k + U_0jk", "level", "size_k has one value in each school, so it "
         "does not belong to level 2: write γ_001 size_k in the equation of δ_00k."),
        ("+ ε_ijk", "+ β_2jk size_k + ε_ijk", "level", "size_k has one value in each school, so it "
         "does not belong to level 1: write γ_001 size_k in the equation of δ_00k."),
        ("+ V_00k", "+ γ_002 female_jk + V_00k", "level", "female_jk differs between the children "
         "of a school, so it does not belong to level 3."),
    ],
)  # fmt: skip
def test_slips_of_three_levels(right: str, wrong: str, kind: str, message: str) -> None:
    assert slips(LINES3, right, wrong, THREE) == [(kind, message)]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        ("V_01k female_jk", "V_01k", "predictor", "V_01k stands without its predictor: "
         "substitution gives V_01k female_jk."),
        ("U_1jk year_ijk", "U_1jk", "predictor", "U_1jk stands without its predictor: substitution "
         "gives U_1jk year_ijk."),
        ("γ_101 size_k*year_ijk", "γ_101 size_k", "predictor", "The product with γ_101 lacks year: "
         "it should be γ_101 size_k × year_ijk."),
        ("V_10k year", "U_10k year", "symbol", "U_10k stands in the full equation, but the full "
         "equation has γ's, V's, U's and ε: it should be V_10k."),
        ("γ_110 f", "δ_11k f", "symbol", "δ_11k stands in the full equation, but the full equation "
         "has γ's, V's, U's and ε: it should be γ_110."),
    ],
)  # fmt: skip
def test_slips_of_substitution_in_three_levels(
    right: str, wrong: str, kind: str, message: str
) -> None:
    assert slips(FULL3, right, wrong, THREE) == [(kind, message)]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        (" + V_0k", "", "missing", "V_0k is missing from the equation of β_0jk: this coefficient "
         "differs between the seconds."),
        ("V_0k", "U_0k", "symbol", "U_0k stands in the level-2 equation, but level 2 has γ's, U's "
         "and V's: it should be V_0k."),
        ("size_k + U_0j", "size_jk + U_0j", "index", "size has the index jk: it has one value in "
         "each second, so write size_k."),
        ("churchp_j", "churchp_k", "index", "churchp has the index k: it has one value in each "
         "primary, so write churchp_j."),
        ("β_0jk = ", "β_0j = ", "index", "β_0j has the index j: it differs between the primaries "
         "and the seconds, so write β_0jk."),
        ("U_0j", "U_0jk", "index", "U_0jk has the index jk: each primary has its own, so write "
         "U_0j."),
        ("γ_01 ", "γ_010 ", "numbers", "γ_010 has three numbers instead of two: beside churchp it "
         "should be γ_01. The first number is that of the β, the second counts predictors of both "
         "groupings."),
        ("+ ε_i(jk)", "+ V_0k + ε_i(jk)", "level", "V_0k does not belong to level 1: it is a part "
         "of a level-2 equation."),
    ],
)  # fmt: skip
def test_slips_of_crossed_groupings(right: str, wrong: str, kind: str, message: str) -> None:
    assert slips(ROWS, right, wrong, BOTH) == [(kind, message)]


def test_a_product_of_predictors_of_both_groupings_has_an_index_of_each() -> None:
    model = Model(
        "attain ~ verbal",
        group="primary * second",
        level2={"intercept": "churchp + U"},
        level3={"intercept": "size + size:churchp + V"},
    )
    text = model.equations(show="names").text
    assert mlm.check_equations(text, model) == ()
    (difference, *_) = mlm.check_equations(text.replace("× churchpⱼ", "× churchpₖ"), model)
    assert difference.message.endswith("it has one value in each primary, so write churchp_j.")


def test_messages_are_in_the_notation_of_the_text() -> None:
    lines = THREE.equations(parts=("level3",), notation="raudenbush-bryk", show="names").text
    (difference,) = mlm.check_equations(
        lines.replace(" + u₀₀ₖ", ""), THREE, notation="raudenbush-bryk"
    )
    assert difference.message.startswith("u_00k is missing from the equation of β₀₀ₖ")


def test_what_may_correlate_is_compared_in_each_grouping() -> None:
    text = "\n(V_00k, V_10k) ~ N((0, 0), [φ_0², 0; 0, φ_1²])"
    (difference,) = mlm.check_equations(LINES3 + text, THREE)
    assert difference.message == "In the model, V_00k and V_10k may correlate."
    apart = Model("y ~ x", group="a * b", level2={"x": "U"}, level3={"x": "V"},
                  covariance3="diagonal")  # fmt: skip
    lines = [f"({e}_0{i}, {e}_1{i}) ~ N((0, 0), [1.2, 0.1; 0.1, 0.9])" for e, i in ("Uj", "Vk")]
    (difference,) = mlm.check_equations("\n".join(lines), apart)
    assert difference.message == "In the model, V_0k and V_1k do not correlate."
