"""The options of :func:`mlmteach.equations.write`, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlmteach.errors import OptionError
from mlmteach.model.estimates import Estimates
from mlmteach.model.formula import suggest
from mlmteach.model.spec import Model

__all__ = ["COLOURS", "PARTS", "SHOWS", "checked_parts", "checked_show", "one_of"]

SHOWS = ("names", "symbols", "estimates")
PARTS = ("level1", "level2", "full")
COLOURS = ("role", "coefficient")


def refuse_unknown(unknown: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse an option that does not exist, with the closest one that does."""
    for name in unknown:
        raise OptionError(f"Equations have no option '{name}'.", suggest(name, known))


def one_of(name: str, value: object, allowed: Collection[str]) -> None:
    """Refuse a value that is not among those allowed."""
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(repr(entry) for entry in allowed)
        raise OptionError(f"{name}={value!r} is not known.", f"Choose one of {listed}.")


def whole(name: str, value: object, *, least: int, other: str = "") -> None:
    """Refuse what is neither None nor a whole number that is large enough."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        others = f"{other} or None" if other else "or None"
        raise OptionError(
            f"{name}={value!r} is not possible.",
            f"Give a whole number from {least} on, {others}.",
        )


def yes_or_no(**values: object) -> None:
    """Refuse what is neither True nor False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise OptionError(f"{name}={value!r} is not possible.", "Use True or False.")


def checked_parts(parts: object) -> tuple[str, ...]:
    """Give the parts as a tuple; a single one may come as a text."""
    listed = tuple(parts) if isinstance(parts, tuple | list) else (parts,)
    if not listed:
        raise OptionError("`parts` is empty.", f"Choose among {', '.join(map(repr, PARTS))}.")
    for part in listed:
        one_of("parts", part, PARTS)
    return tuple(map(str, listed))


def checked_show(show: str | None, estimates: Estimates | None, model: Model) -> str:
    """Settle what is shown; estimates, if they are, have to be complete."""
    if estimates is not None and not isinstance(estimates, Estimates):
        raise OptionError(
            f"`estimates` is {type(estimates).__name__}.",
            "Give an mlmteach.Estimates, such as fit.estimates.",
        )
    if show is None:
        show = "names" if estimates is None else "estimates"
    one_of("show", show, SHOWS)
    if show != "estimates":
        return show
    if estimates is None:
        raise OptionError(
            "There are no estimates to show.",
            "Fit the model and ask the fit for its equations, or give `estimates`.",
        )
    missing = [g.name for g in model.gammas if g.name not in estimates.params.index]
    if missing:
        raise OptionError(
            f"The estimates have no value for '{missing[0]}'.",
            f"They are for: {', '.join(map(str, estimates.params.index))}. Take model and "
            "estimates from one fit.",
        )
    random = [c.term.name for c in model.random]
    if set(random) != set(estimates.cov_re.index):
        raise OptionError(
            f"T is for {', '.join(map(str, estimates.cov_re.index))}; the model has U's for "
            f"{', '.join(random)}.",
            "Take model and estimates from one fit.",
        )
    return show
