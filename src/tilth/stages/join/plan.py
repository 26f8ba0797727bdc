"""Which tables are joined, and how: what a person may ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tilth.config import unit
from tilth.errors import DefinitionError, UnknownNameError
from tilth.record import record

HOW = ("left", "inner", "asof")
RELATIONS = ("many_to_one", "one_to_one", "one_to_many", "many_to_many")
DIRECTIONS = ("backward", "forward", "nearest")

Pairs = tuple[tuple[str, str], ...]
"""Names of columns, as they are called before and after, or here and there."""

STAGE = "stage `join`"


@record
class Source:
    """What is taken from one other table.

    Attributes:
        name: What it is called in reports.
        table: The dataset.
        on: (column here, column there) of the key.
        columns: (name there, name here) of what is taken; None for all but the key.
        how: One of `HOW`.
        relation: One of `RELATIONS`.
        time: (column here, column there) of moments, for `asof`.
        tolerance: How far apart these may be, as it was written; None for any.
        direction: One of `DIRECTIONS`.
        at_most: The share of rows that may find no match.
    """

    name: str
    table: str
    on: Pairs
    columns: Pairs | None = None
    how: str = "left"
    relation: str = "many_to_one"
    time: tuple[str, str] | None = None
    tolerance: str | float | None = None
    direction: str = "backward"
    at_most: float | None = None

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        same = self.name == self.table
        return f"{STAGE}, source `{self.name}`" + ("" if same else f" (`{self.table}`)")

    @property
    def keys(self) -> Pairs:
        """(column here, column there) of the key, and of the time behind it."""
        return self.on if self.time is None else (*self.on, self.time)

    @property
    def seconds(self) -> float | None:
        """The tolerance between moments; None for any.

        Raises:
            DefinitionError: It is a number without a unit.
        """
        if self.tolerance is None:
            return None
        if not isinstance(self.tolerance, str):
            raise DefinitionError(
                f"{self.where}: `tolerance` is {self.tolerance!r}, and lacks a unit",
                hint="write `2h`, `30m` or `7d`",
            )
        return unit.seconds(self.tolerance)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `JoinPlan.of`."""
        told: dict[str, Any] = {
            "table": self.table, "on": dict(self.on), "how": self.how, "relation": self.relation,
            "columns": None if self.columns is None else dict(self.columns),
            "at_most": self.at_most,
        }  # fmt: skip
        if self.time is not None:
            told |= {
                "time": dict([self.time]),
                "tolerance": self.tolerance,
                "direction": self.direction,
            }
        return told


@record
class JoinPlan:
    """Which tables are joined, and how.

    Attributes:
        table: The dataset whose rows are the rows of the result.
        sources: In order.
        columns: (name there, new name) of the table's columns; None for all.
        provenance: Whether the result says which rows its rows were made of.
        most_keys: How many keys without a match are listed, per source and side.
    """

    table: str
    sources: tuple[Source, ...]
    columns: Pairs | None = None
    provenance: bool = False
    most_keys: int = 1000

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> JoinPlan:
        """Read and check what a person wrote.

        Args:
            told: `table`, `sources`, `columns`, `provenance`, `most_keys`. The sources may also
                be a list of [name, settings], as `as_dict` has them.

        Raises:
            DefinitionError: A setting that does not exist, is no such value, or does not go
                with the others.
        """
        _known(told, _SETTINGS, STAGE)
        table = _text("table", told.get("table"), STAGE)
        sources = _sources(told.get("sources"))
        provenance, most_keys = told.get("provenance", False), told.get("most_keys", 1000)
        if not isinstance(provenance, bool):
            raise DefinitionError(
                f"{STAGE}: `provenance` is {provenance!r:.80}, and should be true or false"
            )
        if not isinstance(most_keys, int) or isinstance(most_keys, bool) or most_keys < 0:
            raise DefinitionError(
                f"{STAGE}: `most_keys` is {most_keys!r:.80}, and should be a whole number"
            )
        for each in sources:
            if each.name == table:
                raise DefinitionError(
                    f"{STAGE}: a source is called `{table}`, as the first table is",
                    hint=f"give it another name: `other_{table}: {{table: {table}, on: ...}}`",
                )
        return cls(
            table=table,
            sources=sources,
            columns=_taken(told.get("columns"), STAGE),
            provenance=provenance,
            most_keys=most_keys,
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `of`; sources as a list, since their order matters."""
        return {
            "table": self.table,
            "sources": [[each.name, each.as_dict()] for each in self.sources],
            "columns": None if self.columns is None else dict(self.columns),
            "provenance": self.provenance,
            "most_keys": self.most_keys,
        }

    @property
    def tables(self) -> list[str]:
        """The datasets, the first table's first."""
        return [self.table, *(each.table for each in self.sources)]


_SETTINGS = ("table", "sources", "columns", "provenance", "most_keys")
_ASOF = ("time", "tolerance", "direction")
_OF_SOURCE = ("table", "on", "columns", "how", "relation", "at_most", *_ASOF)


def _sources(told: Any) -> tuple[Source, ...]:
    listed = told if isinstance(told, list | tuple) else None
    if listed is not None and all(isinstance(e, list | tuple) and len(e) == 2 for e in listed):
        told = {str(name): settings for name, settings in listed}
    if not isinstance(told, Mapping) or not told:
        raise DefinitionError(
            f"{STAGE}: `sources` is {told!r:.80}, and should name at least one other table",
            hint="write `sources: {planes: {on: tailnum}}`",
        )
    return tuple(_source(str(name), settings) for name, settings in told.items())


def _source(name: str, told: Any) -> Source:
    where = f"{STAGE}, source `{name}`"
    if not isinstance(told, Mapping):
        raise DefinitionError(
            f"{where} is {told!r:.80}, and should be settings", hint=f"write `{name}: {{on: id}}`"
        )
    _known(told, _OF_SOURCE, where)
    how = _one_of("how", told.get("how", "left"), HOW, where)
    time = _pairs("time", told.get("time"), where)
    source = Source(
        name=name,
        table=_text("table", told.get("table", name), where),
        on=_pairs("on", told.get("on"), where),
        columns=_taken(told.get("columns"), where),
        how=how,
        relation=_one_of("relation", told.get("relation", "many_to_one"), RELATIONS, where),
        time=time[0] if time else None,
        tolerance=_tolerance(told.get("tolerance"), where),
        direction=_one_of("direction", told.get("direction", "backward"), DIRECTIONS, where),
        at_most=_share(told.get("at_most"), where),
    )
    _check_together(source, told, len(time), where)
    return source


def _check_together(source: Source, told: Mapping[str, Any], n_times: int, where: str) -> None:
    if source.how != "asof":
        for name in _ASOF:
            if told.get(name) is not None:
                raise DefinitionError(
                    f"{where}: `{name}` is for `how: asof`, and this is `how: {source.how}`"
                )
        if not source.on:
            raise DefinitionError(
                f"{where} has no `on`",
                hint="name the key: `on: id`, `on: [site, day]`, or `on: {here: there}`",
            )
        return
    if n_times != 1:
        raise DefinitionError(
            f"{where}: `how: asof` needs one `time`, and has {n_times or 'none'}",
            hint="write `time: hour`, or `time: {here: there}`; other keys stand in `on`",
        )
    if source.relation != "many_to_one":
        raise DefinitionError(
            f"{where}: `how: asof` takes one row at most, so it cannot be "
            f"`relation: {source.relation}`"
        )


def _known(told: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for name in told:
        if name not in known:
            raise UnknownNameError("setting", str(name), known, where=where)


def _text(setting: str, value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise DefinitionError(f"{where}: `{setting}` is {value!r:.80}, and should be a dataset")
    return value


def _one_of(setting: str, value: Any, known: Sequence[str], where: str) -> str:
    if value not in known:
        raise UnknownNameError(f"`{setting}`", str(value), known, where=where)
    return str(value)


def _pairs(setting: str, value: Any, where: str) -> Pairs:
    """(here, there) of a column, a list of them, or a mapping."""
    pairs = _as_pairs(value)
    if pairs is None:
        raise DefinitionError(
            f"{where}: `{setting}` is {value!r:.80}, and should be a column, a list of columns, "
            "or a mapping from the name here to the name there"
        )
    for side in (0, 1):
        _refuse_twice([each[side] for each in pairs], setting, where)
    return pairs


def _taken(value: Any, where: str) -> Pairs | None:
    """(there, here) of what is taken."""
    if value is None:
        return None
    pairs = _as_pairs(value)
    if pairs is None:
        raise DefinitionError(
            f"{where}: `columns` is {value!r:.80}, and should be a list of columns, or a mapping "
            "from the name there to the name here"
        )
    _refuse_twice([name for _, name in pairs], "columns", where)
    return pairs


def _as_pairs(value: Any) -> Pairs | None:
    """None for what is no column, list or mapping of columns."""
    if value is None:
        return ()
    if isinstance(value, str):
        return ((value, value),)
    if isinstance(value, Mapping):
        pairs = tuple(value.items())
    elif isinstance(value, list | tuple):
        pairs = tuple((each, each) for each in value)
    else:
        return None
    fine = all(isinstance(each, str) and each for pair in pairs for each in pair)
    return pairs if fine else None


def _refuse_twice(names: Sequence[str], setting: str, where: str) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise DefinitionError(f"{where}: `{setting}` names `{twice[0]}` twice")


def _tolerance(value: Any, where: str) -> str | float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        if not is_number and not isinstance(value, str):
            raise ValueError("is no duration")
        unit.seconds(value)
    except ValueError as error:
        raise DefinitionError(
            f"{where}: `tolerance` is {value!r:.80}, which {error}",
            hint="write `2h`, `30m` or `7d`; a number where `time` is one",
        ) from None
    found: str | float = value
    return found


def _share(value: Any, where: str) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError("is not a share")
        return unit.share(value)
    except ValueError as error:
        raise DefinitionError(
            f"{where}: `at_most` is {value!r:.80}, which {error}", hint="write `5%`, or 0.05"
        ) from None
