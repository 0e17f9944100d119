"""The engines, and what every fit goes through whatever its engine."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mlmteach.errors import (
    ConvergenceWarning,
    FitError,
    OptionError,
    ScaleWarning,
    SingularFitWarning,
)
from mlmteach.fit.identification import require_identified
from mlmteach.fit.messages import convergence_message, scale_messages, singular_messages
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.results import Fit

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.fit.design import Design
    from mlmteach.model.spec import Model

__all__ = ["Engine", "fit", "fit_design"]

Engine: TypeAlias = Literal["profiled", "statsmodels"]


def fit(
    model: Model, frame: pd.DataFrame, *, reml: bool = True, engine: Engine = "profiled"
) -> Fit:
    """Fit a model to a frame.

    Parameters
    ----------
    model : Model
    frame : pandas.DataFrame
        One row a level-1 unit.
    reml : bool
        Restricted maximum likelihood, or maximum likelihood.
    engine : {"profiled", "statsmodels"}
        ``"profiled"`` is the package's own; ``"statsmodels"`` estimates T and sigma2 by MixedLM.

    Returns
    -------
    Fit

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
    <Fit by ML: 180 rows in 18 groups, criterion 1751.9393; see .summary()>
    """
    from mlmteach.fit.design import build_design

    _require_engine(engine)
    if not isinstance(reml, bool | np.bool_):
        raise OptionError(f"reml={reml!r} is neither True nor False.", "For ML, say reml=False.")
    bound, design, used = build_design(model, frame)
    return fit_design(bound, design, used, reml=reml, engine=engine)


def fit_design(
    model: Model,
    design: Design,
    frame: pd.DataFrame,
    *,
    reml: bool = True,
    engine: Engine = "profiled",
) -> Fit:
    """Fit a model whose design matrices are made already.

    Parameters
    ----------
    model : Model
        Bound to the data.
    design : Design
    frame : pandas.DataFrame
        The rows of the design.
    reml, engine
        As in :func:`fit`.

    Returns
    -------
    Fit
    """
    _require_engine(engine)
    if not design.z_names:
        raise FitError(
            "The model has no random coefficient.",
            "Add U to the equation of the intercept, or fit a regression without levels.",
        )
    moments = cross_products(design)
    scales = scale_messages(moments.scaling, design.x_names, design.z_names)
    _warn(scales, ScaleWarning)
    require_identified(moments)
    notes: tuple[str, ...] = ()
    if engine == "profiled":
        optimum = minimise(moments, reml)
    else:
        from mlmteach.fit.via_statsmodels import estimate

        optimum, notes = estimate(design, moments, reml)
    short = convergence_message(optimum)
    if short and not notes:
        notes = (short,)
    _warn(notes, ConvergenceWarning)
    zeros: tuple[str, ...] = ()
    result = Fit(model, design, frame, moments, optimum, reml, engine)
    if optimum.singular:
        zeros = singular_messages(result.cov_re.to_numpy(), design.z_names)
    _warn(zeros, SingularFitWarning)
    return result.with_changes(messages=notes + zeros + scales)


def _require_engine(engine: str) -> None:
    if engine not in ("profiled", "statsmodels"):
        raise OptionError(f"There is no engine '{engine}'.", "Use 'profiled' or 'statsmodels'.")


def _warn(messages: tuple[str, ...], category: type[Warning]) -> None:
    """Warn at the line that called :meth:`mlmteach.Model.fit`."""
    for message in messages:
        warnings.warn(message, category, stacklevel=5)
