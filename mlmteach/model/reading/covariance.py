"""Which U's may correlate, by the zeros of the matrices that are written."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from mlmteach.model.reading.statements import Letter, Statement
from mlmteach.model.symbols import Covariance

__all__ = ["covariance_of"]


def covariance_of(statements: Iterable[Statement], names: dict[int, str]) -> Covariance:
    """Read the blocks of effects that may correlate.

    Parameters
    ----------
    statements : iterable of Statement
        The distributions of U's, or of β's as vectors; a lone β tells nothing.
    names : dict of int to str
        The names of the random coefficients by their numbers.

    Returns
    -------
    "unstructured" or tuple of tuple of str
        Unstructured also if the statements do not speak of all U's.
    """
    told: set[int] = set()
    joined = {q: frozenset({q}) for q in names}
    for statement in statements:
        letters = [atom for atom in statement.left if isinstance(atom, Letter)]
        numbers = [letter.q for letter in letters if letter.role in {"effect", "beta"}]
        known = [q for q in numbers if q is not None and q in names]
        lone_beta = len(numbers) == 1 and letters[0].role == "beta"
        if statement.relation == "=" or lone_beta or len(known) < len(letters):
            continue
        told |= set(known)
        for (row, q), (column, r) in combinations(enumerate(known), 2):
            if _correlated(statement, row, column):
                union = joined[q] | joined[r]
                joined |= dict.fromkeys(union, union)
    blocks = {tuple(names[q] for q in sorted(block)): min(block) for block in joined.values()}
    blocks = {tuple(dict.fromkeys(block)): first for block, first in blocks.items()}
    if told != set(names) or len(blocks) < 2:
        return "unstructured"
    return tuple(sorted(blocks, key=lambda block: blocks[block]))


def _correlated(statement: Statement, row: int, column: int) -> bool:
    """Tell whether a covariance is other than zero; half of the matrix may be left out."""
    spread = statement.spread
    cells = [(row, column), (column, row)]
    written = [spread[r][c] for r, c in cells if r < len(spread) and c < len(spread[r])]
    return any(written) or not written
