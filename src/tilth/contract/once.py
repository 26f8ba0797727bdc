"""Rows that must differ, counted in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.contract.types import kind_of


def repeats(
    columns: Sequence[str], schema: Mapping[str, Any], *, nulls_count: bool
) -> Mapping[str, Any]:
    """What tells how many rows repeat an earlier one, as Polars expressions.

    Of several columns, and of text, only a digest of each row is counted: it takes a third of the
    time and of the memory. Equal rows have equal digests, so where all digests differ, all rows
    do. Where some are equal the rows themselves must be counted, since two may share a digest of
    64 bits.

    Args:
        columns: Which must differ together.
        schema: Column -> Polars type.
        nulls_count: Whether two nulls are equal; else rows with a null repeat nothing.
    """
    import polars  # 0.1 s, and only where data is judged

    if len(columns) > 1:
        return {"distinct": _distinct(polars.struct(columns).hash(seed=0))}
    column = polars.col(columns[0])
    long = kind_of(schema[columns[0]]) in ("text", "binary")
    found = {"distinct": _distinct(column.hash(seed=0) if long else column)}
    return found if nulls_count else {**found, "nulls": column.null_count()}


def _distinct(values: Any) -> Any:
    """How many different values there are, of an expression.

    Polars' streaming engine makes a group of each value for `n_unique`, which takes 44 bytes for
    a number of 8. To a function it hands the column, whose values are counted as they lie: in
    14 bytes each, and half the time.
    """
    import polars  # 0.1 s, and only where data is judged

    return values.map_batches(
        polars.Series.n_unique, return_dtype=polars.UInt64, returns_scalar=True
    )


def n_repeats(totals: Mapping[str, Any], n_rows: int) -> int:
    """How many rows repeat an earlier one, from what `repeats` measured."""
    nulls = int(totals.get("nulls") or 0)
    return (n_rows - nulls) - (int(totals["distinct"]) - bool(nulls))


def is_first(columns: Sequence[str], *, nulls_count: bool) -> Any:
    """False for each row that repeats an earlier one."""
    import polars  # 0.1 s, and only where data is judged

    if len(columns) > 1:
        return polars.struct(columns).is_first_distinct()
    column = polars.col(columns[0])
    first = column.is_first_distinct()
    return first if nulls_count else first | column.is_null()
