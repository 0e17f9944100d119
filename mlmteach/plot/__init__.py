"""Pictures of data and fits, each with its alt text.

Every function takes a fit or a frame and returns a :class:`Figure`.
"""

from mlmteach.plot.caterpillar import caterpillar
from mlmteach.plot.cross_level import cross_level
from mlmteach.plot.figure import Figure
from mlmteach.plot.group_lines import group_lines
from mlmteach.plot.shrinkage import shrinkage

__all__ = ["Figure", "caterpillar", "cross_level", "group_lines", "shrinkage"]
