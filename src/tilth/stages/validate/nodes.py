"""The node of the stage: a model, rows and goals in, a verdict out."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics
    from tilth.models.verdict import Judged, Part, Verdict


def validate_model(
    model: Any,
    rows: polars.DataFrame,
    goals: dict[str, Any],
    asked: dict[str, Any],
    *,
    live: Any = None,
    baseline: Any = None,
    **cases: Any,
) -> tuple[Metrics, polars.DataFrame]:
    """Hold a model against its goals.

    Args:
        model: The model.
        rows: What it is judged on.
        goals: As in `goals.yml`, below a model's name.
        asked: What the models are called, and whether the model must pass.
        live: The model that is live.
        baseline: A simple model.
        cases: Rows that must be answered rightly, for goals of `minimum`, in the order in which
            goals name their datasets.

    Returns:
        The verdict as metrics, and a table with one row for each goal: `outcome`, `goal`, `value`
        with `low` and `high`, `bound`, `rows`, `evidence`, `why`.

    Raises:
        DataError: The model must pass, and does not; or it cannot be judged.
    """
    import pickle  # with what follows, for those who run it

    import polars as pl

    from tilth.errors import DataError
    from tilth.models.examine import Named, examine
    from tilth.models.goals import goals_from

    read = goals_from(goals, asked["model"])
    wanted = dict.fromkeys(each.dataset for each in read.goals if each.kind == "minimum")
    by_name = {name: cases[f"case_{at}"] for at, name in enumerate(wanted)}
    found = examine(
        read,
        rows,
        Named(asked["model"], model),
        live=None if live is None else Named(asked["live"], live),
        baseline=None if baseline is None else Named(asked["baseline"], baseline),
        cases=lambda name: pl.DataFrame(by_name[name]),
        megabytes=len(pickle.dumps(model)) / 1e6,
    )
    if asked["must_pass"] and found.outcome != "passed":
        first = next(each for each in found.judged if each.stands_in_the_way)
        raise DataError(
            f"{found.text}; first {first.goal.text}: {first.evidence}",
            hint="`must_pass: false` lets the run go on, and keeps the verdict",
        )
    return metrics_of(found), pl.DataFrame(list(_rows(found)), infer_schema_length=None)


def metrics_of(verdict: Verdict) -> Metrics:
    """The outcome, and each goal's number, as metrics on record.

    A goal of behaviour has no interval, and a measure that is not defined on these rows no number.
    """
    from tilth.data.metrics import Metrics  # few milliseconds, and only a run needs it

    counts = {
        outcome: sum(each.outcome == outcome for each in verdict.judged)
        for outcome in ("passed", "failed", "undecided")
    }
    numbers = {
        f"{at}_{_short(each)}": _number(part)
        for at, each in enumerate(verdict.judged, 1)
        for part in each.parts[:1]
        if isfinite(part.value)
    }
    told = {"outcome": verdict.outcome, "text": verdict.text, "rows": verdict.n_rows}
    return Metrics({**told, **counts, "goals": numbers})


def _number(part: Part) -> float | dict[str, float]:
    if not (isfinite(part.low) and isfinite(part.high)):
        return part.value
    return {"value": part.value, "low": part.low, "high": part.high}


def _short(judged: Judged) -> str:
    """What a goal is about, in a word: its metric is found by it from run to run."""
    goal = judged.goal
    return goal.measure.name if goal.measure is not None else goal.kind


def _rows(verdict: Verdict) -> Iterable[dict[str, Any]]:
    """One for each goal; the weightiest part of it stands for its numbers."""
    for each in verdict.judged:
        part = each.parts[0].as_dict() if each.parts else {}
        yield {
            "outcome": each.outcome,
            "goal": each.goal.text,
            "value": part.get("value"),
            "low": part.get("low"),
            "high": part.get("high"),
            "bound": each.goal.bound,
            "rows": part.get("n_rows"),
            "evidence": each.evidence,
            "why": each.goal.why,
        }
