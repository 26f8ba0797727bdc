"""What an adapter owes: another library's schema, held as a contract.

Who has schemas already need not write them again: `contract: shop.schemas.Trips` names one.
It is the library itself that judges, so that validators of the user's own count as well. An
adapter turns its complaints into findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from tilth import plugins
from tilth.contract.contract import Contract
from tilth.contract.finding import Example, Finding, Kind
from tilth.contract.report import Report
from tilth.errors import ContractError
from tilth.record import record

ADAPTERS = "tilth.contract.adapters"
"""The kind under which adapters are found; each is called as the library."""


@record
class Complaint:
    """What a library says of a table.

    Attributes:
        check: What it calls the rule.
        column: The column; empty for the table.
        message: What is so.
        kind: See `Finding`.
        rows: The numbers of the rows, counted from 0, where it tells them.
        values: What stands there, in the order of the rows.
        count: How many rows; `rows` may be cut.
    """

    check: str
    column: str = ""
    message: str
    kind: Kind = "rows"
    rows: Sequence[int] = ()
    values: Sequence[Any] = ()
    count: int = 0


class Adapter(Protocol):
    """Holds tables against the schemas of one library."""

    def complaints(self, schema: Any, frame: Any, examples: int) -> Iterable[Complaint]:
        """What the library says of a Polars lazy frame.

        Args:
            schema: What the user named, imported.
            frame: The table.
            examples: How many rows a complaint should show.
        """


def held_by_schema(contract: Contract, frame: Any, *, examples: int) -> Report:
    """Hold a Polars lazy frame against the schema that a contract names.

    Raises:
        ContractError: Nobody knows schemas of that kind.
    """
    schema: Any = plugins.find("tilth.contract.schemas", contract.schema, of=object)
    adapter = _adapter(schema, contract)
    found = list(adapter.complaints(schema, frame, examples))
    import polars  # 0.1 s, and only where data is judged

    n_rows = int(frame.select(polars.len()).collect(engine="streaming").item())
    return Report(
        dataset=contract.dataset,
        contract=contract.fingerprint,
        n_rows=n_rows,
        n_checks=1,
        findings=tuple(_finding(each, contract, n_rows) for each in found),
    )


def _adapter(schema: Any, contract: Contract) -> Adapter:
    known = plugins.names(ADAPTERS)
    kinds = schema.__mro__ if isinstance(schema, type) else type(schema).__mro__
    library = next(
        (name for each in kinds if (name := each.__module__.partition(".")[0]) in known), None
    )
    if library is None:
        raise ContractError(
            contract.dataset,
            f"`{contract.schema}` is no schema of " + ", ".join(f"`{each}`" for each in known),
            hint="write the contract in catalog.yml, or name a schema's class",
        )
    kind: Any = plugins.find(ADAPTERS, library, requires=("complaints",))
    made: Adapter = kind()
    return made


def _finding(complaint: Complaint, contract: Contract, n_rows: int) -> Finding:
    shown = zip(complaint.rows, complaint.values, strict=False)
    name = complaint.column or "row"
    return Finding(
        check=complaint.check,
        column=complaint.column,
        message=complaint.message,
        severity=contract.severity if complaint.kind != "schema" else "stop",
        kind=complaint.kind,
        count=complaint.count,
        share=complaint.count / n_rows if n_rows else 0.0,
        examples=tuple(Example(row=row, values={name: _plain(value)}) for row, value in shown),
        place=contract.place,
    )


def _plain(value: Any) -> Any:
    fine = value is None or isinstance(value, bool | int | str)
    return value if fine else str(value)[:200]
