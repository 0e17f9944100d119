"""A line in a figure: one predictor moves, the others rest where they are by the one rule."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.typical import (
    elsewhere,
    general_line,
    numeric_predictor,
    typical_values,
    weights_along,
)
from tests.fit.families import fit_of


@pytest.fixture(scope="module")
def exam() -> Fit:
    frame = mlm.load("exam")
    model = mlm.Model(
        "normexam ~ standLRT + sex", group="school", level2={"intercept": "schavg + schgend + U"}
    )
    return model.fit(frame)


def test_a_number_rests_at_its_mean_and_a_category_at_its_reference(exam: Fit) -> None:
    frame = mlm.load("exam")
    schools = frame.drop_duplicates("school")
    found = typical_values(exam)
    assert set(found) == {"standLRT", "sex", "schavg", "schgend"}
    assert found["standLRT"] == pytest.approx(frame["standLRT"].mean())
    assert found["sex"] == "M"
    assert found["schgend"] == "girls"
    # Schools are of different sizes: the mean over schools is not that over students.
    assert found["schavg"] == pytest.approx(schools["schavg"].mean())
    assert found["schavg"] != pytest.approx(frame["schavg"].mean(), abs=1e-3)


def test_the_line_is_what_the_fit_predicts_where_the_others_rest(exam: Fit) -> None:
    x = np.array([-1.0, 0.0, 2.0])
    table, place = general_line(exam, {"standLRT": x})
    rows = mlm.load("exam").head(3).assign(**(typical_values(exam) | {"standLRT": x}))
    predicted = exam.predict(rows, groups="average")
    np.testing.assert_allclose(table["predicted"], predicted)
    assert table["standLRT"].tolist() == x.tolist()
    assert {spot.name for spot in place.spots} == {"sex", "schavg", "schgend"}


def test_the_band_is_of_the_standard_errors_of_gamma(exam: Fit) -> None:
    narrow, wide = (general_line(exam, {"standLRT": np.zeros(1)}, level=k)[0] for k in (0.5, 0.95))
    for table, width in ((narrow, 0.67449), (wide, 1.959964)):
        low, middle, high = table.loc[0, ["lower", "predicted", "upper"]]
        assert high - middle == pytest.approx(middle - low)
        assert (high - low) / width == pytest.approx((wide.upper[0] - wide.lower[0]) / 1.959964)


def test_a_caption_says_where_the_others_are(exam: Fit, sleep: Fit) -> None:
    _, place = general_line(exam, {"standLRT": np.zeros(1)})
    assert elsewhere(place).startswith(" The other predictors are ")
    assert elsewhere(place).endswith(".")
    assert elsewhere(place).endswith(", a case that no row of the data is.")  # boys, girls' schools
    _, nowhere = general_line(sleep, {"Days": np.zeros(1)})
    assert elsewhere(nowhere) == ""


def test_a_name_that_is_no_numeric_predictor_is_refused(exam: Fit, null: Fit) -> None:
    assert numeric_predictor(exam, "schavg") == "schavg"
    for name in ("sex", "school", "normexam", "nothing"):
        with pytest.raises(OptionError, match=f"'{name}' is no numeric predictor of the model"):
            numeric_predictor(exam, name)
    with pytest.raises(OptionError, match="Did you mean 'standLRT'"):
        numeric_predictor(exam, "standlrt")
    with pytest.raises(OptionError, match="Choose a model that has one"):
        numeric_predictor(null, "ses")


def test_weights_of_the_u_move_with_their_predictor() -> None:
    fit = fit_of("counts_slope")
    values = np.array([-1.0, 0.0, 2.5])
    x, z, place = weights_along(fit, {"x": values})
    np.testing.assert_allclose(z, np.column_stack([np.ones(3), values]))
    np.testing.assert_allclose(x[:, fit.design.x_names.index("x")], values)
    assert [spot.name for spot in place.spots] == ["z"]
