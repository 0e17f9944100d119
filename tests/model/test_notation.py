"""Templates and presets of notation."""

import pytest

from mlmteach.errors import OptionError
from mlmteach.model.notation import PRESETS, Glyph, Notation, as_notation


def test_the_presets_are_those_of_the_textbooks() -> None:
    assert list(PRESETS) == [
        "slides",
        "snijders-bosker",
        "raudenbush-bryk",
        "hox",
        "gelman-hill",
    ]


@pytest.mark.parametrize(
    ("preset", "symbol", "indices", "glyph"),
    [
        ("slides", "gamma", {"q": 1, "s": 0}, Glyph(r"\gamma", "10")),
        ("slides", "gamma", {"q": 10, "s": 2}, Glyph(r"\gamma", "10,2")),
        ("slides", "effect", {"q": 0}, Glyph("U", "0j")),
        ("slides", "effect", {"q": 12}, Glyph("U", "12,j")),
        ("slides", "variance", {"q": 1}, Glyph(r"\tau", "1", "2")),
        ("slides", "covariance", {"q": 0, "r": 1}, Glyph(r"\tau", "01")),
        ("raudenbush-bryk", "variance", {"q": 1}, Glyph(r"\tau", "11")),
        ("hox", "covariance", {"q": 0, "r": 1}, Glyph(r"\sigma", "u01")),
        ("hox", "residual_variance", {}, Glyph(r"\sigma", "e", "2")),
        ("gelman-hill", "beta", {"q": 0}, Glyph(r"\alpha", "j[i]")),
        ("gelman-hill", "gamma", {"q": 0, "s": 1}, Glyph(r"\gamma", "1", r"\alpha")),
    ],
)
def test_glyphs(preset: str, symbol: str, indices: dict[str, int], glyph: Glyph) -> None:
    assert PRESETS[preset].glyph(symbol, **indices) == glyph


def test_a_notation_of_ones_own() -> None:
    own = Notation("own", effect0="b_{qj}", effect="b_{qj}")
    assert as_notation(own) is own
    assert own.glyph("effect", q=2) == Glyph("b", "2j")


def test_unknown_presets_and_bad_templates_are_refused() -> None:
    with pytest.raises(OptionError, match="raudenbush-bryk"):
        as_notation("hlm")
    with pytest.raises(OptionError, match="gamma="):
        Notation("own", gamma="two words")
