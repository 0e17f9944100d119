"""The shape of the package: imports run downwards, a file holds one idea, a test has its place."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mlmteach"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the roof to the ground. A module imports from lower floors, and from its own.
FLOORS = (
    {"__init__", "__main__", "cli", "site"},
    {"course", "glossary"},
    {"explore", "exercises", "grade"},
    {"api", "comparison"},
    {"panels"},
    {"plot"},
    {"equations", "interpret", "translate"},
    {"fit"},
    {"model"},
    {"data"},
    {"arrays", "errors", "display", "numbers", "palette"},
)
HEAVY = ("IPython", "ipywidgets", "jupytext", "matplotlib", "seaborn", "sphinx", "statsmodels")


def dotted(path: Path) -> str:
    """mlmteach/fit/design.py -> mlmteach.fit.design."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(path) for path in MODULES}


def floor(name: str) -> int:
    room = [*name.split("."), "__init__"][1]
    found = [level for level, rooms in enumerate(FLOORS) if room in rooms]
    assert found, f"{name} stands on no floor: enter {room!r} in FLOORS."
    return found[0]


def imported(code: str, here: str) -> set[str]:
    """Return the modules of the package that code imports: late and typed ones, and by their names.

    Where a module is imported by its name, each name of a module in the code is one that may be:
    tables of names too.  ``f"{__name__}.{part}"`` is a part of the module itself.
    """
    tree, found = ast.parse(code), set()
    by_name = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and imports_by(node)]
    for call in by_name:
        if isinstance(call.args[0], ast.JoinedStr):
            begin = ast.unparse(call.args[0]).partition("}")[0]
            assert begin[2:] == "{__name__", f"{here} makes up the name of what it imports."
            found |= {name for name in NAMES if name.startswith(f"{here}.")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{here} has a relative import."
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in NAMES else str(node.module))
        elif isinstance(node, ast.Constant) and by_name and "." in str(node.value):
            found.add(node.value)
    return found & NAMES


def imports_by(call: ast.Call) -> bool:
    """Tell whether a call imports a module by its name."""
    return ast.unparse(call.func).rpartition(".")[2] in {"import_module", "__import__"}


def imports(path: Path) -> set[str]:
    """Return the modules of the package that a module imports."""
    return imported(path.read_text(encoding="utf-8"), dotted(path))


GRAPH = {dotted(path): imports(path) - {dotted(path)} for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_run_downwards(path: Path) -> None:
    here = dotted(path)
    upwards = {name for name in GRAPH[here] if floor(name) < floor(here)}
    assert not upwards, f"{here} imports from a higher floor: {sorted(upwards)}"


@pytest.mark.parametrize(
    "code",
    [
        "import mlmteach.api",
        "def verb():\n    from mlmteach.api import Fit",
        "if TYPE_CHECKING:\n    from mlmteach import api",
        "import_module('mlmteach.api').Fit",
        "importlib.import_module('mlmteach.api')",
        "def verb():\n    return __import__('mlmteach.api')",
        "LATE = {'Fit': 'mlmteach.api'}\nimport_module(LATE[name])",
    ],
)
def test_no_way_of_importing_is_overlooked(code: str) -> None:
    assert imported(code, "mlmteach.fit.fitted") == {"mlmteach.api"}


def test_a_name_that_is_made_up_is_refused() -> None:
    with pytest.raises(AssertionError, match="makes up the name"):
        imported("import_module(f'mlmteach.{name}')", "mlmteach.fit.fitted")
    assert "mlmteach.exercises.catalogue.lesson01" in imported(
        "import_module(f'{__name__}.{module}')", "mlmteach.exercises.catalogue"
    )


def test_imports_have_no_cycle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"These modules import each other: {' -> '.join(error.args[1])}")


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield path, node


def test_no_class_is_cut_in_two() -> None:
    """A base that is never made, with a single heir in its folder, is one class on two pages."""
    home = {node.name: path.parent for path, node in classes()}
    heirs: dict[str, list[str]] = {}
    for path, node in classes():
        for base in node.bases:
            name = ast.unparse(base).split("[")[0]
            if home.get(name) == path.parent:
                heirs.setdefault(name, []).append(node.name)
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    cut = {base for base in heirs if not re.search(rf"(?<!class )\b{base}(\[.*\])?\(", code)}
    assert not {base: heirs[base] for base in cut if len(heirs[base]) == 1}


def test_a_class_has_a_name_of_its_own() -> None:
    seen: dict[str, Path] = {}
    for path, node in classes():
        assert node.name not in seen, f"{path} and {seen[node.name]} both have {node.name}."
        seen[node.name] = path


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_small_module_has_more_than_one_reader(path: Path) -> None:
    """Below 100 lines, what one module beside it alone imports belongs into that module."""
    here = dotted(path)
    readers = {name for name, found in GRAPH.items() if here in found}
    small = path.name != "__init__.py" and len(path.read_text(encoding="utf-8").splitlines()) < 100
    alone = len(readers) == 1 and dotted(path.parent) == min(readers).rpartition(".")[0]
    assert not (small and alone), f"{here} is read by {min(readers)} alone: put it there."


def test_importing_is_light() -> None:
    code = f"import sys, mlmteach; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- the test of a module is where one looks: mlmteach/a/b.py in tests/a/test_b.py --------------

TESTS = ROOT / "tests"
ELSEWHERE = {
    "__main__.py": "a single line; tests/cli/test_cli.py runs it as people do",
    "arrays.py": "names of types, which mypy looks at",
    "exercises/catalogue/lesson*.py": "tests/exercises/catalogue/test_catalogue.py tries them all",
}
"""Modules without a test file of their own, and why."""
CROSSING = {
    "browser/test_explore.py": "the panels in JupyterLab, in Chromium",
    "browser/test_lessons.py": "the lessons in JupyterLab, in Chromium",
    "browser/test_site.py": "the site, as a file and from a server, in Chromium",
    "browser/test_slides.py": "slides of lessons and of a talk, each measured, in Chromium",
    "equations/test_faults.py": "eleven faults of other programs, each a text of several modules",
    "equations/test_snapshots.py": "a picture of every notation and form",
    "grade/test_fuzz.py": "mutated submissions in one batch, which cost nobody else anything",
    "grade/test_probes.py": "submissions that cheat, through all that should stop them",
    "interpret/test_shapes.py": "a picture of the sentences on models of every shape",
    "interpret/test_nested_outcomes.py": "sentences on yes/no outcomes and counts at three levels",
    "interpret/test_two_groupings.py": "sentences on three levels and on crossed groups",
    "panels/test_front_end.py": "a page computes what Python computes, by Node.js",
    "laws/test_contrasts_in_sentences.py": "what is said of a coding is predicted",
    "laws/test_fits.py": "units, shifts, order and copies of the data: of every fit",
    "laws/test_formulas_in_r.py": "formulas of every shape, read here and in R",
    "laws/test_inference.py": "tests, intervals and influence agree with each other",
    "laws/test_named_quantities.py": "the number of a sentence is the quantity that it names",
    "laws/test_new_data.py": "a prediction, over all pairs of types of old and new data",
    "laws/test_odd_frames.py": "what becomes of corrupted frames, through all that a fit does",
    "laws/test_read_back.py": "equations as text, read and computed, give the fitted values",
    "laws/test_round_trip.py": "what is written reads back as the same model",
    "laws/test_sentences.py": "every symbol has a sentence, every number in it is a fact",
    "laws/test_sentences_of_families.py": "the same of yes/no outcomes and counts",
    "laws/test_sentences_of_data.py": "what sentences, reports and captions say of the data is so",
    "laws/test_substitution.py": "level 2 in level 1 is the full equation, by algebra",
    "laws/test_wrong_kinds.py": "what no verb can read, in place of fits, data and values",
    "laws/test_written_values.py": "equations as structure, computed, give the fitted values",
    "reference/test_glmer.py": "the reference by glmer, checked by integrals on a grid",
    "reference/test_layered.py": "every number of lme4's with two groupings",
    "reference/test_lme4.py": "every number of lme4's, by both engines",
    "test_architecture.py": "this file",
    "test_lessons.py": "the notebooks of the course and its pages",
    "test_lessons_inside.py": "the lessons from inside: solutions, numbers in prose, pictures",
    "test_packaging.py": "what people install: dependencies, the wheel, the Makefile",
}
"""Test files that are about no single module, and what they are about."""


def place_of_test(path: Path) -> str:
    """Say where a module is tested; a package's own code by its name, in its folder."""
    inside = path.relative_to(PACKAGE)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    return (inside.parent / f"test_{name}.py").as_posix()


def has_code(path: Path) -> bool:
    """Whether a file does more than to gather names."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    defined = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)
    return path.name != "__init__.py" or defined


def elsewhere(path: Path) -> list[str]:
    inside = path.relative_to(PACKAGE).as_posix()
    return [pattern for pattern in ELSEWHERE if fnmatchcase(inside, pattern)]


TESTED = {place_of_test(path): path for path in MODULES if has_code(path) and not elsewhere(path)}


@pytest.mark.parametrize("place", TESTED)
def test_a_module_has_its_test(place: str) -> None:
    assert (TESTS / place).is_file(), f"{TESTED[place]} has no tests/{place}."


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_a_test_file_is_of_a_module_or_of_many(path: Path) -> None:
    place = path.relative_to(TESTS).as_posix()
    assert (place in TESTED) != (place in CROSSING), (
        f"tests/{place} bears the name of no module: move it, or say in CROSSING what it is about."
    )
    tests = re.findall(r"^def test_", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert tests, f"tests/{place} tests nothing."


def test_no_exception_outlives_its_reason() -> None:
    used = {pattern for path in MODULES for pattern in elsewhere(path)}
    assert used == set(ELSEWHERE)
    assert {place for place in CROSSING if not (TESTS / place).is_file()} == set()


TEXT = {
    ".cfg",
    ".css",
    ".csv",
    ".ipynb",
    ".js",
    ".mjs",
    ".md",
    ".py",
    ".sh",
    ".toml",
    ".txt",
    ".yml",
    ".json",
    "",
}
PLACES = ("mlmteach", "lessons", "tests", "data", "benchmarks", ".ci")
MACHINE = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")
REGISTRY = re.compile(r"(pypi|pythonhosted|anaconda|conda-forge|npmjs)\.(org|com)", re.IGNORECASE)


def text_files() -> list[Path]:
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for place in PLACES:
        files += [path for path in (ROOT / place).rglob("*") if path.is_file()]
    skipped = {".git", "__pycache__", "screenshots", ".ipynb_checkpoints"}
    return [path for path in files if path.suffix in TEXT and not skipped & set(path.parts)]


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine paths", "registries"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    named = {
        str(path.relative_to(ROOT)): found.group()
        for path in text_files()
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    }
    assert not named


def test_the_map_names_what_is_there() -> None:
    """ARCHITECTURE.md: every path exists, every folder has its line, every floor its place."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([a-z_/0-9]+/[a-z_0-9]+\.(?:py|po))`", text)
    assert len(paths) > 20
    found = [(ROOT if path.startswith("tests/") else PACKAGE) / path for path in paths]
    assert [str(path) for path in found if not path.exists()] == []
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in MODULES} - {"."}
    lines = set(re.findall(r"^\| `([a-z/]+)/` \|", text, re.MULTILINE))
    assert folders - {"exercises/catalogue"} == lines
    drawn = text.split("```")[1]
    assert all(room in drawn for rooms in FLOORS for room in rooms if not room.startswith("__"))
