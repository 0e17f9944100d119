"""From terms to columns: formulaic's path and the short one agree, and new data follow."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import ModelError
from mlmteach.fit.design import build_design, design_for_new
from mlmteach.model.encoding import encode


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(6), 5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=30),
            "x": rng.uniform(1, 3, size=30),
            "kind": rng.choice(["low", "a:b", "odd [x]"], size=30),
            "z": rng.normal(size=6)[groups],
            "type": np.array(["p", "q", "r", "p", "q", "r"])[groups],
            "g": groups,
        }
    )


def test_categories_with_brackets_and_colons_are_read(frame: pd.DataFrame) -> None:
    model = Model("y ~ x * kind", group="g")
    _, design, _ = build_design(model, frame)
    assert design.x_names == (
        "Intercept",
        "x",
        "kind[T.low]",
        "kind[T.odd [x]]",
        "x:kind[T.low]",
        "x:kind[T.odd [x]]",
    )


def test_the_short_path_agrees_with_formulaic(frame: pd.DataFrame) -> None:
    short = build_design(Model("y ~ x", group="g", level2={"x": "z + U"}), frame)[1]
    long = build_design(Model("y ~ I(x)", group="g", level2={"I(x)": "I(z) + U"}), frame)[1]
    np.testing.assert_array_equal(short.X, long.X)


def test_centring_within_and_group_means(frame: pd.DataFrame) -> None:
    model = Model("y ~ center_within(x)", group="g", level2={"intercept": "group_mean(x) + U"})
    _, design, _ = build_design(model, frame)
    means = frame.groupby("g")["x"].transform("mean")
    np.testing.assert_allclose(design.X[:, 1], means)
    np.testing.assert_allclose(design.X[:, 2], frame["x"] - means)


def test_new_rows_are_centred_as_the_fit_was(frame: pd.DataFrame) -> None:
    model = Model(
        "y ~ center(x) + center_within(x) + kind",
        group="g",
        level2={"intercept": "group_mean(x) + U"},
    )
    bound, design, _ = build_design(
        Model("y ~ center_within(x) + kind", group="g", level2={"intercept": "group_mean(x) + U"}),
        frame,
    )
    assert design.encoding is not None
    new = frame.iloc[[7, 3]].drop(columns="y")
    again = design_for_new(bound, design.encoding, new)
    np.testing.assert_allclose(again.X, design.X[[7, 3]])
    np.testing.assert_allclose(again.Z, design.Z[[7, 3]])
    with pytest.raises(ModelError, match="rank-deficient"):
        build_design(model, frame)


def test_an_unseen_category_is_an_error(frame: pd.DataFrame) -> None:
    bound, design, _ = build_design(Model("y ~ kind", group="g"), frame)
    assert design.encoding is not None
    with pytest.raises(ModelError, match="kind"):
        design_for_new(bound, design.encoding, frame.assign(kind="new"))


def test_a_text_outcome_is_an_error(frame: pd.DataFrame) -> None:
    with pytest.raises(mlm.MlmteachError, match="not numeric"):
        build_design(Model("kind ~ x", group="g"), frame)


def test_without_a_mean_each_category_has_a_coefficient(frame: pd.DataFrame) -> None:
    """As in R: y ~ 0 + kind + (1 | g) is y ~ kind + (1 | g), parametrised by its means."""
    frame["y"] += 3 * frame["g"]
    means = Model.from_formula("y ~ 0 + kind + (1 | g)", data=frame).fit(frame)
    contrasts = Model.from_formula("y ~ kind + (1 | g)", data=frame).fit(frame)
    assert list(means.params.index) == ["kind[a:b]", "kind[low]", "kind[odd [x]]"]
    assert means.criterion == pytest.approx(contrasts.criterion, abs=1e-8)
    differences = means.params.iloc[1:].to_numpy() - means.params.iloc[0]
    np.testing.assert_allclose(differences, contrasts.params.iloc[1:], atol=1e-6)
    np.testing.assert_allclose(means.predict(frame.iloc[:3]), means.fittedvalues[:3])


def test_categories_of_level_2_stand_for_the_mean_too(frame: pd.DataFrame) -> None:
    model = Model.from_formula("y ~ 0 + type + kind + (1 | g)", data=frame)
    assert [gamma.name for gamma in model.gammas] == [
        "type[p]",
        "type[q]",
        "type[r]",
        "kind[T.low]",
        "kind[T.odd [x]]",
    ]


def test_roots_and_absolute_values_need_no_prefix(frame: pd.DataFrame) -> None:
    _, design, _ = build_design(
        Model("y ~ sqrt(x) + abs(y2)", group="g"), frame.assign(y2=-frame.x)
    )
    np.testing.assert_allclose(design.X[:, 1] ** 2, design.X[:, 2])


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    return mlm.load("hsb")


def test_binding_names_the_contrasts() -> None:
    model = Model(
        "normexam ~ standLRT + sex",
        group="school",
        level2={"intercept": "schgend + U", "sex": "schgend + U"},
    )
    bound = model.bind(mlm.load("exam"))
    assert bound == model
    assert not model.bound
    assert [(g.q, g.s, g.name) for g in bound.gammas] == [
        (0, 0, "Intercept"),
        (0, 1, "schgend[T.mixed]"),
        (0, 2, "schgend[T.boys]"),
        (1, 0, "standLRT"),
        (2, 0, "sex[T.F]"),
        (2, 1, "schgend[T.mixed]:sex[T.F]"),
        (2, 2, "schgend[T.boys]:sex[T.F]"),
    ]


def test_a_bound_model_can_be_bound_to_other_data() -> None:
    exam = mlm.load("exam")
    bound = Model("normexam ~ standLRT + intake", group="school", data=exam).bind(exam)
    assert [c.index for c in bound.coefficients] == [0, 1, 2, 3]


def test_data_bring_their_codebook(hsb: pd.DataFrame) -> None:
    model = Model("mathach ~ ses", group="school", data=hsb)
    assert model.codebook is not None
    assert model.codebook["ses"].symbol == "SES"


@pytest.mark.parametrize(
    ("formula", "level2", "says"),
    [
        ("mathach ~ sess", {}, "There is no column 'sess'. Did you mean 'ses'?"),
        ("mathach ~ SES", {}, "Did you mean 'ses'?"),
        ("mathach ~ size", {}, "has one value in each 'school'"),
        ("mathach ~ ses", {"ses": "female + U"}, "first in school"),
        ("mathach ~ np.add(ses)", {}, "cannot be computed"),
        ("mathach ~ log(ses)", {}, "not a finite number"),
    ],
)
def test_models_that_do_not_go_with_the_data(
    hsb: pd.DataFrame, formula: str, level2: dict[str, str], says: str
) -> None:
    with pytest.raises(ModelError) as caught:
        Model(formula, group="school", level2=level2, data=hsb)
    assert says in str(caught.value)


def test_the_first_group_in_which_a_level_2_predictor_varies_is_named() -> None:
    frame = pd.DataFrame(
        {"y": [1.0, 2, 3, 5], "x": [1.0, 2, 3, 1], "z": [1, 1, 2, 3], "g": list("aabb")}
    )
    with pytest.raises(ModelError, match="varies within 'g': first in g b"):
        Model("y ~ x", group="g", level2={"intercept": "z + U"}, data=frame)


def test_pandas_text_and_truth_values_of_any_type_give_the_same_columns(
    frame: pd.DataFrame,
) -> None:
    frame["flag"] = frame["x"] > 2
    text = "y ~ flag + kind + flag:z + (1 | g)"
    designs = [
        build_design(Model.from_formula(text, data=d), d)[1]
        for d in (
            frame,
            frame.convert_dtypes(),
            frame.assign(flag=frame["flag"].astype(object), kind=frame["kind"].astype("string")),
        )
    ]
    assert {"z:flag[False]", "z:flag[True]"} < set(designs[0].x_names)
    for design in designs[1:]:
        assert design.x_names == designs[0].x_names
        np.testing.assert_array_equal(design.X, designs[0].X)


@pytest.mark.parametrize("fixed", ["0 + I(ses > 0)", "ses:I(minority > 0)"])
def test_what_is_true_or_false_has_one_column_and_not_two_as_in_r(fixed: str) -> None:
    with pytest.raises(ModelError, match="Make it a column of the data frame"):
        mlm.Model.from_formula(f"mathach ~ {fixed} + (1 | school)", data=mlm.load("hsb"))
    assert mlm.Model("mathach ~ I(ses > 0)", group="school").bind(mlm.load("hsb")).bound


# --- a bound model keeps what does not hang on the values -----------------------------------


def test_a_bound_model_is_the_model_of_its_fits(hsb: pd.DataFrame) -> None:
    for formula in ("mathach ~ ses", "mathach ~ C(minority) + center(ses)"):
        bound = Model(formula, group="school").bind(hsb)
        assert bound.fit(hsb).model is bound
        assert bound.bind(hsb) is bound


def test_a_frame_that_changed_in_place_gives_its_new_numbers(frame: pd.DataFrame) -> None:
    """What was learned of a frame is never taken for what is in it now."""
    model = Model("y ~ center(x) + kind", group="g", level2={"intercept": "z + U"})
    bound = model.bind(frame)
    build_design(bound, frame)
    frame["x"] *= 2
    frame.loc[frame.index[:4], "y"] = 9.0
    frame["kind"] = frame["kind"].replace("low", "new")
    new, fresh = build_design(bound, frame)[1], build_design(model, frame)[1]
    assert new.x_names == fresh.x_names
    assert any("new" in name for name in new.x_names)
    np.testing.assert_array_equal(new.X, fresh.X)
    np.testing.assert_array_equal(new.y, fresh.y)
    frame["x"] = (frame["x"] > 4).map({True: "much", False: "little"})
    plain = Model("y ~ x", group="g")
    held = plain.bind(frame.assign(x=1.0 * np.arange(30)))
    assert [g.name for g in held.bind(frame).gammas] == ["Intercept", "x[T.much]"]
    assert [g.name for g in plain.bind(frame).bind(frame.assign(x=1.0 * np.arange(30))).gammas] == [
        "Intercept",
        "x",
    ]


def test_a_bound_model_keeps_its_codebook_and_takes_the_name_of_the_data(
    hsb: pd.DataFrame,
) -> None:
    given = Model("mathach ~ ses", group="school", codebook={"ses": {"label": "own"}}).bind(hsb)
    assert given.codebook is not None
    assert given.bind(hsb).codebook is given.codebook
    few = given.bind(hsb.iloc[:500])
    assert few.codebook is not None
    assert few.codebook["ses"].label.startswith("own")
    assert (given.codebook.name, few.codebook.name) == ("hsb", "")
    assert few.codebook["ses"].label == given.codebook["ses"].label


# --- two groupings ----------------------------------------------------------------------------


def pupils() -> pd.DataFrame:
    """Pupils of classes 1 to 3 of four schools; each column is named for where it is constant."""
    rows = [(s, c, p) for s in range(4) for c in (1, 2, 3) for p in range(6)]
    frame = pd.DataFrame(rows, columns=["school", "class", "x"])
    own = 3 * frame["school"] + frame["class"]
    return frame.assign(
        y=(frame["x"] * 7 + own * 5) % 11,
        sex=np.where(frame["x"] % 2, "f", "m"),
        z=own % 4,
        kind=np.array(["a", "b", "c"])[own % 3],
        w=frame["school"] * 2,
        tier=np.array(["low", "high"])[frame["school"] % 2],
        town=frame["x"] % 3,
        river=np.array(["east", "west"])[frame["x"] % 3 % 2],
    )


@pytest.mark.parametrize(
    ("formula", "options", "says"),
    [
        ("y ~ z", {}, "'z' stands at level 1, but has one value in each 'class'. Move it to level"),
        ("y ~ x", {"level2": {"intercept": "w + U"}},
         "'w' stands at level 2, but has one value in each 'school'. Move it to level 3"),
        ("y ~ x + w", {}, "'w' stands at level 1, but has one value in each 'school'. Move it to "
         "level 3"),
        ("y ~ x", {"level2": {"intercept": "sex + U"}}, "'sex' stands at level 2, but varies "
         "within 'class': first in class 1"),
        ("y ~ x", {"level3": {"intercept": "z + V"}}, "'z' stands at level 3, but varies within "
         "'school': first in school 0. Move it to a lower level, or make its mean"),
        ("y ~ x", {"group": "town * school", "level2": {"intercept": "tier + U"}},
         "'tier' stands at level 2, but varies within 'town'"),
        ("y ~ x", {"group": "town * school", "level3": {"intercept": "river + V"}},
         "'river' stands at level 3, but varies within 'school'"),
        ("y ~ river", {"group": "town * school"}, "one value in each 'town'"),
        ("y ~ river", {"group": "town * school", "level2": {"river": "U"},
                       "level3": {"river": "V"}}, "one value in each 'town'"),
        ("y ~ tier", {"group": "town * school", "level2": {"tier": "U"},
                      "level3": {"tier": "V"}}, "one value in each 'school'"),
    ],
)  # fmt: skip
def test_data_are_held_against_the_levels_of_both_groupings(
    formula: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError) as caught:
        Model(formula, data=pupils(), **({"group": "school/class"} | options))
    assert says in str(caught.value)


@pytest.mark.parametrize("group", ["school/class", "school * town", "school"])
@pytest.mark.parametrize("place", ["level1", "level2", "level3"])
def test_a_constant_is_told_as_one_and_not_as_one_of_an_upper_level(group: str, place: str) -> None:
    if place == "level3" and group == "school":
        return
    equation = {place: {"intercept": f"k + {'V' if place == 'level3' else 'U'}"}}
    options = {} if place == "level1" else equation
    formula = "y ~ x + k" if place == "level1" else "y ~ x"
    with pytest.raises(ModelError, match="'k' has one value in all rows that are used") as caught:
        Model(formula, group=group, data=pupils().assign(k=7), **options)
    assert caught.value.remedy.startswith("Leave it out")


def test_a_product_needs_its_predictor_of_the_first_crossed_grouping() -> None:
    """A formula alone does not say of whose groups it is."""
    data = pupils().assign(v=lambda d: d["town"] ** 2)
    formula = "y ~ tier + v:tier + (1 | town) + (1 | school)"
    with pytest.raises(ModelError, match="'v' is a predictor of 'town', and stands in") as caught:
        Model.from_formula(formula, data=data)
    assert "level2={'intercept': 'v + U'}" in caught.value.remedy
    told = {"intercept": "tier + tier:v + V"}
    model = Model("y ~ 1", group="town * school", level2={"intercept": "v + U"}, level3=told)
    assert model == Model.from_formula(f"{formula} + v", data=data)


@pytest.mark.filterwarnings("ignore::mlmteach.errors.SingularFitWarning")
def test_a_column_made_of_both_crossed_groupings_is_of_level_1() -> None:
    """It differs between the rows of a group of either."""
    data = pupils().assign(v=lambda d: d["town"] ** 2 + 1)
    formula = "y ~ I(v * w) + (1 | town) + (1 | school)"
    model = Model.from_formula(formula, data=data)
    assert model == Model("y ~ I(v * w)", group="town * school")
    plain = data.assign(both=data["v"] * data["w"])
    other = Model("y ~ both", group="town * school").fit(plain)
    assert model.fit(data).criterion == pytest.approx(other.criterion, abs=1e-6)


@pytest.mark.filterwarnings("ignore::mlmteach.errors.SingularFitWarning")
def test_a_mean_of_the_first_crossed_grouping_may_multiply_a_predictor_of_the_second() -> None:
    data = pupils()
    model = Model.from_formula("y ~ group_mean(x) * w + (1 | town) + (1 | school)", data=data)
    means = data.groupby("town")["x"].transform("mean")
    other = Model.from_formula("y ~ m * w + (1 | town) + (1 | school)", data=data.assign(m=means))
    assert model.fit(data).criterion == pytest.approx(other.fit(data.assign(m=means)).criterion)


def test_a_slope_in_each_group_of_the_other_grouping_is_none_of_its_own() -> None:
    """River is constant in each town; schools may differ in its slope."""
    model = Model("y ~ river", group="town * school", level3={"river": "V"}, data=pupils())
    assert [e.term.name for e in model.upper_random] == ["Intercept", "river[T.west]"]


def test_categories_have_coefficients_at_each_level() -> None:
    model = Model(
        "y ~ sex",
        group="school/class",
        level2={"intercept": "kind + U", "sex": "U"},
        level3={"intercept": "tier + V", "kind": "V"},
        data=pupils(),
    )
    assert [(g.name, g.q, g.s, g.p) for g in model.gammas] == [
        ("Intercept", 0, 0, 0), ("tier[T.low]", 0, 0, 1), ("kind[T.b]", 0, 1, 0),
        ("kind[T.c]", 0, 2, 0), ("sex[T.m]", 1, 0, 0),
    ]  # fmt: skip
    assert [c.term.name for c in model.random] == ["Intercept", "sex[T.m]"]
    assert [e.term.name for e in model.upper_random] == ["Intercept", "kind[T.b]", "kind[T.c]"]
    assert (model.blocks, model.upper_blocks) == (((0, 1),), ((0, 1, 2),))
    again = Model.from_formula(model.formula, data=pupils())
    assert again == model
    assert again.gammas == model.gammas


def test_a_category_is_never_parted_by_two_bars_in_either_grouping() -> None:
    model = Model.from_formula("y ~ x + (x + kind || school) + (1 | school:class)", data=pupils())
    names = [e.term.name for e in model.upper_random]
    blocks = [[names[i] for i in block] for block in model.upper_blocks]
    assert sorted(blocks) == [["Intercept", "kind[T.b]", "kind[T.c]"], ["x"]]


def test_class_1_of_two_schools_are_two_classes() -> None:
    encoded = encode(Model("y ~ x", group="school/class"), pupils())
    assert len(encoded.groups) == 12
    assert encoded.groups[:4].tolist() == [(0, 1), (0, 2), (0, 3), (1, 1)]
    assert encoded.groups3 is not None
    assert encoded.groups3.tolist() == [0, 1, 2, 3]
    means = encode(Model("y ~ 1", group="school/class",
                         level2={"intercept": "group_mean(y2) + U"}),
                   pupils().assign(y2=lambda d: d["y"] + d["school"]))  # fmt: skip
    column = means.columns.product(means.model.gammas[1].term)
    own = pupils().assign(y2=lambda d: d["y"] + d["school"])
    expected = own.groupby(["school", "class"])["y2"].transform("mean")
    np.testing.assert_allclose(column, expected)
