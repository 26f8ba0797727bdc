"""By which columns tables are joined, as far as names and values tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

import polars as pl

from tilth.record import record

LEAST_OVERLAP = 0.3
"""The share of a table's values that the other must have, so that equal names mean a join."""

FEW = 20
"""A column with no more values than this needs no link: any sample has all of them."""

_LOOKED_AT = 10_000


@record
class Link:
    """Columns by which two tables are joined.

    Attributes:
        child: The table whose rows refer to the other's.
        columns: By which they do, in the child.
        parent: The other table.
        on: The same columns, as they are called there.
        unique: Whether they tell the parent's rows apart. Where they do not, each side has
            several rows for one value.
    """

    child: str
    columns: tuple[str, ...]
    parent: str
    on: tuple[str, ...]
    unique: bool = True

    def side(self, table: str) -> tuple[str, ...]:
        """The columns in one of the two tables."""
        return self.columns if table == self.child else self.on

    def other(self, table: str) -> str:
        """The table at the other end."""
        return self.parent if table == self.child else self.child


def comparable(frame: pl.LazyFrame, columns: Iterable[str]) -> pl.LazyFrame:
    """The columns as types in which equal values of two tables are equal: `0`, `1` and so on."""
    schema = frame.collect_schema()
    return frame.select(
        _comparable(name, schema[name]).alias(str(i)) for i, name in enumerate(columns)
    )


def _comparable(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind.is_integer():
        return column.cast(pl.Int64, strict=False)
    if kind in (pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    return (
        column.cast(pl.Datetime("us", getattr(kind, "time_zone", None)))
        if _is_time(kind)
        else column
    )


def _is_time(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Datetime)


def find_links(
    tables: Mapping[str, pl.LazyFrame],
    keys: Mapping[str, tuple[str, ...]] | None = None,
    known: Iterable[Link] = (),
) -> list[Link]:
    """The links between tables: those that are known, and those that names and values tell.

    Two tables are linked where one has a key, declared or a single column without duplicates,
    whose columns the other has by the same names, with values that are found there. Tables
    that share no key are linked by the shared column with the most values, so that samples of
    both may be drawn by the same values.

    Args:
        tables: Name -> table.
        keys: Table -> the columns that tell its rows apart, where that is known.
        known: Links that are declared, such as by contracts.
    """
    found = list(known)
    linked = {(each.child, each.parent) for each in found}
    facts = _Facts(tables, keys or {})
    for parent, child in permutations(tables, 2):
        if (child, parent) in linked:
            continue
        link = next(facts.by_key(child, parent), None)
        if link is not None:
            found.append(link)
            linked.add((child, parent))
    for left, right in permutations(tables, 2):
        if left < right and not {(left, right), (right, left)} & linked:
            found += facts.by_value(left, right)
    return found


class _Facts:
    """What is known of columns, counted once."""

    def __init__(
        self, tables: Mapping[str, pl.LazyFrame], keys: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._tables = tables
        self._keys = keys
        self._schemas = {name: each.collect_schema() for name, each in tables.items()}
        self._n_rows: dict[str, int] = {}
        self._n_values: dict[tuple[str, str], int] = {}

    def by_key(self, child: str, parent: str) -> Iterator[Link]:
        """Links by keys of the parent, the declared one first."""
        shared = self._shared(child, parent)
        declared = self._keys.get(parent, ())
        if declared and set(declared) <= set(shared):
            link = Link(child=child, columns=declared, parent=parent, on=declared)
            if self._overlap(link) >= LEAST_OVERLAP:
                yield link
        for name in shared:
            if (name,) != declared and self._is_key(parent, name):
                link = Link(child=child, columns=(name,), parent=parent, on=(name,))
                if self._overlap(link) >= LEAST_OVERLAP:
                    yield link

    def by_value(self, left: str, right: str) -> Iterator[Link]:
        """A link by the shared column with the most values; none where all have few."""
        shared = self._shared(left, right)
        shared.sort(key=lambda name: -self._values(left, name))
        for name in shared[:3]:
            if min(self._values(left, name), self._values(right, name)) > FEW:
                link = Link(child=left, columns=(name,), parent=right, on=(name,), unique=False)
                if self._overlap(link) >= LEAST_OVERLAP:
                    yield link
                    return

    def _shared(self, one: str, other: str) -> list[str]:
        """Columns of equal names and comparable types that may refer to something."""
        here, there = self._schemas[one], self._schemas[other]
        return [
            name for name in here if name in there and _family(here[name]) == _family(there[name])
            and _family(here[name])
        ]  # fmt: skip

    def _is_key(self, table: str, column: str) -> bool:
        if table not in self._n_rows:
            self._n_rows[table] = int(self._tables[table].select(pl.len()).collect().item())
        return 1 < self._n_rows[table] == self._values(table, column)

    def _values(self, table: str, column: str) -> int:
        if (table, column) not in self._n_values:
            counted = self._tables[table].select(pl.col(column).drop_nulls().n_unique())
            self._n_values[table, column] = int(counted.collect(engine="streaming").item())
        return self._n_values[table, column]

    def _overlap(self, link: Link) -> float:
        """The share of the child's first values that the parent has."""
        here = comparable(self._tables[link.child], link.columns).drop_nulls()
        there = comparable(self._tables[link.parent], link.on).unique()
        values = here.unique(maintain_order=True).head(_LOOKED_AT).collect(engine="streaming")
        if values.is_empty():
            return 0.0
        names = values.columns
        found = values.lazy().join(there, on=names, how="semi").select(pl.len()).collect()
        return float(found.item()) / values.height


def _family(kind: pl.DataType) -> str:
    """What values of a type may be equal to; empty for what is no reference."""
    if kind.is_integer():
        return "int"
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    if isinstance(kind, pl.Datetime):
        return f"datetime {kind.time_zone}"
    return "date" if kind == pl.Date else ""
