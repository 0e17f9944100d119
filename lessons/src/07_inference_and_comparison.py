# %% [markdown]
# # 7 · Inference and comparison
#
# **Goal.** You can say how sure you are of each $\gamma$, each $\tau$ and $\sigma^2$, compare two
# models with the test that belongs to them, write a table that others can use, and plan a study.
#
# **Time.** About 2 hours.
#
# **You need.** Lessons 2 to 6.
#
# **The question.** Does the size of a school matter for achievement, for its level or for the slope
# of SES? And how sure can you be that the slopes differ between schools at all?
#
# The summaries of the last lessons were full of standard errors, degrees of freedom and p-values.
# Now you see where they come from, and when not to trust them. The model is the cross-level model
# of the slides.

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
# [Maximum likelihood](GLOSSARY.md#maximum-likelihood) (ML) takes the values of all parameters under
# which the data are most probable. The number that it makes as small as it can is $-2$ times the
# logarithm of that probability (of its density, to be exact). A fit has this
# [criterion](GLOSSARY.md#criterion) as `fit.criterion`. ML estimates the variances as if the
# $\gamma$ were known. They are not: they were fitted to the same data, so the residuals come out a
# little too small. You know this from the variance of a sample, which divides by $n - 1$ and not by
# $n$.
#
# [Restricted maximum likelihood](GLOSSARY.md#restricted-maximum-likelihood) (REML) does for a
# multilevel model what $n - 1$ does there. It matters most at level 2, where there are few groups.
# Here are 300 samples of 10 schools from a world in which $\tau_0^2$ is 0.25. The *error* is the
# standard error of the mean of 300.

# %%
rng = np.random.default_rng(2026)


def draw(tau, school):
    u = tau * rng.normal(size=len(np.unique(school)))
    return u[school] + rng.normal(size=len(school))


# %% tags=["nbval-check-output"]
school = np.repeat(np.arange(10), 10)
start = pd.DataFrame({"y": draw(1.0, school), "school": school})
null = mlm.Model("y ~ 1", group="school")
fits = {"REML": null.fit(start), "ML": null.fit(start, reml=False)}
samples = [draw(0.5, school) for _ in range(300)]
for name, one in fits.items():
    tau2 = [one.refit(y).cov_re.iloc[0, 0] for y in samples]
    error = np.std(tau2) / 300**0.5
    print(f"mean of the estimates by {name:<5} {np.mean(tau2):.3f} (error {error:.3f})")

# %% [markdown]
# `refit` fits the same design to another outcome. REML comes close to the truth on average: its
# mean lies within two errors of 0.25. ML is too low: it counts 10 schools, though one mean had to
# be estimated first.
#
# So use REML for estimates. ML has one thing that REML has not, as you will see below: its
# likelihood compares models whose fixed coefficients differ.
#
# With 160 schools the two hardly differ.

# %% tags=["nbval-check-output"]
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
# The [Wald test](GLOSSARY.md#wald-test) divides an estimate by its standard error:
#
# $$t = \frac{\hat\gamma_{qs}}{\mathrm{SE}(\hat\gamma_{qs})}$$
#
# In ordinary regression $t$ has one number of degrees of freedom for all coefficients. Here it
# cannot. A coefficient of `female` rests on thousands of students. A coefficient of `sector`
# rests on the schools.

# %%
fit.summary()

# %% [markdown]
# Look at the column *df*. These are [Satterthwaite](GLOSSARY.md#satterthwaite)'s
# [degrees of freedom](GLOSSARY.md#degrees-of-freedom). They are computed for each coefficient from
# how precisely its standard error is known. So how many? `sector` has 143, which is near the 160
# schools, and `female` 5830.6, which is near the 7,185 students. The coefficients that depend on
# how much slopes differ, `ses` and `size:ses`, are counted in schools too. With numbers as large as
# these, $t$ is as good as normal. With few schools it is not. Take every sixteenth school:

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
# [Kenward and Roger](GLOSSARY.md#kenward-and-roger) go one step further. They give degrees of
# freedom too, and also make the standard errors larger, since those were computed with estimated
# variances.

# %% tags=["nbval-check-output"]
adjusted = small_fit.kenward_roger
for name in small_fit.params.index:
    satterthwaite = f"SE {small_fit.bse[name]:.3f}, df {small_fit.df[name]:4.1f}"
    kenward = f"SE {adjusted.bse[name]:.3f}, df {adjusted.df[name]:4.1f}"
    print(f"{name:<10} Satterthwaite: {satterthwaite}   Kenward-Roger: {kenward}")

# %% [markdown]
# You may have expected fewer degrees of freedom from the more careful method, but the intercept has
# 8.3 in place of 7.3. For one coefficient the two use the same formula. It asks how precisely the
# variances are known. Satterthwaite's takes the answer from the curve of the criterion in these
# data, Kenward and Roger's from the curve that such data have on average. Either can be larger.
# What makes Kenward and Roger careful is the larger standard error: for `sector` 2.249 in place
# of 1.997.
#
# With fewer than about 30 groups, prefer Kenward and Roger (McNeish & Stapleton, 2016). With many
# groups the two agree. Their method belongs to REML; for a fit by ML there is Satterthwaite's
# alone. Honest tests do not make few groups tell more: lesson 1 showed how little 5 or 10 schools
# say about $\tau_0^2$.
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
# there are schools for girls, schools for boys and mixed schools. `Treatment("girls")` makes the
# schools for girls the reference.

# %% tags=["nbval-check-output"]
exam = mlm.load("exam")
for reference in ("girls", "mixed"):
    kind = f'C(schgend, Treatment("{reference}"))'
    gender = {"intercept": f"{kind} + U", "standLRT": "U"}
    pupils = mlm.Model("normexam ~ standLRT + sex", group="school", level2=gender).fit(exam)
    p_values = pupils.pvalues.filter(like="schgend").round(3)
    print(f"against {reference}: {', '.join(f'p = {p}' for p in p_values)}", end="   ")
    print("both at once:", pupils.test(kind))

# %% [markdown]
# Two tests have two chances of a false alarm, and with another reference the p-values are others.
# The [F test](GLOSSARY.md#f-test) asks once whether all of them are 0, and does not depend on the
# reference. Its answer: p = 0.054, so the evidence that the kind of school matters is weak. The
# 0.035 alone would have told you more than there is. The degrees of freedom are Kenward and
# Roger's, so you can use the test with few schools.
#
# It takes any set of terms. Size stands in two level-2 equations of our model. Does size matter at
# all, for the level or for the slope of SES?

# %%
fit.test(["size", "size:ses"])

# %% [markdown]
# It does, in this model: if it did not, a value of F as large as this would be very rare.
#
# ## Two models: the likelihood-ratio test
#
# The [deviance](GLOSSARY.md#deviance) $D$ of a model is its criterion by ML. When a smaller model
# is a special case of a larger one, the drop of the deviance tests all that the larger one adds, at
# once:
#
# $$\chi^2 = D_{\text{smaller}} - D_{\text{larger}}$$
#
# Its degrees of freedom are the number of parameters that were added. This is a
# [likelihood-ratio test](GLOSSARY.md#likelihood-ratio-test). Here is the question about size once
# more. (The rows from *Reduction* to *Nakagawa* are explained further down.)

# %%
no_size = mlm.Model(
    predictors, group="school", level2={"intercept": "sector + U", "ses": "U"}, data=hsb
)
mlm.compare(no_size.fit(hsb), fit, names=["without size", "with size"])

# %% [markdown]
# The test agrees with the F test: size matters.
#
# Read the first note. Both fits were by REML, and their fixed coefficients differ. The REML
# criterion is computed from what is left when the fixed part is taken out. Another fixed part
# leaves something else, and the two criteria are not about the same data any more. `compare` has
# therefore refitted both by ML. That is also why the same model has an AIC of 46,335.77 here and of
# 46,374.67 in its summary above: the first is by ML, the second by REML. Never compare one with the
# other.
#
# | you compare | use |
# |---|---|
# | different $\gamma$ | ML, or the F test of the larger model |
# | the same $\gamma$, different $\tau$ | REML or ML |
# | models of which neither is a case of the other | AIC or BIC, by ML if the $\gamma$ differ |
#
# [AIC](GLOSSARY.md#aic) is the criterion plus 2 for each parameter. BIC adds the logarithm of the
# number of rows for each, here $\log 7185 = 8.9$, so it prefers smaller models. Smaller is better.
# They rank models, they do not test them.
#
# ## A variance: the boundary
#
# Is a variance zero? That is a test at the edge: a variance cannot be negative. Look at what
# happens when it is true that there are no differences between the schools.

# %%
school = np.repeat(np.arange(100), 5)
start = pd.DataFrame({"y": draw(1.0, school), "school": school})
by_ml = null.fit(start, reml=False)
statistic = []
for _ in range(500):
    y = draw(0.0, school)
    without_schools = stats.norm.logpdf(y, y.mean(), y.std()).sum()
    statistic.append(2 * (by_ml.refit(y).llf - without_schools))

# %% tags=["nbval-check-output"]
statistic = np.clip(statistic, 0, None)
plain, half = stats.chi2.sf(statistic, 1), stats.chi2.sf(statistic, 1) / 2
print(f"the statistic is 0 in      {100 * np.mean(statistic < 1e-6):.0f} % of the samples")
print(f"p < 0.05 by chi-square(1)  {100 * np.mean(plain < 0.05):.1f} %")
print(f"p < 0.05 by half of that   {100 * np.mean(half < 0.05):.1f} %")
print(f"standard error of 5 % in 500 samples: {100 * (0.05 * 0.95 / 500) ** 0.5:.1f} %")

# %% [markdown]
# In about half of the samples the estimate is 0, and so is the statistic. The $\chi^2$ distribution
# with one degree of freedom knows nothing of that, and its test rejects too rarely. An equal
# mixture of $\chi^2(0)$ and $\chi^2(1)$ halves the p-value and comes near to 5 %. It stays a little
# below, since with 100 schools the estimate by ML is 0 in somewhat more than half of the samples.
#
# A random slope adds a variance and a covariance. There the mixture is of $\chi^2(1)$ and
# $\chi^2(2)$. `compare` chooses it and says so. So do the slopes differ? Ask three times: without a
# predictor of the slopes (the model of lesson 4), with size, and with size and sector.

# %% tags=["nbval-check-output"]
whole = {"intercept": "size + sector + U"}
pairs = {
    "no predictor": ({}, {"ses": "U"}),
    "size": (whole | {"ses": "size"}, whole | {"ses": "size + U"}),
    "size, sector": (whole | {"ses": "size + sector"}, whole | {"ses": "size + sector + U"}),
}
for name, pair in pairs.items():
    both = [mlm.Model(predictors, group="school", level2=one, data=hsb).fit(hsb) for one in pair]
    test = mlm.compare(*both).tests.iloc[0]
    print(f"{name:<13} χ² {test['statistic']:.2f}, p = {test['pvalue']:.3f}, {test['reference']}")

# %% [markdown]
# In each pair the fixed coefficients are the same, so REML is right, and nothing was refitted.
#
# The verdict: the evidence that slopes differ is weak (p = 0.047) as long as nothing predicts the
# slopes. With size in their equation there is none (p = 0.161), and with the sector even less. No
# evidence of a difference is not evidence that there is none. The next section says how large it
# could be.
#
# A variance that is estimated as 0, or a correlation as 1 or −1, makes the fit *singular*. Lesson 4
# has what to do then.
#
# ## Intervals of variances
#
# Draw samples again and again: the estimates of a small variance pile up at 0 on one side and have
# a long tail on the other. So "estimate plus or minus two standard errors" is a poor interval. A
# [profile](GLOSSARY.md#profile) does better. It says how well each value of the parameter goes with
# *these* data. Hold the parameter at a value, fit all the others by ML, and see how far the
# deviance rises. The interval holds the values at which it does not rise too far. Take the model of
# lesson 4:

# %%
slope = mlm.Model(predictors, group="school", level2={"ses": "U"}, data=hsb)
slope_fit = slope.fit(hsb)
mlm.plot.profile(slope_fit, ["sd(Intercept)", "sd(ses)"])

# %% [markdown]
# The left curve is nearly a parabola: many schools tell how much intercepts differ. The right one
# leans. To the right of its lowest point it rises steeply. To the left it rises slowly, and meets
# the limit shortly before 0. A standard deviation of 0.1 still goes with the data, one of 1 does
# not.
#
# The [bootstrap](GLOSSARY.md#bootstrap) assumes less about the shape. Simulate outcomes from the
# fitted model, fit the model to each, and take the middle 95 % of the estimates. A few hundred
# replicates are enough to see it, a report should have a thousand or more.

# %%
boot = slope_fit.bootstrap(200, seed=7, progress=False)
rows = {
    "Wald, on the log scale": slope_fit.conf_int(which="random", scale="sd"),
    "profile": slope_fit.conf_int(which="random", scale="sd", method="profile"),
    "bootstrap": boot.conf_int(scale="sd"),
}
table = pd.DataFrame({name: one.loc["sd(ses)"] for name, one in rows.items()}).T
low, high = table.loc["Wald, on the log scale"]
sd = slope_fit.cov_re.loc["ses", "ses"] ** 0.5
error = sd * np.log(high / low) / (2 * 1.96)  # the standard error behind Wald's interval
table.loc["estimate ± 2 SE"] = sd - 1.96 * error, sd + 1.96 * error
table.round(2)

# %% [markdown]
# - The profile is by ML, where the estimate is 0.496. The other rows are by REML, where it is
#   0.510.
# - The row *Wald* is what `conf_int` gives: two standard errors to both sides of the *logarithm*,
#   so that no limit falls below 0. It is not "estimate ± 2 SE", which is in the last row. The
#   logarithm stretches the interval upwards and never lets it come near 0. For a standard deviation
#   as uncertain as this one that is the wrong stretch, and its limits lie higher than the others.
# - The limits of 200 replicates are uncertain. With the seeds 1, 2 and 3 the lower one came out
#   between 0.08 and 0.10, and with 1,500 replicates as 0.10.
#
# So the standard deviation of the slopes is anything from about 0.04 to about 0.85. That is all
# that 160 schools say about it.
#
# The profile leaves 0 out, and the test with size above gave p = 0.161. They do not disagree. This
# is the model without size, whose test gave p = 0.047. What size predicts of the slopes is part of
# $\tau_1^2$ here, and not there.
#
# ## Variance explained
#
# A regression has one $R^2$. A model with two variances has several, and they answer different
# questions: [variance explained](GLOSSARY.md#variance-explained) of what?
#
# | measure | what falls or is explained |
# |---|---|
# | Raudenbush–Bryk | $\tau_0^2$ and $\sigma^2$, each against a smaller model; can be negative |
# | Snijders–Bosker, level 1 | the error of predicting a student: $\sigma^2 + \tau_0^2$ |
# | Snijders–Bosker, level 2 | the error of predicting a school's mean: $\sigma^2 / n + \tau_0^2$ |
# | Nakagawa, marginal | the share of the outcome's variance that the predictors explain |
# | Nakagawa, conditional | the same, with the $U$ counted as explained |

# %% tags=["nbval-check-output"]
null_fit = mlm.Model("mathach ~ 1", group="school", data=hsb).fit(hsb)
names = ["null", "random slope", "cross-level"]
comparison = mlm.compare(null_fit, slope_fit, fit, names=names)
comparison.table.loc["explained"].xs("estimate", axis=1, level="value").round(2)

# %% [markdown]
# How much do the predictors explain? Of the variance of the outcome, 18 % (Nakagawa, marginal). Of
# the variance of the intercepts between schools, three quarters. Of the variance within schools,
# 9 %. So say which variance you mean. The picture has the same three models, by REML.

# %%
mlm.plot.variance_partition(null_fit, slope_fit, fit, names=names)

# %% [markdown]
# ## A strategy
#
# In which order do you build a model? One way goes upwards, a step at a time:
#
# 1. the null model: how much variance is there at each level?
# 2. predictors of level 1, with fixed slopes, and their group means if within and between can
#    differ (lesson 6);
# 3. random slopes, one at a time, where you have a reason to expect that slopes differ;
# 4. predictors of level 2 for the intercept;
# 5. predictors of level 2 for the slopes: cross-level interactions;
# 6. the assumptions (lesson 8), and the estimates by REML.
#
# Here is the whole way for High School & Beyond, and the step that lesson 5 added to the slides:

# %%
steps = {
    "level 1": {},
    "random slope": {"ses": "U"},
    "level 2": {"intercept": "size + sector + U", "ses": "U"},
    "cross-level": {"intercept": "size + sector + U", "ses": "size + U"},
    "with sector": {"intercept": "size + sector + U", "ses": "size + sector + U"},
}
way = {"null": null_fit}
for name, one in steps.items():
    way[name] = mlm.Model(predictors, group="school", level2=one, data=hsb).fit(hsb)
climb = mlm.compare(*way.values(), names=list(way))
climb.tests[["smaller", "larger", "statistic", "df", "pvalue"]].round(3)

# %% tags=["nbval-check-output"]
print(climb.table.loc["fit"].xs("estimate", axis=1, level="value").round(1).T.to_string())
last = way["with sector"]
for name in ("size", "size:ses", "sector:ses"):
    print(f"{name:<11} {last.params[name]:8.5f}, p = {last.pvalues[name]:.2g}")

# %% [markdown]
# Read it from the end. The last step lowers the deviance by 20.856 for one parameter. In the last
# model `size:ses` is 0 to four decimals: Catholic schools are smaller and have flatter slopes, and
# size stood in for the sector (lesson 5). What stays is size for the level of achievement. (The
# random slope has p = 0.050 here and 0.047 above: all these fits are by ML.)
#
# A strategy is no machine. Each step uses the data once more, and the last p-value knows nothing of
# the steps before. So write down what you want to test *before* you look, keep a predictor that the
# question is about whatever its p-value, and report the steps that you took. A random slope may
# stay out when the fit is singular (lesson 4). If a cross-level interaction is your question, keep
# the random slope of its level-1 predictor, or the test of the interaction will claim too much
# (Heisig & Schaeffer, 2019).
#
# ## A table to report

# %%
comparison.publication()

# %% [markdown]
# The note below the table says $0.5\,\chi^2(4) + 0.5\,\chi^2(5)$. The step from the null model to
# the random slope adds five parameters: three $\gamma$, $\tau_1^2$ and $\tau_{01}$. If nothing but
# chance is behind them, the estimate of $\tau_1^2$ lies at the wall half of the time. Then the
# covariance drops out with it, and there are $3 + 1$ degrees of freedom, else $3 + 2$.
#
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
    study = {"groups": groups, "size": size, "n": 100, "seed": 7, "progress": False}
    found = plan.power("z:x", **truth, **study)
    print(f"{groups:>3} schools of {size}: power {found.estimate:.2f}", end="  ")
    print(f"(95 % interval {found.lower:.2f} to {found.upper:.2f})")

# %% [markdown]
# All three studies have 1,000 students. 25 schools are clearly worse than 50 or 100, which 100
# simulated studies cannot tell apart. The interval is the uncertainty of the simulation: more
# studies (`n`) make it narrower. For level 2 and for cross-level interactions the number of groups
# is what counts.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("7.1")` helps,
# `mlm.hint("7.1", 2)` helps more, and `mlm.solution("7.1")` shows a solution.

# %% exercise 7.1

# %% exercise 7.2

# %% exercise 7.3

# %% exercise 7.4

# %% exercise 7.5

# %% exercise 7.6

# %% exercise 7.7

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Two models differ in their $\gamma$. May you compare their REML criteria?
#
#    <details><summary>Answer</summary>
#
#    No. Fit both by ML, or take the F test of the larger one.
#
#    </details>
#
# 2. The likelihood-ratio test of $\tau_0^2 = 0$ gives p = 0.08 by $\chi^2(1)$. Which p-value do you
#    report?
#
#    <details><summary>Answer</summary>
#
#    0.04: half of it, since a variance cannot be negative.
#
#    </details>
#
# 3. You have 12 schools. Which method for the standard errors and degrees of freedom?
#
#    <details><summary>Answer</summary>
#
#    Kenward and Roger's, with REML.
#
#    </details>
#
# 4. From lesson 6: which slope does the coefficient of `center_within(x)` give?
#
#    <details><summary>Answer</summary>
#
#    The slope within groups.
#
#    </details>
#
# 5. From lesson 2: why does the prediction of $U_{0j}$ keep only a part of a small school's
#    departure?
#
#    <details><summary>Answer</summary>
#
#    The mean of few students lies far out more often by chance alone.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Size goes with the level of achievement. That it goes with the slope of SES does
#   not survive once the sector moderates the slope. That slopes differ is uncertain: their standard
#   deviation lies between about 0.04 and 0.85.
# - REML for estimates; ML to compare models whose $\gamma$ differ.
# - Each $\gamma$ has its own degrees of freedom. With few groups use Kenward and Roger's.
# - A category is tested as a whole, by an F test of all its coefficients.
# - A likelihood-ratio test compares nested models. For a variance it takes a mixture of $\chi^2$.
# - Intervals of variances come from the profile or the bootstrap.
# - Say which variance is explained, and of what.
# - Build upwards, a step at a time, and report the steps.
# - Power at level 2 comes from groups.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 6 on
#   tests, 7 on variance explained and 11 on designs. Sage.
# - Heisig, J. P., & Schaeffer, M. (2019). Why you should always include a random slope for the
#   lower-level variable involved in a cross-level interaction. *European Sociological Review*,
#   35(2), 258–279.
# - Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from
#   restricted maximum likelihood. *Biometrics*, 53(3), 983–997.
# - McNeish, D. M., & Stapleton, L. M. (2016). The effect of small sample size on two-level model
#   estimates: A review and illustration. *Educational Psychology Review*, 28(2), 295–314.
# - Self, S. G., & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and
#   likelihood ratio tests under nonstandard conditions. *Journal of the American Statistical
#   Association*, 82(398), 605–610.
# - Nakagawa, S., & Schielzeth, H. (2013). A general and simple method for obtaining $R^2$ from
#   generalized linear mixed-effects models. *Methods in Ecology and Evolution*, 4(2), 133–142.
#
# Previous: [6 · Centring](06_centring.ipynb) · Next: [8 · Assumptions](08_assumptions.ipynb)
# · [Glossary](GLOSSARY.md)
