"""What the neighbours of a row say its label is: probabilities without a model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.classes import coded
from tilth.quality.neighbours import nearest


def neighbour_probabilities(
    features: ArrayLike,
    labels: ArrayLike | Sequence[Hashable],
    *,
    k: int = 10,
    classes: Sequence[Hashable] | None = None,
) -> NDArray[np.float64]:
    """Shares of the labels of each row's `k` nearest other rows, for `find_label_errors`.

    It serves where there are features that mean something (an embedding, scaled columns) but no
    model with probabilities. One more neighbour, of all classes by their share, votes with
    them, so that no class is impossible and ties are broken towards the frequent.

    Time is O(n² d), in blocks of memory: seconds for 20,000 rows, minutes for 200,000.

    Args:
        features: Shape (n, d), finite and of comparable scale.
        labels: One for each row.
        k: Neighbours, less than n.
        classes: As for `tilth.quality.classes.coded`.

    Returns:
        Shape (n, n_classes); rows sum to one.

    Raises:
        ValueError: Shapes that do not fit, features that are not finite, or fewer than `k`
            other rows.

    References:
        E. Fix, J. L. Hodges, "Discriminatory analysis, nonparametric discrimination", 1951; the
        row itself is left out as in leave-one-out validation.
    """
    given = coded(labels, classes)
    near = nearest(features, k=k)
    if len(near) != len(given.codes):
        raise ValueError(f"{len(near)} rows of features but {len(given.codes)} labels")
    n, n_classes = len(near), len(given.classes)
    cells = np.arange(n)[:, None] * n_classes + given.codes[near]
    votes = np.bincount(cells.ravel(), minlength=n * n_classes).reshape(n, n_classes)
    return np.asarray((votes + given.counts / n) / (k + 1))
