"""The errors and warnings of mlmteach.

Every error says what is wrong and what to do about it.  Catch :class:`MlmteachError` to catch
them all.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "CodebookError",
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "EquationError",
    "FewGroupsWarning",
    "FitError",
    "FormulaError",
    "IncompleteWarning",
    "MlmteachError",
    "MlmteachWarning",
    "ModelError",
    "OptionError",
    "ScaleWarning",
    "SingularFitWarning",
    "WorkerError",
    "did_you_mean",
    "suggest",
]


_PACKAGE = str(Path(__file__).parent)


class MlmteachError(Exception):
    """The root of all errors of this package.

    Parameters
    ----------
    problem : str
        A full sentence that names the thing at fault.
    remedy : str
        A full sentence that says what to do.

    Examples
    --------
    >>> print(DataError("There is no column 'sess'.", "Did you mean 'ses'?"))
    There is no column 'sess'. Did you mean 'ses'?
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        between = (
            "" if self.problem.endswith("\n") else " "
        )  # an excerpt stands on lines of its own
        return f"{self.problem}{between}{self.remedy}"

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the line that went wrong and what to do, and no lines of ours."""
        asked = [
            frame
            for frame in traceback.extract_tb(self.__traceback__)
            if not frame.filename.startswith(_PACKAGE)
        ]
        line = asked[-1].line if asked else ""
        at = [f"{asked[-1].lineno}: {line}", ""] if line else []
        return [*at, f"{type(self).__name__}: {self.problem.rstrip()}", self.remedy]


class OptionError(MlmteachError):
    """An option has a value that it cannot take."""


class DataError(MlmteachError):
    """A data set or a column cannot be used as it is."""


class CodebookError(DataError):
    """A codebook is missing, damaged or contradicts its data."""


class ModelError(MlmteachError):
    """A model is not well specified, or does not go with its data."""


class FormulaError(ModelError):
    """A formula cannot be read."""


class EquationError(ModelError):
    """A written equation cannot be read."""


class FitError(MlmteachError):
    """A model cannot be estimated from these data."""


class WorkerError(MlmteachError):
    """The workers of an executor could not do what they were given."""


class MlmteachWarning(UserWarning):
    """The root of all warnings of this package."""


class ConvergenceWarning(MlmteachWarning):
    """The search for the optimum did not end at one."""


class SingularFitWarning(MlmteachWarning):
    """The optimum lies on the boundary: a variance is zero or a correlation is one."""


class FewGroupsWarning(MlmteachWarning):
    """There are too few groups for what is computed from them."""


class IncompleteWarning(MlmteachWarning):
    """Long work ended before its time, by Ctrl-C or for want of workers; what was done is used."""


class DataWarning(MlmteachWarning):
    """A column is used as it is, which may not be what it was meant to be."""


class ScaleWarning(MlmteachWarning):
    """A predictor's unit makes the numbers hard to compute or to read."""


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Ask "Did you mean 'ses'? " for a name that is close to a known one; otherwise say nothing.

    Examples
    --------
    >>> did_you_mean("sess", ["ses", "size"]), did_you_mean("SES", ["ses"]), did_you_mean("q", [])
    ("Did you mean 'ses'? ", "Did you mean 'ses'? ", '')
    """
    names = [str(entry) for entry in known]
    close = difflib.get_close_matches(str(name), names, n=1)
    if not close:  # a difference in case alone is the commonest slip
        close = [entry for entry in names if entry.lower() == str(name).lower()]
    return f"Did you mean '{close[0]}'? " if close else ""


def suggest(name: object, known: Iterable[object]) -> str:
    """Write a remedy for an unknown name: the closest known one, or the list."""
    names = [str(entry) for entry in known]
    return did_you_mean(name, names).strip() or f"Choose one of: {', '.join(names)}."
