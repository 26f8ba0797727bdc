"""Rows at the edges of what a model may be asked, made by a fixed rule.

Each differs from a usual row in one value: a gap, nought, an infinity, the ends of what was seen
and beyond, a level that was never seen, a day that calendars get wrong, a threshold of a tree and
its neighbours in double and in single precision. Others mix the values of real rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from tilth.quality.conversion.thresholds import crossings
from tilth.record import field, record

GAPS, INFINITIES, UNSEEN = "gaps", "infinities", "unseen"
"""What a model may refuse in a column."""

_NEVER = "never seen before"
_LEVELS, _MIXED, _MOST = 30, 60, 600
_HUGE = 1e30
_DAYS = (date(1900, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(2100, 3, 1))


@record
class Edges:
    """Rows that a model is asked.

    Attributes:
        rows: The rows, with the columns of the table.
        why: What is special about each.
        may_refuse: Of each, the column and what in it a model may refuse; None for others.
    """

    rows: pl.DataFrame = field(repr=False)
    why: tuple[str, ...] = field(repr=False)
    may_refuse: tuple[tuple[str, str] | None, ...] = field(repr=False)


def edges_of(model: Any, table: pl.DataFrame) -> Edges:
    """Rows at the edges of a table, for a model that learned from it.

    Args:
        model: Fitted; thresholds of its trees are hit where it has some.
        table: The features that it learned from, at least one row.
    """
    usual = _usual(table)
    found: list[tuple[str, pl.DataFrame, tuple[str, str] | None]] = []
    for name in table.columns:
        for why, value, refused in _values(table[name]):
            row = _with(usual, name, value)
            if row is not None:
                found.append((f"`{name}` {why}", row, (name, refused) if refused else None))
    for name, why, value in crossings(model, table, usual):
        row = _with(usual, name, value)
        if row is not None:
            found.append((f"`{name}` {why}", row, None))
    found = found[:_MOST]
    gaps = table.clear(1)
    mixed = _mixed(table)
    return Edges(
        rows=pl.concat([*(row for _, row, _ in found), gaps, mixed]),
        why=(*(why for why, _, _ in found), "every value is missing", *["mixed"] * mixed.height),
        may_refuse=(*(each for _, _, each in found), *[None] * (1 + mixed.height)),
    )


def _usual(table: pl.DataFrame) -> pl.DataFrame:
    """The first row without a gap; the first of all where each has one."""
    whole = table.select(~pl.any_horizontal(pl.all().is_null())).to_series().arg_true()
    return table[int(whole[0]) if len(whole) else 0]


def _with(row: pl.DataFrame, name: str, value: Any) -> pl.DataFrame | None:
    """A row with another value; None where its column cannot hold that."""
    kind = row.schema[name]
    try:
        column = pl.Series(name, [value], dtype=kind, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        return None
    return row.with_columns(column)


def _mixed(table: pl.DataFrame) -> pl.DataFrame:
    """Values that never were in one row, gaps among them where columns have some."""
    rng = np.random.default_rng(0)
    return table.select(
        each.gather(rng.integers(0, table.height, _MIXED)) for each in table.get_columns()
    )


def _values(column: pl.Series) -> Iterator[tuple[str, Any, str]]:
    kind = column.dtype
    yield "is missing", None, GAPS
    known = column.drop_nulls()
    if kind.is_float():
        known = known.filter(known.is_finite())
        yield "is not a number", float("nan"), GAPS
        yield "is infinite", float("inf"), INFINITIES
        yield "is infinite below nought", float("-inf"), INFINITIES
        yield "is huge", _HUGE, ""
        yield "is huge below nought", -_HUGE, ""
    if kind == pl.Boolean:
        yield from (("is true", True, ""), ("is false", False, ""))
    elif kind.is_numeric():
        yield "is nought", 0, ""
        yield from _ends(known)
    elif isinstance(kind, pl.Date | pl.Datetime):
        yield from _moments(known)
    else:
        yield from _levels(known)


def _ends(known: pl.Series) -> Iterator[tuple[str, Any, str]]:
    if known.is_empty():
        return
    low: Any = known.min()
    high: Any = known.max()
    span = (high - low) or 1
    yield "is the least that was seen", low, ""
    yield "is the greatest that was seen", high, ""
    yield "is beyond all that was seen", high + span, ""
    yield "is below all that was seen", low - span, ""


def _moments(known: pl.Series) -> Iterator[tuple[str, Any, str]]:
    low: Any = known.min()
    high: Any = known.max()
    is_day = known.dtype == pl.Date
    for day in _DAYS:
        moment: Any = day if is_day else datetime(day.year, day.month, day.day, 23, 59, 59)
        yield f"is {day}", moment, ""
    if low is not None:
        yield "is the first that was seen", low, ""
        yield "is the last that was seen", high, ""
        yield "is later than all that was seen", high + timedelta(days=400), ""


def _levels(known: pl.Series) -> Iterator[tuple[str, Any, str]]:
    there = set(known.cast(pl.String).unique().to_list())
    never = _NEVER
    while never in there:
        never += " again"
    yield "is a level that was never seen", never, UNSEEN
    if "" not in there:
        yield "is empty", "", UNSEEN
    for each in sorted(there)[:_LEVELS]:
        yield f"is {each!r:.40}", each, ""
