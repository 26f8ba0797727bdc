"""How many rows there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import TableCheck
from tilth.contract.finding import Verdict
from tilth.contract.setting import Setting, SettingError
from tilth.contract.view import View

__all__ = ["RowCount"]


class RowCount(TableCheck):
    """The table has so many rows: `row_count: [1, 1000000]`, or `row_count: {low: 1}`."""

    settings: ClassVar[Mapping[str, Setting]] = {
        "low": Setting(expected="a whole number, from 0 on", kind="whole"),
        "high": Setting(expected="a whole number, from 0 on", kind="whole"),
    }
    short = ("low", "high")

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._low, self._high = settings.get("low"), settings.get("high")
        if self._low is None and self._high is None:
            raise SettingError("", "it has no end: give `low`, `high` or both")
        if self._low is not None and self._high is not None and self._low > self._high:
            raise SettingError("", f"its low end, {self._low}, is above its high end, {self._high}")

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether it is within."""
        if self._low is not None and n_rows < self._low:
            message = f"there are {n_rows:,} rows, fewer than {self._low:,}"
        elif self._high is not None and n_rows > self._high:
            message = f"there are {n_rows:,} rows, more than {self._high:,}"
        else:
            return None
        return Verdict(kind="table", message=message, measured=float(n_rows))
