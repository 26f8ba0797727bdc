"""Which beds want water? Plain functions that a file plugs together."""

from __future__ import annotations
