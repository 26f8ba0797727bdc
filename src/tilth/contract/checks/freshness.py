"""How old the newest row is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from tilth.contract.check import TableCheck
from tilth.contract.finding import Verdict
from tilth.contract.setting import Setting, SettingError
from tilth.contract.view import View

__all__ = ["Freshness"]


class Freshness(TableCheck):
    """The newest date or time is at most so old: `freshness: 2d`.

    Times without a time zone are taken as in UTC; a date lasts until its end. What lies in the
    future is not fresh but wrong: allow for clocks that differ by `ahead` (5 minutes). It is
    judged anew in each run, as time passes while data stays.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "within": Setting(expected="how old the newest may be", kind="duration", required=True),
        "ahead": Setting(expected="how far it may lie in the future", kind="duration"),
    }
    short = "within"
    about = ("column",)
    kinds = frozenset({"date", "datetime"})
    fleeting = True

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        self._within = timedelta(seconds=_seconds(settings["within"]))
        self._ahead = timedelta(seconds=_seconds(self._setting("ahead", 300)))
        if self._within <= timedelta(0):
            raise SettingError("within", "nothing is that fresh: give a time above zero")

    def totals(self, view: View) -> Mapping[str, Any]:
        """The newest."""
        import polars  # 0.1 s, and only where data is judged

        newest = polars.col(self.column).max()
        if getattr(view.schema[self.column], "time_zone", None) is not None:
            newest = newest.dt.convert_time_zone("UTC")
        return {"newest": newest}

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether it is young enough."""
        newest = totals["newest"]
        if newest is None:
            message = f"`{self.column}` has no value, so nothing is fresh"
            return Verdict(kind="table", message=message)
        begun, ended = _span(newest)
        age, ahead = view.now - ended, begun - view.now
        if ahead > self._ahead:
            message = f"the newest `{self.column}` is {newest}, {_told(ahead)} in the future"
            return Verdict(kind="table", message=message, measured=-ahead.total_seconds())
        if age <= self._within:
            return None
        return Verdict(
            kind="table",
            message=f"the newest `{self.column}` is {newest}: {_told(age)} old, "
            f"more than {_told(self._within)}",
            measured=age.total_seconds(),
        )


def _seconds(value: Any) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _span(newest: Any) -> tuple[datetime, datetime]:
    if isinstance(newest, datetime):
        moment = newest if newest.tzinfo else newest.replace(tzinfo=UTC)
        return moment, moment
    assert isinstance(newest, date)
    begun = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    return begun, begun + timedelta(days=1)


def _told(span: timedelta) -> str:
    """A span of time as people say it."""
    seconds = span.total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return (
                f"{seconds / size:.3g} {unit}"
                if seconds < 1000 * size
                else f"{seconds / size:,.0f} {unit}"
            )
    return f"{seconds:.3g} seconds"
