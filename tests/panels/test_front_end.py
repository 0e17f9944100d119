"""A page computes what Python computes: numbers, words and what handles set."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.panels.controls import Seed, Slider
from mlmteach.panels.live import UFUNCS
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import plain_text
from tests.fit.layered_models import layered

HERE = Path(__file__).parent
PANELS = [
    *sorted(set(mlm.explore.__all__) - {"Panel"}),
    "fit.explore",
    "fit.explore of three levels",
    "fit.explore of crossed groups",
]
STATES = 8


def node(*arguments: str, given: str = "") -> str:
    program = shutil.which("node")
    if program is None:
        if os.environ.get("MLMTEACH_REQUIRE_NODE"):
            pytest.fail("Node.js is not installed, and required here.")
        pytest.skip("Node.js is not installed")
    done = subprocess.run(
        [program, *arguments],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_front_end_passes_its_own_tests() -> None:
    node("--test", str(HERE / "front_end.test.mjs"))


def test_a_page_knows_every_step_that_python_takes() -> None:
    module = (HERE.parents[1] / "mlmteach/panels/static/panel.js").as_uri()
    code = f"import {{ STEPS }} from '{module}'; console.log(...Object.keys(STEPS))"
    known = set(node("--input-type=module", "-e", code).split())
    assert known >= UFUNCS


def states(panel: Panel[Any]) -> list[dict[str, Any]]:
    """Ends of all sliders, and places between."""
    random = np.random.default_rng(3)
    found = []
    for number in range(STATES):
        values = dict(panel.values)
        for name, control in panel.controls.items():
            if isinstance(control, Seed):
                values[name] = number + 1
            elif isinstance(control, Slider) and not control.discrete:
                share = (number % 2) if number < 2 else random.uniform()
                values[name] = control.read(control.low + share * (control.high - control.low))
            elif not control.discrete:
                values[name] = int(random.integers(len(control.values)))
        found.append(values)
    return found


def opened(name: str) -> Panel[Any]:
    if not name.startswith("fit.explore"):
        panel: Panel[Any] = getattr(mlm.explore, name)()
        return panel
    if name == "fit.explore":
        model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
        view: Panel[Any] = model.fit(mlm.load("sleepstudy")).explore()
        return view
    fit = layered("machines" if name.endswith("levels") else "penicillin")
    return fit.explore()  # type: ignore[no-any-return]


@cache
def computed() -> dict[str, tuple[Panel[Any], list[dict[str, Any]], list[dict[str, Any]]]]:
    """What a page makes of every panel, with one run of Node."""
    panels = {name: opened(name) for name in PANELS}
    jobs = []
    for panel in panels.values():
        moved = [
            {
                "key": panel.key(values),
                "inputs": {n: panel.controls[n].written(v) for n, v in values.items()},
            }
            for values in states(panel)
        ]
        jobs.append({"program": panel.program(), "states": moved})
    found = json.loads(node(str(HERE / "evaluate.mjs"), given=json.dumps(jobs)))
    return {
        name: (panel, states(panel), pages)
        for (name, panel), pages in zip(panels.items(), found, strict=True)
    }


@pytest.mark.parametrize("name", PANELS)
def test_a_page_computes_what_python_computes(name: str) -> None:
    panel, moved, pages = computed()[name]
    for values, page in zip(moved, pages, strict=True):
        scene = panel.move(**values)
        expected: list[float] = []
        for mark in scene.marks:
            for field in ("x", "y", "x0", "y0", "x1", "y1", "low", "high"):
                value = getattr(mark, field, None)
                if value is not None:
                    expected += np.atleast_1d(np.asarray(value, dtype=float)).ravel().tolist()
        drawn = np.array([np.nan if x is None else x for x in page["numbers"]])
        clean = np.where(np.isfinite(expected), expected, np.nan)
        np.testing.assert_allclose(
            drawn, clean, rtol=1e-5, atol=1e-5 * (np.nanmax(np.abs(clean)) + 1)
        )
        assert page["sentence"] == [plain_text(words) for words in scene.sentence]
        assert page["equation"] == [plain_text(words) for words in scene.equation]
        assert page["alt"] == scene.described
