"""From the files as they were published to tables that can be relied on."""

from __future__ import annotations

import polars as pl

# What makes a row of the timetable: nothing leaves the same airport twice under one number.
TIMETABLE = ["date", "scheduled_departure", "carrier", "flight", "origin", "dest"]


def clean_flights(flights: pl.DataFrame) -> pl.DataFrame:
    """Give each scheduled flight one row, a date, an hour in UTC and an outcome.

    Cancelled and diverted flights stay: they are part of the timetable and of what an
    airline did on a day, even though they have no arrival that could be late.

    Args:
        flights: One row per flight as published; clock times are numbers such as 1745.

    Returns:
        One row per scheduled flight, in the order of the timetable.
        `scheduled_departure` is in minutes after midnight, New York time; `hour_utc` is the
        hour of the scheduled departure in UTC, as in the weather.
    """
    return (
        flights.with_columns(
            date=pl.date("year", "month", "day"),
            scheduled_departure=minutes_after_midnight("sched_dep_time"),
            hour_utc=utc("time_hour"),
            outcome=outcome(),
        )
        .select(
            *TIMETABLE, "tailnum", "distance", "hour_utc",
            "outcome", pl.col("arr_delay").alias("arrival_delay"),
        )
        .unique(TIMETABLE, keep="first", maintain_order=True)
        .sort(TIMETABLE)
    )  # fmt: skip


def clean_weather(weather: pl.DataFrame) -> pl.DataFrame:
    """Give each airport one row of weather per hour, under names that say what it is.

    Args:
        weather: Hourly observations at the three airports.

    Returns:
        One row per `origin` and `hour_utc`: degrees Fahrenheit, per cent, miles per hour,
        degrees of the compass, inches, millibars and miles.
    """
    return (
        weather.select(
            "origin",
            hour_utc=utc("time_hour"),
            temperature="temp",
            humidity="humid",
            wind_speed="wind_speed",
            wind_direction="wind_dir",
            precipitation="precip",
            pressure="pressure",
            visibility="visib",
        )
        .unique(["origin", "hour_utc"], keep="first", maintain_order=True)
        .sort("origin", "hour_utc")
    )


def outcome() -> pl.Expr:
    """Say what became of a flight: `arrived`, `diverted` or `cancelled`."""
    return (
        pl.when(pl.col("dep_time").is_null())
        .then(pl.lit("cancelled"))
        .when(pl.col("arr_delay").is_null())
        .then(pl.lit("diverted"))
        .otherwise(pl.lit("arrived"))
    )


def minutes_after_midnight(clock: str) -> pl.Expr:
    """Turn a clock time that is written as a number (1745) into minutes (1065)."""
    return pl.col(clock) // 100 * 60 + pl.col(clock) % 100


def utc(column: str) -> pl.Expr:
    """Read a time such as `2013-07-01T10:00:00Z`; New York has two offsets, UTC has none."""
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


def count_outcomes(flights: pl.DataFrame) -> dict[str, int]:
    """Count what became of the scheduled flights, so that what is left out is on record."""
    outcomes = flights.get_column("outcome")
    return {
        "scheduled": flights.height,
        **{name: int((outcomes == name).sum()) for name in ("arrived", "diverted", "cancelled")},
    }
