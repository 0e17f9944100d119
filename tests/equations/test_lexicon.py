"""What variables are called: by name with their category, or by letters that are counted."""

import mlmteach as mlm


def test_contrasts_are_named() -> None:
    exam = mlm.load("exam")
    model = mlm.Model("normexam ~ standLRT + sex", group="school", data=exam)
    assert str(model.level1) == "normexamᵢⱼ = β₀ⱼ + β₁ⱼ standLRTᵢⱼ + β₂ⱼ sex[F]ᵢⱼ + εᵢⱼ"
    several = mlm.Model(
        "normexam ~ standLRT", group="school", level2={"intercept": "schgend + U"}, data=exam
    )
    level2 = str(several.level2).split("\n")[0]
    _, one, two = exam["schgend"].cat.categories
    assert level2 == f"β₀ⱼ = γ₀₀ + γ₀₁ schgend[{one}]ⱼ + γ₀₂ schgend[{two}]ⱼ + U₀ⱼ"
    legend = several.equations(show="symbols").legend
    assert [e.text for e in legend][-2:] == ["z₁ⱼ", "z₂ⱼ"]
    assert legend[-1].name == f"schgend[T.{two}]"


def test_the_codebook_knows_the_level_inside_an_interaction() -> None:
    model = mlm.Model("mathach ~ ses + ses:size", group="school", data=mlm.load("hsb"))
    assert "β₂ⱼ SESᵢⱼ × sizeⱼ" in str(model.level1)


def test_an_expression_without_a_mathematical_form_has_a_letter_of_its_own() -> None:
    model = mlm.Model(
        "normexam ~ poly(standLRT, 2) + bs(standLRT, df=3) + I(standLRT > 1) + sex",
        group="school",
        data=mlm.load("exam"),
    )
    equations = model.equations(show="symbols", parts="level1", wrap=None)
    assert str(equations).endswith("+ β₆ⱼ x₆ᵢⱼ + β₇ⱼ x₇ᵢⱼ + εᵢⱼ")
    names = [entry.name for entry in equations.legend]
    assert names[1:3] == ["poly(standLRT, 2)[1]", "poly(standLRT, 2)[2]"]
    assert len(set(names)) == len(names) == 8


def test_letters_are_counted_for_what_is_shown() -> None:
    model = mlm.Model("y ~ I(b + (a > 3)) + b", group="g")  # a is inside of what is shown whole
    assert str(model.equations(show="symbols", parts="level1")) == (
        "yᵢⱼ = β₀ⱼ + β₁ⱼ x₁ᵢⱼ + β₂ⱼ x₂ᵢⱼ + εᵢⱼ"
    )


def test_a_model_without_a_codebook_shows_its_columns() -> None:
    plain = mlm.Model("mathach ~ ses", group="school")
    assert r"\text{ses}_{ij}" in plain.level1.latex
    entry = {"ses": {"symbol": "SES"}}
    assert r"\text{SES}_{ij}" in mlm.Model("y ~ ses", group="g", codebook=entry).level1.latex
