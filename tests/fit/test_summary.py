"""A fit as text and as Markdown."""

from __future__ import annotations

from tests.fit.handmade import reference_fit


def test_summary_on_request():
    """R: summary(fit), and summary(fit, ddf = "Kenward-Roger"), of lmerTest."""
    fit = reference_fit("seed_cross_level_reml")
    assert fit.summary().fixed[1][3] == "161.7"
    assert fit.summary(df="kenward-roger").fixed[1][3] == "175.2"
