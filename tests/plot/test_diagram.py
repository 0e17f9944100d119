"""The diagram of a model names every symbol once."""

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.plot import Figure
from tests.fit.families import fit_of


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.canvas.axes[0].texts if text.get_text()]


def test_every_symbol_stands_in_it_once(full: Fit) -> None:
    shown = words(mlm.plot.diagram(full))
    expected = ["β₀ⱼ", "β₁ⱼ", "β₂ⱼ", "β₃ⱼ", "γ₀₀", "γ₀₁", "γ₀₂", "γ₁₀", "γ₁₁", "γ₂₀", "γ₃₀"]
    for symbol in [*expected, "U₀ⱼ", "U₁ⱼ", "εᵢⱼ"]:
        assert shown.count(symbol) == 1, symbol
    assert "U₂ⱼ" not in shown
    assert "Level 2: schools" in shown


def test_every_gamma_and_u_has_an_arrow(full: Fit) -> None:
    axes = mlm.plot.diagram(full).canvas.axes[0]
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 7 + 2 + 4 + 1  # γ, U, β, ε


def test_a_model_needs_no_data() -> None:
    model = mlm.Model("y ~ 0 + x", group="g", level2={"x": "0 + z + U"})
    figure = mlm.plot.diagram(model)
    assert "β₁ⱼ is made of γ₁₁ times z, U₁ⱼ" in figure.alt
    assert "1 of 1 coefficients" in figure.alt
    assert "Level 2: groups" in words(figure)


def test_a_yes_or_no_has_no_residual() -> None:
    figure = mlm.plot.diagram(fit_of("hsb"))
    assert "εᵢⱼ" not in words(figure)
    assert figure.alt.endswith("There is no ε.")
    assert "make up the logit of each unit's probability" in figure.caption
    assert (
        "logarithm of each unit's expected count"
        in mlm.plot.diagram(fit_of("counts_slope")).caption
    )


def test_three_levels_have_deltas_between_them() -> None:
    model = mlm.Model(
        "math ~ year",
        group="school/child",
        level2={"intercept": "female + U", "year": "U"},
        level3={"intercept": "size + V", "year": "V"},
    )
    figure = mlm.plot.diagram(model)
    shown = words(figure)
    symbols = [
        *("β₀ⱼₖ", "β₁ⱼₖ", "δ₀₀ₖ", "δ₀₁ₖ", "δ₁₀ₖ", "γ₀₀₀", "γ₀₀₁", "γ₀₁₀", "γ₁₀₀", "U₀ⱼₖ", "U₁ⱼₖ"),
        *("V₀₀ₖ", "V₁₀ₖ", "εᵢⱼₖ", "Level 3: school", "Level 2: child"),
        *("size$_{k}$", "female$_{jk}$", "year$_{ijk}$"),
    ]
    for symbol in symbols:
        assert shown.count(symbol) == 1, symbol
    assert "β₀ⱼₖ is made of δ₀₀ₖ, δ₀₁ₖ times female, U₀ⱼₖ" in figure.alt
    assert "δ₀₀ₖ is made of γ₀₀₀, γ₀₀₁ times size, V₀₀ₖ; δ₀₁ₖ is made of γ₀₁₀" in figure.alt
    assert figure.alt.endswith("2 of 2 coefficients of level 1 and 2 of 3 of level 2 are random.")
    arrows = [t for t in figure.canvas.axes[0].texts if getattr(t, "arrow_patch", None) is not None]
    assert len(arrows) == 4 + 3 + 2 + 2 + 2 + 1  # γ, δ, β, U, V, ε
    assert "the δ of the school that its child lies in" in figure.caption


def test_crossed_groupings_have_a_u_and_a_v_at_each_coefficient() -> None:
    model = mlm.Model(
        "attain ~ sex", group="primary * second", level3={"intercept": "roll + V", "sex": "V"}
    )
    figure = mlm.plot.diagram(model)
    shown = words(figure)
    for symbol in ["β₀ⱼₖ", "γ₀₁", "U₀ⱼ", "V₀ₖ", "V₁ₖ", "εᵢ₍ⱼₖ₎", "roll$_{k}$", "sex$_{i(jk)}$"]:
        assert shown.count(symbol) == 1, symbol
    assert "Level 2: primary and second" in shown
    assert "β₀ⱼₖ is made of γ₀₀, γ₀₁ times roll, U₀ⱼ, V₀ₖ" in figure.alt


def test_a_codebook_that_is_a_mapping_gives_symbols() -> None:
    model = mlm.Model("y ~ ses", group="g", codebook={"ses": {"symbol": "SES"}})
    assert "SES$_{ij}$" in words(mlm.plot.diagram(model))
