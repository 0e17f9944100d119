"""Fits with robust standard errors, and how these compare with those of the model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, get_args

import numpy as np
import pandas as pd

from mlmteach.display import bundle
from mlmteach.errors import FewGroupsWarning, FitError, OptionError, suggest
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.sandwich import Robust
from mlmteach.fit.summary import Row, number, pipes, plain
from mlmteach.numbers import degrees

if TYPE_CHECKING:
    from mlmteach.fit.sandwich import CovType

__all__ = ["Robustness", "robust", "robustness"]

E = TypeVar("E", bound=Estimated)


def robust(fit: E, kind: Robust = "CR2") -> E:
    """Return the fit with robust standard errors, clustered by its groups.

    Parameters
    ----------
    fit : Estimated
        With standard errors of any kind.
    kind : {"CR2", "CR0", "CR1", "CR1S"}
        CR2 is right on average with few groups too, when the model is right: its working model is
        the fitted one, as clubSandwich's is for lmer and lme.  CR0 is the plain sandwich, CR1 is
        J / (J - 1) times it, CR1S (J / (J - 1)) (n - 1) / (n - p) times it.

    Returns
    -------
    Estimated
        The same γ, T, σ² and U's; covariances, df, tests and intervals of γ are robust.

    Raises
    ------
    OptionError
        When there is no such kind.
    FitError
        When there is a single group.

    Warns
    -----
    FewGroupsWarning

    References
    ----------
    Liang & Zeger (1986), *Biometrika* 73(1), for CR0; Bell & McCaffrey (2002), *Survey Methodology*
    28(2), and Pustejovsky & Tipton (2018), *Journal of Business & Economic Statistics* 36(4), for
    CR2 and the df.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> robust(fit).bse.round(3).to_dict(), fit.bse.round(3).to_dict()
    ({'Intercept': 6.825, 'Days': 1.546}, {'Intercept': 9.747, 'Days': 0.804})
    """
    if kind not in get_args(Robust):
        raise OptionError(
            f"There are no robust standard errors {kind!r}.", suggest(kind, get_args(Robust))
        )
    if fit.ngroups < 2:
        raise FitError(
            "Robust standard errors compare groups, and there is one only.",
            "Use the standard errors of the fit as it is.",
        )
    found = fit.with_changes(cov_type=kind)
    for message in found.notes[len(found.messages) :]:
        warnings.warn(message, FewGroupsWarning, stacklevel=3)
    return found


@dataclass(frozen=True, eq=False)
class Robustness:
    """Standard errors of γ by the model beside robust ones.

    Made by :func:`robustness`.

    Attributes
    ----------
    model_based, robust : Estimated
        The same fit with either.
    """

    model_based: Estimated
    robust: Estimated

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a γ.

        Columns ``estimate``, ``SE model``, ``SE robust``, ``ratio`` (robust by model), ``lower``
        and ``upper`` (between which at least 95 % of the ratios lie when the model is right, by
        the chi-square that the robust df belong to), ``df model`` and ``df robust``.
        """
        from scipy.stats import chi2

        fit, other = self.model_based, self.robust
        df = other.df.to_numpy()
        lower, upper = (np.sqrt(chi2.ppf(p, df) / df) for p in (0.025, 0.975))
        return pd.DataFrame(
            {
                "estimate": fit.params,
                "SE model": fit.bse,
                "SE robust": other.bse,
                "ratio": other.bse / fit.bse,
                "lower": lower,
                "upper": upper,
                "df model": fit.df,
                "df robust": other.df,
            }
        )

    @property
    def outside(self) -> tuple[str, ...]:
        """The γ whose two standard errors differ more than chance makes them."""
        table = self.table
        apart = (table["ratio"] < table["lower"]) | (table["ratio"] > table["upper"])
        return tuple(map(str, table.index[apart]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the table means.

        References
        ----------
        King & Roberts (2015), *Political Analysis* 23(2); Maas & Hox (2004), *Computational
        Statistics & Data Analysis* 46(3).
        """
        if self.outside:
            names = " and ".join(repr(name) for name in self.outside)
            found = (
                f"They differ more than by chance for {names}: something in the model is wrong. "
                "Look for a variance that is not the same everywhere, a random slope or a level "
                "that is missing, and a wrong fixed part. Robust standard errors show such a fault "
                "and do not mend it (King & Roberts 2015)."
            )
        else:
            found = "None differs by more than chance."
        return (
            "Standard errors of the model rest on the variances that it estimates, robust ones "
            f"({self.robust.cov_type}) on the residuals of the groups. When the model is right, "
            "both estimate the same, and at least 95 % of the ratios lie in the range given.",
            found,
            *self.robust.notes[len(self.robust.messages) :],
        )

    @property
    def _rows(self) -> list[Row]:
        rows: list[Row] = [
            ("", "Estimate", "SE model", "SE robust", "Ratio", "by chance", "df model", "df robust")
        ]
        for name, row in self.table.iterrows():
            se, other = float(row["SE model"]), float(row["SE robust"])
            rows.append(
                (
                    str(name),
                    number(float(row["estimate"]), se=se),
                    number(se, se=se),
                    number(other, se=se),
                    number(float(row["ratio"]), digits=2),
                    f"{row['lower']:.2f} to {row['upper']:.2f}",
                    degrees(float(row["df model"])),
                    degrees(float(row["df robust"])),
                )
            )
        return rows

    @property
    def text(self) -> str:
        """The comparison as plain text."""
        return "\n\n".join([plain(self._rows), *(f"Note: {note}" for note in self.notes)])

    @property
    def markdown(self) -> str:
        """The comparison as Markdown."""
        return "\n\n".join([pipes(self._rows), *(f"**Note.** {note}" for note in self.notes)])

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(text=self.text, markdown=self.markdown)


def robustness(fit: Estimated, kind: Robust | None = None) -> Robustness:
    """Hold robust standard errors of γ against those of the model.

    Parameters
    ----------
    fit : Estimated
        With standard errors of any kind.
    kind : {"CR2", "CR0", "CR1", "CR1S"}, optional
        Left out, that of a robust fit, or CR2.

    Returns
    -------
    Robustness

    Raises
    ------
    OptionError
        When there is no such kind.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> robustness(fit).table["ratio"].round(2).to_dict(), robustness(fit).outside
    ({'Intercept': 0.7, 'Days': 1.92}, ('Days',))
    """
    chosen: CovType = fit.cov_type if kind is None and fit.is_robust else (kind or "CR2")
    if chosen == fit.cov_type:
        return Robustness(fit.with_changes(cov_type="model"), fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewGroupsWarning)  # they are in the notes
        other = robust(fit, chosen)  # type: ignore[arg-type]
    return Robustness(fit.with_changes(cov_type="model") if fit.is_robust else fit, other)
