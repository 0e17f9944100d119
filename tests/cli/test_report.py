"""The report of a fit as one page."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import mlmteach as mlm
from mlmteach.cli import main
from mlmteach.cli.report import as_html

SLOPE = "mathach ~ ses + minority + female + (1 + ses | school)"


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.append(tag)


def test_the_report_is_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.html"
    assert main(["fit", "hsb", SLOPE, "--output", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("math") == 4
    assert page.tags.count("table") == page.tags.count("caption") == 2
    assert not {"script", "link", "img"} & set(page.tags)
    assert "−3.00" in text  # γ₂₀, −2.9984 in full
    assert str(path) in capsys.readouterr().err


def test_names_are_escaped_and_messages_shown() -> None:
    frame = mlm.load("dyestuff2").rename(columns={"Yield": "a<b"})
    with pytest.warns(mlm.MlmteachWarning, match="estimated as zero"):
        fit = mlm.Model("`a<b` ~ 1", group="Batch").fit(frame)
    text = as_html(fit)
    assert "<title>Two-level model of a&lt;b</title>" in text
    assert "a<b" not in text
    assert f'<p class="note">{html.escape(fit.messages[0])}</p>' in text


def test_every_symbol_has_its_meaning_in_the_notation_asked_for() -> None:
    fit = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )
    for notation, effect in (("slides", "U"), ("raudenbush-bryk", "u")):
        text = as_html(fit, notation=notation)
        rows = fit.interpret(notation=notation).rows
        pairs = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", text)
        told = [
            (a, re.sub("<details><summary>More</summary>|</details>", " ", b)) for a, b in pairs
        ]
        assert [(html.unescape(a), html.unescape(b).strip()) for a, b in told] == [
            (row.symbol, row.full) for row in rows
        ]
        assert f"<mi>{effect}</mi>" in text
    for row in fit.summary().fixed[1:]:
        for cell in row[1:]:
            assert f"<td>{html.escape(cell)}</td>" in text


def test_the_report_of_a_yes_no_outcome(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    formula = "use ~ age + urban + (1 | district)"
    arguments = ["fit", "contraception", formula, "--family", "binomial"]
    assert main([*arguments, "--output", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("table") == page.tags.count("caption") >= 2
    assert "Variances of the random coefficients</caption>" in text
    assert "σ²" not in text.split("What each symbol means")[0]
