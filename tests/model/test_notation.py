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
        "singer-willett",
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
        ("singer-willett", "beta", {"q": 1}, Glyph(r"\pi", "1i")),
        ("singer-willett", "effect", {"q": 0}, Glyph(r"\zeta", "0i")),
        ("singer-willett", "variance", {"q": 1}, Glyph(r"\sigma", "1", "2")),
        ("singer-willett", "residual_variance", {}, Glyph(r"\sigma", r"\varepsilon", "2")),
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


def test_no_symbol_of_a_notation_stands_for_several_parameters() -> None:
    with pytest.raises(OptionError, match=r"gamma='.gamma_{q}' has no 's'"):
        Notation("own", gamma=r"\gamma_{q}")
    with pytest.raises(OptionError, match="effect='U_{j}' has no 'q'"):
        Notation("own", effect="U_{j}")


def test_a_lone_slope_may_go_without_its_index() -> None:
    alone = PRESETS["gelman-hill"].for_slopes(1)
    assert alone.glyph("beta", q=1) == Glyph(r"\beta", "j[i]")
    assert alone.glyph("gamma", q=1, s=2) == Glyph(r"\gamma", "2", r"\beta")
    assert alone.glyph("correlation", q=0, r=1) == Glyph(r"\rho")
    assert PRESETS["gelman-hill"].for_slopes(2) is PRESETS["gelman-hill"]
    assert PRESETS["slides"].for_slopes(1) is PRESETS["slides"]


def test_a_group_has_another_index_among_its_units() -> None:
    notation = PRESETS["gelman-hill"]
    assert notation.glyph("beta", q=0, level=1) == Glyph(r"\alpha", "j[i]")
    assert notation.glyph("beta", q=0, level=2) == Glyph(r"\alpha", "j")
    assert notation.glyph("effect", q=2, level=1) == Glyph(r"\eta", "j[i]", r"\beta 2")


def test_a_correlation_needs_squares() -> None:
    with pytest.raises(OptionError, match="no squares"):
        Notation("own", correlation=r"\rho_{qr}", variance=r"\tau_{qq}")


def test_indices_from_ten_on_are_parted() -> None:
    hox = PRESETS["hox"]
    assert hox.glyph("variance", q=11) == Glyph(r"\sigma", "u11", "2")
    assert hox.glyph("covariance", q=1, r=10) == Glyph(r"\sigma", "u1,10")
