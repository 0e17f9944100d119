"""Stata's mixed becomes an lme4 formula, melogit and the like a call of glmer.

StataCorp, ME reference manual, entries `mixed`, `melogit`, `meprobit`, `mecloglog`, `mepoisson` and
`menbreg`; the same as www.stata.com/help.cgi?melogit.
"""

import pytest

from mlmteach import Model
from mlmteach.errors import FormulaError, MlmteachWarning, ModelError
from mlmteach.model.stata import is_stata, stata_to_lme4


@pytest.mark.parametrize(
    ("command", "formula"),
    [
        ("mixed y || g:", "y ~ 1 + (1 | g)"),
        (". mixed y x, || g:", "y ~ 1 + x + (1 | g)"),
        ("xtmixed y x || g:, mle", "y ~ 1 + x + (1 | g)"),
        ("mixed y x || g: x", "y ~ 1 + x + (1 + x || g)"),  # independent is the default
        ("mixed y x || g: x, cov(un)", "y ~ 1 + x + (1 + x | g)"),
        ("mixed y x || g: x, covariance(unstructured) reml", "y ~ 1 + x + (1 + x | g)"),
        ("mixed y x || g: x, cov(ind) var nolog", "y ~ 1 + x + (1 + x || g)"),
        ("mixed y x || g: x, nocons", "y ~ 1 + x + (0 + x || g)"),
        ("mixed y x, noconstant || g: x w, cov(uns)", "y ~ 0 + x + (1 + x + w | g)"),
        ("mixed y x ///\n    w || g:", "y ~ 1 + x + w + (1 | g)"),
        ("mixed y x || g: x, nocons || g:", "y ~ 1 + x + (0 + x || g) + (1 | g)"),
        ("mixed y i.k || g:", "y ~ 1 + C(k) + (1 | g)"),
        ("mixed y ib3.k || g:", "y ~ 1 + C(k, Treatment(3)) + (1 | g)"),
        ("mixed y c.x#c.w || g:", "y ~ 1 + x:w + (1 | g)"),
        ("mixed y c.x##c.w || g:", "y ~ 1 + x + w + x:w + (1 | g)"),
        ("mixed y k##c.x || g:", "y ~ 1 + C(k) + x + C(k):x + (1 | g)"),  # k alone is i.k
        ("mixed y c.x##c.x || g:", "y ~ 1 + x + I(x ** 2) + (1 | g)"),
        ("mixed y x c.x#c.x#c.x || g:", "y ~ 1 + x + I(x ** 3) + (1 | g)"),
        ("mixed y x c.x##c.w || g:", "y ~ 1 + x + w + x:w + (1 | g)"),  # x counts once
        ("mixed y x || g:, level(90)", "y ~ 1 + x + (1 | g)"),
    ],
)
def test_commands(command: str, formula: str) -> None:
    assert is_stata(command)
    assert stata_to_lme4(command) == formula


BINOMIAL = "family = binomial"


@pytest.mark.parametrize(
    ("command", "call"),
    [
        ("melogit y x || g:", f"glmer(y ~ 1 + x + (1 | g), {BINOMIAL})"),
        ("meqrlogit y x || g:, laplace", f"glmer(y ~ 1 + x + (1 | g), {BINOMIAL})"),
        ("xtmelogit y x || g:", f"glmer(y ~ 1 + x + (1 | g), {BINOMIAL})"),
        ("melogit y x || g: x, cov(un) or", f"glmer(y ~ 1 + x + (1 + x | g), {BINOMIAL})"),
        ("meprobit y || g:", 'glmer(y ~ 1 + (1 | g), family = binomial(link = "probit"))'),
        ("mecloglog y || g:", 'glmer(y ~ 1 + (1 | g), family = binomial(link = "cloglog"))'),
        (
            "melogit y x || g: x, binomial(n) intpoints(7)",
            f"glmer(cbind(y, n - y) ~ 1 + x + (1 + x || g), {BINOMIAL}, nAGQ = 7)",
        ),
        (
            "melogit y || g:, bin(n) intmethod(mcaghermite) intp(3)",
            f"glmer(cbind(y, n - y) ~ 1 + (1 | g), {BINOMIAL}, nAGQ = 3)",
        ),
        ("mepoisson y x || g:, irr", "glmer(y ~ 1 + x + (1 | g), family = poisson)"),
        ("meqrpoisson y || g:", "glmer(y ~ 1 + (1 | g), family = poisson)"),
        (
            "mepoisson y x, exposure(t) || g:, intmethod(laplace)",
            "glmer(y ~ 1 + x + offset(log(t)) + (1 | g), family = poisson)",
        ),
        (
            "mepoisson y x, nocons exp(t) || g:",
            "glmer(y ~ 0 + x + offset(log(t)) + (1 | g), family = poisson)",
        ),
        ("menbreg y x || g:", "glmer.nb(y ~ 1 + x + (1 | g))"),
        ("menbreg y || g:, dispersion(mean)", "glmer.nb(y ~ 1 + (1 | g))"),
    ],
)
def test_commands_of_other_families(command: str, call: str) -> None:
    assert is_stata(command)
    assert stata_to_lme4(command) == call


def test_a_command_makes_the_model() -> None:
    model = Model.from_formula("meprobit y x || g: x, cov(un) binomial(n) intmethod(laplace)")
    assert model == Model(
        "y ~ x", group="g", level2={"x": "U"}, family="binomial", link="probit", trials="n"
    )
    counts = Model.from_formula("menbreg y x, exposure(t) || g:")
    assert counts == Model("y ~ x", group="g", family="negbin", exposure="t")


def test_quadrature_belongs_to_the_fit() -> None:
    with pytest.warns(MlmteachWarning, match=r"model\.fit\(data, points=7\)"):
        Model.from_formula("melogit y x || g:, intpoints(7)")


def test_the_model_of_the_slides() -> None:
    command = """mixed mathach c.ses##c.size sector minority female ///
        || school: ses, covariance(unstructured) reml"""
    expected = Model(
        "mathach ~ ses + minority + female",
        group="school",
        level2={"intercept": "size + sector + U", "ses": "size + U"},
    )
    assert Model.from_formula(command, level2=["size", "sector"]) == expected


def test_a_formula_is_no_command() -> None:
    assert not is_stata("mixed ~ x + (1 | g)")
    assert not is_stata("mixedness ~ x")


@pytest.mark.parametrize(
    ("command", "place", "says"),
    [
        ("mixed y x", "", "no group"),
        ("mixed || g:", "|| g:", "outcome is missing"),
        ("mixed y x || g", " g", "one group and a colon"),
        ("mixed y x || _all: x", " _all:", "'_all' takes one factor"),
        ("mixed y x || _all: R.g R.h", " _all:", "'_all' takes one factor"),
        ("mixed y x || g: R.h", "R.h", "random effect"),
        ("mixed y x if z == 1 || g:", "if z", "selects or weights"),
        ("mixed y x [pw=w] || g:", "[pw=w]", "selects or weights"),
        ("mixed y x1-x5 || g:", "x1-x5", "not the name"),
        ("mixed y L.x || g:", "L.x", "not the name"),
        ("mixed y a##b#c || g:", "a##b#c", "mixes"),
        ("mixed y x || g: i.k", "i.k", "random effect"),
        ("mixed y x || g: x, cov(exchangeable)", "cov(exch", "not a covariance"),
        ("mixed y x || g: x, cov(identity)", "cov(iden", "not a covariance"),
        ("mixed y x || g:, residuals(ar 1)", "residuals", "not supported"),
        ("mixed y x || g:, nocons", " g:, nocons", "is empty"),
        ("mixed y x || g:, binomial(n)", "binomial", "not supported"),
        ("melogit y x || g:, binomial(10)", "binomial", "does not name a column"),
        ("melogit y x || g:, exposure(t)", "exposure", "not supported"),
        ("melogit y x, offset(b) || g:", "offset", "not supported"),
        ("mepoisson y x, offset(logt) || g:", "offset", "not supported"),
        ("menbreg y x || g:, dispersion(constant)", "dispersion", "in proportion to the mean"),
        ("melogit y x || g:, vce(robust)", "vce", "not supported"),
    ],
)
def test_commands_that_are_refused(command: str, place: str, says: str) -> None:
    with pytest.raises(FormulaError, match=says) as caught:
        stata_to_lme4(command)
    column = command.index(place) if place else len(command)
    assert f"\n    {command}\n    {' ' * column}^\n" in str(caught.value)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("command", "formula", "model"),
    [
        # "|| school: || class:": classes are nested in schools, whatever their numbers
        (
            "mixed y x || g: || h:",
            "y ~ 1 + x + (1 | g) + (1 | g:h)",
            Model("y ~ x", group="g/h"),
        ),
        (
            "mixed y x || g: x, cov(un) || h: x",
            "y ~ 1 + x + (1 + x | g) + (1 + x || g:h)",
            Model(
                "y ~ x", group="g/h", level2={"x": "U"}, level3={"x": "V"},
                covariance="diagonal", covariance3="unstructured",
            ),
        ),
        (
            "mixed y x || g: || h: || h: x, nocons",
            "y ~ 1 + x + (1 | g) + (1 | g:h) + (0 + x || g:h)",
            Model("y ~ x", group="g/h", level2={"x": "U"}, covariance="diagonal"),
        ),
        (
            "mixed y || _all: R.a || b:",
            "y ~ 1 + (1 | a) + (1 | b)",
            Model("y ~ 1", group="a * b"),
        ),
        (
            "mixed y x || _all: R.a || b: x, cov(un)",
            "y ~ 1 + x + (1 | a) + (1 + x | b)",
            Model("y ~ x", group="a * b", level3={"x": "V"}),
        ),
        (
            "mixed y || _all: R.a || _all: R.b",
            "y ~ 1 + (1 | a) + (1 | b)",
            Model("y ~ 1", group="a * b"),
        ),
    ],
)  # fmt: skip
def test_two_groupings(command: str, formula: str, model: Model) -> None:
    """[ME] mixed, "Three-level models" and "Crossed-effects models"."""
    assert stata_to_lme4(command) == formula
    assert Model.from_formula(command) == model


def test_two_groupings_of_other_families() -> None:
    model = Model.from_formula("melogit y x || g: || h:")
    assert model == Model("y ~ x", group="g/h", family="binomial")


@pytest.mark.parametrize(
    "command", ["mixed y || g: || h: || k:", "mixed y || _all: R.a || _all: R.b || c:"]
)
def test_three_groupings_are_refused(command: str) -> None:
    with pytest.raises(ModelError, match=r"3 groupings, .* are too many"):
        Model.from_formula(command)


def test_a_product_of_many_variables_is_refused() -> None:
    many = "##".join(f"c.x{number}" for number in range(30))
    with pytest.raises(FormulaError, match="multiplies more than 9 variables"):
        stata_to_lme4(f"mixed y {many} || g:")
