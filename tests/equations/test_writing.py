"""What the options do that no picture shows, and what they refuse."""

from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.errors import OptionError


@pytest.fixture
def model() -> mlm.Model:
    return mlm.Model("y ~ x", group="g")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"color": "role"}, "no option 'color'. Did you mean 'colour'?"),
        ({"html": True}, "no option 'html'. Choose one of: notation, show, parts"),
        ({"notation": "hlm"}, "There is no notation 'hlm'. Choose one of slides"),
        ({"show": "greek"}, "show='greek' is not known. Choose one of 'names', 'symbols'"),
        ({"show": ["names"]}, r"show=\['names'\] is not known"),
        ({"show": "estimates"}, "There are no estimates to show. Fit the model"),
        ({"parts": ("level1", "level4")}, "parts='level4' is not known"),
        ({"parts": "level3"}, "The model has no level 3. Leave 'level3' out of `parts`"),
        ({"parts": ()}, "`parts` is empty"),
        ({"parts": 1}, "parts=1 is not known"),
        ({"estimates": {"Intercept": 1.0}}, "`estimates` is dict"),
        ({"colour": "red"}, "colour='red' is not known. Choose one of 'role', 'coefficient'"),
        ({"wrap": 0}, "wrap=0 is not possible. Give a whole number from 1 on, 'auto' or None."),
        ({"wrap": 2.5}, "wrap=2.5 is not possible"),
        ({"digits": -1}, "digits=-1 is not possible"),
        ({"digits": True}, "digits=True is not possible"),
        ({"braces": "yes"}, "braces='yes' is not possible. Use True or False."),
        ({"standard_errors": True}, "There are no standard errors to show."),
    ],
    ids=str,
)
def test_options_that_are_refused(model: mlm.Model, options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        model.equations(**options)


def test_estimates_of_another_model_are_refused(full: mlm.Model, estimates: mlm.Estimates) -> None:
    other = mlm.Model("mathach ~ ses + pracad", group="school")
    with pytest.raises(OptionError, match="no value for 'pracad'"):
        other.equations(estimates=estimates)
    fewer = mlm.Model("mathach ~ ses", group="school")
    with pytest.raises(
        OptionError, match="T is for Intercept, ses; the model has U's for Intercept."
    ):
        fewer.equations(estimates=estimates)


def test_standard_errors_have_to_be_known(full: mlm.Model, estimates: mlm.Estimates) -> None:
    bare = mlm.Estimates(estimates.params, estimates.cov_re, estimates.scale)
    with pytest.raises(OptionError, match="no standard errors"):
        full.equations(estimates=bare, standard_errors=True)


def test_t_is_read_by_name(estimates: mlm.Estimates, full: mlm.Model) -> None:
    names = ["ses", "Intercept"]
    turned = mlm.Estimates(estimates.params, estimates.cov_re.loc[names, names], estimates.scale)
    options = {"distributions": True, "digits": 2}
    assert (
        full.equations(estimates=turned, **options).latex
        == full.equations(estimates=estimates, **options).latex
    )


def test_estimates_are_shown_when_they_are_given(full: mlm.Model, estimates: mlm.Estimates) -> None:
    assert "γ" not in str(full.equations(estimates=estimates))
    assert "γ" in str(full.equations(estimates=estimates, show="names"))


def test_one_part_may_be_named_without_a_tuple(model: mlm.Model) -> None:
    assert str(model.equations(parts="full")) == str(model.full)
    assert str(model.equations(parts=("level1",))) == str(model.level1)


def test_digits_are_decimals(full: mlm.Model, estimates: mlm.Estimates) -> None:
    text = str(full.equations(estimates=estimates, digits=1, parts="level2"))
    assert text.split("\n")[0] == "β₀ⱼ = 12.4 + 0.00029 sizeⱼ + 2.1 sectorⱼ + U₀ⱼ"


@pytest.mark.parametrize("form", ["text", "latex"])
def test_german_headings_are_read_back_as_headings(form: str) -> None:
    model = mlm.Model("y ~ x", group="g", level2={"x": "w + U"}, covariance="diagonal")
    written = model.equations(language="de", distributions=True, braces=True)
    assert "fester Teil" in written.text + written.latex
    headings = [block.heading for block in (*written.blocks, *written.steps().blocks)]
    assert headings[:4] == ["Ebene-1-Modell", "Ebene-2-Modelle", "Gesamtmodell", "Verteilungen"]
    assert headings[4:] == ["Anfang", "Einsetzen", "Ausmultiplizieren", "Ordnen"]
    back = mlm.Model.from_equations(getattr(written, form), group="g")
    assert back.equations().text == model.equations().text


def test_an_interpretation_has_its_equations_in_its_language(model: mlm.Model) -> None:
    assert model.interpret(language="de").equation_text.startswith("Ebene-1-Modell\n")
    with pytest.raises(OptionError, match="language='fr' is not known"):
        model.equations(language="fr")
