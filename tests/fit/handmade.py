"""Designs made by hand with plain NumPy, so that engines are tested apart from the formulas."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from mlmteach.api import Fit
from mlmteach.errors import ScaleWarning, SingularFitWarning
from mlmteach.fit.design import Layer, LayeredDesign
from mlmteach.fit.engines import fit_design
from mlmteach.model.terms import Factor

HERE = Path(__file__).parents[1]
REFERENCE = HERE / "reference" / "lme4.json"
DATA = HERE.parent / "data"


@dataclass(frozen=True, eq=False)
class HandmadeDesign:
    """The same attributes as ``mlmteach.fit.design.Design``."""

    y: np.ndarray
    X: np.ndarray
    Z: np.ndarray
    codes: np.ndarray
    groups: pd.Index
    x_names: tuple[str, ...]
    z_names: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    dropped: int = 0
    encoding: None = None
    census: None = None
    source: None = None
    strata: None = None
    strata_names: tuple[str, ...] = ()
    precision: None = None

    @property
    def sizes(self) -> np.ndarray:
        return np.bincount(self.codes, minlength=len(self.groups))


def design(y, x, z, labels, covariance="unstructured") -> HandmadeDesign:
    """A design from an outcome, mappings of name to column for X and Z, and group labels."""
    codes, groups = pd.factorize(np.asarray(labels), sort=True)
    n = len(y)

    def columns(mapping):
        parts = [np.broadcast_to(np.asarray(v, dtype=float), n) for v in mapping.values()]
        return np.column_stack(parts) if parts else np.empty((n, 0))

    return HandmadeDesign(
        y=np.asarray(y, dtype=float),
        X=columns(x),
        Z=columns(z),
        codes=codes,
        groups=pd.Index(groups),
        x_names=tuple(x),
        z_names=tuple(z),
        blocks=(
            tuple((k,) for k in range(len(z)))
            if covariance == "diagonal"
            else (tuple(range(len(z))),)
        ),
    )


@cache
def cases() -> dict[str, dict]:
    """The reference cases by id."""
    return {case["id"]: case for case in json.loads(REFERENCE.read_text())}


@cache
def frame(name: str) -> pd.DataFrame:
    """A data set of the reference, with its derived columns."""
    data = pd.read_csv(DATA / f"{name}.csv", dtype={"school": str, "Subject": str})
    if name == "hsb":
        data["size_k"] = data["size"] / 1000
        data["cses"] = data["ses"] - data.groupby("school")["ses"].transform("mean")
    return data


# right-hand sides as products of columns; "A=level" is a 0/1 column
FIXED = {
    "Yield ~ 1 + (1 | Batch)": "1",
    "normexam ~ standLRT + sex + schgend + (1 | school)": (
        "1 standLRT sex=F schgend=mixed schgend=boys"
    ),
    "normexam ~ standLRT + sex + type + (1 | school)": "1 standLRT sex=F type=Sngl",
    "normexam ~ standLRT + sex + type + (standLRT | school)": "1 standLRT sex=F type=Sngl",
    "mathach ~ meanses * cses + sector * cses + (cses | school)": (
        "1 meanses cses sector meanses:cses cses:sector"
    ),
    "mathach ~ 1 + (1 | school)": "1",
    "mathach ~ cses + (cses | school)": "1 cses",
    "mathach ~ cses + (cses || school)": "1 cses",
    "distance ~ sex_h * age11 + (age11 | Subject)": "1 sex_h age11 sex_h:age11",
    "distance ~ age11 + (age11 | Subject)": "1 age11",
    "Reaction ~ Days + (Days | Subject)": "1 Days",
    "Reaction ~ Days + (1 | Subject)": "1 Days",
    "Reaction ~ Days + (0 + Days | Subject)": "1 Days",
    "Reaction ~ Days + (Days || Subject)": "1 Days",
    "mathach ~ size_k * ses + sector + minority + female + (1 + ses | school)": (
        "1 size_k ses sector minority female size_k:ses"
    ),
    "mathach ~ size * ses + sector + minority + female + (1 + ses | school)": (
        "1 size ses sector minority female size:ses"
    ),
    "mathach ~ ses + minority + female + (1 | school)": "1 ses minority female",
    "mathach ~ ses + minority + female + (1 + ses | school)": "1 ses minority female",
}


def column(data: pd.DataFrame, term: str) -> np.ndarray:
    """The column of a term: a product of variables and 0/1 columns."""
    product = np.ones(len(data))
    for part in term.split(":"):
        if "=" in part:
            name, level = part.split("=")
            product = product * (data[name] == level).to_numpy(float)
        elif part != "1":
            product = product * data[part].to_numpy(float)
    return product


def named(term: str) -> str:
    """The name that R gives to a term."""
    return "(Intercept)" if term == "1" else term.replace("=", "")


def reference_design(case: dict) -> HandmadeDesign:
    """The design of a reference case, with R's names of the terms."""
    data = frame(case["dataset"])
    formula = case["formula"]
    outcome = formula.split(" ~ ")[0]
    random, group = formula[formula.index("(") + 1 : -1].replace("||", "|").split(" | ")
    terms = [term.strip() for term in random.split("+")]
    if "0" in terms:
        terms.remove("0")
    elif "1" not in terms:
        terms.insert(0, "1")
    return design(
        data[outcome],
        {named(t): column(data, t) for t in FIXED[formula].split()},
        {named(t): column(data, t) for t in terms},
        data[group],
        "diagonal" if "||" in formula else "unstructured",
    )


def two_level_ids() -> list[str]:
    """The ids of the cases with two levels."""
    return [key for key, case in cases().items() if case["formula"] in FIXED]


def fit_handmade(design: HandmadeDesign, **options) -> Fit:
    """A fit of a design without a model behind it."""
    index = pd.RangeIndex(len(design.y))
    model: Any = SimpleNamespace(group="group", outcome=Factor("y"), codebook=None)
    return Fit.of(fit_design(model, design, pd.DataFrame(index=index), **options))


@cache
def reference_fit(key: str, engine: str = "profiled") -> Fit:
    """The fit of a reference case, singular ones without their warning."""
    case = cases()[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return fit_handmade(reference_design(case), reml=case["REML"], engine=engine)


def data(seed, groups=12, sd=(1.0, 0.6)):
    """Outcome, predictor, a level-2 predictor and group labels, unbalanced, some groups of one."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), rng.integers(1, 8, groups))
    x, w = rng.normal(size=len(codes)), rng.normal(size=groups)[codes]
    u = rng.normal(size=(groups, 2)) * sd
    y = 2.0 + x + 0.5 * w + u[codes, 0] + u[codes, 1] * x + rng.normal(size=len(codes))
    return y, x, w, codes


def fitted(y, x, w, labels, covariance="unstructured", reml=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        warnings.simplefilter("ignore", ScaleWarning)
        columns = {"Intercept": 1.0, "x": x, "w": w}
        random = {"Intercept": 1.0, "x": x}
        return fit_handmade(design(y, columns, random, labels, covariance), reml=reml)


def small_design(q=2, covariance="unstructured", seed=0, groups=7):
    """A small unbalanced design whose columns are far from standardised."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), rng.integers(1, 6, groups))
    n = len(codes)
    z = {"Intercept": np.ones(n)}
    z |= {f"x{k}": rng.normal(5.0 * k, 3.0**k, n) for k in range(1, q)}
    w = rng.normal(100.0, 10.0, groups)[codes]
    y = 3.0 + 0.1 * w + sum(z.values()) + rng.normal(size=n) + rng.normal(size=groups)[codes]
    return design(y, {**z, "w": w}, z, codes, covariance)


def simple_design(scale=1.0, shift=0.0):
    """A design with a random slope, its predictor in any unit and from any origin."""
    y, x, _, codes = data(4)
    columns = {"Intercept": 1.0, "x": scale * x + shift}
    return design(y, columns, columns, codes)


def layer(name, z, labels, covariance="unstructured") -> Layer:
    """A grouping from a mapping of name to column for Z, and group labels."""
    codes, groups = pd.factorize(np.asarray(labels), sort=True)
    columns = [np.broadcast_to(np.asarray(v, dtype=float), len(codes)) for v in z.values()]
    each = tuple((k,) for k in range(len(z)))
    blocks = each if covariance == "diagonal" else (tuple(range(len(z))),)
    return Layer(
        name, np.column_stack(columns), codes, pd.Index(groups), tuple(map(str, z)), blocks
    )


def layered_design(q=(1, 1), *, crossed=False, covariance="unstructured", seed=0, sd=(1.0, 1.0)):
    """A small unbalanced design with two groupings, the lower or larger one first."""
    rng = np.random.default_rng(seed)
    few, many = 5, 14
    if crossed:
        n = 70
        one = np.append(np.arange(many), rng.integers(0, many, n - many))
        other = np.append(np.arange(few), rng.integers(0, few, n - few))
    else:
        one = np.repeat(np.arange(many), rng.integers(2, 8, many))
        other = one % few
        n = len(one)
    x = {"Intercept": np.ones(n), "x": rng.normal(3.0, 2.0, n), "w": rng.normal(-1.0, 5.0, n)}
    y = 2.0 + 0.3 * x["x"] + rng.normal(size=n)
    layers = []
    for name, codes, size, spread in zip("ab", (one, other), q, sd, strict=True):
        z = dict(list(x.items())[:size])
        scale = [np.abs(column).mean() for column in z.values()]
        u = spread * rng.normal(size=(codes.max() + 1, size)) / scale
        y = y + (np.column_stack(list(z.values())) * u[codes]).sum(axis=1)
        layers.append(layer(name, z, codes, covariance))
    return LayeredDesign(y, np.column_stack(list(x.values())), tuple(x), (layers[0], layers[1]))
