"""A variance for each category, and known precisions: against nlme, lme4, and dense matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import block_diag
from scipy.optimize import minimize

import mlmteach as mlm
from mlmteach.errors import FitError, OptionError
from mlmteach.fit.kenward_roger import directions_of, information
from mlmteach.fit.profiled import solve
from mlmteach.fit.ratios import held, joint_bends, ratio_gradient, shares
from mlmteach.fit.theta import basis_of, places
from mlmteach.fit.variances import variance_values, variances

# --- against nlme -------------------------------------------------------------------------
# R 4.2.2, nlme 3.1-162, on data/*.csv; with w = age for the last one, and in sleepstudy late "a"
# on days 0 to 3, "b" on 4 to 6, "c" on 7 to 9:
#
# control <- lmeControl(opt = "optim", optimMethod = "BFGS", msMaxIter = 2000, maxIter = 2000,
#                       niterEM = 50, tolerance = 1e-12, msTol = 1e-14)
# f <- lme(distance ~ age * Sex, random = ~ age | Subject, data = orthodont, method = "REML",
#          weights = varIdent(form = ~ 1 | Sex), control = control)
# -2 * logLik(f); fixef(f); sqrt(diag(vcov(f))); getVarCov(f); AIC(f)
# f$sigma^2 * coef(f$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)^2
#
# and likewise: lme(mathach ~ ses + minority + female, random = ~ 1 | school, varIdent by female);
# lme(mathach ~ ses * sector, random = ~ 1 | school, by sector); lme(Reaction ~ Days, random = ~
# Days | Subject, by late); lme(mathach ~ ses + female, random = list(school = pdDiag(~ ses)), by
# minority).  γ stand in the order of nlme.

NLME = {
    ("orthodont", True): (
        411.522479851,
        {"Male": 2.65554605632353, "Female": 0.443889069465261},
        {
            "age": (0.784375, 0.0991447646473),
            "Sex[T.Female]:age": (-0.304829545455, 0.118635663922),
        },
        (3.8913903024, -0.15521189776, 0.0244976468952),
        429.522479851,
    ),
    ("orthodont", False): (
        406.042388743,
        {"Male": 2.62936093026661, "Female": 0.44491283282125},
        {"Intercept": (16.340625, 1.11140556144), "Sex[T.Female]": (1.03210227273, 1.33447230565)},
        (3.19858329136, -0.110357297293, 0.0197654955237),
        424.042388743,
    ),
    ("female", True): (
        46384.3234778,
        {0: 37.9730123777019, 1: 34.0804217404436},
        {"Intercept": (14.1143571029, 0.197985637074), "female": (-1.23803509178, 0.163102823192)},
        (3.63432087472,),
        46398.3234778,
    ),
    ("female", False): (
        46376.7670602,
        {0: 37.9591110402017, 1: 34.0670978533545},
        {"ses": (2.10334663311, 0.105540759931), "minority": (-2.94763570416, 0.205456478482)},
        (3.5971642506,),
        46390.7670602,
    ),
    ("sector", True): (
        46544.2761399,
        {0: 40.1852325512449, 1: 33.407051989367},
        {"sector": (2.13929778504, 0.341880925819), "sector:ses": (-1.33919969272, 0.210783976635)},
        (3.71104661036,),
        46558.2761399,
    ),
    ("sector", False): (
        46538.2936144,
        {0: 40.1746801748389, 1: 33.3991788294507},
        {"sector": (2.13846673956, 0.339462205985), "ses": (2.96406812758, 0.146509896869)},
        (3.64661367944,),
        46552.2936144,
    ),
    ("late", True): (
        1733.79017513,
        {"a": 360.427395523554, "b": 801.472681099155, "c": 902.039178372216},
        {"Intercept": (252.083356265, 6.77810818726), "Days": (10.2931940885, 1.56594290523)},
        (687.975001673, -4.77577011564, 36.9243163139),
        1749.79017513,
    ),
    ("late", False): (
        1742.10813807,
        {"a": 360.643103786273, "b": 804.514183467963, "c": 897.705704985115},
        {"Intercept": (252.081002214, 6.58699561989), "Days": (10.2942524231, 1.52105582102)},
        (641.975221204, -3.13889945893, 34.444193313),
        1758.10813807,
    ),
    ("minority", True): (
        46591.5814926,
        {0: 36.9164475662481, 1: 35.8274085901091},
        {"ses": (2.35664194647, 0.116962928169), "female": (-1.17539333514, 0.165502980187)},
        (4.59682297962, 0.384051930762),
        46605.5814926,
    ),
    ("minority", False): (
        46585.8294561,
        {0: 36.9093850113359, 1: 35.8324840127852},
        {"ses": (2.35790138258, 0.116529942888), "female": (-1.17615534363, 0.165449321438)},
        (4.55324388968, 0.36992270962),
        46599.8294561,
    ),
}


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    sleep = mlm.load("sleepstudy")
    sleep["late"] = np.select([sleep["Days"] >= 7, sleep["Days"] >= 4], ["c", "b"], "a")
    sleep["w"] = 1.0 / (1.0 + sleep["Days"])
    hsb = mlm.load("hsb")
    hsb["w"] = 1.0 + np.arange(len(hsb)) % 7 / 3.0
    orthodont = mlm.load("orthodont")
    orthodont["w"] = orthodont["age"].astype(float)
    return {"sleepstudy": sleep, "hsb": hsb, "orthodont": orthodont}


def case(name: str, frames: dict[str, pd.DataFrame], **options):
    """A model of the table above, and its data."""
    if name == "orthodont":
        level2 = {"intercept": "Sex + U", "age": "Sex + U"}
        model = mlm.Model(
            "distance ~ age", group="Subject", level2=level2, sigma2=mlm.by("Sex"), **options
        )
        return model, frames["orthodont"]
    if name == "late":
        model = mlm.Model(
            "Reaction ~ Days",
            group="Subject",
            level2={"Days": "U"},
            sigma2=mlm.by("late"),
            **options,
        )
        return model, frames["sleepstudy"]
    formula, level2, covariance = {
        "female": ("mathach ~ ses + minority + female", {}, "unstructured"),
        "sector": (
            "mathach ~ ses",
            {"intercept": "sector + U", "ses": "sector"},
            "unstructured",
        ),
        "minority": ("mathach ~ ses + female", {"ses": "U"}, "diagonal"),
    }[name]
    model = mlm.Model(
        formula, group="school", level2=level2, covariance=covariance, sigma2=mlm.by(name)
    )
    return model, frames["hsb"]


@pytest.mark.parametrize(("name", "reml"), NLME)
def test_it_agrees_with_nlme(name, reml, frames):
    criterion, sigma2, gammas, t, aic = NLME[name, reml]
    model, frame = case(name, frames)
    fit = model.fit(frame, reml=reml)
    assert fit.converged
    assert_allclose(fit.criterion, criterion, atol=1e-5)
    assert_allclose(fit.aic, aic, atol=1e-5)
    assert fit.residual_variances.index.tolist() == list(sigma2)
    assert_allclose(fit.residual_variances, list(sigma2.values()), rtol=2e-5)
    assert fit.scale == fit.residual_variances.iloc[0]
    for term, (value, se) in gammas.items():
        assert_allclose([fit.params[term], fit.bse[term]], [value, se], rtol=3e-5)
    own = [fit.cov_re.to_numpy()[place] for place in places(fit.moments.blocks)]
    assert_allclose(own, t, rtol=2e-4)


# --- precisions, against lme4 and nlme ----------------------------------------------------
# R 4.2.2, lme4 1.1-31, with w as in the fixture; sleepstudy also by nlme 3.1-162:
#
# control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e6))
# f <- lmer(mathach ~ ses * sector + (1 + ses | school), hsb, weights = w, control = control)
# -2 * logLik(f); sigma(f)^2; fixef(f); sqrt(diag(vcov(f))); VarCorr(f)
# ranef(f)$school[1, 1]; as.data.frame(ranef(f))$condsd[1]; residuals(f, "pearson")[2]
# f <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy, weights = w, control = control)
# f <- lmer(distance ~ age + Sex + (1 | Subject), orthodont, weights = w, control = control)

LME4 = {
    ("hsb", True): (
        46981.84479,
        73.0692831843,
        {"ses": (3.07295813342, 0.148054697996), "sector": (2.16913578676, 0.349985778006)},
        (3.91853383639, 0.401414275968, 0.182410278717),
        (-0.679188853135, 0.848935037933, 12.0141423463),
    ),
    ("hsb", False): (
        46976.1090954,
        73.0754470445,
        {"ses": (3.07436907062, 0.146869707623), "sector": (2.16834245105, 0.347175596386)},
        (3.84512635385, 0.3913634123, 0.155636621085),
        (-0.673884987917, 0.845890535425, 12.014991842),
    ),
    ("sleepstudy", True): (
        1739.78797464,
        132.9639721,
        {"Intercept": (254.210228987, 6.81647306064), "Days": (9.84392503997, 1.58690547651)},
        (753.808501951, -15.726344443, 38.9542058922),
        (-6.07514117527, 8.42413577119, -6.75303823313),
    ),
    ("sleepstudy", False): (
        1748.14241177,
        132.963970628,
        {"Intercept": (254.210228987, 6.62442161871), "Days": (9.84392503997, 1.54219490844)},
        (707.344325194, -13.9977251162, 36.4359365594),
        (-5.82476434592, 8.38359812114, -6.85876226534),
    ),
    ("orthodont", True): (
        437.30703207,
        21.7036005509,
        {
            "age": (0.668965517241, 0.0617356978826),
            "Sex[T.Female]": (-2.45958161157, 0.770071225617),
        },
        (3.37228101349,),
        (None, 0.655988289565, -5.83208999137),
    ),
    ("orthodont", False): (
        434.700426208,
        21.4356554323,
        {
            "age": (0.668965517241, 0.0613534306356),
            "Sex[T.Female]": (-2.45958161157, 0.741001351068),
        },
        (3.0920337315,),
        (None, 0.648740043067, -5.75524468638),
    ),
}


def weighted(name: str, frames: dict[str, pd.DataFrame], **options):
    """A model with precisions, and its data."""
    formula, group, level2 = {
        "hsb": ("mathach ~ ses", "school", {"intercept": "sector + U", "ses": "sector + U"}),
        "sleepstudy": ("Reaction ~ Days", "Subject", {"Days": "U"}),
        "orthodont": ("distance ~ age", "Subject", {"intercept": "Sex + U"}),
    }[name]
    return mlm.Model(formula, group=group, level2=level2, precision="w", **options), frames[name]


@pytest.mark.parametrize(("name", "reml"), LME4)
def test_precisions_agree_with_lme4(name, reml, frames):
    criterion, sigma2, gammas, t, (u, se, pearson) = LME4[name, reml]
    model, frame = weighted(name, frames)
    fit = model.fit(frame, reml=reml)
    assert fit.converged
    assert_allclose(fit.criterion, criterion, atol=1e-5)
    assert_allclose(fit.scale, sigma2, rtol=1e-6)
    for term, (value, error) in gammas.items():
        assert_allclose([fit.params[term], fit.bse[term]], [value, error], rtol=1e-6)
    own = [fit.cov_re.to_numpy()[place] for place in places(fit.moments.blocks)]
    assert_allclose(own, t, rtol=2e-5)
    if u is not None:  # the first subject of orthodont is another one in R
        assert_allclose(fit.random_effects.iloc[0, 0], u, rtol=1e-5)
    assert_allclose(fit.random_effects_se.iloc[0, 0], se, rtol=1e-5)
    assert_allclose(fit.resid_pearson.iloc[1], pearson, rtol=1e-5)
    assert_allclose(fit.resid_pearson, fit.resid * np.sqrt(frame["w"]))


def test_categories_and_precisions_together(frames):
    # weights = varComb(varIdent(form = ~ 1 | Sex), varFixed(~ I(1 / w))), REML
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    fit = model.fit(frame)
    assert_allclose(fit.criterion, 419.941001345, atol=1e-6)
    assert_allclose(fit.residual_variances, [33.14852649799, 6.64874207751], rtol=1e-5)
    assert_allclose(fit.params["age"], 0.551205048058, rtol=1e-6)
    assert_allclose(fit.bse["age"], 0.0471017945426, rtol=1e-5)


def test_equal_precisions_change_the_unit_alone(frames):
    frame = frames["sleepstudy"].assign(two=2.0)
    plain = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    two = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}, precision="two")
    a, b = plain.fit(frame), two.fit(frame)
    assert_allclose(b.scale, 2.0 * a.scale, rtol=1e-7)
    assert_allclose([b.criterion, b.icc], [a.criterion, a.icc], rtol=1e-9)
    for name in ("params", "bse", "df", "cov_re", "fittedvalues"):
        assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-5)


# --- against dense matrices, with the data of a few groups --------------------------------


class Dense:
    """The criterion by matrices with a row and a column for each row of the data."""

    def __init__(self, fit) -> None:
        self.fit, design = fit, fit.design
        self.X, self.y = design.X, design.y
        self.Z = np.column_stack(
            [np.where(design.codes == j, z, 0.0) for j in range(fit.ngroups) for z in design.Z.T]
        )
        self.directions = [block_diag(*[d] * fit.ngroups) for d in directions_of(design.blocks)]
        spread = np.ones(fit.nobs) if design.precision is None else 1.0 / design.precision
        kinds = np.zeros(fit.nobs, dtype=int) if design.strata is None else design.strata
        self.parts = [np.diag(spread * (kinds == k)) for k in range(kinds.max() + 1)]

    @property
    def derivatives(self) -> list[np.ndarray]:
        """Of the covariance matrix, in the elements of T and in the σ_k²."""
        return [*(self.Z @ d @ self.Z.T for d in self.directions), *self.parts]

    def covariance(self, nu: np.ndarray) -> np.ndarray:
        return sum(value * part for value, part in zip(nu, self.derivatives, strict=True))

    def information(self, nu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """V^-1, and the covariance matrix of γ."""
        inverse = np.linalg.inv(self.covariance(nu))
        return inverse, np.linalg.inv(self.X.T @ inverse @ self.X)

    def criterion(self, nu: np.ndarray, reml: bool) -> float:
        inverse, vcov = self.information(nu)
        r = self.y - self.X @ (vcov @ (self.X.T @ inverse @ self.y))
        n = len(self.y) - (self.X.shape[1] if reml else 0)
        value = -np.linalg.slogdet(inverse)[1] + r @ inverse @ r + n * np.log(2.0 * np.pi)
        return float(value - (np.linalg.slogdet(vcov)[1] if reml else 0.0))


@pytest.fixture(scope="module", params=[True, False], ids=["REML", "ML"])
def small(request, frames):
    """Orthodont, its variance by sex and its precision by age, with its dense twin."""
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    fit = model.fit(frame, reml=request.param)
    nu = variance_values(fit.cov_re.to_numpy(), fit.residual_variances, fit.moments.blocks)
    return fit, Dense(fit), nu


def test_the_criterion_is_that_of_dense_matrices(small):
    fit, dense, nu = small
    assert_allclose(dense.criterion(nu, fit.reml), fit.criterion, rtol=1e-9)
    _, vcov = dense.information(nu)
    assert_allclose(fit.cov_params(), vcov, rtol=1e-6, atol=1e-12)


def test_the_optimum_is_one(small):
    fit, dense, nu = small
    rng = np.random.default_rng(1)
    for _ in range(20):
        other = nu * np.exp(rng.normal(scale=0.02, size=len(nu)))
        assert dense.criterion(other, fit.reml) > fit.criterion


def test_satterthwaite_counts_all_variances(small):
    # the df of Kuznetsova et al. (2017), whose Hessian and gradients are taken numerically here
    fit, dense, nu = small
    step = 1e-3 * nu
    size = len(nu)
    units = np.diag(step)
    hessian = np.empty((size, size))
    for a in range(size):
        for b in range(size):
            ends = [
                dense.criterion(nu + s * units[a] + t * units[b], fit.reml)
                for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            total = ends[0] - ends[1] - ends[2] + ends[3]
            hessian[a, b] = total / (4.0 * step[a] * step[b])
    spread = 2.0 * np.linalg.inv(hessian)
    gradient = np.array(
        [
            np.diag(dense.information(nu + u)[1] - dense.information(nu - u)[1]) / (2.0 * u.sum())
            for u in units
        ]
    )  # (size, p)
    variance = np.diag(dense.information(nu)[1])
    df = 2.0 * variance**2 / np.einsum("ap,ab,bp->p", gradient, spread, gradient)
    assert_allclose(fit.df, df, rtol=1e-3)
    se = fit.conf_int(which="random")  # Wald: from the same matrix
    half = np.log(se["upper"] / se["lower"]) / (2.0 * 1.959964)
    assert_allclose(half * nu, np.sqrt(np.diag(spread)), rtol=1e-3)


def test_information_is_that_of_dense_matrices(small):
    fit, dense, nu = small
    inverse, _ = dense.information(nu)
    found = information(fit.moments, fit.optimum.solution, fit.reml)
    scaling, q = fit.moments.scaling, len(fit.theta)
    y2 = scaling.y_scale**2
    units = np.full(len(nu), y2)  # of the variances, in internal units
    units[:q] *= scaling.z[0, 0] ** 2
    x = dense.X @ scaling.x * scaling.y_scale
    for r, a in enumerate(dense.derivatives):
        left = inverse @ a * units[r]
        assert_allclose(found.P[r], -x.T @ left @ inverse @ x, rtol=1e-6, atol=1e-8)
        for s, b in enumerate(dense.derivatives):
            both = left @ inverse @ b * units[s]
            assert_allclose(found.traces[r, s], np.trace(both), rtol=1e-6, atol=1e-9)
            assert_allclose(found.Q[r, s], x.T @ both @ inverse @ x, rtol=1e-6, atol=1e-8)


def test_kenward_and_roger_go_on_from_it(frames):
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    fit = model.fit(frame)
    # pbkrtest takes no lme; the adjustment is positive, and a lone γ has sums of squares for df
    assert (fit.kenward_roger.bse >= fit.bse - 1e-9).all()
    assert_allclose(fit.kenward_roger.df, fit.df, rtol=0.15)
    assert fit.test("Sex").pvalue == pytest.approx(fit.kenward_roger.pvalues["Sex[T.Female]"])


def test_residuals_have_the_standard_deviations_of_dense_matrices(small):
    fit, dense, nu = small
    inverse, vcov = dense.information(nu)
    residual = sum(v * part for v, part in zip(nu[len(fit.theta) :], dense.parts, strict=True))
    project = inverse - inverse @ dense.X @ vcov @ dense.X.T @ inverse
    sd = np.sqrt(np.diag(residual @ project @ residual))
    assert_allclose(fit.diagnostics.level1()["standardised"], fit.resid / sd, rtol=1e-6)


# --- derivatives in the ratios --------------------------------------------------------------


@pytest.mark.parametrize("reml", [True, False])
def test_derivatives_are_those_of_the_criterion(reml, frames):
    model, frame = case("late", frames)
    moments = model.fit(frame, reml=reml).moments
    rng = np.random.default_rng(2)
    log_ratios = np.append(0.0, rng.normal(size=2))
    psi = np.cov(rng.normal(size=(2, 6)))

    def criterion(x: np.ndarray) -> float:
        return solve(psi, moments.at(np.append(0.0, x)), reml).criterion

    here = moments.at(log_ratios)
    solution = solve(psi, here, reml)
    gradient = ratio_gradient(here, solution)
    for k, unit in enumerate(np.eye(2) * 1e-5):
        rise = criterion(log_ratios[1:] + unit) - criterion(log_ratios[1:] - unit)
        assert_allclose(gradient[k], rise / 2e-5, rtol=1e-5)
    # the shares of the categories are those of the whole
    weights, parts = np.exp(-log_ratios), shares(here, solution)
    left = here.n - float(np.sum(psi * solution.P.sum(axis=0)))
    assert_allclose(here.n - weights @ parts.traces, left)
    basis = basis_of(moments.blocks)
    theta = np.array([1.0, 0.2, 0.7])
    bends = joint_bends(theta, basis, here, reml, 0.3)
    assert bends.shape == (2, 3 + 1 + 2)
    assert_allclose(bends[:, 4:], bends[:, 4:].T, rtol=1e-6, atol=1e-6)
    assert held(solution, 0.3).sigma2 == pytest.approx(0.3)


def test_equal_ratios_are_the_model_with_one_variance(frames):
    model, frame = case("female", frames)
    plain = mlm.Model("mathach ~ ses + minority + female", group="school").fit(frame)
    moments = model.fit(frame).moments.at(np.zeros(2))
    for name in ("zz", "zw", "ww"):
        assert_allclose(getattr(moments, name), getattr(plain.moments, name), atol=1e-9)
    assert_allclose(moments.log_spread, 0.0, atol=1e-9)


# --- what follows from the fit --------------------------------------------------------------


@pytest.fixture(scope="module")
def growth(frames):
    model, frame = case("orthodont", frames)
    return model.fit(frame)


def test_a_refit_is_the_fit_to_the_other_outcome(growth):
    y = growth.simulate(seed=3)["sim_1"]
    other = growth.refit(y)
    fresh = growth.model.fit(growth.frame.assign(distance=y))
    assert_allclose(other.criterion, fresh.criterion, atol=1e-6)
    assert_allclose(other.residual_variances, fresh.residual_variances, rtol=1e-4)
    assert_allclose(other.df, fresh.df, rtol=1e-3)
    same = growth.refit(growth.design.y)
    assert_allclose(same.criterion, growth.criterion, atol=1e-8)


def test_simulated_outcomes_have_the_variances(frames):
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    fit = model.fit(frame)
    draws = fit.simulate(4000, seed=1).to_numpy()
    dense = Dense(fit)
    nu = variance_values(fit.cov_re.to_numpy(), fit.residual_variances, fit.moments.blocks)
    assert_allclose(draws.var(axis=1), np.diag(dense.covariance(nu)), rtol=0.12)
    assert_allclose(draws.mean(axis=1), fit.fixed_part, atol=0.4)


def test_a_bootstrap_has_a_column_for_each_variance(growth):
    boot = growth.bootstrap(60, seed=1, progress=False)
    names = ["sigma2[Male]", "sigma2[Female]"]
    assert boot.replicates.columns[-2:].tolist() == names
    ratio = boot.replicates[names[0]] / boot.replicates[names[1]]
    assert 4.0 < float(ratio.median()) < 9.0  # 5.98 in the fit
    intervals = boot.conf_int(scale="sd").loc[["sigma[Male]", "sigma[Female]"]]
    assert (intervals["lower"] < np.sqrt(growth.residual_variances.to_numpy())).all()
    assert (intervals["upper"] > np.sqrt(growth.residual_variances.to_numpy())).all()


def test_a_profile_is_the_least_deviance_of_dense_matrices(frames):
    # the variance of each sex held at a limit of its interval: there the deviance has risen by
    # the quantile of chi-square, by a search over the dense criterion
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    fit = model.fit(frame, reml=False)
    dense = Dense(fit)
    names = variances(fit).index.tolist()
    limits = fit.conf_int(method="profile", which="all")
    nu = np.asarray(variances(fit))
    for k, name in enumerate(names):
        for side in ("lower", "upper"):
            fixed = limits.loc[name, side]

            def rise(x: np.ndarray, k: int = k, fixed: float = fixed) -> float:
                values = np.insert(np.exp(x), k, fixed)
                return dense.criterion(values, reml=False) - fit.criterion

            found = minimize(rise, np.log(np.delete(nu, k)), method="BFGS")
            assert_allclose(found.fun, 1.959964**2, rtol=1e-4)
    assert (limits["lower"] < limits["upper"]).all()


def test_a_profile_of_several_random_coefficients(growth):
    limits = growth.profile(scale="sd").conf_int(progress=False)
    ml = growth.model.fit(growth.frame, reml=False)
    estimate = pd.concat([ml.params, variances(ml, "sd")])
    assert (limits["lower"] <= estimate + 1e-6).all()
    assert (limits["upper"] >= estimate - 1e-6).all()
    assert (
        0.0 <= limits.loc["sigma[Female]", "lower"] < 0.667 < limits.loc["sigma[Female]", "upper"]
    )


@pytest.mark.parametrize("label", ["M01", "F11"])
def test_influence_is_a_fit_without_the_group(growth, label):
    found = growth.diagnostics.influence(progress=False)
    without = growth.model.fit(growth.frame[growth.frame["Subject"] != label])
    assert_allclose(found.params.loc[label], without.params, rtol=1e-5)
    assert_allclose(found.variances.loc[label], variances(without), rtol=1e-3, atol=1e-4)
    assert np.isfinite(found.cook_variances).all()


def test_influence_of_the_only_group_of_a_category_is_not_known(frames):
    frame = frames["orthodont"]
    frame = frame.assign(kind=np.where(frame["Subject"] == "M01", "own", "rest"))
    fit = mlm.Model("distance ~ age", group="Subject", sigma2=mlm.by("kind")).fit(frame)
    found = fit.diagnostics.influence(progress=False).params
    assert found.loc["M01"].isna().all()
    assert found.drop("M01").notna().all(axis=None)


def test_precisions_count_in_influence(frames):
    model, frame = weighted("sleepstudy", frames)
    found = model.fit(frame).diagnostics.influence(progress=False)
    without = model.fit(frame[frame["Subject"] != frame["Subject"].iloc[0]])
    assert_allclose(found.params.iloc[0], without.params, rtol=1e-6)
    assert_allclose(found.variances.iloc[0], variances(without), rtol=1e-4)


def test_equal_variances_are_a_case_of_unequal_ones(growth):
    # anova(lme, lme with varIdent) of nlme: L.Ratio = 432.581622 - 411.522480 = 21.059, df = 1
    plain = mlm.Model("distance ~ age", group="Subject", level2=growth.model.level2_formulas)
    test = mlm.compare(plain.fit(growth.frame), growth).tests.iloc[0]
    assert_allclose(test["statistic"], 21.0591, atol=2e-3)
    assert (test["df"], test["reference"]) == (1, "χ²(1)")
    assert growth.n_parameters == 9


def test_a_finer_partition_is_the_larger_model(frames):
    frame = frames["sleepstudy"].assign(early=lambda d: np.where(d["Days"] < 4, "yes", "no"))
    fits = [
        mlm.Model("Reaction ~ Days", group="Subject", sigma2=mlm.by(name)).fit(frame)
        for name in ("early", "late")
    ]
    assert mlm.compare(*fits).tests["df"].tolist() == [1]
    other = frame.assign(odd=frame["Days"] % 2)
    third = mlm.Model("Reaction ~ Days", group="Subject", sigma2=mlm.by("odd")).fit(other)
    assert mlm.compare(third, fits[1]).tests["reference"].tolist() == ["not nested"]
    weighted_fit = mlm.Model("Reaction ~ Days", group="Subject", precision="w").fit(frame)
    assert mlm.compare(weighted_fit, fits[1]).tests["reference"].tolist() == ["not nested"]


def test_a_mixture_names_the_covariances_alone(growth):
    plain = mlm.Model(
        "distance ~ age", group="Subject", level2={"intercept": "Sex + U", "age": "Sex"}
    )
    notes = mlm.compare(plain.fit(growth.frame), growth).notes
    assert any("a variance and its covariances to 0" in note for note in notes)
    assert mlm.compare(plain.fit(growth.frame), growth).tests["df"].tolist() == [3]


def test_ml_after_reml_searches_again(growth):
    plain = mlm.Model("distance ~ age", group="Subject").fit(growth.frame)
    by_ml = mlm.compare(plain, growth).fits[1]
    assert_allclose(by_ml.criterion, NLME["orthodont", False][0], atol=1e-6)
    assert_allclose(by_ml.residual_variances, list(NLME["orthodont", False][1].values()), rtol=1e-4)


def test_the_icc_is_that_of_a_category_or_an_average(frames):
    model, frame = case("female", frames)
    fit = model.fit(frame)
    tau2 = float(fit.cov_re.iloc[0, 0])
    for value, sigma2 in fit.residual_variances.items():
        found = fit.quantities.icc(at={"female": value})
        assert_allclose(found, tau2 / (tau2 + sigma2))
        assert str(found.place) == f"at female = {value}"
    counts = frame["female"].value_counts().sort_index().to_numpy()
    average = float(counts @ fit.residual_variances.to_numpy()) / len(frame)
    assert_allclose(fit.mean_residual_variance, average)
    assert_allclose(fit.icc, tau2 / (tau2 + average))
    assert fit.icc.place.averaged == "rows"
    with pytest.raises(OptionError, match="no category 2"):
        fit.quantities.icc(at={"female": 2})
    fixed = float(np.var(fit.fixed_part, ddof=1))
    assert_allclose(fit.r2.marginal, fixed / (fixed + tau2 + average))


def test_the_icc_of_a_category_at_a_place(growth):
    t = growth.cov_re.to_numpy()
    z = np.array([1.0, 10.0])
    between = z @ t @ z
    found = growth.quantities.icc(at={"age": 10, "Sex": "Female"})
    assert_allclose(found, between / (between + growth.residual_variances["Female"]))
    assert "Sex" in str(found.place)


def test_reliability_is_that_of_weighted_means(frames):
    model, frame = weighted("hsb", frames)
    model = mlm.Model("mathach ~ ses", group="school", precision="w")
    fit = model.fit(frame)
    total = frame.groupby("school")["w"].sum().to_numpy()
    tau2 = float(fit.cov_re.iloc[0, 0])
    own = fit.quantities.reliability()["Intercept"]
    assert_allclose(own, tau2 / (tau2 + fit.scale / total))


def test_tests_of_equal_variance_know_of_the_categories(frames):
    # squared residuals go with sex, unless each is held against its own variance
    model, frame = case("female", frames)
    plain = mlm.Model("mathach ~ ses + minority + female", group="school").fit(frame)
    fit = model.fit(frame)
    before, after = (
        f.diagnostics.equal_variance().set_index("test")["statistic"] for f in (plain, fit)
    )
    assert after["Breusch–Pagan"] < before["Breusch–Pagan"] - 5.0
    assert (after != before).all()
    assert not np.allclose(fit.resid_pearson, fit.resid)
    assert plain.resid_pearson.equals(plain.resid.rename("resid_pearson"))


def test_the_summary_says_it(frames):
    model, frame = weighted("orthodont", frames, sigma2=mlm.by("Sex"))
    text = model.fit(frame).summary().text
    assert "Each category of Sex has a residual variance of its own." in text
    assert "divided by its w" in text
    assert "Residual, Sex = Male" in text
    assert "Residual, Sex = Female" in text


def test_what_has_one_variance_is_refused(frames):
    for model, frame in (case("female", frames), weighted("hsb", frames)):
        with pytest.raises(FitError, match="MixedLM has one σ²"):
            model.fit(frame, engine="statsmodels")
        with pytest.raises(OptionError, match="a σ² that differs"):
            model.power("ses", groups=20, size=5, gamma={"ses": 1.0}, tau=1.0, sigma2=1.0)


def test_shrinkage_counts_precisions(frames):
    from mlmteach.plot.shrinkage import shrinkage_table

    frame = frames["hsb"]
    fit = mlm.Model("mathach ~ 1", group="school", precision="w").fit(frame)
    table = shrinkage_table(fit)
    assert_allclose(table["predicted"], table["mean"] * table["reliability"], rtol=1e-6)
