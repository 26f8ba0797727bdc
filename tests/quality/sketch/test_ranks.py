"""Quantiles from a few kept values: never further off than the sketch says."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tilth.quality.sketch import Ranks

NUMBERS = arrays(
    np.float64,
    st.integers(0, 60),
    elements=st.one_of(st.integers(-3, 3).map(float), st.floats(-1e9, 1e9)),
)


def ranks_of(values, **more) -> Ranks:
    return Ranks.of_sorted(np.sort(values), **more)


def true_counts(values, edges):
    return np.searchsorted(np.sort(values), edges, "right")


def assert_true_of(ranks: Ranks, values) -> None:
    """Every bound holds: of kept values, of edges anywhere, and of quantiles."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, ranks.values, "left")
    up_to = np.searchsorted(ordered, ranks.values, "right")
    assert (ranks.below <= below).all()
    assert (up_to <= ranks.up_to).all()
    assert (ranks.equal <= up_to - below).all()
    edges = np.concatenate((ordered, ordered + 0.5, ordered - 0.5))
    least, most = ranks.at_most(edges)
    assert (least <= true_counts(ordered, edges)).all()
    assert (true_counts(ordered, edges) <= most).all()
    for q in np.linspace(0, 1, 21):
        if len(ordered):
            assert rank_error(ordered, ranks.quantile(q), q) <= ranks.rank_error + 1e-12


def rank_error(ordered, value, q) -> float:
    """How far the rank asked for is from the ranks that the value has, as a share."""
    rank = max(1, int(np.ceil(q * len(ordered))))
    first = np.searchsorted(ordered, value, "left") + 1
    last = np.searchsorted(ordered, value, "right")
    return max(0, first - rank, rank - last) / len(ordered)


def test_few_values_are_all_kept():
    values = np.array([3.0, 1.0, 2.0, 2.0])

    ranks = ranks_of(values)

    assert ranks.exact
    assert ranks.rank_error == 0
    assert [ranks.quantile(q) for q in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 2, 2, 3]


def test_quantiles_are_those_of_numpy_s_inverted_cdf():
    values = np.random.default_rng(1).normal(size=500)
    ranks = ranks_of(values)
    levels = np.linspace(0.001, 1, 211)

    ours = [ranks.quantile(q) for q in levels]

    np.testing.assert_array_equal(ours, np.quantile(values, levels, method="inverted_cdf"))


def test_a_batch_is_kept_within_the_stated_rank_error():
    values = np.random.default_rng(2).lognormal(size=200_000)
    ranks = ranks_of(values).pruned(160)

    assert len(ranks) <= 160
    assert ranks.rank_error <= 1.02 / 318
    assert_true_of(ranks, values)
    least, most = ranks.at_most(ranks.values)
    assert (least == most).all(), "ranks of kept values are exact"


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, st.integers(3, 12))
def test_bounds_hold_after_merging_and_pruning(first, second, size):
    merged = ranks_of(first).pruned(size).merge(ranks_of(second).pruned(size)).pruned(size)

    assert_true_of(merged, np.concatenate((first, second)))


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, st.integers(3, 12))
def test_the_order_of_merging_does_not_matter(first, second, size):
    ours, theirs = ranks_of(first).pruned(size), ranks_of(second).pruned(size)

    assert ours.merge(theirs) == theirs.merge(ours)
    assert ours.merge(theirs).pruned(size) == theirs.merge(ours).pruned(size)


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, NUMBERS, st.integers(3, 12))
def test_grouping_matters_within_the_two_errors(first, second, third, size):
    a, b, c = (ranks_of(each).pruned(size) for each in (first, second, third))
    left = a.merge(b).pruned(size).merge(c).pruned(size)
    right = a.merge(b.merge(c).pruned(size)).pruned(size)
    ordered = np.sort(np.concatenate((first, second, third)))

    for q in np.linspace(0, 1, 11) if len(ordered) else ():
        for each in (left, right):
            assert rank_error(ordered, each.quantile(q), q) <= each.rank_error + 1e-12


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_without_pruning_merging_is_associative(first, second, third):
    a, b, c = map(ranks_of, (first, second, third))

    assert (
        a.merge(b).merge(c)
        == a.merge(b.merge(c))
        == ranks_of(np.concatenate([first, second, third]))
    )


@pytest.mark.parametrize("order", ["shuffled", "rising", "shifting"])
def test_a_year_of_daily_merges_keeps_a_small_error(order):
    rng = np.random.default_rng(3)
    values = rng.normal(size=365 * 2000)
    if order == "rising":
        values.sort()
    days = values.reshape(365, 2000)
    if order == "shifting":
        days = days + np.arange(365)[:, None] / 50
    year = reduce(
        lambda old, day: old.merge(day).pruned(160), (ranks_of(day).pruned(160) for day in days)
    )

    assert year.rank_error <= 0.02
    assert_true_of(year, days.ravel())


def test_pinned_values_keep_their_exact_ranks():
    rng = np.random.default_rng(4)
    pinned = np.array([-9.0, -0.5, 0.25, 9.0])
    parts = [rng.normal(size=5000) for _ in range(8)]

    merged = reduce(
        lambda a, b: a.merge(b).pruned(10, pinned),
        (ranks_of(part, pinned=pinned) for part in parts),
    )

    least, most = merged.at_most(pinned)
    np.testing.assert_array_equal(least, true_counts(np.concatenate(parts), pinned))
    np.testing.assert_array_equal(most, least)


def test_whole_numbers_beyond_2_to_the_53_stay_apart():
    values = np.array([2**60, 2**60 + 1, 2**60 + 2], np.int64)

    ranks = ranks_of(values)

    assert [ranks.quantile(q) for q in (0, 0.5, 1)] == values.tolist()
    assert Ranks.from_dict(ranks.as_dict()) == ranks
    assert Ranks.from_dict(ranks.as_dict()).values.tolist() == values.tolist()


def test_heavy_ties_do_not_hide_what_is_rare():
    values = np.concatenate((np.zeros(90_000), np.random.default_rng(5).normal(size=10_000)))

    ranks = ranks_of(values).pruned(160)

    assert ranks.rank_error < 0.001
    assert_true_of(ranks, values)


def test_nothing_has_no_quantile():
    nothing = ranks_of(np.zeros(0))

    with pytest.raises(ValueError, match="no quantile of no values"):
        nothing.quantile(0.5)
    assert nothing.merge(ranks_of(np.array([1.0]))).quantile(0.5) == 1
    assert nothing.at_most(np.array([1.0]))[1].tolist() == [0]


def test_a_quantile_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match=r"between 0 and 1, and 1\.5"):
        ranks_of(np.array([1.0])).quantile(1.5)
