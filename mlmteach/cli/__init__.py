"""The command line: ``mlmteach lab``, ``mlmteach fit DATA FORMULA`` and more."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import mlmteach
from mlmteach.cli import (
    explore_command,
    fit_command,
    grade_command,
    homework_command,
    lab_command,
    site_command,
    slides_command,
)
from mlmteach.errors import MlmteachError

__all__ = ["main"]

_DESCRIPTION = """\
Multilevel models on the command line.

Start with:
  mlmteach lab
  mlmteach fit hsb "mathach ~ ses + (1 + ses | school)"
  mlmteach fit contraception "use ~ age + urban + (1 | district)" --family binomial
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``mlmteach``; taken from the command line where it is left out.

    Returns
    -------
    int
        0 when all went well, 1 after an error of ours, 130 when interrupted.
    """
    parser = argparse.ArgumentParser(
        prog="mlmteach",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mlmteach {mlmteach.__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    lab_command.add_parser(commands)
    fit_command.add_parser(commands)
    explore_command.add_parser(commands)
    homework_command.add_parser(commands)
    grade_command.add_parser(commands)
    site_command.add_parser(commands)
    slides_command.add_parser(commands)
    _write_all_symbols()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        options.run(options)
        sys.stdout.flush()
    except MlmteachError as error:
        print(f"mlmteach: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


def _write_all_symbols() -> None:
    """Write UTF-8 where the console's own encoding has no γ, as in a pipe on Windows."""
    for stream in (sys.stdout, sys.stderr):
        try:
            "γ₀₀ᵢⱼ−ᵅ".encode(stream.encoding or "utf-8")
        except UnicodeEncodeError:
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8")
