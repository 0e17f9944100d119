"""The words of a figure: how its axes name groups, outcome, variables and symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.equations.nodes import Symbol
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import ModelError
from mlmteach.model.notation import PRESETS
from mlmteach.model.symbols import RandomEffect
from mlmteach.numbers import rounded

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted, GroupEffects
    from mlmteach.model.structure import Structure
    from mlmteach.model.symbols import Symbol as ModelSymbol

__all__ = [
    "ONE_GROUPING",
    "AxisWords",
    "centre_of",
    "effect_letter",
    "expected_outcome",
    "group_label",
    "groups_of",
    "label",
    "letter",
    "letter_of",
    "number",
    "only_intercepts",
    "refuse_generalized",
    "robust",
    "sampled",
    "significant",
    "symbol",
    "words",
]

ONE_GROUPING = "Fit the model with one of the groupings: slopes may differ between its groups."
"""The remedy where :func:`only_intercepts` holds."""

_SCALES = {"logit": "log-odds", "probit": "probits", "cloglog": "log-hazards", "log": "log counts"}


@dataclass(frozen=True)
class AxisWords:
    """What the axes call the groups ("schools") and the outcome's unit ("points of mathach").

    That of a yes/no outcome or a count is the unit of its link: "log-odds of passed", or
    "log-odds of use = yes" where a category is the event.
    """

    groups: str
    outcome: str


def words(fit: Fitted) -> AxisWords:
    """Find the words in the codebook, or make them of the columns' names."""
    codebook, family = fit.model.codebook, fit.model.family
    outcome = fit.model.outcome.name
    unit = "log rates" if family.exposure else _SCALES.get(family.link, "units")
    groups = f"groups ({fit.model.group})" if codebook is None else codebook.level2.plural
    if codebook is not None and family.is_normal and outcome in codebook:
        unit = codebook[outcome].unit.plural
    return AxisWords(groups, f"{unit} of {_with_event(fit)}")


def groups_of(fit: Fitted, effects: GroupEffects) -> str:
    """Name the groups of a grouping, in the plural: "schools"."""
    if len(fit.effects) == 1:
        return words(fit).groups
    from mlmteach.interpret.source import source_of  # late: most figures have words enough

    return source_of(fit).codebook.unit(2 + effects.position).plural


def centre_of(fit: Fitted, effects: GroupEffects, what: str) -> str:
    """Say what the groups' effects are departures from: of "intercept", "the general intercept".

    With three levels those of level 2 depart from the group of level 3 that they lie in.
    """
    if effects.position or not fit.model.grouping.is_nested:
        return f"the general {what}"
    from mlmteach.interpret.source import source_of

    return f"the {what} of their {source_of(fit).codebook.unit(3).singular}"


def group_label(label: object) -> str:
    """Write the label of a group; one within another has both: "A/a"."""
    return "/".join(map(str, label)) if isinstance(label, tuple) else str(label)


def effect_letter(fit: Fitted, effects: GroupEffects, name: str) -> str:
    """Write the symbol of the effect of a coefficient: U₀ⱼ; V₀₀ₖ where there are three levels."""
    q = effects.names.index(name)
    model = fit.model
    if effects.position == 1:
        return letter_of(model, model.upper_random[q])
    return letter_of(model, RandomEffect(model.random[q].index, model.random[q].term))


def expected_outcome(fit: Fitted, *, per_row: bool = False) -> str:
    """Name the expected outcome of a yes/no outcome or a count, for an axis.

    Parameters
    ----------
    fit : Fitted
    per_row : bool
        Whether counts are those of the rows, each with its exposure, and not rates.
    """
    family, outcome = fit.model.family, fit.model.outcome.name
    if family.is_count:
        rate = family.exposure and not per_row
        return f"expected {outcome}" + (f" per {family.exposure}" if rate else "")
    return f"probability of {_with_event(fit)}"


def _with_event(fit: Fitted) -> str:
    """The outcome, with the category that is counted where 1 and True would not be guessed."""
    family, outcome = fit.model.family, fit.model.outcome.name
    event = family.categories[-1] if family.categories else None
    named = isinstance(event, str) or event not in (None, 1)
    return f"{outcome} = {event}" if named else outcome


def refuse_generalized(fit: Fitted, why: str, instead: str) -> None:
    """Refuse a picture that needs a normal outcome.

    Parameters
    ----------
    fit : Fitted
    why : str
        What the picture shows that there is not, as a sentence.
    instead : str
        The picture that shows what there is, such as ``"binned_residuals(fit)"``.

    Raises
    ------
    ModelError
    """
    if not fit.model.family.is_normal:
        raise ModelError(why, f"Use mlm.plot.{instead}.")


def sampled(fit: Fitted) -> str:
    """Say that the rows of a picture are those of a sample, where they are; else nothing."""
    if fit.design.census is None:
        return ""
    kept = fit.rows.effects[0].ngroups
    return (
        f" The rows are those of a sample of {kept} of the {fit.effects[0].ngroups} "
        f"{words(fit).groups}, since not all were kept."
    )


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign, and 0 without one.

    >>> number(-7.4), number(-0.001)
    ('−7.40', '0.00')
    """
    return f"{value:z.{digits}f}".replace("-", "−")


def significant(value: float, digits: int = 4) -> str:
    """Write a number with so many significant digits and a true minus sign.

    One that would have an exponent is written as tables have it.

    >>> significant(-7.4), significant(1234.56, 3), significant(0.0000000123)
    ('−7.4', '1235', '1.23 × 10⁻⁸')
    """
    text = f"{value:.{digits}g}"
    return str(rounded(value)) if "e" in text else text.replace("-", "−")


def symbol(fit: Fitted, name: str) -> str:
    """Return the symbol of a variable as equations show it."""
    codebook = fit.model.codebook
    return codebook[name].symbol if codebook is not None and name in codebook else name


def label(fit: Fitted, name: str) -> str:
    """Return a variable's symbol with its unit, for an axis."""
    codebook = fit.model.codebook
    if codebook is None or name not in codebook:
        return name
    unit = codebook[name].unit.plural
    return f"{codebook[name].symbol} ({unit})" if unit else codebook[name].symbol


def robust(*fits: Fitted) -> str:
    """Say "robust " of intervals and bands that are, before their percentage."""
    return "robust " if fits and all(fit.is_robust for fit in fits) else ""


def letter(kind: str, *, q: int = 0, s: int = 0, r: int = 0) -> str:
    """Write a symbol of the slides' notation in Unicode.

    >>> letter("gamma", q=1, s=0), letter("effect", q=0), letter("variance", q=1)
    ('γ₁₀', 'U₀ⱼ', 'τ₁²')
    """
    return TextWriter().node(Symbol(PRESETS["slides"].glyph(kind, q=q, s=s, r=r), "fixed"))


def letter_of(model: Structure, symbol: ModelSymbol) -> str:
    """Write a symbol of a model as :func:`letter` does, with the indices that its groupings have.

    >>> from mlmteach import Model
    >>> model = Model("y ~ x", group="school/class")
    >>> [letter_of(model, equation.left) for equation in model.level3_equations]
    ['δ₀₀ₖ', 'δ₁₀ₖ']
    """
    glyph = PRESETS["slides"].for_model(model).of(symbol)
    return TextWriter().node(Symbol(glyph, "fixed"))


def only_intercepts(fit: Fitted) -> bool:
    """Tell whether no slope can be random: with two groupings and an outcome that is not normal."""
    return len(fit.effects) > 1 and not fit.model.family.is_normal
