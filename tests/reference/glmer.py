"""The cases of glmer.json and their data, derived as glmer.R derives them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm

HERE = Path(__file__).parent


@cache
def cases() -> dict[str, dict[str, Any]]:
    return json.loads((HERE / "glmer.json").read_text())["fits"]  # type: ignore[no-any-return]


def frame(name: str) -> pd.DataFrame:
    """Give the data of a case: its key "data"."""
    if name in ("counts", "boundary"):
        return pd.read_csv(HERE / f"{name}.csv")
    if name == "cbpp_long":
        herds = mlm.load("cbpp")
        long = herds.loc[herds.index.repeat(herds["size"])]
        within = long.groupby(level=0).cumcount()
        return long.assign(case=(within < long["incidence"]).astype(int)).reset_index(drop=True)
    if name == "contraception_stata":
        women = mlm.load("contraception")
        women.loc[women["woman"].isin([674, 1925]), "livch"] = "2"
        return women.assign(age=(women["age"] + 0.56).round() - 0.56)
    data = mlm.load(name)
    if name == "grouseticks":
        height = data["HEIGHT"]
        return data.assign(cHEIGHT=height - height.mean(), exposure=1 + data["INDEX"] % 5)
    if name == "exam":
        return data.assign(above=(data["normexam"] > 0).astype(int))
    if name == "hsb":
        passed = (data["mathach"] > 12.75).astype(int)
        return data.assign(passed=passed, size100=data["size"] / 100)
    return data


def terms(case: dict[str, Any], data: pd.DataFrame) -> np.ndarray:
    """Give the columns of X in the order of the key "terms", by the names that R gives them."""
    return np.column_stack([_term(name, data) for name in case["terms"]])


def _term(name: str, data: pd.DataFrame) -> np.ndarray:
    if name == "(Intercept)":
        return np.ones(len(data))
    if name == "I(age^2)":
        return data["age"].to_numpy() ** 2
    if ":" in name:
        one, other = name.split(":")
        return _term(one, data) * _term(other, data)
    if name in data:
        return data[name].to_numpy(dtype=float)
    column = next(c for c in data if name.startswith(str(c)) and name != c)
    return (data[column].astype(str) == name.removeprefix(str(column))).to_numpy(dtype=float)
