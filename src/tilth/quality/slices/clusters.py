"""Rows without attributes (images, embeddings) in groups, each known by its most typical rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.record import record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_CHUNK = 1 << 22
"""How many distances are held at once: 32 MB."""


@record
class Clusters:
    """Groups of rows that lie close together.

    Attributes:
        centres: Shape (n_clusters, n_features).
        labels: The cluster of each row, shape (n_rows,).
        typical: For each cluster, the rows nearest to its centre, nearest first.
        spread: Mean squared distance of a row from its centre.
    """

    centres: Floats
    labels: Integers
    typical: tuple[tuple[int, ...], ...]
    spread: float

    @property
    def names(self) -> list[str]:
        """The cluster of each row as text, to be added to a frame as a column: `c0`, `c1`, ..."""
        return [f"c{label}" for label in self.labels]

    def of(self, features: ArrayLike) -> list[str]:
        """The clusters of other rows, as `names` has them.

        Args:
            features: Shape (n_rows, n_features).

        Raises:
            ValueError: Not that many features, or one that is NaN or infinite.
        """
        points = _points(features)
        if points.shape[1] != self.centres.shape[1]:
            raise ValueError(
                f"the rows have {points.shape[1]} features, and the clusters "
                f"{self.centres.shape[1]}"
            )
        return [f"c{label}" for label in _nearest(points, self.centres)[0]]


def clusters_of(
    features: ArrayLike,
    n_clusters: int = 10,
    *,
    seed: int = 0,
    n_typical: int = 5,
    n_starts: int = 4,
    n_rounds: int = 50,
) -> Clusters:
    """Group rows by k-means, the best of several starts.

    Distances are Euclidean, so features should be of like scale; embeddings are.

    Args:
        features: Shape (n_rows, n_features), finite.
        n_clusters: At least 1; no more come out than there are different rows.
        seed: Of the starts.
        n_typical: How many rows describe a cluster.
        n_starts: Of them the one with the least spread wins.
        n_rounds: At most, for each start.

    Raises:
        ValueError: No rows, features that are NaN or infinite, or no cluster.

    References:
        S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information
        Theory 28, 1982; D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful
        seeding", SODA 2007.
    """
    points = _points(features)
    if n_clusters < 1 or n_starts < 1:
        raise ValueError(f"{n_clusters} clusters from {n_starts} starts cannot be made")
    random = np.random.default_rng(seed)
    found = [_lloyd(points, _start(points, n_clusters, random), n_rounds) for _ in range(n_starts)]
    centres = min(found, key=lambda each: float(_nearest(points, each)[1].sum()))
    labels, distances = _nearest(points, centres)
    typical = []
    for label in range(len(centres)):
        members = np.flatnonzero(labels == label)
        nearest = members[np.argsort(distances[members], kind="stable")]
        typical.append(tuple(int(row) for row in nearest[:n_typical]))
    return Clusters(
        centres=centres, labels=labels, typical=tuple(typical), spread=float(distances.mean())
    )


def _points(features: ArrayLike) -> Floats:
    points = np.asarray(features, float)
    if points.ndim != 2 or points.size == 0 or not np.isfinite(points).all():
        raise ValueError("features need shape (n_rows, n_features), rows, and finite numbers")
    return points


def _start(points: Floats, n_clusters: int, random: np.random.Generator) -> Floats:
    """Draw centres among the rows, each with a chance that grows with its squared distance."""
    chosen = [int(random.integers(len(points)))]
    distances = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < n_clusters and distances.sum() > 0:
        chosen.append(int(random.choice(len(points), p=distances / distances.sum())))
        distances = np.minimum(distances, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _lloyd(points: Floats, centres: Floats, n_rounds: int) -> Floats:
    """Move centres to the mean of their rows until no row changes."""
    labels = np.full(len(points), -1)
    for _ in range(n_rounds):
        nearest, distances = _nearest(points, centres)
        if (nearest == labels).all():
            break
        labels = nearest
        counts = np.bincount(labels, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, points)
        some = counts > 0
        centres = centres.copy()
        centres[some] = sums[some] / counts[some, None]
        # An empty cluster starts anew where rows are worst served.
        centres[~some] = points[np.argsort(-distances, kind="stable")[: int((~some).sum())]]
    return centres


def _nearest(points: Floats, centres: Floats) -> tuple[Integers, Floats]:
    """The nearest centre of each row, and the squared distance to it."""
    labels = np.empty(len(points), np.int64)
    distances = np.empty(len(points))
    norms = (centres**2).sum(axis=1)
    step = max(1, _CHUNK // len(centres))
    for at in range(0, len(points), step):
        part = points[at : at + step]
        squared = norms - 2 * part @ centres.T
        labels[at : at + step] = squared.argmin(axis=1)
        gaps = part - centres[labels[at : at + step]]
        distances[at : at + step] = (gaps**2).sum(axis=1)
    return labels, distances
