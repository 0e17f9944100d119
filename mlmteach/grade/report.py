"""``report.html``: the batch as a whole, for the lecturer."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlmteach.exercises.outcome import Status
from mlmteach.grade.files import write_whole
from mlmteach.grade.homework import Homework
from mlmteach.grade.pages import inline, page
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.roster import Aside
from mlmteach.palette import ROLES
from mlmteach.plot.figure import Figure
from mlmteach.plot.style import canvas

__all__ = ["Item", "write_report"]


# --- how the exercises did: difficulty, discrimination, and the mistakes that were made ---


@dataclass(frozen=True)
class Item:
    """What the marks say about one exercise.

    Parameters
    ----------
    id, title : str
    difficulty : float
        The mean share of its points that was earned, from 0 to 1: high is easy.
    discrimination : float or None
        The correlation of its points with the points of all other exercises; None where one of
        the two does not vary.
    mistakes : tuple of (str, int)
        Messages of the usual mistakes and how often each was made, most common first.
    outcomes : tuple of (str, int)
        How often each outcome of the check came out, most common first.
    lost : float
        The points that all students together did not earn.
    """

    id: str
    title: str
    difficulty: float
    discrimination: float | None
    mistakes: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int], ...] = ()
    lost: float = 0.0


def _counted(records: dict[str, Record]) -> list[Record]:
    return [record for record in records.values() if record.counts and not record.excused]


def analyse(homework: Homework, records: dict[str, Record]) -> list[Item]:
    """Analyse each exercise over all students who have a mark.

    Parameters
    ----------
    homework : Homework
    records : dict of str to Record

    Returns
    -------
    list of Item
        Exercises without points are left out, and so are answers that nobody has marked yet.

    References
    ----------
    Crocker & Algina (1986), *Introduction to Classical and Modern Test Theory*, chapter 14.
    """
    used = _counted(records)
    items = []
    for position, exercise in enumerate(homework.exercises):
        if not exercise.points or not used:
            continue
        marks = [record.marks[position] for record in used]
        marked = [(r, mark) for r, mark in zip(used, marks, strict=True) if not mark.to_mark]
        if not marked:
            continue
        own = np.array([mark.points for _, mark in marked])
        rest = np.array([sum(m.points for m in record.marks) for record, _ in marked]) - own
        varies = len(own) > 2 and own.std() > 0 and rest.std() > 0
        counted = Counter(mark.mistake for mark in marks if mark.mistake)
        items.append(
            Item(
                exercise.id,
                exercise.title,
                float(own.mean() / exercise.points),
                float(np.corrcoef(own, rest)[0, 1]) if varies else None,
                tuple(counted.most_common()),
                tuple(Counter(map(_outcome, marks)).most_common()),
                float(sum(mark.of - mark.points for mark in marks if not mark.to_mark)),
            )
        )
    return items


def _outcome(mark: Mark) -> str:
    if mark.to_mark:
        return "to be marked"
    return "marked by hand" if mark.by_hand else mark.status


def to_talk_about(items: Sequence[Item], students: int) -> list[str]:
    """Say what the next lesson may take up: where most points were lost, and by what.

    Parameters
    ----------
    items : sequence of Item
    students : int
        How many handed something in.

    Returns
    -------
    list of str
        Sentences in Markdown, the most costly exercise first; at most five.

    Examples
    --------
    >>> item = Item("2", "ICC", 0.4, None, (("That is 1 − ICC.", 6),), (("not yet", 6),), 12.0)
    >>> to_talk_about([item], 10)
    ['**2 ICC**: 12 points were lost. 6 of 10 made this mistake: That is 1 − ICC.']
    """
    found = []
    for item in sorted(items, key=lambda item: -item.lost):
        blank = dict(item.outcomes).get(Status.NOT_ATTEMPTED.value, 0)
        said = [
            f"{count} of {students} made this mistake: {text}"
            for text, count in item.mistakes
            if count >= max(2, _OFTEN * students)
        ]
        if blank >= max(2, _OFTEN * students):
            said.append(f"{blank} of {students} did not try it.")
        if not said and item.difficulty < _HARD:
            said.append("No usual mistake explains it: look at some answers and at the question.")
        if said and item.lost > 0:
            found.append(
                f"**{item.id} {item.title}**: {item.lost:g} points were lost. {' '.join(said)}"
            )
    return found[:5]


_OFTEN, _HARD = 0.1, 0.5


# --- ``report.html``: the batch as a whole, for the lecturer ------------------------------


def write_report(
    folder: Path,
    homework: Homework,
    records: dict[str, Record],
    *,
    pairs: Sequence[tuple[str, str, float]] = (),
    others: Sequence[Aside] = (),
    isolated: bool = True,
    stamp: str = "",
) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    homework : Homework
    records : dict of str to Record
    pairs : sequence of (str, str, float)
        Submissions that are alike.
    others : sequence of Aside
        Files that were not graded.
    isolated : bool
        Whether the submissions ran in isolation.
    stamp : str
        What it was made of, as a hash: it stands in a comment at its end.
    """
    items = analyse(homework, records)
    parts = [_overview(homework, records)]
    if not isolated:
        parts.insert(
            0,
            '<p class="warning"><b>Graded with --unsafe.</b> The submissions ran with the rights '
            "of the grader. They could read and change its files, this report included.</p>",
        )
    figures = [_distribution(homework, records), _exercises(items), _mistakes(items)]
    parts += [figure.html for figure in figures if figure is not None]
    parts += [_next_week(items, len(_counted(records))), _one_by_one(items)]
    parts += [_statuses(records), _to_read(records), _to_look_at(pairs, others)]
    text = page(f"{homework.title}: report", "\n".join(part for part in parts if part))
    write_whole(folder / "report.html", f"{text}<!-- {stamp} -->\n")


def _overview(homework: Homework, records: dict[str, Record]) -> str:
    points = [record.points for record in _counted(records)]
    if not points:
        return "<p>Nothing was handed in.</p>"
    mean = sum(points) / len(points)
    return (
        f"<p>{len(points)} of {len(records)} students handed something in. They earned "
        f"{mean:.1f} of {homework.points:g} points on average.</p>"
    )


def _distribution(homework: Homework, records: dict[str, Record]) -> Figure | None:
    points = [record.points for record in _counted(records)]
    if not points or not homework.points:
        return None
    bins = 10
    counts = Counter(min(bins - 1, int(bins * value / homework.points)) for value in points)
    width = homework.points / bins
    with canvas() as (figure, axes):
        axes.bar(
            [width * (k + 0.5) for k in range(bins)],
            [counts[k] for k in range(bins)],
            width=0.95 * width,
            color=ROLES["random"],
        )
        axes.set_title("Distribution of the marks")
        axes.set_xlabel(f"points, of {homework.points:g}")
        axes.set_ylabel("students")
    rows = ", ".join(
        f"{counts[k]} from {width * k:g} to {width * (k + 1):g}" for k in range(bins) if counts[k]
    )
    return Figure(
        figure,
        "Number of students by the points that they earned.",
        f"Bar chart of the points of {len(points)} students: {rows}.",
    )


def _exercises(items: list[Item]) -> Figure | None:
    if not items:
        return None
    rows = range(len(items))
    with canvas() as (figure, axes):
        axes.barh(list(rows), [i.difficulty for i in items], color=ROLES["fixed"], height=0.6)
        known = [(k, i.discrimination) for k, i in enumerate(items) if i.discrimination is not None]
        if known:
            axes.plot(
                [value for _, value in known],
                [k for k, _ in known],
                "D",
                color=ROLES["random"],
                label="discrimination",
            )
            axes.legend()
        axes.set_yticks(list(rows), [i.id for i in items])
        axes.invert_yaxis()
        axes.set_xlabel("share of the points earned (bars), correlation with the rest (diamonds)")
        axes.set_title("Difficulty and discrimination")
    told = "; ".join(
        f"{i.id}: {i.difficulty:.2f}"
        + ("" if i.discrimination is None else f", discrimination {i.discrimination:.2f}")
        for i in items
    )
    return Figure(
        figure,
        "Bars: the mean share of an exercise's points that was earned. Diamonds: how its points go "
        "with those of all other exercises; near 0, look at its question again.",
        f"Difficulty and discrimination of {len(items)} exercises. {told}.",
    )


def _mistakes(items: list[Item]) -> Figure | None:
    found = [(count, item.id, text) for item in items for text, count in item.mistakes]
    if not found:
        return None
    most = sorted(found, reverse=True)[:8]
    with canvas() as (figure, axes):
        axes.barh(range(len(most)), [count for count, _, _ in most], color=ROLES["residual"])
        axes.set_yticks(range(len(most)), [f"{k}. {id}" for k, (_, id, _) in enumerate(most, 1)])
        axes.invert_yaxis()
        axes.set_xlabel("students")
        axes.set_title("The most common mistakes")
    told = [f"{k}. Exercise {id}, {n} students: {t}" for k, (n, id, t) in enumerate(most, 1)]
    return Figure(figure, " ".join(told), f"Bar chart of {len(most)} mistakes. {' '.join(told)}")


def _next_week(items: list[Item], students: int) -> str:
    rows = "".join(f"<li>{inline(text)}</li>" for text in to_talk_about(items, students))
    return f"<h2>To talk about next week</h2><ol>{rows}</ol>" if rows else ""


def _one_by_one(items: list[Item]) -> str:
    if not items:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(item.id)} {html.escape(item.title)}</td>"
        f'<td class="number">{100 * item.difficulty:.0f} %</td>'
        f"<td>{html.escape(', '.join(f'{count} {name}' for name, count in item.outcomes))}</td><td>"
        + "<br>".join(f"{count} × {inline(text)}" for text, count in item.mistakes)
        + "</td></tr>"
        for item in items
    )
    head = (
        '<th>Exercise</th><th class="number">Points earned</th><th>Outcomes</th><th>Mistakes</th>'
    )
    return f"<h2>Exercise by exercise</h2><table><tr>{head}</tr>{rows}</table>"


def _statuses(records: dict[str, Record]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(id)}</td><td>{html.escape(_status(record))}</td>"
        f'<td class="number">{record.points:g}</td></tr>'
        for id, record in records.items()
    )
    head = '<tr><th>Student</th><th>Status</th><th class="number">Points</th></tr>'
    return f"<h2>All students</h2><table>{head}{rows}</table>"


def _status(record: Record) -> str:
    return f"{record.status}: {record.reason}" if record.reason else record.status


def _to_read(records: dict[str, Record]) -> str:
    rows = [
        f"<h3>{html.escape(id)}, exercise {html.escape(mark.id)}</h3>"
        f"<pre>{html.escape(mark.to_read)}</pre>"
        for id, record in records.items()
        for mark in record.marks
        if mark.to_mark
    ]
    return f"<h2>Answers to be marked by hand</h2>{''.join(rows)}" if rows else ""


def _to_look_at(pairs: Sequence[tuple[str, str, float]], others: Sequence[Aside]) -> str:
    parts = []
    if pairs:
        rows = "".join(
            f"<li>{html.escape(a)} and {html.escape(b)}: {100 * share:.0f} % of the lines that are "
            "their own</li>"
            for a, b, share in pairs
        )
        parts.append(
            "<h2>Alike</h2><p>These have most of their own lines in common. There may be good "
            f"reasons: look before you judge.</p><ul>{rows}</ul>"
        )
    if others:
        rows = "".join(f"<li>{html.escape(str(aside))}</li>" for aside in others)
        parts.append(f"<h2>Files that were not graded</h2><ul>{rows}</ul>")
    return "\n".join(parts)
