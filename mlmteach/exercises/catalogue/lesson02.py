"""Exercises of lesson 2, the null model, on the examination data."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.functions import Function
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines
from mlmteach.exercises.numeric import Number, NumberSet

_EXAM = 'exam = mlm.load("exam")'
_FIT = 'fit = mlm.Model("normexam ~ 1", group="school").fit(exam)'
_ML = 'mlm.Model("normexam ~ 1", group="school").fit(exam, reml=False)'

EXERCISES = (
    Exercise(
        id="2.1",
        title="The variance between schools",
        prompt="Fit the null model of `normexam` in the schools of the examination data by REML. "
        r"What is $\hat\tau_0^2$?",
        answer="tau2",
        kind=Number(),
        setup=_EXAM,
        solution=f'{_FIT}\ntau2 = fit.cov_re.loc["Intercept", "Intercept"]',
        hints=(
            "Fit the null model first: the formula has only an intercept, `1`.",
            "The variances of the $U$ are in `fit.cov_re`, a table. Take its entry "
            '`.loc["Intercept", "Intercept"]`.',
        ),
        mistakes=(
            Mistake(
                "tau2 ** 0.5",
                r"This is the standard deviation $\tau_0$. The variance $\tau_0^2$ was asked for.",
            ),
            Mistake(
                f"{_ML}.cov_re.iloc[0, 0]",
                "This is the ML estimate. It is too small on average; REML was asked for.",
            ),
            Mistake("fit.scale", r"This is $\sigma^2$, the variance within the schools."),
            Mistake(
                'exam.groupby("school")["normexam"].mean().var()',
                "This is the variance of the schools' observed means. It also holds the chance "
                r"in each mean, $\sigma^2 / n_j$.",
            ),
        ),
        explanation=r"$\tau_0^2$ is the variance of the $U_{0j}$.",
    ),
    Exercise(
        id="2.2",
        title="The intraclass correlation",
        prompt="Which share of the variance of `normexam` lies between the schools? Compute it "
        r"from $\hat\tau_0^2$ and $\hat\sigma^2$ of the REML fit.",
        answer="icc",
        kind=Number(proportion=True),
        setup=_EXAM,
        solution=f'{_FIT}\ntau2 = fit.cov_re.loc["Intercept", "Intercept"]\n'
        "icc = tau2 / (tau2 + fit.scale)",
        hints=(
            "The whole variance is the sum of the two.",
            r"$\rho = \tau_0^2 / (\tau_0^2 + \sigma^2)$; $\sigma^2$ is `fit.scale`.",
        ),
        mistakes=(
            Mistake(
                "tau2 / fit.scale",
                r"This is $\tau_0^2 / \sigma^2$. Divide by the whole variance "
                r"$\tau_0^2 + \sigma^2$.",
            ),
            Mistake("1 - icc", "This is the share within the schools."),
            Mistake(
                "tau2 ** 0.5 / (tau2 ** 0.5 + fit.scale ** 0.5)",
                "This is a ratio of standard deviations. Variances add up, standard deviations do "
                "not.",
            ),
            Mistake(f"{_ML}.icc", "This comes from the ML fit; REML was asked for."),
        ),
        explanation="It is also the correlation of two pupils drawn from one school.",
    ),
    Exercise(
        id="2.3",
        title="The full equation",
        prompt="Write the full equation of the null model of `normexam`, as a text. You may write "
        "`gamma_00`, `U_0j` and `epsilon_ij`, or LaTeX.",
        answer="equation",
        kind=EquationLines(formula="normexam ~ 1 + (1 | school)"),
        solution='equation = "normexam_ij = gamma_00 + U_0j + epsilon_ij"',
        hints=(
            "Start from level 1: the outcome is an intercept of the school plus a residual.",
            r"Put the level-2 equation $\beta_{0j} = \gamma_{00} + U_{0j}$ in the place of "
            r"$\beta_{0j}$.",
        ),
        explanation="One fixed coefficient, one departure of the school, one residual.",
    ),
    Exercise(
        id="2.4",
        title="The lowest schools",
        prompt="Which four schools have the lowest predicted $U_{0j}$ in the null model of "
        "`normexam`? Give their numbers as a list.",
        answer="lowest",
        kind=NumberSet(),
        setup=_EXAM,
        solution=f'{_FIT}\nlowest = fit.random_effects["Intercept"].nsmallest(4).index.tolist()',
        hints=(
            "`fit.random_effects` has one row a school.",
            "A column of it, a series, has a method `.nsmallest(4)`; the labels, `.index`, are the "
            "numbers of the schools.",
        ),
        mistakes=(
            Mistake(
                'exam.groupby("school")["normexam"].mean().nsmallest(4).index.tolist()',
                "These are the schools with the lowest observed means. The prediction is drawn "
                "towards 0, the more the fewer pupils a school has in the data: that changes the "
                "fourth place.",
            ),
            Mistake(
                'fit.random_effects["Intercept"].nlargest(4).index.tolist()',
                "These are the four highest.",
            ),
            Mistake(
                'exam["school"].value_counts().nsmallest(4).index.tolist()',
                "These are the four schools with the fewest pupils in the data.",
            ),
            Mistake(
                'fit.random_effects["Intercept"].abs().nsmallest(4).index.tolist()',
                "These are the schools nearest to 0.",
            ),
        ),
        explanation="School 37 has a lower mean than school 25, but from 22 pupils and not 73. A "
        "low prediction says that a school departs, and not why.",
    ),
    Exercise(
        id="2.5",
        title="Shrinkage",
        prompt="Two schools have the same observed mean, 0.5 above $\\hat\\gamma_{00}$. School A "
        "sent 8 pupils, school B sent 80. What does the null model predict?",
        answer="choice",
        kind=Choice(
            options={
                "a": "the same $U_{0j}$ for both, 0.5",
                "b": "a larger $U_{0j}$ for school A",
                "c": "a larger $U_{0j}$ for school B",
                "d": "nothing can be said without the pupils' scores",
            }
        ),
        solution='choice = "c"',
        hints=(
            r"The prediction is $\lambda_j (\bar y_{\cdot j} - \hat\gamma_{00})$.",
            r"$\lambda_j = \tau_0^2 / (\tau_0^2 + \sigma^2 / n_j)$ grows with $n_j$.",
        ),
        mistakes=(
            Mistake(
                '"a"',
                "This is the observed departure. The prediction keeps only the reliable part of "
                "it, and the two means are not equally reliable.",
            ),
            Mistake(
                '"b"',
                "It is the other way round: the mean of 8 pupils holds more chance, so more of it "
                "is taken away.",
            ),
            Mistake(
                '"d"', "The mean, the size of the sample and the two variances are all it takes."
            ),
        ),
        explanation="The larger sample has the more reliable mean, so less of it is taken away.",
    ),
    Exercise(
        id="2.6",
        title="A function for any data",
        prompt="Write a function `icc_of(frame)` that takes a data frame with the columns `y` and "
        "`group` and returns the ICC of the null model, by REML. It is tried on data that you "
        "have not seen.",
        answer="icc_of",
        kind=Function(
            tries='[mlm.load("sleepstudy").rename(columns={"Reaction": "y", "Subject": "group"}),'
            ' mlm.load("orthodont").rename(columns={"distance": "y", "Subject": "group"})]',
            result=Number(proportion=True),
        ),
        solution='def icc_of(frame):\n    return mlm.Model("y ~ 1", group="group").fit(frame).icc',
        hints=(
            "Start with `def icc_of(frame):` and fit the model to `frame`.",
            'The model is `mlm.Model("y ~ 1", group="group")`; a fit has `.icc`.',
        ),
        mistakes=(
            Mistake(
                'lambda frame: mlm.Model("y ~ 1", group="group").fit(frame, reml=False).icc',
                "This is the ICC of the ML fit; REML was asked for.",
            ),
            Mistake(
                'lambda frame: 1 - mlm.Model("y ~ 1", group="group").fit(frame).icc',
                "This is the share within the groups.",
            ),
            Mistake(
                "lambda frame: (lambda fit: fit.cov_re.iloc[0, 0] / fit.scale)"
                '(mlm.Model("y ~ 1", group="group").fit(frame))',
                r"This is $\tau_0^2 / \sigma^2$. Divide by the whole variance "
                r"$\tau_0^2 + \sigma^2$.",
            ),
        ),
        points=2,
    ),
    Exercise(
        id="2.7",
        title="In your words",
        prompt="A colleague says: 'The ICC of the examination scores is 0.17. So schools hardly "
        "matter, and I can use ordinary regression.' Answer in two or three sentences.",
        answer="text",
        kind=OpenText(),
        solution='text = """\nA share of 0.17 is not small: with dozens of pupils a school, the '
        "standard error of a\nmean, or of the coefficient of a school's property, would be far too "
        "small if the pupils\ncounted as independent. And the ICC says how much schools differ, "
        'not how much they matter:\nit knows neither why they differ nor whom they admit.\n"""',
        hints=("Think of what the ICC does to standard errors, and of what it does not explain.",),
    ),
)
