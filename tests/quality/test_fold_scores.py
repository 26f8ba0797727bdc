from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tilth.quality.fold_scores import mean_of_folds, simplest_within_noise


def test_the_interval_is_that_of_nadeau_and_bengio():
    scores = [0.81, 0.84, 0.79, 0.86, 0.80]

    found = mean_of_folds(scores, 80, 20)

    # By hand: s^2 = 0.00085, (1/5 + 20/80) s^2 = 0.0003825, t(4; 0.975) = 2.776445.
    assert found.value == pytest.approx(0.82)
    assert found.interval.low == pytest.approx(0.82 - 2.776445 * 0.0003825**0.5, abs=1e-6)
    assert found.interval.high == pytest.approx(0.82 + 2.776445 * 0.0003825**0.5, abs=1e-6)


def test_without_shared_training_rows_it_is_student_s():
    scores = np.random.default_rng(0).normal(size=12)

    found = mean_of_folds(scores, 1e12, 1)
    usual = stats.t.interval(0.95, 11, scores.mean(), stats.sem(scores))

    assert (found.interval.low, found.interval.high) == pytest.approx(usual)


def test_equal_models_are_seldom_told_apart_where_the_usual_interval_often_does():
    """Ridge on disjoint halves of pure noise columns: both are equally good on average."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold

    rng = np.random.default_rng(1)
    wrong, usual_wrong, repeats = 0, 0, 200
    for repeat in range(repeats):
        rows = rng.normal(size=(60, 20))
        target = rng.normal(size=60)
        ahead = []
        for train, test in KFold(5, shuffle=True, random_state=repeat).split(rows):
            errors = [
                np.mean(
                    (Ridge().fit(part[train], target[train]).predict(part[test]) - target[test])
                    ** 2
                )
                for part in (rows[:, :10], rows[:, 10:])
            ]
            ahead.append(errors[0] - errors[1])
        wrong += 0 not in mean_of_folds(ahead, 48, 12).interval
        low, high = stats.t.interval(0.95, 4, np.mean(ahead), stats.sem(ahead))
        usual_wrong += not low <= 0 <= high

    assert wrong / repeats <= 0.075
    assert usual_wrong > 1.5 * wrong


def test_the_simplest_that_is_not_told_apart_from_the_best():
    scores = {
        "dummy": [0.5, 0.5, 0.5, 0.5, 0.5],
        "linear": [0.90, 0.88, 0.91, 0.92, 0.89],
        "tree": [0.70, 0.74, 0.71, 0.69, 0.72],
        "forest": [0.91, 0.90, 0.90, 0.93, 0.88],
    }
    simplicity = {name: (float(rank),) for rank, name in enumerate(scores)}

    assert simplest_within_noise(scores, simplicity, 80, 20) == ("forest", "linear")


def test_of_equal_models_the_simpler_is_the_best():
    scores = {"many": [0.9, 0.8], "few": [0.8, 0.9]}

    assert simplest_within_noise(scores, {"many": (2.0,), "few": (1.0,)}, 8, 8) == ("few", "few")


@pytest.mark.parametrize("scores", [[0.5], [], [0.5, float("nan")], [[1.0, 2.0]]])
def test_what_is_no_list_of_scores_is_refused(scores):
    with pytest.raises(ValueError, match="two folds at least, all finite"):
        mean_of_folds(scores, 8, 2)


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="0 rows were scored"):
        mean_of_folds([0.1, 0.2], 8, 0)
