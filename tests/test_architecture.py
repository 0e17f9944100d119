"""The shape of the package: imports run downwards, files stay short, importing is light."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mlmteach"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the roof to the ground. A module imports from lower floors, and from its own.
FLOORS = (
    {"__init__", "__main__", "cli", "course", "glossary"},
    {"explore", "exercises", "grade"},
    {"figures", "plot", "comparison"},
    {"equations", "interpret", "translate"},
    {"fit"},
    {"model"},
    {"data"},
    {"errors", "arrays", "display", "numbers", "palette"},
)
HEAVY = ("IPython", "ipywidgets", "jupytext", "matplotlib", "seaborn", "statsmodels")


def dotted(path: Path) -> str:
    """mlmteach/fit/design.py -> mlmteach.fit.design."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(path) for path in MODULES}


def floor(name: str) -> int:
    room = [*name.split("."), "__init__"][1]
    found = [level for level, rooms in enumerate(FLOORS) if room in rooms]
    assert found, f"{name} stands on no floor: enter {room!r} in FLOORS."
    return found[0]


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs when a module is imported: no functions, no `if TYPE_CHECKING:`."""
    for statement in body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        yield statement
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from statements(getattr(statement, field, []))


def imports(path: Path) -> set[str]:
    """Return the modules of the package that a module imports when it is imported."""
    found = set()
    for statement in statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            assert not statement.level, f"{dotted(path)} has a relative import."
            for alias in statement.names:
                whole = f"{statement.module}.{alias.name}"
                found.add(whole if whole in NAMES else str(statement.module))
    return found & NAMES


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_run_downwards(path: Path) -> None:
    here = dotted(path)
    upwards = {name for name in imports(path) if floor(name) < floor(here)}
    assert not upwards, f"{here} imports from a higher floor: {sorted(upwards)}"


def test_imports_have_no_cycle() -> None:
    graph = {dotted(path): imports(path) - {dotted(path)} for path in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"These modules import each other: {' -> '.join(error.args[1])}")


def test_importing_is_light() -> None:
    code = f"import sys, mlmteach; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TEXT = {".cfg", ".csv", ".ipynb", ".md", ".py", ".sh", ".toml", ".txt", ".yml", ".json", ""}
PLACES = ("mlmteach", "lessons", "tests", "data", "benchmarks", ".ci")
MACHINE = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")
REGISTRY = re.compile(r"(pypi|pythonhosted|anaconda|conda-forge|npmjs)\.(org|com)", re.IGNORECASE)


def text_files() -> list[Path]:
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for place in PLACES:
        files += [path for path in (ROOT / place).rglob("*") if path.is_file()]
    skipped = {"__pycache__", "screenshots", ".ipynb_checkpoints"}
    return [path for path in files if path.suffix in TEXT and not skipped & set(path.parts)]


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine paths", "registries"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    named = {
        str(path.relative_to(ROOT)): found.group()
        for path in text_files()
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    }
    assert not named
