"""Proof by numbers: the rendered full equation, read back, gives the fitted values."""

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix

import mlmteach as mlm
from mlmteach import Fit, Model
from mlmteach.model.columns import group_functions
from mlmteach.model.notation import PRESETS
from mlmteach.model.reading import read_statements, symbols_of
from mlmteach.model.reading.statements import WrittenSummand, WrittenVariable

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


def evaluate(summand: WrittenSummand, fit: Fit) -> np.ndarray:
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


def column(variable: WrittenVariable, fit: Fit) -> np.ndarray:
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
