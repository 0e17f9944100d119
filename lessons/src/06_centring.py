# %% [markdown]
# # 6 · Centring
#
# **Goal.** You can choose where a predictor is 0, tell a slope within groups from a slope between
# groups, and say which numbers a choice changes and which it does not.
#
# **Time.** About 60 minutes.
#
# **You need.** Lessons 3 to 5.
#
# A predictor can be measured from its own zero, from the mean of everybody (*grand-mean
# centring*), or from the mean of the group (*group-mean centring*). The first two differ in where
# you look. The third asks a different question.

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")

# %% [markdown]
# ## Measured from the grand mean
#
# Lesson 5 left you with a slope of SES "in a school of size 0". Put size in hundreds of students,
# and measure it from its mean over the schools.

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

# %%
# NBVAL_CHECK_OUTPUT
before, after = raw.fit(hsb), centred.fit(hundreds)
pairs = {"Intercept": "Intercept", "size": "size100", "ses": "ses", "size:ses": "size100:ses"}
for old, new in pairs.items():
    t = f"t = {before.tvalues[old]:6.2f} and {after.tvalues[new]:6.2f}"
    print(f"{old:<10} {before.params[old]:9.5f} becomes {after.params[new]:6.3f}   {t}")

# %% [markdown]
# - The coefficients of size and of the product are 100 times as large, with the same $t$. Only
#   the unit changed.
# - The intercept and the slope of SES are now those of a school of mean size. Their $t$ changed,
#   since they answer another question.
#
# The two models are the same model. They predict the same for every student.

# %%
# NBVAL_CHECK_OUTPUT
difference = (before.fittedvalues - after.fittedvalues).abs().max()
print(f"largest difference of the predictions: {difference:.4f}")
print(f"tau_0^2 {before.cov_re.iloc[0, 0]:.2f} and {after.cov_re.iloc[0, 0]:.2f}")
print(f"tau_1^2 {before.cov_re.iloc[1, 1]:.2f} and {after.cov_re.iloc[1, 1]:.2f}")

# %% [markdown]
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
# - their difference is the **contextual** effect: what the company of better-off students goes
#   with, for two students of the same SES.

# %%
# NBVAL_CHECK_OUTPUT
slopes = fit.quantities.contextual_effects("center_within(ses)", "group_mean(ses)")
for name, row in slopes.iterrows():
    interval = f"95 % interval {row['lower']:.2f} to {row['upper']:.2f}"
    print(f"{name:<11} {row['estimate']:.2f}, {interval}")

# %% [markdown]
# The third is the difference of the other two, with the standard error of a difference. Its
# interval leaves 0 out: within and between are two different things in these data.
#
# Change the centring and see what each coefficient stands for:

# %%
mlm.explore.centering(hsb, "mathach", "ses")

# %% [markdown]
# ## The contextual effect as a coefficient
#
# Leave SES uncentred at level 1 and add the school's mean at level 2. Then the coefficient of the
# mean is the contextual effect itself.

# %%
# NBVAL_CHECK_OUTPUT
context = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "group_mean(ses) + U"})
same = context.fit(hsb)
print(f"slope of ses              {same.params['ses']:.2f}")
print(f"slope of group_mean(ses)  {same.params['group_mean(ses)']:.2f}")
print(f"REML criterion {fit.criterion:.2f} and {same.criterion:.2f}")

# %% [markdown]
# The same model once more, in other coordinates.
#
# ## One slope for both
#
# And raw SES alone? Its single slope is a weighted mean of the two.

# %%
# NBVAL_CHECK_OUTPUT
single = mlm.Model("mathach ~ ses", group="school").fit(hsb)
print(f"one slope for both        {single.params['ses']:.2f}")
within, among = slopes["estimate"][["within", "between"]]
print(f"within, between           {within:.2f}, {among:.2f}")

# %% [markdown]
# It lies near the within slope, since most of the information about a slope comes from within the
# schools. But it is neither. A model with raw SES alone says that the two are equal. Here they are
# not, and no output warns you.
#
# ## With a random slope
#
# As soon as the slope is random, group-mean centring and raw scores are no longer the same model.
# $U_{0j}$ is the departure of a school where its predictor is 0. With raw SES that is one place
# for all schools. With group-mean centring every school has its own place: the mean of its
# students.

# %%
# NBVAL_CHECK_OUTPUT
for text in ("ses", "center_within(ses)"):
    model = mlm.Model(
        f"mathach ~ {text}",
        group="school",
        level2={"intercept": "group_mean(ses) + U", text: "U"},
    )
    one = model.fit(hsb)
    print(f"{text:<20} criterion {one.criterion:.2f}  tau_1^2 {one.cov_re.iloc[1, 1]:.2f}")

# %% [markdown]
# ## How to choose
#
# | your question | what to use |
# |---|---|
# | a slope within groups | `center_within(x)`, with `group_mean(x)` at level 2 |
# | what the group's mean adds for equal units | `x` with `group_mean(x)` at level 2 |
# | a product whose factors have no meaningful 0 | grand-mean centring of the factors |
# | an intercept that means something | any origin that means something |
#
# Group means can be computed in more than one way. Here they are the means of the students in
# the file. The column `meanses` of High School & Beyond holds school means to three decimals, and
# they differ a little from those. Say which one you used.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("6.1")` helps, and
# `mlm.solution("6.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 6.1

# %% exercise 6.2

# %% exercise 6.3

# %% exercise 6.4

# %% exercise 6.5

# %% exercise 6.6

# %% [markdown]
# ## Summary
#
# - Grand-mean centring changes where you look. The model stays the same.
# - Group-mean centring parts the slope within groups from the slope between groups.
# - Contextual effect = between slope minus within slope.
# - With a random slope, raw and group-mean centred predictors give different models.
#
# ## What to read next
#
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 5.
#   Sage.
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 4. Sage.
# - Enders, C. K., & Tofighi, D. (2007). Centering predictor variables in cross-sectional
#   multilevel models. *Psychological Methods*, 12(2), 121–138.
