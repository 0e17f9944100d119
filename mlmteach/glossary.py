"""The glossary of the lessons: words, symbols in six notations, data sets and figures.

``lessons/GLOSSARY.md`` is made from this file by ``python -m mlmteach.glossary``.  Words are
written here; symbols come from the notations, data sets from their codebooks, figures from
:mod:`mlmteach.plot`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from mlmteach.api import Model
from mlmteach.course import lesson_sources, lessons_folder
from mlmteach.data.datasets import datasets, load
from mlmteach.interpret.words import written
from mlmteach.model.notation import PRESETS, Level, Notation

__all__ = [
    "EXAMPLES",
    "SYMBOLS",
    "WORDS",
    "SymbolRow",
    "Word",
    "anchor",
    "figures",
    "glossary",
    "notation_card",
]


class Word(NamedTuple):
    """A word, what it means, and the number of the lesson that explains it."""

    word: str
    meaning: str
    lesson: int


class SymbolRow(NamedTuple):
    """A symbol as a notation makes it, what it stands for, and where a fit has it."""

    kind: str
    q: int
    s: int
    r: int
    meaning: str
    place: str
    p: int = 0


_WORDS = r"""
AIC (7): The criterion plus 2 for each parameter, to rank models. Smaller is better. BIC adds the
    logarithm of the number of rows in place of 2.
Average marginal effect (12): By how much a probability or an expected count differs per unit of a
    predictor, averaged over the units of the data and over groups.
Bootstrap (7): Fitting a model again and again to outcomes simulated from it, to see how much its
    estimates vary.
Caterpillar plot (2): The predicted $U$ of all groups in order, each with an interval.
Codebook (0): What the columns of a data set mean: label, level, kind, unit, codes.
Collapsible (12): Said of a measure that is the same in each group and averaged over groups, when
    nothing is confounded. A difference of probabilities is, an odds ratio is not.
Complete pooling (1): One regression for all groups, as if there were none.
Contextual effect (6): The slope between groups minus the slope within groups: what the mean of
    the group goes with, for units alike in the predictor themselves.
Cook's distance (8): How far the estimates move when one group is left out.
Coverage (8): How often, over repeated samples, an interval holds the true value. For a 95 %
    interval it should be 95 %.
Criterion (7): What a fit makes as small as it can: minus twice the logarithm of the likelihood,
    by ML or by REML.
Cross-classified (15): Said of data whose groups are crossed.
Cross-level interaction (5): The product of a level-1 and a level-2 predictor: a slope that
    depends on a property of the group.
Crossed (15): Said of two groupings of which neither lies in the other, such as primary and
    secondary schools. There are two departures at level 2, and they add up.
Degrees of freedom (7): How much evidence stands behind a standard error. In a multilevel model
    each coefficient has its own.
Departure (0): How far a group or a unit lies from what is expected of it: $U$ or $\varepsilon$.
    A group's is also called random effect, or residual at level 2. It is not what the group does
    to its units.
Design effect (1): How many times larger the variance of a mean is than in a simple random sample
    of the same size.
Deviance (7): Minus twice the log-likelihood. The drop from one model to a larger one is a
    likelihood-ratio test.
Dfbetas (10): How many of its standard errors one coefficient moves when one group is left out.
Ecological fallacy (1): Taking a slope between groups for one between units. The opposite is the
    atomistic fallacy.
Exposure (13): What a count is proportional to, such as time, area or persons. Its logarithm stands
    in the model with a coefficient of 1, the offset.
F test (7): One test that several coefficients are all 0, such as those of a category.
Fixed coefficient (1): One unknown number, the same in all groups. It is estimated.
Full model (2): The level-1 equation with the level-2 equations put into it.
Generalised least squares (9): A weighted regression that allows for the variances and covariances
    of the residuals. It gives the $\gamma$ and their standard errors once the variances are known.
Grand-mean centring (6): Measuring a predictor from the mean of everybody. It changes where you
    look, and not the model.
Group-mean centring (6): Measuring a predictor from the mean of the group. It parts the slope
    within groups from the slope between them.
Intraclass correlation (2): The share of the variance that lies between groups; the correlation of
    two units of one group. Short: ICC. With two groupings there is one for each way of sharing.
Kenward and Roger (7): A method for standard errors and degrees of freedom that allows for the
    estimation of the variances. For few groups.
Language-as-fixed-effect fallacy (15): Leaving out the grouping by words, pictures or questions, as
    if those of the study were all there are.
Laplace's approximation (12): A bell curve in place of the true curve over $U$, to compute the
    likelihood of a yes/no outcome or a count. Good where groups have many units.
Latent ICC (12): The intraclass correlation of the score behind a yes/no answer: with the logit link
    $\tau_0^2 / (\tau_0^2 + 3.29)$.
Level 1 (0): The units, such as students. A level-1 variable differs within groups.
Level 2 (0): The groups, such as schools. A level-2 variable is the same for all units of a group.
Level 3 (14): The groups of groups, such as the schools of classes. A level-3 variable is the same
    for all units of such a group.
Likelihood-ratio test (7): A test of all that a larger model adds to a smaller one which is a
    special case of it.
Linear probability model (12): A model of a 0/1 outcome as if it were normal. A straight line, which
    may leave the range from 0 to 1.
Link (12): The function of the expected outcome that the predictors add up to: logit for
    probabilities, logarithm for counts.
Listwise deletion (8): Leaving out every row that has a missing value. It assumes that, given the
    predictors, a gap has nothing to do with the outcome.
Logit (12): The logarithm of the odds.
Lognormal (8): Said of a positive number whose logarithm is normally distributed.
Maximum likelihood (7): Estimation by the parameters under which the data are most probable. Its
    variances come out a little too small. Short: ML.
Median odds ratio (12): For two like units from two groups drawn at random, the median of the larger
    odds divided by the smaller. For counts, the median rate ratio.
Missing at random (11): That whether a value is missing depends on what was measured, and not on
    the value itself.
Multi-stage sampling (1): Drawing groups first, and units within them second.
Negative binomial (13): The distribution of counts that vary more than Poisson counts: with expected
    count $\lambda$ the variance is $\lambda + \lambda^2/\text{shape}$.
Nested (14): Said of groups each of which lies in one larger group only, as classes lie in schools.
No pooling (1): A regression of its own for each group.
Null model (2): The model without predictors: a general mean, a departure of each group, a
    departure of each unit.
Odds (12): The probability of an event divided by that of its absence.
Odds ratio (12): By how many times the odds differ per unit of a predictor: $\exp(\gamma)$ in a
    logit model.
Omitted moderator (5): A property of the groups that goes with a slope and is not in its equation.
    Another property that goes with it stands in for it.
Over-dispersion (13): That counts vary more than a Poisson model allows. It makes standard errors
    too small.
Partial pooling (1): Coefficients of their own for the groups, which share a distribution: the
    multilevel model.
Poisson distribution (13): The distribution of counts of events that come independently of each
    other. Its variance is its mean.
Power (7): How often a study of a given design finds what is there.
Profile (7): How the deviance rises as one parameter is held away from its estimate. It gives
    intervals that need not be symmetric.
Quadrature (12): Adding up a curve at several points to find the area under it: as exact as there
    are points. Adaptive: the points are put where the curve of each group is.
Random coefficient (1): A number for each group, from a distribution. Its variance is estimated,
    its values are predicted.
Random intercept (1): An intercept that differs from group to group.
Random slope (4): A slope that differs from group to group.
Rate of growth (11): The slope of time: how much a person changes in one unit of time.
Rate ratio (13): By how many times an expected count, or a rate, differs per unit of a predictor:
    $\exp(\gamma)$ in a model with the logarithm as link.
Reference category (5): The category that the others are compared with. Each of them has a
    coefficient, its difference from the reference.
Region of significance (5): The values of a moderator at which a slope differs from 0. Also called
    Johnson and Neyman's region.
Reliability (2): The share of the variance of the groups' means that is not chance. The prediction
    of $U$ keeps this share of a group's departure.
Residual (3): What the predictors leave unexplained: $\varepsilon_{ij}$ at level 1, the $U$ at
    level 2.
Restricted maximum likelihood (7): Maximum likelihood that allows for the estimation of the fixed
    coefficients. Use it for estimates. Short: REML.
Robust standard errors (8): Standard errors computed from the residuals of the groups, which do not
    rely on the variances that the model assumes. Where they differ much from the usual ones, the
    model is wrong somewhere.
Rootogram (13): A picture of how often each count occurs and how often the model expects it, on the
    scale of square roots.
Satterthwaite (7): A method for the degrees of freedom of each fixed coefficient.
Separation (12): That predictors tell a yes/no outcome for certain in some rows. A coefficient then
    has no estimate.
Shrinkage (2): That predictions lie closer to the general mean than the data of a group alone
    would say, the more so the fewer the data.
Simple slope (5): The slope of a predictor at one value of what it interacts with.
Singular fit (4): A fit on the edge of what is possible: a variance is estimated as 0, or a
    correlation as 1 or −1.
Tests of equal variance (8): H compares the logarithms of the groups' residual variances,
    Brown–Forsythe the distances from the groups' medians. Breusch–Pagan asks whether squared
    residuals go with the predictors.
Tests of normality (8): Shapiro–Wilk asks how straight the points lie in a quantile plot.
    D'Agostino–Pearson looks at skewness and kurtosis together, and is for many values.
Time-varying predictor (11): A predictor that changes from occasion to occasion within a person.
Typical group (12): The group whose $U$ are 0. For probabilities and counts it is not the average
    over groups.
Variance explained (7): By how much predictors lower a variance. With two levels there is more
    than one answer.
Variance function (4): With a random slope, the variance between groups as a curve over the
    predictor: $\tau_0^2 + 2\tau_{01}x + \tau_1^2x^2$.
Wald test (7): An estimate divided by its standard error.
"""  # a word, its lesson, its meaning; lines that go on are indented

WORDS = tuple(
    Word(word, " ".join(meaning.split()), int(lesson))
    for word, lesson, meaning in re.findall(
        r"^(\S.*?) \((\d+)\): (.*?)(?=^\S|\Z)", _WORDS, re.MULTILINE | re.DOTALL
    )
)
"""The words in the order of the alphabet."""

SYMBOLS = {
    "single": (
        SymbolRow("beta", 0, 0, 0, "intercept of group j", ""),
        SymbolRow("beta", 1, 0, 0, "slope of the first level-1 predictor in group j", ""),
        SymbolRow("gamma", 0, 0, 0, "general intercept", "params"),
        SymbolRow("gamma", 0, 1, 0, "level-2 predictor in the equation of the intercept", "params"),
        SymbolRow("gamma", 1, 0, 0, "general slope", "params"),
        SymbolRow("gamma", 1, 1, 0, "cross-level interaction", "params"),
        SymbolRow("effect", 0, 0, 0, "departure of the intercept of group j", "random_effects"),
        SymbolRow("effect", 1, 0, 0, "departure of the slope in group j", "random_effects"),
        SymbolRow("residual", 0, 0, 0, "level-1 residual", "resid"),
        SymbolRow("variance", 0, 0, 0, "variance of the intercepts", "cov_re"),
        SymbolRow("variance", 1, 0, 0, "variance of the slopes", "cov_re"),
        SymbolRow("covariance", 0, 0, 1, "covariance of intercepts and slopes", "cov_re"),
        SymbolRow("residual_variance", 0, 0, 0, "variance of the level-1 residual", "scale"),
    ),
    "nested": (
        SymbolRow("beta", 0, 0, 0, "intercept of class j in school k", ""),
        SymbolRow("beta", 1, 0, 0, "slope of the first level-1 predictor in class j", ""),
        SymbolRow("delta", 0, 0, 0, "mean of the intercepts in school k", ""),
        SymbolRow("delta", 0, 1, 0, "level-2 predictor's coefficient in school k", ""),
        SymbolRow("delta", 1, 0, 0, "mean of the slopes in school k", ""),
        SymbolRow("gamma", 0, 0, 0, "general intercept", "params"),
        SymbolRow("gamma", 0, 0, 0, "level-3 predictor in the intercept's equation", "params", 1),
        SymbolRow("gamma", 0, 1, 0, "level-2 predictor in the intercept's equation", "params"),
        SymbolRow("gamma", 1, 0, 0, "general slope", "params"),
        SymbolRow("effect", 0, 0, 0, "departure of a class from its school", "random_effects"),
        SymbolRow("upper", 0, 0, 0, "departure of a school's mean", "random_effects"),
        SymbolRow("upper", 1, 0, 0, "departure of a school's mean slope", "random_effects"),
        SymbolRow("residual", 0, 0, 0, "level-1 residual", "resid"),
        SymbolRow("variance", 0, 0, 0, "variance of the classes in a school", "cov_re"),
        SymbolRow("upper_variance", 0, 0, 0, "variance of the schools' means", "cov_re"),
        SymbolRow("upper_variance", 1, 0, 0, "variance of the schools' slopes", "cov_re"),
        SymbolRow("upper_covariance", 0, 0, 1, "covariance of the two", "cov_re"),
        SymbolRow("residual_variance", 0, 0, 0, "variance of the level-1 residual", "scale"),
    ),
    "crossed": (
        SymbolRow("beta", 0, 0, 0, "intercept of the pair of groups j and k", ""),
        SymbolRow("gamma", 0, 0, 0, "general intercept", "params"),
        SymbolRow("gamma", 0, 1, 0, "predictor of the one or the other grouping", "params"),
        SymbolRow("gamma", 1, 0, 0, "general slope", "params"),
        SymbolRow("effect", 0, 0, 0, "departure of group j of the first", "random_effects"),
        SymbolRow("upper", 0, 0, 0, "departure of group k of the second", "random_effects"),
        SymbolRow("residual", 0, 0, 0, "level-1 residual", "resid"),
        SymbolRow("variance", 0, 0, 0, "variance between groups of the first", "cov_re"),
        SymbolRow("upper_variance", 0, 0, 0, "variance between groups of the second", "cov_re"),
        SymbolRow("residual_variance", 0, 0, 0, "variance of the level-1 residual", "scale"),
    ),
}
"""By what :attr:`~mlmteach.Notation.design` says: two levels, three, crossed groupings."""

EXAMPLES = {
    "single": Model("y ~ x", group="j", level2={"intercept": "z + U", "x": "z + U"}),
    "nested": Model(
        "y ~ x",
        group="k/j",
        level2={"intercept": "z + U"},
        level3={"intercept": "w + V", "x": "V"},
    ),
    "crossed": Model("y ~ x", group="j * k", level3={"intercept": "w + V"}),
}
"""The models whose symbols the notation cards show."""


def glossary() -> str:
    """Write the whole glossary in Markdown.

    Returns
    -------
    str
    """
    parts = [
        "# Glossary",
        "Words, symbols, data sets and figures of the course.",
        "## Words",
        _words(),
        "## Notation card",
        "One model, six notations. The lessons use the first. `model.equations(notation=...)` "
        "takes the name of a column.",
        notation_card(),
        "Three levels: classes j in schools k. `fit.cov_re` and `fit.random_effects` have an entry "
        "for each grouping.",
        notation_card("nested"),
        "Crossed groupings j and k:",
        notation_card("crossed"),
        "## Data sets",
        '`mlm.load(name)` loads a data set. Its codebook is in `.attrs["codebook"]`.',
        _data_sets(),
        "## Figures",
        "Each is reached as `mlm.plot.NAME`, and has a text that says what it shows.",
        _table(("figure", "what it does"), figures()),
    ]
    return "\n\n".join(parts) + "\n"


def anchor(word: str) -> str:
    """Name the place of a word in the glossary, for links such as ``GLOSSARY.md#level-1``.

    Parameters
    ----------
    word : str

    Returns
    -------
    str

    Examples
    --------
    >>> anchor("Cook's distance")
    'cooks-distance'
    """
    return word.lower().replace("'", "").replace(" ", "-")


def notation_card(design: Literal["single", "nested", "crossed"] = "single") -> str:
    r"""Write the symbols of a model with one slope in every notation, as a Markdown table.

    Parameters
    ----------
    design : {"single", "nested", "crossed"}, optional
        Whether the model has one grouping, three levels, or two crossed groupings.

    Returns
    -------
    str

    Examples
    --------
    >>> notation_card().splitlines()[4]
    '| $\\gamma_{00}$ | general intercept | `fit.params` | $\\gamma_{00}$ | ...
    """
    names = list(PRESETS)
    notations = [
        preset if design == "single" else preset.for_model(EXAMPLES[design])
        for preset in PRESETS.values()
    ]
    header = (names[0], "stands for", "in a fit", *names[1:])
    rows = [
        (
            _symbol(row, notations[0]),
            row.meaning,
            f"`fit.{row.place}`" if row.place else "",
            *(_symbol(row, notation) for notation in notations[1:]),
        )
        for row in SYMBOLS[design]
    ]
    return _table(header, rows)


def figures() -> list[tuple[str, str]]:
    """List the figures with the first sentence of what each does.

    Returns
    -------
    list of (name, sentence)
    """
    from mlmteach import plot

    found = []
    for name in sorted(name for name in plot.__all__ if name.islower()):
        sentence = (getattr(plot, name).__doc__ or "").strip().splitlines()[0]
        found.append((f"`{name}`", sentence))
    return found


def _symbol(row: SymbolRow, notation: Notation) -> str:
    """Write a symbol as formulas in Markdown have it; a correlation stands with its two SDs."""
    prefix = row.kind.removesuffix("covariance")
    if row.kind.endswith("covariance") and notation.correlation:
        glyphs = [notation.glyph(f"{prefix}correlation", q=row.q, r=row.r, level=2)]
        glyphs += [notation.deviation(q, symbol=f"{prefix}variance") for q in (row.q, row.r)]
    else:
        at: Level = 3 if row.kind in {"gamma", "delta", "upper"} else 2
        glyphs = [notation.glyph(row.kind, q=row.q, s=row.s, p=row.p, r=row.r, level=at)]
    return "$" + r"\,".join(written(glyph)[1] for glyph in glyphs) + "$"


def _words() -> str:
    files = {int(path.stem[:2]): path.stem for path in lesson_sources(lessons_folder())}
    return _table(
        ("word", "meaning", "lesson"),
        [
            (
                f'<a id="{anchor(word)}"></a>**{word}**',
                meaning,
                f"[{number}]({files[number]}.ipynb)",
            )
            for word, meaning, number in WORDS
        ],
    )


def _data_sets() -> str:
    rows = []
    for name in datasets():
        frame = load(name)
        codebook = frame.attrs["codebook"]
        groups = frame[codebook.group].nunique()
        size = f"{len(frame):,} {codebook.level1.plural} in {groups:,} {codebook.level2.plural}"
        rows.append((f"`{name}`", codebook.title, size))
    return _table(("name", "what it is", "size"), rows)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    escaped = [tuple(re.sub(r"(?<!\\)\|", r"\|", cell) for cell in row) for row in rows]
    lines = [header, tuple("---" for _ in header), *escaped]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    (lessons_folder() / "GLOSSARY.md").write_text(glossary(), encoding="utf-8")
