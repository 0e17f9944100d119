"""Families of outcomes: what they are, and which outcomes they can have."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import DataError, ModelError, OptionError
from mlmteach.model.family import LINKS, NORMAL, Family, checked_family, response_of


def column(values):
    return pd.Series(values, name="y")


@pytest.mark.parametrize(
    ("given", "name", "link"),
    [
        (None, "normal", "identity"),
        ("gaussian", "normal", "identity"),
        ("Binomial", "binomial", "logit"),
        ("logistic", "binomial", "logit"),
        ("poisson", "poisson", "log"),
        ("nbinom2", "negbin", "log"),
    ],
)
def test_names(given, name, link):
    family = checked_family(given, taken={})
    assert (family.name, family.link) == (name, link)


def test_properties():
    assert NORMAL.is_normal
    assert not NORMAL.arguments
    assert Family("negbin", "log").is_count
    probit = Family("binomial", "probit", trials="size")
    assert probit.arguments == {"family": "binomial", "link": "probit", "trials": "size"}
    assert probit.variables == ("size",)
    assert all(links for links in LINKS.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "gamma"}, "not known"),
        ({"family": "binomial", "link": "logg"}, "does not go with"),
        ({"family": "poisson", "link": "identity"}, "Counts have the link 'log'"),
        ({"family": "poisson", "trials": "n"}, "`trials` does not go with"),
        ({"family": "binomial", "exposure": "n"}, "`exposure` does not go with"),
        ({"family": "poisson", "event": 1}, "`event` does not go with"),
        ({"trials": "n"}, "`trials` does not go with the family 'normal'"),
        ({"family": "binomial", "trials": 10}, "does not name a column"),
        ({"family": "binomial", "trials": "y"}, "also outcome"),
        ({"family": "binomial", "trials": "g"}, "also group"),
        ({"family": "binomial", "trials": "n", "event": 1}, "`event` names a value"),
    ],
)
def test_what_does_not_go_together(options, message):
    with pytest.raises(OptionError, match=message):
        mlm.Model("y ~ x", group="g", **options)


YES_NO = [
    ([0, 1, 1], None, [0, 1, 1], (0, 1)),
    ([0.0, 1.0, 1.0], None, [0, 1, 1], (0.0, 1.0)),
    ([0, 1, 1], 0, [1, 0, 0], (1, 0)),
    ([False, True, True], None, [0, 1, 1], (False, True)),
    (["no", "yes", "yes"], "yes", [0, 1, 1], ("no", "yes")),
    (["no", "yes", "yes"], "no", [1, 0, 0], ("yes", "no")),
    ([1, 2, 2], 2, [0, 1, 1], (1, 2)),
]


@pytest.mark.parametrize(("values", "event", "y", "categories"), YES_NO, ids=str)
def test_yes_or_no(values, event, y, categories):
    family = Family("binomial", "logit", event=event)
    found = response_of(family, "y", column(values), {})
    assert list(found.y) == y
    assert found.categories == categories


@pytest.mark.parametrize("dtype", ["category", "string", "boolean", "Int64", "Float64", "bool"])
def test_types_of_yes_or_no(dtype):
    text = dtype in ("category", "string")
    values = column(["no", "yes", "yes"] if text else [0, 1, 1]).astype(dtype)
    family = Family("binomial", "logit", event="yes" if text else None)
    assert list(response_of(family, "y", values, {}).y) == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "event", "message"),
    [
        ([0, 1, 2], None, "has 3 different values"),
        ([1, 1, 1], None, "is 1 in every row"),
        (["no", "yes", "yes"], None, "which of them is the event"),
        ([1, 2, 2], None, "event=2"),
        ([0, 1, 1], "yes", "never 'yes'"),
    ],
)
def test_what_is_no_yes_or_no(values, event, message):
    with pytest.raises(DataError, match=message):
        response_of(Family("binomial", "logit", event=event), "y", column(values), {})


@pytest.mark.parametrize(
    ("y", "trials", "message"),
    [
        ([1, 5], [4, 4], "no more successes|more successes than trials|larger than"),
        ([1, 2], [4, 0], "have to be 1, 2, 3"),
        ([1, 2], [4, 2.5], "have to be 1, 2, 3"),
        ([0, 0], [4, 4], "is 0 in every row"),
        ([4, 3], [4, 3], "is the number of trials in every row"),
        ([1.5, 2], [4, 4], "a count is 0, 1, 2"),
        ([-1, 2], [4, 4], "a count is 0, 1, 2"),
    ],
)
def test_what_are_no_successes(y, trials, message):
    numeric = {"n": np.asarray(trials, dtype=float)}
    with pytest.raises(DataError, match=message):
        response_of(Family("binomial", "logit", trials="n"), "y", column(y), numeric)


@pytest.mark.parametrize(
    ("y", "exposure", "message"),
    [
        ([0, 0], [1, 1], "is 0 in every row"),
        ([1, 2], [1, 0], "proportional"),
        ([1, 2], [1, -3], "proportional"),
        ([1, 2.5], [1, 1], "a count is 0, 1, 2"),
        (["a", "b"], [1, 1], "not numeric"),
    ],
)
def test_what_are_no_counts(y, exposure, message):
    numeric = {"t": np.asarray(exposure, dtype=float)}
    with pytest.raises(DataError, match=message):
        response_of(Family("poisson", "log", exposure="t"), "y", column(y), numeric)


def test_offset_is_the_logarithm_of_the_exposure():
    family = Family("poisson", "log", exposure="t")
    found = response_of(family, "y", column([1, 2]), {"t": np.array([1.0, np.e])})
    np.testing.assert_allclose(found.offset, [0.0, 1.0])


def test_models_of_families_are_told_apart():
    logit = mlm.Model("y ~ x", group="g", family="binomial")
    assert logit != mlm.Model("y ~ x", group="g")
    assert logit != mlm.Model("y ~ x", group="g", family="binomial", link="probit")
    assert logit == mlm.Model("y ~ x", group="g", family="bernoulli")
    assert repr(logit) == "Model('y ~ 1 + x', group='g', family='binomial')"


def test_bound_models_know_the_categories():
    data = pd.DataFrame({"g": [1, 1, 2, 2], "x": [1.0, 2.0, 4.0, 3.0], "y": list("abab")})
    model = mlm.Model("y ~ x", group="g", family="binomial", event="b", data=data)
    assert model.family.categories == ("a", "b")
    assert model.bind(data).family.categories == ("a", "b")


def test_an_outcome_may_be_a_comparison():
    hsb = mlm.load("hsb")
    model = mlm.Model("I(mathach > 12.75) ~ ses", group="school", family="binomial", data=hsb)
    assert model.family.is_binomial
    with pytest.raises(ModelError, match="σ²"):
        mlm.Model("y ~ x", group="g", family="poisson", precision="w")
