"""The type of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import TableCheck
from tilth.contract.finding import Verdict
from tilth.contract.setting import Setting, SettingError
from tilth.contract.types import EXACT, EXPECTED, WORDS, is_of, is_type, shown
from tilth.contract.view import View
from tilth.errors import suggestion

__all__ = ["Type"]


class Type(TableCheck):
    """The column has this type: `type: int`, or in short `column: int`.

    Types are words (`int`, `float`, `number`, `text`, `boolean`, `date`, `datetime`, ...) or to
    the bit (`int32`). `datetime` has no time zone, `datetime[UTC]` has that one and
    `datetime[*]` any. A column of nothing but nulls has no type yet, and passes.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "type": Setting(expected=EXPECTED, kind="text", required=True)
    }
    short = "type"
    about = ("column",)
    usual = "stop"

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._type = str(settings["type"])
        if not is_type(self._type):
            raise SettingError(
                "type",
                f"there is no type `{self._type}`",
                hint=_meant(self._type) or suggestion(self._type, (*WORDS, *EXACT), kind="type"),
            )

    def schema(self, view: View) -> Verdict | None:
        """Whether the column has it."""
        dtype = view.schema[self.column]
        if is_of(dtype, self._type):
            return None
        return Verdict(
            kind="schema",
            message=f"`{self.column}` is {shown(dtype)}, not {self._type}",
            hint=_zone_hint(dtype, self._type),
        )

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """The types have said it all."""
        return None


_OTHER_WORDS = {
    "str": "text", "string": "text", "utf8": "text", "object": "text", "varchar": "text",
    "integer": "int", "bigint": "int", "double": "float", "real": "float", "bool": "boolean",
    "timestamp": "datetime", "categorical": "category", "enum": "category", "bytes": "binary",
}  # fmt: skip


def _meant(word: str) -> str | None:
    meant = _OTHER_WORDS.get(word.lower())
    return f"did you mean `{meant}`?" if meant else None


def _zone_hint(dtype: Any, word: str) -> str | None:
    zone = getattr(dtype, "time_zone", None)
    if word == "datetime" and zone:
        return f"with its time zone it is `datetime[{zone}]`"
    if word.startswith("datetime["):
        return "convert the column with `dt.convert_time_zone` or `dt.replace_time_zone`"
    return None
