"""Which rows are held out together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.classes import Coded, coded

Integers = NDArray[np.int64]


def stratified_folds(given: Coded, n_folds: int, *, seed: int) -> Integers:
    """A fold for each row, shape (n,), so that the folds have alike shares of each class.

    A class with fewer rows than folds is spread over as many folds as it has rows.

    Raises:
        ValueError: There are fewer than two folds, or fewer rows than folds.
    """
    n = len(given.codes)
    _check(n_folds, n, "rows")
    # Shuffle, sort by class, deal in turn. Dealing goes on from class to class, so that many
    # small classes do not all begin at the first fold.
    shuffled = np.random.default_rng(seed).permutation(n)
    order = shuffled[np.argsort(given.codes[shuffled], kind="stable")]
    folds = np.empty(n, dtype=np.int64)
    folds[order] = np.arange(n) % n_folds
    return folds


def grouped_folds(
    given: Coded, groups: ArrayLike | Sequence[Hashable], n_folds: int, *, seed: int
) -> Integers:
    """A fold for each row, shape (n,), so that no group lies in two folds.

    The largest groups are placed first, each where its classes are the scarcest.

    Args:
        given: The labels.
        groups: One for each row: the patient, the document, the day.
        n_folds: At least two, and not more than there are groups.
        seed: Of the order among groups of one size.

    Raises:
        ValueError: There are fewer groups than folds, or not one for each row.
    """
    members = coded(groups)
    if len(members.codes) != len(given.codes):
        raise ValueError(f"{len(given.codes)} rows but {len(members.codes)} groups")
    n_groups, n_classes = len(members.classes), len(given.classes)
    _check(n_folds, n_groups, "groups")
    cells = members.codes * n_classes + given.codes
    table = np.bincount(cells, minlength=n_groups * n_classes).reshape(n_groups, n_classes)
    shares = table / np.maximum(given.counts, 1)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    order = shuffled[np.argsort(-members.counts[shuffled], kind="stable")]
    placed = np.zeros((n_folds, n_classes))
    sizes = np.zeros(n_folds, dtype=np.int64)
    fold_of = np.empty(n_groups, dtype=np.int64)
    for group in order:
        crowded = placed @ shares[group]
        fold = int(np.lexsort((sizes, crowded))[0])
        fold_of[group] = fold
        placed[fold] += shares[group]
        sizes[fold] += members.counts[group]
    return fold_of[members.codes]


def _check(n_folds: int, available: int, of_what: str) -> None:
    if n_folds < 2:
        raise ValueError(f"holding rows out takes at least two folds, not {n_folds}")
    if available < n_folds:
        raise ValueError(f"{available} {of_what} cannot be spread over {n_folds} folds")
