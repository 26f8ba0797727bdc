"""Whether training that bears wrong labels beats plain training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

_OF_QUANTITIES = ("absolute error", "squared error")

_COMPARED = 2_000
"""Rows that are trained on, at most: fifty trainings are compared."""


def compare_training(
    train: polars.DataFrame,
    asked: dict[str, Any],
    model: Any = None,
    most_rows: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Compare pruning, weighting and forward correction with plain training, by cross-validation.

    Args:
        train: What the model learned from.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        model: The model, to be cloned; boosted trees where there is none.
        most_rows: Trained on at most, and never more than 2,000.
        seed: Of all draws.

    Returns:
        `rows`, `noise` (the share of labels that look wrong), `plain` (its accuracy), `gains` and
        `as_labelled` (method -> estimate with its interval), `better` (methods that surely beat
        plain training, the best first), `untried` (method -> why); or `left_out`, why nothing
        was compared.
    """
    import warnings

    from tilth.quality.panel import few_threads
    from tilth.quality.robust_training import RobustRefusal, compare_robust
    from tilth.stages.evaluate.tables import learned, learner

    kind = train.schema.get(asked["target"])
    if kind is not None and (kind.is_float() or asked["loss"] in _OF_QUANTITIES):
        return {"left_out": "a quantity has no labels of classes that could be wrong"}
    lesson = learned(train, asked, None, model).sample(min(most_rows, _COMPARED), seed)
    encode, estimator = learner(lesson, model)
    if not hasattr(estimator, "predict_proba"):
        return {"left_out": f"{type(estimator).__name__} gives no probabilities to judge labels by"}
    with few_threads(0), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a user's model says of a part of its rows
        try:
            found = compare_robust(estimator, encode(lesson.table), lesson.answers, seed=seed)
        except Exception as error:  # whatever a model says to few rows, the run was no failure
            return {"left_out": f"trained on a part of its rows, the model failed: {error}"}
    if isinstance(found, RobustRefusal):
        return {"left_out": found.message, "noise": found.noise}
    return {
        "rows": found.n_rows,
        "noise": found.noise,
        "plain": found.plain,
        "gains": {name: each.as_dict() for name, each in found.gains.items()},
        "as_labelled": {name: each.as_dict() for name, each in found.as_labelled.items()},
        "better": list(found.better),
        "untried": dict(found.left_out),
    }
