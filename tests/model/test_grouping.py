"""By which columns units are grouped, as ``group`` of a model takes it."""

import pytest

from mlmteach.errors import FormulaError, MlmteachError, ModelError
from mlmteach.model.grouping import Grouping, parse_grouping


@pytest.mark.parametrize(
    ("text", "grouping", "formula", "bars", "design"),
    [
        ("school", Grouping(("school",)), "school", ("school",), "single"),
        ("a/b", Grouping(("b", "a")), "a/b", ("a:b", "a"), "nested"),
        (" a / b ", Grouping(("b", "a")), "a/b", ("a:b", "a"), "nested"),
        ("a*b", Grouping(("a", "b"), crossed=True), "a * b", ("a", "b"), "crossed"),
        ("my id", Grouping(("my id",)), "`my id`", ("`my id`",), "single"),
        ("`a/b`", Grouping(("a/b",)), "`a/b`", ("`a/b`",), "single"),
        ("`a/b`/c", Grouping(("c", "a/b")), "`a/b`/c", ("`a/b`:c", "`a/b`"), "nested"),
        ("`a*b` * c", Grouping(("a*b", "c"), crossed=True), "`a*b` * c", ("`a*b`", "c"), "crossed"),
        ("school.id", Grouping(("school.id",)), "school.id", ("school.id",), "single"),
    ],
)
def test_groupings(
    text: str, grouping: Grouping, formula: str, bars: tuple[str, ...], design: str
) -> None:
    found = parse_grouping(text)
    assert found == grouping
    assert (found.formula, found.bars, found.design) == (formula, bars, design)
    assert parse_grouping(found.formula) == found
    assert (found.is_nested, found.crossed) == (design == "nested", design == "crossed")


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("a/", FormulaError, "cannot be read"),
        ("/a", FormulaError, "cannot be read"),
        ("a//b", FormulaError, "cannot be read"),
        ("``", FormulaError, "cannot be read"),
        ("a:b", FormulaError, r"has a ':'"),
        ("a + b", FormulaError, r"has a '\+'"),
        ("1 | a", FormulaError, r"has a '\|'"),
        ("a/b/c", ModelError, "3 groupings, a, b and c, are too many"),
        ("a * b * c * d", ModelError, "4 groupings"),
        ("a/b * c", ModelError, "3 groupings"),
        ("a/a", ModelError, "one column twice"),
        ("a * a", ModelError, "one column twice"),
    ],
)
def test_what_is_refused(text: str, kind: type[MlmteachError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught:
        parse_grouping(text)
    assert caught.value.remedy.endswith(".")
