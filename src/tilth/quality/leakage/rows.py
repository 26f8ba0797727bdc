"""Rows that lie on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from tilth.quality.copies import copies_of
from tilth.quality.leakage.leak import Leak
from tilth.quality.sketch import Kind, kind_of


def shared_rows(known: pl.DataFrame, new: pl.DataFrame, sides: str) -> Iterator[Leak]:
    """Rows of one side that are there on the other, exactly or but for little.

    Rows of few and coarse columns agree by chance; such are no copies.

    Args:
        known: Rows to train on, without the target and without what names rows.
        new: Rows of another side, of the same columns.
        sides: What both are called.
    """
    if not known.width:
        return
    copies = copies_of(_comparable(new), _comparable(known))
    exact, near = int(copies.exact.sum()), int(copies.near.sum())
    second = sides.rpartition(" ")[2]
    if exact:
        yield Leak(
            kind="same_row", severity="sure", sides=sides, n=exact, of=new.height,
            evidence=f"{exact:,} of {new.height:,} rows of `{second}` are rows of `train` in all "
            "columns but the target",
        )  # fmt: skip
    if near:
        found = Counter(
            name for name, is_it in zip(copies.but_for, copies.near, strict=True) if is_it
        )
        told = ", ".join(
            f"{n:,} but for {f'`{name}`' if name else 'rounding'}"
            for name, n in found.most_common(3)
        )
        yield Leak(
            kind="near_row", severity="likely", sides=sides, n=near, of=new.height,
            column=", ".join(name for name, _ in found.most_common(3) if name),
            evidence=f"{near:,} of {new.height:,} rows of `{second}` are rows of `train` {told}",
        )  # fmt: skip


def _comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists, structs and bytes by a hash of theirs, as copies are looked for by equal values."""
    return frame.with_columns(
        pl.Series(each.name, [hash(str(cell)) for cell in each.to_list()], pl.Int64)
        if each.dtype == pl.Object
        else each.hash().alias(each.name)
        for each in frame
        if kind_of(each.dtype) is Kind.OTHER
    )
