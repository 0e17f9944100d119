"""Answers in numbers: one rule of rounding, and the forms in which numbers come."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmteach.exercises import Interval, Number, NumberSet, Table
from mlmteach.exercises.kinds import EXACT, Kind
from mlmteach.exercises.numeric import agreement
from mlmteach.exercises.plain import to_plain

# --- the rule ------------------------------------------------------------------------------

estimates = st.floats(1e-6, 1e6).filter(lambda value: not value.is_integer())


@given(estimates, st.integers(1, 12), st.sampled_from([1, -1]))
def test_digits_of_a_rounding_are_counted(value: float, digits: int, sign: int) -> None:
    found = agreement(sign * value, sign * float(f"{value:.{digits}g}"))
    assert found.digits >= min(digits, EXACT)
    assert found.right == (digits >= 2 or found.digits >= 2)


@given(estimates, st.floats(0.0101, 0.3))
def test_what_is_neither_rounded_nor_close_is_wrong(value: float, off: float) -> None:
    wrong = value * (1 + off) + 1e-13  # so that it has all its digits
    assert not agreement(value, float(f"{wrong:.8g}")).right or float(f"{wrong:.8g}") in {
        float(f"{value:.{digits}g}") for digits in (1, 2, 3)
    }


@pytest.mark.parametrize(
    ("expected", "given", "digits"),
    [
        (0.1684, 0.168, 3),
        (0.1684, 0.17, 2),
        (0.1684, 0.2, 1),
        (0.1684, 0.169, 0),
        (0.1684, 0.1682, 3),  # computed from numbers that were rounded before
        (0.1684, 0.1693, 0),
        (1763.94, 1760.0, 3),
        (9.996, 10.0, 3),
        (-0.4321, -0.43, 2),
        (-0.4321, 0.43, 0),
        (12.0, 12.1, 0),  # whole numbers are not rounded
        (332.0, 330.0, 0),
        (332.0, 332.0, EXACT),
        (0.0, 1e-8, 0),
        (0.25, 0.25 + 1e-10, EXACT),
    ],
)
def test_three_digits_are_enough_and_one_is_not(expected: float, given: float, digits: int) -> None:
    assert agreement(expected, given).digits == digits


def test_trailing_zeros_are_not_known() -> None:
    right, wrong = agreement(0.5595, 0.56), agreement(0.5633, 0.56)
    assert (right.digits, right.known) == (3, 2)
    assert (wrong.digits, wrong.known) == (2, 2)


# --- numbers -------------------------------------------------------------------------------

FORMS = [
    0.16834,
    "0.168",
    " 0.168",
    "16.8 %",
    r"16.8\,%".replace(r"\,", ""),
    "16.83%",
    Decimal("0.1683"),
    Fraction(16834, 100000),
    np.float64(0.16834),
    np.float32(0.16834),
    np.array(0.16834),
    np.array([[0.16834]]),
    pd.Series([0.16834]),
    pd.DataFrame({"Intercept": [0.16834]}, index=["Intercept"]),
    [0.16834],
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{type(form).__name__} {form}"[:30])
def test_a_number_may_come_in_any_form(form: object) -> None:
    kind, plain = Number(proportion=True), to_plain(form)
    assert not kind.misfit(plain)
    found = kind.compare(to_plain(0.16834), plain)
    assert (found.right, found.note) == (True, "")


@pytest.mark.parametrize(
    ("text", "value"), [("−0.4321", -0.4321), ("1,763.94", 1763.94), ("1.5e-3", 0.0015)]
)
def test_texts_are_numbers_as_tables_print_them(text: str, value: float) -> None:
    assert Number().compare(to_plain(value), to_plain(text)).right


@pytest.mark.parametrize(
    "text", ["", "%", "one", "0,168", "1 2", "0.2 (REML)", "16.8 %", "1e999", "-", "nan", "9" * 99]
)
def test_other_texts_are_texts(text: str) -> None:
    assert Number().misfit(to_plain(text)) == "A number is asked for, and this is a text."


@pytest.mark.parametrize(
    ("kind", "right", "given", "share", "note"),
    [
        (Number(), 0.25, 0.2501, 1.0, ""),
        (Number(), 2.3862, 2.4, 1.0, "Give a digit more"),
        (Number(), 2.3862, 2.0, 0.0, "One digit is too few to tell. Give three."),
        (Number(), 2.3862, 2.5, 0.0, "not the number asked for"),
        (Number(), 0.2532, -0.253, 0.0, "The size is right, the sign is not."),
        (Number(proportion=True), 0.16834, 16.8, 0.0, "This is a percentage."),
        (Number(proportion=True), 0.16834, 17, 0.0, "This is a percentage."),
        (Number(), 0.5634, 56.34, 0.0, "not the number asked for"),  # a slope is no share
        (Number(), 12, 10, 0.0, "not the number asked for"),
    ],
)
def test_numbers_are_judged(
    kind: Number, right: float, given: float, share: float, note: str
) -> None:
    found = kind.compare(to_plain(right), to_plain(given))
    assert found.share == share
    assert note in found.note
    assert bool(found.note) == bool(note)


# --- intervals -----------------------------------------------------------------------------

ROW = pd.DataFrame({"estimate": [0.2], "lower": [-0.0684], "upper": [0.4621]}, index=["schavg"])


@pytest.mark.parametrize(
    "form",
    [
        (-0.0684, 0.4621),
        [-0.068, 0.462],
        np.array([-0.0684, 0.4621]),
        ROW.loc["schavg", ["lower", "upper"]],
        ROW.loc["schavg"],
        ROW,
        ROW[["upper", "lower"]],
        {"upper": 0.4621, "lower": -0.0684},
        pd.Series([-0.0684, 0.4621], index=["2.5 %", "97.5 %"]),
    ],
    ids=lambda form: type(form).__name__,
)
def test_an_interval_may_come_in_any_form(form: object) -> None:
    plain = to_plain(form)
    assert not Interval().misfit(plain)
    found = Interval().compare(to_plain((-0.0684, 0.4621)), plain)
    assert (found.right, found.note) == (True, "")


@pytest.mark.parametrize(
    ("right", "given", "share", "note"),
    [
        ((0, 1), [0.001, 0.999], 1.0, ""),
        ((-0.0684, 0.4621), ("-0.07", "0.46"), 1.0, ""),
        ((-0.0684, 0.4621), (-0.07, 0.46), 1.0, ""),  # as tables print it
        ((0.4132, 0.4551), (0.41, 0.46), 1.0, "Give a digit more"),
        ((-0.0684, 0.4621), (-0.1, 0.5), 0.0, "Neither bound is right."),
        ((1, 3), (3, 1), 0.5, "Both bounds are right, but the lower one comes first."),
        ((1, 3), (4, 2), 0.0, "The lower bound comes first."),
        ((1, 3), (1, 4), 0.5, "The lower bound is right, the other one is not."),
        ((1, 3), (0, 3), 0.5, "The upper bound is right, the other one is not."),
        ((1, 3), (0, 4), 0.0, "Neither bound is right."),
        ((0, 0), (0, 0), 1.0, ""),
        ((0, 0), (0, 1), 0.5, "The lower bound is right"),
    ],
)
def test_intervals_are_judged_by_the_larger_bound(
    right: tuple[float, float], given: tuple[float, float], share: float, note: str
) -> None:
    found = Interval().compare(to_plain(right), to_plain(given))
    assert found.share == share
    assert note in found.note
    assert bool(found.note) == bool(note)


# --- sets and tables -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "given", "share"),
    [
        ([1, 2, 3], {3, 2, 1}, 1.0),
        ([1, 2, 3], np.array([3, 1, 2]), 1.0),
        ([1, 2, 3], ["1", "2", "3"], 1.0),
        ([53, 6], pd.Series([0.8, 0.7], index=[6, 53]), 1.0),  # nlargest: its labels are the names
        ([53, 6], pd.Series([6, 53]), 1.0),
        ([53, 6], pd.Series([0.8, 0.7], index=["a", "b"]), 0.0),
        ([3], 3, 1.0),
        ([1, 2, 3], [1, 2], 2 / 3),
        ([1, 2, 3], [1, 2, 3, 4, 5, 6], 0.0),
        ([1, 1], [1], 0.5),
        ([0.1234, 0.5678], [0.57, 0.123], 1.0),
    ],
)
def test_sets(right: object, given: object, share: float) -> None:
    plain = to_plain(given)
    assert not NumberSet().misfit(plain)
    assert NumberSet().compare(to_plain(right), plain).share == pytest.approx(share)


TABLE = pd.DataFrame(
    {"tau2": [0.1585, 0.0757], "sigma2": [0.7936, 0.5343]}, index=["null", "model"]
)


@pytest.mark.parametrize(
    "form",
    [
        TABLE,
        TABLE.T,
        TABLE.iloc[::-1, ::-1],
        TABLE.to_dict(),
        TABLE.to_dict(orient="index"),
        dict(TABLE.items()),
    ],
    ids=["table", "transposed", "turned round", "dict of columns", "dict of rows", "of series"],
)
def test_a_table_may_come_in_any_form(form: object) -> None:
    found = Table().compare(to_plain(TABLE), to_plain(form))
    assert (found.right, found.note) == (True, "")


@pytest.mark.parametrize(
    ("right", "given", "share", "note"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 1.0, ""),
        ({"a": 1, "b": 2}, [1, 2], 1.0, ""),
        ({"a": 1, "b": 2}, np.array([1, 2]), 1.0, ""),
        ({"a": 0.1234, "b": 2}, {"a": "0.123", "b": "2"}, 1.0, ""),  # texts, as f-strings give
        ({"a": 1, "b": 2}, pd.DataFrame({"x": [1, 2], "y": [1, 2]}), 0.0, "a table of 2 columns"),
        (np.array([1.0, 2.0]), pd.Series([1, 2]), 1.0, ""),
        ({"a": 1, "b": 2}, [1, 2, 3], 0.0, "a list of 3 numbers"),
        (TABLE, [1, 2, 3, 4], 0.0, "a list of 4 numbers"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 7}, 0.5, "1 of 2 entries is right."),
        ({"a": 1, "b": 2}, {"b": 2, "c": 1}, 0.5, "1 of 2 entries is missing, the first in"),
        ({"a": 1, "b": 2}, {"a": 1}, 0.5, "1 of 2 entries is missing, the first in row `b`."),
        ({"a": 1}, {"a": 1, "b": 2}, 0.5, "1 entry was not asked for."),
        ({"a": 0.1234, "b": 0.5678}, {"a": 0.123, "b": 0.57}, 1.0, "Give a digit more"),
        ({"a": 0.1234, "b": 0.5678}, {"a": 0.123, "b": 0.6}, 0.5, "One digit is too few"),
        (pd.DataFrame({"x": [1, 2]}), pd.Series([1, 2], name="y"), 1.0, ""),
        (
            pd.DataFrame({"x": [1], "y": [2]}, index=["a"]),
            pd.DataFrame({"x": [1], "z": [2]}, index=["a"]),
            0.5,
            "the first in row `a`, column `y`",
        ),
        (pd.Series(["p", "q"]), pd.Series(["p", "r"]), 0.5, "1 of 2 entries is right."),
    ],
)
def test_tables(right: object, given: object, share: float, note: str) -> None:
    found = Table().compare(to_plain(right), to_plain(given))
    assert found.share == pytest.approx(share)
    assert note in found.note
    assert bool(found.note) == bool(note)


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (Number(), float("nan"), "A number is asked for, and this is an object of type"),
        (Number(), [1, 2], "A number is asked for, and this is a list."),
        (Number(), TABLE, "A number is asked for, and this is a table."),
        (Interval(), (1, 2, 3), "An interval is two numbers"),
        (Interval(), ("a", "b"), "An interval is two numbers"),
        (Interval(), TABLE, "An interval is two numbers"),
        (Interval(), 3, "(lower, upper)"),
        (NumberSet(), ["a"], "this one holds texts"),
        (NumberSet(), TABLE, "A list of numbers is asked for, and this is a table."),
        (Table(), 3, "A table is asked for, and this is a number."),
    ],
)
def test_what_is_of_another_kind_is_said(kind: Kind, given: object, says: str) -> None:
    assert says in kind.misfit(to_plain(given))
