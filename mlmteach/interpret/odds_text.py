"""From the facts on yes/no outcomes and counts to their sentences: ratios, then probabilities.

What is said on the scale of the link is said in the words of :mod:`gamma_text` and
:mod:`random_text`; here it is said in odds, rates and hazards, and in expected outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from mlmteach.interpret import gamma_text
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.interpretation import Told, told
from mlmteach.interpret.nouns import truth
from mlmteach.interpret.odds import Between, Odds, effect_ratios, is_level, ratio_of
from mlmteach.interpret.predictors import Meaning
from mlmteach.interpret.random_facts import EffectFacts, VarianceFacts
from mlmteach.interpret.random_text import RandomText
from mlmteach.interpret.ratios import STEPS
from mlmteach.interpret.scales import THOUSAND, Scales
from mlmteach.model.predictor import is_truth

if TYPE_CHECKING:
    from mlmteach.fit.combinations import Combination
    from mlmteach.interpret.gamma_facts import Located

__all__ = ["OddsClauses", "OddsRandom", "sentences", "shape", "short"]

MOST_PLACES = 2
"""Of more predictors than this it is said in one what is the same for all."""


# --- clauses ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OddsClauses(Clauses):
    """What the sentences on one γ have in common, on the scales of a family.

    Attributes
    ----------
    odds : Odds
        Its ratio and its expected outcomes.
    only_intercepts : bool
        Whether groups differ in their intercepts alone.
    """

    odds: Odds = field(default_factory=Odds)
    only_intercepts: bool = True

    @property
    def scales(self) -> Scales:
        """What the outcome is called."""
        found = self.nouns.scales
        assert found is not None
        return found

    def ratio_gaps(self) -> dict[str, str]:
        """Give the words that phrases on ratios have gaps for."""
        gaps = self.common() | {
            "measure": self.scales.measured,
            "be": self.scales.be,
            "ratio_name": self.scales.ratio,
            "tail": self.tail(),
        }
        if self.odds.ratio is not None:
            gaps["times"] = self.times(self.odds.ratio)
            gaps["evidence"] = self._ratio_evidence()
        return gaps

    def times(self, ratio: float, se: float | None = None) -> str:
        """Say "2.00 times as large", as precise as the ratio is known."""
        return self.words.say("times", ratio=self.ratio(ratio, se))

    def ratio(self, value: float, se: float | None = None) -> str:
        """Write a ratio; its standard error is that of the coefficient times the ratio."""
        se = se or self.se
        scale = abs(self.facts.scale)
        return self.words.estimate(value, se and min(value * se / scale, value))

    def _ratio_evidence(self) -> str:
        """Write the ratio's interval, and then p and the coefficient itself, in brackets."""
        estimate, words, odds = self.facts.estimate, self.words, self.odds
        assert estimate is not None
        assert odds.ratio is not None
        name = self.scales.ratio_of_ratios if len(self.facts.factors) > 1 else self.scales.ratio
        gaps = {
            "ratio_name": name,
            "inside": self.common()["symbol"],
            "symbol": self.symbol,
            "number": words.estimate(estimate.value, estimate.se),
        }
        if odds.lower is None or odds.upper is None or estimate.se is None or estimate.p is None:
            return words.say("odds_evidence_value", **gaps)
        se = min(odds.ratio * estimate.se / abs(self.facts.scale), odds.ratio)
        gaps["lower"], gaps["upper"] = words.interval(odds.lower, odds.upper, odds.ratio, se)
        gaps["level"] = words.grammar.number(f"{100 * self.level:g}")
        return words.say("odds_evidence", p=words.probability(estimate.p), **gaps)

    def evidence(self, estimate: Combination) -> str:
        """Write the estimate on the scale of the link, its interval and p; z has no df."""
        words = self.words
        gaps = {"symbol": self.symbol, "number": words.estimate(estimate.value, estimate.se)}
        if estimate.lower is None or estimate.upper is None:
            return words.say("evidence_value", **gaps)
        gaps["level"] = words.grammar.number(f"{100 * self.level:g}")
        gaps["lower"], gaps["upper"] = words.interval(
            estimate.lower, estimate.upper, estimate.value, estimate.se
        )
        if estimate.p is None or not (self.facts.factors or self.facts.compares_cells):
            return words.say("evidence_interval", **gaps)
        return words.say("evidence_z", p=words.probability(estimate.p), **gaps)

    def unclear(self) -> str:
        """Say that the interval of a ratio includes 1, or that of a coefficient 0."""
        if not super().unclear():
            return ""
        return self.words.sentence("odds_unclear" if _by_ratio(self) else "unclear")

    def tail(self) -> str:
        """Say for whom it holds, in which groups, and what is held fixed."""
        facts, words = self.facts, self.words
        averaged = facts.averaged and not facts.gamma.level2 and bool(facts.gamma.level1)
        parts = self.nouns.conditions(facts.conditions)
        if averaged:
            parts.append(words.say("where_typical"))
        held = [name for name in facts.held if name not in self.groups]
        if held:
            key = "held_one" if len(held) == 1 else "held_many"
            parts.append(words.say(key, held=words.list(map(self.nouns.known, held))))
        return "".join(words.say("tail", part=part) for part in parts)

    def ratio_object(self, factors: Sequence[Meaning]) -> str:
        """Name a ratio: "the odds ratio of SES"; of a product it is a ratio of ratios."""
        words, nouns, name = self.words, self.nouns, self.scales.ratio
        if len(factors) != 1 or any(m.is_own for m in factors):
            return words.say("ratio_for", ratio_name=name, what=nouns.change(factors))
        (own,) = factors
        if is_truth(own.factor.tree):
            return words.say("ratio_truth", ratio_name=name, expression=truth(own))
        compared = own.contrast is None or (own.contrast.above and not own.contrast.with_all)
        if own.category is None:
            return words.say("ratio_of_slope", ratio_name=name, of=nouns.of(own))
        if compared and own.reference is not None:
            return words.say("ratio_between", ratio_name=name, **nouns.categories(own))
        return words.say("ratio_for", ratio_name=name, what=nouns.change(factors))


@dataclass(frozen=True)
class _Read(OddsClauses):
    """The clauses of readings at places, of something else than the coefficient.

    Attributes
    ----------
    what : str
        What is read.
    shown : callable
        How a value of it is written.
    """

    what: str = ""
    shown: Callable[[float], str] = str

    def moving(self) -> str:
        return self.what

    def amount(self, value: float, se: float | None = None) -> str:
        del se
        return self.shown(value)


def _read_as(say: OddsClauses, what: str, shown: Callable[[float], str]) -> _Read:
    known = {f.name: getattr(say, f.name) for f in fields(OddsClauses)}
    return _Read(**known, what=what, shown=shown)


def _by_ratio(say: OddsClauses) -> bool:
    """Tell whether a coefficient is read by its ratio, and not as a part of a curve or a sum."""
    facts = say.facts
    if not say.scales.by_ratio or facts.part or facts.weighted:
        return False
    if facts.cells and facts.cells.weighted:
        return False
    own = facts.factors[0] if len(facts.factors) == 1 else None
    if own is not None and own.form == "power" and own.shape.power == 2:
        return False
    return bool(facts.factors or facts.compares_cells)


# --- γ ------------------------------------------------------------------------------------------


def short(say: OddsClauses) -> str:
    """Say it as briefly as a slide does."""
    facts, words, scales, when = say.facts, say.words, say.scales, gamma_text.when(say)
    if facts.null:
        return words.brief("odds_short_null", outcome=scales.linked("link"))
    if is_level(facts):
        outcome = scales.linked("link")
        if facts.factors:
            named = say.nouns.categories(facts.factors[0])
            return words.brief("odds_short_own", outcome=outcome, when=when, **named)
        if facts.gamma.name != "Intercept":
            case = gamma_text.case_of(say, facts.conditions)
            return words.brief("odds_short_case", outcome=outcome, case=case)
        nested = "_nested" if say.nouns.design else ""
        return words.brief(f"odds_short_reference{nested}", outcome=outcome)
    if not _by_ratio(say):
        return gamma_text.short(say)
    if facts.compares_cells:
        return words.brief("odds_short_cells", log_ratio=scales.log_ratio, when=when)
    first, *rest = facts.factors
    if rest:
        thing = say.ratio_object(rest)
        on = say.nouns.on(first)
        return words.brief("short_depends", object=thing, on=on, when=when)
    if first.category is not None and not is_truth(first.factor.tree):
        key = f"odds_short_category{gamma_text.contrast_of(first)}"
        named = say.nouns.categories(first)
        return words.brief(key, log_ratio=scales.log_ratio, when=when, **named)
    if is_truth(first.factor.tree):
        gaps = {"expression": truth(first), "log_ratio": scales.log_ratio, "when": when}
        return words.brief("odds_short_truth", **gaps)
    of = say.nouns.of(first)
    return words.brief("odds_short_slope", log_ratio=scales.log_ratio, of=of, when=when)


def sentences(say: OddsClauses) -> Told:
    """Say it in full: the ratio or the probability, then probabilities at places."""
    facts, note = say.facts, say.scales.note
    if is_level(facts):
        return _level(say)
    if not _by_ratio(say):
        return _on_the_link(say)
    rest = facts.factors[1:]
    far = gamma_text.outside(say)
    elsewhere = _ratios_elsewhere(say)
    own = facts.factors[0] if facts.factors and not rest and not facts.compares_cells else None
    return told(
        _lead(say),
        cautions=[
            _scale(say),
            *gamma_text.lacking(say),
            gamma_text.curve_note(say, own) if own else "",
            *_chances(say),
            gamma_text.blend(say),
            *far,
            *elsewhere,
        ],
        more=[
            _per_sd(say),
            _other_way(say) if rest else "",
            _relation(say, own) if own else "",
            "" if facts.compares_cells else gamma_text.general(say),
        ],
        remarks=[say.unclear() if not (own and own.is_own) else "", _conditional(say), note],
    )


def _level(say: OddsClauses) -> Told:
    """Say what is expected where the predictors are 0, with U = 0 and averaged over groups."""
    facts, words, odds, scales = say.facts, say.words, say.odds, say.scales
    gaps = {"chance": scales.chance, "link": scales.linked("link")}
    gaps |= {"symbol": say.symbol, "back": _back(say)}
    kind = "null" if facts.null else "nowhere" if facts.nowhere else "reference"
    if facts.factors:
        kind, (own, *_) = "own", facts.factors
        held = [name for name in facts.held if name not in say.groups]
        others = held or facts.conditions
        gaps["zero"] = words.say("category_own_zero") if others else ""
        gaps["among"] = say.among(own)["among"]
    elif not facts.null:
        gaps["case"] = gamma_text.case_of(say, facts.conditions)
    if facts.nowhere:
        columns = (m.written for group in facts.nowhere for m in group)
        gaps["columns"] = words.list(columns)
        names = (say.nouns.known(group[0].factor.variables[0]) for group in facts.nowhere)
        gaps["definite"] = words.list(names)
    if odds.typical is None:
        lead = words.sentence(f"odds_{kind}_symbol", **gaps)
        return told(
            lead,
            cautions=[*gamma_text.lacking(say), *gamma_text.outside(say)],
            more=[
                words.sentence(f"odds_averaged_{_bend_of(say)}_symbol"),
                gamma_text.centring(say),
            ],
            remarks=[scales.note],
        )
    gaps["amount"] = _expected(say, odds.typical)
    gaps["evidence"] = _level_evidence(say)
    return told(
        words.sentence(f"odds_{kind}", **gaps),
        cautions=[
            *gamma_text.lacking(say),
            *gamma_text.outside(say),
            _at_the_mean(say),
            _averaged(say),
        ],
        more=[_observed(say), gamma_text.centring(say)],
        remarks=[scales.note],
    )


def _back(say: OddsClauses) -> str:
    """Write how the link is undone."""
    return say.words.say(f"back_{say.nouns.family.link}", symbol=say.symbol)


def _bend_of(say: OddsClauses) -> str:
    """Tell which way averaging over groups moves an expected outcome."""
    link = say.nouns.family.link
    return {"log": "log", "cloglog": "cloglog"}.get(link, "half")


def _expected(say: OddsClauses, value: float) -> str:
    """Write an expected outcome; a count as precise as its logarithm is known."""
    return say.scales.expected(value, say.se and min(value * say.se, value))


def _level_evidence(say: OddsClauses) -> str:
    estimate, words, odds = say.facts.estimate, say.words, say.odds
    assert estimate is not None
    gaps = {"symbol": say.symbol, "number": words.estimate(estimate.value, estimate.se)}
    if odds.typical_lower is None or odds.typical_upper is None:
        return words.say("evidence_value", **gaps)
    gaps["level"] = words.grammar.number(f"{100 * say.level:g}")
    if say.nouns.family.is_binomial:
        lower, upper = words.percent(odds.typical_lower), words.percent(odds.typical_upper)
    else:
        assert odds.typical is not None
        se = say.se and min(odds.typical * say.se, odds.typical)
        lower, upper = words.interval(odds.typical_lower, odds.typical_upper, odds.typical, se)
        if odds.typical >= THOUSAND:
            lower, upper = (_expected(say, x) for x in (odds.typical_lower, odds.typical_upper))
    return words.say("odds_level_evidence", lower=lower, upper=upper, **gaps)


def _averaged(say: OddsClauses) -> str:
    """Say what is expected averaged over groups, and why it is not what the typical group has."""
    odds = say.odds
    there = odds.typical if odds.at_mean is None else odds.at_mean
    if odds.averaged is None or there is None:
        return ""
    shown, typical = _expected(say, odds.averaged), _expected(say, there)
    if shown == typical:
        return say.words.sentence("odds_averaged_same")
    kind = _bend_of(say)
    if kind == "cloglog":
        kind = "cloglog_up" if odds.averaged > there else "cloglog_down"
    return say.words.sentence(f"odds_averaged_{kind}", averaged=shown)


def _observed(say: OddsClauses) -> str:
    if say.odds.observed is None:
        return ""
    kind: str = "trials" if say.nouns.family.trials else say.scales.measure
    kind = {"logit": "share", "probit": "share", "cloglog": "share"}.get(kind, kind)
    shown = _expected(say, say.odds.observed)
    return say.words.sentence(f"odds_observed_{kind}", observed=shown)


def _at_the_mean(say: OddsClauses) -> str:
    found = say.facts.readings
    if not found or say.odds.at_mean is None:
        return ""
    places = say.words.list(say.nouns.mean(reading.at) for reading in found)
    amount = _expected(say, say.odds.at_mean)
    return say.words.sentence("odds_at_mean", places=places, amount=amount)


def _on_the_link(say: OddsClauses) -> Told:
    """Say it on the scale of the link, where no ratio can be read; then probabilities."""
    plain = gamma_text.sentences(say)
    bend = say.odds.steps.get("bend") if say.scales.by_ratio else None
    also = []
    if bend is not None:
        own = say.facts.factors[0]
        gaps = {"step": say.nouns.per_unit(own.base), "times": say.times(bend)}
        also.append(say.words.sentence("odds_bend", ratio_name=say.scales.ratio, **gaps))
    latent = "" if say.scales.by_ratio else say.words.sentence("latent_note")
    return replace(
        plain,
        cautions=(*also, *_chances(say), *plain.cautions),
        remarks=(*plain.remarks, *filter(None, (latent, _conditional(say), say.scales.note))),
    )


# --- ratios -------------------------------------------------------------------------------------


def _lead(say: OddsClauses) -> str:
    """Give the first sentence of what is read by a ratio."""
    facts, words, gaps = say.facts, say.words, say.ratio_gaps()
    suffix = "" if facts.estimate else "_symbol"
    if facts.compares_cells and facts.cells and facts.cells.pair:
        case, other = (gamma_text.case_of(say, cell) for cell in facts.cells.pair)
        gaps |= {"case": case, "other_case": other}
        inner = facts.cells.factors
        if inner:
            gaps |= {"measure": say.ratio_object(inner), "be": words.say("be_one")}
        return words.sentence(f"odds_cells{suffix}", **gaps)
    first, *rest = facts.factors
    if rest:
        return _depends(say, first, rest, f"{suffix}", gaps)
    scope = _scope(first)
    if scope == 2:
        gaps |= {key: words.of_level(key, first.level) for key in ("same_u", "at_same_u")}
    if is_truth(first.factor.tree):
        gaps["expression"] = truth(first)
        return words.sentence(f"odds_truth_{scope}{suffix}", **gaps)
    if first.category is not None:
        return _category(say, first, suffix, gaps)
    if first.form == "log" and facts.estimate is not None:
        for name in STEPS:
            share = facts.derived[name] / facts.estimate.value if facts.estimate.value else 0.0
            se = say.se and abs(say.se * share)
            gaps[name] = say.times(say.odds.steps[name], se)
        gaps["noun"] = say.nouns.definite(first)
        return words.sentence(f"odds_log_{scope}", **gaps)
    per_unit = say.nouns.per_unit(first)
    return words.sentence(f"odds_slope_{scope}{suffix}", per_unit=per_unit, **gaps)


def _scope(own: Meaning) -> int:
    """Tell whether a ratio compares units of one group, 1, or groups, 2."""
    return min(own.level, 2)


def _category(say: OddsClauses, own: Meaning, suffix: str, gaps: dict[str, str]) -> str:
    contrast = gamma_text.contrast_of(own)
    gaps |= say.among(own)
    return say.words.sentence(f"odds_category{contrast}_{_scope(own)}{suffix}", **gaps)


def _depends(
    say: OddsClauses, first: Meaning, rest: Sequence[Meaning], suffix: str, gaps: dict[str, str]
) -> str:
    """Say by what a ratio is multiplied along the first factor."""
    gaps = gaps | {"object": say.ratio_object(rest)}
    if first.contrast is not None and first.contrast.above:
        return say.words.sentence(f"odds_frame_category{suffix}", **gaps, **say.among(first))
    if first.category is not None:
        per_unit = say.nouns.among(first, first.category)
    else:
        per_unit = say.nouns.per_unit(first)
    return say.words.sentence(f"odds_frame_number{suffix}", per_unit=per_unit, **gaps)


def _scale(say: OddsClauses) -> str:
    """Say how much of the logarithm of the ratio the coefficient is."""
    if say.facts.scale == 1.0:
        return ""
    scale = say.words.value(say.facts.scale)
    return say.words.sentence("odds_contrast_scale", symbol=say.symbol, scale=scale)


def _other_way(say: OddsClauses) -> str:
    """Read a ratio of ratios from the side of the second factor; nothing where there are more."""
    first, *rest = say.facts.factors
    if len(rest) > 1 or any(m.form == "power" for m in (*say.facts.factors, *say.facts.conditions)):
        return ""
    gaps = say.ratio_gaps() | {"evidence": "", "tail": ""}
    suffix = "_other" if say.facts.estimate else "_other_symbol"
    return _depends(say, rest[0], [first], suffix, gaps)


def _ratios_elsewhere(say: OddsClauses) -> list[str]:
    """Say what a ratio is at each moderator's mean and around it, or in its categories."""
    if not say.facts.readings:
        return []
    part = say.facts.factors
    return gamma_text.readings(
        _read_as(say, say.ratio_object(part), lambda value: say.ratio(ratio_of(value)))
    )


def _chances(say: OddsClauses) -> list[str]:
    """Say what is expected along a predictor, in a typical group."""
    if not say.odds.chances:
        return []
    others = say.odds.chances[0].others
    what = say.scales.typical
    if _is_long(others):
        what = say.words.say("chance_elsewhere", chance=what)
        found = tuple(replace(reading, others=()) for reading in say.odds.chances)
    else:
        found = say.odds.chances
    read = _read_as(say, what, say.scales.expected)
    return gamma_text.readings(replace(read, facts=replace(say.facts, readings=found)))


def _is_long(places: Sequence[Located]) -> bool:
    """Tell whether it is better said at once where all predictors are."""
    return len(places) > MOST_PLACES or any(is_truth(at.meaning.factor.tree) for at in places)


def _per_sd(say: OddsClauses) -> str:
    """Say what goes with one SD, where one unit is far too small or too large a step."""
    ratio = say.odds.steps.get("per_sd")
    if ratio is None:
        return ""
    own = next(m for m in say.facts.factors if m.is_far)
    assert own.variable is not None
    sd = say.facts.derived["sd"]
    size = say.words.say("many", number=say.words.value(sd), noun=own.variable.unit.plural)
    se = say.se and say.se * abs(sd / own.step)
    gaps = {"of": say.nouns.of(own), "size": size, "times": say.times(ratio, se)}
    rest = [m for m in say.facts.factors if m is not own]
    what = say.ratio_object(rest) if rest else say.scales.measured
    be = say.words.say("be_one") if rest else say.scales.be
    return say.words.sentence("odds_per_sd", measure=what, be=be, **gaps)


def _conditional(say: OddsClauses) -> str:
    """Say that a ratio compares within groups, and what it is not."""
    if say.facts.estimate is None and not say.facts.factors:
        return ""
    if say.nouns.family.link == "log":
        return say.words.sentence("conditional_log") if say.only_intercepts else ""
    kind = "conditional" if say.scales.by_ratio else "conditional_probit"
    name = say.scales.ratio if say.scales.by_ratio else ""
    return say.words.sentence(kind, ratio_name=name)


def _relation(say: OddsClauses, own: Meaning) -> str:
    """Tell within, between and contextual ratios apart."""
    facts = say.facts
    if facts.relation not in {"between", "contextual"} or facts.related is None:
        return gamma_text.relation(say, own)
    related, words = facts.related, say.words.at(facts.upper)
    below = words.book.unit(facts.upper - 1 if say.nouns.design == "nested" else 1)
    return words.sentence(
        f"odds_relation_{facts.relation}",
        units=below.plural,
        elsewhere=say.nouns.elsewhere(related.where),
        ratio_name=say.scales.ratio,
        of_a_group=words.grammar.of_one(words.unit),
        own_noun=say.nouns.named(own.variable.group_mean_of or own.root)
        if own.variable
        else own.root,
        within=say.ratio(ratio_of(related.within)),
        between=say.ratio(ratio_of(related.between)),
        contextual=say.ratio(ratio_of(related.contextual)),
    )


# --- U, τ and the shape -------------------------------------------------------------------------


@dataclass(frozen=True)
class OddsRandom(RandomText):
    """Short and full texts on the random part of a yes/no outcome or a count."""

    @property
    def scales(self) -> Scales:
        """What the outcome is called."""
        found = self.nouns.scales
        assert found is not None
        return found

    def effect(self, facts: EffectFacts, symbol: str) -> Told:
        """Say what U_qj adds to the linear predictor, and what that multiplies odds by."""
        plain = super().effect(facts, symbol)
        shown = plain.more
        if self.scales.by_ratio and not facts.boundary and facts.lowest and facts.highest:
            ratios = effect_ratios(facts)
            se = facts.se
            gaps = {
                name: self.words.estimate(
                    ratios[f"{name} ratio"], se and ratios[f"{name} ratio"] * se
                )
                for name in ("lowest", "highest")
            }
            what, be = self.scales.measured, self.scales.be
            if facts.factors:
                what, be = self._ratio_of(facts), self.words.say("be_one")
            gaps["at_own_zero"] = self.words.of_level("at_own_zero", self.words.level)
            own = self.words.sentence("odds_effect_ratios", measure=what, be=be, **gaps)
            shown = (plain.more[0], own, *plain.more[1:])
        if facts.factors:
            return replace(plain, more=shown)
        gaps = {"symbol": symbol, "whom": self.whom(facts), **self._outcome(), **self.peers}
        gaps["outcome"] = self.scales.linked("link")
        typical = "typical_own_nested" if self.peers else "typical_group"
        gaps["typical_own"] = self.words.say(typical)
        likely = self.nouns.family.is_binomial
        gaps["more"] = self.words.say("more_likely" if likely else "more_counted")
        key = "odds_effect"
        if facts.predictors:
            bases = [m.base for m in facts.predictors]
            gaps["predictors"] = self.words.list(dict.fromkeys(map(self.nouns.definite, bases)))
            gaps["alike"] = self.words.list(dict.fromkeys(map(self.nouns.alike, bases)))
            key = "odds_effect_left"
        return replace(plain, lead=self.words.sentence(key, **gaps), more=shown)

    def _ratio_of(self, facts: EffectFacts) -> str:
        what = self.nouns.change(facts.factors)
        if len(facts.factors) == 1 and facts.factors[0].category is None:
            of = self.nouns.of(facts.factors[0])
            return self.words.say("ratio_of_slope", ratio_name=self.scales.ratio, of=of)
        return self.words.say("ratio_for", ratio_name=self.scales.ratio, what=what)

    def spread(self, facts: VarianceFacts, between: Between, symbol: str, *, first: bool) -> Told:
        """Say what τ_q² is: on the link, as a median ratio, and in expected outcomes.

        Parameters
        ----------
        facts : VarianceFacts
        between : Between
        symbol : str
        first : bool
            Whether it is the first of the model, which says why there is no σ².
        """
        known = replace(facts, icc=None, beyond=False)
        plain = self.variance(known, symbol)
        no_sigma = [self._no_sigma()] if first else []
        if facts.variance is None:
            latent = ""
            if not facts.factors:
                latent = self._latent(between, symbol, residual=facts.residual)
            more = (latent,) if latent else ()
            return replace(plain, more=more, cautions=(*plain.cautions, *no_sigma))
        if facts.boundary:
            return replace(plain, cautions=(*plain.cautions, *no_sigma))
        own = (
            self._slopes(facts, between)
            if facts.factors
            else self._levels(between, symbol, residual=facts.residual)
        )
        own = [text for text in own if text]
        return replace(
            plain, cautions=(*plain.cautions, *own, *no_sigma), more=self._other_sign(facts, plain)
        )

    def _other_sign(self, facts: VarianceFacts, plain: Told) -> tuple[str, ...]:
        """Say in how many groups a slope has the other sign: a ratio on the other side of 1."""
        if not facts.factors or not self.scales.by_ratio:
            return plain.more if facts.factors else ()
        if facts.negative is None or facts.centre is None:
            return ()
        below = facts.centre >= 0
        share = self.words.percent(facts.negative if below else 1.0 - facts.negative)
        key = "odds_negative_below" if below else "odds_negative_above"
        gaps = {"where": self._where(facts), "units_at": self._units_at(facts)}
        empty = [self.words.sentence("case_empty")] if facts.empty else []
        return (*empty, self.words.sentence(key, share=share, **gaps))

    def _slopes(self, facts: VarianceFacts, between: Between) -> list[str]:
        """Say between which ratios a slope lies in most groups."""
        if between.lower is None or between.upper is None or facts.elsewhere:
            return []
        lower, upper = (self.words.estimate(x) for x in (between.lower, between.upper))
        gaps = {"lower": lower, "upper": upper, "where": self._where(facts)}
        gaps["units_at"] = self._units_at(facts)
        return [self.words.sentence("odds_range_slope", ratio_name=self.scales.ratio, **gaps)]

    def _levels(self, between: Between, symbol: str, *, residual: bool) -> list[str]:
        """Give the median ratio, the range of expected outcomes, and the ICC of the link."""
        words, scales = self.words, self.scales
        found = []
        if between.median_ratio is not None:
            ratio = words.estimate(between.median_ratio)
            gaps = {"median_name": scales.median_ratio, "measure": scales.measured}
            gaps["a_unit"] = words.grammar.one(words.book.level1)
            gaps |= {"ratio": ratio, "be": scales.be, "in_alike": "", **self.peers}
            if words.level == 3:
                gaps["in_alike"] = words.say("in_alike_3")
            found.append(words.sentence("odds_median", **gaps))
        if between.both_ratio is not None:
            both = words.estimate(between.both_ratio)
            found.append(words.sentence("odds_median_both", ratio=both))
        if between.lower is not None and between.upper is not None:
            lower, upper = scales.expected(between.lower), scales.expected(between.upper)
            others = self._others(between.where)
            gaps = {"chance": scales.chance, "lower": lower, "upper": upper, "others": others}
            key = f"odds_range_{words.level}" if self.nouns.design else "odds_range"
            found.append(words.sentence(key, **gaps))
        if between.every_lower is not None and between.every_upper is not None:
            lower, upper = map(scales.expected, (between.every_lower, between.every_upper))
            found.append(words.sentence("odds_range_every", lower=lower, upper=upper))
        return [*found, self._latent(between, symbol, residual=residual)]

    def _others(self, where: Sequence[Located]) -> str:
        if _is_long(where):
            return self.words.say("elsewhere_typical")
        return self.nouns.elsewhere(where)

    def _latent(self, between: Between, symbol: str, *, residual: bool) -> str:
        """Say which share of the variance on the link lies between groups."""
        if between.latent is None:
            return ""
        words, family = self.words, self.nouns.family
        latent = words.value(between.latent)
        gaps = {"latent": latent, "symbol": symbol}
        if family.is_binomial:
            gaps["level1"] = words.say(f"latent_{family.link}", latent=latent)
        if self.nouns.design:
            return self._latent_of_levels(between, gaps, residual=residual)
        if between.icc is None:
            return words.sentence("odds_icc_symbol", **gaps)
        gaps["share"] = words.percent(between.icc)
        gaps["icc"] = words.grammar.number(f"{between.icc:.2f}")
        return words.sentence("odds_icc" if family.is_binomial else "odds_icc_count", **gaps)

    def _latent_of_levels(self, between: Between, gaps: dict[str, str], *, residual: bool) -> str:
        """Say the same of one level of two, and which correlation that is."""
        words, name = self.words, self.words.say("icc_name_latent")
        of_what = words.say("icc_of_residual") if residual else ""
        if between.icc is None or between.correlation is None:
            lead, symbol = words.sentence("icc_lead_link_symbol", **gaps), gaps["symbol"]
            shares = self.share_in_symbols(symbol, of_what=of_what.rstrip(","), name=name)
            return f"{lead} {shares}"
        kind = "" if self.nouns.family.is_binomial else "_count"
        return self.share_of_level(
            between.icc,
            between.correlation,
            lead=words.say(f"icc_lead_link{kind}", **gaps),
            of_what=of_what,
            name=name,
        )

    def _no_sigma(self) -> str:
        """Say why there is no σ²."""
        family = self.nouns.family
        return self.words.sentence(f"no_sigma_{'trials' if family.trials else family.name}")


def shape(say: OddsRandom, value: float | None) -> tuple[str, Told]:
    """Say what the shape of a negative binomial is."""
    words = say.words
    short_text = words.brief("short_shape")
    if value is None:
        return short_text, told(words.sentence("shape_symbol"))
    from mlmteach.fit.generalized import HUGE

    if value > HUGE:
        return short_text, told(words.sentence("shape_infinite"))
    return short_text, told(
        words.sentence("shape_estimate", shape=words.estimate(value)),
        more=[words.sentence("shape_limit")],
    )
