"""The equations of the slides, as the slides have them but for a slip of theirs."""

import dataclasses

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.equations import PRESETS, Notation
from mlmteach.equations.lines import ZERO, Scribe, distribution_lines, normal, step_blocks
from mlmteach.errors import OptionError
from tests.equations.conftest import TWO_GROUPINGS, estimates_of_two_groupings

LEVEL1 = (
    r"\text{mathach}_{ij} &= \beta_{0j} + \beta_{1j}\,\text{SES}_{ij}"
    r" + \beta_{2j}\,\text{minority}_{ij} + \beta_{3j}\,\text{female}_{ij} + \varepsilon_{ij}"
)
PLAIN = [r"\beta_{2j} &= \gamma_{20}", r"\beta_{3j} &= \gamma_{30}"]
EXPECTED = {
    "null": (
        r"\text{mathach}_{ij} &= \beta_{0j} + \varepsilon_{ij}",
        [r"\beta_{0j} &= \gamma_{00} + U_{0j}"],
        r"\text{mathach}_{ij} &= \gamma_{00} + U_{0j} + \varepsilon_{ij}",
    ),
    "level1": (
        LEVEL1,
        [r"\beta_{0j} &= \gamma_{00} + U_{0j}", r"\beta_{1j} &= \gamma_{10}", *PLAIN],
        r"\text{mathach}_{ij} &= \gamma_{00} + \gamma_{10}\,\text{SES}_{ij}"
        r" + \gamma_{20}\,\text{minority}_{ij} + \gamma_{30}\,\text{female}_{ij}"
        r" + U_{0j} + \varepsilon_{ij}",
    ),
    # The slides write U_{1j} alone here, and in the next one; substitution gives U_{1j} SES_{ij}.
    "slope": (
        LEVEL1,
        [r"\beta_{0j} &= \gamma_{00} + U_{0j}", r"\beta_{1j} &= \gamma_{10} + U_{1j}", *PLAIN],
        r"\text{mathach}_{ij} &= \gamma_{00} + \gamma_{10}\,\text{SES}_{ij}"
        r" + \gamma_{20}\,\text{minority}_{ij} + \gamma_{30}\,\text{female}_{ij}"
        r" + U_{0j} + U_{1j}\,\text{SES}_{ij} + \varepsilon_{ij}",
    ),
    "full": (
        LEVEL1,
        [
            r"\beta_{0j} &= \gamma_{00} + \gamma_{01}\,\text{size}_{j}"
            r" + \gamma_{02}\,\text{sector}_{j} + U_{0j}",
            r"\beta_{1j} &= \gamma_{10} + \gamma_{11}\,\text{size}_{j} + U_{1j}",
            *PLAIN,
        ],
        r"\text{mathach}_{ij} &= \gamma_{00} + \gamma_{01}\,\text{size}_{j}"
        r" + \gamma_{02}\,\text{sector}_{j} + \gamma_{10}\,\text{SES}_{ij}"
        r" + \gamma_{11}\,\text{size}_{j} \times \text{SES}_{ij}"
        r" + \gamma_{20}\,\text{minority}_{ij} + \gamma_{30}\,\text{female}_{ij}"
        r" + U_{0j} + U_{1j}\,\text{SES}_{ij} + \varepsilon_{ij}",
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_lines_of_the_slides(slides: dict[str, mlm.Model], name: str) -> None:
    level1, level2, full = EXPECTED[name]
    aligned = [
        "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
        for rows in ([level1], level2, [full])
    ]
    assert list(slides[name].equations(wrap=None).formulas) == aligned


def test_the_full_equation_is_broken_where_its_random_part_begins(full: mlm.Model) -> None:
    fixed, random = str(full.full).split("\n")
    assert fixed.endswith("+ γ₃₀ femaleᵢⱼ")
    assert random.strip() == "+ U₀ⱼ + U₁ⱼ SESᵢⱼ + εᵢⱼ"


def test_the_general_form_of_the_slides() -> None:
    general = mlm.Model("y ~ x", group="g", level2={"intercept": "z + U", "x": "z + U"})
    assert str(general.equations(show="symbols", parts=("level1",))) == "yᵢⱼ = β₀ⱼ + β₁ⱼ xᵢⱼ + εᵢⱼ"
    assert str(general.equations(show="symbols", parts=("full",))) == (
        "yᵢⱼ = γ₀₀ + γ₀₁ zⱼ + γ₁₀ xᵢⱼ + γ₁₁ zⱼ xᵢⱼ + U₀ⱼ + U₁ⱼ xᵢⱼ + εᵢⱼ"
    )


def test_headings(slides: dict[str, mlm.Model]) -> None:
    headings = [block.heading for block in slides["full"].equations().blocks]
    assert headings == ["Level-1 Model", "Level-2 Models", "Full Model"]
    assert slides["null"].equations().blocks[1].heading == "Level-2 Model"
    assert "**Level-2 Models**\n\n$$\n\\begin{aligned}" in slides["full"].equations().markdown
    assert "Model" not in slides["full"].full.markdown


def test_covariances_as_correlations_need_variances_that_are_squares() -> None:
    own = Notation("own", correlation=r"\rho_{qr}")
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    latex = model.equations(notation=own, distributions=True).latex
    assert r"\tau_{0}^2 & \rho_{01} \tau_{0} \tau_{1}" in latex
    with pytest.raises(OptionError, match="correlation"):
        Notation("own", correlation=r"\rho_{qr}", variance=r"\tau_{qq}")


def scribe(model: mlm.Model, notation: str = "slides") -> Scribe:
    return Scribe(model, PRESETS[notation], False, None, False, None)


def test_the_steps_end_in_the_full_equation(full: mlm.Model) -> None:
    steps = step_blocks(scribe(full))
    assert [step.heading for step in steps] == ["Start", "Substitute", "Expand", "Collect"]
    assert all(step.note.endswith(".") for step in steps)
    assert steps[-1].lines == scribe(full).full()
    assert [step.parted for step in steps] == [False, False, False, True]
    assert len(steps[0].lines) == 1 + 4


def test_expanding_and_collecting_move_terms_only(full: mlm.Model) -> None:
    _, _, expanded, collected = step_blocks(scribe(full))
    one, other = (step.lines[0].right for step in (expanded, collected))
    assert sorted(map(repr, one)) == sorted(map(repr, other))
    assert one != other


def test_t_has_zeros_where_effects_do_not_correlate() -> None:
    model = mlm.Model(
        "y ~ a + b",
        group="g",
        level2={"a": "U", "b": "U"},
        covariance=(("Intercept", "b"), ("a",)),
    )
    effects, residual = distribution_lines(scribe(model))
    (normal,) = effects.right[0].factors
    (matrix,) = normal.variance[0].factors
    zeros = [[entry == ZERO for entry in row] for row in matrix.rows]
    assert zeros == [[False, True, False], [True, False, True], [False, True, False]]
    assert residual.relation == "~"


def test_a_layout_that_names_distributions_says_them_once() -> None:
    one = mlm.Model("y ~ x", group="g")
    two = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    assert distribution_lines(scribe(one, "gelman-hill")) == ()
    assert len(distribution_lines(scribe(two, "gelman-hill"))) == 1
    assert len(distribution_lines(scribe(one))) == len(distribution_lines(scribe(two))) == 2


def test_a_normal_distribution_without_a_mean_has_zero() -> None:
    ((normal_,),) = (summand.factors for summand in normal((), ZERO))
    assert normal_.mean == (ZERO,)


def test_what_does_not_correlate_is_said() -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "U"}, covariance="diagonal")
    assert [block.heading for block in model.equations().blocks][-2:] == [
        "Full Model",
        "Distribution",
    ]
    assert str(model.full).endswith("⎡τ₀²    0⎤⎞\n  ⎣U₁ⱼ⎦    ⎝⎣0⎦  ⎣  0  τ₁²⎦⎠")
    assert "Distribution" not in str(model.level1)
    assert len(model.equations(distributions=True)) == 4  # once is enough
    free = mlm.Model("y ~ x", group="g", level2={"x": "U"})
    alone = mlm.Model("y ~ x", group="g", covariance="diagonal")
    assert len(free.equations()) == len(alone.equations()) == 3


def test_a_category_that_is_coded_in_two_ways_stands_once_at_level_1() -> None:
    data = pd.DataFrame(
        {
            "g": [1, 1, 1, 2, 2, 2, 3, 3, 3],
            "sex": list("fmffmfmfm"),
            "q": [1.0] * 3 + [2.0] * 3 + [4.0] * 3,
            "y": [1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 2.0, 6.0, 1.0],
        }
    )
    model = mlm.Model.from_formula("y ~ sex + sex:q + (1 | g)", data=data).bind(data)
    text = model.equations().text
    assert "yᵢⱼ = β₀ⱼ + (β₁ⱼ + β₃ⱼ) sex[m]ᵢⱼ + β₂ⱼ sex[f]ᵢⱼ + εᵢⱼ" in text
    assert "β₁ⱼ = γ₁₀" in text
    assert "β₃ⱼ = γ₃₁ qⱼ" in text


# --- how the variance of ε differs between rows ---------------------------------------------


@pytest.mark.parametrize(
    ("notation", "line"),
    [
        ("slides", r"\varepsilon_{ij} &\sim N(0,\ \sigma_{\text{female}_{ij}}^2)"),
        ("raudenbush-bryk", r"r_{ij} &\sim N(0,\ \sigma_{\text{female}_{ij}}^2)"),
        ("hox", r"e_{ij} &\sim N(0,\ \sigma_{e,\text{female}_{ij}}^2)"),
        (
            "singer-willett",
            r"\varepsilon_{ij} &\sim N(0,\ \sigma_{\varepsilon,\text{female}_{ij}}^2)",
        ),
    ],
)
def test_the_variance_has_the_category_as_index(notation, line):
    model = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("female"))
    for parts in (("level1",), ("full",), ("level1", "level2", "full")):
        assert line in model.equations(notation=notation, parts=parts).latex
    assert "female" not in model.equations(notation=notation, parts=("level2",)).latex
    whole = model.equations(notation=notation, distributions=True).latex
    assert whole.count(line) == 1


def test_a_distribution_has_the_variance_within_it():
    model = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("female"), precision="w")
    latex = model.equations(notation="gelman-hill", parts=("level1",)).latex
    assert r"\frac{\sigma_{y,\text{female}_{i}}^2}{\text{w}_{i}})" in latex


def test_a_variance_of_groups_has_their_index():
    model = mlm.Model(
        "mathach ~ ses",
        group="school",
        level2={"intercept": "sector + U"},
        sigma2=mlm.by("sector"),
    )
    assert r"\sigma_{\text{sector}_{j}}^2" in model.equations(parts=("full",)).latex


def test_estimates_stand_on_lines_of_their_own():
    hsb = mlm.load("hsb")
    fit = mlm.Model("mathach ~ ses", group="school", sigma2=mlm.by("female")).fit(hsb)
    equations = fit.equations(parts=("full",))
    assert r"\sigma_{0}^2 &= 39.23" in equations.latex or r"\sigma_{0}^2 &= 39." in equations.latex
    assert "σ₁² = 3" in equations.text
    assert "sigma female i j squared" in equations.spoken
    assert "sigma one squared equals" in equations.spoken
    text = mlm.Model("normexam ~ standLRT", group="school", sigma2=mlm.by("sex")).fit(
        mlm.load("exam")
    )
    assert r"\sigma_{\text{F}}^2 &= 0." in text.equations(parts=("full",)).latex
    assert "σ_F² = 0." in text.equations(parts=("full",)).text


def test_a_precision_divides_the_variance():
    hsb = mlm.load("hsb").assign(w=2.0)
    model = mlm.Model("mathach ~ ses", group="school", precision="w")
    assert r"\frac{\sigma^2}{\text{w}_{ij}}" in model.equations(parts=("level1",)).latex
    assert "εᵢⱼ ∼ N(0, (σ² / wᵢⱼ))" in model.equations(parts=("level1",)).text
    assert r"N(0,\ \frac{74" in model.fit(hsb).equations(parts=("full",)).latex
    spoken = model.equations(parts=("level1",), language="de").spoken
    assert "der Bruch sigma Quadrat durch w i j" in spoken


# --- outcomes that are not normal ------------------------------------------------------------


def test_level_1_of_a_yes_no_outcome_has_a_distribution_a_link_and_no_residual() -> None:
    model = mlm.Model("passed ~ ses", group="school", level2={"ses": "U"}, family="binomial")
    assert str(model.level1).split("\n") == [
        "  passedᵢⱼ ∼ Bernoulli(πᵢⱼ)",
        "logit(πᵢⱼ) = β₀ⱼ + β₁ⱼ sesᵢⱼ",
    ]
    shown = model.equations(distributions=True)
    assert "ε" not in shown.text
    assert "σ" not in shown.text
    assert str(model.level2) == str(mlm.Model("y ~ ses", group="g", level2={"ses": "U"}).level2)


@pytest.mark.parametrize(
    ("options", "distribution", "link"),
    [
        ({"family": "binomial", "link": "probit"}, "Bernoulli(πᵢⱼ)", "Φ⁻¹(πᵢⱼ)"),
        ({"family": "binomial", "link": "cloglog"}, "Bernoulli(πᵢⱼ)", "log(−log(1 − πᵢⱼ))"),
        ({"family": "binomial", "trials": "n"}, "Binomial(nᵢⱼ, πᵢⱼ)", "logit(πᵢⱼ)"),
        ({"family": "poisson"}, "Poisson(λᵢⱼ)", "log(λᵢⱼ)"),
        ({"family": "negbin"}, "NegBin(λᵢⱼ, shape)", "log(λᵢⱼ)"),
    ],
)
def test_every_family_has_its_lines(options: dict[str, str], distribution: str, link: str) -> None:
    first, second = str(mlm.Model("y ~ x", group="g", **options).level1).split("\n")
    assert first.strip() == f"yᵢⱼ ∼ {distribution}"
    assert second.strip() == f"{link} = β₀ⱼ + β₁ⱼ xᵢⱼ"


def test_an_exposure_is_an_offset_or_stands_beside_the_rate() -> None:
    model = mlm.Model("ticks ~ year", group="brood", family="poisson", exposure="area")
    assert str(model.full).split("\n") == [
        " ticksᵢⱼ ∼ Poisson(λᵢⱼ)",
        "log(λᵢⱼ) = log(areaᵢⱼ) + γ₀₀ + γ₁₀ yearᵢⱼ + U₀ⱼ",
    ]
    rate = model.equations(notation="raudenbush-bryk", parts=("full",))
    assert [line.strip() for line in str(rate).split("\n")] == [
        "ticksᵢⱼ ∼ Poisson(areaᵢⱼ λᵢⱼ)",
        "ηᵢⱼ = log(λᵢⱼ)",
        "ηᵢⱼ = γ₀₀ + γ₁₀ yearᵢⱼ + u₀ⱼ",
    ]


def test_an_exposure_of_groups_has_their_index() -> None:
    book = {"people": {"level": 2, "symbol": "N"}}
    model = mlm.Model("cases ~ 1", group="town", family="poisson", exposure="people", codebook=book)
    assert "log(Nⱼ) + β₀ⱼ" in str(model.level1)
    assert "log(tⱼ) + β₀ⱼ" in str(model.equations(show="symbols", parts="level1"))


def test_steps_of_a_link_keep_it_on_the_left() -> None:
    model = mlm.Model("ticks ~ year", group="brood", family="poisson", exposure="area")
    rows = [str(step) for step in model.equations().steps()]
    assert rows[1] == "log(λᵢⱼ) = log(areaᵢⱼ) + (γ₀₀ + U₀ⱼ) + γ₁₀ yearᵢⱼ"
    assert rows[2] == "log(λᵢⱼ) = log(areaᵢⱼ) + γ₀₀ + U₀ⱼ + γ₁₀ yearᵢⱼ"
    assert rows[3] == "log(λᵢⱼ) = log(areaᵢⱼ) + γ₀₀ + γ₁₀ yearᵢⱼ + U₀ⱼ"


def test_the_distribution_is_said_once() -> None:
    model = mlm.Model("passed ~ ses", group="school", family="binomial")
    assert str(model.equations()).count("Bernoulli") == 1
    assert str(model.equations(parts=("level2", "full"))).count("Bernoulli") == 1
    assert "Bernoulli" not in str(model.level2)


# --- three levels and crossed groupings --------------------------------------------------------


def test_the_lines_of_three_levels() -> None:
    model = TWO_GROUPINGS["three levels"]
    assert str(model.level1) == "mathᵢⱼₖ = β₀ⱼₖ + β₁ⱼₖ yearᵢⱼₖ + εᵢⱼₖ"
    assert str(model.level2).split("\n")[0] == "β₀ⱼₖ = δ₀₀ₖ + δ₀₁ₖ femaleⱼₖ + U₀ⱼₖ"
    assert str(model.level3).split("\n") == [
        "δ₀₀ₖ = γ₀₀₀ + γ₀₀₁ sizeₖ + V₀₀ₖ",
        "δ₀₁ₖ = γ₀₁₀",
        "δ₁₀ₖ = γ₁₀₀ + γ₁₀₁ sizeₖ + V₁₀ₖ",
        "δ₁₁ₖ = γ₁₁₀",
    ]
    assert " ".join(str(model.full).split()) == (
        "mathᵢⱼₖ = γ₀₀₀ + γ₀₀₁ sizeₖ + γ₀₁₀ femaleⱼₖ + γ₁₀₀ yearᵢⱼₖ + γ₁₀₁ sizeₖ × yearᵢⱼₖ "
        "+ γ₁₁₀ femaleⱼₖ × yearᵢⱼₖ + V₀₀ₖ + V₁₀ₖ yearᵢⱼₖ + U₀ⱼₖ + U₁ⱼₖ yearᵢⱼₖ + εᵢⱼₖ"
    )
    headings = [block.heading for block in model.equations().blocks]
    assert headings == ["Level-1 Model", "Level-2 Models", "Level-3 Models", "Full Model"]
    alone = mlm.Model("strength ~ 1", group="batch/cask").equations()
    assert [block.heading for block in alone.blocks][1:3] == ["Level-2 Model", "Level-3 Model"]


def test_the_lines_of_crossed_groupings() -> None:
    model = TWO_GROUPINGS["crossed"]
    assert str(model.level2).split("\n") == [
        "β₀ⱼₖ = γ₀₀ + γ₀₁ denominationⱼ + γ₀₂ rollₖ + U₀ⱼ + V₀ₖ",
        "β₁ⱼₖ = γ₁₀ + γ₁₁ rollₖ + U₁ⱼ + V₁ₖ",
    ]
    with pytest.raises(OptionError, match="The model has no level 3"):
        _ = model.level3


def test_v_that_do_not_correlate_are_said() -> None:
    model = TWO_GROUPINGS["a V of every δ"]
    for part, said in [("level1", 0), ("level2", 0), ("level3", 1), ("full", 1)]:
        text = model.equations(parts=part).text
        assert text.count("φ₀₀²") == said
        assert "τ" not in text
    assert "φ" not in str(TWO_GROUPINGS["three levels"].equations())


def test_estimates_of_the_v_are_needed() -> None:
    model = TWO_GROUPINGS["three levels"]
    known = estimates_of_two_groupings(model)
    assert "0.168" in model.equations(estimates=known, distributions=True).text
    without = dataclasses.replace(known, cov_re3=None)
    with pytest.raises(OptionError, match="Φ is for nothing; the model has V's for Intercept"):
        model.equations(estimates=without)
    with pytest.raises(OptionError, match="They are for: Intercept, size"):
        TWO_GROUPINGS["crossed"].equations(estimates=known)
    one = mlm.Model(
        "math ~ year",
        group="child",
        level2={"intercept": "female + size + U", "year": "size + female + U"},
    )
    with pytest.raises(OptionError, match="Φ is for Intercept, year; the model has V's for noth"):
        one.equations(estimates=known)


def test_a_variance_differs_between_the_categories_of_level_3() -> None:
    model = mlm.Model(
        "y ~ x", group="school/class", level3={"intercept": "kind + V"}, sigma2=mlm.by("kind")
    )
    assert r"\sigma_{\text{kind}_{k}}^2" in model.equations(parts="level1").latex
    named = model.equations(parts="level1", notation="gelman-hill").latex
    assert r"\sigma_{y,\text{kind}_{k[i]}}^2" in named


def test_level_3_goes_into_level_2_first() -> None:
    steps = TWO_GROUPINGS["three levels"].equations().steps()
    assert [block.heading for block in steps.blocks] == [
        "Start",
        "Substitute level 3",
        "Expand level 2",
        "Substitute level 2",
        "Expand",
        "Collect",
    ]
    rows = [str(step).split("\n")[0] for step in steps[1:3]]
    assert rows == [
        "β₀ⱼₖ = (γ₀₀₀ + γ₀₀₁ sizeₖ + V₀₀ₖ) + γ₀₁₀ femaleⱼₖ + U₀ⱼₖ",
        "β₀ⱼₖ = γ₀₀₀ + γ₀₀₁ sizeₖ + V₀₀ₖ + γ₀₁₀ femaleⱼₖ + U₀ⱼₖ",
    ]
    german = TWO_GROUPINGS["three levels"].equations(language="de").steps()
    assert german.blocks[1].heading == "Ebene 3 einsetzen"


def test_indices_of_three_levels_are_parted_from_ten_on() -> None:
    slopes = [f"x{number}" for number in range(1, 11)]
    model = mlm.Model(f"y ~ {' + '.join(slopes)}", group="b/a", level3={"x10": "w + V"})
    assert r"\delta_{10,0,k} &= \gamma_{10,0,0} + \gamma_{10,0,1}" in model.level3.latex
    assert "gamma ten, zero, one" in model.level3.spoken
    assert r"+ V_{10,0,k}" in model.level3.latex
