"""The kind of exercise that asks for an equation."""

import pytest

from mlmteach.exercises import EquationLines

KIND = EquationLines(formula="Reaction ~ Days + (1 + Days | Subject)")
RIGHT = "Reaction_ij = gamma_00 + gamma_10 Days_ij + U_0j + U_1j Days_ij + epsilon_ij"


def compare(text: str) -> tuple[float, str]:
    given = {"kind": "text", "value": text}
    assert KIND.misfit(given) == ""
    found = KIND.compare({"kind": "text", "value": RIGHT}, given)
    return found.share, found.note


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "Reaction_ij = gamma_00 + U_0j + (gamma_10 + U_1j) Days_ij + epsilon_ij",
        r"\text{Reaction}_{ij} = \gamma_{00} + \gamma_{10}\text{Days}_{ij} + U_{0j}"
        r" + U_{1j}\text{Days}_{ij} + \varepsilon_{ij}",
    ],
)
def test_right_in_whatever_way_it_is_written(text: str) -> None:
    assert compare(text) == (1.0, "")


def test_the_slip_of_leaving_out_the_predictor_is_named() -> None:
    share, note = compare(RIGHT.replace("U_1j Days_ij", "U_1j"))
    assert share == 0.5
    assert "U_1j stands without its predictor" in note


@pytest.mark.parametrize(
    "text",
    [
        "Reaction_ij = beta_0j + beta_1j Days_ij + epsilon_ij",
        "beta_0j = gamma_00 + U_0j\nbeta_1j = gamma_10 + U_1j",
        "Reaction = b0 + b1 Days + r",
    ],
)
def test_another_equation_than_the_full_one_earns_nothing(text: str) -> None:
    share, note = compare(text)
    assert share == 0
    assert "full equation" in note


@pytest.mark.parametrize("text", ["", "Reaction", "= = =", "(" * 3_000, "x" * 5_000])
def test_nonsense_is_no_equation(text: str) -> None:
    assert KIND.misfit({"kind": "text", "value": text})
