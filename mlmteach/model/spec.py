"""The model: written once, from which design, fit, equations and sentences all come."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.model.formula import join, parse_outcome
from mlmteach.model.structure import (
    Structure,
    checked_covariance,
    checked_text,
    make_coefficients,
    validate,
)
from mlmteach.model.symbols import Coefficient, Covariance
from mlmteach.model.terms import INTERCEPT

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.equations import Equations
    from mlmteach.fit import Fit
    from mlmteach.fit.engines import Engine
    from mlmteach.fit.power import Power
    from mlmteach.interpret import Assumptions, Interpretation
    from mlmteach.model.notation import Notation
    from mlmteach.translate import Code

__all__ = ["Model"]


@dataclass(frozen=True, init=False)
class Model(Structure):
    """A two-level multilevel model: a level-1 equation and the equations of its coefficients.

    Parameters
    ----------
    formula : str
        The level-1 equation, such as ``"mathach ~ ses + minority + female"``: the outcome and the
        predictors that differ between the units of a group.
    group : str
        The column that names the group of each unit.
    level2 : mapping of str to str, optional
        The level-2 equation of each level-1 coefficient.  A key is a level-1 term, or
        ``"intercept"``; a value such as ``"size + U"`` lists level-2 predictors, and ``U`` makes
        the coefficient random.  ``0 +`` leaves out the mean γ_q0.  Left out, the intercept is
        ``"1 + U"`` and every other coefficient ``"1"``.
    covariance : {"unstructured", "diagonal"}, optional
        Whether the U's of a group may correlate.  A tuple of tuples of names of coefficients
        says which of them may.
    codebook : Codebook, mapping or path, optional
        What the columns mean; data sets of this package bring their own.
    data : pandas.DataFrame, optional
        Data to hold the model against at once, as :meth:`bind` does.

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
        covariance: Covariance = "unstructured",
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
        data: pd.DataFrame | None = None,
    ) -> None:
        outcome, terms = parse_outcome(checked_text(formula, "formula"))
        group = checked_text(group, "group")
        bare = make_coefficients(terms, level2 or {}, formula)
        validate(outcome, group, bare)
        self._set(
            outcome=outcome,
            group=group,
            bare=bare,
            coefficients=bare,
            covariance=checked_covariance(covariance, bare),
            codebook=codebook,
            bound=False,
        )
        if data is not None:
            bound = self.bind(data)
            self._set(coefficients=bound.coefficients, codebook=bound.codebook, bound=True)

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    # --- data and equations --------------------------------------------------------------

    def bind(self, data: pd.DataFrame) -> Model:
        """Hold the model against data: check every variable and name every contrast.

        Parameters
        ----------
        data : pandas.DataFrame, shape (n, columns)
            One row a level-1 unit.

        Returns
        -------
        Model
            The same model; its categorical predictors have one coefficient a contrast, and it
            knows the codebook of the data.

        Raises
        ------
        ModelError
            If a variable is unknown or stands at the wrong level.
        DataError
            If the data hold something that cannot be used.

        Examples
        --------
        >>> import mlmteach as mlm
        >>> model = Model("normexam ~ standLRT + sex", group="school").bind(mlm.load("exam"))
        >>> [gamma.name for gamma in model.gammas]
        ['Intercept', 'standLRT', 'sex[T.F]']
        """
        from mlmteach.model.encoding import encode

        return encode(self, data).model

    def _with(self, *, coefficients: tuple[Coefficient, ...], codebook: Codebook | None) -> Model:
        """Return the bound model."""
        bound = copy.copy(self)
        for cached in ("gammas", "random"):
            bound.__dict__.pop(cached, None)
        bound._set(coefficients=coefficients, codebook=codebook, bound=True)
        return bound

    @property
    def level1(self) -> Equations:
        """The level-1 equation, to display."""
        return self.equations(parts=("level1",))

    @property
    def level2(self) -> Equations:
        """The level-2 equations, to display."""
        return self.equations(parts=("level2",))

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

    # --- the way to a fit, and other ways in ---------------------------------------------

    def fit(self, data: pd.DataFrame, *, reml: bool = True, engine: Engine = "profiled") -> Fit:
        """Estimate the model; see :func:`mlmteach.fit.fit`."""
        from mlmteach.fit import fit

        return fit(self, data, reml=reml, engine=engine)

    def power(self, term: str, **plan: Any) -> Power:
        """Estimate by simulation how often a planned study finds a γ.

        The plan has ``groups``, ``size``, ``gamma``, ``tau``, ``sigma2`` and more; see
        :func:`mlmteach.fit.power.power`.
        """
        from mlmteach.fit.power import power

        return power(self, term, **plan)

    @classmethod
    def from_formula(
        cls,
        formula: str,
        *,
        data: pd.DataFrame | None = None,
        level2: Iterable[str] = (),
        group: str | None = None,
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
    ) -> Model:
        """Read an lme4 formula; see :func:`mlmteach.model.lme4.read_formula`."""
        from mlmteach.model.lme4 import read_formula

        written = read_formula(formula, data=data, level2=level2, group=group)
        return cls(
            written.level1,
            group=written.group,
            level2=written.level2,
            covariance=written.covariance,
            codebook=codebook,
            data=data,
        )

    @classmethod
    def from_equations(
        cls,
        text: str,
        *,
        group: str,
        data: pd.DataFrame | None = None,
        level2: Iterable[str] = (),
        notation: str | Notation | None = None,
        codebook: Codebook | Mapping[str, Any] | str | Path | None = None,
    ) -> Model:
        """Read HLM-style lines, Unicode text or LaTeX; see :func:`~.reading.read_equations`."""
        from mlmteach.model.reading import read_equations

        written = read_equations(
            text, group=group, data=data, level2=level2, notation=notation, codebook=codebook
        )
        return cls(
            written.level1,
            group=written.group,
            level2=written.level2,
            covariance=written.covariance,
            codebook=codebook,
            data=data,
        )

    def __repr__(self) -> str:
        level2 = {
            c.key: join(c.predictors, random=c.random)
            for c in self.bare
            if (c.predictors, c.random) != ((INTERCEPT,), not c.term)
        }
        parts = [repr(self.level1_formula), f"group={self.group!r}"]
        parts += [f"level2={level2!r}"] if level2 else []
        parts += [f"covariance={self.covariance!r}"] if self.covariance != "unstructured" else []
        return f"Model({', '.join(parts)})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.equations()._repr_mimebundle_()
