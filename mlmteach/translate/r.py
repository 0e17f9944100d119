"""R: reading and preparing the data, for lme4 and nlme alike."""

from __future__ import annotations

from mlmteach.translate.expressions import Dialect
from mlmteach.translate.layout import quoted, wrapped
from mlmteach.translate.names import Naming, words
from mlmteach.translate.plan import Plan
from mlmteach.translate.steps import (
    Center,
    Compute,
    GroupMean,
    Indicator,
    Levels,
    Standardize,
    Step,
    Value,
)

__all__ = ["NAMING", "prepared"]

# R Language Definition, 10.3.1 Constants and 10.3.2 Identifiers; ?Reserved
NAMING = Naming(
    r"[^\W\d_][\w.]*",
    10_000,
    words(
        "if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ "
        "NA_real_ NA_character_ NA_complex_ in T F"
    ),
)


def prepared(plan: Plan, *, complete: bool) -> list[str]:
    """Write the lines that read the data and make the columns.

    Parameters
    ----------
    plan : Plan
        What has to be there.
    complete : bool
        Whether rows with missing values have to go first.

    Returns
    -------
    list of str
        The lines.
    """
    frame = plan.data
    as_they_are = ", check.names = FALSE" if plan.renamed else ""
    lines = [f'{frame} <- read.csv("{frame}.csv"{as_they_are})']
    lines += [
        f"names({frame})[names({frame}) == {quoted(old)}] <- {quoted(new)}  # a name that R takes"
        for old, new in plan.renamed
    ]
    # factors first: read.csv takes an empty text for a value, and factor() finds it missing
    dialect = Dialect(f"{frame}${{}}", {}, power="^")
    lines += [_line(step, plan, dialect) for step in plan.steps if isinstance(step, Levels)]
    if complete:
        used = ", ".join(quoted(name) for name in plan.used)
        lines.append(wrapped(f"{frame} <- na.omit({frame}[c({used})])", indent="  "))
    return lines + [
        _line(step, plan, dialect) for step in plan.steps if not isinstance(step, Levels)
    ]


def _line(step: Step, plan: Plan, dialect: Dialect) -> str:
    def column(name: str) -> str:
        return f"{plan.data}${name}"

    match step:
        case Compute(name, expression):
            return f"{column(name)} <- {dialect.write(expression)}"
        case GroupMean(name, source):
            return f"{column(name)} <- ave({column(source)}, {column(plan.group)})"
        case Center(name, source, _):
            return f"{column(name)} <- {column(source)} - mean({column(source)})"
        case Standardize(name, source, _, _):
            x = column(source)
            return f"{column(name)} <- ({x} - mean({x})) / sd({x})"
        case Indicator(name, source, value):
            return f"{column(name)} <- as.numeric({column(source)} == {_value(value)})"
        case Levels(source, values):
            levels = ", ".join(_value(value) for value in values)
            return wrapped(
                f"{column(source)} <- factor({column(source)}, levels = c({levels}))", indent="  "
            )


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return quoted(value) if isinstance(value, str) else repr(value)
