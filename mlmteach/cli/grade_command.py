"""``mlmteach grade`` and ``totals``: marks for a folder of notebooks, and those of a term."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from mlmteach.errors import OptionError

__all__ = ["add_parser"]

_EXAMPLES = """\
examples:
  mlmteach grade --key homework.py submissions --roster roster.csv --output results
  mlmteach grade --key homework.py submissions --output results --workers 8 --seconds 30

The roster is CSV; its first line names the columns. `id` is needed; name, email, canvas_id,
moodle_id, login, section, group and submitted are used where they are there.

Answers in words, and all that you decide yourself, stand in results/review.csv: fill in points and
comment, save it as CSV, and run the same command again. You can add rows: an exercise in whose
place other points count, and in the column exercise also `deduction`, `excused` and `extension`.

Run the same command again after an interruption, or when more notebooks have come in: what is
finished is not graded again.
"""


def add_parser(commands: Any) -> None:
    """Add the commands to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "grade",
        help="grade a folder of notebooks, each in isolation",
        description="Run each notebook in a sandbox without network, key or other submissions in "
        "sight, compare its answers with the key, and write marks, feedback and a report.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("submissions", type=Path, help="a folder of ID.ipynb or ID/ANY.ipynb")
    parser.add_argument("--key", type=Path, required=True, metavar="KEY.py", help="the key")
    parser.add_argument("--roster", type=Path, metavar="ROSTER.csv", help="who is in the course")
    parser.add_argument(
        "--review",
        type=Path,
        metavar="SHEET.csv",
        help="the sheet for marks by hand; default: review.csv in the folder of results",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="where the results go"
    )
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes; default: %(default)s"
    )
    parser.add_argument(
        "--dask", default="", metavar="ADDRESS", help="use the workers of this Dask scheduler"
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="for each notebook; default: %(default)g"
    )
    parser.add_argument(
        "--memory", type=int, default=2048, metavar="MIB", help="for each; default: %(default)s"
    )
    parser.add_argument(
        "--late-by",
        choices=("roster", "files", "nobody"),
        default="roster",
        help="what says when work came in: the column `submitted`; where it is empty, the time of "
        "the file, which copying changes; or nobody is late; default: %(default)s",
    )
    parser.add_argument(
        "--missing-as-zero",
        action="store_true",
        help="write 0 points where nothing was handed in, and not an empty field",
    )
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="grade without bubblewrap: submissions run with your rights; the report says so",
    )
    parser.set_defaults(run=run)
    totals: argparse.ArgumentParser = commands.add_parser(
        "totals",
        help="add up the points of several homeworks",
        description="Add up the points of several homeworks. What is excused does not count, what "
        "was not handed in counts as 0 and is named, and where something is still to be marked, "
        "there is no total.",
    )
    totals.add_argument("results", type=Path, nargs="+", help="folders that `grade` has written")
    totals.add_argument("--output", type=Path, required=True, metavar="TERM.csv", help="the table")
    totals.add_argument(
        "--drop", type=int, default=0, metavar="N", help="leave out the N weakest of each student"
    )
    totals.set_defaults(run=run_totals)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    if sys.platform != "linux":
        raise OptionError(
            "Grading needs Linux, whose kernel keeps submissions apart.",
            "Run it there, in WSL 2 or in a virtual machine.",
        )
    from mlmteach.grade.command import Run
    from mlmteach.grade.command import run as grade
    from mlmteach.grade.limits import Limits

    if options.workers < 1:
        raise OptionError(f"--workers {options.workers} is too few.", "Give 1 or more.")
    records = grade(
        Run(
            key=options.key,
            submissions=options.submissions,
            output=options.output,
            roster=options.roster,
            review=options.review,
            limits=Limits(seconds=options.seconds, memory=options.memory * 2**20),
            workers=options.workers,
            dask=options.dask,
            isolated=not options.unsafe,
            late_by=options.late_by,
            missing_as_zero=options.missing_as_zero,
            progress=sys.stderr.isatty(),
        )
    )
    counted = Counter(
        "error in a cell" if record.status.startswith("error") else record.status
        for record in records.values()
    )
    for status, count in counted.most_common():
        print(f"{count:5}  {status}")
    open_marks = sum(len(record.to_mark) for record in records.values())
    if open_marks:
        sheet = options.review or options.output / "review.csv"
        print(f"{open_marks:5}  answers to be marked by hand, in {sheet}")
    print(f"Marks, feedback and report are in {options.output}.")


def run_totals(options: argparse.Namespace) -> None:
    """Write the table of a term."""
    from mlmteach.grade.totals import write_totals

    if options.drop < 0:
        raise OptionError(f"--drop {options.drop} is below 0.", "Give 0 or more.")
    count = write_totals(options.results, options.output, drop=options.drop)
    print(f"The points of {count} students are in {options.output}.")
