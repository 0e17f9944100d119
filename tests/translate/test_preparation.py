"""The steps that make a model's columns."""

from mlmteach.model.predictor import Applied, Column
from mlmteach.translate import PROGRAMS
from mlmteach.translate.plan import make_plan
from mlmteach.translate.preparation import (
    Center,
    Compute,
    GroupMean,
    Indicator,
    Preparation,
    Standardize,
)
from tests.translate.cases import CASES


def test_each_column_is_made_once_and_in_order() -> None:
    naming = PROGRAMS["stata"].naming
    found = make_plan(CASES["centred"].model, naming, factors=False, reml=True, data="hsb")
    names = [step.name for step in found.steps]
    assert sorted(names) == ["female_c", "ses_mean", "ses_within", "size_per_1000", "size_z"]
    kinds = {step.name: type(step) for step in found.steps}
    assert kinds["ses_mean"] is GroupMean
    assert kinds["size_z"] is Standardize
    assert kinds["female_c"] is Center
    assert kinds["ses_within"] is kinds["size_per_1000"] is Compute
    assert names.index("ses_mean") < names.index("ses_within")  # which needs it
    assert found.complete_first  # rows with missing values go before means are taken


def test_what_is_asked_for_twice_has_one_step() -> None:
    preparation = Preparation(lambda wanted: wanted, ("school", "class"))
    within = Applied("center_within", Column("ses"))
    assert preparation.column(within) == preparation.column(within) == "ses_within"
    assert preparation.column(Applied("group_mean", Column("ses"))) == "ses_mean"
    assert [type(step) for step in preparation.steps] == [GroupMean, Compute]
    assert preparation.steps[0] == GroupMean("ses_mean", "ses", ("school", "class"))
    for _ in range(2):
        assert preparation.indicator("sector", 1) == "sector_1"
    assert preparation.steps[2:] == [Indicator("sector_1", "sector", 1)]
