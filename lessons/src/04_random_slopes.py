# %% [markdown]
# # 4 · Random slopes
#
# **Goal.** You can let a slope differ between groups, read the matrix of variances that comes with
# it, and say in what range the slopes lie.
#
# **Time.** About 75 minutes.
#
# **You need.** Lessons [2](02_null_model.ipynb) and [3](03_level1_covariates.ipynb).
#
# **The question.** Is the slope of SES the same in every school?
#
# In lesson 3 every school had the same slope of SES. That is an assumption. In some schools one
# unit of SES may go with more points than in others. A [random
# slope](GLOSSARY.md#random-slope) allows it.

# %%
import numpy as np

import mlmteach as mlm

hsb = mlm.load("hsb")
fixed = mlm.Model("mathach ~ ses + minority + female", group="school", data=hsb)
slope = mlm.Model(
    "mathach ~ ses + minority + female", group="school", level2={"ses": "U"}, data=hsb
)

# %% [markdown]
# ## The equations
#
# Only one line differs from lesson 3: the equation of $\beta_{1j}$ now has a $U_{1j}$. That is what
# `level2={"ses": "U"}` says. The key names a coefficient, and the text is what its equation has
# beside the mean $\gamma_{10}$.

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

# %% [markdown]
# The df of SES fell from several thousand to 165. Now that slopes differ between schools, their
# mean is known only as well as 160 schools allow.

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
# Each thin line is the predicted line of a school, the thick one is the general line. (At an SES of
# 0 it is lower than $\gamma_{00}$: the picture holds minority and sex at their means, and
# $\gamma_{00}$ at 0.)
#
# The picture shows less than there is. The lines are predictions, and predictions are
# [shrunken](GLOSSARY.md#shrinkage). For slopes the shrinkage is strong, since a few dozen students
# say little about the slope of their school.

# %% tags=["nbval-check-output"]
predicted = fit.params["ses"] + fit.random_effects["ses"]
reliability = fit.quantities.reliability()["ses"]
print(f"predicted slopes          {predicted.min():.2f} to {predicted.max():.2f}")
print(f"their standard deviation  {predicted.std():.2f}")
print(f"tau_1                     {fit.cov_re.loc['ses', 'ses'] ** 0.5:.2f}")
print(f"mean reliability          {reliability.mean():.2f}")

# %% [markdown]
# The predicted slopes differ half as much as the slopes themselves: 0.25 against 0.51. To say how
# much slopes differ, use $\tau_1$. Use predictions to speak of a single school.
#
# A standard deviation of the slopes is easier to read than their variance. If the slopes are
# normally distributed, 95 % of them lie within two standard deviations of $\gamma_{10}$:

# %% tags=["nbval-check-output"]
slopes = fit.quantities.plausible_range("ses")
below_zero = fit.quantities.share_negative("ses")
print(f"general slope           {slopes.mean:.2f}")
print(f"standard deviation      {slopes.sd:.2f}")
print(f"95 % of the schools     {slopes.lower:.2f} to {slopes.upper:.2f}")
print(f"slopes below 0          {100 * below_zero:.1f} % of the schools")

# %% [markdown]
# So a school in which SES does not go with achievement is hardly to be expected, if $\tau_1$ is
# what the fit says it is.
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

# %% tags=["nbval-check-output"]
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
# ## The variance between schools is a curve
#
# With a random slope, "the variance between schools" is no longer one number. For students with an
# SES of $x$ the schools differ by $U_{0j} + U_{1j} x$, and the variance of that is
#
# $$\tau_0^2 + 2\,\tau_{01}\,x + \tau_1^2\,x^2$$
#
# This is the [variance function](GLOSSARY.md#variance-function). The ICC follows it.

# %% tags=["nbval-check-output"]
(t00, t01), (_, t11) = fit.cov_re.to_numpy()
for x in (-2, -1, 0, 1, 2):
    between = t00 + 2 * t01 * x + t11 * x**2
    icc = fit.quantities.icc(at={"ses": x})
    print(f"SES {x:2}: variance between schools {between:.2f}, ICC {icc:.3f}")
print(f"on average over the students {fit.icc:.4f}")
print(f"at an SES of 0               {t00 / (t00 + fit.scale):.4f}")

# %%
mlm.plot.variance_function(fit, "ses")

# %% [markdown]
# Schools differ more for students with a low SES than for students with a high
# one: the ICC is about twice as large at an SES of −2 as at 1. Where the curve is lowest, at an SES
# of 1.60, the lines of the schools lie closest together.
#
# So do not ask for *the* ICC of a model with a random slope. `fit.icc` gives the average over the
# students. `fit.quantities.icc(at=...)` gives it at a place.
#
# ## Does the slope vary at all?
#
# Compare the two models. They differ by $\tau_1^2$ and $\tau_{01}$.

# %%
fixed_fit = fixed.fit(hsb)
mlm.compare(fixed_fit, fit)

# %% tags=["nbval-check-output"]
print(f"AIC changes by {fit.aic - fixed_fit.aic:.1f}, BIC by {fit.bic - fixed_fit.bic:.1f}")
u, se = fit.random_effects["ses"], fit.random_effects_se["ses"]
print(f"{(u.abs() > 1.96 * se).sum()} of {len(u)} intervals of U_1j leave 0 out")
profile = fit.profile(scale="sd")
profile.conf_int(names=["sd(ses)", "cor(Intercept, ses)"], progress=False).round(2)

# %% [markdown]
# **Perhaps, and nobody can tell how much.** Put the evidence together:
#
# - The test gives p = 0.047: slopes that differ, by a narrow margin.
# - AIC falls by 1.3, which favours the random slope a little. BIC rises by 12.5, which favours the
#   fixed one.
# - No interval of a single $U_{1j}$ leaves 0 out.
# - The interval of $\tau_1$ goes from 0.04 to 0.85: from next to nothing to slopes that differ a
#   great deal. ([Lesson 7](07_inference_and_comparison.ipynb) says how such intervals are made.)
# - The correlation of −0.43 is not to be relied on. Its interval goes from −1 to 0.07. Remember it:
#   in the next lesson its sign turns.
#
# What to do? If your question is about the mean slope, keep $U_{1j}$: it costs little, and the
# standard error of $\gamma_{10}$ is then right if slopes do differ. If your question is why slopes
# differ, look for a predictor of the slopes, even if this test is not clear. It has little
# [power](GLOSSARY.md#power), and a predictor is a sharper question. Lesson 5 finds one.
#
# ## A fit on the edge
#
# A variance cannot be negative. If the true $\tau_1^2$ is 0, then $\tau_{01}$ is 0 too, and the
# truth lies on the edge of what is possible. What do estimates look like then? Make a world in
# which all slopes are the same: simulate from the model without $U_{1j}$, and fit the model with
# it.

# %% tags=["nbval-check-output"]
worlds = fixed_fit.simulate(200, seed=1)
fits = [fit.refit(worlds[name]) for name in worlds]
edge = [one for one in fits if one.singular]
t = np.array([one.cov_re for one in edge])  # their matrices: (fits, 2, 2)
r = t[:, 0, 1] / np.sqrt(t[:, 0, 0] * t[:, 1, 1])
print(f"{len(edge)} of {len(fits)} fits lie on the edge")
print(f"correlation 1 in {(r > 0.999).sum()} of them, -1 in {(r < -0.999).sum()}")
print(f"tau_1^2 in them: median {np.median(t[:, 1, 1]):.3f}, largest {t[:, 1, 1].max():.3f}")

# %% [markdown]
# Over half of the fits lie on the edge (the Monte Carlo standard error of the share is under 4
# points). Yet $\tau_1^2$ is not estimated as 0 in them: it is the **correlation** that is estimated
# as 1 or −1. A matrix of variances like that is *singular*, and
# one speaks of a [singular fit](GLOSSARY.md#singular-fit). (A random intercept alone has no
# correlation. There the edge is a variance of 0.)
#
# That is why the usual $\chi^2$ distribution with 2 df gives p-values that are too large. The table
# above takes the mixture of two $\chi^2$ distributions that belongs here.
#
# This is what a singular fit looks like:

# %%
edge[0].summary()

# %% [markdown]
# The note at the end says what happened. R's lme4 says in the same case:
#
# ```
# boundary (singular) fit: see help('isSingular')
# ```
#
# It is not an error, and another way of searching does not make it go away: no other values fit
# better.
# What to do:
#
# 1. Look what is on the edge: a variance of 0, or a correlation of ±1.
# 2. Do not read a correlation of ±1 as a finding. It says that the data do not tell $U_{0j}$ and
#    $U_{1j}$ apart.
# 3. Fit the model without the random slope. If the fixed coefficients and their standard errors
#    stay much the same, report that one and say why.
# 4. If the study was planned with a random slope, you may keep it. Say that the fit is singular.
#    The fixed coefficients are still of use. Standard errors of the variances are not.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("4.1")` helps,
# `mlm.hint("4.1", 2)` helps more, and `mlm.solution("4.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 4.1

# %% exercise 4.2

# %% exercise 4.3

# %% exercise 4.4

# %% exercise 4.5

# %% exercise 4.6

# %% exercise 4.7

# %% exercise 4.8

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Which part of the full model is easily forgotten when $U_{1j}$ is written by hand?
#
#    <details><summary>Answer</summary>
#
#    The predictor beside it: $U_{1j}\,x_{ij}$.
#
#    </details>
#
# 2. $\tau_0^2 = 4$, $\tau_{01} = 1$, $\tau_1^2 = 1$. What is the variance between groups at
#    $x = 2$?
#
#    <details><summary>Answer</summary>
#
#    $4 + 2 \times 1 \times 2 + 1 \times 4 = 12$.
#
#    </details>
#
# 3. The predicted slopes have a standard deviation of 0.2. Is $\tau_1$ smaller or larger than that?
#
#    <details><summary>Answer</summary>
#
#    Larger. Predictions are shrunken.
#
#    </details>
#
# 4. A program says that the fit is singular, with a correlation of −1. Has it failed?
#
#    <details><summary>Answer</summary>
#
#    No. The estimate lies on the edge. The data do not tell the two $U$ apart.
#
#    </details>
#
# 5. From lesson 3: can the intercept of a model change when nothing but a coding changes?
#
#    <details><summary>Answer</summary>
#
#    Yes. $\gamma_{00}$ belongs to the case in which all predictors are 0.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** The slope of SES is 2.10 on average. Whether it differs between schools these
#   data leave nearly open: p = 0.047, and $\tau_1$ anywhere from 0.04 to 0.85.
# - A random slope is $\beta_{1j} = \gamma_{10} + U_{1j}$. In the full model $U_{1j}$ multiplies
#   its predictor.
# - $\gamma_{10}$ is the mean slope. $\tau_1^2$ says how much slopes differ between groups.
#   Predicted lines show less than that.
# - $\tau_0^2$ and $\tau_{01}$ depend on the origin of the predictor. The fit does not.
# - With a random slope, the variance between groups and the ICC are curves over the predictor.
# - The range of slopes is not a confidence interval.
# - In a singular fit a variance is estimated as 0, or a correlation as 1 or −1. With a random slope
#   it is mostly the correlation.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 5. Sage.
# - Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
#   using lme4. *Journal of Statistical Software*, 67(1).
#
# Previous: [3 · Level-1 covariates](03_level1_covariates.ipynb) · Next:
# [5 · Level-2 predictors and cross-level interactions](05_cross_level_interactions.ipynb) ·
# [Glossary](GLOSSARY.md)
