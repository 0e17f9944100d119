"""Reading Stata's ``mixed``, ``melogit`` and the like: the command becomes a formula of lme4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from mlmteach.errors import FormulaError
from mlmteach.model.family import COUNTS

__all__ = ["is_stata", "stata_to_lme4"]

_FAMILIES = {
    "mixed": "",
    "xtmixed": "",
    "melogit": "binomial",
    "meqrlogit": "binomial",
    "xtmelogit": "binomial",
    "meprobit": 'binomial(link = "probit")',
    "mecloglog": 'binomial(link = "cloglog")',
    "mepoisson": "poisson",
    "meqrpoisson": "poisson",
    "xtmepoisson": "poisson",
    "menbreg": "negbin",
}
"""The commands, and what R calls their families."""
_COMMAND = re.compile(rf"\s*\.?\s*({'|'.join(_FAMILIES)})\s+")
_OPTION = re.compile(r"\s*([A-Za-z]+)\s*(?:\(([^()]*)\))?")
_MOST_FACTORS = 9  # each of ## doubles the terms
_FACTOR = re.compile(r"(?:(?P<operator>c|i|i?b(?P<base>\d+))\.)?(?P<name>[A-Za-z_]\w*)")
_FIT_OPTIONS = ("mle", "reml", "variance", "stddeviations", "nolog", "log", "level", "nogroup",
                "noheader", "nofetable", "noretable", "dfmethod", "emonly", "emiterate", "iterate",
                "difficult", "technique", "or", "irr", "asis", "notable")  # fmt: skip
_CONTINUED = re.compile(r"///[^\n]*\n|\n")


def is_stata(text: str) -> bool:
    """Tell whether a text is a ``mixed`` command, or one of those for other outcomes.

    Examples
    --------
    >>> is_stata("mixed mathach ses || school:"), is_stata("mixed ~ x + (1 | g)")
    (True, False)
    """
    return _COMMAND.match(text) is not None and "~" not in text


def stata_to_lme4(command: str) -> str:
    """Translate a ``mixed`` command into an lme4 formula, or ``melogit`` into a call of ``glmer``.

    Parameters
    ----------
    command : str
        Such as ``"mixed mathach c.ses##c.size || school: ses, covariance(unstructured)"``.
        Options that concern the fit, such as ``reml``, are passed over.  Stata integrates with 7
        points where ``intpoints()`` does not say another number: that is ``points=7`` of fit.

    Returns
    -------
    str

    Raises
    ------
    FormulaError
        If the command cannot be read, or asks for what a two-level model here does not have.

    References
    ----------
    StataCorp, *Stata Multilevel Mixed-Effects Reference Manual*, entries ``mixed``, ``melogit``,
    ``meprobit``, ``mecloglog``, ``mepoisson`` and ``menbreg``; by default the random effects of an
    equation are independent.

    Examples
    --------
    >>> stata_to_lme4("mixed mathach c.ses##c.size || school: ses, cov(un) reml")
    'mathach ~ 1 + ses + size + ses:size + (1 + ses | school)'
    >>> stata_to_lme4("mixed mathach ses i.female || school: ses")
    'mathach ~ 1 + ses + C(female) + (1 + ses || school)'
    >>> stata_to_lme4("mepoisson ticks height, exposure(area) || brood:")
    'glmer(ticks ~ 1 + height + offset(log(area)) + (1 | brood), family = poisson)'
    """
    text = _CONTINUED.sub(lambda found: " " * len(found[0]), command)
    start = _COMMAND.match(text)
    if start is None:
        raise FormulaError(f"'{command}' is no `mixed` command.", "Begin it with 'mixed'.")
    reader = _Reader(text, start[1])
    (first, at), *others = _split(text[start.end() :], "||", start.end())
    outcome, fixed = reader.fixed(first, at)
    if not others:
        raise reader.error(
            len(text), "The command names no group.", "Add a random part, such as '|| school:'."
        )
    random = _within([reader.random(part, place) for part, place in others])
    family, told = _FAMILIES[start[1]], reader.told
    if "binomial" in told:
        outcome = f"cbind({outcome}, {told['binomial']} - {outcome})"
    offset = [f"offset(log({told['exposure']}))"] if "exposure" in told else []
    formula = f"{outcome} ~ {' + '.join([*fixed, *offset, *random])}"
    if not family:
        return formula
    function, *options = ["glmer.nb"] if family == "negbin" else ["glmer", f"family = {family}"]
    options += [f"nAGQ = {told['intpoints']}"] if "intpoints" in told else []
    return f"{function}({', '.join([formula, *options])})"


def _within(random: list[str]) -> list[str]:
    """Write each group within those that were named before it, as Stata nests them.

    >>> _within(["(1 | school)", "(1 + x | class)"])
    ['(1 | school)', '(1 + x | school:class)']
    """
    above: list[str] = []
    found = []
    for part in random:
        terms, bar, group = part.removesuffix(")").rpartition("| ")
        if group.startswith("_all "):
            found.append(f"{terms}{bar}{group.removeprefix('_all ')})")
            continue
        if group not in above:
            above.append(group)
        found.append(f"{terms}{bar}{':'.join(above[: above.index(group) + 1])})")
    return found


class _Reader:
    def __init__(self, text: str, command: str) -> None:
        self.text = text
        self.command = command
        self.told: dict[str, str] = {}  # what the whole model is told, in whichever equation

    def error(self, position: int, problem: str, remedy: str) -> FormulaError:
        """An error that points at the place."""
        shown = f"    {self.text.rstrip()}\n    {' ' * position}^"
        return FormulaError(f"The command cannot be read: {problem}\n{shown}\n", remedy)

    def fixed(self, part: str, at: int) -> tuple[str, list[str]]:
        """Read the outcome and the terms of the fixed part."""
        body, options = self._options(part, at)
        names = list(_words(body, at))
        if not names or not re.fullmatch(r"[A-Za-z_]\w*", names[0][0]):
            raise self.error(
                at, "The outcome is missing.", f"Write one name after '{self.command}'."
            )
        constant = "0" if "noconstant" in options else "1"
        return names[0][0], [constant, *self._terms(names[1:])]

    def random(self, part: str, at: int) -> str:
        """Read one random part into ``(1 + x || group)``."""
        body, options = self._options(part, at)
        group, colon, variables = body.partition(":")
        if not colon or not re.fullmatch(r"\s*[A-Za-z_]\w*\s*", group):
            raise self.error(
                at, "A random part names one group and a colon.", "Write it as '|| school: ses'."
            )
        names = list(_words(variables, at + len(group) + 1))
        if group.strip() == "_all":  # how a grouping is crossed with those that follow
            factor = re.fullmatch(r"R\.([A-Za-z]\w*)", names[0][0]) if len(names) == 1 else None
            if factor is None:
                raise self.error(
                    at, "'_all' takes one factor.", "Write it as '|| _all: R.school || pupil:'."
                )
            return f"(1 | _all {factor[1]})"
        for word, place in names:
            if word.startswith(("R.", "i.")) or "#" in word:
                raise self.error(
                    place,
                    f"'{word}' cannot have a random effect here.",
                    "Compute the column first, or write an lme4 formula.",
                )
        terms = self._terms(names)
        constant = "0" if "noconstant" in options else "1"
        if constant == "0" and not terms:
            raise self.error(at, "The random part is empty.", "Leave out 'noconstant'.")
        bar = "|" if options.get("covariance") == "unstructured" or not terms else "||"
        return f"({' + '.join([constant, *terms])} {bar} {group.strip()})"

    def _terms(self, words: Sequence[tuple[str, int]]) -> list[str]:
        """Expand factor-variable notation; a term that comes twice counts once."""
        found: list[str] = []
        for word, place in words:
            if word in {"if", "in"} or word.startswith("["):
                raise self.error(
                    place,
                    f"'{word}' selects or weights rows.",
                    "Select them in the data frame; weights are not supported.",
                )
            full = "##" in word
            pieces = re.split("##?", word)
            if full and len(pieces) != word.count("##") + 1:
                raise self.error(
                    place, f"'{word}' mixes '#' and '##'.", "Write the terms one by one."
                )
            if len(pieces) > _MOST_FACTORS:
                raise self.error(
                    place,
                    f"This multiplies more than {_MOST_FACTORS} variables.",
                    "Write the terms that you need one by one.",
                )
            factors = [self._factor(piece, place, alone=len(pieces) == 1) for piece in pieces]
            sizes = range(1, len(factors) + 1) if full else [len(factors)]
            found += [_product(some) for size in sizes for some in combinations(factors, size)]
        return list(dict.fromkeys(found))

    def _factor(self, piece: str, place: int, *, alone: bool) -> str:
        match = _FACTOR.fullmatch(piece)
        if match is None:
            raise self.error(
                place, f"'{piece}' is not the name of a variable.",
                "Write each variable by its full name, with 'c.' or 'i.' before it.",
            )  # fmt: skip
        operator = match["operator"] or ("c" if alone else "i")
        if operator == "c":
            return match["name"]
        return (
            f"C({match['name']}, Treatment({match['base']}))"
            if match["base"]
            else (f"C({match['name']})")
        )

    def _options(self, part: str, at: int) -> tuple[str, dict[str, str]]:
        """Part an equation from its options."""
        (body, _), *rest = _split(part, ",", at)
        options: dict[str, str] = {}
        for text, place in rest:
            position = 0
            while text[position:].strip():
                match = _OPTION.match(text, position)
                if match is None:
                    raise self.error(
                        place + position, "An option cannot be read.", "Write 'cov(unstructured)'."
                    )
                name, value = self._option(match[1], match[2], place + match.start(1))
                options[name] = value
                position = match.end()
        return body, options

    def _option(self, name: str, value: str | None, place: int) -> tuple[str, str]:
        if _abbreviates(name, "covariance", 3):
            kinds = {"independent": 3, "unstructured": 2, "exchangeable": 2, "identity": 2}
            found = [
                kind for kind, least in kinds.items() if _abbreviates(value or "", kind, least)
            ]
            if found and found[0] in {"independent", "unstructured"}:
                return "covariance", found[0]
            raise self.error(
                place,
                f"'{name}({value or ''})' is not a covariance that can be fitted.",
                "Use 'cov(unstructured)' or 'cov(independent)'.",
            )
        if _abbreviates(name, "noconstant", 6):
            return "noconstant", ""
        if self._of_the_model(name, (value or "").strip(), place):
            return name, ""
        if any(_abbreviates(name, option, 2) for option in _FIT_OPTIONS):
            return name, ""
        raise self.error(place, f"The option '{name}' is not supported.", "Leave it out.")

    def _of_the_model(self, name: str, value: str, place: int) -> bool:
        """Read an option of the distribution or of the integration; tell whether it was one."""
        family = _FAMILIES[self.command]
        counts = family in COUNTS
        if not family:
            return False
        for option, least, own in (
            ("binomial", 3, family.startswith("binomial")),
            ("exposure", 3, counts),
        ):
            if own and _abbreviates(name, option, least):
                if not re.fullmatch(r"[A-Za-z_]\w*", value):
                    raise self.error(
                        place,
                        f"'{name}({value})' does not name a column.",
                        f"Make one, such as data['n'] = {value or 10}, and write {option}(n).",
                    )
                self.told[option] = value
                return True
        if _abbreviates(name, "offset", 3):
            raise self.error(
                place,
                f"The option '{name}({value})' is not supported.",
                "Write exposure(t), t being the column that counts are proportional to."
                if counts
                else "Leave it out; only counts have an exposure.",
            )
        if family == "negbin" and _abbreviates(name, "dispersion", 1):
            if not _abbreviates(value, "mean", 1):
                raise self.error(
                    place,
                    f"'{name}({value})' has a variance in proportion to the mean.",
                    "Use dispersion(mean), the default: its variance grows with the square.",
                )
            return True
        if _abbreviates(name, "intpoints", 4) and value.isdigit():
            self.told["intpoints"] = value
            return True
        if _abbreviates(name, "laplace", 3):
            self.told.pop("intpoints", None)
            return True
        return _abbreviates(name, "intmethod", 4)


def _abbreviates(word: str, whole: str, least: int) -> bool:
    return len(word) >= least and whole.startswith(word)


def _product(factors: Sequence[str]) -> str:
    """``c.x#c.x#i.z`` is ``I(x ** 2):C(z)``."""
    counts = {factor: factors.count(factor) for factor in factors}
    return ":".join(f if count == 1 else f"I({f} ** {count})" for f, count in counts.items())


def _words(text: str, at: int) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r"\S+", text):
        yield match[0], at + match.start()


def _split(text: str, mark: str, at: int) -> list[tuple[str, int]]:
    """Part a text at a mark that stands outside brackets; each part with its place."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and text.startswith(mark, position):
            parts.append((text[start:position], at + start))
            start = position + len(mark)
    return [*parts, (text[start:], at + start)]
