"""What ``mlmteach new`` writes, and what ``mlmteach release`` makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlmteach.exercises.kinds import Choice
from mlmteach.grade.homework import Homework

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from mlmteach.exercises.exercise import Exercise

__all__ = ["TEMPLATE", "release_notebook"]

TEMPLATE = r'''"""The key of a homework: questions, solutions, and the rules for marks.

Keep this file to yourself.  Students get what `mlmteach release` makes of it.  Hand out that
notebook, collect the notebooks as ID.ipynb in a folder, and run `mlmteach grade --help`.
"""

from mlmteach.exercises import Choice, Exercise, Function, Mistake, Number, OpenText

TITLE = "Homework 1: the null model"
ASSIGNMENT = "homework-1"  # goes into the hash that draws each student's data

# How Canvas heads its column in an export of the gradebook, so that marks find the assignment.
# CANVAS = "Homework 1 (4711)"

# Data of your own that lie beside this file; hand them out with the notebook.
# FILES = ["schools.csv"]

# Work that comes later than this is late.  Leave it out if nothing is.
DEADLINE = "2030-05-31T23:59+02:00"


def late(points: float, hours: float) -> float:
    """Take off a tenth of the points for each day that has begun."""
    days = int(hours // 24) + 1
    return points * max(0.0, 1 - 0.1 * days)


INTRODUCTION = """
Write each answer into the name that its cell gives. You may add, split and move cells.
"""

# Runs before everything else, for students and for the solutions below.  `student` is the id in
# the roster; my_data draws a sample that only this student has.
SETUP = """
data = mlm.my_data("homework-1", student)
"""

FIT = 'fit = mlm.Model("mathach ~ 1", group="school").fit(data)'

EXERCISES = [
    Exercise(
        id="1",
        title="Variance between schools",
        prompt="Fit the null model of `mathach` by REML. What is the variance of $U_{0j}$?",
        answer="tau2",  # the name that students bind their answer to
        # Three digits are right, two are right with a word, one is not.
        kind=Number(),
        # The expected value is never typed in: the solution is run on each student's data.
        solution=f'{FIT}\ntau2 = fit.cov_re.loc["Intercept", "Intercept"]',
        # What usual mistakes lead to, evaluated after the solution.  No points, but a diagnosis.
        mistakes=(
            Mistake("tau2 ** 0.5", "This is the standard deviation; the variance was asked for."),
            Mistake("fit.scale", "This is the variance within the schools."),
        ),
        points=2,
    ),
    Exercise(
        id="2",
        title="Intraclass correlation",
        prompt="Which share of the variance lies between the schools, by the REML fit?",
        answer="icc",
        kind=Number(proportion=True),  # 0.18, or "18 %" as a text
        solution=f"{FIT}\nicc = fit.icc",
        mistakes=(Mistake("1 - icc", "This is the share within the schools."),),
        points=2,
    ),
    Exercise(
        id="3",
        title="A function",
        prompt="Write `reliability(frame)`, which fits the null model of `mathach` to a data frame "
        "and returns the reliability of the mean of the school with the fewest students in it. It "
        "is tried on data that you have not seen.",
        answer="reliability",
        kind=Function(tries='[mlm.my_data("homework-1", f"unseen {k}") for k in range(2)]'),
        solution="""
def reliability(frame):
    fit = mlm.Model("mathach ~ 1", group="school").fit(frame)
    tau2 = fit.cov_re.loc["Intercept", "Intercept"]
    return tau2 / (tau2 + fit.scale / frame.groupby("school").size().min())
""",
        points=3,
    ),
    Exercise(
        id="4",
        title="Shrinkage",
        prompt="Two schools have the same observed mean. Whose predicted $U_{0j}$ is drawn more "
        "towards 0, that of the school with few or with many sampled students?",
        answer="shrinks_more",
        kind=Choice(options={"a": "with few", "b": "with many"}),
        solution='shrinks_more = "a"',
        mistakes=(Mistake('"b"', "The mean of many students is the more reliable one."),),
    ),
    Exercise(
        id="5",
        title="In your words",
        prompt="What does the ICC tell you about these schools, and what does it not tell you?",
        answer="in_words",
        kind=OpenText(words=10),  # nobody but a reader can judge it: report.html lists the texts
        solution='in_words = "It says how much the schools differ, and not why they differ."',
        points=2,
    ),
]
'''


def release_notebook(homework: Homework) -> NotebookNode:
    """Make the students' notebook: the questions, and nothing else of the key.

    Parameters
    ----------
    homework : Homework

    Returns
    -------
    nbformat.NotebookNode
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    start = f"import mlmteach as mlm\n\nstudent = ...  # your id, in quotes\n{homework.setup}"
    cells = [
        new_markdown_cell(f"# {homework.title}\n\n{homework.introduction}".strip()),
        new_code_cell(start.strip()),
    ]
    for exercise in homework.exercises:
        cells += [new_markdown_cell(_question(exercise)), new_code_cell(_answer(exercise))]
    for number, cell in enumerate(cells):
        cell.id = f"{homework.digest[:8]}-{number}"
    notebook: NotebookNode = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    return notebook


def _question(exercise: Exercise) -> str:
    unit = "point" if exercise.points == 1 else "points"
    parts = [f"## {exercise.id} · {exercise.title} ({exercise.points:g} {unit})", exercise.prompt]
    if isinstance(exercise.kind, Choice):
        parts.append(exercise.kind.prompt)
    return "\n\n".join(parts)


def _answer(exercise: Exercise) -> str:
    return "\n".join(part for part in (exercise.setup, f"{exercise.answer} = ...") if part)
