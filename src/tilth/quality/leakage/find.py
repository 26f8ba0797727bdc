"""All that leaks, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import polars as pl

from tilth.errors import UnknownNameError
from tilth.quality.leakage.columns import telling_columns
from tilth.quality.leakage.groups import entities, shared_names
from tilth.quality.leakage.leak import KINDS, Leak
from tilth.quality.leakage.rows import shared_rows
from tilth.quality.leakage.times import late_rows, later_columns
from tilth.record import record


def leaks_between(
    sides: Mapping[str, pl.DataFrame],
    target: str,
    *,
    key: Sequence[str] = (),
    group: Sequence[str] = (),
    time: str = "",
    names: Sequence[str] = (),
    without: Sequence[str] = (),
    seed: int = 0,
) -> list[Leak]:
    """Look for what leaks between the sides of a split, and from the target into columns.

    Args:
        sides: Side -> its rows, `train` first; all of the same columns and types.
        target: The column that is to be predicted.
        key: Columns that name a row, and of which no value shall be on two sides.
        group: Likewise of each of these.
        time: The column that parts training rows from later ones, if any does.
        names: Further columns that number or name rows, and so do not make rows differ.
        without: Columns that models are not given, and so cannot tell them the target.
        seed: Of what is drawn.

    Returns:
        What is sure before what is likely; rows before columns.

    Raises:
        UnknownNameError: A column is not there.
    """
    roles = _Roles(target=target, key=tuple(key), group=tuple(group), time=time)
    for frame in sides.values():
        for name in roles.all:
            if name not in frame.columns:
                raise UnknownNameError("column", name, frame.columns, where="leaks")
    found = list(_of_names(sides, roles))
    apart = {target, *key, *names}
    for side, frame in list(sides.items())[1:]:
        found += _of_rows(sides["train"], frame, f"train, {side}", roles, apart)
    found += _of_columns(sides["train"], roles, {*roles.all, *without}, seed)
    kinds = list(KINDS)
    return sorted(found, key=lambda e: (e.severity != "sure", kinds.index(e.kind), -e.n))


@record
class _Roles:
    """Columns that mean something."""

    target: str
    key: tuple[str, ...]
    group: tuple[str, ...]
    time: str

    @property
    def all(self) -> set[str]:
        """Their names."""
        return {self.target, *self.key, *self.group, *([self.time] if self.time else [])}


def _of_names(sides: Mapping[str, pl.DataFrame], roles: _Roles) -> Iterator[Leak]:
    """Keys and groups that two sides share."""
    for (first, known), (second, new) in combinations(sides.items(), 2):
        between = f"{first}, {second}"
        if roles.key:
            yield from shared_names(known, new, roles.key, "same_key", between)
        for name in roles.group:
            yield from shared_names(known, new, [name], "same_group", between)


def _of_rows(
    train: pl.DataFrame, new: pl.DataFrame, sides: str, roles: _Roles, apart: set[str]
) -> Iterator[Leak]:
    """Rows to train on that tell of rows on another side."""
    columns = [each for each in train.columns if each not in apart]
    yield from shared_rows(train.select(columns), new.select(columns), sides)
    if roles.time:
        # Who was known yesterday is asked about again tomorrow: no leak where time parts rows.
        yield from late_rows(train[roles.time], new[roles.time], sides)
        return
    others = [each for each in train.columns if each not in roles.all]
    yield from entities(train, new, roles.target, others, sides)


def _of_columns(train: pl.DataFrame, roles: _Roles, without: set[str], seed: int) -> Iterator[Leak]:
    """Columns that tell of the target."""
    columns = [each for each in train.columns if each not in without]
    yield from telling_columns(train.select(*columns, roles.target), roles.target, seed)
    if roles.time:
        yield from later_columns(train, roles.time, columns)
