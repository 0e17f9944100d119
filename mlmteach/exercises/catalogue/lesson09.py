"""Exercises of lesson 9, the same in R, Stata and Python."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import Specification
from mlmteach.exercises.numeric import Number

_SLEEP = 'sleep = mlm.load("sleepstudy")'
_MODEL = 'model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})'

EXERCISES = (
    Exercise(
        id="9.1",
        title="From lme4",
        prompt="Write the model that lme4 fits by `normexam ~ standLRT + (1 + standLRT || "
        "school)` as an `mlm.Model`, with its level-2 equations.",
        answer="model",
        kind=Specification(data="exam", formulas=False),
        solution='model = mlm.Model("normexam ~ standLRT", group="school",\n'
        '                  level2={"standLRT": "U"}, covariance="diagonal")',
        hints=("What does the second bar do?", '`covariance="diagonal"`.'),
        mistakes=(
            Mistake(
                'mlm.Model("normexam ~ standLRT", group="school", level2={"standLRT": "U"})',
                "This is `(1 + standLRT | school)`. Two bars say that the U do not correlate.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT", group="school")',
                "This is `(1 | school)`: the slope has no U.",
            ),
        ),
    ),
    Exercise(
        id="9.2",
        title="Stata's default",
        prompt="`mixed normexam standLRT || school:` in Stata and `lmer(normexam ~ standLRT + "
        "(1 | school))` in R give slightly different variances. Why?",
        answer="choice",
        kind=Choice(
            options={
                "a": "Stata reports standard deviations",
                "b": "Stata's `mixed` uses ML unless told `reml`; `lmer` uses REML",
                "c": "Stata lets intercept and slope correlate",
            }
        ),
        solution='choice = "b"',
        hints=("Compare with `fit(exam)` and `fit(exam, reml=False)`.",),
        mistakes=(
            Mistake('"a"', "Stata's table shows variances, and a root would be no slight change."),
            Mistake('"c"', "There is no random slope here."),
        ),
    ),
    Exercise(
        id="9.3",
        title="A number in R's output",
        prompt="R prints the random part of `lmer(Reaction ~ Days + (1 + Days | Subject))`, a REML "
        "fit, with a column `Std.Dev.` What stands there in the row `Residual`?",
        answer="printed",
        kind=Number(),
        setup=_SLEEP,
        solution=f"{_MODEL}\nfit = model.fit(sleep)\nprinted = fit.scale ** 0.5",
        hints=(r"The residual variance $\sigma^2$ is `fit.scale`.",),
        mistakes=(
            Mistake("fit.scale", "This stands in the column `Variance`."),
            Mistake("fit.cov_re.iloc[1, 1] ** 0.5", "This stands in the row `Days`."),
        ),
    ),
    Exercise(
        id="9.4",
        title="AIC",
        prompt="What does `AIC(lmer(..., REML = FALSE))` give for the random-slope model of "
        "`Reaction` on `Days`? Give one decimal: differences of AIC count, not its size.",
        answer="aic",
        kind=Number(relative=1e-4),
        setup=_SLEEP,
        solution=f"{_MODEL}\naic = model.fit(sleep, reml=False).aic",
        hints=("Fit by ML; a fit has `.aic`.",),
        mistakes=(
            Mistake("model.fit(sleep).aic", "This is the AIC of the REML fit."),
            Mistake("model.fit(sleep, reml=False).bic", "This is the BIC."),
            Mistake(
                "model.fit(sleep, reml=False).criterion",
                "This is the deviance. Add twice the number of parameters, which is 6.",
            ),
            Mistake(
                "model.fit(sleep, reml=False).criterion + 2 * 4",
                r"You have counted four parameters. $\tau_{01}$ and $\sigma^2$ are parameters "
                "too: six in all.",
            ),
            Mistake(
                "model.fit(sleep, reml=False).criterion + 2 * 5",
                r"You have counted five parameters; there are six: two $\gamma$, $\tau_0^2$, "
                r"$\tau_1^2$, $\tau_{01}$ and $\sigma^2$.",
            ),
        ),
    ),
    Exercise(
        id="9.5",
        title="Degrees of freedom",
        prompt="R's lmerTest gives 17 degrees of freedom for the slope of `Days` in that model, by "
        "Satterthwaite's method. statsmodels gives z values. When does this matter most?",
        answer="choice",
        kind=Choice(
            options={
                "a": "with few groups",
                "b": "with many rows",
                "c": "never: a t and a z value are the same number",
            }
        ),
        solution='choice = "a"',
        hints=("When does the t distribution look like the normal one?",),
        mistakes=(
            Mistake('"b"', "What counts for this slope is the number of subjects, not of rows."),
            Mistake(
                '"c"', "The statistic is the same; the distribution it is held against is not."
            ),
        ),
        explanation="The normal distribution then promises more precision than there is.",
    ),
    Exercise(
        id="9.6",
        title="In your words",
        prompt="A colleague's output from another program differs from yours. In which order do "
        "you look for the reason?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nFirst the data: rows, groups, missing values. Then the model: random '
        "slopes, correlations,\ncoding of categories. Then the method: REML or ML. Last the "
        'search: did both converge?\n"""',
        hints=("From what is most often the reason to what is least often.",),
    ),
)
