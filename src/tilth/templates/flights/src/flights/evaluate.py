"""How good the models are on months that they have not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import roc_curve
from sklearn.pipeline import Pipeline

from flights.intervals import Bootstrap, Interval, draw_days, interval
from flights.measures import Judged, measures
from flights.models import Columns, known

MODELS = ["baseline", "tree", "boosting"]
CALIBRATION_BINS = 10
CURVE_POINTS = 120


def predict_late(
    rows: pl.DataFrame, baseline: Pipeline, tree: Pipeline, boosting: Pipeline, columns: Columns
) -> pl.DataFrame:
    """Ask each model how likely each flight is to be late, and keep what came true beside it."""
    told = known(rows, columns)
    models = dict(zip(MODELS, (baseline, tree, boosting), strict=True))
    chances = {name: model.predict_proba(told)[:, 1] for name, model in models.items()}
    return rows.select("date", "carrier", "origin", "late").with_columns(
        pl.Series(name, chance) for name, chance in chances.items()
    )


def choose_thresholds(predictions: pl.DataFrame, miss_cost: float = 3.0) -> dict[str, float]:
    """Find from which chance on to call a flight late, so that mistakes cost the least.

    Chosen on the validation months, so that the test months judge the choice as well.

    Args:
        predictions: What the models said of the validation months, and what came.
        miss_cost: What a late flight costs that was not called so; a false alarm costs 1.
    """
    return {name: best_threshold(judge(predictions, name), miss_cost) for name in MODELS}


def best_threshold(flights: Judged, miss_cost: float) -> float:
    """The chance from which on calling flights late costs the least.

    Returns:
        The highest such chance; 1 where it is best to call none late.
    """
    false_alarms, found, thresholds = roc_curve(flights.late, flights.chance)
    late = flights.late.mean()
    cost = (1 - found) * late * miss_cost + false_alarms * (1 - late)
    # The first point of the curve is "call none late", at an infinite threshold.
    return min(float(thresholds[np.argmin(cost)]), 1.0)


def measure_models(
    predictions: pl.DataFrame,
    thresholds: dict[str, float],
    bootstrap: Bootstrap,
    miss_cost: float = 3.0,
    random_state: int = 0,
) -> dict[str, dict[str, Interval]]:
    """Measure each model, with an interval for each number.

    Returns:
        Model -> measure -> `value`, `low`, `high`.
    """
    judged = {name: judge(predictions, name) for name in thresholds}
    n_days = predictions.get_column("date").n_unique()
    draws = draw_days(n_days, bootstrap.resamples, random_state)
    return {
        name: {
            measure: interval(take, draws, bootstrap.confidence)
            for measure, take in measures(flights, thresholds[name], miss_cost).items()
        }
        for name, flights in judged.items()
    }


def measure_months(
    predictions: pl.DataFrame,
    thresholds: dict[str, float],
    bootstrap: Bootstrap,
    miss_cost: float = 3.0,
    random_state: int = 0,
) -> dict[str, dict[str, dict[str, Interval]]]:
    """Measure each model in each month alone: a mean over months can hide a bad one.

    Returns:
        Month such as `2013-11` -> model -> measure -> `value`, `low`, `high`.
    """
    month = pl.col("date").dt.strftime("%Y-%m")
    return {
        str(name): measure_models(rows, thresholds, bootstrap, miss_cost, random_state)
        for (name,), rows in predictions.group_by(month, maintain_order=True)
    }


def trace_curves(predictions: pl.DataFrame) -> dict[str, Any]:
    """Follow each model through all thresholds, and compare what it said with what came.

    Returns:
        `roc` -> model -> `false_alarms` and `found`, both shares; `calibration` -> model ->
        `said`, `came` and `flights` for groups of flights with similar chances.
    """
    return {
        "roc": {name: roc(judge(predictions, name)) for name in MODELS},
        "calibration": {name: calibration(predictions, name) for name in MODELS},
    }


def roc(flights: Judged) -> dict[str, list[float]]:
    """Share of late flights found against share of flights on time called late."""
    false_alarms, found, _ = roc_curve(flights.late, flights.chance)
    grid = np.linspace(0, len(found) - 1, min(len(found), CURVE_POINTS)).round().astype(int)
    return {"false_alarms": rounded(false_alarms[grid]), "found": rounded(found[grid])}


def calibration(predictions: pl.DataFrame, model: str) -> dict[str, list[float]]:
    """What a model said and what came, for tenths of the flights from unlikely to likely.

    Flights with the same chance stay together, so that a tree has no more groups than leaves.
    """
    share = (pl.col(model).rank("average") - 0.5) / pl.len()
    groups = (
        predictions.group_by((share * CALIBRATION_BINS).floor().alias("group"))
        .agg(said=pl.col(model).mean(), came=pl.col("late").mean(), flights=pl.len())
        .sort("said")
    )
    return {
        "said": rounded(groups.get_column("said").to_numpy()),
        "came": rounded(groups.get_column("came").to_numpy()),
        "flights": groups.get_column("flights").to_list(),
    }


def judge(predictions: pl.DataFrame, model: str) -> Judged:
    """Put what one model said beside what came, for each flight and day."""
    return Judged(
        chance=predictions.get_column(model).to_numpy(),
        late=predictions.get_column("late").to_numpy(),
        day=predictions.get_column("date").rank("dense").to_numpy() - 1,
    )


def rounded(values: np.ndarray) -> list[float]:
    """Plain floats, to as many digits as a picture shows."""
    return [float(value) for value in np.round(values, 5)]
