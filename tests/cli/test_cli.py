"""The command line as a whole: help, the console's encoding, and how commands end."""

import os
import subprocess
import sys

import pytest

import mlmteach
from mlmteach.cli import fit_command, main
from mlmteach.errors import OptionError


@pytest.mark.parametrize("arguments", [[], ["--help"], ["fit", "--help"], ["--version"]])
def test_help_for_newcomers(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "mlmteach", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "mlmteach" in done.stdout


def test_a_console_without_greek_letters() -> None:
    command = [sys.executable, "-m", "mlmteach", "fit", "sleepstudy", "Reaction ~ 1"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(
        [*command, "--group", "Subject"], env=environment, capture_output=True, check=True
    )
    assert "γ₀₀" in done.stdout.decode("utf-8")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    told = capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out == told
    for command in ("lab", "fit", "explore", "new", "release", "grade", "totals"):
        assert f"    {command} " in told
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"mlmteach {mlmteach.__version__}\n"


def test_a_command_that_is_none_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fitt"])
    assert left.value.code == 2
    assert "invalid choice: 'fitt'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (OptionError("It is wrong.", "Mend it."), 1, "mlmteach: It is wrong. Mend it.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_how_a_command_ends(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(_: object) -> None:
        raise raised

    monkeypatch.setattr(fit_command, "run", fail)
    assert main(["fit", "hsb", "y ~ x"]) == code
    assert capsys.readouterr() == ("", said)


def test_our_own_mistakes_are_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fit_command, "run", fail)
    with pytest.raises(ZeroDivisionError):
        main(["fit", "hsb", "y ~ x"])


def test_a_reader_who_has_had_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "mlmteach", "fit", "sleepstudy", "Reaction ~ 1"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*command, "--group", "Subject"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
