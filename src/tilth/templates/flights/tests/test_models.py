from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from flights.evaluate import predict_late
from flights.models import (
    BoostingSettings,
    Columns,
    TreeSettings,
    answer,
    known,
    train_baseline,
    train_boosting,
    train_tree,
)

COLUMNS = Columns(numbers=["hour", "rain"], categories=["carrier"])
TREE = TreeSettings(max_depth=3, min_samples_leaf=5, ccp_alpha=0.0)
BOOSTING = BoostingSettings(max_trees=10, min_samples_leaf=5)


def flights(n=400, seed=0):
    """Flights that are late in the evening and with airline EV; rain is partly unknown."""
    random = np.random.default_rng(seed)
    hour, ev = random.integers(5, 23, n), random.random(n) < 0.3
    rain = pl.Series(random.random(n)).set(pl.Series(random.random(n) < 0.2), None)
    return pl.DataFrame(
        {
            "date": pl.Series([0] * n).cast(pl.Date),
            "origin": ["JFK"] * n,
            "hour": hour,
            "rain": rain,
            "carrier": np.where(ev, "EV", "DL"),
            "late": (hour > 16) | ev,
        }
    )


@pytest.fixture(scope="module")
def trained():
    train = flights()
    return (
        train_baseline(train, COLUMNS),
        train_tree(train, COLUMNS, TREE),
        train_boosting(train, flights(seed=1), COLUMNS, BOOSTING),
    )


def test_the_baseline_says_the_late_share_of_the_training_flights(trained):
    chances = trained[0].predict_proba(known(flights(), COLUMNS))[:, 1]

    assert np.unique(chances) == pytest.approx([flights()["late"].mean()])


def test_tree_and_boosting_find_what_there_is_to_find(trained):
    unseen = flights(seed=2)

    for model in trained[1:]:
        assert (model.predict(known(unseen, COLUMNS)) == answer(unseen)).mean() > 0.95


def test_models_take_an_airline_that_they_have_never_seen(trained):
    stranger = flights().with_columns(carrier=pl.lit("ZZ"))

    for model in trained:
        assert np.isfinite(model.predict_proba(known(stranger, COLUMNS))).all()


def test_training_twice_gives_the_same_model():
    unseen = known(flights(seed=2), COLUMNS)

    def chances():
        model = train_boosting(flights(), flights(seed=1), COLUMNS, BOOSTING, random_state=3)
        return model.predict_proba(unseen)

    assert np.array_equal(chances(), chances())


def test_the_validation_months_do_not_touch_the_encoding():
    """An airline that only the validation months have stays unknown."""
    model = train_boosting(
        flights(), flights(seed=1).with_columns(carrier=pl.lit("NEW")), COLUMNS, BOOSTING
    )

    names = model["columns"].named_transformers_["names"].categories_[0]
    assert sorted(names) == ["DL", "EV"]


def test_models_see_nothing_but_the_columns_that_they_are_told(trained):
    truth = flights(seed=2)
    lies = truth.with_columns(late=~pl.col("late"), origin=pl.lit("LGA"))

    said = predict_late(truth, *trained, COLUMNS)
    said_of_lies = predict_late(lies, *trained, COLUMNS)

    models = ["baseline", "tree", "boosting"]
    assert said.select(models).equals(said_of_lies.select(models))
