"""lme4 in R."""

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
    Bates, Mächler, Bolker & Walker (2015), Fitting linear mixed-effects models using lme4,
    *Journal of Statistical Software* 67(1), section 2.
    """
    # lmer leaves out incomplete rows itself, but after means were taken
    lines = ["library(lme4)", "", *prepared(plan, complete=plan.complete_first)]
    lines += [
        "",
        "model <- lmer(",
        wrapped_sum(plan.outcome, [*terms_of(plan.fixed), *_random(plan)], indent="  ", end=","),
        f"  data = {plan.data},",
        f"  REML = {str(plan.reml).upper()}",
        ")",
        "summary(model)",
    ]
    return "\n".join(lines)


def _random(plan: Plan) -> list[str]:
    if plan.diagonal:
        effects = [product for block in plan.blocks for product in block]
        return [f"({sum_of(effects)} || {plan.group})"]
    return [f"({sum_of(block)} | {plan.group})" for block in plan.blocks]


PROGRAM = Program("lme4", "r", NAMING, factors=True, write=write)
