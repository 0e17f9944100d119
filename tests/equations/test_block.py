"""MathML, through latex2mathml."""

from xml.etree import ElementTree

import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS


@pytest.mark.parametrize("notation", PRESETS)
def test_mathml_is_well_formed_and_complete(full: mlm.Model, notation: str) -> None:
    equations = full.equations(notation=notation, distributions=True, braces=True, colour="role")
    rows = equations.mathml.split("\n")
    assert len(rows) == 4
    words = ["".join(ElementTree.fromstring(row).itertext()) for row in rows]
    assert "\\" not in "".join(words)
    assert "minority" in words[0]
    assert "fixed\xa0part" in words[2]
