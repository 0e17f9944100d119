"""The scripts for programs that cannot run here, held against their documented syntax."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError
from mlmteach.translate import PROGRAMS, Code, code
from tests.translate.cases import CASES

NULL = mlm.Model("mathach ~ 1", group="school")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_script(name: str, program: str, snapshot: SnapshotAssertion) -> None:
    case = CASES[name]
    assert str(case.model.code(program, reml=case.reml, data=case.dataset)) == snapshot


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_lines_are_short_enough_for_a_cell(name: str, program: str) -> None:
    source = str(CASES[name].model.code(program))
    assert max(len(line) for line in source.splitlines() if "is called" not in line) <= 100


def test_code_is_a_frozen_text_that_displays_as_a_block() -> None:
    made = NULL.code("Stata", data="schools")
    assert made == Code("stata", "stata", str(made))
    assert made._repr_mimebundle_() == {
        "text/plain": made.source,
        "text/markdown": f"```stata\n{made.source}\n```",
    }
    assert made == code(NULL, "stata", data="schools")
    assert 'import delimited "schools.csv"' in str(made)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"program": "lme5"}, "'lme5' is not known. Did you mean"),
        ({"program": "HLM"}, "'HLM' is not known. Choose one of: lme4, nlme"),
        ({"program": "lme4", "data": "my data.csv"}, "cannot be the name of a data frame"),
    ],
)
def test_unknown_options_are_errors(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        NULL.code(**options)


def test_reml_and_ml_differ_in_every_program() -> None:
    for program in PROGRAMS:
        assert str(NULL.code(program, reml=True)) != str(NULL.code(program, reml=False)), program


def test_the_name_of_the_data_is_known_or_given() -> None:
    sleep = CASES["diagonal"].model
    assert 'read.csv("sleepstudy.csv")' in str(sleep.code("lme4"))
    assert 'read.csv("sleep.csv")' in str(sleep.code("lme4", data="sleep"))
    assert 'read.csv("hsb.csv")' in str(NULL.code("lme4"))


def test_categories_need_data() -> None:
    with pytest.raises(ModelError, match=r"bind\(data\)"):
        mlm.Model("y ~ C(treatment)", group="school").code("lme4")
    exam = mlm.load("exam")
    unbound = mlm.Model("normexam ~ sex", group="school", codebook=exam.attrs["codebook"])
    with pytest.raises(ModelError, match="'sex' is categorical"):
        unbound.code("lme4")
    assert 'levels = c("M", "F")' in str(unbound.bind(exam).code("lme4"))


def test_functions_that_cannot_be_translated_are_named() -> None:
    model = mlm.Model("mathach ~ bs(ses, df=4)", group="school")
    with pytest.raises(ModelError, match=r"'bs\(ses, df=4\)' is not known. Compute it"):
        model.code("stata")


@pytest.mark.parametrize(
    ("program", "longest", "case_matters"), [("stata", 32, True), ("sas", 32, False)]
)
def test_long_names_and_names_that_differ_in_case(
    program: str, longest: int, case_matters: bool
) -> None:
    long = "achievement_in_mathematics_at_the_end_of_grade_ten"
    model = mlm.Model(f"{long} ~ ses", group="school", level2={"intercept": "SES + U"})
    source = str(model.code(program))
    assert f'The column "{long}" is called {long[:longest]} here' in source
    assert ('The column "ses" is called ses_2' in source) is not case_matters
    words = re.findall(r"\w+", re.sub(r"^/?\* The column.*$", "", source, flags=re.MULTILINE))
    assert max(map(len, words)) <= longest


@pytest.mark.parametrize(
    ("program", "reserved"),
    [("stata", "int"), ("sas", "Intercept"), ("spss", "With"), ("lme4", "next")],
)
def test_reserved_words_are_renamed(program: str, reserved: str) -> None:
    source = str(mlm.Model(f"{reserved} ~ x", group="g").code(program))
    assert f"{reserved}_2" in source


def test_quotation_marks_in_categories() -> None:
    frame = mlm.load("hsb")
    frame["kind"] = frame["sector"].map({0: "public", 1: 'the "$good" nuns\' ones'})
    frame.attrs.clear()
    model = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "kind + U"}, data=frame)
    escaped = r'''"the \"$good\" nuns' ones"'''
    doubled = """'the "$good" nuns'' ones'"""
    written = {
        "lme4": escaped,
        "nlme": escaped,
        "statsmodels": escaped,
        "mixedmodels.jl": escaped.replace("$", "\\$"),
        "sas": doubled,
        "spss": doubled,
        "stata": r"""`"the "\$good" nuns' ones"'""",
    }
    for program in PROGRAMS:
        assert written[program] in str(model.code(program)), program


def test_new_columns_keep_clear_of_the_data() -> None:
    model = mlm.Model(
        "y ~ center_within(x) + x_within", group="g", level2={"intercept": "x_mean + U"}
    )
    source = str(model.code("spss"))
    assert "COMPUTE x_within_2 = x - x_mean_2." in source


@pytest.mark.parametrize("term", ["C(sex, contr.sum)", "poly(standLRT, 2)", "bs(standLRT, df=4)"])
def test_codings_that_are_no_dummies_are_refused(term: str) -> None:
    """Indicators in their place would be the same space with other coefficients, or nonsense."""
    model = mlm.Model(f"normexam ~ {term}", group="school", data=mlm.load("exam"))
    with pytest.raises(ModelError, match="coding that cannot be written"):
        model.code("lme4")
