"""The equations of a model: LaTeX, Unicode text and speech from one structure."""

from mlmteach.equations.block import Equations, LegendEntry
from mlmteach.equations.writing import write
from mlmteach.model.notation import PRESETS, Notation

__all__ = ["PRESETS", "Equations", "LegendEntry", "Notation", "write"]
