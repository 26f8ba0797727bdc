"""All that the stage found as one page for people."""

from __future__ import annotations

from tilth.stages.evaluate.page.page import write_page

__all__ = ["write_page"]
