"""What a model said of rows, kept so that it can be scored on any part of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from tilth.errors import DataError
from tilth.quality.classes import classes_of
from tilth.quality.pruning.packed import PackedClassifier
from tilth.record import changed, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@record
class Answers:
    """What was said of each row.

    Attributes:
        labels: Classes or quantities, shape (n_rows,).
        chances: Shape (n_rows, n_classes); None where the model tells none.
        scores: What it adds up before it decides, shape (n_rows,) or (n_rows, n_classes);
            None where it tells none, or tells chances.
        classes: What the columns stand for, shape (n_classes,); None of a quantity.
    """

    labels: NDArray[Any]
    chances: Floats | None
    scores: Floats | None
    classes: NDArray[Any] | None

    def __len__(self) -> int:
        return len(self.labels)

    def among(self, classes: NDArray[Any] | None) -> Answers:
        """The same among more classes: those that the model has never seen have no chance.

        Args:
            classes: All, in order; among them those of the model. None of a quantity.

        Raises:
            DataError: Scores were told; what those of other classes would be is not known.
        """
        if classes is None or self.classes is None or len(classes) == len(self.classes):
            return self
        if self.chances is None:
            if self.scores is None:
                return changed(self, classes=classes)
            lacking = sorted(set(classes.tolist()) - set(self.classes.tolist()))
            raise DataError(
                f"class `{lacking[0]}` has no row outside of the fold that is held out, and a "
                "model that tells scores has none for it",
                hint="put rare classes together, or ask for fewer `folds`",
            )
        chances = np.zeros((len(self), len(classes)))
        chances[:, np.searchsorted(classes, self.classes)] = self.chances
        return changed(self, chances=chances, classes=classes)

    @classmethod
    def joined(cls, parts: list[Answers], rows: list[Integers]) -> Answers:
        """Answers about parts of a table, put back at their rows.

        Args:
            parts: At least one; all of one kind of model.
            rows: The rows of each part; together each row once.
        """
        order = np.argsort(np.concatenate(rows))

        def whole(name: str) -> Any:
            if getattr(parts[0], name) is None:
                return None
            return np.concatenate([getattr(each, name) for each in parts])[order]

        return cls(
            labels=whole("labels"),
            chances=whole("chances"),
            scores=whole("scores"),
            classes=parts[0].classes,
        )


def answers_of(model: Any, table: Any) -> Answers:
    """Ask a fitted model about rows.

    Args:
        model: Of scikit-learn's interface; a classifier has `classes_`.
        table: With the columns that it was fitted on, and perhaps others.
    """
    classes = classes_of(model)
    chances = scores = None
    table = own_columns(model, table)
    if classes is not None and hasattr(model, "predict_proba"):
        chances = np.asarray(model.predict_proba(table), float)
    elif classes is not None and hasattr(model, "decision_function"):
        scores = np.asarray(model.decision_function(table), float)
    if isinstance(model, PackedClassifier):
        labels = model.labels_of(chances)  # without going through all trees again
    else:
        labels = np.asarray(model.predict(table))
    return Answers(labels=labels, chances=chances, scores=scores, classes=classes)


def own_columns(model: Any, table: Any) -> Any:
    """The columns of a table that a model was fitted on; all where it knows no names."""
    names = getattr(model, "feature_names_in_", None)
    if names is None or not hasattr(table, "columns"):
        return table
    return table[[str(each) for each in names]]


def told(answers: Answers) -> Any:
    """A model of scikit-learn's interface that repeats answers: rows are given by position."""
    return _Quantities(answers) if answers.classes is None else _classes(answers)


class _Quantities(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def fit(self, *_: Any) -> _Quantities:
        return self

    def predict(self, rows: Integers) -> NDArray[Any]:
        return self.answers.labels[rows]


class _Labels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # as above
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.classes_ = answers.classes

    def fit(self, *_: Any) -> _Labels:
        return self

    def predict(self, rows: Integers) -> NDArray[Any]:
        return self.answers.labels[rows]


class _Chances(_Labels):
    def predict_proba(self, rows: Integers) -> Floats:
        assert self.answers.chances is not None  # see `_classes`
        return self.answers.chances[rows]


class _Scores(_Labels):
    def decision_function(self, rows: Integers) -> Floats:
        assert self.answers.scores is not None  # as above
        return self.answers.scores[rows]


def _classes(answers: Answers) -> Any:
    if answers.chances is not None:
        return _Chances(answers)
    return _Labels(answers) if answers.scores is None else _Scores(answers)
