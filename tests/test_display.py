"""What a notebook gets."""

import base64

import pytest

from mlmteach.display import bundle, escaped


def test_only_forms_that_are_there_are_given() -> None:
    assert bundle(text="x") == {"text/plain": "x"}
    assert bundle(text="x", markdown="*x*", latex="$x$", html="<i>x</i>", png=b"\x89PNG") == {
        "text/plain": "x",
        "text/markdown": "*x*",
        "text/latex": "$x$",
        "text/html": "<i>x</i>",
        "image/png": base64.b64encode(b"\x89PNG").decode(),
    }
    assert bundle(text="", markdown="") == {"text/plain": "", "text/markdown": ""}


@pytest.mark.parametrize("name", ["a_b*c", "<b>", "$x$", "[a](b)", "`c`", "#1", "a|b", "\\"])
def test_a_name_stays_as_it_is_written(name: str) -> None:
    shown = escaped(name)
    assert shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == name
    for sign in "`*_[]<>$#|":
        assert sign not in shown.replace(f"\\{sign}", "")


def test_plain_letters_are_left_alone() -> None:
    assert escaped("größe γ₀₀ 3.5") == "größe γ₀₀ 3.5"


def test_markdown_shows_a_name_as_it_is_written() -> None:
    import pypandoc

    name = "a_b_c *d* <i> `e` $f$ [g] #h|i"
    shown = pypandoc.convert_text(escaped(name), "plain", format="markdown")
    assert shown.strip() == name
