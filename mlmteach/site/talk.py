"""A whole lecture on a model of one's own: from sampling in stages to the full model, as slides.

The talk goes up the ladder to a model: the null model, level-1 predictors, random slopes, level-2
predictors.  Each step has the equations in general, what they assume, the equations for the data,
a list of the symbols with a sentence each, the fit, what it says, and the same in R and Stata.
Everything but the introduction is asked of the model.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mlmteach import plot
from mlmteach.api import Fit, GeneralizedFit, Model
from mlmteach.comparison import compare
from mlmteach.display import escaped
from mlmteach.errors import MlmteachError, MlmteachWarning, ModelError
from mlmteach.model.formula import join
from mlmteach.site.deck import Slide, filled, packed, parted, weight
from mlmteach.site.markup import blocks, formula, to_html

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.equations import Equations
    from mlmteach.interpret.interpretation import Row

__all__ = ["Step", "ladder_to", "talk"]

PROGRAMS = {"R": ("lme4", "r"), "Stata": ("stata", "text")}


NULL, LEVEL1, SLOPES = "The null model", "Level-1 predictors", "Random slopes"
LEVEL2, UPPER = "Level-2 predictors", "The upper levels"
_SAYS = {
    NULL: "It has no predictors. It splits the variation into a part between groups and a part "
    "within them.",
    LEVEL1: "A predictor that differs within groups. Its slope is the same in all groups.",
    SLOPES: "The relationship with a predictor differs between groups: its slope has a mean and a "
    "departure of each group.",
    UPPER: "Coefficients may differ between the groups of either grouping, and go with their "
    "properties.",
}


@dataclass(frozen=True)
class Step:
    """A model of the ladder, and what the talk says of its kind.

    Parameters
    ----------
    title : str
        Such as "Random slopes".
    says : str
        What is new in it, as Markdown.
    general : Model or None
        The model of its kind with the letters y, x and z, where it has one.
    model : Model
        That for the data.
    """

    title: str
    says: str
    general: Model | None
    model: Model


def ladder_to(model: Model) -> tuple[Step, ...]:
    """List the models that lead to a model, each with what its kind is called.

    Parameters
    ----------
    model : Model
        Of two levels, of three, or of crossed groupings.

    Returns
    -------
    tuple of Step
        From the null model up; what the model does not have is left out.

    Examples
    --------
    >>> model = Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "U"})
    >>> [step.title for step in ladder_to(model)]
    ['The null model', 'Level-1 predictors', 'Random slopes', 'Level-2 predictors']
    """
    outcome, terms = model.outcome.formula, [c.term for c in model.bare if c.term]
    options: dict[str, Any] = {**model.family.arguments, "group": model.grouping.formula}
    several = model.group3 is not None
    letters = {"single": "g", "nested": "k/j", "crossed": "j * k"}[model.grouping.design]
    options |= {"codebook": model.codebook, "sigma2": model.sigma2, "precision": model.precision}
    level1 = f"{outcome} ~ {join(c.term for c in model.bare)}"
    slopes = {
        c.key: "1 + U" if c.predictors else "0 + U" for c in model.bare if c.random and c.term
    }
    bare_intercept = any(not c.term and not c.random for c in model.bare)  # one without a U
    if slopes and bare_intercept:
        slopes["intercept"] = "1"
    upper = any(term for c in model.bare for term in c.predictors)
    crossed = any(term for c in model.bare if c.term for term in c.predictors)
    starts = any(not c.term for c in model.bare)  # with an intercept
    # the equations in general: of level 1, of the intercept and of x
    within = "y ~ x" if starts else "y ~ 0 + x"
    above = "z" if bare_intercept else "z + U"
    slope = " + ".join(["z"] * crossed + ["U"] * bool(slopes))
    family = {k: v for k, v in model.family.arguments.items() if k in ("family", "link")}

    def like(formula: str, **level2: str) -> Model:
        return Model(formula, group=letters, level2=level2, **family)

    def step(title: str, general: Model | None, own: Model) -> Step:
        return Step(title, _SAYS[title], general, own)

    steps = [step(NULL, like("y ~ 1"), Model(f"{outcome} ~ 1", **options))]
    if terms and starts:
        steps.append(step(LEVEL1, like("y ~ x"), Model(level1, **options)))
    if several:
        steps.append(step(UPPER, None, model))
    elif slopes:
        general = like(within, x="U", **({"intercept": "1"} if bare_intercept else {}))
        own = Model(level1, level2=slopes, covariance=model.covariance, **options)
        steps.append(step(SLOPES, general, own))
    if upper and not several:
        level2 = ({"intercept": above} if starts else {}) | ({"x": slope} if slope else {})
        general = like(within, **level2) if terms else like("y ~ 1", intercept="z + U")
        says = "Properties of the groups go with the intercepts."
        if crossed:
            says = (
                "Properties of the groups go with the intercepts and with the slopes. In the "
                "equation of a slope they make a cross-level interaction."
            )
        steps.append(Step(LEVEL2, says, general, model))
    return steps[0], *(s for below, s in pairwise(steps) if s.model != below.model)


def talk(data: pd.DataFrame, model: Model, *, title: str = "") -> tuple[Slide, ...]:
    """Write the talk for a data set and a model.

    Parameters
    ----------
    data : pandas.DataFrame
    model : Model
        The last model of the talk, read with the data.
    title : str
        Of the first slide; made from the data when left out.

    Returns
    -------
    tuple of Slide
    """
    return tuple(_Talk(data, model, title).slides())


_INTRODUCTION = {
    "Sampling in stages": (
        "- Ordinary regression takes the rows for a simple random sample.\n"
        "- Samples are often drawn in stages: groups first, units within them second.\n"
        "- Students in schools, respondents in countries, patients in hospitals, days of persons.\n"
        "- Here: {units} in {groups}."
    ),
    "Ordinary regression on such data": (
        "- Units of one group are more alike than units of different groups.\n"
        "- The standard errors are wrong, mostly too small.\n"
        "- The model leaves out what groups have in common, and coefficients can be biased by it."
    ),
    "Another way": (
        "- Model the variation within groups and between groups at the same time.\n"
        "- Take both as random variation, each with a variance of its own.\n"
        "- Coefficients may then differ from group to group: they are *random coefficients*."
    ),
    "The multilevel model": (
        "- Its parameters vary at more than one level, and it has more than one error term.\n"
        "- What varies can be the intercept (*random intercept*) or a slope (*random slope*).\n"
        "- A **fixed** coefficient is one unknown number. It is estimated.\n"
        "- A **random** coefficient differs from group to group, as if drawn from a distribution. "
        "Its variance is estimated, its values are predicted."
    ),
}


class _Talk:
    def __init__(self, data: pd.DataFrame, model: Model, title: str) -> None:
        self.data = data
        self.model = model
        book = model.codebook
        self.units = "units" if book is None else book.level1.plural
        self.groups = f"groups ({model.group})" if book is None else book.level2.plural
        self.units, self.groups = escaped(self.units), escaped(self.groups)
        self.title = escaped(title) or f"Multilevel models of {self._label(model.outcome.name)}"

    def _label(self, name: str) -> str:
        book = self.model.codebook
        return escaped(book[name].label if book is not None and name in book else name)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Those that the data allow.

        A condition of items may have a slope between subjects, and has no place without it.
        """
        return tuple(step for step in ladder_to(self.model) if self._is_possible(step.model))

    def _is_possible(self, model: Model) -> bool:
        try:
            model.bind(self.data)
        except ModelError:
            return False
        return True

    def slides(self) -> Iterator[Slide]:
        groups = self.data[self.model.group].nunique()
        count = f"{len(self.data):,} {self.units} in {groups:,} {self.groups}"
        if self.model.group3 is not None:
            grouped = escaped(self.model.grouping.formula)
            count = f"{len(self.data):,} {self.units}, grouped by {grouped}"
        yield Slide(self.title, to_html(count), opening=True)
        for title, text in _INTRODUCTION.items():
            yield Slide(title, to_html(text.format(units=self.units, groups=self.groups)))
        fits = []
        for step in self.steps:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in the notes
                fit = step.model.fit(self.data)
            fits.append(fit)
            yield from self._step(replace(step, model=fit.model), fit)  # which has met the data
        if len(fits) > 1:
            yield from self._compared(fits)

    def _step(self, step: Step, fit: Fit | GeneralizedFit) -> Iterator[Slide]:
        yield Slide(step.title, to_html(step.says), opening=True)
        if step.general is not None:
            general = step.general.equations()
            yield from _equations(f"{step.title}, in general", general, letters=True)
        yield from _listed(
            f"{step.title}: assumptions",
            [
                f"{n}. {escaped(a.text)}"
                for n, a in enumerate(step.model.assumptions().rows, start=1)
            ],
        )
        goes = self._goal(step.model)
        title = f"{step.title}: {self._label(self.model.outcome.name)}"
        yield from _equations(title, step.model.equations(), goal=goes)
        yield from _symbols(f"{step.title}: the symbols", step.model.interpret().rows)
        yield from _tables(f"{step.title}: the fit", fit.summary().markdown)
        yield from _said(f"{step.title}: what the numbers say", fit.interpret().rows)
        yield from self._pictures(step, fit)
        for name, (program, language) in PROGRAMS.items():
            source = f"```{language}\n{step.model.code(program)}\n```"
            for body, _ in packed([("fence", source)]):
                yield Slide(f"{step.title} in {name}", body)

    def _goal(self, model: Model) -> str:
        outcome = self._label(model.outcome.name)
        names = dict.fromkeys(
            name for c in model.bare for term in (c.term, *c.predictors) for name in term.variables
        )
        if not names:
            return f"How much of the variation of {outcome} lies between {self.groups}?"
        *first, last = map(self._label, names)
        return f"With what does {outcome} go: {', '.join(first) + ' and ' if first else ''}{last}?"

    def _pictures(self, step: Step, fit: Any) -> Iterator[Slide]:
        """A figure that belongs to the step, where there is one for such a model."""
        slopes = [c for c in step.model.random if c.term]
        crossed = [g.name for g in step.model.gammas if ":" in g.name and g.q and g.s]
        try:
            if step.title == NULL:
                made = plot.caterpillar(fit)
            elif step.title == SLOPES and slopes:
                made = plot.group_lines(fit, slopes[0].term.name)
            elif crossed:
                made = plot.cross_level(fit, crossed[0])
            else:
                return
        except MlmteachError:  # not every model has such a figure
            return
        yield Slide(f"{step.title}: a picture", made.html, made.alt)

    def _compared(self, fits: list[Any]) -> Iterator[Slide]:
        try:
            table = compare(*fits, names=[step.title for step in self.steps])
        except MlmteachError:
            return
        yield from _tables("The models side by side", table.markdown)


# --- what slides show of a model -----------------------------------------------------------


def _equations(
    title: str, equations: Equations, *, goal: str = "", letters: bool = False
) -> Iterator[Slide]:
    formulas = list(equations.formulas)
    if letters:  # y and not "y" in upright letters
        formulas = [re.sub(r"\\text\{([a-z])\}", r"\1", one) for one in formulas]
    pieces = [(to_html(f"*{goal}*"), weight("paragraph", goal))] if goal else []
    for block, one in zip(equations.blocks, formulas, strict=True):
        shown = f'<p><strong>{block.heading}</strong></p><div class="formula">{formula(one)}</div>'
        pieces.append((shown, weight("math_block", one) + 1.4))
    for held, _ in filled(pieces):
        yield Slide(title, "".join(held))


def _tables(title: str, markdown: str) -> Iterator[Slide]:
    """Show the tables; what stands around them is said."""
    found = list(blocks(markdown))
    notes = "".join(to_html(source) for kind, source in found if kind != "table")
    for body, _ in packed(block for block in found if block[0] == "table"):
        yield Slide(title, body, notes)
        notes = ""


def _listed(title: str, items: list[str]) -> Iterator[Slide]:
    for part in parted("ordered_list", "\n".join(items)):
        yield Slide(title, to_html(part))


def _symbols(title: str, rows: tuple[Row, ...]) -> Iterator[Slide]:
    shown = [row for row in rows if row.role != "group"]
    yield from _pairs(title, [(row.latex, row.short, row.told.full) for row in shown])


def _said(title: str, rows: tuple[Row, ...]) -> Iterator[Slide]:
    shown = [row for row in rows if row.role not in ("group", "U", "V")]
    yield from _pairs(title, [(row.latex, row.told.lead, row.told.full) for row in shown])


def _pairs(title: str, entries: list[tuple[str, str, str]]) -> Iterator[Slide]:
    for held, _ in filled((entry, weight("paragraph", entry[1]) + 0.2) for entry in entries):
        yield _defined(title, held)


def _defined(title: str, entries: list[tuple[str, str, str]]) -> Slide:
    items = "".join(
        f"<dt>{formula(latex, display=False)}</dt><dd>{to_html(escaped(text))}</dd>"
        for latex, text, _ in entries
    )
    notes = "".join(to_html(escaped(full)) for _, _, full in entries)
    return Slide(title, f'<dl class="symbols">{items}</dl>', notes)
