"""Rows that must differ, counted in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def repeats(columns: Sequence[str], *, nulls_count: bool) -> Mapping[str, Any]:
    """What tells how many rows repeat an earlier one, as Polars expressions.

    Of several columns only a digest of each row is counted: it takes a third of the time. Equal
    rows have equal digests, so where all digests differ, all rows do. Where some are equal the
    rows themselves must be counted, since two may share a digest of 64 bits.

    Args:
        columns: Which must differ together.
        nulls_count: Whether two nulls are equal; else rows with a null repeat nothing.
    """
    import polars  # 0.1 s, and only where data is judged

    if len(columns) == 1:
        column = polars.col(columns[0])
        found = {"distinct": column.n_unique()}
        return found if nulls_count else {**found, "nulls": column.null_count()}
    return {"distinct": polars.struct(columns).hash(seed=0).n_unique()}


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
