"""The slope over its moderator."""

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import OptionError


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
    assert drawn == [f"{bound:.4g}" for bound in bounds]


def test_unknown_interactions_are_refused(full: Fit) -> None:
    with pytest.raises(OptionError, match="Did you mean 'size:ses'"):
        mlm.plot.johnson_neyman(full, "size:sess")
