"""What is kept of a table, and the one scan that gathers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from tilth.quality.sketch.column import ColumnSketch
from tilth.quality.sketch.levels import CANDIDATES as SCAN_LEVELS
from tilth.quality.sketch.ranks import CANDIDATES as SCAN_POINTS
from tilth.record import record

BATCH = 1 << 20
"""Rows that are looked at together."""

VERSION = 1
"""Of the form in which a sketch is kept."""


@record
class TableSketch:
    """Mergeable statistics of each column of a table.

    Attributes:
        n_rows: How many rows were seen.
        columns: Name -> its sketch, in the table's order.
    """

    n_rows: int
    columns: Mapping[str, ColumnSketch]

    def merge(self, other: TableSketch, *, pruned: bool = True) -> TableSketch:
        """Of the rows of both tables.

        Args:
            other: With the same columns, in any order.
            pruned: False to keep what both have, for one who merges on.

        Raises:
            ValueError: Columns differ, or a column is of another kind in the other table.
        """
        if apart := sorted(self.columns.keys() ^ other.columns.keys()):
            shown = ", ".join(f"`{name}`" for name in apart[:8])
            raise ValueError(f"only one of the two tables has the columns {shown}")
        columns = {}
        for name, column in self.columns.items():
            try:
                columns[name] = column.merge(other.columns[name], pruned=pruned)
            except ValueError as error:
                raise ValueError(f"column `{name}`: {error}") from error
        return TableSketch(n_rows=self.n_rows + other.n_rows, columns=columns)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "version": VERSION,
            "n_rows": self.n_rows,
            "columns": {name: column.as_dict() for name, column in self.columns.items()},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> TableSketch:
        """Back from `as_dict`.

        Raises:
            ValueError: It was written by another version of Tilth, in a form not known here.
        """
        if stored.get("version") != VERSION:
            raise ValueError(
                f"this is no sketch of version {VERSION}, but of version {stored.get('version')}"
            )
        columns = {name: ColumnSketch.from_dict(each) for name, each in stored["columns"].items()}
        return cls(n_rows=stored["n_rows"], columns=columns)

    def to_json(self) -> str:
        """Canonical JSON: the same sketch gives the same text."""
        return json.dumps(
            self.as_dict(), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )

    @classmethod
    def from_json(cls, text: str) -> TableSketch:
        """Back from `to_json`.

        Raises:
            ValueError: The text is no JSON, or no sketch of this version.
        """
        return cls.from_dict(json.loads(text))


def sketch_of(
    table: pl.DataFrame | pl.LazyFrame,
    *,
    pinned: TableSketch | None = None,
    through: Callable[[Iterator[pl.DataFrame]], Iterator[pl.DataFrame]] | None = None,
) -> TableSketch:
    """Read a table once and keep small statistics of each column.

    A lazy frame is streamed: no more than a few batches of about a million rows are in memory.
    The result depends on the rows and their order alone, not on eager or lazy, threads or time.

    Args:
        table: Any columns; of those that are neither numbers, texts, booleans, dates nor times
            only nulls are counted.
        pinned: Keep the exact number of rows below each value whose rank this sketch has, so
            that the two can be compared there without error. The result is larger by that.
        through: What the batches pass through, for one who wants to see them in the same scan.
    """
    batches = batches_of(table)
    stack: list[tuple[int, TableSketch]] = []
    for batch in through(batches) if through else batches:
        # As a binary counter: equals are merged, so that each row is merged log2(batches) times.
        stack.append((0, _of_batch(batch, pinned)))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            _merge_last(stack, pinned)
    while len(stack) > 1:
        _merge_last(stack, pinned)
    return _pruned(stack[0][1], pinned)


def _of_batch(batch: pl.DataFrame, pinned: TableSketch | None) -> TableSketch:
    known = pinned.columns if pinned else {}
    columns = {
        series.name: ColumnSketch.of(series, pinned=known.get(series.name)) for series in batch
    }
    return TableSketch(n_rows=batch.height, columns=columns)


def _merge_last(stack: list[tuple[int, TableSketch]], pinned: TableSketch | None) -> None:
    _, second = stack.pop()
    size, first = stack.pop()
    merged = _pruned(first.merge(second, pruned=False), pinned, SCAN_POINTS, SCAN_LEVELS)
    stack.append((size + 1, merged))


def _pruned(sketch: TableSketch, pinned: TableSketch | None, *sizes: int) -> TableSketch:
    known = pinned.columns if pinned else {}
    columns = {
        name: column.pruned(*sizes, pinned=known.get(name))
        for name, column in sketch.columns.items()
    }
    return TableSketch(n_rows=sketch.n_rows, columns=columns)


def batches_of(table: pl.DataFrame | pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """At least one batch; all but the last have `BATCH` rows, however the rows arrive."""
    if isinstance(table, pl.DataFrame):
        yield from table.iter_slices(BATCH) if table.height else [table]
        return
    held = pl.DataFrame(schema=table.collect_schema())
    full = False
    for arrived in table.collect_batches(chunk_size=BATCH, maintain_order=True):
        held = pl.concat([held, arrived]) if held.height else arrived
        while held.height >= BATCH:
            full = True
            yield held.head(BATCH)
            held = held.slice(BATCH)
    if held.height or not full:
        yield held
