"""By what the variance of ε differs: categories of a column, and known precisions."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import DataError, ModelError, OptionError
from mlmteach.model.dispersion import By, strata_of

SES = "mathach ~ ses"


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    frame = mlm.load("hsb")
    return frame[frame["school"].isin(frame["school"].unique()[:40])].reset_index(drop=True)


@pytest.mark.parametrize("variable", [None, 3, "", "  ", ["female"]])
def test_a_variable_is_a_name(variable):
    with pytest.raises(OptionError, match="does not name a column"):
        mlm.by(variable)


@pytest.mark.parametrize("sigma2", ["female", 1.0, ["female"]])
def test_sigma2_is_made_by_by(sigma2):
    with pytest.raises(OptionError, match="mlm.by"):
        mlm.Model(SES, group="school", sigma2=sigma2)


@pytest.mark.parametrize("precision", [1.0, "", ["w"]])
def test_a_precision_is_a_name(precision):
    with pytest.raises(OptionError, match="does not name a column"):
        mlm.Model(SES, group="school", precision=precision)


@pytest.mark.parametrize("options", [{"sigma2": mlm.by("school")}, {"precision": "school"}])
def test_the_group_has_another_role(options):
    with pytest.raises(ModelError, match="which is the group"):
        mlm.Model(SES, group="school", **options)


@pytest.mark.parametrize("options", [{"sigma2": mlm.by("mathach")}, {"precision": "mathach"}])
def test_the_outcome_has_another_role(options):
    with pytest.raises(ModelError, match="which is the outcome"):
        mlm.Model(SES, group="school", **options)


def test_the_dispersion_is_part_of_the_model(hsb):
    plain = mlm.Model(SES, group="school")
    own = mlm.Model(SES, group="school", sigma2=mlm.by("female"), precision="w")
    assert own != plain
    assert own == mlm.Model(SES, group="school", sigma2=mlm.by("female"), precision="w")
    assert own != mlm.Model(SES, group="school", sigma2=mlm.by("sector"), precision="w")
    assert repr(own) == (
        "Model('mathach ~ 1 + ses', group='school', sigma2=by('female'), precision='w')"
    )
    bound = own.bind(hsb.assign(w=1.0))
    assert bound == own
    assert bound.sigma2.categories == (0, 1)
    assert own.variables[-2:] == ("w", "school") or {"female", "w"} <= set(own.variables)


@pytest.mark.parametrize(
    ("column", "categories"),
    [
        ([1, 0, 1], (0, 1)),
        ([1.0, 0.0, 0.5], (0, 0.5, 1)),
        ([True, False, True], (False, True)),
        (["b", "a", "b"], ("a", "b")),
        (pd.Categorical(["b", "a", "b"], categories=["b", "a"]), ("b", "a")),
        (pd.array([2, 1, 2], dtype="Int64"), (1, 2)),
    ],
)
def test_categories_are_in_order(column, categories):
    series = pd.Series(column, name="x")
    codes, found = strata_of(series)
    assert found == categories
    assert [found[code] for code in codes] == list(series)


def test_a_number_with_many_values_is_no_category(hsb):
    with pytest.raises(ModelError, match="a variance of its own") as error:
        mlm.Model(SES, group="school", sigma2=mlm.by("ses")).fit(hsb)
    assert "pandas.qcut(data['ses']" in error.value.remedy


def test_text_with_many_values_is_no_category(hsb):
    frame = hsb.assign(place="p" + (hsb.index % 30).astype(str))
    with pytest.raises(ModelError, match="has 30 values") as error:
        mlm.Model(SES, group="school", sigma2=mlm.by("place")).fit(frame)
    assert "Join categories" in error.value.remedy


def test_one_category_is_none(hsb):
    with pytest.raises(ModelError, match="one category in all rows"):
        mlm.Model(SES, group="school", sigma2=mlm.by("one")).fit(hsb.assign(one="a"))


def test_a_column_that_is_not_there(hsb):
    for options in ({"sigma2": mlm.by("femal")}, {"precision": "femal"}):
        with pytest.raises(ModelError, match="no column 'femal'"):
            mlm.Model(SES, group="school", **options).fit(hsb)


def test_categories_without_rows_and_rows_without_category(hsb):
    sex = pd.Categorical(np.where(hsb["female"] == 1, "F", "M"), categories=["X", "M", "F"])
    frame = hsb.assign(sex=sex)
    frame.loc[:9, "sex"] = None
    fit = mlm.Model(SES, group="school", sigma2=mlm.by("sex")).fit(frame)
    assert list(fit.residual_variances.index) == ["M", "F"]
    assert fit.dropped == 10
    same = mlm.Model(SES, group="school", sigma2=mlm.by("female")).fit(hsb.iloc[10:])
    assert_allclose(fit.residual_variances, same.residual_variances, rtol=1e-6)


def test_types_of_a_category_do_not_matter(hsb):
    model = mlm.Model(SES, group="school", sigma2=mlm.by("x"))
    criteria = [
        model.fit(hsb.assign(x=x)).criterion
        for x in (
            hsb["female"],
            hsb["female"].astype(bool),
            hsb["female"].astype(float),
            hsb["female"].map({0: "no", 1: "yes"}),
            hsb["female"].map({0: "no", 1: "yes"}).astype("category"),
            hsb["female"].astype("Int8"),
        )
    ]
    assert_allclose(criteria, criteria[0], atol=1e-8)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_precision_is_above_zero(hsb, value):
    frame = hsb.assign(w=1.0)
    frame.loc[3, "w"] = value
    with pytest.raises(DataError, match=f"The precision 'w' is {value:g} in row 3"):
        mlm.Model(SES, group="school", precision="w").fit(frame)


def test_a_precision_is_finite_and_a_number(hsb):
    model = mlm.Model(SES, group="school", precision="w")
    with pytest.raises(DataError, match="infinite"):
        model.fit(hsb.assign(w=np.where(hsb.index == 3, np.inf, 1.0)))
    with pytest.raises(DataError, match="not numeric"):
        model.fit(hsb.assign(w="1"))


def test_a_row_without_precision_is_left_out(hsb):
    frame = hsb.assign(w=np.where(hsb.index < 5, np.nan, 2.0))
    fit = mlm.Model(SES, group="school", precision="w").fit(frame)
    assert fit.dropped == 5
    assert "5 rows with missing values left out" in fit.summary().text


def test_predictions_need_neither_category_nor_precision(hsb):
    frame = hsb.assign(w=1.0 + hsb.index % 3)
    fit = mlm.Model(SES, group="school", sigma2=mlm.by("female"), precision="w").fit(frame)
    new = frame[["ses", "school"]].head()
    assert_allclose(fit.predict(new), fit.fittedvalues[:5])
    assert_allclose(fit.predict(new, groups="average"), fit.fixed_part[:5])


def test_an_index_in_latex_is_plain():
    assert By("x").index("a_b & {c}") == r"\text{a b c}"
    assert By("x").index(0.5) == "0.5"
    assert By("x").index(True) == r"\text{True}"


def test_a_few_rows_of_a_category_are_enough_unless_they_are_fitted(hsb):
    few = hsb.assign(kind=np.where(hsb.index % 400 == 0, "few", "many"))
    assert few["kind"].eq("few").sum() == 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = mlm.Model(SES, group="school", sigma2=mlm.by("kind")).fit(few)
    assert fit.converged
    assert (fit.residual_variances > 0).all()
    one = hsb.assign(kind=np.where(hsb.index == 0, "one", "rest"))
    with pytest.raises(mlm.MlmteachError, match="estimated as zero"):
        mlm.Model("mathach ~ ses + kind", group="school", sigma2=mlm.by("kind")).fit(one)
