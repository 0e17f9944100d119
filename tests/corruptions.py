"""Frames as people bring them: a random corruption of good data, by its name and a seed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

__all__ = ["CORRUPTIONS", "OddFrame", "good_frame", "odd_frame"]

Rng: TypeAlias = np.random.Generator
Frame: TypeAlias = pd.DataFrame
COLUMNS = ("y", "x", "f", "kind", "z")


def good_frame(rng: Rng) -> Frame:
    """Draw groups with a number, a 0/1 code and a category at level 1, and a number at level 2."""
    j = int(rng.integers(6, 12))
    g = np.repeat(np.arange(j), rng.integers(4, 9, size=j))
    n = len(g)
    x = rng.normal(1.0, 1.0, n).round(3)
    z = np.append([0.0, 1.0], rng.normal(size=j - 2).round(2))[g]
    frame = pd.DataFrame({"school": g + 100, "x": x, "z": z})
    frame["f"] = rng.integers(0, 2, n)
    frame["kind"] = rng.choice(["low", "mid", "high"], n)
    slope = 0.5 + 0.3 * rng.normal(size=j)[g]
    frame["y"] = 10 + slope * x + frame["f"] + z + rng.normal(size=j)[g] + rng.normal(size=n)
    return frame


@dataclass(frozen=True)
class OddFrame:
    """A corrupted frame, and what was done to it."""

    seed: int
    done: tuple[str, ...]
    frame: Frame


def odd_frame(seed: int) -> OddFrame:
    """Corrupt good data once, or twice, or three times."""
    rng = np.random.default_rng(seed)
    frame = good_frame(rng)
    names = list(CORRUPTIONS)
    first = names[seed % len(names)]  # each has its turn
    more = rng.choice(names, size=int(rng.choice([0, 1, 2], p=[0.6, 0.3, 0.1])), replace=False)
    done = []
    for name in dict.fromkeys((first, *map(str, more))):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                frame = CORRUPTIONS[name](frame, rng)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue  # what was done before does not allow it
        done.append(name)
    return OddFrame(seed, tuple(done), frame)


# --- what is done to a frame ----------------------------------------------------------------


def _number(rng: Rng) -> str:
    return str(rng.choice(["y", "x", "z", "f"]))


def _as(kind: Any, *columns: str) -> Callable[[Frame, Rng], Frame]:
    """Give some columns, or a numeric one, another type."""

    def corrupt(frame: Frame, rng: Rng) -> Frame:
        name = str(rng.choice(columns)) if columns else _number(rng)
        return frame.assign(**{name: frame[name].astype(kind)})

    return corrupt


def _each(change: Callable[[Any], Any], *columns: str) -> Callable[[Frame, Rng], Frame]:
    """Change each value of a column, which then holds objects."""

    def corrupt(frame: Frame, rng: Rng) -> Frame:
        name = str(rng.choice(columns)) if columns else _number(rng)
        values = pd.Series([change(v) for v in frame[name]], index=frame.index, dtype=object)
        return frame.assign(**{name: values})

    return corrupt


def _some(value: Any, share: float = 0.1, *columns: str) -> Callable[[Frame, Rng], Frame]:
    """Put a value into some rows of a column."""

    def corrupt(frame: Frame, rng: Rng) -> Frame:
        name = str(rng.choice(columns or COLUMNS))
        column = frame[name]
        chosen = rng.random(len(frame)) < share
        chosen[int(rng.integers(len(frame)))] = True
        values = column.astype(float if isinstance(value, float) else object)
        values = values.mask(chosen, value) if not isinstance(value, list) else values
        return frame.assign(**{name: values})

    return corrupt


def _scaled(by: float, *columns: str) -> Callable[[Frame, Rng], Frame]:
    def corrupt(frame: Frame, rng: Rng) -> Frame:
        name = str(rng.choice(columns or ("y", "x", "z")))
        return frame.assign(**{name: frame[name].astype(float) * by})

    return corrupt


def _shifted(by: float) -> Callable[[Frame, Rng], Frame]:
    def corrupt(frame: Frame, rng: Rng) -> Frame:
        name = str(rng.choice(["y", "x", "z"]))
        return frame.assign(**{name: frame[name].astype(float) + by})

    return corrupt


def _twins(frame: Frame, rng: Rng) -> Frame:
    return pd.concat([frame, frame[[str(rng.choice(COLUMNS))]]], axis=1)


def _integer_names(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(extra=1.0).rename(columns={"extra": 7})


def _all_integer_names(frame: Frame, rng: Rng) -> Frame:
    return frame.set_axis(range(frame.shape[1]), axis=1)


def _two_rows_of_names(frame: Frame, rng: Rng) -> Frame:
    return frame.set_axis(pd.MultiIndex.from_product([["a"], frame.columns]), axis=1)


def _index_named_as(*names: str) -> Callable[[Frame, Rng], Frame]:
    return lambda frame, _: frame.set_index(list(names), drop=False)


def _index_twice(frame: Frame, rng: Rng) -> Frame:
    return frame.set_axis(np.zeros(len(frame), dtype=int))


def _text_index(frame: Frame, rng: Rng) -> Frame:
    return frame.set_axis([f"row {i}" for i in range(len(frame))])


def _groups(change: Callable[[Any], Any]) -> Callable[[Frame, Rng], Frame]:
    """Give the groups other labels, kept as objects."""

    def corrupt(frame: Frame, rng: Rng) -> Frame:
        labels = pd.Series([change(v) for v in frame["school"]], index=frame.index, dtype=object)
        return frame.assign(school=labels)

    return corrupt


def _cut_groups(frame: Frame, rng: Rng) -> Frame:
    edges = np.append(np.unique(frame["school"]) - 0.5, 1e6)
    cut = pd.cut(frame["school"], edges)
    return frame.assign(school=cut if rng.random() < 0.5 else cut.astype(object).infer_objects())


def _period_groups(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(school=pd.PeriodIndex.from_ordinals(frame["school"] + 200, freq="Q"))


def _dated_groups(frame: Frame, rng: Rng) -> Frame:
    zone = rng.choice([None, "Europe/Berlin"])
    days = pd.Timestamp("2026-01-01", tz=zone) + pd.to_timedelta(frame["school"], unit="D")
    return frame.assign(school=days)


def _groups_of_one(frame: Frame, rng: Rng) -> Frame:
    labels = frame["school"].to_numpy().copy()
    alone = rng.choice(len(frame), size=len(frame) // 4, replace=False)
    labels[alone] = 1000 + np.arange(len(alone))
    return frame.assign(school=labels, z=pd.Series(labels, index=frame.index) % 7)


def _all_groups_of_one(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(school=np.arange(len(frame)))


def _one_group(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(school=1)


def _two_groups(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(school=frame["school"] % 2, z=frame["school"] % 2)


def _constant(frame: Frame, rng: Rng) -> Frame:
    name = str(rng.choice([*COLUMNS, "school"]))
    return frame.assign(**{name: frame[name].iloc[0]})


def _collinear(frame: Frame, rng: Rng) -> Frame:
    noise = float(rng.choice([0.0, 1e-12, 1e-8, 1e-6, 1e-3])) * rng.normal(size=len(frame))
    return frame.assign(f=2 * frame["x"].astype(float) + 1 + noise)


def _cut(frame: Frame, rng: Rng) -> Frame:
    cut = pd.cut(frame["x"].astype(float), 3)
    return frame.assign(kind=cut if rng.random() < 0.5 else cut.astype(object).infer_objects())


def _periods(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(kind=pd.PeriodIndex.from_ordinals(frame["f"].astype(int) + 200, freq="Q"))


def _dates(frame: Frame, rng: Rng) -> Frame:
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["f"].astype(int), unit="D")
    return frame.assign(**{str(rng.choice(["f", "kind", "y"])): days})


def _unsorted(frame: Frame, rng: Rng) -> Frame:
    return frame.sample(frac=1.0, random_state=int(rng.integers(1 << 30)))


def _duplicated_rows(frame: Frame, rng: Rng) -> Frame:
    return pd.concat([frame] * int(rng.integers(2, 4)))


def _few_rows(frame: Frame, rng: Rng) -> Frame:
    return frame.sample(int(rng.integers(0, 12)), random_state=int(rng.integers(1 << 30)))


def _no_residual(frame: Frame, rng: Rng) -> Frame:
    """Let level 1 have next to no variance of its own: sigma2 is near 0."""
    size = float(rng.choice([0.0, 1e-14, 1e-10, 1e-6]))
    up = np.sin(frame["school"].astype(float))
    y = 3 + frame["x"].astype(float) + up + size * rng.normal(size=len(frame))
    return frame.assign(y=y)


def _no_level2(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(y=rng.normal(size=len(frame)))


def _level2_varies(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(z=frame["z"].astype(float) + (rng.random(len(frame)) < 0.1))


def _column_missing(frame: Frame, rng: Rng) -> Frame:
    return frame.drop(columns=str(rng.choice([*COLUMNS, "school"])))


def _missing_group(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(school=frame["school"].mask(rng.random(len(frame)) < 0.2))


def _long_texts(frame: Frame, rng: Rng) -> Frame:
    return frame.assign(kind=frame["kind"].astype(str) + " [odd]: {a}_b^c $ & % " + "é" * 5)


CORRUPTIONS: dict[str, Callable[[Frame, Rng], Frame]] = {
    "nullable floats": _as("Float64"),
    "nullable integers": _as("Int64", "f", "school"),
    "nullable truth": _as("boolean", "f"),
    "truth": _as(bool, "f"),
    "one byte": _as("int8", "f"),
    "unsigned": _as("uint64", "f", "school"),
    "float32": _as("float32"),
    "float16": _as("float16"),
    "longdouble": _as(np.longdouble),
    "complex": _each(lambda v: complex(v, 1.0)),
    "objects": _as(object, "y", "x", "f", "kind", "z", "school"),
    "texts": _as(str, "y", "x", "f", "z", "school"),
    "strings": _as("string", "kind", "f"),
    "categories": _as("category", "kind", "f", "x", "z", "school", "y"),
    "arrow floats": _as("double[pyarrow]"),
    "arrow integers": _as("int64[pyarrow]", "f", "school"),
    "arrow truth": _as("bool[pyarrow]", "f"),
    "arrow strings": _as("string[pyarrow]", "kind", "f", "school"),
    "sparse": _as(pd.SparseDtype(float, 0.0), "f"),
    "sparse integers": _as(pd.SparseDtype(int, 0), "f"),
    "sparse outcome": _as(pd.SparseDtype(float, np.nan), "y"),
    "sparse groups": _as(pd.SparseDtype(int, 0), "school"),
    "decimals": _each(lambda v: Decimal(str(v))),
    "decimal groups": _groups(lambda v: Decimal(int(v))),
    "fractions": _each(lambda v: Fraction(float(v))),
    "huge integers": _each(lambda v: int(v * 1000) * 10**30),
    "lists": _each(lambda v: [v]),
    "tuples": _each(lambda v: (v, v), "kind", "f"),
    "bytes": _each(lambda v: str(v).encode(), "kind"),
    "list groups": _groups(lambda v: [v]),
    "dict groups": _groups(lambda v: {"id": v}),
    "tuple groups": _groups(lambda v: (v, "a")),
    "text groups": _groups(lambda v: f"s{v}"),
    "mixed groups": _groups(lambda v: v if v % 2 else f"s{v}"),
    "groups alike": _groups(lambda v: v if v % 3 else str(v)),
    "float groups": _groups(lambda v: v + 0.5),
    "groups with words of LaTeX": _groups(lambda v: f"a_{v} & $x^2$ {{q}}"),
    "interval groups": _cut_groups,
    "period groups": _period_groups,
    "dated groups": _dated_groups,
    "missing groups": _missing_group,
    "nan": _some(np.nan, 0.1, "y", "x", "z", "f"),
    "none": _some(None),
    "pandas' NA": _some(pd.NA),
    "inf": _some(np.inf, 0.05, "y", "x", "z"),
    "stray text": _some("n/a", 0.02, "y", "x", "f", "z"),
    "stray empty text": _some("", 0.02, "f", "x", "kind"),
    "stray number": _some(3, 0.02, "kind"),
    "all missing": _some(np.nan, 1.1, "y", "x", "f"),
    "intervals": _cut,
    "periods": _periods,
    "dates": _dates,
    "twins": _twins,
    "an integer name": _integer_names,
    "integer names": _all_integer_names,
    "two rows of names": _two_rows_of_names,
    "index named as the group": _index_named_as("school"),
    "index named as columns": _index_named_as("school", "x"),
    "index named as the outcome": _index_named_as("y"),
    "index twice": _index_twice,
    "text index": _text_index,
    "groups of one": _groups_of_one,
    "all groups of one": _all_groups_of_one,
    "one group": _one_group,
    "two groups": _two_groups,
    "constant": _constant,
    "collinear": _collinear,
    "huge": _scaled(1e200),
    "quite huge": _scaled(1e70),
    "large": _scaled(1e12),
    "tiny": _scaled(1e-12),
    "quite tiny": _scaled(1e-70),
    "very tiny": _scaled(1e-160),
    "nearly nothing": _scaled(1e-300),
    "shifted": _shifted(1e6),
    "shifted far": _shifted(1e10),
    "shifted very far": _shifted(1e15),
    "unsorted": _unsorted,
    "duplicated rows": _duplicated_rows,
    "few rows": _few_rows,
    "no residual": _no_residual,
    "no level 2": _no_level2,
    "level 2 varies": _level2_varies,
    "a column is missing": _column_missing,
    "long texts": _long_texts,
}
