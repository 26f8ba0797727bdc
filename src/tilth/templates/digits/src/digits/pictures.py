"""Images as PNG: for the page on which people label, and for the report."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import polars as pl

from digits.images import pixels

ZOOM = 40
"""Screen pixels to a pixel of an image, where people look at it."""


def draw_pictures(to_label: pl.DataFrame) -> dict[str, bytes]:
    """Draw each image, dark ink on white: number -> PNG."""
    names = [file_name(number) for number in to_label.get_column("image")]
    large = pixels(to_label).repeat(ZOOM, axis=1).repeat(ZOOM, axis=2)
    return dict(zip(names, map(png, large), strict=True))


def file_name(number: int) -> str:
    """What the picture of an image is called: `0042` for image 42."""
    return f"{number:04}"


def png(ink: np.ndarray) -> bytes:
    """An image as a grey PNG.

    Args:
        ink: 0 to 16, shape (height, width).

    References:
        Portable Network Graphics, third edition, W3C, 2025, sections 5 and 11.
    """
    grey = np.round(255 - ink * 255 / 16).astype(np.uint8)
    height, width = grey.shape
    # Each row begins with a zero: "not filtered".
    rows = np.hstack([np.zeros((height, 1), np.uint8), grey]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    """A piece of a PNG: its length, name, data and check sum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
