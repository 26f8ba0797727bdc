from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from digits.measures import interval, measure_models
from digits.models import judge_labels, train_model

SETTINGS = {"trees": 30, "folds": 3, "random_state": 0}


@pytest.fixture
def images():
    """Two kinds of image: ink on the left, ink on the right; and a little noise."""
    ink = np.random.default_rng(0).integers(0, 4, (40, 8, 8))
    ink[::2, :, :4] += 12
    ink[1::2, :, 4:] += 12
    table = pl.DataFrame(ink.reshape(40, 64), schema=[f"p{i}" for i in range(64)])
    return table.select(pl.int_range(40, dtype=pl.Int64).alias("image"), pl.all())


@pytest.fixture
def labels():
    return pl.DataFrame({"image": range(40), "label": [3, 9] * 20})


def test_images_without_a_label_are_not_learned_from(images, labels):
    known = labels.with_columns(label=pl.when(pl.col("label") == 3).then("label"))

    assert train_model(images, known, SETTINGS).classes_.tolist() == [3]


def test_a_label_is_judged_by_a_model_that_has_not_seen_it(images, labels):
    wrong = labels.with_columns(label=pl.when(pl.col("image") == 5).then(3).otherwise("label"))

    judged = judge_labels(images, wrong, SETTINGS)

    assert judged.columns == ["image", "3", "9"]
    assert judged.filter(pl.col("image") == 5)["9"].item() > 0.9


def test_images_without_a_label_are_not_judged(images, labels):
    some = labels.with_columns(label=pl.when(pl.col("image") >= 10).then("label"))

    assert judge_labels(images, some, SETTINGS)["image"].to_list() == list(range(10, 40))


def test_the_gain_is_measured_image_by_image(images, labels):
    right = train_model(images, labels, SETTINGS)
    swapped = train_model(images, labels.with_columns(label=12 - pl.col("label")), SETTINGS)
    truth = labels.rename({"label": "digit"})

    better = measure_models(images, truth, right, swapped, resamples=100)
    same = measure_models(images, truth, right, right, resamples=100)

    assert better["gain"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert same["gain"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_an_interval_is_as_wide_as_the_central_limit_has_it():
    found = interval(np.arange(400) % 4 == 0, 20_000)
    half = 1.96 * np.sqrt(0.25 * 0.75 / 400)

    assert found["value"] == 0.25
    assert found["low"] == pytest.approx(0.25 - half, abs=0.004)
    assert found["high"] == pytest.approx(0.25 + half, abs=0.004)
