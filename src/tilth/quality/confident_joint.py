"""Confident learning's first half: how many rows of each given label are truly of which class.

C. Northcutt, L. Jiang, I. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", Journal of Artificial Intelligence Research 70, 2021.

The probabilities are read twice, in blocks, so that they may be a memory map that is larger
than memory; beside them, some bytes for each row are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.classes import Coded
from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY = -1
"""Stands for the class of a row that the model is confident about in no class."""

_TOLERANCE = 1e-3
"""How far the probabilities of a row may sum from one, for rounding in half precision."""

_CLOSE = 1e-6
"""What counts as equal among probabilities, as the authors' own code has it."""

_BLOCK = 1 << 17
"""Numbers in a block: a megabyte, which a core's own cache holds."""


@record
class Reading:
    """What two passes over the probabilities tell.

    Attributes:
        thresholds: Shape (n_classes,): t_j, the mean probability of class j over the rows that
            are labeled j (eq. 2); infinite for a class that no row has.
        own: Shape (n,): each row's probability of its given label ("self-confidence").
        top: Shape (n,): each row's largest probability.
        predicted: Shape (n,): the class that has it; the first among equals.
        confident: Shape (n,): the class that a row is counted for in the joint, or `NOBODY`.
    """

    thresholds: Floats
    own: Floats
    top: Floats
    predicted: Integers
    confident: Integers

    @property
    def doubtful(self) -> Flags:
        """Shape (n,): whether another class is more probable than the given label."""
        return self.top > self.own + _CLOSE


@record
class ConfidentJoint:
    """Counts of given label × class that the model is confident of.

    Attributes:
        counts: Shape (n_classes, n_classes), row: given label, column: true class. As counted,
            but that each diagonal entry of a class is at least one.
        calibrated: The same, scaled so that each row sums to the rows of its given label, and
            the whole to `n` (eq. 3).
        n_by_class: Shape (n_classes,): rows of each given label.
    """

    counts: Integers
    calibrated: Floats
    n_by_class: Integers

    @property
    def noise(self) -> float:
        """The estimated share of wrong labels: what is off the diagonal."""
        return 1.0 - float(np.trace(self.calibrated) / self.calibrated.sum())

    @property
    def n_by_true_class(self) -> Floats:
        """Shape (n_classes,): estimated rows of each true class."""
        return np.asarray(self.calibrated.sum(axis=0))

    @property
    def given_if_true(self) -> Floats:
        """The noise matrix p(given label | true class): columns sum to one.

        A class that no row is truly of has a column of NaN.
        """
        return _shares(self.calibrated, self.n_by_true_class[None, :])

    @property
    def true_if_given(self) -> Floats:
        """p(true class | given label): rows sum to one; NaN for a label that no row has."""
        return _shares(self.calibrated, self.n_by_class[:, None].astype(np.float64))

    def rounded(self) -> Integers:
        """`calibrated` in whole rows; each row of the matrix keeps its sum."""
        return rounded_rows(self.calibrated)


def as_probabilities(probabilities: ArrayLike) -> NDArray[Any]:
    """Check the shape of a matrix of probabilities, without reading it.

    Raises:
        ValueError: It is no matrix of numbers, or has fewer than two columns.
    """
    if hasattr(probabilities, "to_numpy"):
        probabilities = probabilities.to_numpy()
    matrix = probabilities if isinstance(probabilities, np.ndarray) else np.asarray(probabilities)
    if matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
        raise ValueError(
            "probabilities must be a matrix of numbers, rows × classes, not "
            f"{matrix.dtype} of shape {matrix.shape}"
        )
    if matrix.shape[1] < 2:
        raise ValueError("probabilities of one class tell nothing: at least two columns are needed")
    return matrix


def read(given: Coded, probabilities: NDArray[Any]) -> Reading:
    """Pass over the probabilities twice: for the thresholds, and for each row's class.

    A row that reaches the threshold of one class counts for that class; one that reaches
    several counts for its most probable class. (The paper's eq. 1 takes the most probable of
    those reached; the authors' code, whose results are the published ones, the most probable of
    all. They differ where the most probable class has a threshold that it does not reach.)

    Raises:
        ValueError: As `own`.
    """
    ours = own(given, probabilities)
    counts = given.counts
    sums = np.bincount(given.codes, weights=ours, minlength=len(given.classes))
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    thresholds = np.maximum(thresholds, 2 * _CLOSE)
    n = len(ours)
    top, predicted, confident = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
    for rows, block in blocks(probabilities):
        predicted[rows] = block.argmax(axis=1)
        top[rows] = np.take_along_axis(block, predicted[rows, None], axis=1)[:, 0]
        confident[rows] = _confident(block, predicted[rows], thresholds)
    return Reading(
        thresholds=thresholds, own=ours, top=top, predicted=predicted, confident=confident
    )


def joint_of(given: Coded, reading: Reading) -> ConfidentJoint:
    """Count, and scale to the number of rows of each given label."""
    return calibrated_joint(counted(given, reading), given.counts)


def counted(given: Coded, reading: Reading) -> Integers:
    """The confident counts as they are, shape (n_classes, n_classes)."""
    k = len(given.classes)
    sure = reading.confident != NOBODY
    cells = given.codes[sure] * k + reading.confident[sure]
    return np.bincount(cells, minlength=k * k).reshape(k, k)


def calibrated_joint(counts: Integers, n_by_class: Integers) -> ConfidentJoint:
    """Scale counts so that each given label keeps its number of rows (eq. 3).

    Args:
        counts: Shape (n_classes, n_classes): given label × confident class.
        n_by_class: Shape (n_classes,): rows of each given label.
    """
    counts = counts.copy()
    # The model never disowns a whole class: a diagonal of zero would call each of its labels
    # wrong on no evidence.
    np.fill_diagonal(counts, np.maximum(counts.diagonal(), 1))
    calibrated = counts / counts.sum(axis=1)[:, None] * n_by_class[:, None]
    return ConfidentJoint(counts=counts, calibrated=calibrated, n_by_class=n_by_class)


def rounded_rows(matrix: Floats) -> Integers:
    """Round to the nearest whole numbers, then correct so that each row keeps its sum.

    What was rounded furthest is corrected first. Of equals it is the later column that goes up
    and the earlier that goes down, as in the authors' code; equal counts in a row make that
    common.
    """
    nearest = np.rint(matrix)
    missing = np.rint(matrix.sum(axis=1)) - nearest.sum(axis=1)
    backwards = np.argsort((nearest - matrix)[:, ::-1], axis=1, kind="stable")
    rank = np.empty_like(backwards)
    np.put_along_axis(rank, backwards, np.arange(matrix.shape[1])[None, :], axis=1)
    rank = rank[:, ::-1]
    up = rank < missing[:, None]
    down = rank >= matrix.shape[1] + missing[:, None]
    rounded: Integers = nearest.astype(np.int64) + up - down
    return rounded


def own(given: Coded, probabilities: NDArray[Any]) -> Floats:
    """Each row's probability of its given label, shape (n,); checks every number on the way.

    Raises:
        ValueError: A row holds NaN, a number below zero, or does not sum to one; or there are
            not as many rows as labels.
    """
    codes = given.codes
    if len(probabilities) != len(codes):
        raise ValueError(f"{len(codes)} labels but {len(probabilities)} rows of probabilities")
    found = np.empty(len(codes))
    ones = np.ones(probabilities.shape[1])
    for rows, block in blocks(probabilities):
        sums = block @ ones
        # Written so that NaN fails, too.
        if not (np.abs(sums - 1.0).max() <= _TOLERANCE and block.min() >= -_TOLERANCE):
            _refuse(rows.start, block, sums)
        found[rows] = np.take_along_axis(block, codes[rows, None], axis=1)[:, 0]
    return found


def _shares(parts: Floats, of: Floats) -> Floats:
    return np.where(of > 0, parts / np.where(of > 0, of, 1.0), np.nan)


def _refuse(start: int, block: Floats, sums: Floats) -> None:
    broken = ~np.isfinite(block).all(axis=1)
    low = (block < -_TOLERANCE).any(axis=1)
    if broken.any():
        row = int(np.flatnonzero(broken)[0])
        raise ValueError(f"the probabilities of row {start + row} hold NaN or infinity")
    if low.any():
        row = int(np.flatnonzero(low)[0])
        raise ValueError(
            f"row {start + row} has a probability below zero ({block[row].min():.4g}): are these "
            "scores or logarithms?"
        )
    row = int(np.argmax(np.abs(sums - 1.0)))
    raise ValueError(
        f"the probabilities of row {start + row} sum to {sums[row]:.4g}, not to 1: normalise them"
    )


def _confident(block: Floats, predicted: Integers, thresholds: Floats) -> Integers:
    """The class each row of a block is counted for, or `NOBODY`."""
    reached = block >= thresholds - _CLOSE
    # One product counts what is reached and, where that is one class, names it.
    weights = np.stack([np.ones(len(thresholds)), np.arange(len(thresholds))], axis=1)
    told = reached.astype(np.float32) @ weights.astype(np.float32)
    number = told[:, 0]
    only = told[:, 1].astype(np.int64)
    return np.where(number == 1, only, np.where(number > 1, predicted, NOBODY))


def blocks(probabilities: NDArray[Any]) -> Iterator[tuple[slice, Floats]]:
    """Rows in the order they lie, a megabyte at a time: where, and what."""
    n, k = probabilities.shape
    step = max(1, _BLOCK // k)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        yield rows, np.ascontiguousarray(probabilities[rows], dtype=np.float64)
