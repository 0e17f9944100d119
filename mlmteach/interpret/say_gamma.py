"""From the facts on a γ to its short and its full text."""

from __future__ import annotations

from mlmteach.interpret import say_places
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.predictors import Meaning
from mlmteach.interpret.say_product import one_way, other_way
from mlmteach.interpret.symbols import written

__all__ = ["full", "lead", "short"]

MOST_TERMS = 6
"""A sum of more terms is easier to read in the equation."""


def short(say: Clauses) -> str:
    """Say it as briefly as a slide does."""
    facts, outcome, words = say.facts, say.nouns.outcome, say.words
    gaps = {"outcome": outcome.noun, "of_outcome": outcome.of, "when": _when(say)}
    if facts.null:
        return words.brief("short_null", **gaps)
    if not facts.factors:
        return words.brief("short_reference", **gaps)
    first, *rest = facts.factors
    if rest:
        return words.brief(
            "short_depends", object=say.nouns.change(rest), on=say.nouns.definite(first), **gaps
        )
    if first.category is not None:
        key = f"short_category{_contrast(first)}"
        return words.brief(key, **say.nouns.categories(first), **gaps)
    if first.form == "power" and first.shape.power == 2:
        return words.brief("short_bend", of=say.nouns.of(first), **gaps)
    if first.level == 1:
        key = "short_average_slope" if facts.averaged else "short_slope"
        return words.brief(key, of=say.nouns.of(first), **gaps)
    return words.brief("short_slope_2", per_unit=say.nouns.per_unit(first), **gaps)


def _contrast(own: Meaning) -> str:
    """Tell what a category is compared with: the reference, the mean of all, or nothing.

    Without a constant each category has a coefficient of its own, ``sex[F]`` and not ``sex[T.F]``.
    """
    if own.reference:
        return ""
    return "_own" if own.factor.suffix == f"[{own.factor.level}]" else "_mean"


def _when(say: Clauses) -> str:
    """Say ", when SES = 0", in the symbols of the equation."""
    if not say.facts.factors or not say.facts.conditions:
        return ""
    found = []
    for meaning in say.facts.conditions:
        symbol = meaning.variable.symbol if meaning.variable else meaning.factor.expression
        if meaning.reference is not None:
            code = meaning.reference.value
            shown = meaning.reference.label if isinstance(code, str) else str(int(code))
            found.append(f"{symbol} = {shown}")
        elif meaning.form in {"within", "grand_mean", "standardized"}:
            found.append(say.words.say("when_mean", symbol=symbol))
        else:
            zero = meaning.zero if meaning.form in {"number", "log"} else 0.0
            found.append(f"{symbol} = {say.words.value(zero or 0.0)}")
    return say.words.say("when", conditions=say.words.list(found))


def full(say: Clauses) -> str:
    """Say it in full: the reading, its conditions, its precision, and how to use it."""
    sentences = [lead(say)]
    if say.facts.null:
        sentences.append(_null_note(say))
    elif not say.facts.factors:
        sentences += [say.words.sentence("case_empty")] if say.facts.empty else []
        sentences += say_places.outside(say)
        sentences += [say_places.at_the_mean(say), *say_places.centring(say)]
    else:
        first, *rest = say.facts.factors
        sentences += [other_way(say)] if rest else _notes(say, first)
        compared = first.category is None or _contrast(first) != "_own"
        unclear = say.unclear() if compared else ""
        sentences += [_per_sd(say), unclear, *say_places.outside(say)]
        sentences += [_general(say), *say_places.readings(say)]
    return " ".join(sentence for sentence in sentences if sentence)


def lead(say: Clauses) -> str:
    """Give the first sentence: what the γ is."""
    if say.facts.null:
        return say.words.sentence(f"null{say.suffix}", **say.common())
    if not say.facts.factors:
        return _reference(say)
    first, *rest = say.facts.factors
    return one_way(say) if rest else _main(say, first)


def _reference(say: Clauses) -> str:
    """Name the reference case with all its conditions."""
    conditions, words = say.facts.conditions, say.words
    level2 = any(m.level == 2 for m in conditions)
    case = say.nouns.one(conditions)
    if level2:
        inside = say.nouns.inside(conditions)
        plain = len(conditions) <= 2 and "," not in case
        case = words.say("case" if plain else "case_clause", unit_case=case, inside=inside)
    over = words.say("such_groups" if level2 else "all_groups")
    return words.sentence(f"reference{say.suffix}", case=case, over=over, **say.common())


def _null_note(say: Clauses) -> str:
    """Say how the mean of the groups' means differs from the mean of all units."""
    mean = say.facts.derived.get("unit_mean")
    if mean is None or say.facts.estimate is None:
        return say.words.sentence("null_note_symbol")
    same = say.words.estimate(mean, say.se) == say.words.estimate(say.facts.estimate.value, say.se)
    return say.words.sentence("null_note_equal" if same else "null_note", mean=say.amount(mean))


def _main(say: Clauses, own: Meaning) -> str:
    """Read the coefficient of a single predictor."""
    common, tail = say.common(), say.tail()
    if own.form == "power" and own.shape.power == 2:
        return _bend(say, own, tail, common)
    if own.form == "log":
        return _logarithm(say, own, tail, common)
    if own.category is not None:
        contrast, among = _contrast(own), say.among(own)
        if contrast == "_own":
            others = say.facts.held or say.facts.conditions
            zero = say.words.say("category_own_zero") if others else ""
            return say.words.sentence(f"category_own{say.suffix}", zero=zero, **among, **common)
        key = f"category{contrast}_{own.level}{say.suffix}"
        return say.words.sentence(key, tail=tail, **among, **common)
    key = f"slope_{own.level}{say.suffix}"
    return say.words.sentence(key, per_unit=say.nouns.per_unit(own), tail=tail, **common)


def _notes(say: Clauses, own: Meaning) -> list[str]:
    """Add what else belongs to the reading of a single predictor."""
    basis = say.words.sentence("basis_note") if own.form == "other" and own.factor.suffix else ""
    return [basis, _ratio(say), _curve(say, own), _relation(say, own)]


def _general(say: Clauses) -> str:
    """Write what the slope is in general: "γ₁₀ + γ₁₁ size"."""
    if not 1 < len(say.facts.general) <= MOST_TERMS:
        return ""
    terms = []
    for gamma, extra in say.facts.general:
        symbol = written(say.words.notation.glyph("gamma", q=gamma.q, s=gamma.s))[0]
        names = " × ".join(_symbol(m) for m in extra)
        terms.append(f"{symbol} {names}".strip())
    change = say.nouns.change(say.facts.factors)
    return say.words.sentence("general", object=change, sum=" + ".join(terms))


def _symbol(meaning: Meaning) -> str:
    """Give the symbol of a predictor, as the equation has it; an expression stands as written."""
    if meaning.variable is None or meaning.factor.function is not None:
        return meaning.factor.name
    level = meaning.factor.level
    return meaning.variable.symbol + (f"[{level}]" if level else "")


def _logarithm(say: Clauses, own: Meaning, tail: str, common: dict[str, str]) -> str:
    gaps = {"noun": say.nouns.definite(own), "tail": tail, **common}
    if say.facts.estimate is None:
        return say.words.sentence(f"log_{own.level}_symbol", **gaps)
    for gap in ("one_percent", "doubling"):
        value = say.facts.derived[gap]
        share = value / say.facts.estimate.value if say.facts.estimate.value else 0.0
        gaps[gap] = say.change(value, say.se and abs(say.se * share))
    return say.words.sentence(f"log_{own.level}", **gaps)


def _bend(say: Clauses, own: Meaning, tail: str, common: dict[str, str]) -> str:
    """Read the coefficient of a square: twice it is how much the slope changes in a step."""
    gaps = {"of": say.nouns.of(own), "step": say.nouns.per_unit(own), "tail": tail, **common}
    if say.facts.estimate is None:
        return say.words.sentence("bend_symbol", **gaps)
    bend = say.facts.derived["bend"]
    number = say.words.estimate(bend, say.se and 2 * say.se, absolute=True)
    key = "bend_up" if bend > 0 else "bend_down"
    return say.words.sentence(key, bend=say.nouns.amount(number), **gaps)


def _ratio(say: Clauses) -> str:
    """Bring the coefficient for a logarithm back to the scale before it."""
    ratio = say.facts.derived.get("ratio")
    if ratio is None:
        return ""
    key = "ratio_up" if ratio >= 0 else "ratio_down"
    return say.words.sentence(key, percent=say.words.percent(abs(ratio)))


def _per_sd(say: Clauses) -> str:
    """Say what goes with one SD, where one unit is far too small or too large a step."""
    value = say.facts.derived.get("per_sd")
    if value is None or say.facts.estimate is None:
        return ""
    own = next(m for m in say.facts.factors if m.is_far)
    assert own.spread is not None
    assert own.variable is not None
    se = say.se and say.se * abs(own.spread.sd / own.step)
    size = say.words.say(
        "many", number=say.words.value(own.spread.sd), noun=own.variable.unit.plural
    )
    amount = say.amount(value, se)
    return say.words.sentence("per_sd_note", of=say.nouns.of(own), size=size, amount=amount)


def _curve(say: Clauses, own: Meaning) -> str:
    if say.facts.curve is None or own.zero is None:
        return ""
    (where,) = say.nouns.conditions((own,), averaged=False)
    return say.words.sentence("curve_note", where=where, of=say.nouns.of(own))


def _relation(say: Clauses, own: Meaning) -> str:
    """Tell within, between and contextual effects apart."""
    facts = say.facts
    if not facts.relation:
        return ""
    gaps = {
        "definite": say.nouns.definite(own),
        "of_a_group": say.words.grammar.of_one(say.words.book.level2),
        "own_noun": say.nouns.named(own.variable.group_mean_of or own.root)
        if own.variable
        else own.root,
    }
    key = f"relation_{facts.relation}"
    if facts.relation not in {"between", "contextual"}:
        return say.words.sentence(key, **gaps)
    if facts.other is None:
        return say.words.sentence(f"{key}_symbol", **gaps)
    if facts.relation == "between":
        amount = say.change(facts.other, say.se, "larger_by", "smaller_by")
        return say.words.sentence(key, change=amount, **gaps)
    return say.words.sentence(key, amount=say.amount(facts.other), **gaps)
