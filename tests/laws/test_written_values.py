"""The full equation as it is written, computed with the data, gives the fitted values."""

from functools import reduce
from math import log10

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.nodes import (
    Bracket,
    Call,
    Fraction,
    Identifier,
    Node,
    Normal,
    Numeral,
    Raised,
    Sum,
    Symbol,
)

MODELS = {
    "slides": (
        "mathach ~ ses + minority + female",
        {"intercept": "size + sector + U", "ses": "size + U"},
    ),
    "centred": (
        "mathach ~ center_within(ses) + scale(disclim_x) + I(ses ** 2)",
        {"intercept": "group_mean(ses) + center(pracad) + U", "center_within(ses)": "sector + U"},
    ),
    "functions": (
        "mathach ~ exp(ses) + np.sqrt(disclim_x) + ses:minority",
        {"intercept": "log(size) + I(size / 1000) + U", "exp(ses)": "U"},
    ),
}


class Reader:
    """Computes what is written from the data of a fit, one value a row."""

    def __init__(self, fit: mlm.Fit) -> None:
        self.frame = fit.frame
        self.labels = fit.frame[fit.model.group]
        self.symbols = {"SES": "ses"}
        effects = fit.random_effects.loc[self.labels]
        indices = [c.index for c in fit.model.random]
        self.effects = dict(zip(indices, effects.to_numpy().T, strict=True))

    def sum(self, summands: Sum) -> np.ndarray:
        return sum(
            (-1) ** s.negative * reduce(np.multiply, map(self.node, s.factors)) for s in summands
        )

    def node(self, node: Node) -> np.ndarray | float:
        match node:
            case Numeral(value=value):
                return float(value.digits) * 10.0**value.power
            case Symbol(role="random", glyph=glyph):
                return self.effects[0 if "alpha" in glyph.sup else int(self.index(glyph))]
            case Symbol(role="residual"):
                return 0.0
            case Identifier():
                return self.variable(node)
            case Bracket(inner=inner):
                return self.sum(inner)
            case Fraction(top=top, bottom=bottom):
                return self.sum(top) / self.sum(bottom)
            case Raised(base=base, exponent=exponent):
                return self.node(base) ** self.node(exponent)
            case Call(function=function, inner=inner):
                return getattr(np, function)(self.sum(inner))
        raise AssertionError(node)

    def index(self, glyph: object) -> str:
        """The number of a U: below it, or, after Gelman and Hill, behind the β above it."""
        return "".join(c for c in glyph.sup if c.isdigit()) or glyph.sub[0]

    def variable(self, variable: Identifier) -> np.ndarray | float:
        column = self.frame[self.symbols.get(variable.base, variable.base)].astype(float)
        if variable.statistic == "sd":
            return column.std()
        if variable.statistic != "mean":
            return column.to_numpy()
        if set(variable.sub) & {"i", "j"}:  # of a group, whichever letter it has
            return column.groupby(self.labels).transform("mean").to_numpy()
        return column.mean()


@pytest.fixture(scope="module")
def fits() -> dict[str, mlm.Fit]:
    hsb = mlm.load("hsb")
    # a variable of the students that is always positive
    hsb["disclim_x"] = np.abs(hsb["ses"]) + hsb["pracad"] + 0.1
    return {
        name: mlm.Model(formula, group="school", level2=level2).fit(hsb)
        for name, (formula, level2) in MODELS.items()
    }


@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize("name", MODELS)
def test_the_full_equation_gives_the_fitted_values(
    fits: dict[str, mlm.Fit], name: str, notation: str
) -> None:
    fit = fits[name]
    equations = fit.equations(parts="full", notation=notation, digits=12)
    (line,) = equations.blocks[0].lines
    first = line.right[0].factors[0]
    right = first.mean if isinstance(first, Normal) else line.right
    written = Reader(fit).sum(right)
    np.testing.assert_allclose(written, fit.fittedvalues, rtol=0, atol=1e-7)


def test_rounding_to_the_standard_errors_changes_little(fits: dict[str, mlm.Fit]) -> None:
    """Two digits of the standard error: each coefficient is off by 5 percent of it at most."""
    fit = fits["slides"]
    (line,) = fit.equations(parts="full").blocks[0].lines
    shown = pd.Series(
        {
            g.name: (-1) ** s.negative * float(s.factors[0].value.digits)
            for g, s in zip(fit.model.gammas, line.right, strict=False)
        }
    )
    assert ((shown - fit.params).abs() <= 0.051 * fit.bse).all()
    assert log10(fit.bse["size:ses"]) < -3  # small ones among them
