from __future__ import annotations

import struct
import zlib

import numpy as np
import polars as pl
from digits.pictures import draw_pictures, png


def grey_of(data):
    """The grey values of a PNG as this project writes it."""
    chunks, at = {}, 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(name + body)
        chunks[name] = body
        at += 12 + size
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_ink_is_dark_and_paper_white():
    ink = np.array([[0, 16], [8, 4]])

    assert grey_of(png(ink)).tolist() == [[255, 0], [128, 191]]


def test_each_image_is_a_file_by_its_number_and_large_enough_to_see():
    images = pl.DataFrame({"image": [7, 1234], **{f"p{i}": [0, 16] for i in range(64)}})

    found = draw_pictures(images)

    assert [*found] == ["0007", "1234"]
    assert grey_of(found["1234"]).shape == (320, 320)
    assert not grey_of(found["1234"]).any()
