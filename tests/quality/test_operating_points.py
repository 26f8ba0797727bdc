"""What thresholds do, beside scikit-learn, and which of them is cheapest, beside all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_curve

from tilth.quality.operating_points import Costs, advised_threshold, operating_points


def drawn(n=800, seed=0):
    rng = np.random.default_rng(seed)
    chances = rng.beta(1, 2, n).round(2)  # with equal ones among them
    return chances, rng.random(n) < chances


def test_points_are_those_of_scikit_learn():
    chances, true = drawn()
    alarms, recall, thresholds = roc_curve(true, chances, drop_intermediate=False)
    found = operating_points(chances, true)

    assert found.thresholds == pytest.approx(thresholds)
    assert found.false_alarm_rate == pytest.approx(alarms)
    assert found.recall == pytest.approx(recall)

    precision, recall, _ = precision_recall_curve(true, chances)
    assert found.precision[1:][::-1] == pytest.approx(precision[:-1])
    assert found.recall[1:][::-1] == pytest.approx(recall[:-1])


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30).filter(
        lambda rows: len({true for _, true in rows}) == 2
    ),
    st.floats(0.1, 10),
)
def test_the_cheapest_threshold_is_cheaper_than_any_other(rows, ratio):
    scores, true = np.array([s / 5 for s, _ in rows]), np.array([t for _, t in rows])
    costs = Costs(false_positive=1.0, false_negative=ratio)
    points = operating_points(scores, true)
    best = points.cost(costs)[points.cheapest(costs)]

    for threshold in [*scores, 2.0]:
        called = scores >= threshold
        by_hand = ((called & ~true).sum() + ratio * (~called & true).sum()) / len(true)
        assert best <= by_hand + 1e-12
        assert points.cost(costs)[points.at(threshold)] == pytest.approx(by_hand)


def test_where_chances_are_right_theory_and_rows_agree():
    rng = np.random.default_rng(2)
    chances = rng.random(60_000)
    true = rng.random(60_000) < chances
    costs = Costs(false_positive=1, false_negative=4)
    found = advised_threshold(chances, true, costs)

    assert costs.threshold == found["by_theory"] == 0.2
    assert found["threshold"] == pytest.approx(0.2, abs=0.05)
    # The mean of min(p, 4 (1 - p)) beyond the threshold and of 4 p before it, over even chances.
    assert found["cost"] == pytest.approx(0.2**2 * 2 + 0.8**2 / 2, abs=0.01)
    assert found["cost"] < found["cost_at_half"] < found["cost_of_none"]


def test_the_cost_is_told_of_rows_that_the_threshold_was_not_chosen_on():
    """On noise no threshold is worth anything; on its own rows the best one seems to be."""
    own, other = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chances, true = rng.random(40), rng.random(40) < 0.5
        found = advised_threshold(chances, true, Costs(), seed=seed)
        points = operating_points(chances, true)
        own.append(points.cost(Costs()).min())
        other.append(found["cost"])
    assert np.mean(own) < 0.44
    assert np.mean(other) > 0.48


def test_a_picture_has_both_ends_and_not_too_many_points():
    true = drawn(5000)[1]
    told = operating_points(np.random.default_rng(0).random(5000), true).told(most=50)

    assert len(told) <= 50
    assert (told[0]["recall"], told[-1]["recall"]) == (0.0, 1.0)
    assert all(each["threshold"] <= 1 for each in told)


@pytest.mark.parametrize(
    ("scores", "true"),
    [([0.5, 0.6], [True, True]), ([0.5], [True, False]), ([np.nan, 0.1], [True, False])],
)
def test_what_cannot_be_ranked_is_refused(scores, true):
    with pytest.raises(ValueError, match=r"kinds|finite"):
        operating_points(scores, true)
