r"""Every rendering is typeset: KaTeX compiles it, and it uses only macros that all front ends take.

KaTeX is the strictest of them.  Where Node.js is present, npm installs it once into pytest's cache;
without Node.js these tests are skipped, and fail if MLMTEACH_REQUIRE_NODE is set.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from tests.strategies import estimates as some_estimates
from tests.strategies import models

KATEX = "katex@^0.16.11"

ALLOWED = {
    *("alpha", "beta", "gamma", "eta", "rho", "sigma", "tau", "varepsilon"),
    *("text", "underbrace", "underset", "textcolor", "overline", "frac", "sqrt", "log", "exp"),
    *("times", "sim", "cdot", "quad", "left", "right", "begin", "end"),
    *("lt", "gt", "ast", "backslash", "wedge"),  # in names of columns
    *"\\,_%&#${} ",
}
MACRO = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)

options = st.fixed_dictionaries(
    {
        "notation": st.sampled_from(list(PRESETS)),
        "show": st.sampled_from(["names", "symbols", "estimates"]),
        "wrap": st.sampled_from(["auto", None, 1, 2, 5]),
        "braces": st.booleans(),
        "colour": st.sampled_from([None, "role", "coefficient"]),
        "distributions": st.booleans(),
        "standard_errors": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def complaint(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """A function that gives what KaTeX says against a formula: nothing, if all is well."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        message = "Node.js with npm is not installed; KaTeX needs it."
        if os.environ.get("MLMTEACH_REQUIRE_NODE"):
            pytest.fail(message)
        pytest.skip(message)
    place = request.config.cache.mkdir("katex")
    if not (place / "node_modules" / "katex").is_dir():
        quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        command = [npm, "install", KATEX, "--prefix", str(place), *quiet]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"'{' '.join(command)}' failed: {done.stderr}")
    command = [node, str(Path(__file__).with_name("katex.js"))]
    modules = os.environ | {"NODE_PATH": str(place / "node_modules")}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=modules,
    ) as process:

        def ask(formula: str) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(formula) + "\n")
            process.stdin.flush()
            return str(json.loads(process.stdout.readline()))

        yield ask
        process.terminate()


def rendering(data: st.DataObject) -> mlm.equations.Equations:
    """Equations of any model with any options."""
    model = data.draw(models())
    chosen: dict[str, Any] = data.draw(options)
    if chosen["show"] == "estimates":
        chosen["estimates"] = data.draw(some_estimates(model))
    else:
        chosen["standard_errors"] = False
    return model.equations(**chosen)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_katex_takes_every_rendering(complaint: Callable[[str], str], data: st.DataObject) -> None:
    equations = rendering(data)
    for formula in (*equations.formulas, *equations.steps().formulas):
        assert complaint(formula) == ""


@given(st.data())
def test_only_macros_that_all_front_ends_take(data: st.DataObject) -> None:
    latex = rendering(data).latex
    assert set(MACRO.findall(latex)) <= ALLOWED
    assert set(re.findall(r"\\begin\{(\w+)\}", latex)) <= {"aligned", "pmatrix"}
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")


@pytest.mark.parametrize(
    "name",
    [
        "mean_ses", "a%b", "a&b", "a#b", "a$b", "{a}", "a\\b", "a^b", "a~b", "a<b>c", "a*b",
        "größe", "数学", "two words", "it's", 'a"b', "a-b", "_x_", "1st",
    ],
)  # fmt: skip
def test_katex_takes_any_name_of_a_column(complaint: Callable[[str], str], name: str) -> None:
    book = {"x": {"symbol": name}}
    model = mlm.Model("y ~ x + center_within(x) + scale(x)", group="g", codebook=book)
    for formula in model.equations().formulas:
        assert complaint(formula) == ""
        inside = re.findall(r"\\text\{([^{}]*)\}", formula)
        assert not re.search(r"[_%&#$\\^~<>*]", "".join(inside))


def test_katex_is_strict_enough_to_find_a_fault(complaint: Callable[[str], str]) -> None:
    assert "KaTeX parse error" in complaint(r"\left( a \\ b \right")
    assert "Undefined control sequence" in complaint(r"\require{color}")


def test_a_wrong_macro_would_be_found() -> None:
    assert set(MACRO.findall(r"\operatorname{Var} \color{red}")) - ALLOWED == {
        "operatorname",
        "color",
    }
