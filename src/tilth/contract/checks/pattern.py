"""Patterns: regular expressions that texts must match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.regex import judge_regex
from tilth.contract.setting import Setting
from tilth.contract.view import View

__all__ = ["Pattern"]


class Pattern(RowCheck):
    """The whole of each text matches a regular expression: `pattern: "N[0-9]{3}[A-Z]{2}"`.

    The syntax is that of Rust's `regex`, which has neither look-around nor back-references, and
    needs time in proportion to the text whatever the pattern.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "regex": Setting(expected="a regular expression", kind="regex", required=True),
        "at_most": AT_MOST,
    }
    short = "regex"
    kinds = frozenset({"text", "category"})

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._regex = str(settings["regex"])
        judge_regex("regex", self._regex)

    def rows(self, view: View) -> Any:
        """Whether the text matches."""
        import polars  # 0.1 s, and only where data is judged

        text = polars.col(self.column)
        if view.kind(self.column) == "category":
            text = text.cast(polars.String)
        return text.str.contains(f"^(?:{self._regex})$")

    @property
    def said(self) -> str:
        """What is so."""
        return f"`{self.column}` does not match `{self._regex}`"
