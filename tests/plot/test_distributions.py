"""Histograms of the data, each variable at its own level."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError


def lengths(figure: mlm.plot.Figure, k: int) -> list[float]:
    """Return the lengths of the bars of one pair of axes, whichever way they lie."""
    axes = figure.canvas.axes[k]
    bars = [(bar.get_width(), bar.get_height()) for bar in axes.patches]
    return [width if axes.get_xlabel() else height for width, height in bars]


def test_each_level_is_counted_by_its_own_units() -> None:
    hsb = mlm.load("hsb")
    figure = mlm.plot.distributions(hsb, ["mathach", "female", "size", "sector"])
    assert sum(lengths(figure, 0)) == len(hsb)
    assert lengths(figure, 1) == hsb["female"].value_counts().sort_index().tolist()
    assert sum(lengths(figure, 2)) == 160
    assert lengths(figure, 3) == [90, 70]
    sizes = hsb.groupby("school")["size"].first()
    assert f"size of 160 schools: mean {sizes.mean():.2f}, SD {sizes.std():.2f}" in figure.alt
    assert "sector of 160 schools: public 90, Catholic 70." in figure.alt


def test_few_numbers_get_a_bar_each_and_missing_ones_none() -> None:
    frame = pd.DataFrame(
        {"y": [1, 2, 2, 3, 3, np.nan], "words": list("aababa"), "group": [1, 1, 1, 2, 2, 2]}
    )
    figure = mlm.plot.distributions(frame, group="group")
    assert lengths(figure, 0) == [1, 2, 2]
    assert lengths(figure, 1) == [4, 2]


def test_identifiers_are_left_out_and_unknown_names_refused() -> None:
    exam = mlm.load("exam")
    drawn = [axes.get_title(loc="left") for axes in mlm.plot.distributions(exam).canvas.axes]
    assert not {"school", "student"} & set(drawn)
    with pytest.raises(OptionError, match="Did you mean 'sex'"):
        mlm.plot.distributions(exam, ["sexx"])
    with pytest.raises(OptionError, match="not known which column holds the groups"):
        mlm.plot.distributions(pd.DataFrame({"y": [1.0, 2.0]}))


def test_dates_have_no_bars() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2], "x": [0.1, 0.2, 1e9, 0.3]})
    frame["day"] = pd.date_range("2026-01-01", periods=4)
    assert mlm.plot.distributions(frame, group="g").alt.startswith("Histograms. x of 4")
    with pytest.raises(OptionError, match="no variable 'day' to draw"):
        mlm.plot.distributions(frame, ["day"], group="g")
    with pytest.raises(OptionError, match="no variable to draw"):
        mlm.plot.distributions(frame[["g", "day"]], group="g")
