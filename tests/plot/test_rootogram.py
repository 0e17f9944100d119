"""The rootogram hangs its bars from what is expected."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError
from mlmteach.fit.overdispersion import count_frequencies
from tests.fit.families import fit_of


def test_bars_hang_from_the_expected_frequencies() -> None:
    fit = fit_of("counts_slope")
    table = count_frequencies(fit)
    figure = mlm.plot.rootogram(fit)
    axes = figure.canvas.axes[0]
    bars = sorted(
        (bar for box in axes.containers for bar in box if isinstance(bar, Rectangle)),
        key=lambda bar: bar.get_x(),
    )
    heads = np.array([bar.get_y() + bar.get_height() for bar in bars])
    np.testing.assert_allclose(heads, np.sqrt(table["expected"]))
    np.testing.assert_allclose([bar.get_height() for bar in bars], np.sqrt(table["observed"]))
    (line,) = [line for line in axes.lines if line.get_label() == "expected"]
    np.testing.assert_allclose(line.get_ydata(), heads)


def test_the_alt_text_says_what_is_off() -> None:
    fit = fit_of("counts_slope")
    table = count_frequencies(fit)
    off = np.abs(np.sqrt(table["expected"]) - np.sqrt(table["observed"])).to_numpy()
    alt = mlm.plot.rootogram(fit).alt
    zeros = table.iloc[0]
    assert f"0: {zeros['observed']:.0f} observed, {zeros['expected']:.1f} expected" in alt
    assert f"{int((off > 1).sum())} of {len(table)} bars end beyond ±1" in alt
    worst = table.iloc[int(off.argmax())]
    named = f"{worst['low']:.0f} and more" if worst["high"] == np.inf else f"{worst['low']:.0f}"
    assert f"The bar of {named} is farthest off" in alt


@pytest.mark.parametrize(("kind", "instead"), [("normal", "residual_qq"), ("yes", "binned")])
def test_a_rootogram_is_of_counts(null: Fit, kind: str, instead: str) -> None:
    with pytest.raises(ModelError, match=instead):
        mlm.plot.rootogram(null if kind == "normal" else fit_of("hsb"))
