"""What all panels have in common."""

import asyncio
import gc
from dataclasses import dataclass

import ipywidgets
import pytest
from matplotlib.figure import Figure as Canvas

import mlmteach as mlm
from mlmteach.errors import ModelError
from mlmteach.explore.widget_controls import slider
from mlmteach.explore.widget_panel import Panel, Shown
from mlmteach.explore.picture import Picture

PANELS = sorted(set(mlm.explore.__all__) - {"Panel"})


@dataclass(frozen=True)
class State:
    x: float

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ModelError("x is <negative>.", "Make it positive.")


def small_panel(**options: object) -> tuple[Panel[State], list[float]]:
    picture = Picture(width=2, height=1)
    (line,) = picture.axes[0].plot([0, 1], [0, 0])
    picture.moving(line)
    seen: list[float] = []

    def show(state: State) -> Shown:
        seen.append(state.x)
        line.set_ydata([0, state.x])
        return Shown(f"x is {state.x}, x > 0.", f"A line up to {state.x}.", f"$$x = {state.x}$$")

    controls = {"x": slider("x", 1.0, -5.0, 5.0, 0.5)}
    panel = Panel("Small", controls, State, show, picture, caption="A line.", **options)  # type: ignore[arg-type]
    return panel, seen


def test_text_equation_and_picture_move_together() -> None:
    panel, _ = small_panel()
    before = panel.image.value
    panel.controls["x"].value = 2.0
    assert panel.state == State(2.0)
    assert panel.image.value != before
    assert 'alt="A line up to 2.0."' in panel.image.value
    assert panel.equation.value == "$$x = 2.0$$"
    assert "x is 2.0, x &gt; 0." in panel.sentence.value
    assert 'role="status"' in panel.sentence.value


def test_children_stay_the_same() -> None:
    panel, _ = small_panel()
    before = [child.model_id for child in panel.children]
    panel.controls["x"].value = 3.0
    assert [child.model_id for child in panel.children] == before


def test_an_error_is_shown_and_leaves_the_panel_usable() -> None:
    panel, _ = small_panel()
    before = panel.image.value
    panel.controls["x"].value = -1.0
    assert 'role="alert"' in panel.message.value
    assert "x is &lt;negative&gt;. Make it positive." in panel.message.value
    assert panel.state == State(1.0)
    assert panel.image.value == before
    panel.controls["x"].value = 2.0
    assert panel.message.value == ""
    assert panel.state == State(2.0)


def test_a_delay_waits_for_rest() -> None:
    async def moves() -> None:
        panel, seen = small_panel(delay=0.02)
        for value in (2.0, 3.0, 4.0):
            panel.controls["x"].value = value
        assert seen == [1.0]
        await asyncio.sleep(0.1)
        assert seen == [1.0, 4.0]
        panel.controls["x"].value = 1.5
        panel.close()
        await asyncio.sleep(0.1)
        assert seen == [1.0, 4.0]

    asyncio.run(moves())


def test_a_saved_notebook_keeps_picture_and_sentence() -> None:
    panel, _ = small_panel()
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "x is 1.0, x > 0."
    assert 'alt="A line up to 1.0."' in bundle["text/html"]
    assert "<figcaption>A line.</figcaption>" in bundle["text/html"]
    assert "x is 1.0" in bundle["text/html"]


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_opens_on_a_default(name: str) -> None:
    panel = getattr(mlm.explore, name)()
    assert panel.message.value == ""
    assert panel.shown.sentence
    assert panel.shown.alt
    assert panel.image.value.startswith("<img alt=")
    assert "role=&" not in panel.image.value
    for control in panel.controls.values():
        assert control.description.strip()
    assert panel.figure.alt == panel.shown.alt


@pytest.mark.parametrize("name", PANELS)
def test_latex_keeps_to_what_every_front_end_takes(name: str) -> None:
    latex = getattr(mlm.explore, name)().shown.latex
    for macro in ("operatorname", "color{", "class", "cssId", "bbox", "mbox", "label", "tag"):
        assert f"\\{macro}" not in latex.replace("\\textcolor{", "")


@pytest.mark.parametrize("name", PANELS)
def test_nothing_stays_when_a_panel_is_closed(name: str) -> None:
    getattr(mlm.explore, name)().close()  # what is cached is there from now on
    gc.collect()
    before = set(ipywidgets.widgets.widget._instances)
    panel = getattr(mlm.explore, name)()
    panel.close()
    assert set(ipywidgets.widgets.widget._instances) == before


@pytest.mark.slow
def test_a_thousand_moves_leave_nothing_behind() -> None:
    panel = mlm.explore.icc()
    gc.collect()
    figures = sum(isinstance(thing, Canvas) for thing in gc.get_objects())
    widgets = len(ipywidgets.widgets.widget._instances)
    callbacks = len(panel.controls["tau2"]._trait_notifiers["value"]["change"])
    artists = len(panel.picture.figure.findobj())
    for move in range(1000):
        panel.controls["tau2"].value = 0.1 * (move % 50)
    gc.collect()
    assert sum(isinstance(thing, Canvas) for thing in gc.get_objects()) <= figures
    assert len(ipywidgets.widgets.widget._instances) == widgets
    assert len(panel.controls["tau2"]._trait_notifiers["value"]["change"]) == callbacks
    assert len(panel.picture.figure.findobj()) == artists
