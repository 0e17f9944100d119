"""Pictures of data and fits, each with its alt text.

Every function takes data, a model, a fit or several, and returns a :class:`Figure`.
"""

from mlmteach.plot.binned_residuals import binned_residuals
from mlmteach.plot.caterpillar import caterpillar
from mlmteach.plot.coefficients import coefficients
from mlmteach.plot.cross_level import cross_level
from mlmteach.plot.diagram import diagram
from mlmteach.plot.distributions import distributions
from mlmteach.plot.ellipse import ellipse
from mlmteach.plot.figure import Figure
from mlmteach.plot.fitted import fitted
from mlmteach.plot.group_lines import group_lines
from mlmteach.plot.influence import influence
from mlmteach.plot.johnson_neyman import johnson_neyman
from mlmteach.plot.probability_curves import probability_curves
from mlmteach.plot.profiles import profile
from mlmteach.plot.residuals import residual_predictor, residual_qq, residual_spread
from mlmteach.plot.rootogram import rootogram
from mlmteach.plot.shrinkage import shrinkage
from mlmteach.plot.strips import strips
from mlmteach.plot.variance_function import variance_function
from mlmteach.plot.variance_partition import variance_partition
from mlmteach.plot.within_between import within_between

__all__ = [
    "Figure",
    "binned_residuals",
    "caterpillar",
    "coefficients",
    "cross_level",
    "diagram",
    "distributions",
    "ellipse",
    "fitted",
    "group_lines",
    "influence",
    "johnson_neyman",
    "probability_curves",
    "profile",
    "residual_predictor",
    "residual_qq",
    "residual_spread",
    "rootogram",
    "shrinkage",
    "strips",
    "variance_function",
    "variance_partition",
    "within_between",
]
