"""Live panels: move something, and equation, picture and sentence move together.

Every function takes a fit or data where that makes sense, opens on a sensible default, and returns
a :class:`Panel`, which shows itself in a notebook and is live on a page without a kernel.
``mlmteach explore PANEL`` opens one as a page of its own.
"""

from mlmteach.explore.averaging import averaging
from mlmteach.explore.builder import builder
from mlmteach.explore.centering import centering
from mlmteach.explore.cross_level import cross_level
from mlmteach.explore.design_effect import design_effect
from mlmteach.explore.estimation import estimation
from mlmteach.explore.icc import icc
from mlmteach.explore.ladder import ladder
from mlmteach.explore.random_slopes import random_slopes
from mlmteach.explore.shrinkage import shrinkage
from mlmteach.explore.three_levels import three_levels
from mlmteach.panels.panel import Panel

__all__ = [
    "Panel",
    "averaging",
    "builder",
    "centering",
    "cross_level",
    "design_effect",
    "estimation",
    "icc",
    "ladder",
    "random_slopes",
    "shrinkage",
    "three_levels",
]
