"""One scan of a table leaves little, and enough."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.sketch import Kind, TableSketch, sketch_of, table

N_BYTES = 10_000


def mixed(n: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "normal": rng.normal(size=n),
            "count": rng.integers(-5, 5000, n),
            "city": rng.choice(["Bonn", "Köln", "Ulm"], n),
            "name": [f"person {i} of a long line" for i in rng.integers(0, n + 1, n)],
            "yes": rng.random(n) < 0.3,
            "day": pl.Series(rng.integers(0, 20_000, n).astype(np.int32)).cast(pl.Date),
            "at": [start + timedelta(seconds=int(s)) for s in rng.integers(0, 10**8, n)],
        }
    )


def n_bytes(column) -> int:
    return len(json.dumps(column.as_dict(), ensure_ascii=False, separators=(",", ":")).encode())


def column(values, dtype=None):
    return sketch_of(pl.DataFrame({"a": pl.Series(values, dtype=dtype)})).columns["a"]


def test_a_lazy_table_gives_the_same_as_an_eager_one(monkeypatch, tmp_path):
    monkeypatch.setattr(table, "BATCH", 1000)
    frame = mixed(5300)
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=700)

    eager = sketch_of(frame)

    assert eager == sketch_of(frame.lazy())
    assert eager == sketch_of(pl.scan_parquet(tmp_path / "t.parquet"))
    assert eager.n_rows == 5300
    assert eager.columns["normal"].n_distinct == pytest.approx(5300, rel=0.1)
    assert eager.columns["normal"].mean == pytest.approx(frame["normal"].mean())
    assert eager.columns["count"].maximum == frame["count"].max()


def test_the_same_table_gives_the_same_text_and_back():
    sketch = sketch_of(mixed(3000))

    assert sketch.to_json() == sketch_of(mixed(3000)).to_json()
    assert TableSketch.from_json(sketch.to_json()) == sketch
    assert TableSketch.from_json(sketch.to_json()).to_json() == sketch.to_json()


def test_the_kept_form_is_this_one():
    frame = pl.DataFrame({"x": [1.5, None, float("nan"), 1.5], "c": ["b", "a", "b", None]})
    columns = sketch_of(frame).as_dict()["columns"]
    registers = [columns[name].pop("distinct") for name in ("x", "c")]
    buckets = columns["c"]["levels"].pop("buckets")

    assert columns == {
        "x": {
            "kind": "number",
            "dtypes": ["Float64"],
            "n": 4,
            "null": 1,
            "nan": 1,
            "moments": {"n": 2, "mean": 1.5, "squares": 0.0},
            "ranks": {
                "type": "f",
                "values": "AAAAAAAA+D8=",
                "below": [0],
                "equal": [2],
                "doubt": [0],
            },
        },
        "c": {
            "kind": "text",
            "dtypes": ["String"],
            "n": 4,
            "null": 1,
            "moments": {"n": 3, "mean": 1.0, "squares": 0.0},
            "ranks": {
                "type": "i",
                "values": "AQAAAAAAAAA=",
                "below": [0],
                "equal": [3],
                "doubt": [0],
            },
            "levels": {"counts": [["b", 2], ["a", 1]], "doubt": 0, "unseen": 0},
        },
    }
    assert [sum(letter != "A" for letter in each) for each in registers] == [1, 2]
    assert (len(buckets), sum(buckets), max(buckets)) == (64, 3, 2)


def test_a_column_of_a_trillion_rows_takes_no_more_than_10_kb():
    worst = '"\\' * 15
    rng = np.random.default_rng(3)
    frame = mixed(2**14, seed=3).with_columns(
        bad=pl.Series([f"{worst}{i}" for i in rng.integers(0, 2000, 2**14)]),
        wide=pl.Series(rng.standard_cauchy(2**14) * 1e300),
    )
    sketch, other = sketch_of(frame), sketch_of(frame.with_columns(wide=pl.col("wide") / 3))
    for _ in range(17):
        sketch, other = sketch.merge(other), other.merge(sketch)
        sketch = sketch.merge(sketch)

    assert sketch.n_rows > 10**12
    for each in sketch.columns.values():
        assert n_bytes(each) <= N_BYTES


def test_parts_give_what_the_whole_gives():
    frame = mixed(4000)
    whole = sketch_of(frame)
    parts = sketch_of(frame.head(1500)).merge(sketch_of(frame.tail(2500)))

    for name, one in whole.columns.items():
        other = parts.columns[name]
        assert (other.n, other.n_null) == (one.n, one.n_null)
        assert other.distinct == one.distinct
        assert (other.minimum, other.maximum) == (one.minimum, one.maximum)
    assert parts.columns["city"].levels == whole.columns["city"].levels
    assert parts.columns["normal"].deviation == pytest.approx(frame["normal"].std())


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=4), st.randoms())
def test_order_and_grouping_change_nothing_while_all_is_exact(sizes, random):
    parts = [sketch_of(mixed(n, seed=i)) for i, n in enumerate(sizes)]
    shuffled = parts.copy()
    random.shuffle(shuffled)

    def merged(each):
        first, *others = each
        for other in others:
            first = first.merge(other)
        return first

    one, two = merged(parts), merged(shuffled)

    for name in one.columns:
        assert one.columns[name].distinct == two.columns[name].distinct
        assert one.columns[name].n == two.columns[name].n
        if one.columns[name].ranks and one.columns[name].ranks.exact:
            assert one.columns[name].ranks == two.columns[name].ranks
    assert one.columns["city"].levels == two.columns["city"].levels


def test_dates_and_times_are_shown_as_such():
    berlin = datetime(2025, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    frame = pl.DataFrame(
        {
            "day": [date(2024, 2, 29), date(1969, 7, 20)],
            "naive": [datetime(2025, 1, 1), datetime(2025, 1, 2, 3, 4, 5, 6)],
            "aware": pl.Series([berlin, berlin]).dt.convert_time_zone("Europe/Berlin"),
            "nano": pl.Series([datetime(2025, 1, 1)] * 2, dtype=pl.Datetime("ns")),
            "wait": [timedelta(seconds=5), timedelta(days=-1)],
            "clock": [time(12, 30), time(0, 0)],
        }
    )
    columns = sketch_of(frame).columns

    assert columns["day"].minimum == date(1969, 7, 20)
    assert columns["naive"].maximum == datetime(2025, 1, 2, 3, 4, 5, 6)
    assert columns["aware"].minimum == berlin
    assert columns["aware"].kind is Kind.INSTANT
    assert columns["nano"].quantile(0.5) == datetime(2025, 1, 1)
    assert columns["wait"].minimum == timedelta(days=-1)
    assert columns["clock"].maximum == time(12, 30)


def test_instants_of_different_zones_are_one_kind_and_naive_times_another():
    instants = [datetime(2025, 1, 1, tzinfo=UTC)]
    utc = column(instants)
    berlin = column(pl.Series(instants).dt.convert_time_zone("Europe/Berlin"))

    assert utc.merge(berlin).n_distinct == 1
    with pytest.raises(ValueError, match="kind instant cannot be merged with datetime"):
        utc.merge(column([datetime(2025, 1, 1)]))


def test_what_is_no_number_is_counted_apart():
    sketch = column([1.0, float("nan"), None, float("inf"), -float("inf"), 3.0])

    assert (sketch.n, sketch.n_null, sketch.n_nan, sketch.n_infinite) == (6, 1, 1, 2)
    assert (sketch.n_valid, sketch.mean, sketch.minimum, sketch.maximum) == (2, 2.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([2**60, 2**60 + 1], pl.Int64, 2**60),
        ([2**64 - 1, 2**64 - 2], pl.UInt64, 2**64 - 2),
        ([2**100, 2**101], pl.Int128, 2.0**100),
        ([Decimal("1.25"), Decimal("2.50")], pl.Decimal(10, 2), 1.25),
        ([1.5, 2.5], pl.Float32, 1.5),
        ([3, -7], pl.Int8, -7),
    ],
)
def test_numbers_of_every_type_have_a_minimum(values, dtype, expected):
    sketch = column(values, dtype)

    assert sketch.kind is Kind.NUMBER
    assert sketch.minimum == expected
    assert sketch.n_distinct == 2


@pytest.mark.parametrize(
    "series",
    [
        pl.Series([[1], [2, 3], None]),
        pl.Series([{"x": 1}, {"x": 2}, None]),
        pl.Series([b"ab", b"c", None]),
        pl.Series([[1.0, 2.0], [3.0, 4.0], None], dtype=pl.Array(pl.Float64, 2)),
        pl.Series([object(), "mixed", None], dtype=pl.Object),
    ],
)
def test_of_what_has_neither_order_nor_name_nulls_are_counted(series):
    for frame in (pl.DataFrame({"a": series}), pl.DataFrame({"a": series}).lazy()):
        sketch = sketch_of(frame).columns["a"]

        assert (sketch.kind, sketch.n, sketch.n_null) == (Kind.OTHER, 3, 1)
        assert sketch.n_distinct is None
        assert sketch.minimum is None
        with pytest.raises(ValueError, match="kind other has no quantiles"):
            sketch.quantile(0.5)


def test_a_column_of_nulls_merges_with_any_kind():
    nulls = column([None, None])

    assert nulls.kind is Kind.NULL
    assert nulls.merge(column([1.0])).mean == 1.0
    assert column(["a"]).merge(nulls).n_null == 2
    assert column([None, None], pl.Float64).mean is None
    assert column([None, None], pl.Float64).n_distinct == 0


def test_tables_without_rows_or_columns_have_sketches():
    empty = mixed(0)
    sketch = sketch_of(empty)

    assert sketch.n_rows == 0
    assert sketch.columns["normal"].minimum is None
    assert sketch == sketch_of(empty.lazy()) == TableSketch.from_json(sketch.to_json())
    assert sketch.merge(sketch_of(mixed(5))).n_rows == 5
    assert sketch_of(pl.DataFrame()) == TableSketch(n_rows=0, columns={})


def test_one_row_has_a_mean_and_no_spread():
    sketch = column([7])

    assert (sketch.mean, sketch.deviation, sketch.quantile(0.5)) == (7.0, None, 7)


def test_texts_keep_their_lengths_in_letters():
    sketch = column(["ä", "bcd", "bcd", None])

    assert (sketch.moments.n, sketch.moments.mean) == (3, pytest.approx(7 / 3))
    assert (sketch.ranks.quantile(0), sketch.ranks.quantile(1)) == (1, 3)
    assert sketch.minimum is None
    assert sketch.mean is None


def test_tables_with_other_columns_are_not_merged():
    with pytest.raises(ValueError, match="only one of the two tables has the columns `b`"):
        sketch_of(pl.DataFrame({"a": [1]})).merge(sketch_of(pl.DataFrame({"a": [1], "b": [1]})))
    with pytest.raises(ValueError, match="column `a`: a column of kind number"):
        sketch_of(pl.DataFrame({"a": [1]})).merge(sketch_of(pl.DataFrame({"a": ["x"]})))


def test_another_version_s_form_is_refused():
    with pytest.raises(ValueError, match="no sketch of version 1, but of version 99"):
        TableSketch.from_dict({"version": 99})
    with pytest.raises(ValueError, match="Expecting value"):
        TableSketch.from_json("no")


def test_pinned_points_are_compared_without_error(monkeypatch):
    monkeypatch.setattr(table, "BATCH", 1000)
    reference = sketch_of(mixed(9000, seed=1))
    frame = mixed(9000, seed=2)

    edges = reference.columns["normal"].ranks.values
    least, most = sketch_of(frame, pinned=reference).columns["normal"].ranks.at_most(edges)

    np.testing.assert_array_equal(least, most)
    np.testing.assert_array_equal(least, np.searchsorted(frame["normal"].sort(), edges, "right"))
