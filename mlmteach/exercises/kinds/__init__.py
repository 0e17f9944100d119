"""The kinds of answers, each with its own way to compare."""

from mlmteach.exercises.kinds.base import Comparison, Kind
from mlmteach.exercises.kinds.equations import EquationLines
from mlmteach.exercises.kinds.function import Function, called
from mlmteach.exercises.kinds.numeric import Interval, Number, NumberSet
from mlmteach.exercises.kinds.specification import Specification
from mlmteach.exercises.kinds.table import Table
from mlmteach.exercises.kinds.words import Choice, OpenText

__all__ = [
    "Choice",
    "Comparison",
    "EquationLines",
    "Function",
    "Interval",
    "Kind",
    "Number",
    "NumberSet",
    "OpenText",
    "Specification",
    "Table",
    "called",
]
