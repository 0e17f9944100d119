"""What the programs have in common: a name, a language, rules for names, and a writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlmteach.translate.names import Naming
from mlmteach.translate.plan import Plan

__all__ = ["Program"]


@dataclass(frozen=True)
class Program:
    """A program for which scripts can be written.

    Parameters
    ----------
    name : str
        As the user asks for it: ``"lme4"``.
    language : str
        The language of the script, as Markdown names it.
    naming : Naming
        What it asks of names.
    factors : bool
        Whether it codes categories itself.
    write : callable
        Makes the script of a plan.
    """

    name: str
    language: str
    naming: Naming
    factors: bool
    write: Callable[[Plan], str]
