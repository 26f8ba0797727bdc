"""A contract: what a dataset must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tilth.contract.check import Check
from tilth.contract.finding import Severity
from tilth.fingerprint.canonical import of_value
from tilth.record import changed, field, record

if TYPE_CHECKING:
    from tilth.contract.report import Report


@record
class Promise:
    """One check of a contract.

    Attributes:
        name: The check's name, such as `between`.
        check: The check.
        severity: What a breach leads to.
        place: Where it is written, `file:line`; empty where it is in no file.
    """

    name: str
    check: Check
    severity: Severity = "stop"
    place: str = field(default="", compare=False)

    @property
    def column(self) -> str:
        """The columns that it looks at, separated by commas."""
        return ", ".join(self.check.columns)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it another promise than that; where it is written does not."""
        return (self.name, self.check.columns, dict(self.check.given), self.severity)


@record
class Contract:
    """What a dataset must satisfy.

    Attributes:
        dataset: Whose contract it is, for messages.
        columns: The columns that it names. Those that it does not name are not expected.
        optional: Those of them that may be missing.
        others: What it means if there are other columns: `stop`, `warn` or `allow`. Nothing is
            said of them where the contract names no column.
        promises: The checks, in the order in which they are written.
        places: Column -> where it is written.
        place: Where it begins, `file:line`.
        schema: A schema of another library in its place, by its dotted name; else empty.
        code: What its extensions are: the fingerprint of their code.
        severity: What a breach of that schema leads to.
    """

    dataset: str
    columns: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    others: str = "stop"
    promises: tuple[Promise, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    place: str = field(default="", compare=False)
    schema: str = ""
    code: str = ""
    severity: Severity = "stop"

    @property
    def fingerprint(self) -> str:
        """What it *is*: two contracts that promise the same have the same."""
        promises = sorted(repr(each.identity) for each in self.promises)
        parts = {
            "columns": sorted(self.columns),
            "optional": sorted(self.optional),
            "others": self.others,
            "promises": promises,
            "schema": [self.schema, self.code, self.severity],
        }
        return of_value("contract", parts)

    @property
    def sources(self) -> tuple[str, ...]:
        """The datasets and versions that it looks up, itself left out: `planes`, `@12`."""
        named = (name for each in self.promises for name in each.check.sources)
        return tuple(each for each in dict.fromkeys(named) if each != self.dataset)

    @property
    def extensions(self) -> tuple[str, ...]:
        """What it names of the user's own code: a schema, checks in full."""
        own = [each.name for each in self.promises if "." in each.name]
        return tuple(dict.fromkeys([self.schema, *own] if self.schema else own))

    @property
    def quarantines(self) -> bool:
        """Whether it sets rows apart."""
        return any(each.severity == "quarantine" for each in self.promises)

    @property
    def fleeting(self) -> bool:
        """Whether what it says of the same data depends on when it is asked."""
        return any(each.check.fleeting for each in self.promises)

    def only(self, wanted: Callable[[Promise], bool]) -> Contract:
        """The part of it with these promises."""
        return changed(self, promises=tuple(each for each in self.promises if wanted(each)))

    @property
    def types(self) -> Mapping[str, str]:
        """Column -> the word for its type, where something is said."""
        return {
            each.check.columns[0]: str(each.check.given["type"])
            for each in self.promises
            if each.name == "type"
        }

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart; none where nothing is said."""
        found = (each.check.columns for each in self.promises if each.name == "key")
        return next(found, ())

    def check(
        self,
        table: Any,
        *,
        references: Mapping[str, Any] | None = None,
        now: datetime | None = None,
        examples: int = 5,
    ) -> Report:
        """Hold a table against it, or one row, such as that of a request.

        Args:
            table: A frame of Polars (eager or lazy) or pandas, an Arrow table, a DuckDB
                relation, a dictionary from column to value, or a list of such.
            references: The datasets that its checks look up: `planes`, `trips@12` -> table.
            now: What time it is, for `freshness`; now, where it is not given.
            examples: How many rows a finding shows.

        Raises:
            ContractError: The table cannot be read, or a reference is not given.
        """
        from tilth.contract.hold import hold  # late, as Polars comes with it
        from tilth.contract.view import at_hand

        return hold(self, table, references=at_hand(references or {}), now=now, examples=examples)
