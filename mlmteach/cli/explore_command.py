"""``mlmteach explore``: a live panel as a page of its own."""

from __future__ import annotations

import argparse
import json
import threading
import webbrowser
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from mlmteach import explore
from mlmteach.cli.source import read_data
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import MlmteachError, OptionError, suggest

if TYPE_CHECKING:
    from mlmteach.explore import Panel

__all__ = ["PANELS", "PanelServer", "add_parser", "open_panel", "run"]

PANELS = {
    "averaging": "why the average of groups' curves is flatter than each of them",
    "builder": "build a model, and see equations, estimates, sentences and picture change",
    "centering": "within, between and contextual slopes of a centred predictor",
    "cross_level": "the slope of a predictor as its moderator moves",
    "design_effect": "what clustered samples do to standard errors",
    "estimation": "the deviance that ML and REML minimise",
    "icc": "how alike the units of a group are",
    "ladder": "from the null model to the full one",
    "random_slopes": "lines of groups, and the origin of x",
    "shrinkage": "from no pooling to complete pooling",
    "three_levels": "how alike the units of one class, and of one school, are",
}
WITH_DATA = ("builder", "centering")

_DESCRIPTION = """\
Open one live panel in the browser. Stop it with Ctrl-C.

  mlmteach explore icc
  mlmteach explore builder --data students.csv --group school

Panels:
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    listed = "\n".join(f"  {name:<14} {text}" for name, text in PANELS.items())
    parser = commands.add_parser(
        "explore",
        help="open a live panel as a page of its own",
        description=_DESCRIPTION + listed,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("panel", metavar="PANEL", help="the name of a panel")
    parser.add_argument(
        "--data", metavar="CSV", help=f"a CSV file or data set, for {' and '.join(WITH_DATA)}"
    )
    parser.add_argument("--group", metavar="COLUMN", help="the column of the groups in the data")
    parser.add_argument("--port", type=int, help="where the page is served; any free port if not")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address and open nothing"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Carry the command out."""
    panel = open_panel(options.panel, options.data, group=options.group)
    try:
        server = PanelServer(panel, options.port or 0)
    except (OSError, OverflowError) as error:
        told = error.strerror if isinstance(error, OSError) else "ports are from 0 to 65535"
        raise MlmteachError(
            f"Port {options.port} cannot be used: {told}.", "Name another, or leave --port out."
        ) from None
    print(f"The panel is at {server.address} (stop it with Ctrl-C).", flush=True)
    if not options.no_browser:
        webbrowser.open(server.address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


def open_panel(panel: str, data: str | None = None, *, group: str | None = None) -> Panel[Any]:
    """Open a panel by its name.

    Parameters
    ----------
    panel : str
        One of :data:`PANELS`.
    data : str, optional
        A CSV file, or the name of a data set.
    group : str, optional
        The column of the groups; a data set of the package brings it.

    Returns
    -------
    Panel

    Raises
    ------
    OptionError
        If there is no such panel, or it takes no data.
    DataError
        If the data cannot be read.
    """
    if panel not in PANELS:
        raise OptionError(f"There is no panel '{panel}'.", suggest(panel, PANELS))
    opened: Callable[..., Panel[Any]] = getattr(explore, panel)
    if data is None:
        return opened()
    if panel not in WITH_DATA:
        raise OptionError(
            f"The panel '{panel}' takes no data.",
            f"Leave --data out, or open {' or '.join(WITH_DATA)}.",
        )
    frame = read_data(data)
    if group is not None and group not in frame:
        raise OptionError(f"There is no column '{group}'.", suggest(group, map(str, frame)))
    if group is None and not codebook_for(frame).group:
        raise OptionError(
            "It is not known which column holds the groups.", "Name it: --group school"
        )
    return opened(frame, group=group)


# --- the panel as a page, with Python behind it for what has not been computed ------------

_TIE = """<script>
(globalThis.mlmteach ??= {}).links = new Map([["%s", {
  turn: 0,
  on(_, heard) { this.heard = heard; },
  async send(message) {
    const turn = ++this.turn;
    try {
      const asked = await fetch("answers", { method: "POST", body: JSON.stringify(message) });
      for (const answer of await asked.json()) this.heard(answer);
      for (let k = 0; !("ask" in message) && turn === this.turn; k++) {
        const next = await fetch(`ahead?${k}`);
        if (next.status !== 200) break;
        this.heard(await next.json());
      }
    } catch {
      // the panel says that nobody answers
    }
  },
}]]);
</script>"""


class PanelServer(ThreadingHTTPServer):
    """Serves one panel to this machine alone.

    Parameters
    ----------
    panel : Panel
    port : int
        0 for any that is free.
    """

    daemon_threads = True

    def __init__(self, panel: Panel[Any], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _PanelHandler)
        self.panel = panel
        self.page = panel.page_tied(_TIE).encode()
        self.turn = threading.Lock()  # a panel is one thing, whoever moves it
        self._ahead: Iterator[dict[str, Any]] = iter(())

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.server_port}"

    def answers(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a page."""
        with self.turn:
            found = list(self.panel.answers(message))
            self._ahead = self.panel.ahead()
            return found

    def ahead(self) -> dict[str, Any] | None:
        """Give the next scene that nobody has asked for yet; None when all are given."""
        with self.turn:
            return next(self._ahead, None)


class _PanelHandler(BaseHTTPRequestHandler):
    server: PanelServer

    def do_GET(self) -> None:  # the name that the server calls
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(self.server.page, "text/html; charset=utf-8")
        elif path == "/ahead":
            answer = self.server.ahead()
            self._send(b"" if answer is None else json.dumps(answer).encode(), "application/json")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("Content-Length", 0))
            answers = self.server.answers(json.loads(self.rfile.read(length)))
        except (KeyError, TypeError, ValueError):
            self.send_error(HTTPStatus.BAD_REQUEST)
        else:
            self._send(json.dumps(answers).encode(), "application/json")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK if body else HTTPStatus.NO_CONTENT)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing of what is asked for."""
