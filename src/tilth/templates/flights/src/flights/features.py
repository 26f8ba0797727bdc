"""What is known about a flight before it leaves.

The rule of this module: a row may tell what the timetable, the fleet, the weather and the
days *before* tell, and nothing that only the day itself will show.
"""

from __future__ import annotations

import polars as pl

PAIR = ["carrier", "origin"]


def recent_days(flights: pl.DataFrame, late_after: int = 15) -> pl.DataFrame:
    """Sum up, for each airline at each airport and each date, the days before that date.

    Args:
        flights: All scheduled flights with their outcomes.
        late_after: A flight is late if it arrives more than this many minutes late.

    Returns:
        One row per airline, airport and date. `late_rate_1d` and `late_rate_7d` are shares of
        the arrived flights, `disrupted_rate_1d` is the share of the scheduled flights that
        were cancelled or diverted; null where nothing flew on those days.
    """
    return (
        daily_counts(flights, late_after)
        .sort(*PAIR, "date")
        .select(
            *PAIR,
            "date",
            late_rate_1d=rate_before("late", "arrived", days=1),
            late_rate_7d=rate_before("late", "arrived", days=7),
            disrupted_rate_1d=rate_before("disrupted", "scheduled", days=1),
        )
    )


def daily_counts(flights: pl.DataFrame, late_after: int) -> pl.DataFrame:
    """Count flights per airline, airport and day, with zeros for days without a flight.

    The zeros matter: without them "the row before" could be last month's.
    """
    arrived = pl.col("outcome") == "arrived"
    counts = flights.group_by(*PAIR, "date").agg(
        scheduled=pl.len(),
        arrived=arrived.sum(),
        late=is_late(late_after).sum(),
        disrupted=(~arrived).sum(),
    )
    first, last = flights.select(first=pl.col("date").min(), last=pl.col("date").max()).row(0)
    days = pl.select(date=pl.date_range(first, last))
    return (
        counts.select(PAIR)
        .unique()
        .join(days, how="cross")
        .join(counts, on=[*PAIR, "date"], how="left")
        .with_columns(pl.col("scheduled", "arrived", "late", "disrupted").fill_null(0))
    )


def rate_before(part: str, whole: str, *, days: int) -> pl.Expr:
    """Divide two sums over the days that end the day before; the day itself is left out."""

    def total(column: str) -> pl.Expr:
        counts = pl.col(column).cast(pl.Int64)
        return counts.rolling_sum(days, min_samples=1).shift(1).over(PAIR, order_by="date")

    return pl.when(total(whole) > 0).then(total(part) / total(whole))


def is_late(late_after: int) -> pl.Expr:
    """Say whether a flight arrived more than `late_after` minutes after its schedule."""
    return pl.col("arrival_delay") > late_after


def late_flights(
    flights: pl.DataFrame,
    recent: pl.DataFrame,
    weather: pl.DataFrame,
    planes: pl.DataFrame,
    airports: pl.DataFrame,
    *,
    late_after: int = 15,
    weather_hours_before: int = 0,
) -> pl.DataFrame:
    """Describe each flight that arrived by what was known before it left.

    Cancelled and diverted flights count as traffic and as history, but have no arrival to be
    late, so they get no row.

    Args:
        flights: All scheduled flights with their outcomes.
        recent: What each airline did at each airport on the days before.
        weather: One row per airport and hour.
        planes: The register of planes; `year` is the year of manufacture.
        airports: Where airports are.
        late_after: A flight is late if it arrives more than this many minutes late.
        weather_hours_before: How old the weather must be. With 0 it is the weather observed
            in the scheduled hour, which stands in for a forecast of that hour.

    Returns:
        One row per arrived flight, in the order of the timetable; `late` is the answer.
    """
    return (
        flights.with_columns(
            weekday=pl.col("date").dt.weekday(),
            month=pl.col("date").dt.month(),
            departures_that_hour=pl.len().over("origin", "hour_utc"),
        )
        .filter(pl.col("outcome") == "arrived")
        .with_columns(late=is_late(late_after))
        .join(recent, on=[*PAIR, "date"], how="left")
        .join(weather_later(weather, weather_hours_before), on=["origin", "hour_utc"], how="left")
        .join(fleet(planes), on="tailnum", how="left")
        .join(places(airports), on="dest", how="left")
        .with_columns(
            plane_age=pl.col("date").dt.year() - pl.col("built"),
            engine=pl.col("engine").fill_null("unknown"),
        )
        .drop("built", "outcome", "arrival_delay")  # the last two are the answer itself
        .sort("date", "scheduled_departure", "carrier", "flight", "origin", "dest")
    )


def weather_later(weather: pl.DataFrame, hours: int) -> pl.DataFrame:
    """Give each hour the weather that was observed `hours` hours before it."""
    return weather.with_columns(pl.col("hour_utc") + pl.duration(hours=hours))


def fleet(planes: pl.DataFrame) -> pl.DataFrame:
    """Keep of the register what may matter: year of manufacture, seats, kind of engine."""
    return planes.select("tailnum", "seats", "engine", built="year")


def places(airports: pl.DataFrame) -> pl.DataFrame:
    """Keep of the airports where they are."""
    return airports.select(dest="faa", dest_latitude="lat", dest_longitude="lon")
