"""A contract proposed from data."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.config.contracts import contract_from
from tilth.contract.infer import infer
from tilth.project.proposing import as_yaml

N = 200
TRIPS = pl.DataFrame(
    {
        "trip_id": range(1000, 1000 + N),
        "tail": [f"N{100 + i}{'ABC'[i % 3]}{'XY'[i % 2]}" for i in range(N)],
        "carrier": ["AA", "EV", "on", "no"] * 50,
        "delay": [None if i % 50 == 0 else i / 7 - 5 for i in range(N)],
        "month": [1 + i % 12 for i in range(N)],
        "class": [i % 3 for i in range(N)],
        "note": [f"{'word ' * (1 + i % 9)}ä" for i in range(N)],
        "day": [date(2013, 1, 1 + i % 28) for i in range(N)],
        "at": [datetime(2013, 1, 1, i % 24, tzinfo=UTC) for i in range(N)],
        "late": [i % 2 == 0 for i in range(N)],
        "empty": pl.Series([None] * N),
    }
)


def columns(frame):
    return infer(frame).settings["columns"]


def test_each_column_gets_what_is_so_of_it():
    assert columns(TRIPS) == {
        "trip_id": {"type": "int", "not_null": True, "unique": True, "between": [0, None]},
        "tail": {
            "type": "text",
            "not_null": True,
            "unique": True,
            "pattern": "[A-Z][0-9]{3}[A-Z]{2}",
        },
        "carrier": {"type": "text", "not_null": True, "levels": ["AA", "EV", "no", "on"]},
        "delay": {"type": "float", "not_null": "6%", "between": [-8.0, 27.0]},
        "month": {"type": "int", "not_null": True, "between": [1, 12]},
        "class": {"type": "int", "not_null": True, "levels": [0, 1, 2]},
        "note": {"type": "text", "not_null": True, "length": [None, 51]},
        "day": {"type": "date", "not_null": True, "between": ["2013-01-01", None]},
        "at": {"type": "datetime[UTC]", "not_null": True, "between": ["2012-12-31", None]},
        "late": {"type": "boolean", "not_null": True},
        "empty": {},
    }


def test_the_key_is_named_as_keys_are():
    assert infer(TRIPS).settings["checks"][0] == {"key": "trip_id"}


def test_a_pair_of_columns_may_be_the_key():
    frame = pl.DataFrame(
        {"store": [i // 30 for i in range(90)], "day": [i % 30 for i in range(90)], "x": [1.5] * 90}
    )

    assert infer(frame).settings["checks"][0] == {"key": ["day", "store"]}


def test_few_rows_prove_nothing():
    proposal = infer(TRIPS.head(5))

    assert proposal.settings["checks"] == [{"row_count": {"low": 2}}]
    assert not any({"unique", "levels", "pattern"} & set(each) for each in
                   proposal.settings["columns"].values())  # fmt: skip


@pytest.mark.parametrize("frame", [TRIPS.clear(), TRIPS.head(1), TRIPS[["empty"]]])
def test_odd_tables_give_a_contract_that_they_keep(frame):
    proposal = infer(frame)

    contract = contract_from(proposal.settings)
    assert contract.only(lambda each: each.name != "row_count").check(frame).findings == ()


def test_nan_and_infinities_do_not_widen_a_range():
    frame = pl.DataFrame({"x": [float("nan"), float("inf"), *map(float, range(100))]})

    assert columns(frame)["x"]["between"] == [0.0, 109.0]


def test_it_is_proposed_from_a_scan_as_from_memory(tmp_path):
    TRIPS.write_parquet(tmp_path / "trips.parquet")

    assert infer(pl.scan_parquet(tmp_path / "trips.parquet")) == infer(TRIPS)


def test_what_is_written_is_read_as_the_same_contract():
    proposal = infer(TRIPS)

    text = as_yaml(proposal, "trips")

    assert contract_from(text) == contract_from(proposal.settings)
    assert "levels: [AA, EV, 'no', 'on']" in text
    assert "# 4 different" in text


odd = st.one_of(st.none(), st.integers(-(2**40), 2**40))
texts = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "on", "~", "a: b", "'"]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(odd, texts, st.floats(), st.booleans()), min_size=1, max_size=40))
def test_data_without_what_no_range_holds_keeps_the_contract_proposed_from_it(rows):
    schema = {"a": pl.Int64, "b c": pl.String, "on": pl.Float64, "d": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("on").is_finite())

    proposal = infer(frame)
    contract = contract_from(as_yaml(proposal, "table"))

    lasting = contract.only(lambda each: each.name != "row_count")
    assert lasting.check(frame).findings == ()
