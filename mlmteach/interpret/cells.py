"""Products of categories that are coded in full: which cells a coefficient compares.

Where a product stands without the rest of its margins, as in ``arm:sex``, its columns are cells.
Next to a constant one cell is left out, and each coefficient compares its cell with that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from mlmteach.interpret.predictors import Contrasted, Meaning, category_of, meanings
from mlmteach.model.coding import weights_of_means

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray
    from mlmteach.interpret.source import Source
    from mlmteach.model.symbols import Gamma

__all__ = ["Cells", "cells_of"]

Cell = tuple[Meaning, ...]


@dataclass(frozen=True)
class Cells:
    """What a coefficient is, in cells of several variables.

    Attributes
    ----------
    factors : tuple of Meaning
        Those that it is a coefficient of: the variable in which its two cells differ, if it is one,
        and what is no part of the cells.
    among : tuple of Meaning
        The categories in which it holds.
    pair : tuple of (Cell, Cell), or empty
        The cells, where they differ in several variables.
    weighted : tuple of (Cell, float)
        Of the expected outcomes, where it is no difference of two cells.
    """

    factors: tuple[Meaning, ...]
    among: tuple[Meaning, ...] = ()
    pair: tuple[Cell, ...] = ()
    weighted: tuple[tuple[Cell, float], ...] = ()


def cells_of(source: Source, gamma: Gamma) -> Cells | None:
    """Say which cells a γ compares; None where its factors are read one by one."""
    if source.places.frame is None:
        return None
    every = {g.name: _factors(source, g) for g in source.model.gammas}
    factors = every[gamma.name]
    own = {_key(m): m for m in factors if m.is_own}
    names = {_name(m) for m in factors}
    if not own:  # the cell that is left out, where others are cells of the same
        for theirs in every.values():
            new = [m for m in theirs if _name(m) not in names]
            if names <= {_name(m) for m in theirs} and all(m.is_own for m in new):
                own |= {_key(m): m for m in new} if len(new) > 1 else {}
    if len(own) < 2:
        return None
    rest = {_name(m) for m in factors if _key(m) not in own}
    system = [
        name
        for name, theirs in every.items()
        if {_name(m) for m in theirs if _key(m) not in own} == rest
    ]
    values = _cells(source, list(own.values()))
    columns = [_column(source, every[name], own, values) for name in system]
    matrix = np.column_stack(columns)
    ones = np.ones(len(values))
    if np.linalg.matrix_rank(np.column_stack([matrix, ones])) > matrix.shape[1]:
        matrix = np.column_stack([matrix, ones])  # what the other terms add is the same in all
    weights = weights_of_means(matrix)[system.index(gamma.name)]
    named = [_named(source, own, cell) for cell in values]
    kept = tuple(m for m in factors if _key(m) not in own)
    return _read(kept, named, weights)


def _read(kept: Cell, cells: Sequence[Cell], weights: FloatArray) -> Cells:
    """Read weights of cells as one cell, as a difference of two, or as what they are."""
    used = [(cell, float(w)) for cell, w in zip(cells, weights, strict=True) if abs(w) > 1e-9]
    sizes = sorted(w for _, w in used)
    if np.allclose(sizes, [1.0]):
        return Cells(kept, used[0][0])
    if len(used) != 2 or not np.allclose(sizes, [-1.0, 1.0]):
        return Cells(kept, weighted=tuple(used))
    (below, _), (above, _) = sorted(used, key=lambda pair: pair[1])
    apart = [k for k, (m, other) in enumerate(zip(above, below, strict=True)) if _differ(m, other)]
    if len(apart) > 1:
        return Cells(kept, pair=(above, below))
    (k,) = apart
    among = tuple(m for i, m in enumerate(above) if i != k)
    one, other = above[k].category, below[k].category
    assert one is not None
    assert other is not None
    contrasted = Contrasted((other, one), (-1.0, 1.0), (one,), (other,), zero=(1.0, 0.0))
    own = replace(above[k], reference=other, contrast=contrasted)
    return Cells((own, *kept) if own.level == 2 else (*kept, own), among)


def _differ(one: Meaning, other: Meaning) -> bool:
    return one.category != other.category


def _factors(source: Source, gamma: Gamma) -> Cell:
    return meanings(source, gamma.level2, 2) + meanings(source, gamma.level1, 1)


def _name(meaning: Meaning) -> tuple[int, str]:
    return meaning.level, meaning.factor.name


def _key(meaning: Meaning) -> tuple[int, str]:
    return meaning.level, meaning.root


Values = dict[tuple[int, str], float | str]


def _cells(source: Source, own: Sequence[Meaning]) -> list[Values]:
    """List the cells that the data have."""
    frame = source.places.frame
    assert frame is not None
    known = {}
    for m in own:
        coded = source.places.coded(m.factor)
        assert coded is not None
        known[_key(m)] = coded[0]
    present = set(frame[[m.root for m in own]].itertuples(index=False, name=None))
    cells = [cell for cell in product(*known.values()) if cell in present]
    return [dict(zip(known, cell, strict=True)) for cell in cells]


def _column(
    source: Source,
    factors: Cell,
    own: dict[tuple[int, str], Meaning],
    cells: Sequence[Values],
) -> FloatArray:
    """Give a column of X in each cell, without what is no part of the cells, (cells,)."""
    column = np.ones(len(cells))
    for m in factors:
        coded = source.places.coded(m.factor) if _key(m) in own else None
        if coded is not None:
            values = dict(zip(*coded, strict=True))
            column = column * np.array([values[cell[_key(m)]] for cell in cells])
    return column


def _named(source: Source, own: dict[tuple[int, str], Meaning], cell: Values) -> Cell:
    """Say what a cell is: each variable in its category."""
    found = []
    for key, m in own.items():
        assert m.variable is not None
        category = category_of(source, m.variable, str(cell[key]), m.level)
        found.append(replace(m, category=category, reference=category, is_own=False))
    return tuple(found)
