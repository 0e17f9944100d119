"""Answers become plain data, and only plain data come back."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.exercises.plain import MOST_VALUES, read_plain, to_plain

MODEL = mlm.Model(
    "mathach ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"}
)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3, {"kind": "number", "value": 3.0}),
        (np.float32(0.5), {"kind": "number", "value": 0.5}),
        (np.array([2.0]), {"kind": "number", "value": 2.0}),
        (pd.Series([2.0]), {"kind": "number", "value": 2.0}),
        (True, {"kind": "number", "value": 1.0}),
        ("b", {"kind": "text", "value": "b"}),
        ((1, 2.5), {"kind": "list", "values": [1.0, 2.5]}),
        (..., {"kind": "blank"}),
        (None, {"kind": "blank"}),
        (len, {"kind": "function"}),
        (Decimal("0.25"), {"kind": "number", "value": 0.25}),
        (
            {"a": {"x": 1}, "b": {"x": 2}},
            {"kind": "table", "index": ["x"], "columns": ["a", "b"], "rows": [[1.0, 2.0]]},
        ),
        (
            pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("g", 7), ("h", 3)])),
            {"kind": "table", "index": ["7", "3"], "columns": ["value"], "rows": [[1.0], [2.0]]},
        ),
        (
            pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("g", 7), ("h", 7)])),
            {
                "kind": "table",
                "index": ["('g', 7)", "('h', 7)"],
                "columns": ["value"],
                "rows": [[1.0], [2.0]],
            },
        ),
        (
            {"a": 1, "b": 2},
            {"kind": "table", "index": ["a", "b"], "columns": ["value"], "rows": [[1.0], [2.0]]},
        ),
    ],
)
def test_values(value: object, plain: object) -> None:
    assert to_plain(value) == plain
    assert read_plain(json.loads(json.dumps(plain))) == plain


class Hostile:
    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        10**400,
        complex(1, 2),
        [float("nan")],
        [[1, 2], [3]],
        list(range(MOST_VALUES + 1)),
        pd.DataFrame({"a": [1.0, np.nan]}),
        mlm.Model,
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_only_named(value: object) -> None:
    assert to_plain(value)["kind"] == "other"


def test_a_table_with_gaps_says_how_many() -> None:
    plain = to_plain(pd.DataFrame({"a": [1.0, np.nan], "b": [2, 3]}))
    assert plain["why"] == "1 of its 4 values are missing"
    assert to_plain(pd.Series([1.0, np.inf]))["why"] == "a value in it is not finite"


def test_an_object_that_resists_is_only_named() -> None:
    assert to_plain(Hostile())["kind"] == "other"


def test_a_model_survives_the_way() -> None:
    assert read_plain(json.loads(json.dumps(to_plain(MODEL)))) == to_plain(MODEL)


def test_a_family_survives_the_way() -> None:
    model = mlm.Model("y ~ x", group="g", family="binomial", link="probit", event=2)
    plain = read_plain(json.loads(json.dumps(to_plain(model))))
    assert plain["family"] == {"family": "binomial", "link": "probit", "event": "2"}
    assert to_plain(MODEL)["family"] == {}


@pytest.mark.parametrize("family", [3, ["family"], {"reml": "no"}, {"family": 3}])
def test_what_is_no_family_is_refused(family: object) -> None:
    assert read_plain(to_plain(MODEL) | {"family": family})["kind"] == "other"


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        '{"kind": "number", "value": "3"}',
        '{"kind": "number", "value": true}',
        '{"kind": "number", "value": 1e999}',
        '{"kind": "number", "value": [3]}',
        '{"kind": "list", "values": {"0": 1}}',
        '{"kind": "list", "values": [[1]]}',
        '{"kind": "table", "index": ["a"], "columns": ["b"], "rows": [[1, 2]]}',
        '{"kind": "table", "index": [1], "columns": ["b"], "rows": [[1]]}',
        '{"kind": "model", "formula": "y ~ 1", "group": 3, "level2": {}, "covariance": "x"}',
        '{"kind": "model", "formula": "y ~ 1", "group": "g", "level2": [], "covariance": "x"}',
        '{"kind": "outputs"}',
        '{"kind": "correct", "value": true}',
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    assert read_plain(json.loads(text))["kind"] == "other"


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
)
forged = st.dictionaries(
    st.sampled_from(["kind", "value", "values", "index", "columns", "rows", "formula", "level2"]),
    anything | st.sampled_from(["number", "list", "table", "model", "outputs", "other", "text"]),
)


@given(anything | forged)
def test_whatever_comes_is_taken_or_refused(found: object) -> None:
    plain = read_plain(found)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["kind"] in {"blank", "function", "number", "text", "list", "table", "model"} | {
        "outputs",
        "other",
    }


@given(anything)
def test_whatever_a_student_has_becomes_json(value: object) -> None:
    plain = to_plain(value)
    assert read_plain(json.loads(json.dumps(plain, allow_nan=False))) == plain
