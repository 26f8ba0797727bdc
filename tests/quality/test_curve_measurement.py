"""A curve is measured on nested rows, the same by the same seed, and for slices apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB

from tilth.quality.curve_measurement import (
    ALL,
    default_sizes,
    measure_curve,
    measure_curves,
    shuffled,
)
from tilth.quality.learning_curve import Curve, Refusal

FEATURES, TARGET = load_wine(return_X_y=True)


def test_the_end_of_the_curve_agrees_with_cross_validation():
    features, target = load_breast_cancer(return_X_y=True)
    curve = measure_curve(GaussianNB(), features, target, sizes=[426], repeats=15)

    by_folds = cross_val_score(GaussianNB(), features, target, cv=4)
    assert curve.means[0] == pytest.approx(by_folds.mean(), abs=0.012)


def test_the_same_seed_measures_the_same_curve():
    first, again, other = (
        measure_curve(GaussianNB(), FEATURES, TARGET, repeats=2, seed=seed) for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other


def test_arrays_and_frames_give_the_same_curve():
    names = [f"c{i}" for i in range(FEATURES.shape[1])]
    array = measure_curve(GaussianNB(), FEATURES, TARGET, repeats=2)

    assert measure_curve(GaussianNB(), pl.DataFrame(FEATURES, names), TARGET, repeats=2) == array
    frame = pd.DataFrame(FEATURES, columns=names)
    assert measure_curve(GaussianNB(), frame, TARGET, repeats=2) == array


def test_labels_may_be_text():
    names = np.array(["red", "white", "rose"])[TARGET]

    assert measure_curve(GaussianNB(), FEATURES, names, repeats=2).means[-1] > 0.9


def test_each_training_is_reported():
    seen: list[tuple[int, int]] = []
    measure_curve(
        GaussianNB(),
        FEATURES,
        TARGET,
        sizes=[20, 60],
        repeats=3,
        progress=lambda done, of: seen.append((done, of)),
    )

    assert seen == [(i, 6) for i in range(1, 7)]


def test_a_slice_has_a_curve_of_its_own():
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 800)
    hard = rng.random(800) < 0.3
    features = rng.normal(size=(800, 2)) + np.where(hard, 0.2, 2.0)[:, None] * target[:, None]

    curves = measure_curves(GaussianNB(), features, target, slices={"hard": hard}, repeats=3)

    everything, slice_ = curves[ALL], curves["hard"]
    assert isinstance(everything, Curve)
    assert isinstance(slice_, Curve)
    assert slice_.sizes == everything.sizes
    assert slice_.means[-1] < everything.means[-1] - 0.1


def test_a_slice_of_one_row_is_refused_and_the_rest_measured():
    one = np.arange(TARGET.size) == 5
    curves = measure_curves(GaussianNB(), FEATURES, TARGET, slices={"one": one}, repeats=4)

    assert isinstance(curves[ALL], Curve)
    assert isinstance(curves["one"], Refusal)
    assert "slice `one`" in curves["one"].message


def test_a_quantity_is_measured_by_its_own_metric():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 10))
    noise = rng.normal(size=300)
    target = features.sum(axis=1) + noise

    curve = measure_curve(
        LinearRegression(),
        features,
        target,
        greater_is_better=False,
        repeats=10,
        sizes=[20, 200],
        metric=lambda true, said: float(np.mean((true - said) ** 2)),
    )

    # The noise times 1 + d / (n - d - 1) for Gaussian columns, with an intercept.
    assert curve.means[1] == pytest.approx(np.mean(noise**2) * (1 + 11 / 188), rel=0.15)
    assert curve.means[0] > 1.5


@given(st.integers(30, 300), st.integers(2, 5), st.integers(0, 99))
def test_every_prefix_has_the_classes_in_proportion(n_rows, n_classes, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n_rows)
    order = shuffled(labels, n_rows, rng)

    assert sorted(order) == list(range(n_rows))
    for prefix in (n_rows // 4, n_rows // 2):
        for each in range(n_classes):
            expected = prefix * np.mean(labels == each)
            assert abs(np.sum(labels[order[:prefix]] == each) - expected) <= n_classes + 1


def test_default_sizes_rise_in_equal_ratios_to_all_there_is():
    sizes = default_sizes(6400)

    assert sizes[0] == 200
    assert sizes[-1] == 6400
    assert np.ptp(np.diff(np.log(sizes))) < 0.02
    assert default_sizes(10) == (10,)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (np.zeros(178, int), "all 178 rows are of one class, np.int64"),
        (np.where(np.arange(178) == 3, np.nan, TARGET), "1 of 178 rows have no target"),
        (np.where(np.arange(178) == 3, 9, TARGET), "class np.int64.9. has 1 row"),
        (np.array([], int), "some rows"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(target, said):
    with pytest.raises(ValueError, match=said):
        measure_curve(GaussianNB(), FEATURES, target)


def test_too_few_rows_and_sizes_out_of_reach_are_refused():
    with pytest.raises(ValueError, match="too few"):
        measure_curve(GaussianNB(), FEATURES[:4], [0, 1, 0, 1])
    with pytest.raises(ValueError, match="do not lie between 1 and 133"):
        measure_curve(GaussianNB(), FEATURES, TARGET, sizes=[50, 5000])
    with pytest.raises(ValueError, match="slice `s` tells of"):
        measure_curves(GaussianNB(), FEATURES, TARGET, slices={"s": [True]})


def test_rows_apart_can_score_and_none_is_lost_to_training():
    half = np.arange(len(TARGET)) % 2 == 0
    curves = measure_curves(
        GaussianNB(), FEATURES[half], TARGET[half],
        slices={"first": (TARGET[~half] == 0)}, repeats=8,
        scored_on=(FEATURES[~half], TARGET[~half]),
    )  # fmt: skip
    alone = GaussianNB().fit(FEATURES[half], TARGET[half]).score(FEATURES[~half], TARGET[~half])

    assert curves[ALL].sizes[-1] == half.sum()
    assert curves[ALL].means[-1] == pytest.approx(alone, abs=0.03)
    # Rows are drawn with replacement, so that the score of all rows differs between repeats.
    assert len(set(curves[ALL].scores[-1])) > 1
    assert isinstance(curves["first"], Curve)


def test_slices_tell_of_the_rows_that_score():
    with pytest.raises(ValueError, match="slice `few` tells of"):
        measure_curves(
            GaussianNB(), FEATURES, TARGET, slices={"few": np.ones(len(TARGET), bool)},
            scored_on=(FEATURES[:50], TARGET[:50]),
        )  # fmt: skip


def test_a_model_that_is_there_already_is_the_last_point():
    some = np.arange(len(TARGET)) % 3 == 0
    said = GaussianNB().fit(FEATURES[~some], TARGET[~some]).predict(FEATURES[some])
    settings = {"slices": {}, "sizes": [20, 60], "scored_on": (FEATURES[some], TARGET[some])}

    with_it = measure_curves(
        GaussianNB(), FEATURES[~some], TARGET[~some], **settings, whole=(118, said)
    )[ALL]
    without = measure_curves(GaussianNB(), FEATURES[~some], TARGET[~some], **settings)[ALL]

    assert (with_it.sizes, with_it.scores[:2]) == ((20, 60, 118), without.scores)
    assert with_it.means[-1] == pytest.approx((said == TARGET[some]).mean(), abs=0.03)


@pytest.mark.parametrize("whole", [(60, TARGET), (118, TARGET[:5])])
def test_a_last_point_that_does_not_fit_is_refused(whole):
    with pytest.raises(ValueError, match=r"is no last point of a curve of up to 60 rows"):
        measure_curves(
            GaussianNB(), FEATURES, TARGET, slices={}, sizes=[20, 60],
            scored_on=(FEATURES, TARGET), whole=whole,
        )  # fmt: skip
