"""Rounding for display."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlmteach.numbers import Rounded, rounded

finite = st.floats(-1e9, 1e9, allow_subnormal=False)
positive = st.floats(1e-9, 1e6)


def value_of(number: Rounded) -> float:
    return (-1) ** number.negative * float(number.digits) * 10.0**number.power


@pytest.mark.parametrize(
    ("value", "se", "text"),
    [
        (12.6369, 0.2436, "12.64"),  # two significant digits of the standard error
        (2.1, 0.12, "2.10"),
        (2.1, 0.0999, "2.10"),  # 0.0999 is 0.10 at two digits
        (-0.000291, 0.000112, "−0.00029"),
        (0.0000291, 0.000011, "2.9 × 10⁻⁵"),
        (1234.5, 12.3, "1234"),
        (1234.5, 123.0, "1234"),  # never tens in place of units
        (-0.001, 1.2, "0.0"),  # and no minus before zero
        (0.0, 0.5, "0.00"),
        (39.1483, None, "39.15"),
        (8.614, None, "8.61"),
        (0.41299, None, "0.413"),
        (-0.3, None, "−0.300"),
        (0.0996, None, "0.0996"),
        (0.0, None, "0.00"),
        (5.0, 0.0, "5.00"),  # a standard error of nothing says nothing
        (5.0, math.nan, "5.00"),
        (25_000_000.0, None, "2.500 × 10⁷"),
        (9_999_600_000.0, None, "1.00 × 10¹⁰"),  # and never 10.00 × 10⁹
        (0.00009999, 0.00001, "0.000100"),
        (math.nan, None, "n/a"),
        (math.inf, 1.0, "n/a"),
    ],
)
def test_rounding(value: float, se: float | None, text: str) -> None:
    assert str(rounded(value, se=se)) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(2.1, 3, "2.100"), (2.1, 0, "2"), (-0.0004, 2, "−0.00040"), (0.0, 2, "0.00")],
)
def test_a_number_of_decimals_of_ones_own(value: float, digits: int, text: str) -> None:
    assert str(rounded(value, se=0.001, digits=digits)) == text


def test_forms() -> None:
    number = Rounded(True, "2.9", -5)
    assert number.latex == r"-2.9 \times 10^{-5}"
    assert number.said() == "minus 2.9 times ten to the minus 5"
    assert number.said("de") == "minus 2,9 mal zehn hoch minus 5"
    assert str(number.absolute) == "2.9 × 10⁻⁵"
    assert rounded(math.nan).latex == r"\text{n/a}"
    assert rounded(math.nan).said() == "not available"
    assert rounded(math.nan).said("de") == "nicht verfügbar"


@given(finite, positive)
def test_the_error_of_rounding_is_small_beside_the_standard_error(value: float, se: float) -> None:
    assume(se > 1e-9 * abs(value))  # beyond that, floats themselves are the limit
    assert abs(value_of(rounded(value, se=se)) - value) <= max(0.051 * se, 0.5 if se > 5 else 0)


@given(finite)
def test_three_digits_at_least_without_a_standard_error(value: float) -> None:
    assert value_of(rounded(value)) == pytest.approx(value, rel=0.00501, abs=1e-300)


@given(finite, st.none() | positive, st.none() | st.integers(0, 6))
def test_zero_has_no_sign_and_numbers_are_numbers(
    value: float, se: float | None, digits: int | None
) -> None:
    text = str(rounded(value, se=se, digits=digits))
    assert re.fullmatch(r"−?\d+(\.\d+)?( × 10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    assert not re.fullmatch(r"−0(\.0+)?", text)
