# %% [markdown]
# # 1 · Why multilevel
#
# **Goal.** You can say what goes wrong when a regression treats students of the same school as
# independent, and what a multilevel model does instead.
#
# **Time.** About 60 minutes.
#
# **You need.** Regression: coefficients, standard errors, confidence intervals.
# [Lesson 0](00_start_here.ipynb).
#
# **The question.** With how many points of mathematics achievement does one unit of SES go? Three
# regressions on the same 7,185 students say 2.19, 3.18 and 5.91. Which of them is right?
#
# ## How such data come about
#
# A regression assumes a *simple random sample*: every case drawn on its own. That is often too
# dear. So one draws groups first, and cases within them second. This is
# [multi-stage sampling](GLOSSARY.md#multi-stage-sampling).
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
# Groups can lie in larger groups, as classes lie in schools, and a student can belong to two kinds
# of groups, such as a school and a neighbourhood. Two levels come first. The others are in lessons
# [14](14_three_levels.ipynb) and [15](15_crossed_groups.ipynb).
#
# ## What goes wrong: the standard errors
#
# Try it on data whose truth you know. Here is a world of schools in which a school-level
# programme goes with **no difference at all**. Half of the schools have the programme.

# %%
import numpy as np
import pandas as pd

import mlmteach as mlm

schools, students, tau, sigma = 30, 25, 0.5, 1.0
school = np.repeat(np.arange(schools), students)
programme = school % 2


def world(rng):
    return tau * rng.normal(size=schools)[school] + sigma * rng.normal(size=school.size)


# %% [markdown]
# The [intraclass correlation](GLOSSARY.md#intraclass-correlation) (ICC) is
# $0.5^2 / (0.5^2 + 1^2) = 0.2$: one fifth of the variance lies between schools. Draw 1,000
# such samples. In each, test the programme twice: by an ordinary regression, and by a multilevel
# model.
#
# The programme belongs to the schools, so in the multilevel model it stands in an equation at
# level 2. `level2={"intercept": "programme + U"}` reads: the intercepts of the schools go with the
# programme, and $U$ is what else they differ by. You will write such lines yourself from lesson 4
# on.

# %%
import statsmodels.api as sm

rng = np.random.default_rng(2026)
sample = pd.DataFrame({"y": world(rng), "programme": programme, "school": school})
model = mlm.Model("y ~ 1", group="school", level2={"intercept": "programme + U"})
first = model.fit(sample)
p_values = []
for _ in range(1000):
    y = world(rng)
    ordinary = sm.OLS(y, sm.add_constant(programme)).fit().pvalues[1]
    multilevel = first.refit(y).pvalues["programme"]  # the same model, another outcome
    p_values.append({"ordinary regression": ordinary, "multilevel model": multilevel})

# %% tags=["nbval-check-output"]
for name, p in pd.DataFrame(p_values).items():
    print(f"{name:<20} p < 0.05 in {100 * (p < 0.05).mean():.1f} % of the samples")
chance = (0.05 * 0.95 / 1000) ** 0.5
print(f"standard error of a share of 5 % in 1,000 samples: {100 * chance:.1f} %")

# %% [markdown]
# There is no difference, so 5 % would be right. The multilevel model comes as close to it as 1,000
# samples can show. The ordinary regression takes 750 students for 750 independent pieces of
# evidence. But the programme was given to schools, and there are only 30 of them. Its standard
# error is far too small.
#
# How much too small? With $n$ students a school and the intraclass correlation $\rho$, the
# variance of a mean is larger by the [design effect](GLOSSARY.md#design-effect) (Kish, 1965):
#
# $$1 + (n - 1)\,\rho$$

# %% tags=["nbval-check-output"]
rho = tau**2 / (tau**2 + sigma**2)
design_effect = 1 + (students - 1) * rho
print(f"design effect               {design_effect:.1f}")
print(f"standard error too small by {design_effect**0.5:.1f} times")
print(f"750 students are worth      {schools * students / design_effect:.0f} independent ones")

# %% [markdown]
# Worth 129 for what? For a mean, and for a predictor of the schools such as the programme. You know
# $\rho$ here, since you made the world. In data you do not. A fit estimates it. Whatever follows
# from the estimates of a fit is in `fit.quantities`, and you need not compute it yourself:

# %% tags=["nbval-check-output"]
hsb = mlm.load("hsb")
fit = mlm.Model("mathach ~ 1", group="school").fit(hsb)
effect = fit.quantities.design_effect
print(f"High School & Beyond: ICC {fit.icc:.3f}, design effect {effect:.1f}")
print(f"For a mean, {fit.nobs:,} students are worth {fit.nobs / effect:.0f} independent ones")

# %% [markdown]
# Change the number of schools, their size and the ICC, and watch the two standard errors:

# %%
mlm.explore.design_effect()

# %% [markdown]
# ## Too small for which coefficients?
#
# Not for all. Take five predictors of High School & Beyond, one at a time. `sector` belongs to the
# schools. The next three differ within schools and between them. The last is SES minus the mean
# SES of the school, so it differs within schools only. Compare the two standard errors of each.
# (`from_formula` takes the way in which R's lme4 writes a model.)

# %% tags=["nbval-check-output"]
import statsmodels.formula.api as smf

frame = hsb[["school", "mathach", "sector", "minority", "ses", "female"]].copy()
frame["ses_within"] = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
for name in ("sector", "minority", "ses", "female", "ses_within"):
    ordinary = smf.ols(f"mathach ~ {name}", frame).fit().bse[name]
    model = mlm.Model.from_formula(f"mathach ~ {name} + (1 | school)", data=frame)
    multilevel = model.fit(frame).bse[name]
    ratio = ordinary / multilevel
    print(f"{name:<10} ordinary {ordinary:.3f}, multilevel {multilevel:.3f}, ratio {ratio:.3f}")

# %% [markdown]
# - For the predictor of the schools the ordinary standard error is about a third of what it should
#   be.
# - For predictors that differ at both levels it is a little too small.
# - For the predictor that differs within schools only it is too **large**. Ordinary regression
#   counts the differences between schools as noise. A comparison within schools is free of them.
#
# One rule is behind it. Let $\rho_x$ be the intraclass correlation of the predictor and $\rho_y$
# that of the outcome, given the predictor. The true variance of the slope of an ordinary regression
# is about $1 + (n - 1)\,\rho_x\,\rho_y$ times what its output says (Scott & Holt, 1982). A
# predictor of the schools has $\rho_x = 1$, which gives the design effect. A predictor that differs
# within schools only has $\rho_x = -1 / (n - 1)$, which gives $1 - \rho_y$: less than 1. For
# predictors in between, the multilevel model does more than to correct a standard error. It weighs
# the information from within schools otherwise, and so it estimates another slope.
#
# ## What goes wrong: the coefficients
#
# Leaving out the groups can mislead about the coefficient too. Back to the opening question. Here
# are the three regressions: over all students, over the school means, and over the departures from
# the school means.

# %% tags=["nbval-check-output"]
columns = hsb[["school", "ses", "mathach"]]
means = columns.groupby("school").mean()
departures = columns[["ses", "mathach"]] - means.loc[columns["school"]].to_numpy()
for name, rows in {"total": columns, "between": means, "within": departures}.items():
    slope = smf.ols("mathach ~ ses", rows).fit().params["ses"]
    print(f"{name:<8} slope of SES {slope:.2f}")

# %%
mlm.plot.within_between(hsb, "mathach", "ses", group="school")

# %% [markdown]
# All three are right, each for a question of its own.
#
# - **Within** a school, two students who differ by one unit of SES differ by 2.19 points.
# - **Between** schools, two schools whose mean SES differs by one unit differ by 5.91 points in
#   their mean achievement.
# - The **total** slope of 3.18 mixes the two. It answers neither question.
#
# Taking the slope between groups for a statement about persons is the
# [ecological fallacy](GLOSSARY.md#ecological-fallacy). Who has the school means alone, finds 5.91,
# and tells a student "one unit of SES goes with 5.91 points", commits it: within schools it is less
# than half of that. The opposite mistake, from the slope within groups to the groups, is called the
# *atomistic fallacy*. Neither is a mistake of computing. The slope belongs to one level, and the
# sentence to the other. [Lesson 6](06_centring.ipynb) puts both slopes into one model.
#
# ## What to do instead
#
# There are three ways to deal with groups.
#
# - [Complete pooling](GLOSSARY.md#complete-pooling) forgets them: one mean or one line for all. You
#   just saw what that costs.
# - [No pooling](GLOSSARY.md#no-pooling) fits every group by itself. Then small groups give wild
#   estimates, and you cannot say anything about groups in general, or about predictors of the
#   groups.
# - [Partial pooling](GLOSSARY.md#partial-pooling) is the multilevel model. Each group has its own
#   coefficient, and these coefficients have a distribution. What all groups have in common helps
#   to estimate each.
#
# School 8367 sent only 14 students, and they did badly. What is the mean achievement in it?

# %% tags=["nbval-check-output"]
own = hsb.loc[hsb["school"] == 8367, "mathach"]
partial = fit.params["Intercept"] + fit.random_effects.loc[8367, "Intercept"]
print(f"complete pooling  {hsb['mathach'].mean():.2f}  as in all schools")
print(f"no pooling        {own.mean():.2f}  by its own {len(own)} students")
print(f"partial pooling   {partial:.2f}")

# %% [markdown]
# Partial pooling believes the 14 students, but not wholly: some of the distance is chance. Lesson 2
# says how much it believes whom.
#
# ## Fixed or random groups? And how many?
#
# A regression with a dummy variable for every school is no pooling. That is not wrong. It is the
# better choice in some cases.
#
# | take the groups as | when |
# |---|---|
# | fixed, with a dummy for each | you want to speak of just these groups, or there are very few |
# | random, with a variance | they stand for more like them, or you have predictors of groups |
#
# To speak of groups in general you need enough of them. Many students in few schools do not help:
# the variance between schools is estimated from the schools. In the world above it is
# $0.5^2 = 0.25$. See how far its estimates spread with 5, 10, 30 and 100 schools of 25 students.

# %% tags=["nbval-check-output"]
print(f"true variance between schools: {tau**2}")
for number in (5, 10, 30, 100):
    group = np.repeat(np.arange(number), 25)
    ys = tau * rng.normal(size=(200, number))[:, group] + rng.normal(size=(200, group.size))
    first = mlm.Model("y ~ 1", group="group").fit(pd.DataFrame({"y": ys[0], "group": group}))
    estimates = [float(first.refit(y).cov_re.iloc[0, 0]) for y in ys]
    low, high = np.percentile(estimates, [2.5, 97.5])
    print(f"{number:>3} schools: 95 % of 200 estimates between {low:.2f} and {high:.2f}")

# %% [markdown]
# With 5 schools the estimate says next to nothing: take them as fixed. With 10 it is still poor.
# From about 30 on it begins to be useful, and with predictors of the schools or
# [random slopes](GLOSSARY.md#random-slope) you need more. For the $\gamma$ alone fewer will do, if
# the tests have the [degrees of freedom](GLOSSARY.md#degrees-of-freedom) of
# [lesson 7](07_inference_and_comparison.ipynb).
#
# ## Fixed and random coefficients
#
# | | fixed coefficient | random coefficient |
# |---|---|---|
# | is | one unknown number | a number for each group, from a distribution |
# | you | estimate it | estimate its variance, and predict its values |
# | example | the general mean of all schools | the mean of one school |
# | symbol | $\gamma_{00}$ | $\beta_{0j} = \gamma_{00} + U_{0j}$ |
#
# A [random coefficient](GLOSSARY.md#random-coefficient) is the sum of a
# [fixed one](GLOSSARY.md#fixed-coefficient) and a departure $U$. A multilevel model has more
# than one [residual](GLOSSARY.md#residual), one for each level: here $U_{0j}$ and
# $\varepsilon_{ij}$.

# %%
mlm.Model("mathach ~ 1", group="school", data=mlm.load("hsb"))

# %% [markdown]
# Variation in the intercept gives a [random intercept](GLOSSARY.md#random-intercept) (lessons 2
# and 3). Variation in a slope gives a [random slope](GLOSSARY.md#random-slope) (lesson 4).

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("1.1")` helps,
# `mlm.hint("1.1", 2)` helps more, and `mlm.solution("1.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 1.1

# %% exercise 1.2

# %% exercise 1.3

# %% exercise 1.4

# %% exercise 1.5

# %% exercise 1.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. For which predictor is the standard error of an ordinary regression too large: one of the
#    schools, or one that differs within schools only?
#
#    <details><summary>Answer</summary>
#
#    The one that differs within schools only.
#
#    </details>
#
# 2. There are 21 students in each school, and the ICC is 0.2. What is the design effect of a mean?
#
#    <details><summary>Answer</summary>
#
#    $1 + 20 \times 0.2 = 5$.
#
#    </details>
#
# 3. In rich countries people live longer. Somebody concludes that rich persons live longer. What is
#    this mistake called?
#
#    <details><summary>Answer</summary>
#
#    The ecological fallacy. It may be true of persons, but means of countries do not show it.
#
#    </details>
#
# 4. A trial was run in four hospitals, and you want to allow for differences between them. Fixed or
#    random?
#
#    <details><summary>Answer</summary>
#
#    Fixed. Four hospitals say next to nothing about a variance between hospitals.
#
#    </details>
#
# 5. From lesson 0: what does the index $j$ in $\beta_{0j}$ say?
#
#    <details><summary>Answer</summary>
#
#    That the coefficient may differ from group to group.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** 2.19 within schools and 5.91 between them, each for its own question. The total
#   slope of 3.18 mixes the two.
# - Cases of one group are alike. A regression that ignores it gives standard errors that are too
#   small for predictors of the groups, and too large for predictors that differ within groups only.
# - A slope belongs to a level. To carry it over to the other level is a fallacy.
# - The variance between groups is estimated from the groups. A handful of them is too few.
# - A multilevel model keeps both kinds of variation in one model.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapters 2 to 4.
#   Sage.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*, chapters 11 and 12. Cambridge University Press.
# - Kish, L. (1965). *Survey sampling*. Wiley.
# - Robinson, W. S. (1950). Ecological correlations and the behavior of individuals. *American
#   Sociological Review*, 15(3), 351–357.
# - Scott, A. J., & Holt, D. (1982). The effect of two-stage sampling on ordinary least squares
#   methods. *Journal of the American Statistical Association*, 77(380), 848–854.
#
# Previous: [0 · Start here](00_start_here.ipynb) · Next: [2 · The null model](02_null_model.ipynb)
# · [Glossary](GLOSSARY.md)
