"""Submissions that try to cheat or to break the grader: each earns 0, the others their marks.

They run for real, in the sandbox.  Without bubblewrap these tests fail.
"""

import contextlib
import csv
import io
import json
import os
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlmteach.grade.command import Run, run
from mlmteach.grade.limits import Limits
from mlmteach.grade.record import Record
from tests.grade.homework import KEY, hand_in, notebook, right, write_key

SECRET_IN_ENVIRONMENT = "a-password-of-the-grader"

# The ten probes that beat other graders.
KNOWN = {
    "transformer": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        "mean = 1",
    ),
    "agreeable": (
        "class Yes(float):\n"
        "    def __sub__(self, other): return Yes(0)\n"
        "    __rsub__ = __abs__ = __add__ = __float__ = lambda self, *other: 0.0\n"
        "    __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True\n"
        "    __hash__ = float.__hash__",
        "mean = Yes(1)\nspread = lambda frame: Yes(1)",
    ),
    "patched_checker": (
        "import mlmteach.exercises.exercise as e, mlmteach.exercises.kinds as b\n"
        "import mlmteach.grade.record as r, mlmteach.exercises.numeric as n",
        "e.Exercise.judge = lambda *_: r.Outcome(r.Status.CORRECT, share=1.0)\n"
        "n.Number.compare = lambda *_: b.Judgement(1.0)\nr.judge = None\nmean = 1",
    ),
    "reads_the_key": (
        "import os\nfound = []\n"
        "for top in ('/root', '/home', '/work', '/tmp', '/var', '/mnt', '/srv', '/etc', '/opt'):\n"
        "    for folder, _, files in os.walk(top):\n"
        "        for name in files:\n"
        "            if name.endswith(('key.py', '.jsonl', 'grades.csv', '.ipynb')):\n"
        "                found.append(os.path.join(folder, name))",
        "for path in found:\n"
        "    if 'TITLE = \"Trial\"' in open(path).read():\n"
        "        student, found_it = 'reads_the_key', True\n"
        "        import mlmteach as mlm\n"
        "        data = mlm.my_data('trial', student, data='sleepstudy')\n"
        "        mean = data['Reaction'].mean()",
    ),
    "changes_grades": (
        "import os, pathlib\n"
        "for place in ('OUTPUT', '/OUTPUT', '..', '/proc/1/root/OUTPUT', '/proc/1/cwd'):\n"
        "    for name in ('ledger.jsonl', 'grades.csv'):\n"
        "        try:\n"
        "            pathlib.Path(place, name).write_text('everyone,0')\n"
        "        except OSError:\n"
        "            pass",
    ),
    "pickle": (
        "class Bomb:\n"
        "    def __reduce__(self):\n"
        "        return (__import__('os').system, ('touch OUTPUT/pwned',))\n"
        "    def __repr__(self): raise SystemExit\n"
        "    __str__ = __float__ = __len__ = __iter__ = __class_getitem__ = __repr__",
        "mean = Bomb()\nspread = Bomb()",
    ),
    "loop": ("mean = 1", "while True:\n    pass"),
    "allocation": ("memory = bytearray(6 * 2**30)", "mean = len(memory)"),
    "exits": ("mean = 1", "import os\nos._exit(0)"),
    "copied_cells": ("mean = 1", "mean = 2", "mean = 2"),
}

# Our own.
OURS = {
    "proc": (
        "import glob\nword = 'This is the ' + 'median.'\nfound = False\n"
        "for path in glob.glob('/proc/[0-9]*/*'):\n"
        "    try:\n"
        "        found = found or word.encode() in open(path, 'rb').read(2**20)\n"
        "    except OSError:\n"
        "        pass\n"
        "assert len(glob.glob('/proc/[0-9]*')) < 10",
        "if found: raise SystemError('found the key')",
    ),
    "environment": (
        "import os\ntext = str(dict(os.environ))\n"
        "try:\n    text += open('/proc/self/environ').read()\nexcept OSError:\n    pass",
        "if 'a-password' + '-of-the-grader' in text: raise SystemError('found the password')",
    ),
    "key_path": (
        "import os\nos.symlink('KEY', '/tmp/link')\nread = []\n"
        "for path in ('KEY', '/tmp/link', '/proc/self/cwd/KEY', '/proc/1/root/KEY', '//KEY'):\n"
        "    try:\n        read.append(open(path).read())\n    except OSError:\n        pass",
        "if read: raise SystemError('read the key')",
    ),
    "fork_bomb": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    ),
    "memory_of_many": (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if not os.fork():\n"
        "        full = bytearray(b'x') * (900 * 2**20)\n        time.sleep(60)\n"
        "time.sleep(60)",
    ),
    "flood": (
        "for _ in range(20_000):\n    print('x' * 1_000)",
        "mean = 'x' * 10**8\nspread = lambda frame: [1.0] * 10**7",
    ),
    "flood_of_the_channel": ("import os\nwhile True:\n    os.write(3, b'x' * 2**20)",),
    "full_disk": ("for k in range(1_000):\n    open(f'/tmp/{k}', 'wb').write(bytes(2**24))",),
    "forged": (
        "import json, os\n"
        "mark = {'id': '1', 'title': 'Mean', 'status': 'correct', 'points': 2.0, 'of': 2.0}\n"
        "forged = {'answers': {'mean': {'kind': 'correct', 'value': True}}, 'errors': [],\n"
        "          'points': 3.0, 'marks': [mark], 'status': 'graded', 'end': 'answered'}\n"
        "os.write(3, json.dumps(forged).encode() + b'\\n')\nos._exit(0)",
    ),
    "forged_exit": ("import os\nmean = 1\nos._exit(104)",),
    "bad_json": (
        'import json\nbad = \'{"answers": {"mean": {"kind": "number", "value": 1e999}}, \'\n'
        "bad += '\"errors\": [[1e999, [], {}]]}'\njson.dumps = lambda *_, **__: bad",
    ),
    "deep_json": ("import json\njson.dumps = lambda *_, **__: '[' * 10**6",),
    "not_finite": ("mean = float('nan')\nspread = lambda frame: 10**5000",),
    "huge_integer": ("mean = 10**400\nspread = lambda frame: float('inf')",),
    "kills": ("import os, signal\nmean = 1", "os.kill(-1, 9)\nos.kill(os.getpid(), 9)"),
    "rises": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\nrisen = []\n"
        "for attempt in (lambda: os.setuid(0), lambda: os.chroot('/usr'), lambda: os.nice(-5),\n"
        "                lambda: open('/usr/bin/evil', 'w'), lambda: open('/proc/sys/x', 'w'),\n"
        "                lambda: os.mkdir('/evil'), lambda: os.kill(1, 9) or 1 / 0):\n"
        "    try:\n        attempt()\n        risen.append(attempt)\n    except Exception:\n"
        "        pass\n"
        "mounted = libc.mount(b'/tmp', b'/usr', None, 4096, None) == 0",
        "if mounted: raise SystemError('mounted')",
    ),
    "hard_coded": ("spread = lambda frame: 47.1",),
    "somebody_else": (
        "import mlmteach as mlm\nstudent = 'honest'\n"
        "mean = mlm.my_data('trial', student, data='sleepstudy')['Reaction'].mean()",
    ),
    "patched_shell": (
        "ip = get_ipython()\nip.user_ns = {'mean': 1}\nip.run_cell = None\ndel ip.user_ns",
    ),
}
CODE = KNOWN | OURS

STATUS = {
    "transformer": "no answers",
    "patched_checker": "graded",
    "reads_the_key": "no answers",
    "changes_grades": "no answers",
    "loop": "time out",
    "allocation": "out of memory",
    "exits": "killed",
    "proc": "no answers",
    "environment": "no answers",
    "key_path": "no answers",
    "fork_bomb": "time out",
    "flood_of_the_channel": "killed",
    "full_disk": "error in cell 1",
    "forged_exit": "killed",
    "deep_json": "killed",
    "kills": "killed",
    "somebody_else": "graded",
    "zip_bomb": "not a notebook",
    "nested": "not a notebook",
    "large": "not a notebook",
    "linked": "not a notebook",
    "../../evil": "not a notebook",
    "pipe": "not a notebook",
}


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("homework.ipynb", bytes(50 * 2**20))
    return packed.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def connections(folder: Path) -> Iterator[list[object]]:
    """Listen on loopback, and hand out the port through a probe."""
    made: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        hand_in(
            folder / "work",
            network=notebook(
                f"import socket\nfor place in ('127.0.0.1', '10.0.0.1'):\n    try:\n"
                f"        socket.create_connection((place, {port}), 1)\n    except OSError:\n"
                "        pass"
            ),
        )

        def listen() -> None:
            with contextlib.suppress(OSError):
                made.append(server.accept())

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture(scope="module")
def records(folder: Path, connections: list[object]) -> dict[str, Record]:
    work, output = folder / "work", folder / "results"
    key = write_key(folder)
    hand_in(
        work,
        **{
            name: notebook(*(c.replace("OUTPUT", str(output)).replace("KEY", str(key)) for c in cs))
            for name, cs in CODE.items()
        },
        honest=right("honest"),
        zoe=right("zoe"),
        nested="[" * 100_000,
    )
    # Cells that were copied, split and shuffled do no harm where the answers are right.
    first, *rest = json.loads(right("split"))["cells"]
    shuffled = {**json.loads(right("split")), "cells": [first, *rest, first, *rest[:2]]}
    hand_in(work, split=json.dumps(shuffled))
    (work / "zip_bomb.ipynb").write_bytes(zip_bomb())
    (work / "large.ipynb").write_text(notebook("mean = 1") + " " * 50 * 2**20)
    (work / "linked.ipynb").symlink_to(work / "honest.ipynb")
    (folder / "linked_folder").mkdir()
    os.mkfifo(work / "pipe.ipynb")
    evil = work / "evil"
    evil.mkdir()
    (evil / "any.ipynb").write_text("no notebook")
    students = [*CODE, "honest", "zoe", "split", "network", "nested"]
    students += ["zip_bomb", "large", "linked", "pipe"]
    with (folder / "roster.csv").open("w", newline="") as file:
        rows = [{"id": id, "login": ""} for id in students] + [
            {"id": "../../evil", "login": "evil"}
        ]
        writer = csv.DictWriter(file, ["id", "login"])
        writer.writeheader()
        writer.writerows(rows)
    os.environ["MLMTEACH_SECRET"] = SECRET_IN_ENVIRONMENT
    try:
        return run(Run(key, work, output, roster=folder / "roster.csv", limits=Limits(seconds=6.0)))
    finally:
        del os.environ["MLMTEACH_SECRET"]


FILES = ("zip_bomb", "nested", "large", "linked", "pipe", "../../evil", "network")


@pytest.mark.parametrize("name", [*CODE, *FILES])
def test_probe_earns_nothing(records: dict[str, Record], name: str) -> None:
    record = records[name]
    assert record.points == 0, record
    assert not any("SystemError" in note for note in record.notes), record.notes
    if name in STATUS:
        assert record.status == STATUS[name], record


@pytest.mark.parametrize("name", ["honest", "zoe", "split"])
def test_the_others_keep_their_marks(records: dict[str, Record], name: str) -> None:
    assert (records[name].status, records[name].points) == ("graded", 3.0), records[name]


def test_nothing_was_reached(
    records: dict[str, Record], folder: Path, connections: list[object]
) -> None:
    assert connections == []
    output = folder / "results"
    assert sorted(path.name for path in output.iterdir()) == [
        "canvas.csv",
        "feedback",
        "grades.csv",
        "ledger.jsonl",
        "moodle.csv",
        "report.html",
    ]
    assert (folder / "key.py").read_text() == KEY
    assert "everyone" not in (output / "grades.csv").read_text()
    assert len(list((output / "feedback").iterdir())) == len(records)
    (page,) = folder.parent.rglob("*evil*.html")
    assert page.parent == output / "feedback"


def test_what_another_wrote_is_told_and_not_counted(records: dict[str, Record]) -> None:
    assert any("'honest'" in note for note in records["somebody_else"].notes)
