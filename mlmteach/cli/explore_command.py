"""``mlmteach explore``: a live panel as a page of its own."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from mlmteach.cli.source import read_data
from mlmteach.data.inspection import codebook_for
from mlmteach.errors import MlmteachError, OptionError, suggest

__all__ = ["PANELS", "add_parser", "notebook", "run"]

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
    source = notebook(options.panel, options.data, group=options.group)
    if find_spec("voila") is None:
        raise MlmteachError(
            "Panels as pages need Voilà, which is not installed.",
            'Install it: pip install "mlmteach[lab]".',
        )
    port = options.port or _free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{options.panel}.ipynb"
        path.write_text(source, encoding="utf-8")
        command = [
            *(sys.executable, "-m", "voila", str(path), f"--port={port}"),
            *("--Voila.ip=127.0.0.1", "--template=lab", "--Voila.log_level=ERROR"),
            "--VoilaConfiguration.extension_denylist=['jupyterlab-jupytext']",  # made for Lab alone
            *(["--no-browser"] if options.no_browser else []),
        ]
        print(f"The panel is at http://127.0.0.1:{port} (stop it with Ctrl-C).", flush=True)
        environment = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1"}
        done = subprocess.run(command, env=environment, check=False)
    if done.returncode not in (0, -2, 130):
        raise MlmteachError(
            f"Voilà ended with code {done.returncode}.", "Its last lines above say why."
        )


def notebook(panel: str, data: str | None = None, *, group: str | None = None) -> str:
    """Write the notebook of one cell that shows a panel.

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
    str
        As JSON.

    Raises
    ------
    OptionError
        If there is no such panel, or it takes no data.
    DataError
        If the data cannot be read.
    """
    import nbformat

    if panel not in PANELS:
        raise OptionError(f"There is no panel '{panel}'.", suggest(panel, PANELS))
    argument = ""
    if data is not None:
        if panel not in WITH_DATA:
            raise OptionError(
                f"The panel '{panel}' takes no data.",
                f"Leave --data out, or open {' or '.join(WITH_DATA)}.",
            )
        # what cannot be used is told before a server starts
        frame = read_data(data)
        if group is not None and group not in frame:
            raise OptionError(f"There is no column '{group}'.", suggest(group, map(str, frame)))
        if group is None and not codebook_for(frame).group:
            raise OptionError(
                "It is not known which column holds the groups.", "Name it: --group school"
            )
        name = str(Path(data).resolve()) if Path(data).exists() else data
        argument = f"read_data({name!r})" + (f", group={group!r}" if group else "")
    lines = ["import mlmteach as mlm", f"mlm.explore.{panel}({argument})"]
    if argument:
        lines.insert(1, "from mlmteach.cli.source import read_data")
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(lines))])
    page.metadata["title"] = f"mlmteach: {panel}"
    page.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    return str(nbformat.writes(page))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
