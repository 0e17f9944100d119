"""Whether outcomes vary more than their distribution allows, and what of it can be looked at.

A binomial or a Poisson outcome has no σ²: its variance follows from its mean.  Where outcomes vary
more, standard errors are too small.  A single 0/1 outcome cannot vary more than its mean says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betainc, chdtrc, pdtr
from tqdm import tqdm

from mlmteach.errors import ModelError, OptionError, suggest
from mlmteach.fit.averaging import normal_points
from mlmteach.fit.interrupts import Interrupts, warn_incomplete
from mlmteach.fit.replication import require_count, require_seed

if TYPE_CHECKING:
    from mlmteach.arrays import FloatArray, IntArray
    from mlmteach.fit.generalized import NonNormal
    from mlmteach.fit.search import Integrated

__all__ = ["Overdispersion", "binned_residuals", "count_frequencies", "overdispersion"]

ALPHA = 0.05


@dataclass(frozen=True)
class Overdispersion:
    """How much outcomes vary, in comparison with what the fitted model says.

    Attributes
    ----------
    chi2 : float
        The sum of squared Pearson residuals.
    df : int
        Rows minus parameters.
    ratio : float
        The first by the second.  In a multilevel model it is somewhat below 1 where all is well,
        since the U follow the data.
    expected : float
        What the ratio is on average in outcomes that are simulated from the fitted model.
    p : float
        The share of simulated outcomes that vary as much or more: small values speak for
        over-dispersion.
    p_chi2 : float
        The same by the chi-square distribution with these df, which is rough.
    simulated : int
        How many outcomes were simulated.
    advice : str
    """

    chi2: float
    df: int
    ratio: float
    expected: float
    p: float
    p_chi2: float
    simulated: int
    advice: str

    def __str__(self) -> str:
        return (
            f"Pearson chi-square {self.chi2:.1f} on {self.df} df, ratio {self.ratio:.2f}; "
            f"{self.expected:.2f} is expected by {self.simulated} simulated outcomes, "
            f"p = {self.p:.3f}. {self.advice}"
        )

    def __repr__(self) -> str:
        return f"<{self}>"


def overdispersion(
    fit: NonNormal, *, n: int = 250, seed: int | None = 1, progress: bool = True
) -> Overdispersion:
    """Test whether outcomes vary more than the fitted model says.

    Parameters
    ----------
    fit : NonNormal
        Of counts, or of numbers of successes.
    n : int
        How many outcomes are simulated.
    seed : int, optional
    progress : bool
        Whether to show a bar when it takes longer than a second.

    Returns
    -------
    Overdispersion

    Raises
    ------
    ModelError
        If each row is a single yes or no: then it cannot be seen.

    Notes
    -----
    The chi-square distribution is rough here: residuals are taken about predicted U, and small
    counts are not normal.  So the ratio is compared with that of outcomes drawn from the fitted
    model, with new U.  Each of them is fitted anew by one Newton step from the estimates, which
    costs little, and takes up what estimation takes up of the residuals.

    References
    ----------
    Venables & Ripley (2002), *Modern Applied Statistics with S*, section 7.5; Gelman & Hill (2007),
    *Data Analysis Using Regression and Multilevel/Hierarchical Models*, section 6.2.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> found = overdispersion(model.fit(mlm.load("cbpp")))
    >>> round(found.ratio, 2), found.p < 0.05
    (1.24, True)
    """
    from mlmteach.fit.generalized_simulate import OutcomeLaw  # late: figures draw no outcomes

    require_count(n)
    require_seed(seed)
    family, marginal = fit.model.family, fit.marginal
    problem, law = marginal.problem, OutcomeLaw.of(fit)
    if family.is_binomial and bool((problem.trials == 1.0).all()):
        raise ModelError(
            "Each row is a single yes or no, and its variance follows from its mean: "
            "over-dispersion cannot be seen in it.",
            "Look at fit.diagnostics.binned(), which shows where the mean is wrong.",
        )
    df = fit.nobs - fit.n_parameters
    if df < 1:
        raise ModelError(
            f"{fit.nobs} rows leave nothing over for {fit.n_parameters} parameters.",
            "Fit a smaller model.",
        )
    rng = np.random.default_rng(seed)
    observed, draws = _chi2(marginal, fit.found.parameters, fit.found.b), []
    bar = tqdm(range(n), desc="Outcomes", delay=1.0, leave=False, disable=not progress)
    with bar, Interrupts() as stop:
        for _ in bar:
            if stop.asked:
                break
            drawn = problem.with_outcome(law.draw(rng))
            draws.append(_refitted(fit, replace(marginal, problem=drawn)))
    if len(draws) < n:
        if not draws:
            raise KeyboardInterrupt
        warn_incomplete(f"Interrupted: {len(draws)} of {n} outcomes were simulated and are used.")
    ratios = np.array(draws) / df
    p = (1 + int((ratios >= observed / df).sum())) / (1 + len(draws))
    return Overdispersion(
        observed,
        df,
        observed / df,
        float(ratios.mean()),
        p,
        float(chdtrc(df, observed)),
        len(draws),
        _advice(fit, p),
    )


def _chi2(marginal: Integrated, parameters: FloatArray, start: FloatArray | None = None) -> float:
    """Sum the squared Pearson residuals about the predicted U."""
    problem, eta = marginal.problem, marginal.modes(parameters, start).eta
    distribution = problem.distribution(parameters)
    return float(((problem.y - distribution.mean(eta)) ** 2 / distribution.variance(eta)).sum())


def _refitted(fit: NonNormal, marginal: Integrated) -> float:
    """Take a Newton step from the estimates to those of another outcome, and sum there."""
    parameters = fit.found.parameters
    here, gradient, b = marginal.gradient(parameters)
    step = -0.5 * fit.parameter_cov @ gradient
    for _ in range(5):  # a step too far is a step halved
        there, modes = marginal.criterion(parameters + step, b)
        if there <= here:
            return _chi2(marginal, parameters + step, modes)
        step = step / 2.0
    return _chi2(marginal, parameters, b)


def _advice(fit: NonNormal, p: float) -> str:
    """Say what to do."""
    family = fit.model.family
    if p > 1.0 - ALPHA / 2.0:
        return (
            "The outcomes vary less than the model says; standard errors are too large rather than "
            "too small."
        )
    if p > ALPHA:
        return "The outcomes vary as the model says."
    if family.name == "poisson":
        return (
            "The counts vary more than Poisson counts: standard errors are too small. Look for a "
            "predictor that is missing, and fit with family='negbin'."
        )
    if family.name == "negbin":
        return (
            "The counts vary more than the negative binomial says. Look at mlm.plot.rootogram(fit) "
            "for zeros and for a few very large counts."
        )
    return (
        "The successes vary more than binomial ones: standard errors are too small. Look for a "
        "predictor that is missing, such as one of the single rows; the beta-binomial "
        "distribution (betabinomial of R's glmmTMB) gives them a variance of their own."
    )


# --- residuals in bins ---------------------------------------------------------------------------


def binned_residuals(
    fit: NonNormal, by: str | None = None, *, bins: int | None = None
) -> pd.DataFrame:
    """Average residuals over rows that are neighbours in fitted values, or in a predictor.

    Parameters
    ----------
    fit : NonNormal
    by : str, optional
        A numeric column of the data that were used; the fitted probabilities or counts when left
        out.
    bins : int, optional
        How many; the root of the number of rows when left out, and 10 if there are fewer than 100.
        Equal values stay together.

    Returns
    -------
    pandas.DataFrame, one row a bin
        ``value``, the mean of what the bins are made by; ``residual``, the mean of the residuals,
        for yes/no outcomes of a trial; ``n``, the number of rows; ``lower`` and ``upper``, between
        which 95 % of the means lie if the model holds: ±2 standard errors of a mean.

    Raises
    ------
    OptionError
        If there is no such numeric column, or no such number of bins.

    Notes
    -----
    Fitted values hold the predicted U, which are drawn towards 0: over fitted values, the means at
    both ends lean outwards a little where groups are small.

    References
    ----------
    Gelman & Hill (2007), *Data Analysis Using Regression and Multilevel/Hierarchical Models*,
    section 5.6, and ``binnedplot`` of their R package arm, for the number of bins.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("use ~ age + urban", group="district", family="binomial")
    >>> table = binned_residuals(model.fit(mlm.load("contraception")), "age", bins=4)
    >>> table[["value", "residual", "lower", "upper"]].round(3)
        value  residual  lower  upper
    0 -10.714    -0.098 -0.044  0.044
    1  -4.533     0.053 -0.042  0.042
    2   2.575     0.085 -0.043  0.043
    3  12.969    -0.050 -0.045  0.045
    """
    frame, weights = fit.frame, fit.trials
    eta = np.asarray(fit.linear_predictor, dtype=np.float64)
    if by is None:
        values = fit.fittedvalues.to_numpy() / weights
    else:
        known = [
            str(name)
            for name in frame
            if pd.api.types.is_numeric_dtype(frame[name].dtype)
            and name not in fit.model.label_columns
        ]
        if by not in known:
            raise OptionError(f"'{by}' is no numeric column of the fit.", suggest(by, known))
        values = frame[by].to_numpy(dtype=np.float64)
    n = fit.nobs
    usual = int(np.sqrt(n)) if n >= 100 else 10 if n > 10 else max(n // 2, 1)
    count: object = usual if bins is None else bins
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or not 1 <= count <= n:
        raise OptionError(f"bins={bins!r} is no number of bins.", f"Give one from 1 to {n}.")
    rows = pd.DataFrame(
        {
            "bin": _bins(values, int(count)),
            "value": values,
            "residual": fit.resid.to_numpy(),
            "variance": fit.distribution.variance(eta),
            "weight": weights,
            "n": 1,
        }
    )
    sums = rows.groupby("bin").agg(
        value=("value", "mean"),
        residual=("residual", "sum"),
        variance=("variance", "sum"),
        weight=("weight", "sum"),
        n=("n", "sum"),
    )
    half = 2.0 * np.sqrt(sums["variance"]) / sums["weight"]
    table = pd.DataFrame(
        {
            "value": sums["value"],
            "residual": sums["residual"] / sums["weight"],
            "n": sums["n"],
            "lower": -half,
            "upper": half,
        }
    )
    return table.reset_index(drop=True)


def _bins(values: FloatArray, count: int) -> IntArray:
    """Number the rows in bins of about equal size, in which equal values stay together."""
    _, same, times = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(times) - times / 2.0  # how many rows lie below, and half of its own
    bins = (middle * count / len(values)).astype(np.intp)
    sizes = np.bincount(bins, weights=times, minlength=count)
    joined, last = np.zeros(count, dtype=np.intp), 0
    held = 0.0
    for k, size in enumerate(sizes):  # what is less than half a bin joins the one before
        if held >= 0.5 * len(values) / count and size >= 0.5 * len(values) / count:
            last, held = last + 1, 0.0
        joined[k] = last
        held += size
    found: IntArray = joined[bins][same]
    return found


# --- how often each count is ------------------------------------------------------------------

CLASSES = 40


def count_frequencies(fit: NonNormal) -> pd.DataFrame:
    """Count how often each count was observed, and say how often the model expects it.

    Parameters
    ----------
    fit : NonNormal
        Of counts.

    Returns
    -------
    pandas.DataFrame, one row a count, or a class of counts where many are above 40
        ``low`` and ``high``, the ends of the class, the last of which is all that is above;
        ``observed`` and ``expected`` numbers of rows.
        The expected ones are those of each row's predictors and exposure, integrated over the U.

    Raises
    ------
    ModelError
        If the outcome is no count.

    References
    ----------
    Kleiber & Zeileis (2016), *The American Statistician* 70(3).

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("TICKS ~ 1", group="BROOD", family="poisson")
    >>> count_frequencies(model.fit(mlm.load("grouseticks"))).round(1).head(2)
       low  high  observed  expected
    0    0   0.0       126     121.6
    1    1   1.0        62      73.3
    """
    family = fit.model.family
    if not family.is_count:
        raise ModelError(
            f"'{fit.model.outcome.name}' is no count: it has no frequencies to compare.",
            "Use fit.diagnostics.binned() or mlm.plot.binned_residuals(fit).",
        )
    y = fit.design.y.astype(np.int64)
    width = int(np.quantile(y, 0.95)) // CLASSES + 1
    low = width * np.arange(min(CLASSES, int(y.max()) // width) + 1)
    high = low + width - 1  # but the last has no end
    rows = np.column_stack([fit.offset + fit.fixed_part, np.sqrt(fit.row_variances)])
    (eta, sd), times = _distinct(rows)
    step = 0.3 / max(1.0, float(sd.max()) * float(np.sqrt(high[-1] + 1.0)) / 3.0)
    below = np.zeros(len(low))  # expected numbers of counts up to high
    for node, weight in normal_points(step):
        rate = np.exp(eta + node * sd)  # (m,)
        if fit.shape is None:
            shares = pdtr(high[:, None], rate)  # (K, m)
        else:
            shares = betainc(fit.shape, high[:, None] + 1.0, fit.shape / (fit.shape + rate))
        below += weight * (shares @ times)
    below[-1] = fit.nobs
    return pd.DataFrame(
        {
            "low": low,
            "high": [*high[:-1].astype(float), np.inf],
            "observed": np.bincount(np.minimum(y // width, len(low) - 1), minlength=len(low)),
            "expected": np.diff(below, prepend=0.0),
        }
    )


def _distinct(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the distinct rows, (2, m), and how often each is; many rows are rounded before."""
    if len(rows) > 2000:
        rows = rows.round(3)  # a rate changes by a thousandth
    found, times = np.unique(rows, axis=0, return_counts=True)
    return found.T, times.astype(np.float64)
