# %% [markdown]
# # 5 · Level-2 predictors and cross-level interactions
#
# **Goal.** You can explain why intercepts and slopes differ between groups, put the level-2
# equations into the level-1 equation without a slip, and read a cross-level interaction in both
# directions.
#
# **Time.** About 75 minutes.
#
# **You need.** Lessons 2 to 4.
#
# So far a coefficient was a mean plus a $U$. The $U$ says that schools differ, not why. Now
# properties of the schools enter the level-2 equations: their size, and their sector (public or
# Catholic).

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")
full = mlm.Model(
    "mathach ~ ses + minority + female",
    group="school",
    level2={"intercept": "size + sector + U", "ses": "size + U"},
    data=hsb,
)
full.level2

# %% [markdown]
# - `size` and `sector` in the equation of $\beta_{0j}$ say that the *level* of achievement goes
#   with size and sector.
# - `size` in the equation of $\beta_{1j}$ says that the *slope* of SES goes with size.
#
# ## From two levels to one equation
#
# Substitute, expand, collect:

# %%
full.equations().steps()

# %% [markdown]
# A predictor in the equation of a slope becomes a product in the full model,
# $\gamma_{11}\,\text{size}_j \times \text{SES}_{ij}$. That product is a **cross-level
# interaction**: one factor belongs to the school, the other to the student.
#
# ## A slip to watch for
#
# Here is the full model as you may find it in lecture notes. Is it right?

# %%
# NBVAL_CHECK_OUTPUT
notes = r"""
\text{mathach}_{ij} = \gamma_{00} + \gamma_{01}\text{size}_j + \gamma_{02}\text{sector}_j
  + \gamma_{10}\text{SES}_{ij} + \gamma_{11}\text{size}_j * \text{SES}_{ij}
  + \gamma_{20}\text{minority}_{ij} + \gamma_{30}\text{female}_{ij}
  + U_{0j} + U_{1j} + \varepsilon_{ij}
"""
for difference in mlm.check_equations(notes, full):
    print(difference)

# %% [markdown]
# Substitution multiplies the whole equation of $\beta_{1j}$ by $\text{SES}_{ij}$, and $U_{1j}$ is
# a part of it. Without its predictor, $U_{1j}$ would only be a second $U_{0j}$, and no fit could
# tell the two apart.
#
# ## The fit

# %%
fit = full.fit(hsb)
fit.summary()

# %%
fit.equations(parts=("level2", "full"), wrap=5)

# %% [markdown]
# ## What each $\gamma$ means when the other is 0
#
# With a product in the model, the two coefficients beside it are conditional.
# $\gamma_{10}$ is the slope of SES in a school **of size 0**. There is no such school: the
# smallest has 100 students. $\gamma_{01}$ is the slope of size for a student **with an SES of 0**.
# That is close to the mean, so it makes sense.

# %%
fit.interpret("gamma_10")

# %%
fit.interpret("gamma_01")

# %% [markdown]
# ## The interaction, in both directions

# %%
fit.interpret("size:ses")

# %% [markdown]
# Both readings are the same number. Which one you use depends on your question.

# %%
mlm.plot.cross_level(fit, "size:ses")

# %% [markdown]
# The slope of SES at a given size is $\gamma_{10} + \gamma_{11}\,\text{size}_j$. It is called a
# *simple slope*. Look at it where it means something: at the mean of size over the schools, and one
# standard deviation below and above it. Its standard error comes from both coefficients and their
# covariance, so you could not get it from the summary alone.

# %%
# NBVAL_CHECK_OUTPUT
simple = fit.quantities.simple_slopes("ses", "size")
for size, row in simple.iterrows():
    interval = f"95 % interval {row['lower']:.2f} to {row['upper']:.2f}"
    print(f"{size:5.0f} students: slope of SES {row['estimate']:.2f}, {interval}")

# %% [markdown]
# Three sizes are a choice. You can ask the other way round: at which sizes does the slope differ
# from 0 at all? Johnson and Neyman's *region of significance* answers that.

# %%
# NBVAL_CHECK_OUTPUT
region = fit.quantities.johnson_neyman("ses", "size")
print(f"the slope differs from 0 in {100 * region.share:.0f} % of the schools")

# %%
mlm.plot.johnson_neyman(fit, "size:ses")

# %% [markdown]
# Or move along all sizes yourself:

# %%
mlm.explore.cross_level(fit)

# %% [markdown]
# Raw size is awkward. Its coefficients are tiny, and 0 lies outside the data. Lesson 6 centres it
# and counts in hundreds: some numbers change, and the model does not.
#
# ## What is left to explain

# %%
slope = mlm.Model(
    "mathach ~ ses + minority + female", group="school", level2={"ses": "U"}, data=hsb
)
mlm.compare(slope.fit(hsb), fit)

# %% [markdown]
# Size and sector account for a part of the variance of the intercepts. Do not read more into it
# than that. Nobody was assigned to a school at random, so a coefficient says what goes with what.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("5.1")` helps, and
# `mlm.solution("5.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 5.1

# %% exercise 5.2

# %% exercise 5.3

# %% exercise 5.4

# %% exercise 5.5

# %% exercise 5.6

# %% exercise 5.7

# %% [markdown]
# ## Summary
#
# - Level-2 predictors explain why coefficients differ between groups.
# - In the equation of a slope they become a cross-level interaction in the full model.
# - Beside a product, each coefficient is read where the other factor is 0.
# - Each $U_{qj}$ keeps the predictor of its coefficient.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 5. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 5.
#   Sage.
