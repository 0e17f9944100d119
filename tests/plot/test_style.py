"""The one look of all figures, and that it ends where it should."""

import matplotlib as mpl
import pytest

from mlmteach.plot.style import canvas, grid, house_style


def test_the_look_ends_with_the_block() -> None:
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["axes.titleweight"] == "bold"
        assert not mpl.rcParams["axes.spines.top"]
    assert dict(mpl.rcParams) == before
    with pytest.raises(ZeroDivisionError), house_style():
        1 / 0  # noqa: B018
    assert dict(mpl.rcParams) == before


def test_a_grid_has_its_axes_row_by_row() -> None:
    with grid(2, 3, width=6.0, height=2.0) as (figure, axes):
        places = [tuple(pair.get_subplotspec().get_geometry()[2:]) for pair in axes]
    assert places == [(k, k) for k in range(6)]
    assert tuple(figure.get_size_inches()) == (6.0, 2.0)
    assert all(pair.get_axisbelow() is True for pair in axes)


def test_a_canvas_has_one_pair_of_axes() -> None:
    with canvas(3.0, 2.0) as (figure, axes):
        assert figure.axes == [axes]
    assert tuple(figure.get_size_inches()) == (3.0, 2.0)


def test_no_figure_stays_open() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    with canvas():
        pass
    assert plt.get_fignums() == before
