"""The site: lessons, glossary, data sets, reference and guides as pages that need no network.

Sphinx makes the pages, with the theme Furo, from Markdown that is written here into a folder of
its own.  What comes out works from any folder, opened as a file too.
"""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import mlmteach
from mlmteach.course import COLOUR, lessons_folder
from mlmteach.data.datasets import datasets, load
from mlmteach.display import escaped
from mlmteach.errors import MlmteachError, OptionError
from mlmteach.glossary import glossary
from mlmteach.site.deck import lesson_deck, save_deck
from mlmteach.site.lessons import Lesson, page_name, read_lessons
from mlmteach.site.markup import LINK, STATIC, Pictures, fenced, formula, to_html, unclosed
from mlmteach.site.quiz import quiz
from mlmteach.site.reference import api_pages, data_page

__all__ = ["Repository", "Site", "build_site", "print_page", "setup"]

TITLE = "Multilevel models, step by step"
_DIRECTIVE = re.compile(r"^( *(?:`{3,}|~{3,}))\{[^\n]*$", re.MULTILINE)
_AS_IN_JUPYTER = """---
myst:
  disable_syntax: [myst_role, myst_target, myst_line_comment, myst_block_break]
---"""
"""Sphinx reads more into Markdown than a notebook shows."""
BAR = r"\|"  # within a cell of a table
_PACKAGE = Path(mlmteach.__file__).parent
_GUIDES = {"teaching": "TEACHING.md"}


@dataclass(frozen=True)
class Repository:
    """Where the notebooks can be had: the one setting from which all addresses follow.

    Parameters
    ----------
    name : str
        ``owner/name`` or ``owner/name@branch`` on GitHub.

    Examples
    --------
    >>> Repository("ada/course").colab("02_null_model")
    'https://colab.research.google.com/github/ada/course/blob/main/lessons/02_null_model.ipynb'
    """

    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", self.name):
            raise OptionError(
                f"'{self.name}' is no repository.", "Write owner/name, or owner/name@branch."
            )

    @property
    def _parts(self) -> tuple[str, str]:
        name, _, branch = self.name.partition("@")
        return name, branch or "main"

    def binder(self, lesson: str) -> str:
        """The address at which Binder runs a lesson."""
        name, branch = self._parts
        return f"https://mybinder.org/v2/gh/{name}/{branch}?labpath=lessons%2F{quote(lesson)}.ipynb"

    def colab(self, lesson: str) -> str:
        """The address at which Colab runs a lesson."""
        name, branch = self._parts
        base = "https://colab.research.google.com/github"
        return f"{base}/{name}/blob/{branch}/lessons/{quote(lesson)}.ipynb"


@dataclass(frozen=True)
class Site:
    """What is to be built.

    Parameters
    ----------
    title : str
    lessons : tuple of Lesson
        In their order.
    repository : Repository, optional
        Where Binder and Colab find the notebooks; without one, their links are left out.
    decks : bool
        Whether there are slides of the lessons, in ``slides/``.
    pdf : bool
        Whether there is a PDF of each lesson, beside its page.
    lite : bool
        Whether a JupyterLite lies in ``lite/``.
    guides : dict of str to pathlib.Path
        Further pages in Markdown, such as the guide for lecturers.
    """

    title: str
    lessons: tuple[Lesson, ...]
    repository: Repository | None = None
    decks: bool = False
    pdf: bool = False
    lite: bool = False
    guides: dict[str, Path] = field(default_factory=dict)

    def pages(self, pictures: Pictures) -> Iterator[tuple[str, str]]:
        """Write all pages, in Markdown for Sphinx, with their names."""
        yield "index", self._index()
        for lesson in self.lessons:
            yield f"lessons/{lesson.name}", self._lesson(lesson, pictures)
        yield "glossary", self._linked(glossary(), "")
        for name in datasets():
            yield f"data/{name}", data_page(name)
        yield "data/index", f"# Data sets\n\n{_toctree(datasets())}\n"
        pages = api_pages()
        for name, text in pages.items():
            yield f"api/{name}", text
        yield "api/index", f"# Reference\n\n{_toctree(pages)}\n"
        for name, path in self.guides.items():
            yield f"guides/{name}", self._linked(path.read_text(encoding="utf-8"), "../")

    def _index(self) -> str:
        links = [f"[{_cell(one.title)}](<lessons/{one.name}.md>)" for one in self.lessons]
        asked = [_cell(one.question) for one in self.lessons]
        if any(asked):
            rows = "\n".join(f"| {one} | {of} |" for one, of in zip(links, asked, strict=True))
            listed = f"| lesson | its question |\n|---|---|\n{rows}"
        else:
            listed = "\n".join(f"- {link}" for link in links)
        lessons = [f"lessons/{lesson.name}" for lesson in self.lessons]
        parts = [
            f"# {escaped(self.title)}",
            "Read the lessons here, and check what you know as you go. To run and change them, "
            "download a notebook from the top of its page.",
            listed,
            _toctree(lessons, caption="Lessons"),
            _toctree(["glossary", "data/index", "api/index"], caption="Look up"),
        ]
        if self.guides:
            guides = [f"guides/{name}" for name in self.guides]
            parts.append(_toctree(guides, caption="For lecturers"))
        return "\n\n".join(parts)

    def _lesson(self, lesson: Lesson, pictures: Pictures) -> str:
        parts = []
        for piece in lesson.pieces(pictures):
            if piece.kind == "prose":
                linked = self._linked(piece.text, "../", lesson, pictures)
                parts += [_DIRECTIVE.sub(r"\1text", linked), unclosed(to_html(piece.text))]
            elif piece.kind == "code":
                parts.append(fenced("python", piece.text))
            elif piece.kind == "exercise":
                parts += [
                    f"### Exercise {piece.text} · {piece.exercise.title}",
                    fenced("{raw} html", quiz(piece.exercise)),
                ]
            elif piece.text.strip():
                markup = f'<div class="shown">{piece.text}{unclosed(piece.text)}</div>'
                parts.append(fenced("{raw} html", markup))
        title, *rest = parts
        shown = [_AS_IN_JUPYTER, title, fenced("{raw} html", self._actions(lesson)), *rest]
        return "\n\n".join(part for part in shown if part)

    def _actions(self, lesson: Lesson) -> str:
        name, notebook = quote(lesson.name), lesson.path.name
        links = [("Download the notebook", quote(notebook), " download")]
        if self.decks:
            links.append(("Slides", f"../slides/{name}.html", ""))
        if self.pdf:
            links.append(("PDF", f"{name}.pdf", ""))
        if self.lite:
            address = f"../lite/lab/index.html?path={quote(notebook)}"
            links.append(("Run it in the browser", address, ""))
        if self.repository:
            links.append(("Run it on Binder", self.repository.binder(lesson.path.stem), ""))
            links.append(("Run it on Colab", self.repository.colab(lesson.path.stem), ""))
        made = "".join(f'<a href="{address}"{more}>{text}</a>' for text, address, more in links)
        return f'<p class="actions">{made}</p>'

    def _linked(
        self,
        markdown: str,
        up: str,
        lesson: Lesson | None = None,
        pictures: Pictures | None = None,
    ) -> str:
        """Turn links to notebooks and files into links to pages; what is not here is text."""
        names = {lesson.name for lesson in self.lessons}

        def follow(match: re.Match[str]) -> str:
            text, target = match[1], match[2] or match[3]
            if "://" in target or target.startswith("mailto:"):
                return match[0]
            path, _, place = target.partition("#")
            place = f"#{_slug(place)}" if place else ""
            if not path:
                return f"[{text}]({place})"
            if path.endswith(".ipynb"):
                page = page_name(Path(unquote(path)))
                return f"[{text}](<{up}lessons/{page}.md{place}>)" if page in names else text
            if Path(path).name == "GLOSSARY.md":
                return f"[{text}]({up}glossary.md{place})"
            guide = next((name for name, file in _GUIDES.items() if file == path), "")
            if guide in self.guides:
                return f"[{text}]({up}guides/{guide}.md)"
            file = lesson.beside(target) if lesson is not None else None
            if file is None or pictures is None:
                return text
            name = html.escape(file.name)
            return f'<a href="{pictures.kept(file)}" download="{name}">{text}</a>'

        return LINK.sub(follow, markdown)


def _cell(text: str) -> str:
    return text.replace("|", BAR)


def _slug(place: str) -> str:
    """Write a place as pages name it, whether it was written for JupyterLab or for GitHub."""
    return re.sub(r"[^\w -]", "", unquote(place)).lower().replace(" ", "-")


def _toctree(names: Iterable[str], *, caption: str = "") -> str:
    """List pages: in the side bar beneath a caption, or where it stands."""
    options = f":hidden:\n:caption: {caption}\n" if caption else ""
    return fenced("{toctree}", f"{options}:maxdepth: 1\n\n" + "\n".join(names))


# --- building ------------------------------------------------------------------------------


def build_site(
    folder: Path,
    *,
    title: str = TITLE,
    source: Path | None = None,
    names: tuple[str, ...] = (),
    repository: str = "",
    decks: bool = False,
    pdf: bool = False,
    wheel: Path | None = None,
) -> tuple[str, ...]:
    """Build the site into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Where it goes.  What an earlier build put there is replaced, and what others have put there
        stays; a folder that holds files and is no site yet is refused.
    title : str
        The name of the course.
    source : pathlib.Path, optional
        A folder of notebooks; the lessons of this package when left out.
    names : tuple of str
        Beginnings of the names of lessons, in their order; all when left out.
    repository : str
        ``owner/name`` or ``owner/name@branch`` on GitHub, for links to Binder and Colab.
    decks : bool
        Whether slides of the lessons are made as well.
    pdf : bool
        Whether Chromium prints each lesson to a PDF beside its page.
    wheel : pathlib.Path, optional
        The wheel of this package.  With it, a JupyterLite goes into ``lite/``, in which the
        notebooks run in the browser.  That one asks a server for Pyodide, so it needs a network.

    Returns
    -------
    tuple of str
        What Sphinx complained about; empty when all is well.

    Raises
    ------
    MlmteachError
        If what the site needs is not installed.
    OptionError
        If an option has a value that it cannot take.
    """
    _require(pdf=pdf, wheel=wheel)
    lessons = read_lessons(source or lessons_folder(), names)
    made_before = _made_before(folder)
    guides = {
        name: path
        for name, file in _GUIDES.items()
        for path in (_PACKAGE / "guides" / file, _PACKAGE.parent / file)
        if path.is_file()
    }
    site = Site(
        title=title,
        lessons=lessons,
        repository=Repository(repository) if repository else None,
        decks=decks,
        pdf=pdf,
        lite=wheel is not None,
        guides=guides,
    )
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "site"
        _write(site, Path(place))
        complaints = _run_sphinx(site.title, Path(place), made)
        _mend(made)
        if decks:
            for lesson in site.lessons:
                path = made / "slides" / f"{lesson.name}.html"
                save_deck(path, lesson.plain_title, lesson_deck(lesson))
        if wheel is not None:
            _build_lite(made / "lite", site.lessons, wheel)
        printed = [f"lessons/{lesson.name}.pdf" for lesson in site.lessons if pdf]
        _put(made, folder, made_before, printed)
    if pdf:
        for lesson in site.lessons:
            print_page(folder / "lessons" / f"{lesson.name}.html", folder / "lessons")
    return complaints


def _require(*, pdf: bool, wheel: Path | None) -> None:
    """Ask for what the site needs before the work and not after it."""
    needed = [name for name in ("sphinx", "myst_parser", "furo") if find_spec(name) is None]
    if needed:
        raise MlmteachError(
            f"The site needs {', '.join(needed)}.", 'Install it: pip install "mlmteach[site]".'
        )
    if pdf:
        _chromium()
    if wheel is not None and not wheel.is_file():
        raise OptionError(f"There is no wheel '{wheel}'.", "Make it: python -m build --wheel.")
    if wheel is not None and find_spec("jupyterlite_core") is None:
        raise MlmteachError(
            "Notebooks that run in the browser need JupyterLite.",
            'Install it: pip install "mlmteach[lite]".',
        )


def _write(site: Site, place: Path) -> None:
    """Write the pages, and the files beside them, for Sphinx."""
    extra = place / "extra"
    pictures = Pictures(place / "static" / "figures", "../_static/figures")
    for name, text in site.pages(pictures):
        target = place / "pages" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (extra / "lessons").mkdir(parents=True)
    for lesson in site.lessons:
        shutil.copy(lesson.path, extra / "lessons")
    (extra / "data").mkdir()
    for name in datasets():
        load(name).to_csv(extra / "data" / f"{name}.csv", index=False)


# --- the folder of a site, which may hold more than we have put there ---------------------

_NOTE = ".mlmteach-site"  # lists the files of the last build


def _made_before(folder: Path) -> list[str]:
    """List what an earlier build has put into a folder; refuse one that is somebody's work."""
    note = folder / _NOTE
    try:
        if note.is_file():
            return note.read_text(encoding="utf-8").splitlines()[1:]
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OptionError(
                f"'{folder}' is there already and is no site of mlmteach.",
                "Name a new folder, or an empty one.",
            )
        folder.mkdir(parents=True, exist_ok=True)  # is tried before the work and not after it
    except OSError as error:
        raise _not_written(folder, error) from None
    return []


def _put(made: Path, folder: Path, made_before: list[str], later: list[str]) -> None:
    """Put a site into its folder, in place of the one before; what others put there stays.

    Parameters
    ----------
    made : pathlib.Path
        The new site.
    folder : pathlib.Path
        Where it goes.
    made_before, later : list of str
        Files of the last build, and those that this one will still add.
    """
    new = [path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()]
    new = sorted([*new, *later])
    for name in sorted(set(new) - set(made_before)):
        if (folder / name).exists():
            raise OptionError(
                f"'{folder / name}' is there already and was not made by mlmteach.",
                "Move it elsewhere, or name another folder.",
            )
    try:
        for name in made_before:
            (folder / name).unlink(missing_ok=True)
        for parent in sorted({(folder / name).parent for name in made_before}, reverse=True):
            while parent != folder and parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
                parent = parent.parent
        # first, so that a build that is cut short can be made again
        said = [f"Made by mlmteach {mlmteach.__version__}, with these files:", *new]
        (folder / _NOTE).write_text("\n".join(said) + "\n", encoding="utf-8")
        shutil.copytree(made, folder, dirs_exist_ok=True)
    except OSError as error:
        raise _not_written(folder, error) from None


def _not_written(folder: Path, error: OSError) -> OptionError:
    return OptionError(
        f"The site cannot be written to '{folder}': {error.strerror or error}.",
        "Choose another place.",
    )


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise MlmteachError(
            "PDFs are printed by Chromium, which was not found.",
            "Install Chromium or Google Chrome, or print the pages from your browser.",
        )
    return found


def print_page(page: Path, folder: Path) -> None:
    """Let Chromium print a page, with the style for print.

    Parameters
    ----------
    page : pathlib.Path
        A page of the site.
    folder : pathlib.Path
        Where the PDF goes, under the name of the page.

    Raises
    ------
    MlmteachError
        If Chromium is not there, or does not print.
    """
    command = [_chromium(), "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # as in a container
    target = folder / f"{page.stem}.pdf"
    command += [f"--print-to-pdf={target.resolve()}", page.resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode or not target.is_file():
        said = (done.stderr.strip().splitlines() or ["It said nothing."])[-1]
        raise MlmteachError(f"Chromium did not print '{page.name}': {said}", "Print it by hand.")


def _build_lite(folder: Path, lessons: tuple[Lesson, ...], wheel: Path) -> None:
    """Build a JupyterLite whose notebooks install this package in their first cell."""
    import nbformat

    with tempfile.TemporaryDirectory() as place:
        contents = Path(place) / "contents"
        contents.mkdir()
        for lesson in lessons:
            notebook = nbformat.read(lesson.path, as_version=4)
            install = nbformat.v4.new_code_cell("%pip install -q mlmteach", id="install")
            notebook.cells.insert(0, install)
            nbformat.write(notebook, contents / lesson.path.name)
        command = [sys.executable, "-m", "jupyter", "lite", "build", "--apps", "lab"]
        command += ["--contents", str(contents), "--output-dir", str(folder.resolve())]
        command += ["--piplite-wheels", str(wheel.resolve())]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MlmteachError(
            f"JupyterLite could not be built:\n{done.stderr.strip()[-2000:]}\n",
            "Mend what it names, or leave out the wheel.",
        )
    for path in folder.rglob("*.map"):  # of use to its developers alone, and over half of it
        path.unlink()


_SETTINGS = {
    "author": "",
    "version": mlmteach.__version__,
    "extensions": [
        "myst_parser",
        "sphinx.ext.autodoc",
        "sphinx.ext.napoleon",
        "mlmteach.site.build",
    ],
    "myst_enable_extensions": ["dollarmath", "amsmath", "attrs_inline", "strikethrough"],
    "myst_heading_anchors": 3,
    # targets within tables of the glossary; headings that begin at the third level; a
    # method that two classes share
    "suppress_warnings": [
        "myst.xref_missing",
        "myst.header",
        "myst.strikethrough",
        "ref.python",
    ],
    "html_theme": "furo",
    "html_theme_options": {"footer_icons": []},
    "html_favicon": str(STATIC / "icon.svg"),
    "html_math_renderer": "mathml",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_show_search_summary": False,  # it would be fetched, which a file cannot do
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "autodoc_typehints": "none",
    "autodoc_member_order": "bysource",
    "napoleon_google_docstring": False,
    "toc_object_entries": False,
    "default_role": "code",
}
"""What Sphinx is told, whatever the course."""


def _run_sphinx(title: str, place: Path, folder: Path) -> tuple[str, ...]:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    settings = {
        **_SETTINGS,
        "project": html.escape(title),
        "html_title": html.escape(title),
        "html_static_path": [str(STATIC), str(place / "static")],
        "html_extra_path": [str(place / "extra")],
    }
    # Settings of the theme are known only after it has been loaded, so they stand in a file.
    lines = [f"{name} = {value!r}" for name, value in settings.items()]
    (place / "conf.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with warnings.catch_warnings(), patch_docutils(str(place)), docutils_namespace():
        # of Sphinx's own extensions, and of libraries whose docstrings are looked at
        warnings.simplefilter("ignore", category=DeprecationWarning)
        warnings.simplefilter("ignore", category=PendingDeprecationWarning)
        app = Sphinx(
            srcdir=place / "pages",
            confdir=place,
            outdir=folder,
            doctreedir=place / "doctrees",
            buildername="html",
            status=None,
            warning=said,
        )
        app.build()
    told = COLOUR.sub("", said.getvalue()).replace(str(place), "")
    return tuple(line for line in told.splitlines() if "WARNING" in line or "ERROR" in line)


_FOR_ALL = (
    # what scrolls is reached by keys, a heading has its level, a landmark its name
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
    ('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer', '<aside aria-label="This page" class="toc-drawer'),
    ("<th></th>", "<td></td>"),  # the corner of a table heads nothing
)
"""What theme and libraries leave to be mended for readers who use keys or hear the page."""


def _mend(folder: Path) -> None:
    """Make pages of use to all readers, and leave out what nobody is led to."""
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for plain, mended in _FOR_ALL:
            text = text.replace(plain, mended)
        path.write_text(text, encoding="utf-8")
    (folder / ".buildinfo").unlink(missing_ok=True)
    shutil.rmtree(folder / "_sources", ignore_errors=True)
    (folder / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with _


# --- what Sphinx calls: this module is its extension ---------------------------------------


def setup(app: Any) -> dict[str, Any]:
    """Enter our renderer of formulas and our files into Sphinx.

    Parameters
    ----------
    app : sphinx.application.Sphinx

    Returns
    -------
    dict
    """
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    app.add_css_file("math.css")
    app.add_css_file("site.css")
    app.add_js_file("quiz.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(formula(node.astext(), display=False))
    raise SkipNode


def _block(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(f'<div class="formula" tabindex="0">{formula(node.astext())}</div>')
    raise SkipNode
