"""A small part of related tables in which what belongs together stays together."""

from __future__ import annotations

from tilth.quality.subset.links import Link, find_links
from tilth.quality.subset.subset import Subset, subset

__all__ = ["Link", "Subset", "find_links", "subset"]
