"""Equations as MathML with tags."""

import re
import xml.etree.ElementTree as ET

import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS, write
from mlmteach.equations.mathml import MathWriter

MODEL = mlm.Model(
    "mathach ~ ses + minority",
    group="school",
    level2={"intercept": "log(size) + sector + U", "ses": "log(size) + U"},
)
GAMMAS = {"gamma_00", "gamma_01", "gamma_02", "gamma_10", "gamma_11", "gamma_20"}


def tags(markup: str) -> set[str]:
    return set(re.findall(r'data-symbol="([^"]*)"', markup))


@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize("show", ["names", "symbols"])
def test_lines_are_well_formed_and_tagged_alike_in_every_notation(notation: str, show: str) -> None:
    equations = MODEL.equations(notation=notation, show=show, distributions=True)
    writer = MathWriter(letters=show == "symbols", wrap=3)
    found = [line for block in equations.blocks for line in writer.block(block)]
    for line in found:
        assert ET.fromstring(line).tag == "math"
    everything = tags("".join(found))
    assert everything >= GAMMAS
    assert {"tau_01", "beta_1"} <= everything


def test_estimates_carry_the_tags_of_their_symbols() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    equations = fit.equations(standard_errors=True, distributions=True)
    markup = "".join(line for block in equations.blocks for line in MathWriter().block(block))
    assert {"gamma_00", "gamma_10", "U_0", "U_1", "tau_00", "tau_01", "tau_11", "sigma2"} <= (
        tags(markup)
    )
    assert re.search(r'data-symbol="gamma_10"[^>]*><munder><mn>10\.5</mn>', markup)


def test_something_can_stand_beneath_a_symbol() -> None:
    line = write(MODEL, parts=("level2",)).blocks[0].lines[0]
    markup = MathWriter(beneath={"gamma_00": "12.1 <0.2>"}).line(line)
    assert "12.1 &lt;0.2&gt;" in markup
    assert ET.fromstring(markup) is not None


@pytest.mark.parametrize("family", ["binomial", "poisson", "negbin"])
def test_other_families_have_their_lines(family: str) -> None:
    model = mlm.Model("y ~ sqrt(x)", group="g", family=family)
    for notation in ("slides", "raudenbush-bryk"):
        for block in model.equations(notation=notation).blocks:
            for line in MathWriter().block(block):
                assert ET.fromstring(line) is not None
                assert "%s" not in line
