"""Exercises of lesson 3, level-1 covariates, on examination and sleep data."""

from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Number

_EXAM = 'exam = mlm.load("exam")'
_FIT = 'fit = mlm.Model("normexam ~ standLRT + sex", group="school").fit(exam)'
_ALONE = 'mlm.Model("normexam ~ standLRT", group="school").fit(exam)'
# An ordinary regression on both: the slope is that within the sexes.
_OLS = (
    "(lambda x, y: (x * y).sum() / (x * x).sum())("
    'exam["standLRT"] - exam.groupby("sex")["standLRT"].transform("mean"), exam["normexam"])'
)
_GIRLS = 'exam[exam["sex"] == "F"]'
_NULL = 'null = mlm.Model("normexam ~ 1", group="school").fit(exam)'

EXERCISES = (
    Exercise(
        id="3.1",
        title="Write the model",
        prompt="Write the model in which `normexam` depends on `standLRT` and `sex`, and in which "
        "only the intercept differs between schools.",
        answer="model",
        kind=Specification(data="exam"),
        solution='model = mlm.Model("normexam ~ standLRT + sex", group="school")',
        hints=(
            "The formula names the outcome and the level-1 predictors.",
            'It is `mlm.Model("... ~ ... + ...", group="school")`; a random intercept is the rule.',
        ),
        mistakes=(
            Mistake(
                'mlm.Model("normexam ~ standLRT + sex", group="school", level2={"standLRT": "U"})',
                "Here the slope of standLRT differs between schools too. Only the intercept was "
                "to have a U.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT * sex", group="school")',
                "`*` adds the product of the two. Use `+`.",
            ),
        ),
        explanation="The intercept is random unless you say otherwise.",
    ),
    Exercise(
        id="3.2",
        title="The slope",
        prompt="Fit the model of `normexam` on `standLRT` and `sex` by REML. What is the "
        r"coefficient $\hat\gamma_{10}$ of `standLRT`?",
        answer="gamma10",
        kind=Number(),
        setup=_EXAM,
        solution=f'{_FIT}\ngamma10 = fit.params["standLRT"]',
        hints=("The fixed coefficients are in `fit.params`, by the names of the terms.",),
        mistakes=(
            Mistake(
                'exam["normexam"].cov(exam["standLRT"]) / exam["standLRT"].var()',
                "This is the slope of an ordinary regression, without schools and without sex.",
            ),
            Mistake(
                _OLS,
                "This is the slope of an ordinary regression on both, without the schools.",
            ),
            Mistake(f'{_ALONE}.params["standLRT"]', "This comes from the model without `sex`."),
            Mistake('fit.bse["standLRT"]', "This is its standard error."),
            Mistake("fit.params.iloc[2]", "This is the coefficient of `sex`."),
            Mistake('fit.params["Intercept"]', r"This is the intercept $\gamma_{00}$."),
        ),
        explanation="It is the difference in `normexam` that goes with one unit of `standLRT` "
        "among pupils of the same sex in the same school.",
    ),
    Exercise(
        id="3.3",
        title="What happened between the schools",
        prompt=r"By which share is $\hat\tau_0^2$ of that model smaller than $\hat\tau_0^2$ of the "
        "null model? Take both from REML fits, or the row of `mlm.compare`.",
        answer="share",
        kind=Number(proportion=True),
        setup=_EXAM,
        solution=f"{_FIT}\n{_NULL}\nbefore, after = null.cov_re.iloc[0, 0], fit.cov_re.iloc[0, 0]\n"
        "share = 1 - after / before",
        hints=("Fit both models.", "Divide the difference by the variance of the null model."),
        mistakes=(
            Mistake("after / before", "This is the share that is left."),
            Mistake(
                "1 - (after / before) ** 0.5",
                "This compares standard deviations; compare the variances.",
            ),
            Mistake("before / after - 1", "Divide by the variance of the null model."),
            Mistake("1 - fit.scale / null.scale", r"This is the share for $\sigma^2$."),
        ),
        also=(
            Also(
                "mlm.compare(null, fit).table['Model 2', 'estimate']['explained', "
                "'Reduction of var(Intercept)']",
                "This is the row of `mlm.compare`, which refits by ML; by REML it is 0.476.",
            ),
        ),
        explanation="Part of the difference between schools is a difference of their pupils.",
    ),
    Exercise(
        id="3.4",
        title="Write the equation",
        prompt="Write the full equation of `Reaction` on `Days` with a random intercept of each "
        "subject.",
        answer="equation",
        kind=EquationLines(formula="Reaction ~ Days + (1 | Subject)"),
        solution='equation = "Reaction_ij = gamma_00 + gamma_10 Days_ij + U_0j + epsilon_ij"',
        hints=(
            r"Put $\beta_{0j} = \gamma_{00} + U_{0j}$ and $\beta_{1j} = \gamma_{10}$ into level 1.",
        ),
    ),
    Exercise(
        id="3.5",
        title="The conditional intercept",
        prompt=r"In the model with `standLRT` and `sex` (M is the reference), what is "
        r"$\gamma_{00}$?",
        answer="choice",
        kind=Choice(
            options={
                "a": "the mean of `normexam` over all pupils",
                "b": "the expected `normexam` of a boy with a `standLRT` of 0 in an average school",
                "c": "the expected `normexam` of a boy in a school whose mean `standLRT` is 0",
            }
        ),
        solution='choice = "b"',
        hints=("Set every predictor and U to 0 in the full equation.",),
        mistakes=(
            Mistake('"a"', "That is near what it is in the null model. Now it is conditional."),
            Mistake('"c"', "The pupil's own `standLRT` is 0; the school's mean is not in it."),
        ),
        explanation="Setting predictors and U to 0 leaves it alone.",
    ),
    Exercise(
        id="3.6",
        title="A prediction",
        prompt="What does the model of exercise 3.2 predict for a girl with a `standLRT` of 1 in a "
        "school whose $U_{0j}$ is 0?",
        answer="girl",
        kind=Number(),
        setup=_EXAM,
        solution=f'{_FIT}\ng = fit.params\ngirl = g["Intercept"] + g["standLRT"] + g["sex[T.F]"]',
        hints=(
            "Add the three fixed coefficients, each times its predictor.",
            "`fit.params.index` has their names: that of the girls is `sex[T.F]`.",
        ),
        mistakes=(
            Mistake(
                f'{_ALONE}.params[["Intercept", "standLRT"]].sum()',
                "This comes from the model without `sex`.",
            ),
            Mistake(
                f'{_GIRLS}["normexam"].mean() + {_OLS} * (1 - {_GIRLS}["standLRT"].mean())',
                "This is the prediction of an ordinary regression, without the schools.",
            ),
            Mistake('g["Intercept"] + g["standLRT"]', "This is the prediction for a boy."),
            Mistake('g["standLRT"] + g["sex[T.F]"]', "The intercept is missing."),
        ),
    ),
    Exercise(
        id="3.7",
        title="In your words",
        prompt=r"A level-1 predictor can make $\hat\tau_0^2$ larger and not smaller. Say how.",
        answer="text",
        kind=OpenText(),
        solution='text = """\nThere are two ways; one is enough. A predictor that differs within '
        "the schools alone\nlowers sigma^2. Less of the spread of the schools' means can then be "
        "chance, so more of\nit counts as tau_0^2. Or two differences hide each other: if schools "
        "with an able intake\ndo less well than their intake lets expect, the means lie close "
        'together at first, and\nonce intake is held constant, the schools differ more.\n"""',
        hints=(
            r"What does a smaller $\hat\sigma^2$ say about the spread of the schools' means?",
            "Or think of two differences between schools that hide each other.",
        ),
    ),
)
