"""MixedLM of statsmodels in Python."""

from __future__ import annotations

import keyword

from mlmteach.errors import ModelError
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules
from mlmteach.translate.plan import Effects, Plan, Product, Program, refuse_dispersion
from mlmteach.translate.preparation import (
    Categories,
    Center,
    Compute,
    GroupMean,
    Indicator,
    Standardize,
    Step,
)
from mlmteach.translate.script import KEPT, WIDTH, quoted, sum_of, terms_of, wrapped, wrapped_sum

__all__ = ["PROGRAM"]

# formulas use these for functions and for the intercept
NAMING = NameRules(
    r"[^\W\d]\w*", 10_000, frozenset([*keyword.kwlist, "C", "I", "Q", "np", "Intercept"])
)


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    The statsmodels documentation: Linear Mixed Effects Models, and MixedLM.from_formula for
    ``re_formula`` and ``vc_formula``; BinomialBayesMixedGLM and PoissonBayesMixedGLM, whose
    parameters have priors, and whose posterior is approximated by Laplace (``fit_map``) or
    variational Bayes (``fit_vb``).
    """
    if not plan.family.is_normal:
        raise _no_likelihood(plan)
    refuse_dispersion("statsmodels' MixedLM", plan, instead="nlme or SAS")
    groups, correlated, components = _parts(plan)
    frame = plan.data
    preparation = [_line(step, plan) for step in plan.steps]
    if plan.crossed:
        preparation.append(
            f'{frame}["{groups}"] = 1  # one group of all rows: memory grows with their square'
        )
    lines = ["import numpy as np"] if any("np." in line for line in preparation) else []
    lines += ["import pandas as pd", "import statsmodels.formula.api as smf", ""]
    options = ""
    if plan.texts:  # else "NA" would be missing, "01" be 1, and "True" no text
        types = ", ".join(f"{quoted(name)}:{KEPT}str" for name in plan.texts)
        options = f', dtype={{{types}}}, keep_default_na=False, na_values=[""]'
    lines.append(wrapped(f'{frame} = pd.read_csv("{frame}.csv"{options})', indent="    "))
    lines += [
        f"{frame} = {frame}.rename(columns={{{quoted(old)}: {quoted(new)}}})"
        "  # a name that formulas take"
        for old, new in plan.renamed
    ]
    used = ", ".join(quoted(name) for name in plan.used)
    # MixedLM cannot leave out rows itself: its groups would keep theirs
    lines.append(wrapped(f"{frame} = {frame}[[{used}]].dropna()", indent="    "))
    lines += [
        *preparation,
        "",
        "model = smf.mixedlm(",
        _formula(plan),
        f"    {frame},",
        f"    groups={quoted(groups)},",
        *([f"    re_formula={quoted(f'~ {sum_of(correlated)}')},"] if correlated else []),
    ]
    if components:
        inside = [f"{quoted(name)}: {quoted(formula)}" for name, formula in components.items()]
        note = "  # uncorrelated" + (" with the others" if correlated else "")
        line = f"    vc_formula={{{', '.join(inside)}}},"
        if len(line) <= WIDTH:
            lines.append(line + note)
        else:
            lines += ["    vc_formula={" + note, *(f"        {own}," for own in inside), "    },"]
    lines += [
        ")",
        "# The default search can stop far from the optimum; Powell's method, with a strict",
        "# tolerance, finds it. The standard errors come from a Hessian and not from generalised",
        "# least squares, so they can differ from those of other programs.",
        *(["# MixedLM has no robust ones."] if plan.robust else []),
        f'fit = model.fit(reml={plan.reml}, method="powell", ftol=1e-10)',
        "print(fit.summary())",
    ]
    return "\n".join(lines)


def _no_likelihood(plan: Plan) -> ModelError:
    """Say what there is instead."""
    family = plan.family
    instead = {"binomial": "BinomialBayesMixedGLM", "poisson": "PoissonBayesMixedGLM"}
    other = (
        f"; its {instead[family.name]} has priors, and approximates the posterior by Laplace or "
        "variational Bayes, which gives other numbers"
        if family.name in instead
        else ""
    )
    return ModelError(
        f"statsmodels has no fit by maximum likelihood of random coefficients in a model of the "
        f"family '{family.name}'{other}.",
        "Write the model for lme4, glmmTMB, Stata or SAS.",
    )


def _formula(plan: Plan) -> str:
    lines = wrapped_sum(plan.outcome, terms_of(plan.fixed), indent="").splitlines()
    pieces = [f"{line.strip()} " for line in lines[:-1]] + [lines[-1].strip()]
    return "\n".join(f"    {quoted(piece)}" for piece in pieces) + ","


def _parts(plan: Plan) -> tuple[str, tuple[Product, ...], dict[str, str]]:
    """Name the groups, the effects that may correlate in them, and the variance components.

    MixedLM has groups of one kind.  Groups within them, and all groups where they cross, are
    components: indicators times what the coefficient multiplies, with one variance.
    """
    *inner, outer = plan.random
    components = {}
    if plan.crossed:
        inner, groups = list(plan.random), plan.names(NAMING).new("every_row")
        correlated: tuple[Product, ...] = ()
    else:
        groups = outer.columns[0]
        correlated, independent = _parted(outer)
        components = {":".join(product): sum_of([product]) for product in independent}
    for effects in inner:
        group = effects.columns[-1]
        if any(len(block) > 1 for block in effects.blocks):
            raise ModelError(
                "statsmodels cannot fit random coefficients that correlate within "
                f"'{plan.in_data(group)}', since "
                + ("groupings cross." if plan.crossed else f"'{plan.in_data(groups)}' is above."),
                "Let them not correlate (covariance='diagonal'), or use lme4.",
            )
        for product in effects.products:
            components[":".join([group, *product])] = f"0 + {':'.join([f'C({group})', *product])}"
    return groups, correlated, components


def _parted(effects: Effects) -> tuple[tuple[Product, ...], list[Product]]:
    """The effects that may correlate, and those that are variance components of their own."""
    large = [block for block in effects.blocks if len(block) > 1]
    if len(large) > 1:
        raise ModelError(
            f"statsmodels cannot fit {len(large)} blocks of correlated random coefficients.",
            "Let all of them correlate (covariance='unstructured'), or use lme4.",
        )
    correlated = large[0] if large else effects.blocks[0]
    independent = [block[0] for block in effects.blocks if block != correlated]
    if () in independent:
        raise ModelError(
            "statsmodels cannot fit a random intercept apart from a block of random slopes.",
            "Let the intercept correlate with them (covariance='unstructured'), or use lme4.",
        )
    return correlated, independent


def _line(step: Step, plan: Plan) -> str:
    dialect = Dialect("python", f'{plan.data}["%s"]', "np.%s(%s)")

    def column(name: str) -> str:
        return f'{plan.data}["{name}"]'

    match step:
        case Compute(name, expression):
            return f"{column(name)} = {dialect.write(expression)}"
        case GroupMean(name, source, groups):
            keys = quoted(groups[0]) if len(groups) == 1 else f"[{', '.join(map(quoted, groups))}]"
            grouped = f'{plan.data}.groupby({keys})["{source}"]'
            return f'{column(name)} = {grouped}.transform("mean")'
        case Center(name, source, _):
            return f"{column(name)} = {column(source)} - {column(source)}.mean()"
        case Standardize(name, source, _, _):
            x = column(source)
            return f"{column(name)} = ({x} - {x}.mean()) / {x}.std()"
        case Indicator(name, source, value):
            shown = quoted(value) if isinstance(value, str) else repr(value)
            return f"{column(name)} = ({column(source)} == {shown}).astype(float)"
        case Categories(source, values):
            levels = ", ".join(quoted(v) if isinstance(v, str) else repr(v) for v in values)
            return f"{column(source)} = pd.Categorical({column(source)}, categories=[{levels}])"


PROGRAM = Program("statsmodels", "python", NAMING, factors=True, write=write)
