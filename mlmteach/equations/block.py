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

    # latex2mathml lines up `align*`, which is what `aligned` is within a formula; it would number
    # the lines of `align`, as JupyterLab does not
    plain = latex.replace("{aligned}", "{align*}").replace("{align}", "{align*}")
    return str(convert(plain, display="block"))


# --- what stands for what -----------------------------------------------------------------

_LEGEND = {
    "en": {
        "probability": "probability that {0} is {1}",
        "trials": "probability of a success in each of the trials",
        "mean": "expected value of {0}",
        "rate": "expected value of {0} for each unit of {1}",
        "linear predictor": "linear predictor, the sum on the right",
        "shape": "the variance of {0} is {1} + {1}²/shape",
        "shape rate": "with μ = {2} × {1}, the variance of {0} is μ + μ²/shape",
    },
    "de": {
        "probability": "Wahrscheinlichkeit, dass {0} gleich {1} ist",
        "trials": "Wahrscheinlichkeit eines Erfolgs in jedem der Versuche",
        "mean": "Erwartungswert von {0}",
        "rate": "Erwartungswert von {0} je Einheit von {1}",
        "linear predictor": "linearer Prädiktor, die Summe auf der rechten Seite",
        "shape": "die Varianz von {0} ist {1} + {1}²/shape",
        "shape rate": "mit μ = {2} × {1} ist die Varianz von {0} μ + μ²/shape",
    },
}
"""What is said of the symbols of outcomes that are not normal, by language."""


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
        """What the variables stand for, above all where they are letters; and π, λ and the like.

        Examples
        --------
        >>> from mlmteach import Model
        >>> model = Model("ticks ~ year", group="brood", family="negbin")
        >>> for entry in model.equations().legend[2:]:
        ...     print(f"{entry.text}: {entry.label}")
        λᵢⱼ: expected value of ticks
        shape: the variance of ticks is λᵢⱼ + λᵢⱼ²/shape
        """
        variables = [
            LegendEntry(self.latex_writer.node(v), self.text_writer.node(v), name, label)
            for v, name, label in self.scribe.lexicon.entries
        ]
        return (*variables, *self._of_the_distribution())

    def _of_the_distribution(self) -> Iterator[LegendEntry]:
        """The symbols that an outcome has which is not normal."""
        scribe, words = self.scribe, _LEGEND[self.scribe.language]
        family = scribe.model.family
        if family.is_normal:
            return
        name = scribe.lexicon.word(scribe.model.outcome.expression)
        mean = self.text_writer.node(scribe.expected)
        rate = bool(family.exposure and scribe.notation.linear_predictor)
        if family.is_binomial:
            event = 1 if family.event is None else family.event
            label = words["trials" if family.trials else "probability"].format(name, event)
        else:
            label = words["rate" if rate else "mean"].format(name, family.exposure)
        yield LegendEntry(self.latex_writer.node(scribe.expected), mean, "", label)
        if scribe.notation.linear_predictor:
            eta = scribe.linear_predictor
            written = self.latex_writer.node(eta), self.text_writer.node(eta)
            yield LegendEntry(*written, "", words["linear predictor"])
        if family.name == "negbin":
            label = words["shape rate" if rate else "shape"].format(name, mean, family.exposure)
            written = self.latex_writer.sum((scribe.shape,)), self.text_writer.sum((scribe.shape,))
            yield LegendEntry(*written, "", label)

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
