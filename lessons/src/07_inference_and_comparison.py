# %% [markdown]
# # 7 · Inference and comparison
#
# **Goal.** You can say how sure you are of each $\gamma$, each $\tau$ and $\sigma^2$, compare two
# models with the test that belongs to them, write a table that others can use, and plan a study.
#
# **Time.** About 90 minutes.
#
# **You need.** Lessons 2 to 6.
#
# The summaries of the last lessons were full of standard errors, degrees of freedom and p-values.
# Now you see where they come from, and when not to trust them.

# %%
import numpy as np
import pandas as pd
from scipy import stats

import mlmteach as mlm

hsb = mlm.load("hsb")
level2 = {"intercept": "size + sector + U", "ses": "size + U"}
predictors = "mathach ~ ses + minority + female"
full = mlm.Model(predictors, group="school", level2=level2, data=hsb)
full

# %% [markdown]
# ## Two likelihoods
#
# *Maximum likelihood* (ML) takes the values of all parameters under which the data are most
# probable. It estimates the variances as if the $\gamma$ were known. They are not: they were
# fitted to the same data, so the residuals come out a little too small. You know this from the
# variance of a sample, which divides by $n - 1$ and not by $n$.
#
# *Restricted maximum likelihood* (REML) does for a multilevel model what $n - 1$ does there. It
# matters most at level 2, where there are few groups. Here are 500 samples of 10 schools from a
# world in which $\tau_0^2$ is 0.25.

# %%
rng = np.random.default_rng(2026)


def draw(tau, school):
    u = tau * rng.normal(size=len(np.unique(school)))
    return u[school] + rng.normal(size=len(school))


# %%
# NBVAL_CHECK_OUTPUT
school = np.repeat(np.arange(10), 10)
start = pd.DataFrame({"y": draw(1.0, school), "school": school})
null = mlm.Model("y ~ 1", group="school")
fits = {"REML": null.fit(start), "ML": null.fit(start, reml=False)}
samples = [draw(0.5, school) for _ in range(500)]
for name, one in fits.items():
    tau2 = [one.refit(y).cov_re.iloc[0, 0] for y in samples]
    print(f"mean of the estimates by {name:<5} {np.mean(tau2):.3f}")

# %% [markdown]
# `refit` fits the same design to another outcome. REML comes close to the truth on average. ML
# is too low: it counts 10 schools, though one mean had to be estimated first.
#
# So use REML for estimates. ML has one thing that REML has not, as you will see below: its
# likelihood compares models whose fixed coefficients differ.
#
# With 160 schools the two hardly differ.

# %%
# NBVAL_CHECK_OUTPUT
fit, by_ml = full.fit(hsb), full.fit(hsb, reml=False)
print("          REML     ML")
print(f"tau_0^2  {fit.cov_re.iloc[0, 0]:5.2f}  {by_ml.cov_re.iloc[0, 0]:5.2f}")
print(f"tau_1^2  {fit.cov_re.iloc[1, 1]:5.2f}  {by_ml.cov_re.iloc[1, 1]:5.2f}")
print(f"sigma^2  {fit.scale:5.2f}  {by_ml.scale:5.2f}")

# %% [markdown]
# Here is the criterion itself, as a curve. Take fewer groups, and REML and ML part:

# %%
mlm.explore.estimation()

# %% [markdown]
# ## One coefficient: how many degrees of freedom?
#
# The *Wald test* divides an estimate by its standard error:
#
# $$t = \frac{\hat\gamma_{qs}}{\mathrm{SE}(\hat\gamma_{qs})}$$
#
# In ordinary regression $t$ has one number of degrees of freedom for all coefficients. Here it
# cannot. A coefficient of `female` rests on thousands of students. A coefficient of `sector`
# rests on the schools.

# %%
fit.summary()

# %% [markdown]
# Look at the column *df*. These are **Satterthwaite's** degrees of freedom. They are computed
# for each coefficient from how precisely its standard error is known. With `df` as large as here,
# $t$ is as good as normal. With few schools it is not. Take every sixteenth school:

# %%
few = hsb[hsb["school"].isin(hsb["school"].unique()[::16])]
small = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "sector + U", "ses": "U"})
small_fit = small.fit(few)
table = pd.DataFrame({"t": small_fit.tvalues})
table["p, normal"] = 2 * stats.norm.sf(small_fit.tvalues.abs())
table["p, Satterthwaite"] = small_fit.pvalues
table["p, Kenward-Roger"] = small_fit.kenward_roger.pvalues
print(f"{small_fit.ngroups} schools")
table.round(4)

# %% [markdown]
# The normal distribution gives the smallest p-values. It takes the variances for known. Some
# programs print exactly these p-values (lesson 9).
#
# **Kenward and Roger** go one step further. They give degrees of freedom too, and also make the
# standard errors larger, since those were computed with estimated variances.

# %%
# NBVAL_CHECK_OUTPUT
adjusted = small_fit.kenward_roger
for name in small_fit.params.index:
    satterthwaite = f"SE {small_fit.bse[name]:.3f}, df {small_fit.df[name]:4.1f}"
    kenward = f"SE {adjusted.bse[name]:.3f}, df {adjusted.df[name]:4.1f}"
    print(f"{name:<10} Satterthwaite: {satterthwaite}   Kenward-Roger: {kenward}")

# %% [markdown]
# With fewer than about 30 groups, prefer Kenward and Roger. With many groups the two agree. Kenward
# and Roger's method belongs to REML; for a fit by ML there is Satterthwaite's alone.
#
# The interval of a coefficient is the same idea turned round. It holds all values that the test
# does not reject.

# %%
mlm.plot.coefficients(fit)

# %% [markdown]
# ## Several coefficients at once
#
# A category with three values has two coefficients. Each compares one value with the reference.
# Whether the category matters at all is a question about both of them. In the examination data
# there are schools for girls, schools for boys and mixed schools.

# %%
# NBVAL_CHECK_OUTPUT
exam = mlm.load("exam")
gender = {"intercept": "schgend + U", "standLRT": "U"}
pupils = mlm.Model("normexam ~ standLRT + sex", group="school", level2=gender).fit(exam)
print(pupils.pvalues.filter(like="schgend").round(3).to_string())
print("both at once:", pupils.test("schgend"))

# %% [markdown]
# One of the two p-values is small. But two tests have two chances of a false alarm, and with
# another reference the two p-values would be others. The *F test* asks once whether all of them are
# 0, and does not depend on the reference. Its degrees of freedom are Kenward and Roger's, so you
# can use it with few schools.
#
# It takes any set of terms. Size stands in two level-2 equations of our model. Does size matter at
# all, for the level or for the slope of SES?

# %%
fit.test(["size", "size:ses"])

# %% [markdown]
# ## Two models: the likelihood-ratio test
#
# The *deviance* $D$ of a model is $-2$ times its log-likelihood. When a smaller model is a special
# case of a larger one, the drop of the deviance tests all that the larger one adds, at once:
#
# $$\chi^2 = D_{\text{smaller}} - D_{\text{larger}}$$
#
# Its degrees of freedom are the number of parameters that were added. Here is the question about
# size once more:

# %%
no_size = mlm.Model(
    predictors, group="school", level2={"intercept": "sector + U", "ses": "U"}, data=hsb
)
mlm.compare(no_size.fit(hsb), fit, names=["without size", "with size"])

# %% [markdown]
# Read the first note. Both fits were by REML, and their fixed coefficients differ. The REML
# criterion is computed from what is left when the fixed part is taken out. Another fixed part
# leaves something else, and the two criteria are not about the same data any more. `compare` has
# therefore refitted both by ML.
#
# | you compare | use |
# |---|---|
# | different $\gamma$ | ML, or the F test of the larger model |
# | the same $\gamma$, different $\tau$ | REML or ML |
# | models of which neither is a case of the other | AIC or BIC, by ML if the $\gamma$ differ |
#
# AIC is the deviance plus twice the number of parameters, BIC counts a parameter more dearly.
# Smaller is better. They rank models, they do not test them.
#
# ## A variance: the boundary
#
# Is $\tau_0^2$ zero? That is a test at the edge: a variance cannot be negative. Look at what
# happens when it is true that there are no differences between the schools.

# %%
school = np.repeat(np.arange(100), 5)
start = pd.DataFrame({"y": draw(1.0, school), "school": school})
by_ml = null.fit(start, reml=False)
statistic = []
for _ in range(1000):
    y = draw(0.0, school)
    without_schools = stats.norm.logpdf(y, y.mean(), y.std()).sum()
    statistic.append(2 * (by_ml.refit(y).llf - without_schools))

# %%
# NBVAL_CHECK_OUTPUT
statistic = np.clip(statistic, 0, None)
plain, half = stats.chi2.sf(statistic, 1), stats.chi2.sf(statistic, 1) / 2
print(f"the statistic is 0 in      {100 * np.mean(statistic < 1e-6):.0f} % of the samples")
print(f"p < 0.05 by chi-square(1)  {100 * np.mean(plain < 0.05):.1f} %")
print(f"p < 0.05 by half of that   {100 * np.mean(half < 0.05):.1f} %")

# %% [markdown]
# In about half of the samples the estimate is 0, and so is the statistic. The $\chi^2$
# distribution with one degree of freedom knows nothing of that, and its test rejects too rarely.
# An equal mixture of $\chi^2(0)$ and $\chi^2(1)$ halves the p-value and comes near to 5 %.
#
# A random slope adds a variance and a covariance. There the mixture is of $\chi^2(1)$ and
# $\chi^2(2)$. `compare` chooses it and says so.

# %%
no_slope = mlm.Model(
    predictors, group="school", level2={"intercept": "size + sector + U", "ses": "size"}, data=hsb
)
mlm.compare(no_slope.fit(hsb), fit, names=["slope without U", "slope with U"]).tests

# %% [markdown]
# Here the fixed coefficients are the same in both models, so REML is right, and nothing was
# refitted.
#
# ## Intervals of variances
#
# An estimate of a variance is not normally distributed. It has a long tail upwards and a wall at
# 0, so "estimate plus or minus two standard errors" is a poor interval. A *profile* does better.
# Hold the parameter at a value, fit all the others, and see how far the deviance rises. The
# interval holds the values at which it does not rise too far.

# %%
slope = mlm.Model(predictors, group="school", level2={"ses": "U"}, data=hsb)
slope_fit = slope.fit(hsb)
mlm.plot.profile(slope_fit, ["sd(Intercept)", "sd(ses)"])

# %% [markdown]
# The left curve is nearly a parabola: many schools tell how much intercepts differ. The right one
# leans. A small standard deviation of the slopes is more compatible with the data than a large
# one at the same distance.
#
# The *bootstrap* assumes less about the shape. Simulate outcomes from the fitted model, fit the
# model to each, and take the middle 95 % of the estimates. A few hundred replicates are enough to
# see it, a report should have a thousand or more.

# %%
boot = slope_fit.bootstrap(200, seed=7, progress=False)
rows = {
    "Wald": slope_fit.conf_int(which="random", scale="sd"),
    "profile": slope_fit.conf_int(which="random", scale="sd", method="profile"),
    "bootstrap": boot.conf_int(scale="sd"),
}
pd.DataFrame({name: one.loc["sd(ses)"] for name, one in rows.items()}).T.round(2)

# %% [markdown]
# Wald's interval lies higher than the other two, which come close to each other at the upper end.
#
# ## Variance explained
#
# A regression has one $R^2$. A model with two variances has several, and they answer different
# questions.
#
# | measure | what falls or is explained |
# |---|---|
# | Raudenbush–Bryk | $\tau_0^2$ and $\sigma^2$, each against a smaller model; can be negative |
# | Snijders–Bosker, level 1 | the error of predicting a student: $\sigma^2 + \tau_0^2$ |
# | Snijders–Bosker, level 2 | the error of predicting a school's mean: $\sigma^2 / n + \tau_0^2$ |
# | Nakagawa, marginal | the share of the outcome's variance that the predictors explain |
# | Nakagawa, conditional | the same, with the $U$ counted as explained |

# %%
null_fit = mlm.Model("mathach ~ 1", group="school", data=hsb).fit(hsb)
names = ["null", "random slope", "cross-level"]
mlm.plot.variance_partition(null_fit, slope_fit, fit, names=names)

# %% [markdown]
# ## A table to report

# %%
comparison = mlm.compare(null_fit, slope_fit, fit, names=names)
comparison.publication()

# %% [markdown]
# The shares of explained variance are in `comparison` itself. A reader should find in your
# report:
#
# - the equations, with where each predictor is 0;
# - the number of units and of groups, and what happened to missing values;
# - each $\gamma$ with its standard error or interval, and the method behind its p-value;
# - $\tau$ and $\sigma^2$, and not only the $\gamma$;
# - REML or ML, the program and its version;
# - what you tried and left out.
#
# The table has the estimates by ML, since its tests need them. Put the REML estimates of your
# final model into the text. `fit.report()` writes a draft of that text, and lesson 10 uses it.
#
# Here is one coefficient in a sentence, with the unit and the condition:

# %%
fit.interpret("size:ses")

# %% [markdown]
# ## Before the data: power
#
# How many schools does a study need? Say what you believe is true, let the computer draw such
# studies, and count how often the test finds it. This is about a cross-level interaction $zx$ in
# standardised variables.

# %%
plan = mlm.Model("y ~ x", group="school", level2={"intercept": "z + U", "x": "z + U"})
truth = {
    "gamma": {"Intercept": 0, "z": 0.2, "x": 0.3, "z:x": 0.1},
    "tau": [[0.20, 0.00], [0.00, 0.05]],
    "sigma2": 0.75,
}
for groups, size in [(25, 40), (50, 20), (100, 10)]:
    study = {"groups": groups, "size": size, "n": 200, "seed": 7, "progress": False}
    found = plan.power("z:x", **truth, **study)
    print(f"{groups:>3} schools of {size}: power {found.estimate:.2f}", end="  ")
    print(f"(95 % interval {found.lower:.2f} to {found.upper:.2f})")

# %% [markdown]
# All three studies have 1,000 students. More schools with fewer students in each find the
# interaction more often. For level 2 and for cross-level interactions the number of groups is
# what counts. The interval is the uncertainty of the simulation: more studies (`n`) make it
# narrower.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("7.1")` helps, and
# `mlm.solution("7.1")` shows a solution.

# %% exercise 7.1

# %% exercise 7.2

# %% exercise 7.3

# %% exercise 7.4

# %% exercise 7.5

# %% exercise 7.6

# %% exercise 7.7

# %% [markdown]
# ## Summary
#
# - REML for estimates; ML to compare models whose $\gamma$ differ.
# - Each $\gamma$ has its own degrees of freedom. With few groups use Kenward and Roger's.
# - A category is tested as a whole, by an F test of all its coefficients.
# - A likelihood-ratio test compares nested models. For a variance it takes a mixture of $\chi^2$.
# - Intervals of variances come from the profile or the bootstrap.
# - Say which variance is explained, and of what.
# - Power at level 2 comes from groups.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 6 on
#   tests, 7 on variance explained and 11 on designs. Sage.
# - Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from
#   restricted maximum likelihood. *Biometrics*, 53(3), 983–997.
# - Self, S. G., & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and
#   likelihood ratio tests under nonstandard conditions. *Journal of the American Statistical
#   Association*, 82(398), 605–610.
# - Nakagawa, S., & Schielzeth, H. (2013). A general and simple method for obtaining $R^2$ from
#   generalized linear mixed-effects models. *Methods in Ecology and Evolution*, 4(2), 133–142.
