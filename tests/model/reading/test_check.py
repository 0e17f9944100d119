"""What a student wrote is held against the model, each difference in a sentence."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import EquationError, OptionError
from mlmteach.model.notation import PRESETS
from tests.model.reading import slides
from tests.model.reading.written import (
    BOOK,
    BOTH,
    COVARIATES,
    CROSS,
    ESTIMATES,
    FULL,
    FULL3,
    LINE1,
    LINES2,
    LINES3,
    ROWS,
    THREE,
    kinds,
)
from tests.strategies import estimates, models, with_two_groupings

NULL = Model("mathach ~ 1", group="school", codebook=BOOK)
LEVEL1 = Model(COVARIATES, group="school", codebook=BOOK)
SLOPE = Model(COVARIATES, group="school", level2={"ses": "U"}, codebook=BOOK)


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


def test_right_equations_of_two_groupings_have_no_differences() -> None:
    for text in (LINES3, FULL3, f"{LINES3}\n{FULL3}", "\n".join(LINES3.splitlines()[1:3])):
        assert mlm.check_equations(text, THREE) == ()
    assert mlm.check_equations(ROWS, BOTH) == ()
    assert mlm.check_equations(ROWS.replace("i(jk)", "ijk"), BOTH) == ()


@given(model=with_two_groupings(), notation=st.sampled_from(list(PRESETS)), data=st.data())
@settings(max_examples=60)
def test_what_is_written_of_two_groupings_is_right(
    model: Model, notation: str, data: st.DataObject
) -> None:
    show = data.draw(st.sampled_from(["names", "symbols"]))
    form = data.draw(st.sampled_from(["latex", "text"]))
    equations = model.equations(notation=notation, show=show, distributions=True)
    assert mlm.check_equations(getattr(equations, form), model, notation=notation) == ()
