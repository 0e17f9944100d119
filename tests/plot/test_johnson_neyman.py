"""The slope over its moderator."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError
from mlmteach.plot.johnson_neyman import region_told


def test_the_line_is_gamma_10_plus_gamma_11_size(full: Fit) -> None:
    figure = mlm.plot.johnson_neyman(full, "size:ses")
    line = next(ln for ln in figure.canvas.axes[0].lines if ln.get_label() == "slope")
    size, slope = np.asarray(line.get_xydata()).T
    np.testing.assert_allclose(slope, full.params["ses"] + full.params["size:ses"] * size)
    sizes = full.frame["size"]
    assert (size[0], size[-1]) == (sizes.min(), sizes.max())


def test_a_bound_in_the_data_is_drawn() -> None:
    rng = np.random.default_rng(3)
    hsb = mlm.load("hsb")
    code = pd.factorize(hsb["school"])[0]
    hsb["w"] = rng.normal(size=160)[code]
    noise = rng.normal(size=160)[code] + rng.normal(size=len(hsb))
    hsb["y"] = hsb["w"] * hsb["ses"] + noise
    model = mlm.Model("y ~ ses", group="school", level2={"ses": "w"})
    fit = model.fit(hsb)
    figure = mlm.plot.johnson_neyman(fit, "w:ses")
    bounds = fit.quantities.johnson_neyman("ses", "w").bounds
    drawn = [t.get_text() for t in figure.canvas.axes[0].texts]
    assert drawn == [f"{bound:.4g}".replace("-", "−") for bound in bounds]
    low, high = (f"{bound:.4g}".replace("-", "−") for bound in bounds)
    assert f"where w is outside {low} and {high}" in figure.alt


def test_only_bounds_within_the_data_are_told(full: Fit) -> None:
    region = full.quantities.johnson_neyman("ses", "size")
    assert region.bounds[1] < region.least == 100
    alt = mlm.plot.johnson_neyman(full, "size:ses").alt
    assert alt.endswith(
        "The slope of SES differs from 0 at every size in the data (at the 5 % level)."
    )
    told = {  # what part of the bounds 1 and 2 is in the data, significant outside them or inside
        (0.0, 3.0): ("outside 1 and 2", "between 1 and 2"),
        (0.0, 1.5): ("below 1", "above 1"),
        (1.5, 3.0): ("above 2", "below 2"),
    }
    for (least, greatest), words in told.items():
        for inside, where in zip((False, True), words, strict=True):
            seen = replace(region, bounds=(1.0, 2.0), inside=inside, least=least, greatest=greatest)
            assert f"where z is {where}: " in region_told(seen, "x", "z")
    never = replace(region, share=0.0)
    assert "at no z in the data" in region_told(never, "x", "z")


def test_unknown_interactions_are_refused(full: Fit) -> None:
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        mlm.plot.johnson_neyman(full, "size:sess")
