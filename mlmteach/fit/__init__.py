"""Estimation: from a model and a frame to a :class:`Fit`.

The way of a fit, one idea a module: ``design`` makes the arrays, ``moments`` their cross-
products in one pass, ``theta`` parametrises T, ``profiled`` is the criterion with its
derivatives, ``identification`` asks whether the data can tell, ``optimum`` searches,
``verdict`` looks again, ``engines`` ties them together and warns in the words of ``messages``.
``estimated`` and ``results`` are what the fit gives, with ``satterthwaite``, ``explained``,
``prediction`` and ``simulate`` behind them; ``via_statsmodels`` is the second engine.
"""

from __future__ import annotations

from mlmteach.fit.engines import fit, fit_design
from mlmteach.fit.estimated import RSquared
from mlmteach.fit.results import Fit

__all__ = ["Fit", "RSquared", "fit", "fit_design"]
