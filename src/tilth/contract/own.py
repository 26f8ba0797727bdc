"""A check of the user's own, named in full, that is imported only when data is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from tilth.contract.check import Check, RowCheck, Rule, find_check
from tilth.contract.finding import Verdict
from tilth.contract.setting import SettingError, expanded
from tilth.contract.view import View


class Own(Rule):
    """Stands for `shop.checks.Luhn` until it is needed: opening a project imports nothing.

    What its settings may be is known only then, and told then.
    """

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._name = str(settings["check"])
        self._value = settings["value"]

    @classmethod
    def of(cls, column: str, settings: Mapping[str, Any]) -> Self:
        """The stand-in of a check with a value of any kind."""
        return cls(column, settings)

    def rows(self, view: View) -> Any:
        """See the check."""
        return self._made(view).rows(view)

    def totals(self, view: View) -> Mapping[str, Any]:
        """See the check."""
        return self._made(view).totals(view)

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """See the check; rows are counted where it says that its totals do not tell."""
        return self._made(view).judge(totals, n_rows, view)

    def schema(self, view: View) -> Verdict | None:
        """See the check."""
        made = self._made(view)
        missing = [name for name in made.columns if name not in view.schema]
        if missing:
            message = f"`{self._name}` looks at column `{missing[0]}`, which is missing"
            return Verdict(kind="schema", message=message)
        return made.schema(view)

    def _made(self, view: View) -> Check:
        def make() -> Check:
            kind = find_check(self._name)
            made = kind.of(
                self.columns[0] if self.columns else "", expanded(self._value, kind.short)
            )
            if isinstance(made, RowCheck) and not made.exact:
                raise SettingError("", f"`{self._name}` must count rows exactly")
            return made

        return view.once((self._name, self.columns, repr(self._value)), make)
