"""Numbers are compared with scikit-learn's, and intervals with what they must do."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from flights.evaluate import (
    best_threshold,
    choose_thresholds,
    judge,
    measure_models,
    measure_months,
    trace_curves,
)
from flights.intervals import Bootstrap, draw_days, interval
from flights.measures import measures
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

FEW = Bootstrap(resamples=30)


def predictions(n=600, *, n_days=20, decimals=1, seed=0):
    """What three models said of flights on some days; many chances are equal."""
    random = np.random.default_rng(seed)
    late = random.random(n) < 0.3
    said = np.clip(random.normal(0.3 + 0.3 * late, 0.2), 0.05, 0.95)
    return pl.DataFrame(
        {
            "date": [date(2013, 11, 20) + timedelta(days=i % n_days) for i in range(n)],
            "late": late,
            "baseline": np.full(n, late.mean()),
            "tree": said.round(decimals),
            "boosting": said,
        }
    )


@pytest.mark.parametrize("model", ["baseline", "tree", "boosting"])
@pytest.mark.parametrize("seed", range(3))
def test_measures_agree_with_scikit_learn_for_days_that_count_several_times(model, seed):
    flights = judge(predictions(seed=seed), model)
    days = np.random.default_rng(seed).integers(0, 4, flights.n_days).astype(float)
    weight = days[flights.day]

    ours = {name: take(days) for name, take in measures(flights, 0.4, 3.0).items()}

    for name, theirs in {
        "auc": roc_auc_score,
        "average_precision": average_precision_score,
        "log_loss": log_loss,
        "brier": brier_score_loss,
    }.items():
        assert ours[name] == pytest.approx(
            theirs(flights.late, flights.chance, sample_weight=weight)
        ), name


def test_calls_are_counted_from_the_threshold_on():
    rows = predictions(4, n_days=1).with_columns(
        tree=pl.Series([0.1, 0.4, 0.5, 0.9]), late=pl.Series([False, True, False, True])
    )

    once = {
        name: take(np.ones(1)) for name, take in measures(judge(rows, "tree"), 0.4, 3.0).items()
    }

    assert once["accuracy"] == 0.75
    assert once["recall"] == 1.0
    assert once["precision"] == pytest.approx(2 / 3)
    assert once["cost"] == 0.25


def test_a_model_that_never_warns_has_no_precision_and_no_warning_either():
    measured = measure_models(predictions(), {"baseline": 1.0}, FEW)["baseline"]

    assert all(np.isnan(value) for value in measured["precision"].values())
    assert measured["recall"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_an_interval_holds_its_value_and_shrinks_with_more_days():
    def auc(n_days):
        rows = predictions(40 * n_days, n_days=n_days)
        return measure_models(rows, {"boosting": 0.4}, Bootstrap())["boosting"]["auc"]

    few, many = auc(10), auc(100)

    assert few["low"] < few["value"] < few["high"]
    assert many["high"] - many["low"] < few["high"] - few["low"]


def test_flights_that_are_late_together_widen_the_interval():
    """Ten days all late or all on time tell no more than ten flights."""
    rows = predictions(1000, n_days=10)
    together = rows.with_columns(late=pl.col("date").dt.day() % 2 == 0)

    def width(rows):
        accuracy = measure_models(rows, {"baseline": 1.0}, Bootstrap())["baseline"]["accuracy"]
        return accuracy["high"] - accuracy["low"]

    assert width(together) > 3 * width(rows)


def test_resamples_draw_as_many_days_as_there_are_and_the_same_each_time():
    draws = draw_days(30, 50, random_state=1)

    assert (draws.sum(axis=1) == 30).all()
    assert np.array_equal(draws, draw_days(30, 50, random_state=1))
    assert not np.array_equal(draws, draw_days(30, 50, random_state=2))


def test_a_measure_that_does_not_vary_has_an_interval_without_width():
    assert interval(lambda _: 2.0, np.ones((5, 3)), 0.9) == {"value": 2.0, "low": 2.0, "high": 2.0}


@pytest.mark.parametrize("miss_cost", [0.5, 1.0, 3.0, 10.0])
def test_no_other_threshold_costs_less(miss_cost):
    flights = judge(predictions(), "boosting")
    everything = np.ones(flights.n_days)

    def cost(threshold):
        return measures(flights, threshold, miss_cost)["cost"](everything)

    best = cost(best_threshold(flights, miss_cost))
    assert all(best <= cost(other) + 1e-12 for other in np.linspace(0, 1, 50))


def test_dear_misses_lower_the_threshold():
    rows = predictions()

    assert choose_thresholds(rows, 10.0)["boosting"] < choose_thresholds(rows, 1.0)["boosting"]


def test_each_month_is_measured_alone():
    rows = predictions()
    months = measure_months(rows, {"tree": 0.4}, FEW)

    assert sorted(months) == ["2013-11", "2013-12"]
    november = rows.filter(pl.col("date").dt.month() == 11)
    assert months["2013-11"]["tree"]["auc"]["value"] == pytest.approx(
        roc_auc_score(november["late"], november["tree"])
    )


def test_curves_begin_and_end_in_the_corners_and_count_each_flight_once():
    rows = predictions()
    curves = trace_curves(rows)

    for name in ("baseline", "tree", "boosting"):
        roc = curves["roc"][name]
        assert (roc["false_alarms"][0], roc["found"][0]) == (0, 0)
        assert (roc["false_alarms"][-1], roc["found"][-1]) == (1, 1)
        assert sum(curves["calibration"][name]["flights"]) == rows.height
