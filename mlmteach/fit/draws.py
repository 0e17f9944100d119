"""What every simulation asks of its user: how many replicates, and from which seed."""

from __future__ import annotations

import numpy as np

from mlmteach.errors import OptionError

__all__ = ["require_count", "require_seed"]


def require_count(n: object) -> None:
    """Raise an OptionError for a number of replicates that is not a whole number from 1 on."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise OptionError(f"{n!r} replicates cannot be drawn.", "Ask for one or more.")


def require_seed(seed: object) -> None:
    """Raise an OptionError for a seed that is neither None nor a whole number from 0 on."""
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"{seed!r} is no seed.", "Give a whole number from 0 on.")
