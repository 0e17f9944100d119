"""What sentences are drawn from: the model, its numbers, its data and the words for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmteach.data.codebook import Codebook
from mlmteach.data.sources import in_memory
from mlmteach.errors import OptionError
from mlmteach.model.places import Described, Places
from mlmteach.model.structure import Structure, upper_predictors
from mlmteach.model.survey import bind

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.combinations import WeightedSums
    from mlmteach.fit.estimated import Estimated, Linear
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.generalized import NonNormal
    from mlmteach.model.estimates import Estimates
    from mlmteach.model.symbols import Varying

__all__ = ["Source", "source_of"]


@dataclass(frozen=True, eq=False)
class Source:
    """A model with whatever is known beside it.

    Attributes
    ----------
    model : Structure
    codebook : Codebook
        In the language of the sentences; it has an entry for every variable of the model.
    estimates : Estimates or None
    fit : Fitted or None
        For degrees of freedom, p-values and the predicted U.
    frame : pandas.DataFrame or None
        The rows that were used.
    level : float
        Of the intervals.
    remembered : dict
        The meanings of factors that were asked for, as each takes a look at the data.
    """

    model: Structure
    codebook: Codebook
    estimates: Estimates | None = None
    fit: Fitted | None = None
    frame: pd.DataFrame | None = None
    level: float = 0.95
    remembered: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def places(self) -> Places:
        """Where the predictors lie, and where they are when nobody says otherwise."""
        return Places.of(self.model, self.frame) if self.fit is None else self.fit.places

    @property
    def normal(self) -> Estimated | None:
        """The fit, where the outcome is normal: it has σ², R² and an ICC too."""
        from mlmteach.fit.estimated import Estimated

        return self.fit if isinstance(self.fit, Estimated) else None

    @property
    def linear(self) -> Linear | None:
        """The fit, where the outcome is normal, with one grouping or two."""
        from mlmteach.fit.estimated import Linear

        return self.fit if isinstance(self.fit, Linear) else None

    @property
    def generalized(self) -> NonNormal | None:
        """The fit, where the outcome is yes or no, or a count, with one grouping or two."""
        from mlmteach.fit.generalized import NonNormal

        return self.fit if isinstance(self.fit, NonNormal) else None

    @property
    def level1_variance(self) -> float:
        """σ², beside which a variance is large or 0; where there is none, 1 unit of the link."""
        assert self.estimates is not None
        return float(self.estimates.scale) if self.model.family.is_normal else 1.0

    @cached_property
    def sums(self) -> WeightedSums:
        """The weighted sums of γ, from whatever numbers there are."""
        from mlmteach.fit.combinations import WeightedSums, sums_of

        if self.linear is not None:
            return sums_of(self.linear)
        assert self.estimates is not None
        return WeightedSums(self.model, self.estimates, self.places)

    def effects(self, level: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give the predicted effects of a level, one row a group, and their conditional SDs."""
        assert self.fit is not None
        own = self.fit.effects[level - 2]
        return own.random_effects, own.random_effects_se

    def random_column(self, c: Varying) -> tuple[FloatArray, IntArray]:
        """Give the column that an effect multiplies, and the group of each row, (n,) each."""
        from mlmteach.fit.design import Design

        assert self.fit is not None
        design, name = self.fit.design, c.term.name
        if isinstance(design, Design):
            return design.Z[:, design.z_names.index(name)], design.codes
        layer = design.layers[c.level - 2]
        return layer.Z[:, layer.z_names.index(name)], layer.codes

    def sizes(self, level: int) -> IntArray:
        """Give the number of level-1 units of each group of a level, (J,)."""
        from mlmteach.fit.design import Design

        if self.fit is None:
            return np.bincount(self.places.codes(level))
        design = self.fit.design
        if isinstance(design, Design):
            return design.sizes
        return np.bincount(design.layers[level - 2].codes)

    def spread(self, name: str, level: int) -> Described | None:
        """Describe the values of a numeric variable; None without data."""
        known = self.places.described((level, name))
        if known is not None:
            return known
        values = self.values(name, level)
        if values is None or len(values) < 2:
            return None
        ends = float(values.min()), float(values.max())
        return Described(*ends, float(values.mean()), float(values.std(ddof=1)))

    def _groups(self, level: int) -> FloatArray:
        """Number the groups of a level in the order of their labels, one number a row; NaN if none.

        They are those of the frame, of which a model that is not fitted may use some rows only.
        """
        if ("groups", level) not in self.remembered:
            assert self.frame is not None
            names = self.model.grouping.names
            keys = (
                names[level - 2 :][::-1] if self.model.grouping.is_nested else (names[level - 2],)
            )
            numbers = self.frame.groupby(list(keys), observed=True).ngroup()
            self.remembered["groups", level] = numbers.where(numbers >= 0).to_numpy(dtype=float)
        found: FloatArray = self.remembered["groups", level]
        return found

    def spread_within(self, name: str) -> Described | None:
        """Describe the departures of a level-1 variable from the means of its groups."""
        if self.values(name, 1) is None or self.frame is None:
            return None
        census = self.places.census
        own = None if census is None else census.number(name)
        if own is not None:
            ends = float((own.low - own.mean).min()), float((own.high - own.mean).max())
            sd = float(np.sqrt(own.squares.sum() / (own.count.sum() - 1)))
            return Described(*ends, 0.0, sd)
        column = self.frame[name].astype(float)
        values = column - column.groupby(self._groups(2)).transform("mean")
        return Described(float(values.min()), float(values.max()), 0.0, float(values.std()))

    def values(self, name: str, level: int) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """Give the values of a numeric variable, one a group above level 1."""
        import pandas as pd

        if self.frame is None or name not in self.frame:
            return None
        column = self.frame[name]
        if not pd.api.types.is_numeric_dtype(column):
            return None
        if level > 1:
            column = column.groupby(self._groups(level)).mean()
        values: np.ndarray[Any, np.dtype[np.float64]] = column.to_numpy(dtype=float)
        finite: np.ndarray[Any, np.dtype[np.float64]] = values[np.isfinite(values)]
        return finite

    def centred_within(self, name: str) -> bool:
        """Tell whether a level-1 variable has the mean 0 in every group, or all but that."""
        rows = self.places.described((1, name))
        if rows is None or not self.places.is_centred(name):
            return False
        return abs(rows.mean) < 0.01 * rows.sd

    def between_share(self, name: str, level: int = 1, upper: int = 2) -> float:
        """Estimate the share of a variable's variance that lies between groups of a level."""
        if self.frame is None or self.values(name, 1) is None:
            return 0.0
        census = self.places.census
        own = None if census is None else census.number(name)
        if own is not None:
            every = own.together()
            total = float(every.squares[0, 0] / (every.count[0] - 1))
            within = float(own.squares.sum() / max(every.count[0] - len(own.count), 1))
            return max(0.0, 1.0 - within / total) if total > 0 else 0.0
        values, codes = self.frame[name], self._groups(upper)
        if level > 1:  # of groups each once, or their means
            lower = self._groups(level)
            first = np.unique(lower, return_index=True)[1]
            values, codes = values.groupby(lower).transform("mean").iloc[first], codes[first]
        grouped = values.groupby(codes)
        total = float(values.var())
        within = float((grouped.var() * (grouped.count() - 1)).sum())
        within /= max(len(values) - grouped.ngroups, 1)
        return max(0.0, 1.0 - within / total) if total > 0 else 0.0


def source_of(
    subject: Structure | Fitted,
    *,
    fit: Fitted | None = None,
    estimates: Estimates | None = None,
    data: pd.DataFrame | None = None,
    codebook: Codebook | dict[str, Any] | str | Path | None = None,
    language: str = "en",
    level: float = 0.95,
) -> Source:
    """Gather what is known of a model or a fit.

    Raises
    ------
    OptionError
        If the level is no proportion, or the estimates lack a coefficient of the model.
    """
    if not 0.0 < level < 1.0:
        raise OptionError(
            f"A confidence level of {level} is not between 0 and 1.", "Use 0.95 for 95 %."
        )
    if not isinstance(subject, Structure):
        fit = subject
    elif fit is None:
        data = None if data is None else in_memory(data)
        model = bind(subject, data) if data is not None and not subject.bound else subject
        _check(model, estimates)
        book = _codebook(model, data, codebook).localized(language)
        return Source(model, book, estimates, None, data, level)
    frame = fit.places.frame
    book = _codebook(fit.model, frame, codebook).localized(language)
    return Source(fit.model, book, fit.estimates, fit, frame, level)


def _check(model: Structure, estimates: Estimates | None) -> None:
    if estimates is None:
        return
    missing = [g.name for g in model.gammas if g.name not in estimates.params.index]
    for level in range(2, len(model.grouping.names) + 2):
        known = estimates.cov_re if level == 2 else estimates.cov_re3
        index = () if known is None else known.index
        missing += [v.term.name for v in model.varying(level) if v.term.name not in index]
    if missing:
        raise OptionError(
            f"The estimates have no value for {', '.join(map(repr, missing))}.",
            "Give one for every term of the model, under its name.",
        )


def _codebook(model: Structure, frame: pd.DataFrame | None, own: Any) -> Codebook:
    """Find an entry for every variable: the caller's, the model's, the data's, or a default."""
    if frame is not None:
        from mlmteach.data.inspection import codebook_for

        used = frame[[name for name in dict.fromkeys(model.variables) if name in frame]].copy()
        used.attrs = {"codebook": model.codebook} if model.codebook is not None else frame.attrs
        return codebook_for(
            used,
            group=model.group,
            group3=model.group3,
            crossed=model.grouping.crossed,
            codebook=own,
        )
    given: Any = model.codebook  # as it was given to the model, before any data
    known = _default(model)
    if isinstance(given, Codebook) and set(model.variables) <= set(given):
        known = given
        if model.group3:
            from mlmteach.data.inspection import for_groupings

            known = for_groupings(given, model.grouping.names)
    elif given is not None:
        known = _merged(known, given)
    return _merged(known, own) if own is not None else known


def _merged(book: Codebook, own: Any) -> Codebook:
    from mlmteach.data.datasets import read_codebook

    if isinstance(own, str | Path):
        own = read_codebook(own)
    if isinstance(own, Codebook):
        document = own.to_dict()
        kept = {k: v for k, v in document.get("columns", {}).items() if k in book}
        whole = {k: v for k, v in document.items() if k in {"level1", "level2", "level3"}}
        own = whole | kept
    return book.with_(own)


def _default(model: Structure) -> Codebook:
    """Give a codebook of default words, for a model that has met no data."""
    levels = model.levels
    groups = dict(zip(model.grouping.names, (2, 3), strict=False))
    columns: dict[str, Any] = {
        name: {"level": levels.get(name, 1)} for name in model.variables if name not in groups
    }
    for c in model.coefficients:
        for factor in (f for t in (c.term, *c.predictors, *upper_predictors(c)) for f in t.factors):
            if factor.level is not None and factor.variables:
                # a grouping may be a predictor too, such as the varieties of a split plot
                columns.setdefault(factor.variables[0], {})["kind"] = "categorical"
    columns |= {name: {"level": level, "kind": "identifier"} for name, level in groups.items()}
    upper = {"group3": model.group3} if model.group3 else {}
    return Codebook.from_dict({"group": model.group, **upper, "columns": columns})
