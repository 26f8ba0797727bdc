"""Parts of dates, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.dates import as_moments

Floats = NDArray[np.float64]

DAYS, YEAR, MISSING = "days", "year", "missing"
"""Days since the first day of the training rows; the year; whether there is no date."""

_ROUND: Mapping[str, int] = {"month": 12, "weekday": 7, "hour": 24}
"""Parts that come round again -> after how many."""

_PART: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    YEAR: lambda moments: moments.dt.year(),
    "month": lambda moments: moments.dt.month() - 1,
    "weekday": lambda moments: moments.dt.weekday() - 1,
    "hour": lambda moments: moments.dt.hour() + moments.dt.minute() / 60,
}
"""All but the year are counted from 0, so that the circle begins where they do."""


def moments_of(series: pl.Series) -> pl.Series:
    """Dates, times and texts as datetimes; a time of day is one of the first of January 1970."""
    if series.dtype == pl.Time:
        micros = series.to_physical() // 1_000
        return micros.cast(pl.Datetime("us")).alias(series.name)
    return as_moments(series)


def first_day(moments: pl.Series) -> int:
    """The first day, counted from 1970; 0 where there is none."""
    found = moments.min()
    return 0 if found is None else int(moments.dt.epoch("d").min())  # type: ignore[arg-type]  # days


def telling_parts(moments: pl.Series, *, without: Sequence[str] = ()) -> tuple[str, ...]:
    """Parts that differ among these dates, with points on a circle for what comes round again.

    Two points are enough for a circle where three values or more are on it.

    Args:
        moments: Datetimes of the training rows.
        without: Parts that are not asked for.
    """
    there = moments.drop_nulls()
    found = [DAYS] if there.dt.epoch("d").n_unique() > 1 else []
    for part, read in _PART.items():
        n = read(there).n_unique()
        if n > 1:
            found.append(part)
        if n > 2 and part in _ROUND:
            found += [f"{part}_sin", f"{part}_cos"]
    if len(there) < len(moments):
        found.append(MISSING)
    return tuple(each for each in found if each not in without)


def part_of(moments: pl.Series, part: str, first: int) -> Floats:
    """One part of each date, NaN where there is no date; shape (n,).

    Args:
        moments: Datetimes.
        part: `days`, `missing`, `year`, `month`, `weekday` (from 0 for January and Monday),
            `hour` (with its minutes as a fraction), or one of the last three with `_sin` or
            `_cos`.
        first: The day, counted from 1970, from which days are counted.
    """
    if part == MISSING:
        return moments.is_null().to_numpy().astype(np.float64)
    if part == DAYS:
        return _floats(moments.dt.epoch("d")) - first
    name, _, turn = part.partition("_")
    values = _floats(_PART[name](moments))
    if not turn:
        return values
    angle = 2 * np.pi * values / _ROUND[name]
    return np.sin(angle) if turn == "sin" else np.cos(angle)


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(np.nan).to_numpy()
