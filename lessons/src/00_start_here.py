# %% [markdown]
# # 0 · Start here
#
# **Goal.** You know how this course works, whether you have what it needs, and what the data are.
#
# **Time.** About 30 minutes.
#
# **You need.** Regression with two predictors and an interaction. Five questions below let you
# find out.
#
# **The question.** Are two students of the same school more alike in mathematics than two students
# of different schools, and by how much?
#
# ## How the course works
#
# Each lesson is a notebook. Read it from top to bottom and run each cell with Shift+Enter. Then
# change something and run it again: a predictor, a group, an option. Nothing can break. If you
# get lost, choose *Kernel, Restart Kernel and Run All Cells*.
#
# A lesson opens with a question that its data answer. It goes from the concept to the equation, the
# fit, the picture and the sentence. It ends with exercises, mostly on other data, and a quiz.
#
# Lessons 1 to 11 are about outcomes on a scale, such as the score of a test. Outcomes that are yes
# or no come in lesson 12, and counts in lesson 13.
#
# ## Words you will meet
#
# Students sit in schools, patients lie in wards, days belong to persons. Such data have two levels.
# These are the words for them. You will forget some of them: the [glossary](GLOSSARY.md) has them
# all, and the lessons link to it.
#
# | word | meaning |
# |---|---|
# | [level 1](GLOSSARY.md#level-1) | the units, such as students. Their index is $i$ |
# | [level 2](GLOSSARY.md#level-2) | the groups, such as schools. Their index is $j$ |
# | $y_{ij}$ | the outcome of student $i$ in school $j$ |
# | $\beta_{qj}$ (beta) | a coefficient at level 1. It may differ from school to school |
# | $\gamma_{qs}$ (gamma) | a [fixed](GLOSSARY.md#fixed-coefficient) coefficient: one for all |
# | $U_{qj}$ | the [departure](GLOSSARY.md#departure) of school $j$ from what is common to all |
# | $\varepsilon_{ij}$ (epsilon) | the departure of student $i$ within the school |
# | $\tau_q^2$ (tau), $\sigma^2$ (sigma) | the variances of $U_{qj}$ and $\varepsilon_{ij}$ |
#
# Everything in the course comes from one object, the *model*. You write it once. This one says that
# achievement goes with the socioeconomic status of a student (SES). Its coefficient $\beta_{0j}$
# is the intercept of school $j$, and $\beta_{1j}$ its slope.

# %%
import mlmteach as mlm

model = mlm.Model("mathach ~ ses", group="school", data=mlm.load("hsb"))
model

# %% [markdown]
# The second block says that each school has an intercept of its own, $\gamma_{00} + U_{0j}$, and
# that all have the same slope, $\gamma_{10}$. Lesson 2 takes it from there.
#
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
# The running example has students in schools. A [codebook](GLOSSARY.md#codebook) says what the
# columns are.

# %%
hsb = mlm.load("hsb")
hsb.attrs["codebook"].to_frame()[["label", "level", "kind", "values"]]

# %% [markdown]
# The column *level* is the first thing to look at in multilevel data. A **level-1** variable
# differs between the students of a school. A **level-2** variable describes the school, so it is
# the same for all of its students. The outcome and SES are scales. You need to know how long they
# are before you can call a difference large.

# %%
# NBVAL_CHECK_OUTPUT
hsb[["mathach", "ses"]].agg(["min", "mean", "std", "max"]).round(2)

# %% [markdown]
# `mathach` is the score of a test, in points. Read every difference in points against its standard
# deviation of 6.88. `ses` is a composite of the parents' education, occupation and income. Its mean
# is 0 and its standard deviation 0.78, so one unit of SES is a large step.

# %%
# NBVAL_CHECK_OUTPUT
per_school = hsb.groupby("school").agg(sampled=("ses", "size"), size=("size", "first"))
print(f"{len(hsb):,} students in {len(per_school)} schools")
print(f"from {per_school['sampled'].min()} to {per_school['sampled'].max()} students a school")
print(f"from {per_school['size'].min()} to {per_school['size'].max():,} students enrolled")

# %% [markdown]
# Mind the last two lines. `size` is how many students a school *has*. How many of them were
# *sampled* is another number, and the two have little to do with each other.
#
# Count each variable at its own level. A histogram of `size` over the students would count a school
# once for every student sampled.

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
# The picture has 12 of the 160 schools, taken evenly from the lowest mean to the highest. So it
# makes the schools look more different than 12 schools drawn at random would. It does not answer
# the question. A count does: take pairs of students at random, from the whole file and from within
# the schools, and see how far apart the two of a pair are.

# %%
# NBVAL_CHECK_OUTPUT
mixed = hsb.sample(frac=1, random_state=1)  # the rows in random order: neighbours are pairs
anywhere = mixed["mathach"].diff().abs().mean()
same_school = mixed.groupby("school")["mathach"].diff().abs().mean()
print(f"two students from anywhere    are {anywhere:.2f} points apart on average")
print(f"two students of the same school   {same_school:.2f}")

# %% [markdown]
# So two students of one school are more alike, and not by much. Most of the variation lies within
# the schools. Lesson 2 says how much of it, and lesson 1 why even a little of it matters.
#
# Make data of your own. Move the variance between groups and the variance within them, and watch
# the strips. The panel needs no kernel: it works on a page as well.

# %%
mlm.explore.icc()

# %% [markdown]
# The rest of the course is about telling the two apart.

# %% [markdown]
# ## Exercises
#
# Answer in the cell, run it, and run the check below it. `mlm.hint("0.1")` helps,
# `mlm.hint("0.1", 2)` helps more, and `mlm.solution("0.1")` shows a solution. The exercises that
# have data use other data than the lesson.

# %% exercise 0.1

# %% exercise 0.2

# %% exercise 0.3

# %% exercise 0.4

# %% exercise 0.5

# %% exercise 0.6

# %% [markdown]
# ## Quiz
#
# Five questions, one line each. Say your answer before you open it.
#
# 1. Patients are treated in hospitals. Which are level 1, and which are level 2?
#
#    <details><summary>Answer</summary>
#
#    Patients are level 1, hospitals level 2.
#
#    </details>
#
# 2. At which level is the age of a school's building?
#
#    <details><summary>Answer</summary>
#
#    At level 2. It is the same for all students of a school.
#
#    </details>
#
# 3. Does $\gamma_{00}$ differ from school to school?
#
#    <details><summary>Answer</summary>
#
#    No. It has no index $j$. What differs is $\beta_{0j} = \gamma_{00} + U_{0j}$.
#
#    </details>
#
# 4. A school has 2,713 students and sent 42 of them. Which of the two numbers is `size`?
#
#    <details><summary>Answer</summary>
#
#    2,713, the number enrolled.
#
#    </details>
#
# 5. Which assumption of ordinary regression do students of one school break?
#
#    <details><summary>Answer</summary>
#
#    That the cases are independent of each other.
#
#    </details>

# %% [markdown]
# ## Summary
#
# - **The answer.** Two students of one school are more alike than two students from anywhere, but
#   only a little: most of the variation lies within the schools.
# - A level-1 variable differs within groups, a level-2 variable does not.
# - Students of one school are not independent cases.
# - Run the cells, change them, run them again.
#
# ## What to read next
#
# - Snijders, T. A. B., & Bosker, R. J. (2012). *Multilevel analysis* (2nd ed.), chapters 1 and 2.
#   Sage.
# - Gelman, A., & Hill, J. (2007). *Data analysis using regression and multilevel/hierarchical
#   models*, chapter 1. Cambridge University Press.
#
# Next: [1 · Why multilevel](01_why_multilevel.ipynb) · [Glossary](GLOSSARY.md)
