"""How long texts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.setting import Setting, SettingError
from tilth.contract.view import View

__all__ = ["Length"]


class Length(RowCheck):
    """Each text has so many characters: `length: [1, 200]`; each list so many entries.

    An end that is `null`, or left out, is open.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "low": Setting(expected="a whole number, from 0 on", kind="whole"),
        "high": Setting(expected="a whole number, from 0 on", kind="whole"),
        "at_most": AT_MOST,
    }
    short = ("low", "high")
    kinds = frozenset({"text", "category", "list"})

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._low = int(self._setting("low", 0))
        self._high = self._setting("high")
        if settings.get("low") is None and self._high is None:
            raise SettingError("", "it has no end: give `low`, `high` or both")
        if self._high is not None and self._low > self._high:
            raise SettingError("", f"its low end, {self._low}, is above its high end, {self._high}")

    def rows(self, view: View) -> Any:
        """Whether the length is within."""
        import polars  # 0.1 s, and only where data is judged

        value, kind = polars.col(self.column), view.kind(self.column)
        if kind == "category":
            value = value.cast(polars.String)
        n = value.list.len() if kind == "list" else value.str.len_chars()
        return n >= self._low if self._high is None else n.is_between(self._low, self._high)

    @property
    def said(self) -> str:
        """What is so."""
        wanted = (
            f"{self._low} to {self._high}" if self._high is not None else f"{self._low} or more"
        )
        return f"`{self.column}` is not {wanted} long"
