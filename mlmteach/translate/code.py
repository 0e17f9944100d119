"""From a model to a script."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from mlmteach.display import bundle
from mlmteach.errors import OptionError, suggest
from mlmteach.fit.sandwich import Robust
from mlmteach.translate import mixedmodels, r, sas, spss, stata, statsmodels
from mlmteach.translate.plan import make_plan

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = ["PROGRAMS", "Code", "code"]

PROGRAMS = {
    program.name: program
    for program in (
        r.LME4,
        r.NLME,
        r.GLMMTMB,
        stata.PROGRAM,
        statsmodels.PROGRAM,
        sas.PROGRAM,
        spss.PROGRAM,
        mixedmodels.PROGRAM,
    )
}
"""The programs, by the names that :func:`code` takes."""
FRAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,27}")  # what every program takes for a data frame


@dataclass(frozen=True)
class Code:
    """A script; ``str()`` gives its text, and a notebook shows it highlighted.

    Parameters
    ----------
    program : str
        What it is written for: ``"lme4"``.
    language : str
        Its language: ``"r"``.
    source : str
        The text.
    """

    program: str
    language: str
    source: str

    def __str__(self) -> str:
        return self.source

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=self.source, markdown=f"```{self.language}\n{self.source}\n```")


def code(
    model: Structure,
    program: str,
    *,
    reml: bool | None = None,
    data: str | None = None,
    robust: Robust | None = None,
    points: int | None = None,
) -> Code:
    """Write a model as a script for another program.

    The script reads the data, prepares the columns that the model's functions and categories
    stand for, fits the model and shows the result.

    Parameters
    ----------
    model : Structure
        Bound to data, if it has categorical predictors or an outcome of two categories.  Of three
        levels, each script keeps class 1 of one school apart from class 1 of another; crossed
        groupings are written where the program has them.
    program : {"lme4", "nlme", "glmmtmb", "stata", "statsmodels", "sas", "spss", "mixedmodels.jl"}
        Capital letters do not matter.  Yes/no outcomes and counts are not written for nlme and
        statsmodels, which have no likelihood of them.
    reml : bool, optional
        REML, which is the default for normal outcomes, or ML.
    data : str, optional
        The name of the frame, and of the file that it is read from; left out, the name of the data
        set that the model is bound to, or ``"data"``.
    robust : {"CR2", "CR0", "CR1", "CR1S"}, optional
        Ask for robust standard errors, clustered by the groups, the uppermost of three levels: in R
        by clubSandwich, with the same numbers as here.  Stata and SAS have one kind of their own,
        and a comment says so; where a program has none, a comment says that.
    points : int, optional
        Of the adaptive quadrature for a yes/no outcome or a count; left out, it is 1, Laplace's
        approximation.

    Returns
    -------
    Code

    Raises
    ------
    OptionError
        If the program is unknown, `data` cannot be the name of a frame, or an option does not go
        with the outcome.
    ModelError
        If the program cannot express the model.

    Examples
    --------
    >>> from mlmteach import Model
    >>> print(code(Model("mathach ~ ses", group="school"), "lme4"))
    library(lme4)
    <BLANKLINE>
    data <- read.csv("data.csv")
    <BLANKLINE>
    model <- lmer(
      mathach ~ 1 + ses + (1 | school),
      data = data,
      REML = TRUE
    )
    summary(model)
    """
    known = PROGRAMS.get(str(program).lower())
    if known is None:
        raise OptionError(f"The program {program!r} is not known.", suggest(str(program), PROGRAMS))
    if data is None:
        known_name = model.codebook.name if model.codebook else ""
        data = known_name if FRAME.fullmatch(known_name) else "data"
    if not FRAME.fullmatch(str(data)) or data == "model":
        raise OptionError(
            f"data={data!r} cannot be the name of a data frame everywhere.",
            "Give the name of the file without its ending, in at most 28 letters, digits and '_'.",
        )
    if robust is not None and robust not in get_args(Robust):
        raise OptionError(
            f"There are no robust standard errors {robust!r}.", suggest(robust, get_args(Robust))
        )
    model.family.check_options(reml=reml, points=points)
    _check_family(model, robust=robust, points=points)
    normal = model.family.is_normal
    reml = normal if reml is None else bool(reml)
    plan = make_plan(model, known.naming, factors=known.factors, reml=reml, data=data)
    plan = replace(plan, robust=robust, points=points or 1)
    return Code(known.name, known.language, known.write(plan))


def _check_family(model: Structure, *, robust: Robust | None, points: int | None) -> None:
    """Refuse options that go with the outcome, or with groupings, of no script."""
    if robust is not None and not model.family.is_normal:
        raise OptionError(
            f"There are no robust standard errors for the family '{model.family.name}' here.",
            "Leave out `robust`.",
        )
    if robust is not None and model.grouping.crossed:
        raise OptionError(
            "Robust standard errors rest on groups that are independent, and groupings that cross "
            "have none.",
            "Leave out `robust`.",
        )
    if points is not None and (points < 1 or points != int(points)):
        raise OptionError(
            f"points={points!r} is no number of quadrature points.",
            "Give 1, which is Laplace's approximation, or more, such as 7.",
        )
