"""On planted noise, training that bears it beats plain training; else it is not said to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilth.errors import DefinitionError
from tilth.quality.planted_noise import next_classes, plant_random, plant_systematic
from tilth.quality.robust_training import (
    METHODS,
    RobustClassifier,
    RobustRefusal,
    _Known,
    compare_robust,
)

PIXELS, DIGITS = load_digits(n_class=5, return_X_y=True)
LINE = LogisticRegression()

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


def scaled(model=LINE):
    return make_pipeline(StandardScaler(), model)


def gaussians(n, seed):
    """Two classes that a line parts as well as anything can; shape (n, 2) and (n,)."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, n)
    return rng.normal(size=(n, 2)) + 1.5 * codes[:, None], codes


@pytest.mark.parametrize(
    ("kind", "method"),
    # Where a class is mostly called by another's name, pruning has nothing to hold on to.
    [*(("random", method) for method in METHODS), ("systematic", "weighted"),
     ("systematic", "corrected")],
)  # fmt: skip
def test_each_way_beats_plain_training_on_planted_noise(method, kind):
    test = np.arange(len(DIGITS)) % 4 == 0
    partner = next_classes(5)
    given = (
        plant_random(DIGITS, 0.3, n_classes=5, seed=1)
        if kind == "random"
        else plant_systematic(DIGITS, 0.3, partner=partner, seed=1)
    )

    def right(way):
        model = RobustClassifier(scaled(), way).fit(PIXELS[~test], given[~test])
        return (model.predict(PIXELS[test]) == DIGITS[test]).mean()

    assert right(method) > right("plain") + 0.02


def test_the_comparison_finds_the_gain_that_clean_labels_show():
    given = plant_random(DIGITS, 0.25, n_classes=5, seed=2)
    truth = dict(enumerate(DIGITS.tolist()))

    found = compare_robust(scaled(), PIXELS, given, n_folds=3)
    judged = compare_robust(scaled(), PIXELS, given, n_folds=3, verified=truth)

    assert found.noise == pytest.approx(0.25, abs=0.05)
    assert found.better
    for name in METHODS:
        gain = found.gains[name].interval
        assert gain.low - 0.02 <= judged.gains[name].value <= gain.high + 0.02


def test_where_labels_are_right_it_is_seldom_said_to_help():
    said = [
        compare_robust(LogisticRegression(), *gaussians(200, seed), n_folds=3, seed=seed)
        for seed in range(12)
    ]

    assert sum(isinstance(each, RobustRefusal) or not each.better for each in said) >= 11


def test_labels_that_are_right_need_no_such_training():
    features, classes = load_wine(return_X_y=True)
    refused = compare_robust(scaled(), features, classes)

    assert isinstance(refused, RobustRefusal)
    assert "any training bears" in refused.message


def test_what_is_hard_is_not_taken_for_wrong():
    rng = np.random.default_rng(0)
    refused = compare_robust(LINE, rng.normal(size=(200, 3)), rng.integers(0, 4, 200))

    assert isinstance(refused, RobustRefusal)
    assert "cannot be told from what is hard" in refused.message


def test_the_weights_are_those_of_the_paper():
    """Liu and Tao, equations 4 and 5: of two classes, with the noise rates in closed form."""
    features, codes = gaussians(4000, 3)
    flipped = plant_random(codes, 0.2, n_classes=2, seed=4)
    known = _Known.of(LogisticRegression(), features, flipped, 5, 0)
    rate = known.noise_matrix[1, 0], known.noise_matrix[0, 1]  # p(1 | 0), p(0 | 1)
    noisy = known.chances[np.arange(4000), flipped]
    other = np.where(flipped == 1, rate[0], rate[1])
    clean = np.clip((noisy - other) / (1 - rate[0] - rate[1]), 0.0, 1.0)
    expected = np.minimum(clean / noisy, 5.0)

    assert known.importance * expected.mean() == pytest.approx(expected, abs=1e-9)
    wrong = flipped != codes
    assert known.importance[wrong].mean() < 0.5 < known.importance[~wrong].mean()


def test_the_step_of_em_is_bayes_rule():
    features, codes = gaussians(500, 5)
    known = _Known.of(
        LogisticRegression(), features, plant_random(codes, 0.2, n_classes=2, seed=6), 5, 0
    )
    rows, classes, weights = known.as_each_class
    row = int(rows[len(rows) // 2])
    joint = known.class_chances[row] * known.noise_matrix[known.coded.codes[row]]

    here = rows == row
    assert weights[here] == pytest.approx((joint / joint.sum())[classes[here]])


def test_it_is_a_classifier_as_others_are():
    names = np.array(["a", "b", "c", "d", "e"])[DIGITS]
    table = pl.DataFrame(PIXELS, schema=[f"p{i}" for i in range(64)])
    model = RobustClassifier(GaussianNB(), "pruned", n_folds=3).fit(table, names)

    assert set(model.predict(table)) <= set("abcde")
    assert model.predict_proba(table).sum(axis=1) == pytest.approx(1.0)
    assert model.noise_matrix_.sum(axis=0) == pytest.approx(1.0)
    assert model.n_left_out_ > 0


def test_a_model_without_weights_is_pruned_alone():
    given = plant_random(DIGITS, 0.2, n_classes=5, seed=1)
    found = compare_robust(KNeighborsClassifier(1), PIXELS, given, n_folds=3, judge=scaled())

    assert list(found.gains) == ["pruned"]
    assert set(found.left_out) == {"weighted", "corrected"}
    with pytest.raises(DefinitionError, match="takes no weights") as told:
        RobustClassifier(KNeighborsClassifier(1), "weighted").fit(PIXELS, given)
    assert "pruned" in told.value.hint


def test_a_way_that_there_is_not_is_told():
    with pytest.raises(DefinitionError, match="no way of training called `prunned`") as told:
        RobustClassifier(LINE, "prunned").fit(PIXELS, DIGITS)
    assert "`pruned`" in told.value.hint


@pytest.mark.parametrize("verified", [{}, {-1: 0}, {10**6: 0}])
def test_verified_rows_have_to_be_there(verified):
    with pytest.raises(ValueError, match="verified rows"):
        compare_robust(GaussianNB(), PIXELS, DIGITS, n_folds=2, judge=scaled(), verified=verified)
