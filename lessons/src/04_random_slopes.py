# %% [markdown]
# # 4 · Random slopes
#
# **Goal.** You can let a slope differ between groups, read the matrix of variances that comes with
# it, and say in what range the slopes lie.
#
# **Time.** About 60 minutes.
#
# **You need.** Lessons 2 and 3.
#
# In lesson 3 every school had the same slope of SES. That is an assumption. In some schools
# achievement may go with SES more closely than in others. A *random slope* allows it.

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")
fixed = mlm.Model("mathach ~ ses + minority + female", group="school", data=hsb)
slope = mlm.Model(
    "mathach ~ ses + minority + female", group="school", level2={"ses": "U"}, data=hsb
)

# %% [markdown]
# ## The equations
#
# Only one line differs from lesson 3: the equation of $\beta_{1j}$ now has a $U_{1j}$.

# %%
slope

# %% [markdown]
# Look at the full model. Where $\beta_{1j}$ stood, $\gamma_{10} + U_{1j}$ stands now, and both are
# multiplied by SES. So $U_{1j}$ comes with $\text{SES}_{ij}$ beside it. It is easy to forget that
# when you write the full model by hand. These are the steps:

# %%
slope.equations().steps()

# %% [markdown]
# Read $U_{0j} + U_{1j}\,\text{SES}_{ij}$ as one line for each school, drawn around the general
# line. $U_{0j}$ moves it up or down where SES is 0. $U_{1j}$ turns it.
#
# ## What the model assumes
#
# 1. All residuals, $U_{0j}$, $U_{1j}$ and $\varepsilon_{ij}$, have mean 0 given the predictors.
# 2. The pairs $(U_{0j}, U_{1j})$ are independent between schools and come from one distribution.
#    Within a school the two may be correlated.
# 3. The pairs are independent of the $\varepsilon_{ij}$.
# 4. The $\varepsilon_{ij}$ are independent of each other, with the same variance $\sigma^2$.
#
# ## The fit

# %%
fit = slope.fit(hsb)
fit.summary()

# %%
fit.equations(parts=("level2",), distributions=True)

# %% [markdown]
# The two residuals of a school have a matrix of variances:
#
# - $\tau_0^2$, the variance of the intercepts;
# - $\tau_1^2$, the variance of the slopes;
# - $\tau_{01}$, their covariance.

# %%
fit.cov_re.round(3)

# %% [markdown]
# ## The lines of the schools

# %%
mlm.plot.group_lines(fit, "ses")

# %% [markdown]
# Each thin line is the predicted line of a school, the thick one is the general line. The slopes
# differ, but not by much.
#
# How much? A standard deviation of the slopes is easier to read than their variance. If the
# slopes are normally distributed, 95 % of them lie within two standard deviations of
# $\gamma_{10}$:

# %%
# NBVAL_CHECK_OUTPUT
slopes = fit.quantities.plausible_range("ses")
below_zero = fit.quantities.share_negative("ses")
print(f"general slope           {slopes.mean:.2f}")
print(f"standard deviation      {slopes.sd:.2f}")
print(f"95 % of the schools     {slopes.lower:.2f} to {slopes.upper:.2f}")
print(f"slopes below 0          {100 * below_zero:.1f} % of the schools")

# %% [markdown]
# So a school in which SES does not go with achievement is hardly to be expected.
#
# Do not take this for a confidence interval. A confidence interval says how well you know
# $\gamma_{10}$. This range says how much schools differ, and it would not shrink if you had ten
# times as many of them.
#
# ## The correlation, and where it holds

# %%
fit.interpret("tau_01")

# %% [markdown]
# $U_{0j}$ is the departure of a school **where SES is 0**. Move the origin of SES, and you look
# at the lines in another place. The lines stay the same. The variance of the intercepts and the
# covariance do not.

# %%
# NBVAL_CHECK_OUTPUT
shifted = hsb.assign(ses=hsb["ses"] + 2)
moved = slope.fit(shifted)
print(f"REML criterion, origin of the data  {fit.criterion:.2f}")
print(f"REML criterion, origin 2 lower      {moved.criterion:.2f}")
print(f"tau_0^2   {fit.cov_re.iloc[0, 0]:.2f} becomes {moved.cov_re.iloc[0, 0]:.2f}")
print(f"tau_01    {fit.cov_re.iloc[0, 1]:.2f} becomes {moved.cov_re.iloc[0, 1]:.2f}")
print(f"tau_1^2   {fit.cov_re.iloc[1, 1]:.2f} stays   {moved.cov_re.iloc[1, 1]:.2f}")

# %% [markdown]
# Move the origin yourself:

# %%
mlm.explore.random_slopes()

# %% [markdown]
# So always say where the predictor is 0 when you report $\tau_0^2$ or $\tau_{01}$, and choose an
# origin that means something. It is also why a model with a random slope should have $\tau_{01}$
# in it: without it, the fit would depend on the origin.
#
# ## Does the slope vary at all?
#
# Compare the two models. They differ by $\tau_1^2$ and $\tau_{01}$.

# %%
mlm.compare(fixed.fit(hsb), fit)

# %% [markdown]
# A variance cannot be negative. If the true $\tau_1^2$ is 0, its estimate is 0 in about half of
# all samples, and the usual $\chi^2$ distribution gives p-values that are too large. The table
# takes the mixture of two $\chi^2$ distributions that belongs here.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("4.1")` helps, and
# `mlm.solution("4.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 4.1

# %% exercise 4.2

# %% exercise 4.3

# %% exercise 4.4

# %% exercise 4.5

# %% exercise 4.6

# %% exercise 4.7

# %% exercise 4.8

# %% [markdown]
# ## Summary
#
# - A random slope is $\beta_{1j} = \gamma_{10} + U_{1j}$. In the full model $U_{1j}$ multiplies
#   its predictor.
# - $\gamma_{10}$ is the mean slope. $\tau_1^2$ says how much slopes differ between groups.
# - $\tau_0^2$ and $\tau_{01}$ depend on the origin of the predictor. The fit does not.
# - The range of slopes is not a confidence interval.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 5. Sage.
# - Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
#   using lme4. *Journal of Statistical Software*, 67(1).
