"""The review page: where people label items, one after the other, by keys."""

from __future__ import annotations

from tilth.web.review.serve import review

__all__ = ["review"]
