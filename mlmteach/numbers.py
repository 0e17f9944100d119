"""Numbers as they are shown: in equations, sentences and tables alike.

An estimate is rounded where its standard error says that it becomes uncertain: to the place of
the second significant digit of the standard error.  Without one, three significant digits stay,
four from ten on: 0.413, 8.61, 39.15.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import NormalDist

__all__ = ["Rounded", "degrees", "normal_width", "p_value", "rounded"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALLEST = 1e-4  # below, powers of ten are easier to read than zeros
_LARGEST = 1e7


@dataclass(frozen=True)
class Rounded:
    r"""A number that was rounded, before it becomes a string.

    Parameters
    ----------
    negative : bool
        Whether it is below zero; a number that rounds to zero is not.
    digits : str
        The digits with a decimal point, trailing zeros kept: ``"2.10"``; empty where there is
        no number.
    power : int
        The power of ten that they are multiplied by, mostly 0.

    Examples
    --------
    >>> str(Rounded(True, "2.90", -5)), Rounded(True, "2.90", -5).latex
    ('−2.90 × 10⁻⁵', '-2.90 \\times 10^{-5}')
    """

    negative: bool
    digits: str
    power: int = 0

    @property
    def absolute(self) -> Rounded:
        """The number without its sign."""
        return Rounded(False, self.digits, self.power)

    @property
    def latex(self) -> str:
        """The number in LaTeX."""
        if not self.digits:
            return r"\text{n/a}"
        power = rf" \times 10^{{{self.power}}}" if self.power else ""
        return "-" * self.negative + self.digits + power

    def said(self, language: str = "en") -> str:
        """Give the number as it is read out, in English or German."""
        german = language == "de"
        if not self.digits:
            return "nicht verfügbar" if german else "not available"
        times = " mal zehn hoch " if german else " times ten to the "
        power = f"{times}{'minus ' * (self.power < 0)}{abs(self.power)}" if self.power else ""
        digits = self.digits.replace(".", ",") if german else self.digits
        return "minus " * self.negative + digits + power

    def __str__(self) -> str:
        if not self.digits:
            return "n/a"
        power = " × 10" + str(self.power).translate(_SUPERSCRIPTS) if self.power else ""
        return "−" * self.negative + self.digits + power


def rounded(value: float, *, se: float | None = None, digits: int | None = None) -> Rounded:
    """Round a number for display.

    Parameters
    ----------
    value : float
        The number.
    se : float, optional
        Its standard error, which decides the number of decimals.
    digits : int, optional
        The number of decimals, whatever the standard error is.

    Returns
    -------
    Rounded
        Its ``str()`` has a true minus sign.  A number that is not zero and would be shown as zero
        keeps two significant digits, unless its standard error is so large that it is zero for
        all that is known.

    Examples
    --------
    >>> str(rounded(12.6369, se=0.2436)), str(rounded(2.1, se=0.12)), str(rounded(-0.3))
    ('12.64', '2.10', '−0.300')
    >>> str(rounded(39.1483)), str(rounded(8.614)), str(rounded(39.1483, digits=1))
    ('39.15', '8.61', '39.1')
    >>> str(rounded(-0.000291, se=0.00011)), str(rounded(0.0000291)), str(rounded(-0.001, se=1.2))
    ('−0.00029', '2.91 × 10⁻⁵', '0.0')
    """
    value = float(value)
    if not isfinite(value):
        return Rounded(False, "")
    informed = se is not None and isfinite(se) and se > 0
    if digits is not None:
        decimals = digits
        if value and not round(abs(value), decimals):
            decimals = _place(value) + 1
    elif informed:
        assert se is not None
        decimals = _place(se) + 1
    else:
        significant = 3 if abs(value) < 10 else 4
        decimals = _place(value, significant) + significant - 1
    text = f"{abs(value):.{max(decimals, 0)}f}"
    size = float(text)
    if size and (size < _SMALLEST or size >= _LARGEST):
        places = max(decimals - _place(size, 16), 0)
        mantissa, _, power = f"{abs(value):.{places}e}".partition("e")
        return Rounded(value < 0, mantissa, int(power))
    return Rounded(value < 0 and size > 0, text)


def p_value(p: float) -> str:
    """Write a p-value with three decimals, with its sign where they would say 0 or 1.

    Examples
    --------
    >>> p_value(0.00001), p_value(0.0271), p_value(0.9996)
    ('< 0.001', '0.027', '> 0.999')
    """
    if p > 0.9995:
        return "> 0.999"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def degrees(df: float) -> str:
    """Write degrees of freedom.

    Examples
    --------
    >>> degrees(158.672)
    '158.7'
    """
    return f"{df:.1f}"


def normal_width(level: float = 0.95) -> float:
    """Give the number of standard deviations to each side that hold a share of a normal variable.

    Examples
    --------
    >>> round(normal_width(), 3), round(normal_width(0.8), 3)
    (1.96, 1.282)
    """
    return NormalDist().inv_cdf(0.5 + level / 2.0)


def _place(value: float, digits: int = 2) -> int:
    """The decimal place of the first of so many significant digits: 1 for 0.24, −1 for 12.

    At two digits, 0.0996 counts as the 0.10 that it becomes.
    """
    return -int(f"{abs(value):.{digits - 1}e}".partition("e")[2])
