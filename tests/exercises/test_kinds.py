"""Kinds of answers: what is none of a kind, and how two of a kind are compared."""

from collections.abc import Callable

import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.exercises import EquationLines, Interval, Number, NumberSet, Specification, Table
from mlmteach.exercises.kinds import Choice, Function, Kind, OpenText, called
from mlmteach.exercises.plain import to_plain

KIND = EquationLines(formula="Reaction ~ Days + (1 + Days | Subject)")
RIGHT = "Reaction_ij = gamma_00 + gamma_10 Days_ij + U_0j + U_1j Days_ij + epsilon_ij"


def compare(text: str) -> tuple[float, str]:
    given = {"kind": "text", "value": text}
    assert KIND.misfit(given) == ""
    found = KIND.compare({"kind": "text", "value": RIGHT}, given)
    return found.share, found.note


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "Reaction_ij = gamma_00 + U_0j + (gamma_10 + U_1j) Days_ij + epsilon_ij",
        r"\text{Reaction}_{ij} = \gamma_{00} + \gamma_{10}\text{Days}_{ij} + U_{0j}"
        r" + U_{1j}\text{Days}_{ij} + \varepsilon_{ij}",
    ],
)
def test_right_in_whatever_way_it_is_written(text: str) -> None:
    assert compare(text) == (1.0, "")


def test_the_slip_of_leaving_out_the_predictor_is_named() -> None:
    share, note = compare(RIGHT.replace("U_1j Days_ij", "U_1j"))
    assert share == 0.5
    assert "U_1j stands without its predictor" in note


@pytest.mark.parametrize(
    "text",
    [
        "Reaction_ij = beta_0j + beta_1j Days_ij + epsilon_ij",
        "beta_0j = gamma_00 + U_0j\nbeta_1j = gamma_10 + U_1j",
        "Reaction = b0 + b1 Days + r",
    ],
)
def test_another_equation_than_the_full_one_earns_nothing(text: str) -> None:
    share, note = compare(text)
    assert share == 0
    assert "full equation" in note


@pytest.mark.parametrize("text", ["", "Reaction", "= = =", "(" * 3_000, "x" * 5_000])
def test_nonsense_is_no_equation(text: str) -> None:
    assert KIND.misfit({"kind": "text", "value": text}).startswith("The equations ")


@pytest.mark.parametrize(
    ("kind", "right", "given", "share"),
    [
        (Number(), 0.25, 0.2501, 1.0),
        (Number(), 0.25, 0.26, 0.0),
        (Number(), 0.25, -0.25, 0.0),
        (Interval(), (0, 1), [0.001, 0.999], 1.0),
        (Interval(), (0, 1), [0, 2], 0.5),
        (Interval(), (0, 1), [1, 0], 0.0),
        (NumberSet(), [1, 2, 3], {3, 2, 1}, 1.0),
        (NumberSet(), [1, 2, 3], [1, 2], 2 / 3),
        (NumberSet(), [1, 2, 3], [1, 2, 3, 4, 5, 6], 0.0),
        (NumberSet(), [1, 1], [1], 0.5),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "a": 1}, 1.0),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "a": 7}, 0.5),
        (Table(), {"a": 1, "b": 2}, {"b": 2, "c": 1}, 0.5),
        (Table(), pd.DataFrame({"x": [1, 2]}), pd.Series([1, 2], name="y"), 1.0),
    ],
)
def test_comparisons(kind: Number, right: object, given: object, share: float) -> None:
    found = kind.compare(to_plain(right), to_plain(given))
    assert found.share == pytest.approx(share)
    assert bool(found.note) == (share < 1)


MODEL = mlm.Model("y ~ x + w", group="g", level2={"intercept": "z + U", "x": "z + U"})


@pytest.mark.parametrize(
    ("given", "share"),
    [
        (mlm.Model("y ~ w + x", group="g", level2={"x": "U + z", "intercept": "U + z"}), 1.0),
        ("y ~ z * x + w + (1 + x | g)", 1.0),
        ("y ~ z * x + w + (1 + x || g)", 0.8),
        ("y ~ z + x + w + (1 + x | g)", 0.8),
        ("v ~ 1 + (1 | h)", 0.0),
    ],
)
def test_models_are_compared_by_structure(given: object, share: float) -> None:
    kind = Specification(level2=("z",))
    assert not kind.misfit(to_plain(given))
    assert kind.compare(to_plain(MODEL), to_plain(given)).share == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["y ~", "y ~ x + (1 | g", "(" * 5_000, "y ~ x", "__import__('os')"]
)
def test_what_is_no_model_is_said(text: str) -> None:
    assert "cannot be read" in Specification().misfit(to_plain(text))


@pytest.mark.parametrize(
    ("kind", "right", "given", "note"),
    [
        (Number(), 0.18, 18.0, "a hundred times the answer"),
        (Number(), 0.25, -0.25, "The size is right, the sign is not."),
        (Number(), 2.3862, 2.4, "Give more digits."),
        (Number(), 2.3862, 2.5, "not the number asked for"),
        (Number(), 0.0, 1e-8, "not the number asked for"),
        (Interval(), (1, 3), (3, 1), "The lower bound comes first."),
        (Interval(), (1, 3), (1, 4), "The lower bound is right, the other one is not."),
        (Interval(), (1, 3), (0, 3), "The upper bound is right, the other one is not."),
        (Interval(), (1, 3), (0, 4), "Neither bound is right."),
        (NumberSet(), [1, 2, 3], [1, 2, 7], "2 of 3 are there; 1 do not belong to them."),
        (Table(), {"a": 1, "b": 2}, {"a": 1}, "1 of 2 entries are missing, the first in row `b`."),
        (Table(), {"a": 1}, {"a": 1, "b": 2}, "1 entries were not asked for."),
        (
            Table(),
            pd.DataFrame({"x": [1], "y": [2]}, index=["a"]),
            pd.DataFrame({"x": [1], "z": [2]}, index=["a"]),
            "the first in row `a`, column `y`",
        ),
        (Choice({"a": "one", "b": "two"}), "a", "B ", "Another option is right."),
    ],
)
def test_notes_name_the_slip(kind: Kind, right: object, given: object, note: str) -> None:
    found = kind.compare(to_plain(right), to_plain(given))
    assert note in found.note
    assert not found.right


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (Number(), "0.2", "A number is asked for, and this is a text."),
        (Number(), float("nan"), "A number is asked for, and this is an object of type"),
        (Interval(), (1, 2, 3), "An interval is two numbers"),
        (Interval(), ("a", "b"), "An interval is two numbers"),
        (Interval(), 3, "(lower, upper)"),
        (NumberSet(), ["a"], "this one holds texts"),
        (Table(), [1, 2], "A table is asked for, and this is a list."),
        (Specification(), 3, "A model is asked for, and this is a number."),
        (Choice({"a": "one", "b": "two"}), "c", 'Answer with one of `"a"`, `"b"`, in quotes.'),
        (Choice({"a": "one", "b": "two"}), 3, 'Answer with one of `"a"`, `"b"`, in quotes.'),
        (Function(), 3, "A function of a data frame is asked for, and this is a number."),
        (OpenText(), 3, "A text is asked for, and this is a number."),
    ],
)
def test_what_is_of_another_kind_is_said(kind: Kind, given: object, says: str) -> None:
    assert says in kind.misfit(to_plain(given))


def test_one_number_is_a_set_of_one() -> None:
    assert not NumberSet().misfit(to_plain(3))
    assert NumberSet().compare(to_plain([3]), to_plain(3)).right


def test_options_are_answered_by_letter_in_any_case() -> None:
    kind = Choice({"a": "one", "b": "two"})
    assert kind.prompt == "- **a**: one\n- **b**: two"
    assert not kind.misfit(to_plain(" A"))
    assert kind.compare(to_plain("a"), to_plain(" A")).right


FRAMES = [pd.DataFrame({"a": [1.0, k]}) for k in (2, 4)]
MEAN = called(lambda frame: frame["a"].mean(), FRAMES)


@pytest.mark.parametrize(
    ("function", "share", "note"),
    [
        (lambda frame: frame["a"].sum() / 2, 1.0, ""),
        (lambda _: 1.5, 0.0, "It is right for 1 of 2 data sets. This is not the number asked for."),
        (lambda _: 1 / 0, 0.0, "it failed: ZeroDivisionError: division by zero."),
        (lambda _: "1.5", 0.0, "It returned a text."),
    ],
)
def test_functions_are_tried_on_each_frame(
    function: Callable[[pd.DataFrame], object], share: float, note: str
) -> None:
    found = Function().compare(MEAN, called(function, FRAMES))
    assert found.share == share
    assert note in found.note
    assert bool(found.note) == bool(note)


def test_a_function_that_was_tried_on_too_few_is_not_right() -> None:
    found = Function().compare(MEAN, {"kind": "outputs", "values": MEAN["values"][:1]})
    assert (found.share, "not tried on all data" in found.note) == (0.0, True)


def test_a_function_gets_a_copy() -> None:
    def spoil(frame: pd.DataFrame) -> float:
        frame["a"] = 0.0
        return 1.0

    assert [value["value"] for value in called(spoil, FRAMES)["values"]] == [1.0, 1.0]
    assert [frame["a"].sum() for frame in FRAMES] == [3.0, 5.0]


def test_the_notes_on_a_model_name_what_is_wrong() -> None:
    kind = Specification(level2=("z",))
    given = "v ~ z + x + q + (1 | h)"
    assert kind.compare(to_plain(MODEL), to_plain(given)).note == (
        "The outcome is `y`. The groups are named by `g`. Look at the predictors in the level-2 "
        "equation of the slope of `x`. The slope of `x` differs between the groups beyond what its "
        "predictors say: it has a U. The slope of `w` is missing. The slope of `q` was not asked "
        "for. Look at which of the U may correlate."
    )


def test_a_predictor_may_be_spelled_in_two_ways() -> None:
    kind = Specification(level2=("z",))
    wanted = to_plain("y ~ np.log(z) + I(x * w) + (1 + x | g)")
    assert kind.compare(wanted, to_plain("y ~ log(z) + I(w*x) + (1 + x | g)")).share == 1
    other = kind.compare(wanted, to_plain("y ~ log2(z) + I(w*x) + (1 + x | g)"))
    assert "Look at the predictors in the level-2 equation of the intercept" in other.note
