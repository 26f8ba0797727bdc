"""What a search over settings leaves open: settings that never varied, or ended on a border."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tilth.record import record

_NEAR = 0.05
"""The share of a range at either end that counts as its border."""


@record
class Border:
    """The best value of a setting lies at an end of where it was looked for.

    Attributes:
        name: Of the setting.
        value: The best one.
        end: `low` or `high`.
        wider: Where that end could be; None where nothing beyond it makes sense.
    """

    name: str
    value: Any
    end: Literal["low", "high"]
    wider: float | None


def at_border(
    name: str,
    value: float,
    low: float,
    high: float,
    *,
    log: bool = False,
    lowest: float | None = None,
    highest: float | None = None,
) -> Border | None:
    """Whether a number lies in the outer twentieth of its range, and how to widen that.

    Args:
        name: Of the setting.
        value: The best one.
        low: Where the range begins.
        high: Where it ends.
        log: Whether factors count rather than differences.
        lowest: Nothing below makes sense; a range that begins there has no border.
        highest: Nothing above does.

    Returns:
        The border with an end that is half a range further; None away from it.
    """
    ends = np.array([low, high, value], float)
    first, last, own = np.log(ends) if log else ends
    place = (own - first) / (last - first)
    half = (last - first) / 2
    if place <= _NEAR and (lowest is None or low > lowest):
        wider = first - half
        found = float(np.exp(wider) if log else wider)
        if lowest is not None and found <= lowest:
            found = lowest if isinstance(low, int) else (low + lowest) / 2
        return Border(name=name, value=value, end="low", wider=_like(low, found))
    if place >= 1 - _NEAR and (highest is None or high < highest):
        wider = last + half
        found = float(np.exp(wider) if log else wider)
        found = found if highest is None else min(found, highest)
        return Border(name=name, value=value, end="high", wider=_like(high, found))
    return None


def _like(given: float, found: float) -> float:
    """With as many digits as people write; whole where the other end is."""
    short = float(f"{found:.2g}")
    return round(short) if isinstance(given, int) else short


def at_last_choice(name: str, value: Any, values: Sequence[Any]) -> Border | None:
    """The same of numbers to choose from, in any order; None of fewer than three, or of others."""
    numbers = [e for e in values if isinstance(e, int | float) and not isinstance(e, bool)]
    if len(numbers) < 3 or len(numbers) < len(values):
        return None
    if value == min(numbers):
        return Border(name=name, value=value, end="low", wider=None)
    if value == max(numbers):
        return Border(name=name, value=value, end="high", wider=None)
    return None
