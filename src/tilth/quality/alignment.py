"""How a column of one table and a column of another are made comparable.

Two versions of a table rarely have the very same types: a CSV that got its first empty cell
turns whole numbers into floats, a file in another format has another unit of time. A change of
type is told as such; the values are compared for what they mean.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Pair = tuple[pl.Expr, pl.Expr]
Unit = Literal["ms", "us", "ns"]

_UNITS: tuple[Unit, ...] = ("ms", "us", "ns")
_TIMES = (pl.Date, pl.Datetime)


def readable(frame: pl.LazyFrame | pl.DataFrame) -> pl.LazyFrame:
    """The frame, lazily, with words in place of what has no order or equality of its own.

    Categories are numbers whose meaning belongs to one table, so they become text; Python
    objects are compared by how they print.
    """
    if isinstance(frame, pl.DataFrame):
        objects = [name for name, kind in frame.schema.items() if kind == pl.Object]
        frame = frame.with_columns(
            pl.Series(
                name, [None if each is None else str(each) for each in frame[name]], pl.String
            )
            for name in objects
        )
    frame = frame.lazy()
    kinds = frame.collect_schema()
    words = [name for name, kind in kinds.items() if kind in (pl.Categorical, pl.Enum)]
    return frame.with_columns(pl.col(words).cast(pl.String)) if words else frame


def aligned(old: str, old_kind: pl.DataType, new: str, new_kind: pl.DataType) -> Pair | None:
    """Expressions that bring both columns to one type; None where no type holds both.

    Numbers meet in the narrower kind of float or the wider whole number, so that a change of
    type alone changes no value; times in the finer unit, and in UTC where both have a zone;
    where one has none, by what the clock on the wall says. Anything beside text is compared
    as text.
    """
    left, right = pl.col(old), pl.col(new)
    if isinstance(old_kind, _TIMES) and isinstance(new_kind, _TIMES):
        left, right = _on_one_clock(left, old_kind, right, new_kind)
    kind = _common(old_kind, new_kind)
    if kind is None or old_kind == new_kind:
        return None if kind is None else (left, right)
    return left.cast(kind), right.cast(kind)


def _common(old: pl.DataType, new: pl.DataType) -> pl.DataType | None:
    """A type that both columns can be brought to; None where there is none."""
    kind: pl.DataType | None = pl.String()
    if new in (old, pl.Null):
        kind = old
    elif old == pl.Null:
        kind = new
    elif _is_number(old) and _is_number(new):
        kind = _number(old, new)
    elif isinstance(old, _TIMES) and isinstance(new, _TIMES):
        zoned = getattr(old, "time_zone", None) and getattr(new, "time_zone", None)
        kind = pl.Datetime(_finer(old, new), "UTC" if zoned else None)
    elif isinstance(old, pl.Duration) and isinstance(new, pl.Duration):
        kind = pl.Duration(_finer(old, new))
    elif old.is_nested() or new.is_nested() or pl.Binary in (old, new):
        kind = None
    return kind


def differs(old: pl.Expr, new: pl.Expr, kind: pl.DataType, tolerance: float = 0.0) -> pl.Expr:
    """Where two columns of one type differ: nothing equals nothing, and NaN equals NaN.

    Args:
        old: A column.
        new: The other.
        kind: The type of both.
        tolerance: Floats are the same that differ by at most this, or by at most this share
            of the larger.
    """
    different = old.ne_missing(new)
    if not (tolerance and kind.is_float()):
        return different
    most = pl.max_horizontal(pl.lit(1.0), old.abs(), new.abs()) * tolerance
    # Of an infinity, a NaN or nothing, the distance is no number, and so not within.
    near = ((old - new).abs() <= most) & old.is_finite() & new.is_finite()
    return different & ~near.fill_null(False)


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind == pl.Boolean


def _number(old: pl.DataType, new: pl.DataType) -> pl.DataType:
    floats = [kind for kind in (old, new) if kind.is_float()]
    if floats:
        return min(floats, key=lambda kind: int(str(kind).removeprefix("Float")))
    if isinstance(old, pl.Decimal) or isinstance(new, pl.Decimal):
        return pl.Decimal(38, max(getattr(old, "scale", 0), getattr(new, "scale", 0)))
    wide = (pl.UInt64, pl.Int128, pl.UInt128)
    return pl.Int128() if old in wide or new in wide else pl.Int64()


def _on_one_clock(left: pl.Expr, old: pl.DataType, right: pl.Expr, new: pl.DataType) -> Pair:
    zones = getattr(old, "time_zone", None), getattr(new, "time_zone", None)
    if all(zones):
        return left.dt.convert_time_zone("UTC"), right.dt.convert_time_zone("UTC")
    return (
        left.dt.replace_time_zone(None) if zones[0] else left,
        right.dt.replace_time_zone(None) if zones[1] else right,
    )


def _finer(old: pl.DataType, new: pl.DataType) -> Unit:
    units: list[Unit] = [getattr(kind, "time_unit", None) or "us" for kind in (old, new)]
    return max(units, key=_UNITS.index)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
