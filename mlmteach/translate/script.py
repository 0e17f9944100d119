"""What scripts are written with: sums of terms, texts in quotation marks, lines that are broken."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

__all__ = [
    "CURVATURE",
    "KEPT",
    "LAPLACE",
    "WIDTH",
    "doubled",
    "quoted",
    "sum_of",
    "terms_of",
    "wrapped",
    "wrapped_sum",
]

WIDTH = 88


def terms_of(products: Iterable[tuple[str, ...]], *, times: str = ":") -> list[str]:
    """Write the terms of a sum; without an intercept, ``0`` stands first.

    Examples
    --------
    >>> terms_of([(), ("ses",), ("size", "ses")])
    ['1', 'ses', 'size:ses']
    >>> terms_of([("Days",)])
    ['0', 'Days']
    """
    terms = [times.join(product) or "1" for product in products]
    return terms if "1" in terms else ["0", *terms]


def sum_of(products: Iterable[tuple[str, ...]], *, times: str = ":") -> str:
    """Write terms with ``+`` between them."""
    return " + ".join(terms_of(products, times=times))


_LITERAL = re.compile(r"""\"(?:\\.|[^"\\])*\"|'[^']*'""")
KEPT = "\ue000"
"""A blank that no line is broken at."""


def wrapped(text: str, *, indent: str, end: str = "") -> str:
    """Break a list of words at blanks; ``end`` closes each line that goes on.

    A blank between quotation marks belongs to a name and stays.

    Examples
    --------
    >>> print(wrapped("f(" + "x, " * 26 + "'a very long name', y)", indent="  "))
    f(x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,
      'a very long name', y)
    """
    whole = _LITERAL.sub(lambda literal: literal.group().replace(" ", KEPT), text)
    lines = textwrap.wrap(
        whole,
        WIDTH - len(end),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{end}\n".join(lines).replace(KEPT, " ")


def wrapped_sum(outcome: str, terms: Iterable[str], *, indent: str) -> str:
    """Write a formula; a line that goes on ends in ``+``, so that no program can stop there."""
    first, *rest = terms
    lines = [f"{indent}{outcome} ~ {first}"]
    for term in rest:
        if len(lines[-1]) + len(term) > WIDTH - 5:
            lines[-1] += " +"
            lines.append(f"{indent}  {term}")
        else:
            lines[-1] += f" + {term}"
    return "\n".join(lines)


def quoted(text: object) -> str:
    r"""Write a text between quotation marks, with a backslash before those inside.

    Examples
    --------
    >>> print(quoted('the "good" ones'))
    "the \"good\" ones"
    """
    inside = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


def doubled(text: object) -> str:
    """Write a text between single quotation marks, with those inside doubled.

    Examples
    --------
    >>> print(doubled("girls' school"))
    'girls'' school'
    """
    inside = str(text).replace("'", "''")
    return f"'{inside}'"


CURVATURE = (
    "With this link programs differ in the curvature that Laplace's approximation",
    "takes, the expected (here and in glmer) or the observed; with quadrature they agree.",
)
"""What a script says where :attr:`Plan.curved`, in two lines."""


LAPLACE = "There is no quadrature where groupings cross: this is Laplace's approximation."
"""What a script says that asks for quadrature and cannot have it."""
