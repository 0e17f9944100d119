"""Lines of outcomes that are not normal: their distribution, their link, and what they show.

Beside the equation of level 1, ``logit(π_ij) = β_0j + …``, a text has lines such as::

    passed_ij ~ Bernoulli(π_ij)             the distribution
    η_ij = log(φ_ij / (1 − φ_ij))           the link, where the linear predictor has a letter
    Prob(passed_ij = 1 | β_j) = φ_ij        what the letter stands for, as HLM prints it

They are read off the tokens.  Which letter is π is told by its place, since p may be a column too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlmteach.model.family import LINK_TEXTS, LINKS, Link
from mlmteach.model.reading.lexer import Token
from mlmteach.model.reading.statements import Said, WrittenMean, WrittenNumber, WrittenVariable
from mlmteach.model.reading.vocabulary import Spelling, Vocabulary

__all__ = ["OutcomeReader"]

_DISTRIBUTIONS = {
    "bernoulli": "Bernoulli", "bern": "Bernoulli", "b": "Bernoulli",
    "binomial": "Binomial", "binom": "Binomial", "bin": "Binomial",
    "poisson": "Poisson", "pois": "Poisson", "poi": "Poisson", "po": "Poisson", "p": "Poisson",
    "negbin": "NegBin", "nb": "NegBin", "nbinom": "NegBin", "negbinomial": "NegBin",
    "negativebinomial": "NegBin", "n": "N", "normal": "N",
}  # fmt: skip
_GREEK_MEANS = frozenset("πφλμθ")
_WORDS = frozenset({"pi", "phi", "lambda", "mu", "theta"})
_LATIN = frozenset({"p", "P", "prob", "L"})
_LINEAR = frozenset({"η", "eta"})
_CHANCES = frozenset({"P", "Pr", "Prob", "prob", "p"})
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")
_INVERSES: tuple[tuple[Link, str], ...] = (
    ("logit", r"(?:expit|inv_?logit|plogis|logistic|logit\^-1)\((?P<inside>.+)\)"),
    ("logit", r"1/\(1\+exp\(-(?P<inside>.+)\)\)"),
    ("logit", r"exp\((?P<inside>.+)\)/\(1\+exp\(.+\)\)"),
    ("probit", r"(?:Φ|pnorm|probit\^-1)\((?P<inside>.+)\)"),
    ("cloglog", r"1-exp\(-exp\((?P<inside>.+)\)\)"),
    ("cloglog", r"cloglog\^-1\((?P<inside>.+)\)"),
    ("log", r"exp\((?P<inside>.+)\)"),
)
"""The inverses of links, as they are written without blanks, with η for a linear predictor."""
_FRACTION = re.compile(r"frac\((1|exp\(η\)|exp\([^()]*\))\)\(")
_INDEXED = re.compile(r"(.+?)_(ijk|ij|j|i)")


@dataclass(frozen=True)
class _Name:
    """A name with its index, its category, and the token behind it."""

    base: str
    index: str
    suffix: str
    start: int
    end: int
    text: bool


_Item = _Name | WrittenMean | WrittenNumber


class OutcomeReader:
    """Reads what a text says of an outcome that is not normal.

    Parameters
    ----------
    tokens : sequence of Token
    vocabulary : Vocabulary
    """

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.source = vocabulary.source
        self.means: frozenset[str] = frozenset()
        found = [self._distribution(at) for at in range(len(tokens)) if self._is(at, "~")]
        found += [self._of_chance(at) for at in range(len(tokens)) if self._expects(at)]
        means = [said.mean for said, _ in filter(None, found)]
        self.means = frozenset(mean.name for mean in means if mean and mean.link == "")

    # --- whole lines -------------------------------------------------------------------------

    def line(self, at: int) -> tuple[Said, int] | None:
        """Read a line that is no equation of the model, and say behind which token it ends."""
        for read in (self._of_outcome, self._of_chance, self._of_link, self._inverse, self._spread):
            if (found := read(at)) is not None and self._ends(found[1]):
                return found
        return None

    def _of_outcome(self, at: int) -> tuple[Said, int] | None:
        """``passed_ij ~ Bernoulli(π_ij)``, the left side given its mean, if that is written."""
        name = self._name(at)
        around = self._linked(at) or self._linear(at) or self._bare(at)  # a slip
        if name is None:
            return None
        end = self._condition(around[1] if around else name.end)
        if not self._is(end, "~"):
            return None
        found = self._distribution(end)
        if found is None:
            return None
        said, end = found
        if said.distribution == "N" and said.mean is None:
            return None  # the distribution of a normal outcome
        if around:
            return replace(said, around=around[0], outcome=around[0].outcome), end
        return replace(said, outcome=self._variable(name)), end

    def _of_chance(self, at: int) -> tuple[Said, int] | None:
        """``Prob(passed_ij = 1 | β_j) = φ_ij`` and ``E(ticks_ij | β_j) = area_ij λ_ij``."""
        found = self._expectation(at)
        if found is None or not self._is(found[1], "="):
            return None
        inner, end = found
        mean, exposure, end = self._scaled(end + 1)
        if mean is None:
            return None
        return Said(start=inner.start, outcome=inner.outcome, mean=mean, exposure=exposure), end

    def _of_link(self, at: int) -> tuple[Said, int] | None:
        """``η_ij = logit(π_ij)``, or the other way round."""
        if (eta := self._linear(at)) and self._is(eta[1], "="):
            found = self._linked(eta[1] + 1)
        elif (found := self._linked(at)) and self._is(found[1], "="):
            eta = self._linear(found[1] + 1)
            found = (found[0], eta[1]) if eta else None
        else:
            found = None
        if found is None:
            return None
        mean, end = found
        return Said(start=mean.start, mean=mean, outcome=mean.outcome, link=mean.link), end

    def _inverse(self, at: int) -> tuple[Said, int] | None:
        """``λ_ij = area_ij exp(η_ij)`` and ``π_ij = 1 / (1 + exp(−η_ij))``.

        A sum of predictors inside is refused: equations have their sums on one line, and nothing
        around them.
        """
        name = self._name(at)
        if found := self._expectation(at):
            mean, at = found
        elif name is not None and self.is_mean(name.base, certain=True):
            mean, at = self._mean(name), name.end
        else:
            return None
        if not self._is(at, "="):
            return None
        at += 1
        end = self._end_of_line(at)
        link, inside = self._inverted(at, end)
        other = None
        if not link and (other := self._name(at)) is not None:
            at = other.end + self._is(other.end, "*")
            link, inside = self._inverted(at, end)
        if not link or (other and link != "log"):
            return None
        self._refuse_sum(at, link, inside, mean.shown)
        exposure = self._variable(other) if other else None
        said = Said(mean.start, mean.outcome, mean=mean, exposure=exposure, link=link)
        return said, end

    def _refuse_sum(self, at: int, link: Link, inside: str, mean: str) -> None:
        if inside == "η":
            return
        linked = LINK_TEXTS[link].replace("%s", mean)
        raise self.source.error(
            self._token(at).start,
            f"The sum of predictors stands inside the inverse of a link, which makes {mean} of it.",
            f"Write the link on the left, and the sum alone on the right: '{linked} = …'.",
        )

    def _inverted(self, at: int, end: int) -> tuple[Link | Literal[""], str]:
        """Which link has the inverse that these tokens are, and what stands inside."""
        written = ""
        while at < end:
            if found := self._linear(at):
                written, at = written + "η", found[1]
            elif (stop := self._minus_one(at)) is not None:
                written, at = written + "^-1", stop
            else:
                value = self._token(at).value
                bracket = "(" if value in _OPEN else ")" if value in _CLOSED else value
                written, at = written + bracket, at + 1
        written = _FRACTION.sub(r"\1/(", written.replace("e^(", "exp("))
        for link, pattern in _INVERSES:
            if match := re.fullmatch(pattern, written):
                return link, match["inside"]
        return "", ""

    def _end_of_line(self, at: int) -> int:
        while not self._ends(at):
            at += 1
        return at

    def _spread(self, at: int) -> tuple[Said, int] | None:
        """``Var(ticks_ij) = λ_ij + λ_ij²/shape`` says nothing new."""
        if not self._calls(at, {"Var", "V", "var"}) or self._name(at + 2) is None:
            return None
        end = self._closing(at + 1)
        if not self._is(end, "="):
            return None
        while self._token(end).kind not in {"break", "end"}:
            end += 1
        return Said(start=self._token(at).start), end

    # --- left sides of equations -------------------------------------------------------------

    def left(self, at: int) -> tuple[WrittenMean, int] | None:
        """Read η_ij, a link of π_ij, or π_ij itself, before an equals sign."""
        found = self._linear(at) or self._linked(at) or self._bare(at)
        return found if found is not None and self._is(found[1], "=") else None

    def _linear(self, at: int) -> tuple[WrittenMean, int] | None:
        name = self._name(at)
        if name is None or name.base not in _LINEAR or name.index == "j" or name.suffix:
            return None
        if self.vocabulary.column(name.base) or (name.base == "eta" and not self._says_family()):
            return None
        return self._mean(name, "linear"), name.end

    def _says_family(self) -> bool:
        """Whether a word may be a Greek letter: where the columns are known, or π is."""
        return bool(self.means or self.vocabulary.names)

    def _bare(self, at: int) -> tuple[WrittenMean, int] | None:
        name = self._name(at)
        if name is None or name.suffix or not self.is_mean(name.base) or name.index == "j":
            return self._expectation(at)
        if name.base == "μ" and not name.index:
            return None
        return self._mean(name, ""), name.end

    def _linked(self, at: int) -> tuple[WrittenMean, int] | None:
        """A link with its mean: ``logit(π_ij)``, ``Φ⁻¹(π_ij)``, ``log(−log(1 − π_ij))``."""
        word = self._word(at)
        word = word.lower() if word.isascii() else word
        if word in LINKS["binomial"]:
            return self._within(at + 1, word, at)
        if word == "Φ":
            end = self._minus_one(at + 1)
            return None if end is None else self._within(end, "probit", at)
        if word not in {"log", "ln"}:
            return None
        if self._word(at + 1) == "frac":  # \\log\\frac{π}{1 − π}
            return self._odds(at + 1, at, "") or self._rate(at + 1, at, "")
        if self._mark(at + 1) not in _OPEN:
            name = self._name(at + 1)
            known = name is not None and self.is_mean(name.base)
            return (self._mean(name, "log", at), name.end) if name and known else None
        for read in (self._odds, self._double_log, self._rate):
            if found := read(at + 2, at, ")"):
                return found
        return self._within(at + 1, "log", at)

    def _within(self, at: int, link: str, start: int) -> tuple[WrittenMean, int] | None:
        """The expected outcome under a link, in brackets or without."""
        bracket = self._mark(at) in _OPEN
        at += bracket
        if inner := self._expectation(at):
            mean, end = replace(inner[0], link=link), inner[1]
        else:
            name = self._name(at)
            if name is None:
                return None
            known = self.is_mean(name.base, certain=link != "log")
            if not known and link == "log":
                return None  # the logarithm of an outcome is an outcome
            mean, end = self._mean(name, link), name.end
            if not known:  # logit(passed_ij)
                mean = replace(mean, outcome=self._variable(name), itself=True)
        if bracket and self._mark(end) not in _CLOSED:
            return None
        end += bracket
        return self._shown(mean, start, end), end

    def _odds(self, at: int, start: int, close: str) -> tuple[WrittenMean, int] | None:
        """``π / (1 − π)`` or a fraction of these, behind ``log(``; ``P(y = 1) / P(y = 0)`` too."""
        fraction = self._word(at) == "frac"
        at += 2 * fraction
        found = self._expectation(at) or self._named_mean(at)
        if found is None:
            return None
        between = self._marks(found[1], "}{" if fraction else "/")
        if between is None:
            return None
        bracket = "" if fraction else "("
        behind = self._marks(
            self._complement(self._marks(between, bracket)), ")" if bracket else ""
        )
        if behind is None and found[0].outcome and (other := self._expectation(between)):
            behind = other[1]
        return self._under("logit", found[0], start, self._marks(behind, "}" * fraction + close))

    def _rate(self, at: int, start: int, close: str) -> tuple[WrittenMean, int] | None:
        """``λ / area`` or a fraction of these, behind ``log(``."""
        fraction = self._word(at) == "frac"
        at += 2 * fraction
        found = self._expectation(at)
        if found is None:
            name = self._name(at)
            if name is None or not self.is_mean(name.base):
                return None
            found = self._mean(name), name.end
        between = self._marks(found[1], "}{" if fraction else "/")
        other = None if between is None else self._name(between)
        if other is None or self.is_mean(other.base):
            return None
        under = self._under("log", found[0], start, self._marks(other.end, "}" * fraction + close))
        return under and (replace(under[0], per=self._variable(other)), under[1])

    def _double_log(self, at: int, start: int, close: str) -> tuple[WrittenMean, int] | None:
        """``−log(1 − π)``, behind ``log(``."""
        if not self._is(at, "-") or self._word(at + 1) not in {"log", "ln"}:
            return None
        inner = self._marks(at + 2, "(")
        end = self._marks(self._complement(inner), ")" + close)
        if inner is None or end is None:
            return None
        found = self._expectation(inner + 2) or self._named_mean(inner + 2)
        return self._under("cloglog", found[0], start, end) if found else None

    def _under(
        self, link: str, mean: WrittenMean, start: int, end: int | None
    ) -> tuple[WrittenMean, int] | None:
        return None if end is None else (self._shown(replace(mean, link=link), start, end), end)

    def _complement(self, at: int | None) -> int | None:
        """Step over ``1 − π``."""
        if at is None or self._token(at).value != "1" or not self._is(at + 1, "-"):
            return None
        found = self._expectation(at + 2) or self._named_mean(at + 2)
        return None if found is None else found[1]

    def _named_mean(self, at: int) -> tuple[WrittenMean, int] | None:
        name = self._name(at)
        return None if name is None else (self._mean(name, "logit"), name.end)

    def _expectation(self, at: int) -> tuple[WrittenMean, int] | None:
        """``P(passed_ij = 1 | …)`` or ``E(ticks_ij | …)``."""
        if not self._expects(at):
            return None
        chance = not self._calls(at, {"E"})
        name = self._name(at + 2)
        if name is None:
            return None
        end, event = name.end, ""
        if chance:
            if not self._is(end, "="):
                return None
            token = self._token(end + 1)
            if token.kind not in {"number", "name", "text", "string"}:
                return None
            event, end = token.value.strip("'\""), end + 2
        end = self._condition(end)
        if not self._is(end, ")"):
            return None
        variable = self._variable(name)
        if event not in {"", "1"}:
            variable = replace(variable, factor=variable.factor.with_category(f"[{event}]"))
        end += 1
        start, stop = self._token(at).start, self._token(end - 1).stop
        shown = self.source.plain[start:stop]
        return WrittenMean("", shown, name.index, shown, start, variable), end

    def _expects(self, at: int) -> bool:
        return self._calls(at, _CHANCES | {"E"})

    # --- distributions -----------------------------------------------------------------------

    def _distribution(self, at: int) -> tuple[Said, int] | None:
        """Read what stands behind a ``~``."""
        at += 1
        name = re.sub(r"[\W_]", "", self._word(at)).casefold()
        distribution = _DISTRIBUTIONS.get(name)
        if distribution is None or not self._is(at + 1, "("):
            return None
        end = self._closing(at + 1)
        places = self._cells(at + 2, end - 1)
        if distribution != "N":
            for start, stop in places:
                link, inside = self._inverted(start, stop)
                if link:
                    letter = "π_ij" if distribution in {"Bernoulli", "Binomial"} else "λ_ij"
                    self._refuse_sum(start, link, "" if inside == "η" else inside, letter)
        cells = [self._cell(*cell) for cell in places]
        said = Said(start=self._token(at).start, distribution=distribution)
        if distribution == "N":
            first = cells[0][0] if cells and len(cells[0]) == 1 else None
            told = isinstance(first, WrittenMean) or (
                isinstance(first, _Name) and self.is_mean(first.base)
            )
            return (replace(said, mean=self._as_mean(first) if told else None), end)
        return self._arguments(said, cells), end

    def _arguments(self, said: Said, cells: list[list[_Item]]) -> Said:
        """Sort the arguments of a distribution: the mean, trials, an exposure."""
        items = [item for cell in cells for item in cell]
        counts = said.distribution in {"Poisson", "NegBin"}
        if said.distribution == "NegBin":
            items, rest = cells[0] if cells else [], cells[1:]
            cells = [items]
            if len(rest) > 1:
                said = replace(said, spread=said.start)
        means = [item for item in items if self._is_told(item)]
        named = [item for item in items if not isinstance(item, WrittenNumber)]
        mean = means[0] if means else (named[-1] if named else None)
        others = [item for item in items if item is not mean]
        said = replace(said, mean=self._as_mean(mean))
        if said.distribution == "Bernoulli" and len(cells) > 1 and others:
            first = cells[0]
            if mean in first:  # Bernoulli(π, σ²)
                return replace(said, spread=said.start)
            said = replace(said, distribution="Binomial")  # B(n_ij, π_ij)
        other = others[0] if others else None
        if len(others) > 1 or (said.distribution == "Bernoulli" and others):
            return replace(said, spread=said.start)
        if counts:
            if len(cells) > 1 and mean in cells[0]:  # Poisson(λ, σ²)
                return replace(said, spread=said.start)
            return replace(said, exposure=self._as_variable(other)) if other else said
        if isinstance(other, WrittenNumber):
            if other.value == 1.0:
                return replace(said, distribution="Bernoulli")
            raise self.source.error(
                other.start,
                f"The number of trials is {other.shown}, which is no column.",
                "Write a column of the data: a constant becomes one by data['trials'] = "
                f"{other.shown}.",
            )
        return replace(said, trials=self._as_variable(other)) if other else said

    def _cells(self, at: int, end: int) -> list[tuple[int, int]]:
        """The places of the arguments between brackets."""
        cells, depth, start = [], 0, at
        for place in range(at, end):
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(self._mark(place), 0)
            if self._is(place, ",") and not depth:
                cells.append((start, place))
                start = place + 1
        return [*cells, (start, end)]

    def _cell(self, at: int, end: int) -> list[_Item]:
        """The factors of one argument."""
        items: list[_Item] = []
        while at < end:
            if found := (self._linear(at) or self._linked(at) or self._expectation(at)):
                items.append(found[0])
                at = found[1]
            elif (name := self._name(at)) is not None:
                items.append(name)
                at = name.end
            else:
                token = self._token(at)
                if token.kind == "number":
                    items.append(WrittenNumber(float(token.value), 0, token.value, token.start))
                at += 1
        return items

    def _is_told(self, item: _Item) -> bool:
        if isinstance(item, _Name):
            return not item.suffix and self.is_mean(item.base, certain=True)
        return isinstance(item, WrittenMean)

    def _as_mean(self, item: _Item | None) -> WrittenMean | None:
        if isinstance(item, _Name):
            return self._mean(item)
        return item if isinstance(item, WrittenMean) else None

    def _as_variable(self, item: _Item) -> WrittenVariable:
        if isinstance(item, _Name):
            return self._variable(item)
        assert isinstance(item, WrittenMean | WrittenNumber)
        raise self.source.error(
            item.start, f"'{item.shown}' is no column.", "Write the name of a column here."
        )

    def _scaled(self, at: int) -> tuple[WrittenMean | None, WrittenVariable | None, int]:
        """``λ_ij``, or ``area_ij λ_ij``."""
        first = self._name(at)
        if first is None:
            return None, None, at
        end = first.end + self._is(first.end, "*")
        second = self._name(end)
        if second is None:
            return self._mean(first, ""), None, first.end
        mean, other = (first, second) if self.is_mean(first.base) else (second, first)
        return self._mean(mean, ""), self._variable(other), second.end

    # --- names and marks ---------------------------------------------------------------------

    def is_mean(self, base: str, *, certain: bool = False) -> bool:
        """Tell whether a letter stands for the expected outcome.

        Parameters
        ----------
        base : str
        certain : bool
            Whether it stands where nothing else but a column can.
        """
        if base in self.means:
            return True
        if self.vocabulary.column(base):
            return False
        if base in _GREEK_MEANS:
            return True
        if base in _WORDS:
            return certain or bool(self.vocabulary.names)
        return certain and base in _LATIN

    def _mean(self, name: _Name, link: str = "", at: int | None = None) -> WrittenMean:
        start = name.start if at is None else self._token(at).start
        shown = self.source.plain[start : self._token(name.end - 1).stop]
        index = self.vocabulary.letters.index(name.index)
        return WrittenMean(link, name.base, index, shown, start)

    def _shown(self, mean: WrittenMean, at: int, end: int) -> WrittenMean:
        start = self._token(at).start
        return replace(
            mean, start=start, shown=self.source.plain[start : self._token(end - 1).stop]
        )

    def _variable(self, name: _Name) -> WrittenVariable:
        shown = self.source.plain[name.start : self._token(name.end - 1).stop]
        mark = Spelling(name.base, name.text, name.index, "", name.suffix, False, shown, name.start)
        return self.vocabulary.variable(mark)

    def _name(self, at: int) -> _Name | None:
        """Read a name with what stands below and behind it; none with numbers below it."""
        token = self._token(at)
        if token.kind not in {"name", "text"}:
            return None
        sub, suffix, end = "", "", at + 1
        while True:
            nxt = self._token(end)
            if nxt.kind == "index":
                sub, end = sub + nxt.value, end + 1
            elif nxt.kind == "category":
                suffix += "" if nxt.value in {"[i]", "[ᵢ]"} else nxt.value
                end += 1
            elif self._is(end, "_"):
                below, end = self._below(end + 1)
                sub += below
            else:
                break
        base = token.value
        parted = _INDEXED.fullmatch(base)
        if not sub and parted and self.vocabulary.column(base) is None:
            base, sub = parted[1], parted[2]
        sub = sub.replace("[i]", "")
        if sub not in {"", "i", "j", "ij", "ijk", "i(jk)", "j(ik)"}:
            if token.value in _GREEK_MEANS | _LINEAR:
                return None  # π_0i is a coefficient
            base, sub = f"{base}_{sub}", ""
        return _Name(base, sub, suffix, token.start, end, token.kind == "text")

    def _below(self, at: int) -> tuple[str, int]:
        """What stands below a name, and where it ends."""
        if not self._is(at, "{"):
            return self._token(at).value, at + 1
        end = at + 1
        pieces = []
        while self._token(end).kind != "end" and not self._is(end, "}"):
            pieces.append(self._token(end).value)
            end += 1
        return "".join(pieces), end + 1

    def _condition(self, at: int) -> int:
        """Step over ``| β_j`` or ``| π_ij``."""
        if not self._is(at, "|"):
            return at
        while self._token(at).kind not in {"break", "end"} and self._mark(at) not in {")", "~"}:
            at += 1
        return at

    def _minus_one(self, at: int) -> int | None:
        """Step over ``⁻¹`` or ``^{-1}``."""
        if self._token(at).kind == "power":
            return at + 1 if self._token(at).value == "-1" else None
        if not self._is(at, "^"):
            return None
        braces = self._mark(at + 1) in {"{", "("}
        at += 1 + braces
        if not self._is(at, "-") or self._token(at + 1).value != "1":
            return None
        return at + 2 + braces

    def _closing(self, at: int) -> int:
        """The place behind the bracket that closes the one at a place."""
        depth = 0
        while self._token(at).kind != "end":
            depth += {"(": 1, ")": -1}.get(self._mark(at), 0)
            at += 1
            if depth == 0:
                break
        return at

    def _marks(self, at: int | None, marks: str) -> int | None:
        """Step over marks that have to stand there; a round bracket may be any."""
        if at is None:
            return None
        for mark in marks:
            if self._mark(at) not in {"(": _OPEN, ")": _CLOSED}.get(mark, {mark}):
                return None
            at += 1
        return at

    def _token(self, at: int) -> Token:
        return self.tokens[min(at, len(self.tokens) - 1)]  # the last one is the end

    def _calls(self, at: int, words: frozenset[str] | set[str]) -> bool:
        return self._word(at) in words and self._is(at + 1, "(")

    def _word(self, at: int) -> str:
        token = self._token(at)
        return token.value if token.kind in {"name", "text", "command"} else ""

    def _mark(self, at: int) -> str:
        token = self._token(at)
        return token.value if token.kind == "mark" else ""

    def _is(self, at: int, mark: str) -> bool:
        return self._mark(at) == mark

    def _ends(self, at: int) -> bool:
        token = self._token(at)
        return token.kind in {"break", "end"} or self._mark(at) in {",", "."}
