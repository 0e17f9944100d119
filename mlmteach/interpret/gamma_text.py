"""From the facts on a γ to its short and its full text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from mlmteach.interpret.cells import Cells
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.curves import Part
from mlmteach.interpret.gamma_facts import Changed, Reading
from mlmteach.interpret.interpretation import Told, told
from mlmteach.interpret.nouns import truth
from mlmteach.interpret.predictors import Meaning, shape_of
from mlmteach.interpret.ratios import STEPS
from mlmteach.interpret.support import Apart
from mlmteach.interpret.words import written
from mlmteach.model.predictor import (
    Arithmetic,
    Expression,
    is_truth,
    read_expression,
    with_parts,
    write_expression,
)

__all__ = [
    "at_the_mean",
    "blend",
    "case_of",
    "centring",
    "contrast_of",
    "curve_note",
    "general",
    "lacking",
    "lead",
    "one_way",
    "other_way",
    "outside",
    "readings",
    "relation",
    "scale",
    "sentences",
    "short",
    "when",
]


# --- what an intercept or a slope is elsewhere: at the moderators' means and around -------


def outside(say: Clauses) -> list[str]:
    """Say of which predictors the data hold no zero, and which columns are 0 nowhere."""
    found = say.nouns.outside(say.facts.outside)
    for group in say.facts.nowhere if say.facts.factors else ():
        columns = say.words.list(m.written for m in group)
        variable = say.nouns.known(group[0].factor.variables[0])
        found.append(say.words.sentence("zero_nowhere", columns=columns, definite=variable))
    return found


def at_the_mean(say: Clauses) -> str:
    """Say what an intercept is at the mean of the predictors whose zero is outside."""
    found = say.facts.readings
    if not found:
        return ""
    places = say.words.list(say.nouns.mean(reading.at) for reading in found)
    amount = say.expected(found[0].value, found[0].se)
    return say.words.sentence("intercept_at_mean", places=places, amount=amount)


def centring(say: Clauses) -> str:
    """Propose how to give an intercept a meaning."""
    pairs = []
    for m in say.facts.outside:
        if shape_of(m.factor.tree).form not in {"number", "log"}:
            continue  # a function of it is no number that one could centre
        code = f"center({m.root})"
        if m.spread is not None:
            centre = float(f"{m.spread.mean:.4g}")
            shown = f"{centre:.0f}" if centre >= 10 else f"{centre:g}"
            name = m.root if m.root.isidentifier() else f"`{m.root}`"
            code = f"I({name} - {shown})"
            if m.form == "log":
                code = _divided(m.factor.tree, shown)
        pairs.append(say.words.say("centring_pair", code=code, name=m.factor.expression))
    if not pairs:
        return ""
    return say.words.sentence("centring", pairs=say.words.list(pairs), symbol=say.symbol)


def _divided(tree: Expression, by: str) -> str:
    """Write a function of what it has now, divided by a number."""
    return write_expression(
        with_parts(tree, lambda argument: Arithmetic("/", argument, read_expression(by)))
    )


def readings(say: Clauses) -> list[str]:
    """Say what a slope is at each moderator's mean and around it, or in its categories."""
    by_moderator: dict[tuple[int, str], list[Reading]] = {}
    for reading in say.facts.readings:
        m = reading.at.meaning
        by_moderator.setdefault((m.level, m.root), []).append(reading)
    found = []
    for group in by_moderator.values():
        elsewhere = say.nouns.elsewhere(group[0].others)
        categorical = group[0].at.category is not None
        found.append((_categories if categorical else _numbers)(say, group, elsewhere))
    return found


def _categories(say: Clauses, found: list[Reading], elsewhere: str) -> str:
    items = []
    for reading in found:
        category = reading.at.category
        assert category is not None
        amount = say.amount(reading.value, reading.se)
        among = say.nouns.among(reading.at.meaning, category)
        items.append(say.words.say("amount_among", amount=amount, among=among))
    return say.words.sentence(
        "readings_category",
        object=say.moving(),
        items=say.words.list(items),
        others=elsewhere,
    )


def _numbers(say: Clauses, found: list[Reading], elsewhere: str) -> str:
    moderator = found[0].at.meaning
    sd = moderator.spread.sd if moderator.spread else None
    gaps: dict[str, str] = {}
    for reading in found:
        spot = reading.at.spot
        name = "mean" if spot.origin == "within" else str(spot.origin)
        assert not isinstance(spot.value, str)
        gaps[name] = say.amount(reading.value, reading.se)
        gaps[f"{name}_at"] = say.words.value(spot.value, sd)
    key = "readings_three" if len(found) == 3 else "readings_two"
    if len(found) == 2 and "below" in gaps:
        key = "readings_below"
    if moderator.form == "within":
        key = "readings_within"
    return say.words.sentence(
        key,
        object=say.moving(),
        of=say.nouns.of(moderator),
        over=say.nouns.over(found[0].at.spot),
        others=elsewhere,
        **gaps,
    )


# --- sentences on interactions: a γ of a product is read both ways ------------------------


def one_way(say: Clauses) -> str:
    """Say how a slope, or a difference, changes with the first factor."""
    first, *rest = say.facts.factors
    return say.words.sentence(
        f"{_frame(first)}{say.suffix}",
        object=say.nouns.change(rest),
        tail=say.tail(),
        **_frame_gaps(say, first),
        **say.common(),
    )


def other_way(say: Clauses) -> str:
    """Say the same from the side of the second factor; nothing where there are more."""
    first, *rest = say.facts.factors
    curved = any(m.form == "power" and m.root == f.root for m in say.facts.conditions for f in rest)
    curved |= any(m.form == "power" for m in say.facts.factors)  # t² takes no step without t
    if len(rest) > 1 or curved:  # along a curve the gap does not change by one amount a step
        return ""
    return say.words.sentence(
        f"{_frame(rest[0])}_other{say.suffix}",
        object=_gap(say, first),
        **_frame_gaps(say, rest[0]),
        **say.common(),
    )


def _size(say: Clauses, changed: Changed | None) -> str:
    """Say which way a signed value goes in size, where "higher" leaves that open."""
    if changed is None or min(changed.before, changed.after) >= 0:
        return ""
    if changed.before * changed.after < 0:
        key = "size_turns"
    else:
        key = "size_grows" if changed.after < changed.before else "size_shrinks"
    before, after = say.amount(changed.before), say.amount(changed.after)
    if not (re.search("[1-9]", before) and re.search("[1-9]", after)):
        return ""  # 0 to the digits shown is neither negative nor of a sign
    mover, spot = changed.mover.meaning, changed.mover.spot
    if mover.category is not None:
        here = say.nouns.sides(mover)[1]
    elif is_truth(mover.factor.tree):
        here = say.words.say("here_false", expression=truth(mover))
    elif spot.origin == "mean":
        here = say.words.say("here_mean", place=say.nouns.mean(changed.mover))
    else:
        here = say.nouns.at(mover)
    return say.words.sentence(
        key,
        before=before,
        before_dative=say.nouns.amount_dative(changed.before, say.se),
        after=after,
        here=here,
        others=say.nouns.elsewhere(changed.others),
    )


def _is_compared(meaning: Meaning) -> bool:
    return bool(meaning.contrast and meaning.contrast.above)


def _frame(meaning: Meaning) -> str:
    return "frame_category" if _is_compared(meaning) else "frame_number"


def _frame_gaps(say: Clauses, meaning: Meaning) -> dict[str, str]:
    if _is_compared(meaning):
        return say.among(meaning)
    if meaning.category:
        return {"per_unit": say.nouns.among(meaning, meaning.category)}
    return {"per_unit": say.nouns.per_unit(meaning)}


def _gap(say: Clauses, own: Meaning) -> str:
    """Name the gap that the other reading is about: between groups, or between units."""
    if own.form not in {"number", "group_mean", "standardized"}:
        return say.nouns.change((own,))
    step, noun = say.nouns.step(own), say.nouns.noun(own)
    unit = say.words.book.unit(own.level)
    gaps = {"step": step, "noun": noun, "in_noun": say.nouns.inward(own)}
    words = say.words.at(max(own.level, 2))
    return words.say(f"gap_{min(own.level, 2)}", who=unit.plural_pronoun, **gaps)


# --- from the facts on a γ to its short and its full text ---------------------------------

MOST_TERMS = 6
"""A sum of more terms is easier to read in the equation."""


def short(say: Clauses) -> str:
    """Say it as briefly as a slide does."""
    facts, outcome, words = say.facts, say.nouns.outcome, say.words
    gaps = {"outcome": outcome.noun, "of_outcome": outcome.of, "in_outcome": outcome.inward}
    gaps["when"] = when(say)
    whole = say.nouns.kind == "binary" or say.nouns.scales is not None
    gaps["named"] = outcome.noun if whole else outcome.name
    if facts.null:
        return words.brief("short_null", **gaps)
    if facts.compares_cells:
        return words.brief("short_cells", **gaps)
    if not facts.factors and facts.gamma.name != "Intercept":
        return words.brief("short_case", case=case_of(say, facts.conditions), **gaps)
    if not facts.factors:
        return words.brief("short_reference", **gaps)
    first, *rest = facts.factors
    if facts.part:
        definite, of = say.nouns.known(facts.part.own.root), say.nouns.of(facts.part.own)
        column = _column(facts.factors)
        return words.brief("short_part", definite=definite, of=of, column=column, **gaps)
    if facts.weighted:
        return words.brief("short_weighted", of=say.nouns.of(facts.weighted), **gaps)
    if rest:
        return words.brief(
            "short_depends", object=say.nouns.change(rest), on=say.nouns.on(first), **gaps
        )
    if is_truth(first.factor.tree):
        return words.brief("short_truth", expression=truth(first), **gaps)
    if first.category is not None:
        key = f"short_category{contrast_of(first)}"
        return words.brief(key, **say.nouns.categories(first), **gaps)
    if first.form == "power" and first.shape.power == 2:
        return words.brief("short_bend", of=say.nouns.of(first.base), **gaps)
    if first.level == 1:
        key = "short_average_slope" if facts.averaged else "short_slope"
        return words.brief(key, of=say.nouns.of(first), **gaps)
    return words.brief("short_slope_2", per_unit=say.nouns.per_unit(first), **gaps)


def contrast_of(own: Meaning) -> str:
    """Tell what a category is compared with: the reference, the mean of all, or nothing.

    Without a constant each category has a coefficient of its own, ``sex[F]`` and not ``sex[T.F]``.
    """
    if own.is_own:
        return "_own"
    compared = own.contrast
    return "" if compared and compared.above and not compared.with_all else "_mean"


def when(say: Clauses) -> str:
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
        elif meaning.contrast is not None and not meaning.contrast.is_even:
            found.append(f"{meaning.factor.expression} = 0")
        elif meaning.category is not None:
            found.append(say.words.say("when_even", symbol=symbol))
        else:
            symbol = meaning.factor.name if meaning.form == "other" else symbol
            symbol = f"mean({symbol})" if meaning.form == "group_mean" else symbol
            zero = meaning.zero if meaning.form in {"number", "log"} else 0.0
            found.append(f"{symbol} = {say.nouns.value(meaning, zero or 0.0)}")
    return say.words.say("when", conditions=say.words.list(found))


def sentences(say: Clauses) -> Told:
    """Say it in full: the reading, what it hangs on, and how to use it."""
    facts = say.facts
    limits = say.nouns.outcome_note
    if facts.null:
        return told(lead(say), cautions=[limits], more=[_null_note(say)])
    if facts.part:
        cautions = [*lacking(say), *readings(say), *outside(say), limits]
        return told(lead(say), cautions=cautions, remarks=[say.unclear()])
    if facts.compares_cells or facts.weighted:
        cautions = [scale(say), *lacking(say), *outside(say), limits]
        return told(lead(say), cautions=cautions, remarks=[say.unclear()])
    if not facts.factors:
        return told(
            lead(say),
            cautions=[*lacking(say), *outside(say), at_the_mean(say), limits],
            more=[centring(say)],
        )
    first, *rest = facts.factors
    far, elsewhere = outside(say), readings(say)
    within = "" if rest else relation(say, first)
    compared = first.category is None or contrast_of(first) != "_own"
    return told(
        lead(say),
        cautions=[
            scale(say),
            *([] if rest else [_ratio(say, first)]),
            *lacking(say),
            *([] if rest else [curve_note(say, first)]),
            blend(say),
            *far,
            *(elsewhere if far else []),
            limits,
        ],
        more=[
            _per_sd(say),
            *(_both_sizes(say) if rest else [within]),
            general(say),
            *([] if far else elsewhere),
        ],
        remarks=[say.unclear() if compared else ""],
    )


def lacking(say: Clauses) -> list[str]:
    """Say of what the data have no case, and what they do not let stay the same."""
    facts, words = say.facts, say.words
    compared = any(m.category is not None and m.reference is not None for m in facts.factors)
    empty = words.sentence("compared_empty" if compared else "case_empty") if facts.empty else ""
    return [empty, *(_apart(say, found) for found in facts.apart)]


def _apart(say: Clauses, found: Apart) -> str:
    """Say that a variable stays the same for some units only, or for none."""
    words, nouns, own = say.words, say.nouns, found.own
    definite = nouns.known(found.name)
    if found.why == "tied":
        return words.sentence("held_tied", definite=definite, own=nouns.definite(own))
    if found.why == "apart" or found.within is None:
        return words.sentence("held_apart", definite=definite, **say.among(own))
    return words.sentence(
        "held_single",
        definite=definite,
        among=nouns.among(own, found.within),
        value=nouns.valued(found.name, found.value),
    )


def _both_sizes(say: Clauses) -> list[str]:
    """Read an interaction the other way too, and say of each reading which way it goes in size."""
    other, factor = other_way(say), say.facts.derived.get("factor")
    ratio = "" if factor is None else say.words.value(factor)
    ratios = say.words.sentence("ratio_of_ratios", factor=ratio) if ratio else ""
    one, two = say.facts.changed or (None, None)
    return [_size(say, one), other, _size(say, two) if other else "", ratios]


def lead(say: Clauses) -> str:
    """Give the first sentence: what the γ is."""
    if say.facts.null:
        weights = say.facts.weights
        told_weights = say.words.say(f"null_weights_{weights}") if weights else ""
        key = f"null{_of_design(say)}{say.suffix}"
        return say.words.sentence(key, weights=told_weights, **say.common())
    if say.facts.cells and say.facts.compares_cells:
        return _cells(say, say.facts.cells)
    if not say.facts.factors:
        return _reference(say)
    if say.facts.part:
        return _part(say, say.facts.part)
    if say.facts.weighted:
        return _weighted(say, say.facts.weighted)
    first, *rest = say.facts.factors
    return one_way(say) if rest else _main(say, first)


def _of_design(say: Clauses) -> str:
    """Tell phrases that hold for two levels from those for three, and for crossed groups."""
    return f"_{say.nouns.design}" if say.nouns.design else ""


def _column(factors: Sequence[Meaning]) -> str:
    return " × ".join(m.written for m in factors)


def _part(say: Clauses, part: Part) -> str:
    """Say what a coefficient does in a curve that several columns make up together."""
    return say.words.sentence(
        f"curve_part{say.suffix}",
        definite=say.nouns.known(part.own.root),
        of=say.nouns.of(part.own),
        columns=say.words.list(m.written for m in part.columns),
        column=_column(say.facts.factors),
        tail=say.tail(),
        **say.common(),
    )


def case_of(say: Clauses, conditions: Sequence[Meaning]) -> str:
    """Name a unit with its conditions, in a group with its own."""
    case = say.nouns.one(conditions)
    levels = [level for level in (2, 3) if any(m.level == level for m in conditions)]
    if not levels:
        return case
    inside = ", ".join(say.nouns.inside(conditions, level) for level in levels)
    plain = len(conditions) <= 2 and "," not in case and len(levels) == 1
    return say.words.say("case" if plain else "case_clause", unit_case=case, inside=inside)


def _object(say: Clauses, factors: Sequence[Meaning]) -> str:
    """Name what a coefficient tells apart: the expected outcome, or a slope or difference."""
    if factors:
        return say.nouns.change(factors)
    outcome = say.nouns.outcome
    return say.words.say("expected_outcome", outcome=outcome.noun, of_outcome=outcome.of)


def _cells(say: Clauses, cells: Cells) -> str:
    """Compare two cells of several variables, or weigh them all."""
    gaps = {"object": _object(say, cells.factors), "tail": say.tail(), **say.common()}
    if cells.pair:
        case, other = (case_of(say, cell) for cell in cells.pair)
        return say.words.sentence(f"cells{say.suffix}", case=case, other_case=other, **gaps)
    weights = [
        (" × ".join(m.category.label for m in cell if m.category), weight)
        for cell, weight in cells.weighted
    ]
    variables = say.words.list(say.nouns.of(m) for m in cells.weighted[0][0])
    return say.words.sentence(
        f"weighted{say.suffix}", of=variables, weights=_weights(say, weights), **gaps
    )


def _weighted(say: Clauses, own: Meaning) -> str:
    """Say how a coefficient weighs the categories, where it is no difference of two sides."""
    assert own.contrast is not None
    labels = [category.label for category in own.contrast.categories]
    weights = list(zip(labels, own.contrast.weights, strict=True))
    rest = [m for m in say.facts.factors if m is not own]
    return say.words.sentence(
        f"weighted{say.suffix}",
        object=_object(say, rest),
        of=say.nouns.of(own),
        weights=_weights(say, weights),
        tail=say.tail(),
        **say.common(),
    )


def _weights(say: Clauses, weights: Iterable[tuple[str, float]]) -> str:
    return say.words.list(
        say.words.say("weight", weight=say.words.value(weight + 0.0), label=label)
        for label, weight in weights
    )


def scale(say: Clauses) -> str:
    """Say how much of the difference that a sentence speaks of the coefficient is."""
    if say.facts.scale == 1.0:
        return ""
    scale = say.words.value(say.facts.scale)
    return say.words.sentence("contrast_scale", symbol=say.symbol, scale=scale)


def _reference(say: Clauses) -> str:
    """Name the reference case with all its conditions."""
    conditions, words = say.facts.conditions, say.words
    case = case_of(say, conditions)
    upper = any(m.level > 1 for m in conditions)
    over = words.say(("such_groups" if upper else "every_group") + _of_design(say))
    if say.nouns.design == "nested" and upper and not any(m.level == 2 for m in conditions):
        over = words.say("such_groups_upper")
    if say.facts.nowhere:
        groups = say.facts.nowhere
        return words.sentence(
            f"reference_nowhere{say.suffix}",
            columns=words.list(m.written for group in groups for m in group),
            definite=words.list(say.nouns.known(group[0].factor.variables[0]) for group in groups),
            case=case,
            over=over,
            **say.common(),
        )
    return words.sentence(f"reference{say.suffix}", case=case, over=over, **say.common())


def _null_note(say: Clauses) -> str:
    """Say how the mean of the groups' means differs from the mean of all units."""
    mean = say.facts.derived.get("unit_mean")
    if mean is None or say.facts.estimate is None:
        return say.words.sentence(f"null_note_symbol{'_layered' if say.nouns.design else ''}")
    if say.nouns.design:
        same = math.isclose(mean, say.facts.estimate.value, rel_tol=1e-9)
        key = "null_note_balanced_layered" if same else "null_note_layered"
        return say.words.sentence(key, mean=say.expected(mean))
    if say.facts.weights in {"equal", "rows"}:
        key = "null_note_balanced" if say.facts.weights == "equal" else "null_note_rows"
        return say.words.sentence(key)
    same = say.words.estimate(mean, say.se) == say.words.estimate(say.facts.estimate.value, say.se)
    return say.words.sentence("null_note_equal" if same else "null_note", mean=say.expected(mean))


def _main(say: Clauses, own: Meaning) -> str:
    """Read the coefficient of a single predictor."""
    common, tail = say.common(), say.tail()
    if own.form == "power" and own.shape.power == 2:
        return _bend(say, own, tail, common)
    if own.form == "log":
        return _logarithm(say, own, tail, common)
    if own.category is not None:
        contrast, among = contrast_of(own), say.among(own)
        if contrast == "_own":
            held = [name for name in say.facts.held if name not in say.groups]
            others = held or say.facts.conditions
            zero = say.words.say("category_own_zero") if others else ""
            return say.words.sentence(f"category_own{say.suffix}", zero=zero, **among, **common)
        key = f"category{contrast}{_compared(say)}{say.suffix}"
        return say.words.sentence(key, tail=tail, **among, **common)
    return _step(say, own, tail, common)


def _step(say: Clauses, own: Meaning, tail: str, common: dict[str, str]) -> str:
    if is_truth(own.factor.tree):
        key = f"truth{_compared(say)}{say.suffix}"
        return say.words.sentence(key, expression=truth(own), tail=tail, **common)
    key = f"slope{_compared(say)}{say.suffix}"
    return say.words.sentence(key, per_unit=say.nouns.per_unit(own), tail=tail, **common)


def _compared(say: Clauses) -> str:
    """Tell phrases on units of the same group from those on units of any."""
    return "_1" if say.facts.same else "_2"


def general(say: Clauses) -> str:
    """Write what the slope is in general: "γ₁₀ + γ₁₁ size"."""
    if not 1 < len(say.facts.general) <= MOST_TERMS:
        return ""
    terms = []
    for gamma, extra in say.facts.general:
        symbol = written(say.words.notation.of(gamma))[0]
        names = " × ".join(m.written for m in extra)
        terms.append(f"{symbol} {names}".strip())
    change = say.nouns.change(say.facts.factors)
    return say.words.sentence("general", object=change, sum=" + ".join(terms))


def _logarithm(say: Clauses, own: Meaning, tail: str, common: dict[str, str]) -> str:
    gaps = {"noun": say.nouns.definite(own), "tail": tail, **common}
    if say.facts.estimate is None:
        if own.shape.base != math.e:  # the words for it are a doubling, or a tenfold increase
            return _step(say, own, tail, common)
        return say.words.sentence(f"log{_compared(say)}_symbol", **gaps)
    for gap in STEPS:
        value = say.facts.derived[gap]
        share = value / say.facts.estimate.value if say.facts.estimate.value else 0.0
        gaps[gap] = say.change(value, say.se and abs(say.se * share))
    return say.words.sentence(f"log{_compared(say)}", **gaps)


def _bend(say: Clauses, own: Meaning, tail: str, common: dict[str, str]) -> str:
    """Read the coefficient of a square: twice it is how much the slope changes in a step."""
    base = own.base
    gaps = {"of": say.nouns.of(base), "step": say.nouns.per_unit(base), "tail": tail, **common}
    if say.facts.estimate is None:
        return say.words.sentence("bend_symbol", **gaps)
    bend = say.facts.derived["bend"]
    size = say.nouns.amount(bend, say.se and 2 * say.se, absolute=True)
    key = "bend_up" if bend > 0 else "bend_down"
    return say.words.sentence(key, bend=size, **gaps)


def _ratio(say: Clauses, own: Meaning) -> str:
    """Bring the coefficient for a logarithm back to the scale before it."""
    words, found = say.words, say.facts.derived
    if "elasticity" in found:
        shares = {name: words.share(found[f"{name} ratio"]) for name in STEPS}
        elasticity, se = found["elasticity"], say.se
        if se and say.facts.estimate and say.facts.estimate.value:
            se *= abs(elasticity / say.facts.estimate.value)
        number = words.estimate(elasticity, se)
        noun = say.nouns.definite(own)
        return words.sentence("elasticity", noun=noun, elasticity=number, **shares)
    for name in ("ratio", "bend_ratio"):
        if name in found:
            key = f"{name}_up" if found[name] >= 0 else f"{name}_down"
            percent = words.percent(abs(found[name]))
            return words.sentence(key, percent=percent, step=say.nouns.per_unit(own.base))
    return ""


def _per_sd(say: Clauses) -> str:
    """Say what goes with one SD, where one unit is far too small or too large a step."""
    value = say.facts.derived.get("per_sd")
    if value is None or say.facts.estimate is None:
        return ""
    own = next(m for m in say.facts.factors if m.is_far)
    assert own.variable is not None
    sd = say.facts.derived["sd"]
    se = say.se and say.se * abs(sd / own.step)
    size = say.words.say("many", number=say.words.value(sd), noun=own.variable.unit.plural)
    change = say.change(value, se)
    return say.words.sentence("per_sd_note", of=say.nouns.of(own), size=size, change=change)


def curve_note(say: Clauses, own: Meaning) -> str:
    """Say that a slope along a curve is that slope at one place only."""
    if say.facts.curve is None:
        return ""
    (where,) = say.nouns.conditions((say.facts.curve,))  # where it turns
    key = "bend_note" if own.form == "power" else "curve_note"
    return say.words.sentence(key, where=where, of=say.nouns.of(own.base))


def blend(say: Clauses) -> str:
    """Say which slopes the model does not part into those within and between groups."""
    blended, words = say.facts.blended, say.words.at(say.facts.mixed[0] if say.facts.mixed else 2)
    if not blended:
        return ""
    key = "relation_blend" if len(blended) == 1 else "relation_blend_many"
    gaps = {}
    if len(say.facts.mixed) > 1:
        units = [words.book.unit(level) for level in say.facts.mixed]
        gaps = {"groups": words.list(unit.plural for unit in units)}
    of = words.list(dict.fromkeys(map(say.nouns.of, blended)))
    return words.sentence(key, of=of, **gaps)


def relation(say: Clauses, own: Meaning) -> str:
    """Tell within, between and contextual effects apart."""
    facts = say.facts
    if facts.relation in {"", "blend"}:
        return ""
    words = say.words.at(facts.upper)
    below = words.book.unit(facts.upper - 1 if say.nouns.design == "nested" else 1)
    gaps = {
        "definite": say.nouns.definite(own),
        "units": below.plural,
        "own_noun": say.nouns.named(own.variable.group_mean_of or own.root)
        if own.variable
        else own.root,
    }
    key = f"relation_{facts.relation}"
    if facts.relation not in {"between", "contextual"}:
        return words.sentence(key, **gaps)
    related = facts.related
    if related is None:
        return words.sentence(f"{key}_symbol", **gaps)
    elsewhere = say.nouns.elsewhere(related.where)
    if elsewhere:
        return words.sentence(
            f"{key}_at",
            elsewhere=elsewhere,
            within=say.amount(related.within),
            between=say.amount(related.between),
            contextual=say.amount(related.contextual),
            **gaps,
        )
    if facts.relation == "between":
        change = say.change(related.contextual, say.se)
        return words.sentence(key, change=change, **gaps)
    return words.sentence(key, amount=say.amount(related.between), **gaps)
