"""A term: the points of several homeworks, added up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlmteach.errors import OptionError
from mlmteach.grade.exports import EXCUSED, TO_BE_MARKED
from mlmteach.grade.files import read_table, write_table

__all__ = ["add_up", "write_totals"]


def add_up(homeworks: dict[str, list[dict[str, str]]], *, drop: int = 0) -> list[list[object]]:
    """Add the points of each student over homeworks.

    Parameters
    ----------
    homeworks : dict of str to list of dict
        By name, the rows of ``grades.csv``.
    drop : int
        How many homeworks with the smallest share of their points do not count.  Excused ones are
        left out before.

    Returns
    -------
    list of list
        The head, then a row a student: points and what could be earned, of what counts.  What was
        not handed in counts as 0, and is named in the last column.

    Raises
    ------
    OptionError
        If points are no number.

    Examples
    --------
    >>> row = {"id": "ada", "name": "Ada", "points": "3", "of": "4"}
    >>> add_up({"one": [row], "two": [{**row, "points": "excused"}]})[1]
    ['ada', 'Ada', '3', 'excused', 3.0, 4.0, 75.0, '']
    """
    names: dict[str, str] = {}
    for rows in homeworks.values():
        names |= {row["id"]: row["name"] for row in rows}
    found = {name: {row["id"]: row for row in rows} for name, rows in homeworks.items()}
    most = {name: max((row["of"] for row in rows), default="0") for name, rows in homeworks.items()}
    table: list[list[object]] = [
        ["id", "name", *homeworks, "points", "of", "percent", "not handed in"]
    ]
    for id, name in names.items():
        own = {title: rows.get(id, {}) for title, rows in found.items()}
        told = {title: row.get("points", "") for title, row in own.items()}
        missing = " ".join(title for title, points in told.items() if not points)
        total = _total(id, told, most, drop)
        table.append([id, name, *told.values(), *total, missing])
    return table


def _total(id: str, told: dict[str, str], most: dict[str, str], drop: int) -> list[object]:
    if TO_BE_MARKED in told.values():
        return [TO_BE_MARKED, "", ""]
    counted = []
    for title, points in told.items():
        if points == EXCUSED:
            continue
        try:
            counted.append((float(points or 0), float(most[title])))
        except ValueError:
            raise OptionError(
                f"In '{title}', the points of '{id}' are '{points}' of '{most[title]}'.",
                "Grade that homework again; it writes grades.csv anew.",
            ) from None
    counted.sort(key=lambda pair: pair[0] / pair[1] if pair[1] else 1.0)
    counted = counted[min(drop, max(0, len(counted) - 1)) :]
    earned, of = (round(sum(pair[k] for pair in counted), 4) for k in (0, 1))
    return [earned, of, round(100 * earned / of, 2) if of else ""]


def write_totals(folders: Sequence[Path], output: Path, *, drop: int = 0) -> int:
    """Write a table of all homeworks.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        What ``mlmteach grade`` wrote, a folder a homework.
    output : pathlib.Path
        The table.
    drop : int
        As in :func:`add_up`.

    Returns
    -------
    int
        How many students are in it.

    Raises
    ------
    OptionError
        If a folder holds no grades, or the table cannot be written.
    """
    if len({folder.name for folder in folders}) < len(folders):
        raise OptionError(
            "Two of the folders have the same name.", "Homeworks are called by it: rename one."
        )
    homeworks = {f.name: read_table(f / "grades.csv", "table of grades") for f in folders}
    for folder in folders:
        rows = homeworks[folder.name]
        if not rows or not {"id", "name", "points", "of"} <= set(rows[0]):
            raise OptionError(
                f"The file '{folder / 'grades.csv'}' is no table of grades.",
                "Give folders that `mlmteach grade` has written.",
            )
    table = add_up(homeworks, drop=drop)
    try:
        write_table(output, table)
    except OSError as error:
        raise OptionError(
            f"The file '{output}' cannot be written: {error.strerror}.", "Choose another place."
        ) from None
    return len(table) - 1
