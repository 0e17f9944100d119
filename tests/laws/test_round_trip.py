"""What is rendered reads back as the same model, in every notation and every form."""

import re
from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.model.family import Family
from mlmteach.model.notation import PRESETS, Notation
from mlmteach.model.predictor import FUNCTIONS, FormulaFunction, read_expression
from mlmteach.model.reading.vocabulary import is_plain
from mlmteach.model.symbols import Covariance
from mlmteach.translate import PROGRAMS
from tests.strategies import (
    CATEGORIES,
    FAMILIES,
    LEVEL1,
    LEVEL2,
    LEVEL3,
    generalized,
    models,
    with_two_groupings,
)

NAMES = {name: {} for name in (*LEVEL1, *LEVEL2, *LEVEL3, *CATEGORIES, "outcome")}
"""The columns, where they are told: ``beta`` may be one of them or a symbol."""
PARTS = [("level1", "level2"), ("full",), ("level1", "level2", "full")]
CROSS = Model(
    "outcome ~ ses + minority",
    group="school",
    level2={"intercept": "size + sector + U", "ses": "size + U"},
)


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, object]:
    """Draw how equations are laid out."""
    return {
        "parts": draw(st.sampled_from(PARTS)),
        "braces": draw(st.booleans()),
        "wrap": draw(st.sampled_from([None, 1, 3])),
        "colour": draw(st.sampled_from([None, "role", "coefficient"])),
    }


@pytest.mark.parametrize("form", ["latex", "markdown", "text"])
@pytest.mark.parametrize("notation", PRESETS)
@given(model=models(), layout=layouts())
@example(model=CROSS, layout={"parts": ("full",), "braces": True})
@settings(max_examples=25)
def test_what_is_rendered_reads_back(
    notation: str, form: str, model: Model, layout: dict[str, object]
) -> None:
    equations = model.equations(notation=notation, show="names", distributions=True, **layout)
    text = getattr(equations, form)
    assert Model.from_equations(text, group="school", codebook=NAMES) == model
    assert Model.from_equations(text, group="school", notation=notation) == model


@pytest.mark.parametrize("form", ["latex", "text"])
@pytest.mark.parametrize("notation", PRESETS)
@given(model=with_two_groupings(), levels=st.booleans(), full=st.booleans())
@settings(max_examples=10)
def test_what_is_rendered_of_two_groupings_reads_back(
    notation: str, form: str, model: Model, levels: bool, full: bool
) -> None:
    parts = ["level1", "level2", *([] if model.grouping.crossed else ["level3"])]
    parts = (parts if levels or not full else []) + (["full"] if full else [])
    equations = model.equations(notation=notation, distributions=True, parts=tuple(parts))
    text, group = getattr(equations, form), model.grouping.formula
    assert Model.from_equations(text, group=group, codebook=NAMES) == model
    assert Model.from_equations(text, group=group, notation=notation) == model


@pytest.mark.parametrize("form", ["latex", "markdown", "text"])
@pytest.mark.parametrize("notation", PRESETS)
@given(model=generalized(), layout=layouts(), distributions=st.booleans())
@settings(max_examples=15)
def test_what_is_rendered_of_other_families_reads_back(
    notation: str, form: str, model: Model, layout: dict[str, object], distributions: bool
) -> None:
    equations = model.equations(notation=notation, distributions=distributions, **layout)
    text = getattr(equations, form)
    assert Model.from_equations(text, group="school", codebook=NAMES) == model
    assert Model.from_equations(text, group="school", notation=notation) == model


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_every_family_reads_back_and_is_right(family: Family) -> None:
    level2 = {"intercept": "size + U", "ses": "size + U"}
    model = Model("outcome ~ ses + log(w)", group="school", level2=level2, family=family)
    reads_back(model)
    others = [Model(model.level1_formula, group="school", level2=level2, family=other)
              for other in FAMILIES if other != family]  # fmt: skip
    for other, notation in product(others, ("slides", "raudenbush-bryk")):
        text = other.equations(notation=notation).text
        told = mlm.check_equations(text, model, notation=notation)
        # P(y = 1) is what a yes/no outcome is counted in, where no category is named
        unnamed = other.family.is_binomial and other.family.event is None
        unnamed &= not (other.family.trials or family.trials) and family.link == other.family.link
        assert bool(told) != unnamed, text


@pytest.mark.parametrize("form", ["latex", "markdown", "text"])
@pytest.mark.parametrize("notation", PRESETS)
def test_categories_with_a_percent_sign_read_back(notation: str, form: str) -> None:
    exam = mlm.load("exam")
    level2 = {"intercept": "vr + U", "standLRT": "vr + U"}
    model = Model("normexam ~ standLRT + intake", group="school", level2=level2, data=exam)
    text = getattr(model.equations(notation=notation, distributions=True), form)
    assert "50" in text
    back = Model.from_equations(text, group="school").bind(exam)
    assert [gamma.name for gamma in back.gammas] == [gamma.name for gamma in model.gammas]
    assert mlm.check_equations(text, model) == ()


@given(model=models(functions=False))
@settings(max_examples=25)
def test_a_notation_of_ones_own_reads_back(model: Model) -> None:
    own = Notation(
        "own",
        intercept=r"\pi_{qj}",
        beta=r"\pi_{qj}",
        gamma0=r"\lambda_{qs}",
        gamma=r"\lambda_{qs}",
        effect0="v_{qj}",
        effect="v_{qj}",
        residual=r"\delta_{ij}",
    )
    text = model.equations(notation=own, distributions=True).latex
    assert Model.from_equations(text, group="school", notation=own, codebook=NAMES) == model


@given(model=models(contrasts=False, functions=False))
@settings(max_examples=25)
def test_the_levels_alone_and_the_full_equation_alone_agree(model: Model) -> None:
    levels = model.equations(parts=("level1", "level2"), distributions=True).text
    full = model.equations(parts=("full",), distributions=True).text
    read = [Model.from_equations(text, group="school", codebook=NAMES) for text in (levels, full)]
    assert read[0] == read[1]


# --- every function and every form -----------------------------------------------------------

KINDS = (
    "x", "log(x)", "np.log(x)", "ln(x)", "log2(x)", "log10(x)", "log1p(x)", "np.log1p(x)",
    "exp(x)", "sqrt(x)", "np.sqrt(x)", "abs(x)", "np.abs(x)", "center(x)", "scale(x)",
    "standardize(x)", "poly(x, 2)", "bs(x, df=3)", "cr(x, df=3)", "C(x)",
    "C(x, contr.treatment(base='M'))", "I(x ** 2)", "I(x * z)", "I(-x)", "I(x / 10)", "I(1 / x)",
    "I((x - 3) ** 2)", "I(x ** -1)", "I(x ** 0.5)", "I(2 ** x)", "I(x ** z)", "I(2 * x - 1)",
    "I(x - (z - w))", "I(x / z / w)", "I(x * z / 10)", "I(x * (z + 1))", "I(log(x) ** 2)",
    "I(log(x) * z)", "I((x - mean(x)) / 2)", "log(x + 1)", "exp(center(x))", "log(abs(x))",
    "sqrt(abs(x))", "center(log(x))", "I(x > 3)", "I(x % 2)", "np.sin(x)", "I(x / 1e-7)", "x:z",
    "x:z:w", "log(x):scale(z)",
)  # fmt: skip
NAMES_OF_ANY_KIND = (
    "odd name", "50 % free", "größe", "β", "σ_x", "b1", "U2", "e", "tau", "1st", "a.b", "x.1", "_x",
    "SES (z)", "a$b", "a#b&c", "a\\b", "it's", "where", "level", "class", "x₂", "x1", "y_ij", "log",
)  # fmt: skip


def model_with(expression: str, *, level1: bool = True, level2: bool = True) -> Model:
    """Put a predictor wherever it can stand: with a random slope, and in level-2 equations."""
    upper = re.sub(r"\b[xzw]\b", lambda found: f"{found[0]}{found[0]}", expression)
    equations = {"intercept": f"{upper} + size + U", "ses": f"{upper} + U"} if level2 else {}
    if level1:
        equations[expression] = "size + U"
    terms = f"ses + {expression}" if level1 else "ses"
    return Model(f"y ~ {terms}", group="school", level2=equations)


def reads_back(model: Model) -> None:
    """By name, a model's equations read back; by name and in symbols, they are right."""
    for notation, form, show in product(PRESETS, ("latex", "text"), ("names", "symbols")):
        text = getattr(model.equations(notation=notation, show=show), form)
        assert mlm.check_equations(text, model, notation=notation) == (), text
        if show == "names":
            read = Model.from_equations(text, group="school", notation=notation)
            assert read == model, text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_predictor_reads_back(kind: str) -> None:
    reads_back(model_with(kind))


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_every_function_of_the_table_reads_back(row: FormulaFunction) -> None:
    if row.moment and not row.within:  # a mean of all rows is no predictor
        expression, levels = f"I(x / {row.name}(x))", {}
    else:  # a group's mean is its own, and the distance from it is not
        expression = f"{row.name}(x)"
        levels = {"level1": not row.moment, "level2": not row.definition} if row.within else {}
    reads_back(model_with(expression, **levels))


@pytest.mark.parametrize("kind", ["log(x)", "I(x * z)", "I(-x)", "poly(x, 2)", "`my x`", "x:z"])
def test_the_two_levels_and_the_full_equation_each_read_back(kind: str) -> None:
    model = model_with(kind)
    for parts, form in product(PARTS[:2], ("latex", "text")):
        text = getattr(model.equations(parts=parts), form)
        assert Model.from_equations(text, group="school") == model


@pytest.mark.parametrize(
    "outcome", ["log(y)", "sqrt(y)", "scale(y)", "I(y / 10)", "I(-y)", "`odd y`", "`%`", "β"]
)
def test_every_kind_of_outcome_reads_back(outcome: str) -> None:
    reads_back(Model(f"{outcome} ~ x", group="school", level2={"x": "U"}))


@pytest.mark.parametrize("name", NAMES_OF_ANY_KIND)
def test_every_kind_of_name_reads_back(name: str) -> None:
    reads_back(Model(f"y ~ `{name}` + x:`{name}`", group="school", level2={f"`{name}`": "U"}))
    if name not in {"class", "log", "x₂"}:  # of these, a formula has no functions
        reads_back(Model("y ~ x", group="school", level2={"x": f"`{name}` + log(`{name}`) + U"}))
    shown = str(Model(f"`{name}` ~ `{name}2`", group="school").level1)
    assert ("`" in shown.partition("=")[0]) == (not is_plain(name))  # as on the right side


def test_categories_of_any_kind_read_back() -> None:
    labels = ["a b", "c%", "d (e)", "f[g]", "x: y", "ß", "1", "mid 50%"]
    rows = pd.DataFrame(
        {
            "kind": labels * 8,
            "my kind": (["p q", "r%"] * 32),
            "x": range(64),
            "y": [value**0.5 for value in range(64)],
            "school": [value // 8 for value in range(64)],
        }
    )
    for formula in ("y ~ x + kind", "y ~ x + `my kind`", "y ~ x * C(kind)"):
        model = Model(formula, group="school", data=rows)
        for form, show in product(("latex", "text"), ("names", "symbols")):
            text = getattr(model.equations(show=show), form)
            assert mlm.check_equations(text, model) == (), text
            if show == "names":
                read = Model.from_equations(text, group="school", data=rows)
                assert read.coefficients == model.coefficients


def test_the_shipped_bands_read_back() -> None:
    exam = mlm.load("exam")
    level2 = {"intercept": "vr + schgend + U", "standLRT": "vr + U"}
    model = Model("normexam ~ standLRT + sex", group="school", level2=level2, data=exam)
    for form in ("latex", "text"):
        text = getattr(model.equations(), form)
        assert "mid 50" in text
        assert mlm.check_equations(text, model) == ()
        assert Model.from_equations(text, group="school", data=exam) == model


BLOCKS = (
    "unstructured",
    "diagonal",
    (("Intercept", "ses"), ("np.log(w)", "v")),
    (("Intercept", "v"), ("ses", "np.log(w)")),
    (("Intercept",), ("ses", "np.log(w)", "v")),
)


@pytest.mark.parametrize("covariance", BLOCKS)
def test_what_does_not_correlate_reads_back(covariance: Covariance) -> None:
    level2 = {"ses": "size + U", "np.log(w)": "U", "v": "U"}
    formula = "y ~ ses + np.log(w) + v"
    model = Model(formula, group="school", level2=level2, covariance=covariance)
    reads_back(model)
    others = [
        Model(formula, group="school", level2=level2, covariance=other)
        for other in BLOCKS
        if other != covariance
    ]
    texts = [str(other.full) for other in others]
    assert all(text != str(model.full) for text in texts)
    assert all(other != model for other in others)
    assert all(mlm.check_equations(text, model) for text in texts if "∼" in text)


def test_two_bars_read_back() -> None:
    bars = [Model.from_formula(f"y ~ ses + (ses {bar} school)") for bar in ("|", "||")]
    for model, other in (bars, bars[::-1]):
        for part in (model.full, model.equations(), model.equations(parts=("level1", "level2"))):
            read = Model.from_equations(part.text, group="school")
            assert (read == model, read == other) == (True, False)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Let no test meet a tree that was read with another table."""
    yield
    read_expression.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_a_new_function_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that reads predictors takes a function from the table."""
    row = FormulaFunction(
        "tanh",
        value=np.tanh,
        latex=r"\tanh(%s)",
        text="tanh(%s)",
        spoken="the hyperbolic tangent of %s",
        words={"spss": "(1 - 2 / (EXP(2 * %s) + 1))"},
    )
    monkeypatch.setitem(FUNCTIONS, "tanh", row)
    hsb = mlm.load("hsb")
    model = Model("mathach ~ np.tanh(ses)", group="school")
    reads_back(Model("y ~ np.tanh(x)", group="school"))
    assert r"\tanh(\text{ses}_{ij})" in model.full.latex
    assert "times the hyperbolic tangent of ses i j" in model.full.spoken
    assert model == Model("mathach ~ tanh(ses)", group="school")
    values = [
        Model(f"mathach ~ {expression}", group="school").fit(data).params.iloc[1]
        for expression, data in (("tanh(ses)", hsb), ("t", hsb.assign(t=np.tanh(hsb["ses"]))))
    ]
    assert values[0] == pytest.approx(values[1])
    assert "tanh(ses)" in str(model.interpret("gamma_10"))
    code = {program: str(model.code(program)) for program in PROGRAMS}
    assert "EXP(2 * ses)" in code.pop("spss")
    assert all("tanh" in text for text in code.values())


# --- a variance of ε that differs between rows ---------------------------------------------------


@pytest.fixture(scope="module")
def uneven() -> pd.DataFrame:
    hsb = mlm.load("hsb").head(600)
    hsb["sex_x"] = hsb["female"].map({0: "male", 1: "female"})
    hsb["w_1"] = 1.0 + np.arange(len(hsb)) % 3
    return hsb


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
@pytest.mark.parametrize("notation", PRESETS)
@pytest.mark.parametrize(
    ("by", "precision"), list(product([None, "sex_x", "sector"], [None, "w_1"]))
)
def test_a_variance_that_differs_reads_back(
    notation: str, by: str | None, precision: str | None, uneven: pd.DataFrame
) -> None:
    sigma2 = mlm.by(by) if by else None
    model = Model(
        "mathach ~ ses",
        group="school",
        level2={"ses": "sector + U"},
        sigma2=sigma2,
        precision=precision,
    )
    shown = [model.equations(notation=notation, distributions=d) for d in (False, True)]
    shown.append(model.fit(uneven).equations(notation=notation))
    for equations in shown:
        for text in (equations.latex, equations.markdown, equations.text):
            read = Model.from_equations(text, group="school", data=uneven, notation=notation)
            assert read == model
    bound = model.bind(uneven)
    for equations in shown[:2]:
        assert mlm.check_equations(equations.latex, bound, notation=notation) == ()
    if by or precision:
        plain = Model("mathach ~ ses", group="school", level2={"ses": "sector + U"}, data=uneven)
        found = mlm.check_equations(shown[0].latex, plain, notation=notation)
        assert {difference.kind for difference in found} == {"variance"}
        assert "the same in all rows" in found[0].message


def test_a_variance_is_written_by_hand() -> None:
    lines = "mathach = b0 + b1*ses + r\nb0 = g00 + u0\nb1 = g10\nr ~ N(0, {})"
    for text, by, precision in (
        ("sigma^2", None, None),
        ("σ²", None, None),
        ("σ² / w", None, "w"),
        (r"\sigma_{\text{female}_{ij}}^2", "female", None),
        ("σ_{female_{ij}}² / w_ij", "female", "w"),
        ("σ_(femaleᵢⱼ)² / wᵢⱼ", "female", "w"),
    ):
        read = Model.from_equations(lines.format(text), group="school")
        assert read.sigma2 == (mlm.by(by) if by else None), text
        assert read.precision == precision, text
