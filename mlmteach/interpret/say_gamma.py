"""From the facts on a γ to its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlmteach.interpret.facts import Estimate, GammaFacts, Reading
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.predictors import Meaning
from mlmteach.interpret.words import Words

__all__ = ["GammaText"]


@dataclass(frozen=True)
class GammaText:
    """The short and the full text on a γ.

    Attributes
    ----------
    facts : GammaFacts
    nouns : Nouns
    symbol : str
        As it is written in running text.
    level : float
        Of the interval.
    """

    facts: GammaFacts
    nouns: Nouns
    symbol: str
    level: float

    @property
    def words(self) -> Words:
        """The language."""
        return self.nouns.words

    # the short form ------------------------------------------------------------------------

    def short(self) -> str:
        """Say it as briefly as a slide does."""
        facts, outcome = self.facts, self.nouns.outcome
        gaps = {"outcome": outcome.noun, "of_outcome": outcome.of, "when": self._when()}
        if facts.null:
            return self._brief("short_null", **gaps)
        if not facts.factors:
            return self._brief("short_reference", **gaps)
        first, *rest = facts.factors
        if rest:
            changing = first if first.category is None else first
            name = self.nouns.definite(changing)
            return self._brief("short_depends", object=self.nouns.change(rest), on=name, **gaps)
        if first.category is not None:
            return self._brief("short_category", **self.nouns.categories(first), **gaps)
        if first.level == 1:
            key = "short_average_slope" if facts.averaged else "short_slope"
            return self._brief(key, of=self.nouns.of(first), **gaps)
        return self._brief("short_slope_2", per_unit=self.nouns.per_unit(first), **gaps)

    def _brief(self, key: str, **gaps: str) -> str:
        return self.words.sentence(key, **gaps).rstrip(".")

    def _when(self) -> str:
        """Say ", when SES = 0", in the symbols of the equation."""
        if not self.facts.factors or not self.facts.conditions:
            return ""
        found = []
        for meaning in self.facts.conditions:
            symbol = meaning.variable.symbol if meaning.variable else meaning.factor.expression
            if meaning.reference is not None:
                found.append(f"{symbol} = {meaning.reference.label}")
            elif meaning.form in {"within", "grand_mean", "standardized"}:
                found.append(self.words.say("when_mean", symbol=symbol))
            else:
                zero = meaning.zero if meaning.form in {"number", "log"} else 0.0
                found.append(f"{symbol} = {self.words.value(zero or 0.0)}")
        return self.words.say("when", conditions=self.words.list(found))

    # the full form -------------------------------------------------------------------------

    def full(self) -> str:
        """Say it in full: the reading, its conditions, its precision, and how to use it."""
        facts = self.facts
        if not facts.factors:
            sentences = self._intercept()
        elif len(facts.factors) > 1:
            sentences = self._product()
        else:
            sentences = self._main(facts.factors[0])
        return " ".join(s for s in sentences if s)

    def _intercept(self) -> list[str]:
        facts, words = self.facts, self.words
        suffix = "" if facts.estimate else "_symbol"
        common = self._common()
        if facts.null:
            first = words.sentence(f"null{suffix}", **common)
            return [first, self._null_note()]
        level2 = [m for m in facts.conditions if m.level == 2]
        case = self.nouns.one(facts.conditions)
        if level2:
            key = "case_clause" if "," in case or len(facts.conditions) > 3 else "case"
            case = words.say(key, unit_case=case, inside=self.nouns.inside(facts.conditions))
        over = words.say("such_groups" if level2 else "all_groups")
        first = words.sentence(f"reference{suffix}", case=case, over=over, **common)
        return [first, *self._outside(), self._at_the_mean(), *self._centring()]

    def _null_note(self) -> str:
        mean = self.facts.derived.get("unit_mean")
        if mean is None or self.facts.estimate is None:
            return self.words.sentence("null_note_symbol")
        shown = self.words.estimate(mean, self.facts.estimate.se)
        if shown == self.words.estimate(self.facts.estimate.value, self.facts.estimate.se):
            return self.words.sentence("null_note_equal", mean=self.nouns.amount(shown))
        return self.words.sentence("null_note", mean=self.nouns.amount(shown))

    def _main(self, own: Meaning) -> list[str]:
        facts, words, nouns = self.facts, self.words, self.nouns
        suffix = "" if facts.estimate else "_symbol"
        common = self._common()
        tail = self._tail()
        if own.category is not None:
            key = "category" if own.reference else "category_mean"
            first = words.sentence(
                f"{key}_{own.level}{suffix}", tail=tail, **self._among(own), **common
            )
        elif own.form == "log":
            first = self._logarithm(own, tail, common)
        elif own.form == "power" and own.shape.power == 2:
            return [self._bend(own, common), self._unclear()]
        else:
            per_unit = nouns.per_unit(own)
            first = words.sentence(
                f"slope_{own.level}{suffix}", per_unit=per_unit, tail=tail, **common
            )
        sentences = [first, self._ratio(), self._per_sd(own), self._curve(own)]
        return [*sentences, self._relation(own), self._unclear(), *self._outside(), *self._read()]

    def _logarithm(self, own: Meaning, tail: str, common: dict[str, str]) -> str:
        facts, nouns = self.facts, self.nouns
        if facts.estimate is None:
            return self.words.sentence(
                f"log_{own.level}_symbol", noun=nouns.definite(own), tail=tail, **common
            )
        se = facts.estimate.se
        scale = facts.derived["one_percent"] / facts.estimate.value if facts.estimate.value else 0
        double = facts.derived["doubling"] / facts.estimate.value if facts.estimate.value else 0
        return self.words.sentence(
            f"log_{own.level}",
            noun=nouns.definite(own),
            small=self._change(facts.derived["one_percent"], se and se * scale),
            double=self._change(facts.derived["doubling"], se and se * double),
            tail=tail,
            **common,
        )

    def _bend(self, own: Meaning, common: dict[str, str]) -> str:
        facts, nouns = self.facts, self.nouns
        gaps = {"of": nouns.of(own), "step": nouns.per_unit(own), **common}
        if facts.estimate is None:
            return self.words.sentence("bend_symbol", **gaps)
        bend = facts.derived["bend"]
        se = None if facts.estimate.se is None else 2 * facts.estimate.se / own.step**2
        key = "bend_up" if bend > 0 else "bend_down"
        number = nouns.amount(self.words.estimate(bend, se, absolute=True))
        return self.words.sentence(key, bend=number, **gaps)

    def _product(self) -> list[str]:
        """Read an interaction both ways."""
        facts, words = self.facts, self.words
        first, *rest = facts.factors
        suffix = "" if facts.estimate else "_symbol"
        sentences = [
            words.sentence(
                f"{self._frame(first)}{suffix}",
                object=self.nouns.change(rest),
                tail=self._tail(),
                **self._frame_gaps(first),
                **self._common("larger_by", "smaller_by"),
            )
        ]
        if len(rest) == 1:
            sentences.append(
                words.sentence(
                    f"{self._frame(rest[0])}_other{suffix}",
                    object=self._gap(first),
                    **self._frame_gaps(rest[0]),
                    **self._common("larger_by", "smaller_by"),
                )
            )
        return [*sentences, self._unclear(), *self._outside(), *self._read()]

    def _frame(self, meaning: Meaning) -> str:
        return "frame_category" if meaning.category and meaning.reference else "frame_number"

    def _frame_gaps(self, meaning: Meaning) -> dict[str, str]:
        if meaning.category and meaning.reference:
            return self._among(meaning)
        if meaning.category:
            return {"per_unit": self.nouns.among(meaning, meaning.category)}
        return {"per_unit": self.nouns.per_unit(meaning)}

    def _gap(self, own: Meaning) -> str:
        """Name the gap between groups, or between units, that the other reading is about."""
        if own.category is not None or own.form not in {"number", "group_mean", "standardized"}:
            return self.nouns.change((own,))
        key = f"gap_{own.level}"
        return self.words.say(key, step=self.nouns.step(own), noun=self.nouns.noun(own))

    # pieces --------------------------------------------------------------------------------

    def _common(self, up: str = "higher_by", down: str = "lower_by") -> dict[str, str]:
        outcome = self.nouns.outcome
        gaps = {
            "outcome": outcome.noun,
            "of_outcome": outcome.of,
            "symbol": self.symbol,
            "a_group": self.words.grammar.one(self.words.book.level2),
            "of_a_group": self._of_a_group(),
            "outcome_units": outcome.unit.plural,
        }
        estimate = self.facts.estimate
        if estimate is None:
            return gaps
        number = self.words.estimate(estimate.value, estimate.se)
        return gaps | {
            "amount": self.nouns.amount(number),
            "change": self._change(estimate.value, estimate.se, up, down),
            "evidence": self._evidence(estimate, number),
        }

    def _of_a_group(self) -> str:
        unit = self.words.book.level2
        article = {"f": "einer", "m": "eines", "n": "eines"}.get(unit.gender, "")
        return f"{article} {unit.genitive}".strip()

    def _change(
        self, value: float, se: float | None, up: str = "higher_by", down: str = "lower_by"
    ) -> str:
        number = self.words.estimate(value, se, absolute=True)
        return self.words.say(up if value >= 0 else down, amount=self.nouns.amount(number))

    def _evidence(self, estimate: Estimate, number: str) -> str:
        """Write the estimate, the interval, and then p and df, in brackets."""
        words = self.words
        gaps = {"symbol": self.symbol, "number": number}
        if estimate.lower is None or estimate.upper is None:
            return words.say("evidence_value", **gaps)
        gaps |= {
            "level": words.grammar.number(f"{100 * self.level:g}"),
            "lower": words.estimate(estimate.lower, estimate.se),
            "upper": words.estimate(estimate.upper, estimate.se),
        }
        if estimate.p is None or estimate.df is None or not self.facts.factors:
            return words.say("evidence_interval", **gaps)
        p, df = words.probability(estimate.p), words.degrees(estimate.df)
        return words.say("evidence_test", p=p, df=df, **gaps)

    def _among(self, own: Meaning) -> dict[str, str]:
        assert own.category is not None
        reference = own.reference or own.category
        return {
            "among": self.nouns.among(own, own.category),
            "among_reference": self.nouns.among(own, reference),
        }

    def _tail(self) -> str:
        """Say when it holds, and what is held fixed."""
        facts, words = self.facts, self.words
        averaged = facts.averaged and not facts.gamma.level2 and bool(facts.gamma.level1)
        parts = self.nouns.conditions(facts.conditions, averaged=averaged)
        held = [h for h in facts.held if h != words.book.group]
        if held:
            key = "held_one" if len(held) == 1 else "held_many"
            parts.append(words.say(key, held=words.list(self.nouns.known(h) for h in held)))
        return "".join(words.say("tail", part=part) for part in parts)

    def _unclear(self) -> str:
        estimate = self.facts.estimate
        if estimate is None or estimate.lower is None or estimate.upper is None:
            return ""
        return self.words.sentence("unclear") if estimate.lower <= 0 <= estimate.upper else ""

    def _ratio(self) -> str:
        ratio = self.facts.derived.get("ratio")
        if ratio is None:
            return ""
        number = self.words.percent(abs(ratio))
        return self.words.sentence("ratio_up" if ratio >= 0 else "ratio_down", percent=number)

    def _per_sd(self, own: Meaning) -> str:
        value = self.facts.derived.get("per_sd")
        if value is None or own.spread is None or own.variable is None:
            return ""
        assert self.facts.estimate is not None
        se = self.facts.estimate.se
        steps = own.spread.sd / own.step
        number = self.words.estimate(value, se and se * steps)
        size = self.words.value(own.spread.sd)
        unit = own.variable.unit.plural
        size = self.words.say("many", number=size, noun=unit)
        return self.words.sentence("per_sd_note", size=size, amount=self.nouns.amount(number))

    def _curve(self, own: Meaning) -> str:
        if self.facts.curve is None or own.zero is None:
            return ""
        return self.words.sentence("curve_note", of=self.nouns.of(own), zero=self.words.value(own.zero))

    def _relation(self, own: Meaning) -> str:
        facts = self.facts
        if not facts.relation:
            return ""
        key = f"relation_{facts.relation}"
        gaps = {"definite": self.nouns.definite(own), "of": self.nouns.of(own)}
        if facts.other is None:
            return self.words.sentence(
                f"{key}_symbol" if facts.relation in {"between", "contextual"} else key, **gaps
            )
        assert facts.estimate is not None
        number = self.words.estimate(facts.other, facts.estimate.se)
        return self.words.sentence(key, amount=self.nouns.amount(number), **gaps)

    def _outside(self) -> list[str]:
        """Say of which predictors the data hold no zero."""
        found = []
        for m in self.facts.outside:
            assert m.variable is not None
            gaps = {"definite": m.variable.definite, "zero": self.words.value(m.shape.zero)}
            if m.spread is None:
                gaps["of"] = self.nouns.of(m)
                found.append(self.words.sentence("zero_meaningless", **gaps))
                continue
            gaps["minimum"] = self.words.value(m.spread.minimum)
            gaps["maximum"] = self.words.value(m.spread.maximum)
            found.append(self.words.sentence("zero_outside", **gaps))
        return found

    def _at_the_mean(self) -> str:
        readings = self.facts.readings
        if not readings:
            return ""
        places = [
            self.words.say(
                "mean_of", of=self.nouns.of(r.meaning), value=self.words.value(r.at or 0.0)
            )
            for r in readings
        ]
        number = self.words.estimate(readings[0].value, readings[0].se or self._se)
        return self.words.sentence(
            "intercept_at_mean", places=self.words.list(places), amount=self.nouns.amount(number)
        )

    @property
    def _se(self) -> float | None:
        return self.facts.estimate.se if self.facts.estimate else None

    def _centring(self) -> list[str]:
        """Propose how to give the intercept a meaning."""
        found = []
        for m in self.facts.outside:
            name = m.root
            code = f"center({name})"
            if m.spread is not None:
                centre = float(f"{m.spread.mean:.4g}")
                code = f"I({name} - {centre:.0f})" if centre >= 10 else f"I({name} - {centre:g})"
            found.append(self.words.sentence("centring", code=code, name=name, symbol=self.symbol))
        return found

    def _read(self) -> list[str]:
        """Say what the slope is at the moderators' mean and around it, or in their categories."""
        found = []
        by_moderator: dict[tuple[int, str], list[Reading]] = {}
        for reading in self.facts.readings:
            key = (reading.meaning.level, reading.meaning.root)
            by_moderator.setdefault(key, []).append(reading)
        numeric = [
            m for m in self.facts.conditions if m.form in {"number", "log"} and m.spread is not None
        ]
        for readings in by_moderator.values():
            moderator = readings[0].meaning
            others = [m for m in numeric if m.root != moderator.root or m.level != moderator.level]
            found.append(self._reading(readings, others))
        return found

    def _reading(self, readings: list[Reading], others: list[Meaning]) -> str:
        words, nouns = self.words, self.nouns
        means = [words.say("mean_of", of=nouns.of(m), value=words.value(m.spread.mean))
                 for m in others if m.spread is not None]
        elsewhere = words.say("others_at", places=words.list(means)) if means else ""
        topic = self.nouns.change(self.facts.factors)
        amounts = [nouns.amount(words.estimate(r.value, r.se or self._se)) for r in readings]
        moderator = readings[0].meaning
        if readings[0].place in {"reference", "category"}:
            items = []
            for reading, amount in zip(readings, amounts, strict=True):
                m = reading.meaning
                category = m.reference if reading.place == "reference" else m.category
                assert category is not None
                items.append(words.say("amount_among", amount=amount, among=nouns.among(m, category)))
            return words.sentence(
                "readings_category", object=topic, items=words.list(items), others=elsewhere
            )
        gaps = {f"{r.place}": amount for r, amount in zip(readings, amounts, strict=True)}
        gaps |= {f"{r.place}_at": words.value(r.at or 0.0) for r in readings}
        key = "readings_three" if len(readings) == 3 else "readings_two"
        if moderator.form == "within":
            key = "readings_within"
        return words.sentence(key, object=topic, of=nouns.of(moderator), others=elsewhere, **gaps)
