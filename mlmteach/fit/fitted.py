"""What every fit has, whatever the distribution of its outcome and however many its groupings.

What there is one of for each grouping, such as T and the U's of its groups, is in
:class:`GroupEffects`; a fit has one of them or two.  :class:`TwoLevel` says that it is one,
:class:`TwoGroupings` that there are two.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
import pandas as pd

from mlmteach.errors import DataError, ModelError, OptionError, suggest
from mlmteach.fit.theta import theta_of
from mlmteach.model.estimates import Estimates
from mlmteach.model.grouping import LETTERS, MATRICES
from mlmteach.model.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike

    from mlmteach.arrays import FloatArray
    from mlmteach.fit.design import Design, Layer, LayeredDesign
    from mlmteach.model.structure import Structure

__all__ = ["Fitted", "GroupEffects", "TwoGroupings", "TwoLevel", "require_fit"]

T = TypeVar("T")


class Fitted(ABC):
    """The estimates of a multilevel model.

    Attributes
    ----------
    model : Structure
        Bound to the data.
    design : Design or LayeredDesign
    frame : pandas.DataFrame
        The rows that were used.
    messages : tuple of str
        What the fit has to say: zeros in T, a search that fell short, units to be changed.
    """

    model: Structure
    design: Design | LayeredDesign
    frame: pd.DataFrame
    messages: tuple[str, ...]

    # what each kind of fit computes in its own way

    @property
    @abstractmethod
    def params(self) -> pd.Series[float]:
        """γ, the fixed coefficients, (p,)."""

    @property
    @abstractmethod
    def _vcov(self) -> FloatArray:
        """The covariance matrix of the estimated γ, (p, p)."""

    @property
    @abstractmethod
    def relative_factor(self) -> FloatArray:
        """Λ, lower triangular, (q, q): T is ΛΛ' times σ², or ΛΛ' where there is no σ².

        With two groupings it has the Λ of both on its diagonal.
        """

    @property
    @abstractmethod
    def covariance(self) -> FloatArray:
        """T, (q, q); with two groupings, the matrices of both on its diagonal."""

    @property
    @abstractmethod
    def ngroups(self) -> int | dict[str, int]:
        """The number of groups; of each grouping, where there are two."""

    @property
    @abstractmethod
    def cov_re(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """The covariance matrix of the effects; of those of each grouping, where there are two."""

    @property
    @abstractmethod
    def random_effects(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """The predicted effects, one row a group; of each grouping, where there are two."""

    @property
    @abstractmethod
    def random_effects_se(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Their conditional standard deviations."""

    @property
    @abstractmethod
    def random_effects_cov(self) -> FloatArray | dict[str, FloatArray]:
        """Their covariance matrices given the data, (J, q, q)."""

    @property
    @abstractmethod
    def layers(self) -> tuple[Design | Layer, ...]:
        """The rows as each grouping has them: Z, codes, groups."""

    @property
    @abstractmethod
    def rows(self) -> Fitted:
        """The fit for whoever needs its rows: itself, where they are in memory."""

    @property
    @abstractmethod
    def criterion(self) -> float:
        """-2 log-likelihood, or the REML criterion."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """The number of estimated parameters."""

    @property
    @abstractmethod
    def nobs(self) -> int:
        """The number of rows used."""

    @property
    @abstractmethod
    def residual_variances(self) -> pd.Series[float]:
        """σ², or that of each category; empty where the outcome has no ε."""

    @property
    @abstractmethod
    def converged(self) -> bool:
        """Whether the search ended at an optimum."""

    @property
    @abstractmethod
    def singular(self) -> bool:
        """Whether T is singular: a variance of zero or a correlation of one."""

    @property
    @abstractmethod
    def is_robust(self) -> bool:
        """Whether the standard errors of γ are robust ones."""

    if TYPE_CHECKING:  # a field of one kind, which a property here would give a default

        @property
        def reml(self) -> bool:
            """Whether it is by restricted maximum likelihood."""

    @abstractmethod
    def draw(self, generator: np.random.Generator) -> FloatArray:
        """Draw one outcome from the fitted model, with new U, (n,)."""

    @property
    @abstractmethod
    def estimates(self) -> Estimates:
        """γ with its standard errors, covariances and df, T and σ², for what follows from them."""

    @abstractmethod
    def contrast_df(self, contrasts: ArrayLike) -> FloatArray:
        """Degrees of freedom of linear combinations of γ, (m, p) to (m,)."""

    # what follows

    @cached_property
    def effects(self) -> tuple[GroupEffects, ...]:
        """What varies between the groups of each grouping, that of level 2 first."""
        return tuple(GroupEffects(self, k) for k in range(len(self.layers)))

    def effects_of(self, grouping: str | None = None) -> GroupEffects:
        """Choose a grouping by its name; that of level 2 where none is named.

        Raises
        ------
        OptionError
            When the model has no such grouping.
        """
        if grouping is None:
            return self.effects[0]
        for effects in self.effects:
            if effects.name == grouping:
                return effects
        raise OptionError(
            f"The model has no grouping '{grouping}'.",
            suggest(str(grouping), [effects.name for effects in self.effects]),
        )

    @property
    def shape(self) -> float | None:
        """Of a negative binomial outcome; None for others."""
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the fit."""
        return self.messages

    def cov_params(self) -> pd.DataFrame:
        """The covariance matrix of the estimated γ, (p, p)."""
        names = list(self.design.x_names)
        return pd.DataFrame(self._vcov, index=names, columns=names)

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard errors of γ, (p,)."""
        return self._by_term(np.sqrt(np.diag(self._vcov)), "bse")

    @cached_property
    def fixed_part(self) -> FloatArray:
        """X γ, (n,)."""
        self.require_rows()
        part: FloatArray = self.design.X @ self.params.to_numpy()
        return part

    @cached_property
    def theta(self) -> FloatArray:
        """The free elements of Λ column by column, as lme4's theta, (k,)."""
        return theta_of(self.relative_factor, self.design.blocks)

    @cached_property
    def places(self) -> Places:
        """Where the predictors of the model lie in these data."""
        census = self.design.census
        return Places(self.model, self.frame if census is None else census.witnesses, census)

    @property
    def llf(self) -> float:
        """The log-likelihood, restricted under REML."""
        return -self.criterion / 2.0

    @property
    def aic(self) -> float:
        """Akaike's criterion, from :attr:`llf`."""
        return self.criterion + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, from :attr:`llf` with n the number of rows (as lme4)."""
        return self.criterion + float(np.log(self.nobs)) * self.n_parameters

    @property
    def dropped(self) -> int:
        """The number of rows left out because of missing values."""
        return self.design.dropped

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of γ, (p,)."""
        return self._by_term(self.contrast_df(np.eye(len(self.params))), "df")

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """γ divided by its standard error, (p,)."""
        return self._by_term(self.params.to_numpy() / self.bse.to_numpy(), "tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of γ = 0, by the t distribution with :attr:`df`, (p,)."""
        from scipy.special import stdtr  # late: importing the package needs no SciPy

        tail = stdtr(self.df.to_numpy(), -np.abs(self.tvalues.to_numpy()))
        return self._by_term(np.asarray(2.0 * tail, dtype=np.float64), "pvalues")

    def require_rows(self) -> None:
        """Refuse what needs all rows where they came in chunks."""
        if self.design.census is not None:
            raise DataError(
                "The rows of this fit came in chunks and were not kept.",
                "Use fit.predict(chunk) for some of them; fit.rows is the fit of a sample.",
            )

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[type-var]

    def _by_term(self, values: FloatArray, name: str) -> pd.Series[float]:
        return pd.Series(values, index=list(self.design.x_names), name=name)


@dataclass(frozen=True, eq=False)
class GroupEffects:
    """What varies between the groups of one grouping, as a fit has it.

    Attributes
    ----------
    fit : Fitted
    position : int
        0 for level 2, or the first of two crossed groupings; 1 for the other.

    Examples
    --------
    >>> import mlmteach as mlm
    >>> fit = mlm.Model("strength ~ 1", group="batch/cask").fit(mlm.load("pastes"))
    >>> [(effects.name, effects.letter, effects.ngroups) for effects in fit.effects]
    [('cask', 'U', 30), ('batch', 'V', 10)]
    """

    fit: Fitted
    position: int

    @property
    def name(self) -> str:
        """The grouping column."""
        model = self.fit.model
        return model.grouping.names[self.position] if self.position else model.group

    @property
    def letter(self) -> str:
        """U, or V for the second grouping."""
        return LETTERS[self.position]

    @property
    def matrix(self) -> str:
        """T, or Φ for the second grouping: their covariance matrix."""
        return MATRICES[self.position]

    @property
    def layer(self) -> Design | Layer:
        """Z, codes and groups."""
        return self.fit.layers[self.position]

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients that vary."""
        return self.layer.z_names

    @property
    def ngroups(self) -> int:
        """The number of groups."""
        return self._own(self.fit.ngroups)

    @property
    def labels(self) -> pd.Index[Any]:
        """The labels of the groups; with three levels, those of level 2 are pairs."""
        groups = self.layer.groups
        return groups if groups.nlevels > 1 else groups.rename(self.name)

    @property
    def cov_re(self) -> pd.DataFrame:
        """Their covariance matrix, (q, q)."""
        return self._own(self.fit.cov_re)

    @property
    def random_effects(self) -> pd.DataFrame:
        """The predicted effects, (J, q)."""
        return self._own(self.fit.random_effects)

    @property
    def random_effects_se(self) -> pd.DataFrame:
        """Their conditional standard deviations, (J, q)."""
        return self._own(self.fit.random_effects_se)

    @property
    def random_effects_cov(self) -> FloatArray:
        """Their covariance matrices given the data, (J, q, q)."""
        return self._own(self.fit.random_effects_cov)

    def per_row(self) -> FloatArray:
        """What the predicted effects add to the fixed part in each row, (n,)."""
        effects = self.random_effects.to_numpy()[self.layer.codes]  # (n, q)
        part: FloatArray = np.einsum("nq,nq->n", self.layer.Z, effects)
        return part

    def _own(self, value: T | dict[str, T]) -> T:
        return value[self.name] if isinstance(value, dict) else value


class TwoLevel(Fitted):
    """The estimates of a model with one grouping: of γ, T, and the U's of its groups."""

    design: Design

    @property
    @abstractmethod
    def cov_re(self) -> pd.DataFrame:
        """T, the covariance matrix of the U, (q, q)."""

    @property
    @abstractmethod
    def random_effects(self) -> pd.DataFrame:
        """The predicted U, one row a group, one column a U, (J, q)."""

    @property
    @abstractmethod
    def random_effects_cov(self) -> FloatArray:
        """Covariance of U given the data, at the estimated γ and T, (J, q, q)."""

    @property
    def covariance(self) -> FloatArray:
        """T, (q, q)."""
        return self.cov_re.to_numpy()

    @cached_property
    def random_effects_se(self) -> pd.DataFrame:
        """Conditional standard deviations of the U, (J, q); lme4's ``condVar``."""
        diagonal = np.einsum("jaa->ja", self.random_effects_cov)
        return self._by_group(np.sqrt(np.clip(diagonal, 0.0, None)))

    @property
    def ngroups(self) -> int:
        """The number of groups."""
        return len(self.design.groups)

    @property
    def layers(self) -> tuple[Design, ...]:
        """The one design."""
        return (self.design,)

    def _by_group(self, values: FloatArray) -> pd.DataFrame:
        index = self.design.groups.rename(self.model.group)
        return pd.DataFrame(values, index=index, columns=list(self.design.z_names))


class TwoGroupings(Fitted):
    """The estimates of a model with two groupings, three levels or crossed.

    What there is one of for each grouping, such as T, is a dictionary with the names of the
    groupings, that of level 2 (or the first of two crossed ones) first.
    """

    design: LayeredDesign

    @property
    @abstractmethod
    def random_effects_cov(self) -> dict[str, FloatArray]:
        """Covariance of the effects of each group given the data, (J_k, q_k, q_k)."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The rows as each grouping has them: Z, codes, groups."""
        return self.design.layers

    @property
    def ngroups(self) -> dict[str, int]:
        """The number of groups of each grouping."""
        return {layer.name: len(layer.groups) for layer in self.layers}

    @cached_property
    def cov_re(self) -> dict[str, pd.DataFrame]:
        """The covariance matrix of the effects of each grouping, (q_k, q_k).

        With three levels, T of the U's and Φ of the V's.
        """
        found, end = {}, 0
        for layer in self.layers:
            names = list(layer.z_names)
            place = slice(end, end + len(names))
            found[layer.name] = pd.DataFrame(self.covariance[place, place], names, names)
            end = place.stop
        return found

    @cached_property
    def estimates(self) -> Estimates:
        """γ with its standard errors, covariances and df, T and Φ, and σ² where there is one."""
        lower, upper = self.cov_re.values()
        sigma2 = self.residual_variances.to_numpy()
        return Estimates(
            params=self.params,
            bse=self.bse,
            cov_re=lower,
            cov_re3=upper,
            scale=float(sigma2[0]) if len(sigma2) else np.nan,
            vcov=self.cov_params(),
            df=self.contrast_df,
            shape=self.shape,
        )

    @cached_property
    def random_effects_se(self) -> dict[str, pd.DataFrame]:
        """Conditional standard deviations of the effects, (J_k, q_k); lme4's ``condVar``."""
        return self._by_groups(
            np.sqrt(np.clip(np.einsum("jaa->ja", covariances), 0.0, None))
            for covariances in self.random_effects_cov.values()
        )

    def _by_groups(self, parts: Iterable[FloatArray]) -> dict[str, pd.DataFrame]:
        """Label what the groups of each grouping have, (J_k, q_k)."""
        return {
            layer.name: pd.DataFrame(part, index=layer.groups, columns=list(layer.z_names))
            for layer, part in zip(self.layers, parts, strict=True)
        }


def require_fit(fit: object, what: str) -> None:
    """Refuse what is no fit, such as a table of data.

    Parameters
    ----------
    fit : object
    what : str
        What shows it, to begin the message.

    Raises
    ------
    ModelError
    """
    if not isinstance(fit, Fitted):
        raise ModelError(
            f"{what} shows a fit, and not a {type(fit).__name__}.",
            "Give what a model's fit(data) returns.",
        )
