# %% [markdown]
# # 15 · Crossed groups
#
# **Goal.** You can tell crossed groups from nested ones, write and fit a model for both kinds, and
# say how alike two units are that share the one group, the other, or both. You know what goes wrong
# when one grouping is left out, or when what is crossed is taken for nested.
#
# **Time.** About 75 minutes.
#
# **You need.** [Lesson 14](14_three_levels.ipynb).
#
# **The question.** Pupils in Scotland leave a primary school for a secondary school. Which of the
# two goes with what they attain at 16? And does the secondary school still matter for pupils who
# came with the same ability?

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import mlmteach as mlm

pupils = mlm.load("scotssec")
pupils[["primary", "second", "attain", "verbal", "sex", "social"]].head(5)

# %%
# NBVAL_CHECK_OUTPUT
table = pd.crosstab(pupils["primary"], pupils["second"])
met = table > 0
print(f"{len(pupils):,} pupils, {met.shape[0]} primary and {met.shape[1]} secondary schools")
print(f"{met.to_numpy().sum()} of {met.size:,} pairs of schools have a pupil")
print("secondary schools of a primary:", met.sum(axis=1).value_counts().sort_index().to_dict())
print(f"primary schools of a secondary: {met.sum().min()} to {met.sum().max()}")

# %%
canvas, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
axes.imshow(met.T, aspect="auto", cmap="Greys", interpolation="nearest")
axes.set(xlabel="primary schools", ylabel="secondary schools", xticks=[], yticks=[])
plt.close(canvas)
caption = "A dark mark where pupils of a primary school went to a secondary school."
alt = f"A grid of {met.shape[1]} rows and {met.shape[0]} columns. Rows have {met.sum().min()} to "
alt += f"{met.sum().max()} marks, columns {met.sum(axis=1).min()} to {met.sum(axis=1).max()}."
mlm.plot.Figure(canvas, caption, alt=alt)

# %% [markdown]
# ## Crossed or nested?
#
# Neither school lies in the other. From most primary schools pupils went to several secondary
# schools, and each of these took pupils from several primary schools. The two groupings are
# [crossed](GLOSSARY.md#crossed). Data of this kind are also called
# [cross-classified](GLOSSARY.md#cross-classified).
#
# | | nested | crossed |
# |---|---|---|
# | a smaller group has | one larger group | any of the others |
# | examples | classes in schools, wards in hospitals | primary and secondary schools; schools and neighbourhoods; raters and essays; persons and the words that they read |
# | here | `group="school/class"` | `group="primary * second"` |
# | in lme4 | `(1 \| school/class)` | `(1 \| primary) + (1 \| second)` |
# | levels | three | two, with two kinds of groups at level 2 |
#
# A crossing may be complete, or have holes as this one does. For a fit it need not be complete.
#
# **The smallest example** is complete. Six samples of penicillin were tried on each of 24 plates,
# once on each. The outcome is the diameter of the ring in which nothing grows.

# %%
penicillin = mlm.load("penicillin")
small = mlm.Model("diameter ~ 1", group="plate * sample", data=penicillin)
small

# %% [markdown]
# There are two levels only. The measurement is level 1, and plate *and* sample are level 2. So the
# coefficient has two indices beside $i$, and its equation has two departures: $U_{0j}$ of the plate
# and $V_{0k}$ of the sample. They add up. A plate that is high is high for all samples.

# %%
fit = small.fit(penicillin)
fit.summary()

# %%
mlm.plot.caterpillar(fit, group="sample")

# %% [markdown]
# Each sample is known well, since 24 plates tell of it. In these data a plate is a nuisance and the
# samples are what one wants to know. Now leave one out:

# %%
# NBVAL_CHECK_OUTPUT
print(f"both:        plates {fit.cov_re['plate'].iloc[0, 0]:.2f}, ", end="")
print(f"samples {fit.cov_re['sample'].iloc[0, 0]:.2f}, sigma^2 {fit.scale:.2f}")
for group in ("plate", "sample"):
    one = mlm.Model("diameter ~ 1", group=group).fit(penicillin)
    print(f"{group + 's only:':<13}{group}s {one.cov_re.iloc[0, 0]:.2f}, sigma^2 {one.scale:.2f}")

# %% [markdown]
# In a complete crossing, all that the missing grouping does goes into $\sigma^2$. Without the
# samples, $\sigma^2$ is so large that the plates are hardly seen. Their own variance falls to an
# eighth.
#
# ## How alike
#
# Now the pupils.

# %%
null = mlm.Model("attain ~ 1", group="primary * second", data=pupils)
null

# %%
fit = null.fit(pupils)
fit.summary()

# %% [markdown]
# What do two pupils have in common? That depends on what they share. The correlation is the sum of
# the variances that they share, divided by the total:
#
# | two pupils share | correlation |
# |---|---|
# | neither school | 0 |
# | the secondary school only | $\varphi_0^2$ / total |
# | the primary school only | $\tau_0^2$ / total |
# | both | $(\tau_0^2 + \varphi_0^2)$ / total |

# %%
# NBVAL_CHECK_OUTPUT
print(fit.icc.round(3).to_string())
rest = (pupils["attain"] - fit.params["Intercept"]).to_numpy()
i, j = np.triu_indices(len(pupils), 1)
one, other = ((pupils[name].to_numpy()[i] == pupils[name].to_numpy()[j]) for name in fit.ngroups)
print("In the data, of pairs of pupils:")
for name, kept in {"primary only": one & ~other, "both": one & other, "neither": ~one & ~other}.items():
    r = np.mean(rest[i[kept]] * rest[j[kept]]) / np.mean(rest**2)
    print(f"  {name:<14} {kept.sum():>9,} pairs, correlation {r:.3f}")

# %%
mlm.plot.variance_partition(fit)

# %% [markdown]
# So the primary school goes with attainment at 16 about three times as much as the secondary school
# in which the pupils sit. Are both variances more than chance?

# %%
# NBVAL_CHECK_OUTPUT
for group in ("primary", "second"):
    without = mlm.Model("attain ~ 1", group=group).fit(pupils)
    test = mlm.compare(without, fit).tests.iloc[0]
    missing = "secondary" if group == "primary" else "primary"
    print(f"{missing} schools: chi-square {test['statistic']:.1f}, p = {test['pvalue']:.1e}")

# %% [markdown]
# ## For pupils who came alike
#
# On entry to the secondary school pupils took a test of verbal reasoning. With it, with sex and
# with the social class of the family, pupils are compared who came alike.

# %%
came = "attain ~ verbal + sex + social"
alike = mlm.Model(came, group="primary * second").fit(pupils)
mlm.compare(fit, alike)

# %%
# NBVAL_CHECK_OUTPUT
primary_only = mlm.Model(came, group="primary").fit(pupils)
second_only = mlm.Model(came, group="second").fit(pupils)
test = mlm.compare(primary_only, alike).tests.iloc[0]
print(f"secondary schools, primary schools in the model: p = {test['pvalue']:.2f}")
print(f"variance between secondary schools {alike.cov_re['second'].iloc[0, 0]:.3f}")
print(f"the same without primary schools   {second_only.cov_re.iloc[0, 0]:.3f}, ", end="")
limits = second_only.profile().conf_int(names=["var(Intercept)"], progress=False)
print(f"profile interval from {limits['lower'].iloc[0]:.3f}")

# %%
mlm.plot.caterpillar(alike, group="second")

# %%
mlm.plot.caterpillar(alike, group="primary")

# %% [markdown]
# Among pupils who came alike, nothing is left that speaks for differences between the secondary
# schools. Between primary schools there still are some.
#
# Without the primary schools you would have reported the opposite. Their variance did not go away:
# a secondary school takes its pupils from a few primary schools, so it stands in for them. That is
# an omitted variable, as in lessons 1 and 6, and here the variable is a grouping. If you write of
# differences between schools, ask where their pupils came from.
#
# "Goes with" is all that is shown, for the primary schools too. Families choose where they live.
#
# ## When it is taken for nested
#
# What if you write `second/primary`, primary schools within secondary schools?

# %%
# NBVAL_CHECK_OUTPUT
for group in ("primary * second", "second/primary", "primary/second"):
    one = mlm.Model("attain ~ 1", group=group).fit(pupils)
    of = ", ".join(f"{name} {matrix.iloc[0, 0]:.2f}" for name, matrix in one.cov_re.items())
    print(f"{group:<17} {one.ngroups}")
    print(f"{'':<17} variances {of}; criterion {one.criterion:.1f}")

# %% [markdown]
# Look at the numbers of groups. A primary school whose pupils went to three secondary schools is
# counted as three schools that have nothing in common. 148 have become 303, one for each pair. And
# the numbers do fit worse. Nothing warns you: it is just what you asked for, and with classes 1 to
# 4 in each school it would be right. No program can know.
#
# **What it does.** In this world 20 schools and 15 neighbourhoods are crossed, with four pupils in
# each pair. The schools have a predictor $w$, the neighbourhoods a predictor $z$. Between schools
# the variance is 0.2, between neighbourhoods 0.1, and within pairs 0.7.

# %%
rng = np.random.default_rng(15)
pair = np.repeat(np.arange(300), 4)
world = pd.DataFrame({"school": pair % 20, "hood": pair // 20})
world["z"] = rng.normal(size=15)[world["hood"]]
world["w"] = rng.normal(size=20)[world["school"]]
world["y"] = rng.normal(size=1200)


def outcome():
    u, v = rng.normal(0, 0.1**0.5, 15), rng.normal(0, 0.2**0.5, 20)
    y = 0.3 * (world["z"] + world["w"]) + u[world["hood"]] + v[world["school"]]
    return y + rng.normal(0, 0.7**0.5, 1200)


# %%
ways = {
    "crossed": ("y ~ 1", "hood * school", {"intercept": "z + U"}, {"intercept": "w + V"}),
    "nested": ("y ~ 1", "hood/school", {"intercept": "w + U"}, {"intercept": "z + V"}),
    "no schools": ("y ~ w", "hood", {"intercept": "z + U"}, None),
}
fits, found = {}, {name: [] for name in ways}
for name, (formula, group, level2, level3) in ways.items():
    fits[name] = mlm.Model(formula, group=group, level2=level2, level3=level3).fit(world)
for _ in range(200):
    y = outcome()
    for name, one in fits.items():
        found[name].append(one.refit(y))

# %%
# NBVAL_CHECK_OUTPUT
varies = pd.DataFrame([one.params for one in found["crossed"]]).std()
print(f"{'the estimates vary by':<28} z {varies['z']:.3f}, w {varies['w']:.3f}")
for name, some in found.items():
    se = pd.DataFrame([one.bse for one in some]).mean()
    sigma2 = np.mean([one.scale for one in some])
    print(f"{name + ', standard errors':<28} z {se['z']:.3f}, w {se['w']:.3f}", end="")
    print(f"; sigma^2 {sigma2:.2f}")

# %% [markdown]
# - *Nested*: the schools are counted once in each neighbourhood, as 300 instead of 20. The standard
#   error of $w$ is far too small. That of $z$ is about right.
# - *No schools*: the same, and worse. $\sigma^2$ has taken the variance of the schools.
#
# It is the rule of lesson 14 again. A predictor needs the grouping between whose groups it differs.
#
# ## Persons and items
#
# In an experiment, 24 persons read 16 words each, and the time is taken. Half of the words are
# frequent, half rare. All persons read the same words, so persons and words are crossed. The words
# are a sample, as the persons are: you want to say something about frequent words, and not about
# these eight. In this world the kind of word makes *no* difference.

# %%
trials = pd.DataFrame({"person": np.repeat(np.arange(24), 16), "word": np.tile(np.arange(16), 24)})
trials["rare"] = trials["word"] % 2
trials["hurry"] = (trials["person"] + trials["word"] // 2) % 2  # in half of the trials of all


def times():
    slow, hard = rng.normal(0, 60, 24), rng.normal(0, 40, 16)
    y = 600 + slow[trials["person"]] + hard[trials["word"]] - 20 * trials["hurry"]
    return y + rng.normal(0, 80, len(trials))


trials["time"] = times()
both = mlm.Model("time ~ hurry", group="person * word", level3={"intercept": "rare + V"})
persons = mlm.Model("time ~ hurry + rare", group="person")

# %%
# NBVAL_CHECK_OUTPUT
fits = {"persons and words": both.fit(trials), "persons only": persons.fit(trials)}
found = {name: [] for name in fits}
for _ in range(200):
    y = times()
    for name, one in fits.items():
        found[name].append(one.refit(y))
for name, some in found.items():
    rare, hurry = (np.array([[one.params[k], one.bse[k]] for one in some]).T for k in ("rare", "hurry"))
    print(f"{name:<18} rare: SD of the estimate {rare[0].std():.1f}, SE {rare[1].mean():.1f}, ", end="")
    print(f"|t| above 2 in {100 * np.mean(abs(rare[0] / rare[1]) > 2):.0f} % of the studies")
    print(f"{'':<18} hurry: SD of the estimate {hurry[0].std():.1f}, SE {hurry[1].mean():.1f}")

# %% [markdown]
# With the words left out, a difference that does not exist is found in a third of the studies, and
# more persons do not help: the eight frequent words may just happen to be easy ones. This is the
# *language-as-fixed-effect fallacy* (Clark, 1973). The cure is `(1 | person) + (1 | word)` (Baayen,
# Davidson & Bates, 2008). It holds for pictures, faces, vignettes and exam questions as well. The
# `hurry`, which differs within words and within persons, suffers little.
#
# A mean for each person and kind of word, and a paired $t$ test of these, is "persons only" in other
# clothes.
#
# If persons may differ in *what hurry does*, it needs a $U$, and if words may, a $V$:
# `level2={"hurry": "U"}, level3={"hurry": "V"}`, in lme4
# `(1 + hurry | person) + (1 + hurry | word)`. Lesson 4 says when.
#
# ## Which is it?
#
# Ask the table, and then the design.

# %%
# NBVAL_CHECK_OUTPUT
pastes = mlm.load("pastes")
for data, a, b in ((pupils, "primary", "second"), (pastes, "sample", "batch"), (pastes, "cask", "batch")):
    found_in = data.groupby(a, observed=True)[b].nunique()
    print(f"{a:<8} found with {found_in.min()} to {found_in.max()} of {data[b].nunique()} {b}")

# %% [markdown]
# - *With one each*: nested, whatever you write. `batch/sample` and `batch * sample` are one model.
# - *With several*: crossed, or names that are used again. `cask` looks completely crossed with
#   `batch`, and is nested (lesson 14). Only who made the data knows: is it the same cask?
# - *One row for each pair*: what is left of a pair is in $\varepsilon$. With more rows, a pair can
#   have a departure of its own, such as a school that does well with pupils of one neighbourhood.
#   That is a third grouping. `mlmteach` has up to two, lme4 and Stata have more.
#
# ## How it is written elsewhere

# %%
alike.code("lme4")

# %%
alike.code("stata")

# %% [markdown]
# Stata has no crossing of its own. `_all: R.second` makes one large group of all rows, with a
# departure for each secondary school in it. Take the grouping with fewer groups for it.
# statsmodels needs the same trick, and nlme a similar one.
#
# This is what lme4 1.1-31 printed for the null model:

# %%
# NBVAL_CHECK_OUTPUT
from pathlib import Path

lines = Path("outputs", "lmer_crossed.txt").read_text(encoding="utf-8").splitlines()
print("\n".join(lines))

# %% [markdown]
# ## Every symbol in a sentence

# %%
alike.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("15.1")` helps,
# `mlm.hint("15.1", 2)` helps more, and `mlm.solution("15.1")` shows a solution.

# %% exercise 15.1

# %% exercise 15.2

# %% exercise 15.3

# %% exercise 15.4

# %% exercise 15.5

# %% exercise 15.6

# %% exercise 15.7

# %% exercise 15.8

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Teachers rate essays, and each essay is rated by three of the teachers. Nested or crossed?
#
#    <details><summary>Answer</summary>
#
#    Crossed: a teacher rates many essays, and an essay has several teachers.
#
#    </details>
#
# 2. What do two pupils correlate who share neither group, by the model?
#
#    <details><summary>Answer</summary>
#
#    0. They share no departure.
#
#    </details>
#
# 3. A summary says 303 primary schools, and you know of 148. What happened?
#
#    <details><summary>Answer</summary>
#
#    What is crossed was written as nested, so that each pair of schools counts as a group.
#
#    </details>
#
# 4. An experiment has 400 persons and six pictures, three of each kind. Will more persons make up
#    for the pictures?
#
#    <details><summary>Answer</summary>
#
#    No. With many persons you know the six pictures well, and still little of others.
#
#    </details>
#
# 5. From lesson 14: a predictor of the doctors is in the model, and the grouping by doctor is not.
#    What is wrong?
#
#    <details><summary>Answer</summary>
#
#    Its standard error is too small.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** The primary school goes with attainment at 16 about three times as much as the
#   secondary school. Among pupils who came alike, nothing speaks for differences between secondary
#   schools any more, while primary schools still differ a little.
# - Groups are crossed when neither lies in the other. There are two departures at level 2, and they
#   add up.
# - The correlation of two units is the variance that they share, as a part of the total.
# - A grouping that is left out goes into $\sigma^2$, or into the other grouping where the two go
#   together.
# - What is crossed and taken for nested counts groups several times, and standard errors come out
#   too small.
# - Words, pictures and questions are a sample as persons are.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 13. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 12.
#   Sage.
# - Hox, J. J., Moerbeek, M., & van de Schoot, R. (2018). *Multilevel analysis* (3rd ed.), chapter
#   9. Routledge.
# - Baayen, R. H., Davidson, D. J., & Bates, D. M. (2008). Mixed-effects modeling with crossed random
#   effects for subjects and items. *Journal of Memory and Language*, 59(4), 390–412.
# - Clark, H. H. (1973). The language-as-fixed-effect fallacy. *Journal of Verbal Learning and Verbal
#   Behavior*, 12(4), 335–359.
# - Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
#   using lme4. *Journal of Statistical Software*, 67(1).
# - Paterson, L. (1991). Socio-economic status and educational attainment: A multidimensional and
#   multilevel study. *Evaluation and Research in Education*, 5(3), 97–121. The Scottish data.
# - Davies, O. L., & Goldsmith, P. L. (Eds.) (1972). *Statistical methods in research and production*
#   (4th ed.). Oliver and Boyd. The penicillin, and the pastes of lesson 14.
#
# Previous: [14 · Three levels](14_three_levels.ipynb) · [Glossary](GLOSSARY.md)
