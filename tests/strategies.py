"""Models and estimates at random, for tests of laws that hold for all of them."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from mlmteach.api import Model
from mlmteach.model.estimates import Estimates
from mlmteach.model.family import Family
from mlmteach.model.symbols import Coefficient
from mlmteach.model.terms import Factor, Term

# Names that contain each other, that look like symbols, and that LaTeX or Unicode have to escape.
LEVEL1 = ("ses", "cses", "cses2", "minority", "x", "x_1", "beta", "größe")
LEVEL2 = ("size", "sector", "meanses", "mean_ses", "z", "gamma")
CATEGORIES = {"sex": ("F",), "track": ("b", "c d"), "region": ("north", "south-west")}
CATEGORIES1, CATEGORIES2 = ("sex", "track"), ("region",)

FUNCTIONS1 = ("{}", "{}", "{}", "center({})", "center_within({})", "scale({})", "log({})",
              "I({} ** 2)", "np.sqrt({})", "exp({})", "abs({})", "I(-{})",
              "I(({} - 1) / 10)")  # fmt: skip
FUNCTIONS2 = ("{}", "{}", "{}", "center({})", "log({})", "I({} ** 2)", "scale({})", "sqrt({})",
              "log1p({})", "I(1 / {})")  # fmt: skip


@st.composite
def models(
    draw: st.DrawFn,
    *,
    functions: bool = True,
    contrasts: bool = True,
    interactions: bool = True,
    max_level1: int = 3,
    max_level2: int = 2,
    family: Mapping[str, str] | None = None,
) -> Model:
    """Draw a model, not held against data; its contrasts, if any, are expanded by hand.

    An outcome that is not normal is none of a logarithm.
    """
    options: dict[str, Any] = dict(family or {})
    names = draw(_some([*LEVEL1, *(CATEGORIES1 if contrasts else ())], max_level1))
    upper = draw(_some([*LEVEL2, *(CATEGORIES2 if contrasts else ())], max_level2))
    mains = [_expression(draw, name, FUNCTIONS1, functions) for name in names]
    predictors = [_expression(draw, name, FUNCTIONS2, functions) for name in upper]
    numeric = [name for name in names if name not in CATEGORIES]
    if functions and numeric and draw(st.integers(0, 4)) == 0:
        predictors.append(f"group_mean({draw(st.sampled_from(numeric))})")
    terms = list(mains)
    if interactions:
        terms += [":".join(pair) for pair in draw(_some(list(combinations(mains, 2)), 2))]
        if len(mains) == 3 and draw(st.booleans()):
            terms.append(":".join(mains))
        if len(predictors) == 2 and draw(st.booleans()):
            predictors.append(":".join(predictors))
    with_intercept = not terms or draw(st.integers(0, 5)) > 0
    keys = ["intercept"] * with_intercept + terms
    level2 = {key: _level2(draw, predictors) for key in keys if key == "intercept" or draw(_half)}
    if not any("U" in text.split(" + ") for text in level2.values()):
        level2[keys[0]] = "1 + U"
    formula = f"outcome ~ {' + '.join(['1' if with_intercept else '0', *terms])}"
    if functions and not options and draw(st.integers(0, 5)) == 0:
        formula = f"log({formula.replace(' ~', ') ~', 1)}"
    model = Model(formula, group="school", level2=level2, **options)
    random = [c.term.name for c in model.random]
    covariance = draw(_covariances(random))
    if covariance != "unstructured":
        options["covariance"] = covariance
        model = Model(formula, group="school", level2=level2, **options)
    return expanded(model)


LEVEL3 = ("tier", "w", "urban", "zeta")


@st.composite
def with_two_groupings(draw: st.DrawFn, *, functions: bool = True) -> Model:
    """Draw a model of three levels or of crossed groupings."""
    lower = draw(models(functions=functions, contrasts=False, max_level1=2))
    crossed = draw(_half)
    options: dict[str, Any] = {
        "group": "class * school" if crossed else "school/class",
        "level2": lower.level2_formulas,
        "covariance": lower.covariance,
    }
    keys = [c.key for c in lower.bare]
    if not crossed:
        products = [p * c.term for c in lower.bare for p in c.predictors]
        products = products or [lower.bare[0].term]  # a mean that only has a V
        keys = list(dict.fromkeys(t.formula if t else "intercept" for t in products))
    upper = [_expression(draw, n, FUNCTIONS2, functions) for n in draw(_some(LEVEL3, 2))]
    level3 = {key: _level2(draw, upper).replace("U", "V") for key in keys if draw(_half)}
    if not any(text.endswith("V") for text in level3.values()):
        level3[draw(st.sampled_from(keys))] = "1 + V"
    model = Model(lower.level1_formula, **options, level3=level3)
    effects = [effect.term.name for effect in model.upper_random]
    return Model(
        lower.level1_formula, **options, level3=level3, covariance3=draw(_covariances(effects))
    )


FAMILIES = (
    Family("binomial", "logit"),
    Family("binomial", "logit", event="Y"),
    Family("binomial", "probit", event="c d"),
    Family("binomial", "probit", event=2),
    Family("binomial", "cloglog"),
    Family("binomial", "logit", trials="trials"),
    Family("binomial", "cloglog", trials="all_of them"),
    Family("poisson", "log"),
    Family("poisson", "log", exposure="area"),
    Family("poisson", "log", exposure="_x 2"),
    Family("negbin", "log"),
    Family("negbin", "log", exposure="time_at_risk"),
)


@st.composite
def generalized(draw: st.DrawFn, *, functions: bool = True) -> Model:
    """Draw a model of a yes/no outcome or of a count."""
    model = draw(models(functions=functions).filter(lambda m: not m.outcome.function))
    family = draw(st.sampled_from(FAMILIES))
    return model.expanded(coefficients=model.coefficients, codebook=None, family=family)


@st.composite
def estimates(draw: st.DrawFn, model: Model, *, bse: bool = True) -> Estimates:
    """Draw numbers of any size and sign for the symbols of a model."""
    sizes = st.floats(-1e6, 1e6, allow_subnormal=False)
    names = [gamma.name for gamma in model.gammas]
    upper = [effect.term.name for effect in model.upper_random]
    return Estimates(
        params=pd.Series([draw(sizes) for _ in names], index=names, dtype=float),
        cov_re=draw(_covariance_matrices([c.term.name for c in model.random])),
        cov_re3=draw(_covariance_matrices(upper)) if upper else None,
        scale=draw(st.floats(1e-6, 1e6)),
        bse=pd.Series([draw(st.floats(1e-6, 1e3)) for _ in names], index=names, dtype=float)
        if bse
        else None,
        shape=draw(st.floats(1e-3, 1e3)) if model.family.name == "negbin" else None,
    )


@st.composite
def _covariance_matrices(draw: st.DrawFn, names: list[str]) -> pd.DataFrame:
    count = len(names)
    root = np.array(draw(st.lists(st.floats(-5, 5), min_size=count**2, max_size=count**2)))
    root = root.reshape(count, count)
    return pd.DataFrame(root @ root.T, index=names, columns=names)


def expanded(model: Model) -> Model:
    """Give a model one coefficient a contrast, as data would."""
    coefficients: list[Coefficient] = []
    for c in model.bare:
        predictors = tuple(term for p in c.predictors for term in _contrasts(p))
        for term in _contrasts(c.term):
            index = model.bare[0].index + len(coefficients)
            coefficients.append(Coefficient(index, term, predictors, c.random))
    return model.expanded(coefficients=tuple(coefficients), codebook=None, family=model.family)


def _contrasts(term: Term) -> list[Term]:
    found = [Term(())]
    for factor in term.factors:
        levels = CATEGORIES.get(factor.expression)
        suffixes = [f"[T.{level}]" for level in levels] if levels else [""]
        found = [t * Term((Factor(factor.expression, s),)) for t in found for s in suffixes]
    return found


_half = st.booleans()


def _some(values: Sequence[str], most: int) -> st.SearchStrategy[list[str]]:
    if not values:
        return st.just([])
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def _expression(draw: st.DrawFn, name: str, forms: tuple[str, ...], functions: bool) -> str:
    if name in CATEGORIES or not functions:
        return name
    return draw(st.sampled_from(forms)).format(name)


def _level2(draw: st.DrawFn, predictors: list[str]) -> str:
    """Draw a level-2 equation: with or without a mean, predictors, U."""
    chosen = draw(_some(predictors, len(predictors)))
    random = draw(_half)
    mean = not (chosen or random) or draw(st.integers(0, 4)) > 0
    return " + ".join(["1" if mean else "0", *chosen, *(["U"] if random else [])])


def _covariances(random: list[str]) -> st.SearchStrategy[object]:
    choices: list[object] = ["unstructured", "unstructured"]
    if len(random) > 1:
        choices.append("diagonal")
    if len(random) > 2:
        choices.append(((random[0], random[2]), (random[1], *random[3:])))
    return st.sampled_from(choices)
