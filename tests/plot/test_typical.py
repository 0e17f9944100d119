"""Rows for a line: one predictor moves, the others rest."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.typical import numeric_predictor, resting, typical_values


@pytest.fixture(scope="module")
def exam() -> Fit:
    frame = mlm.load("exam")
    model = mlm.Model(
        "normexam ~ standLRT + sex", group="school", level2={"intercept": "schavg + schgend + U"}
    )
    return model.fit(frame)


def test_a_number_rests_at_its_mean_and_a_category_where_most_are(exam: Fit) -> None:
    frame = mlm.load("exam")
    schools = frame.drop_duplicates("school")
    found = typical_values(exam)
    assert set(found) == {"standLRT", "sex", "schavg", "schgend"}
    assert found["standLRT"] == pytest.approx(frame["standLRT"].mean())
    assert found["sex"] == "F"
    assert found["schgend"] == "mixed"
    # Schools are of different sizes: the mean over schools is not that over students.
    assert found["schavg"] == pytest.approx(schools["schavg"].mean())
    assert found["schavg"] != pytest.approx(frame["schavg"].mean(), abs=1e-3)


def test_what_moves_moves_and_the_rest_rests(exam: Fit) -> None:
    rows = resting(exam, {"standLRT": np.array([-1.0, 0.0, 2.0])})
    assert rows["standLRT"].tolist() == [-1.0, 0.0, 2.0]
    still = typical_values(exam)
    for name in ("sex", "schavg", "schgend"):
        assert rows[name].tolist() == [still[name]] * 3
    predicted = exam.predict(rows, groups="average")
    slopes = predicted.diff().dropna() / [1.0, 2.0]
    np.testing.assert_allclose(slopes, exam.params["standLRT"])


def test_one_value_is_one_row(full: Fit) -> None:
    rows = resting(full, {"ses": 0.5, "size": 900})
    assert len(rows) == 1
    assert isinstance(rows, pd.DataFrame)
    assert (rows.loc[0, "ses"], rows.loc[0, "size"]) == (0.5, 900)


def test_a_name_that_is_no_numeric_predictor_is_refused(exam: Fit, null: Fit) -> None:
    assert numeric_predictor(exam, "schavg") == "schavg"
    for name in ("sex", "school", "normexam", "nothing"):
        with pytest.raises(OptionError, match=f"'{name}' is no numeric predictor of the model"):
            numeric_predictor(exam, name)
    with pytest.raises(OptionError, match="Did you mean 'standLRT'"):
        numeric_predictor(exam, "standlrt")
    with pytest.raises(OptionError, match="Choose a model that has one"):
        numeric_predictor(null, "ses")
