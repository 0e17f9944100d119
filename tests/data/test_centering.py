"""Centring: laws, missing values, errors, and the sources' own means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmteach.data import (
    center_grand,
    center_within,
    grand_mean,
    group_mean,
    group_means,
    load,
    standardize,
)
from mlmteach.errors import DataError

VALUE = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))
ROWS = st.lists(st.tuples(st.sampled_from("abc"), VALUE), min_size=1)


def frame_of(rows: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["g", "x"])


@given(ROWS)
def test_group_means_are_those_of_pandas(rows: list[tuple[str, float]]) -> None:
    frame = frame_of(rows)
    expected = frame.groupby("g")["x"].transform("mean")
    np.testing.assert_allclose(group_mean(frame, "x", group="g"), expected, rtol=1e-9, atol=1e-6)


@given(ROWS)
def test_within_and_between_add_up(rows: list[tuple[str, float]]) -> None:
    frame = frame_of(rows)
    within, mean = center_within(frame, "x", group="g"), group_mean(frame, "x", group="g")
    np.testing.assert_allclose(within + mean, frame["x"], atol=1e-6)
    np.testing.assert_allclose(within.groupby(frame["g"]).mean().dropna(), 0, atol=1e-6)


@given(ROWS)
def test_the_grand_mean_becomes_zero(rows: list[tuple[str, float]]) -> None:
    frame = frame_of(rows)
    centred = center_grand(frame, "x")
    assert centred.isna().equals(frame["x"].isna())
    if centred.notna().any():
        assert grand_mean(centred) == pytest.approx(0, abs=1e-6)


def test_constant_within_a_group_centres_to_exactly_zero() -> None:
    frame = pd.DataFrame({"g": ["a"] * 10 + ["b"] * 3, "x": [0.1] * 10 + [1e9 + 0.3] * 3})
    assert (center_within(frame, "x", group="g") == 0).all()


def test_means_of_hsb_agree_with_those_of_the_file() -> None:
    # The file's meanses has three decimals and departs from the exact mean by up to 0.0065.
    hsb = load("hsb")
    departure = (group_mean(hsb, "ses", group="school") - hsb["meanses"]).abs().max()
    assert departure == pytest.approx(0.00648387, abs=1e-8)


def test_means_of_exam_agree_with_those_of_the_file() -> None:
    exam = load("exam")
    np.testing.assert_allclose(
        group_mean(exam, "standLRT", group="school"), exam["schavg"], atol=1e-6
    )


def test_standardize() -> None:
    hsb = load("hsb")
    scores = standardize(hsb, "ses")
    assert scores.mean() == pytest.approx(0, abs=1e-12)
    assert scores.std() == pytest.approx(1)
    assert standardize(hsb, "ses", ddof=0).std(ddof=0) == pytest.approx(1)


def test_missing_groups_and_index() -> None:
    frame = pd.DataFrame({"g": ["a", None, "a"], "x": [1.0, 2.0, np.nan]}, index=[7, 3, 5])
    means = group_mean(frame, "x", group="g")
    assert list(means.index) == [7, 3, 5]
    assert means.tolist()[0] == means.tolist()[2] == 1.0
    assert np.isnan(means[3])
    assert means.name == "x_mean"


def test_empty() -> None:
    assert group_means([], []).shape == (0,)
    assert np.isnan(grand_mean([]))
    assert np.isnan(group_means([np.nan, 1], [0, 1])[0])


def test_integers_booleans_and_nullable_columns() -> None:
    frame = pd.DataFrame({"g": [1, 1], "n": pd.array([1, None], dtype="Int64"), "b": [True, False]})
    assert group_mean(frame, "n", group="g").tolist() == [1.0, 1.0]
    assert group_mean(frame, "b", group="g").tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("column", "group", "message"),
    [
        ("reaction", "Subject", "no column 'reaction'. Did you mean 'Reaction'"),
        ("Reaction", "subject", "no column 'subject'. Did you mean 'Subject'"),
    ],
)
def test_unknown_column(column: str, group: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        group_mean(load("sleepstudy"), column, group=group)


def test_text_has_no_mean() -> None:
    with pytest.raises(DataError, match="'sex' holds category values"):
        center_within(load("exam"), "sex", group="school")


@pytest.mark.parametrize("values", [[1.0, 1.0], [1.0], [np.nan, np.nan], []])
def test_constant_cannot_be_standardized(values: list[float]) -> None:
    with pytest.raises(DataError, match="does not vary"):
        standardize(pd.DataFrame({"x": values}, dtype=float), "x")
