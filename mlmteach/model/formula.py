"""Reading formulas: formulaic parses them, this module turns the result into terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mlmteach.errors import FormulaError, suggest
from mlmteach.model.predictor import (
    FUNCTIONS,
    REFUSED,
    VERBATIM,
    functions_in,
    is_known,
    refusal,
)
from mlmteach.model.terms import Factor, Term

if TYPE_CHECKING:
    from formulaic.parser.types import Factor as FormulaicFactor
    from formulaic.parser.types import Term as FormulaicTerm

__all__ = [
    "join",
    "parse_level2",
    "parse_level3",
    "parse_outcome",
    "parse_terms",
]

_HIGHLIGHT = re.compile("⧛\x1b\\[1;31m|\x1b\\[0m⧚")  # how formulaic marks the place
_POWER = re.compile(r"""\^(?=(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*$)""")
_IN = re.compile(r"""\s*%in%\s*(?=(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*$)""")
_DOTTED = re.compile(r"(?<![\w.`])(as\.(?:factor|numeric))\s*\(")
_ALL = re.compile(r"(?:^|[~+(])\s*\.\s*(?:$|[-+)])")
_SIDE_BY_SIDE = re.compile(r"Missing operator between `([\w.]+)` and `([\w.]+)`")
_DIGITS = re.compile(r"`([\d.]+)`")
_NUMBER = re.compile(r"[\d.]+")

_LONGEST = 50_000  # characters
_DEEPEST = 50  # brackets within one another
_MOST_TERMS = 1_000  # after products and powers are multiplied out


def parse_outcome(formula: str) -> tuple[Factor, tuple[Term, ...]]:
    """Read ``"y ~ x + z"`` into the outcome and the terms of the right side.

    Parameters
    ----------
    formula : str
        One outcome, a tilde, and at least one term.

    Returns
    -------
    tuple of (Factor, tuple of Term)

    Raises
    ------
    FormulaError
        If the formula cannot be read, repeats a term or has an empty side.

    Examples
    --------
    >>> outcome, terms = parse_outcome("mathach ~ ses * minority")
    >>> outcome.name, [term.name for term in terms]
    ('mathach', ['Intercept', 'ses', 'minority', 'ses:minority'])
    """
    # signs within backticks belong to a name
    bare = re.sub("`[^`]*`", lambda name: "n" * len(name[0]), formula)
    place = bare.find("~")
    left, right = formula[: max(place, 0)], formula[place + 1 :]
    if place < 0:
        raise FormulaError(
            f"The formula '{formula}' has no '~'.",
            "Write the outcome, a tilde and the predictors, such as 'mathach ~ ses'.",
        )
    if "|" in bare[place:]:
        raise FormulaError(
            f"The formula '{formula}' has a random term.",
            "Read it with Model.from_formula, or write level 1 here and U in level2.",
        )
    if "~" in bare[place + 1 :]:
        raise FormulaError(f"The formula '{formula}' has two '~'.", "Leave one of them.")
    if not left.strip():
        raise FormulaError(
            f"The formula '{formula}' has no outcome.", "Write the outcome to the left of '~'."
        )
    outcome = parse_terms(left, intercept=False)
    if len(outcome) != 1 or len(outcome[0].factors) != 1:
        raise FormulaError(
            f"'{left.strip()}' is not one outcome.",
            "Write one column, or a function of one, such as 'log(income)'.",
        )
    return outcome[0].factors[0], parse_terms(right)


def parse_level2(text: str, *, empty: bool = False) -> tuple[tuple[Term, ...], bool]:
    """Read a level-2 equation such as ``"size + U"`` into its terms and whether it holds U.

    Parameters
    ----------
    text : str
        Terms with ``+``; ``U`` makes the coefficient random; ``0 +`` drops its mean.
    empty : bool
        Whether ``0`` may stand alone, as where a second grouping has the rest of the equation.

    Returns
    -------
    tuple of (tuple of Term, bool)

    Raises
    ------
    FormulaError
        If the text cannot be read, is empty, or uses U as anything but a term of its own.

    Examples
    --------
    >>> terms, random = parse_level2("size + sector + U")
    >>> [term.name for term in terms], random
    (['Intercept', 'size', 'sector'], True)
    """
    return _upper_equation(text, 2, "U", "size + U", empty=empty)


def parse_level3(text: str, *, empty: bool = False) -> tuple[tuple[Term, ...], bool]:
    """Read a level-3 equation such as ``"size + V"`` into its terms and whether it holds V.

    Examples
    --------
    >>> terms, random = parse_level3("size + V")
    >>> [term.name for term in terms], random
    (['Intercept', 'size'], True)
    """
    return _upper_equation(text, 3, "V", "size + V", empty=empty)


def _upper_equation(
    text: str, level: int, letter: str, example: str, *, empty: bool
) -> tuple[tuple[Term, ...], bool]:
    if "~" in text:
        raise FormulaError(
            f"The level-{level} equation '{text}' has a '~'.",
            f"Write only its right side, such as '{example}'.",
        )
    terms = parse_terms(text)
    predictors = tuple(term for term in terms if term.name != letter)
    for term in predictors:
        if letter in term.variables:
            raise FormulaError(
                f"'{term.name}' in '{text}' uses {letter} inside another term.",
                f"Write {letter} as a term of its own, such as '{example}'.",
            )
    if not terms and not (empty and text.strip() == "0"):
        raise FormulaError(
            f"The level-{level} equation '{text}' is empty.",
            f"Write '1' for a fixed coefficient, '{letter}' for a random one, or name predictors.",
        )
    return predictors, len(predictors) < len(terms)


def parse_terms(text: str, *, intercept: bool = True) -> tuple[Term, ...]:
    """Read the right side of a formula into terms, in order of degree as lme4 has them."""
    if not text.strip():
        raise FormulaError(
            "A side of the formula is empty.",
            "Write '1' for an intercept alone, or name predictors.",
        )
    if _ALL.search(text):
        raise FormulaError(
            f"'{text.strip()}' asks for all columns by '.'.", "Name the predictors one by one."
        )
    if odd := _DIGITS.search(text):
        raise FormulaError(
            f"A column is called '{odd[1]}' in '{text.strip()}', which reads as a number.",
            "Rename the column.",
        )
    _refuse_depth(text)
    try:
        return _parsed(text, intercept=intercept)
    except (RecursionError, MemoryError, ValueError):
        raise _too_large(text) from None


def _parsed(text: str, *, intercept: bool) -> tuple[Term, ...]:
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    text = _POWER.sub("**", text)  # Python's ^ inside I() would be another operator
    text = _IN.sub(":", text)  # in R it adds no main effect
    if dotted := _DOTTED.search(text):
        raise _not_ours(dotted[1], text)
    parser = DefaultFormulaParser(include_intercept=intercept)
    try:
        tree = parser.get_ast(text)
        if _size(tree) > _MOST_TERMS:
            raise _too_large(text)
        _refuse_repeats(tree, text)
        _refuse_powers(tree, text)
        parsed: Any = Formula(text, _parser=parser)
        terms = list(parsed)
    except (FormulaicError, SyntaxError) as error:
        raise FormulaError(_located(text, str(error)), _remedy(str(error))) from None
    if not all(hasattr(term, "factors") for term in terms):
        raise FormulaError(
            f"The formula '{text}' has more than one part.",
            "Leave out '|' and '~'; random terms belong to Model.from_formula.",
        )
    return tuple(_term(term, text) for term in terms)


def _refuse_depth(text: str) -> None:
    """Refuse what takes the parsers for ever, before they see it."""
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if len(text) > _LONGEST or deepest > _DEEPEST:
        raise _too_large(text)


def _too_large(text: str) -> FormulaError:
    shown = text.strip() if len(text) < 80 else f"{text.strip()[:60]} …"
    return FormulaError(
        f"The formula '{shown}' is too large: it may have {_MOST_TERMS} terms when it is "
        f"multiplied out, {_DEEPEST} brackets within one another and {_LONGEST} characters.",
        "Write fewer terms, a lower power or fewer brackets.",
    )


def _size(node: Any) -> int:
    """Bound the number of terms that a formula is multiplied out to."""
    operator = getattr(node, "operator", None)
    if operator is None:
        return 1
    sizes = [_size(argument) for argument in node.args]
    match operator.symbol, sizes:
        case "**" | "^", [size, _]:
            power = str(node.args[1])
            return size ** min(int(power), 64) if power.isdigit() else size
        case ":", [one, other]:
            return one * other
        case "*", [one, other]:
            return one * other + one + other
    return sum(sizes)


def _remedy(error: str) -> str:
    """Two names side by side are mostly one name with a space in it."""
    if words := _SIDE_BY_SIDE.search(error):
        return (
            "Terms are joined by '+', ':' or '*'; a name with a space in it stands in backticks: "
            f"`{words[1]} {words[2]}`."
        )
    return "Check brackets, operators and commas; terms are joined by '+', ':' or '*'."


def _term(term: FormulaicTerm, text: str) -> Term:
    factors = tuple(_factor(factor, text) for factor in term.factors if str(factor.expr) != "1")
    for factor in factors:
        if _NUMBER.fullmatch(factor.expression):
            raise FormulaError(
                f"'{text}' multiplies a term by the number {factor.expression}.",
                "Compute the column first, or write it as 'I(2 * x)'.",
            )
        for name in functions_in(factor.expression) if factor.function else ():
            _refuse_function(name, factor, text)
        if factor.function:
            _refuse_truth(factor)
            if found := refusal(factor.expression):
                raise FormulaError(f"'{factor.expression}' {found[0]}.", found[1])
    return Term(factors)


def _factor(factor: FormulaicFactor, text: str) -> Factor:
    read = Factor(str(factor.expr))
    column = factor.eval_method.value == "lookup"
    if column and read.function:
        raise FormulaError(
            f"The column '{read.expression}' in '{text}' has the name of a function's value.",
            "Rename the column.",
        )
    braces = not (column or read.function or _NUMBER.fullmatch(read.expression))
    return Factor(f"I({read.expression})") if braces else read


_INSTEAD = {
    "factor": "Write C(x), or x alone where the column holds texts.",
    "as.factor": "Write C(x), or x alone where the column holds texts.",
    "as.numeric": "Make the column a number in the data frame.",
    "relevel": "Write C(x, Treatment('b')) for the reference b, or order the column's categories "
    "with pandas.Categorical.",
    "offset": "There are no offsets; subtract the column from the outcome in the data frame.",
    "ns": "Write cr(x, df=3), a natural cubic spline.",
    "rcs": "Write cr(x, df=3), a natural cubic spline.",
}
"""What to write instead of R's functions."""


def _refuse_function(name: str, factor: Factor, text: str) -> None:
    if name in _INSTEAD:
        raise _not_ours(name, text)
    if name in REFUSED:
        raise FormulaError(
            f"'{factor.expression}' in '{text}' is not supported.",
            "It ignores the groups; compute the column in the data frame.",
        )
    known = [*FUNCTIONS, *VERBATIM]
    if not is_known(name):
        raise FormulaError(
            f"'{name}' in '{factor.expression}' is no function that a formula knows.",
            f"{suggest(name, known)} Or compute the column in the data frame.",
        )


def _refuse_truth(factor: Factor) -> None:
    """Refuse R's ``TRUE`` and ``FALSE``, which would be columns."""
    for name in factor.variables:
        if name not in {"TRUE", "FALSE"}:
            continue
        remedy = f"Write {name.title()}, as Python does."
        raw = re.fullmatch(
            r"poly\((.+), (?:degree ?= ?)?([2-9]), raw ?= ?TRUE\)", factor.expression
        )
        if raw is not None:  # raw powers are read better as what they are
            powers = [f"I({raw[1]} ** {power})" for power in range(2, int(raw[2]) + 1)]
            remedy = (
                f"Write {' + '.join([raw[1], *powers])}: the same curve, and each term is read."
            )
        raise FormulaError(f"'{name}' in '{factor.expression}' is R's, and no column.", remedy)


def _not_ours(name: str, text: str) -> FormulaError:
    return FormulaError(
        f"'{name}' in '{text.strip()}' is a function of R, and none that a formula knows here.",
        _INSTEAD[name],
    )


def _refuse_powers(node: Any, text: str) -> None:
    """Refuse ``ses**2``: a power of terms multiplies them, so that it would be ``ses``."""
    operator = getattr(node, "operator", None)
    if operator is None:
        return
    base = _product(node.args[0]) if operator.symbol in {"**", "^"} else ""
    if base:
        raise FormulaError(
            f"'{base}' is raised to a power in '{text.strip()}', where a formula would take it as "
            "it is.",
            f"Write it as 'I({base} ** {node.args[1]})'.",
        )
    for argument in node.args:
        _refuse_powers(argument, text)


def _product(node: Any) -> str:
    """Write a factor or a product of factors; nothing for a sum, whose power is a formula."""
    operator = getattr(node, "operator", None)
    if operator is None:
        return Factor(str(node)).formula
    pieces = [_product(argument) for argument in node.args] if operator.symbol == ":" else []
    return f"({' * '.join(pieces)})" if all(pieces) and pieces else ""


def _refuse_repeats(tree: Any, text: str) -> None:
    """Refuse ``ses + ses``: the parser would drop the second one without a word."""
    # formulaic puts its own "1 +" in front: positions tell it from a "1" that was written
    summands = [leaf for leaf in _summands(tree) if getattr(leaf, "source_start", 0) is not None]
    seen: set[str] = set()
    for summand in summands:
        name = _product(summand).strip("()").replace(" * ", ":") or str(summand)
        if name in seen:
            raise FormulaError(
                f"'{text.strip()}' has the term '{name}' twice.", f"Write '{name}' once."
            )
        seen.add(name)


def _summands(node: Any) -> Iterator[Any]:
    operator = getattr(node, "operator", None)
    if operator is not None and operator.symbol == "+":
        for argument in node.args:
            yield from _summands(argument)
    elif node is not None:
        yield node


def _located(text: str, message: str) -> str:
    """Turn formulaic's highlighted message into a sentence with a caret under the place."""
    problem, _, excerpt = message.partition("\n\n")
    problem = problem.strip().replace("insuffient", "too few").replace("`", "'")
    start = _HIGHLIGHT.search(excerpt)
    if not start:
        return f"The formula '{text.strip()}' cannot be read. {problem.rstrip('.')}."
    plain = _HIGHLIGHT.sub("", excerpt)
    return (
        f"The formula '{text.strip()}' cannot be read. {problem}\n"
        f"    {plain}\n    {' ' * start.start()}^\n"
    )


def join(terms: Iterable[Term], effect: str = "") -> str:
    """Write terms as the right side of a formula, with the letter of an effect at the end.

    Examples
    --------
    >>> join((Term(()), Term.of("size")), "U")
    '1 + size + U'
    """
    names = [term.formula for term in terms]
    if "1" not in names:
        names.insert(0, "0")
    return " + ".join([*names, effect] if effect else names)
