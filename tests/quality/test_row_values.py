"""A row's value equals the sum over all sets it can join, and tells rows that harm."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.quality.row_values import harmful_rows, row_values, row_values_of_numbers


def enumerated(rows, labels, tests, wanted, k, quality):
    """Shapley's own formula over all 2^n sets."""
    n = len(rows)
    values = np.zeros(n)
    for test, want in zip(tests, wanted, strict=True):
        order = np.argsort(((rows - test) ** 2).sum(axis=1), kind="stable")
        worth = {
            chosen: quality(labels[[row for row in order if row in chosen][:k]], want)
            for size in range(n + 1)
            for chosen in combinations(range(n), size)
        }
        for row in range(n):
            for chosen, before in worth.items():
                if row not in chosen:
                    size = len(chosen)
                    weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
                    joined = tuple(sorted((*chosen, row)))
                    values[row] += weight * (worth[joined] - before)
    return values / len(tests)


@pytest.mark.parametrize(("n", "k"), [(8, 3), (8, 1), (3, 5), (1, 2), (2, 2), (6, 6)])
def test_values_of_classes_equal_the_sum_over_all_sets(n, k):
    random = np.random.default_rng(n)
    rows, tests = random.normal(size=(n, 2)), random.normal(size=(3, 2))
    labels, wanted = random.integers(0, 3, n), random.integers(0, 3, 3)

    found = row_values(rows, labels, tests, wanted, k=k)
    expected = enumerated(rows, labels, tests, wanted, k, lambda near, w: (near == w).sum() / k)

    np.testing.assert_allclose(found.values, expected, atol=1e-12)


@pytest.mark.parametrize(("n", "k"), [(8, 3), (8, 1), (3, 5), (1, 2), (2, 2), (6, 6)])
def test_values_of_numbers_equal_the_sum_over_all_sets(n, k):
    random = np.random.default_rng(n)
    rows, tests = random.normal(size=(n, 2)), random.normal(size=(3, 2))
    targets, wanted = random.normal(size=n), random.normal(size=3)

    found = row_values_of_numbers(rows, targets, tests, wanted, k=k)
    expected = enumerated(
        rows, targets, tests, wanted, k, lambda near, w: -((near.sum() / k - w) ** 2)
    )

    np.testing.assert_allclose(found.values, expected, atol=1e-12)


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_values_sum_to_the_quality_of_all_rows(n, k, seed):
    random = np.random.default_rng(seed)
    rows, tests = random.normal(size=(n, 3)), random.normal(size=(7, 3))
    labels, wanted = random.integers(0, 2, n), random.integers(0, 2, 7)
    targets, numbers = random.normal(size=n), random.normal(size=7)

    near = np.argsort(((tests[:, None] - rows[None]) ** 2).sum(axis=2), axis=1)[:, :k]
    share = (labels[near] == wanted[:, None]).sum(axis=1) / k
    error = (targets[near].sum(axis=1) / k - numbers) ** 2

    assert row_values(rows, labels, tests, wanted, k=k).quality == pytest.approx(share.mean())
    found = row_values_of_numbers(rows, targets, tests, numbers, k=k)
    assert found.quality == pytest.approx(-error.mean())
    assert found.values.sum() == pytest.approx(-error.mean() + (numbers**2).mean())


def test_a_row_that_no_test_row_could_use_harms_or_helps_nobody():
    values = row_values([[0.0], [1.0]], ["a", "b"], [[0.0]], ["c"])

    assert values.values.tolist() == [0.0, 0.0]
    assert values.quality == 0


def test_the_standard_error_is_that_of_a_mean_over_test_rows():
    random = np.random.default_rng(1)
    rows, tests = random.normal(size=(30, 2)), random.normal(size=(40, 2))
    labels, wanted = random.integers(0, 2, 30), random.integers(0, 2, 40)

    alone = np.array(
        [row_values(rows, labels, tests[i : i + 1], wanted[i : i + 1]).values for i in range(40)]
    )
    together = row_values(rows, labels, tests, wanted)

    np.testing.assert_allclose(together.values, alone.mean(axis=0))
    np.testing.assert_allclose(together.errors, alone.std(axis=0, ddof=1) / np.sqrt(40))


def test_many_blocks_give_what_one_gives(monkeypatch):
    random = np.random.default_rng(2)
    half, tests = random.integers(-9, 9, (250, 4)), random.integers(-9, 9, (64, 4))
    rows = np.concatenate([half, -half])  # whole numbers about zero: nothing is rounded
    labels, wanted = random.integers(0, 3, 500), random.integers(0, 3, 64)

    whole = row_values(rows, labels, tests, wanted)
    monkeypatch.setattr("tilth.quality.neighbours._BLOCK", 1)
    parts = row_values(rows, labels, tests, wanted)

    np.testing.assert_allclose(parts.values, whole.values, atol=1e-14)


def planted(seed, n=600, noise=0.1):
    random = np.random.default_rng(seed)
    truth, wanted = random.integers(0, 3, n), random.integers(0, 3, 400)
    rows, tests = random.normal(size=(n, 4)), random.normal(size=(400, 4))
    rows[np.arange(n), truth] += 4
    tests[np.arange(400), wanted] += 4
    wrong = random.random(n) < noise
    labels = np.where(wrong, (truth + 1) % 3, truth)
    return rows, labels, tests, wanted, wrong


def test_rows_with_planted_wrong_labels_are_the_harmful_ones():
    shares, powers = [], []
    for seed in range(5):
        rows, labels, tests, wanted, wrong = planted(seed)
        harmful = harmful_rows(row_values(rows, labels, tests, wanted))
        shares.append(wrong[harmful].mean())
        powers.append(wrong[harmful].sum() / wrong.sum())

    assert np.mean(shares) > 0.9
    assert np.mean(powers) > 0.3


def test_without_wrong_labels_next_to_nothing_is_harmful():
    found = [
        len(harmful_rows(row_values(rows, labels, tests, wanted)))
        for rows, labels, tests, wanted, _ in (planted(seed, noise=0.0) for seed in range(5))
    ]

    assert np.mean(found) < 0.01 * 600


def test_one_test_row_calls_nobody_harmful():
    values = row_values([[0.0], [1.0]], [0, 1], [[0.1]], [1], k=1)

    assert values.values.min() < 0
    assert np.isinf(values.errors).all()
    assert len(harmful_rows(values)) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [], [[1.0]], [0]), "no labels"),
        (([[1.0], [2.0]], [0], [[1.0]], [0]), "2 rows have features but 1 have labels"),
        (([[1.0]], [0], [[1.0]], [0, 1]), "1 test rows have features but 2 have labels"),
        (([[1.0]], [0], [[1.0, 2.0]], [0]), "1 features but the rows to compare 2"),
        (([[np.nan]], [0], [[1.0]], [0]), "row 0 hold NaN"),
        (([[1.0]], [0], [[np.inf]], [0]), "row 0 hold NaN or infinity"),
        (([1.0], [0], [[1.0]], [0]), "matrix of numbers"),
        (([["a"]], [0], [[1.0]], [0]), "matrix of numbers"),
        ((np.empty((0, 2)), [0], [[1.0, 2.0]], [0]), "at least one of each"),
        (([[1.0]], [None], [[1.0]], [0]), "have no label"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        row_values(*arguments)


def test_numbers_must_be_finite_and_a_vote_needs_a_neighbour():
    with pytest.raises(ValueError, match="`targets` needs one finite number"):
        row_values_of_numbers([[1.0]], [np.nan], [[1.0]], [0.0])
    with pytest.raises(ValueError, match="at least one neighbour"):
        row_values([[1.0]], [0], [[1.0]], [0], k=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        harmful_rows(row_values([[1.0]], [0], [[1.0]], [0]), false_share=1.0)
