"""The nodes of the stage: what is run, each a plain function of tables and plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics


def make_estimator(kind: str, settings: dict[str, Any]) -> Any:
    """What a class or function of an installed library makes.

    Args:
        kind: Its dotted name.
        settings: What it is called with.
    """
    from tilth.stages.train.making import made_by_library

    return made_by_library(kind, settings)


def tune_candidate(
    train: polars.DataFrame,
    candidate: dict[str, Any],
    tuning: dict[str, Any],
    asked: dict[str, Any],
    *,
    preparation: Any = None,
    estimator: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Look for better settings of one model, on folds of their own.

    These folds are other ones than those on which models are compared: the best of many trials
    is in part the luckiest, and shall not bring its luck along.

    Args:
        train: What is learned from.
        candidate: Which model; see `tilth.stages.train.asked.Candidate`.
        tuning: What it may cost and where to look; see `tilth.stages.train.asked.Tuning`.
        asked: What the columns mean; see `tilth.stages.train`.
        preparation: An unfitted transformer; the default one where None.
        estimator: What a class of the user's own made.

    Returns:
        `settings`, the best ones; and what came of each trial, with what was learned of the
        search itself.

    References:
        G. C. Cawley, N. L. C. Talbot, "On over-fitting in model selection and subsequent
        selection bias in performance evaluation", Journal of Machine Learning Research 11, 2010.
    """
    from tilth.stages.train.search import searched

    return searched(train, candidate, tuning, asked, preparation=preparation, estimator=estimator)


def score_candidate(
    train: polars.DataFrame,
    candidate: dict[str, Any],
    asked: dict[str, Any],
    *,
    preparation: Any = None,
    estimator: Any = None,
    tuned: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Fit one model on all folds but one, in turn, and score it on that one.

    Args:
        train: What is learned from.
        candidate: Which model.
        asked: What the columns mean.
        preparation: An unfitted transformer; the default one where None.
        estimator: What a class of the user's own made.
        tuned: What `tune_candidate` found, where it was asked.

    Returns:
        Of each fold `scores` (greater is better), `fit_seconds`, `predict_us` (microseconds a
        row), `n_trained`, `n_scored` and `n_bytes`; and `settings` beside `name` and `metric`.
    """
    from tilth.stages.train.lesson import lesson_of
    from tilth.stages.train.making import estimator_of, pipeline_of
    from tilth.stages.train.preparing import default_preparation
    from tilth.stages.train.scoring import check_metric, metric_of, score_fold, scorer_of

    lesson, left_out = lesson_of(train, asked, preparation), {}
    splits = lesson.splits(asked["folds"], asked["seed"])
    if preparation is None:
        default = default_preparation(lesson)
        preparation, left_out = default.preparation, default.left_out
    metric = metric_of(asked["metric"], lesson)
    check_metric(metric, lesson, splits)
    scorer = scorer_of(metric, lesson)
    settings = {} if tuned is None else tuned["settings"]
    made = estimator_of(candidate, estimator, lesson)
    found = []
    for split in splits:
        model = pipeline_of(made, preparation, lesson, seed=asked["seed"], settings=settings)
        found.append(score_fold(model, lesson, split, scorer, sized=True))
    return {
        "name": candidate["name"],
        "settings": {**candidate["settings"], **settings},
        "scores": [each.score for each in found],
        "fit_seconds": [each.fit_seconds for each in found],
        "predict_us": [1e6 * each.predict_seconds / each.n_scored for each in found],
        "n_trained": [each.n_trained for each in found],
        "n_scored": [each.n_scored for each in found],
        "n_bytes": [each.n_bytes for each in found],
        "metric": {"name": metric.name, "sign": metric.sign},
        "rows": len(lesson),
        "left_out": left_out,
    }


def choose(
    candidates: list[dict[str, Any]], asked: dict[str, Any], *scores: dict[str, Any]
) -> tuple[polars.DataFrame, Metrics, dict[str, Any]]:
    """Put all models side by side and choose one, with the reason.

    Args:
        candidates: Which models.
        asked: `prefer` is `best`, or `simplest` for the simplest that the folds do not tell
            apart from the best.
        scores: What `score_candidate` found of each, in the same order.

    Returns:
        A table of all models, the best first: `model`, the metric with `low` and `high`, `why`
        it was chosen or not, `role`, by how much it is better than the best and than the
        simplest (paired by fold, above 0 is better), `fit_seconds`, `predict_us_per_row`,
        `size_bytes`, `settings`, and the metric on all `folds`; what of it is on record as
        metrics, with the reason in words and with warnings; and the chosen one's `name` and
        `tuned` settings alone.
    """
    from tilth.stages.train.comparison import compared

    return compared(candidates, scores, prefer=asked["prefer"])


def fit_chosen(
    train: polars.DataFrame,
    choice: dict[str, Any],
    candidates: list[dict[str, Any]],
    asked: dict[str, Any],
    *,
    preparation: Any = None,
    **estimators: Any,
) -> Any:
    """Fit the model that was chosen on all rows.

    Args:
        train: What is learned from.
        choice: What `choose` decided.
        candidates: Which models there were.
        asked: What the columns mean.
        preparation: An unfitted transformer; the default one where None.
        estimators: Name -> what a class of the user's own made.

    Returns:
        One pipeline of scikit-learn: the preparation as `prepare`, the estimator as `model`.
    """
    from tilth.stages.train.lesson import lesson_of
    from tilth.stages.train.making import estimator_of, fitted, pipeline_of
    from tilth.stages.train.scoring import quietly

    lesson = lesson_of(train, asked, preparation)
    candidate = next(each for each in candidates if each["name"] == choice["name"])
    made = estimator_of(candidate, estimators.get(choice["name"]), lesson)
    model = pipeline_of(made, preparation, lesson, seed=asked["seed"], settings=choice["tuned"])
    with quietly(lesson):
        return fitted(model, lesson)


def report_tuning(*searches: dict[str, Any]) -> Metrics:
    """What the searches found, and what they left open: for people, and on record.

    Args:
        searches: What `tune_candidate` tells of each search.
    """
    from tilth.stages.train.search import reported

    return reported(searches)


def predict_test(
    test: polars.DataFrame, model: Any, asked: dict[str, Any], where: str
) -> polars.DataFrame:
    """Ask the model about rows that it has not seen, as `stage: evaluate` reads it.

    Args:
        test: The rows, with what is so.
        model: The fitted pipeline.
        asked: What the columns mean.
        where: What the rows' dataset is called.

    Returns:
        The target, `prediction`, and of classes `p_<class>` for each, where the model tells
        probabilities; rows in their order.
    """
    from tilth.stages.train.predicting import predicted

    return predicted(test, model, asked, where)
