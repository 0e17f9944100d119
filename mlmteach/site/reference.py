"""The pages that are written from the package itself: those of the API and of the data sets."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from inspect import isclass

from mlmteach.data.datasets import load

__all__ = ["api_pages", "data_page"]

_PAGES = {
    "model": (
        "Models and fits",
        ("Model", "Fit", "GeneralizedFit", "LayeredFit", "NestedFit", "Estimates", "by", "compare"),
    ),
    "equations": ("Equations", ("Equations", "Notation", "check_equations", "Difference")),
    "data": ("Data and codebooks", ("load", "datasets", "Codebook")),
}
_ROOMS = {
    "plot": ("Figures", "mlmteach.plot"),
    "explore": ("Live panels", "mlmteach.explore"),
    "exercises": ("Exercises", "mlmteach.exercises"),
}


def api_pages() -> dict[str, str]:
    """Write the pages of the reference, in Markdown for Sphinx.

    Returns
    -------
    dict of str to str
        The name of a page, such as ``"plot"``, and its text.
    """
    pages = {
        name: _page(title, _of_names("mlmteach", names)) for name, (title, names) in _PAGES.items()
    }
    errors = _directive("automodule", "mlmteach.errors", members=True)
    pages["errors"] = _page("Errors and warnings", [errors])
    for name, (title, module) in _ROOMS.items():
        pages[name] = _page(title, _of_names(module, import_module(module).__all__))
    return pages


def _of_names(module: str, names: Iterable[str]) -> list[str]:
    """Describe functions, and classes with their members."""
    found = []
    for name in names:
        members = isclass(getattr(import_module(module), name))
        kind = "autoclass" if members else "autofunction"
        found.append(_directive(kind, f"{module}.{name}", members=members))
    return found


def _directive(kind: str, name: str, *, members: bool) -> str:
    options = "\n   :members:\n   :inherited-members: str, Mapping, Exception" if members else ""
    return f".. {kind}:: {name}{options}\n"


def _page(title: str, directives: list[str]) -> str:
    body = "\n".join(directives)
    return f"# {title}\n\n```{{eval-rst}}\n{body}\n```\n"


def data_page(name: str) -> str:
    """Write the page of a data set from its codebook.

    Parameters
    ----------
    name : str
        Such as ``"hsb"``.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> print(data_page("hsb").splitlines()[0])
    # hsb: High School and Beyond, 1982
    """
    frame = load(name)
    codebook = frame.attrs["codebook"]
    groups = frame[codebook.group].nunique()
    columns = codebook.to_frame().reset_index().fillna("")
    head = frame.head(5).to_html(index=False, border=0)
    return "\n\n".join(
        [
            f"# {name}: {codebook.title}",
            codebook.description,
            f"{len(frame):,} {codebook.level1.plural} in {groups:,} {codebook.level2.plural} "
            f"(`{codebook.group}`).",
            f'```python\nimport mlmteach as mlm\n\n{name} = mlm.load("{name}")\n```',
            f'```{{raw}} html\n<p><a href="{name}.csv" download>Download {name}.csv</a></p>\n```',
            "## Columns",
            _table([list(columns.columns), *columns.astype(str).to_numpy().tolist()]),
            "## The first rows",
            f'```{{raw}} html\n<div class="shown" tabindex="0">{head}</div>\n```',
            "## Where it comes from",
            *(
                f"**{title}.** {text}"
                for title, text in (
                    ("Source", codebook.provenance),
                    ("Licence", codebook.licence),
                    ("Reference", codebook.reference),
                )
                if text
            ),
        ]
    )


def _table(rows: list[list[str]]) -> str:
    cells = [[cell.replace("|", r"\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])
