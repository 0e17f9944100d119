"""A fit to a yes/no outcome or a count as text and as Markdown."""

from __future__ import annotations

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.display import escaped
from tests.fit.generalized_models import fit_of
from tests.reference.glmer import frame


def test_text_and_markdown_hold_the_numbers_of_the_fit():
    """R: summary(glmer(...)) of cbpp: estimates, standard errors and z; exp() of the estimates."""
    fit = fit_of("cbpp")
    summary = fit.summary()
    assert summary.fixed == [
        ("Fixed", "Estimate", "SE", "z", "p", "Odds ratio", "95 %"),
        ("Intercept", "−1.40", "0.23", "−6.02", "< 0.001", "", ""),
        ("period[T.2]", "−0.99", "0.31", "−3.24", "0.001", "0.371", "0.203 to 0.676"),
        ("period[T.3]", "−1.13", "0.33", "−3.46", "< 0.001", "0.323", "0.171 to 0.614"),
        ("period[T.4]", "−1.58", "0.43", "−3.70", "< 0.001", "0.206", "0.0891 to 0.476"),
    ]
    assert summary.random == [("Random", "Variance", "SD"), ("Intercept", "0.412", "0.642")]
    markdown = summary.markdown.replace("\N{NO-BREAK SPACE}", " ")
    for cells in (*summary.fixed, *summary.random):
        assert all(cell in summary.text for cell in cells)
        assert "| " + " | ".join([escaped(cells[0]), *cells[1:]]) + " |" in markdown
    assert str(summary) == repr(summary) == summary.text
    assert summary._repr_markdown_() == summary.markdown


def test_facts_of_successes():
    what, outcome, rows, criterion, level1 = fit_of("cbpp_agq9").summary().facts
    assert what.startswith("Two-level model of yes/no outcomes (binomial) with the link logit")
    assert what.endswith(
        "by maximum likelihood with adaptive Gauss-Hermite quadrature with 9 points."
    )
    assert outcome == "The outcome is incidence of size, of 842 trials in all."
    assert rows == "56 rows in 15 groups (herd)."
    assert criterion.startswith("Deviance (-2 log-likelihood) 183.9667, AIC 193.97")
    assert level1.startswith("There is no residual variance")
    assert "mπ(1 − π), m being the number of trials" in level1


@pytest.mark.parametrize(
    ("key", "ratio"), [("counts_slope", "Rate ratio"), ("cbpp_cloglog", "Hazard ratio")]
)
def test_ratios_are_called_what_they_are(key, ratio):
    fit = fit_of(key)
    table = fit.summary().fixed
    assert table[0][5] == ratio
    name = "x" if key == "counts_slope" else "period[T.2]"
    row = next(row for row in table if row[0] == name)
    assert float(row[5]) == pytest.approx(np.exp(fit.params[name]), rel=2e-3)
    low, high = map(float, row[6].split(" to "))
    assert [low, high] == pytest.approx(np.exp(fit.conf_int().loc[name]), rel=3e-3)


def test_a_probit_has_no_ratios():
    assert fit_of("cbpp_probit").summary().fixed[0] == ("Fixed", "Estimate", "SE", "z", "p")


def test_counts_per_exposure_with_a_slope():
    summary = fit_of("counts_slope").summary()
    assert "The outcome is y per time." in summary.facts
    assert summary.facts[-1].endswith("given its mean λ, an outcome has the variance λ.")
    assert summary.random[0] == ("Random", "Variance", "SD", "Correlations")
    assert summary.random[2][3] == "0.66"


def test_a_shape_an_event_and_messages():
    data = frame("boundary").assign(y=lambda rows: rows["y"].map({0: "no", 1: "yes"}))
    with pytest.warns(match="estimated as zero"):
        fit = mlm.Model("y ~ x", group="group", family="binomial", event="yes").fit(data)
    summary = fit.summary()
    assert "The event is y = yes, against no." in summary.facts
    assert f"Note: {fit.messages[0]}" in summary.text
    assert f"**Note.** {fit.messages[0]}" in summary.markdown
    with pytest.warns(match="estimated as zero"):
        counts = mlm.Model("count ~ x", group="group", family="negbin").fit(data)
    assert "has the variance λ + λ²/shape, with the shape 4.23." in counts.summary().text
