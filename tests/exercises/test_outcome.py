"""What a check says: a sign and a word, in text and Markdown."""

import mlmteach as mlm
from mlmteach.exercises import Outcome, Status


def test_an_outcome_is_markdown_and_text_without_colour() -> None:
    outcome = mlm.check("0.1", 14)
    forms = outcome._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/markdown"}
    assert forms["text/plain"].startswith("✗ Not yet. The intercept cancels")
    assert forms["text/markdown"].startswith("✗ **Not yet.**")


def test_each_status_has_a_sign_and_a_word_of_its_own() -> None:
    shown = [Outcome(status).text for status in Status]
    assert shown == [
        "✓ Correct.",
        "◐ Partly.",
        "✗ Not yet.",
        "○ Not attempted.",
        "? Cannot be checked.",
    ]
    assert [Outcome(status, "Why.").markdown for status in Status] == [
        f"{text[0]} **{text[2:]}** Why." for text in shown
    ]
    assert repr(Outcome(Status.CORRECT, "Why.")) == "✓ Correct. Why."
