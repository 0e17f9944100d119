"""Where a slope turns significant, against p-values at places."""

import pytest
from numpy.testing import assert_allclose

import mlmteach as mlm
from mlmteach.errors import OptionError


def test_bounds_are_where_p_is_alpha() -> None:
    model = mlm.Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    cross_level = model.fit(mlm.load("hsb"))
    for pair in (("size", "ses"), ("ses", "size")):
        found = cross_level.quantities.johnson_neyman(*pair)
        slopes = cross_level.quantities.simple_slopes(*pair, found.bounds)
        assert_allclose(slopes["p"], 0.05, rtol=1e-5)
        low, high = found.bounds
        inner = cross_level.quantities.simple_slopes(*pair, [(low + high) / 2])["p"].iloc[0]
        assert (inner < 0.05) == found.inside
        assert found.moderator in str(found)


def test_the_share_is_that_of_the_rows() -> None:
    fit = mlm.Model(
        "mathach ~ ses", group="school", level2={"intercept": "size + U", "ses": "size + U"}
    ).fit(mlm.load("hsb"))
    found = fit.quantities.johnson_neyman("size", "ses")
    ses = mlm.load("hsb")["ses"]
    p = fit.quantities.simple_slopes("size", "ses", ses.iloc[::50])["p"].to_numpy()
    low, high = found.bounds
    inside = ((ses > low) & (ses < high)) == found.inside
    assert ((p < 0.05) == inside.iloc[::50].to_numpy()).all()
    assert_allclose(found.share, inside.mean())


def test_a_slope_that_bends_is_refused() -> None:
    bent = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + I((size / 1000)**2)"})
    with pytest.raises(OptionError, match="no straight line over 'size'"):
        bent.fit(mlm.load("hsb")).quantities.johnson_neyman("ses", "size")
