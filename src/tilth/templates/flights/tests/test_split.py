from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from flights.split import SplitDates, split_by_time

YEAR = pl.DataFrame({"date": [date(2013, month, 1) for month in range(1, 13)]})
DATES = SplitDates(validation_from=date(2013, 9, 1), test_from=date(2013, 11, 1))


def test_each_row_lands_in_one_part_and_the_parts_follow_one_another():
    train, validation, test = split_by_time(YEAR, DATES)

    assert pl.concat([train, validation, test]).equals(YEAR)
    assert train["date"].max() < validation["date"].min()
    assert validation["date"].max() < test["date"].min()


def test_a_part_begins_on_its_first_day():
    _, validation, test = split_by_time(YEAR, DATES)

    assert validation["date"].min() == date(2013, 9, 1)
    assert test["date"].min() == date(2013, 11, 1)


def test_an_empty_part_is_refused_by_name():
    late = SplitDates(validation_from=date(2013, 9, 1), test_from=date(2014, 1, 1))

    with pytest.raises(ValueError, match="no test rows"):
        split_by_time(YEAR, late)
