"""Noun phrases for units and groups that fulfil conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from mlmteach.data.codebook import Category, Quantity, Unit
from mlmteach.interpret.gamma_facts import Located
from mlmteach.interpret.grammar import Case
from mlmteach.interpret.predictors import Meaning, log_base, shape_of
from mlmteach.interpret.scales import Scales
from mlmteach.interpret.support import OutcomeKind, outcome_kind
from mlmteach.interpret.words import Words
from mlmteach.model.family import NORMAL, Family
from mlmteach.model.places import Spot
from mlmteach.model.predictor import FUNCTIONS, Applied, is_truth
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source
    from mlmteach.model.notation import Notation

__all__ = ["Nouns", "OutcomeNouns", "truth"]


# --- what the outcome and the predictors are called in a sentence -------------------------


@dataclass(frozen=True)
class OutcomeNouns:
    """The outcome in words.

    Attributes
    ----------
    noun, of, inward : str
        "mathematics achievement", "of mathematics achievement", "in mathematics achievement"; of an
        outcome of 0 and 1, its probability: "probability of improved = 1".
    unit : Quantity
    name, definite : str
        The variable itself, without an article and with it; an expression is as it is written.
    """

    noun: str
    of: str
    inward: str
    unit: Quantity
    name: str
    definite: str


def truth(meaning: Meaning) -> str:
    """Write what is true or false without I(): "ses > 0"."""
    return meaning.factor.expression.removeprefix("I(").removesuffix(")")


# --- noun phrases for units and groups that fulfil conditions -----------------------------


@dataclass(frozen=True)
class Nouns:
    """Names of outcome and predictors, and phrases such as "a male student with an SES of 0".

    Attributes
    ----------
    words : Words
    factor : Factor
        The outcome.
    kind : str
        ``"binary"`` for an outcome of 0 and 1: what is expected of it is a probability.
    family : Family
        Its distribution and link.
    design : {"", "nested", "crossed"}
        Whether there are two groupings, and which.
    """

    words: Words
    factor: Factor
    kind: OutcomeKind = ""
    family: Family = NORMAL
    design: Literal["", "nested", "crossed"] = ""

    @classmethod
    def of_source(cls, source: Source, notation: Notation) -> Nouns:
        """Make the nouns of a model, with the symbols of a convention."""
        model = source.model
        words = Words(source.codebook, notation.for_model(model) if model.group3 else notation)
        grouping = model.grouping
        design: Literal["", "nested", "crossed"] = "crossed" if grouping.crossed else ""
        design = "nested" if grouping.is_nested else design
        return cls(words, model.outcome, outcome_kind(source), model.family, design)

    def of_level(self, level: int) -> Nouns:
        """Speak of the groups of another level."""
        return self if level == self.words.level else replace(self, words=self.words.at(level))

    @cached_property
    def scales(self) -> Scales | None:
        """What the outcome is called where it is not normal: as a probability, by ratios."""
        if self.family.is_normal:
            return None
        return Scales(self.words, self.family, self.words.book[self.factor.expression])

    @cached_property
    def outcome(self) -> OutcomeNouns:
        """The outcome in words."""
        words, shape = self.words, shape_of(self.factor.tree)
        if self.scales is not None:
            of, inward = self.scales.linked("of_link"), self.scales.linked("in_link")
            noun, v = self.scales.linked("link"), self.scales.variable
            return OutcomeNouns(noun, of, inward, self.scales.unit, v.noun, v.definite)
        if shape.variable not in words.book:
            unit = Quantity(singular=words.say("unit_one"), plural=words.say("unit_many"))
            return self._expression(unit)
        v = words.book[shape.variable]
        of = words.grammar.of(v.definite, v.genitive, v.gender)
        inward = words.grammar.inward(v.definite, v.dative, v.gender)
        if shape.form == "log":
            unit = Quantity(singular=words.say("log_unit_one"), plural=words.say("log_unit_many"))
            base = {2.0: "_2", 10.0: "_10"}.get(shape.base, "")
            keys = ("log_noun", "of_log", "in_log")
            noun, of, inward = (words.say(f"{key}{base}", of=of) for key in keys)
            definite = words.say("log_definite", noun=noun)
            return OutcomeNouns(noun, of, inward, unit, noun, definite)
        if self.kind == "binary":
            keys = ("noun_probability", "of_probability", "in_probability")
            noun, of, inward = (words.say(key, noun=v.noun) for key in keys)
            return OutcomeNouns(noun, of, inward, v.unit, v.noun, v.definite)
        noun = words.grammar.expected(v.noun)
        if shape.form == "number" and shape.step == 1:
            return OutcomeNouns(noun, of, inward, v.unit, v.noun, v.definite)
        sds = {"standardized": ("sd_one", "sd_many")}
        outer = self.factor.tree
        form = FUNCTIONS[outer.function].form if isinstance(outer, Applied) else shape.form
        one, many = sds.get(form, ("unit_one", "unit_many"))
        if isinstance(outer, Applied) and form == "grand_mean" and log_base(outer.argument):
            one, many = "log_unit_one", "log_unit_many"
        unit = Quantity(singular=words.say(one), plural=words.say(many))
        if shape.form in {"standardized", "grand_mean"}:
            unit = v.unit if shape.form == "grand_mean" else unit
            return OutcomeNouns(noun, of, inward, unit, v.noun, v.definite)
        return self._expression(unit)

    def _expression(self, unit: Quantity) -> OutcomeNouns:
        name, grammar = self.factor.expression, self.words.grammar
        of, inward = grammar.of(name, name, ""), grammar.inward(name, name, "")
        return OutcomeNouns(name, of, inward, unit, name, name)

    @property
    def outcome_note(self) -> str:
        """Say what is expected of an outcome that no normal distribution has; else nothing."""
        if not self.kind:
            return ""
        return self.words.sentence(f"{self.kind}_note", definite=self.outcome.definite)

    @cached_property
    def _counted(self) -> Quantity:
        """What differences of the outcome are counted in."""
        if self.kind != "binary":
            return self.outcome.unit
        say = self.words.say
        return Quantity(singular=say("point_one"), plural=say("point_many"))

    @property
    def _scale(self) -> float:
        return 100.0 if self.kind == "binary" else 1.0

    def _number(self, value: float, se: float | None, *, absolute: bool = False) -> str:
        scale = self._scale
        return self.words.estimate(scale * value, se and scale * se, absolute=absolute)

    def amount(self, value: float, se: float | None = None, *, absolute: bool = False) -> str:
        """Write a difference in units of the outcome: "2.10 points", "8.3 percentage points"."""
        number = self._number(value, se, absolute=absolute)
        unit = self._counted.singular if number == "1" else self._counted.plural
        return self.words.say("amount", number=number, unit=unit)

    def amount_dative(self, value: float, se: float | None = None) -> str:
        """Write a difference after "von" or "with"."""
        number, unit = self._number(value, se), self._counted
        noun = unit.singular if number == "1" else self.words.grammar.dative(unit.plural)
        return self.words.say("amount", number=number, unit=noun)

    def size(self, value: float, se: float | None) -> str:
        """Write how large a difference is; never 0 for what is not: "less than 0.005 points"."""
        scale = self._scale
        number = self.words.size(scale * value, se and scale * se)
        unit = self._counted.singular if number == "1" else self._counted.plural
        return self.words.say("amount", number=number, unit=unit)

    def spread(self, sd: float, *, nominative: bool = False) -> str:
        """Write a standard deviation; of an outcome in standard deviations, that said once."""
        if self._counted.singular != self.words.say("sd_one"):
            return self.amount(sd) if nominative else self.amount_dative(sd)
        return self.words.say("sd_units", number=self._number(sd, None), of=self.outcome.of)

    def level(self, value: float, se: float | None = None) -> str:
        """Write an expected value: "12.64 points", "60 %"."""
        if self.kind != "binary":
            return self.amount(value, se)
        return self.words.say("percent", number=self._number(value, se))

    def limits(self, lower: float, upper: float, sd: float, *, level: bool) -> tuple[str, str]:
        """Write the limits of an expected value, or of a difference, as precisely as its SD."""
        scale = self._scale
        low, high = self.words.interval(scale * lower, scale * upper, scale * sd, scale * sd)
        if self.kind != "binary":
            return low, high
        if level:
            return self.words.say("percent", number=low), self.words.say("percent", number=high)
        return low, self.words.say("amount", number=high, unit=self._counted.plural)

    # predictors ----------------------------------------------------------------------------

    def noun(self, meaning: Meaning) -> str:
        """Name a predictor: "SES", "the mean SES of the school"."""
        if meaning.variable is None or meaning.form == "power":
            return meaning.written
        if meaning.form == "group_mean":
            return self.words.say(
                "group_mean_noun", noun=meaning.variable.noun, of=self._of(meaning)
            )
        return meaning.variable.noun

    def definite(self, meaning: Meaning) -> str:
        """Name a predictor with its article."""
        if meaning.variable is None or meaning.form == "power":
            return meaning.written
        if meaning.form == "group_mean":
            return self.words.say(
                "group_mean_definite", noun=meaning.variable.noun, of=self._of(meaning)
            )
        return meaning.variable.definite

    def of(self, meaning: Meaning) -> str:
        """Say "of SES"."""
        if meaning.variable is None or meaning.form == "power":
            name = meaning.written
            return self.words.grammar.of(name, name, "")
        if meaning.form == "group_mean":
            return self.words.say("of_group_mean", noun=meaning.variable.noun, of=self._of(meaning))
        return self._of(meaning)

    def of_variable(self, meaning: Meaning) -> str:
        """Say "of day" of day, and of its square, which have one origin."""
        return self.of(meaning.base) if meaning.form == "power" else self.of(meaning)

    def on(self, meaning: Meaning) -> str:
        """Say "on SES", of what something depends on."""
        return self.words.grammar.on(*self._declined(meaning))

    def inward(self, meaning: Meaning) -> str:
        """Say "in SES", of what units differ in."""
        return self.words.grammar.inward(*self._declined(meaning))

    def alike(self, meaning: Meaning) -> str:
        """Say "the same SES"."""
        return self.words.grammar.alike(*self._declined(meaning))

    def alike_in(self, name: str) -> str:
        """Say "the same SES" of a variable."""
        if name not in self.words.book:
            return self.words.grammar.alike(name, name, "")
        v = self.words.book[name]
        return self.words.grammar.alike(v.definite, v.dative, v.gender)

    def _declined(self, meaning: Meaning) -> tuple[str, str, str]:
        """Give a predictor with its article, in the dative without it, and its gender."""
        v, definite = meaning.variable, self.definite(meaning)
        if v is None or meaning.form == "power":
            return definite, definite, ""
        if meaning.form == "group_mean":
            return definite, self.noun(meaning), self.words.grammar.gender_of_mean
        return definite, v.dative, v.gender

    def _of(self, meaning: Meaning) -> str:
        assert meaning.variable is not None
        v = meaning.variable
        return self.words.grammar.of(v.definite, v.genitive, v.gender)

    def known(self, name: str) -> str:
        """Name a variable with its article, or the group; an expression stands for itself."""
        book = self.words.book
        if name and name == book.group3:
            return self.words.grammar.the(book.level3)
        if name == book.group or (name in book and book[name].kind == "identifier"):
            return self.words.grammar.the(book.level2)
        return book[name].definite if name in book else name

    def named(self, name: str) -> str:
        """Name a variable without an article."""
        return self.words.book[name].noun if name in self.words.book else name

    def valued(self, name: str, value: float | str | None) -> str:
        """Name a value of a variable: the label of its category, or the number."""
        variable = self.words.book.get(name)
        for category in variable.categories if variable is not None else ():
            if str(category.value) == str(value) or category.value == value:
                return category.label
        return self.words.value(value) if isinstance(value, float) else str(value)

    def step(self, meaning: Meaning) -> str:
        """Say how much one step is: "one student", "100 students"."""
        if meaning.form == "standardized":
            return self.words.say("one", noun=self.words.say("sd_one"))
        unit = meaning.variable.unit if meaning.variable is not None else None
        if unit is None or meaning.form == "power":
            unit = Quantity(singular=self.words.say("unit_one"), plural=self.words.say("unit_many"))
        if meaning.step == 1 or meaning.form == "power":
            return self.words.say("one", noun=unit.singular)
        return self.words.say("many", number=self.words.value(meaning.step), noun=unit.plural)

    def per_unit(self, meaning: Meaning) -> str:
        """Say "for each additional unit of SES"."""
        words, v = self.words, meaning.variable
        if is_truth(meaning.factor.tree):
            return words.say("per_truth", expression=truth(meaning))
        if v is not None and meaning.form == "other":  # categories that no data have named yet
            return words.say("per_category", of=self._of(meaning))
        if v is None or meaning.form == "power":
            return words.say("per_expression", expression=meaning.written)
        if meaning.form == "standardized":
            if meaning.spread is None:
                return words.say("per_sd", noun=v.noun, of=self._of(meaning))
            size = words.say("many", number=words.value(meaning.step), noun=v.unit.plural)
            return words.say("per_sd_known", noun=v.noun, of=self._of(meaning), size=size)
        if meaning.form == "group_mean":
            return words.say(
                "per_group_mean", unit=v.unit.singular, noun=v.noun, of=self._of(meaning)
            )
        if meaning.form == "log":
            key = {2.0: "per_doubling", 10.0: "per_tenfold"}.get(meaning.shape.base, "per_log")
            return words.say(key, of=self._of(meaning))
        if meaning.step != 1:
            number = words.value(meaning.step)
            return words.say("per_step", number=number, units=v.unit.plural, noun=v.noun)
        return v.per_unit

    def change(self, factors: Sequence[Meaning], case: Case = "nominative") -> str:
        """Name what a coefficient is: a slope, a difference of categories, an interaction."""
        words, articles = self.words, self.words.grammar.articles(case)
        mean = {"outcome": self.outcome.noun, "of_outcome": self.outcome.of}
        if not factors:
            return words.say("odds_topic" if self.scales else "mean_outcome", **mean)
        if any(m.is_own for m in factors):
            rest = [m for m in factors if not m.is_own]
            what = self.change(rest, case) if rest else words.say("the_mean", **articles, **mean)
            among = [self.among(m, m.category) for m in factors if m.is_own and m.category]
            return " ".join((what, *among))
        if len(factors) > 1:
            listed = words.list(map(self.of, factors))
            return words.say("interaction_of", factors=listed, **articles)
        (own,) = factors
        if is_truth(own.factor.tree):
            return words.say("difference_truth", expression=truth(own), **articles)
        if own.category is None:
            curve = own.form == "power" or (own.form == "other" and own.variable is None)
            key = "coefficient_of" if curve else "slope_of"
            return words.say(key, of=self.of(own), **articles)
        if own.contrast and not own.contrast.above:
            return words.say("weighted_over", of=self._of(own), **articles)
        return words.say(self._between(own), **self.categories(own), **articles)

    def coefficient(self, factors: Sequence[Meaning], case: Case = "nominative") -> str:
        """Name what varies between groups: the intercept, or what a coefficient is."""
        if factors:
            return self.change(factors, case)
        return self.words.say("the_intercept", **self.words.grammar.articles(case))

    @staticmethod
    def _between(own: Meaning) -> str:
        alone = own.contrast is None and own.reference is None
        with_all = own.contrast is not None and own.contrast.with_all
        return "difference_from_mean" if alone or with_all else "difference_between"

    def categories(self, own: Meaning) -> dict[str, str]:
        """Give the forms of the two sides that the coefficient of a category compares."""
        assert own.category is not None
        above: tuple[Category, ...] = (own.category,)
        below = above
        if own.contrast and own.contrast.above:
            above, below = own.contrast.above, own.contrast.below
        (plural, dative), (reference, reference_dative) = map(self._side, (above, below))
        return {
            "plural": plural,
            "dative": dative,
            "reference": reference,
            "reference_dative": reference_dative,
        }

    def _side(self, side: Sequence[Category]) -> tuple[str, str]:
        """Name the categories of one side of a contrast, and that in the dative."""
        closed = self.words.grammar.closed
        if len(side) == 1:
            return closed(side[0].plural), closed(side[0].beside)
        plurals = self.words.list(category.plural for category in side)
        datives = self.words.list(category.dative_plural for category in side)
        found = self.words.say("average_of", plural=plurals, dative=datives)
        return closed(found), closed(found)

    def sides(self, own: Meaning) -> tuple[str, str]:
        """Say "among female students" and "among male students", or over what the averages are."""
        contrast = own.contrast
        if contrast is None or not contrast.above or own.category is None:
            category = own.reference or own.category
            assert category is not None
            assert own.category is not None
            return self.among(own, own.category), self.among(own, category)
        return self._among(own, contrast.above), self._among(own, contrast.below)

    def _among(self, own: Meaning, side: Sequence[Category]) -> str:
        if len(side) == 1:
            return self.among(own, side[0])
        assert own.contrast is not None
        if tuple(side) == own.contrast.categories:
            return self.words.say("average_over_all")
        plurals = self.words.list(category.plural for category in side)
        return self.words.say("average_over_these", plural=self.words.grammar.closed(plurals))

    def over(self, spot: Spot) -> str:
        """Say " over schools" of the mean of what schools have; of units it goes without saying."""
        if spot.level == 1 or spot.origin not in {"mean", "below", "above"}:
            return ""
        return self.words.say("over", those=self.words.book.unit(spot.level).plural)

    def value(self, meaning: Meaning, value: float) -> str:
        """Write a value of a predictor's variable, everywhere in the same way."""
        return self.words.value(value, meaning.spread.sd if meaning.spread else None)

    def mean(self, where: Located) -> str:
        """Say "the mean of school size over schools (1,098)"."""
        spot, m = where.spot, where.meaning
        assert not isinstance(spot.value, str)
        value = self.value(m, spot.value)
        return self.words.say("mean_of", of=self.of(m), over=self.over(spot), value=value)

    def located(self, where: Located) -> str:
        """Say "with 1,098 students (the mean over schools)": where a predictor is, and why."""
        spot, m = where.spot, where.meaning
        if spot.origin == "zero" or isinstance(spot.value, str):
            return self.at(m)
        text = self.at(m, spot.value)
        if m.form == "other":
            v = self.words.book.get(spot.name)
            value = self.value(m, spot.value)
            text = (
                v.at.replace("{value}", value)
                if v is not None
                else self.words.say("at_expression_value", expression=spot.name, value=value)
            )
        if spot.origin != "mean":
            return text
        unit = self.words.book.unit(spot.level)
        return self.words.say("located_mean", at=text, those=unit.plural)

    def elsewhere(self, others: Iterable[Located]) -> str:
        """Say where the other predictors are: at their means, or in their references."""
        others = tuple(others)
        means = [self.mean(other) for other in others if other.spot.origin == "mean"]
        text = self.words.say("others_at", places=self.words.list(means)) if means else ""
        for other in others:
            if other.category is not None:
                among = self.among(other.meaning, other.category)
                text += self.words.say("others_among", among=among)
        return text

    def outside(self, found: Sequence[Meaning]) -> list[str]:
        """Say of which predictors the data hold no zero; of several at once."""
        words = self.words
        sentences: list[str] = []
        ranges: dict[str, list[dict[str, str]]] = {}  # by what zero they lack
        for m in found:
            assert m.variable is not None
            sd = m.spread.sd if m.spread else None
            gaps = {"definite": self.definite(m), "zero": words.value(m.shape.zero, sd)}
            if m.spread is None:
                sentences.append(words.sentence("zero_meaningless", **gaps))
                continue
            gaps["minimum"] = words.value(m.spread.minimum, sd)
            gaps["maximum"] = words.value(m.spread.maximum, sd)
            ranges.setdefault(gaps["zero"], []).append(gaps)
        for zero, alike in ranges.items():
            if len(alike) == 1:
                sentences.append(words.sentence("zero_outside", **alike[0]))
            else:
                items = words.list(words.say("zero_outside_item", **gaps) for gaps in alike)
                sentences.append(words.sentence("zero_outside_many", items=items, zero=zero))
        return sentences

    def at(self, meaning: Meaning, value: float | None = None) -> str:
        """Say "with an SES of 0": where a predictor is 0, or where its variable has a value."""
        if meaning.form == "power":
            meaning = meaning.base  # it is 0 where that is
        words, v = self.words, meaning.variable
        if is_truth(meaning.factor.tree):
            return words.say("at_false", expression=truth(meaning))
        if v is None or meaning.form == "other":
            key = "at_reference" if v is not None and v.dtype == "text" else "at_expression"
            named = v.definite if v is not None else meaning.factor.name
            of = self._of(meaning) if v is not None else ""
            return words.say(key, expression=meaning.factor.name, noun=named, of=of)
        if value is None and meaning.form in {"grand_mean", "standardized"}:
            of = self._of(meaning)
            units = words.book.level1.plural  # as center() goes by the rows
            over = words.say("over", those=units) if meaning.level > 1 else ""
            if meaning.spread is None:
                return words.say("at_mean", of=of, over=over)
            value = meaning.spread.mean
            number = words.value(value, meaning.spread.sd)
            return words.say("at_mean_known", of=of, over=over, value=number)
        if value is None and meaning.form == "within":
            if meaning.factor.function is not None:
                return words.say("at_group_mean", of=self._of(meaning))
            return words.say("at_zero_is_mean", at=v.at.replace("{value}", "0"))
        if meaning.form == "log" and value is None and meaning.zero == 1:
            return words.say("at_one", noun=v.noun, of=self._of(meaning))
        number = self.value(meaning, meaning.zero or 0.0 if value is None else value)
        if meaning.form == "group_mean":
            return words.say("at_mean_of_group", noun=v.noun, of=self._of(meaning), value=number)
        text = v.at.replace("{value}", number)
        return text.replace(f"1 {v.unit.plural}", f"1 {v.unit.singular}") if number == "1" else text

    def one(self, conditions: Iterable[Meaning]) -> str:
        """Say "a male student with an SES of 0, who is not of a minority"."""
        unit = self.words.book.level1
        categories, values = self._parts(conditions, 1)
        head = self._head(categories)
        start = head.singular if head else self.words.grammar.one(unit)
        return self._described(
            start, [c.predicate for c in categories if c is not head], values, unit
        )

    def inside(self, conditions: Iterable[Meaning], level: int = 2) -> str:
        """Say "in a public school with 0 students"."""
        unit = self.words.book.unit(level)
        categories, values = self._parts(conditions, level)
        head = self._head(categories) or (categories[0] if categories else None)
        start = head.within if head and head.within else self.words.grammar.inside(unit)
        if head and not head.within:
            head = None
        return self._described(
            start, [c.predicate for c in categories if c is not head], values, unit
        )

    def many(self, conditions: Iterable[Meaning], level: int, *, dative: bool = False) -> str:
        """Say "students with an SES of 0", "public schools"."""
        unit = self.words.book.unit(level)
        categories, values = self._parts(conditions, level)
        head = self._head(categories)
        source: Unit | Category = head or unit
        start = source.dative_plural if dative else source.plural
        predicates = [c.predicate_plural for c in categories if c is not head]
        return self._described(start, predicates, values, unit, plural=True)

    def such(
        self, conditions: Sequence[Meaning], *, dative: bool = False, units: bool = False
    ) -> str:
        """Say "students with an SES of 0, in classes with 20 students", or such classes alone.

        With `units` it is about units of level 1 in any case.
        """
        levels = [level for level in (1, 2) if any(m.level == level for m in conditions)]
        if not levels or (levels == [2] and not units):
            return self.many(conditions, levels[0] if levels else 1, dative=dative)
        text = self.many(conditions, 1, dative=dative)
        if 2 not in levels:
            return text
        inside = self.words.say(
            "in_groups",
            preposition=self.words.grammar.among(self.words.book.level2),
            plural=self.many(conditions, 2),
            dative=self.many(conditions, 2, dative=True),
        )
        key = "case_clause" if levels == [1, 2] else "case"
        return self.words.say(key, unit_case=text, inside=inside)

    def plural2(
        self, categories: list[Category], values: list[str], level: int | None = None
    ) -> str:
        """Say "public schools with 1,098 students", in the genitive where there is one."""
        unit = self.words.unit if level is None else self.words.book.unit(level)
        head = self._head(categories)
        start = head.genitive_plural if head else unit.plural
        predicates = [c.predicate_plural for c in categories if c is not head]
        return self._described(start, predicates, values, unit, plural=True)

    def typical(self, where: Sequence[Located], level: int, *, inside: bool) -> str:
        """Say "in a typical school", or which kind of school: "in a school with 500 students"."""
        words, unit = self.words.at(5 - level), self.words.book.unit(level)
        if not where:
            return words.say("typical_inside" if inside else "typical_for")
        categories, values = self.placed(where)
        head = self._head(categories)
        if inside:
            start = head.within if head and head.within else words.grammar.inside(unit)
        else:
            start = head.singular if head else words.grammar.one(unit)
        predicates = [c.predicate for c in categories if c is not head]
        text = self._described(start, predicates, values, unit)
        many = [c.predicate_plural for c in categories if c is not head]
        source: Unit | Category = head or unit
        dative = self._described(source.dative_plural, many, values, unit, plural=True)
        key = "typical_inside_such" if inside else "typical_for_such"
        key += "_clause" if predicates else ""
        pronoun = words.grammar.pronoun(text, unit)
        return words.say(key, such=text, such_dative=dative, pronoun=pronoun)

    def placed(self, where: Iterable[Located]) -> tuple[list[Category], list[str]]:
        """Part where predictors are into categories and phrases on numbers."""
        categories: list[Category] = []
        values: list[str] = []
        for located in where:
            if located.category is None:
                values.append(self.located(located))
            elif located.category not in categories:
                categories.append(located.category)
        return categories, values

    def among(self, meaning: Meaning, category: Category) -> str:
        """Say "among female students", "in Catholic schools"."""
        return self.words.say(
            f"among_{min(meaning.level, 2)}",
            preposition=self.words.grammar.among(self.words.book.unit(meaning.level)),
            plural=self.words.grammar.closed(category.plural),
            dative=self.words.grammar.closed(category.dative_plural),
        )

    def conditions(
        self, conditions: Sequence[Meaning], *, averaged: Sequence[int] = ()
    ) -> list[str]:
        """Say "for students with an SES of 0" and "in public schools", or on average over them.

        It is an average over the groups of the levels that `averaged` names.
        """
        words, found = self.words, []
        level1 = [m for m in conditions if m.level == 1]
        if level1:
            phrase = self.many(level1, 1), self.many(level1, 1, dative=True)
            found.append(words.say("for_units", plural=phrase[0], dative=phrase[1]))
        for level in (2, 3):
            own = [m for m in conditions if m.level == level]
            together = level in averaged and len(averaged) > 1
            if together and level == averaged[0]:
                upper = words.list(self.many(conditions, at) for at in averaged[::-1])
                found.append(words.say("average_over", plural=upper))
            elif not together and (own or level in averaged):
                found.append(
                    words.say(
                        "average_over" if level in averaged else "in_groups",
                        preposition=words.grammar.among(words.book.unit(level)),
                        plural=self.many(own, level),
                        dative=self.many(own, level, dative=True),
                    )
                )
        return found

    def _parts(self, conditions: Iterable[Meaning], level: int) -> tuple[list[Category], list[str]]:
        categories, values = [], []
        for meaning in conditions:
            if meaning.level != level:
                continue
            if meaning.category is None:
                values.append(self.at(meaning))
            elif meaning.reference is not None:
                categories.append(meaning.reference)
            elif meaning.contrast is not None and not meaning.contrast.is_even:
                name = meaning.factor.expression
                values.append(self.words.say("at_contrasts", expression=name))
            else:
                values.append(self.words.say("at_all_categories", of=self._of(meaning)))
        return categories, values

    @staticmethod
    def _head(categories: list[Category]) -> Category | None:
        """Choose the category that can stand for the noun: the first with a name of its own."""
        return next((c for c in categories if c.named), None)

    def _described(
        self,
        start: str,
        predicates: list[str],
        values: list[str],
        unit: Unit,
        *,
        plural: bool = False,
    ) -> str:
        words = self.words
        pronoun = unit.plural_pronoun if plural else words.grammar.pronoun(start, unit)
        key = "described"
        key += "_clause" if predicates else ""
        key += "_values" if values else ""
        return words.say(
            key,
            head=start,
            pronoun=pronoun,
            predicates=words.list(predicates) if predicates else "",
            values=words.list(values) if values else "",
        )
