"""Looking up and showing."""

import re
from dataclasses import replace
from itertools import product

import pytest

import mlmteach as mlm
from mlmteach import Model
from mlmteach.display import escaped
from mlmteach.errors import OptionError
from mlmteach.interpret.interpretation import Interpretation, Row, Told, find, told
from tests.interpret.checking import faults
from tests.interpret.seeds import seed

IT_IS = Told("It is.")


@pytest.mark.parametrize(
    ("key", "symbol"),
    [
        *((key, "γ₁₀") for key in ("γ_10", "γ10", "γ₁₀", r"\gamma_{10}", "gamma_10", "ses")),
        *((key, "γ₁₁") for key in ("size:ses", "ses:size", "γ_11")),
        *((key, "U₀ⱼ") for key in ("U_0j", "U0j", "U_{0j}", "U_0")),
        *((key, "τ₀₁") for key in ("tau_01", "τ_10", "τ₀₁", r"\tau_{01}")),
        *((key, "τ₀²") for key in ("tau_0", "τ_0^2", "τ₀²", "tau_00")),
        *((key, "σ²") for key in ("sigma2", "σ²", "sigma^2", r"\sigma^2")),
    ],
)
def test_look_up(key: str, symbol: str) -> None:
    fit = seed("cross-level")
    assert fit.interpret()[key].symbol == symbol
    assert [row.symbol for row in fit.interpret(key)] == [symbol]


@pytest.mark.parametrize("blocks", ["unstructured", "diagonal"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_an_index_is_no_power(count: int, blocks: str) -> None:
    """The covariance of U_0 and U_2 was once the variance of U_0, without a word."""
    slopes = dict.fromkeys(("ses", "female", "minority")[: count - 1], "U")
    formula = f"mathach ~ {' + '.join(['1', *slopes])}"
    kind = blocks if count > 1 else "unstructured"
    rows = Model(formula, group="school", level2=slopes, covariance=kind).interpret()
    spellings = ("tau_{q}{r}", "tau{q}{r}", r"\tau_{{{q}{r}}}", "τ_{q}{r}", "tau_{q},{r}")
    for q, r in product(range(5), repeat=2):
        first, second = (min(q, r), max(q, r))
        known = second < count and (q == r or kind == "unstructured")
        symbol = f"τ{'₀₁₂₃'[q]}²" if q == r and known else f"τ{'₀₁₂₃₄'[first]}{'₀₁₂₃₄'[second]}"
        for spelling in spellings:
            key = spelling.format(q=q, r=r)
            if known:
                assert rows[key].symbol == symbol, key
            else:
                with pytest.raises(OptionError, match=rf"no symbol .*{rows.rows[-1].symbol}"):
                    rows[key]
    for q in range(count):
        for key in (f"τ{'₀₁₂₃'[q]}²", f"tau_{q}^2", f"tau{q}²", rf"\tau^{{2}}_{q}", f"tau_{q}**2"):
            assert rows[key].symbol == f"τ{'₀₁₂₃'[q]}²"


def test_a_key_that_could_be_two_symbols_is_refused() -> None:
    both = (
        Row(
            "γ₁,₁₁",
            r"\gamma_{1,11}",
            "γ",
            "a",
            "Slope",
            Told("It is."),
            {},
            ("gamma111", "gamma1,11"),
        ),
        Row(
            "γ₁₁,₁",
            r"\gamma_{11,1}",
            "γ",
            "b",
            "Slope",
            Told("It is."),
            {},
            ("gamma111", "gamma11,1"),
        ),
    )
    assert find(both, "gamma_11,1") is both[1]
    with pytest.raises(OptionError, match="'gamma_111' could be γ₁,₁₁ or γ₁₁,₁"):
        find(both, "gamma_111")


def test_an_unknown_symbol_lists_what_there_is() -> None:
    with pytest.raises(OptionError, match=r"no symbol 'γ_99'.*γ₁₁.*τ₀₁.*size:ses"):
        seed("cross-level").interpret("γ_99")


def test_display_has_the_equation_above_and_the_same_symbols() -> None:
    shown = seed("cross-level").interpret()._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/markdown"}
    equation, _, entries = shown["text/markdown"].partition("- $")
    assert r"\gamma_{11}" in equation
    assert r"\gamma_{11}" in entries
    for row in seed("cross-level").interpret():
        assert row.symbol in shown["text/plain"]
        assert row.latex in shown["text/markdown"]


@pytest.mark.parametrize("colour", ["role", "coefficient"])
def test_symbols_have_the_colours_of_the_equation(colour: str) -> None:
    shown = seed("cross-level").interpret(colour=colour)
    for row in shown:
        if row.role == "γ":
            assert r"\textcolor{#" in row.latex
            tint = re.search(r"#\w{6}", row.latex)
            assert tint is not None
            assert tint[0] in shown.equation
    with pytest.raises(OptionError, match="colour='red'"):
        seed("null").interpret(colour="red")


def test_other_notations() -> None:
    rows = seed("random slope").interpret(notation="raudenbush-bryk")
    assert [row.symbol for row in rows][-6:] == ["u₀ⱼ", "u₁ⱼ", "τ₀₀", "τ₁₁", "τ₀₁", "σ²"]
    assert rows["u_0j"].full.startswith("u₀ⱼ is how far")


def test_a_group_has_the_index_of_the_notation() -> None:
    model = mlm.Model("distance ~ age", group="Subject", data=mlm.load("orthodont"))
    shown = model.interpret(notation="singer-willett")
    assert shown["ζ₀ᵢ"].short == "Unique contribution of child i to mean distance"
    assert "of child i lies" in shown["ζ₀ᵢ"].full
    german = model.interpret(notation="singer-willett", language="de")
    assert german["ζ₀ᵢ"].short.startswith("Eigener Beitrag des Kindes i")


def test_to_frame() -> None:
    table = seed("null").interpret().to_frame()
    assert list(table.index) == ["γ₀₀", "U₀ⱼ", "τ₀²", "σ²"]
    assert list(table.columns) == ["role", "name", "short", "first", "full"]


@pytest.mark.parametrize("notation", ["snijders-bosker", "raudenbush-bryk", "hox", "gelman-hill"])
def test_every_symbol_of_a_sentence_is_in_the_equations(notation: str) -> None:
    found = seed("cross-level").interpret(notation=notation)
    symbols = [row.symbol for row in found if row.role == "γ"]
    assert len(set(symbols)) == len(symbols)
    for row in found:
        assert list(faults(row.full)) == [], row.full
        if row.role == "γ":
            assert row.latex in found.equation
            assert f"({row.symbol} = " in row.full


ROWS = (
    Row("γ₁₀", r"\gamma_{10}", "γ", "size:ses", "Slope", Told("It is."), {}, ("g10",)),
    Row("U₀ⱼ", "U_{0j}", "U", "Intercept", "Rest", Told("It is * not."), {}),
    Row("τ₀²", r"\tau_{0}^2", "τ", "Intercept", "Variance", Told("It is."), {}, ("tau_00",)),
    Row("σ²", r"\sigma^2", "σ²", "", "Variance", Told("It is."), {}, ("sigma2",)),
)


def test_a_term_goes_before_a_symbol_that_is_spelled_alike() -> None:
    named = Row("γ₂₀", r"\gamma_{20}", "γ", "sigma2", "Slope", Told("It is."))
    assert find((*ROWS, named), "sigma2") is named
    assert find(ROWS, "sigma2") is ROWS[3]


@pytest.mark.parametrize("key", ["size:ses", "ses:size", " ses : size ", "g10", "γ10", "GAMMA_10"])
def test_factors_come_in_any_order_and_symbols_in_any_spelling(key: str) -> None:
    assert find(ROWS, key) is ROWS[0]


@pytest.mark.parametrize("key", ["", "γ", "size", "γ_01", "*"])
def test_what_is_not_there_is_listed(key: str) -> None:
    with pytest.raises(OptionError, match="Its symbols are γ₁₀, U₀ⱼ, τ₀², σ²; its terms are size"):
        find(ROWS, key)


def test_a_nearly_right_key_is_asked_for() -> None:
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        find(ROWS, "size:sess")


def test_rows_are_shown_beneath_the_equation() -> None:
    found = Interpretation(ROWS, "$$y$$", "y =")
    assert found.markdown.startswith("$$y$$\n\n- $\\gamma_{10}$: **Slope.** It is.\n- $U_{0j}$")
    assert r"It is \* not." in found.markdown
    assert str(found).startswith("y =\n\nγ₁₀  Slope.\n     It is.")
    assert str(Interpretation(ROWS)).startswith("γ₁₀  Slope.")
    assert (len(found), list(found)) == (4, list(ROWS))
    assert str(Interpretation(())) == Interpretation(()).markdown == ""


def test_a_row_shows_itself() -> None:
    assert str(ROWS[1]) == "U₀ⱼ  Rest.\n    It is * not."
    assert ROWS[1]._repr_mimebundle_()["text/markdown"] == r"$U_{0j}$: **Rest.** It is \* not."


def test_long_texts_are_wrapped_beneath_their_symbol() -> None:
    long = replace(ROWS[0], told=Told("word " * 60))
    lines = str(Interpretation((long,))).splitlines()[1:]
    assert len(lines) > 3
    assert all(len(line) <= 96 and line.startswith("     word") for line in lines)


def test_a_table_is_indexed_by_symbol() -> None:
    assert Interpretation(ROWS).to_frame().index.name == "symbol"


LANGUAGES = ("en", "de")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["null", "level-1", "cross-level"])
def test_a_list_has_first_sentences_and_folds_the_others(name: str, language: str) -> None:
    found = seed(name).interpret(language=language)
    folded = re.findall(r"<details>(.*?)</details>", found.markdown, flags=re.S)
    shown = re.sub(r"<details>.*?</details>", "", found.markdown, flags=re.S)
    assert len(folded) == sum(bool(row.told.more) for row in found) + bool(found.remarks)
    for row in found:
        assert escaped(row.told.lead) in shown
        for sentence in row.told.more:
            assert escaped(sentence) not in shown
            assert any(escaped(sentence) in part for part in folded)
    assert f'interpret("{found.rows[0].symbol}")' in str(found)  # a console folds nothing out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["null", "level-1", "cross-level"])
def test_everything_is_said_and_remarks_once(name: str, language: str) -> None:
    found = seed(name).interpret(language=language, detail="full")
    text = " ".join(str(found).split())
    for row in found:
        for sentence in (row.told.lead, *row.told.cautions, *row.told.more):
            assert sentence in text
            assert escaped(sentence) in found.markdown
    assert found.remarks
    for remark in found.remarks:
        assert text.count(remark.text) == 1
        assert found.markdown.count(escaped(remark.text)) == 1
        symbols = ", ".join(row.symbol for row in remark.rows)
        assert f"{symbols}: {remark.text}" in text
    assert "<details>" not in found.markdown


def test_one_symbol_is_told_whole_unless_asked_otherwise() -> None:
    fit = seed("level-1")
    (row,) = fit.interpret("U_0j").rows
    assert row.told.remarks
    assert row.full in " ".join(str(fit.interpret("U_0j")).split())
    assert row.told.remarks[0] not in " ".join(str(fit.interpret("U_0j", detail="first")).split())
    with pytest.raises(OptionError, match="detail='all' is not known"):
        fit.interpret(detail="all")


def test_a_caution_is_given_once_in_a_list() -> None:
    careful = [
        replace(row, told=told("It is.", cautions=["0 lies outside.", ""])) for row in ROWS[:2]
    ]
    assert str(Interpretation(tuple(careful))).count("0 lies outside.") == 1
    assert [row.full for row in careful] == ["It is. 0 lies outside."] * 2
