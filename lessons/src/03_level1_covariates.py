# %% [markdown]
# # 3 · Level-1 covariates
#
# **Goal.** You can add predictors of the students to the null model, read each coefficient with
# its conditions, and say what happened to the two variances.
#
# **Time.** About 60 minutes.
#
# **You need.** [Lesson 2](02_null_model.ipynb).
#
# **The question.** The null model found that schools differ. How much of that goes with who their
# students are?
#
# You ask how mathematics achievement goes with the socioeconomic status of a student (SES), with
# minority and sex held fixed, and then what is left of the differences between schools.

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")
null = mlm.Model("mathach ~ 1", group="school", data=hsb)
level1 = mlm.Model("mathach ~ ses + minority + female", group="school", data=hsb)

# %% [markdown]
# ## The equations
#
# The predictors differ between the students of a school, so they stand at level 1. Each has a
# coefficient $\beta_{qj}$, and each coefficient has an equation at level 2.

# %%
level1

# %% [markdown]
# Only the intercept has a $U$. The three slopes are the same in every school: their level-2
# equations end after $\gamma_{q0}$. Lesson 4 changes that.
#
# The first index of $\gamma_{qs}$ says to which level-1 coefficient it belongs, the second which
# level-2 predictor it multiplies. All second indices are 0 here, since there is no predictor of
# the schools yet.

# %% [markdown]
# ## What the model assumes
#
# 1. Given the predictors, $U_{0j}$ and $\varepsilon_{ij}$ have mean 0 and are independent of each
#    other. So nothing that is left out goes with the predictors. You will look at that below.
# 2. The $U_{0j}$ are drawn from one distribution with variance $\tau_0^2$.
# 3. The variance $\sigma^2$ of $\varepsilon_{ij}$ is the same in all schools.
# 4. Achievement goes with SES along a straight line, with the same slope in every school.
#
# ## The fit

# %%
fit = level1.fit(hsb)
fit.summary()

# %% [markdown]
# Look at the [df](GLOSSARY.md#degrees-of-freedom). The slope of SES rests on comparisons of
# students, and there are thousands of them. When slopes differ between schools, in lesson 4, its df
# falls to the number of schools. In the equation with its numbers, the standard errors stand in
# brackets.

# %%
fit.equations(parts=("full",), standard_errors=True)

# %% [markdown]
# ## Reading the coefficients
#
# Every coefficient is read with the others held fixed. And the intercept is read where all the
# predictors are 0.

# %%
fit.interpret()

# %% [markdown]
# Look at $\gamma_{00}$. In the null model it was the mean of the schools' means. Now it is the
# expected achievement of one kind of student: the kind whose SES, `minority` and `female` are all
# 0. Change how a predictor is coded, and $\gamma_{00}$ changes with it.

# %% tags=["nbval-check-output"]
from_boys = hsb.assign(male=1 - hsb["female"])
recoded = mlm.Model("mathach ~ ses + minority + male", group="school").fit(from_boys)
print(f"coded as female: gamma_00 = {fit.params['Intercept']:.2f}")
print(f"coded as male:   gamma_00 = {recoded.params['Intercept']:.2f}")
print(f"the difference is gamma_30 = {fit.params['female']:.2f}")

# %% [markdown]
# The two models fit equally well. They say the same of every student. Only the reference changed.
#
# Here `female` is a column of 0 and 1. Where a column holds text, such as a `sex` with the values M
# and F, the package makes the 0 and 1 itself, and the coefficient is called `sex[T.F]`: F against
# M. `fit.params.index` lists the names of all coefficients.
#
# ## What happened to the variances
#
# Compare this model with the null model.

# %% tags=["nbval-check-output"]
null_fit = null.fit(hsb)
for name, one in {"null model": null_fit, "level-1 covariates": fit}.items():
    tau2, sigma2 = one.cov_re.iloc[0, 0], one.scale
    print(f"{name:<20} tau_0^2 = {tau2:5.2f}   sigma^2 = {sigma2:5.2f}   ICC = {one.icc:.2f}")
between = 1 - fit.cov_re.iloc[0, 0] / null_fit.cov_re.iloc[0, 0]
within = 1 - fit.scale / null_fit.scale
print(f"tau_0^2 is smaller by {100 * between:.0f} %, sigma^2 by {100 * within:.0f} %")

# %% [markdown]
# Both variances fell. That $\sigma^2$ fell is no surprise: the predictors account for a part of
# the differences between the students of one school. But $\tau_0^2$ fell too, and by a much larger
# share, though there is no predictor of the schools in the model. The schools differ in the SES
# of their students. With SES in the model, that part of the differences between schools is no
# longer left to $U_{0j}$. So more than half of the variance between schools goes with who their
# students are.
#
# This is why $U_{0j}$ is also called a [residual](GLOSSARY.md#residual) at level 2. It is the part
# of a school's level that the predictors leave unexplained: a departure, and not what the school
# does to its students.
#
# `mlm.compare` puts fits side by side.

# %%
mlm.compare(null_fit, fit)

# %% [markdown]
# Read four things in the table, and leave the rest for
# [lesson 7](07_inference_and_comparison.ipynb):
#
# - the coefficients, with their standard errors in brackets;
# - the variances. They are a little smaller than above, 3.64 and not 3.67, since `compare` refits
#   by [ML](GLOSSARY.md#maximum-likelihood) where the fixed parts differ. Neither is wrong. Report
#   the ones by REML;
# - the rows *Reduction of*: by which share a variance is smaller than in the first model;
# - the test at the end: the larger model fits better by far more than chance.

# %% [markdown]
# Climb from the null model to the models of the next lessons, and watch both variances:

# %%
mlm.explore.ladder()

# %% [markdown]
# Variances need not fall. A predictor that differs within the schools alone lowers $\sigma^2$ and
# can raise $\tau_0^2$: with a smaller $\sigma^2$, less of the spread of the schools' means can be
# chance, so more of it counts as $\tau_0^2$. SES minus the mean SES of the school is such a
# predictor:

# %% tags=["nbval-check-output"]
centred = mlm.Model("mathach ~ center_within(ses)", group="school").fit(hsb)
for name, one in {"null model": null_fit, "SES within schools": centred}.items():
    print(f"{name:<20} tau_0^2 = {one.cov_re.iloc[0, 0]:5.2f}   sigma^2 = {one.scale:5.2f}")

# %% [markdown]
# ## Does the first assumption hold?
#
# The first assumption was that nothing that is left out goes with the predictors. $U_{0j}$ is what
# is left out of the schools. So it should have nothing to do with the SES of their students. Look.

# %% tags=["nbval-check-output"]
mean_ses = hsb.groupby("school")["ses"].mean()
r = fit.random_effects["Intercept"].corr(mean_ses)
print(f"correlation of the predicted U with the mean SES of the school: {r:.2f}")
averages = "group_mean(ses) + group_mean(minority) + group_mean(female) + U"
context = mlm.Model(
    "mathach ~ ses + minority + female", group="school", level2={"intercept": averages}
)
richer = context.fit(hsb)
test = mlm.compare(fit, richer).tests.iloc[0]
print(f"school means added: chi2 = {test['statistic']:.1f} on {test['df']} df")
print(f"slope of SES {fit.params['ses']:.2f} becomes {richer.params['ses']:.2f}")

# %% [markdown]
# **It does not hold.** Schools with better-off students lie above what the SES of these students
# leads to expect. When the means of the schools enter the model as predictors of the schools, the
# fit is much better and the slope of SES is smaller.
#
# You saw the reason in [lesson 1](01_why_multilevel.ipynb): the slope between schools is much
# steeper than the slope within them. A model with SES alone has one slope for both, so its 2.09 is
# a mixture. For two students of one school 1.91 is nearer. [Lesson 6](06_centring.ipynb) takes the
# two slopes apart and says how to choose. Lessons 4 and 5 keep the simple model, to add one idea at
# a time. Keep this fault of it in mind.
#
# ## The departures of the schools

# %%
mlm.plot.caterpillar(fit)

# %% [markdown]
# Put this beside the caterpillar plot of lesson 2. The predictions lie closer to 0, and fewer
# schools stand out: 55, and not 85. Their order has changed too.

# %% tags=["nbval-check-output"]
before = null_fit.random_effects["Intercept"].rank(ascending=False)
after = fit.random_effects["Intercept"].rank(ascending=False)
moved = (before - after).abs()
print(f"half of the schools move by {moved.median():.0f} places or more")
one = moved.idxmax()
print(f"school {one} moves from place {before[one]:.0f} to {after[one]:.0f}")
hsb.loc[hsb["school"] == one, ["mathach", "ses", "minority", "female"]].mean().round(2)

# %% [markdown]
# In school 2305 nearly all students are of a minority, all are girls, and their SES is low. Its
# mean is below the general one. For such students it is high. A table of schools that does not say
# what was held fixed says little.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("3.1")` helps,
# `mlm.hint("3.1", 2)` helps more, and `mlm.solution("3.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 3.1

# %% exercise 3.2

# %% exercise 3.3

# %% exercise 3.4

# %% exercise 3.5

# %% exercise 3.6

# %% exercise 3.7

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. A fit of `y ~ x` has $\gamma_{00} = 5$. In which case is 5 the expected outcome?
#
#    <details><summary>Answer</summary>
#
#    Where $x$ is 0, averaged over the groups.
#
#    </details>
#
# 2. A predictor of the students enters the model, and $\tau_0^2$ falls. How can that be?
#
#    <details><summary>Answer</summary>
#
#    The groups differ in their means of the predictor.
#
#    </details>
#
# 3. Can $\tau_0^2$ rise when a predictor enters?
#
#    <details><summary>Answer</summary>
#
#    Yes. A predictor that differs within groups only lowers $\sigma^2$, and $\tau_0^2$ can rise.
#
#    </details>
#
# 4. `compare` shows another $\tau_0^2$ than `fit.cov_re`. Why?
#
#    <details><summary>Answer</summary>
#
#    It refits by ML where the fixed parts differ. `fit.cov_re` is by REML.
#
#    </details>
#
# 5. From lesson 2: is $U_{0j}$ estimated or predicted?
#
#    <details><summary>Answer</summary>
#
#    Predicted. What is estimated is its variance, $\tau_0^2$.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** With SES, minority and sex held fixed, the variance between schools is smaller
#   by 57 %. More than half of it goes with who the students are.
# - A predictor that differs within groups stands at level 1, with a coefficient $\beta_{qj}$.
# - $\gamma_{q0}$ is its slope, with the other predictors held fixed.
# - $\gamma_{00}$ belongs to the case in which every predictor is 0.
# - A level-1 predictor can lower the variance at both levels.
# - $U_{0j}$ is what the predictors leave unexplained of a group's level. It should have nothing to
#   do with the predictors. Here it has: the slope of SES differs within and between schools.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 4. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 5.
#   Sage.
#
# Previous: [2 · The null model](02_null_model.ipynb) · Next:
# [4 · Random slopes](04_random_slopes.ipynb) · [Glossary](GLOSSARY.md)
