# %% [markdown]
# # 12 · Yes or no
#
# **Goal.** You can write and fit a multilevel model for an outcome that is yes or no. You can read
# its coefficients as odds ratios and as probabilities, in the same school and averaged over
# schools, and say why the two differ.
#
# **Time.** About 90 minutes.
#
# **You need.** Lessons [2](02_null_model.ipynb) to [5](05_cross_level_interactions.ipynb). You
# have met logistic regression before, or have a book at hand.
#
# **The question.** A student passes a test or does not. How much more likely is a pass for a
# student whose SES is one unit higher: in the same school, and over all schools?

# %%
import numpy as np
import pandas as pd
from scipy.special import expit  # from a logit back to a probability
from scipy.stats import norm, t, ttest_ind

import mlmteach as mlm

hsb = mlm.load("hsb")
hsb["passed"] = (hsb["mathach"] > 12.75).astype(int)
yes = {"value": 1, "label": "passed", "predicate": "passes", "predicate_plural": "pass"}
no = {"value": 0, "label": "failed", "predicate": "fails", "predicate_plural": "fail"}
words = {"passed": {"categories": [no, yes]}}  # for the sentences, as in lesson 6

# %% tags=["nbval-check-output"]
shares = hsb.groupby("school")["passed"].mean()
print(f"{hsb['passed'].mean():.3f} of {len(hsb):,} students passed")
print(f"between {shares.min():.2f} and {shares.max():.2f} in a school")

# %% [markdown]
# The limit of 12.75 is made up, and it lies near the mean. Never cut a score in two when you have
# the score: you throw away how far each student is from the limit. It is done here so that you can
# hold every result against the lessons before.
#
# ## Why not the model you have?
#
# Nothing stops you from putting 0 and 1 into the model of lesson 3. The mean of a 0/1 outcome is a
# probability, so this is a [linear probability model](GLOSSARY.md#linear-probability-model).

# %%
linear = mlm.Model("passed ~ ses + minority + female", group="school", codebook=words).fit(hsb)
linear.interpret("ses")

# %% tags=["nbval-check-output"]
fitted = linear.fittedvalues
print(f"predicted probabilities from {fitted.min():.2f} to {fitted.max():.2f}")
print(f"below 0: {(fitted < 0).sum()} students, above 1: {(fitted > 1).sum()}")

# %%
mlm.plot.group_lines(linear, "ses")

# %% [markdown]
# Three things are wrong with it.
#
# - A straight line leaves the range from 0 to 1, as some of these lines do. A probability cannot.
# - The variance of a yes/no outcome is $\pi(1 - \pi)$. It follows from the probability $\pi$ and
#   is not the same for all, so there is no one $\sigma^2$.
# - A residual is $1 - \pi$ or $-\pi$, and nothing between. It is far from normal.
#
# It still gets something right: with probabilities between 0.2 and 0.8 a curve is nearly straight,
# and then its slope is a good average difference in probability. You will see it again at the end.
#
# ## Odds and logits
#
# The way out is a scale without limits. The [odds](GLOSSARY.md#odds) of an event are
# $\pi / (1 - \pi)$, and their logarithm is the [logit](GLOSSARY.md#logit):

# %%
pi = np.array([0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
pd.DataFrame({"probability": pi, "odds": pi / (1 - pi), "logit": np.log(pi / (1 - pi))}).round(2)

# %% [markdown]
# A probability of 0.5 has odds of 1 and a logit of 0. One unit of the logit is a large step in the
# middle, and a small one near 0 and 1: from 0.50 to 0.73, but from 0.98 only to 0.99.
#
# ## The equations

# %%
null = mlm.Model("passed ~ 1", group="school", family="binomial", data=hsb)
null

# %% [markdown]
# Level 1 has two lines now. The first is the *distribution*: the outcome is a coin that falls on
# 1 with probability $\pi_{ij}$. The second is the [link](GLOSSARY.md#link): the logit of that
# probability is what the predictors and the school add up to. Level 2 is as it was. (There are
# other links: `link="probit"` and `link="cloglog"`. Only the logit has odds ratios.)
#
# **There is no $\varepsilon_{ij}$ and no $\sigma^2$.** In a normal model they say how far an
# outcome may lie from its mean. Here the probability alone says that: once you know $\pi_{ij}$,
# the rest is the coin.

# %%
fit = null.fit(hsb)
fit.summary()

# %% tags=["nbval-check-output"]
gamma, tau2 = fit.params["Intercept"], fit.cov_re.iloc[0, 0]
low, high = gamma - 1.96 * tau2**0.5, gamma + 1.96 * tau2**0.5
print(f"logit of the typical school {gamma:.2f}, probability {expit(gamma):.3f}")
print(f"95 % of the schools: logits from {low:.2f} to {high:.2f}")
print(f"              probabilities from {expit(low):.2f} to {expit(high):.2f}")

# %% [markdown]
# $\gamma_{00}$ is the logit of the [typical group](GLOSSARY.md#typical-group): a school whose
# $U_{0j}$ is 0. Half of the schools lie above it. $\tau_0^2$ is the variance between schools on
# the logit scale, and nobody can picture that. Turn it into a range of probabilities, as above, or
# into one of two numbers.
#
# **The [latent ICC](GLOSSARY.md#latent-icc).** Imagine that behind each answer there is a score
# nobody sees, and that a student passes when it is above 0. The logit link is the same as a
# residual of this score with the variance $\pi^2/3 = 3.29$ (here $\pi$ is the number and not a
# probability). So
#
# $$\rho = \frac{\tau_0^2}{\tau_0^2 + \pi^2/3}$$
#
# **The [median odds ratio](GLOSSARY.md#median-odds-ratio).** Take two students who are alike, from
# two schools drawn at random, and divide the larger odds by the smaller. The median of this ratio
# over all pairs of schools is $\exp(\sqrt{2}\,\tau_0\,z_{0.75})$, with $z_{0.75} = 0.6745$.

# %% tags=["nbval-check-output"]
print(f"latent ICC        {fit.quantities.icc():.3f}")
print(f"by hand           {tau2 / (tau2 + np.pi**2 / 3):.3f}")
print(f"median odds ratio {fit.quantities.median_ratio():.2f}")
print(f"by hand           {np.exp(2**0.5 * tau2**0.5 * norm.ppf(0.75)):.2f}")

score = mlm.Model("mathach ~ 1", group="school").fit(hsb)
print(f"ICC of the score  {score.icc:.3f}")

# %% [markdown]
# So in half of all pairs of schools the odds of a pass differ by 2.21 times or more.
#
# In these data you have the score behind the answer, and lesson 2 found its ICC. The latent ICC
# comes out close to it, from passes alone. It is the ICC of the score behind the answer, and not
# of the answer: 0 and 1 themselves correlate less.
#
# ## Predictors: odds ratios
#
# Now the three predictors of lesson 3.

# %%
formula = "passed ~ ses + minority + female"
model = mlm.Model(formula, group="school", family="binomial", codebook=words, data=hsb)
fit = model.fit(hsb)
fit.summary()

# %%
fit.quantities.ratios()[["ratio", "lower", "upper"]].round(2)

# %% [markdown]
# A $\gamma$ is a difference of logits, and its exponential is an
# [odds ratio](GLOSSARY.md#odds-ratio). With one more unit of SES the odds of a pass are 1.91 times
# as large, in the same school and for students alike in the other two predictors. The interval
# is that of $\gamma$, each end put through the exponential, so the estimate is not in its middle.
#
# **1.91 times the odds is not 1.91 times the probability.** Look at places:


# %%
def at(**values):
    return pd.DataFrame({"ses": 0.0, "minority": 0, "female": 0} | values)


# %% tags=["nbval-check-output"]
places = at(ses=[-2.0, -1.0, 0.0, 1.0, 2.0])
typical = fit.predict(places, groups="average")
table = places[["ses"]].assign(probability=typical, odds=typical / (1 - typical))
table["times the odds"] = table["odds"] / table["odds"].shift()
table["times the probability"] = typical / typical.shift()
table["difference"] = typical.diff()
print(table.round(2).to_string(index=False))

# %% [markdown]
# The odds ratio is the same from row to row. The ratio of the probabilities and their difference
# are not: they depend on where you are. So a result wants both, an odds ratio for the model and
# probabilities at named places for the reader. Only where an event is rare are the odds nearly the
# probability.
#
# ## In the same school, or averaged over schools
#
# The probabilities above are those of a typical school. You may also want the share of *all*
# students with a given SES who pass. Average over the schools then:

# %% tags=["nbval-check-output"]
averaged = fit.predict(places, groups="population")
both = places[["ses"]].assign(typical=typical, averaged=averaged)
print(both.round(3).to_string(index=False))

# %%
mlm.plot.probability_curves(fit, "ses")

# %% [markdown]
# Each thin curve is a school. All have the same slope on the logit scale. The average of the
# curves is flatter than the curve of the typical school, and nearer to 0.5 at both ends. A school
# that is high has little room left above, so at the upper end the low schools pull the average
# down more than the high ones pull it up.
#
# Move $\tau_0^2$ and watch the two curves part. Where all schools are the same, they are one.

# %%
mlm.explore.averaging()

# %% [markdown]
# For these schools the two hardly differ. They differ much where groups do. In `verbagg`, 316
# persons say of 24 items whether they would curse, scold or shout. An answer is level 1 and a
# person is level 2.

# %%
verbagg = mlm.load("verbagg")
aggression = mlm.Model("r2 ~ btype + situ + mode", group="id", family="binomial").fit(
    verbagg, points=9
)
aggression.quantities.ratios()[["ratio", "lower", "upper"]].round(2)

# %% tags=["nbval-check-output"]
import statsmodels.formula.api as smf

ordinary = smf.logit("r2 ~ btype + situ + mode", verbagg).fit(disp=False).params
for name in ("btype[T.scold]", "btype[T.shout]"):
    own, over_all = aggression.params[name], ordinary[name]
    print(f"{name}: odds ratio {np.exp(own):.2f} for the same person, ", end="")
    print(f"{np.exp(over_all):.2f} over all persons; of gamma {over_all / own:.2f} is left")
tau2 = aggression.cov_re.iloc[0, 0]
print(f"tau_0^2 {tau2:.2f}; 1 / sqrt(1 + 0.346 tau_0^2) = {1 / (1 + 0.346 * tau2) ** 0.5:.2f}")

# %% [markdown]
# All persons answered the same items. So nothing about persons can be mixed up with the items, and
# still the ordinary logistic regression gives smaller coefficients. It is not wrong. It answers the
# other question: it compares the odds *over all persons*. Its coefficients are smaller by a factor
# of about $1/\sqrt{1 + 0.346\,\tau_0^2}$ (Zeger, Liang & Albert, 1988).
#
# This is not a matter of the fit. It is in the arithmetic of odds. Take two groups of equal
# size, with the same odds ratio in both:

# %% tags=["nbval-check-output"]
with_x, without_x = np.array([0.9, 0.5]), np.array([0.5, 0.1])  # of two groups
own = with_x / (1 - with_x) / (without_x / (1 - without_x))
p1, p0 = with_x.mean(), without_x.mean()
ratio = p1 / (1 - p1) / (p0 / (1 - p0))
print(f"odds ratios of the groups {own.round(2)}, of the averages {ratio:.2f}")
print(f"differences of the groups {(with_x - without_x).round(2)}, of the averages {p1 - p0:.2f}")

# %% [markdown]
# In both groups the odds are 9 times as large, and over the two groups together 5.44 times. Nobody
# was left out, and nothing was confounded. The difference of probabilities is 0.4 in all three.
# This is what it means that an odds ratio is
# [not collapsible](GLOSSARY.md#collapsible), and a difference of probabilities is.
#
# Which of the two do you report? A student, a patient or a teacher asks about one school or one
# ward: in the same school. A ministry asks about all: averaged over schools. Say which one it is,
# and never compare an odds ratio of one kind with one of the other.
#
# ## What another predictor does to the others
#
# In lesson 3, a predictor that differs only within schools lowered $\sigma^2$ and left $\tau_0^2$
# nearly alone. Here there is no $\sigma^2$ to lower:

# %% tags=["nbval-check-output"]
for terms in ("1", "center_within(ses)", "center_within(ses) + center_within(minority)"):
    one = mlm.Model(f"passed ~ {terms}", group="school", family="binomial").fit(hsb)
    print(f"{terms:<46} tau_0^2 {one.cov_re.iloc[0, 0]:.3f}")

# %% [markdown]
# $\tau_0^2$ goes *up*, though these predictors are the same on average in every school. The
# residual of the score behind the answer has the variance 3.29 by convention, whatever the
# predictors explain. So everything else is measured in units of a smaller residual, and grows. The
# same happens, as a rule, to every $\gamma$. Do not compare the $\gamma$ or $\tau_0^2$ of two such
# models as you would in lesson 3. Compare probabilities.
#
# ## A slope that differs between schools
#
# Do minority students pass less often by the same odds ratio in every school?

# %%
level2 = {"minority": "U"}
slopes = mlm.Model(formula, group="school", level2=level2, family="binomial").fit(hsb)
mlm.compare(fit, slopes)

# %% tags=["nbval-check-output"]
spread = slopes.quantities.plausible_range("minority")
print(f"gamma {slopes.params['minority']:.2f}, tau_2 {slopes.cov_re.iloc[1, 1] ** 0.5:.2f}")
low, high = np.exp(spread.lower), np.exp(spread.upper)
print(f"95 % of the schools: odds ratios from {low:.2f} to {high:.2f}")
print(f"share of schools below 1: {slopes.quantities.share_negative('minority'):.2f}")

# %% [markdown]
# No. The odds ratio differs from school to school, and nearly everywhere it is below 1. All that
# lesson 4 says about $T$ holds, on the logit scale. A cross-level interaction works as in lesson 5
# too. It says whether the *odds ratio* differs between kinds of schools. Whether the difference of
# *probabilities* does is another question: on a curve it differs anyway, so look at both.
#
# ## Laplace, or points?
#
# The likelihood of a school is an average over all values that its $U_{0j}$ may have. For a normal
# outcome there is a formula for it. Here there is none, and a program has to approximate.
#
# - [Laplace's approximation](GLOSSARY.md#laplaces-approximation) puts a bell curve in place of the
#   true one. It is fast, and the default here and in R's `glmer`.
# - Adaptive [quadrature](GLOSSARY.md#quadrature) adds up the curve at several points. It is as
#   exact as you wish. Stata's `melogit` takes 7 points.
#
# Does it matter? With many students a school it does not. With few it does. In this world, 4,000
# persons say yes or no twice. The slope is 1 and $\tau_0^2 = 4$:

# %%
rng = np.random.default_rng(12)
person, second = np.repeat(np.arange(4000), 2), np.tile([0, 1], 4000)
eta = -1 + second + 2 * rng.normal(size=4000)[person]
world = pd.DataFrame({"person": person, "second": second, "yes": rng.random(8000) < expit(eta)})
twice = mlm.Model("yes ~ second", group="person", family="binomial")

# %% tags=["nbval-check-output"]
for points in (1, 3, 7, 15, 25):
    few, many = twice.fit(world, points=points), model.fit(hsb, points=points)
    print(f"{points:>2} points: two answers each, tau_0^2 {few.cov_re.iloc[0, 0]:.2f}, ", end="")
    print(f"slope {few.params['second']:.2f}; schools, tau_0^2 {many.cov_re.iloc[0, 0]:.3f}")

# %% [markdown]
# Laplace finds 2.40 where the truth is 4, and the slope is too small as well. From 7 points on
# little changes. (How far the last numbers lie from the truth is chance: it is one sample.) So fit
# once more with more points before you report. If the numbers stay, Laplace was good enough.
#
# ## What can go wrong
#
# **[Separation](GLOSSARY.md#separation).** In a category where everybody says yes, the odds are
# without limit. No coefficient is large enough. Make it so that no minority student passes in
# twelve schools:

# %%
twelve = hsb[hsb["school"].isin(hsb["school"].unique()[:12])].copy()
twelve.loc[twelve["minority"] == 1, "passed"] = 0
try:
    mlm.Model("passed ~ ses + minority", group="school", family="binomial").fit(twelve)
except mlm.errors.FitError as error:
    print(error)

# %% [markdown]
# Other programs print a coefficient of 15 or 20 with a huge standard error. When you see one, make
# the table. A *school* in which all or none pass does no harm. It has no logit of its own, but its
# $U_{0j}$ is drawn towards 0 as in lesson 2.
#
# **Few groups.** There are no degrees of freedom here: the tests are $z$ tests, which are right for
# many groups. Take a world of 8 wards, 4 of them with a programme that does nothing, and test the
# programme in three ways: by $z$; by a $t$ distribution whose df are groups minus coefficients of
# the groups, here 8 − 2; and without a model, by a $t$ test of the eight shares.


# %%
def answers(rng):
    return (rng.random(240) < expit(rng.normal(size=8)[ward])).astype(int)


rng = np.random.default_rng(12)
ward = np.repeat(np.arange(8), 30)
wards = pd.DataFrame({"ward": ward, "programme": ward % 2, "yes": answers(rng)})
level2 = {"intercept": "programme + U"}
first = mlm.Model("yes ~ 1", group="ward", level2=level2, family="binomial").fit(wards)

# %%
p_values = {"z": [], "t with 6 df": [], "t test of shares": []}
for _ in range(200):
    y = answers(rng)
    z = first.refit(y).tvalues["programme"]
    own = y.reshape(8, 30).mean(axis=1)
    p_values["z"].append(2 * norm.sf(abs(z)))
    p_values["t with 6 df"].append(2 * t.sf(abs(z), df=6))
    p_values["t test of shares"].append(ttest_ind(own[::2], own[1::2]).pvalue)

# %% tags=["nbval-check-output"]
for name, found in p_values.items():
    print(f"{name:<17} p < 0.05 in {100 * (np.array(found) < 0.05).mean():.0f} % of 200 samples")

# %% [markdown]
# It should be 5 %, give or take 3 for chance. With fewer than about 30 groups, do not believe a
# $z$ test of what belongs to the groups. A $t$ distribution helps. The plain comparison of the
# shares is the safest for so few (Thompson et al., 2022). The bootstrap of lesson 7 does not help
# much: it draws its samples with the estimated $\tau_0^2$, and with few groups that is too small.
#
# ## Does it hold?
#
# A residual of a yes/no outcome says little alone. Put the students into bins by their SES, and
# compare in each bin the share that passed with the share that was expected:

# %%
mlm.plot.binned_residuals(fit, "ses")

# %% [markdown]
# About 95 % of the points should lie within the band, and there should be no pattern. A bend would
# say that the logit is not a straight line in SES.
#
# ## Back to the linear model

# %%
fit.quantities.average_effects()[["effect", "lower", "upper"]].round(3)

# %% tags=["nbval-check-output"]
print(linear.params.round(3).to_string())

# %% [markdown]
# The first table has [average marginal effects](GLOSSARY.md#average-marginal-effect): by how much
# the probability differs per unit of a predictor, at the places of all students, averaged over
# them and over schools. The linear model has nearly the same numbers. As a summary of an average
# difference it does well here. It does not know where a difference is large and where it is small,
# and it fails near 0 and 1.
#
# ## In R and Stata

# %%
model.code("lme4")

# %%
model.code("stata")

# %% [markdown]
# This is what `glmer` of lme4 1.1-31 printed:

# %% tags=["nbval-check-output"]
from mlmteach.course import lessons_folder

output = lessons_folder() / "outputs" / "glmer.txt"
lines = output.read_text(encoding="utf-8").splitlines()
print("\n".join(lines[0:8] + lines[13:24]))

# %% [markdown]
# The first line says how the integral was approximated. There is no row `Residual`: no $\sigma^2$.
# `deviance` is our criterion. Estimates and standard errors
# agree with ours to about a thousandth.
#
# - In `glmer`, more points are `nAGQ = 7`. It takes them for one $U$ only.
# - `melogit` prints `var(_cons)`. With the option `or` it prints odds ratios in place of the
#   $\gamma$, so look at the head of the column. `intpoints(7)` is its default, and
#   `intmethod(laplace)` makes it a `glmer`.
# - The commands for the averages are `margins` in Stata and the package marginaleffects in R. Ask
#   them whether they average over the groups or set $U$ to 0.
#
# ## Every symbol in a sentence

# %%
fit.interpret()

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("12.1")` helps,
# `mlm.hint("12.1", 2)` helps more, and `mlm.solution("12.1")` shows a solution. The exercises use
# the use of contraception by women in 60 districts, and a disease of cattle in 15 herds.

# %% exercise 12.1

# %% exercise 12.2

# %% exercise 12.3

# %% exercise 12.4

# %% exercise 12.5

# %% exercise 12.6

# %% exercise 12.7

# %% exercise 12.8

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. The odds of an event are 3. What is its probability?
#
#    <details><summary>Answer</summary>
#
#    $3 / (1 + 3) = 0.75$.
#
#    </details>
#
# 2. Why has the model no $\sigma^2$?
#
#    <details><summary>Answer</summary>
#
#    The probability says how much a yes/no outcome varies. Nothing is left to be estimated.
#
#    </details>
#
# 3. An odds ratio is 2 in every school. Over all schools together, is it larger, smaller or 2?
#
#    <details><summary>Answer</summary>
#
#    Smaller, nearer to 1, if schools differ at all.
#
#    </details>
#
# 4. Two answers a person, fitted by Laplace. What do you do before you report $\tau_0^2$?
#
#    <details><summary>Answer</summary>
#
#    Fit again with more points, such as `points=15`.
#
#    </details>
#
# 5. From lesson 3: a predictor at level 1 lowers $\sigma^2$. What does it do in a logit model?
#
#    <details><summary>Answer</summary>
#
#    The level-1 variance stays at 3.29, so $\tau_0^2$ and the other $\gamma$ grow in size.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** In the same school, the odds of a pass are 1.91 times as large with one more
#   unit of SES. For a boy of the majority in a typical school the probability goes from 0.46 to
#   0.62 when SES goes from −1 to 0. Averaged over schools it goes from 0.46 to 0.61. The
#   two are close, since these schools do not differ much.
# - Level 1 has a distribution and a link, and no $\varepsilon_{ij}$.
# - Report an odds ratio, and probabilities at named places.
# - Typical and averaged probabilities are two things, the more so the larger $\tau_0^2$ is. An odds
#   ratio is not collapsible.
# - $\gamma$ and $\tau_0^2$ of models with other predictors are on other scales.
# - Few units a group: take points. Few groups: do not believe $z$. A huge coefficient: look for
#   separation.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapter 17. Sage.
# - Raudenbush, S. W., & Bryk, A. S. (2002). *Hierarchical linear models* (2nd ed.), chapter 10.
#   Sage.
# - Merlo, J., Chaix, B., Ohlsson, H., Beckman, A., Johnell, K., Hjerpe, P., Råstam, L., &
#   Larsen, K. (2006). A brief conceptual tutorial of multilevel analysis in social epidemiology.
#   *Journal of Epidemiology & Community Health*, 60(4), 290–297. The median odds ratio.
# - Thompson, J. A., Leyrat, C., Fielding, K. L., & Hayes, R. J. (2022). Cluster randomised trials
#   with a binary outcome and a small number of clusters. *BMC Medical Research Methodology*, 22,
#   222.
# - Zeger, S. L., Liang, K.-Y., & Albert, P. S. (1988). Models for longitudinal data: a generalized
#   estimating equation approach. *Biometrics*, 44(4), 1049–1060. The two kinds of coefficients.
# - Mood, C. (2010). Logistic regression: why we cannot do what we think we can do, and what we can
#   do about it. *European Sociological Review*, 26(1), 67–82.
#
# Previous: [11 · Growth](11_growth.ipynb) · Next: [13 · How many](13_how_many.ipynb) ·
# [Glossary](GLOSSARY.md)
