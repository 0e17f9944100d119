"""Inside the room: run the cells of a submission, and say what the answers are.

This runs in the student's process.  It knows the names of the answers and nothing of the key.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from mlmteach.exercises.kinds import called
from mlmteach.exercises.plain import to_plain

__all__ = ["make_shell", "run_cells"]

_MOST_ERRORS = 20


def make_shell() -> Any:
    """Make an IPython shell that keeps no history.

    Returns
    -------
    IPython.core.interactiveshell.InteractiveShell
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell: Any = InteractiveShell.instance(config=config)
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, _nothing)  # nobody reads them, and they take a third of a second
    shell.run_cell("None", silent=True)
    return shell


def _nothing(*_: object, **__: object) -> None:
    """Show no traceback."""


def run_cells(shell: Any, request: dict[str, Any]) -> str:
    """Run cells one after another and collect the answers.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    request : dict
        ``cells``: their sources; ``names``: the names of the answers; ``functions``: for the
        answers that are functions, the data frames to try them on.

    Returns
    -------
    str
        JSON: the answers as plain data, and the errors of cells.
    """
    errors: list[tuple[int, str, str]] = []
    for number, source in enumerate(request["cells"], start=1):
        result = shell.run_cell(source, store_history=False, silent=True)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and len(errors) < _MOST_ERRORS:
            errors.append((number, type(error).__name__, _message(error)))
    space = shell.user_ns
    answers = {}
    for name in request["names"]:
        answers[name] = to_plain(space.get(name))
        if name in request["functions"] and answers[name]["kind"] == "function":
            frames = [pd.DataFrame(**frame) for frame in request["functions"][name]]
            answers[name] = called(space[name], frames)
    return json.dumps({"answers": answers, "errors": errors}, allow_nan=False)


def _message(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:
        return ""
