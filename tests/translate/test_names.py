"""Names that a program takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.translate import PROGRAMS
from mlmteach.translate.names import NameRules, Names, words


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


RULES = NameRules(r"[a-z_]\w*", 8, words("if else int"), case_matters=False)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("ses", True),
        ("SES", False),  # by the pattern
        ("achieved", True),
        ("achievements", False),
        ("if", False),
        ("my size", False),
        ("", False),
        ("ses\n", False),
    ],
)
def test_names_that_are_taken_as_they_are(name: str, taken: bool) -> None:
    assert RULES.accepts(name) is taken


def test_case_decides_where_it_matters() -> None:
    either = NameRules(r"\w+", 32, words("with"), case_matters=False)
    assert not either.accepts("WITH")
    assert NameRules(r"\w+", 32, words("with")).accepts("WITH")
    assert either.key("SES") == either.key("ses")


def test_a_column_that_can_stay_is_not_pushed_out_by_one_that_cannot() -> None:
    names = Names(RULES, ["my size", "my_size", "größe", "1st", "%"])
    assert names["my_size"] == "my_size"
    assert names.renamed == {"my size": "my_siz_2", "1st": "x1st", "%": "x"}
    assert names.columns == names.renamed | {"my_size": "my_size", "größe": "größe"}


def test_new_names_are_used_once_and_keep_clear() -> None:
    names = Names(RULES, ["ses"], others=["ses_2", "SES_3"])
    assert [names.new("ses") for _ in range(3)] == ["ses_4", "ses_5", "ses_6"]
    assert names.new("int") == "int_2"
    made = {names.new("a_very_long_name") for _ in range(12)}
    assert len(made) == 12
    assert max(map(len, made)) == 8


@given(st.lists(st.text(max_size=12), unique=True, max_size=8), st.sampled_from(sorted(PROGRAMS)))
def test_every_program_takes_the_names_that_columns_are_given(
    columns: list[str], program: str
) -> None:
    naming = PROGRAMS[program].naming
    names = Names(naming, columns)
    given_names = [names[column] for column in columns]
    assert all(map(naming.accepts, given_names))
    assert len({naming.key(name) for name in given_names}) == len(columns)
    for column in columns:
        assert names[column] == column or not naming.accepts(column)
