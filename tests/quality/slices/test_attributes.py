"""A table becomes basic slices that read well and hold for the rows they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.slices import Slice, attributes_of, default_support


def texts(values, support=1, **options):
    found = attributes_of(pl.DataFrame({"x": values}), support=support, **options)
    return [each.text for each in found.conditions]


def test_each_frequent_level_is_a_slice_and_the_rare_ones_are_one_together():
    levels = ["EV"] * 40 + ["UA"] * 35 + ["AS"] * 20 + ["HA"] * 15

    assert texts(levels, 32) == ["x = EV", "x = UA", "x not in (EV, UA)"]
    assert texts(levels, 16) == ["x = EV", "x = UA", "x = AS"]


def test_few_numbers_are_told_one_by_one_and_as_ranges():
    assert texts([1, 2, 3, 3]) == ["x = 1", "x = 2", "x = 3", "x >= 2", "x < 3"]


def test_many_numbers_are_told_as_ranges_with_round_edges():
    found = texts(np.random.default_rng(0).integers(0, 1000, 5000), 50, bins=4)

    assert found == [
        "x < 200",
        "200 <= x < 500",
        "500 <= x < 800",
        "x >= 800",
        "x >= 200",
        "x < 500",
        "x >= 500",
        "x < 800",
    ]


def test_what_is_missing_is_a_slice():
    assert texts([None, None, "a", "b"]) == ["x is null", "x = a", "x = b"]
    assert texts([None, float("nan"), 1.0, 2.0]) == ["x is null", "x = 1", "x = 2"]
    assert texts([None, None, "a", "a"]) == ["x is null", "x = a"]


def test_infinities_are_values():
    assert texts([float("-inf"), 1.0, 2.0, float("inf")]) == [
        "x = 1",
        "x = 2",
        "x < 2",
        "x >= 2",
        "x = -inf",
        "x = inf",
    ]


def test_booleans_are_told_as_such():
    assert texts([True, False, None]) == ["x is null", "x = false", "x = true"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * 50, "no values"),
        ([float("nan")] * 50, "no values"),
        (["a"] * 50, "same value"),
        ([f"customer {i}" for i in range(50)], "single rows: 50 different values in 50 rows"),
        (list(range(50)), "single rows"),
        ([f"a{i}" for i in range(20)] * 2 + ["b"] * 10, "parts off 32 rows"),
        ([[1]] * 50, "type is List"),
        ([{"a": 1}] * 50, "type is Struct"),
        ([b"a"] * 50, "type is Binary"),
        ([timedelta(1)] * 50, "type is Duration"),
    ],
)
def test_columns_that_say_nothing_are_left_out_with_the_reason(values, reason):
    found = attributes_of(pl.DataFrame({"x": values}))

    assert found.conditions == ()
    assert reason in found.left_out["x"]


def test_a_column_of_mixed_python_objects_is_left_out():
    mixed = pl.DataFrame({"x": pl.Series([1, "a", object()] * 20, dtype=pl.Object)})

    assert attributes_of(mixed).left_out == {"x": "it holds Python objects"}


def test_ten_thousand_levels_are_left_out_where_none_is_frequent():
    levels = [str(i) for i in range(10_000)] * 2

    assert "x" in attributes_of(pl.DataFrame({"x": levels})).left_out


def test_ten_thousand_rare_levels_are_one_slice_beside_frequent_ones():
    levels = [str(i) for i in range(10_000)] + ["common"] * 10_000

    assert texts(levels, 200) == ["x = common", "x not in (common)"]


def test_dates_are_told_by_their_parts_in_their_own_time_zone():
    at = pl.Series(
        "x", [datetime(2024, 1, 1, 23, tzinfo=UTC), datetime(2024, 7, 1, 12, tzinfo=UTC)] * 2
    ).dt.convert_time_zone("Europe/Berlin")

    found = attributes_of(at.to_frame(), support=1)

    assert {each.text for each in found.conditions} >= {"month(x) = 1", "month(x) = 7"}
    same = [other.text for others in found.same.values() for other in others]
    assert "hour(x) = 0" in same
    assert "weekday(x) = Tue" in same


def test_free_text_is_told_by_built_in_tags():
    notes = [f"is number {i} fine?" for i in range(40)] + ["all is WELL with it"] * 20
    found = attributes_of(pl.DataFrame({"x": notes}), support=10)

    told = {each.text for each in found.conditions}
    told |= {other.text for others in found.same.values() for other in others}
    assert {"has_digits(x) = true", "has_question(x) = false", "has_capitals(x) = true"} <= told


def test_the_users_own_tags_are_conditions():
    frame = pl.DataFrame({"x": ["a"] * 4})

    found = attributes_of(frame, tags={"is angry": np.array([1, 0, 1, 0], bool)}, support=1)

    assert [each.text for each in found.conditions] == [
        '"is angry" = false',
        '"is angry" = true',
    ]


@pytest.mark.parametrize(
    "tag", [np.ones(3, bool), np.ones(4), np.array(["yes"] * 4), np.ones((4, 1), bool)]
)
def test_a_tag_is_one_yes_or_no_for_each_row(tag):
    with pytest.raises(ValueError, match="tag `angry` needs one boolean for each of 4 rows"):
        attributes_of(pl.DataFrame({"x": [1, 2, 3, 4]}), tags={"angry": tag})


def test_a_tag_does_not_hide_a_column():
    with pytest.raises(ValueError, match="has the name of a column"):
        attributes_of(pl.DataFrame({"x": [1, 2]}), tags={"x": np.ones(2, bool)})


def test_two_names_of_the_same_rows_are_one_slice():
    frame = pl.DataFrame({"code": ["a", "a", "b", "c"], "name": ["Anna", "Anna", "Ben", "Carl"]})

    found = attributes_of(frame, support=1)

    assert [each.text for each in found.conditions] == ["code = a", "code = b", "code = c"]
    assert {one.text: [each.text for each in others] for one, others in found.same.items()} == {
        "code = a": ["name = Anna"],
        "code = b": ["name = Ben"],
        "code = c": ["name = Carl"],
    }


COLUMNS = st.one_of(
    st.lists(st.sampled_from(["a", "b", "New York", "", None, 'q"']), min_size=8, max_size=8),
    st.lists(st.integers(-5, 30) | st.none(), min_size=8, max_size=8),
    st.lists(st.floats(width=32) | st.none(), min_size=8, max_size=8),
    st.lists(st.booleans() | st.none(), min_size=8, max_size=8),
    st.lists(st.datetimes(), min_size=8, max_size=8),
)


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.text(min_size=1, max_size=5), COLUMNS, min_size=1, max_size=3),
    st.integers(2, 5),
)
def test_a_basic_slice_holds_for_the_rows_that_its_text_says(columns, bins):
    frame = pl.DataFrame(columns, strict=False).with_row_index("row", offset=1)

    found = attributes_of(frame, support=1, bins=bins)

    for condition, rows in zip(found.conditions, found.rows, strict=True):
        assert Slice.parse(condition.text).mask(frame).tolist() == rows.tolist()
        assert 1 <= rows.sum() < 8


def test_the_smallest_slice_has_one_percent_and_at_least_32_rows():
    assert [default_support(n) for n in (1, 3200, 3201, 32561)] == [32, 32, 33, 326]


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        attributes_of(pl.DataFrame({"x": []}))
    with pytest.raises(ValueError, match="bins=1"):
        attributes_of(pl.DataFrame({"x": [1]}), bins=1)
    with pytest.raises(ValueError, match="support=0"):
        attributes_of(pl.DataFrame({"x": [1]}), support=0)
