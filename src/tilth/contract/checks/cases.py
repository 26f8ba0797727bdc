"""Cases: kinds of rows that have to be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import TableCheck
from tilth.contract.expression import Expression, ExpressionError, parse
from tilth.contract.finding import Severity, Verdict
from tilth.contract.setting import Setting, SettingError, listed
from tilth.contract.view import View

__all__ = ["Cases"]


class Cases(TableCheck):
    """There are rows of each of these kinds: `cases: ["carrier = 'HA'", "month = 2"]`.

    Conditions are those of `relation`. With `least`, so many rows of each: 30 tell a model
    something, one does not. It warns unless it says otherwise: what is missing has to be
    collected, and that takes time.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "rows": Setting(
            expected="a list of conditions on columns: `[\"carrier = 'HA'\"]`",
            kind="scalars",
            required=True,
        ),
        "least": Setting(expected="a whole number, from 1 on", kind="whole"),
    }
    short = "rows"
    usual: ClassVar[Severity | None] = "warn"

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        given = settings["rows"]
        texts = [given] if isinstance(given, str) else list(given)
        self.conditions = {
            text: _condition(text) for text in (" ".join(str(t).split()) for t in texts)
        }
        if not self.conditions:
            raise SettingError("rows", "it lists no case, so that nothing could be missing")
        self.least = int(self._setting("least", 1))
        if self.least < 1:
            raise SettingError("least", "of a case without rows nothing is asked: give 1 or more")
        columns = [name for each in self.conditions.values() for name in each.columns]
        self.columns = tuple(dict.fromkeys(columns))

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many rows each case has."""
        expressions = enumerate(self.conditions.values())
        return {f"case_{i}": each.polars().fill_null(False).sum() for i, each in expressions}

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Which have too few."""
        counts = [int(totals[f"case_{i}"] or 0) for i in range(len(self.conditions))]
        short = {text: n for text, n in zip(self.conditions, counts, strict=True) if n < self.least}
        if not short:
            return None
        said = listed([f"{text} ({n:,})" for text, n in short.items()])
        few = "no row" if self.least == 1 else f"fewer than {self.least:,} rows"
        return Verdict(
            kind="table",
            message=f"{len(short)} of {len(counts)} required cases have {few}: {said}",
            measured=float(len(short)),
        )


def _condition(text: str) -> Expression:
    try:
        found = parse(text)
    except ExpressionError as error:
        raise SettingError("rows", str(error), hint=error.hint) from None
    if not found.is_condition or not found.columns:
        raise SettingError(
            "rows", f"`{text}` is no condition on a column", hint="`carrier = 'HA'`, say"
        )
    return found
