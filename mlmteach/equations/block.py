"""Equations to look at, to copy and to read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mlmteach.display import bundle
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.lexicon import LegendEntry
from mlmteach.equations.lines import Scribe
from mlmteach.equations.nodes import Block
from mlmteach.equations.options import (
    COLOURS,
    checked_parts,
    checked_show,
    one_of,
    refuse_unknown,
    whole,
    yes_or_no,
)
from mlmteach.equations.unicode import TextWriter
from mlmteach.errors import OptionError
from mlmteach.model.estimates import Estimates
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.spec import Model

__all__ = ["Equations", "write"]

OPTIONS = (
    "notation", "show", "parts", "estimates", "standard_errors", "distributions", "wrap", "braces",
    "colour", "digits",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Equations:
    """Equations of a model, in whatever form is asked for.

    In a notebook they typeset themselves; ``print`` shows them as Unicode text.

    Parameters
    ----------
    blocks : tuple of Block
        The lines, as structure.
    latex_writer : LatexWriter
    text_writer : TextWriter
    """

    blocks: tuple[Block, ...]
    scribe: Scribe
    latex_writer: LatexWriter
    text_writer: TextWriter

    @cached_property
    def formulas(self) -> tuple[str, ...]:
        """The LaTeX of each block, without dollar signs."""
        return tuple(self.latex_writer.block(block) for block in self.blocks)

    @cached_property
    def latex(self) -> str:
        """LaTeX to paste into a document: each heading and its display formula."""
        return self._headed([f"$$\n{formula}\n$$" for formula in self.formulas], "{}\n")

    @cached_property
    def markdown(self) -> str:
        """Markdown with formulas, as notebooks show it."""
        return self._headed([f"$$\n{formula}\n$$" for formula in self.formulas], "**{}**\n\n")

    @cached_property
    def text(self) -> str:
        """Unicode text, for a console."""
        lines = [self.text_writer.block(block) for block in self.blocks]
        if len(lines) > 1:
            lines = ["\n".join("  " + row for row in text.split("\n")) for text in lines]
        return self._headed(lines, "{}\n")

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What the letters y, x and z stand for."""
        return self.scribe.lexicon.legend

    def _headed(self, bodies: list[str], heading: str) -> str:
        if len(bodies) == 1:
            return bodies[0]
        pairs = zip(self.blocks, bodies, strict=True)
        return "\n\n".join(heading.format(block.heading) + body for block, body in pairs)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=self.text, markdown=self.markdown, latex=self.latex)


def write(
    model: Model,
    *,
    notation: str | Notation = "slides",
    show: Literal["names", "symbols", "estimates"] | None = None,
    parts: tuple[str, ...] = ("level1", "level2", "full"),
    estimates: Estimates | None = None,
    standard_errors: bool = False,
    distributions: bool = False,
    wrap: int | None = None,
    braces: bool = False,
    colour: Literal["role", "coefficient"] | None = None,
    digits: int | None = None,
    **unknown: object,
) -> Equations:
    r"""Write the equations of a model.

    Parameters
    ----------
    model : Model
    notation : str or Notation, optional
        ``"slides"``, ``"snijders-bosker"``, ``"raudenbush-bryk"``, ``"hox"``, ``"gelman-hill"``,
        or your own.
    show : {"names", "symbols", "estimates"}, optional
        Variables by name and coefficients as Greek letters; variables as y, x, z too; or
        estimates in place of γ.  By default estimates where they are given, otherwise names.
    parts : tuple of {"level1", "level2", "full"}, optional
        Which equations, in this order.
    estimates : Estimates, optional
        The values of γ, T and σ².
    standard_errors : bool, optional
        Whether standard errors stand beneath the estimates.
    distributions : bool, optional
        Whether the distributions of the U's and of ε follow, with T as a matrix.
    wrap : int, optional
        How many terms stand on a line.
    braces : bool, optional
        Whether the full equation shows its fixed and its random part over braces.
    colour : {"role", "coefficient"}, optional
        What colours tell apart: what a symbol is, or which β it belongs to.
    digits : int, optional
        The number of decimals.  By default two significant digits of the standard error decide.

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
    >>> print(write(Model("mathach ~ ses", group="school"), parts=("level1",)).formulas[0])
    \begin{aligned}
    \text{mathach}_{ij} &= \beta_{0j} + \beta_{1j}\,\text{ses}_{ij} + \varepsilon_{ij}
    \end{aligned}
    """
    refuse_unknown(unknown, OPTIONS)
    listed = checked_parts(parts)
    shown = checked_show(show, estimates, model)
    yes_or_no(standard_errors=standard_errors, distributions=distributions, braces=braces)
    whole("wrap", wrap, least=1)
    whole("digits", digits, least=0)
    if colour is not None:
        one_of("colour", colour, COLOURS)
    if standard_errors and (shown != "estimates" or estimates is None or estimates.bse is None):
        raise OptionError(
            "There are no standard errors to show.",
            "Show the estimates of a fit, which have standard errors.",
        )
    slopes = sum(c.index > 0 for c in model.coefficients)
    scribe = Scribe(
        model=model,
        notation=as_notation(notation).for_slopes(slopes),
        letters=shown == "symbols",
        estimates=estimates if shown == "estimates" else None,
        standard_errors=standard_errors,
        digits=digits,
    )
    level2 = "Level-2 Models" if len(model.coefficients) > 1 else "Level-2 Model"
    headings = {"level1": "Level-1 Model", "level2": level2, "full": "Full Model"}
    blocks = [Block(headings[part], getattr(scribe, part)()) for part in listed]
    return Equations(
        tuple(blocks),
        scribe,
        LatexWriter(scribe.letters, wrap, braces, colour),
        TextWriter(scribe.letters, wrap),
    )
