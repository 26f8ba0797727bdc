"""Whole rows that come once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.finding import Verdict
from tilth.contract.once import is_first, n_repeats, repeats
from tilth.contract.view import View

__all__ = ["NoDuplicates"]


class NoDuplicates(RowCheck):
    """No row is the same as an earlier one in all columns: `no_duplicates: true`."""

    settings = {"at_most": AT_MOST}  # noqa: RUF012 - as in the protocol
    short = "at_most"
    exact = False
    about = ("table",)

    def rows(self, view: View) -> Any:
        """Whether a row repeats none before it."""
        return is_first(tuple(view.schema), nulls_count=True)

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many different ones there are."""
        return repeats(tuple(view.schema), view.schema, nulls_count=True)

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether any comes again."""
        return self.judged(n_repeats(totals, n_rows), n_rows)

    @property
    def said(self) -> str:
        """What is so."""
        return "rows repeat an earlier one in all columns"
