"""Rows as a whole: what no single column shows."""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from tilth.errors import MissingLibraryError
from tilth.quality.drift import drift_between, joint_drift
from tilth.quality.drift.joint import auc_interval


def pair(rng, n, correlation):
    x, y = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n).T
    return pl.DataFrame({"x": x, "y": y, "noise": rng.normal(size=n)})


def test_columns_that_go_together_otherwise_are_found_jointly_alone():
    rng = np.random.default_rng(1)
    reference, current = pair(rng, 2000, 0.8), pair(rng, 2000, -0.8)

    joint = joint_drift(reference, current, seed=1)

    assert drift_between(reference, current).drifted == ()
    assert joint.p < 1e-9
    assert joint.low > 0.8
    assert {name for name, fall in joint.drivers[:2]} == {"x", "y"}
    assert joint.drivers[2][1] < 0.02


def test_the_same_seed_gives_the_same_answer():
    rng = np.random.default_rng(2)
    reference, current = pair(rng, 200, 0.2), pair(rng, 200, 0.2)

    assert joint_drift(reference, current, seed=5) == joint_drift(reference, current, seed=5)


def test_levels_nulls_infinities_and_booleans_are_taken_as_they_are():
    rng = np.random.default_rng(3)
    frame = pl.DataFrame(
        {
            "city": pl.Series(rng.choice(["a", "b", None], 600).tolist(), dtype=pl.String),
            "id": [f"id{i}" for i in range(600)],
            "yes": rng.random(600) < 0.5,
            "x": np.where(rng.random(600) < 0.1, np.inf, rng.normal(size=600)),
            "list": [[1]] * 600,
            "other": range(600),
        }
    )
    current = frame.with_columns(yes=pl.col("city") == "a", other=pl.lit("text"))

    joint = joint_drift(frame.head(300), current.tail(300), seed=1)

    assert {name for name, _ in joint.drivers} == {"city", "id", "yes", "x"}
    assert joint.drivers[0][0] in ("city", "yes")
    assert joint.p < 1e-6


def test_too_few_rows_or_no_common_column_are_refused():
    rng = np.random.default_rng(4)
    frame = pair(rng, 100, 0)

    with pytest.raises(ValueError, match="needs 40 rows of each side, not 39"):
        joint_drift(frame, frame.head(39), seed=1)
    with pytest.raises(ValueError, match="share no column"):
        joint_drift(frame, frame.rename(str.upper), seed=1)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    frame = pair(np.random.default_rng(5), 100, 0)

    with pytest.raises(MissingLibraryError) as caught:
        joint_drift(frame, frame, seed=1)

    assert caught.value.hint == "pip install 'tilth[ml]'"


def test_the_area_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(6)
    negatives, positives = (
        rng.integers(0, 9, 80).astype(float),
        rng.integers(2, 11, 60).astype(float),
    )

    auc, low, high = auc_interval(negatives, positives)

    truth = np.repeat([0, 1], [80, 60])
    assert auc == pytest.approx(roc_auc_score(truth, np.concatenate((negatives, positives))))
    assert low < auc < high


def test_the_variance_is_delong_s():
    # By its definition: placements of every pair, one by one.
    rng = np.random.default_rng(7)
    negatives, positives = rng.normal(size=30), rng.normal(1, size=20)
    wins = (positives[:, None] > negatives).astype(float)
    variance = wins.mean(1).var(ddof=1) / 20 + wins.mean(0).var(ddof=1) / 30

    auc, _, high = auc_interval(negatives, positives)

    reach = np.log(high / (1 - high)) - np.log(auc / (1 - auc))
    assert auc == pytest.approx(wins.mean())
    assert reach == pytest.approx(1.959964 * np.sqrt(variance) / (auc * (1 - auc)))


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_the_interval_covers_the_true_area(shift):
    rng = np.random.default_rng(8)
    truth = norm.cdf(shift / np.sqrt(2))
    draws = (auc_interval(rng.normal(size=60), rng.normal(shift, size=50)) for _ in range(500))

    assert 0.92 < np.mean([low <= truth <= high for _, low, high in draws]) <= 0.985


def test_sides_that_are_wholly_apart_have_an_interval_all_the_same():
    auc, low, high = auc_interval(np.arange(20.0), np.arange(30.0, 70.0))

    assert (auc, high) == (1, 1)
    assert low == pytest.approx(0.025 ** (1 / 20))
    assert auc_interval(np.arange(30.0, 70.0), np.arange(20.0))[:2] == (0, 0)


@pytest.mark.slow
def test_the_level_is_kept():
    rng = np.random.default_rng(9)
    p = [joint_drift(pair(rng, 150, 0.5), pair(rng, 150, 0.5), seed=i).p for i in range(120)]

    assert np.mean(np.array(p) <= 0.05) <= 0.11  # three standard errors above
    assert 0.3 < np.mean(p) < 0.7
