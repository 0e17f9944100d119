"""Tests of the lecturer's own, and calls of the student's functions."""

import pandas as pd
import pytest

from mlmteach.exercises import Exercise, Mistake, OwnTest
from mlmteach.exercises.plain import to_plain

SQUARES = """
def squares(n):
    if n < 1:
        raise ValueError("n")
    return [i ** 2 for i in range(1, n + 1)]
"""


def exercise(kind: OwnTest, solution: str, answer: str, *mistakes: Mistake) -> Exercise:
    return Exercise("1", "T", "P", answer, kind, solution, mistakes=mistakes)


def test_calls_give_what_the_solution_gives() -> None:
    kind = OwnTest(calls=("squares(1)", "squares(3)", "squares(0)", "sum(squares(2))"))
    asked = exercise(kind, SQUARES, "squares")
    space: dict[str, object] = {}
    exec(SQUARES, space)
    assert asked.check(space["squares"]).share == 1
    found = asked.check(lambda n: [i**2 for i in range(1, n + 1)])  # it raises nothing
    assert (found.status.value, found.share) == ("partly", 0.75)
    assert found.message == "`squares(0)` gives a list, which is not right."
    assert asked.check(lambda n: n / 0).share == 0
    assert asked.check(None).status.value == "not attempted"


def test_the_cell_for_the_room_gives_the_same() -> None:
    kind = OwnTest(calls=("squares(2)", "squares(0)", "1 / 4"))
    space: dict[str, object] = {}
    exec(SQUARES, space)
    exec(kind.cell("squares"), space)
    answers = {name: to_plain(space[name]) for name in kind.names("squares")}
    answers["squares"] = {"kind": "function"}
    assert kind.gathered("squares", answers) == kind.tried(space)
    assert kind.gathered("squares", {**answers, "squares": {"kind": "blank"}}) == {"kind": "blank"}


@pytest.mark.parametrize(
    ("told", "share", "says"),
    [
        *((True, 1, ""), (False, 0, "Your answer fails."), (0.25, 0.25, "Your answer fails.")),
        *((7, 1, ""), ("Too short.", 0, "Too short."), ("", 1, "")),
    ],
)
def test_what_a_test_may_return(told: bool | float | str, share: float, says: str) -> None:
    kind = OwnTest(test=lambda _: told)
    found = kind.compare(to_plain(1), to_plain(2))
    assert (found.share, found.note) == (share, says)


def test_a_test_sees_plain_values() -> None:
    seen: list[object] = []

    def note(value: object) -> bool:
        seen.append(value)
        return False

    for value in (2.5, "text", [1, 2], pd.DataFrame({"a": [1.0], "b": ["x"]}, index=["r"])):
        OwnTest(test=note).compare({"kind": "blank"}, to_plain(value))
    assert seen[:3] == [2.5, "text", [1, 2]]
    pd.testing.assert_frame_equal(seen[3], pd.DataFrame({"a": [1.0], "b": ["x"]}, index=["r"]))


def test_a_mistake_is_named_and_another_right_answer_is_right() -> None:
    kind = OwnTest(test=lambda number: number > 10)
    asked = exercise(kind, "big = 12", "big", Mistake("12 - 10", "That is the difference."))
    assert asked.check(40).share == 1
    assert asked.check(2).message == "That is the difference."
    assert asked.check(3).message == "Your answer fails."
    assert asked.check(lambda: 3).status.value == "cannot be checked"


def test_numbers_may_be_rounded_and_counts_may_not() -> None:
    third, many = exercise(OwnTest(), "x = 1 / 3", "x"), exercise(OwnTest(), "x = 12345", "x")
    assert third.check(0.333).share == 1
    assert third.check(0.34).share < 1
    assert many.check(12345).share == 1
    assert many.check(12346).share == 0


def test_an_endless_call_costs_no_other_answer() -> None:
    kind = OwnTest(calls=("f(1)", "f(0)", "f(2)"), seconds=0.1)
    space: dict[str, object] = {}
    exec("def f(n):\n    while not n:\n        pass\n    return n", space)
    exec(kind.cell("f"), space)
    assert [space[name] for name in kind.names("f")] == [1, "raised TimeoutError", 2]


def test_calls_that_nobody_could_try_are_not_wrong() -> None:
    asked = exercise(OwnTest(calls=("squares(2)",)), SQUARES, "squares")
    kind, given = asked.kind, {"squares": {"kind": "function"}}
    assert isinstance(kind, OwnTest)
    found = kind.gathered("squares", given, whole=False)
    assert kind.misfit(found).startswith("The calls could not be tried")
    nothing = kind.gathered("squares", given)  # of a function that returns nothing
    assert nothing == {"kind": "outputs", "values": [{"kind": "blank"}]}
