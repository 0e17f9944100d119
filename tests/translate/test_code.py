"""Scripts of a model: what all programs have in common, and what is refused."""

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.translate import PROGRAMS, Code, code
from tests.translate.cases import CASES, GENERALIZED, GROUPED, grouped_scripts

NULL = mlm.Model("mathach ~ 1", group="school")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_lines_are_short_enough_for_a_cell(name: str, program: str) -> None:
    check_lines(str(CASES[name].model.code(program)))


@pytest.mark.parametrize("program", PROGRAMS)
def test_lines_are_short_enough_with_two_groupings(program: str) -> None:
    for name in grouped_scripts(program):
        check_lines(str(GROUPED[name].model.code(program)))


def check_lines(source: str) -> None:
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


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (NULL, {"reml": "ML"}, "reml='ML' is neither True nor False"),
        (NULL, {"points": 7}, "A normal outcome needs no quadrature"),
        (GENERALIZED["codes"].model, {"reml": True}, "no REML for the family 'binomial'"),
        (GENERALIZED["codes"].model, {"robust": "CR2"}, "no robust standard errors"),
        (GENERALIZED["codes"].model, {"points": 0}, "points=0 is no number"),
        (GROUPED["crossed"].model, {"robust": "CR2"}, "groupings that cross have none"),
    ],
)
def test_options_that_do_not_go_with_the_outcome(
    model: mlm.Model, options: dict[str, object], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        model.code("lme4", **options)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("zero_one", "use"),  # 0 and 1 as they are
        ("event", "answer_does"),
        ("truth", "uses_True"),
        ("codes", "code_1"),
        ("trials", "incidence"),
    ],
)
def test_the_event_is_1_in_every_script(name: str, column: str) -> None:
    for program in ("lme4", "glmmtmb", "stata", "sas", "spss", "mixedmodels.jl"):
        source = GENERALIZED[name].script(program)
        assert column in source
        assert (f"{column} =" in source.replace("<-", "=")) == ("_" in column)


def test_an_event_can_be_named_before_there_are_data() -> None:
    model = mlm.Model("passed ~ ses", group="school", family="binomial", event="yes")
    assert 'passed_yes <- as.numeric(data$passed == "yes")' in str(model.code("lme4"))
    plain = mlm.Model("passed ~ ses", group="school", family="binomial")
    assert "  passed ~ 1 + ses + (1 | school),\n" in str(plain.code("lme4"))


def test_a_fit_writes_its_own_quadrature() -> None:
    frame = mlm.load("cbpp")
    model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    assert "nAGQ = 5" in str(model.fit(frame, points=5).code("lme4"))
    assert "method=laplace" in str(model.fit(frame).code("sas"))


def test_reml_and_ml_differ_in_every_program() -> None:
    for program in PROGRAMS:
        assert str(NULL.code(program)) == str(NULL.code(program, reml=True))
        assert str(NULL.code(program, reml=True)) != str(NULL.code(program, reml=False)), program


def test_the_name_of_the_data_is_known_or_given() -> None:
    sleep = CASES["diagonal"].model
    assert 'read.csv("sleepstudy.csv")' in str(sleep.code("lme4"))
    assert 'read.csv("sleep.csv")' in str(sleep.code("lme4", data="sleep"))
    assert 'read.csv("data.csv")' in str(NULL.code("lme4"))


def test_a_frame_with_other_rows_or_columns_is_no_data_set_of_ours() -> None:
    hsb = mlm.load("hsb")
    for frame in (hsb[hsb["female"] == 1], hsb.assign(extra=1.0 * hsb["ses"])):
        model = mlm.Model("mathach ~ ses", group="school", data=frame)
        assert 'read.csv("data.csv")' in str(model.code("lme4"))
        assert model.interpret()["γ₁₀"].short == "Slope of SES"  # its words stay
    assert 'read.csv("hsb.csv")' in str(model.bind(hsb).code("lme4"))


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
        "glmmtmb": escaped,
        "statsmodels": escaped,
        "mixedmodels.jl": escaped.replace("$", "\\$"),
        "sas": doubled,
        "spss": doubled,
        "stata": r"""`"the "\$good" nuns' ones"'""",
    }
    for program in PROGRAMS:
        assert written[program] in str(model.code(program)), program
