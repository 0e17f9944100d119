"""Submissions of every kind at once: whatever they are, the honest ones keep their marks.

``MLMTEACH_FUZZ`` is the number of mutated submissions; 1000 take ten minutes on two processors.
"""

import json
import os
import random
from pathlib import Path

import pytest

from mlmteach.grade.command import Run, run
from mlmteach.grade.limits import Limits
from tests.grade.homework import notebook, write_key

NUMBER = int(os.environ.get("MLMTEACH_FUZZ", "40"))

KEY = """
from mlmteach.exercises import Choice, EquationLines, Exercise, Number, OpenText, Specification

TITLE, ASSIGNMENT = "Fuzz", "fuzz"


def exercise(id, answer, kind, value):
    return Exercise(
        id=id, title=answer, prompt="?", answer=answer, kind=kind, solution=f"{answer} = {value!r}"
    )


MODEL = "normexam ~ standLRT + (1 + standLRT | school)"
EQUATION = "normexam_ij = g00 + g10 standLRT_ij + u0j + u1j standLRT_ij + r_ij"
EXERCISES = [
    exercise("1", "number", Number(), 0.125),
    exercise("2", "model", Specification(data="exam"), MODEL),
    exercise("3", "equation", EquationLines(formula=MODEL), EQUATION),
    exercise("4", "choice", Choice(options={"a": "one", "b": "two"}), "a"),
    exercise("5", "words", OpenText(words=1), "some words"),
]
"""
RIGHT = (
    "number = 0.125",
    "model = 'normexam ~ standLRT + (1 + standLRT | school)'",
    "equation = 'normexam_ij = g00 + g10 standLRT_ij + u0j + u1j standLRT_ij + r_ij'",
    "choice = 'a'",
    "words = 'some words'",
)
POINTS = 4.0  # the words are for a reader

PIECES = [
    "standLRT", "normexam", "school", "g00", "g10", "u0j", "I(", "log(", "(", ")", "[", "{", "}",
    "**", "^", "+", "-", "*", "/", ":", "|", "~", "=", "_", "ij", "\\frac", "\\sqrt", "\\text{",
    "\\begin{pmatrix}", "9" * 30, "99999999", "1e999", "0", "__import__('os')",
    "open('/etc/passwd')",
    "np.load('x')", ".__class__", "lambda: 0", "poly(x, 9)", "C(school)", "`a b`", "\n", " ", "\0",
    "\ud800", "\u202e", "γ", "σ²", "τ", "é", "'", '"', "\\", "#", "%in%", "==", ">", "½", "𝛾",
]  # fmt: skip
EXPRESSIONS = [
    "float('nan')", "10**400", "-0.0", "1e-320", "True", "None", "...", "b'x'", "1j", "object()",
    "[]", "{}", "set()", "range(10**9)", "[[]] * 9999", "{'a': [1, {}]}", "lambda *_: 1 / 0",
    "'x' * 10**6", "chr(0xD800)", "'\\0'", "'a' * 30_000", "[1] * 30_000", "type('T', (), {})()",
    "__import__('pandas').DataFrame({'a': [1, None]})", "__import__('numpy').full((9, 9), 1e308)",
    "__import__('decimal').Decimal('1e999')", "__import__('mlmteach').Model('y ~ x', group='g')",
    "__import__('pandas').Series(['x', chr(0xDFFF)])", "print", "__builtins__", "'(' * 5000",
    "'y ~ ' + '(a + b + c) ** 9999'", "'y ~ I(x ** 99999999) + (1 | g)'", "'I(' * 3000",
    "'y = g00' + '(g10 x + g20 z)' * 250", "'y ~ ' + ' * '.join('abcdefghijklmnopqrstuvw')",
    "'y = ' + '((' * 1500 + 'x' + '))' * 1500", "'y ~ x' + ':x' * 900", "'9 ** ' * 300 + '9'",
    "'normexam ~ I(9 ** 9 ** 9 ** 9) + (1 | school)'", "'y = x' + '^9' * 999", "'-' * 4000",
    "'normexam ~ poly(standLRT, 10 ** 8) + (1 | school)'", "'\\\\sqrt' * 600", "'|x' * 900",
    "'normexam ~ I(__import__(\"os\")._exit(0)) + (1 | school)'", "'y = ' + 'x/' * 1200 + 'x'",
]  # fmt: skip
LAST = [
    "import os; os._exit(3)", "import os; os.kill(os.getpid(), 11)", "raise SystemExit", "exit()",
    "raise KeyboardInterrupt", "get_ipython().run_cell = None", "del number", "1 /",
    "%%bash\nexit 1",
    "import json; json.dumps = None", "import sys; sys.modules.clear()", "import os; os.close(3)",
    "import gc; gc.disable()", "!kill -9 $PPID", "import builtins; builtins.open = None",
    "import os; os.write(3, b'{' * 999)", "import sys; sys.setrecursionlimit(10**9)",
    "def f(): f()\nimport sys; sys.setrecursionlimit(10**8)\nf()", "import os; os.fork()",
]  # fmt: skip
NAMES = [
    " {}",
    "{}\n",
    "{}\udcff",
    "é{}",
    "e\u0301{}",
    "{}.ipynb",
    "-{}",
    "={}",
    "{}'\"<b>",
    "..{}",
]


def answers(random: random.Random) -> bytes:
    """Answers of every kind."""
    cells = []
    for cell in RIGHT:
        name = cell.partition(" ")[0]
        garbled = "".join(random.choices(PIECES, k=random.randint(1, 40)))
        mutated = "".join(random.sample(cell, random.randint(0, len(cell))))
        given = [random.choice(EXPRESSIONS), ascii(garbled), repr(mutated)]
        cells.append(f"{name} = {random.choice(given)}")
    if random.random() < 0.5:
        cells.append(random.choice(LAST))
    return notebook(*cells).encode()


def contents(random: random.Random) -> bytes:
    """Bytes that were a notebook."""
    content = bytearray(notebook(*RIGHT).encode())
    for _ in range(random.randint(1, 30)):
        at = random.randrange(len(content))
        match random.randrange(4):
            case 0:
                content[at] = random.randrange(256)
            case 1:
                del content[at : at + random.randint(1, 200)]
            case 2:
                content[at:at] = random.randbytes(random.randint(1, 50))
            case 3:
                content[at:at] = content[at : at + 100]
        content = content or bytearray(b"{")
    encoded = (bytes(content), notebook(*RIGHT).encode("utf-16"), b"\xef\xbb\xbf" + bytes(content))
    return random.choice(encoded)


def structures(random: random.Random) -> bytes:
    """JSON that was a notebook."""
    odd = [None, True, 0, -1, 1e300, "", "\ud800", [], {}, [[]], [None], {"": ""}, "code", ["x", 3]]
    whole = json.loads(notebook(*RIGHT))
    for _ in range(random.randint(1, 4)):
        place = (
            random.choice([whole, *whole["cells"]]) if isinstance(whole["cells"], list) else whole
        )
        if isinstance(place, dict) and place:
            place[random.choice([*place, "cells"])] = random.choice(odd)
        if "cells" not in whole or not isinstance(whole["cells"], list):
            break
    text = json.dumps(whole)
    return random.choice(
        [text, text[:-1], "[" * 10**5, f"[{text}]", "9" * 5000, "NaN", ""]
    ).encode()


def write(folder: Path, number: int, random: random.Random) -> None:
    make = random.choice([answers, answers, answers, contents, structures])
    name = random.choice(NAMES).format(f"m{number}") if random.random() < 0.3 else f"m{number}"
    path = Path(folder, f"{name}.ipynb")
    match random.randrange(12):
        case 0:
            path.mkdir()
        case 1:
            path.symlink_to(random.choice(["/dev/zero", "/etc/passwd", path.name, "nowhere"]))
        case 2:
            os.mkfifo(path)
        case 3:
            Path(folder, name).mkdir()
            Path(folder, name, ".ipynb_checkpoints").mkdir()
            Path(folder, name, "._work.ipynb").write_bytes(b"\0\5\x16\7")
            Path(folder, name, "work.ipynb").write_bytes(make(random))
        case 4:
            path.write_bytes(make(random))
            path.chmod(0)
        case _:
            path.write_bytes(make(random))


@pytest.mark.slow
def test_the_honest_keep_their_marks(tmp_path: Path) -> None:
    chance = random.Random(18)
    work = tmp_path / "work"
    work.mkdir()
    honest = [f"h{number}" for number in range(max(4, NUMBER // 20))]
    for number in range(NUMBER):
        write(work, number, chance)
        if number < len(honest):
            (work / f"{honest[number]}.ipynb").write_text(notebook(*RIGHT))
    asked = Run(
        write_key(tmp_path, KEY), work, tmp_path / "out", limits=Limits(seconds=10, judging=10)
    )
    records = run(asked)
    assert [records[id].points for id in honest] == [POINTS] * len(honest)
    hidden = sum(path.name.startswith(".") for path in work.iterdir())
    assert len(records) == len(honest) + NUMBER - hidden
    odd = [record.reason for record in records.values() if record.status == "could not be graded"]
    assert odd == []  # all that is known to be slow is bounded by the parsers
    assert all(record.status != "nothing handed in" for record in records.values())
    ledger = (tmp_path / "out" / "ledger.jsonl").read_bytes()
    assert run(asked) == records
    assert (tmp_path / "out" / "ledger.jsonl").read_bytes() == ledger
