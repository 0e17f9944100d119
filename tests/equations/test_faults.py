"""Eleven faults of other programs that write equations of multilevel models."""

import re
from itertools import combinations

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.model.notation import as_notation


def full_text(model: mlm.Model, **options: object) -> str:
    return str(model.equations(parts=("full",), **options))


def estimates(
    model: mlm.Model, values: dict[str, float], bse: dict[str, float] | None = None
) -> mlm.Estimates:
    """γ as given and 1 otherwise, T the identity, σ² = 39.15."""
    names = [gamma.name for gamma in model.gammas]
    random = [c.term.name for c in model.random]
    identity = [[float(i == k) for k in random] for i in random]
    return mlm.Estimates(
        params=pd.Series({name: values.get(name, 1.0) for name in names}),
        bse=None if bse is None else pd.Series({name: bse.get(name, 0.1) for name in names}),
        cov_re=pd.DataFrame(identity, index=random, columns=random),
        scale=39.15,
    )


def test_fault_1_names_that_contain_each_other() -> None:
    model = mlm.Model.from_formula("mathach ~ ses * meanses + (ses | school)", level2=["meanses"])
    assert full_text(model) == (
        "mathachᵢⱼ = γ₀₀ + γ₀₁ meansesⱼ + γ₁₀ sesᵢⱼ + γ₁₁ meansesⱼ × sesᵢⱼ + U₀ⱼ + U₁ⱼ sesᵢⱼ + εᵢⱼ"
    )


def test_fault_2_a_name_within_a_name_is_no_index_and_does_not_vary() -> None:
    model = mlm.Model.from_formula(
        "mathach ~ ses + cses2 + cses + meanses:cses + (cses | school)", level2=["meanses"]
    )
    assert [c.term.name for c in model.random] == ["Intercept", "cses"]
    assert str(model.level2).split("\n")[1:] == [
        "β₁ⱼ = γ₁₀",
        "β₂ⱼ = γ₂₀",
        "β₃ⱼ = γ₃₀ + γ₃₁ meansesⱼ + U₃ⱼ",
    ]
    assert r"\text{cses}_{ij}" in model.level1.latex
    assert "_{meanses}" not in model.equations().latex


def test_fault_3_indices_of_ten_and_more_are_parted() -> None:
    names = [f"x{i}" for i in range(1, 12)]
    model = mlm.Model(
        f"y ~ {' + '.join(names)}", group="g", level2={"x10": "z + w + U", "x11": "z + U"}
    )
    latex = model.level2.latex
    for index in ("10,0", "10,1", "10,2", "11,0", "11,1"):
        assert rf"\gamma_{{{index}}}" in latex
    assert r"\beta_{10,j}" in latex
    assert "U_{11,j}" in latex
    assert r"\gamma_{11}" not in latex  # β_1j has no level-2 predictor
    assert r"\tau_{10,11}" in model.equations(distributions=True).latex


def test_fault_4_a_transformed_outcome_shows_its_function() -> None:
    model = mlm.Model("log(y) ~ x", group="g")
    assert model.level1.latex.count(r"\log(\text{y}_{ij}) &=") == 1
    assert str(model.equations(show="symbols", parts=("level1",))).startswith("log(yᵢⱼ) =")


def test_fault_5_estimates_include_the_variances() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    shown = model.equations(estimates=estimates(model, {}), distributions=True)
    assert r"\varepsilon_{ij} &\sim N(0,\ 39.15)" in shown.latex
    assert r"\sigma" not in shown.latex
    assert r"\tau" not in shown.latex


def test_fault_6_estimates_stay_at_the_level_they_belong_to() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "z + U"})
    shown = model.equations(estimates=estimates(model, {"Intercept": 7.0}))
    level1, level2, full = (str(part) for part in shown)
    assert level1 == "yᵢⱼ = β₀ⱼ + β₁ⱼ xᵢⱼ + εᵢⱼ"
    assert level2.split("\n") == ["β₀ⱼ = 7.00 + U₀ⱼ", "β₁ⱼ = 1.00 + 1.00 zⱼ + U₁ⱼ"]
    assert full == "yᵢⱼ = 7.00 + 1.00 xᵢⱼ + 1.00 zⱼ × xᵢⱼ + U₀ⱼ + U₁ⱼ xᵢⱼ + εᵢⱼ"


def test_fault_7_the_covariance_matrix_holds_variances_and_covariances() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    symbols = model.equations(distributions=True).latex
    assert (
        r"\begin{pmatrix} \tau_{0}^2 & \tau_{01} \\ \tau_{01} & \tau_{1}^2 \end{pmatrix}" in symbols
    )
    assert r"\rho" not in symbols
    random = ["Intercept", "x"]
    known = mlm.Estimates(
        params=pd.Series({"Intercept": 1.0, "x": 2.0}),
        cov_re=pd.DataFrame([[9.0, -3.0], [-3.0, 4.0]], index=random, columns=random),
        scale=1.0,
    )
    numbers = model.equations(estimates=known, distributions=True).latex
    assert r"\begin{pmatrix} 9.00 & -3.00 \\ -3.00 & 4.00 \end{pmatrix}" in numbers


def test_fault_8_a_cross_level_term_belongs_to_its_slope_without_a_u_too() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z"})
    assert str(model.level2).split("\n") == ["β₀ⱼ = γ₀₀ + γ₀₁ zⱼ + U₀ⱼ", "β₁ⱼ = γ₁₀ + γ₁₁ zⱼ"]


@pytest.mark.parametrize("notation", PRESETS)
def test_fault_9_no_row_breaks_inside_brackets_that_grow(notation: str) -> None:
    model = mlm.Model("y ~ a + b + c", group="g", level2={"a": "z + w + U", "b": "U"})
    for formula in model.equations(notation=notation, wrap=1, distributions=True).formulas:
        outside = re.sub(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}", "M", formula)
        for row in outside.split("\\\\\n"):
            assert row.count(r"\left(") == row.count(r"\right)")


@pytest.mark.parametrize("notation", PRESETS)
def test_fault_10_no_symbol_stands_for_two_parameters(notation: str) -> None:
    slopes = [f"x{i}" for i in range(1, 13)]
    model = mlm.Model(
        f"y ~ {' + '.join(slopes)}",
        group="g",
        level2=dict.fromkeys(["intercept", *slopes], "z1 + z2 + U"),
    )
    convention = as_notation(notation).for_slopes(len(slopes))
    glyphs = [convention.glyph("gamma", q=g.q, s=g.s) for g in model.gammas]
    glyphs += [convention.glyph("residual_variance")]
    count = len(model.random)
    for q in range(count):
        glyphs += [convention.glyph(kind, q=q) for kind in ("beta", "effect", "variance")]
        mixed = "correlation" if convention.correlation else "covariance"
        glyphs += [convention.glyph(mixed, q=q, r=r) for r in range(q + 1, count)]
    assert len(set(glyphs)) == len(glyphs)
    legend = [entry.latex for entry in model.equations(notation=notation, show="symbols").legend]
    assert len(set(legend)) == len(legend) == 1 + 12 + 2


@pytest.mark.parametrize("count", [1, 11])
@pytest.mark.parametrize("group", ["b/a", "b * a"])
@pytest.mark.parametrize("notation", PRESETS)
def test_fault_10_with_two_groupings(notation: str, group: str, count: int) -> None:
    slopes = [f"x{i}" for i in range(1, count + 1)]
    keys = ["intercept", *slopes]
    products = ["z", *(f"z:{slope}" for slope in slopes)] if "/" in group else []
    model = mlm.Model(
        f"y ~ {' + '.join(slopes)}",
        group=group,
        level2=dict.fromkeys(keys, "z + U"),
        level3=dict.fromkeys([*keys, *products], "w + V"),
    )
    convention = as_notation(notation).for_model(model)
    equations = (model.level1_equation, *model.level2_equations, *model.level3_equations)
    symbols = {product.symbol for equation in equations for product in equation.right}
    glyphs = [convention.of(symbol, level=2) for symbol in symbols]
    glyphs += [convention.glyph("residual_variance")]
    for prefix, effects in [
        ("", [(c.index, 0) for c in model.random]),
        ("upper_", [(e.q, e.s or 0) for e in model.upper_random]),
    ]:
        glyphs += [convention.glyph(f"{prefix}variance", q=q, s=s) for q, s in effects]
        mixed = prefix + ("correlation" if convention.correlation else "covariance")
        pairs = combinations(effects, 2)
        glyphs += [convention.glyph(mixed, q=q, s=s, r=r, t=t) for (q, s), (r, t) in pairs]
    assert len(set(glyphs)) == len(glyphs)


def test_fault_11_trailing_zeros_stay_and_signs_fold() -> None:
    model = mlm.Model("y ~ a + b + c", group="g")
    values = {"Intercept": -2.1, "a": -0.3, "b": -0.001, "c": 2.1}
    known = estimates(model, values, bse={"Intercept": 0.15, "a": 0.11, "b": 0.5, "c": 0.2})
    assert full_text(model, estimates=known) == (
        "yᵢⱼ = −2.10 − 0.30 aᵢⱼ + 0.00 bᵢⱼ + 2.10 cᵢⱼ + U₀ⱼ + εᵢⱼ"
    )
    latex = model.equations(estimates=known).latex
    assert not re.search(r"[+-] -|-0\.00\b", latex)
