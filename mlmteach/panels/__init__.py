"""What a panel is: scenes, what a page computes of them, controls; and the linked view of a fit.

No panel here opens on a model of its own, so that a fit can call this as it calls its figures.  The
panels that do are in :mod:`mlmteach.explore`.
"""
