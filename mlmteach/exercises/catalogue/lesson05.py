"""Exercises of lesson 5, cross-level interactions, on the examination data."""

from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Number

_EXAM = 'exam = mlm.load("exam")'
_MODEL = (
    'mlm.Model("normexam ~ standLRT", group="school",\n'
    '                  level2={"intercept": "schavg + U", "standLRT": "schavg + U"})'
)
_FIT = f"model = {_MODEL}\nfit = model.fit(exam)\ng = fit.params"
_FORMULA = "normexam ~ standLRT + schavg + schavg:standLRT + (1 + standLRT | school)"

EXERCISES = (
    Exercise(
        id="5.1",
        title="Write the model",
        prompt="Write the model of `normexam` on `standLRT` in which the school's mean intake "
        "`schavg` explains both the intercept and the slope, and both keep a U.",
        answer="model",
        kind=Specification(data="exam"),
        solution=f"model = {_MODEL}",
        hints=(
            'Each level-2 equation is an entry of `level2`: `"intercept": "schavg + U"`.',
            "The slope has an entry of its own, under the name of its predictor, `standLRT`.",
        ),
        mistakes=(
            Mistake(
                'mlm.Model("normexam ~ standLRT", group="school", '
                'level2={"intercept": "schavg + U", "standLRT": "schavg"})',
                "Here `schavg` explains all that differs between the slopes; they were to keep "
                "a U.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT", group="school", '
                'level2={"intercept": "schavg + U", "standLRT": "U"})',
                "`schavg` is missing in the equation of the slope, which makes the cross-level "
                "interaction.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT + schavg", group="school", '
                'level2={"standLRT": "U"})',
                "`schavg` is constant in a school: it belongs to the level-2 equations.",
            ),
        ),
    ),
    Exercise(
        id="5.2",
        title="The interaction",
        prompt=r"Fit that model by REML. What is $\hat\gamma_{11}$?",
        answer="gamma11",
        kind=Number(relative=0.005),  # ML gives 0.1622
        setup=_EXAM,
        solution=f'{_FIT}\ngamma11 = g["schavg:standLRT"]',
        hints=("The first index is that of the slope, the second that of `schavg`.",),
        mistakes=(
            Mistake(
                'g["schavg"]',
                r"This is $\gamma_{01}$. It belongs to the equation of the intercept.",
            ),
            Mistake('g["standLRT"]', r"This is $\gamma_{10}$, the slope where `schavg` is 0."),
            Mistake('fit.bse["schavg:standLRT"]', "This is its standard error."),
            Mistake(
                "(lambda np, x, z: np.linalg.lstsq(np.stack([1 + 0 * x, x, z, x * z], 1), "
                'exam["normexam"], rcond=None)[0][3])'
                '(__import__("numpy"), exam["standLRT"], exam["schavg"])',
                "This comes from an ordinary regression, without the schools.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT", group="school", level2={"intercept": '
                '"schavg + U", "standLRT": "schavg"}).fit(exam).params["schavg:standLRT"]',
                "This comes from a model in which the slope has no U.",
            ),
        ),
        explanation="It says how the slope differs between schools whose `schavg` differs by 1.",
    ),
    Exercise(
        id="5.3",
        title="A simple slope",
        prompt="By that REML fit, what is the expected slope of `standLRT` in a school with a "
        "`schavg` of 0.5?",
        answer="slope",
        kind=Number(),
        setup=_EXAM,
        solution=f'{_FIT}\nslope = g["standLRT"] + 0.5 * g["schavg:standLRT"]',
        hints=(
            r"Put 0.5 into $\gamma_{10} + \gamma_{11}\,\text{schavg}_j$.",
            '`fit.quantities.simple_slopes("standLRT", "schavg", [0.5])` has it, with its '
            "standard error.",
        ),
        mistakes=(
            Mistake('g["standLRT"]', "This is the slope where `schavg` is 0."),
            Mistake(
                'g["standLRT"] + g["schavg:standLRT"]', "This is the slope at a `schavg` of 1."
            ),
            Mistake(
                'g["standLRT"] + 0.5 * g["schavg"]',
                r"You have taken $\gamma_{01}$, which shifts the intercept, for $\gamma_{11}$.",
            ),
        ),
    ),
    Exercise(
        id="5.4",
        title="Substitution",
        prompt="Somebody has written the full equation as `normexam_ij = gamma_00 + gamma_01 "
        "schavg_j + gamma_10 standLRT_ij + gamma_11 schavg_j standLRT_ij + U_0j + U_1j + "
        "epsilon_ij`. One thing in it is wrong. Write it right.",
        answer="equation",
        kind=EquationLines(formula=_FORMULA, level2=("schavg",)),
        solution='equation = """\nnormexam_ij = gamma_00 + gamma_01 schavg_j '
        "+ gamma_10 standLRT_ij + gamma_11 schavg_j standLRT_ij + U_0j + U_1j standLRT_ij "
        '+ epsilon_ij\n"""',
        hints=(r"Multiply out $\beta_{1j}\,\text{standLRT}_{ij}$, term by term.",),
        explanation="All of the slope's equation is multiplied by `standLRT`, its U too.",
    ),
    Exercise(
        id="5.5",
        title="When the other is 0",
        prompt=r"In that model, what does $\gamma_{01}$ say?",
        answer="choice",
        kind=Choice(
            options={
                "a": "the difference that goes with one unit of `schavg`, for every pupil",
                "b": "the difference that goes with one unit of `schavg`, for pupils with a "
                "`standLRT` of 0",
                "c": "how the slope of `standLRT` goes with `schavg`",
            }
        ),
        solution='choice = "b"',
        hints=("Collect all terms of the full equation that hold `schavg`.",),
        mistakes=(
            Mistake('"a"', r"`schavg` has a second term, $\gamma_{11}$ times `standLRT`."),
            Mistake('"c"', r"That is $\gamma_{11}$."),
        ),
        explanation=r"One unit goes with $\gamma_{01} + \gamma_{11}\,\text{standLRT}_{ij}$.",
    ),
    Exercise(
        id="5.6",
        title="Explained variance of slopes",
        prompt=r"By which share is $\hat\tau_1^2$ smaller than in the model in which `standLRT` "
        "has a random slope and `schavg` explains the intercept only? Take both from REML fits, or "
        "the row of `mlm.compare`.",
        answer="share",
        kind=Number(relative=0.005, proportion=True),
        setup=_EXAM,
        solution=f"{_FIT}\n"
        'before = mlm.Model("normexam ~ standLRT", group="school",\n'
        '                   level2={"intercept": "schavg + U", "standLRT": "U"}).fit(exam)\n'
        "share = 1 - fit.cov_re.iloc[1, 1] / before.cov_re.iloc[1, 1]",
        hints=("Fit the model without `schavg` in the slope's equation as well.",),
        mistakes=(
            Mistake(
                "fit.cov_re.iloc[1, 1] / before.cov_re.iloc[1, 1]", "This is the share left over."
            ),
            Mistake(
                "1 - fit.cov_re.iloc[0, 0] / before.cov_re.iloc[0, 0]",
                "This is the share for the intercept's variance.",
            ),
            Mistake(
                "1 - (fit.cov_re.iloc[1, 1] / before.cov_re.iloc[1, 1]) ** 0.5",
                "This compares standard deviations; compare the variances.",
            ),
            Mistake(
                '1 - fit.cov_re.iloc[1, 1] / mlm.Model("normexam ~ standLRT", group="school", '
                'level2={"standLRT": "U"}).fit(exam).cov_re.iloc[1, 1]',
                "You compare with the model without `schavg`. There it is to explain the "
                "intercept.",
            ),
        ),
        also=(
            Also(
                "mlm.compare(before, fit).table['Model 2', 'estimate']['explained', "
                "'Reduction of var(standLRT)']",
                "This is the row of `mlm.compare`, which refits by ML; by REML it is 0.202.",
            ),
        ),
    ),
    Exercise(
        id="5.7",
        title="In your words",
        prompt=r"Say in two sentences what the sign of $\hat\gamma_{11}$ tells a head teacher, and "
        "what it does not tell.",
        answer="text",
        kind=OpenText(),
        solution='text = """\nIt is positive: in schools with a stronger intake, pupils who differ '
        "at entry differ\nmore in the examination. It does not say that the intake makes it "
        'so.\n"""',
        hints=("Two schools, two lines: which one is steeper?",),
    ),
)
