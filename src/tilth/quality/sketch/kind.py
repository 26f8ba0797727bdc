"""What kind of values a column holds, whatever it stores them as, and how they are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


class Kind(StrEnum):
    """What can be said of a column: values of one kind can be compared, others cannot."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    INSTANT = "instant"
    DURATION = "duration"
    TIME = "time"
    NULL = "null"
    OTHER = "other"

    @property
    def ordered(self) -> bool:
        """Whether values have ranks."""
        return self in _ORDERED

    @property
    def named(self) -> bool:
        """Whether values are levels."""
        return self in (Kind.BOOLEAN, Kind.TEXT)


_ORDERED = {Kind.NUMBER, Kind.DATE, Kind.DATETIME, Kind.INSTANT, Kind.DURATION, Kind.TIME}


def kind_of(dtype: pl.DataType) -> Kind:
    """The kind of a column of this type.

    A `Datetime` with a time zone is an instant: the zone says how it is shown, not what it is.
    One without is a datetime, and cannot be compared with instants. Lists, structs, arrays,
    binary and objects are `other`: of them only nulls are counted.
    """
    if dtype.is_numeric():
        return Kind.NUMBER
    if isinstance(dtype, pl.Datetime):
        return Kind.INSTANT if dtype.time_zone else Kind.DATETIME
    for kind, types in _TYPES.items():
        if isinstance(dtype, types):
            return kind
    return Kind.OTHER


_TYPES: dict[Kind, tuple[type[pl.DataType], ...]] = {
    Kind.BOOLEAN: (pl.Boolean,),
    Kind.TEXT: (pl.String, pl.Categorical, pl.Enum),
    Kind.DATE: (pl.Date,),
    Kind.DURATION: (pl.Duration,),
    Kind.TIME: (pl.Time,),
    Kind.NULL: (pl.Null,),
}


def numbers_of(series: pl.Series) -> NDArray[Any]:
    """The values of an ordered column without nulls as int64, uint64 or float64, shape (n,).

    Dates are days since 1970, times nanoseconds since midnight; datetimes, instants (UTC) and
    durations are microseconds, to which finer units are cut. Decimals and integers of 128 bits
    become the nearest float64.
    """
    match series.dtype:
        case pl.Datetime() as dtype:
            series = series.cast(pl.Datetime("us", dtype.time_zone)).to_physical()
        case pl.Duration():
            series = series.cast(pl.Duration("us")).to_physical()
        case dtype if dtype.is_temporal():
            series = series.to_physical()
    if series.dtype == pl.UInt64:
        return series.to_numpy()
    exact = series.dtype.is_integer() and series.dtype not in (pl.Int128, pl.UInt128)
    return series.cast(pl.Int64 if exact else pl.Float64).to_numpy()


def shown(number: Any, kind: Kind) -> Any:
    """A number that `numbers_of` made, as the value that it stands for.

    What Python's own types cannot hold (dates after the year 9999) stays a number.
    """
    try:
        return _SHOWN[kind](number) if kind in _SHOWN else number
    except OverflowError:
        return number


_DAY_ZERO = datetime(1970, 1, 1)
_SHOWN: dict[Kind, Callable[[Any], Any]] = {
    Kind.DATE: lambda days: _DAY_ZERO.date() + timedelta(days=days),
    Kind.DATETIME: lambda micros: _DAY_ZERO + timedelta(microseconds=micros),
    Kind.INSTANT: lambda micros: _DAY_ZERO.replace(tzinfo=UTC) + timedelta(microseconds=micros),
    Kind.DURATION: lambda micros: timedelta(microseconds=micros),
    Kind.TIME: lambda nanos: (_DAY_ZERO + timedelta(microseconds=nanos // 1000)).time(),
}


def finite(values: NDArray[Any]) -> NDArray[Any]:
    """Without NaN and infinities; the same array where there are none."""
    if values.dtype.kind != "f":
        return values
    usable = np.isfinite(values)
    return values if usable.all() else values[usable]
