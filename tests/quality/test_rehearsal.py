"""A rehearsal adds noise and leaves rows out, and scores only on rows it did not train on."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from tilth.quality.planted_noise import KINDS
from tilth.quality.rehearsal import confidently_other, rehearse


def cloud(n=300, seed=0):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 10))
    features[:, 0] += 3 * target
    return features, target


FEATURES, TARGET = cloud()
MODEL = LogisticRegression()
CHANCES = cross_val_predict(MODEL, FEATURES, TARGET, cv=5, method="predict_proba")


def test_more_noise_and_fewer_rows_make_it_worse():
    found = rehearse(LinearDiscriminantAnalysis(), FEATURES, TARGET, CHANCES, repeats=3)

    assert found.half.mean() < found.as_is.mean()
    assert found.dosed["random"].mean() < found.as_is.mean()
    # Doubtful rows by a coin cost a linear model little: it is the border that they blur.
    assert found.dosed["ambiguous"].mean() > found.dosed["systematic"].mean()


def test_what_is_scored_was_not_trained_on():
    """Its nearest neighbour is the row itself, were it among those it was trained on."""
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(400, 20)), rng.integers(0, 2, 400)
    found = rehearse(KNeighborsClassifier(1), features, labels, np.full((400, 2), 0.5), repeats=2)

    assert found.as_is.mean() == pytest.approx(0.5, abs=0.08)


def test_flagged_rows_are_not_trusted_as_a_measure():
    flagged = np.arange(300) < 30
    found = rehearse(MODEL, FEATURES, TARGET, CHANCES, flagged=flagged, repeats=1)

    assert (found.trusted == ~flagged).all()


def test_all_trainings_are_reported():
    seen: list[tuple[int, int]] = []
    rehearse(
        MODEL,
        FEATURES,
        TARGET,
        CHANCES,
        repeats=2,
        progress=lambda done, of: seen.append((done, of)),
    )

    assert seen == [(i, 70) for i in range(1, 71)]


def test_the_same_seed_rehearses_the_same():
    first, again = (rehearse(MODEL, FEATURES, TARGET, CHANCES, repeats=1, seed=2) for _ in "ab")

    assert (first.half == again.half).all()
    assert all((first.dosed[kind] == again.dosed[kind]).all() for kind in KINDS)


def test_frames_are_taken_too():
    frame = pl.DataFrame(FEATURES, [f"c{i}" for i in range(10)])
    by_frame = rehearse(MODEL, frame, TARGET, CHANCES, repeats=1)

    assert (by_frame.as_is == rehearse(MODEL, FEATURES, TARGET, CHANCES, repeats=1).as_is).all()


def test_planted_slips_are_confidently_of_another_class():
    slips = TARGET.copy()
    slips[:30] = 1 - slips[:30]
    chances = cross_val_predict(MODEL, FEATURES, slips, cv=5, method="predict_proba")
    found = confidently_other(chances, slips)

    assert found[:30].mean() > 0.6
    assert found[30:].mean() < 0.05


@pytest.mark.parametrize(
    ("labels", "options", "said"),
    [
        (np.zeros(300, int), {}, "two classes of 5 rows"),
        (np.where(np.arange(300) < 3, 1, 0), {}, "two classes of 5 rows or more, not 3"),
        (TARGET, {"flagged": [True]}, "tells of"),
        (TARGET, {"flagged": np.ones(300, bool)}, "all rows are flagged"),
    ],
)
def test_rows_that_cannot_be_rehearsed_are_refused(labels, options, said):
    with pytest.raises(ValueError, match=said):
        rehearse(MODEL, FEATURES, labels, CHANCES, **options)
