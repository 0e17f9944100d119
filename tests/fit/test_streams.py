"""A fit to a stream is the fit to the frame, however the rows are cut and ordered."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dask import dataframe as dask_frame
from distributed import Client, LocalCluster

import mlmteach as mlm
from mlmteach.data import sources
from mlmteach.errors import DataError, FitError, MlmteachError, MlmteachWarning
from mlmteach.fit import design, streams
from mlmteach.model import survey


@pytest.fixture(autouse=True)
def few_rows_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "SAMPLE", 200)
    monkeypatch.setattr(sources, "CHUNK", 150)


def drawn(seed: int, groups: int = 25) -> pd.DataFrame:
    """Rows of groups of several sizes, with missing values and categories."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(groups), rng.integers(1, 40, groups)))
    n = len(codes)
    size = np.exp(rng.normal(5, 0.4, groups)).round(1)
    frame = pd.DataFrame(
        {
            "school": [f"s{code}" for code in codes] if seed % 2 else codes * 3 - 7,
            "ses": rng.normal(3, 1, n) + rng.normal(0, 1, groups)[codes],
            "age": rng.integers(10, 14, n),
            "sex": rng.choice(["f", "m"], n),
            "late": rng.random(n) < 0.3,
            "size": size[codes],
            "sector": np.array(["a", "b", "c"])[rng.integers(0, 3, groups)][codes],
        }
    )
    effects = rng.normal(0, 2, (groups, 2))[codes]
    frame["math"] = 12 + effects[:, 0] + (2 + effects[:, 1]) * frame["ses"] + rng.normal(0, 3, n)
    frame["sector"] = frame["sector"].astype("category")
    frame.loc[rng.random(n) < 0.03, ["ses", "size"]] = np.nan
    frame.loc[rng.random(n) < 0.02, "sex"] = None
    frame.loc[frame["school"] == frame["school"].iloc[0], "math"] = np.nan
    return frame


LEVEL1 = ["ses", "center(ses)", "center_within(ses)", "scale(ses)", "I(ses ** 2)", "log(age)"]
CATEGORIES = ["sex", "late", "C(age)", "sex * late", "age"]
LEVEL2 = ["size", "log(size)", "sector", "scale(size)", "center(log(size))", "group_mean(age)"]


def models() -> Iterator[tuple[int, mlm.Model]]:
    """Models drawn at random, one a seed."""
    for seed in range(16):
        rng = np.random.default_rng(seed)
        own, category, upper = (str(rng.choice(x)) for x in (LEVEL1, CATEGORIES, LEVEL2))
        upper = "size" if upper == "group_mean(age)" and "age" in category + own else upper
        category = "sex" if "age" in own and "age" in category else category
        level2 = {"intercept": f"{upper} + U"}
        level2[own] = [f"{upper} + U", "U", upper][rng.integers(3)]
        yield seed, mlm.Model(f"math ~ {own} + {category}", group="school", level2=level2)


def cut(frame: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Shuffle rows, and cut them anywhere: there are parts of one row, and of none."""
    frame = frame.iloc[rng.permutation(len(frame))] if rng.random() < 0.8 else frame
    places = np.sort(rng.integers(0, len(frame), rng.integers(1, 9)))
    ends = [0, *map(int, places), len(frame)]
    return [frame.iloc[a:b] for a, b in pairwise(ends)]


@pytest.mark.parametrize(("seed", "model"), list(models()), ids=str)
def test_numbers_are_those_of_the_frame(seed: int, model: mlm.Model, tmp_path: Path) -> None:
    rng, frame = np.random.default_rng(seed), drawn(seed)
    kinds = {
        "list": cut(frame, rng),
        "dask": dask_frame.from_pandas(frame.sample(frac=1, random_state=seed), npartitions=5),
        "parquet": tmp_path / "rows.parquet",
    }
    frame.to_parquet(tmp_path / "rows.parquet")
    kind = list(kinds)[seed % 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        whole = model.fit(frame, reml=bool(seed % 2))
        fit = model.fit(kinds[kind], reml=bool(seed % 2))
    close = {"rtol": 1e-8, "atol": 1e-8}
    assert (fit.nobs, fit.dropped, fit.ngroups) == (whole.nobs, whole.dropped, whole.ngroups)
    assert set(fit.design.lost) == set(whole.design.lost)
    assert fit.messages == whole.messages
    assert fit.criterion == pytest.approx(whole.criterion, abs=1e-7)
    for name in ("params", "bse", "df", "cov_re", "random_effects", "random_effects_se"):
        assert list(getattr(fit, name).index) == list(getattr(whole, name).index)
        found, wanted = (getattr(one, name).to_numpy() for one in (fit, whole))
        # what hangs on T is as flat as the criterion at its optimum
        np.testing.assert_allclose(found, wanted, **({"rtol": 1e-6} if name == "df" else close))
    np.testing.assert_allclose(fit.r2, whole.r2, **close)
    assert fit.icc == pytest.approx(whole.icc, rel=1e-8)
    new = frame.dropna()
    known = new[new["school"].isin(list(fit.design.groups))]
    np.testing.assert_allclose(fit.predict(known), whole.predict(known), **close)
    assert len(fit.frame) <= 200 < fit.nobs
    for language in ("en", "de"):
        said = [str(one.report(language=language)) for one in (fit, whole)]
        assert said[0] == said[1]
    label = whole.random_effects.index[3]
    assert str(fit.interpret(group=label)) == str(whole.interpret(group=label))
    assert str(fit.summary()) == str(whole.summary())


def changed(frame: pd.DataFrame, **columns: object) -> pd.DataFrame:
    return frame.assign(**columns)


TYPES = {
    "groups in an order of their own": lambda f: f.assign(
        school=pd.Categorical(f["school"], categories=f["school"].unique()[::-1])
    ),
    "groups that are missing": lambda f: f.assign(school=f["school"].where(f.index % 9 > 0)),
    "nullable": lambda f: f.convert_dtypes(),
    "Arrow": lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
    "truth that is missing": lambda f: f.assign(
        late=f["late"].astype(object).where(f.index % 9 > 0, None)
    ),
    "an index of the group's name": lambda f: f.set_index("school", drop=False),
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_column_is_what_it_is_in_all_rows(kind: str) -> None:
    frame = TYPES[kind](drawn(2))
    model = mlm.Model("math ~ ses + sex * late", group="school", level2={"intercept": "sector + U"})
    whole = model.fit(frame)
    fit = model.fit([frame.iloc[:7], frame.iloc[7:300], frame.iloc[300:]])
    np.testing.assert_allclose(fit.params, whole.params, rtol=1e-8)
    assert list(fit.params.index) == list(whole.params.index)
    assert list(fit.random_effects.index) == list(whole.random_effects.index)
    assert str(fit.report()) == str(whole.report())


FAULTS = {
    "level 1": ("math ~ size", {}, {}),
    "level 2": ("math ~ ses", {"intercept": "age + U"}, {}),
    "infinite": ("math ~ ses", {}, {"ses": np.inf}),
    "constant": ("math ~ ses", {}, {"math": 3.0}),
    "no value": ("math ~ ses", {}, {"ses": np.nan}),
    "one group": ("math ~ ses", {}, {"school": 1}),
    "one category": ("math ~ sex", {}, {"sex": "f"}),
    "a date": ("math ~ ses", {}, {"ses": pd.Timestamp("2020-01-01")}),
    "text": ("math ~ ses", {}, {"ses": lambda f: f["ses"].round(3).astype(str)}),
    "a stray text": (
        "math ~ ses",
        {},
        {"ses": lambda f: f["ses"].astype(object).where(f.index != 77, "x")},
    ),
    "rank": ("math ~ ses + twice", {}, {"twice": lambda f: 2 * f["ses"] + 1}),
    "zero": ("math ~ ses + ses:none", {}, {"none": lambda f: 0.0 * f["ses"]}),
    "immense": ("math ~ ses", {}, {"ses": lambda f: f["ses"] * 1e200}),
    "logarithm": ("math ~ log(ses)", {}, {"ses": lambda f: f["ses"] - 3}),
    "outcome": ("sex ~ ses", {}, {}),
    "own groups": ("math ~ ses", {}, {"school": lambda f: range(len(f))}),
    "unknown": ("math ~ sess", {}, {}),
    "unhashable": ("math ~ ses", {}, {"school": lambda f: [[x] for x in f["school"]]}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_errors_are_those_of_the_frame(fault: str) -> None:
    formula, level2, columns = FAULTS[fault]
    frame = changed(drawn(3), **columns)
    model = mlm.Model(formula, group="school", level2=level2)
    found = []
    for data in (frame, [frame.iloc[:200], frame.iloc[200:]]):
        with pytest.raises(MlmteachError) as caught:
            model.fit(data)
        found.append(caught.value)
    assert type(found[0]) is type(found[1])
    assert found[0].problem.split(":")[0][:30] == found[1].problem.split(":")[0][:30]


def test_a_stream_that_is_small_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "SAMPLE", 10_000)
    frame = mlm.load("sleepstudy")
    model = mlm.Model("Reaction ~ Days", group="Subject")
    fit, whole = model.fit([frame.iloc[:70], frame.iloc[70:]]), model.fit(frame)
    np.testing.assert_allclose(fit.resid, whole.resid, atol=1e-9)


def test_what_needs_the_rows_says_so() -> None:
    frame = drawn(4)
    model = mlm.Model("math ~ ses", group="school")
    fit = model.fit([frame])
    for name in ("fittedvalues", "resid", "fixed_part"):
        with pytest.raises(DataError, match="came in chunks"):
            getattr(fit, name)
    with pytest.raises(DataError, match="came in chunks"):
        fit.predict()
    for needs_rows in (fit.robust, fit.diagnostics.influence, lambda: fit.simulate(1)):
        with pytest.raises(DataError, match="came in chunks"):
            needs_rows()
    with pytest.raises(FitError, match="all rows at once"):
        model.fit([frame], engine="statsmodels")
    with pytest.raises(DataError, match="poly"):
        mlm.Model("math ~ poly(ses, 2)", group="school").fit([frame.dropna()])
    assert len(fit.rows.resid) == len(fit.frame)
    assert fit.rows.robust().is_robust


def test_the_bootstrap_needs_no_rows() -> None:
    frame = drawn(4)
    model = mlm.Model("math ~ ses", group="school")
    ours, theirs = (
        model.fit(data).bootstrap(5, seed=1, progress=False) for data in ([frame], frame)
    )
    np.testing.assert_allclose(ours.replicates, theirs.replicates, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("seed", "model"), list(models())[:6], ids=str)
def test_a_large_frame_is_summed_in_parts(
    seed: int, model: mlm.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = drawn(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        whole = model.fit(frame)
        monkeypatch.setattr(design, "LARGE", 10)
        monkeypatch.setattr(streams, "PART", 37)
        fit = model.fit(frame)
    assert fit.design.source is not None
    assert fit.criterion == pytest.approx(whole.criterion, abs=1e-7)
    np.testing.assert_allclose(fit.params, whole.params, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(fit.bse, whole.bse, rtol=1e-8)
    np.testing.assert_allclose(fit.r2, whole.r2, rtol=1e-8)
    assert fit.design.source is not None  # nobody has asked for a row yet
    np.testing.assert_allclose(fit.resid, whole.resid, atol=1e-8)
    np.testing.assert_array_equal(fit.design.X, whole.design.X)
    np.testing.assert_array_equal(fit.design.Z, whole.design.Z)
    assert fit.design.source is None
    twice = mlm.Model("math ~ ses + twice", group="school")
    with pytest.raises(MlmteachError, match="rank-deficient: 'twice'"):
        twice.fit(frame.assign(twice=3 * frame["ses"] - 1))
    with pytest.raises(MlmteachError, match="'twice' has one value in all rows"):
        twice.fit(frame.assign(twice=3))
    for model in (
        {"formula": "math ~ twice"},
        {"formula": "math ~ ses", "level2": {"intercept": "twice + U"}},
    ):
        with pytest.raises(MlmteachError, match="'twice' has one value in all rows"):
            mlm.Model(**model, group="school", data=[frame.assign(twice=3)])


def test_figures_of_rows_say_that_they_draw_a_sample() -> None:
    frame = drawn(5).dropna()
    model = mlm.Model("math ~ ses", group="school", level2={"intercept": "size + U", "ses": "size"})
    fit, whole = model.fit([frame]), model.fit(frame)
    drawn_rows = {
        "residual_qq": (),
        "residual_spread": (),
        "residual_predictor": ("ses",),
        "fitted": (),
        "shrinkage": (),
        "group_lines": ("ses",),
    }
    for name, arguments in drawn_rows.items():
        figure = getattr(mlm.plot, name)(fit, *arguments)
        for text in (figure.alt, figure.caption):
            assert f"a sample of {fit.rows.ngroups} of the {fit.ngroups}" in text
    for name, arguments in {"caterpillar": (), "cross_level": ("size:ses",)}.items():
        figures = [getattr(mlm.plot, name)(one, *arguments) for one in (fit, whole)]
        assert figures[0].alt == figures[1].alt


def test_streams_are_compared_as_frames_are() -> None:
    frame = drawn(11).dropna()
    models = [mlm.Model(f"math ~ {x}", group="school") for x in ("ses", "ses + sex")]
    tables = [str(mlm.compare(*(m.fit(data) for m in models))) for data in (frame, [frame])]
    assert tables[0] == tables[1]
    with pytest.raises(DataError, match="different rows|rows and"):
        mlm.compare(models[0].fit([frame]), models[1].fit([frame.iloc[:300]]))


def test_the_sample_hangs_on_the_labels_alone() -> None:
    frame = drawn(6)
    model = mlm.Model("math ~ ses", group="school")
    shuffled = frame.sample(frac=1, random_state=1)
    one = model.fit([frame.iloc[:300], frame.iloc[300:]]).frame
    other = model.fit([shuffled.iloc[:99], shuffled.iloc[99:150], shuffled.iloc[150:]]).frame
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index())
    groups = one["school"].unique()
    used = frame.dropna(subset=["math", "ses"])
    assert len(one) == int(used["school"].isin(groups).sum())  # whole groups
    assert 0 < len(groups) < used["school"].nunique()


def test_formulas_find_levels_in_a_stream() -> None:
    frame = drawn(8)
    formula = "math ~ ses * size + (1 + ses | school)"
    parts = [frame.iloc[:50], frame.iloc[50:300], frame.iloc[300:]]
    model = mlm.Model.from_formula(formula, data=parts)
    assert repr(model) == repr(mlm.Model.from_formula(formula, data=frame))
    assert model.bound
    with pytest.raises(MlmteachError, match="stands at level 2"):
        mlm.Model("math ~ ses", group="school", level2={"intercept": "age + U"}, data=parts)
    with pytest.raises(MlmteachError, match="stands at level 1"):
        mlm.Model("math ~ size", group="school", data=parts)


def test_new_rows_may_come_in_chunks() -> None:
    frame = drawn(9).dropna()
    fit = mlm.Model("math ~ ses + sex", group="school").fit(frame)
    parts = [frame.iloc[:50], frame.iloc[50:]]
    pd.testing.assert_series_equal(fit.predict(parts), fit.predict(frame))


class Dies:
    """Ends its process the first time that it sees a certain row, as if a machine were lost."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, part: pd.DataFrame) -> pd.DataFrame:
        import os

        if 0 in part.index and not self.mark.exists():
            self.mark.write_text("")
            os._exit(1)
        return part


def test_a_worker_that_is_lost_does_not_change_the_numbers(tmp_path: Path) -> None:
    frame = drawn(10)
    model = mlm.Model(
        "math ~ center_within(ses) + sex", group="school", level2={"intercept": "size + U"}
    )
    whole = model.fit(frame)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        parts = dask_frame.from_pandas(frame, npartitions=6)
        parts = parts.map_partitions(Dies(tmp_path / "died"), meta=frame.iloc[:0])
        fit = model.fit(parts)
    assert (tmp_path / "died").exists()
    np.testing.assert_allclose(fit.params, whole.params, rtol=1e-8)
    assert fit.criterion == pytest.approx(whole.criterion, abs=1e-7)
