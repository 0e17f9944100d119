"""Exercises of lesson 13, how many, on new cases of a disease in herds of cattle."""

from mlmteach.exercises.exercise import Exercise, Mistake
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import Specification
from mlmteach.exercises.numeric import Interval, Number

_HERDS = 'herds = mlm.load("cbpp")'
_EQUATION = '"incidence ~ period", group="herd"'
_MODEL = f'mlm.Model({_EQUATION}, family="poisson", exposure="size")'
_FIT = f"import numpy as np\n\nfit = {_MODEL}.fit(herds)"
_UNEXPOSED = f'mlm.Model({_EQUATION}, family="poisson").fit(herds)'
_NEGBIN = f'mlm.Model({_EQUATION}, family="negbin", exposure="size").fit(herds)'

EXERCISES = (
    Exercise(
        id="13.1",
        title="Write the model",
        prompt="`incidence` counts the new cases of a disease in a herd of `size` animals in a "
        "`period`. Write the Poisson model of the *rate* of new cases per animal on `period`. The "
        "intercept differs between herds.",
        answer="model",
        kind=Specification(data="cbpp", formulas=False),
        solution=f"model = {_MODEL}",
        hints=(
            "Twice as many animals have twice as many cases at the same rate. What is `size` then?",
            "What a count is proportional to is the `exposure`.",
        ),
        mistakes=(
            Mistake(
                f'mlm.Model({_EQUATION}, family="poisson")',
                "The exposure is missing. This is a model of the number of cases, whatever the "
                "number of animals.",
            ),
            Mistake(
                'mlm.Model("incidence ~ period + size", group="herd", family="poisson")',
                "`size` is a predictor here, with a coefficient of its own. A rate per animal has "
                "it as exposure.",
            ),
            Mistake(
                f"mlm.Model({_EQUATION})",
                "This model has a normal outcome. `incidence` is a count.",
            ),
            Mistake(
                f'mlm.Model({_EQUATION}, family="binomial", trials="size")',
                "This is the logit model of lesson 12, with a probability for each animal. It fits "
                "these data well, but a Poisson model was asked for.",
            ),
        ),
    ),
    Exercise(
        id="13.2",
        title="A rate ratio",
        prompt="Fit that model by Laplace's approximation. How many times as large is the rate of "
        "new cases in period 2 as in period 1, in the same herd?",
        answer="ratio",
        kind=Number(),
        setup=_HERDS,
        solution=f'{_FIT}\nratio = np.exp(fit.params["period[T.2]"])',
        hints=(
            r"$\gamma$ is a difference of logarithms.",
            "`fit.quantities.ratios()` has all of them.",
        ),
        mistakes=(
            Mistake(
                'fit.params["period[T.2]"]',
                "This is the difference of the logarithms. Its exponential was asked for.",
            ),
            Mistake(
                f'np.exp({_UNEXPOSED}.params["period[T.2]"])',
                "You forgot the exposure: the herds have fewer animals in period 2.",
            ),
            Mistake(
                f'np.exp(mlm.Model({_EQUATION}, family="binomial", trials="size").fit(herds)'
                '.params["period[T.2]"])',
                "This is the odds ratio of the logit model. A rate ratio was asked for.",
            ),
            Mistake("1 / ratio", "This compares period 1 with period 2."),
            Mistake(
                'np.exp(fit.params["period[T.2]"] - fit.params["period[T.3]"])',
                "This compares period 2 with period 3. The reference is period 1.",
            ),
            Mistake(
                f'np.exp({_NEGBIN}.params["period[T.2]"])',
                "This is from the negative binomial model. Take the Poisson model.",
            ),
        ),
        explanation="In the typical herd and averaged over herds it is the same.",
    ),
    Exercise(
        id="13.3",
        title="Expected cases",
        prompt="By that fit: how many new cases do you expect in period 1 in a typical herd "
        "($U_{0j} = 0$) of 20 animals?",
        answer="cases",
        kind=Number(),
        setup=_HERDS,
        solution=f'{_FIT}\ncases = 20 * np.exp(fit.params["Intercept"])',
        hints=(
            r"$\exp(\gamma_{00})$ is a rate. Per what?",
            "A rate per animal times the number of animals.",
        ),
        mistakes=(
            Mistake("cases / 20", "This is the rate per animal. The herd has 20 of them."),
            Mistake(
                "cases * np.exp(fit.cov_re.iloc[0, 0] / 2)",
                "This is averaged over herds. In the typical herd $U_{0j}$ is 0.",
            ),
            Mistake(
                f'np.exp({_UNEXPOSED}.params["Intercept"])',
                "You forgot the exposure.",
            ),
            Mistake(
                'np.log(20) + fit.params["Intercept"]',
                "This is the logarithm of the expected count.",
            ),
            Mistake(
                '20 * fit.params["Intercept"]',
                "Take the exponential before you multiply: the logarithm of 20 is added to "
                r"$\gamma_{00}$, not 20 multiplied by it.",
            ),
        ),
    ),
    Exercise(
        id="13.4",
        title="Averaged over herds",
        prompt="And how many new cases in period 1 in herds of 15 animals, averaged over all herds "
        "of the population?",
        answer="cases",
        kind=Number(),
        setup=_HERDS,
        solution=f"{_FIT}\ntau2 = fit.cov_re.iloc[0, 0]\n"
        'cases = 15 * np.exp(fit.params["Intercept"] + tau2 / 2)',
        hints=(
            "The average of an exponential is not the exponential of the average.",
            r"$15 \exp(\gamma_{00} + \tau_0^2 / 2)$.",
        ),
        mistakes=(
            Mistake(
                '15 * np.exp(fit.params["Intercept"])',
                "This is the typical herd. The average is larger.",
            ),
            Mistake(
                '15 * np.exp(fit.params["Intercept"] + tau2**0.5 / 2)',
                r"You took $\tau_0$ for $\tau_0^2$.",
            ),
            Mistake(
                '15 * np.exp(fit.params["Intercept"] + tau2)',
                r"Halve $\tau_0^2$: it is $\tau_0^2/2$.",
            ),
            Mistake("cases / 15", "This is the rate per animal. The herds have 15 of them."),
            Mistake(
                f'(lambda f: np.exp(f.params["Intercept"] + f.cov_re.iloc[0, 0] / 2))'
                f"({_UNEXPOSED})",
                "You forgot the exposure.",
            ),
        ),
        explanation='`fit.predict(..., groups="population")` gives it too.',
    ),
    Exercise(
        id="13.5",
        title="How herds differ",
        prompt="By that fit, between which two multiples of the typical rate do the rates of the "
        "middle 95 % of herds lie in a period? Take 1.96 standard deviations.",
        answer="bounds",
        kind=Interval(),
        setup=_HERDS,
        solution=f"{_FIT}\ntau = fit.cov_re.iloc[0, 0] ** 0.5\n"
        "bounds = (np.exp(-1.96 * tau), np.exp(1.96 * tau))",
        hints=(
            r"The $U_{0j}$ of 95 % of the herds lie within $\pm 1.96\,\tau_0$.",
            "A departure on the scale of the logarithm is a multiple of the rate: `np.exp`.",
        ),
        mistakes=(
            Mistake(
                "(-1.96 * tau, 1.96 * tau)",
                "These are departures on the scale of the logarithm. Take their exponentials.",
            ),
            Mistake(
                "(np.exp(-1.96 * tau**2), np.exp(1.96 * tau**2))",
                "You took the variance for the standard deviation.",
            ),
            Mistake(
                '(np.exp(-1.96 * fit.bse["Intercept"]), np.exp(1.96 * fit.bse["Intercept"]))',
                r"This is the uncertainty of $\gamma_{00}$. Herds vary by $\tau_0$.",
            ),
            Mistake(
                '(np.exp(fit.params["Intercept"] - 1.96 * tau), '
                'np.exp(fit.params["Intercept"] + 1.96 * tau))',
                "These are the rates themselves. Multiples of the typical rate were asked for.",
            ),
        ),
    ),
    Exercise(
        id="13.6",
        title="Variance of a count",
        prompt='Fit the same model with `family="negbin"`. What is then the variance of the count '
        "of a herd and period whose expected count is 4?",
        answer="variance",
        kind=Number(relative=0.005),
        setup=_HERDS,
        solution=f"fit = {_NEGBIN}\nvariance = 4 + 4**2 / fit.shape",
        hints=(
            "A Poisson variance is the expected count. The negative binomial adds to it.",
            r"$\lambda + \lambda^2 / \text{shape}$; the shape is `fit.shape`.",
        ),
        mistakes=(
            Mistake("4", "This is the variance of a Poisson count. Here it is larger."),
            Mistake("4 + 4**2 * fit.shape", "Divide by the shape: a large shape adds little."),
            Mistake("4 + 4 / fit.shape", "The expected count is squared before it is divided."),
            Mistake("variance ** 0.5", "This is the standard deviation."),
            Mistake("4**2 / fit.shape", "Add the Poisson variance, 4."),
        ),
    ),
    Exercise(
        id="13.7",
        title="When counts vary more",
        prompt="A Poisson model with a random intercept is fitted to counts that vary more than "
        "that within groups. What do you expect of the coefficient of a level-1 predictor?",
        answer="choice",
        kind=Choice(
            options={
                "a": "its estimate is far off, and so is its standard error",
                "b": "its estimate is about right, its standard error too large",
                "c": "its estimate is about right, its standard error too small",
                "d": "both are right, since the random intercept takes up what is more",
            }
        ),
        solution='choice = "c"',
        hints=(
            "Look at the diary of the lesson.",
            "The model believes that each count is nearer to its mean than it is.",
        ),
        mistakes=(
            Mistake('"a"', "The mean of the counts is modelled as before; that is what counts."),
            Mistake('"b"', "The model takes the counts to be more precise than they are."),
            Mistake('"d"', "The intercept takes up what differs between groups, not within them."),
        ),
    ),
    Exercise(
        id="13.8",
        title="In your words",
        prompt="A hospital compares wards by the number of falls in a year. It finds twice as many "
        "in the wards of the new building. What do you ask before you believe it, and how would "
        "you model it?",
        answer="text",
        kind=OpenText(),
        solution='text = """\nHow many patients the wards had and for how many days: falls are '
        "counted per day\nof a patient, so these days are the exposure. Then, how the wards differ "
        "beyond the\nbuilding, which is a random intercept if each ward has several months, and "
        "whether\nthe patients are alike. I would fit a Poisson model with the exposure, look for\n"
        "over-dispersion, and report a rate ratio with its interval and expected falls per\n"
        '1,000 days.\n"""',
        hints=("What are the counts proportional to?",),
    ),
)
