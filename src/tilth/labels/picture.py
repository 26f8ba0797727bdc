"""Which texts are paths to pictures."""

from __future__ import annotations

from collections.abc import Iterable

_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp")

_LOOKED_AT = 100


def is_picture(path: str) -> bool:
    """Whether a text is a path to a picture, by its end. SVG is none: it may hold scripts."""
    return path.lower().endswith(_SUFFIXES) and "://" not in path and "\0" not in path


def are_pictures(texts: Iterable[str | None]) -> bool:
    """Whether more than half of the first hundred texts that are there are paths to pictures."""
    found = [is_picture(each) for each, _ in zip(_present(texts), range(_LOOKED_AT), strict=False)]
    return sum(found) * 2 > len(found)


def _present(texts: Iterable[str | None]) -> Iterable[str]:
    return (each for each in texts if each is not None)
