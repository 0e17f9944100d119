"""Moodle's names of submission folders, and feedback that goes back under the same names.

References
----------
``mod/assign/feedback/file/importziplib.php`` of Moodle 4.5, ``is_valid_filename_for_import``: a
folder or the beginning of a file's name is ``fullname_number_assignsubmission_file``, where
versions before 4.1 put one more underscore behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlmteach.grade.files import write_zip

__all__ = ["Participant", "full_name", "participant", "write_feedback_zip"]

_DOWNLOAD = re.compile(r"(?P<prefix>(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_file_?)")


@dataclass(frozen=True)
class Participant:
    """What the name of a folder or file of a download says.

    Parameters
    ----------
    prefix : str
        What Moodle looks at when feedback comes back.
    name : str
        The full name.
    number : str
        The participant's number in this assignment; it is neither the ID number nor the user's.
    """

    prefix: str
    name: str
    number: str


def participant(name: str) -> Participant | None:
    """Read the name of a folder or file of a download.

    Parameters
    ----------
    name : str

    Returns
    -------
    Participant or None
        None if Moodle has not named it.

    Examples
    --------
    >>> participant("Ada_4711_assignsubmission_file")
    Participant(prefix='Ada_4711_assignsubmission_file', name='Ada', number='4711')
    """
    found = _DOWNLOAD.match(name)
    return Participant(**found.groupdict()) if found else None


def full_name(name: str) -> str:
    """Bring a name to the order and the letters that names are compared in.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> full_name("Lovelace,  Ada") == full_name("ADA Lovelace")
    True
    """
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split() if comma else name.split()).casefold()


def write_feedback_zip(path: Path, pages: Mapping[Path, str]) -> None:
    """Write the file for "Upload multiple feedback files in a zip".

    Parameters
    ----------
    path : pathlib.Path
    pages : mapping of pathlib.Path to str
        Pages by the notebook that they are about.  Notebooks that did not come from Moodle are
        left out; where none did, no file is written.
    """
    files = {}
    for notebook, page in pages.items():
        if found := participant(notebook.parent.name):
            files[f"{notebook.parent.name}/feedback.html"] = page
        elif found := participant(notebook.name):
            files[f"{found.prefix.rstrip('_')}_feedback.html"] = page
    if files:
        write_zip(path, files)
