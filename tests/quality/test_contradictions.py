"""Planted slips, conventions and doubtful rows are told apart by what a model contradicts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from tilth.quality.contradictions import clear_rows, contradictions_of, top_margin
from tilth.quality.planted_noise import (
    next_classes,
    plant_ambiguous,
    plant_random,
    plant_systematic,
)

DIGITS, DIGIT = load_digits(return_X_y=True)


def cloud(seed, n=500):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 10))
    features[:, 0] += 3 * target
    return features, target


def digits(seed, n=500):
    rows = np.random.default_rng(seed).permutation(DIGIT.size)[:n]
    return DIGITS[rows] / 16, DIGIT[rows]


def chances(features, labels):
    model = LogisticRegression(max_iter=300)
    return cross_val_predict(model, features, labels, cv=5, method="predict_proba")


def planted(kind, features, target, seed):
    n_classes = target.max() + 1
    if kind == "random":
        return plant_random(target, 0.12, n_classes=n_classes, seed=seed)
    if kind == "systematic":
        return plant_systematic(target, 0.12, partner=next_classes(n_classes), seed=seed)
    clean = chances(features, target)
    order = np.argsort(-clean, axis=1)
    second = np.where(order[:, 0] == target, order[:, 1], order[:, 0])
    return plant_ambiguous(target, 0.12, margin=top_margin(clean), second=second, seed=seed)


@pytest.mark.parametrize("kind", ["random", "systematic", "ambiguous"])
@pytest.mark.parametrize("draw", [cloud, digits])
def test_each_kind_of_planted_noise_weighs_most_where_it_was_planted(kind, draw):
    found = []
    for seed in range(3):
        features, target = draw(seed)
        labels = planted(kind, features, target, seed)
        weights = contradictions_of(chances(features, labels), labels).weights
        found.append(max(weights, key=weights.__getitem__) == kind)

    assert sum(found) >= 2


def test_slips_contradict_the_clear_rows_as_often_as_they_were_planted():
    features, target = digits(0, 1500)
    labels = planted("random", features, target, 0)

    assert contradictions_of(chances(features, labels), labels).clear == pytest.approx(
        0.12, abs=0.02
    )


def test_a_convention_names_the_partner_of_each_class():
    features, target = digits(0, 1000)
    labels = planted("systematic", features, target, 0)

    partner = contradictions_of(chances(features, labels), labels).partner
    assert partner[:5] == (5, 6, 7, 8, 9)


def test_labels_that_no_model_contradicts_look_like_nothing_but_hard_rows():
    target = np.arange(100) % 2
    kinds = contradictions_of(np.eye(2)[target], target)

    assert kinds.clear == kinds.unclear == 0
    assert kinds.weights["ambiguous"] == 1
    assert kinds.partner == (0, 1)


def test_the_weights_sum_to_one():
    rng = np.random.default_rng(0)
    for _ in range(20):
        given = rng.dirichlet(np.ones(4), 60)
        kinds = contradictions_of(given, rng.integers(0, 4, 60))
        assert sum(kinds.weights.values()) == pytest.approx(1)
        assert 0 <= kinds.concentration <= 1


def test_each_class_has_a_clear_half():
    given = np.random.default_rng(0).dirichlet(np.ones(3), 90)
    predicted = given.argmax(1)
    clear = clear_rows(given, predicted)

    for each in range(3):
        own = predicted == each
        assert clear[own].sum() == np.ceil(own.sum() / 2)
        assert top_margin(given)[own & clear].min() >= top_margin(given)[own & ~clear].max()


def test_a_class_that_no_row_has_does_not_matter():
    target = np.arange(50) % 2
    three = np.hstack([np.full((50, 2), 0.5), np.zeros((50, 1))])

    assert sum(contradictions_of(three, target).weights.values()) == pytest.approx(1)


def test_constant_probabilities_tell_nothing_and_do_not_fail():
    kinds = contradictions_of(np.full((40, 2), 0.5), np.arange(40) % 2)

    assert sum(kinds.weights.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "labels", "said"),
    [
        (np.full((3, 2), 0.5), [0, 1], "do not fit labels"),
        (np.empty((0, 2)), [], "do not fit labels"),
        (np.ones((3, 1)), [0, 0, 0], "labels of one class"),
        (np.full((3, 2), 0.5), [0, 1, 2], "codes from 0 to 1"),
        (np.full((3, 2), 0.5), [0, 1, -1], "codes from 0 to 1"),
        (np.full((3, 2), 0.5), ["a", "b", "a"], "codes from 0 to 1"),
        (np.full((3, 2), 0.5), [0.0, 1.0, np.nan], "codes from 0 to 1"),
        (np.full((3, 2), np.nan), [0, 1, 0], "finite"),
        (np.full((3, 2), 1.5), [0, 1, 0], "between 0 and 1"),
    ],
)
def test_what_is_no_probability_of_a_label_is_refused(given, labels, said):
    with pytest.raises(ValueError, match=said):
        contradictions_of(given, labels)
