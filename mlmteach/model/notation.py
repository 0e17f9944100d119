r"""How the symbols of a model are written: the conventions of textbooks, or your own.

A convention is a set of small templates in LaTeX.  In their indices ``q`` stands for the level-1
coefficient, ``s`` for the level-2 predictor and ``p`` for that of level 3; ``r`` and ``t`` are q
and s of a second coefficient.  Everything else is taken as it is.  So ``\gamma_{qs}`` gives γ_10
for q = 1 and s = 0.

The templates are those of two levels.  With three levels, or with two crossed groupings, a
convention adapts itself: indices are added, and what only such models have follows.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal

from mlmteach.errors import OptionError
from mlmteach.model.grouping import Grouping
from mlmteach.model.symbols import (
    Beta,
    Delta,
    Epsilon,
    Gamma,
    Offset,
    RandomEffect,
    Symbol,
    UpperEffect,
)

if TYPE_CHECKING:
    from mlmteach.model.structure import Structure

__all__ = ["PRESETS", "Glyph", "Level", "Notation", "as_notation"]

_TEMPLATE = re.compile(
    r"(?P<base>\\[A-Za-z]+|[A-Za-z])"
    r"(?:\^(?:\{(?P<sup1>[^{}]*)\}|(?P<sup1c>\w)))?"
    r"(?:_(?:\{(?P<sub>[^{}]*)\}|(?P<subc>\w)))?"
    r"(?:\^(?:\{(?P<sup2>[^{}]*)\}|(?P<sup2c>\w)))?"
)


Level = Literal[1, 2, 3]
"""The level of an equation, or of what stands in it; 3 also for the second of crossed groupings."""

_NOT_TEMPLATES = {
    "name", "unit", "group", "member", "third", "lone_slope", "short_upper", "layout", "nested",
    "crossed", "design",
}  # fmt: skip
_MAY_BE_EMPTY = {"correlation", "upper_correlation", "linear_predictor", "mean"}
_NEEDED = {
    "level1": "q", "level2": "q", "level3": "q", "beta": "q", "mean": "q", "gamma0": "s",
    "gamma": "qs", "effect": "q", "variance": "q", "covariance": "qr", "correlation": "qr",
    "delta0": "s", "delta": "qs", "upper": "q", "upper_variance": "q", "upper_covariance": "qr",
    "upper_correlation": "qr",
}  # fmt: skip
_NEEDED_NESTED = {
    "gamma0": "sp", "gamma": "qsp", "upper0": "s", "upper": "qs", "upper_variance0": "s",
    "upper_variance": "qs", "upper_covariance": "qsrt", "upper_correlation": "qsrt",
}  # fmt: skip
_OF_SLOPES = (
    "beta", "gamma", "effect", "variance", "covariance", "correlation", "delta", "upper",
    "upper_variance",
)  # fmt: skip
_GAMMAS = ("gamma0", "gamma")
_BETAS = ("intercept", "beta")
_OF_NESTED = (*_BETAS, "effect0", "effect", "residual")
_OF_THIRD = ("delta0", "delta", "upper0", "upper")
_OF_V = (
    "upper0", "upper", "upper_variance0", "upper_variance", "upper_covariance", "upper_correlation",
)  # fmt: skip
_OWN_ZERO = {"gamma", "effect", "variance", "delta", "upper", "upper_variance"}
"""What has a template of its own in the intercept's equation, its name with a zero behind."""


@dataclass(frozen=True)
class Glyph:
    r"""A letter with its indices, such as γ_10, before it becomes a string.

    Parameters
    ----------
    base : str
        The letter in LaTeX: ``\gamma``, ``U``.
    sub, sup : str
        What stands below and above it, in LaTeX.
    """

    base: str
    sub: str = ""
    sup: str = ""


@dataclass(frozen=True)
class Notation:
    r"""A convention for the symbols of a multilevel model.

    Parameters
    ----------
    name : str
        What the convention is called.
    outcome, level1, level2, level3 : str
        The outcome and the predictors, in equations that show symbols alone; ``q`` counts them.
    unit, group, third : str
        The indices of a level-1 variable and of a level-2 variable, and the one that three levels
        or a second grouping add.
    intercept, beta : str
        The level-1 coefficients β_0j and β_qj.
    gamma0, gamma : str
        The fixed coefficients of the intercept's equation and of the others'.
    mean : str
        The fixed coefficient of no predictor, θ_q, where it has a letter of its own; otherwise
        empty.
    effect0, effect : str
        The U of the intercept and of the others.
    residual : str
        The level-1 residual ε_ij.
    variance0, variance, covariance : str
        The variances of the U's and their covariances.
    residual_variance : str
        The variance of ε_ij.
    delta0, delta : str
        The coefficients of level 2, which three levels have: δ_0sk and δ_qsk.
    upper0, upper : str
        The V of the intercept's equation and of the others, V_qsk; with crossed groupings, the
        s of the template is left out.
    upper_variance0, upper_variance, upper_covariance, upper_correlation : str
        The same for the V's as for the U's.  The s and the ``t`` are left out if only the means
        δ_q0k have a V: φ_0², φ_1² and φ_01.
    member : str
        The index of a group in an equation of its units, where it is another one: ``j[i]`` if
        units are not counted within groups.
    correlation : str
        The correlation of two U's, where covariances are written as ρσσ; otherwise empty.
    lone_slope : bool
        Whether ``q`` is left out when the model has a single slope: β_j and not β_1j.
    short_upper : bool
        Whether the V's too are without s if only the means δ_q0k have one: v_0k and not v_00k.
    probability, rate : str
        The expected share of a yes/no outcome and the expected count, without their indices.
    linear_predictor : str
        The sum of the predictors under a link, without its indices; empty if it has no letter of
        its own, and the link of the expected outcome stands for it.
    trials, exposure : str
        The numbers of trials and the exposure, in equations that show symbols alone.
    layout : {"levels", "distributional"}
        Whether an equation ends in a residual, or names the distribution of its left side.
    nested, crossed : Notation, optional
        The convention for three levels and for crossed groupings, where it has other letters
        there.  Left out, it follows from this one: indices are added.

    Attributes
    ----------
    design : {"single", "nested", "crossed"}
        What :meth:`for_grouping` adapted it to.

    Examples
    --------
    >>> PRESETS["slides"].glyph("gamma", q=1, s=0)
    Glyph(base='\\gamma', sub='10', sup='')
    >>> PRESETS["slides"].glyph("gamma", q=10, s=2).sub
    '10,2'
    >>> own = Notation("own", effect0="u_{qj}", effect="u_{qj}", residual="e_{ij}")
    >>> own.for_grouping(Grouping(("class", "school"))).residual
    'e_{ijk}'
    """

    name: str
    outcome: str = "y"
    level1: str = "x_{q}"
    level2: str = "z_{q}"
    unit: str = "ij"
    group: str = "j"
    intercept: str = r"\beta_{qj}"
    beta: str = r"\beta_{qj}"
    gamma0: str = r"\gamma_{qs}"
    gamma: str = r"\gamma_{qs}"
    effect0: str = "U_{qj}"
    effect: str = "U_{qj}"
    residual: str = r"\varepsilon_{ij}"
    variance0: str = r"\tau_{q}^2"
    variance: str = r"\tau_{q}^2"
    covariance: str = r"\tau_{qr}"
    residual_variance: str = r"\sigma^2"
    member: str = ""
    correlation: str = ""
    lone_slope: bool = False
    probability: str = r"\pi"
    rate: str = r"\lambda"
    linear_predictor: str = ""
    trials: str = "n"
    exposure: str = "t"
    layout: Literal["levels", "distributional"] = "levels"
    third: str = "k"
    level3: str = "w_{q}"
    mean: str = ""
    delta0: str = r"\delta_{qsk}"
    delta: str = r"\delta_{qsk}"
    upper0: str = "V_{qsk}"
    upper: str = "V_{qsk}"
    upper_variance0: str = r"\varphi_{qs}^2"
    upper_variance: str = r"\varphi_{qs}^2"
    upper_covariance: str = r"\varphi_{qsrt}"
    upper_correlation: str = ""
    short_upper: bool = False
    nested: Notation | None = None
    crossed: Notation | None = None
    design: Literal["single", "nested", "crossed"] = field(default="single", init=False)

    def __post_init__(self) -> None:
        for entry in fields(self):
            if entry.name in _OF_THIRD and getattr(self, entry.name) == entry.default:
                own = str(entry.default).replace("k", self.third)
                object.__setattr__(self, entry.name, own)
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name in _NOT_TEMPLATES or (entry.name in _MAY_BE_EMPTY and not value):
                continue
            if not isinstance(value, str) or not _TEMPLATE.fullmatch(value):
                raise OptionError(
                    f"{entry.name}={value!r} is not a symbol.",
                    r"Write one letter with indices in LaTeX, such as '\gamma_{qs}'.",
                )
            self._check(entry.name, _NEEDED.get(entry.name, ""))
        for correlation, variance in (
            ("correlation", "variance"),
            ("upper_correlation", "upper_variance"),
        ):
            if getattr(self, correlation) and not all(
                self.glyph(variance, q=q).sup.endswith("2") for q in (0, 1)
            ):
                raise OptionError(
                    "A correlation needs standard deviations, and the variances are no squares.",
                    rf"Write them as squares, {variance}='\sigma_{{q}}^2', or leave "
                    f"`{correlation}` out.",
                )

    def _check(self, name: str, needed: str) -> None:
        """Refuse a template that lacks an index by which its symbols are told apart."""
        value = getattr(self, name)
        for index in needed:
            if index not in _pieces(value):
                raise OptionError(
                    f"{name}='{value}' has no '{index}', so that one symbol would stand "
                    "for several parameters.",
                    f"Put '{index}' among its indices.",
                )

    # --- adapted to a model --------------------------------------------------------------

    def for_model(self, model: Structure) -> Notation:
        """Adapt the convention to the groupings of a model, and to the number of its slopes."""
        slopes = sum(c.index > 0 for c in model.coefficients)
        adapted = self.for_grouping(model.grouping)
        if adapted.design == "nested" and all(e.s == 0 for e in model.upper_random):
            adapted = adapted._short()
        return adapted.for_slopes(slopes)

    def for_grouping(self, grouping: Grouping) -> Notation:
        r"""Adapt the convention to three levels or to two crossed groupings.

        The index of what lies at level 2 is followed by that of level 3, so β_qj becomes β_qjk, and
        γ_qs becomes γ_qsp; crossed groupings have units i(jk) and coefficients β_qjk, while the
        U's keep their j, and the V's have k alone.

        Examples
        --------
        >>> PRESETS["slides"].for_grouping(Grouping(("class", "school"))).gamma
        '\\gamma_{qsp}'
        >>> PRESETS["slides"].for_grouping(Grouping(("primary", "second"), crossed=True)).unit
        'i(jk)'
        """
        if len(grouping.names) == 1 or self.design != "single":
            return self
        return self._of_crossed() if grouping.crossed else self._of_nested()

    def _of_nested(self) -> Notation:
        adapted = self.nested
        if adapted is None:
            changed = {name: _inserted(getattr(self, name), "s", "p") for name in _GAMMAS}
            if not self.member:  # where groups are counted through, they need no second index
                changed |= {n: self._with_third(getattr(self, n)) for n in _OF_NESTED}
                changed |= {"unit": self.unit + self.third, "group": self.group + self.third}
            adapted = self._changed(changed)
        for name, needed in _NEEDED_NESTED.items():
            if getattr(adapted, name):
                adapted._check(name, needed)
        return adapted._changed({"design": "nested"})

    def _of_crossed(self) -> Notation:
        adapted = self.crossed
        if adapted is None:
            changed = {name: _without(getattr(self, name), "st") for name in _OF_V}
            if self.member:
                third = f"{self.third}[{self.unit}]"
                changed |= {n: _inserted(getattr(self, n), self.member, third) for n in _BETAS}
            else:
                units = self.unit.replace(self.group, "")
                unit = f"{units}({self.group}{self.third})"
                changed |= {n: self._with_third(getattr(self, n)) for n in _BETAS}
                changed |= {"unit": unit, "residual": self.residual.replace(self.unit, unit)}
            adapted = self._changed(changed)
        return adapted._changed({"design": "crossed"})

    def _short(self) -> Notation:
        """Leave out the s of the V's and of their variances: only means δ_q0k have a V."""
        names = _OF_V if self.short_upper else _OF_V[2:]
        return self._changed({name: _without(getattr(self, name), "st") for name in names})

    def _with_third(self, template: str) -> str:
        """Put the index of level 3 behind that of the units, or else behind that of the groups."""
        if self.unit in template:
            return template.replace(self.unit, self.unit + self.third)
        return _inserted(template, self.group, self.third)

    def for_slopes(self, number: int) -> Notation:
        """Adapt the convention to a model with so many slopes: a lone one may need no ``q``."""
        if number != 1 or not self.lone_slope:
            return self
        return self._changed({name: _without(getattr(self, name), "qr") for name in _OF_SLOPES})

    def _changed(self, changed: Mapping[str, str]) -> Notation:
        """Give a copy that is not checked: its symbols are told apart although they lack q or s."""
        bare = copy.copy(self)
        for name, value in changed.items():
            object.__setattr__(bare, name, value)
        return bare

    # --- symbols -------------------------------------------------------------------------

    def of(self, symbol: Symbol, *, level: Level = 1) -> Glyph:
        r"""Write a symbol of a model, in an equation of a level.

        Examples
        --------
        >>> from mlmteach.model.terms import INTERCEPT
        >>> PRESETS["slides"].of(UpperEffect(1, 0, INTERCEPT))
        Glyph(base='V', sub='10k', sup='')
        """
        match symbol:
            case Beta(q=q):
                return self.glyph("beta", q=q, level=level)
            case Delta(q=q, s=s):
                return self.glyph("delta", q=q, s=s, level=level)
            case Gamma(q=q, s=s, p=p):
                return self.glyph("gamma", q=q, s=s, p=p or 0, level=level)
            case RandomEffect(q=q):
                return self.glyph("effect", q=q, level=level)
            case UpperEffect(q=q, s=s):
                return self.glyph("upper", q=q, s=s or 0, level=level)
            case Epsilon():
                return self.glyph("residual", level=level)
            case Offset():
                raise AssertionError("an offset has no symbol")

    def glyph(
        self,
        symbol: str,
        *,
        q: int = 0,
        s: int = 0,
        p: int = 0,
        r: int = 0,
        t: int = 0,
        level: Level = 1,
    ) -> Glyph:
        """Fill the template of a symbol with its indices.

        Parameters
        ----------
        symbol : str
            The name of a field: ``"beta"``, ``"gamma"``, ``"effect"``, ``"variance"``, …; for q = 0
            the form of the intercept's equation is taken where there is one.
        q, s, p, r, t : int
            The indices.
        level : {1, 2, 3}
            Whether it stands in an equation of units or of groups: α_j[i] or α_j.

        Returns
        -------
        Glyph
        """
        if symbol == "gamma" and s == 0 and self.mean:
            symbol = "mean"
        elif q == 0 and symbol == "beta":
            symbol = "intercept"
        elif q == 0 and symbol in _OWN_ZERO:
            symbol += "0"
        match = _TEMPLATE.fullmatch(getattr(self, symbol))
        assert match is not None  # checked when the notation was made
        parts = match.groupdict(default="")
        values = {"q": q, "s": s, "r": r}
        values |= {"p": p} if symbol.startswith("gamma") else {}  # elsewhere p and t may be units
        values |= {"t": t} if symbol in {"upper_covariance", "upper_correlation"} else {}
        return Glyph(
            match["base"],
            self.index(_indices(parts["sub"] or parts["subc"], values), level),
            _indices(parts["sup1"] + parts["sup1c"] + parts["sup2"] + parts["sup2c"], values),
        )

    def of_unit(self, symbol: str) -> Glyph:
        r"""A symbol that each unit has its own of, with the index of units.

        Examples
        --------
        >>> PRESETS["slides"].of_unit("probability")
        Glyph(base='\\pi', sub='ij', sup='')
        """
        glyph = self.glyph(symbol)
        comma = "," if glyph.sub else ""
        return replace(glyph, sub=f"{glyph.sub}{comma}{self.unit}")

    def residual_variance_of(self, category: str) -> Glyph:
        r"""The variance of ε where it differs between categories, with one of them as index.

        Parameters
        ----------
        category : str
            In LaTeX: a category, or the variable whose value chooses one.

        Examples
        --------
        >>> PRESETS["slides"].residual_variance_of("1")
        Glyph(base='\\sigma', sub='1', sup='2')
        >>> PRESETS["singer-willett"].residual_variance_of(r"\text{F}").sub
        '\\varepsilon,\\text{F}'
        """
        glyph = self.glyph("residual_variance")
        return replace(glyph, sub=",".join(filter(None, (glyph.sub, category))))

    def deviation(self, q: int, *, s: int = 0, symbol: str = "variance") -> Glyph:
        """The standard deviation of a U or V: the letter of its variance without the square."""
        glyph = self.glyph(symbol, q=q, s=s, level=2)
        return replace(glyph, sup=glyph.sup.removesuffix("2"))

    def index(self, text: str, level: Level) -> str:
        """Write the indices of groups as units (level 1) or groups (level 2) see them."""
        if not self.member:
            return text
        text = text.replace(self.member, self.group)
        if self.design != "single":
            for seen in (self.unit, self.group):
                text = text.replace(f"{self.third}[{seen}]", self.third)
            by = {1: self.unit, 2: self.group if self.design == "nested" else ""}.get(level)
            text = text.replace(self.third, f"{self.third}[{by}]") if by else text
        return text.replace(self.group, self.member) if level == 1 else text


def _pieces(template: str) -> list[str]:
    return re.findall(r"\\[A-Za-z]+|.", template)


def _inserted(template: str, after: str, index: str) -> str:
    r"""Put an index behind another one.

    >>> _inserted(r"\beta_{qj}", "j", "k"), _inserted(r"\alpha_{j[i]}", "j[i]", "k[i]")
    ('\\beta_{qjk}', '\\alpha_{j[i]k[i]}')
    """
    base, *indices = re.split(r"(?=[_^])", template)
    pieces = re.escape(after)
    return base + "".join(
        re.sub(rf"(\\[A-Za-z]+)|{pieces}", lambda m: m[1] or after + index, part)
        for part in indices
    )


def _without(template: str, indices: str) -> str:
    r"""Leave out indices, and the pair of braces that they leave empty.

    >>> _without(r"\gamma_{s}^{\beta q}", "qr"), _without(r"\rho_{qr}", "qr")
    ('\\gamma_{s}^{\\beta}', '\\rho')
    """

    def bare(found: re.Match[str]) -> str:
        kept = (piece for piece in _pieces(found[0]) if piece not in indices)
        return "".join(kept).replace(" }", "}")

    return re.sub(r"[_^]\{\}", "", re.sub(r"\{[^{}]*\}", bare, template))


def _indices(template: str, values: dict[str, int]) -> str:
    r"""Put numbers in place of q, s, p, r and t; from ten on, commas part them.

    >>> _indices("qs", {"q": 1, "s": 0}), _indices("qs", {"q": 10, "s": 2})
    ('10', '10,2')
    """
    pieces = _pieces(template)
    numbers = [str(values[piece]) for piece in pieces if piece in values]
    long = any(len(number) > 1 for number in numbers)
    text = ""
    for position, piece in enumerate(pieces):
        if long and position and pieces[position - 1] in values:
            text += ","
        text += str(values.get(piece, piece))
    return text


_RAUDENBUSH_BRYK_NESTED = Notation(
    "raudenbush-bryk",
    outcome="Y",
    level1="a_{q}",
    level2="X_{q}",
    level3="W_{q}",
    unit="ijk",
    group="jk",
    intercept=r"\pi_{qjk}",
    beta=r"\pi_{qjk}",
    delta0=r"\beta_{qsk}",
    delta=r"\beta_{qsk}",
    gamma0=r"\gamma_{qsp}",
    gamma=r"\gamma_{qsp}",
    effect0="r_{qjk}",
    effect="r_{qjk}",
    upper0="u_{qsk}",
    upper="u_{qsk}",
    residual="e_{ijk}",
    variance0=r"\tau_{\pi qq}",
    variance=r"\tau_{\pi qq}",
    covariance=r"\tau_{\pi qr}",
    upper_variance0=r"\tau_{\beta qsqs}",
    upper_variance=r"\tau_{\beta qsqs}",
    upper_covariance=r"\tau_{\beta qsrt}",
    probability=r"\phi",
    linear_predictor=r"\eta",
    trials="m",
    exposure="m",
)
_RAUDENBUSH_BRYK_CROSSED = Notation(
    "raudenbush-bryk",
    outcome="Y",
    level1="a_{q}",
    level2="W_{q}",
    level3="X_{q}",
    unit="ijk",
    intercept=r"\pi_{qjk}",
    beta=r"\pi_{qjk}",
    mean=r"\theta_{q}",
    effect0="b_{q0j}",
    effect="b_{q0j}",
    upper0="c_{q0k}",
    upper="c_{q0k}",
    residual="e_{ijk}",
    variance0=r"\tau_{bqq}",
    variance=r"\tau_{bqq}",
    covariance=r"\tau_{bqr}",
    upper_variance0=r"\tau_{cqq}",
    upper_variance=r"\tau_{cqq}",
    upper_covariance=r"\tau_{cqr}",
    probability=r"\phi",
    linear_predictor=r"\eta",
    trials="m",
    exposure="m",
)

PRESETS = {
    preset.name: preset
    for preset in (
        Notation("slides"),
        Notation("snijders-bosker", residual="R_{ij}", probability="P"),
        Notation(
            "raudenbush-bryk",
            outcome="Y",
            level1="X_{q}",
            level2="W_{q}",
            effect0="u_{qj}",
            effect="u_{qj}",
            residual="r_{ij}",
            variance0=r"\tau_{qq}",
            variance=r"\tau_{qq}",
            probability=r"\phi",
            linear_predictor=r"\eta",
            trials="m",
            exposure="m",
            nested=_RAUDENBUSH_BRYK_NESTED,
            crossed=_RAUDENBUSH_BRYK_CROSSED,
        ),
        Notation(
            "hox",
            outcome="Y",
            level1="X_{q}",
            level2="Z_{q}",
            effect0="u_{qj}",
            effect="u_{qj}",
            residual="e_{ij}",
            variance0=r"\sigma_{uq}^2",
            variance=r"\sigma_{uq}^2",
            covariance=r"\sigma_{uqr}",
            residual_variance=r"\sigma_{e}^2",
            level3="W_{q}",
            upper0="v_{qsk}",
            upper="v_{qsk}",
            upper_variance0=r"\sigma_{vqs}^2",
            upper_variance=r"\sigma_{vqs}^2",
            upper_covariance=r"\sigma_{vqsrt}",
            short_upper=True,
        ),
        Notation(
            "gelman-hill",
            level2="u_{q}",
            unit="i",
            intercept=r"\alpha_{j[i]}",
            beta=r"\beta_{qj[i]}",
            gamma0=r"\gamma_{s}^{\alpha}",
            gamma=r"\gamma_{s}^{\beta q}",
            effect0=r"\eta_{j}^{\alpha}",
            effect=r"\eta_{j}^{\beta q}",
            residual=r"\varepsilon_{i}",
            variance0=r"\sigma_{\alpha}^2",
            variance=r"\sigma_{\beta q}^2",
            residual_variance=r"\sigma_{y}^2",
            member="j[i]",
            correlation=r"\rho_{qr}",
            lone_slope=True,
            probability="p",
            layout="distributional",
            delta0=r"\delta_{sk}^{\alpha}",
            delta=r"\delta_{sk}^{\beta q}",
            upper0=r"\zeta_{sk}^{\alpha}",
            upper=r"\zeta_{sk}^{\beta q}",
            upper_variance0=r"\sigma_{\zeta\alpha s}^2",
            upper_variance=r"\sigma_{\zeta\beta qs}^2",
            upper_covariance=r"\sigma_{\zeta qsrt}",
            upper_correlation=r"\rho_{qsrt}^{\zeta}",
            short_upper=True,
        ),
        Notation(
            "singer-willett",
            outcome="Y",
            level1="X_{q}",
            level2="Z_{q}",
            group="i",
            intercept=r"\pi_{qi}",
            beta=r"\pi_{qi}",
            effect0=r"\zeta_{qi}",
            effect=r"\zeta_{qi}",
            variance0=r"\sigma_{q}^2",
            variance=r"\sigma_{q}^2",
            covariance=r"\sigma_{qr}",
            residual_variance=r"\sigma_{\varepsilon}^2",
            probability="p",  # π is a coefficient
            level3="W_{q}",
            upper0=r"\xi_{qsk}",
            upper=r"\xi_{qsk}",
            upper_variance0=r"\sigma_{\xi qs}^2",
            upper_variance=r"\sigma_{\xi qs}^2",
            upper_covariance=r"\sigma_{\xi qsrt}",
        ),
    )
}
"""The conventions of textbooks; the slides follow Snijders & Bosker with ε for R.

Singer & Willett write of occasions in persons: person i comes first, occasion j second.

Three levels: Snijders & Bosker (2012, sections 4.9 and 5.5) have δ, V and φ²; Raudenbush & Bryk
(2002, chapter 8) π, β and γ with e, r and u; Hox (2010, chapter 2) writes one equation with v_0k,
u_0jk, e_ijk and the variances σ²_v0, σ²_u0, σ²_e, and the δ between is that of Snijders & Bosker.
Gelman & Hill name distributions, with the school k[j] of class j; Singer & Willett stop at two
levels, so δ, ξ and σ²_ξ continue what they began.

Crossed groupings: units i(jk) as in Rasbash & Browne (2001) and Hox (2010, chapter 9), with U_0j
and V_0k; Raudenbush & Bryk (2002, chapter 12) have θ, b and c.  They give the predictors of rows γ
and those of columns β; here both have γ_qs, with one count.
"""


def as_notation(notation: str | Notation) -> Notation:
    """Look up a preset by name; a notation of your own is returned as it is.

    Raises
    ------
    OptionError
        If there is no preset of that name.
    """
    if isinstance(notation, Notation):
        return notation
    if notation not in PRESETS:
        raise OptionError(
            f"There is no notation {notation!r}.",
            f"Choose one of {', '.join(PRESETS)}, or give a mlmteach.Notation of your own.",
        )
    return PRESETS[notation]
