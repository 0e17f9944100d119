"""Exercises of lesson 1, why multilevel, on the examination data."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Number, Table

_EXAM = 'exam = mlm.load("exam")'
_SLOPES = """\
def slope(x, y):
    return ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
x, y = exam["standLRT"], exam["normexam"]
means = exam.groupby("school")[["standLRT", "normexam"]].transform("mean")
within = slope(x - means["standLRT"], y - means["normexam"])
per_school = exam.groupby("school")[["standLRT", "normexam"]].mean()
between = slope(per_school["standLRT"], per_school["normexam"])"""
_NULL = 'fit = mlm.Model("normexam ~ 1", group="school").fit(exam)'
_ML = 'mlm.Model("normexam ~ 1", group="school").fit(exam, reml=False)'

EXERCISES = (
    Exercise(
        id="1.1",
        title="Which design is nested",
        prompt="Which of these samples calls for a model with two levels?",
        answer="choice",
        kind=Choice(
            options={
                "a": "800 voters, drawn at random from the register of a country",
                "b": "40 districts drawn at random, and in each of them 20 voters",
                "c": "one class of 30 pupils",
            }
        ),
        solution='choice = "b"',
        hints=(
            "Ask which units share something that the others do not.",
            "In a nested sample, groups are drawn first, and units within them second.",
        ),
        mistakes=(
            Mistake('"a"', "These are drawn one by one: no two share a group by design."),
            Mistake('"c"', "There is one group, so nothing can vary between groups."),
        ),
        explanation="The districts were sampled first, and voters of a district are alike.",
    ),
    Exercise(
        id="1.2",
        title="The slope within schools",
        prompt="Take from `standLRT` and from `normexam` the mean of the pupil's school. What is "
        "the slope of the regression of the second on the first?",
        answer="within",
        kind=Number(),
        setup=_EXAM,
        solution=_SLOPES,
        hints=(
            '`exam.groupby("school")["standLRT"].transform("mean")` gives each pupil the mean of '
            "the school.",
            "The slope is the sum of products of the two differences, divided by the sum of "
            "squares of the first.",
        ),
        mistakes=(
            Mistake("slope(x, y)", "This is the total slope, which mixes within and between."),
            Mistake("between", "This is the slope of the schools' means, the one between schools."),
        ),
        explanation="It compares pupils of the same school only.",
    ),
    Exercise(
        id="1.3",
        title="Three slopes",
        prompt="Give the three slopes of `normexam` on `standLRT` as a dictionary: `total` over "
        "all pupils, `between` the means of the schools (each school counts once), and `within` "
        "the schools.",
        answer="slopes",
        kind=Table(),
        setup=_EXAM,
        solution=f'{_SLOPES}\nslopes = {{"total": slope(x, y), "between": between, '
        '"within": within}',
        hints=('The result starts with `{"total": ...`.', "Exercise 1.2 has one of them."),
        mistakes=(
            Mistake(
                '{"total": slope(x, y), "between": within, "within": between}',
                "The slopes between and within are exchanged.",
            ),
            Mistake(
                'slopes | {"between": slope(means["standLRT"], means["normexam"])}',
                "Your slope between counts a school as often as it has pupils. Each school was "
                "to count once.",
            ),
        ),
        explanation="They differ. A regression that ignores the schools gives the first, which is "
        "a mixture of the other two.",
    ),
    Exercise(
        id="1.4",
        title="The design effect",
        prompt=r"The design effect $1 + (\bar n - 1)\rho$ says by how much the variance of a mean "
        "grows because pupils of a school are alike. Compute it for `normexam`, with the mean "
        r"number of pupils a school for $\bar n$, and for $\rho$ the ICC of the model "
        "`normexam ~ 1`: `fit.icc` of a fit without options, which is one by REML (lesson 2).",
        answer="effect",
        kind=Number(relative=0.005),
        setup=_EXAM,
        solution=f'{_NULL}\nn = len(exam) / exam["school"].nunique()\n'
        "effect = 1 + (n - 1) * fit.icc",
        hints=(
            r"$\bar n$ is the number of pupils divided by the number of schools.",
            "`fit.quantities.design_effect` gives it: compare.",
        ),
        mistakes=(
            Mistake(
                "effect ** 0.5",
                "This is the factor for the standard error. The variance was asked.",
            ),
            Mistake("(n - 1) * fit.icc", "You have left out the 1."),
            Mistake(
                '1 + (exam["school"].nunique() - 1) * fit.icc',
                "You have taken the number of schools for the size of a school.",
            ),
            Mistake(f"1 + (n - 1) * {_ML}.icc", "This takes the ICC of the ML fit."),
        ),
        explanation="By about the root of it, a regression that ignores the schools understates "
        "the standard error of a mean, or of the coefficient of a school's property. For another "
        r"predictor the factor is about $1 + (\bar n - 1)\rho_x\rho$, with the predictor's own ICC "
        r"$\rho_x$. It is below 1 for one that varies within the schools alone: there the standard "
        "error comes out too large. In High School & Beyond, that of `sector` is too small by a "
        "factor of 2.76, and that of SES centred within the schools too large by one of 1.105.",
    ),
    Exercise(
        id="1.5",
        title="Whose standard error suffers",
        prompt="You regress `normexam` on the school's gender by ordinary least squares. What "
        "happens to the standard error of that coefficient?",
        answer="choice",
        kind=Choice(
            options={
                "a": "it is about right, since the sample is large",
                "b": "it is too large",
                "c": "it is too small, since 65 schools are counted as 4,059 independent values",
            }
        ),
        solution='choice = "c"',
        hints=("How many independent values does a variable of the school have?",),
        mistakes=(
            Mistake('"a"', "The number of schools counts here, and there are 65 of them."),
            Mistake(
                '"b"',
                "That happens to a predictor that varies within the schools alone. This one has "
                "one value a school, and ignoring the schools makes you too sure of it.",
            ),
        ),
        explanation="A level-2 variable has one value a school.",
    ),
    Exercise(
        id="1.6",
        title="In your words",
        prompt="Why may the slope between schools be steeper than the slope within them? Give one "
        "reason that has nothing to do with teaching.",
        answer="text",
        kind=OpenText(),
        solution='text = """\nSchools with a strong intake may lie in places where other things go '
        "with high\nscores, such as the parents' education. The mean intake then stands for these "
        'too.\n"""',
        hints=("What else differs between schools whose intake differs?",),
    ),
)
