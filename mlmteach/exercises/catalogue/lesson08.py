"""Exercises of lesson 8, assumptions, on sleep and examination data."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Number

_SLEEP = 'sleep = mlm.load("sleepstudy")'
_FIT = (
    'model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})\n'
    "fit = model.fit(sleep)"
)

EXERCISES = (
    Exercise(
        id="8.1",
        title="The same spread everywhere",
        prompt="Fit the random-slope model of `Reaction` on `Days` by REML. Which subject has the "
        "largest standard deviation of level-1 residuals? Give the subject's number.",
        answer="subject",
        kind=Number(),
        setup=_SLEEP,
        solution=f'{_FIT}\nsd = fit.resid.groupby(sleep["Subject"]).std()\nsubject = sd.idxmax()',
        hints=(
            "`fit.resid` has a residual for each row; group them by `Subject`.",
            "`.std()` of the groups has a value for each subject; `.idxmax()` names the largest.",
        ),
        mistakes=(
            Mistake("sd.idxmin()", "This subject has the smallest one."),
            Mistake(
                'sleep.groupby("Subject")["Reaction"].std().idxmax()',
                "This is the spread of the outcome. Take the residuals, from which the subject's "
                "own line is taken off.",
            ),
            Mistake("sd.max()", "This is the standard deviation. The subject was asked for."),
        ),
        explanation=r"The model assumes one $\sigma^2$ for all.",
    ),
    Exercise(
        id="8.2",
        title="How much hangs on one subject",
        prompt=r"What is $\hat\sigma^2$ of that model, by REML, when the data of subject 332 are "
        "left out?",
        answer="sigma2",
        kind=Number(),
        setup=_SLEEP,
        solution='model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})\n'
        'sigma2 = model.fit(sleep[sleep["Subject"] != 332]).scale',
        hints=('`sleep[sleep["Subject"] != 332]` leaves the subject out.',),
        mistakes=(
            Mistake("model.fit(sleep).scale", "This is the value with all subjects."),
            Mistake(
                'mlm.Model("Reaction ~ Days", group="Subject").fit('
                'sleep[sleep["Subject"] != 332]).scale',
                "Your model has no random slope of `Days`.",
            ),
            Mistake("sigma2 ** 0.5", "This is the standard deviation; the variance was asked for."),
        ),
        explanation="One subject in 18 carries a large part of it.",
    ),
    Exercise(
        id="8.3",
        title="U and the predictors",
        prompt="The model assumes that $U_{0j}$ is unrelated to the level-1 predictors. You fear "
        "that schools with an able intake are also the better schools. What do you do?",
        answer="choice",
        kind=Choice(
            options={
                "a": "drop the predictor",
                "b": "put the school's mean of the predictor into the equation of the intercept",
                "c": "take more pupils in each school",
            }
        ),
        solution='choice = "b"',
        hints=("Lesson 6 told the two slopes apart.",),
        mistakes=(
            Mistake('"a"', "Then nothing holds intake constant, and the schools differ more."),
            Mistake('"c"', "More pupils make the schools' means more precise, not unrelated."),
        ),
        explanation="The slope of the predictor is then the one within schools, which such a "
        "relation cannot bias.",
    ),
    Exercise(
        id="8.4",
        title="Are the U normal",
        prompt="In the null model of `normexam`, fitted by REML, how many of the 65 predicted "
        r"$U_{0j}$ lie further from 0 than twice $\hat\tau_0$, the model's standard deviation?",
        answer="count",
        kind=Number(),
        setup='exam = mlm.load("exam")',
        solution='fit = mlm.Model("normexam ~ 1", group="school").fit(exam)\n'
        'u, tau = fit.random_effects["Intercept"], fit.cov_re.iloc[0, 0] ** 0.5\n'
        "count = (u.abs() > 2 * tau).sum()",
        hints=("Compare `u.abs()` with twice the root of the variance.",),
        mistakes=(
            Mistake("(u > 2 * tau).sum()", "Count those below as well."),
            Mistake(
                "(u.abs() > 2 * u.std()).sum()",
                r"This takes the standard deviation of the predictions. They are shrunk, so it is "
                r"smaller than $\hat\tau_0$.",
            ),
            Mistake(
                '(u.abs() > 2 * fit.random_effects_se["Intercept"]).sum()',
                "This counts the schools whose own interval leaves 0 out, which is another "
                "question.",
            ),
            Mistake("(u.abs() > 2 * tau ** 2).sum()", "You have taken the variance."),
        ),
        explanation="Predictions are shrunk, so fewer than 5 % are expected.",
    ),
    Exercise(
        id="8.5",
        title="What a violation does",
        prompt="The $U_{0j}$ come from a skewed distribution, all else is as assumed, and there "
        r"are many groups. What happens to $\hat\gamma$ and its standard errors?",
        answer="choice",
        kind=Choice(
            options={
                "a": "little: both remain about right",
                "b": r"$\hat\gamma$ is badly biased",
                "c": "the standard errors are far too small",
            }
        ),
        solution='choice = "a"',
        hints=("Which of these need the normal distribution, and which only the variances?",),
        mistakes=(
            Mistake('"b"', "Generalised least squares needs means and variances, and no normal U."),
            Mistake('"c"', "That comes from dependence that is not modelled, not from skewness."),
        ),
        explanation=r"What suffers are predictions and intervals of single groups, and the "
        r"interval of $\tau_0^2$.",
    ),
    Exercise(
        id="8.6",
        title="In your words",
        prompt="Look at the residuals of `Reaction` by `Days` and subject. Which assumption do you "
        "trust least, and what would you report about it?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nThe constant variance: subjects differ in it, some are wild. '
        "I would\nreport the fit with and without them, and say which conclusions "
        'change.\n"""',
        hints=("Exercises 8.1 and 8.2 show where to look.",),
    ),
)
