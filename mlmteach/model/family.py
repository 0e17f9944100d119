"""What is taken for granted of an outcome: its distribution, and the link to its predictors.

A normal outcome has an ε and its σ².  Yes/no outcomes and counts have none: given the predictors
and the U's of the group, the expected outcome says all of the distribution, and the link ties it to
the linear predictor η (Raudenbush & Bryk 2002, *Hierarchical Linear Models*, chapter 10; Snijders &
Bosker 2012, *Multilevel Analysis*, chapter 17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np
import pandas as pd

from mlmteach.errors import DataError, OptionError, suggest

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray

__all__ = [
    "COUNTS",
    "LINKS",
    "LINK_TEXTS",
    "NORMAL",
    "DistributionName",
    "Family",
    "FamilyName",
    "Link",
    "Response",
    "checked_family",
    "family_name",
    "response_of",
]

FamilyName: TypeAlias = Literal["normal", "binomial", "poisson", "negbin"]
Link: TypeAlias = Literal["identity", "logit", "probit", "cloglog", "log"]
DistributionName: TypeAlias = Literal["N", "Bernoulli", "Binomial", "Poisson", "NegBin"]
"""Distributions, as equations have them."""

LINKS: dict[str, tuple[Link, ...]] = {
    "normal": ("identity",),
    "binomial": ("logit", "probit", "cloglog"),
    "poisson": ("log",),
    "negbin": ("log",),
}
"""The links of each family, the usual one first."""

COUNTS = ("poisson", "negbin")
"""The families of counts without an upper limit."""

LINK_TEXTS: dict[Link, str] = {
    "identity": "%s",
    "logit": "logit(%s)",
    "probit": "Φ⁻¹(%s)",
    "cloglog": "log(−log(1 − %s))",
    "log": "log(%s)",
}
"""The links as plain text shows them, with ``%s`` for the mean."""

_SYNONYMS = {
    "gaussian": "normal",
    "bernoulli": "binomial",
    "logistic": "binomial",
    "binary": "binomial",
    "count": "poisson",
    "negative binomial": "negbin",
    "nbinom2": "negbin",
    "negativebinomial": "negbin",
}


@dataclass(frozen=True)
class Family:
    """The distribution of an outcome given its predictors and its group, and the link.

    Attributes
    ----------
    name : {"normal", "binomial", "poisson", "negbin"}
    link : {"identity", "logit", "probit", "cloglog", "log"}
    trials : str or None
        The column of the numbers of trials, of which the outcome counts the successes.
    exposure : str or None
        The column of what counts are proportional to: time, area, persons.
    event : object
        The value of a yes/no outcome that is counted; None for 1 or True.
    categories : tuple
        Both values of a yes/no outcome in the data that the model was held against, the event last;
        empty before, and where there are trials.
    """

    name: FamilyName = "normal"
    link: Link = "identity"
    trials: str | None = None
    exposure: str | None = None
    event: Any = None
    categories: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def is_normal(self) -> bool:
        """Whether there is an ε."""
        return self.name == "normal"

    @property
    def is_binomial(self) -> bool:
        """Whether the outcome is yes/no, or a number of successes."""
        return self.name == "binomial"

    @property
    def is_count(self) -> bool:
        """Whether the outcome is a count without an upper limit."""
        return self.name in COUNTS

    @property
    def has_usual_link(self) -> bool:
        """Whether the link is the one that the family has where none is named."""
        return self.link == LINKS[self.name][0]

    @property
    def distribution(self) -> DistributionName:
        """The name of the distribution, as equations have it; ``"N"`` for the normal one."""
        if self.is_binomial:
            return "Binomial" if self.trials else "Bernoulli"
        counts: dict[str, DistributionName] = {"poisson": "Poisson", "negbin": "NegBin"}
        return counts.get(self.name, "N")

    @property
    def thing(self) -> str:
        """What an outcome of the family is called in a message."""
        if self.is_binomial:
            return "number of successes" if self.trials else "yes/no outcome"
        return "count" if self.is_count else "normal outcome"

    @property
    def expectation(self) -> str:
        """What its mean is called in a message."""
        return {"binomial": "probability", "normal": "mean"}.get(self.name, "expected count")

    def linked(self, mean: str) -> str:
        """Write the link of the mean as plain text.

        Examples
        --------
        >>> Family("binomial", "cloglog").linked("π_ij")
        'log(−log(1 − π_ij))'
        """
        return LINK_TEXTS[self.link].replace("%s", mean)

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that it needs beside the outcome."""
        return tuple(name for name in (self.trials, self.exposure) if name)

    @property
    def arguments(self) -> dict[str, Any]:
        """What :class:`mlmteach.Model` is told of it; nothing for a normal outcome."""
        if self.is_normal:
            return {}
        given: dict[str, Any] = {"family": self.name}
        given |= {} if self.has_usual_link else {"link": self.link}
        given |= {name: getattr(self, name) for name in ("trials", "exposure", "event")}
        return {name: value for name, value in given.items() if value is not None}

    def check_options(self, *, reml: bool | None, points: int | None = None) -> None:
        """Refuse quadrature for a normal outcome, and REML for any other."""
        if not isinstance(reml, bool | np.bool_ | None):
            raise OptionError(
                f"reml={reml!r} is neither True nor False.", "For ML, say reml=False."
            )
        if self.is_normal and points is not None:
            raise OptionError(
                "A normal outcome needs no quadrature: its likelihood is exact.",
                "Leave out `points`.",
            )
        if reml and not self.is_normal:
            raise OptionError(
                f"There is no REML for the family '{self.name}'.", "Leave out `reml`."
            )

    def refuse_chunks(self) -> None:
        """Refuse data that come in chunks: sums over them are not all that is needed."""
        if not self.is_normal:
            raise DataError(
                f"A model of the family '{self.name}' needs all rows in memory.",
                "Read the columns of the model into one frame.",
            )


NORMAL = Family()


def family_name(family: object) -> FamilyName:
    """Return the name of a family, by whichever of its names it is called.

    Examples
    --------
    >>> family_name(None), family_name("Gaussian"), family_name("nbinom2")
    ('normal', 'normal', 'negbin')
    """
    name = "normal" if family is None else str(family).strip().lower()
    name = _SYNONYMS.get(name, name)
    if name not in LINKS:
        raise OptionError(
            f"family={family!r} is not known.",
            "Use 'binomial' for yes/no outcomes, 'poisson' or 'negbin' for counts; left out, the "
            "outcome is normal.",
        )
    return cast("FamilyName", name)


def checked_family(
    family: object,
    link: object = None,
    *,
    trials: object = None,
    exposure: object = None,
    event: object = None,
    taken: Mapping[str, str],
) -> Family:
    """Return the family of a model, or refuse what it cannot be.

    Parameters
    ----------
    family, link, trials, exposure, event : object
        As given.
    taken : mapping of str to str
        The columns that have another role, and which.

    Returns
    -------
    Family

    Raises
    ------
    OptionError
        If a family or link is not known, or an option does not go with the family.

    Examples
    --------
    >>> checked_family("binomial", trials="size", taken={})
    Family(name='binomial', link='logit', trials='size', exposure=None, event=None, categories=())
    """
    if isinstance(family, Family):
        return family
    name = family_name(family)
    links = LINKS[name]
    if link is not None and link not in links:
        hint = "Counts have the link 'log'." if name in COUNTS else suggest(str(link), list(links))
        raise OptionError(f"link={link!r} does not go with the family '{name}'.", hint)
    for option, value, owner in (
        ("trials", trials, ("binomial",)),
        ("event", event, ("binomial",)),
        ("exposure", exposure, COUNTS),
    ):
        if value is None:
            continue
        if name not in owner:
            raise OptionError(
                f"`{option}` does not go with the family '{name}'.",
                f"Leave it out, or say family={owner[0]!r}.",
            )
        if option != "event":
            _refuse_column(option, value, taken)
    if trials is not None and event is not None:
        raise OptionError(
            "`event` names a value of a yes/no outcome, and with `trials` the outcome is a number.",
            "Leave out `event`.",
        )
    return Family(
        name,
        links[0] if link is None else link,
        None if trials is None else str(trials).strip(),
        None if exposure is None else str(exposure).strip(),
        event,
    )


def _refuse_column(option: str, value: object, taken: Mapping[str, str]) -> None:
    if not isinstance(value, str) or not value.strip():
        raise OptionError(
            f"{option}={value!r} does not name a column.",
            f"Name one, as in {option}='size'; a constant becomes one by data['size'] = 10.",
        )
    if value.strip() in taken:
        raise OptionError(
            f"'{value}' is {option} and also {taken[value.strip()]}.", "Name another column."
        )


# --- the outcome as the likelihood needs it -----------------------------------------------


@dataclass(frozen=True, eq=False)
class Response:
    """The outcome of rows.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Successes or counts.
    trials : ndarray, shape (n,), or None
        The numbers of trials; None where each row is one.
    offset : ndarray, shape (n,), or None
        The logarithms of the exposures.
    categories : tuple
        Of a yes/no outcome, the event last.
    """

    y: FloatArray
    trials: FloatArray | None = None
    offset: FloatArray | None = None
    categories: tuple[Any, ...] = ()


def response_of(
    family: Family, name: str, column: pd.Series[Any], numeric: Mapping[str, FloatArray]
) -> Response:
    """Read the outcome of a family off the data.

    Parameters
    ----------
    family : Family
        Not the normal one.
    name : str
        What the outcome is called.
    column : pandas.Series, length n
        Its values, without missing ones.
    numeric : mapping of str to ndarray of shape (n,)
        The columns that are numbers: trials and exposure are among them.

    Returns
    -------
    Response

    Raises
    ------
    DataError
        If the values are none that the family can have.

    Examples
    --------
    >>> passed = pd.Series(["no", "yes", "yes"])
    >>> response_of(Family("binomial", "logit", event="yes"), "passed", passed, {}).y
    array([0., 1., 1.])
    """
    if family.trials:
        return _successes(family, name, column, numeric)
    if family.is_binomial:
        return _yes_or_no(family, name, column)
    y = _counts(name, column)
    if not y.any():
        raise DataError(
            f"The outcome '{name}' is 0 in every row that is used.", "Choose one that varies."
        )
    offset = None
    if family.exposure:
        exposure = _numbers(family.exposure, "exposure", numeric)
        if not (exposure > 0.0).all():
            raise DataError(
                f"The exposure '{family.exposure}' is {exposure.min():g} in a row, and a count is "
                "proportional to it.",
                "Leave out the rows in which nothing could be counted.",
            )
        offset = np.log(exposure)
    return Response(y, offset=offset)


def _numbers(name: str, role: str, numeric: Mapping[str, FloatArray]) -> FloatArray:
    if name not in numeric:
        raise DataError(f"The column of {role}, '{name}', is not numeric.", "Give it as numbers.")
    return numeric[name]


def _successes(
    family: Family, name: str, column: pd.Series[Any], numeric: Mapping[str, FloatArray]
) -> Response:
    trials = _numbers(str(family.trials), "trials", numeric)
    y = _counts(name, column)
    if (odd := (trials < 1.0) | (trials != np.floor(trials))).any():
        raise DataError(
            f"The numbers of trials in '{family.trials}' have to be 1, 2, 3, …; one is "
            f"{trials[odd][0]:g}.",
            "Leave out rows without a trial.",
        )
    if (over := y > trials).any():
        row = column.index[int(over.argmax())]
        raise DataError(
            f"'{name}' is larger than '{family.trials}' in row {row!r}.",
            "There cannot be more successes than trials: correct these values.",
        )
    if not y.any() or (y == trials).all():
        raise DataError(
            f"The outcome '{name}' is {'0' if not y.any() else 'the number of trials'} in every "
            "row that is used.",
            "Choose an outcome that varies.",
        )
    return Response(y, trials)


def _counts(name: str, column: pd.Series[Any]) -> FloatArray:
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise DataError(
            f"The outcome '{name}' is not numeric (its type is {column.dtype}).",
            "A count is 0, 1, 2, …; for a yes/no outcome say family='binomial', without trials.",
        )
    y = column.to_numpy(dtype=np.float64)
    if (odd := (y < 0.0) | (y != np.floor(y))).any():
        raise DataError(
            f"The outcome '{name}' is {y[odd][0]:g} in row {column.index[int(odd.argmax())]!r}, "
            "and a count is 0, 1, 2, ….",
            "Give counts; for rates, give the counts with exposure=, and for shares the numbers of "
            "successes with trials=.",
        )
    return y


def _yes_or_no(family: Family, name: str, column: pd.Series[Any]) -> Response:
    values = list(pd.unique(column))
    if len(values) > 2:
        shown = ", ".join(map(str, values[:3]))
        raise DataError(
            f"The outcome '{name}' has {len(values)} different values, such as {shown}; a yes/no "
            "outcome has two.",
            "Make it of a comparison, as in data['passed'] = data['score'] > 12; for numbers of "
            "successes add trials=, for counts say family='poisson'.",
        )
    if len(values) < 2:
        raise DataError(
            f"The outcome '{name}' is {values[0]} in every row that is used.",
            "Choose an outcome that varies.",
        )
    event = family.event
    if event is None:
        numbers = all(isinstance(v, int | float | np.number | np.bool_) for v in values)
        if not numbers or sorted(map(float, values)) != [0.0, 1.0]:
            first, second = map(_plain, sorted(values, key=None if numbers else str))
            raise DataError(
                f"The outcome '{name}' is {first} or {second}: which of them is the event?",
                f"Say event={second!r} or event={first!r}.",
            )
        event = next(value for value in values if float(value) == 1.0)
    elif event not in values:
        found = [value for value in values if str(value) == str(event)]
        if not found:
            raise DataError(
                f"The outcome '{name}' is never {event!r}.",
                f"Name one of its values: {_plain(values[0])!r} or {_plain(values[1])!r}.",
            )
        event = found[0]
    other = next(value for value in values if value != event)
    y = (column == event).to_numpy(dtype=np.float64)
    return Response(y, categories=(_plain(other), _plain(event)))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
