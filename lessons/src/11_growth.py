# %% [markdown]
# # 11 · Growth
#
# **Goal.** You can write a model for persons who are measured several times, choose where time is
# 0, and say what each variance means there. You can use a predictor that changes in time, and you
# can say what the model assumes about neighbouring occasions and about those who leave.
#
# **Time.** About 75 minutes.
#
# **You need.** Lessons [4](04_random_slopes.ipynb) to [6](06_centring.ipynb), and
# [8](08_assumptions.ipynb).
#
# **The question.** A distance in the skull was measured in boys and girls at the ages of 8, 10, 12
# and 14. Do boys and girls grow apart? And do the children who are ahead at the start also grow
# faster?

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

import mlmteach as mlm

children = mlm.load("orthodont")
children[["Subject", "Sex", "age", "distance"]].head(5)

# %% tags=["nbval-check-output"]
print(f"{len(children)} measurements of {children['Subject'].nunique()} children")
print(children.groupby("Sex", observed=True)["Subject"].nunique().to_string())
print()
means = children.groupby(["age", "Sex"], observed=True)["distance"].mean().unstack()
print(means.round(1).to_string())

# %% [markdown]
# ## Occasions in persons
#
# In the lessons before, persons were [level 1](GLOSSARY.md#level-1). Now they are [level
# 2](GLOSSARY.md#level-2), and what is repeated is level 1: measurements in children, days in
# subjects, waves in a panel. The model is the one of lesson 4. Its slope has a name of its own: it
# is the *[rate of growth](GLOSSARY.md#rate-of-growth)*.

# %%
growth = mlm.Model("distance ~ age", group="Subject", level2={"age": "U"}, data=children)
growth

# %% [markdown]
# Books on growth write the same model in other letters. These are Singer and Willett's:

# %%
growth.equations(notation="singer-willett", distributions=True)

# %% [markdown]
# A person's own coefficients are called $\pi$, and the person is $i$. Here is what stands for what:
#
# | | here | Singer & Willett | Raudenbush & Bryk |
# |---|---|---|---|
# | an outcome | $y_{ij}$ | $Y_{ij}$ | $Y_{ti}$ |
# | the person, the occasion | $j$, $i$ | $i$, $j$ | $i$, $t$ |
# | a person's own | $\beta_{0j}, \beta_{1j}$ | $\pi_{0i}, \pi_{1i}$ | $\pi_{0i}, \pi_{1i}$ |
# | fixed | $\gamma_{00}, \gamma_{10}$ | $\gamma_{00}, \gamma_{10}$ | $\beta_{00}, \beta_{10}$ |
# | departures | $U_{0j}, U_{1j}$ | $\zeta_{0i}, \zeta_{1i}$ | $r_{0i}, r_{1i}$ |
# | residual | $\varepsilon_{ij}$ | $\varepsilon_{ij}$ | $e_{ti}$ |
# | between persons | $\tau_0^2, \tau_1^2$ | $\sigma_0^2, \sigma_1^2$ | $\tau_{00}, \tau_{11}$ |
# | within persons | $\sigma^2$ | $\sigma_\varepsilon^2$ | $\sigma^2$ |
#
# The traps are $j$ and $\beta$. A $\beta_{00}$ in one book is the $\gamma_{00}$ of another.
#
# Children need not be measured at the same ages, nor equally often. Each line below is drawn from
# what a child has, and drawn towards the general line as lesson 2 says.

# %%
fit = growth.fit(children)
fit.summary()

# %%
mlm.plot.group_lines(fit, "age")

# %% [markdown]
# ## Where time is 0
#
# $\gamma_{00}$, $\tau_0^2$ and $\tau_{01}$ hold where time is 0. In the fit above that is at birth,
# where nobody was measured. Fit the same model with 0 at birth, at the first age, at the middle of
# all ages, and at the last age. `at_age` writes the model; you will need it again.


# %%
def at_age(origin, upper="U", data=children):
    time = f"I(age - {origin})"
    level2 = {"intercept": upper, time: upper}
    return mlm.Model(f"distance ~ {time}", group="Subject", level2=level2).fit(data)


# %% tags=["nbval-check-output"]
for origin in (0, 8, 11, 14):
    one = at_age(origin)
    (tau00, tau01), (_, tau11) = one.cov_re.to_numpy()
    print(f"0 at age {origin:>2}: gamma_00 {one.params.iloc[0]:.1f}, ", end="")
    print(f"tau_0^2 {tau00:.2f}, tau_01 {tau01:+.2f}, ", end="")
    print(f"correlation {tau01 / (tau00 * tau11) ** 0.5:+.2f}")
    print(f"   the same: gamma_10 {one.params.iloc[1]:.2f}, tau_1^2 {tau11:.4f}, ", end="")
    print(f"sigma^2 {one.scale:.2f}, criterion {one.criterion:.2f}")

# %% [markdown]
# It is one model, seen from four places. The criterion does not move, nor does anything about the
# slope. $\gamma_{00}$ is the mean distance at the age that you call 0. $\tau_0^2$ is the variance
# between children at that age, and $\tau_{01}$ the covariance between where a child stands at that
# age and how fast the child grows. When you move the origin by $c$ years,
#
# $$\tau_0^2 \to \tau_0^2 + 2c\,\tau_{01} + c^2\tau_1^2, \qquad
# \tau_{01} \to \tau_{01} + c\,\tau_1^2$$
#
# The first of the two is the [variance function](GLOSSARY.md#variance-function) of lesson 4. In
# growth it says whether persons become more alike or more different as time goes on:

# %%
mlm.plot.variance_function(fit, "age")

# %% [markdown]
# So "intercept and slope correlate −0.61" says nothing about children. At birth the lines are
# prolonged backwards by eight years, and what is steep then starts low. A correlation of intercept
# and slope is never to be reported without the age at which it holds. Where slopes differ at all,
# it goes up as the origin moves on, from negative to positive.
#
# **Do those who are ahead at the start grow faster?** "At the start" is age 8. There the estimate
# is positive, and this is its interval:

# %% tags=["nbval-check-output"]
start = at_age(8)
covariance = "cov(Intercept, I(age - 8))"
limits = start.profile().conf_int(names=[covariance], progress=False).loc[covariance]
print(f"tau_01 at age 8: {start.cov_re.iloc[0, 1]:.2f}, ", end="")
print(f"95 % profile interval {limits['lower']:.2f} to {limits['upper']:.2f}")

wide = children.pivot(index="Subject", columns="age", values="distance")
gain = (wide[14] - wide[8]) / 6
print(f"correlation of the first value with the gain: {gain.corr(wide[8]):+.2f}")

# %% [markdown]
# The interval holds 0 and values on both sides. These data do not say.
#
# The last line shows what you would have found without a model: children with a large first value
# gain *less*. That is the error of measurement at work. The first value stands in the gain with a
# minus, and so does its error. The model has taken the error out: it is in $\varepsilon_{ij}$.
#
# ## A straight line?
#
# A curve needs a square. Measure age from its middle, so that the slope is the one at age 11:

# %% tags=["nbval-check-output"]
time = "I(age - 11)"
curve = mlm.Model(f"distance ~ {time} + I((age - 11)**2)", group="Subject", level2={time: "U"}).fit(
    children
)
square = curve.params.index[-1]
print(f"per year squared {curve.params[square]:.3f}, p = {curve.pvalues[square]:.2f}")
print(f"slope at age 11  {curve.params[time]:.3f}, without the square {fit.params['age']:.3f}")

# %% [markdown]
# There is no clear curve over these six years. The *square* here is the same for all children. A
# curve that differs between children needs a third $U$, and with it three more variances and
# covariances. Four occasions a child cannot carry that: a parabola takes three of them. With ten or
# more you may try.
#
# ## Do boys and girls grow apart?
#
# Now the children get a predictor, in both level-2 equations. It is the [cross-level
# interaction](GLOSSARY.md#cross-level-interaction) of lesson 5, with time as the level-1 predictor.

# %%
sexes = at_age(11, "Sex + U")
sexes.summary()

# %%
sexes.interpret("gamma_11")

# %% tags=["nbval-check-output"]
for origin in (8, 11, 14):
    one = at_age(origin, "Sex + U")
    gap, limits = one.params["Sex[T.Female]"], one.conf_int().loc["Sex[T.Female]"]
    print(f"girls minus boys at {origin:>2}: {gap:.2f}", end="")
    print(f" ({limits['lower']:.2f} to {limits['upper']:.2f})")
left = sexes.cov_re.loc[time, time] / fit.cov_re.loc["age", "age"]
print(f"tau_1^2: {100 * (1 - left):.0f} % less than without sex")

# %% [markdown]
# Yes: by the model girls grow more slowly, and the gap that is uncertain at age 8 is clear at 14.
# "The" difference between girls and boys has no answer without an age.
#
# ## Comparing persons
#
# Which child grows fastest? First, do children of the same sex differ in their pace at all? Take
# $U_{1j}$ out, and compare (lesson 4).

# %% tags=["nbval-check-output"]
level2 = {"intercept": "Sex + U", time: "Sex"}
one_pace = mlm.Model(f"distance ~ {time}", group="Subject", level2=level2).fit(children)
test = mlm.compare(one_pace, sexes).tests.iloc[0]
print(f"chi-square {test['statistic']:.2f}, {test['reference']}, p = {test['pvalue']:.2f}")

# %% [markdown]
# There is no evidence that they do. Keep that in mind when you look at the predicted departures of
# the slopes, with their intervals:

# %%
mlm.plot.caterpillar(sexes, time)

# %% tags=["nbval-check-output"]
own = {
    name: np.polyfit(one["age"], one["distance"], 1)[0] for name, one in children.groupby("Subject")
}
u, se = sexes.random_effects[time], sexes.random_effects_se[time]
print(f"reliability of a slope {sexes.quantities.reliability()[time].mean():.2f}")
for name in ("M13", "M04", "M11"):
    predicted = sexes.params[time] + u[name]
    print(f"{name}: line of his own {own[name]:.2f}, predicted {predicted:.2f} a year")
apart = u["M13"] - u["M04"], (se["M13"] ** 2 + se["M04"] ** 2) ** 0.5
print(f"M13 minus M04 {apart[0]:.2f}, standard error {apart[1]:.2f}")
print(f"M04 minus M11 {u['M04'] - u['M11']:.4f}")

# %% [markdown]
# A slope from four measurements is known badly. Its [reliability](GLOSSARY.md#reliability) is low,
# and a prediction keeps about a quarter of what a child's own line says. One boy, M13, stands out.
# The others cannot be put in an order: the interval of each of them holds 0, and the two at the
# lower end differ by almost nothing. To compare two children, hold their difference against its
# standard error, as in the last lines, and do not compare two intervals. M13 and M04 are the ends
# of a list of 27, picked because they are: a difference that was looked for needs more than two
# standard errors to be believed.
#
# ## Does it hold?
#
# The boy who stands out comes first. What would be left without him?

# %% tags=["nbval-check-output"]
influence = sexes.diagnostics.influence(progress=False)
product = f"Sex[T.Female]:{time}"
without = influence.table.loc["M13"]
print(f"gamma_11 {sexes.params[product]:.2f}, without M13 {without[product]:.2f}")
print(f"tau_1^2  {sexes.cov_re.loc[time, time]:.4f}, without M13 {without[f'var({time})']:.4f}")

spread = sexes.resid.groupby(children["Sex"], observed=True).std()
print(f"spread of the residuals {spread['Male']:.2f} in boys, {spread['Female']:.2f} in girls")

# %% [markdown]
# Without him the gap between girls and boys is smaller, and almost nothing is left of $\tau_1^2$.
# What there is of differences in pace between children of the same sex is one child.
#
# The residuals are about twice as large in boys. The model has one $\sigma^2$ for all, so this
# assumption fails. Does the answer hang on it? When all were measured at the same ages, there is a
# check without a model: a slope for each child, and a test of the slopes that lets the two groups
# have variances of their own (Welch's $t$ test).

# %% tags=["nbval-check-output"]
slopes = pd.Series(own)
girls = slopes.index.str.startswith("F")
welch = ttest_ind(slopes[girls], slopes[~girls], equal_var=False)
difference = slopes[girls].mean() - slopes[~girls].mean()
print(f"by the model    {sexes.params[product]:.3f}, p = {sexes.pvalues[product]:.3f}")
print(f"slopes of each  {difference:.3f}, p = {welch.pvalue:.3f}")

# %% [markdown]
# The estimate is the same, and the evidence no weaker.
#
# ## Neighbours in time
#
# The model says that the residuals of a child are independent of each other. In time they often are
# not: who is out of sorts today is so tomorrow. Correlate residuals that lie one, two and three
# occasions apart. Do not hold the result against 0. A line was fitted through four points, so the
# residuals about it are negatively correlated even when all is well. Simulate from the fit:


# %%
def by_lag(one, occasions=4):
    rows = one.resid.to_numpy().reshape(-1, occasions)
    lags = range(1, occasions)
    return [np.corrcoef(rows[:, :-lag].ravel(), rows[:, lag:].ravel())[0, 1] for lag in lags]


simulated = [by_lag(sexes.refit(y)) for _, y in sexes.simulate(100, seed=11).items()]
lags = pd.DataFrame(np.quantile(simulated, [0.025, 0.5, 0.975], axis=0).T, index=[1, 2, 3])
lags.columns = ["low", "middle", "high"]
lags["data"] = by_lag(sexes)

# %%
canvas, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.vlines(lags.index, lags["low"], lags["high"], lw=8, color="0.8", label="simulated, 95 %")
axes.plot(lags.index, lags["data"], "o", color="black", label="data")
axes.axhline(0, color="0.6", lw=0.8)
axes.set(xlabel="occasions apart", ylabel="correlation of residuals", xticks=[1, 2, 3])
axes.legend(loc="upper left")
plt.close(canvas)
text = "; ".join(
    f"{lag} apart {row['data']:.2f}, simulated {row['low']:.2f} to {row['high']:.2f}"
    for lag, row in lags.iterrows()
)
caption = "Correlation of residuals by their distance in time, and what the model itself gives."
mlm.plot.Figure(canvas, caption, alt=f"Correlations of residuals of one child: {text}.")

# %% tags=["nbval-check-output"]
print(lags.round(2).to_string())

# %% [markdown]
# At two occasions apart the data lie just above the grey bar, at the others within it. That is one
# of three, by a hair, and neighbours are not too alike. Four occasions two years apart are also not
# where you would expect it. In lesson 8 the days of `sleepstudy` did show it.
#
# **What does it do?** Here is a world of 2,000 persons on 10 days. All have the same slope, 0.1, so
# $\tau_1^2 = 0$. The total variance of $\varepsilon_{ij}$ is 1. In the second world the residual of
# a day correlates 0.5 with that of the day before.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(11)
person, day = np.repeat(np.arange(2000), 10), np.tile(np.arange(10), 2000)
days = mlm.Model("y ~ day", group="person", level2={"day": "U"})
for correlation in (0, 0.5):
    e = rng.normal(size=(2000, 10))
    for today in range(1, 10):
        e[:, today] *= (1 - correlation**2) ** 0.5
        e[:, today] += correlation * e[:, today - 1]
    y = rng.normal(size=2000)[person] + 0.1 * day + e.ravel()
    one = days.fit(pd.DataFrame({"person": person, "day": day, "y": y}))
    print(f"correlation {correlation}: slope {one.params['day']:.3f}, ", end="")
    print(f"tau_0^2 {one.cov_re.iloc[0, 0]:.2f}, ", end="")
    print(f"tau_1^2 {one.cov_re.iloc[1, 1]:.4f}, sigma^2 {one.scale:.2f}")

# %% [markdown]
# The slope is about right in both. The variances are not: what goes on from day to day passes for
# slopes that differ between persons, and $\tau_1^2$ is found where there is none.
#
# This has a good side. In 1,000 samples of 60 persons from the second world, the 95 % interval of
# the slope held the truth in 95 % of them with a random slope in the model, and in 80 % without
# one. (A share of 1,000 samples is known to one to three points.) So give time a random slope. And
# where neighbours are alike, do not read much into $\tau_0^2$ and $\tau_1^2$. This package has no
# model for it. In R, `nlme::lme` has one, with `correlation = corAR1(form = ~ 1 | Subject)` beside
# the random effects.
#
# ## A predictor that changes in time
#
# Sex does not change from occasion to occasion. Hours of sleep do: they are a *[time-varying
# predictor](GLOSSARY.md#time-varying-predictor)*. It is a level-1 predictor like SES in lesson 6,
# with two slopes: *within* persons (on days when you sleep longer than you usually do) and
# *between* persons (those who usually sleep longer). This diary is simulated, so the truth is
# known: 1 within, −1 between. Sleep gets shorter by 0.2 hours a day, and mood falls by 0.4 a day
# for reasons of its own.

# %%
rng = np.random.default_rng(11)
person, day = np.repeat(np.arange(300), 10), np.tile(np.arange(10), 300)
usual = rng.normal(7, 1, 300)[person]
sleep = usual - 0.2 * day + rng.normal(0, 1, 3000)
mood = 50 + (sleep - usual) - (usual - 7) - 0.4 * day + rng.normal(0, 2, 3000)
mood += rng.normal(0, 1.5, 300)[person] + rng.normal(0, 0.3, 300)[person] * day
diary = pd.DataFrame({"person": person, "day": day, "sleep": sleep, "mood": mood})

# %% tags=["nbval-check-output"]
within, mean = "center_within(sleep)", "group_mean(sleep)"
ways = {
    "sleep": ("sleep", "U"),
    "sleep, day": ("sleep + day", "U"),
    "within, between": (within, f"{mean} + U"),
    "within, between, day": (f"{within} + day", f"{mean} + U"),
}
for name, (level1, upper) in ways.items():
    level2 = {"intercept": upper} | ({"day": "U"} if "day" in level1 else {})
    one = mlm.Model(f"mood ~ {level1}", group="person", level2=level2).fit(diary)
    found = one.params.filter(like="sleep")
    print(f"{name:<21}", ", ".join(f"{key} {value:.2f}" for key, value in found.items()))

# %% [markdown]
# Only the last way has the slope within persons right, and one between persons beside it. Two
# things went wrong before.
#
# - Without the day, the slope within persons takes what time does to mood. Both fall from day to
#   day, so they go together even in a person whose mood does not depend on sleep. A predictor that
#   changes in time needs time beside it.
# - Without the mean, one slope mixes the two, as in lesson 6. With ten days a person it is mostly
#   the one within.
#
# The slope between persons comes out nearer to the one within than it is. The mean of ten nights is
# not what a person usually sleeps, but an estimate of it. The fewer the occasions, the more it is
# pulled.
#
# ## Those who leave
#
# Persons miss occasions, and some do not come back. The model needs no complete rows of occasions:
# a child who was seen twice says what two measurements say. But why somebody is missing matters.
# Take a world of 2,000 children with a slope of 0.66, and let them leave for good in three ways: by
# chance; after a measurement above 25 mm; or before one above 27 mm, which is then never seen.
# Below are the slopes, with their standard errors in brackets.


# %%
def leave(reason):
    gone = np.maximum.accumulate(np.c_[np.zeros(2000, bool), reason], axis=1)
    return world[~gone.ravel()]


rng = np.random.default_rng(11)
u = rng.multivariate_normal([0, 0], at_age(11).cov_re, 2000)
ages = np.array([8, 10, 12, 14])
distance = 24 + u[:, [0]] + (0.66 + u[:, [1]]) * (ages - 11) + rng.normal(0, 1.3, (2000, 4))
world = pd.DataFrame({"age": np.tile(ages, 2000), "distance": distance.ravel()})
world["Subject"] = np.repeat(np.arange(2000), 4)

# %% tags=["nbval-check-output"]
samples = {
    "nobody": world,
    "by chance": leave(rng.random((2000, 3)) < 0.25),
    "after a high one": leave(distance[:, :-1] > 25),
    "before a high one": leave(distance[:, 1:] > 27),
}
for name, rows in samples.items():
    complete = rows[rows.groupby("Subject")["age"].transform("size") == 4]
    one, whole = (at_age(11, data=some) for some in (rows, complete))
    print(f"{name:<17} all rows {one.params.iloc[1]:.2f} ({one.bse.iloc[1]:.3f}), ", end="")
    print(f"{whole.ngroups} complete children {whole.params.iloc[1]:.2f} ", end="")
    print(f"({whole.bse.iloc[1]:.3f})")

# %% [markdown]
# - *By chance* (missing completely at random): both are right, and all rows are more precise.
# - *After a high one* ([missing at random](GLOSSARY.md#missing-at-random)): what they leave by was
#   measured, and it is in the model. All rows are right. Those who stayed are a selection, and
#   their slope is too small.
# - *Before a high one* (not at random): what they leave by was never measured. No row shows it, and
#   both are wrong.
#
# So use all rows, never only the complete persons, and say what you assume: that whether somebody
# is missing depends on what you have measured, and not on what you would have measured. No test can
# show it. A missing value of a *predictor* is another matter: `fit` drops that row, and where a
# level-2 predictor is missing, all rows of that person.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("11.1")` helps,
# `mlm.hint("11.1", 2)` helps more, and `mlm.solution("11.1")` shows a solution. The exercises use
# the days of `sleepstudy`.

# %% exercise 11.1

# %% exercise 11.2

# %% exercise 11.3

# %% exercise 11.4

# %% exercise 11.5

# %% exercise 11.6

# %% exercise 11.7

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Patients are weighed every week. Which are level 1, and which are level 2?
#
#    <details><summary>Answer</summary>
#
#    The weighings are level 1, the patients level 2.
#
#    </details>
#
# 2. You move the origin of time from the first week to the last. Which of $\gamma_{10}$, $\tau_0^2$
#    and $\tau_1^2$ changes?
#
#    <details><summary>Answer</summary>
#
#    Only $\tau_0^2$. It is the variance between persons where time is 0.
#
#    </details>
#
# 3. Why can the correlation of first value and gain be negative when $\tau_{01}$ at the first
#    occasion is not?
#
#    <details><summary>Answer</summary>
#
#    The error of the first value stands in the gain with a minus.
#
#    </details>
#
# 4. From lesson 5: sex goes with the slope of age. In which equation does it stand, and what is its
#    product with age called?
#
#    <details><summary>Answer</summary>
#
#    In the level-2 equation of $\beta_{1j}$. The product is a cross-level interaction.
#
#    </details>
#
# 5. From lesson 7: why is the variance of a $U$ tested with a mixture of two chi-square
#    distributions?
#
#    <details><summary>Answer</summary>
#
#    A variance cannot be negative, so 0 lies at the edge of what is possible.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Boys and girls do grow apart: by the model the distance grows by about 0.3 mm a
#   year more slowly in girls, and a check that does not need one $\sigma^2$ agrees. Whether those
#   who are ahead at 8 grow faster is left open, since the interval of $\tau_{01}$ at that age holds
#   both signs. That children of the same sex differ in their pace is not shown either.
# - Occasions are level 1, persons level 2. The slope of time is the rate of growth.
# - $\gamma_{00}$, $\tau_0^2$ and $\tau_{01}$ hold where time is 0. Choose an origin that you can
#   speak about, and name it.
# - A predictor that changes in time has a slope within persons and one between. Put time beside it.
# - Look at neighbouring residuals, and hold them against a simulation.
# - Use all rows of those who left, and say what that assumes.
#
# ## What to read next
#
# - Singer, J. D., & Willett, J. B. (2003). *Applied longitudinal data analysis*, chapters 3 to 6.
#   Oxford University Press.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 6.
#   Sage.
# - Curran, P. J., & Bauer, D. J. (2011). The disaggregation of within-person and between-person
#   effects in longitudinal models of change. *Annual Review of Psychology*, 62, 583–619.
# - Rubin, D. B. (1976). Inference and missing data. *Biometrika*, 63(3), 581–592. Where the three
#   kinds of missing data come from.
# - Potthoff, R. F., & Roy, S. N. (1964). A generalized multivariate analysis of variance model
#   useful especially for growth curve problems. *Biometrika*, 51, 313–326. These data.
#
# Previous: [10 · Capstone](10_capstone.ipynb) · Next: [12 · Yes or no](12_yes_or_no.ipynb) ·
# [Glossary](GLOSSARY.md)
