"""The model: what it accepts, and what it refuses in which words."""

import dataclasses
import pickle
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import FormulaError, MlmteachError, ModelError, OptionError
from mlmteach.model.terms import Factor
from tests.strategies import with_two_groupings


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    return mlm.load("hsb")


def test_the_intercept_is_random_unless_told_otherwise() -> None:
    model = Model("mathach ~ ses", group="school")
    assert [c.random for c in model.coefficients] == [True, False]
    assert [c.term.name for c in model.random] == ["Intercept"]


def test_names_follow_statsmodels() -> None:
    model = Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    names = ["Intercept", "size", "sector", "ses", "size:ses", "minority", "female"]
    assert [gamma.name for gamma in model.gammas] == names
    indices = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (3, 0)]
    assert [(gamma.q, gamma.s) for gamma in model.gammas] == indices


def test_a_model_is_frozen() -> None:
    model = Model("mathach ~ 1", group="school")
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.group = "sector"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("formula", "level2", "covariance"),
    [
        ("log(y) ~ np.sqrt(x)", {}, "unstructured"),
        ("ln(y) ~ sqrt(x)", {"intercept": "1 + U"}, "diagonal"),  # one U correlates with none
    ],
)
def test_one_model_in_two_spellings(formula: str, level2: dict[str, str], covariance: str) -> None:
    model = Model(formula, group="g", level2=level2, covariance=covariance)
    assert model == Model("np.log(y) ~ sqrt(x)", group="g")
    assert hash(model) == hash(Model("np.log(y) ~ sqrt(x)", group="g"))


def test_the_names_in_blocks_may_be_spelled_anew() -> None:
    blocks = [(("Intercept", name), ("z",)) for name in ("np.log(x)", "log(x)")]
    models = [
        Model(f"y ~ {a[1]} + z", group="g", level2={a[1]: "U", "z": "U"}, covariance=(a, b))
        for a, b in blocks
    ]
    assert models[0] == models[1]
    assert models[0] != Model("y ~ log(x) + z", group="g", level2={"log(x)": "U", "z": "U"})


def test_one_predictor_cannot_stand_twice_in_two_spellings() -> None:
    with pytest.raises(ModelError, match=r"'log\(x\)' and 'np.log\(x\)' are the same predictor"):
        Model("y ~ log(x) + np.log(x)", group="g")


def test_equal_models_are_equal_however_they_are_written() -> None:
    one = Model("y ~ x*w", group="g", level2={"x": "z + U"})
    two = Model("y ~ 1 + x + w + x:w", group="g", level2={"x": "1 + z + U", "intercept": "U"})
    assert one == two
    assert hash(one) == hash(two)
    assert one != Model("y ~ x*w", group="g", level2={"x": "z + U"}, covariance="diagonal")


def test_the_repr_makes_the_model_again() -> None:
    model = Model(
        "y ~ 0 + x + w", group="g", level2={"x": "0 + U", "w": "z + U"}, covariance="diagonal"
    )
    assert eval(repr(model)) == model


def test_a_model_survives_pickling(hsb: pd.DataFrame) -> None:
    model = Model("mathach ~ ses", group="school", level2={"ses": "sector + U"}, data=hsb)
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert again.bound
    assert again.gammas == model.gammas


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("mathach", "no '~'"),
        ("mathach ~", "is empty"),
        ("mathach ~   ", "is empty"),
        ("~ ses", "no outcome"),
        ("mathach ~ ses ~ female", "two '~'"),
        ("mathach + ses ~ female", "not one outcome"),
        ("mathach ~ ses + ses", "'ses' twice"),
        ("mathach ~ ses + (1 | school)", "Model.from_formula"),
        ("mathach ~ (ses", "cannot be read"),
        ("mathach ~ ses +", "cannot be read"),
        ("mathach ~ ses * 2", "cannot be read"),
        ("mathach ~ 0", "no terms"),
        ("mathach ~ lag(ses)", "not supported"),
        ("mathach ~ mathach", "also a predictor"),
        ("mathach ~ log(mathach)", "also a predictor"),
        ("mathach ~ school", "also a predictor"),
        ("school ~ ses", "both outcome and group"),
        ("mathach ~ U", "meaning of its own"),
        ("mathach ~ intercept", "meaning of its own"),
        ("mathach ~ Intercept", "meaning of its own"),
        ("", "Give it as a text"),
    ],
)
def test_formulas_that_are_refused(formula: str, says: str) -> None:
    with pytest.raises(MlmteachError) as caught:
        Model(formula, group="school")
    assert says in str(caught.value)
    assert caught.value.remedy.endswith((".", "?"))


def test_an_unreadable_formula_shows_the_place() -> None:
    with pytest.raises(FormulaError) as caught:
        Model("mathach ~ ses + (minority", group="school")
    lines = str(caught.value).splitlines()
    assert lines[1].index("(") == lines[2].index("^")


@pytest.mark.parametrize(
    ("level2", "says"),
    [
        ({"size": "U"}, "not a term at level 1"),
        ({"sess": "U"}, "Did you mean 'ses'?"),
        ({"ses": ""}, "Give it as a text"),
        ({"ses": "0"}, "is empty"),
        ({"ses": "U", "intercept": "1 + U", "Intercept": "U"}, "two equations for 'Intercept'"),
        ({"ses": "size:U"}, "uses U inside"),
        ({"ses": "~ size"}, "has a '~'"),
        ({"ses": "U + U"}, "'U' twice"),
        ({"ses": "ses + U"}, "both at level 1 and at level 2"),
        ({"intercept": "ses + U"}, "both at level 1 and at level 2"),
        ({"intercept": "mathach + U"}, "also a predictor"),
        ({"intercept": "size"}, "No coefficient of the model is random"),
        (["ses"], "Give a dictionary"),
    ],
)
def test_level_2_that_is_refused(level2: dict[str, str], says: str) -> None:
    with pytest.raises(MlmteachError) as caught:
        Model("mathach ~ ses", group="school", level2=level2)
    assert says in str(caught.value)


def test_two_terms_of_one_name_are_refused() -> None:
    # size:ses stands at level 1 by hand and arises again from the slope's equation
    with pytest.raises(ModelError, match="stands both at level 1 and at level 2"):
        Model("y ~ ses + size:ses", group="g", level2={"ses": "size + U"})


@pytest.mark.parametrize("covariance", ["full", (("Intercept",),), (("Intercept", "x"), ("x",))])
def test_covariance_is_checked(covariance: object) -> None:
    with pytest.raises(OptionError):
        Model("y ~ x", group="g", level2={"x": "U"}, covariance=covariance)  # type: ignore[arg-type]


def test_blocks_name_what_may_correlate() -> None:
    model = Model(
        "y ~ x + w",
        group="g",
        level2={"x": "U", "w": "U"},
        covariance=(("Intercept", "x"), ("w",)),
    )
    assert model.blocks == ((0, 1), (2,))
    assert model.formula == "y ~ 1 + x + w + (1 + x | g) + (0 + w | g)"


def test_what_varies_between_classes_and_between_schools() -> None:
    model = Model(
        "y ~ x", group="s/c", level2={"intercept": "z + U", "x": "z + U"},
        level3={"intercept": "w + V", "z:x": "w + V"},
    )  # fmt: skip
    lower, upper = model.varying(2), model.varying(3)
    assert [(v.index, v.term.name, len(v.predictors)) for v in lower] == [
        (0, "Intercept", 2),
        (1, "x", 2),
    ]
    assert [(v.index, v.s, v.term.name) for v in upper] == [(0, 0, "Intercept"), (1, 1, "z:x")]
    assert upper[1].factors == ((2, Factor("z")), (1, Factor("x")))
    assert [gamma.p for gamma in upper[1].gammas] == [0, 1]


def test_what_varies_between_crossed_groups() -> None:
    model = Model("y ~ x", group="a * b", level2={"x": "U"}, level3={"intercept": "w + V"})
    assert [v.term.name for v in model.varying(2)] == ["Intercept", "x"]
    (upper,) = model.varying(3)
    assert [t.name for t in upper.predictors] == ["Intercept", "w"]
    assert [gamma.name for gamma in upper.gammas] == ["Intercept", "w"]


def test_a_product_of_both_crossed_groupings_has_predictors_of_each() -> None:
    """W is of b, z of a: it is no predictor of the groups of b."""
    told = {"intercept": "w + w:z + V", "x": "z:w"}
    model = Model("y ~ x", group="a * b", level2={"intercept": "z + U"}, level3=told)
    products = [gamma for gamma in model.gammas if gamma.level2 and gamma.level3]
    assert [(g.name, g.level1.name, g.level2.name, g.level3.name) for g in products] == [
        ("w:z", "Intercept", "z", "w"), ("w:z:x", "x", "z", "w"),
    ]  # fmt: skip
    (upper,) = model.varying(3)
    assert [t.name for t in upper.predictors] == ["Intercept", "w"]
    assert [gamma.name for gamma in upper.gammas] == ["Intercept", "w", "w:z"]
    assert [gamma.name for gamma in model.varying(2)[0].gammas] == ["Intercept", "z"]


# --- three levels, and crossed groupings ----------------------------------------------------

GROWTH = Model(
    "y ~ x",
    group="school/child",
    level2={"intercept": "z + U", "x": "z + U"},
    level3={"intercept": "w + V", "x": "V"},
)


def test_three_levels_number_their_coefficients() -> None:
    assert [(g.name, g.q, g.s, g.p) for g in GROWTH.gammas] == [
        ("Intercept", 0, 0, 0), ("w", 0, 0, 1), ("z", 0, 1, 0), ("x", 1, 0, 0), ("z:x", 1, 1, 0),
    ]  # fmt: skip
    assert [(e.q, e.s) for e in GROWTH.upper_random] == [(0, 0), (1, 0)]
    assert GROWTH.level3_formulas == {
        "intercept": "1 + w + V", "z": "1", "x": "1 + V", "z:x": "1",
    }  # fmt: skip
    assert (GROWTH.group, GROWTH.group3) == ("child", "school")
    assert GROWTH.levels == {"x": 1, "z": 2, "w": 3}
    assert GROWTH.variables == ("y", "z", "w", "x", "child", "school")
    assert GROWTH.formula == "y ~ 1 + w + z + x + z:x + (1 + x | school/child)"


def test_crossed_groupings_share_a_count() -> None:
    model = Model(
        "y ~ x", group="a * b", level2={"intercept": "z + U"}, level3={"intercept": "w + V"}
    )
    assert [(g.name, g.q, g.s) for g in model.gammas] == [
        ("Intercept", 0, 0), ("z", 0, 1), ("w", 0, 2), ("x", 1, 0),
    ]  # fmt: skip
    assert model.level3_formulas == {"intercept": "1 + w + V", "x": "1"}
    assert model.formula == "y ~ 1 + z + w + x + (1 | a) + (1 | b)"
    with pytest.raises(ModelError, match="Two coefficients of the model are called 'z'"):
        Model("y ~ 1", group="a * b", level2={"intercept": "z + U"}, level3={"intercept": "z + V"})


def test_models_of_two_groupings_are_equal_however_they_are_written() -> None:
    other = Model(
        "y ~ 1 + x",
        group="school / child",
        level2={"x": "1 + z + U", "intercept": "U + z"},
        level3={"x": "1 + V", "Intercept": "w + V", "z:x": "1"},
    )
    assert other == GROWTH
    assert hash(other) == hash(GROWTH)
    options = {"level2": GROWTH.level2_formulas, "level3": GROWTH.level3_formulas}
    assert Model("y ~ x", group="child/school", **options) != GROWTH
    assert Model("y ~ x", group="school/child", **options, covariance3="diagonal") != GROWTH
    assert Model("y ~ x", group="school/child", **options, covariance="diagonal") != GROWTH
    blocks = (("Intercept", "x"),)
    assert Model("y ~ x", group="school/child", **options, covariance3=blocks) == GROWTH
    one = Model("y ~ x", group="a * b")
    assert one != Model("y ~ x", group="b * a")  # whose U is whose
    assert one != Model("y ~ x", group="a/b")
    assert one == Model("y ~ x", group="a*b", covariance3="diagonal")  # a single V


def test_the_covariance_of_the_vs_follows_that_of_the_us() -> None:
    options = {"level2": {"x": "U"}, "level3": {"x": "V"}}
    diagonal = Model("y ~ x", group="a/b", covariance="diagonal", **options)
    assert diagonal.covariance3 == "diagonal"
    mixed = Model(
        "y ~ x", group="a/b", covariance="diagonal", covariance3="unstructured", **options
    )
    assert (mixed.blocks, mixed.upper_blocks) == (((0,), (1,)), ((0, 1),))
    assert mixed.formula == "y ~ 1 + x + (1 | a:b) + (0 + x | a:b) + (1 + x | a)"


@given(model=with_two_groupings())
@settings(max_examples=100)
def test_the_repr_of_a_model_with_two_groupings_makes_it_again(model: Model) -> None:
    again = eval(repr(model))
    assert again == model
    assert repr(again) == repr(model)
    assert pickle.loads(pickle.dumps(model)) == model


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"group": "g", "level3": {"intercept": "w + V"}}, "`level3` is for a second grouping"),
        ({"group": "g", "covariance3": "diagonal"}, "`covariance3` is for a second grouping"),
        ({"group": "g/h/k"}, "3 groupings, g, h and k, are too many"),
        ({"group": "g/g"}, "one column twice"),
        ({"level3": {"size": "V"}}, "which is not a term at level 2"),
        ({"level3": {"x": ""}}, "Give it as a text"),
        ({"level3": {"x": "V", "intercept": "1 + V", "1": "V"}}, "two equations for '1'"),
        ({"level3": {"x": "0"}}, "The level-3 equation '0' is empty"),
        ({"level3": {"intercept": "w"}}, "Nothing differs between the groups of 'g'"),
        ({"level2": {"intercept": "z"}}, "Nothing differs between the groups of 'h'"),
        ({"level3": {"intercept": "x + V"}}, "both at level 1 and at level 3"),
        ({"level2": {"intercept": "z + U"}, "level3": {"intercept": "z + V"}},
         "both at level 2 and at level 3"),
        ({"level3": {"intercept": "w:V"}}, "uses V inside"),
        ({"level3": {"intercept": "V + V"}}, "'V' twice"),
        ({"level3": {"intercept": "group_mean(x) + V"}}, "is a mean in each 'h'"),
        ({"level3": {"intercept": "g + V"}}, "Leave it out: its effects are the V's"),
        ({"group": "g * h", "level2": {"intercept": "g + U"}}, "its effects are the U's"),
        ({"level3": {"intercept": "y + V"}}, "also a predictor"),
        ({"level2": {"x": "U"}, "level3": {"x": "V"}, "covariance3": (("x",),)},
         "The blocks of `covariance3`"),
        ({"level3": ["x"]}, "Give a dictionary"),
        ({"group": "g +h"}, "has a '\\+'"),
        ({"group": "g / "}, "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_refused_of_two_groupings(options: dict[str, object], says: str) -> None:
    with pytest.raises(MlmteachError, match=says) as caught:
        Model("y ~ x", **({"group": "g/h"} | options))
    assert caught.value.remedy.endswith((".", "?"))


def test_a_column_may_be_called_v_where_nothing_else_is() -> None:
    assert Model("y ~ V", group="g").levels == {"V": 1}
    with pytest.raises(ModelError, match="meaning of its own"):
        Model("y ~ V", group="g/h")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"level3": {"intercept": "U"}}, "of `level3` has a U, which belongs to `level2`. Write V"),
        ({"level2": {"intercept": "U + V"}}, "of `level2` has a V, which belongs to `level3`. Wr"),
    ],
)
def test_the_sign_of_the_other_level_is_named(told: dict[str, Any], says: str) -> None:
    for group in ("school/room", "school * room"):
        with pytest.raises(ModelError, match=says):
            Model("y ~ x", group=group, **told)
