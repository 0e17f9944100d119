"""The words of a figure come from the codebook, or from the columns' names."""

import re
from collections.abc import Callable
from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import MlmteachError
from mlmteach.plot.words import expected_outcome, label, letter, number, significant, symbol, words
from tests.fit.families import fit_of


@pytest.fixture(scope="module")
def bare() -> Fit:
    """A fit of data that nobody has described, by a model without a codebook."""
    frame = mlm.load("sleepstudy")
    frame.attrs.clear()
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    coefficients = fit.model.coefficients
    return fit.with_changes(model=fit.model.expanded(coefficients=coefficients, codebook=None))


def test_words_of_the_codebook(full: Fit, sleep: Fit) -> None:
    assert (words(full).groups, words(full).outcome) == ("schools", "points of mathach")
    assert (words(sleep).groups, words(sleep).outcome) == (
        "subjects",
        "milliseconds of Reaction",
    )
    assert symbol(full, "ses") == "SES"
    assert label(full, "size") == "size (students)"


def test_without_a_codebook_columns_name_themselves(bare: Fit) -> None:
    assert (words(bare).groups, words(bare).outcome) == ("groups (Subject)", "units of Reaction")
    assert symbol(bare, "Days") == label(bare, "Days") == "Days"


def test_a_column_without_an_entry_names_itself(full: Fit) -> None:
    assert symbol(full, "other") == label(full, "other") == "other"


def test_numbers_have_a_true_minus() -> None:
    assert number(-0.5) == "−0.50"
    assert number(1234.567, 1) == "1234.6"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (-7.4, "−7.4"),
        (0.0, "0"),
        (12345.6, "12346"),
        (-2e-9, "−2.00 × 10⁻⁹"),
        (1.5e8, "1.500 × 10⁸"),
    ],
)
def test_significant_digits_have_no_exponent_of_programs(value: float, told: str) -> None:
    assert significant(value) == told


@pytest.mark.parametrize(
    ("kind", "indices", "shown"),
    [
        ("gamma", {"q": 2, "s": 1}, "γ₂₁"),
        ("effect", {"q": 3}, "U₃ⱼ"),
        ("variance", {"q": 0}, "τ₀²"),
        ("covariance", {"q": 0, "r": 1}, "τ₀₁"),
        ("beta", {"q": 1}, "β₁ⱼ"),
    ],
)
def test_symbols_are_those_of_the_slides(kind: str, indices: dict[str, int], shown: str) -> None:
    assert letter(kind, **indices) == shown


def test_other_families_have_the_units_of_their_link() -> None:
    assert words(fit_of("cbpp")).outcome == "log-odds of incidence"
    assert words(fit_of("cbpp_probit")).outcome == "probits of incidence"
    assert words(fit_of("cbpp_cloglog")).outcome == "log-hazards of incidence"
    assert words(fit_of("counts_slope")).outcome == "log rates of y"
    assert expected_outcome(fit_of("hsb")) == "probability of passed"
    assert expected_outcome(fit_of("counts_slope")) == "expected y per time"


def test_the_event_is_named_where_it_is_a_category() -> None:
    frame = mlm.load("contraception").replace({"use": {0: "no", 1: "yes"}})
    model = mlm.Model("use ~ age", group="district", family="binomial", event="yes")
    fit = model.fit(frame)
    assert expected_outcome(fit) == "probability of use = yes"
    assert words(fit).outcome == "log-odds of use = yes"


def test_fitted_counts_of_rows_are_no_rates() -> None:
    fit = fit_of("counts_slope")
    assert expected_outcome(fit, per_row=True) == "expected y"
    figure = mlm.plot.binned_residuals(fit)
    assert figure.canvas.axes[0].get_xlabel() == "fitted expected y"


# Every picture is right for a yes/no outcome, or says which picture is.
RIGHT: dict[str, Callable[[Any], Any]] = {
    "binned_residuals": lambda fit: mlm.plot.binned_residuals(fit),
    "caterpillar": lambda fit: mlm.plot.caterpillar(fit),
    "coefficients": lambda fit: mlm.plot.coefficients(fit),
    "cross_level": lambda _: mlm.plot.cross_level(fit_of("hsb_cross"), "size100:ses"),
    "johnson_neyman": lambda _: mlm.plot.johnson_neyman(fit_of("hsb_cross"), "size100:ses"),
    "diagram": lambda fit: mlm.plot.diagram(fit),
    "ellipse": lambda fit: mlm.plot.ellipse(fit),
    "probability_curves": lambda fit: mlm.plot.probability_curves(fit, "age"),
    "variance_function": lambda fit: mlm.plot.variance_function(fit, "urban"),
    "variance_partition": lambda fit: mlm.plot.variance_partition(fit),
    # both fit anew many times, so they have few rows
    "influence": lambda _: mlm.plot.influence(fit_of("cbpp")),
    "profile": lambda _: mlm.plot.profile(fit_of("cbpp"), ["Intercept", "sd(Intercept)"], points=3),
}
REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "fitted": (lambda fit: mlm.plot.fitted(fit), "binned_residuals"),
    "group_lines": (lambda fit: mlm.plot.group_lines(fit, "age"), "probability_curves"),
    "residual_predictor": (lambda fit: mlm.plot.residual_predictor(fit, "age"), "binned_residuals"),
    "residual_qq": (lambda fit: mlm.plot.residual_qq(fit), "binned_residuals"),
    "residual_spread": (lambda fit: mlm.plot.residual_spread(fit), "binned_residuals"),
    "rootogram": (lambda fit: mlm.plot.rootogram(fit), "binned_residuals"),
    "shrinkage": (lambda fit: mlm.plot.shrinkage(fit), "caterpillar"),
}
OF_FRAMES = {"Figure", "distributions", "strips", "within_between"}


def test_every_picture_is_tried_with_a_yes_and_no() -> None:
    assert set(RIGHT) | set(REFUSED) | OF_FRAMES == set(mlm.plot.__all__)


@pytest.mark.parametrize("name", RIGHT)
def test_a_picture_is_right_for_a_yes_and_no(name: str) -> None:
    figure = RIGHT[name](fit_of("contraception_slope"))
    text = f"{figure.caption} {figure.alt}"
    assert not re.search("σ|ε(?!\\.)|residual ε", text.replace("there is no ε", ""))
    assert "nan" not in text
    labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figure.canvas.axes)
    assert not re.search("units of (use|passed|incidence)", labels)


@pytest.mark.parametrize("name", REFUSED)
def test_or_says_which_picture_is(name: str) -> None:
    draw, instead = REFUSED[name]
    with pytest.raises(MlmteachError, match=instead):
        draw(fit_of("contraception_slope"))
