"""How good answers are, as one number, and how much of it a smaller model loses."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer, get_scorer_names

from tilth.errors import DataError, UnknownNameError
from tilth.quality.pruning.answers import Answers, Integers, told
from tilth.quality.pruning.quick import OF_CLASSES, OF_QUANTITIES
from tilth.record import record

_RARE = 0.1
"""A class below this share of an equal part is rare: accuracy says little of it."""


@record
class Metric:
    """A measure that scikit-learn has a scorer for.

    Attributes:
        name: What people are told: without `neg_`.
        scorer: The name of the scorer.
        sign: -1 where less is better.
        positive: Of two classes, the one that precision and recall are about.
    """

    name: str
    scorer: str
    sign: int
    positive: Any = None

    def of(self, answers: Answers, truth: NDArray[Any], rows: Integers | None = None) -> float:
        """Its value, as people are told it.

        Args:
            answers: What was said.
            truth: What is so, shape (n_rows,).
            rows: Only these, by position, some perhaps several times.

        Returns:
            NaN where it is not defined, as the area under a curve of one class.
        """
        at = np.arange(len(truth)) if rows is None else rows
        if not at.size:
            return float("nan")
        known = OF_QUANTITIES if answers.classes is None else OF_CLASSES
        if self.scorer in known:
            return known[self.scorer](answers, truth, at)
        scorer = copy.copy(get_scorer(self.scorer))
        if self._is_of_one(scorer):
            scorer._kwargs = {**scorer._kwargs, "pos_label": self.positive}
        with warnings.catch_warnings():
            # That a class is missing from a slice is seen in the value.
            warnings.simplefilter("ignore")
            try:
                return self.sign * float(scorer(told(answers), at, truth[at]))
            except ValueError:
                return float("nan")

    def _is_of_one(self, scorer: Any) -> bool:
        binary = scorer._kwargs.get("average", "binary") == "binary"
        takes = "pos_label" in signature(scorer._score_func).parameters
        return self.positive is not None and binary and takes

    def stake(self, original: float, guess: float | None = None) -> float:
        """What the original has to lose: its value, or its lead before a guess."""
        return abs(original) if guess is None else self.sign * (original - guess)

    def relative_loss(self, original: float, small: float, guess: float | None = None) -> float:
        """How much worse the small one is, as a share of what the original has.

        Below nought where it is better. NaN where one of them is NaN; infinite where the original
        has nothing (it made no error, or is no better than a guess) and the small one is worse.

        Args:
            original: The metric of the original.
            small: Of the small one.
            guess: Of a guess; then the share is of what the original is better than that, its
                lead, and otherwise of its value.
        """
        worse = self.sign * (original - small)
        has = self.stake(original, guess)
        if worse != worse or has != has:  # noqa: PLR0124 - NaN is not itself
            return float("nan")
        if has <= 0:
            return 0.0 if worse == 0 else float(np.inf * worse)
        return worse / has + 0.0  # no nought below nought


def metric_of(
    asked: str | None, classes: NDArray[Any] | None, truth: NDArray[Any], where: str
) -> Metric:
    """The metric that was asked for, or what fits the target, as stage `train` chooses it.

    Args:
        asked: The name of a scorer of scikit-learn, with or without `neg_`.
        classes: That the model tells apart; None of a quantity.
        truth: The target, for how rare classes are.
        where: Whose target it is.

    Raises:
        UnknownNameError: scikit-learn has no scorer of that name.
    """
    name = asked or _usual(classes, truth)
    known = set(get_scorer_names())
    if name not in known and f"neg_{name}" in known:
        name = f"neg_{name}"
    if name not in known:
        raise UnknownNameError("metric", name, known, where=where)
    sign = -1 if name.startswith("neg_") else 1
    positive = None if classes is None or len(classes) != 2 else _positive(classes, truth)
    return Metric(name=name.removeprefix("neg_"), scorer=name, sign=sign, positive=positive)


def _usual(classes: NDArray[Any] | None, truth: NDArray[Any]) -> str:
    if classes is None:
        return "neg_mean_absolute_error"
    counts = np.unique(truth, return_counts=True)[1]
    rare = counts.min() < _RARE * len(truth) * 2 / len(classes)
    if len(classes) > 2:
        return "balanced_accuracy" if rare else "accuracy"
    return "average_precision" if rare else "roc_auc"


def _positive(classes: NDArray[Any], truth: NDArray[Any]) -> Any:
    first, last = classes.tolist()
    if last in (True, 1):
        return last
    return first if (truth == first).mean() < 0.5 else last


def check_metric(
    metric: Metric, values: Sequence[float], guess: float | None, classes: Any, where: str
) -> None:
    """Refuse a metric of which nothing can be said to be lost.

    Args:
        metric: The metric.
        values: Of the original, on each fold.
        guess: Of a guess, the mean of the folds; None where losses are relative to the value.
        classes: That the model tells apart; None of a quantity.
        where: Who asks, in messages.

    Raises:
        DataError: It cannot be worked out, or nothing can be lost relative to it.
    """
    value = float(np.mean(values))
    if not np.isfinite(values).all():
        kind = "a quantity" if classes is None else f"{len(classes)} classes"
        which = "" if np.isnan(values).all() else f" in fold {np.isnan(values).argmax()}"
        raise DataError(
            f"{where}: there is no `{metric.name}` of this model{which}, whose target is {kind}",
            hint="such as `accuracy`, `roc_auc` or `log_loss` of classes, and "
            "`mean_absolute_error` or `r2` of a quantity",
        )
    none = metric.sign * (value - guess) <= 0 if guess is not None else value <= 0
    if none and (metric.sign > 0 or guess is not None):
        beside = "" if guess is None else f", where a guess has {guess:.3g}"
        raise DataError(
            f"{where}: the original's `{metric.name}` is {value:.3g} on rows held out{beside}, so "
            "nothing can be lost relative to it",
            hint="it is no better than a guess: a constant does, and is smaller than any",
        )
