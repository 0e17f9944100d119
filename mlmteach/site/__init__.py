"""The course as pages and slides, which need neither Python nor a network."""

from mlmteach.site.build import build_site

__all__ = ["build_site"]
