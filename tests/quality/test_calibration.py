"""Whether chances come true, in bins of equally many rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from tilth.quality.calibration import reliability


def test_bins_are_those_of_scikit_learn_with_equally_many_rows():
    rng = np.random.default_rng(0)
    chances = rng.beta(0.6, 1.4, 3000)
    true = rng.random(3000) < chances**1.3
    shares, means = calibration_curve(true, chances, n_bins=10, strategy="quantile")

    found = reliability(chances, true)
    assert [each.chance for each in found] == pytest.approx(means, abs=2e-3)
    assert [each.share for each in found] == pytest.approx(shares, abs=2e-2)
    assert sum(each.n for each in found) == 3000


def test_chances_that_are_right_lie_within_their_intervals():
    rng = np.random.default_rng(1)
    inside = total = 0
    for _ in range(60):
        chances = rng.random(500)
        for each in reliability(chances, rng.random(500) < chances):
            inside += each.low <= each.chance <= each.high
            total += 1
    assert 0.92 <= inside / total <= 0.99


def test_equal_chances_stay_together():
    found = reliability([0.2] * 50 + [0.9] * 50, [False] * 50 + [True] * 50)

    assert [(each.n, each.chance, each.share) for each in found] == [
        (50, pytest.approx(0.2), 0.0),
        (50, pytest.approx(0.9), 1.0),
    ]


def test_one_chance_for_all_is_one_bin():
    (only,) = reliability([0.5] * 8, [True, False] * 4)
    assert (only.n, only.share) == (8, 0.5)


@pytest.mark.parametrize(
    ("chances", "true"), [([], []), ([0.5], [True, False]), ([1.2], [True]), ([-0.1], [True])]
)
def test_what_are_no_chances_is_refused(chances, true):
    with pytest.raises(ValueError, match="chances"):
        reliability(chances, true)
