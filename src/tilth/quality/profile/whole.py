"""Columns that are of no use as a whole: empty, constant, another's copy, or a row's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from tilth.quality.profile.column import shown_text
from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.sketch import ColumnSketch, Kind, TableSketch, kind_of

_LEAST = 20
_UNIQUE = 0.95
"""An estimated number of different values may be off by three standard errors of 2.3 %."""

_UNIQUE_OF_SAMPLE = 0.99
"""Rows that are there twice must not hide what names them."""

_NAME = re.compile(
    r"(?:^|[_\W\d])(?:id|uuid|guid|key|pk|idx|index|nr|no|num|number|row)(?:$|[_\W\d])",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[a-z](?:Id|ID|Key|Uuid)$")
_LONGEST = 64


def column_defects(sketch: TableSketch, sample: pl.DataFrame) -> Iterator[Defect]:
    """What is wrong with columns as a whole."""
    useless = set()
    for name, column in sketch.columns.items():
        defect = _of_column(name, column, sample[name])
        if defect is not None:
            useless.add(name)
            yield defect
    yield from _copies(sample, useless)


def _of_column(name: str, column: ColumnSketch, sample: pl.Series) -> Defect | None:
    n = column.n
    if not n:
        return None
    if n == column.n_null + column.n_nan or _is_blank(column):
        return Defect(kind=DefectKind.EMPTY, column=name, of=n, reason="no row has a value")
    if column.n_valid == n and column.n_distinct == 1 and n > 1:
        value = shown_text(sample[0])
        reason = f"every row has the value `{value}`"
        return Defect(kind=DefectKind.CONSTANT, column=name, of=n, reason=reason)
    if _is_id(name, column, sample):
        reason = "each row has a value of its own, in a column that numbers or names them"
        return Defect(kind=DefectKind.ID_LIKE, column=name, of=n, reason=reason)
    return None


def _is_blank(column: ColumnSketch) -> bool:
    levels = column.levels
    if column.kind is not Kind.TEXT or levels is None or not levels.exact:
        return False
    return all(not each.name.strip() for each in levels)


def _is_id(name: str, column: ColumnSketch, sample: pl.Series) -> bool:
    """Whether values are different throughout, and look like numbers or names of rows.

    A column of numbers must count the rows one by one or be called so, as measurements may be
    different in each row, too; texts must be single words of one length or be called so.
    """
    n = column.n_valid
    if n < max(_LEAST, 0.9 * column.n) or (column.n_distinct or 0) < _UNIQUE * n:
        return False
    values = sample.drop_nulls()
    if values.n_unique() < _UNIQUE_OF_SAMPLE * len(values):
        return False
    is_named = is_called_an_id(name)
    if column.kind is Kind.NUMBER:
        whole = values.dtype.is_integer() or bool((values.cast(pl.Float64) % 1 == 0).all())
        span = float(column.maximum) - float(column.minimum) + 1
        return whole and (is_named or span <= 1.1 * column.n)
    if column.kind is not Kind.TEXT:
        return False
    texts = values.cast(pl.String)
    lengths = texts.str.len_chars()
    single = not bool(texts.str.contains(r"\s").any()) and int(lengths.max() or 0) <= _LONGEST  # type: ignore[arg-type]  # lengths
    digits = float(texts.str.contains(r"\d").mean() or 0) > 0.9  # type: ignore[arg-type]  # of booleans
    return single and (is_named or digits)


def is_called_an_id(name: str) -> bool:
    """Whether a column's name says that it numbers or names rows: `user_id`, `nr`, `rowKey`."""
    return bool(_NAME.search(name) or _NAMED.search(name))


def _copies(sample: pl.DataFrame, useless: set[str]) -> Iterator[Defect]:
    """Columns that are an earlier one again, in every row of the sample."""
    if sample.height < 2:
        return
    seen: dict[tuple[str, bytes], str] = {}
    for series in sample:
        if series.name in useless or kind_of(series.dtype) is Kind.OTHER:
            continue
        key = str(series.dtype), np.ascontiguousarray(series.hash(0).to_numpy()).tobytes()
        other = seen.setdefault(key, series.name)
        if other != series.name:
            reason = f"the same as `{other}` in every row that was looked at"
            yield Defect(
                kind=DefectKind.DUPLICATE,
                column=series.name,
                of=sample.height,
                reason=reason,
                other=other,
            )
