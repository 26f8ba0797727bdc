"""Rows whose label looks wrong, by confident learning, ranked for people to look at.

C. Northcutt, L. Jiang, I. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", Journal of Artificial Intelligence Research 70, 2021.

Nothing here changes a label. In ten well-known test sets, people confirmed about half of what
this method suspected (C. Northcutt, A. Athalye, J. Mueller, "Pervasive Label Errors in Test
Sets Destabilize Machine Learning Benchmarks", NeurIPS 2021, Datasets and Benchmarks).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality import confident_joint
from tilth.quality.classes import Classes, Coded, coded
from tilth.quality.confident_joint import ConfidentJoint, Flags, Floats, Integers, Reading
from tilth.record import field, record

_CLOSE = 1e-6
"""Margins up to this are no margins; see `confident_joint`."""


class Prune(StrEnum):
    """Which rows are suspected, once it is known how many (section 3.2 of the paper)."""

    NOISE_RATE = "noise rate"
    """For each pair of classes, as many as the joint counts, by the largest margin."""
    CLASS = "class"
    """For each class, as many as the joint counts off its diagonal, by the lowest probability."""
    BOTH = "both"
    """Those that both ways suspect: fewer rows, more of them wrong."""


class Score(StrEnum):
    """What ranks the rows (section 4.2 of the paper); the lowest look worst."""

    SELF_CONFIDENCE = "self-confidence"
    """The probability of the given label: 0 to 1."""
    NORMALISED_MARGIN = "normalised margin"
    """The probability of the given label less that of the most probable other: -1 to 1."""


@record
class LabelErrors:
    """Suspected rows, the worst first.

    Attributes:
        classes: What the codes stand for.
        rows: Shape (n_suspects,): positions in the data.
        given: Their labels, as codes.
        suggested: The class that the model finds most probable, as codes.
        scores: What ranks them, rising.
        joint: The counts that say how many rows are suspected.
        reading: What the probabilities say of every row.
    """

    classes: Classes
    rows: Integers
    given: Integers
    suggested: Integers
    scores: Floats
    joint: ConfidentJoint = field(repr=False)
    reading: Reading = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_rows(self) -> int:
        """Rows that were looked at."""
        return len(self.reading.own)


def find_label_errors(
    labels: ArrayLike | Sequence[Hashable],
    probabilities: ArrayLike,
    *,
    classes: Sequence[Hashable] | None = None,
    prune: Prune | str = Prune.NOISE_RATE,
    score: Score | str = Score.SELF_CONFIDENCE,
) -> LabelErrors:
    """Rank the rows whose label a model disowns more firmly than its own errors would explain.

    Time is O(n K + n log n) for n rows and K classes; the probabilities are read in blocks, so
    a memory map (`numpy.load(..., mmap_mode="r")`) need not fit into memory.

    Args:
        labels: The given labels: codes 0 to K - 1, or anything hashable.
        probabilities: Shape (n, K): for each row, by a model that did not see it
            (`tilth.quality.out_of_fold`); each row sums to one.
        classes: The labels in the order of the columns; see `tilth.quality.classes.coded`.
        prune: How the rows are picked; there are never all rows of a class among them.
        score: What ranks them.

    Raises:
        ValueError: No rows; a label that is no class; probabilities that are not finite, below
            zero, do not sum to one, or are of one class alone.
    """
    prune, score = Prune(prune), Score(score)
    matrix = confident_joint.as_probabilities(probabilities)
    given = coded(labels, classes, n_classes=matrix.shape[1])
    reading = confident_joint.read(given, matrix)
    joint = confident_joint.joint_of(given, reading)
    counts = removable(joint)
    suspected = reading.doubtful
    if prune is not Prune.CLASS:
        suspected = suspected & _by_noise_rate(given, matrix, reading, counts)
    if prune is not Prune.NOISE_RATE:
        suspected = suspected & _by_class(given, reading, counts)
    return _ranked(given, reading, joint, np.flatnonzero(suspected), score)


def label_scores(
    labels: ArrayLike | Sequence[Hashable],
    probabilities: ArrayLike,
    *,
    classes: Sequence[Hashable] | None = None,
    score: Score | str = Score.SELF_CONFIDENCE,
) -> Floats:
    """Score every row's label, shape (n,); the lowest look worst.

    Args and errors are those of `find_label_errors`.
    """
    matrix = confident_joint.as_probabilities(probabilities)
    given = coded(labels, classes, n_classes=matrix.shape[1])
    own = confident_joint.own(given, matrix)
    if Score(score) is Score.SELF_CONFIDENCE:
        return own
    others = np.empty(len(own))
    for rows, block in confident_joint.blocks(matrix):
        rest = block.copy()
        np.put_along_axis(rest, given.codes[rows, None], -np.inf, axis=1)
        others[rows] = rest.max(axis=1)
    return own - others


def removable(joint: ConfidentJoint) -> Integers:
    """Whole rows to suspect for each pair of classes; at least one row of a class is kept."""
    counts = joint.rounded()
    for code in np.flatnonzero((counts.diagonal() == 0) & (joint.n_by_class > 0)):
        counts[code, code] = 1
        counts[code, np.argmax(np.where(np.arange(len(counts)) == code, 0, counts[code]))] -= 1
    return counts


def _by_noise_rate(
    given: Coded, probabilities: NDArray[Any], reading: Reading, counts: Integers
) -> Flags:
    """For each pair, the rows with the largest p(other class) - p(given label)."""
    suspected = np.zeros(len(given.codes), dtype=np.bool_)
    doubtful = np.flatnonzero(reading.doubtful)
    of_class = _rows_by_class(given.codes[doubtful], len(counts))
    everyone: list[Integers] | None = None
    for code in np.flatnonzero(counts.sum(axis=1) > counts.diagonal()):
        rows = doubtful[of_class[code]]
        wanted = counts[code].copy()
        wanted[code] = 0
        margins = _margins(probabilities, rows, reading)
        # All rows beyond these have no margin. So where these suffice, the others need no look.
        scarce = (margins > _CLOSE).sum(axis=0) < wanted
        suspected[rows] = _largest_of_each(margins, np.where(scarce, 0, wanted))
        if scarce.any():
            everyone = everyone or _rows_by_class(given.codes, len(counts))
            rows = everyone[code]
            margins = _margins(probabilities, rows, reading)
            suspected[rows] |= _largest_of_each(margins, np.where(scarce, wanted, 0))
    return suspected


def _margins(probabilities: NDArray[Any], rows: Integers, reading: Reading) -> Floats:
    """p(each class) - p(given label), shape (n_classes, len(rows)), as columns for speed."""
    own: Floats = np.asarray(probabilities[rows], dtype=np.float64) - reading.own[rows, None]
    return np.asfortranarray(own)


def _largest_of_each(margins: Floats, wanted: Integers) -> Flags:
    """Rows that are among the `wanted[j]` largest of any column j; of equals, the first."""
    found = np.zeros(len(margins), dtype=np.bool_)
    for column in np.flatnonzero(wanted):
        found |= _largest(margins[:, column], int(wanted[column]))
    return found


def _largest(values: Floats, n: int) -> Flags:
    if n >= len(values):
        return np.ones(len(values), dtype=np.bool_)
    least = np.partition(values, len(values) - n)[len(values) - n]
    found: Flags = values > least
    equal = np.flatnonzero(values == least)
    found[equal[: n - int(found.sum())]] = True
    return found


def _by_class(given: Coded, reading: Reading, counts: Integers) -> Flags:
    """For each given label, the rows with the lowest probability of it."""
    suspected = np.zeros(len(given.codes), dtype=np.bool_)
    wanted = counts.sum(axis=1) - counts.diagonal()
    rows = _rows_by_class(given.codes, len(counts))
    for code in np.flatnonzero(wanted):
        suspected[rows[code]] = _largest(-reading.own[rows[code]], int(wanted[code]))
    return suspected


def _rows_by_class(codes: Integers, n_classes: int) -> list[Integers]:
    order = np.argsort(codes.astype(np.int32), kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=n_classes))
    return np.split(order, ends[:-1])


def _ranked(
    given: Coded, reading: Reading, joint: ConfidentJoint, rows: Integers, score: Score
) -> LabelErrors:
    scores = reading.own[rows]
    if score is Score.NORMALISED_MARGIN:
        scores = scores - reading.top[rows]  # a suspect's most probable other class is its top
    order = np.argsort(scores, kind="stable")
    rows = rows[order]
    return LabelErrors(
        classes=given.classes,
        rows=rows,
        given=given.codes[rows],
        suggested=reading.predicted[rows],
        scores=scores[order],
        joint=joint,
        reading=reading,
    )
