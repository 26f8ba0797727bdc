"""How good a model is: a metric with a name, and fits on folds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from tilth.data.pickled import pickled
from tilth.errors import DataError, UnknownNameError
from tilth.quality.panel import few_threads
from tilth.record import record
from tilth.stages.train.lesson import Lesson, Split
from tilth.stages.train.making import fitted

_RARE = 0.1
"""A class below this share of the rows is rare: accuracy says little of it."""


@record
class Metric:
    """How good a model is, as a number.

    Attributes:
        scorer: The name that scikit-learn has for it.
        name: What people are told: without `neg_`.
        sign: What a score is multiplied with for people: -1 where less is better.
    """

    scorer: str
    name: str
    sign: int

    @property
    def higher_is_better(self) -> bool:
        """Of the number that people are told."""
        return self.sign > 0


def metric_of(asked: str | None, lesson: Lesson) -> Metric:
    """The metric that was asked for, or what fits the target.

    Of two classes that is the area under the ROC curve, where one of them is rare the average
    precision, of several classes the accuracy, where one is rare the mean over classes of it,
    and of a quantity the mean absolute error.

    References:
        T. Saito, M. Rehmsmeier, "The precision-recall plot is more informative than the ROC plot
        when evaluating binary classifiers on imbalanced datasets", PLOS ONE 10, 2015.

    Raises:
        UnknownNameError: scikit-learn has no scorer of that name.
        DataError: It is about something else than the target.
    """
    from sklearn.metrics import get_scorer_names  # beside what the caller has imported

    name = asked or _usual(lesson)
    known = set(get_scorer_names())
    if name not in known:
        name = f"neg_{name}" if f"neg_{name}" in known else name
    if name not in known:
        raise UnknownNameError("metric", name, known, where=lesson.where)
    if name.startswith("neg_"):
        return Metric(scorer=name, name=name.removeprefix("neg_"), sign=-1)
    return Metric(scorer=name, name=name, sign=1)


def _usual(lesson: Lesson) -> str:
    if not lesson.classes:
        return "neg_mean_absolute_error"
    rare = min(lesson.counts.values()) < _RARE * len(lesson) * 2 / len(lesson.classes)
    if len(lesson.classes) > 2:
        return "balanced_accuracy" if rare else "accuracy"
    return "average_precision" if rare else "roc_auc"


def scorer_of(metric: Metric, lesson: Lesson) -> Any:
    """The function of a fitted model, rows and answers that gives the score.

    Precision, recall and what comes of them are of one class of two, see `Lesson.positive`.
    """
    import copy  # with what follows, for those who score alone
    from inspect import signature  # as above

    from sklearn.metrics import get_scorer  # as above

    scorer = copy.copy(get_scorer(metric.scorer))
    of_one = scorer._kwargs.get("average", "binary") == "binary"
    takes_one = "pos_label" in signature(scorer._score_func).parameters
    if len(lesson.classes) == 2 and of_one and takes_one:
        scorer._kwargs = {**scorer._kwargs, "pos_label": lesson.positive}
    return scorer


@record
class FoldScore:
    """What came of one fold.

    Attributes:
        score: Greater is better.
        fit_seconds: Of fitting preparation and estimator.
        predict_seconds: Of one prediction for each scored row.
        n_trained: Rows that were trained on.
        n_scored: Rows that were scored.
        n_bytes: Of the fitted pipeline as a pickle; 0 where it was not asked for.
    """

    score: float
    fit_seconds: float
    predict_seconds: float
    n_trained: int
    n_scored: int
    n_bytes: int = 0


def score_fold(
    model: Any, lesson: Lesson, split: Split, scorer: Any, *, sized: bool = False
) -> FoldScore:
    """Fit an unfitted pipeline on a part of the rows and score it on another.

    Args:
        model: The pipeline; it is fitted itself, so give a fresh one.
        lesson: All rows.
        split: Rows to train on, rows to score.
        scorer: From `scorer_of`.
        sized: Whether the fitted model is weighed, too.

    Raises:
        DataError: The score is NaN, as where a metric is not defined for the rows.
    """
    trained, scored = (lesson.only(rows) for rows in split)
    with quietly(lesson):
        start = perf_counter()
        fitted(model, trained)
        done = perf_counter()
        model.predict(scored.table)
        said = perf_counter()
        score = float(scorer(model, scored.table, scored.answers))
    if score != score:  # noqa: PLR0124 - NaN is not itself
        raise DataError(f"{lesson.where}: the score is not a number")
    return FoldScore(
        score=score,
        fit_seconds=done - start,
        predict_seconds=said - done,
        n_trained=len(trained),
        n_scored=len(scored),
        n_bytes=sum(map(len, pickled(model))) if sized else 0,
    )


@contextmanager
def quietly(lesson: Lesson) -> Iterator[None]:
    """Without warnings, and on little data with one thread.

    That a linear model has not converged, or that a class was never predicted, is seen in the
    score; said once for each fold and trial it would hide all else.
    """
    with few_threads(lesson.table.height * lesson.table.width * 4), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_metric(metric: Metric, lesson: Lesson, splits: Sequence[Split]) -> None:
    """Refuse a metric that cannot be worked out on these folds.

    Raises:
        DataError: It is for another kind of target, or asks for probabilities of classes that a
            fold has no row of.
    """
    from sklearn.metrics import get_scorer  # as above

    scorer = get_scorer(metric.scorer)
    if metric.scorer in _OF_QUANTITIES and lesson.classes:
        raise DataError(
            f"{lesson.where}: the target holds classes, and `{metric.name}` is of a quantity",
            hint="such as `accuracy`, `roc_auc` or `log_loss`; or say `task: regression`",
        )
    if metric.scorer not in _OF_QUANTITIES and not lesson.classes:
        raise DataError(
            f"{lesson.where}: the target is a quantity, and `{metric.name}` is of classes",
            hint="such as `mean_absolute_error`, `r2` or `max_error`; or say `task: "
            "classification`",
        )
    if len(lesson.classes) > 2 and metric.scorer in _OF_TWO:
        raise DataError(
            f"{lesson.where}: `{metric.name}` is of two classes, and the target has "
            f"{len(lesson.classes)}",
            hint=f"take `{_OF_TWO[metric.scorer]}`",
        )
    if not lesson.classes or scorer._response_method == "predict":
        return
    for number, (trained, scored) in enumerate(splits):
        for rows, what in ((trained, "to train on"), (scored, "to score")):
            absent = set(lesson.classes) - set(lesson.answers[rows].tolist())
            if absent:
                raise DataError(
                    f"{lesson.where}: fold {number} has no row of class "
                    f"`{min(absent, key=str)}` {what}, so there is no `{metric.name}` of it",
                    hint="take fewer `folds`, put rare classes together, or take a metric such "
                    "as `balanced_accuracy`",
                )


_OF_QUANTITIES = frozenset(
    {
        "explained_variance", "r2", "neg_max_error", "d2_absolute_error_score",
        "neg_mean_absolute_error", "neg_mean_squared_error", "neg_root_mean_squared_error",
        "neg_mean_squared_log_error", "neg_root_mean_squared_log_error",
        "neg_median_absolute_error", "neg_mean_absolute_percentage_error",
        "neg_mean_poisson_deviance", "neg_mean_gamma_deviance",
    }
)  # fmt: skip
"""Scorers that are of numbers; the others are of classes."""

_OF_TWO = {
    "roc_auc": "roc_auc_ovr",
    **{name: f"{name}_macro" for name in ("f1", "precision", "recall", "jaccard")},
    "neg_brier_score": "neg_log_loss",
    "positive_likelihood_ratio": "balanced_accuracy",
    "neg_negative_likelihood_ratio": "balanced_accuracy",
}
"""Scorers that are of two classes alone, and what does for several."""
