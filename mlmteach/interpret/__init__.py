"""What the symbols of a model mean, in sentences."""

from mlmteach.interpret.assumptions import Assumption, Assumptions, assumptions
from mlmteach.interpret.interpret import interpret
from mlmteach.interpret.interpretation import Interpretation, Row
from mlmteach.interpret.report import Report, report

__all__ = [
    "Assumption",
    "Assumptions",
    "Interpretation",
    "Report",
    "Row",
    "assumptions",
    "interpret",
    "report",
]
