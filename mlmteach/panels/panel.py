"""A live panel: controls give a state, the state gives a scene, and a page draws it.

What a notebook gets is one piece of HTML that works with and without a kernel: it brings the front
end, and the scene with the steps by which the page computes it for any state
(:mod:`mlmteach.panels.live`).  Where a control is discrete, there is a scene for each of its
values; where these are too many, there are those one move away, and the kernel is asked for the
others.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlmteach import display
from mlmteach.errors import MlmteachError, MlmteachWarning, OptionError, suggest
from mlmteach.panels.controls import Control, Preset, Question
from mlmteach.panels.live import Graph, Live
from mlmteach.panels.scene import Scene, plain_text

if TYPE_CHECKING:
    from mlmteach.plot.figure import Figure

__all__ = ["POINTER_X", "POINTER_Y", "Panel"]

S = TypeVar("S")

POINTER_X: Any
POINTER_Y: Any
POINTER_X, POINTER_Y = Live.input("pointer_x", 0.0), Live.input("pointer_y", 0.0)
"""Where a handle is dragged to, in the units of the axes."""

# What a page says that lets no script run: a notebook that comes from elsewhere, GitHub, a PDF.
_STILL = (
    "A live panel, shown as a picture. To move it, run this cell, or choose Trust Notebook in "
    "JupyterLab's command palette (Ctrl+Shift+C)."
)

MOST_SCENES = 64
"""Up to so many combinations of discrete controls are computed beforehand."""


class Panel(Generic[S]):
    """Controls, a picture, an equation and a sentence that move together.

    In a notebook it shows itself.  In Python, :meth:`move` moves the controls, and :attr:`scene` is
    what is shown then.

    Parameters
    ----------
    title : str
    controls : sequence of Control
    state : callable
        Makes a state of the controls' values.
    scene : callable
        Makes a scene of a state; it has no memory.
    caption : str
        What to see in the picture.
    presets : sequence of Preset
    question : Question, optional
        What one predicts before it is revealed.
    detail : callable, optional
        Adds to a scene what takes longer; a page shows it when it has come.

    Attributes
    ----------
    controls : mapping of str to Control
    values : dict of str to value
        Where the controls stand.
    """

    def __init__(
        self,
        title: str,
        controls: Sequence[Control],
        state: Callable[..., S],
        scene: Callable[[S], Scene],
        *,
        caption: str,
        presets: Sequence[Preset] = (),
        question: Question | None = None,
        detail: Callable[[S, Scene], Scene] | None = None,
    ) -> None:
        self.title, self.caption = title, caption
        self.controls = {control.name: control for control in controls}
        self.values: dict[str, Any] = {c.name: c.read(c.value) for c in controls}
        self._state, self._scene, self._detail = state, scene, detail
        self.presets, self.question = tuple(presets), question
        self.move()

    # --- in Python ------------------------------------------------------------------------

    def move(self, **values: Any) -> Scene:
        """Move controls, and return the scene.

        Raises
        ------
        OptionError
            If there is no such control, or it cannot stand there.
        MlmteachError
            If the state is not possible; the panel stays where it was.
        """
        for name in values:
            if name not in self.controls:
                raise OptionError(f"There is no control '{name}'.", suggest(name, self.controls))
        read = {name: self.controls[name].read(value) for name, value in values.items()}
        wanted = {**self.values, **read}
        state = self._state(**wanted)
        scene = self._of(state)
        self.values, self.state, self.scene = wanted, state, scene
        return scene

    def _of(self, state: S) -> Scene:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=MlmteachWarning)  # they are in the texts
            return self._scene(state)

    @property
    def sentence(self) -> str:
        """What the state says, in plain text."""
        return self.scene.told

    @property
    def alt(self) -> str:
        """What the picture shows, in plain text."""
        return self.scene.described

    @property
    def figure(self) -> Figure:
        """The picture as it is now, for print."""
        from mlmteach.panels.drawing import drawn
        from mlmteach.plot.figure import Figure

        return Figure(drawn(self.scene), self.caption, self.alt)

    # --- on a page ------------------------------------------------------------------------

    def part(
        self, states: Iterable[Mapping[str, Any]], *, in_detail: bool = True
    ) -> dict[str, Any]:
        """Write scenes as a page needs them, with the steps that they share.

        Parameters
        ----------
        states : iterable of mapping
            Values of all controls; of those that are live, where the steps are traced.
        in_detail : bool
            Whether scenes have what takes longer.
        """
        graph = Graph()
        inputs = {
            name: Live.input(name, control.written(self.values[name]))
            for name, control in self.controls.items()
            if not control.discrete
        }
        scenes: dict[str, Any] = {}
        for values in states:
            key = self.key(values)
            if key in scenes:
                continue
            try:
                state, scene = self.state, self.scene
                if inputs or values != self.values:
                    state = self._state(**{**values, **inputs})
                    scene = self._of(state)
                if in_detail and self._detail is not None:
                    scene = self._detail(state, scene)
                scenes[key] = scene.to_json(graph)
            except MlmteachError as error:
                scenes[key] = {"error": str(error)}
        return {"nodes": graph.nodes, "scenes": scenes}

    def key(self, values: Mapping[str, Any]) -> str:
        """Name the scene of the values: by those of the discrete controls."""
        found = (c.written(values[n]) for n, c in self.controls.items() if c.discrete)
        return "|".join(f"{value:g}" for value in found)

    def program(self, *, in_detail: bool = True) -> dict[str, Any]:
        """Write all that a page needs to be the panel without a kernel.

        Parameters
        ----------
        in_detail : bool
            Whether the scenes beside the present one have what takes longer.
        """
        parts = [self.part([self.values])] if self._detail is not None else []
        controls = [
            {**control.to_json(), "value": control.written(self.values[name])}
            for name, control in self.controls.items()
        ]
        asked = self.question
        return {
            "title": self.title,
            "controls": controls,
            "presets": [
                {"label": one.label, "values": self._written(one.values)} for one in self.presets
            ],
            "question": asked
            and {
                "text": asked.text,
                "options": list(asked.options),
                "right": asked.right,
                "values": self._written(asked.values),
                "answer": asked.answer,
            },
            "parts": [*parts, self.part(self._beforehand(), in_detail=in_detail)],
            "whole": self.whole,
        }

    @property
    def whole(self) -> bool:
        """Whether every state can be computed beforehand."""
        return prod(len(c.values) for c in self.controls.values() if c.discrete) <= MOST_SCENES

    def _beforehand(self) -> Iterator[dict[str, Any]]:
        """Give the states that get a scene beforehand."""
        discrete = {n: c.values for n, c in self.controls.items() if c.discrete}
        if self.whole:
            for combined in product(*discrete.values()):
                yield {**self.values, **dict(zip(discrete, combined, strict=True))}
        else:
            yield dict(self.values)
            yield from self.near()

    def near(self) -> Iterator[dict[str, Any]]:
        """Give the states that one move of a discrete control leads to."""
        for name, control in self.controls.items():
            if control.discrete:
                for value in control.values:
                    if value != self.values[name]:
                        yield {**self.values, name: value}

    def _written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        controls = self.controls
        return {n: controls[n].written(controls[n].read(value)) for n, value in values.items()}

    @property
    def html(self) -> str:
        """The panel as HTML that needs no other file and no kernel."""
        return self._html(_packed(self.program()), self.figure)

    @property
    def page(self) -> str:
        """The panel as a whole page, to be opened without Python or given to others."""
        return _page(self.title, self.html)

    def page_tied(self, tie: str) -> str:
        """Write the page with a script before the panel that ties it to a server.

        Parameters
        ----------
        tie : str
            HTML in which ``%s`` stands for the name of the panel on its pages.
        """
        program = _packed(self.program(in_detail=False))
        return _page(self.title, tie % _key(program) + self._html(program, self.figure))

    def save(self, path: str | Path) -> Path:
        """Write the panel as a page to a new file, which is live in any browser.

        Parameters
        ----------
        path : str or Path
            Such as ``"shrinkage.html"``.

        Returns
        -------
        Path

        Raises
        ------
        OptionError
            If the file is there already, or is no page by its name.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise OptionError(
                f"A panel cannot be saved as '{target.name}'.",
                "End the name in .html, or save panel.figure as a picture.",
            )
        if target.exists():
            raise OptionError(
                f"The file '{target}' is there already.", "Choose another name, or delete it."
            )
        target.write_text(self.page, encoding="utf-8")
        return target

    def _html(self, program: str, figure: Figure) -> str:
        packed = base64.b64encode(zlib.compress(program.encode(), 9)).decode("ascii")
        paragraphs = "".join(f"<p>{html.escape(plain_text(p))}</p>" for p in self.scene.sentence)
        return (
            f'<div class="mlm-panel" data-mlm="{_key(program)}" data-program="{packed}">'
            f"<p><strong>{html.escape(self.title)}</strong></p>{figure.html}"
            f'<p style="margin-top:0.7em"><em>{_STILL}</em></p>{paragraphs}</div>'
            f"<style>{static('panel.css')}</style>"
            f'<script type="module">{static("panel.js")}</script>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        program, figure = _packed(self.program(in_detail=False)), self.figure
        linked(self, _key(program))
        return display.bundle(text=self.sentence, html=self._html(program, figure), png=figure.png)

    def answers(self, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Answer a page: take over where its controls stand, and compute what it asks for.

        Parameters
        ----------
        message : mapping
            ``values`` of the controls as the page keeps them; ``ask``, the key of a scene that it
            does not have.

        Yields
        ------
        dict
            The scene that is asked for; where none is, the present one with what takes longer.
        """
        values = {name: _taken(self.controls[name], v) for name, v in message["values"].items()}
        asked = message.get("ask")
        try:
            self.move(**values)
        except MlmteachError as error:
            scenes = {asked: {"error": str(error)}} if asked else {}
            yield {"asked": asked, "part": {"nodes": [], "scenes": scenes}}
            return
        if asked is not None:
            yield {"asked": asked, "part": self.part([self.values], in_detail=False)}
        elif self._detail is not None:
            part = self.part([self.values])
            yield {"asked": self.key(self.values), "part": part, "detail": True}
        else:
            yield {}

    def ahead(self) -> Iterator[dict[str, Any]]:
        """Compute for a page what one move leads to, scene by scene, before it asks."""
        if not self.whole:
            for values in self.near():
                yield {"part": self.part([values], in_detail=False)}


def _taken(control: Control, value: Any) -> Any:
    """Read what a page sends of a control."""
    if control.discrete and not hasattr(control, "step"):
        return control.values[int(value)]
    return control.read(value)


_PAGE_STYLE = """
body { margin: 12px; } h1 { font: 600 18px system-ui, sans-serif; margin: 0; }
.mlm-panel .mlm-title { display: none; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ececec; } }
"""


def _page(title: str, body: str) -> str:
    title = html.escape(title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="icon" href="data:,"><style>{_PAGE_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )


def _packed(program: dict[str, Any]) -> str:
    return json.dumps(program, ensure_ascii=False, separators=(",", ":"))


def _key(program: str) -> str:
    """Name a panel by what it is, so that a saved page does not change without need."""
    return hashlib.blake2s(program.encode(), digest_size=6).hexdigest()


@cache
def static(name: str) -> str:
    """Read a file of the front end."""
    return (files("mlmteach.panels") / "static" / name).read_text(encoding="utf-8")


# --- what ties a panel on a page to the one in the kernel, while there is one -------------

# It is a widget that is never shown: its model tells the page where to send messages.  So a saved
# notebook holds no widget, and a panel in it does not miss one.
_BRIDGE = """
function initialize({ model }) {
  const here = (globalThis.mlmteach ??= {});
  (here.links ??= new Map()).set(model.get("key"), model);
  globalThis.dispatchEvent(new Event("mlmteach"));
}
export default { initialize };
"""

_LINKS: dict[str, Any] = {}

PAUSE = 0.02
"""Seconds between two scenes that nobody has asked for yet: what is asked for comes first."""


class Ahead:
    """Computes what one move leads to, while nothing else is asked."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Leave it."""
        if self._task is not None:
            self._task.cancel()

    def start(self, panel: Panel[Any], link: Any) -> None:
        """Begin, from where the panel is now."""
        self.stop()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel that goes on
            return

        async def work() -> None:
            for answer in panel.ahead():
                link.send(answer)
                await asyncio.sleep(PAUSE)

        self._task = loop.create_task(work())


def linked(panel: Panel[Any], key: str) -> Any:
    """Tie the pages that show the panel to it, where there is a kernel; return the link.

    Parameters
    ----------
    panel : Panel
    key : str
        The name of the panel on its pages.
    """
    try:
        import anywidget
        import traitlets
        from IPython import get_ipython
    except ImportError:  # the panel works without
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None

    class Link(anywidget.AnyWidget):
        _esm = _BRIDGE
        key = traitlets.Unicode().tag(sync=True)

    if key in _LINKS:
        _LINKS[key].close()
    link = Link(key=key)

    def heard(_: Any, message: dict[str, Any], __: Any) -> None:
        for answer in panel.answers(message):
            link.send(answer)
        if "ask" not in message:  # the page rests: there is time to work ahead
            ahead.start(panel, link)
        else:
            ahead.stop()

    ahead = Ahead()
    link.on_msg(heard)
    _LINKS[key] = link
    return link
