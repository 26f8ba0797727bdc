"""Measure a learning curve: train on nested parts of the rows, several times, and score.

Also for kinds of rows apart, since a model may have enough of one kind and lack another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.learning_curve import Curve, Refusal, curve_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Metric = Callable[[NDArray[Any], NDArray[Any]], float]
"""True values and predictions, each of shape (n_rows,) -> a score."""

Progress = Callable[[int, int], None]
"""Trainings done, and trainings in all."""

ALL = "all rows"


def accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Share of predictions that are right."""
    return float(np.mean(truth == predicted))


def measure_curve(
    estimator: Any,
    features: Any,
    target: ArrayLike,
    *,
    sizes: Sequence[int] | None = None,
    repeats: int = 5,
    test_share: float = 0.25,
    metric: Metric = accuracy,
    greater_is_better: bool = True,
    best: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Curve:
    """Train clones of an estimator on growing parts of the rows, and score each on rows apart.

    In each repeat rows are shuffled, some set apart for scoring, and the sizes are prefixes of
    the rest, so that larger parts contain the smaller ones and differences between sizes do not
    suffer from different rows. For a classifier every prefix has the classes in proportion.

    Args:
        estimator: Of scikit-learn's interface; it is cloned, never fitted itself.
        features: Array, sparse matrix, or Polars or pandas frame of n_rows rows.
        target: Shape (n_rows,), without missing values.
        sizes: Rising numbers of training rows; by default seven, from a thirty-second of what
            is there to all of it, in equal ratios.
        repeats: At least 1; five tell the noise well enough.
        test_share: Of rows for scoring, above 0 and below 1.
        metric: Accuracy by default.
        greater_is_better: False for an error or a loss.
        best: The best score that can be; see `curve_of`.
        seed: Of the shuffling. An estimator brings its own `random_state`.
        progress: Called after each training.

    Raises:
        ValueError: One class, missing labels, too few rows, or a size that is not there.
    """
    found = measure_curves(
        estimator,
        features,
        target,
        slices={},
        sizes=sizes,
        repeats=repeats,
        test_share=test_share,
        metric=metric,
        greater_is_better=greater_is_better,
        best=best,
        seed=seed,
        progress=progress,
    )[ALL]
    assert isinstance(found, Curve)
    return found


def measure_curves(
    estimator: Any,
    features: Any,
    target: ArrayLike,
    *,
    slices: Mapping[str, ArrayLike],
    sizes: Sequence[int] | None = None,
    repeats: int = 5,
    test_share: float = 0.25,
    metric: Metric = accuracy,
    greater_is_better: bool = True,
    best: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    scored_on: tuple[Any, ArrayLike] | None = None,
    whole: tuple[int, ArrayLike] | None = None,
) -> dict[str, Curve | Refusal]:
    """As `measure_curve`, scored on all rows and on each slice of them, by the same trainings.

    The sizes of a slice's curve are rows of the whole, mixed as they are now.

    Args:
        slices: Name -> which rows belong to it, booleans of shape (n_rows,); of the rows of
            `scored_on`, where that is given.
        scored_on: Features and target of other rows to score on, so that none is lost to
            training. Each repeat scores on as many of them drawn with replacement, so that it
            is part of the noise which they happen to be.
        whole: How many rows a model has learned from that is there already, more than any of
            the sizes, and its predictions for the rows of `scored_on`: a last point of the
            curve that costs no training. All repeats share this one.

    Returns:
        `ALL` and each slice's name -> its curve, or a refusal where a draw had no row of it to
        score on.

    Raises:
        ValueError: As `measure_curve`; or `whole` does not fit.
    """
    labels = _checked_target(target)
    others = None if scored_on is None else _checked_target(scored_on[1])
    truth = labels if others is None else others
    masks = {ALL: np.ones(truth.size, bool), **_checked_slices(slices, truth.size)}
    classes = _classes(estimator, labels)
    n_test = int(np.ceil(test_share * labels.size)) if scored_on is None else 0
    chosen = _checked_sizes(sizes, labels.size - n_test, classes)
    asked = features if scored_on is None else scored_on[0]
    said = None if whole is None else _checked_whole(whole, max(chosen), truth.size)
    sizes = (*chosen, *([] if whole is None else [whole[0]]))
    scores = {name: np.full((len(sizes), repeats), np.nan) for name in masks}
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        order = shuffled(labels if classes else None, labels.size, rng)
        test, train = order[:n_test], order[n_test:]
        if others is not None:
            test = rng.integers(others.size, size=others.size)
        rows = rows_of(asked, test)
        for step, size in enumerate(sizes):
            if step == len(chosen):
                assert said is not None
                predicted = said[test]
            else:
                predicted = _trained(estimator, features, labels, train[:size], rows)
            for name, mask in masks.items():
                if (inside := mask[test]).any():
                    score = metric(truth[test][inside], predicted[inside])
                    scores[name][step, repeat] = score
            if progress is not None:
                progress(repeat * len(sizes) + step + 1, repeats * len(sizes))
    return {
        name: _curve_or_refusal(name, sizes, measured, greater_is_better, best)
        for name, measured in scores.items()
    }


def default_sizes(n_train: int, *, n_sizes: int = 7, smallest: int = 10) -> tuple[int, ...]:
    """Sizes in equal ratios, the largest all there is, the smallest a thirty-second of it."""
    start = min(max(smallest, n_train // 32), n_train)
    return tuple(sorted({int(each) for each in np.geomspace(start, n_train, n_sizes).round()}))


def shuffled(labels: NDArray[Any] | None, n_rows: int, rng: np.random.Generator) -> Integers:
    """Rows in random order; with labels, every prefix has the classes nearly in proportion.

    Each class spreads its rows evenly over the order, from a random start.
    """
    order = rng.permutation(n_rows)
    if labels is None:
        return order
    _, codes, counts = np.unique(labels[order], return_inverse=True, return_counts=True)
    by_class = np.argsort(codes, kind="stable")
    rank = np.empty(n_rows, dtype=np.int64)
    rank[by_class] = np.arange(n_rows) - np.repeat(np.cumsum(counts) - counts, counts)
    place = (rank + rng.random(counts.size)[codes]) / counts[codes]
    return order[np.argsort(place, kind="stable")]


def rows_of(table: Any, rows: Integers) -> Any:
    """Some rows of an array, a sparse matrix or a frame."""
    if hasattr(table, "iloc"):  # pandas, whose brackets take columns
        return table.iloc[rows]
    return table[rows]


def _trained(
    estimator: Any, features: Any, labels: NDArray[Any], train: Integers, asked: Any
) -> NDArray[Any]:
    from sklearn.base import clone  # loads half of scikit-learn, which numbers alone do not need

    model = clone(estimator).fit(rows_of(features, train), labels[train])
    return np.asarray(model.predict(asked))


def _checked_target(target: ArrayLike) -> NDArray[Any]:
    labels = np.asarray(target)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"a target has the shape (n_rows,) and some rows, not {labels.shape}")
    missing = [
        each is None or (isinstance(each, float) and isnan(each)) for each in labels.tolist()
    ]
    if any(missing):
        raise ValueError(f"{sum(missing)} of {labels.size} rows have no target")
    return labels


def _checked_whole(whole: tuple[int, ArrayLike], most: int, n_rows: int) -> NDArray[Any]:
    rows, said = whole[0], np.asarray(whole[1])
    if rows <= most or len(said) != n_rows:
        raise ValueError(
            f"a model that learned from {rows} rows, with {len(said)} predictions, is no last "
            f"point of a curve of up to {most} rows that is scored on {n_rows}"
        )
    return said


def _classes(estimator: Any, labels: NDArray[Any]) -> int:
    """How many classes there are; 0 where the target is a quantity."""
    from sklearn.base import is_classifier  # as above

    if not is_classifier(estimator):
        return 0
    classes, counts = np.unique(labels, return_counts=True)
    if classes.size < 2:
        raise ValueError(f"all {labels.size} rows are of one class, {classes[0]!r}")
    if (rare := counts.min()) < 2:
        alone = classes[counts < 2]
        raise ValueError(
            f"class {alone[0]!r} has {rare} row, which cannot be both learnt and scored"
        )
    return int(classes.size)


def _checked_slices(slices: Mapping[str, ArrayLike], n_rows: int) -> dict[str, NDArray[np.bool_]]:
    checked = {}
    for name, mask in slices.items():
        checked[name] = np.asarray(mask, dtype=bool)
        if checked[name].shape != (n_rows,):
            raise ValueError(f"slice `{name}` tells of {checked[name].shape} rows, not {n_rows}")
    return checked


def _checked_sizes(sizes: Sequence[int] | None, n_train: int, classes: int) -> tuple[int, ...]:
    least = max(2 * classes, 5)
    if n_train < least:
        raise ValueError(f"{n_train} rows to train on are too few; at least {least} are needed")
    if sizes is None:
        return default_sizes(n_train, smallest=max(10, least))
    if any(not 1 <= size <= n_train for size in sizes):
        raise ValueError(f"sizes {list(sizes)} do not lie between 1 and {n_train} rows")
    return tuple(int(size) for size in sizes)


def _curve_or_refusal(
    name: str, sizes: Sequence[int], scores: Floats, greater_is_better: bool, best: float | None
) -> Curve | Refusal:
    scored = ~np.isnan(scores).any(axis=0)
    if name != ALL and not scored.all():
        message = f"slice `{name}` had rows to score on in {scored.sum()} of {scored.size} repeats"
        return Refusal(reason="too few repeats", message=message)
    return curve_of(sizes, scores, greater_is_better=greater_is_better, best=best)
