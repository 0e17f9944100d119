"""The pieces that a text is cut into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["GREEK", "Kind", "Token"]

Kind = Literal[
    "name",  # b0, SES_ij, the letter γ
    "text",  # what stands in \text{}: never a symbol, always a variable
    "number",
    "index",  # subscripts in Unicode, and what follows a Greek letter without a brace
    "power",  # superscripts in Unicode
    "mark",  # operators and brackets
    "command",  # \underbrace, \overline …
    "string",  # 'F' inside a function
    "break",  # the end of a line or of a row
    "row",  # the end of a row of a matrix
    "cell",  # the end of a cell of a matrix
    "matrix",  # the beginning of a matrix
    "end matrix",
    "end",
]


@dataclass(frozen=True)
class Token:
    r"""A piece of the text.

    Parameters
    ----------
    kind : str
        What it is.
    value : str
        In one spelling: ``\gamma`` and γ are both ``"γ"``, × and ``\times`` are ``"*"``.
    start, stop : int
        Its place in the text.
    """

    kind: Kind
    value: str
    start: int
    stop: int


GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
