# %% [markdown]
# # 5 · Level-2 predictors and cross-level interactions
#
# **Goal.** You can say with which properties of the groups intercepts and slopes go, put the
# level-2 equations into the level-1 equation without a slip, read a cross-level interaction in both
# directions, and see when another one hides behind it.
#
# **Time.** About 90 minutes.
#
# **You need.** Lessons [2](02_null_model.ipynb) to [4](04_random_slopes.ipynb).
#
# **The question.** In which schools does one unit of SES go with fewer points of achievement: in
# small ones or large ones, in public ones or Catholic ones?
#
# So far a coefficient was a mean plus a $U$. The $U$ says that schools differ, and nothing more.
# Now properties of the schools enter the level-2 equations: their size, and their sector (public or
# Catholic). `size` is the number of students enrolled.

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
# A rule: what stands in the equation of a slope should stand in the equation of the intercept too.
# Without `size` there, the model would say that large and small schools have the same level where
# SES is 0. Nobody knows that, and the coefficient of the product would have to make up for it. The
# package does not force you to keep the rule.
#
# ## From two levels to one equation
#
# Substitute, expand, collect:

# %%
full.equations().steps()

# %% [markdown]
# A predictor in the equation of a slope becomes a product in the full model,
# $\gamma_{11}\,\text{size}_j \times \text{SES}_{ij}$. That product is a
# [cross-level interaction](GLOSSARY.md#cross-level-interaction): one factor belongs to the school,
# the other to the student. The school's property is also called a *moderator* of the slope.
#
# ## A slip to watch for
#
# Here is the full model as you may find it in lecture notes. Is it right?

# %% tags=["nbval-check-output"]
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
# [simple slope](GLOSSARY.md#simple-slope). Look at it where it means something: at the mean of size
# over the schools, and one standard deviation below and above it. Its standard error comes from
# both coefficients and their covariance, so you could not get it from the summary alone.

# %% tags=["nbval-check-output"]
simple = fit.quantities.simple_slopes("ses", "size")
for size, row in simple.iterrows():
    interval = f"95 % interval {row['lower']:.2f} to {row['upper']:.2f}"
    print(f"{size:5.0f} students: slope of SES {row['estimate']:.2f}, {interval}")

# %% [markdown]
# Three sizes are a choice. You can ask the other way round: at which sizes does the slope differ
# from 0 at all? Johnson and Neyman's [region of significance](GLOSSARY.md#region-of-significance)
# answers that.

# %% tags=["nbval-check-output"]
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
slope_fit = slope.fit(hsb)
mlm.compare(slope_fit, fit)

# %% [markdown]
# - **Intercepts.** Size and sector account for 40 % of their variance: the row *Reduction of
#   var(Intercept)*.
# - **Slopes.** Size accounts for 15 % of theirs: *Reduction of var(ses)*. That is little. Most of
#   what makes slopes differ is not size.
# - **Their covariance.** It was negative, and now it is positive.

# %% tags=["nbval-check-output"]
for name, one in {"lesson 4": slope_fit, "with size and sector": fit}.items():
    (t00, t01), (_, t11) = one.cov_re.to_numpy()
    r = t01 / (t00 * t11) ** 0.5
    print(f"{name:<21} correlation {r:5.2f}, lines closest together at SES {-t01 / t11:5.2f}")

# %% [markdown]
# $\tau_{01}$ is the covariance of what is *left over* of intercepts and slopes. A property of the
# schools that goes with high intercepts and flat slopes makes it negative as long as it is not in
# the model. Take a part of it into account, and the rest may have another sign. So something like
# that is in these data. Which property is it?
#
# ## One term more
#
# Sector stands in the equation of the intercept, and not in that of the slope. No reason was given,
# and there is none. Add it.

# %%
both = mlm.Model(
    "mathach ~ ses + minority + female",
    group="school",
    level2={"intercept": "size + sector + U", "ses": "size + sector + U"},
    data=hsb,
)
both_fit = both.fit(hsb)
both_fit.summary()

# %% tags=["nbval-check-output"]
for name, one in {"size alone": fit, "size and sector": both_fit}.items():
    gamma, p = one.params["size:ses"], one.pvalues["size:ses"]
    tau2 = one.cov_re.loc["ses", "ses"]
    print(f"{name:<16} size:ses {gamma:9.6f}, p = {p:.3f}   tau_1^2 = {tau2:.3f}")
schools = hsb.groupby("school")[["size", "sector"]].first()
print(f"correlation of size and sector: {schools['size'].corr(schools['sector']):.2f}")
print(f"mean size: {schools.groupby('sector')['size'].mean().round().to_dict()}")

# %% [markdown]
# The interaction with size is **gone**. It was 0.00039 with p = 0.027, and now it is 0 to five
# places, with p = 0.98. In its stead stands one with sector: −1.09, more than four standard errors
# from 0.
#
# What happened? Catholic schools are smaller than public ones, and their slopes are flatter. As
# long as sector was kept out of the slope's equation, size stood in for it: large schools seemed to
# have steep slopes, since large schools are mostly public. This is an [omitted
# moderator](GLOSSARY.md#omitted-moderator). It is the same as an omitted predictor in a regression,
# one level up. Nothing in the output of the first model warned you. The pictures, the simple slopes
# and the region of significance above were computed rightly, from a model that left something out.

# %%
mlm.compare(fit, both_fit, names=["size", "size and sector"])

# %% [markdown]
# One parameter lowers the deviance by 20.856. The variance of the slopes is nearly used up: by ML
# it falls from 0.210 to 0.024.
#
# Look at the note on T, and remember lesson 4: by ML the fit with both is
# [singular](GLOSSARY.md#singular-fit). So little variance of slopes is left that the data do not
# tell the rest of $U_{1j}$ from $U_{0j}$. By REML it is just inside, with a correlation of 0.83.
# That is good news here, and not a failure.

# %% tags=["nbval-check-output"]
simple = both_fit.quantities.simple_slopes("ses", "sector")
for sector, row in simple.iterrows():
    interval = f"95 % interval {row['lower']:.2f} to {row['upper']:.2f}"
    print(f"sector {sector:.0f}: slope of SES {row['estimate']:.2f}, {interval}")

# %%
mlm.plot.cross_level(both_fit, "sector:ses")

# %% [markdown]
# At the mean size, one unit of SES goes with 2.55 points in public schools and with 1.46 in
# Catholic ones. This is the finding for which these data are known (Raudenbush & Bryk, 2002,
# chapter 4): in Catholic schools the slope of SES is flatter.
#
# Do not read more into it than that. Nobody was assigned to a school at random, so a coefficient
# says what goes with what. Behind sector, too, another moderator may hide. And SES as it stands
# mixes two slopes, as you saw in [lesson 3](03_level1_covariates.ipynb), so its interactions are
# mixtures too. [Lesson 6](06_centring.ipynb) takes them apart.
#
# ## A predictor with three categories
#
# Sector has two values, and one coefficient says it all. A property with three needs two. In the
# data `exam`, pupils of inner London, a school is for girls, mixed, or for boys.

# %%
exam = mlm.load("exam")
gender = mlm.Model(
    "normexam ~ standLRT", group="school", level2={"intercept": "schgend + U"}, data=exam
)
gender.level2

# %% [markdown]
# One category is the [reference category](GLOSSARY.md#reference-category): girls' schools, the
# first in the codebook. Each of the others has a $\gamma$, its difference from the reference.

# %% tags=["nbval-check-output"]
gender_fit = gender.fit(exam)
interval = gender_fit.conf_int()
for name in ("schgend[T.mixed]", "schgend[T.boys]"):
    low, high = interval.loc[name]
    print(f"{name:<17} {gender_fit.params[name]:.3f}, 95 % interval {low:.2f} to {high:.2f}")
print(gender_fit.test("schgend"))

# %% [markdown]
# - At the same reading score, pupils of mixed schools score lower than pupils of girls' schools by
#   about a quarter of a standard deviation.
# - The interval of boys' schools holds 0. That does not make them like girls' schools: there are
#   only 10 of them.
# - Only girls go to girls' schools, and girls score higher. The model does not hold sex fixed, so a
#   part of the difference may be one of girls and boys.
# - Do not ask two coefficients whether the property has anything to say. Ask once: the last line is
#   an [F test](GLOSSARY.md#f-test) of both together.
# - The difference of boys' and mixed schools is in neither line. It is the difference of the two
#   $\gamma$, and its standard error is not in the summary:

# %% tags=["nbval-check-output"]
weights = {"boys - mixed": {"schgend[T.boys]": 1, "schgend[T.mixed]": -1}}
row = gender_fit.quantities.combinations(weights).iloc[0]
print(f"boys - mixed: {row['estimate']:.3f}, {row['lower']:.2f} to {row['upper']:.2f}")

# %% [markdown]
# Another reference gives other $\gamma$, and the same fit. Another predictor gives another fit. Put
# the sex of the pupil beside the reading score:

# %% tags=["nbval-check-output"]
with_sex = mlm.Model(
    "normexam ~ standLRT + sex", group="school", level2={"intercept": "schgend + U"}
).fit(exam)
print(f"mixed - girls: {with_sex.params['schgend[T.mixed]']:.3f}, it was -0.245")
print(with_sex.test("schgend"))

# %% [markdown]
# The difference is a third smaller, and the F test of the two gives p = 0.112 in place of 0.024.
# At level 1, too, something that is left out can stand behind a coefficient of the schools.
#
# ## Every symbol in a sentence
#
# Back to High School & Beyond, and to the model with both moderators:

# %%
both_fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("5.1")` helps,
# `mlm.hint("5.1", 2)` helps more, and `mlm.solution("5.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 5.1

# %% exercise 5.2

# %% exercise 5.3

# %% exercise 5.4

# %% exercise 5.5

# %% exercise 5.6

# %% exercise 5.7

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. $\beta_{1j} = \gamma_{10} + \gamma_{11} z_j + U_{1j}$. Which three terms of the full model come
#    from it?
#
#    <details><summary>Answer</summary>
#
#    $\gamma_{10} x_{ij}$, $\gamma_{11} z_j x_{ij}$ and $U_{1j} x_{ij}$.
#
#    </details>
#
# 2. $\gamma_{10} = 2$, $\gamma_{11} = -0.5$. What is the slope of $x$ where $z = 2$?
#
#    <details><summary>Answer</summary>
#
#    $2 - 0.5 \times 2 = 1$.
#
#    </details>
#
# 3. A cross-level interaction vanishes when another moderator enters. What was it?
#
#    <details><summary>Answer</summary>
#
#    It stood in for the other one. The two moderators are correlated.
#
#    </details>
#
# 4. How many $\gamma$ does a predictor of the schools with four categories need?
#
#    <details><summary>Answer</summary>
#
#    Three, each a difference from the reference.
#
#    </details>
#
# 5. From lesson 4: a fit reports a correlation of 1 between $U_{0j}$ and $U_{1j}$. What is such a
#    fit called?
#
#    <details><summary>Answer</summary>
#
#    A singular fit.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** In Catholic schools: 1.46 points for one unit of SES, and 2.55 in public
#   schools. Size has nothing to add to that.
# - Level-2 predictors say with which properties of groups the coefficients go.
# - In the equation of a slope they become a cross-level interaction in the full model.
# - Beside a product, each coefficient is read where the other factor is 0.
# - Each $U_{qj}$ keeps the predictor of its coefficient.
# - A predictor of a slope should be a predictor of the intercept too.
# - A cross-level interaction may stand in for another one. Ask which other properties of the groups
#   could moderate the slope.
# - A category with $k$ values has $k - 1$ coefficients, and one test for all of them.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 5. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapters 4 and
#   5. Sage.
#
# Previous: [4 · Random slopes](04_random_slopes.ipynb) · Next: [6 · Centring](06_centring.ipynb)
# · [Glossary](GLOSSARY.md)
