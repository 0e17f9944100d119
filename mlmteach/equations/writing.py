"""From a model and options to its equations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from mlmteach.equations.block import Equations
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.lines import (
    HEADINGS,
    Scribe,
    distribution_lines,
    of_effects,
    of_residuals,
)
from mlmteach.equations.nodes import Block, Line, Wrap
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import OptionError, suggest
from mlmteach.model.estimates import Estimates
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.structure import Structure

__all__ = ["COLOURS", "PARTS", "SHOWS", "checked_parts", "checked_show", "one_of", "write"]


# --- the options of :func:`mlmteach.equations.write`, checked -----------------------------

SHOWS = ("names", "symbols", "estimates")
PARTS = ("level1", "level2", "level3", "full")
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


def checked_parts(parts: object, model: Structure) -> tuple[str, ...]:
    """Give the parts as a tuple; a single one may come as a text, and None is all there are."""
    nested = model.grouping.is_nested
    if parts is None:
        return PARTS if nested else tuple(part for part in PARTS if part != "level3")
    listed = tuple(parts) if isinstance(parts, tuple | list) else (parts,)
    if not listed:
        raise OptionError("`parts` is empty.", f"Choose among {', '.join(map(repr, PARTS))}.")
    for part in listed:
        one_of("parts", part, PARTS)
    if "level3" in listed and not nested:
        raise OptionError(
            "The model has no level 3.",
            "Leave 'level3' out of `parts`; three levels are written group='school/class'.",
        )
    return tuple(map(str, listed))


def checked_show(show: str | None, estimates: Estimates | None, model: Structure) -> str:
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
    upper = [effect.term.name for effect in model.upper_random]
    known = [] if estimates.cov_re3 is None else list(estimates.cov_re3.index)
    if set(upper) != set(known):
        raise OptionError(
            f"Φ is for {', '.join(map(str, known)) or 'nothing'}; the model has V's for "
            f"{', '.join(upper) or 'nothing'}.",
            "Take model and estimates from one fit.",
        )
    return show


# --- from a model and options to its equations --------------------------------------------

OPTIONS = (
    "notation", "show", "parts", "estimates", "standard_errors", "distributions", "wrap", "braces",
    "colour", "digits", "language",
)  # fmt: skip


def write(
    model: Structure,
    *,
    notation: str | Notation = "slides",
    show: Literal["names", "symbols", "estimates"] | None = None,
    parts: tuple[str, ...] | str | None = None,
    estimates: Estimates | None = None,
    standard_errors: bool = False,
    distributions: bool = False,
    wrap: Wrap = "auto",
    braces: bool = False,
    colour: Literal["role", "coefficient"] | None = None,
    digits: int | None = None,
    language: str = "en",
    **unknown: object,
) -> Equations:
    r"""Write the equations of a model.

    Parameters
    ----------
    model : Structure
    notation : str or Notation, optional
        ``"slides"``, ``"snijders-bosker"``, ``"raudenbush-bryk"``, ``"hox"``, ``"gelman-hill"``,
        ``"singer-willett"``, or your own.
    show : {"names", "symbols", "estimates"}, optional
        Variables by name and coefficients as Greek letters; variables as y, x, z too; or
        estimates in place of γ.  By default estimates where they are given, otherwise names.
    parts : tuple of {"level1", "level2", "level3", "full"}, optional
        Which equations, in this order; left out, all that there are.  Three levels have the third.
    estimates : Estimates, optional
        The values of γ, T and σ², and of Φ where there are two groupings.
    standard_errors : bool, optional
        Whether standard errors stand beneath the estimates.
    distributions : bool, optional
        Whether the distributions of the U's, of the V's and of ε follow, with T and Φ as matrices.
        That of the U's or V's follows anyway if some of them do not correlate, and that of ε if
        its variance differs between rows.
    wrap : int, "auto" or None, optional
        How many terms stand on a row: a number, as many as a row of a notebook holds, or all.
        A small number such as 3 suits a narrow window and large type.
    braces : bool, optional
        Whether the full equation shows its fixed and its random part over braces.
    colour : {"role", "coefficient"}, optional
        What colours tell apart: what a symbol is, or which β it belongs to.
    digits : int, optional
        The number of decimals.  By default two significant digits of the standard error decide.
    language : {"en", "de"}, optional
        Of the headings, the words at braces and the speech.

    Returns
    -------
    Equations

    Raises
    ------
    OptionError
        If an option is unknown or has a value that it cannot take.

    Examples
    --------
    >>> from mlmteach import Model
    >>> print(write(Model("mathach ~ ses", group="school"), parts=("full",)))
    mathachᵢⱼ = γ₀₀ + γ₁₀ sesᵢⱼ + U₀ⱼ + εᵢⱼ
    >>> print(write(Model("mathach ~ ses", group="school/class"), parts=("level2",)))
    β₀ⱼₖ = δ₀₀ₖ + U₀ⱼₖ
    β₁ⱼₖ = δ₁₀ₖ
    >>> print(write(Model("passed ~ ses", group="school", family="binomial"), parts=("level1",)))
      passedᵢⱼ ∼ Bernoulli(πᵢⱼ)
    logit(πᵢⱼ) = β₀ⱼ + β₁ⱼ sesᵢⱼ
    >>> print(write(Model("mathach ~ ses", group="school"), parts=("level1",)).formulas[0])
    \begin{aligned}
    \text{mathach}_{ij} &= \beta_{0j} + \beta_{1j}\,\text{ses}_{ij} + \varepsilon_{ij}
    \end{aligned}
    """
    refuse_unknown(unknown, OPTIONS)
    listed = checked_parts(parts, model)
    shown = checked_show(show, estimates, model)
    yes_or_no(standard_errors=standard_errors, distributions=distributions, braces=braces)
    if wrap != "auto":
        whole("wrap", wrap, least=1, other="'auto'")
    whole("digits", digits, least=0)
    if colour is not None:
        one_of("colour", colour, COLOURS)
    one_of("language", language, HEADINGS)
    if standard_errors and (shown != "estimates" or estimates is None or estimates.bse is None):
        raise OptionError(
            "There are no standard errors to show.",
            "Show the estimates of a fit, which have standard errors.",
        )
    scribe = Scribe(
        model=model,
        notation=as_notation(notation).for_model(model),
        letters=shown == "symbols",
        estimates=estimates if shown == "estimates" else None,
        standard_errors=standard_errors,
        digits=digits,
        language=language,
    )
    headings = HEADINGS[language]
    named = {"level2": "level2_several"} if len(model.level2_equations) > 1 else {}
    named |= {"level3": "level3_several"} if len(model.level3_equations) > 1 else {}
    blocks = [
        Block(headings[named.get(part, part)], _lines(scribe, part, listed), parted=part == "full")
        for part in listed
    ]
    if distributions and (lines := distribution_lines(scribe)):
        blocks.append(Block(headings["distributions"], lines))
    elif lines := _told_apart(scribe, set(listed)):
        heading = "distribution" if len(lines) == 1 else "distributions"
        blocks.append(Block(headings[heading], lines))
    return Equations(
        tuple(blocks),
        scribe,
        LatexWriter(scribe.letters, wrap, braces, colour, language),
        TextWriter(scribe.letters, wrap, braces, language),
    )


def _lines(scribe: Scribe, part: str, listed: tuple[str, ...]) -> tuple[Line, ...]:
    """The lines of a part; the full equation alone has the distribution of the outcome with it."""
    lines: tuple[Line, ...] = getattr(scribe, part)()
    alone = part == "full" and "level1" not in listed
    return (*scribe.of_outcome(), *lines) if alone else lines


def _told_apart(scribe: Scribe, listed: set[str]) -> tuple[Line, ...]:
    """The distributions without which the equations would be those of another model.

    That is the one in which all U's may correlate, and all V's, or ε has the same variance in all
    rows.
    """
    model = scribe.model
    lines: tuple[Line, ...] = ()
    for effects in scribe.effects:
        if len(effects.blocks) > 1 and {f"level{effects.level}", "full"} & listed:
            lines = (*lines, of_effects(scribe, effects))
    if (model.sigma2 or model.precision) and {"level1", "full"} & listed:
        lines = (*lines, *of_residuals(scribe))
    return lines
