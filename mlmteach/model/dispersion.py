"""How the variance of the level-1 residual differs between rows: by category, and by precision.

``Var(ε_ij) = σ²_k / w_ij``, with k the category that the row is in, and w_ij its known precision.
Without either it is σ² in every row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.errors import DataError, ModelError, OptionError

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray

__all__ = ["By", "by", "checked_dispersion", "precision_of", "strata_of"]

_SPECIAL = r"[^\w\s()+−.:;'!?/-]|_"  # what an index in LaTeX had better do without
MOST = 20  # more categories than this are no categories


@dataclass(frozen=True)
class By:
    """A variance σ²_k for each category of a variable; made by :func:`by`.

    Two are equal when the variable is the same, whether or not its categories are known.

    Attributes
    ----------
    variable : str
        A column of the data.
    categories : tuple
        Its values in the data that the model was held against, the reference first; empty before.
    """

    variable: str
    categories: tuple[Any, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        return f"by({self.variable!r})"

    @property
    def labels(self) -> tuple[str, ...]:
        """The categories as text."""
        return tuple(map(str, self.categories))

    def index(self, category: object) -> str:
        r"""Write a category as an index in LaTeX.

        Examples
        --------
        >>> By("sex").index("F"), By("female").index(1), By("x").index("low & mid")
        ('\\text{F}', '1', '\\text{low mid}')
        """
        if isinstance(category, int | float) and not isinstance(category, bool):
            return str(category)
        return rf"\text{{{' '.join(re.sub(_SPECIAL, ' ', str(category)).split())}}}"


def by(variable: str) -> By:
    """Let the variance of the level-1 residual differ between the categories of a variable.

    Parameters
    ----------
    variable : str
        A column that holds categories, at either level; it need not be a predictor.

    Returns
    -------
    By
        For the ``sigma2`` of :class:`~mlmteach.Model`.

    Raises
    ------
    OptionError
        If the variable is no name.

    References
    ----------
    Pinheiro & Bates (2000), *Mixed-Effects Models in S and S-PLUS*, section 5.2 (``varIdent``);
    Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 5.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses + female", group="school", sigma2=mlm.by("female"))
    >>> fit = model.fit(mlm.load("hsb"))
    >>> fit.residual_variances.round(1)
    female
    0    39.1
    1    34.8
    Name: sigma2, dtype: float64
    """
    given: object = variable
    if not isinstance(given, str) or not given.strip():
        raise OptionError(
            f"by({variable!r}) does not name a column.", "Name one, as in by('female')."
        )
    return By(given.strip())


def checked_dispersion(
    sigma2: object, precision: object, *, taken: Mapping[str, str]
) -> tuple[By | None, str | None]:
    """Return ``sigma2`` and ``precision`` of a model, or refuse what they cannot be.

    Parameters
    ----------
    sigma2, precision : object
        As given.
    taken : mapping of str to str
        The columns that have another role, and which.
    """
    if sigma2 is not None and not isinstance(sigma2, By):
        raise OptionError(
            f"sigma2={sigma2!r} does not say how σ² differs between rows.",
            "Leave it out for one σ², or write sigma2=mlm.by('female') for one a category.",
        )
    if precision is not None and (not isinstance(precision, str) or not precision.strip()):
        raise OptionError(
            f"precision={precision!r} does not name a column.",
            "Name the column of known weights w, with Var(ε) = σ² / w.",
        )
    name = precision.strip() if isinstance(precision, str) else None
    for what, column in (("sigma2", sigma2.variable if sigma2 else None), ("precision", name)):
        if column is not None and column in taken:
            raise ModelError(
                f"`{what}` names '{column}', which is the {taken[column]} of the model.",
                "Name another column.",
            )
    return sigma2, name


def strata_of(column: pd.Series[Any]) -> tuple[IntArray, tuple[Any, ...]]:
    """Number the categories of a column.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
        Without missing values and without categories that no row has.

    Returns
    -------
    codes : ndarray of int, shape (n,)
        The category of each row, 0 … K-1.
    categories : tuple, length K
        In the order of a categorical column, otherwise sorted.

    Raises
    ------
    ModelError
        If there is one category, or too many of them.
    """
    name, kept = column.name, column.astype("category").cat
    categories = [_plain(value) for value in kept.categories]
    if len(categories) < 2:
        raise ModelError(
            f"'{name}' has one category in all rows that are used, so that σ² cannot differ by it.",
            "Leave `sigma2` out, or look at which rows are left.",
        )
    if len(categories) > MOST:
        number = pd.api.types.is_numeric_dtype(column.dtype)
        raise ModelError(
            f"'{name}' has {len(categories):,} values, and sigma2=by('{name}') gives each of them "
            "a variance of its own.",
            f"Make categories of it first, as in data['{name}_third'] = "
            f"pandas.qcut(data['{name}'], 3, labels=['low', 'middle', 'high'])."
            if number
            else f"Join categories, so that {MOST} or fewer are left.",
        )
    return np.asarray(kept.codes, dtype=np.intp), tuple(categories)


def precision_of(name: str, numeric: Mapping[str, FloatArray], index: pd.Index[Any]) -> FloatArray:
    """Return the known weights of the rows, (n,), or refuse them.

    Raises
    ------
    DataError
        If the column is no number, or holds one that is not positive.
    """
    if name not in numeric:
        raise DataError(
            f"The column '{name}' holds the precision of each row, and is not numeric.",
            "Give numbers above 0: a row with twice the precision has half the variance.",
        )
    values = numeric[name]
    if (values <= 0.0).any():
        bad = values <= 0.0
        row = index[int(bad.argmax())]
        raise DataError(
            f"The precision '{name}' is {values[bad][0]:g} in row {row!r} ({int(bad.sum())} rows "
            "in all are not above 0).",
            "Var(ε) = σ² / w needs w > 0: correct these rows, or leave them out.",
        )
    return values


def _plain(value: Any) -> Any:
    """Give a number as Python has it, and a whole one without its decimals."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value
