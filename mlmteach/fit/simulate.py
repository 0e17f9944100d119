"""New outcomes from a fitted model, and fits to them that reuse the design.

X'X, Z'Z and Z'X do not change with the outcome; a refit computes only Z'y, X'y and y'y anew, and
starts from the optimum of the first fit.  Where only the estimates are wanted, as in a bootstrap,
these sums are drawn themselves, without an outcome behind them (:class:`MomentLaw`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from tqdm import tqdm

from mlmteach.data.sources import Data, Joined, column_names, in_memory, stream_of
from mlmteach.errors import DataError, FitError, OptionError
from mlmteach.fit.design import LayeredDesign, design_for_new, layers_for_new
from mlmteach.fit.engines import convergence_message, zeros_messages
from mlmteach.fit.estimated import Estimated, Linear
from mlmteach.fit.fitted import TwoLevel
from mlmteach.fit.interrupts import Interrupts, warn_incomplete
from mlmteach.fit.layered_fit import Layered
from mlmteach.fit.layers import LayeredMoments, with_new_layered_outcome
from mlmteach.fit.moments import with_new_outcome
from mlmteach.fit.optimum import minimise
from mlmteach.fit.replication import require_count, require_seed
from mlmteach.fit.theta import off_the_boundary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import NewDesign
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.moments import Moments
    from mlmteach.fit.optimum import AnyMoments, Found, LayeredOptimum, Optimum
    from mlmteach.model.encoding import Encoding

__all__ = [
    "Law",
    "LayeredLaw",
    "MomentLaw",
    "StrataLaw",
    "encoding_of",
    "in_order",
    "known_effects",
    "law_of",
    "predict",
    "refit",
    "reoptimise",
    "require_groups",
    "simulate",
]

E = TypeVar("E", bound=Linear)


def simulate(
    fit: Fitted, n: int = 1, seed: int | np.random.Generator | None = None
) -> pd.DataFrame:
    """Draw outcomes from the fitted model; see :meth:`mlmteach.Fit.simulate`."""
    require_count(n)
    if not isinstance(seed, np.random.Generator):
        require_seed(seed)
    generator = np.random.default_rng(seed)
    draws: dict[str, FloatArray] = {}
    bar = tqdm(range(n), desc="Outcomes", delay=1.0, leave=False)
    with bar, Interrupts() as interrupts:
        for i in bar:
            if interrupts.asked:
                break
            draws[f"sim_{i + 1}"] = fit.draw(generator)
    if len(draws) < n:
        if not draws:
            raise KeyboardInterrupt
        warn_incomplete(
            f"Interrupted: {len(draws)} of {n} outcomes were drawn and are returned. The same seed "
            "draws them again, and the others."
        )
    return pd.DataFrame(draws, index=fit.frame.index)


# --- the moments of an outcome, drawn without drawing the outcome -------------------------

NOTHING = 1e-13  # an eigenvalue below this part of the sum of all is rounding


@dataclass(frozen=True, eq=False)
class MomentLaw:
    """The distribution of the moments of a simulated outcome, and how to draw from it.

    Attributes
    ----------
    moments : Moments
        Of the design; their outcome does not matter.
    gamma : (p,) array
        In internal units, as the rest.
    factor : (q, q) array
        Lambda, with ``T = sigma2 Lambda Lambda'``.
    sigma2 : float

    Notes
    -----
    With ``U_j ~ N(0, T)``, all that the moments need of the level-1 residual e is ``Z_j'e_j``,
    ``X'e`` and ``e'e``.  Split e in two independent parts, what lies in the span of the group's Z
    and what does not, with ``Z_j'Z_j = V D V'``::

        Z_j'e_j = sigma V D^1/2 a_j                                 a_j ~ N(0, I)
        X'e     = sigma (sum of X_j'Z_j V D^-1/2 a_j + R b)         b   ~ N(0, I)
        e'e     = sigma2 (sum of a_j'a_j + b'b + c)                 c   ~ chi-square

    where ``R R' = X'X - sum of X_j'Z_j (Z_j'Z_j)^- Z_j'X_j`` is what X has outside the span, and c
    has the degrees of freedom that are left: n less one for each number in a and b.  A direction
    that ``Z_j'Z_j`` or ``R R'`` lacks can be counted or not: its number adds the degree of freedom
    to e'e that it takes from c.  So the draws have the distribution of the moments of an outcome
    that is drawn row by row, for O(J) numbers instead of O(n).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> drawn = MomentLaw.of(fit).draw(np.random.default_rng(1))
    >>> drawn.zw.shape, drawn.n
    ((18, 1, 3), 180)
    """

    moments: Moments
    gamma: FloatArray
    factor: FloatArray
    sigma2: float

    @classmethod
    def of(cls, fit: Estimated) -> MomentLaw:
        """Take the estimates of a fit for true."""
        solution = fit.optimum.solution
        return cls(fit.moments, solution.gamma, fit.optimum.factor, solution.sigma2)

    @cached_property
    def _spans(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """``V D^1/2`` (J, q, q), which of D are not zero (J, q), and ``D^-1/2 V'Z'X`` (J, q, p)."""
        zz, zx = self.moments.zz, self.moments.zw[:, :, :-1]
        d, v = np.linalg.eigh(zz)
        some = d > NOTHING * d.sum(axis=1, keepdims=True)
        root = np.sqrt(np.where(some, d, 0.0))[:, None, :]
        with np.errstate(divide="ignore"):
            inverse = np.where(root > 0.0, 1.0 / root, 0.0)
        return v * root, some, (v * inverse).swapaxes(1, 2) @ zx

    @cached_property
    def _outside(self) -> FloatArray:
        """R, (p, p): a root of what X has outside the span of Z."""
        within = self._spans[2].reshape(-1, self.moments.p)
        d, v = np.linalg.eigh(self.moments.ww[:-1, :-1] - within.T @ within)
        root: FloatArray = v * np.sqrt(np.where(d > NOTHING * d.sum(), d, 0.0))
        return root

    def draw(self, generator: np.random.Generator) -> Moments:
        """Draw the moments of one outcome.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        Moments
        """
        return self.moments.with_outcome(*self.products(self.effects(generator), generator))

    def effects(self, generator: np.random.Generator) -> FloatArray:
        """Draw the U of all groups, (J, q)."""
        sigma, shape = float(np.sqrt(self.sigma2)), (self.moments.groups, self.moments.q)
        effects: FloatArray = sigma * generator.standard_normal(shape) @ self.factor.T
        return effects

    def products(
        self, u: FloatArray, generator: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Draw the products with one outcome, given the U.

        Returns
        -------
        zy : (J, q) array
        wy : (p + 1,) array
        """
        moments, gamma, sigma = self.moments, self.gamma, float(np.sqrt(self.sigma2))
        groups, q, p = moments.groups, moments.q, moments.p
        (root, some, across), outside = self._spans, self._outside
        beside = outside.any(axis=0)
        a, b = generator.standard_normal((groups, q)), generator.standard_normal(p)
        a *= some
        b *= beside
        left = max(0, moments.n - int(some.sum()) - int(beside.sum()))
        square = float(np.vdot(a, a) + b @ b) + 2.0 * generator.standard_gamma(left / 2.0)
        ze = sigma * (root @ a[:, :, None])[:, :, 0]  # (J, q)
        xe = sigma * (a.reshape(-1) @ across.reshape(-1, p) + outside @ b)  # (p,)
        zx, xx = moments.zw[:, :, :-1], moments.ww[:-1, :-1]
        zu = (moments.zz @ u[:, :, None])[:, :, 0]  # (J, q)
        fixed = xx @ gamma
        xy = fixed + u.reshape(-1) @ zx.reshape(-1, p) + xe
        yy = gamma @ (2.0 * xy - fixed) + np.vdot(u, zu + 2.0 * ze) + self.sigma2 * square
        return zx @ gamma + zu + ze, np.append(xy, yy)

    def refit(self, moments: Moments, reml: bool) -> Optimum:
        """Find the optimum for drawn moments, from the truth as the start.

        Parameters
        ----------
        moments : Moments
        reml : bool

        Returns
        -------
        Optimum
        """
        return minimise(moments, reml, off_the_boundary(self.factor))


@dataclass(frozen=True, eq=False)
class StrataLaw:
    """The same where categories have variances of their own: they have the U in common.

    Attributes
    ----------
    whole : MomentLaw
    parts : tuple of MomentLaw
        One a category, each with its sigma2.
    """

    whole: MomentLaw
    parts: tuple[MomentLaw, ...]

    @classmethod
    def of(cls, fit: Estimated) -> StrataLaw:
        """Take the estimates of a fit for true."""
        whole, strata = MomentLaw.of(fit), fit.moments.strata
        assert strata is not None
        own = (
            replace(fit.moments, zz=zz, zw=zw, ww=ww, n=int(n), strata=None)
            for zz, zw, ww, n in zip(strata.zz, strata.zw, strata.ww, strata.n, strict=True)
        )
        variances = whole.sigma2 * np.exp(strata.log_ratios)
        parts = (
            replace(whole, moments=moments, sigma2=float(sigma2))
            for moments, sigma2 in zip(own, variances, strict=True)
        )
        return cls(whole, tuple(parts))

    def draw(self, generator: np.random.Generator) -> Moments:
        """Draw the moments of one outcome."""
        u = self.whole.effects(generator)
        products = [part.products(u, generator) for part in self.parts]
        return self.whole.moments.with_outcomes(products)

    def refit(self, moments: Moments, reml: bool) -> Optimum:
        """Find the optimum for drawn moments, from the truth as the start."""
        return self.whole.refit(moments, reml)


@dataclass(frozen=True, eq=False)
class LayeredLaw:
    """The same with two groupings: the outcome is drawn row by row.

    Attributes
    ----------
    fit : Layered
        Without its frame, which workers do not need.
    """

    fit: Layered

    @classmethod
    def of(cls, fit: Layered) -> LayeredLaw:
        """Take the estimates of a fit for true."""
        design = replace(fit.design, encoding=None)
        return cls(fit.with_changes(design=design, frame=fit.frame.iloc[:0]))

    def draw(self, generator: np.random.Generator) -> LayeredMoments:
        """Draw the moments of one outcome."""
        y = self.fit.draw(generator)
        return with_new_layered_outcome(self.fit.moments, self.fit.design, y)

    def refit(self, moments: LayeredMoments, reml: bool) -> LayeredOptimum:
        """Find the optimum for drawn moments, from the truth as the start."""
        return minimise(moments, reml, off_the_boundary(self.fit.optimum.factor))


Law: TypeAlias = MomentLaw | StrataLaw | LayeredLaw


def law_of(fit: Linear) -> Law:
    """The distribution of the moments of an outcome that is simulated from a fit."""
    if isinstance(fit, Layered):
        return LayeredLaw.of(fit)
    assert isinstance(fit, Estimated)
    return MomentLaw.of(fit) if fit.moments.strata is None else StrataLaw.of(fit)


# --- refits to a given outcome ------------------------------------------------------------


def reoptimise(fit: Linear, y: FloatArray) -> tuple[AnyMoments, Found[Any]]:
    """Find the optimum of the same design for another outcome.

    Parameters
    ----------
    fit : Linear
    y : (n,) array

    Returns
    -------
    Moments or LayeredMoments
        In the internal units of ``fit.moments.scaling``.
    Optimum or LayeredOptimum
    """
    moments: AnyMoments
    if isinstance(fit.moments, LayeredMoments):
        assert isinstance(fit.design, LayeredDesign)
        moments = with_new_layered_outcome(fit.moments, fit.design, y)
    else:
        assert not isinstance(fit.design, LayeredDesign)
        moments = with_new_outcome(fit.moments, fit.design, y)
    optimum: Found[Any] = minimise(moments, fit.reml, off_the_boundary(fit.optimum.factor))
    return moments.at(optimum.log_ratios), optimum


def in_order(fit: Fitted, y: ArrayLike) -> ArrayLike:
    """Bring a new outcome into the order of the rows of a fit, or refuse another length.

    Parameters
    ----------
    fit : Fitted
    y : (n,) array or pandas.Series

    Returns
    -------
    (n,) array or pandas.Series

    Raises
    ------
    DataError
    """
    fit.require_rows()
    if isinstance(y, pd.Series) and y.index.is_unique and fit.frame.index.isin(y.index).all():
        y = y[fit.frame.index]  # whatever its order, and whether rows were dropped or not
    shape = np.shape(y)
    if shape != (fit.nobs,):
        raise DataError(
            f"The new outcome has shape {shape}, but the fit used {fit.nobs} rows.",
            "Give one value for each row of fit.frame.",
        )
    return y


def refit(fit: E, y: ArrayLike) -> E:
    """Fit the design to another outcome; see :meth:`mlmteach.Fit.refit`."""
    try:
        values = np.asarray(in_order(fit, y), dtype=float)
    except (TypeError, ValueError):
        raise DataError("The new outcome is not numeric.", "Give one number a row.") from None
    with np.errstate(over="ignore"):
        usable = np.isfinite(values @ values)
    if not usable:
        raise DataError(
            "The new outcome has missing, infinite or immense values.",
            "Give a number for each row.",
        )
    moments, optimum = reoptimise(fit, values)
    engine = {"engine": "profiled"} if isinstance(fit, Estimated) else {}
    result = fit.with_changes(
        design=replace(fit.design, y=values), moments=moments, optimum=optimum, **engine
    )
    short = convergence_message(optimum)
    messages: tuple[str, ...] = () if short is None else (short,)
    return result.with_changes(messages=messages + zeros_messages(result))


# --- predictions for new rows, in groups of the fit or in an average one ------------------


def predict(fit: Fitted, new: Data | None = None, *, groups: str = "known") -> pd.Series[float]:
    """Predict the outcome of new rows; see :meth:`mlmteach.Fit.predict`."""
    groupings = [effects.name for effects in fit.effects]
    require_groups(groups, ("known", "average", *(groupings if len(groupings) > 1 else ())))
    known_in = {"known": groupings, "average": []}.get(groups, [groups])
    if new is None:
        old = fit.fixed_part
        for effects in fit.effects:
            if effects.name in known_in:
                old = old + effects.per_row()
        return pd.Series(old, index=fit.frame.index, name="predicted")
    encoding = encoding_of(fit)
    known = column_names(new)
    names = tuple(name for name in fit.model.variables if name in known)
    stream = stream_of(new)
    if stream is not None:
        found = stream.total(partial(_joined, fit=fit, groups=groups), names, progress="Predict")
        if found is None:
            raise DataError("The new data have no rows.", "Look at how they were read.")
        whole: pd.Series[float] = pd.concat(found.parts)
        return whole
    new = in_memory(new, names)
    refuse_other_labels(fit, new)
    if not isinstance(fit, TwoLevel):
        values = _predict_layered(fit, encoding, new, known_in)
    else:
        rows = design_for_new(fit.model, encoding, new)
        values = rows.X @ fit.params.to_numpy()
        if groups == "known":
            effects_of_rows = known_effects(fit, new, rows)
            values = values + np.einsum("nq,nq->n", rows.Z, effects_of_rows)
    return pd.Series(values, index=new.index, name="predicted")


def _predict_layered(
    fit: Fitted, encoding: Encoding, new: pd.DataFrame, known_in: Sequence[str]
) -> FloatArray:
    """Predict new rows where there are two groupings, with the effects of those that are named."""
    rows = layers_for_new(fit.model, encoding, new)
    values: FloatArray = rows.X @ fit.params.to_numpy()
    grouping = fit.model.grouping
    parts = list(zip(fit.effects, rows.Z, rows.labels, strict=True))
    for effects, z, labels in reversed(parts):  # what the groups of level 2 lie in comes first
        if effects.name not in known_in:
            continue
        other = next(name for name in grouping.names if name != effects.name)
        less = f"groups='{other}'" if not grouping.is_nested or not effects.position else ""
        remedy = " or ".join(filter(None, [less, "groups='average'"]))
        if labels is None:
            missing = [name for name in (effects.name, *grouping.names) if name not in new]
            raise DataError(
                f"The new data have no column '{missing[0]}'.",
                f"Add it, or use {remedy} to predict for a group that is not known.",
            )
        where = effects.layer.groups.get_indexer(labels)
        if np.any(where < 0):
            label = labels[where < 0].tolist()[0]
            pair = isinstance(label, tuple)
            told = f"{label[1]!r} of {other} {label[0]!r}" if pair else repr(label)
            raise DataError(
                f"The {effects.name} {told} was not in the data of this fit.",
                f"Use {remedy} to predict for a group that is not known.",
            )
        values = values + np.einsum("nq,nq->n", z, effects.random_effects.to_numpy()[where])
    return values


def require_groups(groups: str, known: tuple[str, ...]) -> None:
    """Raise an OptionError for predictions in groups of a kind that there is not."""
    if groups not in known:
        *some, last = (f"'{name}'" for name in known)
        raise OptionError(
            f"Predictions for groups='{groups}' do not exist.",
            f"Use {', '.join(some)} or {last}.",
        )


def encoding_of(fit: Fitted) -> Encoding:
    """Return what makes columns of new rows, or refuse a fit that cannot."""
    if fit.design.encoding is None:
        raise FitError(
            "This fit was made from bare arrays, so that new rows cannot become columns.",
            "Fit a Model to a DataFrame.",
        )
    return fit.design.encoding


def refuse_other_labels(fit: Fitted, new: pd.DataFrame) -> None:
    """Refuse numbers that are written as text, where the groups are numbered, and the other way.

    They would be taken for new groups, and means within groups for those of the new rows.
    """
    for effects in fit.effects:
        if effects.name not in new:
            continue
        old, own = effects.layer.groups.get_level_values(-1), pd.Index(new[effects.name].unique())
        before, now = _kind_of_labels(old), _kind_of_labels(own)
        if {before, now} != {"numbers", "text"}:
            continue
        known, given = (pd.to_numeric(pd.Series(x), errors="coerce") for x in (old, own))
        if given.isin(known.dropna()).any():
            raise DataError(
                f"The new data have {now} in '{effects.name}', where the data of the fit had "
                f"{before}.",
                f"Give '{effects.name}' as in the data of the fit.",
            )


def _kind_of_labels(labels: pd.Index[Any]) -> str:
    """Tell whether labels are numbers or text, where they are one of the two."""
    if isinstance(labels, pd.CategoricalIndex):
        labels = labels.categories
    kind = pd.api.types.infer_dtype(labels, skipna=True)
    return {"string": "text", "integer": "numbers", "floating": "numbers"}.get(kind, "")


def known_effects(fit: TwoLevel, new: pd.DataFrame, rows: NewDesign) -> FloatArray:
    """Return the predicted U of the groups of new rows, (n, q).

    Raises
    ------
    DataError
        When the groups are not named, or one was not in the fit.
    """
    if fit.model.group not in new:
        raise DataError(
            f"The new data have no column '{fit.model.group}'.",
            "Add it, or use groups='average' to predict for a group that is not known.",
        )
    labels = pd.Index(rows.labels)
    where = fit.design.groups.get_indexer(labels)
    if np.any(where < 0):
        raise DataError(
            f"The group {labels[where < 0].tolist()[0]!r} was not in the data of this fit.",
            "Use groups='average' to predict for a group that is not known.",
        )
    effects: FloatArray = fit.random_effects.to_numpy()[where]
    return effects


def _joined(chunk: pd.DataFrame, fit: Fitted, groups: str) -> Joined:
    return Joined([predict(fit, chunk, groups=groups)])
