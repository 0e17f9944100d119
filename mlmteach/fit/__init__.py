"""Estimation: from a model and a frame to what is estimated.

The way of a fit, one idea a module: ``design`` makes the arrays, ``moments`` their cross-
products in one pass, ``theta`` parametrises T, ``profiled`` is the criterion with its
derivatives, ``optimum`` asks whether the data can tell, searches, and looks again; ``engines``
ties them together and warns.  ``estimated`` is what comes out, with ``satterthwaite`` behind it;
``via_statsmodels`` is the second engine.  All other modules do something with an
:class:`~mlmteach.fit.estimated.Estimated`.
"""
