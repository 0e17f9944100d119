"""Reading an lme4 formula, or a whole call of R, into the equations of its levels."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlmteach.data.sources import Data
from mlmteach.errors import FormulaError, MlmteachWarning, ModelError
from mlmteach.model.family import COUNTS, NORMAL, Family, checked_family, family_name
from mlmteach.model.formula import join, parse_outcome, parse_terms
from mlmteach.model.grouping import Grouping, parse_grouping, too_many
from mlmteach.model.stata import is_stata, stata_to_lme4
from mlmteach.model.structure import checked_text
from mlmteach.model.symbols import Covariance
from mlmteach.model.terms import INTERCEPT, Factor, Term

__all__ = ["Written", "columns_above", "read_formula"]


# --- a call of R: the formula, and what stands beside it ----------------------------------

_CALL = re.compile(
    r"\s*(?:[\w.]+\s*(?:<-|=)\s*)?(?:\w+::)?(lmer|glmer|glmer\.nb|glmmTMB)\s*\((.*)\)\s*", re.DOTALL
)
_OTHER_CALL = re.compile(
    r"\s*(?:[\w.]+\s*(?:<-|=)\s*)?((?:\w+::)?[A-Za-z][\w.]*)\s*\((.*)\)\s*", re.DOTALL
)
_ARGUMENT = re.compile(r"([A-Za-z][\w.]*)\s*=(?!=)\s*(.*)", re.DOTALL)
_LITERAL = re.compile(r"""`[^`]*`|"[^"]*"|'[^']*'""")
_NAME = r"(`[^`]+`|[^\W\d][\w.]*)"
_COUNT = re.compile(r"(\d+)L?")
_FAMILY = re.compile(
    r"""(?:\w+::)?["']?([\w.]+)["']?\s*(?:\(\s*(?:link\s*=\s*)?["']?([A-Za-z]*)["']?\s*\))?"""
)
_CBIND = re.compile(r"\s*cbind\s*\((.*)\)\s*", re.DOTALL)
_FAILURES = re.compile(rf"{_NAME}\s*-\s*{_NAME}")
_SHARE = re.compile(rf"\s*\(?{_NAME}\s*/\s*([^()]+)\)?\s*")
_OFFSET = re.compile(r"offset\s*\((.*)\)", re.DOTALL)
_LOGARITHM = re.compile(rf"(?:np\.)?log\s*\(\s*{_NAME}\s*\)")
_POSITIONS = {"lmer": ("formula", "data", "REML"), "glmer.nb": ("formula", "data")}
_PASSED_OVER = {"data", "control", "start", "verbose", "REML", "nAGQ", "family"}
"""Arguments that are read elsewhere, or that concern the fit."""


@dataclass(frozen=True)
class CallOfR:
    """A formula of R, with the function that it was given to and the arguments beside it."""

    formula: str
    function: str
    arguments: Mapping[str, str]


def read_call(text: str) -> CallOfR:
    """Part a call such as ``glmer(y ~ x + (1 | g), family = poisson)`` from its formula.

    Parameters
    ----------
    text : str
        A formula alone, a formula with arguments behind it, or a whole call.

    Returns
    -------
    CallOfR

    Examples
    --------
    >>> read_call("m <- glmer(y ~ (1 | g), d, family = poisson)")
    CallOfR(formula='y ~ (1 | g)', function='glmer', arguments={'data': 'd', 'family': 'poisson'})
    >>> read_call("y ~ x + (1 | g)")
    CallOfR(formula='y ~ x + (1 | g)', function='', arguments={})
    """
    call = _CALL.fullmatch(text)
    function, inside = call.groups() if call else ("", text)
    first, *rest = _pieces(inside)
    if not function:
        _refuse_other_call(text)
        named = [_ARGUMENT.fullmatch(piece.strip()) for piece in rest]
        if not all(named):
            return CallOfR(text, "", {})  # a comma that belongs to no argument: the parser says so
        return CallOfR(first, "", {found[1]: found[2].strip() for found in named if found})
    positions = iter(_POSITIONS.get(function, ("formula", "data", "family")))
    arguments = {}
    for piece in map(str.strip, (first, *rest)):
        if found := _ARGUMENT.fullmatch(piece):
            arguments[found[1]] = found[2].strip()
        else:
            arguments[next(positions, piece)] = piece
    formula = arguments.pop("formula", "")
    if not formula:
        raise FormulaError(
            f"The call '{text}' has no formula.",
            "Write it first, such as glmer(y ~ x + (1 | g), family = binomial).",
        )
    return CallOfR(formula, function, arguments)


def _refuse_other_call(text: str) -> None:
    """Name a call of R whose arguments would be read as a part of the formula."""
    call = _OTHER_CALL.fullmatch(text)
    if not call or "~" not in call[2] or not _balanced(call[2]):
        return
    raise FormulaError(
        f"'{call[1]}' is no function whose call is read.",
        "Write its model as a formula of lme4: what lme has as 'random = ~ x | a/b' is the term "
        "'(x | a/b)' in it, as in 'y ~ x + (x | a/b)'.",
    )


def _pieces(text: str) -> list[str]:
    """Part a text at the commas outside brackets and names."""
    readable = _LITERAL.sub(lambda literal: "_" * len(literal[0]), text)
    pieces, depth, start = [], 0, 0
    for position, character in enumerate(readable):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            pieces.append(text[start:position])
            start = position + 1
    return [*pieces, text[start:]]


def _said(call: CallOfR) -> dict[str, str]:
    """What the arguments of a call say of the distribution of the outcome."""
    said: dict[str, str] = {}
    if call.function == "glmer.nb":
        said["family"] = "negbin"
    if (text := call.arguments.get("family")) is not None:
        found = _FAMILY.fullmatch(text)
        if found is None or found[1] == "negative.binomial":
            raise FormulaError(
                f"'family = {text}' cannot be read.",
                'Write binomial, binomial(link = "probit") or poisson; a negative binomial is '
                "glmer.nb(…), or family='negbin' here.",
            )
        said["family"] = family_name(found[1])
        said |= {"link": found[2]} if found[2] else {}
    return said


def _refuse_arguments(call: CallOfR, family: str) -> None:
    """Refuse arguments that change the model, and say where those of the fit belong."""
    for name in call.arguments:
        if name in _PASSED_OVER and not (name == "REML" and not call.function):
            continue
        if name == "weights" and family == "binomial":
            raise FormulaError(
                f"'{call.formula}' goes on with 'weights =', in R the numbers of trials.",
                "Write cbind(a, n - a), or give the successes with trials='n'.",
            )
        if name == "offset" and family in COUNTS:
            continue
        raise FormulaError(
            f"'{call.formula}' goes on with '{name} =' after the formula.",
            "Leave it out: mlmteach has no weights and no offset; rows are chosen in the data "
            "frame, and REML or ML by `reml` of fit.",
        )
    points = _COUNT.fullmatch(call.arguments.get("nAGQ", "1"))
    if points is None or points[1] != "1":
        told = max(int(points[1]), 1) if points else "…"
        warnings.warn(
            f"The number of quadrature points belongs to the fit: model.fit(data, points={told}).",
            MlmteachWarning,
            stacklevel=4,
        )
    if call.arguments.get("REML", "TRUE") in ("FALSE", "F") and family == "normal":
        warnings.warn(
            "ML instead of REML belongs to the fit: model.fit(data, reml=False).",
            MlmteachWarning,
            stacklevel=4,
        )


def _successes(formula: str, family: str) -> tuple[str, str | None]:
    """Read ``cbind(a, n - a) ~ x`` as the outcome a with its trials n."""
    left, tilde, right = formula.partition("~")
    found = _CBIND.fullmatch(left)
    if found is None:
        share = _SHARE.fullmatch(left)
        if share and family == "binomial":
            a, n = share[1], share[2].strip()
            raise FormulaError(
                f"The outcome '{left.strip()}' is a share, which does not tell the number of "
                "trials.",
                f"Write cbind({a}, {n} - {a}), or the outcome {a} with trials='{n.strip('`')}'.",
            )
        return formula, None
    if family != "binomial":
        raise FormulaError(
            f"'{left.strip()}' is a number of successes and one of failures, the outcome of a "
            "binomial model.",
            "Say family='binomial'.",
        )
    first, *rest = map(str.strip, _pieces(found[1]))
    failures = _FAILURES.fullmatch(rest[0]) if len(rest) == 1 else None
    if failures and failures[2] == first:
        return f"{first} {tilde}{right}", failures[1].strip("`")
    if len(rest) == 1 and re.fullmatch(_NAME, first) and re.fullmatch(_NAME, rest[0]):
        a, b = first.strip("`"), rest[0].strip("`")
        raise FormulaError(
            f"The trials of '{left.strip()}' are no column, but {a} + {b}.",
            f"Make one, data['n'] = data['{a}'] + data['{b}'], and write cbind({first}, "
            f"n - {first}).",
        )
    raise FormulaError(
        f"'{left.strip()}' cannot be read.",
        "Write the successes and the failures as cbind(a, n - a), where a and n are columns; a "
        "constant becomes one by data['n'] = 10.",
    )


def _exposure(formula: str, argument: str | None, family: str) -> tuple[str, str | None]:
    """Take ``offset(log(t))`` out of the formula of a count: t is its exposure."""
    offsets = [argument] if argument is not None else []
    if family == "normal" or "offset" not in formula:  # that of a normal outcome is refused later
        kept = formula
    else:
        left, tilde, right = formula.partition("~")
        others: list[tuple[str, str]] = []
        for sign, chunk in _chunks(right, formula):
            found = _OFFSET.fullmatch(chunk)
            if found and sign == "+":
                offsets.append(found[1].strip())
            else:
                others.append((sign, chunk))
        kept = f"{left}{tilde} {_joined(others)}"
    if not offsets:
        return kept, None
    found = _LOGARITHM.fullmatch(offsets[0])
    if family == "binomial":
        raise FormulaError(
            f"'{formula}' has an offset, and there is none in the model of a yes/no outcome here.",
            "Leave it out; only counts have an exposure.",
        )
    if found is None or len(offsets) > 1:
        raise FormulaError(
            f"The offset '{' + '.join(offsets)}' is not the logarithm of one column.",
            "Make the column t that counts are proportional to, such as time or area, and write "
            "offset(log(t)); data['t'] = numpy.exp(data['x']) makes it of an offset x.",
        )
    return kept, found[1].strip("`")


def _merged(written: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Join what a formula says of the outcome with what was given beside it."""
    family = given["family"]
    if isinstance(family, Family):
        own = {name: getattr(family, name) for name in given if name != "family"}
        given = {**own, "family": family.name}
    elif family is not None:
        given = {**given, "family": family_name(family)}
    for name, value in written.items():
        if value is not None and given[name] is not None and given[name] != value:
            raise FormulaError(
                f"The formula has the {name} '{value}', `{name}` says {given[name]!r}.",
                "Keep one of them.",
            )
    return {name: written.get(name) if value is None else value for name, value in given.items()}


# --- the random terms of an lme4 formula, parted from its fixed side ----------------------

_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class RandomPart:
    """One ``(terms | group)`` of an lme4 formula; ``groups`` are two in ``(terms | a:b)``."""

    terms: tuple[Term, ...]
    groups: tuple[str, ...]
    correlated: bool


def split_random(formula: str) -> tuple[str, tuple[RandomPart, ...]]:
    """Part an lme4 formula into its fixed side and its random terms.

    Parameters
    ----------
    formula : str
        Such as ``"mathach ~ ses + (1 + ses | school)"``; ``||`` parts uncorrelated effects.

    Returns
    -------
    tuple of (str, tuple of RandomPart)

    Raises
    ------
    FormulaError
        If brackets do not match or a random term cannot be read.

    Examples
    --------
    >>> fixed, (random,) = split_random("mathach ~ ses + (1 + ses | school)")
    >>> fixed, [term.name for term in random.terms], random.groups
    ('mathach ~ ses', ['Intercept', 'ses'], ('school',))
    >>> [random.groups for random in split_random("math ~ (1 | school/class)")[1]]
    [('school',), ('school', 'class')]
    """
    left, tilde, right = formula.partition("~")
    if not tilde:
        raise FormulaError(
            f"The formula '{formula}' has no '~'.",
            "Write the outcome, a tilde and the predictors, such as 'mathach ~ (1 | school)'.",
        )
    fixed: list[tuple[str, str]] = []
    random: list[RandomPart] = []
    for sign, chunk in _chunks(right, formula):
        inner = chunk[1:-1] if chunk.startswith("(") and chunk.endswith(")") else ""
        if "|" in inner and _balanced(inner):
            if sign == "-":
                raise FormulaError(
                    f"'{formula}' subtracts the random term '{chunk}'.", "Leave the term out."
                )
            random += _random_parts(inner, formula)
        elif "|" in chunk:
            raise FormulaError(
                f"'{chunk}' in '{formula}' has a '|' outside brackets.",
                "Write a random term in brackets, such as '(1 | school)'.",
            )
        else:
            fixed.append((sign, chunk))
    return f"{left.strip()} {tilde} {_joined(fixed)}", tuple(random)


def _random_parts(inner: str, formula: str) -> list[RandomPart]:
    """Read a random term; ``a/b`` behind its bar stands for ``a`` and ``a:b``."""
    bar = "||" if "||" in inner else "|"
    effects, _, behind = inner.partition(bar)
    pieces = [piece for piece in re.split(r"(`[^`]*`|[/:])", behind.strip()) if piece.strip()]
    names, signs = [piece.strip() for piece in pieces[::2]], pieces[1::2]
    for name in names or [behind.strip()]:
        quoted = name.startswith("`") and name.endswith("`") and len(name) > 2
        if not (quoted or name.replace(".", "_").isidentifier()) or len(names) == len(signs):
            raise FormulaError(
                f"'{behind.strip()}' in '{formula}' is not the name of a grouping variable.",
                "Write one column to the right of '|', such as '(1 | school)', or two, as in "
                "'(1 | school/class)'.",
            )
    terms = parse_terms(effects)
    if not terms:
        raise FormulaError(
            f"The random term '({inner.strip()})' is empty.", "Write at least '1' left of '|'."
        )
    bare = [name.strip("`") for name in names]
    if "/" in signs and len(bare) > 2:
        raise too_many(bare)
    listed = [tuple(bare[:1]), tuple(bare)] if signs == ["/"] else [tuple(bare)]
    return [RandomPart(terms, groups, bar == "|") for groups in listed]


def _chunks(text: str, formula: str) -> Iterator[tuple[str, str]]:
    """Yield the summands at the top level with their signs."""
    sign, start = "+", 0
    opened: list[int] = []
    readable = _QUOTED.sub(lambda name: "_" * len(name[0]), text)  # what a name holds is no sign
    for position, character in enumerate(readable + "+"):
        if character in ")]}" and not opened:
            raise _unmatched(text, position, formula)
        if character in "([{":
            opened.append(position)
        elif character in ")]}":
            opened.pop()
        if not opened and character in "+-":
            chunk = text[start:position].strip()
            if chunk:
                yield sign, chunk
            sign, start = character, position + 1
    if opened:
        raise _unmatched(text, opened[-1], formula)


def _joined(summands: Iterable[tuple[str, str]]) -> str:
    """Write summands with their signs; where none is left, the intercept."""
    text = " ".join(f"{sign} {chunk}" for sign, chunk in summands)
    return text.removeprefix("+ ") or "1"


def _unmatched(text: str, position: int, formula: str) -> FormulaError:
    place = len(formula) - len(text) + position  # the text is the end of the formula
    return FormulaError(
        f"This bracket has no partner.\n    {formula}\n    {' ' * place}^\n",
        "Close each bracket that is opened.",
    )


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


# --- reading an lme4 formula into the equations of its levels ----------------------------


@dataclass(frozen=True)
class Written:
    """What :class:`~mlmteach.Model` takes: the formula of level 1 and those of level 2.

    Equations tell by which column σ² differs, and which holds precisions; formulas do not.  The
    family is the distribution of the outcome, as far as it was written.
    """

    level1: str
    group: str
    level2: dict[str, str]
    covariance: Covariance
    by: str = ""
    precision: str = ""
    family: Family = NORMAL
    level3: dict[str, str] | None = None
    covariance3: Covariance | None = None


def read_formula(
    formula: str,
    *,
    data: Data | None = None,
    level2: Iterable[str] = (),
    level3: Iterable[str] = (),
    group: str | None = None,
    family: str | Family | None = None,
    link: str | None = None,
    trials: str | None = None,
    exposure: str | None = None,
    event: Any = None,
) -> Written:
    """Read an lme4 formula into a level-1 equation and level-2 equations.

    Parameters
    ----------
    formula : str
        Such as ``"mathach ~ size * ses + (1 + ses | school)"``.  Several random terms of one
        group are taken as independent of each other; ``||`` parts all effects of one term, but
        keeps a category together, as lme4 does: it has an effect in each of its values, and these
        correlate with each other.  ``(1 + arm || g)`` is therefore ``(1 + arm | g)``, and in
        ``(x + arm || g)`` it is x that is apart from the rest.
        A whole call of ``lmer``, ``glmer``, ``glmer.nb`` or ``glmmTMB`` is read too, and Stata's
        ``"mixed mathach c.size##c.ses || school: ses, cov(un)"``, ``melogit``, ``meprobit``,
        ``mecloglog``, ``mepoisson`` and ``menbreg``.  ``(1 | a/b)``, or ``(x | a) + (1 | a:b)``,
        has three levels, b within a; ``(1 | a) + (1 | b)`` has crossed groupings, unless the data
        tell that each b lies within one a.  ``cbind(a, n - a)`` to the left is the
        number of successes a of n trials, ``offset(log(t))`` gives a count the exposure t.
    data : DataFrame, path, dataset or function, optional
        Data that tell the level of each variable: level 2 if it is constant within each group.
    level2 : iterable of str, optional
        The level-2 variables, where no data are given or to add to what they tell.
    level3 : iterable of str, optional
        The same for level 3, or the second of two crossed groupings.
    group : str, optional
        The grouping, for a formula without a random term: its intercept is random.
    family, link, trials, exposure, event : optional
        The distribution of the outcome, as :class:`~mlmteach.Model` takes it, where the text does
        not say it.

    Returns
    -------
    Written

    Raises
    ------
    FormulaError
        If the formula cannot be read.
    ModelError
        If it is not a multilevel model that there is here.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), *Journal of Statistical Software* 67(1), section 2.

    Examples
    --------
    >>> written = read_formula("mathach ~ size * ses + (1 + ses | school)", level2=["size"])
    >>> written.level1, written.level2
    ('mathach ~ 1 + ses', {'intercept': '1 + size + U', 'ses': '1 + size + U'})
    >>> read_formula("melogit case i.period || herd:, binomial(size)").family.trials
    'size'
    """
    text = checked_text(formula, "formula")
    call = read_call(stata_to_lme4(text) if is_stata(text) else text)
    given = {"family": family, "link": link, "trials": trials, "exposure": exposure, "event": event}
    told = _merged(_said(call), given)
    name = family_name(told["family"])
    _refuse_arguments(call, name)
    formula, own_trials = _successes(call.formula, name)
    formula, own_exposure = _exposure(formula, call.arguments.get("offset"), name)
    told = _merged({"trials": own_trials, "exposure": own_exposure}, told)
    fixed_side, random = split_random(formula)
    outcome, fixed = parse_outcome(fixed_side)
    grouping, parts = _grouped(random, group, formula, data)
    taken = dict.fromkeys(outcome.variables, "outcome") | dict.fromkeys(grouping.names, "group")
    known_family = checked_family(told.pop("family"), told.pop("link"), **told, taken=taken)
    used = {*_variables(fixed), *_variables(term for part in random for term in part.terms)}
    levels = columns_above(data, grouping, sorted(used), alone=not known_family.is_normal)
    levels |= dict.fromkeys(level2, 2) | dict.fromkeys(level3, 3)
    if grouping.is_nested and grouping.names[0] in used:  # the machines of each worker
        levels[grouping.names[0]] = 2
    if grouping.crossed:
        levels = _levels_of_slopes(levels, random, grouping)
    predictors = _by_level(fixed, levels, grouping)
    blocks = [_blocks(own) for own in parts] if random else [((INTERCEPT,),) for _ in parts]
    effects = [[term for block in own for term in block] for own in blocks]
    uppers: dict[Term, list[Term]] = {}  # the products that have a V, by level 1
    for at, own_effects in enumerate(effects):
        for term in own_effects:
            lower, middle = _varying(term, at, levels, grouping)
            known = _known(lower, predictors)
            predictors.setdefault(known, {})
            if at == 1:
                uppers.setdefault(known, []).append(middle)
    order = sorted(predictors, key=lambda term: len(term.factors))
    written = _crossed_equations if grouping.crossed else _nested_equations
    level2_equations, level3_equations = written(
        {term: predictors[term] for term in order}, effects[0], uppers
    )
    names = [
        tuple(
            tuple(_product_name(term, levels, grouping, predictors) for term in block)
            for block in own
        )
        for own in blocks
    ]
    covariances: list[Covariance] = [own if len(own) > 1 else "unstructured" for own in names]
    return Written(
        f"{outcome.formula} ~ {join(order)}",
        grouping.formula,
        level2_equations,
        covariances[0],
        family=known_family,
        level3=level3_equations if len(grouping.names) > 1 else None,
        covariance3=covariances[1] if len(covariances) > 1 else None,
    )


Predictors = dict[Term, dict[Term, list[Term]]]
"""The fixed terms parted by level: those of level 3, by level 1 and level 2."""


def _variables(terms: Iterable[Term]) -> Iterator[str]:
    return (variable for term in terms for variable in term.variables)


def _levels_of_slopes(
    levels: Mapping[str, int], random: Iterable[RandomPart], grouping: Grouping
) -> dict[str, int]:
    """Put what has a slope in the other of two crossed groupings at level 1.

    What differs between items may have a slope of its own in each subject.
    """
    kept = dict(levels)
    for part in random:
        own = 2 + grouping.names.index(part.groups[0])
        for variable in _variables(part.terms):
            if kept.get(variable, own) != own:
                del kept[variable]
    return kept


def _by_level(fixed: Iterable[Term], levels: Mapping[str, int], grouping: Grouping) -> Predictors:
    found: Predictors = {}
    for term in fixed:
        lower, middle, upper = _split(term, levels, grouping)
        if grouping.crossed and upper:  # a product of both groupings stands with the second
            middle, upper = INTERCEPT, upper * middle
        own = found.setdefault(_known(lower, found), {})
        own.setdefault(_known(middle, own), []).append(upper)
    return found


def _varying(
    term: Term, at: int, levels: Mapping[str, int], grouping: Grouping
) -> tuple[Term, Term]:
    """Part what differs between the groups of a grouping into its factors of levels 1 and 2.

    Raises
    ------
    ModelError
        If it does not vary within these groups.
    """
    lower, middle, upper = _split(term, levels, grouping)
    level = 3 if upper else 2 if middle else 1
    if level > 1 and not (grouping.is_nested and at == 1 and level == 2):
        group = grouping.names[min(level - 2, at) if grouping.is_nested else at]
        raise ModelError(
            f"'{term.name}' has a random effect, but does not vary within '{group}'.",
            f"Leave it out of that random term: only the coefficients of predictors that vary "
            f"within the groups of '{group}' can differ between them.",
        )
    return lower, middle


def _crossed_equations(
    predictors: Predictors, effects: Iterable[Term], uppers: Mapping[Term, object]
) -> tuple[dict[str, str], dict[str, str]]:
    """Write the equations of the first grouping and of the second, by level-1 term."""
    first, second = {}, {}
    for term, found in predictors.items():
        means = [t for t, above in found.items() if INTERCEPT in above]
        others = [t for t in found.get(INTERCEPT, []) if t]
        first[_key(term)] = join(means, "U" * any(term.matches(e) for e in effects))
        second[_key(term)] = join([INTERCEPT, *others], "V" * (term in uppers))
    return first, second


def _nested_equations(
    predictors: Predictors, effects: Iterable[Term], uppers: Mapping[Term, list[Term]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Write the equations of level 2, by level-1 term, and of level 3, by product of both."""
    level2, level3 = {}, {}
    for term, found in predictors.items():
        vs = [_known(t, found) for t in uppers.get(term, [])]
        middle = sorted(dict.fromkeys([*found, *vs]), key=bool)  # the mean comes first
        level2[_key(term)] = join(middle, "U" * any(term.matches(e) for e in effects))
        for t in middle:
            level3[_key(t * term)] = join(found.get(t, []), "V" * (t in vs))
    return level2, level3


def _key(term: Term) -> str:
    return term.formula if term else "intercept"


def _product_name(
    term: Term,
    levels: Mapping[str, int],
    grouping: Grouping,
    predictors: Mapping[Term, Mapping[Term, object]],
) -> str:
    """The name of a random effect as its equations make it: level 2 before level 1."""
    lower, middle, _ = _split(term, levels, grouping)
    known = _known(lower, predictors)
    return (_known(middle, predictors.get(known, ())) * known).name


def columns_above(
    data: Data | None, grouping: Grouping, columns: Iterable[str], *, alone: bool = False
) -> dict[str, int]:
    """Ask the data for the levels of columns, those above level 1; see :mod:`mlmteach.data.levels`.

    >>> columns_above(None, Grouping(("school",)), ["ses"])
    {}
    """
    if data is None:
        return {}
    from mlmteach.data.levels import level2_columns, levels_by

    if len(grouping.names) == 1:
        found = level2_columns(data, group=grouping.names[0], columns=columns, alone=alone)
        return dict.fromkeys(found, 2)
    lower, upper = grouping.names
    return levels_by(data, groups=(lower, upper), nested=grouping.is_nested, columns=columns)


def _grouped(
    random: tuple[RandomPart, ...], group: str | None, formula: str, data: Data | None
) -> tuple[Grouping, list[tuple[RandomPart, ...]]]:
    """Find the groupings of random terms, and sort the terms by them."""
    given = None if group is None else parse_grouping(group)
    if not random:
        if given is None:
            raise FormulaError(
                f"'{formula}' names no group.",
                "Add a random term, such as '(1 | school)', or give `group`.",
            )
        return given, [() for _ in given.names]
    keys = list(dict.fromkeys(frozenset(part.groups) for part in random))
    grouping = _grouping_of(random, keys, formula, data)
    if given is not None and given != grouping:
        raise ModelError(
            f"The formula groups by '{grouping.formula}', `group` says '{given.formula}'.",
            "Keep one of them.",
        )
    lower, *upper = grouping.names
    own = [frozenset({lower, *upper}) if grouping.is_nested else frozenset({lower})]
    own += [frozenset({name}) for name in upper]
    if grouping.is_nested and own[0] not in keys:  # (1 | school) + (1 | class), each in one school
        own[0] = frozenset({lower})
    return grouping, [tuple(p for p in random if frozenset(p.groups) == key) for key in own]


def _grouping_of(
    random: tuple[RandomPart, ...],
    keys: list[frozenset[str]],
    formula: str,
    data: Data | None,
) -> Grouping:
    names = list(dict.fromkeys(name for part in random for name in part.groups))
    if len(names) > 2:
        raise too_many(names)
    pairs = [key for key in keys if len(key) == 2]
    if not pairs:
        if len(names) == 1:
            return Grouping((names[0],))
        if data is not None:
            from mlmteach.data.levels import lies_within

            for lower, upper in (names[::-1], names):
                if lies_within(data, lower, upper):
                    return Grouping((lower, upper))
        return Grouping((names[0], names[1]), crossed=True)
    singles = [key for key in keys if len(key) == 1]
    if len(singles) != 1:
        a, b = names
        raise ModelError(
            f"'{formula}' groups by '{a}:{b}' "
            + ("alone." if not singles else f"beside '{a}' and '{b}'."),
            f"Make the pairs a column of their own, such as data['{a}_{b}'] = "
            f"data['{a}'].astype(str) + '_' + data['{b}'].astype(str)"
            + (", and group by it." if not singles else ", and keep two of the three groupings."),
        )
    (upper,) = singles[0]
    (lower,) = pairs[0] - singles[0]
    return Grouping((lower, upper))


def _split(term: Term, levels: Mapping[str, int], grouping: Grouping) -> tuple[Term, Term, Term]:
    """Part a term into its factors of level 1, of level 2 and of level 3."""

    def level(factor: Factor) -> int:
        if factor.is_group_mean:
            return 2
        found = {levels.get(v, 1) for v in factor.variables}
        if grouping.crossed and len(found) > 1:  # what both groupings make differs within either
            return 1
        return min(found, default=1)

    own = [(level(factor), factor) for factor in term.factors]
    lower, middle, upper = (Term(tuple(f for at, f in own if at == k)) for k in (1, 2, 3))
    return lower, middle, upper


def _blocks(random: tuple[RandomPart, ...]) -> tuple[tuple[Term, ...], ...]:
    """Collect the sets of effects that may correlate."""
    blocks: list[tuple[Term, ...]] = []
    for part in random:
        blocks += [part.terms] if part.correlated else [(term,) for term in part.terms]
    effects = [term for block in blocks for term in block]
    for position, term in enumerate(effects):
        if any(term.matches(other) for other in effects[:position]):
            name = term.name if term else "the intercept"
            raise ModelError(
                f"Two random terms of one group have an effect of {name}.",
                "Keep one; write '0 +' in a term that should not have an intercept.",
            )
    return tuple(blocks)


def _known(term: Term, order: Iterable[Term]) -> Term:
    """The term as it was written first, if it was written before."""
    return next((known for known in order if known.matches(term)), term)
