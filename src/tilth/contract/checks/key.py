"""Keys: columns that tell rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar

from tilth.contract.check import RowCheck
from tilth.contract.finding import Verdict
from tilth.contract.once import is_first, n_repeats, repeats
from tilth.contract.setting import Setting, SettingError, listed
from tilth.contract.view import View

__all__ = ["Key"]


class Key(RowCheck):
    """These columns tell each row from every other: `key: [carrier, flight, day]`.

    None of them is ever null, and no combination comes twice. What rows are called by in
    findings, and what `tilth data diff` compares them by.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "columns": Setting(expected="a column, or a list of them", kind="columns", required=True)
    }
    short = "columns"
    exact = False
    about = ("table",)

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        named = settings["columns"]
        self.columns = (named,) if isinstance(named, str) else tuple(named)
        if not self.columns:
            raise SettingError("columns", "it names no column")
        if len(set(self.columns)) < len(self.columns):
            twice = next(each for each in self.columns if self.columns.count(each) > 1)
            raise SettingError("columns", f"it names `{twice}` twice")

    def rows(self, view: View) -> Any:
        """Whether a row has a key of its own."""
        return is_first(self.columns, nulls_count=True) & reduce(and_, self._each("is_not_null"))

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many different ones there are, and how many rows have none."""
        lacking = reduce(or_, self._each("is_null")).sum()
        return {**repeats(self.columns, view.schema, nulls_count=True), "lacking": lacking}

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether every row has one, and none comes again."""
        return self.judged(max(int(totals["lacking"] or 0), n_repeats(totals, n_rows)), n_rows)

    def _each(self, what: str) -> list[Any]:
        import polars  # 0.1 s, and only where data is judged

        return [getattr(polars.col(each), what)() for each in self.columns]

    @property
    def said(self) -> str:
        """What is so."""
        return f"the key {listed(self.columns)} is null or comes again"
