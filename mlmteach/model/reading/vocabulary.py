"""From written words to symbols of the model and columns of the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mlmteach.errors import EquationError, FormulaError, suggest
from mlmteach.model.formula import parse_terms
from mlmteach.model.grouping import Grouping
from mlmteach.model.notation import PRESETS, Notation
from mlmteach.model.predictor import Applied
from mlmteach.model.reading.lexer import GREEK, LABEL, tokens
from mlmteach.model.reading.statements import Letter, Role, WrittenVariable
from mlmteach.model.reading.text import EquationText
from mlmteach.model.terms import Factor

__all__ = ["INDICES", "Letters", "Spelling", "Vocabulary"]


# --- which symbol a letter with its indices stands for, in any of the conventions ---------

_BASES: dict[Role, str] = {
    "beta": "β b B beta α π pi",
    "gamma": "γ g G gamma",
    "effect": "U u η υ μ mu ζ zeta",
    "residual": "ε e r R E eps epsilon resid residual",
    "variance": "τ tau σ sigma σ2 ρ rho Σ Τ Ω",
}
_BASES2: dict[Role, str] = {
    "beta": "β b B beta α π pi P p",
    "delta": "δ d D delta",
    "gamma": "γ g G gamma θ theta",
    "effect": "U u η υ μ mu ζ zeta",
    "upper": "V v ν nu ξ xi",
    "residual": "ε e r R E eps epsilon resid residual",
    "variance": "τ tau σ sigma σ2 ρ rho φ phi Σ Τ Ω Φ",
}
"""Where there are two groupings.  How many numbers stand below decides, too: β_0 and β_00."""
INDICES = frozenset({"i", "j", "k", "ij", "jk", "ik", "ijk", "jik"})
"""What can stand below a variable, where there are two groupings."""
_OF_PERSONS = re.compile(
    r"ζ|π[_{]*[\d₀-₉]|\\zeta(?![A-Za-z])|\\pi[\s_{]*\d|\b(?:pi|zeta)_?\d"  # π_ij is an outcome's
)
_OF_PERSONS2 = re.compile(r"ᵢₖ|(?:[_{(\d,])ik\b")
_RAUDENBUSH = re.compile(r"π[_{]*[\d₀-₉]|\\pi[\s_{]*\d|\bpi_?\d|(?<![\w\\])[rRP]_?(?:\{?\d|[₀-₉])")
"""A text in which a numbered π or r stands at level 1 and 2, and u_00 at level 3."""
_SWAPPED = str.maketrans("ij", "ji")
_IN_BRACKETS = re.compile(r"(?<=[jk])\[[ij]\]|(?<=[ij])\((?=[ij]k\))|(?<=[ij]\([ij]k)\)")
"""What stands in brackets in j[i], k[j] and i(jk), or the brackets."""


class Letters:
    """The letters of all conventions, or of one notation.

    Parameters
    ----------
    notation : Notation, optional
        Its letters come before those that are known anyway.
    text : str, optional
        What is read; π and ζ in it say that person i is measured on occasion j.
    grouping : Grouping, optional
        Of the model; with two groupings there are more letters and indices.

    Examples
    --------
    >>> letter = Letters().read("γ", "10", "", shown="γ_10", start=0)
    >>> letter.role, letter.q, letter.s
    ('gamma', 1, 0)
    >>> Letters(text="π_0i = γ_00 + ζ_0i").read("ζ", "0i", "", shown="ζ_0i", start=0).index
    'j'
    >>> letters = Letters(grouping=Grouping(("class", "school")))
    >>> letters.read("δ", "01k", "", shown="δ_01k", start=0).role
    'delta'
    """

    def __init__(
        self,
        notation: Notation | None = None,
        *,
        text: str = "",
        grouping: Grouping | None = None,
    ) -> None:
        self.nested = grouping is not None and grouping.is_nested
        self.two = grouping is not None and len(grouping.names) > 1
        if notation is not None and grouping is not None:
            notation = notation.for_grouping(grouping)
        told = "" if notation is None else notation.group
        pattern = _OF_PERSONS2 if self.two else _OF_PERSONS
        self.persons = told.startswith("i") or (not told and bool(pattern.search(text)))
        bases = _BASES2 if self.two else _BASES
        self.roles: dict[str, Role] = {
            base: role for role, known in bases.items() for base in known.split()
        }
        if not self.nested:
            self.roles = {base: r for base, r in self.roles.items() if r != "delta"}
        # where r is the U, u_00k is the V, and in crossed groupings b_00j and c_00k
        self.raudenbush = bool(_RAUDENBUSH.search(text))
        self.second_first = False
        if notation is not None:
            for variable in (notation.outcome, notation.level1, notation.level2, notation.level3):
                self.roles.pop(_base(variable), None)  # Gelman & Hill's u is a predictor
            if not self.two or notation.name not in PRESETS:  # how they are numbered tells as well
                self.roles |= _own(notation, two=self.two)
            self.raudenbush |= self.two and _base(notation.effect) == "r"
            below = notation.gamma.partition("_")[2]
            self.second_first = -1 < below.find("s") < below.find("q")
        indices = "ijk|jik|ij|jk|ik|i|j|k" if self.two else "ij|j|i"
        self._indexed = re.compile(rf"(.+?)_({indices})")
        self._glued = re.compile(rf"(.+?)({indices})")
        self._tail = re.compile(rf"(?:(?P<label>.*?)[,\s·]*)?(?P<index>{indices})?")
        any_index = f"(?:{indices})?"
        self._plain = re.compile(rf"([^\W\d_]+?)_?(\d+(?:,\d+)*)?_?({any_index})")
        self._below = re.compile(rf"(\d+(?:,\d+)*)?(,?)({any_index})")

    def index(self, written: str) -> str:
        """Name an index as the rest of the package does: groups are j, whoever comes first."""
        written = _IN_BRACKETS.sub("", written)
        if not self.persons or (len(written) > 1 and not self.two):
            return written
        return "".join(sorted(written.translate(_SWAPPED)))

    def tail(self, below: str) -> tuple[str, str]:
        """Part what stands below a variable into a category and an index."""
        tail = self._tail.fullmatch(_IN_BRACKETS.sub("", re.sub("[·.]", "", below)))
        return (tail["label"] or "", tail["index"] or "") if tail else (below, "")

    def parted(self, word: str, *, known: Callable[[str], object]) -> tuple[str, str]:
        """Part ``ses_ij``, and ``SESij`` as HLM prints it, from the index."""
        if parted := self._indexed.fullmatch(word):
            return parted[1], parted[2]
        glued = self._glued.fullmatch(word)
        return (glued[1], glued[2]) if glued and known(glued[1]) else (word, "")

    def plain(self, word: str, *, start: int) -> Letter | None:
        """Read a word such as ``g10``, ``U_0j`` or ``eps``; None if it is no symbol."""
        match = self._plain.fullmatch(word)
        if match is None:
            return None
        return self.read(match[1], (match[2] or "") + match[3], "", shown=word, start=start)

    def read(self, base: str, sub: str, sup: str, *, shown: str, start: int) -> Letter | None:
        """Read a letter with what stands below and above it; None if it is no symbol."""
        role = self.roles.get(base)
        if role is None and not (self.two and base == "c"):
            return None
        if role == "variance":
            return Letter(role, None, None, "", shown, start)
        numbers, whole, index = self._parted(sub)
        if numbers is None:
            return None
        index = self.index(index)
        if self.two:
            counts = _counts(numbers, whole=whole)
            found = self._of_two(role, base, counts, index, sup)
            return found and replace(found, index=index, shown=shown, start=start)
        above = "".join(re.findall(r"\d+", sup))
        if role == "residual":
            known = not numbers and not sup
            return Letter(role, None, None, index, shown, start) if known else None
        q: int | None
        s: int | None
        if role == "gamma":
            q, s = self._gamma(numbers, sup, above)
            if s is None or q is None:
                return None
            return Letter(role, q, s, index, shown, start)
        assert role is not None
        if sup:  # η_j^{β1}: whose residual it is stands above
            q = 0 if "α" in sup else int(above or 1)
        elif base == "α":
            q = 0 if not numbers else int(numbers)
        elif numbers:
            q = int(numbers.replace(",", ""))
        elif role == "effect" and (index == "j" or len(base) == 1):
            q = 0
        elif role == "beta" and index and base in {"β", "beta"}:
            q = 1  # one slope alone is written without a number
        else:
            return None
        return Letter(role, q, None, index, shown, start)

    def _parted(self, sub: str) -> tuple[str | None, bool, str]:
        """Numbers and letters of an index, ``"1j"`` or ``"10,jk"``, and whether a comma follows.

        The numbers are None if it is neither.
        """
        match = self._below.fullmatch(_IN_BRACKETS.sub("", sub.replace("·", "").replace(" ", "")))
        return (match[1] or "", bool(match[2]), match[3]) if match else (None, False, "")

    def _gamma(self, numbers: str, sup: str, above: str) -> tuple[int | None, int | None]:
        if sup:
            q = 0 if "α" in sup else int(above or 1)
            return q, int(numbers) if numbers.isdigit() else None
        parts = numbers.split(",") if "," in numbers else list(numbers)
        if len(parts) != 2:
            return None, None
        first, second = (int(part) for part in parts)
        return (second, first) if self.second_first else (first, second)

    # --- two groupings -----------------------------------------------------------------------

    def _of_two(
        self, role: Role | None, base: str, numbers: tuple[int, ...], index: str, sup: str
    ) -> Letter | None:
        """Read a letter of a model with two groupings, by its numbers too."""
        if sup:
            return self._with_name_above(role, base, numbers, sup)
        count = len(numbers)
        first, second, third = (*numbers, None, None, None)[:3]
        bare = not numbers
        if role == "residual":
            if self.raudenbush and count == 1 and base in {"r", "R"}:
                return Letter("effect", first, None, "", "", 0)
            return Letter(role, None, None, "", "", 0) if bare else None
        if role == "gamma":
            if base in {"θ", "theta"}:
                return Letter(role, first, 0, "", "", 0) if count == 1 else None
            if self.nested and count == 2 and index:  # γ_00k is what others call δ_00k
                return Letter("delta", first, second, "", "", 0)
            return Letter(role, first, second, "", "", 0, third) if count in {2, 3} else None
        if role == "delta":
            return Letter(role, first, second, "", "", 0, third) if numbers else None
        if role == "beta":
            if count == 2 and self.nested:
                return Letter("delta", first, second, "", "", 0)
            if count == 2:  # b_00j
                return Letter("effect", first, None, "", "", 0) if base == "b" else None
            if bare:
                first = 0 if base == "α" else 1 if index and base in {"β", "beta"} else None
            return None if first is None else Letter(role, first, None, "", "", 0)
        if role is None:  # c_00k
            own = not self.nested and count == 2
            return Letter("upper", first, None, "", "", 0) if own else None
        if bare and not (index or len(base) == 1):
            return None
        upper = role == "upper" or (self.nested and self.raudenbush and count == 2)
        if not upper:
            return Letter("effect", first or 0, second, "", "", 0)
        lone = (second or 0) if self.nested else second
        return Letter("upper", first or 0, lone, "", "", 0)

    def _with_name_above(
        self, role: Role | None, base: str, numbers: tuple[int, ...], sup: str
    ) -> Letter | None:
        """Read γ_{00}^{α}, δ_{0k}^{β}, η_j^{β1} and ζ_{0k}^{α}: the equation's name is above."""
        above = "".join(re.findall(r"\d+", sup))
        q = 0 if "α" in sup else int(above or 1)
        first, second = (*numbers, None, None)[:2]
        if role == "gamma":
            wanted = 2 if self.nested else 1
            return Letter(role, q, first, "", "", 0, second) if len(numbers) == wanted else None
        if role == "delta":
            return Letter(role, q, first, "", "", 0) if len(numbers) == 1 else None
        if base in {"ζ", "zeta"} or role == "upper":
            return Letter("upper", q, first or 0 if self.nested else None, "", "", 0)
        return Letter(role, q, None, "", "", 0) if role in {"effect", "beta"} else None


def _counts(numbers: str, *, whole: bool) -> tuple[int, ...]:
    """The numbers of an index: ``"10"`` are two, ``"10,2"`` and ``"10,"`` have commas."""
    parts = numbers.split(",") if "," in numbers else [numbers] if whole else list(numbers)
    return tuple(int(part) for part in parts if part)


def _own(notation: Notation, *, two: bool) -> Mapping[str, Role]:
    """The letters of a notation."""
    templates: dict[str, Role] = {
        notation.residual: "residual",
        notation.effect0: "effect",
        notation.effect: "effect",
        notation.gamma0: "gamma",
        notation.gamma: "gamma",
        notation.intercept: "beta",
        notation.beta: "beta",
    }
    if two:
        thirds: dict[str, Role] = {notation.delta: "delta", notation.upper: "upper"}
        templates = thirds | templates
    return {_base(template): role for template, role in templates.items()}


def _base(template: str) -> str:
    r"""The letter of a template: ``\gamma_{qs}`` has γ."""
    found = re.match(r"\\?([A-Za-z]+?)(?=[_^]|$)", template)
    name = found[1] if found else template
    return GREEK.get(name, name)


def _bracketed(category: str) -> str:
    """``[F]`` for what stands behind a name, ``[F]`` or ``: F``."""
    return category if category.startswith("[") else f"[{category.removeprefix(':').strip()}]"


def is_plain(name: str) -> bool:
    """Tell whether a text can use the name of a column as it is, without backticks.

    Examples
    --------
    >>> [name for name in ("ses", "größe", "my ses", "50 %", "b1", "β") if is_plain(name)]
    ['ses', 'größe']
    """
    try:
        found = [(token.kind, token.value) for token in tokens(EquationText(name))]
    except EquationError:
        return False
    letters = Letters()
    symbols = [letters.read(name, index, "", shown=name, start=0) for index in ("ij", "i", "j")]
    symbols.append(letters.plain(name, start=0))
    return found == [("name", name), ("end", "")] and not any(symbols)


# --- from written words to symbols of the model and columns of the data -------------------

_CONTRAST = re.compile(rf"(.+?)\s*({LABEL}|: .+)")


@dataclass(frozen=True)
class Spelling:
    """A name as it was written: its base, and what stands below, above and behind it."""

    base: str
    text: bool
    sub: str
    sup: str
    suffix: str
    mean: bool
    shown: str
    start: int


class Vocabulary:
    """The names that an equation may use.

    Parameters
    ----------
    source : EquationText
        The text, for errors that point at a place.
    letters : Letters
        The symbols.
    columns : iterable of str
        The columns of the data; when there are none, every name is taken as a column.
    symbols : mapping of str to str or Factor
        What equations show for a column, such as ``{"SES": "ses"}``, or for any predictor.
    """

    def __init__(
        self,
        source: EquationText,
        letters: Letters,
        *,
        columns: Iterable[str] = (),
        symbols: Mapping[str, str | Factor] | None = None,
    ) -> None:
        self.source = source
        self.letters = letters
        self.columns = tuple(columns)
        shown = dict(symbols or {}) | {name: name for name in self.columns}
        self.names = {
            name: Factor(what) if isinstance(what, str) else what for name, what in shown.items()
        }
        self._folded = {name.casefold(): factor for name, factor in self.names.items()}

    def column(self, word: str) -> Factor | None:
        """Find the column that a word names: exactly, as its symbol, or but for capitals."""
        return self.names.get(word) or self._folded.get(word.casefold())

    def resolve(self, mark: Spelling) -> Letter | WrittenVariable:
        """Say what a mark stands for.

        Raises
        ------
        EquationError
            If it is neither a symbol nor the name of a column.
        """
        if not mark.text and not mark.mean and not mark.suffix:
            letter = self._letter(mark)
            if letter is not None:
                return letter
        return self.variable(mark)

    def _letter(self, mark: Spelling) -> Letter | None:
        indexed = bool(mark.sub or mark.sup)
        if mark.base in self.names and (len(mark.base) > 1 or not indexed):
            return None
        if indexed or len(mark.base) == 1:
            letter = self.letters.read(
                mark.base, mark.sub, mark.sup, shown=mark.shown, start=mark.start
            )
            if letter is not None:
                return letter
        letter = self.letters.plain(mark.base, start=mark.start)
        if letter is None or not indexed:
            return letter
        index = _IN_BRACKETS.sub("", mark.sub)
        allowed = INDICES if self.letters.two else {"i", "j", "ij"}
        if index not in allowed or letter.index:  # b0 and, in Unicode, ⱼ below it
            return None
        return replace(letter, index=self.letters.index(index), shown=mark.shown)

    def variable(self, mark: Spelling) -> WrittenVariable:
        """Find the column that a mark names, with its category and its index."""
        if mark.base in GREEK.values() and not mark.text and mark.base not in self.names:
            kind = "" if self.letters.two else "two-level "
            raise self.source.error(
                mark.start,
                f"'{mark.shown}' is no symbol of a {kind}model.",
                "Write its numbers, parted by a comma from ten on: 'γ_10', 'γ_{10,2}', 'U_0j'.",
            )
        base, suffix = mark.base, mark.suffix
        if suffix and self.column(base + suffix):
            base, suffix = base + suffix, ""  # a column may be called so
        label, index = self.letters.tail(mark.sub)
        if self.column(base) is None and not index:
            base, index = self.letters.parted(base, known=self.column)
        if not suffix and (parted := _CONTRAST.fullmatch(base)) and self.column(base) is None:
            base, suffix = parted[1], _bracketed(parted[2])
        if base == "s" and not mark.text and label and not label.isdigit():  # s with x below it
            own = self.column(label) or self.column(label.replace("_", "")) or Factor(label)
            spread = Factor.of(Applied("sd", own.tree))
            return WrittenVariable(spread, index, mark.shown, mark.start)
        numbered = [f"{base}{label}", f"{base}_{label}"] if label.isdigit() else []
        known = next(filter(None, map(self.column, [*numbered, base])), None)
        if label and not label.isdigit():
            suffix = f"[{label}]"
        index = self.letters.index(index)
        factor = known or self._unknown(numbered[0] if numbered else base, mark)
        if not factor.suffix:
            factor = factor.with_category(suffix)
        if mark.mean:
            factor = Factor.of(Applied("group_mean" if index else "mean", factor.tree))
        grand = mark.mean and not index
        return WrittenVariable(factor, index, mark.shown, mark.start, grand)

    def _unknown(self, word: str, mark: Spelling) -> Factor:
        """The predictor that a word stands for which is the name of no column."""
        factor = Factor(word)
        if factor.function:
            return self.expression(word, mark.start)
        if self.columns:
            raise self.source.error(
                mark.start, f"There is no column '{word}'.", suggest(word, self.names)
            )
        return factor

    def expression(self, text: str, start: int) -> Factor:
        """Read a function of columns, such as ``log(size)``."""
        try:
            terms = parse_terms(text, intercept=False)
        except FormulaError as error:
            raise self.source.error(
                start, f"'{text}' cannot be read: {error.problem.splitlines()[0]}", error.remedy
            ) from None
        if len(terms) != 1 or len(terms[0].factors) != 1:
            raise self.source.error(
                start, f"'{text}' is not one predictor.", "Write each predictor by itself."
            )
        factor = terms[0].factors[0]
        for name in factor.variables:
            if self.columns and self.column(name) is None:
                raise self.source.error(
                    start, f"There is no column '{name}'.", suggest(name, self.names)
                )
        return factor
