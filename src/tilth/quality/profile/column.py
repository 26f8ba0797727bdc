"""What a profile tells of one column, from its sketch and a sample of its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tilth.quality.profile.histogram import Histogram, histogram_of
from tilth.quality.profile.pattern import Pattern, patterns_of
from tilth.quality.profile.plain import from_plain, plain_value
from tilth.quality.sketch import ColumnSketch, Kind
from tilth.quality.sketch.kind import finite, numbers_of, shown
from tilth.record import record

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_LEVELS = 12
_LONGEST = 60
_EXAMPLES = 3
_GAP = 8.0
"""A gap is told that is so many times as wide as the median step between days or times."""


@record
class LevelCount:
    """A level and how often it occurs, at least; exactly, where the column says so."""

    name: str
    n: int


@record
class Gap:
    """A stretch without any value, in a column of days or times, longer than others by far."""

    after: Any
    before: Any


@record
class ColumnProfile:
    """What is known of a column. Values are as JSON has them; days and times in ISO 8601.

    Attributes:
        name: Its name.
        kind: `number`, `text`, `date` and so on: see `tilth.quality.sketch.Kind`.
        dtype: The Polars type.
        n: Rows.
        n_null: Of these, without a value.
        n_nan: Of these, not a number (which is not null).
        n_infinite: Of these, plus or minus infinity.
        n_distinct: Different values; None where they cannot be counted.
        distinct_exact: Whether that count is exact, or an estimate (standard error 2.3 %).
        minimum: The least value.
        maximum: The largest.
        mean: Of numbers; of texts, their mean length in characters.
        deviation: The standard deviation of the same.
        quantiles: Share -> value; of texts, of their lengths in characters.
        skewness: The third standardised moment of the values in the sample.
        histogram: Of values; of texts, of their lengths.
        levels: The most frequent ones.
        levels_exact: Whether these are all the levels that there are.
        patterns: What texts look like, the most frequent first; of the sample.
        gaps: Of days and times: where there are none for long; of the sample.
        examples: Some values, of the sample.
    """

    name: str
    kind: str
    dtype: str
    n: int
    n_null: int = 0
    n_nan: int = 0
    n_infinite: int = 0
    n_distinct: int | None = None
    distinct_exact: bool = True
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    deviation: float | None = None
    quantiles: Mapping[str, Any] | None = None
    skewness: float | None = None
    histogram: Histogram | None = None
    levels: tuple[LevelCount, ...] = ()
    levels_exact: bool = False
    patterns: tuple[Pattern, ...] = ()
    gaps: tuple[Gap, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def n_valid(self) -> int:
        """Rows whose value is neither null nor NaN nor infinite."""
        return self.n - self.n_null - self.n_nan - self.n_infinite

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ColumnProfile:
        """Back from plain data."""
        return from_plain(
            cls,
            stored,
            histogram=lambda each: from_plain(Histogram, each),
            levels=lambda each: from_plain(LevelCount, each),
            patterns=lambda each: from_plain(Pattern, each),
            gaps=lambda each: from_plain(Gap, each),
            quantiles=lambda each: each,
        )


def column_profile(name: str, sketch: ColumnSketch, sample: pl.Series) -> ColumnProfile:
    """Put together what is known of a column.

    Args:
        name: Its name.
        sketch: Of all rows.
        sample: Of some rows, in their order.
    """
    moments = sketch.moments if sketch.kind in (Kind.NUMBER, Kind.TEXT) else None
    has_moments = moments is not None and moments.n > 0
    texts = sketch.kind is Kind.TEXT
    top = sketch.top(_LEVELS)
    n_distinct, exact = _distinct(sketch, sample)
    return ColumnProfile(
        name=name,
        kind=str(sketch.kind),
        dtype=", ".join(sketch.dtypes),
        n=sketch.n,
        n_null=sketch.n_null,
        n_nan=sketch.n_nan,
        n_infinite=sketch.n_infinite,
        n_distinct=n_distinct,
        distinct_exact=exact,
        minimum=plain_value(sketch.minimum),
        maximum=plain_value(sketch.maximum),
        mean=plain_value(moments.mean) if moments and has_moments else None,
        deviation=plain_value(moments.deviation) if moments and moments.n > 1 else None,
        quantiles=_quantiles(sketch),
        skewness=None if texts else _skewness(sketch, sample),
        histogram=histogram_of(sketch),
        levels=tuple(LevelCount(name=each.name, n=each.at_least) for each in top),
        levels_exact=bool(
            sketch.levels and sketch.levels.exact and len(sketch.levels.counts) <= _LEVELS
        ),
        patterns=patterns_of(sample) if texts else (),
        gaps=_gaps(sketch.kind, sample),
        examples=_examples(sample),
    )


def _distinct(sketch: ColumnSketch, sample: pl.Series) -> tuple[int | None, bool]:
    """How many values are different, and whether that is exact."""
    of_levels = sketch.levels is not None and sketch.levels.exact
    of_values = sketch.kind.ordered and sketch.ranks is not None and sketch.ranks.exact
    if of_levels or of_values or sketch.n_distinct is None:
        return sketch.n_distinct, True
    if len(sample) < sketch.n:
        return sketch.n_distinct, False
    values = sample.drop_nulls()
    if values.dtype.is_float():
        values = values.filter(values.is_finite())
    return values.n_unique(), True


def _are_all(sketch: ColumnSketch) -> bool:
    levels = sketch.levels
    return levels is not None and levels.exact and len(levels.counts) <= _LEVELS


def _quantiles(sketch: ColumnSketch) -> dict[str, Any] | None:
    ranks = sketch.ranks
    if ranks is None or not ranks.n:
        return None
    kind = sketch.kind if sketch.kind.ordered else Kind.NUMBER
    return {f"{q:g}": plain_value(shown(ranks.quantile(q), kind)) for q in QUANTILES}


def _skewness(sketch: ColumnSketch, sample: pl.Series) -> float | None:
    if sketch.kind is not Kind.NUMBER:
        return None
    values = finite(numbers_of(sample.drop_nulls())).astype(np.float64)
    if len(values) < 3:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        apart = values - values.mean()
        spread = float(np.sqrt((apart**2).mean()))
        if not 0 < spread < np.inf or spread <= 1e-12 * abs(float(values.mean())):
            return None
        found = float(((apart / spread) ** 3).mean())
    return found if np.isfinite(found) else None


def _gaps(kind: Kind, sample: pl.Series) -> tuple[Gap, ...]:
    """The widest gaps between neighbouring values, where they are far wider than the rest."""
    if kind not in (Kind.DATE, Kind.DATETIME, Kind.INSTANT):
        return ()
    values = np.unique(numbers_of(sample.drop_nulls()))
    steps = np.diff(values)
    if len(steps) < 20:
        return ()
    # A sample of random moments has a longest gap of about ln(n) mean ones; twice that is odd.
    odd = max(_GAP * float(np.median(steps)), 2 * np.log(len(steps)) * float(steps.mean()))
    places = np.flatnonzero(steps > odd)
    widest = places[np.argsort(-steps[places], kind="stable")][:3]
    ends = [(values[i].item(), values[i + 1].item()) for i in sorted(widest.tolist())]
    return tuple(
        Gap(after=plain_value(shown(a, kind)), before=plain_value(shown(b, kind))) for a, b in ends
    )


def _examples(sample: pl.Series) -> tuple[str, ...]:
    # Objects know no uniqueness, and binary cells may be huge.
    values = sample.head(200).to_list()
    different = dict.fromkeys(shown_text(each) for each in values if each is not None)
    return tuple(different)[:_EXAMPLES]


def shown_text(value: Any) -> str:
    """A value in one line of at most 60 characters."""
    text = value if isinstance(value, str) else str(plain_value(value))[: 2 * _LONGEST]
    text = " ".join(text[: 4 * _LONGEST].split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
