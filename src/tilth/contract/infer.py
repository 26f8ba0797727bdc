"""A contract proposed from data: what is so of it, with some room, for a person to review."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tilth.contract.table import lazy
from tilth.contract.types import kind_of, word_of
from tilth.record import record

MOST_LEVELS = 20
"""More different values than this are no levels."""

_MARGIN = 0.1
_LEAST_ROWS = 20  # what holds of fewer rows may hold by chance
_SAMPLED = 1000
_LONGEST_LEVEL = 20  # characters; longer ones are sentences
_WIDEST = 1e300  # a tenth more could be more than a float holds
_NUMBERS = frozenset({"int", "float"})
_TIMES = frozenset({"date", "datetime"})
_COUNTED = frozenset({"int", "text", "boolean", "category", "date"})


@record
class Proposal:
    """A contract as it would be written, and what it rests on.

    Attributes:
        settings: The contract as plain data, in the form of catalog.yml.
        remarks: Column -> what was seen, for a comment; the table's stands under "".
        n_rows: How many rows were seen.
    """

    settings: dict[str, Any]
    remarks: Mapping[str, str]
    n_rows: int


def infer(table: Any, dataset: str = "table") -> Proposal:
    """Propose a contract for a table, from one scan of it and a look at its first rows.

    Types and missing values as they are; ranges with a tenth of their width on either side;
    levels where they are few and come again; a pattern where all texts have one shape; values
    that are unique, and a key where one column or a pair of them tells all rows apart.

    Args:
        table: Anything that holds a table.
        dataset: What it is called, for errors.
    """
    import polars  # 0.1 s, and only where data is judged

    frame = lazy(table, dataset)
    schema = dict(frame.collect_schema())
    shapes = _shapes(frame.head(_SAMPLED).collect(), schema)
    asked: dict[str, Any] = {"n": polars.len()}
    for name, dtype in schema.items():
        asked |= _measures(name, kind_of(dtype), shapes.get(name))
    row = frame.select(**asked).collect(engine="streaming").row(0, named=True)
    n_rows = int(row["n"])
    seen = {name: _Seen(name, dtype, row, n_rows) for name, dtype in schema.items()}
    columns = {name: _column(each, shapes.get(name)) for name, each in seen.items()}
    settings: dict[str, Any] = {"columns": columns}
    checks = [*_key(frame, seen, n_rows), {"row_count": {"low": max(1, n_rows // 2)}}]
    settings["checks"] = checks
    remarks = {name: each.remark for name, each in seen.items()}
    return Proposal(settings=settings, remarks={**remarks, "": f"{n_rows:,} rows"}, n_rows=n_rows)


def _measures(name: str, kind: str, shape: str | None) -> dict[str, Any]:
    """What is asked of a column, as expressions of one scan."""
    import polars  # 0.1 s, and only where data is judged

    column = polars.col(name)
    found = {f"{name}:nulls": column.null_count()}
    if kind in _NUMBERS | _TIMES:
        finite = column.replace([math.inf, -math.inf], None) if kind == "float" else column
        finite = finite.fill_nan(None) if kind == "float" else finite
        found |= {f"{name}:low": finite.min(), f"{name}:high": finite.max()}
    if kind in _COUNTED:
        distinct = (column.cast(polars.String) if kind == "category" else column).unique()
        found[f"{name}:distinct"] = distinct.drop_nulls().len()
        found[f"{name}:levels"] = distinct.drop_nulls().sort().head(MOST_LEVELS + 1).implode()
    if kind == "text":
        found[f"{name}:longest"] = column.str.len_chars().max()
        if shape is not None:
            found[f"{name}:shaped"] = column.str.contains(f"^(?:{shape})$").all()
    return found


class _Seen:
    """What was measured of one column."""

    def __init__(self, name: str, dtype: Any, row: Mapping[str, Any], n_rows: int) -> None:
        self.name, self.dtype, self.n_rows = name, dtype, n_rows
        self.kind = kind_of(dtype)
        self._row = row
        self.nulls = int(self.measured("nulls") or 0)
        self.distinct = self.measured("distinct")

    def measured(self, what: str) -> Any:
        """A measured value, None where it was not asked for."""
        return self._row.get(f"{self.name}:{what}")

    @property
    def is_unique(self) -> bool:
        """Whether each row has another value, of a kind that keys are made of."""
        enough = self.n_rows >= _LEAST_ROWS and self.kind in ("int", "text")
        return enough and self.nulls == 0 and self.distinct == self.n_rows

    @property
    def is_dense(self) -> bool:
        """Whether every whole number between the ends comes, many times: months, hours, ranks."""
        if self.kind != "int" or not self.distinct or self.distinct * 5 > self.n_rows:
            return False
        return bool(self.measured("high") - self.measured("low") + 1 == self.distinct < 400)

    @property
    def levels(self) -> list[Any] | None:
        """The different values, where they are few and each comes again many times."""
        few = self.distinct is not None and 0 < self.distinct <= MOST_LEVELS
        if not few or self.kind == "date" or self.n_rows < _LEAST_ROWS:
            return None
        if (self.measured("longest") or 0) > _LONGEST_LEVEL:
            return None
        if self.kind == "int" and self.distinct > 8:
            return None  # months and hours are ranges
        return list(self.measured("levels")) if self.distinct * 5 <= self.n_rows else None

    @property
    def remark(self) -> str:
        """What was seen, in few words."""
        parts = []
        low, high = self.measured("low"), self.measured("high")
        if low is not None:
            parts.append(f"{_short(low)} to {_short(high)}")
        if self.distinct is not None:
            parts.append(f"{self.distinct:,} different")
        if self.nulls and self.n_rows:
            parts.append(f"{self.nulls / self.n_rows:.2%} null")
        return ", ".join(parts)


def _column(seen: _Seen, shape: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if seen.kind == "null" else {"type": word_of(seen.dtype)}
    nulls = _nulls(seen)
    if nulls is not None:
        found["not_null"] = nulls
    if seen.is_unique:
        found["unique"] = True
    levels = None if seen.kind == "boolean" else seen.levels
    if levels is not None:
        found["levels"] = levels
    elif seen.measured("low") is not None:
        ends = _range(seen)
        if ends != [None, None]:
            found["between"] = ends
    elif seen.measured("shaped") and seen.n_rows >= _LEAST_ROWS:
        found["pattern"] = shape
    elif seen.kind == "text" and seen.measured("longest"):
        found["length"] = [None, _rounded_up(seen.measured("longest") * (1 + _MARGIN))]
    return found


def _nulls(seen: _Seen) -> bool | str | None:
    """How many values may lack: none, or so many and three standard errors more."""
    if not seen.n_rows:
        return None
    if not seen.nulls:
        return True
    share = seen.nulls / seen.n_rows
    most = share + 3 * math.sqrt(share * (1 - share) / seen.n_rows)
    percent = math.ceil(most * 110)
    return f"{percent}%" if percent < 90 else None


def _range(seen: _Seen) -> list[Any]:
    low, high = seen.measured("low"), seen.measured("high")
    if isinstance(low, datetime | date):
        return [_day(low).isoformat(), None]  # data goes on; what came before does not change
    if seen.is_unique:
        return [0 if low >= 0 else None, None]  # numbers of things, which go on
    if seen.is_dense:
        return [low, high]
    width = (high - low) or abs(high) or 1
    if not width < _WIDEST:
        return [None, None]
    wide_low, wide_high = low - _MARGIN * width, high + _MARGIN * width
    if low >= 0 > wide_low:
        wide_low = 0  # what was never negative seldom becomes so
    ends = [_outward(wide_low, width, down=True), _outward(wide_high, width, down=False)]
    return [math.floor(ends[0]), math.ceil(ends[1])] if seen.kind == "int" else ends


def _outward(value: float, width: float, *, down: bool) -> float:
    """The next number away from the data with two digits of the width."""
    step = 10.0 ** (math.floor(math.log10(width)) - 1) if width > 0 else 1.0
    found = (math.floor if down else math.ceil)(value / step) * step
    digits = max(0, -math.floor(math.log10(step)))
    return round(found, digits) + 0.0


def _rounded_up(value: float) -> int:
    step: int = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return math.ceil(value / step) * step


def _day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        early = value - timedelta(hours=14) if value.tzinfo else value  # in any time zone
        return early.date()
    return value


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# Shapes of texts


_CLASSES = ((r"[0-9]", str.isdigit), (r"[A-Z]", str.isupper), (r"[a-z]", str.islower))


def _shapes(sample: Any, schema: Mapping[str, Any]) -> dict[str, str]:
    """Column -> the pattern that its first texts have in common, where there is an obvious one."""
    texts = [name for name, dtype in schema.items() if kind_of(dtype) == "text"]
    found = {name: _shape(sample[name].drop_nulls().to_list()) for name in texts}
    return {name: shape for name, shape in found.items() if shape is not None}


def _shape(texts: Sequence[str]) -> str | None:
    shapes = {tuple(map(_class_of, text)) for text in texts}
    if not shapes or len(texts) < _LEAST_ROWS or len(set(texts)) < _LEAST_ROWS:
        return None
    runs = {tuple(name for name, _ in _runs(shape)) for shape in shapes}
    if len(runs) != 1:
        return None
    (names,) = runs
    if not any(name.startswith("[") for name in names) or len(names) > 12:
        return None
    if any(name.isspace() for name in names):
        return None  # words, not codes
    lengths = list(zip(*([n for _, n in _runs(shape)] for shape in shapes), strict=True))
    return "".join(_repeated(name, min(n), max(n)) for name, n in zip(names, lengths, strict=True))


def _class_of(letter: str) -> str:
    if letter.isascii():
        for name, fits in _CLASSES:
            if fits(letter):
                return name
    return re.sub(r"([\\.^$*+?()\[\]{}|])", r"\\\1", letter)


def _runs(shape: Sequence[str]) -> list[tuple[str, int]]:
    runs: list[tuple[str, int]] = []
    for name in shape:
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + 1)
        else:
            runs.append((name, 1))
    return runs


def _repeated(name: str, least: int, most: int) -> str:
    if least == most:
        return name if most == 1 else f"{name}{{{most}}}"
    return f"{name}{{{least},{most}}}"


# Keys


def _key(frame: Any, seen: Mapping[str, _Seen], n_rows: int) -> list[dict[str, Any]]:
    """A key: a column, or the first pair of columns, that tells all rows apart."""
    if n_rows < _LEAST_ROWS:
        return []
    alone = [name for name, each in seen.items() if each.is_unique]
    if alone:
        named = [name for name in alone if name.lower().endswith(("id", "key", "number"))]
        return [{"key": (named or alone)[0]}]
    pairs = _pairs(seen, n_rows)
    if not pairs:
        return []
    import polars  # 0.1 s, and only where data is judged

    asked = {str(i): polars.struct(pair).hash(seed=0).n_unique() for i, pair in enumerate(pairs)}
    row = frame.select(**asked).collect(engine="streaming").row(0)
    fitting = [list(pair) for pair, n in zip(pairs, row, strict=True) if n == n_rows]
    return [{"key": fitting[0]}] if fitting else []


def _pairs(seen: Mapping[str, _Seen], n_rows: int) -> list[tuple[str, str]]:
    """Pairs that have enough combinations, the most telling first; a few of them."""
    fit = [each for each in seen.values() if each.nulls == 0 and (each.distinct or 0) > 1]
    fit.sort(key=lambda each: -each.distinct)
    found = [
        (a.name, b.name)
        for i, a in enumerate(fit[:6])
        for b in fit[i + 1 : 6]
        if a.distinct * b.distinct >= n_rows
    ]
    return found[:8]
