"""An expression of a formula and its form in an equation have the same value."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import mlmteach as mlm

VALUES = {"a": 1.75, "b": -0.625, "c": 3.0}

expressions = st.recursive(
    st.sampled_from([*VALUES, "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"({text} ** 2)"),
    ),
    max_leaves=6,
)
POWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def computed(text: str) -> float:
    """The value of an expression in Unicode, as a reader would compute it."""
    text = text.replace("ᵢⱼ", "").replace("−", "-").replace("×", "*")
    text = re.sub("([⁰¹²³⁴-⁹]+)", lambda match: f"**{match[1].translate(POWER)}", text)
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", text)  # side by side is a product
    return float(eval(text, {}, VALUES))


@given(expressions)
def test_arithmetic_keeps_its_value(expression: str) -> None:
    assume(any(name in expression for name in VALUES))
    try:
        value = eval(expression, {}, VALUES)
    except ZeroDivisionError:
        assume(False)
    model = mlm.Model(f"y ~ I({expression})", group="g")
    text = str(model.equations(parts="level1", wrap=None))
    shown = text.partition("β₁ⱼ ")[2].partition(" + εᵢⱼ")[0]
    assert computed(shown) == pytest.approx(value)
