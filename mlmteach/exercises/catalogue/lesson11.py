"""Exercises of lesson 11, growth, on ten days of sleep deprivation."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines
from mlmteach.exercises.numeric import Number

_SLEEP = 'sleep = mlm.load("sleepstudy")'
_DAY9 = (
    'model = mlm.Model("Reaction ~ I(Days - 9)", group="Subject", '
    'level2={"I(Days - 9)": "U"})\nfit = model.fit(sleep)'
)
_DAY0 = 'mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(sleep)'
_CURVE = (
    'model = mlm.Model("Reaction ~ Days + I(Days**2)", group="Subject", '
    'level2={"Days": "U"})\ncurve = model.fit(sleep)'
)
_LEFT = (
    'sleep = mlm.load("sleepstudy").sort_values(["Subject", "Days"])\n'
    'subject = sleep["Subject"]\n'
    'high = (sleep["Reaction"] > 350).groupby(subject).cumsum()\n'
    "stayed = sleep[high.groupby(subject).shift(fill_value=0) == 0]"
)
_STAYED = 'mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})'

EXERCISES = (
    Exercise(
        id="11.1",
        title="The equation",
        prompt="Each subject has an own level and an own rate of change of `Reaction` over `Days`. "
        "Write the full equation, in the letters of this course or in Singer and Willett's.",
        answer="equation",
        kind=EquationLines(formula="Reaction ~ Days + (1 + Days | Subject)"),
        solution='equation = """\nReaction_ij = gamma_00 + gamma_10 Days_ij '
        '+ U_0j + U_1j Days_ij + epsilon_ij\n"""',
        hints=(
            "An own level is a random intercept, an own rate a random slope of `Days`.",
            "Put both level-2 equations into the level-1 equation, and multiply out.",
        ),
        explanation="With Singer and Willett it is `Reaction_ij = gamma_00 + gamma_10 Days_ij + "
        "zeta_0i + zeta_1i Days_ij + epsilon_ij`.",
    ),
    Exercise(
        id="11.2",
        title="Another origin",
        prompt="Fit that model by REML. How large is the variance of the intercepts between "
        "subjects when day 9, the last one, is day 0?",
        answer="tau2",
        kind=Number(),
        setup=_SLEEP,
        solution=f"{_DAY9}\ntau2 = fit.cov_re.iloc[0, 0]",
        hints=(
            "Write `I(Days - 9)` in place of `Days`, wherever it stands.",
            "`fit.cov_re.iloc[0, 0]` is the variance of the intercepts.",
        ),
        mistakes=(
            Mistake(f"{_DAY0}.cov_re.iloc[0, 0]", "This holds on day 0. Move the origin to day 9."),
            Mistake("tau2 ** 0.5", "This is the standard deviation; the variance was asked for."),
            Mistake(
                "model.fit(sleep, reml=False).cov_re.iloc[0, 0]",
                "This is the estimate by ML. The exercise asks for REML.",
            ),
            Mistake(
                'mlm.Model("Reaction ~ I(Days + 9)", group="Subject", '
                'level2={"I(Days + 9)": "U"}).fit(sleep).cov_re.iloc[0, 0]',
                "This holds nine days before the study. Take 9 off, do not add it.",
            ),
            Mistake("fit.cov_re.iloc[1, 1]", "This is the variance of the slopes."),
        ),
        explanation="It is about six times the variance on day 0: the lines spread.",
    ),
    Exercise(
        id="11.3",
        title="What a correlation is about",
        prompt="How do the subjects' intercepts and slopes correlate when day 9 is day 0? Use the "
        "same fit by REML.",
        answer="correlation",
        kind=Number(),
        setup=_SLEEP,
        solution=f"{_DAY9}\n(tau00, tau01), (_, tau11) = fit.cov_re.to_numpy()\n"
        "correlation = tau01 / (tau00 * tau11) ** 0.5",
        hints=(
            "A covariance divided by both standard deviations is a correlation.",
            "`fit.cov_re` has the variances on its diagonal and the covariance beside it.",
        ),
        mistakes=(
            Mistake("tau01", "This is the covariance; the correlation was asked for."),
            Mistake(
                "tau01 / (tau00 * tau11)", "Divide by the standard deviations, not the variances."
            ),
            Mistake(
                f"(lambda t: t[0, 1] / (t[0, 0] * t[1, 1]) ** 0.5)({_DAY0}.cov_re.to_numpy())",
                "This holds on day 0. Move the origin to day 9.",
            ),
            Mistake(
                "fit.random_effects.corr().iloc[0, 1]",
                "This is the correlation of the predicted U. They are shrunk; take the estimates "
                "in `fit.cov_re`.",
            ),
        ),
        explanation="Nine tenths, where day 0 had almost none. It is the same fit.",
    ),
    Exercise(
        id="11.4",
        title="Is there a curve",
        prompt="Add the square of `Days`, `I(Days**2)`, as a fixed term. `Days` keeps its random "
        "slope. What is the estimate of the coefficient that makes the line a curve?",
        answer="bend",
        kind=Number(),
        setup=_SLEEP,
        solution=f'{_CURVE}\nbend = curve.params["I(Days ** 2)"]',
        hints=(
            "Only one of the three fixed coefficients makes a curve.",
            "`fit.params` has them by name.",
        ),
        mistakes=(
            Mistake(
                'curve.params["Days"]',
                "This is the slope on day 0. The curve is in the square.",
            ),
            Mistake(
                f'{_DAY0}.params["Days"]',
                "This is the slope of a straight line. Add the square.",
            ),
            Mistake(
                'curve.pvalues["I(Days ** 2)"]',
                "This is its p value. The estimate was asked for.",
            ),
            Mistake('curve.bse["I(Days ** 2)"]', "This is its standard error."),
        ),
        explanation="Its p value is 0.20, so there is no clear curve. The small p value of `Days` "
        "beside it is about another question, the slope on day 0.",
    ),
    Exercise(
        id="11.5",
        title="A predictor that changes in time",
        prompt="In a diary of 14 days, stress gets less from day to day, and so do headaches. You "
        "want to know whether a person has more headaches on days when stress is above what is "
        "usual for this person. What stands at level 1?",
        answer="choice",
        kind=Choice(
            options={
                "a": "stress",
                "b": "stress, centred within persons",
                "c": "stress, centred within persons, and the day",
                "d": "the person's mean of stress, and the day",
            }
        ),
        solution='choice = "c"',
        hints=(
            "Which differences between days have nothing to do with stress?",
            "The question compares days of one person.",
        ),
        mistakes=(
            Mistake('"a"', "This slope mixes days and persons, and what time does beside."),
            Mistake(
                '"b"',
                "Both get less from day to day. Without the day, they go together for "
                "that reason alone.",
            ),
            Mistake('"d"', "A person's mean is the same on all days: it says nothing about days."),
        ),
        explanation="The mean of the person goes into the equation of the intercept.",
    ),
    Exercise(
        id="11.6",
        title="Those who left",
        prompt="Pretend that each subject left after the first day with a reaction time above 350 "
        "milliseconds. `stayed` holds the rows that you would have. What is the mean slope of "
        "`Days`, in the model with both U, by REML, from all that these rows say?",
        answer="slope",
        kind=Number(),
        setup=_LEFT,
        solution=f'slope = {_STAYED}.fit(stayed).params["Days"]',
        hints=(
            "What they left by was measured. Which rows do you then need?",
            "Fit the model to `stayed` as it is.",
        ),
        mistakes=(
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit('
                'stayed[stayed.groupby("Subject")["Days"].transform("size") == 10]).params["Days"]',
                "You took only those who were there to the end. They are a selection: those whose "
                "reaction times stayed low.",
            ),
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject").fit(stayed).params["Days"]',
                "Your model has no random slope of `Days`.",
            ),
            Mistake(
                f'{_STAYED}.fit(sleep).params["Days"]',
                "This is from the whole data. Pretend you only have `stayed`.",
            ),
        ),
        explanation="From all the data it is 10.5. Those who were there to the end alone give "
        "much less.",
    ),
    Exercise(
        id="11.7",
        title="In your words",
        prompt="Somebody reports: 'Intercepts and slopes correlate 0.07, so subjects who are slow "
        "are not those who get slower.' What is missing, and what would you report?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nThe day on which it holds: day 0, before the deprivation. On day 9 '
        "the same fit\nhas 0.91. I would report that slow reactions on day 0 hardly go with the\n"
        "change that follows, with an interval, and that the subjects differ more and\nmore. I "
        'would say that 18 subjects are few for a correlation.\n"""',
        hints=("Exercises 11.2 and 11.3 have the same fit, seen from the last day.",),
    ),
)
