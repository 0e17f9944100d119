"""Exercises of lesson 7, inference and comparison, on growth data and the examination."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Interval, Number

_TEETH = 'teeth = mlm.load("orthodont")'
_TWO = (
    'fixed = mlm.Model("distance ~ age", group="Subject").fit(teeth)\n'
    'random = mlm.Model("distance ~ age", group="Subject", level2={"age": "U"}).fit(teeth)\n'
    "lr = fixed.criterion - random.criterion"
)
# The two come out alike, so one message serves both.
_SHORT = (
    "This is too short. It takes the normal quantile 1.96, where with 27 subjects the one of t is "
    "larger, or it comes from the ML fit; REML was asked for."
)
_EXAM = 'exam = mlm.load("exam")'
_NULL = (
    'null = mlm.Model("normexam ~ 1", group="school").fit(exam)\n'
    'fit = mlm.Model("normexam ~ standLRT", group="school").fit(exam)\n'
    "def total(fit):\n    return fit.scale + fit.cov_re.iloc[0, 0]"
)

EXERCISES = (
    Exercise(
        id="7.1",
        title="The statistic",
        prompt="`orthodont` holds the distance of two points of the skull, measured at four ages. "
        "Compare the model of `distance` on `age` with a random intercept to the one with a "
        "random slope of `age` too, both by REML. What is the likelihood-ratio statistic?",
        answer="lr",
        kind=Number(relative=0.005),
        setup=_TEETH,
        solution=_TWO,
        hints=(
            "It is the difference of the two criteria; `fit.criterion` is $-2 \\log L$.",
            "The smaller model has the larger criterion: take that of the larger model from it.",
        ),
        mistakes=(
            Mistake(
                "random.llf - fixed.llf", "This is the difference of log-likelihoods: double it."
            ),
            Mistake(
                'mlm.Model("distance ~ age", group="Subject").fit(teeth, reml=False).criterion - '
                'mlm.Model("distance ~ age", group="Subject", level2={"age": "U"})'
                ".fit(teeth, reml=False).criterion",
                "This is the statistic of the ML fits; REML was asked for.",
            ),
            Mistake(
                "fixed.aic - random.aic", "This is the difference of AIC, which has penalties."
            ),
        ),
    ),
    Exercise(
        id="7.2",
        title="On the boundary",
        prompt=r"What is the p-value of that test? The hypothesis $\tau_1^2 = 0$ lies on the "
        r"boundary: take the mixture of $\chi^2_1$ and $\chi^2_2$ with weights of one half.",
        answer="p",
        kind=Number(relative=0.01),
        setup=_TEETH,
        solution=f"from scipy.stats import chi2\n{_TWO}\n"
        "p = 0.5 * chi2.sf(lr, 1) + 0.5 * chi2.sf(lr, 2)",
        hints=("`scipy.stats.chi2.sf(lr, 1)` is the area above `lr`.",),
        mistakes=(
            Mistake(
                "chi2.sf(lr, 2)",
                "This p-value ignores the boundary, and is too large.",
            ),
            Mistake(
                "chi2.sf(lr, 1)", "Two parameters are tested, the variance and the covariance."
            ),
            Mistake("0.5 * chi2.sf(lr, 2)", "One half of the mixture is missing."),
            Mistake(
                "0.5 * chi2.sf(lr, 1)",
                "Halving the p-value is the rule for a variance alone. Here a covariance is tested "
                r"too: the other half of the mixture is $\chi^2_2$, and not 0.",
            ),
            Mistake(
                "(lambda lr: 0.5 * chi2.sf(lr, 1) + 0.5 * chi2.sf(lr, 2))("
                "fixed.model.fit(teeth, reml=False).criterion - "
                "random.model.fit(teeth, reml=False).criterion)",
                "This is the p-value from the ML fits; REML was asked for.",
            ),
        ),
        explanation="A variance cannot be negative, so half of the time the statistic has one "
        "degree of freedom less.",
    ),
    Exercise(
        id="7.3",
        title="REML or ML",
        prompt="You want to compare two models whose fixed parts differ, by a likelihood-ratio "
        "test. How must both be fitted?",
        answer="choice",
        kind=Choice(
            options={"a": "by REML", "b": "by ML", "c": "either, as long as both are alike"}
        ),
        solution='choice = "b"',
        hints=("What is it that REML takes out of the data before it looks at the variances?",),
        mistakes=(
            Mistake(
                '"a"',
                "The restricted likelihood is that of the data with the fixed part taken out. Two "
                "fixed parts leave different data.",
            ),
            Mistake('"c"', "Two REML criteria are comparable only with the same fixed part."),
        ),
    ),
    Exercise(
        id="7.4",
        title="An interval with few groups",
        prompt="Fit `distance` on `age` and the level-2 variable `Sex` with a random intercept, by "
        "REML. Give the 95 % Wald interval of the coefficient of `Sex`, with Satterthwaite's "
        "degrees of freedom.",
        answer="interval",
        kind=Interval(),
        setup=_TEETH,
        solution='fit = mlm.Model("distance ~ age", group="Subject",\n'
        '                level2={"intercept": "Sex + U"}).fit(teeth)\n'
        'name = next(term for term in fit.params.index if term.startswith("Sex"))\n'
        'interval = tuple(fit.conf_int().loc[name, ["lower", "upper"]])',
        hints=("`fit.conf_int()` has a row for each coefficient.",),
        mistakes=(
            Mistake(
                "(fit.params[name] - 1.96 * fit.bse[name], fit.params[name] + 1.96 * "
                "fit.bse[name])",
                _SHORT,
            ),
            Mistake(
                "fit.model.fit(teeth, reml=False).conf_int().loc[name]",
                _SHORT,
            ),
            Mistake(
                "-fit.conf_int().loc[name, ['upper', 'lower']].to_numpy()",
                "The size is right, the signs are not: the coefficient is girls minus boys.",
            ),
            Mistake('fit.conf_int().loc["age"]', "This is the interval of `age`."),
            Mistake("fit.conf_int(level=0.9).loc[name]", "This is a 90 % interval."),
        ),
    ),
    Exercise(
        id="7.5",
        title="Variance explained",
        prompt="By which share does `standLRT` reduce the whole variance "
        r"$\hat\sigma^2 + \hat\tau_0^2$ of `normexam`, in the model with a random intercept, by "
        "REML?",
        answer="r2",
        kind=Number(proportion=True),
        setup=_EXAM,
        solution=f"{_NULL}\nr2 = 1 - total(fit) / total(null)",
        hints=(
            "Fit the null model and the one with `standLRT`, and add the two variances of each.",
        ),
        mistakes=(
            Mistake("1 - fit.scale / null.scale", r"This is the share for $\sigma^2$ alone."),
            Mistake(
                "1 - fit.cov_re.iloc[0, 0] / null.cov_re.iloc[0, 0]",
                r"This is the share for $\tau_0^2$ alone.",
            ),
            Mistake("total(fit) / total(null)", "This is the share that is left."),
        ),
        explanation="This is Snijders and Bosker's measure for level 1.",
    ),
    Exercise(
        id="7.6",
        title="A category as a whole",
        prompt="Fit `normexam` on `standLRT`, with `vr`, the band of the school's intake, in the "
        "equation of the random intercept, by REML. What is the p-value of the F-test that all "
        "coefficients of `vr` are 0?",
        answer="p",
        kind=Number(relative=0.01),
        setup=_EXAM,
        solution='fit = mlm.Model("normexam ~ standLRT", group="school",\n'
        '                level2={"intercept": "vr + U"}).fit(exam)\n'
        'p = fit.test("vr").pvalue',
        hints=("`fit.test` takes the name of a term.", 'It is `fit.test("vr").pvalue`.'),
        mistakes=(
            Mistake(
                'fit.pvalues[[term for term in fit.params.index if "vr" in term]].min()',
                "This is the smallest p-value of a single coefficient. It compares one band with "
                "the reference.",
            ),
            Mistake('fit.test("vr").statistic', "This is F. The p-value was asked for."),
            Mistake(
                'mlm.compare(mlm.Model("normexam ~ standLRT", group="school").fit(exam), fit)'
                '.tests["pvalue"].iloc[0]',
                "This is the p-value of the likelihood-ratio test of the ML fits. The F-test was "
                "asked for; it minds that there are only 65 schools.",
            ),
            Mistake('fit.test("standLRT").pvalue', "This tests the slope of `standLRT`."),
        ),
        explanation="A category with three values has two coefficients, and one question.",
    ),
    Exercise(
        id="7.7",
        title="In your words",
        prompt="Write the sentence of a paper that reports the test of exercise 7.2: what was "
        "compared, how, and with what result.",
        answer="text",
        kind=OpenText(),
        solution='text = """\nA model in which slopes of age differ between subjects did not fit '
        "clearly better than\none with a random intercept only (REML, likelihood-ratio statistic "
        "4.37,\np = 0.075 from the equal mixture of chi-squared distributions with 1 and 2 "
        'df).\n"""',
        hints=("Name the models, the method, the statistic, its distribution and p.",),
    ),
)
