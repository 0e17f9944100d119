"""The pages that Sphinx is given, and what is refused; tests/browser/test_site.py builds them."""

from pathlib import Path

import pytest

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.site import build, build_site
from mlmteach.site.build import Repository, Site
from mlmteach.site.lessons import read_lessons
from mlmteach.site.markup import Pictures


def pages(folder: Path, **options: object) -> dict[str, str]:
    site = Site("Mine", read_lessons(folder), **options)  # type: ignore[arg-type]
    return dict(site.pages(Pictures(folder / "figures", "../figures")))


def test_links_lead_to_pages_of_the_site_alone(folder: Path) -> None:
    text = pages(folder)["lessons/07_lesson"]
    assert "See another, the [word](../glossary.md#level-1)" in text  # 08 is not in the site
    assert "[this](<../lessons/07_lesson.md>)" in text


def test_addresses_come_from_one_setting(folder: Path) -> None:
    bare = pages(folder)["lessons/07_lesson"]
    assert '<a href="07_lesson.ipynb" download>' in bare
    assert "mybinder" not in bare
    assert "colab" not in bare
    told = pages(folder, repository=Repository("ada/course@v1"), decks=True, pdf=True, lite=True)
    text = told["lessons/07_lesson"]
    for address in (
        "https://mybinder.org/v2/gh/ada/course/v1?labpath=lessons%2F07_lesson.ipynb",
        "https://colab.research.google.com/github/ada/course/blob/v1/lessons/07_lesson.ipynb",
        "../slides/07_lesson.html",
        "../lite/lab/index.html?path=07_lesson.ipynb",
        "07_lesson.pdf",
    ):
        assert f'href="{address}"' in text
    with pytest.raises(OptionError, match="is no repository. Write owner/name"):
        Repository("course")


def test_the_first_page_lists_lessons_with_their_questions(folder: Path) -> None:
    index = pages(folder)["index"]
    assert index.startswith("# Mine\n")
    assert "| [7 · A lesson](<lessons/07_lesson.md>) | Does it work? |" in index
    assert "For lecturers" not in index
    guide = folder.parent / "TEACHING.md"
    guide.write_text("# Teach\n\n[the lesson](lessons/07_lesson.ipynb)")
    found = pages(folder, guides={"teaching": guide})
    assert "For lecturers" in found["index"]
    assert "[the lesson](<../lessons/07_lesson.md>)" in found["guides/teaching"]


def test_nobodys_folder_is_emptied(folder: Path) -> None:
    with pytest.raises(OptionError, match="is there already and is no site of mlmteach"):
        build_site(folder, names=("00",))
    assert (folder / "07_lesson.ipynb").is_file()


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    with pytest.raises(MlmteachError, match="PDFs are printed by Chromium, which was not found"):
        build_site(tmp_path / "new", pdf=True)
    with pytest.raises(OptionError, match="There is no wheel"):
        build_site(tmp_path / "new", wheel=tmp_path / "no.whl")
    monkeypatch.setattr(build, "find_spec", lambda name: None if "lite" in name else name)
    wheel = tmp_path / "mlmteach.whl"
    wheel.touch()
    with pytest.raises(MlmteachError, match=r"need JupyterLite.*mlmteach\[lite\]"):
        build_site(tmp_path / "new", wheel=wheel)
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    with pytest.raises(MlmteachError, match=r"needs sphinx, myst_parser, furo.*mlmteach\[site\]"):
        build_site(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_files_and_headings_of_ones_own_may_hold_any_sign(folder: Path) -> None:
    path = folder / "Mein Heft ü.ipynb"
    text = (folder / "07_lesson.ipynb").read_text(encoding="utf-8")
    text = text.replace("7 · A lesson", "Wie | warum")
    path.write_text(text.replace("07_lesson.ipynb", "Mein%20Heft%20ü.ipynb"), encoding="utf-8")
    site = Site("On <i>us</i>", read_lessons(folder, ("Mein",)), Repository("a/b"))
    made = dict(site.pages(Pictures(folder / "figures", "../figures")))
    assert r"| [Wie \| warum](<lessons/Mein Heft ü.md>) |" in made["index"]
    assert r"# On \<i\>us\</i\>" in made["index"]
    lesson = made["lessons/Mein Heft ü"]
    assert "[this](<../lessons/Mein Heft ü.md>)" in lesson
    assert 'href="Mein%20Heft%20%C3%BC.ipynb" download' in lesson
    assert "labpath=lessons%2FMein%20Heft%20%C3%BC.ipynb" in lesson
