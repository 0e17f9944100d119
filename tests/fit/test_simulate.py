"""New outcomes, and fits to them."""

import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import (
    DataError,
    FitError,
    IncompleteWarning,
    OptionError,
    SingularFitWarning,
)
from mlmteach.fit import simulate
from mlmteach.fit.estimated import Estimated
from tests.fit.handmade import data, design, fit_handmade, reference_fit
from tests.fit.layered_models import frame_of, layered


@pytest.fixture(scope="module")
def fit():
    return reference_fit("sleep_corr_reml")


def test_seeded(fit):
    assert fit.simulate(2, seed=1).equals(fit.simulate(2, seed=1))
    assert not fit.simulate(1, seed=1).equals(fit.simulate(1, seed=2))
    assert list(fit.simulate(2).columns) == ["sim_1", "sim_2"]
    assert fit.simulate(2).shape == (180, 2)
    with pytest.raises(OptionError, match="0 replicates cannot be drawn"):
        fit.simulate(0)


def test_moments_of_simulated_outcomes(fit):
    """Mean X gamma; variance z'Tz + sigma2; covariance within groups z'Tz*."""
    y = fit.simulate(4000, seed=3).to_numpy() - fit.fixed_part[:, None]
    z = fit.design.Z
    t = fit.cov_re.to_numpy()
    variance = np.einsum("nq,qr,nr->n", z, t, z) + fit.scale
    assert np.abs(y.mean(axis=1)).max() < 4.5 * np.sqrt(variance.max() / 4000)
    assert_allclose(y.var(axis=1), variance, rtol=0.12)
    expected = z[0] @ t @ z[9]
    assert np.mean(y[0] * y[9]) == pytest.approx(expected, rel=0.2)
    assert abs(np.mean(y[0] * y[10])) < 0.1 * variance[0]  # row 10 is of another subject


class Given:
    """Stands in for a generator: hands out given numbers, first the normal ones."""

    def __init__(self, numbers, gamma=0.0):
        self.numbers, self.gamma, self.shapes = list(numbers), gamma, []

    def standard_normal(self, size):
        count = int(np.prod(size))
        taken, self.numbers = self.numbers[:count], self.numbers[count:]
        return np.reshape(taken, size).astype(float)

    def standard_gamma(self, shape):
        self.shapes.append(shape)
        return self.gamma


def small_law(seed):
    """Groups of one and two rows, a level-2 predictor, and one that repeats Z."""
    y, x, w, codes = data(seed, groups=9)
    columns = {"Intercept": 1.0, "x": x, "w": w, "v": np.sin(7 * x)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        fit = fit_handmade(design(y, columns, {"Intercept": 1.0, "x": x}, codes))
    return fit, simulate.MomentLaw.of(fit)


@pytest.mark.parametrize("seed", range(4))
def test_drawn_moments_have_the_covariances_of_an_outcomes(seed):
    """Z'y and X'y are linear in the numbers drawn; their covariance is W'(Z T Z' + sigma2 I)W."""
    fit, law = small_law(seed)
    moments, scaling = fit.moments, fit.moments.scaling
    groups, q, p = moments.groups, moments.q, moments.p
    count = 2 * groups * q + p

    def linear(numbers):
        drawn = law.draw(Given(numbers))
        return np.append(drawn.zw[:, :, -1].ravel(), drawn.ww[:-1, -1])

    mean = linear(np.zeros(count))
    slopes = np.array([linear(row) - mean for row in np.eye(count)])  # (count, Jq + p)
    z, x = fit.design.Z @ scaling.z, fit.design.X @ scaling.x
    apart = (np.eye(groups)[fit.design.codes][:, :, None] * z[:, None, :]).reshape(len(z), -1)
    columns = np.column_stack([apart, x])  # (n, Jq + p)
    t = law.sigma2 * np.kron(np.eye(groups), law.factor @ law.factor.T)
    v = apart @ t @ apart.T + law.sigma2 * np.eye(len(z))
    expected = columns.T @ v @ columns
    assert_allclose(slopes.T @ slopes, expected, atol=1e-9 * np.abs(expected).max())
    assert_allclose(mean, columns.T @ x @ law.gamma, atol=1e-9 * np.abs(mean).max())


@pytest.mark.parametrize("seed", range(4))
def test_drawn_sums_of_squares_are_those_of_some_outcome(seed):
    """y'y is what lies in the span of [Z, X], and a chi-square of the df outside it."""
    fit, law = small_law(seed)
    moments, scaling = fit.moments, fit.moments.scaling
    given = Given(np.random.default_rng(seed).normal(size=999), gamma=0.0)
    drawn = law.draw(given)
    z, x = fit.design.Z @ scaling.z, fit.design.X @ scaling.x
    apart = np.eye(moments.groups)[fit.design.codes][:, :, None] * z[:, None, :]
    columns = np.column_stack([apart.reshape(len(z), -1), x])
    target = np.append(drawn.zw[:, :, -1].ravel(), drawn.ww[:-1, -1])
    y = np.linalg.pinv(columns.T, rcond=1e-10) @ target  # the shortest outcome with these sums
    assert_allclose(columns.T @ y, target, atol=1e-8 * np.abs(target).max())
    assert_allclose(drawn.ww[-1, -1], y @ y, rtol=1e-8)
    left = len(z) - np.linalg.matrix_rank(columns, tol=1e-9)
    assert given.shapes == [left / 2.0]
    more = law.draw(Given(np.random.default_rng(seed).normal(size=999), gamma=1.5))
    assert_allclose(more.ww[-1, -1] - drawn.ww[-1, -1], 3.0 * law.sigma2)


@pytest.mark.parametrize("key", ["sleep_corr_reml", "seed_random_slope_ml", "sleep_uncorr_reml"])
def test_a_refit_is_the_fit_from_scratch(key):
    fit = reference_fit(key)
    y = fit.simulate(1, seed=5)["sim_1"].to_numpy()
    names = ("x_names", "z_names")
    x, z = (
        dict(zip(getattr(fit.design, name), m.T, strict=True))
        for name, m in zip(names, (fit.design.X, fit.design.Z), strict=True)
    )
    covariance = "diagonal" if len(fit.design.blocks) > 1 else "unstructured"
    anew = fit_handmade(design(y, x, z, fit.design.codes, covariance), reml=fit.reml)
    again = fit.refit(y)
    assert again.criterion == pytest.approx(anew.criterion, abs=1e-7)
    assert_allclose(again.params, anew.params, rtol=1e-5)
    assert_allclose(again.cov_re, anew.cov_re, rtol=1e-3, atol=1e-4 * anew.scale)
    assert_allclose(again.df, anew.df, rtol=1e-3)
    assert_allclose(again.resid, anew.resid, atol=1e-3 * np.sqrt(fit.scale))


def test_a_refit_to_the_same_outcome_is_the_same_fit(fit):
    again = fit.refit(fit.design.y)
    assert again.criterion == pytest.approx(fit.criterion, abs=1e-8)
    assert_allclose(again.cov_re, fit.cov_re, rtol=1e-5)


def test_a_refit_from_a_singular_fit_is_not_stuck():
    singular = reference_fit("dyestuff2_reml")
    regular = reference_fit("dyestuff_reml")
    assert singular.singular
    again = singular.refit(regular.design.y)
    assert again.criterion == pytest.approx(regular.criterion, abs=1e-8)
    assert not again.singular
    assert again.messages == ()


def test_a_singular_refit_says_so_without_a_warning():
    regular = reference_fit("dyestuff_reml")
    again = regular.refit(reference_fit("dyestuff2_reml").design.y)
    assert again.singular
    assert "estimated as zero" in again.messages[0]


def test_outcomes_that_do_not_fit_the_design(fit):
    with pytest.raises(DataError, match=r"shape \(3,\).*180 rows"):
        fit.refit([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="missing, infinite"):
        fit.refit(np.full(180, np.nan))


def test_refits_in_the_first_units_are_right_for_any_size():
    """The internal units are those of the first outcome; another may be far from them."""
    y, x, _, codes = data(6)
    columns = {"Intercept": 1.0, "x": x}
    fit = fit_handmade(design(y, columns, {"Intercept": 1.0}, codes))
    moments, optimum = simulate.reoptimise(fit, 1e6 * y + 1e7)
    assert optimum.converged
    assert moments.degrees(True) == len(y) - 2
    expected = fit.criterion + 2.0 * (len(y) - 2) * np.log(1e6)
    assert optimum.solution.criterion == pytest.approx(expected, abs=1e-5)


def test_a_series_is_brought_into_the_order_of_the_frame(fit):
    outcome = pd.Series(fit.design.y, index=fit.frame.index)
    shuffled = outcome.sample(frac=1, random_state=1)
    assert fit.refit(shuffled).criterion == pytest.approx(fit.criterion, abs=1e-7)


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (2.5, 1), ("3", 1), (2, -1), (2, "one")])
def test_counts_and_seeds_that_are_none(fit, n, seed):
    with pytest.raises(OptionError, match="cannot be drawn|is no seed"):
        fit.simulate(n, seed=seed)


def test_predictions(growth, frame):
    known = growth.predict(frame)
    assert_allclose(known, growth.fittedvalues)
    assert_allclose(growth.predict(), growth.fittedvalues)
    average = growth.predict(frame.head(3), groups="average")
    expected = growth.params["Intercept"] + growth.params["Days"] * frame["Days"].head(3)
    assert_allclose(average, expected)
    assert list(average.index) == [0, 1, 2]


def test_predictions_for_unknown_groups(growth):
    new = pd.DataFrame({"Days": [0.0, 1.0], "Subject": [308, 999]})
    with pytest.raises(DataError, match=r"group 999.*groups='average'"):
        growth.predict(new)
    assert len(growth.predict(new, groups="average")) == 2
    with pytest.raises(OptionError, match="'known' or 'average'"):
        growth.predict(new, groups="all")


def test_predictions_need_a_model():
    y, x, _, codes = data(2)
    bare = fit_handmade(design(y, {"Intercept": 1.0}, {"Intercept": 1.0}, codes))
    assert len(bare.predict()) == len(y)
    with pytest.raises(FitError, match="bare arrays"):
        bare.predict(pd.DataFrame({"x": x}))


def test_predictions_from_columns_that_cannot_be_used(growth, frame):
    with pytest.raises(DataError, match="no column 'Subject'"):
        growth.predict(frame.drop(columns="Subject"))
    with pytest.raises(DataError, match="infinite"):
        growth.predict(frame.assign(Days=np.inf))


@pytest.mark.parametrize("predictor", ["center_within(Days)", "group_mean(Days)"])
def test_what_is_measured_within_groups_needs_them(frame, predictor):
    rng = np.random.default_rng(1)
    days = frame["Days"] + rng.normal(size=len(frame))
    odd = frame.assign(Days=days, y=rng.normal(size=len(frame)) + frame["Subject"].astype(int) / 50)
    formula = f"y ~ {predictor} + (1 | Subject)"
    fitted = mlm.Model.from_formula(formula, data=odd).fit(odd)
    new = odd[["Days"]].head(4)
    with pytest.raises(DataError, match="no column 'Subject', within whose groups"):
        fitted.predict(new, groups="average")
    alone = fitted.predict(new.assign(Subject="new"), groups="average")
    value = new["Days"] - new["Days"].mean() if "within" in predictor else new["Days"].mean()
    assert_allclose(alone, fitted.params["Intercept"] + fitted.params[predictor] * value)


def test_an_interrupt_keeps_the_outcomes_that_were_drawn(fit, monkeypatch):
    honest, calls = Estimated.draw, []

    def interrupted(*given):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return honest(*given)

    monkeypatch.setattr(Estimated, "draw", interrupted)
    with pytest.warns(IncompleteWarning, match="3 of 50 outcomes were drawn"):
        found = fit.simulate(50, seed=1)
    assert found.equals(fit.simulate(3, seed=1))


# --- two groupings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("known", [52.649955, 62.866763, 71.670110]),
        ("Worker", [53.400102, 61.366768, 68.816866]),
        ("average", [52.355556, 60.322222, 66.272222]),
    ],
)
def test_predictions_of_three_levels(groups, expected):
    """R: predict(fit, machines[c(1, 20, 50), ], re.form = NULL, ~(1 | Worker) or NA), where
    fit <- lmer(score ~ Machine + (1 | Worker/Machine), machines), lme4 1.1-31."""
    fit, new = layered("machines"), frame_of("machines").iloc[[0, 19, 49]]
    assert_allclose(fit.predict(new, groups=groups), expected, atol=2e-6)
    assert_allclose(fit.predict(groups=groups).iloc[[0, 19, 49]], expected, atol=2e-6)


def test_a_new_class_of_a_known_school_has_the_effects_of_the_school():
    fit, new = layered("pastes"), frame_of("pastes").head(1).assign(cask="new")
    with pytest.raises(DataError, match="cask 'new' of batch 'A' was not .*groups='batch'"):
        fit.predict(new)
    expected = fit.params["Intercept"] + fit.random_effects["batch"].loc["A", "Intercept"]
    assert_allclose(fit.predict(new, groups="batch"), expected)
    assert_allclose(fit.predict(new.drop(columns="cask"), groups="batch"), expected)
    other = new.assign(batch="Z", cask="a")
    for groups in ("known", "batch"):
        with pytest.raises(DataError, match="The batch 'Z' was not .*Use groups='average'"):
            fit.predict(other, groups=groups)
    bare = new.drop(columns=["cask", "batch"])
    assert_allclose(fit.predict(bare, groups="average"), fit.params["Intercept"])
    with pytest.raises(DataError, match="no column 'batch'"):
        fit.predict(bare)
    with pytest.raises(OptionError, match="'known', 'average', 'cask' or 'batch'"):
        fit.predict(new, groups="school")


def test_ids_that_are_used_again_are_told_apart():
    fit, new = layered("pastes"), frame_of("pastes").query("cask == 'a'")
    assert fit.predict(new).nunique() == 10
    assert_allclose(fit.predict(new), fit.fittedvalues[new.index])


def numbered() -> pd.DataFrame:
    """Pupils of three classes, counted anew, in each of eight schools."""
    rng = np.random.default_rng(2)
    rows = [(s, c) for s in range(1, 9) for c in (1, 2, 3) for _ in range(4)]
    data = pd.DataFrame(rows, columns=["school", "class"])
    data["x"], noise = rng.normal(size=(2, len(data)))
    effects = (
        rng.normal(size=9)[data["school"]] + rng.normal(size=(9, 4))[data["school"], data["class"]]
    )
    return data.assign(y=data["x"] + effects + noise)


@pytest.mark.parametrize("group", ["school", "school/class"])
@pytest.mark.parametrize("groups", ["known", "average"])
def test_an_id_is_the_same_as_a_whole_and_as_a_decimal_number(group, groups):
    """As a missing value anywhere in the column has pandas read it."""
    data = numbered()
    equation = {"intercept": "group_mean(x) + U"}
    fit = mlm.Model("y ~ center_within(x)", group=group, level2=equation).fit(data)
    new = data.iloc[[0, 20, 40]]
    again = new.astype({"school": float, "class": float})
    assert_allclose(fit.predict(again, groups=groups), fit.predict(new, groups=groups))
    with pytest.raises(DataError, match="text in 'school', where the data of the fit had numbers"):
        fit.predict(new.astype({"school": str}), groups=groups)


def test_classes_whose_names_hold_slashes_are_told_apart():
    data = numbered()
    odd = data.assign(
        school=data["school"].map(lambda s: "a" if s % 2 else "a/b")
        + (data["school"] // 3).astype(str),
        **{"class": data["class"].map({1: "b/c", 2: "c", 3: "/c"})},
    )
    plain = odd.apply(lambda column: pd.factorize(column)[0] if column.name != "y" else column)
    plain = plain.assign(x=data["x"])
    equation = {"intercept": "group_mean(x) + U"}
    model = mlm.Model("y ~ center_within(x)", group="school/class", level2=equation)
    assert model.fit(odd).criterion == pytest.approx(model.fit(plain).criterion, abs=1e-8)


def test_of_crossed_groups_one_may_be_new():
    fit, new = layered("penicillin"), frame_of("penicillin").head(2)
    parts = [fit.random_effects[name]["Intercept"] for name in ("plate", "sample")]
    plates, samples = parts[0][new["plate"]].to_numpy(), parts[1][new["sample"]].to_numpy()
    mean = fit.params["Intercept"]
    assert_allclose(fit.predict(new), mean + plates + samples)
    assert_allclose(fit.predict(new.assign(plate="?"), groups="sample"), mean + samples)
    with pytest.raises(DataError, match="The plate '.' was not .*groups='sample' or"):
        fit.predict(new.assign(plate="?"))


@pytest.mark.parametrize("name", ["pastes", "penicillin"])
def test_a_refit_is_the_fit_of_a_frame_with_that_outcome(name):
    fit, data = layered(name), frame_of(name)
    y = fit.simulate(1, seed=5)["sim_1"]
    again = fit.refit(y.sample(frac=1, random_state=1))
    outcome = fit.model.outcome.name
    fresh = fit.model.fit(data.assign(**{outcome: y}), reml=fit.reml)
    assert again.criterion == pytest.approx(fresh.criterion, abs=1e-6)
    assert_allclose(again.covariance, fresh.covariance, rtol=1e-3)
    assert_allclose(again.fittedvalues, fresh.fittedvalues, rtol=1e-5)
    assert type(again) is type(fit)


def test_a_refit_says_that_a_variance_is_zero():
    fit = layered("pastes")
    y = fit.design.y - fit.effects_of("batch").per_row() - 0.5 * fit.effects_of("cask").per_row()
    again = fit.refit(y)
    assert again.singular
    assert again.messages[0].startswith("batch: The variance of the random intercept is estimated")
