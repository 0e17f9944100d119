"""Functions as answers: tried on frames, whatever they do there."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from mlmteach.exercises import Function, Table
from mlmteach.exercises.functions import called
from mlmteach.exercises.plain import to_plain

FRAMES = [pd.DataFrame({"a": [1.0, k]}) for k in (2, 4.2345)]
MEAN = called(lambda frame: frame["a"].mean(), FRAMES)


@pytest.mark.parametrize(
    ("function", "share", "note"),
    [
        (lambda frame: frame["a"].sum() / 2, 1.0, ""),
        (lambda frame: f"{frame['a'].mean():.3f}", 1.0, ""),
        (lambda frame: round(frame["a"].mean(), 1), 1.0, "Give a digit more"),
        (lambda _: 1.5, 0.0, "It is right for 1 of 2 data sets. This is not the number asked for."),
        (lambda _: 1 / 0, 0.0, "it failed: ZeroDivisionError: division by zero."),
        (lambda _: "one", 0.0, "It returned a text."),
        (lambda _: None, 0.0, "It returned nothing."),
        (
            lambda frame: frame["a"].where(frame["a"] > 1),
            0.0,
            "It returned a table: 1 of its 2 values are missing.",
        ),
    ],
)
def test_functions_are_tried_on_each_frame(
    function: Callable[[pd.DataFrame], object], share: float, note: str
) -> None:
    found = Function().compare(MEAN, called(function, FRAMES))
    assert found.share == share
    assert note in found.note
    assert bool(found.note) == bool(note)


CENTRED = called(lambda frame: frame["a"] - frame["a"].mean(), FRAMES)


@pytest.mark.parametrize(
    "function",
    [
        lambda frame: (frame["a"] - frame["a"].mean()).to_numpy(),
        lambda frame: list(frame["a"] - frame["a"].mean()),
        lambda frame: frame[["a"]] - frame[["a"]].mean(),
        lambda frame: pd.concat({"group": frame["a"] - frame["a"].mean()}),
    ],
    ids=["array", "list", "frame", "labels of groups before those of rows"],
)
def test_a_column_is_returned_in_whatever_form(
    function: Callable[[pd.DataFrame], object],
) -> None:
    assert Function(result=Table()).compare(CENTRED, called(function, FRAMES)).right


def test_a_mistake_that_returns_no_answer_is_recognised() -> None:
    def slip(frame: pd.DataFrame) -> object:
        return frame["a"] - frame["a"].groupby([7, 8]).mean()

    kind, outputs = Function(result=Table()), called(slip, FRAMES)
    assert kind.compare(outputs, called(slip, FRAMES)).right
    assert not kind.compare(CENTRED, outputs).right
    assert not kind.compare(outputs, CENTRED).right


def test_a_function_that_was_tried_on_too_few_is_not_right() -> None:
    found = Function().compare(MEAN, {"kind": "outputs", "values": MEAN["values"][:1]})
    assert (found.share, "not tried on all data" in found.note) == (0.0, True)


def test_something_else_than_a_function_is_said() -> None:
    says = "A function of a data frame is asked for, and this is a number."
    assert says in Function().misfit(to_plain(np.float64(3)))


def test_a_function_gets_a_copy() -> None:
    def spoil(frame: pd.DataFrame) -> float:
        frame["a"] = 0.0
        return 1.0

    assert [value["value"] for value in called(spoil, FRAMES)["values"]] == [1.0, 1.0]
    assert [frame["a"].sum() for frame in FRAMES] == [3.0, 5.2345]
