"""Exercises of lesson 15, crossed groups, on pupils of two schools and on samples and plates."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import Specification
from mlmteach.exercises.numeric import Number, NumberSet

_PUPILS = 'pupils = mlm.load("scotssec")'
_PENICILLIN = 'penicillin = mlm.load("penicillin")'
_VERBAL = 'mlm.Model("attain ~ verbal", group="primary * second").fit(pupils)'
_NULL = 'mlm.Model("attain ~ 1", group="primary * second").fit(pupils)'
_PLATES = 'fit = mlm.Model("diameter ~ 1", group="plate * sample").fit(penicillin)'

EXERCISES = (
    Exercise(
        id="15.1",
        title="Crossed or nested",
        prompt="In which of these studies are the two groupings crossed?",
        answer="choice",
        kind=Choice(
            options={
                "a": "eggs in nests, nests in woods",
                "b": "runners' times in ten races, where each runner ran in some of them",
                "c": "answers of patients of wards, wards of hospitals",
                "d": "pupils of classes; each school calls its classes 1a, 1b, 2a and 2b",
            }
        ),
        solution='choice = "b"',
        hints=(
            "Does each group of the one kind lie in one group of the other?",
            "A name that is used again is not the same group.",
        ),
        mistakes=(
            Mistake('"a"', "A nest lies in one wood. It is nested."),
            Mistake('"c"', "A ward lies in one hospital. It is nested."),
            Mistake(
                '"d"',
                "The names look crossed, and the classes are not: 1a of one school is not 1a of "
                "another.",
            ),
        ),
        explanation="A runner has several races, and a race several runners. That not all ran in "
        "all does not matter.",
    ),
    Exercise(
        id="15.2",
        title="Write the model",
        prompt="Write the model of `attain` on `verbal` for pupils of a primary school (`primary`) "
        "and a secondary school (`second`). Both kinds of schools differ in their level, and the "
        "slope is the same for all.",
        answer="model",
        kind=Specification(data="scotssec", formulas=False),
        solution='model = mlm.Model("attain ~ verbal", group="primary * second")',
        hints=("Which sign of `group` stands for crossed?", "An intercept is random by itself."),
        mistakes=(
            Mistake(
                'mlm.Model("attain ~ verbal", group="second/primary")',
                "This counts a primary school once for each secondary school that its pupils went "
                "to. The two are crossed.",
            ),
            Mistake(
                'mlm.Model("attain ~ verbal", group="primary/second")',
                "This counts a secondary school once for each primary school that its pupils came "
                "from. The two are crossed.",
            ),
            Mistake(
                'mlm.Model("attain ~ verbal", group="second")', "The primary schools are missing."
            ),
            Mistake(
                'mlm.Model("attain ~ verbal", group="primary")',
                "The secondary schools are missing.",
            ),
            Mistake(
                'mlm.Model("attain ~ verbal", group="primary * second", '
                'level2={"verbal": "U"}, level3={"verbal": "V"})',
                "Here the slope differs between schools. It is to be the same for all.",
            ),
        ),
    ),
    Exercise(
        id="15.3",
        title="Two pupils",
        prompt="Fit that model by REML. How do two pupils with the same `verbal` correlate who "
        "went to the same primary *and* to the same secondary school?",
        answer="correlation",
        kind=Number(),
        setup=_PUPILS,
        solution=f'fit = {_VERBAL}\ncorrelation = fit.icc["primary and second"]',
        hints=(
            "Which departures do the two share?",
            "`fit.icc` has one number for each way of sharing.",
        ),
        mistakes=(
            Mistake(
                'fit.icc["primary"]',
                "This is for pupils of one primary school who went to different secondary schools.",
            ),
            Mistake(
                'fit.icc["second"]',
                "This is for pupils of one secondary school from different primary schools.",
            ),
            Mistake(
                f'{_NULL}.icc["primary and second"]', "This is from the model without `verbal`."
            ),
            Mistake(
                'mlm.Model("attain ~ verbal", group="second/primary").fit(pupils).icc["primary"]',
                "This is from a nested model. The schools are crossed.",
            ),
            Mistake(
                'fit.model.fit(pupils, reml=False).icc["primary and second"]',
                "This is the estimate by ML. The exercise asks for REML.",
            ),
        ),
        explanation="Without `verbal` it is more than twice as much: much of what pupils of one "
        "school share is the ability with which they came.",
    ),
    Exercise(
        id="15.4",
        title="One sample on two plates",
        prompt="In `penicillin`, by the null model and by REML: one sample is measured on two "
        "plates. How large is the standard deviation of the difference between the two "
        "measurements?",
        answer="sd",
        kind=Number(),
        setup=_PENICILLIN,
        solution=f'{_PLATES}\ntau2 = fit.cov_re["plate"].iloc[0, 0]\n'
        "sd = (2 * (tau2 + fit.scale)) ** 0.5",
        hints=(
            "What do the two measurements share? It cancels in the difference.",
            "Two plates and two residuals are left. Variances of independent parts add up.",
        ),
        mistakes=(
            Mistake("2 * (tau2 + fit.scale)", "This is the variance of the difference."),
            Mistake(
                "(tau2 + fit.scale) ** 0.5",
                "Both measurements have a plate and a residual of their own: twice the variance.",
            ),
            Mistake("(2 * fit.scale) ** 0.5", "The plates differ too."),
            Mistake("(2 * tau2) ** 0.5", "Each measurement has a residual too."),
            Mistake(
                '(2 * (tau2 + fit.scale + fit.cov_re["sample"].iloc[0, 0])) ** 0.5',
                "It is one sample, so its departure cancels.",
            ),
        ),
        explanation="Two samples on one plate would be compared without the plates' variance.",
    ),
    Exercise(
        id="15.5",
        title="The highest three",
        prompt="Fit the null model of `attain` with both kinds of schools, by REML. Which three "
        "secondary schools have the highest predicted departures?",
        answer="highest",
        kind=NumberSet(),
        setup=_PUPILS,
        solution=f"fit = {_NULL}\n"
        'highest = list(fit.random_effects["second"]["Intercept"].nlargest(3).index)',
        hints=(
            '`fit.random_effects["second"]` has a row for each secondary school.',
            "`nlargest(3)` of its column gives the three highest, with their numbers as index.",
        ),
        mistakes=(
            Mistake(
                'list(pupils.groupby("second")["attain"].mean().nlargest(3).index)',
                "These are the highest without the primary schools. Some of these schools get "
                "their pupils from primary schools that are high.",
            ),
            Mistake(
                'list(fit.random_effects["primary"]["Intercept"].nlargest(3).index)',
                "These are primary schools.",
            ),
            Mistake(
                'list(fit.random_effects["second"]["Intercept"].nsmallest(3).index)',
                "These are the lowest.",
            ),
        ),
        explanation="Two of the three with the highest means are other schools.",
    ),
    Exercise(
        id="15.6",
        title="Are secondary schools needed?",
        prompt="With `verbal` in the model and the primary schools in it: how large is the p-value "
        "of the test that secondary schools have no variance? Use the fits by REML, which have the "
        "same fixed part, and remember where a variance of 0 lies.",
        answer="p",
        kind=Number(),
        setup=_PUPILS,
        solution=f"from scipy.stats import chi2\n\nboth = {_VERBAL}\n"
        'primary = mlm.Model("attain ~ verbal", group="primary").fit(pupils)\n'
        "p = 0.5 * chi2.sf(primary.criterion - both.criterion, 1)",
        hints=(
            "The difference of the two criteria is the statistic.",
            "A variance of 0 is at the edge of what is possible, so the p-value is halved.",
        ),
        mistakes=(
            Mistake(
                "2 * p",
                "This is for a parameter that may be negative. A variance may not: halve it.",
            ),
            Mistake(
                "chi2.sf(primary.criterion - both.criterion, 2)",
                "One variance is tested, so there is one degree of freedom, and half of it.",
            ),
            Mistake(
                '0.5 * chi2.sf(mlm.Model("attain ~ verbal", group="second").fit(pupils).criterion '
                "- both.criterion, 1)",
                "This is the test of the primary schools.",
            ),
            Mistake(
                '0.5 * chi2.sf(mlm.Model("attain ~ 1", group="primary").fit(pupils).criterion - '
                f"{_NULL}.criterion, 1)",
                "This is the test without `verbal`.",
            ),
        ),
        explanation="Pupils of the same ability and primary school do about equally well in all "
        "secondary schools, as far as these data can tell.",
    ),
    Exercise(
        id="15.7",
        title="More persons, or more words?",
        prompt="An experiment has 8 frequent and 8 rare words, which 25 persons read. The variance "
        "of the words is 1,600, that of the residual 6,400. The persons' own level cancels, as all "
        "read both kinds. How large is the standard error of the difference between rare and "
        "frequent words?",
        answer="se",
        kind=Number(),
        solution="se = (2 * (1600 / 8 + 6400 / (8 * 25))) ** 0.5",
        hints=(
            "The mean of a kind has 8 words in it, and 200 times. Which variance is divided by "
            "which number?",
            "The difference of two independent means has the sum of their variances.",
        ),
        mistakes=(
            Mistake("2 * (1600 / 8 + 6400 / 200)", "This is the squared standard error."),
            Mistake(
                "(1600 / 8 + 6400 / 200) ** 0.5",
                "This is the standard error of the mean of one kind. Two means are compared.",
            ),
            Mistake(
                "(2 * 6400 / 200) ** 0.5",
                "The words are left out. The eight words of a kind are a sample.",
            ),
            Mistake(
                "(2 * (1600 + 6400) / 200) ** 0.5",
                "This takes 200 words for different ones. There are 8 of each kind, read by all.",
            ),
            Mistake(
                "(2 * (1600 + 6400) / 8) ** 0.5",
                "A mean has 200 residuals in it, since 25 persons read each word.",
            ),
        ),
        explanation="With any number of persons it stays above 20. With 32 words of each kind and "
        "the same persons it is half as large.",
    ),
    Exercise(
        id="15.8",
        title="In your words",
        prompt="Somebody fits pupils within secondary schools, finds a clear variance between "
        "them, and writes: 'Secondary schools differ in what they do for their pupils.' You know "
        "the primary schools too. What do you ask for, and what may come out?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nA model with both kinds of schools, crossed, and with what pupils '
        "knew on entry.\nSecondary schools take their pupils from a few primary schools, so part "
        "of the variance\nmay belong to these. It may get smaller or vanish. What is left goes "
        "with the secondary\nschool, and says nothing yet of what the schools do: families choose "
        'them.\n"""',
        hints=("Who goes to which secondary school?",),
    ),
)
