"""The frozen model: its formula, its terms and its symbols."""

from mlmteach.model.estimates import Estimates
from mlmteach.model.spec import Model

__all__ = ["Estimates", "Model"]
