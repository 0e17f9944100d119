"""Equations as people write them: HLM's lines, plain text, LaTeX from slides and books."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import MlmteachError
from tests.model.reading import slides
from tests.model.reading.reader import caught, read

NULL = Model("mathach ~ 1", group="school")
COVARIATES = Model("mathach ~ ses + minority + female", group="school")
CROSS = Model("mathach ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"})


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    return mlm.load("hsb")


@pytest.mark.parametrize(
    "text",
    [
        # HLM's own lines, with its headings
        """Level-1 Model

             mathach = b0 + b1*ses + r

           Level-2 Model

             b0 = g00 + g01*size + u0
             b1 = g10 + g11*size + u1""",
        """Level-1 Model
             mathach_ij = β0j + β1j*(ses_ij) + rij
           Level-2 Model
             β0j = γ00 + γ01*(size_j) + u0j
             β1j = γ10 + γ11*(size_j) + u1j""",
        # HLM 6, without Greek letters
        """mathach = B0 + B1*(ses) + R
           B0 = G00 + G01*(size) + U0
           B1 = G10 + G11*(size) + U1""",
        # names of letters
        """mathach_ij = beta_0j + beta_1j ses_ij + eps_ij
           beta_0j = gamma_00 + gamma_01 size_j + U_0j
           beta_1j = gamma_10 + gamma_11 size_j + U_1j""",
        # Unicode
        """mathachᵢⱼ = β₀ⱼ + β₁ⱼ·sesᵢⱼ + εᵢⱼ
           β₀ⱼ = γ₀₀ + γ₀₁·sizeⱼ + U₀ⱼ
           β₁ⱼ = γ₁₀ + γ₁₁·sizeⱼ + U₁ⱼ""",
        # the full equation alone; the mixed model with HLM's letters
        "mathach_ij = g00 + g01 size_j + g10 ses_ij + g11 size_j ses_ij + u0j + u1j ses_ij + rij",
        "mathach = g00 + g01*size + g10*ses + g11*size*ses + u0 + u1*ses + r",
        "mathach = g00 + g10*ses + g01*size + g11*ses:size + u1*ses + u0 + e",
        # the step before expanding: brackets are multiplied out
        "mathach_ij = (γ_00 + γ_01 size_j + U_0j) + (γ_10 + γ_11 size_j + U_1j) ses_ij + ε_ij",
        # one line, bullets, a sentence's end
        "mathach = b0 + b1*ses + r; b0 = g00 + g01*size + u0; b1 = g10 + g11*size + u1.",
        """1. mathach = b0 + b1*ses + r
           2. b0 = g00 + g01*size + u0, and
           3. b1 = g10 + g11*size + u1""",
        # a line that goes on
        """mathach = b0
             + b1*ses + r
           b0 = g00 +
             g01*size + u0
           b1 = g10 + g11
             * size + u1""",
        # LaTeX by hand, several commands of which mean nothing here
        r"""$$
        \begin{aligned}
        \mathrm{mathach}_{ij} &= \beta_{0j} + \beta_{1j}\,\mathit{ses}_{ij} + e_{ij}, \\[4pt]
        \beta_{0j} &= \gamma_{00} + \gamma_{01}\cdot\text{size}_j + u_{0j}, \\
        \beta_{1j} &= \gamma_{10} + \gamma_{11}\;\text{size}_j + u_{1j}.
        \end{aligned}
        $$""",
        r"""\[ mathach_{ij} = \gamma_{00} + \gamma_{01} size_j
              + \left( \gamma_{10} + \gamma_{11} size_j + U_{1j} \right) ses_{ij}
              + U_{0j} + R_{ij} \]""",
        r"""\begin{align*}
        \text{Level 1:}\quad & \text{mathach}_{ij} = \beta_{0j} + \beta_{1j}\text{ses}_{ij}
            + \epsilon_{ij} \notag \\
        \text{Level 2:}\quad & \beta_{0j} = \gamma_{00} + \gamma_{01}\text{size}_{j} + \mu_{0j} \\
        & \beta_{1j} = \gamma_{10} + \gamma_{11}\text{size}_{j} + \mu_{1j}
        \end{align*}""",
        # Gelman & Hill
        r"""\begin{aligned}
        \text{mathach}_i &\sim N\left(\alpha_{j[i]} + \beta_{j[i]}\,\text{ses}_i,
            \sigma_y^2\right) \\
        \begin{pmatrix} \alpha_j \\ \beta_j \end{pmatrix} &\sim N\left(
            \begin{pmatrix} \gamma_0^{\alpha} + \gamma_1^{\alpha}\,\text{size}_j \\
                \gamma_0^{\beta} + \gamma_1^{\beta}\,\text{size}_j \end{pmatrix},
            \begin{pmatrix} \sigma_\alpha^2 & \rho\sigma_\alpha\sigma_\beta \\
                \rho\sigma_\alpha\sigma_\beta & \sigma_\beta^2 \end{pmatrix}\right)
        \end{aligned}""",
    ],
)
def test_a_cross_level_model_in_many_hands(text: str) -> None:
    assert read(text) == CROSS


@pytest.mark.parametrize(("text", "model"), [(slides.NULL, NULL), (slides.LEVEL1, COVARIATES)])
def test_the_slides(hsb: pd.DataFrame, text: str, model: Model) -> None:
    assert read(text, data=hsb) == model


def test_what_hlm_prints(hsb: pd.DataFrame) -> None:
    text = """Level-1 Model
        MATHACHij = β0j + β1j*(SESij) + rij
    Level-2 Model
        β0j = γ00 + γ01*(SIZEj) + u0j
        β1j = γ10 + γ11*(SIZEj) + u1j
    Mixed Model
        MATHACHij = γ00 + γ01*SIZEj + γ10*SESij + γ11*SIZEj*SESij
        + u0j + u1j*SESij + rij"""
    assert read(text, data=hsb) == CROSS


def test_data_and_lists_tell_the_levels(hsb: pd.DataFrame) -> None:
    text = "mathach = 12.1 + 0.3*size + 2.2*ses + u0 + u1*ses + 0.1*size*ses + e"
    assert read(text, data=hsb) == CROSS
    assert read(text, level2=["size"]) == CROSS


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text(text: str) -> None:
    assert "no equation to read" in caught(text).problem


def test_a_variable_at_the_wrong_level_is_refused_by_the_data() -> None:
    hsb = mlm.load("hsb")
    text = "mathach = b0 + b1*size + r\nb0 = g00 + u0\nb1 = g10"
    with pytest.raises(MlmteachError, match="one value in each 'school'"):
        Model.from_equations(text, group="school", data=hsb)


PIECES = (
    "y_ij", "=", "~", "b0", "b1", "g00", "γ_10", "γ", "β_1j", "U_0j", "u1", "e_ij", "+", "-", "*",
    ":", "/", "^", "_", "(", ")", "{", "}", "[", "]", "2", "0.5", "x_ij", "log(", r"\frac", "\n",
    r"\text{x}", r"\\", "&", r"\begin{pmatrix}", r"\end{pmatrix}", r"\overline{x}", ",", "²", "ⱼ",
    "N(", r"\underbrace{", "⎡", "⎤", "'", "`", " ", "x", "I(", ";", "$", "\\", r"\sqrt", "Level 1:",
)  # fmt: skip


def sound(text: str, **options: object) -> bool:
    """Tell whether a text is read; what is read reads back, what is refused has a remedy.

    An error other than our own goes through.
    """
    try:
        model = read(text, **options)
    except MlmteachError as refused:
        error = refused
    else:
        assert read(model.equations(distributions=True).latex, **options) == model
        return True
    assert error.problem.startswith(("Line ", "There is no equation"))
    assert error.remedy.endswith((".", "?"))
    return False


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_nonsense_is_refused_in_our_words(text: str) -> None:
    sound(text)


@given(st.data())
def test_damaged_equations_are_refused_or_read_as_what_they_say(data: st.DataObject) -> None:
    names = {name: {} for name in ("mathach", "SES", "minority", "female")}
    text = slides.LEVEL1
    at = data.draw(st.integers(0, len(text)))
    size = data.draw(st.integers(0, 6))
    damaged = text[:at] + data.draw(st.sampled_from(("", *PIECES))) + text[at + size :]
    assert sound(text, codebook=names)
    sound(damaged, codebook=names)
