"""Gradescope: its download of submissions, and an autograder that hands the results back.

Submissions run here, in the sandbox, and not in Gradescope's container, where they could read a
key.  The autograder looks the student's result up.

References
----------
Gradescope, *Autograder Specifications* and *Submission Metadata*,
https://gradescope-autograders.readthedocs.io/en/latest/specs/ and …/submission_metadata/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlmteach.grade.files import write_zip
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.roster import Student

__all__ = ["result", "write_autograder"]

_SETUP = "#!/usr/bin/env bash\n# Nothing to install: Ubuntu's Python is all that is needed.\n"
_RUN = r'''#!/usr/bin/env python3
"""Hand back the result that was worked out elsewhere; the submission is not run."""
import json
from pathlib import Path

place = Path("/autograder")
told = json.loads((place / "submission_metadata.json").read_text(encoding="utf-8"))
known = json.loads((place / "source" / "results.json").read_text(encoding="utf-8"))
mails = [str(user.get("email", "")).casefold() for user in told["users"]]
found = [known[mail] for mail in mails if mail in known]
none = {"score": 0, "output": "This work has not been graded yet, or the roster has no such email."}
text = json.dumps(found[0] if found else none)
(place / "results").mkdir(exist_ok=True)
(place / "results" / "results.json").write_text(text, encoding="utf-8")
'''


def write_autograder(path: Path, students: Sequence[Student], records: dict[str, Record]) -> None:
    """Write the zip that is uploaded as the autograder of a programming assignment.

    Parameters
    ----------
    path : pathlib.Path
    students : sequence of Student
        Gradescope tells the autograder emails only: students without one are left out.
    records : dict of str to Record
    """
    known = {
        student.email.casefold(): result(records[student.id])
        for student in students
        if student.email
    }
    if known:
        text = json.dumps(known, indent=1, ensure_ascii=False)
        write_zip(path, {"setup.sh": _SETUP, "run_autograder": _RUN, "results.json": text})


def result(record: Record) -> dict[str, Any]:
    """Write a record as Gradescope's ``results.json``.

    Parameters
    ----------
    record : Record

    Returns
    -------
    dict
    """
    told = [f"Status: {'excused' if record.excused else record.status}", *record.notes]
    told += [f"−{points:g} points: {reason}" for reason, points in record.deductions]
    if record.to_mark:
        told.append(f"To be marked: {', '.join(record.to_mark)}")
    return {
        "score": record.points,
        "output": "\n".join(told),
        "visibility": "visible",
        "tests": [
            {
                "name": f"{mark.id} {mark.title}",
                "number": mark.id,
                "score": mark.points,
                "max_score": mark.of,
                "output": _output(mark),
                "output_format": "md",
            }
            for mark in record.marks
        ],
    }


def _output(mark: Mark) -> str:
    if mark.to_mark:
        return "To be marked."
    said = "" if mark.by_hand else f"{mark.status.capitalize()}. {mark.message}"
    return f"{said} {mark.comment}".strip()
