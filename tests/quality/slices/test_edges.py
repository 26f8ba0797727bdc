"""Numbers are cut near their quantiles, where it reads well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.slices.edges import readable_edges, simplest


@pytest.mark.parametrize(
    ("low", "high", "near", "expected"),
    [
        (23.2, 26.1, 24.9, 25.0),
        (9.0, 17.0, 16.0, 10.0),
        (16.0, 18.0, 17.4, 18.0),
        (0.1234, 0.1301, 0.126, 0.13),
        (-1.2, 3.0, 2.0, 0.0),
        (-26.1, -23.2, -25.2, -25.0),
        (1e-9, 2.1e-9, 1.4e-9, 2e-9),
        (3.0, 3.0, 3.0, 3.0),
        (1234567.1, 1234567.9, 1234567.5, 1234567.5),
    ],
)
def test_the_roundest_number_in_between_is_taken(low, high, near, expected):
    assert simplest(low, high, near) == expected


FINITE = st.floats(-1e9, 1e9)


@given(FINITE, FINITE)
def test_the_round_number_lies_in_between(one, other):
    low, high = min(one, other), max(one, other)

    assert low <= simplest(low, high, (low + high) / 2) <= high


@given(st.lists(FINITE | st.integers(0, 30).map(float), max_size=200), st.integers(2, 12))
def test_edges_ascend_and_leave_values_on_both_sides(values, bins):
    array = np.array(values, float)

    edges = readable_edges(array, bins)

    assert edges == sorted(set(edges))
    for edge in edges:
        assert (array < edge).any()
        assert (array >= edge).any()


def test_each_range_has_about_as_many_rows():
    values = np.random.default_rng(0).normal(50, 20, 10_000)

    edges = readable_edges(values, 10)

    shares = np.diff([0, *np.searchsorted(np.sort(values), edges), values.size]) / values.size
    assert len(edges) == 9
    assert shares.min() > 0.05
    assert shares.max() < 0.15


def test_few_values_stand_alone():
    assert readable_edges(np.array([3.0, 1.0, 2.0, 2.0]), 10) == [2.0, 3.0]
    assert readable_edges(np.arange(12.0).repeat(3), 4) == list(np.arange(1.0, 12.0))


def test_a_value_that_most_rows_have_is_cut_off_from_the_others():
    gains = np.concatenate([np.zeros(900), np.arange(1, 101) * 130.0])

    edges = readable_edges(gains, 10)

    assert 0 < edges[0] <= 130
    assert len(edges) >= 2


def test_a_constant_has_no_edges():
    assert readable_edges(np.ones(5), 10) == []
    assert readable_edges(np.array([]), 10) == []
