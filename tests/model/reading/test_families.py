"""Lines of distributions and links, however they are written."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import EquationError, MlmteachError
from mlmteach.model.family import Family
from mlmteach.model.notation import PRESETS
from mlmteach.model.reading import read_statements
from mlmteach.model.reading.families import OutcomeReader
from mlmteach.model.reading.lexer import tokens
from mlmteach.model.reading.statements import Said, WrittenMean
from mlmteach.model.reading.text import EquationText
from mlmteach.model.reading.vocabulary import Letters, Vocabulary
from tests.model.reading.reader import caught, points_at, read
from tests.strategies import FAMILIES

LEVEL2 = "\nb0 = g00 + u0\nb1 = g10"


def said(text: str, **names: str) -> Said:
    (statement,), _ = read_statements(text, names=names)
    assert statement.said is not None
    return statement.said


@pytest.mark.parametrize(
    ("text", "distribution", "mean", "others"),
    [
        ("passed_ij ~ Bernoulli(π_ij)", "Bernoulli", "π_ij", {}),
        (r"\text{passed}_{ij} \sim \text{Bernoulli}(\pi_{ij})", "Bernoulli", r"\pi_{ij}", {}),
        (r"y_{ij} \mid \phi_{ij} \sim \mathrm{Bernoulli}\left(\phi_{ij}\right)", "Bernoulli",
         r"\phi_{ij}", {}),
        ("yᵢⱼ ∼ Bernoulli(pᵢⱼ)", "Bernoulli", "pᵢⱼ", {}),
        ("y ~ bern(p)", "Bernoulli", "p", {}),
        ("y ~ Binomial(1, p)", "Bernoulli", "p", {}),
        ("y_ij ~ B(n_ij, p_ij)", "Binomial", "p_ij", {"trials": "n"}),
        ("y_ij ~ Binomial(p_ij, n_ij)", "Binomial", "p_ij", {"trials": "n"}),
        ("y ~ Poisson(lambda)", "Poisson", "lambda", {}),
        ("y_ij ~ Poisson(area_ij λ_ij)", "Poisson", "λ_ij", {"exposure": "area"}),
        ("y_ij ~ Poisson(λ_ij * area_ij)", "Poisson", "λ_ij", {"exposure": "area"}),
        ("y_ij ~ P(m_ij, λ_ij)", "Poisson", "λ_ij", {"exposure": "m"}),
        ("y_ij ~ NegBin(λ_ij, shape)", "NegBin", "λ_ij", {}),
        ("y_ij ~ NegBin(area_ij λ_ij, 1.62)", "NegBin", "λ_ij", {"exposure": "area"}),
        ("y_ij ~ N(π_ij, σ²)", "N", "π_ij", {}),
    ],
)  # fmt: skip
def test_distributions(text: str, distribution: str, mean: str, others: dict[str, str]) -> None:
    found = said(text)
    assert found.distribution == distribution
    assert found.mean is not None
    assert found.mean.shown == mean
    told = {"trials": found.trials, "exposure": found.exposure}
    assert {k: v.factor.name for k, v in told.items() if v is not None} == others
    assert found.outcome is not None


@pytest.mark.parametrize(
    ("left", "link"),
    [
        ("logit(π_ij)", "logit"),
        (r"\operatorname{logit}(\pi_{ij})", "logit"),
        (r"\text{logit}\left(\pi_{ij}\right)", "logit"),
        ("logit π_ij", "logit"),
        ("log(π_ij / (1 − π_ij))", "logit"),
        ("log[π_ij/(1 - π_ij)]", "logit"),
        (r"\ln\left(\frac{\pi_{ij}}{1 - \pi_{ij}}\right)", "logit"),
        ("logit(P(passed_ij = 1))", "logit"),
        (r"\log\left(\frac{\Pr(y_{ij} = 1)}{1 - \Pr(y_{ij} = 1)}\right)", "logit"),
        ("probit(π_ij)", "probit"),
        ("Φ⁻¹(πᵢⱼ)", "probit"),
        (r"\Phi^{-1}(\pi_{ij})", "probit"),
        ("cloglog(π_ij)", "cloglog"),
        ("log(−log(1 − π_ij))", "cloglog"),
        (r"\log\left(-\log\left(1 - \pi_{ij}\right)\right)", "cloglog"),
        ("log(λ_ij)", "log"),
        (r"\ln \lambda_{ij}", "log"),
        ("log(E(ticks_ij))", "log"),
        ("η_ij", "linear"),
        ("π_ij", ""),
    ],
)
def test_links(left: str, link: str) -> None:
    (statement,), _ = read_statements(f"{left} = β_0j + β_1j ses_ij", names={})
    (mean,) = statement.left
    assert isinstance(mean, WrittenMean)
    assert mean.link == link
    assert mean.index == "ij"
    assert not mean.itself


@pytest.mark.parametrize(
    "text", ["η_ij = logit(π_ij)", "logit(π_ij) = η_ij", r"\eta_{ij} = \mathrm{logit}(\pi_{ij})"]
)
def test_the_link_of_a_linear_predictor(text: str) -> None:
    assert said(text).link == "logit"


def test_what_hlm_prints() -> None:
    """The lines of HLM 7 for a Bernoulli outcome; with an exposure for a count."""
    text = """
    Level-1 Model
        Prob(REP1_ij=1|β_j) = φ_ij
        log[φ_ij/(1 - φ_ij)] = η_ij
        η_ij = β_0j + β_1j*(MALE_ij)
    Level-2 Model
        β_0j = γ_00 + γ_01*(MSESC_j) + u_0j
        β_1j = γ_10
    Mixed Model
        η_ij = γ_00 + γ_01*MSESC_j + γ_10*MALE_ij + u_0j
    """
    expected = Model(
        "REP1 ~ MALE", group="school", level2={"intercept": "MSESC + U"}, family="binomial"
    )
    assert read(text) == expected
    counts = "E(y_ij|β_j) = area_ij*λ_ij\nlog[λ_ij] = η_ij\nη_ij = b0" + "\nb0 = g00 + u0"
    assert read(counts).family.arguments == {"family": "poisson", "exposure": "area"}


def test_an_exposure_may_multiply_an_exponential() -> None:
    text = "y ~ Poisson(λ_ij)\nλ_ij = area_ij · exp(η_ij)\nη_ij = b0 + b1*x" + LEVEL2
    assert read(text) == Model("y ~ x", group="school", family="poisson", exposure="area")
    assert read(text.replace("area_ij · ", "")) == Model("y ~ x", group="school", family="poisson")


ODDS = Model("y ~ x", group="school", family="binomial")
EQUATION = " = β_0j + β_1j x_ij\nβ_0j = γ_00 + U_0j\nβ_1j = γ_10"


@pytest.mark.parametrize(
    "left",
    [
        r"\log\frac{\pi_{ij}}{1-\pi_{ij}}",
        r"\ln\left[\frac{\pi_{ij}}{1-\pi_{ij}}\right]",
        "log(π_ij/[1 − π_ij])",
        "log{π_ij/(1 − π_ij)}",
        "log(P(y_ij = 1)/P(y_ij = 0))",
        r"\log\frac{\Pr(\text{y}_{ij}=1)}{\Pr(\text{y}_{ij}=0)}",
    ],
)
def test_log_odds_may_be_written_with_any_bracket_or_a_fraction(left: str) -> None:
    chance = "P(" in left or "Pr(" in left
    assert read(("" if chance else "y_ij ~ Bernoulli(π_ij)\n") + left + EQUATION) == ODDS


@pytest.mark.parametrize(
    ("right", "link"),
    [
        ("1/(1 + exp(−η_ij))", "logit"),
        (r"\frac{1}{1+e^{-\eta_{ij}}}", "logit"),
        ("exp(η_ij)/(1 + exp(η_ij))", "logit"),
        (r"\frac{\exp(\eta_{ij})}{1+\exp(\eta_{ij})}", "logit"),
        (r"\text{logit}^{-1}(\eta_{ij})", "logit"),
        ("Φ(η_ij)", "probit"),
        ("1 − exp(−exp(η_ij))", "cloglog"),
    ],
)
def test_the_inverse_of_a_link_may_be_written(right: str, link: str) -> None:
    text = f"y_ij ~ Bernoulli(π_ij)\nπ_ij = {right}\nη_ij"
    assert read(text + EQUATION).family.link == link


@pytest.mark.parametrize(
    ("text", "place", "linked"),
    [
        ("π_ij = 1/(1 + exp(−(γ_00 + γ_10 x_ij + U_0j)))", "1/", "logit(π_ij)"),
        ("P(y_ij = 1) = invlogit(γ_00 + γ_10 x_ij + U_0j)", "invlogit", "logit(P(y_ij = 1))"),
        ("y_ij ~ Bernoulli(logit^-1(γ_00 + γ_10 x_ij + U_0j))", "logit", "logit(π_ij)"),
        ("y_ij ~ Poisson(exp(γ_00 + γ_10 x_ij + U_0j))", "exp", "log(λ_ij)"),
        ("π_ij = Φ(γ_00 + γ_10 x_ij + U_0j)", "Φ", "Φ⁻¹(π_ij)"),
    ],
)
def test_a_sum_inside_the_inverse_of_a_link_is_told_where_to_stand(
    text: str, place: str, linked: str
) -> None:
    points_at(text, place, "inside the inverse of a link")
    assert f"'{linked} = …'" in caught(text).remedy


def test_a_probability_without_its_link_is_named_where_the_columns_are_known() -> None:
    data = pd.DataFrame({"y": [0, 1, 0, 1], "x": [1, 2, 3, 5], "school": [1, 1, 2, 2]})
    text = "y_ij ~ Bernoulli(π_ij)\nπ_ij = b0j + b1j x_ij\nb0j = g00 + u0j\nb1j = g10"
    with pytest.raises(EquationError, match="π_ij stands on the left without its link"):
        Model.from_equations(text, group="school", data=data)


@pytest.mark.parametrize(
    "left", ["log(λ_ij / area_ij)", r"\log\frac{\lambda_{ij}}{\text{area}_{ij}}"]
)
def test_the_logarithm_of_a_rate_is_a_count_with_its_exposure(left: str) -> None:
    model = Model("y ~ x", group="school", family="poisson", exposure="area")
    text = "y_ij ~ Poisson(λ_ij)\n" + left + EQUATION
    assert read(text) == model
    assert not mlm.check_equations(text, model)
    (missing,) = mlm.check_equations(text.replace(left, "log(λ_ij)"), model)
    assert missing.kind == "missing"


def test_a_variance_that_follows_is_passed_over() -> None:
    text = "y ~ NegBin(λ, shape)\nVar(y) = λ + λ²/shape\nlog(λ) = b0 + b1*x" + LEVEL2
    assert read(text) == Model("y ~ x", group="school", family="negbin")


def test_a_letter_is_told_by_its_place() -> None:
    """P and λ are columns where predictors stand, and p is a probability before a tilde."""
    text = "y_ij ~ Bernoulli(p_ij)\nlogit(p_ij) = β_0j + β_1j p_ij + β_2j phi_ij"
    model = read(text + "\nβ_0j = γ_00 + U_0j\nβ_1j = γ_10\nβ_2j = γ_20")
    assert [gamma.name for gamma in model.gammas] == ["Intercept", "p", "phi"]
    assert read("log(phi) = b0 + b1*x + r" + LEVEL2).outcome.name == "log(phi)"
    assert read("lambda = b0 + b1*eta + r" + LEVEL2).outcome.name == "lambda"


def test_persons_are_not_told_by_a_probability() -> None:
    assert not Letters(text="logit(π_ij) = β_0j").persons
    assert Letters(text="logit(p_ij) = π_0i + π_1i x_ij").persons
    assert Letters(text=r"\pi_{0i} = \gamma_{00}").persons


def test_means_are_found_before_they_are_used() -> None:
    source = EquationText("mu = b0\ny ~ Poisson(mu)")
    reader = OutcomeReader(tuple(tokens(source)), Vocabulary(source, Letters()))
    assert reader.means == {"mu"}
    assert reader.is_mean("mu")
    assert not reader.is_mean("lambda")


def test_a_category_is_the_event() -> None:
    lines = "\nlogit(π) = b0" + "\nb0 = g00 + u0"
    for text, event in (("use[Y]", "Y"), ("kind[2]", 2), ("ok[True]", True), ("z[0.5]", 0.5)):
        model = read(f"{text} ~ Bernoulli(π){lines}")
        assert model.family.event == event
        assert type(model.family.event) is type(event)
        assert model.outcome.suffix == ""
    assert read("logit(P(use = Y)) = b0\nb0 = g00 + u0").family.event == "Y"
    assert read("logit(P(use = 1)) = b0\nb0 = g00 + u0").family.event is None


def test_a_constant_number_of_trials_becomes_a_column() -> None:
    error = caught("y ~ Binomial(10, π)\nlogit(π) = b0\nb0 = g00 + u0")
    assert "number of trials is 10" in error.problem
    assert "data['trials'] = 10" in error.remedy


PIECES = (
    "(",
    ")",
    "_",
    "~",
    "=",
    "|",
    "π",
    "η_ij",
    "log",
    "logit(",
    "Φ⁻¹",
    "P(",
    ",",
    "1 -",
    "\n",
    "",
)


@given(
    family=st.sampled_from(FAMILIES),
    notation=st.sampled_from(list(PRESETS)),
    latex=st.booleans(),
    place=st.integers(0, 300),
    cut=st.integers(0, 8),
    piece=st.sampled_from(PIECES),
)
@settings(max_examples=150)
def test_what_is_broken_is_refused_by_an_error_of_ours(
    family: Family, notation: str, latex: bool, place: int, cut: int, piece: str
) -> None:
    model = Model("outcome ~ ses", group="school", level2={"ses": "size + U"}, family=family)
    equations = model.equations(notation=notation, parts=("level1", "level2"))
    text = equations.latex if latex else equations.text
    broken = text[:place] + piece + text[place + cut :]
    with contextlib.suppress(MlmteachError):
        read(broken)
    with contextlib.suppress(MlmteachError):
        mlm.check_equations(broken, model)
