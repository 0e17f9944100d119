"""Grading a batch of notebooks, in isolation."""
