"""Nearest rows by Euclidean distance, exactly, in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import record

Narrow = NDArray[np.float32]
Integers = NDArray[np.int64]

_BLOCK = 1 << 22
"""Distances in a block: 16 MB in single precision.

It must not follow the number of cores: a product of another shape rounds otherwise, and two
rows that are nearly as far would change places.
"""

_FEWEST = 16
"""Queries in a block at least: a product of fewer is no faster than one by one."""

_INDEX = np.uint64(0xFFFFFFFF)


@record(kw_only=False)
class Space:
    """Rows among which neighbours are sought.

    Distances are worked out in single precision by one matrix product a block; rows are centred
    first, so that little cancels.

    Attributes:
        rows: Shape (n, d), centred.
        centre: Shape (d,): what was taken off.
        squares: Shape (n,): the squared length of each row.
    """

    rows: Narrow
    centre: NDArray[np.float64]
    squares: Narrow

    @classmethod
    def of(cls, features: ArrayLike) -> Space:
        """Make one.

        Args:
            features: Shape (n, d), finite; of comparable scale.

        Raises:
            ValueError: No rows or columns, or something is not a finite number.
        """
        given = as_features(features)
        centre = given.mean(axis=0, dtype=np.float64)
        rows = np.ascontiguousarray(given - centre, dtype=np.float32)
        return cls(rows, centre, np.einsum("ij,ij->i", rows, rows))

    def queries(self, features: ArrayLike) -> Narrow:
        """Rows to seek neighbours for, shape (m, d), brought into this space.

        Raises:
            ValueError: They have other columns, or something is not a finite number.
        """
        given = as_features(features)
        if given.shape[1] != self.rows.shape[1]:
            raise ValueError(
                f"rows have {self.rows.shape[1]} features but the rows to compare {given.shape[1]}"
            )
        return np.ascontiguousarray(given - self.centre, dtype=np.float32)

    def distances(self, queries: Narrow) -> Narrow:
        """Squared distances, shape (len(queries), n), none below zero."""
        found: Narrow = queries @ self.rows.T
        found *= np.float32(-2.0)
        found += self.squares
        found += np.einsum("ij,ij->i", queries, queries)[:, None]
        np.maximum(found, np.float32(0.0), out=found)
        return found

    def blocks(self, n_queries: int) -> Iterator[slice]:
        """Queries to be asked at once."""
        step = max(_FEWEST, _BLOCK // len(self.rows))
        for start in range(0, n_queries, step):
            yield slice(start, min(start + step, n_queries))


def as_features(features: ArrayLike) -> NDArray[Any]:
    """Check a matrix of numbers.

    Raises:
        ValueError: No rows or columns, or something is not a finite number.
    """
    if hasattr(features, "to_numpy"):
        features = features.to_numpy()
    given = np.asarray(features)
    if given.ndim != 2 or given.dtype.kind not in "fiub" or 0 in given.shape:
        raise ValueError(
            f"features must be a matrix of numbers, rows × columns, with at least one of each; "
            f"they are {given.dtype} of shape {given.shape}"
        )
    if not np.isfinite(given).all():
        row = int(np.flatnonzero(~np.isfinite(given).all(axis=1))[0])
        raise ValueError(f"the features of row {row} hold NaN or infinity: fill or leave it out")
    return given


def by_distance(distances: Narrow) -> Integers:
    """Order one row of distances; of equals, the earlier row comes first.

    A distance that is not negative sorts like its bits, so distance and position fit into one
    whole number, and sorting those is several times as fast as sorting positions by distance.
    """
    bits = (distances + np.float32(0.0)).view(np.uint32)  # minus zero would come last
    keys = (bits.astype(np.uint64) << np.uint64(32)) | np.arange(len(bits), dtype=np.uint64)
    keys.sort()
    return (keys & _INDEX).astype(np.int64)


def nearest(features: ArrayLike, queries: ArrayLike | None = None, *, k: int) -> Integers:
    """The `k` nearest rows of each query, the nearest first, shape (n_queries, k).

    Args:
        features: Shape (n, d): among which is sought.
        queries: Shape (m, d); None to seek for each row among all others.
        k: How many, less than n.

    Raises:
        ValueError: There are not `k` rows to be found, or something is not a finite number.
    """
    space = Space.of(features)
    available = len(space.rows) - (queries is None)
    if not 1 <= k <= available:
        raise ValueError(f"{k} neighbours cannot be found among {available} rows")
    asked = space.rows if queries is None else space.queries(queries)
    found = np.empty((len(asked), k), dtype=np.int64)
    for rows in space.blocks(len(asked)):
        distances = space.distances(asked[rows])
        if queries is None:
            np.fill_diagonal(distances[:, rows], np.inf)
        found[rows] = _nearest_of(distances, k)
    return found


def _nearest_of(distances: Narrow, k: int) -> Integers:
    if k < distances.shape[1]:
        chosen = np.sort(np.argpartition(distances, k - 1, axis=1)[:, :k], axis=1)
    else:
        chosen = np.broadcast_to(np.arange(k), (len(distances), k))
    near = np.take_along_axis(distances, chosen, axis=1)
    order = np.argsort(near, axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)
