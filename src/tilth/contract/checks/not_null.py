"""Values that must be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import RowCheck
from tilth.contract.setting import Setting
from tilth.contract.view import View

__all__ = ["NotNull"]


class NotNull(RowCheck):
    """The column has a value in each row: `not_null: true`; or nearly: `not_null: 2%`.

    NaN is a value, though one that no range holds.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "at_most": Setting(expected="the share of rows that may lack it: `2%`", kind="share")
    }
    short = "at_most"

    def rows(self, view: View) -> Any:
        """Whether there is a value."""
        import polars  # 0.1 s, and only where data is judged

        return polars.col(self.column).is_not_null()

    def totals(self, view: View) -> Mapping[str, Any]:
        """Polars knows the number of nulls without looking."""
        import polars  # 0.1 s, and only where data is judged

        return {"broken": polars.col(self.column).null_count()}

    @property
    def said(self) -> str:
        """What is so."""
        return f"`{self.column}` is null"
