"""The glossary is up to date, and what it names is there."""

from pathlib import Path

import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.course import read_source
from mlmteach.glossary import SYMBOLS, WORDS, SymbolRow, Word, figures, glossary, notation_card

FOLDER = Path(__file__).parents[1] / "lessons"


def test_the_file_is_up_to_date() -> None:
    made = (FOLDER / "GLOSSARY.md").read_text(encoding="utf-8")
    assert made == glossary(), "Run: python -m mlmteach.glossary"


@pytest.mark.parametrize("entry", WORDS, ids=lambda entry: entry.word)
def test_each_word_is_in_its_lesson(entry: Word) -> None:
    (source,) = (FOLDER / "src").glob(f"{entry.lesson:02}_*.py")
    cells = read_source(source).cells
    text = " ".join(" ".join(cell.source for cell in cells).replace("*", "").split())
    assert entry.word.lower() in text.lower()


def test_words_are_told_once_and_in_order() -> None:
    words = [entry.word.lower() for entry in WORDS]
    assert words == sorted(set(words))
    assert len(words) > 30


@pytest.mark.parametrize("row", SYMBOLS, ids=lambda row: f"{row.kind}{row.q}{row.s}{row.r}")
def test_a_fit_has_what_the_card_says(row: SymbolRow) -> None:
    unseen = row.kind == "beta"  # β_qj is the sum of what a fit has: γ and U
    assert bool(row.place) != unseen
    assert unseen or hasattr(Fit, row.place)


@pytest.mark.parametrize("notation", ["slides", "raudenbush-bryk", "hox", "singer-willett"])
def test_the_card_has_the_symbols_of_the_equations(notation: str) -> None:
    model = mlm.Model("y ~ x", group="j", level2={"intercept": "z + U", "x": "z + U"})
    equations = model.equations(notation=notation, distributions=True).latex
    header, _, *rows = (line.strip("| ").split(" | ") for line in notation_card().splitlines())
    column = header.index(notation)
    assert len(rows) == len(SYMBOLS)
    for row in rows:
        assert row[column].strip("$") in equations


def test_every_figure_has_its_sentence() -> None:
    assert {name.strip("`") for name, _ in figures()} == {
        name for name in mlm.plot.__all__ if name != "Figure"
    }
    assert all(sentence.endswith(".") for _, sentence in figures())
