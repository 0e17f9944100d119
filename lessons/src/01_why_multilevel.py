# %% [markdown]
# # 1 · Why multilevel
#
# **Goal.** You can say what goes wrong when a regression treats students of the same school as
# independent, and what a multilevel model does instead.
#
# **Time.** About 45 minutes.
#
# **You need.** Regression: coefficients, standard errors, confidence intervals.
#
# ## How such data come about
#
# A regression assumes a *simple random sample*: every case drawn on its own. That is often too
# dear. So one draws groups first, and cases within them second. This is *multi-stage sampling*.
#
# | units (level 1) | groups (level 2) |
# |---|---|
# | students | schools |
# | respondents | states or countries |
# | patients | hospitals |
# | days | persons |
#
# The cases of one group share a great deal: teachers, a town, a ward. They are not independent.
#
# ## What goes wrong: the standard errors
#
# Try it on data whose truth you know. Here is a world of schools in which a school-level
# programme has **no effect at all**. Half of the schools have the programme.

# %%
import numpy as np
import pandas as pd

import mlmteach as mlm

schools, students, tau, sigma = 30, 25, 0.5, 1.0


def world(rng):
    school = np.repeat(np.arange(schools), students)
    programme = (np.arange(schools) % 2)[school]
    y = tau * rng.normal(size=schools)[school] + sigma * rng.normal(size=school.size)
    return pd.DataFrame({"y": y, "programme": programme, "school": school})


# %% [markdown]
# The intraclass correlation is $0.5^2 / (0.5^2 + 1^2) = 0.2$: one fifth of the variance lies
# between schools. Draw 1,000 such samples. In each, test the programme twice: by an ordinary
# regression, and by a multilevel model.

# %%
import statsmodels.formula.api as smf

model = mlm.Model("y ~ 1", group="school", level2={"intercept": "programme + U"})
rng = np.random.default_rng(2026)
p_values = []
for _ in range(1000):
    sample = world(rng)
    ordinary = smf.ols("y ~ programme", sample).fit().pvalues["programme"]
    multilevel = model.fit(sample).pvalues["programme"]
    p_values.append({"ordinary regression": ordinary, "multilevel model": multilevel})

# %%
# NBVAL_CHECK_OUTPUT
for name, p in pd.DataFrame(p_values).items():
    print(
        f"{name:<20} finds an effect (p < 0.05) in {100 * (p < 0.05).mean():.0f} % of the samples"
    )

# %% [markdown]
# There is no effect, so 5 % would be right. The ordinary regression takes 750 students for 750
# independent pieces of evidence. But the programme was given to schools, and there are only 30 of
# them. Its standard error is far too small.
#
# How much too small? With $n$ students a school and the intraclass correlation $\rho$, the
# variance of a mean is larger by the *design effect* (Kish, 1965):
#
# $$1 + (n - 1)\,\rho$$

# %%
# NBVAL_CHECK_OUTPUT
rho = tau**2 / (tau**2 + sigma**2)
design_effect = 1 + (students - 1) * rho
print(f"design effect               {design_effect:.1f}")
print(f"standard error too small by {design_effect**0.5:.1f} times")
print(f"750 students are worth      {schools * students / design_effect:.0f} independent ones")

# %% [markdown]
# You know $\rho$ here, since you made the world. In data you do not. A fit estimates it. Whatever
# follows from the estimates of a fit is in `fit.quantities`, and you need not compute it yourself:

# %%
# NBVAL_CHECK_OUTPUT
fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
effect = fit.quantities.design_effect
print(f"High School & Beyond: design effect {effect:.1f}")
print(f"For a mean, {fit.nobs:,} students are worth {fit.nobs / effect:.0f} independent ones")

# %% [markdown]
# Change the number of schools, their size and the ICC, and watch the two standard errors:

# %%
mlm.explore.design_effect()

# %% [markdown]
# ## What goes wrong: the coefficients
#
# Leaving out the groups can mislead about the coefficient too. Here is how achievement goes with
# SES in High School & Beyond, in three regressions: over all students, over the school means, and
# over the departures from the school means.

# %%
# NBVAL_CHECK_OUTPUT
hsb = mlm.load("hsb")[["school", "ses", "mathach"]]
means = hsb.groupby("school").mean()
departures = hsb[["ses", "mathach"]] - means.loc[hsb["school"]].to_numpy()
for name, frame in {"pooled": hsb, "between schools": means, "within schools": departures}.items():
    slope = smf.ols("mathach ~ ses", frame).fit().params["ses"]
    print(f"{name:<16} slope of SES {slope:.2f}")

# %%
mlm.plot.within_between(hsb, "mathach", "ses", group="school")

# %% [markdown]
# The slope between schools is much steeper than the slope within them. The pooled slope mixes the
# two. It answers neither question: what goes with a student's SES in a given school, or what goes
# with a school's mean SES. Lesson 6 takes them apart.
#
# ## What to do instead
#
# There are three ways to deal with groups.
#
# - **Complete pooling** forgets them: one line for all. You just saw what that costs.
# - **No pooling** fits every group by itself. Then small groups give wild estimates, and you
#   cannot say anything about groups in general, or about predictors of the groups.
# - **Partial pooling** is the multilevel model. Each group has its own coefficient, and these
#   coefficients have a distribution. What all groups have in common helps to estimate each.
#
# ## Fixed and random coefficients
#
# | | fixed coefficient | random coefficient |
# |---|---|---|
# | is | one unknown number | a number for each group, from a distribution |
# | you | estimate it | estimate its variance, and predict its values |
# | example | the general mean of all schools | how far one school departs from it |
#
# A multilevel model has both, and more than one residual: one for each level.

# %%
mlm.Model("mathach ~ 1", group="school", data=mlm.load("hsb"))

# %% [markdown]
# Variation in the intercept gives a *random intercept* (lessons 2 and 3). Variation in a slope
# gives a *random slope* (lesson 4).

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("1.1")` helps, and
# `mlm.solution("1.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 1.1

# %% exercise 1.2

# %% exercise 1.3

# %% exercise 1.4

# %% exercise 1.5

# %% exercise 1.6

# %% [markdown]
# ## Summary
#
# - Cases of one group are alike. A regression that ignores it gives standard errors that are too
#   small, above all for predictors of the groups.
# - Pooled, between and within slopes can differ. Decide which one your question is about.
# - A multilevel model keeps both kinds of variation in one model.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapters 2 and 3.
#   Sage.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*, chapters 11 and 12. Cambridge University Press.
# - Kish, L. (1965). *Survey sampling*. Wiley.
