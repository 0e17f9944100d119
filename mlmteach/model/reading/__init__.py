"""Reading equations: HLM-style lines, Unicode text and LaTeX become a model again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from mlmteach.data.sources import Data, column_names
from mlmteach.errors import EquationError
from mlmteach.model.formula import parse_outcome
from mlmteach.model.grouping import Grouping, parse_grouping
from mlmteach.model.lme4 import Written, columns_above
from mlmteach.model.notation import Notation, as_notation
from mlmteach.model.reading.build import build
from mlmteach.model.reading.parser import parse
from mlmteach.model.reading.statements import Statement
from mlmteach.model.reading.text import EquationText
from mlmteach.model.reading.vocabulary import Letters, Vocabulary
from mlmteach.model.structure import checked_text
from mlmteach.model.terms import Factor

__all__ = ["read_equations", "read_statements", "symbols_of"]


def read_equations(
    text: str,
    *,
    group: str,
    data: Data | None = None,
    level2: Iterable[str] = (),
    level3: Iterable[str] = (),
    notation: str | Notation | None = None,
    codebook: Any = None,
) -> Written:
    r"""Read the equations of a model with two levels, three levels, or crossed groupings.

    That of a yes/no outcome or a count has its distribution and its link with it, as this package
    writes them or as HLM prints them.

    Parameters
    ----------
    text : str
        The level-1 equation and those of the levels above, or the full equation; as HLM-style
        lines, as Unicode text, or in LaTeX.  The lines of the distributions may follow: zeros in
        the covariance matrix of the U's part those that do not correlate.
    group : str
        The grouping column; ``"school/child"`` for three levels, ``"a * b"`` for crossed groupings.
    data : DataFrame, path, dataset or function, optional
        Names the columns, and tells the level of those that have no index.
    level2 : iterable of str, optional
        The level-2 columns, where neither data nor indices tell.
    level3 : iterable of str, optional
        The same for level 3, or the second of two crossed groupings.
    notation : str or Notation, optional
        A convention whose letters come first; the letters of all presets are known anyway.
    codebook : Codebook or mapping, optional
        The symbols that stand for columns; by default those of the data.

    Returns
    -------
    Written
        What :class:`~mlmteach.Model` takes.

    Raises
    ------
    EquationError
        Where the text cannot be read; the message points at the place.

    Examples
    --------
    >>> written = read_equations(
    ...     '''mathach = b0 + b1*ses + r
    ...                             b0 = g00 + g01*size + u0
    ...                             b1 = g10 + g11*size + u1''',
    ...     group="school",
    ... )
    >>> written.level1, written.level2
    ('mathach ~ 1 + ses', {'intercept': '1 + size + U', 'ses': '1 + size + U'})
    >>> read_equations(
    ...     r"y_{ij} = \gamma_{00} + \gamma_{10}\,\text{SES}_{ij} + U_{0j} + e_{ij}", group="school"
    ... ).level1
    'y ~ 1 + SES'
    >>> lines = "y = b0 + e; b0 = d00 + d01*female + u0; d00 = g000 + v00; d01 = g010"
    >>> read_equations(lines, group="school/child").level3
    {'intercept': '1 + V', 'female': '1'}
    >>> lines = ("ticks ~ Poisson(m)", "log(m) = log(area) + b0", "b0 = g00 + u0")
    >>> read_equations("\n".join(lines), group="brood").family.exposure
    'area'
    """
    names = symbols_of(codebook)
    if data is not None:
        names = symbols_of(getattr(data, "attrs", {}).get("codebook")) | names
    grouping = parse_grouping(checked_text(group, "group"))
    statements, vocabulary = read_statements(
        text,
        names=names,
        columns=() if data is None else map(str, column_names(data)),
        notation=notation,
        grouping=grouping,
    )
    known = dict.fromkeys(level2, 2) | dict.fromkeys(level3, 3)
    complete = bool(known) or data is not None
    known = columns_above(data, grouping, vocabulary.columns) | known
    written = build(
        statements, vocabulary.source, grouping=grouping, known=known, complete=complete
    )
    return _with_event(written, data)


def _with_event(written: Written, data: Data | None) -> Written:
    """Take the category that is counted as the data have it: 2 may be a number or a text."""
    event = written.family.event
    name = parse_outcome(written.level1)[0].expression
    if event is None or not isinstance(data, pd.DataFrame) or name not in data:
        return written
    values = (value for value in data[name].unique() if str(value) == str(event))
    known = getattr(value := next(values, event), "item", lambda: value)()
    return replace(written, family=replace(written.family, event=known))


def read_statements(
    text: str,
    *,
    names: Mapping[str, str | Factor],
    columns: Iterable[str] = (),
    notation: str | Notation | None = None,
    grouping: Grouping | None = None,
) -> tuple[tuple[Statement, ...], Vocabulary]:
    """Parse a text, without asking whether its equations make a model.

    Parameters
    ----------
    text : str
    names : mapping of str to str
        What equations show, and the column for which it stands.
    columns : iterable of str, optional
        All columns that there are; other names are then refused.
    notation : str or Notation, optional
    grouping : Grouping, optional
        By which the letters are read; one grouping if left out.

    Returns
    -------
    tuple of (tuple of Statement, Vocabulary)
    """
    if not str(text or "").strip():
        raise EquationError(
            "There is no equation to read.", "Give a text such as 'mathach = b0 + b1*ses + r'."
        )
    known = as_notation(notation) if notation is not None else None
    letters = Letters(known, text=text, grouping=grouping)
    vocabulary = Vocabulary(EquationText(text), letters, columns=columns, symbols=names)
    return parse(vocabulary), vocabulary


def symbols_of(codebook: Any) -> dict[str, str]:
    """What equations show for columns, and the columns: ``{"SES": "ses"}``."""
    if not isinstance(codebook, Mapping):
        return {}
    symbols = {}
    for name, entry in codebook.items():
        known = entry.get("symbol") if isinstance(entry, Mapping) else entry.symbol
        symbols[str(known or name)] = str(name)
    return symbols
