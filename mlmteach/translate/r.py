"""R: reading and preparing the data, for lme4, nlme and glmmTMB alike."""

from __future__ import annotations

from mlmteach.errors import ModelError
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules, words
from mlmteach.translate.plan import Effects, Plan, Program, refuse_dispersion
from mlmteach.translate.preparation import (
    Categories,
    Center,
    Compute,
    GroupMean,
    Indicator,
    Standardize,
    Step,
    Value,
    literal,
)
from mlmteach.translate.script import (
    CURVATURE,
    KEPT,
    quoted,
    sum_of,
    terms_of,
    wrapped,
    wrapped_sum,
)

__all__ = ["GLMMTMB", "LME4", "NLME"]

# R Language Definition, 10.3.1 Constants and 10.3.2 Identifiers; ?Reserved
NAMING = NameRules(
    r"[^\W\d_][\w.]*",
    10_000,
    words(
        "if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ "
        "NA_real_ NA_character_ NA_complex_ in T F"
    ),
)


def prepared(plan: Plan, *, complete: bool) -> list[str]:
    """Write the lines that read the data and make the columns.

    Parameters
    ----------
    plan : Plan
        What has to be there.
    complete : bool
        Whether rows with missing values have to go first.

    Returns
    -------
    list of str
        The lines.
    """
    frame = plan.data
    as_they_are = ", check.names = FALSE" if plan.renamed else ""
    options = as_they_are
    if plan.texts:  # else "T" would be true, "NA" and "NaN" no text, "01" 1 and a blank a text
        types = ", ".join(f'{_argument(name)}{KEPT}={KEPT}"character"' for name in plan.texts)
        options += f', na.strings = "", colClasses = c({types})'
    lines = [wrapped(f'{frame} <- read.csv("{frame}.csv"{options})', indent="  ")]
    lines += [
        f"names({frame})[names({frame}) == {quoted(old)}] <- {quoted(new)}  # a name that R takes"
        for old, new in plan.renamed
    ]
    # factors first: a category that the model has not is missing, and its rows go too
    dialect = Dialect("r", f"{frame}$%s", power="^")
    lines += [_line(step, plan, dialect) for step in plan.steps if isinstance(step, Categories)]
    if complete:
        used = ", ".join(quoted(name) for name in plan.used)
        lines.append(wrapped(f"{frame} <- na.omit({frame}[c({used})])", indent="  "))
    return lines + [
        _line(step, plan, dialect) for step in plan.steps if not isinstance(step, Categories)
    ]


def _line(step: Step, plan: Plan, dialect: Dialect) -> str:
    def column(name: str) -> str:
        return f"{plan.data}${name}"

    match step:
        case Compute(name, expression):
            return f"{column(name)} <- {dialect.write(expression)}"
        case GroupMean(name, source, groups):
            within = ", ".join(map(column, groups))
            return f"{column(name)} <- ave({column(source)}, {within})"
        case Center(name, source, _):
            return f"{column(name)} <- {column(source)} - mean({column(source)})"
        case Standardize(name, source, _, _):
            x = column(source)
            return f"{column(name)} <- ({x} - mean({x})) / sd({x})"
        case Indicator(name, source, value):
            return f"{column(name)} <- as.numeric({column(source)} == {_value(value)})"
        case Categories(source, values):
            levels = ", ".join(_value(value) for value in values)
            return wrapped(
                f"{column(source)} <- factor({column(source)}, levels = c({levels}))", indent="  "
            )


def _argument(name: str) -> str:
    return name if NAMING.accepts(name) else quoted(name)


def _value(value: Value) -> str:
    return literal(value, quoted)


def _club(plan: Plan) -> list[str]:
    return ["library(clubSandwich)"] if plan.robust else []


def _robust(plan: Plan) -> list[str]:
    """Robust standard errors with Satterthwaite's df: clubSandwich's help page coef_test."""
    return [f'coef_test(model, vcov = "{plan.robust}")'] if plan.robust else []


def _outcome(plan: Plan) -> str:
    """The left side: successes and failures where there are trials."""
    trials = plan.family.trials
    return f"cbind({plan.outcome}, {trials} - {plan.outcome})" if trials else plan.outcome


def _offset(plan: Plan) -> list[str]:
    return [f"offset(log({plan.family.exposure}))"] if plan.family.exposure else []


def _family(plan: Plan) -> str:
    """The family as stats has it; the usual link is left out."""
    family = plan.family
    return family.name if family.has_usual_link else f'{family.name}(link = "{family.link}")'


def _formula(plan: Plan, random: list[str]) -> str:
    terms = [*terms_of(plan.fixed), *_offset(plan), *random]
    return wrapped_sum(_outcome(plan), terms, indent="  ")


def _fitted(function: str, *arguments: str) -> list[str]:
    """The call that fits, an argument a line, and that of its summary."""
    inside = ",\n".join(arguments)
    return [f"model <- {function}(", inside, ")", "summary(model)"]


# --- lme4 in R ----------------------------------------------------------------------------


def write_lme4(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), Fitting linear mixed-effects models using lme4,
    *Journal of Statistical Software* 67(1), section 2; the help pages glmer (``family``, ``nAGQ``)
    and glmer.nb.
    """
    refuse_dispersion("lme4", plan, precision=True, instead="nlme, Stata or SAS")
    # lmer leaves out incomplete rows itself, but after means were taken
    lines = [
        "library(lme4)",
        *_club(plan),
        "",
        *prepared(plan, complete=plan.complete_first),
        "",
    ]
    if not plan.family.is_normal:
        return "\n".join([*lines, *_glmer(plan)])
    lines += _fitted(
        "lmer",
        _formula(plan, _lme4_random(plan)),
        f"  data = {plan.data}",
        *([f"  weights = {plan.precision}"] if plan.precision else []),
        f"  REML = {str(plan.reml).upper()}",
    )
    return "\n".join([*lines, *_robust(plan)])


def _glmer(plan: Plan) -> list[str]:
    negbin = plan.family.name == "negbin"
    points, notes = plan.points, []
    if points > 1 and not plan.single:  # "nAGQ > 1 is only available for models with a single,
        points = 1  # scalar random-effects term": glmer
        notes.append(
            "# glmer has quadrature for a single U alone: this is Laplace's approximation."
        )
    call = _fitted(
        "glmer.nb" if negbin else "glmer",
        _formula(plan, _lme4_random(plan)),
        f"  data = {plan.data}",
        *([] if negbin else [f"  family = {_family(plan)}"]),
        f"  nAGQ = {points}",
    )
    return [*notes, *call]


def _lme4_random(plan: Plan) -> list[str]:
    return [
        f"({sum_of(block)} {bar} {behind})"
        for effects, behind in plan.bars(":")
        for block, bar in effects.covariances(diagonal="||", several="|", one="|")
    ]


LME4 = Program("lme4", "r", NAMING, factors=True, write=write_lme4)


# --- nlme in R ----------------------------------------------------------------------------


def write_nlme(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    Pinheiro & Bates (2000), *Mixed-Effects Models in S and S-PLUS*, sections 4.2 and 5.2, and 4.2.2
    for crossed groupings; the help pages lme, pdBlocked, pdDiag, pdIdent, pdSymm, varIdent,
    varFixed and varComb of nlme.
    """
    if not plan.family.is_normal:
        raise ModelError(
            f"nlme fits normal outcomes alone, and no family '{plan.family.name}'.",
            "Write the model for lme4 or glmmTMB.",
        )
    # lme stops at a missing value, wherever it is
    lines = ["library(nlme)", *_club(plan), "", *prepared(plan, complete=True)]
    if plan.crossed:  # lme nests groups: one group of all rows, and indicators in it
        every = plan.names(NAMING).new("every_row")
        lines.append(f"{plan.data}${every} <- factor(1)  # one group, for those that cross")
        first, *others = _nlme_crossed(plan)
        random = [f"list({every} = {first}", *others[:-1], f"{others[-1]})"]
    else:
        random = _nlme_random(plan)
    call = _fitted(
        "lme",
        _formula(plan, []),
        "\n".join([f"  random = {random[0]}", *random[1:]]),
        *([f"  weights = {variance}"] if (variance := _nlme_variance(plan)) else []),
        f"  data = {plan.data}",
        f'  method = "{"REML" if plan.reml else "ML"}"',
    )
    return "\n".join([*lines, "", *call, *_robust(plan)])


def _nlme_variance(plan: Plan) -> str:
    """The variance function of ε: by category, by precision, or both."""
    parts = [f"varIdent(form = ~ 1 | {plan.by})"] if plan.by else []
    parts += [f"varFixed(~ I(1 / {plan.precision}))"] if plan.precision else []
    return f"varComb({', '.join(parts)})" if len(parts) > 1 else "".join(parts)


def _nlme_random(plan: Plan) -> list[str]:
    """The random coefficients, of the outermost groups first: lme takes each within the others."""
    shared, behind = plan.bars(":")[0]
    if len(shared.blocks) == 1 and len(plan.bars(":")) == 1:
        return [f"~ {sum_of(shared.blocks[0])} | {behind}"]
    parts = [f"{e.columns[-1]} = {_nlme_matrix(e)}" for e in reversed(plan.random)]
    if len(parts) == 1:
        return [f"list({parts[0]})"]
    return ["list(", *_listed(parts), "  )"]


def _listed(parts: list[str]) -> list[str]:
    return [*(f"    {part}," for part in parts[:-1]), f"    {parts[-1]}"]


def _nlme_matrix(effects: Effects) -> str:
    if effects.diagonal:
        return f"pdDiag(~ {sum_of(effects.products)})"
    if len(effects.blocks) == 1:
        return f"~ {sum_of(effects.blocks[0])}"
    parts = ", ".join(f"pdSymm(~ {sum_of(block)})" for block in effects.blocks)
    return f"pdBlocked(list({parts}))"


def _nlme_crossed(plan: Plan) -> list[str]:
    """A variance for the indicators of each grouping, times what the coefficient multiplies."""
    if any(len(block) > 1 for effects in plan.random for block in effects.blocks):
        raise ModelError(
            "nlme cannot let random coefficients correlate where groupings cross.",
            "Write the model for lme4 or glmmTMB, or with covariance='diagonal'.",
        )
    parts = [
        f"pdIdent(~ 0 + {':'.join([f'factor({effects.columns[0]})', *product])})"
        for effects in plan.random
        for product in effects.products
    ]
    return ["pdBlocked(list(", *_listed(parts), "  ))"]


NLME = Program("nlme", "r", NAMING, factors=True, write=write_nlme)


# --- glmmTMB in R -------------------------------------------------------------------------


def write_glmmtmb(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    Brooks et al. (2017), glmmTMB balances speed and flexibility among packages for zero-inflated
    generalized linear mixed modeling, *The R Journal* 9(2); the help pages glmmTMB (``REML``,
    ``dispformula``) and nbinom2, and the vignette "Covariance structures with glmmTMB" for
    ``diag()``.
    """
    # its weights multiply the log-likelihood, and are no precisions
    refuse_dispersion("glmmTMB", plan, by=True, instead="lme4 or nlme")
    lines = ["library(glmmTMB)", "", *prepared(plan, complete=plan.complete_first), ""]
    if plan.points > 1:
        lines.append("# glmmTMB has Laplace's approximation alone, and no quadrature.")
    lines += [f"# {line}" for line in CURVATURE] if plan.curved else []
    family = "nbinom2" if plan.family.name == "negbin" else _family(plan)
    lines += _fitted(
        "glmmTMB",
        _formula(plan, _glmmtmb_random(plan)),
        f"  data = {plan.data}",
        *([f"  dispformula = ~ factor({plan.by})"] if plan.by else []),
        f"  REML = {str(plan.reml).upper()}" if plan.family.is_normal else f"  family = {family}",
    )
    lines += ["# clubSandwich has no robust standard errors for it."] if plan.robust else []
    return "\n".join(lines)


def _glmmtmb_random(plan: Plan) -> list[str]:
    return [
        f"{how}({sum_of(block)} | {behind})"
        for effects, behind in plan.bars(":")
        for block, how in effects.covariances(diagonal="diag", several="", one="")
    ]


GLMMTMB = Program("glmmtmb", "r", NAMING, factors=True, write=write_glmmtmb)
