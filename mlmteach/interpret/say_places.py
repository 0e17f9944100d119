"""What an intercept or a slope is elsewhere: at the moderators' means, and around them."""

from __future__ import annotations

from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.facts import Reading
from mlmteach.interpret.predictors import Meaning

__all__ = ["at_the_mean", "centring", "outside", "readings"]


def outside(say: Clauses) -> list[str]:
    """Say of which predictors the data hold no zero."""
    found = []
    for m in say.facts.outside:
        assert m.variable is not None
        sd = m.spread.sd if m.spread else None
        gaps = {"definite": m.variable.definite, "zero": say.words.value(m.shape.zero, sd)}
        if m.spread is None:
            found.append(say.words.sentence("zero_meaningless", **gaps))
            continue
        gaps["minimum"] = say.words.value(m.spread.minimum, sd)
        gaps["maximum"] = say.words.value(m.spread.maximum, sd)
        found.append(say.words.sentence("zero_outside", **gaps))
    return found


def at_the_mean(say: Clauses) -> str:
    """Say what an intercept is at the mean of the predictors whose zero is outside."""
    found = say.facts.readings
    if not found:
        return ""
    places = say.words.list(_mean(say, reading.meaning) for reading in found)
    amount = say.amount(found[0].value, found[0].se)
    return say.words.sentence("intercept_at_mean", places=places, amount=amount)


def centring(say: Clauses) -> list[str]:
    """Propose how to give an intercept a meaning."""
    found = []
    for m in say.facts.outside:
        code = f"center({m.root})"
        if m.spread is not None:
            centre = float(f"{m.spread.mean:.4g}")
            shown = f"{centre:.0f}" if centre >= 10 else f"{centre:g}"
            name = m.root if m.root.isidentifier() else f"`{m.root}`"
            code = f"I({name} - {shown})"
            if m.form == "log":
                code = f"{m.factor.function}({m.factor.argument} / {shown})"
        name = m.factor.expression
        found.append(say.words.sentence("centring", code=code, name=name, symbol=say.symbol))
    return found


def readings(say: Clauses) -> list[str]:
    """Say what a slope is at each moderator's mean and around it, or in its categories."""
    by_moderator: dict[tuple[int, str], list[Reading]] = {}
    for reading in say.facts.readings:
        by_moderator.setdefault((reading.meaning.level, reading.meaning.root), []).append(reading)
    found = []
    for key, group in by_moderator.items():
        others = [m for m in say.facts.conditions if (m.level, m.root) != key]
        elsewhere = _elsewhere(say, others)
        categorical = group[0].place in {"reference", "category"}
        found.append((_categories if categorical else _numbers)(say, group, elsewhere))
    return found


def _elsewhere(say: Clauses, others: list[Meaning]) -> str:
    """Say where the other moderators are meanwhile: at their means, or in their references."""
    means = [_mean(say, m) for m in others if m.has_places]
    text = say.words.say("others_at", places=say.words.list(means)) if means else ""
    for m in others:
        if m.reference is not None:
            text += say.words.say("others_among", among=say.nouns.among(m, m.reference))
    return text


def _mean(say: Clauses, m: Meaning) -> str:
    assert m.spread is not None
    value = say.words.value(m.spread.mean, m.spread.sd)
    return say.words.say("mean_of", of=say.nouns.of(m), value=value)


def _categories(say: Clauses, found: list[Reading], elsewhere: str) -> str:
    items = []
    for reading in found:
        m = reading.meaning
        category = m.reference if reading.place == "reference" else m.category
        assert category is not None
        amount, among = say.amount(reading.value, reading.se), say.nouns.among(m, category)
        items.append(say.words.say("amount_among", amount=amount, among=among))
    return say.words.sentence(
        "readings_category",
        object=say.nouns.change(say.facts.factors),
        items=say.words.list(items),
        others=elsewhere,
    )


def _numbers(say: Clauses, found: list[Reading], elsewhere: str) -> str:
    moderator = found[0].meaning
    sd = moderator.spread.sd if moderator.spread else None
    gaps = {r.place: say.amount(r.value, r.se) for r in found}
    gaps |= {f"{r.place}_at": say.words.value(r.at or 0.0, sd) for r in found}
    key = "readings_three" if len(found) == 3 else "readings_two"
    if moderator.form == "within":
        key = "readings_within"
    return say.words.sentence(
        key,
        object=say.nouns.change(say.facts.factors),
        of=say.nouns.of(moderator),
        others=elsewhere,
        **gaps,
    )
