"""Exercises of lesson 4, random slopes, on sleep and examination data."""

from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Interval, Number

_SLEEP = 'sleep = mlm.load("sleepstudy")'
_MODEL = 'mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})'
_FIT = f"fit = {_MODEL}.fit(sleep)"
_T = f'{_FIT}\ntau = fit.cov_re\ngamma10 = fit.params["Days"]'
_ML = f"{_MODEL}.fit(sleep, reml=False)"
_PHI = "from scipy.stats import norm"

EXERCISES = (
    Exercise(
        id="4.1",
        title="Write the model",
        prompt="Write the model of `Reaction` on `Days` in which intercept and slope differ "
        "between the subjects and may correlate.",
        answer="model",
        kind=Specification(data="sleepstudy"),
        solution=f"model = {_MODEL}",
        hints=(
            "The intercept has a U unless you say otherwise. The slope has none unless you say so.",
            '`level2={"Days": "U"}` gives the slope of `Days` a U.',
        ),
        mistakes=(
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject")',
                "Here only the intercept has a U; the slope is the same for all subjects.",
            ),
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}, '
                'covariance="diagonal")',
                "Here the two U may not correlate.",
            ),
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject", '
                'level2={"intercept": "1", "Days": "U"})',
                "Here the intercept has no U: all subjects would start at the same value.",
            ),
        ),
    ),
    Exercise(
        id="4.2",
        title="The correlation",
        prompt="Fit the model of `normexam` on `standLRT` with a random intercept and slope of "
        "each school by REML. What is the correlation of $U_{0j}$ and $U_{1j}$?",
        answer="correlation",
        kind=Number(relative=0.005),
        setup='exam = mlm.load("exam")',
        solution='model = mlm.Model("normexam ~ standLRT", group="school", '
        'level2={"standLRT": "U"})\n'
        "fit = model.fit(exam)\ntau = fit.cov_re.to_numpy()\n"
        "correlation = tau[0, 1] / (tau[0, 0] * tau[1, 1]) ** 0.5",
        hints=(
            "`fit.cov_re` holds the two variances and the covariance.",
            "Divide the covariance by the product of the standard deviations.",
        ),
        mistakes=(
            Mistake("tau[0, 1]", r"This is the covariance $\tau_{01}$."),
            Mistake(
                "tau[0, 1] / (tau[0, 0] * tau[1, 1])",
                "Divide by the standard deviations, not by the variances.",
            ),
            Mistake(
                'fit.random_effects["Intercept"].corr(fit.random_effects["standLRT"])',
                "This is the correlation of the predictions. They are shrunk, so it is not the "
                "correlation in the population.",
            ),
            Mistake(
                "(lambda t: t[0, 1] / (t[0, 0] * t[1, 1]) ** 0.5)"
                "(model.fit(exam, reml=False).cov_re.to_numpy())",
                "This is the correlation by ML; REML was asked for.",
            ),
        ),
        explanation="A school whose line is high where `standLRT` is 0 tends to have a steep one. "
        "With another origin the correlation is another.",
    ),
    Exercise(
        id="4.3",
        title="The range of slopes",
        prompt="Fit the random-slope model of `Reaction` on `Days` by REML. Between which two "
        r"slopes do you expect the middle 95 % of subjects? Take 1.96 standard deviations.",
        answer="bounds",
        kind=Interval(),
        setup=_SLEEP,
        solution=f'{_T}\nsd = tau.loc["Days", "Days"] ** 0.5\n'
        "bounds = (gamma10 - 1.96 * sd, gamma10 + 1.96 * sd)",
        hints=(
            r"The slopes have mean $\gamma_{10}$ and variance $\tau_1^2$.",
            r"$\gamma_{10} \pm 1.96\,\tau_1$.",
            '`fit.quantities.plausible_range("Days")` has `.lower` and `.upper`: compare.',
        ),
        mistakes=(
            Mistake(
                '(gamma10 - 1.96 * fit.bse["Days"], gamma10 + 1.96 * fit.bse["Days"])',
                r"This is the confidence interval of the mean slope $\gamma_{10}$. Subjects vary "
                "far more than it.",
            ),
            Mistake(
                'fit.conf_int().loc["Days"]',
                r"This is the confidence interval of the mean slope $\gamma_{10}$. Subjects vary "
                "far more than it.",
            ),
            Mistake(
                "(lambda u: (gamma10 + u.min(), gamma10 + u.max()))(fit.random_effects['Days'])",
                "This is the range of the predicted slopes of these subjects. They are shrunk, and "
                "differ less than the slopes in the population.",
            ),
            Mistake(
                f"(lambda s: (gamma10 - 1.96 * s, gamma10 + 1.96 * s))({_ML}.cov_re.iloc[1, 1] "
                "** 0.5)",
                "This takes the variance of the ML fit; REML was asked for.",
            ),
            Mistake(
                "(gamma10 - 1.96 * sd ** 2, gamma10 + 1.96 * sd ** 2)",
                r"You have taken the variance $\tau_1^2$ for the standard deviation.",
            ),
        ),
        also=(
            Also(
                "(gamma10 - 2 * sd, gamma10 + 2 * sd)",
                "You took 2 standard deviations, which is as good a rule; 1.96 were asked for.",
            ),
        ),
    ),
    Exercise(
        id="4.4",
        title="Who gets faster",
        prompt="By that REML fit, and if slopes are normally distributed, in which share of the "
        "population of subjects does `Reaction` fall with `Days`?",
        answer="share",
        kind=Number(relative=0.01, proportion=True),
        setup=_SLEEP,
        solution=f'{_PHI}\n{_T}\nsd = tau.loc["Days", "Days"] ** 0.5\n'
        "share = norm.cdf(0, loc=gamma10, scale=sd)",
        hints=(
            "It is the area below 0 of the distribution of slopes.",
            "`scipy.stats.norm.cdf(0, loc=mean, scale=sd)`.",
            '`fit.quantities.share_negative("Days")` gives it: compare.',
        ),
        mistakes=(
            Mistake("1 - share", "This is the share with a rising reaction time."),
            Mistake(
                "norm.cdf(0, loc=gamma10, scale=sd ** 2)",
                "`scale` is a standard deviation; you gave the variance.",
            ),
            Mistake(
                '((gamma10 + fit.random_effects["Days"]) < 0).mean()',
                "This counts predictions in the sample. The population was asked for.",
            ),
            Mistake(
                f"norm.cdf(0, loc=gamma10, scale={_ML}.cov_re.iloc[1, 1] ** 0.5)",
                "This takes the variance of the ML fit; REML was asked for.",
            ),
            Mistake(
                'norm.cdf(0, loc=gamma10, scale=fit.bse["Days"])',
                "`scale` is the standard deviation of the slopes; you gave the standard error of "
                "their mean.",
            ),
        ),
    ),
    Exercise(
        id="4.5",
        title="The full equation",
        prompt="Write the full equation of the random-slope model of `Reaction` on `Days`.",
        answer="equation",
        kind=EquationLines(formula="Reaction ~ Days + (1 + Days | Subject)"),
        solution='equation = "Reaction_ij = gamma_00 + gamma_10 Days_ij + U_0j '
        '+ U_1j Days_ij + epsilon_ij"',
        hints=(r"$\beta_{1j} = \gamma_{10} + U_{1j}$ is multiplied by `Days` as a whole.",),
        explanation="$U_{1j}$ comes with its predictor.",
    ),
    Exercise(
        id="4.6",
        title="Variance that depends on x",
        prompt="By that REML fit, what is the variance between subjects of the expected "
        "`Reaction` on day 9? Take the numbers of `fit.cov_re`.",
        answer="variance",
        kind=Number(relative=0.005),
        setup=_SLEEP,
        solution=f"{_T}\nt = tau.to_numpy()\nvariance = t[0, 0] + 2 * 9 * t[0, 1] + 81 * t[1, 1]",
        hints=(
            "It is the variance of $U_{0j} + 9\\,U_{1j}$.",
            r"$\tau_0^2 + 2 \cdot 9\,\tau_{01} + 9^2\,\tau_1^2$.",
        ),
        mistakes=(
            Mistake(
                "variance ** 0.5", "This is the standard deviation; the variance was asked for."
            ),
            Mistake(
                f"(lambda t: t[0, 0] + 18 * t[0, 1] + 81 * t[1, 1])({_ML}.cov_re.to_numpy())",
                "This comes from the ML fit; REML was asked for.",
            ),
            Mistake("t[0, 0]", r"This is $\tau_0^2$, the variance on day 0."),
            Mistake("t[0, 0] + 81 * t[1, 1]", "The covariance is missing."),
            Mistake("t[0, 0] + 9 * t[0, 1] + 81 * t[1, 1]", "The covariance counts twice."),
            Mistake("t[0, 0] + 2 * 9 * t[0, 1] + 9 * t[1, 1]", "Square the 9 of the last term."),
            Mistake("variance + fit.scale", r"This includes $\sigma^2$, which lies within."),
        ),
    ),
    Exercise(
        id="4.7",
        title="What T refers to",
        prompt=r"Where does $\tau_0^2$ of a random-slope model say how much groups vary?",
        answer="choice",
        kind=Choice(
            options={
                "a": "on average over the predictor",
                "b": "where the predictor is 0",
                "c": "at the mean of the predictor",
            }
        ),
        solution='choice = "b"',
        hints=("Set the predictor to 0 in $U_{0j} + U_{1j} x_{ij}$.",),
        mistakes=(
            Mistake('"a"', "It is the variance at one value of the predictor."),
            Mistake('"c"', "Only if the predictor was centred at its mean."),
        ),
        explanation="So it changes when the predictor is centred elsewhere.",
    ),
    Exercise(
        id="4.8",
        title="In your words",
        prompt="A colleague tests the slope of each of 65 schools by a regression of its own and "
        "counts how many are significant. What is wrong with this as an answer to the question "
        "whether slopes differ?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nEach test asks whether one slope is 0, not whether slopes differ. '
        "With few pupils a\nschool the tests miss much, and their number says more about sample "
        'sizes than about slopes.\n"""',
        hints=("Which hypothesis does each of the 65 tests have?",),
    ),
)
