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
from tests.strategies import estimates, models

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
