"""Dates and times, also where they are written as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

_FORMS = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
)
"""Those that can be read in one way only: 3/4/2024 is in March or in April."""

_ZONED = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")

_PROBE = 1_000


def as_moments(series: pl.Series) -> pl.Series:
    """A column of dates, of times of day with a date, or of texts, as datetimes in microseconds.

    What has a zone is told in UTC. What cannot be read is missing.
    """
    name, kind = series.name, series.dtype
    if isinstance(kind, pl.Datetime):
        if kind.time_zone:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return series.cast(pl.Datetime("us")).alias(name)
    if kind == pl.Date:
        return series.cast(pl.Datetime("us")).alias(name)
    if kind not in (pl.String, pl.Categorical, pl.Enum):
        return pl.Series(name, [None] * len(series), pl.Datetime("us"))
    texts = series.cast(pl.String).str.strip_chars()
    found = pl.Series(name, [None] * len(series), pl.Datetime("us"))
    for form in _FORMS:
        if found.null_count() > texts.null_count():
            read = texts.str.to_datetime(form, time_unit="us", strict=False, exact=True)
            found = found.fill_null(read)
    for form in _ZONED:
        if found.null_count() > texts.null_count():
            read = texts.str.to_datetime(
                form, time_unit="us", time_zone="UTC", strict=False, exact=True
            )
            found = found.fill_null(read.dt.replace_time_zone(None))
    return found.alias(name)


def holds_dates(series: pl.Series, *, least: float = 0.95) -> bool:
    """Whether a column holds dates, or texts of which nearly all can be read as such."""
    if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
        return True
    if series.dtype != pl.String:
        return False
    there = series.drop_nulls().head(_PROBE)
    n_read = len(there) - as_moments(there).null_count()
    return len(there) > 0 and n_read >= least * len(there)


def moment_of(value: Any) -> datetime | None:
    """A date, time or text as a datetime without zone; None where it cannot be read as one."""
    if isinstance(value, datetime | date):
        value = value.isoformat()
    if not isinstance(value, str):
        return None
    found: datetime | None = as_moments(pl.Series([value]))[0]
    return found
