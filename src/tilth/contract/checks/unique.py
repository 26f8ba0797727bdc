"""Values, or combinations of them, that come once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.finding import Verdict
from tilth.contract.once import is_first, n_repeats, repeats
from tilth.contract.setting import Setting, SettingError, listed
from tilth.contract.view import View

__all__ = ["Unique"]


class Unique(RowCheck):
    """Each value comes once: `unique: true`; of several columns, each combination.

    Nulls of a single column are not compared, as in SQL; in a combination a null is a value
    like another. What counts as wrong is each row that repeats an earlier one.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "columns": Setting(expected="columns that are unique together", kind="columns"),
        "at_most": AT_MOST,
    }
    short = "columns"
    exact = False
    about = ("column", "table")

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        named = settings.get("columns") or ()
        named = (named,) if isinstance(named, str) else tuple(named)
        if column and named:
            raise SettingError(
                "columns",
                "below a column it takes no others",
                hint="write it among the contract's `checks`: `- unique: [a, b]`",
            )
        if not column and not named:
            raise SettingError("columns", "it names no column")
        if len(set(named)) < len(named):
            twice = next(each for each in named if named.count(each) > 1)
            raise SettingError("columns", f"it names `{twice}` twice")
        self.columns = named or self.columns

    def rows(self, view: View) -> Any:
        """Whether a row repeats none before it."""
        return is_first(self.columns, nulls_count=len(self.columns) > 1)

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many different ones there are."""
        return repeats(self.columns, view.schema, nulls_count=len(self.columns) > 1)

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether any comes again."""
        return self.judged(n_repeats(totals, n_rows), n_rows)

    @property
    def said(self) -> str:
        """What is so."""
        many = len(self.columns) > 1
        return f"{listed(self.columns)} {'come' if many else 'comes'} more than once"
