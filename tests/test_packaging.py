"""What people install: dependencies, the wheel, and the commands of the Makefile."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest
import yaml

import mlmteach
from mlmteach.cli import main

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_conda_and_pip_ask_for_the_same() -> None:
    # The last entry installs mlmteach itself; "pip" is there for it.
    conda = {entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)} - {"pip"}
    pip = {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"]}
    assert conda == pip | {f"python{PROJECT['requires-python']}"}


def test_the_citation_is_of_this_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "software")
    assert citation["title"] == PROJECT["name"]
    assert citation["version"] == PROJECT["version"] == mlmteach.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["keywords"] == PROJECT["keywords"]


def imported() -> set[str]:
    """Return the top names of what the package imports, wherever in a file it does so."""
    names = set()
    for path in (ROOT / "mlmteach").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module))
    return {name.partition(".")[0] for name in names}


def named(requirements: list[str]) -> set[str]:
    """Return the names of packages alone, without their versions and extras."""
    return {re.split(r"[>=\[]", name)[0].lower() for name in requirements}


def test_every_dependency_is_imported() -> None:
    sold_as = packages_distributions()  # such as PIL, which is Pillow's
    used = {sold.lower() for name in imported() for sold in sold_as.get(name, [name])}
    assert named(PROJECT["dependencies"]) - used == set()


def test_every_imported_package_is_a_dependency() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = named(PROJECT["dependencies"] + extras["lab"] + extras["site"])
    sold_as = packages_distributions()  # such as markdown_it, which comes with markdown-it-py
    foreign = imported() - sys.stdlib_module_names - {"mlmteach"}
    names = {name: {sold.lower() for sold in sold_as.get(name, [name])} for name in foreign}
    assert {name for name, sold in names.items() if not sold & declared} == set()


def test_every_dependency_has_a_lower_bound() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = PROJECT["dependencies"] + [name for names in extras.values() for name in names]
    assert [name for name in asked if ">=" not in name] == []


def test_extras_are_the_promised_ones() -> None:
    assert set(PROJECT["optional-dependencies"]) == {
        "lab",
        "lite",
        "site",
        "test",
        "bench",
        "cluster",
        "arrow",
    }


def test_version_is_told_once() -> None:
    assert mlmteach.__version__ == PROJECT["version"] == version("mlmteach")
    assert PROJECT["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_examples_of_the_readme_print_what_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    outputs = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    reader: dict[str, object] = {}  # who goes on where the example before ended
    assert examples
    for example, output in zip(examples, outputs, strict=True):
        exec(compile(example, "README.md", "exec"), reader)
        assert capsys.readouterr().out == output


def test_command_exists() -> None:
    (command,) = entry_points(group="console_scripts", name="mlmteach")
    assert command.load() is main


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it, away from the checkout."""
    made, unpacked = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("unpacked")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (archive,) = made.glob("*.whl")
    zipfile.ZipFile(archive).extractall(unpacked)
    return unpacked


@pytest.mark.parametrize(("place", "inside"), [("data", "data/files"), ("lessons", "lessons")])
def test_wheel_carries_data_and_lessons(wheel: Path, place: str, inside: str) -> None:
    source, target = ROOT / place, wheel / "mlmteach" / inside
    suffixes = {".csv", ".ipynb", ".md", ".py", ".toml", ".txt"}  # lesson 9 reads outputs of R
    wanted = [
        path.relative_to(source)
        for path in source.rglob("*")
        if path.suffix in suffixes and ".ipynb_checkpoints" not in path.parts
    ]
    assert wanted
    assert [name for name in wanted if not (target / name).is_file()] == []


def test_wheel_works_without_the_checkout(wheel: Path) -> None:
    code = (
        "import mlmteach as mlm; from mlmteach.course import lessons_folder;"
        "print(mlm.__file__, lessons_folder().is_dir(), len(mlm.load('hsb')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=wheel,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(wheel / "mlmteach" / "__init__.py"), "True", "7185"]


needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that has the Makefile and no environment yet."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # `make test` hands its own settings down; this make must not have them.
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@needs_make
def test_an_old_python_is_refused_with_a_remedy(folder: Path) -> None:
    old = folder / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(folder, "lab", f"PYTHON={old}")
    assert done.returncode
    assert "needs Python 3.11 or newer" in done.stderr
    assert "make lab PYTHON=" in done.stderr
    assert not (folder / ".venv").exists()


@needs_make
def test_nothing_is_installed_again_until_pyproject_changes(folder: Path) -> None:
    (folder / ".venv").mkdir()
    ready, project = folder / ".venv" / "ready", folder / "pyproject.toml"
    ready.touch()
    os.utime(project, (1, 1))
    assert make(folder, "--question", ".venv/ready").returncode == 0
    os.utime(ready, (0, 0))
    assert make(folder, "--question", ".venv/ready").returncode == 1


@needs_make
def test_help_lists_the_two_commands() -> None:
    listed = make(ROOT, "help").stdout
    assert re.search(r"^make lab ", listed, re.MULTILINE)
    assert re.search(r"^make test ", listed, re.MULTILINE)
