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

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach.equations import PRESETS
from mlmteach.equations.latex import escape
from mlmteach.palette import ROLES
from tests.equations.conftest import TWO_GROUPINGS
from tests.strategies import estimates as some_estimates
from tests.strategies import generalized, models, with_two_groupings

KATEX = "katex@^0.16.11"

ALLOWED = {
    *("alpha", "beta", "delta", "gamma", "eta", "lambda", "phi", "pi", "rho", "sigma", "tau"),
    *("theta", "varepsilon", "varphi", "xi", "zeta", "Phi"),
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
        "language": st.sampled_from(["en", "de"]),
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
    model = data.draw(st.one_of(models(), generalized(), with_two_groupings()))
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
    formulas = [*equations.formulas, *equations.steps().formulas]
    assert len(formulas) >= 3 + 4  # the three parts, and the four steps
    assert {f: said for f in formulas if (said := complaint(f))} == {}


@given(st.data())
def test_only_macros_that_all_front_ends_take(data: st.DataObject) -> None:
    latex = rendering(data).latex
    assert set(MACRO.findall(latex)) <= ALLOWED
    assert set(re.findall(r"\\begin\{(\w+)\}", latex)) <= {"aligned", "pmatrix"}
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")


NAMES = [
    "mean_ses", "a%b", "a&b", "a#b", "a$b", "{a}", "a\\b", "a^b", "a~b", "a<b>c", "a*b",
    "größe", "数学", "two words", "it's", 'a"b', "a-b", "_x_", "1st",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_katex_takes_any_name_of_a_column(complaint: Callable[[str], str], name: str) -> None:
    book = {"x": {"symbol": name}}
    model = mlm.Model("y ~ x + center_within(x) + scale(x)", group="g", codebook=book)
    formulas = model.equations().formulas
    assert [complaint(formula) for formula in formulas] == [""] * 3


@pytest.mark.parametrize("name", NAMES)
def test_special_characters_stand_outside_of_text(name: str) -> None:
    written = escape(name)
    inside = "".join(re.findall(r"\\text\{([^{}]*)\}", written))
    assert not re.search(r"[_%&#$\\^~<>*]", inside)
    plain = re.sub(r"[_%&#${}\\^~<>*]", "", name)
    assert plain
    assert inside == plain
    outside = re.sub(r"\\text\{[^{}]*\}", "", written)
    assert not re.search(r"(?<!\\)[_%&#${}^~<>*]", outside)  # bare, they mean something else


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8))
def test_only_allowed_macros_whatever_a_column_is_called(name: str) -> None:
    written = escape(name)
    assert set(MACRO.findall(written)) <= ALLOWED
    assert written.count("{") - written.count(r"\{") == written.count("}") - written.count(r"\}")


def test_katex_is_strict_enough_to_find_a_fault(complaint: Callable[[str], str]) -> None:
    assert "KaTeX parse error" in complaint(r"\left( a \\ b \right")
    assert "Undefined control sequence" in complaint(r"\require{color}")


def test_a_wrong_macro_would_be_found() -> None:
    assert set(MACRO.findall(r"\operatorname{Var} \color{red}")) - ALLOWED == {
        "operatorname",
        "color",
    }


def test_braces_mark_both_parts_of_the_full_equation_only(full: mlm.Model) -> None:
    level1, level2, whole = full.equations(braces=True).formulas
    assert "underbrace" not in level1 + level2
    assert whole.count(r"}_{\text{fixed part}}") == whole.count(r"}_{\text{random part}}") == 1


def test_a_minus_stays_inside_its_brace() -> None:
    model = mlm.Model("y ~ a + b", group="g")
    one = pd.DataFrame([[1.0]], index=["Intercept"], columns=["Intercept"])
    known = mlm.Estimates(pd.Series({"Intercept": 1.0, "a": 2.0, "b": -3.0}), one, 1.0)
    (latex,) = model.equations(estimates=known, braces=True, wrap=2, parts="full").formulas
    assert (
        r"&\quad {}\underbrace{{}-3.00\,\text{b}_{ij}}_{\text{fixed part}} + \underbrace{U" in latex
    )


def test_colours_belong_to_roles(full: mlm.Model) -> None:
    latex = full.equations(colour="role", parts="full").latex
    for text, role in [
        (r"\gamma_{10}", "fixed"),
        (r"\text{SES}_{ij}", "level1"),
        (r"\text{size}_{j}", "level2"),
        ("U_{1j}", "random"),
        (r"\varepsilon_{ij}", "residual"),
    ]:
        assert rf"\textcolor{{{ROLES[role]}}}{{{text}}}" in latex
    stripped = latex
    for colour in ROLES.values():
        stripped = stripped.replace(rf"\textcolor{{{colour}}}", "")
    assert "textcolor" not in stripped


def test_level_3_has_a_colour_of_its_own() -> None:
    latex = TWO_GROUPINGS["three levels"].equations(colour="role", parts="full").latex
    for text, role in [
        (r"\text{size}_{k}", "level3"),
        (r"\text{female}_{jk}", "level2"),
        ("V_{00k}", "random"),
        (r"\gamma_{001}", "fixed"),
    ]:
        assert rf"\textcolor{{{ROLES[role]}}}{{{text}}}" in latex


@pytest.mark.parametrize("notation", PRESETS)
def test_katex_takes_variances_that_differ(complaint: Callable[[str], str], notation: str) -> None:
    hsb = mlm.load("hsb").assign(kind=lambda d: d["female"].map({0: "a & {b}_c%", 1: "größe 1"}))
    model = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("kind"), precision="female_w")
    fit = model.fit(hsb.assign(female_w=1.0 + hsb["female"]))
    for equations in (model.equations(notation=notation), fit.equations(notation=notation)):
        assert {f: said for f in equations.formulas if (said := complaint(f))} == {}


def test_variances_that_differ_need_no_other_macro() -> None:
    model = mlm.Model("y ~ x", group="g", sigma2=mlm.by("a_b"), precision="w")
    for notation in PRESETS:
        latex = model.equations(notation=notation).latex
        assert set(MACRO.findall(latex)) <= ALLOWED
        assert latex.count("{") == latex.count("}")
