"""``mlmteach new`` and ``mlmteach release``: a key, and the notebook that students get."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mlmteach.errors import OptionError

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    """Add the commands to the parser of ``mlmteach``."""
    new: argparse.ArgumentParser = commands.add_parser(
        "new",
        help="write a commented key for a homework",
        description="Write a key for a homework that shows each kind of question, to be edited.",
    )
    new.add_argument("key", type=Path, metavar="HOMEWORK.py", help="a new file")
    new.add_argument(
        "--from-nbgrader",
        type=Path,
        metavar="SOURCE.ipynb",
        help="take questions, points and solutions from a source notebook of nbgrader",
    )
    new.set_defaults(run=run_new)
    release: argparse.ArgumentParser = commands.add_parser(
        "release",
        help="make the students' notebook of a key",
        description="Make a notebook with the questions of a key, without its solutions.",
    )
    release.add_argument("key", type=Path, metavar="HOMEWORK.py", help="the key")
    release.add_argument(
        "--output", type=Path, metavar="FILE.ipynb", help="default: the key's name, as .ipynb"
    )
    release.set_defaults(run=run_release)


def run_new(options: argparse.Namespace) -> None:
    """Write the template."""
    from mlmteach.grade.nbgrader import key_from_nbgrader
    from mlmteach.grade.template import TEMPLATE

    if options.key.suffix != ".py":
        raise OptionError(f"'{options.key}' is no name for a key.", "End it in .py.")
    if options.from_nbgrader:
        _write_new(options.key, key_from_nbgrader(options.from_nbgrader))
    else:
        _write_new(options.key, TEMPLATE)
    print(f"Edit {options.key}, then run: mlmteach release {options.key}")


def run_release(options: argparse.Namespace) -> None:
    """Write the notebook, after the key has been held against itself."""
    import nbformat

    from mlmteach.grade.homework import read_key
    from mlmteach.grade.template import release_notebook

    homework = read_key(options.key)
    homework.verify("student")
    target = options.output or options.key.with_suffix(".ipynb")
    _write_new(target, nbformat.writes(release_notebook(homework)) + "\n")
    print(f"{target} is for the students; {options.key} is not.")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise OptionError(f"The file '{path}' is there already.", "Choose another name.") from None
    except OSError as error:
        raise OptionError(
            f"The file '{path}' cannot be written: {error.strerror}.", "Choose another place."
        ) from None
