"""Equations to look at, to copy and to read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from mlmteach.display import bundle
from mlmteach.equations.latex import LatexWriter
from mlmteach.equations.lines import Scribe, step_blocks
from mlmteach.equations.nodes import Block
from mlmteach.equations.spoken import SpeechWriter
from mlmteach.equations.unicode import TextWriter

__all__ = ["Equations", "LegendEntry", "mathml"]


# --- LaTeX as MathML, which browsers and screen readers take without a script -------------


def mathml(latex: str) -> str:
    r"""Turn a formula into a ``<math>`` element.

    Parameters
    ----------
    latex : str
        One display formula without dollar signs, as in ``Equations.formulas``.

    Returns
    -------
    str

    Examples
    --------
    >>> mathml(r"\gamma_{00}")
    '<math ...display="block">...<mi>&#x003B3;</mi>...</math>'
    """
    from latex2mathml.converter import convert

    # latex2mathml lines up `align*`, which is what `aligned` is within a formula
    return str(convert(latex.replace("{aligned}", "{align*}"), display="block"))


# --- equations to look at, to copy and to read aloud --------------------------------------


@dataclass(frozen=True)
class LegendEntry:
    """What a variable of an equation stands for.

    Parameters
    ----------
    latex, text : str
        The variable with its indices.
    name : str
        Its column, with the category of a contrast.
    label : str
        The label of the codebook, or the name.
    """

    latex: str
    text: str
    name: str
    label: str


@dataclass(frozen=True, eq=False)
class Equations:
    """Equations of a model, in whatever form is asked for.

    In a notebook they typeset themselves; ``print`` shows them as Unicode text.  They are made by
    :func:`write`, :meth:`mlmteach.Model.equations` and :meth:`mlmteach.Fit.equations`.

    Parameters
    ----------
    blocks : tuple of Block
        The lines, as structure.
    scribe : Scribe
        What wrote them, and can write their steps.
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
        bodies = [self.text_writer.block(block) for block in self.blocks]
        if len(bodies) > 1:
            bodies = ["\n".join("  " + row for row in body.split("\n")) for body in bodies]
        return self._headed(bodies, "{}\n")

    @cached_property
    def spoken(self) -> str:
        """One sentence a line, as it is read out."""
        writer = SpeechWriter(self.scribe.language)
        return self._headed([writer.block(block) for block in self.blocks], "{}.\n")

    @property
    def mathml(self) -> str:
        """MathML, one ``<math>`` a block, for web pages without a typesetter."""
        return "\n".join(map(mathml, self.formulas))

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What the variables stand for, above all where they are letters."""
        return tuple(
            LegendEntry(self.latex_writer.node(v), self.text_writer.node(v), name, label)
            for v, name, label in self.scribe.lexicon.entries
        )

    def steps(self) -> Equations:
        """Show the way from the two levels to the full equation: substitute, expand, collect.

        Examples
        --------
        >>> from mlmteach import Model
        >>> steps = Model("mathach ~ ses", group="school", level2={"ses": "U"}).equations().steps()
        >>> for step in steps[1:]:
        ...     print(step)
        mathachᵢⱼ = (γ₀₀ + U₀ⱼ) + (γ₁₀ + U₁ⱼ) sesᵢⱼ + εᵢⱼ
        mathachᵢⱼ = γ₀₀ + U₀ⱼ + γ₁₀ sesᵢⱼ + U₁ⱼ sesᵢⱼ + εᵢⱼ
        mathachᵢⱼ = γ₀₀ + γ₁₀ sesᵢⱼ + U₀ⱼ + U₁ⱼ sesᵢⱼ + εᵢⱼ
        """
        return replace(self, blocks=step_blocks(self.scribe))

    def __getitem__(self, place: int | slice) -> Equations:
        """Give some of the blocks."""
        chosen = self.blocks[place]
        return replace(self, blocks=chosen if isinstance(chosen, tuple) else (chosen,))

    def __iter__(self) -> Iterator[Equations]:
        return (self[place] for place in range(len(self.blocks)))

    def __len__(self) -> int:
        return len(self.blocks)

    def _headed(self, bodies: list[str], heading: str) -> str:
        if len(bodies) == 1:
            return bodies[0]
        headings = [
            heading.format(block.heading) + (f"{block.note}\n" if block.note else "")
            for block in self.blocks
        ]
        pairs = zip(headings, bodies, strict=True)
        return "\n\n".join(above + body for above, body in pairs)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=self.text, markdown=self.markdown, latex=self.latex)
