"""A key from a source notebook of nbgrader, so that a course can change over.

References
----------
nbgrader 0.9, *Creating and grading assignments*; ``nbgraderformat/v3.py`` (the metadata of a cell:
``grade_id``, ``grade``, ``solution``, ``task``, ``points``) and
``preprocessors/clearsolutions.py`` (``### BEGIN SOLUTION``).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlmteach.errors import OptionError

__all__ = ["key_from_nbgrader"]

_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"
# Tests that compare their first two arguments.
_COMPARING = {"isclose", "allclose", "assert_equal", "assertEqual", "assert_almost_equal"}
_COMPARING |= {"assert_allclose", "assert_array_equal", "assert_array_almost_equal", "array_equal"}


@dataclass
class _Question:
    """What will be an exercise."""

    id: str
    prompt: str
    setup: str
    source: str
    given: str
    points: float = 0.0
    by_hand: bool = False
    calls: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the answer: what the solution binds last, or made of the ``grade_id``."""
        bound = [] if self.by_hand else _bound(self.source)
        return bound[-1] if bound else re.sub(r"\W|^(?=\d)", "_", self.id)


def key_from_nbgrader(path: Path) -> str:
    """Write a key with the questions of a notebook.

    Parameters
    ----------
    path : pathlib.Path
        The source notebook, with its solutions.

    Returns
    -------
    str
        Python source.  Tests become calls, and what they compare with comes from the solution;
        what cannot be taken over stands in comments.

    Raises
    ------
    OptionError
        If it cannot be read, or holds no solution of nbgrader's.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [(cell, _python(cell)) for cell in notebook["cells"]]
        questions = _questions(cells)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OptionError(
            f"The notebook '{path}' cannot be read: {error}.", "Give a notebook of version 4."
        ) from None
    if not questions:
        raise OptionError(
            f"The notebook '{path}' has no cell that nbgrader grades.",
            "Give the source notebook of the assignment, and not the release.",
        )
    heading = re.search(r"^#+ (.+)$", "\n".join(text for _, text in cells), re.MULTILINE)
    return _key(heading[1].strip() if heading else path.stem, path.stem, questions)


def _python(cell: dict[str, Any]) -> str:
    """The source of a cell; in code, what only IPython understands becomes a comment."""
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return source
    try:
        ast.parse(source)
    except SyntaxError:
        return re.sub(r"^(?=[%!])", "# ", source, flags=re.MULTILINE)
    return source


def _questions(cells: list[tuple[dict[str, Any], str]]) -> list[_Question]:
    found: list[_Question] = []
    text: list[str] = []
    code: list[str] = []
    for cell, source in cells:
        told = cell.get("metadata", {}).get("nbgrader", {})
        solution, graded = told.get("solution", False), told.get("grade", False)
        if told.get("task", False):
            given, source = source, "..."
        elif solution:
            given, source = _cut(source)
        elif graded:
            if found:
                found[-1].points += float(told.get("points") or 0)
                _take_tests(found[-1], source)
            continue
        elif cell["cell_type"] == "code":
            code.append(source)
            continue
        else:
            text.append(source)
            continue
        question = _Question(
            str(told.get("grade_id", f"cell-{len(found) + 1}")),
            "\n\n".join([*text, given] if told.get("task", False) else text).strip(),
            "\n".join(code),
            source,
            given,
            float(told.get("points") or 0),
            by_hand=bool(graded or told.get("task", False)),
        )
        found.append(question)
        text, code = [], []
    return found


def _cut(source: str) -> tuple[str, str]:
    """Return what students get and the whole solution, without the marks of its regions."""
    given, whole, inside = [], [], False
    for line in source.splitlines():
        if line.strip() == _BEGIN:
            inside = True
            given.append(line.replace(_BEGIN, "..."))
        elif line.strip() == _END:
            inside = False
        else:
            whole.append(line)
            if not inside:
                given.append(line)
    marked = len(whole) < len(source.splitlines())
    return "\n".join(given) if marked else "", "\n".join(whole)


def _bound(source: str) -> list[str]:
    """The names that a source binds at its top, in order; none if it is no plain Python."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    names: list[str] = []
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.append(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            names += [
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
    return names


def _take_tests(question: _Question, source: str) -> None:
    """Turn tests into calls; expected values are not taken, since the solution gives them."""
    known = set(_bound(question.source))
    try:
        body = ast.parse(source).body
    except SyntaxError:
        question.left.append(source)
        return
    for statement in body:
        calls = list(_calls(statement, known))
        if calls:
            question.calls += [call for call in calls if call not in question.calls]
        elif not _tests_nothing(statement):
            question.left.append(ast.unparse(statement))


def _tests_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _calls(statement: ast.stmt, known: set[str]) -> Iterator[str]:
    """The expressions that a test looks at, as far as they need nothing that the test binds."""
    if isinstance(statement, ast.Assert):
        sides = _sides(statement.test)
    elif isinstance(statement, ast.Expr):
        sides = _sides(statement.value)
    elif isinstance(statement, ast.Try) and len(statement.body) == 1:
        inner = statement.body[0]  # try: f(0), except ValueError: pass, else: raise
        sides = [inner.value] if isinstance(inner, ast.Expr) else []
        if statement.finalbody:
            sides = []
    else:
        sides = []
    for side in sides:
        used = {node.id for node in ast.walk(side) if isinstance(node, ast.Name)}
        if used & known:
            yield ast.unparse(side)
            return


def _sides(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.Compare):
        return [test.left, *test.comparators]
    if isinstance(test, ast.Call):
        name = test.func.attr if isinstance(test.func, ast.Attribute) else ast.unparse(test.func)
        return test.args[:2] if name in _COMPARING else []
    return []


# --- the key as text ---------------------------------------------------------------------

_HEAD = '''"""A key that was made of a notebook of nbgrader.  Look it through before you release it.

Answers that tests looked at are tried by the same calls; what should come out of them is what your
solution gives.  Points of several test cells of one answer were added up, and each call counts
alike.  Answers that were marked by hand are texts now, which a reader marks in review.csv.
"""

from mlmteach.exercises import Exercise, OpenText, OwnTest

TITLE = {title!r}
ASSIGNMENT = {assignment!r}
SETUP = {setup}

# The code of the notebook, cell by cell: a solution may use what stands before it.
CODE = {{}}
'''
_MIDDLE = '''

def upto(id):
    """Return the code up to the solution of one question."""
    names = list(CODE)
    return "\\n".join(CODE[name] for name in names[: names.index(id) + 1])


EXERCISES = [
'''


def _key(title: str, assignment: str, questions: list[_Question]) -> str:
    setup, questions[0].setup = questions[0].setup, ""
    parts = [_HEAD.format(title=title, assignment=assignment, setup=_literal(setup))]
    taken: set[str] = set()
    rows = []
    for question in questions:
        if question.by_hand:
            words = f"{question.name} = {question.source.strip() or '...'!r}"
            source = "\n".join([question.setup, words]).strip()
        else:
            source = "\n".join([question.setup, question.source]).strip()
        parts.append(f"CODE[{question.id!r}] = {_literal(source)}\n")
        rows.append(_row(question, taken))
    return "".join([*parts, _MIDDLE, *rows, "]\n"])


def _row(question: _Question, taken: set[str]) -> str:
    name = question.name
    lines = []
    if question.left:
        lines.append("# These tests are not taken over:")
        lines += [f"#   {line}" for left in question.left for line in left.splitlines()]
    if name in taken:
        lines.append(f"# The name {name} is taken by an exercise above: give this one another.")
    taken.add(name)
    prompt = question.prompt or f"Give `{name}`."
    if question.setup:  # it may need earlier answers, so that it cannot be the exercise's setup
        prompt += f"\n\nRun this first:\n\n```python\n{question.setup}\n```"
    if question.by_hand:
        kind = "OpenText(words=1)"
        if question.source != "...":
            prompt += f"\n\nWrite it as a text, in quotes, into `{name}`."
    else:
        calls = question.calls or ([name] if name in _bound(question.source) else [])
        kind = f"OwnTest(calls={tuple(calls)!r})"
        if question.given:
            prompt += f"\n\n```python\n{question.given}\n```"
    lines += [
        "Exercise(",
        f"    id={question.id!r},",
        f"    title={question.id.replace('_', ' ').capitalize()!r},",
        f"    prompt={_literal(prompt)},",
        f"    answer={name!r},",
        f"    kind={kind},",
        f"    solution=upto({question.id!r}),",
        f"    points={question.points:g},",
        "),",
    ]
    return "".join(f"    {line}\n" for line in lines)


def _literal(text: str) -> str:
    """Write a text so that it can be read in a source, where that is possible."""
    if "\n" in text and '"""' not in text and not text.endswith(("\\", '"')):
        return f'r"""\n{text}\n"""'
    if "\n" in text and "'''" not in text and not text.endswith(("\\", "'")):
        return f"r'''\n{text}\n'''"
    return repr(text)
