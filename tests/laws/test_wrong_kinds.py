"""What is of another kind than was asked for is refused in our words, and not in Python's."""

from functools import cache
from inspect import signature
from typing import Any

import pytest

import mlmteach as mlm
from mlmteach.errors import MlmteachError

OTHERS = {
    "number": 3,
    "text": "x",
    "list": [1],
    "dictionary": {"x": 1},
    "frame": mlm.load("pastes"),
}
OF_DATA = {"distributions": {}, "strips": {"column": "x", "group": "g"}}
OF_DATA["within_between"] = {"outcome": "y", "predictor": "x", "group": "g"}
ALSO = {
    "cross_level": {"interaction": "x"},
    "group_lines": {"predictor": "x"},
    "johnson_neyman": {"interaction": "x"},
    "residual_predictor": {"predictor": "x"},
    "variance_function": {"predictor": "x"},
}


@cache
def fits() -> tuple[Any, ...]:
    """Two and three levels, and a yes/no outcome."""
    plain = mlm.Model("mathach ~ ses", group="school", level2={"ses": "size + U"})
    casks = mlm.Model("strength ~ 1", group="batch/cask")
    herds = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
    return (
        plain.fit(mlm.load("hsb")),
        casks.fit(mlm.load("pastes")),
        herds.fit(mlm.load("cbpp")),
    )


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("name", sorted({*mlm.plot.__all__} - {"Figure", *OF_DATA}))
def test_a_figure_of_a_fit_refuses_what_is_none(name: str, kind: str) -> None:
    with pytest.raises(MlmteachError) as caught:
        getattr(mlm.plot, name)(OTHERS[kind], **ALSO.get(name, {}))
    assert type(OTHERS[kind]).__name__ in caught.value.problem
    assert "fit(data)" in caught.value.remedy


@pytest.mark.parametrize("name", OF_DATA)
def test_a_figure_of_data_refuses_a_fit(name: str) -> None:
    with pytest.raises(MlmteachError, match="no data frame"):
        getattr(mlm.plot, name)(fits()[0], **OF_DATA[name])


@pytest.mark.parametrize("kind", OTHERS)
def test_quantities_tests_and_predictions_refuse_what_they_cannot_read(kind: str) -> None:
    wrong = OTHERS[kind]
    for fit in fits():
        asks = [lambda fit=fit: fit.quantities.combinations(wrong), lambda fit=fit: fit.test(wrong)]
        if kind != "frame":
            asks.append(lambda fit=fit: fit.predict(wrong))
        if kind != "dictionary":
            for name in ("icc", "expected", "variance_shares", "median_ratio"):
                ask = getattr(fit.quantities, name, None)
                asks += [lambda ask=ask: ask(at=wrong)] if ask else []
        for ask in asks:
            with pytest.raises(MlmteachError) as caught:
                ask()
            assert caught.value.remedy


@cache
def curved() -> Any:
    """A slope that is bent, so that it has a place of its own."""
    model = mlm.Model(
        "mathach ~ ses + I(ses**2)", group="school", level2={"intercept": "size + U", "ses": "size"}
    )
    return model.fit(mlm.load("hsb")).quantities


@pytest.mark.parametrize("kind", sorted({*OTHERS} - {"dictionary"}))
def test_places_are_given_by_name(kind: str) -> None:
    for ask in (curved().coefficient, curved().simple_slopes, curved().johnson_neyman):
        names = ("ses",) if ask == curved().coefficient else ("ses", "size")
        with pytest.raises(MlmteachError, match="says of no variable where it is"):
            ask(*names, at=OTHERS[kind])


@pytest.mark.parametrize("kind", sorted({*OTHERS} - {"dictionary"}))
def test_equations_of_a_level_are_a_dictionary(kind: str) -> None:
    for level in ("level2", "level3"):
        with pytest.raises(MlmteachError):
            mlm.Model("y ~ x", group="g/h", **{level: OTHERS[kind]})


def test_panels_and_comparisons_refuse_what_is_no_fit() -> None:
    panels = [getattr(mlm.explore, name) for name in mlm.explore.__all__]
    of_fits = [panel for panel in panels if "fit" in signature(panel).parameters]
    assert len(of_fits) > 4
    for panel in of_fits:
        with pytest.raises(MlmteachError, match="not a DataFrame"):
            panel(OTHERS["frame"])
    for compared in (mlm.compare, mlm.plot.coefficients):
        with pytest.raises(MlmteachError):
            compared(fits()[0], OTHERS["frame"])
