"""Whose label is right? Plain functions that a file plugs together."""

from __future__ import annotations
