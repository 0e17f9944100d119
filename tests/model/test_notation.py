"""Templates and presets of notation."""

import pytest

from mlmteach import Model
from mlmteach.errors import OptionError
from mlmteach.model.grouping import Grouping
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


NESTED, CROSSED = Grouping(("class", "school")), Grouping(("primary", "second"), crossed=True)


@pytest.mark.parametrize(
    ("preset", "grouping", "symbol", "indices", "glyph"),
    [
        ("slides", NESTED, "residual", {}, Glyph(r"\varepsilon", "ijk")),
        ("slides", NESTED, "effect", {"q": 1}, Glyph("U", "1jk")),
        ("slides", NESTED, "gamma", {"q": 1, "s": 0, "p": 2}, Glyph(r"\gamma", "102")),
        ("slides", NESTED, "gamma", {"q": 1, "s": 10, "p": 2}, Glyph(r"\gamma", "1,10,2")),
        ("slides", NESTED, "upper_covariance", {"r": 1, "t": 2}, Glyph(r"\varphi", "0012")),
        ("slides", CROSSED, "residual", {}, Glyph(r"\varepsilon", "i(jk)")),
        ("slides", CROSSED, "beta", {"q": 1}, Glyph(r"\beta", "1jk")),
        ("slides", CROSSED, "effect", {"q": 1}, Glyph("U", "1j")),
        ("slides", CROSSED, "upper", {"q": 1}, Glyph("V", "1k")),
        ("slides", CROSSED, "upper_covariance", {"r": 1}, Glyph(r"\varphi", "01")),
        ("raudenbush-bryk", NESTED, "beta", {"q": 1}, Glyph(r"\pi", "1jk")),
        ("raudenbush-bryk", NESTED, "delta", {"q": 1}, Glyph(r"\beta", "10k")),
        ("raudenbush-bryk", NESTED, "variance", {"q": 1}, Glyph(r"\tau", r"\pi 11")),
        ("raudenbush-bryk", CROSSED, "gamma", {"q": 1}, Glyph(r"\theta", "1")),
        ("raudenbush-bryk", CROSSED, "gamma", {"q": 1, "s": 2}, Glyph(r"\gamma", "12")),
        ("raudenbush-bryk", CROSSED, "upper", {"q": 1}, Glyph("c", "10k")),
        ("gelman-hill", CROSSED, "beta", {"q": 0}, Glyph(r"\alpha", "j[i]k[i]")),
        ("singer-willett", NESTED, "beta", {"q": 0}, Glyph(r"\pi", "0ik")),
        ("singer-willett", CROSSED, "residual", {}, Glyph(r"\varepsilon", "j(ik)")),
    ],
)
def test_a_notation_adapts_itself_to_two_groupings(
    preset: str, grouping: Grouping, symbol: str, indices: dict[str, int], glyph: Glyph
) -> None:
    adapted = PRESETS[preset].for_grouping(grouping)
    assert adapted.glyph(symbol, **indices) == glyph
    assert adapted.for_grouping(grouping) is adapted
    assert PRESETS[preset].for_grouping(Grouping(("class",))) is PRESETS[preset]


def test_a_v_is_without_s_where_means_alone_have_one() -> None:
    only_means = Model("y ~ x", group="b/a", level2={"intercept": "z + U"}, level3={"x": "V"})
    other = Model("y ~ x", group="b/a", level2={"intercept": "z + U"}, level3={"z": "V"})
    for preset, upper, variance in [("slides", "10k", "1"), ("hox", "1k", "v1")]:
        adapted = PRESETS[preset].for_model(only_means)
        assert adapted.glyph("upper", q=1).sub == upper
        assert adapted.glyph("upper_variance", q=1).sub == variance
        assert PRESETS[preset].for_model(other).glyph("upper", q=1, s=2).sub == "12k"


@pytest.mark.parametrize(("level", "sub"), [(1, "0k[i]"), (2, "0k[j]"), (3, "0k")])
def test_a_school_has_another_index_in_each_equation(level: int, sub: str) -> None:
    adapted = PRESETS["gelman-hill"].for_grouping(NESTED)
    assert adapted.glyph("delta", q=0, level=level) == Glyph(r"\delta", sub, r"\alpha")
    assert [adapted.index(text, level) for text in ("k", "k[i]", "k[j]")] == [sub[1:]] * 3


def test_a_notation_of_ones_own_for_two_groupings() -> None:
    growth = Notation(
        "growth",
        unit="ti",
        group="i",
        third="j",
        beta=r"\pi_{qi}",
        residual="e_{ti}",
        upper="w_{qsj}",
    )
    nested, crossed = growth.for_grouping(NESTED), growth.for_grouping(CROSSED)
    assert (nested.unit, nested.group, crossed.unit) == ("tij", "ij", "t(ij)")
    assert nested.glyph("beta", q=1) == crossed.glyph("beta", q=1) == Glyph(r"\pi", "1ij")
    assert nested.glyph("residual") == Glyph("e", "tij")
    assert nested.glyph("delta", q=1) == Glyph(r"\delta", "10j")
    assert nested.glyph("upper", q=1) == Glyph("w", "10j")
    assert crossed.glyph("upper", q=1) == Glyph("w", "1j")
    whole = Notation("own", nested=Notation("own", gamma0=r"g_{qsp}", gamma=r"g_{qsp}"))
    assert whole.for_grouping(NESTED).glyph("gamma", s=1, p=1) == Glyph("g", "011")
    assert whole.for_grouping(CROSSED).glyph("gamma", s=1) == Glyph(r"\gamma", "01")
    with pytest.raises(OptionError, match="upper='V_{qk}' has no 's'"):
        Notation("own", upper="V_{qk}").for_grouping(NESTED)


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
