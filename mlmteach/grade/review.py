"""Marks by hand: a sheet that lists what a reader must judge, and that the lecturer fills in.

The grader adds a row for each answer that nobody has marked, and never takes one away.  What the
lecturer wrote is applied to the records after they were judged, in every run anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mlmteach.errors import OptionError
from mlmteach.grade.files import as_typed, read_table, write_table
from mlmteach.grade.homework import Homework, parse_time
from mlmteach.grade.record import Mark, Record, late_by

__all__ = ["Review", "read_review", "settle", "write_review"]

_COLUMNS = ("id", "exercise", "answer", "of", "points", "until", "comment", "version")
_DEDUCTION, _EXCUSED, _EXTENSION = "deduction", "excused", "extension"


@dataclass(frozen=True)
class Review:
    """What the lecturer decided.

    Parameters
    ----------
    rows : tuple of dict
        The sheet as it stands.
    marks : dict
        Points, comment and version of the answer, by student and exercise.
    comments : dict
        A comment without points, by student and exercise.
    deductions : dict
        Reasons and points, by student.
    excused : dict
        The reason, by student.
    extensions : dict
        Until when, and why, by student.
    """

    rows: tuple[dict[str, str], ...] = ()
    marks: dict[tuple[str, str], tuple[float, str, str]] = field(default_factory=dict)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    deductions: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def shared(self, groups: Mapping[str, str]) -> Review:
        """Let what was decided for a group hold for its members, unless a member has its own.

        Parameters
        ----------
        groups : mapping of str to str
            The group of each member, by ids.

        Returns
        -------
        Review
        """
        marks, comments = dict(self.marks), dict(self.comments)
        deductions, excused = dict(self.deductions), dict(self.excused)
        extensions = dict(self.extensions)
        for id, group in groups.items():
            for (whose, exercise), mark in self.marks.items():
                if whose == group:
                    marks.setdefault((id, exercise), mark)
            for (whose, exercise), comment in self.comments.items():
                if whose == group:
                    comments.setdefault((id, exercise), comment)
            deductions[id] = self.deductions.get(group, []) + self.deductions.get(id, [])
            if group in self.excused:
                excused.setdefault(id, self.excused[group])
            if group in self.extensions:
                extensions.setdefault(id, self.extensions[group])
        return Review(self.rows, marks, comments, deductions, excused, extensions)


def read_review(path: Path, homework: Homework, students: Iterable[str]) -> Review:
    """Read the sheet of the lecturer.

    Parameters
    ----------
    path : pathlib.Path
        There is none before the first run.
    homework : Homework
    students : iterable of str
        The ids of the roster.

    Returns
    -------
    Review

    Raises
    ------
    OptionError
        If a row names nobody, no exercise, or no points that can be.
    """
    if not path.exists():
        return Review()
    rows = read_table(path, "sheet of marks")
    needed = ("id", "exercise", "points", "comment")
    missing = [name for name in needed if rows and name not in rows[0]]
    if missing:
        raise OptionError(
            f"The sheet '{path}' has no column '{missing[0]}'.",
            f"Its first line names the columns: {','.join(_COLUMNS)}.",
        )
    rows = [{name: row.get(name, "") for name in _COLUMNS} for row in rows]
    review = Review(tuple(row for row in rows if any(row.values())))
    known = _as_cells(list(students))
    of = {exercise.id: exercise.points for exercise in homework.exercises}
    for line, row in enumerate(review.rows, start=2):
        said = row["id"]
        if said not in known and row["version"]:
            continue  # of one who has left; the row stays
        try:
            row["id"] = known.get(said, "")
            _take(review, row, of)
        except ValueError as why:
            raise OptionError(
                f"In the sheet '{path}', row {line} of '{said}': {why}.", "Mend the row."
            ) from None
    return review


def _as_cells(ids: Sequence[str]) -> dict[str, str]:
    """The ids by what stands in a cell: a spreadsheet saves 007 as 7."""
    bare = [id.lstrip("0") for id in ids if id.isdecimal()]
    numbers = {n: id for id in ids if id.isdecimal() and bare.count(n := id.lstrip("0")) == 1}
    return numbers | {as_typed(id.strip()): id for id in ids}


def _take(review: Review, row: dict[str, str], of: dict[str, float]) -> None:
    id, exercise, comment = row["id"], row["exercise"], row["comment"]
    if not id:
        raise ValueError("nobody in the roster has this id")
    if exercise in of:
        if row["points"]:
            points = _points(row["points"])
            if points > of[exercise]:
                raise ValueError(f"exercise {exercise} has {of[exercise]:g} points at most")
            if not row["version"] and not comment:
                raise ValueError("points that replace the grader's need a comment that says why")
            if (id, exercise) in review.marks:
                raise ValueError(f"exercise {exercise} has points in another row too")
            review.marks[id, exercise] = (points, comment, row["version"])
        elif comment:
            review.comments[id, exercise] = comment
    elif exercise == _DEDUCTION:
        if not comment:
            raise ValueError("a deduction needs a comment that says why")
        review.deductions.setdefault(id, []).append((comment, _points(row["points"])))
    elif exercise == _EXCUSED:
        review.excused[id] = comment
    elif exercise == _EXTENSION:
        try:
            review.extensions[id] = (parse_time(row["until"]), comment)
        except ValueError:
            raise ValueError(
                f"'{row['until']}' in column 'until' is no time such as 2026-05-31T23:59+02:00"
            ) from None
    else:
        raise ValueError(
            f"'{exercise}' is no exercise, and not '{_DEDUCTION}', '{_EXCUSED}' or '{_EXTENSION}'"
        )


def _points(text: str) -> float:
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"'{text}' is no number of points") from None
    if not 0 <= points < float("inf"):
        raise ValueError(f"'{text}' is not 0 or more points")
    return points


def settle(homework: Homework, record: Record, review: Review) -> Record:
    """Apply what the lecturer decided to the record of one student.

    Parameters
    ----------
    homework : Homework
    record : Record
        As it was judged.
    review : Review

    Returns
    -------
    Record
        With lateness and every other deduction as an item of its own.
    """
    id = record.student
    marks = tuple(_by_hand(mark, id, review) for mark in record.marks)
    earned = sum(mark.points for mark in marks)
    hours, notes, deductions = record.hours_late, list(record.notes), []
    if id in review.extensions and homework.deadline is not None:
        until, why = review.extensions[id]
        more = (until - homework.deadline).total_seconds() / 3600
        hours = max(0.0, hours - max(0.0, more))
        notes.append(f"You had time until {until:%Y-%m-%d %H:%M}. {why}".strip())
    if (lost := earned - homework.after(earned, hours)) > 0:
        deductions.append((late_by(hours), round(lost, 4)))
    deductions += review.deductions.get(id, [])
    if excused := id in review.excused:
        notes.append(f"This homework does not count for you. {review.excused[id]}".strip())
    total = max(0.0, earned - sum(points for _, points in deductions))
    return replace(
        record,
        marks=marks,
        points=round(total, 4),
        hours_late=hours,
        notes=tuple(notes),
        deductions=tuple(deductions),
        excused=excused,
    )


def _by_hand(mark: Mark, id: str, review: Review) -> Mark:
    comment = review.comments.get((id, mark.id), "")
    if (id, mark.id) not in review.marks:
        return replace(mark, comment=comment)
    points, comment, version = review.marks[id, mark.id]
    if version and version != _version(mark.to_read):  # it was given to another text
        return mark
    return replace(mark, points=points, comment=comment, by_hand=True)


def _version(answer: str) -> str:
    """Name a text in a way that no spreadsheet takes for a number."""
    return f"v{hashlib.sha256(' '.join(answer.split()).encode()).hexdigest()[:8]}x"


def write_review(path: Path, records: Sequence[Record], review: Review) -> None:
    """Add to the sheet what nobody has marked yet.

    Parameters
    ----------
    path : pathlib.Path
    records : sequence of Record
        After :func:`settle`.
    review : Review
        The sheet as it was read.  A row whose text has changed since it was marked gets the new
        text and loses its points; its comment says what they were.
    """
    written = list(review.rows)
    place = {(row["id"], row["exercise"]): k for k, row in enumerate(review.rows) if row["version"]}
    for record in records:
        for mark in record.marks:
            if not mark.to_read:
                continue
            version, here = _version(mark.to_read), (record.student, mark.id)
            row = written[place[here]] if here in place else dict.fromkeys(_COLUMNS, "")
            if row["version"] == version:
                continue
            comment = row["comment"]
            if row["points"]:
                comment = f"{comment} [{row['points']} for an earlier text]".strip()
            new = (record.student, mark.id, mark.to_read, f"{mark.of:g}", "", "", comment, version)
            if here not in place:
                place[here] = len(written)
                written.append(row)
            written[place[here]] = dict(zip(_COLUMNS, new, strict=True))
    if written != list(review.rows):
        body = [[row[name] for name in _COLUMNS] for row in written]
        write_table(path, [_COLUMNS, *body], mark="\ufeff")
