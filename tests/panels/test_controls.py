"""The controls: on their steps, within their ends, and described to a page."""

import json

import pytest

from mlmteach.errors import OptionError
from mlmteach.panels.controls import Hidden, Seed, Select, Slider, Toggle, fine_step


def slider(value: float, low: float = 0.0, high: float = 2.0, step: float = 0.1) -> Slider:
    return Slider(name="x", label="x", value=value, low=low, high=high, step=step)


@pytest.mark.parametrize(
    ("value", "shown"), [(1.24, 1.2), (1.26, 1.3), (-9.0, 0.0), (99.0, 2.0), (0.0, 0.0)]
)
def test_a_value_is_moved_onto_a_step_and_into_the_range(value: float, shown: float) -> None:
    assert slider(value).value == shown
    assert slider(1.0).read(value) == shown


def test_steps_count_from_the_least() -> None:
    assert slider(1.0, 0.25, 2.0, 0.5).value == pytest.approx(1.25)
    assert slider(1.0, 0.25, 1.25, 0.5).values == (0.25, 0.75, 1.25)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(OptionError, match="from 0 to 2"):
        slider(1.0).read("high")


@pytest.mark.parametrize("span", [1e-6, 0.99, 1.0, 59.0, 100.0, 12_345.0])
def test_a_fine_step_divides_a_span_into_a_hundred_to_a_thousand(span: float) -> None:
    assert span / fine_step(span) * (1 + 1e-9) >= 100
    assert span / fine_step(span) < 1000


def test_a_choice_gives_the_option_or_its_place() -> None:
    plain = Select(name="c", label="c", options=("a", "b"), value="a")
    live = Select(name="c", label="c", options=("a", "b"), value="a", live=True)
    assert (plain.read("b"), plain.written("b"), plain.discrete) == ("b", 1, True)
    assert (live.read("b"), live.read(0), live.written(1), live.discrete) == (1, 0, 1, False)
    for choice in (plain, live):
        with pytest.raises(OptionError, match="Choose one of 'a', 'b'"):
            choice.read("c")


def test_a_toggle_is_on_or_off() -> None:
    assert Toggle(name="t", label="t").read(1) is True
    with pytest.raises(OptionError, match="True or False"):
        Toggle(name="t", label="t").read("on")


def test_every_control_is_described_as_plain_data() -> None:
    controls = [
        slider(1.0),
        Hidden(name="h", label="h", value=0.0, low=-1.0, high=1.0, step=0.5),
        Select(name="c", label="c", options=("a", "b"), value="b"),
        Toggle(name="t", label="t"),
        Seed(name="s"),
    ]
    written = json.loads(json.dumps([control.to_json() for control in controls]))
    assert [one["kind"] for one in written] == ["slider", "hidden", "choice", "toggle", "seed"]
    assert written[2]["value"] == 1
    assert all({"name", "label", "value", "low", "high", "step"} <= set(one) for one in written)
