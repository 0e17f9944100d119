"""New outcomes that are yes/no or counts, fits to them, fits without a group, and predictions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
import pandas as pd

from mlmteach.data.sources import column_names, in_memory, stream_of
from mlmteach.errors import DataError, FitError, OptionError
from mlmteach.fit.averaging import average_mean, mean_at
from mlmteach.fit.design import design_for_new
from mlmteach.fit.generalized import (
    Generalized,
    NonNormal,
    find_optimum,
    is_singular,
    search_messages,
)
from mlmteach.fit.influence import Influence, without_each
from mlmteach.fit.simulate import (
    encoding_of,
    in_order,
    known_effects,
    refuse_other_labels,
    require_groups,
)
from mlmteach.fit.variances import generalized_values, names_of
from mlmteach.model.family import response_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.marginal import Marginal, Problem
    from mlmteach.fit.moments import Scaling
    from mlmteach.fit.nested_marginal import NestedMarginal

__all__ = [
    "OutcomeLaw",
    "amounts",
    "expected",
    "influence",
    "predict",
    "refit",
    "require_predicted",
]

G = TypeVar("G", bound=NonNormal)

Groups = Literal["known", "average", "population"]


# --- outcomes drawn and fitted again, many times ------------------------------------------


@dataclass(frozen=True, eq=False)
class OutcomeLaw:
    """The distribution of an outcome, how to draw from it, and how to fit what was drawn.

    Attributes
    ----------
    marginal : Marginal or NestedMarginal
        Of the design; its outcome does not matter.
    parameters : (size,) array
        What is true, in internal units.
    start : (size,) array
        Where the search for a drawn outcome begins.
    scaling : Scaling
        The internal units.
    x_names : tuple of str
        What the γ are called.
    """

    marginal: Marginal | NestedMarginal
    parameters: FloatArray
    start: FloatArray
    scaling: Scaling
    x_names: tuple[str, ...]

    @classmethod
    def of(cls, fit: NonNormal) -> OutcomeLaw:
        """Take the estimates of a fit for true."""
        names = fit.design.x_names
        return cls(fit.marginal, fit.found.parameters, fit.warm_start, fit.scaling, names)

    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw an outcome, in the order of the problem, (n,)."""
        eta = self.marginal.draw(self.parameters, generator)
        return self.marginal.problem.distribution(self.parameters).draw(eta, generator)

    def replicate(self, generator: np.random.Generator) -> FloatArray:
        """Estimate from one drawn outcome: γ, T and a shape, and whether T came out singular.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        (p + k + K + 1,) array
            All NaN where there are no estimates.
        """
        problem = self.marginal.problem.with_outcome(self.draw(generator))
        marginal = replace(self.marginal, problem=problem)
        with suppress(FitError, np.linalg.LinAlgError):
            found = find_optimum(marginal, self.x_names, self.start)
            if found.converged:
                values = generalized_values(problem, self.scaling, found.parameters)
                return np.append(values, is_singular(problem.parted(found.parameters)[1]))
        return np.full(problem.size + 1, np.nan)


# --- a fit to a given outcome -------------------------------------------------------------


def refit(fit: G, y: ArrayLike) -> G:
    """Fit the design to another outcome; see :meth:`mlmteach.GeneralizedFit.refit`."""
    values = _outcome(fit, y)
    problem = fit.marginal.problem.with_outcome(values[fit.order])
    marginal = replace(fit.marginal, problem=problem)
    found = find_optimum(marginal, fit.design.x_names, fit.warm_start)
    changed = fit.with_changes(
        design=replace(fit.design, y=values), marginal=marginal, found=found, messages=()
    )
    notes, zeros = search_messages(changed)
    return changed.with_changes(messages=notes + zeros)


def _outcome(fit: NonNormal, y: ArrayLike) -> FloatArray:
    """Read a new outcome as the first one was read, (n,); yes/no outcomes may come as 1 and 0."""
    column: pd.Series[Any] = pd.Series(np.asarray(in_order(fit, y)), index=fit.frame.index)
    if bool(column.isna().any()):
        raise DataError("The new outcome has missing values.", "Give a value for each row.")
    family, design = fit.model.family, fit.design
    if pd.api.types.is_numeric_dtype(column.dtype) and not set(family.categories) & set(column):
        family = replace(family, event=None)
    numeric = {}
    if family.trials and design.trials is not None:
        numeric[family.trials] = design.trials
    if family.exposure and design.offset is not None:
        numeric[family.exposure] = np.exp(design.offset)
    return response_of(family, fit.model.outcome.name, column, numeric).y


# --- without each group -------------------------------------------------------------------


def influence(fit: NonNormal, grouping: str | None = None, *, progress: bool = True) -> Influence:
    """Estimate a model without each of its groups.

    Parameters
    ----------
    fit : NonNormal
    grouping : str, optional
        Whose groups, where there are three levels: when left out that of level 3, whose groups are
        independent of one another.
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    Influence
        Every group has a search of its own, which begins at the optimum with all groups.  NaN for a
        group without which the model cannot be estimated, for example since it is the only one of
        its kind.  Ctrl-C ends the work: what is done is returned with a warning, and the other
        groups have NaN.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C was pressed before anything was done.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ 1", group="herd", family="binomial", trials="size")
    >>> fit = model.fit(mlm.load("cbpp"))
    >>> int(influence(fit).cook.idxmax())
    14
    """
    effects = fit.effects[-1] if grouping is None else fit.effects_of(grouping)
    codes = effects.layer.codes[fit.order]

    def without(j: int) -> FloatArray | None:
        marginal = fit.marginal.of_rows(codes != j)
        with suppress(np.linalg.LinAlgError):
            _require_rank(marginal.problem)
            found = find_optimum(marginal, fit.design.x_names, fit.warm_start)
            if found.converged:
                return generalized_values(marginal.problem, fit.scaling, found.parameters)
        return None

    size, p = fit.n_parameters, len(fit.params)
    estimates, done = without_each(effects.ngroups, size, without, progress=progress)
    index, names = effects.labels, names_of(fit, "variance")
    searched = pd.Series(np.arange(effects.ngroups) < done, index=index, name="searched")
    return Influence(
        fit,
        pd.DataFrame(estimates[:, :p], index=index, columns=list(fit.params.index)),
        pd.DataFrame(estimates[:, p:], index=index, columns=names),
        searched,
        effects.name if len(fit.effects) > 1 else "",
    )


def _require_rank(problem: Problem) -> None:
    """Refuse a problem without a group that alone told two γ apart."""
    values = np.linalg.eigvalsh(problem.x @ problem.x.T)
    if problem.p and values[0] < 1e-9 * values[-1]:
        raise FitError("Without the group, columns say the same.", "Keep it.")


# --- predictions for new rows: in groups of the fit, in a typical one, and over all groups -----


def predict(
    fit: Generalized,
    new: pd.DataFrame | None = None,
    *,
    groups: Groups = "known",
    scale: Literal["response", "link"] = "response",
) -> pd.Series[float]:
    """Predict the outcome of rows; see :meth:`mlmteach.GeneralizedFit.predict`."""
    require_groups(groups, get_args(Groups))
    require_predicted(scale, groups)
    q = len(fit.design.z_names)
    if new is None:
        index, eta, z = fit.frame.index, fit.offset + fit.fixed_part, fit.design.Z
        trials = fit.design.trials
        effects = fit.random_effects.to_numpy()[fit.design.codes]
    else:
        if stream_of(new) is not None:
            fit.model.family.refuse_chunks()
        encoding = encoding_of(fit)
        known_columns = column_names(new)
        names = tuple(name for name in fit.model.variables if name in known_columns)
        new = in_memory(new, names)
        refuse_other_labels(fit, new)
        rows = design_for_new(fit.model, encoding, new)
        index, eta, z = new.index, rows.X @ fit.params.to_numpy(), rows.Z
        known = groups == "known"
        effects = known_effects(fit, new, rows) if known else np.zeros((len(new), q))
        trials = amounts(fit.model.family.trials, "trials", new)
        exposure = amounts(fit.model.family.exposure, "exposure", new)
        if exposure is not None:
            eta = eta + np.log(exposure)
    if groups == "known":
        eta = eta + np.einsum("nq,nq->n", z, effects)
    if scale == "link":
        return pd.Series(eta, index=index, name="predicted")
    variances = fit.variances_at(z) if groups == "population" else None
    return pd.Series(expected(fit, eta, trials, variances), index=index, name="predicted")


def require_predicted(scale: str, groups: str) -> None:
    """Raise an OptionError for predictions on a scale that there is not, or not of these groups."""
    if scale not in ("response", "link"):
        raise OptionError(f"scale={scale!r} is not known.", "Use 'response' or 'link'.")
    if scale == "link" and groups == "population":
        raise OptionError(
            "Averaged over groups, the linear predictor is that of a typical group.",
            "Use groups='average' with scale='link', or leave out `scale`.",
        )


def expected(
    fit: NonNormal, eta: FloatArray, trials: FloatArray | None, variances: FloatArray | None
) -> FloatArray:
    """Expected outcomes, (n,): at η, or averaged over groups that vary by variances about it."""
    family = fit.model.family
    values = mean_at(family, eta) if variances is None else average_mean(family, eta, variances)
    return values if trials is None else values * trials


def amounts(name: str | None, role: str, new: pd.DataFrame) -> FloatArray | None:
    """Read the trials or exposures of new rows, (n,); None where there are none."""
    if name is None or name not in new:
        return None
    column = pd.to_numeric(new[name], errors="coerce").to_numpy(dtype=np.float64)
    if not (np.isfinite(column) & (column > 0.0)).all():
        raise DataError(
            f"The column of {role}, '{name}', has values in the new data that are not above 0.",
            f"Correct them, or leave out the column to predict for "
            f"{'one trial' if role == 'trials' else 'an exposure of 1'}.",
        )
    return column
