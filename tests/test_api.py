"""The verbs: each is a line down, and what it needs comes with the first call."""

import dataclasses
import inspect
import warnings
from functools import cache

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import (
    Diagnostics,
    Fit,
    GeneralizedDiagnostics,
    GeneralizedFit,
    GeneralizedQuantities,
    LayeredDiagnostics,
    LayeredFit,
    LayeredQuantities,
    Model,
    NestedDiagnostics,
    NestedFit,
    NestedQuantities,
    Quantities,
)
from mlmteach.errors import MlmteachError, MlmteachWarning, ModelError, SingularFitWarning
from mlmteach.fit.estimated import Estimated
from mlmteach.model.structure import Structure
from tests.fit.layered_models import GROWTH

FULL = Model(
    "mathach ~ ses + minority",
    group="school",
    level2={"intercept": "size + U", "ses": "size + U"},
    covariance="diagonal",
)


@pytest.fixture(scope="module")
def fit() -> Fit:
    return Model("Reaction ~ Days", group="Subject", level2={"Days": "U"}).fit(
        mlm.load("sleepstudy")
    )


@pytest.mark.parametrize(
    "model",
    [
        FULL,
        Model("y ~ 1", group="g"),
        Model("y ~ 0 + x", group="g", level2={"x": "0 + z + U"}),
        Model("log(y) ~ x", group="g", level2={"x": "z"}),
        Model("y ~ x", group="g", level2={"x": "U"}, covariance=(("x",), ("Intercept",))),
    ],
    ids=str,
)
def test_a_model_is_written_so_that_it_can_be_read_again(model: Model) -> None:
    assert eval(repr(model), {"Model": Model}) == model


def test_a_model_is_a_structure_with_verbs(fit: Fit) -> None:
    assert isinstance(FULL, Structure)
    assert isinstance(fit, Estimated)
    assert isinstance(fit.model, Model)
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.group = "other"  # type: ignore[misc]


def test_data_given_at_once_are_held_against_the_model() -> None:
    with pytest.raises(ModelError, match="'sess'.*Did you mean 'ses'"):
        Model("mathach ~ sess", group="school", data=mlm.load("hsb"))
    assert Model("mathach ~ ses", group="school", data=mlm.load("hsb")).bound
    assert not Model("mathach ~ ses", group="school").bound


def test_parts_of_the_equations_are_those_of_the_whole() -> None:
    whole = FULL.equations()
    parts = (FULL.level1, FULL.level2, FULL.full)
    assert tuple(part.formulas[0] for part in parts) == whole.formulas[:3]
    # T follows where U's stand that do not correlate
    assert [part.formulas[1:] for part in parts] == [(), whole.formulas[3:], whole.formulas[3:]]
    assert FULL._repr_mimebundle_() == whole._repr_mimebundle_()


def test_three_ways_to_write_a_model_lead_to_one() -> None:
    from_formula = Model.from_formula(FULL.formula, level2=["size"])
    from_equations = Model.from_equations(
        FULL.equations(distributions=True).text, group="school", level2=["size"]
    )
    assert from_formula == FULL
    assert from_equations == FULL


def test_a_refit_is_a_fit_with_verbs(fit: Fit) -> None:
    again = fit.refit(fit.design.y)
    assert type(again) is Fit
    assert again.criterion == pytest.approx(fit.criterion)
    assert type(Fit.of(fit)) is Fit
    assert Fit.of(fit).optimum is fit.optimum


def test_the_model_and_the_fit_say_the_same_in_their_words(fit: Fit) -> None:
    assert (
        fit.interpret("gamma_10").rows[0].symbol == fit.model.interpret("gamma_10").rows[0].symbol
    )
    assert fit.equations(show="names").latex == fit.model.equations(show="names").latex
    assert "10.5" in fit.equations().text


@pytest.mark.parametrize("kind", [Model, Fit, Quantities, Diagnostics])
def test_every_verb_says_what_it_does(kind: type) -> None:
    for name, verb in inspect.getmembers(kind):
        if not name.startswith("_") and (callable(verb) or isinstance(verb, property)):
            assert (inspect.getdoc(verb) or "").strip(), f"{kind.__name__}.{name}"


@pytest.mark.parametrize(
    "rooms",
    [
        Quantities, Diagnostics, LayeredQuantities, LayeredDiagnostics, GeneralizedQuantities,
        GeneralizedDiagnostics, NestedQuantities, NestedDiagnostics,
    ],
)  # fmt: skip
def test_what_can_be_asked_for_is_listed(fit: Fit, rooms: type) -> None:
    listed = repr(rooms(fit))
    own = [name for name in vars(rooms) if not name.startswith("_")]
    assert own
    assert all(name in listed for name in own)


def test_a_verb_of_a_room_is_that_of_the_fit(fit: Fit) -> None:
    assert fit.quantities.icc() == fit.icc
    assert fit.diagnostics.level1()["raw"].equals(fit.resid.rename("raw"))


# --- two groupings --------------------------------------------------------------------------------

Calls = dict[str, tuple[tuple[object, ...], dict[str, object]]]

CALLS: Calls = {
    "bootstrap": ((2,), {"seed": 1, "progress": False}),
    "code": (("lme4",), {}),
    "coefficient": (("year",), {}),
    "combinations": (({"sum": {"Intercept": 1.0, "year": 1.0}},), {}),
    "contextual_effects": (("year", "female"), {}),
    "contrast_df": ((np.eye(5),), {}),
    "draw": ((np.random.default_rng(1),), {}),
    "influence": (("schoolid",), {"progress": False}),
    "johnson_neyman": (("year", "lowinc"), {}),
    "of": ((), {}),
    "plausible_range": (("year",), {}),
    "refit": ((), {}),
    "share_negative": (("year",), {}),
    "simple_slopes": (("year", "lowinc"), {}),
    "test": (("year",), {}),
    "with_changes": ((), {"reml": False}),
}
"""What verbs are called with; those that are not named are called with nothing."""
REFUSED = {"kenward_roger", "robust", "robustness"}


def refusals(thing: object, one: type, calls: Calls) -> set[str]:
    """Ask for all that a thing has, or its like with one grouping: what is refused with a remedy.

    Whatever else goes wrong fails the test.
    """
    refused: set[str] = set()
    for name in sorted(n for n in {*dir(thing), *dir(one)} if not n.startswith("_")):
        values, options = calls.get(name, ((), {}))
        try:
            found = getattr(thing, name)
            if callable(found) and name != "model":
                found = found(*values, **options)
            assert repr(found)
        except MlmteachError as error:
            refused |= {name} if error.remedy else set()
    return refused


@pytest.mark.parametrize("room", ["fit", "quantities", "diagnostics"])
def test_every_attribute_works_with_two_groupings_or_says_what_to_do(room: str) -> None:
    """All of those of fits with one grouping too: no attribute is missing."""
    fit = few_schools()
    thing = fit if room == "fit" else getattr(fit, room)
    one = {"fit": Fit, "quantities": Quantities, "diagnostics": Diagnostics}[room]
    own = {"of": ((fit,), {}), "refit": ((fit.design.y + fit.frame["year"],), {})}
    assert refusals(thing, one, CALLS | own) == REFUSED & {*dir(thing), *dir(one)}


@pytest.mark.parametrize("room", ["fit", "quantities", "diagnostics"])
def test_every_attribute_works_of_counts_at_three_levels_or_says_what_to_do(room: str) -> None:
    """All of those of a two-level fit to such an outcome too: no attribute is missing."""
    fit = few_locations()
    calls = CALLS | {
        "coefficient": (("HEIGHT",), {}),
        "combinations": (({"sum": {"Intercept": 1.0, "HEIGHT": 1.0}},), {}),
        "contextual_effects": (("HEIGHT", "HEIGHT"), {}),
        "contrast_df": ((np.eye(2),), {}),
        "influence": (("LOCATION",), {"progress": False}),
        "johnson_neyman": (("HEIGHT", "HEIGHT"), {}),
        "of": ((fit,), {}),
        "overdispersion": ((), {"n": 5, "progress": False}),
        "plausible_range": (("Intercept",), {}),
        "refit": ((fit.design.y + 1.0,), {}),
        "share_negative": (("Intercept",), {}),
        "simple_slopes": (("HEIGHT", "HEIGHT"), {}),
        "test": (("HEIGHT",), {}),
        "variances_at": ((np.ones((1, 2)),), {}),
        "with_changes": ((), {"messages": ()}),
    }
    thing = fit if room == "fit" else getattr(fit, room)
    one = {
        "fit": GeneralizedFit, "quantities": GeneralizedQuantities,
        "diagnostics": GeneralizedDiagnostics,
    }[room]  # fmt: skip
    without_product = {"contextual_effects", "johnson_neyman", "simple_slopes"}
    expected = {
        "fit": {"kenward_roger", "robust"}, "quantities": without_product, "diagnostics": set(),
    }[room]  # fmt: skip
    assert refusals(thing, one, calls) == expected


@cache
def few_locations() -> NestedFit:
    """Counts of ticks in twenty locations."""
    data = mlm.load("grouseticks")
    data = data[data["LOCATION"].isin(data["LOCATION"].unique()[:20])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MlmteachWarning)
        model = mlm.Model(
            "TICKS ~ 1", group="LOCATION/BROOD", level3={"intercept": "HEIGHT + V"},
            family="poisson",
        )  # fmt: skip
        return model.fit(data)


@cache
def few_schools() -> LayeredFit:
    """Growth in eight schools, so that leaving out each of them is quick."""
    data = mlm.load("egsingle")
    data = data[data["schoolid"].isin(data["schoolid"].unique()[:8])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return mlm.Model(**GROWTH).fit(data)


@pytest.mark.parametrize(
    "kind",
    [
        LayeredFit, LayeredQuantities, LayeredDiagnostics, GeneralizedFit, GeneralizedQuantities,
        GeneralizedDiagnostics, NestedFit, NestedQuantities, NestedDiagnostics,
    ],
)  # fmt: skip
def test_every_verb_with_two_groupings_says_what_it_does(kind: type) -> None:
    test_every_verb_says_what_it_does(kind)


def test_planning_a_study_with_two_groupings_is_refused() -> None:
    with pytest.raises(ModelError, match="group='batch' alone"):
        mlm.Model("strength ~ 1", group="batch/cask").power(
            "Intercept", groups=10, size=5, gamma={"Intercept": 1.0}, tau=1.0, sigma2=1.0
        )
