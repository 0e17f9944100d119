"""The cases of layered.json as designs made by hand, with R's names of terms and groups."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.fit.design import Layer, LayeredDesign
from tests.fit.handmade import column, named

HERE = Path(__file__).parent

# outcome, fixed terms, and the random terms of each grouping; "A=level" is a 0/1 column
MODELS = {
    "pastes": ("strength", "1", {"cask:batch": "1", "batch": "1"}),
    "penicillin": ("diameter", "1", {"plate": "1", "sample": "1"}),
    "machines": ("score", "1 Machine=B Machine=C", {"Machine:Worker": "1", "Worker": "1"}),
    "oats": ("yield", "1 nitro Variety=Marvellous Variety=Victory",
             {"Variety:Block": "1", "Block": "1"}),
    "scotssec_null": ("attain", "1", {"primary": "1", "second": "1"}),
    "scotssec": ("attain", "1 verbal sex=F social", {"primary": "1", "second": "1"}),
    "scotssec_slopes": ("attain", "1 verbal sex=F", {"primary": "1 verbal", "second": "1"}),
    "scotssec_sex": ("attain", "1 verbal sex=F", {"primary": "1", "second": "1 sex=F"}),
    "egsingle_null": ("math", "1", {"childid:schoolid": "1", "schoolid": "1"}),
    "egsingle": ("math", "1 year", {"childid:schoolid": "1 year", "schoolid": "1 year"}),
    "egsingle_diagonal": ("math", "1 year", {"childid": "1 year", "schoolid": "1 year"}),
    "egsingle_full": ("math", "1 year female lowinc10 year:female year:lowinc10",
                      {"childid": "1 year", "schoolid": "1 year"}),
    "chem97": ("score", "1 gcsecnt gender=F", {"school:lea": "1", "lea": "1"}),
    "chem97_slopes": ("score", "1 gcsecnt", {"school": "1", "lea": "1 gcsecnt"}),
    "insteval": ("y", "1 service", {"s": "1", "d": "1"}),
}  # fmt: skip


@cache
def cases() -> dict[str, dict[str, Any]]:
    """The fits by name of the model and "reml" or "ml"."""
    return json.loads((HERE / "layered.json").read_text())["fits"]  # type: ignore[no-any-return]


@cache
def frame(name: str) -> pd.DataFrame:
    """Give the data of a case: its key "data"."""
    if name in ("chem97", "insteval"):
        data = pd.read_csv(HERE / f"{name}.csv.gz")
        if name == "chem97":
            data["gcsecnt"] = data["gcsescore"] - data["gcsescore"].mean()
        return data
    data = mlm.load(name)
    return data.assign(lowinc10=data["lowinc"] / 10) if name == "egsingle" else data


@cache
def design(key: str) -> LayeredDesign:
    """The design of a case."""
    model = key.rpartition("_")[0]
    data = frame(cases()[key]["data"])
    outcome, fixed, groupings = MODELS[model]
    layers = []
    for name, terms in groupings.items():
        lower, _, upper = name.partition(":")
        labels = data[lower].astype(str)
        labels = labels + ":" + data[upper].astype(str) if upper else labels
        codes, groups = pd.factorize(labels, sort=True)
        names = tuple(named(term) for term in terms.split())
        z = np.column_stack([column(data, term) for term in terms.split()])
        each = tuple((k,) for k in range(len(names)))
        blocks = each if "||" in cases()[key]["call"] else (tuple(range(len(names))),)
        layers.append(Layer(name, z, codes, pd.Index(groups), names, blocks))
    return LayeredDesign(
        y=data[outcome].to_numpy(dtype=float),
        X=np.column_stack([column(data, term) for term in fixed.split()]),
        x_names=tuple(named(term) for term in fixed.split()),
        layers=(layers[0], layers[1]),
    )
