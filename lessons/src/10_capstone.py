# %% [markdown]
# # 10 · Capstone: from a question to a report
#
# **Goal.** You can carry a study through: a question, a model, a fit, its checks, and a report that
# others can follow. First you watch one. Then you do one yourself, on data of your own.
#
# **Time.** About two hours: one for the example, one for your own.
#
# **You need.** Lessons [2](02_null_model.ipynb) to [8](08_assumptions.ipynb).
#
# **The question.** Do pupils do better in the company of better readers, when they read equally
# well themselves?
#
# ## From one question to three
#
# Pupils enter a secondary school at age 11 and sit an examination at age 16. Some arrive as better
# readers than others, and some schools take in better readers than others.
#
# 1. How much of the variation of the examination scores lies between schools, and how much of that
#    is left when pupils of equal reading scores are compared?
# 2. Does the reading score matter equally in all schools?
# 3. Does the company matter: do pupils with the same reading score do better in a school whose
#    pupils read better on average? And does the reading score matter more there?
#
# Write your questions down before you see the data. What you think of afterwards is exploration.
# That is allowed, if you say so.
#
# ## The data

# %%
import io

import pandas as pd

import mlmteach as mlm

exam = mlm.load("exam")
exam.attrs["codebook"].to_frame()[["label", "level", "kind", "unit"]]

# %% tags=["nbval-check-output"]
sizes = exam.groupby("school").size()
print(f"{len(exam):,} pupils in {len(sizes)} schools, from {sizes.min()} to {sizes.max()} a school")
print(f"missing values: {exam.isna().sum().sum()}")
print(exam.groupby("schgend", observed=True)["school"].nunique().to_string())
print(pd.crosstab(exam["schgend"], exam["sex"]).to_string())

# %%
mlm.plot.distributions(exam, ["normexam", "standLRT", "sex", "schavg", "schgend"])

# %%
mlm.plot.strips(exam, "normexam", group="school", groups=12)

# %% [markdown]
# Both scores are standardised: a unit is a standard deviation, and 0 is about the mean of all
# pupils. So no predictor needs centring for the sake of a meaningful 0.
#
# The categories need a look. The first one is the reference, here girls' schools. The intercept
# would be about boys in girls' schools, and there are none. Only mixed schools have both, so they
# come first:

# %%
exam["schgend"] = exam["schgend"].cat.reorder_categories(["mixed", "girls", "boys"])

# %% [markdown]
# Now girls' schools are compared with mixed ones, and boys' schools with mixed ones. Girls' and
# boys' schools have no pupils in common that could be compared with each other, so leave that
# difference alone. And sex is a comparison within mixed schools.
#
# ## The models, before the fit
#
# Question 1 needs the null model and one with the reading score. Question 2 adds a random slope,
# question 3 the mean reading score of the school, in both level-2 equations. Sex and the gender of
# the school are held fixed.

# %%
pupils = "normexam ~ standLRT + sex"
company = {
    "intercept": "schavg + schgend + U",
    "standLRT": "schavg + U",
}
ladder = {
    "null": mlm.Model("normexam ~ 1", group="school", data=exam),
    "intake": mlm.Model(pupils, group="school", data=exam),
    "slope": mlm.Model(pupils, group="school", level2={"standLRT": "U"}, data=exam),
    "company": mlm.Model(pupils, group="school", level2=company, data=exam),
}
ladder["company"]

# %% [markdown]
# The uncentred score stands at level 1, with its mean at level 2. So $\gamma_{01}$ is the
# [contextual effect](GLOSSARY.md#contextual-effect), the one that question 3 asks about (lesson 6),
# where the reading score is 0. The mean is in the data as the column `schavg`. $\gamma_{11}$ is the
# second half of the question.

# %%
ladder["company"].interpret("gamma_11")

# %% [markdown]
# ## The fits

# %%
fits = {name: model.fit(exam) for name, model in ladder.items()}
comparison = mlm.compare(*fits.values(), names=list(fits))
comparison

# %% [markdown]
# ## Question 1: between and within

# %% tags=["nbval-check-output"]
for name in ("null", "intake"):
    one = fits[name]
    print(
        f"{name:<8} tau_0^2 {one.cov_re.iloc[0, 0]:.3f}, sigma^2 {one.scale:.3f}, ICC {one.icc:.3f}"
    )

# %% [markdown]
# A sixth of the variance lies between schools. About half of this variance, $\tau_0^2$, goes with
# the reading scores and the sex of those who enter. Among pupils alike in both, schools still
# differ.
#
# ## Question 2: one slope or many

# %%
mlm.plot.group_lines(fits["slope"], "standLRT")

# %% tags=["nbval-check-output"]
slope = fits["slope"]
slopes = slope.quantities.plausible_range("standLRT")
test = mlm.compare(fits["intake"], slope).tests.iloc[0]
print(f"slopes of 95 % of the schools: {slopes.lower:.2f} to {slopes.upper:.2f}")
print(
    f"chi-square {test['statistic']:.1f}, reference {test['reference']}, p = {test['pvalue']:.1g}"
)

# %% [markdown]
# A higher reading score goes with a higher examination score in nearly all schools, if slopes are
# normally distributed, and in some of them by more points than in others.
#
# ## Question 3: the company

# %%
fit = fits["company"]
fit.summary()

# %%
mlm.plot.cross_level(fit, "schavg:standLRT")

# %%
fit.interpret("schavg:standLRT")

# %% [markdown]
# Better company goes with better scores, for pupils who read equally well, and more so for good
# readers. That is what the numbers say. They do not say that a school would change a pupil. Pupils
# choose schools and schools choose pupils, and reading is only one of the things by which they do.
#
# ## Does it hold?
#
# First the assumptions (lesson 8). The model lists them, with a way to look at each.

# %%
ladder["company"].assumptions()

# %%
mlm.plot.residual_predictor(fit, "standLRT")

# %%
mlm.plot.residual_qq(fit)

# %% [markdown]
# The means lie close to the line, so a straight line will do. Residuals and predicted $U_{0j}$ are
# close to normal. One school has a slope that stands apart from the others. So, does one school
# make a result? Ask this of each answer. First of question 3:

# %%
influence = fit.diagnostics.influence(progress=False)
product = "schavg:standLRT"
influence.table[["cook", "schavg", product]].head(4).round(3)

# %% [markdown]
# [Cook's distance](GLOSSARY.md#cooks-distance) is about all $\gamma$ at once. One of them answers
# the question. [`dfbetas`](GLOSSARY.md#dfbetas) says by how many of its standard errors each school
# moves it, up or down:

# %%
moved = influence.dfbetas[[product]]
moved.sort_values(product, key=abs, ascending=False).head(3).round(2)

# %% tags=["nbval-check-output"]
for name in ("schavg", product):
    without = influence.params[name]
    print(f"{name:<15} with all schools    {fit.params[name]:.3f}")
    print(f"{'':<15} without one of them {without.min():.3f} to {without.max():.3f}")

# %% [markdown]
# No school makes the answer to question 3. Question 2 is about the variance of the slopes:

# %% tags=["nbval-check-output"]
variance = "var(standLRT)"
left_out = influence.table[variance]
print(f"with all schools {fit.cov_re.loc['standLRT', 'standLRT']:.4f}")
print(f"without one of them, the two smallest:\n{left_out.nsmallest(2).round(4).to_string()}")

others = exam[exam["school"] != left_out.idxmin()]
test = mlm.compare(ladder["intake"].fit(others), ladder["slope"].fit(others)).tests.iloc[0]
print(f"test of question 2 without it: {test['statistic']:.1f}, p = {test['pvalue']:.1g}")

# %% [markdown]
# School 53 alone accounts for about a third of the variance of the slopes. The slopes of the others
# still differ, less than the first answer said. This belongs into the report.
#
# Last, whether another reasonable way gives another answer. Three ways to the interval of the same
# coefficient:

# %% tags=["nbval-check-output"]
ways = {
    "Satterthwaite": fit.conf_int().loc[product],
    "Kenward-Roger": fit.conf_int(df="kenward-roger").loc[product],
    "profile": fit.profile().conf_int(names=[product], progress=False).loc[product],
}
for name, (low, high) in ways.items():
    print(f"{name:<14} {low:.3f} to {high:.3f}")

# %% [markdown]
# And two other models: with a curve in the reading score, which could pass for a product of the
# score with its own mean, and with the score centred within schools (lesson 6), so that its slope
# is the one within schools and nothing else:

# %% tags=["nbval-check-output"]
centred = "center_within(standLRT)"
within = {"intercept": company["intercept"], centred: company["standLRT"]}
others = {
    "straight": fit,
    "curved": mlm.Model(f"{pupils} + I(standLRT**2)", group="school", level2=company).fit(exam),
    "centred": mlm.Model(f"normexam ~ {centred} + sex", group="school", level2=within).fit(exam),
}
for name, one in others.items():
    (row,) = one.params.filter(like="schavg:").index
    print(f"{name:<9} {row:<31} {one.params[row]:.3f} (p = {one.pvalues[row]:.3f})")

# %% [markdown]
# All three agree. Centring is a choice to be named in a report, since `schavg` means something else
# beside it: the contextual effect here, the slope between schools there.
#
# Say in the report what you tried, whatever came out.
#
# ## The report
#
# The table:

# %%
comparison.publication()

# %% [markdown]
# `comparison.publication().save("table.docx")` writes it as a file. The text starts from a draft,
# which takes every number from the fit:

# %%
fit.report()

# %% [markdown]
# A draft is not a report. It does not know your questions. Now you
#
# - begin with the question, and answer it in its own words;
# - keep the coefficients that answer it in the text, and leave the others to the table;
# - say what 0 means for each predictor that a coefficient depends on;
# - say what was checked, and what was tried besides;
# - say what the study cannot show. Here: 65 schools of one city, nobody assigned at random, and one
#   measure of what pupils bring with them.
#
# ## Your turn
#
# This gives you a sample of the same data that nobody else has. Put your own name in.

# %%
mine = mlm.my_data("capstone", "your.name", data="exam")
print(f"{len(mine):,} pupils in {mine['school'].nunique()} schools")

# %% [markdown]
# The builder helps to think. Choose predictors and random coefficients, and see the equations, the
# estimates and the sentences that go with them. `panel.model` and `panel.fit` take the result out.

# %%
panel = mlm.explore.builder(mine)
panel

# %% [markdown]
# In a sample, `schavg` is still the mean of the whole school, and not of the pupils you drew.
#
# ## Data of your own
#
# Or take a file of your own. It needs one row for each level-1 unit, and a column that names its
# group. `pd.read_csv("my_file.csv")` reads it. The next cell makes such a file out of your sample,
# with what files have: spaces in names, gaps, a code that is a number.

# %%
names = {"normexam": "exam score", "standLRT": "reading score", "intake": "band"}
file = mine[["school", "sex", *names]].rename(columns=names)
file["band"] = file["band"].cat.codes + 1
file.loc[file.index[::20], "reading score"] = None
file = io.StringIO(file.to_csv(index=False))

# %% tags=["nbval-check-output"]
own = pd.read_csv(file)  # yours: pd.read_csv("my_file.csv")
own.attrs["codebook"] = {
    "group": "school",
    "level1": {"singular": "pupil", "plural": "pupils"},
    "columns": {"reading score": {"unit": "point"}, "exam score": {"unit": "point"}},
}
print(own.isna().sum().to_string())

# %% [markdown]
# The three entries of the codebook say which column holds the groups, what a row is called, and
# what one step of a number is. The sentences need no more. A category gets an adjective like this,
# and the first in the list is the reference:
#
# ```python
# "sex": {"categories": [
#     {"value": "M", "adjective": "male"},
#     {"value": "F", "adjective": "female"},
# ]}
# ```
#
# Now the rows with gaps. Drop them once, by all the columns that any of your models uses, so that
# all models are fitted to the same rows. Then `compare` can compare them.

# %% tags=["nbval-check-output"]
complete = own.dropna(subset=["exam score", "reading score", "sex", "band"])
print(f"rows {len(own)} and {len(complete)}, schools ", end="")
print(f"{own['school'].nunique()} and {complete['school'].nunique()}")

# %% [markdown]
# Say both numbers in the report. A gap in a level-2 column takes the whole group away, which
# `fit.report()` says. And dropping rows assumes something: that pupils with a gap do not differ
# from the others in the outcome, once the predictors are taken into account.

# %%
model = mlm.Model("`exam score` ~ `reading score` + sex + C(band)", group="school", data=complete)
model.fit(complete).interpret("gamma_10")

# %% [markdown]
# - A name with a space stands in backticks.
# - A code such as 1, 2, 3 is a number, unless you write `C(band)`. Without `C` the model has one
#   slope for it, as if the step from 1 to 2 were the one from 2 to 3.
# - A text has no mean. For `center_within` or `group_mean` make it a number first, with
#   `own["sex"].map({"M": 0, "F": 1})`. Gaps stay gaps.
# - `model.code("lme4", data="my_file")` writes the script for the file `my_file.csv`.
# - If your outcome is yes or no, say `family="binomial"`; if it is a count, say `family="poisson"`.
#   Read lesson [12](12_yes_or_no.ipynb) or [13](13_how_many.ipynb) first.
# - If your groups lie in larger groups, or if your units belong to two kinds of groups, read lesson
#   [14](14_three_levels.ipynb) or [15](15_crossed_groups.ipynb) first.
# - With fewer than 30 groups or so, ask for `df="kenward-roger"` (lesson 7). With a handful of
#   groups their variance is hardly known, whatever you ask for.
#
# Then go through these steps, each in a cell or two.
#
# 1. **Question.** Two or three, each of which a $\gamma$, a $\tau$ or an ICC can answer. For
#    example: is the gap between girls and boys the same in all mixed schools?
# 2. **Data.** Levels, numbers of units and groups, missing values and what you did, one picture.
# 3. **Models.** The equations first, from the null model up. Which coefficient answers what?
# 4. **Centring.** Where is each predictor 0, and why there? Which category is the reference, and is
#    there anybody in it?
# 5. **Fit and comparison.** REML for estimates, the right test for each comparison.
# 6. **Checks.** Assumptions, influence on each answer, one other reasonable way.
# 7. **Report.** At most 500 words, one table, one figure, and one sentence on what the study cannot
#    show.
#
# ## What a good report has
#
# | | not yet | good |
# |---|---|---|
# | question | "the effect of reading" | answered by a named coefficient, with its condition |
# | model | a formula of a program | equations at both levels, each predictor at its level |
# | $\gamma$ | stars | an estimate, its unit, an interval, a sentence |
# | $\tau$, $\sigma^2$ | left out | a range of intercepts or slopes, in the unit of the outcome |
# | test | "p < 0.05" | the method named, the mixture for a variance |
# | missing rows | left out in silence | how many rows and groups, and what that assumes |
# | checks | none | what was looked at, what was found, what was done |
# | conclusion | "causes" | "goes with", and for whom |

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("10.1")` helps,
# `mlm.hint("10.1", 2)` helps more, and `mlm.solution("10.1")` shows a solution.

# %% exercise 10.1

# %% exercise 10.2

# %% exercise 10.3

# %% exercise 10.4

# %% exercise 10.5

# %% exercise 10.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. From lesson 4: which symbol answers whether schools differ in the slope of the reading score?
#
#    <details><summary>Answer</summary>
#
#    $\tau_1^2$, the variance of the slopes.
#
#    </details>
#
# 2. Why should the reference category not be one that nobody is in?
#
#    <details><summary>Answer</summary>
#
#    The intercept, and all comparisons with it, would be about cases that are not in the data.
#
#    </details>
#
# 3. From lesson 6: the reading score stands uncentred at level 1, its school mean at level 2. What
#    is the slope of the mean?
#
#    <details><summary>Answer</summary>
#
#    The contextual effect: between slope minus within slope.
#
#    </details>
#
# 4. `compare` refuses two fits, since they have different numbers of rows. What now?
#
#    <details><summary>Answer</summary>
#
#    Drop the rows with a gap in any variable of either model, and fit both again.
#
#    </details>
#
# 5. From lesson 7: two models differ in a fixed coefficient. Which likelihood do you compare them
#    by?
#
#    <details><summary>Answer</summary>
#
#    ML. REML criteria of models with different fixed parts do not compare.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Better company goes with better scores for pupils who read equally well, and
#   more so for good readers. No single school makes that result.
# - Schools still differ among pupils who read equally well. The reading score matters more in some
#   of them than in others, and a third of that is one school.
# - Questions come first, equations second, the fit third.
# - Every question has its symbol. If you cannot name it, the question is not ready.
# - Check, try another way, and say so.
# - The report answers the questions. The rest is in the table.
#
# ## What to read next
#
# - Goldstein, H., Rasbash, J., Yang, M., Woodhouse, G., Pan, H., Nuttall, D., & Thomas, S. (1993).
#   A multilevel analysis of school examination results. *Oxford Review of Education*, 19(4),
#   425–433. It works with these data.
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.). Sage. For three
#   levels, other outcomes and longitudinal data, its later chapters.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*. Cambridge University Press. For where to go from here.
#
# Previous: [9 · The same in R, Stata and Python](09_other_programs.ipynb) · Next:
# [11 · Growth](11_growth.ipynb) · [Glossary](GLOSSARY.md)
