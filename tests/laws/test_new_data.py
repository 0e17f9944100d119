"""New data in any type: the prediction of the same values, or an error of our own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import MlmteachError, MlmteachWarning

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")

Make = Callable[["pd.Series[int]"], Any]


def objects(change: Callable[[int], Any]) -> Make:
    return lambda k: pd.Series([change(int(v)) for v in k], index=k.index, dtype=object)


TYPES: dict[str, Make] = {
    "int64": lambda k: k,
    "int8": lambda k: k.astype("int8"),
    "uint32": lambda k: k.astype("uint32"),
    "float64": lambda k: k.astype(float),
    "float32": lambda k: k.astype("float32"),
    "float16": lambda k: k.astype("float16"),
    "longdouble": lambda k: k.astype(np.longdouble),
    "Int64": lambda k: k.astype("Int64"),
    "Float64": lambda k: k.astype("Float64"),
    "arrow int": lambda k: k.astype("int64[pyarrow]"),
    "arrow double": lambda k: k.astype("double[pyarrow]"),
    "sparse": lambda k: k.astype(pd.SparseDtype("int64", 0)),
    "object int": objects(int),
    "object float": objects(float),
    "decimals": objects(Decimal),
    "fractions": objects(Fraction),
    "bool": lambda k: k == 1,
    "boolean": lambda k: (k == 1).astype("boolean"),
    "arrow bool": lambda k: (k == 1).astype("bool[pyarrow]"),
    "object bool": objects(lambda v: v == 1),
    "category of ints": lambda k: k.astype("category"),
    "category of floats": lambda k: k.astype(float).astype("category"),
    "category of bools": lambda k: (k == 1).astype("category"),
    "category of texts": lambda k: k.astype(str).astype("category"),
    "category in another order": lambda k: pd.Series(
        pd.Categorical(k, categories=sorted(set(k), reverse=True)), index=k.index
    ),
    "category of intervals": lambda k: pd.cut(k, [-1, 0, 1, 2]),
    "str": lambda k: k.astype(str),
    "string": lambda k: k.astype("string"),
    "arrow string": lambda k: k.astype(str).astype("string[pyarrow]"),
    "object str": objects(str),
    "words": objects(lambda v: "abc"[v]),
    "category of words": lambda k: objects(lambda v: "abc"[v])(k).astype("category"),
    "a stray text": lambda k: objects(int)(k).where(np.arange(len(k)) != 1, ""),
    "dates": lambda k: pd.Timestamp("2026-01-01") + pd.to_timedelta(k, unit="D"),
}
TRUTHS = [name for name in TYPES if "bool" in name]
FORMULAS = ("y ~ x + k", "y ~ x + C(k)", "y ~ x * k")


@cache
def data(values: int) -> pd.DataFrame:
    rng = np.random.default_rng(values)
    g = np.repeat(np.arange(12), 10)
    x = rng.normal(size=120).round(2)
    k = np.resize(np.arange(values), 120)
    y = x + 2.0 * (k == 1) - 1.3 * (k == 2) + 0.4 * x * k + rng.normal(size=12)[g]
    return pd.DataFrame({"y": y + rng.normal(size=120), "x": x, "k": k, "g": g})


def of_type(kind: str, values: int) -> pd.DataFrame:
    frame = data(values)
    return frame.assign(k=TYPES[kind](frame["k"]))


@cache
def fitted(kind: str, values: int, formula: str) -> Fit | None:
    try:
        return mlm.Model(formula, group="g").fit(of_type(kind, values))
    except MlmteachError:
        return None


def spoken_of(kind: str, value: int) -> object:
    """The value that a column of a type holds for a code: texts are none for numbers."""
    if kind in TRUTHS:
        return float(value == 1)
    made = TYPES[kind](pd.Series([0, 1, 2])).iloc[value]
    return str(made) if isinstance(made, str | pd.Interval) else float(made)


@pytest.mark.parametrize("old", TYPES)
def test_a_prediction_is_that_of_the_same_values_or_refused(old: str) -> None:
    for new in TYPES:
        for values, formula in ((2, FORMULAS[1]), (3, FORMULAS[1]), (3, FORMULAS[2])):
            check(old, new, values, formula)


def check(old: str, new: str, values: int, formula: str) -> None:
    fit = fitted(old, values, formula)
    if fit is None:
        return
    codes = pd.Series(np.arange(values))
    rows = data(values).head(values).assign(k=codes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", MlmteachWarning)
        try:
            found = fit.predict(rows.assign(k=TYPES[new](codes)), groups="average")
        except MlmteachError as error:
            refused = str(error)
        else:
            refused = ""
    if refused:
        assert refused.endswith(".")
        assert old != new, refused
        return
    known = {spoken_of(old, code): code for code in reversed(range(values))}
    meant = pd.Series([known.get(spoken_of(new, code), code + 100) for code in range(values)])
    if (meant < 100).all():
        same = fit.predict(rows.assign(k=TYPES[old](meant)), groups="average")
    else:  # numbers that the fit had not: on the line
        assert formula != "y ~ x + C(k)", (old, new)
        assert old not in TRUTHS, (old, new)
        gamma = fit.params
        k = pd.Series([spoken_of(new, code) for code in range(values)], dtype=float)
        same = gamma["Intercept"] + gamma["x"] * rows["x"] + gamma["k"] * k
        same += gamma.get("x:k", 0.0) * k * rows["x"]
    np.testing.assert_allclose(found, same, rtol=1e-12)


@pytest.mark.parametrize("old", ["int64", "Int64", "bool", "category of texts", "str", "words"])
def test_these_types_are_told_apart_from_their_likes(old: str) -> None:
    """What can be used is used: not everything is refused."""
    numbers = [*list(TYPES)[:16], "category of ints", "category of floats"]
    likes = {
        "int64": [*numbers, *TRUTHS],
        "Int64": [*numbers, *TRUTHS],
        "bool": [*numbers, *TRUTHS],
        "category of texts": ["str", "string", "arrow string", "object str", "category of texts"],
        "str": ["str", "string", "arrow string", "object str", "category of texts"],
        "words": ["words", "category of words"],
    }[old]
    for formula in FORMULAS:
        fit = fitted(old, 2, formula)
        assert fit is not None
        codes = pd.Series([0, 1])
        rows = data(2).head(2).assign(k=codes)
        expected = fit.predict(rows.assign(k=TYPES[old](codes)))
        assert expected.nunique() == 2
        for new in likes:
            found = fit.predict(rows.assign(k=TYPES[new](codes)))
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"{formula}: {new}")


def test_one_row_of_a_category_is_enough() -> None:
    """Once the number of a category was repeated into every contrast."""
    rows = data(3).iloc[[2]]
    for kind in ("category of ints", "category of floats"):
        fit = mlm.Model("y ~ x + k", group="g").fit(of_type(kind, 3))
        expected = fit.predict(of_type(kind, 3).iloc[[2]])
        for new in ("int64", "float64", "object int", "Int64"):
            found = fit.predict(rows.assign(k=TYPES[new](rows["k"])))
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        with pytest.raises(MlmteachError, match="'k'"):
            fit.predict(rows.assign(k="2"))


def test_a_stray_text_is_named() -> None:
    with pytest.raises(MlmteachError, match="'k' holds numbers and text, such as 0 and ''"):
        mlm.Model("y ~ k", group="g").fit(of_type("a stray text", 2))
    fit = mlm.Model("y ~ k", group="g").fit(data(2))
    with pytest.raises(MlmteachError, match="'k' holds numbers and text"):
        fit.predict(of_type("a stray text", 2))
