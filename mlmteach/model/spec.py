"""The model: written once, from which design, fit, equations and sentences all come."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmteach.model.formula import join, parse_outcome
from mlmteach.model.symbols import (
    Coefficient,
    Covariance,
    Equation,
    Gamma,
    full_equation,
    level1_equation,
    level2_equations,
)
from mlmteach.model.terms import INTERCEPT, Factor
from mlmteach.model.validation import (
    checked_covariance,
    checked_text,
    make_coefficients,
    validate,
)

if TYPE_CHECKING:
    import pandas as pd

    from mlmteach.data.codebook import Codebook
    from mlmteach.equations import Equations
    from mlmteach.fit import Fit
    from mlmteach.fit.engines import Engine
    from mlmteach.interpret import Interpretation

__all__ = ["Model"]


@dataclass(frozen=True, init=False)
class Model:
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

    outcome: Factor
    group: str
    bare: tuple[Coefficient, ...]
    covariance: Covariance
    coefficients: tuple[Coefficient, ...] = field(compare=False)
    codebook: Codebook | None = field(compare=False)
    bound: bool = field(compare=False)

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

    # --- the structure -------------------------------------------------------------------

    @cached_property
    def gammas(self) -> tuple[Gamma, ...]:
        """The fixed coefficients γ_qs, in order of q and s."""
        return tuple(gamma for c in self.coefficients for gamma in c.gammas)

    @cached_property
    def random(self) -> tuple[Coefficient, ...]:
        """The level-1 coefficients that have a U."""
        return tuple(c for c in self.coefficients if c.random)

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The U's that may correlate with each other, as positions in :attr:`random`."""
        if self.covariance == "unstructured":
            return (tuple(range(len(self.random))),)
        if self.covariance == "diagonal":
            return tuple((position,) for position in range(len(self.random)))
        return tuple(
            tuple(i for i, c in enumerate(self.random) if c.term.bare.name in block)
            for block in self.covariance
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """The data's columns that the model uses: outcome, predictors, group."""
        names = list(self.outcome.variables)
        for c in self.bare:
            names += [*c.term.variables, *(v for t in c.predictors for v in t.variables)]
        return tuple(dict.fromkeys([*names, self.group]))

    @property
    def level1_formula(self) -> str:
        """The level-1 equation as a formula, such as ``"mathach ~ 1 + ses"``."""
        return f"{self.outcome.expression} ~ {join(c.term for c in self.bare)}"

    @property
    def level2_formulas(self) -> dict[str, str]:
        """The level-2 equations as the ``level2`` argument takes them."""
        return {c.key: join(c.predictors, random=c.random) for c in self.bare}

    @property
    def formula(self) -> str:
        """The full model as an lme4 formula."""
        fixed = [(predictor * c.term).formula for c in self.bare for predictor in c.predictors]
        if "1" not in fixed:
            fixed.insert(0, "0")
        return f"{self.outcome.expression} ~ {' + '.join([*fixed, *self._random_formulas()])}"

    def _random_formulas(self) -> list[str]:
        random = [c for c in self.bare if c.random]
        if self.covariance == "unstructured":
            parts = [random]
        elif self.covariance == "diagonal":
            parts = [[c] for c in random]
        else:
            parts = [[c for c in random if c.term.name in block] for block in self.covariance]
        return [f"({join(c.term for c in part)} | {self.group})" for part in parts]

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

    # --- the equations -------------------------------------------------------------------

    @property
    def level1_equation(self) -> Equation:
        """The level-1 equation as structure."""
        return level1_equation(self.outcome, self.coefficients)

    @property
    def level2_equations(self) -> tuple[Equation, ...]:
        """The level-2 equations as structure, one a coefficient."""
        return level2_equations(self.coefficients)

    @property
    def full_equation(self) -> Equation:
        """The full equation as structure."""
        return full_equation(self.outcome, self.coefficients)

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

    def interpret(self, **options: Any) -> Interpretation:
        """Say in words what each symbol means; see :func:`mlmteach.interpret.interpret`."""
        from mlmteach.interpret import interpret

        return interpret(self, **options)

    # --- the way to a fit, and other ways in ---------------------------------------------

    def fit(self, data: pd.DataFrame, *, reml: bool = True, engine: Engine = "profiled") -> Fit:
        """Estimate the model; see :func:`mlmteach.fit.fit`."""
        from mlmteach.fit import fit

        return fit(self, data, reml=reml, engine=engine)

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
