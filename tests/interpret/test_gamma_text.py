"""What the coefficient of a category is compared with depends on its coding."""

import pytest

import mlmteach as mlm
from mlmteach import Model


@pytest.mark.parametrize(
    ("formula", "name", "says", "not_says"),
    [
        ("normexam ~ standLRT + sex", "sex[T.F]", "among male pupils", "all categories"),
        ("normexam ~ 0 + sex + standLRT", "sex[F]", "the expected examination score is γ", "than"),
        (
            "normexam ~ C(sex, contr.sum)",
            "C(sex, contr.sum)[S.M]",
            "all categories",
            "male pupils,",
        ),
    ],
)
def test_the_comparison_follows_the_coding(
    formula: str, name: str, says: str, not_says: str
) -> None:
    level2 = {"sex": "U"} if formula.startswith("normexam ~ 0") else {}
    model = Model(formula, group="school", level2=level2, data=mlm.load("exam"))
    (row,) = model.interpret(name).rows
    assert says in row.full
    assert not_says not in row.full


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "where the other predictors are 0"), ("de", "sonst 0 in allen Prädiktoren")],
)
def test_a_category_of_its_own_names_its_case(language: str, says: str) -> None:
    model = Model(
        "normexam ~ 0 + sex + standLRT",
        group="school",
        level2={"sex": "U"},
        data=mlm.load("exam"),
    )
    assert says in model.interpret("sex[F]", language=language).rows[0].full
