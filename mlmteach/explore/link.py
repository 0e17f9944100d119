"""What ties a panel on a page to the panel in the kernel, while there is one.

It is a widget that is never shown: its model tells the page where to send messages.  So a saved
notebook holds no widget, and a panel in it does not miss one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlmteach.explore.panel import Panel

__all__ = ["linked"]

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
"""Seconds between two scenes that nobody has asked for yet, so that what is asked for comes first."""


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
    shell = get_ipython()  # type: ignore[no-untyped-call]
    if shell is None or not hasattr(shell, "kernel"):
        return None

    class Link(anywidget.AnyWidget):  # type: ignore[misc]
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
