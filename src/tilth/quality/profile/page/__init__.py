"""A profile as one page."""

from __future__ import annotations

from tilth.quality.profile.page.page import page

__all__ = ["page"]
