"""A hash of each row that is the same tomorrow, in another version of Polars, and in another file.

Polars' own hashes change with its version, and Python's with the process. Here a value is hashed
for what it means rather than for how it is stored: 5, 5.0 and the text `5` agree, as a column of
a CSV file becomes text with the first cell that is no number, and the rows that were there before
are the same rows still.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.sample import mixed
from tilth.quality.sketch import Kind, kind_of
from tilth.quality.sketch.kind import numbers_of

Hashes = NDArray[np.uint64]

_WHOLE, _FRACTION, _TEXT, _LENGTH = (np.uint64(each) for each in (1, 2, 3, 4))
"""Kinds of values that must not be mistaken for one another."""

_MICROSECONDS_A_DAY = 86_400_000_000


def row_hashes(
    frame: pl.DataFrame, columns: Sequence[str] | None = None, *, seed: int = 0
) -> Hashes:
    """One number for each row, shape (n_rows,), uniform over all numbers of 64 bits.

    Rows with equal values have equal hashes, whatever the order of the rows and of the columns.
    A missing value (null or NaN) adds nothing, so a new column without values changes nothing.

    Args:
        frame: The rows.
        columns: Which of them; all if not given. Columns of structs, lists and objects are
            hashed as they print.
        seed: Another seed gives other, independent hashes.

    References:
        G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA
        2014 (the function that mixes 64 bits). A row is the sum of its mixed cells.
    """
    total = np.zeros(frame.height, np.uint64)
    for name in frame.columns if columns is None else columns:
        cells, there = _cells(frame[name])
        key = _texts(pl.Series([name]))[0]
        total += np.where(there, mixed(cells ^ key, np.uint64(0)), np.uint64(0))
    return mixed(total, mixed(np.array([seed % 2**64], np.uint64), _LENGTH)[0])


def shares_of(hashes: Hashes) -> NDArray[np.float64]:
    """Hashes as numbers from 0 up to but not 1, of which any share lies below that share."""
    found: NDArray[np.float64] = (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def _cells(series: pl.Series) -> tuple[Hashes, NDArray[np.bool_]]:
    """A hash of each value, and whether there is one."""
    kind = kind_of(series.dtype)
    if kind in (Kind.TEXT, Kind.BOOLEAN):
        return _read_texts(series.cast(pl.String))
    if kind is Kind.NUMBER:
        return _numbers(series)
    there = series.is_not_null().to_numpy()
    if kind.ordered:
        known = numbers_of(series.drop_nulls()).astype(np.int64)
        # A day and its midnight are one moment.
        known = known * _MICROSECONDS_A_DAY if kind is Kind.DATE else known
        return _spread(_whole(known), there), there
    if kind is Kind.NULL:
        return np.zeros(len(series), np.uint64), np.zeros(len(series), np.bool_)
    printed = [None if each is None else str(each) for each in series.to_list()]
    return _texts(pl.Series(printed, dtype=pl.String)), there


def _spread(known: Hashes, there: NDArray[np.bool_]) -> Hashes:
    found = np.zeros(len(there), np.uint64)
    found[there] = known
    return found


def _numbers(series: pl.Series) -> tuple[Hashes, NDArray[np.bool_]]:
    present = series.is_not_null()
    if series.dtype.is_float():
        present = present & series.is_not_nan().fill_null(False)
    there = present.to_numpy()
    values = numbers_of(series.filter(present))
    found = _fractions(values) if values.dtype.kind == "f" else _whole(values)
    return _spread(found, there), there


def _whole(values: NDArray[np.int64] | NDArray[np.uint64]) -> Hashes:
    return mixed(values.view(np.uint64), _WHOLE)


def _fractions(values: NDArray[np.float64]) -> Hashes:
    """Of floats; a whole one is hashed as the integer that it is, where both are exact."""
    exact = np.abs(values) <= 2.0**53
    is_whole = exact & (np.floor(values) == values)
    whole = np.where(is_whole, values, 0.0).astype(np.int64)
    return np.where(is_whole, _whole(whole), mixed(values.view(np.uint64), _FRACTION))


def _read_texts(texts: pl.Series) -> tuple[Hashes, NDArray[np.bool_]]:
    """Of texts; one that reads as a number is hashed as that number."""
    there = texts.is_not_null().to_numpy()
    levels = texts.unique()
    # Most columns have few levels, and each needs to be read once only.
    if len(levels) > len(texts) // 2:
        return _read(texts), there
    places = texts.to_frame("text").with_row_index("row").join(
        levels.to_frame("text").with_row_index("level"), on="text", how="left", nulls_equal=True
    ).sort("row")["level"]  # fmt: skip
    return _read(levels)[places.to_numpy()], there


def _read(texts: pl.Series) -> Hashes:
    found = _texts(texts)
    whole = texts.cast(pl.Int64, strict=False)
    fraction = texts.cast(pl.Float64, strict=False)
    # Beyond these a float stands for many texts.
    is_float = (fraction.is_finite() & whole.is_null()).fill_null(False).to_numpy()
    is_whole = whole.is_not_null().to_numpy()
    found[is_whole] = _whole(whole.drop_nulls().to_numpy())
    found[is_float] = _fractions(fraction.to_numpy()[is_float])
    return found


def _texts(texts: pl.Series) -> Hashes:
    """Of texts by their UTF-8 bytes, eight at a time: the sum of mixed words, each in its place."""
    blank = texts.fill_null("")
    lengths = blank.str.len_bytes().to_numpy().astype(np.int64)
    data = "".join(blank.to_list()).encode("utf-8", "surrogatepass") + bytes(8)
    n_words = -(-lengths // 8)
    ends = np.cumsum(n_words)
    owner = np.repeat(np.arange(len(lengths)), n_words)
    place = np.arange(int(ends[-1]) if len(ends) else 0) - (ends - n_words)[owner]
    starts = (np.cumsum(lengths) - lengths)[owner] + 8 * place
    # A view with a step of one byte: any eight bytes as one number, lowest byte first.
    words = np.ndarray(len(data) - 7, "<u8", data, strides=(1,))[starts].astype(np.uint64)
    left = np.minimum(lengths[owner] - 8 * place, 8).astype(np.uint64)
    words &= np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - np.uint64(8) * left)
    in_place = mixed(words ^ mixed(place.astype(np.uint64), _TEXT), np.uint64(0))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(in_place, dtype=np.uint64)))
    own = sums[ends] - sums[ends - n_words]
    return mixed(own ^ mixed(lengths.astype(np.uint64), _LENGTH), _TEXT)
