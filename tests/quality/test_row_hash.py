from __future__ import annotations

import time
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from tilth.quality.row_hash import row_hashes, shares_of

CELLS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text(), st.booleans())


def hashed(values, **options):
    return row_hashes(pl.DataFrame({"a": pl.Series(values, **options)})).tolist()


def test_hashes_are_these_for_ever():
    frame = pl.DataFrame(
        {"n": [1, -1, None], "x": [0.5, float("nan"), 2.0], "t": ["ab", "", "long text: äöü"]}
    )

    assert row_hashes(frame).tolist() == [
        17_634_975_511_641_754_748,
        16_271_321_741_757_856_665,
        3_920_076_996_965_574_864,
    ]
    assert row_hashes(frame, seed=1).tolist() == [
        6_366_214_623_975_279_264,
        11_786_104_336_002_365_764,
        14_248_664_023_678_319_835,
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([5], [5.0]),
        ([5], ["5"]),
        ([5.0], ["5.0"]),
        ([0.1], ["0.10"]),
        ([2**60 + 1], [str(2**60 + 1)]),
        ([0.0], [-0.0]),
        ([None], [float("nan")]),
        ([True], ["true"]),
        ([date(2024, 1, 2)], [datetime(2024, 1, 2)]),
        ([datetime(2024, 1, 2)], [datetime(2024, 1, 2, tzinfo=UTC)]),
    ],
    ids=str,
)
def test_what_means_the_same_is_the_same_however_it_is_stored(one, other):
    assert hashed(one) == hashed(other)


def test_categories_and_narrow_numbers_are_what_they_say():
    assert hashed(["x", "y"]) == hashed(["x", "y"], dtype=pl.Categorical)
    assert hashed(["x", "y"]) == hashed(["x", "y"], dtype=pl.Enum(["y", "x"]))
    assert hashed([1, 200], dtype=pl.UInt8) == hashed([1, 200], dtype=pl.Int64)
    assert hashed([0.5], dtype=pl.Float32) == hashed([0.5])


def test_values_that_differ_little_differ_in_their_hash():
    texts = ["", "a", "b", "ab", "ba", "a" * 8, "a" * 9, "a" * 16, "a" * 7 + "\0", "\0", "\0\0"]
    numbers = [0, 1, -1, 2**62, 0.5, 1e300, float("inf"), -float("inf")]

    assert len(set(hashed(texts))) == len(texts)
    assert len(set(hashed(numbers, dtype=pl.Float64, strict=False))) == len(numbers)


def test_the_same_value_in_another_column_is_another_row():
    frame = pl.DataFrame({"a": [1, None], "b": [None, 1]})

    assert len(set(row_hashes(frame).tolist())) == 2


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.randoms())
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_rows_nor_of_columns_nor_other_rows_matter(rows, random):
    def frame(some):
        # As text, since one column holds values of one type.
        text = [[None if each is None else str(each) for each in row] for row in some]
        return pl.DataFrame(text, schema={"a": pl.String, "b": pl.String}, orient="row")

    whole = row_hashes(frame(rows)).tolist()
    order = random.sample(range(len(rows)), len(rows))

    assert row_hashes(frame([rows[i] for i in order])).tolist() == [whole[i] for i in order]
    assert row_hashes(frame(rows).select("b", "a")).tolist() == whole
    assert row_hashes(frame(rows[:1])).tolist() == whole[:1]


@given(st.lists(st.text(), min_size=2, max_size=30, unique=True))
@settings(max_examples=60, deadline=None)
def test_texts_that_read_as_no_numbers_have_hashes_of_their_own(texts):
    texts = [f"t{each}" for each in texts]

    assert len(set(hashed(texts))) == len(texts)


def test_a_column_without_values_changes_nothing():
    frame = pl.DataFrame({"a": [1, 2]})

    wider = frame.with_columns(new=pl.lit(None, pl.String))

    assert row_hashes(wider).tolist() == row_hashes(frame).tolist()


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"id": np.arange(40_000)}),
        pl.DataFrame({"id": np.arange(40_000) * 1024}),
        pl.DataFrame({"id": [f"customer-{i:06}" for i in range(40_000)]}),
        pl.DataFrame({"x": np.arange(200).repeat(200), "y": np.tile(np.arange(200), 200)}),
    ],
    ids=["count", "steps", "texts", "grid"],
)
def test_regular_keys_spread_evenly_and_seeds_are_independent(frame):
    one, other = (shares_of(row_hashes(frame, seed=seed)) for seed in (0, 1))

    assert kstest(one, "uniform").pvalue > 1e-3
    cells = np.histogram2d(one, other, bins=8, range=[[0, 1], [0, 1]])[0]
    assert chisquare(cells.ravel()).pvalue > 1e-3


def test_a_million_rows_take_about_a_second():
    n = 1_000_000
    frame = pl.DataFrame({"id": np.arange(n)}).select(
        "id", x=pl.col("id") * 0.37, key="customer-" + pl.col("id").cast(pl.String)
    )

    started = time.process_time()
    hashes = row_hashes(frame)

    assert time.process_time() - started < 4, "0.5 s where nothing else runs"
    assert len(np.unique(hashes)) == n


def test_columns_of_lists_and_an_empty_table_are_no_trouble():
    frame = pl.DataFrame({"v": [[1.0, 2.0], [2.0, 1.0], None]})

    assert len(set(row_hashes(frame).tolist())) == 3
    assert row_hashes(frame.head(0)).shape == (0,)
    assert row_hashes(pl.DataFrame({"t": []}, schema={"t": pl.String})).shape == (0,)
