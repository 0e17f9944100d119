"""Pages for a browser: the feedback of one student.  Everything in them is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

from mlmteach.grade.exports import file_name
from mlmteach.grade.files import write_whole
from mlmteach.grade.homework import Homework
from mlmteach.grade.moodle import write_feedback_zip
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.roster import Student

__all__ = ["inline", "page", "write_feedback"]

_STYLE = """
body{font-family:system-ui,sans-serif;line-height:1.5;max-width:50rem;margin:2rem auto;
padding:0 1rem;color:#222}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #ccc}
td.number,th.number{text-align:right}figure{margin:1.5rem 0}img{max-width:100%}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.warning{border-left:.3rem solid #b35900;
padding-left:.8rem}
"""
# No script runs and nothing is loaded from elsewhere, whatever a student has written.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_GREEK = {
    r"\tau": "τ", r"\sigma": "σ", r"\gamma": "γ", r"\beta": "β", r"\rho": "ρ", r"\lambda": "λ",
    r"\varepsilon": "ε", r"\epsilon": "ε", r"\pi": "π", r"\text": "", r"\hat": "",
    r"\bar": "", r"\cdot": "·", r"\times": "×",
}  # fmt: skip


def page(title: str, body: str) -> str:
    """Write a page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.

    Returns
    -------
    str
    """
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{name}</h1>\n{body}\n</main></body></html>\n"
    )


def inline(text: str) -> str:
    r"""Turn the little Markdown of a message into HTML.

    Parameters
    ----------
    text : str
        With ``code``, ``**bold**`` and ``$formulas$``, which become plain letters; with fenced
        excerpts and lists.

    Returns
    -------
    str

    Examples
    --------
    >>> inline(r"This is $\tau_0^2$, <b>not</b> `x`.")
    'This is <i>τ_0^2</i>, &lt;b&gt;not&lt;/b&gt; <code>x</code>.'
    """

    def formula(match: re.Match[str]) -> str:
        letters = match[1]
        for command, letter in _GREEK.items():
            letters = letters.replace(command, letter)
        return f"<i>{letters.replace('{', '').replace('}', '').strip()}</i>"

    safe = html.escape(text, quote=False)
    safe = re.sub(r"^```\w*\n(.*?)\n```$", r"<pre>\1</pre>", safe, flags=re.DOTALL | re.MULTILINE)
    safe = re.sub(r"(?:^- .+(?:\n|\Z))+", _list, safe, flags=re.MULTILINE)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", safe)
    return re.sub(r"\$([^$]+)\$", formula, safe)


def _list(match: re.Match[str]) -> str:
    items = re.sub(r"^- (.+)$", r"<li>\1</li>", match[0], flags=re.MULTILINE)
    return f"<ul>{items}</ul>"


def write_feedback(
    folder: Path,
    homework: Homework,
    students: tuple[Student, ...],
    records: dict[str, Record],
    files: Mapping[str, Path] | None = None,
) -> None:
    """Write ``feedback/ID.html`` for each student, and ``moodle_feedback.zip``.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    homework : Homework
    students : tuple of Student
    records : dict of str to Record
    files : mapping of str to pathlib.Path, optional
        The notebooks, whose names Moodle looks at.
    """
    place = folder / "feedback"
    place.mkdir(exist_ok=True)
    pages = {}
    for student in students:
        text = page(homework.title, _feedback(homework, student, records[student.id]))
        write_whole(place / f"{file_name(student.id)}.html", text)
        if files and student.id in files:
            pages[files[student.id]] = text
    write_feedback_zip(folder / "moodle_feedback.zip", pages)


def _feedback(homework: Homework, student: Student, record: Record) -> str:
    who = html.escape(student.name or student.id)
    earned = f"{record.points:g} of {homework.points:g} points" if record.counts else "no mark yet"
    late = f", {record.hours_late:.1f} hours late" if record.hours_late else ""
    if record.to_mark:
        earned += " so far"
    if record.excused:
        earned = "excused"
    parts = [f"<p>{who}: <b>{earned}</b> ({html.escape(record.status)}{late}).</p>"]
    parts += [f'<p class="warning">{html.escape(note)}</p>' for note in record.notes]
    rows = "".join(map(_row, record.marks)) + "".join(
        f'<tr><td>Deduction</td><td class="number">−{points:g}</td><td></td>'
        f"<td>{html.escape(reason)}</td></tr>"
        for reason, points in record.deductions
    )
    head = '<th>Exercise</th><th class="number">Points</th><th>Your answer</th><th>Result</th>'
    return "\n".join([*parts, f"<table><tr>{head}</tr>{rows}</table>"])


def _row(mark: Mark) -> str:
    if mark.to_mark:
        result = "<b>To be marked.</b>"
    elif mark.by_hand:
        result = "<b>Marked by hand.</b>"
    else:
        result = f"<b>{html.escape(mark.status.capitalize())}.</b> {inline(mark.message)}"
    if mark.comment:
        result += f"<p>{html.escape(mark.comment)}</p>"
    points = f"{'–' if mark.to_mark else format(mark.points, 'g')} of {mark.of:g}"
    return (
        f"<tr><td>{html.escape(mark.id)} {html.escape(mark.title)}</td>"
        f'<td class="number">{points}</td><td><pre>{html.escape(mark.to_read or mark.given)}</pre>'
        f"</td><td>{result}</td></tr>"
    )
