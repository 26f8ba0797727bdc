"""What many models say of the rows that each of them happened not to see.

It asks for nothing but `predict`, so it serves any model; and the share of those models that
give a row its own label values the row: Y. Kwon, J. Zou, "Data-OOB: Out-of-bag Estimate as a
Simple and Efficient Data Value", ICML 2023.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.classes import Classes, coded
from tilth.quality.panel import needs_sklearn
from tilth.quality.rows import Rows, label_array, seeded
from tilth.quality.table_features import TableFeatures, as_table
from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@record
class OutOfBag:
    """The votes of models that have not seen a row.

    Attributes:
        classes: The labels in the order of the columns.
        values: Shape (n,): the share of votes for the given label; low where it looks wrong.
            NaN for a row that every model saw.
        probabilities: Shape (n, n_classes): shares of the votes, with one more vote for all
            classes by their share; for `tilth.quality.label_errors.find_label_errors`.
        n_votes: Shape (n,): models that have not seen the row, about 37 % of them.
    """

    classes: Classes
    values: Floats = field(repr=False)
    probabilities: Floats = field(repr=False)
    n_votes: Integers = field(repr=False)


def out_of_bag(
    features: Any,
    labels: ArrayLike | Sequence[Hashable],
    model: Any = None,
    *,
    classes: Sequence[Hashable] | None = None,
    n_models: int = 200,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> OutOfBag:
    """Fit copies of a model on rows drawn with replacement, and ask each about the others.

    Args:
        features: As for `tilth.quality.out_of_fold.out_of_fold`.
        labels: The given labels.
        model: Anything with `fit` and `predict`, fast to fit; None for decision trees on the
            features of any table.
        classes: As for `tilth.quality.classes.coded`.
        n_models: How many; 200 leave each row about 74 votes.
        seed: Of the draws and of the models.
        progress: As for `out_of_fold`.

    Raises:
        ValueError: No rows, numbers of rows that differ, no model, or one that predicts a label
            that is none of the classes.
        MissingLibraryError: scikit-learn is not installed.
    """
    needs_sklearn()
    given = coded(labels, classes)
    n, n_classes = len(given.codes), len(given.classes)
    if n_models < 1:
        raise ValueError(f"there must be at least one model, not {n_models}")
    if model is None:
        table = as_table(features)
        features, model = TableFeatures().fit(table).transform(table), _tree()
    rows = Rows(features)
    if len(rows) != n:
        raise ValueError(f"{len(rows)} rows of features but {n} labels")
    names = label_array(given.classes)
    random = np.random.default_rng(seed)
    votes = np.zeros((n, n_classes))
    for number in range(n_models):
        if progress is not None:
            progress(number, n_models, type(model).__name__)
        drawn = random.integers(0, n, n)
        others = np.setdiff1d(np.arange(n), drawn)
        if len(others) == 0:
            continue
        answers = _answers(model, rows, names[given.codes], drawn, others, seed=seed + number)
        votes[others, coded(answers, given.classes).codes] += 1
    if progress is not None:
        progress(n_models, n_models, "")
    return _summed(given.classes, given.codes, given.counts / n, votes)


def _tree() -> Any:
    from sklearn.tree import DecisionTreeClassifier  # half a second, and only models need it

    return DecisionTreeClassifier()


def _answers(
    model: Any, rows: Rows, labels: NDArray[Any], drawn: Integers, others: Integers, *, seed: int
) -> Any:
    if (labels[drawn] == labels[drawn[0]]).all():  # no classifier takes that
        return labels[drawn[:1]].repeat(len(others))
    fitted = seeded(model, seed)
    fitted.fit(rows.pick(drawn), labels[drawn])
    return fitted.predict(rows.pick(others))


def _summed(classes: Classes, codes: Integers, shares: Floats, votes: Floats) -> OutOfBag:
    n_votes = votes.sum(axis=1)
    own = votes[np.arange(len(codes)), codes]
    return OutOfBag(
        classes=classes,
        values=np.where(n_votes > 0, own / np.maximum(n_votes, 1), np.nan),
        probabilities=(votes + shares) / (n_votes + 1)[:, None],
        n_votes=n_votes.astype(np.int64),
    )
