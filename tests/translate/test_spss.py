"""MIXED of SPSS, by its documented syntax."""

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import ModelError
from tests.translate.awkward import FORMULAS, TEXTS, awkward
from tests.translate.cases import CASES, GENERALIZED, GROUPED, grouped_scripts


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("spss") == snapshot


@pytest.mark.parametrize("name", grouped_scripts("spss"))
def test_script_with_two_groupings(name: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script("spss") == snapshot


def test_methods() -> None:
    model = CASES["slope"].model
    assert "  /METHOD=REML\n" in str(model.code("spss", reml=True))
    assert "  /METHOD=ML\n" in str(model.code("spss", reml=False))


@pytest.mark.parametrize(
    ("name", "random"),
    [
        ("null", ["/RANDOM=INTERCEPT | SUBJECT(school) COVTYPE(ID)"]),
        ("slope", ["/RANDOM=INTERCEPT ses | SUBJECT(school) COVTYPE(UN)"]),
        ("diagonal", ["/RANDOM=INTERCEPT Days | SUBJECT(Subject) COVTYPE(VC)"]),
        ("slope_only", ["/RANDOM=Days | SUBJECT(Subject) COVTYPE(ID)"]),
        (
            "blocks",
            [
                "/RANDOM=INTERCEPT minority | SUBJECT(school) COVTYPE(UN)",
                "/RANDOM=ses | SUBJECT(school) COVTYPE(ID)",
            ],
        ),
    ],
)
def test_random_subcommands(name: str, random: list[str]) -> None:
    """Command Syntax Reference: UN lets the effects correlate, VC gives each a variance."""
    lines = [line.strip().removesuffix(".") for line in CASES[name].script("spss").splitlines()]
    assert [line for line in lines if line.startswith("/RANDOM")] == random


def test_without_an_intercept() -> None:
    assert "  /FIXED=Days | NOINT SSTYPE(3)\n" in CASES["no_intercept"].script("spss")
    assert "  /FIXED=| SSTYPE(3)\n" in CASES["null"].script("spss")


def test_one_command_ends_in_one_full_stop() -> None:
    for name in CASES:
        source = CASES[name].script("spss")
        command = source[source.index("\nMIXED ") :]
        assert command.endswith("."), name
        assert command.count(".\n") == 0, name


def test_missing_texts_are_empty_and_go_first() -> None:
    source = CASES["missing"].script("spss")
    select = source[source.index("SELECT IF NOT (") :].split(".\n")[0]
    assert "sex = ''" in select
    assert "MISSING(normexam)" in select
    assert source.index("SELECT IF") < source.index("AGGREGATE")


@pytest.mark.parametrize("text", FORMULAS)
def test_an_empty_text_is_missing_in_groups_too(text: str) -> None:
    model = mlm.Model.from_formula(text, data=awkward())
    source = " ".join(str(model.code("spss")).split())
    known = {"my id": "my_id", "x (cm)": "x_cm"}
    for name in model.variables:
        missing = f"{known.get(name, name)} = ''" if name in TEXTS else "MISSING("
        assert missing in source
    assert " = 1)" not in source
    assert ("= 'True')" in source) == bool({"flag", "seen", "maybe", "sure"} & set(model.variables))


@pytest.mark.parametrize("name", [name for name in GENERALIZED if name != "shape"])
def test_script_of_another_family(name: str, snapshot: SnapshotAssertion) -> None:
    assert GENERALIZED[name].script("spss") == snapshot


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        # IBM SPSS Statistics, Command Syntax Reference, the chart of GENLINMIXED:
        # TRIALS = FIELD(fieldName), OFFSET = FIELD(fieldName), LINK = CLOGLOG | LOG | LOGIT | …
        ("trials", ("/FIELDS TARGET=incidence TRIALS=FIELD(size)", "DISTRIBUTION=BINOMIAL")),
        ("cloglog", ("LINK=CLOGLOG",)),
        ("zero_one", ("REFERENCE=0 DISTRIBUTION=BINOMIAL LINK=LOGIT", "COVARIANCE_TYPE=UNSTRUCT")),
        ("event", ("COMPUTE answer_does = (answer = 'does').", "answer_does (NOMINAL)")),
        ("truth", ("COMPUTE uses_True = (uses = 'True').", "COVARIANCE_TYPE=VARIANCE_COMPONENTS")),
        ("exposure", ("COMPUTE log_area = LN(area).", "OFFSET=FIELD(log_area)", "LINK=LOG")),
    ],
)
def test_genlinmixed(name: str, parts: tuple[str, ...]) -> None:
    source = " ".join(GENERALIZED[name].script("spss").split())
    for part in parts:
        assert part in source


def test_what_its_reference_does_not_say_is_not_written() -> None:
    with pytest.raises(ModelError, match="shape of a negative binomial"):
        GENERALIZED["shape"].model.code("spss")


def test_classes_lie_within_schools_whatever_their_numbers() -> None:
    """Command Syntax Reference, MIXED: SUBJECT(a*b) has a subject for each combination."""
    source = GROUPED["levels"].script("spss")
    assert "  /RANDOM=INTERCEPT z | SUBJECT(school) COVTYPE(UN)\n" in source
    assert "  /RANDOM=INTERCEPT x_within | SUBJECT(school*class) COVTYPE(UN)." in source
    assert "/BREAK=school class /x_mean=MEAN(x)." in source
    counts = mlm.Model("y ~ x", group="school/class", family="poisson")
    other = str(counts.code("spss"))
    assert "/DATA_STRUCTURE SUBJECTS=school*class" in other
    assert "SUBJECTS=school COVARIANCE_TYPE=VARIANCE_COMPONENTS\n" in other
