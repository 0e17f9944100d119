"""Helpers for panels."""

import gc
from collections.abc import Iterator

import ipywidgets
import pytest


@pytest.fixture(autouse=True)
def no_panel_is_left() -> Iterator[None]:
    """Every panel that a test opens is closed after it."""
    yield
    ipywidgets.Widget.close_all()
    gc.collect()
