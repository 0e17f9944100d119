"""The catalogue of phrases: all words of the sentences, one gettext file a language.

The keys name what a phrase says; the phrases have named gaps.  To change a wording, edit
``locale/en.po``; to add a language, copy that file, translate it, and give the language its
grammar (:mod:`mlmteach.interpret.grammar`) and its default nouns (:mod:`mlmteach.data.phrases`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from mlmteach.errors import OptionError

__all__ = ["languages", "phrases"]


def languages() -> tuple[str, ...]:
    """List the languages that have a catalogue.

    Examples
    --------
    >>> languages()
    ('de', 'en')
    """
    folder = files("mlmteach.interpret") / "locale"
    return tuple(sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".po")))


@cache
def phrases(language: str) -> Mapping[str, str]:
    """Read the catalogue of a language.

    Raises
    ------
    OptionError
        If there is none.

    Examples
    --------
    >>> phrases("en")["higher_by"], phrases("de")["higher_by"]
    ('higher by {amount}', 'um {amount} höher')
    """
    from babel.messages.pofile import read_po

    if language not in languages():
        raise OptionError(
            f"There are no phrases in the language {language!r}.",
            f"Choose one of: {', '.join(languages())}.",
        )
    with (files("mlmteach.interpret") / "locale" / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    return {str(entry.id): str(entry.string) for entry in catalog if entry.id}
