"""What is kept of one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from tilth.quality.sketch import digest
from tilth.quality.sketch.distinct import Distinct
from tilth.quality.sketch.kind import Kind, finite, kind_of, numbers_of, shown
from tilth.quality.sketch.levels import Level, Levels
from tilth.quality.sketch.moments import Moments
from tilth.quality.sketch.ranks import Ranks, Values
from tilth.record import changed, record

POINTS = 160
"""Values that are kept of an ordered column, with their ranks."""

LENGTH_POINTS = 32
"""Lengths that are kept of a column of texts, with their ranks."""

LEVELS = 64
"""Levels that are kept of a column of texts, with their counts."""


@record
class ColumnSketch:
    """Mergeable statistics of one column; at most 10 kB as JSON, up to 10^12 rows.

    Attributes:
        kind: What can be said of it.
        dtypes: The Polars types that it was stored as, sorted; one, unless merged.
        n: Rows.
        n_null: Of these, without a value.
        n_nan: Of these, not a number (which is not null).
        n_infinite: Of these, plus or minus infinity.
        moments: Of finite numbers, or of the lengths of texts in characters.
        ranks: Of finite numbers, dates and times, or of the lengths of texts.
        distinct: Digests of all values but nulls, NaN and infinities.
        levels: Of texts and booleans.
    """

    kind: Kind
    dtypes: tuple[str, ...]
    n: int
    n_null: int = 0
    n_nan: int = 0
    n_infinite: int = 0
    moments: Moments | None = None
    ranks: Ranks | None = None
    distinct: Distinct | None = None
    levels: Levels | None = None

    @classmethod
    def of(cls, series: pl.Series, *, pinned: ColumnSketch | None = None) -> ColumnSketch:
        """Of a column in memory, with more kept than `pruned` leaves.

        Args:
            series: Of any type.
            pinned: Keep the exact ranks of the values whose ranks this sketch has, too.
        """
        kind = kind_of(series.dtype)
        sketch = cls(
            kind=kind, dtypes=(str(series.dtype),), n=len(series), n_null=series.null_count()
        )
        points = pinned.ranks if pinned is not None and pinned.kind is kind else None
        if kind.ordered:
            return _of_ordered(sketch, series, None if points is None else points.values)
        if kind.named:
            return _of_named(sketch, series, None if points is None else points.values)
        return sketch

    def merge(self, other: ColumnSketch, *, pruned: bool = True) -> ColumnSketch:
        """Of the rows of both.

        Args:
            other: Of the same kind; a column that is null throughout is of any kind.
            pruned: False to keep what both have, for one who merges on.

        Raises:
            ValueError: The kinds differ, so the values cannot be put together.
        """
        kinds = {self.kind, other.kind} - {Kind.NULL}
        if len(kinds) > 1:
            raise ValueError(f"a column of kind {self.kind} cannot be merged with {other.kind}")
        merged = ColumnSketch(
            kind=kinds.pop() if kinds else Kind.NULL,
            dtypes=tuple(sorted({*self.dtypes, *other.dtypes})),
            n=self.n + other.n,
            n_null=self.n_null + other.n_null,
            n_nan=self.n_nan + other.n_nan,
            n_infinite=self.n_infinite + other.n_infinite,
            moments=_merged(self.moments, other.moments),
            ranks=_merged(self.ranks, other.ranks),
            distinct=_merged(self.distinct, other.distinct),
            levels=_merged(self.levels, other.levels),
        )
        return merged.pruned() if pruned else merged

    def pruned(
        self, points: int | None = None, levels: int = LEVELS, *, pinned: ColumnSketch | None = None
    ) -> ColumnSketch:
        """With no more points and levels kept than that, besides the pinned points."""
        size = points or (POINTS if self.kind.ordered else LENGTH_POINTS)
        values = None if pinned is None or pinned.ranks is None else pinned.ranks.values
        return changed(
            self,
            ranks=self.ranks and self.ranks.pruned(size, values),
            levels=self.levels and self.levels.pruned(levels),
        )

    @property
    def n_valid(self) -> int:
        """Rows whose value is neither null nor NaN nor infinite."""
        return self.n - self.n_null - self.n_nan - self.n_infinite

    @property
    def minimum(self) -> Any:
        """The smallest finite value; None where there is none or values have no order."""
        return self._at(0)

    @property
    def maximum(self) -> Any:
        """The largest finite value; None where there is none or values have no order."""
        return self._at(-1)

    @property
    def mean(self) -> float | None:
        """Of finite numbers; None where there is none."""
        known = self.kind is Kind.NUMBER and self.moments and self.moments.n
        return self.moments.mean if known and self.moments else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of finite numbers; None for fewer than two."""
        known = self.kind is Kind.NUMBER and self.moments and self.moments.n > 1
        return self.moments.deviation if known and self.moments else None

    def quantile(self, q: float) -> Any:
        """The finite value at rank ceil(q n), within `ranks.rank_error`.

        Raises:
            ValueError: `q` is not between 0 and 1, or there are no ordered values.
        """
        if not self.kind.ordered or self.ranks is None:
            raise ValueError(f"a column of kind {self.kind} has no quantiles")
        return shown(self.ranks.quantile(q), self.kind)

    @property
    def n_distinct(self) -> int | None:
        """Different values: exact while few, else within 2.3 % (one standard error).

        None for a column of which only nulls are counted.
        """
        if self.levels is not None and self.levels.exact:
            return len(self.levels.counts)
        if self.kind.ordered and self.ranks is not None and self.ranks.exact:
            return int((self.ranks.equal > 0).sum())
        return None if self.distinct is None else round(self.distinct.estimate)

    def top(self, n: int = 10) -> Sequence[Level]:
        """The most frequent levels of a column of texts or booleans, at most `n`."""
        return list(self.levels or ())[:n]

    def _at(self, place: int) -> Any:
        if not self.kind.ordered or self.ranks is None or not len(self.ranks):
            return None
        return shown(self.ranks.values[place].item(), self.kind)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; what does not apply is left out."""
        parts: dict[str, Any] = {
            name: part.as_dict()
            for name, part in (
                ("moments", self.moments),
                ("ranks", self.ranks),
                ("levels", self.levels),
            )
            if part is not None
        }
        found: dict[str, Any] = {"kind": str(self.kind), "dtypes": list(self.dtypes), "n": self.n}
        counts = {"null": self.n_null, "nan": self.n_nan, "infinite": self.n_infinite}
        found |= {name: count for name, count in counts.items() if count}
        if self.distinct is not None:
            parts["distinct"] = self.distinct.registers
        return found | parts

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> ColumnSketch:
        """Back from `as_dict`."""
        moments, ranks, levels = (stored.get(name) for name in ("moments", "ranks", "levels"))
        return cls(
            kind=Kind(stored["kind"]),
            dtypes=tuple(stored["dtypes"]),
            n=stored["n"],
            n_null=stored.get("null", 0),
            n_nan=stored.get("nan", 0),
            n_infinite=stored.get("infinite", 0),
            moments=None if moments is None else Moments.from_dict(moments),
            ranks=None if ranks is None else Ranks.from_dict(ranks),
            distinct=Distinct(registers=stored["distinct"]) if "distinct" in stored else None,
            levels=None if levels is None else Levels.from_dict(levels),
        )


def _of_ordered(sketch: ColumnSketch, series: pl.Series, pinned: Values | None) -> ColumnSketch:
    numbers = numbers_of(series.drop_nulls())
    usable = finite(numbers)
    n_nan = int(np.isnan(numbers).sum()) if len(usable) < len(numbers) else 0
    ordered = np.sort(usable)
    return changed(
        sketch,
        n_nan=n_nan,
        n_infinite=len(numbers) - len(usable) - n_nan,
        moments=Moments.of(ordered),
        ranks=Ranks.of_sorted(ordered, pinned),
        distinct=Distinct.of(digest.of_numbers(_different(ordered))),
    )


def _of_named(sketch: ColumnSketch, series: pl.Series, pinned: Values | None) -> ColumnSketch:
    # Of each level once: a column has far fewer levels than rows, as a rule.
    table = series.drop_nulls().alias("level").value_counts(name="n")
    texts = table["level"].cast(pl.String)
    counts = table["n"].to_numpy().astype(np.int64)
    digests = digest.of_texts(texts)
    sketch = changed(
        sketch, distinct=Distinct.of(digests), levels=Levels.of(texts, counts, digests)
    )
    if sketch.kind is Kind.BOOLEAN:
        return sketch
    lengths = np.sort(np.repeat(texts.str.len_chars().to_numpy().astype(np.int64), counts))
    ranks = Ranks.of_sorted(lengths, pinned)
    return changed(sketch, moments=Moments.of(lengths), ranks=ranks)


def _different(ordered: Values) -> Values:
    """Of runs of equal values, one each; for columns in which they save digests."""
    change = ordered[1:] != ordered[:-1]
    if np.count_nonzero(change) > len(ordered) // 2:
        return ordered
    return ordered[np.concatenate(([True], change))] if len(ordered) else ordered


def _merged(first: Any, second: Any) -> Any:
    """Both together, or the one that there is."""
    if first is None or second is None:
        return second if first is None else first
    return first.merge(second)
