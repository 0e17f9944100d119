# %% [markdown]
# # 14 · Three levels
#
# **Goal.** You can write a model for units in groups that lie in larger groups. You can say how
# alike two units are that share one group or both, let a slope differ at both levels, put
# predictors where they belong, and say what goes wrong when a level is left out.
#
# **Time.** About 90 minutes.
#
# **You need.** Lessons [2](02_null_model.ipynb) to [5](05_cross_level_interactions.ipynb) and
# [11](11_growth.ipynb).
#
# **The question.** In 60 schools, 1,721 children were tested in mathematics year after year. How
# much of what differs lies between children, and how much between schools? And do children learn
# more slowly where more families are poor?

# %%
import numpy as np
import pandas as pd

import mlmteach as mlm

tests = mlm.load("egsingle")
tests[["schoolid", "childid", "year", "math", "black", "hispanic", "lowinc"]].head(5)

# %% tags=["nbval-check-output"]
children, schools = tests.groupby("childid"), tests.groupby("schoolid")
sizes = schools["childid"].nunique()
print(f"{len(tests):,} tests of {len(children):,} children in {len(schools)} schools")
print("tests of a child:", children.size().value_counts().sort_index().to_dict())
print(f"children of a school: {sizes.min()} to {sizes.max()}, {sizes.mean():.1f} on average")
print(f"schools of a child: never more than {children['schoolid'].nunique().max()}")
print(tests.groupby("year")["math"].agg(["size", "mean", "std"]).round(2).to_string())

# %% [markdown]
# ## Groups in groups
#
# Lesson 11 had occasions in persons. Here the persons lie in schools, so there is a
# [level 3](GLOSSARY.md#level-3): tests are level 1, children level 2, schools level 3. Groups are
# [nested](GLOSSARY.md#nested) in larger ones when each of them lies in one of these only, as each
# child here has one school. Pupils in classes in schools are the same design, and so are visits of
# patients to doctors in clinics.
#
# `group="schoolid/childid"` reads "children within schools". The larger groups come first.

# %%
null = mlm.Model("math ~ 1", group="schoolid/childid", data=tests)
null

# %% [markdown]
# The first two lines are as they were, with one index more: $i$ is the test, $j$ the child, $k$ the
# school. What is new is the last line. The mean of a school, $\delta_{00k}$, is no longer one fixed
# number. It has an equation of its own, with a departure $V_{00k}$.
#
# The three indices of a $\gamma_{qsp}$ say where it stands: $q$ is the coefficient of level 1, $s$
# the predictor of level 2, and $p$ that of level 3. Books agree on the model, and on hardly a
# letter. Here are Raudenbush and Bryk's:

# %%
null.equations(notation="raudenbush-bryk", distributions=True)

# %% [markdown]
# The trap is the same as in lesson 11. Their $\beta_{00k}$ is our $\delta_{00k}$, and what we call
# $\beta_{0jk}$ is their $\pi_{0jk}$.

# %%
fit = null.fit(tests)
fit.summary()

# %% [markdown]
# ## How alike
#
# There are three variances: $\varphi_0^2$ between schools, $\tau_0^2$ between the children of a
# school, and $\sigma^2$ between the tests of a child. So there is more than one
# [intraclass correlation](GLOSSARY.md#intraclass-correlation).
#
# - Two tests of *one child* share the child and the school:
#   $(\varphi_0^2 + \tau_0^2) / (\varphi_0^2 + \tau_0^2 + \sigma^2)$.
# - Two tests of *two children of one school* share the school only:
#   $\varphi_0^2 / (\varphi_0^2 + \tau_0^2 + \sigma^2)$.
# - Two *children* of one school, free of the chance of a single test:
#   $\varphi_0^2 / (\varphi_0^2 + \tau_0^2)$. It is the share of what differs between children that
#   lies between schools.


# %%
def three(one):
    tau2, phi2 = (matrix.iloc[0, 0] for matrix in one.cov_re.values())
    total = phi2 + tau2 + one.scale
    print(f"phi_0^2 {phi2:.3f}, tau_0^2 {tau2:.3f}, sigma^2 {one.scale:.3f}")
    print(f"  two tests of one child                  {(phi2 + tau2) / total:.3f}")
    print(f"  two tests of two children of one school {phi2 / total:.3f}")
    print(f"  two children of one school              {phi2 / (phi2 + tau2):.3f}")


# %% tags=["nbval-check-output"]
three(fit)
year = mlm.Model("math ~ year", group="schoolid/childid").fit(tests)
print("With the year in the model:")
three(year)

# %% [markdown]
# In the null model two tests of one child correlate 0.37 only. That is no news about children. All
# of them learn, and a model without time takes what they learn for chance. With the year in it,
# $\sigma^2$ is what is left about the lines, and two tests of one child correlate 0.71. In a growth
# study, take the ICCs of the model with time. `fit.icc` has the first two of them.
#
# A correlation can be looked at. Take from each test what the mean line expects, and pair the tests
# of one school.

# %% tags=["nbval-check-output"]
rest = tests[["schoolid", "childid", "year"]].copy()
rest["r"] = tests["math"] - year.params["Intercept"] - year.params["year"] * tests["year"]
pairs = rest.merge(rest, on="schoolid", suffixes=("", "_2"))
same = pairs["childid"] == pairs["childid_2"]
of_one_child = same & (pairs["year"] != pairs["year_2"])
for name, chosen in {"one child": of_one_child, "two children of one school": ~same}.items():
    print(f"two tests of {name}: {pairs[chosen]['r'].corr(pairs[chosen]['r_2']):.2f}")

# %% [markdown]
# The first is what the model says. The second is a little higher, since large schools have so many
# pairs that they count for more here.

# %%
mlm.plot.variance_partition(fit, year, names=["null", "year"])

# %% [markdown]
# Move the three variances, and watch the schools, the children and the tests come apart.

# %%
mlm.explore.three_levels()

# %% [markdown]
# ## A slope that differs at both levels
#
# Do children learn at different paces? Do schools differ in pace? These are two questions. Children
# of one school may differ, and so may the mean paces of schools. The slope of `year` can have a
# $U$, a $V$, or both. `level3` is written as `level2` is, and `V` says that a coefficient varies
# between schools.

# %%
slopes = {"level2": {"year": "U"}, "level3": {"year": "V"}}
growth = mlm.Model("math ~ year", group="schoolid/childid", data=tests, **slopes)
growth

# %%
fit = growth.fit(tests)
fit.summary()

# %% tags=["nbval-check-output"]
one_pace = {"children of a school": {"level3": {"year": "V"}}, "schools": {"level2": {"year": "U"}}}
for name, less in one_pace.items():
    smaller = mlm.Model("math ~ year", group="schoolid/childid", **less).fit(tests)
    test = mlm.compare(smaller, fit).tests.iloc[0]
    print(f"{name} of one pace: chi-square {test['statistic']:.1f}, {test['reference']}")

# %% [markdown]
# Both are far out in the tails: children of one school differ in pace, and schools do. The
# reference is a mixture as in lesson 7, since a variance of 0 lies at the edge.
#
# There are two matrices now, $T$ of the $U$ and $\Phi$ of the $V$:

# %% tags=["nbval-check-output"]
for name, matrix in fit.cov_re.items():
    (v0, v01), (_, v1) = matrix.to_numpy()
    r = v01 / (v0 * v1) ** 0.5
    print(f"{name:<8} intercepts {v0:.3f}, slopes {v1:.4f}, correlation {r:.2f}")
tau, phi = fit.cov_re.values()
for term in tau.index:
    share = phi.loc[term, term] / (phi.loc[term, term] + tau.loc[term, term])
    print(f"of what differs between children in {term}, {share:.2f} lies between schools")

# %% [markdown]
# Of what differs between children in *level*, about a fifth lies between schools. Of what differs
# in *pace*, half does. An ICC of levels says nothing about where growth differs: a school that
# hardly shows in where its children stand can show in how fast they learn. Bryk and Raudenbush
# (1988) found it in other schools of the same study, and it changed how schools are studied.
#
# The intercepts hold at year 0, in the middle of the study (lesson 11). Here are the lines of the
# schools. Each is the mean line with the two departures of its school:

# %%
mlm.plot.group_lines(fit, "year", grouping="schoolid")

# %% [markdown]
# Both levels have a caterpillar. This is that of the schools' paces:

# %%
mlm.plot.caterpillar(fit, "year", grouping="schoolid")

# %% [markdown]
# A child's own pace is a sum of three: that of all, the departure of the school, and the child's
# own departure from the school. Take the two children with the largest and the smallest departure:

# %% tags=["nbval-check-output"]
v, u = fit.random_effects["schoolid"]["year"], fit.random_effects["childid"]["year"]
for school, child in (u.idxmax(), u.idxmin()):
    parts = fit.params["year"], v[school], u[school, child]
    print(f"school {school}, child {child}: ", end="")
    print(f"{parts[0]:.2f} {parts[1]:+.2f} {parts[2]:+.2f} = {sum(parts):.2f} a year")

# %% [markdown]
# Predictions are drawn in twice. A child with few tests is drawn towards the line of the school,
# and a school with few children towards the line of all.
#
# ## Predictors of three levels
#
# `lowinc` belongs to the school: it is the percentage of students from families of low income, and
# 70 is near the mean of the schools. `black` and `hispanic` belong to the child, and `year` to the
# test.
# A predictor stands in the equations of its own level: a school's in those of the $\delta$, a
# child's in those of the $\beta$. The data say which is which, and `fit` looks. What you choose is
# the coefficient that it goes with.

# %%
poor = "I(lowinc - 70)"
level2 = {"intercept": "black + hispanic + U", "year": "U"}
level3 = {"intercept": f"{poor} + V", "year": f"{poor} + V"}
nested = {"group": "schoolid/childid", "level2": level2}
full = mlm.Model("math ~ year", **nested, level3=level3, data=tests)
full

# %% [markdown]
# The full equation takes two substitutions: level 3 into level 2, and the result into level 1.

# %%
full.equations().steps()

# %%
fuller = full.fit(tests)
fuller.summary()

# %%
fuller.interpret("gamma_101")

# %% [markdown]
# $\gamma_{101}$ belongs to the product of a school's and a test's predictor: a
# [cross-level interaction](GLOSSARY.md#cross-level-interaction) over two levels. Where families are
# poorer, children stand lower in the middle of the study, and the gap widens from year to year. It
# is "goes with" and no more. Schools of poor families differ from others in much else, and nobody
# drew them by lot.
#
# The coefficients of `black` and `hispanic` compare children of one school with those who are
# neither. They hold in the middle of the study too. They describe what these children had met in
# their place and time, and no property of theirs.
#
# What do the predictors explain, and at which level?

# %%
mlm.compare(fit, fuller)

# %% [markdown]
# `lowinc` is the same for all children of a school. It can explain what lies between schools, and
# nothing within. A child's predictor can do both, since schools differ in who comes. Here hardly
# anything is explained within schools. (`compare` refits by ML, so its variances are a little
# smaller than those of the summary.)
#
# The coefficient of a child's predictor may differ between schools as well. Is the gap between
# Black children and others a different one in poorer schools? That is a product of levels 3 and 2,
# and its coefficient is $\gamma_{011}$.

# %% tags=["nbval-check-output"]
gap = mlm.Model("math ~ year", **nested, level3=level3 | {"black": poor}).fit(tests)
name = f"{poor}:black"
print(f"gamma_011 {gap.params[name]:.4f}, standard error {gap.bse[name]:.4f}")

# %% [markdown]
# The data do not show it. A key of `level3` names a coefficient of level 2 by what it multiplies:
# `"intercept"` is $\delta_{00k}$, `"black"` is $\delta_{01k}$, `"year"` is $\delta_{10k}$, and
# `"black:year"` would be $\delta_{11k}$.
#
# ## When a level is left out
#
# Nobody stops you from leaving out the schools, or the children. What happens then? First in a
# world where the truth is known: 15 pupils in each of 4 classes in each of 40 schools, with a
# predictor at each level, $x$ of the pupil, $z$ of the class and $w$ of the school. The variances
# are $\varphi_0^2 = 0.1$, $\tau_0^2 = 0.2$ and $\sigma^2 = 0.7$.

# %%
rng = np.random.default_rng(14)
places = {"school": np.repeat(np.arange(40), 60), "class": np.repeat(np.arange(160), 15)}
world = pd.DataFrame(places | {"x": rng.normal(size=2400)})
world["z"] = rng.normal(size=160)[world["class"]]
world["w"] = rng.normal(size=40)[world["school"]]


def outcome():
    v, u = rng.normal(0, 0.1**0.5, 40), rng.normal(0, 0.2**0.5, 160)
    y = 0.3 * (world["x"] + world["z"] + world["w"]) + v[world["school"]] + u[world["class"]]
    return y + rng.normal(0, 0.7**0.5, 2400)


world["y"] = outcome()

# %%
three_levels = {"level2": {"intercept": "z + U"}, "level3": {"intercept": "w + V"}}
ways = {
    "all levels": mlm.Model("y ~ x", group="school/class", **three_levels),
    "no schools": mlm.Model("y ~ x", group="class", level2={"intercept": "z + w + U"}),
    "no classes": mlm.Model("y ~ x + z", group="school", level2={"intercept": "w + U"}),
}
fits = {name: model.fit(world) for name, model in ways.items()}
found = {name: [] for name in ways}
for _ in range(100):
    y = outcome()
    for name, one in fits.items():
        found[name].append(one.refit(y))

# %% tags=["nbval-check-output"]
varies = pd.DataFrame([one.params for one in found["all levels"]]).std()
print(f"{'the estimates vary by':<30}", ", ".join(f"{k} {varies[k]:.3f}" for k in "xzw"))
for name, some in found.items():
    se = pd.DataFrame([one.bse for one in some]).mean()
    print(f"{name + ', standard errors':<30}", ", ".join(f"{k} {se[k]:.3f}" for k in "xzw"))
for name, some in found.items():
    parts = [one.cov_re.values() if name == "all levels" else [one.cov_re] for one in some]
    parts = np.mean([[part.iloc[0, 0] for part in matrices] for matrices in parts], axis=0)
    sigma2 = np.mean([one.scale for one in some])
    print(f"{name}: variances {', '.join(f'{part:.3f}' for part in parts)}; sigma^2 {sigma2:.3f}")

# %% [markdown]
# **The top level left out.** The variance of the schools goes one level down: that of the classes
# is now about $\varphi_0^2 + \tau_0^2$. The standard error of $w$ is a quarter too small, since the
# model takes 160 classes for independent. Nothing happens to $x$.
#
# **The middle level left out.** The variance of the classes goes both ways. With $n_1$ pupils in
# each of $n_2$ classes of a school,
#
# $$\sigma^2 \to \sigma^2 + \frac{n_1(n_2 - 1)}{n_1n_2 - 1}\,\tau_0^2, \qquad
# \varphi_0^2 \to \varphi_0^2 + \frac{n_1 - 1}{n_1n_2 - 1}\,\tau_0^2$$
#
# Most of it goes down: with four classes a school about three quarters (Moerbeek, 2004). The
# standard error of $z$ is half of what it should be. That of $w$ is right.
#
# The rule is that of lesson 1: the standard error of a predictor is wrong when the level at which
# it differs is missing, and it is too small. So a level that has no predictor and no interest of
# its own may still be needed, when groups were drawn or treated at that level.
#
# The same happens in these data:

# %% tags=["nbval-check-output"]
by_child = {"intercept": f"black + hispanic + {poor} + U", "year": f"{poor} + U"}
no_schools = mlm.Model("math ~ year", group="childid", level2=by_child).fit(tests)
level1 = "math ~ year + black + hispanic"
by_school = {"intercept": f"{poor} + U", "year": f"{poor} + U"}
no_children = mlm.Model(level1, group="schoolid", level2=by_school).fit(tests)
ways = {"all levels": fuller, "no schools": no_schools, "no children": no_children}
print(pd.DataFrame({name: one.bse for name, one in ways.items()}).round(5).to_string())

# %% [markdown]
# Without the schools, the standard error of the product with `year` is less than half of what it is
# with them. The growth of 1,721 children is taken for 1,721 pieces of evidence about 60 schools.
# Without the children it is `black` and `hispanic` that come out too sure. And a slope needs its
# $V$ as well as the intercept does: without `V` in the equation of `year`, the product would be too
# sure again.
#
# ## Names that are used again
#
# In `pastes`, three casks of each of ten batches of a paste were assayed twice. The casks are
# called a, b and c in every batch.

# %%
pastes = mlm.load("pastes")
pastes.head(7)

# %% tags=["nbval-check-output"]
for group in ("batch/cask", "batch/sample", "batch * cask"):
    one = mlm.Model("strength ~ 1", group=group).fit(pastes)
    parts = ", ".join(f"{name} {m.iloc[0, 0]:.2f}" for name, m in one.cov_re.items())
    print(f"{group:<12} {one.ngroups!s:<28} variances {parts}; sigma^2 {one.scale:.2f}")

# %% [markdown]
# Cask a of one batch has nothing to do with cask a of another but its name. There are 30 casks.
#
# - `batch/cask` counts a cask within its batch, so a name may be used again, and the summary has a
#   note that it is. `sample` names all 30 apart, and gives the same.
# - `batch * cask` says that the two cross: that cask a is one cask from which all batches came. It
#   finds three casks, and what differs between 30 goes into $\sigma^2$. Nothing warns of it, as
#   with samples and plates it would be right ([lesson 15](15_crossed_groups.ipynb)).
#
# So look at the number of groups in every summary before you look at anything else. In R the same
# trap is `(1 | batch) + (1 | cask)`. Give every class, patient or plot a name of its own when you
# make the file.
#
# ## How it is written elsewhere

# %%
full.code("lme4")

# %%
full.code("stata")

# %% [markdown]
# In R, `(year | schoolid/childid)` is short for `(year | schoolid) + (year | schoolid:childid)`. In
# Stata, the largest groups come first and each `||` is one level lower. This is what lme4 1.1-31
# printed for the growth model:

# %% tags=["nbval-check-output"]
from mlmteach.course import lessons_folder

output = lessons_folder() / "outputs" / "lmer_three.txt"
lines = output.read_text(encoding="utf-8").splitlines()
print("\n".join(lines))

# %% [markdown]
# The row `childid:schoolid` is $T$, with standard deviations and a correlation, and `schoolid` is
# $\Phi$.
#
# ## Before you add a level
#
# - **How many groups?** A variance between five schools is hardly known. With fewer than about ten
#   groups at the top, give them fixed coefficients instead, with their names as a category. Then
#   you can speak about these groups, and not about others.
# - **How many units in a group?** Where most classes have one pupil, classes and residual cannot be
#   told apart.
# - **A slope at which level?** Any level above its own at which it can differ. Begin with the one
#   that the question is about, and with those at which its predictors differ.
# - **Does everybody stay?** A child who changes schools has two. Then the groups are not nested,
#   and that is the next lesson.
#
# `mlmteach` has up to three levels. Where the outcome is yes or no, or a count, intercepts vary at
# three levels and slopes do not. lme4 and Stata go on to more.
#
# ## Every symbol in a sentence

# %%
fuller.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("14.1")` helps,
# `mlm.hint("14.1", 2)` helps more, and `mlm.solution("14.1")` shows a solution.

# %% exercise 14.1

# %% exercise 14.2

# %% exercise 14.3

# %% exercise 14.4

# %% exercise 14.5

# %% exercise 14.6

# %% exercise 14.7

# %% exercise 14.8

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Patients lie in wards of hospitals. Two patients of one ward correlate 0.3, two of one hospital
#    in different wards 0.1. Which share of the variance lies between the wards of a hospital?
#
#    <details><summary>Answer</summary>
#
#    0.2. The wards' share is the difference of the two correlations.
#
#    </details>
#
# 2. What does `group="clinic/doctor"` say that `group="doctor/clinic"` does not?
#
#    <details><summary>Answer</summary>
#
#    That doctors lie within clinics. The larger groups come first.
#
#    </details>
#
# 3. A programme is given to schools. You leave out the classes. Which standard error is wrong?
#
#    <details><summary>Answer</summary>
#
#    Not that of the programme: it differs between schools, and these are in the model.
#
#    </details>
#
# 4. What is $\gamma_{101}$ in the model of this lesson, in one phrase?
#
#    <details><summary>Answer</summary>
#
#    What the pace of growth goes with: the product of a school's predictor and the year.
#
#    </details>
#
# 5. From lesson 11: you move year 0 to the last year. Which elements of $T$ and $\Phi$ change?
#
#    <details><summary>Answer</summary>
#
#    The variances of the intercepts and the covariances. Those of the slopes stay.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Of what differs between children in level, about a fifth lies between schools;
#   of what differs in pace, half. With ten percentage points more of low-income families children
#   stand 0.08 lower in the middle of the study, and gain 0.015 less a year.
# - Three levels have three variances, and two ICCs: of units that share the smaller group, and of
#   units that share the larger one only.
# - A slope can differ at level 2, at level 3, or both. Where levels differ says nothing about where
#   slopes do.
# - A level that is left out leaves its variance to the neighbours, and makes the standard errors of
#   predictors at that level too small.
# - Count the groups: a name that is used again is not the same group.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), sections 4.9 and
#   5.5. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 8.
#   Sage.
# - Hox, J. J., Moerbeek, M., & van de Schoot, R. (2018). *Multilevel analysis* (3rd ed.), section
#   2.4. Routledge.
# - Bryk, A. S., & Raudenbush, S. W. (1988). Toward a more appropriate conceptualization of research
#   on school effects: A three-level hierarchical linear model. *American Journal of Education*,
#   97(1), 65–108.
# - Moerbeek, M. (2004). The consequence of ignoring a level of nesting in multilevel analysis.
#   *Multivariate Behavioral Research*, 39(1), 129–149.
# - Doran, H. C., & Lockwood, J. R. (2006). Fitting value-added models in R. *Journal of Educational
#   and Behavioral Statistics*, 31(2), 205–230. These data.
#
# Previous: [13 · How many](13_how_many.ipynb) · Next:
# [15 · Crossed groups](15_crossed_groups.ipynb) · [Glossary](GLOSSARY.md)
