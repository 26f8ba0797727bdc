"""Whatever tables hold, looking for leaks ends, and copies of training rows are found."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilth.quality.leakage import KINDS, leaks_between

KINDS_OF_COLUMNS = {
    pl.Float64: st.floats(),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Boolean: st.booleans(),
    pl.String: st.text(max_size=4) | st.sampled_from(["2024-01-02", "3", ""]),
    pl.Categorical: st.sampled_from(["a", "b"]),
    pl.Datetime("us"): st.datetimes(),
    pl.Duration("us"): st.timedeltas(timedelta(days=-9999), timedelta(days=9999)),
    pl.List(pl.Int64): st.lists(st.integers(0, 3), max_size=2),
    pl.Struct({"a": pl.Int64}): st.fixed_dictionaries({"a": st.integers(0, 3)}),
    pl.Binary: st.binary(max_size=2),
    pl.Null: st.none(),
}


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(list(KINDS_OF_COLUMNS)), min_size=2, max_size=5))
    size = draw(st.integers(2, 12))
    columns = []
    for i, kind in enumerate(kinds):
        cells = st.lists(st.none() | KINDS_OF_COLUMNS[kind], min_size=size, max_size=size)
        columns.append(pl.Series(f"user_id{i}", draw(cells), kind))
    # Enough rows for columns to be tried on the target.
    return pl.DataFrame(columns).sample(120, with_replacement=True, seed=draw(st.integers(0, 9)))


@given(tables(), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_looking_for_leaks_ends_whatever_is_in_the_table(table, as_group):
    sides = {"train": table.head(80), "test": table.slice(80, 30), "validation": table.tail(10)}
    group = [table.columns[-1]] if as_group else []

    found = leaks_between(sides, table.columns[0], group=group)

    assert all(each.kind in KINDS and 0 <= each.n <= each.of for each in found)
    assert [each.severity for each in found] == sorted(
        (each.severity for each in found), key=["sure", "likely"].index
    )


@given(tables(), st.integers(1, 10))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rows_that_were_copied_are_counted_whatever_else_they_hold(table, n):
    rows = table.with_columns(weight=pl.int_range(120) * 0.37, size=pl.int_range(120) * 1.3)
    test = pl.concat([rows.tail(40), rows.head(n)])

    found = leaks_between({"train": rows.head(80), "test": test}, table.columns[0])

    assert {each.kind: each.n for each in found}.get("same_row") == n
