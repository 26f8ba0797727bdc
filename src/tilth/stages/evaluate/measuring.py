"""How good a model is: measures with intervals, and the pictures behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.errors import DefinitionError, UnknownNameError

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics
    from tilth.quality.judgement import Judgement
    from tilth.quality.measures.outcome import Outcome

_OF_CLASSES = ("accuracy", "balanced_accuracy")
_OF_TWO = ("f1", "precision", "recall")
_OF_CHANCES = ("roc_auc", "log_loss", "brier")
_OF_TWO_CHANCES = ("average_precision",)
_OF_QUANTITIES = ("mae", "rmse", "median_absolute_error", "r2")

_DRAWS = 1_000
"""Resamples; B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, section 14.2,
ask for so many where the ends of an interval are wanted."""

_MOST_CLASSES = 30
"""Classes in the picture of confusions, at most; the measures are of all."""


def measure(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    *,
    rows: polars.DataFrame | None = None,
    measures: list[str] | None = None,
    costs: dict[str, float] | None = None,
    groups: list[str] | None = None,
    seed: int = 0,
) -> tuple[Metrics, dict[str, Any]]:
    """Measure predictions, each measure with an interval by the bootstrap.

    Args:
        predictions: What the model said beside what is so.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        rows: What describes the rows, in the same order.
        measures: Names; see `tilth.quality.measures`. The usual ones if not given.
        costs: What a `false_positive` and a `false_negative` cost.
        groups: Columns for whose levels it is told how the model treats them.
        seed: Of resamples.

    Returns:
        The measures, as metrics on record; and as plain data `measures` (name -> `what`,
        `higher_is_better` and the estimate), `rows`, `task`, `classes`, `positive`, and, where
        they make sense, `confusion` (true × predicted), `calibration` (see
        `tilth.quality.calibration`), `points` and `threshold` (see
        `tilth.quality.operating_points`), `residuals` and `groups`.

    Raises:
        UnknownNameError: There is no such measure, cost or column.
        DataError: A measure is of another kind of target.
    """
    from tilth.data.metrics import Metrics
    from tilth.quality.measures import find_measure
    from tilth.quality.measures.outcome import outcome_of
    from tilth.quality.measures.resampled import resampled
    from tilth.stages.evaluate.tables import evaluated

    found = evaluated(predictions, rows, asked)
    outcome = outcome_of({"model": found.judgement}, positive=asked["positive"], where=found.where)
    chosen = [find_measure(each, where=found.where) for each in measures or _usual(outcome)]
    drawn = resampled(outcome, chosen, n_draws=_DRAWS, seed=seed)
    told = {each.name: drawn.of(each, "model").estimate() for each in chosen}
    record = {
        name: {end: each.as_dict()[end] for end in ("value", "low", "high")}
        for name, each in told.items()
    }
    return Metrics(record), {
        "measures": {
            each.name: {
                "what": each.what,
                "higher_is_better": each.higher_is_better,
                **told[each.name].as_dict(),
            }
            for each in chosen
        },
        "rows": len(outcome),
        "task": found.judgement.task,
        "classes": [str(each) for each in outcome.classes],
        "positive": None if outcome.positive is None else str(outcome.classes[outcome.positive]),
        **_pictures(outcome, found.judgement, _costs(costs), seed),
        "groups": _groups(found.table, groups or (), outcome, found.judgement, found.where),
    }


def _usual(outcome: Outcome) -> list[str]:
    """What is measured where nobody says: what the target and the model allow."""
    if not outcome.classes:
        return list(_OF_QUANTITIES)
    two = outcome.positive is not None
    names = [*_OF_CLASSES, *(_OF_TWO if two else ("f1",))]
    if outcome.said["model"].probabilities is not None:
        names += [*_OF_CHANCES, *(_OF_TWO_CHANCES if two else ())]
    return names


def _costs(given: Mapping[str, float] | None) -> Any:
    from tilth.quality.operating_points import Costs

    known = ("false_positive", "false_negative")
    for name, value in (given or {}).items():
        if name not in known:
            raise UnknownNameError("cost", name, known, where="stage `evaluate`")
        if not isinstance(value, int | float) or value <= 0:
            raise DefinitionError(
                f"stage `evaluate`: the cost of a {name.replace('_', ' ')} is {value!r}",
                hint="costs are above 0, in any unit",
            )
    return Costs(**given) if given else Costs()


def _pictures(outcome: Outcome, judgement: Judgement, costs: Any, seed: int) -> dict[str, Any]:
    if not outcome.classes:
        from tilth.quality.residuals import residuals

        return {"residuals": residuals(judgement.truth, judgement.predicted)}
    confusion = judgement.confusion.tolist() if len(outcome.classes) <= _MOST_CLASSES else None
    chances = outcome.said["model"].probabilities
    if chances is None:
        return {"confusion": confusion}
    from tilth.quality.calibration import reliability

    found: dict[str, Any] = {"confusion": confusion}
    if outcome.positive is None:  # whether it is as sure of its answers as it may be
        held, so = chances.max(axis=1), judgement.truth == judgement.predicted
    else:
        held, so = chances[:, outcome.positive], outcome.truth == outcome.positive
    found["calibration"] = [each.as_dict() for each in reliability(held.clip(0, 1), so)]
    if outcome.positive is not None and so.any() and not so.all():
        from tilth.quality.operating_points import advised_threshold, operating_points

        found["points"] = operating_points(held, so).told()
        found["threshold"] = dict(advised_threshold(held, so, costs, seed=seed))
        found["costs"] = {
            "false_positive": costs.false_positive, "false_negative": costs.false_negative,
        }  # fmt: skip
    return found


def _groups(
    table: polars.DataFrame,
    columns: Sequence[str],
    outcome: Outcome,
    judgement: Judgement,
    where: str,
) -> list[dict[str, Any]]:
    from tilth.quality.group_rates import group_rates

    for name in columns:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
    positive = outcome.positive
    return [group_rates(judgement, table[name], positive) for name in columns]
