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
