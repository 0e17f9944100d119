"""A figure has an alt text, and never overwrites."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure as Canvas

from mlmteach.errors import OptionError
from mlmteach.plot import Figure


def test_a_figure_without_alt_text_cannot_be_made() -> None:
    with pytest.raises(OptionError, match="no alt"):
        Figure(Canvas(), "A caption.", "  ")


def test_the_alt_text_is_in_every_form() -> None:
    figure = Figure(Canvas(), "What to see.", 'Two lines, "a" < "b".')
    bundle = figure._repr_mimebundle_()
    assert bundle["text/plain"] == 'Two lines, "a" < "b".'
    assert 'alt="Two lines, &quot;a&quot; &lt; &quot;b&quot;."' in bundle["text/html"]
    assert "<figcaption>What to see.</figcaption>" in bundle["text/html"]
    assert "image/png" in bundle


def test_saving_overwrites_nothing(tmp_path: Path) -> None:
    figure = Figure(Canvas(), "Caption.", "Alt.")
    path = figure.save(tmp_path / "a.svg")
    before = path.read_bytes()
    with pytest.raises(OptionError, match="there already"):
        figure.save(path)
    assert path.read_bytes() == before
    with pytest.raises(OptionError, match="cannot be saved"):
        figure.save(tmp_path / "a.xyz")
