"""Odds, probabilities and averages, against R, numerical integration, and simulation."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit
from scipy.stats import norm

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError
from mlmteach.fit import readings
from mlmteach.fit.averaging import integral, latent_variance, linked
from mlmteach.fit.design import design_for_new
from mlmteach.model.family import Family
from mlmteach.model.places import Place
from tests.fit.families import fit_of
from tests.reference.glmer import frame

# --- averages of a fit, against R -------------------------------------------------------------

R = """
m <- glmer(use ~ age + I(age^2) + urban + livch + (1 + urban | district), contraception, binomial)
p0 <- c(getME(m, "theta"), fixef(m))
V <- 2 * solve(numDeriv::hessian(update(m, devFunOnly = TRUE), p0))
at <- function(p, x, g = plogis) {  # x a row of model.matrix(m)
  s <- sqrt(sum((t(matrix(c(p[1:2], 0, p[3]), 2)) %*% c(1, x[["urban"]]))^2))
  integrate(function(z) g(sum(x * p[-(1:3)]) + s * z) * dnorm(z), -8.5, 8.5, rel.tol = 1e-11)$value
}
with_se <- function(f) {
  j <- numDeriv::jacobian(f, p0); c(f(p0), sqrt(j %*% V %*% t(j)))
}
# expected:  with_se(function(p) at(p, x0)), x0 at age 10, urban 1, livch 2
# urban:     the mean over rows of at(urban = 1) - at(urban = 0); livch likewise, 2 less 0
# age:       the mean over rows of (p["age"] + 2 * p["I(age^2)"] * age) * at(p, x, dlogis)
"""


EXPECTED = (0.5486867065, 0.04489067035)
EFFECTS = {
    ("urban", "1 instead of 0"): (0.1617330698, 0.03456093677),
    ("livch", "2 instead of 0"): (0.1818135962, 0.03731481262),
    ("age", "per unit"): (0.0002133333774, 0.001743367722),
}


@pytest.fixture(scope="module")
def women():
    return fit_of("contraception_slope")


def test_expected_is_that_of_r(women):
    found = women.quantities.expected(at={"age": 10, "urban": 1, "livch": "2"})
    value, se = EXPECTED
    assert_allclose(found.average, value, rtol=1e-4)
    lower, upper = linked(women.model.family, np.array(found.average_interval))
    steepness = value * (1.0 - value)  # of the logit, in which the interval is symmetric
    assert_allclose((upper - lower) / 2.0, norm.ppf(0.975) * se / steepness, rtol=2e-3)
    assert_allclose((lower + upper) / 2.0, linked(women.model.family, value), rtol=1e-3)


@pytest.mark.parametrize("row", EFFECTS, ids=str)
def test_average_effects_are_those_of_r(women, row):
    value, se = EFFECTS[row]
    found = women.quantities.average_effects().loc[row]
    assert_allclose(found["effect"], value, atol=1e-3 * se)
    assert_allclose(found["SE"], se, rtol=2e-3)
    assert_allclose(found["z"], found["effect"] / found["SE"])
    assert_allclose(found["p"], 2.0 * norm.sf(abs(found["z"])))
    half = norm.ppf(0.975) * found["SE"]
    assert_allclose(found[["lower", "upper"]], found["effect"] + np.array([-half, half]))


def test_expected_is_the_mean_of_simulated_outcomes(women):
    """In groups drawn anew; the typical group and the 95 % range from the same draws."""
    at = {"age": -5.0, "urban": 1, "livch": "0"}
    found = women.quantities.expected(at=at)
    rng = np.random.default_rng(4)
    u = rng.multivariate_normal(np.zeros(2), women.cov_re.to_numpy(), size=400_000)
    gamma = women.params
    eta = gamma["Intercept"] - 5.0 * gamma["age"] + 25.0 * gamma["I(age ** 2)"] + gamma["urban"]
    p = expit(eta + u.sum(axis=1))
    assert_allclose(found.typical, expit(eta))
    assert_allclose(found.average, p.mean(), atol=4.0 * p.std() / np.sqrt(len(p)))
    assert_allclose(found.groups, np.quantile(p, [0.025, 0.975]), atol=2e-3)
    assert found.what == "probability"
    assert "urban = 1" in str(found.place)


def test_the_interval_of_the_typical_group_is_that_of_the_sum(women):
    found = women.quantities.expected(at={"livch": "1"}, level=0.9)
    sums = women.quantities.coefficient("Intercept", at={"livch": "1"}, level=0.9)
    assert_allclose(found.typical_interval, expit([sums.lower, sums.upper]))
    assert found.place == sums.place


def test_an_interval_of_the_average_covers():
    """90 % intervals hold the truth in about 90 % of small samples: 87 of 100 were seen."""
    rng, held = np.random.default_rng(12), 0
    group, x = np.repeat(np.arange(40), 8), rng.standard_normal(320)
    family = Family("binomial", "logit")
    truth = float(integral(family, np.array([-0.5]), np.array([1.0])).mean[0])
    model = mlm.Model("y ~ x", group="group", family="binomial")
    for _ in range(40):
        eta = -0.5 + 0.8 * x + rng.standard_normal(40)[group]
        y = rng.binomial(1, expit(eta))
        fit = model.fit(pd.DataFrame({"y": y, "x": x, "group": group}))
        low, high = fit.quantities.expected(at={"x": 0.0}, level=0.9).average_interval
        held += low < truth < high
    assert 31 <= held <= 40  # P = 0.98 of a binomial count with 0.9


# --- average effects of other shapes ------------------------------------------------------------


def test_aggregated_and_long_data_have_the_same_effects():
    one, other = (fit_of(key).quantities.average_effects() for key in ("cbpp", "cbpp_long"))
    assert_allclose(one, other, rtol=1e-4)
    assert list(one.index) == [("period", f"{k} instead of 1") for k in (2, 3, 4)]


def test_effects_on_counts_hold_the_exposure():
    """With the logarithm all integrals have closed forms: E[dμ/dx] by the moments of a normal."""
    fit = fit_of("counts_slope")
    data, t, gamma = frame("counts"), fit.cov_re.to_numpy(), fit.params
    x = data["x"]
    eta = gamma["Intercept"] + gamma["x"] * x + gamma["z"] * data["z"] + np.log(data["time"])
    mean = np.exp(eta + (t[0, 0] + 2.0 * t[0, 1] * x + t[1, 1] * x**2) / 2.0)
    found = fit.quantities.average_effects()["effect"]
    slope = ((gamma["x"] + t[0, 1] + t[1, 1] * x) * mean).mean()
    assert_allclose(found["x", "per unit"], slope, rtol=1e-6)
    assert_allclose(found["z", "per unit"], gamma["z"] * mean.mean(), rtol=1e-6)


def test_products_and_functions_move_with_their_variable():
    data = frame("contraception").assign(old=lambda d: d["age"] + 20.0)
    model = mlm.Model("use ~ log(old) * urban + livch", group="district", family="binomial")
    fit = model.fit(data)
    found = fit.quantities.average_effects()
    gamma, tau2 = fit.params, float(fit.cov_re.iloc[0, 0])
    assert list(dict.fromkeys(found.index.get_level_values(0))) == ["old", "urban", "livch"]

    def average(frame, variable=None):
        logs = np.log(frame["old"])
        eta = gamma["Intercept"] + gamma["log(old)"] * logs + gamma["urban"] * frame["urban"]
        eta = eta + gamma["log(old):urban"] * logs * frame["urban"]
        for name in ("1", "2", "3+"):
            eta = eta + gamma[f"livch[T.{name}]"] * (frame["livch"] == name)
        return integral(fit.model.family, eta.to_numpy(), np.full(len(eta), tau2)).mean.mean()

    up, down = (average(data.assign(old=data["old"] + step)) for step in (1e-4, -1e-4))
    assert_allclose(found["effect"]["old", "per unit"], (up - down) / 2e-4, rtol=1e-6)
    one, none = (average(data.assign(urban=value)) for value in (1.0, 0.0))
    assert_allclose(found["effect"]["urban", "1 instead of 0"], one - none, rtol=1e-9)


def test_level_2_predictors_and_means_of_groups_have_effects_of_their_own():
    data = mlm.load("hsb")
    data["passed"] = data["mathach"] > 12.75
    model = mlm.Model(
        "passed ~ center_within(ses)",
        group="school",
        level2={"intercept": "group_mean(ses) + size + U"},
        family="binomial",
    )
    fit = model.fit(data)
    found = fit.quantities.average_effects()["effect"].droplevel("change")
    slope = integral(
        fit.model.family, fit.fixed_part, np.full(fit.nobs, float(fit.cov_re.iloc[0, 0]))
    ).by_eta.mean()
    for name in ("center_within(ses)", "group_mean(ses)", "size"):
        assert_allclose(found[name], fit.params[name] * slope, rtol=1e-6)


SHAPES = [
    ("y ~ x + sex", {"intercept": "kind + z + U"}),
    ("y ~ log(x) * b + I(x ** 2)", {"intercept": "kind + U"}),
    ("y ~ C(sex, Sum) + x", {"intercept": "C(kind, Sum) + U"}),
    ("y ~ scale(x) * sex", {"intercept": "kind * z + U"}),
    ("y ~ bs(x, df=4) + sex", {}),
]


@pytest.mark.parametrize(("formula", "level2"), SHAPES, ids=str)
def test_effects_are_those_of_new_data(formula, level2):
    """A variable is moved in the data, and the columns are made anew as for a prediction."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(20), 15)
    data = pd.DataFrame({"g": g, "x": rng.uniform(1.0, 5.0, 300).round(2)})
    data = data.assign(
        sex=rng.choice(["f", "m"], 300),
        b=rng.random(300) < 0.4,
        kind=rng.choice(["p", "q", "r"], 20)[g],
        z=rng.normal(size=20).round(2)[g],
        y=rng.binomial(1, expit(-0.5 + 0.3 * data["x"] + rng.normal(size=20)[g])),
    )
    fit = mlm.Model(formula, group="g", level2=level2, family="binomial").fit(data)
    variance = np.full(300, float(fit.cov_re.iloc[0, 0]))

    def average(**moved):
        design = design_for_new(fit.model, fit.design.encoding, data.assign(**moved))
        return integral(fit.model.family, design.X @ fit.params.to_numpy(), variance).mean

    found = fit.quantities.average_effects()["effect"]
    for (name, change), effect in found.items():
        if change == "per unit":
            x = data[name]
            up, down = np.minimum(x + 1e-4, x.max()), np.maximum(x - 1e-4, x.min())
            slopes = (average(**{name: up}) - average(**{name: down})) / (up - down)
            assert_allclose(effect, slopes.mean(), rtol=1e-4, atol=1e-9)
            continue
        one, other = change.split(" instead of ")
        known = {"1": True, "0": False} if name == "b" else {}
        there, here = (average(**{name: known.get(v, v)}) for v in (one, other))
        assert_allclose(effect, (there - here).mean(), rtol=1e-9)
    words = set(re.findall(r"\w+", f"{formula} {level2}"))
    assert set(found.index.get_level_values(0)) == words & {"x", "sex", "kind", "z", "b"}


def test_a_model_without_predictors_has_no_effects():
    data = frame("cbpp")
    fit = mlm.Model("incidence ~ 1", group="herd", family="binomial", trials="size").fit(data)
    assert fit.quantities.average_effects().empty
    assert fit.quantities.ratios().empty
    share = integral(fit.model.family, fit.params.to_numpy(), fit.cov_re.to_numpy()[0]).mean
    assert_allclose(fit.quantities.expected().average, share)
    assert not fit.quantities.expected().place


# --- ratios --------------------------------------------------------------------------------------


def test_ratios_are_the_exponentials_of_intervals(women):
    found = women.quantities.ratios(level=0.9)
    half = norm.ppf(0.95) * women.bse
    names = list(women.params.index[1:])
    assert list(found.index) == names
    assert_allclose(found["ratio"], np.exp(women.params[names]))
    assert_allclose(found["lower"], np.exp(women.params - half)[names])
    assert_allclose(found["upper"], np.exp(women.params + half)[names])
    assert_allclose(found["p"], women.pvalues[names])
    assert found.columns.name == "odds ratio"
    assert fit_of("counts_slope").quantities.ratios().columns.name == "rate ratio"
    assert fit_of("cbpp_cloglog").quantities.ratios().columns.name == "hazard ratio"


@pytest.mark.parametrize("verb", ["ratios", "median_ratio"])
def test_a_probit_has_no_ratio(verb):
    with pytest.raises(ModelError, match=r"average_effects\(\).*link='logit'"):
        getattr(fit_of("cbpp_probit").quantities, verb)()


def test_the_median_ratio_is_the_median_of_ratios(women):
    found = women.quantities.median_ratio(at={"urban": 1})
    z = np.array([1.0, 1.0])
    sd = float(np.sqrt(z @ women.cov_re.to_numpy() @ z))
    rng = np.random.default_rng(1)
    ratios = np.exp(np.abs(sd * (rng.standard_normal(200_000) - rng.standard_normal(200_000))))
    assert_allclose(found, np.median(ratios), rtol=0.01)
    assert str(found.place) == "at urban = 1"
    assert women.quantities.median_ratio().place == Place(averaged="rows")
    # by hand: exp(0.95 * sqrt(tau2)), Merlo et al. (2006), who round 0.9539
    herds = fit_of("cbpp")
    tau = float(np.sqrt(herds.cov_re.iloc[0, 0]))
    assert_allclose(herds.quantities.median_ratio(), np.exp(0.953873 * tau), rtol=1e-6)


# --- the intraclass correlation on the scale of the link --------------------------------------


def test_the_latent_icc_of_yes_and_no(women):
    tau2 = float(fit_of("cbpp").cov_re.iloc[0, 0])
    assert_allclose(fit_of("cbpp").icc, tau2 / (tau2 + np.pi**2 / 3.0))
    probit, cloglog = fit_of("cbpp_probit"), fit_of("cbpp_cloglog")
    assert_allclose(probit.icc, probit.cov_re.iloc[0, 0] / (probit.cov_re.iloc[0, 0] + 1.0))
    own = float(cloglog.cov_re.iloc[0, 0])
    assert_allclose(cloglog.icc, own / (own + np.pi**2 / 6.0))
    t = women.cov_re.to_numpy()
    urban = t.sum() / (t.sum() + np.pi**2 / 3.0)
    assert_allclose(women.quantities.icc(at={"urban": 1}), urban)
    assert women.icc.place == Place(averaged="rows")
    share = frame("contraception")["urban"].mean()
    random = (1.0 - share) * t[0, 0] + share * t.sum()
    assert_allclose(women.icc, random / (random + np.pi**2 / 3.0))


def test_latent_variances_are_those_of_what_the_links_stand_for():
    rng = np.random.default_rng(3)
    draws = {"logit": rng.logistic(size=400_000), "cloglog": rng.gumbel(size=400_000)}
    for link, values in draws.items():
        assert_allclose(latent_variance(Family("binomial", link)), values.var(), rtol=0.01)
    counts = Family("poisson", "log")
    # R: log(1 + 1 / 3); log(1 + 1 / 3 + 1 / 2)
    assert_allclose(latent_variance(counts, 3.0), 0.2876820724517809)
    assert_allclose(latent_variance(Family("negbin", "log"), 3.0, 2.0), 0.6061358035703155)


def test_the_latent_icc_of_counts_by_hand():
    """Nakagawa et al. (2017): in a null model, λ = exp(β₀ + τ₀²/2), their equation 5.8."""
    null = mlm.Model("y ~ 1", group="group", family="poisson").fit(frame("counts"))
    tau2, gamma = float(null.cov_re.iloc[0, 0]), float(null.params.iloc[0])
    own = np.log(1.0 + 1.0 / np.exp(gamma + tau2 / 2.0))
    assert_allclose(null.icc, tau2 / (tau2 + own))
    assert not null.icc.place
    slopes = fit_of("counts_slope")
    at = {"x": 0.0, "z": 0.0, "time": 2.0}
    found = slopes.quantities.icc(at=at)
    tau2, gamma = float(slopes.cov_re.iloc[0, 0]), float(slopes.params.iloc[0])
    own = np.log(1.0 + 1.0 / (2.0 * np.exp(gamma + tau2 / 2.0)))
    assert_allclose(found, tau2 / (tau2 + own))
    assert "time = 2" in str(found.place)
    assert slopes.icc.place == Place(averaged="rows")
    data = frame("counts")
    by_hand = np.exp(
        np.log(data["time"])
        + slopes.params.to_numpy() @ np.array([np.ones(len(data)), data["z"], data["x"]])
        + 0.5 * (tau2 + data["x"] ** 2 * slopes.cov_re.iloc[1, 1])
        + data["x"] * slopes.cov_re.iloc[0, 1]
    )
    assert_allclose(slopes.mean_count, by_hand.mean())


def test_explained_variance_on_the_scale_of_the_link():
    """R: var(X %*% fixef(m)) / (that + tau2 + pi^2 / 3), as Nakagawa & Schielzeth (2013)."""
    fit = fit_of("hsb")
    fixed, tau2 = float(np.var(fit.fixed_part, ddof=1)), float(fit.cov_re.iloc[0, 0])
    total = fixed + tau2 + np.pi**2 / 3.0
    assert_allclose(fit.r2, [fixed / total, (fixed + tau2) / total])


# --- exposure, and what cannot be --------------------------------------------------------------


def test_a_rate_becomes_a_count_with_its_exposure():
    quantities = fit_of("counts_slope").quantities
    rate, count = quantities.expected(), quantities.expected(at={"time": 4})
    for name in ("typical", "average", "typical_interval", "average_interval", "groups"):
        assert_allclose(getattr(count, name), 4.0 * np.array(getattr(rate, name)))
    assert rate.what == "count"
    assert str(rate.place).endswith("time = 1")
    with pytest.raises(OptionError, match="exposure of 0.*'time': 1"):
        quantities.expected(at={"time": 0})


def test_places_that_are_none_are_refused(women):
    with pytest.raises(OptionError, match="does not depend on 'size'"):
        women.quantities.expected(at={"size": 1})
    with pytest.raises(OptionError, match="does not depend on 'age'"):
        women.quantities.icc(at={"age": 1})
    with pytest.raises(OptionError, match="between 0 and 1"):
        women.quantities.average_effects(level=95)


def test_what_is_expected_reads_as_a_sentence(women):
    text = str(women.quantities.expected(at={"urban": 1}))
    assert text.startswith("The expected probability, at age = 0.002198 (the mean over rows)")
    assert "averaged over groups" in text
    assert text.endswith(".")


def test_a_singular_fit_has_quantities_too():
    fit = fit_of("boundary")
    assert_allclose(fit.cov_re, 0.0)
    found = fit.quantities.expected(at={"x": 0.5})
    assert_allclose(found.average, found.typical)
    assert_allclose(found.average_interval, found.typical_interval, rtol=1e-6)
    assert_allclose(found.groups, found.typical)
    assert fit.quantities.median_ratio() == 1.0
    assert fit.icc == 0.0
    assert np.isfinite(fit.quantities.average_effects()).all(axis=None)


def test_readings_of_every_fit_are_z_tests(women):
    quantities = women.quantities
    found = quantities.coefficient("age")
    assert_allclose(found.t, women.tvalues["age"])
    assert found.df == np.inf
    lower, upper, mean, sd, place = quantities.plausible_range("urban")
    tau = float(np.sqrt(women.cov_re.loc["urban", "urban"]))
    assert_allclose([lower, upper], women.params["urban"] + tau * norm.ppf([0.025, 0.975]))
    assert (mean, sd) == (women.params["urban"], pytest.approx(tau))
    share = quantities.share_negative("urban")
    assert_allclose(share, norm.cdf(-women.params["urban"] / tau))
    assert not place


def test_sums_on_the_scale_of_the_link_are_z_tests(women):
    table = women.quantities.combinations({"both": {"urban": 1.0, "livch[T.1]": 1.0}})
    assert list(table.columns) == ["estimate", "SE", "z", "p", "lower", "upper"]
    weights = np.zeros(len(women.params))
    weights[[women.params.index.get_loc(name) for name in ("urban", "livch[T.1]")]] = 1.0
    estimate = float(weights @ women.params)
    se = float(np.sqrt(weights @ women.cov_params().to_numpy() @ weights))
    expected = [estimate, se, estimate / se, 2.0 * norm.sf(estimate / se)]
    assert_allclose(table.loc["both"].iloc[:4], expected)
    with pytest.raises(OptionError, match="z tests"):
        readings.combinations(women, {"x": {"urban": 1.0}}, df="kenward-roger")


def test_slopes_at_values_of_a_moderator():
    fit = fit_of("hsb_cross")
    table = fit.quantities.simple_slopes("ses", "size100", [5.0])
    slope = fit.params["ses"] + 5.0 * fit.params["size100:ses"]
    assert_allclose(table["estimate"], slope)
    region = fit.quantities.johnson_neyman("ses", "size100")
    for bound in region.bounds:
        edge = fit.quantities.coefficient("ses", at={"size100": bound})
        assert_allclose(abs(edge.t), norm.ppf(0.975), rtol=1e-6)
    assert len(region.bounds) == 2


def test_contextual_effects_of_log_odds():
    data = frame("hsb")
    model = mlm.Model(
        "passed ~ ses", group="school", level2={"intercept": "group_mean(ses) + U"},
        family="binomial",
    )  # fmt: skip
    fit = model.fit(data)
    table = fit.quantities.contextual_effects("ses", "group_mean(ses)")
    within, context = fit.params["ses"], fit.params["group_mean(ses)"]
    assert_allclose(table["estimate"], [within, within + context, context])
