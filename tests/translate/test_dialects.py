"""Predictors in the words of each program."""

import pytest

from mlmteach.errors import ModelError
from mlmteach.model.predictor import FUNCTIONS, write_expression
from mlmteach.model.terms import Factor
from mlmteach.translate.dialects import Dialect, translatable

DIALECTS = (
    Dialect("r", "d$%s", power="^"),
    Dialect("stata", power="^"),
    Dialect("sas"),
    Dialect("spss"),
    Dialect("python", 'd["%s"]', "np.%s(%s)"),
    Dialect("julia", "d.%s", "%s.(%s)", power="^", dot="."),
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("np.log(x)", ["log(d$x)", "ln(x)", "log(x)", "LN(x)", 'np.log(d["x"])', "log.(d.x)"]),
        ("log1p(x)", ["log(d$x + 1)", "ln(x + 1)", "log(x + 1)", "LN(x + 1)",
                      'np.log(d["x"] + 1)', "log.(d.x .+ 1)"]),
        ("I((x - 3) ** 2)", ["(d$x - 3) ^ 2", "(x - 3) ^ 2", "(x - 3) ** 2", "(x - 3) ** 2",
                             '(d["x"] - 3) ** 2', "(d.x .- 3) .^ 2"]),
        ("I(-abs(x))", ["-abs(d$x)", "-abs(x)", "-abs(x)", "-ABS(x)", '-np.abs(d["x"])',
                        "-abs.(d.x)"]),
    ],
)  # fmt: skip
def test_each_program_has_its_words(expression: str, expected: list[str]) -> None:
    tree = translatable(Factor(expression))
    assert [dialect.write(tree) for dialect in DIALECTS] == expected


@pytest.mark.parametrize("name", [row.name for row in FUNCTIONS.values() if not row.learns])
def test_each_function_can_be_written(name: str) -> None:
    tree = translatable(Factor(f"{name}(x)"))
    assert all("x" in dialect.write(tree) for dialect in DIALECTS)


def test_what_is_spelled_out_is_known_again() -> None:
    tree = translatable(Factor("I((x - mean(x)) / sd(x))"))
    assert write_expression(tree) == "scale(x)"


@pytest.mark.parametrize(
    ("expression", "part"),
    [("poly(x, 2)", "poly(x, 2)"), ("I(2 * (x > 3))", "I(x > 3)"), ("I(x / mean(x))", "mean(x)")],
)
def test_what_cannot_be_written(expression: str, part: str) -> None:
    with pytest.raises(ModelError) as caught:
        translatable(Factor(expression))
    assert f"'{part}' is not known" in caught.value.problem
