# %% [markdown]
# # 13 · How many
#
# **Goal.** You can write and fit a multilevel model for counts, read its coefficients as rate
# ratios and as expected counts, say what an exposure is, and tell when counts vary more than a
# Poisson model allows.
#
# **Time.** About 60 minutes.
#
# **You need.** [Lesson 12](12_yes_or_no.ipynb).
#
# **The question.** How many fewer ticks does a grouse chick carry when its brood lives ten metres
# higher, and do broods of the same height and year differ beyond chance?

# %%
import numpy as np
import pandas as pd

import mlmteach as mlm

ticks = mlm.load("grouseticks")
ticks["height"] = (ticks["HEIGHT"] - 460) / 10  # in steps of ten metres from 460 m
words = {"height": {"per_unit": "for ten metres more of height", "zero": True}}  # for sentences
ticks[["BROOD", "YEAR", "HEIGHT", "height", "TICKS"]].head(4)

# %% tags=["nbval-check-output"]
count = ticks["TICKS"]
print(f"{len(ticks)} chicks in {ticks['BROOD'].nunique()} broods")
print(f"no tick at all: {100 * (count == 0).mean():.0f} %, the most: {count.max()}")
print(ticks.groupby("YEAR", observed=True)["TICKS"].agg(["mean", "var"]).round(1).to_string())

# %% [markdown]
# Chicks are level 1 and broods are level 2. Height and year belong to the brood. Most chicks have a
# few ticks, and some have dozens. In the year with the smallest mean the variance is smallest too,
# and in each year it is above the mean.
#
# ## Why not the model you have?

# %% tags=["nbval-check-output"]
upper = {"intercept": "YEAR + height + U"}
linear = mlm.Model("TICKS ~ 1", group="BROOD", level2=upper).fit(ticks)
fitted = linear.fittedvalues
print(f"least expected count {fitted.min():.2f}, below 0: {(fitted < 0).sum()} chicks")
print(f"10 m higher: {linear.params['height']:.2f} ticks, in every year and at every height")

# %% [markdown]
# A linear model expects less than no tick for some chicks. It takes the same number of ticks off
# for every ten metres, where there are many and where there are few. And it has one $\sigma^2$,
# while the spread of a count goes with its mean. The logarithm of the count is no way out either,
# since many counts are 0.
#
# ## The equations

# %%
null = mlm.Model("TICKS ~ 1", group="BROOD", family="poisson", data=ticks)
null

# %% [markdown]
# The outcome has a [Poisson distribution](GLOSSARY.md#poisson-distribution), which is that of
# events that come independently of each other. It has one number, the expected count, and its
# variance is the same number. So there is no $\sigma^2$ here either. The link is the logarithm: an
# expected count is positive, and its logarithm can be any number.

# %%
fit = null.fit(ticks)
fit.summary()

# %% tags=["nbval-check-output"]
gamma, tau2 = fit.params["Intercept"], fit.cov_re.iloc[0, 0]
low, high = np.exp(gamma - 1.96 * tau2**0.5), np.exp(gamma + 1.96 * tau2**0.5)
print(f"expected count in the typical brood     {np.exp(gamma):.2f}")
print(f"95 % of the broods                      {low:.2f} to {high:.2f}")
print(f"averaged over broods                    {np.exp(gamma + tau2 / 2):.2f}")
print(f"mean of all chicks                      {count.mean():.2f}")

# %% [markdown]
# The typical brood and the average over broods are far apart here. Half of the broods lie above the
# typical one, some of them very far, and these pull the average up. On the scale of a logarithm the
# average has a formula:
#
# $$\text{averaged count} = \exp(\gamma_{00} + \tau_0^2 / 2)$$
#
# It is the typical count times $\exp(\tau_0^2/2)$. Never report $\exp(\gamma_{00})$ as the mean
# number of ticks.
#
# ## Rate ratios

# %%
model = mlm.Model("TICKS ~ 1", group="BROOD", level2=upper, family="poisson", data=ticks)
poisson = model.fit(ticks)
poisson.quantities.ratios()[["ratio", "lower", "upper"]].round(2)

# %% [markdown]
# The exponential of a $\gamma$ is a [rate ratio](GLOSSARY.md#rate-ratio): expected counts are
# *multiplied* by it. With ten metres more of height they are 0.79 times as large, and with twenty
# metres $0.79^2$ times. In 1996 there were about three times as many ticks as in 1995, at the same
# height.
#
# Is this in the typical brood, or averaged over broods? In lesson 12 the two had different ratios.
# Here both counts are multiplied:


# %%
def at(**values):
    return pd.DataFrame({"YEAR": "95", "height": 0.0} | values)


# %% tags=["nbval-check-output"]
places = at(height=[-4.0, -2.0, 0.0, 2.0, 4.0])
table = places[["height"]].assign(
    typical=poisson.predict(places, groups="average"),
    averaged=poisson.predict(places, groups="population"),
)
table["ratio"] = table["averaged"] / table["typical"]
print(table.round(2).to_string(index=False))

# %% [markdown]
# The average is the same number of times the typical count in every row. So a rate ratio is the
# same for the typical brood and averaged over broods, as long as only the intercept is random: it
# is [collapsible](GLOSSARY.md#collapsible). An odds ratio is not. With a random slope $\tau_0^2$
# becomes a curve (lesson 4), and then the two part here too.

# %%
mlm.plot.probability_curves(poisson, "height")

# %% [markdown]
# A brood lives at one height, so each of them is a point here.
#
# How much do broods of the same year and height still differ? The *median rate ratio* is made as
# the median odds ratio is: of two broods drawn at random, the larger expected count divided by the
# smaller.

# %% tags=["nbval-check-output"]
left = poisson.cov_re.iloc[0, 0]
print(f"tau_0^2 {left:.2f}, without height and year {tau2:.2f}")
print(f"median rate ratio {poisson.quantities.median_ratio():.2f}")

# %% [markdown]
# ## Counts that vary more
#
# A Poisson model takes ticks to come one by one. But they hatch in clusters, and a chick that sits
# in the wrong place gets many at once. Then counts vary more than their mean, even within a brood.
# This is [over-dispersion](GLOSSARY.md#over-dispersion). Ask for it:

# %%
poisson.diagnostics.overdispersion(progress=False)

# %% [markdown]
# The ratio divides the squared residuals, each in units of the variance that the model gives it, by
# their degrees of freedom. It is held against what the fitted model itself would give, and not
# against 1: the $U_{0j}$ follow the data, so even counts that are truly Poisson lie closer.
#
# The [negative binomial distribution](GLOSSARY.md#negative-binomial) has a second number, its
# *shape*. With an expected count $\lambda$, the variance is
#
# $$\lambda + \lambda^2 / \text{shape}$$
#
# A large shape makes it Poisson. The smaller the shape, the more the counts vary.

# %%
model = mlm.Model("TICKS ~ 1", group="BROOD", level2=upper, family="negbin", codebook=words)
negbin = model.fit(ticks)
negbin.summary()

# %%
mlm.compare(poisson, negbin)

# %% [markdown]
# The deviance falls by nearly 200, for one number more. Two kinds of variation are kept apart now:
# between broods it is $\tau_0^2$, and between chicks of a brood it is the shape.
#
# Does the negative binomial do? A [rootogram](GLOSSARY.md#rootogram) shows how often each count
# occurs. The bars hang from the curve of what the model expects. A bar that does not reach 0 says
# that there are fewer such counts than expected, and one that goes below, that there are more. The
# last bar has all larger counts.

# %%
mlm.plot.rootogram(negbin)

# %% [markdown]
# Nearly all bars end between the dotted lines. But mind what a rootogram can show: it puts the
# chicks of all broods together. That of the Poisson model looks nearly as good, since its $U_{0j}$
# spread the counts too. Whether chicks of *one* brood vary too much is what the test above says.
#
# What did the Poisson model get wrong? Here, little: height and year belong to the broods, and the
# $U_{0j}$ had taken care of them. With a predictor at level 1 it is otherwise.
#
# ## Exposure, and a world in which the truth is known
#
# Somebody counts attacks of headache in a diary. A week in which only two days were written down
# has fewer attacks than one with seven. The days are the [exposure](GLOSSARY.md#exposure): what a
# count is proportional to. In this world a therapy makes attacks fewer, by $\exp(-0.4) = 0.67$. In
# the weeks of the therapy the diary is kept better.

# %%
rng = np.random.default_rng(13)
person, week = np.repeat(np.arange(300), 8), np.tile(np.arange(8), 300)
diary = pd.DataFrame({"person": person, "therapy": (week >= 4).astype(int)})
early, late = rng.integers(1, 5, 2400), rng.integers(4, 8, 2400)
diary["days"] = np.where(diary["therapy"] == 1, late, early)
rate = np.exp(-1.5 - 0.4 * diary["therapy"] + 0.6 * rng.normal(size=300)[person])
expected = rate * diary["days"] * rng.gamma(1.5, 1 / 1.5, 2400)  # bad weeks and good ones
diary["attacks"] = rng.poisson(expected)

# %% tags=["nbval-check-output"]
for family in ("poisson", "negbin"):
    for exposure in (None, "days"):
        one = mlm.Model("attacks ~ therapy", group="person", family=family, exposure=exposure)
        one = one.fit(diary)
        print(f"{family:<8} exposure {exposure!s:<5} rate ratio ", end="")
        print(f"{np.exp(one.params['therapy']):.2f}, SE of gamma {one.bse['therapy']:.3f}")

# %% [markdown]
# Without the exposure the therapy seems to *raise* the number of attacks: there were more days to
# count them on. With it the rate ratio is near the truth. The model says:

# %%
mlm.Model("attacks ~ therapy", group="person", family="negbin", exposure="days").full

# %% [markdown]
# The logarithm of the exposure stands there with a coefficient of 1, which is not estimated. It is
# also called an *offset*. With an exposure, $\exp(\gamma_{00})$ is a rate: attacks a day.
#
# Now look at the standard errors. Weeks are good and bad, so the counts of one person vary more
# than Poisson counts do. Which of the two standard errors is right? Draw the data again and again,
# and see how much the estimate varies.

# %%
estimates, errors = [], {"poisson": [], "negbin": []}
for _ in range(60):
    diary["attacks"] = rng.poisson(rate * diary["days"] * rng.gamma(1.5, 1 / 1.5, 2400))
    for family, found in errors.items():
        one = mlm.Model("attacks ~ therapy", group="person", family=family, exposure="days")
        one = one.fit(diary)
        found.append(one.bse["therapy"])
    estimates.append(one.params["therapy"])

# %% tags=["nbval-check-output"]
print(f"the estimate varies with a standard deviation of {np.std(estimates):.3f}")
for family, found in errors.items():
    print(f"average standard error, {family:<8} {np.mean(found):.3f}")

# %% [markdown]
# The Poisson model is too sure of itself: its standard error is about a fifth too small. That is
# what over-dispersion does when nobody looks: the estimates stay about right, the standard errors
# are too small.
#
# ## How it is written elsewhere

# %%
negbin.code("lme4")

# %%
negbin.code("stata")

# %% [markdown]
# This is what `glmer.nb` of lme4 1.1-31 printed for the same model:

# %% tags=["nbval-check-output"]
from mlmteach.course import lessons_folder

output = lessons_folder() / "outputs" / "glmer_nb.txt"
lines = output.read_text(encoding="utf-8").splitlines()
print("\n".join(lines[0:3] + lines[6:8] + lines[12:23]))

# %% [markdown]
# - The number in `Negative Binomial(3.3075)` is the shape. R calls it `theta`, which has nothing to
#   do with the $\theta$ of other books. Stata's `menbreg` prints `lnalpha`, the logarithm of
#   1 / shape, so there a larger number means more variation.
# - An exposure is `offset(log(days))` in R and `exposure(days)` in Stata. `offset(days)` without
#   the logarithm is a usual slip, and no program warns of it.
# - The deviance of `glmer.nb` is our criterion.
#
# ## Every symbol in a sentence

# %%
negbin.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("13.1")` helps,
# `mlm.hint("13.1", 2)` helps more, and `mlm.solution("13.1")` shows a solution. The exercises count
# the new cases of a disease in 15 herds of cattle.

# %% exercise 13.1

# %% exercise 13.2

# %% exercise 13.3

# %% exercise 13.4

# %% exercise 13.5

# %% exercise 13.6

# %% exercise 13.7

# %% exercise 13.8

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. A $\gamma$ of a Poisson model is 0.69. What does one unit more of the predictor go with?
#
#    <details><summary>Answer</summary>
#
#    With twice the expected count: $\exp(0.69) = 2$.
#
#    </details>
#
# 2. Why is $\exp(\gamma_{00})$ not the mean count?
#
#    <details><summary>Answer</summary>
#
#    It is that of the typical group. The average over groups is $\exp(\tau_0^2/2)$ times as large.
#
#    </details>
#
# 3. Wards report falls of patients, and some wards have more patients. What is the exposure?
#
#    <details><summary>Answer</summary>
#
#    The patients, or better the days that they spent there.
#
#    </details>
#
# 4. Counts vary more than a Poisson model says. What happens to its standard errors?
#
#    <details><summary>Answer</summary>
#
#    They are too small.
#
#    </details>
#
# 5. From lesson 12: which of odds ratio and rate ratio is the same in each group and averaged over
#    groups, if only the intercept is random?
#
#    <details><summary>Answer</summary>
#
#    The rate ratio.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Ten metres higher, a chick carries 0.79 times as many ticks, in broods of the
#   same year. Broods of the same height and year still differ a lot, and chicks of one brood more
#   than a Poisson model allows.
# - A count has a distribution and a logarithmic link, and no $\varepsilon_{ij}$.
# - Report rate ratios, and expected counts at named places. Say whether a count is that of the
#   typical group or averaged over groups.
# - What a count is proportional to is an exposure, not a predictor.
# - Look for over-dispersion before you believe a standard error.
#
# ## What to read next
#
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 10.
#   Sage.
# - Elston, D. A., Moss, R., Boulinier, T., Arrowsmith, C., & Lambin, X. (2001). Analysis of
#   aggregation, a worked example: numbers of ticks on red grouse chicks. *Parasitology*, 122(5),
#   563–569. These data.
# - Kleiber, C., & Zeileis, A. (2016). Visualizing count data regressions using rootograms. *The
#   American Statistician*, 70(3), 296–303.
# - Nakagawa, S., Johnson, P. C. D., & Schielzeth, H. (2017). The coefficient of determination $R^2$
#   and intra-class correlation coefficient from generalized linear mixed-effects models revisited
#   and expanded. *Journal of the Royal Society Interface*, 14, 20170213.
#
# Previous: [12 · Yes or no](12_yes_or_no.ipynb) · Next:
# [14 · Three levels](14_three_levels.ipynb) · [Glossary](GLOSSARY.md)
