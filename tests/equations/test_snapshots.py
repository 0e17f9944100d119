"""One picture of every preset and form, at fixed parameters; `make test-update` accepts changes."""

from typing import Any

import pandas as pd
import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.equations import PRESETS, Notation
from mlmteach.model.family import Family
from mlmteach.model.symbols import Coefficient
from mlmteach.model.terms import Factor, Term
from tests.equations.conftest import TWO_GROUPINGS, estimates_of_two_groupings

FORMS = ("latex", "text", "spoken")


@pytest.mark.parametrize("show", ["names", "symbols", "estimates"])
@pytest.mark.parametrize("notation", PRESETS)
def test_presets(
    snapshot: SnapshotAssertion,
    full: mlm.Model,
    estimates: mlm.Estimates,
    notation: str,
    show: str,
) -> None:
    numbers = {"estimates": estimates} if show == "estimates" else {}
    equations = full.equations(notation=notation, show=show, distributions=True, **numbers)
    assert {form: getattr(equations, form) for form in FORMS} == snapshot


@pytest.mark.parametrize("notation", PRESETS)
def test_a_single_slope(snapshot: SnapshotAssertion, notation: str) -> None:
    model = mlm.Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z + U"})
    equations = model.equations(notation=notation, show="symbols", distributions=True)
    assert {form: getattr(equations, form) for form in FORMS} == snapshot


@pytest.mark.parametrize("name", TWO_GROUPINGS)
@pytest.mark.parametrize("notation", PRESETS)
def test_two_groupings(snapshot: SnapshotAssertion, notation: str, name: str) -> None:
    model = TWO_GROUPINGS[name]
    equations = model.equations(notation=notation, distributions=True)
    forms = {form: getattr(equations, form) for form in FORMS}
    symbols = model.equations(notation=notation, show="symbols")
    forms["symbols"] = symbols.text
    forms["legend"] = "\n".join(f"{entry.text}: {entry.label}" for entry in symbols.legend)
    forms["German"] = model.equations(notation=notation, language="de", parts="level2").spoken
    assert forms == snapshot


@pytest.mark.parametrize("name", TWO_GROUPINGS)
def test_estimates_of_two_groupings(snapshot: SnapshotAssertion, name: str) -> None:
    model = TWO_GROUPINGS[name]
    equations = model.equations(
        estimates=estimates_of_two_groupings(model),
        standard_errors=True,
        distributions=True,
        braces=True,
        colour="coefficient",
    )
    forms = {form: getattr(equations, form) for form in FORMS}
    forms["steps"] = model.equations().steps().text
    assert forms == snapshot


@pytest.mark.parametrize("notation", ["slides", "raudenbush-bryk", "gelman-hill"])
@pytest.mark.parametrize("group", ["ward/patient", "ward * patient"])
def test_two_groupings_of_other_families(
    snapshot: SnapshotAssertion, group: str, notation: str
) -> None:
    model = mlm.Model(
        "falls ~ center_within(drugs)",
        group=group,
        family="poisson",
        exposure="days",
        level2={"intercept": "group_mean(drugs) + U"},
        level3={"intercept": "log(beds) + V"},
    )
    equations = model.equations(notation=notation, show="symbols", distributions=True)
    assert {form: getattr(equations, form) for form in FORMS} == snapshot


FAMILIES = {
    "logit": Family("binomial", "logit"),
    "probit of a category": Family("binomial", "probit", event="Y"),
    "cloglog of trials": Family("binomial", "cloglog", trials="size"),
    "counts with exposure": Family("poisson", "log", exposure="area"),
    "negative binomial": Family("negbin", "log"),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("notation", PRESETS)
def test_other_families(snapshot: SnapshotAssertion, notation: str, family: str) -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "z + U"}, family=FAMILIES[family])
    equations = model.equations(notation=notation)
    forms = {form: getattr(equations, form) for form in FORMS}
    forms["German"] = model.equations(notation=notation, language="de", parts="level1").spoken
    symbols = model.equations(notation=notation, show="symbols", parts="level1")
    forms["symbols"] = symbols.text
    forms["legend"] = "\n".join(f"{entry.text}: {entry.label}" for entry in symbols.legend)
    assert forms == snapshot


def test_estimates_of_a_negative_binomial_model(snapshot: SnapshotAssertion) -> None:
    model = mlm.Model("ticks ~ height", group="brood", family="negbin", exposure="area")
    estimates = mlm.Estimates(
        params=pd.Series([0.37, -0.025], index=["Intercept", "height"]),
        bse=pd.Series([0.2, 0.003], index=["Intercept", "height"]),
        cov_re=pd.DataFrame([[0.89]], index=["Intercept"], columns=["Intercept"]),
        scale=float("nan"),
        shape=1.62,
    )
    for notation in ("slides", "raudenbush-bryk"):
        equations = model.equations(
            notation=notation, estimates=estimates, standard_errors=True, distributions=True
        )
        forms = {form: getattr(equations, form) for form in FORMS}
        forms["steps"] = equations.steps().text
        assert forms == snapshot(name=notation)


@pytest.mark.parametrize(
    "options",
    [
        {"standard_errors": True},
        {"standard_errors": True, "braces": True, "wrap": 3},
        {"digits": 1},
        {"colour": "role", "parts": ("full",)},
        {"colour": "coefficient", "parts": ("level2", "full")},
        {"braces": True, "colour": "role", "notation": "gelman-hill", "parts": ("full",)},
    ],
    ids=str,
)
def test_options(
    snapshot: SnapshotAssertion, full: mlm.Model, estimates: mlm.Estimates, options: dict[str, Any]
) -> None:
    equations = full.equations(estimates=estimates, **options)
    assert {form: getattr(equations, form) for form in FORMS} == snapshot


def test_steps(snapshot: SnapshotAssertion, full: mlm.Model) -> None:
    steps = full.equations(parts=("full",)).steps()
    assert {form: getattr(steps, form) for form in ("markdown", "text", "spoken")} == snapshot


def test_an_awkward_model(snapshot: SnapshotAssertion) -> None:
    """No intercept, no means, contrasts, blocks, functions, and names that need care."""
    model = mlm.Model(
        "log(y) ~ 0 + center_within(ses) + sex + mean_x + sex:mean_x",
        group="g",
        level2={
            "center_within(ses)": "0 + group_mean(ses) + center(size) + U",
            "sex": "U",
            "mean_x": "0 + I(size ** 2) + U",
        },
        covariance=(("center_within(ses)", "mean_x"), ("sex",)),
    )
    sex = Factor("sex", "[T.F]")
    contrasts = {"sex": Term((sex,)), "sex:mean_x": Term((sex, Factor("mean_x")))}
    model = model.expanded(
        coefficients=tuple(
            Coefficient(c.index, contrasts.get(c.term.name, c.term), c.predictors, c.random)
            for c in model.coefficients
        ),
        codebook=None,
    )
    for show in ("names", "symbols"):
        equations = model.equations(show=show, distributions=True)
        assert {form: getattr(equations, form) for form in FORMS} == snapshot(name=show)


def test_a_notation_of_ones_own(snapshot: SnapshotAssertion) -> None:
    """Occasions t of person i, as growth models are often written."""
    growth = Notation(
        "growth",
        outcome="Y",
        level1="a_{q}",
        level2="X_{q}",
        unit="ti",
        group="i",
        intercept=r"\pi_{qi}",
        beta=r"\pi_{qi}",
        gamma0=r"\beta_{qs}",
        gamma=r"\beta_{qs}",
        effect0="r_{qi}",
        effect="r_{qi}",
        residual="e_{ti}",
    )
    model = mlm.Model(
        "reaction ~ center_within(days)", group="subject", level2={"center_within(days)": "age + U"}
    )
    for show in ("names", "symbols"):
        equations = model.equations(notation=growth, show=show, distributions=True)
        assert {form: getattr(equations, form) for form in FORMS} == snapshot(name=show)
