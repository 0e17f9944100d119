"""Methods and results as a paper writes them."""

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.interpret.report import report as write_report
from tests.interpret.checking import faults, unexplained
from tests.interpret.seeds import SEED, seed

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_report(name: str, language: str) -> None:
    fit = seed(name)
    report = fit.report(language=language)
    for text in (report.methods, report.results):
        assert list(faults(text, language)) == [], text
    assert f"{fit.ngroups}" in report.methods
    assert "REML" in report.methods
    facts = {f"{row.symbol} {k}": v for row in fit.interpret() for k, v in row.numbers.items()}
    facts |= {"marginal": fit.r2.marginal, "conditional": fit.r2.conditional}
    assert unexplained(report.results, facts, language) == []


def test_methods_count_rows_groups_and_what_was_left_out() -> None:
    frame = mlm.load("sleepstudy")
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    whole = fit.report().methods
    assert "180 " in whole
    assert "18 subjects" in whole
    assert "missing" not in whole
    frame.loc[[3, 40], "Reaction"] = None
    gaps = fit.model.fit(frame).report().methods
    assert "178 " in gaps
    assert "missing" in gaps
    assert "restricted maximum likelihood" in whole
    ml = fit.model.fit(mlm.load("sleepstudy"), reml=False).report().methods
    assert "restricted" not in ml


def test_what_does_not_correlate_is_said() -> None:
    frame = mlm.load("sleepstudy")
    slope = {"Days": "U"}
    free = mlm.Model("Reaction ~ Days", group="Subject", level2=slope).fit(frame)
    apart = mlm.Model("Reaction ~ Days", group="Subject", level2=slope, covariance="diagonal")
    assert "correlate 0.07" in free.report().results
    assert "correlate " not in apart.fit(frame).report().results
    assert "Not all random effects were allowed to correlate." in apart.fit(frame).report().methods


def test_a_null_model_explains_nothing_and_tests_nothing() -> None:
    report = seed("null").report()
    assert "explain" not in report.results
    assert "Satterthwaite" not in report.methods
    assert "Satterthwaite" in seed("level-1").report().methods
    assert "explain" in seed("level-1").report().results


def test_a_report_is_two_paragraphs() -> None:
    report = seed("null").report()
    shown = report._repr_mimebundle_()
    assert len(shown["text/markdown"].split("\n\n")) == 2
    assert " ".join(shown["text/plain"].split()) == f"{report.methods} {report.results}"
    assert max(map(len, shown["text/plain"].splitlines())) <= 96


def test_a_model_has_no_results() -> None:
    with pytest.raises(OptionError, match="Fit it first"):
        write_report(seed("null").model)


def test_methods_say_which_predictor_stands_where() -> None:
    report = seed("cross-level").report()
    methods = report.methods
    assert "At level 2, the intercept was modelled by school size and the sector." in methods
    assert "At level 2, the slope of SES was modelled by school size." in methods
    assert "Random effects let the intercept and the slope of SES vary between schools." in methods
    assert "the intercept and the slope of SES correlate 0.39" in report.results


def test_methods_count_what_was_left_out() -> None:
    frame = mlm.load("sleepstudy")
    frame.loc[[3, 40], "Reaction"] = None
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    assert "Rows with missing values were left out (2 of 180)." in fit.report().methods


def test_a_case_that_no_data_have_is_told_in_the_report_too() -> None:
    """Boys in girls' schools are the reference of the exam data, and there are none."""
    data = mlm.load("exam")
    model = mlm.Model("normexam ~ sex", group="school", level2={"intercept": "schgend + U"})
    for frame, empty in ((data, True), (data[data["schgend"] != "girls"], False)):
        fit = model.fit(frame)
        for text in (fit.interpret("γ_00").rows[0].full, fit.report().results):
            assert ("No pupil in these data is such a case." in text) == empty


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("ses", "The predictor at level 1 was SES."),
        ("ses + I(ses**2)", "The predictor at level 1 was SES (along a curve with SES²)."),
        ("center_within(ses)", "The predictor at level 1 was SES (centred within schools)."),
        ("scale(ses)", "The predictor at level 1 was SES (standardised)."),
        ("ses + female", "The predictors at level 1 were SES and sex."),
        (
            "ses * female",
            "The predictors at level 1 were SES, sex and the product of SES and sex.",
        ),
        ("ses + center_within(ses)", "The predictors at level 1 were SES and SES (centred within"),
    ],
)
def test_predictors_are_counted_and_not_the_items_of_a_list(formula: str, said: str) -> None:
    fit = mlm.Model(f"mathach ~ {formula}", group="school").fit(mlm.load("hsb"))
    assert said in fit.report().methods


def test_one_predictor_of_the_intercept_is_no_plural() -> None:
    model = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "sector + U"})
    fit = model.fit(mlm.load("hsb"))
    methods = fit.report(language="de").methods
    assert "Prädiktor des Achsenabschnitts auf der zweiten Ebene: Schulträger." in methods


def test_many_groups_that_vanished_are_not_all_named() -> None:
    frame = mlm.load("hsb")
    labels = list(dict.fromkeys(frame["school"]))
    frame.loc[frame["school"].isin(labels[:9]), "ses"] = None
    methods = mlm.Model("mathach ~ ses", group="school").fit(frame).report().methods
    named = ", ".join(map(str, labels[:4])) + f" and {labels[4]}."
    assert f"Of 160 schools, 151 are left; without any complete row are, among others, {named}" in (
        methods
    )
    null = mlm.Model("ses ~ 1", group="school").fit(frame).report().methods
    assert "That assumes that whether a row is complete does not depend on SES." in null


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_name_that_ends_in_a_full_stop_ends_a_sentence(language: str) -> None:
    frame = mlm.load("sleepstudy").rename(columns={"Days": "day no."})
    fit = mlm.Model("Reaction ~ `day no.`", group="Subject").fit(frame)
    report = fit.report(language=language)
    assert "day no." in report.methods
    assert ".." not in report.methods + report.results


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"family": "binomial", "trials": "size"},
            (
                "a two-level logistic model to the number of new cases",
                "What was modelled is the probability of a success, by the logit link.",
                "A success is one of the trials (herd size)",
                "with Laplace's approximation to the integral over the random effects",
                "use the normal distribution (z tests). Coefficients are reported as odds ratios",
            ),
        ),
        (
            {"family": "binomial", "trials": "size", "link": "probit"},
            ("a two-level probit model", "by the probit link.", "(z tests). Computations"),
        ),
        (
            {"family": "binomial", "trials": "size", "link": "cloglog"},
            ("a two-level complementary log-log model", "reported as hazard ratios, exp(γ)."),
        ),
        (
            {"family": "poisson", "exposure": "size"},
            (
                "a two-level Poisson model",
                "the expected number of new cases per unit of the herd size, by the log link.",
                "reported as rate ratios, exp(γ).",
            ),
        ),
    ],
)
def test_methods_say_family_link_and_approximation(
    options: dict[str, str], said: tuple[str, ...]
) -> None:
    model = mlm.Model("incidence ~ period", group="herd", **options)  # type: ignore[arg-type]
    report = model.fit(mlm.load("cbpp")).report()
    for text in said:
        assert text in report.methods
    for text in ("REML", "Satterthwaite"):
        assert text not in report.methods
    assert "On the scale of the link, the fixed part explains" in report.results


def test_methods_say_how_many_points() -> None:
    model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    fit = model.fit(mlm.load("cbpp"), points=5)
    assert "(5 points in each dimension)" in fit.report().methods
    assert "(5 Punkte je Dimension)" in fit.report(language="de").methods


def test_ratios_whose_interval_includes_1_are_told_together() -> None:
    fit = mlm.Model("use ~ age", group="district", family="binomial").fit(mlm.load("contraception"))
    unclear = "The interval of the ratio includes 1"
    assert (unclear in fit.interpret("age").rows[0].full) == (fit.pvalues["age"] > 0.05)
    report = fit.report().results
    assert ("even its sign is uncertain" in report) == (fit.pvalues["age"] > 0.05)
