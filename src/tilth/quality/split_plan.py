"""How a table is to be split: what a person may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import record

KINDS = ("random", "group", "stratum", "time")
"""What rows may be split by."""

_WHERE = "`split`"


@record
class SplitPlan:
    """How a table is to be split.

    Attributes:
        by: One of `KINDS`.
        columns: The group's, the stratum's or the time's.
        key: What names a row; none for its content.
        test: Share of the rows.
        validation: Share of the rows, beside those for the test.
        seed: Another gives another split.
        at: The first moment of the test rows; None for the latest rows by share.
        validation_at: The first moment of the validation rows, likewise.
        exact: Of strata, whether each is split exactly, so that a row may change sides.
    """

    by: str = "random"
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    test: float = 0.2
    validation: float = 0.0
    seed: int = 0
    at: str | float | None = None
    validation_at: str | float | None = None
    exact: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> SplitPlan:
        """Read and check what a person wrote.

        Args:
            told: `by`, `column`, `key`, `test`, `validation`, `seed`, `at`, `validation_at`,
                `exact`.

        Raises:
            DefinitionError: A setting that does not exist, is no such value, or does not go
                with the others.
        """
        told = dict(told or {})
        for name in told:
            if name not in _SETTINGS:
                raise UnknownNameError("setting", name, _SETTINGS, where=_WHERE)
        plan = cls(
            by=_one_of(told.get("by", "random")),
            columns=_names("column", told.get("column")),
            key=_names("key", told.get("key")),
            test=_share("test", told.get("test", 0.2)),
            validation=_share("validation", told.get("validation", 0.0)),
            seed=_whole("seed", told.get("seed", 0)),
            at=_moment("at", told.get("at")),
            validation_at=_moment("validation_at", told.get("validation_at")),
            exact=_flag("exact", told.get("exact", False)),
        )
        _check_together(plan)
        return plan

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `of`."""
        return {
            "by": self.by, "column": list(self.columns), "key": list(self.key),
            "test": self.test, "validation": self.validation, "seed": self.seed,
            "at": self.at, "validation_at": self.validation_at, "exact": self.exact,
        }  # fmt: skip

    @property
    def sides(self) -> tuple[str, ...]:
        """Names of the parts that it makes."""
        has_validation = self.validation > 0 or self.validation_at is not None
        return ("train", "test", "validation") if has_validation else ("train", "test")


_SETTINGS = (
    "by", "column", "key", "test", "validation", "seed", "at", "validation_at", "exact",
)  # fmt: skip


def _one_of(value: Any) -> str:
    if value not in KINDS:
        raise UnknownNameError("way to split by", str(value), KINDS, where=_WHERE)
    return str(value)


def _names(setting: str, value: Any) -> tuple[str, ...]:
    names = () if value is None else (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise DefinitionError(
            f"{_WHERE}: `{setting}` is {value!r}, and should be a column or a list of columns"
        )
    return tuple(names)


def _share(setting: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1:
        raise DefinitionError(
            f"{_WHERE}: `{setting}` is {value!r}, and should be a share of the rows",
            hint="write a number from 0 up to, but not, 1, such as 0.2",
        )
    return float(value)


def _whole(setting: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise DefinitionError(f"{_WHERE}: `{setting}` is {value!r}, and should be a whole number")
    return value


def _flag(setting: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise DefinitionError(f"{_WHERE}: `{setting}` is {value!r}, and should be true or false")
    return value


def _moment(setting: str, value: Any) -> str | float | None:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    raise DefinitionError(
        f"{_WHERE}: `{setting}` is {value!r}, and should be a date or a number",
        hint="write it as 2024-11-01",
    )


def _check_together(plan: SplitPlan) -> None:
    if plan.test + plan.validation >= 1:
        raise DefinitionError(
            f"{_WHERE}: test and validation take {plan.test:g} and {plan.validation:g} of the "
            "rows, which leaves none to train on",
        )
    if plan.by == "random" and plan.columns:
        raise DefinitionError(
            f"{_WHERE}: rows that are split by random need no `column`",
            hint="`key` names the column that tells rows apart; or say `by: group`",
        )
    if plan.by != "random" and not plan.columns:
        raise DefinitionError(
            f"{_WHERE}: to split by {plan.by} needs `column`: the column with the {plan.by}"
        )
    if plan.by == "time" and len(plan.columns) > 1:
        raise DefinitionError(f"{_WHERE}: time is one `column`, not {len(plan.columns)}")
    cuts = (plan.at, plan.validation_at)
    if plan.by != "time" and any(each is not None for each in cuts):
        raise DefinitionError(f"{_WHERE}: `at` goes with `by: time`, not with `by: {plan.by}`")
    if plan.exact and plan.by != "stratum":
        raise DefinitionError(
            f"{_WHERE}: `exact` goes with `by: stratum`, not with `by: {plan.by}`"
        )
    if plan.at is None and not plan.test:
        raise DefinitionError(f"{_WHERE}: `test` is 0, so nothing would be left to test on")
