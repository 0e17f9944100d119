"""The equations as structure: the slides' cross-level model, and substitution as a law."""

import numpy as np
import pytest

from mlmteach import Model
from mlmteach.model.symbols import Beta, Epsilon, Gamma, Product, RandomEffect


@pytest.fixture
def full() -> Model:
    return Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )


def written(product: Product) -> str:
    """Write a product in the shortest way: g11*size*ses."""
    symbol = product.symbol
    if isinstance(symbol, Gamma):
        head = f"g{symbol.q}{symbol.s}"
    elif isinstance(symbol, Beta):
        head = f"b{symbol.q}"
    else:
        head = f"u{symbol.q}" if isinstance(symbol, RandomEffect) else "e"
    return "*".join([head, *(predictor.term.name for predictor in product.predictors)])


def test_level_1(full: Model) -> None:
    assert [written(p) for p in full.level1_equation.right] == [
        "b0",
        "b1*ses",
        "b2*minority",
        "b3*female",
        "e",
    ]


def test_level_2(full: Model) -> None:
    assert [[written(p) for p in e.right] for e in full.level2_equations] == [
        ["g00", "g01*size", "g02*sector", "u0"],
        ["g10", "g11*size", "u1"],
        ["g20"],
        ["g30"],
    ]


def test_full_has_the_predictor_beside_its_u(full: Model) -> None:
    assert [written(p) for p in full.full_equation.right] == [
        "g00",
        "g01*size",
        "g02*sector",
        "g10*ses",
        "g11*size*ses",
        "g20*minority",
        "g30*female",
        "u0",
        "u1*ses",
        "e",
    ]


def test_predictors_know_their_level(full: Model) -> None:
    product = next(p for p in full.full_equation.right if written(p) == "g11*size*ses")
    assert [(p.term.name, p.level) for p in product.predictors] == [("size", 2), ("ses", 1)]


def test_substitution_is_an_identity(full: Model) -> None:
    """For any numbers, level 1 with level 2 inserted equals the full equation."""
    rng = np.random.default_rng(1)
    values: dict[object, float] = {}

    def value(product: Product) -> float:
        numbers = [values.setdefault(p.term, rng.normal()) for p in product.predictors]
        return float(np.prod([values.setdefault(product.symbol, rng.normal()), *numbers]))

    for equation in full.level2_equations:
        assert isinstance(equation.left, Beta)
        values[equation.left] = sum(value(p) for p in equation.right)
    by_levels = sum(value(p) for p in full.level1_equation.right)
    assert sum(value(p) for p in full.full_equation.right) == pytest.approx(by_levels)


def test_a_slope_without_mean_starts_at_one() -> None:
    model = Model("y ~ x", group="g", level2={"x": "0 + z + U"})
    assert [(g.q, g.s, g.name) for g in model.gammas] == [(0, 0, "Intercept"), (1, 1, "z:x")]


def test_without_an_intercept_q_starts_at_one() -> None:
    model = Model("y ~ 0 + x", group="g", level2={"x": "U"})
    assert [c.index for c in model.coefficients] == [1]
    assert Epsilon() in [p.symbol for p in model.full_equation.right]
