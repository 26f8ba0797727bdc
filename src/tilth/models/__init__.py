"""Registered models: versions, what was decided about them, and which one is live."""
