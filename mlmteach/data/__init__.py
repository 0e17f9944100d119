"""Data frames, and what their columns mean."""

from __future__ import annotations

from mlmteach.data.codebook import Category, Codebook, Quantity, Unit, Variable
from mlmteach.data.datasets import datasets, load, read_codebook

__all__ = [
    "Category",
    "Codebook",
    "Quantity",
    "Unit",
    "Variable",
    "datasets",
    "load",
    "read_codebook",
]
