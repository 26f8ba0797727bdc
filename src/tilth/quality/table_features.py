"""A table as a matrix of numbers, for models that know nothing else.

What a column becomes is learned from the rows a model is fitted on: medians, levels and scales
of rows that it is asked about later do not leak into it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Encode = Callable[[pl.Series], Floats]

_LEVELS = 30
"""Levels of a category that get a column of their own; the others share one."""

_WORDS = 256
"""Columns that words are hashed to."""


class TableFeatures:
    """Learns from one table how to turn tables with the same columns into numbers.

    Numbers are standardised, with their median where they are missing and a column that says
    so; dates become the day, the weekday, the month and the hour; the most frequent levels of
    categories, and of text with few levels, get a column each; other text is hashed by words;
    a column of equally long lists of numbers, such as an embedding, is taken as it is. Other
    columns (structs, binary) are left out.

    Attributes:
        left_out: Names of the columns that are not used.
    """

    def __init__(self) -> None:
        self.left_out: tuple[str, ...] = ()
        self._encoders: dict[str, Encode] = {}

    def fit(self, table: pl.DataFrame) -> TableFeatures:
        """Learn from a table with at least one row.

        Raises:
            ValueError: There is no column that can be used.
        """
        found = {name: _encoder(table[name]) for name in table.columns}
        self._encoders = {name: encode for name, encode in found.items() if encode is not None}
        self.left_out = tuple(name for name, encode in found.items() if encode is None)
        if not self._encoders:
            raise ValueError(f"no column can be turned into numbers: {', '.join(found) or 'none'}")
        return self

    def transform(self, table: pl.DataFrame) -> Floats:
        """The matrix, shape (n, number of features), finite."""
        parts = [encode(table[name]) for name, encode in self._encoders.items()]
        return np.concatenate(parts, axis=1)


def _encoder(column: pl.Series) -> Encode | None:
    """How to encode columns like this one, or None where nothing is known."""
    kind = column.dtype
    found: Encode | None = None
    if kind.is_numeric() or kind == pl.Boolean:
        found = _numbers(column)
    elif kind == pl.Date or isinstance(kind, pl.Datetime):
        found = _dates(column)
    elif kind == pl.Time or isinstance(kind, pl.Duration):
        found = _after(lambda each: each.to_physical(), column)
    elif isinstance(kind, pl.Categorical | pl.Enum):
        found = _levels(column.cast(pl.String), text=False)
    elif kind == pl.String:
        found = _levels(column, text=True)
    elif isinstance(kind, pl.List | pl.Array) and kind.inner.is_numeric():
        found = _vectors(column)
    return found


def _numbers(column: pl.Series) -> Encode:
    known = _finite(column)
    known = known[~np.isnan(known)]
    median = float(np.median(known)) if len(known) else 0.0
    spread = float(known.std()) if len(known) else 0.0
    says_missing = len(known) < len(column)

    def encode(each: pl.Series) -> Floats:
        values = _finite(each)
        missing = np.isnan(values)
        scaled = np.where(missing, 0.0, (values - median) / (spread or 1.0))
        return np.stack([scaled, missing] if says_missing else [scaled], axis=1)

    return encode


def _finite(column: pl.Series) -> Floats:
    values = column.cast(pl.Float64, strict=False).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _after(change: Callable[[pl.Series], pl.Series], column: pl.Series) -> Encode:
    encode = _numbers(change(column))
    return lambda each: encode(change(each))


def _dates(column: pl.Series) -> Encode:
    parts: list[Callable[[pl.Series], pl.Series]] = [
        lambda each: each.dt.epoch("d"),
        lambda each: each.dt.weekday(),
        lambda each: each.dt.month(),
    ]
    if column.dtype != pl.Date:
        parts.append(lambda each: each.dt.hour())
    encoders = [_after(part, column) for part in parts]
    return lambda each: np.concatenate([encode(each) for encode in encoders], axis=1)


def _levels(column: pl.Series, *, text: bool) -> Encode:
    counts = column.drop_nulls().value_counts(sort=True, name="n")
    # As good as each row has another text: there are words in it to look at.
    if text and len(counts) > max(_LEVELS, 0.1 * len(column)):
        return _hashed_words
    names = sorted(counts[counts.columns[0]].to_list()[:_LEVELS])
    place = {name: index for index, name in enumerate(names)}

    def encode(each: pl.Series) -> Floats:
        names = each.cast(pl.String).to_list()
        codes = np.array([place.get(name, len(place)) for name in names], dtype=np.int64)
        return np.asarray(np.eye(len(place) + 1)[codes])

    return encode


def _hashed_words(column: pl.Series) -> Floats:
    """Counts of words by their hash, in logarithms, each row of length one.

    K. Weinberger and others, "Feature hashing for large scale multitask learning", ICML 2009:
    a sign, hashed too, keeps collisions from adding up.
    """
    found = np.zeros((len(column), _WORDS))
    words = column.fill_null("").str.to_lowercase().str.extract_all(r"\w+")
    for row, some in enumerate(words):
        for word in some:
            digest = zlib.crc32(word.encode())
            found[row, digest % _WORDS] += 1 if digest & 0x8000_0000 else -1
    found = np.sign(found) * np.log1p(np.abs(found))
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))


def _vectors(column: pl.Series) -> Encode | None:
    lengths = set(_lengths(column))
    if len(lengths) != 1:
        return None
    (length,) = lengths
    encoders = [_after(part, column) for part in _items(length)]
    return lambda each: np.concatenate([encode(each) for encode in encoders], axis=1)


def _lengths(column: pl.Series) -> Iterator[int]:
    if isinstance(column.dtype, pl.Array):
        yield int(column.dtype.size)
    else:
        yield from (int(length) for length in column.drop_nulls().list.len().unique())


def _items(length: int) -> list[Callable[[pl.Series], pl.Series]]:
    def item(index: int) -> Callable[[pl.Series], pl.Series]:
        return lambda each: _as_list(each).list.get(index, null_on_oob=True)

    return [item(index) for index in range(length)]


def _as_list(column: pl.Series) -> pl.Series:
    return column.arr.to_list() if isinstance(column.dtype, pl.Array) else column


def as_table(features: Any) -> pl.DataFrame:
    """A Polars frame of whatever holds rows: a frame of pandas or Arrow, or a matrix.

    Raises:
        ValueError: It holds no rows and columns.
    """
    if isinstance(features, pl.LazyFrame):
        return features.collect()
    if isinstance(features, pl.DataFrame):
        return features
    if isinstance(features, np.ndarray):
        if features.ndim != 2:
            raise ValueError(f"features must have rows and columns, not shape {features.shape}")
        return pl.DataFrame({str(index): column for index, column in enumerate(features.T)})
    try:
        made = pl.DataFrame(features)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{type(features).__name__} is no table: {error}") from error
    return made
