"""MixedModels.jl in Julia."""

from __future__ import annotations

from mlmteach.errors import ModelError
from mlmteach.translate.dialects import Dialect
from mlmteach.translate.names import NameRules, words
from mlmteach.translate.plan import Plan, Program, refuse_dispersion
from mlmteach.translate.preparation import (
    Categories,
    Center,
    Compute,
    GroupMean,
    Indicator,
    Standardize,
    Step,
    Value,
)
from mlmteach.translate.script import KEPT, quoted, sum_of, terms_of, wrapped, wrapped_sum

__all__ = ["PROGRAM"]

# The Julia Manual: Variables, Allowed Variable Names; Keywords
NAMING = NameRules(
    r"[^\W\d]\w*",
    10_000,
    words(
        "baremodule begin break catch const continue do else elseif end export false finally for "
        "function global if import let local macro module public quote return struct true try "
        "using while in isa where"
    ),
)


def write(plan: Plan) -> str:
    """Write the script.

    References
    ----------
    The MixedModels.jl documentation: Model constructors (``zerocorr``, ``REML = true``, ``wts``,
    several terms of one group, ``/`` and ``&`` for groups within groups) and Grouping; the
    StatsModels.jl documentation: Contrast coding; the CSV.jl documentation: Reading (``types``,
    ``missingstring``, and what is taken for ``true``).
    For other outcomes: Model constructors, "Fitting generalized linear mixed models" (``nAGQ``;
    Binomial with the share of successes and the trials as ``weights``, from version 5.2 on), and
    Limitations.
    """
    refuse_dispersion("MixedModels.jl", plan, precision=True, instead="nlme, Stata or SAS")
    if plan.family.name == "negbin":  # "results … are known to be incorrect": Limitations
        raise ModelError(
            "MixedModels.jl has no models with a dispersion parameter, such as the negative "
            "binomial.",
            "Write the model for lme4, glmmTMB, Stata or SAS.",
        )
    frame = plan.data
    preparation = [line for step in plan.steps for line in _lines(step, plan)]
    statistics = (
        ", Statistics"
        if any(isinstance(step, Center | GroupMean | Standardize) for step in plan.steps)
        else ""
    )
    lines = [f"using CSV, DataFrames, MixedModels{statistics}"]
    lines += ["using GLM: CloglogLink"] if plan.family.link == "cloglog" else []
    lines += [""]
    options = ""
    if plan.texts:  # else "T" would be true, "01" be 1
        types = ", ".join(f"{_text(name)}{KEPT}=>{KEPT}String" for name in plan.texts)
        options = f'; types{KEPT}={KEPT}Dict({types}), missingstring{KEPT}={KEPT}""'
    lines.append(wrapped(f'{frame} = CSV.read("{frame}.csv", DataFrame{options})', indent="    "))
    lines += [
        f"rename!({frame}, {_text(old)} => {_text(new)})  # a name that Julia takes"
        for old, new in plan.renamed
    ]
    if plan.complete_first:
        used = ", ".join(f":{name}" for name in plan.used)
        lines.append(f"{frame} = dropmissing({frame}[:, [{used}]])")
    outcome, trials = plan.outcome, plan.family.trials
    if trials:
        outcome = plan.names(NAMING).new(f"{plan.outcome}_share")
        preparation.append(f"{frame}.{outcome} = {frame}.{plan.outcome} ./ {frame}.{trials}")
    normal = plan.family.is_normal
    if plan.points > 1 and not plan.single:
        preparation += [
            "# MixedModels.jl has quadrature for a single U alone: this is Laplace's approximation."
        ]
    lines += [
        *preparation,
        "",
        "model = fit(",
        "    MixedModel,",
        "    @formula(",
        wrapped_sum(
            outcome,
            [*terms_of(plan.fixed, times=" & "), *_random(plan)],
            indent="        ",
        ),
        "    ),",
        f"    {frame};" if normal else f"    {frame},",
        *([] if normal else [f"    {_distribution(plan)};"]),
        wrapped(f"    contrasts = Dict({', '.join(_contrasts(plan))}),", indent="        "),
        *([f"    wts = {frame}.{plan.precision},"] if plan.precision else []),
        *([f"    REML = {str(plan.reml).lower()},"] if normal else _options(plan)),
        ")",
        "println(model)",
        *(["# MixedModels.jl has the standard errors of the model alone."] if plan.robust else []),
    ]
    return "\n".join(lines)


def _distribution(plan: Plan) -> str:
    family = plan.family
    name = "Poisson" if family.is_count else "Binomial" if family.trials else "Bernoulli"
    link = {"probit": "ProbitLink", "cloglog": "CloglogLink"}.get(family.link)
    return f"{name}(), {link}()" if link else f"{name}()"


def _options(plan: Plan) -> list[str]:
    family = plan.family
    options = [f"    weights = float.({plan.data}.{family.trials}),"] if family.trials else []
    options += [f"    offset = log.({plan.data}.{family.exposure}),"] if family.exposure else []
    return [*options, f"    nAGQ = {plan.points if plan.single else 1},"]


def _random(plan: Plan) -> list[str]:
    return [
        f"{how}({sum_of(block, times=' & ')} | {behind})"
        for effects, behind in plan.bars(" & ")
        for block, how in effects.covariances(diagonal="zerocorr", several="", one="")
    ]


def _contrasts(plan: Plan) -> list[str]:
    return [f":{name} => Grouping()" for name in plan.groups] + [
        f":{step.column} => DummyCoding(base = {_value(step.values[0])})"
        for step in plan.steps
        if isinstance(step, Categories)
    ]


def _lines(step: Step, plan: Plan) -> list[str]:
    dialect = Dialect("julia", f"{plan.data}.%s", "%s.(%s)", power="^", dot=".")

    def column(name: str) -> str:
        return f"{plan.data}.{name}"

    match step:
        case Compute(name, expression):
            return [f"{column(name)} = {dialect.write(expression)}"]
        case GroupMean(name, source, groups):
            keys = ", ".join(f":{group}" for group in groups)
            keys = keys if len(groups) == 1 else f"[{keys}]"
            return [f"transform!(groupby({plan.data}, {keys}), :{source} => mean => :{name})"]
        case Center(name, source, _):
            return [f"{column(name)} = {column(source)} .- mean({column(source)})"]
        case Standardize(name, source, _, _):
            x = column(source)
            return [f"{column(name)} = ({x} .- mean({x})) ./ std({x})"]
        case Indicator(name, source, value):
            return [f"{column(name)} = Float64.({column(source)} .== {_value(value)})"]
        case Categories():
            return []  # contrasts, in the call of fit


def _text(text: str) -> str:
    return quoted(text).replace("$", "\\$")  # which would insert a variable


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value)


PROGRAM = Program("mixedmodels.jl", "julia", NAMING, factors=True, write=write)
