"""Rows that are spread over a whole table, and those at its edges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.dates import as_moments, holds_dates

Mask: TypeAlias = NDArray[np.bool_]
"""Which rows of a table, shape (n_rows,)."""

FEW_LEVELS = 30
"""Of a column with no more values than this, each value is kept."""

LEAST = 20
"""Rows of each class, and on each side of each moment, as far as there are so many."""

MOST_CLASSES = 200
"""Of a text with more values than this, not each is kept."""

ROW = "__row__"


def time_columns(frame: pl.LazyFrame) -> list[str]:
    """The columns that hold dates or times, also as texts that can be read in one way only."""
    schema = frame.collect_schema()
    kinds = (pl.Date, pl.Datetime, pl.String)
    asked = [name for name, kind in schema.items() if isinstance(kind, kinds) or kind in kinds]
    probe = frame.select(asked).head(1_000).collect()
    return [name for name in asked if holds_dates(probe[name])]


def spread(
    order: NDArray[np.int64], within: Mask, n: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Rows by chance, one from each of `n` stretches of equal length.

    Where the rows are in the order of time, any cut in time that leaves a share p of them on
    one side leaves at least p * n - 1 of the drawn ones there (W. G. Cochran, "Sampling
    Techniques", 3rd ed., 1977, section 8.11, stratified systematic sampling).

    Args:
        order: All rows, in the order in which the sample is to be even.
        within: Those that may be drawn.
        n: How many; all where there are fewer.
    """
    rows = order[within[order]]
    if len(rows) <= n:
        return rows
    ends = np.linspace(0, len(rows), n + 1).astype(np.int64)
    return rows[random.integers(ends[:-1], ends[1:])]


def extremes(frame: pl.LazyFrame) -> NDArray[np.int64]:
    """Rows with the smallest, greatest, longest, shortest and missing values of each column.

    Of a column with few values, a row with each of them.
    """
    schema = frame.collect_schema()
    indexed = frame.with_row_index(ROW)
    asked = [e.alias(f"{i}") for i, e in enumerate(_looked_for(schema))]
    found = indexed.select(asked).collect(engine="streaming").row(0) if asked else ()
    rows = {int(each) for each in found if each is not None}
    for name in _with_few_levels(frame, schema):
        firsts = indexed.group_by(name).agg(pl.col(ROW).min()).collect(engine="streaming")
        rows.update(int(each) for each in firsts[ROW])
    return np.array(sorted(rows), np.int64)


def _looked_for(schema: pl.Schema) -> Iterable[pl.Expr]:
    for name, kind in schema.items():
        column, row = pl.col(name), pl.col(ROW)
        yield row.filter(column.is_null()).first()
        if kind.is_numeric() or kind.is_temporal():
            yield row.filter(column == column.min()).first()
            yield row.filter(column == column.max()).first()
        elif kind == pl.String:
            length = column.str.len_chars()
            yield row.filter(length == length.min()).first()
            yield row.filter(length == length.max()).first()


def _with_few_levels(frame: pl.LazyFrame, schema: pl.Schema) -> list[str]:
    kinds = (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
    names = [name for name, kind in schema.items() if kind in kinds]
    if not names:
        return []
    counts = frame.select(pl.col(names).n_unique()).collect(engine="streaming").row(0)
    return [name for name, n in zip(names, counts, strict=True) if n <= FEW_LEVELS]


def short_classes(values: pl.Series, chosen: Mask) -> Iterable[Mask]:
    """For each class with too few chosen rows, the rows that it has.

    A number with many values has no classes, and neither has a text with more than 200.
    """
    kind = values.dtype
    most = 2 * FEW_LEVELS if kind.is_numeric() else MOST_CLASSES
    if not _may_have_classes(kind) or values.n_unique() > most:
        return
    codes = values.cast(pl.String).rank("dense").fill_null(0).to_numpy()
    counts = np.bincount(codes[chosen], minlength=int(codes.max(initial=0)) + 1)
    for code in np.flatnonzero(counts < LEAST):
        yield codes == code


def _may_have_classes(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)


def short_sides(times: pl.Series, moments: Iterable[datetime], chosen: Mask) -> Iterable[Mask]:
    """For each side of each moment with too few chosen rows, the rows that lie there."""
    values = as_moments(times)
    for moment in moments:
        for side in (values < moment, values >= moment):
            mask: Any = side.fill_null(False).to_numpy()
            if (mask & chosen).sum() < LEAST:
                yield mask
