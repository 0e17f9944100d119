"""nlme in R."""

from __future__ import annotations

from mlmteach.translate.layout import sum_of, terms_of, wrapped_sum
from mlmteach.translate.plan import Plan
from mlmteach.translate.program import Program
from mlmteach.translate.r import NAMING, prepared

__all__ = ["PROGRAM"]


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    Pinheiro & Bates (2000), *Mixed-Effects Models in S and S-PLUS*, section 4.2; the help pages
    lme, pdBlocked, pdDiag and pdSymm of nlme.
    """
    # lme stops at a missing value, wherever it is
    lines = ["library(nlme)", "", *prepared(plan, complete=True)]
    lines += [
        "",
        "model <- lme(",
        wrapped_sum(plan.outcome, [*terms_of(plan.fixed)], indent="  ", end=","),
        f"  random = {_random(plan)},",
        f"  data = {plan.data},",
        f'  method = "{"REML" if plan.reml else "ML"}"',
        ")",
        "summary(model)",
    ]
    return "\n".join(lines)


def _random(plan: Plan) -> str:
    if len(plan.blocks) == 1:
        return f"~ {sum_of(plan.blocks[0])} | {plan.group}"
    if plan.diagonal:
        effects = [product for block in plan.blocks for product in block]
        return f"list({plan.group} = pdDiag(~ {sum_of(effects)}))"
    parts = ", ".join(f"pdSymm(~ {sum_of(block)})" for block in plan.blocks)
    return f"list({plan.group} = pdBlocked(list({parts})))"


PROGRAM = Program("nlme", "r", NAMING, factors=True, write=write)
