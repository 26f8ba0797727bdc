"""What differs between two tables: columns, rows and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tilth.errors import nearest
from tilth.quality.alignment import readable
from tilth.quality.comparison import (
    SIDE,
    Both,
    as_a_whole,
    brought_together,
    by_key,
    height,
    nothing_shared,
)
from tilth.quality.key import inferred_key, n_repeated
from tilth.record import field, record

Table = pl.DataFrame | pl.LazyFrame

_RENAMED = 0.9
"""Share of rows in which a column that went and one that came must agree to be one."""

_MOST_PAIRS = 400


@record
class Retyped:
    """A column whose type is another."""

    column: str
    old: str
    new: str


@record
class SchemaDifference:
    """What differs between the columns of two tables.

    Attributes:
        added: Columns that only the new table has.
        removed: Columns that only the old one has.
        renamed: Old and new name of a column that holds the same under both.
        retyped: Columns with another type.
        reordered: Whether the columns that both have stand in another order.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[Retyped, ...] = ()
    reordered: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the columns are the same."""
        return self == SchemaDifference()


@record
class Cell:
    """One cell that changed.

    Attributes:
        key: Column of the key -> value.
        old: What was there.
        new: What is there.
    """

    key: Mapping[str, Any]
    old: Any
    new: Any


@record
class ColumnDifference:
    """Where a column's cells differ.

    Attributes:
        column: Its name, in the new table where it was renamed.
        n: In how many rows that both tables have.
        examples: Some of them, by their keys in order.
    """

    column: str
    n: int
    examples: tuple[Cell, ...] = ()


@record
class Transition:
    """How many rows went from one label to another."""

    old: Any
    new: Any
    n: int


@record
class TableDifference:
    """What differs between an old and a new table.

    Attributes:
        key: The columns that tell rows apart; none where rows are compared as a whole.
        inferred: Whether the key was found rather than given.
        n_old: Rows of the old table.
        n_new: Rows of the new table.
        n_added: Rows whose key only the new table has.
        n_removed: Rows whose key only the old table has.
        n_changed: Rows that both have, with a cell that differs.
        n_repeated: Rows, of both tables, whose key is not theirs alone. They are compared as
            a whole, as rows without a key are.
        schema: What differs between the columns.
        columns: Columns with cells that differ, most first.
        label: The column that holds the label, empty where none was named.
        transitions: From which label to which, most first.
        uncompared: Columns of both tables whose types cannot be compared.
        added: Rows that were added.
        removed: Rows that were removed.
        changed: A row for each that changed: the key, and for each column with differences
            a struct of `old` and `new`, null where this row's cell is the same.
    """

    key: tuple[str, ...]
    inferred: bool
    n_old: int
    n_new: int
    n_added: int
    n_removed: int
    n_changed: int
    n_repeated: int = 0
    schema: SchemaDifference
    columns: tuple[ColumnDifference, ...] = ()
    label: str = ""
    transitions: tuple[Transition, ...] = ()
    uncompared: tuple[str, ...] = ()
    added: pl.DataFrame = field(compare=False, repr=False)
    removed: pl.DataFrame = field(compare=False, repr=False)
    changed: pl.DataFrame = field(compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether both tables hold the same, be it in another order of rows."""
        return not (self.n_added or self.n_removed or self.n_changed) and self.schema.is_empty

    @property
    def n_same(self) -> int:
        """Rows that both tables have, cell by cell."""
        return self.n_old - self.n_removed - self.n_changed


def table_difference(
    old: Table,
    new: Table,
    *,
    key: Sequence[str] = (),
    label: str = "",
    tolerance: float = 0.0,
    n_examples: int = 3,
) -> TableDifference:
    """Say what differs between two tables.

    Rows with a key are compared cell by cell, through one join of both tables that keeps
    only what differs. Rows without one are compared as a whole: a row that changed is one
    removed and one added. The order of rows is no difference.

    Args:
        old: A table; one that is scanned is not wholly loaded.
        new: The table to compare it with.
        key: Columns that tell rows apart; where none are given they are looked for.
        label: A column whose changes are counted by what they were and became.
        tolerance: Floats are the same that differ by at most this, or by at most this share
            of the larger. Rows that are compared as a whole have no tolerance.
        n_examples: Of changed cells, for each column.

    Raises:
        ValueError: A table lacks a column of the key or the label, or the key has no type
            that both could have; the tolerance is below zero.
    """
    if tolerance < 0:
        raise ValueError(f"a tolerance must be 0 or more, not {tolerance}")
    old, new = readable(old), readable(new)
    kinds = old.collect_schema(), new.collect_schema()
    for name in (*key, *([label] if label else ())):
        _must_have(name, kinds)
    pairs = {name: name for name in kinds[1] if name in kinds[0]}
    both = brought_together(old, new, pairs)
    _must_tell_apart(key, both)
    names = tuple(key) or _found_key(both, label)
    renamed = _renamed(old, new, names, both)
    if renamed:
        both = brought_together(old, new, pairs | {after: before for before, after in renamed})
    if not both.kinds:
        rows = nothing_shared(height(old), height(new))
    else:
        rows = by_key(both, names, tolerance) if names else as_a_whole(both)
    return TableDifference(
        key=names,
        inferred=bool(names) and not key,
        n_old=rows.n_old,
        n_new=rows.n_new,
        n_added=rows.added.height,
        n_removed=rows.removed.height,
        n_changed=rows.changed.height,
        n_repeated=rows.n_repeated,
        schema=_schema_difference(*kinds, renamed),
        columns=_columns(rows.changed, names, n_examples),
        label=label,
        transitions=_transitions(rows.changed, label),
        uncompared=both.uncompared,
        added=rows.added,
        removed=rows.removed,
        changed=rows.changed,
    )


def _must_have(name: str, kinds: tuple[pl.Schema, pl.Schema]) -> None:
    for which, known in zip(("old", "new"), kinds, strict=True):
        if name not in known:
            near = nearest(name, known)
            meant = f"; did you mean `{near}`?" if near else ""
            raise ValueError(f"the {which} table has no column `{name}`{meant}")


# Columns


def _must_tell_apart(key: Sequence[str], both: Both) -> None:
    for name in key:
        if name not in both.kinds:
            raise ValueError(f"column `{name}` of the key has no type that both tables share")
        if both.kinds[name].is_nested():
            raise ValueError(f"column `{name}` holds {both.kinds[name]}, which can be no key")


def _found_key(both: Both, label: str) -> tuple[str, ...]:
    """The smallest key, or else all columns beside the label: the same row, labelled anew."""
    others = [name for name in both.kinds if name != label]
    found = inferred_key(both.old, both.new, others)
    if found is not None:
        return found
    if not label or not others or any(both.kinds[name].is_nested() for name in others):
        return ()
    keys = [frame.select(others).collect() for frame in (both.old, both.new)]
    return () if any(n_repeated(each) for each in keys) else tuple(others)


def _schema_difference(
    old: pl.Schema, new: pl.Schema, renamed: Sequence[tuple[str, str]]
) -> SchemaDifference:
    shared = [name for name in old if name in new]
    gone, come = {before for before, _ in renamed}, {after for _, after in renamed}
    return SchemaDifference(
        added=tuple(name for name in new if name not in old and name not in come),
        removed=tuple(name for name in old if name not in new and name not in gone),
        renamed=tuple(renamed),
        retyped=tuple(
            Retyped(column=after, old=str(old[before]), new=str(new[after]))
            for before, after in [*((name, name) for name in shared), *renamed]
            if old[before] != new[after]
        ),
        reordered=shared != [name for name in new if name in old],
    )


def _renamed(
    old: pl.LazyFrame, new: pl.LazyFrame, key: Sequence[str], both: Both
) -> list[tuple[str, str]]:
    """Columns that went and came with nearly the same values, most alike first.

    Rows are matched by the key, or by position where there is none and none came or went.
    """
    before, after = old.collect_schema(), new.collect_schema()
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    pairs = [(a, b) for a in gone for b in come if before[a] == after[b]]
    if not pairs or len(pairs) > _MOST_PAIRS:
        return []
    place = pl.int_range(pl.len()).alias(SIDE)
    match = list(key) or [SIDE]
    left = pl.concat(
        [both.old.select(match) if key else old.select(place), old.select(gone)], how="horizontal"
    )
    right = pl.concat(
        [both.new.select(match) if key else new.select(place), new.select(come)], how="horizontal"
    )
    if not key and height(old) != height(new):
        return []
    return _alike(left.join(right, on=match, how="inner", nulls_equal=True), pairs)


def _alike(joined: pl.LazyFrame, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    counts = joined.select(
        pl.len(),
        *(pl.col(a).eq_missing(pl.col(b)).sum().alias(f"{i}") for i, (a, b) in enumerate(pairs)),
        # What is the same in all rows is like any other such column.
        *((pl.col(a).n_unique() > 1).alias(f"{i}?") for i, (a, _) in enumerate(pairs)),
    ).collect()
    n, *found = counts.row(0)
    shares = [
        same / n if n and varied else 0.0
        for same, varied in zip(found[: len(pairs)], found[len(pairs) :], strict=True)
    ]
    chosen: dict[str, str] = {}
    for share, (a, b) in sorted(zip(shares, pairs, strict=True), reverse=True):
        if share >= _RENAMED and a not in chosen and b not in chosen.values():
            chosen[a] = b
    return list(chosen.items())


# Cells


def _columns(
    changed: pl.DataFrame, key: Sequence[str], n_examples: int
) -> tuple[ColumnDifference, ...]:
    found = []
    for name in changed.columns:
        if name not in key:
            rows = changed.select(*key, name).filter(pl.col(name).is_not_null())
            found.append(
                ColumnDifference(column=name, n=rows.height, examples=_cells(rows, key, n_examples))
            )
    return tuple(sorted(found, key=lambda each: -each.n))


def _cells(rows: pl.DataFrame, key: Sequence[str], n: int) -> tuple[Cell, ...]:
    return tuple(
        Cell(key=dict(zip(key, where, strict=True)), **values)
        for *where, values in rows.head(n).rows()
    )


def _transitions(changed: pl.DataFrame, label: str) -> tuple[Transition, ...]:
    if label not in changed.columns:
        return ()
    counts = changed.get_column(label).drop_nulls().struct.unnest().group_by("old", "new").len("n")
    rows = [Transition(**row) for row in counts.rows(named=True)]
    return tuple(sorted(rows, key=lambda each: (-each.n, str(each.old), str(each.new))))
