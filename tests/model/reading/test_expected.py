"""How the terms of a model are named in messages, and spelled to be compared."""

import pytest

from mlmteach import Model
from mlmteach.model.notation import as_notation
from mlmteach.model.predictor import Arithmetic, Column
from mlmteach.model.reading.expected import Expected, Writer, expected_terms
from mlmteach.model.terms import Factor
from tests.model.reading.written import BOTH, CROSS, THREE


def writer_of(model: Model, notation: str = "slides") -> Writer:
    return Writer(model, as_notation(notation), {"SES": "ses"})


def terms(equation: object, writer: Writer) -> list[str]:
    return [writer.term(term) for term in expected_terms(equation, writer)]  # type: ignore[arg-type]


def test_terms_are_shown_with_their_indices() -> None:
    shown = ["γ_10", "γ_11 size_j", "U_1j"]
    assert terms(CROSS.level2_equations[1], writer_of(CROSS)) == shown
    assert terms(CROSS.full_equation, writer_of(CROSS))[4:6] == [
        "γ_11 size_j × SES_ij",
        "γ_20 minority_ij",
    ]
    assert terms(THREE.level3_equations[0], writer_of(THREE)) == ["γ_000", "γ_001 size_k", "V_00k"]


@pytest.mark.parametrize(
    ("model", "notation", "index", "shown"),
    [
        (CROSS, "slides", "ij", "ij"),
        (CROSS, "singer-willett", "j", "i"),  # persons come first
        (BOTH, "slides", "ijk", "i(jk)"),
        (THREE, "singer-willett", "jk", "ik"),
    ],
)
def test_indices_are_those_of_the_notation(
    model: Model, notation: str, index: str, shown: str
) -> None:
    assert writer_of(model, notation).index(index) == shown


def test_products_are_one_in_brackets_or_not() -> None:
    writer = writer_of(CROSS)
    size, ses = Factor("size"), Factor("ses")
    assert writer.key((size, ses)) == writer.key((ses, size))
    assert writer.key((Factor("np.log(size)"),)) == writer.key((Factor("log(size)"),))
    product = Factor.of(Arithmetic("*", Column("ses"), Column("size")))
    assert writer.key((product,)) == writer.key((size, ses))


def test_an_offset_is_the_logarithm_of_the_exposure() -> None:
    model = Model("y ~ x", group="g", family="poisson", exposure="time")
    offset = Expected("offset", None, None, (), ())
    assert writer_of(model).term(offset) == "log(time_ij)"
