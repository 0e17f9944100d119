"""A place in a row of tokens, and steps from it: the ground floor of the parser."""

from __future__ import annotations

from typing import NoReturn

from mlmteach.model.reading.lexer import tokens
from mlmteach.model.reading.tokens import Kind, Token
from mlmteach.model.reading.vocabulary import Vocabulary

__all__ = ["Stream"]

_GO_ON = frozenset("+-*/:=~)}")  # a line that begins with one of these goes on from the last


class Stream:
    """The tokens of the vocabulary's text, and how far they have been read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.source = vocabulary.source
        self.tokens = tuple(tokens(self.source))
        self.at = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    @property
    def stop(self) -> int:
        """Where the last token ends."""
        return self.tokens[self.at - 1].stop

    @property
    def touches(self) -> bool:
        """Whether the next token follows the last one without a space."""
        return self.token.start == self.stop

    def take(self) -> Token:
        """Step over the next token; the end stays."""
        token = self.token
        self.at += token.kind != "end"
        return token

    def is_(self, *kinds: Kind) -> bool:
        """Tell whether the next token is of one of these kinds."""
        return self.token.kind in kinds

    def sees(self, *marks: str) -> bool:
        """Tell whether the next token is one of these marks."""
        return self.token.kind == "mark" and self.token.value in marks

    def accept(self, *marks: str) -> Token | None:
        """Step over one of these marks, if one comes next."""
        return self.take() if self.sees(*marks) else None

    def expect(self, mark: str, remedy: str) -> None:
        """Step over a mark that has to come next."""
        if not self.accept(mark):
            self.fail(f"Expected '{mark}'{self.found()}.", remedy)

    def found(self) -> str:
        """What comes instead of what was expected."""
        if self.is_("end", "break"):
            return ", but the line ends here"
        return f", found '{self.source.plain[self.token.start : self.token.stop]}'"

    def fail(self, problem: str, remedy: str) -> NoReturn:
        """Raise an error that points at the next token."""
        raise self.source.error(self.token.start, problem, remedy)

    def skip_breaks(self) -> None:
        """Step over ends of lines."""
        while self.is_("break"):
            self.take()

    def goes_on(self) -> bool:
        """Step over the end of a line if the next one goes on with an operator."""
        ahead = self.at
        while self.tokens[ahead].kind == "break":
            ahead += 1
        token = self.tokens[ahead]
        if token.kind == "mark" and token.value in _GO_ON:
            self.at = ahead
            return True
        return False
