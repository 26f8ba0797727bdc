"""How sure a number is: the same months again, with other days in them.

Flights of one day are late together, so days are drawn and not flights; drawing flights one
by one would make the intervals several times too narrow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Interval = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """How intervals are found.

    Attributes:
        resamples: How often the days are drawn anew.
        confidence: Share of the resamples that the interval holds.
    """

    resamples: int = 200
    confidence: float = 0.95


def draw_days(n_days: int, resamples: int, random_state: int) -> np.ndarray:
    """Draw as many days as there are, with replacement, again and again.

    Returns:
        How often each day was drawn, shape (resamples, n_days).

    References:
        A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", 1997,
        section 3.8: where data come in groups, resample the groups.
    """
    random = np.random.default_rng(random_state)
    counts = random.multinomial(n_days, np.full(n_days, 1 / n_days), size=resamples)
    return counts.astype(float)


def interval(
    measure: Callable[[np.ndarray], float], draws: np.ndarray, confidence: float
) -> Interval:
    """Measure once on all days, and on each draw for the ends of the interval.

    Args:
        measure: How often each day counts -> the number, such as log loss.
        draws: How often each day was drawn, shape (resamples, n_days).
        confidence: Share of the draws inside.

    Returns:
        `value`, `low` and `high`. Draws in which the number does not exist (no flight was
        called late, say) are left out; where it exists in none, all three are not numbers.
    """
    value = measure(np.ones(draws.shape[1]))
    drawn = np.array([measure(counts) for counts in draws])
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return {"value": value, "low": np.nan, "high": np.nan}
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return {"value": value, "low": float(low), "high": float(high)}
