"""How much a submission may use."""

import json

import pytest

from mlmteach.errors import OptionError
from mlmteach.grade.limits import Limits


@pytest.mark.parametrize("name", ["seconds", "memory", "processes", "scratch"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match=name):
        Limits(**{name: 0})


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_a_limit_is_a_number_above_zero(value: float) -> None:
    with pytest.raises(OptionError, match="seconds=.* is not above zero. Raise it"):
        Limits(seconds=value)


def test_limits_travel_as_plain_data() -> None:
    limits = Limits(seconds=3.5, answers=7)
    assert Limits(**json.loads(json.dumps(limits.as_dict()))) == limits
    assert Limits().as_dict()["memory"] == 2 * 2**30
