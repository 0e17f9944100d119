"""Sentences on interactions: a γ of a product is read both ways."""

from __future__ import annotations

from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.predictors import Meaning

__all__ = ["one_way", "other_way"]


def one_way(say: Clauses) -> str:
    """Say how a slope, or a difference, changes with the first factor."""
    first, *rest = say.facts.factors
    return say.words.sentence(
        f"{_frame(first)}{say.suffix}",
        object=say.nouns.change(rest),
        tail=say.tail(),
        **_frame_gaps(say, first),
        **say.common("larger_by", "smaller_by"),
    )


def other_way(say: Clauses) -> str:
    """Say the same from the side of the second factor; nothing where there are more."""
    first, *rest = say.facts.factors
    if len(rest) > 1:
        return ""
    return say.words.sentence(
        f"{_frame(rest[0])}_other{say.suffix}",
        object=_gap(say, first),
        **_frame_gaps(say, rest[0]),
        **say.common("larger_by", "smaller_by"),
    )


def _frame(meaning: Meaning) -> str:
    return "frame_category" if meaning.category and meaning.reference else "frame_number"


def _frame_gaps(say: Clauses, meaning: Meaning) -> dict[str, str]:
    if meaning.category and meaning.reference:
        return say.among(meaning)
    if meaning.category:
        return {"per_unit": say.nouns.among(meaning, meaning.category)}
    return {"per_unit": say.nouns.per_unit(meaning)}


def _gap(say: Clauses, own: Meaning) -> str:
    """Name the gap that the other reading is about: between groups, or between units."""
    if own.form not in {"number", "group_mean", "standardized"}:
        return say.nouns.change((own,))
    step, noun = say.nouns.step(own), say.nouns.noun(own)
    unit = say.words.book.level1 if own.level == 1 else say.words.book.level2
    return say.words.say(f"gap_{own.level}", step=step, noun=noun, who=unit.plural_pronoun)
