"""What comes later than it should be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from tilth.quality.dates import as_moments, holds_dates
from tilth.quality.leakage.leak import Leak

_SHARE = 0.01
"""Fewer rows than this are slips of the pen."""


def late_rows(known: pl.Series, new: pl.Series, sides: str) -> Iterator[Leak]:
    """Training rows that lie after the first of the rows to come.

    Args:
        known: Times of the rows to train on.
        new: Times of another side.
        sides: What both are called.
    """
    first, times = _times(new).min(), _times(known)
    if first is None or not len(times):
        return
    n = int((times >= first).sum())
    if n:
        second = sides.rpartition(" ")[2]
        yield Leak(
            kind="late_training", severity="sure", column=known.name, sides=sides, n=n,
            of=len(known),
            evidence=f"{n:,} of {len(known):,} rows of `train` are no earlier than {_told(first)}, "
            f"where `{second}` begins",
        )  # fmt: skip


def later_columns(train: pl.DataFrame, time: str, columns: Sequence[str]) -> Iterator[Leak]:
    """Columns of dates that are later than the time of their row.

    Args:
        train: The training rows.
        time: The column that says when a row came about.
        columns: Where to look.
    """
    if not holds_dates(train[time]):
        return
    own = as_moments(train[time])
    end = own.max()
    for name in columns:
        if not holds_dates(train[name]):
            continue
        other = as_moments(train[name])
        both = pl.DataFrame({"own": own, "other": other}).drop_nulls()
        later = both.filter(pl.col("other") > pl.col("own"))
        if not later.height or later.height < _SHARE * both.height:
            continue
        lag = later.select((pl.col("other") - pl.col("own")).dt.total_seconds().median()).item()
        past = later.filter(pl.col("other") > end).height
        told = f"; in {past:,} later than all rows to train on" if past else ""
        yield Leak(
            kind="known_later", severity="likely", column=name, n=later.height, of=both.height,
            evidence=f"`{name}` is later than `{time}` in {later.height:,} of {both.height:,} "
            f"rows, by {_told_lag(lag)} in the median{told}",
        )  # fmt: skip


def _times(column: pl.Series) -> pl.Series:
    times = column if column.dtype.is_numeric() else as_moments(column)
    return times.drop_nulls()


def _told(moment: object) -> str:
    return str(moment).removesuffix(" 00:00:00")


def _told_lag(seconds: float) -> str:
    for unit, n in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * n:
            return f"{seconds / n:,.0f} {unit}"
    return f"{seconds:,.0f} seconds"
