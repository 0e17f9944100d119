"""Exercises of lesson 12, yes or no, on contraception in Bangladesh and a disease of cattle."""

from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.kinds import OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Interval, Number
from mlmteach.model.family import Family

_WOMEN = 'women = mlm.load("contraception")'
_EQUATION = '"use ~ age + urban + livch", group="district"'
_MODEL = f'mlm.Model({_EQUATION}, family="binomial")'
_FIT = f"import numpy as np\n\nfit = {_MODEL}.fit(women)"
_ORDINARY = (
    '__import__("statsmodels.formula.api").formula.api.logit("use ~ age + urban + livch", women)'
    '.fit(disp=False).params["urban"]'
)
_NULL = (
    'import numpy as np\n\nfit = mlm.Model("use ~ 1", group="district", family="binomial")'
    ".fit(women)\ntau2 = fit.cov_re.iloc[0, 0]"
)
_HERDS = 'herds = mlm.load("cbpp")'
_CASES = 'mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")'

EXERCISES = (
    Exercise(
        id="12.1",
        title="Write the model",
        prompt="Write the model of `use` on `age`, `urban` and `livch` with the logit link. The "
        "intercept differs between districts.",
        answer="model",
        kind=Specification(data="contraception", formulas=False),
        solution=f"model = {_MODEL}",
        hints=(
            "The equations are those of a normal outcome. One argument says that this one is not.",
            '`family="binomial"` has the logit link unless you say otherwise.',
        ),
        mistakes=(
            Mistake(
                f"mlm.Model({_EQUATION})",
                "This is a linear probability model: a straight line and a normal residual. Say "
                "that the outcome is yes or no.",
            ),
            Mistake(
                f'mlm.Model({_EQUATION}, family="binomial", link="probit")',
                "Its link is the probit. The logit was asked for.",
            ),
            Mistake(
                f'mlm.Model({_EQUATION}, family="poisson")',
                "This is for counts, which have no upper limit. `use` is 0 or 1.",
            ),
            Mistake(
                f'mlm.Model({_EQUATION}, family="binomial", event=0)',
                "This is the model of *not* using contraception.",
            ),
        ),
    ),
    Exercise(
        id="12.2",
        title="The full equation",
        prompt="Write the full equation of the logit model of `use` on `age` and `urban`, with "
        "intercepts that differ between districts. Begin with `logit(pi_ij) =`.",
        answer="equation",
        kind=EquationLines(
            formula="use ~ age + urban + (1 | district)", family=Family("binomial", "logit")
        ),
        solution='equation = "logit(pi_ij) = gamma_00 + gamma_10 age_ij + gamma_20 urban_ij '
        '+ U_0j"',
        hints=(
            r"Put $\beta_{0j} = \gamma_{00} + U_{0j}$ into the line of the link.",
            "What is random at level 1 stands in the line of the distribution, not in this one.",
        ),
        explanation=r"There is no $\varepsilon_{ij}$: the probability says how far the outcome "
        "may lie from it.",
    ),
    Exercise(
        id="12.3",
        title="An odds ratio",
        prompt="Fit the model of exercise 12.1 by Laplace's approximation. How many times as large "
        "are the odds of using contraception for a woman in an urban area, compared with a woman "
        "in a rural area of the same district who is alike in age and children?",
        answer="ratio",
        kind=Number(),
        setup=_WOMEN,
        solution=f'{_FIT}\nratio = np.exp(fit.params["urban"])',
        hints=(
            r"$\gamma$ is a difference of logits, so of logarithms of odds.",
            "`np.exp` of it; `fit.quantities.ratios()` has it with its interval.",
        ),
        mistakes=(
            Mistake(
                'fit.params["urban"]',
                "This is the difference of the log-odds. Its exponential was asked for.",
            ),
            Mistake(
                f"np.exp({_ORDINARY})",
                "This comes from a logistic regression without districts: it compares women over "
                "all districts.",
            ),
            Mistake("1 / ratio", "This compares rural with urban areas."),
            Mistake(
                'np.exp(mlm.Model("use ~ urban", group="district", family="binomial").fit(women)'
                '.params["urban"])',
                "Age and children are not in your model.",
            ),
            Mistake(
                f'np.exp(mlm.Model({_EQUATION}, family="binomial", link="probit").fit(women)'
                '.params["urban"])',
                "This is from a probit model, in which no exponential is an odds ratio.",
            ),
            Mistake(
                'np.exp(fit.params["urban"]) - 1',
                "This is how many times *larger* the odds are. 0 would then be no difference.",
            ),
            Mistake(
                "(lambda p: p.iloc[1] / p.iloc[0])(1 / (1 + np.exp("
                '-fit.params["Intercept"] - fit.params["urban"] * __import__("pandas").Series([0, 1'
                "]))))",
                "This is a ratio of two probabilities. It depends on where you take it; the ratio "
                "of the odds does not.",
            ),
        ),
        explanation="This holds for two women of one district.",
    ),
    Exercise(
        id="12.4",
        title="Its interval",
        prompt="What is the 95 % Wald interval of that odds ratio?",
        answer="bounds",
        kind=Interval(),
        setup=_WOMEN,
        solution=f'{_FIT}\nbounds = tuple(np.exp(fit.conf_int().loc["urban"]))',
        hints=(
            r"The interval is made on the scale of $\gamma$, where the estimate is about normal.",
            "Put both ends of it through the exponential.",
        ),
        mistakes=(
            Mistake(
                'tuple(fit.conf_int().loc["urban"])',
                r"This is the interval of $\gamma$. Put both ends through the exponential.",
            ),
            Mistake(
                "(lambda r, s: (r - 1.96 * s, r + 1.96 * s))"
                '(np.exp(fit.params["urban"]), fit.bse["urban"])',
                r"The standard error is that of $\gamma$, not of the odds ratio. Make the interval "
                "first, then take the exponentials.",
            ),
            Mistake(
                'tuple(np.exp(fit.conf_int(0.9).loc["urban"]))', "This is an interval of 90 %."
            ),
        ),
        explanation="The odds ratio does not lie in the middle of it.",
    ),
    Exercise(
        id="12.5",
        title="The latent ICC",
        prompt="Fit the null model of `use` with the logit link by Laplace's approximation. What "
        "is the ICC on the latent scale?",
        answer="icc",
        kind=Number(proportion=True),
        setup=_WOMEN,
        solution=f"{_NULL}\nicc = tau2 / (tau2 + np.pi**2 / 3)",
        hints=(
            "Which variance stands at level 1 of a logit model, by convention?",
            r"$\tau_0^2 / (\tau_0^2 + \pi^2 / 3)$.",
        ),
        mistakes=(
            Mistake(
                "tau2 / (tau2 + 1)",
                r"1 is the level-1 variance of a probit model; here it is 3.29.",
            ),
            Mistake(
                "tau2**0.5 / (tau2**0.5 + np.pi**2 / 3)",
                r"You took $\tau_0$ for $\tau_0^2$: variances are divided, not an SD.",
            ),
            Mistake(
                "tau2**0.5 / (tau2**0.5 + np.pi / 3**0.5)",
                "This divides standard deviations. Variances add up, standard deviations do not.",
            ),
            Mistake(
                'mlm.Model("use ~ 1", group="district").fit(women).icc',
                "This is the ICC of 0 and 1 themselves, from a linear model.",
            ),
            Mistake("1 - icc", "This is the share within districts."),
            Mistake("tau2", r"This is $\tau_0^2$."),
        ),
        also=(
            Also(
                'mlm.Model("use ~ 1", group="district", family="binomial").fit(women, points=15)'
                ".quantities.icc()",
                "This is with more points than Laplace's one.",
            ),
        ),
    ),
    Exercise(
        id="12.6",
        title="Averaged over districts",
        prompt="By the fit of exercise 12.3: of all urban women of mean age (`age` is 0) without a "
        "living child, which share uses contraception, averaged over districts?",
        answer="share",
        kind=Number(proportion=True),
        setup=_WOMEN,
        solution=f"import pandas as pd\n\n{_FIT}\n"
        'place = pd.DataFrame({"age": [0.0], "urban": [1], "livch": ["0"]})\n'
        'share = fit.predict(place, groups="population")',
        hints=(
            "A typical district and the average over districts are not the same.",
            '`fit.predict(place, groups="population")`, with a row for these women.',
        ),
        mistakes=(
            Mistake(
                'fit.predict(place, groups="average")',
                "This is the probability in the typical district, whose $U_{0j}$ is 0. Average it "
                "over the districts.",
            ),
            Mistake(
                'fit.predict(place.assign(urban=0), groups="population")',
                "This is for women in a rural area.",
            ),
            Mistake(
                "share / (1 - share)",
                "These are the odds. The probability was asked for.",
            ),
            Mistake(
                'women.query("urban == 1 and livch == \'0\'")["use"].mean()',
                "This is the share of these women in the sample, at whatever age.",
            ),
        ),
        explanation="It lies nearer to 0.5 than that of the typical district.",
    ),
    Exercise(
        id="12.7",
        title="Successes of trials",
        prompt="In `cbpp`, `incidence` counts the new cases among the `size` animals of a herd in "
        "a period. Fit the logit model of `incidence` on `period` by 9 quadrature points. What is "
        "the standard deviation $\\hat\\tau_0$ between herds?",
        answer="tau",
        kind=Number(),
        setup=_HERDS,
        solution=f"fit = {_CASES}.fit(herds, points=9)\ntau = fit.cov_re.iloc[0, 0] ** 0.5",
        hints=(
            'Each row has several trials: `trials="size"`.',
            "`points=9` is told to `fit`; `fit.cov_re` has the variance.",
        ),
        mistakes=(
            Mistake("tau**2", r"This is the variance $\tau_0^2$. Its root was asked for."),
            Mistake(
                f"{_CASES}.fit(herds).cov_re.iloc[0, 0] ** 0.5",
                "This is by Laplace's approximation. Take 9 points.",
            ),
            Mistake(
                'mlm.Model("incidence ~ period", group="herd", family="poisson", exposure="size")'
                ".fit(herds, points=9).cov_re.iloc[0, 0] ** 0.5",
                "This is a Poisson model. A herd cannot have more cases than animals.",
            ),
            Mistake('fit.bse["Intercept"]', r"This is the standard error of $\gamma_{00}$."),
        ),
    ),
    Exercise(
        id="12.8",
        title="In your words",
        prompt="A paper reports: 'The odds ratio of living in an urban area is 1.92 with age "
        "alone, and 2.08 once the number of children is in the model. So this number had "
        "hidden a part of the difference.' What do you answer?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nOdds ratios of two models are on two scales. A predictor that tells '
        "who uses\ncontraception makes the other odds ratios larger even if it has nothing to do "
        "with\nurban or rural, since the level-1 variance of the latent scale is fixed. I would\n"
        "compare probabilities, averaged over the women, from both models, before I speak of\n"
        'anything hidden.\n"""',
        hints=("What happened to the variance between schools in the lesson when SES was added?",),
    ),
)
