"""The engines, and what every fit goes through whatever its engine."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from mlmteach.data.sources import Data, stream_of
from mlmteach.errors import (
    ConvergenceWarning,
    FitError,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise, require_identified

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.moments import Moments, Scaling
    from mlmteach.fit.optimum import AnyMoments, Found
    from mlmteach.model.structure import Structure

__all__ = [
    "Engine",
    "collinear_messages",
    "convergence_message",
    "fit",
    "fit_design",
    "scale_messages",
    "singular_messages",
    "warn",
    "zeros_messages",
]


# --- what a fit has to say: zeros in T, a search that fell short, units to change ---------

READABLE = (1e-5, 1e5)  # standard deviations in which coefficients can still be read
OWN = 1e-5  # a share of a column that is its own; its square is what the cross-products hold
OFFSET = 1e5  # a mean that is so many standard deviations from zero costs digits


def random_name(name: str) -> str:
    """Name a random coefficient in words: "random intercept", or "random slope of ses"."""
    return "random intercept" if name in ("Intercept", "(Intercept)") else f"random slope of {name}"


def singular_messages(
    covariance: FloatArray, names: Sequence[str], *, beside: str = "", matrix: str = "T"
) -> tuple[str, ...]:
    """Say what a singular T means.

    Parameters
    ----------
    covariance : (q, q) array
        T, or any multiple of it.
    names : sequence of str
        The names of the random coefficients.
    beside : str
        The other grouping, where its groups explain a part of what differs between these: that
        below, or one that crosses.
    matrix : str
        What the matrix is called.

    Returns
    -------
    tuple of str
        Empty when T has full rank.

    Examples
    --------
    >>> singular_messages(np.array([[0.0]]), ["Intercept"])[0]
    'The variance of the random intercept is estimated as zero: ...'
    """
    variances = np.diag(covariance)
    others = f"the groups of '{beside}' and chance at level 1 explain"
    messages = [
        f"The variance of the {random_name(name)} is estimated as zero: the groups differ in it "
        f"no more than {others if beside else 'chance at level 1 explains'}."
        for name, variance in zip(names, variances, strict=True)
        if variance <= 0.0
    ]
    positive = np.flatnonzero(variances > 0.0)
    sd = np.sqrt(variances[positive])
    correlation = covariance[np.ix_(positive, positive)] / np.multiply.outer(sd, sd)
    rank = int(np.sum(np.linalg.eigvalsh(correlation) > 1e-7)) if len(positive) else 0
    if rank == len(positive):
        return tuple(messages)
    a, b = np.triu_indices(len(positive), 1)
    perfect = np.abs(correlation[a, b]) > 1.0 - 1e-6
    for i, j in zip(a[perfect], b[perfect], strict=True):
        sign = "1" if correlation[i, j] > 0 else "−1"
        messages.append(
            f"The correlation between the {random_name(names[positive[i]])} and the "
            f"{random_name(names[positive[j]])} is estimated as {sign}: the data do not tell them "
            "apart, and a model with fewer random coefficients fits as well."
        )
    if not perfect.any():
        messages.append(
            f"{matrix} is estimated with rank {rank} instead of {len(positive)}: some combination "
            "of the random coefficients does not vary between groups, and a model with fewer of "
            "them fits as well."
        )
    return tuple(messages)


def zeros_messages(fit: Fitted) -> tuple[str, ...]:
    """Say what a singular T of a fit means, of either grouping; nothing where none is."""
    if not fit.singular:
        return ()
    if len(fit.effects) == 1:
        return singular_messages(fit.effects[0].cov_re.to_numpy(), fit.effects[0].names)
    lower, upper = (effects.name for effects in fit.effects)
    beside = {upper: lower, lower: upper if fit.model.grouping.crossed else ""}
    return tuple(
        f"{effects.name}: {message}"
        for effects in fit.effects
        for message in singular_messages(
            effects.cov_re.to_numpy(),
            effects.names,
            beside=beside[effects.name],
            matrix=effects.matrix,
        )
    )


def convergence_message(optimum: Found[Any]) -> str | None:
    """Say that, and how far, a search fell short; None when it converged."""
    if optimum.converged:
        return None
    short = max(optimum.decrement, optimum.descent)
    return (
        "The search did not end at an optimum: the criterion could fall by about "
        f"{short:.2g} more. Do not report these estimates; simplify the random part, or rescale "
        "the predictors that have random slopes."
    )


def scale_messages(
    scaling: Scaling, x_names: Sequence[str], z_names: Sequence[str]
) -> tuple[str, ...]:
    """Propose a unit for the predictors whose coefficients would be hard to compute or to read.

    Parameters
    ----------
    scaling : Scaling
        The internal units, which hold mean and standard deviation of each column.
    x_names, z_names : sequence of str

    Returns
    -------
    tuple of str
        One message a predictor, none when all is well.
    """
    messages = {}
    for change, names in ((scaling.z, z_names), (scaling.x, x_names)):
        spreads = 1.0 / np.diag(change)
        centers = (np.diag(change) - change.sum(axis=0)) * spreads  # see Scaling
        for name, center, spread in zip(names, centers, spreads, strict=True):
            if abs(center) > OFFSET * spread:
                messages[name] = (
                    f"The predictor '{name}' varies little around a mean of {center:.6g}, so that "
                    f"digits are lost. Subtract {center:.6g} from it before fitting."
                )
            elif not READABLE[0] <= spread <= READABLE[1]:
                messages[name] = (
                    f"The predictor '{name}' has a standard deviation of {spread:.2g}, so that its "
                    f"coefficient is hard to read. Divide it by 1e{round(np.log10(spread))} before "
                    "fitting."
                )
    return tuple(messages.values())


def collinear_messages(moments: AnyMoments, names: Sequence[str]) -> tuple[str, ...]:
    """Name the predictors that nearly say the same, which costs digits of their coefficients.

    Parameters
    ----------
    moments : Moments
    names : sequence of str, length p
        The columns of X.

    Returns
    -------
    tuple of str
        None when all is well.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> collinear_messages(fit.moments, fit.design.x_names)
    ()
    """
    gram = moments.ww[:-1, :-1]
    lengths = np.sqrt(np.diag(gram))
    with np.errstate(all="ignore"):
        try:
            inflation = np.diag(np.linalg.inv(gram / np.outer(lengths, lengths)))
        except np.linalg.LinAlgError:  # to the last digit
            inflation = np.full(len(gram), np.nan)
        shares = 1.0 / np.sqrt(inflation)  # of each column that is its own
    close = [repr(name) for name, share in zip(names, shares, strict=True) if not share >= OWN]
    if not close:
        return ()
    return (
        f"The predictors {' and '.join(close)} nearly say the same: less than {OWN:.0e} of each is "
        "its own, so that digits of their coefficients are lost. Leave one of them out, or replace "
        "one by its difference from the others, in units of that difference.",
    )


# --- the engines, and what every fit goes through whatever its engine ---------------------

Engine: TypeAlias = Literal["profiled", "statsmodels"]


def fit(
    model: Structure, data: Data, *, reml: bool = True, engine: Engine = "profiled"
) -> Estimated:
    """Fit a model to data.

    Parameters
    ----------
    model : Structure
    data : DataFrame, path, dataset or function
        One row a level-1 unit; see :meth:`mlmteach.Model.fit`.
    reml : bool
        Restricted maximum likelihood, or maximum likelihood.
    engine : {"profiled", "statsmodels"}
        ``"profiled"`` is the package's own; ``"statsmodels"`` estimates T and sigma2 by MixedLM.

    Returns
    -------
    Estimated

    Raises
    ------
    OptionError
        When there is no such engine.
    DataError, ModelError, FitError
        When the frame, the model, or both together do not allow a fit.

    Warns
    -----
    SingularFitWarning, ConvergenceWarning, ScaleWarning

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    >>> fit(model, mlm.load("sleepstudy"), reml=False)
    <Estimated by ML: 180 rows in 18 groups, criterion 1751.9393; see .summary()>
    """
    from mlmteach.fit.design import build_design
    from mlmteach.fit.streams import stream_design

    _require_engine(engine)
    model.family.check_options(reml=reml)
    stream = stream_of(data)
    if stream is not None:
        return fit_design(*stream_design(model, stream), reml=reml, engine=engine)
    return fit_design(*build_design(model, data), reml=reml, engine=engine)


def fit_design(
    model: Structure,
    design: Design,
    frame: pd.DataFrame,
    moments: Moments | None = None,
    *,
    reml: bool = True,
    engine: Engine = "profiled",
) -> Estimated:
    """Fit a model whose design matrices are made already.

    Parameters
    ----------
    model : Structure
        Bound to the data.
    design : Design
    frame : pandas.DataFrame
        The rows of the design.
    moments : Moments, optional
        Of all rows, where the design has a sample of them.
    reml, engine
        As in :func:`fit`.

    Returns
    -------
    Estimated
    """
    from mlmteach.fit.streams import moments_in_parts

    _require_engine(engine)
    if not design.z_names:
        raise FitError(
            "The model has no random coefficient.",
            "Add U to the equation of the intercept, or fit a regression without levels.",
        )
    if moments is None:
        moments = cross_products(design) if design.source is None else moments_in_parts(design)
    scales = scale_messages(moments.scaling, design.x_names, design.z_names)
    scales += collinear_messages(moments, design.x_names)
    warn(scales, ScaleWarning)
    require_identified(moments)
    if engine == "statsmodels" and (moments.strata or design.precision is not None):
        raise FitError(
            "statsmodels' MixedLM has one σ² for all rows, and no precision weights.",
            "Use engine='profiled'.",
        )
    notes: tuple[str, ...] = ()
    if engine == "profiled":
        optimum = minimise(moments, reml)
    else:
        from mlmteach.fit.via_statsmodels import estimate

        if design.census is not None:
            raise FitError(
                "statsmodels needs all rows at once, and these come in chunks.",
                "Use engine='profiled', or give a frame that lies in memory.",
            )
        optimum, notes = estimate(design, moments, reml)
    short = convergence_message(optimum)
    if short and not notes:
        notes = (short,)
    warn(notes, ConvergenceWarning)
    zeros: tuple[str, ...] = ()
    moments = moments.at(optimum.log_ratios)
    result = Estimated(model, design, frame, moments, optimum, reml, engine)
    if optimum.singular:
        zeros = singular_messages(result.cov_re.to_numpy(), design.z_names)
    warn(zeros, SingularFitWarning)
    return result.with_changes(messages=notes + zeros + scales)


def _require_engine(engine: str) -> None:
    if engine not in ("profiled", "statsmodels"):
        raise OptionError(f"There is no engine '{engine}'.", "Use 'profiled' or 'statsmodels'.")


def warn(messages: tuple[str, ...], category: type[Warning], *, depth: int = 5) -> None:
    """Warn at the line that called :meth:`mlmteach.Model.fit`, so many calls above."""
    for message in messages:
        warnings.warn(message, category, stacklevel=depth)
