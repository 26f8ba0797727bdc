"""An order of rows to collect, as it is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.config.contracts import contract_from
from tilth.contract.contract import Contract
from tilth.data.location import PACKAGE, place
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project.label_migration import holds
from tilth.project.listing import all_nodes
from tilth.record import field, fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.slices import Slice

FOLDER = "orders"
HOME = (
    "name a dataset of the catalog whose files nobody makes, such as "
    "`more: {format: csv, location: data/more/{order}.csv}`: `--into more`"
)
"""What to do where a dataset takes no rows."""


@record
class Order:
    """What is to be collected.

    Attributes:
        id: The dataset and a number: `train-1`.
        dataset: Whose rows they are like.
        into: The dataset whose files take them; empty where that is said later.
        rows: How many are wanted.
        slice: Which, as `tilth slices` writes it; empty for any.
        where: Which, as a condition on columns; empty for any.
        label: The column that people label; empty where there is none.
        against: Other datasets that no row may be copied from, such as the test.
        columns: In order, with the word for the type of each.
        contract: What the data itself shows, where the dataset has no contract of its own.
        by: Who ordered.
        time: UTC.
        received: What has come, one entry for each file.
    """

    id: str
    dataset: str
    into: str = ""
    rows: int
    slice: str = ""
    where: str = ""
    label: str = ""
    against: tuple[str, ...] = ()
    columns: Mapping[str, str]
    contract: Mapping[str, Any] = field(default_factory=dict, repr=False)
    by: str = ""
    time: str = ""
    received: tuple[Mapping[str, Any], ...] = ()

    @property
    def wanted(self) -> str:
        """Which rows, in words; empty for any."""
        return self.slice or self.where

    def asks_for(self, frame: Any, where: str) -> Sequence[bool]:
        """Which rows of a `polars.DataFrame` are of the kind that was ordered."""
        if self.slice:
            return [bool(each) for each in slice_of(self.slice).mask(frame)]
        return holds(frame, self.where, where) if self.where else [True] * frame.height

    def promised(self, project: Project) -> Contract:
        """The contract of the dataset, or what its data shows."""
        own = project.definition.written.get(self.dataset) or project.contracts.get(self.dataset)
        return own or contract_from(self.contract, self.dataset)

    def as_dict(self) -> dict[str, Any]:
        """As plain data; a file of an order holds it."""
        return {name: getattr(self, name) for name in fields_of(Order)}


def save(project: Project, order: Order) -> None:
    """Remember an order, and what has come of it."""
    text = json.dumps(order.as_dict(), ensure_ascii=False, indent=1, default=str)
    place((text + "\n").encode(), project.folder / FOLDER / f"{order.id}.json")


def read_order(project: Project, id: str) -> Order:
    """An order by its id.

    Raises:
        UnknownNameError: There is none.
        DataError: Its file was damaged.
    """
    known = [path.stem for path in (project.folder / FOLDER).glob("*.json")]
    if id not in known:
        raise UnknownNameError("order", id, known)
    path = project.folder / FOLDER / f"{id}.json"
    try:
        said = json.loads(path.read_text("utf-8"))
        said = {name: value for name, value in said.items() if name in fields_of(Order)}
        for name in ("against", "received"):
            said[name] = tuple(said[name])
        return Order(**said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"`{path}` is no order: {error}") from error


def slice_of(text: str) -> Slice:
    from tilth.quality.slices import Slice  # it imports Polars

    try:
        return Slice.parse(text)
    except ValueError as error:
        raise DefinitionError(str(error)) from error


def takes_rows(project: Project, dataset: str) -> str | None:
    """Why no rows can be added to a dataset; None where they can."""
    entry = project.catalog.get(dataset)
    makers = [node.name for node in all_nodes(project).values() if dataset in node.makes]
    makers = [each for each in makers if not each.endswith(".contract")]
    if makers:
        return f"node `{makers[0]}` makes it"
    if entry is None or entry.location is None:
        return "the catalog has no location for it"
    if entry.location.startswith(PACKAGE):
        return "it lies in an installed package"
    if len(entry.fields) > 1:
        return f"its location has {len(entry.fields)} fields, and an order is one file"
    return None
