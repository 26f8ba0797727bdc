"""A profile as one page."""

from __future__ import annotations

from tilth.quality.profile.page.page import framed, page

__all__ = ["framed", "page"]
