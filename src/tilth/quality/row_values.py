"""What each training row is worth, exactly, for a vote of nearest neighbours.

R. Jia, D. Dao, B. Wang, F. A. Hubis, N. M. Gurel, B. Li, C. Zhang, C. Spanos, D. Song,
"Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms", Proceedings of the
VLDB Endowment 12(11), 2019.

A row's Shapley value is what it adds to the quality of a set of rows, averaged over all the
sets it can join. For most models that takes thousands of trainings; for a vote of nearest
neighbours one sort for each test row tells it. It is a proxy: it speaks of neighbours in the
features that are given, not of another model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from tilth.quality.classes import coded
from tilth.quality.neighbours import Integers, Space, by_distance
from tilth.record import record

Floats = NDArray[np.float64]

Valuation = Callable[[Integers, int], Floats]
"""Training rows by distance to a test row, and that test row -> the value of each, in order."""


@record
class RowValues:
    """What each training row adds.

    Attributes:
        values: Shape (n,): the mean over the test rows; they sum to `quality` less what no row
            at all would have.
        errors: Shape (n,): the standard error of that mean, over the test rows.
        quality: What all rows reach together: for classes, the mean share of a test row's `k`
            neighbours with its label; for numbers, minus the mean squared error.
        k: Neighbours in a vote.
        n_test: Test rows.
    """

    values: Floats
    errors: Floats
    quality: float
    k: int
    n_test: int


def row_values(
    features: ArrayLike,
    labels: ArrayLike | Sequence[Hashable],
    test_features: ArrayLike,
    test_labels: ArrayLike | Sequence[Hashable],
    *,
    k: int = 5,
) -> RowValues:
    """Exact Shapley values for the share of right labels among `k` nearest neighbours.

    Time is O(m n (d + log n)), memory O(n) beside a block of 16 MB for each core.

    Args:
        features: Shape (n, d), of comparable scale.
        labels: Their labels, anything hashable.
        test_features: Shape (m, d): rows that are not among the others. Their labels should be
            right: a wrong one turns its neighbours' values around.
        test_labels: Their labels.
        k: Neighbours in a vote.

    Raises:
        ValueError: Shapes do not fit, no rows, or features that are not finite.

    References:
        Jia et al. 2019, theorem 1; for fewer than `k` rows, from the recursion of its proof.
    """
    known, asked = listed(labels), listed(test_labels)
    both = coded([*known, *asked]).codes
    ours, theirs = both[: len(known)].astype(np.int32), both[len(known) :].astype(np.int32)
    steps = _steps(len(ours), k)

    def valued(order: Integers, test_row: int) -> Floats:
        right = (ours[order] == theirs[test_row]).astype(np.float64)
        right[:-1] -= right[1:]
        right *= steps
        return _summed_from_behind(right)

    return _valued(features, len(ours), test_features, len(theirs), k=k, valued=valued, nothing=0.0)


def row_values_of_numbers(
    features: ArrayLike,
    targets: ArrayLike,
    test_features: ArrayLike,
    test_targets: ArrayLike,
    *,
    k: int = 5,
) -> RowValues:
    """Exact Shapley values for minus the squared error of a mean of `k` nearest neighbours.

    A set of fewer than `k` rows predicts their sum divided by `k`, as in the paper, so that no
    row at all predicts zero: take the mean off the targets first. Arguments and errors are
    otherwise those of `row_values`.

    References:
        Jia et al. 2019, section 4 (the setting); the recursion is theirs for classes, carried
        out for a square: see `_number_steps`.
    """
    ours, theirs = _numbers("targets", targets), _numbers("test_targets", test_targets)
    steps = _steps(len(ours), k)

    def valued(order: Integers, test_row: int) -> Floats:
        return _summed_from_behind(_number_steps(ours[order], theirs[test_row], steps, k))

    nothing = -float(np.mean(theirs**2))
    return _valued(
        features, len(ours), test_features, len(theirs), k=k, valued=valued, nothing=nothing
    )


def harmful_rows(values: RowValues, *, false_share: float = 0.05) -> Integers:
    """Rows whose value is below zero by more than the choice of test rows explains.

    Args:
        values: Of all rows.
        false_share: Of the rows returned, how many may be there by chance, on average.

    Returns:
        Positions, the lowest value first.

    Raises:
        ValueError: `false_share` is not between 0 and 1.

    References:
        One-sided t-tests over the test rows, and Y. Benjamini, Y. Hochberg, "Controlling the
        false discovery rate", Journal of the Royal Statistical Society B 57(1), 1995.
    """
    if not 0 < false_share < 1:
        raise ValueError(f"a share lies between 0 and 1, and {false_share} does not")
    if values.n_test < 2:
        return np.empty(0, dtype=np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = values.values / values.errors  # 0 / 0: a row that no test row is near
    chance = stdtr(values.n_test - 1, np.where(np.isnan(t), 0.0, t))
    order = np.argsort(chance, kind="stable")
    passed = chance[order] <= false_share * np.arange(1, len(order) + 1) / len(order)
    found = order[: np.flatnonzero(passed).max(initial=-1) + 1]
    return found[np.argsort(values.values[found], kind="stable")]


def _steps(n: int, k: int) -> Floats:
    """min(k, i) / (k i) for i = 1 .. n: the weight of a step from the i-th to the next row."""
    if k < 1:
        raise ValueError(f"a vote needs at least one neighbour, not {k}")
    rank = np.arange(1, n + 1)
    return np.asarray(np.minimum(k, rank) / (k * rank))


def _number_steps(ours: Floats, wanted: float, steps: Floats, k: int) -> Floats:
    """Value of the i-th nearest less that of the next, and the value of the last, shape (n,).

    Swapping i for i + 1 in a set that holds neither changes its quality only if fewer than k of
    the set are nearer than both; with R the sum of the k - 1 nearest others it then changes by
    (y' - y) / k · ((2 R + y + y') / k - 2 wanted). In a Shapley average, the number of a set's
    members among the p nearest is uniform on 0 .. p. So fewer than k are nearer with
    probability min(k, i) / i, and a row l is then a part of R with probability q(i) where it is
    nearer, q(l - 1) where it is farther, q(j) = min(k, j) min(k - 1, j - 1) / (2 j (j - 1)).
    """
    n = len(ours)
    rank = np.arange(1, n + 1)
    part = np.minimum(k, rank) * np.minimum(k - 1, rank - 1) / np.maximum(2 * rank * (rank - 1), 1)
    few = k * steps[:-1]
    nearer = np.concatenate([[0.0], np.cumsum(ours)[:-1]])[:-1]
    farther = np.zeros(n - 1)
    if n > 2:
        farther[:-1] = _summed_from_behind(part[1:-1] * ours[2:])
    rest = part[:-1] * nearer + farther
    found = np.empty(n)
    swaps = (2 * rest + few * (ours[:-1] + ours[1:])) / k - 2 * wanted * few
    found[:-1] = (ours[1:] - ours[:-1]) / k * swaps
    found[-1] = _last_number(ours, wanted, k)
    return found


def _last_number(ours: Floats, wanted: float, k: int) -> float:
    """The value of the farthest row, which counts only in sets of fewer than k others."""
    n, last = len(ours), float(ours[-1])
    few = min(k, n)
    others = float(ours[:-1].sum()) * few * (few - 1) / max(n - 1, 1)
    return -last / (k * n) * ((others + few * last) / k - 2 * few * wanted)


def _summed_from_behind(steps: Floats) -> Floats:
    return np.cumsum(steps[::-1])[::-1]


def _valued(
    features: ArrayLike,
    n: int,
    test_features: ArrayLike,
    n_test: int,
    *,
    k: int,
    valued: Valuation,
    nothing: float,
) -> RowValues:
    """The mean over all test rows, a block of them at a time, on every core.

    `nothing` is the quality of no row at all.
    """
    space = Space.of(features)
    asked = space.queries(test_features)
    for who, rows, told in (("rows", len(space.rows), n), ("test rows", len(asked), n_test)):
        if rows != told:
            raise ValueError(f"{rows} {who} have features but {told} have labels")
    one_block = partial(_of_block, space, asked, valued)
    total, squares = np.zeros(n), np.zeros(n)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # In the order of the blocks, so that sums do not depend on who was first.
        for values, squared in pool.map(one_block, space.blocks(n_test)):
            total += values
            squares += squared
    mean = total / n_test
    spread = np.maximum(squares / n_test - mean**2, 0.0)
    return RowValues(
        values=mean,
        errors=np.sqrt(spread / max(n_test - 1, 1)) if n_test > 1 else np.full(n, np.inf),
        quality=float(mean.sum()) + nothing,
        k=k,
        n_test=n_test,
    )


def _of_block(
    space: Space, asked: NDArray[np.float32], valued: Valuation, rows: slice
) -> tuple[Floats, Floats]:
    """Sum and sum of squares of the values, over some test rows."""
    distances = space.distances(asked[rows])
    total, squares = np.zeros(len(space.rows)), np.zeros(len(space.rows))
    values = np.empty(len(space.rows))
    for test_row, row in enumerate(distances, start=rows.start):
        order = by_distance(row)
        values[order] = valued(order, test_row)
        total += values
        squares += values * values
    return total, squares


def listed(labels: Any) -> list[Hashable]:
    listed: list[Hashable] = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    if not listed:
        raise ValueError("there are no labels: at least one row is needed")
    return listed


def _numbers(name: str, values: ArrayLike) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
        raise ValueError(f"`{name}` needs one finite number for each row, and at least one row")
    return numbers
