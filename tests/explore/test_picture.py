"""A picture: its ground is drawn once, and what moves is drawn on top."""

import io
import re

import matplotlib.image
import numpy as np
import pytest

from mlmteach.explore.picture import DPI, Picture


@pytest.fixture
def picture() -> Picture:
    return Picture((0.0, 0.0, 1.0, 1.0), width=2, height=1)


def pixels(picture: Picture) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(picture.png()))


def test_it_has_the_size_and_the_axes_that_were_asked_for(picture: Picture) -> None:
    assert pixels(picture).shape[:2] == (DPI, 2 * DPI)
    assert len(picture.axes) == 1
    assert len(Picture((0, 0, 0.5, 1), (0.5, 0, 0.5, 1)).axes) == 2
    assert len(Picture().axes) == 1


def test_a_move_leaves_no_trace(picture: Picture) -> None:
    axes = picture.axes[0]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    line = picture.moving(axes.axvline(0.2, color="red", linewidth=4))
    first = pixels(picture)
    line.set_xdata([0.8, 0.8])
    second = pixels(picture)
    red = [(image[50, :, :3] == [1, 0, 0]).all(axis=1) for image in (first, second)]
    assert red[0][40]
    assert not red[0][160]
    assert red[1][160]
    assert not red[1][40]
    line.set_xdata([0.2, 0.2])
    np.testing.assert_array_equal(pixels(picture), first)


def test_the_ground_is_drawn_anew_only_when_asked(picture: Picture) -> None:
    picture.moving(picture.axes[0].axvline(0.5))
    before = picture.png()
    picture.axes[0].set_facecolor("yellow")
    assert picture.png() == before
    picture.renew()
    assert picture.png() != before


def test_the_higher_order_is_drawn_on_top(picture: Picture) -> None:
    axes = picture.axes[0]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    picture.moving(axes.axvspan(0, 1, color="red", zorder=5))
    picture.moving(axes.axvspan(0, 1, color="blue", zorder=3))
    np.testing.assert_allclose(pixels(picture)[50, 100, :3], [1, 0, 0])


def test_an_artist_that_was_removed_is_not_drawn(picture: Picture) -> None:
    line = picture.moving(picture.axes[0].axhline(0.5, linewidth=9))
    with_line = picture.png()
    line.remove()
    assert picture.png() != with_line


def test_html_carries_the_alt_text_and_the_picture(picture: Picture) -> None:
    html = picture.html('A "line" <here>.')
    assert html.startswith('<img alt="A &quot;line&quot; &lt;here&gt;." width="200" height="100"')
    assert re.search(r'src="data:image/png;base64,iVBOR[\w+/=]+">$', html)
    assert 'decoding="sync"' in html


def test_moving_artists_are_in_the_picture_that_is_saved() -> None:
    picture = Picture(width=2, height=1)
    empty = picture.png()
    picture.moving(picture.axes[0].axhline(0.5, color="black", linewidth=5))
    assert picture.png() != empty
