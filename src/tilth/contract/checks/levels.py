"""Levels: the values that a column may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.setting import Setting, SettingError, listed
from tilth.contract.source import Source
from tilth.contract.view import View

__all__ = ["Levels"]


class Levels(RowCheck):
    """Each value is one of these: `levels: [EWR, JFK, LGA]`.

    They may also be those of another dataset's column: `levels: airlines.carrier`.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "among": Setting(
            expected="a list of values, or `dataset.column`", kind="scalars", required=True
        ),
        "at_most": AT_MOST,
    }
    short = "among"

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        among = settings["among"]
        self._source = Source.of("among", among, needs_column=True) if _is_name(among) else None
        self._values = [] if self._source else list(among)
        if self._source:
            self.sources = (self._source.named,)
        elif not self._values:
            raise SettingError("among", "it lists no value, so that no row could keep it")

    def rows(self, view: View) -> Any:
        """Whether the value is one of them."""
        import polars  # 0.1 s, and only where data is judged

        column = polars.col(self.column)
        if self._source is not None:
            found = view.values(self._source.dataset, (self._source.column,), self._source.version)
            return column.is_in(found.to_series().implode())
        if view.kind(self.column) == "category":  # else Polars refuses what is no category
            column = column.cast(polars.String)
        return column.is_in(self._values)

    @property
    def said(self) -> str:
        """What is so."""
        if self._source is not None:
            return f"`{self.column}` is not in `{self._source.text}`"
        return f"`{self.column}` is none of {listed([str(each) for each in self._values])}"


def _is_name(among: object) -> bool:
    return isinstance(among, str)
