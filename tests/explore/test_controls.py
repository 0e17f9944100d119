"""The controls: labelled, on their steps, and moved by the keyboard."""

import ipywidgets
import pytest

from mlmteach.explore.widget_controls import checkbox, choice, fine_step, slider, whole_slider


@pytest.mark.parametrize(
    ("value", "shown"), [(1.24, 1.2), (1.26, 1.3), (-9.0, 0.0), (99.0, 2.0), (0.0, 0.0)]
)
def test_a_value_is_moved_onto_a_step_and_into_the_range(value: float, shown: float) -> None:
    assert slider("x", value, 0.0, 2.0, 0.1).value == pytest.approx(shown)


def test_steps_count_from_the_least() -> None:
    assert slider("x", 1.0, 0.25, 2.0, 0.5).value == pytest.approx(1.25)


@pytest.mark.parametrize("span", [1e-6, 0.99, 1.0, 59.0, 100.0, 12_345.0])
def test_a_fine_step_divides_a_span_into_a_hundred_to_a_thousand(span: float) -> None:
    assert span / fine_step(span) * (1 + 1e-9) >= 100
    assert span / fine_step(span) < 1000


@pytest.mark.parametrize("span", [0.0, -1.0])
def test_what_has_no_span_has_a_step(span: float) -> None:
    assert fine_step(span) == 0.01


def test_a_choice_takes_pairs() -> None:
    assert choice("x", [("one", 1), ("two", 2)]).value == 1
    assert choice("x", [("one", 1), ("two", 2)], 2).value == 2
    assert choice("x", ["a", "b"]).value == "a"
    assert choice("x", ["a", "b"], "b").options == ("a", "b")


def test_labels_are_there_whole() -> None:
    made = [
        slider("a long label", 1.0, 0.0, 2.0, 0.1),
        whole_slider("a long label", 3, 1, 9),
        choice("a long label", ["a"]),
    ]
    for control in made:
        assert control.description == "a long label"
        assert control.style.description_width == "initial"  # it is not cut off
    box = checkbox("a long label", True)
    assert (box.description, box.value, box.indent) == ("a long label", True, False)


def test_no_control_is_a_list_that_takes_the_arrow_keys_away() -> None:
    assert not isinstance(choice("x", ["a"]), ipywidgets.Dropdown | ipywidgets.Select)


def test_a_whole_slider_keeps_to_its_range() -> None:
    made = whole_slider("n", 5, 2, 9)
    made.value = 99
    assert (made.value, made.min, made.max) == (9, 2, 9)
