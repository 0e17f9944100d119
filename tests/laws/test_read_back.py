"""Proof by numbers: the rendered full equation, read back, gives the fitted values."""

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix

import mlmteach as mlm
from mlmteach import Fit, Model
from mlmteach.api import GeneralizedFit
from mlmteach.model.columns import group_functions
from mlmteach.model.notation import PRESETS
from mlmteach.model.reading import read_statements, symbols_of
from mlmteach.model.reading.statements import WrittenSummand, WrittenVariable
from tests.translate.cases import GROUPED, own_grouped_fit

DIGITS = 10
COVARIATES = "mathach ~ {} + minority + female"
MODELS = {
    "null": Model("mathach ~ 1", group="school"),
    "slope": Model(COVARIATES.format("ses"), group="school", level2={"ses": "U"}),
    "cross-level": Model(
        COVARIATES.format("ses"),
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    ),
    "centred": Model(
        COVARIATES.format("center_within(ses)"),
        group="school",
        level2={"intercept": "group_mean(ses) + log(size) + U", "center_within(ses)": "sector + U"},
    ),
    "category": Model("normexam ~ standLRT * sex", group="school", level2={"standLRT": "U"}),
}


@pytest.fixture(scope="module")
def fits() -> dict[str, Fit]:
    frames = {name: mlm.load("exam" if name == "category" else "hsb") for name in MODELS}
    return {name: model.fit(frames[name]) for name, model in MODELS.items()}


@pytest.fixture(scope="module")
def generalized() -> dict[str, GeneralizedFit]:
    """Fits of a yes/no outcome, and of counts with an exposure, in eighty schools."""
    rows = mlm.load("hsb")
    rows = rows[rows["school"].isin(rows["school"].unique()[:80])]
    rows["passed"] = rows["mathach"] > 12.75
    rows["points"] = rows["mathach"].clip(lower=0).round()
    rows["items"] = 20.0 + np.arange(len(rows)) % 5
    level2 = {"intercept": "sector + U", "minority": "U"}
    models = {
        "binomial": Model("passed ~ minority", group="school", level2=level2, family="binomial"),
        "poisson": Model("points ~ ses", group="school", family="poisson", exposure="items"),
    }
    return {name: model.fit(rows) for name, model in models.items()}


def evaluate(summand: WrittenSummand, fit: Fit | GeneralizedFit) -> np.ndarray:
    """Compute one term of the equation, shape (n,)."""
    value = np.full(len(fit.frame), summand.value)
    for letter in summand.letters:
        if letter.role == "effect":
            name = next(c.term.name for c in fit.model.random if c.index == letter.q)
            value *= fit.frame[fit.model.group].map(fit.random_effects[name]).to_numpy()
        else:  # ε, whose expected value is zero
            assert letter.role == "residual"
            value *= 0.0
    for variable in summand.variables:
        value *= column(variable, fit)
    return value


def column(variable: WrittenVariable, fit: Fit | GeneralizedFit) -> np.ndarray:
    """Compute a predictor, shape (n,); a contrast is 1 for its category."""
    factor, frame = variable.factor, fit.frame
    if factor.level is not None:
        return (frame[factor.expression] == factor.level).to_numpy(dtype=float)
    if factor.expression in frame:
        return frame[factor.expression].to_numpy(dtype=float)
    context = group_functions(frame[fit.model.group])
    return np.asarray(model_matrix(f"0 + {factor.expression}", frame, context=context))[:, 0]


@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize("form", ["latex", "text"])
@pytest.mark.parametrize("name", MODELS)
def test_the_equation_gives_the_fitted_values(
    fits: dict[str, Fit], name: str, form: str, notation: str
) -> None:
    fit = fits[name]
    equations = fit.equations(parts=("full",), notation=notation, show="estimates", digits=DIGITS)
    (statement,), _ = read_statements(
        getattr(equations, form), names=symbols_of(fit.model.codebook), columns=fit.frame.columns
    )
    values = sum(evaluate(summand, fit) for summand in statement.right[0])
    largest = max(1.0, float(fit.frame.select_dtypes("number").abs().to_numpy().max()))
    tolerance = 0.5 * 10.0**-DIGITS * largest * len(fit.params)  # the digits that are shown
    np.testing.assert_allclose(values, fit.fittedvalues.to_numpy(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize("form", ["latex", "text"])
@pytest.mark.parametrize("name", ["binomial", "poisson"])
def test_the_equation_gives_the_linear_predictor(
    generalized: dict[str, GeneralizedFit], name: str, form: str, notation: str
) -> None:
    fit = generalized[name]
    equations = fit.equations(parts=("full",), notation=notation, show="estimates", digits=DIGITS)
    statements, _ = read_statements(
        getattr(equations, form), names=symbols_of(fit.model.codebook), columns=fit.frame.columns
    )
    values = sum(evaluate(summand, fit) for summand in statements[-1].right[0])
    if (exposure := statements[0].said.exposure) is not None:  # of the rate, without its amount
        values = values + np.log(column(exposure, fit))
    np.testing.assert_allclose(values, fit.linear_predictor.to_numpy(), rtol=0, atol=1e-8)
    assert mlm.check_equations(equations.text, fit.model, estimates=fit, notation=notation) == ()


@pytest.mark.parametrize("name", MODELS)
def test_the_estimates_that_are_shown_are_right(fits: dict[str, Fit], name: str) -> None:
    fit = fits[name]
    for parts in (("level2",), ("full",)):
        text = fit.equations(parts=parts, show="estimates").latex
        assert mlm.check_equations(text, fit.model, estimates=fit.estimates) == ()


def test_standard_errors_are_passed_over(fits: dict[str, Fit]) -> None:
    fit = fits["cross-level"]
    for form in ("latex", "text"):
        options = {"parts": ("full",), "show": "estimates"}
        plain = getattr(fit.equations(**options), form)
        beneath = getattr(fit.equations(**options, standard_errors=True), form)
        names = symbols_of(fit.model.codebook)
        read = [read_statements(text, names=names)[0][0] for text in (plain, beneath)]
        values = [pd.Series([term.value for term in one.right[0]]) for one in read]
        pd.testing.assert_series_equal(*values)


@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize("name", ["levels", "apart", "crossed_slope"])
def test_estimates_of_two_groupings_are_right_and_read_back(name: str, notation: str) -> None:
    fit, case = own_grouped_fit(name), GROUPED[name]
    options = {"notation": notation, "show": "estimates", "distributions": True}
    for form in ("latex", "text"):
        text = getattr(fit.equations(**options), form)
        assert mlm.check_equations(text, fit.model, estimates=fit, notation=notation) == ()
        read = Model.from_equations(text, group=case.grouping, data=case.frame, notation=notation)
        assert read == fit.model


def test_a_wrong_estimate_of_level_3_is_named() -> None:
    fit = own_grouped_fit("apart")
    text = fit.equations(show="estimates", parts=("level3",), digits=3).text
    number = f"{fit.params['x']:.3f}"
    assert number in text
    (difference,) = mlm.check_equations(text.replace(number, "9.876"), fit.model, estimates=fit)
    assert difference.message == f"9.876 should be {number}, which is γ_100."
