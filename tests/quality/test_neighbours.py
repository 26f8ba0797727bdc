"""Nearest rows are exactly those that all distances would name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.neighbours import by_distance, nearest


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_the_nearest_are_those_of_a_full_sort(n, d, seed):
    random = np.random.default_rng(seed)
    rows, asked = random.normal(size=(n, d)), random.normal(size=(5, d))
    k = int(random.integers(1, n))

    to_asked = ((asked[:, None] - rows[None]) ** 2).sum(axis=2)
    among = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    np.fill_diagonal(among, np.inf)

    assert (nearest(rows, asked, k=k) == np.argsort(to_asked, axis=1)[:, :k]).all()
    assert (nearest(rows, k=k) == np.argsort(among, axis=1)[:, :k]).all()


def test_blocks_change_nothing(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(200, 3))
    whole = nearest(rows, k=7)

    monkeypatch.setattr("tilth.quality.neighbours._BLOCK", 1)

    assert (nearest(rows, k=7) == whole).all()


def test_far_from_the_origin_near_rows_are_still_told_apart():
    rows = 1e6 + np.array([[0.0], [1.0], [3.0], [7.0]])

    assert nearest(rows, k=1)[:, 0].tolist() == [1, 0, 1, 2]


@given(st.lists(st.floats(0, 2.0**99, width=32), min_size=1, max_size=50))
def test_of_equal_distances_the_earlier_row_comes_first(distances):
    row = np.array(distances, dtype=np.float32)

    assert (by_distance(row) == np.argsort(row, kind="stable")).all()


def test_minus_zero_is_zero():
    assert by_distance(np.array([0.0, -0.0, 1.0], dtype=np.float32)).tolist() == [0, 1, 2]


def test_a_row_is_not_its_own_neighbour_but_its_twin_is():
    assert nearest([[1.0], [1.0], [5.0]], k=1)[:, 0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("k", [0, 2])
def test_more_neighbours_than_rows_are_refused(k):
    with pytest.raises(ValueError, match="cannot be found among 1 rows"):
        nearest([[1.0], [2.0]], k=k)
