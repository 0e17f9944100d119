"""What is rendered reads back as the same model, in every notation and every form."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlmteach import Model
from mlmteach.model.notation import PRESETS, Notation
from tests.strategies import CATEGORIES, LEVEL1, LEVEL2, models

NAMES = {name: {} for name in (*LEVEL1, *LEVEL2, *CATEGORIES, "outcome")}
"""The columns: in plain text, ``beta`` may be one of them or a symbol."""
PARTS = [("level1", "level2"), ("full",), ("level1", "level2", "full")]
CROSS = Model(
    "outcome ~ ses + minority",
    group="school",
    level2={"intercept": "size + sector + U", "ses": "size + U"},
)


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, object]:
    """Draw how equations are laid out."""
    return {
        "parts": draw(st.sampled_from(PARTS)),
        "braces": draw(st.booleans()),
        "wrap": draw(st.sampled_from([None, 1, 3])),
        "colour": draw(st.sampled_from([None, "role", "coefficient"])),
    }


@pytest.mark.parametrize("form", ["latex", "markdown", "text"])
@pytest.mark.parametrize("notation", PRESETS)
@given(model=models(), layout=layouts())
@example(model=CROSS, layout={"parts": ("full",), "braces": True})
@settings(max_examples=25)
def test_what_is_rendered_reads_back(
    notation: str, form: str, model: Model, layout: dict[str, object]
) -> None:
    equations = model.equations(notation=notation, show="names", distributions=True, **layout)
    text = getattr(equations, form)
    assert Model.from_equations(text, group="school", codebook=NAMES) == model


@given(model=models(functions=False))
@settings(max_examples=25)
def test_a_notation_of_ones_own_reads_back(model: Model) -> None:
    own = Notation(
        "own",
        intercept=r"\pi_{qj}",
        beta=r"\pi_{qj}",
        gamma0=r"\lambda_{qs}",
        gamma=r"\lambda_{qs}",
        effect0="v_{qj}",
        effect="v_{qj}",
        residual=r"\delta_{ij}",
    )
    text = model.equations(notation=own, distributions=True).latex
    assert Model.from_equations(text, group="school", notation=own, codebook=NAMES) == model


@given(model=models(contrasts=False, functions=False))
@settings(max_examples=25)
def test_the_levels_alone_and_the_full_equation_alone_agree(model: Model) -> None:
    levels = model.equations(parts=("level1", "level2"), distributions=True).text
    full = model.equations(parts=("full",), distributions=True).text
    read = [Model.from_equations(text, group="school", codebook=NAMES) for text in (levels, full)]
    assert read[0] == read[1]
