"""The same model in other programs, as scripts that run."""

from __future__ import annotations

from mlmteach.translate.code import PROGRAMS, Code, code

__all__ = ["PROGRAMS", "Code", "code"]
