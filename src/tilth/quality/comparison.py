"""Rows of two tables, compared by a key or as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from tilth.quality.alignment import aligned, differs
from tilth.quality.key import n_repeated
from tilth.record import changed, record

LEFT, RIGHT = "\0old ", "\0new "
IN_OLD, IN_NEW, SIDE = "\0in old", "\0in new", "\0side"
"""Columns of our own, with names that nobody else gives."""


@record
class Both:
    """Two tables with the same columns of the same types, as lazy frames."""

    old: pl.LazyFrame
    new: pl.LazyFrame
    kinds: Mapping[str, pl.DataType]
    uncompared: tuple[str, ...]


def brought_together(old: pl.LazyFrame, new: pl.LazyFrame, pairs: Mapping[str, str]) -> Both:
    """The columns of both, by their new names.

    Args:
        old: A table.
        new: The other.
        pairs: New name -> old name.
    """
    kinds = old.collect_schema(), new.collect_schema()
    found = {
        after: aligned(before, kinds[0][before], after, kinds[1][after])
        for after, before in pairs.items()
    }
    left = old.select(pair[0].alias(name) for name, pair in found.items() if pair is not None)
    right = new.select(pair[1].alias(name) for name, pair in found.items() if pair is not None)
    return Both(
        old=left,
        new=right,
        kinds=left.collect_schema(),
        uncompared=tuple(name for name, pair in found.items() if pair is None),
    )


@record
class Rows:
    """What became of the rows of two tables; the fields are those of `TableDifference`."""

    n_old: int
    n_new: int
    n_repeated: int = 0
    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame


def by_key(both: Both, key: Sequence[str], tolerance: float) -> Rows:
    """Rows by their key; those that share one are compared as a whole."""
    keys = [frame.select(key).collect() for frame in (both.old, both.new)]
    shared = [each.filter(each.is_duplicated()).unique() for each in keys if n_repeated(each)]
    if not shared:
        added, removed, changed = _joined(both, key, tolerance)
        return Rows(
            n_old=keys[0].height,
            n_new=keys[1].height,
            added=added,
            removed=removed,
            changed=changed,
        )
    repeated = pl.concat(shared).unique().lazy()
    alone = _only(both, repeated, key, "anti")
    together = as_a_whole(_only(both, repeated, key, "semi"))
    added, removed, changed = _joined(alone, key, tolerance)
    return Rows(
        n_old=keys[0].height,
        n_new=keys[1].height,
        n_repeated=together.n_old + together.n_new,
        added=pl.concat([added, together.added.select(added.columns)]),
        removed=pl.concat([removed, together.removed.select(removed.columns)]),
        changed=changed,
    )


def _only(both: Both, keys: pl.LazyFrame, key: Sequence[str], how: Literal["anti", "semi"]) -> Both:
    old, new = (
        frame.join(keys, on=key, how=how, nulls_equal=True) for frame in (both.old, both.new)
    )
    return changed(both, old=old, new=new)


def _joined(
    both: Both, key: Sequence[str], tolerance: float
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Rows added, removed and changed, of tables in which every key is there once.

    One full outer join, of which only rows that differ leave the stream.
    """
    others = [name for name in both.kinds if name not in key]
    flags = {
        name: differs(pl.col(LEFT + name), pl.col(RIGHT + name), both.kinds[name], tolerance)
        for name in others
    }
    left = both.old.rename({name: LEFT + name for name in others}).with_columns(
        pl.lit(True).alias(IN_OLD)
    )
    right = both.new.rename({name: RIGHT + name for name in others}).with_columns(
        pl.lit(True).alias(IN_NEW)
    )
    alone = pl.col(IN_OLD).is_null() | pl.col(IN_NEW).is_null()
    found = (
        left.join(right, on=key, how="full", coalesce=True, nulls_equal=True)
        .filter(pl.any_horizontal(alone, *flags.values()))
        .collect(engine="streaming")
        .sort(key, maintain_order=True)
    )
    came = found.filter(pl.col(IN_OLD).is_null())
    went = found.filter(pl.col(IN_NEW).is_null())
    stayed = found.filter(~alone)
    return (
        _one_side(came, RIGHT, both.kinds),
        _one_side(went, LEFT, both.kinds),
        stayed.select(*key, *_changes(stayed, flags)),
    )


def _one_side(found: pl.DataFrame, side: str, kinds: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return found.select(
        pl.col(name) if name in found.columns else pl.col(side + name).alias(name) for name in kinds
    )


def _changes(stayed: pl.DataFrame, flags: Mapping[str, pl.Expr]) -> list[pl.Expr]:
    """For each column in which a row differs, what was there and what is."""
    if not flags:
        return []
    counts = stayed.select(flag.sum().alias(name) for name, flag in flags.items()).row(0)
    return [
        pl.when(flag)
        .then(pl.struct(pl.col(LEFT + name).alias("old"), pl.col(RIGHT + name).alias("new")))
        .alias(name)
        for (name, flag), n in zip(flags.items(), counts, strict=True)
        if n
    ]


def as_a_whole(both: Both) -> Rows:
    """Rows compared as a whole: how many more of each there are on one side."""
    n_old, n_new = height(both.old), height(both.new)
    names = list(both.kinds)
    sides = [
        frame.with_columns(pl.lit(sign).alias(SIDE))
        for frame, sign in ((both.old, -1), (both.new, 1))
    ]
    surplus = (
        pl.concat(sides)
        .group_by(names)
        .agg(pl.col(SIDE).cast(pl.Int64).sum())
        .filter(pl.col(SIDE) != 0)
        .collect(engine="streaming")
        .sort(names)
    )
    return Rows(
        n_old=n_old,
        n_new=n_new,
        added=_repeated(surplus, 1),
        removed=_repeated(surplus, -1),
        changed=pl.DataFrame(),
    )


def nothing_shared(n_old: int, n_new: int) -> Rows:
    """Rows of tables without a common column: nothing by which any could be the same."""
    return Rows(
        n_old=n_old,
        n_new=n_new,
        added=pl.DataFrame(height=n_new),
        removed=pl.DataFrame(height=n_old),
        changed=pl.DataFrame(),
    )


def _repeated(surplus: pl.DataFrame, sign: int) -> pl.DataFrame:
    """The rows that one side has more of, each as often as it has it more."""
    rows = surplus.filter(pl.col(SIDE) * sign > 0)
    return rows.select(pl.exclude(SIDE).repeat_by(pl.col(SIDE).abs()).explode())


def height(frame: pl.LazyFrame) -> int:
    """How many rows a frame has."""
    return int(frame.select(pl.len()).collect().item())
