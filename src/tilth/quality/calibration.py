"""Whether chances come true: of what was held for 70 % likely, do 70 % happen?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import wilson_bounds
from tilth.record import record


@record
class ChanceBin:
    """Rows with similar chances.

    Attributes:
        n: How many there are.
        chance: What was told of them, on average.
        share: Of them, how many came true.
        low: Lower end of its interval (95 %, Wilson).
        high: Upper end.
    """

    n: int
    chance: float
    share: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """As plain data."""
        return {
            "rows": self.n, "chance": self.chance, "share": self.share,
            "low": self.low, "high": self.high,
        }  # fmt: skip


def reliability(chances: ArrayLike, came_true: ArrayLike, *, n_bins: int = 10) -> list[ChanceBin]:
    """Shares of what came true beside the chances that were told, in bins of equally many rows.

    Equally many rows make every point of the picture as sure as any other; chances that are equal
    stay together, so that there may be fewer bins.

    Args:
        chances: Between 0 and 1, shape (n_rows,).
        came_true: Whether it did, shape (n_rows,).
        n_bins: At most so many.

    Raises:
        ValueError: There are no rows, the shapes differ, or a chance is none.

    References:
        A. Niculescu-Mizil, R. Caruana, "Predicting good probabilities with supervised learning",
        ICML 2005, section 4; K. Nguyen, B. O'Connor, "Posterior calibration and exploratory
        analysis for natural language processing models", EMNLP 2015, section 4.
    """
    told = np.asarray(chances, float)
    true = np.asarray(came_true, bool)
    if told.ndim != 1 or told.shape != true.shape or not len(told):
        raise ValueError(f"{told.shape} chances and {true.shape} outcomes are not rows")
    if not ((told >= 0) & (told <= 1)).all():
        raise ValueError("chances lie between 0 and 1")
    order = np.argsort(told, kind="stable")
    return list(_binned(told[order], true[order], n_bins))


def _binned(told: NDArray[np.float64], true: NDArray[np.bool_], n: int) -> Iterator[ChanceBin]:
    edges = np.unique(np.searchsorted(told, np.quantile(told, np.arange(1, n) / n), "right"))
    for rows in np.split(np.arange(len(told)), edges[(edges > 0) & (edges < len(told))]):
        hits = float(true[rows].sum())
        low, high = wilson_bounds([hits], [len(rows)])
        yield ChanceBin(
            n=len(rows),
            chance=float(told[rows].mean()),
            share=hits / len(rows),
            low=float(low[0]),
            high=float(high[0]),
        )
