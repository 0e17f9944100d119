r"""How the symbols of a model are written: the conventions of textbooks, or your own.

A convention is a set of small templates in LaTeX.  In their indices ``q`` stands for the level-1
coefficient, ``s`` for the level-2 predictor and ``r`` for a second coefficient; everything else is
taken as it is.  So ``\gamma_{qs}`` gives γ_10 for q = 1 and s = 0.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, fields, replace
from typing import Literal

from mlmteach.errors import OptionError

__all__ = ["PRESETS", "Glyph", "Notation", "as_notation"]

_TEMPLATE = re.compile(
    r"(?P<base>\\[A-Za-z]+|[A-Za-z])"
    r"(?:\^(?:\{(?P<sup1>[^{}]*)\}|(?P<sup1c>\w)))?"
    r"(?:_(?:\{(?P<sub>[^{}]*)\}|(?P<subc>\w)))?"
    r"(?:\^(?:\{(?P<sup2>[^{}]*)\}|(?P<sup2c>\w)))?"
)


_NOT_TEMPLATES = {"name", "unit", "group", "member", "lone_slope", "layout"}
_MAY_BE_EMPTY = {"correlation", "linear_predictor"}
_NEEDED = {
    "level1": "q", "level2": "q", "beta": "q", "gamma0": "s", "gamma": "qs", "effect": "q",
    "variance": "q", "covariance": "qr", "correlation": "qr",
}  # fmt: skip
_OF_SLOPES = ("beta", "gamma", "effect", "variance", "covariance", "correlation")


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
    r"""A convention for the symbols of a two-level model.

    Parameters
    ----------
    name : str
        What the convention is called.
    outcome, level1, level2 : str
        The outcome and the predictors, in equations that show symbols alone; ``q`` counts them.
    unit, group : str
        The indices of a level-1 variable and of a level-2 variable.
    intercept, beta : str
        The level-1 coefficients β_0j and β_qj.
    gamma0, gamma : str
        The fixed coefficients of the intercept's equation and of the others'.
    effect0, effect : str
        The U of the intercept and of the others.
    residual : str
        The level-1 residual ε_ij.
    variance0, variance, covariance : str
        The variances of the U's and their covariances.
    residual_variance : str
        The variance of ε_ij.
    member : str
        The index of a group in an equation of its units, where it is another one: ``j[i]`` if
        units are not counted within groups.
    correlation : str
        The correlation of two U's, where covariances are written as ρσσ; otherwise empty.
    lone_slope : bool
        Whether ``q`` is left out when the model has a single slope: β_j and not β_1j.
    probability, rate : str
        The expected share of a yes/no outcome and the expected count, without their indices.
    linear_predictor : str
        The sum of the predictors under a link, without its indices; empty if it has no letter of
        its own, and the link of the expected outcome stands for it.
    trials, exposure : str
        The numbers of trials and the exposure, in equations that show symbols alone.
    layout : {"levels", "distributional"}
        Whether an equation ends in a residual, or names the distribution of its left side.

    Examples
    --------
    >>> PRESETS["slides"].glyph("gamma", q=1, s=0)
    Glyph(base='\\gamma', sub='10', sup='')
    >>> PRESETS["slides"].glyph("gamma", q=10, s=2).sub
    '10,2'
    >>> own = Notation("own", effect0="u_{qj}", effect="u_{qj}", residual="e_{ij}")
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

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name in _NOT_TEMPLATES or (entry.name in _MAY_BE_EMPTY and not value):
                continue
            if not isinstance(value, str) or not _TEMPLATE.fullmatch(value):
                raise OptionError(
                    f"{entry.name}={value!r} is not a symbol.",
                    r"Write one letter with indices in LaTeX, such as '\gamma_{qs}'.",
                )
            for index in _NEEDED.get(entry.name, ""):
                if index not in re.findall(r"\\[A-Za-z]+|.", value):
                    raise OptionError(
                        f"{entry.name}='{value}' has no '{index}', so that one symbol would stand "
                        "for several parameters.",
                        f"Put '{index}' among its indices.",
                    )
        if self.correlation and not all(
            self.glyph("variance", q=q).sup.endswith("2") for q in (0, 1)
        ):
            raise OptionError(
                "A correlation needs standard deviations, and the variances are no squares.",
                r"Write them as squares, variance='\sigma_{q}^2', or leave `correlation` out.",
            )

    def for_slopes(self, number: int) -> Notation:
        """Adapt the convention to a model with so many slopes: a lone one may need no ``q``."""
        if number != 1 or not self.lone_slope:
            return self
        bare = copy.copy(self)  # unchecked: its symbols are told apart although they lack q
        for name in _OF_SLOPES:
            object.__setattr__(bare, name, _without_q(getattr(self, name)))
        return bare

    def glyph(
        self, symbol: str, *, q: int = 0, s: int = 0, r: int = 0, level: Literal[1, 2] = 1
    ) -> Glyph:
        """Fill the template of a symbol with its indices.

        Parameters
        ----------
        symbol : str
            The name of a field: ``"beta"``, ``"gamma"``, ``"effect"``, ``"variance"``, …; for q = 0
            the form of the intercept's equation is taken where there is one.
        q, s, r : int
            The indices.
        level : {1, 2}
            Whether it stands in an equation of units or of groups: α_j[i] or α_j.

        Returns
        -------
        Glyph
        """
        if q == 0 and symbol in {"beta", "gamma", "effect", "variance"}:
            symbol = "intercept" if symbol == "beta" else f"{symbol}0"
        match = _TEMPLATE.fullmatch(getattr(self, symbol))
        assert match is not None  # checked when the notation was made
        parts = match.groupdict(default="")
        values = {"q": q, "s": s, "r": r}
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

    def deviation(self, q: int) -> Glyph:
        """The standard deviation of a U: the letter of its variance without the square."""
        glyph = self.glyph("variance", q=q, level=2)
        return replace(glyph, sup=glyph.sup.removesuffix("2"))

    def index(self, text: str, level: Literal[1, 2]) -> str:
        """Write the group's index as units (level 1) or groups (level 2) see it."""
        if not self.member:
            return text
        text = text.replace(self.member, self.group)
        return text.replace(self.group, self.member) if level == 1 else text


def _without_q(template: str) -> str:
    r"""Leave out the indices q and r, and the pair of braces that they leave empty.

    >>> _without_q(r"\gamma_{s}^{\beta q}"), _without_q(r"\rho_{qr}")
    ('\\gamma_{s}^{\\beta}', '\\rho')
    """

    def bare(indices: re.Match[str]) -> str:
        pieces = re.findall(r"\\[A-Za-z]+|.", indices[0])
        return "".join(piece for piece in pieces if piece not in "qr").replace(" }", "}")

    return re.sub(r"[_^]\{\}", "", re.sub(r"\{[^{}]*\}", bare, template))


def _indices(template: str, values: dict[str, int]) -> str:
    r"""Put numbers in place of q, s and r; from ten on, commas part them.

    >>> _indices("qs", {"q": 1, "s": 0}), _indices("qs", {"q": 10, "s": 2})
    ('10', '10,2')
    """
    pieces = re.findall(r"\\[A-Za-z]+|.", template)
    numbers = [str(values[piece]) for piece in pieces if piece in values]
    long = any(len(number) > 1 for number in numbers)
    text = ""
    for position, piece in enumerate(pieces):
        if long and position and pieces[position - 1] in values:
            text += ","
        text += str(values.get(piece, piece))
    return text


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
        ),
    )
}
"""The conventions of textbooks; the slides follow Snijders & Bosker with ε for R.

Singer & Willett write of occasions in persons: person i comes first, occasion j second.
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
