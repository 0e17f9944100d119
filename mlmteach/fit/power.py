"""Power by simulation: how often a planned study would find a coefficient.

Each replicate draws a study, fits the model to it, and tests the coefficient, as one would with
real data (Snijders & Bosker 2012, *Multilevel Analysis*, chapter 11, on designs; Arend & Schäfer
2019, Psychological Methods 24(1), on power by simulation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from mlmteach.errors import FitError, ModelError, OptionError
from mlmteach.fit.design import build_design
from mlmteach.fit.distributions import distribution_of
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.generalized import estimate_generalized
from mlmteach.fit.marginal import grid
from mlmteach.fit.moments import cross_products
from mlmteach.fit.optimum import minimise
from mlmteach.fit.replication import Replicates, replicate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.checkpoint import Identity
    from mlmteach.fit.design import Design
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.workers import Workers
    from mlmteach.model.structure import Structure

__all__ = ["Power", "Predictor", "RandomVariable", "Study", "power"]


# --- a planned study: its groups and rows, its predictors, what is true -------------------


@runtime_checkable
class RandomVariable(Protocol):
    """What a frozen distribution of ``scipy.stats`` can do."""

    def rvs(self, size: int, random_state: np.random.Generator) -> Any:
        """Draw values."""


Predictor: TypeAlias = (
    "RandomVariable | float | Sequence[Any]"
    " | Callable[[pd.DataFrame, np.random.Generator], ArrayLike]"
)


@dataclass(frozen=True, eq=False)
class Study:
    """A planned two-level study.

    Parameters
    ----------
    model : Structure
    sizes : (J,) array of int
        How many rows each group has.
    predictors : mapping of str to Predictor
        How each predictor comes about; standard normal where nothing is said.
    """

    model: Structure
    sizes: IntArray
    predictors: Mapping[str, Predictor]

    def __post_init__(self) -> None:
        strangers = set(self.predictors) - set(self.variables)
        strangers -= {name for name, how in self.predictors.items() if callable(how)}
        if strangers:
            raise OptionError(
                f"The model has no predictor '{sorted(strangers)[0]}'.",
                f"Describe {', '.join(self.variables) or 'none'}.",
            )

    @property
    def variables(self) -> dict[str, int]:
        """The predictors of the model, trials and exposure, and the level at which each varies."""
        levels: dict[str, int] = {}
        for coefficient in self.model.bare:
            levels.update(dict.fromkeys(coefficient.term.variables, 1))
        for coefficient in self.model.bare:
            for term in coefficient.predictors:
                levels.update(dict.fromkeys(term.variables, 2))
        levels.update(dict.fromkeys(self.model.family.variables, 1))
        return levels

    def frame(self, generator: np.random.Generator) -> pd.DataFrame:
        """Draw the predictors of one study; the outcome is only there to be replaced.

        Parameters
        ----------
        generator : numpy.random.Generator

        Returns
        -------
        pandas.DataFrame
            One row a level-1 unit.
        """
        groups = len(self.sizes)
        codes = np.repeat(np.arange(groups), self.sizes)
        frame = pd.DataFrame({self.model.group: codes})
        described = [name for name in self.predictors if name not in self.variables]
        for name in [*described, *self.variables]:
            how = self.predictors.get(name)
            level = self.variables.get(name, 1)
            if how is None and name in self.model.family.variables:
                raise OptionError(
                    f"The plan does not say what '{name}' is.",
                    f"Give one number for all rows, predictors={{'{name}': 10}}, or one for each.",
                )
            if isinstance(how, int | float | np.number):
                frame[name] = how
            elif how is None:
                drawn = generator.standard_normal(groups if level == 2 else len(codes))
                frame[name] = drawn[codes] if level == 2 else drawn
            elif isinstance(how, RandomVariable):
                size = groups if level == 2 else len(codes)
                values = np.asarray(how.rvs(size=size, random_state=generator))
                frame[name] = values[codes] if level == 2 else values
            elif callable(how):
                frame[name] = np.asarray(how(frame, generator))
            else:
                frame[name] = self._given(name, list(how), level, codes)
        for name in self.model.outcome.variables:
            frame[name] = self._placeholder(frame, generator)
        return frame

    def _placeholder(self, frame: pd.DataFrame, generator: np.random.Generator) -> Any:
        """An outcome that the family can have, (n,)."""
        family = self.model.family
        if family.is_normal:
            return 1.0 + generator.random(len(frame))
        yes = np.arange(len(frame)) % 2
        if family.trials:
            return yes * frame[family.trials].to_numpy()
        if family.event is None:
            return yes
        other = f"not {family.event}" if isinstance(family.event, str) else 1 - family.event
        return np.where(yes == 1, family.event, other)

    def _given(self, name: str, values: list[Any], level: int, codes: IntArray) -> Any:
        """Values that are the same in each study: of groups, rows, or each group's rows."""
        whole, groups, size = len(codes), len(self.sizes), int(self.sizes[0])
        if level == 2 and len(values) == groups:
            return np.asarray(values)[codes]
        if level == 1 and len(values) == whole:
            return np.asarray(values)
        if level == 1 and len(values) == size and np.all(self.sizes == size):
            return np.tile(np.asarray(values), groups)
        wanted = f"{groups}" if level == 2 else f"{size} (for each group) or {whole}"
        raise OptionError(
            f"The predictor '{name}' has {len(values)} values.", f"Give {wanted} of them."
        )


def covariance_matrix(tau: ArrayLike, names: Sequence[str]) -> FloatArray:
    """Check T and make a matrix of it.

    Parameters
    ----------
    tau : float or (q, q) array
        A number for a single U.
    names : sequence of str
        The random coefficients, in order.

    Returns
    -------
    (q, q) array

    Raises
    ------
    ModelError
        When it is no covariance matrix of these coefficients.
    """
    matrix: FloatArray = np.atleast_2d(np.asarray(tau, dtype=float))
    q = len(names)
    if matrix.shape != (q, q):
        raise ModelError(
            f"T has shape {matrix.shape}, but the model has {q} random coefficients.",
            f"Give a {q} by {q} matrix for {', '.join(names)}.",
        )
    scale = float(np.abs(matrix).max())
    symmetric = bool(np.allclose(matrix, matrix.T))
    if not symmetric or float(np.linalg.eigvalsh(matrix)[0]) < -1e-9 * scale:
        raise ModelError(
            "T is no covariance matrix.",
            "Make it symmetric, with variances that are not negative and correlations between -1 "
            "and 1.",
        )
    return matrix


# --- power by simulation: how often a planned study would find a coefficient --------------


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true in the simulated studies, and what is tested."""

    study: Study
    names: tuple[str, ...]  # of the fixed coefficients
    gamma: FloatArray  # (p,)
    root: FloatArray  # (q, q), T = root @ root.T
    sigma: float  # of the level-1 residual; NaN where there is none
    shape: float | None  # of a negative binomial
    points: int  # of the quadrature for an outcome that is not normal
    position: int
    alpha: float
    reml: bool
    identity: Identity


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
    truth : Truth
        What was true in the studies.
    run : Replicates
        All that was done: a row holds the estimate and the p-value of a study.
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
    truth: Truth = field(repr=False, compare=False)
    run: Replicates = field(repr=False, compare=False)

    def __str__(self) -> str:
        failed = f"; {self.failed:,} more did not converge" if self.failed else ""
        return (
            f"Power to find γ = {self.gamma:g} of {self.term}: {self.estimate:.3f} (95 % "
            f"Monte-Carlo interval {self.lower:.3f} to {self.upper:.3f}). {self.n:,} simulated "
            f"studies of {self.rows:,} rows in {self.groups:,} groups{failed}; test at the "
            f"{self.alpha:g} level."
        )

    def more(
        self,
        n: int,
        *,
        executor: Workers | None = None,
        checkpoint: str | Path | None = None,
        progress: bool = True,
    ) -> Power:
        """Go on: add studies, as if they had been asked for at once.

        Parameters
        ----------
        n : int
            How many more; those that an interrupt left out come first.
        executor, checkpoint, progress
            As in :func:`power`.

        Returns
        -------
        Power
        """
        return _simulated(self.truth, n, None, self.run, executor, checkpoint, progress)


def power(
    model: Structure,
    term: str,
    *,
    groups: int,
    size: int | Sequence[int],
    gamma: Mapping[str, float],
    tau: ArrayLike,
    sigma2: float | None = None,
    shape: float | None = None,
    predictors: Mapping[str, Predictor] | None = None,
    n: int = 1000,
    alpha: float = 0.05,
    reml: bool = True,
    points: int = 1,
    seed: int | None = None,
    executor: Workers | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> Power:
    """Estimate the power to find a coefficient, by simulation.

    Parameters
    ----------
    model : Structure
    term : str
        The coefficient γ that is tested, such as ``"size:ses"``.
    groups : int
        J, the number of groups.
    size : int or sequence of int
        The number of rows in each group.
    gamma : mapping of str to float
        The true γ of each term; on the scale of the link where the outcome is not normal.
    tau : float or (q, q) array
        The true T; a number when there is one U.
    sigma2 : float, optional
        The true variance of the level-1 residual of a normal outcome.
    shape : float, optional
        The true shape of a negative binomial outcome.
    predictors : mapping, optional
        How each predictor comes about, by name: a distribution of ``scipy.stats`` such as
        ``bernoulli(0.5)``; fixed values, one a group for a level-2 predictor, else one a row or
        one for each row of a group; one number for all rows; or a function of the frame so far and
        of a generator.  Standard normal where nothing is said, which trials and exposures cannot
        be.
    n : int
        The number of simulated studies.
    alpha : float
        The level of the two-sided test: t with Satterthwaite's df, or z for an outcome that is not
        normal.
    reml : bool
        Of normal outcomes.
    points : int
        Quadrature points for an outcome that is not normal; see :meth:`mlmteach.Model.fit`.
    seed : int, optional
        The same seed gives the same result whatever the workers, and however often the work was
        interrupted.
    executor : int, concurrent.futures.Executor or dask.distributed.Client, optional
        Where the studies are simulated: in so many processes of their own, by the workers of an
        executor, or on a Dask cluster; in this process when left out.
    checkpoint : str or path, optional
        A file to which results are written as they are done.  After a run that died, the same call
        goes on where it was; with a larger n, it adds to what is there.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Power
        Ctrl-C, or the end of the workers, ends the work: what is done is used, with a warning, and
        :meth:`Power.more` goes on.

    Raises
    ------
    OptionError, ModelError
        When the plan does not go with the model.
    DataError
        When the checkpoint is one of another plan or seed.
    FitError
        When no simulated study could be analysed.
    WorkerError
        When the workers failed before anything was done.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("y ~ x", group="school")
    >>> plan = dict(groups=20, size=10, gamma={"Intercept": 0, "x": 0.3}, tau=0.2, sigma2=1)
    >>> found = model.power("x", **plan, n=50, seed=1, progress=False)
    >>> found.lower < found.estimate <= found.upper
    True
    """
    if len(model.grouping.names) > 1:
        raise ModelError(
            "Studies are simulated with one grouping, and this model has two.",
            f"Plan with group='{model.grouping.names[-1]}' alone; or fit the model to a pilot "
            "study, draw outcomes by fit.simulate() and count in how many of fit.refit(y) the test "
            f"of '{term}' is significant.",
        )
    sizes = _sizes(groups, size)
    if model.sigma2 is not None or model.precision is not None:
        raise OptionError(
            "Studies are simulated with one σ² for all rows, and this model has a σ² that differs "
            "between them.",
            "Plan with the model without `sigma2` and `precision`.",
        )
    if not 0.0 < alpha < 1.0:
        raise OptionError(f"An α of {alpha} cannot be.", "Give one between 0 and 1.")
    _require_level1(model, sigma2, shape)
    grid(points, len(model.random))  # whether there is such a rule
    study = Study(model, sizes, predictors or {})
    bound, design, _ = build_design(model, study.frame(np.random.default_rng(0)))
    study = replace(study, model=bound)  # named once, not in every study
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
        design.x_names,
        np.array([float(gamma[name]) for name in names]),
        vectors * np.sqrt(np.clip(values, 0.0, None)),
        np.nan if sigma2 is None else float(np.sqrt(sigma2)),
        shape,
        points,
        names.index(term),
        alpha,
        reml,
        {
            "kind": "power",
            "model": model.formula,
            "criterion": _criterion(model, reml, points),
            "term": term,
            "truth": [f"{name} {gamma[name]:.6g}" for name in names],
            "T": [f"{value:.6g}" for value in np.ravel(tau)],
            **{name: f"{x:.6g}" for name, x in (("σ²", sigma2), ("shape", shape)) if x is not None},
            "number of groups": groups,
            "sizes of groups": " ".join(map(str, np.unique(sizes))),
            # of one study, so that other predictors are noticed
            "means of the predictors": [f"{mean:.6g}" for mean in design.X.mean(axis=0)],
        },
    )
    return _simulated(truth, n, seed, None, executor, checkpoint, progress)


def _simulated(
    truth: Truth,
    n: int,
    seed: int | None,
    after: Replicates | None,
    executor: Workers | None,
    checkpoint: str | Path | None,
    progress: bool,
) -> Power:
    run = replicate(
        partial(_study, truth),
        n,
        label="Power",
        identity=truth.identity,
        seed=seed,
        after=after,
        executor=executor,
        checkpoint=checkpoint,
        progress=progress,
    )
    kept = run.usable
    if not len(kept):
        raise FitError(
            "None of the simulated studies could be analysed.",
            "Plan more groups or rows, or fewer random coefficients.",
        )
    found, count = int(np.sum(kept[:, 1] < truth.alpha)), len(kept)
    return Power(
        term=truth.names[truth.position],
        gamma=float(truth.gamma[truth.position]),
        estimate=found / count,
        lower=float(betaincinv(found, count - found + 1, 0.025)) if found else 0.0,
        upper=float(betaincinv(found + 1, count - found, 0.975)) if found < count else 1.0,
        n=count,
        failed=len(run.values) - count,
        alpha=truth.alpha,
        groups=len(truth.study.sizes),
        rows=int(truth.study.sizes.sum()),
        mean=float(kept[:, 0].mean()),
        truth=truth,
        run=run,
    )


def _study(truth: Truth, generator: np.random.Generator) -> FloatArray:
    """The estimate and the p-value in one simulated study; NaN when it cannot be analysed."""
    model, design, frame = build_design(truth.study.model, truth.study.frame(generator))
    effects = generator.standard_normal((len(design.groups), design.Z.shape[1])) @ truth.root.T
    eta = design.X @ truth.gamma + np.einsum("nq,nq->n", design.Z, effects[design.codes])
    family = model.family
    if family.is_normal:
        y = eta + truth.sigma * generator.standard_normal(len(eta))
    else:
        eta = eta if design.offset is None else eta + design.offset
        known = distribution_of(family, design.y, design.trials, shape=truth.shape or 1.0)
        y = known.draw(eta, generator)
    estimate = _normal_fit if family.is_normal else _generalized_fit
    fit: Fitted | None = None
    with suppress(FitError, np.linalg.LinAlgError):
        fit = estimate(truth, model, replace(design, y=y), frame)
    if fit is None or not fit.converged:
        return np.full(2, np.nan)
    return np.array([fit.params.iloc[truth.position], fit.pvalues.iloc[truth.position]])


def _normal_fit(truth: Truth, model: Structure, design: Design, frame: pd.DataFrame) -> Fitted:
    moments = cross_products(design)
    optimum = minimise(moments, truth.reml)
    return Estimated(model, design, frame, moments, optimum, truth.reml, "profiled")


def _generalized_fit(truth: Truth, model: Structure, design: Design, frame: pd.DataFrame) -> Fitted:
    scaling = cross_products(design).scaling
    return estimate_generalized(model, design, frame, scaling, truth.points)


def _require_level1(model: Structure, sigma2: float | None, shape: float | None) -> None:
    """Refuse a plan that does not say how outcomes vary at level 1, or what they have not."""
    family = model.family
    if family.is_normal and (sigma2 is None or not sigma2 > 0.0):
        what = "no σ²" if sigma2 is None else f"a σ² of {sigma2}"
        raise OptionError(f"The plan has {what}.", "Give a `sigma2` above 0.")
    if not family.is_normal and sigma2 is not None:
        raise OptionError(
            f"An outcome of the family '{family.name}' has no σ².", "Leave out `sigma2`."
        )
    if family.name == "negbin" and (shape is None or not shape > 0.0):
        what = "no shape" if shape is None else f"a shape of {shape}"
        raise OptionError(
            f"The plan has {what}.",
            "Give a `shape` above 0: the variance of a count with the mean λ is λ + λ²/shape.",
        )
    if family.name != "negbin" and shape is not None:
        raise OptionError(
            f"An outcome of the family '{family.name}' has no shape.", "Leave out `shape`."
        )


def _criterion(model: Structure, reml: bool, points: int) -> str:
    if model.family.is_normal:
        return "REML" if reml else "ML"
    return f"{model.family.name}, {model.family.link}, {points}"


def _sizes(groups: int, size: int | Sequence[int]) -> IntArray:
    sizes = np.full(groups, size) if np.ndim(size) == 0 else np.asarray(size)
    if groups < 2 or sizes.shape != (groups,) or np.any(sizes < 1) or np.any(sizes % 1):
        raise OptionError(
            f"A study cannot have {groups} groups of {size} rows.",
            "Give two groups or more, and one size for all or one for each.",
        )
    return sizes.astype(np.intp)
