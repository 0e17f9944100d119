"""Stata's mixed, by its documented syntax."""

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import ModelError
from tests.translate.awkward import FORMULAS, TEXTS, awkward
from tests.translate.cases import CASES, GENERALIZED, GROUPED, grouped_scripts


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("stata") == snapshot


@pytest.mark.parametrize("name", grouped_scripts("stata"))
def test_script_with_two_groupings(name: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script("stata") == snapshot


def test_methods_have_the_degrees_of_freedom_that_they_can() -> None:
    model = CASES["slope"].model
    call = str(model.code("stata", reml=True)).replace(" ///\n   ", "")
    assert call.endswith(" reml dfmethod(satterthwaite)")
    assert str(model.code("stata", reml=False)).endswith(" mle")
    assert "dfmethod" not in str(model.code("stata", reml=False))


@pytest.mark.parametrize(
    ("name", "equations"),
    [
        ("null", "|| school:, "),
        ("slope", "|| school: ses, covariance(unstructured) "),
        ("diagonal", "|| Subject: Days, covariance(independent) "),
        ("slope_only", "|| Subject: Days, noconstant "),
        ("blocks", "|| school: minority, covariance(unstructured) || school: ses, noconstant "),
    ],
)
def test_random_equations(name: str, equations: str) -> None:
    """[ME] mixed: blocks repeat the level, ``noconstant`` leaves the intercept out."""
    source = " ".join(CASES[name].script("stata").replace("///", "").split())
    assert equations in source


@pytest.mark.parametrize(
    ("name", "equations"),
    [
        ("nested", "|| school: || class:, reml"),
        (
            "levels",
            "|| school: z, covariance(unstructured) || class: x_within, covariance(unstructured)",
        ),
        ("apart", "|| school: x, covariance(independent) || class: x, covariance(independent)"),
        ("crossed", "|| _all: R.primary_code || school:, mle"),
        ("crossed_slope", "|| _all: R.school || primary_code: x, covariance(unstructured)"),
    ],
)
def test_equations_of_two_groupings(name: str, equations: str) -> None:
    """[ME] mixed: levels are nested in the order in which they are given, the highest first;
    ``_all: R.varname`` is a random intercept for each value of a numeric factor."""
    assert equations in " ".join(GROUPED[name].script("stata").replace("///", "").split())


def test_means_are_taken_within_classes_of_a_school() -> None:
    assert "bysort school class: egen double x_mean" in GROUPED["levels"].script("stata")


def test_slopes_of_both_groupings_are_refused() -> None:
    with pytest.raises(ModelError, match="in one of two groupings that cross"):
        GROUPED["crossed_apart"].model.code("stata")


def test_a_command_of_two_groupings_is_read_as_the_same_model() -> None:
    for name, level2, level3 in (
        ("nested", (), ()),
        ("apart", (), ["w"]),
        ("crossed", (), ["w"]),
        ("crossed_slope", (), ()),
    ):
        command = GROUPED[name].script("stata").split("\n\n")[-1].replace("_code", "")
        read = mlm.Model.from_formula(command, level2=level2, level3=level3)
        other = GROUPED[name].model
        if read.group != other.group:  # Stata names the grouping without slopes first
            assert read.grouping.names == other.grouping.names[::-1]
        else:
            assert read == other


def test_a_group_with_names_gets_numbers() -> None:
    source = CASES["text_group"].script("stata")
    assert "egen long Batch_code = group(Batch)" in source
    assert "|| Batch_code:" in source


def test_a_product_with_u_is_a_column() -> None:
    model = mlm.Model("y ~ a * b", group="g", level2={"a:b": "U"})
    source = str(model.code("stata"))
    assert "generate double a_x_b = a * b" in source
    assert "c.a#c.b" in source
    assert "|| g: a_x_b" in source


def test_a_long_call_goes_on_behind_slashes() -> None:
    call = CASES["blocks"].script("stata").split("\n\n")[-1].splitlines()
    assert len(call) > 1
    assert all(line.endswith(" ///") for line in call[:-1])


@pytest.mark.parametrize("text", FORMULAS)
def test_texts_are_read_as_they_are_written(text: str) -> None:
    """[D] import delimited: ``stringcols(_all)``; numbers are made of the other columns alone."""
    model = mlm.Model.from_formula(text, data=awkward())
    source = str(model.code("stata")).replace(" ///\n   ", "")
    assert 'stringcols(_all) bindquote(strict) encoding("UTF-8")' in source
    numbers = source.split("destring ")[1].split(", replace")[0].split()
    known = {"my id": "my_id", "x (cm)": "x_cm"}
    assert set(numbers) == {known.get(v, v) for v in set(model.variables) - TEXTS}
    if model.group in TEXTS:  # mixed takes no text for a group
        assert f"_code = group({known.get(model.group, model.group)})" in source
    assert source.index("destring") < source.index("drop if missing")


@pytest.mark.parametrize("name", GENERALIZED)
def test_script_of_another_family(name: str, snapshot: SnapshotAssertion) -> None:
    assert GENERALIZED[name].script("stata") == snapshot


@pytest.mark.parametrize(
    ("name", "call"),
    [
        # [ME] melogit: binomial(varname|#) is an option of the whole command
        (
            "trials",
            "melogit incidence period_2 period_3 period_4 || herd:, binomial(size) "
            "intmethod(mcaghermite) intpoints(7)",
        ),
        ("zero_one", "melogit use age urban || district: urban, covariance(unstructured) "
         "intmethod(laplace)"),
        # [ME] mepoisson, menbreg: exposure(varname) is one of the fixed part
        ("exposure", "mepoisson TICKS HEIGHT_c YEAR_96 YEAR_97, exposure(area) || BROOD:, "
         "intmethod(laplace)"),
        ("shape", "menbreg TICKS HEIGHT_c YEAR_96 YEAR_97, exposure(area) || BROOD:, "
         "intmethod(laplace)"),
    ],
)  # fmt: skip
def test_commands_of_other_families(name: str, call: str) -> None:
    assert " ".join(GENERALIZED[name].script("stata").replace("///", "").split()).endswith(call)


def test_a_command_of_ours_is_read_as_the_same_model() -> None:
    for name in ("zero_one", "exposure", "shape"):
        case = GENERALIZED[name]
        command = case.script("stata").split("\n\n")[-1]
        read = mlm.Model.from_formula(command, level2=["HEIGHT_c", "YEAR_96", "YEAR_97"])
        assert read.family == case.model.family
