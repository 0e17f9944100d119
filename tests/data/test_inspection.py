"""What a frame says of itself: levels, kinds, default phrases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmteach.data import codebook_for, levels, load
from mlmteach.data.inspection import for_groupings
from mlmteach.errors import CodebookError, DataError

COLUMN = st.sampled_from(["a", "b", None])
ROWS = st.lists(st.tuples(st.integers(0, 4), COLUMN, st.sampled_from([0.0, 1.0, np.nan])))


@pytest.fixture
def towns() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "town_id": ["x", "x", "y", "y", "z"],
            "height in cm": [170.5, 180, 165, 190, 175],
            "children": [0, 2, 1, 3, 0],
            "owner": [0, 1, 1, 0, 0],
            "coast": [True, True, False, False, True],
            "area": pd.Categorical(["n", "n", "s", "s", "n"], categories=["s", "n"]),
            "job": ["a", "b", "a", "c", None],
            "balance": [-1, 3, 2, 5, 0],
        }
    )


def test_kinds(towns: pd.DataFrame) -> None:
    codebook = codebook_for(towns, group="town_id")
    assert {name: v.kind for name, v in codebook.items()} == {
        "town_id": "identifier",
        "height in cm": "continuous",
        "children": "count",
        "owner": "binary",
        "coast": "binary",
        "area": "categorical",
        "job": "categorical",
        "balance": "continuous",
    }
    assert [c.value for c in codebook["area"].categories] == ["s", "n"]
    assert [c.value for c in codebook["job"].categories] == ["a", "b", "c"]
    assert [c.value for c in codebook["coast"].categories] == [False, True]


def test_levels(towns: pd.DataFrame) -> None:
    found = levels(towns, group="town_id")
    assert {name for name, level in found.items() if level == 2} == {"town_id", "coast", "area"}


@given(rows=ROWS, seed=st.integers(0, 99))
def test_levels_do_not_depend_on_the_order_of_rows(
    rows: list[tuple[int, str | None, float]], seed: int
) -> None:
    frame = pd.DataFrame(rows, columns=["g", "text", "number"])
    shuffled = frame.sample(frac=1, random_state=seed)
    assert levels(frame, group="g") == levels(shuffled, group="g")


@given(rows=ROWS)
def test_levels_agree_with_the_definition(rows: list[tuple[int, str | None, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["g", "text", "number"])
    found = levels(frame, group="g")
    for name in ("text", "number"):
        sets = [part[name].dropna().tolist() for _, part in frame.groupby("g")]
        if frame["g"].is_unique or not any(sets):
            assert found[name] is None
        else:
            assert found[name] == (2 if all(len(set(v)) <= 1 for v in sets) else 1)


def test_groups_of_one_tell_nothing() -> None:
    frame = pd.DataFrame({"g": [1, 2, 3], "x": [1.0, 2.0, 3.0]})
    assert levels(frame, group="g") == {"g": 2, "x": None}
    assert codebook_for(frame, group="g")["x"].level is None
    assert levels(frame, group=None) == {"g": None, "x": None}


def test_hsb_without_its_codebook_has_the_same_levels() -> None:
    hsb = load("hsb")
    known = hsb.attrs.pop("codebook")
    found = codebook_for(hsb, group="school")
    assert {n: v.level for n, v in found.items()} == {n: v.level for n, v in known.items()}


def test_default_phrases_are_grammatical(towns: pd.DataFrame) -> None:
    codebook = codebook_for(towns.rename(columns={"height in cm": "body_height"}), group="town_id")
    assert (codebook.level1.singular, codebook.level2.plural) == ("observation", "towns")
    height, owner, coast = codebook["body_height"], codebook["owner"], codebook["coast"]
    assert height.label == "body height"
    assert height.symbol == "body_height"
    assert height.per_unit == "for each additional unit of body height"
    assert owner.category(1).singular == "an observation with owner equal to 1"
    assert owner.category(1).predicate_plural == "have owner equal to 1"
    assert coast.category(True).within == "in a town with coast equal to True"
    german = codebook.localized("de")
    assert (
        german["coast"].category(True).within == "in einer Gruppe mit dem Wert „True“ für „coast“"
    )
    assert german["owner"].category(0).dative_plural == "Beobachtungen mit dem Wert 0 für „owner“"


@pytest.mark.parametrize(
    ("group", "noun"),
    [("hospital_id", "hospital"), ("country", "country"), ("g1", "group"), ("schoolid", "group")],
)
def test_the_groups_noun(group: str, noun: str) -> None:
    frame = pd.DataFrame({group: [1, 1], "x": [1, 2]})
    assert codebook_for(frame, group=group).level2.singular == noun


def test_own_codebook_of_the_frame_is_kept_and_new_columns_are_added() -> None:
    hsb = load("hsb").assign(size_k=lambda df: df["size"] / 1000, tall=lambda df: df["ses"] > 0)
    codebook = codebook_for(hsb)
    assert codebook.group == "school"
    assert codebook["sector"].category(0).within == "in a public school"
    assert (codebook["size_k"].level, codebook["tall"].level) == (2, 1)
    assert codebook["tall"].category(True).singular == "a student with tall equal to True"


def test_entry_that_no_longer_fits_gives_way() -> None:
    hsb = load("hsb")
    hsb["sector"] = hsb["sector"].map({0: "state", 1: "church"})
    codebook = codebook_for(hsb)
    assert codebook["sector"].kind == "categorical"
    assert [c.value for c in codebook["sector"].categories] == ["church", "state"]
    assert codebook["sector"].symbol == "sector"


def test_categorical_codes_keep_their_entry() -> None:
    hsb = load("hsb").astype({"sector": "category"})
    assert (
        codebook_for(hsb)["sector"].reference == load("hsb").attrs["codebook"]["sector"].reference
    )


def test_the_datas_order_makes_the_reference() -> None:
    exam = load("exam")
    exam["sex"] = exam["sex"].cat.reorder_categories(["F", "M"])
    exam["schgend"] = exam["schgend"].astype(str)
    codebook = codebook_for(exam)
    assert [c.label for c in codebook["sex"].categories] == ["female", "male"]
    assert [c.value for c in codebook["schgend"].categories] == ["boys", "girls", "mixed"]
    assert codebook["schgend"].category("boys").within == "in a boys' school"


def test_centred_in_place_loses_what_was_said_of_zero() -> None:
    hsb = load("hsb")
    hsb["size"] = hsb["size"] - hsb["size"].mean()
    size = codebook_for(hsb)["size"]
    assert (size.kind, size.zero, size.label) == ("continuous", None, "school size")
    assert size.at == "with school size equal to {value}"


def test_standardized_count_is_no_count_any_more() -> None:
    hsb = load("hsb")
    hsb["female"] = hsb["female"] - hsb["female"].mean()
    codebook = codebook_for(hsb)
    assert codebook["female"].kind == "continuous"
    assert codebook["female"].categories == ()


def test_other_group_drops_the_words_for_groups() -> None:
    codebook = codebook_for(load("pastes"), group="sample")
    assert codebook.level2.singular == "sample"
    assert codebook["cask"].level == 2


def test_overrides_go_first(towns: pd.DataFrame) -> None:
    codebook = codebook_for(
        towns,
        group="town_id",
        codebook={
            "level1": {"singular": "person", "pronoun": "who"},
            "coast": {
                "categories": {True: {"adjective": "coastal"}, False: {"adjective": "inland"}}
            },
        },
    )
    assert codebook.level1.plural == "people"
    assert codebook["coast"].category(False).within == "in an inland town"
    assert codebook["owner"].category(1).singular == "a person with owner equal to 1"


def test_declared_kind_decides_about_categories(towns: pd.DataFrame) -> None:
    kinds = {"children": {"kind": "categorical"}, "owner": {"kind": "continuous"}}
    codebook = codebook_for(towns, group="town_id", codebook=kinds)
    assert [c.value for c in codebook["children"].categories] == [0, 1, 2, 3]
    assert codebook["owner"].categories == ()


def test_language_of_the_given_codebook() -> None:
    german = load("hsb").attrs["codebook"].localized("de")
    codebook = codebook_for(load("hsb"), codebook=german)
    assert codebook.language == "de"
    assert codebook["sector"].category(1).within == "an einer katholischen Schule"


def test_infinite_values_are_no_counts() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2], "x": [1.0, np.inf, 2.0], "y": [0, 1, np.inf]})
    codebook = codebook_for(frame, group="g")
    assert (codebook["x"].kind, codebook["y"].kind) == ("continuous", "continuous")


def test_codebook_of_another_frame_as_override(towns: pd.DataFrame) -> None:
    mine = codebook_for(towns, group="town_id", codebook={"owner": {"label": "house owner"}})
    fewer = towns[["town_id", "owner", "balance"]].assign(new=1.5)
    codebook = codebook_for(fewer, group="town_id", codebook=mine)
    assert codebook["owner"].label == "house owner"
    assert list(codebook) == ["town_id", "owner", "balance", "new"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"owner": {"level": 2}}, "'owner' is at level 2, but it varies within groups"),
        ({"job": {"categories": ["a", "b"]}}, "no category for the value 'c' of 'job'"),
        ({"jobs": {}}, "'jobs' belongs to no column. Did you mean 'job'"),
        (3, "The codebook is 3"),
    ],
)
def test_overrides_that_contradict_the_data(
    towns: pd.DataFrame, overrides: object, message: str
) -> None:
    with pytest.raises(CodebookError, match=message):
        codebook_for(towns, group="town_id", codebook=overrides)  # type: ignore[arg-type]


def test_unknown_group(towns: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no column 'city' to group by"):
        codebook_for(towns, group="city")


def test_two_columns_of_one_name(towns: pd.DataFrame) -> None:
    towns.columns = ["a", "a", *towns.columns[2:]]
    with pytest.raises(DataError, match="two columns 'a'"):
        codebook_for(towns)


def test_odd_columns_are_no_obstacle() -> None:
    frame = pd.DataFrame(
        {
            "g": [1, 1, 2, None],
            "list": [[1], [1], [2], [3]],
            "complex": [1j, 2j, 3, 4],
            "when": pd.to_datetime(["2020-01-01"] * 4),
            "empty": [None] * 4,
            "nullable": pd.array([1, None, 3, 4], dtype="Int64"),
            "flag": pd.array([True, None, False, True], dtype="boolean"),
        }
    )
    codebook = codebook_for(frame, group="g")
    assert len(codebook) == 7
    assert codebook["empty"].level is None
    assert codebook["nullable"].kind == "count"
    assert codebook["flag"].kind == "binary"
    assert codebook["list"].level == 2
    assert len(codebook_for(frame.iloc[:0], group="g")) == 7


def test_words_follow_the_grouping_columns() -> None:
    """What casks and batches are called does not hang on which of them is level 2."""
    frame = load("pastes")
    nested = codebook_for(frame, group="cask", group3="batch")
    assert (nested.level1.plural, nested.level2.plural, nested.level3.plural) == (
        "assays",
        "casks",
        "batches",
    )
    assert (nested["cask"].level, nested["batch"].level, nested["strength"].level) == (2, 3, 1)
    assert nested["cask"].kind == "identifier"
    assert nested["cask"].categories == ()
    german = nested.localized("de")
    assert (german.level2.dative_plural, german.level3.singular) == ("Fässern", "Lieferung")
    alone = codebook_for(frame, group="batch")
    assert (alone.level2.plural, alone.group3) == ("batches", "")


def test_two_groupings_without_words_have_names_of_their_own() -> None:
    frame = pd.DataFrame({"schoolid": [1, 1, 2, 2], "g2": [1, 2, 1, 2], "x": range(4)})
    frame = pd.concat([frame, frame], ignore_index=True)
    book = codebook_for(frame, group="g2", group3="schoolid")
    assert (book.level2.plural, book.level3.plural) == ("g2 groups", "schools")
    german = book.localized("de")
    assert (german.level2.plural, german.level3.plural) == ("g2-Gruppen", "schoolid-Gruppen")


def test_a_level_that_the_data_contradict_is_refused() -> None:
    frame = pd.DataFrame({"s": [1, 1, 2, 2] * 2, "c": [1, 2] * 4, "z": [1, 2, 3, 4] * 2})
    with pytest.raises(CodebookError, match="'z' is at level 3, but it varies"):
        codebook_for(frame, group="c", group3="s", codebook={"z": {"level": 3}})


def test_a_codebook_of_one_model_serves_another() -> None:
    book = load("pastes").attrs["codebook"]
    crossed = for_groupings(book, ("batch", "cask"))
    assert (crossed.group, crossed.group3) == ("batch", "cask")
    assert (crossed.level2.singular, crossed.level3.singular) == ("batch", "cask")
    assert str(crossed).splitlines()[1] == "assays, batches and casks, groups: batch and cask"
