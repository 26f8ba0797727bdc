"""The search finds what looking at everything finds."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.slices.score import Scoring
from tilth.quality.slices.search import n_candidates, on_a_grid, worst_conjunctions


def exhaustive(rows, groups, error, scoring, *, k, most, support, weights=None):
    """Look at all conjunctions; the order of results is that of the docstring."""
    weights = np.ones(rows.shape[1]) if weights is None else weights
    found = []
    for n in range(1, most + 1):
        for items in combinations(range(len(rows)), n):
            inside = rows[list(items)].all(axis=0)
            if len({groups[item] for item in items}) < n or inside.sum() < support:
                continue
            size, total = np.array([weights[inside].sum()]), np.array([error[inside].sum()])
            score = scoring.score(size, total)
            if scoring.admits(size, total, score, 0.0, scoring.least_surprise(n))[0]:
                found.append((-score[0], n, -size[0], items))
    return [(items, -score) for score, _, _, items in sorted(found)[:k]]


@st.composite
def tables(draw):
    """Small tables of all kinds: few and many rows, groups, errors of 0 and 1, losses, weights."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_rows, n_items = draw(st.integers(1, 70)), draw(st.integers(1, 10))
    rows = random.random((n_items, n_rows)) < random.uniform(0.2, 0.95, (n_items, 1))
    groups = random.integers(0, draw(st.integers(1, n_items)), n_items).tolist()
    kind = draw(st.sampled_from(["failures", "losses", "weights"]))
    error = (random.random(n_rows) < draw(st.floats(0.05, 1))).astype(float)
    if kind != "failures":
        error *= random.exponential(size=n_rows).round(draw(st.integers(0, 3)))
    weights = on_a_grid(random.exponential(size=n_rows) + 0.01) if kind == "weights" else None
    surprises = draw(st.sampled_from([(), (0.5, 1.0), (1.0, 1.5, 2.0)])) if weights is None else ()
    error = on_a_grid(error if weights is None else error * weights)
    return rows, groups, error, weights, surprises


@settings(deadline=None, max_examples=400)
@given(
    table=tables(),
    k=st.integers(1, 12),
    most=st.integers(1, 4),
    support=st.integers(1, 6),
    alpha=st.floats(0.3, 1),
)
def test_nothing_is_lost_by_looking_only_where_something_can_be(table, k, most, support, alpha):
    rows, groups, error, weights, surprises = table
    total = float(len(error) if weights is None else weights.sum())
    if not error.any():
        return
    scoring = Scoring(
        total=total,
        mean=error.sum() / total,
        lightest=support * (1.0 if weights is None else weights.min()),
        alpha=alpha,
        spread=float(error.std()),
        surprises=surprises,
    )

    found = worst_conjunctions(
        rows, groups, error, scoring, k=k, most=most, support=support, weights=weights
    )

    expected = exhaustive(
        rows, groups, error, scoring, k=k, most=most, support=support, weights=weights
    )
    assert [
        (found.conjunction(i), score) for i, score in enumerate(found.score.tolist())
    ] == expected


@settings(deadline=None)
@given(
    st.integers(0, 2**32),
    st.floats(0.3, 1),
    st.integers(1, 5),
    st.integers(0, 5),
)
def test_no_part_of_a_slice_beats_its_bound(seed, alpha, lightest, n_worse):
    random = np.random.default_rng(seed)
    error = np.round(random.exponential(size=12), 1) + 0.1
    scoring = Scoring(
        total=40.0,
        mean=max(error.sum(), 15.0) / 40,
        lightest=float(lightest),
        alpha=alpha,
        spread=1.0,
    )
    sizes = np.arange(lightest, 13)
    # The worst part of each size; whether a part of that size exists is left open.
    best = np.cumsum(np.sort(error)[::-1])[sizes - 1]
    score = scoring.score(sizes.astype(float), best)
    surprise = scoring.surprise(sizes.astype(float), best)
    whole = (np.array([12.0]), np.array([error.sum()]), error.max())

    assert scoring.may_hold(*whole, max(score.max(), 0.0), -np.inf)[0] or score.max() <= 0
    assert scoring.may_hold(*whole, 0.0, surprise.max())[0] or score.max() <= 0


def test_the_score_is_that_of_the_paper():
    scoring = Scoring(total=32561.0, mean=0.160, lightest=326.0, alpha=0.95)

    # Adult with a logistic regression: 13,368 married people from the United States, error 0.281.
    found = scoring.score(np.array([13368.0]), np.array([13368 * 0.281]))[0]

    assert found == pytest.approx(0.642, abs=0.006)
    assert scoring.score(np.array([32561.0]), np.array([32561 * 0.16]))[0] == pytest.approx(0)


def test_surprise_is_the_standard_score_of_a_draw_without_replacement():
    error = np.array([0.0, 1, 1, 3, 0, 2, 5, 0])
    sums = [sum(error[list(rows)]) for rows in combinations(range(8), 3)]
    scoring = Scoring(total=8.0, mean=error.mean(), lightest=1.0, spread=float(error.std()))

    found = scoring.surprise(np.array([3.0]), np.array([9.0]))[0]

    assert found == pytest.approx((9 - np.mean(sums)) / np.std(sums))


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=9), st.integers(1, 4))
def test_candidates_are_counted_as_they_would_be_listed(groups, most):
    listed = [
        sum(len(set(each)) == n for each in combinations(groups, n)) for n in range(1, most + 1)
    ]

    assert list(n_candidates(groups, most)) == listed


def test_candidates_of_many_groups_have_a_closed_form():
    assert n_candidates([g for g in range(14) for _ in range(10)], 3)[2] == comb(14, 3) * 1000


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.randoms())
def test_sums_on_the_grid_do_not_depend_on_the_order(values, random):
    grid = on_a_grid(np.array(values))
    shuffled = list(grid)
    random.shuffle(shuffled)

    assert sum(shuffled) == grid.sum() == sum(grid)
    assert np.abs(grid - values).max() <= 2**-52 * sum(values) + 1e-300


def test_a_table_larger_than_a_chunk_is_counted_right_and_not_looked_through():
    random = np.random.default_rng(1)
    rows = random.random((40, 30_000)) < 0.3
    inside = rows[[3, 17, 29]].all(axis=0)
    failed = (random.random(30_000) < 0.1 + 0.8 * inside).astype(float)

    for error in (failed, on_a_grid(failed * 0.7)):
        scoring = Scoring(total=30_000.0, mean=float(error.mean()), lightest=300.0)
        found = worst_conjunctions(rows, list(range(40)), error, scoring, k=1, most=3, support=300)

        assert found.conjunction(0) == (3, 17, 29)
        assert found.score[0] == scoring.score(inside.sum(), error[inside].sum())
        assert found.looked_at < sum(n_candidates(range(40), 3)) / 2
