"""Whatever frame comes: an answer, or an error and warnings of our own.

``MLMTEACH_ODD_FRAMES=500`` tries more frames than the few that fit into a run of all tests.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.api import Fit, Model
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import MlmteachError, MlmteachWarning
from tests.corruptions import CORRUPTIONS, odd_frame

FRAMES = int(os.environ.get("MLMTEACH_ODD_FRAMES", "150"))
COSTLY = 1 if FRAMES > 150 else 16
"""Figures, influence and the like are drawn of one frame in so many."""
LEVEL2 = {"intercept": "z + U", "x": "z + U"}
MODELS: tuple[dict[str, Any], ...] = (
    {"formula": "y ~ x + f + kind", "level2": LEVEL2},
    {"formula": "y ~ x + C(f)", "level2": {"intercept": "group_mean(x) + U"}},
    {"formula": "y ~ center_within(x) + x:kind"},
    {"formula": "y ~ x", "level2": {"x": "U"}, "sigma2": mlm.by("f")},
)


def tried(verb: Callable[[], Any]) -> Any:
    """Let a verb answer or refuse; anything but our errors and warnings goes through."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", MlmteachWarning)
        try:
            return verb()
        except MlmteachError as error:
            said = str(error)
    assert said.endswith("."), said
    return None


def words_of(fit: Fit) -> Iterator[Callable[[], Any]]:
    """What is said and written of a fit."""
    yield lambda: str(fit.summary())
    for language in ("en", "de"):
        yield lambda at=language: str(fit.interpret(language=at, detail="full"))
        yield lambda at=language: str(fit.report(language=at))
    yield lambda: [str(fit.equations()), fit.equations()._repr_mimebundle_()]
    for program in ("lme4", "statsmodels", "stata", "spss"):
        yield lambda to=program: str(fit.code(to))
    yield lambda: str(fit.assumptions())
    yield lambda: fit.conf_int(which="all")
    yield lambda: (fit.icc, fit.r2, fit.pvalues)
    yield lambda: fit.quantities.reliability()
    yield lambda: fit.quantities.plausible_range("x")


def costly(fit: Fit, frame: Any) -> Iterator[Callable[[], Any]]:
    """What takes long: figures, and all that refits."""
    plot = mlm.plot
    yield lambda: fit.diagnostics.influence(progress=False)
    yield lambda: fit.kenward_roger
    for figure in (
        plot.caterpillar,
        plot.coefficients,
        plot.diagram,
        plot.ellipse,
        plot.fitted,
        plot.influence,
        plot.residual_qq,
        plot.residual_spread,
        plot.shrinkage,
        plot.variance_partition,
    ):
        yield lambda draw=figure: draw(fit)
    yield lambda: plot.group_lines(fit, "x")
    yield lambda: plot.residual_predictor(fit, "x")
    yield lambda: plot.variance_function(fit, "x")
    yield lambda: plot.cross_level(fit, "z:x")
    yield lambda: plot.johnson_neyman(fit, "z:x")
    yield lambda: plot.distributions(frame, group="school")
    yield lambda: plot.strips(frame, "y", group="school")
    yield lambda: plot.within_between(frame, "y", "x", group="school")


@pytest.mark.parametrize("seed", range(FRAMES))
def test_an_odd_frame_is_used_or_refused_in_our_words(seed: int) -> None:
    odd = odd_frame(seed)
    frame = odd.frame
    model = Model(group="school", **MODELS[seed // len(CORRUPTIONS) % len(MODELS)])
    tried(lambda: model.bind(frame))
    tried(lambda: Model.from_formula("y ~ x + z + (x | school)", data=frame))
    tried(lambda: codebook_for(frame, group="school"))
    fit = tried(lambda: model.fit(frame))
    if seed % 8 == 0:
        tried(lambda: model.fit(frame, engine="statsmodels"))
    if seed % 8 == 4:
        half = len(frame) // 2
        tried(lambda: model.fit([frame.iloc[:half], frame.iloc[half:]]))
    if fit is None:
        return
    small = tried(lambda: Model("y ~ x", group="school").fit(frame))
    if small is not None:
        tried(lambda: str(mlm.compare(small, fit)))
    tried(lambda: fit.predict())
    tried(lambda: fit.predict(frame.head(3)))
    tried(lambda: fit.predict(frame, groups="average"))
    for verb in words_of(fit):
        tried(verb)
    if seed % COSTLY == 0:
        for verb in costly(fit, frame):
            tried(verb)
