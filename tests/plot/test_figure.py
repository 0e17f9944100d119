"""A figure has an alt text, and never overwrites."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas
from PIL import Image

import mlmteach as mlm
from mlmteach.errors import ModelError, OptionError
from mlmteach.plot import Figure
from mlmteach.plot.group_lines import line_of_each_group
from tests.fit.layered_models import layered


def test_a_figure_without_alt_text_cannot_be_made() -> None:
    with pytest.raises(OptionError, match="no alt"):
        Figure(Canvas(), "A caption.", "  ")


def test_the_alt_text_is_in_every_form() -> None:
    figure = Figure(Canvas(), "What to see.", 'Two lines, "a" < "b".')
    bundle = figure._repr_mimebundle_()
    assert bundle["text/plain"] == 'Two lines, "a" < "b".'
    assert 'alt="Two lines, &quot;a&quot; &lt; &quot;b&quot;."' in bundle["text/html"]
    assert "<figcaption>What to see.</figcaption>" in bundle["text/html"]
    assert "image/png" in bundle


def test_a_picture_has_few_colours_that_nobody_can_tell_from_its_own() -> None:
    figure = mlm.plot.caterpillar(mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb")))
    drawn = BytesIO()
    figure.canvas.savefig(drawn, format="png", dpi=110)
    few = Image.open(BytesIO(figure.png))
    assert few.mode == "P"
    assert few.info["dpi"] == pytest.approx((110, 110), abs=0.1)  # LaTeX sizes it by this
    there, here = (np.asarray(one.convert("RGB"), int) for one in (Image.open(drawn), few))
    assert abs(there - here).max() < 16
    assert len(figure.png) < 0.5 * drawn.tell()


def test_saving_overwrites_nothing(tmp_path: Path) -> None:
    figure = Figure(Canvas(), "Caption.", "Alt.")
    path = figure.save(tmp_path / "a.svg")
    before = path.read_bytes()
    with pytest.raises(OptionError, match="there already"):
        figure.save(path)
    assert path.read_bytes() == before
    with pytest.raises(OptionError, match="cannot be saved"):
        figure.save(tmp_path / "a.xyz")


# --- every figure of a fit, where the fit has two groupings ---------------------------------------

DRAWN = {
    "caterpillar": (
        "egsingle",
        ("year",),
        {"grouping": "schoolid"},
        "departures V₁₀ₖ",
    ),
    "coefficients": ("egsingle", (), {}, "lowinc (γ₀₀₁): "),
    "cross_level": ("egsingle", ("lowinc:year",), {}, "3 lines of year"),
    "ellipse": ("egsingle", (), {}, "(U₀ⱼₖ) and slope of year (U₁ⱼₖ) of their school"),
    "fitted": ("penicillin", (), {"grouping": "sample"}, "means of 6 samples"),
    "group_lines": ("egsingle", ("year",), {"grouping": "schoolid"}, "lines of 60 schools"),
    "influence": ("pastes", (), {}, "Cook's distance of 10 batches. The largest: batch E 0.465"),
    "johnson_neyman": ("egsingle", ("lowinc:year",), {}, "slope of year over lowinc"),
    "profile": ("pastes", (["sigma"],), {}, "sigma: least at 0.824, 95 % interval 0.652 to 1.09"),
    "residual_predictor": ("egsingle", ("lowinc",), {}, "Residuals V₀₀ₖ of 60 schools"),
    "residual_qq": ("penicillin", (), {}, "Predicted departures V₀ₖ: 6 points"),
    "residual_spread": ("pastes", (), {"grouping": "batch"}, "residuals of 10 batches"),
    "variance_function": ("egsingle", ("year",), {}, "The variance between schools is 0."),
    "variance_partition": ("egsingle", (), {}, "between schools 0.10 (4 %), between children"),
}
"""What a figure is drawn of, with what, and a piece of its alt text."""
INSTEAD = {
    "binned_residuals": ("residual_predictor", ()),
    "probability_curves": ("group_lines", ("year",)),
    "rootogram": ("residual_qq", ()),
    "shrinkage": ("caterpillar", ()),
}
"""What to use in place of a figure that such a fit has not."""
OF_DATA = {"Figure", "diagram", "distributions", "strips", "within_between"}


@pytest.mark.parametrize("name", sorted(set(mlm.plot.__all__) - OF_DATA))
def test_a_figure_is_of_both_groupings_or_names_the_one_to_use(name: str) -> None:
    draw = getattr(mlm.plot, name)
    if name in INSTEAD:
        other, arguments = INSTEAD[name]
        with pytest.raises(ModelError, match=rf"mlm\.plot\.{other}\("):
            draw(layered("pastes"), *arguments)
        return
    of, arguments, options, told = DRAWN[name]
    figure = draw(layered(of), *arguments, **options)
    assert told in figure.alt
    assert "nan" not in figure.alt


@pytest.mark.parametrize(
    "name", ["caterpillar", "ellipse", "fitted", "influence", "residual_spread"]
)
def test_a_grouping_that_there_is_not_is_named(name: str) -> None:
    with pytest.raises(OptionError, match="no grouping 'class'.*cask"):
        getattr(mlm.plot, name)(layered("pastes"), grouping="class")


def test_the_line_of_a_child_has_the_effects_of_its_school() -> None:
    fit = layered("egsingle")
    lines = line_of_each_group(fit, "year", points=2)
    child = lines[lines["childid"] == fit.frame["childid"].iloc[0]]
    rows = fit.frame.iloc[:1].assign(year=child["year"].iloc[0])
    assert child["predicted"].iloc[0] == pytest.approx(float(fit.predict(rows).iloc[0]))
