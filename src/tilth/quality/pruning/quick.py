"""The usual metrics in a few operations on arrays.

An interval takes a thousand of them, and scikit-learn looks through its arguments each time for
longer than it then calculates. Each gives what the scorer of the same name gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tilth.quality.pruning.answers import Answers, Floats, Integers

Measure = Callable[[Answers, NDArray[Any], Integers], float]

NOTHING = float("nan")


def accuracy(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The share of labels that are right."""
    return float((answers.labels[rows] == truth[rows]).mean())


def balanced_accuracy(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The same, the mean over the classes that occur."""
    _, codes, counts = np.unique(truth[rows], return_inverse=True, return_counts=True)
    right = np.bincount(codes, weights=answers.labels[rows] == truth[rows])
    return float((right / counts).mean())


def roc_auc(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """How often one of the second of two classes is held likelier than one of the first.

    The rank sum of Mann and Whitney; ties count half.
    """
    scores = answers.scores if answers.chances is None else answers.chances[:, 1]
    if scores is None or answers.classes is None or len(answers.classes) != 2:
        return NOTHING
    second = truth[rows] == answers.classes[1]
    n = int(second.sum())
    pairs = n * (len(rows) - n)
    if not pairs:
        return NOTHING
    ranks = rankdata(scores[rows])
    return float((ranks[second].sum() - n * (n + 1) / 2) / pairs)


def log_loss(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The mean negative logarithm of the chance of what is so."""
    if answers.classes is None or answers.chances is None:
        return NOTHING
    own = answers.chances[rows][truth[rows][:, None] == answers.classes]
    least = np.finfo(float).eps
    return float(-np.log(np.clip(own, least, 1 - least)).mean())


def mean_absolute_error(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The mean of how far answers are from what is so."""
    return float(np.abs(_away(answers, truth, rows)).mean())


def mean_squared_error(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The mean of the squares of that."""
    return float((_away(answers, truth, rows) ** 2).mean())


def root_mean_squared_error(answers: Answers, truth: NDArray[Any], rows: Integers) -> float:
    """The root of the former."""
    return float(np.sqrt(mean_squared_error(answers, truth, rows)))


def _away(answers: Answers, truth: NDArray[Any], rows: Integers) -> Floats:
    return np.asarray(answers.labels[rows] - truth[rows], float)


OF_CLASSES: Mapping[str, Measure] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "roc_auc": roc_auc,
    "neg_log_loss": log_loss,
}
"""Scorer -> the same, not negated."""

OF_QUANTITIES: Mapping[str, Measure] = {
    "neg_mean_absolute_error": mean_absolute_error,
    "neg_mean_squared_error": mean_squared_error,
    "neg_root_mean_squared_error": root_mean_squared_error,
}
"""Likewise."""
