"""Exercises of lesson 14, three levels, on tests of children in schools and casks of batches."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Number

_TESTS = 'tests = mlm.load("egsingle")'
_PASTES = 'pastes = mlm.load("pastes")'
_NESTED = '"math ~ year", group="schoolid/childid"'
_SLOPES = 'level2={"year": "U"}'
_MOBILE = '{"intercept": "mobility + V", "year": "mobility + V"}'
_MODEL = f"mlm.Model({_NESTED}, {_SLOPES}, level3={_MOBILE})"
_GROWTH = f'mlm.Model({_NESTED}, {_SLOPES}, level3={{"year": "V"}})'
_CASKS = 'fit = mlm.Model("strength ~ 1", group="batch/cask").fit(pastes)'
_NUMBERED = (
    f'{_TESTS}\nfirst = tests.drop_duplicates("childid")\n'
    'number = first.groupby("schoolid").cumcount() + 1\n'
    'tests["number"] = tests["childid"].map(dict(zip(first["childid"], number)))'
)

EXERCISES = (
    Exercise(
        id="14.1",
        title="The equation",
        prompt="Children are tested in several years, and they lie in schools. Level and pace "
        "differ between the children of a school, and between schools. Write the full equation of "
        "`math` on `year`, in the letters of this course or in Raudenbush and Bryk's.",
        answer="equation",
        kind=EquationLines(formula="math ~ year + (year | schoolid/childid)"),
        solution='equation = """\nmath_ijk = gamma_000 + gamma_100 year_ijk + V_00k '
        '+ V_10k year_ijk\n    + U_0jk + U_1jk year_ijk + epsilon_ijk\n"""',
        hints=(
            "Put the level-3 equations into those of level 2, and these into the level-1 equation.",
            "Both the U and the V of the slope meet `year` when you multiply out.",
        ),
        explanation="With Raudenbush and Bryk the departures are `u_00k + u_10k year_ijk + r_0jk + "
        "r_1jk year_ijk + e_ijk`.",
    ),
    Exercise(
        id="14.2",
        title="Write the model",
        prompt="Write the model of `math` on `year` for tests in children (`childid`) in schools "
        "(`schoolid`). Level and pace differ between the children of a school and between schools. "
        "The `mobility` of the school goes with both the mean level and the mean pace of a school.",
        answer="model",
        kind=Specification(data="egsingle", formulas=False),
        solution=f"level3 = {_MOBILE}\n"
        f"model = mlm.Model(\n    {_NESTED}, {_SLOPES}, level3=level3\n)",
        hints=(
            "Which of `level2` and `level3` has the equations of the schools?",
            'The larger groups come first in `group`. `"V"` makes a coefficient differ between '
            "schools.",
        ),
        mistakes=(
            Mistake(
                f'mlm.Model("math ~ year", group="childid/schoolid", {_SLOPES}, level3={_MOBILE})',
                "This has schools within children. The larger groups come first.",
            ),
            Mistake(
                f'mlm.Model("math ~ year", group="schoolid * childid", {_SLOPES}, '
                f"level3={_MOBILE})",
                "This has children and schools crossed. Each child belongs to one school.",
            ),
            Mistake(
                f"mlm.Model({_NESTED}, level2={{"
                '"intercept": "mobility + U", "year": "mobility + U"}, level3={"year": "V"})',
                "`mobility` stands in the equations of the children here. It is the same for all "
                "children of a school, so it belongs to `level3`.",
            ),
            Mistake(
                f"mlm.Model({_NESTED}, level2={{"
                '"year": "U"}, level3={"intercept": "mobility + V", "year": "mobility"})',
                "Without `V`, `mobility` alone would say how fast a school's children learn.",
            ),
            Mistake(
                f"mlm.Model({_NESTED}, level3={_MOBILE})",
                "The children of a school all have one pace here. Give `year` a U at level 2.",
            ),
            Mistake(
                'mlm.Model("math ~ year", group="childid", level2='
                '{"intercept": "mobility + U", "year": "mobility + U"})',
                "The schools are missing, and with them the level at which `mobility` differs.",
            ),
        ),
    ),
    Exercise(
        id="14.3",
        title="Two assays of one cask",
        prompt="In `pastes`, casks lie in batches, and each cask was assayed twice. Fit the null "
        "model by REML. How do two assays of the same cask correlate?",
        answer="correlation",
        kind=Number(),
        setup=_PASTES,
        solution=f'{_CASKS}\ncorrelation = fit.icc["cask"]',
        hints=(
            "What do two assays of one cask share? Is it the cask alone?",
            "The variances that they share, divided by the sum of all three.",
        ),
        mistakes=(
            Mistake(
                'fit.icc["batch"]',
                "This is the correlation of two assays of one batch from different casks.",
            ),
            Mistake(
                'fit.icc["cask"] - fit.icc["batch"]',
                "Two assays of one cask share the batch too.",
            ),
            Mistake(
                '1 - fit.icc["cask"]', "This is the share of the residual. The rest was asked for."
            ),
            Mistake(
                'fit.model.fit(pastes, reml=False).icc["cask"]',
                "This is the estimate by ML. The exercise asks for REML.",
            ),
            Mistake(
                "(lambda one: one.cov_re['batch'].iloc[0, 0] / one.variance_parts.sum())("
                'mlm.Model("strength ~ 1", group="batch * cask").fit(pastes))',
                "You wrote `batch * cask`. The casks a, b and c of one batch are not those of "
                "another.",
            ),
        ),
        explanation="Nearly all of what differs lies between casks. An assay tells little of the "
        "other casks of its batch.",
    ),
    Exercise(
        id="14.4",
        title="Casks and batches",
        prompt="From the same fit: which share of what differs between *casks* lies between "
        "batches?",
        answer="share",
        kind=Number(proportion=True),
        setup=_PASTES,
        solution=f"{_CASKS}\ntau2, phi2 = (matrix.iloc[0, 0] for matrix in fit.cov_re.values())\n"
        "share = phi2 / (phi2 + tau2)",
        hints=(
            "Casks differ since batches differ, and since casks of one batch differ.",
            "The chance of a single assay has no part in it.",
        ),
        mistakes=(
            Mistake(
                "phi2 / (phi2 + tau2 + fit.scale)",
                "Here the residual is in the total. That is the share of what differs between "
                "assays.",
            ),
            Mistake("phi2 / tau2", "Divide by the sum of the two, not by the other one."),
            Mistake("tau2 / (phi2 + tau2)", "This is the share that lies within batches."),
            Mistake(
                "phi2 ** 0.5 / (phi2 ** 0.5 + tau2 ** 0.5)",
                "Standard deviations do not add up. Take the variances.",
            ),
        ),
        explanation="Most of it lies within batches: the casks of one batch differ more than "
        "batches do.",
    ),
    Exercise(
        id="14.5",
        title="A child's own pace",
        prompt="Fit `math ~ year` to `egsingle` by REML, with intercepts and slopes that differ at "
        "both levels. At which pace, in points a year, does child 273026452 of school 2020 learn, "
        "by the prediction?",
        answer="pace",
        kind=Number(),
        setup=_TESTS,
        solution=f"fit = {_GROWTH}.fit(tests)\n"
        'of_school = fit.random_effects["schoolid"].loc[2020, "year"]\n'
        'of_child = fit.random_effects["childid"].loc[(2020, 273026452), "year"]\n'
        'pace = fit.params["year"] + of_school + of_child',
        hints=(
            "A pace is a sum of three: of all, of the school and of the child.",
            '`fit.random_effects["childid"]` is indexed by school and child.',
        ),
        mistakes=(
            Mistake('fit.params["year"]', "This is the mean pace of all children."),
            Mistake(
                'fit.params["year"] + of_child',
                "The departure of the school is missing. A child departs from its school.",
            ),
            Mistake("of_school + of_child", "These are the two departures, without the mean pace."),
            Mistake(
                '__import__("numpy").polyfit(*tests[tests["childid"] == 273026452]'
                '[["year", "math"]].to_numpy().T, 1)[0]',
                "This is the slope of a line through this child's tests alone. The prediction "
                "uses the other children too.",
            ),
            Mistake(
                '(lambda one: one.params["year"] + one.random_effects.loc[273026452, "year"])('
                'mlm.Model("math ~ year", group="childid", level2={"year": "U"}).fit(tests))',
                "Your model has no schools.",
            ),
        ),
        explanation="With few tests the child's own departure is drawn nearly to 0, and the pace "
        "of the school stands in for it.",
    ),
    Exercise(
        id="14.6",
        title="The classes are left out",
        prompt=r"Pupils sit in 5 classes of 20 in each school, with $\varphi_0^2 = 10$, "
        r"$\tau_0^2 = 30$ and $\sigma^2 = 80$. Somebody leaves out the classes. Which residual "
        "variance will come out, on average?",
        answer="sigma2",
        kind=Number(),
        solution="n1, n2 = 20, 5\nsigma2 = 80 + 30 * n1 * (n2 - 1) / (n1 * n2 - 1)",
        hints=(
            "The variance of the classes goes down and up, and most of it goes down.",
            "The lesson has the formula, under *The middle level left out*.",
        ),
        mistakes=(
            Mistake("80", "The variance of the classes does not go away. Where does it go?"),
            Mistake("80 + 30", "Some of it goes up, to the schools."),
            Mistake(
                "10 + 30 * (n1 - 1) / (n1 * n2 - 1)",
                "This is what becomes of the variance between schools.",
            ),
            Mistake(
                "80 + 30 * (n1 - 1) / (n1 * n2 - 1)", "This adds the part that goes up, not down."
            ),
        ),
        explanation="The rest, about 6, goes to the schools. The sum stays nearly what it was.",
    ),
    Exercise(
        id="14.7",
        title="Numbers that begin anew",
        prompt="In this file the children have a `number` that begins with 1 in every school. Fit "
        "`math ~ year` by REML with random intercepts of schools and of children, by `schoolid` "
        "and `number`. How large is the variance between the children of a school?",
        answer="tau2",
        kind=Number(),
        setup=_NUMBERED,
        solution='fit = mlm.Model("math ~ year", group="schoolid/number").fit(tests)\n'
        'tau2 = fit.cov_re["number"].iloc[0, 0]',
        hints=(
            "Child 1 of one school is not child 1 of another. Nested or crossed?",
            "A summary should say that there are 1,721 children.",
        ),
        mistakes=(
            Mistake(
                'mlm.Model("math ~ year", group="schoolid * number").fit(tests)'
                '.cov_re["number"].iloc[0, 0]',
                "You wrote them as crossed. Then child 1 is the same child in every school, and "
                "there are as many children as the largest school has.",
            ),
            Mistake(
                'mlm.Model("math ~ year", group="number").fit(tests).cov_re.iloc[0, 0]',
                "The schools are missing, and child 1 is the same child in all of them.",
            ),
            Mistake('fit.cov_re["schoolid"].iloc[0, 0]', "This is the variance between schools."),
            Mistake("fit.scale", "This is the variance between the tests of a child."),
            Mistake("tau2 ** 0.5", "This is the standard deviation; the variance was asked for."),
        ),
    ),
    Exercise(
        id="14.8",
        title="In your words",
        prompt="A study of a reading programme has 6 schools, 5 classes in each and 20 pupils in "
        "each class. The programme was drawn by lot for classes. Which levels would you put into "
        "the model, and what do you do about the six schools?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nPupils are level 1 and classes level 2: the programme differs '
        "between classes, so\nthey must be in the model, or its standard error is too small. Six "
        "schools tell little\nof a variance. I would give the schools fixed coefficients, as a "
        'category, and say that\nthe result is about these six.\n"""',
        hints=("At which level does the programme differ? How well is a variance of six known?",),
    ),
)
