"""Relations between the columns of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.expression import ExpressionError, parse
from tilth.contract.setting import Setting, SettingError
from tilth.contract.view import View

__all__ = ["Relation"]


class Relation(RowCheck):
    """The columns of each row stand in a relation: `relation: arr_time > dep_time`.

    A condition as in SQL: `=`, `<>`, `<`, `<=`, `>`, `>=`, `between`, `in (...)`, `is null`,
    `and`, `or`, `not`, arithmetic, and the functions `abs`, `round`, `length`, `lower`,
    `upper`, `coalesce`, `starts_with`, `ends_with`, `contains`, `year`, `month`, `day`, `hour`.
    Texts stand in single quotes, odd column names in double ones. It is parsed, never run as
    Python. Where a null makes the condition neither true nor false, the row keeps it.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "holds": Setting(
            expected="a condition on columns: `arr_time > dep_time`", kind="text", required=True
        ),
        "at_most": AT_MOST,
    }
    short = "holds"
    about = ("table",)

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._text = " ".join(str(settings["holds"]).split())
        try:
            self._expression = parse(self._text)
        except ExpressionError as error:
            raise SettingError("holds", str(error), hint=error.hint) from None
        if not self._expression.is_condition:
            raise SettingError(
                "holds",
                f"`{self._text}` is a value, not a condition",
                hint="compare it with something: `a > b`",
            )
        if not self._expression.columns:
            raise SettingError("holds", f"`{self._text}` names no column")
        self.columns = self._expression.columns

    def rows(self, view: View) -> Any:
        """Whether it holds."""
        return self._expression.polars()

    @property
    def said(self) -> str:
        """What is so."""
        return f"`{self._text}` does not hold"
