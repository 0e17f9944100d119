"""`mlmteach slides`: a talk on a model, or the lessons, from one line."""

from pathlib import Path

import pytest

from mlmteach.cli import main


def test_a_talk_is_made_from_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.html"
    formula = "Reaction ~ Days + (1 | Subject)"
    assert main(["slides", "sleepstudy", formula, "--output", str(path), "--title", "Sleep"]) == 0
    assert capsys.readouterr().out.endswith(f"slides are in {path}. Open it in a browser.\n")
    text = path.read_text(encoding="utf-8")
    assert "<title>Sleep</title>" in text
    assert "<h1>Sleep</h1>" in text
    assert text.count("<section") > 20


def test_lessons_become_a_file_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slides", "--lessons", "00", "01", "--output", str(tmp_path / "decks")]) == 0
    made = sorted(path.name for path in (tmp_path / "decks").iterdir())
    assert made == ["00_start_here.html", "01_why_multilevel.html"]
    assert capsys.readouterr().out.count(" slides\n") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hsb"], "A talk needs a data set and a formula."),
        ([], "A talk needs a data set and a formula."),
        (["hsb", "--lessons"], "A talk and lessons cannot be made at once."),
        (["hsb", "mathach ~ sess + (1 | school)"], "There is no column 'sess'."),
        (["--lessons", "77"], "No lesson begins with '77'."),
    ],
)
def test_what_cannot_be_made_is_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["slides", *arguments, "--output", str(tmp_path / "x.html")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists()


def test_help_is_for_newcomers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["slides", "--help"])
    assert "S opens the speaker's view" in capsys.readouterr().out
