"""A live panel: controls give a state, the state gives what is shown."""

from __future__ import annotations

import asyncio
import html
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ipywidgets as widgets

from mlmteach.errors import MlmteachError, MlmteachWarning
from mlmteach.explore.picture import Picture
from mlmteach.plot.figure import Figure

if TYPE_CHECKING:
    from asyncio import TimerHandle

__all__ = ["Panel", "Shown"]

S = TypeVar("S")


@dataclass(frozen=True)
class Shown:
    """What a panel shows of a state.

    Attributes
    ----------
    sentence : str
        What the state says, in plain text; paragraphs are parted by empty lines.
    alt : str
        What the picture shows, with its numbers.
    latex : str
        An equation in LaTeX with its delimiters; empty where there is none.
    extra : mapping of str to str
        HTML of further views, by name.
    """

    sentence: str
    alt: str
    latex: str = ""
    extra: Mapping[str, str] | None = None


class Panel(widgets.VBox, Generic[S]):  # type: ignore[misc]  # ipywidgets publishes no types
    """Controls, a picture, an equation and a sentence that move together.

    The children stay the same; only their values change.  An error is shown in the panel, which
    stays usable.  In a saved notebook, the picture and the sentence remain as they were when the
    panel was displayed.

    Parameters
    ----------
    title : str
    controls : mapping of str to ipywidgets widget
        By the name of the field of the state that each of them sets.
    state : callable
        Makes a state of the controls' values.
    show : callable
        Moves the picture and returns the texts.
    picture : Picture
    caption : str
        What to see in the picture.
    delay : float
        Seconds of rest before the state follows the controls, for panels that refit.
    arrangement : ipywidgets widget, optional
        Holds the controls; a row that wraps when left out.
    views : mapping of str to str
        Headings of further views, by their names in :attr:`Shown.extra`.

    Attributes
    ----------
    controls : mapping of str to ipywidgets widget
    state : object
    shown : Shown
    """

    def __init__(
        self,
        title: str,
        controls: Mapping[str, Any],
        state: Callable[..., S],
        show: Callable[[S], Shown],
        picture: Picture,
        *,
        caption: str,
        delay: float = 0.0,
        arrangement: Any = None,
        views: Mapping[str, str] | None = None,
    ) -> None:
        self.controls = dict(controls)
        self.picture = picture
        self.caption = caption
        self._make_state, self._show, self._delay = state, show, delay
        self._timer: TimerHandle | None = None
        self._busy = False
        self._views = {name: widgets.HTML() for name in views or {}}
        self.image, self.sentence, self.message = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.equation = widgets.HTMLMath()
        wrap = widgets.Layout(flex_flow="row wrap", grid_gap="8px 16px")
        if arrangement is None:
            arrangement = widgets.HBox(list(self.controls.values()), layout=wrap)
        texts = widgets.VBox(
            [self.equation, self.sentence], layout=widgets.Layout(flex="1 1 280px", min_width="0")
        )
        heading = widgets.HTML(f"<strong>{html.escape(title)}</strong>")
        rows = [heading, arrangement, self.message, widgets.HBox([self.image, texts], layout=wrap)]
        for name, text in (views or {}).items():
            rows += [widgets.HTML(f"<strong>{html.escape(text)}</strong>"), self._views[name]]
        super().__init__(rows, layout=widgets.Layout(padding="6px 0"))
        self.state: S = self._make_state(**self._values())
        self.shown = Shown("", "")
        self.update()
        for control in self.controls.values():
            control.observe(self._moved, names="value")

    def _values(self) -> dict[str, Any]:
        return {name: control.value for name, control in self.controls.items()}

    def _moved(self, _: object) -> None:
        """Follow the controls, after the delay where a loop is running."""
        if self._busy:  # what is shown may give a control other options
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._delay:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                pass
            else:
                self._timer = loop.call_later(self._delay, self.update)
                return
        self.update()

    def update(self) -> None:
        """Show the state of the controls as they are now."""
        self._timer, self._busy = None, True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in the texts
                state = self._make_state(**self._values())
                shown = self._show(state)
        except MlmteachError as error:
            self.message.value = (
                f'<div role="alert" style="border-left:4px solid #9a4a00;padding:4px 8px">'
                f"<strong>Not possible.</strong> {html.escape(str(error))}</div>"
            )
            return
        finally:
            self._busy = False
        self.state, self.shown = state, shown
        self.image.value = self.picture.html(shown.alt)
        self.sentence.value = _paragraphs(shown.sentence)
        self.equation.value = shown.latex
        self.message.value = ""
        for name, view in self._views.items():
            view.value = (shown.extra or {}).get(name, "")

    def view(self, name: str) -> str:
        """Return the HTML that a further view shows now."""
        return str(self._views[name].value)

    @property
    def figure(self) -> Figure:
        """The picture as it is now, for readers without a kernel."""
        return Figure(self.picture.figure, self.caption, self.shown.alt)

    def close(self) -> None:
        """Take the panel away, with all that belongs to it."""
        if self._timer is not None:
            self._timer.cancel()
        for control in self.controls.values():
            control.unobserve_all()
        _close(self)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options) or {}
        static = self.figure.html + _paragraphs(self.shown.sentence)
        return {**bundle, "text/plain": self.shown.sentence, "text/html": static}


def _paragraphs(text: str) -> str:
    parts = [f"<p>{html.escape(part)}</p>" for part in text.split("\n\n")]
    return f'<div role="status" style="line-height:1.45">{"".join(parts)}</div>'


def _close(widget: Any) -> None:
    """Close a widget with its children, and with the layout and style that are models too."""
    for part in (*getattr(widget, "children", ()), getattr(widget, "style", None)):
        if part is not None:
            _close(part)
    layout = getattr(widget, "layout", None)
    if layout is not None:
        layout.close()
    widgets.Widget.close(widget)
