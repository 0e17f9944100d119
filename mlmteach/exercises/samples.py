"""Data that differ from student to student, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mlmteach.data.datasets import load
from mlmteach.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["my_data"]

_LEFT_OUT = 10  # one level-1 unit in ten


def my_data(assignment: str, student: str, *, data: str = "hsb") -> pd.DataFrame:
    """Draw a student's own sample from a data set.

    The groups are put in an order that a hash of assignment, student and group gives, and the
    first two thirds are taken; in them, every tenth unit or so is left out, by a hash as well.
    So the numbers cannot be copied from a neighbour, and no random generator is involved that
    could differ between machines or versions.

    Parameters
    ----------
    assignment : str
        The name of the assignment.
    student : str
        The student, as the roster writes the id.
    data : str
        The data set to draw from.

    Returns
    -------
    pandas.DataFrame
        Rows of the data set, with its codebook.

    Raises
    ------
    OptionError
        If assignment or student is empty.

    Examples
    --------
    >>> ada, ben = my_data("homework 1", "ada"), my_data("homework 1", "ben")
    >>> ada.equals(my_data("homework 1", "ada")), ada.equals(ben)
    (True, False)
    """
    named: dict[str, object] = {"assignment": assignment, "student": student}
    for name, value in named.items():
        if not isinstance(value, str) or not value.strip():
            raise OptionError(
                f"`{name}` is empty or no text.", 'Write it in quotes, such as "ada.lovelace".'
            )
    frame = load(data)
    codebook = frame.attrs["codebook"]

    def rank(what: object) -> int:
        text = "\x1f".join([assignment.strip(), student.strip(), data, str(what)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    column = frame[codebook.group]
    groups = sorted(column.unique(), key=lambda group: rank(("group", str(group))))
    kept = set(groups[: max(2, (2 * len(groups) + 2) // 3)])
    rows = [
        position
        for position, group in enumerate(column)
        if group in kept and rank(("row", position)) % _LEFT_OUT
    ]
    sample = frame.iloc[rows].reset_index(drop=True)
    sample.attrs["codebook"] = codebook
    return sample
