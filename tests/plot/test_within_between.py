"""Three slopes on one cloud, against regressions and against what is drawn."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.plot.within_between import three_slopes


def test_slopes_are_those_of_three_regressions() -> None:
    hsb = mlm.load("hsb")[["school", "ses", "mathach"]]
    found = three_slopes(hsb, "mathach", "ses", group="school")
    means = hsb.groupby("school").mean()
    dummies = smf.ols("mathach ~ ses + C(school)", hsb).fit()  # the within slope, another way
    assert found.within == pytest.approx(dummies.params["ses"])
    assert found.total == pytest.approx(smf.ols("mathach ~ ses", hsb).fit().params["ses"])
    assert found.between == pytest.approx(smf.ols("mathach ~ ses", means).fit().params["ses"])


def test_lines_have_the_slopes_and_diamonds_are_means() -> None:
    exam = mlm.load("exam")
    slopes = three_slopes(exam, "normexam", "standLRT", group="school")
    figure = mlm.plot.within_between(exam, "normexam", "standLRT", group="school")
    *short, diamonds, _, between, total = figure.canvas.axes[0].lines
    x, y = np.array([line.get_xydata() for line in short]).transpose(2, 0, 1)  # (65, 2) each
    wide = np.ptp(x, axis=1) > 0
    np.testing.assert_allclose((np.diff(y) / np.diff(x))[wide], slopes.within)
    means = exam.groupby("school")[["standLRT", "normexam"]].mean()
    np.testing.assert_allclose(diamonds.get_xydata(), means)
    assert between.get_slope() == pytest.approx(slopes.between)
    assert total.get_slope() == pytest.approx(slopes.total)
    assert f"{slopes.within:.2f} within schools, {slopes.between:.2f} between" in figure.alt


def test_slopes_that_are_not_there_are_refused() -> None:
    hsb = mlm.load("hsb")
    with pytest.raises(OptionError, match="'size' does not vary within groups"):
        three_slopes(hsb, "mathach", "size", group="school")
    centred = hsb.assign(x=hsb["ses"] - hsb.groupby("school")["ses"].transform("mean"))
    with pytest.raises(OptionError, match="'x' does not vary between groups"):
        three_slopes(centred, "mathach", "x", group="school")
    with pytest.raises(OptionError, match="'sex' is not numeric"):
        three_slopes(mlm.load("exam"), "normexam", "sex", group="school")
    with pytest.raises(OptionError, match="does not vary at all"):
        three_slopes(pd.DataFrame({"y": [1, 2], "x": [1, 1], "g": [1, 2]}), "y", "x", group="g")
