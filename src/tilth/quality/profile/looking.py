"""Looks a table over for defects: one scan for cells and rows, a sample for texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.profile.defect import Defect, DefectKind
from tilth.quality.profile.found import Found
from tilth.quality.profile.numbers import NumberCells
from tilth.quality.profile.objects import ObjectCells
from tilth.quality.profile.prose import prose_defects
from tilth.quality.profile.rows import (
    EmptyRows,
    RowHashes,
    collision_of,
    column_hashes,
    is_odd,
    near_rows,
    row_texts,
)
from tilth.quality.profile.sample import RowSample
from tilth.quality.profile.texts import TextCells
from tilth.quality.profile.whole import column_defects
from tilth.quality.sketch import Kind, TableSketch
from tilth.quality.sketch.table import batches_of
from tilth.record import record

Table = pl.DataFrame | pl.LazyFrame
Rows = NDArray[np.int64]

HELD_BYTES = 1 << 28
"""A lazy table up to that size is held in memory to find rows that nearly repeat others."""


class Look(Protocol):
    """Something that is looked for while the rows pass by."""

    def see(self, batch: pl.DataFrame, start: int) -> None:
        """The next rows of the table, from row number `start`."""

    def defects(self) -> Iterator[Defect]:
        """What was found, once all rows were seen."""


@record
class Looked:
    """What was found.

    Attributes:
        defects: In no order.
        n_duplicates: Rows that repeat an earlier one; an estimate beyond 33 million rows.
        n_compared: Rows in which such were looked for that nearly do.
    """

    defects: list[Defect]
    n_duplicates: int
    n_compared: int


class Looking:
    """What looking over a table takes.

    Args:
        table: It.
        sketch: Of all rows.
        sample: Some of them.
        most_rows: Numbers of rows that are kept of each defect.
    """

    def __init__(
        self, table: Table, sketch: TableSketch, sample: RowSample, most_rows: int
    ) -> None:
        self._sketch, self._sample, self._most = sketch, sample, most_rows
        self._held = _held(table, sketch)
        self._table = table if self._held is None else self._held

    def look(self, seed: int) -> Looked:
        """Scan it once more, and look at the sample."""
        empty, hashes = EmptyRows(self._sketch), RowHashes(self._sketch.n_rows)
        looks = list(self._looks())
        start = 0
        for batch in batches_of(self._table):
            for each in looks:
                each.see(batch, start)
            empty.see(batch, start)
            hashes.see(batch, start)
            start += batch.height
        repeated = np.setdiff1d(hashes.repeated(), empty.rows)
        near = [(name, np.setdiff1d(rows, empty.rows)) for name, rows in self._near()]
        known = np.concatenate((repeated, empty.rows, *(rows for _, rows in near)))
        return Looked(
            defects=[
                *(defect for each in looks for defect in each.defects()),
                *self._of_rows(empty.rows, repeated, near),
                *column_defects(self._sketch, self._sample.frame),
                *prose_defects(self._sample, self._sketch, known, self._most, seed),
            ],
            n_duplicates=len(repeated) * hashes.one_in,
            n_compared=self._n_compared,
        )

    def _looks(self) -> Iterator[Look]:
        frame = self._sample.frame
        for name, each in self._sketch.columns.items():
            if each.kind is Kind.TEXT:
                yield TextCells(name, frame[name], self._most)
            elif each.kind.ordered:
                yield NumberCells(name, each, self._most)
            elif isinstance(frame.schema[name], pl.Object):
                yield ObjectCells(name, frame[name], self._most)

    @property
    def _n_compared(self) -> int:
        return len(self._sample.numbers) if self._held is None else self._sketch.n_rows

    def _near(self) -> Iterator[tuple[str, Rows]]:
        """Numbers of rows that nearly repeat an earlier one, by the column that differs."""
        frame = self._sample.frame if self._held is None else self._held
        for each in near_rows(frame):
            rows = self._sample.numbers[each.places] if self._held is None else each.places
            yield each.column, rows

    def _of_rows(self, empty: Rows, repeated: Rows, near: list[tuple[str, Rows]]) -> list[Defect]:
        n = self._sketch.n_rows
        found = [self._rows(DefectKind.EMPTY, empty, "no column has a value", n)]
        chances = [collision_of(each) for each in column_hashes(self._sample.frame).values()]
        if is_odd(len(repeated), n, chances):
            reason = "the same as an earlier row in every column"
            found.append(self._rows(DefectKind.DUPLICATE, repeated, reason, n))
        for name, rows in near:
            reason = f"the same as an earlier row but for `{name}`"
            if not name:
                reason = "the same as an earlier row but for rounding"
            found.append(
                self._rows(DefectKind.NEAR_DUPLICATE, rows, reason, self._n_compared, name)
            )
        return [each for each in found if each.n]

    def _rows(self, kind: DefectKind, rows: Rows, reason: str, of: int, other: str = "") -> Defect:
        found = Found(self._most)
        shown = self._held is not None and kind is not DefectKind.EMPTY
        found.see(rows, row_texts(self._held, rows) if shown and self._held is not None else ())
        return found.defect(kind, "", reason, of, other=other)


def _held(table: Table, sketch: TableSketch) -> pl.DataFrame | None:
    """The table in memory, where it is there or small enough."""
    if isinstance(table, pl.DataFrame):
        return table
    width = sum(
        each.moments.mean if each.kind is Kind.TEXT and each.moments else 8
        for each in sketch.columns.values()
    )
    return table.collect() if width * sketch.n_rows <= HELD_BYTES else None
