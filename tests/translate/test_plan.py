"""From a model to columns, products and blocks: what every script is made of."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import ModelError
from mlmteach.model.predictor import Applied, Column
from mlmteach.translate import PROGRAMS
from mlmteach.translate.plan import Effects, Plan, make_plan, with_log_exposure
from mlmteach.translate.preparation import (
    Categories,
    Compute,
    GroupMean,
    Indicator,
)
from tests.translate.awkward import FORMULAS, TEXTS, awkward
from tests.translate.cases import CASES, GROUPED


@pytest.mark.parametrize("factors", [True, False])
@pytest.mark.parametrize("text", FORMULAS)
def test_the_data_tell_which_columns_are_texts(text: str, factors: bool) -> None:
    model = mlm.Model.from_formula(text, data=awkward())
    naming = PROGRAMS["lme4"].naming
    plan = make_plan(model, naming, factors=factors, reml=True, data="data")
    assert set(plan.texts) == TEXTS & set(model.variables)
    indicators = [s for s in plan.steps if isinstance(s, Indicator)]
    assert all(isinstance(s.value, str) for s in indicators if s.column in plan.text_columns)


def test_categories_need_data() -> None:
    with pytest.raises(ModelError, match=r"bind\(data\)"):
        mlm.Model("y ~ C(treatment)", group="school").code("lme4")
    exam = mlm.load("exam")
    unbound = mlm.Model("normexam ~ sex", group="school", codebook=exam.attrs["codebook"])
    with pytest.raises(ModelError, match="'sex' is categorical"):
        unbound.code("lme4")
    assert 'levels = c("M", "F")' in str(unbound.bind(exam).code("lme4"))


def test_functions_that_cannot_be_translated_are_named() -> None:
    model = mlm.Model("mathach ~ bs(ses, df=4)", group="school")
    with pytest.raises(ModelError, match=r"'bs\(ses, df=4\)' is not known. Compute it"):
        model.code("stata")


def test_new_columns_keep_clear_of_the_data() -> None:
    model = mlm.Model(
        "y ~ center_within(x) + x_within", group="g", level2={"intercept": "x_mean + U"}
    )
    source = str(model.code("spss"))
    assert "COMPUTE x_within_2 = x - x_mean_2." in source


@pytest.mark.parametrize("term", ["C(sex, contr.sum)", "poly(standLRT, 2)", "bs(standLRT, df=4)"])
def test_codings_that_are_no_dummies_are_refused(term: str) -> None:
    """Indicators in their place would be the same space with other coefficients, or nonsense."""
    model = mlm.Model(f"normexam ~ {term}", group="school", data=mlm.load("exam"))
    with pytest.raises(ModelError, match="coding that cannot be written"):
        model.code("lme4")


def plan(model: mlm.Model, program: str = "lme4") -> Plan:
    known = PROGRAMS[program]
    return make_plan(model, known.naming, factors=known.factors, reml=True, data="hsb")


def test_terms_are_products_of_columns_and_the_empty_one_is_the_intercept() -> None:
    found = plan(CASES["cross_level"].model)
    assert found.outcome == "mathach"
    assert found.groups == ("school",)
    assert found.fixed == (
        (),
        ("size",),
        ("sector",),
        ("ses",),
        ("size", "ses"),
        ("minority",),
        ("female",),
    )
    assert found.random == (Effects(("school",), (((), ("ses",)),)),)
    assert set(found.used) == {"mathach", "school", *found.predictors}
    assert (found.steps, found.complete_first, found.crossed) == ((), False, False)


def test_blocks_and_a_diagonal_are_told_apart() -> None:
    diagonal, blocks, null = (
        plan(CASES[name].model).random for name in ("diagonal", "blocks", "null")
    )
    assert diagonal == (Effects(("Subject",), (((),), (("Days",),))),)
    assert diagonal[0].diagonal
    assert blocks == (Effects(("school",), (((), ("minority",)), (("ses",),))),)
    assert not blocks[0].diagonal
    assert not null[0].diagonal


def test_the_groups_of_level_2_are_told_apart_by_both_columns() -> None:
    found = plan(GROUPED["levels"].model)
    lower, upper = found.random
    assert lower == Effects(("school", "class"), (((), ("x_within",)),))
    assert upper == Effects(("school",), (((), ("z",)),))
    assert (found.groups, found.crossed, found.single) == (("school", "class"), False, False)
    assert GroupMean("x_mean", "x", ("school", "class")) in found.steps
    assert found.bars(":") == [(lower, "school:class"), (upper, "school")]
    (same,) = plan(GROUPED["nested"].model).bars(":")
    assert same == (Effects(("school", "class"), (((),),)), "school/class")


def test_crossed_groups_have_a_column_each() -> None:
    found = plan(GROUPED["crossed_slope"].model)
    assert [e.columns for e in found.random] == [("primary",), ("school",)]
    assert (found.groups, found.crossed) == (("primary", "school"), True)
    assert found.text_columns == ("primary",)


def test_programs_that_code_categories_get_them_whole() -> None:
    model = CASES["categories"].model
    assert set(plan(model).steps) == {
        Categories("sex", ("M", "F")),
        Categories("schgend", ("girls", "mixed", "boys")),
    }
    assert ("sex",) in plan(model).fixed
    steps = plan(model, "stata").steps
    assert [(step.name, step.column, step.value) for step in steps] == [
        ("schgend_mixed", "schgend", "mixed"),
        ("schgend_boys", "schgend", "boys"),
        ("sex_F", "sex", "F"),
    ]


def test_where_a_program_would_code_otherwise_indicators_are_made() -> None:
    """A category that is coded in two ways is no column that a program codes in one."""
    for name in ("not_marginal", "diagonal_category"):
        steps = plan(CASES[name].model).steps
        assert set(steps) == {
            Indicator("minority_0", "minority", 0),
            Indicator("minority_1", "minority", 1),
        }, name


# --- a variance of ε that differs between rows ----------------------------------------------


def uneven(**options: object) -> mlm.Model:
    """The model with a variance for each sex, or with precisions."""
    hsb = mlm.load("hsb").assign(w=2.0)
    return mlm.Model("mathach ~ ses + female", group="school", data=hsb, **options)


BY, PRECISION = {"sigma2": mlm.by("female")}, {"precision": "w"}
WRITTEN = {
    "nlme": (
        BY | PRECISION,
        "weights = varComb(varIdent(form = ~ 1 | female), varFixed(~ I(1 / w))),",
    ),
    "nlme by": (BY, "  weights = varIdent(form = ~ 1 | female),"),
    "nlme precision": (PRECISION, "  weights = varFixed(~ I(1 / w)),"),
    "lme4": (PRECISION, "  weights = w,"),
    "stata": (BY, "residuals(independent, by(female))"),
    "sas": (BY | PRECISION, "  repeated / group=female_class;\n  weight w;"),
    "spss": (PRECISION, "  /REGWGT=w."),
    "mixedmodels.jl": (PRECISION, "    wts = data.w,"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_variance_that_differs_is_written(case: str) -> None:
    options, line = WRITTEN[case]
    assert line in str(uneven(**options).code(case.split()[0], data="data"))


@pytest.mark.parametrize("program", ["lme4", "spss", "mixedmodels.jl", "statsmodels"])
def test_a_program_with_one_variance_refuses_several(program: str) -> None:
    with pytest.raises(ModelError, match="one σ² for all rows") as error:
        uneven(**BY).code(program)
    assert "nlme" in error.value.remedy


@pytest.mark.parametrize("program", ["stata", "statsmodels"])
def test_a_program_without_precisions_refuses_them(program: str) -> None:
    with pytest.raises(ModelError, match="no precision weights"):
        uneven(**PRECISION).code(program)


def test_texts_that_choose_a_variance_are_read_as_they_are_written() -> None:
    model = mlm.Model("normexam ~ standLRT", group="school", sigma2=mlm.by("sex"))
    bound = model.bind(mlm.load("exam"))
    assert 'colClasses = c(sex = "character")' in str(bound.code("nlme"))
    stata = str(bound.code("stata"))
    assert "egen long sex_code = group(sex)" in stata
    assert "by(sex_code)" in stata
    assert "class school sex;" in str(bound.code("sas"))


# --- outcomes that are not normal ---------------------------------------------------------

NAMING = PROGRAMS["lme4"].naming


def test_trials_and_exposure_have_the_names_of_the_script() -> None:
    counts = Model("ticks ~ x", group="g", family="poisson", exposure="area (m)")
    plan = make_plan(counts, NAMING, factors=False, reml=False, data="data")
    assert plan.family.exposure == "area_m"
    assert plan.complete_first
    assert (plan.curved, plan.single) == (False, True)
    longer, name = with_log_exposure(plan, NAMING)
    assert name == "log_area_m"
    assert longer.steps == (Compute(name, Applied("log", Column("area_m"))),)
    none = make_plan(Model("y ~ x", group="g"), NAMING, factors=False, reml=True, data="data")
    assert with_log_exposure(none, NAMING) == (none, "")


def test_the_column_of_the_logarithm_keeps_clear_of_the_others() -> None:
    counts = Model("ticks ~ log(area)", group="g", family="poisson", exposure="area")
    plan = make_plan(counts, NAMING, factors=False, reml=False, data="data")
    assert plan.predictors == ("log_area",)
    assert with_log_exposure(plan, NAMING)[1] == "log_area_2"


@pytest.mark.parametrize(
    ("values", "event", "step"),
    [
        ([0, 1], None, None),
        ([0.0, 1.0], None, None),
        ([False, True], None, Indicator("y_True", "y", "True")),
        (["no", "yes"], "yes", Indicator("y_yes", "y", "yes")),
        ([0, 1], 0, Indicator("y_0", "y", 0)),
        ([1, 2], 2, Indicator("y_2", "y", 2)),
        ([1, 2], "2", Indicator("y_2", "y", 2)),
    ],
)
def test_the_event_is_made_1(values: list[object], event: object, step: Indicator | None) -> None:
    frame = pd.DataFrame({"y": values * 6, "g": [1, 1, 2, 2, 3, 3] * 2})
    model = Model("y ~ 1", group="g", family="binomial", event=event, data=frame)
    plan = make_plan(model, NAMING, factors=False, reml=False, data="data")
    assert plan.steps == (() if step is None else (step,))
    assert plan.outcome == ("y" if step is None else step.name)
    assert plan.text_columns == (("y",) if step and isinstance(step.value, str) else ())
