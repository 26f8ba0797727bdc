"""What one test says of two samples."""

from __future__ import annotations

from tilth.quality.drift.effect import Effect
from tilth.record import record


@record
class Outcome:
    """One test.

    Attributes:
        method: Its name.
        statistic: Its value.
        p: The chance of a value as large if both samples are of one distribution.
        effect: How large the difference is.
    """

    method: str
    statistic: float
    p: float
    effect: Effect
