"""Rehearse on the rows there are what cleaning them and doubling them would change.

Nobody knows the clean labels, but more noise of any kind can be added, and half of the rows can
be left out. What that costs, on rows kept apart, tells how much the learner suffers from noise
and how much it still gains from rows: add noise to extrapolate to none, as SIMEX does, and halve
the rows to extrapolate to twice as many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.contradictions import (
    Contradictions,
    checked_probabilities,
    contradictions_of,
    top_margin,
)
from tilth.quality.curve_measurement import Progress, rows_of, shuffled
from tilth.quality.planted_noise import (
    KINDS,
    Kind,
    plant_ambiguous,
    plant_random,
    plant_systematic,
)
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DOSE = 0.12
"""Share of labels that are made wrong on top of those that are."""

_FOLDS = 5
_TRAININGS = 7  # in each fold: as they are, two halves, three kinds of noise, relabelled


@record
class Rehearsal:
    """For each row, the share of trainings without it that predicted its label.

    Attributes:
        as_is: After training on four fifths of the rows, shape (n_rows,).
        half: After training on half of those.
        dosed: Kind -> after training on as many, with more of that noise.
        relabelled: After training on as many, with the flagged given the label that the model
            gives them; scored by those labels too.
        trusted: Which rows were not flagged; the others' labels are no measure of anything.
        contradicted: What the noise that is there looks like.
    """

    as_is: Floats
    half: Floats
    dosed: Mapping[Kind, Floats]
    relabelled: Floats
    trusted: NDArray[np.bool_]
    contradicted: Contradictions


def rehearse(
    estimator: Any,
    features: Any,
    labels: ArrayLike,
    probabilities: ArrayLike,
    *,
    flagged: ArrayLike | None = None,
    repeats: int = 3,
    seed: int = 0,
    progress: Progress | None = None,
) -> Rehearsal:
    """Train without and with more noise, on all and on half of the rows.

    Args:
        estimator: Of scikit-learn's interface; it is cloned, never fitted itself.
        features: Array, sparse matrix, or Polars or pandas frame of n_rows rows.
        labels: Codes from 0, shape (n_rows,).
        probabilities: Out of fold, from any model that is good at this, such as the mean of a
            linear model and a forest; shape (n_rows, n_classes).
        flagged: Rows whose labels look wrong, booleans of shape (n_rows,); by default those
            that the probabilities are confident of in another class.
        repeats: Of a five-fold cross-validation; each costs 35 trainings.
        seed: Of folds and noise.
        progress: Called after each training.

    Raises:
        ValueError: A class has fewer rows than folds, or as `checked_probabilities`.

    References:
        J. R. Cook and L. A. Stefanski, "Simulation-extrapolation estimation in parametric
        measurement error models", JASA 89, 1994.
    """
    chances, given = checked_probabilities(probabilities, labels)
    counts = np.bincount(given, minlength=chances.shape[1])
    if (few := counts[counts > 0].min()) < _FOLDS or (counts > 0).sum() < 2:
        raise ValueError(f"{_FOLDS} folds need two classes of {_FOLDS} rows or more, not {few}")
    suspects = confidently_other(chances, given) if flagged is None else _mask(flagged, given.size)
    stage = _Stage(chances, given, suspects, contradictions_of(chances, given, seed=seed))
    right = _Right(given.size)
    total = repeats * _FOLDS * _TRAININGS
    for done, (lesson, test) in enumerate(_schedule(stage, repeats, seed), start=1):
        said = _taught(estimator, features, lesson, test)
        right.add(lesson.name, test, said == lesson.truth[test])
        if progress is not None:
            progress(done, total)
    return Rehearsal(
        as_is=right.share("as is"),
        half=right.share("half"),
        dosed={kind: right.share(kind) for kind in KINDS},
        relabelled=right.share("relabelled"),
        trusted=~suspects,
        contradicted=stage.contradicted,
    )


def confidently_other(chances: Floats, given: Integers) -> NDArray[np.bool_]:
    """Rows that are confidently of another class than the given, shape (n_rows,).

    Confident of a class is who has at least the mean probability of it among the rows that are
    given it.

    References:
        C. Northcutt, L. Jiang, I. Chuang, "Confident Learning", JAIR 70, 2021, eq. 1 and 2.
    """
    n_classes = chances.shape[1]
    sums = np.bincount(given, chances[np.arange(given.size), given], minlength=n_classes)
    counts = np.bincount(given, minlength=n_classes)
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    predicted = chances.argmax(axis=1)
    confident = chances.max(axis=1) >= thresholds[predicted]
    return (predicted != given) & confident  # type: ignore[no-any-return]  # an array


class _Right:
    """How often each row was predicted as it is labelled, for each lesson."""

    def __init__(self, n_rows: int) -> None:
        self._n_rows = n_rows
        self._sums: dict[str, Floats] = {}
        self._counts: dict[str, Floats] = {}

    def add(self, name: str, rows: Integers, right: NDArray[np.bool_]) -> None:
        sums = self._sums.setdefault(name, np.zeros(self._n_rows))
        counts = self._counts.setdefault(name, np.zeros(self._n_rows))
        sums[rows] += right
        counts[rows] += 1

    def share(self, name: str) -> Floats:
        return self._sums[name] / self._counts[name]


@record(kw_only=False)
class _Stage:
    """What is rehearsed with."""

    chances: Floats
    given: Integers
    suspects: NDArray[np.bool_]
    contradicted: Contradictions


@record(kw_only=False)
class _Lesson:
    """What is taught, and the labels that it is scored by."""

    name: str
    rows: Integers
    taught: Integers
    truth: Integers


def _schedule(stage: _Stage, repeats: int, seed: int) -> Iterator[tuple[_Lesson, Integers]]:
    """All lessons, each with the rows that it is tested on."""
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        fold = _folds(stage.given, rng)
        for each in range(_FOLDS):
            test, train = np.flatnonzero(fold == each), np.flatnonzero(fold != each)
            for lesson in _lessons(stage, train, rng):
                yield lesson, test


def _lessons(stage: _Stage, train: Integers, rng: np.random.Generator) -> Iterator[_Lesson]:
    given = stage.given
    order = train[shuffled(given[train], train.size, rng)]
    yield _Lesson("as is", train, given[train], given)
    for half in (order[::2], order[1::2]):
        yield _Lesson("half", half, given[half], given)
    for kind in KINDS:
        yield _Lesson(kind, train, _dosed(kind, stage, train, rng), given)
    mended = np.where(stage.suspects, stage.chances.argmax(axis=1), given)
    yield _Lesson("relabelled", train, mended[train], mended)


def _dosed(kind: Kind, stage: _Stage, train: Integers, rng: np.random.Generator) -> Integers:
    """More noise, of a kind that the probabilities make as like it as they can."""
    chances, given = stage.chances[train], stage.given[train]
    if kind == "random":
        return plant_random(given, DOSE, n_classes=chances.shape[1], seed=rng)
    if kind == "systematic":
        return plant_systematic(given, DOSE, partner=np.array(stage.contradicted.partner), seed=rng)
    ordered = np.argsort(-chances, axis=1, kind="stable")
    second = np.where(ordered[:, 0] == given, ordered[:, 1], ordered[:, 0])
    return plant_ambiguous(given, DOSE, margin=top_margin(chances), second=second, seed=rng)


def _taught(estimator: Any, features: Any, lesson: _Lesson, test: Integers) -> Integers:
    from sklearn.base import clone  # loads half of scikit-learn, which numbers alone do not need

    classes = np.unique(lesson.taught)
    if classes.size == 1:  # noise may have left one class, which many learners refuse
        return np.full(test.size, classes[0])
    model = clone(estimator).fit(rows_of(features, lesson.rows), lesson.taught)
    return np.asarray(model.predict(rows_of(features, test)))


def _folds(given: Integers, rng: np.random.Generator) -> Integers:
    """The fold of each row; each class is spread over all of them."""
    fold = np.empty(given.size, dtype=np.int64)
    fold[shuffled(given, given.size, rng)] = np.arange(given.size) % _FOLDS
    return fold


def _mask(flagged: ArrayLike, n_rows: int) -> NDArray[np.bool_]:
    mask = np.asarray(flagged, dtype=bool)
    if mask.shape != (n_rows,):
        raise ValueError(f"`flagged` tells of {mask.shape} rows, not of {n_rows}")
    if mask.all():
        raise ValueError("all rows are flagged, so no label is left to score by")
    return mask
