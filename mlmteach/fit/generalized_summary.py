"""A fit to a yes/no outcome or a count as readable text, and the same as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmteach.fit.combinations import gamma_tests
from mlmteach.fit.marginal_effects import RATIOS, ratios
from mlmteach.fit.summary import FitSummary, Row, called, number
from mlmteach.numbers import p_value

if TYPE_CHECKING:
    from mlmteach.fit.generalized import NonNormal

__all__ = ["GeneralizedSummary"]

OUTCOMES = {
    "binomial": "yes/no outcomes (binomial)",
    "poisson": "counts (Poisson)",
    "negbin": "counts (negative binomial)",
}


@dataclass(frozen=True, eq=False, repr=False)
class GeneralizedSummary(FitSummary):
    """The main results of a fit to a yes/no outcome or a count.

    Parameters
    ----------
    fit : NonNormal

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> summary = model.fit(mlm.load("cbpp")).summary()
    >>> summary.fixed[2]
    ('period[T.2]', '−0.99', '0.31', '−3.24', '0.001', '0.371', '0.203 to 0.676')
    >>> summary.facts[1]
    'The outcome is incidence of size, of 842 trials in all.'
    """

    fit: NonNormal

    @property
    def facts(self) -> tuple[str, ...]:
        """What was fitted, to what, and how well: one sentence each."""
        fit, family = self.fit, self.fit.model.family
        by = "Laplace's approximation"
        if fit.points > 1:
            by = f"adaptive Gauss-Hermite quadrature with {fit.points} points"
        return (
            f"{called(self.fit)} of {OUTCOMES[family.name]} with the link {family.link}, fitted by "
            f"maximum likelihood with {by}.",
            *self._outcome,
            *self.likelihood,
            *self._level1,
        )

    @property
    def _outcome(self) -> tuple[str, ...]:
        """What is counted, of how many, or per what."""
        family, outcome = self.fit.model.family, self.fit.model.outcome.name
        if family.trials and self.fit.design.trials is not None:
            total = self.fit.design.trials.sum()
            return (f"The outcome is {outcome} of {family.trials}, of {total:,.0f} trials in all.",)
        if family.exposure:
            return (f"The outcome is {outcome} per {family.exposure}.",)
        if family.categories and family.categories != (0, 1):
            other, event = family.categories
            return (f"The event is {outcome} = {event}, against {other}.",)
        return ()

    @property
    def _level1(self) -> tuple[str, ...]:
        """Why there is no σ², and what there is instead."""
        family = self.fit.model.family
        if self.fit.shape is not None:
            return (
                "There is no residual variance: given its mean λ, a count has the variance "
                f"λ + λ²/shape, with the shape {number(self.fit.shape)}.",
            )
        mean, variance = ("π", "π(1 − π)") if family.is_binomial else ("λ", "λ")
        if family.trials:
            variance = f"m{variance}, m being the number of trials"
        what = "probability" if family.is_binomial else "mean"
        return (
            f"There is no residual variance: given its {what} {mean}, an outcome has the variance "
            f"{variance}.",
        )

    @property
    def fixed(self) -> list[Row]:
        """The table of the fixed coefficients, its header first.

        Ratios are exp(γ), with their 95 % intervals; that of an intercept is none.
        """
        kind = RATIOS.get(self.fit.model.family.link)
        rows: list[Row] = [("Fixed", "Estimate", "SE", "z", "p")]
        rows = [(*rows[0], kind.capitalize(), "95 %") if kind else rows[0]]
        known = ratios(self.fit).to_dict("index") if kind else {}
        tests = gamma_tests(self.fit)
        for name, *values in tests[["estimate", "SE", "t", "p"]].itertuples():
            estimate, error, z, p = map(float, values)
            cells = [number(estimate, se=error), number(error, se=error), number(z, digits=2)]
            cells.append(p_value(p))
            if own := known.get(str(name)):
                cells += [number(own["ratio"]), f"{number(own['lower'])} to {number(own['upper'])}"]
            cells += ["", ""] if kind and not own else []
            rows.append((str(name), *cells))
        return rows
