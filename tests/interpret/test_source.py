"""Where the numbers of sentences come from."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError
from mlmteach.interpret.source import Source, source_of


def test_the_share_between_groups_is_of_unbiased_variances() -> None:
    """Two rows a group, of pure noise: the share within is 1, and not 1/2."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"g": np.repeat(np.arange(4000), 2), "x": rng.normal(size=8000)})
    frame["y"] = frame["x"] + rng.normal(size=8000)
    source = source_of(mlm.Model("y ~ x", group="g"), data=frame)
    assert source.between_share("x") < 0.05
    mixed = frame.assign(x=frame["x"] + np.repeat(rng.normal(size=4000), 2))
    source = source_of(mlm.Model("y ~ x", group="g"), data=mixed)
    assert source.between_share("x") == pytest.approx(0.5, abs=0.04)


HSB = mlm.load("hsb")
MODEL = mlm.Model("mathach ~ ses", group="school", level2={"intercept": "size + U"})


@pytest.fixture(scope="module")
def known() -> Source:
    return source_of(MODEL, data=HSB)


def test_a_spread_is_over_rows_at_level_1_and_over_groups_at_level_2(known: Source) -> None:
    schools = HSB.drop_duplicates("school")["size"]
    ses, size = known.spread("ses", 1), known.spread("size", 2)
    assert ses is not None
    assert size is not None
    assert (ses.minimum, ses.maximum) == (HSB["ses"].min(), HSB["ses"].max())
    assert (ses.mean, ses.sd) == pytest.approx((HSB["ses"].mean(), HSB["ses"].std()))
    assert (size.mean, size.sd) == pytest.approx((schools.mean(), schools.std()))


def test_within_groups_a_spread_is_that_of_departures(known: Source) -> None:
    within = known.spread_within("ses")
    assert within is not None
    departures = HSB["ses"] - HSB.groupby("school")["ses"].transform("mean")
    assert within.mean == 0.0
    assert within.sd == pytest.approx(departures.std())
    assert known.spread_within("nothing") is None


def test_without_data_nothing_is_known_and_nothing_is_denied() -> None:
    source = source_of(MODEL)
    assert source.spread("ses", 1) is None
    assert source.values("ses", 1) is None
    assert source.between_share("ses") == 0.0


def test_a_share_between_groups_is_that_of_a_level_2_variable_too(known: Source) -> None:
    assert known.between_share("size") == pytest.approx(1.0)
    assert 0.2 < known.between_share("ses") < 0.3


def test_a_fit_brings_all_it_has() -> None:
    fit = MODEL.fit(HSB)
    source = source_of(fit)
    assert source.fit is fit
    assert source.frame is fit.frame
    assert source.model is fit.model
    assert source.codebook["ses"].symbol == "SES"
    assert source_of(fit, language="de").codebook.language == "de"


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_is_a_proportion(level: float) -> None:
    with pytest.raises(OptionError, match=f"level of {level} is not between 0 and 1"):
        source_of(MODEL, level=level)


def test_numbers_have_to_be_complete() -> None:
    whole = MODEL.fit(HSB).estimates
    for changed, missing in (
        (replace(whole, params=whole.params.drop("size")), "'size'"),
        (replace(whole, cov_re=whole.cov_re.iloc[:0, :0]), "'Intercept'"),
    ):
        with pytest.raises(OptionError, match=f"no value for {missing}"):
            source_of(MODEL, estimates=changed)


def test_words_come_from_the_caller_then_the_model_then_the_data() -> None:
    words = {"columns": {"ses": {"noun": "status", "symbol": "S"}}}
    given = mlm.Model("mathach ~ ses", group="school", codebook=words)
    assert source_of(given).codebook["ses"].noun == "status"
    assert source_of(given, codebook={"ses": {"noun": "wealth"}}).codebook["ses"].noun == "wealth"
    assert source_of(given, codebook={"ses": {"noun": "wealth"}}).codebook["ses"].symbol == "S"
    bare = source_of(mlm.Model("y ~ x_1", group="hospital")).codebook
    assert bare["x_1"].label == "x 1"
    assert bare.level2.singular == "hospital"


def test_what_a_variance_is_large_beside() -> None:
    """σ² of a normal outcome; of others, which have none, one unit of the link."""
    normal = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    own = source_of(normal)
    assert own.normal is normal
    assert own.level1_variance == normal.scale
    counts = mlm.Model("incidence ~ 1", group="herd", family="poisson").fit(mlm.load("cbpp"))
    other = source_of(counts)
    assert other.normal is None
    assert other.level1_variance == 1.0
