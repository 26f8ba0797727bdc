"""What a check may know of the data that it judges, before the data is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from tilth.contract.table import Engine, lazy
from tilth.contract.types import kind_of
from tilth.errors import ContractError, suggestion
from tilth.record import field, record

T = TypeVar("T")

References = Callable[[str, str], Any]
"""Dataset and version (empty for the one in force) -> its table, as a Polars lazy frame."""


@record
class View:
    """A table as checks see it while they say what is to be measured.

    Attributes:
        dataset: What it is called, for messages.
        schema: Column -> Polars type.
        now: The time that `freshness` is judged by, with its time zone.
        references: Gives other datasets and other versions.
        engine: Which engine of Polars runs the queries.
        looked_up: What was looked up before, so that it is looked up once.
    """

    dataset: str
    schema: Mapping[str, Any]
    now: datetime
    references: References
    engine: Engine = "streaming"
    looked_up: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def kind(self, column: str) -> str:
        """The word for the type of a column."""
        return kind_of(self.schema[column])

    def values(self, dataset: str, columns: tuple[str, ...], version: str = "") -> Any:
        """The distinct rows of some columns of another dataset, as a Polars frame.

        Raises:
            ContractError: The dataset cannot be had, or lacks a column.
        """
        return self.once(
            (dataset, columns, version), lambda: self._values(dataset, columns, version)
        )

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, which is called the first time that the key is asked for."""
        if key not in self.looked_up:
            self.looked_up[key] = make()
        return self.looked_up[key]  # type: ignore[no-any-return]  # what `make` gave

    def _values(self, dataset: str, columns: tuple[str, ...], version: str) -> Any:
        table = self.table(dataset, version)
        known = table.collect_schema().names()
        for each in columns:
            if each not in known:
                raise ContractError(
                    self.dataset,
                    f"it refers to column `{each}` of `{dataset}`, which has none of that name",
                    hint=suggestion(each, known, kind="column"),
                )
        return table.select(columns).unique().collect(engine="streaming")

    def table(self, dataset: str, version: str = "") -> Any:
        """Another dataset, or another version of this one, as a Polars lazy frame."""
        return self.references(dataset, version)


def no_references(dataset: str, version: str) -> Any:
    """Where a contract is held without a project, nothing else can be looked up."""
    named = f"{dataset}@{version}" if version else dataset
    raise ContractError(
        "", f"it refers to dataset `{named}`, which is not at hand here",
        hint="give it by `references={...}`",
    )  # fmt: skip


def at_hand(tables: Mapping[str, Any]) -> References:
    """References to tables that are here, by `dataset` or `dataset@version`."""

    def looked_up(dataset: str, version: str) -> Any:
        name = f"{dataset}@{version}" if version else dataset
        if name not in tables:
            return no_references(dataset, version)
        return lazy(tables[name], f"dataset `{name}`")

    return looked_up


def with_itself(references: References, dataset: str, frame: Any) -> References:
    """References in which a dataset finds itself, as where a row names another as its parent."""

    def looked_up(name: str, version: str) -> Any:
        return frame if name == dataset and not version else references(name, version)

    return looked_up
