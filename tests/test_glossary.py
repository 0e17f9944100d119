"""The glossary is up to date, and what it names is there."""

from pathlib import Path

import pytest

import mlmteach as mlm
from mlmteach.api import Fit, LayeredFit
from mlmteach.course import read_source
from mlmteach.glossary import (
    EXAMPLES,
    SYMBOLS,
    WORDS,
    Word,
    figures,
    glossary,
    notation_card,
)

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


@pytest.mark.parametrize("design", SYMBOLS)
def test_a_fit_has_what_the_card_says(design: str) -> None:
    for row in SYMBOLS[design]:
        unseen = row.kind in {"beta", "delta"}  # β_qj is the sum of what a fit has: γ and U
        assert bool(row.place) != unseen, row
        assert unseen or hasattr(Fit if design == "single" else LayeredFit, row.place), row


@pytest.mark.parametrize("notation", ["slides", "raudenbush-bryk", "hox", "singer-willett"])
@pytest.mark.parametrize("design", SYMBOLS)
def test_the_card_has_the_symbols_of_the_equations(notation: str, design: str) -> None:
    equations = EXAMPLES[design].equations(notation=notation, distributions=True).latex
    table = notation_card(design).splitlines()
    header, _, *rows = (line.strip("| ").split(" | ") for line in table)
    column = header.index(notation)
    assert len(rows) == len(SYMBOLS[design])
    for row in rows:
        assert row[column].strip("$") in equations


def test_every_figure_has_its_sentence() -> None:
    assert {name.strip("`") for name, _ in figures()} == {
        name for name in mlm.plot.__all__ if name != "Figure"
    }
    assert all(sentence.endswith(".") for _, sentence in figures())
