"""A slice is a text that can be read back and asked of any frame."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import UnknownNameError
from tilth.quality.slices import PARTS, Attribute, Between, Equal, Missing, Rare, Slice

FLIGHTS = pl.DataFrame(
    {
        "carrier": ["EV", "UA", None, "New York", "and", "B6"],
        "hour": [18, 17, 16, None, 20, 5],
        "delay": [1.5, float("nan"), None, float("inf"), -2.0, 0.0],
        "late": [True, False, None, True, False, True],
    }
)


def rows(text, frame=FLIGHTS):
    return [row for row, inside in enumerate(Slice.parse(text).mask(frame)) if inside]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("carrier = EV", [0]),
        ("carrier = New York", [3]),
        ('carrier = "and"', [4]),
        ("hour >= 17", [0, 1, 4]),
        ("hour < 17", [2, 5]),
        ("16 <= hour < 18", [1, 2]),
        ("hour = 16", [2]),
        ("delay = 1.5", [0]),
        ("delay >= 0", [0, 3, 5]),
        ("delay = inf", [3]),
        ("late = true", [0, 3, 5]),
        ("carrier is null", [2]),
        ("carrier not in (EV, New York)", [1, 4, 5]),
        ("late = true and hour >= 17 and carrier = EV", [0]),
    ],
)
def test_a_condition_is_asked_of_the_rows(text, expected):
    assert rows(text) == expected
    assert Slice.parse(text).text == text


def test_a_nan_is_missing_like_a_null():
    assert rows("delay is null") == [1, 2]


def test_a_level_that_looks_like_a_number_is_still_a_level():
    assert rows("code = 7", pl.DataFrame({"code": ["7", "07"]})) == [0]
    assert rows("code = 7", pl.DataFrame({"code": [7, 8]})) == [0]
    assert rows("code = 7", pl.DataFrame({"code": [7.0, None]})) == [0]
    assert rows("code = x", pl.DataFrame({"code": [7, 8]})) == []


def test_categories_are_compared_as_text():
    levels = pl.Series("carrier", ["EV", "UA", None])

    for kind in (pl.Categorical, pl.Enum(["UA", "EV"])):
        assert rows("carrier = EV", levels.cast(kind).to_frame()) == [0]
        assert rows("carrier not in (EV)", levels.cast(kind).to_frame()) == [1]


def test_dates_are_asked_by_their_parts():
    days = pl.DataFrame({"day": [date(2013, 7, 6), date(2014, 2, 3), None]})

    assert rows("month(day) = 7", days) == [0]
    assert rows("weekday(day) = Mon", days) == [1]
    assert rows("year(day) >= 2014", days) == [1]
    assert rows("day is null", days) == [2]


def test_an_hour_is_that_of_the_columns_own_time_zone():
    utc = pl.DataFrame({"at": [datetime(2024, 1, 1, 23, 30, tzinfo=UTC)]})
    berlin = utc.with_columns(pl.col("at").dt.convert_time_zone("Europe/Berlin"))

    assert rows("hour(at) = 23", utc) == [0]
    assert rows("hour(at) = 0", berlin) == [0]


def test_text_is_asked_by_its_parts():
    notes = pl.DataFrame({"note": ["where is it?", "see http://a.b", "BAD 42", "Ümläut", ""]})

    assert rows("has_question(note) = true", notes) == [0]
    assert rows("has_link(note) = true", notes) == [1]
    assert rows("has_capitals(note) = true", notes) == [2]
    assert rows("has_digits(note) = true", notes) == [2]
    assert rows("words(note) >= 3", notes) == [0]
    assert rows("length(note) < 1", notes) == [4]
    assert rows("length(note) = 6", notes) == [2, 3]


NAMES = st.text(min_size=1, max_size=12)
ENDS = st.floats(allow_nan=False, allow_infinity=False)


def attributes():
    return st.builds(Attribute, NAMES, st.sampled_from(["", *PARTS]))


def conditions():
    return st.one_of(
        st.builds(Equal, attributes(), st.text(max_size=12)),
        st.builds(Missing, attributes()),
        st.builds(Rare, attributes(), st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
        st.builds(lambda name, low: Between(name, low=low), attributes(), ENDS),
        st.builds(lambda name, high: Between(name, high=high), attributes(), ENDS),
        st.builds(Between, attributes(), ENDS, ENDS),
    )


@given(st.lists(conditions(), min_size=1, max_size=3).map(tuple))
def test_whatever_the_names_and_values_a_slice_reads_back_as_it_was(given_conditions):
    each = Slice(given_conditions)

    assert Slice.parse(each.text) == each


@pytest.mark.parametrize(
    "text",
    [
        "",
        "carrier",
        "carrier = ",
        "carrier = EV or hour = 1",
        "hour >= late",
        "16 <= hour",
        "16 <= hour >= 3",
        "carrier = EV and",
        "hour > 3",
        "carrier = EV hour = 3",
        'carrier = "EV',
        "carrier not in ()",
        "nothing(carrier) = 3",
    ],
)
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(ValueError, match="is no"):
        Slice.parse(text)


def test_people_read_other_where_the_text_lists_what_is_common():
    rare = Slice((Rare(Attribute("carrier"), ("EV", "UA")),))

    assert str(rare) == "carrier = other"
    assert rare.text == "carrier not in (EV, UA)"


def test_a_column_that_is_gone_is_named():
    with pytest.raises(UnknownNameError, match="no column `carier`") as raised:
        Slice.parse("carier = EV").mask(FLIGHTS)
    assert raised.value.hint == "did you mean `carrier`?"


def test_a_column_of_another_type_is_named():
    with pytest.raises(ValueError, match="asks for numbers"):
        Slice.parse("carrier >= 3").mask(FLIGHTS)
    with pytest.raises(ValueError, match=r"`month\(hour\)` cannot be asked"):
        Slice.parse("month(hour) = 3").mask(FLIGHTS)


def test_a_frame_without_rows_has_none_in_the_slice():
    assert rows("carrier = EV and hour >= 3", FLIGHTS.clear()) == []
