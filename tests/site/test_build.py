"""The pages that Sphinx is given, and what is refused; tests/browser/test_site.py builds them."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from mlmteach.errors import MlmteachError, OptionError
from mlmteach.site import build, build_site
from mlmteach.site.build import Repository, Site
from mlmteach.site.lessons import read_lessons
from mlmteach.site.markup import Pictures, headings


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


def own(folder: Path, **cells: str) -> Path:
    """Put notebooks of one cell of Markdown into a folder."""
    for name, source in cells.items():
        notebook = new_notebook(cells=[new_markdown_cell(source)])
        nbformat.write(notebook, folder / f"{name.replace('_', ' ')}.ipynb")
    return folder


def test_links_reach_pages_places_and_files_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "scores (a).csv").write_text("x\n1\n")
    own(
        tmp_path,
        one="# One\n\n[a](<number two.ipynb>) [b](number%20two.ipynb#My-Part 't') [c](#My-Part) "
        "[d](<scores (a).csv>) [e](scores%20%28a%29.csv) [f](none.csv) [g](../up.ipynb)",
        number_two="# Two\n\n## My Part",
    )
    text = pages(tmp_path)["lessons/one"]
    assert "[a](<../lessons/number two.md>) [b](<../lessons/number two.md#my-part>)" in text
    assert "[c](#my-part)" in text
    (kept,) = (tmp_path / "figures").glob("*.csv")
    for letter in "de":
        link = f'<a href="../figures/{kept.name}" download="scores (a).csv">{letter}</a>'
        assert link in text
    assert text.endswith(" f g")


def test_a_page_has_one_title_and_is_no_more_than_a_notebook(tmp_path: Path) -> None:
    own(
        tmp_path,
        untitled="Some prose.\n\n```{note}\nno directive\n```",
        late="Intro\n\n```python\n# no title\n```\n\nThe title\n=========\n\n# Another\n\n## Below",
        empty="",
    )
    (tmp_path / "what? #1.ipynb").write_bytes((tmp_path / "empty.ipynb").read_bytes())
    made = pages(tmp_path)
    titles = {
        name: [(level, title) for _, level, title in headings(text.partition("\n---\n")[2])]
        for name, text in made.items()
        if name.startswith("lessons/")
    }
    assert titles["lessons/untitled"] == [(1, "untitled")]
    assert titles["lessons/late"] == [(1, "The title"), (2, "Another"), (3, "Below")]
    assert titles["lessons/empty"] == [(1, "empty")]
    assert titles["lessons/what- -1"] == [(1, r"what? \#1")]
    assert "{note}" not in made["lessons/untitled"]
    assert "# no title" in made["lessons/late"]
    assert "| its question |" not in made["index"]  # nobody asks one
    assert r"- [what? \#1](<lessons/what- -1.md>)" in made["index"]


def test_a_new_build_leaves_what_others_put_into_the_folder(tmp_path: Path) -> None:
    place, folder = tmp_path / "made", tmp_path / "public"
    assert build._made_before(folder) == []
    for files in (("index.html", "a/old.html"), ("index.html", "b.html")):
        shutil.rmtree(place, ignore_errors=True)
        for name in files:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(str(files))
        build._put(place, folder, build._made_before(folder), [])
        (folder / "CNAME").write_text("example.org")
    held = sorted(path.name for path in folder.iterdir())
    assert held == [".mlmteach-site", "CNAME", "b.html", "index.html"]
    assert "b.html" in (folder / "index.html").read_text()
    (place / "CNAME").write_text("ours")
    with pytest.raises(OptionError, match="CNAME' is there already and was not made by mlmteach"):
        build._put(place, folder, build._made_before(folder), [])
    assert (folder / "CNAME").read_text() == "example.org"


def test_a_site_that_cannot_be_made_leaves_the_one_before(folder: Path, tmp_path: Path) -> None:
    public = tmp_path / "public"
    build._made_before(public)
    (tmp_path / "page.html").touch()
    build._put(tmp_path / "lessons", public, [], [])
    before = sorted(public.iterdir())
    (folder / "08_bad.ipynb").write_text("[]")
    with pytest.raises(MlmteachError, match=r"08_bad.ipynb' cannot be read"):
        build_site(public, source=folder)
    assert sorted(public.iterdir()) == before
    with pytest.raises(OptionError, match=r"cannot be written to .*: .*\. Choose another place"):
        build._made_before(tmp_path / "page.html" / "site")
