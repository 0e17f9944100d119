"""Sums of terms, texts in quotation marks, and lines that are broken."""

from mlmteach.translate.script import doubled, quoted, wrapped, wrapped_sum


def test_no_line_is_broken_within_a_name() -> None:
    text = "f(" + "x, " * 26 + '"a  long \\" name", \'of  two\', y)'
    assert '"a  long \\" name"' in wrapped(text, indent="  ")
    assert "'of  two'" in wrapped(text, indent="  ")


def test_a_long_sum_breaks_behind_a_plus_and_keeps_its_terms() -> None:
    terms = [f"predictor_{k}" for k in range(20)]
    text = wrapped_sum("outcome", terms, indent="  ")
    *lines, _ = text.splitlines()
    assert lines
    assert all(line.endswith(" +") and len(line) <= 88 for line in lines)
    assert text.replace("\n", " ").split() == f"outcome ~ {' + '.join(terms)}".split()


def test_texts_between_quotation_marks() -> None:
    assert quoted('a\\b "c"') == r'"a\\b \"c\""'
    assert doubled("it's") == "'it''s'"
