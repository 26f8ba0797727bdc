"""Puts the page together."""

from __future__ import annotations

from html import escape

from tilth.quality.profile.table import Profile


def page(profile: Profile, title: str = "") -> str:
    """The profile as an HTML page."""
    return f"<!doctype html><title>{escape(title)}</title>{profile.n_rows}"
