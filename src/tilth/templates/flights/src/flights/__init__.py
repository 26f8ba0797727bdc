"""Which flights will be late? Plain functions that a file plugs together."""

from __future__ import annotations
