"""What the symbols of a model mean, in sentences."""

from mlmteach.interpret.interpret import interpret
from mlmteach.interpret.interpretation import Interpretation, Row

__all__ = ["Interpretation", "Row", "interpret"]
