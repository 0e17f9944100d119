"""The numbers that go with a model's symbols: the same with a fit behind them and without."""

import dataclasses

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Estimates, Fit


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


def test_a_fit_carries_them_under_the_names_of_the_model(fit: Fit) -> None:
    numbers = fit.estimates
    assert list(numbers.params.index) == [gamma.name for gamma in fit.model.gammas]
    assert list(numbers.cov_re.index) == [c.term.name for c in fit.model.random]
    pd.testing.assert_series_equal(numbers.params, fit.params)
    pd.testing.assert_frame_equal(numbers.cov_re, fit.cov_re)
    assert numbers.scale == fit.scale


def test_equations_are_the_same_with_the_fit_and_with_its_numbers(fit: Fit) -> None:
    options = {"standard_errors": True, "distributions": True}
    with_fit = fit.equations(**options)
    with_numbers = fit.model.equations(estimates=fit.estimates, **options)
    assert with_numbers.latex == with_fit.latex
    assert with_numbers.text == with_fit.text


def test_numbers_from_elsewhere_need_no_standard_errors(fit: Fit) -> None:
    bare = Estimates(fit.params, fit.cov_re, fit.scale)
    assert bare.bse is None
    assert fit.model.equations(estimates=bare, digits=2).latex == fit.equations(digits=2).latex
    sentence = fit.model.interpret("Days", estimates=bare).rows[0].full
    assert "10.47" in sentence  # four digits, where no standard error says which count
    assert "interval" not in sentence


def test_frozen_and_equal_only_to_themselves(fit: Fit) -> None:
    numbers = fit.estimates
    with pytest.raises(dataclasses.FrozenInstanceError):
        numbers.scale = 1.0  # type: ignore[misc]
    assert numbers != dataclasses.replace(numbers)
