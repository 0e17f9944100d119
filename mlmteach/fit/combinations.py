"""Weighted sums of γ at a place: one idea, for sentences, tables, figures and panels alike.

Whatever is said of a slope at a value of its moderator, of an intercept at the mean of a predictor,
of an effect between groups: it is ``w'γ``, where the weights w follow from a
:class:`~mlmteach.model.places.Place`.  Here the weights are made, and from them the estimate, its
standard error ``sqrt(w'Vw)``, its df, t, p and interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from mlmteach.errors import FitError, OptionError
from mlmteach.fit.estimated import Estimated, Linear
from mlmteach.fit.kenward_roger import Df, kenward_roger
from mlmteach.model.places import NOWHERE, Key, Place, Places, factors_of
from mlmteach.model.terms import Factor
from mlmteach.numbers import normal_width

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.fit.fitted import Fitted
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.structure import Structure

__all__ = [
    "Combination",
    "PlacedTable",
    "WeightedSums",
    "estimates_by",
    "gamma_tests",
    "sums_of",
]

Leveled = tuple[int, Factor]


@dataclass(frozen=True)
class Combination:
    """A weighted sum of γ with what is known of its precision; None where it is not known.

    Attributes
    ----------
    value : float
    se, df, t, p, lower, upper : float or None
        With infinite df, t is a z.
    place : Place
        Where it holds.
    """

    value: float
    se: float | None = None
    df: float | None = None
    t: float | None = None
    p: float | None = None
    lower: float | None = None
    upper: float | None = None
    place: Place = NOWHERE

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers of a sentence by name, without those that are not known."""
        names = {"value": "estimate", **{n: n for n in ("se", "lower", "upper", "df", "p")}}
        found = {shown: getattr(self, name) for name, shown in names.items()}
        return {name: value for name, value in found.items() if value is not None}


class PlacedTable(pd.DataFrame):
    """A table that says at which place its numbers hold, below them."""

    _metadata = ["place"]  # noqa: RUF012 - so that pandas hands it on
    place: Place

    @property
    def _constructor(self) -> type[PlacedTable]:
        return PlacedTable

    @classmethod
    def of(cls, table: pd.DataFrame, place: Place) -> PlacedTable:
        """Put a table at a place."""
        placed = cls(table)
        placed.place = place
        return placed

    def _note(self) -> str:
        place = getattr(self, "place", None)
        return str(place) if place else ""

    def __repr__(self) -> str:
        note = self._note()
        return f"{super().__repr__()}\n{note}" if note else super().__repr__()

    def _repr_html_(self) -> str | None:
        table, note = super()._repr_html_(), self._note()  # type: ignore[misc]
        return f"{table}<p>{note}</p>" if table and note else table


@dataclass(frozen=True, eq=False)
class WeightedSums:
    """Weighted sums of the γ of a model, from whatever is known of it.

    Attributes
    ----------
    structure : Structure
    estimates : Estimates
        With or without standard errors, covariances and degrees of freedom.
    places : Places

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"}).fit(
    ...     mlm.load("hsb")
    ... )
    >>> sums = sums_of(fit)
    >>> own = sums.factor("ses")
    >>> place = sums.typical([own], {"size": 500})
    >>> sums.slope(own, place), str(place)
    (array([  0.,   1., 500.]), 'at size = 500')
    >>> round(sums.test(sums.slope(own, place)).value, 3)
    2.095
    """

    structure: Structure
    estimates: Estimates
    places: Places

    # the numbers, as arrays in the order of the structure's γ

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The terms of γ."""
        return tuple(gamma.name for gamma in self.structure.gammas)

    @cached_property
    def gamma(self) -> FloatArray:
        """γ, (p,)."""
        values: FloatArray = np.asarray(self.estimates.params[list(self.names)], dtype=np.float64)
        return values

    @cached_property
    def vcov(self) -> FloatArray | None:
        """The covariance matrix of the estimated γ, (p, p); None where it is not known."""
        vcov, names = self.estimates.vcov, list(self.names)
        if vcov is None:
            return None
        if list(vcov.index) != names or list(vcov.columns) != names:
            vcov = vcov.loc[names, names]
        return np.asarray(vcov, dtype=np.float64)

    @cached_property
    def bse(self) -> FloatArray | None:
        """The standard errors of γ, (p,); None where they are not known."""
        if self.vcov is not None:
            roots: FloatArray = np.sqrt(np.diag(self.vcov))
            return roots
        bse = self.estimates.bse
        return None if bse is None else np.asarray(bse[list(self.names)], dtype=np.float64)

    # weights

    @cached_property
    def _factors(self) -> tuple[tuple[Leveled, ...], ...]:
        return tuple(factors_of(gamma) for gamma in self.structure.gammas)

    def factor(self, name: str) -> Leveled:
        """Find a predictor with its level: a factor, or the one contrast of a variable.

        Raises
        ------
        OptionError
            When there is none.
        """
        known = list(dict.fromkeys(pair for factors in self._factors for pair in factors))
        found = [pair for pair in known if pair[1].name == name]
        found = found or [p for p in known if p[1].expression == name and p[1].suffix]
        if len(found) == 1:
            return found[0]
        used = [g for g in self.structure.gammas if name in g.term.variables]
        if used:
            raise self._not_one(name, used[0].name)
        choices = ", ".join(sorted({factor.name for _, factor in known}))
        raise OptionError(f"There is no predictor '{name}' in the model.", f"Use {choices}.")

    @staticmethod
    def _not_one(name: str, term: str) -> OptionError:
        return OptionError(
            f"The slope of '{name}' is not one number, since the model has '{term}'.",
            f"Say where, as in at={{'{name}': 0}}, or name the predictor as the model has it.",
        )

    def partners(self, kept: Collection[Leveled]) -> tuple[Leveled, ...]:
        """List what multiplies a product of factors in other terms, each once."""
        own = set(kept)
        found: dict[Leveled, None] = {}
        for factors in self._factors:
            shares = [self._share(pair, factors) for pair in own]
            taken = {share[0] for share in shares if share}
            if all(shares) and len(taken) < len(factors):
                found |= dict.fromkeys(pair for pair in factors if pair not in taken)
        return tuple(pair for pair in found if pair not in own)

    def _share(self, pair: Leveled, factors: Collection[Leveled]) -> tuple[Leveled, float] | None:
        """Find what stands for a factor in a product, and how much one step of the factor is of it.

        Where each category has a coefficient of its own, a contrast is one category less another.
        """
        if pair in factors:
            return pair, 1.0
        level, factor = pair
        for other in factors:
            own = self.places.is_full(other[1])
            if own and (level, factor.bare) == (other[0], other[1].bare):
                contrast = factor.suffix in {"", f"[T.{factor.level}]"}
                reference = str(self.places.categories(level, factor.variables[0])[0])
                step = (other[1].level == (factor.level or "True")) - (other[1].level == reference)
                return (other, float(step)) if contrast else None
        return None

    def curves(self, own: Leveled) -> tuple[Leveled, ...]:
        """List the other functions of a predictor's variable at its own level.

        ``group_mean(ses)`` is a variable of the groups, and no curve in ``ses``.
        """
        level, factor = own
        if factor.suffix and factor.function in {None, "C"}:
            return ()
        keys = set(self.places.keys(level, factor))
        return tuple(
            pair
            for pair in dict.fromkeys(p for factors in self._factors for p in factors)
            if pair != own and keys & set(self.places.keys(*pair))
        )

    def coefficient(self, kept: Collection[Leveled], place: Place) -> FloatArray:
        """Weights of γ in the coefficient of a product of factors, (p,).

        Each γ of a term that holds them is weighted by the values of the term's other factors;
        a factor that the place says nothing of is 0.  Without factors it is the whole fixed part,
        in which what nothing is said of is 0.
        """
        return self.rows(kept, place.values)

    def rows(
        self, kept: Collection[Leveled], values: Mapping[Key, float | str | FloatArray]
    ) -> FloatArray:
        """Weights as from :meth:`coefficient`; (m, p) where values are arrays of m."""
        own = set(kept)
        columns: list[Any] = []
        for factors in self._factors:
            shares = [self._share(pair, factors) for pair in own]
            taken = {share[0] for share in shares if share}
            weight: Any = math.prod(share[1] if share else 0.0 for share in shares)
            for pair in factors if weight else ():
                if pair not in taken:
                    weight = weight * self.places.value(*pair, values)
            columns.append(weight)
        if not columns:
            return np.zeros(0)
        return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(float)

    def slope(self, own: Leveled, place: Place) -> FloatArray:
        """Weights of γ in the slope of a predictor, along its curve where it has one, (p,).

        Raises
        ------
        OptionError
            When it has one, and the place does not say where on it.
        """
        level, factor = own
        row = self.rows([own], place.values)
        curves = self.curves(own)
        if not curves:
            return row
        keys = self.places.keys(level, factor)
        known = {spot.key for spot in place.spots}
        simple = factor.function != "group_mean"
        if not (simple and len(keys) == 1 and keys[0] in known):
            terms = zip(self.structure.gammas, self._factors, strict=True)
            term = next(g.name for g, factors in terms if set(curves) & set(factors))
            raise self._not_one(factor.name, term)
        (key,) = keys
        values = {key: 0.0, **place.values}
        unit = self.places.derivative(level, factor, key, values)
        for k, factors in enumerate(self._factors):
            for pair in factors:
                if pair in curves:
                    rest = [f for f in factors if f != pair]
                    change = self.places.derivative(*pair, key, values) / unit
                    row[k] += change * math.prod(self.places.value(*f, values) for f in rest)
        return row

    def along(self, key: Key, place: Place) -> FloatArray:
        """Weights of γ in the slope along a variable, in its own units, at a place, (p,).

        All its columns move together, as on a curve, and so do its products.
        """
        values = place.values
        moved = {p for factors in self._factors for p in factors if key in self.places.keys(*p)}
        change = {pair: self.places.derivative(*pair, key, values) for pair in moved}
        row = np.zeros(len(self._factors))
        for k, factors in enumerate(self._factors):
            for pair in factors:
                if pair in moved:
                    rest = [f for f in factors if f != pair]
                    row[k] += change[pair] * math.prod(self.places.value(*f, values) for f in rest)
        return row

    def product(self, factors: Iterable[Leveled], place: Place) -> float:
        """Give the value of a product of factors at a place."""
        values = place.values
        return float(math.prod(self.places.value(*pair, values) for pair in factors))

    def typical(
        self, kept: Collection[Leveled], at: Mapping[str, float | str] | None = None
    ) -> Place:
        """Put the partners of a product where they are when nobody says otherwise.

        Raises
        ------
        OptionError
            When a value is given for something on which the coefficient does not depend.
        """
        return self.places.typical(self.partners(kept), at, _called(kept))

    # sums

    def value(self, row: FloatArray) -> tuple[float, float | None]:
        """Give a sum and its standard error, None where that is not known."""
        value = float(row @ self.gamma)
        if self.vcov is not None:
            return value, math.sqrt(max(float(row @ self.vcov @ row), 0.0))
        (used,) = np.nonzero(row)
        if self.bse is None or len(used) != 1:
            return value, None
        return value, abs(float(row[used[0]])) * float(self.bse[used[0]])

    def table(self, rows: FloatArray, index: Any, level: float = 0.95) -> pd.DataFrame:
        """Estimate and test sums that are given as rows of weights, (m, p).

        Columns ``estimate``, ``SE``, ``df``, ``t``, ``p``, ``lower`` and ``upper``; where tests are
        z tests, ``z`` in the place of ``df`` and ``t``.
        """
        rows = np.atleast_2d(rows)
        table = sum_tests(self.gamma, self.estimates.df, self.errors(rows), rows, index, level)
        if self.structure.family.is_normal:
            return table
        return table.drop(columns="df").rename(columns={"t": "z"})

    def errors(self, rows: FloatArray) -> FloatArray:
        """Standard errors of sums, (m,); NaN where they are not known."""
        if self.vcov is not None:
            errors: FloatArray = np.sqrt(
                np.maximum(np.einsum("mp,pq,mq->m", rows, self.vcov, rows), 0.0)
            )
            return errors
        known = [self.value(row)[1] for row in rows]
        return np.array([np.nan if error is None else error for error in known])

    def test(self, row: FloatArray, place: Place = NOWHERE, level: float = 0.95) -> Combination:
        """Estimate and test one sum."""
        return self.tests(row, [place], level)[0]

    def tests(
        self, rows: FloatArray, places: Iterable[Place], level: float = 0.95
    ) -> tuple[Combination, ...]:
        """Estimate and test sums, each at its place."""
        rows = np.atleast_2d(rows)
        tests = sum_tests(self.gamma, self.estimates.df, self.errors(rows), rows, None, level)
        table = tests.to_numpy()
        known = [[None if np.isnan(x) else float(x) for x in row] for row in table]
        return tuple(
            Combination(float(row[0]), *numbers[1:], place=place)  # type: ignore[arg-type,misc]
            for row, numbers, place in zip(table, known, places, strict=True)
        )


def sum_tests(
    gamma: FloatArray,
    df: Callable[[FloatArray], FloatArray] | None,
    se: FloatArray,
    rows: FloatArray,
    index: Any,
    level: float,
) -> pd.DataFrame:
    """Make estimates, tests and intervals of sums, (m, p) rows, from their standard errors, (m,).

    Where df are not known, t is taken for normal; what is not known is NaN.
    """
    estimate = rows @ gamma  # (m, p) @ (p,)
    if df is None:
        degrees = np.full(len(rows), np.nan)
        quantile = np.full(len(rows), normal_width(level))
    else:
        degrees = np.asarray(df(rows))
        quantile = np.asarray(stdtrit(degrees, 0.5 + level / 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / se
    half = se * quantile
    return pd.DataFrame(
        {
            "estimate": estimate,
            "SE": se,
            "df": degrees,
            "t": t,
            "p": 2.0 * np.asarray(stdtr(degrees, -np.abs(t))),
            "lower": estimate - half,
            "upper": estimate + half,
        },
        index=index,
    )


def gamma_tests(fit: Fitted, level: float = 0.95, df: Df = "satterthwaite") -> pd.DataFrame:
    """Estimate and test each γ of a fit; columns as from :meth:`WeightedSums.table`."""
    by = estimates_by(fit, df)
    gamma = np.asarray(by.params, dtype=np.float64)
    se = np.asarray(by.bse, dtype=np.float64)
    return sum_tests(gamma, by.df, se, np.eye(len(se)), fit.params.index, level)


def sums_of(fit: Fitted, df: Df = "satterthwaite") -> WeightedSums:
    """Make the sums of a fit, with standard errors and df by a method.

    Raises
    ------
    FitError
        When the fit was made from bare arrays.
    OptionError
        When there is no such method.
    """
    if not hasattr(fit.model, "gammas"):
        raise FitError(
            "This fit was made from bare arrays, so that its columns are not terms of a model.",
            "Fit a Model to a DataFrame.",
        )
    return WeightedSums(fit.model, estimates_by(fit, df), fit.places)


def estimates_by(fit: Fitted, df: Df) -> Estimates:
    """Give the estimates with standard errors and df by a method.

    Raises
    ------
    OptionError
        When there is no such method.
    """
    require_df(fit, df)
    if df == "satterthwaite":
        return fit.estimates
    assert isinstance(fit, Estimated)
    by = kenward_roger(fit)
    return replace(fit.estimates, bse=by.bse, vcov=by.vcov, df=by.contrast_df)


def require_df(fit: Fitted, df: str) -> None:
    """Refuse a method for df that there is not, or not for a fit.

    Raises
    ------
    OptionError
    """
    if df not in get_args(Df):
        raise OptionError(f"There are no df '{df}'.", "Use 'satterthwaite' or 'kenward-roger'.")
    if df == "satterthwaite" or isinstance(fit, Estimated):
        return
    reason = (
        "models with one grouping."
        if isinstance(fit, Linear)
        else "normal outcomes; the tests of this fit are z tests."
    )
    raise OptionError(f"df='kenward-roger' is for {reason}", "Leave out `df`.")


def _called(kept: Collection[Leveled]) -> str:
    """Name a coefficient in a message."""
    if not kept:
        return "The intercept"
    name = ":".join(factor.name for _, factor in kept)
    return f"The slope of '{name}'"
