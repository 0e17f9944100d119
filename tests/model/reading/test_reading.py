"""Equations as people write them: HLM's lines, plain text, LaTeX from slides and books."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from tests.model.reading import slides

NULL = Model("mathach ~ 1", group="school")
COVARIATES = Model("mathach ~ ses + minority + female", group="school")
CROSS = Model("mathach ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"})


@pytest.fixture(scope="module")
def hsb() -> pd.DataFrame:
    return mlm.load("hsb")


def read(text: str, **options: object) -> Model:
    return Model.from_equations(text, group="school", **options)


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


def test_symbols_and_capitals_map_back_to_columns(hsb: pd.DataFrame) -> None:
    text = "MATHACH = b0 + b1*SES + r\nb0 = g00 + g01*Size + u0\nb1 = g10 + g11*size + u1"
    assert read(text, data=hsb) == CROSS
    assert read(text, codebook=hsb.attrs["codebook"]) == CROSS


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


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot j})", "center_within(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{j})", "center_within(ses)"),
        (r"(ses_{ij} - \bar{ses}_{.j})", "center_within(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}}_{\cdot\cdot})", "center(ses)"),
        (r"(\text{ses}_{ij} - \overline{\text{ses}})", "center(ses)"),
        (r"\frac{\text{ses}_{ij} - \overline{\text{ses}}}{s_{\text{ses}}}", "scale(ses)"),
        (r"\text{ses}_{ij}^{2}", "I(ses ** 2)"),
        ("ses_ij^2", "I(ses ** 2)"),
        ("ses_ij**2", "I(ses ** 2)"),
        ("sesᵢⱼ²", "I(ses ** 2)"),
        (r"\log(\text{ses}_{ij} + 3)", "log(ses + 3)"),
        (r"\log\left(\text{ses}_{ij}\right)", "log(ses)"),
        (r"\log_{2} (\text{ses}_{ij})", "log2(ses)"),
        (r"\ln(\text{ses}_{ij})", "log(ses)"),
        (r"\lvert \text{ses}_{ij} \rvert", "abs(ses)"),
        ("|ses_ij - 2|", "abs(ses - 2)"),
        ("√ses_ij", "sqrt(ses)"),
        ("(2 - ses_ij)", "I(2 - ses)"),
        ("(-ses_ij)", "I(-ses)"),
        ("(ses_ij * pos_ij)", "I(ses * pos)"),
        ("ses_ij * pos_ij", "ses:pos"),
        ("(ses_ij - mean(ses)_j)", "center_within(ses)"),
        ("ses_ij^-1", "I(ses ** (-1))"),
        ("ses_ij^{1/2}", "I(ses ** 0.5)"),
        ("2^{ses_ij}", "I(2 ** ses)"),
        ("`my ses`_ij", "`my ses`"),
        ("log(`50 %`_ij)", "log(`50 %`)"),
        ("`β`_ij", "β"),
        ("scale(ses, center=False)_ij", "scale(ses, center=False)"),
        ("log2(ses_ij)", "log2(ses)"),
        (r"\sqrt{\text{ses}_{ij}}", "sqrt(ses)"),
        ("√(sesᵢⱼ)", "sqrt(ses)"),
        (r"\frac{\text{ses}_{ij}}{10}", "I(ses / 10)"),
        ("(ses_ij / 10)", "I(ses / 10)"),
        ("(ses_ij - 1.5)", "I(ses - 1.5)"),
        ("poly(ses, 2)_ij", "poly(ses, 2)"),
        (r"\text{poly(ses, 2)}_{ij}", "poly(ses, 2)"),
        ("C(ses, Treatment('a'))_ij", "C(ses, Treatment('a'))"),
        ("center_within(ses)_ij", "center_within(ses)"),
        (r"\text{my\_ses}_{ij}", "my_ses"),
        (r"\text{my}\_\text{ses}_{ij}", "my_ses"),
        ("my_ses_ij", "my_ses"),
        (r"\text{sex: F}_{ij}", "sex"),
        ("sex[T.F]_ij", "sex"),
        ("sex[F]ᵢⱼ", "sex"),
    ],
)
def test_predictors(written: str, expression: str) -> None:
    model = read(f"y_ij = γ_00 + γ_10 {written} + U_0j + ε_ij")
    assert [c.term.formula for c in model.bare] == ["1", expression]


def test_a_group_mean_stands_at_level_2() -> None:
    text = r"""y_{ij} = \beta_{0j} + \beta_{1j}(x_{ij} - \overline{x}_{\cdot j}) + e_{ij}
               \beta_{0j} = \gamma_{00} + \gamma_{01}\overline{x}_{\cdot j} + u_{0j}
               \beta_{1j} = \gamma_{10}"""
    level2 = {"intercept": "group_mean(x) + U"}
    assert read(text) == Model("y ~ center_within(x)", group="school", level2=level2)


def test_categories_are_one_term_again() -> None:
    text = "y_ij = γ_00 + γ_10 track[b]_ij + γ_20 track[c]_ij + γ_01 region[n]_j + U_0j + ε_ij"
    level2 = {"intercept": "region + U"}
    assert read(text) == Model("y ~ track", group="school", level2=level2)


@pytest.mark.parametrize(
    ("lines", "covariance"),
    [
        ("", "unstructured"),
        ("\nU_0j ~ N(0, τ_0^2)\nU_1j ~ N(0, τ_1^2)", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [τ_0², 0; 0, τ_1²])", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [τ_0², τ_01; τ_01, τ_1²])", "unstructured"),
        ("\n⎡U_0j⎤ ∼ N⎛⎡0⎤, ⎡τ₀²    0⎤⎞\n⎣U_1j⎦    ⎝⎣0⎦  ⎣  0  τ₁²⎦⎠", "diagonal"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [1.20, -0.50; -0.50, 0.90])", "unstructured"),
        ("\n(U_0j, U_1j) ~ N((0, 0), [1.20, 0; 0, 0.90])", "diagonal"),
        ("\nε_ij ~ N(0, σ^2)", "unstructured"),
    ],
)
def test_zeros_in_the_matrix_part_the_effects(lines: str, covariance: str) -> None:
    full = "y_ij = γ_00 + γ_10 x_ij + U_0j + U_1j x_ij + ε_ij"
    assert read(full + lines).covariance == covariance


def test_blocks() -> None:
    text = """y_ij = γ_00 + γ_10 x_ij + γ_20 w_ij + U_0j + U_1j x_ij + U_2j w_ij + ε_ij
              (U_0j, U_2j) ~ N((0, 0), [τ_0^2, τ_02; τ_02, τ_2^2])
              U_1j ~ N(0, τ_1^2)"""
    assert read(text).covariance == (("Intercept", "w"), ("x",))


def test_the_numbers_decide_the_order() -> None:
    text = "y = b0 + b2*x + b1*w + r\nb0 = g00 + g02*z + g01*v + u0\nb1 = g10\nb2 = g20"
    assert read(text) == Model("y ~ w + x", group="school", level2={"intercept": "v + z + U"})


def test_indices_from_ten_on_need_a_comma() -> None:
    slopes = " + ".join(f"γ_{{{q},0}} x{q}_ij" for q in range(1, 12))
    model = read(f"y_ij = γ_00 + {slopes} + γ_{{10,1}} z_j x10_ij + U_0j + ε_ij")
    assert [g.name for g in model.gammas if g.q == 10] == ["x10", "z:x10"]


def test_columns_that_look_like_symbols() -> None:
    frame = pd.DataFrame({"y": [1.0], "b1": [2.0], "u": [3.0], "school": [1]})
    model = read(r"y_{ij} = \gamma_{00} + \gamma_{10}\text{u}_{ij} + \gamma_{20} \text{b1}_{ij}"
                 r" + U_{0j} + e_{ij}")  # fmt: skip
    assert [c.term.formula for c in model.bare] == ["1", "u", "b1"]
    text = "y = b0 + b2*b1 + e\nb0 = g00 + u0\nb2 = g20"
    model = read(text, codebook={name: {} for name in frame})
    assert [c.term.formula for c in model.bare] == ["1", "b1"]
