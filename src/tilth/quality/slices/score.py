"""How bad a slice is, by size and error, and how bad any part of it can be at most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.record import record

Floats = NDArray[np.float64]

ALPHA = 0.95

_ROUNDING = 1e-9
"""By how much a bound is raised, so that rounding cannot make it less than what it bounds."""


@record
class Scoring:
    """The score of SliceLine, and how surprising a slice is.

    With `n` rows of mean error `e`, a slice of `s` rows whose errors sum to `t` scores
    `alpha (t / s / e - 1) - (1 - alpha) (n / s - 1)`: how many times worse than all rows it is,
    against how many times smaller. All rows together score 0.

    Attributes:
        total: Rows, or the sum of their weights.
        mean: Error of all rows, above 0.
        lightest: No slice that counts is smaller than this.
        alpha: What error counts against size, above 0 and at most 1.
        spread: Standard deviation of the errors; only for `surprise`.
        surprises: For one, two, ... conditions, how surprising a slice must be to be of
            interest; ascending. Empty where that is not asked.

    References:
        S. Sagadeeva, M. Boehm, "SliceLine: fast, linear-algebra-based slice finding for ML
        model debugging", SIGMOD 2021 (the score, and upper bounds from size and error).
    """

    total: float
    mean: float
    lightest: float
    alpha: float = ALPHA
    spread: float = 0.0
    surprises: tuple[float, ...] = ()

    def least_surprise(self, conditions: int) -> float:
        """How surprising a slice of so many conditions or more must be."""
        if not self.surprises:
            return -math.inf
        return self.surprises[min(conditions, len(self.surprises)) - 1]

    def score(self, size: Floats, error: Floats) -> Floats:
        """The score of slices.

        Args:
            size: Their rows, above 0, any shape.
            error: The sums of their errors, same shape.
        """
        worse = error / size / self.mean - 1
        smaller = self.total / size - 1
        return self.alpha * worse - (1 - self.alpha) * smaller

    def surprise(self, size: Floats, error: Floats) -> Floats:
        """By how many standard deviations the errors exceed what chance would give.

        Chance is `size` rows drawn without replacement: the sum has the mean `size * mean` and
        the variance `size * spread^2 * (n - size) / (n - 1)`.
        """
        left = (self.total - size) / max(self.total - 1, 1.0)
        deviation = self.spread * np.sqrt(size * np.maximum(left, 0.0))
        excess = error - size * self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            found = excess / deviation
        return np.where(deviation > 0, found, np.where(excess > 0, np.inf, 0.0))

    def admits(
        self, size: Floats, error: Floats, score: Floats, least: float, surprise: float
    ) -> NDArray[np.bool_]:
        """Which slices count: a score above 0 and not below `least`, and enough surprise."""
        good = (score > 0) & (score >= least)
        if surprise > -math.inf:
            good &= self.surprise(size, error) >= surprise
        return good

    def may_hold(
        self, size: Floats, error: Floats, worst: Any, least: float, surprise: float
    ) -> NDArray[np.bool_]:
        """Which slices may have a part, however it is described, that `admits` would let pass.

        A part of `s` rows has an error of at most `min(error, s * worst)`. Below
        `s = error / worst` it can be all error, and both measures grow with `s`; beyond, the
        error stays the same and the score is monotone in `s`, whereas the surprise falls. So
        the best a part can reach is reached at `error / worst` or, the score, at `size`.

        Args:
            size: Rows of the slices.
            error: Sums of their errors.
            worst: The largest error of a row in each slice, or more; above 0.
            least: The score that has to be reached.
            surprise: The surprise that has to be reached.
        """
        pure = np.minimum(np.maximum(error / worst, self.lightest), size)
        pure_error = np.minimum(error, pure * worst)
        best = np.maximum(self.score(pure, pure_error), self.score(size, error))
        possible = best + _ROUNDING * (1 + np.abs(best)) >= max(least, 0.0)
        if surprise > -math.inf:
            most = self.surprise(pure, pure_error)
            possible &= most + _ROUNDING * (1 + np.abs(most)) >= surprise
        return possible
