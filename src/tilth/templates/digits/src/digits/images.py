"""The images: a number for each, its pixels, and which of them people label."""

from __future__ import annotations

import numpy as np
import polars as pl

SIDE = 8
INKED = 6
"""From this much ink, of 16, a pixel counts as part of a stroke."""


def number_images(published: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each image a number, and keep its digit apart.

    Args:
        published: 64 pixels of 0 to 16, row by row, and the digit last.

    Returns:
        `image` and the pixels; `image` and `digit`.
    """
    *pixels, digit = published.columns
    numbered = published.with_row_index("image").with_columns(pl.col("image").cast(pl.Int64))
    return numbered.select("image", *pixels), numbered.select("image", digit=digit)


def part_images(
    images: pl.DataFrame, n_to_label: int, n_held_out: int, random_state: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw images that people label, and others that judge the model.

    With more to label, the same ones are drawn and more; those that judge stay the same.

    Raises:
        ValueError: There are not so many images.
    """
    if n_to_label + n_held_out > images.height:
        raise ValueError(
            f"{n_to_label} images to label and {n_held_out} to judge by are more than "
            f"the {images.height} that there are"
        )
    lot = np.random.default_rng(random_state).permutation(images.height)
    return tuple(
        images.filter(pl.int_range(images.height).is_in(drawn.tolist()))
        for drawn in (lot[:n_to_label], lot[images.height - n_held_out :])
    )


def pixels(images: pl.DataFrame) -> np.ndarray:
    """The ink of each image, 0 to 16, shape (n, 8, 8)."""
    return images.drop("image").to_numpy().reshape(-1, SIDE, SIDE)


def has_nose(ink: np.ndarray) -> np.ndarray:
    """Whether the stroke is wide below its top, and reaches further left there than lower down.

    Args:
        ink: Shape (n, 8, 8).

    Returns:
        Truth values, shape (n,).
    """
    below_top, _ = ends(ink[:, 2:5])
    stem, _ = ends(ink[:, 5:8])
    # The middle one of three rows: a line below the stem is no part of it.
    overhang = np.median(stem, axis=1) - below_top.min(axis=1)
    return (width(ink[:, 2:5]) >= 4) & (overhang >= 1)


def has_hook(ink: np.ndarray) -> np.ndarray:
    """Whether the stroke is wide at its foot, as that of a `9` with a hook is."""
    return width(ink[:, 6:8]) >= 4


def width(ink: np.ndarray) -> np.ndarray:
    """How wide the widest of the rows is, in pixels, shape (n,); 0 for rows without ink."""
    first, last = ends(ink)
    return (last - first + 1).max(axis=1)


def ends(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns of the first and of the last inked pixel of each row.

    Args:
        ink: Shape (n, rows, 8).

    Returns:
        Two of shape (n, rows); 8 and 7 for a row without ink.
    """
    inked = ink >= INKED
    has_ink = inked.any(axis=2)
    first = np.where(has_ink, inked.argmax(axis=2), SIDE)
    last = SIDE - 1 - np.where(has_ink, inked[:, :, ::-1].argmax(axis=2), 0)
    return first, last


TRAITS = {"nose": has_nose, "hook": has_hook}
"""What can be seen of an image, by the word that an instruction has for it."""
