"""lme4 formulas become the equations of the two levels."""

import pandas as pd
import pytest
from hypothesis import given, settings

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import FormulaError, MlmteachError, MlmteachWarning, ModelError, OptionError
from mlmteach.model.lme4 import read_formula
from mlmteach.model.terms import Term
from tests.strategies import LEVEL2, LEVEL3, with_two_groupings


def read(formula: str, *level2: str) -> Model:
    return Model.from_formula(formula, level2=level2)


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    return mlm.load("hsb")


@pytest.mark.parametrize(
    ("formula", "level2"),
    [
        ("y ~ 1 + (1 | g)", {}),
        ("y ~ x + (1 | g)", {}),
        ("y ~ x + (x | g)", {"x": "1 + U"}),
        ("y ~ x + (1 + x | g)", {"x": "1 + U"}),
        ("y ~ x + (0 + x | g)", {"intercept": "1", "x": "1 + U"}),
        ("y ~ x + (x - 1 | g)", {"intercept": "1", "x": "1 + U"}),
        ("y ~ x + (1 | g) + z", {"intercept": "1 + z + U"}),
        ("y ~ x * z + (x | g)", {"intercept": "1 + z + U", "x": "1 + z + U"}),
        ("y ~ z:x + (1 | g)", {"x": "0 + z"}),
        ("y ~ z * w + x + (1 | g)", {"intercept": "1 + z + w + z:w + U"}),
        ("y ~ (x + z)^2 + (1 | g)", {"intercept": "1 + z + U", "x": "1 + z"}),
        ("y ~ x + group_mean(x) + (1 | g)", {"intercept": "1 + group_mean(x) + U"}),
        ("y ~ x + log(z) + (1 | g)", {"intercept": "1 + log(z) + U"}),
        ("y ~ 1 + (1 + x | g)", {"x": "0 + U"}),  # a random slope without a mean
    ],
)
def test_terms_find_their_level(formula: str, level2: dict[str, str]) -> None:
    model = read(formula, "z", "w")
    outcome, terms = "y", [c.term.formula for c in model.bare if c.term]
    level1 = f"{outcome} ~ {' + '.join(['1', *terms])}"
    assert model == Model(level1, group="g", level2=level2)


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("y ~ 0 + x + (1 + x | g)", ["x"]),
        ("y ~ x - 1 + (0 + x | g)", ["x"]),
        ("y ~ x + I(x^2) + (1 | g)", ["Intercept", "x", "I(x ** 2)"]),
        ("y ~ C(k) * x + (1 | g)", ["Intercept", "C(k)", "x", "C(k):x"]),
        ("y ~ b:a + a:b:z + (1 | g)", ["Intercept", "b:a", "z:b:a"]),
        ("y ~ a * b * c + (1 | g)", ["Intercept", "a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]),
        ("log(y) ~ log(x) + (1 | g)", ["Intercept", "log(x)"]),
    ],
)
def test_fixed_part(formula: str, names: list[str]) -> None:
    assert [gamma.name for gamma in read(formula, "z").gammas] == names


@pytest.mark.parametrize(
    ("random", "covariance"),
    [
        ("(1 + x | g)", "unstructured"),
        ("(1 + x || g)", "diagonal"),
        ("(1 | g) + (0 + x | g)", "diagonal"),
        ("(0 + x | g) + (1 | g)", "diagonal"),
        ("(1 + x | g) + (0 + w | g)", (("Intercept", "x"), ("w",))),
        ("(1 | g) + (0 + x + w | g)", (("Intercept",), ("x", "w"))),
    ],
)
def test_what_may_correlate(random: str, covariance: object) -> None:
    assert read(f"y ~ x + w + {random}").covariance == covariance


def test_data_tell_the_levels(hsb: pd.DataFrame) -> None:
    formula = "mathach ~ size*ses + sector + minority + female + (1 + ses | school)"
    expected = Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    assert Model.from_formula(formula, data=hsb) == expected
    assert Model.from_formula(formula, level2=["size", "sector"]) == expected


def test_categories_become_contrasts() -> None:
    exam = mlm.load("exam")
    model = Model.from_formula("normexam ~ sex * standLRT + schgend + (1 | school)", data=exam)
    names = [gamma.name for gamma in model.gammas]
    assert "sex[T.F]" in names or "sex[T.M]" in names
    assert any(name.startswith("schgend[T.") for name in names)
    assert {c.term.bare.name for c in model.coefficients} >= {"sex", "sex:standLRT"}


def test_a_formula_without_a_random_term_takes_the_group() -> None:
    assert Model.from_formula("y ~ x", group="g") == Model("y ~ x", group="g")


@pytest.mark.parametrize(
    "model",
    [
        Model("y ~ x + w", group="g", level2={"intercept": "z + U", "x": "z + U"}),
        Model("y ~ x + w", group="g", level2={"x": "U"}, covariance="diagonal"),
        Model("y ~ 0 + x", group="g", level2={"x": "z + U"}),
        Model(
            "y ~ x + w",
            group="g",
            level2={"x": "U", "w": "U"},
            covariance=(("Intercept", "w"), ("x",)),
        ),
    ],
    ids=repr,
)
def test_the_formula_of_a_model_reads_back(model: Model) -> None:
    assert repr(read(model.formula, "z")) == repr(model)


@pytest.mark.parametrize(
    ("formula", "kind", "says"),
    [
        ("y ~ x", FormulaError, "names no group"),
        ("y x + (1 | g)", FormulaError, "no '~'"),
        ("~ x + (1 | g)", FormulaError, "no outcome"),
        ("y ~ x + 1 | g", FormulaError, "outside brackets"),
        ("y ~ x - (1 | g)", FormulaError, "subtracts"),
        ("y ~ x + ( | g)", FormulaError, "empty"),
        ("y ~ x + (0 | g)", FormulaError, "empty"),
        ("y ~ x + (1 | 3)", FormulaError, "grouping variable"),
        ("y ~ x + (1 | g/h/k)", ModelError, "3 groupings, g, h and k, are too many"),
        ("y ~ x + (1 | g) + (1 | h) + (1 | k)", ModelError, "3 groupings"),
        ("y ~ x + (1 | g:h)", ModelError, "groups by 'g:h' alone"),
        ("y ~ x + (1 | g) + (1 | h) + (1 | g:h)", ModelError, "beside 'g' and 'h'"),
        ("y ~ x + (1 | g/)", FormulaError, "grouping variable"),
        ("y ~ x + (1 | g:h:k)", ModelError, "are too many"),
        ("y ~ x + (1 | g*h)", FormulaError, "grouping variable"),
        ("y ~ x + (1 + x | g) + (0 + x | g)", ModelError, "effect of x"),
        ("y ~ x + (1 + x | g) + (1 | g)", ModelError, "effect of the intercept"),
        ("y ~ x * z + (z | g)", ModelError, "does not vary within 'g'"),
        ("y ~ x +* w + (1 | g)", FormulaError, "cannot be read"),
    ],
)
def test_formulas_that_are_refused(formula: str, kind: type[MlmteachError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught:
        read(formula, "z")
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("formula", "column"),
    [("y ~ x + (1 | g", 8), ("y ~ x) + (1 | g)", 5), ("y ~ (x + w)) + (1 | g)", 11)],
)
def test_a_bracket_without_a_partner_is_pointed_at(formula: str, column: int) -> None:
    with pytest.raises(FormulaError) as caught:
        read(formula)
    assert f"\n    {formula}\n    {' ' * column}^\n" in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        "lme(y ~ x, random = ~ 1 | a/b)",
        "fit <- nlme::lme(y ~ x, random = list(a = ~ x, b = ~ 1), data = d)",
        "blmer(y ~ x + (1 | a))",
    ],
)
def test_a_call_of_another_function_is_named(call: str) -> None:
    with pytest.raises(FormulaError, match="is no function whose call is read") as caught:
        read_formula(call)
    assert read_formula("y ~ x + (x | a/b)").group in caught.value.remedy


def test_a_function_of_the_outcome_is_no_call() -> None:
    assert read_formula("log(y) ~ x + (1 | g)").level1 == "log(y) ~ 1 + x"


def test_odd_names_of_columns_stay_in_backticks() -> None:
    formula = (
        "`the y` ~ 1 + `z-score` + `my col` + `z-score`:`my col` + log(`my col` + 10) + "
        "(1 + `my col` | `school id`)"
    )
    model = Model.from_formula(formula, level2=["z-score"])
    assert model.variables == ("the y", "z-score", "my col", "school id")
    assert model.formula == formula
    assert Model.from_formula(model.formula, level2=["z-score"]) == model


def test_a_dot_may_stand_in_the_name_of_a_group() -> None:
    assert Model.from_formula("y ~ x + (1 | school.id)").group == "school.id"


@pytest.mark.parametrize("name", ["`1`", "`log(x)`"])
def test_names_that_read_as_something_else_are_refused(name: str) -> None:
    with pytest.raises(FormulaError, match="Rename the column"):
        Model.from_formula(f"y ~ {name} + (1 | g)")


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("", "`formula` is ''"),
        ("ses | school", r"'ses \| school' has no '~'"),
        ("mathach ~ . + (1 | school)", "all columns by '.'"),
    ],
)
def test_slips_are_named_as_they_were_written(formula: str, problem: str) -> None:
    with pytest.raises(FormulaError, match=problem):
        Model.from_formula(formula)


def test_an_effect_for_each_category_beside_contrasts() -> None:
    """As in R: each side, and each random term, has its own coding."""
    exam = mlm.load("exam")
    model = Model.from_formula("normexam ~ sex + (0 + sex | school)", data=exam)
    assert [gamma.name for gamma in model.gammas] == ["Intercept", "sex[T.F]"]
    assert [c.term.name for c in model.random] == ["sex[M]", "sex[F]"]
    other = Model.from_formula("normexam ~ 0 + sex + (sex | school)", data=exam)
    assert [gamma.name for gamma in other.gammas] == ["sex[M]", "sex[F]"]
    assert [c.term.name for c in other.random] == ["Intercept", "sex[T.F]"]


def test_two_bars_do_not_part_a_category() -> None:
    """lme4 keeps its dummies in one block, which with an intercept beside it is one full block."""
    exam = mlm.load("exam")
    parted = Model.from_formula("normexam ~ standLRT + (1 + standLRT + sex || school)", data=exam)
    assert parted.formula.endswith("+ (0 + standLRT | school) + (1 + sex | school)")
    names = [c.term.name for c in parted.random]
    blocks = [[names[i] for i in block] for block in parted.blocks]
    assert sorted(blocks) == [["Intercept", "sex[T.F]"], ["standLRT"]]
    alone = Model.from_formula("normexam ~ 1 + (0 + standLRT + sex || school)", data=exam)
    names = [c.term.name for c in alone.random]
    assert [[names[i] for i in block] for block in alone.blocks] == [
        ["standLRT"],
        ["sex[M]", "sex[F]"],
    ]


def test_other_arguments_of_lmer_are_named() -> None:
    with pytest.raises(FormulaError, match="'weights ='"):
        Model.from_formula("y ~ x + (1 | g), weights = n")


# --- families, as glmer has them: ?glmer, ?family, ?cbind ----------------------------------


TRIALS = Model("a ~ x", group="g", family="binomial", trials="n")
RATE = Model("y ~ x", group="g", family="poisson", exposure="t")


@pytest.mark.parametrize(
    ("text", "given", "model"),
    [
        ("cbind(a, n - a) ~ x + (1 | g)", {"family": "binomial"}, TRIALS),
        ("cbind(a, n-a) ~ x + (1 | g), data = d, family = binomial", {}, TRIALS),
        ("m <- glmer(cbind(a, n - a) ~ x + (1 | g), data = d, family = binomial)", {}, TRIALS),
        ("lme4::glmer(cbind(a, n - a) ~ x + (1 | g), d, binomial())", {}, TRIALS),
        ("glmer(family = 'binomial', formula = cbind(a, n - a) ~ x + (1 | g))", {}, TRIALS),
        ("a ~ x + (1 | g)", {"family": "binomial", "trials": "n"}, TRIALS),
        ("a ~ x + (1 | g)", {"family": TRIALS.family}, TRIALS),
        ("glmer(a ~ x + (1 | g), family = binomial)", {"trials": "n"}, TRIALS),
        (
            "cbind(`the a`, `all of them` - `the a`) ~ x + (1 | g)",
            {"family": "binomial"},
            Model("`the a` ~ x", group="g", family="binomial", trials="all of them"),
        ),
        ("y ~ x + offset(log(t)) + (1 | g)", {"family": "poisson"}, RATE),
        ("glmer(y ~ offset(log(t)) + x + (1 | g), family = poisson(link = 'log'))", {}, RATE),
        ("glmer(y ~ x + (1 | g), d, poisson, offset = log(t))", {}, RATE),
        ("glmer(y ~ x + (1 | g), d, poisson)", {"exposure": "t", "family": "count"}, RATE),
        (
            "y ~ offset(log(t)) + (1 | g)",
            {"family": "negbin"},
            Model("y ~ 1", group="g", family="negbin", exposure="t"),
        ),
        (
            "glmer.nb(y ~ x + (1 + x || g), data = d)",
            {},
            Model("y ~ x", group="g", level2={"x": "U"}, covariance="diagonal", family="negbin"),
        ),
        (
            "glmmTMB(y ~ x + (1 | g), data = d, family = nbinom2)",
            {},
            Model("y ~ x", group="g", family="negbin"),
        ),
        (
            'glmer(y ~ x + (1 | g), d, family = binomial(link = "probit"))',
            {"event": "yes"},
            Model("y ~ x", group="g", family="binomial", link="probit", event="yes"),
        ),
        ("glmer(y ~ x + (1 | g), d, binomial(cloglog), nAGQ = 1)", {},
         Model("y ~ x", group="g", family="binomial", link="cloglog")),
        ("lmer(y ~ x + (1 | g), data = d, REML = TRUE)", {}, Model("y ~ x", group="g")),
        ("lmer(y ~ x + (1 | g), d, family = gaussian)", {}, Model("y ~ x", group="g")),
        (
            "glmmTMB(y ~ x + (1 | g), d, family = gaussian)",
            {"family": "normal"},
            Model("y ~ x", group="g"),
        ),
        (
            "glmmTMB(y ~ x + (1 | g), d, nbinom2(link = 'log'))",
            {"family": "negbin"},
            Model("y ~ x", group="g", family="negbin"),
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_the_outcome(text: str, given: dict[str, object], model: Model) -> None:
    assert Model.from_formula(text, **given) == model


def test_what_belongs_to_the_fit_is_told() -> None:
    with pytest.warns(MlmteachWarning, match=r"model\.fit\(data, points=9\)") as caught:
        Model.from_formula("glmer(y ~ x + (1 | g), family = binomial, nAGQ = 9L)")
    assert caught[0].filename == __file__
    with pytest.warns(MlmteachWarning, match=r"model\.fit\(data, reml=False\)"):
        Model.from_formula("lmer(y ~ x + (1 | g), d, REML = FALSE)")


@pytest.mark.parametrize(
    ("text", "given", "says"),
    [
        ("cbind(a, n - a) ~ x + (1 | g)", {}, "Say family='binomial'"),
        ("cbind(a, n - a) ~ x + (1 | g)", {"family": "poisson"}, "Say family='binomial'"),
        ("cbind(a, b) ~ x + (1 | g)", {"family": "binomial"},
         r"data\['n'\] = data\['a'\] \+ data\['b'\], and write cbind\(a, n - a\)"),
        ("cbind(a, 10 - a) ~ (1 | g)", {"family": "binomial"}, "a constant becomes one"),
        ("cbind(a, n - b) ~ (1 | g)", {"family": "binomial"}, "cannot be read"),
        ("cbind(a, b, c) ~ (1 | g)", {"family": "binomial"}, "cannot be read"),
        ("a / n ~ x + (1 | g)", {"family": "binomial"}, r"Write cbind\(a, n - a\).*trials='n'"),
        ("glmer(a/n ~ x + (1 | g), weights = n, family = binomial)", {}, "numbers of trials"),
        ("glmer(y ~ x + (1 | g), weights = w, family = poisson)", {}, "'weights ='"),
        ("glmer(y ~ x + (1 | g), family = binomial, subset = x > 3)", {}, "'subset ='"),
        ("y ~ x + offset(b) + (1 | g)", {"family": "poisson"}, r"write offset\(log\(t\)\)"),
        ("y ~ offset(log(t)) + offset(log(s)) + (1 | g)", {"family": "poisson"}, "not the log"),
        ("y ~ x + offset(b) + (1 | g)", {"family": "binomial"}, "only counts have an exposure"),
        ("y ~ x + offset(b) + (1 | g)", {}, "There are no offsets"),
        ("glmer(y ~ x + (1 | g), family = poisson)", {"family": "binomial"}, "Keep one of them"),
        ("cbind(a, n - a) ~ (1 | g)", {"family": "binomial", "trials": "m"}, "Keep one of them"),
        ("glmer(y ~ (1 | g), family = negative.binomial(2))", {}, "glmer.nb"),
        ("glmer(data = d)", {}, "has no formula"),
        ("y ~ x, z + (1 | g)", {}, "cannot be read"),
        ("y ~ x + (1 | g), family = Gamma", {}, "'Gamma' is not known"),
        ("y ~ x + (1 | g), family = binomial(cauchit)", {}, "does not go with the family"),
        ("a ~ (1 | g)", {"family": "binomial", "trials": "g"}, "also group"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_ends_in_a_remedy(
    text: str, given: dict[str, object], says: str
) -> None:
    with pytest.raises((FormulaError, OptionError), match=says) as caught:
        Model.from_formula(text, **given)
    assert caught.value.remedy.endswith((".", "?"))


def test_a_column_that_is_there_twice_is_named() -> None:
    exam = mlm.load("exam")
    twice = pd.concat([exam, exam[["standLRT"]]], axis=1)
    with pytest.raises(mlm.MlmteachError, match="two columns 'standLRT'"):
        Model.from_formula("normexam ~ standLRT + (1 | school)", data=twice)


# --- two groupings ----------------------------------------------------------------------------

NESTED = Model("y ~ x", group="g/h")


@pytest.mark.parametrize(
    ("formula", "model"),
    [
        ("y ~ x + (1 | g/h)", NESTED),
        ("y ~ x + (1 | g) + (1 | g:h)", NESTED),
        ("y ~ x + (1 | h:g) + (1 | g)", NESTED),
        ("y ~ x + (1 | `g`/h)", NESTED),
        ("y ~ x + (x | g/h)", Model("y ~ x", group="g/h", level2={"x": "U"}, level3={"x": "V"})),
        (
            "y ~ x + (x || g/h)",
            Model("y ~ x", group="g/h", level2={"x": "U"}, level3={"x": "V"},
                  covariance="diagonal"),
        ),
        ("y ~ x + (x | g) + (1 | g:h)", Model("y ~ x", group="g/h", level3={"x": "V"})),
        (
            "y ~ x + (1 | g) + (0 + x | g:h) + (1 | g:h)",
            Model("y ~ x", group="g/h", level2={"x": "U"}, covariance="diagonal"),
        ),
        (
            "y ~ x * z * w + (x | g:h) + (1 + z | g)",
            Model(
                "y ~ x",
                group="g/h",
                level2={"intercept": "z + U", "x": "z + U"},
                level3={"intercept": "w + V", "z": "w + V", "x": "w", "z:x": "w"},
            ),
        ),
        ("y ~ (1 | g/h)", Model("y ~ 1", group="g/h")),
        (
            "y ~ z + (1 | g:h) + (0 + z | g)",  # δ_01k has a V, and δ_00k none
            Model("y ~ 1", group="g/h", level2={"intercept": "z + U"},
                  level3={"intercept": "1", "z": "V"}),
        ),
        ("y ~ x + (1 | g) + (1 | h)", Model("y ~ x", group="g * h")),
        (
            "y ~ x + z + w + (x | g) + (1 | h)",
            Model("y ~ x", group="g * h", level2={"intercept": "z + U", "x": "U"},
                  level3={"intercept": "w + V"}),
        ),
        (
            "y ~ x * w + z:w + (1 | g) + (x | h)",  # a product of both groupings
            Model("y ~ x", group="g * h",
                  level3={"intercept": "w + w:z + V", "x": "w + V"}),
        ),
        # as psycholinguists write it: a condition of items, with a slope in each subject
        ("y ~ w + (w | subject) + (1 | item)",
         Model("y ~ w", group="subject * item", level2={"w": "U"})),
        ("glmer(y ~ x + (1 | g/h), family = binomial)",
         Model("y ~ x", group="g/h", family="binomial")),
    ],
)  # fmt: skip
def test_two_groupings_are_read(formula: str, model: Model) -> None:
    assert Model.from_formula(formula, level2=["z"], level3=["w"]) == model


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("y ~ x + (z | g:h) + (1 | g)", "does not vary within 'h'"),
        ("y ~ x + (1 | g:h) + (w | g)", "does not vary within 'g'"),
        ("y ~ x + (1 | g:h) + (w | g:h) + (1 | g)", "effect of the intercept"),
        ("y ~ x + (z | g) + (1 | h)", "does not vary within 'g'"),
        ("y ~ x + (1 | g) + (w | h)", "does not vary within 'h'"),
    ],
)
def test_effects_of_what_does_not_vary_within_groups(formula: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        Model.from_formula(formula, level2=["z"], level3=["w"])


def test_group_may_be_told_beside_a_formula() -> None:
    assert Model.from_formula("y ~ x", group="g/h") == NESTED
    assert Model.from_formula("y ~ x + (1 | g/h)", group="g / h") == NESTED
    assert Model.from_formula("y ~ x", group="g * h") == Model("y ~ x", group="g * h")
    with pytest.raises(ModelError, match=r"groups by 'g/h', `group` says 'h/g'"):
        Model.from_formula("y ~ x + (1 | g/h)", group="h/g")
    with pytest.raises(ModelError, match=r"groups by 'g \* h', `group` says 'g/h'"):
        Model.from_formula("y ~ x + (1 | g) + (1 | h)", group="g/h")


def classes(*, again: bool) -> pd.DataFrame:
    """Four schools of three classes of four pupils; whether class 1 is in each school."""
    frame = pd.DataFrame(
        [(s, c, p) for s in range(4) for c in range(3) for p in range(4)],
        columns=["school", "class", "x"],
    )
    if not again:
        frame["class"] += 3 * frame["school"]
    size, kind = frame["school"] * 10, frame["school"] + frame["class"]
    return frame.assign(y=(frame["x"] * 7 + frame["class"]) % 5, size=size, kind=kind)


def test_data_tell_nested_from_crossed_groupings() -> None:
    """Identifiers that are used once each lie within a school; class 1 of each school does not."""
    formula = "y ~ x + kind + size + (1 | school) + (1 | class)"
    nested = Model("y ~ x", group="school/class", level2={"intercept": "kind + U"},
                   level3={"intercept": "size + V"})  # fmt: skip
    assert Model.from_formula(formula, data=classes(again=False)) == nested
    turned = formula.replace("(1 | school) + (1 | class)", "(1 | class) + (1 | school)")
    assert Model.from_formula(turned, data=classes(again=False)) == nested
    crossed = Model.from_formula(formula, data=classes(again=True))
    assert crossed.grouping.crossed
    told = formula.replace("(1 | school) + (1 | class)", "(1 | school/class)")
    assert Model.from_formula(told, data=classes(again=True)) == nested


def test_a_condition_of_items_may_have_a_slope_in_each_subject() -> None:
    pairs = [(s, i) for s in range(5) for i in range(6)]
    frame = pd.DataFrame(pairs, columns=["subject", "item"])
    frame = frame.assign(cond=frame["item"] % 2, age=frame["subject"] * 3, y=range(30))
    model = Model.from_formula("y ~ cond * age + (cond | subject) + (1 | item)", data=frame)
    assert model == Model(
        "y ~ cond", group="subject * item", level2={"intercept": "age + U", "cond": "age + U"}
    )
    plain = Model.from_formula("y ~ cond + age + (1 | subject) + (1 | item)", data=frame)
    assert plain == Model(
        "y ~ 1",
        group="subject * item",
        level2={"intercept": "age + U"},
        level3={"intercept": "cond + V"},
    )


@given(model=with_two_groupings())
@settings(max_examples=150)
def test_the_formula_of_a_model_with_two_groupings_reads_back(model: Model) -> None:
    """But for the order of terms: that of a coefficient without a mean is not in a formula."""
    read = Model.from_formula(model.formula, level2=LEVEL2, level3=LEVEL3)
    assert (read.grouping, meaning(read)) == (model.grouping, meaning(model))
    again = Model.from_formula(read.formula, level2=LEVEL2, level3=LEVEL3)
    assert meaning(again) == meaning(read)


def meaning(model: Model) -> tuple[set[object], ...]:
    """The γ's by what they multiply, and which effects may correlate."""

    def factors(term: Term) -> frozenset[object]:
        return frozenset(term.factors)

    levels = {tuple(map(factors, (g.level1, g.level2, g.level3))) for g in model.gammas}
    lower = {frozenset(factors(model.random[i].term) for i in block) for block in model.blocks}
    upper = [e.term for e in model.upper_random]
    return levels, lower, {frozenset(factors(upper[i]) for i in b) for b in model.upper_blocks}
