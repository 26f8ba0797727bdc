"""What is far out or rare is odd, and nothing else is."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.oddness import oddness


def test_a_number_is_as_odd_as_it_lies_far_out():
    found = oddness(pl.Series(range(1, 11)))

    assert found.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 0.8, 0.6, 0.4, 0.2])


def test_a_level_is_as_odd_as_it_is_rare():
    found = oddness(pl.Series(["a"] * 7 + ["b"] * 2 + ["c"]))

    assert found.tolist() == pytest.approx([1.0] * 7 + [0.3] * 2 + [0.1])


def test_nothing_is_odd_where_all_levels_differ():
    assert oddness(pl.Series(["a", "b", "c"])).tolist() == [1, 1, 1]


def test_nothing_is_odd_where_all_values_are_the_same():
    assert oddness(pl.Series([3, 3, 3])).tolist() == [1, 1, 1]


def test_what_is_missing_is_odd_where_little_is():
    numbers = oddness(pl.Series([1.0] * 8 + [None, float("nan")]))
    levels = oddness(pl.Series(["a"] * 9 + [None]))

    assert numbers.tolist() == pytest.approx([1.0] * 8 + [0.2, 0.2])
    assert levels[-1] == pytest.approx(0.1)


def test_dates_are_far_out_as_numbers_are():
    found = oddness(pl.Series([date(2024, 1, day) for day in range(1, 10)] + [date(1970, 1, 1)]))

    assert found[9] == found.min() == pytest.approx(0.2)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([], dtype=pl.Float64),
        pl.Series([], dtype=pl.String),
        pl.Series([None, None]),
        pl.Series([[1], [2]]),
        pl.Series([float("inf"), -float("inf"), float("nan")]),
        pl.Series(["a", "b"], dtype=pl.Categorical),
        pl.Series([b"a", None]),
        pl.Series([True, False, None]),
    ],
)
def test_any_column_will_do(column):
    found = oddness(column)

    assert found.shape == (len(column),)
    assert ((found > 0) & (found <= 1)).all()


@given(st.lists(st.integers(-5, 5), min_size=1))
def test_few_values_are_odd(values):
    found = oddness(pl.Series(values))

    for share in (0.05, 0.2, 0.5):
        assert (found <= share + 1e-12).mean() <= share + 1e-12
    assert np.array_equal(found, oddness(pl.Series([-each for each in values])))
