"""Confidence intervals: Wald's, from the profile likelihood, or from a bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import pandas as pd

from mlmteach.errors import OptionError
from mlmteach.fit.combinations import gamma_tests
from mlmteach.fit.estimated import Linear
from mlmteach.fit.generalized import NonNormal
from mlmteach.fit.kenward_roger import Df
from mlmteach.fit.variances import Scale, names_of, require_level, require_scale, wald

if TYPE_CHECKING:
    from mlmteach.fit.fitted import Fitted
    from mlmteach.fit.profile import LikelihoodProfile

__all__ = ["Method", "Which", "conf_int", "profile_of"]

Method: TypeAlias = Literal["wald", "profile", "bootstrap"]
Which: TypeAlias = Literal["fixed", "random", "all"]
_BOOTSTRAP = ("n", "seed", "executor", "checkpoint", "progress")


def conf_int(
    fit: Fitted,
    level: float = 0.95,
    *,
    method: Method = "wald",
    which: Which = "fixed",
    scale: Scale = "variance",
    df: Df = "satterthwaite",
    **options: Any,
) -> pd.DataFrame:
    """Compute confidence intervals of any kind of fit; see :meth:`mlmteach.Fit.conf_int`."""
    require_level(level)
    require_scale(scale)
    for name, value, known in (("method", method, Method), ("which", which, Which), ("df", df, Df)):
        if value not in get_args(known):
            choices = " or ".join(f"'{choice}'" for choice in get_args(known))
            raise OptionError(f"{name}={value!r} is not known for intervals.", f"Use {choices}.")
    known_options = _BOOTSTRAP if method == "bootstrap" else ()
    for option in options:
        if option not in known_options:
            raise OptionError(
                f"The option '{option}' is not for method='{method}'.",
                f"Leave it out; method='bootstrap' has {', '.join(_BOOTSTRAP)}.",
            )
    fixed = list(fit.params.index)
    random = names_of(fit, scale)
    chosen = {"fixed": fixed, "random": random, "all": [*fixed, *random]}[which]
    if fit.is_robust and method != "wald" and which != "random":
        raise OptionError(
            f"Intervals by method='{method}' rest on the model, and this fit has robust standard "
            f"errors ({getattr(fit, 'cov_type', '')}).",
            "Use method='wald', or ask the fit as it was before .robust().",
        )
    if method == "profile":
        return profile_of(fit, scale).conf_int(level, names=chosen)
    if method == "bootstrap":
        from mlmteach.fit.bootstrap import bootstrap

        intervals = bootstrap(fit, **options).conf_int(level, scale=scale)
        return intervals.loc[chosen]
    parts = []
    if which != "random":
        parts.append(gamma_tests(fit, level, df)[["lower", "upper"]])
    if which != "fixed":
        parts.append(wald(fit, level, scale))
    return pd.concat(parts)


def profile_of(fit: Fitted, scale: Scale) -> LikelihoodProfile:
    """Return the profile likelihood of a fit of any kind; what makes it is loaded when needed."""
    if isinstance(fit, NonNormal):
        from mlmteach.fit.generalized_intervals import GeneralizedProfile

        return GeneralizedProfile(fit, scale)
    from mlmteach.fit.profile import Profile

    assert isinstance(fit, Linear)
    return Profile(fit, scale)
