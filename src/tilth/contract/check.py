"""What a check owes: one rule that data must satisfy, as expressions of one scan.

A check is a class in a file of its own, `contract/checks/<name>.py`; the file's name is what a
contract calls it. It says by `settings` what it takes, and by expressions what is to be
measured; it reads no data itself. So the checks of a contract are compiled into one query, and
data that is scanned lazily is judged without being loaded.

Two bases do what most checks share: `RowCheck` for promises that each row keeps or breaks by
itself, `TableCheck` for those about the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, Self

from tilth import plugins
from tilth.contract.finding import Severity, Verdict
from tilth.contract.setting import Setting, SettingError, expanded
from tilth.contract.view import View

CHECKS = "tilth.contract.checks"
"""The kind under which checks are found."""

About = Literal["column", "table"]

OWES = ("settings", "short", "about", "kinds", "of", "columns", "rows", "totals", "judge")


class Check(Protocol):
    """One rule.

    Attributes:
        settings: What it takes, by name; data, so that files can be checked without Polars.
        short: The setting that a bare value stands for, or several for a list.
        about: Where it may stand: below a `column`, or among the checks of the `table`.
        kinds: The words for the types of columns that it can judge; none for any.
        usual: Its severity where neither it nor the contract says one.
        fleeting: Whether what it says depends on when it is asked.
        columns: The columns that it looks at.
        sources: The datasets and versions, `dataset` or `dataset@version`, that it looks up.
    """

    settings: ClassVar[Mapping[str, Setting]]
    short: ClassVar[str | tuple[str, ...]]
    about: ClassVar[tuple[About, ...]]
    kinds: ClassVar[frozenset[str]]
    usual: ClassVar[Severity | None]
    fleeting: ClassVar[bool]
    columns: tuple[str, ...]
    sources: tuple[str, ...]

    @classmethod
    def of(cls, column: str, settings: Mapping[str, Any]) -> Self:
        """The check of a column (empty for the table) with these settings.

        Raises:
            SettingError: They do not make sense; it says which one does not.
        """

    @property
    def given(self) -> Mapping[str, Any]:
        """Its settings as they would be written: what makes this check another than that."""

    def rows(self, view: View) -> Any:
        """A Polars expression that is false for each row that breaks the rule; null keeps it.

        None for a rule that is not about rows, of which none can be set apart then.
        """

    def totals(self, view: View) -> Mapping[str, Any]:
        """Name -> a Polars expression with one value, measured in the one scan."""

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """What the measured values say; None where the rule is kept."""

    def schema(self, view: View) -> Verdict | None:
        """What the types alone say, before anything is read."""


class Rule:
    """What checks share: settings by name, and nothing to say of types."""

    settings: ClassVar[Mapping[str, Setting]] = {}
    short: ClassVar[str | tuple[str, ...]] = ()
    about: ClassVar[tuple[About, ...]] = ("column",)
    kinds: ClassVar[frozenset[str]] = frozenset()
    usual: ClassVar[Severity | None] = None
    fleeting: ClassVar[bool] = False
    columns: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        self.given: Mapping[str, Any] = dict(settings)
        if column:
            self.columns = (column,)

    @classmethod
    def of(cls, column: str, settings: Mapping[str, Any]) -> Self:
        """The check with these settings."""
        for name in settings:
            if name not in cls.settings:
                raise SettingError(
                    name,
                    f"there is no setting `{name}`",
                    hint="there is " + ", ".join(f"`{each}`" for each in cls.settings)
                    if cls.settings
                    else "it takes none",
                )
        for name, each in cls.settings.items():
            if each.required and settings.get(name) is None:
                raise SettingError("", f"it lacks `{name}`: {each.expected}")
        return cls(column, settings)

    def __eq__(self, other: object) -> bool:
        """By what it promises: two of a kind with the same settings are the same check."""
        if type(other) is not type(self):
            return NotImplemented
        return self.columns == other.columns and self.given == other.given

    def __hash__(self) -> int:
        return hash((type(self), self.columns))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.columns)}: {dict(self.given)})"

    @property
    def column(self) -> str:
        """The column that it looks at."""
        return self.columns[0]

    def schema(self, view: View) -> Verdict | None:
        """Types say nothing."""
        return None

    def _setting(self, name: str, default: Any = None) -> Any:
        value = self.given.get(name)
        return default if value is None else value


class RowCheck(Rule):
    """A promise that each row keeps or breaks by itself.

    A row with a null keeps it, as in SQL: that a value is there is a promise of its own,
    `not_null`. With `at_most`, that share of the rows may break it.

    Attributes:
        exact: Whether its totals tell the number of broken rows; else they only tell whether
            there is any, and the rows are counted where there is.
    """

    exact: ClassVar[bool] = True

    def rows(self, view: View) -> Any:
        """False for each row that breaks it."""
        raise NotImplementedError

    def totals(self, view: View) -> Mapping[str, Any]:
        """How many rows break it."""
        return {"broken": self.rows(view).not_().sum()}

    def judge(self, totals: Mapping[str, Any], n_rows: int, view: View) -> Verdict | None:
        """Whether these are more than may be."""
        return self.judged(int(totals["broken"] or 0), n_rows)

    def judged(self, broken: int, n_rows: int) -> Verdict | None:
        """What so many broken rows mean."""
        at_most = float(self._setting("at_most", 0.0))
        if broken <= at_most * n_rows:
            return None
        share = f"{broken:,} of {n_rows:,} rows"
        more = f", more than {at_most:.3%}" if at_most else ""
        return Verdict(message=f"{self.said}: {share}{more}", count=broken)

    @property
    def said(self) -> str:
        """What is so of the rows that break it: "`delay` is not between 0 and 100"."""
        raise NotImplementedError


class TableCheck(Rule):
    """A promise about a table as a whole."""

    about: ClassVar[tuple[About, ...]] = ("table",)

    def rows(self, view: View) -> None:
        """No row is to blame by itself."""
        return

    def totals(self, view: View) -> Mapping[str, Any]:
        """Nothing, unless it says so."""
        return {}


AT_MOST = Setting(expected="the share of rows that may break it: `1%`", kind="share")
"""The setting that row checks share."""


def find_check(name: str) -> type[Check]:
    """The class of a check by its name, or in full with a dot.

    Raises:
        UnknownNameError: There is none.
        DefinitionError: It is no check.
    """
    return plugins.find(CHECKS, name, requires=OWES)  # type: ignore[return-value]  # `requires`


def check_names() -> tuple[str, ...]:
    """All checks by name; nothing is imported."""
    return plugins.names(CHECKS)


def make_check(name: str, column: str, value: object) -> Check:
    """A check from what stands behind its name.

    Raises:
        UnknownNameError: There is no such check.
        SettingError: The settings make no sense, or it may not stand there.
    """
    kind = find_check(name)
    where: About = "column" if column else "table"
    if where not in kind.about:
        hint = (
            "write it below a column"
            if where == "table"
            else f"write it among the contract's `checks`: `- {name}: ...`"
        )
        raise SettingError("", f"it is no check of a {where}", hint=hint)
    return kind.of(column, expanded(value, kind.short))
