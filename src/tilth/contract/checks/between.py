"""Ranges of numbers, dates and times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.setting import Setting, SettingError, text_of
from tilth.contract.view import View

__all__ = ["Between"]

_END = "a number, or a date or time as `2013-01-31` or `2013-01-31T12:00:00`"


class Between(RowCheck):
    """Values lie in a range, ends included: `between: [0, 100]`.

    An end that is `null`, or left out, is open: `between: {low: 0}`. NaN lies in no range;
    infinities lie where they are greater or smaller than everything. Dates and times are
    written in ISO form; where a column has a time zone, an end without one is taken as in UTC.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "low": Setting(expected=_END, kind="scalar"),
        "high": Setting(expected=_END, kind="scalar"),
        "at_most": AT_MOST,
    }
    short = ("low", "high")
    kinds = frozenset({"int", "float", "decimal", "date", "datetime", "time", "duration"})

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._low, self._high = _end("low", settings), _end("high", settings)
        if self._low is None and self._high is None:
            raise SettingError("", "it has no end: give `low`, `high` or both")
        if self._low is None or self._high is None:
            return
        if isinstance(self._low, date) != isinstance(self._high, date):
            raise SettingError("high", "one end is a number and the other is a date")
        if _comparable(self._low) > _comparable(self._high):
            raise SettingError(
                "",
                f"its low end, {text_of(self._low)}, is above its high end, {text_of(self._high)}",
                hint=f"write `[{text_of(self._high)}, {text_of(self._low)}]`",
            )

    def rows(self, view: View) -> Any:
        """Whether a value lies in the range."""
        import polars  # 0.1 s, and only where data is judged

        column = polars.col(self.column)
        dtype = view.schema[self.column]
        if self._high is None:
            holds = column >= _literal(self._low, dtype)
            # To Polars NaN is greater than everything.
            return holds & column.is_not_nan() if view.kind(self.column) == "float" else holds
        if self._low is None:
            return column <= _literal(self._high, dtype)
        return column.is_between(_literal(self._low, dtype), _literal(self._high, dtype))

    @property
    def said(self) -> str:
        """What is so."""
        if self._high is None:
            return f"`{self.column}` is below {text_of(self._low)}"
        if self._low is None:
            return f"`{self.column}` is above {text_of(self._high)}"
        return f"`{self.column}` is not between {text_of(self._low)} and {text_of(self._high)}"


def _end(name: str, settings: Mapping[str, Any]) -> Any:
    value = settings.get(name)
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            message = f"`{value}` is neither a number nor a date"
            raise SettingError(name, message, hint="dates are written `2013-01-31`") from None
    if isinstance(value, bool) or not isinstance(value, int | float | date | None):
        raise SettingError(name, f"`{value}` is neither a number nor a date")
    if isinstance(value, float) and math.isnan(value):
        raise SettingError(name, "NaN is no end of a range")
    return value


def _comparable(end: Any) -> Any:
    if isinstance(end, datetime):
        return end.replace(tzinfo=None)
    return datetime(end.year, end.month, end.day) if isinstance(end, date) else end


def _literal(end: Any, dtype: Any) -> Any:
    """The end as what the column holds, so that the column itself is not converted."""
    import polars  # 0.1 s, and only where data is judged

    zone = getattr(dtype, "time_zone", None)
    if isinstance(end, date) and zone is not None:
        from datetime import UTC

        moment = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return polars.lit(aware.astimezone(UTC)).cast(polars.Datetime("us", "UTC")).cast(dtype)
    return polars.lit(end)
