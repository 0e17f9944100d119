"""Exercises of lesson 6, centring, on examination and sleep data."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.functions import Function
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Number, Table

_EXAM = 'exam = mlm.load("exam")'
_CENTRED = """\
exam["mean"] = exam.groupby("school")["standLRT"].transform("mean")
exam["own"] = exam["standLRT"] - exam["mean"]
model = mlm.Model("normexam ~ own", group="school", level2={"intercept": "mean + U"})
g = model.fit(exam).params"""
_SLEEP = 'sleep = mlm.load("sleepstudy")'
_RANDOM = 'group="Subject", level2={"%s": "U"}).fit(sleep)'

EXERCISES = (
    Exercise(
        id="6.1",
        title="The slope within",
        prompt="`sample` holds two thirds of the schools of High School & Beyond. Centre `ses` at "
        "the mean of its school and put that mean into the equation of the intercept. What is the "
        "slope of `mathach` within the schools of the sample, by REML?",
        answer="within",
        kind=Number(),
        setup='sample = mlm.my_data("centring", "practice", data="hsb")',
        solution='model = mlm.Model("mathach ~ center_within(ses)", group="school",\n'
        '                  level2={"intercept": "group_mean(ses) + U"})\n'
        'g = model.fit(sample).params\nwithin = g["center_within(ses)"]',
        hints=(
            "`center_within(ses)` and `group_mean(ses)` may stand in formulas.",
            '`fit.params["center_within(ses)"]`.',
        ),
        mistakes=(
            Mistake('g["group_mean(ses)"]', "This is the slope between the schools."),
            Mistake(
                'g["group_mean(ses)"] - g["center_within(ses)"]',
                "This is the contextual effect, what the school's mean adds.",
            ),
            Mistake(
                'mlm.Model("mathach ~ ses", group="school").fit(sample).params["ses"]',
                "This comes from the uncentred predictor: a mixture of two slopes.",
            ),
            Mistake(
                'sample["ses"].cov(sample["mathach"]) / sample["ses"].var()',
                "This is the slope of an ordinary regression on the uncentred predictor.",
            ),
            Mistake(
                'model.fit(mlm.load("hsb")).params["center_within(ses)"]',
                "This is the slope in all the schools. Use the sample.",
            ),
        ),
        explanation="It compares students of the same school only.",
    ),
    Exercise(
        id="6.2",
        title="The contextual effect",
        prompt="Fit `normexam` on `standLRT`, centred at the mean of its school, with that mean in "
        "the equation of the intercept, by REML. By how much do two pupils with the same "
        "`standLRT` differ in expectation if their schools' means differ by 1?",
        answer="contextual",
        kind=Number(),
        setup=_EXAM,
        solution=f'{_CENTRED}\ncontextual = g["mean"] - g["own"]',
        hints=(
            "The slope between is the sum of the slope within and the contextual effect.",
            '`fit.quantities.contextual_effects("own", "mean")` has all three: compare.',
        ),
        mistakes=(
            Mistake(
                'g["mean"]',
                "This is the slope between. The same pupil in a school with a higher mean stands "
                "lower within it: take the slope within off.",
            ),
            Mistake('g["own"]', "This is the slope within."),
            Mistake('g["mean"] + g["own"]', "Take the slope within off; do not add it."),
        ),
        explanation="With the raw predictor and the mean in the model, it is the mean's "
        "coefficient.",
    ),
    Exercise(
        id="6.3",
        title="What centring changes",
        prompt="You subtract the mean of all pupils from a level-1 predictor that has a fixed "
        "slope. What changes?",
        answer="choice",
        kind=Choice(
            options={
                "a": r"the intercept $\gamma_{00}$ only",
                "b": r"the intercept and $\tau_0^2$",
                "c": "the intercept and the slope",
            }
        ),
        solution='choice = "a"',
        hints=(r"Put $x_{ij} = (x_{ij} - c) + c$ into the equation.",),
        mistakes=(
            Mistake(
                '"b"', r"$\tau_0^2$ changes only if the slope is random: then it depends on x."
            ),
            Mistake('"c"', "A slope does not depend on where 0 is, unless there is a product."),
        ),
        explanation="The model is the same, told from another origin.",
    ),
    Exercise(
        id="6.4",
        title="Variance at another origin",
        prompt=r"In the random-slope model of `Reaction` on `Days`, by REML, what is "
        r"$\hat\tau_0^2$ when `Days` is centred at 4.5?",
        answer="tau2",
        kind=Number(),
        setup=_SLEEP,
        solution='sleep["day"] = sleep["Days"] - 4.5\n'
        f'fit = mlm.Model("Reaction ~ day", {_RANDOM % "day"}\ntau2 = fit.cov_re.iloc[0, 0]',
        hints=("Make a column `Days - 4.5`, and fit the model with it.",),
        mistakes=(
            Mistake(
                f'mlm.Model("Reaction ~ Days", {_RANDOM % "Days"}.cov_re.iloc[0, 0]',
                "This is the variance on day 0, without centring.",
            ),
            Mistake(
                "fit.model.fit(sleep, reml=False).cov_re.iloc[0, 0]",
                "This comes from the ML fit; REML was asked for.",
            ),
            Mistake(
                'mlm.Model("Reaction ~ day", group="Subject").fit(sleep).cov_re.iloc[0, 0]',
                "In this model only the intercept has a U. The slope was to have one too.",
            ),
            Mistake("tau2 ** 0.5", "This is the standard deviation."),
            Mistake("fit.cov_re.iloc[1, 1]", "This is the variance of the slopes."),
        ),
        explanation="The subjects' lines fan out, so they differ more in the middle of the study.",
    ),
    Exercise(
        id="6.5",
        title="A function that centres",
        prompt="Write `centred(frame)`, which takes a data frame with the columns `x` and `group` "
        "and returns the column `x`, centred at the mean of its group.",
        answer="centred",
        kind=Function(
            tries='[mlm.load("exam")[["standLRT", "school"]].set_axis(["x", "group"], axis=1)'
            '.iloc[::9].reset_index(drop=True), mlm.load("sleepstudy").rename('
            'columns={"Reaction": "x", "Subject": "group"}).iloc[7:60]]',
            result=Table(absolute=5.1e-4),  # rounded to three decimals
        ),
        solution='def centred(frame):\n    means = frame.groupby("group")["x"].transform("mean")\n'
        '    return frame["x"] - means',
        hints=("`.transform` gives a value for each row, `.mean()` one for each group.",),
        mistakes=(
            Mistake(
                'lambda frame: frame["x"] - frame["x"].mean()',
                "This centres at the mean of all rows.",
            ),
            Mistake(
                'lambda frame: frame.groupby("group")["x"].transform("mean")',
                "This is the mean of the group. Subtract it.",
            ),
            Mistake(
                'lambda frame: frame["x"] - frame.groupby("group")["x"].mean()',
                "`.mean()` has one value a group, and pandas looks for rows of the same name. "
                '`.transform("mean")` has one value a row.',
            ),
        ),
    ),
    Exercise(
        id="6.6",
        title="In your words",
        prompt="A paper reports one slope of income on satisfaction from people in countries, with "
        "income uncentred. Which question does this slope answer? What would you have asked for?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nIt mixes how richer and poorer people of one country differ with how '
        "richer and poorer\ncountries differ, and answers neither question. I would ask for both "
        'slopes.\n"""',
        hints=("Two comparisons are mixed in it.",),
    ),
)
