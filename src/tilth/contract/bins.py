"""Bins over the values of a column, counted as part of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from tilth.record import record

N_BINS = 20
N_LEVELS = 50
_NUMERIC = frozenset({"int", "float", "decimal", "date", "datetime"})


@record
class Bins:
    """How a column is cut into bins; the last two hold what is in none, and nulls.

    Attributes:
        edges: Upper ends of all bins of numbers but the last, ascending; none for levels.
        levels: The most frequent values; none for numbers.
    """

    edges: tuple[Any, ...] = ()
    levels: tuple[Any, ...] = ()

    @classmethod
    def of(cls, table: Any, column: str, kind: str) -> Self:
        """Bins that hold equal shares of a column of numbers or dates, or its levels."""
        import polars  # 0.1 s, and only where data is judged

        col = polars.col(column)
        if kind not in _NUMERIC:
            frequent = (
                table.select(_plain(col, kind)).drop_nulls().group_by(column).len()
                .sort(["len", column], descending=[True, False]).head(N_LEVELS)
            )  # fmt: skip
            return cls(levels=tuple(frequent.collect(engine="streaming")[column].to_list()))
        if kind == "float":
            col = col.fill_nan(None)
        shares = [i / N_BINS for i in range(1, N_BINS)]
        cuts = [col.quantile(each, "nearest").alias(str(each)) for each in shares]
        row = table.select(cuts).collect(engine="streaming").row(0)
        return cls(edges=tuple(sorted({each for each in row if each is not None})))

    def counts(self, column: str, dtype: Any) -> dict[str, Any]:
        """What counts the bins, as Polars expressions of one scan."""
        import polars  # 0.1 s, and only where data is judged

        from tilth.contract.types import kind_of

        kind = kind_of(dtype)
        col = _plain(polars.col(column), kind)
        found = {"nulls": col.null_count()}
        if kind == "float":
            found["nulls"] = found["nulls"] + col.is_nan().sum()
        found |= {f"le{i}": (col <= polars.lit(each)).sum() for i, each in enumerate(self.edges)}
        found |= {f"is{i}": (col == polars.lit(each)).sum() for i, each in enumerate(self.levels)}
        return found

    def read(self, totals: Mapping[str, Any], n_rows: int) -> list[float]:
        """How many values each bin holds, from what `counts` measured."""
        nulls = int(totals["nulls"] or 0)
        if self.levels:
            held = [int(totals[f"is{i}"] or 0) for i in range(len(self.levels))]
        else:
            below = [int(totals[f"le{i}"] or 0) for i in range(len(self.edges))]
            held = [b - a for a, b in zip([0, *below], below, strict=False)]
        return [*map(float, held), float(max(0, n_rows - nulls - sum(held))), float(nulls)]


def _plain(col: Any, kind: str) -> Any:
    import polars  # 0.1 s, and only where data is judged

    return col.cast(polars.String) if kind == "category" else col
