"""The most frequent levels, with bounds that are never wrong."""

from __future__ import annotations

import json
from collections import Counter
from functools import reduce

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.sketch import ColumnSketch, Levels

PART = st.lists(st.sampled_from("aaaabbbccdefghij"), max_size=30)


def levels_of(texts) -> Levels:
    levels = ColumnSketch.of(pl.Series(list(texts), dtype=pl.String)).levels
    assert levels is not None
    return levels


def assert_true_of(levels: Levels, texts) -> None:
    truth = Counter(texts)
    for level in levels:
        assert level.at_least <= truth.pop(level.name) <= level.at_most
    assert max(truth.values(), default=0) <= levels.unseen
    assert levels.n == len(texts)


def test_few_levels_are_counted_exactly():
    levels = levels_of("banana")

    assert levels.exact
    assert dict(levels.counts) == {"a": 3, "n": 2, "b": 1}
    assert sum(levels.buckets) == 6


@given(PART, PART, PART, st.integers(1, 5))
def test_bounds_hold_whatever_is_merged_in_which_order(first, second, third, size):
    a, b, c = (levels_of(part).pruned(size) for part in (first, second, third))
    left = a.merge(b).pruned(size).merge(c).pruned(size)
    right = a.merge(b.merge(c).pruned(size)).pruned(size)

    assert_true_of(left, first + second + third)
    assert_true_of(right, first + second + third)
    assert left.buckets == right.buckets
    assert a.merge(b) == b.merge(a)


@given(PART, PART)
def test_buckets_are_exact_when_levels_are_not(first, second):
    merged = levels_of(first).pruned(1).merge(levels_of(second).pruned(1))

    assert merged.buckets == levels_of(first + second).buckets


def test_frequent_levels_are_found_among_ten_thousand():
    rng = np.random.default_rng(1)
    days = [[f"id{i}" for i in rng.integers(0, 10_000, 2000)] + ["often"] * 150 for _ in range(20)]

    merged = reduce(lambda a, b: a.merge(b).pruned(64), map(levels_of, days))

    assert_true_of(merged, [text for day in days for text in day])
    assert next(iter(merged)).name == "often"
    assert next(iter(merged)).at_least == 3000
    assert not merged.exact


def test_all_different_levels_leave_none_that_is_frequent():
    levels = levels_of(f"id{i}" for i in range(5000))

    assert list(levels) == []
    assert levels.unseen == 1


def test_a_long_level_is_cut_and_stays_apart_from_others():
    long = "the quick brown fox jumps over the lazy dog, twice and thrice"
    levels = levels_of([long + "!", long + "?", long + "?", '"' * 40, "short"])

    assert len(levels.counts) == 4
    assert next(iter(levels)).at_least == 2
    assert next(iter(levels)).name.startswith("the quick brown fox")
    assert all(len(json.dumps(each.name, ensure_ascii=False).encode()) <= 50 for each in levels)
    assert levels_of([long + "?"]).merge(levels).counts[next(iter(levels)).name] == 3


def test_booleans_and_categories_are_levels_too():
    booleans = ColumnSketch.of(pl.Series([True, False, True, None]))
    colours = ColumnSketch.of(pl.Series(["red", None, "red"], dtype=pl.Categorical))
    sizes = ColumnSketch.of(pl.Series(["S", "L"], dtype=pl.Enum(["S", "M", "L"])))

    assert [(each.name, each.at_least) for each in booleans.top()] == [("true", 2), ("false", 1)]
    assert dict(colours.levels.counts) == {"red": 2}
    assert sizes.n_distinct == 2
    assert colours.merge(ColumnSketch.of(pl.Series(["red"]))).levels.counts["red"] == 3


@pytest.mark.parametrize("texts", [[], [None, None]])
def test_no_level_is_none(texts):
    sketch = ColumnSketch.of(pl.Series(texts, dtype=pl.String))

    assert sketch.top() == []
    assert sketch.n_distinct == 0
