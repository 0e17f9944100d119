"""PROC MIXED of SAS, and PROC GLIMMIX."""

from __future__ import annotations

from dataclasses import replace

from mlmteach.model.predictor import Column
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules
from mlmteach.translate.plan import Effects, Plan, Product, Program, with_log_exposure
from mlmteach.translate.preparation import (
    Center,
    Compute,
    GroupMean,
    Indicator,
    Standardize,
    Step,
    literal,
)
from mlmteach.translate.script import CURVATURE, LAPLACE, doubled, wrapped

__all__ = ["PROGRAM"]

# SAS Programmer's Guide: Rules for Words and Names; MIXED uses INTERCEPT for the intercept
NAMING = NameRules(
    r"[A-Za-z_][A-Za-z0-9_]*",
    32,
    frozenset({"_n_", "_error_", "_all_", "_numeric_", "_character_", "intercept", "int"}),
    case_matters=False,
)
DIALECT = Dialect("sas")


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    SAS/STAT User's Guide: The MIXED Procedure (MODEL, RANDOM, TYPE=UN and TYPE=VC,
    REPEATED with GROUP=, WEIGHT); Singer
    (1998), Using SAS PROC MIXED to fit multilevel models, *Journal of Educational and Behavioral
    Statistics* 24, 323-355.  For other outcomes: The GLIMMIX Procedure (METHOD=LAPLACE and
    METHOD=QUAD(QPOINTS=), MODEL with EVENT= or events/trials, DIST=, LINK= and OFFSET=, RANDOM).
    """
    lines = [
        f'proc import datafile="{plan.data}.csv" out={plan.data} dbms=csv replace;',
        "  guessingrows=max;",
        "run;",
        "",
    ]
    lines += [
        f'/* The column "{old}" is called {new} here, since SAS cannot hold its name: '
        f"rename it in {plan.data}.csv. */"
        for old, new in plan.renamed
    ]
    lines += [
        f"/* {name}: put a letter before each label if all are digits; SAS would take 01 for 1. */"
        for name in plan.text_columns
        if name != plan.by and _like_numbers(plan, name)
    ]
    by = plan.by
    if by in plan.predictors:  # CLASS would make categories of the predictor too
        by = plan.names(NAMING).new(f"{by}_class")
        plan = replace(plan, steps=(*plan.steps, Compute(by, Column(plan.by))))
    plan, offset = with_log_exposure(plan, NAMING)
    table = plan.data
    if plan.steps:
        preparation, table = _prepared(plan)
        lines += preparation
    products = " ".join("*".join(product) for product in plan.fixed if product)
    if not plan.family.is_normal:
        return "\n".join([*lines, *_glimmix(plan, table, products, offset)])
    df = "betwithin" if plan.robust else "satterthwaite"  # EMPIRICAL takes no other
    options = f"{'' if () in plan.fixed else 'noint '}solution ddfm={df}"
    if plan.robust:
        lines.append(
            "/* Robust standard errors: EMPIRICAL is the plain sandwich, CR0, and has no other. */"
        )
    lines += [
        f"proc mixed data={table} method={'reml' if plan.reml else 'ml'} covtest noclprint"
        f"{' empirical' if plan.robust else ''};",
        f"  class {' '.join([*plan.groups, *([by] if by else [])])};",
        wrapped(
            f"  model {plan.outcome} = {products} / {options};".replace("=  /", "= /"),
            indent="    ",
        ),
        *_random(plan),
        *([f"  repeated / group={by};"] if by else []),
        *([f"  weight {plan.precision};"] if plan.precision else []),
        "run;",
    ]
    return "\n".join(lines)


def _glimmix(plan: Plan, table: str, products: str, offset: str) -> list[str]:
    family = plan.family
    laplace = plan.points == 1 or plan.crossed  # QUAD wants subjects within subjects
    method = "laplace" if laplace else f"quad(qpoints={plan.points})"
    outcome, dist = f"{plan.outcome}(event='1')", "binary"
    if family.trials:
        outcome, dist = f"{plan.outcome}/{family.trials}", "binomial"
    elif family.is_count:
        outcome, dist = plan.outcome, "poisson" if family.name == "poisson" else "negbinomial"
    options = [f"dist={dist} link={family.link}"]
    options += [f"offset={offset}"] if offset else []
    options += [*([] if () in plan.fixed else ["noint"]), "solution", "ddfm=none"]  # z tests
    model = f"  model {outcome} = {products} / {' '.join(options)};".replace("=  /", "= /")
    return [
        *([f"/* {line} */" for line in CURVATURE] if plan.curved else []),
        *([f"/* {LAPLACE} */"] if plan.points > 1 and laplace else []),
        f"proc glimmix data={table} method={method} noclprint;",
        f"  class {' '.join(plan.groups)};",
        wrapped(model, indent="    "),
        *_random(plan),
        "run;",
    ]


def _like_numbers(plan: Plan, column: str) -> bool:
    """Tell whether the labels of a text column may all look like numbers."""
    shown = [s.value for s in plan.steps if isinstance(s, Indicator) and s.column == column]
    return all(str(value).replace(".", "", 1).isdecimal() for value in shown)


def _random(plan: Plan) -> list[str]:
    return [
        f"  random {' '.join(_effect(p) for p in block)} / subject={_subject(effects)}{kind};"
        for effects in (plan.random if plan.crossed else reversed(plan.random))
        for block, kind in effects.covariances(diagonal=" type=vc", several=" type=un", one="")
    ]


def _subject(effects: Effects) -> str:
    """The groups: classes within schools are ``class(school)``."""
    *outer, own = effects.columns
    return f"{own}({' '.join(outer)})" if outer else own


def _effect(product: Product) -> str:
    return "*".join(product) or "intercept"


def _prepared(plan: Plan) -> tuple[list[str], str]:
    """Write one table after the other: SQL must not write the table that it reads."""
    table = f"{plan.data}_1"
    lines = [
        f"data {table};",
        wrapped(f"  set {plan.data}(keep={' '.join(plan.used)});", indent="    "),
        "  if cmiss(of _all_) = 0;",
    ]
    number, rows_open = 1, True
    for kind, steps in _chunks(plan.steps):
        if kind == "rows":
            if not rows_open:
                number += 1
                lines += [f"data {plan.data}_{number};", f"  set {table};"]
            lines += [f"  {_assignment(step)};" for step in steps]
        else:
            if rows_open:
                lines += ["run;", ""]
            number += 1
            made = ",\n    ".join(["*", *(_selection(step) for step in steps)])
            within = [", ".join(s.groups) for s in steps if isinstance(s, GroupMean)]
            by = f"\n  group by {within[0]}" if within else ""
            lines += [
                "proc sql;",
                f"  create table {plan.data}_{number} as select\n    {made}\n  from {table}{by};",
                "quit;",
                "",
            ]
        rows_open = kind == "rows"
        table = f"{plan.data}_{number}"
    return [*lines, *(["run;", ""] if rows_open else [])], table


def _chunks(steps: tuple[Step, ...]) -> list[tuple[str, list[Step]]]:
    """Part the steps into those that one table can hold."""
    chunks: list[tuple[str, list[Step]]] = []
    for step in steps:
        kind = _kind(step)
        goes_on = bool(chunks) and chunks[-1][0] == kind
        if goes_on and isinstance(step, GroupMean | Center | Standardize):
            # SQL does not know a column in the statement that makes it
            goes_on = all(getattr(s, "name", "") != step.column for s in chunks[-1][1])
        if goes_on:
            chunks[-1][1].append(step)
        else:
            chunks.append((kind, [step]))
    return chunks


def _kind(step: Step) -> str:
    if isinstance(step, GroupMean):
        return "group"
    return "all" if isinstance(step, Center | Standardize) else "rows"


def _assignment(step: Step) -> str:
    match step:
        case Compute(name, expression):
            return f"{name} = {DIALECT.write(expression)}"
        case Indicator(name, source, value):
            # between double quotation marks, & and % would start macros
            return f"{name} = ({source} = {literal(value, doubled)})"
    raise AssertionError(f"{type(step).__name__} is not a row's own")


def _selection(step: Step) -> str:
    match step:
        case GroupMean(name, source, _):
            return f"mean({source}) as {name}"
        case Center(name, source, _):
            return f"{source} - mean({source}) as {name}"
        case Standardize(name, source, _, _):
            return f"({source} - mean({source})) / std({source}) as {name}"
    raise AssertionError(f"{type(step).__name__} is a row's own")


PROGRAM = Program("sas", "sas", NAMING, factors=False, write=write)
