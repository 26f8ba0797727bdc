"""Where to cut numbers: near their quantiles, at the roundest number that is near enough."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEEWAY = 0.25
"""By how much of a bin's share of rows an edge may be moved to be a round number."""

FEW = 12
"""So many different values, such as months, each stand alone whatever the number of bins."""

_DIGITS = 17
"""Powers of ten below the largest at which every float is told from its neighbours."""


def readable_edges(values: Floats, bins: int) -> list[float]:
    """Edges that cut values into about equally many rows, each as round as it can be.

    An edge `e` parts `x < e` from `x >= e`, and leaves values on both sides. Where there are no
    more than `bins` or `FEW` values, each stands alone; so does a value that fills a bin by
    itself, such as the zero of an amount that few have, and the others are cut among themselves.

    Args:
        values: Finite, shape (n,).
        bins: How many parts to aim for, at least two.

    Returns:
        Ascending; none where all values are equal.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size <= max(bins, FEW):
        return [float(each) for each in distinct[1:]]
    frequent = counts * bins >= values.size
    found = set()
    for position in np.flatnonzero(frequent).tolist():
        found.add(_above(distinct, position - 1))
        found.add(_above(distinct, position))
    others = np.repeat(distinct[~frequent], counts[~frequent])
    if others.size:
        found |= _quantile_edges(others, max(2, round(bins * others.size / values.size)))
    return sorted(edge for edge in found if distinct[0] < edge <= distinct[-1])


def _quantile_edges(values: Floats, bins: int) -> set[float]:
    """Edges of ascending values near their quantiles."""
    step = _LEEWAY / bins
    shares = np.arange(1, bins) / bins
    ends = np.quantile(values, [shares - step, shares, shares + step], method="lower")
    return {simplest(float(low), float(high), float(near)) for low, near, high in ends.T}


def _above(distinct: Floats, position: int) -> float:
    """The roundest number above the value at a position, up to the next; NaN at the ends."""
    if not 0 <= position < distinct.size - 1:
        return math.nan
    low, high = float(distinct[position]), float(distinct[position + 1])
    return simplest(math.nextafter(low, high), high, high)


def simplest(low: float, high: float, near: float) -> float:
    """The roundest number between two, both included; of equally round ones the nearest.

    Multiples of a power of ten are rounder than multiples of its half, those rounder than
    multiples of its fifth, and those than multiples of a smaller power.

    Example:
        >>> from tilth.quality.slices.edges import simplest
        >>> simplest(23.2, 26.1, 24.9)
        25.0
        >>> simplest(0.1234, 0.1301, 0.126)
        0.13
    """
    if not low < high:
        return near
    power = math.ceil(math.log10(max(abs(low), abs(high))))
    for exponent in range(power, power - _DIGITS, -1):
        for share in (1.0, 0.5, 0.2):
            step = share * 10.0**exponent
            first, last = math.ceil(low / step), math.floor(high / step)
            if first <= last:
                found = round(min(max(round(near / step), first), last) * step, 1 - exponent)
                if low <= found <= high:  # rounding may step over an end
                    return found
    return near
