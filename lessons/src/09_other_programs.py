# %% [markdown]
# # 9 · The same in R, Stata and Python
#
# **Goal.** You can write every model of lessons 2 to 8 for lme4, nlme, Stata and statsmodels, find
# each $\gamma$, $\tau$ and $\sigma^2$ in their output, and say why two programs differ.
#
# **Time.** About 75 minutes.
#
# **You need.** Lessons 2 to 7. No other program is needed: the outputs of R are printed here.
#
# **The question.** Is the cross-level interaction of the slides the same number in every program,
# and does it have the same p-value?
#
# A model is not the property of a program. The equations say what is estimated. A program is a
# way to write them down and a way to print the answer, and both take getting used to.

# %%
import mlmteach as mlm

hsb = mlm.load("hsb")
covariates = "mathach ~ ses + minority + female"
cross = {"intercept": "size + sector + U", "ses": "size + U"}
apart = {"intercept": "group_mean(ses) + U", "center_within(ses)": "U"}
ladder = {
    "null": mlm.Model("mathach ~ 1", group="school", data=hsb),
    "level-1 covariates": mlm.Model(covariates, group="school", data=hsb),
    "random slope": mlm.Model(covariates, group="school", level2={"ses": "U"}, data=hsb),
    "cross-level": mlm.Model(covariates, group="school", level2=cross, data=hsb),
    "centred": mlm.Model("mathach ~ center_within(ses)", group="school", level2=apart, data=hsb),
}

# %% [markdown]
# ## From equations to a formula
#
# All these programs want the full model in one line: fixed part here, random part there. Look at
# the cross-level model once more.

# %%
ladder["cross-level"].full

# %% [markdown]
# | in the equation | in a formula |
# |---|---|
# | $\gamma_{00}$ | `1`; most programs add it by themselves |
# | $\gamma_{01}\,\text{size}_j$ | `size` |
# | $\gamma_{11}\,\text{size}_j \times \text{SES}_{ij}$ | `size:ses`, in Stata `c.size#c.ses` |
# | $U_{0j}$ | `1` in the random part, before the group |
# | $U_{1j}\,\text{SES}_{ij}$ | `ses` in the random part |
# | $\tau_{01}$ | estimated by R and statsmodels unless told otherwise, by Stata if you ask |
# | $\varepsilon_{ij}$ | nothing; it is always there |
#
# ## Every model in four programs
#
# `model.code(program)` writes the whole script, from reading the data to the output. Its last
# part is the fit. **lme4** puts the random part into the formula.

# %%
for name, model in ladder.items():
    print(f"# {name}")
    print(model.formula, end="\n\n")

# %% [markdown]
# In the last line the two functions stand for columns that you must make first. The script does:

# %%
ladder["centred"].code("lme4")

# %% [markdown]
# **nlme** has an argument of its own for the random part:

# %%
for name, model in ladder.items():
    print(f"# {name}")
    print(str(model.code("nlme")).split("\n\n")[2].replace("\nsummary(model)", ""), end="\n\n")

# %% [markdown]
# **Stata** puts two bars between them:

# %%
for name, model in ladder.items():
    print(f"* {name}")
    print(str(model.code("stata")).split("\n\n")[1], end="\n\n")

# %% [markdown]
# Three words in these lines matter, since Stata's defaults are others:
#
# - `reml`, since the default is ML;
# - `covariance(unstructured)`, since the default leaves out $\tau_{01}$;
# - `dfmethod(satterthwaite)`, since the default takes the normal distribution.
#
# **statsmodels** is Python:

# %%
ladder["cross-level"].code("statsmodels")

# %% [markdown]
# In the builder the script follows every choice. Take a model apart, and see which words change:

# %%
mlm.explore.builder()

# %% [markdown]
# Use `reml=False` to get any of them by ML. SAS, SPSS and MixedModels.jl are there too:
# `model.code("sas")`, `model.code("spss")` and `model.code("mixedmodels.jl")`. The scripts read a
# file named after the data. For data of your own, name it: `model.code("lme4", data="mine")`.
# Outcomes that are yes or no, and counts, have commands of their own, such as `glmer` and
# `melogit`: lessons [12](12_yes_or_no.ipynb) and [13](13_how_many.ipynb). Three levels and crossed
# groups are in lessons [14](14_three_levels.ipynb) and [15](15_crossed_groups.ipynb).
#
# ## Our own numbers, to compare with

# %%
fit = ladder["cross-level"].fit(hsb)
fit.summary()

# %% [markdown]
# ## Reading lme4
#
# This is what R 4.2.2 with lme4 1.1-31 printed for the script of the cross-level model.

# %% tags=["nbval-check-output"]
from mlmteach.course import lessons_folder


def r_output(program):
    return (lessons_folder() / "outputs" / f"{program}.txt").read_text(encoding="utf-8")


def show(program, first, last):
    print("\n".join(r_output(program).splitlines()[first - 1 : last]))


show("lme4", 1, 10)

# %% [markdown]
# - *REML criterion*: our `fit.criterion`. It is not a deviance: use it only between models with
#   the same fixed part (lesson 7).
# - *Scaled residuals*: the $\hat\varepsilon_{ij}$ divided by $\hat\sigma$. Far beyond 3 in size,
#   look at the case.
# - A line `boundary (singular) fit` would stand here if $T$ were singular. Lesson 4 has what it
#   means.

# %% tags=["nbval-check-output"]
show("lme4", 12, 17)

# %% [markdown]
# - `(Intercept)` in the row of `school` is $\tau_0^2$ and its root, `ses` is $\tau_1^2$ and its
#   root, `Residual` is $\sigma^2$ and $\sigma$.
# - `Std.Dev.` is no standard error. It is the root of the variance beside it.
# - `Corr` is a correlation. $\tau_{01}$ is this correlation times the two standard deviations.
# - `Number of obs` and `groups`: always check them. A lost school shows here first.

# %% tags=["nbval-check-output"]
show("lme4", 19, 27)

# %% [markdown]
# The $\gamma$. There are no p-values: the authors of lme4 leave the choice of degrees of freedom
# to you. The package lmerTest adds Satterthwaite's, and with it `summary(model)` has the same df as
# ours. What follows is the correlation of the *estimates*, not of the predictors. You rarely need
# it. At the end stands a warning:

# %% tags=["nbval-check-output"]
show("lme4", 37, 38)

# %% [markdown]
# Size runs into the thousands, SES does not. It is a remark about numbers and not about your
# model. Put size in hundreds (lesson 6), and it goes away.
#
# ## Reading nlme
#
# nlme 3.1-162, the same model:

# %% tags=["nbval-check-output"]
show("nlme", 1, 12)

# %% [markdown]
# - `logLik` is the restricted log-likelihood. Times $-2$ it is the REML criterion.
# - `AIC` is 46374.67, as in our summary: both count the $\gamma$ and the variances.
# - The random part has standard deviations and a correlation, and no variances. Square them.
#
# With a random intercept alone nlme prints the same sideways. These are three lines for the null
# model:
#
# ```text
#  Formula: ~1 | school
#         (Intercept) Residual
# StdDev:    2.934966 6.256862
# ```
#
# $2.934966^2 = 8.614$ is $\tau_0^2$, and $6.256862^2 = 39.148$ is $\sigma^2$.

# %% tags=["nbval-check-output"]
show("nlme", 14, 22)

# %% [markdown]
# Look at `DF`. nlme counts columns:
#
# - a column that differs within schools gets students minus schools minus the number of such
#   columns, $7185 - 160 - 4 = 7021$;
# - a column of the schools gets schools minus the number of such columns minus 1 for the intercept,
#   $160 - 2 - 1 = 157$;
# - the intercept is an exception. It is the same for all, and gets the large number (Pinheiro &
#   Bates, 2000, section 2.4).
#
# So `ses`, `size:ses` and the intercept are tested with 7021. But the evidence about them comes
# from the schools: the slope is random, so its mean is known as well as the number of schools
# allows, and the same goes for the intercept and for a cross-level interaction. Satterthwaite gives
# them 160, 159 and 162. With so many schools it makes no difference. With few it does. For the ten
# schools of lesson 7, nlme in R tests the slope of SES with 453 degrees of freedom (p = 0.0004).
# Satterthwaite has 9.3 (p = 0.006).
#
# ## Do they agree?
#
# Take the estimates out of the two outputs and hold them against ours.

# %%
import pandas as pd


def estimates(program):
    table = r_output(program).split("Fixed effects:")[1].split("Correlation")[0]
    rows = [line.split() for line in table.replace("(Intercept)", "Intercept").splitlines()]
    found = {row[0]: row[1:3] for row in rows if row and row[0] in fit.params}
    return pd.DataFrame(found, index=["estimate", "SE"]).T.astype(float)


# %% tags=["nbval-check-output"]
for program in ("lme4", "nlme"):
    gap = (estimates(program)["estimate"] - fit.params) / fit.bse
    print(f"{program}: largest difference {gap.abs().max():.4f} standard errors")

# %% [markdown]
# They agree to a small fraction of a standard error. The rest is where each search stopped. Do not
# report so many digits that it would show. The p-value of `size:ses` is 0.0254 in nlme and 0.027
# here: other degrees of freedom.
#
# ## Reading Stata, SPSS and SAS
#
# These programs were not run for this page. Here is where to look. The words are those of their
# manuals.
#
# | | Stata `mixed` | SPSS `MIXED` | SAS `PROC MIXED` |
# |---|---|---|---|
# | $\gamma_{00}$ | `_cons` | Intercept | Intercept |
# | $\tau_0^2$ | `var(_cons)` | `UN (1,1)` | `UN(1,1)` |
# | $\tau_1^2$ | `var(ses)` | `UN (2,2)` | `UN(2,2)` |
# | $\tau_{01}$ | `cov(ses,_cons)` | `UN (2,1)` | `UN(2,1)` |
# | $\sigma^2$ | `var(Residual)` | Residual | Residual |
#
# - `UN` is in the scripts of this model: intercept and slope may correlate. In the script of a null
#   model there is one random coefficient and nothing to correlate, and then $\tau_0^2$ is
#   `Intercept [subject = school] Variance` in SPSS and `Intercept` in SAS. With `diagonal` (`VC`)
#   each variance has such a row.
# - The $\gamma$ stand in Stata's first table, in *Estimates of Fixed Effects* of SPSS, and in
#   *Solution for Fixed Effects* of SAS.
# - The REML criterion is *-2 Restricted Log Likelihood* in SPSS and *-2 Res Log Likelihood* in SAS.
#   Stata has the *Log restricted-likelihood*: multiply it by $-2$.
# - Stata ends with a *LR test vs. linear model*. It asks whether all $\tau$ are 0, and takes the
#   mixture for a single variance (`chibar2(01)`). For more it takes a plain $\chi^2$ and says that
#   the test is conservative.
# - SPSS and SAS can print a *Wald Z* for each variance. A variance has a wall at 0, so do not use
#   it as a test (lesson 7).
# - Under REML, SPSS and SAS count only the variances in AIC, and not the $\gamma$. nlme counts
#   both, as we do. So before you compare an AIC of one program with an AIC of another, look at what
#   each of them counts.
#
# Stata has printed the null model of these data for others. These are the values in the UCLA
# version of Singer's (1998) examples.

# %% tags=["nbval-check-output"]
stata = {"_cons": 12.63697, "var(_cons)": 8.614034, "var(Residual)": 39.14832}
null = ladder["null"].fit(hsb)
ours = [null.params["Intercept"], null.cov_re.iloc[0, 0], null.scale]
for (name, value), mine in zip(stata.items(), ours, strict=True):
    print(f"{name:<14} Stata {value:9.4f}   here {mine:9.4f}")

# %% [markdown]
# ## Reading statsmodels
#
# statsmodels runs here, in Python. This is the cross-level model, with the search that the script
# above asks for: `powell` is a method that looks for the lowest point along one direction after the
# other.

# %%
import statsmodels.formula.api as smf

formula = "mathach ~ size + sector + ses + size:ses + minority + female"
cross_level = smf.mixedlm(formula, hsb, groups="school", re_formula="~ ses")
other = cross_level.fit(reml=True, method="powell", ftol=1e-10)
print(other.summary())
print(f"size:ses {other.fe_params['size:ses']:.6f}, p = {other.pvalues['size:ses']:.4f}")

# %% [markdown]
# - *Scale* is $\sigma^2$. `school Var` is $\tau_0^2$, `school x ses Cov` is $\tau_{01}$, and
#   `ses Var` is $\tau_1^2$.
# - The tests take `z`: there are no degrees of freedom.
#
# The estimates are right. Four things beside them are not what they seem.
#
# **1. The standard errors of the $\gamma$.** The other programs take the estimated $\tau$ and
# $\sigma^2$ as given and compute the standard errors of a weighted regression, by
# [generalised least squares](GLOSSARY.md#generalised-least-squares). statsmodels takes them from
# how sharply the whole likelihood bends at its top, in the directions of the $\gamma$ and of the
# variances together. Its standard errors come out larger here.

# %%
errors = {"lme4": estimates("lme4")["SE"], "here": fit.bse, "statsmodels": other.bse_fe}
pd.DataFrame(errors).loc[fit.params.index]

# %% [markdown]
# **2. The standard errors of the variances.** In the output, the column `Std.Err.` of `school Var`
# is on a scale of its own. Take the null model. The UCLA page has 1.078805 for it, from Stata.
# statsmodels keeps the standard error of $\tau_0^2 / \sigma^2$, and prints it times $\sigma$.
# Times $\sigma^2$ comes close to Stata.

# %%
small = smf.mixedlm("mathach ~ 1", hsb, groups="school").fit(method="powell", ftol=1e-10)
kept, sigma2 = small.bse["school Var"], small.scale
print(f"printed, times sigma     {kept * sigma2**0.5:.3f}")
print(f"times sigma squared      {kept * sigma2:.3f}")

# %% [markdown]
# **3. There is no AIC under REML**, and nothing says why.

# %%
print("AIC of statsmodels:", other.aic, "  here:", round(fit.aic, 2))

# %% [markdown]
# **4. The search.** Without `method="powell"`, statsmodels starts with another search. For a random
# slope of group-mean centred SES it gives up far from the optimum.

# %%
import warnings

centred = hsb.assign(cses=hsb["ses"] - hsb.groupby("school")["ses"].transform("mean"))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    lost = smf.mixedlm("mathach ~ cses", centred, groups="school", re_formula="~ cses").fit()
found = mlm.Model("mathach ~ cses", group="school", level2={"cses": "U"}).fit(centred)
print(f"statsmodels: converged {lost.converged}, {len(said)} warnings")
print(f"log-likelihood {lost.llf:.1f}, here {found.llf:.1f}")
print(f"tau_1^2        {lost.cov_re.iloc[1, 1]:.2f}, here {found.cov_re.iloc[1, 1]:.2f}")

# %% [markdown]
# It does warn. But the numbers look like numbers, and a script that hides warnings would report
# them. Read `converged` first, in every program.
#
# You can use statsmodels as the engine of this package too. Then it only searches for the optimum,
# and everything else is computed as for the other engine. Two engines that agree are a check.

# %%
second = ladder["cross-level"].fit(hsb, engine="statsmodels")
mlm.plot.coefficients(fit, second, names=["profiled", "statsmodels"])

# %% [markdown]
# ## Where programs differ, and why
#
# | difference | reason |
# |---|---|
# | $\tau$ a little smaller | ML and not REML |
# | no $\tau_{01}$ | a default of Stata, or `\|\|` in lme4 |
# | p-values, not estimates | other degrees of freedom |
# | AIC or BIC | what is counted as a parameter, and as $n$ |
# | everything, a little | the searches stopped at different places |
# | everything, a lot | other rows: missing values (lesson 8); or no convergence |
# | $\gamma_{00}$ and $\tau_0^2$ | another origin: a predictor is centred in one of them |
#
# Back to the question. The interaction `size:ses` is 0.00039 in all four programs that were run.
# Its p-value is 0.027 with Satterthwaite's degrees of freedom, 0.025 in nlme and 0.026 in
# statsmodels. So the number is the same, and with 160 schools the p-value is nearly so. That all
# programs agree on it does not make it right: lesson 5 showed that it goes when the sector
# moderates the slope. In a sentence, a number that stays:

# %%
fit.interpret("sector")

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("9.1")` helps,
# `mlm.hint("9.1", 2)` helps more, and `mlm.solution("9.1")` shows a solution.

# %% exercise 9.1

# %% exercise 9.2

# %% exercise 9.3

# %% exercise 9.4

# %% exercise 9.5

# %% exercise 9.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. lme4 prints `Std.Dev.` beside a variance. Is it a standard error?
#
#    <details><summary>Answer</summary>
#
#    No. It is the root of the variance beside it.
#
#    </details>
#
# 2. Stata gives smaller variances than lme4, and you did not ask for anything. Why?
#
#    <details><summary>Answer</summary>
#
#    Stata fits by ML unless you write `reml`.
#
#    </details>
#
# 3. Two programs differ in everything, and by much. What do you look at first?
#
#    <details><summary>Answer</summary>
#
#    The number of rows and of groups, and whether both converged.
#
#    </details>
#
# 4. From lesson 7: why does it matter which degrees of freedom a program takes when there are 10
#    groups?
#
#    <details><summary>Answer</summary>
#
#    With few of them the t distribution has wide tails, so the p-value is larger.
#
#    </details>
#
# 5. From lesson 6: the programs agree on $\gamma_{10}$ and not on $\gamma_{00}$ and $\tau_0^2$.
#    What was done differently?
#
#    <details><summary>Answer</summary>
#
#    A predictor with a random slope was centred in one of them.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** The estimate is the same in every program. The p-values differ a little, since
#   the degrees of freedom do. With few groups they differ much.
# - The full equation gives the formula: the $\gamma$ in the fixed part, the $U$ in the random part.
# - Know the defaults: REML or ML, $\tau_{01}$ or not, which degrees of freedom.
# - Check rows, groups and convergence before you read a coefficient.
# - Standard deviations and variances are easily confused. So are standard deviations and standard
#   errors.
#
# ## What to read next
#
# - Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
#   using lme4. *Journal of Statistical Software*, 67(1).
# - Pinheiro, J. C., & Bates, D. M. (2000). *Mixed-effects models in S and S-PLUS*. Springer.
# - Rabe-Hesketh, S., & Skrondal, A. (2012). *Multilevel and longitudinal modeling using Stata*
#   (3rd ed.). Stata Press.
# - Singer, J. D. (1998). Using SAS PROC MIXED to fit multilevel models, hierarchical models, and
#   individual growth models. *Journal of Educational and Behavioral Statistics*, 23(4), 323–355.
#
# Previous: [8 · Assumptions](08_assumptions.ipynb)
# · Next: [10 · Capstone: from a question to a report](10_capstone.ipynb) · [Glossary](GLOSSARY.md)
