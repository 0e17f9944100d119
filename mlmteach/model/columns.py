"""The columns of a predictor: how a factor becomes numbers, now and for new data."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.errors import ModelError
from mlmteach.model.predictor import (
    FUNCTIONS,
    Applied,
    Column,
    Contrast,
    FormulaFunction,
    evaluate,
    functions_in,
    is_truth,
    unknown_part,
)
from mlmteach.model.rows import numeric_columns
from mlmteach.model.structure import Names
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from formulaic import ModelSpec

__all__ = ["Coding", "MomentSums", "group_functions", "learn"]

_EVALUATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


def group_functions(
    labels: pd.Series[Any], used: Collection[str] | None = None
) -> dict[str, Callable[..., Any]]:
    """The functions of formulas, by all their names, for rows of these groups.

    Means and standard deviations are those of the data in which a function was used first; a group
    that was not among them gets the mean of its own rows.

    Parameters
    ----------
    labels : pandas.Series, shape (n,)
        The group of each row.
    used : collection of str, optional
        The names that are needed; all by default.

    Returns
    -------
    dict of str to callable
        What formulaic is given to evaluate them with.
    """
    found: dict[str, Callable[..., Any]] = {}
    for row in FUNCTIONS.values():
        names = [name for name in (row.name, *row.aliases) if used is None or name in used]
        if names:
            found |= dict.fromkeys(names, row.value or _learned(row, labels))
    return found


def _learned(row: FormulaFunction, labels: pd.Series[Any]) -> Callable[..., Any]:
    """A function that remembers the moments of the data in which it was used first."""
    from formulaic.transforms import TRANSFORMS, stateful_transform

    tree = Applied(row.name, Column("x"))

    def learned(data: Any, *arguments: Any, _state: Any = None, **options: Any) -> Any:
        if arguments or options:  # scale(x, center=False)
            return TRANSFORMS[row.name](data, *arguments, _state=_state, **options)

        def moment(row: FormulaFunction, values: pd.Series[Any]) -> Any:
            known = _state.get(row.name)
            if isinstance(known, MomentSums):
                known.take(values.to_numpy(dtype=float), labels)
                return values * np.nan
            if not row.within:
                return _state.setdefault(row.name, values.agg(row.moment))
            found = None if known is None else labels.map(known)
            if found is None or found.isna().any():
                here = values.groupby(labels.to_numpy()).agg(row.moment)
                known = _state.setdefault(row.name, here)
                found = labels.map(known.combine_first(here))
            return found.astype(float).set_axis(values.index)

        return evaluate(tree, {"x": data.astype(float)}, moment)

    transform: Callable[..., Any] = stateful_transform(learned)
    return transform


@dataclass
class MomentSums:
    """A mean or a standard deviation, over all rows or within groups, while rows are still coming.

    It stands in the place of the moment among what a function remembers.  As long as it does, the
    function is not a number, and neither is any other that is taken of it; those wait for their
    turn.

    Attributes
    ----------
    name : str
        Of the row in :data:`~mlmteach.model.predictor.FUNCTIONS`.
    count, mean, squares : float
        Over all rows; the squares are those of departures from the mean.
    parts : list of pandas.DataFrame
        Columns ``n`` and ``mean``, by the labels of the groups.
    """

    name: str
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    parts: list[pd.DataFrame] = field(default_factory=list)

    def take(self, values: FloatArray, labels: pd.Series[Any]) -> None:
        """Take the values of some rows, unless they wait for another moment."""
        if not len(values) or np.isnan(values).all():
            return
        other = MomentSums(self.name, len(values))
        if FUNCTIONS[self.name].within:
            grouped = pd.Series(values).groupby(labels.to_numpy(), sort=False)
            other.parts = [pd.DataFrame({"n": grouped.size(), "mean": grouped.mean()})]
        else:
            other.mean = float(values.mean())
            other.squares = float(((values - other.mean) ** 2).sum())
        self.absorb(other)

    def absorb(self, other: MomentSums) -> None:
        """Add other rows, as Chan, Golub & LeVeque (1983), The American Statistician 37, do."""
        count = self.count + other.count
        if not other.count:
            return
        apart = other.mean - self.mean
        self.mean += apart * (other.count / count)
        self.squares += other.squares + apart**2 * (self.count * (other.count / count))
        self.count = count
        self.parts += other.parts
        if len(self.parts) > 1 and sum(map(len, self.parts[1:])) > len(self.parts[0]):
            self.parts = [self._joined()]

    def _joined(self) -> pd.DataFrame:
        every = pd.concat(self.parts)
        first = every["mean"].groupby(level=0).transform("first")
        apart = (every["n"] * (every["mean"] - first)).groupby(level=0).sum()
        count = every["n"].groupby(level=0).sum()
        # a group of equal values has exactly that mean
        return pd.DataFrame({"n": count, "mean": first.groupby(level=0).first() + apart / count})

    @property
    def moment(self) -> float | pd.Series[Any]:
        """The mean or standard deviation of all rows that were taken."""
        row = FUNCTIONS[self.name]
        if row.within:
            return self._joined()["mean"]
        return (
            self.mean if row.moment == "mean" else float(np.sqrt(self.squares / (self.count - 1)))
        )


@dataclass(frozen=True, eq=False)
class Coding:
    """How one factor becomes columns, as learned from data.

    Parameters
    ----------
    factor : Factor
        Without a contrast.
    suffixes : tuple of str
        What each column adds to its name: the category that it stands for, or nothing.
    categorical : bool
        Whether its columns stand for categories.
    categories : pandas.Index or None
        Those of a plain column, which needs no library to evaluate.
    spec : formulaic.ModelSpec or None
        What formulaic has to remember of any other expression.
    """

    factor: Factor
    suffixes: tuple[str, ...]
    categorical: bool = False
    categories: pd.Index[Any] | None = None
    spec: ModelSpec | None = None

    @property
    def columns(self) -> tuple[Factor, ...]:
        """The factor as each column has it."""
        return tuple(Factor(self.factor.expression, suffix) for suffix in self.suffixes)

    @property
    def names(self) -> Names:
        """All that the coefficients of a model hang on."""
        return self.suffixes, self.categorical

    @property
    def is_number(self) -> bool:
        """Whether it is one column that stands for no category."""
        return self.names == (("",), False)

    @property
    def memory(self) -> dict[str, dict[str, Any]]:
        """What the functions in it remember of the rows that they were learned from."""
        return {} if self.spec is None else dict(self.spec.transform_state)

    def remembering(self, memory: Mapping[str, Mapping[str, Any]]) -> Coding:
        """Return the coding whose functions remember something else."""
        if self.spec is None:
            return self
        states = {call: dict(state) for call, state in memory.items()}
        return replace(self, spec=self.spec.update(transform_state=states))

    def gather(self, frame: pd.DataFrame, labels: pd.Series[Any]) -> None:
        """Let the :class:`MomentSums` that functions remember take these rows."""
        if self.spec is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what is not a number yet is no category either
                _evaluate(self.spec, frame, labels, self.factor, strict=False)

    def evaluate(self, frame: pd.DataFrame, labels: pd.Series[Any]) -> FloatArray:
        """Compute the columns for these rows, shape (n, columns)."""
        if self.spec is not None:
            matrix = _evaluate(self.spec, frame, labels, self.factor)
            return _finite(matrix)[:, -len(self.suffixes) :]  # an intercept comes first
        column = frame[self.factor.expression]
        if self.categories is None:
            values = numeric_columns({self.factor.expression: column})
            return values[self.factor.expression][:, None]
        return _indicators(self.factor, column, self.categories)[:, -len(self.suffixes) :]


def learn(
    factor: Factor,
    frame: pd.DataFrame,
    numeric: Mapping[str, FloatArray],
    labels: pd.Series[Any],
    *,
    full: bool = False,
) -> tuple[Coding, FloatArray]:
    """Evaluate a factor for the first time, and keep what later evaluations need.

    Parameters
    ----------
    factor : Factor
        Without a contrast.
    frame : pandas.DataFrame, shape (n, columns)
        Rows without missing values.
    numeric : mapping of str to ndarray, each of shape (n,)
        The columns that are numbers, which need no library to evaluate.
    labels : pandas.Series, shape (n,)
        The group of each row.
    full : bool
        Whether a category has a column for each of its values, and not one less.

    Returns
    -------
    tuple of (Coding, ndarray of shape (n, columns))

    Raises
    ------
    ModelError
        If the factor cannot be computed, is not finite, or has one category.
    """
    if factor.expression in numeric:
        return Coding(factor, ("",)), numeric[factor.expression][:, None]
    if factor.function is None and factor.expression in frame:
        values = numeric_columns({factor.expression: frame[factor.expression]})
        if values:
            return learn(factor, frame, values, labels)
        return _learn_categories(factor, frame[factor.expression], full)
    from formulaic import Formula

    truth = is_truth(factor.tree)
    if truth and full:
        raise ModelError(
            f"'{factor.expression}' would need a column for true and one for false here, as no "
            "other term tells their mean.",
            "Make it a column of the data frame, or add it as a term beside its product.",
        )
    formula: Any = Formula(f"{0 if full else 1} + {factor.formula}")
    matrix = _evaluate(formula, frame, labels, factor)
    spec: ModelSpec = matrix.model_spec
    kind, _ = spec.encoder_state[factor.expression]
    names = list(spec.column_names)[0 if full else 1 :]
    categorical = kind.value == "categorical"
    if categorical and len(names) + (not full) < 2:
        raise _one_category(factor)
    suffixes = tuple(name[len(factor.expression) :] for name in names)
    coding = Coding(factor, suffixes, categorical or truth, spec=spec)
    return coding, _finite(matrix)[:, -len(names) :]


def _learn_categories(
    factor: Factor, column: pd.Series[Any], full: bool
) -> tuple[Coding, FloatArray]:
    """Code a column by its categories; what is true or false bears its own name as a contrast."""
    told = column.astype("category").cat
    categories = told.categories
    if len(categories) < 2:
        raise _one_category(factor)
    if full:
        suffixes = tuple(f"[{category}]" for category in categories)
    elif column.dtype.kind == "b":
        suffixes = ("",)
    else:
        suffixes = tuple(f"[T.{category}]" for category in categories[1:])
    values = _of_codes(np.asarray(told.codes, dtype=np.intp), len(categories))[:, -len(suffixes) :]
    return Coding(factor, suffixes, categorical=True, categories=categories), values


def _indicators(factor: Factor, column: pd.Series[Any], categories: pd.Index[Any]) -> FloatArray:
    """One column a category, shape (n, categories)."""
    codes = categories.get_indexer(pd.Index(column.astype(object)))
    if (codes < 0).any():
        raise _unknown_category(factor)
    return _of_codes(codes, len(categories))


def _of_codes(codes: IntArray, size: int) -> FloatArray:
    """One column a code, each in one piece of memory, (n, size)."""
    columns: FloatArray = np.equal(codes, np.arange(size)[:, None]).astype(float)
    return columns.T


def _one_category(factor: Factor) -> ModelError:
    return ModelError(
        f"'{factor.expression}' has one category in all rows that are used.",
        "Leave it out, or look at which rows are left.",
    )


def _unknown_category(factor: Factor) -> ModelError:
    return ModelError(
        f"The new data have a category in '{factor.expression}' that the data of the fit had not.",
        "Leave these rows out: nothing was estimated for them.",
    )


def _evaluate(
    source: Any, frame: pd.DataFrame, labels: pd.Series[Any], factor: Factor, *, strict: bool = True
) -> Any:
    from formulaic.errors import DataMismatchWarning, FormulaicError

    used = set(functions_in(factor.expression))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            if strict:
                warnings.simplefilter("error", category=DataMismatchWarning)
            return source.get_model_matrix(
                _computable(factor, frame),
                context=group_functions(labels, used),
                na_action="ignore",
            )
    except DataMismatchWarning:
        raise _unknown_category(factor) from None
    except FormulaicError as error:
        detail = str(error.__cause__ or error).split("\n")[0].rstrip(".")
    except _EVALUATION_ERRORS as error:
        detail = str(error).split("\n")[0].rstrip(".")
    texts = [name for name in factor.variables if not is_numeric_dtype(frame[name])]
    if texts and ("to float" in detail or "ufunc" in detail):
        values = ", ".join(
            f"{value!r}: {code}" for code, value in enumerate(sorted(frame[texts[0]].unique())[:2])
        )
        raise ModelError(
            f"'{factor.formula}' cannot be computed: '{texts[0]}' holds texts, and no numbers.",
            f"Make it 0 and 1 first, such as data['{texts[0]}'].map({{{values}}}).",
        )
    raise ModelError(
        f"'{factor.formula}' cannot be computed: {detail}.",
        "Check the functions and the types of the columns; compute a difficult one beforehand.",
    )


def _computable(factor: Factor, frame: pd.DataFrame) -> pd.DataFrame:
    """Take what an expression is computed from: numbers as floats, whatever they are held in.

    A byte, as Stata's are, has no room for a square, an integer without a sign none for a
    difference, and True + True is True.  Where categories are made, integers stay integers, for
    they bear the names.
    """
    unknown = unknown_part(factor.tree)
    kinds = "fiu" if unknown else "fiub"  # what is not understood may ask for True
    to: type = float
    if isinstance(unknown, Contrast):
        if isinstance(unknown.column, Column):
            return frame
        kinds, to = "iu", int
    columns = {
        name: column.astype(to) if getattr(column.dtype, "kind", "O") in kinds else column
        for name, column in frame[list(factor.variables)].items()
    }
    return pd.DataFrame(columns, index=frame.index, copy=False)


def _finite(matrix: Any) -> FloatArray:
    values = np.asarray(matrix, dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        name = str(matrix.columns[column])
        label = matrix.index[row]
        where = label.item() if isinstance(label, np.generic) else label
        raise ModelError(
            f"'{name}' is not a finite number in row {where!r} "
            f"({int(bad[:, column].sum())} rows in all).",
            "Look for a logarithm of zero, a division by zero, or a category that was not in the "
            "data of the fit.",
        )
    return values
