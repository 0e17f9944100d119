"""What a student wrote is held against the model, each difference in a sentence."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import EquationError, OptionError
from mlmteach.model.estimates import Estimates
from mlmteach.model.notation import PRESETS
from tests.model.reading import slides
from tests.strategies import estimates, models, with_two_groupings

COVARIATES = "mathach ~ ses + minority + female"
LEVEL2 = {"intercept": "size + sector + U", "ses": "size + U"}
BOOK = mlm.load("hsb").attrs["codebook"]
NULL = Model("mathach ~ 1", group="school", codebook=BOOK)
LEVEL1 = Model(COVARIATES, group="school", codebook=BOOK)
SLOPE = Model(COVARIATES, group="school", level2={"ses": "U"}, codebook=BOOK)
CROSS = Model(COVARIATES, group="school", level2=LEVEL2, codebook=BOOK)

LINE1 = "mathach_ij = β_0j + β_1j SES_ij + β_2j minority_ij + β_3j female_ij + ε_ij"
LINES2 = """β_0j = γ_00 + γ_01 size_j + γ_02 sector_j + U_0j
β_1j = γ_10 + γ_11 size_j + U_1j
β_2j = γ_20
β_3j = γ_30"""
FULL = (
    "mathach_ij = γ_00 + γ_01 size_j + γ_02 sector_j + γ_10 SES_ij + γ_11 size_j*SES_ij "
    "+ γ_20 minority_ij + γ_30 female_ij + U_0j + U_1j SES_ij + ε_ij"
)


def kinds(text: str, model: Model = CROSS, **options: object) -> list[str]:
    return [difference.kind for difference in mlm.check_equations(text, model, **options)]


@pytest.mark.parametrize(("text", "model"), [(slides.NULL, NULL), (slides.LEVEL1, LEVEL1)])
def test_two_of_the_slides_are_right(text: str, model: Model) -> None:
    assert mlm.check_equations(text, model) == ()


@pytest.mark.parametrize(("text", "model"), [(slides.SLOPE, SLOPE), (slides.CROSS, CROSS)])
def test_two_of_the_slides_slip_once_each(text: str, model: Model) -> None:
    (difference,) = mlm.check_equations(text, model)
    assert difference.kind == "predictor"
    assert difference.message == (
        "U_{1j} stands without its predictor: substitution gives U_1j SES_ij."
    )
    line = text.splitlines()[difference.line - 1]
    assert line[difference.column - 1 :].startswith(r"U_{1j} + \varepsilon_{ij}")
    place = f"Line {difference.line}, column {difference.column}: "
    assert str(difference) == place + difference.message


@pytest.mark.parametrize("text", [LINE1, LINES2, FULL, f"{LINE1}\n{LINES2}\n{FULL}"])
def test_what_is_right_has_no_differences(text: str) -> None:
    assert mlm.check_equations(text, CROSS) == ()


def test_lines_without_any_index_need_none() -> None:
    text = "mathach = b0 + b1*ses + b2*minority + b3*female + r"
    assert mlm.check_equations(text, CROSS) == ()


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "message"),
    [
        # level 1
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
    text = LINE1.replace(right, wrong)
    assert text != LINE1
    (difference,) = mlm.check_equations(text, CROSS)
    assert (difference.kind, difference.message) == (kind, message)


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
    text = LINES2.replace(right, wrong)
    assert text != LINES2
    (difference,) = mlm.check_equations(text, CROSS)
    assert (difference.kind, difference.message) == (kind, message)


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
    text = FULL.replace(right, wrong)
    assert text != FULL
    found = mlm.check_equations(text, CROSS)
    assert (kind, message) in [(difference.kind, difference.message) for difference in found]


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


def test_a_model_that_knows_no_categories_takes_them() -> None:
    model = Model("y ~ sex", group="school")
    assert kinds("y_ij = γ_00 + γ_10 sex[F]_ij + U_0j + ε_ij", model) == []


def test_each_difference_has_its_place() -> None:
    text = f"{LINE1}\n{LINES2}".replace("β_2j minority", "β_2 minority").replace("U_0j", "U_1j")
    first, second = mlm.check_equations(text, CROSS)
    rows = text.splitlines()
    assert rows[first.line - 1][first.column - 1 :].startswith("β_2 minority")
    assert rows[second.line - 1][second.column - 1 :].startswith("U_1j")
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.line = 3  # type: ignore[misc]


ESTIMATES = Estimates(
    params=pd.Series(
        {"Intercept": 11.43, "size": 0.00041, "sector": 2.4, "SES": 0, "ses": 2.1,
         "size:ses": -0.32, "minority": -2.9, "female": -1.2}
    ),
    cov_re=pd.DataFrame([[2.0, 0.1], [0.1, 0.3]], ["Intercept", "ses"], ["Intercept", "ses"]),
    scale=36.1,
)  # fmt: skip
NUMBERS = (
    "mathach_ij = 11.43 + 0.0004 size_j + 2.40 sector_j + 2.1 SES_ij - 0.32 size_j*SES_ij "
    "- 2.9 minority_ij - 1.2 female_ij + U_0j + U_1j SES_ij + ε_ij"
)


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
    found = mlm.check_equations(NUMBERS.replace(right, wrong), CROSS, estimates=ESTIMATES)
    expected = [(kind, message)] if kind else []
    assert [(difference.kind, difference.message) for difference in found] == expected


def test_a_fit_brings_its_estimates() -> None:
    fit = NULL.fit(mlm.load("hsb"))
    assert mlm.check_equations("mathach_ij = 12.64 + U_0j + ε_ij", fit.model, estimates=fit) == ()
    (difference,) = mlm.check_equations("mathach = 12.6 + U + ε", fit.model, estimates=ESTIMATES)
    assert difference.message == "12.6 should be 11.43, which is γ_00."


@pytest.mark.parametrize(("numbers", "says"), [(3, "is int"), ("NULL", "is str")])
def test_estimates_of_another_kind_are_refused(numbers: object, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        mlm.check_equations(FULL, CROSS, estimates=numbers)


def test_estimates_of_another_model_are_refused() -> None:
    fit = NULL.fit(mlm.load("hsb"))
    with pytest.raises(OptionError, match="no value for 'size'"):
        mlm.check_equations(FULL, CROSS, estimates=fit.estimates)


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


def test_text_that_is_no_equation() -> None:
    with pytest.raises(EquationError, match="no equation"):
        mlm.check_equations("Level-1 Model", NULL)


@pytest.mark.parametrize("show", ["names", "symbols"])
@given(model=models(), notation=st.sampled_from(sorted(PRESETS)))
@settings(max_examples=60)
def test_our_own_equations_are_right(show: str, model: Model, notation: str) -> None:
    equations = model.equations(notation=notation, show=show, distributions=True)
    assert mlm.check_equations(equations.latex, model, notation=notation) == ()


@pytest.mark.parametrize("form", ["latex", "text"])
@given(data=st.data(), errors=st.booleans())
@settings(max_examples=60)
def test_our_own_estimates_are_right(form: str, data: st.DataObject, errors: bool) -> None:
    model = data.draw(models())
    numbers = data.draw(estimates(model))
    equations = model.equations(estimates=numbers, standard_errors=errors, distributions=True)
    assert mlm.check_equations(getattr(equations, form), model, estimates=numbers) == ()


@given(model=models(contrasts=False, functions=False), data=st.data())
@settings(max_examples=60)
def test_a_term_that_is_left_out_is_found(model: Model, data: st.DataObject) -> None:
    (_, right) = model.equations(parts=("full",)).latex.split("&=")
    terms = right.split("\n")[0].split(" + ")
    gone = data.draw(st.sampled_from(terms))
    if len(terms) == 1:
        return
    left = " + ".join(term for term in terms if term != gone)
    found = mlm.check_equations(r"\text{outcome}_{ij} = " + left, model)
    assert "missing" in {difference.kind for difference in found}


def test_what_is_no_model_is_named() -> None:
    with pytest.raises(OptionError, match="`model` is str"):
        mlm.check_equations("y = b0 + e", "y ~ 1")  # type: ignore[arg-type]


@pytest.mark.parametrize("right", [True, False])
def test_categories_that_are_intervals(right: bool) -> None:
    """As pandas.cut, and cut of R, name them."""
    frame = mlm.load("hsb")
    frame["part"] = pd.cut(frame["ses"], [-4, -1, 0.5, 3], right=right)
    model = Model("mathach ~ part", group="school", data=frame)
    shown = model.equations()
    for text in (str(shown), "\n".join(shown.formulas)):
        assert mlm.check_equations(text, model) == ()
        assert Model.from_equations(text, group="school", data=frame) == model
    scripts = [str(model.code(program)) for program in ("lme4", "stata")]
    assert all(str(frame["part"].cat.categories[1]) in script for script in scripts)


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


# --- three levels, and crossed groupings ----------------------------------------------------

THREE = Model(
    "math ~ year",
    group="school/child",
    level2={"intercept": "female + U", "year": "female + U"},
    level3={"intercept": "size + V", "year": "size + V", "female": "V"},
)
LINES3 = """math_ijk = β_0jk + β_1jk year_ijk + ε_ijk
β_0jk = δ_00k + δ_01k female_jk + U_0jk
β_1jk = δ_10k + δ_11k female_jk + U_1jk
δ_00k = γ_000 + γ_001 size_k + V_00k
δ_01k = γ_010 + V_01k
δ_10k = γ_100 + γ_101 size_k + V_10k
δ_11k = γ_110"""
FULL3 = (
    "math_ijk = γ_000 + γ_001 size_k + γ_010 female_jk + γ_100 year_ijk + γ_101 size_k*year_ijk "
    "+ γ_110 female_jk*year_ijk + V_00k + V_01k female_jk + V_10k year_ijk + U_0jk "
    "+ U_1jk year_ijk + ε_ijk"
)
COUNT3 = (
    " The first number is that of the β, the second counts level-2 predictors, the third those of "
    "level 3."
)
BOTH = Model(
    "attain ~ verbal",
    group="primary * second",
    level2={"intercept": "churchp + U", "verbal": "U"},
    level3={"intercept": "size + V", "verbal": "size + V"},
)
ROWS = """attain_i(jk) = β_0jk + β_1jk verbal_i(jk) + ε_i(jk)
β_0jk = γ_00 + γ_01 churchp_j + γ_02 size_k + U_0j + V_0k
β_1jk = γ_10 + γ_11 size_k + U_1j + V_1k"""


def test_right_equations_of_two_groupings_have_no_differences() -> None:
    for text in (LINES3, FULL3, f"{LINES3}\n{FULL3}", "\n".join(LINES3.splitlines()[1:3])):
        assert mlm.check_equations(text, THREE) == ()
    assert mlm.check_equations(ROWS, BOTH) == ()
    assert mlm.check_equations(ROWS.replace("i(jk)", "ijk"), BOTH) == ()


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
    text = LINES3.replace(right, wrong, 1)
    assert text != LINES3
    (difference,) = mlm.check_equations(text, THREE)
    assert (difference.kind, difference.message) == (kind, message)


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
    (difference,) = mlm.check_equations(FULL3.replace(right, wrong, 1), THREE)
    assert (difference.kind, difference.message) == (kind, message)


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
    (difference,) = mlm.check_equations(ROWS.replace(right, wrong, 1), BOTH)
    assert (difference.kind, difference.message) == (kind, message)


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


@given(model=with_two_groupings(), notation=st.sampled_from(list(PRESETS)), data=st.data())
@settings(max_examples=60)
def test_what_is_written_of_two_groupings_is_right(
    model: Model, notation: str, data: st.DataObject
) -> None:
    show = data.draw(st.sampled_from(["names", "symbols"]))
    form = data.draw(st.sampled_from(["latex", "text"]))
    equations = model.equations(notation=notation, show=show, distributions=True)
    assert mlm.check_equations(getattr(equations, form), model, notation=notation) == ()
