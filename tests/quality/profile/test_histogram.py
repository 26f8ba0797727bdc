from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.profile.histogram import MOST_BINS, histogram_of, round_edges
from tilth.quality.sketch import ColumnSketch


def drawn(values, dtype=None):
    return histogram_of(ColumnSketch.of(pl.Series(values, dtype=dtype)).pruned())


def test_edges_are_round():
    assert round_edges(0.13, 0.94, n=10).tolist() == [
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        0.9,
        1.0,
    ]
    assert round_edges(3, 97, n=10, whole=True).tolist() == list(range(0, 101, 10))
    assert round_edges(1234, 9876, n=4).tolist() == [0, 2500, 5000, 7500, 10000]


@given(
    st.floats(-1e12, 1e12), st.floats(0, 1e12), st.integers(3, 40)
)  # fmt: skip
def test_edges_hold_what_they_must_in_few_steps_of_one_width(low, width, n):
    edges = round_edges(low, low + width, n=n)

    assert edges[0] <= low
    assert edges[-1] >= low + width
    assert len(edges) <= n + 3
    assert (np.diff(edges) > 0).all()


def test_counts_of_few_values_are_exact():
    found = drawn([1, 1, 2, 5, 5, 5])

    assert found.exact
    assert dict(zip(found.edges, found.counts, strict=False)) == {1: 2, 2: 1, 3: 0, 4: 0, 5: 3}


@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_counts_of_many_values_are_those_of_numpy_within_the_sketch_s_error(draw):
    values = getattr(np.random.default_rng(0), draw)(size=50_000)
    sketch = ColumnSketch.of(pl.Series(values)).pruned()
    found = histogram_of(sketch)

    inside = values[(values >= found.edges[0]) & (values < found.edges[-1])]
    true = np.histogram(inside, found.edges)[0]
    assert np.abs(true - found.counts).max() <= 2 * sketch.ranks.rank_error * len(values) + 1
    assert sum(found.counts) + found.below + found.above == len(values)
    assert len(found.counts) <= MOST_BINS + 2


def test_a_few_values_far_out_do_not_stretch_the_picture():
    found = drawn([*np.linspace(0, 1, 1000), 1e6])

    assert found.edges[-1] <= 1.1
    assert found.above >= 1


def test_days_are_cut_where_months_begin_and_years():
    year = drawn([date(2013, 1, 1) + timedelta(days=i) for i in range(365)])
    century = drawn([date(1900, 1, 1) + timedelta(days=100 * i) for i in range(365)])

    assert year.edges[:3] == ("2013-01-01", "2013-02-01", "2013-03-01")
    assert year.counts == pytest.approx([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], abs=2)
    assert {each[4:] for each in century.edges} == {"-01-01"}


def test_weeks_begin_on_mondays():
    found = drawn([date(2024, 1, 3) + timedelta(days=i) for i in range(100)])

    assert {date.fromisoformat(each).weekday() for each in found.edges} == {0}


def test_moments_are_cut_at_whole_minutes_or_hours():
    found = drawn([datetime(2024, 1, 1, 9, 7) + timedelta(seconds=17 * i) for i in range(500)])

    assert {each[-5:] for each in found.edges} <= {"00:00", "15:00", "30:00", "45:00", "05:00",
                                                   "10:00", "20:00", "25:00", "35:00", "40:00",
                                                   "50:00", "55:00"}  # fmt: skip


def test_no_values_have_no_histogram():
    assert drawn([], pl.Float64) is None
    assert drawn([None, None], pl.Int64) is None
    assert drawn([float("nan")], pl.Float64) is None
