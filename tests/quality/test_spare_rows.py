"""Half of redundant data can go, and the smaller set serves other models, too."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from tilth.quality.spare_rows import spare_rows


@pytest.fixture(scope="module")
def redundant():
    """Digits, each training row five times with a tremor, 8 % of the labels wrong."""
    random = np.random.default_rng(0)
    features, labels = load_digits(return_X_y=True)
    order = random.permutation(len(labels))
    features, labels = features[order] / 16, labels[order]
    rows = np.repeat(features[:800], 5, axis=0)
    rows += random.normal(scale=0.03, size=rows.shape)
    given = np.repeat(labels[:800], 5)
    wrong = random.random(len(given)) < 0.08
    given[wrong] = random.integers(0, 10, wrong.sum())
    return rows, given, features[800:], labels[800:]


def test_redundant_data_keeps_its_quality_with_less_than_half_of_the_rows(redundant):
    rows, given, tests, wanted = redundant

    found = spare_rows(rows, given, tests[:600], wanted[:600], keep=0.95)

    assert len(found.kept) <= 0.5 * len(rows)
    assert sorted([*found.kept, *found.spare]) == list(range(len(rows)))
    for model in (KNeighborsClassifier(), SVC()):
        full = model.fit(rows, given).score(tests[600:], wanted[600:])
        kept = model.fit(rows[found.kept], given[found.kept]).score(tests[600:], wanted[600:])
        assert kept >= 0.95 * full


def test_covering_keeps_more_than_the_highest_values_do(redundant):
    from tilth.quality.row_values import row_values

    rows, given, tests, wanted = redundant
    found = spare_rows(rows, given, tests[:600], wanted[:600])
    values = row_values(rows, given, tests[:600], wanted[:600]).values
    best = np.argsort(-values)[: len(found.kept)]

    def score(kept):
        return KNeighborsClassifier().fit(rows[kept], given[kept]).score(tests[600:], wanted[600:])

    assert score(found.kept) > score(best) + 0.03


def test_where_every_row_counts_nothing_is_spare():
    random = np.random.default_rng(1)
    rows = random.normal(size=(60, 2))
    labels = (rows[:, 0] * rows[:, 1] > 0).astype(int)
    tests = random.normal(size=(30, 2))

    found = spare_rows(rows, labels, tests, tests[:, 0] * tests[:, 1] > 0, keep=1.0)

    assert len(found.kept) >= 40


def test_equal_rows_and_one_class_come_to_an_end():
    found = spare_rows(np.zeros((50, 2)), ["a"] * 50, np.zeros((8, 2)), ["a"] * 8)

    assert len(found.kept) <= 10
    assert found.quality == 1.0


def test_sets_too_small_to_vote_leave_all_rows():
    found = spare_rows([[0.0], [1.0]], [0, 1], [[0.0]] * 4, [0, 0, 0, 0], k=5)

    assert len(found.kept) == 2
    assert found.trials == ()


def test_few_test_rows_and_shares_out_of_range_are_refused():
    with pytest.raises(ValueError, match="give four or more"):
        spare_rows([[0.0]], [0], [[0.0]] * 3, [0] * 3)
    with pytest.raises(ValueError, match="`keep` is a share"):
        spare_rows([[0.0]], [0], [[0.0]] * 4, [0] * 4, keep=0)
