"""Models: compared by their structure, so that order and spelling do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mlmteach.errors import MlmteachError
from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.plain import Plain
from mlmteach.model.spec import Model
from mlmteach.model.terms import Term

__all__ = ["Specification"]

_LONGEST = 2_000  # characters of a formula


@dataclass(frozen=True)
class Specification(Kind):
    """A model, or an lme4 formula of one.

    Parameters
    ----------
    level2 : tuple of str
        The level-2 variables, which tell the levels in a formula.
    """

    level2: tuple[str, ...] = ()
    asked: ClassVar[str] = "a model"
    takes: ClassVar[tuple[str, ...]] = ("model", "text")

    def misfit(self, given: Plain) -> str:
        """Say why an answer cannot be read as a model."""
        if found := super().misfit(given):
            return found
        try:
            self._model(given)
        except MlmteachError as error:
            return f"The model cannot be read: {error}"
        except (RecursionError, MemoryError, ValueError):
            return "The model cannot be read. Write a shorter formula."
        return ""

    def compare(self, expected: Plain, given: Plain) -> Comparison:
        """Compare two models equation by equation."""
        wanted, found = self._model(expected), self._model(given)
        notes = []
        if found.outcome != wanted.outcome:
            notes.append(f"The outcome is `{wanted.outcome.name}`.")
        if found.group != wanted.group:
            notes.append(f"The groups are named by `{wanted.group}`.")
        parts, others = _equations(wanted), _equations(found)
        for term, (predictors, random) in parts.items():
            name = _name(term)
            if term not in others:
                notes.append(f"The {name} is missing.")
                continue
            given_predictors, given_random = others[term]
            if given_predictors != predictors:
                notes.append(f"Look at the predictors in the level-2 equation of the {name}.")
            if given_random != random:
                notes.append(
                    f"The {name} {'differs' if random else 'does not differ'} between the groups "
                    f"beyond what its predictors say: it has {'a' if random else 'no'} U."
                )
        notes += [f"The {_name(term)} was not asked for." for term in others if term not in parts]
        if _may_correlate(found) != _may_correlate(wanted):
            notes.append("Look at which of the U may correlate.")
        share = max(0.0, 1 - len(notes) / (len(parts) + 2))
        return Comparison(share if share >= 0.5 else 0.0, " ".join(notes))

    def _model(self, plain: Plain) -> Model:
        if plain["kind"] == "text":
            return Model.from_formula(plain["value"][:_LONGEST], level2=self.level2)
        covariance: Any = plain["covariance"]
        if not isinstance(covariance, str):
            covariance = tuple(tuple(block) for block in covariance)
        return Model(
            plain["formula"][:_LONGEST],
            group=plain["group"],
            level2=plain["level2"],
            covariance=covariance,
        )


_Key = frozenset[str]


def _key(term: Term) -> _Key:
    return frozenset(factor.expression for factor in term.factors)


def _equations(model: Model) -> dict[_Key, tuple[frozenset[_Key], bool]]:
    return {
        _key(c.term): (frozenset(_key(term) for term in c.predictors), c.random) for c in model.bare
    }


def _name(term: _Key) -> str:
    return f"slope of `{':'.join(sorted(term))}`" if term else "intercept"


def _may_correlate(model: Model) -> frozenset[frozenset[_Key]]:
    return frozenset(
        frozenset(_key(model.random[position].term) for position in block) for block in model.blocks
    )
