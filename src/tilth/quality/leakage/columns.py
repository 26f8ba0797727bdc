"""Columns that tell what only the target can tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from tilth.quality.leakage.leak import Leak
from tilth.quality.profile.prediction import Power, powers
from tilth.quality.profile.sample import RowSample
from tilth.quality.profile.suggestion import told_power

_LOOKED_AT = 20_000
_SAME = 1 - 1e-9


def telling_columns(train: pl.DataFrame, target: str, seed: int) -> Iterator[Leak]:
    """Columns that predict the target by themselves, too well to be true.

    Each is tried alone and out of fold, see `tilth.quality.profile.prediction.powers`.

    Args:
        train: The training rows.
        target: Their target.
        seed: Of the sample of 20,000 rows, and of folds.
    """
    drawn = RowSample(_LOOKED_AT, seed)
    drawn.see(train)
    frame = drawn.frame
    for power in powers(frame, target, seed=seed):
        if power.leaks:
            yield _leak(frame, target, power)


def _leak(frame: pl.DataFrame, target: str, power: Power) -> Leak:
    name, n = power.column, frame.height
    if power.gaps:
        return Leak(
            kind="gaps_tell_target", severity="likely", column=name, n=frame[name].null_count(),
            of=n, evidence=f"`{name}` is missing just where `{target}` is {power.gaps}",
        )  # fmt: skip
    same = same_values(frame[name], frame[target])
    if same:
        return Leak(
            kind="target_copy", severity="sure", column=name, n=n, of=n,
            evidence=f"`{name}` is `{target}` in other words: {same}",
        )  # fmt: skip
    return Leak(
        kind="tells_target", severity="likely", column=name, n=n, of=n,
        evidence=f"`{name}` alone tells `{target}` nearly perfectly ({told_power(power)}, on "
        "rows that were held out)",
    )  # fmt: skip


def same_values(column: pl.Series, target: pl.Series) -> str:
    """In which way a column is the target under another name; empty where it is not."""
    pairs = pl.DataFrame({"column": column, "target": target}).drop_nulls().unique()
    if pairs.height == 0:
        return ""
    if pairs["column"].n_unique() == pairs.height == pairs["target"].n_unique():
        if column.dtype == target.dtype and (pairs["column"] == pairs["target"]).all():
            return "the very same values"
        if not (column.dtype.is_numeric() and target.dtype.is_numeric()) or pairs.height <= 20:
            return "each value stands for one of the target's"
    if column.dtype.is_numeric() and target.dtype.is_numeric():
        values = pairs.select(pl.all().cast(pl.Float64)).to_numpy()
        with np.errstate(all="ignore"):
            if abs(np.corrcoef(values.T)[0, 1]) >= _SAME:
                return "the same number on another scale"
    return ""
