"""Questions that check themselves, with a diagnosis of the usual mistakes."""

from mlmteach.exercises.catalogue import exercises
from mlmteach.exercises.exercise import Also, Exercise, Mistake
from mlmteach.exercises.functions import Function
from mlmteach.exercises.kinds import Choice, OpenText
from mlmteach.exercises.models import EquationLines, Specification
from mlmteach.exercises.numeric import Interval, Number, NumberSet, Table
from mlmteach.exercises.outcome import Outcome, Status
from mlmteach.exercises.own_test import OwnTest
from mlmteach.exercises.practice import check, hint, solution
from mlmteach.exercises.samples import my_data

__all__ = [
    "Also",
    "Choice",
    "EquationLines",
    "Exercise",
    "Function",
    "Interval",
    "Mistake",
    "Number",
    "NumberSet",
    "OpenText",
    "Outcome",
    "OwnTest",
    "Specification",
    "Status",
    "Table",
    "check",
    "exercises",
    "hint",
    "my_data",
    "solution",
]
