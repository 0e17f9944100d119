"""A fit as text and as Markdown."""

from __future__ import annotations

import mlmteach as mlm
from mlmteach.fit.summary import number, pipes, plain
from mlmteach.numbers import p_value
from tests.fit.handmade import reference_fit
from tests.fit.layered_models import layered


def test_summary_on_request():
    """R: summary(fit), and summary(fit, ddf = "Kenward-Roger"), of lmerTest."""
    fit = reference_fit("seed_cross_level_reml")
    assert fit.summary().fixed[1][3] == "161.7"
    assert fit.summary(df="kenward-roger").fixed[1][3] == "175.2"


def test_numbers_and_tables_as_text():
    assert (p_value(0.0009), p_value(0.001), p_value(0.0495)) == ("< 0.001", "0.001", "0.050")
    assert number(2.0) == "2.00"
    rows = [("Fixed", "Estimate"), ("a|b", "-1"), ("longer", "10")]
    assert plain(rows).splitlines() == [
        "Fixed   Estimate",
        "----------------",
        "a|b           -1",
        "longer        10",
    ]
    assert pipes(rows).splitlines() == [
        "| Fixed | Estimate |",
        "|---|---:|",
        r"| a\|b | -1 |",
        "| longer | 10 |",
    ]


def test_text_and_markdown_hold_the_numbers_of_the_fit(growth):
    """R: summary(lmer(Reaction ~ Days + (Days | Subject), sleepstudy)) of lme4 and lmerTest."""
    summary = growth.summary()
    assert summary.fixed[2] == ("Days", "10.5", "1.5", "17.0", "6.77", "< 0.001")
    assert [row[:3] for row in summary.random] == [
        ("Random", "Variance", "SD"),
        ("Intercept", "612.1", "24.74"),
        ("Days", "35.07", "5.92"),
        ("Residual", "654.9", "25.59"),
    ]
    assert summary.random[2][3] == "0.07"
    markdown = summary.markdown.replace("\N{NO-BREAK SPACE}", " ")
    for cells in (*summary.fixed, *summary.random):
        assert all(cell in summary.text for cell in cells)
        assert "| " + " | ".join(cells) + " |" in markdown
    assert str(summary) == repr(summary) == summary.text
    assert summary._repr_markdown_() == summary.markdown


def test_facts_say_by_what_and_to_what(growth):
    fitted, rows, criterion = growth.summary().facts
    assert fitted == "Two-level model, fitted by restricted maximum likelihood (REML)."
    assert rows == "180 rows in 18 groups (Subject)."
    assert criterion.startswith("REML criterion 1,743.6283, AIC 1,755.63, BIC ")
    ml = reference_fit("sleep_corr_ml").summary().facts
    assert "by maximum likelihood (ML)" in ml[0]
    assert ml[2].startswith("Deviance (-2 log-likelihood) 1,751.9393")


def test_one_variance_has_no_correlations_and_zero_has_none():
    assert [len(row) for row in reference_fit("sleep_ri_ml").summary().random] == [3, 3, 3]
    alone = reference_fit("dyestuff2_reml").summary()
    assert alone.random[1][1] == "0.00"
    assert alone.text.endswith(f"Note: {alone.fit.messages[0]}")
    assert alone.markdown.endswith(f"**Note.** {alone.fit.messages[0]}")


def test_a_model_without_a_fixed_part_has_a_summary() -> None:
    data = mlm.load("sleepstudy")
    model = mlm.Model.from_formula("Reaction ~ 0 + (Days | Subject)", data=data)
    fit = model.fit(data)
    assert fit.df.empty
    assert fit.conf_int().empty
    for df in ("satterthwaite", "kenward-roger"):
        assert "Residual" in str(fit.summary(df=df))
    assert "τ₀²" in str(fit.interpret())


def test_a_yes_no_outcome_and_a_count_are_named_as_what_they_are():
    frame = mlm.load("contraception")
    *_, binary = mlm.Model("use ~ age", group="district").fit(frame).summary().facts
    assert "use is 0 or 1, and this is a linear probability model" in binary
    assert binary.endswith("see family='binomial'.")
    ticks = mlm.load("grouseticks")
    *_, count = mlm.Model("TICKS ~ 1", group="BROOD").fit(ticks).summary().facts
    assert count == "TICKS is a count, and this model takes it for normal: see family='poisson'."
    score = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb")).summary().facts
    assert not any("family" in fact for fact in score)


def test_two_groupings_have_both_random_parts():
    """R: summary(lmer(strength ~ 1 + (1 | batch/cask), Pastes)): 8.434, 1.657 and 0.678."""
    text = layered("pastes").summary().text.splitlines()
    assert text[:4] == [
        "Three-level model, fitted by restricted maximum likelihood (REML).",
        "60 rows in 30 groups (cask) and 10 groups (batch).",
        "REML criterion 246.9907, AIC 254.99, BIC 263.37.",
        "Intraclass correlations: batch 0.154, cask 0.937.",
    ]
    parts = text.index("Intercept | cask       8.43   2.90")
    assert text[parts + 1 : parts + 3] == [
        "Intercept | batch      1.66   1.29",
        "Residual              0.678  0.823",
    ]
    assert text[-1].startswith("Note: 'cask' a occurs in several groups of 'batch'")
    growth = layered("egsingle").summary()
    assert "averaged over the rows" in growth.text
    assert [len(row) for row in growth.random] == [4] * 6
    assert r"year \| schoolid" in growth.markdown
    assert layered("penicillin").summary().text.startswith("Model with crossed groupings, fitted")


def test_a_name_is_no_markdown_in_a_table() -> None:
    table = pipes([["", "a | b"], ["<b>x</b>", "< 0.001"], ["*All*", ""]])
    assert r"\<b\>x\</b\>" in table
    assert r"a \| b" in table
    assert r"**\*All\***" in table  # a name that stands alone is a heading
    assert "\\< 0.001" not in table
