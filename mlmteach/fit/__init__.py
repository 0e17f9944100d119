"""Estimation: from a model and a frame to a :class:`Fit`."""

from __future__ import annotations

from mlmteach.fit.engines import fit, fit_design
from mlmteach.fit.explained import RSquared
from mlmteach.fit.results import Fit

__all__ = ["Fit", "RSquared", "fit", "fit_design"]
