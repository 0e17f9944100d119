"""What a user may name: ``mlm.NAME``."""

import pytest

import mlmteach as mlm


@pytest.mark.parametrize("name", mlm.__all__)
def test_every_name_is_there_and_listed(name: str) -> None:
    assert getattr(mlm, name) is getattr(mlm, name)
    assert name in dir(mlm)


def test_names_come_from_where_they_are_made() -> None:
    from mlmteach.comparison import compare
    from mlmteach.equations import Equations
    from mlmteach.exercises.samples import my_data
    from mlmteach.model.notation import Notation
    from mlmteach.model.reading.check import check_equations

    assert mlm.compare is compare
    assert mlm.Equations is Equations
    assert mlm.my_data is my_data
    assert mlm.Notation is Notation
    assert mlm.check_equations is check_equations
    assert mlm.plot.__name__ == "mlmteach.plot"
    assert mlm.explore.__name__ == "mlmteach.explore"


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Modell'"):
        mlm.Modell  # noqa: B018
    assert not hasattr(mlm, "Modell")
