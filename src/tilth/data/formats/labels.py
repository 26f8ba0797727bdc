"""Label logs: who labelled what how, as a table that a pipeline reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar

from tilth.data import table as tables
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import Option, checked, count, one_of
from tilth.data.shape import PATH, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError
from tilth.labels.entry import Decision, Entry
from tilth.labels.reader import Reader
from tilth.labels.standing import Resolution, Standing

__all__ = ["Labels"]

_READ: dict[str, Option] = {
    "view": one_of("resolved", "current", "all", default="resolved"),
    "reviewers": count(1, least=1),
}


class Labels:
    """The label log of a label set, as a table.

    Option for `read`: `view`, which is one of

    - `resolved`, one row for each item: `item`, `outcome` (`agreed`, `disputed` or `open`),
      `verdict` and `label` (both null unless it is agreed; `label` also where no single class
      fits), `n_sure`, `needed`
    - `current`, one row for each decision that stands: `item`, `verdict`, `label`, `labeler`,
      `time`, `instruction`, `source`, `round`, `given`, `suggested`
    - `all`, the same with what was changed or taken back since (`stands` is false there;
      `taken_back` tells the one from the other), and with what a migration makes of the labels
      of the data itself (`labeler` is `(given)` there)

    and `reviewers`, how many people have to be sure of an item that no round asks for (1).

    Keys and classes are whole numbers where all of them are, and text otherwise. A log is
    written with `tilth labels`; a node may give the path of one.
    """

    suffix: ClassVar[str] = ".jsonl"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = (PATH,)
    shapes: ClassVar[tuple[str, ...]] = tables.SHAPES

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        self._read = checked("format `labels`, `read`", read, _READ)
        checked("format `labels`, `write`", write, {})

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The table, or the file."""
        shape = tables.default_shape(shape)
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        standing = Standing().follow(_entries(data, source.name))
        columns = _VIEWS[self._read["view"]](standing, self._read["reviewers"])
        return tables.from_arrow(_table(columns), shape, source.name)

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the log at a path."""
        if shape_of(value) != PATH:
            raise DataError(
                f"format `labels`: takes the path of a label log, not {shape_of(value)}",
                hint="labels of one's own making go in with `tilth labels import`",
            )
        _entries(value.read_bytes(), f"`{value}`")
        copy_file(value, stream)

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A log is one file: it cannot be written piece by piece."""
        raise DataError("format `labels`: cannot be written piece by piece")


def _entries(data: bytes, name: str) -> Sequence[Entry]:
    reader = Reader(name)
    reader.take(data)
    return reader.entries


Columns = dict[str, list[Any]]


def _resolved(standing: Standing, reviewers: int) -> Columns:
    found = standing.resolved(reviewers)
    columns: Mapping[str, Callable[[Resolution], Any]] = {
        "item": lambda each: each.item,
        "outcome": lambda each: str(each.outcome),
        "verdict": lambda each: each.verdict and str(each.verdict),
        "label": lambda each: each.label,
        "n_sure": lambda each: sum(said.verdict.is_sure for said in each.decisions),
        "needed": lambda each: each.needed,
    }
    return {name: [of(each) for each in found] for name, of in columns.items()}


_TOLD = ("item", "verdict", "label", "labeler", "time", "instruction", "source", "round")
_SHOWN = ("given", "suggested")


def _decisions(decisions: Iterable[Decision]) -> Columns:
    listed = list(decisions)
    found: Columns = {name: [getattr(each, name) for each in listed] for name in (*_TOLD, *_SHOWN)}
    return found | {name: [str(each) for each in found[name]] for name in ("verdict", "source")}


def _current(standing: Standing, reviewers: int) -> Columns:
    return _decisions(standing.current())


def _all(standing: Standing, reviewers: int) -> Columns:
    made = list(standing.made())
    carried = [standing.carried(item) for item in dict.fromkeys(each.item for each in made)]
    stand = [*standing.current(), *(each for each in carried if each is not None)]
    standing_ids = {each.id for each in stand}
    return {
        **_decisions(made),
        "stands": [each.id in standing_ids for each in made],
        "taken_back": [standing.is_undone(each.id) for each in made],
    }


_VIEWS: Mapping[str, Callable[[Standing, int], Columns]] = {
    "resolved": _resolved,
    "current": _current,
    "all": _all,
}


def _table(columns: Columns) -> Any:
    """As Arrow; all columns with classes are of one type, so that they can be compared."""
    arrow = need("pyarrow", "format `labels`", extra="arrow")
    labels = [name for name in ("label", *_SHOWN) if name in columns]
    kinds = {
        **dict.fromkeys(columns, arrow.string()),
        **dict.fromkeys(("n_sure", "needed"), arrow.int64()),
        **dict.fromkeys(("stands", "taken_back"), arrow.bool_()),
        "item": _kind(arrow, columns["item"]),
        **dict.fromkeys(labels, _kind(arrow, [v for name in labels for v in columns[name]])),
    }
    made = {
        name: arrow.array(_as(values, kinds[name] == arrow.string()), kinds[name])
        for name, values in columns.items()
    }
    return arrow.table(made)


def _kind(arrow: Any, values: Sequence[Any]) -> Any:
    types = {type(each) for each in values if each is not None}
    if types == {bool}:
        return arrow.bool_()
    return arrow.int64() if types == {int} else arrow.string()


def _as(values: list[Any], text: bool) -> list[Any]:
    return [None if each is None else str(each) for each in values] if text else values
