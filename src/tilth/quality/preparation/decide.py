"""What each column holds, and what is to become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from tilth.errors import DataError, UnknownNameError
from tilth.quality.preparation.dates import DAYS, YEAR, moments_of, telling_parts
from tilth.quality.preparation.look import Look, looked_at
from tilth.quality.preparation.transformers import (
    as_level,
    read_dates,
    read_numbers,
    read_truths,
)
from tilth.quality.preparation.treatment import Treatment
from tilth.quality.preparation.words import telling_words
from tilth.quality.preparation_plan import PreparationPlan
from tilth.quality.quantity import Task, is_quantity
from tilth.quality.sketch import Kind, kind_of
from tilth.record import changed

_LEAST_ROWS = 50
"""Rows for means of the target by level: of fewer rows these are noise."""

_MOST_CLASSES = 10
"""Of more classes, a column for the share of each would be too many."""


def decided(
    rows: pl.DataFrame,
    target: str = "",
    *,
    plan: PreparationPlan | None = None,
    roles: Mapping[str, str] | None = None,
    time: str = "",
    by_target: bool | None = None,
    where: str = "the table",
) -> tuple[Treatment, ...]:
    """Say of each column what is done with it, and why.

    Args:
        rows: The training rows; no others are looked at.
        target: What is to be predicted; empty where nobody says, and then no column is encoded
            by it.
        plan: What a person wants otherwise.
        roles: Columns that are no features -> why, such as a key.
        time: The column that parts training rows from later ones. Days, years and plain numbers
            are not taken from it, as those of later rows lie beyond what was learned.
        by_target: Whether many levels may be told by means of the target; found out where None.
        where: What the table is called in messages.

    Raises:
        UnknownNameError: A column that the plan speaks of is not there.
        DataError: A column cannot be treated as the plan says, or nothing is left.
    """
    plan = plan or PreparationPlan()
    for name in (*plan.columns, *plan.drop, *([target] if target else [])):
        if name not in rows.columns:
            raise UnknownNameError("column", name, rows.columns, where=where)
    if target in plan.columns:
        raise DataError(
            f"{where}: `{target}` is the target, and `columns` says how it is treated",
            hint="a model that is told the answer learns nothing else",
        )
    if by_target is None:
        by_target = bool(target) and may_encode(rows[target])
    deciding = _Deciding(plan, target, by_target, time, where)
    given = {target: "it is what is to be predicted"} if target else {}
    given |= {name: why for name, why in (roles or {}).items() if name not in plan.columns}
    given |= dict.fromkeys(plan.drop, "the settings leave it out")
    found = tuple(deciding.of(each, given.get(each.name, "")) for each in rows)
    if not any(each.is_used for each in found):
        whys = "; ".join(f"`{e.column}`: {e.why}" for e in found[:8] if e.column != target)
        raise DataError(
            f"{where}: no column is left to learn from ({whys or 'there is none'})",
            hint="`columns` says how a column is treated nonetheless",
        )
    return found


class _Deciding:
    """What the decision on a column needs to know of others."""

    def __init__(
        self, plan: PreparationPlan, target: str, by_target: bool, time: str, where: str
    ) -> None:
        self._plan, self._target, self._by_target = plan, target, by_target
        self._time, self._where = time, where

    def of(self, series: pl.Series, left_out: str = "") -> Treatment:
        """What becomes of one column."""
        name = series.name
        look = looked_at(series)
        asked = self._plan.columns.get(name)
        if asked is not None and not left_out:
            return self._as_asked(series, look, asked)
        if left_out:
            kind = "target" if name == self._target else look.kind
            return Treatment(column=name, kind=kind, treatment="drop", why=left_out)
        return _BY_KIND[look.kind](self, series, look)

    # By what it holds

    def dropped(self, series: pl.Series, look: Look) -> Treatment:
        """Of no use, or of none that is known here."""
        return Treatment(column=series.name, kind=look.kind, treatment="drop", why=look.seen)

    def number(self, series: pl.Series, look: Look) -> Treatment:
        """Numbers, also where they are written as texts; none where they part the rows."""
        if series.name == self._time:
            why = "rows are split by it, so all later numbers lie beyond what was learned"
            return Treatment(column=series.name, kind=look.kind, treatment="drop", why=why)
        return Treatment(
            column=series.name, kind=look.kind, treatment="number", why=look.seen,
            lenient=look.is_text,
        )  # fmt: skip

    def truth(self, series: pl.Series, look: Look) -> Treatment:
        """Yes or no."""
        return Treatment(column=series.name, kind=look.kind, treatment="truth", why=look.seen)

    def category(self, series: pl.Series, look: Look) -> Treatment:
        """Few levels get columns; many are told apart by the target where that can be."""
        most = self._plan.max_levels
        if look.n_levels <= most or not self._by_target:
            why = look.seen
            if look.n_levels > most:
                why += f": the {most} most frequent ones get a column"
            return Treatment(column=series.name, kind=look.kind, treatment="levels", why=why)
        why = f"{look.seen}: more than {most}, so the target's mean stands for each"
        return Treatment(column=series.name, kind=look.kind, treatment="target_mean", why=why)

    def date(self, series: pl.Series, look: Look) -> Treatment:
        """Its parts; without those that run on where it parts training from later rows."""
        runs_on = (DAYS, YEAR) if series.name == self._time else ()
        parts = telling_parts(moments_of(series), without=runs_on)
        if not parts:
            why = f"{look.seen}, and none of its parts differs"
            return Treatment(column=series.name, kind=look.kind, treatment="drop", why=why)
        why = look.seen
        if runs_on:
            why += "; rows are split by it, so days and years would lie beyond what was learned"
        return Treatment(
            column=series.name, kind=look.kind, treatment="date", why=why,
            lenient=look.is_text, parts=parts,
        )  # fmt: skip

    def text(self, series: pl.Series, look: Look) -> Treatment:
        """Words, where texts share any."""
        words = telling_words(as_level(series), self._plan.words)
        if not words:
            why = f"{look.seen}, and no word occurs in three of them or more, but not in all"
            return Treatment(column=series.name, kind=look.kind, treatment="drop", why=why)
        why = f"{look.seen}: {len(words)} of its words"
        return Treatment(
            column=series.name, kind=look.kind, treatment="words", why=why, words=words
        )

    # As a person asked

    def _as_asked(self, series: pl.Series, look: Look, asked: str) -> Treatment:
        self._refuse(series, look, asked)
        base = Treatment(
            column=series.name, kind=look.kind, treatment=asked, why="the settings say so",
            lenient=asked in _READ and kind_of(series.dtype) is Kind.TEXT,
        )  # fmt: skip
        if asked == "date":
            moments = moments_of(series)
            return changed(base, parts=telling_parts(moments) or (DAYS,))
        if asked == "words":
            words = telling_words(as_level(series), self._plan.words)
            if not words:
                raise self._error(series, asked, "its texts share no words")
            return changed(base, words=words)
        return base

    def _refuse(self, series: pl.Series, look: Look, asked: str) -> None:
        """Refuse what cannot be done."""
        if asked in _READ:
            read = _READ[asked](series)
            there = series.drop_nulls()
            if read is None or (len(there) and not read.is_not_null().any()):
                example = f", such as {there[0]!r:.40}" if len(there) else ""
                raise self._error(series, asked, f"it holds {series.dtype}{example}")
        elif asked != "drop" and look.kind == "other":
            raise self._error(series, asked, f"it holds {series.dtype}")
        if asked == "target_mean" and not self._by_target:
            raise self._error(
                series, asked, "there is no target with at most 10 classes and 50 rows or more"
            )

    def _error(self, series: pl.Series, asked: str, why: str) -> DataError:
        return DataError(
            f"{self._where}: column `{series.name}` cannot be treated as `{asked}`: {why}",
            hint="leave it out of `columns` to have it decided, or say `drop`",
        )


_BY_KIND: Mapping[str, Callable[[_Deciding, pl.Series, Look], Treatment]] = {
    "number": _Deciding.number,
    "truth": _Deciding.truth,
    "category": _Deciding.category,
    "date": _Deciding.date,
    "text": _Deciding.text,
    "identifier": _Deciding.dropped,
    "constant": _Deciding.dropped,
    "empty": _Deciding.dropped,
    "other": _Deciding.dropped,
}

_READ: Mapping[str, Callable[[pl.Series], pl.Series | None]] = {
    "number": read_numbers,
    "truth": read_truths,
    "date": read_dates,
}


def may_encode(target: pl.Series, task: Task = "auto") -> bool:
    """Whether levels can be told by means of the target."""
    there = target.drop_nulls()
    if len(there) < _LEAST_ROWS:
        return False
    return is_quantity(there, task) or there.n_unique() <= _MOST_CLASSES
