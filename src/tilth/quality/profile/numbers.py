"""Numbers, days and times that are out of range, or that stand for a missing value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.found import Found
from tilth.quality.profile.plain import plain_value
from tilth.quality.sketch import ColumnSketch, Kind
from tilth.quality.sketch.kind import numbers_of, shown
from tilth.quality.sketch.ranks import Ranks
from tilth.record import record

Floats = NDArray[np.float64]

FENCE = 4.0
"""A fence lies so many half-widths beyond the 5th or 95th percentile. For normal values that is
8.2 standard deviations from the middle; for uniform ones 2.3 times their range."""

_LEAST = 20
_MOST_FAR = 20_000
_ISOLATED = 0.25
_MOST_WEAK = 0.3

# Each is an unlikely number that people have agreed on for "no value".
_STRONG = (
    *(-float("9" * n) for n in range(2, 9)),
    *(float("9" * n) for n in range(3, 11)),
    *(-float("8" * n) for n in range(3, 6)),
    -32768.0, -2147483648.0, 2147483647.0, -9223372036854775808.0, 9223372036854775807.0,
    -1e30, 1e30, -999.9, -99.9, 999.9, -9999.9,
)  # fmt: skip
_WEAK = (0.0, -1.0, -9.0, 99.0, -5.0)
"""These occur as themselves, too: they must occur often, and alone."""

_DAYS = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01",
         "1970-01-01", "2099-12-31", "2100-01-01", "2999-12-31", "9999-12-31")  # fmt: skip
"""First and last days of calendars, spreadsheets, databases and computers."""


@record
class Bulk:
    """Where nearly all values lie, told from the kept ranks of a column.

    Attributes:
        low: 5th percentile.
        middle: Median.
        high: 95th percentile.
    """

    low: float
    middle: float
    high: float

    @property
    def spread(self) -> float:
        """Between the two outer ones."""
        return self.high - self.low


def bulk_of(ranks: Ranks, without: Floats) -> Bulk | None:
    """The bulk of the values that are not among `without`; None where none is left."""
    values = ranks.values.astype(np.float64)
    weights = ranks.equal.astype(np.float64)
    gaps = np.maximum(ranks.below[1:] - ranks.below[:-1] - ranks.equal[:-1], 0) / 2
    weights[1:] += gaps
    weights[:-1] += gaps
    kept = ~np.isin(values, without)
    if not kept.any() or weights[kept].sum() <= 0:
        return None
    values, sums = values[kept], np.cumsum(weights[kept])
    at = [np.searchsorted(sums, q * sums[-1]) for q in (0.05, 0.5, 0.95)]
    low, middle, high = (float(values[min(i, len(values) - 1)]) for i in at)
    return Bulk(low=low, middle=middle, high=high)


@record
class Fences:
    """Beyond them a value is far out.

    Attributes:
        low: Lower one.
        high: Upper one.
        middle: Of the bulk, on the scale.
        gap: Widths of its lower and upper half, on the scale.
        scale: On which the bulk is most symmetric: as it is, the square root, or the logarithm.
    """

    low: float
    high: float
    middle: float
    gap: tuple[float, float]
    scale: Callable[[Any], Any]


def fences_of(bulk: Bulk, least: float) -> Fences | None:
    """Fences on the scale on which the bulk is most symmetric; None for a bulk without width.

    Args:
        bulk: Of the column.
        least: The smallest of its values: only where all are positive there is another scale.

    References:
        J. W. Tukey, "Exploratory data analysis", Addison-Wesley 1977, sections 2C (fences) and
        3 (re-expression by powers and logarithms before one judges what is far out).
    """
    if bulk.spread <= 0 or not np.isfinite(bulk.spread):
        return None
    scales = [_SCALES[0]] if least <= 0 else list(_SCALES)
    scale, back = min(scales, key=lambda each: abs(_skew(bulk, each[0])))
    low, middle, high = (float(scale(each)) for each in (bulk.low, bulk.middle, bulk.high))
    sides = [max(side, 0.25 * (high - low)) for side in (middle - low, high - middle)]
    lower, upper = low - FENCE * sides[0], high + FENCE * sides[1]
    with np.errstate(over="ignore"):
        ends = float(back(lower)), float(back(upper))
    return Fences(low=ends[0], high=ends[1], middle=middle, gap=(sides[0], sides[1]), scale=scale)


def _same(values: Any) -> Any:
    return values


_SCALES: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (_same, _same),
    (np.sqrt, lambda each: np.square(np.maximum(each, 0.0))),
    (np.log, np.exp),
)


def _skew(bulk: Bulk, scale: Callable[[Any], Any]) -> float:
    """Of the three quantiles, between -1 and 1; 0 for symmetric ones (Bowley's, at 5 %)."""
    low, middle, high = (float(scale(each)) for each in (bulk.low, bulk.middle, bulk.high))
    return (high - 2 * middle + low) / (high - low) if high > low else 1.0


class NumberCells:
    """Looks at an ordered column batch by batch, then says what is wrong in it."""

    def __init__(self, name: str, sketch: ColumnSketch, most_rows: int) -> None:
        self._name, self._kind, self._most = name, sketch.kind, most_rows
        self._n = sketch.n_valid
        self._is_whole = sketch.ranks is not None and bool((sketch.ranks.values % 1 == 0).all())
        self._sentinels = _sentinels(sketch.kind)
        self._bulk = None if sketch.ranks is None else bulk_of(sketch.ranks, self._sentinels)
        self._fences: Fences | None = None
        if self._bulk is not None and sketch.ranks is not None and self._n >= _LEAST:
            values = sketch.ranks.values.astype(np.float64)
            # A zero, sentinel or not, has no logarithm.
            kept = values[(values == 0) | ~np.isin(values, self._sentinels)]
            self._fences = fences_of(self._bulk, float(kept[0]))
        self._hits: dict[float, Found] = {}
        self._far: list[tuple[float, int]] = []
        self._inside = (np.inf, -np.inf)

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""
        if self._bulk is None:
            return
        series = batch[self._name]
        places = np.flatnonzero(series.is_not_null().to_numpy())
        values = numbers_of(series.drop_nulls()).astype(np.float64)
        usable = np.isfinite(values)
        if not usable.all():
            places, values = places[usable], values[usable]
        if not len(values):
            return
        is_sentinel = np.isin(values, self._sentinels)
        if is_sentinel.any():
            self._see_sentinels(series, places[is_sentinel], values[is_sentinel], start)
            places, values = places[~is_sentinel], values[~is_sentinel]
        self._see_others(places, values, start)

    def _see_sentinels(
        self, series: pl.Series, places: NDArray[np.int64], values: Floats, start: int
    ) -> None:
        for each in np.unique(values).tolist():
            found = self._hits.setdefault(each, Found(self._most))
            at = places[values == each]
            found.see(at + start, series.gather(at[:1]).to_list())

    def _see_others(self, places: NDArray[np.int64], values: Floats, start: int) -> None:
        low, high = (self._fences.low, self._fences.high) if self._fences else (-np.inf, np.inf)
        far = np.flatnonzero((values < low) | (values > high))
        inside = np.delete(values, far) if len(far) else values
        if len(inside):
            self._inside = (
                min(self._inside[0], float(inside.min())),
                max(self._inside[1], float(inside.max())),
            )
        room = _MOST_FAR - len(self._far)
        rows = (places[far[:room]] + start).tolist()
        self._far += zip(values[far[:room]].tolist(), rows, strict=True)

    def defects(self) -> Iterator[Defect]:
        """What is wrong, once all rows were seen."""
        taken = set()
        for value, found in self._hits.items():
            if self._is_sentinel(value, found.n):
                taken.add(value)
                word = self._shown(value)
                reason = f"{word} lies apart from all other values ({self._range()})"
                yield found.defect(DefectKind.SENTINEL, self._name, reason, self._n)
        # A sentinel that is none is a value like any other.
        for value, found in self._hits.items():
            if value not in taken:
                self._take_back(value, found)
        yield from self._out_of_range()

    def _is_sentinel(self, value: float, n: int) -> bool:
        """Whether it lies apart, from above, from below, or as the one negative number."""
        assert self._bulk is not None, "only what was seen is judged"
        low, high = self._ends()
        if low > high or low <= value <= high:
            return False
        if self._kind is Kind.NUMBER and value in _WEAK:
            often = max(3, 0.001 * self._n) <= n <= _MOST_WEAK * self._n
            if not often or high - low < 3:  # -1, 0 and 1 may be levels
                return False
        if self._kind is Kind.NUMBER and value < 0 <= low:
            return True
        apart = max(low - value, value - high)
        # Whole numbers are one apart in any case.
        is_next = value == 0 and low <= 2 and self._is_whole
        return apart >= _ISOLATED * self._bulk.spread and not is_next

    def _ends(self) -> tuple[float, float]:
        """The least and the largest of the other values, without those behind a gap.

        A typing error beyond a sentinel must not make that look like one of the others.
        """
        if self._fences is None or not self._far:
            return self._inside
        low, high = self._limits()
        kept = [value for value, _ in self._far if low < value < high]
        return min([*kept, self._inside[0]]), max([*kept, self._inside[1]])

    def _take_back(self, value: float, found: Found) -> None:
        is_rare = found.n < max(3, 0.001 * self._n)
        fences = self._fences
        if fences is not None and is_rare and not fences.low <= value <= fences.high:
            self._far += [(value, row) for row in found.rows]
        else:
            self._inside = min(self._inside[0], value), max(self._inside[1], value)

    def _limits(self) -> tuple[float, float]:
        """Values at these and beyond are out of range: behind the first wide gap, either way."""
        fences = self._fences
        assert fences is not None, "there are limits only beyond fences"

        def scaled(value: float) -> float:
            # The logarithm of what is not positive: below everything.
            return float(fences.scale(value)) if value > 0 or fences.scale is _same else -np.inf

        below = sorted({v for v, _ in self._far if v < fences.low}, reverse=True)
        above = sorted({v for v, _ in self._far if v > fences.high})
        low = _behind_gap(below, self._inside[0], fences, scaled, 0)
        high = _behind_gap(above, self._inside[1], fences, scaled, 1)
        return (-np.inf if low is None else low), (np.inf if high is None else high)

    def _out_of_range(self) -> Iterator[Defect]:
        if self._fences is None or not self._far or len(self._far) >= _MOST_FAR:
            return
        low, high = self._limits()
        out = sorted((row, value) for value, row in self._far if not low < value < high)
        if not out:
            return
        yield Defect(
            kind=DefectKind.OUT_OF_RANGE,
            column=self._name,
            n=len(out),
            rows=tuple(row for row, _ in out[: self._most]),
            of=self._n,
            reason=f"far from all other values ({self._range()}), with a gap in between",
            examples=tuple(dict.fromkeys(self._shown(v) for _, v in out))[:3],
        )

    def _range(self) -> str:
        low, high = self._ends()
        return f"{self._shown(low)} to {self._shown(high)}" if low <= high else "none"

    def _shown(self, value: float) -> str:
        if self._kind is Kind.NUMBER:
            return f"{value:.6g}" if abs(value) < 1e6 or value % 1 else f"{value:.0f}"
        return str(plain_value(shown(int(value), self._kind))).removesuffix("T00:00:00")


def _behind_gap(
    far: Sequence[float], last: float, fences: Fences, scaled: Callable[[float], float], side: int
) -> float | None:
    """The first of the far values, going outward, that is a wide gap away from the one before.

    A gap is as wide as the half of the bulk on that side, and as the way from the middle to where
    it begins: the farther out, the thinner any tail.
    """
    before = scaled(last)
    for value in far:
        here = scaled(value)
        if abs(here - before) >= max(fences.gap[side], abs(before - fences.middle)):
            return value
        before = here
    return None


def _sentinels(kind: Kind) -> Floats:
    """Numbers that may stand for a missing value, as `numbers_of` gives the kind."""
    if kind is Kind.NUMBER:
        return np.array([*_STRONG, *_WEAK])
    per_day = {Kind.DATE: 1, Kind.DATETIME: 86_400_000_000, Kind.INSTANT: 86_400_000_000}
    if kind in per_day:
        days = np.array(_DAYS, "datetime64[D]").astype(np.int64)
        return (days * per_day[kind]).astype(np.float64)
    return np.zeros(0)
