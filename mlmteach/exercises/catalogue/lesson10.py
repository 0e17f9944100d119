"""Exercises of lesson 10, the capstone: a sample of one's own from the examination data."""

from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.models import Specification
from mlmteach.exercises.numeric import Interval, Number, Table

_MINE = 'mine = mlm.my_data("capstone", "practice", data="exam")'
_NULL = 'null = mlm.Model("normexam ~ 1", group="school").fit(mine)'
_MODEL = (
    'model = mlm.Model("normexam ~ standLRT + sex", group="school",\n'
    '                  level2={"intercept": "schavg + U", "standLRT": "U"})'
)
_FIT = f"{_MODEL}\nfit = model.fit(mine)"
# The two come out alike, so one message serves both.
_SHORT = (
    "This is too short. It takes the normal quantile 1.96, where with 44 schools the one of t is "
    "larger, or it comes from the ML fit; REML was asked for."
)

EXERCISES = (
    Exercise(
        id="10.1",
        title="The sample",
        prompt="`my_data` draws schools and pupils from the examination data. For marks your "
        "lecturer gives you a name of your own; here all have the same. How many pupils does the "
        "sample have of the school of which it has the fewest?",
        answer="smallest",
        kind=Number(),
        setup=_MINE,
        solution='smallest = mine.groupby("school").size().min()',
        hints=(
            "Count the rows of each school.",
            '`mine.groupby("school").size()` has the counts. Take the smallest.',
        ),
        mistakes=(
            Mistake('mine.groupby("school").size().idxmin()', "This is the school's number."),
            Mistake('mine["school"].nunique()', "This is the number of schools."),
            Mistake(
                'mine.groupby("school").size().max()', "This is the school with the most pupils."
            ),
        ),
    ),
    Exercise(
        id="10.2",
        title="Is there a second level",
        prompt="What is the ICC of `normexam` in your sample, by REML?",
        answer="icc",
        kind=Number(proportion=True),
        setup=_MINE,
        solution=f"{_NULL}\nicc = null.icc",
        hints=("Fit the null model.",),
        mistakes=(
            Mistake("1 - null.icc", "This is the share within the schools."),
            Mistake(
                'mlm.Model("normexam ~ 1", group="school").fit(mlm.load("exam")).icc',
                "This is the ICC of all the data. Use your sample.",
            ),
            Mistake("null.model.fit(mine, reml=False).icc", "This is the ICC of the ML fit."),
        ),
    ),
    Exercise(
        id="10.3",
        title="From question to model",
        prompt="'Do pupils of schools with an able intake do better than their own intake score "
        "and sex let expect, where the intake score may count more in some schools than in "
        "others?' Write the model, with `schavg` for the school's intake and with `standLRT` as it "
        "is, uncentred.",
        answer="model",
        kind=Specification(data="exam"),
        solution=_MODEL,
        hints=(
            "Level 1 holds what pupils have: intake score and sex.",
            "'May count more in some schools' is a U of the slope of `standLRT`.",
        ),
        mistakes=(
            Mistake(
                'mlm.Model("normexam ~ standLRT + sex", group="school", '
                'level2={"intercept": "schavg + U"})',
                "'May count more in some schools' asks for a random slope of `standLRT`.",
            ),
            Mistake(
                'mlm.Model("normexam ~ standLRT + sex", group="school", '
                'level2={"intercept": "schavg + U", "standLRT": "schavg + U"})',
                "The question does not ask whether `schavg` goes with the slope.",
            ),
            Mistake(
                'mlm.Model("normexam ~ center_within(standLRT) + sex", group="school", '
                'level2={"intercept": "schavg + U", "center_within(standLRT)": "U"})',
                "With `standLRT` centred within schools, the coefficient of `schavg` is the slope "
                "between schools. The question compares pupils of the same score: leave it "
                "uncentred.",
            ),
        ),
    ),
    Exercise(
        id="10.4",
        title="The answer in a number",
        prompt="Fit that model to your sample by REML. Give the 95 % Wald interval of the "
        "coefficient of `schavg`.",
        answer="interval",
        kind=Interval(),
        setup=_MINE,
        solution=f'{_FIT}\ninterval = fit.conf_int().loc["schavg"]',
        hints=("`fit.conf_int()` has a row `schavg`.",),
        mistakes=(
            Mistake(
                'fit.conf_int().loc["standLRT"]', "This is the interval of the pupil's own score."
            ),
            Mistake('fit.conf_int(level=0.9).loc["schavg"]', "This is a 90 % interval."),
            Mistake(
                '(lambda g, se: (g - 1.96 * se, g + 1.96 * se))(fit.params["schavg"], '
                'fit.bse["schavg"])',
                _SHORT,
            ),
            Mistake('model.fit(mine, reml=False).conf_int().loc["schavg"]', _SHORT),
            Mistake(
                'model.fit(mlm.load("exam")).conf_int().loc["schavg"]',
                "This is the interval from all the data. Use your sample.",
            ),
        ),
        also=(
            Also(
                'fit.conf_int(df="kenward-roger").loc["schavg"]',
                "You took Kenward and Roger's method, which is as good.",
            ),
        ),
        explanation="It holds 0: these 44 schools leave open whether pupils of the same score do "
        "better where the intake is able. All 65 schools give 0.06 to 0.48.",
    ),
    Exercise(
        id="10.5",
        title="Before and after",
        prompt=r"Give $\hat\tau_0^2$ and $\hat\sigma^2$ of the null model and of your model, both "
        "by REML, as a table with the rows `null` and `model` and the columns `tau2` and `sigma2`.",
        answer="table",
        kind=Table(),
        setup=_MINE,
        solution=f"import pandas as pd\n{_NULL}\n{_FIT}\n"
        'table = pd.DataFrame({"tau2": [f.cov_re.iloc[0, 0] for f in (null, fit)],\n'
        '                      "sigma2": [f.scale for f in (null, fit)]}, '
        'index=["null", "model"])',
        hints=('`pd.DataFrame({"tau2": ..., "sigma2": ...}, index=["null", "model"])`.',),
        mistakes=(
            Mistake("table ** 0.5", "These are standard deviations; variances were asked for."),
            Mistake(
                'pd.DataFrame({f: {"tau2": m.cov_re.iloc[0, 0], "sigma2": m.scale} for f, m in '
                '(("null", null.model.fit(mine, reml=False)), '
                '("model", model.fit(mine, reml=False)))}).T',
                "These are the variances of the ML fits, as `mlm.compare` shows them; REML was "
                "asked for.",
            ),
            Mistake(
                'table.rename(columns={"tau2": "sigma2", "sigma2": "tau2"})',
                "The two columns are exchanged.",
            ),
        ),
    ),
    Exercise(
        id="10.6",
        title="The report",
        prompt="Write a report of about ten sentences: question, data, model with its equations in "
        "words, what the assumptions rest on, and what the answer is: an estimate, its unit, an "
        "interval, and a sentence that says what they mean for the question.",
        answer="report",
        kind=OpenText(words=60),
        solution='report = """\nQuestion: do pupils do better in schools with an able intake than '
        "their own intake lets\nexpect? Data: 2,499 pupils of 44 schools, a sample of the "
        "examination data. Model: the\nexamination score depends on the pupil's reading score, "
        "whose slope differs between\nschools, on sex, and on the school's mean reading score. It "
        "was fitted by REML. For pupils\nof the same reading score and sex, the expected score is "
        "higher by 0.20 standard\ndeviations where the school's mean is higher by 1 (95 % interval "
        "-0.07 to 0.46,\nSatterthwaite's df 45). The interval holds 0: from these schools I cannot "
        "say whether\npupils do better where the intake is able, but a difference of more than "
        "half a standard\ndeviation is not compatible with them. The predicted departures of the "
        "schools were\nplotted against normal quantiles, and the residuals against the reading "
        "score. The design\nis observational: better schools may attract a better intake, so the "
        'coefficient tells what\ngoes together and not what a change of intake would do.\n"""',
        hints=("Use `fit.interpret()` for the sentences, and say them in your own words.",),
    ),
)
