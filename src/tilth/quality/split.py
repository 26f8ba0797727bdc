"""On which side of a split a row lies: to train on, to test on, or to validate on.

A side follows from the row alone, so a row never changes sides, whatever rows come, go or change
their order. What that costs: shares are met as closely as chance allows, not to the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.quality.dates import as_moments, moment_of
from tilth.quality.row_hash import row_hashes, shares_of
from tilth.quality.split_plan import SplitPlan
from tilth.record import record

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SIDES = ("train", "test", "validation")
TRAIN, TEST, VALIDATION = range(3)


@record
class Split:
    """Where each row lies.

    Attributes:
        codes: Places in `SIDES`, shape (n_rows,).
        stable: Whether a row stays on its side when others come or go.
        reason: Why it is stable, or is not.
        test_from: Of a split by time, the first moment of the test rows.
        validation_from: Of a split by time, the first moment of the validation rows.
        n_unnamed: Rows without a key or group, which are placed by their content.
    """

    codes: Codes
    stable: bool
    reason: str
    test_from: Any = None
    validation_from: Any = None
    n_unnamed: int = 0

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def rows(self, side: str) -> NDArray[np.int64]:
        """Positions of the rows on a side, rising."""
        return np.flatnonzero(self.codes == SIDES.index(side))


def split_rows(frame: pl.DataFrame, plan: SplitPlan, *, target: str, where: str) -> Split:
    """Place each row of a table.

    Without a key a row is known by its content but for the target: rows that repeat one another
    lie on one side, and a label that is corrected moves no row.

    Args:
        frame: The rows.
        plan: How.
        target: The column that is to be predicted.
        where: What the table is called in messages.

    Raises:
        UnknownNameError: A column is not there.
        DataError: A side would be empty, or a time cannot be read.
    """
    for name in (*plan.columns, *plan.key, target):
        if name not in frame.columns:
            raise UnknownNameError("column", name, frame.columns, where=where)
    if frame.height == 0:
        raise DataError(f"{where}: there are no rows", hint="nothing can be learned from it")
    if plan.by == "time":
        found = _by_time(frame[plan.columns[0]], plan, where)
    else:
        found = _by_hash(frame, plan, target)
    _check_filled(found, plan, where)
    return found


def placed(shares: Floats, *, test: float, validation: float = 0.0) -> Codes:
    """Sides of numbers between 0 and 1: the lowest are the test's, the highest the validation's.

    So rows move between train and the side that is made larger or smaller, and no others do.
    """
    codes = np.full(len(shares), TRAIN, np.uint8)
    codes[shares >= 1 - validation] = VALIDATION
    codes[shares < test] = TEST
    return codes


def _by_hash(frame: pl.DataFrame, plan: SplitPlan, target: str) -> Split:
    names = plan.columns if plan.by == "group" else plan.key
    shares, n_unnamed = _shares(frame, names, plan.seed, target)
    told = "its key" if plan.key else "its content"
    if plan.by == "stratum" and plan.exact:
        return Split(
            codes=_exact(shares, frame.select(plan.columns), plan),
            stable=False,
            reason="each stratum is cut to the row, so that rows near a cut change sides when "
            "others come or go",
            n_unnamed=n_unnamed,
        )
    follows = "its group" if plan.by == "group" else told
    return Split(
        codes=placed(shares, test=plan.test, validation=plan.validation),
        stable=True,
        reason=f"the side of a row follows from {follows} alone",
        n_unnamed=n_unnamed,
    )


def uneven_strata(frame: pl.DataFrame, plan: SplitPlan, split: Split) -> list[tuple[str, float]]:
    """Strata of which another share lies in the test than was asked for, the farthest first.

    Args:
        frame: The rows.
        plan: How they were split.
        split: Where they lie.

    Returns:
        What each is called, and its share in the test; of those that are off by more than a
        quarter of what was asked for, and by more than a row.
    """
    if plan.by != "stratum":
        return []
    told = pl.concat_str([pl.col(each).cast(pl.String) for each in plan.columns], separator=", ")
    is_test = pl.Series("test", split.codes == TEST)
    counts = (
        frame.select(stratum=told.fill_null("null"))
        .with_columns(is_test)
        .group_by("stratum")
        .agg(n=pl.len(), share=pl.col("test").mean())
        .with_columns(off=(pl.col("share") - plan.test).abs())
        .filter((pl.col("off") > plan.test / 4) & (pl.col("off") * pl.col("n") > 1))
        .sort("off", "stratum", descending=[True, False])
    )
    return list(zip(counts["stratum"].to_list(), counts["share"].to_list(), strict=True))


def _shares(
    frame: pl.DataFrame, names: Sequence[str], seed: int, target: str
) -> tuple[Floats, int]:
    """A number between 0 and 1 for each row, and how many lack what they should be known by."""
    content = sorted(name for name in frame.columns if name != target)
    if not names:
        return shares_of(row_hashes(frame, content, seed=seed)), 0
    hashes = row_hashes(frame, names, seed=seed)
    unnamed = _unnamed(frame.select(names))
    if unnamed.any():
        hashes[unnamed] = row_hashes(frame.filter(pl.Series(unnamed)), content, seed=seed)
    return shares_of(hashes), int(unnamed.sum())


def _unnamed(keys: pl.DataFrame) -> NDArray[np.bool_]:
    """Rows in which no part of the key has a value."""
    missing = [
        pl.col(name).is_null() | (pl.col(name).is_nan() if kind.is_float() else False)
        for name, kind in keys.schema.items()
    ]
    return keys.select(pl.all_horizontal(missing).fill_null(True).alias("it"))["it"].to_numpy()


def _exact(shares: Floats, strata: pl.DataFrame, plan: SplitPlan) -> Codes:
    """Of each stratum as many rows as its share is, rounded; equal rows stay together."""
    levels = strata.select(pl.struct(pl.all()).rank("dense").alias("it"))["it"]
    codes = np.full(len(shares), TRAIN, np.uint8)
    order = np.lexsort((shares, levels.to_numpy()))
    starts = np.flatnonzero(np.diff(levels.to_numpy()[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        n_test = round(len(rows) * plan.test)
        n_validation = round(len(rows) * plan.validation)
        own = shares[rows]
        if n_validation:
            codes[rows[own >= own[-n_validation]]] = VALIDATION
        if n_test:
            codes[rows[own <= own[n_test - 1]]] = TEST
    return codes


def _by_time(column: pl.Series, plan: SplitPlan, where: str) -> Split:
    times = column if column.dtype.is_numeric() else as_moments(column)
    _check_times(column, times, where)
    test_from = _cut(times, plan.at, plan.test, "at", where)
    codes = np.full(len(times), TRAIN, np.uint8)
    validation_from = None
    if "validation" in plan.sides:
        # The share is one of all rows, and those of the test lie behind it.
        n_test = float((times >= test_from).sum()) / len(times) if plan.at else plan.test
        share = min(1.0, n_test + plan.validation)
        validation_from = _cut(times, plan.validation_at, share, "validation_at", where)
        codes[(times >= validation_from).to_numpy()] = VALIDATION
    codes[(times >= test_from).to_numpy()] = TEST
    fixed = plan.at is not None and (validation_from is None or plan.validation_at is not None)
    return Split(
        codes=codes,
        stable=fixed,
        reason="the side of a row follows from its time and from dates that are given"
        if fixed
        else "a share of the latest rows begins at another date when rows come: give the date "
        f"that it came to, `at: {_told(test_from)}`",
        test_from=_told(test_from),
        validation_from=None if validation_from is None else _told(validation_from),
    )


def _check_times(column: pl.Series, times: pl.Series, where: str) -> None:
    missing = int((times.is_null() | (times.is_nan() if times.dtype.is_float() else False)).sum())
    if not missing:
        return
    unread = column.filter(times.is_null() & column.is_not_null())
    if len(unread) == missing:
        raise DataError(
            f"{where}: column `{column.name}` holds no date in {missing:,} of {len(column):,} "
            f"rows, such as {unread[0]!r}",
            hint="dates can be read as 2024-11-01 and 2024-11-01T15:30, with or without a zone",
        )
    raise DataError(
        f"{where}: column `{column.name}` has no value in {missing:,} of {len(column):,} rows, "
        "and these would lie on no side",
        hint="leave these rows out, or split by another column",
    )


def _cut(times: pl.Series, at: Any, share: float, setting: str, where: str) -> Any:
    """The first moment of the later part."""
    if at is None:
        ordered = times.sort()
        return ordered[min(int(np.ceil(len(ordered) * (1 - share) - 1e-9)), len(ordered) - 1)]
    if times.dtype.is_numeric():
        if isinstance(at, int | float):
            return at
        raise DataError(
            f"{where}: `{setting}` is {at!r}, and column `{times.name}` holds numbers",
            hint="give a number, or bring the column to dates",
        )
    moment = moment_of(str(at) if isinstance(at, str) else at)
    if moment is None:
        raise DataError(
            f"{where}: `{setting}` is {at!r}, which is no date", hint="write it as 2024-11-01"
        )
    return moment


def _told(moment: Any) -> Any:
    if not hasattr(moment, "isoformat"):
        return moment
    text = moment.isoformat()
    return text.removesuffix("T00:00:00")


def _check_filled(split: Split, plan: SplitPlan, where: str) -> None:
    n = len(split.codes)
    for side in plan.sides:
        if len(split.rows(side)):
            continue
        asked = "all others" if side == "train" else f"{getattr(plan, side):g} of them"
        if plan.by == "time":
            ends = split.test_from if side != "train" else plan.validation_at or split.test_from
            raise DataError(
                f"{where}: no row lies on the side `{side}`, split at {ends} by "
                f"`{plan.columns[0]}`",
                hint="give another date, or none and a share",
            )
        raise DataError(
            f"{where}: of {n:,} rows ({asked} for `{side}`) none lies on the side `{side}`",
            hint="rows are placed one by one, so that few of them may miss a side: raise its "
            "share, or give another `seed`",
        )
