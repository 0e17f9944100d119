"""``mlmteach slides``: a talk on a data set and a model, or the lessons as slides."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from mlmteach.api import Model
from mlmteach.cli.source import read_data
from mlmteach.errors import MlmteachWarning, OptionError
from mlmteach.model.family import LINKS

__all__ = ["add_parser", "run"]

_EXAMPLES = """\
examples:
  mlmteach slides hsb "mathach ~ size*ses + sector + minority + female + (1 + ses | school)"
  mlmteach slides my_data.csv "score ~ hours + (1 | class)" --output talk.html
  mlmteach slides contraception "use ~ age + urban + (1 | district)" --family binomial
  mlmteach slides --lessons 00 02 05 --output decks      lessons of the course, a file each
  mlmteach slides --lessons --output decks               all of them

A deck is one HTML file. Open it in a browser; S opens the speaker's view with the notes.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "slides",
        help="make slides: a talk on a model of yours, or the lessons",
        description="Make slides of a whole talk that leads up to a model: for each step its "
        "equations, assumptions, symbols, fit, sentences, and the same in R and Stata. Or make "
        "slides of the lessons.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "data", metavar="DATA", nargs="?", help="a data set, such as hsb, or a CSV file"
    )
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        nargs="?",
        help='the last model of the talk as lme4 writes it, such as "y ~ x + (1 + x | g)"',
    )
    parser.add_argument("--group", help="the grouping column, for a formula without a random term")
    parser.add_argument("--family", choices=list(LINKS), help="the distribution of the outcome")
    parser.add_argument("--title", default="", help="the title of the talk")
    parser.add_argument(
        "--lessons",
        metavar="NAME",
        nargs="*",
        help="slides of lessons in place of a talk: beginnings of their names, or nothing for all",
    )
    parser.add_argument(
        "--output",
        metavar="PLACE",
        type=Path,
        help="the file of the talk (default: talk.html), or the folder of the lessons' slides "
        "(default: slides)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    if options.lessons is not None:
        if options.data:
            raise OptionError(
                "A talk and lessons cannot be made at once.", "Leave out DATA, or --lessons."
            )
        _lessons(tuple(options.lessons), options.output or Path("slides"))
    elif options.data is None or options.formula is None:
        raise OptionError(
            "A talk needs a data set and a formula.",
            "Give both, such as hsb 'mathach ~ ses + (1 | school)', or --lessons.",
        )
    else:
        _talk(options, options.output or Path("talk.html"))


def _talk(options: argparse.Namespace, path: Path) -> None:
    from mlmteach.site.deck import save_deck
    from mlmteach.site.talk import talk

    data = read_data(options.data)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", category=MlmteachWarning)
        model = Model.from_formula(
            options.formula, data=data, group=options.group, family=options.family
        )
    for message in told:
        print(f"mlmteach: {message.message}", file=sys.stderr)
    slides = talk(data, model, title=options.title)
    save_deck(path, options.title or f"Models of {model.outcome.name}", slides)
    print(f"{len(slides)} slides are in {path}. Open it in a browser.")


def _lessons(names: tuple[str, ...], folder: Path) -> None:
    from mlmteach.course import lessons_folder
    from mlmteach.site.deck import lesson_deck, save_deck
    from mlmteach.site.lessons import read_lessons

    for lesson in read_lessons(lessons_folder(), names):
        path = folder / f"{lesson.name}.html"
        slides = lesson_deck(lesson)
        save_deck(path, lesson.plain_title, slides)
        print(f"{path}: {len(slides)} slides")
