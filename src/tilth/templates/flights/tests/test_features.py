"""What is known before a flight leaves, and above all what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from flights.features import late_flights, recent_days

FIRST = date(2013, 3, 1)


def flight(day=0, *, delay=0, outcome="arrived", carrier="UA", origin="EWR", number=1, hour=12):
    """One scheduled flight, `day` days after the first."""
    when = datetime(2013, 3, 1, hour, tzinfo=UTC) + timedelta(days=day)
    return {
        "date": FIRST + timedelta(days=day), "scheduled_departure": 60 * hour,
        "carrier": carrier, "flight": number, "origin": origin, "dest": "IAH",
        "tailnum": "N1", "distance": 1400, "hour_utc": when, "outcome": outcome,
        "arrival_delay": delay if outcome == "arrived" else None,
    }  # fmt: skip


def table(*flights):
    return pl.DataFrame(flights, infer_schema_length=None).with_columns(
        pl.col("hour_utc").dt.cast_time_unit("us"), pl.col("arrival_delay").cast(pl.Int64)
    )


WEATHER = pl.DataFrame(
    {
        "origin": ["EWR"] * 48,
        "hour_utc": [datetime(2013, 3, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(48)],
        "temperature": [float(i) for i in range(48)],
    },
    schema_overrides={"hour_utc": pl.Datetime("us", "UTC")},
)
PLANES = pl.DataFrame({"tailnum": ["N1"], "seats": [180], "engine": ["Turbo-fan"], "year": [2003]})
AIRPORTS = pl.DataFrame({"faa": ["IAH"], "lat": [30.0], "lon": [-95.0]})


def trips(flights, *, late_after=15, weather_hours_before=0):
    return late_flights(
        flights,
        recent_days(flights, late_after),
        WEATHER,
        PLANES,
        AIRPORTS,
        late_after=late_after,
        weather_hours_before=weather_hours_before,
    )


def test_late_is_more_than_so_many_minutes():
    on_time, late = flight(0, delay=15, number=1), flight(0, delay=16, number=2)

    assert trips(table(on_time, late))["late"].to_list() == [False, True]


def test_cancelled_and_diverted_flights_get_no_row():
    flights = table(flight(number=1), flight(number=2, outcome="cancelled"))

    assert trips(flights)["flight"].to_list() == [1]


def test_cancelled_flights_count_as_traffic():
    flights = table(flight(number=1), flight(number=2, outcome="cancelled"))

    assert trips(flights)["departures_that_hour"].to_list() == [2]


def test_the_day_before_is_the_day_before():
    flights = table(
        flight(0, delay=60, number=1), flight(0, delay=0, number=2), flight(1), flight(2)
    )

    recent = recent_days(flights).sort("date")

    assert recent["late_rate_1d"].to_list() == [None, 0.5, 0.0]


def test_a_day_without_flights_is_no_day_before():
    flights = table(flight(0, delay=60), flight(2, delay=0))

    recent = recent_days(flights).sort("date")

    assert recent["late_rate_1d"].to_list() == [None, 1.0, None]


def test_a_week_is_seven_days_and_ends_the_day_before():
    flights = table(*(flight(day, delay=60 if day == 0 else 0) for day in range(10)))

    week = recent_days(flights).sort("date")["late_rate_7d"].to_list()

    assert week[1] == 1.0
    assert week[7] == pytest.approx(1 / 7)
    assert week[8] == 0.0


def test_airlines_and_airports_do_not_share_their_past():
    flights = table(
        flight(0, delay=60, carrier="UA"),
        flight(0, delay=0, carrier="DL"),
        flight(0, delay=0, carrier="UA", origin="JFK"),
        flight(1, carrier="DL"),
        flight(1, carrier="UA"),
        flight(1, carrier="UA", origin="JFK"),
    )

    tomorrow = recent_days(flights).filter(pl.col("date") == FIRST + timedelta(days=1))

    assert tomorrow.sort("carrier", "origin")["late_rate_1d"].to_list() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("outcome", ["cancelled", "diverted"])
def test_trouble_of_the_day_before_is_known(outcome):
    flights = table(flight(0, number=1), flight(0, number=2, outcome=outcome), flight(1))

    recent = recent_days(flights).sort("date")

    assert recent["disrupted_rate_1d"].to_list() == [None, 0.5]


@pytest.mark.parametrize("planted", [0, 1, 2, 5])
def test_what_comes_later_changes_nothing_that_was_known_before(planted):
    """A planted leak: one day goes wholly wrong, and no earlier or same day may tell."""
    calm = [flight(day, number=number) for day in range(8) for number in (1, 2)]
    storm = [row | {"arrival_delay": 300} if row["date"] == _day(planted) else row for row in calm]

    before = trips(table(*calm)).filter(pl.col("date") <= _day(planted))
    after = trips(table(*storm)).filter(pl.col("date") <= _day(planted))

    assert after.drop("late").equals(before.drop("late"))
    assert trips(table(*storm))["late_rate_7d"].max() > 0  # the storm is not unseen for ever


def test_neither_delay_nor_outcome_is_among_the_columns():
    columns = trips(table(flight())).columns

    assert not {"arrival_delay", "outcome", "dep_time", "dep_delay", "air_time"} & set(columns)


def test_weather_is_that_of_the_airport_in_the_hour_of_departure():
    assert trips(table(flight(hour=12)))["temperature"].to_list() == [12.0]


def test_weather_can_be_made_older():
    assert trips(table(flight(hour=12)), weather_hours_before=3)["temperature"].to_list() == [9.0]


def test_a_flight_without_weather_plane_or_place_keeps_its_row():
    stranger = flight() | {"tailnum": "N2", "dest": "BQN", "origin": "LGA"}

    row = trips(table(stranger)).row(0, named=True)

    assert row["temperature"] is None
    assert row["plane_age"] is None
    assert row["engine"] == "unknown"
    assert row["dest_latitude"] is None


def test_the_age_of_a_plane_is_counted_from_its_year():
    assert trips(table(flight()))["plane_age"].to_list() == [10]


def _day(number):
    return FIRST + timedelta(days=number)
