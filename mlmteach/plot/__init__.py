"""Pictures of data and fits, each with its alt text.

Every function takes a fit or a frame and returns a :class:`Figure`.
"""

from mlmteach.plot.caterpillar import caterpillar
from mlmteach.plot.figure import Figure
from mlmteach.plot.shrinkage import shrinkage

__all__ = ["Figure", "caterpillar", "shrinkage"]
