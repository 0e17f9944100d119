"""What a written equation consists of."""

from mlmteach.model.reading.statements import (
    Letter,
    WrittenNumber,
    WrittenSummand,
    WrittenVariable,
)
from mlmteach.model.terms import Factor, Term

GAMMA = Letter("gamma", 1, 0, "", "γ_10", 4)
SES = WrittenVariable(Factor("ses"), "ij", "SES_ij", 9)
SIZE = WrittenVariable(Factor("size"), "j", "size_j", 16)
TWO, HALF = WrittenNumber(2.0, 0, "2", 0), WrittenNumber(0.5, 1, "0.5", 2)


def test_a_product_is_told_apart_by_what_its_atoms_are() -> None:
    product = WrittenSummand(-1, (TWO, GAMMA, SES, HALF, SIZE), 0)
    assert product.letters == (GAMMA,)
    assert product.variables == (SES, SIZE)
    assert product.numbers == (TWO, HALF)
    assert product.term == Term.of("ses", "size")
    assert product.value == -1.0  # of 2 and 0.5, with the sign


def test_without_a_number_the_sign_is_the_value() -> None:
    assert WrittenSummand(1, (SES,), 9).value == 1.0
    assert WrittenSummand(-1, (SES,), 9).value == -1.0
    assert WrittenSummand(1, (), 0).term == Term(())


def test_products_multiply_with_their_signs_and_begin_where_the_first_does() -> None:
    left, right = WrittenSummand(-1, (GAMMA,), 4), WrittenSummand(-1, (SES,), 2)
    assert left * right == WrittenSummand(1, (GAMMA, SES), 2)
    assert -left == WrittenSummand(1, (GAMMA,), 4)
    assert (-left) * right == -(left * right)
