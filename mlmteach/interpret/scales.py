"""What the outcome of a family is called: as a probability or count, by its ratios, on the link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from mlmteach.data.codebook import Quantity

if TYPE_CHECKING:
    from mlmteach.data.codebook import Category, Variable
    from mlmteach.interpret.words import Words
    from mlmteach.model.family import Family

__all__ = ["LATENT", "Measure", "Scales"]

THOUSAND = 1000.0
"""From here on a count is written whole."""

LATENT = {"logit": "π²/3", "probit": "1", "cloglog": "π²/6"}
"""How the variance of level 1 is written on the scale of a link; of a count it has no symbol."""

Measure: TypeAlias = Literal["logit", "probit", "cloglog", "log", "rate"]
"""What a coefficient is read by: odds, a latent score, a hazard, an expected count, or a rate."""


@dataclass(frozen=True)
class Scales:
    """The outcome of a yes/no model or of a count, in words.

    Attributes
    ----------
    words : Words
    family : Family
    variable : Variable
        The outcome in the codebook.
    """

    words: Words
    family: Family
    variable: Variable

    @cached_property
    def measure(self) -> Measure:
        """What a coefficient is read by."""
        if self.family.is_count:
            return "rate" if self.family.exposure else "log"
        return self.family.link  # type: ignore[return-value]

    @property
    def by_ratio(self) -> bool:
        """Whether exp(γ) is a ratio of something; of a probit it is not."""
        return self.measure != "probit"

    @cached_property
    def _event(self) -> tuple[str, dict[str, str]]:
        """How the event is told, and its words: a predicate, a value, or a success of trials."""
        if self.family.trials:
            return "trials", {}
        value = self.family.categories[-1] if self.family.categories else self.family.event
        value = 1 if value is None else value
        named = next((c for c in self.variable.categories if _same(c, value)), None)
        if named is not None and str(named.value) not in named.beside:  # words of a codebook
            one = self.words.grammar.one(self.words.book.level1)
            return "predicate", {"one": one, "predicate": named.predicate}
        return "value", {"noun": self.variable.noun, "value": str(value)}

    @cached_property
    def event(self) -> str:
        """Say "that a woman uses contraception", "of passed = 1", "of a success"."""
        kind, gaps = self._event
        return self.words.say(f"event_{kind}", **gaps)

    @property
    def note(self) -> str:
        """Say what a success is, and of what; nothing where there are no trials."""
        if not self.family.trials:
            return ""
        return self.words.sentence(
            "event_note", noun=self.variable.noun, trials=self._named(self.family.trials)
        )

    def _named(self, name: str) -> str:
        return self.words.book[name].noun if name in self.words.book else name

    @property
    def _counted(self) -> str:
        """Say "number of ticks", also where the outcome is called "ticks"."""
        noun = self.variable.noun
        plural = self.words.grammar.expected(noun) != noun and not noun.startswith("number of ")
        return self.words.say("counted", noun=noun) if plural else noun

    @cached_property
    def _gaps(self) -> dict[str, str]:
        v, grammar = self.variable, self.words.grammar
        gaps = {
            "event": self.event if self.family.is_binomial else "",
            "outcome": self._counted if self.family.is_count else v.noun,
            "of_outcome": grammar.of(v.definite, v.genitive, v.gender),
        }
        if self.measure == "probit":
            kind, own = self._event
            gaps["event"] = self.words.say(f"event_latent_{kind}", **own)
        if self.family.exposure:
            known = self.words.book.get(self.family.exposure)
            name = self.family.exposure
            gaps["of_exposure"] = (
                grammar.of(name, name, "")
                if known is None
                else grammar.of(known.definite, known.genitive, known.gender)
            )
        return gaps

    @property
    def chance(self) -> str:
        """Say "the probability that a woman uses contraception", "the expected number of ticks"."""
        if self.family.is_binomial:
            return self.words.say("chance", event=self.event)
        return self.words.say(f"measure_{self.measure}", **self._gaps)

    @property
    def typical(self) -> str:
        """Say the same of a typical group: "the probability of passed = 1 where U = 0"."""
        if self.family.is_binomial:
            return self.words.say("chance_typical", event=self.event)
        return self.words.say(f"typical_{self.measure}", **self._gaps)

    @property
    def measured(self) -> str:
        """Say what ratios are of: "the odds that a woman uses contraception"."""
        return self.words.say(f"measure_{self.measure}", **self._gaps)

    @property
    def be(self) -> str:
        """The verb that goes with it: odds are, a rate is."""
        return self.words.say("be_many" if self.measure == "logit" else "be_one")

    @property
    def ratio(self) -> str:
        """Name a ratio: "odds ratio"."""
        return self.words.say(f"ratio_{self._ratio}")

    @property
    def log_ratio(self) -> str:
        """Name the logarithm of a ratio: "log odds ratio"."""
        return self.words.say(f"log_ratio_{self._ratio}")

    @property
    def ratio_of_ratios(self) -> str:
        """Name the ratio of two ratios."""
        return self.words.say(f"ratio_of_{self._ratio}")

    @property
    def median_ratio(self) -> str:
        """Name the median ratio of two groups."""
        return self.words.say(f"median_{self._ratio}")

    @property
    def _ratio(self) -> str:
        return "log" if self.measure == "rate" else self.measure

    def linked(self, form: Literal["link", "of_link", "in_link"]) -> str:
        """Name the scale of the link: "log-odds of passed = 1", "of the log-odds of …"."""
        return self.words.say(f"{form}_{self.measure}", **self._gaps)

    @property
    def unit(self) -> Quantity:
        """One unit of the link."""
        say, kind = self.words.say, self._ratio
        if kind in {"log", "cloglog"}:
            return Quantity(singular=say("log_unit_one"), plural=say("log_unit_many"))
        return Quantity(singular=say(f"{kind}_unit_one"), plural=say(f"{kind}_unit_many"))

    def expected(self, value: float, se: float | None = None) -> str:
        """Write a probability in per cent, or an expected count with the digits that it has."""
        if self.family.is_binomial:
            return self.words.percent(value)
        large = THOUSAND <= value < 1e9
        return self.words.value(value) if large else self.words.estimate(value, se)


def _same(category: Category, value: object) -> bool:
    known = category.value
    if isinstance(known, bool) or isinstance(value, bool):
        return str(known) == str(value) or (known in (0, 1) and value in (0, 1) and known == value)
    return str(known) == str(value) or known == value
