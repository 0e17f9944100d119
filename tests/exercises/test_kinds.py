"""What every kind of answer can do; letters and texts."""

import pytest

from mlmteach.exercises import Choice, Number, OpenText
from mlmteach.exercises.kinds import EXACT, Judgement, Kind, described
from mlmteach.exercises.plain import to_plain

CHOICE = Choice({"a": "one", "b": "two"})


def test_options_are_answered_by_letter_in_any_case() -> None:
    assert CHOICE.prompt == "- **a**: one\n- **b**: two"
    assert not CHOICE.misfit(to_plain(" A"))
    assert CHOICE.compare(to_plain("a"), to_plain(" A")).right


def test_another_letter_is_told_nothing_but_that() -> None:
    found = CHOICE.compare(to_plain("a"), to_plain("B "))
    assert (found.right, found.note) == (False, "Another option is right.")


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (CHOICE, "c", 'Answer with one of `"a"`, `"b"`, in quotes.'),
        (CHOICE, 3, 'Answer with one of `"a"`, `"b"`, in quotes.'),
        (OpenText(), 3, "A text is asked for, and this is a number."),
        (Number(), [float("nan")], "this is a list: a value in it is not finite."),
    ],
)
def test_what_is_of_another_kind_is_said(kind: Kind, given: object, says: str) -> None:
    assert says in kind.misfit(to_plain(given))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (3, "a number"),
        ([float("inf")], "a list"),
        (object(), "an object of type `object`"),
    ],
)
def test_an_answer_is_named_in_words(value: object, words: str) -> None:
    assert described(to_plain(value)) == words


def test_what_is_not_rounded_is_exact() -> None:
    assert Judgement(1.0).digits == EXACT
    assert [Judgement(share).right for share in (0.99, 1.0)] == [False, True]
