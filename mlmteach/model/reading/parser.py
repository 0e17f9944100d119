"""A recursive-descent parser: from tokens to statements.

The grammar, with ``{x}`` for any number of x::

    text      = {statement break}
    statement = left "=" sum | left "~" name "(" cells "," cells ")" | a line of `families`
    left      = factor | matrix | "(" factor {"," factor} ")"
    cells     = sum | matrix | "(" sum {"," sum} ")" | "[" sum {("," | ";") sum} "]"
    sum       = ["+" | "-"] product {("+" | "-") product}
    product   = ratio {["*" | ":"] ratio}
    ratio     = factor {"/" factor}
    factor    = primary ["^" exponent]
    primary   = number | name | function "(" … ")" | "(" sum ")" | "{" sum "}"

A bracket that holds symbols of the model is multiplied out.  One that holds only variables is a
predictor of its own, as in ``(SES_ij − mean of SES)``.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NoReturn

from mlmteach.errors import suggest
from mlmteach.model.predictor import (
    VERBATIM,
    Applied,
    Arithmetic,
    Constant,
    Expression,
    Negative,
    find_function,
    folded,
    parts_of,
)
from mlmteach.model.reading.families import OutcomeReader
from mlmteach.model.reading.lexer import Kind, Token, tokens
from mlmteach.model.reading.statements import (
    Atom,
    Left,
    Letter,
    Said,
    Statement,
    WrittenMean,
    WrittenNumber,
    WrittenSum,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.reading.vocabulary import INDICES, Spelling, Vocabulary
from mlmteach.model.terms import Factor

__all__ = ["parse"]

_INDEX = r"_?\{?(?P<%s>[ijᵢⱼ](?:[ijᵢⱼ]|[\[]?[iᵢ][\]])?)?\}?"
_SIGMA_BY = re.compile(
    r"(?:\\sigma|σ|sigma)_[{(](?:[^{},]*,)?(?:\\text\{)?(?P<name>[^{}]+?)\}?"
    + _INDEX % "index"
    + r"[})]"
)
_OVER = re.compile(
    r"\\frac\{.*\}\{(?P<one>.+?)"
    + _INDEX % "i1"
    + r"\}\s*$|/\s*(?P<other>[^/]+?)"
    + _INDEX % "i2"
    + r"\)?\s*$"
)


def _letters_of(shown: str) -> str:
    """What is left of a name in an index: letters and digits."""
    return re.sub(r"[\W_]", "", shown)


# --- A place in a row of tokens, and steps from it: the ground floor of the parser --------

_GO_ON = frozenset("+-*/:=~)}")  # a line that begins with one of these goes on from the last


# --- predictors that are computed: brackets of variables, powers, fractions, functions ----

_HEADS = {"C", "I", "Q", *VERBATIM}  # these are read word for word


def is_call(vocabulary: Vocabulary, token: Token) -> bool:
    """Tell ``log(size)`` from ``g10(ses - 1)``, which is a product."""
    word = token.value
    if find_function(word) or word in _HEADS or word.startswith("np."):
        return True
    if vocabulary.column(word):
        return False
    letter = None if token.kind == "text" else vocabulary.letters.plain(word, start=token.start)
    return letter is None and word.isidentifier() and len(word) > 1


def tree_of(terms: WrittenSum) -> Expression:
    """A sum of variables and numbers as the tree of a predictor."""
    (first, *others) = terms
    tree = _product(first)
    if first.sign < 0:
        tree = Negative(tree)
    for term in others:
        tree = Arithmetic("-" if term.sign < 0 else "+", tree, _product(term))
    return tree


def _product(term: WrittenSummand) -> Expression:
    parts = [
        atom.factor.tree if isinstance(atom, WrittenVariable) else Constant(atom.value)
        for atom in term.atoms
        if not isinstance(atom, Letter)
    ]
    tree = parts[0]
    for part in parts[1:]:
        tree = Arithmetic("*", tree, part)
    return tree


_LARGEST = 100  # variables, numbers and operators of a predictor


class _TooLarge(Exception):
    """A predictor of more parts than anybody writes; the argument is its place."""


def _size(tree: Expression) -> int:
    return 1 + sum(map(_size, parts_of(tree)))


def made(tree: Expression, terms: WrittenSum) -> WrittenSum:
    """A predictor that is computed from the variables of a sum; it has the longest index."""
    if _size(tree) > _LARGEST:
        raise _TooLarge(terms[0].start)
    indices = [variable.index for term in terms for variable in term.variables]
    factor = Factor.of(folded(tree))
    index = max(indices, key=len, default="")
    return alone(WrittenVariable(factor, index, factor.expression, terms[0].start))


def divide(top: WrittenSum, bottom: WrittenSum) -> WrittenSum:
    """``(size_j / 100)``; a variable minus its mean over its standard deviation is scaled."""
    return made(Arithmetic("/", tree_of(top), tree_of(bottom)), (*top, *bottom))


def bracket(terms: WrittenSum) -> WrittenSum:
    """A sum in brackets: to be multiplied out if it holds symbols, otherwise one predictor.

    A product in brackets is one predictor, unless its variables are of two levels.
    """
    if any(term.letters for term in terms) or not any(term.variables for term in terms):
        return terms
    if len(terms) == 1 and terms[0].sign > 0 and not terms[0].numbers:
        indices = {variable.index for variable in terms[0].variables}
        if len(terms[0].atoms) == 1 or len(indices) > 1 or indices == {""}:
            return terms
    return made(tree_of(terms), terms)


# --- names with what stands below, above and behind them ----------------------------------

_DEPTH = {"{": 1, "}": -1}


def alone(atom: Atom) -> WrittenSum:
    """An atom as a sum of one product."""
    return (WrittenSummand(1, (atom,), atom.start),)


# --- A recursive-descent parser: from tokens to statements --------------------------------

_LONGEST = 20_000  # characters
_DEEPEST = 50  # brackets within one another
_MOST_TERMS = 500  # of a sum, after brackets are multiplied out

Cells = tuple[tuple[WrittenSum, ...], ...]
Spread = tuple[tuple[bool, ...], ...]


def parse(vocabulary: Vocabulary) -> tuple[Statement, ...]:
    """Read the statements of the vocabulary's text.

    Raises
    ------
    EquationError
        Where the text is no equation; it points at the place.
    """
    source = vocabulary.source
    if len(source.plain) > _LONGEST:
        raise source.error(
            0, f"The equations have more than {_LONGEST} characters.", "Write them shorter."
        )
    try:
        return _Parser(vocabulary).text()
    except _TooLarge as error:
        raise source.error(
            error.args[0],
            f"This predictor has more than {_LARGEST} parts.",
            "Compute the column in the data frame, and write its name.",
        ) from None
    except RecursionError:
        raise source.error(
            0, "The equations have too many parts within one another.", "Write fewer brackets."
        ) from None


class _Parser:
    """Reads statements: names with their indices, sums, and the two sides."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.source = vocabulary.source
        self.tokens = tuple(tokens(self.source))
        self.outcomes = OutcomeReader(self.tokens, vocabulary)
        self.at = 0
        self.inside = 0  # how many functions are open
        self.bars = 0  # how many bars of an absolute value are
        self._refuse_depth()

    def _refuse_depth(self) -> None:
        depth = 0
        for token in self.tokens:
            if token.kind == "mark":
                depth += (token.value in ("(", "[", "{")) - (token.value in (")", "]", "}"))
            if depth > _DEEPEST:
                raise self.source.error(
                    token.start,
                    f"More than {_DEEPEST} brackets stand within one another.",
                    "Write fewer brackets.",
                )

    @property
    def _opening(self) -> tuple[str, ...]:
        """What opens a factor; a second bar closes what the first has opened."""
        return ("(", "{") if self.bars else ("(", "{", "|")

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    @property
    def stop(self) -> int:
        """Where the last token ends."""
        return self.tokens[self.at - 1].stop

    @property
    def touches(self) -> bool:
        """Whether the next token follows the last one without a space."""
        return self.token.start == self.stop

    def take(self) -> Token:
        """Step over the next token; the end stays."""
        token = self.token
        self.at += token.kind != "end"
        return token

    def is_(self, *kinds: Kind) -> bool:
        """Tell whether the next token is of one of these kinds."""
        return self.token.kind in kinds

    def sees(self, *marks: str) -> bool:
        """Tell whether the next token is one of these marks."""
        return self.token.kind == "mark" and self.token.value in marks

    def accept(self, *marks: str) -> Token | None:
        """Step over one of these marks, if one comes next."""
        return self.take() if self.sees(*marks) else None

    def expect(self, mark: str, remedy: str) -> None:
        """Step over a mark that has to come next."""
        if not self.accept(mark):
            self.fail(f"Expected '{mark}'{self.found()}.", remedy)

    def found(self) -> str:
        """What comes instead of what was expected."""
        if self.is_("end", "break"):
            return ", but the line ends here"
        return f", found '{self.source.plain[self.token.start : self.token.stop]}'"

    def fail(self, problem: str, remedy: str) -> NoReturn:
        """Raise an error that points at the next token."""
        raise self.source.error(self.token.start, problem, remedy)

    def skip_breaks(self) -> None:
        """Step over ends of lines."""
        while self.is_("break"):
            self.take()

    def goes_on(self) -> bool:
        """Step over the end of a line if the next one goes on with an operator."""
        ahead = self.at
        while self.tokens[ahead].kind == "break" and self.tokens[ahead].value != ";":
            ahead += 1
        token = self.tokens[ahead]
        if token.kind == "mark" and token.value in _GO_ON:
            self.at = ahead
            return True
        return False

    def named(self, *, mean: bool = False, start: int | None = None) -> WrittenSum:
        """Read a symbol, a variable, the mean of one, or a function."""
        braces = 0
        while mean and self.accept("{"):
            braces += 1
        if not self.is_("name", "text"):
            self.fail(f"Expected a name{self.found()}.", r"Write \overline{\text{SES}}_{\cdot j}.")
        token = self.take()
        start = token.start if start is None else start
        sub, sup, suffix = self.indices(token)
        for _ in range(braces):
            self.expect("}", "Close the '{' that is opened before.")
            outer = self.indices(token)
            sub, sup, suffix = sub + outer[0], sup + outer[1], suffix + outer[2]
        bare = token.kind == "text" and (not sub or sub.isdigit())  # \log\left(
        call = self.sees("(") and (self.touches or (bare and find_function(token.value)))
        if call and not mean and is_call(self.vocabulary, token):
            return self.call(token, token.value + (sub if sub.isdigit() else ""))
        shown = self.source.plain[start : self.stop]
        mark = Spelling(token.value, token.kind == "text", sub, sup, suffix, mean, shown, start)
        if self.inside:  # no symbol of the model stands in a function
            return alone(self.vocabulary.variable(mark))
        return alone(self.vocabulary.resolve(mark))

    def call(self, token: Token, name: str) -> WrittenSum:
        """Read a function with what stands in its brackets."""
        opening = self.take()
        row, before = find_function(name), self.at
        if row is not None:
            terms = self.argument()
            if self.accept(")"):
                return self._applied(row.name, terms, self.indices(opening)[0])
            self.at = before  # it has options
        return self._verbatim(token, name, opening)

    def argument(self) -> WrittenSum:
        """Read a sum in which no symbol of the model stands."""
        self.inside += 1
        terms = self.sum()
        self.inside -= 1
        return terms

    def _applied(self, name: str, terms: WrittenSum, index: str) -> WrittenSum:
        """A function of the table; a mean with an index is that of a group."""
        index = self.vocabulary.letters.index(index.replace("·", ""))
        grand = name == "mean" and not index
        if name == "mean" and index:
            name = "group_mean"
        (made_of,) = made(Applied(name, tree_of(terms)), terms)[0].variables
        return alone(replace(made_of, index=index or made_of.index, grand=grand))

    def _verbatim(self, token: Token, name: str, opening: Token) -> WrittenSum:
        """Read what stands in the brackets of a function word for word."""
        depth, index = 1, ""
        pieces: list[str] = []
        while depth:
            if self.is_("end", "break"):
                raise self.source.error(
                    opening.start, "This bracket is never closed.", "Close it with ')'."
                )
            inner = self.take()
            depth += {"(": 1, ")": -1}.get(inner.value if inner.kind == "mark" else "", 0)
            if inner.kind in {"name", "text"} and not self.sees("("):
                word, below = self._argument(inner)
                pieces.append(word)
                index = max(index, below, key=len)
            elif not (inner.kind == "mark" and inner.value in _DEPTH):
                power = inner.kind == "power" or inner.value == "^"
                pieces.append(f"**{inner.value.strip('^')}" if power else inner.value)
        sub, _, suffix = self.indices(opening)
        below = sub.replace("·", "")
        index = index or self.vocabulary.letters.index(below)
        text = f"{name}({''.join(pieces[:-1])})"
        factor = self.vocabulary.expression(text, token.start).with_category(suffix)
        return alone(WrittenVariable(factor, index, text, token.start))

    def _argument(self, token: Token) -> tuple[str, str]:
        """A word inside the brackets of a function: the column that it names, and its index."""
        sub, sup, suffix = self.indices(token)
        if self.sees("=") or token.value in {"True", "False", "None"}:
            return token.value, ""
        text = token.kind == "text"
        mark = Spelling(token.value, text, sub, sup, suffix, False, token.value, token.start)
        variable = self.vocabulary.variable(mark)
        return variable.factor.formula, variable.index

    def indices(self, base: Token) -> tuple[str, str, str]:
        """Read what stands below, above and behind a name."""
        sub = sup = suffix = ""
        while True:
            if self.is_("index") or self.sees("_"):
                sub += self.subscript()
            elif self.is_("power") and not self.token.value.lstrip("-").isdigit():
                sup += self.take().value
            elif self.sees("^") and self._above_is_a_name(base):
                self.take()
                sup += self.group()
            elif self.is_("category"):
                content = self.take().value
                suffix += "" if content in {"[i]", "[ᵢ]", "[j]", "[ⱼ]"} else content
            else:
                return sub, sup, suffix

    def subscript(self) -> str:
        """Read everything that stands below a name."""
        below = ""
        while self.is_("index") or self.sees("_"):
            below += self.take().value if self.is_("index") else ""
            below += self.group() if self.accept("_") else ""
        return below

    def group(self) -> str:
        """Read ``{…}`` or the next token, without spaces."""
        if not self.accept("{"):
            token = self.take()
            glued = self.touches and self.is_("name") and self.token.value in INDICES
            if token.kind == "number" and glued:  # β_1j
                return token.value + self.take().value
            if token.value in {"i", "j"} and self.touches and self._unit_of_two():  # ε_i(jk)
                return token.value + "".join(self.take().value for _ in range(3))
            return token.value
        pieces: list[str] = []
        depth = 1
        while True:
            if self.is_("end", "break"):
                self.fail("This index is never closed.", "Close it with '}'.")
            token = self.take()
            depth += _DEPTH.get(token.value if token.kind == "mark" else "", 0)
            if depth == 0:
                return "".join(pieces)
            pieces.append({"*": "·", "{": "", "}": ""}.get(token.value, token.value))

    def _unit_of_two(self) -> bool:
        """Tell whether ``(jk)`` follows."""
        ahead = [token.value for token in self.tokens[self.at : self.at + 3]]
        return ahead in (["(", "jk", ")"], ["(", "ik", ")"])

    def annotation(self) -> None:
        """Pass over a label: the words at a brace, or a standard error."""
        if not self.accept("{"):
            self.take()
            return
        depth = 1
        while depth and not self.is_("end"):
            token = self.take()
            depth += _DEPTH.get(token.value if token.kind == "mark" else "", 0)

    def _above_is_a_name(self, base: Token) -> bool:
        """Tell γ^{α} from τ²: what stands above a letter is the name of an equation."""
        if base.kind != "name" or base.value not in self.vocabulary.letters.roles:
            return False
        ahead = self.tokens[self.at + 1 : self.at + 3]
        first, second = ahead[0], ahead[-1]
        return first.kind == "name" or (first.value == "{" and second.kind == "name")

    def sum(self) -> WrittenSum:
        """Read products with their signs, over the ends of lines if the next one goes on."""
        terms: list[WrittenSummand] = []
        negative = self._sign()
        while True:
            product = self.product()
            terms += [-term for term in product] if negative else product
            self._refuse_size(len(terms), terms[0])
            if self.is_("break") and not self.goes_on():
                return tuple(terms)
            if not self.sees("+", "-"):
                return tuple(terms)
            negative = self._sign()

    def _sign(self) -> bool:
        """Read the signs before a product: ``+ −0.3`` has two."""
        negative = False
        while self.is_("break") or self.sees("+", "-"):
            negative ^= self.take().value == "-"
        return negative

    def product(self) -> WrittenSum:
        """Read factors, which may stand side by side."""
        terms = self.ratio()
        while True:
            self._refuse_chain(len(terms[0].atoms), terms[0])
            if self.is_("break"):
                self.goes_on()
            if self._is_standard_error():
                self.at += 3
            elif self.accept("*", ":"):
                self.skip_breaks()
                terms = self._multiply(terms, self.ratio())
            elif self.is_("name", "text", "number", "command") or self.sees(*self._opening):
                terms = self._multiply(terms, self.ratio())
            else:
                return terms

    def _multiply(self, left: WrittenSum, right: WrittenSum) -> WrittenSum:
        self._refuse_size(len(left) * len(right), left[0])
        return tuple(one * other for one in left for other in right)

    def _refuse_size(self, size: int, first: WrittenSummand) -> None:
        if size > _MOST_TERMS:
            raise self.source.error(
                first.start,
                f"This has more than {_MOST_TERMS} terms when its brackets are multiplied out.",
                "Write fewer terms or fewer brackets.",
            )

    def _refuse_chain(self, size: int, first: WrittenSummand) -> None:
        if size > _DEEPEST:
            raise self.source.error(
                first.start,
                f"More than {_DEEPEST} factors stand in one product or fraction.",
                "Write fewer factors.",
            )

    def _is_standard_error(self) -> bool:
        """Tell ``2.19 (0.31)``, a number with its standard error, from a product."""
        around = self.tokens[self.at - 1 : self.at + 3]
        kinds = [token.kind for token in around]
        closed = kinds == ["number", "mark", "number", "mark"] and around[-1].value == ")"
        return self.sees("(") and closed

    def ratio(self) -> WrittenSum:
        """Read a predictor that may be divided."""
        terms, divided = self.power(), 0
        while self.accept("/"):
            divided += 1
            self._refuse_chain(divided, terms[0])
            terms = self._divide(terms, self.power())
        return terms

    def _divide(self, top: WrittenSum, bottom: WrittenSum) -> WrittenSum:
        for term in (*top, *bottom):
            if term.letters:
                raise self.source.error(
                    term.start,
                    "A symbol of the model stands in a fraction.",
                    "Divide the predictor itself, in brackets: '(ses / 10)'.",
                )
        if all(not term.variables for term in (*top, *bottom)):  # 1/2
            return self._computed(operator.truediv, top, bottom)
        return divide(top, bottom)

    def _computed(
        self, compute: Callable[[float, float], float], one: WrittenSum, other: WrittenSum
    ) -> WrittenSum:
        """A number made of two."""
        try:
            value = compute(one[0].value, other[0].value)
        except ArithmeticError:
            value = math.nan
        if isinstance(value, complex) or not math.isfinite(value):
            raise self.source.error(
                one[0].start, "This is no number.", "Write it as a decimal, such as '0.5'."
            )
        return alone(WrittenNumber(value, None, f"{value:g}", one[0].start))

    def power(self) -> WrittenSum:
        """Read a predictor or a number that may be raised to a power."""
        base = self.primary()
        if self.is_("power") and self.token.value.lstrip("-").isdigit():
            value = float(self.take().value)
            exponent: WrittenSum = alone(WrittenNumber(value, None, "", self.token.start))
        elif self.accept("^"):
            exponent = self._exponent()
        else:
            return base
        atoms = base[0].atoms
        if len(base) == len(atoms) == 1:
            atom = atoms[0]
            if isinstance(atom, Letter) and atom.role == "variance":  # τ_0²
                return base
            if isinstance(atom, WrittenNumber) and not exponent[0].variables:
                return self._computed(operator.pow, base, exponent)
        if any(term.letters for term in base):
            raise self.source.error(
                base[0].start, "Only a predictor can be raised to a power.", "Multiply symbols out."
            )
        return made(Arithmetic("**", tree_of(base), tree_of(exponent)), (*base, *exponent))

    def _exponent(self) -> WrittenSum:
        """Read what stands above: a number, mostly."""
        if not (self.sees("{", "(", "-") or self.is_("number", "name", "text", "command")):
            self.fail(f"Expected a number above{self.found()}.", "Write a power as 'ses^2'.")
        negative = self.accept("-")
        self.inside += 1
        terms = self.primary()
        self.inside -= 1
        return tuple(-term for term in terms) if negative else terms

    def primary(self) -> WrittenSum:
        """Read a number, a name, a bracket or what a command makes of them."""
        if self.is_("number"):
            return self._number()
        if self.is_("name", "text"):
            return self.named()
        if self.is_("command"):
            return self._command()
        if self.accept("|"):
            self.bars += 1
            terms = self.argument()
            self.bars -= 1
            self.expect("|", "Close the '|' that is opened before.")
            return self._applied("abs", terms, "")
        if not self.sees("(", "{"):
            self.fail(
                f"Expected a symbol, a predictor or a number{self.found()}.",
                "Write terms such as 'g10*ses', joined by '+'.",
            )
        return self._bracket()

    def _number(self) -> WrittenSum:
        token = self.take()
        mantissa, _, exponent = token.value.lower().partition("e")
        digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
        return alone(WrittenNumber(float(token.value), digits, token.value, token.start))

    def _bracket(self) -> WrittenSum:
        opening = self.take()
        self.skip_breaks()
        terms = self.sum()
        self.skip_breaks()
        closing = {"(": ")", "{": "}"}[opening.value]
        self.expect(closing, f"Close the '{opening.value}' that is opened before.")
        if opening.value == "{":
            return terms
        return bracket(terms)

    def _command(self) -> WrittenSum:
        token = self.take()
        if token.value in {"underbrace", "overbrace"}:
            terms = self.primary()
            if self.accept("_", "^"):
                self.annotation()
            return terms
        if token.value in {"underset", "overset"}:
            self.annotation()
            return self.primary()
        if token.value == "frac":
            return self._divide(self.primary(), self.primary())
        if token.value == "sqrt":
            self.inside += 1
            terms = self.primary()
            self.inside -= 1
            return self._applied("sqrt", terms, "")
        return self.named(mean=True, start=token.start)  # \overline, \bar

    def text(self) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        while True:
            while self.is_("break") or self.sees(",", "."):
                self.take()
            if self.is_("end"):
                return tuple(statements)
            statements.append(self.statement())

    def statement(self) -> Statement:
        start = self.token.start
        if found := self.outcomes.line(self.at):
            said, self.at = found
            return self._of_outcome(said, start)
        left = self.left()
        self.goes_on()
        if self.accept("="):
            self.skip_breaks()
            right = self.sum()
            if isinstance(left[0], WrittenMean) and left[0].per:  # log(λ / area) = …
                right = (*self._applied("log", alone(left[0].per), ""), *right)
            statement = Statement(left, "=", (right,), (), start, self.stop)
        elif self.accept("~"):
            first = left[0]
            of_units = not isinstance(first, Letter) or first.role == "residual"
            cells, spread, uneven = self.distribution(of_units=of_units)
            statement = Statement(left, "~", cells, spread, start, self.stop, *uneven)
        else:
            self.fail(
                f"Expected '=' after the left side{self.found()}.",
                "Write an equation a line, such as 'b0 = g00 + u0', with '*' between factors.",
            )
        if len(statement.right) != len(left):
            raise self.source.error(
                start,
                f"The left side has {len(left)} entries, the right one {len(statement.right)}.",
                "Give both vectors the same length.",
            )
        self.goes_on()
        if not (self.is_("break", "end") or self.sees(",", ".")):
            self.fail(
                f"Expected '+', '-', '*' or the end of the line{self.found()}.",
                "Write one equation a line, and close each bracket that is opened.",
            )
        return statement

    def _of_outcome(self, said: Said, start: int) -> Statement:
        """A line about an outcome that is not normal."""
        about = (said.outcome, said.mean)
        left: tuple[Left, ...] = tuple(atom for atom in about if atom is not None)[:1]
        relation: Literal["=", "~"] = "~" if said.distribution else "="
        return Statement(left, relation, ((),) * len(left), (), start, self.stop, said=said)

    def left(self) -> tuple[Left, ...]:
        if found := self.outcomes.left(self.at):
            mean, self.at = found
            return (mean,)
        if self.is_("matrix") or (self.sees("(") and self._matrix_follows()):
            return tuple(self._single(row[0]) for row in self.cells())
        if self.sees("("):
            return tuple(self._single(row[0]) for row in self._vector())
        return (self._single(self.product()),)

    def _single(self, terms: WrittenSum) -> Atom:
        """The one atom of a left side."""
        first = terms[0]
        if len(terms) == 1 and first.sign == 1 and len(first.atoms) == 1:
            return first.atoms[0]
        if len(terms) == 1 and first.sign == 1:
            raise self.source.error(
                first.atoms[1].start,
                f"Expected '=' after '{first.atoms[0].shown}', found '{first.atoms[1].shown}'.",
                "Write one name or one symbol before '=', such as 'mathach = b0 + r'.",
            )
        raise self.source.error(
            first.start,
            "The left side of an equation is the outcome or one coefficient.",
            "Write one name or one symbol before '=', such as 'mathach' or 'b1'.",
        )

    # --- distributions -----------------------------------------------------------------------

    def distribution(
        self, *, of_units: bool
    ) -> tuple[tuple[WrittenSum, ...], Spread, tuple[str, str]]:
        remedy = "Write a distribution as N(mean, variance) after '~'."
        self.skip_breaks()
        if not self.is_("name", "text"):
            self.fail(f"Expected a distribution{self.found()}.", remedy)
        self.take()
        self.subscript()
        self.expect("(", remedy)
        mean = self.cells()
        self.skip_breaks()
        self.expect(",", remedy)
        right = tuple(row[0] for row in mean)
        uneven = self._uneven_variance() if of_units else ("", "")
        if any(uneven):
            self.expect(")", remedy)
            return right, ((True,),), uneven
        spread = self.cells()
        self.skip_breaks()
        self.expect(")", remedy)
        return right, tuple(tuple(not _is_zero(cell) for cell in row) for row in spread), uneven

    def _uneven_variance(self) -> tuple[str, str]:
        """Read ``σ²_female / w``: the columns by which it differs, and over which it is.

        The tokens up to the bracket that closes the distribution are taken if there is one.
        """
        depth, end = 1, self.at
        while depth and self.tokens[end].kind != "end":
            depth += {"(": 1, ")": -1}.get(self.tokens[end].value, 0)
            end += 1
        text = self.source.plain[self.token.start : self.tokens[end - 1].start]
        found, over = _SIGMA_BY.search(text), _OVER.search(text)
        by = self._column_like(found["name"], indexed=bool(found["index"])) if found else ""
        precision = self._column_like(over["one"] or over["other"], indexed=True) if over else ""
        if by or precision:
            self.at = end - 1
        return by, precision

    def _column_like(self, shown: str, *, indexed: bool) -> str:
        """The column that an index stands for, which has lost its underscores and blanks."""
        word = re.sub(r"\\text|[\\{}`]", "", shown)
        if len(word) == 1 and not indexed:  # σ_y² and σ_e² are σ²
            return ""
        if known := self.vocabulary.column(word):
            return known.expression
        names = {_letters_of(n): found.expression for n, found in self.vocabulary.names.items()}
        if known_letters := names.get(_letters_of(word)):
            return known_letters
        if not indexed or not word or word[0].isdigit():
            return ""
        if self.vocabulary.columns:
            raise self.source.error(
                self.token.start, f"There is no column '{word}'.", suggest(word, names)
            )
        return word

    def cells(self) -> Cells:
        """Read a matrix, a vector, or a sum, which is a matrix of one cell."""
        self.skip_breaks()
        if self.sees("[") and not self._matrix_follows():
            return self._rows_in_brackets()
        bracket = self.accept("(", "[") if self._matrix_follows() else None
        if not self.is_("matrix"):
            return self._vector()
        rows = self._matrix()
        if bracket:
            self.accept(")", "]")
        return rows

    def _matrix_follows(self) -> bool:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)].kind == "matrix"

    def _matrix(self) -> Cells:
        r"""Read ``\begin{pmatrix} a & b \\ c & d \end{pmatrix}``."""
        self.take()
        rows: list[tuple[WrittenSum, ...]] = []
        cells: list[WrittenSum] = []
        while not self.is_("end matrix"):
            if self.is_("end"):
                self.fail("The matrix is not closed.", r"Close it with \end{pmatrix}.")
            if self.is_("row") and cells:
                rows.append(tuple(cells))
                cells = []
            if self.is_("row", "cell"):
                self.take()
            else:
                cells.append(self.sum())
        if not (rows or cells):
            self.fail("The matrix is empty.", "Write its entries, or leave it out.")
        self.take()
        return (*rows, tuple(cells)) if cells else tuple(rows)

    def _rows_in_brackets(self) -> Cells:
        """Read ``[a, b; c, d]``."""
        self.take()
        rows = [[self.sum()]]
        while not self.accept("]"):
            if self.accept(","):
                rows[-1].append(self.sum())
            elif self.is_("break") and self.take().value == ";":
                rows.append([self.sum()])
            elif not self.is_("break"):
                self.fail(f"Expected ',', ';' or ']'{self.found()}.", "Write '[a, b; c, d]'.")
        return tuple(map(tuple, rows))

    def _vector(self) -> Cells:
        """Read ``(a, b)``, or a sum, which may begin with a bracket."""
        before = self.at
        if self.accept("("):
            entries = [self.sum()]
            while self.accept(","):
                entries.append(self.sum())
            if len(entries) > 1:
                self.expect(")", "Close the vector with ')'.")
                return tuple((entry,) for entry in entries)
        self.at = before
        return ((self.sum(),),)


def _is_zero(cell: WrittenSum) -> bool:
    """Tell whether a cell is 0; 0.00 is an estimate."""
    return all(
        term.atoms == term.numbers and {number.shown for number in term.numbers} == {"0"}
        for term in cell
    )
