# %% [markdown]
# # 8 · Assumptions
#
# **Goal.** For each assumption of the models you can say what it means, how to look whether it
# holds, what goes wrong when it does not, and what to do then.
#
# **Time.** About 90 minutes.
#
# **You need.** Lessons 2 to 7.
#
# **The question.** Which assumptions of the random-slope model hold in High School & Beyond, and
# which of its results can you not trust?
#
# Every lesson had a list of assumptions. A list is soon read and soon forgotten. Here you take
# them one by one. You look at them in High School & Beyond, and you break them on purpose in data
# whose truth you know.

# %%
import numpy as np
import pandas as pd

import mlmteach as mlm

hsb = mlm.load("hsb")
model = mlm.Model(
    "mathach ~ ses + minority + female", group="school", level2={"ses": "U"}, data=hsb
)
model.assumptions()

# %% [markdown]
# Lecture notes sometimes say that "$\tau_0^2$ and $\sigma^2$ are uncorrelated". These are two
# numbers, and numbers have no correlation. What is meant is that the *residuals* $U_{0j}$ and
# $\varepsilon_{ij}$ are.
#
# ## The model and its fit

# %%
model.full

# %%
fit = model.fit(hsb)
fit.summary()

# %% [markdown]
# ## A world to break
#
# The world has 40 schools with 15 students in three forms of 5, and 5 schools in each of 8
# districts. Students of one form, and of one school, are alike in $x$. The districts are given a
# programme, $z$, or not. The truth is
#
# $$y_{ij} = 0.3\,x_{ij} + U_{0j} + \varepsilon_{ij}, \qquad \gamma_{10} = 0.3, \quad
# \gamma_{01} = 0, \quad \tau_0^2 = 0.25, \quad \sigma^2 = 1$$

# %%
rng = np.random.default_rng(8)
school, form = np.repeat(np.arange(40), 15), np.arange(600) // 5
district = school // 5
z = district % 2
x = rng.normal(size=600) + 0.5 * rng.normal(size=120)[form] + 0.5 * rng.normal(size=40)[school]
y = rng.normal(size=40)[school] + rng.normal(size=600)
world = pd.DataFrame({"y": y, "x": x, "z": z, "school": school, "district": district})
simple = mlm.Model("y ~ x", group="school", level2={"intercept": "z + U"}).fit(world)


# %% [markdown]
# The two residuals, when all is well, and a function that draws 200 outcomes, fits the model to
# each, and counts how often the 95 % interval holds the truth. This share is the
# [coverage](GLOSSARY.md#coverage) of the interval. It should be 95 %.


# %%
def usual_u(rng):
    return 0.5 * rng.normal(size=40)[school]


def usual_e(rng):
    return rng.normal(size=600)


# %%
names, truth = ["x", "z", "var(Intercept)"], np.array([0.3, 0.0, 0.25])


def repeat(name, u=usual_u, e=usual_e, fit=simple):
    rng, covered, estimates = np.random.default_rng(2026), [], []
    for _ in range(200):
        one = fit.refit(0.3 * x + u(rng) + e(rng))
        lower, upper = one.conf_int(which="all").loc[names].to_numpy().T
        covered.append((lower <= truth) & (truth <= upper))
        estimates.append([one.params["x"], one.cov_re.iloc[0, 0]])
    slope, tau2 = np.mean(estimates, axis=0)
    shares = " %, ".join(f"{100 * share:.0f}" for share in np.mean(covered, axis=0))
    print(f"{name:<24} gamma_10 {slope:.2f}, tau_0^2 {tau2:.2f}; covered: {shares} %")


# %% tags=["nbval-check-output"]
repeat("all is well")
chance = 100 * (0.95 * 0.05 / 200) ** 0.5
print(f"standard error of a coverage of 95 % in 200 samples: {chance:.1f} %")

# %% [markdown]
# Read it so: the mean of the estimated slopes, the mean of the estimated $\tau_0^2$, and how often
# the intervals of $\gamma_{10}$, $\gamma_{01}$ and $\tau_0^2$ held the truth.
#
# 200 samples are few. Where the coverage is 95 %, you will see anything from 92 to 98 %. So only a
# coverage below 92 % says that something is wrong. Where a result below is closer than that, the
# text gives the coverage in 2,000 samples, which were drawn for this page and take some minutes.
# Their standard error is 0.5 %. When all is well, they give 94.7, 95.4 and 95.2 %.
#
# ## 1. The groups are a random sample
#
# **What it says.** The schools were drawn from the population that you want to speak of.
#
# **How to check.** Not with a figure. Ask how they were chosen, how many refused, and who.
#
# **What its violation does.** Suppose that only schools with a positive $U_{0j}$ take part.

# %% tags=["nbval-check-output"]
repeat("only the better schools", u=lambda rng: np.abs(usual_u(rng)))

# %% [markdown]
# The slope within schools is right. But $\tau_0^2$ is far too small, and its interval misses. The
# intercept comes out as 0.40 in place of 0 (in 2,000 samples). No figure of these data would show
# it.
#
# **What to do.** Describe the population that the sample can stand for. Put what decided about
# taking part into the level-2 equation.
#
# ### Rows with a gap
#
# Students with a missing value are left out too
# ([listwise deletion](GLOSSARY.md#listwise-deletion)). What does that assume? High School & Beyond
# has no gaps. So make some in three ways, 20 times each, and look at the slope of SES and at the
# level of a student with an SES of 0 in a school with a mean SES of 0.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(8)
gaps = {
    "nobody": 0.0,
    "30 % of all": 0.3,
    "half of those with a low SES": 0.5 * (hsb["ses"] < hsb["ses"].median()),
    "half of those with a low score": 0.5 * (hsb["mathach"] < hsb["mathach"].median()),
}
context = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "meanses + U"})
for name, share in gaps.items():
    left = [hsb[rng.random(len(hsb)) >= share] for _ in range(20)]
    found = pd.DataFrame([context.fit(rows).params for rows in left])
    level, slope = found[["Intercept", "ses"]].mean()
    print(f"left out: {name:<31} level {level:.2f}, slope {slope:.2f}")

# %% [markdown]
# (The error of simulation is about 0.01 for the level and 0.02 for the slope.) Gaps by chance cost
# precision and nothing else. Gaps that depend on a predictor in the model do no harm to the
# $\gamma$ either, if the model is right. Gaps that depend on the outcome do: the level comes out
# 1.6 points too high, and the slope too flat. So leaving rows out assumes that, given the
# predictors, a gap has nothing to do with the outcome.
#
# A gap in a predictor of the *schools* takes a whole school with it. `fit.summary()` says how many
# rows and groups are left. When gaps are many, or go with variables that you know but do not have
# in the model, read about multiple imputation (van Buuren, 2018). This package has none. Gaps that
# go with the missing value itself no method mends from the data alone.
#
# ## 2. Residuals have mean 0, given the predictors
#
# **What it says.** Nothing that was left out goes with the predictors, at either level. For
# $U_{0j}$: schools whose students have a high SES are not better or worse for other reasons.
#
# **How to check.** Add the school means of a level-1 predictor. Where the assumption holds, their
# coefficient is 0.

# %% tags=["nbval-check-output"]
level2 = {"intercept": "group_mean(ses) + U", "ses": "U"}
with_means = mlm.Model("mathach ~ ses + minority + female", group="school", level2=level2)
means = with_means.fit(hsb)
low, high = means.conf_int().loc["group_mean(ses)"]
print(f"contextual effect of SES: {means.params['group_mean(ses)']:.2f} ({low:.2f} to {high:.2f})")
print(f"slope of SES: {means.params['ses']:.2f}, without the means {fit.params['ses']:.2f}")

# %% [markdown]
# It does not hold in High School & Beyond. You met this in lesson 6 as the contextual effect. With
# the means in the model, the slope of SES falls from 2.10 to 1.92.
#
# **What its violation does.** Let $U_{0j}$ go with the mean of $x$ in the school, and then with
# $z$.

# %% tags=["nbval-check-output"]
means_of_x = world.groupby("school")["x"].transform("mean").to_numpy()
level2 = {"intercept": "group_mean(x) + z + U"}
with_mean = mlm.Model("y ~ x", group="school", level2=level2).fit(world)
repeat("U goes with x", u=lambda rng: usual_u(rng) + means_of_x)
repeat("... and means added", u=lambda rng: usual_u(rng) + means_of_x, fit=with_mean)
repeat("U goes with z", u=lambda rng: usual_u(rng) + 0.5 * z, fit=with_mean)

# %% [markdown]
# In the first line the slope is biased, and its interval misses the truth too often. With the means
# in the model its estimate is right, and so is the interval.
#
# In the third line $U_{0j}$ is higher by 0.5 in schools with the programme, for a reason that is
# not in the model. The true $\gamma_{01}$ is 0, and its interval holds it in 16 % of the samples,
# although the means of $x$ are there.
#
# **What to do.** Add the group means of the level-1 predictors. That protects the level-1 *slopes*.
# It does not protect level 2. What goes with $U_{0j}$ goes into the coefficients of the means and
# of $z$, and what goes with $\varepsilon_{ij}$ goes into the slopes. There you need the variable
# itself or a better design.
#
# ## 3. Straight lines
#
# **What it says.** A unit of a predictor goes with the same difference everywhere.
#
# **How to check.** Plot residuals against the predictor and look at the means.

# %%
mlm.plot.residual_predictor(fit, "ses")

# %% [markdown]
# Is there a bend? None to speak of. Of twelve means one has an interval that leaves 0 out, and all
# lie within about half a point of 0.
#
# **What its violation does.** A bend that is left out goes into the residuals. Where groups differ
# in $x$, it can even look like a random slope: groups lie at different places of the same curve,
# so their lines have different slopes.

# %% tags=["nbval-check-output"]
rng, p_values = np.random.default_rng(2026), []
curve = 0.3 * x + 0.2 * x**2
line = mlm.Model("y ~ x", group="school").fit(world)
bent = world.assign(y=world["y"] + x**2)  # any outcome will do: refit brings the others
steep = mlm.Model("y ~ x", group="school", level2={"x": "U"}).fit(bent)
for _ in range(100):
    y = curve + usual_u(rng) + usual_e(rng)
    test = mlm.compare(line.refit(y), steep.refit(y)).tests
    p_values.append(test["pvalue"].iloc[0])
print(f"a random slope is 'found' in {100 * np.mean(np.array(p_values) < 0.05):.0f} % of samples")

# %% [markdown]
# No slope is random in this world, so a test at 5 % should find one in 5 % of the samples.
#
# **What to do.** Add a square, `I(x**2)`, or a logarithm, before you add a random slope.
#
# ## 4. The same $\sigma^2$ in every group
#
# **What it says.** Students spread about their school's line equally in all schools, and equally
# at all values of the predictors.
#
# **How to check.** Compare the spread of the residuals from school to school.

# %%
mlm.plot.residual_spread(fit)

# %%
fit.diagnostics.equal_variance().round(5)

# %% tags=["nbval-check-output"]
spread = fit.diagnostics.group_dispersion()["variance"] ** 0.5
near = ((spread - fit.scale**0.5).abs() < 1).mean()
print(f"{100 * near:.0f} % of the schools lie within a point of sigma = {fit.scale**0.5:.2f}")

# %% [markdown]
# Three [tests of equal variance](GLOSSARY.md#tests-of-equal-variance), each with another eye:
#
# - **H** compares the logarithms of the schools' residual variances with what chance would give. It
#   takes the residuals for normal.
# - **Brown–Forsythe** compares the schools too, by the distances of the residuals from the median
#   of their school. It needs no normal distribution.
# - **Breusch–Pagan** asks whether the squared residuals go with the predictors.
#
# Does the assumption hold? Not exactly. 14 schools lie outside their range, where chance would put
# 8 of 160, and all three p-values are small. With thousands of students a test finds small
# differences too, so look at their size: most schools lie within a point of $\sigma$.
#
# **What its violation does.** It depends on where the variance changes. First each school has a
# factor of its own. It is [lognormal](GLOSSARY.md#lognormal): its logarithm is normal, so it is
# never below 0. Then the spread grows with the size of $x$.

# %% tags=["nbval-check-output"]
repeat("differs between schools", e=lambda rng: usual_e(rng) * rng.lognormal(0, 0.5, 40)[school])
repeat("grows with the size of x", e=lambda rng: usual_e(rng) * np.abs(x))

# %% [markdown]
# Differences between schools do little to the $\gamma$: 94.4 and 95.2 % are covered in 2,000
# samples. But each school's own interval in a caterpillar plot is then too long or too short. A
# variance that goes with $x$ is another thing: the interval of the slope is too short.
#
# **What to do.** Look for what is missing: an interaction, a random slope, a bend. Try the
# logarithm of the outcome. Let the variance differ where you know why it may. And hold the standard
# errors against robust ones.
#
# ### A variance for each category
#
# Perhaps students of Catholic schools are more alike than students of public schools. Say so in
# the model: `sigma2=mlm.by("sector")` gives each sector a residual variance of its own.

# %% tags=["nbval-check-output"]
apart = mlm.Model(
    "mathach ~ ses + minority + female",
    group="school",
    level2={"ses": "U"},
    sigma2=mlm.by("sector"),
).fit(hsb)
test = mlm.compare(fit, apart).tests.iloc[0]
print(f"chi-square {test['statistic']:.1f}, df {test['df']:.0f}, p = {test['pvalue']:.5f}")
print(f"the standard errors are {(apart.bse / fit.bse).min():.3f} to", end=" ")
print(f"{(apart.bse / fit.bse).max():.3f} times what they were")

# %%
apart.interpret("σ₁²")

# %% [markdown]
# They are more alike. The two fits have the same fixed part, and no variance is held at 0, so the
# test is an ordinary one. The standard errors hardly move. What you gain is a fact about schools,
# and intervals that fit the single school.
#
# ### Robust standard errors
#
# The usual standard errors are computed from $\tau$ and $\sigma^2$. They are right when the model
# is. [Robust standard errors](GLOSSARY.md#robust-standard-errors) are computed from the residuals,
# school by school. They do not rely on the variances and correlations that the model assumes. They
# only need schools that are independent of each other. HLM prints them in a second table. Here they
# are a fit of their own, with the same estimates:

# %%
fit.robust().interpret("minority")

# %% [markdown]
# In the world where the spread grows with the size of $x$, the interval of the slope held the truth
# in 77 % of the samples. The robust one holds it as often as it should:

# %% tags=["nbval-check-output"]
grows = {"e": lambda rng: usual_e(rng) * np.abs(x)}
repeat("... robust intervals", **grows, fit=simple.robust())

# %% [markdown]
# Now hold both against each other in High School & Beyond. When the model is right, they estimate
# the same, and differ by chance only. So if they differ by more, something in the model is wrong.

# %%
fit.diagnostics.robustness()

# %% [markdown]
# For `minority` they differ by more than chance. What is missing? Perhaps the difference between
# minority students and others is not the same in all schools. Let it vary:

# %% tags=["nbval-check-output"]
level2 = {"ses": "U", "minority": "U"}
varying = mlm.Model("mathach ~ ses + minority + female", group="school", level2=level2).fit(hsb)
test = mlm.compare(fit, varying).tests.iloc[0]
print(f"random slope of minority: p = {test['pvalue']:.3f}")
print(varying.diagnostics.robustness().table[["SE model", "SE robust", "ratio"]].round(2))

# %% [markdown]
# There it is. With the random slope, both standard errors of `minority` are 0.24. So robust
# standard errors are a remedy, and a diagnosis too. The diagnosis is worth more: a better model
# tells you something about schools (King & Roberts, 2015).
#
# They have limits. They guard against wrong variances and correlations within a school, and not
# against what is left out of the fixed part. Nor do they mend the intervals of $\tau$. And they
# need groups: the plain ones (`fit.robust("CR0")`) about 50 (Huang et al., 2022), or even 100
# (Maas & Hox, 2004). The usual choice here, CR2, is corrected for few groups, and its degrees of
# freedom say how few there are. You will be warned when they are below 4.
#
# ## 5. Residuals are independent
#
# **What it says.** Apart from the school, students are as different as strangers. And schools have
# nothing in common that the predictors leave out.
#
# **How to check.** Think first: is there a level between (forms, teachers) or above (districts)?
# Is there an order, as in time? Where there is an order, correlate neighbours. In the data set
# `sleepstudy` each person was tested on ten days.

# %% tags=["nbval-check-output"]
sleep = mlm.load("sleepstudy").sort_values(["Subject", "Days"])
days = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(sleep)


def with_the_day_before(one):
    return one.resid.corr(one.resid.groupby(sleep["Subject"]).shift())


simulated = [with_the_day_before(days.refit(y)) for _, y in days.simulate(100, seed=8).items()]
print(f"correlation with the day before  {with_the_day_before(days):.2f}")
print(f"if days were independent         {np.mean(simulated):.2f} on average")
print(f"                                 {np.max(simulated):.2f} at most in 100 samples")

# %% [markdown]
# Residuals about a fitted line are always a little negatively correlated, so do not hold the
# correlation against 0: simulate from the fit. Here neighbouring days are more alike than the model
# says. `sleepstudy` needs a model in which $\varepsilon_{ij}$ goes on from day to day.
#
# **What its violation does.** Let the forms differ, and then the districts.

# %% tags=["nbval-check-output"]
repeat("forms differ", e=lambda rng: usual_e(rng) + 0.7 * rng.normal(size=120)[form])
repeat("districts differ", u=lambda rng: usual_u(rng) + 0.5 * rng.normal(size=8)[district])

# %% [markdown]
# A level that is left out adds to the variance of the level above and below it, so the interval of
# $\tau_0^2$ misses. And it spoils the intervals of whatever was assigned at that level. The
# programme $z$ was given to districts: its interval holds the truth in only 78 % of the samples
# (73 % of 2,000). It is lesson 1 once more, one level up. With the forms the harm to $x$ is small,
# since most of $x$ differs within forms: 92.6 % are covered in 2,000 samples.
#
# How much is lost depends on the size of the groups, and on how alike their members are:

# %%
mlm.explore.design_effect()

# %% [markdown]
# **What to do.** Put the level into the model, as [lesson 14](14_three_levels.ipynb) does. Or use
# the level at which the predictor of interest was assigned as the group. Groups that do not lie in
# each other, such as schools and neighbourhoods, are in [lesson 15](15_crossed_groups.ipynb). For
# an order in time, nlme has the argument `correlation`.
#
# ## 6. Normal distributions
#
# **What it says.** $U_{0j}$ and $U_{1j}$ are jointly normal, and so is $\varepsilon_{ij}$.
#
# **How to check.** Plot residuals against normal quantiles, at each level.

# %%
mlm.plot.residual_qq(fit)

# %%
fit.diagnostics.normality().round(3)

# %% [markdown]
# Both are [tests of normality](GLOSSARY.md#tests-of-normality). **D'Agostino–Pearson** looks at the
# skewness (is one tail longer?) and the kurtosis (are the tails heavy?) together. It is for many
# values. **Shapiro–Wilk** asks how straight the points lie in the quantile plot.
#
# Does the assumption hold? At level 1 not exactly. Both ends fall inside the line: the test has a
# lowest and a highest score, so its tails are short (kurtosis −0.51). With thousands of students
# the p-value is tiny for any departure. At level 2 the points follow the line, and the tests find
# nothing (p = 0.21 and 0.15). But a predicted $U_{qj}$ is a mixture of the school's own data and of
# the normal distribution that it was shrunk to, so this plot can look better than the truth. How
# much of it is the school's own? That is the reliability of lesson 2, here on average over the
# schools.

# %% tags=["nbval-check-output"]
for name, share in fit.quantities.reliability().mean().items():
    print(f"{name:<10} {share:.2f}")

# %% [markdown]
# The predicted intercepts are mostly data. The predicted slopes are mostly the normal distribution.
#
# **What its violation does.** Take a $U_{0j}$ with a long tail on one side, and then an
# $\varepsilon_{ij}$ with heavy tails.

# %% tags=["nbval-check-output"]
repeat("U is skewed", u=lambda rng: 0.5 * (rng.exponential(size=40) - 1)[school])
repeat("e has heavy tails", e=lambda rng: rng.standard_t(3, size=600))

# %% [markdown]
# The $\gamma$ and their intervals hardly notice. The interval of $\tau_0^2$ does when $U_{0j}$ is
# skewed: it leans on the normal distribution. So do statements such as "95 % of the schools lie
# between".
#
# **What to do.** For the $\gamma$, often nothing. For variances, say that the interval assumes a
# normal distribution. Look whether a few groups make the tail.
#
# ## 7. $U$ is independent of $\varepsilon$, and of the number of units
#
# **What it says.** How good a school is says nothing about how its students spread. Nor, which is
# an assumption of its own, about how many of them are in the sample.
#
# **How to check.** Hold the predicted $U_{0j}$ against the spread and against the numbers.

# %% tags=["nbval-check-output"]
u, sampled = fit.random_effects["Intercept"], hsb.groupby("school").size()
schools = hsb.groupby("school").first().assign(u=u, sampled=sampled)
print(f"correlation with the spread             {u.corr(spread):.2f}")
print(f"correlation with the number of students {u.corr(sampled):.2f}")
print(schools.groupby("sector")[["u", "sampled"]].mean().round(2))

# %% [markdown]
# Neither holds exactly. In schools with a high $U_{0j}$ students spread a little less: the test has
# a highest score, and more of them come near it. And the number of students goes with $U_{0j}$.
# Behind it stands the sector: Catholic schools (1) have the higher $U_{0j}$ here, and more students
# in the sample.
#
# **What to do.** Put the size of the group, or what lies behind it, into the level-2 equation.
#
# ## One group alone
#
# No assumption says that no school may be special, but you want to know whether one school makes
# the result. Fit the model without each of them.

# %%
influence = fit.diagnostics.influence(progress=False)
influence.table[["cook", "ses", "var(Intercept)", "var(ses)"]].head(3).round(3)

# %% tags=["nbval-check-output"]
print(influence.table[["cook", "ses", "var(ses)"]].agg(["min", "max"]).round(3))
alone = influence.table["var(ses)"].idxmin()
rest = hsb[hsb["school"] != alone]
fixed_slope = mlm.Model("mathach ~ ses + minority + female", group="school").fit(rest)
test = mlm.compare(fixed_slope, model.fit(rest)).tests.iloc[0]
print(f"without school {alone}: random slope p = {test['pvalue']:.3f}")

# %% [markdown]
# `cook` is [Cook's distance](GLOSSARY.md#cooks-distance) of the $\gamma$. All are far below 1. Does
# one school make the result? Not the slope of SES: it stays 2.1 whichever school you leave out. But
# $\tau_1^2$ leans on a single one. Without school 2277 it falls from 0.26 to 0.15, and the p-value
# of the random slope rises from 0.047 (lesson 7) to 0.077. That is one more reason not to make much
# of it. The slope in a sentence:

# %%
fit.interpret("ses")

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("8.1")` helps,
# `mlm.hint("8.1", 2)` helps more, and `mlm.solution("8.1")` shows a solution.

# %% exercise 8.1

# %% exercise 8.2

# %% exercise 8.3

# %% exercise 8.4

# %% exercise 8.5

# %% exercise 8.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Which assumption does no figure of the data show?
#
#    <details><summary>Answer</summary>
#
#    That the groups are a random sample. (What was left out of the model is another one.)
#
#    </details>
#
# 2. You add the group means of all level-1 predictors. Is the coefficient of a level-2 predictor
#    now safe from what was left out?
#
#    <details><summary>Answer</summary>
#
#    No. Only the level-1 slopes are, and only from what differs between groups.
#
#    </details>
#
# 3. The $U_{0j}$ are skewed. Whose interval suffers most?
#
#    <details><summary>Answer</summary>
#
#    That of $\tau_0^2$.
#
#    </details>
#
# 4. From lesson 7: a power of 0.72 was found in 200 simulated studies. Could the power be 0.68?
#
#    <details><summary>Answer</summary>
#
#    Yes. The standard error of such a share is 0.03.
#
#    </details>
#
# 5. From lesson 1: a programme was given to districts, and the model has schools as groups. Is its
#    standard error too small or too large?
#
#    <details><summary>Answer</summary>
#
#    Too small. It counts schools where it should count districts.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** That the residuals have mean 0 given the predictors fails: the slope of SES
#   mixes two slopes. The spread and the shape of the level-1 residuals depart a little, which
#   matters little. What there is of a random slope leans on one school.
#
# | assumption | look at | it hurts | remedy |
# |---|---|---|---|
# | groups sampled at random | the design | $\gamma_{00}$, $\tau$ | describe; model selection |
# | gaps apart from the outcome | why they are there | $\gamma$, $\tau$ | imputation |
# | mean 0, given $x$ and $z$ | group means | $\gamma$ of both levels | means, for level 1 only |
# | straight lines | residuals against $x$ | slopes, $\tau_1^2$ | squares, logarithms |
# | equal $\sigma^2$ | spread by group | intervals, if it goes with $x$ | what is missing? |
# | independence | design, order | intervals | another level |
# | normality | quantile plots | intervals of $\tau$ | often none |
# | $U$ apart from $\varepsilon$ and $n_j$ | $U$ against both | $\gamma_{00}$, $\tau$ | predictors |
#
# - The assumptions about the mean matter most, those about the shape least.
# - The first ones to worry about are those that no figure shows: the sample, and what was left out.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 10. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 9.
#   Sage.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*, section 3.6, on the order of importance of assumptions. Cambridge University Press.
# - McCulloch, C. E., & Neuhaus, J. M. (2011). Misspecifying the shape of a random effects
#   distribution: Why getting it wrong may not matter. *Statistical Science*, 26(3), 388–402.
# - Maas, C. J. M., & Hox, J. J. (2004). The influence of violations of assumptions on multilevel
#   parameter estimates and their standard errors. *Computational Statistics & Data Analysis*,
#   46(3), 427–440.
# - Huang, F. L., Wiedermann, W., & Zhang, B. (2022). Accounting for heteroskedasticity resulting
#   from between-group differences in multilevel models. *Multivariate Behavioral Research*.
# - King, G., & Roberts, M. E. (2015). How robust standard errors expose methodological problems
#   they do not fix, and what to do about it. *Political Analysis*, 23(2), 159–179.
# - van Buuren, S. (2018). *Flexible imputation of missing data* (2nd ed.), section 2.7 on when to
#   leave rows out, and chapter 7 on multilevel data. Chapman & Hall/CRC.
#
# Previous: [7 · Inference and comparison](07_inference_and_comparison.ipynb)
# · Next: [9 · The same in R, Stata and Python](09_other_programs.ipynb) · [Glossary](GLOSSARY.md)
