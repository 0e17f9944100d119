"""From written words to symbols of the model and columns of the data."""

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import EquationError
from mlmteach.model.notation import PRESETS, Notation
from mlmteach.model.reading.statements import Letter, WrittenVariable
from mlmteach.model.reading.text import EquationText
from mlmteach.model.reading.vocabulary import Letters, Spelling, Vocabulary
from tests.model.reading.reader import REST, caught, points_at, read


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y = b0 + b1*lgo(x) + r" + REST, "lgo", "'lgo' in 'lgo(x)' is no function"),
        ("y_ij = γ_00 + γ_100 x_ij + U_0j + e_ij", "γ_100", "no symbol of a two-level model"),
    ],
)
def test_the_place_is_pointed_at(text: str, place: str, says: str) -> None:
    points_at(text, place, says)


def test_an_unknown_column_gets_the_closest_one() -> None:
    hsb = mlm.load("hsb")
    error = caught("mathach = b0 + b1*sess + r" + REST, data=hsb)
    assert "no column 'sess'" in error.problem
    assert error.remedy == "Did you mean 'ses'?"


LEVEL2 = {"intercept": "size + U", "ses": "size + U"}


def test_symbols_and_capitals_map_back_to_columns() -> None:
    hsb = mlm.load("hsb")
    cross = Model("mathach ~ ses", group="school", level2=LEVEL2)
    text = "MATHACH = b0 + b1*SES + r\nb0 = g00 + g01*Size + u0\nb1 = g10 + g11*size + u1"
    assert read(text, data=hsb) == cross
    assert read(text, codebook=hsb.attrs["codebook"]) == cross


def test_columns_that_look_like_symbols() -> None:
    frame = pd.DataFrame({"y": [1.0], "b1": [2.0], "u": [3.0], "school": [1]})
    model = read(r"y_{ij} = \gamma_{00} + \gamma_{10}\text{u}_{ij} + \gamma_{20} \text{b1}_{ij}"
                 r" + U_{0j} + e_{ij}")  # fmt: skip
    assert [c.term.formula for c in model.bare] == ["1", "u", "b1"]
    text = "y = b0 + b2*b1 + e\nb0 = g00 + u0\nb2 = g20"
    model = read(text, codebook={name: {} for name in frame})
    assert [c.term.formula for c in model.bare] == ["1", "b1"]


def spelled(base: str, sub: str = "", sup: str = "", **more: object) -> Spelling:
    given = {"text": False, "suffix": "", "mean": False, "shown": base, "start": 0} | more
    return Spelling(base=base, sub=sub, sup=sup, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "sub", "sup", "role", "q", "s", "index"),
    [
        ("β", "1j", "", "beta", 1, None, "j"),
        ("β", "j", "", "beta", 1, None, "j"),  # one slope alone
        ("β", "12,j", "", "beta", 12, None, "j"),
        ("α", "j[i]", "", "beta", 0, None, "j"),
        ("γ", "10", "", "gamma", 1, 0, ""),
        ("γ", "10,2", "", "gamma", 10, 2, ""),
        ("γ", "1", "α", "gamma", 0, 1, ""),
        ("γ", "2", "β3", "gamma", 3, 2, ""),
        ("U", "0j", "", "effect", 0, None, "j"),
        ("η", "j", "β2", "effect", 2, None, "j"),
        ("ε", "ij", "", "residual", None, None, "ij"),
        ("τ", "01", "", "variance", None, None, ""),
    ],
)
def test_symbols_of_all_conventions(
    base: str, sub: str, sup: str, role: str, q: int | None, s: int | None, index: str
) -> None:
    letter = Letters().read(base, sub, sup, shown="", start=0)
    assert letter is not None
    assert (letter.role, letter.q, letter.s, letter.index) == (role, q, s, index)


@pytest.mark.parametrize(
    ("base", "sub"), [("γ", "1"), ("γ", "100"), ("γ", "k"), ("x", "1"), ("ε", "1"), ("beta", "k")]
)
def test_what_is_no_symbol(base: str, sub: str) -> None:
    assert Letters().read(base, sub, "", shown="", start=0) is None


@pytest.mark.parametrize(
    ("word", "role"),
    [("b0", "beta"), ("g10", "gamma"), ("U_0j", "effect"), ("eps", "residual"), ("r", "residual")],
)
def test_words_of_plain_text(word: str, role: str) -> None:
    letter = Letters().plain(word, start=0)
    assert letter is not None
    assert letter.role == role
    assert Letters().plain("ses", start=0) is None
    assert Letters().plain("b0x", start=0) is None


def test_a_notation_changes_what_letters_mean() -> None:
    gelman = Letters(PRESETS["gelman-hill"])
    assert gelman.read("u", "1", "", shown="", start=0) is None  # a predictor of the groups
    swapped = Letters(Notation("own", gamma0=r"\lambda_{sq}", gamma=r"\lambda_{sq}"))
    letter = swapped.read("λ", "21", "", shown="", start=0)
    assert letter is not None
    assert (letter.role, letter.q, letter.s) == ("gamma", 1, 2)


def test_a_column_goes_before_a_symbol_of_several_letters() -> None:
    source = EquationText("beta")
    words = Vocabulary(source, Letters(), columns=["beta", "u", "ses"])
    assert isinstance(words.resolve(spelled("beta")), WrittenVariable)
    assert isinstance(words.resolve(spelled("u", "0j")), Letter)  # one letter with its number
    assert isinstance(words.resolve(spelled("u")), WrittenVariable)
    assert isinstance(words.resolve(spelled("u", "0j", text=True)), WrittenVariable)


@pytest.mark.parametrize(
    ("mark", "factor", "index"),
    [
        (spelled("ses", "ij"), "ses", "ij"),
        (spelled("SES_ij"), "ses", "ij"),
        (spelled("SESij"), "ses", "ij"),  # as HLM prints it
        (spelled("x", "1ij"), "x1", "ij"),
        (spelled("x", "2ij"), "x_2", "ij"),
        (spelled("sex", "ij", suffix="[F]"), "sex[T.F]", "ij"),
        (spelled("sex: F", "ij"), "sex[T.F]", "ij"),
        (spelled("ses", "j", mean=True), "group_mean(ses)", "j"),
    ],
)
def test_names_with_what_stands_around_them(mark: Spelling, factor: str, index: str) -> None:
    words = Vocabulary(EquationText(""), Letters(), columns=["ses", "x1", "x_2", "sex"])
    found = words.variable(mark)
    assert (found.factor.name, found.index, found.grand) == (factor, index, False)


def test_a_mean_over_everything_is_told_from_that_of_a_group() -> None:
    words = Vocabulary(EquationText(""), Letters(), columns=["ses"])
    assert words.variable(spelled("ses", mean=True)).grand
    assert not words.variable(spelled("ses", "·j", mean=True)).grand


def test_an_expression_is_one_predictor_of_known_columns() -> None:
    words = Vocabulary(EquationText("log(ses) + ses"), Letters(), columns=["ses"])
    assert words.expression("log(ses)", 0).name == "log(ses)"
    for text, says in (("log(sess)", "no column 'sess'"), ("log(ses) + ses", "not one predictor")):
        with pytest.raises(EquationError, match=says):
            words.expression(text, 0)
