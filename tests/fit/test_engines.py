"""What every fit goes through: checks, warnings, and the choice of the engine."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import (
    FitError,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.engines import scale_messages, singular_messages
from mlmteach.fit.moments import cross_products
from tests.fit.handmade import cases, data, design, fit_handmade, reference_design, simple_design


def test_an_unknown_engine_is_an_error():
    with pytest.raises(OptionError, match="'profiled' or 'statsmodels'"):
        fit_handmade(simple_design(), engine="lme4")


def test_a_model_without_random_coefficients_is_an_error():
    y, _, _, codes = data(4)
    with pytest.raises(FitError, match="Add U to the equation"):
        fit_handmade(design(y, {"Intercept": 1.0}, {}, codes))


def test_models_without_fixed_intercept_and_without_fixed_part():
    y, x, _, codes = data(4)
    one = {"Intercept": 1.0}
    without = fit_handmade(design(y, {"x": x}, one, codes))
    assert list(without.params.index) == ["x"]
    assert without.converged
    nothing = fit_handmade(design(y, {}, one, codes))
    assert len(nothing.params) == 0
    assert nothing.converged
    # REML is ML when there is nothing fixed
    assert nothing.criterion == fit_handmade(design(y, {}, one, codes), reml=False).criterion


def test_a_singular_fit_warns_in_words():
    with pytest.warns(SingularFitWarning, match="variance of the random intercept is estimated as"):
        fit = fit_handmade(reference_design(cases()["dyestuff2_reml"]))
    assert fit.singular
    assert fit.converged
    assert "is estimated as zero" in str(fit.summary())


@pytest.mark.parametrize(("scale", "unit"), [(1e-8, "1e-8"), (1e8, "1e8")])
def test_a_unit_is_proposed_for_extreme_predictors(scale, unit):
    plain = fit_handmade(simple_design())
    with pytest.warns(ScaleWarning, match=f"'x'.*Divide it by {unit} "):
        fit = fit_handmade(simple_design(scale=scale))
    assert_allclose(fit.params * [1.0, scale], plain.params, rtol=1e-6)


def test_subtraction_is_proposed_for_far_away_predictors():
    plain = fit_handmade(simple_design())
    with pytest.warns(ScaleWarning, match=r"'x'.*Subtract 1e\+08"):
        fit = fit_handmade(simple_design(shift=1e8))
    assert fit.params["x"] == pytest.approx(plain.params["x"], rel=1e-6)
    assert fit.criterion == pytest.approx(plain.criterion, abs=1e-5)


def test_a_model_and_a_frame():
    """lme4: sleep_corr_reml of the reference."""
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    expected = cases()["sleep_corr_reml"]["r"]
    assert fit.criterion == pytest.approx(expected["reml_criterion"], abs=1e-5)
    assert fit.params["Days"] == pytest.approx(expected["fixed"]["Days"]["est"], rel=1e-6)
    assert fit.model.bound
    assert len(fit.frame) == fit.nobs == 180
    assert fit.dropped == 0


def test_reml_is_true_or_false(frame):
    with pytest.raises(OptionError, match="reml='ML'"):
        mlm.Model("Reaction ~ Days", group="Subject").fit(frame, reml="ML")


NAMES = ["Intercept", "ses", "female"]


def test_no_message_without_need():
    assert singular_messages(np.eye(3), NAMES) == ()


def test_zero_variances_are_named():
    first, second = singular_messages(np.diag([1.0, 0.0, 0.0]), NAMES)
    assert first.startswith("The variance of the random slope of ses is estimated as zero")
    assert second.startswith("The variance of the random slope of female is estimated as zero")


@pytest.mark.parametrize(("sign", "text"), [(1.0, "as 1:"), (-1.0, "as −1:")])
def test_perfect_correlations_are_named(sign, text):
    t = np.diag([4.0, 1.0, 1.0])
    t[0, 1] = t[1, 0] = 2.0 * sign
    (message,) = singular_messages(t, NAMES)
    assert "between the random intercept and the random slope of ses" in message
    assert text in message


def test_a_rank_without_a_perfect_correlation():
    v = np.array([[1.0, 0.5], [0.3, 1.0], [1.0, -0.4]])
    (message,) = singular_messages(v @ v.T, NAMES)
    assert singular_messages(v @ v.T, NAMES, matrix="Φ")[0] == message.replace("T is", "Φ is")
    assert message.startswith("T is estimated with rank 2 instead of 3")


def test_units():
    rng = np.random.default_rng(0)
    n = 60
    columns = {
        "Intercept": 1.0,
        "income": rng.normal(3e6, 2e6, n),
        "year": rng.normal(0.0, 1.0, n) + 1e6,
        "ses": rng.normal(size=n),
    }
    d = design(rng.normal(size=n), columns, {"Intercept": 1.0}, np.arange(n) % 7)
    messages = scale_messages(cross_products(d).scaling, d.x_names, d.z_names)
    assert len(messages) == 2
    assert "'income'" in messages[0]
    assert "Divide it by 1e6 " in messages[0]
    assert "'year'" in messages[1]
    assert "Subtract 1e+06" in messages[1]


def test_a_warning_points_to_the_line_of_the_user():
    import mlmteach as mlm

    model = mlm.Model("Yield ~ 1", group="Batch")
    with pytest.warns(SingularFitWarning) as caught:
        model.fit(mlm.load("dyestuff2"))
    assert caught[0].filename == __file__


def test_messages_are_kept_with_the_fit():
    rng = np.random.default_rng(2)
    codes = np.arange(40) % 8
    y = rng.normal(size=40)
    y -= np.bincount(codes, y)[codes] / 5  # the groups' means are equal
    with pytest.warns(SingularFitWarning):
        fit = fit_handmade(design(y, {"Intercept": 1.0}, {"Intercept": 1.0}, codes))
    assert fit.singular
    assert fit.messages[0] in fit.summary().text
    assert fit.messages[0] in fit.summary().markdown


def test_the_engine_that_was_asked_for_is_used(monkeypatch):
    from mlmteach.fit import via_statsmodels

    def refused(*_):
        raise FitError("statsmodels was asked.", "It was.")

    monkeypatch.setattr(via_statsmodels, "estimate", refused)
    model = mlm.Model("Reaction ~ Days", group="Subject")
    assert model.fit(mlm.load("sleepstudy")).engine == "profiled"
    with pytest.raises(FitError, match="statsmodels was asked"):
        model.fit(mlm.load("sleepstudy"), engine="statsmodels")


@pytest.mark.parametrize(("noise", "warned"), [(1e-2, False), (1e-4, False), (1e-6, True)])
def test_predictors_that_nearly_say_the_same_are_named(noise: float, warned: bool) -> None:
    """At 1e-7, t was 0.297 for 0.276, and nothing said so."""
    hsb = mlm.load("hsb")
    rng = np.random.default_rng(1)
    frame = hsb.assign(w=hsb["ses"] + noise * rng.normal(size=len(hsb)))
    model = mlm.Model("mathach ~ ses + w", group="school")
    if not warned:
        assert model.fit(frame).messages == ()
        return
    with pytest.warns(ScaleWarning, match="'ses' and 'w' nearly say the same"):
        fit = model.fit(frame)
    assert "nearly say the same" in str(fit.summary())


@pytest.mark.parametrize("slope", ["", "U"])
def test_a_fixed_part_that_tells_all_groups_apart_is_refused(slope):
    """Without degrees of freedom between groups, τ² is any number: the criterion does not move."""
    sleep = mlm.load("sleepstudy").assign(late=lambda d: (d.Subject % 7).astype(float))
    level2 = {"intercept": "late + U", **({"Days": slope} if slope else {})}
    model = mlm.Model("Reaction ~ Days", group="Subject", level2=level2)
    subjects = sleep.Subject.unique()
    with pytest.raises(FitError, match=r"tells all groups apart.*fit the model to more groups"):
        model.fit(sleep[sleep.Subject.isin(subjects[:2])])
    assert model.fit(sleep[sleep.Subject.isin(subjects[:6])]).ngroups == 6
