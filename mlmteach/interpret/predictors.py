"""What a predictor of a model stands for, and what it means that it is 0."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.data.codebook import Category, Variable
from mlmteach.data.phrases import LANGUAGES
from mlmteach.model.coding import compared, weights_of_means
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Arithmetic,
    Column,
    Constant,
    Contrast,
    Expression,
    Form,
    FormulaFunction,
    Negative,
    columns_of,
)
from mlmteach.model.structure import upper_predictors
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.interpret.source import Source
    from mlmteach.model.places import Described
    from mlmteach.model.terms import Term

__all__ = ["Contrasted", "Meaning", "Shape", "category_of", "log_base", "meanings", "shape_of"]


# --- what an expression does to its variable: moved, scaled, centred, logged, squared -----


@dataclass(frozen=True)
class Shape:
    """How an expression is made from one variable: ``((x - zero) / step) ** power``.

    Attributes
    ----------
    form : str
        What kind of function it is; ``"other"`` for all that have no reading of their own.
    variable : str
        The column; empty for an expression of several columns.
    zero : float
        The value of the variable at which the expression is 0.
    step : float
        The change of the variable that changes the expression by 1.
    power : int
    base : float
        The base of a logarithm.
    of : str
        What a power is taken of: a number, a logarithm, or what is centred or standardized.
    """

    form: Form
    variable: str
    zero: float = 0.0
    step: float = 1.0
    power: int = 1
    base: float = math.e
    of: Form = "number"


def shape_of(tree: Expression) -> Shape:
    """Say what an expression does to its variable.

    Examples
    --------
    >>> shape_of(Factor("I((size - 1000) / 100)").tree)
    Shape(form='number', variable='size', zero=1000.0, step=100.0, power=1, base=2.71..., of=...)
    >>> shape_of(Factor("log2(size)").tree).form, shape_of(Factor("center_within(ses)").tree).form
    ('log', 'within')
    >>> shape_of(Factor("I(ses ** 2)").tree).power
    2
    """
    names = columns_of(tree)
    return _shape(tree) or Shape("other", names[0] if len(names) == 1 else "")


def log_base(tree: Expression) -> float | None:
    """Give the base of the logarithm that an expression is, whatever stands in its brackets.

    Examples
    --------
    >>> log_base(Factor("log10(size + 1)").tree), log_base(Factor("sqrt(size)").tree)
    (10.0, None)
    """
    if not isinstance(tree, Applied):
        return None
    row = FUNCTIONS[tree.function]
    return row.base or (log_base(row.definition(tree.argument)) if row.definition else None)


def _shape(tree: Expression) -> Shape | None:
    match tree:
        case Contrast(Column(name)):
            return Shape("number", name)
        case Applied(function, argument):
            return _of_function(FUNCTIONS[function], argument)
        case Arithmetic("**", left, right):
            power = _constant(right)
            if not power or power != int(power) or power <= 1:
                return None
            if (inner := _affine(left)) is not None:
                return Shape("power", *inner, power=int(power))
            base = _shape(left) if isinstance(left, Applied) else None
            if base is None or base.form == "group_mean":
                return None
            return replace(base, form="power", power=int(power), of=base.form)
    inner = _affine(tree)
    return Shape("number", *inner) if inner and inner[2] > 0 else None  # no steps downwards


def _of_function(row: FormulaFunction, argument: Expression) -> Shape | None:
    if row.base:
        inner = _affine(argument)
        if inner is None or inner[1] != 0 or inner[2] <= 0:
            return None
        return Shape("log", inner[0], zero=inner[2], base=row.base)
    if row.learns and isinstance(argument, Column):
        return Shape(row.form, argument.name)
    return None


def _affine(tree: Expression) -> tuple[str, float, float] | None:
    """Read ``a x + b`` as the variable, its value at zero, and the step: (x, -b/a, 1/a)."""
    if isinstance(tree, Column):
        return tree.name, 0.0, 1.0
    if not isinstance(tree, Arithmetic):
        return None
    constant, inner = _constant(tree.right), _affine(tree.left)
    if constant is None or inner is None:
        return None
    name, zero, step = inner
    if tree.operator == "-":
        return name, zero + step * constant, step
    if tree.operator == "+":
        return name, zero - step * constant, step
    if tree.operator == "/" and constant:
        return name, zero, step * constant
    if tree.operator == "*" and constant:
        return name, zero, step / constant
    return None


def _constant(tree: Expression) -> float | None:
    if isinstance(tree, Negative):
        value = _constant(tree.operand)
        return None if value is None else -value
    return float(tree.value) if isinstance(tree, Constant) else None


# --- what a predictor of a model stands for, and what it means that it is 0 ---------------

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

FAR = 10.0
"""A step this many times smaller or larger than a standard deviation is read better by the SD."""


@dataclass(frozen=True)
class Contrasted:
    """What the coefficient of a category compares, by the columns of X.

    Attributes
    ----------
    categories : tuple of Category
        All of its variable.
    weights : tuple of float
        Of their expected outcomes in the coefficient.
    above, below : tuple of Category
        The coefficient is a multiple of the mean of the one less that of the other; empty where it
        is no such difference.
    scale : float
        That multiple.
    zero : tuple of float
        The weights of the expected outcomes where all contrasts of the variable are 0.
    """

    categories: tuple[Category, ...] = ()
    weights: tuple[float, ...] = ()
    above: tuple[Category, ...] = ()
    below: tuple[Category, ...] = ()
    scale: float = 1.0
    zero: tuple[float, ...] = ()

    @property
    def with_all(self) -> bool:
        """Whether it compares with the mean of all categories."""
        return bool(self.below) and self.below == self.categories

    @property
    def is_even(self) -> bool:
        """Whether the contrasts are 0 at the mean of all categories."""
        return all(math.isclose(w, 1.0 / len(self.zero), abs_tol=1e-9) for w in self.zero)


@dataclass(frozen=True, eq=False)
class Meaning:
    """One factor of a term.

    Attributes
    ----------
    factor : Factor
    level : int
    shape : Shape
        How it is made from its variable.
    variable : Variable or None
        None where it is made from several columns.
    category, reference : Category or None
        For a dummy variable: the category that is 1, and the one that is 0.
    contrast : Contrasted or None
        What its coefficient compares; None where it is no category, or compares nothing.
    is_own : bool
        Whether it is a category with a coefficient of its own, compared with no other, as without
        a constant: ``sex[F]``.
    spread : Described or None
        Of the variable, where there are data.
    """

    factor: Factor
    level: int
    shape: Shape
    variable: Variable | None
    category: Category | None = None
    reference: Category | None = None
    spread: Described | None = None
    contrast: Contrasted | None = None
    is_own: bool = False

    @property
    def form(self) -> str:
        """``"category"``, or the form of its shape."""
        return "category" if self.category else self.shape.form

    @property
    def root(self) -> str:
        """The name of the variable behind it; the expression where there are several."""
        return self.shape.variable or self.factor.name

    @property
    def base(self) -> Meaning:
        """What a power is taken of; anything else is its own base."""
        if self.form != "power":
            return self
        return replace(self, shape=replace(self.shape, form=self.shape.of, power=1, of="number"))

    @property
    def written(self) -> str:
        """The predictor as an equation has it, ``t²``; a function as the formula has it."""
        shape, plain = self.shape, self.factor.function in {None, "I", "C"}
        plain &= shape.of == "number"
        if self.variable is None or not plain or self.form in {"other", "log"}:
            return self.factor.name
        text = self.variable.symbol
        if self.factor.level:
            return f"{text}[{self.factor.level}]"
        if shape.zero:
            text = f"({text} {'−' if shape.zero > 0 else '+'} {abs(shape.zero):g})"
        if shape.step != 1:
            step = f"/ {shape.step:g}" if shape.step > 1 else f"× {1 / shape.step:g}"
            text = f"({text} {step})"
        return text + str(shape.power).translate(_RAISED) if shape.power > 1 else text

    @property
    def zero(self) -> float | None:
        """The value of the variable that makes the factor 0, where that is one number."""
        if self.form == "power" and self.shape.of not in {"number", "log"}:
            return self.base.zero
        if self.form in {"number", "power", "log"}:
            return self.shape.zero
        if self.form in {"grand_mean", "standardized"} and self.spread:
            return self.spread.mean
        return 0.0 if self.form == "group_mean" else None

    @property
    def step(self) -> float:
        """How much of the variable one step of the factor is."""
        if self.form == "standardized":
            return self.spread.sd if self.spread else 1.0
        return self.shape.step

    @property
    def is_numeric(self) -> bool:
        """Whether it has a slope in units of one variable."""
        return self.form in {"number", "within", "group_mean", "grand_mean", "standardized"}

    @property
    def has_places(self) -> bool:
        """Whether its variable has a mean at which other coefficients can be evaluated."""
        kinds = {"number", "log", "group_mean", "grand_mean", "standardized"}
        return self.spread is not None and self.form in kinds

    @property
    def is_far(self) -> bool:
        """Whether one step is far smaller or larger than a standard deviation."""
        if self.form not in {"number", "group_mean", "grand_mean"} or self.spread is None:
            return False
        steps = abs(self.spread.sd / self.step)
        return steps > 0 and not 1 / FAR <= steps <= FAR

    @property
    def zero_is_outside(self) -> bool:
        """Whether its zero lies outside the data, or is no meaningful value."""
        if self.form not in {"number", "log", "group_mean"} or self.variable is None:
            return False
        if self.spread is not None:
            return not self.spread.minimum <= self.shape.zero <= self.spread.maximum
        return self.variable.zero is False and self.shape.zero == 0.0


def meanings(source: Source, term: Term, level: int) -> tuple[Meaning, ...]:
    """Say what each factor of a term stands for."""
    for factor in term.factors:
        if (factor, level) not in source.remembered:
            source.remembered[factor, level] = _meaning(source, factor, level)
    return tuple(source.remembered[factor, level] for factor in term.factors)


def _meaning(source: Source, factor: Factor, level: int) -> Meaning:
    shape = shape_of(factor.tree)
    name = shape.variable
    book = source.codebook
    variable = book.get(name)
    basis = factor.level is not None and shape.form != "number"  # poly(x, 2)[1]
    if variable is None or basis or shape.form == "other":
        return Meaning(factor, level, Shape("other", name), None)
    if factor.level is not None:
        return _of_category(source, Meaning(factor, level, shape, variable))
    if shape == Shape("number", name):
        pair = variable.categories
        codes = [str(c.value) for c in pair]
        if codes in (["0", "1"], ["False", "True"]):
            return _binary(Meaning(factor, level, shape, variable, pair[1], pair[0]))
        if variable.dtype == "text" and len(pair) == 2:  # not yet bound to data
            return _binary(Meaning(factor, level, shape, variable, pair[1], pair[0]))
        if variable.dtype == "text" or variable.kind == "categorical":
            return Meaning(factor, level, Shape("other", name), variable)
        if level == 1 and source.centred_within(name):
            shape = Shape("within", name)
    inner = shape.of if shape.form == "power" else shape.form
    if inner == "within":
        return Meaning(factor, level, shape, variable, spread=source.spread_within(name))
    # center() and scale() go by the rows; all else by the units of the level
    over = 1 if inner in {"grand_mean", "standardized"} else level
    return Meaning(factor, level, shape, variable, spread=source.spread(name, over))


def _binary(meaning: Meaning) -> Meaning:
    assert meaning.category is not None
    assert meaning.reference is not None
    pair = (meaning.reference, meaning.category)
    contrast = Contrasted(pair, (-1.0, 1.0), pair[1:], pair[:1], zero=(1.0, 0.0))
    return replace(meaning, contrast=contrast)


def _of_category(source: Source, meaning: Meaning) -> Meaning:
    """Say what the contrast of a category stands for, by the columns of all contrasts."""
    factor, variable, level = meaning.factor, meaning.variable, meaning.level
    assert factor.level is not None
    assert variable is not None
    category = category_of(source, variable, factor.level, level)
    if source.places.is_full(factor):
        return replace(meaning, category=category, is_own=True)
    beside = [
        other
        for at, other in source.places.factors
        if at == level and other.bare == factor.bare and other.suffix
        if not source.places.is_full(other)
    ]
    known = [source.places.coded(other) for other in beside]
    columns = [column for _, column in filter(None, known)]
    if not columns or len(columns) < len(beside):  # by their names, where there are no data
        if not factor.suffix.startswith("[T."):
            return replace(meaning, category=category)
        reference = _reference(source, factor, variable, level)
        found = replace(meaning, category=category, reference=reference)
        return _binary(found) if reference else found
    values = next(filter(None, known))[0]
    categories = tuple(category_of(source, variable, str(v), level) for v in values)
    weights = weights_of_means(np.column_stack([np.ones(len(values)), *columns]))
    zero, own = weights[0], weights[1 + beside.index(factor)]
    base = [c for c, w in zip(categories, zero, strict=True) if math.isclose(w, 1.0)]
    read = compared(own)
    contrast = Contrasted(categories, tuple(own.tolist()), zero=tuple(zero.tolist()))
    if read is not None:
        above, below = (tuple(categories[i] for i in side) for side in (read.above, read.below))
        contrast = replace(contrast, above=above, below=below, scale=read.scale)
        category = above[0] if len(above) == 1 else category
    reference = base[0] if len(base) == 1 and np.isclose(np.abs(zero).sum(), 1.0) else None
    return replace(meaning, category=category, reference=reference, contrast=contrast)


def category_of(source: Source, variable: Variable, value: str, level: int) -> Category:
    """Find a category by its value, or make phrases for one that no codebook knows."""
    for category in variable.categories:
        if str(category.value) == value:
            return category
    return _phrased(source, variable, value, level)


def _phrased(
    source: Source, variable: Variable, value: str, level: int, *, reference: bool = False
) -> Category:
    """Make the phrases of a category from its name, or of the reference without a name."""
    book = source.codebook
    unit = book.unit(level)
    words = {field: str(getattr(unit, field)) for field in unit.__dataclass_fields__}
    language = LANGUAGES[book.language]
    entry = language.reference(variable.label, words) if reference else {}
    phrases = language.category(value, variable.label, words, level, entry)
    return Category(value=value, named=False, **phrases)


def _reference(source: Source, factor: Factor, variable: Variable, level: int) -> Category | None:
    """Find the category that has no contrast of its own in the model, of a number too."""
    named = {
        other.level
        for c in source.model.coefficients
        for term in (c.term, *c.predictors, *upper_predictors(c))
        for other in term.factors
        if other.bare == factor.bare and other.suffix.startswith("[T.")  # in a product, all may
    }
    values = [str(c.value) for c in variable.categories]
    values = values or [str(value) for value in source.places.categories(level, variable.name)]
    left = [value for value in values if value not in named]
    if left:
        return category_of(source, variable, left[0], level)
    if variable.categories or source.places.frame is not None:
        return None
    return _phrased(source, variable, "", level, reference=True)  # only the others have names
