"""What is said by somebody who has seen no column: what a model knows begins beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.pruning.answers import Answers


def guess_from(truth: NDArray[Any], classes: NDArray[Any] | None) -> list[float]:
    """What there is to go by: the share of each class, or the mean alone of a quantity."""
    if classes is None:
        return [float(np.mean(truth))]
    return [float(np.mean(truth == each)) for each in classes]


def guessed(guess: Sequence[float], classes: NDArray[Any] | None, n_rows: int) -> Answers:
    """The same said of each row.

    Args:
        guess: As `guess_from` gives.
        classes: That it is about; None of a quantity.
        n_rows: How often it is said.
    """
    if classes is None:
        said = np.full(n_rows, guess[0])
        return Answers(labels=said, chances=None, scores=None, classes=None)
    chances = np.tile(np.asarray(guess, float), (n_rows, 1))
    return Answers(
        labels=classes[chances.argmax(axis=1)], chances=chances, scores=None, classes=classes
    )
