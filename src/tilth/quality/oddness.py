"""How odd each value of a column is among the others: what a person should look at first."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def oddness(column: pl.Series) -> Floats:
    """The share of values that are as odd as each one, or odder; the lowest are the oddest.

    Of numbers and dates, odd is what lies far out: twice the share of values that lie as far out
    on the same side. Of anything else, it is what is rare: the share of values whose level is as
    rare. So it reads like a p-value under the column's own distribution, and compares between
    columns: nothing is odd where all values differ, nor where all are the same.

    Args:
        column: Any; nulls are a level of their own, and odd where they are rare.

    Returns:
        Above 0 and up to 1, shape (n,).
    """
    n = len(column)
    if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary):
        return np.ones(n)
    known = column.is_not_null().to_numpy()
    if column.dtype.is_float():
        known &= column.is_not_nan().fill_null(False).to_numpy()
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        found = np.full(n, float((~known).mean()) if n else 1.0)
        found[known] = _far_out(column.filter(pl.Series(known)).to_physical().to_numpy())
        return found
    return _rare(column)


def _far_out(values: NDArray[Any]) -> Floats:
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="right")
    above = values.size - np.searchsorted(ordered, values, side="left")
    return np.minimum(1.0, 2 * np.minimum(below, above) / max(values.size, 1))


def _rare(column: pl.Series) -> Floats:
    counts = column.to_frame("value").select(pl.len().over("value")).to_series().to_numpy()
    ordered = np.sort(counts)
    return np.searchsorted(ordered, counts, side="right") / max(counts.size, 1)
