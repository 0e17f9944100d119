"""Places: the values of the predictors at which a number holds, and where they come from.

One rule says where a predictor is when nobody says otherwise: a number at its mean over the units
of its own level (rows at level 1, groups above), a category at its reference, a departure from the
group's mean at 0.  Sentences, quantities, figures and panels ask here, so that they agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlmteach.arrays import FloatArray, IntArray
from mlmteach.data.levels import first_rows, first_varying_row
from mlmteach.errors import ModelError, OptionError
from mlmteach.model.predictor import (
    Applied,
    Arithmetic,
    Column,
    Contrast,
    Expression,
    FormulaFunction,
    Negative,
    Verbatim,
    evaluate,
    parts_of,
    unknown_part,
    write_expression,
)
from mlmteach.model.terms import Factor

if TYPE_CHECKING:
    from mlmteach.model.columns import Coding
    from mlmteach.model.structure import Structure
    from mlmteach.model.survey import Census
    from mlmteach.model.symbols import Gamma

__all__ = [
    "NOWHERE",
    "Described",
    "Key",
    "Place",
    "Placed",
    "Places",
    "Spot",
    "factors_of",
    "require_values",
]

Key = tuple[int, str]
"""A variable, or one predictor made from it, at the level at which the model uses it."""
_Columns = tuple["Coding", FloatArray]
"""How a factor becomes columns, and its columns, (n, columns)."""
Origin = Literal["zero", "mean", "below", "above", "reference", "category", "within", "given"]
_WORDS = ("mean", "below", "above")


@dataclass(frozen=True)
class Spot:
    """Where one predictor is.

    Attributes
    ----------
    level : int
        At which the model uses it.
    name : str
        The variable, or the predictor, such as ``"center_within(ses)"``, where it has no variable
        that has a value of its own.
    value : float or str
        A number or a category.
    origin : str
        What the value is: ``"zero"``; ``"mean"``, or one standard deviation ``"below"`` or
        ``"above"`` it, over the units of the level; the ``"reference"`` or another ``"category"``;
        ``"within"``, the group's own mean; or ``"given"`` by the user.
    grouping : str
        Where there are two, the one whose groups are the units of the level.
    """

    level: int
    name: str
    value: float | str
    origin: Origin
    grouping: str = field(default="", repr=False)

    @property
    def key(self) -> Key:
        """The level and the name."""
        return self.level, self.name

    def __str__(self) -> str:
        own = f"the groups of {self.grouping}" if self.grouping else "groups"
        over = "rows" if self.level == 1 else own
        note = {
            "mean": f" (the mean over {over})",
            "below": f" (one SD below the mean over {over})",
            "above": f" (one SD above the mean over {over})",
            "reference": " (the reference)",
            "within": " (the group's mean)",
        }.get(self.origin, "")
        value = self.value if isinstance(self.value, str) else _written(self.value)
        return f"{self.name} = {value}{note}"


@dataclass(frozen=True)
class Place:
    """Where the predictors are when a number holds; it travels with the number.

    Attributes
    ----------
    spots : tuple of Spot
        Of the predictors on which the number depends.
    averaged : str
        What the number is an average over instead: ``"rows"`` or ``"groups"``.
    empty : bool
        Whether no row of the data has these categories together: the model alone speaks there.

    Examples
    --------
    >>> str(Place((Spot(2, "size", 1097.825, "mean"), Spot(2, "sector", 0.0, "reference"))))
    'at size = 1,098 (the mean over groups) and sector = 0 (the reference)'
    >>> str(Place(averaged="rows"))
    'averaged over the rows'
    """

    spots: tuple[Spot, ...] = ()
    averaged: str = ""
    empty: bool = field(default=False, repr=False)

    @property
    def values(self) -> dict[Key, float | str]:
        """The value of each predictor; what stands at zero is left out."""
        return {spot.key: spot.value for spot in self.spots if spot.origin != "zero"}

    def moved(self, *spots: Spot) -> Place:
        """Return the place with some predictors elsewhere.

        Where a category moves, :meth:`Places.looked_up` tells anew whether the place is empty.
        """
        kept = {spot.key: spot for spot in self.spots} | {spot.key: spot for spot in spots}
        same = all(spot.origin not in {"reference", "category"} for spot in spots)
        return Place(tuple(kept.values()), self.averaged, self.empty and same)

    def __bool__(self) -> bool:
        return bool(self.spots or self.averaged)

    def __str__(self) -> str:
        if self.averaged:
            return f"averaged over the {self.averaged}"
        *first, last = map(str, self.spots) if self.spots else [""]
        text = f"at {', '.join(first)} and {last}" if first else f"at {last}" if last else ""
        return f"{text}, a case that no row of the data is" if self.empty else text


NOWHERE = Place()
"""Of a number that depends on no predictor."""


@dataclass(frozen=True)
class Described:
    """Where values lie: over level-1 units, or over groups at level 2."""

    minimum: float
    maximum: float
    mean: float
    sd: float


class Placed(float):
    """A number that says where it holds.

    Examples
    --------
    >>> Placed(0.25, Place(averaged="rows"))
    0.25 (averaged over the rows)
    >>> f"{Placed(0.25, Place(averaged='rows')):.3f}", Placed(0.25) + 1
    ('0.250', 1.25)
    """

    place: Place

    def __new__(cls, value: float, place: Place = NOWHERE) -> Placed:
        """Make a float, and keep the place beside it."""
        placed = super().__new__(cls, value)
        placed.place = place
        return placed

    def __getnewargs__(self) -> tuple[float, Place]:  # type: ignore[override]
        return float(self), self.place

    def __repr__(self) -> str:
        number = float.__repr__(self)
        return f"{number} ({self.place})" if self.place else number

    def __str__(self) -> str:
        return float.__repr__(self)


def require_values(at: object) -> None:
    """Refuse an ``at`` that gives no values by name.

    Raises
    ------
    OptionError
    """
    if at is not None and not isinstance(at, Mapping):
        raise OptionError(
            f"at= is a {type(at).__name__}, and says of no variable where it is.",
            "Give a dictionary, such as at={'size': 1000}.",
        )


def factors_of(gamma: Gamma) -> tuple[tuple[int, Factor], ...]:
    """List the factors of a γ's term with their levels, the uppermost first."""
    terms = ((3, gamma.level3), (2, gamma.level2), (1, gamma.level1))
    return tuple((level, factor) for level, term in terms for factor in term.factors)


@dataclass(frozen=True, eq=False)
class Places:
    """Makes the places of a model, from the data where there are some.

    Attributes
    ----------
    structure : Structure
        Bound, where there are data.
    frame : pandas.DataFrame or None
        The rows that are used; witnesses of them where there is a census.
    census : Census or None
        What is known of all rows, where they are not kept.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"})
    >>> places = Places(model, mlm.load("hsb"))
    >>> print(places.typical([(2, Factor("size"))]))
    at size = 1,098 (the mean over groups)
    """

    structure: Structure
    frame: pd.DataFrame | None = None
    census: Census | None = None
    _learned: dict[tuple[str, bool], tuple[Coding, FloatArray]] = field(
        default_factory=dict, repr=False
    )
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, structure: Structure, data: pd.DataFrame | None) -> Places:
        """Make places from data that no fit has cleaned: rows that lack a value are left out."""
        if data is None or not set(structure.grouping.names) <= set(data.columns):
            return cls(structure)
        names = [name for name in structure.variables if name in data]
        return cls(structure, data[names].dropna().reset_index(drop=True))

    # the predictors of the model

    @cached_property
    def factors(self) -> tuple[tuple[int, Factor], ...]:
        """Every factor of the model with its level, once."""
        found = [pair for gamma in self.structure.gammas for pair in factors_of(gamma)]
        for level in range(2, len(self.structure.grouping.names) + 2):
            found += [pair for v in self.structure.varying(level) for pair in v.factors]
        return tuple(dict.fromkeys(found))

    def keys(self, level: int, factor: Factor) -> tuple[Key, ...]:
        """Name what a factor is made from: its variables, or itself where it has its own values."""
        if factor.function == "center_within" or self._balanced(factor):
            return ((level, factor.name),)
        if (departure := _departure(factor.tree)) is not None:
            return ((level, departure),)
        return tuple(self._key(level, factor, name) for name in factor.variables)

    def _key(self, level: int, factor: Factor, name: str) -> Key:
        if level == 2 and "group_mean(" in factor.expression and self.varies(name):
            return 2, f"group_mean({name})"
        if level == 1 and len(factor.variables) > 1:
            return self.level_of(name), name
        return level, name

    def varies(self, name: str) -> bool:
        """Tell whether a variable varies within groups of every kind, as far as is known."""
        return self.level_of(name) == 1

    def level_of(self, name: str) -> int:
        """Find the level of a variable: the highest within whose groups it does not vary."""
        if self.frame is None or name not in self.frame:
            return 1
        known = None if self.census is None else self.census.number(name)
        if known is not None:
            return 1 if bool((known.low != known.high).any()) else 2
        if ("level", name) not in self._known:
            self._known["level", name] = self._level(name)
        return int(self._known["level", name])

    def _level(self, name: str) -> int:
        assert self.frame is not None
        values = pd.factorize(self.frame[name])[0]
        levels = (2, 3)[: len(self.structure.grouping.names)]
        for level in levels[::-1] if self.structure.grouping.is_nested else levels:
            if first_varying_row(values, *self._grouped(level)) is None:
                return level
        return 1

    def codes(self, level: int) -> IntArray:
        """The group of each row at level 2 or 3, in the order of the labels, as a fit has them."""
        return self._grouped(level)[0]

    def _grouped(self, level: int) -> tuple[IntArray, IntArray]:
        """The group of each row, (n,), and the first row of each group, (J,)."""
        if ("grouped", level) not in self._known:
            assert self.frame is not None
            grouping = self.structure.grouping
            own, labels = pd.factorize(self.frame[grouping.names[level - 2]], sort=True)
            if level == 2 and grouping.is_nested:  # class 1 of one school is not that of another
                pairs = self.codes(3).astype(np.int64) * len(labels) + own
                own = np.unique(pairs, return_inverse=True)[1]
            self._known["grouped", level] = own, first_rows(own)
        found: tuple[IntArray, IntArray] = self._known["grouped", level]
        return found

    def size(self, level: int) -> int:
        """How many units a level has in the data: rows, or groups."""
        assert self.frame is not None
        return len(self.frame) if level == 1 else len(self._grouped(level)[1])

    def _balanced(self, factor: Factor) -> bool:
        """Tell whether contrasts are 0 in no category, as those that compare with the mean are."""
        named = factor.suffix.startswith("[T.") or self.is_full(factor)
        return _is_contrast(factor) and not named

    def is_full(self, factor: Factor) -> bool:
        """Tell whether a factor is 1 in one category, where each has such a factor: ``sex[F]``.

        A coding may have names of that kind for other columns: ``C(dose, contr.poly)[.L]``.
        """
        if not (_is_contrast(factor) and factor.suffix == f"[{factor.level}]"):
            return False
        if factor.function is None or self.frame is None or factor.variables[0] not in self.frame:
            return True
        return factor.suffix not in self._columns(factor, full=False)[0].suffixes

    def coded(self, factor: Factor) -> tuple[tuple[float | str, ...], FloatArray] | None:
        """List the categories of a contrast's variable, and what its column is in each, (k,).

        None where there are no data, or no categories.
        """
        names = factor.variables
        if self.frame is None or len(names) != 1 or names[0] not in self.frame:
            return None
        if ("coded", factor) not in self._known:
            categories = self.frame[names[0]].astype("category").cat.remove_unused_categories().cat
            first = np.unique(categories.codes, return_index=True)[1]
            found = tuple(getattr(c, "item", lambda c=c: c)() for c in categories.categories)
            self._known["coded", factor] = found, self._rows(factor)[first]
        known: tuple[tuple[float | str, ...], FloatArray] = self._known["coded", factor]
        return known

    def is_category(self, level: int, name: str) -> bool:
        """Tell whether a variable is a category: no number, or 0/1 and used as it is."""
        if any(f.variables == (name,) and _is_contrast(f) for at, f in self.factors if at == level):
            return not any(f.expression == name and not f.suffix for _, f in self.factors)
        if self.frame is None or name not in self.frame:
            return False
        if (level, name) not in self._known:
            column = self.frame[name]
            kind = not pd.api.types.is_numeric_dtype(column) or column.dtype == bool
            plain = (level, Factor(name)) in self.factors
            binary = plain and bool(column.isin((0, 1)).all())
            self._known[level, name] = kind or binary
        return bool(self._known[level, name])

    # where they lie

    def column(self, key: Key) -> FloatArray | None:
        """Give the values of a variable or a factor over the units of its level; None if unknown.

        A level-1 variable that is used at level 2, as in ``group_mean(ses)``, has its means.
        """
        level, name = key
        if self.frame is None:
            return None
        if ("column", key) in self._known:
            found: FloatArray | None = self._known["column", key]
            return found
        # as _key writes it: the bare name of a column, which need not be one that Python takes
        argument = name.removeprefix("group_mean(")[:-1] if name.startswith("group_mean(") else name
        if argument in self.frame:
            numeric = pd.api.types.is_numeric_dtype(self.frame[argument])
            rows = self.frame[argument].to_numpy(dtype=float) if numeric else None
        else:
            factor = next((f for at, f in self.factors if (at, f.name) == key), None)
            rows = None if factor is None else self._rows(factor)
        if level == 2 and self.census is not None:
            values = self._in_census(argument, name, rows)
        else:
            values = rows if rows is None or level == 1 else self._by_group(rows, level)
        self._known["column", key] = values
        return values

    def _in_census(self, variable: str, name: str, rows: FloatArray | None) -> FloatArray | None:
        """Give the values of all groups, (J,), where rows are but witnesses."""
        assert self.census is not None
        known = self.census.number(variable)
        if known is not None:
            return known.mean[:, 0]
        found = self.census.level2.get(name)
        return found if found is not None else None if rows is None else self._by_group(rows)

    def _by_group(self, rows: FloatArray, level: int = 2) -> FloatArray:
        codes, first = self._grouped(level)
        if first_varying_row(rows, codes, first) is None:
            return rows[first]
        means: FloatArray = np.bincount(codes, weights=rows) / np.bincount(codes)
        return means

    def spread(self, key: Key) -> tuple[float, float] | None:
        """Give mean and standard deviation over the units of the level; None if unknown."""
        if ("spread", key) not in self._known:
            known = self.described(key)
            self._known["spread", key] = None if known is None else (known.mean, known.sd)
        found: tuple[float, float] | None = self._known["spread", key]
        return found

    def described(self, key: Key) -> Described | None:
        """Say where the values lie over the units of the level; None if unknown."""
        if ("described", key) not in self._known:
            self._known["described", key] = self._described(key)
        found: Described | None = self._known["described", key]
        return found

    def _described(self, key: Key) -> Described | None:
        level, name = key
        known = None if self.census is None or level > 1 else self.census.over_rows(name)
        if known is not None:
            mean, squares, low, high = (
                float(x[0, 0]) for x in (known.mean, known.squares, known.low, known.high)
            )
            return Described(low, high, mean, math.sqrt(squares / (known.count[0] - 1)))
        values = self.column(key)
        if values is None or len(values) < 2:
            return None
        ends = float(values.min()), float(values.max())
        return Described(*ends, float(values.mean()), float(values.std(ddof=1)))

    def categories(self, level: int, name: str) -> tuple[float | str, ...]:
        """List the categories of a variable, the reference first."""
        if ("categories", level, name) not in self._known:
            self._known["categories", level, name] = self._categories(level, name)
        found: tuple[float | str, ...] = self._known["categories", level, name]
        return found

    def _categories(self, level: int, name: str) -> tuple[float | str, ...]:
        own = [f for at, f in self.factors if at == level and f.variables == (name,)]
        coded = [f for f in own if _is_contrast(f) and f.level is not None]
        if any(f.suffix.startswith("[T.") for f in coded):  # in products, all may be there too
            coded = [f for f in coded if f.suffix.startswith("[T.")]
        named = [str(f.level) for f in coded]
        if self.frame is None or name not in self.frame:
            return tuple(named)
        if not named:
            return (0.0, 1.0)
        column = self.frame[name]
        ordered = isinstance(column.dtype, pd.CategoricalDtype)
        present = set(column.unique())
        found = column.cat.categories if ordered else sorted(present)
        shown = [getattr(c, "item", lambda c=c: c)() for c in found if c in present]
        left = [category for category in shown if str(category) not in named]
        return tuple(dict.fromkeys([*left, *shown]))

    # places

    def spot(self, key: Key, origin: Origin = "mean") -> Spot:
        """Put a predictor where it is when nobody says otherwise, or one SD from there."""
        level, name = key
        if name.startswith("center_within(") and origin == "mean":
            return Spot(level, name, 0.0, "within")
        if self.is_category(level, name):
            categories = self.categories(level, name)
            if self.frame is None or not categories:
                return Spot(level, name, 0.0, "zero")
            return Spot(level, name, categories[0], "reference")
        spread = self.spread(key)
        balanced = any((at, f.name) == key and _is_contrast(f) for at, f in self.factors)
        if spread is None or balanced:
            return Spot(level, name, 0.0, "zero")
        mean, sd = spread
        if name.startswith("center_within("):
            mean = 0.0
        steps = {"below": -1.0, "above": 1.0}.get(origin, 0.0)
        return Spot(level, name, mean + steps * sd, origin, self._grouping(level))

    def _grouping(self, level: int) -> str:
        """Name the grouping of a level, where there are two of them."""
        names = self.structure.grouping.names
        return names[level - 2] if level > 1 and len(names) > 1 else ""

    def around(self, key: Key) -> tuple[Spot, ...]:
        """Put a predictor in each of its categories, or at its mean and one SD to either side.

        Where a function of it cannot be computed, as a logarithm below 0, it is not put.
        """
        level, name = key
        if self.is_category(level, name):
            return tuple(self.given(key, value) for value in self.categories(level, name))
        values = self.column(key)
        variable = self.frame is not None and name in self.frame
        if values is not None and not variable and len(np.unique(values)) <= 2:  # a contrast
            return tuple(self.given(key, float(value)) for value in np.unique(values))
        made = [factor for _, factor in self.factors if factor.variables == (name,)]
        below, mean, above = (self.spot(key, origin) for origin in ("below", "mean", "above"))
        if mean.origin == "zero":
            return ()
        spots = [spot for spot in (below, mean, above) if not isinstance(spot.value, str)]
        for factor in made if variable else ():  # all at once, and they are remembered
            found = self._points(factor, np.array([float(spot.value) for spot in spots]))
            spots = [spot for spot, y in zip(spots, found, strict=True) if y is not None]
        return tuple(spots)

    def _points(self, factor: Factor, x: FloatArray) -> list[float | None]:
        """Evaluate a factor of one variable at points; None where that cannot be done."""
        name = factor.variables[0]
        try:
            y = np.broadcast_to(self._evaluated(factor, {name: x}), x.shape)
        except ModelError:
            return [None, *self._points(factor, x[1:])] if len(x) > 1 else [None]
        points = zip(x.tolist(), y.tolist(), strict=True)
        self._known.update({(factor, (name, at)): value for at, value in points})
        return [float(v) for v in y]

    def zero(self, factors: Iterable[tuple[int, Factor]]) -> Place:
        """Put factors at 0, where the γ themselves hold."""
        return Place(tuple(Spot(at, f.name, 0.0, "zero") for at, f in dict.fromkeys(factors)))

    def typical(
        self,
        factors: Iterable[tuple[int, Factor]],
        at: Mapping[str, float | str] | None = None,
        what: str = "It",
        *,
        apart: Key | None = None,
    ) -> Place:
        """Put what factors are made from where it is when nobody says otherwise.

        Parameters
        ----------
        factors : iterable of (int, Factor)
        at : mapping of str to float or str, optional
            Where else variables, or factors, are: numbers, categories, or ``"mean"``, ``"below"``
            or ``"above"`` for the mean and one standard deviation from it.
        what : str
            The number, for the message.
        apart : (int, str), optional
            A variable or factor that is left out, because it moves.

        Raises
        ------
        OptionError
            When a value is given for something on which the number does not depend.
        """
        require_values(at)
        pairs = dict.fromkeys(factors)
        names = {key[1]: key for pair in pairs for key in self.keys(*pair)}
        for level, factor in pairs:
            names.setdefault(factor.name, (level, factor.name))
        for name in at or ():
            if name not in names:
                raise OptionError(
                    f"{what} does not depend on '{name}'.",
                    f"In this model it depends on {', '.join(sorted(names)) or 'no variable'}.",
                )
        said = {names[name]: value for name, value in (at or {}).items()}
        fixed = {*said, apart}  # a factor that has a value needs none of its variables
        keys = dict.fromkeys(
            key
            for level, factor in pairs
            for key in (
                [(level, factor.name)]
                if (level, factor.name) in fixed
                else self.keys(level, factor)
            )
        )
        spots = (self.given(k, said[k]) if k in said else self.spot(k) for k in keys if k != apart)
        return self.looked_up(Place(tuple(spots)))

    def looked_up(self, place: Place) -> Place:
        """Return the place, which says now whether the data hold such a case."""
        named = {
            spot.name: spot.value for spot in place.spots if self.is_category(spot.level, spot.name)
        }
        return replace(place, empty=not self.has_case(named))

    def has_case(self, categories: Mapping[str, float | str]) -> bool:
        """Tell whether the data hold a row with these values together; True without data."""
        if self.frame is None:
            return True
        fitting = np.ones(len(self.frame), dtype=bool)
        for name, value in categories.items():
            if name in self.frame:
                fitting &= self.having(name, value)
        return bool(fitting.any())

    def having(self, name: str, value: float | str) -> NDArray[np.bool_]:
        """Mark the rows with a value, (n,)."""
        key = ("having", name, value)
        if key not in self._known:
            assert self.frame is not None
            codes, found = pd.factorize(self.frame[name])
            same = [str(v) == str(value) or v == value for v in found]
            self._known[key] = np.asarray([*same, False])[codes]  # a missing value has the code -1
        marks: NDArray[np.bool_] = self._known[key]
        return marks

    def given(self, key: Key, value: float | str) -> Spot:
        """Put a predictor where a user says.

        Raises
        ------
        OptionError
            When it has no such category, or no number is given for a number.
        """
        level, name = key
        if self.is_category(level, name):
            categories = self.categories(level, name)
            fitting = [c for c in categories if str(c) == str(value) or c == value]
            if fitting or not categories:
                reference = fitting and fitting[0] == categories[0]
                found = fitting[0] if fitting else value
                return Spot(level, name, found, "reference" if reference else "category")
            if isinstance(value, str) or isinstance(categories[0], str):
                raise OptionError(
                    f"'{name}' has no category '{value}'.",
                    f"Use {', '.join(map(str, categories))}.",
                )
        elif value in _WORDS:
            words: dict[Any, Origin] = {"mean": "mean", "below": "below", "above": "above"}
            return self.spot(key, words[value])
        if isinstance(value, str):
            raise OptionError(
                f"'{value}' is no value of '{name}'.",
                f"Give a number, or one of {', '.join(map(repr, _WORDS))}.",
            )
        return Spot(level, name, float(value), "given")

    def is_centred(self, name: str) -> bool:
        """Tell whether a level-1 variable has the same mean in all groups, or all but the same.

        Its groups' means vary by less than a hundredth of what chance alone would bring.
        """
        rows, means = self.described((1, name)), self.column((2, name))
        if rows is None or means is None or self.frame is None or len(means) < 2:
            return False
        n = len(self.frame) if self.census is None else self.census.rows
        variance = rows.sd**2 * (n - 1) / n
        return bool(np.var(means) < 0.01 * variance / (n / len(means)))

    def mean_products(self, products: Iterable[Iterable[tuple[int, Factor]]]) -> FloatArray:
        """Average z z' over the rows, where z are the values of products of factors, (q, q)."""
        columns = []
        for product in products:
            column = np.ones(0 if self.frame is None else len(self.frame))
            for level, factor in product:
                values = self.column((1, factor.name)) if level == 1 else self._rows(factor)
                column = column * (0.0 if values is None else values)
            columns.append(column)
        z = np.column_stack(columns)  # (n, q)
        average: FloatArray = z.T @ z / len(z)
        return average

    # factors at a place

    def value(
        self, level: int, factor: Factor, values: Mapping[Key, float | str | FloatArray]
    ) -> float | FloatArray:
        """Give a factor where its variables have values; one that nothing is said of is 0."""
        if (level, factor.name) in values:
            own = values[level, factor.name]
            if not isinstance(own, str):
                return own
        keys = self.keys(level, factor)
        if any(key not in values for key in keys) or not keys:
            return 0.0
        if _is_contrast(factor):
            return float(str(values[keys[0]]) == factor.level)
        made_of = zip(factor.variables, keys, strict=True)
        return self._evaluated(factor, {name: values[key] for name, key in made_of})

    def derivative(
        self, level: int, factor: Factor, key: Key, values: Mapping[Key, float | str | FloatArray]
    ) -> float:
        """Say how much a factor changes with one unit of one of its variables, at a place."""
        if not factor.function or factor.function in {"center_within", "group_mean"}:
            return 1.0
        spread = self.spread(key)
        if key not in values and spread is None:
            return 1.0
        x = values.get(key, spread[0] if spread else 0.0)
        assert isinstance(x, int | float)
        step = 1e-4 * (spread[1] if spread and spread[1] > 0 else 1.0)
        ends = self.value(level, factor, {**values, key: np.array([x + step, x - step])})
        above, below = np.broadcast_to(ends, 2)
        return float(above - below) / (2.0 * step)

    def _coding(self, factor: Factor) -> _Columns:
        """Learn a factor's expression from the data, as a fit does."""
        return self._columns(factor, full=self.is_full(factor))

    def _columns(self, factor: Factor, *, full: bool) -> _Columns:
        from mlmteach.model.columns import learn

        assert self.frame is not None
        if (factor.expression, full) not in self._learned:
            labels = self._labels
            exact = self._remembered(factor)
            if exact is None:
                found = learn(factor.bare, self.frame, {}, labels, full=full)
            else:
                found = exact, exact.evaluate(self.frame, labels)
            self._learned[factor.expression, full] = found
        return self._learned[factor.expression, full]

    def _remembered(self, factor: Factor) -> Coding | None:
        """Find how a factor was learned from all rows, if it takes a moment from them."""
        codings = () if self.census is None else self.census.codings
        return next((c for c in codings if c.factor == factor.bare and c.memory), None)

    def _at(self, factor: Factor, coding: Coding, columns: FloatArray) -> FloatArray:
        values: FloatArray = columns[:, coding.suffixes.index(factor.suffix)]
        return values

    def _rows(self, factor: Factor) -> FloatArray:
        """Give the column of a factor, one value a row."""
        exact = self._remembered(factor) is not None
        if unknown_part(factor.tree) is None and not factor.suffix and not exact:
            return self._moments(factor)[1]
        return self._at(factor, *self._coding(factor))

    def _evaluated(
        self, factor: Factor, values: Mapping[str, float | str | FloatArray]
    ) -> float | FloatArray:
        """Evaluate a factor where its variables have values, or m of them."""
        if not factor.function:
            (plain,) = values.values()
            return float(plain) if isinstance(plain, str) else plain
        scalar = all(isinstance(value, float | str) for value in values.values())
        known = (factor, *values.items()) if scalar else None
        if known in self._known:
            found: float = self._known[known]
            return found
        if self.frame is None:
            return 0.0
        arrays = np.broadcast_arrays(*[np.atleast_1d(np.asarray(v)) for v in values.values()])
        columns = dict(zip(values, arrays, strict=True))
        departs = _departure(factor.tree) is not None  # its values are departures already
        if unknown_part(factor.tree) is None and (departs or self._remembered(factor) is None):
            result = self._computed(factor, columns)
        else:
            coding, _ = self._coding(factor)
            rows = pd.DataFrame(columns)
            result = self._at(factor, coding, coding.evaluate(rows, self._strangers(len(rows))))
        if known is None:
            return result
        self._known[known] = float(result[0])
        return float(result[0])

    def _computed(self, factor: Factor, columns: Mapping[str, FloatArray]) -> FloatArray:
        """Evaluate a factor at m points by its tree, with the moments of the data, (m,)."""
        moments = iter(self._moments(factor)[0])
        departs = _departure(factor.tree) is not None

        def learned(row: FormulaFunction, values: FloatArray) -> FloatArray | float:
            moment = next(moments)
            if row.within and departs:  # the values are departures from the group's mean
                return 0.0
            return values if row.within else moment  # a new group has the mean that it is given

        points = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
        with np.errstate(all="ignore"):
            result: FloatArray = np.asarray(evaluate(factor.tree, points, learned), dtype=float)
        if not np.isfinite(result).all():
            raise ModelError(
                f"'{factor.name}' is not a finite number there.",
                "Look for a logarithm of zero or a division by zero.",
            )
        return np.broadcast_to(result, np.shape(next(iter(points.values()))))

    def _moments(self, factor: Factor) -> tuple[list[float], FloatArray]:
        """Evaluate a factor by its tree on the data: the moments that it takes, and its column."""
        key = ("moments", factor.expression)
        if key not in self._known:
            frame, found = self.frame, []
            assert frame is not None

            def learn_moment(row: FormulaFunction, values: FloatArray) -> FloatArray | float:
                if row.within:
                    found.append(math.nan)
                    codes = self.codes(2)
                    means = np.bincount(codes, values) / np.bincount(codes)
                    each: FloatArray = means[codes]
                    return each
                moment = float(values.mean() if row.moment == "mean" else values.std(ddof=1))
                found.append(moment)
                return moment

            columns = {name: frame[name].to_numpy(dtype=float) for name in factor.variables}
            with np.errstate(all="ignore"):
                values = np.asarray(evaluate(factor.tree, columns, learn_moment), dtype=float)
            self._known[key] = found, np.broadcast_to(values, len(frame))
        known: tuple[list[float], FloatArray] = self._known[key]
        return known

    @property
    def _labels(self) -> pd.Series[Any]:
        """The name of the group of level 2 of each row."""
        from mlmteach.model.rows import group_labels

        assert self.frame is not None
        return group_labels(self.structure, {str(k): v for k, v in self.frame.items()})

    def _strangers(self, n: int) -> pd.Series[Any]:
        """Labels of n groups that are not in the data, each with one row."""
        labels = self._labels
        if pd.api.types.is_numeric_dtype(labels):
            return pd.Series(np.arange(1, n + 1) + labels.max())
        return pd.Series([f"\N{REPLACEMENT CHARACTER}{i}" for i in range(n)], dtype=object)


def _departure(tree: Expression) -> str | None:
    """Name the departure from the group's mean that an expression is a function of, if of no more.

    As ``I(center_within(x) ** 2)`` is of ``center_within(x)``.
    """
    found: set[str] = set()

    def look(part: Expression) -> None:
        if isinstance(part, Applied) and part.function == "center_within":
            found.add(write_expression(part))
        elif isinstance(part, Column | Verbatim | Contrast):
            found.add("")
        else:
            for inner in parts_of(part):
                look(inner)

    look(tree)
    only = isinstance(tree, Arithmetic | Negative | Applied) and len(found) == 1
    return (found.pop() or None) if only else None


def _is_contrast(factor: Factor) -> bool:
    """Tell whether a factor stands for a category, and is not a column of a curve."""
    return bool(factor.suffix) and factor.function in {None, "C"}


def _written(value: float) -> str:
    """Write a value with four digits, thousands apart, and a true minus sign."""
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")
