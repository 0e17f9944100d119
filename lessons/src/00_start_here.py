# %% [markdown]
# # 0 · Start here
#
# **Goal.** You know how this course works, whether you have what it needs, and what the data are.
#
# **Time.** About 20 minutes.
#
# ## How the course works
#
# Each lesson is a notebook. Read it from top to bottom and run each cell with Shift+Enter. Then
# change something and run it again: a predictor, a group, an option. Nothing can break. If you
# get lost, choose *Kernel, Restart Kernel and Run All Cells*.
#
# A lesson goes from the concept to the equation, the fit, the picture and the sentence. All five
# come from one object, the *model*. You write it once.

# %%
import mlmteach as mlm

model = mlm.Model("mathach ~ ses", group="school", data=mlm.load("hsb"))
model

# %% [markdown]
# ## What you should know
#
# The course builds on regression. Answer these five questions before you look at the answers.
#
# 1. In $y_i = b_0 + b_1 x_i + e_i$, what is $b_0$?
# 2. A dummy variable is 1 for women and 0 for men. What does its coefficient say?
# 3. In a model with $x$, $z$ and their product, what is the coefficient of $x$?
# 4. What is a standard error, and what does it assume about the cases?
# 5. What share of a variance does $R^2 = 0.2$ leave unexplained?
#
# <details>
# <summary>Answers</summary>
#
# 1. The expected $y$ of a case whose $x$ is 0.
# 2. The difference between the mean of women and the mean of men, with the other predictors held
#    fixed.
# 3. The slope of $x$ where $z$ is 0.
# 4. The standard deviation of an estimate over repeated samples. The usual formula assumes that
#    the cases are independent of each other.
# 5. 80 %.
#
# </details>
#
# If question 3 made you stop, read about interactions in a regression book first. If question 4
# did, read on: the last sentence of its answer is why multilevel models exist.
#
# ## The data: High School & Beyond
#
# The running example has students in schools.

# %%
hsb = mlm.load("hsb")
hsb.attrs["codebook"].to_frame()[["label", "level", "kind", "values"]]

# %% [markdown]
# The column *level* is the first thing to look at in multilevel data. A **level-1** variable
# differs between the students of a school. A **level-2** variable describes the school, so it is
# the same for all of its students.

# %%
# NBVAL_CHECK_OUTPUT
per_school = hsb.groupby("school").size()
print(f"{len(hsb):,} students in {len(per_school)} schools")
print(f"from {per_school.min()} to {per_school.max()} students a school")

# %% [markdown]
# So count each variable at its own level. A histogram of `size` over the students would show large
# schools more often than there are any.

# %%
mlm.plot.distributions(hsb, ["mathach", "ses", "minority", "size", "sector", "disclim"])

# %% [markdown]
# ## Two levels in a picture
#
# Each row of points is a school, each point a student. Two kinds of variation are in it: the rows
# lie further left or further right, and the points of a row are spread.

# %%
mlm.plot.strips(hsb, "mathach", group="school", groups=12)

# %% [markdown]
# Make data of your own. Move the variance between groups and the variance within them, and watch
# the strips. (The panel is live in JupyterLab. On a page you see where it begins.)

# %%
mlm.explore.icc()

# %% [markdown]
# The rest of the course is about telling the two apart.
#
# ## Words you will meet
#
# | word | meaning |
# |---|---|
# | level 1, level 2 | the units, and the groups that they belong to |
# | $\beta_{qj}$ | a coefficient of the level-1 equation, in group $j$ |
# | $\gamma_{qs}$ | a fixed coefficient: the same in all groups |
# | $U_{qj}$ | a random coefficient: the departure of group $j$ |
# | $\tau$, $\sigma^2$ | the variances of the $U_{qj}$, and of the level-1 residual |

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("0.1")` helps, and
# `mlm.solution("0.1")` shows a solution. The exercises use other data than the lesson.

# %% exercise 0.1

# %% exercise 0.2

# %% exercise 0.3

# %% exercise 0.4

# %% exercise 0.5

# %% exercise 0.6

# %% [markdown]
# All words are in the [glossary](GLOSSARY.md), with a card of the symbols in five notations.
#
# ## Summary
#
# - Run the cells, change them, run them again.
# - A level-1 variable differs within groups, a level-2 variable does not.
# - Students of one school are not independent cases.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapters 1 and 2.
#   Sage.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*, chapter 1. Cambridge University Press.
