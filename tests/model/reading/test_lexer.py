"""From text to tokens: one stream for HLM-style lines, Unicode and LaTeX."""

import pytest

from mlmteach.errors import EquationError
from mlmteach.model.reading.lexer import tokens
from mlmteach.model.reading.text import EquationText
from tests.model.reading.reader import REST, points_at


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("y = b0 + b1*x ! r" + REST, "! r", "'!' has no meaning"),
        (r"y = \foo + r", r"\foo", "not known here"),
        (r"y = \textfoo{x} + r", r"\textfoo", "not known here"),
        (r"y = \text{x + r", "{x", "never closed"),
    ],
)
def test_the_place_is_pointed_at(text: str, place: str, says: str) -> None:
    points_at(text, place, says)


def cut(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in tokens(EquationText(text))][:-1]


@pytest.mark.parametrize(
    "texts",
    [
        ("γ_10", r"\gamma_10"),
        ("β·x", "β*x", r"\beta\cdot x", r"\beta \times x", "β × x"),
        ("a − b", "a - b", "a – b"),
        ("x ∼ y", "x ~ y", r"x \sim y"),
        ("ε", "ϵ", r"\varepsilon", r"\epsilon"),
        (r"\text{ses}", r"\mathrm{ses}", r"\textit{ses}", "`ses`"),
        ("x**2", "x^2"),
        ("√(x)", r"\sqrt(x)"),
    ],
    ids=str,
)
def test_one_spelling_for_all(texts: tuple[str, ...]) -> None:
    assert len({tuple(cut(text)) for text in texts}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("γ₁₀", [("name", "γ"), ("index", "10")]),
        ("γ10", [("name", "γ"), ("index", "10")]),
        ("x²", [("name", "x"), ("power", "2")]),
        ("1.5e-3", [("number", "1.5e-3")]),
        ("a;b\nc", [("name", "a"), ("break", ";"), ("name", "b"), ("break", "\n"), ("name", "c")]),
        ("sex[T.F]", [("name", "sex"), ("category", "[T.F]")]),
        ("log('a b')", [("name", "log"), ("mark", "("), ("string", "'a b'"), ("mark", ")")]),
        (r"\text{mean}\_\text{ses}", [("text", "mean_ses")]),
        (r"\text{50}\%", [("text", "50%")]),
        (r"\textcolor{#123456}{x}", [("mark", "{"), ("name", "x"), ("mark", "}")]),
        (r"\text{Level 1:}\quad x = 1", [("name", "x"), ("mark", "="), ("number", "1")]),
        (r"a \\ b", [("name", "a"), ("break", ""), ("name", "b")]),
        ("{}+x", [("mark", "+"), ("name", "x")]),
        ("I(x > 3)", [("text", "I(x > 3)")]),
    ],
)
def test_pieces(text: str, expected: list[tuple[str, str]]) -> None:
    assert cut(text) == expected


def test_rows_and_cells_belong_to_a_matrix() -> None:
    kinds = [kind for kind, _ in cut(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} & e \\")]
    assert kinds == [
        *("matrix", "name", "cell", "name", "row", "name", "cell", "name", "end matrix"),
        *("name", "break"),
    ]


def test_every_token_knows_its_place() -> None:
    text = r"y_{ij} = \gamma_{00} + \text{SES}_{ij} × ε"
    for token in tokens(EquationText(text)):
        piece = text[token.start : token.stop]
        assert piece.startswith("\\") or piece in (token.value, "×")


@pytest.mark.parametrize(
    "name", [r"\text{x}mathach", r"math\overline{x}", "m^2", r"a\{b", "a`b", "a*b", "a\\\\b"]
)
def test_a_name_within_braces_holds_no_command(name: str) -> None:
    with pytest.raises(EquationError, match="A name cannot hold"):
        list(tokens(EquationText(rf"\text{{{name}}}_{{ij}} = \beta_{{0j}}")))


def test_white_space_within_braces_is_one_space() -> None:
    found = next(iter(tokens(EquationText("\\text{my\n  size~now}_{j}"))))
    assert (found.kind, found.value) == ("text", "my size now")
