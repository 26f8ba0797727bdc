"""Predictions judged by a definition that they may not have been made by."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from tilth.quality.definitions import difference, scores


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_figures_are_those_of_scikit_learn(rng):
    truth = rng.integers(0, 4, 300)
    said = np.where(rng.random(300) < 0.7, truth, rng.integers(0, 4, 300))
    found = scores(truth, said, 4, n_draws=200)

    assert found.accuracy.value == pytest.approx(accuracy_score(truth, said))
    assert found.recall.value == pytest.approx(balanced_accuracy_score(truth, said))
    assert found.f1.value == pytest.approx(f1_score(truth, said, average="macro"))


def test_a_class_that_does_not_occur_counts_for_nothing():
    found = scores([0, 0, 1, 1], [0, 1, 1, 1], 5, n_draws=50)

    assert found.recall.value == pytest.approx(balanced_accuracy_score([0, 0, 1, 1], [0, 1, 1, 1]))
    assert found.f1.value == pytest.approx(f1_score([0, 0, 1, 1], [0, 1, 1, 1], average="macro"))


def test_what_cannot_be_told_is_left_out_and_bounded():
    found = scores([0, 0, 1, 1, -1], [0, -1, 1, 0, 0], 2, n_draws=50)

    assert (found.n, found.n_untold, found.n_open) == (3, 1, 1)
    assert found.accuracy.value == pytest.approx(2 / 3)
    assert (found.at_worst, found.at_best) == (2 / 4, 3 / 4)


def test_intervals_cover_what_they_should(rng):
    truth_accuracy, hits = 0.8, 0
    for seed in range(150):
        truth = rng.integers(0, 3, 120)
        wrong = (truth + rng.integers(1, 3, 120)) % 3
        said = np.where(rng.random(120) < truth_accuracy, truth, wrong)
        found = scores(truth, said, 3, n_draws=300, seed=seed)
        hits += truth_accuracy in found.recall.interval

    # 95 % of 150, less four standard deviations of a share of so many.
    assert hits / 150 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 150)


def test_a_merge_raises_accuracy_by_the_errors_between_the_merged(rng):
    truth, said = rng.integers(0, 3, 500), rng.integers(0, 3, 500)
    merged = np.array([0, 0, 1])
    between = ((truth != said) & (truth < 2) & (said < 2)).mean()
    before = scores(truth, said, 3, n_draws=50).accuracy.value
    after = scores(merged[truth], merged[said], 2, n_draws=50).accuracy.value

    assert after - before == pytest.approx(between)


def test_two_models_are_compared_on_the_same_rows():
    found = difference([0, 1, 1, -1, 0], [1, 1, 0, 0, -1], [0, 1, 1, 0, 0], 2, n_draws=100)

    assert found.value == pytest.approx(2 / 3)
    assert difference([-1], [0], [0], 2) is None


@pytest.mark.parametrize(
    ("truth", "said"), [([0], [0, 1]), ([2], [0]), ([0], [-2]), ([-1], [0]), ([], []), ([0], [-1])]
)
def test_what_cannot_be_judged_is_refused(truth, said):
    with pytest.raises(ValueError, match=r"pairs|codes|no row"):
        scores(truth, said, 2)
