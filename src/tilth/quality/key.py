"""Which columns tell the rows of a table apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl

_SAMPLE = 10_000
_MOST_COLUMNS = 12
_MOST_TOGETHER = 3
_SHARED = 0.5


def n_repeated(keys: pl.DataFrame) -> int:
    """How many rows have a key that an earlier row has.

    Digests of 64 bits are counted first: where they are all different, so are the keys.
    """
    if keys.height == 0:
        return 0
    if keys.width == 1:
        return keys.height - keys.to_series().n_unique()
    if keys.hash_rows(seed=0).n_unique() == keys.height:
        return 0
    return keys.height - keys.n_unique()


def inferred_key(
    old: pl.LazyFrame, new: pl.LazyFrame, columns: Sequence[str]
) -> tuple[str, ...] | None:
    """The smallest set of columns that tells the rows apart in both tables.

    Likely columns first: those called like a key, then by position. Floats measure, and do
    not name. A set must also find at least half of the rows of the smaller table in the
    other, as one that is numbered anew with each version names no row.

    Args:
        old: A table.
        new: Another, in which these columns have the same types.
        columns: Which may be part of a key, in order of position.

    Returns:
        None where there is no such set of at most three columns, or a table has no rows.
    """
    kinds = old.collect_schema()
    likely = [name for name in columns if _may_name(kinds[name])]
    likely.sort(key=lambda name: not _sounds_like_a_key(name))
    likely = likely[:_MOST_COLUMNS]
    if not likely:
        return None
    samples = [frame.select(likely).head(_SAMPLE).collect() for frame in (old, new)]
    if any(sample.is_empty() for sample in samples):
        return None
    for names in _candidates(likely):
        if any(n_repeated(sample.select(names)) for sample in samples):
            continue  # a part of the rows is enough to refuse it
        if _is_key([frame.select(names).collect() for frame in (old, new)]):
            return names
    return None


def _candidates(likely: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for n in range(1, _MOST_TOGETHER + 1):
        yield from combinations(likely, n)


def _is_key(both: Sequence[pl.DataFrame]) -> bool:
    if any(n_repeated(keys) or _has_holes(keys) for keys in both):
        return False
    old, new = both
    shared = old.join(new, on=old.columns, how="semi").height
    return shared >= _SHARED * min(old.height, new.height)


def _has_holes(keys: pl.DataFrame) -> bool:
    return any(keys[name].null_count() for name in keys.columns)


def _may_name(kind: pl.DataType) -> bool:
    return not (kind.is_float() or kind.is_nested() or kind in (pl.Boolean, pl.Binary, pl.Null))


def _sounds_like_a_key(name: str) -> bool:
    lowered = name.lower()
    return lowered in ("key", "index", "uuid", "guid", "row") or lowered.endswith(("id", "_key"))
