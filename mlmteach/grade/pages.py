"""Pages for a browser: the feedback of one student.  Everything in them is escaped."""

from __future__ import annotations

import html
import re
from pathlib import Path

from mlmteach.grade.exports import file_name
from mlmteach.grade.files import write_whole
from mlmteach.grade.homework import Homework
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
    r"\varepsilon": "ε", r"\epsilon": "ε", r"\hat": "", r"\bar": "", r"\cdot": "·", r"\times": "×",
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
        With ``code``, ``**bold**`` and ``$formulas$``, which become plain letters.

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
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", safe)
    return re.sub(r"\$([^$]+)\$", formula, safe)


def write_feedback(
    folder: Path, homework: Homework, students: tuple[Student, ...], records: dict[str, Record]
) -> None:
    """Write ``feedback/ID.html`` for each student.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    homework : Homework
    students : tuple of Student
    records : dict of str to Record
    """
    place = folder / "feedback"
    place.mkdir(exist_ok=True)
    for student in students:
        text = page(homework.title, _feedback(homework, student, records[student.id]))
        write_whole(place / f"{file_name(student.id)}.html", text)


def _feedback(homework: Homework, student: Student, record: Record) -> str:
    who = html.escape(student.name or student.id)
    earned = f"{record.points:g} of {homework.points:g} points" if record.counts else "no mark yet"
    late = f", {record.hours_late:.1f} hours late" if record.hours_late else ""
    parts = [f"<p>{who}: <b>{earned}</b> ({html.escape(record.status)}{late}).</p>"]
    parts += [f'<p class="warning">{html.escape(note)}</p>' for note in record.notes]
    rows = "".join(_row(mark) for mark in record.marks)
    head = '<tr><th>Exercise</th><th class="number">Points</th><th>Result</th></tr>'
    return "\n".join([*parts, f"<table>{head}{rows}</table>"])


def _row(mark: Mark) -> str:
    result = f"<b>{html.escape(mark.status.capitalize())}.</b> {inline(mark.message)}"
    if mark.to_read:
        result += f"<pre>{html.escape(mark.to_read)}</pre>"
    return (
        f"<tr><td>{html.escape(mark.id)} {html.escape(mark.title)}</td>"
        f'<td class="number">{mark.points:g} of {mark.of:g}</td><td>{result}</td></tr>'
    )
