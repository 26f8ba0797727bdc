"""Keys of two tables made comparable: one type, and nothing that stands for no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tilth.errors import DataError, UnknownNameError
from tilth.record import record
from tilth.stages.join.plan import STAGE, Source

if TYPE_CHECKING:
    from polars._typing import TimeUnit

TIME = "time"
"""What the column of moments is called among keys; the others are called by their position."""

_WORDS = {
    pl.Int64: "int", pl.Float64: "float", pl.String: "text", pl.Date: "date",
    pl.Datetime: "datetime",
}  # fmt: skip
"""What a catalog calls the types of a CSV's columns."""

_TEXT = (pl.String, pl.Categorical, pl.Enum)
_UNITS = ("ms", "us", "ns")


@record
class Keys:
    """The keys of one side; the same names on both.

    Attributes:
        told: As they are there, for people.
        compared: Of the same types as on the other side; null is also what is NaN, and what
            no value of the other side can equal.
        lacks: Whether a row lacks a part of its key: it is null or NaN.
    """

    told: pl.DataFrame
    compared: pl.DataFrame
    lacks: pl.Series

    @property
    def n_rows(self) -> int:
        """How many rows the side has."""
        return self.told.height


def keys_of(source: Source, left: pl.DataFrame, right: pl.DataFrame) -> tuple[Keys, Keys]:
    """The keys of both sides.

    Raises:
        UnknownNameError: A column is not there.
        DataError: The types on both sides cannot be compared, or are none of a key.
    """
    for table, side, where in (
        (left, 0, f"{source.where}: the table so far"),
        (right, 1, f"{STAGE}, dataset `{source.table}`"),
    ):
        for pair in source.keys:
            if pair[side] not in table.columns:
                raise UnknownNameError("column", pair[side], table.columns, where=where)
    here: dict[str, pl.Series] = {}
    there: dict[str, pl.Series] = {}
    for number, (name, other) in enumerate(source.keys):
        called = TIME if number == len(source.on) else str(number)
        here[called], there[called] = _comparable(source, left[name], right[other])
    if source.time is not None:
        _check_time(source, here[TIME])
    return (
        _keys(left, [name for name, _ in source.keys], here),
        _keys(right, [name for _, name in source.keys], there),
    )


def _keys(table: pl.DataFrame, names: list[str], compared: dict[str, pl.Series]) -> Keys:
    told = pl.DataFrame(
        [table[name].alias(called) for name, called in zip(names, compared, strict=True)]
    )
    lacks = told.select(
        pl.any_horizontal(
            pl.col(name).is_null() | (pl.col(name).is_nan() if kind.is_float() else False)
            for name, kind in told.schema.items()
        )
    )
    return Keys(told=told, compared=pl.DataFrame(compared), lacks=lacks.to_series())


def _comparable(source: Source, here: pl.Series, there: pl.Series) -> tuple[pl.Series, pl.Series]:
    empty = [values.null_count() == len(values) for values in (here, there)]
    for values, none in zip((here, there), empty, strict=True):
        if not none and (values.dtype.is_nested() or values.dtype == pl.Object):
            raise DataError(
                f"{source.where}: column `{values.name}` is {values.dtype}, which is no key",
                hint="a key is made of numbers, texts, dates and the like",
            )
    if any(empty):  # a file without values says nothing of their types
        kind = pl.Int64() if all(empty) else _plain(there.dtype if empty[0] else here.dtype)
        return tuple(  # type: ignore[return-value]  # two of them, as there are two sides
            pl.Series(values.name, [None], kind).new_from_index(0, len(values))
            if none
            else _clean(values, kind)
            for values, none in zip((here, there), empty, strict=True)
        )
    shared = _shared(here.dtype, there.dtype)
    if shared is None:
        (name, a), (other, b) = (here.name, here.dtype), (there.name, there.dtype)
        raise DataError(
            f"{source.where}: key `{name}` is {a}, but `{other}` of `{source.table}` is {b}",
            hint=_cast_hint(name, a, other, b),
        )
    return _clean(here, shared), _clean(there, shared)


def _clean(values: pl.Series, kind: pl.DataType) -> pl.Series:
    cast = values.cast(kind, strict=False)  # what does not fit can equal nothing there
    return cast.fill_nan(None) if kind.is_float() else cast


def _plain(kind: pl.DataType) -> pl.DataType:
    return pl.String() if kind in _TEXT else kind


def _shared(a: pl.DataType, b: pl.DataType) -> pl.DataType | None:
    """A type in which values are equal exactly where they mean the same; None without one."""
    if a in _TEXT and b in _TEXT:
        return pl.String()
    if a.is_integer() and b.is_integer() and a != b:
        wide = any(each in (pl.UInt64, pl.Int128, pl.UInt128) for each in (a, b))
        return pl.Int128() if wide else pl.Int64()
    if isinstance(a, pl.Datetime) and isinstance(b, pl.Datetime):
        zones = ["UTC" if each.time_zone else None for each in (a, b)]
        alike = zones[0] == zones[1]  # a moment of no zone is none that can be compared
        return pl.Datetime(_finer(a.time_unit, b.time_unit), zones[0]) if alike else None
    if isinstance(a, pl.Decimal) and isinstance(b, pl.Decimal):
        return pl.Decimal(None, max(a.scale, b.scale))
    if isinstance(a, pl.Duration) and isinstance(b, pl.Duration):
        return pl.Duration(_finer(a.time_unit, b.time_unit))
    return a if a == b else None


def _finer(one: TimeUnit, other: TimeUnit) -> TimeUnit:
    return max(one, other, key=_UNITS.index)


def _check_time(source: Source, moments: pl.Series) -> None:
    kind = moments.dtype
    if moments.null_count() == len(moments) or kind.is_integer() or kind.is_float():
        return
    if kind not in (pl.Date, pl.Datetime):
        raise DataError(
            f"{source.where}: `time` is {kind}, and should be dates, moments or numbers",
            hint="cast both in a node: `.str.to_datetime()`, say",
        )


def _cast_hint(name: str, a: pl.DataType, other: str, b: pl.DataType) -> str:
    """How to give both one type, without losing anything of a value."""
    cast, column, to = _cast(name, a, other, b)
    word = _WORDS.get(to)
    in_catalog = (
        f", or where a CSV is read: `read: {{types: {{{column}: {word}}}}}` in the catalog"
        if word is not None
        else ""
    )
    return f"cast one of them in a node: `{cast}`{in_catalog}"


def _cast(name: str, a: pl.DataType, other: str, b: pl.DataType) -> tuple[str, str, Any]:
    """The expression, the column, and the type that it becomes."""
    for column, p, q in ((name, a, b), (other, b, a)):
        moments = isinstance(p, pl.Datetime) and isinstance(q, pl.Datetime)
        zone = q.time_zone if isinstance(q, pl.Datetime) else None
        for fits, cast, to in (
            (p in _TEXT and q == pl.Date, "str.to_date()", pl.Date),
            (p in _TEXT and q == pl.Datetime, "str.to_datetime()", pl.Datetime),
            (p.is_numeric() and q in _TEXT, "cast(pl.String)", pl.String),
            (p.is_float() and q.is_integer(), "cast(pl.Int64)", pl.Int64),
            (p == pl.Datetime and q == pl.Date, "dt.date()", None),
            (moments and zone is not None, f'dt.replace_time_zone("{zone}")', None),
        ):
            if fits:
                return f'pl.col("{column}").{cast}', column, to
    return f'pl.col("{other}").cast(pl.{a})', other, a.base_type()
