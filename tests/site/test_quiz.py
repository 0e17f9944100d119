"""Exercises on a page: what is right there is what is right in a notebook."""

import html
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlmteach.exercises.catalogue import exercises, find
from mlmteach.exercises.exercise import Exercise
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.numeric import Interval, Number, bounds_of
from mlmteach.exercises.outcome import Status
from mlmteach.exercises.plain import to_plain
from mlmteach.exercises.practice import worked
from mlmteach.site.markup import STATIC
from mlmteach.site.quiz import accepted, digest, quiz

CHECKED = [e for e in exercises().values() if isinstance(e.kind, Number | Interval | Choice)]


@cache
def made(id: str) -> str:
    return quiz(find(id))


def key_of(exercise: Exercise) -> dict[str, Any]:
    (packed,) = re.findall(r'data-key="([^"]*)"', made(exercise.id))
    found: dict[str, Any] = json.loads(html.unescape(packed))
    return found


def test_a_page_holds_no_answer() -> None:
    for id in ("2.1", "2.5"):
        exercise = find(id)
        form = re.sub(r"<details>.*", "", made(id), flags=re.DOTALL)
        answer = str(exercise.work().expected["value"])
        assert answer[:5] not in form or len(answer) == 1
        assert digest(id, answer) != answer


def test_what_needs_python_says_so() -> None:
    for exercise in exercises().values():
        shown = made(exercise.id)
        here = isinstance(exercise.kind, Number | Interval | Choice)
        assert here == ('<form class="quiz"' in shown)
        assert isinstance(exercise.kind, OpenText) == ("a reader must judge" in shown)
        assert shown.count("<details>") == len(exercise.hints) + 1


@pytest.mark.parametrize(
    ("expected", "inside", "outside"),
    [
        (0.1716, {"2:17e-2", "3:172e-3", "4:1716e-4", "4:1713e-4"}, {"3:171e-3", "2:18e-2"}),
        (12.0, {"0:12e0"}, {"0:13e0", "3:121e-1"}),
        (-3.04, {"3:-304e-2", "4:-3041e-3"}, {"3:304e-2", "3:-305e-2", "2:-31e-1"}),
        (0.9996, {"2:1e0", "4:1e0"}, {"2:99e-2"}),
        (3625.77, {"3:363e1", "2:36e2", "4:3626e0"}, {"3:361e1", "2:37e2"}),
    ],
)
def test_a_number_may_be_rounded_as_in_a_notebook(
    expected: float, inside: set[str], outside: set[str]
) -> None:
    found = accepted(expected)
    assert inside <= found
    assert not outside & found
    number = Number()
    for text in inside | outside:
        given = to_plain(float(text.partition(":")[2]))
        right = number.compare(to_plain(expected), given).right
        assert right == (text in inside), text


# --- the script of the page, in Node.js, against the checks of a notebook -------------------

HARNESS = """
let handler;
globalThis.document = { addEventListener: (_, given) => { handler = given } };
require(process.argv[1]);
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n");
for (const { key, values } of lines.map((line) => JSON.parse(line))) {
  const verdict = { innerHTML: "" };
  const form = {
    dataset: { key },
    closest() { return form },
    querySelector: (wanted) => wanted === ".verdict" ? verdict : { value: values[0] },
    querySelectorAll: () => values.map((value) => ({ value })),
  };
  handler({ target: form, preventDefault() {} });
  console.log(JSON.stringify(verdict.innerHTML));
}
"""


def tried() -> list[tuple[Exercise, list[str], Any]]:
    """Answers to try: right ones, usual mistakes, rounded to two to five digits."""
    found: list[tuple[Exercise, list[str], Any]] = []
    for exercise in CHECKED:
        work = worked(exercise.id)
        for value in [work.expected, *(value for value, _ in work.mistakes)]:
            if isinstance(exercise.kind, Choice):
                found.append((exercise, [value["value"]], value["value"]))
            elif isinstance(exercise.kind, Interval):
                bounds = bounds_of(value)
                for digits in (3, 5):
                    if bounds:
                        texts = [f"{bound:.{digits}g}" for bound in bounds]
                        found.append((exercise, texts, tuple(map(float, texts))))
            elif value["kind"] == "number":
                for digits in (2, 3, 4, 5):
                    text = f"{value['value']:.{digits}g}"
                    found.append((exercise, [text], float(text)))
    return found


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_the_page_says_what_a_notebook_says() -> None:
    answers = tried()
    keys = {exercise.id: json.dumps(key_of(exercise)) for exercise in CHECKED}
    lines = [
        json.dumps({"key": keys[exercise.id], "values": texts}) for exercise, texts, _ in answers
    ]
    done = subprocess.run(
        ["node", "-e", HARNESS, str(Path(STATIC / "quiz.js"))],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(answers) > 300
    differs = []
    for (exercise, texts, value), verdict in zip(answers, verdicts, strict=True):
        outcome = exercise.judge(to_plain(value), worked(exercise.id))
        right = outcome.status == Status.CORRECT
        if right != ("Correct" in verdict):
            differs.append((exercise.id, texts, outcome.text, verdict))
    assert differs == []
