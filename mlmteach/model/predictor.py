"""What a formula says of a predictor: one tree, and one table of the functions that it may use.

Whoever reads a predictor matches on its tree: the columns of a design are computed from it, an
equation is spelled from it, a sentence asks what it does to its variable, another program gets it
in its own words, and an equation that somebody wrote becomes one.  A function is known to all of
them by its row in :data:`FUNCTIONS`.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

__all__ = [
    "FUNCTIONS",
    "REFUSED",
    "VERBATIM",
    "Applied",
    "Arithmetic",
    "Column",
    "Constant",
    "Contrast",
    "Expression",
    "Form",
    "FormulaFunction",
    "Key",
    "Negative",
    "Verbatim",
    "canonical",
    "columns_of",
    "evaluate",
    "factors_of",
    "find_function",
    "folded",
    "functions_in",
    "is_known",
    "is_mathematical",
    "is_truth",
    "looks_at_groups",
    "parts_of",
    "quoted",
    "read_expression",
    "refusal",
    "unknown_part",
    "with_parts",
    "write_expression",
]


# --- the tree --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Constant:
    """A number; 10 and 10.0 are the same."""

    value: float

    @property
    def text(self) -> str:
        """The number as it was written, but for a trailing ``.0``."""
        return repr(self.value).removesuffix(".0")


@dataclass(frozen=True)
class Column:
    """A column of the data, whatever its name looks like."""

    name: str


@dataclass(frozen=True)
class Negative:
    """Minus an expression."""

    operand: Expression


@dataclass(frozen=True)
class Arithmetic:
    """Two expressions and ``+ - * /`` or ``**`` between them."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Applied:
    """A function of the table, by its first name, and what stands in its brackets."""

    function: str
    argument: Expression


@dataclass(frozen=True)
class Contrast:
    """A column taken as categories: ``C(sex)``, with what it says of their coding."""

    column: Expression
    coding: str = ""


@dataclass(frozen=True)
class Verbatim:
    """What has no form here, in one spelling: ``poly(ses, 2)``, ``ses > 3``."""

    text: str
    columns: tuple[str, ...]


Expression = Constant | Column | Negative | Arithmetic | Applied | Contrast | Verbatim


def parts_of(tree: Expression) -> tuple[Expression, ...]:
    """Give the expressions that stand directly within one."""
    match tree:
        case Negative(operand):
            return (operand,)
        case Arithmetic(_, left, right):
            return (left, right)
        case Applied(_, argument):
            return (argument,)
        case Contrast(column, _):
            return (column,)
    return ()


def with_parts(tree: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Give the same tree with its parts changed."""
    match tree:
        case Negative(operand):
            return Negative(change(operand))
        case Arithmetic(operator, left, right):
            return Arithmetic(operator, change(left), change(right))
        case Applied(function, argument):
            return Applied(function, change(argument))
        case Contrast(column, coding):
            return Contrast(change(column), coding)
    return tree


def _walk(tree: Expression) -> Iterator[Expression]:
    yield tree
    for part in parts_of(tree):
        yield from _walk(part)


@lru_cache(maxsize=4096)
def columns_of(tree: Expression) -> tuple[str, ...]:
    """Give the names of the columns, in order, each once."""
    names: dict[str, None] = {}
    for part in _walk(tree):
        match part:
            case Column(name):
                names[name] = None
            case Verbatim(columns=columns):
                names |= dict.fromkeys(columns)
    return tuple(names)


def unknown_part(tree: Expression) -> Verbatim | Contrast | None:
    """Give what keeps a tree from being a formula of its columns, if anything does."""
    return next((part for part in _walk(tree) if isinstance(part, Verbatim | Contrast)), None)


@lru_cache(maxsize=4096)
def is_truth(tree: Expression) -> bool:
    """Tell whether an expression is true or false, as ``I(ses > 0)`` is.

    Examples
    --------
    >>> is_truth(read_expression("I(ses > 0)")), is_truth(read_expression("I(ses ** 2)"))
    (True, False)
    """
    if not isinstance(tree, Verbatim):
        return False
    try:
        node = ast.parse(_QUOTED.sub("_", tree.text).strip(), mode="eval").body
    except SyntaxError:
        return False
    return isinstance(node, ast.Compare | ast.BoolOp)


def is_mathematical(tree: Expression) -> bool:
    """Tell whether an equation can show the tree as mathematics, rather than as it was written.

    A bar over a whole expression would be hard to read, so means are those of columns.
    """
    return unknown_part(tree) is None and all(
        isinstance(part.argument, Column)
        for part in _walk(tree)
        if isinstance(part, Applied) and FUNCTIONS[part.function].learns
    )


# --- the functions ---------------------------------------------------------------------------


Form = Literal[
    "number", "within", "group_mean", "grand_mean", "standardized", "log", "power", "other"
]
"""How a sentence reads a predictor; ``"other"`` for all that have no words of their own."""


@dataclass(frozen=True)
class FormulaFunction:
    """A row of the table: all that anybody has to know of a function.

    Parameters
    ----------
    name : str
        Its first name, which is the one that is written.
    aliases : tuple of str
        Its other names; what NumPy computes is also known by ``np.`` and each of them.
    value : callable, optional
        What it makes of an array, element by element.
    definition : callable, optional
        What it stands for, in other functions: ``center(x)`` is ``x - mean(x)``.
    moment : {"", "mean", "std"}
        What it takes from all rows, for a function that is neither, by pandas' name.
    within : bool
        Whether it does so within each group.
    latex, text, spoken, spoken_german : str
        How it is shown and said, with ``%s`` for what stands in its brackets.
    base : float
        The base of a logarithm, for sentences; 0 for other functions.
    form : str
        How a sentence reads it.
    words : mapping of str to str
        What programs call it, where they do not by its name: ``{"spss": "LN(%s)"}``.
    """

    name: str
    aliases: tuple[str, ...] = ()
    value: Callable[[Any], Any] | None = None
    definition: Callable[[Expression], Expression] | None = None
    moment: Literal["", "mean", "std"] = ""
    within: bool = False
    latex: str = ""
    text: str = ""
    spoken: str = ""
    spoken_german: str = ""
    base: float = 0.0
    form: Form = "other"
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, as a formula may write them."""
        own = (self.name, *self.aliases)
        return (*own, *(f"np.{name}" for name in own if hasattr(np, name) and self.value))

    @property
    def learns(self) -> bool:
        """Whether it needs a mean or a standard deviation of the data."""
        return bool(self.moment) or (
            self.definition is not None and _learns(self.definition(Column("x")))
        )


def _learns(tree: Expression) -> bool:
    return any(FUNCTIONS[part.function].learns for part in _walk(tree) if isinstance(part, Applied))


def _minus_mean(x: Expression) -> Expression:
    return Arithmetic("-", x, Applied("mean", x))


def _standardized(x: Expression) -> Expression:
    return Arithmetic("/", _minus_mean(x), Applied("sd", x))


FUNCTIONS: dict[str, FormulaFunction] = {
    row.name: row
    for row in (
        FormulaFunction(
            "log",
            ("ln",),
            value=np.log,
            latex=r"\log(%s)",
            text="log(%s)",
            spoken="the logarithm of %s",
            spoken_german="der Logarithmus von %s",
            base=math.e,
            form="log",
            words={"stata": "ln(%s)", "spss": "LN(%s)"},
        ),
        FormulaFunction(
            "log2",
            value=np.log2,
            latex=r"\log_{2}(%s)",
            text="log₂(%s)",
            spoken="the base two logarithm of %s",
            spoken_german="der Zweierlogarithmus von %s",
            base=2.0,
            form="log",
            words={"stata": "(ln(%s) / ln(2))", "spss": "(LN(%s) / LN(2))"},
        ),
        FormulaFunction(
            "log10",
            value=np.log10,
            latex=r"\log_{10}(%s)",
            text="log₁₀(%s)",
            spoken="the base ten logarithm of %s",
            spoken_german="der Zehnerlogarithmus von %s",
            base=10.0,
            form="log",
            words={"spss": "LG10(%s)"},
        ),
        FormulaFunction(
            "log1p",
            value=np.log1p,
            definition=lambda x: Applied("log", Arithmetic("+", x, Constant(1))),
        ),
        FormulaFunction(
            "exp",
            value=np.exp,
            latex=r"\exp(%s)",
            text="exp(%s)",
            spoken="the exponential of %s",
            spoken_german="die Exponentialfunktion von %s",
            words={"spss": "EXP(%s)"},
        ),
        FormulaFunction(
            "sqrt",
            value=np.sqrt,
            latex=r"\sqrt{%s}",
            text="√(%s)",
            spoken="the square root of %s",
            spoken_german="die Wurzel aus %s",
            words={"spss": "SQRT(%s)"},
        ),
        FormulaFunction(
            "abs",
            value=np.abs,
            latex=r"\left|%s\right|",
            text="|%s|",
            spoken="the absolute value of %s",
            spoken_german="der Betrag von %s",
            words={"spss": "ABS(%s)"},
        ),
        FormulaFunction("mean", moment="mean"),
        FormulaFunction("sd", ("std",), moment="std"),
        FormulaFunction("group_mean", moment="mean", within=True, form="group_mean"),
        FormulaFunction("center", definition=_minus_mean, form="grand_mean"),
        FormulaFunction(
            "center_within",
            definition=lambda x: Arithmetic("-", x, Applied("group_mean", x)),
            within=True,
            form="within",
        ),
        FormulaFunction("scale", ("standardize",), definition=_standardized, form="standardized"),
    )
}
"""The functions of a formula, by their first names."""

VERBATIM = ("poly", "bs", "cr", "cc", "cs", "exp2", "exp10")
"""Functions that a formula may use too, and that are shown as they were written."""

REFUSED = ("lag", "hashed")
"""Functions of formulaic that look at the order of the rows and not at the groups."""


def find_function(name: str) -> FormulaFunction | None:
    """Find a function by any of its names, such as ``"np.log"``.

    Examples
    --------
    >>> find_function("np.log").name, find_function("standardize").name, find_function("poly")
    ('log', 'scale', None)
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    return next((row for row in FUNCTIONS.values() if name in row.names), None)


# --- from text to tree, and back -------------------------------------------------------------

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_QUOTED = re.compile(r"`([^`]*)`")


def quoted(name: str) -> str:
    """Write the name of a column within an expression: in backticks, if Python would not take it.

    Python takes ``µ`` too, but for another letter.
    """
    plain = name.isidentifier() and not keyword.iskeyword(name)
    return name if plain and unicodedata.is_normalized("NFKC", name) else f"`{name}`"


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Expression:
    """Read a predictor of a formula.

    Parameters
    ----------
    text : str
        Such as ``"log(`my column` + 1)"`` or ``"I(ses ** 2)"``; ``I()`` leaves no trace.

    Returns
    -------
    Expression

    Raises
    ------
    SyntaxError
        If it is no expression.

    Examples
    --------
    >>> read_expression("np.log(size)")
    Applied(function='log', argument=Column(name='size'))
    >>> read_expression("poly(ses,2)")
    Verbatim(text='poly(ses, 2)', columns=('ses',))
    """
    names = {f"quoted_{i}_": name for i, name in enumerate(_QUOTED.findall(text))}
    stand_ins = iter(names)
    readable = _QUOTED.sub(lambda _: next(stand_ins), text)
    return _read(ast.parse(readable.strip(), mode="eval").body, names)


@lru_cache(maxsize=4096)
def functions_in(text: str) -> tuple[str, ...]:
    """Give the functions that an expression calls by a plain name, each once.

    Examples
    --------
    >>> functions_in("log(np.abs(x) + foo(z))")
    ('log', 'foo')
    """
    try:
        nodes = ast.walk(ast.parse(_QUOTED.sub("_", text).strip(), mode="eval"))
    except SyntaxError:
        return ()
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return tuple(dict.fromkeys(n.func.id for n in calls if isinstance(n.func, ast.Name)))


def looks_at_groups(text: str) -> bool:
    """Tell whether an expression is measured within groups.

    Examples
    --------
    >>> looks_at_groups("log(group_mean(x))"), looks_at_groups("center(x)")
    (True, False)
    """
    found = map(find_function, functions_in(text))
    return any(row is not None and row.within for row in found)


_BUILTINS = ("abs", "bool", "float", "int", "max", "min", "round")
_ARRAY_FUNCTIONS = ("clip", "isin", "round", "where")  # beside those that work element by element
_HARMLESS = (
    ast.Name | ast.Constant | ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.Call
    | ast.keyword | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Attribute
    | ast.operator | ast.unaryop | ast.cmpop | ast.boolop | ast.expr_context
)  # fmt: skip
_MOST_NODES = 500
_HIGHEST_POWER = 100
_LARGEST_NUMBER = 1e300
_DIGITS = 300  # of a number that is computed before there are columns


@lru_cache(maxsize=4096)
def refusal(text: str) -> tuple[str, str] | None:
    """Say what in an expression is more than arithmetic with columns, and what to do about it.

    An expression that is computed by Python could do anything; an answer of a student is computed
    by the grader.  So no attribute, no method and no function is let through that is not known,
    and no number that takes for ever.

    Parameters
    ----------
    text : str
        As a formula writes it.

    Returns
    -------
    tuple of (str, str) or None
        The rest of a sentence that begins with the expression, and a remedy.

    Examples
    --------
    >>> refusal("I(x ** 2)")
    >>> refusal("I(open('notes.txt'))")[0]
    "calls 'open', which is no function that a formula knows"
    >>> refusal("I(x ** 99999999)")[0]
    'has the power 99999999; the highest is 100'
    """
    elsewhere = "Compute the column in the data frame."
    try:
        nodes = list(ast.walk(ast.parse(_QUOTED.sub("_", text).strip(), mode="eval").body))
    except SyntaxError:
        return None  # whoever reads it says where
    except (ValueError, MemoryError, RecursionError):
        return "cannot be read", elsewhere
    if len(nodes) > _MOST_NODES:
        return f"has more than {_MOST_NODES} parts", elsewhere
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if found := _fault(node, is_called=id(node) in called):
            return found, elsewhere
    return None


def _fault(node: ast.AST, *, is_called: bool) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if not is_known(name):
            return f"calls '{name}', which is no function that a formula knows"
        case ast.Call(func=ast.Name(id=name), args=[_, *options], keywords=named) if (
            name in VERBATIM
        ):
            values = [*options, *(option.value for option in named)]
            counts = [v.value for v in values if isinstance(v, ast.Constant)]
            if any(isinstance(count, int) and count > _HIGHEST_POWER for count in counts):
                return f"asks '{name}' for more than {_HIGHEST_POWER} columns"
        case ast.Call(func=ast.Name() | ast.Attribute()):
            return ""
        case ast.Attribute(value=ast.Name(id="np"), attr=name) if is_called:
            whole = getattr(np, name, None)
            if not isinstance(whole, np.ufunc) and name not in _ARRAY_FUNCTIONS:
                return f"calls 'np.{name}', which is no function that a formula knows"
        case ast.Attribute(value=ast.Name(id="contr")):
            return ""
        case ast.Attribute(attr=name):
            return f"has '.{name}', which a formula does not know"
        case ast.BinOp(op=ast.LShift() | ast.RShift() | ast.MatMult()):
            return "has an operator that a formula does not know"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power_fault(left, right)
        case ast.BinOp(left=left, right=right):
            if any(isinstance(side, ast.List | ast.Tuple | ast.Set) for side in (left, right)):
                return "computes with a list"
            sides = [side.value for side in (left, right) if isinstance(side, ast.Constant)]
            if any(not isinstance(side, int | float) for side in sides):
                return "computes with a text"
        case ast.Constant(value=int() | float() as value) if not abs(value) <= _LARGEST_NUMBER:
            return "has a number that is too large"
        case _ if not isinstance(node, _HARMLESS):
            return "is more than arithmetic"
    return ""


def _digits(node: ast.expr) -> float:
    """Bound how many digits an expression of numbers alone has."""
    match node:
        case ast.UnaryOp(operand=operand):
            return _digits(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _digits(left) * _size(right)
        case ast.BinOp(left=left, right=right):
            return _digits(left) + _digits(right)
        case ast.Call(args=args):
            return sum(map(_digits, args))
    return math.log10(10.0 * max(1.0, _size(node)))


def _size(node: ast.expr) -> float:
    """The absolute value of a number, and of what is none the largest that is let through."""
    if isinstance(node, ast.UnaryOp):
        return _size(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return abs(float(node.value))
    return float(_LARGEST_NUMBER)


def _power_fault(base: ast.expr, exponent: ast.expr) -> str:
    """Numbers alone are computed exactly by Python, however many digits that takes."""
    if isinstance(exponent, ast.UnaryOp):
        exponent = exponent.operand
    match exponent:
        case ast.Constant(value=int() | float() as value):
            if not value <= _HIGHEST_POWER:
                return f"has the power {value}; the highest is {_HIGHEST_POWER}"
        case _ if not any(isinstance(part, ast.Name) for part in ast.walk(exponent)):
            return "has a power that is no plain number"
    parts = (*ast.walk(base), *ast.walk(exponent))
    if any(isinstance(part, ast.Name) for part in parts):
        return ""
    if _digits(base) * _size(exponent) > _DIGITS:
        return "raises a number to a power that makes it too large"
    return ""


def is_known(name: str) -> bool:
    """Tell whether a formula may call a function.

    Examples
    --------
    >>> is_known("log"), is_known("poly"), is_known("open")
    (True, True, False)
    """
    from formulaic.transforms import TRANSFORMS

    return bool(find_function(name)) or name in VERBATIM or name in {*TRANSFORMS, *_BUILTINS}


def _read(node: ast.expr, names: Mapping[str, str]) -> Expression:
    match node:
        case ast.Name(id=name):
            return Column(names.get(name, name))
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Constant(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Negative(_read(operand, names))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read(operand, names)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            sign = _OPERATORS[type(operator)]
            return Arithmetic(sign, _read(left, names), _read(right, names))
        case ast.Call(func=ast.Name(id="Q"), args=[ast.Constant(value=str() as name)], keywords=[]):
            return Column(name)
        case ast.Call(func=ast.Name(id="I"), args=[argument], keywords=[]):
            return _read(argument, names)
        case ast.Call(func=ast.Name(id="C"), args=[column, *coding], keywords=keywords):
            said = [_spelled(argument, names) for argument in coding]
            said += [f"{k.arg}={_spelled(k.value, names)}" for k in keywords]
            return Contrast(_read(column, names), ", ".join(said))
        case ast.Call(func=function, args=[argument], keywords=[]) if row := find_function(
            ast.unparse(function)
        ):
            return Applied(row.name, _read(argument, names))
    return Verbatim(_spelled(node, names), _names_in(node, names))


def _spelled(node: ast.expr, names: Mapping[str, str]) -> str:
    """Write what is not understood in one spelling, odd names in backticks again."""
    return re.sub(r"quoted_\d+_", lambda found: f"`{names[found[0]]}`", ast.unparse(node))


def _names_in(node: ast.expr, names: Mapping[str, str]) -> tuple[str, ...]:
    """Find the names in an expression that are no functions and no modules."""
    nodes = list(ast.walk(node))
    heads = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    heads |= {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    found = [n for n in nodes if isinstance(n, ast.Name) and id(n) not in heads]
    found.sort(key=lambda name: (name.lineno, name.col_offset))
    return tuple(dict.fromkeys(names.get(name.id, name.id) for name in found))


def write_expression(tree: Expression) -> str:
    """Write a tree as a formula does; what is computed by operators stands in ``I()``.

    Examples
    --------
    >>> write_expression(read_expression("I( (ses-3)**2 )"))
    'I((ses - 3) ** 2)'
    >>> write_expression(read_expression("np.log(`my size` + 1)"))
    'log(`my size` + 1)'
    """
    text = _write(tree, _WHOLE)
    named = isinstance(tree, Column | Applied | Contrast) or (
        isinstance(tree, Verbatim) and re.match(r"[A-Za-z_][\w.]*\(.*\)$", text, re.DOTALL)
    )
    return text if named else f"I({text})"


# how tightly an expression holds together, from sums to atoms
_WHOLE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(6)
_HOLDS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}


def _write(tree: Expression, least: int = _SUM) -> str:
    match tree:
        case Constant():
            return tree.text
        case Column(name):
            return quoted(name)
        case Negative(operand):
            holds, text = _SIGN, f"-{_write(operand, _SIGN)}"
        case Arithmetic("**", left, right):
            holds, text = _POWER, f"{_write(left, _ATOM)} ** {_write(right, _SIGN)}"
        case Arithmetic(operator, left, right):
            holds = _HOLDS[operator]
            text = f"{_write(left, holds)} {operator} {_write(right, holds + 1)}"
        case Applied(function, argument):
            return f"{function}({_write(argument)})"
        case Contrast(column, coding):
            return f"C({_write(column)}{', ' if coding else ''}{coding})"
        case Verbatim(text):
            holds = _ATOM if re.fullmatch(r"[\w.]+\(.*\)", text, re.DOTALL) else _WHOLE
    return text if holds >= least else f"({text})"


# --- when two are the same -------------------------------------------------------------------


Key = tuple[Any, ...]
"""The sign of an expression and what it is without it, the same for all its spellings."""


@lru_cache(maxsize=4096)
def canonical(tree: Expression) -> Key:
    """Give what all spellings of one predictor have in common.

    Functions become what they stand for; the terms of a sum and the factors of a product are put
    into one order, and signs go outwards.

    Examples
    --------
    >>> one, other = read_expression("center(ses)"), read_expression("I(-mean(ses) + ses)")
    >>> canonical(one) == canonical(other)
    True
    """
    match tree:
        case Constant(value):
            return (1, ("number", float(value)))
        case Column(name):
            return (1, ("column", name))
        case Negative(operand):
            return _flipped(canonical(operand))
        case Arithmetic("+", left, right):
            return _sum(canonical(left), canonical(right))
        case Arithmetic("-", left, right):
            return _sum(canonical(left), _flipped(canonical(right)))
        case Arithmetic("*" | "/" as operator, left, right):
            (sign, one), (other_sign, other) = canonical(left), canonical(right)
            (top, bottom), (over, under) = _fraction(one), _fraction(other)
            if operator == "/":
                over, under = under, over
            return (sign * other_sign, _quotient((*top, *over), (*bottom, *under)))
        case Arithmetic(operator, left, right):
            return (1, (operator, canonical(left), canonical(right)))
        case Applied(function, argument):
            definition = FUNCTIONS[function].definition
            if definition is not None:
                return canonical(definition(argument))
            return (1, ("function", function, canonical(argument)))
        case Contrast(column, coding):
            return (1, ("contrast", canonical(column), coding))
        case Verbatim(text):
            return (1, ("verbatim", text))


def factors_of(tree: Expression) -> tuple[Key, ...]:
    """Give the factors of a product in their canonical forms; of anything else, itself.

    Examples
    --------
    >>> x, z = read_expression("x"), read_expression("z")
    >>> factors_of(read_expression("I(x * z)")) == (canonical(x), canonical(z))
    True
    """
    sign, key = canonical(tree)
    if key[0] != "*":
        return ((sign, key),)
    first, *others = key[1]
    return ((sign, first), *((1, other) for other in others))


def _fraction(key: Key) -> tuple[Key, Key]:
    """The factors above and below the line."""
    if key[0] == "/":
        return _fraction(key[1])[0], _fraction(key[2])[0]
    return (key[1] if key[0] == "*" else (key,)), ()


def _quotient(top: Key, bottom: Key) -> Key:
    above = top[0] if len(top) == 1 else ("*", tuple(sorted(top, key=repr)))
    if not bottom:
        return above
    below = bottom[0] if len(bottom) == 1 else ("*", tuple(sorted(bottom, key=repr)))
    numbers: Any = (above[1], below[1]) if above[0] == below[0] == "number" else (0, 0)
    if numbers[1]:
        return ("number", numbers[0] / numbers[1])
    return ("/", above, below)


def _flipped(key: Key) -> Key:
    return (-key[0], key[1])


def _sum(*summands: Key) -> Key:
    """Add keys; the sum has the sign of its first term, and what cancels is left out."""
    counts: Counter[Key] = Counter()
    for sign, key in summands:
        for own, inner in key[1] if key[0] == "+" else ((1, key),):
            counts[inner] += sign * own
    terms = [
        (1 if count > 0 else -1, inner)
        for inner, count in sorted(counts.items(), key=lambda item: repr(item[0]))
        for _ in range(abs(count))
    ]
    if len(terms) == 1:
        return terms[0]
    lead = terms[0][0] if terms else 1
    return (lead, ("+", tuple((lead * own, inner) for own, inner in terms)))


def folded(tree: Expression) -> Expression:
    """Give a tree by the functions that take means, wherever it spells one of them out.

    Examples
    --------
    >>> write_expression(folded(read_expression("I((x - mean(x)) / sd(x))")))
    'scale(x)'
    """
    spelled = FUNCTIONS.values() if isinstance(tree, Arithmetic) and _learns(tree) else ()
    for row in spelled:
        for part in dict.fromkeys(_walk(tree)) if row.definition and row.learns else ():
            if row.definition and canonical(row.definition(part)) == canonical(tree):
                return Applied(row.name, folded(part))
    return with_parts(tree, folded)


# --- numbers ---------------------------------------------------------------------------------

_COMPUTED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: left**right,
}


def evaluate(
    tree: Expression, columns: Mapping[str, Any], moment: Callable[[FormulaFunction, Any], Any]
) -> Any:
    """Compute a tree.

    Parameters
    ----------
    tree : Expression
        Without parts that are not understood.
    columns : mapping of str to array, each of shape (n,)
        The values of its columns.
    moment : callable
        Gives the mean or the standard deviation of an array, over all rows or within each group.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> x = np.array([1.0, 3.0])
    >>> evaluate(read_expression("center(x)"), {"x": x}, lambda row, values: values.mean())
    array([-1.,  1.])
    """
    match tree:
        case Constant(value):
            return np.float64(value)
        case Column(name):
            return columns[name]
        case Negative(operand):
            return -evaluate(operand, columns, moment)
        case Arithmetic(operator, left, right):
            one, other = (evaluate(part, columns, moment) for part in (left, right))
            return _COMPUTED[operator](one, other)
        case Applied(function, argument):
            row = FUNCTIONS[function]
            if row.value is not None:
                return row.value(evaluate(argument, columns, moment))
            if row.definition is not None:
                return evaluate(row.definition(argument), columns, moment)
            return moment(row, evaluate(argument, columns, moment))
    raise AssertionError(f"'{write_expression(tree)}' is for formulaic to compute")
