"""Fits side by side: the tests, the REML guard, the mixtures, and what is refused."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pypandoc
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

import mlmteach as mlm
from mlmteach.comparison import Publication
from mlmteach.errors import DataError, OptionError, SingularFitWarning
from mlmteach.fit.likelihood_ratio import likelihood_ratio
from tests.fit.generalized_models import fit_of
from tests.fit.handmade import cases, reference_fit
from tests.fit.layered_models import frame_of, layered
from tests.reference.glmer import frame


def mixture(x, df):
    lower = chi2.sf(x, df - 1) if df > 1 else float(x <= 0)
    return 0.5 * lower + 0.5 * chi2.sf(x, df)


def deviance(key):
    """R: deviance(fit) of the ML fit, lme4 1.1-31."""
    return cases()[key]["r"]["deviance"]


def test_fixed_parts_that_differ_are_compared_by_ml():
    """R: anova(level1, random_slope), anova(random_slope, cross_level): lme4 refits by ML."""
    keys = ["hsb_null", "seed_level1", "seed_random_slope", "seed_cross_level"]
    comparison = mlm.compare(*(reference_fit(f"{key}_reml") for key in keys))
    expected = -np.diff([deviance(f"{key}_ml") for key in keys])
    assert comparison.refitted
    assert "refitted by ML" in comparison.notes[0]
    assert not any(fit.reml for fit in comparison.fits)
    assert_allclose(comparison.tests["statistic"], expected, atol=2e-5)
    assert comparison.tests["df"].tolist() == [3, 2, 3]
    assert_allclose(comparison.tests["pvalue_plain"], chi2.sf(expected, [3, 2, 3]), rtol=1e-3)
    assert_allclose(comparison.tests["pvalue"].iloc[1], mixture(expected[1], 2), rtol=1e-3)
    assert comparison.tests["reference"].tolist() == ["χ²(3)", "0.5 χ²(1) + 0.5 χ²(2)", "χ²(3)"]


def test_reml_stays_where_the_fixed_parts_are_the_same():
    keys = ["seed_level1_reml", "seed_random_slope_reml"]
    comparison = mlm.compare(*map(reference_fit, keys))
    criteria = [cases()[key]["r"]["reml_criterion"] for key in keys]
    assert not comparison.refitted
    assert comparison.fits == tuple(map(reference_fit, keys))
    assert_allclose(comparison.tests["statistic"], [criteria[0] - criteria[1]], atol=2e-5)
    assert "REML criterion" in comparison.text


def test_mixed_criteria_are_made_one():
    comparison = mlm.compare(reference_fit("sleep_ri_ml"), reference_fit("sleep_corr_reml"))
    assert comparison.refitted
    assert_allclose(
        comparison.tests["statistic"], [deviance("sleep_ri_ml") - deviance("sleep_corr_ml")]
    )


def test_a_variance_estimated_as_zero_has_p_of_one():
    rng = np.random.default_rng(3)
    frame = mlm.load("sleepstudy").assign(other=rng.standard_normal(180))
    small = mlm.Model("Reaction ~ Days + other", group="Subject").fit(frame, reml=False)
    model = mlm.Model(
        "Reaction ~ Days + other",
        group="Subject",
        level2={"other": "1 + U"},
        covariance="diagonal",
    )
    with pytest.warns(mlm.MlmteachWarning, match="slope of other is estimated as zero"):
        large = model.fit(frame, reml=False)
    test = likelihood_ratio(small, large)
    assert test.reference == "0.5 χ²(0) + 0.5 χ²(1)"
    assert_allclose([test.statistic, test.pvalue], [0.0, 1.0], atol=1e-3)
    assert any("T of Model 2 is singular" in note for note in mlm.compare(small, large).notes)


def test_models_that_are_not_nested_get_no_test():
    hsb = mlm.load("hsb")
    fits = [
        mlm.Model(f"mathach ~ {x}", group="school").fit(hsb, reml=False) for x in ("ses", "female")
    ]
    comparison = mlm.compare(*fits, names=["SES", "Sex"])
    assert comparison.tests["reference"].tolist() == ["not nested"]
    assert np.isnan(comparison.tests["pvalue"].iloc[0])
    assert "Neither SES nor Sex is a case of the other" in comparison.text
    assert_allclose(comparison.table.loc[("fit", "AIC"), ("SES", "estimate")], fits[0].aic)


def test_table_holds_the_numbers_of_the_fits():
    keys = ["seed_level1_ml", "seed_random_slope_ml"]
    comparison = mlm.compare(*map(reference_fit, keys), names=["one", "two"])
    table = comparison.table
    for name, key in zip(("one", "two"), keys, strict=True):
        fit = reference_fit(key)
        assert_allclose(table.loc["γ"][name, "estimate"], fit.params)
        assert_allclose(table.loc["γ"][name, "SE"], fit.bse)
        assert_allclose(table.loc[("σ²", "sigma2"), (name, "estimate")], fit.scale)
        assert_allclose(table.loc[("fit", "BIC"), (name, "estimate")], fit.bic)
    assert np.isnan(table.loc[("T", "var(ses)"), ("one", "estimate")])
    assert comparison._repr_mimebundle_()["text/plain"] == str(comparison)
    assert "| γ ses |" in comparison._repr_mimebundle_()["text/markdown"]


def test_order_does_not_decide_which_is_smaller():
    small, large = reference_fit("sleep_ri_ml"), reference_fit("sleep_corr_ml")
    forward, backward = mlm.compare(small, large).tests, mlm.compare(large, small).tests
    assert forward["statistic"].iloc[0] == backward["statistic"].iloc[0]
    assert backward["larger"].iloc[0] == "Model 1"


def test_variance_explained():
    """Reductions by hand from lme4's variances; Snijders & Bosker (2012), chapter 7."""
    null, level1 = reference_fit("hsb_null_ml"), reference_fit("seed_level1_ml")
    comparison = mlm.compare(null, level1)
    explained = comparison.table.loc["explained"]["Model 2", "estimate"]

    def variances(key):
        rows = cases()[key]["r"]["varcorr"]
        return rows[0]["vcov"], rows[1]["vcov"]

    (tau0, sigma0), (tau, sigma) = variances("hsb_null_ml"), variances("seed_level1_ml")
    size = 160 / np.sum(1 / np.bincount(null.design.codes))
    assert_allclose(explained["Reduction of sigma2"], 1 - sigma / sigma0, rtol=1e-4)
    assert_allclose(explained["Reduction of var((Intercept))"], 1 - tau / tau0, rtol=1e-3)
    assert_allclose(
        explained["Level 1, Snijders–Bosker"], 1 - (tau + sigma) / (tau0 + sigma0), rtol=1e-3
    )
    assert_allclose(
        explained["Level 2, Snijders–Bosker"],
        1 - (tau + sigma / size) / (tau0 + sigma0 / size),
        rtol=1e-3,
    )
    r = cases()["seed_level1_ml"]["r"]
    assert_allclose(explained["Marginal R², Nakagawa"], r["r2_marginal"], rtol=1e-4)
    assert_allclose(explained["Conditional R², Nakagawa"], r["r2_conditional"], rtol=1e-4)


def test_variance_of_a_slope_is_compared_with_the_first_model_that_has_it():
    """Raudenbush & Bryk, chapter 4: the slopes' variance that level-2 predictors explain."""
    keys = ["hsb_null_ml", "seed_random_slope_ml", "seed_cross_level_ml"]
    comparison = mlm.compare(*map(reference_fit, keys))
    found = comparison.table.loc[("explained", "Reduction of var(ses)")].xs("estimate", level=1)
    before, after = (reference_fit(key).cov_re.loc["ses", "ses"] for key in keys[1:])
    assert np.isnan(found["Model 1"])
    assert_allclose(found[["Model 2", "Model 3"]], [0.0, 1 - after / before])


def test_negative_shares_are_explained():
    """Centring within groups leaves the variance between and lowers the one within."""
    null, within = reference_fit("hsb_null_reml"), reference_fit("hsb_random_coef")
    comparison = mlm.compare(null, within)
    assert comparison.table.loc["explained"].to_numpy()[:, 2].min() < 0
    assert any("That is possible" in note for note in comparison.notes)
    assert "−0." in comparison.text
    assert "-0." not in comparison.text


def test_refusals():
    hsb = mlm.load("hsb")
    model = mlm.Model("mathach ~ ses", group="school")
    fit = model.fit(hsb)
    with pytest.raises(DataError, match="7185 rows and B to 7000"):
        mlm.compare(fit, model.fit(hsb.iloc[:7000]), names=["A", "B"])
    with pytest.raises(DataError, match="different outcomes"):
        mlm.compare(fit, mlm.Model("ses ~ 1", group="school").fit(hsb))
    with pytest.raises(DataError, match="different order"):
        mlm.compare(fit, model.fit(hsb.iloc[::-1]))
    with pytest.raises(DataError, match="different groups"):
        mlm.compare(fit, model.fit(hsb.assign(school=hsb["school"].to_numpy()[::-1])))
    with pytest.raises(OptionError, match="two or more"):
        mlm.compare(fit)
    with pytest.raises(OptionError, match="A Model cannot be compared"):
        mlm.compare(fit, model)
    with pytest.raises(OptionError, match="a different one"):
        mlm.compare(fit, fit, names=["A", "A"])


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
    """What stands in the cells on paper, where a number and its standard error stay together."""
    together = [
        [cell.replace(" (", "\N{NO-BREAK SPACE}(") for cell in row] for row in publication.rows
    ]
    return [[cell for cell in row if cell] for row in together]


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
    assert re.search(r"10,5\N{NO-BREAK SPACE}\([\d,]+ bis [\d,]+\)", publication.markdown)


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
    assert not set(latex) & set("−×χ²")
    document = table().save(tmp_path / "table.tex").read_text("utf-8")
    assert document.count(r"\documentclass") == 1
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
    assert "| Intercept |" in table().markdown


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(OptionError, match="show='stars'"):
        table(show="stars")


def test_a_square_is_named_as_the_equation_writes_it() -> None:
    sleep = mlm.load("sleepstudy")
    straight = mlm.Model("Reaction ~ Days", group="Subject").fit(sleep)
    bent = mlm.Model("Reaction ~ Days + I(Days ** 2)", group="Subject").fit(sleep)
    table = mlm.compare(straight, bent).publication()
    assert "Days²" in [row[0] for row in table.rows]
    assert "I(" not in table.markdown


# --- outcomes that are not normal ---------------------------------------------------------


@pytest.fixture(scope="module")
def of_counts():
    data = frame("counts")
    given = {"group": "group", "exposure": "time", "level2": {"intercept": "z + U"}}
    fits = [mlm.Model("y ~ x", family=family, **given).fit(data) for family in FAMILIES]
    return mlm.compare(*fits, fit_of("counts_slope"), names=["Poisson", "negbin", "slope"])


FAMILIES = ("poisson", "negbin")


def test_successes_side_by_side():
    """R: anova(m0, m) of cbpp; see tests/fit/test_likelihood_ratio.py."""
    model = mlm.Model("incidence ~ 1", group="herd", family="binomial", trials="size")
    found = mlm.compare(model.fit(mlm.load("cbpp")), fit_of("cbpp"))
    assert_allclose(found.tests["statistic"], 25.61006, atol=1e-4)
    whole = found.table.xs("estimate", axis=1, level="value")["Model 2"]
    assert_allclose(whole["fit", "AIC"], 194.05256, atol=1e-4)
    assert_allclose(whole["fit", "BIC"], 204.17932, atol=1e-4)
    assert set(found.table.index.get_level_values("part")) == {"γ", "T", "fit"}
    assert found.notes[0] == "All fits by ML, with Laplace's approximation."
    assert "no shares of explained variance" in found.notes[-1]
    quadrature = mlm.compare(fit_of("cbpp_agq25"), fit_of("cbpp_probit_agq25"))
    assert quadrature.notes[0] == "All fits by ML, with 25 quadrature points."
    assert "AIC and BIC still compare them" in quadrature.notes[1]
    assert quadrature.tests["pvalue"].isna().all()


def test_counts_side_by_side(of_counts):
    assert of_counts.tests["reference"].tolist() == ["0.5 χ²(0) + 0.5 χ²(1)", "not nested"]
    assert not any("explained variance" in note for note in of_counts.notes)
    shape = of_counts.table.xs("estimate", axis=1, level="value").loc[("shape", "shape")]
    assert_allclose(shape["negbin"], of_counts.fits[1].shape)
    assert np.isnan(shape["Poisson"])
    assert "shape" in of_counts.text


def test_a_printed_table_of_counts(of_counts):
    table = of_counts.publication()
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Shape of the negative binomial"][0] == "–"
    assert rows["Shape of the negative binomial"][1] == f"{of_counts.fits[1].shape:.2f}"
    assert not any("Residual" in label for label in rows)
    assert "Likelihood by Laplace's approximation." in table.notes
    german = of_counts.publication(language="de", show="interval")
    assert "Likelihood nach der Laplace-Näherung." in german.notes
    assert any("Form der negativen" in row[0] for row in german.rows)


def test_normal_outcomes_beside_others_are_refused():
    with pytest.warns(SingularFitWarning):
        normal = mlm.Model("incidence ~ period", group="herd").fit(mlm.load("cbpp"))
    with pytest.raises(DataError, match="a density in the units of the outcome"):
        mlm.compare(normal, fit_of("cbpp"))


def test_a_product_is_the_same_one_when_its_factor_moves_up_a_level():
    """Where rooms are a grouping, te stands at level 2, and the product is called te:x."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"school": np.repeat(range(8), 12), "room": np.repeat(range(24), 4)})
    frame["x"], frame["te"] = rng.normal(size=96), rng.normal(size=24)[frame["room"]]
    frame["y"] = rng.normal(size=96) + rng.normal(size=24)[frame["room"]]
    formula = "y ~ x * te + (1 | {})"
    one, two = (
        mlm.Model.from_formula(formula.format(group), data=frame).fit(frame)
        for group in ("school", "school/room")
    )
    assert [one.params.index[-1], two.params.index[-1]] == ["x:te", "te:x"]

    found = mlm.compare(one, two)
    assert not found.refitted
    assert_allclose(found.tests["statistic"], one.criterion - two.criterion)
    assert_allclose(
        found.table.loc[("γ", "x:te"), (slice(None), "estimate")],
        [
            one.params["x:te"],
            two.params["te:x"],
        ],
    )
    assert ("γ", "te:x") not in found.table.index
    assert len([row for row in found.publication().rows if "×" in row[0]]) == 1


def test_a_model_without_a_level_stands_beside_the_one_with_it():
    small = mlm.Model("strength ~ 1", group="batch").fit(frame_of("pastes"))
    found = mlm.compare(small, layered("pastes"), names=["batches", "casks too"])
    table = found.table.xs("estimate", axis=1, level="value")
    assert list(table.loc["T"].index) == ["var(Intercept | batch)", "var(Intercept | cask)"]
    assert np.isnan(table.loc[("T", "var(Intercept | cask)"), "batches"])
    assert found.tests["reference"].tolist() == ["0.5 χ²(0) + 0.5 χ²(1)"]
    assert "its variance goes to the others" in found.notes[-1]
    assert not any("Snijders" in label for label in table.loc["explained"].index)
    rows = {row[0]: row[1:] for row in found.publication().rows}
    assert rows["Variance of the intercept, batches"] == ("3.34", "1.66")
    assert rows["Variance of the intercept, casks"] == ("–", "8.43")
    assert (rows["Batches"], rows["Casks"]) == (("10", "10"), ("–", "30"))


def test_variance_explained_at_each_of_three_levels():
    """Raudenbush & Bryk (2002), chapter 8: each variance against that of the model without."""
    told = {"group": "schoolid/childid", "level2": {"year": "U"}, "level3": {"year": "V"}}
    without = mlm.Model("math ~ year", **told).fit(frame_of("egsingle"))
    found = mlm.compare(without, layered("egsingle"))
    assert found.refitted
    shares = found.table.xs("estimate", axis=1, level="value").loc["explained", "Model 2"]
    before, after = (fit.cov_re["schoolid"].loc["Intercept", "Intercept"] for fit in found.fits)
    assert shares["Reduction of var(Intercept | schoolid)"] == pytest.approx(1.0 - after / before)
    assert abs(shares["Reduction of sigma2"]) < 0.01
    assert found.tests["reference"].tolist() == ["χ²(3)"]
