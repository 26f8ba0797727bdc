"""A project's pipelines as one self-contained page."""

from __future__ import annotations

from tilth.project.page.page import page

__all__ = ["page"]
