"""Codebooks: entries, defaults, languages, overrides, and life in DataFrame.attrs."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlmteach.data import Codebook, attached_codebook, codebook_for, datasets, load, read_codebook
from mlmteach.errors import CodebookError, OptionError

ALL = tuple(datasets())


@pytest.fixture(scope="module")
def hsb() -> Codebook:
    return load("hsb").attrs["codebook"]  # type: ignore[no-any-return]


# What the entries say ----------------------------------------------------------------------------
def test_symbols_are_those_of_the_slides(hsb: Codebook) -> None:
    names = ["mathach", "ses", "minority", "female", "size", "sector"]
    assert [hsb[name].symbol for name in names] == [
        "mathach",
        "SES",
        "minority",
        "female",
        "size",
        "sector",
    ]


def test_levels_and_kinds(hsb: Codebook) -> None:
    assert {name for name, v in hsb.items() if v.level == 1} == {
        "minority",
        "female",
        "ses",
        "mathach",
    }
    assert hsb["school"].kind == "identifier"
    assert hsb["size"].kind == "count"
    assert hsb["size"].zero is False
    assert hsb["meanses"].group_mean_of == "ses"


def test_english_phrases(hsb: Codebook) -> None:
    male, female = hsb["female"].categories
    assert (male.singular, female.plural) == ("a male student", "female students")
    other = hsb["minority"].category(0)
    assert other.singular == "a non-minority student"
    assert (other.plural, other.predicate) == ("non-minority students", "is not of a minority")
    assert hsb["sector"].category(1).within == "in a Catholic school"
    assert hsb["ses"].at.format(value=0) == "with an SES of 0"
    assert hsb["mathach"].unit.plural == "points"


def test_german_phrases(hsb: Codebook) -> None:
    german = hsb.localized("de")
    assert german["female"].category(1).plural == "Schülerinnen"
    assert german["sector"].category(0).singular == "eine öffentliche Schule"
    assert german["sector"].category(0).within == "an einer öffentlichen Schule"
    assert german.level1.dative_plural == "Schülern"
    assert german["ses"].symbol == "SES"
    assert german["mathach"].unit.plural == "Punkte"


@pytest.mark.parametrize("name", ALL)
def test_declared_levels_agree_with_the_data(name: str) -> None:
    frame = load(name)
    codebook = frame.attrs["codebook"]
    bare = codebook_for(frame.set_axis(frame.columns, axis=1), group=codebook.group)
    assert {n: v.level for n, v in bare.items()} == {n: v.level for n, v in codebook.items()}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", ALL)
def test_no_phrase_is_empty(name: str, language: str) -> None:
    codebook = load(name).attrs["codebook"].localized(language)
    for variable in codebook.values():
        assert all((variable.label, variable.symbol, variable.noun, variable.definite))
        assert "{value}" in variable.at
        assert variable.per_unit
        for category in variable.categories:
            assert category.singular
            assert category.plural
            assert category.predicate
            assert category.dative_plural
            assert bool(category.within) == (variable.level == 2)


@pytest.mark.parametrize("name", ALL)
def test_every_german_label_is_translated(name: str) -> None:
    english = load(name).attrs["codebook"]
    document = english.to_dict()
    assert all("de" in entry for entry in document["columns"].values())
    assert "de" in document["level1"]
    assert "de" in document["level2"]


def test_facts_that_the_exam_codebook_warns_of() -> None:
    exam = load("exam")
    # The band 'vr' is one of schools, and the labels of 'intake' are reversed.
    assert (exam.groupby("school")["vr"].nunique() == 1).all()
    means = exam.groupby("intake", observed=True)["standLRT"].mean().round(2).to_dict()
    assert means == {"bottom 25%": 0.92, "mid 50%": -0.15, "top 25%": -1.33}
    assert "reversed" in exam.attrs["codebook"]["intake"].description


# A frozen value ----------------------------------------------------------------------------------
def test_frozen(hsb: Codebook) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        hsb.group = "other"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        hsb["ses"].label = "other"  # type: ignore[misc]


def test_equal_by_value(hsb: Codebook) -> None:
    again = load("hsb").attrs["codebook"]
    assert again is not hsb
    assert again == hsb
    assert hash(again) == hash(hsb)
    assert hsb.with_({"ses": {"label": "status"}}) != hsb
    assert hsb.localized("de") != hsb
    assert hsb.localized("de").localized("en").to_frame().equals(hsb.to_frame())


def test_round_trips(hsb: Codebook) -> None:
    german = hsb.localized("de")
    for codebook in (hsb, german):
        assert pickle.loads(pickle.dumps(codebook)) == codebook
        assert pickle.loads(pickle.dumps(codebook))["ses"] == codebook["ses"]
        assert copy.deepcopy(codebook) is codebook
        assert Codebook.from_json(json.loads(json.dumps(codebook))) == codebook
        assert Codebook.from_dict(codebook.to_dict()).language == codebook.language


def test_is_a_mapping(hsb: Codebook) -> None:
    assert "ses" in hsb
    assert "sess" not in hsb
    assert len(hsb) == 11
    assert list(hsb)[:2] == ["school", "minority"]
    assert hsb.get("sess") is None
    with pytest.raises(KeyError):
        hsb["sess"]
    with pytest.raises(CodebookError, match="no entry for 'sess'. Did you mean 'ses'"):
        hsb.variable("sess")
    with pytest.raises(CodebookError, match="'sector' has no category 2"):
        hsb["sector"].category(2)


@pytest.mark.parametrize(
    "change",
    [
        lambda df: df.copy(),
        lambda df: df[df["ses"] > 0],
        lambda df: df.query("ses > 0"),
        lambda df: df[["school", "ses"]],
        lambda df: df.assign(x=1),
        lambda df: df.rename(columns={"ses": "SES"}),
        lambda df: df.sort_values("ses"),
        lambda df: df.sample(50, random_state=1),
        lambda df: df.dropna().reset_index(drop=True),
        lambda df: pd.concat([df, load("hsb")]),
        lambda df: pd.concat([df.head(), df.tail()], ignore_index=True),
        lambda df: pickle.loads(pickle.dumps(df)),
        lambda df: copy.deepcopy(df),
    ],
)
def test_survives_operations_of_pandas(hsb: Codebook, change: Any) -> None:
    assert change(load("hsb")).attrs["codebook"] == hsb


def test_does_not_disturb_operations_that_drop_it() -> None:
    frame = load("sleepstudy")
    means = frame.groupby("Subject", as_index=False)["Reaction"].mean()
    merged = frame.merge(means, on="Subject", suffixes=("", "_mean"))
    assert len(merged) == 180
    assert codebook_for(merged, group="Subject")["Reaction_mean"].level == 2


def test_attributes_are_json_as_parquet_writes_them(hsb: Codebook) -> None:
    frame = load("hsb")
    read = frame.copy()
    read.attrs = json.loads(json.dumps(frame.attrs))
    assert type(read.attrs["codebook"]) is str
    assert attached_codebook(read) == hsb
    assert codebook_for(read)["ses"].symbol == "SES"


def test_attribute_that_is_no_codebook() -> None:
    frame = load("sleepstudy")
    for strange in (3, "about sleep", ["a"], '"text"'):
        frame.attrs["codebook"] = strange
        with pytest.raises(CodebookError, match="attribute 'codebook' is no codebook"):
            attached_codebook(frame)


# Overrides ---------------------------------------------------------------------------------------
def test_override_keeps_the_rest(hsb: Codebook) -> None:
    changed = hsb.with_({"ses": {"description": "x"}})
    assert changed["ses"].at == hsb["ses"].at
    assert changed["ses"].description == "x"
    assert changed["female"] == hsb["female"]


def test_new_label_renews_the_phrases(hsb: Codebook) -> None:
    changed = hsb.with_({"ses": {"label": "social status", "unit": "step"}})
    assert changed["ses"].per_unit == "for each additional step of social status"
    assert changed["ses"].at == "with social status equal to {value}"
    assert changed["ses"].symbol == "SES"
    assert changed.localized("de")["ses"] == hsb.localized("de")["ses"]


def test_override_of_a_second_language(hsb: Codebook) -> None:
    changed = hsb.with_({"ses": {"de": {"label": "soziale Lage"}}}).localized("de")
    assert changed["ses"].label == "soziale Lage"
    assert changed["ses"].at == "mit dem Wert {value} für „soziale Lage“"


def test_override_of_units(hsb: Codebook) -> None:
    changed = hsb.with_({"level2": {"singular": "academy"}})
    assert changed.level2.plural == "academies"
    assert changed["sector"].category(0).within == "in a public academy"


def test_override_of_one_category_by_its_value(hsb: Codebook) -> None:
    changed = hsb.with_({"sector": {"categories": {0: {"adjective": "state"}}}})
    assert [c.within for c in changed["sector"].categories] == [
        "in a state school",
        "in a Catholic school",
    ]


def test_new_word_for_a_category_renews_its_phrases(hsb: Codebook) -> None:
    words = {"predicate": "is run by the state", "predicate_plural": "are run by the state"}
    changed = hsb.with_(
        {
            "sector": {"categories": {0: words}},
            "himinty": {"categories": {1: {"adjective": "mixed"}}},
        }
    )
    assert changed["sector"].category(0).within == "in a school that is run by the state"
    assert changed["himinty"].category(1).plural == "mixed schools"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"sess": {"label": "x"}}, r"'sess' belongs to no column\. Did you mean 'ses'"),
        ({"ses": {"lable": "x"}}, r"unknown key 'lable'\. Did you mean 'label'"),
        ({"ses": {"de": {"lable": "x"}}}, "unknown key 'lable'"),
        ({"ses": "status"}, r"column 'ses' is 'status' and no table"),
        ({"ses": {"level": 4}}, r"level of the column 'ses' is 4\. It can be: 1, 2, 3"),
        ({"ses": {"level": True}}, "level of the column 'ses' is True"),
        ({"ses": {"kind": "number"}}, "kind of the column 'ses' is 'number'"),
        ({"ses": {"dtype": "float"}}, "dtype of the column 'ses' is 'float'"),
        ({"ses": {"unit": {"one": "point"}}}, "unknown key 'one'"),
        ({"ses": {"unit": 3}}, "unit of column 'ses' is 3"),
        ({"sector": {"categories": {2: "other"}}}, "no category '2' to change"),
        ({"sector": {"categories": 2}}, "categories of column 'sector' are no list"),
        ({"sector": {"categories": [{"label": "a"}]}}, "has no value"),
        ({"ses": {"units": "pupils"}}, r'"level1": {"singular": "pupil", "plural": "pupils"}'),
        ({"level1": "pupil"}, r'as in {"singular": "pupil", "plural": "pupils"}'),
        ({"level1": {"name": "pupil"}}, "level1 has the unknown key 'name'"),
    ],
)
def test_override_that_cannot_be(hsb: Codebook, overrides: Any, message: str) -> None:
    with pytest.raises(CodebookError, match=message):
        hsb.with_(overrides)


def test_unknown_language(hsb: Codebook) -> None:
    with pytest.raises(OptionError, match="no words for the language 'fr'"):
        hsb.localized("fr")


def test_read_codebook(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[columns.x]\nlabel = "weight"\nunit = "kilogram"\n', encoding="utf-8")
    assert read_codebook(file)["x"].per_unit == "for each additional kilogram of weight"
    codebook = read_codebook(file)
    assert read_codebook(codebook) is codebook
    with pytest.raises(CodebookError, match=r"no codebook file .*other\.toml"):
        read_codebook(tmp_path / "other.toml")


# Display -----------------------------------------------------------------------------------------
def test_to_frame(hsb: Codebook) -> None:
    table = hsb.to_frame()
    assert list(table.index) == list(hsb)
    assert table.loc["sector", "values"] == "0 = public, 1 = Catholic"
    assert table.loc["size", "unit"] == "student"


def test_text() -> None:
    assert str(load("sleepstudy").attrs["codebook"]) == (
        "Reaction times in a study of sleep deprivation\n"
        "measurements in subjects, group: Subject\n"
        "  Reaction  level 1  continuous: reaction time\n"
        "  Days      level 1  count: day of the study\n"
        "  Subject   level 2  identifier: subject"
    )
