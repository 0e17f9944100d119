"""Checks, hints and solutions as a student meets them."""

import pytest

import mlmteach as mlm
from mlmteach.exercises import Exercise, Status


@pytest.mark.parametrize("id", ["99.1", "2.99", "", None, "../x", "2.1\n2.2", "9" * 99])
def test_nothing_raises_in_a_notebook(id: object) -> None:
    said = f"There is no exercise '{str(id).strip()[:40]}'. "
    outcome = mlm.check(id, 1)  # type: ignore[arg-type]
    assert (outcome.status, outcome.share) == (Status.UNCHECKABLE, 0.0)
    assert outcome.message.startswith(said)
    for note in (mlm.hint(id), mlm.solution(id)):  # type: ignore[arg-type]
        assert repr(note) == note.markdown == outcome.message


def test_a_number_or_spaces_around_an_id_are_no_matter() -> None:
    for id in (2.1, " 2.1 "):
        assert repr(mlm.check(id, "0.17")) == repr(mlm.check("2.1", "0.17"))  # type: ignore[arg-type]
        assert repr(mlm.hint(id)) == repr(mlm.hint("2.1"))  # type: ignore[arg-type]
        assert repr(mlm.solution(id)) == repr(mlm.solution("2.1"))  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [0, -1, 1.5, "1", None])
def test_a_hint_that_is_none_says_which_there_are(n: object) -> None:
    assert mlm.hint("2.1", n).text == "Exercise 2.1 has 2 hints: ask for one from 1 to 2."  # type: ignore[arg-type]


def test_a_check_that_breaks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Exercise, "judge", broken)
    outcome = mlm.check("2.1", 3)
    assert outcome.status is Status.UNCHECKABLE
    assert outcome.message == "Checking this answer failed with ZeroDivisionError."


def test_a_solution_runs_as_it_is_shown() -> None:
    space: dict[str, object] = {"mlm": mlm}
    source = mlm.solution("2.1").markdown.removeprefix("```python\n").split("\n```")[0]
    exec(source, space)
    assert mlm.check("2.1", space["tau2"]).status is Status.CORRECT


def test_the_lesson_s_exercises_are_named() -> None:
    outcome = mlm.check("2.99", 1)
    assert outcome.status is Status.UNCHECKABLE
    assert "2.1, 2.2" in outcome.message


def test_hints_go_from_a_nudge_on() -> None:
    assert mlm.hint("2.1").text != mlm.hint("2.1", 2).text
    assert "from 1 to 2" in mlm.hint("2.1", 3).text


def test_a_hint_says_how_to_get_the_next_one() -> None:
    assert mlm.hint("2.1").text.endswith(' The next one: `mlm.hint("2.1", 2)`.')
    assert "The next one" not in mlm.hint("2.1", 2).text
    assert mlm.hint("4.5", 2).text == "Exercise 4.5 has one hint: ask for number 1."


def test_the_number_that_a_summary_prints_is_right() -> None:
    outcome = mlm.check("2.1", 0.172)
    assert (outcome.status, outcome.share) == (Status.CORRECT, 1.0)
