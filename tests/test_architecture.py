"""The shape of the package: imports run downwards, a file holds one idea, importing is light."""

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
    {"__init__", "__main__", "cli"},
    {"course", "glossary"},
    {"explore", "exercises", "grade"},
    {"api", "comparison"},
    {"plot"},
    {"equations", "interpret", "translate"},
    {"fit"},
    {"model"},
    {"data"},
    {"arrays", "errors", "display", "numbers", "palette"},
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


def imports(path: Path) -> set[str]:
    """Return the modules of the package that a module imports: late and typed ones too."""
    found = set()
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            assert not statement.level, f"{dotted(path)} has a relative import."
            for alias in statement.names:
                whole = f"{statement.module}.{alias.name}"
                found.add(whole if whole in NAMES else str(statement.module))
    return found & NAMES


GRAPH = {dotted(path): imports(path) - {dotted(path)} for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_run_downwards(path: Path) -> None:
    here = dotted(path)
    upwards = {name for name in GRAPH[here] if floor(name) < floor(here)}
    assert not upwards, f"{here} imports from a higher floor: {sorted(upwards)}"


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
