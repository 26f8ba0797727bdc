"""Count, mean and spread of numbers, mergeable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.record import record


@record
class Moments:
    """The first two moments of finite numbers.

    Attributes:
        n: How many.
        mean: 0 where there are none.
        squares: Sum of the squared deviations from the mean; infinite where it overflows.

    References:
        T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance:
        analysis and recommendations", The American Statistician 37(3), 1983, equations 2.1.
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: NDArray[Any]) -> Moments:
        """The moments of finite numbers, shape (n,), in two passes."""
        if not len(values):
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean(dtype=np.float64))
            if not math.isfinite(mean):
                mean = float((values / len(values)).sum())
            # Not a BLAS product: its result depends on threads and on where the array lies.
            squares = float(np.square(values - mean).sum())
            return cls(n=len(values), mean=mean, squares=_or_infinite(squares))

    def merge(self, other: Moments) -> Moments:
        """The moments of both together; exactly commutative, associative up to rounding."""
        n = self.n + other.n
        if not n:
            return self
        apart = other.mean - self.mean
        between = apart * apart * (self.n * other.n / n)
        return Moments(
            n=n,
            mean=self.mean * (self.n / n) + other.mean * (other.n / n),
            squares=_or_infinite(self.squares + other.squares + between),
        )

    @property
    def variance(self) -> float:
        """The unbiased sample variance; NaN for fewer than two values."""
        return self.squares / (self.n - 1) if self.n > 1 else math.nan

    @property
    def deviation(self) -> float:
        """The standard deviation, in the unit of the values; NaN for fewer than two."""
        return math.sqrt(self.variance)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which knows no infinity."""
        squares = self.squares if math.isfinite(self.squares) else None
        return {"n": self.n, "mean": self.mean, "squares": squares}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Moments:
        """Back from `as_dict`."""
        squares = stored["squares"]
        return cls(
            n=stored["n"], mean=stored["mean"], squares=math.inf if squares is None else squares
        )


def _or_infinite(value: float) -> float:
    return math.inf if math.isnan(value) else value
