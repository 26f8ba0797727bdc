"""Testing a project: its whole pipeline on a small data set that is derived from its own."""

from __future__ import annotations

__all__: list[str] = []
