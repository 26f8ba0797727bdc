"""Histograms whose edges a person can read, from the kept ranks of a column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.quality.profile.plain import plain_value
from tilth.quality.sketch import ColumnSketch, Kind
from tilth.quality.sketch.kind import shown
from tilth.quality.sketch.ranks import Ranks
from tilth.record import record

MOST_BINS = 30
"""More bars than that say no more on a page."""

_LARGEST = 1.7e308
_MICROS = 1_000_000
_DAY = 86_400
_SECONDS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, _DAY, 7 * _DAY)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000)
_PER_SECOND = {
    Kind.DATETIME: _MICROS,
    Kind.INSTANT: _MICROS,
    Kind.DURATION: _MICROS,
    Kind.TIME: 1_000_000_000,
}


@record
class Histogram:
    """Counts between edges that are round numbers, or begin a day, a month or a year.

    Attributes:
        edges: One more than counts; a bin has its lower edge and not its upper one, but for the
            last of a column that ends there.
        counts: Values in each bin.
        below: Values under the first edge: where a few lie far out, they get no room.
        above: Values beyond the last edge.
        exact: Whether the counts are exact; else each is within twice the sketch's rank error.
    """

    edges: tuple[Any, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0
    exact: bool = True


def histogram_of(sketch: ColumnSketch) -> Histogram | None:
    """The histogram of an ordered column, or of the lengths of texts; None for no values.

    A tail beyond the 1st or the 99th percentile that is longer than 0.3 of what lies between
    the two is counted in `below` or `above`, instead of stretching the picture.
    """
    ranks, kind = sketch.ranks, sketch.kind if sketch.kind.ordered else Kind.NUMBER
    if ranks is None or not len(ranks) or not ranks.n:
        return None
    low, high = _ends(ranks)
    edges = _edges(low, high, kind, whole=ranks.values.dtype.kind in "iu")
    counted = np.round(_smaller(ranks, edges)).astype(np.int64)
    if edges[-1] >= ranks.values[-1]:
        counted[-1] = ranks.n
    return Histogram(
        edges=tuple(_edge(each.item(), kind) for each in edges),
        counts=tuple(np.diff(counted).tolist()),
        below=int(counted[0]),
        above=int(ranks.n - counted[-1]),
        exact=ranks.exact,
    )


def _edge(number: Any, kind: Kind) -> Any:
    if kind is Kind.TIME and number >= _DAY * _PER_SECOND[kind]:
        return "24:00:00"  # the end of a day, which is no time of it
    return plain_value(shown(number, kind))


def _ends(ranks: Ranks) -> tuple[float, float]:
    """Where the picture begins and ends."""
    low, high = float(ranks.values[0]), float(ranks.values[-1])
    inner = float(ranks.quantile(0.01)), float(ranks.quantile(0.99))
    spread = inner[1] - inner[0]
    is_narrow = ranks.values.dtype.kind in "iu" and high - low < MOST_BINS
    if spread <= 0 or is_narrow:
        return low, high
    if inner[0] - low > 0.3 * spread:
        low = inner[0]
    if high - inner[1] > 0.3 * spread:
        high = inner[1]
    return low, high


def _smaller(ranks: Ranks, edges: NDArray[Any]) -> NDArray[np.float64]:
    """How many values are smaller than each edge; between kept values, in proportion."""
    values = ranks.values.astype(np.float64)
    ends = np.maximum.accumulate(np.stack([ranks.below, ranks.below + ranks.equal], 1).ravel())
    # Twice each value: the count jumps there by those that are equal to it.
    at = np.repeat(values, 2)
    targets = edges.astype(np.float64)
    place = np.searchsorted(at, targets, "left")
    found = np.interp(targets, at, ends.astype(np.float64))
    exact = (place < len(at)) & (at[np.minimum(place, len(at) - 1)] == targets)
    found = np.where(exact, ends[np.minimum(place, len(at) - 1)], found)
    return np.where(targets > at[-1], ranks.n, np.where(targets <= at[0], 0, found))


def _edges(low: float, high: float, kind: Kind, *, whole: bool) -> NDArray[Any]:
    if kind is Kind.DATE:
        return _calendar_edges(low * _DAY, high * _DAY, _DAY, 1)
    if kind in _PER_SECOND:
        per = _PER_SECOND[kind]
        is_calendar = kind in (Kind.DATETIME, Kind.INSTANT)
        return _calendar_edges(low / per, high / per, 1, per, calendar=is_calendar)
    return round_edges(low, high, whole=whole)


def round_edges(
    low: float, high: float, *, n: int = MOST_BINS, whole: bool = False
) -> NDArray[Any]:
    """Edges at multiples of 1, 2, 2.5 or 5 times a power of ten; at most `n` bins.

    Args:
        low: The least value that they must hold.
        high: The largest; equal to `low` for a single value.
        n: The most bins.
        whole: Whether values are whole numbers: then each bin holds equally many of them, and
            edges are whole.
    """
    largest = max(abs(low), abs(high))
    span = high - low
    if not np.isfinite(span):  # the range of floats itself
        return np.array([low, high])
    whole = whole and largest < 2**53  # beyond, floats are no finer than whole numbers
    if span <= 0:
        return np.array([low, low + 1]) if whole else np.array([low, low + (0.1 * largest or 1.0)])
    # No finer than floats of that size are, with a digit to spare.
    least = max((span + whole) / n, 2e-14 * largest, 1e-300)
    power = 10.0 ** np.floor(np.log10(least))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= least * 0.999)
    if whole:
        step = max(1, int(np.ceil(step)))
    first, last = np.floor(low / step), np.floor(high / step) + 1 if whole else np.ceil(high / step)
    with np.errstate(over="ignore"):
        edges = (np.arange(first, last + 1) * step).clip(-_LARGEST, _LARGEST)
    # 3 * 0.1 is not 0.3: let edges be what they look like.
    return edges.astype(np.int64) if whole else np.array([float(f"{each:.15g}") for each in edges])


def _calendar_edges(
    low: float, high: float, unit: int, per: int, *, calendar: bool = True
) -> NDArray[np.int64]:
    """Edges at whole seconds, minutes, hours, days, weeks, months or years.

    Args:
        low: Seconds since 1970, or since midnight.
        high: Likewise.
        unit: Seconds in the least step: a day for dates.
        per: What the result counts in a second (or, for dates, 1 in a unit).
        calendar: Whether months and years mean something.
    """
    span = max(high - low, 0)
    for step in _SECONDS:
        if step >= unit and span / step <= MOST_BINS - 1:
            # Weeks begin on Mondays; 1970 began on a Thursday.
            offset = -3 * _DAY if calendar and step == 7 * _DAY else 0
            first = np.floor((low - offset) / step)
            last = np.floor((high - offset) / step) + 1
            return ((np.arange(first, last + 1) * step + offset) / unit * per).astype(np.int64)
    if not calendar:
        days = round_edges(low / _DAY, high / _DAY)
        return (days * _DAY * per).astype(np.int64)
    return (np.array(_month_starts(low, high)) / unit * per).astype(np.int64)


def _month_starts(low: float, high: float) -> Sequence[float]:
    """Seconds since 1970 of the months that begin bins, the last after `high`."""
    first, last = _month(low), _month(high)
    step = next((each for each in _MONTHS if (last - first) / each <= MOST_BINS - 1), _MONTHS[-1])
    months = range(first // step * step, last + step + 1, step)
    kept = [each for each in months if 12 <= each <= 12 * 9999]
    starts = [_start(each) for each in kept]
    while len(starts) > 2 and starts[-2] > high:
        starts.pop()
    return starts if len(starts) > 1 else [low, high + 1]


def _month(seconds: float) -> int:
    """Months since the year 0; beyond what calendars hold, by the mean length of a month."""
    try:
        day = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        return int(1970 * 12 + seconds / (_DAY * 30.436875))
    return day.year * 12 + day.month - 1


def _start(month: int) -> float:
    return (date(month // 12, month % 12 + 1, 1) - date(1970, 1, 1)).days * float(_DAY)
