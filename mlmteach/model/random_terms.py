"""The random terms of an lme4 formula, parted from its fixed side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlmteach.errors import FormulaError
from mlmteach.model.formula import parse_terms
from mlmteach.model.terms import Term

__all__ = ["RandomPart", "split_random"]


_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class RandomPart:
    """One ``(terms | group)`` of an lme4 formula."""

    terms: tuple[Term, ...]
    group: str
    correlated: bool


def split_random(formula: str) -> tuple[str, tuple[RandomPart, ...]]:
    """Part an lme4 formula into its fixed side and its random terms.

    Parameters
    ----------
    formula : str
        Such as ``"mathach ~ ses + (1 + ses | school)"``; ``||`` parts uncorrelated effects.

    Returns
    -------
    tuple of (str, tuple of RandomPart)

    Raises
    ------
    FormulaError
        If brackets do not match or a random term cannot be read.

    Examples
    --------
    >>> fixed, (random,) = split_random("mathach ~ ses + (1 + ses | school)")
    >>> fixed, [term.name for term in random.terms], random.group
    ('mathach ~ ses', ['Intercept', 'ses'], 'school')
    """
    left, tilde, right = formula.partition("~")
    if not tilde:
        raise FormulaError(
            f"The formula '{formula}' has no '~'.",
            "Write the outcome, a tilde and the predictors, such as 'mathach ~ (1 | school)'.",
        )
    fixed: list[str] = []
    random: list[RandomPart] = []
    for sign, chunk in _chunks(right, formula):
        inner = chunk[1:-1] if chunk.startswith("(") and chunk.endswith(")") else ""
        if "|" in inner and _balanced(inner):
            if sign == "-":
                raise FormulaError(
                    f"'{formula}' subtracts the random term '{chunk}'.", "Leave the term out."
                )
            random.append(_random_part(inner, formula))
        elif "|" in chunk:
            raise FormulaError(
                f"'{chunk}' in '{formula}' has a '|' outside brackets.",
                "Write a random term in brackets, such as '(1 | school)'.",
            )
        else:
            fixed.append(f"{sign} {chunk}" if fixed or sign == "-" else chunk)
    return f"{left.strip()} {tilde} {' '.join(fixed) or '1'}", tuple(random)


def _random_part(inner: str, formula: str) -> RandomPart:
    bar = "||" if "||" in inner else "|"
    effects, _, group = inner.partition(bar)
    group = group.strip()
    quoted = group.startswith("`") and group.endswith("`") and len(group) > 2
    if not quoted and ("/" in group or ":" in group):
        raise FormulaError(
            f"'({inner.strip()})' asks for more than two levels.",
            "mlmteach fits two-level models with one grouping variable; drop a level, or use "
            "lme4 for three levels.",
        )
    if not (quoted or group.replace(".", "_").isidentifier()):
        raise FormulaError(
            f"'{group}' in '{formula}' is not the name of a grouping variable.",
            "Write one column to the right of '|', such as '(1 | school)'.",
        )
    terms = parse_terms(effects)
    if not terms:
        raise FormulaError(
            f"The random term '({inner.strip()})' is empty.", "Write at least '1' left of '|'."
        )
    return RandomPart(terms, group.strip("`"), bar == "|")


def _chunks(text: str, formula: str) -> Iterator[tuple[str, str]]:
    """Yield the summands at the top level with their signs."""
    sign, start = "+", 0
    opened: list[int] = []
    readable = _QUOTED.sub(lambda name: "_" * len(name[0]), text)  # what a name holds is no sign
    for position, character in enumerate(readable + "+"):
        if character in ")]}" and not opened:
            raise _unmatched(text, position, formula)
        if character in "([{":
            opened.append(position)
        elif character in ")]}":
            opened.pop()
        if not opened and character in "+-":
            chunk = text[start:position].strip()
            if chunk:
                yield sign, chunk
            sign, start = character, position + 1
    if opened:
        raise _unmatched(text, opened[-1], formula)


def _unmatched(text: str, position: int, formula: str) -> FormulaError:
    place = len(formula) - len(text) + position  # the text is the end of the formula
    return FormulaError(
        f"This bracket has no partner.\n    {formula}\n    {' ' * place}^\n",
        "Close each bracket that is opened.",
    )


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
