# %% [markdown]
# # 2 · The null model
#
# **Goal.** You can write the null model at both levels, fit it, and say what each of its symbols
# means. You can split a variance into a part between groups and a part within groups.
#
# **Time.** About 45 minutes.
#
# **You need.** Regression with one predictor, the mean and the variance.
#
# Students in one school are more alike than students from different schools. The *null model* is
# the smallest model that says so. It has no predictors. It splits what you see into a general
# mean, a departure of each school, and a departure of each student from the school.

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")
hsb[["school", "mathach"]].groupby("school").agg(["size", "mean"]).round(2).head()

# %% [markdown]
# These are the first five schools of High School & Beyond: the number of students sampled, and
# the mean of their mathematics achievement. The means differ. Some of that is chance, since each
# school sent only a few dozen students. The null model tells you how much is more than chance.
#
# ## The equations
#
# Take student $i$ in school $j$. At **level 1** you describe the students of one school. At
# **level 2** you describe the schools. The **full model** puts the second into the first.

# %%
null = mlm.Model("mathach ~ 1", group="school", data=hsb)
null

# %% [markdown]
# The intercept $\beta_{0j}$ has an index $j$: every school has its own. Its equation says what
# these intercepts have in common, $\gamma_{00}$, and how each of them departs from it, $U_{0j}$.
# A *fixed* coefficient such as $\gamma_{00}$ is one unknown number. A *random* coefficient such
# as $U_{0j}$ differs from group to group, as if drawn from a distribution. You estimate the first.
# You predict the second.

# %%
null.interpret()

# %% [markdown]
# ## What the model assumes
#
# 1. The schools are a random sample from all schools you want to speak of.
# 2. The $U_{0j}$ are drawn from a distribution with mean 0 and variance $\tau_0^2$. They are
#    independent of each other.
# 3. The $\varepsilon_{ij}$ have mean 0 and the same variance $\sigma^2$ in every school. They are
#    independent of each other and of the $U_{0j}$.
#
# For tests and intervals you also assume that both distributions are normal.
#
# ## The fit

# %%
fit = null.fit(hsb)
fit.summary()

# %% [markdown]
# `fit` holds every number by name. `fit.params` are the $\gamma$, `fit.cov_re` is the matrix of
# the $\tau$, and `fit.scale` is $\sigma^2$. The same equation with its numbers:

# %%
fit.equations(parts=("level2", "full"), distributions=True)

# %% [markdown]
# ## What $\gamma_{00}$ is, and what it is not
#
# There are three means that you could call the average achievement. Compare them.

# %%
# NBVAL_CHECK_OUTPUT
school_means = hsb.groupby("school")["mathach"].mean()
print(f"mean of all students       {hsb['mathach'].mean():.2f}")
print(f"mean of the school means   {school_means.mean():.2f}")
print(f"gamma_00                   {fit.params['Intercept']:.2f}")

# %% [markdown]
# The mean of all students gives a large school more weight than a small one. The mean of the
# school means gives every school the same weight. $\gamma_{00}$ lies between them: it weighs a
# school by how precisely its mean is known, which is $1 / (\tau_0^2 + \sigma^2 / n_j)$. In these
# data the schools differ so much that the weights are almost equal.
#
# ## Two variances
#
# The model splits the variance of the outcome in two, since $U_{0j}$ and $\varepsilon_{ij}$ are
# independent:
#
# $$\mathrm{var}(\text{mathach}_{ij}) = \tau_0^2 + \sigma^2$$
#
# The share that lies between the schools is the **intraclass correlation** (ICC):
#
# $$\rho = \frac{\tau_0^2}{\tau_0^2 + \sigma^2}$$

# %%
# NBVAL_CHECK_OUTPUT
tau2 = fit.cov_re.loc["Intercept", "Intercept"]
print(f"between schools  tau_0^2 = {tau2:.2f}")
print(f"within schools   sigma^2 = {fit.scale:.2f}")
print(f"ICC              rho     = {fit.icc:.3f}")

# %% [markdown]
# The ICC has a second reading. Draw two students from one school at random: $\rho$ is the
# correlation of their achievement. In an ordinary regression it would have to be 0.
#
# A variance is hard to picture, a range is not. If the schools' intercepts are normally
# distributed, 95 % of them are expected within two standard deviations of the general mean:

# %%
# NBVAL_CHECK_OUTPUT
intercepts = fit.quantities.plausible_range("Intercept")
print(f"95 % of the schools: {intercepts.lower:.1f} to {intercepts.upper:.1f}")

# %% [markdown]
# ## Do schools differ at all?
#
# If they did not, $\tau_0^2$ would be 0, and an ordinary model with one mean and one variance would
# do. Compare the two by a *likelihood-ratio test*. The deviance is $-2$ times the log-likelihood:
# the smaller, the better the model fits. Use ML for both.

# %%
# NBVAL_CHECK_OUTPUT
from scipy.stats import chi2, norm

y = hsb["mathach"]
without_schools = -2 * norm.logpdf(y, y.mean(), y.std(ddof=0)).sum()
with_schools = null.fit(hsb, reml=False).criterion
statistic = without_schools - with_schools
p_value = chi2.sf(statistic, df=1) / 2
print(f"deviance without U {without_schools:.1f}, with U {with_schools:.1f}")
print(f"difference {statistic:.1f}, p = {p_value:.1g}")

# %% [markdown]
# The p-value is **halved**. A variance cannot be negative, so $\tau_0^2 = 0$ lies at the edge of
# what is possible. In about half of all samples from a world without differences the estimate would
# be 0, and so would the statistic. Lesson 7 comes back to this.
#
# Such a test is seldom the point. That schools differ somewhat was clear before. The size of
# $\tau_0^2$ tells you more.
#
# ## The schools one by one
#
# A school's $U_{0j}$ is not a parameter, so it is predicted and not estimated. You could take the
# school's mean minus $\gamma_{00}$. But the mean of a small sample lies far out more often by
# chance alone. The prediction therefore keeps only a part of it:
#
# $$\hat U_{0j} = \lambda_j \, (\bar y_{\cdot j} - \hat\gamma_{00}), \qquad
# \lambda_j = \frac{\tau_0^2}{\tau_0^2 + \sigma^2 / n_j}$$
#
# $\lambda_j$ is the *reliability* of the school's mean. It is close to 1 for a large school and
# smaller for a small one. This is called *shrinkage*.

# %%
# NBVAL_CHECK_OUTPUT
reliability = fit.quantities.reliability()["Intercept"]
by_hand = reliability * (school_means - fit.params["Intercept"])
difference = (by_hand - fit.random_effects["Intercept"]).abs().max()
print(f"reliability from {reliability.min():.2f} to {reliability.max():.2f}")
print(f"largest difference from fit.random_effects: {difference:.6f}")

# %%
mlm.plot.shrinkage(fit)

# %% [markdown]
# Move the variances, and watch the predictions: with a small $\tau_0^2$ they all go to 0, with a
# large one each school keeps its own mean.

# %%
mlm.explore.shrinkage(fit)

# %% [markdown]
# The *caterpillar plot* puts the predictions in order and adds to each an interval. It shows at a
# glance which schools stand out, and how many do not.

# %%
mlm.plot.caterpillar(fit)

# %% [markdown]
# Read it with care. An interval that leaves 0 out says that this school departs from the general
# mean. It does not say that two schools differ from each other: for that, look at the difference
# of their predictions. And it does not say why. Which students go to which school is one possible
# reason, and the model knows nothing of it yet.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("2.1")` helps, and
# `mlm.solution("2.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 2.1

# %% exercise 2.2

# %% exercise 2.3

# %% exercise 2.4

# %% exercise 2.5

# %% exercise 2.6

# %% exercise 2.7

# %% [markdown]
# ## Summary
#
# - The null model has one fixed coefficient, $\gamma_{00}$, and two variances, $\tau_0^2$ and
#   $\sigma^2$.
# - $\gamma_{00}$ is the mean of the schools' means in the population of schools.
# - $U_{0j}$ is the departure of school $j$. It is predicted, and shrunk towards 0.
# - The ICC is the share of the variance that lies between schools, and the correlation of two
#   students of one school.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapters 3 and 4.
#   Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 4,
#   which works with these data. Sage.
