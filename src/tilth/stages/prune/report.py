"""The small model beside the original, on rows that neither has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics
    from tilth.quality.intervals import Interval
    from tilth.quality.pruning.answers import Answers
    from tilth.quality.pruning.metric import Metric

_DRAWS = 500
_NUMBERS = 10_000_000
"""Rows times draws at most, so that a large test set takes no longer than it is worth."""


def compare_small(
    candidates: polars.DataFrame,
    choice: dict[str, Any],
    model: Any,
    small_model: Any,
    asked: dict[str, Any],
    *,
    test: polars.DataFrame | None = None,
) -> Metrics:
    """Put the original and the small model side by side.

    Args:
        candidates: As `make_small` tells.
        choice: Likewise.
        model: The original.
        small_model: The one that was chosen.
        asked: What the stage was told; see `tilth.stages.prune`.
        test: Rows that nothing was learned from; without them, what the folds say is told.

    Returns:
        `metric`, `original` and `small` (the metric of each, `size_bytes`, `one_row_us`,
        `thousand_rows_ms`), `times_smaller`, `loss` (relative, with its paired interval),
        `lead_lost` (of what the original is better than a guess), `values`, `lost_of` (what the
        loss is a share of),
        `same_answers` (the share of test rows on which labels are the same), `measured_on`,
        `slices`, `why` and `warnings`.

    Raises:
        UnknownNameError: The test rows lack a column.
        DataError: The test rows cannot be judged.
    """
    from tilth.data.metrics import Metrics

    first = candidates.row(0, named=True)
    chosen = candidates.filter(chosen=True).row(0, named=True)
    costs = ("size_bytes", "one_row_us", "thousand_rows_ms")
    found: dict[str, Any] = {
        "metric": choice["metric"],
        "lost_of": choice["lost_of"],
        "original": {each: first[each] for each in costs},
        "small": {each: chosen[each] for each in costs},
        "times_smaller": choice["times_smaller"],
        "allowed": choice["allowed"],
        "chosen": choice["chosen"],
        "why": choice["why"],
    }
    if test is None:
        found |= _on_folds(first, chosen, choice)
    else:
        found |= _on_test(model, small_model, test, choice, asked)
    value = found["loss"]["value"]
    found["warnings"] = []
    if test is not None and value > choice["allowed"]:
        found["warnings"] = [
            f"on the test rows it loses {100 * value:.2g} %, more than the "
            f"{100 * choice['allowed']:.3g} % that are allowed: `cautious: true` leaves more room"
        ]
    return Metrics(found)


def _on_folds(
    first: dict[str, Any], chosen: dict[str, Any], choice: dict[str, Any]
) -> dict[str, Any]:
    name = choice["metric"]
    return {
        "measured_on": f"rows held out, in {choice['folds']} folds",
        "values": {"original": first[name], "small": chosen[name]},
        "loss": {"value": chosen["loss"], "low": chosen["low"], "high": chosen["high"]},
        "lead_lost": chosen["lead_lost"],
        "slices": {
            "slice": [each["slice"] for each in chosen["slices"]],
            "loss": [each["loss"] for each in chosen["slices"]],
        },
    }


def _on_test(
    model: Any,
    small_model: Any,
    test: polars.DataFrame,
    choice: dict[str, Any],
    asked: dict[str, Any],
) -> dict[str, Any]:
    from tilth.quality.classes import classes_of
    from tilth.quality.pruning.answers import answers_of
    from tilth.quality.pruning.ground import last_of
    from tilth.quality.pruning.guess import guessed
    from tilth.quality.pruning.metric import metric_of
    from tilth.record import changed
    from tilth.stages.prune.rows import material_of

    model = getattr(model, "best_estimator_", model)
    classes = classes_of(last_of(model))
    where = f"stage `prune`, dataset `{asked['test']}`"
    material = material_of(model, test, {**asked, "slices": []}, "test", classes)
    metric = metric_of(choice["metric"], classes, material.truth, where)
    metric = changed(metric, positive=choice["positive"])
    three = (
        answers_of(model, material.table),
        answers_of(small_model, material.table),
        guessed(choice["guess"], classes, len(material)),
    )
    values = [metric.of(each, material.truth) for each in three]
    beside = three if choice["relative_to"] == "lead" else three[:2]
    ends = _interval(metric, beside, material.truth, asked["seed"])
    loss = metric.relative_loss(*values[: len(beside)])
    return {
        "measured_on": f"{len(material):,} rows of `{asked['test']}`",
        "values": dict(zip(("original", "small", "guess"), values, strict=True)),
        "loss": {"value": loss, "low": ends.low, "high": ends.high},
        "lead_lost": metric.relative_loss(*values),
        "same_answers": float((three[0].labels == three[1].labels).mean()),
        "slices": _by_slice(metric, beside, material.truth, choice["slices"], test),
    }


def _by_slice(
    metric: Metric,
    beside: tuple[Answers, ...],
    truth: Any,
    conditions: list[str],
    test: polars.DataFrame,
) -> dict[str, list[Any]]:
    """The slices that some test rows are in, with what each model is worth there."""
    import numpy as np

    from tilth.quality.slices.condition import Slice

    masks = {text: np.flatnonzero(Slice.parse(text).mask(test)) for text in conditions}
    found = {text: rows for text, rows in masks.items() if rows.size}
    told = [[metric.of(each, truth, rows) for each in beside] for rows in found.values()]
    return {
        "slice": list(found),
        "rows": [int(rows.size) for rows in found.values()],
        "original": [values[0] for values in told],
        "small": [values[1] for values in told],
        "loss": [metric.relative_loss(*values) for values in told],
    }


def _interval(metric: Metric, beside: tuple[Answers, ...], truth: Any, seed: int) -> Interval:
    """Of the relative loss: both models are judged on the same rows, drawn anew."""
    import numpy as np

    from tilth.quality.intervals import bootstrap, of_sample

    def loss(rows: Any) -> float:
        return metric.relative_loss(*(metric.of(each, truth, rows) for each in beside))

    n_draws = max(100, min(_DRAWS, _NUMBERS // len(truth)))
    statistic = of_sample(np.arange(len(truth)), loss)
    return bootstrap(statistic, len(truth), method="percentile", n_draws=n_draws, seed=seed)
