"""Exercises of lesson 0: what should be known, and the data with two levels."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Number

_EXAM = 'exam = mlm.load("exam")'

EXERCISES = (
    Exercise(
        id="0.1",
        title="A slope",
        prompt="A regression gives $\\hat y = 2 + 3x$. By how much do the predictions of two units "
        "differ whose $x$ are 1 and 5?",
        answer="difference",
        kind=Number(),
        solution="difference = 3 * (5 - 1)",
        hints=("The intercept is the same for both.", "It is the slope times the difference in x."),
        mistakes=(
            Mistake("2 + 3 * (5 - 1)", "The intercept cancels when you take a difference."),
            Mistake("3", "This is the difference for one unit of x; the two are 4 units apart."),
            Mistake("2 + 3 * 5", "This is the prediction for the second unit."),
        ),
        explanation="The slope is the difference that goes with one unit of x.",
    ),
    Exercise(
        id="0.2",
        title="A standard error",
        prompt="What does the standard error of a regression coefficient measure?",
        answer="choice",
        kind=Choice(
            options={
                "a": "how much the outcome varies around the regression line",
                "b": "how much the estimate would vary from sample to sample",
                "c": "how far the estimate is from the true value in this sample",
            }
        ),
        solution='choice = "b"',
        hints=("Think of drawing the sample again, many times.",),
        mistakes=(
            Mistake('"a"', "That is the residual standard deviation."),
            Mistake('"c"', "That distance is unknown. The standard error is its typical size."),
        ),
        explanation="It is the standard deviation of the estimate over samples of the same kind.",
    ),
    Exercise(
        id="0.3",
        title="Variances",
        prompt="Two independent variables have standard deviations 3 and 4. What is the standard "
        "deviation of their sum?",
        answer="sd",
        kind=Number(),
        solution="sd = (3 ** 2 + 4 ** 2) ** 0.5",
        hints=("Variances of independent variables add up.",),
        mistakes=(
            Mistake("3 + 4", "Standard deviations do not add up; variances do."),
            Mistake("3 ** 2 + 4 ** 2", "This is the variance. Take its square root."),
        ),
        explanation="The course splits variances into parts, and for this reason never "
        "standard deviations.",
    ),
    Exercise(
        id="0.4",
        title="Two levels",
        prompt="The examination data hold pupils in schools. How many groups do they have?",
        answer="groups",
        kind=Number(),
        setup=_EXAM,
        solution='groups = exam["school"].nunique()',
        hints=("The column `school` names the group.", "A column has the method `.nunique()`."),
        mistakes=(
            Mistake("len(exam)", "This is the number of pupils, the units of level 1."),
            Mistake('exam["student"].nunique()', "The groups are the schools."),
            Mistake("exam.shape[1]", "This is the number of columns."),
        ),
    ),
    Exercise(
        id="0.5",
        title="Level 1 or level 2",
        prompt="Which of these columns of the examination data is a level-2 variable?",
        answer="choice",
        kind=Choice(
            options={
                "a": "`standLRT`, the reading score at intake",
                "b": "`schavg`, the mean reading score of the school",
                "c": "`sex`, the pupil's sex",
            }
        ),
        setup=_EXAM,
        solution='constant = exam.groupby("school")[["standLRT", "schavg", "sex"]].nunique().max()'
        '\nchoice = "abc"[list(constant).index(1)]',
        hints=("A level-2 variable has one value in each school.",),
        mistakes=(
            Mistake('"a"', "Each pupil has a reading score: it varies within the schools."),
            Mistake('"c"', "There are boys and girls in one school: it varies within schools."),
        ),
        explanation="All pupils of a school share it.",
    ),
    Exercise(
        id="0.6",
        title="Your own two levels",
        prompt="Name a question of your own field in which units are nested in groups. Say what "
        "the units, the groups and the outcome are, and one variable of each level.",
        answer="text",
        kind=OpenText(words=10),
        solution='text = """\nPatients in hospitals. The outcome is the number of days in hospital.'
        "\nAge is a level-1 variable, since each patient has one; the number of beds is a\nlevel-2 "
        'variable, since all patients of a hospital share it.\n"""',
        hints=("Ask of each variable: can two units of one group differ in it?",),
    ),
)
