"""MIXED of SPSS, and GENLINMIXED."""

from __future__ import annotations

from collections.abc import Collection

from mlmteach.errors import ModelError
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules, words
from mlmteach.translate.plan import (
    Effects,
    Plan,
    Product,
    Program,
    refuse_dispersion,
    with_log_exposure,
)
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
from mlmteach.translate.script import doubled, wrapped

__all__ = ["PROGRAM"]

# IBM SPSS Statistics, Command Syntax Reference: Variable Names; MIXED uses INTERCEPT
NAMING = NameRules(
    r"[A-Za-z][A-Za-z0-9_]*(\.?[A-Za-z0-9_]+)*",
    64,
    words("all and by eq ge gt le lt ne not or to with intercept"),
    case_matters=False,
)
DIALECT = Dialect("spss")


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    IBM SPSS Statistics, Command Syntax Reference: MIXED (FIXED, RANDOM, REGWGT, METHOD,
    PRINT), AGGREGATE; for other outcomes, GENLINMIXED (FIELDS with TRIALS and OFFSET,
    TARGET_OPTIONS, FIXED, RANDOM) and VARIABLE LEVEL, since fields of a scale are covariates.
    """
    refuse_dispersion("MIXED of SPSS", plan, precision=True, instead="nlme, Stata or SAS")
    lines = [
        f'* The column "{old}" is called {new} here, since SPSS cannot hold its name.'
        for old, new in plan.renamed
    ]
    texts = plan.text_columns
    if texts:
        kept = f"{plan.data}.sav holds {plan.data}.csv as it was imported"
        lines.append(
            wrapped(
                f"* {kept}, with {', '.join(texts)} as strings (True and False too).", indent="  "
            )
        )
    lines.append(wrapped(f"GET FILE='{plan.data}.sav' /KEEP={' '.join(plan.used)}.", indent="  "))
    if plan.complete_first or texts:
        # an empty text is a value to SPSS
        missing = " OR ".join(
            f"{name} = ''" if name in texts else f"MISSING({name})" for name in plan.used
        )
        lines.append(wrapped(f"SELECT IF NOT ({missing}).", indent="  "))
    plan, offset = with_log_exposure(plan, NAMING)
    lines += [line for step in plan.steps for line in _lines(step)]
    if not plan.family.is_normal:
        return "\n".join([*lines, "", *_genlinmixed(plan, offset)])
    covariates = " ".join(plan.predictors)
    fixed = _named(plan.fixed)
    intercept = "" if () in plan.fixed else "NOINT "
    if plan.robust:
        lines.append("* MIXED has the standard errors of the model alone, no robust ones.")
    lines += [
        "",
        wrapped(
            f"MIXED {plan.outcome}" + (f" WITH {covariates}" if covariates else ""), indent="    "
        ),
        wrapped(f"  /FIXED={fixed + ' ' if fixed else ''}| {intercept}SSTYPE(3)", indent="    "),
        f"  /METHOD={'REML' if plan.reml else 'ML'}",
        "  /PRINT=SOLUTION TESTCOV G",
    ]
    lines += _random(plan)
    lines += [f"  /REGWGT={plan.precision}"] if plan.precision else []
    lines[-1] += "."
    return "\n".join(lines)


def _genlinmixed(plan: Plan, offset: str) -> list[str]:
    family = plan.family
    if family.name == "negbin":
        raise ModelError(
            "The reference of SPSS does not say that GENLINMIXED estimates the shape of a negative "
            "binomial.",
            "Write the model for lme4, glmmTMB, Stata or SAS.",
        )
    yes_no = family.is_binomial and not family.trials
    scale = [*plan.predictors, *([] if yes_no else [plan.outcome]), *family.variables]
    scale += [offset] if offset else []
    nominal = [*plan.groups, *([plan.outcome] if yes_no else [])]
    levels = f"{' '.join(scale)} (SCALE) /" if scale else ""
    fields = f"  /FIELDS TARGET={plan.outcome}"
    fields += f" TRIALS=FIELD({family.trials})" if family.trials else ""
    fields += f" OFFSET=FIELD({offset})" if offset else ""
    reference = "REFERENCE=0 " if yes_no else ""
    distribution = "BINOMIAL" if family.is_binomial else "POISSON"
    lines = [
        "* GENLINMIXED offers neither Laplace's approximation nor quadrature: its numbers differ",
        "  from those of other programs.",
        wrapped(f"VARIABLE LEVEL {levels}{' '.join(nominal)} (NOMINAL).", indent="  "),
        "GENLINMIXED",
        f"  /DATA_STRUCTURE SUBJECTS={'*'.join(plan.groups)}",
        fields,
        f"  /TARGET_OPTIONS {reference}DISTRIBUTION={distribution} LINK={family.link.upper()}",
        wrapped(f"  /FIXED {_effects(plan.fixed)}", indent="    "),
    ]
    apart = "VARIANCE_COMPONENTS"
    lines += [
        f"  /RANDOM {_effects(block)} SUBJECTS={'*'.join(effects.columns)} COVARIANCE_TYPE={kind}"
        for effects in _ordered(plan)
        for block, kind in effects.covariances(diagonal=apart, several="UNSTRUCTURED", one=apart)
    ]
    lines[-1] += "."
    return lines


def _effects(products: Collection[Product]) -> str:
    """The effects of GENLINMIXED; whether there is an intercept is said apart."""
    names = _named(products)
    intercept = f"USE_INTERCEPT={'TRUE' if () in products else 'FALSE'}"
    return f"EFFECTS={names} {intercept}" if names else intercept


def _named(products: Collection[Product]) -> str:
    return " ".join("*".join(product) for product in products if product)


def _random(plan: Plan) -> list[str]:
    return [  # VC gives each effect a variance of its own
        f"  /RANDOM={' '.join(_effect(p) for p in block)} | "
        f"SUBJECT({'*'.join(effects.columns)}) COVTYPE({kind})"
        for effects in _ordered(plan)
        for block, kind in effects.covariances(diagonal="VC", several="UN", one="ID")
    ]


def _ordered(plan: Plan) -> tuple[Effects, ...]:
    """The groupings, with three levels the outermost first."""
    return plan.random if plan.crossed else plan.random[::-1]


def _effect(product: Product) -> str:
    return "*".join(product) or "INTERCEPT"


def _lines(step: Step) -> list[str]:
    everywhere = "AGGREGATE /OUTFILE=* MODE=ADDVARIABLES"
    match step:
        case Compute(name, expression):
            return [f"COMPUTE {name} = {DIALECT.write(expression)}."]
        case GroupMean(name, source, groups):
            return [f"{everywhere} /BREAK={' '.join(groups)} /{name}=MEAN({source})."]
        case Center(name, source, mean):
            return [
                f"{everywhere} /BREAK= /{mean}=MEAN({source}).",
                f"COMPUTE {name} = {source} - {mean}.",
            ]
        case Standardize(name, source, mean, sd):
            return [
                f"{everywhere} /BREAK= /{mean}=MEAN({source}) /{sd}=SD({source}).",
                f"COMPUTE {name} = ({source} - {mean}) / {sd}.",
            ]
        case Indicator(name, source, value):
            return [f"COMPUTE {name} = ({source} = {literal(value, doubled)})."]
        case Categories():
            raise AssertionError("categories are indicators here")


PROGRAM = Program("spss", "spss", NAMING, factors=False, write=write)
