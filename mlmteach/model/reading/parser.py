"""A recursive-descent parser: from tokens to statements.

The grammar, with ``{x}`` for any number of x::

    text      = {statement break}
    statement = left "=" sum | left "~" name "(" cells "," cells ")"
    left      = factor | matrix | "(" factor {"," factor} ")"
    cells     = sum | matrix | "(" sum {"," sum} ")" | "[" sum {("," | ";") sum} "]"
    sum       = ["+" | "-"] product {("+" | "-") product}
    product   = ratio {["*" | ":"] ratio}
    ratio     = factor {"/" factor}
    factor    = primary ["^" exponent]
    primary   = number | name | function "(" … ")" | "(" sum ")" | "{" sum "}"

A bracket that holds symbols of the model is multiplied out.  One that holds only variables is a
predictor of its own, as in ``(SES_ij − mean of SES)``.
"""

from __future__ import annotations

from mlmteach.model.reading.expressions import Expressions
from mlmteach.model.reading.statements import Atom, Statement, Sum
from mlmteach.model.reading.vocabulary import Vocabulary

__all__ = ["parse"]

Cells = tuple[tuple[Sum, ...], ...]
Spread = tuple[tuple[bool, ...], ...]


def parse(vocabulary: Vocabulary) -> tuple[Statement, ...]:
    """Read the statements of the vocabulary's text.

    Raises
    ------
    EquationError
        Where the text is no equation; it points at the place.
    """
    return _Parser(vocabulary).text()


class _Parser(Expressions):
    def text(self) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        while True:
            while self.is_("break") or self.sees(",", "."):
                self.take()
            if self.is_("end"):
                return tuple(statements)
            statements.append(self.statement())

    def statement(self) -> Statement:
        start = self.token.start
        left = self.left()
        self.goes_on()
        if self.accept("="):
            self.skip_breaks()
            statement = Statement(left, "=", (self.sum(),), (), start, self.stop)
        elif self.accept("~"):
            right, spread = self.distribution()
            statement = Statement(left, "~", right, spread, start, self.stop)
        else:
            self.fail(
                f"Expected '=' after the left side{self.found()}.",
                "Write an equation a line, such as 'b0 = g00 + u0', with '*' between factors.",
            )
        if len(statement.right) != len(left):
            raise self.source.error(
                start,
                f"The left side has {len(left)} entries, the right one {len(statement.right)}.",
                "Give both vectors the same length.",
            )
        self.goes_on()
        if not (self.is_("break", "end") or self.sees(",", ".")):
            self.fail(
                f"Expected '+', '-', '*' or the end of the line{self.found()}.",
                "Write one equation a line, and close each bracket that is opened.",
            )
        return statement

    def left(self) -> tuple[Atom, ...]:
        if self.is_("matrix") or (self.sees("(") and self._matrix_follows()):
            return tuple(self._single(row[0]) for row in self.cells())
        if self.sees("("):
            return tuple(self._single(row[0]) for row in self._vector())
        return (self._single(self.product()),)

    def _single(self, terms: Sum) -> Atom:
        """The one atom of a left side."""
        first = terms[0]
        if len(terms) == 1 and first.sign == 1 and len(first.atoms) == 1:
            return first.atoms[0]
        if len(terms) == 1 and first.sign == 1:
            raise self.source.error(
                first.atoms[1].start,
                f"Expected '=' after '{first.atoms[0].shown}', found '{first.atoms[1].shown}'.",
                "Write one name or one symbol before '=', such as 'mathach = b0 + r'.",
            )
        raise self.source.error(
            first.start,
            "The left side of an equation is the outcome or one coefficient.",
            "Write one name or one symbol before '=', such as 'mathach' or 'b1'.",
        )

    # --- distributions -----------------------------------------------------------------------

    def distribution(self) -> tuple[tuple[Sum, ...], Spread]:
        remedy = "Write a distribution as N(mean, variance) after '~'."
        self.skip_breaks()
        if not self.is_("name", "text"):
            self.fail(f"Expected a distribution{self.found()}.", remedy)
        self.take()
        self.subscript()
        self.expect("(", remedy)
        mean = self.cells()
        self.skip_breaks()
        self.expect(",", remedy)
        spread = self.cells()
        self.skip_breaks()
        self.expect(")", remedy)
        right = tuple(row[0] for row in mean)
        return right, tuple(tuple(not _is_zero(cell) for cell in row) for row in spread)

    def cells(self) -> Cells:
        """Read a matrix, a vector, or a sum, which is a matrix of one cell."""
        self.skip_breaks()
        if self.sees("[") and not self._matrix_follows():
            return self._rows_in_brackets()
        bracket = self.accept("(", "[") if self._matrix_follows() else None
        if not self.is_("matrix"):
            return self._vector()
        rows = self._matrix()
        if bracket:
            self.accept(")", "]")
        return rows

    def _matrix_follows(self) -> bool:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)].kind == "matrix"

    def _matrix(self) -> Cells:
        r"""Read ``\begin{pmatrix} a & b \\ c & d \end{pmatrix}``."""
        self.take()
        rows: list[tuple[Sum, ...]] = []
        cells: list[Sum] = []
        while not self.is_("end matrix"):
            if self.is_("end"):
                self.fail("The matrix is not closed.", r"Close it with \end{pmatrix}.")
            if self.is_("row") and cells:
                rows.append(tuple(cells))
                cells = []
            if self.is_("row", "cell"):
                self.take()
            else:
                cells.append(self.sum())
        if not (rows or cells):
            self.fail("The matrix is empty.", "Write its entries, or leave it out.")
        self.take()
        return (*rows, tuple(cells)) if cells else tuple(rows)

    def _rows_in_brackets(self) -> Cells:
        """Read ``[a, b; c, d]``."""
        self.take()
        rows = [[self.sum()]]
        while not self.accept("]"):
            if self.accept(","):
                rows[-1].append(self.sum())
            elif self.is_("break") and self.take().value == ";":
                rows.append([self.sum()])
            elif not self.is_("break"):
                self.fail(f"Expected ',', ';' or ']'{self.found()}.", "Write '[a, b; c, d]'.")
        return tuple(map(tuple, rows))

    def _vector(self) -> Cells:
        """Read ``(a, b)``, or a sum, which may begin with a bracket."""
        before = self.at
        if self.accept("("):
            entries = [self.sum()]
            while self.accept(","):
                entries.append(self.sum())
            if len(entries) > 1:
                self.expect(")", "Close the vector with ')'.")
                return tuple((entry,) for entry in entries)
        self.at = before
        return ((self.sum(),),)


def _is_zero(cell: Sum) -> bool:
    """Tell whether a cell is 0; 0.00 is an estimate."""
    return all(
        term.atoms == term.numbers and {number.shown for number in term.numbers} == {"0"}
        for term in cell
    )
