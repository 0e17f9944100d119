"""Fits to rows that come in chunks: the moments of all of them, and the rows of some.

Everything that the likelihood needs is a sum over rows (:mod:`mlmteach.fit.moments`), so that a fit
to a stream is exact, whatever the chunks.  The first walk is that of :mod:`mlmteach.model.survey`;
the second, here, sums what the rows of each chunk have, for the groups that are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmteach.errors import FitError
from mlmteach.fit.design import Design, build_design, refuse_dependent, refuse_useless
from mlmteach.fit.moments import Origin, RowSums, moments_of, sums_about
from mlmteach.model.encoding import belongs_to_level1, belongs_to_level2, equal_everywhere
from mlmteach.model.rows import numeric_columns
from mlmteach.model.survey import Census, GroupStatistics, know
from mlmteach.model.terms import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.data.sources import Stream
    from mlmteach.fit.moments import Moments
    from mlmteach.model.encoding import FactorColumns
    from mlmteach.model.structure import Structure
    from mlmteach.model.survey import Known, UsableChunk

__all__ = ["moments_in_parts", "stream_design"]


@dataclass
class GroupSums:
    """What is summed over the rows of some groups; see :class:`~mlmteach.data.sources.Total`.

    Attributes
    ----------
    at : ndarray of int, shape (K,)
        The numbers of the groups, ascending.
    products : RowSums
        About an origin.
    sums : ndarray, shape (q + p + 1,)
        Of the columns of Z, X and y about the origin.
    statistics : GroupStatistics
        Of the columns that are numbers.
    level1 : GroupStatistics
        Of the columns of factors at level 1, over all these rows.
    first : dict of int to ndarray, each of shape (K,)
        A value of each term in each group, as long as none of them differs from it.
    differs : dict of int to int
        The terms that differ within a group, and the number of the first such group.
    """

    at: IntArray
    products: RowSums
    sums: FloatArray
    statistics: GroupStatistics
    level1: GroupStatistics
    first: dict[int, FloatArray]
    differs: dict[int, int]

    @np.errstate(over="ignore", invalid="ignore")  # what is immense is refused at the end
    def absorb(self, other: GroupSums) -> None:
        """Add the rows of another chunk; a group may have rows in both."""
        if not len(other.at):
            return
        if not (len(self.at) and len(np.setdiff1d(other.at, self.at, assume_unique=True)) == 0):
            self._widen(np.union1d(self.at, other.at))
        rows = np.searchsorted(self.at, other.at)
        self.products.zv[rows] += other.products.zv
        self.products = RowSums(
            self.products.zv,
            self.products.ww + other.products.ww,
            self.products.n + other.products.n,
        )
        self.sums = self.sums + other.sums
        new = self.statistics.count[rows] == 0
        for term in list(self.first):
            if term in other.differs:
                continue
            own, theirs = self.first[term], other.first[term]
            apart = ~new & (own[rows] != theirs)
            if apart.any():
                self.differs[term] = int(other.at[apart.argmax()])
            own[rows[new]] = theirs[new]
        for term, group in other.differs.items():
            self.differs.setdefault(term, group)
        for term in self.differs:
            self.first.pop(term, None)
        self.statistics.take(rows, other.statistics)
        self.level1.take(np.array([0]), other.level1)

    def _widen(self, at: IntArray) -> None:
        """Make room for more groups."""
        rows = np.searchsorted(at, self.at)
        zv = np.zeros((len(at), *self.products.zv.shape[1:]))
        zv[rows] = self.products.zv
        self.products = RowSums(zv, self.products.ww, self.products.n)
        for term, values in self.first.items():
            wide = np.zeros(len(at))
            wide[rows] = values
            self.first[term] = wide
        self.statistics = self.statistics.widened(rows, len(at))
        self.at = at


@dataclass(frozen=True, eq=False)
class Summing:
    """Sums over the rows of a chunk.

    Attributes
    ----------
    made : UsableChunk
    groups : pandas.Index, shape (J,)
    fixed, random, terms : tuple of Term
        The columns of X and of Z, and what stands at either level.
    factors : tuple of Term
        The factors at level 1, each by itself.
    numbers : tuple of str
        The variables that are numbers.
    origin : Origin
    """

    made: UsableChunk
    groups: pd.Index[Any]
    fixed: tuple[Term, ...]
    random: tuple[Term, ...]
    terms: tuple[Term, ...]
    factors: tuple[Term, ...]
    numbers: tuple[str, ...]
    origin: Origin

    def __call__(self, chunk: pd.DataFrame) -> GroupSums:
        """Sum over the rows of a chunk that can be used."""
        frame = self.made.rows(chunk)
        if not len(frame):
            return self.nothing(0)
        codes, labels = pd.factorize(frame[self.made.model.group])
        where = self.groups.get_indexer(pd.Index(labels))  # (K,), in the order of the chunk
        rank = np.argsort(where)
        place = np.empty(len(rank), dtype=np.intp)
        place[rank] = np.arange(len(rank))
        codes, at = place[codes], where[rank]
        y, columns = self.made.columns(frame)
        design = self.design(y, columns, codes, self.groups[at])
        v = [design.Z - self.origin.z, design.X - self.origin.x, (y - self.origin.y)[:, None]]
        order = None if (codes[1:] >= codes[:-1]).all() else np.argsort(codes, kind="stable")
        sorted_codes = codes if order is None else codes[order]
        starts = np.flatnonzero(np.append(True, sorted_codes[1:] != sorted_codes[:-1]))
        first, differs = {}, {}
        for k, term in enumerate(self.terms):
            values = columns.product(term)
            own = values[starts if order is None else order[starts]]
            apart = values != own[codes]
            if apart.any():
                differs[k] = int(at[codes[apart.argmax()]])
            else:
                first[k] = np.array(own)
        numeric = numeric_columns({name: frame[name] for name in self.numbers})
        table = np.empty((len(frame), len(self.numbers)))
        for k, values in enumerate(numeric.values()):
            table[:, k] = values if order is None else values[order]
        with np.errstate(over="ignore", invalid="ignore"):  # what is immense is refused later
            products = sums_about(self.origin, design)
            sums = np.concatenate([part.sum(axis=0) for part in v])
            statistics = GroupStatistics.of(table, sorted_codes, starts)
            together = GroupStatistics.of(columns.matrix(self.factors), 0 * codes, starts[:1])
        return GroupSums(
            at=at,
            products=products,
            sums=sums,
            statistics=statistics,
            level1=together,
            first=first,
            differs=differs,
        )

    def nothing(self, groups: int) -> GroupSums:
        """Begin with the first J groups and none of their rows."""
        p, q = len(self.fixed), len(self.random)
        return GroupSums(
            at=np.arange(groups),
            products=RowSums(np.zeros((groups, q, q + p + 1)), np.zeros((p + 1, p + 1)), 0),
            sums=np.zeros(q + p + 1),
            statistics=GroupStatistics.empty(groups, len(self.numbers)),
            level1=GroupStatistics.empty(1, len(self.factors)),
            first={k: np.zeros(groups) for k in range(len(self.terms))},
            differs={},
        )

    def design(
        self, y: FloatArray, columns: FactorColumns, codes: IntArray, groups: pd.Index[Any]
    ) -> Design:
        """Put some rows into arrays."""
        return Design(
            y=y,
            X=columns.matrix(self.fixed),
            Z=columns.matrix(self.random),
            codes=codes,
            groups=groups,
            x_names=tuple(term.name for term in self.fixed),
            z_names=tuple(term.name for term in self.random),
            blocks=self.made.model.blocks,
        )


def stream_design(
    model: Structure, stream: Stream
) -> tuple[Structure, Design, pd.DataFrame, Moments | None]:
    """Hold a model against a stream, and sum what estimation needs.

    Parameters
    ----------
    model : Structure
    stream : Stream

    Returns
    -------
    tuple of (Structure, Design, pandas.DataFrame, Moments or None)
        The bound model; the arrays and the rows of a sample of whole groups, with the groups and
        the :class:`Census` of all; and the moments of all rows.  Where the rows are so few that
        all are kept, they are a frame as any other, and None stands for the moments.
    """
    known = know(model, stream)
    if known.whole:
        return (*build_design(model, known.sample), None)
    if model.sigma2 is not None or model.precision is not None:
        raise FitError(
            "A σ² that differs between rows needs all rows at once, and these come in chunks.",
            "Give a frame that lies in memory, or leave out `sigma2` and `precision`.",
        )
    learned = known.learned
    bound = learned.model
    fixed = tuple(gamma.term for gamma in bound.gammas)
    random = tuple(c.term for c in bound.random)
    if not random:
        raise FitError(
            "The model has no random coefficient.",
            "Add U to the equation of the intercept, or fit a regression without levels.",
        )
    numbers = tuple(n for n in bound.variables if n in learned.encoding.numeric)
    terms = (*learned.level1, *learned.level2)
    upper = dict.fromkeys(Term((f,)) for t in learned.level2 for f in t.factors)
    extra = tuple(term for term in upper if term not in learned.level2)
    lower = tuple(dict.fromkeys(Term((f,)) for t in learned.level1 for f in t.factors))
    nowhere = Origin(np.zeros(len(random)), np.zeros(len(fixed)), 0.0, None, None)
    made = Summing(
        known.chunk, known.groups, fixed, random, (*terms, *extra), lower, numbers, nowhere
    )
    codes = known.groups.get_indexer(pd.Index(known.witnesses[model.group]))
    few = made.design(*known.chunk.columns(known.witnesses), codes, known.groups)
    origin = _origin_near(few, fixed, random)
    work = replace(made, origin=origin)
    found = stream.total(
        work, bound.variables, progress="Sums", into=work.nothing(len(known.groups))
    )
    assert found is not None
    _refuse_levels(found, learned.level1, learned.level2, bound, known.groups)
    with np.errstate(over="ignore", invalid="ignore"):
        sums, origin = recentred(found.products, found.sums, origin, bound.blocks)
    _refuse_columns(sums, origin, few.x_names)
    sample = _sample_design(known, work, found)
    return bound, sample, known.sample, moments_of(sums, origin, bound.blocks)


def _origin_near(few: Design, fixed: Sequence[Term], random: Sequence[Term]) -> Origin:
    """Take the means of few rows; which columns are constant does not hang on rows."""
    x = next((k for k, term in enumerate(fixed) if not term), None)
    z = next((k for k, term in enumerate(random) if not term), None)
    x_shift = np.zeros(len(fixed)) if x is None else few.X.mean(axis=0)
    z_shift = np.zeros(len(random)) if z is None else few.Z.mean(axis=0)
    for block in few.blocks:
        if z not in block:
            z_shift[list(block)] = 0.0
    for shift, constant in ((x_shift, x), (z_shift, z)):
        if constant is not None:
            shift[constant] = 0.0
    return Origin(z_shift, x_shift, 0.0 if x is None else float(few.y.mean()), z, x)


PART = 1 << 16
"""Rows of a frame in memory that become columns at a time."""


def moments_in_parts(design: Design) -> Moments:
    """Sum what estimation needs over rows in memory, without making all of X and Z.

    Parameters
    ----------
    design : Design
        Whose rows are made on demand.

    Returns
    -------
    Moments

    Raises
    ------
    DataError, ModelError
        If a column of X is zero, immense or computed from others.
    """
    rows = design.source
    assert rows is not None
    codes, n = design.codes, len(design.codes)
    p, q, groups = len(rows.fixed), len(rows.random), len(design.groups)
    start = Design(**rows.arrays(slice(0, PART)), **_some(design, codes[:PART], design.groups))
    origin = _origin_near(start, rows.fixed, rows.random)
    found = RowSums(np.zeros((groups, q, q + p + 1)), np.zeros((p + 1, p + 1)), 0)
    sums = np.zeros(q + p + 1)
    with np.errstate(over="ignore", invalid="ignore"):  # what is immense is refused at the end
        for at in range(0, n, PART):
            own = codes[at : at + PART]
            low, high = int(own.min()), int(own.max()) + 1  # few groups where rows are in order
            known = _some(design, own - low, design.groups[low:high])
            part = Design(**rows.arrays(slice(at, at + PART)), **known)
            sums += np.concatenate(
                [
                    (part.Z - origin.z).sum(axis=0),
                    (part.X - origin.x).sum(axis=0),
                    [(part.y - origin.y).sum()],
                ]
            )
            products = sums_about(origin, part)
            found.zv[low:high] += products.zv
            found = RowSums(found.zv, found.ww + products.ww, found.n + products.n)
        exact, origin = recentred(found, sums, origin, design.blocks)
    _refuse_columns(exact, origin, design.x_names)
    return moments_of(exact, origin, design.blocks)


def _some(design: Design, codes: IntArray, groups: pd.Index[Any]) -> dict[str, Any]:
    """Give the fields of some rows of a design that are no arrays of theirs."""
    return {
        "codes": codes,
        "groups": groups,
        "x_names": design.x_names,
        "z_names": design.z_names,
        "blocks": design.blocks,
    }


def recentred(
    products: RowSums, sums: FloatArray, origin: Origin, blocks: Sequence[Sequence[int]]
) -> tuple[RowSums, Origin]:
    """Move sums of products from an origin near the means to the means themselves.

    With ``V = [Z, X, y]`` about the one and ``V - d`` about the other, the sum over the rows of a
    group is ``(Z - d_z)'(V - d) = Z'V - (Z'1) d - d_z (1'V) + n d_z d``; and ``1'V`` is a row of
    ``Z'V`` where Z has a constant, ``Z'1`` a column of it where Z or X has one.
    """
    zv, ww, n = products.zv, products.ww, products.n
    q = zv.shape[1]
    d = sums / n  # (q + p + 1,)
    zc, xc = origin.z_constant, origin.x_constant
    for block in blocks:
        if zc not in block:
            d[list(block)] = 0.0
    if zc is None:
        d[:q] = 0.0
    else:
        d[zc] = 0.0
    if xc is None:
        d[q:] = 0.0
    else:
        d[q + xc] = 0.0
    ones = zc if zc is not None else None if xc is None else q + xc
    moved = zv.copy()
    if ones is not None:
        z_sums = zv[:, :, ones].copy()  # (J, q): Z'1
        moved -= z_sums[:, :, None] * d
        if zc is not None:
            v_sums = zv[:, zc, :]  # (J, q + p + 1): 1'V
            counts = v_sums[:, zc]
            moved -= d[:q][None, :, None] * v_sums[:, None, :]
            moved += counts[:, None, None] * np.multiply.outer(d[:q], d)
    w, s = d[q:], sums[q:]
    centred = ww - np.multiply.outer(s, w) - np.multiply.outer(w, s) + n * np.multiply.outer(w, w)
    return (
        RowSums(moved, centred, n),
        Origin(origin.z + d[:q], origin.x + w[:-1], origin.y + float(w[-1]), zc, xc),
    )


def _refuse_levels(
    found: GroupSums,
    level1: Sequence[Term],
    level2: Sequence[Term],
    model: Structure,
    groups: pd.Index[Any],
) -> None:
    """Refuse what stands at a level at which it is not, or is a constant."""
    terms = (*level1, *level2)
    apart = {k for k in range(len(terms)) if k in found.differs or np.ptp(found.first[k]) > 0.0}
    unequal = {tuple(f.expression for f in terms[k].factors) for k in apart}
    for term in terms:
        if term and tuple(f.expression for f in term.factors) not in unequal:
            raise equal_everywhere(term)
    varying = {
        tuple(f.expression for f in term.factors)
        for k, term in enumerate(level1)
        if k in found.differs
    }
    for term in level1:
        if term and tuple(f.expression for f in term.factors) not in varying:
            raise belongs_to_level2(term, model)
    for k, term in enumerate(level2, len(level1)):
        if term and k in found.differs:
            raise belongs_to_level1(term, model, groups[found.differs[k]])


def _refuse_columns(sums: RowSums, origin: Origin, names: Sequence[str]) -> None:
    """Refuse columns of X that are zero, immense or computed from others, by their products."""
    p, n = len(origin.x), sums.n
    shift = np.append(origin.x, origin.y)
    total = np.zeros(p + 1)  # of the columns about their means: none but that of the constant
    if origin.x_constant is not None:
        total[origin.x_constant] = n
    with np.errstate(over="ignore", invalid="ignore"):
        raw = sums.ww + n * np.multiply.outer(shift, shift)  # without a constant there is no shift
        raw += np.multiply.outer(total, shift) + np.multiply.outer(shift, total)
    refuse_useless(np.diag(raw), names)
    if p == 0:
        return
    refuse_dependent(raw[:p, :p], sums.ww[:p, :p], names, n)


def _sample_design(known: Known, work: Summing, found: GroupSums) -> Design:
    """Make the arrays of the sample, with what is known of all rows."""
    rows = known.sample
    codes = known.groups.get_indexer(pd.Index(rows[known.learned.model.group]))
    y, columns = known.chunk.columns(rows)
    sample = work.design(y, columns, codes, known.groups)
    start = len(known.learned.level1)
    upper = {work.terms[k].name: values for k, values in found.first.items() if k >= start}
    p, q = len(work.fixed), len(work.random)
    return replace(
        sample,
        census=Census(
            numbers=work.numbers,
            statistics=found.statistics,
            columns=tuple(term.name for term in work.factors),
            level1=found.level1,
            level2=upper,
            witnesses=known.witnesses,
            codings=known.learned.encoding.codings,
            x_mean=work.origin.x + found.sums[q : q + p] / found.products.n,
        ),
        dropped=known.dropped,
        lost=known.lost,
        encoding=known.learned.encoding,
    )
