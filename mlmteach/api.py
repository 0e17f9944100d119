"""Model and Fit: what a user calls, a line each down to what does it.

The data of both lie below: a model is a :class:`~mlmteach.model.structure.Structure`, a fit an
:class:`~mlmteach.fit.estimated.Estimated`.  Everything under this roof is typed on these two and
never looks up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlmteach.errors import OptionError
from mlmteach.fit.estimated import Estimated
from mlmteach.fit.fitted import Fitted
from mlmteach.fit.generalized import Generalized, NonNormal
from mlmteach.fit.layered_fit import Layered
from mlmteach.fit.nested_generalized import NestedGeneralized
from mlmteach.model.dispersion import By
from mlmteach.model.family import Family, FamilyName, Link
from mlmteach.model.formula import join
from mlmteach.model.structure import Structure, structure_of
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

    from mlmteach.data.codebook import Codebook
    from mlmteach.data.sources import Data
    from mlmteach.equations import Equations
    from mlmteach.fit.bootstrap import Bootstrap
    from mlmteach.fit.combinations import Combination, PlacedTable
    from mlmteach.fit.engines import Engine
    from mlmteach.fit.generalized_intervals import GeneralizedProfile, WaldTest
    from mlmteach.fit.generalized_summary import GeneralizedSummary
    from mlmteach.fit.influence import Influence
    from mlmteach.fit.intervals import Method, Which
    from mlmteach.fit.johnson_neyman import JohnsonNeyman
    from mlmteach.fit.kenward_roger import Df, FTest, KenwardRoger
    from mlmteach.fit.marginal_effects import ExpectedOutcome
    from mlmteach.fit.overdispersion import Overdispersion
    from mlmteach.fit.power import Power
    from mlmteach.fit.profile import Profile
    from mlmteach.fit.readings import At, PlausibleRange
    from mlmteach.fit.robust import Robustness
    from mlmteach.fit.sandwich import Robust
    from mlmteach.fit.summary import Summary
    from mlmteach.fit.variances import Scale
    from mlmteach.fit.workers import Workers
    from mlmteach.interpret import Assumptions, Interpretation, Report
    from mlmteach.model.lme4 import Written
    from mlmteach.model.notation import Notation
    from mlmteach.model.places import Placed
    from mlmteach.panels.along import Along
    from mlmteach.panels.panel import Panel
    from mlmteach.translate import Code

__all__ = [
    "Diagnostics",
    "Fit",
    "GeneralizedDiagnostics",
    "GeneralizedFit",
    "GeneralizedQuantities",
    "LayeredDiagnostics",
    "LayeredFit",
    "LayeredQuantities",
    "Model",
    "NestedDiagnostics",
    "NestedFit",
    "NestedQuantities",
    "Quantities",
]


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Model(Structure):
    """A multilevel model: a level-1 equation and the equations of its coefficients.

    Parameters
    ----------
    formula : str
        The level-1 equation, such as ``"mathach ~ ses + minority + female"``: the outcome and the
        predictors that differ between the units of a group.
    group : str
        The column that names the group of each unit.  ``"school/class"`` gives three levels,
        classes within schools; ``"primary * second"`` two groupings that cross.
    level2 : mapping of str to str, optional
        The level-2 equation of each level-1 coefficient.  A key is a level-1 term, or
        ``"intercept"``; a value such as ``"size + U"`` lists level-2 predictors, and ``U`` makes
        the coefficient random.  ``0 +`` leaves out the mean γ_q0.  Left out, the intercept is
        ``"1 + U"`` and every other coefficient ``"1"``.
    level3 : mapping of str to str, optional
        With three levels, the equation of each coefficient of level 2.  A key names it as terms are
        named: ``"intercept"`` is δ_00k, ``"year"`` δ_10k, ``"female"``, a child's predictor in the
        intercept's equation, δ_01k, and ``"female:year"`` δ_11k; ``V`` in the value says that it
        varies between the groups of level 3.  With crossed groupings, a key is a level-1 term as in
        ``level2``, and the value has the predictors and the V of the second grouping.  Left out,
        the intercept is ``"1 + V"`` and every other coefficient ``"1"``.
    covariance : {"unstructured", "diagonal"}, optional
        Whether the U's of a group may correlate.  A tuple of tuples of names of coefficients
        says which of them may.  The U's of a category always may, as in lme4: they stand for its
        values, with the intercept among them, and what is left out are correlations with numbers.
    covariance3 : {"unstructured", "diagonal"}, optional
        The same of the V's; left out, as ``covariance`` if that is a word.
    codebook : Codebook, mapping or path, optional
        What the columns mean; data sets of this package bring their own.
    data : DataFrame, path, dataset or function, optional
        Data to hold the model against at once, as :meth:`bind` does; all that :meth:`fit` takes.
    sigma2 : By, optional
        ``mlm.by("female")`` gives each category of a column a variance of the level-1 residual;
        left out, all rows have the same σ².
    precision : str, optional
        A column of known precision weights w, with Var(ε_ij) = σ² / w_ij: ``weights`` of lme4, and
        ``varFixed(~ I(1 / w))`` of nlme.  They are no sampling weights.
    family : {"normal", "binomial", "poisson", "negbin"}, optional
        The distribution of the outcome given its predictors and its group: yes/no outcomes and
        numbers of successes are binomial; counts are Poisson, or negative binomial where they
        vary more.
    link : {"logit", "probit", "cloglog"}, optional
        Of a binomial outcome; counts have the logarithm.
    trials : str, optional
        The column of the numbers of trials, where the outcome is a number of successes.
    exposure : str, optional
        The column of what counts are proportional to, such as time or area.
    event : optional
        Which of its two values a yes/no outcome is counted in, where they are not 0 and 1.

    Raises
    ------
    ModelError
        If the equations contradict each other, or, with data, do not go with them.
    FormulaError
        If a formula cannot be read.

    References
    ----------
    Snijders & Bosker (2012), *Multilevel Analysis*, chapters 4 and 5;
    Raudenbush & Bryk (2002), *Hierarchical Linear Models*, chapter 2.

    Examples
    --------
    >>> model = Model(
    ...     "mathach ~ ses + minority",
    ...     group="school",
    ...     level2={"intercept": "size + U", "ses": "size + U"},
    ... )
    >>> [gamma.name for gamma in model.gammas]
    ['Intercept', 'size', 'ses', 'size:ses', 'minority']
    >>> model.formula
    'mathach ~ 1 + size + ses + size:ses + minority + (1 + ses | school)'
    """

    def __init__(
        self,
        formula: str,
        *,
        group: str,
        level2: Mapping[str, str] | None = None,
        level3: Mapping[str, str] | None = None,
        covariance: Covariance = "unstructured",
        covariance3: Covariance | None = None,
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
        data: Data | None = None,
        sigma2: By | None = None,
        precision: str | None = None,
        family: FamilyName | Family | None = None,
        link: Link | None = None,
        trials: str | None = None,
        exposure: str | None = None,
        event: Any = None,
    ) -> None:
        made = structure_of(
            formula,
            group=group,
            level2=level2,
            level3=level3,
            covariance=covariance,
            covariance3=covariance3,
            codebook=codebook,
            sigma2=sigma2,
            precision=precision,
            family=family,
            link=link,
            trials=trials,
            exposure=exposure,
            event=event,
        )
        self.__dict__.update(vars(made))
        if data is not None:
            self.__dict__.update(vars(self.bind(data)))

    @classmethod
    def from_formula(
        cls,
        formula: str,
        *,
        data: Data | None = None,
        level2: Iterable[str] = (),
        level3: Iterable[str] = (),
        group: str | None = None,
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
        family: FamilyName | Family | None = None,
        link: Link | None = None,
        trials: str | None = None,
        exposure: str | None = None,
        event: Any = None,
    ) -> Model:
        """Read an lme4 formula; see :func:`mlmteach.model.lme4.read_formula`.

        ``(1 + x || g)`` lets effects vary without correlating.  A category is kept together with
        the intercept, as in lme4: ``(1 + arm || g)`` is ``(1 + arm | g)``.

        ``cbind(a, n - a) ~ x + (1 | g)`` has the trials n, and ``offset(log(t))`` the exposure t.
        A whole call is read too, ``glmer(y ~ x + (1 | g), family = poisson)``, and a command of
        Stata, ``melogit y x || g:``.
        """
        from mlmteach.model.lme4 import read_formula

        written = read_formula(
            formula,
            data=data,
            level2=level2,
            level3=level3,
            group=group,
            family=family,
            link=link,
            trials=trials,
            exposure=exposure,
            event=event,
        )
        return _model(written, codebook, data)

    @classmethod
    def from_equations(
        cls,
        text: str,
        *,
        group: str,
        data: Data | None = None,
        level2: Iterable[str] = (),
        level3: Iterable[str] = (),
        notation: str | Notation | None = None,
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
    ) -> Model:
        """Read HLM-style lines, Unicode text or LaTeX; see :func:`~.reading.read_equations`."""
        from mlmteach.model.reading import read_equations

        written = read_equations(
            text,
            group=group,
            data=data,
            level2=level2,
            level3=level3,
            notation=notation,
            codebook=codebook,
        )
        return _model(written, codebook, data)

    def bind(self, data: Data) -> Model:
        """Hold the model against data: check every variable and name every contrast.

        See :func:`mlmteach.model.survey.bind`.
        """
        from mlmteach.model.survey import bind

        return bind(self, data)

    def fit(
        self,
        data: Data,
        *,
        reml: bool | None = None,
        engine: Engine = "profiled",
        points: int | None = None,
    ) -> Any:  # which of the two hangs on the family, which no type checker knows
        """Estimate the model; see :func:`mlmteach.fit.engines.fit`.

        Parameters
        ----------
        data : DataFrame, path, dataset or function
            One row a level-1 unit.

            What lies in memory: a frame of pandas, Polars (lazy too) or another library that
            narwhals knows, a PyArrow table, a DuckDB relation.  Only the columns of the model are
            taken.

            What may be larger than memory: the path or pattern of Parquet or CSV files, such as
            ``"parts/*.parquet"``, or a folder of them; a PyArrow dataset; a list of pandas frames,
            or a function that gives them anew each time; a Dask DataFrame, whose partitions are
            summed where they lie.  The numbers are the same, however the rows are cut and in which
            order they come.  The rows are walked through at least twice and not kept, but for a
            sample of whole groups: ``fit.resid`` and the like ask for ``fit.predict(chunk)``
            instead, and figures of residuals draw the sample and say so.  A bar shows how far a
            long walk is; an interrupt ends it, and leaves nothing behind.
        reml : bool, optional
            Restricted maximum likelihood, which is usual for normal outcomes, or maximum
            likelihood.  Other outcomes have maximum likelihood only.
        engine : {"profiled", "statsmodels"}
            Of normal outcomes.  ``"statsmodels"`` needs the rows in memory.
        points : int, optional
            Of the adaptive quadrature for a yes/no outcome or a count, in each dimension; left out
            it is 1, Laplace's approximation.  With more than two U's, or three levels, it is the
            only one.

        Returns
        -------
        Fit, LayeredFit, GeneralizedFit or NestedFit
            The second where there are two groupings, the third where the outcome is not normal,
            and the fourth where both are so.
        """
        self.family.check_options(reml=reml, points=points)
        two = len(self.grouping.names) > 1
        if self.family.is_normal:
            reml = True if reml is None else reml
            if two:
                from mlmteach.fit.layered_fit import fit_layered

                return LayeredFit.of(fit_layered(self, data, reml=reml, engine=engine))
            from mlmteach.fit.engines import fit

            return Fit.of(fit(self, data, reml=reml, engine=engine))
        if engine != "profiled":
            raise OptionError(
                f"engine={engine!r} fits normal outcomes only.", "Leave out `engine`."
            )
        points = 1 if points is None else points
        if two:
            from mlmteach.fit.nested_generalized import fit_nested

            return NestedFit.of(fit_nested(self, data, points=points))
        from mlmteach.fit.generalized import fit_generalized

        return GeneralizedFit.of(fit_generalized(self, data, points=points))

    def power(self, term: str, **plan: Any) -> Power:
        """Estimate by simulation how often a planned study finds a γ.

        The plan has ``groups``, ``size``, ``gamma``, ``tau``, ``sigma2`` and more, and options
        such as ``executor`` (a number of processes, an executor, a Dask ``Client``); see
        :func:`mlmteach.fit.power.power`.
        """
        from mlmteach.fit.power import power

        return power(self, term, **plan)

    @property
    def level1(self) -> Equations:
        """The level-1 equation, to display."""
        return self.equations(parts=("level1",))

    @property
    def level2(self) -> Equations:
        """The level-2 equations, to display."""
        return self.equations(parts=("level2",))

    @property
    def level3(self) -> Equations:
        """The level-3 equations, to display, where there are three levels."""
        return self.equations(parts=("level3",))

    @property
    def full(self) -> Equations:
        """The full equation, to display."""
        return self.equations(parts=("full",))

    def equations(self, **options: Any) -> Equations:
        """Write the equations of the model; see :func:`mlmteach.equations.write`."""
        from mlmteach.equations import write

        return write(self, **options)

    def interpret(self, which: str | None = None, **options: Any) -> Interpretation:
        """Say in words what each symbol means; see :func:`mlmteach.interpret.interpret`."""
        from mlmteach.interpret import interpret

        return interpret(self, which, **options)

    def assumptions(self, **options: Any) -> Assumptions:
        """Say what is taken for granted; see :func:`mlmteach.interpret.assumptions`."""
        from mlmteach.interpret import assumptions

        return assumptions(self, **options)

    def code(self, program: str, **options: Any) -> Code:
        """Write the model as a script for another program; see :func:`mlmteach.translate.code`."""
        from mlmteach.translate import code

        return code(self, program, **options)

    def __repr__(self) -> str:
        level2 = {
            c.key: join(c.predictors, "U" * c.random)
            for c in self.bare
            if (c.predictors, c.random) != ((INTERCEPT,), not c.term)
        }
        level3 = {
            key: equation
            for key, equation in self.level3_formulas.items()
            if equation != ("1 + V" if key == "intercept" else "1")
        }
        parts = [repr(self.level1_formula), f"group={self.grouping.formula!r}"]
        parts += [f"level2={level2!r}"] if level2 else []
        parts += [f"level3={level3!r}"] if level3 else []
        parts += [f"covariance={self.covariance!r}"] if self.covariance != "unstructured" else []
        lower = self.covariance if isinstance(self.covariance, str) else "unstructured"
        if len(self.grouping.names) > 1 and self.covariance3 != lower:
            parts.append(f"covariance3={self.covariance3!r}")
        parts += [f"sigma2={self.sigma2!r}"] if self.sigma2 else []
        parts += [f"precision={self.precision!r}"] if self.precision else []
        parts += [f"{name}={value!r}" for name, value in self.family.arguments.items()]
        return f"Model({', '.join(parts)})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.equations()._repr_mimebundle_()


def _model(written: Written, codebook: Any, data: pd.DataFrame | None) -> Model:
    """Make the model that a formula or equations were read as."""
    return Model(
        written.level1,
        group=written.group,
        level2=written.level2,
        level3=written.level3,
        covariance=written.covariance,
        covariance3=written.covariance3,
        codebook=codebook,
        data=data,
        sigma2=By(written.by) if written.by else None,
        precision=written.precision or None,
        family=written.family,
    )


class Verbs(Fitted):
    """What is done with every fit, whatever the distribution of its outcome."""

    def equations(self, **options: Any) -> Equations:
        """Write the equations with the estimates; see :func:`mlmteach.equations.write`."""
        from mlmteach.equations import write

        return write(self.model, estimates=self.estimates, **options)

    def interpret(self, which: str | None = None, **options: Any) -> Interpretation:
        """Say in words what each estimate means; see :func:`mlmteach.interpret.interpret`."""
        from mlmteach.interpret import interpret

        return interpret(self, which, **options)

    def explore(self) -> Panel[Along]:
        """Open equation, picture and words in one view, in which a symbol lights up in all three.

        Point at a symbol, or reach it with Tab.  With two groupings, the picture has the groups of
        both.

        Returns
        -------
        mlmteach.explore.Panel

        Raises
        ------
        OptionError
            If there are no sentences on models of this kind.

        Examples
        --------
        >>> import mlmteach as mlm
        >>> fit = mlm.Model("mathach ~ ses", group="school").fit(mlm.load("hsb"))
        >>> print(fit.explore().sentence)
        The picked group is 3427: U₀ⱼ = 5.78.
        """
        from mlmteach.panels.linked import linked

        return linked(self)

    def assumptions(self, **options: Any) -> Assumptions:
        """Say what is taken for granted; see :func:`mlmteach.interpret.assumptions`."""
        from mlmteach.interpret import assumptions

        return assumptions(self, **options)

    def report(self, **options: Any) -> Report:
        """Write methods and results as a paper would; see :func:`mlmteach.interpret.report`."""
        from mlmteach.interpret import report

        return report(self, **options)

    def simulate(self, n: int = 1, seed: int | np.random.Generator | None = None) -> pd.DataFrame:
        """Draw new outcomes from the fitted model, U and residuals anew.

        Parameters
        ----------
        n : int
            Number of replicates.
        seed : int or numpy.random.Generator, optional

        Returns
        -------
        pandas.DataFrame
            One row a row used, one column a replicate: ``sim_1``, ``sim_2``, ...  Ctrl-C ends the
            work, and what is drawn is returned with a warning.
        """
        from mlmteach.fit.simulate import simulate

        return simulate(self, n, seed)

    def bootstrap(
        self,
        n: int = 1000,
        *,
        seed: int | None = None,
        executor: Workers | None = None,
        checkpoint: str | Path | None = None,
        progress: bool = True,
    ) -> Bootstrap:
        """Refit to simulated outcomes; see :func:`mlmteach.fit.bootstrap.bootstrap`.

        ``executor`` is a number of processes, a ``concurrent.futures.Executor`` or a Dask
        ``Client``; ``checkpoint`` is a file from which a run that died goes on.
        """
        from mlmteach.fit.bootstrap import bootstrap

        return bootstrap(
            self, n, seed=seed, executor=executor, checkpoint=checkpoint, progress=progress
        )


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Estimated, Verbs):
    """A fitted two-level model, made by :meth:`Model.fit`.

    The numbers, from γ to the U's, are attributes that it has from
    :class:`~mlmteach.fit.estimated.Estimated`; they are in the units of the data and computed when
    they are first asked for.  What is done with them follows here.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ 1", group="school").fit(mlm.load("hsb"))
    >>> fit
    <Fit by REML: 7185 rows in 160 groups, criterion 47116.7935; see .summary()>
    >>> round(fit.icc, 4)
    0.1804
    """

    model: Model

    @classmethod
    def of(cls, estimated: Estimated) -> Fit:
        """Put the verbs over the numbers."""
        return cls(**{field.name: getattr(estimated, field.name) for field in fields(estimated)})

    def conf_int(
        self,
        level: float = 0.95,
        *,
        method: Method = "wald",
        which: Which = "fixed",
        scale: Scale = "variance",
        df: Df = "satterthwaite",
        **options: Any,
    ) -> pd.DataFrame:
        """Confidence intervals of γ, and of T and σ² if wanted.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        method : {"wald", "profile", "bootstrap"}
            Estimate plus and minus a multiple of its standard error; the values that a
            likelihood-ratio test does not reject; or percentiles of refits to simulated data.
        which : {"fixed", "random", "all"}
            γ; T and σ²; or both.  Those of T and σ² are never robust.
        scale : {"variance", "sd"}
            Variances and covariances, or standard deviations and correlations.
        df : {"satterthwaite", "kenward-roger"}
            For Wald intervals of γ.
        **options
            Of :meth:`bootstrap`, for ``method="bootstrap"``.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower`` and ``upper``, one row a parameter.  Where T is singular, T and σ²
            have no Wald intervals and get NaN; ``method="profile"`` has some.

        Raises
        ------
        OptionError
            When an option cannot be used.
        """
        from mlmteach.fit.intervals import conf_int

        return conf_int(self, level, method=method, which=which, scale=scale, df=df, **options)

    def robust(self, kind: Robust = "CR2") -> Fit:
        """Return the fit with robust standard errors; see :func:`mlmteach.fit.robust.robust`."""
        from mlmteach.fit.robust import robust

        return robust(self, kind)

    @cached_property
    def kenward_roger(self) -> KenwardRoger:
        """Standard errors, df, t and p of γ by Kenward and Roger's method (REML only)."""
        from mlmteach.fit.kenward_roger import kenward_roger

        return kenward_roger(self)

    def test(self, terms: str | Sequence[str]) -> FTest:
        """Test that all γ of one term, or of several, are zero (REML only, or robust).

        By Kenward and Roger's F; see :func:`mlmteach.fit.kenward_roger.f_test`.
        """
        from mlmteach.fit.kenward_roger import f_test

        return f_test(self, terms)

    def profile(self, *, scale: Scale = "variance") -> Profile:
        """Return the profile likelihood of γ, T and σ²; it is of ML, whatever the fit."""
        from mlmteach.fit.profile import Profile

        return Profile(self, scale)

    @property
    def quantities(self) -> Quantities:
        """What follows from the estimates: reliability, simple slopes, contextual effects, ..."""
        return Quantities(self)

    @property
    def diagnostics(self) -> Diagnostics:
        """Whether the fit can be trusted: residuals, tests of assumptions, influence of groups."""
        return Diagnostics(self)

    def predict(
        self, new: Data | None = None, *, groups: Literal["known", "average"] = "known"
    ) -> pd.Series[float]:
        """Predict the outcome.

        Parameters
        ----------
        new : DataFrame, path, dataset or function, optional
            Rows to predict, of all kinds that :meth:`Model.fit` takes; the rows used in the fit
            when left out.
        groups : {"known", "average"}
            ``"known"`` adds the predicted U of each row's group, ``"average"`` sets them to 0.

        Returns
        -------
        pandas.Series

        Raises
        ------
        DataError
            When a group was not in the fit and ``groups="known"``.
        OptionError
            When ``groups`` is neither.
        """
        from mlmteach.fit.simulate import predict

        return predict(self, new, groups=groups)

    def refit(self, y: ArrayLike) -> Fit:
        """Fit the same design to another outcome; only the moments of y are computed anew.

        Parameters
        ----------
        y : (n,) array or pandas.Series
            In the order of :attr:`frame`; a Series is brought into it by its index.

        Returns
        -------
        Fit
            By the profiled engine, without warnings; look at ``messages``.
        """
        from mlmteach.fit.simulate import refit

        return refit(self, y)

    def summary(self, *, df: Df = "satterthwaite") -> Summary:
        """Return the fit as readable text, γ tested by Satterthwaite's df or Kenward-Roger's."""
        from mlmteach.fit.summary import Summary

        return Summary(self, df)

    def code(self, program: str, **options: Any) -> Code:
        """Write the fit as a script: as :meth:`Model.code`, by REML or ML and robust as it is."""
        from mlmteach.translate import code

        own = {"reml": self.reml, "robust": self.cov_type if self.is_robust else None}
        return code(self.model, program, **(own | options))


@dataclass(frozen=True, eq=False, repr=False)
class LayeredFit(Layered, Verbs):
    """A fitted model with two groupings: three levels, or crossed; made by :meth:`Model.fit`.

    The numbers are attributes that it has from :class:`~mlmteach.fit.layered_fit.Layered`.  What
    there is one of for each grouping is a dictionary with their names.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> fit
    <LayeredFit by REML: 60 rows in groups, 30 cask and 10 batch, criterion 246.9907; see ...>
    >>> fit.icc.round(3).to_dict()
    {'batch': 0.154, 'cask': 0.937}
    """

    model: Model

    @classmethod
    def of(cls, layered: Layered) -> LayeredFit:
        """Put the verbs over the numbers."""
        return cls(**{field.name: getattr(layered, field.name) for field in fields(layered)})

    def conf_int(
        self,
        level: float = 0.95,
        *,
        method: Method = "wald",
        which: Which = "fixed",
        scale: Scale = "variance",
        **options: Any,
    ) -> pd.DataFrame:
        """Confidence intervals of γ, of both T and of σ²; see :meth:`Fit.conf_int`.

        Wald intervals of γ have Satterthwaite's df.
        """
        from mlmteach.fit.intervals import conf_int

        return conf_int(self, level, method=method, which=which, scale=scale, **options)

    def profile(self, *, scale: Scale = "variance") -> Profile:
        """Return the profile likelihood of γ, both T and σ²; it is of ML, whatever the fit."""
        from mlmteach.fit.profile import Profile

        return Profile(self, scale)

    def test(self, terms: str | Sequence[str]) -> FTest:
        """Test that all γ of one term, or of several, are zero, by Satterthwaite's F.

        See :func:`mlmteach.fit.kenward_roger.f_test`.
        """
        from mlmteach.fit.kenward_roger import f_test

        return f_test(self, terms)

    @property
    def quantities(self) -> LayeredQuantities:
        """What follows from the estimates: shares of variance, reliability, simple slopes, ..."""
        return LayeredQuantities(self)

    @property
    def diagnostics(self) -> LayeredDiagnostics:
        """Whether the fit can be trusted: residuals at each level, influence of groups."""
        return LayeredDiagnostics(self)

    def predict(self, new: Data | None = None, *, groups: str = "known") -> pd.Series[float]:
        """Predict the outcome.

        Parameters
        ----------
        new : DataFrame, path, dataset or function, optional
            Rows to predict, of all kinds that :meth:`Model.fit` takes; the rows used in the fit
            when left out.
        groups : str
            ``"known"`` adds the predicted effects of the groups of each row in both groupings, and
            ``"average"`` sets them to 0.  The name of a grouping adds its effects alone:
            ``groups="school"`` is for classes that were not in the fit, of schools that were.

        Returns
        -------
        pandas.Series

        Raises
        ------
        DataError
            When a group whose effects are asked for was not in the fit.
        OptionError
            When ``groups`` is none of these.

        Examples
        --------
        >>> import mlmteach as mlm
        >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
        >>> new = mlm.load("pastes").head(1)
        >>> [round(float(fit.predict(new, groups=g).iloc[0]), 2) for g in ("known", "batch")]
        [62.63, 60.85]
        """
        from mlmteach.fit.simulate import predict

        return predict(self, new, groups=groups)

    def refit(self, y: ArrayLike) -> LayeredFit:
        """Fit the same design to another outcome; see :meth:`Fit.refit`."""
        from mlmteach.fit.simulate import refit

        return refit(self, y)

    def summary(self, *, df: Df = "satterthwaite") -> Summary:
        """Return the fit as readable text, γ tested by Satterthwaite's df: there are no others."""
        from mlmteach.fit.summary import Summary

        return Summary(self, df)

    def code(self, program: str, **options: Any) -> Code:
        """Write the fit as a script, by REML or ML as it is; see :meth:`Model.code`."""
        from mlmteach.translate import code

        return code(self.model, program, **({"reml": self.reml} | options))

    def robust(self, kind: Robust = "CR2") -> LayeredFit:
        """There are no robust standard errors with two groupings: this says what to do."""
        remedy = "Use .bootstrap(), or .diagnostics.influence() to see what hangs on single groups."
        if self.model.grouping.is_nested:
            remedy = (
                f"Fit the model with group='{self.model.group3}' alone, whose groups are "
                "independent, and then .robust(); or use .bootstrap()."
            )
        raise OptionError(f"robust({kind!r}) is for fits with one grouping.", remedy)

    @property
    def kenward_roger(self) -> KenwardRoger:
        """Kenward and Roger's df are not computed with two groupings: this says what there is."""
        raise OptionError(
            "Kenward and Roger's method is for fits with one grouping.",
            "Use the df of Satterthwaite, in .df, .summary() and .test().",
        )


class OutcomeVerbs(Verbs):
    """What is asked of a fit to a yes/no outcome or a count and is for normal outcomes alone."""

    def robust(self, kind: Robust = "CR2") -> Fitted:
        """There are no robust standard errors of such a fit: this says what to do."""
        raise OptionError(
            f"robust({kind!r}) is for fits to normal outcomes.",
            "Use .bootstrap(), or .diagnostics.influence() to see what hangs on single groups.",
        )

    @property
    def kenward_roger(self) -> KenwardRoger:
        """Tests of such a fit have no df to correct: this says what there is."""
        raise OptionError(
            "Kenward and Roger's method is for fits to normal outcomes.",
            "Use the z tests of .summary(), .test(), or .profile() and .bootstrap().",
        )


@dataclass(frozen=True, eq=False, repr=False)
class GeneralizedFit(Generalized, OutcomeVerbs):
    """A fitted two-level model of a yes/no outcome or a count, made by :meth:`Model.fit`.

    The numbers are attributes that it has from :class:`~mlmteach.fit.generalized.Generalized`: γ, T
    and the U's on the scale of the link.  What is done with them follows here.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> fit = model.fit(mlm.load("cbpp"))
    >>> fit
    <GeneralizedFit (binomial, logit) by Laplace's approximation: 56 rows in 15 groups, -2 ...>
    """

    model: Model

    @classmethod
    def of(cls, generalized: Generalized) -> GeneralizedFit:
        """Put the verbs over the numbers."""
        known = {field.name: getattr(generalized, field.name) for field in fields(generalized)}
        return cls(**known)

    def conf_int(
        self,
        level: float = 0.95,
        *,
        method: Method = "wald",
        which: Which = "fixed",
        scale: Scale = "variance",
        **options: Any,
    ) -> pd.DataFrame:
        """Confidence intervals of γ, of T and a shape; see :meth:`Fit.conf_int`.

        There is no σ², and Wald intervals of γ are those of the normal distribution.
        """
        from mlmteach.fit.intervals import conf_int

        return conf_int(self, level, method=method, which=which, scale=scale, **options)

    def profile(self, *, scale: Scale = "variance") -> GeneralizedProfile:
        """Return the profile likelihood of γ, T and a shape."""
        from mlmteach.fit.generalized_intervals import GeneralizedProfile

        return GeneralizedProfile(self, scale)

    def test(self, terms: str | Sequence[str]) -> WaldTest:
        """Test that all γ of one term, or of several, are zero, by Wald's chi-square."""
        from mlmteach.fit.generalized_intervals import wald_test

        return wald_test(self, terms)

    @property
    def quantities(self) -> GeneralizedQuantities:
        """What follows from the estimates: odds ratios, latent ICC, probabilities, ..."""
        return GeneralizedQuantities(self)

    @property
    def diagnostics(self) -> GeneralizedDiagnostics:
        """Whether the fit can be trusted: over-dispersion, residuals, influence of groups."""
        return GeneralizedDiagnostics(self)

    def predict(
        self,
        new: pd.DataFrame | None = None,
        *,
        groups: Literal["known", "average", "population"] = "known",
        scale: Literal["response", "link"] = "response",
    ) -> pd.Series[float]:
        """Predict the outcome.

        Parameters
        ----------
        new : DataFrame, optional
            Rows to predict; the rows used in the fit when left out.
        groups : {"known", "average", "population"}
            ``"known"`` adds the predicted U of each row's group, ``"average"`` sets the U's to 0,
            as in a typical group, and ``"population"`` averages the expected outcome over groups.
        scale : {"response", "link"}
            Probabilities or rates; or the linear predictor.  Where the model has trials or an
            exposure and ``new`` has the column, expected successes and counts are per row.

        Returns
        -------
        pandas.Series
        """
        from mlmteach.fit.generalized_simulate import predict

        return predict(self, new, groups=groups, scale=scale)

    def refit(self, y: ArrayLike) -> GeneralizedFit:
        """Fit the same design to another outcome, from the present optimum.

        Parameters
        ----------
        y : (n,) array or pandas.Series
            In the order of :attr:`frame`; a Series is brought into it by its index.

        Returns
        -------
        GeneralizedFit
            Without warnings; look at ``messages``.
        """
        from mlmteach.fit.generalized_simulate import refit

        return refit(self, y)

    def summary(self) -> GeneralizedSummary:
        """Return the fit as readable text."""
        from mlmteach.fit.generalized_summary import GeneralizedSummary

        return GeneralizedSummary(self)

    def code(self, program: str, **options: Any) -> Code:
        """Write the fit as a script, with its quadrature; see :meth:`Model.code`."""
        from mlmteach.translate import code

        return code(self.model, program, **({"points": self.points} | options))


@dataclass(frozen=True, eq=False, repr=False)
class NestedFit(NestedGeneralized, OutcomeVerbs):
    """A fitted three-level model of a yes/no outcome or a count, made by :meth:`Model.fit`.

    An intercept varies between the groups of each grouping, and the likelihood is that of Laplace's
    approximation.  The numbers are attributes that it has from
    :class:`~mlmteach.fit.nested_generalized.NestedGeneralized`.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> ticks = mlm.load("grouseticks")
    >>> fit = mlm.Model("TICKS ~ 1", group="LOCATION/BROOD", family="poisson").fit(ticks)
    >>> fit
    <NestedFit (poisson, log) by Laplace's approximation: 403 rows in groups, 118 BROOD and 63 ...>
    """

    model: Model

    @classmethod
    def of(cls, nested: NestedGeneralized) -> NestedFit:
        """Put the verbs over the numbers."""
        return cls(**{field.name: getattr(nested, field.name) for field in fields(nested)})

    def conf_int(
        self,
        level: float = 0.95,
        *,
        method: Method = "wald",
        which: Which = "fixed",
        scale: Scale = "variance",
        **options: Any,
    ) -> pd.DataFrame:
        """Confidence intervals of γ, of both variances and a shape; see :meth:`Fit.conf_int`."""
        from mlmteach.fit.intervals import conf_int

        return conf_int(self, level, method=method, which=which, scale=scale, **options)

    def profile(self, *, scale: Scale = "variance") -> GeneralizedProfile:
        """Return the profile likelihood of γ, of both variances and a shape."""
        from mlmteach.fit.generalized_intervals import GeneralizedProfile

        return GeneralizedProfile(self, scale)

    def test(self, terms: str | Sequence[str]) -> WaldTest:
        """Test that all γ of one term, or of several, are zero, by Wald's chi-square."""
        from mlmteach.fit.generalized_intervals import wald_test

        return wald_test(self, terms)

    @property
    def quantities(self) -> NestedQuantities:
        """What follows from the estimates: odds ratios, median odds ratios, probabilities, ..."""
        return NestedQuantities(self)

    @property
    def diagnostics(self) -> NestedDiagnostics:
        """Whether the fit can be trusted: over-dispersion, residuals, influence of groups."""
        return NestedDiagnostics(self)

    def predict(
        self,
        new: pd.DataFrame | None = None,
        *,
        groups: str = "known",
        scale: Literal["response", "link"] = "response",
    ) -> pd.Series[float]:
        """Predict the outcome.

        Parameters
        ----------
        new : DataFrame, optional
            Rows to predict; the rows used in the fit when left out.
        groups : str
            ``"known"`` adds the predicted effects of the groups of each row in both groupings,
            ``"average"`` sets them to 0, as in typical groups, ``"population"`` averages the
            expected outcome over all groups, and the name of a grouping adds its effects alone.
        scale : {"response", "link"}
            Probabilities or rates; or the linear predictor.  Where the model has trials or an
            exposure and ``new`` has the column, expected successes and counts are per row.

        Returns
        -------
        pandas.Series
        """
        from mlmteach.fit.nested_generalized import predict_nested

        return predict_nested(self, new, groups=groups, scale=scale)

    def refit(self, y: ArrayLike) -> NestedFit:
        """Fit the same design to another outcome; see :meth:`GeneralizedFit.refit`."""
        from mlmteach.fit.generalized_simulate import refit

        return refit(self, y)

    def summary(self) -> GeneralizedSummary:
        """Return the fit as readable text."""
        from mlmteach.fit.generalized_summary import GeneralizedSummary

        return GeneralizedSummary(self)

    def code(self, program: str, **options: Any) -> Code:
        """Write the fit as a script; see :meth:`Model.code`."""
        from mlmteach.translate import code

        return code(self.model, program, **options)


@dataclass(frozen=True, eq=False)
class Quantities:
    """Quantities that are computed from a fit: ``fit.quantities``.

    Each says at which place it holds.

    Where nobody says otherwise, numeric predictors are at their mean over the units of their own
    level, and categories at their reference.

    Parameters
    ----------
    fit : Estimated

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"}).fit(
    ...     mlm.load("hsb")
    ... )
    >>> fit.quantities.plausible_range("ses").place
    Place(spots=(Spot(level=2, name='size', value=1097.825, origin='mean'),), averaged='')
    >>> round(float(fit.quantities.reliability()["Intercept"].mean()), 3)
    0.799
    """

    fit: Estimated

    def __repr__(self) -> str:
        return f"<Quantities of a fit: {_verbs(self)}>"

    def icc(self, *, at: At | None = None) -> Placed:
        """See :func:`mlmteach.fit.readings.icc`."""
        from mlmteach.fit.readings import icc

        return icc(self.fit, at=at)

    @property
    def design_effect(self) -> Placed:
        """See :func:`mlmteach.fit.readings.design_effect`."""
        from mlmteach.fit.readings import design_effect

        return design_effect(self.fit)

    def reliability(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.readings.reliability`; ``.mean()`` gives the averages."""
        from mlmteach.fit.readings import reliability

        return reliability(self.fit)

    def plausible_range(
        self, coefficient: str, *, at: At | None = None, level: float = 0.95
    ) -> PlausibleRange:
        """See :func:`mlmteach.fit.readings.plausible_range`."""
        from mlmteach.fit.readings import plausible_range

        return plausible_range(self.fit, coefficient, at=at, level=level)

    def share_negative(self, coefficient: str, *, at: At | Literal["own"] | None = None) -> Placed:
        """See :func:`mlmteach.fit.readings.share_negative`."""
        from mlmteach.fit.readings import share_negative

        return share_negative(self.fit, coefficient, at=at)

    def coefficient(
        self, term: str, *, at: At | None = None, level: float = 0.95, df: Df = "satterthwaite"
    ) -> Combination:
        """See :func:`mlmteach.fit.readings.coefficient`."""
        from mlmteach.fit.readings import coefficient

        return coefficient(self.fit, term, at=at, level=level, df=df)

    def combinations(
        self,
        weights: Mapping[str, Mapping[str, float]],
        *,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> pd.DataFrame:
        """See :func:`mlmteach.fit.readings.combinations`."""
        from mlmteach.fit.readings import combinations

        return combinations(self.fit, weights, level=level, df=df)

    def simple_slopes(
        self,
        predictor: str,
        moderator: str,
        values: Sequence[float | str] | None = None,
        *,
        at: At | None = None,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> PlacedTable:
        """See :func:`mlmteach.fit.readings.simple_slopes`."""
        from mlmteach.fit.readings import simple_slopes

        return simple_slopes(self.fit, predictor, moderator, values, at=at, level=level, df=df)

    def johnson_neyman(
        self,
        predictor: str,
        moderator: str,
        *,
        at: At | None = None,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> JohnsonNeyman:
        """See :func:`mlmteach.fit.johnson_neyman.johnson_neyman`."""
        from mlmteach.fit.johnson_neyman import johnson_neyman

        return johnson_neyman(self.fit, predictor, moderator, at=at, level=level, df=df)

    def contextual_effects(
        self,
        within: str,
        between: str,
        *,
        at: At | None = None,
        level: float = 0.95,
        df: Df = "satterthwaite",
    ) -> PlacedTable:
        """See :func:`mlmteach.fit.readings.contextual_effects`."""
        from mlmteach.fit.readings import contextual_effects

        return contextual_effects(self.fit, within, between, at=at, level=level, df=df)


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """Residuals, tests of assumptions, and influence of groups: ``fit.diagnostics``.

    Parameters
    ----------
    fit : Estimated

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    >>> int(fit.diagnostics.influence().cook.idxmax())
    335
    """

    fit: Estimated

    def __repr__(self) -> str:
        return f"<Diagnostics of a fit: {_verbs(self)}>"

    def level1(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.level1_residuals`."""
        from mlmteach.fit.assumptions import level1_residuals

        return level1_residuals(self.fit)

    def level2(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.level2_residuals`."""
        from mlmteach.fit.assumptions import level2_residuals

        return level2_residuals(self.fit)

    def distances(self) -> pd.Series[float]:
        """See :func:`mlmteach.fit.assumptions.distances`."""
        from mlmteach.fit.assumptions import distances

        return distances(self.fit)

    def normality(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.normality`."""
        from mlmteach.fit.assumptions import normality

        return normality(self.fit)

    def equal_variance(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.equal_variance`."""
        from mlmteach.fit.assumptions import equal_variance

        return equal_variance(self.fit)

    def group_dispersion(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.group_dispersion`."""
        from mlmteach.fit.assumptions import group_dispersion

        return group_dispersion(self.fit)

    def influence(self, *, progress: bool = True) -> Influence:
        """See :func:`mlmteach.fit.influence.influence`."""
        from mlmteach.fit.influence import influence

        return influence(self.fit, progress=progress)

    def robustness(self, kind: Robust | None = None) -> Robustness:
        """See :func:`mlmteach.fit.robust.robustness`."""
        from mlmteach.fit.robust import robustness

        return robustness(self.fit, kind)


@dataclass(frozen=True, eq=False)
class SumsOfGamma:
    """Weighted sums of γ at a place, which fits have whose tests know one kind of df.

    Where the outcome is not normal, they are on the scale of the link.

    Parameters
    ----------
    fit : Fitted
    """

    fit: Fitted

    def __repr__(self) -> str:
        return f"<Quantities of a fit: {_verbs(self)}>"

    def coefficient(self, term: str, *, at: At | None = None, level: float = 0.95) -> Combination:
        """See :func:`mlmteach.fit.readings.coefficient`."""
        from mlmteach.fit.readings import coefficient

        return coefficient(self.fit, term, at=at, level=level)

    def combinations(
        self, weights: Mapping[str, Mapping[str, float]], *, level: float = 0.95
    ) -> pd.DataFrame:
        """See :func:`mlmteach.fit.readings.combinations`."""
        from mlmteach.fit.readings import combinations

        return combinations(self.fit, weights, level=level)

    def simple_slopes(
        self,
        predictor: str,
        moderator: str,
        values: Sequence[float | str] | None = None,
        *,
        at: At | None = None,
        level: float = 0.95,
    ) -> PlacedTable:
        """See :func:`mlmteach.fit.readings.simple_slopes`."""
        from mlmteach.fit.readings import simple_slopes

        return simple_slopes(self.fit, predictor, moderator, values, at=at, level=level)

    def johnson_neyman(
        self, predictor: str, moderator: str, *, at: At | None = None, level: float = 0.95
    ) -> JohnsonNeyman:
        """See :func:`mlmteach.fit.johnson_neyman.johnson_neyman`."""
        from mlmteach.fit.johnson_neyman import johnson_neyman

        return johnson_neyman(self.fit, predictor, moderator, at=at, level=level)

    def contextual_effects(
        self, within: str, between: str, *, at: At | None = None, level: float = 0.95
    ) -> PlacedTable:
        """See :func:`mlmteach.fit.readings.contextual_effects`; between groups of level 2."""
        from mlmteach.fit.readings import contextual_effects

        return contextual_effects(self.fit, within, between, at=at, level=level)


@dataclass(frozen=True, eq=False, repr=False)
class RangesByGrouping:
    """How far coefficients range over the groups of one of two groupings.

    Parameters
    ----------
    fit : Fitted
    """

    fit: Fitted

    def plausible_range(
        self,
        coefficient: str,
        *,
        grouping: str | None = None,
        at: At | None = None,
        level: float = 0.95,
    ) -> PlausibleRange:
        """See :func:`mlmteach.fit.readings.plausible_range`."""
        from mlmteach.fit.readings import plausible_range

        return plausible_range(self.fit, coefficient, at=at, level=level, grouping=grouping)

    def share_negative(
        self,
        coefficient: str,
        *,
        grouping: str | None = None,
        at: At | Literal["own"] | None = None,
    ) -> Placed:
        """See :func:`mlmteach.fit.readings.share_negative`."""
        from mlmteach.fit.readings import share_negative

        return share_negative(self.fit, coefficient, at=at, grouping=grouping)


@dataclass(frozen=True, eq=False, repr=False)
class LayeredQuantities(SumsOfGamma, RangesByGrouping):
    """Quantities of a fit with two groupings: ``fit.quantities``.

    Parameters
    ----------
    fit : Layered

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("diameter ~ 1", group="plate * sample").fit(mlm.load("penicillin"))
    >>> fit.quantities.variance_shares()["share"].round(2).to_dict()
    {'plate': 0.15, 'sample': 0.79, 'residual': 0.06}
    """

    fit: Layered

    def icc(self, *, at: At | None = None) -> PlacedTable:
        """See :func:`mlmteach.fit.layered_readings.layered_icc`."""
        from mlmteach.fit.layered_readings import layered_icc

        return layered_icc(self.fit, at=at)

    def variance_shares(self, *, at: At | None = None) -> PlacedTable:
        """See :func:`mlmteach.fit.layered_readings.variance_shares`."""
        from mlmteach.fit.layered_readings import variance_shares

        return variance_shares(self.fit, at=at)

    @property
    def design_effect(self) -> Placed:
        """See :func:`mlmteach.fit.layered_readings.layered_design_effect`."""
        from mlmteach.fit.layered_readings import layered_design_effect

        return layered_design_effect(self.fit)

    def reliability(self, grouping: str | None = None) -> pd.DataFrame:
        """See :func:`mlmteach.fit.layered_readings.layered_reliability`."""
        from mlmteach.fit.layered_readings import layered_reliability

        return layered_reliability(self.fit, grouping)


@dataclass(frozen=True, eq=False)
class LayeredDiagnostics:
    """Residuals at each level, tests of them, and influence of groups: ``fit.diagnostics``.

    Parameters
    ----------
    fit : Layered

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> fit.diagnostics.normality()[["level", "residual", "p"]].round(2)
       level          residual     p
    0      1  level-1 residual  0.51
    1      2    U of Intercept  0.15
    2      3    V of Intercept  0.80
    """

    fit: Layered

    def __repr__(self) -> str:
        return f"<Diagnostics of a fit: {_verbs(self)}>"

    def level1(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.layered_diagnostics.row_residuals`."""
        from mlmteach.fit.layered_diagnostics import row_residuals

        return row_residuals(self.fit)

    def level2(self) -> pd.DataFrame:
        """Residuals of the groups of level 2, or of the first of two crossed groupings.

        See :func:`mlmteach.fit.layered_diagnostics.group_residuals`.
        """
        from mlmteach.fit.layered_diagnostics import group_residuals

        return group_residuals(self.fit, self.fit.model.grouping.names[0])

    def level3(self) -> pd.DataFrame:
        """Residuals of the groups of level 3, or of the second of two crossed groupings.

        See :func:`mlmteach.fit.layered_diagnostics.group_residuals`.
        """
        from mlmteach.fit.layered_diagnostics import group_residuals

        return group_residuals(self.fit, self.fit.model.grouping.names[1])

    def distances(self, grouping: str | None = None) -> pd.Series[float]:
        """See :func:`mlmteach.fit.layered_diagnostics.group_distances`."""
        from mlmteach.fit.layered_diagnostics import group_distances

        return group_distances(self.fit, grouping)

    def group_dispersion(self, grouping: str | None = None) -> pd.DataFrame:
        """See :func:`mlmteach.fit.assumptions.group_dispersion`."""
        from mlmteach.fit.assumptions import group_dispersion

        return group_dispersion(self.fit, grouping)

    def robustness(self, kind: Robust | None = None) -> Robustness:  # noqa: ARG002
        """There are no robust standard errors with two groupings: this says what there is."""
        raise OptionError(
            "Standard errors of the model are compared with robust ones, and with two groupings "
            "there are none.",
            "Compare them with those of .bootstrap(), or look at .diagnostics.influence().",
        )

    def normality(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.layered_diagnostics.layered_normality`."""
        from mlmteach.fit.layered_diagnostics import layered_normality

        return layered_normality(self.fit)

    def equal_variance(self) -> pd.DataFrame:
        """See :func:`mlmteach.fit.layered_diagnostics.layered_equal_variance`."""
        from mlmteach.fit.layered_diagnostics import layered_equal_variance

        return layered_equal_variance(self.fit)

    def influence(self, grouping: str | None = None, *, progress: bool = True) -> Influence:
        """See :func:`mlmteach.fit.layered_diagnostics.layered_influence`."""
        from mlmteach.fit.layered_diagnostics import layered_influence

        return layered_influence(self.fit, grouping, progress=progress)


@dataclass(frozen=True, eq=False, repr=False)
class QuantitiesOnOutcome(SumsOfGamma):
    """Quantities that all fits to a yes/no outcome or a count have, with one grouping or with two.

    Parameters
    ----------
    fit : NonNormal
    """

    fit: NonNormal

    def ratios(self, *, level: float = 0.95) -> pd.DataFrame:
        """See :func:`mlmteach.fit.marginal_effects.ratios`."""
        from mlmteach.fit.marginal_effects import ratios

        return ratios(self.fit, level=level)

    def expected(self, *, at: At | None = None, level: float = 0.95) -> ExpectedOutcome:
        """See :func:`mlmteach.fit.marginal_effects.expected`."""
        from mlmteach.fit.marginal_effects import expected

        return expected(self.fit, at=at, level=level)

    def average_effects(self, *, level: float = 0.95) -> pd.DataFrame:
        """See :func:`mlmteach.fit.marginal_effects.average_effects`."""
        from mlmteach.fit.marginal_effects import average_effects

        return average_effects(self.fit, level=level)


@dataclass(frozen=True, eq=False, repr=False)
class GeneralizedQuantities(QuantitiesOnOutcome):
    """Quantities of a fit to a yes/no outcome or a count: ``fit.quantities``.

    Parameters
    ----------
    fit : Generalized

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    >>> fit = model.fit(mlm.load("cbpp"))
    >>> float(fit.quantities.ratios().loc["period[T.4]", "ratio"].round(2))
    0.21
    """

    fit: Generalized

    def icc(self, *, at: At | None = None) -> Placed:
        """See :func:`mlmteach.fit.marginal_effects.latent_icc`."""
        from mlmteach.fit.marginal_effects import latent_icc

        return latent_icc(self.fit, at=at)

    def median_ratio(self, *, at: At | None = None) -> Placed:
        """See :func:`mlmteach.fit.marginal_effects.median_ratio`."""
        from mlmteach.fit.marginal_effects import median_ratio

        return median_ratio(self.fit, at=at)

    def plausible_range(
        self, coefficient: str, *, at: At | None = None, level: float = 0.95
    ) -> PlausibleRange:
        """See :func:`mlmteach.fit.readings.plausible_range`."""
        from mlmteach.fit.readings import plausible_range

        return plausible_range(self.fit, coefficient, at=at, level=level)

    def share_negative(self, coefficient: str, *, at: At | Literal["own"] | None = None) -> Placed:
        """See :func:`mlmteach.fit.readings.share_negative`."""
        from mlmteach.fit.readings import share_negative

        return share_negative(self.fit, coefficient, at=at)


@dataclass(frozen=True, eq=False, repr=False)
class NestedQuantities(QuantitiesOnOutcome, RangesByGrouping):
    """Quantities of a three-level fit to a yes/no outcome or a count: ``fit.quantities``.

    Parameters
    ----------
    fit : NestedGeneralized

    Examples
    --------
    >>> import mlmteach as mlm
    >>> model = mlm.Model("TICKS ~ 1", group="LOCATION/BROOD", family="poisson")
    >>> found = model.fit(mlm.load("grouseticks")).quantities.expected()
    >>> round(found.typical, 2), round(found.average, 2)
    (1.69, 6.01)
    """

    fit: NestedGeneralized

    def icc(self) -> pd.Series[float]:
        """See :attr:`mlmteach.fit.nested_generalized.NestedGeneralized.icc`."""
        return self.fit.icc

    def median_ratio(self) -> pd.Series[float]:
        """See :func:`mlmteach.fit.nested_generalized.median_ratios`."""
        from mlmteach.fit.nested_generalized import median_ratios

        return median_ratios(self.fit)


@dataclass(frozen=True, eq=False)
class OutcomeDiagnostics:
    """Over-dispersion and residuals of all fits to a yes/no outcome or a count.

    Parameters
    ----------
    fit : NonNormal
    """

    fit: NonNormal

    def __repr__(self) -> str:
        return f"<Diagnostics of a fit: {_verbs(self)}>"

    def overdispersion(
        self, *, n: int = 250, seed: int | None = 1, progress: bool = True
    ) -> Overdispersion:
        """See :func:`mlmteach.fit.overdispersion.overdispersion`."""
        from mlmteach.fit.overdispersion import overdispersion

        return overdispersion(self.fit, n=n, seed=seed, progress=progress)

    def binned(self, by: str | None = None, *, bins: int | None = None) -> pd.DataFrame:
        """See :func:`mlmteach.fit.overdispersion.binned_residuals`."""
        from mlmteach.fit.overdispersion import binned_residuals

        return binned_residuals(self.fit, by, bins=bins)


@dataclass(frozen=True, eq=False, repr=False)
class GeneralizedDiagnostics(OutcomeDiagnostics):
    """Over-dispersion, residuals, and influence of groups: ``fit.diagnostics``.

    Parameters
    ----------
    fit : Generalized
    """

    fit: Generalized

    def influence(self, *, progress: bool = True) -> Influence:
        """See :func:`mlmteach.fit.generalized_simulate.influence`."""
        from mlmteach.fit.generalized_simulate import influence

        return influence(self.fit, progress=progress)


@dataclass(frozen=True, eq=False, repr=False)
class NestedDiagnostics(OutcomeDiagnostics):
    """Over-dispersion, residuals, and influence of groups of either level: ``fit.diagnostics``.

    Parameters
    ----------
    fit : NestedGeneralized

    Examples
    --------
    >>> import mlmteach as mlm
    >>> ticks = mlm.load("grouseticks")
    >>> fit = mlm.Model("TICKS ~ 1", group="LOCATION/BROOD", family="poisson").fit(ticks)
    >>> fit.diagnostics.influence()
    <Influence of 63 groups: the largest Cook's distance is 0.066, of LOCATION 51; see .table>
    """

    fit: NestedGeneralized

    def influence(self, grouping: str | None = None, *, progress: bool = True) -> Influence:
        """See :func:`mlmteach.fit.generalized_simulate.influence`."""
        from mlmteach.fit.generalized_simulate import influence

        return influence(self.fit, grouping, progress=progress)


def _verbs(thing: object) -> str:
    return ", ".join(name for name in dir(type(thing)) if not name.startswith("_"))
