"""Stata's mixed, melogit and the like."""

from __future__ import annotations

from mlmteach.errors import ModelError
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules, words
from mlmteach.translate.plan import Plan, Product, Program, refuse_dispersion
from mlmteach.translate.preparation import (
    Categories,
    Center,
    Compute,
    GroupMean,
    Indicator,
    Standardize,
    Step,
    literal,
)
from mlmteach.translate.script import CURVATURE, LAPLACE, wrapped

__all__ = ["PROGRAM"]

# Stata User's Guide, 11.3 Naming conventions
NAMING = NameRules(
    r"[A-Za-z_]\w*",
    32,
    words(
        "_all _b byte _coef _cons double float if in int long _n _N _pi _pred _rc _skip str strL "
        "using with"
    ),
)
DIALECT = Dialect("stata", power="^")
COMMANDS = {
    "logit": "melogit",
    "probit": "meprobit",
    "cloglog": "mecloglog",
    "poisson": "mepoisson",
    "negbin": "menbreg",
}
"""The commands by link of a yes/no outcome, and by family of a count."""


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    The Stata manuals: [ME] mixed (random-effects equations, ``covariance()``, ``noconstant``,
    ``residuals(independent, by())``, blocks by repeating the level, ``dfmethod()``
    with REML, levels within levels, and ``_all: R.varname`` for groupings that cross), melogit,
    meprobit, mecloglog, mepoisson, menbreg (``binomial()``, ``exposure()`` with the fixed part,
    ``intmethod()``, ``intpoints()``), [D] import delimited, [D] egen.
    """
    refuse_dispersion("Stata's mixed", plan, by=True, instead="lme4, nlme or SAS")
    texts = plan.text_columns
    how = ' stringcols(_all) bindquote(strict) encoding("UTF-8")' if texts else " asdouble"
    reading = f'import delimited "{plan.data}.csv", clear case(preserve){how}'
    lines = [wrapped(reading, indent="    ", end=" ///")]
    lines += [
        f'* The column "{old}" is called {new} here, since Stata cannot hold its name: '
        f"rename it in {plan.data}.csv."
        for old, new in plan.renamed
    ]
    made = _random_columns(plan)
    if numbers := [name for name in plan.used if name not in texts and texts]:
        # texts were read as they are written, "01" beside "1" and True; the rest are numbers
        lines.append(wrapped(f"destring {' '.join(numbers)}, replace", indent="    ", end=" ///"))
    if plan.steps or made:
        lines.append(wrapped(f"keep {' '.join(plan.used)}", indent="    ", end=" ///"))
        lines.append(wrapped(f"drop if missing({', '.join(plan.used)})", indent="    ", end=" ///"))
    lines += [line for step in plan.steps for line in _lines(step)]
    lines += [
        f"generate double {name} = {' * '.join(product)}  // random equations take columns"
        for product, name in made.items()
    ]
    names = plan.names(NAMING)
    codes = {name: names.new(f"{name[:27]}_code") for name in plan.groups if name in texts}
    lines += [f"egen long {code} = group({name})" for name, code in codes.items()]
    fixed = " ".join(_fixed(product) for product in plan.fixed if product)
    call = f"{_command(plan)} {plan.outcome} {fixed}".rstrip()
    options = [] if () in plan.fixed else ["noconstant"]
    options += [f"exposure({plan.family.exposure})"] if plan.family.exposure else []
    call += f", {' '.join(options)}" if options else ""
    call += " " + " ".join(_random(plan, codes, made))
    if not plan.family.is_normal:
        call += f" {_integration(plan)}"
        lines += [f"* {line}" for line in CURVATURE] if plan.curved else []
        if plan.crossed and plan.points > 1:
            lines.append(f"* {LAPLACE}")
        return "\n".join([*lines, "", wrapped(call, indent="    ", end=" ///")])
    if plan.by:
        by = plan.by
        if by in texts:
            by = names.new(f"{by[:27]}_code")
            lines.append(f"egen long {by} = group({plan.by})")
        call += f" residuals(independent, by({by}))"
    if plan.robust:  # "types other than oim may not be combined with dfmethod()": help mixed
        lines += [
            "* Robust standard errors, written with ML. Stata has one kind of its own, without",
            f"* degrees of freedom; its numbers are not quite those of {plan.robust}.",
        ]
        call += " mle vce(robust)"
    else:  # degrees of freedom other than infinity are there for REML alone
        call += " reml dfmethod(satterthwaite)" if plan.reml else " mle"
    return "\n".join([*lines, "", wrapped(call, indent="    ", end=" ///")])


def _command(plan: Plan) -> str:
    family = plan.family
    return COMMANDS.get(family.link if family.is_binomial else family.name, "mixed")


def _integration(plan: Plan) -> str:
    """Trials and quadrature; nodes about mode and curvature are those that this package has."""
    trials = [f"binomial({plan.family.trials})"] if plan.family.trials else []
    how = (
        ["intmethod(laplace)"]
        if plan.points == 1 or plan.crossed
        else ["intmethod(mcaghermite)", f"intpoints({plan.points})"]
    )
    return " ".join([*trials, *how])


def _random(plan: Plan, codes: dict[str, str], made: dict[Product, str]) -> list[str]:
    """Equations of the outermost level first: Stata takes each level within those before it."""
    order = list(reversed(plan.random))
    equations = []
    if plan.crossed:
        # as a factor, a grouping has a variance and no slopes
        factors = [effects for effects in plan.random if effects.products == ((),)]
        if not factors:
            raise ModelError(
                "Stata's mixed has random coefficients of predictors in one of two groupings that "
                "cross, and not in both.",
                "Write the model for lme4, glmmTMB or MixedModels.jl.",
            )
        factor = factors[0].columns[0]
        order = [effects for effects in plan.random if effects is not factors[0]]
        equations = [f"|| _all: R.{codes.get(factor, factor)}"]
    for effects in order:
        group = codes.get(effects.columns[-1], effects.columns[-1])
        for block, covariance in effects.covariances(
            diagonal="independent", several="unstructured", one=""
        ):
            slopes = "".join(f" {made.get(product, product[0])}" for product in block if product)
            options = [f"covariance({covariance})"] if covariance else []
            options += [] if () in block else ["noconstant"]
            ends = f", {' '.join(options)}" if options else ""
            equations.append(f"|| {group}:{slopes}{ends}")
    if "," not in equations[-1]:
        equations[-1] += ","
    return equations


def _random_columns(plan: Plan) -> dict[Product, str]:
    """Names for interactions with a random coefficient, which need columns of their own."""
    names = plan.names(NAMING)
    products = [product for product in plan.effects if len(product) > 1]
    return {product: names.new("_x_".join(product)) for product in products}


def _fixed(product: Product) -> str:
    return product[0] if len(product) == 1 else "#".join(f"c.{name}" for name in product)


def _text(value: object) -> str:
    text = str(value).replace("$", "\\$")  # which would insert a macro
    simple = f'"{text}"'
    return f"`{simple}'" if '"' in text else simple  # compound quotes hold simple ones


def _lines(step: Step) -> list[str]:
    match step:
        case Compute(name, expression):
            return [f"generate double {name} = {DIALECT.write(expression)}"]
        case GroupMean(name, source, groups):
            return [f"bysort {' '.join(groups)}: egen double {name} = mean({source})"]
        case Center(name, source, _):
            return [
                f"summarize {source}, meanonly",
                f"generate double {name} = {source} - r(mean)",
            ]
        case Standardize(name, source, _, _):
            return [
                f"summarize {source}",
                f"generate double {name} = ({source} - r(mean)) / r(sd)",
            ]
        case Indicator(name, source, value):
            return [f"generate byte {name} = ({source} == {literal(value, _text)})"]
        case Categories():
            raise AssertionError("categories are indicators here")


PROGRAM = Program("stata", "stata", NAMING, factors=False, write=write)
