"""``mlmteach site FOLDER``: the course, or a lecturer's own selection, as pages for the web."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]

_EXAMPLES = """\
examples:
  mlmteach site public                                     the whole course, in ./public
  mlmteach site public --title "Statistics III" --lessons 00 02 03 05
  mlmteach site public --from mylessons                    notebooks of your own, run and saved
  mlmteach site public --repository ada/course             with links to Binder and Colab

Open public/index.html, or put the folder on any server. The pages load nothing from elsewhere.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "site",
        help="make the lessons a web site, which needs neither Python nor a network",
        description="Make a web site of the lessons as they were saved, with the glossary, the "
        "data sets and the reference. Nothing is run again.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the site goes")
    parser.add_argument("--title", metavar="TEXT", help="the name of your course")
    parser.add_argument(
        "--lessons",
        metavar="NAME",
        nargs="+",
        default=[],
        help="beginnings of the names of lessons, in your order, such as 00 02 05 (default: all)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FOLDER",
        type=Path,
        help="a folder of notebooks of your own (default: the lessons of the course)",
    )
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME[@BRANCH]",
        default="",
        help="where on GitHub the notebooks are: adds links to Binder and Colab",
    )
    parser.add_argument("--slides", action="store_true", help="make slides of the lessons as well")
    parser.add_argument(
        "--pdf", action="store_true", help="print each lesson to a PDF, which needs Chromium"
    )
    parser.add_argument(
        "--lite",
        metavar="WHEEL",
        type=Path,
        help="add a JupyterLite, in which the notebooks run in the browser, with this wheel of "
        "mlmteach; it asks a server for Pyodide",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    from mlmteach.site.build import TITLE, build_site

    complaints = build_site(
        options.folder,
        title=options.title or TITLE,
        source=options.source,
        names=tuple(options.lessons),
        repository=options.repository,
        decks=options.slides,
        pdf=options.pdf,
        wheel=options.lite,
    )
    for complaint in complaints:
        print(complaint)
    print(f"The site is in '{options.folder}'. Open {options.folder / 'index.html'}.")
