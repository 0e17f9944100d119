"""``mlmteach lab``: the lessons in a folder of the student's own, opened in JupyterLab.

What the student has changed is never overwritten.  The folder keeps a note, ``.mlmteach.json``,
of the version of each file that was put there; a file that still has that version is nobody's work.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from mlmteach.course import lessons_folder
from mlmteach.errors import MlmteachError, OptionError

__all__ = ["Copied", "add_parser", "copy_lessons", "run", "trust"]

DEFAULT = "mlmteach-lessons"
NOTE = ".mlmteach.json"
_NOT_COPIED = {"src", "__pycache__", ".ipynb_checkpoints"}

_EXAMPLES = """\
examples:
  mlmteach lab                       copy the lessons to ./mlmteach-lessons and open them
  mlmteach lab course --no-browser   copy them to ./course and print the address
  mlmteach lab course --update       fetch new lessons; what you changed stays as it is
"""


@dataclass(frozen=True)
class Copied:
    """What was done to the files of a folder, by their names in it.

    Attributes
    ----------
    added : tuple of str
        New in the folder.
    replaced : tuple of str
        Brought up to date, since nobody had changed them.
    beside : tuple of str
        New versions, put beside files that the student has changed.
    waiting : tuple of str
        Of these there are new versions, which ``--update`` would bring.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [
            f"{text}: {', '.join(names)}."
            for text, names in (
                ("Copied", self.added),
                ("Brought up to date", self.replaced),
                (
                    "You have changed these lessons, so their new versions are beside them",
                    self.beside,
                ),
                ("New versions are ready; add --update to get them", self.waiting),
            )
            if names
        ]
        return "\n".join(said) or "Everything is there already."


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "lab",
        help="copy the lessons to a folder of yours and open them in JupyterLab",
        description="Copy the lessons to a folder of yours and open them in JupyterLab. What you "
        "have changed is never overwritten.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path(DEFAULT),
        help="where the lessons go; made if it is not there (default: %(default)s)",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="bring new versions of lessons; where you changed one, the new one is put beside it",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address and open no browser"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    copied = copy_lessons(options.folder, update=options.update)
    print(copied, flush=True)
    if find_spec("jupyterlab") is None:
        raise MlmteachError(
            f"The lessons are in '{options.folder}', but JupyterLab is not installed.",
            'Install it: pip install "mlmteach[lab]".',
        )
    trust([options.folder / name for name in (*copied.added, *copied.replaced, *copied.beside)])
    code = _open(options.folder, browser=not options.no_browser)
    if code:
        raise MlmteachError(f"JupyterLab ended with code {code}.", "Its last lines say why.")


def copy_lessons(folder: Path, *, update: bool = False, source: Path | None = None) -> Copied:
    """Put the lessons into a folder without overwriting anybody's work.

    Parameters
    ----------
    folder : pathlib.Path
        Where they go; it is made if it is not there.
    update : bool
        Whether files that are there already are brought up to date, or, where they were changed,
        get the new version beside them.
    source : pathlib.Path, optional
        Where they come from; the lessons of this package when left out.

    Returns
    -------
    Copied

    Raises
    ------
    OptionError
        If the folder cannot be made or written to.
    """
    source = source or lessons_folder()
    if folder.exists() and folder.resolve() == source.resolve():
        return Copied()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _copy(source, folder, update=update)
    except OSError as error:
        raise OptionError(
            f"The lessons cannot be copied to '{folder}': {error.strerror}.",
            "Name a folder that you may write to.",
        ) from None


def _copy(source: Path, folder: Path, *, update: bool) -> Copied:
    noted = _read_note(folder)
    did: dict[str, list[str]] = {"added": [], "replaced": [], "beside": [], "waiting": []}
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if not path.is_file() or _NOT_COPIED & set(relative.parts) or path.name == NOTE:
            continue
        name, target, content = relative.as_posix(), folder / relative, path.read_bytes()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_new(target, content)
            did["added"].append(name)
        elif target.read_bytes() == content or noted.get(name) == _digest(content):
            pass  # the same, or a version that the student has seen and gone on from
        elif not update:
            did["waiting"].append(name)
            continue
        elif noted.get(name) == _digest(target.read_bytes()):
            _replace(target, content)
            did["replaced"].append(name)
        else:
            beside = _put_beside(target, content)
            did["beside"].append(beside.relative_to(folder).as_posix())
        noted[name] = _digest(content)
    _replace(folder / NOTE, json.dumps(noted, indent=1, sort_keys=True).encode())
    return Copied(**{key: tuple(names) for key, names in did.items()})


def _put_beside(target: Path, content: bytes) -> Path:
    """Write a new version under the first free name, such as ``02_null_model.new.ipynb``."""
    for number in count(1):
        beside = target.with_suffix(f".new{number if number > 1 else ''}{target.suffix}")
        if not beside.exists():
            _write_new(beside, content)
            break
        if beside.read_bytes() == content:
            break
    return beside


def _write_new(target: Path, content: bytes) -> None:
    with target.open("xb") as file:  # x: fails rather than overwrite
        file.write(content)


def _replace(target: Path, content: bytes) -> None:
    """Write a file at one stroke, so that an interruption leaves the old or the new one."""
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(content)
    part.replace(target)


def _read_note(folder: Path) -> dict[str, str]:
    try:
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def trust(files: Iterable[Path]) -> None:
    """Have Jupyter trust notebooks that were just copied, so that their panels are live at once.

    It knows a notebook by its content; one that somebody has changed elsewhere, it does not trust.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    with suppress(OSError):  # JupyterLab itself says what of Jupyter's folders it cannot use
        notary = NotebookNotary()
        for path in files:
            if path.suffix == ".ipynb":
                notary.sign(nbformat.read(path, 4))


def _open(folder: Path, *, browser: bool) -> int:
    """Run JupyterLab on the first lesson of a folder until it is stopped."""
    first = min(folder.glob("[0-9]*.ipynb"), default=folder)
    command = [sys.executable, "-m", "jupyterlab", str(first)]
    command += [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # as in a container
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab has it too, and asks whether to stop
            continue
