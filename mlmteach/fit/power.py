"""Power by simulation: how often a planned study would find a coefficient.

Each replicate draws a study, fits the model to it, and tests the coefficient, as one would with
real data (Snijders & Bosker 2012, *Multilevel Analysis*, chapter 11, on designs; Arend & Schäfer
2019, Psychological Methods 24(1), on power by simulation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv

from mlmteach.errors import FitError, ModelError, OptionError
from mlmteach.fit.design import build_design
from mlmteach.fit.design_of_study import Predictor, Study, covariance_matrix
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.replication import replicate
from mlmteach.fit.results import Fit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.fit.moments import FloatArray, IntArray
    from mlmteach.model.spec import Model

__all__ = ["Power", "power"]


@dataclass(frozen=True)
class Power:
    """The estimated power to find a coefficient.

    Attributes
    ----------
    term : str
    gamma : float
        Its true value.
    estimate : float
        The share of studies in which it was significant.
    lower, upper : float
        The 95 % Monte-Carlo interval of that share (Clopper and Pearson's).
    n : int
        How many studies were simulated and could be analysed.
    failed : int
        How many could not; they are left out.
    alpha : float
    groups : int
    rows : int
    mean : float
        The average of the estimated coefficients; far from ``gamma`` something is wrong.
    """

    term: str
    gamma: float
    estimate: float
    lower: float
    upper: float
    n: int
    failed: int
    alpha: float
    groups: int
    rows: int
    mean: float

    def __str__(self) -> str:
        failed = f"; {self.failed:,} more did not converge" if self.failed else ""
        return (
            f"Power to find γ = {self.gamma:g} of {self.term}: {self.estimate:.3f} (95 % "
            f"Monte-Carlo interval {self.lower:.3f} to {self.upper:.3f}). {self.n:,} simulated "
            f"studies of {self.rows:,} rows in {self.groups:,} groups{failed}; test at the "
            f"{self.alpha:g} level."
        )


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true in the simulated studies, and what is tested."""

    study: Study
    gamma: FloatArray  # (p,)
    root: FloatArray  # (q, q), T = root @ root.T
    sigma: float
    position: int
    reml: bool


def power(
    model: Model,
    term: str,
    *,
    groups: int,
    size: int | Sequence[int],
    gamma: Mapping[str, float],
    tau: ArrayLike,
    sigma2: float,
    predictors: Mapping[str, Predictor] | None = None,
    n: int = 1000,
    alpha: float = 0.05,
    reml: bool = True,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Power:
    """Estimate the power to find a coefficient, by simulation.

    Parameters
    ----------
    model : Model
    term : str
        The coefficient γ that is tested, such as ``"size:ses"``.
    groups : int
        J, the number of groups.
    size : int or sequence of int
        The number of rows in each group.
    gamma : mapping of str to float
        The true γ of each term.
    tau : float or (q, q) array
        The true T; a number when there is one U.
    sigma2 : float
        The true variance of the level-1 residual.
    predictors : mapping, optional
        How each predictor comes about, by name: a distribution of ``scipy.stats`` such as
        ``bernoulli(0.5)``; fixed values, one a group for a level-2 predictor, else one a row or
        one for each row of a group; or a function of the frame so far and of a generator.  Standard
        normal where nothing is said.
    n : int
        The number of simulated studies.
    alpha : float
        The level of the two-sided t test, with Satterthwaite's df.
    reml : bool
    seed : int, optional
        The same seed gives the same result whatever the number of workers.
    executor : concurrent.futures.Executor, optional
        Where the studies are simulated; in this process when left out.
    progress : bool
        Whether to show a bar.  Ctrl-C keeps what is done.

    Returns
    -------
    Power

    Raises
    ------
    OptionError, ModelError
        When the plan does not go with the model.
    FitError
        When no simulated study could be analysed.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("y ~ x", group="school")
    >>> plan = dict(groups=20, size=10, gamma={"Intercept": 0, "x": 0.3}, tau=0.2, sigma2=1)
    >>> found = model.power("x", **plan, n=50, seed=1, progress=False)
    >>> found.lower < found.estimate <= found.upper
    True
    """
    sizes = _sizes(groups, size)
    if not sigma2 > 0.0 or not 0.0 < alpha < 1.0:
        raise OptionError(
            f"A σ² of {sigma2} or an α of {alpha} cannot be.",
            "Give a σ² above 0 and an α between 0 and 1.",
        )
    study = Study(model, sizes, predictors or {})
    _, design, _ = build_design(model, study.frame(np.random.default_rng(seed)))
    names = list(design.x_names)
    for name in (*gamma, term):
        if name not in names:
            raise ModelError(
                f"The model has no coefficient '{name}'.", f"Its terms are {', '.join(names)}."
            )
    missing = [name for name in names if name not in gamma]
    if missing:
        raise ModelError(
            f"The true value of '{missing[0]}' is not given.",
            f"Put all of {', '.join(names)} into gamma; 0 is a value.",
        )
    values, vectors = np.linalg.eigh(covariance_matrix(tau, design.z_names))
    truth = Truth(
        study,
        np.array([float(gamma[name]) for name in names]),
        vectors * np.sqrt(np.clip(values, 0.0, None)),
        float(np.sqrt(sigma2)),
        names.index(term),
        reml,
    )
    results = replicate(
        partial(_study, truth),
        n,
        seed=seed,
        executor=executor,
        progress=progress,
        label="Power",
    )
    kept = np.array([result for result in results if result is not None])
    if not len(kept):
        raise FitError(
            "None of the simulated studies could be analysed.",
            "Plan more groups or rows, or fewer random coefficients.",
        )
    found, count = int(np.sum(kept[:, 1] < alpha)), len(kept)
    return Power(
        term=term,
        gamma=float(gamma[term]),
        estimate=found / count,
        lower=float(betaincinv(found, count - found + 1, 0.025)) if found else 0.0,
        upper=float(betaincinv(found + 1, count - found, 0.975)) if found < count else 1.0,
        n=count,
        failed=len(results) - count,
        alpha=alpha,
        groups=groups,
        rows=int(sizes.sum()),
        mean=float(kept[:, 0].mean()),
    )


def _study(truth: Truth, generator: np.random.Generator) -> tuple[float, float] | None:
    """The estimate and the p-value in one simulated study; None when it cannot be analysed."""
    model, design, frame = build_design(truth.study.model, truth.study.frame(generator))
    effects = generator.standard_normal((len(design.groups), design.Z.shape[1])) @ truth.root.T
    y = design.X @ truth.gamma + np.einsum("nq,nq->n", design.Z, effects[design.codes])
    y += truth.sigma * generator.standard_normal(len(y))
    design = replace(design, y=y)
    moments = cross_products(design)
    try:
        optimum = minimise(moments, truth.reml)
    except FitError:
        return None
    if not optimum.converged:
        return None
    fit = Fit(model, design, frame, moments, optimum, truth.reml, "profiled")
    return float(fit.params.iloc[truth.position]), float(fit.pvalues.iloc[truth.position])


def _sizes(groups: int, size: int | Sequence[int]) -> IntArray:
    sizes = np.full(groups, size) if np.ndim(size) == 0 else np.asarray(size)
    if groups < 2 or sizes.shape != (groups,) or np.any(sizes < 1) or np.any(sizes % 1):
        raise OptionError(
            f"A study cannot have {groups} groups of {size} rows.",
            "Give two groups or more, and one size for all or one for each.",
        )
    return sizes.astype(np.intp)
