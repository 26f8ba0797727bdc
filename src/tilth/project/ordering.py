"""Orders rows: works out what to ask for, and writes what people get."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.contract.infer import infer
from tilth.contract.types import kind_of, word_of
from tilth.data.location import place
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project.checking import table_of
from tilth.project.listing import all_nodes, dataset_names
from tilth.project.order import FOLDER, HOME, Order, save, slice_of, takes_rows
from tilth.project.order_sheet import ORDER, instruction_of, sheet_of
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

_STAGE = "tilth.stages.evaluate."
_KINDS = frozenset({"int", "float", "text", "boolean", "date", "datetime", "category"})


@record
class Written:
    """Where an order lies.

    Attributes:
        order: What it is.
        sheet: For people, to fill in.
        instruction: For people, to read.
        present: How many rows of the kind there are.
    """

    order: Order
    sheet: Path
    instruction: Path
    present: int


def write_order(
    project: Project,
    dataset: str,
    rows: int,
    *,
    slice: str = "",
    where: str = "",
    label: str | None = None,
    against: Sequence[str] | None = None,
    into: str | None = None,
    to: Path | None = None,
    by: str = "",
) -> Written:
    """Write a sheet for people, what they should know of it, and what is remembered of it.

    Args:
        project: Whose.
        dataset: The rows to collect are like its rows.
        rows: How many.
        slice: Which kind, as `tilth slices` tells it.
        where: Which kind, as a condition on columns.
        label: The column that people label; the one that the catalog's `metadata` calls
            `target`, or that the stage `evaluate` was told, where not given.
        against: Datasets that no row may be copied from; those that the stage `evaluate` judges
            models of this dataset by, where not given.
        into: The dataset whose files take the rows; this one, where no node makes it.
        to: Where the sheet goes; `orders/ID.csv` where not given.
        by: Who orders.

    Raises:
        DefinitionError: The kind of rows, or where they are to go, makes no sense.
        UnknownNameError: There is no such dataset or column.
        DataError: The dataset is no table that a sheet can hold.
    """
    frame = table_of(project, dataset).collect()
    _check_slice(slice, frame, dataset)
    told, judges = _told(project, dataset)
    if label is None:
        label = told if told in frame.columns else ""
    label = _column(label, frame, dataset)
    for each in against or ():
        if each not in dataset_names(project):
            raise UnknownNameError("dataset", each, dataset_names(project))
    order = Order(
        id=_next_id(project, dataset),
        dataset=dataset,
        into=_home(project, dataset, into),
        rows=rows,
        slice=slice,
        where=" ".join(where.split()),
        label=label,
        against=tuple(against if against is not None else judges),
        columns=_types(frame, dataset),
        contract=_shown_by(frame, dataset) if not _has_contract(project, dataset) else {},
        by=by,
        time=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )
    mask = order.asks_for(frame, f"dataset `{dataset}`")
    like = frame.filter(mask) if any(mask) else frame
    folder = project.folder / FOLDER
    sheet, instruction = to or folder / f"{order.id}.csv", folder / f"{order.id}.md"
    if sheet.exists():
        raise DefinitionError(f"`{sheet}` is there already", hint="name another file: `--to`")
    place(sheet_of(order).encode("utf-8-sig"), sheet)
    place(instruction_of(order, order.promised(project), like).encode(), instruction)
    save(project, order)
    return Written(order=order, sheet=sheet, instruction=instruction, present=sum(mask))


# What is ordered


def _check_slice(text: str, frame: Any, dataset: str) -> None:
    if text:
        try:
            slice_of(text).mask(frame)
        except ValueError as error:
            raise DefinitionError(f"dataset `{dataset}`: {error}") from error


def _column(name: str, frame: Any, dataset: str) -> str:
    if name and name not in frame.columns:
        raise UnknownNameError("column", name, frame.columns, where=f"dataset `{dataset}`")
    return name


def _told(project: Project, dataset: str) -> tuple[str, tuple[str, ...]]:
    """Which column is the target, and which datasets judge what learned from this one."""
    entry = project.catalog.get(dataset)
    target = entry.metadata.get("target", "") if entry is not None else ""
    judges: list[str] = []
    for node in all_nodes(project).values():
        asked = next((e.value for e in node.inputs if str(e.argument) == "asked"), None)
        ours = node.function.name.startswith(_STAGE) and isinstance(asked, Mapping)
        if ours and asked is not None and asked.get("train") == dataset:
            target = target or asked["target"]
            judges.append(asked["rows"] or asked["predictions"])
    return str(target), tuple(dict.fromkeys(judges))


def _home(project: Project, dataset: str, into: str | None) -> str:
    if into is None:
        return dataset if takes_rows(project, dataset) is None else ""
    reason = takes_rows(project, into)
    if reason is not None:
        raise DefinitionError(f"dataset `{into}` takes no rows: {reason}", hint=HOME)
    return into


def _next_id(project: Project, dataset: str) -> str:
    taken = {path.stem for path in (project.folder / FOLDER).glob("*.json")}
    number = 1
    while f"{dataset}-{number}" in taken:
        number += 1
    return f"{dataset}-{number}"


def _types(frame: Any, dataset: str) -> dict[str, str]:
    found = {name: word_of(dtype) for name, dtype in frame.schema.items()}
    odd = [name for name, dtype in frame.schema.items() if kind_of(dtype) not in _KINDS]
    if odd:
        raise DataError(
            f"dataset `{dataset}`: column `{odd[0]}` is {found[odd[0]]}, and a sheet holds texts, "
            "numbers, truth values and dates",
            hint="order rows of a dataset further up, such as a file that people write",
        )
    if ORDER in found:
        raise DataError(f"dataset `{dataset}` has a column `{ORDER}`, as every sheet has")
    return found


def _has_contract(project: Project, dataset: str) -> bool:
    return dataset in project.definition.written or dataset in project.contracts


def _shown_by(frame: Any, dataset: str) -> dict[str, Any]:
    """What columns hold, as a contract; what only the table as a whole has is left out."""
    found = infer(frame, dataset).settings["columns"]
    plain = json.dumps({"columns": found}, default=str)
    return json.loads(plain)  # type: ignore[no-any-return]  # a mapping went in
