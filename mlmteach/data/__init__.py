"""Data frames, and what their columns mean."""

from __future__ import annotations

from mlmteach.data.centering import (
    center_grand,
    center_within,
    grand_mean,
    group_mean,
    group_means,
    standardize,
)
from mlmteach.data.codebook import Category, Codebook, Quantity, Unit, Variable
from mlmteach.data.datasets import datasets, load, read_codebook
from mlmteach.data.inspection import attached_codebook, codebook_for
from mlmteach.data.levels import levels

__all__ = [
    "Category",
    "Codebook",
    "Quantity",
    "Unit",
    "Variable",
    "attached_codebook",
    "center_grand",
    "center_within",
    "codebook_for",
    "datasets",
    "grand_mean",
    "group_mean",
    "group_means",
    "levels",
    "load",
    "read_codebook",
    "standardize",
]
