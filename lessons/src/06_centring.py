# %% [markdown]
# # 6 · Centring
#
# **Goal.** You can choose where a predictor is 0, tell a slope within groups from a slope between
# groups, and say which numbers a choice changes and which it does not.
#
# **Time.** About 75 minutes.
#
# **You need.** Lessons 3 to 5.
#
# **The question.** What goes with a student's mathematics achievement: the SES of the student, the
# SES of the other students in the school, or both?
#
# A predictor can be measured from its own zero, from the mean of everybody
# ([grand-mean centring](GLOSSARY.md#grand-mean-centring)), or from the mean of the group
# ([group-mean centring](GLOSSARY.md#group-mean-centring)). The first two differ in where you look.
# The third asks a different question.

# %%
import pandas as pd

import mlmteach as mlm

hsb = mlm.load("hsb")

# %% [markdown]
# ## Measured from the grand mean
#
# The model of the slides in lesson 5 left you with a slope of SES "in a school of size 0". Put size
# in hundreds of students, and measure it from its mean over the schools. The codebook entry gives
# the new column a name and a unit for the sentences; `zero` says that its 0 means something.

# %%
sizes = hsb.groupby("school")["size"].first()
hundreds = hsb.assign(size100=(hsb["size"] - sizes.mean()) / 100)
entry = {"label": "school size", "symbol": "size", "unit": "hundred students", "zero": True}
level2 = {"intercept": "size + sector + U", "ses": "size + U"}
raw = mlm.Model("mathach ~ ses + minority + female", group="school", level2=level2, data=hsb)
centred = mlm.Model(
    "mathach ~ ses + minority + female",
    group="school",
    level2={key: text.replace("size", "size100") for key, text in level2.items()},
    codebook={"size100": entry},
    data=hundreds,
)

# %% tags=["nbval-check-output"]
before, after = raw.fit(hsb), centred.fit(hundreds)
pairs = {"Intercept": "Intercept", "size": "size100", "ses": "ses", "size:ses": "size100:ses"}
for old, new in pairs.items():
    t = f"t = {before.tvalues[old]:6.2f} and {after.tvalues[new]:6.2f}"
    print(f"{old:<10} {before.params[old]:9.5f} becomes {after.params[new]:6.3f}   {t}")
difference = (before.fittedvalues - after.fittedvalues).abs().max()
print(f"largest difference of the predictions: {difference:.4f}")

# %% [markdown]
# - The coefficients of size and of the product are 100 times as large, with the same $t$. Only
#   the unit changed.
# - The intercept and the slope of SES are now those of a school of mean size. Their $t$ changed,
#   since they answer another question.
#
# The two models are the same model. They predict the same for every student.
#
# And the variances? It depends on what you move. Size is a level-2 predictor and has no $U$ of its
# own, so both $\tau$ stay. SES has a random slope. Move the zero of SES, and $U_{0j}$ is the
# [departure](GLOSSARY.md#departure) of a school at another place (lesson 4).

# %% tags=["nbval-check-output"]
moved = hsb.assign(ses=hsb["ses"] - 1)  # an SES of 1 is the new zero
for name, one in {"as before": before, "size moved": after, "SES moved": raw.fit(moved)}.items():
    t = one.cov_re.to_numpy()
    print(f"{name:<11} tau_0^2 {t[0, 0]:.2f}   tau_01 {t[0, 1]:.2f}   tau_1^2 {t[1, 1]:.2f}")

# %% [markdown]
# So grand-mean centring never changes the model. It changes the numbers that are read "at 0": the
# intercept, the slopes of whatever has a product with the predictor, and, where the slope of the
# predictor is random, $\tau_0^2$ and $\tau_{01}$.
#
# ## Measured from the group's own mean
#
# Now take SES. A student can have a high SES in two ways: by being better off than the others of
# the school, or by going to a school where everybody is. With raw SES, one slope stands for both.
#
# `center_within(ses)` is the student's SES minus the mean of the school. `group_mean(ses)` is that
# mean. Put the first at level 1 and the second at level 2.

# %%
between = mlm.Model(
    "mathach ~ center_within(ses)",
    group="school",
    level2={"intercept": "group_mean(ses) + U"},
    data=hsb,
)
between

# %%
fit = between.fit(hsb)
fit.interpret()

# %% [markdown]
# Two slopes, and they differ a great deal:
#
# - the **within** slope compares two students of the same school;
# - the **between** slope compares the means of two schools whose mean SES differs;
# - their difference is the **[contextual effect](GLOSSARY.md#contextual-effect)**: how much two
#   students of the same SES differ if the mean SES of their schools does.

# %% tags=["nbval-check-output"]
slopes = fit.quantities.contextual_effects("center_within(ses)", "group_mean(ses)")
for name, row in slopes.iterrows():
    interval = f"95 % interval {row['lower']:.2f} to {row['upper']:.2f}"
    print(f"{name:<11} {row['estimate']:.2f}, {interval}")

# %% [markdown]
# This answers the question: both. Two students of one school whose SES differs by 1 differ by 2.19
# points on average. Two students of the same SES differ by 3.68 points if the means of their
# schools differ by 1. The interval of the contextual effect leaves 0 out. "Effect" is only its
# name. Schools with a high mean SES differ from others in more than their company.
#
# Change the centring and see what each coefficient stands for:

# %%
mlm.explore.centering(hsb, "mathach", "ses")

# %% [markdown]
# ## The contextual effect as a coefficient
#
# Leave SES uncentred at level 1 and add the school's mean at level 2. Then the coefficient of the
# mean is the contextual effect itself. Leave the mean out, and a single slope stands for both.

# %% tags=["nbval-check-output"]
context = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "group_mean(ses) + U"})
same, single = context.fit(hsb), mlm.Model("mathach ~ ses", group="school").fit(hsb)
print(f"slope of ses              {same.params['ses']:.2f}")
print(f"slope of group_mean(ses)  {same.params['group_mean(ses)']:.2f}")
print(f"REML criterion {fit.criterion:.2f} and {same.criterion:.2f}")
print(f"slope of ses alone        {single.params['ses']:.2f}")

# %% [markdown]
# The first two lines are the same model once more, in other coordinates.
#
# The last line is a weighted mean of 2.19 and 5.87. It lies near the within slope, since most of
# the information about a slope comes from within the schools. But it is neither. A model with raw
# SES alone says that the two are equal. Here they are not, and no output warns you.
#
# ## A mean of few is not the mean of all
#
# The contextual effect takes the mean of the students in the file for the mean of the school. Here
# a school has 45 students in the file on average. What if it had 5?

# %% tags=["nbval-check-output"]
ses = mlm.Model("ses ~ 1", group="school").fit(hsb)
reliability = ses.quantities.reliability()["Intercept"]
five = ses.cov_re.iloc[0, 0] / (ses.cov_re.iloc[0, 0] + ses.scale / 5)
print(f"reliability of a mean: {reliability.mean():.2f} here, {five:.2f} with 5 students")
draws = [hsb.groupby("school").sample(5, random_state=seed) for seed in range(50)]
found = pd.DataFrame([between.fit(draw).params for draw in draws])
for name in ("center_within(ses)", "group_mean(ses)"):
    error = found[name].std() / 50**0.5
    print(f"{name:<18} {found[name].mean():.2f} on average of 50 draws (error {error:.2f})")
within, among = fit.params["center_within(ses)"], fit.params["group_mean(ses)"]
print(f"expected of the second: {five * among + (1 - five) * within:.2f}")

# %% [markdown]
# The *error* is that of the simulation: the standard error of an average of 50 draws. The slope
# within stays. The slope between falls from 5.87 to 4.68. A mean of five students is partly chance,
# and that part tells no more than any difference between students. With a
# [reliability](GLOSSARY.md#reliability) of $\lambda$ you expect $\lambda$ times the between slope
# plus $1 - \lambda$ times the within slope: the last line. (It is a little too low here, since the
# five were drawn from the 45 in the file and not from all students of the school.)
#
# So look at the reliability of a group mean before you read a contextual effect. With the whole
# file it is 0.94, and little is lost. Lüdtke and others (2008) model the unknown mean of the group
# in place of the observed one. If the members in the file are *all* members of the group, such as a
# team of five, their mean is no sample, and nothing needs to be put right.
#
# ## The same slope by dummies
#
# [Lesson 1](01_why_multilevel.ipynb) had another way to hold the schools constant: fixed groups, by
# a dummy variable for each of them in an ordinary regression.

# %% tags=["nbval-check-output"]
import statsmodels.formula.api as smf

dummies = smf.ols("mathach ~ ses + C(school)", hsb).fit()
error = fit.bse["center_within(ses)"]
print(f"160 dummies: slope of ses {dummies.params['ses']:.4f} (SE {dummies.bse['ses']:.4f})")
print(f"random U:    slope within {within:.4f} (SE {error:.4f})")

# %% [markdown]
# It is the within slope. So with group-mean centring you lose nothing that dummies would give you.
# And you keep what they cannot give: the slope between, and predictors of the schools such as
# sector, which the dummies use up.
#
# ## With a random slope
#
# As soon as the slope is random, group-mean centring and raw scores are no longer the same model.
# $U_{0j}$ is the departure of a school where its predictor is 0. With raw SES that is one place
# for all schools. With group-mean centring every school has its own place: the mean of its
# students.

# %% tags=["nbval-check-output"]
two = {}
for text in ("ses", "center_within(ses)"):
    level2 = {"intercept": "group_mean(ses) + U", text: "U"}
    two[text] = mlm.Model(f"mathach ~ {text}", group="school", level2=level2).fit(hsb)
    tau = two[text].cov_re.iloc[1, 1]
    print(f"{text:<20} criterion {two[text].criterion:.2f}   tau_1^2 {tau:.2f}")

# %% [markdown]
# Which $\tau_1^2$ do you believe, 0.45 or 0.69? You may compare the two criteria: the fixed parts
# are the same in other coordinates, and the number of parameters is the same. The centred model
# fits better by 3.77. That is a hint and no proof. So let each of the two be true in turn. Draw
# outcomes from it, and fit both.

# %% tags=["nbval-check-output"]
for true, world in two.items():
    outcomes = world.simulate(100, seed=6)
    print(f"true: {true}, tau_1^2 {world.cov_re.iloc[1, 1]:.2f}")
    for fitted, one in two.items():
        tau = pd.Series([one.refit(y).cov_re.iloc[1, 1] for _, y in outcomes.items()])
        print(f"    fitted: {fitted:<18} {tau.mean():.2f} on average (error {tau.std() / 10:.2f})")

# %% [markdown]
# The centred model comes out right in both worlds. The raw model is right only in its own. In the
# other it understates how much the slopes differ: 0.58 for 0.69, several errors of simulation off.
#
# The reason: with group-mean centring, $\tau_1^2$ has one task, how the slopes within schools
# differ. With raw SES it has a second one. It must also say how the spread of the schools' levels
# changes with their mean SES. And for a school whose students are all far from an SES of 0, the
# intercept there is an extrapolation. It is shrunk to the mean, and takes the slope with it
# (Raudenbush & Bryk, 2002, chapter 5). So for the question how much slopes within schools differ,
# believe 0.69, a standard deviation of 0.83 points per unit of SES.
#
# A fit can also be [singular](GLOSSARY.md#singular-fit) with raw scores and not with centred ones.
# [Lesson 4](04_random_slopes.ipynb) says what to do then.
#
# ## In a product
#
# In lesson 5 you multiplied raw SES by a predictor $z_j$ of the schools. Raw SES is the departure
# from the school's mean plus the mean. So the product is two products:
#
# $$z_j\,\text{SES}_{ij} = z_j\,(\text{SES}_{ij} - \overline{\text{SES}}_j)
# + z_j\,\overline{\text{SES}}_j$$
#
# The first is the [cross-level interaction](GLOSSARY.md#cross-level-interaction): the slope
# *within* depends on $z$. The second says that the slope *between* depends on $z$. With raw SES
# both get one coefficient. Take them apart, for SES with the sector, and for `minority` with the
# share of students on the academic track:

# %% tags=["nbval-check-output"]
for x, z in [("ses", "sector"), ("minority", "pracad")]:
    own, mean = f"center_within({x})", f"group_mean({x})"
    one = {"intercept": f"{z} + {mean} + U", x: f"{z} + U"}
    both = {"intercept": f"{z} + {mean} + {z}:{mean} + U", own: f"{z} + U"}
    mixed = mlm.Model(f"mathach ~ {x}", group="school", level2=one).fit(hsb)
    parted = mlm.Model(f"mathach ~ {own}", group="school", level2=both).fit(hsb)
    terms = {f"{z}:{x}": mixed, f"{z}:{own}": parted, f"{z}:{mean}": parted}
    for term, result in terms.items():
        print(f"{term:<31} {result.params[term]:5.2f} (SE {result.bse[term]:.2f})")

# %% [markdown]
# For SES and sector the two parts are alike, so the raw product does no harm: the slope of SES
# within Catholic schools is lower by 1.35. For `minority` and the academic track they differ even
# in sign, and the raw product is neither. You see it only if you take them apart. So centre the
# level-1 factor of a cross-level interaction within groups (Enders & Tofighi, 2007).
#
# ## How to choose
#
# | your question | what to use |
# |---|---|
# | a slope within groups | `center_within(x)`, with `group_mean(x)` at level 2 |
# | what the group's mean adds for equal units | `x` with `group_mean(x)` at level 2 |
# | a predictor $z$ of the groups, for equal units | `x` from any origin |
# | how much the slopes within groups differ, $\tau_1^2$ | `center_within(x)` |
# | a cross-level interaction | `center_within(x)` in the product |
# | a product of two predictors of the groups | grand-mean centring of both |
# | an intercept that means something | any origin that means something |
#
# Group means can be computed in more than one way. Here they are the means of the students in
# the file. The column `meanses` of High School & Beyond holds school means to three decimals, and
# they differ a little from those. Say which one you used.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("6.1")` helps,
# `mlm.hint("6.1", 2)` helps more, and `mlm.solution("6.1")` shows a solution. The exercises use
# other data than the lesson.

# %% exercise 6.1

# %% exercise 6.2

# %% exercise 6.3

# %% exercise 6.4

# %% exercise 6.5

# %% exercise 6.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. You subtract the mean of all students from SES, which has a fixed slope and no product. Which
#    number changes?
#
#    <details><summary>Answer</summary>
#
#    The intercept $\gamma_{00}$. Nothing else does.
#
#    </details>
#
# 2. The slope within is 2 and the slope between is 5. What is the contextual effect?
#
#    <details><summary>Answer</summary>
#
#    3: between minus within.
#
#    </details>
#
# 3. Classes of 30 sent 4 pupils each, and you use the mean of the 4. Is the contextual effect too
#    near to 0 or too far from it?
#
#    <details><summary>Answer</summary>
#
#    Too near to 0. The mean of 4 is not reliable, so the slope between is pulled to the slope
#    within.
#
#    </details>
#
# 4. From lesson 2: what does an ICC of 0.18 say about two students of one school?
#
#    <details><summary>Answer</summary>
#
#    Their achievement is correlated by 0.18.
#
#    </details>
#
# 5. From lesson 5: in a model with SES, size and their product, what is $\gamma_{10}$?
#
#    <details><summary>Answer</summary>
#
#    The slope of SES in a school whose size is 0.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Both go with achievement: 2.19 points for a unit of the student's own SES within
#   a school, and 3.68 points more for a unit of the school's mean.
# - Grand-mean centring changes where you look. The model stays the same.
# - Group-mean centring parts the slope within groups from the slope between groups.
# - Contextual effect = between slope minus within slope. It needs a reliable mean.
# - With a random slope or a cross-level product, raw and group-mean centred predictors give
#   different models. Centre within groups if your question is about slopes within groups.
# - The within slope is the slope of a regression with a dummy for each group.
#
# ## What to read next
#
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 5.
#   Sage.
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 4. Sage.
# - Enders, C. K., & Tofighi, D. (2007). Centering predictor variables in cross-sectional
#   multilevel models: A new look at an old issue. *Psychological Methods*, 12(2), 121–138.
# - Lüdtke, O., Marsh, H. W., Robitzsch, A., Trautwein, U., Asparouhov, T., & Muthén, B. (2008). The
#   multilevel latent covariate model: A new, more reliable approach to group-level effects in
#   contextual studies. *Psychological Methods*, 13(3), 203–229.
#
# Previous: [5 · Level-2 predictors and cross-level interactions](05_cross_level_interactions.ipynb)
# · Next: [7 · Inference and comparison](07_inference_and_comparison.ipynb)
# · [Glossary](GLOSSARY.md)
