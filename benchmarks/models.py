"""The four models of the slides, and how other programs write them."""

from dataclasses import dataclass

import mlmteach as mlm
from mlmteach.translate import PROGRAMS
from mlmteach.translate.plan import make_plan
from mlmteach.translate.script import sum_of

LEVEL1 = "mathach ~ ses + minority + female"
MODELS = {
    "null": mlm.Model("mathach ~ 1", group="school"),
    "level 1": mlm.Model(LEVEL1, group="school"),
    "random slope": mlm.Model(LEVEL1, group="school", level2={"ses": "U"}),
    "cross-level": mlm.Model(
        LEVEL1, group="school", level2={"intercept": "size + sector + U", "ses": "size + U"}
    ),
}


@dataclass(frozen=True)
class Written:
    """A model in the pieces that programs ask for."""

    lme4: str
    fixed: str
    random: str
    group: str


def written(model: mlm.Model) -> Written:
    program = PROGRAMS["lme4"]
    plan = make_plan(model, program.naming, factors=True, reml=True, data="hsb")
    return Written(
        lme4=model.formula,
        fixed=f"{plan.outcome} ~ {sum_of(plan.fixed)}",
        random=sum_of(plan.blocks[0]),
        group=plan.group,
    )
