"""Noun phrases for units and groups that fulfil conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlmteach.data.codebook import Category, Unit
from mlmteach.interpret.names import Names
from mlmteach.interpret.predictors import Meaning

__all__ = ["Nouns"]


@dataclass(frozen=True)
class Nouns(Names):
    """Names, and phrases such as "a male student with an SES of 0"."""

    def one(self, conditions: Iterable[Meaning]) -> str:
        """Say "a male student with an SES of 0, who is not of a minority"."""
        unit = self.words.book.level1
        categories, values = self._parts(conditions, 1)
        head = self._head(categories)
        start = head.singular if head else self.words.grammar.one(unit)
        return self._described(
            start, [c.predicate for c in categories if c is not head], values, unit
        )

    def inside(self, conditions: Iterable[Meaning]) -> str:
        """Say "in a public school with 0 students"."""
        unit = self.words.book.level2
        categories, values = self._parts(conditions, 2)
        head = self._head(categories) or (categories[0] if categories else None)
        start = head.within if head and head.within else self.words.grammar.inside(unit)
        if head and not head.within:
            head = None
        return self._described(
            start, [c.predicate for c in categories if c is not head], values, unit
        )

    def many(self, conditions: Iterable[Meaning], level: int, *, dative: bool = False) -> str:
        """Say "students with an SES of 0", "public schools"."""
        unit = self.words.book.level1 if level == 1 else self.words.book.level2
        categories, values = self._parts(conditions, level)
        head = self._head(categories)
        source: Unit | Category = head or unit
        start = source.dative_plural if dative else source.plural
        predicates = [c.predicate_plural for c in categories if c is not head]
        return self._described(start, predicates, values, unit, plural=True)

    def plural2(self, categories: list[Category], values: list[str]) -> str:
        """Say "public schools with 1,098 students", in the dative where there is one."""
        unit = self.words.book.level2
        head = self._head(categories)
        source: Unit | Category = head or unit
        predicates = [c.predicate_plural for c in categories if c is not head]
        return self._described(source.dative_plural, predicates, values, unit, plural=True)

    def among(self, meaning: Meaning, category: Category) -> str:
        """Say "among female students", "in Catholic schools"."""
        return self.words.say(
            f"among_{meaning.level}",
            preposition=self.words.grammar.among(self._unit(meaning.level)),
            plural=self.words.grammar.closed(category.plural),
            dative=self.words.grammar.closed(category.dative_plural),
        )

    def conditions(self, conditions: Sequence[Meaning], *, averaged: bool) -> list[str]:
        """Say "for students with an SES of 0" and "in public schools", or on average over them."""
        level1 = [m for m in conditions if m.level == 1]
        level2 = [m for m in conditions if m.level == 2]
        found = []
        if level1:
            phrase = self.many(level1, 1), self.many(level1, 1, dative=True)
            found.append(self.words.say("for_units", plural=phrase[0], dative=phrase[1]))
        if level2 or averaged:
            found.append(
                self.words.say(
                    "average_over" if averaged else "in_groups",
                    preposition=self.words.grammar.among(self.words.book.level2),
                    plural=self.many(level2, 2),
                    dative=self.many(level2, 2, dative=True),
                )
            )
        return found

    def _unit(self, level: int) -> Unit:
        return self.words.book.level1 if level == 1 else self.words.book.level2

    def _parts(self, conditions: Iterable[Meaning], level: int) -> tuple[list[Category], list[str]]:
        categories, values = [], []
        for meaning in conditions:
            if meaning.level != level:
                continue
            if meaning.category is None:
                values.append(self.at(meaning))
            elif meaning.reference is not None:
                categories.append(meaning.reference)
            else:
                values.append(self.words.say("at_all_categories", of=self._of(meaning)))
        return categories, values

    @staticmethod
    def _head(categories: list[Category]) -> Category | None:
        """Choose the category that can stand before the noun: the first with an adjective."""
        return next((c for c in categories if c.adjective), None)

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
