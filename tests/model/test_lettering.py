"""Which variables an equation shows, and by which letters."""

import pytest

from mlmteach import Model, load
from mlmteach.model.lettering import letters_of, shown_name, shown_variables
from mlmteach.model.notation import PRESETS
from mlmteach.model.terms import Factor


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (Factor("ses"), None),
        (Factor("log(ses)"), None),
        (Factor("sex", "[T.F]"), "sex"),
        (Factor("C(sex)", "[T.F]"), "sex"),
        (Factor("C(sex)"), "C(sex)"),
        (Factor("poly(ses, 2)", "[1]"), "poly(ses, 2)"),
        (Factor("I(ses > 3)", "[T.True]"), "I(ses > 3)"),
        (Factor("center(log(ses))"), "center(log(ses))"),
    ],
)
def test_what_is_shown_whole(factor: Factor, name: str | None) -> None:
    assert shown_name(factor) == name


def test_place_and_function_tell_the_kind() -> None:
    level2 = {"intercept": "group_mean(w) + log(size) + U"}
    model = Model("log(y) ~ I(x * z) + center_within(v)", group="g", level2=level2)
    assert shown_variables(model) == {
        ("y", ""): "outcome",
        ("x", ""): "level1",
        ("z", ""): "level1",
        ("v", ""): "level1",
        ("w", ""): "level1",  # what has a mean in each group is a variable of the units
        ("size", ""): "level2",
    }


def test_the_codebook_comes_first() -> None:
    model = Model("y ~ x:size", group="g", codebook={"size": {"level": 2}})
    assert shown_variables(model)["size", ""] == "level2"


@pytest.mark.parametrize(
    ("notation", "letters"),
    [
        ("slides", ["y", "x_{1}", "x_{2}", "z"]),
        ("raudenbush-bryk", ["Y", "X_{1}", "X_{2}", "W"]),
        ("gelman-hill", ["y", "x_{1}", "x_{2}", "u"]),
    ],
)
def test_letters_are_numbered_within_their_kind(notation: str, letters: list[str]) -> None:
    model = Model("y ~ sqrt(a) + b", group="g", level2={"sqrt(a)": "c"})
    found = letters_of(model, PRESETS[notation]).values()
    assert [f"{g.base}_{{{g.sub}}}" if g.sub else g.base for g in found] == letters


def test_level_3_has_a_letter_of_its_own() -> None:
    model = Model(
        "y ~ x:size", group="b/a", level2={"intercept": "z + U"}, level3={"intercept": "w + V"}
    )
    assert list(shown_variables(model).values()) == [
        "outcome",
        "level1",
        "level1",
        "level2",
        "level3",
    ]
    adapted = PRESETS["slides"].for_model(model)
    assert [g.base + g.sub for g in letters_of(model, adapted).values()] == [
        "y",
        "x1",
        "x2",
        "z",
        "w",
    ]


@pytest.mark.parametrize(("group", "level"), [("school/class", 3), ("school * class", 2)])
def test_a_codebook_knows_the_level_of_its_own_groups(group: str, level: int) -> None:
    data = load("hsb").assign(**{"class": 1})
    model = Model("mathach ~ ses:size", group=group, codebook=data.attrs["codebook"])
    assert shown_variables(model)["size", ""] == f"level{level}"
    other = Model("mathach ~ ses:size", group="town/class", codebook=data.attrs["codebook"])
    assert shown_variables(other)["size", ""] == "level1"
