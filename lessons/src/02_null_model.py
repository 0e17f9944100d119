# %% [markdown]
# # 2 · The null model
#
# **Goal.** You can write the null model at both levels, fit it, and say what each of its symbols
# means. You can split a variance into a part between groups and a part within groups.
#
# **Time.** About 60 minutes.
#
# **You need.** Regression with one predictor, the mean and the variance.
# [Lesson 1](01_why_multilevel.ipynb).
#
# **The question.** How much of the variance of mathematics achievement lies between schools, and
# can you tell which of two schools does better?
#
# Students in one school are more alike than students from different schools. The
# [null model](GLOSSARY.md#null-model) is the smallest model that says so. It has no predictors. It
# splits what you see into a general mean, a departure of each school, and a departure of each
# student from the school.

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
# **level 2** you describe the schools. The [full model](GLOSSARY.md#full-model) puts the second
# into the first.

# %%
null = mlm.Model("mathach ~ 1", group="school", data=hsb)
null

# %% [markdown]
# The intercept $\beta_{0j}$ has an index $j$: every school has its own. Its equation says what
# these intercepts have in common, $\gamma_{00}$, and how each of them departs from it, $U_{0j}$.
# A *fixed* coefficient such as $\gamma_{00}$ is one unknown number. A *random* coefficient such
# as $\beta_{0j}$ differs from group to group, as if drawn from a distribution. Its random part is
# the departure $U_{0j}$. You estimate $\gamma_{00}$. You predict $U_{0j}$.
#
# Other names for $U_{0j}$ are *random effect* and *residual at level 2*. The course says departure,
# since the model does not say where it comes from.

# %%
null.interpret()

# %% [markdown]
# ## What the model assumes
#
# 1. The schools are a random sample from all schools you want to speak of. See below whether they
#    are.
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
# Read three columns for now: the estimate and its standard error (SE) for $\gamma_{00}$, and the
# variances. The other words wait for [lesson 7](07_inference_and_comparison.ipynb). In one line
# each:
#
# - [REML](GLOSSARY.md#restricted-maximum-likelihood) is the method of estimation.
#   [ML](GLOSSARY.md#maximum-likelihood) is its plainer relative, and its variances come out a
#   little smaller. REML is the default here and in other programs.
# - [df](GLOSSARY.md#degrees-of-freedom) says how much evidence stands behind the standard error. It
#   need not be a whole number. It is near 160 and not near 7,185, since a mean of schools rests on
#   the schools.
# - The REML [criterion](GLOSSARY.md#criterion), [AIC](GLOSSARY.md#aic) and BIC compare models.
#   Alone they say nothing.
#
# `fit` holds every number by name. `fit.params` are the $\gamma$, `fit.cov_re` is the matrix of
# the $\tau$, and `fit.scale` is $\sigma^2$. The same equation with its numbers:

# %%
fit.equations(parts=("level2", "full"), distributions=True)

# %% [markdown]
# ## What $\gamma_{00}$ is, and what it is not
#
# There are three means that you could call the average achievement. Compare them.

# %% tags=["nbval-check-output"]
school_means = hsb.groupby("school")["mathach"].mean()
print(f"mean of all students       {hsb['mathach'].mean():.2f}")
print(f"mean of the school means   {school_means.mean():.2f}")
print(f"gamma_00                   {fit.params['Intercept']:.2f}")

# %% [markdown]
# The mean of all students gives a school more weight, the more of its students were sampled. The
# mean of the school means gives every school the same weight. $\gamma_{00}$ weighs a school by how
# precisely its mean is known, which is $1 / (\tau_0^2 + \sigma^2 / n_j)$, with $n_j$ sampled
# students. In these data the schools differ so much that the weights are almost equal, and
# $\gamma_{00}$ is close to the mean of the school means. Here it lies between the other two. That
# is no law: with other schools it can lie outside them.
#
# Which schools is it a mean of?

# %% tags=["nbval-check-output"]
schools = hsb.groupby("school").agg(
    sector=("sector", "first"), enrolled=("size", "first"), sampled=("ses", "size")
)
print(f"Catholic schools: {schools['sector'].sum()} of {len(schools)}")
r = schools["enrolled"].corr(schools["sampled"])
print(f"correlation of students enrolled and students sampled: {r:.2f}")

# %% [markdown]
# - 70 of 160 are Catholic. Among the high schools of the country Catholic schools are a much
#   smaller part. So $\gamma_{00}$ is the mean of schools *like those of the file*, a little more
#   than half of them public. It is not the mean of American high schools. The model cannot know
#   that. You must.
# - A large school is not a school with a large sample. The correlation is negative. Wherever this
#   lesson says $n_j$, it means students sampled.
# - The reading as a mean of schools also takes for granted that how many students a school sent has
#   nothing to do with how well they do.
#
# ## Two variances
#
# The model splits the variance of the outcome in two, since $U_{0j}$ and $\varepsilon_{ij}$ are
# independent:
#
# $$\mathrm{var}(\text{mathach}_{ij}) = \tau_0^2 + \sigma^2$$
#
# The share that lies between the schools is the
# [intraclass correlation](GLOSSARY.md#intraclass-correlation) (ICC):
#
# $$\rho = \frac{\tau_0^2}{\tau_0^2 + \sigma^2}$$

# %% tags=["nbval-check-output"]
tau2 = fit.cov_re.loc["Intercept", "Intercept"]
print(f"between schools  tau_0^2 = {tau2:.2f}")
print(f"within schools   sigma^2 = {fit.scale:.2f}")
print(f"ICC              rho     = {fit.icc:.3f}")

# %% [markdown]
# So 18 % of the variance lies between the schools, and 82 % between the students of a school. The
# ICC has a second reading. Draw two students from one school at random: $\rho$ is the
# correlation of their achievement. In an ordinary regression it would have to be 0.
#
# A variance is hard to picture, a range is not. If the schools' intercepts are normally
# distributed, 95 % of them are expected within two standard deviations of the general mean:

# %% tags=["nbval-check-output"]
intercepts = fit.quantities.plausible_range("Intercept")
print(f"95 % of the schools: {intercepts.lower:.1f} to {intercepts.upper:.1f}")

# %% [markdown]
# ## Do schools differ at all?
#
# If they did not, $\tau_0^2$ would be 0, and an ordinary model with one mean and one variance would
# do. Compare the two by a [likelihood-ratio test](GLOSSARY.md#likelihood-ratio-test). The
# [deviance](GLOSSARY.md#deviance) is $-2$ times the log-likelihood: the smaller, the better the
# model fits. `reml=False` asks for ML, since the ordinary model here is fitted by ML too.

# %% tags=["nbval-check-output"]
from scipy.stats import chi2, norm

y = hsb["mathach"]
without_schools = -2 * norm.logpdf(y, y.mean(), y.std(ddof=0)).sum()
with_schools = null.fit(hsb, reml=False).criterion
statistic = without_schools - with_schools
p_value = chi2.sf(statistic, df=1) / 2
print(f"deviance without U {without_schools:.1f}, with U {with_schools:.1f}")
print(f"difference {statistic:.1f}, p = {p_value:.1g}")

# %% [markdown]
# **They do.** A difference of 983.9 is far beyond chance.
#
# The p-value is **halved**. A variance cannot be negative, so $\tau_0^2 = 0$ lies at the edge of
# what is possible. In a world without differences the estimate would be exactly 0 in about half of
# all samples, and so would the statistic. Half is right for many groups: with the schools of these
# data it happened in 52 % of 400 simulated samples. With 6 groups of 10 units it happened in 66 %
# of 1,000 samples, and the halved p-value is still too large. (The Monte Carlo standard errors of
# the two shares are under 3 and 2 points.) [Lesson 4](04_random_slopes.ipynb) shows what a fit at
# the edge looks like.
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
# $\lambda_j$ is the [reliability](GLOSSARY.md#reliability) of the school's mean. It is close to 1
# for a school with many sampled students and smaller for one with few. That the prediction keeps
# less than all of the departure is called [shrinkage](GLOSSARY.md#shrinkage).

# %% tags=["nbval-check-output"]
reliability = fit.quantities.reliability()["Intercept"]
by_hand = reliability * (school_means - fit.params["Intercept"])
difference = (by_hand - fit.random_effects["Intercept"]).abs().max()
print(f"reliability from {reliability.min():.2f} to {reliability.max():.2f}")
print(f"largest difference from fit.random_effects: {difference:.6f}")

# %% tags=["nbval-check-output"]
schools.assign(reliability=reliability).loc[[8367, 2639, 2305], "enrolled":].round(2)

# %% [markdown]
# School 2639 is the largest of all. It sent 42 students, and its mean is known less well than that
# of school 2305, a small school that sent 67.

# %%
mlm.plot.shrinkage(fit)

# %% [markdown]
# Move the variances, and watch the predictions: with a small $\tau_0^2$ they all go to 0, with a
# large one each school keeps its own mean.

# %%
mlm.explore.shrinkage(fit)

# %% [markdown]
# The [caterpillar plot](GLOSSARY.md#caterpillar-plot) puts the predictions in order and adds to
# each an interval. It shows at a glance which schools stand out, and how many do not.

# %%
mlm.plot.caterpillar(fit)

# %% [markdown]
# Count, and then read with care.

# %% tags=["nbval-check-output"]
u, se = fit.random_effects["Intercept"], fit.random_effects_se["Intercept"]
print(f"{(u.abs() > 1.96 * se).sum()} of {len(u)} intervals leave 0 out")

# %% [markdown]
# - These are *prediction* intervals: each is to hold the $U_{0j}$ of its school with a probability
#   of 95 %. So about 8 of 160 intervals miss the school that they stand for, and nobody knows
#   which.
# - An interval that leaves 0 out says that this school departs from the general mean. It does not
#   say that two schools differ from each other.
# - It does not say why. Which students go to which school is one possible reason, and the model
#   knows nothing of it yet.
#
# ## Comparing two schools
#
# For two schools you look at the difference of their predictions. Each rests on its own students,
# so the squared standard errors add up. Take the two schools at the top, and the two of the table
# above.

# %% tags=["nbval-check-output"]
for first, second in ((3427, 1433), (2305, 2639)):
    difference = u[first] - u[second]
    error = (se[first] ** 2 + se[second] ** 2) ** 0.5
    low, high = difference - 1.96 * error, difference + 1.96 * error
    print(f"{first} minus {second}: {difference:.2f}, 95 % interval {low:.2f} to {high:.2f}")

# %% [markdown]
# School 3427 has the first place and 1433 the second. The data do not tell them apart. Schools 2305
# and 2639 can be told apart. (The general mean is taken as known here. Its own uncertainty nearly
# cancels in a difference.)
#
# Do two schools differ when their intervals do not overlap? Then they do, but many that overlap
# differ too: intervals of ±1.96 standard errors are too long for that. With ±1.39 it comes out
# right on average: two schools whose intervals just touch then differ at the 5 % level (Goldstein &
# Healy, 1995).

# %% tags=["nbval-check-output"]
half = 1.96 / 2**0.5
level = 2 * norm.cdf(half) - 1
print(f"±{half:.2f} standard errors: intervals of {100 * level:.0f} %")

# %%
mlm.plot.caterpillar(fit, level=0.83)

# %% [markdown]
# Choose the two schools before you look. Who picks the highest and the lowest of 160 finds a
# difference in any data.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("2.1")` helps,
# `mlm.hint("2.1", 2)` helps more, and `mlm.solution("2.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 2.1

# %% exercise 2.2

# %% exercise 2.3

# %% exercise 2.4

# %% exercise 2.5

# %% exercise 2.6

# %% exercise 2.7

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. A fit gives $\tau_0^2 = 2$ and $\sigma^2 = 6$. What is the ICC?
#
#    <details><summary>Answer</summary>
#
#    $2 / (2 + 6) = 0.25$.
#
#    </details>
#
# 2. Two schools have the same mean, far above the general one. The first sent 20 students, the
#    second 60. Which has the larger $\hat U_{0j}$?
#
#    <details><summary>Answer</summary>
#
#    The second. The mean of the first is less reliable, so less of its departure is kept.
#
#    </details>
#
# 3. Why is the p-value of the test of $\tau_0^2 = 0$ halved?
#
#    <details><summary>Answer</summary>
#
#    A variance cannot be negative, so 0 is the edge of what is possible.
#
#    </details>
#
# 4. The intervals of two schools both leave 0 out, on the same side. Do the two schools differ?
#
#    <details><summary>Answer</summary>
#
#    That does not follow. Look at the difference of their predictions.
#
#    </details>
#
# 5. From lesson 1: is complete pooling the multilevel model?
#
#    <details><summary>Answer</summary>
#
#    No. Complete pooling forgets the groups. The multilevel model is partial pooling.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** 18 % of the variance lies between schools. Of two schools you can say which does
#   better only where the interval of their difference leaves 0 out.
# - The null model has one fixed coefficient, $\gamma_{00}$, and two variances, $\tau_0^2$ and
#   $\sigma^2$.
# - $\gamma_{00}$ is the mean of the schools' means in the population that the schools stand for.
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
# - Goldstein, H., & Healy, M. J. R. (1995). The graphical presentation of a collection of means.
#   *Journal of the Royal Statistical Society, Series A*, 158(1), 175–177.
#
# Previous: [1 · Why multilevel](01_why_multilevel.ipynb) · Next:
# [3 · Level-1 covariates](03_level1_covariates.ipynb) · [Glossary](GLOSSARY.md)
