"""``mlmteach fit``: equations, estimates and sentences for a model, from one line."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mlmteach.api import Model
from mlmteach.cli.source import read_data
from mlmteach.errors import MlmteachWarning, OptionError
from mlmteach.fit.sandwich import Robust
from mlmteach.model.notation import PRESETS

if TYPE_CHECKING:
    from mlmteach.api import Fit

__all__ = ["add_parser", "as_json", "as_text"]

_EXAMPLES = """\
examples:
  mlmteach fit hsb "mathach ~ 1 + (1 | school)"
  mlmteach fit hsb "mathach ~ size*ses + sector + (1 + ses | school)" --notation raudenbush-bryk
  mlmteach fit my_data.csv "score ~ hours" --group class --output report.html
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fit",
        help="fit a model and print its equations, its estimates and what they mean",
        description="Fit a two-level model. Prints the level-1, level-2 and full equations, a "
        "table of estimates, and a sentence for every symbol.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", metavar="DATA", help="a data set, such as hsb, or a CSV file")
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        help='the model as lme4 writes it, such as "mathach ~ ses + (1 + ses | school)"; whether '
        "a variable belongs to level 1 or level 2 is read off the data",
    )
    parser.add_argument("--group", help="the grouping column, for a formula without a random term")
    parser.add_argument(
        "--notation", default="slides", choices=list(PRESETS), help="default: %(default)s"
    )
    parser.add_argument("--ml", action="store_true", help="fit by ML; the default is REML")
    parser.add_argument(
        "--robust",
        nargs="?",
        const="CR2",
        choices=get_args(Robust),
        metavar="KIND",
        help="robust standard errors, clustered by the group: CR2, or the KIND that is named (CR0, "
        "CR1, CR1S, CR2)",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.html", help="write a report that browsers open"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    if options.output is not None:
        _require_new_html(options.output)
    data = read_data(options.data)
    model = Model.from_formula(options.formula, data=data, group=options.group)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in fit.notes
        fit = model.fit(data, reml=not options.ml)
        fit = fit.robust(options.robust) if options.robust else fit
    for message in fit.notes:
        print(f"mlmteach: {message}", file=sys.stderr)
    if options.output is not None:
        from mlmteach.cli.report import as_html

        page = as_html(fit, notation=options.notation)
        try:
            options.output.write_text(page, encoding="utf-8")
        except OSError as error:
            raise OptionError(
                f"The report '{options.output}' cannot be written: {error.strerror}.",
                "Choose another place.",
            ) from None
        print(f"The report is in {options.output}.", file=sys.stderr)
    if options.json:
        print(json.dumps(as_json(fit, notation=options.notation), indent=2, ensure_ascii=False))
    elif options.output is None:
        print(as_text(fit, notation=options.notation))


def _require_new_html(path: Path) -> None:
    if path.suffix.lower() not in {".html", ".htm"}:
        raise OptionError(f"The report cannot be written as '{path}'.", "End its name in .html.")
    if path.exists():
        raise OptionError(f"The file '{path}' is there already.", "Choose another name.")
    if not path.parent.is_dir():
        raise OptionError(f"There is no folder '{path.parent}'.", "Make it, or choose another.")


def as_text(fit: Fit, *, notation: str = "slides") -> str:
    """Write equations, estimates and sentences for a console.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    notation : str
        The name of a preset.

    Returns
    -------
    str
    """
    estimated = fit.equations(notation=notation, parts=("full",)).text
    return "\n\n".join(
        [
            fit.model.equations(notation=notation).text,
            f"With estimates\n{estimated}",
            str(fit.summary()),
            f"What each symbol means\n\n{fit.interpret(notation=notation, detail='full').listing}",
        ]
    )


def as_json(fit: Fit, *, notation: str = "slides") -> dict[str, Any]:
    """Collect the results as plain numbers and texts.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    notation : str
        The name of a preset.

    Returns
    -------
    dict
        What :func:`json.dumps` takes.
    """
    equations = fit.model.equations(notation=notation)
    interval = fit.conf_int()
    fixed = {
        name: {
            "estimate": float(fit.params[name]),
            "se": float(fit.bse[name]),
            "df": float(fit.df[name]),
            "t": float(fit.tvalues[name]),
            "p": float(fit.pvalues[name]),
            "lower": float(interval.loc[name, "lower"]),
            "upper": float(interval.loc[name, "upper"]),
        }
        for name in fit.params.index
    }
    return {
        "formula": fit.model.formula,
        "equations": {"text": equations.text, "latex": equations.latex},
        "fixed": fixed,
        "tau": fit.cov_re.to_dict(),
        "sigma2": float(fit.scale),
        "method": "REML" if fit.reml else "ML",
        "standard_errors": fit.cov_type,
        "criterion": float(fit.criterion),
        "loglik": float(fit.llf),
        "aic": float(fit.aic),
        "bic": float(fit.bic),
        "n_rows": fit.nobs,
        "n_groups": fit.ngroups,
        "n_dropped": fit.dropped,
        "converged": fit.converged,
        "singular": fit.singular,
        "messages": list(fit.notes),
        "meaning": {row.symbol: row.full for row in fit.interpret(notation=notation).rows},
    }
