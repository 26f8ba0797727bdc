"""What is recorded, as plain values: the same in the journal and on the way to the database.

In the journal an entry is JSON, followed by the bytes that it contains, since JSON has no
word for these.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from tilth.history.record import Made, Metric, NodeRun, Recipe

Record = TypeVar("Record", NodeRun, Made, Metric)

NODE_RUN = "node_run"
REUSED = "reused"
RECIPE = "recipe"
SOURCE = "source"
FINISH = "finish"

PLACES = 1 << 24
"""How many node runs a run can have: its number times this is where its numbers start."""

_LENGTH = struct.Struct("<I")


class MadeBody(NamedTuple):
    """The values of a `Made`, in the order of its fields; in a journal, data is its length."""

    dataset: str
    fingerprint: str
    n_bytes: int
    format: str
    shape: str
    rows: int | None
    columns: int | None
    data: Any
    kept: bool


class NodeRunBody(NamedTuple):
    """The values of a `NodeRun`, in the order of its fields; metrics are values as well."""

    id: int
    run: int
    node: str
    fingerprint: str
    recipe: str
    state: str
    reason: str
    started_at: float
    seconds: float
    load_seconds: float
    save_seconds: float
    peak_bytes: int | None
    attempt: int
    same_as: int | None
    inputs: dict[str, str]
    outputs: Sequence[MadeBody]
    metrics: Sequence[Sequence[Any]]
    error: str
    log: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to keep.

    Attributes:
        kind: One of the constants of this module.
        body: What to keep, as the functions below make it.
    """

    kind: str
    body: Any

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs, or to none at all."""
        if self.kind == RECIPE:
            return True
        if self.kind == NODE_RUN:
            return self.body.run in runs
        first = self.body[0]
        return (first // PLACES if self.kind == REUSED else first) in runs


def _values_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    getter: Callable[[Any], tuple[Any, ...]] = attrgetter(*(each.name for each in fields(kind)))
    return getter


def _maker_of(kind: type[Record]) -> Callable[[Sequence[Any]], Record]:
    """A constructor from all values in order, twice as fast as a frozen record's own.

    Ten thousand node runs are read when a large project is planned; this was most of it.
    """
    setters = tuple(getattr(kind, each.name).__set__ for each in fields(kind))
    new = kind.__new__

    def make(values: Sequence[Any]) -> Record:
        record = new(kind)
        for put, value in zip(setters, values, strict=True):
            put(record, value)
        return record

    return make


values_of_node_run = _values_of(NodeRun)
values_of_made = _values_of(Made)
values_of_metric = _values_of(Metric)
node_run_of = _maker_of(NodeRun)
made_of = _maker_of(Made)
metric_of = _maker_of(Metric)

to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def node_run_entry(values: Sequence[Any]) -> Entry:
    """A node run, from its values in the order of its fields."""
    *scalars, inputs, outputs, metrics, error, log = values
    body = (
        *scalars,
        dict(inputs),
        [MadeBody(*values_of_made(made)) for made in outputs],
        [values_of_metric(metric) for metric in metrics],
        cleaned(error),
        cleaned(log),
    )
    return Entry(NODE_RUN, NodeRunBody._make(body))


def reused_entry(first: int, names: list[str], node_runs: list[int]) -> Entry:
    """These nodes, numbered from `first`, took over these node runs."""
    return Entry(REUSED, [first, names, node_runs])


def recipe_entry(recipe: Recipe, texts: Mapping[str, tuple[str, str, int]]) -> Entry:
    """A recipe, its mappings as JSON, and the texts of its parts."""
    mappings = (recipe.parts, recipe.parameters, recipe.formats, recipe.libraries)
    shown = [cleaned(to_json(dict(each))) for each in mappings]
    row = [recipe.fingerprint, recipe.function, recipe.code, *shown, recipe.python]
    rows = [[digest, cleaned(text), file, line] for digest, (text, file, line) in texts.items()]
    return Entry(RECIPE, [row, rows])


def source_entry(run: int, made: Made) -> Entry:
    """A run read this version of a source."""
    return Entry(SOURCE, [run, MadeBody(*values_of_made(made))])


def finish_entry(run: int, state: str, error: str, finished_at: float) -> Entry:
    """A run has ended."""
    return Entry(FINISH, [run, state, cleaned(error), finished_at])


def encoded(entry: Entry) -> bytes:
    """An entry as the payload of a journal."""
    made = _made_in(entry)
    parts = [each.data for each in made if each.data is not None]
    body = _with_made(entry, [_without_data(each) for each in made]) if parts else entry.body
    text = to_json([entry.kind, body]).encode()
    return b"".join((_LENGTH.pack(len(text)), text, *parts))


def decoded(payload: bytes) -> Entry:
    """The entry of a payload."""
    (length,) = _LENGTH.unpack_from(payload)
    place = _LENGTH.size + length
    entry = _typed(*json.loads(payload[_LENGTH.size : place]))
    made = []
    for each in _made_in(entry):
        if each.data is not None:
            end = place + each.data
            made.append(each._replace(data=payload[place:end]))
            place = end
        else:
            made.append(each)
    return Entry(entry.kind, _with_made(entry, made))


def cleaned(text: str) -> str:
    """Text that every database takes: no halves of characters, no NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\\0")


def _typed(kind: str, body: Any) -> Entry:
    if kind == NODE_RUN:
        node_run = NodeRunBody(*body)
        body = node_run._replace(outputs=[MadeBody(*each) for each in node_run.outputs])
    elif kind == SOURCE:
        body = [body[0], MadeBody(*body[1])]
    return Entry(kind, body)


def _made_in(entry: Entry) -> Sequence[MadeBody]:
    if entry.kind == NODE_RUN:
        outputs: Sequence[MadeBody] = entry.body.outputs
        return outputs
    return [entry.body[1]] if entry.kind == SOURCE else []


def _with_made(entry: Entry, made: Sequence[MadeBody]) -> Any:
    if entry.kind == NODE_RUN:
        return entry.body._replace(outputs=made)
    return [entry.body[0], made[0]] if entry.kind == SOURCE else entry.body


def _without_data(made: MadeBody) -> MadeBody:
    return made if made.data is None else made._replace(data=len(made.data))
