"""A first walk through a stream finds what a frame has, and keeps few of its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.data.sources import stream_of
from mlmteach.errors import DataError
from mlmteach.model import survey
from mlmteach.model.survey import GroupStatistics, bind, know


@pytest.fixture(autouse=True)
def few_rows_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "SAMPLE", 300)


def test_witnesses_have_the_ends_and_every_category() -> None:
    hsb = mlm.load("hsb")
    model = mlm.Model(
        "mathach ~ ses + minority * female", group="school", level2={"intercept": "size + U"}
    )
    stream = stream_of([hsb.iloc[at : at + 500] for at in range(0, len(hsb), 500)])
    assert stream is not None
    known = know(model, stream)
    few = known.witnesses
    assert len(few) < 1000
    for name in ("mathach", "ses", "size"):
        assert (few[name].min(), few[name].max()) == (hsb[name].min(), hsb[name].max())
    assert len(few[["minority", "female"]].drop_duplicates()) == 4
    assert known.sizes.tolist() == hsb.groupby("school").size().tolist()
    assert known.groups.tolist() == sorted(hsb["school"].unique())


def test_what_is_learned_is_of_all_rows() -> None:
    hsb = mlm.load("hsb")
    model = mlm.Model("mathach ~ scale(ses) + center_within(female)", group="school")
    stream = stream_of([hsb.iloc[:99], hsb.iloc[99:5000], hsb.iloc[5000:]])
    assert stream is not None
    learned, within = know(model, stream).learned.encoding.codings
    memory = learned.memory["scale(ses)"]
    assert memory["mean"] == pytest.approx(hsb["ses"].mean(), abs=1e-12)
    assert memory["sd"] == pytest.approx(hsb["ses"].std(), abs=1e-12)
    means = within.memory["center_within(female)"]["group_mean"]
    wanted = hsb.groupby("school")["female"].mean()
    np.testing.assert_allclose(means.loc[wanted.index], wanted, atol=1e-14)


def test_statistics_of_groups_add_up() -> None:
    rng = np.random.default_rng(0)
    table, codes = rng.normal(5, 2, (60, 2)), np.sort(rng.integers(0, 4, 60))
    starts = np.unique(codes, return_index=True)[1]
    whole = GroupStatistics.of(table, codes, starts)
    found = GroupStatistics.empty(4, 2)
    for part in np.array_split(np.arange(60), 7):
        own, local = np.unique(codes[part], return_inverse=True)
        begins = np.unique(local, return_index=True)[1]
        found.take(own, GroupStatistics.of(table[part], local, begins))
    for name in ("count", "mean", "squares", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), rtol=1e-12)
    grouped = pd.DataFrame(table).groupby(codes)
    np.testing.assert_allclose(found.squares / (found.count - 1)[:, None], grouped.var())


def test_binding_to_a_stream_names_contrasts() -> None:
    exam = mlm.load("exam")
    model = mlm.Model("normexam ~ standLRT + sex", group="school")
    parts = [exam.iloc[:700], exam.iloc[700:]]
    assert bind(model, parts).gammas == bind(model, exam).gammas


def test_too_many_categories_are_refused() -> None:
    n = 2_500
    frame = pd.DataFrame({"g": np.arange(n) % 50, "name": [f"n{i}" for i in range(n)]})
    frame["y"] = np.sin(np.arange(n))
    frame["x"] = np.cos(np.arange(n))
    with pytest.raises(DataError, match="more than 1000"):
        mlm.Model("y ~ name", group="g").fit([frame])
    with pytest.raises(DataError, match="more than 1000"):
        mlm.Model("y ~ C(x)", group="g").fit([frame])
