"""Planted labels are wrong in the way that was asked for, and as often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.planted_noise import (
    next_classes,
    plant_ambiguous,
    plant_random,
    plant_systematic,
)

LABELS = np.random.default_rng(0).integers(0, 4, 1000)


@given(st.floats(0, 1), st.integers(2, 6), st.integers(0, 50))
def test_random_noise_changes_exactly_as_many_rows(share, n_classes, seed):
    labels = np.arange(60) % n_classes
    planted = plant_random(labels, share, n_classes=n_classes, seed=seed)

    assert (planted != labels).sum() == round(share * 60)
    assert planted.min() >= 0
    assert planted.max() < n_classes


def test_random_noise_gives_each_other_class_alike():
    planted = plant_random(np.zeros(30_000, int), 1.0, n_classes=4, seed=0)

    assert np.bincount(planted) / 30_000 == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3], abs=0.01)


def test_a_convention_takes_a_class_always_for_the_same_other():
    partner = next_classes(4)
    planted = plant_systematic(LABELS, 0.12, partner=partner, seed=0)
    wrong = planted != LABELS

    assert partner.tolist() == [2, 3, 2, 3]
    assert wrong.sum() == 120
    assert set(LABELS[wrong]) == {0, 1}
    assert (planted[wrong] == LABELS[wrong] + 2).all()


def test_a_convention_cannot_change_more_rows_than_it_speaks_of():
    planted = plant_systematic(LABELS, 1.0, partner=np.array([1, 1, 2, 3]), seed=0)

    assert ((planted != LABELS) == (LABELS == 0)).all()


def test_ambiguous_noise_stays_among_the_unclear_rows():
    margin = np.random.default_rng(1).random(1000)
    second = (LABELS + 1) % 4
    planted = plant_ambiguous(LABELS, 0.12, margin=margin, second=second, seed=0)
    wrong = planted != LABELS

    assert wrong.sum() == 120
    assert margin[wrong].max() <= np.sort(margin)[239]
    assert (planted[wrong] == second[wrong]).all()


def test_what_was_given_is_left_as_it_was():
    before = LABELS.copy()
    plant_random(LABELS, 0.5, n_classes=4, seed=0)
    plant_systematic(LABELS, 0.5, partner=next_classes(4), seed=0)

    assert (before == LABELS).all()


def test_the_same_seed_plants_the_same_rows():
    first, again = (plant_random(LABELS, 0.1, n_classes=4, seed=3) for _ in range(2))

    assert (first == again).all()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_nothing_and_all(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        plant_random(LABELS, share, n_classes=4, seed=0)


def test_one_class_has_no_other():
    with pytest.raises(ValueError, match="no other class"):
        plant_random(np.zeros(5, int), 0.1, n_classes=1, seed=0)


def test_no_rows_stay_no_rows():
    assert plant_random(np.array([], int), 0.5, n_classes=2, seed=0).size == 0
