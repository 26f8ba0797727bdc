"""The difference between two versions of a dataset as one page."""

from __future__ import annotations

from tilth.project.difference_page.page import page

__all__ = ["page"]
