# %% [markdown]
# # 3 · Level-1 covariates
#
# **Goal.** You can add predictors of the students to the null model, read each coefficient with
# its conditions, and say what happened to the two variances.
#
# **Time.** About 45 minutes.
#
# **You need.** Lesson 2.
#
# The null model found that schools differ. Some of that may have to do with who goes to which
# school. In this lesson you ask how mathematics achievement goes with the socioeconomic status of
# a student (SES), with minority and sex held fixed.

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
#    other. So nothing that is left out goes with the predictors.
# 2. The $U_{0j}$ are drawn from one distribution with variance $\tau_0^2$.
# 3. The variance $\sigma^2$ of $\varepsilon_{ij}$ is the same in all schools.
# 4. Achievement goes with SES along a straight line, with the same slope in every school.
#
# ## The fit

# %%
fit = level1.fit(hsb)
fit.summary()

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

# %%
# NBVAL_CHECK_OUTPUT
from_boys = hsb.assign(male=1 - hsb["female"])
recoded = mlm.Model("mathach ~ ses + minority + male", group="school").fit(from_boys)
print(f"coded as female: gamma_00 = {fit.params['Intercept']:.2f}")
print(f"coded as male:   gamma_00 = {recoded.params['Intercept']:.2f}")
print(f"the difference is gamma_30 = {fit.params['female']:.2f}")

# %% [markdown]
# The two models fit equally well. They say the same of every student. Only the reference changed.
#
# ## What happened to the variances
#
# Compare this model with the null model.

# %%
null_fit = null.fit(hsb)
mlm.compare(null_fit, fit)

# %% [markdown]
# Both variances fell. That $\sigma^2$ fell is no surprise: the predictors account for a part of
# the differences between the students of one school. But $\tau_0^2$ fell too, and by a larger
# share, though there is no predictor of the schools in the model. The schools differ in the SES
# of their students. With SES in the model, that part of the differences between schools is no
# longer left to $U_{0j}$.
#
# This is why $U_{0j}$ is called a *residual* at level 2. It is the part of a school's level that
# the predictors leave unexplained. It is not "the effect of the school".

# %%
# NBVAL_CHECK_OUTPUT
for name, one in {"null model": null_fit, "level-1 covariates": fit}.items():
    tau2, sigma2 = one.cov_re.iloc[0, 0], one.scale
    print(f"{name:<20} tau_0^2 = {tau2:5.2f}   sigma^2 = {sigma2:5.2f}   ICC = {one.icc:.2f}")

# %% [markdown]
# Climb from the null model to the models of the next lessons, and watch both variances:

# %%
mlm.explore.ladder()

# %% [markdown]
# Variances need not fall. A predictor that differs within the schools alone lowers $\sigma^2$ and
# can raise $\tau_0^2$: with a smaller $\sigma^2$, less of the spread of the schools' means can be
# chance, so more of it counts as $\tau_0^2$.
#
# ## The residuals of the schools

# %%
mlm.plot.caterpillar(fit)

# %% [markdown]
# Put this beside the caterpillar plot of lesson 2. The predictions lie closer to 0, and fewer
# schools stand out. Their order has changed too.

# %%
# NBVAL_CHECK_OUTPUT
before = null_fit.random_effects["Intercept"].rank(ascending=False)
after = fit.random_effects["Intercept"].rank(ascending=False)
moved = (before - after).abs()
print(f"half of the schools move by {moved.median():.0f} places or more")
print(f"one moves by {moved.max():.0f}: school {moved.idxmax()}")

# %% [markdown]
# A table of schools that does not say what was held fixed says little.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("3.1")` helps, and
# `mlm.solution("3.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 3.1

# %% exercise 3.2

# %% exercise 3.3

# %% exercise 3.4

# %% exercise 3.5

# %% exercise 3.6

# %% exercise 3.7

# %% [markdown]
# ## Summary
#
# - A predictor that differs within groups stands at level 1, with a coefficient $\beta_{qj}$.
# - $\gamma_{q0}$ is its slope, with the other predictors held fixed.
# - $\gamma_{00}$ belongs to the case in which every predictor is 0.
# - A level-1 predictor can lower the variance at both levels.
# - $U_{0j}$ is what the predictors leave unexplained of a group's level.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 4. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 5.
#   Sage.
