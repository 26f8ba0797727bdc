"""What a column holds, whatever its type says."""

from __future__ import annotations

import re

import polars as pl

from tilth.quality.dates import holds_dates
from tilth.quality.preparation.transformers import read_numbers
from tilth.quality.profile.whole import is_called_an_id
from tilth.quality.sketch import Kind, kind_of
from tilth.record import record

_CODE = re.compile(r"(?i:(?:^|[_\W])(?:id|code|zip|postcode|plz)(?:$|[_\W]))|[a-z](?:Id|ID|Code)$")
"""Names of columns whose numbers are names: their sums mean nothing."""

_FEW = 20
"""Rows that it takes to say that values are different throughout."""

_READABLE = 0.95
_UNIQUE = 0.99
_PROSE_CHARACTERS = 40
_PROSE_WORDS = 4
_PROSE_LEVELS = 50


@record
class Look:
    """What was seen in a column.

    Attributes:
        kind: See `tilth.quality.preparation.Treatment`.
        seen: In words, with numbers.
        n_levels: How many different values there are; 0 where they were not counted.
        is_text: Whether numbers or dates are written as texts.
    """

    kind: str
    seen: str
    n_levels: int = 0
    is_text: bool = False


def looked_at(series: pl.Series) -> Look:
    """Look at all values of a column."""
    kind = kind_of(series.dtype)
    if kind is Kind.OTHER:
        return Look(kind="other", seen=f"values of type {series.dtype} are no features")
    there = _present(series, kind)
    if not len(there):
        return Look(kind="empty", seen="no row has a value")
    n_levels = there.n_unique()
    if n_levels == 1 and len(there) == len(series):
        return Look(kind="constant", seen=f"every row has the value `{_short(there[0])}`")
    return _varying(there, kind, n_levels, _told_gaps(series, len(there)))


def _varying(there: pl.Series, kind: Kind, n_levels: int, gaps: str) -> Look:
    """Of a column that tells rows apart."""
    if kind is Kind.BOOLEAN:
        return Look(kind="truth", seen=f"truth values{gaps}", n_levels=n_levels)
    if kind is Kind.TEXT:
        return _text(there.name, there.cast(pl.String), n_levels, gaps)
    if kind in (Kind.NUMBER, Kind.DURATION):
        return _number(there, n_levels, gaps)
    return Look(kind="date", seen=f"{_DATES[kind]}{gaps}", n_levels=n_levels)


_DATES = {
    Kind.DATE: "dates",
    Kind.DATETIME: "dates with times",
    Kind.INSTANT: "dates with times, read in UTC",
    Kind.TIME: "times of day",
}


def _present(series: pl.Series, kind: Kind) -> pl.Series:
    """Values that say something: no gaps, infinities and blank texts."""
    there = series.drop_nulls()
    if kind is Kind.TEXT:
        return there.filter(there.cast(pl.String).str.strip_chars() != "")
    return there.filter(there.is_finite()) if there.dtype.is_float() else there


def _told_gaps(series: pl.Series, n: int) -> str:
    """What is missing, in words; nothing where nothing is."""
    lost = len(series) - n
    infinite = int(series.is_infinite().sum()) if series.dtype.is_float() else 0
    parts = [f", {lost - infinite:,} of {len(series):,} missing"] if lost > infinite else []
    parts += (
        [f", {infinite:,} of {len(series):,} infinite and taken as missing"] if infinite else []
    )
    return "".join(parts)


def _number(there: pl.Series, n_levels: int, gaps: str) -> Look:
    if _counts_rows(there, n_levels):
        seen = "each row has a number of its own, in a column that counts or names them"
        return Look(kind="identifier", seen=seen, n_levels=n_levels)
    if _CODE.search(there.name) and _is_whole(there):
        seen = f"numbers that name things, {n_levels:,} different ones{gaps}"
        return Look(kind="category", seen=seen, n_levels=n_levels)
    return Look(kind="number", seen=f"numbers{gaps}", n_levels=n_levels)


def _is_whole(there: pl.Series) -> bool:
    """Whether numbers are whole; those of pandas become floats with the first gap."""
    dtype = there.dtype
    return dtype.is_integer() or (dtype.is_float() and bool((there == there.round()).all()))


def _counts_rows(there: pl.Series, n_levels: int) -> bool:
    """Whole numbers, all different, one after the other or in a column that is called so."""
    n = len(there)
    if n < _FEW or n_levels < _UNIQUE * n or not there.dtype.is_integer():
        return False
    span = int(there.max()) - int(there.min()) + 1  # type: ignore[arg-type]  # whole numbers
    return is_called_an_id(there.name) or span <= 1.1 * n


def _text(name: str, there: pl.Series, n_levels: int, gaps: str) -> Look:
    n = len(there)
    read = _read_as_numbers(there)
    if read is not None:
        found = _number(read.drop_nulls().alias(name), n_levels, gaps)
        if found.kind != "number":
            return found
        unread = n - len(read.drop_nulls())
        odd = f", {unread:,} unreadable and taken as missing" if unread else ""
        seen = f"numbers that are written as texts{gaps}{odd}"
        return Look(kind="number", seen=seen, n_levels=n_levels, is_text=True)
    if holds_dates(there):
        seen = f"dates that are written as texts{gaps}"
        return Look(kind="date", seen=seen, n_levels=n_levels, is_text=True)
    words = float(there.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]  # counts
    length = float(there.str.len_chars().mean() or 0)  # type: ignore[arg-type]  # lengths
    unique = n >= _FEW and n_levels >= _UNIQUE * n
    is_long = length >= _PROSE_CHARACTERS or words >= _PROSE_WORDS
    if n_levels > _PROSE_LEVELS and (is_long or (unique and words >= 2)):
        seen = f"texts of {words:.0f} words on average{gaps}"
        return Look(kind="text", seen=seen, n_levels=n_levels)
    if unique:
        seen = "each row has a text of its own, so it tells nothing of other rows"
        return Look(kind="identifier", seen=seen, n_levels=n_levels)
    seen = f"{n_levels:,} level{'' if n_levels == 1 else 's'}{gaps}"
    return Look(kind="category", seen=seen, n_levels=n_levels)


def _read_as_numbers(there: pl.Series) -> pl.Series | None:
    """Texts as numbers, where nearly all are; none where a leading nought makes them codes."""
    read = read_numbers(there)
    assert read is not None
    read = read.fill_nan(None)
    if read.is_not_null().sum() < _READABLE * len(there):
        return None
    codes = there.str.strip_chars().str.contains(r"^[+-]?0\d")
    if codes.any():
        return None
    whole = not there.str.contains(r"[.eE]").any()
    return read.cast(pl.Int64, strict=False).fill_null(0) if whole and _fits(read) else read


def _fits(read: pl.Series) -> bool:
    return bool((read.abs() < 2.0**53).all()) and read.null_count() == 0


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
