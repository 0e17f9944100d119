"""The words of a figure come from the codebook, or from the columns' names."""

import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.plot.words import label, letter, number, symbol, words


@pytest.fixture(scope="module")
def bare() -> Fit:
    """A fit of data that nobody has described, by a model without a codebook."""
    frame = mlm.load("sleepstudy")
    frame.attrs.clear()
    fit = mlm.Model("Reaction ~ Days", group="Subject").fit(frame)
    coefficients = fit.model.coefficients
    return fit.with_changes(model=fit.model.expanded(coefficients=coefficients, codebook=None))


def test_words_of_the_codebook(full: Fit, sleep: Fit) -> None:
    assert (words(full).groups, words(full).outcome) == ("schools", "points of mathach")
    assert (words(sleep).groups, words(sleep).outcome) == (
        "subjects",
        "milliseconds of Reaction",
    )
    assert symbol(full, "ses") == "SES"
    assert label(full, "size") == "size (students)"


def test_without_a_codebook_columns_name_themselves(bare: Fit) -> None:
    assert (words(bare).groups, words(bare).outcome) == ("groups (Subject)", "units of Reaction")
    assert symbol(bare, "Days") == label(bare, "Days") == "Days"


def test_a_column_without_an_entry_names_itself(full: Fit) -> None:
    assert symbol(full, "other") == label(full, "other") == "other"


def test_numbers_have_a_true_minus() -> None:
    assert number(-0.5) == "−0.50"
    assert number(1234.567, 1) == "1234.6"


@pytest.mark.parametrize(
    ("kind", "indices", "shown"),
    [
        ("gamma", {"q": 2, "s": 1}, "γ₂₁"),
        ("effect", {"q": 3}, "U₃ⱼ"),
        ("variance", {"q": 0}, "τ₀²"),
        ("covariance", {"q": 0, "r": 1}, "τ₀₁"),
        ("beta", {"q": 1}, "β₁ⱼ"),
    ],
)
def test_symbols_are_those_of_the_slides(kind: str, indices: dict[str, int], shown: str) -> None:
    assert letter(kind, **indices) == shown
