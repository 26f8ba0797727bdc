from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
from flights.clean import clean_flights, clean_weather, count_outcomes


def published(**changes):
    """One flight as the airports publish it, with some columns changed."""
    return {
        "year": 2013, "month": 7, "day": 1,
        "dep_time": 1750, "sched_dep_time": 1745, "dep_delay": 5,
        "arr_time": 2010, "sched_arr_time": 2000, "arr_delay": 10,
        "carrier": "UA", "flight": 1, "tailnum": "N1", "origin": "EWR", "dest": "IAH",
        "air_time": 200, "distance": 1400, "hour": 17, "minute": 45,
        "time_hour": "2013-07-01T21:00:00Z",
    } | changes  # fmt: skip


def cleaned(*rows):
    return clean_flights(pl.DataFrame(rows, infer_schema_length=None))


def test_clock_times_become_minutes_after_midnight():
    assert cleaned(published(sched_dep_time=1745))["scheduled_departure"].to_list() == [1065]
    assert cleaned(published(sched_dep_time=5))["scheduled_departure"].to_list() == [5]


def test_the_date_is_new_yorks_and_the_hour_is_in_utc():
    row = cleaned(published(day=1, sched_dep_time=2100, time_hour="2013-07-02T01:00:00Z")).row(
        0, named=True
    )

    assert row["date"] == date(2013, 7, 1)
    assert row["hour_utc"] == datetime(2013, 7, 2, 1, tzinfo=UTC)


def test_a_flight_that_never_left_was_cancelled_and_one_that_never_came_was_diverted():
    flights = cleaned(
        published(flight=1),
        published(flight=2, dep_time=None, arr_delay=None),
        published(flight=3, arr_delay=None),
    )

    assert flights["outcome"].to_list() == ["arrived", "cancelled", "diverted"]
    assert count_outcomes(flights) == {
        "scheduled": 3,
        "arrived": 1,
        "diverted": 1,
        "cancelled": 1,
    }


def test_a_flight_that_is_listed_twice_counts_once():
    assert cleaned(published(), published()).height == 1


def test_the_order_of_the_file_does_not_matter():
    one, two = published(flight=1), published(flight=2)

    assert cleaned(one, two).equals(cleaned(two, one))


def test_weather_has_one_row_for_each_airport_and_hour():
    row = {
        "origin": "JFK", "time_hour": "2013-01-01T06:00:00Z", "temp": 39.0, "humid": 59.4,
        "wind_speed": 10.4, "wind_dir": 270, "precip": 0.0, "pressure": 1012.0, "visib": 10.0,
    }  # fmt: skip

    weather = clean_weather(pl.DataFrame([row, row]))

    assert weather.height == 1
    assert weather["hour_utc"].to_list() == [datetime(2013, 1, 1, 6, tzinfo=UTC)]
