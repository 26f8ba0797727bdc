"""Draws a part of several tables, so that joins between them do not come out empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.quality.dates import as_moments
from tilth.quality.subset.links import Link, comparable
from tilth.quality.subset.spread import (
    LEAST,
    ROW,
    Mask,
    extremes,
    short_classes,
    short_sides,
    spread,
    time_columns,
)
from tilth.record import record

_MOST_ROUNDS = 10
_LEAST_SERIES = 5
_MOST_TIMES = 2
"""How many times the rows that were asked for a few whole series may have."""


@record
class Subset:
    """Parts of tables.

    Attributes:
        tables: Name -> the part, its rows in the order of the whole.
        n_rows: Name -> how many rows the whole has.
    """

    tables: Mapping[str, pl.DataFrame]
    n_rows: Mapping[str, int]


def subset(
    tables: Mapping[str, pl.LazyFrame],
    links: Sequence[Link] = (),
    *,
    n_rows: int,
    seed: int = 0,
    keys: Mapping[str, tuple[str, ...]] | None = None,
    classes: Iterable[str] = (),
    moments: Iterable[datetime] = (),
) -> Subset:
    """A part of each table, in which what is joined in the whole can still be joined.

    A table with no more than `n_rows` rows is taken as a whole. Of the largest table that no
    other refers to, rows are drawn evenly over time, or over the file where it has no time;
    where its key is a time and something else, it has a series for each of these, and whole
    series are drawn, so that what looks back in time finds what was before. Then, link by
    link, rows of the others are drawn by the values that were drawn already; and at last each
    row that a drawn row refers to is taken as well. This is the referentially
    intact subset of a database, as testers of databases draw it.

    Args:
        tables: Name -> table.
        links: How they are joined.
        n_rows: Rows of each table, about; the edges, classes and links add some.
        seed: Of all draws.
        keys: Table -> the columns that tell its rows apart, where that is known.
        classes: Columns whose every value must be there.
        moments: Where tables may be cut in time: there are rows on both sides.

    Example:
        >>> import polars as pl
        >>> from tilth.quality.subset import find_links, subset
        >>> sales = pl.LazyFrame({"sale": range(1000), "shop": [i % 100 for i in range(1000)]})
        >>> shops = pl.LazyFrame({"shop": range(100), "town": ["A", "B"] * 50})
        >>> tables = {"sales": sales, "shops": shops}
        >>> part = subset(tables, find_links(tables), n_rows=10)
        >>> joined = part.tables["sales"].join(part.tables["shops"], on="shop")
        >>> joined.height == part.tables["sales"].height
        True
    """
    drawing = _Drawing(
        tables,
        links,
        n_rows=n_rows,
        seed=seed,
        keys=keys or {},
        classes=tuple(classes),
        moments=tuple(moments),
    )
    drawing.draw()
    return Subset(
        tables={name: drawing.part(name) for name in tables},
        n_rows={name: len(mask) for name, mask in drawing.chosen.items()},
    )


class _Drawing:
    def __init__(
        self,
        tables: Mapping[str, pl.LazyFrame],
        links: Sequence[Link],
        *,
        n_rows: int,
        seed: int,
        keys: Mapping[str, tuple[str, ...]],
        classes: tuple[str, ...],
        moments: tuple[datetime, ...],
    ) -> None:
        self._tables = tables
        self._links = [each for each in links if {each.child, each.parent} <= tables.keys()]
        self._n = n_rows
        self._random = np.random.default_rng(seed)
        self._keys = keys
        self._classes = classes
        self._moments = moments
        self._heights = {
            name: int(each.select(pl.len()).collect(engine="streaming").item())
            for name, each in tables.items()
        }
        self._sides: dict[tuple[str, tuple[str, ...]], pl.DataFrame] = {}
        self.chosen: dict[str, Mask] = {}

    def draw(self) -> None:
        """Choose the rows of all tables."""
        for root in self._roots():
            waiting = [root]
            while waiting:
                table = waiting.pop(0)
                if table not in self.chosen:
                    self._choose(table)
                    waiting += [e.other(table) for e in self._links_of(table)]
        self._add_parents()

    def part(self, table: str) -> pl.DataFrame:
        """The chosen rows, in their order."""
        mask, frame = self.chosen[table], self._tables[table]
        if mask.all():
            return frame.collect(engine="streaming")
        rows = pl.Series(np.flatnonzero(mask).astype(np.uint32))
        drawn = frame.with_row_index(ROW).filter(pl.col(ROW).is_in(rows.implode()))
        return drawn.collect(engine="streaming").sort(ROW).drop(ROW)

    def _roots(self) -> list[str]:
        """Tables that no other refers to first, the largest of them at the head."""
        parents = {each.parent for each in self._links if each.unique}
        return sorted(self._tables, key=lambda name: (name in parents, -self._heights[name], name))

    def _links_of(self, table: str) -> list[Link]:
        return [each for each in self._links if table in (each.child, each.parent)]

    def _choose(self, table: str) -> None:
        height = self._heights[table]
        if height <= self._n:
            self.chosen[table] = np.ones(height, bool)
            return
        order, everything = self._order(table), np.ones(height, bool)
        links = [each for each in self._links_of(table) if each.other(table) in self.chosen]
        chosen = np.zeros(height, bool)
        if not links:
            series = self._series(table)
            rows = spread(order, everything, self._n, self._random) if series is None else series
            chosen[rows] = True
        else:
            found = np.logical_or.reduce([self._matched(table, each) for each in links])
            chosen[spread(order, found, self._n, self._random)] = True
            few = max(self._n // 10, 1)  # without a partner, as in the whole
            chosen[spread(order, ~found, few, self._random)] = True
        chosen[extremes(self._tables[table])] = True
        self._top_up(table, order, chosen)
        self.chosen[table] = chosen

    def _series(self, table: str) -> NDArray[np.int64] | None:
        """The rows of some whole series; None where there are none, or they are too long."""
        key, times = self._keys.get(table, ()), set(time_columns(self._tables[table]))
        names = [each for each in key if each not in times]
        if not names or len(names) == len(key):
            return None
        frame = self._tables[table].with_row_index(ROW)
        whole = frame.group_by(names, maintain_order=True).agg(pl.col(ROW)).select(ROW)
        series = whole.collect(engine="streaming").to_series()
        length = self._heights[table] / len(series)
        n = max(_LEAST_SERIES, round(self._n / length))
        if n >= len(series) or n * length > _MOST_TIMES * self._n:
            return None
        drawn = self._random.choice(len(series), n, replace=False)
        found: NDArray[np.int64] = series[drawn].explode().to_numpy().astype(np.int64)
        return found

    def _top_up(self, table: str, order: NDArray[np.int64], chosen: Mask) -> None:
        """See that each class is there, and that there are rows on both sides of each moment."""
        frame = self._tables[table]
        names = frame.collect_schema().names()
        for name in self._classes:
            if name in names:
                values = frame.select(name).collect(engine="streaming").to_series()
                for rows in short_classes(values, chosen):
                    chosen[spread(order, rows, LEAST, self._random)] = True
        for name in time_columns(frame) if self._moments else ():
            times = frame.select(name).collect(engine="streaming").to_series()
            for rows in short_sides(times, self._moments, chosen):
                chosen[spread(order, rows, LEAST, self._random)] = True

    def _order(self, table: str) -> NDArray[np.int64]:
        """All rows by time; as they stand in the file where there is none."""
        found = time_columns(self._tables[table])
        if not found:
            return np.arange(self._heights[table])
        times = self._tables[table].select(found[0]).collect(engine="streaming").to_series()
        return as_moments(times).arg_sort(nulls_last=True).to_numpy().astype(np.int64)

    def _matched(self, table: str, link: Link) -> Mask:
        """The rows that have a partner among the chosen ones at the other end of a link."""
        other = link.other(table)
        here, there = self._side(table, link), self._side(other, link)
        values = there.filter(pl.Series(self.chosen[other])).unique()
        found = np.zeros(self._heights[table], bool)
        if here.schema != values.schema:
            return found
        rows = here.with_row_index(ROW).join(values, on=here.columns, how="semi")[ROW]
        found[rows.to_numpy()] = True
        return found

    def _side(self, table: str, link: Link) -> pl.DataFrame:
        key = (table, link.side(table))
        if key not in self._sides:
            self._sides[key] = comparable(self._tables[table], key[1]).collect(engine="streaming")
        return self._sides[key]

    def _add_parents(self) -> None:
        """Take each row that a chosen row refers to, until none is missing."""
        for _ in range(_MOST_ROUNDS):
            before = sum(int(mask.sum()) for mask in self.chosen.values())
            for link in self._links:
                if link.unique and not self.chosen[link.parent].all():
                    self.chosen[link.parent] |= self._matched(link.parent, link)
            if sum(int(mask.sum()) for mask in self.chosen.values()) == before:
                return
