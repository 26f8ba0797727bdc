"""A finding: one breach of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tilth.record import changed, field, fields_of, record

Severity = Literal["stop", "warn", "quarantine"]
SEVERITIES: tuple[Severity, ...] = ("stop", "warn", "quarantine")

Kind = Literal["schema", "rows", "table", "skew"]


@record
class Example:
    """One row that breaks a promise.

    Attributes:
        row: Its number, counted from 0.
        values: Column -> what stands there; those that the check looks at, and the key's.
    """

    row: int
    values: Mapping[str, Any]

    @property
    def text(self) -> str:
        """`row 17: dep_time = 2500`."""
        cells = ", ".join(f"{name} = {_cell(value)}" for name, value in self.values.items())
        return f"row {self.row:,}: {cells}"


def _cell(value: object) -> str:
    text = "null" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@record
class Finding:
    """One breach: a check that a table does not pass.

    Attributes:
        check: The check's name, such as `between`.
        column: The column or columns that it looks at, separated by commas; empty for the table.
        message: What was promised, and what is so, as one sentence without the name of the
            dataset.
        severity: `stop`, `warn` or `quarantine`.
        kind: `schema` where a column is missing, not expected or of another type; `rows` where
            single rows are wrong; `table` where it is the table as a whole; `skew` where values
            are distributed otherwise than they were. Schema skew means that the data cannot be
            used as it is, value skew that a model may have to be trained anew: they are kept
            apart.
        count: How many rows are concerned; 0 where rows are not what it is about.
        share: Their share of all rows, between 0 and 1.
        measured: What was measured where it is not a number of rows, such as a distance.
        examples: The first of these rows.
        place: Where the check is written, `file:line`; empty where it is in no file.
        hint: What to do.
    """

    check: str
    column: str = ""
    message: str
    severity: Severity = "stop"
    kind: Kind = "rows"
    count: int = 0
    share: float = 0.0
    measured: float | None = None
    examples: tuple[Example, ...] = ()
    place: str = ""
    hint: str | None = None

    @property
    def text(self) -> str:
        """All of it in a few lines, for people."""
        head = f"{self.place}: " if self.place else ""
        lines = [f"{head}{self.message}", *(f"  {each.text}" for each in self.examples)]
        return "\n".join([*lines, *([f"  hint: {self.hint}"] if self.hint else [])])

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json` and for the history."""
        found = {name: getattr(self, name) for name in fields_of(self)}
        found["examples"] = [
            {"row": each.row, "values": dict(each.values)} for each in self.examples
        ]
        return found


def finding_of(row: Mapping[str, Any]) -> Finding:
    """The finding that `as_dict` wrote down; what a newer version added is left out."""
    known = {name: value for name, value in row.items() if name in fields_of(Finding)}
    examples = tuple(Example(**each) for each in known.pop("examples", ()))
    return Finding(**known, examples=examples)


def without_values(finding: Finding) -> Finding:
    """The same finding without what stood in the data."""
    return changed(finding, examples=())


@record
class Verdict:
    """What a check says of what was measured; `None` in its place means that all is well.

    Attributes:
        message: See `Finding`; likewise the others.
    """

    message: str
    kind: Kind = "rows"
    count: int = 0
    measured: float | None = None
    hint: str | None = field(default=None)
