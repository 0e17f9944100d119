"""``mlmteach fit``: equations, estimates and sentences for a model, from one line."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np

from mlmteach.api import Fit, GeneralizedFit, LayeredFit, Model, NestedFit
from mlmteach.cli.source import read_data
from mlmteach.errors import MlmteachWarning, OptionError
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.sandwich import Robust
from mlmteach.model.family import LINKS
from mlmteach.model.notation import PRESETS

__all__ = ["add_parser", "as_json", "as_text"]

AnyFit: TypeAlias = Fit | LayeredFit | GeneralizedFit | NestedFit

_EXAMPLES = """\
examples:
  mlmteach fit hsb "mathach ~ 1 + (1 | school)"
  mlmteach fit hsb "mathach ~ size*ses + sector + (1 + ses | school)" --notation raudenbush-bryk
  mlmteach fit my_data.csv "score ~ hours" --group class --output report.html

three levels, and crossed groups:
  mlmteach fit pastes "strength ~ 1 + (1 | batch/cask)"
  mlmteach fit penicillin "diameter ~ 1 + (1 | plate) + (1 | sample)"

yes/no outcomes and counts:
  mlmteach fit contraception "use ~ age + urban + (1 | district)" --family binomial
  mlmteach fit my_data.csv "passed ~ hours + (1 | class)" --family binomial --event yes
  mlmteach fit cbpp "cbind(incidence, size - incidence) ~ period + (1 | herd)" --family binomial
  mlmteach fit my_data.csv "visits ~ age + (1 | clinic)" --family poisson --exposure years
  mlmteach fit grouseticks "TICKS ~ HEIGHT + (1 | LOCATION/BROOD)" --family poisson
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``mlmteach``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fit",
        help="fit a model and print its equations, its estimates and what they mean",
        description="Fit a model with two or three levels, or with two crossed groupings. Prints "
        "the equations of each level and the full one, a table of estimates, and a sentence for "
        "every symbol.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", metavar="DATA", help="a data set, such as hsb, or a CSV file")
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        help='the model as lme4 writes it, such as "mathach ~ ses + (1 + ses | school)", or a '
        "command of Stata; to which level a variable belongs is read off the data",
    )
    parser.add_argument(
        "--group",
        help="the grouping column, for a formula without a random term; school/class for classes "
        'in schools, "primary * second" for groupings that cross',
    )
    parser.add_argument(
        "--notation", default="slides", choices=list(PRESETS), help="default: %(default)s"
    )
    parser.add_argument(
        "--ml",
        action="store_true",
        help="fit by ML; the default is REML, for normal outcomes, and ML for others",
    )
    outcome = parser.add_argument_group(
        "outcomes that are not normal",
        "A yes/no outcome is binomial; a count is Poisson, or negative binomial where counts vary "
        "more. There is no REML for them.",
    )
    outcome.add_argument(
        "--family",
        choices=list(LINKS),
        help="the distribution of the outcome; normal when left out",
    )
    outcome.add_argument(
        "--link",
        choices=LINKS["binomial"],
        help="of a yes/no outcome: logit when left out. Counts have the logarithm",
    )
    outcome.add_argument(
        "--trials",
        metavar="COLUMN",
        help="where the outcome is a number of successes: the column of the numbers of trials",
    )
    outcome.add_argument(
        "--event",
        metavar="VALUE",
        help="which value of a yes/no outcome is counted, where they are not 0 and 1",
    )
    outcome.add_argument(
        "--exposure",
        metavar="COLUMN",
        help="the column of what counts are proportional to, such as time or area",
    )
    outcome.add_argument(
        "--points",
        type=int,
        metavar="N",
        help="points of the adaptive quadrature; when left out 1, which is Laplace's "
        "approximation, as in glmer. Stata's melogit has 7",
    )
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
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", category=MlmteachWarning)
        model = Model.from_formula(
            options.formula,
            data=data,
            group=options.group,
            family=options.family,
            link=options.link,
            trials=options.trials,
            exposure=options.exposure,
            event=options.event,
        )
    if options.robust and not model.family.is_normal:
        raise OptionError(
            f"There are no robust standard errors for the family '{model.family.name}'.",
            "Leave out --robust.",
        )
    if options.robust and len(model.grouping.names) > 1:
        raise OptionError(
            "There are no robust standard errors with two groupings.", "Leave out --robust."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in fit.notes
        fit = model.fit(data, reml=False if options.ml else None, points=options.points)
        fit = fit.robust(options.robust) if options.robust else fit
    for message in (*(str(one.message) for one in told), *fit.notes):
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


def as_text(fit: AnyFit, *, notation: str = "slides") -> str:
    """Write equations, estimates and sentences for a console.

    Parameters
    ----------
    fit : Fit, LayeredFit, GeneralizedFit or NestedFit
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


def as_json(fit: AnyFit, *, notation: str = "slides") -> dict[str, Any]:
    """Collect the results as plain numbers and texts.

    Parameters
    ----------
    fit : Fit, LayeredFit, GeneralizedFit or NestedFit
        A fitted model.
    notation : str
        The name of a preset.

    Returns
    -------
    dict
        What :func:`json.dumps` takes.
    """
    equations = fit.model.equations(notation=notation)
    return {
        "formula": fit.model.formula,
        "equations": {"text": equations.text, "latex": equations.latex},
        "fixed": _fixed(fit),
        "tau": _by_grouping(fit, [effects.cov_re.to_dict() for effects in fit.effects]),
        **(_of_a_family(fit) if isinstance(fit, NonNormal) else _of_a_normal(fit)),
        "criterion": float(fit.criterion),
        "loglik": float(fit.llf),
        "aic": float(fit.aic),
        "bic": float(fit.bic),
        "n_rows": fit.nobs,
        "n_groups": _by_grouping(fit, [effects.ngroups for effects in fit.effects]),
        "n_dropped": fit.dropped,
        "converged": fit.converged,
        "singular": fit.singular,
        "messages": list(fit.notes),
        "meaning": {row.symbol: row.full for row in fit.interpret(notation=notation).rows},
    }


def _fixed(fit: AnyFit) -> dict[str, dict[str, float]]:
    """The table of γ: t with its df, or z; odds and rate ratios where exp(γ) is one."""
    interval = fit.conf_int()
    fixed = {}
    for name in fit.params.index:
        row = {"estimate": fit.params[name], "se": fit.bse[name]}
        if not isinstance(fit, NonNormal):
            row |= {"df": fit.df[name], "t": fit.tvalues[name]}
        else:
            row |= {"z": fit.tvalues[name]}
        ends = {end: interval.loc[name, end] for end in ("lower", "upper")}
        row |= {"p": fit.pvalues[name], **ends}
        if fit.model.family.link in ("logit", "log"):
            row |= {
                "ratio": np.exp(row["estimate"]),
                **{f"ratio_{end}": np.exp(value) for end, value in ends.items()},
            }
        fixed[name] = {key: float(value) for key, value in row.items()}
    return fixed


def _by_grouping(fit: AnyFit, values: list[Any]) -> Any:
    """What there is one of for each grouping: by their names where there are two."""
    if len(values) == 1:
        return values[0]
    return {effects.name: value for effects, value in zip(fit.effects, values, strict=True)}


def _of_a_normal(fit: Fit | LayeredFit) -> dict[str, Any]:
    found: dict[str, Any] = {"sigma2": float(fit.scale)}
    if isinstance(fit, LayeredFit):
        found["icc"] = {str(name): float(share) for name, share in fit.icc.items()}
    return found | {
        "method": "REML" if fit.reml else "ML",
        "standard_errors": "model" if isinstance(fit, LayeredFit) else fit.cov_type,
    }


def _of_a_family(fit: GeneralizedFit | NestedFit) -> dict[str, Any]:
    """The distribution and the integration; a yes/no outcome names its event."""
    family = fit.model.family
    event = str(family.categories[-1]) if family.categories else None
    told = {"name": family.name, "link": family.link, "event": event}
    told |= {"trials": family.trials, "exposure": family.exposure}
    icc = fit.icc.to_dict() if isinstance(fit, NestedFit) else {}
    return {
        **({"icc": icc} if icc else {}),
        "family": {key: value for key, value in told.items() if value is not None},
        **({} if fit.shape is None else {"shape": float(fit.shape)}),
        "method": "ML",
        "points": fit.points,
        "standard_errors": "model",
    }
