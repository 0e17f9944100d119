"""Fitted against observed values."""

import numpy as np

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.plot.fitted import fitted_means


def test_points_are_rows_and_means_of_groups(sleep: Fit) -> None:
    figure = mlm.plot.fitted(sleep)
    (rows,) = figure.canvas.axes[0].collections
    _, groups = figure.canvas.axes[0].lines
    points = np.asarray(rows.get_offsets())
    np.testing.assert_allclose(points[:, 0], sleep.fittedvalues)
    np.testing.assert_allclose(points[:, 1], sleep.frame["Reaction"])
    means = sleep.frame.groupby("Subject")["Reaction"].mean()
    np.testing.assert_allclose(groups.get_ydata(), means)
    np.testing.assert_allclose(fitted_means(sleep)["observed"], means)
    correlation = np.corrcoef(sleep.fittedvalues, sleep.frame["Reaction"])[0, 1]
    assert f"of 180 rows; their correlation is {correlation:.2f}" in figure.alt
