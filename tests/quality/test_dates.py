from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from tilth.quality.dates import as_moments, holds_dates, moment_of

MOMENT = datetime(2024, 3, 4, 15, 30)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-04T15:30:00", "2024-03-04 15:30", " 2024-03-04 15:30:00.000 ",
        "2024-03-04T15:30:00Z", "2024-03-04T16:30:00+01:00", "04.03.2024 15:30",
        "2024/03/04 15:30:00",
    ],
)  # fmt: skip
def test_what_can_be_read_in_one_way_is_read(written):
    assert as_moments(pl.Series([written]))[0] == MOMENT
    assert moment_of(written) == MOMENT


@pytest.mark.parametrize("written", ["03/04/2024", "2024-13-01", "soon", "", "20240304"])
def test_what_can_be_read_in_two_ways_or_none_is_missing(written):
    assert as_moments(pl.Series([written]))[0] is None


def test_one_column_may_hold_several_forms_and_one_row_reads_as_all_do():
    texts = pl.Series("d", ["2024-03-04", "2024-03-04 15:30", None, "04.03.2024"])

    together = as_moments(texts).to_list()

    assert together == [as_moments(texts[i : i + 1])[0] for i in range(4)]
    assert together == [datetime(2024, 3, 4), MOMENT, None, datetime(2024, 3, 4)]


def test_zones_are_told_in_utc():
    zoned = pl.Series([datetime(2024, 3, 4, 15, 30, tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo")

    assert as_moments(zoned)[0] == MOMENT


def test_a_column_holds_dates_where_nearly_all_can_be_read():
    days = [f"2024-01-{day:02}" for day in range(1, 31)]

    assert holds_dates(pl.Series([*days, "unknown"]))
    assert holds_dates(pl.Series([date(2024, 1, 1)]))
    assert not holds_dates(pl.Series([*days[:9], "unknown"]))
    assert not holds_dates(pl.Series([1, 2]))
    assert not holds_dates(pl.Series([None], dtype=pl.String))
    assert moment_of(3) is None
