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
# each, and counts how often the 95 % interval holds the truth. It should be about 95 % of the time.


# %%
def usual_u(rng):
    return 0.5 * rng.normal(size=40)[school]


def usual_e(rng):
    return rng.normal(size=600)


# %%
truth = pd.Series({"x": 0.3, "z": 0.0, "var(Intercept)": 0.25})


def repeat(name, u=usual_u, e=usual_e, fit=simple):
    rng, covered, estimates = np.random.default_rng(2026), [], []
    for _ in range(200):
        one = fit.refit(0.3 * x + u(rng) + e(rng))
        limits = one.conf_int(which="all").loc[truth.index]
        covered.append((limits["lower"] <= truth) & (truth <= limits["upper"]))
        estimates.append([one.params["x"], one.cov_re.iloc[0, 0]])
    slope, tau2 = np.mean(estimates, axis=0)
    shares = " %, ".join(f"{100 * share:.0f}" for share in pd.DataFrame(covered).mean())
    print(f"{name:<24} gamma_10 {slope:.2f}, tau_0^2 {tau2:.2f}; covered: {shares} %")


# %%
# NBVAL_CHECK_OUTPUT
repeat("all is well")

# %% [markdown]
# Read it so: the mean of the estimated slopes, the mean of the estimated $\tau_0^2$, and how often
# the intervals of $\gamma_{10}$, $\gamma_{01}$ and $\tau_0^2$ held the truth.
#
# ## 1. The groups are a random sample
#
# **What it says.** The schools were drawn from the population that you want to speak of.
#
# **How to check.** Not with a figure. Ask how they were chosen, how many refused, and who.
#
# **What its violation does.** Suppose that only schools with a positive $U_{0j}$ take part.

# %%
# NBVAL_CHECK_OUTPUT
repeat("only the better schools", u=lambda rng: np.abs(usual_u(rng)))

# %% [markdown]
# The slope within schools is right. But $\tau_0^2$ is far too small, its interval misses, and the
# intercept would be too high. No figure of these data would show it.
#
# **What to do.** Describe the population that the sample can stand for. Put what decided about
# taking part into the level-2 equation.
#
# ## 2. Residuals have mean 0, given the predictors
#
# **What it says.** Nothing that was left out goes with the predictors, at either level. For
# $U_{0j}$: schools whose students have a high SES are not better or worse for other reasons.
#
# **How to check.** Add the school means of a level-1 predictor. Where the assumption holds, their
# coefficient is 0.

# %%
# NBVAL_CHECK_OUTPUT
level2 = {"intercept": "group_mean(ses) + U", "ses": "U"}
with_means = mlm.Model("mathach ~ ses + minority + female", group="school", level2=level2)
means = with_means.fit(hsb)
low, high = means.conf_int().loc["group_mean(ses)"]
print(f"contextual effect of SES: {means.params['group_mean(ses)']:.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
# It does not hold in High School & Beyond. You met this in lesson 6 as the contextual effect.
#
# **What its violation does.** Let $U_{0j}$ go with the mean of $x$ in the school.

# %%
# NBVAL_CHECK_OUTPUT
means_of_x = world.groupby("school")["x"].transform("mean").to_numpy()
centred = mlm.Model("y ~ x", group="school", level2={"intercept": "group_mean(x) + z + U"})
repeat("U goes with x", u=lambda rng: usual_u(rng) + means_of_x)
repeat("... and means added", u=lambda rng: usual_u(rng) + means_of_x, fit=centred.fit(world))

# %% [markdown]
# The slope is biased, and its interval misses the truth far too often. With the means in the model,
# all is well again.
#
# **What to do.** Add the group means of the level-1 predictors. That cures it at level 2. What goes
# with $\varepsilon_{ij}$ at level 1 has no such cure: there you need the variable itself, or a
# better design.
#
# ## 3. Straight lines
#
# **What it says.** A unit of a predictor goes with the same difference everywhere.
#
# **How to check.** Plot residuals against the predictor and look at the means.

# %%
mlm.plot.residual_predictor(fit, "ses")

# %% [markdown]
# There is no bend to speak of.
#
# **What its violation does.** A bend that is left out goes into the residuals. Where groups differ
# in $x$, it can even look like a random slope: groups lie at different places of the same curve,
# so their lines have different slopes.

# %%
# NBVAL_CHECK_OUTPUT
rng, p_values = np.random.default_rng(2026), []
curve = 0.3 * x + 0.2 * x**2
line = mlm.Model("y ~ x", group="school").fit(world)
bent = world.assign(y=world["y"] + x**2)
steep = mlm.Model("y ~ x", group="school", level2={"x": "U"}).fit(bent)
for _ in range(100):
    y = curve + usual_u(rng) + usual_e(rng)
    test = mlm.compare(line.refit(y), steep.refit(y)).tests
    p_values.append(test["pvalue"].iloc[0])
print(f"a random slope is 'found' in {100 * np.mean(np.array(p_values) < 0.05):.0f} % of samples")

# %% [markdown]
# No slope is random in this world. 5 % would be right.
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
fit.diagnostics.equal_variance().round(3)

# %% [markdown]
# More schools lie outside their range than chance would put there, and the tests agree. With
# thousands of students a test finds small differences too, so look at their size: most schools
# lie within a point of $\sigma$.
#
# **What its violation does.** It depends on where the variance changes.

# %%
# NBVAL_CHECK_OUTPUT
repeat("differs between schools", e=lambda rng: usual_e(rng) * rng.lognormal(0, 0.5, 40)[school])
repeat("grows with the size of x", e=lambda rng: usual_e(rng) * np.abs(x))

# %% [markdown]
# Differences between schools do little to the $\gamma$. But each school's own interval in a
# caterpillar plot is then too long or too short. A variance that goes with $x$ is another thing:
# the interval of the slope is far too short.
#
# **What to do.** Look for what is missing: an interaction, a random slope, a bend. Try the
# logarithm of the outcome. nlme can model the variance itself (its argument `weights`).
#
# ## 5. Residuals are independent
#
# **What it says.** Apart from the school, students are as different as strangers. And schools have
# nothing in common that the predictors leave out.
#
# **How to check.** Think first: is there a level between (forms, teachers) or above (districts)?
# Is there an order, as in time? Where there is an order, correlate neighbours. In the data set
# `sleepstudy` each person was tested on ten days.

# %%
# NBVAL_CHECK_OUTPUT
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

# %%
# NBVAL_CHECK_OUTPUT
repeat("forms differ", e=lambda rng: usual_e(rng) + 0.7 * rng.normal(size=120)[form])
repeat("districts differ", u=lambda rng: usual_u(rng) + 0.5 * rng.normal(size=8)[district])

# %% [markdown]
# A level that is left out adds to the variance of the level above and below it. And it spoils the
# intervals of whatever differs at that level: $x$, which differs between forms, and the programme
# $z$, which was given to districts. It is lesson 1 once more, one level up.
#
# How much is lost depends on the size of the groups, and on how alike their members are:

# %%
mlm.explore.design_effect()

# %% [markdown]
# **What to do.** Put the level into the model. This course stops at two levels. lme4, nlme and
# Stata take three. Or use the level at which the predictor of interest was assigned as the group.
# For an order in time, nlme has the argument `correlation`.
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
# At level 1 both ends fall inside the line: the test has a lowest and a highest score, so its
# tails are short. With thousands of students the p-value is tiny for any departure. At level 2 the
# points follow the line. But a predicted $U_{qj}$ is a mixture of the school's own data and of the
# normal distribution that it was shrunk to, so this plot can look better than the truth. How much
# of it is the school's own? That is the reliability of lesson 2, here on average over the schools.

# %%
# NBVAL_CHECK_OUTPUT
for name, share in fit.quantities.reliability().mean().items():
    print(f"{name:<10} {share:.2f}")

# %% [markdown]
# The predicted intercepts are mostly data. The predicted slopes are mostly the normal distribution.
#
# **What its violation does.** Take a $U_{0j}$ with a long tail on one side, and then an
# $\varepsilon_{ij}$ with heavy tails.

# %%
# NBVAL_CHECK_OUTPUT
repeat("U is skewed", u=lambda rng: 0.5 * (rng.exponential(size=40) - 1)[school])
repeat("e has heavy tails", e=lambda rng: rng.standard_t(3, size=600))

# %% [markdown]
# The $\gamma$ and their intervals hardly notice. The interval of $\tau_0^2$ does: it leans on the
# normal distribution of $U_{0j}$. So do statements such as "95 % of the schools lie between".
#
# **What to do.** For the $\gamma$, often nothing. For variances, say that the interval assumes a
# normal distribution. Look whether a few groups make the tail.
#
# ## 7. $U$ is independent of $\varepsilon$
#
# **What it says.** How good a school is says nothing about how its students spread, or about how
# many of them there are in the sample.
#
# **How to check.** Hold the predicted $U_{0j}$ against the numbers of students and the spread.

# %%
# NBVAL_CHECK_OUTPUT
u = fit.random_effects["Intercept"]
spread = fit.diagnostics.group_dispersion()["variance"] ** 0.5
print(f"correlation with the number of students {u.corr(hsb.groupby('school').size()):.2f}")
print(f"correlation with the spread             {u.corr(spread):.2f}")

# %% [markdown]
# In schools with a high $U_{0j}$ students spread a little less: the test has a highest score, and
# more of them come near it. Behind the number of students stands the sector: Catholic schools have
# the higher $U_{0j}$ here, and they have more students in the sample.
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

# %% [markdown]
# `cook` is Cook's distance of the $\gamma$. All are far below 1. Whichever school you leave out,
# the slope of SES stays the same to the first decimal. In a sentence:

# %%
fit.interpret("ses")

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("8.1")` helps, and
# `mlm.solution("8.1")` shows a solution.

# %% exercise 8.1

# %% exercise 8.2

# %% exercise 8.3

# %% exercise 8.4

# %% exercise 8.5

# %% exercise 8.6

# %% [markdown]
# ## Summary
#
# | assumption | look at | it hurts | remedy |
# |---|---|---|---|
# | groups sampled at random | the design | $\gamma_{00}$, $\tau$ | describe; model selection |
# | mean 0, given $x$ | group means | $\gamma$ of level 1 | add the means |
# | straight lines | residuals against $x$ | slopes, $\tau_1^2$ | squares, logarithms |
# | equal $\sigma^2$ | spread by group | intervals, if it goes with $x$ | what is missing? |
# | independence | design, order | intervals | another level |
# | normality | quantile plots | intervals of $\tau$ | often none |
# | $U$ apart from $\varepsilon$ | $U$ against $n_j$, spread | $\gamma_{00}$, $\tau$ | predictors |
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
