"""The panel on the ladder of models."""

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.explore.defaults import LADDER, default_fit
from mlmteach.explore.ladder import ladder_table


def test_shares_are_those_of_compare() -> None:
    fits = {name: default_fit(name) for name in ("null", "level 1")}
    table = ladder_table(fits)
    ml = mlm.compare(*fits.values()).fits
    assert table.loc["level 1", "between"] == pytest.approx(
        1 - ml[1].cov_re.iloc[0, 0] / ml[0].cov_re.iloc[0, 0], abs=0.01
    )
    assert table.loc["null", ["between", "within"]].tolist() == [0, 0]


def test_each_step_has_its_equation_and_its_bars() -> None:
    panel = mlm.explore.ladder()
    seen = set()
    for step, name in enumerate(LADDER, start=1):
        panel.controls["step"].value = step
        seen.add((panel.image.value, panel.equation.value, panel.sentence.value))
        assert f"Step {step}, {name}" in panel.shown.sentence
        assert f"σ² {default_fit(name).scale:.2f}" in panel.shown.alt
    assert len(seen) == 4
    assert "size:ses" in panel.shown.sentence
    assert r"\gamma_{11}" in panel.equation.value


def test_ladders_that_are_none_are_refused() -> None:
    with pytest.raises(OptionError, match="two fits or more"):
        mlm.explore.ladder({"null": default_fit("null")})
