"""What the sentences on one γ have in common."""

import mlmteach as mlm
from mlmteach.interpret.clauses import Clauses
from mlmteach.interpret.gamma_facts import gamma_facts
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.source import source_of
from mlmteach.interpret.words import Words
from mlmteach.model.notation import as_notation


def clauses(term: str) -> Clauses:
    fit = mlm.Model("mathach ~ ses*minority", group="school").fit(mlm.load("hsb"))
    source = source_of(fit)
    facts = next(f for f in gamma_facts(source) if f.gamma.name == term)
    words = Words(source.codebook, as_notation("slides"))
    return Clauses(facts, Nouns(words, source.model.outcome), "γ", 0.95)


def test_the_tail_says_for_whom_it_holds() -> None:
    assert clauses("ses").tail() == ", for non-minority students"
    assert clauses("minority").tail() == ", for students with an SES of 0"


def test_a_change_has_a_direction_and_no_sign() -> None:
    say = clauses("ses")
    assert say.change(2.5, 0.1) == "higher by 2.50 points"
    assert say.change(-2.5, 0.1) == "lower by 2.50 points"


def test_the_evidence_is_what_the_table_has() -> None:
    say = clauses("ses")
    assert say.facts.estimate is not None
    text = say.evidence(say.facts.estimate)
    assert text.startswith("(γ = 2.")
    assert "95 % interval" in text
    assert "p < 0.001" in text


def test_a_symbol_stands_in_for_a_number() -> None:
    assert clauses("ses").suffix == ""
    assert clauses("Intercept").unclear() == ""
