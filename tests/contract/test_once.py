"""Rows that must differ, counted in one pass."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import nan

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.contract.once import is_first, n_repeats, repeats

ENGINES = ("streaming", "in-memory")
A, B = date(2020, 1, 1), date(2020, 1, 2)
MORNING, NIGHT = datetime(2020, 1, 1, 8), datetime(2020, 1, 1, 23)
COLUMNS = [
    pl.Series("a", [1, 2, 1, None, None], dtype=pl.Int16),
    pl.Series("a", [1, 2, 2**63, 1, None], dtype=pl.UInt64),
    pl.Series("a", [0.0, -0.0, nan, nan, None]),
    pl.Series("a", ["", "long enough to lie apart from its view", "", None]),
    pl.Series("a", [b"x", b"y", b"x", None]),
    pl.Series("a", [True, False, True, None]),
    pl.Series("a", [A, B, A, None]),
    pl.Series("a", [MORNING, NIGHT, NIGHT, None]),
    pl.Series("a", [time(1), time(2), time(2), None]),
    pl.Series("a", [timedelta(1), timedelta(2), timedelta(1), None]),
    pl.Series("a", [Decimal("1.10"), Decimal("1.1"), None]),
    pl.Series("a", ["x", "y", "x", None], dtype=pl.Categorical),
    pl.Series("a", ["x", "y", "x", None], dtype=pl.Enum(["x", "y"])),
    pl.Series("a", [[1], [1], [2], None]),
    pl.Series("a", [{"b": 1}, {"b": 1}, {"b": 2}, None]),
    pl.Series("a", [None, None], dtype=pl.Null),
]


def measured(frame, engine, *, nulls_count):
    expressions = repeats(tuple(frame.columns), frame.schema, nulls_count=nulls_count)
    totals = frame.lazy().select(**expressions).collect(engine=engine)
    return n_repeats(totals.row(0, named=True), frame.height)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda each: str(each.dtype))
@pytest.mark.parametrize("engine", ENGINES)
def test_each_type_has_its_repeats_counted_as_polars_compares_its_values(column, engine):
    frame = pl.concat([column.to_frame()] * 2, rechunk=False)
    n_values = column.drop_nulls().n_unique() if column.drop_nulls().len() else 0

    assert measured(frame, engine, nulls_count=False) == 2 * column.count() - n_values
    assert measured(frame, engine, nulls_count=True) == frame.height - column.n_unique()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [pl.Int64, pl.String, pl.Binary, pl.Float64])
def test_of_no_rows_none_repeats_another(engine, dtype):
    frame = pl.DataFrame(schema={"a": dtype})

    assert measured(frame, engine, nulls_count=False) == 0
    assert measured(frame, engine, nulls_count=True) == 0


VALUES = st.one_of(
    st.lists(st.none() | st.integers(-3, 3)),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.none() | st.text("ab", max_size=2)),
    st.lists(st.none() | st.binary(max_size=1)),
)


@settings(max_examples=60)
@given(values=VALUES, n_pieces=st.integers(1, 4), engine=st.sampled_from(ENGINES))
def test_as_many_rows_repeat_an_earlier_one_as_are_no_first(values, n_pieces, engine):
    size = max(1, len(values) // n_pieces)
    whole = pl.DataFrame({"a": values}, schema={"a": pl.Series(values).dtype})
    frame = pl.concat(list(whole.iter_slices(size)) or [whole], rechunk=False)

    for nulls_count in (False, True):
        later = ~frame.select(is_first(("a",), nulls_count=nulls_count)).to_series()
        assert measured(frame, engine, nulls_count=nulls_count) == later.sum()


def test_a_table_that_is_scanned_is_counted_across_its_row_groups(tmp_path):
    path = tmp_path / "rows.parquet"
    numbers = pl.Series("a", [*range(5000), 17, 4999, None])
    frame = pl.DataFrame({"a": numbers, "b": numbers.cast(pl.String)})
    frame.write_parquet(path, row_group_size=100)

    for name in ("a", "b"):
        scanned = pl.scan_parquet(path).select(name)
        expressions = repeats((name,), scanned.collect_schema(), nulls_count=False)
        totals = scanned.select(**expressions).collect(engine="streaming").row(0, named=True)
        assert n_repeats(totals, frame.height) == 2
