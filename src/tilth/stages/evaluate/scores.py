"""What a learning curve is of: models that answer as the loss asks, and their scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from tilth.quality.curve_measurement import accuracy
from tilth.quality.judgement import Loss, loss_of
from tilth.quality.rows import label_array
from tilth.stages.evaluate.tables import Learned

Metric = Callable[[NDArray[Any], NDArray[Any]], float]


class Chances(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier whose answers are the probabilities of all classes.

    Attributes:
        estimator: Whose probabilities.
        classes: All classes, in order; those that it was not taught have none.
    """

    def __init__(self, estimator: Any, classes: NDArray[Any]) -> None:
        self.estimator = estimator
        self.classes = classes

    def fit(self, features: Any, labels: NDArray[Any]) -> Chances:
        """Fit a clone of the estimator."""
        self._fitted = clone(self.estimator).fit(features, labels)
        self.classes_ = self._fitted.classes_
        return self

    def predict(self, features: Any) -> NDArray[np.float64]:
        """Shape (n_rows, n_classes)."""
        said = self._fitted.predict_proba(features)
        found = np.zeros((len(said), len(self.classes)))
        place = {each: code for code, each in enumerate(self.classes.tolist())}
        found[:, [place[each] for each in self.classes_.tolist()]] = said
        return found


def answering(estimator: Any, metric: str, lesson: Learned) -> Any:
    """An estimator that answers what a metric is worked out from."""
    return Chances(estimator, label_array(lesson.classes)) if metric == "log loss" else estimator


def scores(metric: str, lesson: Learned) -> Metric:
    """The metric with a name, of true values and of what `answering` gives."""
    if metric == "accuracy":
        return accuracy
    if metric == "log loss":
        place = {each: code for code, each in enumerate(lesson.classes)}

        def log_loss(truth: NDArray[Any], chances: NDArray[Any]) -> float:
            codes = np.array([place[each] for each in truth.tolist()])
            return float(loss_of("log loss", codes, codes, chances).mean())

        return log_loss
    loss: Loss = "squared error" if "squared" in metric else "absolute error"
    return lambda truth, predicted: float(loss_of(loss, truth, predicted, None).mean())
