"""The table of a paper, opened in each of its forms."""

import re
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pypandoc
import pytest

import mlmteach as mlm
from mlmteach.comparison import Publication
from mlmteach.errors import OptionError


@cache
def table(language: str = "en", show: str = "se") -> Publication:
    frame = mlm.load("sleepstudy")
    fits = [
        mlm.Model("Reaction ~ 1", group="Subject").fit(frame),
        mlm.Model("Reaction ~ Days", group="Subject").fit(frame),
        mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(frame),
    ]
    names = ["null", "growth", "random growth"]
    return mlm.compare(*fits, names=names).publication(language=language, show=show)


def cells(publication: Publication) -> list[list[str]]:
    return [[cell for cell in row if cell] for row in publication.rows]


def test_what_is_in_it() -> None:
    labels = [row[0] for row in table().rows]
    assert labels == [
        "", "Fixed part", "Intercept", "Day of the study", "Random part",
        "Variance of the intercept", "Variance of the slope of the day of the study",
        "Covariance of the intercept and the slope of the day of the study", "Residual variance",
        "Fit", "Deviance", "AIC", "BIC", "Parameters", "Measurements", "Subjects",
    ]  # fmt: skip
    assert table().rows[0] == ("", "null", "growth", "random growth")
    assert table().notes[:2] == (
        "Standard errors in brackets.",
        "All fits by maximum likelihood (ML).",
    )
    assert "0.5 χ²(1) + 0.5 χ²(2)" in table().notes[-1]


def test_values_are_the_fit_s() -> None:
    """Lme4 4: fixef and VarCorr of lmer(Reaction ~ Days + (Days | Subject), REML = FALSE)."""
    column = {row[0]: row[3] for row in table().rows}
    assert column["Intercept"].startswith("251.4 (")
    assert column["Day of the study"].startswith("10.5 (")
    assert column["Deviance"] == "1,751.9"
    assert column["Residual variance"].startswith("654.9")


def test_intervals_and_german() -> None:
    publication = table("de", "interval")
    assert "Fester Teil" in publication.markdown
    assert re.search(r"10,5 \([\d,]+ bis [\d,]+\)", publication.markdown)


class Cells(HTMLParser):
    """Collects the texts of the cells of an HTML table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if data.strip() and self.rows:
            self.rows[-1].append(data)


def test_html_opens(tmp_path: Path) -> None:
    for html in (table().html, table().save(tmp_path / "table.html").read_text("utf-8")):
        reader = Cells()
        reader.feed(html.split("</table>")[0].split("<table", 1)[1])
        assert reader.rows == cells(table())


def test_word_opens(tmp_path: Path) -> None:
    path = table().save(tmp_path / "table.docx")
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    rows = [
        ["".join(t.text or "" for t in cell.iter(f"{space}t")) for cell in row.iter(f"{space}tc")]
        for row in root.iter(f"{space}tr")
    ]
    assert [[cell for cell in row if cell] for row in rows] == cells(table())


def test_latex_opens(tmp_path: Path) -> None:
    latex = table().latex
    assert latex.count(r"\begin{longtable}") == latex.count(r"\end{longtable}") == 1
    assert latex.isascii() or not set(latex) & set("−×χ²")
    document = table().save(tmp_path / "table.tex").read_text("utf-8")
    assert document.startswith(r"\documentclass") or r"\documentclass" in document
    read = pypandoc.convert_text(latex, "gfm", format="latex", extra_args=["--columns=10000"])
    for row in cells(table()):
        for cell in row:
            assert cell.replace("−", "$-$") in read


def test_markdown_opens(tmp_path: Path) -> None:
    text = table().save(tmp_path / "table.md").read_text("utf-8")
    rows = [
        [cell.strip().strip("*") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and "---" not in line
    ]
    assert [[cell for cell in row if cell] for row in rows] == cells(table())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = table().save(tmp_path / "table.md")
    with pytest.raises(OptionError, match="already"):
        table().save(path)
    with pytest.raises(OptionError, match=r"'\.pdf'"):
        table().save(tmp_path / "table.pdf")


def test_without_pandoc_there_is_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("mlmteach.comparison.import_module", missing)
    with pytest.raises(OptionError, match="pip install pypandoc_binary"):
        _ = table().html
    assert table().markdown


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(OptionError, match="show='stars'"):
        table(show="stars")
