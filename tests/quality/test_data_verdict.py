"""A change of the data is kept where most of a panel gain by it, and surely."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from tilth.quality.data_verdict import judge, judge_data
from tilth.quality.planted_noise import plant_random


def scores(share, n=400, seed=0):
    return (np.random.default_rng(seed).permutation(n) < share * n).astype(float)


def clouds(n, seed):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 8))
    features[:, 0] += 2 * target
    return features, target


SMALL = {
    "linear": LogisticRegression(),
    "neighbours": KNeighborsClassifier(5),
    "bayes": GaussianNB(),
}


def test_a_change_by_which_all_gain_is_kept():
    verdict = judge({name: scores(0.70) for name in "abc"}, {name: scores(0.80) for name in "abc"})

    assert verdict.accepted
    assert verdict.gain.value == pytest.approx(0.10)
    assert "3 of them gain" in verdict.reason


def test_a_gain_of_one_model_alone_is_not_enough():
    before = {name: scores(0.70) for name in "abc"}
    verdict = judge(before, {**before, "a": scores(0.95)})

    assert not verdict.accepted
    assert verdict.gain.value == 0
    assert verdict.by_model["a"].value == pytest.approx(0.25)
    assert "may be no gain at all" in verdict.reason


def test_a_gain_within_noise_is_not_enough():
    verdict = judge(
        {name: scores(0.70, seed=1) for name in "abc"},
        {name: scores(0.71, seed=2) for name in "abc"},
    )

    assert verdict.gain.value > 0
    assert not verdict.accepted


def test_a_loss_is_named():
    verdict = judge({"a": scores(0.9)}, {"a": scores(0.7)})

    assert not verdict.accepted
    assert "does harm" in verdict.reason


def test_several_trainings_of_a_model_count_as_one():
    old, new = np.stack([scores(0.7)] * 3, axis=1), np.stack([scores(0.8)] * 3, axis=1)

    assert judge({"a": old}, {"a": new}) == judge({"a": old[:, 0]}, {"a": new[:, 0]})


def test_no_change_is_accepted_no_more_often_than_the_level_says():
    rng = np.random.default_rng(1)
    kept = []
    for seed in range(120):
        before, after = ({name: rng.random(200) < 0.8 for name in "abc"} for _ in range(2))
        kept.append(judge(before, after, n_draws=300, seed=seed).accepted)

    assert np.mean(kept) <= 0.06  # 2.5 % on one side


def test_repaired_labels_are_kept_by_a_trained_panel_and_spoilt_ones_are_not():
    features, target = clouds(300, 1)
    spoilt = plant_random(target, 0.35, n_classes=2, seed=0)
    test = clouds(1500, 2)

    repaired = judge_data(SMALL, before=(features, spoilt), after=(features, target), test=test)
    broken = judge_data(SMALL, before=(features, target), after=(features, spoilt), test=test)

    assert repaired.accepted
    assert not broken.accepted
    assert broken.gain.value == -repaired.gain.value


class OnlyChances:
    """A classifier that tells probabilities and nothing else."""

    def get_params(self, deep=True):
        return {}

    def fit(self, features, target):
        self.model = GaussianNB().fit(features, target)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, features):
        return self.model.predict_proba(features)


def test_a_model_that_tells_only_probabilities_may_sit_on_the_panel():
    features, target = clouds(300, 1)
    names = np.array(["bad", "good"])
    data, test = (features, names[target]), clouds(500, 2)
    by_chances, by_class = (
        judge_data(
            {"bayes": model},
            before=(features[:50], data[1][:50]),
            after=data,
            test=(test[0], names[test[1]]),
        )
        for model in (OnlyChances(), GaussianNB())
    )

    assert by_chances == by_class


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, "the same models"),
        ({"a": [1.0]}, {"b": [1.0]}, "the same models"),
        ({"a": [1.0]}, {"a": [1.0, 0.0]}, r"shape \(1,\) and of \(2,\)"),
        ({"a": []}, {"a": []}, "shape"),
        ({"a": [1.0, 0.0], "b": [1.0]}, {"a": [1.0, 0.0], "b": [1.0]}, "same rows"),
        ({"a": [1.0, np.nan]}, {"a": [1.0, 0.0]}, "not finite"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(before, after, said):
    with pytest.raises(ValueError, match=said):
        judge(before, after)
