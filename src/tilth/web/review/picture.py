"""Pictures that rows name by path: which files may be served, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_MOST_BYTES = 50 << 20


def find_picture(path: str, folders: Sequence[Path]) -> tuple[bytes, str] | None:
    """The bytes of a picture, and its media type; None where there is none to be served.

    Args:
        path: As a row says it.
        folders: Where it may lie: it is looked for in each, and wherever `..` and links lead,
            the file must be inside one of them.
    """
    roots = [each.resolve() for each in folders]
    for folder in folders:
        try:
            file = (folder / path).resolve(strict=True)
            if not any(file.is_relative_to(root) for root in roots) or not file.is_file():
                continue
            if file.stat().st_size > _MOST_BYTES:
                continue
            data = file.read_bytes()
        except (OSError, ValueError):
            continue
        media = _media_type(data)
        if media is not None:
            return data, media
    return None


def _media_type(data: bytes) -> str | None:
    """By what the bytes begin with: what a file is called says nothing of what is in it."""
    for start, media in _STARTS:
        if data.startswith(start):
            return media
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return None


_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
