"""Which symbol a letter with its indices stands for, in any of the conventions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlmteach.model.notation import Notation
from mlmteach.model.reading.statements import Letter, Role
from mlmteach.model.reading.tokens import GREEK

__all__ = ["Letters"]

_BASES: dict[Role, str] = {
    "beta": "β b B beta α",
    "gamma": "γ g G gamma",
    "effect": "U u η υ μ mu",
    "residual": "ε e r R E eps epsilon resid residual",
    "variance": "τ tau σ sigma σ2 ρ rho Σ Τ Ω",
}
_PLAIN = re.compile(r"([^\W\d_]+?)_?(\d+(?:,\d+)?)?_?(i?j?)")


class Letters:
    """The letters of all conventions, or of one notation.

    Parameters
    ----------
    notation : Notation, optional
        Its letters come before those that are known anyway.

    Examples
    --------
    >>> letter = Letters().read("γ", "10", "", shown="γ_10", start=0)
    >>> letter.role, letter.q, letter.s
    ('gamma', 1, 0)
    """

    def __init__(self, notation: Notation | None = None) -> None:
        self.roles: dict[str, Role] = {
            base: role for role, bases in _BASES.items() for base in bases.split()
        }
        self.second_first = False
        if notation is not None:
            for variable in (notation.outcome, notation.level1, notation.level2):
                self.roles.pop(_base(variable), None)  # Gelman & Hill's u is a predictor
            self.roles |= _own(notation)
            below = notation.gamma.partition("_")[2]
            self.second_first = -1 < below.find("s") < below.find("q")

    def plain(self, word: str, *, start: int) -> Letter | None:
        """Read a word such as ``g10``, ``U_0j`` or ``eps``; None if it is no symbol."""
        match = _PLAIN.fullmatch(word)
        if match is None:
            return None
        return self.read(match[1], (match[2] or "") + match[3], "", shown=word, start=start)

    def read(self, base: str, sub: str, sup: str, *, shown: str, start: int) -> Letter | None:
        """Read a letter with what stands below and above it; None if it is no symbol."""
        role = self.roles.get(base)
        if role is None:
            return None
        if role == "variance":
            return Letter(role, None, None, "", shown, start)
        numbers, index = _parted(sub)
        if numbers is None:
            return None
        above = "".join(re.findall(r"\d+", sup))
        if role == "residual":
            known = not numbers and not sup
            return Letter(role, None, None, index, shown, start) if known else None
        q: int | None
        s: int | None
        if role == "gamma":
            q, s = self._gamma(numbers, sup, above)
            if s is None or q is None:
                return None
            return Letter(role, q, s, index, shown, start)
        if sup:  # η_j^{β1}: whose residual it is stands above
            q = 0 if "α" in sup else int(above or 1)
        elif base == "α":
            q = 0 if not numbers else int(numbers)
        elif numbers:
            q = int(numbers.replace(",", ""))
        elif role == "effect" and (index == "j" or len(base) == 1):
            q = 0
        elif role == "beta" and index and base in {"β", "beta"}:
            q = 1  # one slope alone is written without a number
        else:
            return None
        return Letter(role, q, None, index, shown, start)

    def _gamma(self, numbers: str, sup: str, above: str) -> tuple[int | None, int | None]:
        if sup:
            q = 0 if "α" in sup else int(above or 1)
            return q, int(numbers) if numbers.isdigit() else None
        parts = numbers.split(",") if "," in numbers else list(numbers)
        if len(parts) != 2:
            return None, None
        first, second = (int(part) for part in parts)
        return (second, first) if self.second_first else (first, second)


def _parted(sub: str) -> tuple[str | None, str]:
    """Numbers and letters of an index: ``"1j"`` gives ``("1", "j")``; None if it is neither."""
    sub = sub.replace("[i]", "").replace("·", "").replace(" ", "")
    match = re.fullmatch(r"(\d+(?:,\d+)*)?,?(i?j?)", sub)
    return (match[1] or "", match[2]) if match else (None, "")


def _own(notation: Notation) -> Mapping[str, Role]:
    """The letters of a notation."""
    templates: dict[str, Role] = {
        notation.residual: "residual",
        notation.effect0: "effect",
        notation.effect: "effect",
        notation.gamma0: "gamma",
        notation.gamma: "gamma",
        notation.intercept: "beta",
        notation.beta: "beta",
    }
    return {_base(template): role for template, role in templates.items()}


def _base(template: str) -> str:
    r"""The letter of a template: ``\gamma_{qs}`` has γ."""
    found = re.match(r"\\?([A-Za-z]+?)(?=[_^]|$)", template)
    name = found[1] if found else template
    return GREEK.get(name, name)
