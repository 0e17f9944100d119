"""The equations of the slides, as the slides have them but for a slip of theirs."""

import pytest

import mlmteach as mlm

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


def test_a_model_without_a_codebook_shows_its_columns() -> None:
    plain = mlm.Model("mathach ~ ses", group="school")
    assert r"\text{ses}_{ij}" in plain.level1.latex
    entry = {"ses": {"symbol": "SES"}}
    assert r"\text{SES}_{ij}" in mlm.Model("y ~ ses", group="g", codebook=entry).level1.latex
